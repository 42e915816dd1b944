//! `retouch`: smoother skin that keeps its pores, blemishes healed, teeth whiter, eyes clearer (see [`crate::imaging::retouch`]).
//!
//! Faces are worked on by the parts that the mesh model finds in them; an area that the user marked is taken for skin where no face is in it. Outside the
//! target every pixel stays bit-identical.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::pace::paced;
use super::target::How;
use super::target::sight::{SeenFace, Sight};
use super::{Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, cutout, look, speech, target};
use crate::imaging::retouch::{Amounts, Part, Portrait, Retouched, retouch};
use crate::imaging::{Affine, Mask, blend};
use crate::plan::{Target, TargetKind};
use crate::text::Text;

/// Smoothing of skin where nothing is said about it.
const SKIN: f32 = 0.5;

/// What is retouched, and how much.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RetouchParams {
    /// All faces unless it says otherwise. A mask, a box or clicks without a face in them are taken for skin.
    #[serde(default = "faces")]
    target: Target,
    /// How far unevenness of the skin is lowered, 0..1; pores stay. 0.5 unless something else is asked for by name.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1))]
    skin: Option<f32>,
    /// Whether spots are healed. They are, unless only teeth or eyes are asked for.
    #[serde(default)]
    blemishes: Option<bool>,
    /// How far teeth are whitened, 0..1.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1))]
    teeth: f32,
    /// How far eyes are made clearer, 0..1.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1))]
    eyes: f32,
    /// All of it, 0..1: 0 changes nothing.
    #[serde(default = "wholly")]
    #[schemars(range(min = 0, max = 1))]
    amount: f32,
}

fn faces() -> Target {
    Target { kind: TargetKind::Face, ..Target::default() }
}

fn wholly() -> f32 {
    1.0
}

impl RetouchParams {
    /// "Whiten the teeth" does not ask for smooth skin.
    fn skin(&self) -> f32 {
        let other = self.blemishes.is_some() || self.teeth > 0.0 || self.eyes > 0.0;
        self.skin.unwrap_or(if other { 0.0 } else { SKIN })
    }

    fn blemishes(&self) -> bool {
        let other = self.skin.is_none() && (self.teeth > 0.0 || self.eyes > 0.0);
        self.blemishes.unwrap_or(!other)
    }
}

static SPEC: OpSpec = OpSpec {
    name: "retouch",
    summary_zh: "人像修饰",
    summary_en: "Cleans up a portrait",
    available: true,
    exact_outside_target: true,
    takes_target: true,
    makes_version: true,
    models: target::JOBS,
    cost: Cost::Model,
    params: || schemars::schema_for!(RetouchParams),
    speech: &speech::RETOUCH,
};

pub(super) struct Retouch;

impl Operation for Retouch {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        target::check(&params.read::<RetouchParams>()?.target)
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: RetouchParams = params.read()?;
        let unchanged = Outcome::unchanged(step.input.clone());
        let (skin, blemishes) = (p.skin(), p.blemishes());
        let amounts = Amounts { skin, blemishes: f32::from(u8::from(blemishes)), teeth: p.teeth, eyes: p.eyes }.times(p.amount);
        if amounts == Amounts::default() {
            return Ok(unchanged);
        }
        step.watch.progress(step.step, None, &Text::new("正在找人脸", "Looking for faces"));
        let how = How { refine: false, ..How::AREA };
        let mask = target::resolve(step, &p.target, how)?;
        if mask.is_empty() {
            cutout::warn_not_found(step);
            return Ok(unchanged);
        }
        look::show_mask(step, &mask);
        let portraits = portraits(step, &mask)?;
        let marked = matches!(p.target.kind, TargetKind::Face | TargetKind::Mask | TargetKind::Region);
        if portraits.is_empty() && !marked {
            step.warn(
                "no_face",
                "选中的部分里没有找到清晰的人脸，图片未改动。可以直接涂抹要修的皮肤。",
                "No clear face was found in what is selected, so the picture is unchanged. Paint over the skin that should be retouched.",
            );
            return Ok(unchanged);
        }
        let parts: Vec<Part<'_>> = if portraits.is_empty() { vec![Part::Skin(&mask)] } else { portraits.iter().map(Part::Face).collect() };
        let input = step.input.clone();
        let label = Text::new("正在修饰人像", "Retouching");
        let done = paced(step, &label, |pace| retouch(&input, &parts, &amounts, pace))?;
        let report = report(&done, portraits.len());
        let picture = blend::masked(&input, &done.picture, &mask);
        let picture = if picture == *input { input } else { Arc::new(picture) };
        step.preview(&Text::new("修饰后", "Retouched"), None, &picture);
        Ok(Outcome {
            mask: Some(Arc::new(mask)),
            report: Some(report),
            resolved: Map::from_iter([
                ("skin".to_owned(), json!(skin)),
                ("blemishes".to_owned(), json!(blemishes)),
                ("teeth".to_owned(), json!(p.teeth)),
                ("eyes".to_owned(), json!(p.eyes)),
                ("amount".to_owned(), json!(p.amount)),
            ]),
            ..Outcome::picture(picture, Some(Affine::IDENTITY))
        })
    }
}

/// Faces whose middle is selected, with the parts that were found in them. None where nothing here finds faces.
fn portraits(step: &mut StepContext<'_>, mask: &Mask) -> Result<Vec<Portrait>, OpError> {
    let sight = match Sight::of(step) {
        Ok(sight) => sight,
        Err(OpError::Model(_)) => return Ok(vec![]),
        Err(e) => return Err(e),
    };
    let inside = |seen: &&SeenFace| {
        let (x, y) = seen.face.area.centre();
        let at = |v: f32, side: u32| (v.max(0.0) as u32).min(side - 1);
        mask.at(at(x, mask.width()), at(y, mask.height())) > 127
    };
    Ok(sight.faces.iter().filter(inside).filter_map(portrait).collect())
}

fn portrait(seen: &SeenFace) -> Option<Portrait> {
    let parts = seen.parts.as_ref()?;
    Some(Portrait {
        face: seen.outline.clone()?,
        eyes: parts.eyes.to_vec(),
        brows: parts.brows.to_vec(),
        lips: parts.lips.clone(),
        mouth: parts.mouth.clone(),
        nostrils: parts.nostrils.clone(),
    })
}

fn report(done: &Retouched, faces: usize) -> (Value, Text) {
    let (mut zh, mut en) = match faces {
        0 => ("修饰了选中的皮肤".to_owned(), "The selected skin was retouched".to_owned()),
        1 => ("修饰了 1 张脸".to_owned(), "One face was retouched".to_owned()),
        n => (format!("修饰了 {n} 张脸"), format!("{n} faces were retouched")),
    };
    if done.blemishes > 0 {
        zh += &format!("，去掉了 {} 处斑点", done.blemishes);
        en += &match done.blemishes {
            1 => "; one spot was healed".to_owned(),
            n => format!("; {n} spots were healed"),
        };
    }
    let value = json!({ "faces": faces, "blemishes": done.blemishes, "teeth": done.teeth });
    (value, Text::new(zh + "。", en + "."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_by_name_is_done_alone() {
        let read = |value: Value| {
            let p: RetouchParams = Params(value.as_object().unwrap().clone()).read().unwrap();
            (p.skin(), p.blemishes())
        };
        assert_eq!(read(json!({})), (SKIN, true));
        assert_eq!(read(json!({"skin": 0.8})), (0.8, true));
        assert_eq!(read(json!({"blemishes": true})), (0.0, true));
        assert_eq!(read(json!({"teeth": 0.5})), (0.0, false));
        assert_eq!(read(json!({"eyes": 0.5, "skin": 0.3})), (0.3, true));
    }
}
