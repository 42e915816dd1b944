//! Figures for Prometheus: every answer is counted by its route's template, and read at an address of their own.

use std::net::SocketAddr;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::state::App;
use crate::metrics::Standing;
use crate::store::StoreError;

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Counts the answer and, at debug level, writes a line. Addresses hold ids and words that somebody looked for, so only the route's template is told.
pub async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let response = next.run(request).await;
    let (status, took) = (response.status().as_u16(), began.elapsed());
    app.metrics.answered(&route, method.as_str(), status, took);
    let request_id = response.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or("");
    tracing::debug!(target: "portico::access", request_id, %method, route, status, ms = took.as_millis() as u64, "answered");
    response
}

/// Answers `/metrics` on an address of its own, until the process ends.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn listen(address: SocketAddr, app: App) -> std::io::Result<SocketAddr> {
    let listener = tokio::net::TcpListener::bind(address).await?;
    let local = listener.local_addr()?;
    let router = Router::new().route("/metrics", get(figures)).with_state(app);
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "figures are no longer served");
        }
    });
    Ok(local)
}

async fn figures(State(app): State<App>) -> Response {
    match standing(&app).await {
        Ok(now) => ([(header::CONTENT_TYPE, OPENMETRICS)], app.metrics.render(&now)).into_response(),
        Err(error) => {
            tracing::warn!(%error, "figures could not be read");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

async fn standing(app: &App) -> Result<Standing, StoreError> {
    let totals = app.store.totals().await?;
    let load = app.engine.load();
    let models = app.models.status().into_iter().filter(|m| m.loaded).map(|m| (m.info.name, m.loaded_bytes)).collect();
    Ok(Standing {
        queued: load.queued,
        running: load.running,
        users: totals.users,
        sessions: totals.sessions,
        images: totals.images,
        batches_open: totals.batches_open,
        batch_items_open: totals.batch_items_open,
        blob_bytes: totals.blob_bytes,
        database_bytes: app.store.file_bytes().await?,
        models,
        model_loads: app.models.loads(),
    })
}
