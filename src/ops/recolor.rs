//! `recolor`: an object in another colour. Its shading, texture and highlights stay, and so does what is of another material: stripes, tyres, windows.
//! All outside the resolved mask stays bit-identical.
//!
//! Faces of people who are selected as a whole are left out of the mask: "make her blue" means what she wears.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, json};

use super::params::{colour, param};
use super::target::How;
use super::{Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, cutout, speech, target};
use crate::imaging::colour::{Srgb8, to_hex};
use crate::imaging::recolor::{Recoloured, recolor};
use crate::imaging::{Affine, Combine, Mask};
use crate::plan::{Target, TargetKind};
use crate::text::Text;

/// Below this share of the selection one speaks of a part of it.
const PARTLY: f32 = 0.5;

/// What of the object stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Keep {
    /// Light and shadow, brought to the brightness of the new colour.
    #[default]
    Luminance,
}

/// What gets which colour.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RecolorParams {
    /// What is recoloured. A box or a click means the thing there; of people the faces stay.
    target: Target,
    /// Hex or CSS name. The lit side becomes this colour; black and white stop short of the ends, so that shading is seen.
    color: String,
    /// How much of the new colour is laid on, 0..1.
    #[serde(default = "wholly")]
    #[schemars(range(min = 0, max = 1))]
    strength: f32,
    /// `luminance`: light and shadow of the object stay.
    #[serde(default)]
    #[allow(dead_code, reason = "it has one value; others are refused when it is read")]
    keep: Keep,
}

fn wholly() -> f32 {
    1.0
}

static SPEC: OpSpec = OpSpec {
    name: "recolor",
    summary_zh: "给物体换颜色",
    summary_en: "Gives something another colour",
    available: true,
    exact_outside_target: true,
    takes_target: true,
    makes_version: true,
    models: target::JOBS,
    cost: Cost::Model,
    params: || schemars::schema_for!(RecolorParams),
    speech: &speech::RECOLOR,
};

pub(super) struct Recolor;

impl Operation for Recolor {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        let (p, _) = read(params)?;
        target::check(&p.target)
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let (p, to) = read(&params)?;
        let unchanged = Outcome::unchanged(step.input.clone());
        let how = How::THING;
        let Some(found) = cutout::find(step, &p.target, how)? else { return Ok(unchanged) };
        let (mask, faces_kept) = without_faces(step, found, &p.target)?;
        step.check_cancel()?;
        step.watch.progress(step.step, None, &Text::new("正在换颜色", "Changing the colour"));
        let Some(done) = recolor(&step.input, &mask, to, p.strength) else {
            step.warn(
                "nothing_visible",
                "选中的部分完全透明，图片未改动。",
                "What is selected is wholly transparent, so the picture is unchanged.",
            );
            return Ok(unchanged);
        };
        step.check_cancel()?;
        let report = json!({
            "from": to_hex(done.base.colour),
            "to": to_hex(to),
            "share": (f64::from(done.share) * 100.0).round() / 100.0,
            "faces_kept": faces_kept,
        });
        let words = words(&done, to, faces_kept);
        let changed = done.picture != *step.input;
        let picture = if changed { Arc::new(done.picture) } else { step.input.clone() };
        step.preview(&Text::new("换色后", "In the new colour"), None, &picture);
        Ok(Outcome {
            mask: Some(Arc::new(mask)),
            report: Some((report, words)),
            resolved: Map::from_iter([
                ("color".to_owned(), json!(to_hex(to))),
                ("strength".to_owned(), json!(p.strength)),
                ("keep".to_owned(), json!("luminance")),
            ]),
            ..Outcome::picture(picture, Some(Affine::IDENTITY))
        })
    }
}

fn read(params: &Params) -> Result<(RecolorParams, Srgb8), OpError> {
    if !params.0.contains_key("target") {
        return Err(param(
            "target",
            "要给什么换颜色？请说出来、涂抹出来，或给出 target。",
            "What should get another colour? Say it, paint over it, or give a `target`.",
        ));
    }
    if !params.0.contains_key("color") {
        return Err(param(
            "color",
            "要换成什么颜色？请给出 color，例如 #ff8800。",
            "Which colour should it become? Give a `color`, e.g. #ff8800.",
        ));
    }
    let p: RecolorParams = params.read()?;
    let to = colour("color", &p.color)?;
    Ok((p, to))
}

/// The mask without the faces in it, where it stands for people as a whole, and whether there were any.
pub(super) fn without_faces(step: &mut StepContext<'_>, mask: Mask, target: &Target) -> Result<(Mask, bool), OpError> {
    let person = target.label.as_deref().is_some_and(|l| matches!(l.trim().to_ascii_lowercase().as_str(), "person" | "people"));
    let whole = matches!(target.kind, TargetKind::People | TargetKind::Subject) || (target.kind == TargetKind::Object && person);
    if !whole || target.invert {
        return Ok((mask, false));
    }
    let faces = Target { kind: TargetKind::Face, ..Target::default() };
    let how = How { refine: false, ..How::AREA };
    let faces = match target::resolve(step, &faces, how) {
        Ok(faces) => faces,
        Err(OpError::Cancelled) => return Err(OpError::Cancelled),
        // No face, or nothing here that finds one: the selection stands.
        Err(_) => return Ok((mask, false)),
    };
    let rest = mask.combined(&faces, Combine::Minus);
    let spared = rest != mask && !rest.is_empty();
    Ok(if spared { (rest, true) } else { (mask, false) })
}

fn words(done: &Recoloured, to: Srgb8, faces_kept: bool) -> Text {
    let (from, to) = (to_hex(done.base.colour), to_hex(to));
    let percent = (done.share * 100.0).round();
    let (mut zh, mut en) = (format!("{from} 换成了 {to}"), format!("{from} became {to}"));
    if done.share < PARTLY {
        zh += &format!("；选区里约 {percent}% 是这个颜色，其余保持原样");
        en += &format!("; about {percent} % of what is selected has that colour, the rest stays as it was");
    }
    if faces_kept {
        zh += "；人脸保持原样";
        en += "; faces stay as they were";
    }
    Text::new(zh + "。", en + ".")
}
