//! What models exist: the manifest built into the program and the overlay files of the models folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::fonts::FontInfo;

const EMBEDDED: &str = include_str!("../../onnx/models.toml");

/// Why a manifest could not be read. Names the file and the entry.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {why}")]
pub struct ManifestError {
    pub file: String,
    pub why: String,
}

/// Whether a model may be used to earn money, in the licence's own terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Commercial {
    Yes,
    No,
    Unclear,
}

/// Whose a model is and on what terms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    pub name: String,
    pub owner: String,
    pub commercial: Commercial,
    #[serde(default)]
    pub url: String,
    /// Files of the source package that are kept beside the model.
    #[serde(default)]
    pub files: Vec<String>,
    pub note_en: String,
    pub note_zh: String,
}

/// How a picture becomes the model's input: `(value − mean) / std` for each of R, G, B, values 0..=255.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageInput {
    /// The tensor's name; the model's first input where absent.
    pub name: Option<String>,
    /// Side in pixels that it was trained at; the picture is stretched to a square.
    pub size: u32,
    /// Other sides that give a useful second opinion.
    #[serde(default)]
    pub sizes: Vec<u32>,
    /// Sides are multiples of this, in pixels.
    #[serde(default = "one")]
    pub multiple: u32,
    #[serde(default)]
    pub layout: Layout,
    #[serde(default)]
    pub order: ChannelOrder,
    pub mean: [f32; 3],
    pub std: [f32; 3],
}

fn one() -> u32 {
    1
}

/// How an input tensor is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// `[1, 3, height, width]`
    #[default]
    Planes,
    /// `[1, height, width, 3]`
    Pixels,
}

/// Which channel comes first in an input tensor. Mean and standard deviation are in RGB order either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelOrder {
    #[default]
    Rgb,
    Bgr,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    #[default]
    None,
    Sigmoid,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Normalise {
    #[default]
    None,
    /// Stretch lowest..highest to 0..1 where the model is confident that something is there.
    Confident,
}

/// How the model's output becomes alpha.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatteOutput {
    /// The tensor's name; the model's first output where absent.
    pub name: Option<String>,
    pub activation: Activation,
    pub normalise: Normalise,
}

/// What is done to the graph once on this machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preparation {
    /// Half-precision weights become single precision.
    #[serde(default)]
    pub single_precision: bool,
    /// Height and width follow the input.
    #[serde(default)]
    pub free_size: bool,
}

/// One model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelInfo {
    pub name: String,
    /// What it is for, e.g. `cutout`.
    pub job: String,
    /// Which code reads its input and output: `matte` is [`super::isnet`], `boxes` [`super::nanodet`], `faces` [`super::blazeface`], `mesh`
    /// [`super::facemesh`], `person` [`super::selfie`], `tiles` [`super::tiles`], `tint` and `ddcolor` [`super::tint`], `face-restore`
    /// [`super::face_restore`].
    pub family: String,
    pub summary_zh: String,
    pub summary_en: String,
    /// File name in the models folder.
    pub file: String,
    /// Bytes; absent where the first install pins it.
    pub size: Option<u64>,
    pub sha256: Option<String>,
    pub source: Source,
    /// Installed only when asked for by its name, also where it is the default for its job.
    #[serde(default)]
    pub by_name: bool,
    pub input: ImageInput,
    /// For the family `matte`.
    #[serde(default)]
    pub output: MatteOutput,
    /// Names of the tensors that other families read, in their order.
    #[serde(default)]
    pub outputs: Vec<String>,
    /// The family's own constants; read by [`ModelInfo::settings`].
    #[serde(default)]
    pub settings: toml::Table,
    #[serde(default)]
    pub prepare: Preparation,
    pub licence: Licence,
}

impl ModelInfo {
    /// The command that installs or mends it.
    pub fn install_command(&self) -> String {
        format!("portico models install {}", self.name)
    }

    /// The tensors that a run gives back, in this order; none named: the model's first.
    pub fn wanted_outputs(&self) -> Vec<String> {
        if self.outputs.is_empty() { self.output.name.iter().cloned().collect() } else { self.outputs.clone() }
    }

    /// The constants of its family.
    ///
    /// # Errors
    /// What is missing or wrong; entries that were read from a manifest have been checked.
    pub fn settings<T: serde::de::DeserializeOwned>(&self) -> Result<T, String> {
        toml::Value::Table(self.settings.clone()).try_into().map_err(|e| format!("settings: {e}"))
    }
}

/// Between the two files of an ncnn network, where they are not named alike.
const NCNN_PAIR: &str = ".param#";

/// Where a file comes from; written as one string in the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Source {
    Bundled {
        name: String,
    },
    /// `key`: the file is cut into chunks that the JSON file `path` lists under that key.
    Npm {
        package: String,
        version: String,
        path: String,
        key: Option<String>,
    },
    Hub {
        repository: String,
        file: String,
        revision: String,
    },
    Web {
        url: String,
    },
    File {
        path: PathBuf,
    },
    /// An upscaler written for ncnn; the install turns it into ONNX.
    Ncnn {
        param: PathBuf,
        bin: PathBuf,
    },
}

impl Source {
    /// Two files of an ncnn network.
    pub fn ncnn(param: &Path, bin: &Path) -> Source {
        Source::Ncnn { param: param.to_owned(), bin: bin.to_owned() }
    }

    /// The host that an install would talk to; `None` where it talks to nobody.
    pub fn host(&self) -> Option<&str> {
        match self {
            Source::Hub { .. } => Some("huggingface.co"),
            Source::Web { url } => url.split('/').nth(2),
            Source::Bundled { .. } | Source::Npm { .. } | Source::File { .. } | Source::Ncnn { .. } => None,
        }
    }
}

impl TryFrom<String> for Source {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a source; see the top of models.toml");
        if text.starts_with("https://") {
            return Ok(Source::Web { url: text });
        }
        let (scheme, rest) = text.split_once(':').ok_or_else(wrong)?;
        match scheme {
            "bundled" => Ok(Source::Bundled { name: rest.to_owned() }),
            "file" => Ok(Source::File { path: rest.into() }),
            "ncnn" => Ok(match rest.split_once(NCNN_PAIR) {
                Some((stem, bin)) => Source::Ncnn { param: format!("{stem}.param").into(), bin: bin.into() },
                None => Source::Ncnn { param: rest.into(), bin: Path::new(rest).with_extension("bin") },
            }),
            "npm" => {
                // A scoped package starts with an @ of its own.
                let at = rest.get(1..).and_then(|r| r.find('@')).ok_or_else(wrong)? + 1;
                let (version, path) = rest[at + 1..].split_once('/').ok_or_else(wrong)?;
                let (path, key) = match path.split_once('#') {
                    Some((path, key)) => (path, Some(key.to_owned())),
                    None => (path, None),
                };
                Ok(Source::Npm { package: rest[..at].to_owned(), version: version.to_owned(), path: path.to_owned(), key })
            }
            "hf" => {
                let (path, revision) = rest.rsplit_once('@').ok_or_else(wrong)?;
                let mut parts = path.splitn(3, '/');
                match (parts.next(), parts.next(), parts.next()) {
                    (Some(owner), Some(name), Some(file)) => {
                        Ok(Source::Hub { repository: format!("{owner}/{name}"), file: file.to_owned(), revision: revision.to_owned() })
                    }
                    _ => Err(wrong()),
                }
            }
            _ => Err(wrong()),
        }
    }
}

impl From<Source> for String {
    fn from(source: Source) -> String {
        source.to_string()
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Bundled { name } => write!(f, "bundled:{name}"),
            Source::Npm { package, version, path, key } => {
                write!(f, "npm:{package}@{version}/{path}")?;
                key.as_ref().map_or(Ok(()), |key| write!(f, "#{key}"))
            }
            Source::Hub { repository, file, revision } => write!(f, "hf:{repository}/{file}@{revision}"),
            Source::Web { url } => f.write_str(url),
            Source::File { path } => write!(f, "file:{}", path.display()),
            Source::Ncnn { param, bin } if *bin == param.with_extension("bin") => write!(f, "ncnn:{}", param.display()),
            Source::Ncnn { param, bin } => write!(f, "ncnn:{}#{}", param.display(), bin.display()),
        }
    }
}

/// ONNX Runtime's shared library for one platform.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Library {
    /// `OS-ARCHITECTURE` as the Rust compiler names them.
    pub platform: String,
    pub file: String,
    pub size: u64,
    pub sha256: String,
    pub source: Source,
}

/// The runtime that this build is tested with.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuntimeInfo {
    pub version: String,
    pub minimum: String,
    pub licence: Licence,
    pub library: Vec<Library>,
}

impl RuntimeInfo {
    /// The library for the machine that this program was built for.
    pub fn for_this_platform(&self) -> Option<&Library> {
        let platform = format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH);
        self.library.iter().find(|l| l.platform == platform)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ManifestFile {
    #[serde(default)]
    defaults: BTreeMap<String, String>,
    #[serde(default, rename = "model")]
    models: Vec<ModelInfo>,
    #[serde(default, rename = "font")]
    fonts: Vec<FontInfo>,
    runtime: Option<RuntimeInfo>,
}

/// Everything that can be installed, and the default for each job.
#[derive(Clone, Debug)]
pub struct Manifest {
    models: Vec<ModelInfo>,
    fonts: Vec<FontInfo>,
    defaults: BTreeMap<String, String>,
    runtime: RuntimeInfo,
}

impl Manifest {
    /// The manifest inside the program.
    pub fn embedded() -> Manifest {
        let file: ManifestFile = toml::from_str(EMBEDDED).expect("the manifest in the program is valid; a test reads it");
        let runtime = file.runtime.expect("the manifest in the program names the runtime");
        Manifest { models: file.models, fonts: file.fonts, defaults: file.defaults, runtime }
    }

    /// The same with the overlay files `DIR/models.d/*.toml`, in the order of their names.
    pub fn with_overlays(models_dir: &Path) -> Result<Manifest, ManifestError> {
        let mut manifest = Manifest::embedded();
        let mut files: Vec<PathBuf> = match std::fs::read_dir(models_dir.join("models.d")) {
            Ok(entries) => entries.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "toml")).collect(),
            Err(_) => vec![],
        };
        files.sort();
        let wrong = |path: &Path, why: String| ManifestError { file: path.display().to_string(), why };
        let mut defaults = Vec::new();
        for path in &files {
            let text = std::fs::read_to_string(path).map_err(|e| wrong(path, e.to_string()))?;
            defaults.push(manifest.overlay(&text).map_err(|why| wrong(path, why))?);
        }
        // Whatever the order of the files, a default may be a model of any of them.
        for (path, defaults) in files.iter().zip(defaults) {
            manifest.choose(defaults).map_err(|why| wrong(path, why))?;
        }
        Ok(manifest)
    }

    /// Takes over a file's models and runtime; gives its defaults.
    fn overlay(&mut self, text: &str) -> Result<BTreeMap<String, String>, String> {
        let file: ManifestFile = toml::from_str(text).map_err(|e| e.to_string())?;
        for model in file.models {
            check(&model)?;
            match self.models.iter_mut().find(|m| m.name == model.name) {
                Some(old) => *old = model,
                None => self.models.push(model),
            }
        }
        for font in file.fonts {
            check_font(&font)?;
            match self.fonts.iter_mut().find(|f| f.name == font.name) {
                Some(old) => *old = font,
                None => self.fonts.push(font),
            }
        }
        if let Some(runtime) = file.runtime {
            self.runtime = runtime;
        }
        Ok(file.defaults)
    }

    fn choose(&mut self, defaults: BTreeMap<String, String>) -> Result<(), String> {
        for (job, name) in &defaults {
            match self.model(name) {
                Some(model) if model.job == *job => {}
                Some(model) => return Err(format!("defaults.{job}: `{name}` is a model for `{}`", model.job)),
                None => return Err(format!("defaults.{job}: there is no model `{name}`")),
            }
        }
        self.defaults.extend(defaults);
        Ok(())
    }

    pub fn models(&self) -> &[ModelInfo] {
        &self.models
    }

    /// Families that text is drawn with.
    pub fn fonts(&self) -> &[FontInfo] {
        &self.fonts
    }

    pub fn font(&self, name: &str) -> Option<&FontInfo> {
        self.fonts.iter().find(|f| f.name == name)
    }

    pub fn model(&self, name: &str) -> Option<&ModelInfo> {
        self.models.iter().find(|m| m.name == name)
    }

    /// The default model for a job, installed or not.
    pub fn default_for(&self, job: &str) -> Option<&ModelInfo> {
        self.defaults.get(job).and_then(|name| self.model(name))
    }

    /// What a fresh Portico needs: the defaults of all jobs but those that are installed by their name only, and all models inside the program.
    pub fn first_set(&self) -> impl Iterator<Item = &ModelInfo> {
        let default = |info: &ModelInfo| !info.by_name && self.defaults.values().any(|name| *name == info.name);
        self.models.iter().filter(move |info| matches!(info.source, Source::Bundled { .. }) || default(info))
    }

    pub fn runtime(&self) -> &RuntimeInfo {
        &self.runtime
    }
}

/// A name that stays in its folder.
fn plain(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('.') && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

fn check_font(font: &FontInfo) -> Result<(), String> {
    if plain(&font.name) && !font.files.is_empty() && font.files.iter().all(|f| plain(&f.file)) {
        return Ok(());
    }
    Err(format!("font `{}`: it has files, and names are made of letters, digits, `-`, `_` and `.`", font.name))
}

/// What serde cannot see: names that stay inside the models folder, numbers that can be divided by.
fn check(model: &ModelInfo) -> Result<(), String> {
    let wrong = |why: &str| Err(format!("model `{}`: {why}", model.name));
    if !plain(&model.name) || !plain(&model.file) {
        return wrong("name and file are made of letters, digits, `-`, `_` and `.`");
    }
    let input = &model.input;
    if input.multiple == 0 || input.size == 0 || input.size > 4096 || !input.size.is_multiple_of(input.multiple) {
        return wrong("input.size is a multiple of input.multiple, at most 4096");
    }
    if input.std.iter().any(|s| !(s.is_finite() && *s != 0.0)) {
        return wrong("input.std has a zero");
    }
    if let Err(why) = check_settings(model) {
        return wrong(&why);
    }
    if model.sha256.as_ref().is_some_and(|s| s.len() != 64 || !s.chars().all(|c| c.is_ascii_hexdigit() && !c.is_ascii_uppercase())) {
        return wrong("sha256 is 64 hexadecimal digits in lower case");
    }
    Ok(())
}

/// Each family's constants and number of outputs.
fn check_settings(model: &ModelInfo) -> Result<(), String> {
    let outputs = match model.family.as_str() {
        "boxes" => model.settings::<super::nanodet::Settings>()?.check()?,
        "faces" => model.settings::<super::blazeface::Settings>()?.check()?,
        "mesh" => model.settings::<super::facemesh::Settings>()?.check()?,
        "tiles" => model.settings::<super::tiles::Settings>()?.check(&model.input)?,
        "face-restore" => return model.settings::<super::face_restore::Settings>()?.check(&model.input),
        "person" | "ddcolor" => 1,
        "tint" => model.settings::<super::tint::Settings>()?.check()?,
        _ => return Ok(()),
    };
    // A family of one tensor may leave it to the model which that is.
    let first = outputs == 1 && model.outputs.is_empty() && model.family == "tiles";
    if first || model.outputs.len() == outputs { Ok(()) } else { Err(format!("outputs: this family reads {outputs} tensors")) }
}

#[cfg(test)]
#[path = "manifest_tests.rs"]
mod tests;
