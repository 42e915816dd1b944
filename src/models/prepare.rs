//! The one-time preparation of a model for this machine: needed outputs only, single precision, free size, optimised by
//! ONNX Runtime and saved. Done in a child process, since its peak of memory would stay with a server for ever.
//!
//! The result is cached in `prepared/` of the models folder under the model's hash, ONNX Runtime's version and the
//! processor's features; one process prepares, others wait for it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use sha2::{Digest, Sha256};

use super::graph;
use super::manifest::{Manifest, ModelInfo};
use super::runtime::{self, Runtime};
use super::session::{Optimise, open_session};

/// Raised when the preparation itself changes.
const FORMAT: u32 = 1;

/// Name of the hidden subcommand that prepares one model.
pub const CHILD_COMMAND: &str = "__prepare-model";

/// Where a model is prepared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Preparer {
    /// By this program, called as `PROGRAM __prepare-model NAME --models DIR`.
    Child(PathBuf),
    /// In this process: for programs that use this crate as a library.
    InProcess,
}

impl Preparer {
    /// A child if this program is `portico` itself, else in the process.
    pub fn of_this_program() -> Preparer {
        match std::env::current_exe() {
            Ok(exe) if exe.file_stem().is_some_and(|stem| stem == "portico") => Preparer::Child(exe),
            _ => Preparer::InProcess,
        }
    }
}

/// What a preparation needs to know.
pub struct Preparation<'a> {
    pub models_dir: &'a Path,
    pub info: &'a ModelInfo,
    pub sha256: &'a str,
    pub runtime: &'static Runtime,
    pub threads: usize,
}

impl Preparation<'_> {
    fn folder(&self) -> PathBuf {
        self.models_dir.join("prepared")
    }

    /// The file that holds the prepared graph.
    pub fn target(&self) -> PathBuf {
        let key =
            format!("{}-ort{}-v{FORMAT}-{}", &self.sha256[..12.min(self.sha256.len())], self.runtime.version(), self.edits_and_processor());
        self.folder().join(format!("{}-{key}.onnx", self.info.name))
    }

    /// Hash of what the saved graph depends on besides model and runtime.
    fn edits_and_processor(&self) -> String {
        let info = self.info;
        let outputs = if info.outputs.is_empty() { format!("{:?}", info.output.name) } else { format!("{:?}", info.outputs) };
        let text = format!("{:?} {outputs} {}", info.prepare, processor());
        hex::encode(&Sha256::digest(text.as_bytes())[..4])
    }

    /// The prepared graph, made if it is not there; `redo` makes it again (it could not be loaded).
    pub fn ensure(&self, preparer: &Preparer, redo: bool) -> Result<PathBuf, String> {
        let target = self.target();
        if target.is_file() && !redo {
            return Ok(target);
        }
        std::fs::create_dir_all(self.folder()).map_err(|e| format!("{}: {e}", self.folder().display()))?;
        let _lock = self.lock()?;
        if redo {
            // Gone already is what is wanted.
            let _ = std::fs::remove_file(&target);
        } else if target.is_file() {
            return Ok(target); // Another process was first.
        }
        tracing::info!(model = self.info.name, "preparing a model for this machine, once");
        match preparer {
            Preparer::Child(program) => self.in_child(program)?,
            Preparer::InProcess => self.make(&target)?,
        }
        if !target.is_file() {
            return Err("the preparation left no file".to_owned());
        }
        self.remove_stale(&target);
        Ok(target)
    }

    /// Held while preparing; released by the system even if this process is killed.
    fn lock(&self) -> Result<File, String> {
        let path = self.folder().join(format!("{}.lock", self.info.name));
        let describe = |e: std::io::Error| format!("{}: {e}", path.display());
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(describe)?;
        file.lock().map_err(describe)?;
        Ok(file)
    }

    fn in_child(&self, program: &Path) -> Result<(), String> {
        let output = Command::new(program)
            .arg(CHILD_COMMAND)
            .arg(&self.info.name)
            .arg("--models")
            .arg(self.models_dir)
            .env("PORTICO_ORT_LIB", self.runtime.path())
            .env("RUST_LOG", "warn")
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .output()
            .map_err(|e| format!("{}: {e}", program.display()))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.trim().lines().last().unwrap_or("it said nothing").to_owned();
        Err(format!("{} ({last})", output.status))
    }

    /// Edits, optimises and saves; the target appears complete or not at all.
    pub fn make(&self, target: &Path) -> Result<(), String> {
        let temporary = |what: &str| target.with_extension(format!("{what}-{}.tmp", std::process::id()));
        let (edited, optimised) = (temporary("edited"), temporary("optimised"));
        std::fs::create_dir_all(self.folder()).map_err(|e| format!("{}: {e}", self.folder().display()))?;
        let result = self.edit(&edited).and_then(|()| {
            open_session(self.runtime, &edited, Optimise::Now, self.threads, Some(&optimised)).map_err(|e| e.to_string())?;
            std::fs::rename(&optimised, target).map_err(|e| format!("{}: {e}", target.display()))
        });
        for leftover in [edited, optimised] {
            // The optimised one is gone after a success.
            let _ = std::fs::remove_file(leftover);
        }
        result
    }

    fn edit(&self, target: &Path) -> Result<(), String> {
        let source = self.models_dir.join(&self.info.file);
        let bytes = std::fs::read(&source).map_err(|e| format!("{}: {e}", source.display()))?;
        let mut model = graph::decode(bytes).map_err(|e| e.to_string())?;
        edit_graph(&mut model, self.info).map_err(|e| e.to_string())?;
        std::fs::write(target, graph::encode(&model)).map_err(|e| format!("{}: {e}", target.display()))
    }

    /// Removes this model's graphs for the same machine that an update of the model, the runtime or this program left.
    fn remove_stale(&self, current: &Path) {
        let end = format!("-{}.onnx", self.edits_and_processor());
        for path in prepared_files(&self.folder(), &self.info.name) {
            let name = path.to_string_lossy();
            if path != current && (name.ends_with(&end) || name.ends_with(".tmp")) {
                tracing::debug!(file = %path.display(), "removing an outdated prepared graph");
                // Another process may have removed it.
                let _ = std::fs::remove_file(&path);
            }
        }
    }
}

/// All prepared graphs of a model, with what an interrupted preparation left.
fn prepared_files(folder: &Path, model: &str) -> Vec<PathBuf> {
    let start = format!("{model}-");
    let is_its = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // The name of another model may continue this one's; only a hash follows this one's own.
        let hash = name.strip_prefix(&start).and_then(|rest| rest.split('-').next()).unwrap_or("");
        hash.len() == 12 && hash.chars().all(|c| c.is_ascii_hexdigit())
    };
    std::fs::read_dir(folder).map(|entries| entries.flatten().map(|e| e.path()).filter(is_its).collect()).unwrap_or_default()
}

/// Files of the folder of prepared graphs that no installed model has on this machine with the library that it has now, with their lengths.
///
/// # Errors
/// Why it cannot be said: without the library its version is not known.
pub fn unused(models_dir: &Path, manifest: &Manifest) -> Result<Vec<(PathBuf, u64)>, String> {
    let folder = models_dir.join("prepared");
    if !folder.is_dir() {
        return Ok(vec![]);
    }
    let runtime = runtime::get(models_dir, manifest.runtime()).map_err(|e| e.to_string())?;
    let target = |info: &ModelInfo| {
        let sha256 = super::stamp::sha256_of(models_dir, info).filter(|_| models_dir.join(&info.file).is_file())?;
        Some(Preparation { models_dir, info, sha256: &sha256, runtime, threads: 0 }.target())
    };
    let needed: Vec<PathBuf> = manifest.models().iter().filter_map(target).collect();
    let entries = std::fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let is_graph = |path: &Path| path.extension().is_some_and(|e| e == "onnx");
    let unused = entries.flatten().filter(|e| is_graph(&e.path()) && !needed.contains(&e.path()));
    Ok(unused.filter_map(|e| Some((e.path(), e.metadata().ok()?.len()))).collect())
}

/// Removes everything that was prepared for a model.
pub fn remove_all(models_dir: &Path, model: &str) {
    for path in prepared_files(&models_dir.join("prepared"), model) {
        // Gone already is what is wanted.
        let _ = std::fs::remove_file(path);
    }
}

/// The edits that the manifest asks for.
pub fn edit_graph(model: &mut super::onnx::Model, info: &ModelInfo) -> Result<(), graph::GraphError> {
    let first = model.graph.as_ref().and_then(|g| g.output.first()).and_then(|o| o.name.clone());
    let named = info.wanted_outputs();
    let wanted: Vec<String> = if named.is_empty() { first.into_iter().collect() } else { named };
    graph::keep_outputs(model, &wanted)?;
    if info.prepare.single_precision {
        graph::to_single_precision(model)?;
    }
    if info.prepare.free_size {
        graph::free_spatial_size(model)?;
    }
    Ok(())
}

/// What an optimised graph depends on: ONNX Runtime lays weights out for the widest vectors that the processor has.
pub fn processor() -> String {
    let mut features: Vec<&str> = vec![std::env::consts::ARCH];
    macro_rules! add {
        ($detect:ident: $($name:tt)*) => { $(if std::arch::$detect!($name) { features.push($name); })* };
    }
    #[cfg(target_arch = "x86_64")]
    add!(is_x86_feature_detected: "avx" "avx2" "fma" "f16c" "avx512f" "avx512bw" "avx512dq" "avx512vl" "avx512vnni" "avx512bf16" "avxvnni");
    #[cfg(target_arch = "aarch64")]
    add!(is_aarch64_feature_detected: "neon" "fp16" "dotprod" "i8mm" "bf16" "sve");
    features.join(" ")
}

/// The body of `portico __prepare-model NAME --models DIR`.
pub fn prepare_child_main(models_dir: &Path, name: &str) -> anyhow::Result<ExitCode> {
    let manifest = Manifest::with_overlays(models_dir)?;
    let info = manifest.model(name).ok_or_else(|| anyhow::anyhow!("there is no model named `{name}`"))?;
    let sha256 = super::stamp::sha256_of(models_dir, info).ok_or_else(|| anyhow::anyhow!("`{name}` was never installed"))?;
    let runtime = runtime::get(models_dir, manifest.runtime())?;
    let preparation = Preparation { models_dir, info, sha256: &sha256, runtime, threads: super::available_threads() };
    // The parent holds the lock.
    preparation.make(&preparation.target()).map_err(anyhow::Error::msg)?;
    Ok(ExitCode::SUCCESS)
}
