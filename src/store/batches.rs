//! Batches: one recipe over many pictures, item by item. What adds and deletes them is in `batch_rows.rs`, what changes their states in `batch_states.rs`.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, SqliteConnection};

use crate::recipe::Recipe;
use crate::text::{Lang, Notice};

use super::{BatchId, ImageId, JobId, KeyId, Problem, Store, StoreError, Time, UserId, messages, row};

/// `running ⇄ paused`, `running ⇄ done` (further pictures make it run again), and from all but itself to `cancelled`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(rename_all = "lowercase")]
pub enum BatchState {
    Running,
    Paused,
    Done,
    Cancelled,
}

impl BatchState {
    pub fn name(self) -> &'static str {
        match self {
            BatchState::Running => "running",
            BatchState::Paused => "paused",
            BatchState::Done => "done",
            BatchState::Cancelled => "cancelled",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(rename_all = "lowercase")]
pub enum ItemState {
    /// A row of the table without its picture yet.
    Waiting,
    Queued,
    Running,
    Succeeded,
    Failed,
    Cancelled,
}

impl ItemState {
    pub const ALL: [ItemState; 6] =
        [ItemState::Waiting, ItemState::Queued, ItemState::Running, ItemState::Succeeded, ItemState::Failed, ItemState::Cancelled];

    pub fn name(self) -> &'static str {
        match self {
            ItemState::Waiting => "waiting",
            ItemState::Queued => "queued",
            ItemState::Running => "running",
            ItemState::Succeeded => "succeeded",
            ItemState::Failed => "failed",
            ItemState::Cancelled => "cancelled",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl fmt::Display for ItemState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A row of `batches`.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    pub id: BatchId,
    pub owner: UserId,
    pub name: String,
    pub state: BatchState,
    /// Why it was paused, where nobody asked for that.
    pub reason: Option<Problem>,
    pub lang: Lang,
    /// Without its files: they are in `images`.
    pub recipe: Recipe,
    /// Which kept recipe that is.
    pub recipe_id: Option<String>,
    /// Further pictures of the recipe: `image:N` and which it is.
    pub images: Vec<(usize, ImageId)>,
    /// For every item, unless its row says otherwise.
    pub values: Map<String, Value>,
    /// The format of all results, whatever the recipe says.
    pub format: Option<String>,
    pub has_table: bool,
    pub key: Option<KeyId>,
    pub request_id: Option<String>,
    /// The newest change.
    pub seq: i64,
    pub created_at: Time,
    pub finished_at: Option<Time>,
}

/// A batch about to begin.
#[derive(Clone, Debug)]
pub struct NewBatch {
    pub name: String,
    pub lang: Lang,
    pub recipe: Recipe,
    pub recipe_id: Option<String>,
    pub images: Vec<(usize, ImageId)>,
    pub values: Map<String, Value>,
    pub format: Option<String>,
    pub has_table: bool,
    pub key: Option<KeyId>,
}

/// A row of `batch_items`.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchItem {
    /// 1-based.
    pub n: u32,
    pub seq: i64,
    /// As it was sent, or as its row says.
    pub file: String,
    /// The result's name without extension, with folders.
    pub stem: String,
    /// The result's name; until there is one, with the extension of the file.
    pub name: String,
    pub state: ItemState,
    pub image: Option<ImageId>,
    pub values: Map<String, Value>,
    pub job: Option<JobId>,
    pub attempts: u32,
    pub results: Vec<ImageId>,
    pub error: Option<Problem>,
    pub warnings: Vec<Notice>,
    pub report: Option<Value>,
    pub ms: Option<u64>,
}

/// An item about to be added.
#[derive(Clone, Debug)]
pub struct NewItem {
    pub file: String,
    /// What the file is found by; see [`crate::batch::names::key_of`].
    pub path_key: String,
    pub stem: String,
    pub name: String,
    /// `waiting`, `queued` or `failed`.
    pub state: ItemState,
    pub image: Option<ImageId>,
    pub values: Map<String, Value>,
    pub error: Option<Problem>,
}

/// How many items there are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    by_state: [u32; 6],
}

impl Counts {
    pub fn of(&self, state: ItemState) -> u32 {
        self.by_state[state as usize]
    }

    pub fn total(&self) -> u32 {
        self.by_state.iter().sum()
    }
}

/// Which items a page shows.
#[derive(Clone, Copy, Debug)]
pub struct ItemsPage {
    /// Only higher numbers.
    pub after: u32,
    pub limit: u32,
    pub state: Option<ItemState>,
}

impl Batch {
    /// The batch's values with those of a row in their place; an empty cell says nothing.
    pub fn values_with(&self, row: &Map<String, Value>) -> Map<String, Value> {
        let says = |value: &Value| !value.is_null() && !value.as_str().is_some_and(|text| text.trim().is_empty());
        let mut values = self.values.clone();
        values.extend(row.iter().filter(|(_, value)| says(value)).map(|(name, value)| (name.clone(), value.clone())));
        values
    }
}

impl FromRow<'_, SqliteRow> for Batch {
    fn from_row(r: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Batch {
            id: r.try_get("id")?,
            owner: r.try_get("user_id")?,
            name: r.try_get("name")?,
            state: r.try_get("state")?,
            reason: row::get_opt(r, "reason")?,
            lang: messages::lang(r)?,
            recipe: row::get(r, "recipe")?,
            recipe_id: r.try_get("recipe_id")?,
            images: row::get(r, "images")?,
            values: row::get(r, "values")?,
            format: r.try_get("format")?,
            has_table: r.try_get("has_table")?,
            key: r.try_get("api_key")?,
            request_id: r.try_get("request_id")?,
            seq: r.try_get("last_seq")?,
            created_at: r.try_get("created_at")?,
            finished_at: r.try_get("finished_at")?,
        })
    }
}

impl FromRow<'_, SqliteRow> for BatchItem {
    fn from_row(r: &SqliteRow) -> sqlx::Result<Self> {
        Ok(BatchItem {
            n: r.try_get("n")?,
            seq: r.try_get("seq")?,
            file: r.try_get("file")?,
            stem: r.try_get("stem")?,
            name: r.try_get("name")?,
            state: r.try_get("state")?,
            image: r.try_get("image")?,
            values: row::get(r, "values")?,
            job: r.try_get("job")?,
            attempts: r.try_get("attempts")?,
            results: row::get(r, "results")?,
            error: row::get_opt(r, "error")?,
            warnings: row::get(r, "warnings")?,
            report: row::get_opt(r, "report")?,
            ms: r.try_get::<Option<i64>, _>("ms")?.map(|ms| u64::try_from(ms).unwrap_or(0)),
        })
    }
}

pub(super) async fn one(db: &mut SqliteConnection, owner: &UserId, id: &BatchId) -> Result<Batch, StoreError> {
    Ok(sqlx::query_as("SELECT * FROM batches WHERE id = ? AND user_id = ?").bind(id).bind(owner).fetch_one(db).await?)
}

impl Store {
    pub async fn batch(&self, owner: &UserId, id: &BatchId) -> Result<Batch, StoreError> {
        one(&mut *self.reader().acquire().await?, owner, id).await
    }

    /// Newest first.
    pub async fn batches(&self, owner: &UserId) -> Result<Vec<Batch>, StoreError> {
        Ok(sqlx::query_as("SELECT * FROM batches WHERE user_id = ? ORDER BY created_at DESC, id DESC")
            .bind(owner)
            .fetch_all(self.reader())
            .await?)
    }

    pub async fn batch_counts(&self, id: &BatchId) -> Result<Counts, StoreError> {
        let rows: Vec<(ItemState, u32)> = sqlx::query_as("SELECT state, count(*) FROM batch_items WHERE batch = ? GROUP BY state")
            .bind(id)
            .fetch_all(self.reader())
            .await?;
        let mut counts = Counts::default();
        for (state, count) in rows {
            counts.by_state[state as usize] = count;
        }
        Ok(counts)
    }

    /// What the last items that succeeded took on average, in milliseconds.
    pub async fn batch_pace_ms(&self, id: &BatchId) -> Result<Option<f64>, StoreError> {
        Ok(sqlx::query_scalar(
            "SELECT avg(ms) FROM (SELECT ms FROM batch_items WHERE batch = ? AND state = 'succeeded' ORDER BY seq DESC LIMIT 20)",
        )
        .bind(id)
        .fetch_one(self.reader())
        .await?)
    }

    /// By number. Whose batch it is, is for the caller to have asked.
    pub async fn batch_items(&self, id: &BatchId, page: ItemsPage) -> Result<Vec<BatchItem>, StoreError> {
        Ok(sqlx::query_as("SELECT * FROM batch_items WHERE batch = ?1 AND n > ?2 AND (?3 IS NULL OR state = ?3) ORDER BY n LIMIT ?4")
            .bind(id)
            .bind(page.after)
            .bind(page.state)
            .bind(page.limit)
            .fetch_all(self.reader())
            .await?)
    }

    /// Items whose last change lies between the two, oldest change first.
    pub async fn batch_changes(&self, id: &BatchId, (after, upto): (i64, i64), limit: u32) -> Result<Vec<BatchItem>, StoreError> {
        Ok(sqlx::query_as("SELECT * FROM batch_items WHERE batch = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?")
            .bind(id)
            .bind(after)
            .bind(upto)
            .bind(limit)
            .fetch_all(self.reader())
            .await?)
    }

    /// Running batches with something to do, those that got the least lately first, and how many of their items are under way.
    pub(crate) async fn batches_to_feed(&self) -> Result<Vec<(BatchId, UserId, u32)>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT b.id, b.user_id, (SELECT count(*) FROM batch_items i WHERE i.batch = b.id AND i.state IN ('queued', 'running') AND i.job IS NOT NULL)
             FROM batches b WHERE b.state = 'running'
             AND EXISTS (SELECT 1 FROM batch_items i WHERE i.batch = b.id AND i.state = 'queued' AND i.job IS NULL)
             ORDER BY 3, b.created_at",
        )
        .fetch_all(self.reader())
        .await?)
    }

    /// Batches of everybody that ended so long ago.
    pub(super) async fn old_batches(&self, before: Time) -> Result<Vec<(BatchId, UserId)>, StoreError> {
        Ok(sqlx::query_as("SELECT id, user_id FROM batches WHERE finished_at <= ? AND state IN ('done', 'cancelled')")
            .bind(before)
            .fetch_all(self.reader())
            .await?)
    }
}
