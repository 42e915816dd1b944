//! `/sessions/{id}/export` and `/sessions/{id}/versions.zip`: a conversation, or some of its pictures, to take away.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{BufWriter, Seek, Write};

use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use utoipa::IntoParams;
use zip::write::SimpleFileOptions;

use super::caller::Caller;
use super::error::{ApiError, ErrorEnvelope};
use super::names;
use super::sessions::{session_id, store_error};
use super::state::App;
use super::transcript::Transcript;
use super::view::{self, View};
use crate::imaging::Format;
use crate::store::{Blobs, Image, StoreError, Time, Version};

/// Read from the finished archive at a time.
const CHUNK_BYTES: usize = 64 * 1024;
/// Versions that one request may name.
const MAX_NUMBERS: usize = 1000;

/// A file of the archive: bytes that are stored already, which are copied as they are, or a text made for it.
struct Member {
    name: String,
    time: Time,
    content: Content,
}

enum Content {
    Stored(Image),
    Text(String),
}

impl Member {
    fn json(name: String, time: Time, value: &Value) -> Result<Member, ApiError> {
        let text = serde_json::to_string_pretty(value).map_err(|e| ApiError::internal(&e))?;
        Ok(Member { name, time, content: Content::Text(text) })
    }
}

/// Everything of a conversation as one archive: the pictures as stored, the plans as asked and as run, what was said (JSON and Markdown), a manifest.
#[utoipa::path(get, path = "/sessions/{id}/export", tag = "sessions", params(("id" = String, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "application/zip"), (status = 404, body = ErrorEnvelope)))]
pub async fn session(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Response, ApiError> {
    let id = session_id(&id)?;
    let (store, user) = (&app.store, &caller.user);
    let session = store.session(user, &id).await.map_err(store_error)?;
    let versions = store.versions(user, &id).await.map_err(store_error)?;
    let messages = store.messages(user, &id).await.map_err(store_error)?;
    let jobs = store.jobs(user, &id).await.map_err(store_error)?;
    let images = images(&app, &caller, &versions).await?;
    let view = View { app: app.clone(), user: caller.user.clone(), lang: caller.lang };
    let mut members = vec![];
    for version in &versions {
        let image = images.get(&version.number).ok_or_else(ApiError::not_found)?;
        members.push(picture(version, image, "pictures/"));
    }
    for version in versions.iter().filter(|v| v.plan.is_some()) {
        let plan = json!({
            "version": version.number, "parent": version.parent, "plan": version.plan, "resolved_plan": version.resolved_plan,
            "exact_outside_target": version.exact_outside_target, "created_at": version.created_at.to_string(),
        });
        members.push(Member::json(plan_name(version.number), version.created_at, &plan)?);
    }
    let pictures = versions.iter().filter_map(|v| Some((v.number, format!("pictures/{}", file_name(v, images.get(&v.number)?)))));
    let transcript = Transcript {
        session: view::session(&session, &app.base_path),
        messages: view.messages(&messages).await?,
        jobs: view.jobs(&jobs).await?,
        versions: view.versions(&versions).await?,
        pictures: pictures.collect(),
        lang: caller.lang,
    };
    let now = Time::now();
    members.push(Member::json("chat.json".to_owned(), now, &transcript.json())?);
    members.push(Member { name: "chat.md".to_owned(), time: now, content: Content::Text(transcript.markdown()) });
    let manifest = json!({
        "format": "portico-session", "format_version": 1, "made_by": concat!("Portico ", env!("CARGO_PKG_VERSION")), "made_at": now.to_string(),
        "session": transcript.session, "current": session.current,
        "versions": versions.iter().filter_map(|v| Some(listed(v, images.get(&v.number)?, "pictures/", true))).collect::<Vec<_>>(),
    });
    members.push(Member::json("manifest.json".to_owned(), now, &manifest)?);
    respond(&app, members, &session.title).await
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NumbersQuery {
    /// Numbers of versions, separated by commas
    n: String,
}

/// Some pictures of a conversation as one archive, as stored, with a manifest.
#[utoipa::path(get, path = "/sessions/{id}/versions.zip", tag = "versions", params(("id" = String, Path), NumbersQuery),
    responses((status = 200, body = Vec<u8>, content_type = "application/zip"), (status = 400, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope)))]
pub async fn versions(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<NumbersQuery>,
) -> Result<Response, ApiError> {
    let id = session_id(&id)?;
    let session = app.store.session(&caller.user, &id).await.map_err(store_error)?;
    let wanted = numbers(&query.n)?;
    let mut rows = app.store.versions(&caller.user, &id).await.map_err(store_error)?;
    if wanted.iter().any(|n| rows.iter().all(|v| v.number != *n)) {
        return Err(ApiError::not_found().field("n"));
    }
    rows.retain(|v| wanted.contains(&v.number));
    let images = images(&app, &caller, &rows).await?;
    let found: Vec<(&Version, &Image)> = rows.iter().filter_map(|v| Some((v, images.get(&v.number)?))).collect();
    let mut members: Vec<Member> = found.iter().map(|(version, image)| picture(version, image, "")).collect();
    let list: Vec<Value> = found.iter().map(|(version, image)| listed(version, image, "", false)).collect();
    let manifest = json!({ "format": "portico-pictures", "format_version": 1, "session": id.as_str(), "versions": list });
    members.push(Member::json("manifest.json".to_owned(), Time::now(), &manifest)?);
    respond(&app, members, &session.title).await
}

fn numbers(text: &str) -> Result<BTreeSet<u32>, ApiError> {
    let parsed: Result<BTreeSet<u32>, _> = text.split(',').map(|n| n.trim().parse()).collect();
    parsed.ok().filter(|found| found.len() <= MAX_NUMBERS).ok_or_else(|| {
        ApiError::bad_request(
            "invalid_parameter",
            format!("n 应是用逗号分开的版本号，例如 n=2,3,4，最多 {MAX_NUMBERS} 个。"),
            format!("n is a list of version numbers separated by commas, such as n=2,3,4, {MAX_NUMBERS} at most."),
        )
        .field("n")
    })
}

async fn images(app: &App, caller: &Caller, versions: &[Version]) -> Result<HashMap<u32, Image>, ApiError> {
    let ids: Vec<_> = versions.iter().map(|v| v.image.clone()).collect();
    let rows = app.store.images(&caller.user, &ids).await.map_err(store_error)?;
    let by_id: HashMap<_, _> = rows.into_iter().map(|image| (image.id.clone(), image)).collect();
    Ok(versions.iter().filter_map(|v| Some((v.number, by_id.get(&v.image)?.clone()))).collect())
}

fn picture(version: &Version, image: &Image, folder: &str) -> Member {
    let name = format!("{folder}{}", file_name(version, image));
    Member { name, time: version.created_at, content: Content::Stored(image.clone()) }
}

/// `v002-photo.png`: the number keeps the names apart and in order; of the upload's name nothing is left that could lead anywhere.
fn file_name(version: &Version, image: &Image) -> String {
    let extension = Format::parse(&image.format).map_or("bin", Format::extension);
    format!("v{:03}-{}", version.number, names::with_extension(&image.name, extension))
}

fn plan_name(number: u32) -> String {
    format!("plans/v{number:03}.json")
}

fn listed(version: &Version, image: &Image, folder: &str, plans: bool) -> Value {
    let plan = version.plan.as_ref().filter(|_| plans).map(|_| plan_name(version.number));
    json!({
        "number": version.number, "parent": version.parent, "file": format!("{folder}{}", file_name(version, image)), "plan": plan,
        "width": image.width, "height": image.height, "format": image.format, "bytes": image.bytes, "sha256": image.blob.as_str(),
        "created_at": version.created_at.to_string(),
    })
}

/// Writes the archive to a file that has no name any more, then sends that: memory stays small, and what fails fails before the answer begins.
async fn respond(app: &App, members: Vec<Member>, title: &str) -> Result<Response, ApiError> {
    let permit = app.archives.clone().acquire_owned().await.map_err(|e| ApiError::internal(&e))?;
    let blobs = app.store.blobs().clone();
    let packed = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        pack(&blobs, members)
    });
    let (file, length) = packed.await.map_err(|e| ApiError::internal(&e))?.map_err(|e| ApiError::explain(&e))?;
    let mut response = Body::from_stream(chunks(file)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // The title is no file name: its last dot must not be taken for an extension.
    headers.insert(header::CONTENT_DISPOSITION, names::disposition(&names::with_extension(&format!("{title}.zip"), "zip"), true));
    Ok(response)
}

/// A file in pieces.
pub fn chunks(file: File) -> impl stream::Stream<Item = std::io::Result<Bytes>> {
    stream::try_unfold(tokio::fs::File::from_std(file), |mut file| async move {
        let mut chunk = Vec::with_capacity(CHUNK_BYTES);
        let read = (&mut file).take(CHUNK_BYTES as u64).read_to_end(&mut chunk).await?;
        Ok((read > 0).then(|| (Bytes::from(chunk), file)))
    })
}

fn pack(blobs: &Blobs, members: Vec<Member>) -> Result<(File, u64), StoreError> {
    let failed = |error: zip::result::ZipError| match error {
        zip::result::ZipError::Io(error) => StoreError::from(error),
        other => StoreError::Blob(std::io::Error::other(other)),
    };
    let mut zip = zip::ZipWriter::new(BufWriter::new(blobs.scratch()?));
    for member in members {
        let options = SimpleFileOptions::default().last_modified_time(stamp(member.time)).unix_permissions(0o644);
        match member.content {
            Content::Text(text) => {
                zip.start_file(member.name, options.compression_method(zip::CompressionMethod::Deflated)).map_err(failed)?;
                zip.write_all(text.as_bytes())?;
            }
            Content::Stored(image) => {
                let options = options.compression_method(zip::CompressionMethod::Stored).large_file(image.bytes > u64::from(u32::MAX));
                zip.start_file(member.name, options).map_err(failed)?;
                blobs.copy_blocking(&image, &mut zip)?;
            }
        }
    }
    let mut file = zip.finish().map_err(failed)?.into_inner().map_err(|e| StoreError::from(e.into_error()))?;
    let length = file.metadata()?.len();
    file.rewind()?;
    Ok((file, length))
}

/// A time as archives keep it, in UTC: from 1980 on, to two seconds.
fn stamp(time: Time) -> zip::DateTime {
    let text = time.to_string();
    let part = |from: usize, to: usize| text.get(from..to).and_then(|digits| digits.parse::<u16>().ok()).unwrap_or(0);
    let small = |from: usize, to: usize| u8::try_from(part(from, to)).unwrap_or(0);
    zip::DateTime::from_date_and_time(part(0, 4), small(5, 7), small(8, 10), small(11, 13), small(14, 16), small(17, 19))
        .unwrap_or_default()
}
