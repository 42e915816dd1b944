//! `crop`: a part of the picture, by aspect, by a box, or around the subject.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, json};

use super::params::{aspect, param, refused};
use super::target::sight::{FACE_MESH, FACES, OBJECTS};
use super::{Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, speech, subject, target};
use crate::imaging::geometry;
use crate::imaging::{Rect, blend};
use crate::plan::{BoxUnit, TargetKind, Which};

/// Alpha above this belongs to the subject.
const SUBJECT_ALPHA: u8 = 12;

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum To {
    /// The main subject.
    Subject,
    /// All people.
    People,
    /// The largest face.
    Face,
}

impl To {
    /// Where the shape is too low for what is found, the share of what is cut that goes at the top: heads stay.
    fn cut_above(self) -> f64 {
        match self {
            To::People | To::Face => 0.0,
            To::Subject => 0.1,
        }
    }
}

/// One of `aspect`, `box` and `to` is needed; `aspect` goes with either of the others.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CropParams {
    /// `"3:4"`, width first. The largest part with that shape, centred; where the subject is known (a cut-out, or an earlier step found it)
    /// centred on that.
    #[serde(default)]
    aspect: Option<String>,
    /// `[x, y, w, h]` in displayed pixels (or fractions, see `unit`). What lies outside the picture is left out.
    #[serde(rename = "box", default)]
    box_: Option<[f64; 4]>,
    /// The unit of `box`; pixels unless it says otherwise.
    #[serde(default)]
    unit: Option<BoxUnit>,
    /// Crops around what is found in the picture.
    #[serde(default)]
    to: Option<To>,
    /// Pixels left around what `to` found.
    #[serde(default)]
    #[schemars(range(min = 0, max = 4096))]
    margin: u32,
}

static SPEC: OpSpec = OpSpec {
    name: "crop",
    summary_zh: "裁剪：按比例、按方框，或围绕主体、人、人脸",
    summary_en: "Crops by aspect, by a box or around the subject, people or a face",
    available: true,
    exact_outside_target: false,
    takes_target: false,
    makes_version: true,
    models: &[subject::JOB, OBJECTS, FACES, FACE_MESH],
    cost: Cost::Instant,
    params: || schemars::schema_for!(CropParams),
    speech: &speech::CROP,
};

pub(super) struct Crop;

impl Operation for Crop {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        let p: CropParams = params.read()?;
        if let Some(text) = &p.aspect {
            aspect("aspect", text)?;
        }
        match (&p.box_, p.to) {
            (Some(_), Some(_)) => Err(param("to", "box 与 to 只能给一个。", "Give either `box` or `to`, not both.")),
            (None, None) if p.aspect.is_none() => Err(param(
                "aspect",
                "要裁成什么样？请给出比例（如 1:1）、方框或 to。",
                "Crop to what? Give an aspect (such as 1:1), a box or `to`.",
            )),
            (Some(values), _) if values.iter().any(|v| !v.is_finite()) => {
                Err(param("box", "box 里有不是数的值。", "`box` has a value that is no number."))
            }
            _ => Ok(()),
        }
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: CropParams = params.read()?;
        let input = step.input.clone();
        let (width, height) = (input.width(), input.height());
        let mut focus = step.focus;
        let mut area = input.bounds();
        if let Some(values) = p.box_ {
            area = target::clip_box(values, p.unit, width, height)?;
            focus = None;
        } else if let Some(to) = p.to {
            let found = match to {
                To::Subject => find_subject(step)?,
                To::People => target::around(step, TargetKind::People, None)?,
                To::Face => target::around(step, TargetKind::Face, Some(Which::Largest))?,
            };
            area = grow(found, p.margin, width, height);
            focus = Some(area);
        } else if !input.is_opaque() {
            focus = blend::alpha_of(&input).bounding_box(SUBJECT_ALPHA);
        }
        if let Some(text) = &p.aspect {
            let shape = aspect("aspect", text)?;
            area = match p.to {
                // The shape goes around the subject, as far as there is picture.
                Some(to) => around(area, shape, (width, height), to.cut_above()),
                None => largest_inside(area, shape, focus),
            };
            if let Some(subject) = focus.filter(|s| !contains(area, *s)) {
                warn_cut(step, area, subject);
            }
        }
        step.check_cancel()?;
        let resolved = Map::from_iter([("box".to_owned(), json!([area.x, area.y, area.width, area.height]))]);
        if area == input.bounds() {
            return Ok(Outcome { resolved, ..Outcome::unchanged(input) });
        }
        let (picture, map) = geometry::crop(&input, area);
        Ok(Outcome { resolved, ..Outcome::picture(picture.into(), Some(map)) })
    }
}

fn find_subject(step: &mut StepContext<'_>) -> Result<Rect, OpError> {
    if let Some(known) = step.focus {
        return Ok(known);
    }
    let matte = subject::alpha_or_find(step)?;
    matte.bounding_box(127).ok_or_else(|| {
        refused(
            "subject_not_found",
            "没有找到明显的主体，请给出比例或方框。",
            "No clear subject was found. Give an aspect or a box instead.",
        )
    })
}

fn warn_cut(step: &mut StepContext<'_>, area: Rect, subject: Rect) {
    if subject.width > area.width || subject.height > area.height {
        step.warn(
            "subject_cut",
            "按这个比例，主体放不下，边缘被裁掉了。改用补边可以保留完整主体。",
            "The subject does not fit this aspect, so its edges were cut off. Padding instead of cropping keeps all of it.",
        );
    }
}

fn contains(outer: Rect, inner: Rect) -> bool {
    outer.x <= inner.x
        && outer.y <= inner.y
        && inner.x + inner.width <= outer.x + outer.width
        && inner.y + inner.height <= outer.y + outer.height
}

fn grow(rect: Rect, by: u32, width: u32, height: u32) -> Rect {
    let (x, y) = (rect.x.saturating_sub(by), rect.y.saturating_sub(by));
    let right = (rect.x + rect.width).saturating_add(by).min(width);
    let bottom = (rect.y + rect.height).saturating_add(by).min(height);
    Rect { x, y, width: right - x, height: bottom - y }
}

/// Width and height of the largest rectangle with this shape inside `width`×`height`, at least one pixel.
fn fit_inside(width: u32, height: u32, (w, h): (f64, f64)) -> (u32, u32) {
    let (width_f, height_f) = (f64::from(width), f64::from(height));
    if width_f * h > height_f * w {
        (((height_f * w / h).round() as u32).clamp(1, width), height)
    } else {
        (width, ((width_f * h / w).round() as u32).clamp(1, height))
    }
}

/// The largest part of `area` with this shape, centred on `focus` as far as the area allows, else in the middle.
fn largest_inside(area: Rect, shape: (f64, f64), focus: Option<Rect>) -> Rect {
    let (width, height) = fit_inside(area.width, area.height, shape);
    let place = |start: u32, room: u32, side: u32, focus: Option<(u32, u32)>| {
        let free = room - side;
        match focus {
            Some((at, length)) => {
                let middle = i64::from(at) * 2 + i64::from(length);
                ((middle - i64::from(side)) / 2 - i64::from(start)).clamp(0, i64::from(free)) as u32 + start
            }
            None => start + free / 2,
        }
    };
    Rect {
        x: place(area.x, area.width, width, focus.map(|f| (f.x, f.width))),
        y: place(area.y, area.height, height, focus.map(|f| (f.y, f.height))),
        width,
        height,
    }
}

/// The smallest rectangle with this shape around `inner`, moved or shrunk where the picture ends. If it becomes lower than `inner`, `above` is the share
/// of what is cut off that is cut off at the top.
fn around(inner: Rect, (w, h): (f64, f64), (width, height): (u32, u32), above: f64) -> Rect {
    let (iw, ih) = (f64::from(inner.width), f64::from(inner.height));
    let (ow, oh) = if iw * h > ih * w { (iw, iw * h / w) } else { (ih * w / h, ih) };
    let (ow, oh) = (ow.round() as u32, oh.round() as u32);
    let (ow, oh) = if ow > width || oh > height { fit_inside(width, height, (w, h)) } else { (ow.max(1), oh.max(1)) };
    let place = |at: u32, length: u32, side: u32, room: u32| {
        let middle = i64::from(at) * 2 + i64::from(length);
        ((middle - i64::from(side)) / 2).clamp(0, i64::from(room - side)) as u32
    };
    let y = if oh < inner.height {
        inner.y + (f64::from(inner.height - oh) * above).round() as u32
    } else {
        place(inner.y, inner.height, oh, height)
    };
    Rect { x: place(inner.x, inner.width, ow, width), y, width: ow, height: oh }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Rect = Rect { x: 0, y: 0, width: 400, height: 300 };

    #[test]
    fn an_aspect_takes_the_largest_part_and_keeps_the_subject_in() {
        assert_eq!(largest_inside(ALL, (1.0, 1.0), None), Rect { x: 50, y: 0, width: 300, height: 300 });
        let right = Rect { x: 300, y: 100, width: 90, height: 50 };
        assert_eq!(largest_inside(ALL, (1.0, 1.0), Some(right)), Rect { x: 100, y: 0, width: 300, height: 300 });
        let left = Rect { x: 10, y: 100, width: 190, height: 50 };
        assert_eq!(largest_inside(ALL, (1.0, 1.0), Some(left)).x, 0);
        assert_eq!(largest_inside(Rect { x: 0, y: 0, width: 1, height: 1 }, (100.0, 1.0), None).width, 1);
    }

    #[test]
    fn a_shape_around_the_subject_stays_inside_the_picture() {
        let subject = Rect { x: 350, y: 10, width: 40, height: 80 };
        assert_eq!(around(subject, (1.0, 1.0), (400, 300), 0.0), Rect { x: 320, y: 10, width: 80, height: 80 });
        let wide = Rect { x: 0, y: 100, width: 400, height: 50 };
        assert_eq!(
            around(wide, (1.0, 1.0), (400, 300), 0.0),
            Rect { x: 50, y: 0, width: 300, height: 300 },
            "as large as the picture allows"
        );
        let tall = Rect { x: 100, y: 20, width: 100, height: 280 };
        let cut = |to: To| around(tall, (16.0, 9.0), (400, 300), to.cut_above());
        assert_eq!(cut(To::People), Rect { x: 0, y: 20, width: 400, height: 225 }, "heads stay, feet go");
        assert_eq!(cut(To::Subject).y, 26);
    }
}
