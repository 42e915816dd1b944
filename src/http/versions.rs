//! `/sessions/{id}/versions`: the version tree.

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::Caller;
use super::error::{ApiError, ErrorEnvelope};
use super::sessions::{session_id, store_error};
use super::shapes::{Session, Version};
use super::state::App;
use super::view::{self, View};

#[derive(Serialize, ToSchema)]
pub struct Versions {
    pub versions: Vec<Version>,
    pub current: Option<u32>,
}

/// All versions by number, and which one is current.
#[utoipa::path(get, path = "/sessions/{id}/versions", tag = "versions", params(("id" = String, Path)),
    responses((status = 200, body = Versions), (status = 404, body = ErrorEnvelope)))]
pub async fn list(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<Versions>, ApiError> {
    let id = session_id(&id)?;
    let session = app.store.session(&caller.user, &id).await.map_err(store_error)?;
    let rows = app.store.versions(&caller.user, &id).await.map_err(store_error)?;
    let view = View { app, user: caller.user, lang: caller.lang };
    Ok(Json(Versions { versions: view.versions(&rows).await?, current: session.current }))
}

/// One version with the plan as asked and as run.
#[utoipa::path(get, path = "/sessions/{id}/versions/{n}", tag = "versions", params(("id" = String, Path), ("n" = u32, Path)),
    responses((status = 200, body = Version), (status = 404, body = ErrorEnvelope)))]
pub async fn show(State(app): State<App>, caller: Caller, Path((id, n)): Path<(String, u32)>) -> Result<Json<Version>, ApiError> {
    let row = app.store.version(&caller.user, &session_id(&id)?, n).await.map_err(store_error)?;
    let view = View { app, user: caller.user, lang: caller.lang };
    Ok(Json(view.version(&row).await?))
}

/// What a deletion took.
#[derive(Serialize, ToSchema)]
pub struct Deleted {
    /// Numbers of the versions that are gone, ascending; they are not used again.
    pub deleted: Vec<u32>,
    /// Where the conversation stands now.
    pub current: Option<u32>,
}

/// Deletes a version and everything made from it, and every picture that nothing else needs. Messages and jobs stay.
#[utoipa::path(delete, path = "/sessions/{id}/versions/{n}", tag = "versions", params(("id" = String, Path), ("n" = u32, Path)),
    responses((status = 200, body = Deleted), (status = 404, body = ErrorEnvelope), (status = 409, body = ErrorEnvelope)))]
pub async fn delete(State(app): State<App>, caller: Caller, Path((id, n)): Path<(String, u32)>) -> Result<Json<Deleted>, ApiError> {
    let id = session_id(&id)?;
    let mut tx = app.store.begin(&caller.user).await.map_err(store_error)?;
    let gone = tx.delete_branch(&id, n).await.map_err(store_error)?;
    tx.commit().await.map_err(store_error)?;
    Ok(Json(Deleted { deleted: gone.numbers, current: gone.current }))
}

/// Makes a version current: the next instruction continues from it.
#[utoipa::path(post, path = "/sessions/{id}/versions/{n}/checkout", tag = "versions", params(("id" = String, Path), ("n" = u32, Path)),
    responses((status = 200, body = Session), (status = 404, body = ErrorEnvelope)))]
pub async fn checkout(State(app): State<App>, caller: Caller, Path((id, n)): Path<(String, u32)>) -> Result<Json<Session>, ApiError> {
    let id = session_id(&id)?;
    let mut tx = app.store.begin(&caller.user).await.map_err(store_error)?;
    tx.checkout(&id, n).await.map_err(store_error)?;
    let session = tx.session(&id).await.map_err(store_error)?;
    tx.commit().await.map_err(store_error)?;
    Ok(Json(view::session(&session, &app.base_path)))
}
