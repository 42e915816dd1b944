//! `sharpen`: edges and texture sharper, grain and halos not (see [`crate::imaging::sharpen`]).

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, json};

use super::pace::paced;
use super::{Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, speech};
use crate::imaging::Affine;
use crate::imaging::sharpen::sharpen;
use crate::text::Text;

/// How much is sharpened.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SharpenParams {
    /// 0 changes nothing, 1 is as sharp as goes without halos.
    #[serde(default = "half")]
    #[schemars(range(min = 0, max = 1))]
    strength: f32,
}

fn half() -> f32 {
    0.5
}

static SPEC: OpSpec = OpSpec {
    name: "sharpen",
    summary_zh: "锐化",
    summary_en: "Sharpens",
    available: true,
    exact_outside_target: false,
    takes_target: false,
    makes_version: true,
    models: &[],
    cost: Cost::Model,
    params: || schemars::schema_for!(SharpenParams),
    speech: &speech::SHARPEN,
};

pub(super) struct Sharpen;

impl Operation for Sharpen {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        params.read::<SharpenParams>().map(drop)
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: SharpenParams = params.read()?;
        let input = step.input.clone();
        let label = Text::new("正在锐化", "Sharpening");
        let sharp = paced(step, &label, |pace| sharpen(&input, p.strength, pace))?;
        if sharp == *input {
            return Ok(Outcome::unchanged(input));
        }
        let picture = Arc::new(sharp);
        step.preview(&Text::new("锐化后", "Sharpened"), None, &picture);
        Ok(Outcome {
            resolved: Map::from_iter([("strength".to_owned(), json!(p.strength))]),
            ..Outcome::picture(picture, Some(Affine::IDENTITY))
        })
    }
}
