//! `/jobs`: how work goes on, and stopping it.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::caller::Caller;
use super::error::{ApiError, ErrorEnvelope};
use super::sessions::store_error;
use super::shapes::Job;
use super::state::App;
use super::view::View;
use crate::store::JobId;

fn job_id(text: &str) -> Result<JobId, ApiError> {
    text.parse().map_err(|_| ApiError::not_found())
}

/// One job.
#[utoipa::path(get, path = "/jobs/{id}", tag = "jobs", params(("id" = String, Path)), responses((status = 200, body = Job), (status = 404, body = ErrorEnvelope)))]
pub async fn show(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<Job>, ApiError> {
    let row = app.store.job(&caller.user, &job_id(&id)?).await.map_err(store_error)?;
    let view = View { app, user: caller.user, lang: caller.lang };
    Ok(Json(view.job(&row).await?))
}

/// Stops a job: at once while it waits, else as soon as its worker is free (the job then says `cancelled`).
#[utoipa::path(post, path = "/jobs/{id}/cancel", tag = "jobs", params(("id" = String, Path)),
    responses((status = 202, body = Job), (status = 404, body = ErrorEnvelope), (status = 400, body = ErrorEnvelope)))]
pub async fn cancel(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<(StatusCode, Json<Job>), ApiError> {
    let row = app.engine.cancel(&caller.user, &job_id(&id)?).await.map_err(|e| ApiError::explain(&e))?;
    let view = View { app, user: caller.user, lang: caller.lang };
    Ok((StatusCode::ACCEPTED, Json(view.job(&row).await?)))
}
