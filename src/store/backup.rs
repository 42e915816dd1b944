//! A data folder in one file: made beside a running server, put back where nothing is.
//!
//! The file is a ZIP archive: every picture that some row names (`blobs/ab/cdef…`), one moment of the database (`portico.db`), and `manifest.json` with
//! versions and checksums. Pictures are copied first and the database last: where one of them was deleted meanwhile, a later moment of the database is
//! taken, until every picture that it names is in the archive.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::open::{DATABASE, lock, make_private};
use super::{BlobId, Store, StoreError, Time, schema};

/// Raised when a program that knows only this one could not read a backup.
const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";
/// Half of a million pictures.
const MANIFEST_MAX_BYTES: u64 = 64 << 20;
/// Moments of the database that are tried before deletions are given up on catching.
const ROUNDS: usize = 100;
/// What is being put back lies here until all of it was checked.
const RESTORING: &str = "restoring";

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Always `portico-backup`.
    pub kind: String,
    pub format: u32,
    /// The program that made it.
    pub program: String,
    pub schema: i64,
    pub made_at: Time,
    pub database: Entry,
    /// By the blobs' names, which are the SHA-256 of what they should hold.
    pub blobs: BTreeMap<String, Entry>,
    /// Blobs that rows name and that were not there.
    pub missing: BTreeSet<String>,
    /// Blobs that do not hold what their name says; they are in the archive as they were.
    pub damaged: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub bytes: u64,
    pub sha256: String,
}

/// Why a backup could not be made or put back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("the archive cannot be read: {0}")]
    Archive(zip::result::ZipError),
    #[error("this is not a backup of Portico: {0}")]
    NotABackup(String),
    #[error("the backup is damaged: {0}; nothing was put in place")]
    Damaged(String),
    #[error(
        "the backup was made by Portico {program} (schema {schema}); this program knows schemas up to {known}. Restore it with that version or a newer one"
    )]
    Newer { program: String, schema: i64, known: i64 },
    #[error("{0} is not empty; restore into a new folder, or move what is there away first")]
    NotEmpty(PathBuf),
    #[error("pictures are deleted faster than they can be copied; try again when less is going on")]
    Restless,
}

impl From<zip::result::ZipError> for BackupError {
    fn from(error: zip::result::ZipError) -> Self {
        match error {
            zip::result::ZipError::Io(error) => BackupError::Io(error),
            other => BackupError::Archive(other),
        }
    }
}

impl From<sqlx::Error> for BackupError {
    fn from(error: sqlx::Error) -> Self {
        BackupError::Store(error.into())
    }
}

/// Removes a file when it goes.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

// ---------------------------------------------------------------------------------------------------------------- making

impl Store {
    /// Writes everything of this folder to `out`. Blocks the thread: for the command line, which has nothing else to do.
    pub async fn backup(&self, out: impl Write) -> Result<Manifest, BackupError> {
        let mut archive =
            Writer { zip: ZipWriter::new_stream(out), blobs: BTreeMap::new(), missing: BTreeSet::new(), damaged: BTreeSet::new() };
        let moment = Temporary(self.folder().join(format!("backup-{}.tmp", uuid::Uuid::now_v7().simple())));
        for _ in 0..ROUNDS {
            // Nothing is there in the first round.
            let _ = std::fs::remove_file(&moment.0);
            schema::vacuum_into(&mut *self.writer().acquire().await?, &moment.0).await?;
            let named = named_by(&moment.0).await?;
            if self.copy_named(&mut archive, &named).await? {
                return archive.finish(&moment.0, &named);
            }
        }
        Err(BackupError::Restless)
    }

    /// Copies what is not in the archive yet. `false`: something was deleted meanwhile, take a later moment.
    async fn copy_named(&self, archive: &mut Writer<impl Write>, named: &BTreeSet<BlobId>) -> Result<bool, BackupError> {
        let mut all = true;
        for blob in named {
            if archive.has(blob) {
                continue;
            }
            match std::fs::File::open(self.blobs().path(blob)) {
                Ok(file) => archive.add_blob(blob, file)?,
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                    // Gone with its row, or gone from under its row?
                    if self.is_named(blob).await? && !self.blobs().exists(blob) {
                        archive.missing.insert(blob.as_str().to_owned());
                    } else {
                        all = false;
                    }
                }
                Err(e) => return Err(e.into()),
            }
        }
        Ok(all)
    }
}

async fn named_by(database: &Path) -> Result<BTreeSet<BlobId>, BackupError> {
    let mut db = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(database).read_only(true)).await?;
    let named = sqlx::query_scalar("SELECT DISTINCT blob FROM images").fetch_all(&mut db).await?;
    db.close().await?;
    Ok(named.into_iter().collect())
}

struct Writer<W: Write> {
    zip: ZipWriter<zip::write::StreamWriter<W>>,
    blobs: BTreeMap<String, Entry>,
    missing: BTreeSet<String>,
    damaged: BTreeSet<String>,
}

impl<W: Write> Writer<W> {
    fn has(&self, blob: &BlobId) -> bool {
        self.blobs.contains_key(blob.as_str()) || self.missing.contains(blob.as_str())
    }

    fn add_blob(&mut self, blob: &BlobId, file: std::fs::File) -> Result<(), BackupError> {
        // Pictures are compressed already.
        let entry = self.add(&blob_entry(blob.as_str()), file, CompressionMethod::Stored)?;
        if entry.sha256 != blob.as_str() {
            self.damaged.insert(blob.as_str().to_owned());
        }
        self.blobs.insert(blob.as_str().to_owned(), entry);
        Ok(())
    }

    fn add(&mut self, name: &str, mut file: impl Read, method: CompressionMethod) -> Result<Entry, BackupError> {
        let options = SimpleFileOptions::default().compression_method(method).large_file(true).unix_permissions(0o600);
        self.zip.start_file(name, options)?;
        let mut hashed = Hashed { inner: &mut self.zip, hash: Sha256::new(), bytes: 0 };
        std::io::copy(&mut file, &mut hashed)?;
        Ok(hashed.entry())
    }

    fn finish(mut self, database: &Path, named: &BTreeSet<BlobId>) -> Result<Manifest, BackupError> {
        let entry = self.add(DATABASE, std::fs::File::open(database)?, CompressionMethod::Deflated)?;
        // What was deleted while the backup was made is in the archive, and is not put back.
        let names: BTreeSet<&str> = named.iter().map(BlobId::as_str).collect();
        self.blobs.retain(|name, _| names.contains(name.as_str()));
        self.missing.retain(|name| names.contains(name.as_str()));
        self.damaged.retain(|name| names.contains(name.as_str()));
        let manifest = Manifest {
            kind: "portico-backup".to_owned(),
            format: FORMAT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            schema: schema::known(),
            made_at: Time::now(),
            database: entry,
            blobs: self.blobs,
            missing: self.missing,
            damaged: self.damaged,
        };
        let text = serde_json::to_vec_pretty(&manifest).map_err(std::io::Error::from)?;
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        self.zip.start_file(MANIFEST, options)?;
        self.zip.write_all(&text)?;
        self.zip.finish()?.into_inner().flush()?;
        Ok(manifest)
    }
}

/// Counts and hashes what goes through.
struct Hashed<W> {
    inner: W,
    hash: Sha256,
    bytes: u64,
}

impl<W> Hashed<W> {
    fn entry(self) -> Entry {
        Entry { bytes: self.bytes, sha256: hex::encode(self.hash.finalize()) }
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        let written = self.inner.write(buffer)?;
        self.hash.update(&buffer[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

fn blob_entry(name: &str) -> String {
    format!("blobs/{}/{}", &name[..2], &name[2..])
}

// --------------------------------------------------------------------------------------------------------- putting back

/// Puts a backup into `folder`, which must be empty or not there. Everything is checked before anything is in place; an older schema is raised by the next
/// start.
pub async fn restore(archive: impl Read + Seek, folder: &Path) -> Result<Manifest, BackupError> {
    let mut zip = ZipArchive::new(archive)?;
    let manifest = read_manifest(&mut zip)?;
    check_names(&zip)?;
    require_empty(folder)?;
    make_private(folder)?;
    let locked = lock(folder)?;
    let staging = folder.join(RESTORING);
    let done = match stage(&mut zip, &manifest, &staging) {
        Ok(()) => check_database(&staging.join(DATABASE), &manifest).await,
        Err(error) => Err(error),
    };
    let done = done.and_then(|()| put_in_place(&staging, folder));
    if done.is_err() {
        let _ = std::fs::remove_dir_all(&staging);
        drop(locked);
        // So that the folder is empty for the next try.
        let _ = std::fs::remove_file(folder.join("portico.lock"));
    }
    done.map(|()| manifest)
}

fn read_manifest(zip: &mut ZipArchive<impl Read + Seek>) -> Result<Manifest, BackupError> {
    let file = match zip.by_name(MANIFEST) {
        Ok(file) => file,
        Err(zip::result::ZipError::FileNotFound) => {
            return Err(BackupError::NotABackup(format!("it has no {MANIFEST}; was it cut short?")));
        }
        Err(error) => return Err(error.into()),
    };
    let mut text = vec![];
    file.take(MANIFEST_MAX_BYTES).read_to_end(&mut text)?;
    let value: serde_json::Value = serde_json::from_slice(&text).map_err(|e| BackupError::NotABackup(e.to_string()))?;
    if value["kind"] != "portico-backup" {
        return Err(BackupError::NotABackup(format!("its {MANIFEST} is of something else")));
    }
    // Asked before the rest is read: what a newer program writes may look otherwise.
    let (format, schema) = (value["format"].as_u64().unwrap_or(u64::MAX), value["schema"].as_i64().unwrap_or(i64::MAX));
    if format > u64::from(FORMAT) || schema > schema::known() {
        let program = value["program"].as_str().unwrap_or("?").to_owned();
        return Err(BackupError::Newer { program, schema, known: schema::known() });
    }
    let manifest: Manifest = serde_json::from_value(value).map_err(|e| BackupError::NotABackup(e.to_string()))?;
    match manifest.blobs.keys().find(|name| !is_blob_name(name)) {
        Some(strange) => Err(BackupError::NotABackup(format!("`{strange}` is not the name of a picture"))),
        None => Ok(manifest),
    }
}

fn is_blob_name(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Names are only looked up, never taken from the archive; an archive with others is not ours all the same.
fn check_names(zip: &ZipArchive<impl Read + Seek>) -> Result<(), BackupError> {
    let ours = |name: &str| {
        let blob = name.strip_prefix("blobs/").and_then(|rest| rest.split_once('/')).filter(|(head, _)| head.len() == 2);
        [MANIFEST, DATABASE].contains(&name) || blob.is_some_and(|(head, tail)| is_blob_name(&format!("{head}{tail}")))
    };
    match zip.file_names().find(|name| !ours(name)) {
        Some(strange) => Err(BackupError::NotABackup(format!("there is an entry `{}` in it", strange.escape_default()))),
        None => Ok(()),
    }
}

fn require_empty(folder: &Path) -> Result<(), BackupError> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(e.into()),
    };
    for entry in entries {
        // A volume of its own has that.
        if entry?.file_name() != "lost+found" {
            return Err(BackupError::NotEmpty(folder.to_owned()));
        }
    }
    Ok(())
}

fn stage(zip: &mut ZipArchive<impl Read + Seek>, manifest: &Manifest, staging: &Path) -> Result<(), BackupError> {
    make_private(staging)?;
    extract(zip, DATABASE, &staging.join(DATABASE), &manifest.database)?;
    for (name, entry) in &manifest.blobs {
        if entry.sha256 != *name && !manifest.damaged.contains(name) {
            return Err(BackupError::Damaged(format!("the manifest contradicts itself about {name}")));
        }
        let path = staging.join(blob_entry(name));
        std::fs::create_dir_all(path.parent().expect("a blob lies in a folder"))?;
        extract(zip, &blob_entry(name), &path, entry)?;
    }
    Ok(())
}

fn extract(zip: &mut ZipArchive<impl Read + Seek>, name: &str, to: &Path, expected: &Entry) -> Result<(), BackupError> {
    let file = match zip.by_name(name) {
        Ok(file) => file,
        Err(zip::result::ZipError::FileNotFound) => return Err(BackupError::Damaged(format!("{name} is not in it"))),
        Err(error) => return Err(error.into()),
    };
    let mut options = std::fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut out = Hashed { inner: options.open(to)?, hash: Sha256::new(), bytes: 0 };
    // One byte more than promised is enough to see that it is not what was promised.
    let copied = std::io::copy(&mut file.take(expected.bytes.saturating_add(1)), &mut out);
    match copied {
        // The archive's own checksum did not fit.
        Err(e) if e.kind() == std::io::ErrorKind::InvalidData || e.kind() == std::io::ErrorKind::UnexpectedEof => {
            return Err(BackupError::Damaged(format!("{name}: {e}")));
        }
        Err(e) if e.to_string().contains("checksum") => return Err(BackupError::Damaged(format!("{name}: {e}"))),
        other => other?,
    };
    out.inner.sync_all()?;
    if out.entry() == *expected { Ok(()) } else { Err(BackupError::Damaged(format!("the checksum of {name} is wrong"))) }
}

/// The database is whole, of the schema that the manifest says, and names nothing that is not there.
async fn check_database(file: &Path, manifest: &Manifest) -> Result<(), BackupError> {
    let options = SqliteConnectOptions::new().filename(file).pragma("trusted_schema", "OFF");
    let mut db = SqliteConnection::connect_with(&options).await?;
    let whole: String = sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_one(&mut db).await?;
    let schema = schema::of(&mut db).await?;
    let named: Vec<String> = sqlx::query_scalar("SELECT DISTINCT blob FROM images").fetch_all(&mut db).await?;
    db.close().await?;
    if whole != "ok" {
        return Err(BackupError::Damaged(format!("the database: {whole}")));
    }
    if schema != manifest.schema {
        return Err(BackupError::Damaged(format!("the manifest says schema {}, the database {schema}", manifest.schema)));
    }
    match named.iter().find(|name| !manifest.blobs.contains_key(*name) && !manifest.missing.contains(*name)) {
        Some(absent) => Err(BackupError::Damaged(format!("picture {absent} is not in it"))),
        None => Ok(()),
    }
}

/// Pictures first: a database without them would be worse than none.
fn put_in_place(staging: &Path, folder: &Path) -> Result<(), BackupError> {
    if staging.join("blobs").exists() {
        std::fs::rename(staging.join("blobs"), folder.join("blobs"))?;
    }
    std::fs::rename(staging.join(DATABASE), folder.join(DATABASE))?;
    for entry in std::fs::read_dir(staging)? {
        // SQLite's own files beside a database that was closed in order hold nothing.
        std::fs::remove_file(entry?.path())?;
    }
    std::fs::remove_dir(staging)?;
    #[cfg(unix)]
    std::fs::File::open(folder)?.sync_all()?;
    Ok(())
}
