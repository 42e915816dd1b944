//! Repeated calls: the same key from the same user means the same job, for a day.

use std::time::Duration;

use sqlx::Row;

use super::{JobId, JobState, Store, StoreError, Time, Tx, UserId};

/// The key and how its job stands.
const LOOK_UP: &str = "SELECT k.fingerprint, k.job, j.state FROM idempotency_keys k LEFT JOIN jobs j ON j.id = k.job
    WHERE k.user_id = ? AND k.key = ? AND k.expires_at > ?";

/// How long a key is remembered.
pub const KEY_TTL: Duration = Duration::from_secs(24 * 3600);

/// What the caller sent as `Idempotency-Key`, with a hash of the request so that a re-used key is noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    pub key: String,
    pub fingerprint: String,
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// Not seen within a day.
    New,
    /// The same request made this job.
    Job(JobId),
    /// Another request used this key.
    Mismatch,
}

impl Store {
    /// Looks a key up without taking it.
    pub async fn idempotency(&self, owner: &UserId, key: &IdempotencyKey) -> Result<Known, StoreError> {
        let row = sqlx::query(LOOK_UP).bind(owner).bind(&key.key).bind(Time::now()).fetch_optional(self.reader()).await?;
        known(row, key)
    }
}

impl Tx {
    /// Looks a key up within the change that will use it.
    pub async fn idempotency(&mut self, key: &IdempotencyKey) -> Result<Known, StoreError> {
        let (owner, now) = (self.owner.clone(), self.now);
        let row = sqlx::query(LOOK_UP).bind(owner).bind(&key.key).bind(now).fetch_optional(self.db()).await?;
        known(row, key)
    }

    /// Takes a key for a job that this change adds.
    pub(super) async fn take_key(&mut self, key: &IdempotencyKey, job: &JobId) -> Result<(), StoreError> {
        let (owner, expires) = (self.owner.clone(), self.now.after(KEY_TTL));
        // What is replaced has expired: the caller looked it up in this transaction.
        sqlx::query("INSERT OR REPLACE INTO idempotency_keys (user_id, key, fingerprint, job, expires_at) VALUES (?, ?, ?, ?, ?)")
            .bind(owner)
            .bind(&key.key)
            .bind(&key.fingerprint)
            .bind(job)
            .bind(expires)
            .execute(self.db())
            .await?;
        Ok(())
    }
}

fn known(row: Option<sqlx::sqlite::SqliteRow>, key: &IdempotencyKey) -> Result<Known, StoreError> {
    let Some(row) = row else { return Ok(Known::New) };
    let same = row.try_get::<&str, _>("fingerprint")? == key.fingerprint;
    if !same {
        return Ok(Known::Mismatch);
    }
    // What was cancelled or failed has made nothing: whoever repeats it (after a broken line, a restart, a full disk) wants it done.
    let state: Option<JobState> = row.try_get("state")?;
    Ok(match state {
        Some(JobState::Queued | JobState::Running | JobState::Succeeded) => Known::Job(row.try_get("job")?),
        Some(JobState::Cancelled | JobState::Failed) | None => Known::New,
    })
}
