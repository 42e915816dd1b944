//! Opening the data folder: one process, migrated, one writer and several readers.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use tokio::sync::Mutex;

use super::tx::Publish;
use super::{Blobs, StoreError, Tx, UserId};

/// Connections that read at the same time.
const READERS: u32 = 4;
/// Only a check-point or an outside tool can make a statement wait.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

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
    _lock: File,
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
        let options = SqliteConnectOptions::new()
            .filename(folder.join("portico.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("trusted_schema", "OFF");
        let write = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
        sqlx::migrate!().run(&write).await?;
        let read = SqlitePoolOptions::new().max_connections(READERS).connect_with(options.pragma("query_only", "ON")).await?;
        Ok(Store(Arc::new(Inner {
            read,
            write,
            turn: Arc::default(),
            blobs,
            publish: OnceLock::new(),
            folder: folder.to_owned(),
            _lock: lock,
        })))
    }

    pub async fn open_beside(folder: &Path) -> Result<Store, StoreError> {
        Self::open(folder).await
    }

    /// Begins a change in the name of `owner`; waits for its turn. Dropped without [`Tx::commit`], it changes nothing.
    pub async fn begin(&self, owner: &UserId) -> Result<Tx, StoreError> {
        let turn = self.0.turn.clone().lock_owned().await;
        let inner = self.0.write.begin_with("BEGIN IMMEDIATE").await?;
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
}

fn make_private(folder: &Path) -> std::io::Result<()> {
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
fn lock(folder: &Path) -> Result<File, StoreError> {
    let at = |source| StoreError::Folder { path: folder.display().to_string(), source };
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(folder.join("portico.lock")).map_err(at)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked(folder.display().to_string())),
        Err(TryLockError::Error(e)) => Err(at(e)),
    }
}
