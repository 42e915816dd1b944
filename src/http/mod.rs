//! The front door: router, middleware, one file per resource. A route of the API exists only with its OpenAPI entry.

mod archive;
mod body;
mod catalog;
mod codes;
mod edit;
mod error;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod guard;
mod health;
mod images;
mod intake;
mod jobs;
mod live;
mod masks;
mod messages;
mod names;
mod pages;
mod plan;
mod sessions;
pub mod shapes;
mod slim;
mod sse;
mod state;
mod transcript;
mod versions;
mod view;
mod ws;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::trace::{DefaultOnFailure, TraceLayer};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use guard::CONTENT_SECURITY_POLICY;
pub use state::App;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Portico",
        description = "Say what to change in a picture; only that changes, and nothing leaves this machine. Messages come in the language of `Accept-Language` (zh or en). Coordinates are displayed pixels."
    ),
    tags(
        (name = "edit", description = "One call: pictures in, pictures out"),
        (name = "images", description = "Uploads, results, previews"),
        (name = "sessions", description = "Conversations"),
        (name = "messages", description = "What is said in a conversation"),
        (name = "versions", description = "The version tree"),
        (name = "jobs", description = "Work under way"),
        (name = "catalogue", description = "What this server can do"),
    )
)]
struct Document;

/// Every route of `/api/v1` that has an OpenAPI entry.
fn api() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(edit::edit))
        .routes(routes!(edit::run))
        .routes(routes!(plan::plan))
        .routes(routes!(images::upload))
        .routes(routes!(images::show))
        .routes(routes!(images::content))
        .routes(routes!(images::preview))
        .routes(routes!(masks::mask))
        .routes(routes!(sessions::list, sessions::create))
        .routes(routes!(sessions::show, sessions::rename, sessions::delete))
        .routes(routes!(sse::events))
        .routes(routes!(archive::session))
        .routes(routes!(archive::versions))
        .routes(routes!(messages::list, messages::post))
        .routes(routes!(versions::list))
        .routes(routes!(versions::show, versions::delete))
        .routes(routes!(versions::checkout))
        .routes(routes!(jobs::show))
        .routes(routes!(jobs::cancel))
        .routes(routes!(catalog::ops))
        .routes(routes!(catalog::models))
}

/// The OpenAPI document, as served at `/api/openapi.json`.
pub fn openapi() -> utoipa::openapi::OpenApi {
    OpenApiRouter::with_openapi(Document::openapi()).nest("/api/v1", api()).into_openapi()
}

/// Everything that the server answers.
pub fn service(app: App) -> Router {
    let (api, document) = OpenApiRouter::with_openapi(Document::openapi()).nest("/api/v1", api()).split_for_parts();
    let document = serde_json::to_value(&document).unwrap_or_default();
    // Pictures are compressed already; the socket must not be touched.
    let compressible = DefaultPredicate::new()
        .and(NotForContentType::const_new("application/zip"))
        .and(NotForContentType::const_new("application/octet-stream"));
    Router::new()
        .route("/", get(pages::index))
        .route("/s/{id}", get(pages::index))
        .route("/static/{*path}", get(pages::static_file))
        .route("/api/docs", get(pages::api_docs))
        .route("/docs/errors", get(pages::errors))
        .route("/favicon.ico", get(pages::favicon))
        .route("/api/openapi.json", get(move || std::future::ready(axum::Json(document))))
        .route("/api/v1/sessions/{id}/ws", get(ws::events))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .merge(api)
        .layer(CompressionLayer::new().compress_when(compressible))
        .layer(DefaultBodyLimit::disable())
        .layer(CatchPanicLayer::new())
        .layer(axum::middleware::from_fn_with_state(app.clone(), guard::guard))
        .layer(TraceLayer::new_for_http().on_failure(DefaultOnFailure::new().level(tracing::Level::DEBUG)))
        .with_state(app)
}
