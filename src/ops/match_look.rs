//! `match`: tone and colour of another picture taken over. With a target, all outside the resolved mask stays bit-identical; without one the mask is the
//! whole picture.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, json};

use super::params::param;
use super::target::How;
use super::{Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, cutout, second, speech, target};
use crate::imaging::transfer::transfer;
use crate::imaging::{Affine, Mask};
use crate::plan::{ImageRef, Target};
use crate::text::Text;

/// Whose look is taken over, and where.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MatchParams {
    /// The picture whose tone and colour are taken over, e.g. `image:2`. Its size does not matter.
    to: ImageRef,
    /// How much of its look is taken over, 0..1.
    #[serde(default = "wholly")]
    #[schemars(range(min = 0, max = 1))]
    strength: f32,
    /// What changes; the whole picture unless it is given. A box means all pixels in it.
    #[serde(default)]
    target: Option<Target>,
}

fn wholly() -> f32 {
    1.0
}

static SPEC: OpSpec = OpSpec {
    name: "match",
    summary_zh: "套用另一张图的色调",
    summary_en: "Takes over another picture's tone and colour",
    available: true,
    exact_outside_target: true,
    takes_target: true,
    makes_version: true,
    models: target::JOBS,
    cost: Cost::Instant,
    params: || schemars::schema_for!(MatchParams),
    speech: &speech::MATCH_LOOK,
};

pub(super) struct MatchLook;

impl Operation for MatchLook {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        read(params)?.target.as_ref().map_or(Ok(()), target::check)
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p = read(&params)?;
        let other = second::picture(step, "to", &p.to)?;
        let unchanged = Outcome::unchanged(step.input.clone());
        let mask = match &p.target {
            None => None,
            Some(wanted) => {
                let how = How::AREA;
                match cutout::find(step, wanted, how)? {
                    Some(mask) => Some(mask),
                    None => return Ok(unchanged),
                }
            }
        };
        step.check_cancel()?;
        step.watch.progress(step.step, None, &Text::new("正在套用色调", "Taking the look over"));
        let Some(matched) = transfer(&step.input, &other, mask.as_ref(), p.strength) else {
            step.warn(
                "nothing_visible",
                "其中一张图完全透明，没有色调可以套用，图片未改动。",
                "One of the pictures is wholly transparent, so there is no look to take over and nothing was changed.",
            );
            return Ok(unchanged);
        };
        step.check_cancel()?;
        let picture = if matched == *step.input { step.input.clone() } else { Arc::new(matched) };
        step.preview(&Text::new("套用色调后", "With the other picture's look"), None, &picture);
        let mask = mask.unwrap_or_else(|| Mask::filled(picture.width(), picture.height(), 255));
        Ok(Outcome {
            mask: Some(Arc::new(mask)),
            resolved: Map::from_iter([("strength".to_owned(), json!(p.strength))]),
            ..Outcome::picture(picture, Some(Affine::IDENTITY))
        })
    }
}

fn read(params: &Params) -> Result<MatchParams, OpError> {
    if !params.0.contains_key("to") {
        return Err(param(
            "to",
            "要套用哪张图的色调？请附上那张图，并给出 to（例如 image:2）。",
            "Whose look should be taken over? Attach that picture and give `to`, e.g. image:2.",
        ));
    }
    params.read()
}
