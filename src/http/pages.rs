//! The page, its static files and the list of error codes; all embedded in the binary.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use super::caller::Caller;
use super::codes;
use super::error::ApiError;
use super::guard::Stranger;
use super::slim;
use super::state::App;
use crate::accounts::Via;
use crate::text::Lang;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Static;

/// Where files of other projects lie.
const VENDORED: &str = "vendor/";

#[derive(Template)]
#[template(path = "index.html")]
struct Index<'a> {
    base: &'a str,
    lang: &'static str,
    version: &'static str,
    /// Whether somebody is signed in, so that the page says who.
    accounts: bool,
}

/// `/`, `/s/{id}` for a conversation, `/b/{id}` for a batch and `/b/new`: the same page; the script reads the address.
pub async fn index(State(app): State<App>, caller: Caller) -> Result<Response, ApiError> {
    let accounts = caller.via != Via::Local;
    page(&Index { base: &app.base_path, lang: caller.lang.code(), version: env!("CARGO_PKG_VERSION"), accounts })
}

/// A page in one language, of which nothing is kept without asking.
fn page(template: &impl Template) -> Result<Response, ApiError> {
    let html = template.render().map_err(|e| ApiError::internal(&e))?;
    Ok(([(header::CACHE_CONTROL, "no-cache"), (header::VARY, "Accept-Language, Cookie")], Html(html)).into_response())
}

#[derive(Template)]
#[template(path = "door.html")]
struct Door<'a> {
    base: &'a str,
    lang: &'static str,
    /// Whether it is for somebody who has an account; else for the holder of a link.
    login: bool,
}

/// `/login`: name and password; the script goes on to the path in `next`. Where there are no accounts it leads to the page itself.
pub async fn login(State(app): State<App>, caller: Stranger) -> Result<Response, ApiError> {
    if !app.accounts.on().await.map_err(|e| ApiError::explain(&e))? {
        return Ok(Redirect::to(&format!("{}/", app.base_path)).into_response());
    }
    page(&Door { base: &app.base_path, lang: caller.lang.code(), login: true })
}

/// `/welcome#TOKEN`: the first account, an invitation, a new password. The token stays in the browser until the script sends it.
pub async fn welcome(State(app): State<App>, caller: Stranger) -> Result<Response, ApiError> {
    page(&Door { base: &app.base_path, lang: caller.lang.code(), login: false })
}

#[derive(Template)]
#[template(path = "account.html")]
struct Account<'a> {
    base: &'a str,
    lang: &'static str,
}

/// `/account`: one's own name, password, devices and keys; for owners everybody else's too.
pub async fn account(State(app): State<App>, caller: Caller) -> Result<Response, ApiError> {
    page(&Account { base: &app.base_path, lang: caller.lang.code() })
}

/// Files of the page, checked by ETag.
pub async fn static_file(Path(path): Path<String>, headers: HeaderMap) -> Result<Response, ApiError> {
    let file = Static::get(&path).ok_or_else(ApiError::not_found)?;
    // What others wrote is served as they wrote it.
    let ours = !path.starts_with(VENDORED);
    let body = match (path.rsplit_once('.').filter(|_| ours), std::str::from_utf8(&file.data)) {
        (Some((_, "js")), Ok(text)) => slim::script(text).into_bytes(),
        (Some((_, "css")), Ok(text)) => slim::style(text).into_bytes(),
        _ => file.data.into_owned(),
    };
    let etag = format!("\"{}\"", &hex::encode(Sha256::digest(&body))[..32]);
    if headers.get(header::IF_NONE_MATCH).is_some_and(|v| v.as_bytes() == etag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
    }
    let mime = mime_guess::from_path(&path).first_or_octet_stream();
    let mime = if mime.type_() == "text" || mime.subtype() == "javascript" { format!("{mime}; charset=utf-8") } else { mime.to_string() };
    Ok(([(header::CONTENT_TYPE, mime), (header::CACHE_CONTROL, "no-cache".to_owned()), (header::ETAG, etag)], body).into_response())
}

/// Browsers ask for it whatever the page says.
pub async fn favicon(headers: HeaderMap) -> Result<Response, ApiError> {
    static_file(Path("favicon.svg".to_owned()), headers).await
}

#[derive(Template)]
#[template(path = "apidocs.html")]
struct ApiDocs<'a> {
    base: &'a str,
    lang: &'static str,
    title: &'static str,
    back: &'static str,
    errors: &'static str,
    no_script: String,
}

/// `/api/docs`: the API to read and to try. Everything comes from this server, and the content policy is the page's own.
pub async fn api_docs(State(app): State<App>, caller: Caller) -> Result<Response, ApiError> {
    let zh = caller.lang == Lang::Zh;
    let base = &app.base_path;
    page(&ApiDocs {
        base,
        lang: caller.lang.code(),
        title: if zh { "接口文档" } else { "API" },
        back: if zh { "返回 Portico" } else { "Back to Portico" },
        errors: if zh { "错误代码" } else { "Error codes" },
        no_script: if zh {
            format!("这一页需要 JavaScript。接口的完整描述在 {base}/api/openapi.json。")
        } else {
            format!("This page needs JavaScript. The whole description is at {base}/api/openapi.json.")
        },
    })
}

#[derive(Template)]
#[template(path = "errors.html")]
struct Errors<'a> {
    base: &'a str,
    lang: &'static str,
    title: &'static str,
    back: &'static str,
    rows: Vec<(&'static str, &'static str)>,
}

/// What each stable error code means and what to do; every error response links here.
pub async fn errors(State(app): State<App>, caller: Stranger) -> Result<Response, ApiError> {
    let zh = caller.lang == Lang::Zh;
    page(&Errors {
        base: &app.base_path,
        lang: caller.lang.code(),
        title: if zh { "错误代码" } else { "Error codes" },
        back: if zh { "返回 Portico" } else { "Back to Portico" },
        rows: codes::ALL.iter().map(|c| (c.code, if zh { c.zh } else { c.en })).collect(),
    })
}
