//! `adjust`: the sliders, on the whole picture or on a part (see [`crate::imaging::adjust`]). With a target, all outside the resolved mask stays
//! bit-identical; all at 0 changes nothing.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::pace::paced;
use super::params::param;
use super::target::How;
use super::{Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, cutout, speech, target};
use crate::imaging::adjust::Sliders;
use crate::imaging::{Affine, Mask};
use crate::plan::Target;
use crate::text::Text;

/// The sliders, each −100..100; 0 leaves the picture as it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AdjustParams {
    /// Midtones lighter or darker; black and white stay.
    #[serde(default)]
    #[schemars(range(min = -100, max = 100))]
    brightness: f64,
    /// More or less contrast around the middle; black and white stay.
    #[serde(default)]
    #[schemars(range(min = -100, max = 100))]
    contrast: f64,
    /// -100 is black and white, 100 twice the colour.
    #[serde(default)]
    #[schemars(range(min = -100, max = 100))]
    saturation: f64,
    /// Above 0 warmer, below cooler.
    #[serde(default)]
    #[schemars(range(min = -100, max = 100))]
    temperature: f64,
    /// Above 0 towards magenta, below towards green.
    #[serde(default)]
    #[schemars(range(min = -100, max = 100))]
    tint: f64,
    /// Light, as the camera would have caught more or less of it: 100 is 2.5 stops.
    #[serde(default)]
    #[schemars(range(min = -100, max = 100))]
    exposure: f64,
    /// Bright parts: below 0 brings them back, above 0 brightens them.
    #[serde(default)]
    #[schemars(range(min = -100, max = 100))]
    highlights: f64,
    /// Dark parts: above 0 lifts them, below 0 deepens them.
    #[serde(default)]
    #[schemars(range(min = -100, max = 100))]
    shadows: f64,
    /// Turns all colours around the colour wheel: 100 is half a turn.
    #[serde(default)]
    #[schemars(range(min = -100, max = 100))]
    hue: f64,
    /// What changes; the whole picture unless it is given. A box means all pixels in it.
    #[serde(default)]
    target: Option<Target>,
}

impl AdjustParams {
    fn sliders(&self) -> Sliders {
        Sliders {
            brightness: self.brightness,
            contrast: self.contrast,
            saturation: self.saturation,
            temperature: self.temperature,
            tint: self.tint,
            exposure: self.exposure,
            highlights: self.highlights,
            shadows: self.shadows,
            hue: self.hue,
        }
    }
}

static SPEC: OpSpec = OpSpec {
    name: "adjust",
    summary_zh: "调整亮度、对比度、饱和度、色温、曝光、高光、暗部、色相",
    summary_en: "Adjusts brightness, contrast, saturation, temperature, exposure, highlights, shadows and hue",
    available: true,
    exact_outside_target: true,
    takes_target: true,
    makes_version: true,
    models: target::JOBS,
    cost: Cost::Instant,
    params: || schemars::schema_for!(AdjustParams),
    speech: &speech::ADJUST,
};

pub(super) struct Adjust;

impl Operation for Adjust {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        let p: AdjustParams = params.read()?;
        if params.0.keys().all(|name| name == "target") {
            return Err(param(
                "brightness",
                "要调哪一项？例如 brightness（亮度）、contrast（对比度）、saturation（饱和度）、temperature（色温），取值 -100 到 100。",
                "What should be adjusted? Give brightness, contrast, saturation or temperature, say, from -100 to 100.",
            ));
        }
        p.target.as_ref().map_or(Ok(()), target::check)
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: AdjustParams = params.read()?;
        let (input, sliders) = (step.input.clone(), p.sliders());
        if sliders.is_neutral() {
            return Ok(Outcome::unchanged(input));
        }
        let mask = match &p.target {
            None => None,
            Some(wanted) => {
                let how = How::AREA;
                match cutout::find(step, wanted, how)? {
                    Some(mask) => Some(mask),
                    None => return Ok(Outcome::unchanged(input)),
                }
            }
        };
        step.check_cancel()?;
        let label = Text::new("正在调整", "Adjusting");
        let adjusted = paced(step, &label, |pace| sliders.apply(&input, mask.as_ref(), pace))?;
        let picture = if adjusted == *input { input } else { Arc::new(adjusted) };
        step.preview(&Text::new("调整后", "Adjusted"), None, &picture);
        let mask = mask.unwrap_or_else(|| Mask::filled(picture.width(), picture.height(), 255));
        Ok(Outcome { mask: Some(Arc::new(mask)), ..Outcome::picture(picture, Some(Affine::IDENTITY)) })
    }
}
