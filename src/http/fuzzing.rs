//! What the fuzz targets reach of the private parts; only with the feature `fuzzing`.

use axum::Router;
use axum::body::Body;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::http::{Request, header};
use axum::routing::get;
use futures_util::StreamExt;

use super::body::{Upload, read_submission};
use super::body_memory::BodyMemory;
use super::ws;
use crate::config::Limits;
use crate::plan::Plan;

/// What a body was taken for.
pub struct Taken {
    pub images: usize,
    pub bytes: usize,
    pub plan: Option<Plan>,
    pub instruction: Option<String>,
}

/// Takes a body apart as `/edit` and `/messages` do.
///
/// # Errors
/// Status and code of the answer.
pub async fn submission(content_type: &str, body: Vec<u8>, limits: &Limits) -> Result<Taken, (u16, String)> {
    let said = |e: super::error::ApiError| (e.status.as_u16(), e.code.into_owned());
    let request = Request::post("/").header(header::CONTENT_TYPE, content_type).body(Body::from(body));
    let request = request.map_err(|_| (400, "no_header".to_owned()))?;
    let (submission, _) = read_submission(request, limits, &BodyMemory::new(1 << 30)).await.map_err(said)?;
    let bytes = |upload: &Upload| match upload {
        Upload::Bytes { bytes, .. } => bytes.len(),
        Upload::Id(_) => 0,
    };
    Ok(Taken {
        images: submission.images.len(),
        bytes: submission.images.iter().chain(&submission.mask).map(bytes).sum(),
        plan: submission.json::<Plan>("plan").map_err(said)?,
        instruction: submission.text("instruction"),
    })
}

/// A socket at `/ws` that listens to its client as a session's does.
pub fn socket() -> Router {
    Router::new().route("/ws", get(|upgrade: WebSocketUpgrade| async { ws::bounded(upgrade).on_upgrade(listen) }))
}

async fn listen(mut socket: WebSocket) {
    while !ws::is_over(socket.next().await.as_ref()) {}
}
