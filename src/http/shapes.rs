//! What the API answers with, field by field; one struct per shape of `docs/API.md`.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::plan::{Command, Plan, Question};
use crate::text::{Lang, Notice};

/// A stored picture.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Image {
    pub id: String,
    /// As uploaded, for display only.
    pub name: String,
    pub width: u32,
    pub height: u32,
    /// `png`, `jpeg`, `webp`, `gif`, `bmp`
    pub format: String,
    /// Whether some pixel is not opaque.
    pub alpha: bool,
    pub bytes: u64,
    pub url: String,
    pub preview_url: String,
    pub warnings: Vec<Warning>,
}

/// Something that the user should know although the work went on.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Warning {
    pub code: String,
    pub message: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Session {
    pub id: String,
    pub title: String,
    /// Number of the current version.
    pub current: Option<u32>,
    /// How many versions there are.
    pub versions: u32,
    pub thumbnail_url: Option<String>,
    /// A job of this session waits or runs.
    pub running: bool,
    pub created_at: String,
    pub updated_at: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Message {
    pub id: String,
    /// `user` or `assistant`
    pub role: String,
    pub text: String,
    pub lang: String,
    pub images: Vec<Image>,
    pub mask: Option<Image>,
    pub reply_to: Option<String>,
    pub job: Option<String>,
    #[schema(value_type = Option<Object>)]
    pub plan: Option<Value>,
    /// The plan's steps in words, in the message's language.
    pub words: Vec<String>,
    #[schema(value_type = Option<Object>)]
    pub question: Option<Value>,
    #[schema(value_type = Option<Object>)]
    pub command: Option<Value>,
    pub error: Option<Warning>,
    pub created_at: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Version {
    pub number: u32,
    pub parent: Option<u32>,
    /// `upload` or `edit`
    pub kind: String,
    pub image: Image,
    /// The target as resolved.
    pub mask: Option<Image>,
    pub job: Option<String>,
    #[schema(value_type = Option<Object>)]
    pub plan: Option<Value>,
    /// As run: values filled in, models with their sha256, seed.
    #[schema(value_type = Option<Object>)]
    pub resolved_plan: Option<Value>,
    pub words: Vec<String>,
    /// From this picture's pixels to its parent's: `[a, b, c, d, e, f]`.
    pub map: Option<[f64; 6]>,
    pub exact_outside_target: bool,
    pub created_at: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Job {
    pub id: String,
    /// `queued`, `running`, `succeeded`, `failed`, `cancelled`
    pub state: String,
    /// `chat`, `edit`, `run`
    pub kind: String,
    pub session: Option<String>,
    pub message: Option<String>,
    #[schema(value_type = Object)]
    pub plan: Value,
    pub words: Vec<String>,
    /// 1-based place in the queue while queued.
    pub position: Option<u32>,
    /// 0-based step while running.
    pub step: Option<u32>,
    pub elapsed_ms: Option<u64>,
    pub version: Option<u32>,
    /// The version in whose place this one is made, by an edited plan or because of one.
    pub remakes: Option<u32>,
    /// Versions that are made again after this job, in order; where it failed or was cancelled they are not.
    pub follows: Vec<u32>,
    pub files: Vec<File>,
    #[schema(value_type = Option<Object>)]
    pub report: Option<Value>,
    pub report_text: Option<String>,
    pub exact_outside_target: bool,
    /// The newest resolved target that the plan can be run again with, where it lies on the pixels of one of the session's versions.
    pub target: Option<ResolvedTarget>,
    /// What the steps of a finished job made beside the result, in order.
    pub artifacts: Vec<JobArtifact>,
    pub warnings: Vec<Warning>,
    pub error: Option<Warning>,
    pub timings: Option<Timings>,
    /// Short instructions that fit next.
    pub suggestions: Vec<String>,
    pub created_at: String,
    pub started_at: Option<String>,
    pub finished_at: Option<String>,
    /// The request that queued it; the log has what happened under this id.
    pub request_id: Option<String>,
}

/// The part of a version that a step worked on. With a corrected mask as the target of `plan.steps[step]` the plan can be run again from `version`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ResolvedTarget {
    /// 0-based.
    pub step: u32,
    /// Number of the version.
    pub version: u32,
    /// White = selected.
    pub mask: Image,
}

/// A mask or picture that a step made beside its result.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct JobArtifact {
    /// 0-based.
    pub step: u32,
    /// `mask` (the resolved target), `matte`, `hole`, `scene`, `cutout`, `shadow` …
    pub role: String,
    pub image: Image,
}

/// A file to download: an export or a result.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct File {
    pub id: String,
    pub url: String,
    pub name: String,
    pub width: u32,
    pub height: u32,
    pub format: String,
    pub bytes: u64,
    /// The resolved target of the edit that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mask_url: Option<String>,
}

/// Where the time went, in milliseconds.
#[derive(Clone, Debug, Default, Serialize, serde::Deserialize, ToSchema)]
pub struct Timings {
    pub total_ms: f64,
    /// Inside ONNX Runtime.
    pub run_ms: f64,
    /// Waiting for a model's thread.
    pub wait_ms: f64,
    /// Loading models.
    pub load_ms: f64,
    #[serde(default)]
    pub steps: Vec<StepTime>,
}

#[derive(Clone, Debug, Serialize, serde::Deserialize, ToSchema)]
pub struct StepTime {
    pub id: String,
    pub op: String,
    pub ms: f64,
}

/// A question in one language.
pub fn question(question: &Question, lang: Lang) -> Value {
    serde_json::json!({
        "id": question.id,
        "text": question.text.get(lang),
        "part": question.part,
        "options": question.options.iter()
            .map(|o| serde_json::json!({ "label": o.label.get(lang), "plan": o.plan }))
            .collect::<Vec<_>>(),
        "answered": null,
    })
}

pub fn warnings(notices: &[Notice], lang: Lang) -> Vec<Warning> {
    notices.iter().map(|n| Warning { code: n.code.clone(), message: n.text.get(lang).to_owned() }).collect()
}

pub fn plan_value(plan: &Plan) -> Value {
    serde_json::to_value(plan).unwrap_or(Value::Null)
}

pub fn command_value(command: &Command) -> Value {
    serde_json::to_value(command).unwrap_or(Value::Null)
}
