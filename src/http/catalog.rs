//! `/ops`, `/models` and `/presets`: what this server can do, with what, and whose rules it knows.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::caller::Caller;
use super::error::ErrorEnvelope;
use super::state::App;
use crate::ops::{registry, rule_words};
use crate::text::Lang;

#[derive(Serialize, ToSchema)]
pub struct Operations {
    pub operations: Vec<Operation>,
}

/// One entry of the registry.
#[derive(Serialize, ToSchema)]
pub struct Operation {
    pub name: String,
    pub summary: String,
    /// `false`: understood and planned, but this build cannot run it.
    pub available: bool,
    /// Pixels outside the target stay bit-identical.
    pub guarantee: bool,
    pub takes_target: bool,
    pub models: Vec<String>,
    pub cost: String,
    /// JSON schema of `params`.
    #[schema(value_type = Object)]
    pub schema: Value,
    /// Sentences that mean it.
    pub phrases: Vec<String>,
}

/// Every operation with its parameters' schema.
#[utoipa::path(get, path = "/ops", tag = "catalogue", responses((status = 200, body = Operations), (status = 403, body = ErrorEnvelope)))]
pub async fn ops(caller: Caller) -> Json<Operations> {
    let operations = registry::all()
        .map(|op| {
            let spec = op.spec();
            let phrases = spec.speech.means.iter().filter(|p| Lang::of(p) == Some(caller.lang)).map(|p| (*p).to_owned()).collect();
            Operation {
                name: spec.name.to_owned(),
                summary: match caller.lang {
                    Lang::Zh => spec.summary_zh,
                    Lang::En => spec.summary_en,
                }
                .to_owned(),
                available: spec.available,
                guarantee: spec.exact_outside_target,
                takes_target: spec.takes_target,
                models: spec.models.iter().map(|m| (*m).to_owned()).collect(),
                cost: serde_json::to_value(spec.cost).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default(),
                schema: (spec.params)().to_value(),
                phrases,
            }
        })
        .collect();
    Json(Operations { operations })
}

#[derive(Serialize, ToSchema)]
pub struct Models {
    pub models: Vec<Model>,
    /// ONNX Runtime, once a model has been used.
    pub runtime: Option<Runtime>,
}

/// One model of the manifest.
#[derive(Serialize, ToSchema)]
pub struct Model {
    pub name: String,
    /// What it is for, e.g. `cutout`.
    pub job: String,
    /// Used for its job unless a plan names another.
    pub default: bool,
    pub installed: bool,
    pub loaded: bool,
    /// Measured memory while loaded, else 0.
    pub loaded_bytes: u64,
    /// Size of the file, where known.
    pub bytes: Option<u64>,
    pub licence: String,
    pub source: String,
    /// The command that installs it.
    pub install: String,
}

#[derive(Serialize, ToSchema)]
pub struct Runtime {
    pub version: String,
    /// The execution provider really in use.
    pub provider: String,
}

/// Models of the manifest, installed or not, and the runtime in use.
#[utoipa::path(get, path = "/models", tag = "catalogue", responses((status = 200, body = Models), (status = 403, body = ErrorEnvelope)))]
pub async fn models(State(app): State<App>) -> Json<Models> {
    let models = app.models.status().into_iter().map(|s| Model {
        name: s.info.name.clone(),
        job: s.info.job.clone(),
        default: s.default,
        installed: s.installed,
        loaded: s.loaded,
        loaded_bytes: s.loaded_bytes,
        bytes: s.info.size,
        licence: s.info.licence.name.clone(),
        source: s.info.source.to_string(),
        install: s.info.install_command(),
    });
    let runtime = app.models.runtime().map(|(version, provider)| Runtime { version, provider: provider.to_owned() });
    Json(Models { models: models.collect(), runtime })
}

#[derive(Serialize, ToSchema)]
pub struct PresetList {
    pub presets: Vec<PlatformPreset>,
}

/// What one platform or authority asks of a picture, for the operation `fit`.
#[derive(Serialize, ToSchema)]
pub struct PlatformPreset {
    /// The operation's `platform`.
    pub id: String,
    pub name: String,
    pub name_zh: String,
    pub name_en: String,
    /// Width and height in pixels that are made; of several, the one whose shape is nearest to the picture's.
    #[schema(value_type = Vec<Vec<u32>>)]
    pub sizes: Vec<[u32; 2]>,
    /// `cut` (the subject on a plain background), `cover`, `contain` or `portrait` (an ID photo).
    pub how: String,
    /// Behind a subject that is cut out, the first unless another is asked for.
    pub backgrounds: Vec<String>,
    /// Width and height on paper.
    #[schema(value_type = Option<Vec<f64>>)]
    pub mm: Option<[f64; 2]>,
    pub dpi: Option<u16>,
    pub rules: Vec<PlatformRule>,
}

/// One rule and where it was read.
#[derive(Serialize, ToSchema)]
pub struct PlatformRule {
    pub rule: String,
    /// Its own figures, by the rule's kind.
    #[schema(value_type = Object)]
    pub asked: Value,
    /// What it asks, in the caller's language.
    pub words: String,
    pub source: String,
    /// When it was last read.
    pub date: String,
    /// `verified`, `transcribed` or `commonly stated`.
    pub status: String,
}

/// Presets of the operation `fit`, those of the models folder included.
#[utoipa::path(get, path = "/presets", tag = "catalogue", responses((status = 200, body = PresetList), (status = 403, body = ErrorEnvelope)))]
pub async fn presets(State(app): State<App>, caller: Caller) -> Json<PresetList> {
    let word = |value: Value| value.as_str().unwrap_or_default().to_owned();
    let presets = app.models.presets();
    let presets = presets.all().iter().map(|preset| PlatformPreset {
        id: preset.id.clone(),
        name: preset.name(caller.lang).to_owned(),
        name_zh: preset.name_zh.clone(),
        name_en: preset.name_en.clone(),
        sizes: preset.make.sizes.clone(),
        how: word(serde_json::json!(preset.make.how)),
        backgrounds: preset.make.background.clone(),
        mm: preset.mm,
        dpi: preset.dpi,
        rules: preset
            .rules
            .iter()
            .map(|rule| PlatformRule {
                rule: rule.ask.kind().to_owned(),
                asked: rule.ask.figures(),
                words: rule_words(&rule.ask).get(caller.lang).to_owned(),
                source: rule.source.clone(),
                date: rule.date.clone(),
                status: word(serde_json::json!(rule.status)),
            })
            .collect(),
    });
    Json(PresetList { presets: presets.collect() })
}
