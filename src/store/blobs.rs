//! Content-addressed files: `blobs/ab/cdef…` by SHA-256, written whole or not at all, nothing named by users.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Image, StoreError};

/// Where files lie that do not hold what their name says, in the blob folder.
pub const QUARANTINE: &str = "quarantine";

/// The SHA-256 of a blob's bytes, 64 lower-case hex digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct BlobId(String);

impl BlobId {
    pub fn of(bytes: &[u8]) -> Self {
        BlobId(hex::encode(Sha256::digest(bytes)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parse(text: &str) -> Option<Self> {
        let fits = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        fits.then(|| BlobId(text.to_owned()))
    }
}

/// The blob folder; cheap to clone.
#[derive(Clone)]
pub struct Blobs(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    /// Blobs that somebody is about to write a row for: they must not be removed although no row names them yet.
    pins: Mutex<HashMap<BlobId, usize>>,
}

/// Keeps a blob from removal until its row is committed.
pub struct Pin {
    blobs: Blobs,
    id: BlobId,
    bytes: u64,
}

impl Pin {
    pub fn id(&self) -> &BlobId {
        &self.id
    }

    /// The blob's length.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        let mut pins = self.blobs.pins();
        if let Some(count) = pins.get_mut(&self.id) {
            *count -= 1;
            if *count == 0 {
                pins.remove(&self.id);
            }
        }
    }
}

impl Blobs {
    pub(super) fn open(folder: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder.join("tmp"))?;
        Ok(Blobs(Arc::new(Inner { folder: folder.to_owned(), pins: Mutex::default() })))
    }

    fn pins(&self) -> MutexGuard<'_, HashMap<BlobId, usize>> {
        self.0.pins.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub(super) fn folder(&self) -> &Path {
        &self.0.folder
    }

    /// Where the bytes are.
    pub fn path(&self, id: &BlobId) -> PathBuf {
        self.0.folder.join(&id.0[..2]).join(&id.0[2..])
    }

    pub fn exists(&self, id: &BlobId) -> bool {
        self.path(id).is_file()
    }

    /// Stores bytes on a blocking thread; see [`Blobs::put_blocking`].
    pub async fn put(&self, bytes: Arc<Vec<u8>>) -> Result<Pin, StoreError> {
        let blobs = self.clone();
        blocking(move || blobs.put_blocking(&bytes)).await
    }

    /// The bytes of a picture's file on a blocking thread; see [`Blobs::read_blocking`].
    pub async fn read(&self, image: &Image) -> Result<Vec<u8>, StoreError> {
        let (blobs, image) = (self.clone(), image.clone());
        blocking(move || blobs.read_blocking(&image)).await
    }

    /// The bytes of a picture's file, exactly those that were stored.
    ///
    /// # Errors
    /// [`StoreError::BlobMissing`]; [`StoreError::BlobDamaged`] where they are others by now: the file is in `quarantine/` then, and sending the picture
    /// again brings it back to every version that shows it.
    pub fn read_blocking(&self, image: &Image) -> Result<Vec<u8>, StoreError> {
        let bytes = std::fs::read(self.path(&image.blob)).map_err(|error| unreadable(error, image))?;
        if BlobId::of(&bytes) == image.blob {
            return Ok(bytes);
        }
        self.quarantine(&image.blob);
        Err(StoreError::BlobDamaged { blob: image.blob.clone(), picture: image.name.clone() })
    }

    /// A picture's file, checked and at its beginning.
    pub fn open_blocking(&self, image: &Image) -> Result<std::fs::File, StoreError> {
        self.copy_blocking(image, &mut std::io::sink())?;
        std::fs::File::open(self.path(&image.blob)).map_err(|error| unreadable(error, image))
    }

    /// Copies a picture's file, with the same promises, in memory that does not grow with it.
    pub fn copy_blocking(&self, image: &Image, to: &mut impl Write) -> Result<(), StoreError> {
        let mut from = std::fs::File::open(self.path(&image.blob)).map_err(|error| unreadable(error, image))?;
        let mut hashing = Hashing { to, hash: Sha256::new() };
        std::io::copy(&mut from, &mut hashing)?;
        if hex::encode(hashing.hash.finalize()) == image.blob.0 {
            return Ok(());
        }
        self.quarantine(&image.blob);
        Err(StoreError::BlobDamaged { blob: image.blob.clone(), picture: image.name.clone() })
    }

    /// Takes a file that is not what its name says out of the way, and keeps it: a part of a picture may be better than none.
    fn quarantine(&self, id: &BlobId) {
        let folder = self.0.folder.join(QUARANTINE);
        let moved = std::fs::create_dir_all(&folder).and_then(|()| std::fs::rename(self.path(id), folder.join(&id.0)));
        match moved {
            Ok(()) => tracing::error!(blob = id.as_str(), "a stored file is damaged; it was moved to quarantine"),
            Err(error) => tracing::error!(blob = id.as_str(), %error, "a stored file is damaged and could not be moved to quarantine"),
        }
    }

    /// Stores bytes; the same bytes are stored once. When this returns they are on disk under their final name.
    pub fn put_blocking(&self, bytes: &[u8]) -> Result<Pin, StoreError> {
        let id = BlobId::of(bytes);
        let pin = self.pin(id.clone(), bytes.len() as u64);
        let path = self.path(&id);
        match std::fs::read(&path) {
            Ok(stored) if stored == bytes && renew(&path) => return Ok(pin),
            // Taken away between the two looks.
            Ok(stored) if stored == bytes => {}
            // Kept by its name only until now: whoever sends a damaged picture again mends it.
            Ok(_) => self.quarantine(&id),
            Err(_) => {}
        }
        let folder = path.parent().expect("a blob lies in a folder");
        std::fs::create_dir_all(folder)?;
        let temporary = self.0.folder.join("tmp").join(uuid::Uuid::now_v7().simple().to_string());
        let written = write_synced(&temporary, bytes).and_then(|()| std::fs::rename(&temporary, &path));
        if written.is_err() {
            let _ = std::fs::remove_file(&temporary);
        }
        written?;
        sync_folder(folder)?;
        Ok(pin)
    }

    fn pin(&self, id: BlobId, bytes: u64) -> Pin {
        *self.pins().entry(id.clone()).or_default() += 1;
        Pin { blobs: self.clone(), id, bytes }
    }

    /// Unlinks blobs that no row names; pinned ones stay. Called with the writer's turn held.
    pub(super) async fn remove(&self, ids: Vec<BlobId>) {
        if ids.is_empty() {
            return;
        }
        let blobs = self.clone();
        let done = blocking(move || {
            // A put of the same bytes pins first, so it either sees the file or writes it anew.
            let pins = blobs.pins();
            for id in ids.iter().filter(|id| !pins.contains_key(id)) {
                if let Err(error) = std::fs::remove_file(blobs.path(id)) {
                    tracing::warn!(blob = id.as_str(), %error, "an unused blob could not be removed");
                }
            }
            Ok(())
        });
        if let Err(error) = done.await {
            tracing::warn!(%error, "unused blobs could not be removed");
        }
    }

    /// An empty file for what is put together for one answer. It has no name any more, so nothing is left of it however the process ends; where the
    /// system wants files to have names, the next start clears it away.
    pub fn scratch(&self) -> std::io::Result<std::fs::File> {
        let path = self.0.folder.join("tmp").join(uuid::Uuid::now_v7().simple().to_string());
        let file = std::fs::File::options().read(true).write(true).create_new(true).open(&path)?;
        #[cfg(unix)]
        std::fs::remove_file(&path)?;
        Ok(file)
    }

    /// All blobs on disk; also drops half-written files of a crash.
    pub(super) fn list_blocking(&self) -> std::io::Result<Vec<BlobId>> {
        let mut found = vec![];
        for folder in std::fs::read_dir(&self.0.folder)? {
            let folder = folder?;
            let head = folder.file_name();
            let Some(head) = head.to_str().filter(|h| h.len() == 2) else { continue };
            for file in std::fs::read_dir(folder.path())? {
                let name = file?.file_name();
                found.extend(name.to_str().and_then(|tail| BlobId::parse(&format!("{head}{tail}"))));
            }
        }
        Ok(found)
    }

    /// Removes half-written files of a crash; only right after opening, when nobody writes.
    pub(super) fn clear_temporary(&self) -> std::io::Result<()> {
        for file in std::fs::read_dir(self.0.folder.join("tmp"))? {
            std::fs::remove_file(file?.path())?;
        }
        Ok(())
    }
}

/// Notes that a blob is wanted again, so that no tool beside this process takes it for long unused (see [`super::gc`]). `false` where there is none.
fn renew(path: &Path) -> bool {
    let Ok(file) = std::fs::File::open(path) else { return false };
    if let Err(error) = file.set_modified(std::time::SystemTime::now()) {
        tracing::warn!(%error, "a blob's time could not be renewed");
    }
    // Asked after the time was set: whoever took the file away before that has not seen it.
    path.is_file()
}

fn unreadable(error: std::io::Error, image: &Image) -> StoreError {
    match error.kind() {
        std::io::ErrorKind::NotFound => StoreError::BlobMissing { blob: image.blob.clone(), picture: image.name.clone() },
        _ => StoreError::Blob(error),
    }
}

/// Writes through and keeps the hash of it all.
struct Hashing<'a, W> {
    to: &'a mut W,
    hash: Sha256,
}

impl<W: Write> Write for Hashing<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

fn write_synced(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = std::fs::File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes the new name itself durable (POSIX leaves that to the folder's own fsync).
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    std::fs::File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, StoreError> + Send + 'static) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|e| StoreError::Blob(std::io::Error::other(e)))?
}
