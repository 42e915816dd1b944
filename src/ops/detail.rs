//! `detail`: the fine detail of another picture, usually the original, laid back on the low band of the edit (see [`crate::imaging::detail`]).
//!
//! The edit may be a crop, a turn or another size of that picture: it is found through the maps of all steps and versions between them. Outside the
//! target every pixel stays bit-identical, and alpha stays everywhere.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, json};

use super::params::refused;
use super::target::How;
use super::{Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, cutout, second, speech, target};
use crate::imaging::detail;
use crate::imaging::geometry::seen_through;
use crate::imaging::{Affine, Mask, Picture, blend};
use crate::plan::{ImageRef, Target};
use crate::text::Text;

/// The radius where none is given: a share of the long side, and pixels at least.
const RADIUS_SHARE: f64 = 0.004;
const LEAST_RADIUS_PX: f64 = 2.0;
/// Where less than this share shows the same in both pictures, that is said.
const LITTLE: f32 = 0.02;

/// Whose detail, how fine, how much, and where.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DetailParams {
    /// The picture whose detail is wanted: the input as it was before edits, or another picture of exactly its size.
    #[serde(default = "second::original")]
    from: ImageRef,
    /// Detail is what is finer than about this many pixels; automatic: 0.4 % of the long side, at least 2.
    #[serde(default)]
    #[schemars(range(min = 0.5, max = 256))]
    radius: Option<f64>,
    /// 0 changes nothing, 1 lays all of the detail on.
    #[serde(default = "all")]
    #[schemars(range(min = 0, max = 1))]
    strength: f64,
    /// Where; the whole picture unless it says otherwise. A box means all pixels in it.
    #[serde(default)]
    target: Option<Target>,
}

fn all() -> f64 {
    1.0
}

static SPEC: OpSpec = OpSpec {
    name: "detail",
    summary_zh: "找回原图的细节",
    summary_en: "Lays the original's fine detail back on",
    available: true,
    exact_outside_target: true,
    takes_target: true,
    makes_version: true,
    models: target::JOBS,
    cost: Cost::Model,
    params: || schemars::schema_for!(DetailParams),
    speech: &speech::DETAIL,
};

pub(super) struct Detail;

impl Operation for Detail {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        params.read::<DetailParams>()?.target.as_ref().map_or(Ok(()), target::check)
    }

    fn implied(&self, params: &Params) -> Vec<ImageRef> {
        second::implied(params)
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: DetailParams = params.read()?;
        let input = step.input.clone();
        let Some((from, map)) = second::earlier(step, &p.from)? else {
            step.warn(
                "detail_same",
                "当前图片就是要取细节的那一张，没有什么可以贴回。",
                "The picture is the very one whose detail is wanted, so there is nothing to lay on.",
            );
            return Ok(Outcome::unchanged(input));
        };
        let part = match &p.target {
            None => Mask::filled(input.width(), input.height(), 255),
            Some(wanted) => {
                let how = How::AREA;
                match cutout::find(step, wanted, how)? {
                    Some(mask) => mask,
                    None => return Ok(Outcome::unchanged(input)),
                }
            }
        };
        step.check_cancel()?;
        step.watch.progress(step.step, None, &Text::new("正在贴回细节", "Laying the detail on"));
        let original = seen_through(&from, &map, input.width(), input.height());
        if !meets(&original, &part) {
            return Err(no_common_ground(&p.from));
        }
        step.check_cancel()?;
        let long = f64::from(input.width().max(input.height()));
        let radius = p.radius.unwrap_or((RADIUS_SHARE * long).max(LEAST_RADIUS_PX));
        let task = detail::Detail { edit: &input, original: &original, part: &part, radius: radius as f32, strength: p.strength as f32 };
        let laid = task.lay();
        step.check_cancel()?;
        if laid.share < LITTLE && p.strength > 0.0 {
            step.warn(
                "detail_differs",
                "两张图的内容差别太大，几乎没有可以贴回的细节。",
                "The two pictures show different things nearly everywhere, so hardly any detail was laid on.",
            );
        }
        let picture = Arc::new(blend::masked(&input, &laid.picture, &part));
        if picture == input {
            return Ok(Outcome::unchanged(input));
        }
        step.preview(&Text::new("细节", "The detail"), None, &picture);
        let radius = (radius * 10.0).round() / 10.0;
        Ok(Outcome {
            mask: Some(Arc::new(part)),
            resolved: Map::from_iter([("radius".to_owned(), json!(radius))]),
            ..Outcome::picture(picture, Some(Affine::IDENTITY))
        })
    }
}

/// Whether anything of the original lies in the part.
fn meets(original: &Picture, part: &Mask) -> bool {
    original.rgba8().as_chunks::<4>().0.iter().zip(part.values()).any(|(pixel, &inside)| pixel[3] > 0 && inside > 0)
}

fn no_common_ground(reference: &ImageRef) -> OpError {
    refused(
        "no_common_ground",
        format!("选中的部分在“{reference}”里不存在（可能是后来补出来的边），没有细节可以贴回。请选画面中原来就有的部分。"),
        format!(
            "`{reference}` does not show the selected part (a border that was added later, say), so it has no detail for it. Select a part that was there."
        ),
    )
}
