//! What is installed: `installed.json` of the models folder, written by the installer, so that size and hash of every
//! file are known without reading it again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::manifest::ModelInfo;

/// One installed file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    pub size: u64,
    pub sha256: String,
    /// Modification time in nanoseconds since 1970 when it was verified; another one means: verify again.
    pub modified_ns: u64,
    /// Where it came from, as in the manifest.
    pub source: String,
}

/// All stamps by file, relative to the models folder.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Stamps {
    pub files: BTreeMap<String, Stamp>,
}

fn path(models_dir: &Path) -> PathBuf {
    models_dir.join("installed.json")
}

impl Stamps {
    /// Empty where there are none or they cannot be read: then files are verified again.
    pub fn read(models_dir: &Path) -> Stamps {
        std::fs::read(path(models_dir)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    pub fn write(&self, models_dir: &Path) -> std::io::Result<()> {
        let temporary = models_dir.join(format!("installed-{}.tmp", std::process::id()));
        std::fs::write(&temporary, serde_json::to_vec_pretty(self)?)?;
        std::fs::rename(temporary, path(models_dir))
    }
}

/// Modification time in nanoseconds since 1970; 0 where the system keeps none.
pub fn modified_ns(metadata: &std::fs::Metadata) -> u64 {
    metadata.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok()).map_or(0, |d| d.as_nanos() as u64)
}

/// The hash of an installed model: the manifest's, else the one pinned by its first install.
pub fn sha256_of(models_dir: &Path, info: &ModelInfo) -> Option<String> {
    info.sha256.clone().or_else(|| Stamps::read(models_dir).files.get(&info.file).map(|s| s.sha256.clone()))
}

/// The size that an installed model should have, by the same rule.
pub fn size_of(models_dir: &Path, info: &ModelInfo) -> Option<u64> {
    info.size.or_else(|| Stamps::read(models_dir).files.get(&info.file).map(|s| s.size))
}
