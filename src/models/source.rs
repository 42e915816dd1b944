//! Where model files are found on this machine: npm packages under `node_modules` or a given folder, ready files,
//! files inside the program. Nothing here talks to a network.

use std::path::{Path, PathBuf};

use rust_embed::RustEmbed;
use serde::Deserialize;

use super::manifest::Source;

/// Small models and licence texts that the program carries.
#[derive(RustEmbed)]
#[folder = "onnx/"]
struct Bundled;

/// The bytes of a file inside the program, by its path under `onnx/`.
pub fn bundled(name: &str) -> Option<Vec<u8>> {
    Bundled::get(name).map(|file| file.data.into_owned())
}

/// The parts that make up one file, in order.
#[derive(Debug, PartialEq, Eq)]
pub struct Parts {
    pub files: Vec<PathBuf>,
    /// The package's folder, for its licence texts.
    pub package_dir: Option<PathBuf>,
}

/// Why a package's content could not be used.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("{0} was not found")]
    NotFound(String),
    #[error("{path}: {why}")]
    Unreadable { path: PathBuf, why: String },
}

/// The folders in which packages are looked for: the given one, else the working folder and the program's folder with
/// everything above them.
fn roots(from: Option<&Path>) -> Vec<PathBuf> {
    if let Some(dir) = from {
        return vec![dir.to_owned()];
    }
    let starts = [std::env::current_dir().ok(), std::env::current_exe().ok()];
    let mut roots: Vec<PathBuf> = starts.iter().flatten().flat_map(|s| s.ancestors()).map(Path::to_owned).collect();
    roots.dedup();
    roots
}

/// The folder of an npm package: `ROOT/node_modules/PACKAGE`; with `from` also `FROM/PACKAGE`, `FROM` itself and the
/// `package` folder of an unpacked tarball, where `package.json` says that it is the one.
pub fn package_dir(package: &str, from: Option<&Path>) -> Option<PathBuf> {
    let named = |dir: &Path| package_json(dir).is_some_and(|json| json.name == package);
    roots(from).into_iter().find_map(|root| {
        let mut places = vec![root.join("node_modules").join(package)];
        if from.is_some() {
            places.extend([root.join(package), root.join("package"), root.clone()]);
        }
        places.into_iter().find(|dir| named(dir))
    })
}

#[derive(Deserialize)]
struct PackageJson {
    name: String,
    version: String,
}

fn package_json(dir: &Path) -> Option<PackageJson> {
    serde_json::from_slice(&std::fs::read(dir.join("package.json")).ok()?).ok()
}

/// One whole file of a package, if it is there.
pub fn find_in_node_modules(source: &Source, from: Option<&Path>) -> Option<PathBuf> {
    let Source::Npm { package, path, key: None, .. } = source else { return None };
    let file = package_dir(package, from)?.join(path);
    file.is_file().then_some(file)
}

/// Finds the file or the chunks that an npm source means.
pub fn npm_parts(source: &Source, from: Option<&Path>) -> Result<Parts, SourceError> {
    let Source::Npm { package, version, path, key } = source else { return Err(SourceError::NotFound(source.to_string())) };
    let dir = package_dir(package, from).ok_or_else(|| SourceError::NotFound(format!("the npm package {package}@{version}")))?;
    if let Some(found) = package_json(&dir).map(|json| json.version).filter(|v| v != version) {
        tracing::warn!(package, found, expected = version, "another version of the package; the checksum decides");
    }
    let file = dir.join(path);
    let files = match key {
        None if file.is_file() => vec![file],
        None => return Err(SourceError::NotFound(file.display().to_string())),
        Some(key) => chunk_files(&file, key)?,
    };
    Ok(Parts { files, package_dir: Some(dir) })
}

#[derive(Deserialize)]
struct Chunk {
    hash: String,
    offsets: [u64; 2],
}

#[derive(Deserialize)]
struct Resource {
    size: u64,
    chunks: Vec<Chunk>,
}

/// The chunks of `key` in a `resources.json`: files named by their hash beside it, ordered by offset, without gaps.
fn chunk_files(list: &Path, key: &str) -> Result<Vec<PathBuf>, SourceError> {
    let unreadable = |why: String| SourceError::Unreadable { path: list.to_owned(), why };
    let bytes = std::fs::read(list).map_err(|e| unreadable(e.to_string()))?;
    let mut all: std::collections::HashMap<String, Resource> = serde_json::from_slice(&bytes).map_err(|e| unreadable(e.to_string()))?;
    let mut resource = all.remove(key).ok_or_else(|| unreadable(format!("it lists no `{key}`")))?;
    resource.chunks.sort_by_key(|c| c.offsets[0]);
    let mut end = 0;
    for chunk in &resource.chunks {
        if chunk.offsets[0] != end || !chunk.hash.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(unreadable(format!("the chunks of `{key}` do not follow one another")));
        }
        end = chunk.offsets[1];
    }
    if end != resource.size {
        return Err(unreadable(format!("the chunks of `{key}` make {end} of {} bytes", resource.size)));
    }
    let folder = list.parent().unwrap_or(Path::new("."));
    Ok(resource.chunks.iter().map(|c| folder.join(&c.hash)).collect())
}
