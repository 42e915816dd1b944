//! Links that let somebody in once: to set up the first account, as an invitation, or with a new password.

use std::time::Duration;

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row};

use super::{InviteId, Store, StoreError, Time, Tx, UserId, UserRole};

#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, serde::Serialize, utoipa::ToSchema)]
#[sqlx(rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum InviteKind {
    /// The first account.
    Setup,
    Invite,
    /// A new password for an account that exists.
    Reset,
}

/// A row of `invites`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    pub id: InviteId,
    pub kind: InviteKind,
    pub role: UserRole,
    /// Whose password it sets.
    pub user: Option<UserId>,
    pub created_at: Time,
    pub expires_at: Time,
}

impl FromRow<'_, SqliteRow> for Invite {
    fn from_row(r: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Invite {
            id: r.try_get("id")?,
            kind: r.try_get("kind")?,
            role: r.try_get("role")?,
            user: r.try_get("user_id")?,
            created_at: r.try_get("created_at")?,
            expires_at: r.try_get("expires_at")?,
        })
    }
}

impl Store {
    /// The link of this hash, if it is still good.
    pub async fn invite(&self, hash: &str) -> Result<Invite, StoreError> {
        Ok(sqlx::query_as("SELECT * FROM invites WHERE hash = ? AND expires_at > ?")
            .bind(hash)
            .bind(Time::now())
            .fetch_one(self.reader())
            .await?)
    }

    /// Links that are still good, the newest first.
    pub async fn invites(&self) -> Result<Vec<Invite>, StoreError> {
        Ok(sqlx::query_as("SELECT * FROM invites WHERE expires_at > ? AND kind <> 'setup' ORDER BY created_at DESC, id DESC")
            .bind(Time::now())
            .fetch_all(self.reader())
            .await?)
    }
}

impl Tx {
    /// Adds a link. A new set-up link, or a new one for the same user's password, takes the place of the old one.
    pub async fn add_invite(
        &mut self,
        hash: &str,
        (kind, role): (InviteKind, UserRole),
        user: Option<&UserId>,
        keep: Duration,
    ) -> Result<Invite, StoreError> {
        let (id, now) = (InviteId::new(), self.now);
        let by = (kind != InviteKind::Setup).then(|| self.owner.clone());
        sqlx::query("DELETE FROM invites WHERE expires_at <= ?1 OR (kind = ?2 AND kind <> 'invite' AND user_id IS ?3)")
            .bind(now)
            .bind(kind)
            .bind(user)
            .execute(self.db())
            .await?;
        sqlx::query(
            "INSERT INTO invites (id, hash, kind, role, user_id, created_by, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&id)
        .bind(hash)
        .bind(kind)
        .bind(role)
        .bind(user)
        .bind(by)
        .bind(now)
        .bind(now.after(keep))
        .execute(self.db())
        .await?;
        Ok(sqlx::query_as("SELECT * FROM invites WHERE id = ?").bind(&id).fetch_one(self.db()).await?)
    }

    /// Takes a link: of two who use it at once, one finds it gone.
    pub async fn use_invite(&mut self, hash: &str) -> Result<Invite, StoreError> {
        let now = self.now;
        let invite: Invite =
            sqlx::query_as("SELECT * FROM invites WHERE hash = ? AND expires_at > ?").bind(hash).bind(now).fetch_one(self.db()).await?;
        sqlx::query("DELETE FROM invites WHERE id = ?").bind(&invite.id).execute(self.db()).await?;
        Ok(invite)
    }

    pub async fn withdraw_invite(&mut self, id: &InviteId) -> Result<(), StoreError> {
        let done = sqlx::query("DELETE FROM invites WHERE id = ? AND kind <> 'setup'").bind(id).execute(self.db()).await?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound) }
    }
}
