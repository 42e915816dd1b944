//! `/batches`: one instruction, plan or recipe over many pictures. The rows are the truth; the engine's feeder works them off.

mod archive;
mod arrive;
mod entries;
mod events;
mod form;
mod order;
mod report;
mod shown;

use axum::Json;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::error::{ApiError, ErrorEnvelope};
use super::sessions::store_error;
use super::state::App;
use super::view::View;
use crate::store::{BatchId, ItemState, ItemsPage};

pub use archive::{__path_archive, archive};
pub use events::{__path_events, events};
pub use report::{__path_report, report};

use shown::{Batch, BatchItems, Batches};

/// Items of one answer without `limit`, and at most.
const ITEMS: u32 = 200;
const MOST_ITEMS: u32 = 1_000;

fn batch_id(text: &str) -> Result<BatchId, ApiError> {
    text.parse().map_err(|_| ApiError::not_found())
}

fn view(app: App, caller: &Caller) -> View {
    View { app, user: caller.user.clone(), lang: caller.lang }
}

async fn shown_batch(app: App, caller: &Caller, id: &BatchId) -> Result<Json<Batch>, ApiError> {
    let row = app.store.batch(&caller.user, id).await.map_err(store_error)?;
    Ok(Json(view(app, caller).batch(&row).await?))
}

/// The form of a new batch; JSON has the same fields, pictures as ids in `images` and rows as a list of objects, each with `file`.
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct BatchForm {
    /// What to change in every picture. One of `instruction`, `plan` and `recipe`.
    instruction: Option<String>,
    #[schema(value_type = Option<Object>)]
    plan: Option<serde_json::Value>,
    /// Name or id of a saved recipe, or an exported one.
    recipe: Option<String>,
    /// Values of the recipe's parameters, for all pictures.
    #[schema(value_type = Option<Object>)]
    values: Option<serde_json::Value>,
    /// What the batch is called.
    name: Option<String>,
    /// `png`, `jpeg`, `webp` …; wins over an export step.
    format: Option<String>,
    /// A picture; repeat the part. Its file name may have folders.
    #[schema(value_type = Option<String>, format = Binary)]
    image: Option<String>,
    /// An archive of pictures.
    #[schema(value_type = Option<String>, format = Binary)]
    zip: Option<String>,
    /// Ids of uploaded pictures, a JSON list.
    images: Option<String>,
    /// A table, CSV or XLSX: the column `file`, then a column for each parameter.
    #[schema(value_type = Option<String>, format = Binary)]
    rows: Option<String>,
    /// Run the recipe although its models are others here.
    any_models: Option<bool>,
}

/// Pictures for a batch that there is.
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct ItemsForm {
    #[schema(value_type = Option<String>, format = Binary)]
    image: Option<String>,
    #[schema(value_type = Option<String>, format = Binary)]
    zip: Option<String>,
    images: Option<String>,
}

/// Begins a batch, with or without its first pictures. A file that is no picture is a failed item and stops nothing.
#[utoipa::path(post, path = "/batches", tag = "batches", request_body(content = BatchForm, content_type = "multipart/form-data"),
    responses((status = 201, body = Batch), (status = 400, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope), (status = 413, body = ErrorEnvelope),
        (status = 422, description = "a question has to be answered first", body = ErrorEnvelope), (status = 507, body = ErrorEnvelope)))]
pub async fn create(State(app): State<App>, caller: Caller, request: Request) -> Result<(StatusCode, Json<Batch>), ApiError> {
    let form = form::read(&app, &caller, request).await?;
    let id = order::create(&app, &caller, form).await?;
    Ok((StatusCode::CREATED, shown_batch(app, &caller, &id).await?))
}

/// All batches, the newest first.
#[utoipa::path(get, path = "/batches", tag = "batches", responses((status = 200, body = Batches)))]
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Batches>, ApiError> {
    let rows = app.store.batches(&caller.user).await.map_err(store_error)?;
    let view = view(app, &caller);
    let mut batches = Vec::with_capacity(rows.len());
    for row in &rows {
        batches.push(view.batch(row).await?);
    }
    Ok(Json(Batches { batches }))
}

/// One batch.
#[utoipa::path(get, path = "/batches/{id}", tag = "batches", params(("id" = String, Path)),
    responses((status = 200, body = Batch), (status = 404, body = ErrorEnvelope)))]
pub async fn show(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<Batch>, ApiError> {
    shown_batch(app, &caller, &batch_id(&id)?).await
}

/// Deletes a batch with its pictures and results; what runs of it is stopped.
#[utoipa::path(delete, path = "/batches/{id}", tag = "batches", params(("id" = String, Path)), responses((status = 204), (status = 404, body = ErrorEnvelope)))]
pub async fn delete(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    app.engine.delete_batch(&caller.user, &batch_id(&id)?).await.map_err(|e| ApiError::explain(&e))?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ItemsQuery {
    /// Only items after this number
    #[serde(default)]
    after: u32,
    /// 1..=1000; 200 without it
    limit: Option<u32>,
    /// `waiting`, `queued`, `running`, `succeeded`, `failed`, `cancelled`
    state: Option<String>,
}

/// The items of a batch, by number.
#[utoipa::path(get, path = "/batches/{id}/items", tag = "batches", params(("id" = String, Path), ItemsQuery),
    responses((status = 200, body = BatchItems), (status = 400, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope)))]
pub async fn items(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<ItemsQuery>,
) -> Result<Json<BatchItems>, ApiError> {
    let batch = app.store.batch(&caller.user, &batch_id(&id)?).await.map_err(store_error)?;
    let state = query.state.as_deref().filter(|state| !state.is_empty()).map(item_state).transpose()?;
    let limit = query.limit.unwrap_or(ITEMS).clamp(1, MOST_ITEMS);
    let page = ItemsPage { after: query.after, limit, state };
    let rows = app.store.batch_items(&batch.id, page).await.map_err(store_error)?;
    let next = rows.last().filter(|_| rows.len() == limit as usize).map(|last| last.n);
    Ok(Json(BatchItems { items: view(app, &caller).batch_items(&rows).await?, next }))
}

fn item_state(name: &str) -> Result<ItemState, ApiError> {
    ItemState::parse(name).ok_or_else(|| {
        let known = ItemState::ALL.map(ItemState::name).join(", ");
        ApiError::bad_request("invalid_parameter", format!("state 应是以下之一：{known}。"), format!("state is one of {known}."))
            .field("state")
    })
}

/// Adds pictures to a batch; they are worked on at once. All of a request are added or none.
#[utoipa::path(post, path = "/batches/{id}/items", tag = "batches", params(("id" = String, Path)),
    request_body(content = ItemsForm, content_type = "multipart/form-data"),
    responses((status = 200, body = Batch), (status = 400, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope), (status = 409, body = ErrorEnvelope),
        (status = 413, body = ErrorEnvelope), (status = 507, body = ErrorEnvelope)))]
pub async fn add(State(app): State<App>, caller: Caller, Path(id): Path<String>, request: Request) -> Result<Json<Batch>, ApiError> {
    let id = batch_id(&id)?;
    let batch = app.store.batch(&caller.user, &id).await.map_err(store_error)?;
    let form = form::read(&app, &caller, request).await?;
    order::add(&app, &caller, &batch, form).await?;
    shown_batch(app, &caller, &id).await
}

/// Begins no further items; those that run are finished.
#[utoipa::path(post, path = "/batches/{id}/pause", tag = "batches", params(("id" = String, Path)),
    responses((status = 200, body = Batch), (status = 404, body = ErrorEnvelope), (status = 409, body = ErrorEnvelope)))]
pub async fn pause(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<Batch>, ApiError> {
    let id = batch_id(&id)?;
    app.engine.pause_batch(&caller.user, &id).await.map_err(|e| ApiError::explain(&e))?;
    shown_batch(app, &caller, &id).await
}

/// Goes on with a paused batch.
#[utoipa::path(post, path = "/batches/{id}/resume", tag = "batches", params(("id" = String, Path)),
    responses((status = 200, body = Batch), (status = 404, body = ErrorEnvelope), (status = 409, body = ErrorEnvelope)))]
pub async fn resume(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<Batch>, ApiError> {
    let id = batch_id(&id)?;
    app.engine.resume_batch(&caller.user, &id).await.map_err(|e| ApiError::explain(&e))?;
    shown_batch(app, &caller, &id).await
}

/// Cancels what has not ended. A cancelled batch stays so; its results can still be fetched.
#[utoipa::path(post, path = "/batches/{id}/cancel", tag = "batches", params(("id" = String, Path)),
    responses((status = 200, body = Batch), (status = 404, body = ErrorEnvelope)))]
pub async fn cancel(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<Batch>, ApiError> {
    let id = batch_id(&id)?;
    app.engine.cancel_batch(&caller.user, &id).await.map_err(|e| ApiError::explain(&e))?;
    shown_batch(app, &caller, &id).await
}

/// Tries the failed items again, and only those.
#[utoipa::path(post, path = "/batches/{id}/retry", tag = "batches", params(("id" = String, Path)),
    responses((status = 200, body = Batch), (status = 404, body = ErrorEnvelope), (status = 409, body = ErrorEnvelope)))]
pub async fn retry(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<Batch>, ApiError> {
    let id = batch_id(&id)?;
    app.engine.retry_batch(&caller.user, &id).await.map_err(|e| ApiError::explain(&e))?;
    shown_batch(app, &caller, &id).await
}
