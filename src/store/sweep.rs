//! What has had its time goes: expired pictures, old keys, old jobs without a session, conversations where that was asked for, blobs that a crash left
//! without a row.

use std::time::Duration;

use super::open::lock;
use super::{BatchId, BlobId, ImageId, Pin, SessionId, Store, StoreError, Tx, UserId, blobs};

/// How long a finished job without a session can be asked about.
pub const STATELESS_JOB_TTL: Duration = Duration::from_secs(24 * 3600);
/// Pages of the database that are given back in one change: the server waits for it.
const PAGES_AT_ONCE: u32 = 2_000;

/// How long rows are kept that do not say it themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// After a conversation's last change; `None` = for ever.
    pub conversations: Option<Duration>,
    /// After a batch's end; `None` = for ever.
    pub batches: Option<Duration>,
    /// After an entry of the audit log, or after a key was revoked.
    pub audit: Duration,
}

impl Default for Keep {
    fn default() -> Self {
        Keep { conversations: None, batches: None, audit: Duration::from_secs(365 * 24 * 3600) }
    }
}

/// How much went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub sessions: usize,
    pub batches: usize,
    /// Without those of the conversations and batches.
    pub images: usize,
    pub jobs: u64,
    /// Sign-ins and links that expired, keys that were revoked long ago.
    pub access: u64,
    pub audit: u64,
}

impl Store {
    /// Removes what has expired, of all users.
    pub async fn sweep(&self, keep: &Keep) -> Result<Swept, StoreError> {
        let mut tx = self.begin(&UserId::local()).await?;
        let mut swept = tx.expire(keep).await?;
        tx.commit().await?;
        for (session, owner) in self.old_sessions(keep).await? {
            swept.sessions += usize::from(self.drop_old_session(&session, &owner, keep).await?);
        }
        for (batch, owner) in self.ended_batches(keep).await? {
            swept.batches += usize::from(self.drop_old_batch(&batch, &owner, keep).await?);
        }
        Ok(swept)
    }

    /// What [`Store::sweep`] would remove now.
    pub async fn would_sweep(&self, keep: &Keep) -> Result<Swept, StoreError> {
        let sessions = self.old_sessions(keep).await?.len();
        let batches = self.ended_batches(keep).await?.len();
        let mut tx = self.begin(&UserId::local()).await?;
        // Dropped without a commit, nothing of it has happened.
        let swept = tx.expire(keep).await?;
        Ok(Swept { sessions, batches, ..swept })
    }

    async fn old_sessions(&self, keep: &Keep) -> Result<Vec<(SessionId, UserId)>, StoreError> {
        let Some(keep) = keep.conversations else { return Ok(vec![]) };
        Ok(sqlx::query_as(
            "SELECT id, user_id FROM sessions s WHERE updated_at <= ?
             AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.session = s.id AND j.state IN ('queued', 'running'))",
        )
        .bind(super::Time::now().before(keep))
        .fetch_all(self.reader())
        .await?)
    }

    /// Asked again in the change itself: somebody may have gone on with it.
    async fn drop_old_session(&self, id: &SessionId, owner: &UserId, keep: &Keep) -> Result<bool, StoreError> {
        let mut tx = self.begin(owner).await?;
        let session = match tx.session(id).await {
            Err(StoreError::NotFound) => return Ok(false),
            other => other?,
        };
        if session.running || keep.conversations.is_none_or(|keep| session.updated_at > tx.now().before(keep)) {
            return Ok(false);
        }
        tx.delete_session(id).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn ended_batches(&self, keep: &Keep) -> Result<Vec<(BatchId, UserId)>, StoreError> {
        let Some(keep) = keep.batches else { return Ok(vec![]) };
        self.old_batches(super::Time::now().before(keep)).await
    }

    /// Asked again in the change itself: further pictures may have come.
    async fn drop_old_batch(&self, id: &BatchId, owner: &UserId, keep: &Keep) -> Result<bool, StoreError> {
        let mut tx = self.begin(owner).await?;
        let batch = match tx.batch(id).await {
            Err(StoreError::NotFound) => return Ok(false),
            other => other?,
        };
        let before = keep.batches.map(|keep| tx.now().before(keep));
        if batch.finished_at.is_none_or(|end| before.is_none_or(|before| end > before)) {
            return Ok(false);
        }
        // A job that is still being broken off ends as one of nobody.
        tx.delete_batch(id).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Removes blobs that no row names: what a crash left between writing a file and committing its row.
    pub async fn sweep_blobs(&self) -> Result<usize, StoreError> {
        let list = self.blobs().clone();
        let on_disk = blobs::blocking(move || Ok(list.list_blocking()?)).await?;
        let mut unused = vec![];
        for blob in on_disk {
            if !self.is_named(&blob).await? {
                unused.push(blob);
            }
        }
        // Asked again with the writer's turn held: a row may have come meanwhile.
        let mut tx = self.begin(&UserId::local()).await?;
        let count = unused.len();
        tx.orphans = unused;
        tx.commit().await?;
        Ok(count)
    }

    /// Removes files that were stored for something that came to nothing.
    pub async fn discard(&self, pins: Vec<Pin>) -> Result<(), StoreError> {
        let blobs: Vec<BlobId> = pins.iter().map(|pin| pin.id().clone()).collect();
        drop(pins);
        if blobs.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin(&UserId::local()).await?;
        tx.orphans = blobs;
        tx.commit().await
    }

    pub(super) async fn is_named(&self, blob: &BlobId) -> Result<bool, StoreError> {
        Ok(sqlx::query("SELECT 1 FROM images WHERE blob = ?").bind(blob).fetch_optional(self.reader()).await?.is_some())
    }

    /// Gives the database's free pages back to the file system; the bytes that it is smaller by. A database of the first release can be made smaller only
    /// while no server has it.
    pub async fn shrink(&self) -> Result<u64, StoreError> {
        let before = self.file_bytes().await?;
        let by_pieces: i64 = sqlx::query_scalar("PRAGMA auto_vacuum").fetch_one(self.writer()).await?;
        if by_pieces == 0 {
            if let Ok(_alone) = lock(self.folder()) {
                // From now on it goes by pieces.
                sqlx::raw_sql("PRAGMA auto_vacuum = INCREMENTAL; VACUUM").execute(self.writer()).await?;
            }
        } else {
            let mut free = i64::MAX;
            loop {
                let left: i64 = sqlx::query_scalar("PRAGMA freelist_count").fetch_one(self.writer()).await?;
                if left == 0 || left >= free {
                    break;
                }
                free = left;
                let sql = format!("PRAGMA incremental_vacuum({PAGES_AT_ONCE})");
                sqlx::query(sqlx::AssertSqlSafe(sql)).execute(self.writer()).await?;
            }
        }
        // A reader that is under way keeps the log as it is; then it is done another time.
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(self.writer()).await?;
        Ok(before.saturating_sub(self.file_bytes().await?))
    }

    /// The database's length as SQLite counts it.
    pub async fn file_bytes(&self) -> Result<u64, StoreError> {
        let bytes: i64 =
            sqlx::query_scalar("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetch_one(self.reader()).await?;
        Ok(u64::try_from(bytes).unwrap_or(0))
    }
}

impl Tx {
    async fn expire(&mut self, keep: &Keep) -> Result<Swept, StoreError> {
        let now = self.now();
        sqlx::query("DELETE FROM idempotency_keys WHERE expires_at <= ?").bind(now).execute(self.db()).await?;
        let expired: Vec<ImageId> =
            sqlx::query_scalar("SELECT id FROM images WHERE expires_at <= ?").bind(now).fetch_all(self.db()).await?;
        for image in &expired {
            self.delete_image(image).await?;
        }
        let mut gone = [0; 5];
        let before = now.before(keep.audit);
        for (count, (sql, time)) in gone.iter_mut().zip([
            ("DELETE FROM jobs WHERE session IS NULL AND finished_at <= ?", now.before(STATELESS_JOB_TTL)),
            ("DELETE FROM logins WHERE expires_at <= ?", now),
            ("DELETE FROM invites WHERE expires_at <= ?", now),
            ("DELETE FROM api_keys WHERE revoked_at <= ?", before),
            ("DELETE FROM audit WHERE time <= ?", before),
        ]) {
            *count = sqlx::query(sql).bind(time).execute(self.db()).await?.rows_affected();
        }
        let [jobs, logins, invites, keys, audit] = gone;
        Ok(Swept { sessions: 0, batches: 0, images: expired.len(), jobs, access: logins + invites + keys, audit })
    }
}
