//! What was done to accounts, keys and limits, and by whom. Names are kept as they were then.

use sqlx::{FromRow, Row};

use super::{Store, StoreError, Time, Tx};

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    pub id: i64,
    pub time: Time,
    /// The account's name, or `command line`.
    pub actor: String,
    /// `user.add`, `key.revoke` …
    pub action: String,
    /// What it was done to, by name.
    pub subject: String,
    pub detail: String,
    pub request_id: Option<String>,
}

impl FromRow<'_, sqlx::sqlite::SqliteRow> for Act {
    fn from_row(r: &sqlx::sqlite::SqliteRow) -> sqlx::Result<Self> {
        Ok(Act {
            id: r.try_get("id")?,
            time: r.try_get("time")?,
            actor: r.try_get("actor")?,
            action: r.try_get("action")?,
            subject: r.try_get("subject")?,
            detail: r.try_get("detail")?,
            request_id: r.try_get("request_id")?,
        })
    }
}

impl Store {
    /// The newest first; `before` an id, for the next page.
    pub async fn audit(&self, before: Option<i64>, limit: u32) -> Result<Vec<Act>, StoreError> {
        Ok(sqlx::query_as("SELECT * FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?")
            .bind(before.unwrap_or(i64::MAX))
            .bind(limit)
            .fetch_all(self.reader())
            .await?)
    }
}

/// Who does something, for the audit.
#[derive(Clone, Debug)]
pub struct Actor {
    pub name: String,
    pub request_id: Option<String>,
}

impl Actor {
    pub fn command_line() -> Self {
        Actor { name: "command line".to_owned(), request_id: None }
    }
}

impl Tx {
    /// Notes an act in the change that does it: one is not without the other.
    pub async fn note(&mut self, actor: &Actor, action: &str, subject: &str, detail: &str) -> Result<(), StoreError> {
        let now = self.now;
        sqlx::query("INSERT INTO audit (time, actor, action, subject, detail, request_id) VALUES (?, ?, ?, ?, ?, ?)")
            .bind(now)
            .bind(&actor.name)
            .bind(action)
            .bind(subject)
            .bind(detail)
            .bind(&actor.request_id)
            .execute(self.db())
            .await?;
        Ok(())
    }
}
