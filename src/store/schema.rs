//! Which schema a data folder has, and taking it to another one: up at every start, down on request.

use std::path::{Path, PathBuf};

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{SqliteConnection, SqlitePool};

use super::open::{connect, lock};
use super::{StoreError, Time};

static MIGRATOR: Migrator = sqlx::migrate!();

/// Where copies of the database lie that were made before its schema changed, in the data folder.
pub const COPIES: &str = "copies";

/// The schema that this program works with.
pub fn known() -> i64 {
    MIGRATOR.iter().map(|m| m.version).max().unwrap_or(0)
}

/// The schemas that there were, oldest first, each with its name.
pub fn list() -> Vec<(i64, &'static str)> {
    MIGRATOR.iter().filter(|m| m.migration_type.is_up_migration()).map(|m| (m.version, m.description.as_ref())).collect()
}

/// The schema of a database; 0 for an empty one.
pub(super) async fn of(db: &mut SqliteConnection) -> Result<i64, StoreError> {
    let table = sqlx::query("SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations'").fetch_optional(&mut *db).await?;
    if table.is_none() {
        return Ok(0);
    }
    Ok(sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM _sqlx_migrations").fetch_one(db).await?)
}

/// The schema of a folder's database, without taking the folder.
///
/// # Errors
/// [`StoreError::NoDatabase`] where there is none.
pub async fn of_folder(folder: &Path) -> Result<i64, StoreError> {
    let pool = connect(folder, false).await?;
    let version = of(&mut *pool.acquire().await?).await;
    pool.close().await;
    version
}

/// Brings an opened database to this program's schema. What stood there before is copied first.
pub(super) async fn raise(write: &SqlitePool, folder: &Path) -> Result<(), StoreError> {
    let found = of(&mut *write.acquire().await?).await?;
    if found > known() {
        return Err(StoreError::NewerSchema { found, known: known() });
    }
    if found > 0 && found < known() {
        let copy = copy(write, folder, found).await?;
        tracing::info!(from = found, to = known(), copy = %copy.display(), "the database is taken to a newer schema");
    }
    Ok(MIGRATOR.run(write).await?)
}

/// Takes a folder's database, which no server may have open, to schema `target`, up or down. Gives the copy that was made before.
///
/// # Errors
/// [`StoreError::Locked`] when a server has the folder, [`StoreError::NewerSchema`], [`StoreError::UnknownSchema`].
pub async fn take_to(folder: &Path, target: i64) -> Result<Option<PathBuf>, StoreError> {
    if !list().iter().any(|(version, _)| *version == target) {
        return Err(StoreError::UnknownSchema { wanted: target, known: known() });
    }
    let _lock = lock(folder)?;
    let pool = connect(folder, false).await?;
    let done = take_open_to(&pool, folder, target).await;
    pool.close().await;
    done
}

async fn take_open_to(pool: &SqlitePool, folder: &Path, target: i64) -> Result<Option<PathBuf>, StoreError> {
    let found = of(&mut *pool.acquire().await?).await?;
    if found > known() {
        return Err(StoreError::NewerSchema { found, known: known() });
    }
    if found == target {
        return Ok(None);
    }
    let copy = copy(pool, folder, found).await?;
    if target > found {
        MIGRATOR.run_to(target, pool).await?;
    } else {
        MIGRATOR.undo(pool, target).await?;
    }
    Ok(Some(copy))
}

/// A copy of the database as it stands, in the folder's [`COPIES`].
async fn copy(pool: &SqlitePool, folder: &Path, schema: i64) -> Result<PathBuf, StoreError> {
    let copies = folder.join(COPIES);
    let at = |source| StoreError::Folder { path: copies.display().to_string(), source };
    super::open::make_private(&copies).map_err(at)?;
    let stamp: String = Time::now().to_string().chars().filter(char::is_ascii_alphanumeric).collect();
    let file = copies.join(format!("schema-{schema}-{stamp}.db"));
    vacuum_into(&mut *pool.acquire().await?, &file).await?;
    Ok(file)
}

/// Writes one moment of the database to a file of its own that nobody else may read. Others may read and write meanwhile.
pub(super) async fn vacuum_into(db: &mut SqliteConnection, file: &Path) -> Result<(), StoreError> {
    let Some(path) = file.to_str() else {
        return Err(StoreError::Blob(std::io::Error::other(format!("{} is not a name that SQLite takes", file.display()))));
    };
    make_empty_private(file)?;
    sqlx::query("VACUUM INTO ?").bind(path).execute(db).await?;
    std::fs::File::open(file)?.sync_all()?;
    Ok(())
}

/// SQLite takes an empty file as it takes none, and keeps its mode.
fn make_empty_private(file: &Path) -> std::io::Result<()> {
    let mut options = std::fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(file).map(drop)
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
            other => StoreError::Migration(other),
        }
    }
}
