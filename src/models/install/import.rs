//! Importing an upscaler written for ncnn: turned into ONNX, tried once, installed with an entry of its own in `models.d/`.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::{InstallError, Installer, Parts, Wanted, io};
use crate::models::ncnn::{self, Imported};
use crate::models::session::{LoadedSession, Optimise, SessionSpec};
use crate::models::{Manifest, ModelInfo, Tensor, graph, runtime};
use crate::text::Explain;

/// Height and width of the trial's input before they are made to fit the model: not square, so that a mix-up shows.
const TRIAL: [u32; 2] = [24, 40];

/// What was imported.
#[derive(Debug)]
pub struct Import {
    pub info: ModelInfo,
    pub scale: u32,
    pub layers: usize,
    /// Whether ONNX Runtime was there to try it.
    pub tried: bool,
}

/// A name for the model out of its file's: what a manifest allows, other characters as `-`.
pub fn name_of(param: &Path) -> String {
    let stem = param.file_stem().unwrap_or_default().to_string_lossy();
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    stem.trim_start_matches('.').chars().map(plain).collect()
}

impl Installer<'_> {
    /// Imports `param` and `bin` as the model `name`, on request as the default for its job; an earlier import of that name is replaced.
    ///
    /// # Errors
    /// Everything that can be wrong with the files, `name_taken`, and what a trial run says. Nothing is installed then.
    pub fn import(&self, (param, bin): (&Path, &Path), name: &str, default: bool) -> Result<Import, InstallError> {
        let entry = self.dir.join("models.d").join(format!("{name}.toml"));
        let taken = Manifest::embedded().model(name).is_some() || (entry.exists() && !ncnn::is_entry_file(&entry));
        if taken || name.is_empty() || name != name_of(Path::new(&format!("{name}.param"))) {
            return Err(InstallError::Name { name: name.to_owned() });
        }
        let (imported, bytes) = converted(param, bin)?;
        let sha256 = hex::encode(Sha256::digest(&bytes));
        let source = crate::models::manifest::Source::ncnn(&absolute(param), &absolute(bin));
        let info = ncnn::model_info(name, &imported, source, (bytes.len() as u64, sha256.clone()));
        let folder = self.dir.join("models.d");
        std::fs::create_dir_all(&folder).map_err(io(&folder))?;
        let mut tried = false;
        // Written under a name that no manifest reads, so that an entry never stands without its model.
        let waiting = folder.join(format!(".{name}.{}.part", std::process::id()));
        std::fs::write(&waiting, ncnn::entry_file(&info, default)).map_err(io(&waiting))?;
        let put = self.put(&Wanted::model(&info), |temporary| {
            std::fs::write(temporary, &bytes).map_err(io(temporary))?;
            tried = self.try_out(temporary, &imported)?;
            Ok((Parts { files: vec![], package_dir: None }, bytes.len() as u64, sha256))
        });
        let done = put.and_then(|()| std::fs::rename(&waiting, &entry).map_err(io(&entry)));
        if let Err(e) = done {
            let _ = std::fs::remove_file(&waiting);
            return Err(e);
        }
        Ok(Import { info, scale: imported.scale, layers: imported.layers, tried })
    }

    /// Runs the model once where ONNX Runtime is there: the size of its output has to be what the layers say.
    fn try_out(&self, model: &Path, imported: &Imported) -> Result<bool, InstallError> {
        let Ok(runtime) = runtime::get(self.dir, Manifest::embedded().runtime()) else { return Ok(false) };
        let failed = |why: String| InstallError::Trial { why };
        let outputs = [ncnn::OUTPUT.to_owned()];
        let spec = SessionSpec { name: "import", outputs: &outputs, threads: crate::models::available_threads() };
        let mut session = LoadedSession::open(runtime, model, Optimise::Now, &spec).map_err(failed)?;
        let [height, width] = TRIAL.map(|side| side.next_multiple_of(imported.multiple) as usize);
        let data = (0..3 * height * width).map(|i| (i % 97) as f32 / 96.0).collect();
        let answer = session.run_alone(&[Tensor { shape: vec![1, 3, height, width], data }]).map_err(|e| failed(e.text().en))?;
        let scale = imported.scale as usize;
        match &answer[..] {
            [output] if output.shape == [1, 3, height * scale, width * scale] && output.data.iter().all(|v| v.is_finite()) => Ok(true),
            _ => {
                let shapes: Vec<_> = answer.iter().map(|t| &t.shape).collect();
                Err(failed(format!("{height} × {width} → {shapes:?}")))
            }
        }
    }
}

/// The network and the ONNX file it becomes.
fn converted(param: &Path, bin: &Path) -> Result<(Imported, Vec<u8>), InstallError> {
    let read = |path: &Path| std::fs::read(path).map_err(io(path));
    let imported = ncnn::import(&read(param)?, Bytes::from(read(bin)?))?;
    let bytes = graph::encode(&imported.model);
    Ok((imported, bytes))
}

/// An entry is read from any working folder.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Imports again, from the files' old places or from a folder that holds them: the way a removed or damaged model comes back.
pub(super) fn fetch(from: Option<&Path>, param: &Path, bin: &Path, temporary: &Path) -> Result<(Parts, u64, String), InstallError> {
    let place =
        |path: &Path| from.and_then(|dir| Some(dir.join(path.file_name()?))).filter(|p| p.is_file()).unwrap_or_else(|| path.to_owned());
    let (_, bytes) = converted(&place(param), &place(bin))?;
    std::fs::write(temporary, &bytes).map_err(io(temporary))?;
    let sha256 = hex::encode(Sha256::digest(&bytes));
    Ok((Parts { files: vec![], package_dir: None }, bytes.len() as u64, sha256))
}

/// Takes the entry away that [`Installer::import`] wrote, and no other.
pub(super) fn remove_entry(dir: &Path, info: &ModelInfo) -> Result<(), InstallError> {
    let entry = dir.join("models.d").join(format!("{}.toml", info.name));
    if ncnn::is_entry_file(&entry) { std::fs::remove_file(&entry).map_err(io(&entry)) } else { Ok(()) }
}

#[cfg(test)]
#[path = "import_tests.rs"]
mod tests;
