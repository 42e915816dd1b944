//! `/sessions/{id}/ws`: a session's events as they happen, stored ones replayed first.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ApiError;
use super::guard::Caller;
use super::sessions::{session_id, store_error};
use super::shapes;
use super::state::App;
use super::view::{self, View};
use crate::engine::Subscription;
use crate::plan::words;
use crate::store::{Event, EventBody, SessionId, StoreError};
use crate::text::Lang;

/// Proxies and sleeping laptops cut silent connections.
const PING_EVERY: Duration = Duration::from_secs(20);
/// A reader that takes nothing for so long is gone.
const SEND_LIMIT: Duration = Duration::from_secs(30);
/// Bytes that wait in one socket before sending waits.
const WRITE_BUFFER_BYTES: usize = 64 * 1024;
const MAX_WRITE_BUFFER_BYTES: usize = 512 * 1024;
/// Nothing that a client says here is long.
const MAX_MESSAGE_BYTES: usize = 4 * 1024;

#[derive(Deserialize)]
pub struct AfterQuery {
    /// Replay what came after this number.
    #[serde(default)]
    after: i64,
}

/// The WebSocket of a session. Not in the OpenAPI document, which has no words for it; see docs/API.md.
pub async fn events(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<AfterQuery>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, ApiError> {
    let id = session_id(&id)?;
    let subscription = app.engine.subscribe(&caller.user, &id, query.after).await.map_err(store_error)?;
    let view = View { app, user: caller.user, lang: caller.lang };
    Ok(upgrade
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(MAX_WRITE_BUFFER_BYTES)
        .max_message_size(MAX_MESSAGE_BYTES)
        .on_upgrade(move |socket| follow(socket, view, id, subscription)))
}

async fn follow(socket: WebSocket, view: View, session: SessionId, mut events: Subscription) {
    let (mut out, mut inbox) = socket.split();
    let mut ping = tokio::time::interval(PING_EVERY);
    ping.tick().await;
    let reason = loop {
        let frames = tokio::select! {
            said = inbox.next() => match said {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => continue,
            },
            _ = ping.tick() => vec![Message::Ping(bytes::Bytes::new())],
            () = view.app.stopping() => break "the server is stopping",
            event = events.next() => match event {
                Ok(Some(event)) => match frames(&view, &session, &event).await {
                    Ok(frames) => frames,
                    Err(error) => {
                        tracing::warn!(session = %session, code = %error.code, "an event could not be shown");
                        continue;
                    }
                },
                Ok(None) => break "the session is gone",
                Err(error) => {
                    tracing::warn!(session = %session, %error, "events could not be read");
                    break "events could not be read";
                }
            },
        };
        for frame in frames {
            if !matches!(tokio::time::timeout(SEND_LIMIT, out.send(frame)).await, Ok(Ok(()))) {
                return;
            }
        }
    };
    let close = CloseFrame { code: axum::extract::ws::close_code::AWAY, reason: reason.into() };
    let _ = tokio::time::timeout(SEND_LIMIT, out.send(Message::Close(Some(close)))).await;
}

/// One event as frames: its envelope, and after a preview the picture.
async fn frames(view: &View, session: &SessionId, event: &Event) -> Result<Vec<Message>, ApiError> {
    let Some(payload) = payload(view, session, event).await? else { return Ok(vec![]) };
    let mut envelope = json!({
        "seq": event.seq,
        "time": event.time.to_string(),
        "session": session.as_str(),
        "job": event.job.as_ref().map(|j| j.as_str()),
        "type": event.body.name(),
    });
    if event.body.is_transient() {
        envelope["transient"] = json!(true);
    }
    if let (Value::Object(envelope), Value::Object(payload)) = (&mut envelope, payload) {
        envelope.extend(payload);
    }
    let mut frames = vec![Message::Text(envelope.to_string().into())];
    if let EventBody::StepPreview { preview, .. } = &event.body {
        let mut bytes = Vec::with_capacity(16 + preview.bytes.len());
        bytes.extend_from_slice(&preview.id);
        bytes.extend_from_slice(&preview.bytes);
        frames.push(Message::Binary(bytes.into()));
    }
    Ok(frames)
}

/// What an event says beside the envelope; `None` where what it names is gone meanwhile (a replay after a deletion).
async fn payload(view: &View, session: &SessionId, event: &Event) -> Result<Option<Value>, ApiError> {
    match body(view, session, event).await {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.code == "not_found" => Ok(None),
        Err(error) => Err(error),
    }
}

async fn body(view: &View, session: &SessionId, event: &Event) -> Result<Value, ApiError> {
    let (store, user) = (&view.app.store, &view.user);
    let found = |e: StoreError| ApiError::explain(&e);
    Ok(match &event.body {
        EventBody::MessageCreated { message } => {
            let row = store.message(user, message).await.map_err(found)?;
            json!({ "message": view.message(&row).await? })
        }
        EventBody::PlanReady { plan } => json!({ "plan": plan, "words": words(plan, job_lang(view, event).await) }),
        EventBody::QuestionAsked { question } => {
            let row = store.question(user, question).await.map_err(found)?;
            let lang = store.message(user, &row.message).await.map_or(view.lang, |m| m.lang);
            json!({ "question": shapes::question(&row.question, lang) })
        }
        EventBody::JobQueued { position } => json!({ "position": position }),
        EventBody::JobStarted | EventBody::JobCancelled => json!({}),
        EventBody::JobSucceeded { .. } => succeeded(view, event).await?,
        EventBody::JobFailed { error } => json!({ "error": view::problem(error, job_lang(view, event).await) }),
        EventBody::StepStarted { step, op } => {
            let line = match &event.job {
                Some(id) => {
                    let job = store.job(user, id).await.map_err(found)?;
                    words(&job.plan, job.lang).into_iter().nth(*step)
                }
                None => None,
            };
            json!({ "step": step, "op": op, "words": line })
        }
        EventBody::StepFinished { step, ms, artifacts, warnings } => {
            let mut shown = Vec::with_capacity(artifacts.len());
            for artifact in artifacts {
                shown.push(json!({ "role": artifact.role, "image": view.picture(&artifact.image).await? }));
            }
            let lang = job_lang(view, event).await;
            json!({ "step": step, "ms": ms, "artifacts": shown, "warnings": shapes::warnings(warnings, lang) })
        }
        EventBody::VersionCreated { number, parent } => {
            let row = store.version(user, session, *number).await.map_err(found)?;
            json!({ "number": number, "parent": parent, "version": view.version(&row).await? })
        }
        EventBody::SessionUpdated => {
            let row = store.session(user, session).await.map_err(found)?;
            json!({ "session": view::session(&row) })
        }
        EventBody::StepProgress { step, fraction, label, elapsed_ms } => {
            json!({ "step": step, "fraction": fraction, "label": label.get(job_lang(view, event).await), "elapsed_ms": elapsed_ms })
        }
        EventBody::StepPreview { step, preview } => {
            let lang = job_lang(view, event).await;
            json!({
                "step": step, "id": preview.hex_id(), "mime": preview.mime, "width": preview.width, "height": preview.height,
                "label": preview.label.as_ref().map(|l| l.get(lang)),
            })
        }
    })
}

async fn succeeded(view: &View, event: &Event) -> Result<Value, ApiError> {
    let Some(id) = &event.job else { return Ok(json!({})) };
    let row = view.app.store.job(&view.user, id).await.map_err(|e| ApiError::explain(&e))?;
    let job = view.job(&row).await?;
    Ok(json!({
        "version": job.version, "timings": job.timings, "warnings": job.warnings, "files": job.files, "report": job.report,
        "report_text": job.report_text, "exact_outside_target": job.exact_outside_target, "target": job.target,
        "artifacts": job.artifacts, "suggestions": job.suggestions,
    }))
}

/// The language of the conversation's turn, which a reader in another language sees too.
async fn job_lang(view: &View, event: &Event) -> Lang {
    match &event.job {
        Some(id) => view.app.store.job(&view.user, id).await.map_or(view.lang, |j| j.lang),
        None => view.lang,
    }
}
