//! What has had its time goes: expired pictures, old keys, old jobs without a session, blobs that a crash left without a row.

use std::time::Duration;

use super::{BlobId, ImageId, Store, StoreError, UserId, blobs};

/// How long a finished job without a session can be asked about.
pub const STATELESS_JOB_TTL: Duration = Duration::from_secs(24 * 3600);

/// How much went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub images: usize,
    pub jobs: u64,
}

impl Store {
    /// Removes what has expired, of all users.
    pub async fn sweep(&self) -> Result<Swept, StoreError> {
        let mut tx = self.begin(&UserId::local()).await?;
        let now = tx.now();
        sqlx::query("DELETE FROM idempotency_keys WHERE expires_at <= ?").bind(now).execute(tx.db()).await?;
        let expired: Vec<ImageId> = sqlx::query_scalar("SELECT id FROM images WHERE expires_at <= ?").bind(now).fetch_all(tx.db()).await?;
        for image in &expired {
            tx.delete_image(image).await?;
        }
        let jobs = sqlx::query("DELETE FROM jobs WHERE session IS NULL AND finished_at <= ?")
            .bind(now.before(STATELESS_JOB_TTL))
            .execute(tx.db())
            .await?
            .rows_affected();
        tx.commit().await?;
        Ok(Swept { images: expired.len(), jobs })
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

    async fn is_named(&self, blob: &BlobId) -> Result<bool, StoreError> {
        Ok(sqlx::query("SELECT 1 FROM images WHERE blob = ?").bind(blob).fetch_optional(self.reader()).await?.is_some())
    }
}
