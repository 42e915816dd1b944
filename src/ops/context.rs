//! What an operation may touch while it runs: its input, its target, other pictures, models, a seed, and the watcher.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::Past;
use crate::cancel::Cancel;
use crate::imaging::encode::{DEFAULT_QUALITY, EncodeOptions};
use crate::imaging::{Affine, Format, ImageError, Limits, Mask, Picture, Rect};
use crate::models::memo::Fingerprint;
use crate::models::{ModelError, Models, Tensor};
use crate::plan::ImageRef;
use crate::text::{Explain, Notice, Text};

/// A step's parameters as they stand in the plan.
#[derive(Clone, Debug, Default)]
pub struct Params(pub Map<String, Value>);

/// Why an operation stopped.
#[derive(Debug, thiserror::Error)]
pub enum OpError {
    #[error("cancelled")]
    Cancelled,
    #[error("parameter {field}: {}", text.en)]
    Param { field: String, text: Text },
    /// The picture or target does not allow it; `code` is stable.
    #[error("{code}: {}", text.en)]
    Refused { code: &'static str, text: Text },
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error("operation `{0}` is not available in this build")]
    Unavailable(String),
    #[error("internal: {0}")]
    Internal(String),
}

impl From<ImageError> for OpError {
    fn from(e: ImageError) -> Self {
        OpError::Refused { code: e.code(), text: e.text() }
    }
}

impl Explain for OpError {
    fn code(&self) -> &'static str {
        match self {
            OpError::Cancelled => "cancelled",
            OpError::Param { .. } => "invalid_parameter",
            OpError::Refused { code, .. } => code,
            OpError::Model(e) => e.code(),
            OpError::Unavailable(_) => "operation_unavailable",
            OpError::Internal(_) => "internal",
        }
    }

    fn text(&self) -> Text {
        match self {
            OpError::Cancelled => Text::new("已取消。", "Cancelled."),
            OpError::Param { text, .. } | OpError::Refused { text, .. } => text.clone(),
            OpError::Model(e) => e.text(),
            OpError::Unavailable(op) => Text::new(format!("这个版本还不能执行“{op}”。"), format!("This build cannot run `{op}` yet.")),
            OpError::Internal(_) => Text::new("程序内部出错，结果未保存。", "Something failed inside; nothing was saved."),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            OpError::Param { field, .. } if !field.is_empty() => Some(field),
            _ => None,
        }
    }
}

/// A picture or mask that a step made besides its result, e.g. the resolved target.
#[derive(Clone, Debug)]
pub enum Artifact {
    Picture(Arc<Picture>),
    Mask(Arc<Mask>),
}

/// Encoded bytes that a step made: an export.
#[derive(Clone, Debug)]
pub struct FileOut {
    pub bytes: Arc<Vec<u8>>,
    pub mime: &'static str,
    pub extension: &'static str,
    pub width: u32,
    pub height: u32,
    /// Which of several parts of one picture it is, from 1 on: part of its name.
    pub part: Option<u32>,
}

/// What a step gives back.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The picture after the step (the input itself where the step makes none).
    pub picture: Arc<Picture>,
    /// From this picture back to the step's input; `None` where no affine map exists.
    pub map: Option<Affine>,
    /// The target as resolved, after grow and feather, the size of the **input**.
    pub mask: Option<Arc<Mask>>,
    /// Named by role: `matte`, `cutout`, `shadow`. A `matte` is the subject's alpha, the size of the input.
    pub artifacts: Vec<(&'static str, Artifact)>,
    /// Only for `export`.
    pub files: Vec<FileOut>,
    /// Only for `split`: the parts of the picture, in order. Whoever writes the result writes these; a later `export` does by itself.
    pub pieces: Vec<Arc<Picture>>,
    /// Only for `describe` and the like: what was found, as JSON, and as words.
    pub report: Option<(Value, Text)>,
    /// Parameters as used, where they differ from those given (auto values).
    pub resolved: Map<String, Value>,
}

impl Outcome {
    pub fn picture(picture: Arc<Picture>, map: Option<Affine>) -> Self {
        Outcome { picture, map, mask: None, artifacts: vec![], files: vec![], pieces: vec![], report: None, resolved: Map::new() }
    }

    /// The step's input as it came.
    pub fn unchanged(input: Arc<Picture>) -> Self {
        Self::picture(input, Some(Affine::IDENTITY))
    }
}

/// The listening end of a run. All methods may be called from any thread and return at once.
pub trait Watch: Send + Sync {
    /// `fraction` only from counted work.
    fn progress(&self, step: usize, fraction: Option<f32>, label: &Text);
    /// A picture that really exists at this moment. Called only if [`Watch::wants_preview`] said yes or a stage ended.
    fn preview(&self, step: usize, label: &Text, picture: Arc<Picture>);
    /// Whether a preview now would be seen by anyone and is not too soon after the last.
    fn wants_preview(&self) -> bool;
    /// A step begins; `step` is its 0-based position.
    fn step_started(&self, _step: usize, _op: &str) {}
    /// A step ended well.
    fn step_finished(&self, _step: usize, _done: &StepRun) {}
}

/// Nobody listens.
pub struct Unwatched;

impl Watch for Unwatched {
    fn progress(&self, _: usize, _: Option<f32>, _: &Text) {}
    fn preview(&self, _: usize, _: &Text, _: Arc<Picture>) {}
    fn wants_preview(&self) -> bool {
        false
    }
}

/// A step that ran.
#[derive(Clone, Debug)]
pub struct StepRun {
    pub id: String,
    pub op: String,
    /// Wall clock, models included.
    pub elapsed: Duration,
    pub model_time: ModelTime,
    pub notices: Vec<Notice>,
    /// The picture after it.
    pub picture: Arc<Picture>,
    /// The target as resolved, the size of the step's input.
    pub mask: Option<Arc<Mask>>,
    pub artifacts: Vec<(&'static str, Artifact)>,
}

/// How the time of a run was spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ModelTime {
    /// Inside ONNX Runtime's `Run`.
    pub run: Duration,
    /// Waiting for the session's owner thread.
    pub wait: Duration,
    /// Loading (and on first use preparing) the model.
    pub load: Duration,
}

impl std::ops::AddAssign for ModelTime {
    fn add_assign(&mut self, other: Self) {
        self.run += other.run;
        self.wait += other.wait;
        self.load += other.load;
    }
}

/// What the plan's first picture came as; decides what it leaves as where nobody says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceFormat {
    pub format: Format,
    /// WebP can be either; the others are what they are.
    pub lossless: bool,
}

impl SourceFormat {
    /// For a file that was decoded as `format`.
    pub fn of(format: Format, bytes: &[u8]) -> Self {
        // The lossless chunk of WebP; it stands near the start, after the profile at most.
        let lossless = match format {
            Format::Webp => bytes[..bytes.len().min(1 << 16)].windows(4).any(|w| w == b"VP8L"),
            // Its 256 colours are exact; writing them again would not be.
            Format::Gif => true,
            other => other.is_lossless(),
        };
        SourceFormat { format, lossless }
    }

    /// How a picture is written where nobody says: in the source's own family if that can hold it, lossless in → lossless out. Formats that are
    /// only read, and GIF, become PNG.
    pub fn encode_options(source: Option<SourceFormat>, picture: &Picture) -> EncodeOptions {
        let png = EncodeOptions::new(Format::Png);
        let Some(source) = source else { return png };
        let fits = source.format.can_encode() && source.format != Format::Gif && (source.format.holds_alpha() || picture.is_opaque());
        match (fits, source.lossless) {
            (false, _) => png,
            (true, true) => EncodeOptions::new(source.format),
            (true, false) => EncodeOptions::new(source.format).with_quality(DEFAULT_QUALITY),
        }
    }
}

/// Handed to [`super::Operation::run`].
pub struct StepContext<'a> {
    /// 0-based position in the plan, for events.
    pub step: usize,
    pub input: Arc<Picture>,
    /// Pictures that references in the parameters resolve to.
    pub images: &'a HashMap<ImageRef, Arc<Picture>>,
    /// From the input's pixels to those of these pictures, as far as both come of one picture and the way is known.
    pub maps: HashMap<ImageRef, Affine>,
    /// Masks by id; `upload` is the one sent with the request. Sized as sent.
    pub masks: &'a HashMap<String, Arc<Mask>>,
    pub models: &'a Models,
    /// Of every picture that a step makes.
    pub limits: &'a Limits,
    /// What the plan's first picture came as.
    pub source: Option<SourceFormat>,
    /// What may be kept of its EXIF, the place included.
    pub exif: Option<Arc<Vec<u8>>>,
    /// Where the subject is, if an earlier step of this plan found it.
    pub focus: Option<Rect>,
    pub watch: &'a dyn Watch,
    pub cancel: &'a Cancel,
    pub seed: u64,
    pub notices: Vec<Notice>,
    pub model_time: ModelTime,
    /// Models that ran, as (name, sha256).
    pub used_models: Vec<(String, String)>,
    /// The input whose fingerprint is known, see [`StepContext::fingerprint`].
    pub known: Option<(Arc<Picture>, Fingerprint)>,
    pub past: Past,
}

impl StepContext<'_> {
    pub fn check_cancel(&self) -> Result<(), OpError> {
        if self.cancel.is_cancelled() { Err(OpError::Cancelled) } else { Ok(()) }
    }

    /// Adds a warning that reaches the user.
    pub fn warn(&mut self, code: &str, zh: impl Into<String>, en: impl Into<String>) {
        self.notices.push(Notice::new(code, zh, en));
    }

    /// The input's content, read once.
    pub fn fingerprint(&mut self) -> Fingerprint {
        match &self.known {
            Some((picture, known)) if Arc::ptr_eq(picture, &self.input) => *known,
            _ => {
                let fingerprint = Fingerprint::of(&self.input);
                self.known = Some((self.input.clone(), fingerprint));
                fingerprint
            }
        }
    }

    /// Shows an intermediate picture; `fraction` only where it is counted.
    pub fn preview(&self, label: &Text, fraction: Option<f32>, picture: &Arc<Picture>) {
        self.watch.progress(self.step, fraction, label);
        self.watch.preview(self.step, label, picture.clone());
    }

    /// Runs a model on its owner thread: waits for it, registers the run for cancel, counts the time.
    pub fn infer(&mut self, model: &str, inputs: Vec<Tensor>) -> Result<Vec<Tensor>, OpError> {
        self.check_cancel()?;
        if !self.models.is_loaded(model) {
            let label = Text::new("正在加载模型；第一次使用要准备几秒", "Loading the model; its first use takes a few seconds more");
            self.watch.progress(self.step, None, &label);
        }
        let answer = self.models.infer(model, inputs, self.cancel)?;
        self.model_time.run += answer.run;
        self.model_time.wait += answer.wait;
        self.model_time.load += answer.load;
        if !self.used_models.iter().any(|(name, _)| name == model) {
            self.used_models.push((model.to_owned(), answer.sha256));
        }
        Ok(answer.outputs)
    }
}
