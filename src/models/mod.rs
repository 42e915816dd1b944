//! Models: manifest, installation, ONNX Runtime, one owner thread per session, one file per model family.
//!
//! * [`manifest`] – what exists: names, sources, licences, constants ([`Manifest`], overlay files).
//! * [`install`], [`source`], [`stamp`] – getting files into the models folder, verified.
//! * [`runtime`] – ONNX Runtime's library. [`graph`] (over [`onnx`]) – edits of model files. [`prepare`] – the one-time
//!   preparation for this machine.
//! * [`ncnn`] – upscalers of another runtime, turned into ONNX.
//! * [`pool`], [`session`] – owner threads and what they own.
//! * [`isnet`] – matte models: picture → input, output → alpha.
//! * [`nanodet`], [`blazeface`] – objects and faces as boxes; [`facemesh`] – the outline and landmarks of a face; [`selfie`] – people against the rest;
//!   [`tiles`] – pictures into pictures; [`face_restore`] – faces drawn anew. They share
//!   [`fit`] (picture → input) and [`boxes`] (which boxes are one thing).
//! * [`tint`] – lightness → chroma.
//! * [`fonts`] – what text is drawn with.
//! * [`threads`] – how many of them this process may use.
//! * [`memo`] – what models said about pictures, kept for a while.
//!
//! [`Models`] is all that the rest of the program needs.

pub mod blazeface;
pub mod boxes;
pub mod error;
pub mod face_restore;
pub mod facemesh;
pub mod fit;
pub mod fonts;
pub mod graph;
pub mod install;
pub mod isnet;
pub mod manifest;
pub mod memo;
pub mod nanodet;
pub mod ncnn;
pub mod onnx;
pub mod pool;
pub mod prepare;
pub mod runtime;
pub mod selfie;
pub mod session;
pub mod source;
pub mod stamp;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod threads;
pub mod tiles;
pub mod tint;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::cancel::Cancel;

pub use error::ModelError;
pub use manifest::{Commercial, Manifest, ModelInfo};
pub use prepare::{Preparer, prepare_child_main};
pub use threads::available_threads;

use crate::presets::Presets;
use memo::Memo;
use pool::{Limits, Loader, Pool, Runner};
use prepare::Preparation;
use session::{LoadedSession, Optimise, SessionSpec};

/// What is remembered about pictures, all together: a handful of masks of 12 megapixels.
const MEMO_BYTES: usize = 96 << 20;

/// A dense tensor, row-major.
#[derive(Clone, Debug)]
pub struct Tensor {
    pub shape: Vec<usize>,
    pub data: Vec<f32>,
}

/// Outputs of one run and where its time went.
#[derive(Debug)]
pub struct Inference {
    pub outputs: Vec<Tensor>,
    /// Inside ONNX Runtime's `Run`.
    pub run: Duration,
    /// In the queue of the session's owner thread.
    pub wait: Duration,
    /// Waiting for the model to be loaded (and on first use prepared).
    pub load: Duration,
    /// Of the model file as installed.
    pub sha256: String,
}

/// How [`Models`] are opened.
#[derive(Clone, Debug)]
pub struct ModelsConfig {
    /// The models folder; see [`models_dir`].
    pub dir: PathBuf,
    /// Threads per session; 0: as many as this process may use (container limits count).
    pub threads: usize,
    /// Memory of all loaded models together, in bytes.
    pub budget_bytes: u64,
    /// An unused model is unloaded after this.
    pub idle_ttl: Duration,
    pub preparer: Preparer,
}

impl ModelsConfig {
    /// The defaults for a folder: all threads, 2 GiB, 5 minutes.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        ModelsConfig {
            dir: dir.into(),
            threads: 0,
            budget_bytes: 2 << 30,
            idle_ttl: Duration::from_secs(300),
            preparer: Preparer::of_this_program(),
        }
    }
}

/// The models folder: what a flag or `PORTICO_MODELS` says, else `models` beside the program if it is there, else the
/// user's data folder. Never the working folder: a library is loaded from here.
pub fn models_dir(flag: Option<&Path>) -> PathBuf {
    if let Some(dir) = flag {
        return dir.to_owned();
    }
    let var = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    if let Some(dir) = var("PORTICO_MODELS") {
        return dir;
    }
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("models")));
    if let Some(dir) = beside.filter(|dir| dir.is_dir()) {
        return dir;
    }
    let data = var("XDG_DATA_HOME").or_else(|| var("HOME").map(|home| home.join(".local/share"))).or_else(|| var("LOCALAPPDATA"));
    data.map_or_else(|| PathBuf::from("models"), |data| data.join("portico/models"))
}

/// State of one model, for lists.
#[derive(Clone, Debug)]
pub struct ModelStatus {
    pub info: ModelInfo,
    /// It is the default for its job.
    pub default: bool,
    pub installed: bool,
    pub loaded: bool,
    /// Measured memory while loaded, else 0.
    pub loaded_bytes: u64,
}

struct Inner {
    config: ModelsConfig,
    manifest: Manifest,
    presets: Arc<Presets>,
    pool: Pool,
    memo: Memo,
}

/// Everything about models that this process knows; cheap to clone, loads nothing until asked.
#[derive(Clone)]
pub struct Models {
    inner: Option<Arc<Inner>>,
    patient: bool,
}

impl Models {
    /// Reads the manifest, the platforms' presets and the overlays of both. Loads nothing; the folder need not exist.
    pub fn open(config: ModelsConfig) -> Result<Models, ModelError> {
        let invalid = |e: manifest::ManifestError| {
            ModelError::unusable("manifest_invalid", format!("模型清单有误：{e}"), format!("The model manifest is not valid: {e}"))
        };
        let manifest = Manifest::with_overlays(&config.dir).map_err(invalid)?;
        let wrong = |e: crate::presets::PresetError| {
            ModelError::unusable("presets_invalid", format!("平台规格文件有误：{e}"), format!("The platform presets are not valid: {e}"))
        };
        let presets = Arc::new(Presets::with_overlays(&config.dir).map_err(wrong)?);
        let loader = OrtLoader { config: config.clone(), manifest: manifest.clone() };
        let limits = Limits { budget_bytes: config.budget_bytes, idle_ttl: config.idle_ttl };
        let pool = Pool::new(Arc::new(loader), limits);
        let inner = Inner { config, manifest, presets, pool, memo: Memo::new(MEMO_BYTES) };
        Ok(Models { inner: Some(Arc::new(inner)), patient: false })
    }

    /// No models at all: every use is a `model_missing`.
    pub fn none() -> Models {
        Models { inner: None, patient: false }
    }

    /// The same models for work that nobody waits for: its runs let those of others go first.
    pub fn patient(&self) -> Models {
        Models { inner: self.inner.clone(), patient: true }
    }

    /// Runs `model` (a manifest name), blocking; loads it on first use. Inputs in the model's order.
    pub fn infer(&self, model: &str, inputs: Vec<Tensor>, cancel: &Cancel) -> Result<Inference, ModelError> {
        if inputs.is_empty() {
            return Err(ModelError::input(model, "no tensor was given"));
        }
        let (inner, sha256) = self.usable(model)?;
        let answer = inner.pool.infer_in_turn(model, inputs, self.patient, cancel)?;
        Ok(Inference { outputs: answer.outputs, run: answer.run, wait: answer.wait, load: answer.load, sha256 })
    }

    /// Loads `model` so that its first use is quick; gives the time that took.
    pub fn warm(&self, model: &str, cancel: &Cancel) -> Result<Duration, ModelError> {
        self.usable(model)?.0.pool.warm(model, cancel)
    }

    /// Whether a run would start at once: nothing to load or to prepare.
    pub fn is_loaded(&self, model: &str) -> bool {
        self.inner.as_deref().is_some_and(|inner| inner.pool.loaded().iter().any(|l| l.model == model && l.ready))
    }

    /// The pool and the model's hash, if its file is there and whole.
    fn usable(&self, model: &str) -> Result<(&Inner, String), ModelError> {
        let inner = self.inner.as_deref().ok_or_else(|| ModelError::none_installed(model))?;
        let info = inner.manifest.model(model).ok_or_else(|| ModelError::unknown(model))?;
        let sha256 = check_file(&inner.config.dir, info)?;
        Ok((inner, sha256))
    }

    /// The default model for a job, if it is installed; the error tells how to install it.
    pub fn default_for(&self, job: &str) -> Result<ModelInfo, ModelError> {
        let inner = self.inner.as_deref().ok_or_else(|| ModelError::none_installed(job))?;
        let info = inner.manifest.default_for(job).ok_or_else(|| ModelError::no_default(job))?;
        check_file(&inner.config.dir, info)?;
        Ok(info.clone())
    }

    /// The model to use for a job that any of its models can do: the default, else the first one that is installed. The error is the default's.
    pub fn installed_for(&self, job: &str) -> Result<ModelInfo, ModelError> {
        let first = match self.default_for(job) {
            Err(e) => e,
            found => return found,
        };
        let inner = self.inner.as_deref().ok_or_else(|| ModelError::none_installed(job))?;
        let mut all = inner.manifest.models().iter().filter(|m| m.job == job);
        all.find(|m| check_file(&inner.config.dir, m).is_ok()).cloned().ok_or(first)
    }

    /// The installed model of this name for a job; the error says what there is or how to install it.
    pub fn installed(&self, job: &str, name: &str) -> Result<ModelInfo, ModelError> {
        let inner = self.inner.as_deref().ok_or_else(|| ModelError::none_installed(name))?;
        let info = inner.manifest.model(name).filter(|m| m.job == job).ok_or_else(|| ModelError::unknown(name))?;
        check_file(&inner.config.dir, info)?;
        Ok(info.clone())
    }

    /// What models said about pictures before; `None` for [`Models::none`].
    pub fn memo(&self) -> Option<&Memo> {
        self.inner.as_deref().map(|inner| &inner.memo)
    }

    /// What exists; the one inside the program for [`Models::none`].
    pub fn manifest(&self) -> Manifest {
        self.inner.as_deref().map_or_else(Manifest::embedded, |inner| inner.manifest.clone())
    }

    /// What platforms ask of pictures, the models folder's own presets included; those inside the program for [`Models::none`].
    pub fn presets(&self) -> Arc<Presets> {
        self.inner.as_deref().map_or_else(|| Arc::new(Presets::embedded()), |inner| inner.presets.clone())
    }

    /// All models of the manifest.
    pub fn status(&self) -> Vec<ModelStatus> {
        let manifest = self.manifest();
        let loaded = self.inner.as_deref().map(|inner| inner.pool.loaded()).unwrap_or_default();
        let describe = |info: &ModelInfo| {
            let in_pool = loaded.iter().find(|l| l.model == info.name && l.ready);
            ModelStatus {
                default: manifest.default_for(&info.job).is_some_and(|d| d.name == info.name),
                installed: self.inner.as_deref().is_some_and(|inner| check_file(&inner.config.dir, info).is_ok()),
                loaded: in_pool.is_some(),
                loaded_bytes: in_pool.map_or(0, |l| l.bytes),
                info: info.clone(),
            }
        };
        manifest.models().iter().map(describe).collect()
    }

    /// The sha256 of every model that is installed and whole.
    pub fn hashes(&self) -> BTreeMap<String, String> {
        let Some(inner) = self.inner.as_deref() else { return BTreeMap::new() };
        let hash = |info: &ModelInfo| Some((info.name.clone(), check_file(&inner.config.dir, info).ok()?));
        inner.manifest.models().iter().filter_map(hash).collect()
    }

    /// How often each model was loaded.
    pub fn loads(&self) -> Vec<(String, u64)> {
        self.inner.as_deref().map(|inner| inner.pool.loads()).unwrap_or_default()
    }

    /// ONNX Runtime's version and the provider in use; `None` until a model was loaded.
    pub fn runtime(&self) -> Option<(String, &'static str)> {
        runtime::loaded().map(|r| (r.version().to_owned(), r.provider()))
    }

    /// Whether ONNX Runtime's library is there, and which file it is; loads nothing.
    pub fn runtime_library(&self) -> Result<PathBuf, ModelError> {
        let inner = self.inner.as_deref().ok_or_else(ModelError::runtime_missing)?;
        runtime::find_library(&inner.config.dir, inner.manifest.runtime())
    }

    /// The models folder.
    pub fn dir(&self) -> Option<&Path> {
        self.inner.as_deref().map(|inner| inner.config.dir.as_path())
    }

    /// Unloads all models; accepted jobs are finished first.
    pub fn unload_all(&self) {
        if let Some(inner) = &self.inner {
            inner.pool.unload_all();
        }
    }

    /// Stops what runs and unloads all models.
    pub fn shutdown(&self) {
        if let Some(inner) = &self.inner {
            inner.pool.shutdown();
        }
    }
}

/// The model's hash if its file is there and has the right size. The content is checked by install and verify.
fn check_file(dir: &Path, info: &ModelInfo) -> Result<String, ModelError> {
    let found = std::fs::metadata(dir.join(&info.file)).map_err(|_| ModelError::missing(info))?.len();
    let (Some(sha256), Some(expected)) = (stamp::sha256_of(dir, info), stamp::size_of(dir, info)) else {
        return Err(ModelError::missing(info));
    };
    if found != expected { Err(ModelError::damaged(info, found, expected)) } else { Ok(sha256) }
}

/// Loads sessions from the models folder.
struct OrtLoader {
    config: ModelsConfig,
    manifest: Manifest,
}

impl Loader for OrtLoader {
    fn load(&self, model: &str) -> Result<Box<dyn Runner>, ModelError> {
        let dir = &self.config.dir;
        let info = self.manifest.model(model).ok_or_else(|| ModelError::unknown(model))?;
        let sha256 = check_file(dir, info)?;
        let runtime = runtime::get(dir, self.manifest.runtime())?;
        let threads = if self.config.threads == 0 { available_threads() } else { self.config.threads };
        let outputs = info.wanted_outputs();
        let spec = SessionSpec { name: model, outputs: &outputs, threads };
        let preparation = Preparation { models_dir: dir, info, sha256: &sha256, runtime, threads };
        let mut problem = String::new();
        for redo in [false, true] {
            let opened = preparation
                .ensure(&self.config.preparer, redo)
                .and_then(|path| LoadedSession::open(runtime, &path, Optimise::Already, &spec));
            match opened {
                Ok(session) => return Ok(Box::new(session)),
                Err(e) => problem = e,
            }
        }
        tracing::warn!(
            model,
            problem,
            "the model could not be prepared for this machine; it runs as downloaded, slower and with more memory"
        );
        let session =
            LoadedSession::open(runtime, &dir.join(&info.file), Optimise::Now, &spec).map_err(|e| ModelError::failed(model, &e))?;
        Ok(Box::new(session))
    }

    fn estimate_bytes(&self, model: &str) -> u64 {
        // A half-precision file doubles, and a run needs about as much again twice.
        self.least_bytes(model) * 8
    }

    /// The weights.
    fn least_bytes(&self, model: &str) -> u64 {
        let file = self.manifest.model(model).and_then(|info| std::fs::metadata(self.config.dir.join(&info.file)).ok());
        file.map_or(0, |m| m.len())
    }
}
