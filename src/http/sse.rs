//! `/sessions/{id}/events`: what the socket tells, as server-sent events, for clients and proxies that know no sockets.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use futures_util::stream;
use serde_json::json;

use super::caller::{Caller, ShutOut};
use super::error::{ApiError, ErrorEnvelope};
use super::live::{self, AfterQuery};
use super::sessions::{session_id, store_error};
use super::state::App;
use super::view::View;
use crate::accounts::OneOpen;
use crate::engine::Subscription;
use crate::metrics::OpenStream;
use crate::store::{Event, EventBody, SessionId};

/// Proxies cut silent connections, some after half a minute.
const PING_EVERY: Duration = Duration::from_secs(15);
/// After this pause a browser connects again.
const RETRY: Duration = Duration::from_secs(2);

/// What one connection tells from.
struct Told {
    view: View,
    session: SessionId,
    events: Subscription,
    /// Ends when the caller has lost the way in.
    shut_out: ShutOut,
    /// The pause before a new try is said once, at the beginning.
    greeted: bool,
    _open: (OpenStream, OneOpen),
}

/// What a browser that connects again had last.
pub fn last_seen(headers: &HeaderMap) -> Option<i64> {
    headers.get("last-event-id").and_then(|v| v.to_str().ok()).and_then(|v| v.trim().parse().ok())
}

/// A conversation's events as they happen, stored ones replayed first. Every `data` is the envelope that the socket sends; stored events have their
/// number as `id`. The picture of a `step.preview` is in its `data`, a data URL. A slow reader misses previews, nothing else.
#[utoipa::path(get, path = "/sessions/{id}/events", tag = "sessions",
    params(("id" = String, Path), AfterQuery, ("Last-Event-ID" = Option<i64>, Header, description = "Goes before `after`")),
    responses((status = 200, body = String, content_type = "text/event-stream"), (status = 404, body = ErrorEnvelope)))]
pub async fn events(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<AfterQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let session = session_id(&id)?;
    let events = app.engine.subscribe(&caller.user, &session, last_seen(&headers).unwrap_or(query.after)).await.map_err(store_error)?;
    let view = View { app: app.clone(), user: caller.user.clone(), lang: caller.lang };
    let open = (app.metrics.stream("sse"), caller.open_stream(&app)?);
    let shut_out = caller.shut_out(&app);
    let told = Told { view, session, events, shut_out, greeted: false, _open: open };
    // Nothing is read ahead: the next event is looked for when the connection has room for it.
    let stream = stream::unfold(told, |mut told| async move { next(&mut told).await.map(|event| (Ok::<_, Infallible>(event), told)) });
    let mut response = Sse::new(stream).keep_alive(KeepAlive::new().interval(PING_EVERY).text("ping")).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

/// The next event; `None` ends the stream.
async fn next(told: &mut Told) -> Option<sse::Event> {
    if !std::mem::replace(&mut told.greeted, true) {
        return Some(sse::Event::default().retry(RETRY).comment("events follow"));
    }
    loop {
        let event = tokio::select! {
            () = told.view.app.stopping() => return None,
            () = &mut told.shut_out => return None,
            event = told.events.next() => event,
        };
        let event = match event {
            Ok(event) => event?,
            Err(error) => {
                tracing::warn!(session = %told.session, %error, "events could not be read");
                return None;
            }
        };
        match shown(&told.view, &told.session, &event).await {
            Ok(Some(event)) => return Some(event),
            Ok(None) => {}
            // Not left out: the reader comes back and asks for what follows the last one it has.
            Err(error) if error.status == StatusCode::SERVICE_UNAVAILABLE => return None,
            Err(error) => tracing::warn!(session = %told.session, code = %error.code, "an event could not be shown"),
        }
    }
}

async fn shown(view: &View, session: &SessionId, event: &Event) -> Result<Option<sse::Event>, ApiError> {
    let Some(mut envelope) = live::envelope(view, session, event).await? else { return Ok(None) };
    if let EventBody::StepPreview { preview, .. } = &event.body {
        let bytes = base64::engine::general_purpose::STANDARD.encode(&preview.bytes);
        envelope["data"] = json!(format!("data:{};base64,{bytes}", preview.mime));
    }
    let shown = sse::Event::default().json_data(&envelope).map_err(|e| ApiError::internal(&e))?;
    // A transient event repeats the last number: as an id it would say no more.
    Ok(Some(if event.body.is_transient() { shown } else { shown.id(event.seq.to_string()) }))
}
