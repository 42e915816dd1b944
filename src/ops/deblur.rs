//! `deblur`: blur from shake and motion taken out by a model, tile by tile (see [`crate::imaging::tiles`]). The picture's size and alpha stay.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, json};

use super::{Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, speech, tiled};
use crate::imaging::blend::mixed;
use crate::imaging::{Affine, Picture};
use crate::models::tiles::TileModel;
use crate::text::Text;

/// The manifest's job.
const JOB: &str = "deblur";

/// How much.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DeblurParams {
    /// 0 changes nothing, 1 is the model's result.
    #[serde(default = "half")]
    #[schemars(range(min = 0, max = 1))]
    strength: f64,
}

fn half() -> f64 {
    0.5
}

static SPEC: OpSpec = OpSpec {
    name: "deblur",
    summary_zh: "去模糊",
    summary_en: "Removes blur",
    available: true,
    exact_outside_target: false,
    takes_target: false,
    makes_version: true,
    models: &[JOB],
    cost: Cost::Heavy,
    params: || schemars::schema_for!(DeblurParams),
    speech: &speech::DEBLUR,
};

pub(super) struct Deblur;

impl Operation for Deblur {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        params.read::<DeblurParams>().map(drop)
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: DeblurParams = params.read()?;
        let input = step.input.clone();
        let resolved = Map::from_iter([("strength".to_owned(), json!(p.strength))]);
        if p.strength == 0.0 {
            return Ok(Outcome { resolved, ..Outcome::unchanged(input) });
        }
        let picture = by_model(step, JOB, &input, p.strength as f32, &Text::new("正在去模糊", "Removing blur"))?;
        Ok(Outcome { resolved, ..Outcome::picture(Arc::new(picture), Some(Affine::IDENTITY)) })
    }
}

/// The result of a job's default model, mixed with the picture by `strength`.
pub(super) fn by_model(step: &mut StepContext<'_>, job: &str, picture: &Picture, strength: f32, label: &Text) -> Result<Picture, OpError> {
    let model = TileModel::of(step.models.default_for(job)?)?;
    let result = tiled::run(step, &model, picture, label)?;
    step.check_cancel()?;
    Ok(mixed(picture, &result, strength))
}
