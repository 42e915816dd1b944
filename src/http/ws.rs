//! `/sessions/{id}/ws`: a session's events as they happen, stored ones replayed first.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use futures_util::{SinkExt, StreamExt};

use super::caller::Caller;
use super::error::ApiError;
use super::live::{self, AfterQuery};
use super::sessions::{session_id, store_error};
use super::state::App;
use super::view::View;
use crate::engine::Subscription;
use crate::store::{Event, EventBody, SessionId};

/// Proxies and sleeping laptops cut silent connections.
const PING_EVERY: Duration = Duration::from_secs(20);
/// A reader that takes nothing for so long is gone.
const SEND_LIMIT: Duration = Duration::from_secs(30);
/// Bytes that wait in one socket before sending waits.
const WRITE_BUFFER_BYTES: usize = 64 * 1024;
const MAX_WRITE_BUFFER_BYTES: usize = 512 * 1024;
/// Closed because the caller has lost the way in (RFC 6455 leaves 4000 to 4999 to applications).
const SIGNED_OUT: u16 = 4401;
/// Nothing that a client says here is long.
const MAX_MESSAGE_BYTES: usize = 4 * 1024;

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
    let place = caller.open_stream(&app)?;
    let view = View { app, user: caller.user.clone(), lang: caller.lang };
    let followed = move |socket| async move {
        follow(socket, (view, caller), id, subscription).await;
        drop(place);
    };
    Ok(bounded(upgrade).on_upgrade(followed))
}

/// A socket whose buffers stay small, whatever comes and however slowly it is read.
pub(super) fn bounded(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(MAX_WRITE_BUFFER_BYTES)
        .max_message_size(MAX_MESSAGE_BYTES)
        // Room for a whole frame is taken as soon as its head has come, so a head alone must not ask for megabytes.
        .max_frame_size(MAX_MESSAGE_BYTES)
}

/// Nothing that a client says matters here, but that it leaves, or breaks the protocol.
pub(super) fn is_over(said: Option<&Result<Message, axum::Error>>) -> bool {
    matches!(said, Some(Ok(Message::Close(_)) | Err(_)) | None)
}

async fn follow(socket: WebSocket, (view, caller): (View, Caller), session: SessionId, mut events: Subscription) {
    let mut shut_out = caller.shut_out(&view.app);
    let _open = view.app.metrics.stream("ws");
    let (mut out, mut inbox) = socket.split();
    let mut ping = tokio::time::interval(PING_EVERY);
    ping.tick().await;
    let (code, reason) = loop {
        let frames = tokio::select! {
            said = inbox.next() => if is_over(said.as_ref()) { return } else { continue },
            _ = ping.tick() => vec![Message::Ping(bytes::Bytes::new())],
            () = view.app.stopping() => break (close_code::AWAY, "the server is stopping"),
            () = &mut shut_out => break (SIGNED_OUT, "signed out"),
            event = events.next() => match event {
                Ok(Some(event)) => match frames(&view, &session, &event).await {
                    Ok(frames) => frames,
                    // Not left out: the reader comes back and asks for what follows the last one it has.
                    Err(error) if error.status == StatusCode::SERVICE_UNAVAILABLE => break (close_code::AWAY, "events could not be read"),
                    Err(error) => {
                        tracing::warn!(session = %session, code = %error.code, "an event could not be shown");
                        continue;
                    }
                },
                Ok(None) => break (close_code::AWAY, "the session is gone"),
                Err(error) => {
                    tracing::warn!(session = %session, %error, "events could not be read");
                    break (close_code::AWAY, "events could not be read");
                }
            },
        };
        for frame in frames {
            if !matches!(tokio::time::timeout(SEND_LIMIT, out.send(frame)).await, Ok(Ok(()))) {
                return;
            }
        }
    };
    let close = CloseFrame { code, reason: reason.into() };
    let _ = tokio::time::timeout(SEND_LIMIT, out.send(Message::Close(Some(close)))).await;
}

/// One event as frames: its envelope, and after a preview the picture.
async fn frames(view: &View, session: &SessionId, event: &Event) -> Result<Vec<Message>, ApiError> {
    let Some(envelope) = live::envelope(view, session, event).await? else { return Ok(vec![]) };
    let mut frames = vec![Message::Text(envelope.to_string().into())];
    if let EventBody::StepPreview { preview, .. } = &event.body {
        let mut bytes = Vec::with_capacity(16 + preview.bytes.len());
        bytes.extend_from_slice(&preview.id);
        bytes.extend_from_slice(&preview.bytes);
        frames.push(Message::Binary(bytes.into()));
    }
    Ok(frames)
}
