//! Files on their way into a batch: looked at by their headers, stored, or refused one by one with the word why.

use std::fs::File;
use std::io::Read;

use axum::http::StatusCode;

use crate::http::caller::Caller;
use crate::http::error::ApiError;
use crate::http::intake::{display_name, imaging_limits};
use crate::http::sessions::store_error;
use crate::http::state::App;
use crate::imaging::{Limits, probe};
use crate::store::{Blobs, ImageId, ImageKind, NewImage, Pin, Problem, StoreError};
use crate::text::Text;

/// What all files of an archive may unpack to: pictures are compressed already, so so many times its length is no archive of pictures …
const MAX_GROWTH: u64 = 20;
/// … but small ones may.
const FREE_BYTES: u64 = 2_000_000_000;
/// Entries that are looked at, folders and what systems put beside pictures included.
const MAX_ENTRIES: usize = 65_000;

/// A file that was sent, or a picture that was named.
pub struct Arrived {
    /// With folders, as it was sent; empty for a picture by its id.
    pub file: String,
    pub got: Result<Got, Problem>,
}

pub enum Got {
    /// Stored, without a row yet.
    File(Box<NewImage>, Pin),
    /// Here already.
    Known(ImageId),
}

/// What the caller may still store, while a request is read: what is on its way beside it is counted when its pictures are added.
#[derive(Clone, Copy)]
pub struct Room {
    most: u64,
    left: u64,
}

impl Room {
    pub async fn of(app: &App, caller: &Caller) -> Result<Room, ApiError> {
        crate::http::login::require_room(app, caller, 0).await?;
        let Some(most) = caller.allowed.storage_bytes else { return Ok(Room { most: u64::MAX, left: u64::MAX }) };
        let stored = app.store.stored_bytes(&caller.user).await.map_err(store_error)?;
        Ok(Room { most, left: most.saturating_sub(stored) })
    }

    pub fn take(&mut self, bytes: u64) -> Result<(), ApiError> {
        self.left = self.left.checked_sub(bytes).ok_or_else(|| store_error(StoreError::NoSpace { most: self.most }))?;
        Ok(())
    }
}

pub fn by_id(id: &str) -> Result<Arrived, ApiError> {
    let id = id.parse().map_err(|_| ApiError::not_found().field("images"))?;
    Ok(Arrived { file: String::new(), got: Ok(Got::Known(id)) })
}

/// Looks at a file and stores it.
pub async fn file(app: &App, file: String, bytes: Vec<u8>) -> Result<Arrived, ApiError> {
    let intake = Intake::of(app);
    let stored = tokio::task::spawn_blocking(move || intake.store(file, &bytes)).await.map_err(|e| ApiError::internal(&e))?;
    stored.map_err(store_error)
}

/// An archive as it came, and what may be taken out of it.
pub struct Packed {
    pub file: File,
    pub length: u64,
    pub most_files: usize,
    pub room: Room,
}

/// Unpacks an archive. What was stored until it was refused is in `found`.
pub async fn archive(app: &App, packed: Packed, found: &mut Vec<Arrived>) -> Result<(), ApiError> {
    let intake = Intake::of(app);
    let work = move || {
        let mut found = vec![];
        let read = intake.unpack(packed, &mut found);
        (found, read)
    };
    let (stored, read) = tokio::task::spawn_blocking(work).await.map_err(|e| ApiError::internal(&e))?;
    found.extend(stored);
    read
}

pub fn zip_too_large() -> ApiError {
    let text = Text::new("压缩包太大，或展开后太大，请拆成几个。", "The archive is too large, or unpacks to too much; split it.");
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "zip_too_large", text).field("zip")
}

fn zip_invalid(why: &dyn std::fmt::Display) -> ApiError {
    ApiError::bad_request(
        "zip_invalid",
        format!("读不了这个压缩包：{why}。请用 ZIP 格式重新打包。"),
        format!("The archive cannot be read: {why}. Pack it again as ZIP."),
    )
    .field("zip")
}

struct Intake {
    blobs: Blobs,
    limits: Limits,
    keep: std::time::Duration,
}

impl Intake {
    fn of(app: &App) -> Intake {
        Intake { blobs: app.store.blobs().clone(), limits: imaging_limits(app), keep: app.config.retention.uploads() }
    }

    fn store(&self, file: String, bytes: &[u8]) -> Result<Arrived, StoreError> {
        let header = match probe(bytes, &self.limits) {
            Ok(header) => header,
            Err(error) => return Ok(Arrived { file, got: Err(Problem::of(&error)) }),
        };
        let new = NewImage {
            kind: ImageKind::Upload,
            name: display_name(&file, header.format.extension()),
            width: header.width,
            height: header.height,
            format: header.format.name().to_owned(),
            alpha: header.has_alpha,
            warnings: vec![],
            keep: Some(self.keep),
        };
        let pin = self.blobs.put_blocking(bytes)?;
        Ok(Arrived { file, got: Ok(Got::File(Box::new(new), pin)) })
    }

    fn unpack(&self, packed: Packed, found: &mut Vec<Arrived>) -> Result<(), ApiError> {
        let Packed { file, length, most_files, mut room } = packed;
        let mut zip = zip::ZipArchive::new(std::io::BufReader::new(file)).map_err(|e| zip_invalid(&e))?;
        if zip.len() > MAX_ENTRIES {
            return Err(zip_too_large());
        }
        let mut left = length.saturating_mul(MAX_GROWTH).max(FREE_BYTES);
        for at in 0..zip.len() {
            let (name, locked, is_file) = {
                let entry = zip.by_index_raw(at).map_err(|e| zip_invalid(&e))?;
                (entry_name(entry.name_raw()), entry.encrypted(), entry.is_file())
            };
            if !is_file || is_clutter(&name) {
                continue;
            }
            if found.len() >= most_files {
                return Err(super::form::too_many().field("zip"));
            }
            if locked {
                found.push(Arrived { file: name, got: Err(encrypted()) });
                continue;
            }
            let arrived = match self.unpacked(&mut zip, at, left)? {
                Ok(bytes) => {
                    left = left.saturating_sub(bytes.len() as u64);
                    self.store(name, &bytes).map_err(store_error)?
                }
                Err(problem) => Arrived { file: name, got: Err(problem) },
            };
            let bytes = if let Ok(Got::File(_, pin)) = &arrived.got { pin.bytes() } else { 0 };
            found.push(arrived);
            room.take(bytes)?;
        }
        if found.is_empty() {
            return Err(zip_invalid(&"there is no picture in it"));
        }
        Ok(())
    }

    /// At most one byte more than a file may have. What an archive says about its sizes is not believed.
    fn unpacked(
        &self,
        zip: &mut zip::ZipArchive<std::io::BufReader<File>>,
        at: usize,
        left: u64,
    ) -> Result<Result<Vec<u8>, Problem>, ApiError> {
        let damaged = |error: &dyn std::fmt::Display| {
            Problem::new(
                "image_unreadable",
                format!("压缩包里的这个文件损坏：{error}"),
                format!("This file is damaged inside the archive: {error}"),
            )
        };
        let entry = match zip.by_index(at) {
            Ok(entry) => entry,
            Err(error) => return Ok(Err(damaged(&error))),
        };
        let most = self.limits.max_bytes.saturating_add(1);
        let mut bytes = vec![];
        if let Err(error) = entry.take(most.min(left.saturating_add(1))).read_to_end(&mut bytes) {
            return Ok(Err(damaged(&error)));
        }
        if bytes.len() as u64 > left {
            return Err(zip_too_large());
        }
        Ok(Ok(bytes))
    }
}

fn encrypted() -> Problem {
    Problem::new(
        "zip_encrypted",
        "压缩包里的这个文件有密码，读不了。请不加密码重新打包。",
        "This file has a password inside the archive and cannot be read. Pack it again without one.",
    )
}

/// Names are UTF-8 where they can be, else as Chinese Windows writes them.
fn entry_name(raw: &[u8]) -> String {
    match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => encoding_rs::GB18030.decode_without_bom_handling(raw).0.into_owned(),
    }
}

/// What systems put beside pictures.
fn is_clutter(name: &str) -> bool {
    let mut parts = name.split(['/', '\\']);
    let own = parts.clone().next_back().unwrap_or("");
    own.is_empty() || own.starts_with('.') || matches!(own, "Thumbs.db" | "desktop.ini") || parts.any(|part| part == "__MACOSX")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_an_archive_are_read_as_they_were_written() {
        let (chinese, _, _) = encoding_rs::GB18030.encode("红裙/正面.jpg");
        assert_eq!(entry_name(&chinese), "红裙/正面.jpg");
        assert_eq!(entry_name("猫🐱.png".as_bytes()), "猫🐱.png");
    }

    #[test]
    fn what_systems_put_beside_pictures_is_none() {
        for name in ["__MACOSX/a/._b.jpg", ".DS_Store", "a/Thumbs.db", "a\\desktop.ini", "a/"] {
            assert!(is_clutter(name), "{name}");
        }
        for name in ["a.jpg", "a/b.c.png", "thumbs.jpg"] {
            assert!(!is_clutter(name), "{name}");
        }
    }
}
