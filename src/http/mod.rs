//! The front door: router, middleware, one file per resource. A route of the API exists only with its OpenAPI entry.

mod address;
mod archive;
mod base;
mod batches;
mod body;
mod body_memory;
mod caller;
mod catalog;
mod codes;
mod cookie;
mod edit;
mod error;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod gate;
mod guard;
mod health;
mod images;
mod intake;
mod jobs;
mod keys;
pub mod listen;
mod live;
mod login;
mod masks;
mod messages;
pub mod metrics;
mod names;
mod pages;
mod patience;
mod plan;
mod recipe_choice;
mod recipes;
mod sessions;
pub mod shapes;
mod slim;
mod sse;
mod state;
mod transcript;
mod users;
mod versions;
mod view;
mod welcome;
mod ws;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::routing::{MethodRouter, get};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
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
        (name = "batches", description = "One recipe over many pictures"),
        (name = "jobs", description = "Work under way"),
        (name = "account", description = "Signing in, keys, accounts. Programs send `Authorization: Bearer` with an API key; without accounts nothing is asked for"),
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
        .routes(routes!(batches::list, batches::create))
        .routes(routes!(batches::show, batches::delete))
        .routes(routes!(batches::items, batches::add))
        .routes(routes!(batches::pause))
        .routes(routes!(batches::resume))
        .routes(routes!(batches::cancel))
        .routes(routes!(batches::retry))
        .routes(routes!(batches::archive))
        .routes(routes!(batches::report))
        .routes(routes!(batches::events))
        .routes(routes!(recipes::list, recipes::save))
        .routes(routes!(recipes::read))
        .routes(routes!(recipes::show, recipes::rename, recipes::delete))
        .routes(routes!(recipes::export))
        .routes(routes!(catalog::ops))
        .routes(routes!(catalog::models))
        .routes(routes!(catalog::presets))
        .routes(routes!(login::login))
        .routes(routes!(login::logout))
        .routes(routes!(login::me, login::change))
        .routes(routes!(login::logins))
        .routes(routes!(login::end_login))
        .routes(routes!(welcome::look))
        .routes(routes!(welcome::welcome))
        .routes(routes!(keys::list, keys::create))
        .routes(routes!(keys::revoke))
        .routes(routes!(users::list))
        .routes(routes!(users::change, users::remove))
        .routes(routes!(users::reset))
        .routes(routes!(users::invites, users::invite))
        .routes(routes!(users::withdraw))
        .routes(routes!(users::audit))
}

/// Every route beside the ones of the OpenAPI document: pages, files, the socket, and what supervisors ask.
fn others() -> Vec<(&'static str, MethodRouter<App>)> {
    vec![
        ("/", get(pages::index)),
        ("/s/{id}", get(pages::index)),
        ("/b/{id}", get(pages::index)),
        ("/static/{*path}", get(pages::static_file)),
        ("/login", get(pages::login)),
        ("/welcome", get(pages::welcome)),
        ("/account", get(pages::account)),
        ("/api/docs", get(pages::api_docs)),
        ("/docs/errors", get(pages::errors)),
        ("/favicon.ico", get(pages::favicon)),
        ("/api/openapi.json", get(document)),
        ("/api/v1/sessions/{id}/ws", get(ws::events)),
        ("/healthz", get(health::healthz)),
        ("/readyz", get(health::readyz)),
    ]
}

/// Paths of the routes that the OpenAPI document does not have.
pub fn other_paths() -> Vec<&'static str> {
    others().into_iter().map(|(path, _)| path).collect()
}

/// The OpenAPI document, as served at `/api/openapi.json`.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = OpenApiRouter::with_openapi(Document::openapi()).nest("/api/v1", api()).into_openapi();
    name_operations(&mut document);
    document
}

/// Names every operation by its path and its handler, so that no two have one name: that is what tools call them by.
fn name_operations(document: &mut utoipa::openapi::OpenApi) {
    for (path, item) in &mut document.paths.paths {
        let parts = path.trim_start_matches("/api/v1/").split('/').filter(|part| !part.starts_with('{'));
        let place = parts.collect::<Vec<_>>().join("_").replace('.', "_");
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
        for operation in operations.into_iter().flatten() {
            let handler = operation.operation_id.take().unwrap_or_default();
            let said = format!("_{place}").ends_with(&format!("_{handler}"));
            operation.operation_id = Some(if said { place.clone() } else { format!("{place}_{handler}") });
        }
    }
}

/// The document with the base path, where there is one.
async fn document(State(app): State<App>) -> axum::Json<utoipa::openapi::OpenApi> {
    let mut document = openapi();
    if !app.base_path.is_empty() {
        document.servers = Some(vec![utoipa::openapi::Server::new(app.base_path.clone())]);
    }
    axum::Json(document)
}

/// Everything that the server answers.
pub fn service(app: App) -> Router {
    let base = app.base_path.clone();
    let (api, _) = OpenApiRouter::with_openapi(Document::openapi()).nest("/api/v1", api()).split_for_parts();
    // Pictures are compressed already; the socket must not be touched.
    let compressible = DefaultPredicate::new()
        .and(NotForContentType::const_new("application/zip"))
        .and(NotForContentType::const_new("application/octet-stream"));
    let router = others().into_iter().fold(Router::new(), |router, (path, route)| router.route(path, route));
    let routes = router
        .merge(api)
        .layer(CompressionLayer::new().compress_when(compressible))
        .layer(DefaultBodyLimit::disable())
        .layer(CatchPanicLayer::new())
        .layer(axum::middleware::from_fn_with_state(app.clone(), guard::guard))
        .layer(axum::middleware::from_fn_with_state(app.clone(), metrics::observe))
        .with_state(app);
    base::under(&base, routes)
}
