//! What lies in the data folder without being needed, and how it goes beside a running server.
//!
//! A server that puts a blob which is there already only renews its time, and commits the row that names it a little later. So whoever removes blobs from
//! outside takes only those that have lain for [`LAIN`], and does it in two steps: the file is moved away, then its time is looked at once more. Had the
//! server renewed it before, that shows, and the file is put back; does the server look after that, it finds none and writes it anew.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::backup::is_moment;
use super::blobs::{self, QUARANTINE};
use super::schema::COPIES;
use super::{BlobId, Blobs, Store, StoreError, UserId};

/// Longer than any server takes from a blob's file to its row.
pub const LAIN: Duration = Duration::from_secs(3600);
/// What was half written so long ago is nobody's any more.
const ABANDONED: Duration = Duration::from_secs(24 * 3600);
/// Blobs that are looked at in one change: the server waits for it.
const AT_ONCE: usize = 200;

/// Files that went, or would go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Files {
    pub files: usize,
    pub bytes: u64,
}

impl Files {
    pub(super) fn add(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
    }
}

/// How long copies are kept that nobody asked for.
#[derive(Clone, Copy, Debug)]
pub struct KeepFiles {
    /// Files that did not hold what their name says.
    pub quarantine: Duration,
    /// Copies of the database from before its schema changed.
    pub copies: Duration,
}

impl Store {
    /// Blobs that no row names and that have lain for [`LAIN`].
    pub async fn remove_unnamed_blobs(&self, dry_run: bool) -> Result<Files, StoreError> {
        let list = self.blobs().clone();
        let on_disk = blobs::blocking(move || Ok(list.list_blocking()?)).await?;
        let mut unnamed = vec![];
        for blob in on_disk {
            if !self.is_named(&blob).await? {
                unnamed.push(blob);
            }
        }
        let mut freed = Files::default();
        for part in unnamed.chunks(AT_ONCE) {
            // With the writer's turn held no row can come: what is unnamed now stays so until the files are gone.
            let tx = self.begin(&UserId::local()).await?;
            for blob in part {
                if self.is_named(blob).await? {
                    continue;
                }
                let gone = if dry_run { lain(&self.blobs().path(blob)) } else { remove_one(self.blobs(), blob) };
                gone.into_iter().for_each(|bytes| freed.add(bytes));
            }
            drop(tx);
        }
        Ok(freed)
    }

    /// Files beside the blobs that had their time.
    pub fn remove_old_files(&self, keep: &KeepFiles, dry_run: bool) -> std::io::Result<Files> {
        let mut freed = Files::default();
        // What a backup that was killed left.
        for (path, bytes) in older_than(self.folder(), ABANDONED, SystemTime::now())? {
            if is_moment(&path) && (dry_run || std::fs::remove_file(&path).is_ok()) {
                freed.add(bytes);
            }
        }
        let blobs = self.blobs().folder();
        for (folder, age) in
            [(blobs.join(QUARANTINE), keep.quarantine), (blobs.join("tmp"), ABANDONED), (self.folder().join(COPIES), keep.copies)]
        {
            for (path, bytes) in older_than(&folder, age, SystemTime::now())? {
                if dry_run || std::fs::remove_file(&path).is_ok() {
                    freed.add(bytes);
                }
            }
        }
        Ok(freed)
    }
}

/// Removes blobs that lost their last row in a change made beside the server.
pub(super) async fn remove_lain(blobs: &Blobs, ids: Vec<BlobId>) {
    let blobs = blobs.clone();
    let work = move || {
        for id in &ids {
            remove_one(&blobs, id);
        }
        Ok(())
    };
    if let Err(error) = blobs::blocking(work).await {
        tracing::warn!(%error, "unused blobs could not be removed");
    }
}

/// The file's length if it has lain long enough.
fn lain(path: &Path) -> Option<u64> {
    let metadata = std::fs::metadata(path).ok()?;
    is_older(&metadata, LAIN).then_some(metadata.len())
}

fn is_older(metadata: &std::fs::Metadata, age: Duration) -> bool {
    // A time in the future is no age.
    metadata.modified().ok().and_then(|then| SystemTime::now().duration_since(then).ok()).is_some_and(|lain| lain >= age)
}

/// How long ago a file came to be where it is: moving it leaves the time of its content as it was.
fn since_change(metadata: &std::fs::Metadata, now: SystemTime) -> Option<Duration> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let changed = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(metadata.ctime()).ok()?);
        now.duration_since(changed).ok()
    }
    #[cfg(not(unix))]
    now.duration_since(metadata.modified().ok()?).ok()
}

/// See the module. Gives the bytes that are free now.
fn remove_one(blobs: &Blobs, id: &BlobId) -> Option<u64> {
    let path = blobs.path(id);
    lain(&path)?;
    let aside = blobs.folder().join("tmp").join(uuid::Uuid::now_v7().simple().to_string());
    std::fs::rename(&path, &aside).ok()?;
    match lain(&aside) {
        Some(bytes) => std::fs::remove_file(&aside).ok().map(|()| bytes),
        None => {
            if let Err(error) = std::fs::rename(&aside, &path) {
                tracing::error!(blob = id.as_str(), %error, "a blob that is needed again could not be put back");
            }
            None
        }
    }
}

fn older_than(folder: &Path, age: Duration, now: SystemTime) -> std::io::Result<Vec<(PathBuf, u64)>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(vec![]),
        Err(e) => return Err(e),
    };
    let mut found = vec![];
    for entry in entries {
        let entry = entry?;
        // Gone meanwhile is what is wanted.
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_file() && since_change(&metadata, now).is_some_and(|since| since >= age) {
            found.push((entry.path(), metadata.len()));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_aside_is_kept_for_its_time_however_old_it_was_before() {
        let folder = tempfile::tempdir().unwrap();
        let (home, quarantine) = (folder.path().join("file"), folder.path().join("quarantine"));
        std::fs::create_dir(&quarantine).unwrap();
        std::fs::write(&home, b"damaged").unwrap();
        let day = Duration::from_secs(24 * 3600);
        std::fs::File::open(&home).unwrap().set_modified(SystemTime::now() - 400 * day).unwrap();
        std::fs::rename(&home, quarantine.join("file")).unwrap();
        assert_eq!(older_than(&quarantine, 30 * day, SystemTime::now() + 29 * day).unwrap(), vec![]);
        assert_eq!(older_than(&quarantine, 30 * day, SystemTime::now() + 31 * day).unwrap(), vec![(quarantine.join("file"), 7)]);
        assert_eq!(older_than(&folder.path().join("nowhere"), day, SystemTime::now()).unwrap(), vec![]);
    }
}
