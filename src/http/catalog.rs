//! `/ops` and `/models`: what this server can do, and with what.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::caller::Caller;
use super::error::ErrorEnvelope;
use super::state::App;
use crate::ops::registry;
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
