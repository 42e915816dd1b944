//! Questions that the assistant asked, and which option was taken.

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, SqliteConnection};

use crate::plan::Question;

use super::{EventBody, MessageId, QuestionId, SessionId, Store, StoreError, Time, Tx, UserId, row};

/// A row of `questions`.
#[derive(Clone, Debug, PartialEq)]
pub struct QuestionRow {
    pub id: QuestionId,
    pub session: SessionId,
    /// The assistant's message that asks it.
    pub message: MessageId,
    /// Its `id` is this row's.
    pub question: Question,
    /// The option taken, counted from 1.
    pub answered: Option<u32>,
    pub created_at: Time,
}

impl FromRow<'_, SqliteRow> for QuestionRow {
    fn from_row(r: &SqliteRow) -> sqlx::Result<Self> {
        Ok(QuestionRow {
            id: r.try_get("id")?,
            session: r.try_get("session")?,
            message: r.try_get("message")?,
            question: row::get(r, "question")?,
            answered: r.try_get("answered")?,
            created_at: r.try_get("created_at")?,
        })
    }
}

async fn one(db: &mut SqliteConnection, owner: &UserId, id: &QuestionId) -> Result<QuestionRow, StoreError> {
    Ok(sqlx::query_as("SELECT * FROM questions WHERE id = ? AND user_id = ?").bind(id).bind(owner).fetch_one(db).await?)
}

impl Store {
    pub async fn question(&self, owner: &UserId, id: &QuestionId) -> Result<QuestionRow, StoreError> {
        one(&mut *self.reader().acquire().await?, owner, id).await
    }

    /// The question that the session's newest message asks, while it is open.
    pub async fn open_question(&self, owner: &UserId, session: &SessionId) -> Result<Option<QuestionRow>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT q.* FROM questions q WHERE q.session = ? AND q.user_id = ? AND q.answered IS NULL
             AND q.message = (SELECT m.id FROM messages m WHERE m.session = q.session ORDER BY m.rowid DESC LIMIT 1)",
        )
        .bind(session)
        .bind(owner)
        .fetch_optional(self.reader())
        .await?)
    }
}

impl Tx {
    /// Adds a question under an id made by the caller (the message that asks it carries the same); `question.asked` follows.
    pub async fn add_question(
        &mut self,
        session: &SessionId,
        message: &MessageId,
        id: &QuestionId,
        mut question: Question,
    ) -> Result<QuestionRow, StoreError> {
        self.require_session(session).await?;
        question.id = id.to_string();
        let (owner, now) = (self.owner.clone(), self.now);
        sqlx::query("INSERT INTO questions (id, user_id, session, message, question, created_at) VALUES (?, ?, ?, ?, ?, ?)")
            .bind(id)
            .bind(&owner)
            .bind(session)
            .bind(message)
            .bind(row::json(&question))
            .bind(now)
            .execute(self.db())
            .await?;
        self.add_event(session, None, EventBody::QuestionAsked { question: id.clone() }).await?;
        one(self.db(), &owner, id).await
    }

    /// Takes an option, counted from 1, once.
    ///
    /// # Errors
    /// [`StoreError::Answered`] when one was taken before, [`StoreError::NotFound`] for an unknown question or option.
    pub async fn answer_question(&mut self, id: &QuestionId, option: u32) -> Result<QuestionRow, StoreError> {
        let owner = self.owner.clone();
        let row = one(self.db(), &owner, id).await?;
        if row.answered.is_some() {
            return Err(StoreError::Answered);
        }
        if option == 0 || option as usize > row.question.options.len() {
            return Err(StoreError::NotFound);
        }
        sqlx::query("UPDATE questions SET answered = ? WHERE id = ?").bind(option).bind(id).execute(self.db()).await?;
        Ok(QuestionRow { answered: Some(option), ..row })
    }
}
