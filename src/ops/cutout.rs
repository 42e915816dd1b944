//! `cutout`: the subject on transparency, at the source's resolution.
//!
//! Alpha out = alpha in × matte. RGB is the source's own, bit for bit, where the matte is 255; in the soft band it is the estimated foreground, free
//! of the old background; under alpha 0 it is 0. Nothing found: the picture stays as it is, with a warning.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::target::How;
use super::{Artifact, Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, look, speech, target};
use crate::imaging::foreground::cut_out;
use crate::imaging::{Affine, Mask, Picture, geometry};
use crate::plan::{Target, TargetKind};
use crate::text::Text;

/// What is cut out, and how.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CutoutParams {
    /// What is kept; the main subject unless it says otherwise. A box means the thing in it.
    #[serde(default)]
    target: Target,
    /// Edges of photos larger than the model's 1024 pixels follow the photo.
    #[serde(default = "yes")]
    refine: bool,
    /// The model looks again where its first look is unsure. Off: one look at every picture, which is faster.
    #[serde(default = "yes")]
    second_look: bool,
    /// Cuts the transparent margin off.
    #[serde(default)]
    trim: bool,
}

fn yes() -> bool {
    true
}

static SPEC: OpSpec = OpSpec {
    name: "cutout",
    summary_zh: "抠图：背景变透明",
    summary_en: "Cuts the subject out; the background becomes transparent",
    available: true,
    exact_outside_target: false,
    takes_target: true,
    makes_version: true,
    models: target::JOBS,
    cost: Cost::Model,
    params: || schemars::schema_for!(CutoutParams),
    speech: &speech::CUTOUT,
};

pub(super) struct Cutout;

impl Operation for Cutout {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        target::check(&params.read::<CutoutParams>()?.target)
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: CutoutParams = params.read()?;
        let how = How { again: p.second_look, refine: p.refine, trust_alpha: false, ..How::THING };
        let Some(matte) = find(step, &p.target, how)? else { return Ok(Outcome::unchanged(step.input.clone())) };
        let cut = Arc::new(cut_with_alpha(&step.input, &matte));
        step.check_cancel()?;
        step.preview(&Text::new("抠图", "The cut-out"), None, &cut);
        let matte = Arc::new(matte);
        let (picture, map) = if p.trim { trimmed(cut) } else { (cut, Affine::IDENTITY) };
        Ok(Outcome { mask: Some(matte.clone()), artifacts: vec![("matte", Artifact::Mask(matte))], ..Outcome::picture(picture, Some(map)) })
    }
}

/// The matte of the target, shown as soon as it is there. `None` with a warning where nothing was found.
pub(super) fn find(step: &mut StepContext<'_>, wanted: &Target, how: How) -> Result<Option<Mask>, OpError> {
    step.watch.progress(step.step, None, &looking_for(wanted.kind));
    let matte = target::resolve(step, wanted, how)?;
    if matte.is_empty() {
        warn_not_found(step);
        return Ok(None);
    }
    look::show_mask(step, &matte);
    step.check_cancel()?;
    Ok(Some(matte))
}

fn looking_for(kind: TargetKind) -> Text {
    match kind {
        TargetKind::People => Text::new("正在找人", "Looking for people"),
        TargetKind::Face => Text::new("正在找人脸", "Looking for faces"),
        TargetKind::Object => Text::new("正在找物体", "Looking for things"),
        _ => Text::new("正在寻找主体", "Looking for the subject"),
    }
}

/// Said where no subject was found and the picture stays as it is.
pub(super) fn warn_not_found(step: &mut StepContext<'_>) {
    step.warn(
        "subject_not_found",
        "没有找到清晰的主体，图片未改动。可以用方框框住它，或涂抹出来。",
        "No clear subject was found, so the picture is unchanged. Draw a box around it or paint over it.",
    );
}

/// [`cut_out`], with the picture's own alpha kept: it multiplies the matte's.
pub(super) fn cut_with_alpha(picture: &Picture, matte: &Mask) -> Picture {
    with_own_alpha(cut_out(picture, matte), picture)
}

/// A cut-out with the alpha multiplied that the picture had before.
pub(super) fn with_own_alpha(mut cut: Picture, picture: &Picture) -> Picture {
    if picture.is_opaque() {
        return cut;
    }
    let (before, _) = picture.rgba8().as_chunks::<4>();
    let (pixels, _) = cut.rgba8_mut().as_chunks_mut::<4>();
    for (pixel, before) in pixels.iter_mut().zip(before) {
        let alpha = (u32::from(pixel[3]) * u32::from(before[3]) + 127) / 255;
        *pixel = if alpha == 0 { [0; 4] } else { [pixel[0], pixel[1], pixel[2], alpha as u8] };
    }
    cut
}

fn trimmed(picture: Arc<Picture>) -> (Arc<Picture>, Affine) {
    match crate::imaging::blend::alpha_of(&picture).bounding_box(0) {
        Some(inside) if inside != picture.bounds() => {
            let (cut, map) = geometry::crop(&picture, inside);
            (Arc::new(cut), map)
        }
        _ => (picture, Affine::IDENTITY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_with_alpha_keeps_it_under_the_matte() {
        let picture = Picture::from_rgba8(3, 1, vec![10, 20, 30, 255, 10, 20, 30, 128, 10, 20, 30, 0]);
        let cut = cut_with_alpha(&picture, &Mask::filled(3, 1, 255));
        assert_eq!(cut.rgba8(), [10, 20, 30, 255, 10, 20, 30, 128, 0, 0, 0, 0]);
        assert_eq!(cut_with_alpha(&picture, &Mask::filled(3, 1, 0)).rgba8(), [0; 12]);
    }

    #[test]
    fn trimming_cuts_to_what_is_visible_and_says_where_it_was() {
        let mut picture = Picture::filled(5, 4, [0; 4]);
        picture.rgba8_mut()[(2 * 5 + 3) * 4 + 3] = 1;
        let (cut, map) = trimmed(picture.into());
        assert_eq!((cut.width(), cut.height()), (1, 1));
        assert_eq!(map.apply(0.0, 0.0), (3.0, 2.0));
    }
}
