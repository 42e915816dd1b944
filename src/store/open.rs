//! Opening the data folder: one process, migrated, one writer and several readers.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sqlx::sqlite::{SqliteAutoVacuum, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, SqlitePool};
use tokio::sync::Mutex;

use super::tx::Publish;
use super::{Blobs, StoreError, Tx, UserId, schema};

/// The database's file in the data folder.
pub const DATABASE: &str = "portico.db";
/// Connections that read at the same time.
const READERS: u32 = 4;
/// Only a check-point or an outside tool can make a statement wait.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Takes the database's lock at once, so that a change waits at its beginning and never in the middle.
const BEGIN: &str = "BEGIN IMMEDIATE";
/// For the changes before one's own. They are short unless the database is busy, and then nobody should stand in line for minutes.
const TURN_TIMEOUT: Duration = Duration::from_secs(20);

/// The data folder of one server; cheap to clone. The folder stays locked until the last clone is gone.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    read: SqlitePool,
    write: SqlitePool,
    /// Held from a transaction's begin until its events are published.
    turn: Arc<Mutex<()>>,
    blobs: Blobs,
    publish: OnceLock<Box<dyn Publish>>,
    folder: PathBuf,
    /// `None` beside a server, which has it.
    lock: Option<File>,
}

impl Store {
    /// Opens the folder (made with mode 0700 where missing), locks it and migrates its database.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another process has it, [`StoreError::Folder`] when it cannot be used.
    pub async fn open(folder: &Path) -> Result<Store, StoreError> {
        let at = |source| StoreError::Folder { path: folder.display().to_string(), source };
        make_private(folder).map_err(at)?;
        let lock = lock(folder)?;
        let blobs = Blobs::open(&folder.join("blobs")).map_err(at)?;
        blobs.clear_temporary().map_err(at)?;
        let write = connect(folder, true).await?;
        schema::raise(&write, folder).await?;
        Self::with(folder, blobs, write, Some(lock)).await
    }

    /// Opens the folder's database beside the server that has it, for the tools of the command line: SQLite keeps the two apart. Nothing is migrated, and
    /// changes should be short, for the server waits for them. A blob that such a change leaves without a row is removed only if it has lain for a while
    /// (see [`super::gc`]): the server may be about to use it again.
    ///
    /// # Errors
    /// [`StoreError::NoDatabase`] where there is none; [`StoreError::OlderSchema`] and [`StoreError::NewerSchema`] when it is not of this program's schema.
    pub async fn open_beside(folder: &Path) -> Result<Store, StoreError> {
        let at = |source| StoreError::Folder { path: folder.display().to_string(), source };
        let write = connect(folder, false).await?;
        let (found, known) = (schema::of(&mut *write.acquire().await?).await?, schema::known());
        if found != known {
            write.close().await;
            return Err(if found > known { StoreError::NewerSchema { found, known } } else { StoreError::OlderSchema { found, known } });
        }
        let blobs = Blobs::open(&folder.join("blobs")).map_err(at)?;
        Self::with(folder, blobs, write, None).await
    }

    async fn with(folder: &Path, blobs: Blobs, write: SqlitePool, lock: Option<File>) -> Result<Store, StoreError> {
        let options = options(folder, false).pragma("query_only", "ON");
        let read = pool(READERS).connect_with(options).await?;
        let folder = folder.to_owned();
        Ok(Store(Arc::new(Inner { read, write, turn: Arc::default(), blobs, publish: OnceLock::new(), folder, lock })))
    }

    /// Whether another process may have the folder too.
    pub(super) fn is_beside(&self) -> bool {
        self.0.lock.is_none()
    }

    /// Begins a change in the name of `owner`; waits for its turn. Dropped without [`Tx::commit`], it changes nothing.
    pub async fn begin(&self, owner: &UserId) -> Result<Tx, StoreError> {
        let turn = self.0.turn.clone().lock_owned();
        let turn = tokio::time::timeout(TURN_TIMEOUT, turn).await.map_err(|_| StoreError::Busy)?;
        let mut begun = self.0.write.begin_with(BEGIN).await;
        if matches!(begun, Err(sqlx::Error::InvalidSavePointStatement)) {
            // SQLite rolls a change back by itself when the disk is full; the connection still believes to be in it, and would for ever.
            drop(self.0.write.acquire().await?.detach());
            begun = self.0.write.begin_with(BEGIN).await;
        }
        let inner = begun?;
        Ok(Tx::new(self.clone(), owner.clone(), inner, turn))
    }

    /// Encoded pictures by their hash.
    pub fn blobs(&self) -> &Blobs {
        &self.0.blobs
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.0.read).await?;
        Ok(())
    }

    pub fn folder(&self) -> &Path {
        &self.0.folder
    }

    /// Closes the database after the last writer; later calls fail.
    pub async fn close(&self) {
        let _turn = self.0.turn.lock().await;
        self.0.read.close().await;
        self.0.write.close().await;
    }

    /// Who is told about committed events; set once, by the engine.
    pub(crate) fn set_publish(&self, publish: Box<dyn Publish>) {
        let _ = self.0.publish.set(publish);
    }

    pub(super) fn publish(&self) -> Option<&dyn Publish> {
        self.0.publish.get().map(AsRef::as_ref)
    }

    pub(super) fn reader(&self) -> &SqlitePool {
        &self.0.read
    }

    /// For what is no transaction: `VACUUM` and its kin.
    pub(super) fn writer(&self) -> &SqlitePool {
        &self.0.write
    }
}

fn options(folder: &Path, create: bool) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(folder.join(DATABASE))
        .create_if_missing(create)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("trusted_schema", "OFF")
}

/// One connection that may write.
pub(super) async fn connect(folder: &Path, create: bool) -> Result<SqlitePool, StoreError> {
    if !create && !folder.join(DATABASE).is_file() {
        return Err(StoreError::NoDatabase(folder.display().to_string()));
    }
    if create && !folder.join(DATABASE).exists() {
        // Pages that a deletion frees can be given back piece by piece. Only said to a new file: to another it would be a change, and wait for its turn.
        SqliteConnection::connect_with(&options(folder, true).auto_vacuum(SqliteAutoVacuum::Incremental)).await?.close().await?;
    }
    Ok(pool(1).connect_with(options(folder, create)).await?)
}

/// Connections to a file are kept: they cost nothing, and a new one may find no descriptor.
fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(connections).idle_timeout(None).max_lifetime(None)
}

pub(super) fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// Takes the folder for this process; the operating system gives it back when the process ends, however it ends.
pub(super) fn lock(folder: &Path) -> Result<File, StoreError> {
    let at = |source| StoreError::Folder { path: folder.display().to_string(), source };
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(folder.join("portico.lock")).map_err(at)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked(folder.display().to_string())),
        Err(TryLockError::Error(e)) => Err(at(e)),
    }
}
