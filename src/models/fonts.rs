//! Fonts of the models folder: what the manifest knows of them, and opening them once per process.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use portico_lettering::{Fonts, LetteringError};
use serde::{Deserialize, Serialize};

use super::manifest::{Licence, Source};
use super::stamp::modified_ns;
use super::{Manifest, Models};

/// Where fonts lie in the models folder.
pub const FOLDER: &str = "fonts";

/// One family of the manifest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FontInfo {
    pub name: String,
    pub summary_zh: String,
    pub summary_en: String,
    /// One for each weight.
    pub files: Vec<FontFile>,
    pub licence: Licence,
}

/// One file of a family.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FontFile {
    /// File name in the folder [`FOLDER`].
    pub file: String,
    /// Bytes.
    pub size: u64,
    pub sha256: String,
    pub source: Source,
}

impl FontInfo {
    /// The command that installs or mends it.
    pub fn install_command(&self) -> String {
        format!("portico models install {}", self.name)
    }

    /// Bytes of all its files.
    pub fn size(&self) -> u64 {
        self.files.iter().map(|f| f.size).sum()
    }

    /// Whether all its files are there.
    pub fn is_installed(&self, models_dir: &Path) -> bool {
        let whole = |f: &FontFile| std::fs::metadata(models_dir.join(FOLDER).join(&f.file)).is_ok_and(|m| m.len() == f.size);
        self.files.iter().all(whole)
    }
}

/// Files by what they are and when they were last written, and the fonts opened from them.
type Opened = (Vec<(PathBuf, u64)>, Arc<Fonts>);

impl Models {
    /// The fonts that text is drawn with: those of the manifest that are installed, then others in the folder `fonts`, then the machine's own. Opened
    /// on first use, and again when a file of the folder came, went or changed.
    ///
    /// # Errors
    /// When there is no font at all.
    pub fn fonts(&self) -> Result<Arc<Fonts>, LetteringError> {
        static OPENED: Mutex<Option<Opened>> = Mutex::new(None);
        let mut files = self.dir().map(|dir| font_files(dir, &self.manifest())).unwrap_or_default();
        let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, fonts)) = opened.as_ref().filter(|(known, _)| *known == files) {
            tracing::trace!(files = known.len(), "fonts are open");
            return Ok(fonts.clone());
        }
        let key = files.clone();
        let fonts = loop {
            let paths: Vec<PathBuf> = files.iter().map(|(path, _)| path.clone()).collect();
            match Fonts::open(&paths, true) {
                Err(LetteringError::Unreadable(path)) => {
                    tracing::warn!(file = %path.display(), "not a font that can be read; it is left out");
                    files.retain(|(file, _)| *file != path);
                }
                other => break Arc::new(other?),
            }
        };
        *opened = Some((key, fonts.clone()));
        Ok(fonts)
    }
}

/// The manifest's fonts in its order, then others by name.
fn font_files(models_dir: &Path, manifest: &Manifest) -> Vec<(PathBuf, u64)> {
    let folder = models_dir.join(FOLDER);
    let known: Vec<PathBuf> = manifest.fonts().iter().flat_map(|f| &f.files).map(|f| folder.join(&f.file)).collect();
    let is_font = |path: &PathBuf| {
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
        ["ttf", "otf", "ttc", "otc"].contains(&extension.as_str())
    };
    let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|e| e.path());
    let mut others: Vec<PathBuf> = entries.filter(|p| is_font(p) && !known.contains(p)).collect();
    others.sort();
    let stamped = |path: PathBuf| std::fs::metadata(&path).ok().filter(|m| m.is_file()).map(|m| (path, modified_ns(&m)));
    known.into_iter().chain(others).filter_map(stamped).collect()
}

#[cfg(test)]
mod tests {
    use super::super::ModelsConfig;
    use super::*;

    #[test]
    fn fonts_of_the_folder_come_first_and_a_file_that_is_none_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join(FOLDER);
        std::fs::create_dir(&folder).unwrap();
        let tiny = format!("{}/crates/lettering/tests/fixtures/tiny.ttf", env!("CARGO_MANIFEST_DIR"));
        std::fs::copy(tiny, folder.join("tiny.ttf")).unwrap();
        std::fs::write(folder.join("broken.ttf"), "no font").unwrap();
        let models = Models::open(ModelsConfig::new(dir.path())).unwrap();
        let fonts = models.fonts().unwrap();
        assert_eq!(fonts.family(), "Tiny");
        assert!(Arc::ptr_eq(&fonts, &models.fonts().unwrap()), "opened once");
        let other = format!("{}/crates/lettering/tests/fixtures/other.ttf", env!("CARGO_MANIFEST_DIR"));
        std::fs::copy(other, folder.join("a.ttf")).unwrap();
        assert_eq!(models.fonts().unwrap().family(), "Other", "what came since is seen");
    }

    #[test]
    fn the_manifest_has_a_font_whose_files_are_pinned_and_free() {
        let manifest = Manifest::embedded();
        let font = manifest.font("noto-sans-sc").unwrap();
        assert!(font.files.iter().all(|f| f.sha256.len() == 64 && f.source.host().is_none()));
        assert!(font.licence.name.contains("OFL"));
        assert!(!font.is_installed(Path::new("/nonexistent")));
    }
}
