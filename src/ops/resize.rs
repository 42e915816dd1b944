//! `resize`: the picture at another size, resampled in linear light.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, json};

use super::params::param;
use super::{Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, speech};
use crate::imaging::{Rect, geometry, resize};

/// How width and height together are met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Fit {
    /// As large as fits inside, shape kept, nothing added.
    #[default]
    Contain,
    /// Covers the size exactly; what sticks out is cut off evenly.
    Cover,
    /// Exactly the size, stretched if need be.
    Fill,
}

/// Width, height or both, or a scale.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ResizeParams {
    /// Pixels. Alone, the height follows.
    #[serde(default)]
    #[schemars(range(min = 1, max = 65535))]
    width: Option<u32>,
    /// Pixels. Alone, the width follows.
    #[serde(default)]
    #[schemars(range(min = 1, max = 65535))]
    height: Option<u32>,
    /// Factor for both sides, e.g. 0.5.
    #[serde(default)]
    #[schemars(range(min = 0.001, max = 64.0))]
    scale: Option<f64>,
    /// With both width and height: `contain`, `cover` or `fill`.
    #[serde(default)]
    fit: Fit,
}

static SPEC: OpSpec = OpSpec {
    name: "resize",
    summary_zh: "改变尺寸",
    summary_en: "Changes the size",
    available: true,
    exact_outside_target: false,
    takes_target: false,
    makes_version: true,
    models: &[],
    cost: Cost::Instant,
    params: || schemars::schema_for!(ResizeParams),
    speech: &speech::RESIZE,
};

pub(super) struct Resize;

impl Operation for Resize {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        let p: ResizeParams = params.read()?;
        match (p.width.or(p.height), p.scale) {
            (None, None) => Err(param("width", "要改成多大？请给出宽、高或倍数。", "Resize to what? Give a width, a height or a scale.")),
            (Some(_), Some(_)) => Err(param("scale", "倍数与宽高只能给一种。", "Give either a scale or a width and height, not both.")),
            _ => Ok(()),
        }
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: ResizeParams = params.read()?;
        let input = step.input.clone();
        let from = (input.width(), input.height());
        let (width, height) = p.size(from);
        step.limits.check_size(width, height)?;
        let part = match (p.fit, p.width, p.height) {
            (Fit::Cover, Some(w), Some(h)) => cover(from, (w, h)),
            _ => input.bounds(),
        };
        step.check_cancel()?;
        let resolved = Map::from_iter([("width".to_owned(), json!(width)), ("height".to_owned(), json!(height))]);
        if from == (width, height) {
            return Ok(Outcome { resolved, ..Outcome::unchanged(input) });
        }
        let scaling = resize::resize_map((part.width, part.height), (width, height));
        let (picture, map) = if part == input.bounds() {
            (resize::resize(&input, width, height), scaling)
        } else {
            let (cut, moved) = geometry::crop(&input, part);
            (resize::resize(&cut, width, height), scaling.then(&moved))
        };
        Ok(Outcome { resolved, ..Outcome::picture(picture.into(), Some(map)) })
    }
}

impl ResizeParams {
    fn size(&self, (width, height): (u32, u32)) -> (u32, u32) {
        let (w, h) = (f64::from(width), f64::from(height));
        let scaled = |factor: f64| (side(w * factor), side(h * factor));
        match (self.width, self.height, self.fit) {
            (Some(width), Some(height), Fit::Contain) => {
                let (fx, fy) = (f64::from(width) / w, f64::from(height) / h);
                // The tighter side is met exactly, whatever the division rounds to.
                if fx <= fy { (width, side(h * fx).min(height)) } else { (side(w * fy).min(width), height) }
            }
            (Some(width), Some(height), _) => (width, height),
            (Some(width), None, _) => (width, side(h * f64::from(width) / w)),
            (None, Some(height), _) => (side(w * f64::from(height) / h), height),
            (None, None, _) => scaled(self.scale.unwrap_or(1.0)),
        }
    }
}

/// A side in pixels; far too long ones are left for the limits to refuse.
fn side(v: f64) -> u32 {
    v.round().clamp(1.0, f64::from(u32::MAX)) as u32
}

/// The part of the middle that has the wanted shape.
fn cover((width, height): (u32, u32), (w, h): (u32, u32)) -> Rect {
    let (pw, ph) = (u64::from(width) * u64::from(h), u64::from(height) * u64::from(w));
    let (cw, ch) = if pw > ph {
        (((ph as f64 / f64::from(h)).round() as u32).clamp(1, width), height)
    } else {
        (width, ((pw as f64 / f64::from(w)).round() as u32).clamp(1, height))
    };
    Rect { x: (width - cw) / 2, y: (height - ch) / 2, width: cw, height: ch }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(params: serde_json::Value, from: (u32, u32)) -> (u32, u32) {
        let p: ResizeParams = serde_json::from_value(params).unwrap();
        p.size(from)
    }

    #[test]
    fn the_missing_side_follows_and_a_fit_is_never_larger_than_asked() {
        assert_eq!(size(json!({"width": 800}), (4000, 3000)), (800, 600));
        assert_eq!(size(json!({"height": 1}), (3, 5000)), (1, 1));
        assert_eq!(size(json!({"scale": 0.5}), (101, 7)), (51, 4));
        assert_eq!(size(json!({"width": 800, "height": 800}), (4000, 3000)), (800, 600));
        assert_eq!(size(json!({"width": 800, "height": 800}), (3000, 4000)), (600, 800));
        assert_eq!(size(json!({"width": 800, "height": 800, "fit": "fill"}), (3000, 4000)), (800, 800));
    }

    #[test]
    fn covering_takes_the_middle() {
        assert_eq!(cover((400, 300), (50, 50)), Rect { x: 50, y: 0, width: 300, height: 300 });
        assert_eq!(cover((300, 400), (300, 100)), Rect { x: 0, y: 150, width: 300, height: 100 });
        assert_eq!(cover((1, 1), (5000, 1)), Rect { x: 0, y: 0, width: 1, height: 1 });
    }
}
