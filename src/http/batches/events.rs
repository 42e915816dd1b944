//! `/batches/{id}/events`: items as they change, then the batch with its counts. What changed is read from the rows, so a slow reader gets the newest state
//! of an item once and memory does not grow with its slowness.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use tokio::sync::watch;
use utoipa::IntoParams;

use super::{batch_id, view};
use crate::accounts::OneOpen;
use crate::http::caller::{Caller, ShutOut};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::sessions::store_error;
use crate::http::sse::last_seen;
use crate::http::state::App;
use crate::http::view::View;
use crate::metrics::OpenStream;
use crate::store::BatchId;

/// Items read at a time.
const PAGE: u32 = 200;
/// Proxies cut silent connections, some after half a minute.
const PING_EVERY: Duration = Duration::from_secs(15);
/// After this pause a browser connects again.
const RETRY: Duration = Duration::from_secs(2);

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AfterQuery {
    /// Number of the last change that the reader has
    #[serde(default)]
    after: i64,
}

/// What one connection tells from.
struct Told {
    view: View,
    batch: BatchId,
    /// The last change that was told.
    after: i64,
    changes: watch::Receiver<u64>,
    ready: VecDeque<sse::Event>,
    /// Ends when the caller has lost the way in.
    shut_out: ShutOut,
    _open: (OpenStream, OneOpen),
}

/// Every item that changed after `after`, then changes as they happen: `event: item` with an item, `event: batch` with the batch after them. An item that
/// changed several times meanwhile is told once, as it is now. The number of an item's change is the event's `id`.
#[utoipa::path(get, path = "/batches/{id}/events", tag = "batches",
    params(("id" = String, Path), AfterQuery, ("Last-Event-ID" = Option<i64>, Header, description = "Goes before `after`")),
    responses((status = 200, body = String, content_type = "text/event-stream"), (status = 404, body = ErrorEnvelope)))]
pub async fn events(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<AfterQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let id = batch_id(&id)?;
    // Listening before the look, so that nothing comes between them.
    let changes = app.engine.hub().changes_of(&id);
    let batch = app.store.batch(&caller.user, &id).await.map_err(store_error)?;
    let view = view(app.clone(), &caller);
    let open = (app.metrics.stream("sse"), caller.open_stream(&app)?);
    let told = Told {
        view,
        batch: id,
        // A number from the future means "from now".
        after: last_seen(&headers).unwrap_or(query.after).clamp(0, batch.seq),
        changes,
        ready: VecDeque::from([sse::Event::default().retry(RETRY).comment("changes follow")]),
        shut_out: caller.shut_out(&app),
        _open: open,
    };
    let mut told = told;
    told.changes.mark_changed();
    let stream = stream::unfold(told, |mut told| async move { next(&mut told).await.map(|event| (Ok::<_, Infallible>(event), told)) });
    let mut response = Sse::new(stream).keep_alive(KeepAlive::new().interval(PING_EVERY).text("ping")).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

/// The next event; `None` ends the stream.
async fn next(told: &mut Told) -> Option<sse::Event> {
    loop {
        if let Some(event) = told.ready.pop_front() {
            return Some(event);
        }
        tokio::select! {
            () = told.view.app.stopping() => return None,
            () = &mut told.shut_out => return None,
            changed = told.changes.changed() => changed.ok()?,
        }
        match read(told).await {
            Ok(true) => {}
            Ok(false) => return None,
            // The reader comes back and asks for what follows the last change that it has.
            Err(error) => {
                tracing::warn!(batch = %told.batch, code = %error.code, "changes of a batch could not be read");
                return None;
            }
        }
    }
}

/// Reads what changed: items first, then the batch as it was before they were read. `false` when it is gone.
async fn read(told: &mut Told) -> Result<bool, ApiError> {
    let store = &told.view.app.store;
    let batch = match store.batch(&told.view.user, &told.batch).await {
        Ok(batch) => batch,
        Err(crate::store::StoreError::NotFound) => return Ok(false),
        Err(error) => return Err(store_error(error)),
    };
    let rows = store.batch_changes(&told.batch, (told.after, batch.seq), PAGE).await.map_err(store_error)?;
    let more = rows.len() == PAGE as usize;
    for item in told.view.batch_items(&rows).await? {
        let event = sse::Event::default().event("item").id(item.seq.to_string());
        told.ready.push_back(event.json_data(&item).map_err(|e| ApiError::internal(&e))?);
    }
    if more {
        told.after = rows.last().map_or(told.after, |last| last.seq);
        told.changes.mark_changed();
        return Ok(true);
    }
    told.after = batch.seq;
    let shown = told.view.batch(&batch).await?;
    told.ready.push_back(sse::Event::default().event("batch").json_data(&shown).map_err(|e| ApiError::internal(&e))?);
    Ok(true)
}
