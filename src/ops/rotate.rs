//! `rotate`: turns the picture clockwise; quarter turns are exact. `auto` finds the angle that makes it level (see [`crate::imaging::level`]).

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, json};

use super::params::param;
use super::{Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, speech};
use crate::imaging::geometry::{rotate, rotated_size, turned_within};
use crate::imaging::level::tilt;
use crate::text::Text;

/// Less than this is not seen, and turning would only soften the picture.
const LEAST_DEGREES: f64 = 0.1;
/// Below this share of agreeing lines nothing is turned.
const SURE: f64 = 0.3;

/// The angle.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RotateParams {
    /// Clockwise; negative turns the other way. Multiples of 90 move pixels without changing them; at other angles the corners become
    /// transparent unless `trim` is set.
    #[serde(default)]
    #[schemars(range(min = -360.0, max = 360.0))]
    degrees: Option<f64>,
    /// Finds the angle that makes the picture level, up to 20 degrees, from its horizontal and vertical lines. Where they do not agree, the
    /// picture stays as it is and that is said.
    #[serde(default)]
    auto: bool,
    /// Crops to the largest upright rectangle that has no empty corner; true with `auto`, else false.
    #[serde(default)]
    trim: Option<bool>,
}

static SPEC: OpSpec = OpSpec {
    name: "rotate",
    summary_zh: "旋转；自动拉直",
    summary_en: "Turns the picture; straightens it by itself",
    available: true,
    exact_outside_target: false,
    takes_target: false,
    makes_version: true,
    models: &[],
    cost: Cost::Instant,
    params: || schemars::schema_for!(RotateParams),
    speech: &speech::ROTATE,
};

pub(super) struct Rotate;

impl Operation for Rotate {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        let p: RotateParams = params.read()?;
        match p.degrees {
            Some(_) if p.auto => Err(param("degrees", "degrees 与 auto 只能给一个。", "Give either `degrees` or `auto`, not both.")),
            Some(v) if v.is_finite() => Ok(()),
            None if p.auto => Ok(()),
            _ => Err(param("degrees", "要转多少度？", "Turn by how many degrees?")),
        }
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: RotateParams = params.read()?;
        let input = step.input.clone();
        let mut resolved = Map::new();
        let trim = p.trim.unwrap_or(p.auto);
        let degrees = match p.degrees {
            Some(degrees) => degrees,
            None => {
                let Some(degrees) = level(step) else { return Ok(Outcome::unchanged(input)) };
                resolved.insert("auto".to_owned(), json!(false));
                resolved.insert("degrees".to_owned(), json!(degrees));
                resolved.insert("trim".to_owned(), json!(trim));
                degrees
            }
        };
        if degrees % 360.0 == 0.0 {
            return Ok(Outcome::unchanged(input));
        }
        step.check_cancel()?;
        if p.auto {
            say(step, degrees, trim);
        }
        let (picture, map) = if trim && degrees % 90.0 != 0.0 {
            turned_within(&input, degrees)
        } else {
            let (width, height) = rotated_size(input.width(), input.height(), degrees);
            step.limits.check_size(width, height)?;
            rotate(&input, degrees, [0; 4])
        };
        Ok(Outcome { resolved, ..Outcome::picture(picture.into(), Some(map)) })
    }
}

/// The turn that puts the picture level, in hundredths of a degree; `None` with a notice where there is nothing to do or nothing to go by.
fn level(step: &mut StepContext<'_>) -> Option<f64> {
    step.watch.progress(step.step, None, &Text::new("正在找水平线和竖直线", "Looking for level and upright lines"));
    let found = tilt(&step.input);
    tracing::debug!(?found, "straight lines");
    let Some(found) = found.filter(|found| found.confidence >= SURE) else {
        step.warn(
            "no_lines",
            "画面里没有足够一致的水平或竖直线条，看不出歪了多少，图片未改动。可以给出角度，例如“顺时针转 2 度”。",
            "There are not enough level or upright lines that agree, so how far it is tilted cannot be told and nothing was changed. Give an angle, such \
             as “rotate 2 degrees clockwise”.",
        );
        return None;
    };
    let degrees = (-found.degrees * 100.0).round() / 100.0;
    if degrees.abs() < LEAST_DEGREES {
        step.warn("already_level", "画面已经是正的，图片未改动。", "The picture is level already; nothing was changed.");
        return None;
    }
    Some(degrees)
}

fn say(step: &mut StepContext<'_>, degrees: f64, trim: bool) {
    let (way_zh, way_en) = if degrees > 0.0 { ("顺时针", "clockwise") } else { ("逆时针", "counter-clockwise") };
    let (cut_zh, cut_en) = if trim { ("，并裁掉了空出来的角", " and cropped the empty corners away") } else { ("", "") };
    let by = degrees.abs();
    step.warn("straightened", format!("{way_zh}转了 {by} 度{cut_zh}。"), format!("Turned it {by} degrees {way_en}{cut_en}."));
}
