//! ONNX Runtime's shared library: found, checked and loaded once per process, telemetry off, its log filtered.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use ort::environment::Environment;
use ort::logging::LogLevel;

use super::error::ModelError;
use super::manifest::RuntimeInfo;
use super::source::{Search, find_in_node_modules};

/// The loaded library. One per process: ONNX Runtime allows one environment.
pub struct Runtime {
    environment: Environment,
    version: String,
    path: PathBuf,
}

static RUNTIME: OnceLock<Runtime> = OnceLock::new();
static LOADING: Mutex<()> = Mutex::new(());

impl Runtime {
    pub(super) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// `1.30.0`, or the library's build identification where it names no release.
    pub fn version(&self) -> &str {
        &self.version
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the models run. This build has ONNX Runtime's CPU provider only.
    pub fn provider(&self) -> &'static str {
        "cpu"
    }
}

/// The runtime if some model has already loaded it.
pub fn loaded() -> Option<&'static Runtime> {
    RUNTIME.get()
}

/// Loads the library at the first call; later calls and concurrent ones get the same.
/// A failed load may be tried again, e.g. after an install.
pub fn get(models_dir: &Path, info: &RuntimeInfo) -> Result<&'static Runtime, ModelError> {
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let _single_flight = LOADING.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let runtime = load(&find_library(models_dir, info)?)?;
    Ok(RUNTIME.get_or_init(|| runtime))
}

/// The library that would be loaded: `PORTICO_ORT_LIB`, else `lib/` of the models folder, else `node_modules` above
/// the program. What is found first is used or complained about, never silently passed over.
pub fn find_library(models_dir: &Path, info: &RuntimeInfo) -> Result<PathBuf, ModelError> {
    if let Some(path) = std::env::var_os("PORTICO_ORT_LIB").filter(|p| !p.is_empty()) {
        let path = PathBuf::from(path);
        return match path.is_file() {
            // ort would look for a relative path beside the program first.
            true => Ok(std::path::absolute(&path).unwrap_or(path)),
            false => Err(ModelError::runtime_unsuitable(&format!("PORTICO_ORT_LIB names {}, which is not a file", path.display()))),
        };
    }
    let Some(library) = info.for_this_platform() else {
        return Err(ModelError::runtime_unsuitable("none is known for this kind of machine; name one in PORTICO_ORT_LIB"));
    };
    let installed = models_dir.join("lib").join(&library.file);
    if installed.is_file() {
        return Ok(std::path::absolute(&installed).unwrap_or(installed));
    }
    find_in_node_modules(&library.source, Search::Program).ok_or_else(ModelError::runtime_missing)
}

/// Loads the library at `path` without looking for others.
fn load(path: &Path) -> Result<Runtime, ModelError> {
    check_complete(path).map_err(|why| ModelError::runtime_unsuitable(&why))?;
    let unsuitable = |e: &dyn std::fmt::Display| ModelError::runtime_unsuitable(&e.to_string());
    // `with_telemetry(false)` below comes too late for what the library does while it is loaded.
    crate::sys::forbid_runtime_telemetry();
    let environment = ort::init_from(path)
        .map_err(|e| unsuitable(&e))?
        .with_name("portico")
        .with_telemetry(false)
        .with_logger(Arc::new(log))
        .build()
        .map_err(|e| unsuitable(&e))?;
    environment.set_log_level(LogLevel::Warning);
    let version = crate::sys::onnxruntime_version(path).unwrap_or_else(|| version_of(ort::info()));
    tracing::debug!(version, path = %path.display(), "ONNX Runtime loaded");
    Ok(Runtime { environment, version, path: path.to_owned() })
}

/// ONNX Runtime's own messages, without the hundreds of lines that it writes for every session.
fn log(level: LogLevel, category: &str, _id: &str, _location: &str, message: &str) {
    match level {
        LogLevel::Fatal | LogLevel::Error => tracing::error!(target: "onnxruntime", category, "{message}"),
        // Saving an optimised graph warns that it fits this machine only, which is why it is made here.
        LogLevel::Warning if !message.contains("Serializing optimized model") => {
            tracing::warn!(target: "onnxruntime", category, "{message}")
        }
        _ => {}
    }
}

/// The release in a build identification like `ORT Build Info: git-branch=rel-1.30.0, git-commit-id=…`.
fn version_of(info: &str) -> String {
    let field = |name: &str| info.split([' ', ',']).find_map(|part| part.strip_prefix(name));
    if let Some(version) = field("git-branch=rel-").filter(|v| !v.is_empty()) {
        return version.to_owned();
    }
    field("git-commit-id=").map_or_else(|| "unknown".to_owned(), |id| format!("commit-{id}"))
}

/// A truncated ELF file would be mapped and then kill the process with SIGBUS, so its length is checked first: the
/// section headers stand at the end of the file, and its header says where (ELF-64 specification, `e_shoff`).
fn check_complete(path: &Path) -> Result<(), String> {
    let describe = |e: std::io::Error| format!("{}: {e}", path.display());
    let mut file = std::fs::File::open(path).map_err(describe)?;
    let len = file.metadata().map_err(describe)?.len();
    let mut header = [0u8; 64];
    if len < 64 {
        return Err(format!("{} is not a library ({len} bytes)", path.display()));
    }
    file.seek(SeekFrom::Start(0)).and_then(|_| file.read_exact(&mut header)).map_err(describe)?;
    // Magic, 64 bits, little-endian; other formats are left to the system's loader.
    if header[..6] != *b"\x7fELF\x02\x01" {
        return Ok(());
    }
    let number = |at: usize, bytes: usize| header[at..at + bytes].iter().rev().fold(0u64, |n, &b| n << 8 | u64::from(b));
    let (offset, entry, count) = (number(40, 8), number(58, 2), number(60, 2));
    let needed = offset.saturating_add(entry * count);
    if needed > len { Err(format!("{} is cut short ({len} of {needed} bytes)", path.display())) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::Manifest;
    use crate::text::Explain;

    #[test]
    fn the_version_is_read_from_the_build_identification() {
        assert_eq!(version_of("ORT Build Info: git-branch=rel-1.30.0, git-commit-id=26250ae, build type=Release"), "1.30.0");
        assert_eq!(version_of("ORT Build Info: git-branch=main, git-commit-id=26250ae"), "commit-26250ae");
    }

    #[test]
    fn a_library_cut_short_is_refused_before_it_is_loaded() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lib.so");
        let mut header = vec![0u8; 4096];
        header[..6].copy_from_slice(b"\x7fELF\x02\x01");
        header[40..48].copy_from_slice(&1_000_000u64.to_le_bytes());
        header[58..60].copy_from_slice(&64u16.to_le_bytes());
        header[60..62].copy_from_slice(&30u16.to_le_bytes());
        std::fs::write(&path, &header).unwrap();
        let error = load(&path).err().unwrap();
        assert_eq!(error.code(), "runtime_unsuitable");
        assert!(error.text().en.contains("cut short") && error.text().en.contains("portico models install"), "{error}");
    }

    #[test]
    fn a_file_that_is_no_library_is_refused_with_the_command() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lib.so");
        std::fs::write(&path, vec![b'x'; 5000]).unwrap();
        let error = load(&path).err().unwrap();
        assert_eq!(error.code(), "runtime_unsuitable");
        assert!(error.text().zh.contains("portico models install"));
    }

    #[test]
    fn a_platform_without_a_known_library_is_said_so() {
        let mut info = Manifest::embedded().runtime().clone();
        info.library.clear();
        if std::env::var_os("PORTICO_ORT_LIB").is_none() {
            let error = find_library(Path::new("nowhere"), &info).unwrap_err();
            assert!(error.text().en.contains("PORTICO_ORT_LIB"));
        }
    }
}
