//! What was said in a conversation, by the user and by the assistant.

use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, SqliteConnection};

use crate::plan::{Command, Plan};
use crate::text::Lang;

use super::{EventBody, ImageId, JobId, MessageId, Problem, QuestionId, SessionId, Store, StoreError, Time, Tx, UserId, row};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(rename_all = "lowercase")]
pub enum Role {
    User,
    Assistant,
}

/// A row of `messages`.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub id: MessageId,
    pub session: SessionId,
    pub role: Role,
    pub text: String,
    pub lang: Lang,
    pub images: Vec<ImageId>,
    pub mask: Option<ImageId>,
    pub reply_to: Option<MessageId>,
    pub job: Option<JobId>,
    pub plan: Option<Plan>,
    pub question: Option<QuestionId>,
    pub command: Option<Command>,
    pub error: Option<Problem>,
    pub created_at: Time,
}

/// A message about to be stored. Its id is made by the caller, so that rows can name each other.
#[derive(Clone, Debug)]
pub struct NewMessage {
    pub id: MessageId,
    pub role: Role,
    pub text: String,
    pub lang: Lang,
    pub images: Vec<ImageId>,
    pub mask: Option<ImageId>,
    pub reply_to: Option<MessageId>,
    pub job: Option<JobId>,
    pub plan: Option<Plan>,
    pub question: Option<QuestionId>,
    pub command: Option<Command>,
    pub error: Option<Problem>,
}

impl NewMessage {
    /// A message of words only.
    pub fn new(role: Role, text: impl Into<String>, lang: Lang) -> Self {
        NewMessage {
            id: MessageId::new(),
            role,
            text: text.into(),
            lang,
            images: vec![],
            mask: None,
            reply_to: None,
            job: None,
            plan: None,
            question: None,
            command: None,
            error: None,
        }
    }
}

impl FromRow<'_, SqliteRow> for Message {
    fn from_row(r: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Message {
            id: r.try_get("id")?,
            session: r.try_get("session")?,
            role: r.try_get("role")?,
            text: r.try_get("text")?,
            lang: lang(r)?,
            images: row::get(r, "images")?,
            mask: r.try_get("mask")?,
            reply_to: r.try_get("reply_to")?,
            job: r.try_get("job")?,
            plan: row::get_opt(r, "plan")?,
            question: r.try_get("question")?,
            command: row::get_opt(r, "command")?,
            error: row::get_opt(r, "error")?,
            created_at: r.try_get("created_at")?,
        })
    }
}

/// The `lang` column.
pub(super) fn lang(r: &SqliteRow) -> sqlx::Result<Lang> {
    Ok(if r.try_get::<&str, _>("lang")? == Lang::Zh.code() { Lang::Zh } else { Lang::En })
}

async fn one(db: &mut SqliteConnection, owner: &UserId, id: &MessageId) -> Result<Message, StoreError> {
    Ok(sqlx::query_as("SELECT * FROM messages WHERE id = ? AND user_id = ?").bind(id).bind(owner).fetch_one(db).await?)
}

impl Store {
    pub async fn message(&self, owner: &UserId, id: &MessageId) -> Result<Message, StoreError> {
        one(&mut *self.reader().acquire().await?, owner, id).await
    }

    /// Oldest first.
    pub async fn messages(&self, owner: &UserId, session: &SessionId) -> Result<Vec<Message>, StoreError> {
        Ok(sqlx::query_as("SELECT * FROM messages WHERE session = ? AND user_id = ? ORDER BY rowid")
            .bind(session)
            .bind(owner)
            .fetch_all(self.reader())
            .await?)
    }

    /// The newest message of a session that has a plan, whatever became of it.
    pub async fn last_planned(&self, owner: &UserId, session: &SessionId) -> Result<Option<Message>, StoreError> {
        let newest = "SELECT * FROM messages WHERE session = ? AND user_id = ? AND plan IS NOT NULL ORDER BY rowid DESC LIMIT 1";
        Ok(sqlx::query_as(newest).bind(session).bind(owner).fetch_optional(self.reader()).await?)
    }
}

impl Tx {
    pub async fn message(&mut self, id: &MessageId) -> Result<Message, StoreError> {
        let owner = self.owner.clone();
        one(self.db(), &owner, id).await
    }

    /// Adds a message, makes the session keep its pictures; `message.created` follows.
    pub async fn add_message(&mut self, session: &SessionId, new: NewMessage) -> Result<Message, StoreError> {
        self.require_session(session).await?;
        for image in new.images.iter().chain(&new.mask) {
            self.keep_image(session, image).await?;
        }
        let (owner, now) = (self.owner.clone(), self.now);
        sqlx::query(
            "INSERT INTO messages (id, user_id, session, role, text, lang, images, mask, reply_to, job, plan, question, command, error, created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&new.id)
        .bind(owner)
        .bind(session)
        .bind(new.role)
        .bind(&new.text)
        .bind(new.lang.code())
        .bind(row::json(&new.images))
        .bind(&new.mask)
        .bind(&new.reply_to)
        .bind(&new.job)
        .bind(row::json_opt(new.plan.as_ref()))
        .bind(&new.question)
        .bind(row::json_opt(new.command.as_ref()))
        .bind(row::json_opt(new.error.as_ref()))
        .bind(now)
        .execute(self.db())
        .await?;
        self.touch(session).await?;
        self.add_event(session, new.job.as_ref(), EventBody::MessageCreated { message: new.id.clone() }).await?;
        self.message(&new.id).await
    }

    /// Moves the session to the top of the list.
    pub(super) async fn touch(&mut self, session: &SessionId) -> Result<(), StoreError> {
        let now = self.now;
        // A clock that went back does not make what was used last look old.
        sqlx::query("UPDATE sessions SET updated_at = max(updated_at, ?) WHERE id = ?").bind(now).bind(session).execute(self.db()).await?;
        Ok(())
    }
}
