//! How much there is, of all users together.

use sqlx::Row;

use super::{Store, StoreError};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub users: u64,
    pub sessions: u64,
    pub images: u64,
    /// Batches that run or are paused.
    pub batches_open: u64,
    /// Their items that wait for a worker or are at one.
    pub batch_items_open: u64,
    /// Each file once, however many pictures it is.
    pub blob_bytes: u64,
}

impl Store {
    pub async fn totals(&self) -> Result<Totals, StoreError> {
        let row = sqlx::query(
            "SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM sessions) AS sessions, (SELECT count(*) FROM images) AS images,
             (SELECT count(*) FROM batches WHERE state IN ('running', 'paused')) AS batches_open,
             (SELECT count(*) FROM batches b JOIN batch_items i ON i.batch = b.id
              WHERE b.state IN ('running', 'paused') AND i.state IN ('queued', 'running')) AS batch_items_open,
             (SELECT coalesce(sum(bytes), 0) FROM (SELECT max(bytes) AS bytes FROM images GROUP BY blob)) AS blob_bytes",
        )
        .fetch_one(self.reader())
        .await?;
        let number = |name: &str| row.try_get::<i64, _>(name).map(|n| u64::try_from(n).unwrap_or(0));
        Ok(Totals {
            users: number("users")?,
            sessions: number("sessions")?,
            images: number("images")?,
            batches_open: number("batches_open")?,
            batch_items_open: number("batch_items_open")?,
            blob_bytes: number("blob_bytes")?,
        })
    }
}
