//! `deblur`: blur from shake and motion taken out by a model, tile by tile (see [`crate::imaging::tiles`]). The picture's size and alpha stay. Without such a
//! model the picture is sharpened instead, and the answer says so and how to get the model.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, json};

use super::pace::paced;
use super::{Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, speech, tiled};
use crate::imaging::blend::mixed;
use crate::imaging::sharpen::sharpen;
use crate::imaging::{Affine, Picture};
use crate::models::tiles::TileModel;
use crate::models::{ModelError, ModelInfo};
use crate::text::{Explain, Text};

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
        let picture = match step.models.default_for(JOB) {
            Ok(info) => by_model(step, info, &input, p.strength as f32, &Text::new("正在去模糊", "Removing blur"))?,
            Err(missing) if missing.code() == "model_missing" => sharpened(step, &missing.text(), p.strength as f32)?,
            Err(other) => return Err(other.into()),
        };
        if picture == *input {
            return Ok(Outcome { resolved, ..Outcome::unchanged(input) });
        }
        Ok(Outcome { resolved, ..Outcome::picture(Arc::new(picture), Some(Affine::IDENTITY)) })
    }
}

/// What can be done without the model.
fn sharpened(step: &mut StepContext<'_>, missing: &Text, strength: f32) -> Result<Picture, OpError> {
    step.warn(
        "deblur_sharpened",
        format!("没有去模糊模型，只做了锐化：边缘更清楚，但模糊本身还在。{}", missing.zh),
        format!(
            "Without a model that removes blur the picture was only sharpened: edges are clearer, the blur itself stays. {}",
            missing.en
        ),
    );
    let input = step.input.clone();
    paced(step, &Text::new("正在锐化", "Sharpening"), |pace| sharpen(&input, strength, pace))
}

/// What a model that keeps the size makes of a picture, mixed with it by `strength`.
pub(super) fn by_model(
    step: &mut StepContext<'_>,
    info: ModelInfo,
    picture: &Picture,
    strength: f32,
    label: &Text,
) -> Result<Picture, OpError> {
    let model = TileModel::of(info)?;
    if model.settings.scale != 1 {
        return Err(ModelError::input(&model.info.name, "it makes pictures larger; here one is needed that keeps the size").into());
    }
    let result = tiled::run(step, &model, picture, label)?;
    step.check_cancel()?;
    Ok(mixed(picture, &result, strength))
}
