//! Who owns things. Without accounts there is one user: the implicit local owner.

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row};

use super::{ImageId, JobId, SessionId, Store, StoreError, Time, Tx, UserId};

/// What somebody may do beside working on their own pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[sqlx(rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Invites, sets limits, removes.
    Owner,
    Member,
}

impl Role {
    pub fn name(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Member => "member",
        }
    }
}

/// What somebody may take up; `None` = what the configuration says, 0 = no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    pub requests_per_minute: Option<u32>,
    pub jobs_at_once: Option<u32>,
    pub storage_bytes: Option<u64>,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub name: String,
    pub role: Role,
    /// The password's argon2id hash (PHC string); `None` = cannot sign in.
    pub password: Option<String>,
    pub disabled_at: Option<Time>,
    pub limits: Limits,
    pub created_at: Time,
}

impl FromRow<'_, SqliteRow> for User {
    fn from_row(r: &SqliteRow) -> sqlx::Result<Self> {
        let storage: Option<i64> = r.try_get("storage_bytes")?;
        Ok(User {
            id: r.try_get("id")?,
            name: r.try_get("name")?,
            role: r.try_get("role")?,
            password: r.try_get("password")?,
            disabled_at: r.try_get("disabled_at")?,
            limits: Limits {
                requests_per_minute: r.try_get("requests_per_minute")?,
                jobs_at_once: r.try_get("jobs_at_once")?,
                storage_bytes: storage.and_then(|n| u64::try_from(n).ok()),
            },
            created_at: r.try_get("created_at")?,
        })
    }
}

/// What a deleted user's work has left in memory.
#[derive(Clone, Debug, Default)]
pub struct Removed {
    pub jobs: Vec<JobId>,
}

impl Store {
    pub async fn user(&self, id: &UserId) -> Result<User, StoreError> {
        Ok(sqlx::query_as("SELECT * FROM users WHERE id = ?").bind(id).fetch_one(self.reader()).await?)
    }

    /// Somebody who can sign in, by name in any case.
    pub async fn user_named(&self, name: &str) -> Result<User, StoreError> {
        Ok(sqlx::query_as("SELECT * FROM users WHERE name = ? COLLATE NOCASE AND password IS NOT NULL")
            .bind(name)
            .fetch_one(self.reader())
            .await?)
    }

    /// Somebody by name, also without a password: who came back from an older program, which knows none.
    pub async fn person_named(&self, name: &str) -> Result<User, StoreError> {
        Ok(sqlx::query_as("SELECT * FROM users WHERE name = ? COLLATE NOCASE ORDER BY password IS NULL, created_at LIMIT 1")
            .bind(name)
            .fetch_one(self.reader())
            .await?)
    }

    /// Everybody who can sign in, in the order they came.
    pub async fn accounts(&self) -> Result<Vec<User>, StoreError> {
        Ok(sqlx::query_as("SELECT * FROM users WHERE password IS NOT NULL ORDER BY created_at, id").fetch_all(self.reader()).await?)
    }

    /// Whether anybody can sign in.
    pub async fn has_accounts(&self) -> Result<bool, StoreError> {
        Ok(sqlx::query("SELECT 1 FROM users WHERE password IS NOT NULL LIMIT 1").fetch_optional(self.reader()).await?.is_some())
    }

    /// Bytes of the pictures that somebody keeps; a file that several rows name counts for each of them.
    pub async fn stored_bytes(&self, user: &UserId) -> Result<u64, StoreError> {
        let sum: i64 =
            sqlx::query_scalar("SELECT coalesce(sum(bytes), 0) FROM images WHERE user_id = ?").bind(user).fetch_one(self.reader()).await?;
        Ok(u64::try_from(sum).unwrap_or(0))
    }

    /// Jobs of somebody that wait or run.
    pub async fn unfinished(&self, user: &UserId) -> Result<u32, StoreError> {
        Ok(sqlx::query_scalar("SELECT count(*) FROM jobs WHERE user_id = ? AND state IN ('queued', 'running')")
            .bind(user)
            .fetch_one(self.reader())
            .await?)
    }

    /// When somebody was last here, by browser or key.
    pub async fn last_seen(&self, user: &UserId) -> Result<Option<Time>, StoreError> {
        Ok(sqlx::query_scalar(
            "SELECT max(t) FROM (SELECT max(last_used_at) AS t FROM logins WHERE user_id = ?1
             UNION ALL SELECT max(last_used_at) FROM api_keys WHERE user_id = ?1)",
        )
        .bind(user)
        .fetch_one(self.reader())
        .await?)
    }

    /// Adds a user who cannot sign in.
    pub async fn add_user(&self, name: &str) -> Result<User, StoreError> {
        let mut tx = self.begin(&UserId::local()).await?;
        let user = tx.add_user(name, Role::Member, None).await?;
        tx.commit().await?;
        Ok(user)
    }
}

impl Tx {
    pub async fn user(&mut self, id: &UserId) -> Result<User, StoreError> {
        Ok(sqlx::query_as("SELECT * FROM users WHERE id = ?").bind(id).fetch_one(self.db()).await?)
    }

    pub async fn has_accounts(&mut self) -> Result<bool, StoreError> {
        Ok(sqlx::query("SELECT 1 FROM users WHERE password IS NOT NULL LIMIT 1").fetch_optional(self.db()).await?.is_some())
    }

    /// # Errors
    /// [`StoreError::NameTaken`]
    pub async fn add_user(&mut self, name: &str, role: Role, password: Option<&str>) -> Result<User, StoreError> {
        let id = UserId::new();
        let now = self.now;
        let done = sqlx::query("INSERT INTO users (id, name, role, password, created_at) VALUES (?, ?, ?, ?, ?)")
            .bind(&id)
            .bind(name)
            .bind(role)
            .bind(password)
            .bind(now)
            .execute(self.db())
            .await;
        done.map_err(name_taken)?;
        self.user(&id).await
    }

    /// The first account takes over the local owner's row, and with it what was made before.
    pub async fn take_over_local(&mut self, name: &str, password: &str) -> Result<User, StoreError> {
        let local = UserId::local();
        sqlx::query("UPDATE users SET name = ?, role = 'owner', password = ?, disabled_at = NULL WHERE id = ? AND password IS NULL")
            .bind(name)
            .bind(password)
            .bind(&local)
            .execute(self.db())
            .await
            .map_err(name_taken)?;
        self.user(&local).await
    }

    pub async fn rename_user(&mut self, id: &UserId, name: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE users SET name = ? WHERE id = ?").bind(name).bind(id).execute(self.db()).await.map_err(name_taken)?;
        Ok(())
    }

    pub async fn set_password(&mut self, id: &UserId, password: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE users SET password = ? WHERE id = ?").bind(password).bind(id).execute(self.db()).await?;
        Ok(())
    }

    /// # Errors
    /// [`StoreError::LastOwner`]
    pub async fn set_role(&mut self, id: &UserId, role: Role) -> Result<(), StoreError> {
        sqlx::query("UPDATE users SET role = ? WHERE id = ?").bind(role).bind(id).execute(self.db()).await?;
        self.require_an_owner().await
    }

    /// Keeps somebody out, or lets them in again. Who is kept out is signed out everywhere; keys stay and work again afterwards.
    ///
    /// # Errors
    /// [`StoreError::LastOwner`]
    pub async fn set_disabled(&mut self, id: &UserId, disabled: bool) -> Result<(), StoreError> {
        let at = disabled.then_some(self.now);
        sqlx::query("UPDATE users SET disabled_at = ? WHERE id = ?").bind(at).bind(id).execute(self.db()).await?;
        if disabled {
            self.end_logins(id, None).await?;
        }
        self.require_an_owner().await
    }

    pub async fn set_limits(&mut self, id: &UserId, limits: Limits) -> Result<(), StoreError> {
        sqlx::query("UPDATE users SET requests_per_minute = ?, jobs_at_once = ?, storage_bytes = ? WHERE id = ?")
            .bind(limits.requests_per_minute)
            .bind(limits.jobs_at_once)
            .bind(limits.storage_bytes.map(|n| i64::try_from(n).unwrap_or(i64::MAX)))
            .bind(id)
            .execute(self.db())
            .await?;
        Ok(())
    }

    /// Deletes somebody with everything that was theirs.
    ///
    /// # Errors
    /// [`StoreError::LastOwner`]
    pub async fn delete_user(&mut self, id: &UserId) -> Result<Removed, StoreError> {
        let jobs: Vec<JobId> = sqlx::query_scalar("SELECT id FROM jobs WHERE user_id = ? AND state IN ('queued', 'running')")
            .bind(id)
            .fetch_all(self.db())
            .await?;
        let sessions: Vec<SessionId> =
            sqlx::query_scalar("SELECT id FROM sessions WHERE user_id = ?").bind(id).fetch_all(self.db()).await?;
        // Versions hold on to their pictures and to each other; they go first.
        for sql in [
            "UPDATE versions SET parent = NULL WHERE user_id = ?",
            "DELETE FROM versions WHERE user_id = ?",
            "DELETE FROM sessions WHERE user_id = ?",
            "DELETE FROM batches WHERE user_id = ?",
            "DELETE FROM recipes WHERE user_id = ?",
        ] {
            sqlx::query(sql).bind(id).execute(self.db()).await?;
        }
        let images: Vec<ImageId> = sqlx::query_scalar("SELECT id FROM images WHERE user_id = ?").bind(id).fetch_all(self.db()).await?;
        for image in &images {
            self.delete_image(image).await?;
        }
        if *id == UserId::local() {
            // The row that everything without accounts belongs to stays, empty and without a way in.
            for sql in [
                "DELETE FROM jobs WHERE user_id = ?",
                "DELETE FROM logins WHERE user_id = ?",
                "DELETE FROM api_keys WHERE user_id = ?",
                "DELETE FROM invites WHERE user_id = ?1 OR created_by = ?1",
            ] {
                sqlx::query(sql).bind(id).execute(self.db()).await?;
            }
            sqlx::query("UPDATE users SET name = 'local', password = NULL, disabled_at = NULL WHERE id = ?")
                .bind(id)
                .execute(self.db())
                .await?;
        } else {
            sqlx::query("DELETE FROM users WHERE id = ?").bind(id).execute(self.db()).await?;
        }
        self.require_an_owner().await?;
        self.closed.extend(sessions);
        self.finished.extend(jobs.iter().cloned());
        Ok(Removed { jobs })
    }

    /// Where there are accounts, one of them must be able to look after the others.
    async fn require_an_owner(&mut self) -> Result<(), StoreError> {
        let left = "SELECT 1 FROM users WHERE password IS NOT NULL AND role = 'owner' AND disabled_at IS NULL LIMIT 1";
        let owner = sqlx::query(left).fetch_optional(self.db()).await?.is_some();
        if owner || !self.has_accounts().await? { Ok(()) } else { Err(StoreError::LastOwner) }
    }
}

fn name_taken(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::Database(e) if e.is_unique_violation() => StoreError::NameTaken,
        _ => error.into(),
    }
}
