//! `/batches/{id}/report`: what became of every picture, as CSV for spreadsheets and as JSON.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use super::shown::BatchItem;
use super::{batch_id, view};
use crate::http::caller::Caller;
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::names;
use crate::http::sessions::store_error;
use crate::http::state::App;
use crate::http::view::View;
use crate::store::{self, ItemsPage};

/// Items read at a time.
const PAGE: u32 = 1_000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReportQuery {
    /// `csv` (without it) or `json`
    format: Option<String>,
}

/// What became of every picture.
#[utoipa::path(get, path = "/batches/{id}/report", tag = "batches", params(("id" = String, Path), ReportQuery),
    responses((status = 200, body = String, content_type = "text/csv"), (status = 400, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope)))]
pub async fn report(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<ReportQuery>,
) -> Result<Response, ApiError> {
    let batch = app.store.batch(&caller.user, &batch_id(&id)?).await.map_err(store_error)?;
    let view = view(app, &caller);
    let items = all_items(&view, &batch).await?;
    let (text, mime, name) = match query.format.as_deref().unwrap_or("csv") {
        "csv" => (csv(&items)?, "text/csv; charset=utf-8", "report.csv"),
        "json" => (json_report(&view, &batch, &items).await?.into_bytes(), "application/json", "report.json"),
        _ => {
            return Err(ApiError::bad_request("invalid_parameter", "format 应是 csv 或 json。", "format is csv or json.").field("format"));
        }
    };
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(mime));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_DISPOSITION, names::disposition(name, true));
    Ok(response)
}

/// Every item, in order.
pub async fn all_items(view: &View, batch: &store::Batch) -> Result<Vec<BatchItem>, ApiError> {
    let mut all = vec![];
    let mut after = 0;
    loop {
        let page = ItemsPage { after, limit: PAGE, state: None };
        let rows = view.app.store.batch_items(&batch.id, page).await.map_err(store_error)?;
        let Some(last) = rows.last() else { return Ok(all) };
        after = last.n;
        all.extend(view.batch_items(&rows).await?);
    }
}

pub async fn json_report(view: &View, batch: &store::Batch, items: &[BatchItem]) -> Result<String, ApiError> {
    let report = json!({ "batch": view.batch(batch).await?, "items": items });
    serde_json::to_string_pretty(&report).map_err(|e| ApiError::internal(&e))
}

/// For spreadsheets; the values that the items were given stand at the end.
pub fn csv(items: &[BatchItem]) -> Result<Vec<u8>, ApiError> {
    let mut columns: Vec<&str> = vec![];
    for name in items.iter().filter_map(|item| item.values.as_object()).flat_map(|values| values.keys()) {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    let head = ["n", "file", "state", "result", "width", "height", "bytes", "code", "message", "warnings", "ms"];
    let rows = items.iter().map(|item| record(item, &columns));
    crate::batch::report::table(head.into_iter().chain(columns.iter().copied()), rows).map_err(|e| ApiError::internal(&e))
}

fn record(item: &BatchItem, columns: &[&str]) -> Vec<String> {
    let first = item.results.first();
    let number = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
    let warnings: Vec<&str> = item.warnings.iter().map(|w| w.message.as_str()).collect();
    let mut cells = vec![
        item.n.to_string(),
        item.file.clone(),
        item.state.to_owned(),
        if first.is_some() { item.name.clone() } else { String::new() },
        number(first.map(|f| u64::from(f.width))),
        number(first.map(|f| u64::from(f.height))),
        number(first.map(|f| f.bytes)),
        item.error.as_ref().map(|e| e.code.clone()).unwrap_or_default(),
        item.error.as_ref().map(|e| e.message.clone()).unwrap_or_default(),
        warnings.join(" "),
        number(item.ms),
    ];
    cells.extend(columns.iter().map(|name| match &item.values[*name] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }));
    cells
}
