//! Getting files into the models folder: assembled, verified, put in place in one step. Checking and removing them.
//! [`import`] does so for networks that are turned into ONNX first.

mod error;
pub mod import;

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};

use super::fonts::{FOLDER, FontFile, FontInfo};
use super::manifest::{Licence, Manifest, ModelInfo, RuntimeInfo, Source};
use super::source::{self, Parts, Search, SourceError};
use super::stamp::{Stamp, Stamps, modified_ns};

pub use error::InstallError;

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> InstallError {
    let path = path.to_owned();
    move |source| InstallError::Io { path, source }
}

/// One file to install.
struct Wanted<'a> {
    /// Relative to the models folder.
    file: PathBuf,
    /// For messages.
    what: String,
    source: &'a Source,
    size: Option<u64>,
    sha256: Option<&'a str>,
    licence: &'a Licence,
    /// Folder name under `licences/`.
    owner: &'a str,
}

impl<'a> Wanted<'a> {
    fn model(info: &'a ModelInfo) -> Self {
        Wanted {
            file: info.file.clone().into(),
            what: info.name.clone(),
            source: &info.source,
            size: info.size,
            sha256: info.sha256.as_deref(),
            licence: &info.licence,
            owner: &info.name,
        }
    }

    fn font(info: &'a FontInfo, file: &'a FontFile) -> Self {
        Wanted {
            file: Path::new(FOLDER).join(&file.file),
            what: info.name.clone(),
            source: &file.source,
            size: Some(file.size),
            sha256: Some(&file.sha256),
            licence: &info.licence,
            owner: &info.name,
        }
    }

    fn library(runtime: &'a RuntimeInfo) -> Result<Self, InstallError> {
        let library = runtime.for_this_platform().ok_or(InstallError::Platform)?;
        Ok(Wanted {
            file: Path::new("lib").join(&library.file),
            what: format!("ONNX Runtime {}", runtime.version),
            source: &library.source,
            size: Some(library.size),
            sha256: Some(&library.sha256),
            licence: &runtime.licence,
            owner: "onnxruntime",
        })
    }

    /// Name in `installed.json`.
    fn key(&self) -> String {
        self.file.to_string_lossy().replace('\\', "/")
    }
}

/// State of an installed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileState {
    Missing,
    Good,
    /// What is wrong with it.
    Damaged(String),
}

/// Installs into one models folder; one process at a time.
pub struct Installer<'a> {
    dir: &'a Path,
    from: Option<&'a Path>,
    _lock: File,
}

impl<'a> Installer<'a> {
    /// Creates the folder and waits for other installers. `from`: a folder that has the files, in place of
    /// `node_modules` and of any network.
    pub fn new(dir: &'a Path, from: Option<&'a Path>) -> Result<Self, InstallError> {
        std::fs::create_dir_all(dir).map_err(io(dir))?;
        let path = dir.join(".install.lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&path).map_err(io(&path))?;
        lock.lock().map_err(io(&path))?;
        Ok(Installer { dir, from, _lock: lock })
    }

    /// Whether the model is there and was verified; quick if nothing changed since.
    pub fn has_model(&self, info: &ModelInfo) -> Result<bool, InstallError> {
        self.has(&Wanted::model(info))
    }

    /// The same for ONNX Runtime's library.
    pub fn has_library(&self, runtime: &RuntimeInfo) -> Result<bool, InstallError> {
        self.has(&Wanted::library(runtime)?)
    }

    /// The same for all files of a font.
    pub fn has_font(&self, info: &FontInfo) -> Result<bool, InstallError> {
        info.files.iter().try_fold(true, |all, file| Ok(self.has(&Wanted::font(info, file))? && all))
    }

    /// Installs a font; replaces damaged files.
    pub fn font(&self, info: &FontInfo) -> Result<(), InstallError> {
        info.files.iter().try_for_each(|file| self.install(&Wanted::font(info, file)))
    }

    /// Installs a model; replaces a damaged one.
    pub fn model(&self, info: &ModelInfo) -> Result<(), InstallError> {
        self.install(&Wanted::model(info))
    }

    /// Installs ONNX Runtime's library for this machine.
    pub fn library(&self, runtime: &RuntimeInfo) -> Result<(), InstallError> {
        self.install(&Wanted::library(runtime)?)
    }

    fn has(&self, wanted: &Wanted<'_>) -> Result<bool, InstallError> {
        let path = self.dir.join(&wanted.file);
        let Ok(metadata) = std::fs::metadata(&path) else { return Ok(false) };
        let mut stamps = Stamps::read(self.dir);
        let stamp = stamps.files.get(&wanted.key());
        let right_hash = |sha256: &str| wanted.sha256.is_none_or(|expected| expected == sha256);
        if stamp.is_some_and(|s| s.size == metadata.len() && s.modified_ns == modified_ns(&metadata) && right_hash(&s.sha256)) {
            return Ok(true);
        }
        // Put there by hand, or touched: its content decides. A file without a known hash is taken only from its source.
        let Some(expected) = wanted.sha256.map(str::to_owned).or_else(|| stamp.map(|s| s.sha256.clone())) else { return Ok(false) };
        let (size, sha256) = hash_file(&path)?;
        if sha256 != expected {
            return Ok(false);
        }
        stamps.files.insert(wanted.key(), stamp_of(&metadata, size, sha256, wanted.source));
        stamps.write(self.dir).map_err(io(self.dir))?;
        Ok(true)
    }

    fn install(&self, wanted: &Wanted<'_>) -> Result<(), InstallError> {
        self.put(wanted, |temporary| self.fetch(wanted, temporary))
    }

    /// Puts in place what `write` writes to a temporary file.
    fn put(
        &self,
        wanted: &Wanted<'_>,
        write: impl FnOnce(&Path) -> Result<(Parts, u64, String), InstallError>,
    ) -> Result<(), InstallError> {
        let target = self.dir.join(&wanted.file);
        let folder = target.parent().unwrap_or(self.dir);
        std::fs::create_dir_all(folder).map_err(io(folder))?;
        let temporary = folder.join(format!(".{}.{}.part", target.file_name().unwrap_or_default().to_string_lossy(), std::process::id()));
        let result = write(&temporary).and_then(|(parts, size, sha256)| {
            check(wanted, size, &sha256)?;
            std::fs::rename(&temporary, &target).map_err(io(&target))?;
            self.keep_licences(wanted, parts.package_dir.as_deref())?;
            let metadata = std::fs::metadata(&target).map_err(io(&target))?;
            let mut stamps = Stamps::read(self.dir);
            stamps.files.insert(wanted.key(), stamp_of(&metadata, size, sha256, wanted.source));
            stamps.write(self.dir).map_err(io(self.dir))
        });
        if result.is_err() {
            // There may be none yet.
            let _ = std::fs::remove_file(&temporary);
        }
        result
    }

    /// Writes the file to `temporary`; gives where it came from, its size and hash.
    fn fetch(&self, wanted: &Wanted<'_>, temporary: &Path) -> Result<(Parts, u64, String), InstallError> {
        let parts = match (self.ready_file(wanted), wanted.source) {
            (Some(file), _) => Parts { files: vec![file], package_dir: None },
            (None, Source::Npm { .. }) => {
                source::npm_parts(wanted.source, self.from.map_or(Search::ProgramAndWorkingFolder, Search::Folder))
                    .map_err(|e| self.not_found(wanted, &e))?
            }
            (None, Source::File { path }) => Parts { files: vec![path.clone()], package_dir: None },
            (None, Source::Ncnn { param, bin }) => return import::fetch(self.from, param, bin, temporary),
            (None, Source::Bundled { name }) => {
                let bytes = source::bundled(name)
                    .ok_or_else(|| self.not_found(wanted, &SourceError::NotFound(format!("`{name}` in this program"))))?;
                std::fs::write(temporary, bytes).map_err(io(temporary))?;
                let (size, sha256) = hash_file(temporary)?;
                return Ok((Parts { files: vec![], package_dir: None }, size, sha256));
            }
            (None, Source::Hub { .. } | Source::Web { .. }) => {
                if self.from.is_some() {
                    return Err(self.not_found(wanted, &SourceError::NotFound(wanted.key())));
                }
                download(wanted.source, temporary)?;
                let (size, sha256) = hash_file(temporary)?;
                return Ok((Parts { files: vec![], package_dir: None }, size, sha256));
            }
        };
        let (size, sha256) = assemble(&parts.files, temporary)?;
        Ok((parts, size, sha256))
    }

    /// The finished file in the given folder, which may be another machine's models folder.
    fn ready_file(&self, wanted: &Wanted<'_>) -> Option<PathBuf> {
        let from = self.from?;
        let name = wanted.file.file_name()?;
        [from.join(&wanted.file), from.join(name)].into_iter().find(|p| p.is_file())
    }

    fn not_found(&self, wanted: &Wanted<'_>, error: &SourceError) -> InstallError {
        let file = wanted.file.file_name().unwrap_or_default().to_string_lossy();
        let hint = match (wanted.source, self.from) {
            (Source::Npm { package, version, .. }, None) => format!(
                "run `npm ci --ignore-scripts` in Portico's source folder, or on a machine with a network `npm install --ignore-scripts \
                 {package}@{version}` in some folder DIR, and then `portico models install --from DIR`"
            ),
            (_, Some(from)) => format!("{} has neither {file} nor the package that holds it", from.display()),
            (_, None) => format!("put {file} into a folder DIR and run `portico models install --from DIR`"),
        };
        InstallError::NotFound { what: wanted.what.clone(), why: error.to_string(), hint }
    }

    /// Puts whose it is, and the package's own texts, under `licences/NAME/`.
    fn keep_licences(&self, wanted: &Wanted<'_>, package_dir: Option<&Path>) -> Result<(), InstallError> {
        let folder = self.dir.join("licences").join(wanted.owner);
        std::fs::create_dir_all(&folder).map_err(io(&folder))?;
        let licence = wanted.licence;
        let notice = format!(
            "{}\nOwner: {}\nLicence: {}\n{}\nSource: {}\n\n{}\n\n{}\n",
            wanted.what, licence.owner, licence.name, licence.url, wanted.source, licence.note_en, licence.note_zh
        );
        let path = folder.join("NOTICE.txt");
        std::fs::write(&path, notice).map_err(io(&path))?;
        if let Some(text) = source::bundled(&format!("licences/{}.txt", wanted.owner)) {
            let path = folder.join("LICENSE.txt");
            std::fs::write(&path, text).map_err(io(&path))?;
        }
        for name in &licence.files {
            // A package without one of them, or a ready file without a package, still has its notice.
            if let Some(text) = package_dir.and_then(|dir| std::fs::read(dir.join(name)).ok()) {
                let path = folder.join(Path::new(name).file_name().unwrap_or(name.as_ref()));
                std::fs::write(&path, text).map_err(io(&path))?;
            }
        }
        Ok(())
    }

    /// Removes a model with its prepared graphs and licence texts; `false` if it was not there.
    pub fn remove(&self, info: &ModelInfo) -> Result<bool, InstallError> {
        let path = self.dir.join(&info.file);
        let was_there = path.is_file();
        if was_there {
            std::fs::remove_file(&path).map_err(io(&path))?;
        }
        let mut stamps = Stamps::read(self.dir);
        if stamps.files.remove(&info.file).is_some() {
            stamps.write(self.dir).map_err(io(self.dir))?;
        }
        super::prepare::remove_all(self.dir, &info.name);
        import::remove_entry(self.dir, info)?;
        let licences = self.dir.join("licences").join(&info.name);
        if licences.is_dir() {
            std::fs::remove_dir_all(&licences).map_err(io(&licences))?;
        }
        Ok(was_there)
    }
}

impl Installer<'_> {
    /// Removes a font with its licence texts; `false` if none of its files was there.
    pub fn remove_font(&self, info: &FontInfo) -> Result<bool, InstallError> {
        let mut stamps = Stamps::read(self.dir);
        let mut was_there = false;
        for file in &info.files {
            let wanted = Wanted::font(info, file);
            let path = self.dir.join(&wanted.file);
            if path.is_file() {
                std::fs::remove_file(&path).map_err(io(&path))?;
                was_there = true;
            }
            stamps.files.remove(&wanted.key());
        }
        stamps.write(self.dir).map_err(io(self.dir))?;
        let licences = self.dir.join("licences").join(&info.name);
        if licences.is_dir() {
            std::fs::remove_dir_all(&licences).map_err(io(&licences))?;
        }
        Ok(was_there)
    }
}

/// Reads all files of a font and compares; the worst of them.
pub fn verify_font(dir: &Path, info: &FontInfo) -> FileState {
    let states = info.files.iter().map(|file| verify(dir, &Wanted::font(info, file)));
    states.reduce(|worst, state| if worst == FileState::Good { state } else { worst }).unwrap_or(FileState::Missing)
}

/// Reads a model's whole file and compares.
pub fn verify_model(dir: &Path, info: &ModelInfo) -> FileState {
    verify(dir, &Wanted::model(info))
}

/// Reads the whole library and compares.
pub fn verify_library(dir: &Path, manifest: &Manifest) -> FileState {
    match Wanted::library(manifest.runtime()) {
        Ok(wanted) => verify(dir, &wanted),
        Err(_) => FileState::Missing,
    }
}

fn verify(dir: &Path, wanted: &Wanted<'_>) -> FileState {
    let path = dir.join(&wanted.file);
    if !path.is_file() {
        return FileState::Missing;
    }
    let stamps = Stamps::read(dir);
    let pinned = stamps.files.get(&wanted.key());
    let size = wanted.size.or(pinned.map(|s| s.size));
    let sha256 = wanted.sha256.or(pinned.map(|s| s.sha256.as_str()));
    if sha256.is_none() {
        return FileState::Damaged("it was not installed by `portico models install`, so nothing is known about it".to_owned());
    }
    match hash_file(&path).and_then(|(found, hash)| compare(&wanted.what, (size, sha256), found, &hash)) {
        Ok(()) => FileState::Good,
        Err(e) => FileState::Damaged(e.to_string()),
    }
}

fn check(wanted: &Wanted<'_>, size: u64, sha256: &str) -> Result<(), InstallError> {
    compare(&wanted.what, (wanted.size, wanted.sha256), size, sha256)
}

fn compare(what: &str, expected: (Option<u64>, Option<&str>), size: u64, sha256: &str) -> Result<(), InstallError> {
    let mismatch = |found: String, expected: String| Err(InstallError::Mismatch { what: what.to_owned(), found, expected });
    match expected {
        (Some(expected), _) if expected != size => mismatch(format!("{size} bytes"), format!("{expected} bytes")),
        (_, Some(expected)) if expected != sha256 => mismatch(format!("sha256 {sha256}"), format!("sha256 {expected}")),
        _ => Ok(()),
    }
}

fn stamp_of(metadata: &std::fs::Metadata, size: u64, sha256: String, source: &Source) -> Stamp {
    Stamp { size, sha256, modified_ns: modified_ns(metadata), source: source.to_string() }
}

/// Size and hash of a file.
pub fn hash_file(path: &Path) -> Result<(u64, String), InstallError> {
    let mut hasher = Sha256::new();
    let size = copy_hashing(path, &mut std::io::sink(), &mut hasher)?;
    Ok((size, hex::encode(hasher.finalize())))
}

/// Joins files into one and puts it safely on disk; gives its size and hash.
fn assemble(files: &[PathBuf], target: &Path) -> Result<(u64, String), InstallError> {
    let mut out = File::create(target).map_err(io(target))?;
    let mut hasher = Sha256::new();
    let mut size = 0;
    for file in files {
        size += copy_hashing(file, &mut out, &mut hasher)?;
    }
    out.sync_all().map_err(io(target))?;
    Ok((size, hex::encode(hasher.finalize())))
}

fn copy_hashing(path: &Path, out: &mut dyn Write, hasher: &mut Sha256) -> Result<u64, InstallError> {
    let mut file = File::open(path).map_err(io(path))?;
    let mut buffer = vec![0u8; 1 << 20];
    let mut size = 0;
    loop {
        let n = file.read(&mut buffer).map_err(io(path))?;
        if n == 0 {
            return Ok(size);
        }
        hasher.update(&buffer[..n]);
        out.write_all(&buffer[..n]).map_err(io(path))?;
        size += n as u64;
    }
}

/// Downloads with the user's own `curl`, over https only.
fn download(source: &Source, target: &Path) -> Result<(), InstallError> {
    let (url, host) = match source {
        Source::Hub { repository, file, revision } => {
            (format!("https://huggingface.co/{repository}/resolve/{revision}/{file}"), "huggingface.co".to_owned())
        }
        Source::Web { url } => (url.clone(), source.host().unwrap_or_default().to_owned()),
        _ => return Err(InstallError::Download { host: String::new(), why: format!("{source} is no address") }),
    };
    let failed = |why: String| InstallError::Download { host: host.clone(), why };
    let status = Command::new("curl")
        .args(["--fail", "--location", "--proto", "=https", "--proto-redir", "=https", "--retry", "2", "--progress-bar", "--output"])
        .arg(target)
        .arg("--")
        .arg(&url)
        .stdin(Stdio::null())
        .status()
        .map_err(|e| failed(format!("`curl` could not be started ({e}); install it, or fetch {url} yourself and use --from DIR")))?;
    if status.success() { Ok(()) } else { Err(failed(format!("curl: {status}, {url}"))) }
}

#[cfg(test)]
#[path = "install_tests.rs"]
mod tests;
