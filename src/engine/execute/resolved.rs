//! The plan as it ran: parameters with the automatic values filled in, and the models that were used.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::plan::{ImageRef, PLAN_VERSION, Step};

/// Kept with a version, so that the version can be made again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResolvedPlan {
    pub version: u32,
    pub seed: u64,
    pub steps: Vec<ResolvedStep>,
}

/// One step as it ran.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResolvedStep {
    pub id: String,
    pub op: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<ImageRef>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<ImageRef>,
    /// As used: those given, and the automatic ones.
    pub params: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<ResolvedModel>,
}

/// A model that ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolvedModel {
    pub name: String,
    pub sha256: String,
}

impl ResolvedPlan {
    pub(super) fn new(seed: u64, steps: Vec<ResolvedStep>) -> Self {
        ResolvedPlan { version: PLAN_VERSION, seed, steps }
    }
}

impl ResolvedStep {
    pub(super) fn new(step: &Step, resolved: &Map<String, Value>, models: Vec<(String, String)>) -> Self {
        let mut params = step.params.clone();
        params.extend(resolved.clone());
        ResolvedStep {
            id: step.id.clone(),
            op: step.op.clone(),
            input: step.input.clone(),
            inputs: step.inputs.clone(),
            params,
            models: models.into_iter().map(|(name, sha256)| ResolvedModel { name, sha256 }).collect(),
        }
    }
}
