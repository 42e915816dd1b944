//! Batches and their items in the API's shapes.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::error::ApiError;
use crate::http::sessions::store_error;
use crate::http::shapes::{self, File, Warning};
use crate::http::view::{self, View};
use crate::plan::words;
use crate::store::{self, BatchState, ImageId, ItemState};

/// One recipe over many pictures.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Batch {
    pub id: String,
    pub name: String,
    /// `running`, `paused`, `done` or `cancelled`
    pub state: &'static str,
    /// Why it was paused, where nobody asked for that.
    pub reason: Option<Warning>,
    /// Before values go in.
    #[schema(value_type = Object)]
    pub plan: Value,
    pub words: Vec<String>,
    /// The saved recipe that it runs.
    pub recipe: Option<BatchRecipe>,
    pub format: Option<String>,
    pub counts: BatchCounts,
    /// Number of the newest change.
    pub seq: i64,
    pub created_at: String,
    pub finished_at: Option<String>,
    /// Until everything that has its picture is done, by what the last ones took.
    pub seconds_left: Option<f64>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BatchRecipe {
    pub id: String,
    pub name: String,
    pub version: u32,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BatchCounts {
    /// Rows of the table whose picture has not come yet.
    pub waiting: u32,
    pub queued: u32,
    pub running: u32,
    pub succeeded: u32,
    pub failed: u32,
    pub cancelled: u32,
    pub total: u32,
}

/// One picture of a batch, or one row of its table.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BatchItem {
    /// 1-based.
    pub n: u32,
    /// Number of its last change in the batch.
    pub seq: i64,
    /// As it was sent.
    pub file: String,
    /// Of its result in the archive.
    pub name: String,
    /// `waiting`, `queued`, `running`, `succeeded`, `failed` or `cancelled`
    pub state: &'static str,
    pub image: Option<File>,
    pub results: Vec<File>,
    pub error: Option<Warning>,
    pub warnings: Vec<Warning>,
    #[schema(value_type = Object)]
    pub values: Value,
    #[schema(value_type = Option<Object>)]
    pub report: Option<Value>,
    pub ms: Option<u64>,
}

#[derive(Serialize, ToSchema)]
pub struct Batches {
    pub batches: Vec<Batch>,
}

#[derive(Serialize, ToSchema)]
pub struct BatchItems {
    pub items: Vec<BatchItem>,
    /// What `after` is for the next page; null on the last one.
    pub next: Option<u32>,
}

impl View {
    pub async fn batch(&self, row: &store::Batch) -> Result<Batch, ApiError> {
        let store = &self.app.store;
        let counts = store.batch_counts(&row.id).await.map_err(store_error)?;
        let of = |state| counts.of(state);
        let to_do = of(ItemState::Queued) + of(ItemState::Running);
        let pace = match row.state {
            BatchState::Running if to_do > 0 => store.batch_pace_ms(&row.id).await.map_err(store_error)?,
            _ => None,
        };
        Ok(Batch {
            id: row.id.to_string(),
            name: row.name.clone(),
            state: row.state.name(),
            reason: row.reason.as_ref().map(|reason| view::problem(reason, self.lang)),
            plan: shapes::plan_value(&row.recipe.plan),
            words: words(&row.recipe.plan, self.lang),
            recipe: row.recipe_id.as_ref().map(|id| BatchRecipe {
                id: id.clone(),
                name: row.recipe.name.clone(),
                version: row.recipe.version,
            }),
            format: row.format.clone(),
            counts: BatchCounts {
                waiting: of(ItemState::Waiting),
                queued: of(ItemState::Queued),
                running: of(ItemState::Running),
                succeeded: of(ItemState::Succeeded),
                failed: of(ItemState::Failed),
                cancelled: of(ItemState::Cancelled),
                total: counts.total(),
            },
            seq: row.seq,
            created_at: row.created_at.to_string(),
            finished_at: row.finished_at.map(|t| t.to_string()),
            seconds_left: pace.map(|ms| (ms * f64::from(to_do) / 1e3).round()),
        })
    }

    pub async fn batch_items(&self, rows: &[store::BatchItem]) -> Result<Vec<BatchItem>, ApiError> {
        let ids: Vec<ImageId> = rows.iter().flat_map(|row| row.image.iter().chain(&row.results)).cloned().collect();
        let images = self.app.store.images(&self.user, &ids).await.map_err(store_error)?;
        let files: HashMap<ImageId, File> = images.into_iter().map(|image| (image.id.clone(), self.file_of(image))).collect();
        let shown = |row: &store::BatchItem| BatchItem {
            n: row.n,
            seq: row.seq,
            file: row.file.clone(),
            name: row.name.clone(),
            state: row.state.name(),
            image: row.image.as_ref().and_then(|id| files.get(id).cloned()),
            results: row.results.iter().filter_map(|id| files.get(id).cloned()).collect(),
            error: row.error.as_ref().map(|problem| view::problem(problem, self.lang)),
            warnings: shapes::warnings(&row.warnings, self.lang),
            values: Value::Object(row.values.clone()),
            report: row.report.clone(),
            ms: row.ms,
        };
        Ok(rows.iter().map(shown).collect())
    }

    fn file_of(&self, image: store::Image) -> File {
        File {
            url: view::content_url(&self.app.base_path, &image.id),
            id: image.id.into(),
            name: image.name,
            width: image.width,
            height: image.height,
            format: image.format,
            bytes: image.bytes,
            mask_url: None,
        }
    }
}
