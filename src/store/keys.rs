//! API keys: what programs sign in with. The secret's SHA-256 is kept, and its first characters to tell keys apart.

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row};

use super::{KeyId, Limits, Store, StoreError, Time, Tx, User, UserId, row};

/// A row of `api_keys`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    pub id: KeyId,
    pub owner: UserId,
    pub name: String,
    pub hint: String,
    /// Names of scopes; see [`crate::accounts::Scope`].
    pub scopes: Vec<String>,
    /// Of this key alone, beside its owner's; without storage.
    pub limits: Limits,
    pub created_at: Time,
    pub expires_at: Option<Time>,
    pub last_used_at: Option<Time>,
    /// What is stored, for a comparison in constant time.
    pub hash: String,
}

impl FromRow<'_, SqliteRow> for ApiKey {
    fn from_row(r: &SqliteRow) -> sqlx::Result<Self> {
        Ok(ApiKey {
            id: r.try_get("id")?,
            owner: r.try_get("user_id")?,
            name: r.try_get("name")?,
            hint: r.try_get("hint")?,
            scopes: row::get(r, "scopes")?,
            limits: Limits {
                requests_per_minute: r.try_get("requests_per_minute")?,
                jobs_at_once: r.try_get("jobs_at_once")?,
                storage_bytes: None,
            },
            created_at: r.try_get("created_at")?,
            expires_at: r.try_get("expires_at")?,
            last_used_at: r.try_get("last_used_at")?,
            hash: r.try_get("hash")?,
        })
    }
}

/// A key to be kept.
#[derive(Clone, Debug)]
pub struct NewKey {
    pub name: String,
    pub hash: String,
    pub hint: String,
    pub scopes: Vec<String>,
    pub limits: Limits,
    pub expires_at: Option<Time>,
}

impl Store {
    /// The key of this hash with its owner, if both may come in.
    pub async fn key_by_hash(&self, hash: &str) -> Result<(ApiKey, User), StoreError> {
        let key: ApiKey =
            sqlx::query_as("SELECT * FROM api_keys WHERE hash = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)")
                .bind(hash)
                .bind(Time::now())
                .fetch_one(self.reader())
                .await?;
        let user = self.user(&key.owner).await?;
        if user.disabled_at.is_some() || user.password.is_none() {
            return Err(StoreError::NotFound);
        }
        Ok((key, user))
    }

    pub async fn key_stands(&self, id: &KeyId) -> Result<bool, StoreError> {
        let row = sqlx::query(
            "SELECT 1 FROM api_keys k JOIN users u ON u.id = k.user_id
             WHERE k.id = ? AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > ?) AND u.disabled_at IS NULL",
        )
        .bind(id)
        .bind(Time::now())
        .fetch_optional(self.reader())
        .await?;
        Ok(row.is_some())
    }

    /// Somebody's keys that are not revoked, the newest first; expired ones are shown as such.
    pub async fn keys(&self, user: &UserId) -> Result<Vec<ApiKey>, StoreError> {
        Ok(sqlx::query_as("SELECT * FROM api_keys WHERE user_id = ? AND revoked_at IS NULL ORDER BY created_at DESC, id DESC")
            .bind(user)
            .fetch_all(self.reader())
            .await?)
    }
}

impl Tx {
    /// Adds a key of this change's owner.
    pub async fn add_key(&mut self, new: NewKey) -> Result<ApiKey, StoreError> {
        let (id, owner, now) = (KeyId::new(), self.owner.clone(), self.now);
        sqlx::query(
            "INSERT INTO api_keys (id, user_id, name, hash, hint, scopes, requests_per_minute, jobs_at_once, created_at, expires_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&id)
        .bind(owner)
        .bind(&new.name)
        .bind(&new.hash)
        .bind(&new.hint)
        .bind(row::json(&new.scopes))
        .bind(new.limits.requests_per_minute)
        .bind(new.limits.jobs_at_once)
        .bind(now)
        .bind(new.expires_at)
        .execute(self.db())
        .await?;
        Ok(sqlx::query_as("SELECT * FROM api_keys WHERE id = ?").bind(&id).fetch_one(self.db()).await?)
    }

    /// Revokes one of the owner's keys, for good.
    pub async fn revoke_key(&mut self, id: &KeyId) -> Result<ApiKey, StoreError> {
        let (owner, now) = (self.owner.clone(), self.now);
        let key = sqlx::query_as("SELECT * FROM api_keys WHERE id = ? AND user_id = ? AND revoked_at IS NULL")
            .bind(id)
            .bind(owner)
            .fetch_one(self.db())
            .await?;
        sqlx::query("UPDATE api_keys SET revoked_at = ? WHERE id = ?").bind(now).bind(id).execute(self.db()).await?;
        Ok(key)
    }

    pub async fn touch_key(&mut self, id: &KeyId) -> Result<(), StoreError> {
        let now = self.now;
        sqlx::query("UPDATE api_keys SET last_used_at = ? WHERE id = ?").bind(now).bind(id).execute(self.db()).await?;
        Ok(())
    }
}
