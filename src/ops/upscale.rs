//! `upscale`: larger, with detail that a model adds, tile by tile (see [`crate::imaging::tiles`]).
//!
//! Made smaller again, the result is the picture that it was made from: a model's invention stays within the pixels that it was given. Sizes that no model
//! gives are reached by the next larger scale, then resampled exactly.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, json};

use super::params::{param, refused};
use super::{Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, speech, tiled};
use crate::imaging::resize::{resize, resize_map};
use crate::imaging::{Affine, Picture};
use crate::models::tiles::TileModel;
use crate::models::{ModelError, Models};
use crate::text::Text;

/// The manifest's job of the models that enlarge.
const JOB: &str = "upscale";
/// Where neither scale nor size is given.
const DEFAULT_SCALE: u32 = 2;

/// How large, and by which model.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpscaleParams {
    /// 2, 3 or 4 times as wide and as high; 2 where no size is given either.
    #[serde(default)]
    #[schemars(range(min = 2, max = 4))]
    scale: Option<u32>,
    /// Pixels. Alone, the height follows; with a height, the picture fits inside both.
    #[serde(default)]
    #[schemars(range(min = 1, max = 65535))]
    width: Option<u32>,
    /// Pixels. Alone, the width follows.
    #[serde(default)]
    #[schemars(range(min = 1, max = 65535))]
    height: Option<u32>,
    /// Name of an installed model for this job, as `portico models list` shows it, or of a series of them; automatic: the default.
    #[serde(default)]
    model: Option<String>,
}

static SPEC: OpSpec = OpSpec {
    name: "upscale",
    summary_zh: "放大并补充细节",
    summary_en: "Enlarges with added detail",
    available: true,
    exact_outside_target: false,
    takes_target: false,
    makes_version: true,
    models: &[JOB],
    cost: Cost::Heavy,
    params: || schemars::schema_for!(UpscaleParams),
    speech: &speech::UPSCALE,
};

pub(super) struct Upscale;

impl Operation for Upscale {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        let p: UpscaleParams = params.read()?;
        if p.scale.is_some() && p.width.or(p.height).is_some() {
            return Err(param("scale", "倍数与宽高只能给一种。", "Give either a scale or a width and height, not both."));
        }
        Ok(())
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: UpscaleParams = params.read()?;
        let input = step.input.clone();
        let from = (input.width(), input.height());
        let (width, height) = p.size(from);
        step.limits.check_size(width, height)?;
        let mut resolved = Map::from_iter([("width".to_owned(), json!(width)), ("height".to_owned(), json!(height))]);
        if width <= from.0 && height <= from.1 {
            return not_larger(step, (width, height), resolved);
        }
        let model = choose(step, p.model.as_deref(), (width, height))?;
        resolved.insert("model".to_owned(), json!(model.info.name));
        let picture = enlarge(step, &model, &input, (width, height))?;
        Ok(Outcome { resolved, ..Outcome::picture(Arc::new(picture), Some(resize_map(from, (width, height)))) })
    }
}

impl UpscaleParams {
    /// The size that is asked for.
    fn size(&self, (width, height): (u32, u32)) -> (u32, u32) {
        let (w, h) = (f64::from(width), f64::from(height));
        let factor = match (self.width, self.height) {
            (None, None) => {
                let scale = self.scale.unwrap_or(DEFAULT_SCALE);
                return (width.saturating_mul(scale), height.saturating_mul(scale));
            }
            (Some(width), None) => f64::from(width) / w,
            (None, Some(height)) => f64::from(height) / h,
            (Some(width), Some(height)) => (f64::from(width) / w).min(f64::from(height) / h),
        };
        let side = |length: f64| (length * factor).round().clamp(1.0, f64::from(u32::MAX)) as u32;
        (side(w), side(h))
    }
}

/// The picture at exactly the wanted size: by the model, then resampled. `step.limits` are held by what the model makes as well.
fn enlarge(step: &mut StepContext<'_>, model: &TileModel, picture: &Picture, wanted: (u32, u32)) -> Result<Picture, OpError> {
    let label = Text::new(format!("正在放大（{}×{}）", wanted.0, wanted.1), format!("Enlarging to {}×{}", wanted.0, wanted.1));
    let large = tiled::run(step, model, picture, &label)?;
    step.check_cancel()?;
    if f64::from(wanted.0) > f64::from(large.width()) * 1.5 || f64::from(wanted.1) > f64::from(large.height()) * 1.5 {
        let scale = model.settings.scale;
        step.warn(
            "upscale_beyond_model",
            format!("模型最多放大 {scale} 倍，其余部分是普通插值放大。"),
            format!("The model enlarges {scale} times at most; the rest is plain resampling."),
        );
    }
    Ok(resize(&large, wanted.0, wanted.1))
}

/// The picture is that large already: it is resampled, or left as it is.
fn not_larger(step: &mut StepContext<'_>, wanted: (u32, u32), resolved: Map<String, serde_json::Value>) -> Result<Outcome, OpError> {
    let input = step.input.clone();
    let from = (input.width(), input.height());
    step.warn(
        "upscale_not_larger",
        format!("图片已经有 {}×{}，不需要放大；没有用模型。", from.0, from.1),
        format!("The picture already has {}×{} pixels, so there is nothing to enlarge; no model was used.", from.0, from.1),
    );
    if from == wanted {
        return Ok(Outcome { resolved, map: Some(Affine::IDENTITY), ..Outcome::unchanged(input) });
    }
    Ok(Outcome { resolved, ..Outcome::picture(Arc::new(resize(&input, wanted.0, wanted.1)), Some(resize_map(from, wanted))) })
}

/// The model for a size: the one that is named, else of the default's series the smallest scale that reaches it and whose result is within the limits; where
/// none reaches it, the largest.
fn choose(step: &StepContext<'_>, name: Option<&str>, wanted: (u32, u32)) -> Result<TileModel, OpError> {
    let mut usable = candidates(step.models, name)?;
    usable.sort_by_key(|m| m.settings.scale);
    let (width, height) = (step.input.width(), step.input.height());
    let within = |m: &&TileModel| {
        let scale = m.settings.scale;
        step.limits.check_size(width.saturating_mul(scale), height.saturating_mul(scale)).is_ok()
    };
    let reaches =
        |m: &&TileModel| width.saturating_mul(m.settings.scale) >= wanted.0 && height.saturating_mul(m.settings.scale) >= wanted.1;
    let fitting: Vec<&TileModel> = usable.iter().filter(within).collect();
    // Where even the smallest is too large, running it says by how much.
    let chosen = fitting.iter().copied().find(reaches).or(fitting.last().copied()).or(usable.first());
    chosen.cloned().ok_or_else(|| OpError::Internal("no model among the candidates".to_owned()))
}

/// Installed models that a name (of a model or a series) means; without a name those of the default's series. At least one.
fn candidates(models: &Models, name: Option<&str>) -> Result<Vec<TileModel>, OpError> {
    let all: Vec<TileModel> =
        models.manifest().models().iter().filter(|m| m.job == JOB).map(|m| TileModel::of(m.clone())).collect::<Result<_, _>>()?;
    let here: Vec<String> = models.status().into_iter().filter(|s| s.installed).map(|s| s.info.name).collect();
    let installed = |m: &TileModel| here.contains(&m.info.name);
    if let Some(name) = name {
        let meant: Vec<TileModel> = all.iter().filter(|m| m.info.name == name || m.settings.series == name).cloned().collect();
        let Some(first) = meant.first() else { return Err(unknown(name, &all)) };
        let missing = ModelError::missing(&first.info);
        let usable: Vec<TileModel> = meant.into_iter().filter(installed).collect();
        return if usable.is_empty() { Err(missing.into()) } else { Ok(usable) };
    }
    let default = TileModel::of(models.default_for(JOB)?)?;
    let series = &default.settings.series;
    let mut usable: Vec<TileModel> =
        all.into_iter().filter(|m| !series.is_empty() && m.settings.series == *series).filter(installed).collect();
    if usable.is_empty() {
        usable.push(default);
    }
    Ok(usable)
}

fn unknown(name: &str, known: &[TileModel]) -> OpError {
    let names = known.iter().map(|m| m.info.name.as_str()).collect::<Vec<_>>();
    refused(
        "model_unknown",
        format!("没有名为“{name}”的放大模型。可以用：{}。", names.join("、")),
        format!("There is no model named `{name}` that enlarges. There are: {}.", names.join(", ")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(params: serde_json::Value, from: (u32, u32)) -> (u32, u32) {
        serde_json::from_value::<UpscaleParams>(params).unwrap().size(from)
    }

    #[test]
    fn a_scale_multiplies_both_sides_and_a_size_keeps_the_shape() {
        assert_eq!(size(json!({}), (37, 41)), (74, 82));
        assert_eq!(size(json!({"scale": 4}), (37, 41)), (148, 164));
        assert_eq!(size(json!({"width": 2000}), (600, 400)), (2000, 1333));
        assert_eq!(size(json!({"height": 1000}), (600, 400)), (1500, 1000));
        assert_eq!(size(json!({"width": 2000, "height": 1000}), (600, 400)), (1500, 1000));
        assert_eq!(size(json!({"width": 1}), (1, 5000)), (1, 5000));
    }

    #[test]
    fn scale_and_size_together_are_refused() {
        let check = |v: serde_json::Value| Upscale.check(&Params(v.as_object().unwrap().clone()));
        assert!(check(json!({"scale": 2, "width": 100})).is_err());
        assert!(check(json!({"scale": 5})).is_err() && check(json!({"scale": 1})).is_err());
        assert!(check(json!({"scale": 3})).is_ok() && check(json!({})).is_ok());
    }
}
