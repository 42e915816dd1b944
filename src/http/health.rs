//! `/healthz` and `/readyz`: for supervisors and load balancers; no caller, no secrets.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::state::App;

/// 200 while the process answers.
pub async fn healthz() -> Json<Value> {
    Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}

/// 200 when jobs can be taken: the database answers and the workers are up.
pub async fn readyz(State(app): State<App>) -> (StatusCode, Json<Value>) {
    let database = app.store.ping().await.is_ok();
    let workers = app.engine.is_running();
    let status = if database && workers { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({ "database": database, "workers": workers })))
}
