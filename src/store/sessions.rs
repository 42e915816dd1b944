//! Conversations: title, which version is current, what still waits for a picture.

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, SqliteConnection};

use super::{EventBody, ImageId, JobId, MessageId, SessionId, Store, StoreError, Time, Tx, UserId};

/// A row of `sessions` with what lists show.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    pub id: SessionId,
    pub title: String,
    /// The number of the current version.
    pub current: Option<u32>,
    /// How many versions there are.
    pub versions: u32,
    /// The highest number of a version that there is; 0 without any. Numbers of deleted ones are not used again.
    pub newest: u32,
    /// The current version's picture.
    pub thumbnail: Option<ImageId>,
    /// A job of this session waits or runs.
    pub running: bool,
    /// The newest persisted event.
    pub last_seq: i64,
    /// A user's message whose instruction waits for a picture.
    pub pending: Option<MessageId>,
    pub created_at: Time,
    pub updated_at: Time,
}

impl FromRow<'_, SqliteRow> for Session {
    fn from_row(r: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Session {
            id: r.try_get("id")?,
            title: r.try_get("title")?,
            current: r.try_get("current")?,
            versions: r.try_get("versions")?,
            newest: r.try_get("newest")?,
            thumbnail: r.try_get("thumbnail")?,
            running: r.try_get("running")?,
            last_seq: r.try_get("last_seq")?,
            pending: r.try_get("pending_message")?,
            created_at: r.try_get("created_at")?,
            updated_at: r.try_get("updated_at")?,
        })
    }
}

macro_rules! select_sessions {
    ($rest:literal) => {
        concat!(
            "SELECT s.id, s.title, s.current, s.last_seq, s.pending_message, s.created_at, s.updated_at,
             (SELECT count(*) FROM versions v WHERE v.session = s.id) AS versions,
             (SELECT coalesce(max(v.number), 0) FROM versions v WHERE v.session = s.id) AS newest,
             (SELECT v.image FROM versions v WHERE v.session = s.id AND v.number = s.current) AS thumbnail,
             EXISTS (SELECT 1 FROM jobs j WHERE j.session = s.id AND j.state IN ('queued', 'running')) AS running
             FROM sessions s WHERE ",
            $rest
        )
    };
}

async fn one(db: &mut SqliteConnection, owner: &UserId, id: &SessionId) -> Result<Session, StoreError> {
    Ok(sqlx::query_as(select_sessions!("s.id = ? AND s.user_id = ?")).bind(id).bind(owner).fetch_one(db).await?)
}

impl Store {
    pub async fn session(&self, owner: &UserId, id: &SessionId) -> Result<Session, StoreError> {
        one(&mut *self.reader().acquire().await?, owner, id).await
    }

    /// Newest change first.
    pub async fn sessions(&self, owner: &UserId) -> Result<Vec<Session>, StoreError> {
        Ok(sqlx::query_as(select_sessions!("s.user_id = ? ORDER BY s.updated_at DESC, s.id DESC"))
            .bind(owner)
            .fetch_all(self.reader())
            .await?)
    }
}

impl Tx {
    pub async fn session(&mut self, id: &SessionId) -> Result<Session, StoreError> {
        let owner = self.owner.clone();
        one(self.db(), &owner, id).await
    }

    /// Adds an empty session.
    pub async fn add_session(&mut self, title: &str) -> Result<Session, StoreError> {
        let (id, owner, now) = (SessionId::new(), self.owner.clone(), self.now);
        sqlx::query("INSERT INTO sessions (id, user_id, title, created_at, updated_at) VALUES (?, ?, ?, ?, ?)")
            .bind(&id)
            .bind(owner)
            .bind(title)
            .bind(now)
            .bind(now)
            .execute(self.db())
            .await?;
        self.session(&id).await
    }

    /// Renames; `session.updated` follows.
    pub async fn set_title(&mut self, id: &SessionId, title: &str) -> Result<(), StoreError> {
        let (owner, now) = (self.owner.clone(), self.now);
        let changed = sqlx::query("UPDATE sessions SET title = ?, updated_at = ? WHERE id = ? AND user_id = ?")
            .bind(title)
            .bind(now)
            .bind(id)
            .bind(owner)
            .execute(self.db())
            .await?
            .rows_affected();
        if changed == 0 {
            return Err(StoreError::NotFound);
        }
        self.add_event(id, None, EventBody::SessionUpdated).await
    }

    /// Remembers (or forgets) the message whose instruction waits for a picture.
    pub async fn set_pending(&mut self, id: &SessionId, message: Option<&MessageId>) -> Result<(), StoreError> {
        let owner = self.owner.clone();
        let changed = sqlx::query("UPDATE sessions SET pending_message = ? WHERE id = ? AND user_id = ?")
            .bind(message)
            .bind(id)
            .bind(owner)
            .execute(self.db())
            .await?
            .rows_affected();
        if changed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
    }

    /// Deletes a session with all its rows, and the pictures that no other session keeps. Its unfinished jobs are
    /// returned: whoever runs them should stop.
    pub async fn delete_session(&mut self, id: &SessionId) -> Result<Vec<JobId>, StoreError> {
        self.require_session(id).await?;
        let jobs: Vec<JobId> = sqlx::query_scalar("SELECT id FROM jobs WHERE session = ? AND state IN ('queued', 'running')")
            .bind(id)
            .fetch_all(self.db())
            .await?;
        let kept: Vec<ImageId> =
            sqlx::query_scalar("SELECT image FROM session_images WHERE session = ?").bind(id).fetch_all(self.db()).await?;
        sqlx::query("UPDATE versions SET parent = NULL WHERE session = ?").bind(id).execute(self.db()).await?;
        sqlx::query("DELETE FROM versions WHERE session = ?").bind(id).execute(self.db()).await?;
        sqlx::query("DELETE FROM sessions WHERE id = ?").bind(id).execute(self.db()).await?;
        for image in &kept {
            self.let_image_go(image).await?;
        }
        self.finished.extend(jobs.iter().cloned());
        self.closed.push(id.clone());
        Ok(jobs)
    }

    /// Deletes a picture's row; its blob goes with the commit where nothing else needs it.
    pub(super) async fn delete_image(&mut self, id: &ImageId) -> Result<(), StoreError> {
        let blob = sqlx::query_scalar("DELETE FROM images WHERE id = ? RETURNING blob").bind(id).fetch_optional(self.db()).await?;
        self.orphans.extend(blob);
        Ok(())
    }

    /// [`StoreError::NotFound`] unless the session is the owner's.
    pub(super) async fn require_session(&mut self, id: &SessionId) -> Result<(), StoreError> {
        let owner = self.owner.clone();
        sqlx::query("SELECT 1 FROM sessions WHERE id = ? AND user_id = ?").bind(id).bind(owner).fetch_one(self.db()).await?;
        Ok(())
    }
}
