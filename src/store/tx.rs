//! A change: all of it or nothing, and its events reach subscribers only after it is safe on disk.

use sqlx::sqlite::{Sqlite, SqliteConnection};
use tokio::sync::OwnedMutexGuard;

use super::{BatchId, BlobId, JobId, SessionId, Store, StoreError, Time, UserId};

/// The listener for committed events.
pub trait Publish: Send + Sync {
    /// The newest persisted event of `session` is now `seq`.
    fn advanced(&self, session: &SessionId, seq: i64);
    /// The session is gone.
    fn closed(&self, session: &SessionId);
    /// The job has reached a final state, or is gone.
    fn finished(&self, job: &JobId);
    /// Something of the batch has changed, or it is gone.
    fn batch_changed(&self, batch: &BatchId);
}

/// One transaction of one owner. Methods live beside the tables that they change.
pub struct Tx {
    store: Store,
    pub(super) owner: UserId,
    pub(super) now: Time,
    inner: sqlx::Transaction<'static, Sqlite>,
    pub(super) advanced: Vec<(SessionId, i64)>,
    pub(super) closed: Vec<SessionId>,
    pub(super) finished: Vec<JobId>,
    pub(super) batches: Vec<BatchId>,
    /// Blobs that lost a row; unlinked after the commit where no other row needs them.
    pub(super) orphans: Vec<BlobId>,
    _turn: OwnedMutexGuard<()>,
}

impl Tx {
    pub(super) fn new(store: Store, owner: UserId, inner: sqlx::Transaction<'static, Sqlite>, turn: OwnedMutexGuard<()>) -> Self {
        Tx {
            store,
            owner,
            now: Time::now(),
            inner,
            advanced: vec![],
            closed: vec![],
            finished: vec![],
            batches: vec![],
            orphans: vec![],
            _turn: turn,
        }
    }

    pub fn owner(&self) -> &UserId {
        &self.owner
    }

    /// The one moment that all rows of this change carry.
    pub fn now(&self) -> Time {
        self.now
    }

    pub(super) fn db(&mut self) -> &mut SqliteConnection {
        &mut self.inner
    }

    /// Makes the change last and tells subscribers. Runs to its end even if the caller goes away meanwhile,
    /// so that what is on disk and what was told cannot differ.
    pub async fn commit(self) -> Result<(), StoreError> {
        tokio::spawn(self.commit_here()).await.map_err(|e| StoreError::Blob(std::io::Error::other(e)))?
    }

    async fn commit_here(mut self) -> Result<(), StoreError> {
        let unused = self.unused_blobs().await?;
        #[cfg(debug_assertions)]
        super::cut::here("before", &self.advanced);
        self.inner.commit().await?;
        #[cfg(debug_assertions)]
        super::cut::here("after", &self.advanced);
        if let Some(publish) = self.store.publish() {
            for (session, seq) in &self.advanced {
                publish.advanced(session, *seq);
            }
            for session in &self.closed {
                publish.closed(session);
            }
            for job in &self.finished {
                publish.finished(job);
            }
            self.batches.sort();
            self.batches.dedup();
            for batch in &self.batches {
                publish.batch_changed(batch);
            }
        }
        if self.store.is_beside() {
            super::gc::remove_lain(self.store.blobs(), unused).await;
        } else {
            self.store.blobs().remove(unused).await;
        }
        Ok(())
    }

    async fn unused_blobs(&mut self) -> Result<Vec<BlobId>, StoreError> {
        let mut unused = vec![];
        for blob in std::mem::take(&mut self.orphans) {
            let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM images WHERE blob = ?").bind(&blob).fetch_one(self.db()).await?;
            if rows == 0 {
                unused.push(blob);
            }
        }
        Ok(unused)
    }
}
