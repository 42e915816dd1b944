//! `/batches/{id}/archive`: every result under its name, and the report, as a ZIP that is written while it is sent.

use std::io::Write;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

use super::report::{all_items, csv, json_report};
use super::shown::BatchItem;
use super::{batch_id, view};
use crate::batch::names::Names;
use crate::http::caller::Caller;
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::names;
use crate::http::sessions::store_error;
use crate::http::state::App;
use crate::http::view::View;
use crate::store::{self, Blobs, Image, ImageId, Problem, Store, StoreError, UserId};
use crate::text::Lang;

/// Sent at a time.
const CHUNK_BYTES: usize = 64 * 1024;
/// Pieces that wait to be sent: whoever reads slowly holds so much.
const CHUNKS: usize = 4;

/// The results of a batch as one archive, in the folders that their files came in, with `report.csv` and `report.json`.
#[utoipa::path(get, path = "/batches/{id}/archive", tag = "batches", params(("id" = String, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "application/zip"), (status = 404, body = ErrorEnvelope)))]
pub async fn archive(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Response, ApiError> {
    let batch = app.store.batch(&caller.user, &batch_id(&id)?).await.map_err(store_error)?;
    let permit = app.batch_archives.clone().acquire_owned().await.map_err(|e| ApiError::internal(&e))?;
    let view = view(app, &caller);
    let items = all_items(&view, &batch).await?;
    let members = members(&items);
    let packing = Packing { view: view.clone(), items, members, _permit: permit };
    let title = names::with_extension(&format!("{}.zip", batch.name), "zip");
    let (sender, receiver) = mpsc::channel(CHUNKS);
    tokio::spawn(packing.run(batch, sender));
    let body = stream::unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|piece| (piece, receiver)) });
    let mut response = Body::from_stream(body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_DISPOSITION, names::disposition(&title, true));
    Ok(response)
}

/// A result and its name: which item's it is, by its place in the list.
struct Member {
    item: usize,
    image: ImageId,
    name: String,
}

/// An item's first result has the item's name; further ones get a number, and none is another's.
fn members(items: &[BatchItem]) -> Vec<Member> {
    let mut taken =
        Names::of(items.iter().filter(|item| !item.results.is_empty()).map(|item| item.name.as_str()).chain(["report.csv", "report.json"]));
    let mut members = vec![];
    for (at, item) in items.iter().enumerate() {
        let stem = item.name.rsplit_once('.').map_or(item.name.as_str(), |(stem, _)| stem);
        for (n, file) in item.results.iter().enumerate() {
            let Ok(image) = file.id.parse() else { continue };
            let extension = file.name.rsplit_once('.').map_or("bin", |(_, extension)| extension);
            let name = match n {
                0 => item.name.clone(),
                n => taken.take(&format!("{stem}-{}.{extension}", n + 1), extension),
            };
            members.push(Member { item: at, image, name });
        }
    }
    members
}

/// One archive on its way.
struct Packing {
    view: View,
    items: Vec<BatchItem>,
    members: Vec<Member>,
    _permit: OwnedSemaphorePermit,
}

type Piece = std::io::Result<Bytes>;

impl Packing {
    /// What fails on the way breaks the answer off, so that nobody takes half an archive for a whole one.
    async fn run(mut self, batch: store::Batch, sender: mpsc::Sender<Piece>) {
        let failed = match self.write(&batch, &sender).await {
            Ok(()) => return,
            Err(error) => error,
        };
        if !sender.is_closed() {
            tracing::error!(batch = %batch.id, error = %failed, "an archive was broken off");
            let _ = sender.send(Err(failed)).await;
        }
    }

    async fn write(&mut self, batch: &store::Batch, sender: &mpsc::Sender<Piece>) -> std::io::Result<()> {
        let other = |e: ApiError| std::io::Error::other(e.text.en);
        let (store, user, lang) = (self.view.app.store.clone(), self.view.user.clone(), self.view.lang);
        let pipe = Pipe { sender: sender.clone(), waiting: Vec::with_capacity(CHUNK_BYTES) };
        let mut zip = zip::ZipWriter::new_stream(pipe);
        for member in std::mem::take(&mut self.members) {
            let image = picture(&store, &user, &member.image).await;
            let blobs = store.blobs().clone();
            let name = member.name;
            let written = tokio::task::spawn_blocking(move || {
                let problem = add(&mut zip, &blobs, &name, image)?;
                Ok::<_, std::io::Error>((zip, problem))
            });
            let (back, problem) = written.await.map_err(std::io::Error::other)??;
            zip = back;
            if let Some(problem) = problem {
                note(&mut self.items[member.item], &problem, lang);
            }
        }
        let json = json_report(&self.view, batch, &self.items).await.map_err(other)?;
        let csv = csv(&self.items).map_err(other)?;
        let done = tokio::task::spawn_blocking(move || {
            let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
            for (name, text) in [("report.csv", csv), ("report.json", json.into_bytes())] {
                zip.start_file(name, options)?;
                zip.write_all(&text)?;
            }
            zip.finish()?.into_inner().flush()
        });
        done.await.map_err(std::io::Error::other)?
    }
}

async fn picture(store: &Store, user: &UserId, id: &ImageId) -> Result<Image, StoreError> {
    store.image(user, id).await
}

/// A result whose file is gone or damaged is left out, and the report says so.
fn note(item: &mut BatchItem, problem: &Problem, lang: Lang) {
    item.error = Some(crate::http::view::problem(problem, lang));
}

fn add<W: Write>(
    zip: &mut zip::ZipWriter<zip::write::StreamWriter<W>>,
    blobs: &Blobs,
    name: &str,
    image: Result<Image, StoreError>,
) -> std::io::Result<Option<Problem>> {
    // Read and checked whole before its header is written: one picture is in memory at a time.
    let bytes = match image.and_then(|image| blobs.read_blocking(&image)) {
        Ok(bytes) => bytes,
        Err(error) => return Ok(Some(Problem::of(&error))),
    };
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).unix_permissions(0o644);
    zip.start_file(name, options.large_file(bytes.len() as u64 > u64::from(u32::MAX)))?;
    zip.write_all(&bytes)?;
    Ok(None)
}

/// Writes into the answer; waits where that is read slowly.
struct Pipe {
    sender: mpsc::Sender<Piece>,
    waiting: Vec<u8>,
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let taken = bytes.len().min(CHUNK_BYTES - self.waiting.len());
        self.waiting.extend_from_slice(&bytes[..taken]);
        if self.waiting.len() >= CHUNK_BYTES {
            self.flush()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.waiting, Vec::with_capacity(CHUNK_BYTES)).into();
        self.sender.blocking_send(Ok(piece)).map_err(|_| std::io::ErrorKind::BrokenPipe.into())
    }
}
