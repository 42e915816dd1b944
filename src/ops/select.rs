//! `select`: shows what a target means; makes a mask and no version.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::target::How;
use super::{Artifact, Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, cutout, speech, target};
use crate::plan::Target;

/// What to select.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SelectParams {
    /// The main subject unless it says otherwise. A box means the thing in it.
    #[serde(default)]
    target: Target,
}

static SPEC: OpSpec = OpSpec {
    name: "select",
    summary_zh: "选中一部分，得到蒙版",
    summary_en: "Selects a part and gives its mask",
    available: true,
    exact_outside_target: false,
    takes_target: true,
    makes_version: false,
    models: target::JOBS,
    cost: Cost::Model,
    params: || schemars::schema_for!(SelectParams),
    speech: &speech::SELECT,
};

pub(super) struct Select;

impl Operation for Select {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        target::check(&params.read::<SelectParams>()?.target)
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: SelectParams = params.read()?;
        let how = How::THING;
        let unchanged = Outcome::unchanged(step.input.clone());
        let Some(mask) = cutout::find(step, &p.target, how)? else { return Ok(unchanged) };
        let mask = Arc::new(mask);
        Ok(Outcome { mask: Some(mask.clone()), artifacts: vec![("mask", Artifact::Mask(mask))], ..unchanged })
    }
}
