//! Browsers that somebody signed in with. The cookie's 256 random bits are kept as their SHA-256 only.

use std::time::Duration;

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row};

use super::{LoginId, Store, StoreError, Time, Tx, User, UserId};

/// Requests that were under way while the cookie was replaced may still bring the old one.
const GRACE: Duration = Duration::from_secs(60);

/// A row of `logins`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    pub id: LoginId,
    /// What the browser says it is.
    pub agent: String,
    pub created_at: Time,
    pub rotated_at: Time,
    pub last_used_at: Time,
    pub expires_at: Time,
}

impl FromRow<'_, SqliteRow> for Login {
    fn from_row(r: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Login {
            id: r.try_get("id")?,
            agent: r.try_get("agent")?,
            created_at: r.try_get("created_at")?,
            rotated_at: r.try_get("rotated_at")?,
            last_used_at: r.try_get("last_used_at")?,
            expires_at: r.try_get("expires_at")?,
        })
    }
}

/// Who a cookie belongs to.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub login: Login,
    pub user: User,
    /// The cookie is the current one, not the one before.
    pub current: bool,
    /// What is stored, for a comparison in constant time.
    pub hash: String,
}

impl Store {
    /// Who signed in with the cookie of this hash and still may come in.
    pub async fn signed_in(&self, hash: &str) -> Result<SignedIn, StoreError> {
        let now = Time::now();
        let row = sqlx::query("SELECT * FROM logins WHERE (hash = ?1 OR (previous = ?1 AND rotated_at > ?2)) AND expires_at > ?3")
            .bind(hash)
            .bind(now.before(GRACE))
            .bind(now)
            .fetch_one(self.reader())
            .await?;
        let user: UserId = row.try_get("user_id")?;
        let user = self.user(&user).await?;
        let stored: String = row.try_get("hash")?;
        let previous: Option<String> = row.try_get("previous")?;
        let current = stored == hash;
        let hash = if current { stored } else { previous.unwrap_or_default() };
        if user.disabled_at.is_some() {
            return Err(StoreError::NotFound);
        }
        Ok(SignedIn { login: Login::from_row(&row)?, user, current, hash })
    }

    /// Whether this browser is still signed in and its user still may come in.
    pub async fn login_stands(&self, id: &LoginId) -> Result<bool, StoreError> {
        let row = sqlx::query(
            "SELECT 1 FROM logins l JOIN users u ON u.id = l.user_id WHERE l.id = ? AND l.expires_at > ? AND u.disabled_at IS NULL",
        )
        .bind(id)
        .bind(Time::now())
        .fetch_optional(self.reader())
        .await?;
        Ok(row.is_some())
    }

    /// Somebody's browsers, the last used first.
    pub async fn logins(&self, user: &UserId) -> Result<Vec<Login>, StoreError> {
        Ok(sqlx::query_as("SELECT * FROM logins WHERE user_id = ? AND expires_at > ? ORDER BY last_used_at DESC, id")
            .bind(user)
            .bind(Time::now())
            .fetch_all(self.reader())
            .await?)
    }
}

impl Tx {
    /// Signs the owner of this change in.
    pub async fn add_login(&mut self, hash: &str, agent: &str, keep: Duration) -> Result<LoginId, StoreError> {
        let (id, now, owner) = (LoginId::new(), self.now, self.owner.clone());
        sqlx::query(
            "INSERT INTO logins (id, user_id, hash, agent, created_at, rotated_at, last_used_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?5, ?6)",
        )
        .bind(&id)
        .bind(owner)
        .bind(hash)
        .bind(agent)
        .bind(now)
        .bind(now.after(keep))
        .execute(self.db())
        .await?;
        Ok(id)
    }

    /// Replaces the cookie; `false` when another request did so meanwhile.
    pub async fn rotate_login(&mut self, id: &LoginId, old: &str, new: &str, keep: Duration) -> Result<bool, StoreError> {
        let now = self.now;
        let done = sqlx::query(
            "UPDATE logins SET hash = ?, previous = hash, rotated_at = ?, last_used_at = ?, expires_at = ? WHERE id = ? AND hash = ?",
        )
        .bind(new)
        .bind(now)
        .bind(now)
        .bind(now.after(keep))
        .bind(id)
        .bind(old)
        .execute(self.db())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    pub async fn touch_login(&mut self, id: &LoginId) -> Result<(), StoreError> {
        let now = self.now;
        sqlx::query("UPDATE logins SET last_used_at = ? WHERE id = ?").bind(now).bind(id).execute(self.db()).await?;
        Ok(())
    }

    /// Signs one of the owner's browsers out.
    pub async fn end_login(&mut self, id: &LoginId) -> Result<(), StoreError> {
        let owner = self.owner.clone();
        let done = sqlx::query("DELETE FROM logins WHERE id = ? AND user_id = ?").bind(id).bind(owner).execute(self.db()).await?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound) }
    }

    /// Signs all browsers of a user out, but for `keep`.
    pub async fn end_logins(&mut self, user: &UserId, keep: Option<&LoginId>) -> Result<u64, StoreError> {
        let done = sqlx::query("DELETE FROM logins WHERE user_id = ? AND id IS NOT ?").bind(user).bind(keep).execute(self.db()).await?;
        Ok(done.rows_affected())
    }
}
