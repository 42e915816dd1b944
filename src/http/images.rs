//! `/images`: uploading a picture, its bytes in a chosen format, small previews.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::body::{Upload, read_submission};
use super::caller::Caller;
use super::error::{ApiError, ErrorEnvelope};
use super::shapes::Image;
use super::state::App;
use super::{intake, names, view};
use crate::imaging::{self, EncodeOptions, Format};
use crate::store::{self, ImageId, ImageKind};

/// Form of an upload, for the document.
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct ImageForm {
    /// The file: JPEG, PNG, WebP, GIF or BMP.
    #[schema(value_type = String, format = Binary)]
    image: String,
}

/// Uploads a picture, or a mask, to be used in messages or by id.
#[utoipa::path(post, path = "/images", tag = "images", request_body(content = ImageForm, content_type = "multipart/form-data"),
    responses((status = 201, body = Image), (status = 400, body = ErrorEnvelope), (status = 413, body = ErrorEnvelope), (status = 415, body = ErrorEnvelope)))]
pub async fn upload(State(app): State<App>, caller: Caller, request: Request) -> Result<Response, ApiError> {
    let (mut submission, _held) = read_submission(request, &app.config.limits, &app.body_memory).await?;
    let upload = submission.images.pop().or_else(|| submission.mask.take()).ok_or_else(|| intake::missing("image"))?;
    if !submission.images.is_empty() {
        return Err(ApiError::bad_request("one_image", "这里一次上传一张图。", "Upload one picture at a time here.").field("image"));
    }
    let image = match upload {
        Upload::Id(id) => app.store.image(&caller.user, &intake::image_id(&id, "image")?).await.map_err(|e| ApiError::explain(&e))?,
        Upload::Bytes { name, bytes } => {
            super::login::require_room(&app, &caller, bytes.len() as u64).await?;
            let ready = intake::prepare(&app, &caller.user, name, bytes).await?;
            intake::keep(&app, &caller, vec![ready]).await?.pop().ok_or_else(|| ApiError::internal(&"a file was not stored"))?
        }
    };
    Ok((StatusCode::CREATED, Json(view::image(&image, caller.lang, &app.base_path))).into_response())
}

/// What is known about a picture.
#[utoipa::path(get, path = "/images/{id}", tag = "images", params(("id" = String, Path)), responses((status = 200, body = Image), (status = 404, body = ErrorEnvelope)))]
pub async fn show(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<Image>, ApiError> {
    Ok(Json(view::image(&find(&app, &caller, &id).await?, caller.lang, &app.base_path)))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ContentQuery {
    /// `png`, `jpeg` or `webp`; omitted = the file as stored
    format: Option<String>,
    /// 1..=100, for JPEG and WebP
    quality: Option<u8>,
    /// Ask the browser to save it
    #[serde(default)]
    download: bool,
}

/// The picture's bytes.
#[utoipa::path(get, path = "/images/{id}/content", tag = "images", params(("id" = String, Path), ContentQuery),
    responses((status = 200, body = Vec<u8>, content_type = "image/*"), (status = 304), (status = 404, body = ErrorEnvelope)))]
pub async fn content(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<ContentQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let image = find(&app, &caller, &id).await?;
    let wanted = match &query.format {
        None => None,
        Some(name) => Some(names::output_format(name)?),
    };
    if query.quality.is_some_and(|q| !(1..=100).contains(&q)) {
        return Err(
            ApiError::bad_request("invalid_parameter", "quality 应在 1 到 100 之间。", "quality must be 1 to 100.").field("quality")
        );
    }
    let tag = format!("\"{}-{}-{}\"", image.blob.as_str(), wanted.map_or("stored", Format::extension), query.quality.unwrap_or(0));
    if let Some(response) = not_modified(&headers, &tag) {
        return Ok(response);
    }
    let stored = Format::parse(&image.format);
    let mut length = None;
    let (format, body) = match wanted {
        Some(format) if Some(format) != stored || query.quality.is_some() || image.kind == ImageKind::Upload => {
            (Some(format), Body::from(reencode(&app, &image, format, query.quality).await?))
        }
        _ => {
            length = Some(image.bytes);
            (stored, file(&app, &image).await?)
        }
    };
    let mime = format.map_or("application/octet-stream", Format::mime);
    let extension = format.map_or("bin", Format::extension);
    let mut response = cached(body.into_response(), mime, &tag);
    if let Some(length) = length {
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    response
        .headers_mut()
        .insert(header::CONTENT_DISPOSITION, names::disposition(&names::with_extension(&image.name, extension), query.download));
    Ok(response)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PreviewQuery {
    /// Longest side in pixels, 64..=2048
    side: Option<u32>,
}

/// Previews may be larger than those on the socket; they are fetched one by one.
const PREVIEW_MAX_BYTES: usize = 600_000;

/// A small picture for the page: JPEG, or one with alpha where that matters.
#[utoipa::path(get, path = "/images/{id}/preview", tag = "images", params(("id" = String, Path), PreviewQuery),
    responses((status = 200, body = Vec<u8>, content_type = "image/*"), (status = 404, body = ErrorEnvelope)))]
pub async fn preview(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<PreviewQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let image = find(&app, &caller, &id).await?;
    let side = query.side.unwrap_or(1024).clamp(64, 2048);
    let tag = format!("\"{}-preview-{side}\"", image.blob.as_str());
    if let Some(response) = not_modified(&headers, &tag) {
        return Ok(response);
    }
    let (limits, blobs) = (intake::imaging_limits(&app), app.store.blobs().clone());
    let small = codec(&app, move || {
        let bytes = blobs.read_blocking(&image).map_err(|e| ApiError::explain(&e))?;
        let decoded = imaging::decode(&bytes, &limits).map_err(|e| ApiError::explain(&e))?;
        imaging::preview(&decoded.picture, side, PREVIEW_MAX_BYTES).map_err(|e| ApiError::explain(&e))
    })
    .await?;
    Ok(cached(small.bytes.into_response(), small.mime, &tag))
}

pub async fn find(app: &App, caller: &Caller, id: &str) -> Result<store::Image, ApiError> {
    let id: ImageId = id.parse().map_err(|_| ApiError::not_found())?;
    app.store.image(&caller.user, &id).await.map_err(|e| ApiError::explain(&e))
}

/// A picture's file as it is stored, checked, then sent in pieces: whoever reads slowly holds a piece and not the picture.
async fn file(app: &App, image: &store::Image) -> Result<Body, ApiError> {
    let (blobs, image) = (app.store.blobs().clone(), image.clone());
    let opened = tokio::task::spawn_blocking(move || blobs.open_blocking(&image)).await.map_err(|e| ApiError::internal(&e))?;
    let file = opened.map_err(|e| ApiError::explain(&e))?;
    Ok(Body::from_stream(super::archive::chunks(file)))
}

async fn reencode(app: &App, image: &store::Image, format: Format, quality: Option<u8>) -> Result<Vec<u8>, ApiError> {
    let (limits, blobs, image) = (intake::imaging_limits(app), app.store.blobs().clone(), image.clone());
    codec(app, move || {
        let bytes = blobs.read_blocking(&image).map_err(|e| ApiError::explain(&e))?;
        let decoded = imaging::decode(&bytes, &limits).map_err(|e| ApiError::explain(&e))?;
        let options = EncodeOptions { quality, ..EncodeOptions::new(format) };
        Ok(imaging::encode(&decoded.picture, &options).map_err(|e| ApiError::explain(&e))?.bytes)
    })
    .await
}

/// Runs pixel work away from the async threads, a few at a time.
pub async fn codec<T: Send + 'static>(app: &App, work: impl FnOnce() -> Result<T, ApiError> + Send + 'static) -> Result<T, ApiError> {
    let permit = Arc::clone(&app.codecs).acquire_owned().await.map_err(|e| ApiError::internal(&e))?;
    tokio::task::spawn_blocking(move || {
        let _permit = permit;
        work()
    })
    .await
    .map_err(|e| ApiError::internal(&e))?
}

/// Pictures never change under their id, but they are private: the browser may keep them, proxies may not.
fn cached(mut response: Response, mime: &str, tag: &str) -> Response {
    let headers = response.headers_mut();
    for (name, value) in
        [(header::CONTENT_TYPE, mime), (header::CACHE_CONTROL, "private, max-age=31536000, immutable"), (header::ETAG, tag)]
    {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    response
}

fn not_modified(headers: &HeaderMap, tag: &str) -> Option<Response> {
    let same = headers.get(header::IF_NONE_MATCH).is_some_and(|v| v.as_bytes() == tag.as_bytes());
    same.then(|| cached(StatusCode::NOT_MODIFIED.into_response(), "image/*", tag))
}
