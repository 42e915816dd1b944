//! `/sessions`: conversations and their snapshot.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::error::{ApiError, ErrorEnvelope};
use super::shapes::{Job, Message, Session, Version};
use super::state::App;
use super::view::{self, View};
use crate::store::{SessionId, StoreError};

#[derive(Serialize, ToSchema)]
pub struct Sessions {
    pub sessions: Vec<Session>,
}

/// Everything that the page needs to show a conversation.
#[derive(Serialize, ToSchema)]
pub struct Snapshot {
    pub session: Session,
    pub messages: Vec<Message>,
    pub versions: Vec<Version>,
    pub jobs: Vec<Job>,
    /// Follow the socket from here.
    pub last_seq: i64,
}

#[derive(Deserialize, Default, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionBody {
    /// At most 200 characters.
    #[serde(default)]
    pub title: Option<String>,
}

pub fn session_id(text: &str) -> Result<SessionId, ApiError> {
    text.parse().map_err(|_| ApiError::not_found())
}

pub fn store_error(error: StoreError) -> ApiError {
    ApiError::explain(&error)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Only those whose title or messages contain this, in any case and width; at most 200 characters
    #[serde(default)]
    q: String,
}

/// Conversations, newest change first.
#[utoipa::path(get, path = "/sessions", tag = "sessions", params(SearchQuery),
    responses((status = 200, body = Sessions), (status = 400, body = ErrorEnvelope), (status = 403, body = ErrorEnvelope)))]
pub async fn list(State(app): State<App>, caller: Caller, Query(query): Query<SearchQuery>) -> Result<Json<Sessions>, ApiError> {
    if query.q.chars().count() > 200 {
        return Err(
            ApiError::bad_request("invalid_parameter", "搜索词最多 200 个字符。", "A search has at most 200 characters.").field("q")
        );
    }
    let rows = app.store.sessions(&caller.user).await.map_err(store_error)?;
    let rows = match query.q.trim() {
        "" => rows,
        words => {
            let found = app.store.sessions_with(&caller.user, words).await.map_err(store_error)?;
            rows.into_iter().filter(|session| found.contains(&session.id)).collect()
        }
    };
    Ok(Json(Sessions { sessions: rows.iter().map(|row| view::session(row, &app.base_path)).collect() }))
}

/// Starts a conversation.
#[utoipa::path(post, path = "/sessions", tag = "sessions", request_body = SessionBody,
    responses((status = 201, body = Session), (status = 400, body = ErrorEnvelope)))]
pub async fn create(State(app): State<App>, caller: Caller, body: super::body::JsonBody<SessionBody>) -> Result<Response, ApiError> {
    let title = clean_title(body.0.title.as_deref().unwrap_or(""))?;
    let mut tx = app.store.begin(&caller.user).await.map_err(store_error)?;
    let session = tx.add_session(&title).await.map_err(store_error)?;
    tx.commit().await.map_err(store_error)?;
    Ok((StatusCode::CREATED, Json(view::session(&session, &app.base_path))).into_response())
}

/// A conversation with its messages, versions and jobs.
#[utoipa::path(get, path = "/sessions/{id}", tag = "sessions", params(("id" = String, Path)),
    responses((status = 200, body = Snapshot), (status = 404, body = ErrorEnvelope)))]
pub async fn show(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<Snapshot>, ApiError> {
    let id = session_id(&id)?;
    // The session first: what happens after its `last_seq` comes over the socket, and seeing it twice does no harm.
    let session = app.store.session(&caller.user, &id).await.map_err(store_error)?;
    let messages = app.store.messages(&caller.user, &id).await.map_err(store_error)?;
    let versions = app.store.versions(&caller.user, &id).await.map_err(store_error)?;
    let jobs = app.store.jobs(&caller.user, &id).await.map_err(store_error)?;
    let view = View { app, user: caller.user, lang: caller.lang };
    Ok(Json(Snapshot {
        session: view::session(&session, &view.app.base_path),
        messages: view.messages(&messages).await?,
        versions: view.versions(&versions).await?,
        jobs: view.jobs(&jobs).await?,
        last_seq: session.last_seq,
    }))
}

/// Renames a conversation.
#[utoipa::path(patch, path = "/sessions/{id}", tag = "sessions", params(("id" = String, Path)), request_body = SessionBody,
    responses((status = 200, body = Session), (status = 404, body = ErrorEnvelope)))]
pub async fn rename(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: super::body::JsonBody<SessionBody>,
) -> Result<Json<Session>, ApiError> {
    let id = session_id(&id)?;
    let title = clean_title(body.0.title.as_deref().ok_or_else(|| super::intake::missing("title"))?)?;
    let mut tx = app.store.begin(&caller.user).await.map_err(store_error)?;
    tx.set_title(&id, &title).await.map_err(store_error)?;
    let session = tx.session(&id).await.map_err(store_error)?;
    tx.commit().await.map_err(store_error)?;
    Ok(Json(view::session(&session, &app.base_path)))
}

/// Deletes a conversation, its versions and every picture that nothing else uses; its running jobs are stopped.
#[utoipa::path(delete, path = "/sessions/{id}", tag = "sessions", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorEnvelope)))]
pub async fn delete(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    app.engine.delete_session(&caller.user, &session_id(&id)?).await.map_err(|e| ApiError::explain(&e))?;
    Ok(StatusCode::NO_CONTENT)
}

fn clean_title(title: &str) -> Result<String, ApiError> {
    let clean: String = title.chars().filter(|c| !c.is_control()).collect();
    if clean.chars().count() > 200 {
        return Err(
            ApiError::bad_request("invalid_parameter", "标题最多 200 个字符。", "A title has at most 200 characters.").field("title")
        );
    }
    Ok(clean.trim().to_owned())
}
