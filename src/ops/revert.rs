//! `revert`: the original (or an earlier version) painted back inside the target: a history brush.
//!
//! The other picture is found through the maps of all steps and versions between them. Outside the target every pixel stays bit-identical; inside, alpha
//! comes back as well. What is to come back is looked for in the picture as it is, and where that shows nothing of it, in the picture as it was.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::params::{param, refused};
use super::target::How;
use super::{Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, cutout, second, speech, target};
use crate::imaging::geometry::seen_through;
use crate::imaging::{Affine, Mask, Picture, blend};
use crate::plan::{ImageRef, Target, TargetKind};
use crate::text::{Explain, Text};

/// From this share of the target on it is said that the other picture does not show it.
const MISSING: f64 = 0.02;

/// What comes back, and from where.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RevertParams {
    /// The part that becomes as it was. A box means all pixels in it.
    #[serde(default)]
    target: Option<Target>,
    /// As it was in which picture: `original`, or an earlier version (`version:2`).
    #[serde(default = "second::original")]
    from: ImageRef,
}

static SPEC: OpSpec = OpSpec {
    name: "revert",
    summary_zh: "局部恢复成原图",
    summary_en: "Paints the original back inside a part",
    available: true,
    exact_outside_target: true,
    takes_target: true,
    makes_version: true,
    models: target::JOBS,
    cost: Cost::Model,
    params: || schemars::schema_for!(RevertParams),
    speech: &speech::REVERT,
};

pub(super) struct Revert;

impl Operation for Revert {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        wanted(&params.read()?).and_then(target::check)
    }

    fn implied(&self, params: &Params) -> Vec<ImageRef> {
        second::implied(params)
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: RevertParams = params.read()?;
        let target = wanted(&p)?;
        let input = step.input.clone();
        let Some((from, map)) = second::earlier(step, &p.from)? else {
            step.warn(
                "revert_same",
                "当前图片就是那一版，没有什么可以恢复。",
                "The picture is the very one that should come back, so nothing was changed.",
            );
            return Ok(Outcome::unchanged(input));
        };
        let was = Was::seen(&from, &map, &input);
        step.check_cancel()?;
        let now = find_in(step, target, None)?;
        let done = now.map(|part| was.painted(&input, part));
        // What was erased or covered is seen only in the picture as it was.
        let done = match done {
            Some(done) if done.picture.is_some() || !named(target) => Some(done),
            other => match find_in(step, target, Some(was.picture.clone())) {
                Ok(Some(part)) => Some(was.painted(&input, part)),
                Ok(None) => other,
                Err(e) if other.is_some() && is_not_found(&e) => other,
                Err(e) => return Err(e),
            },
        };
        let Some(Painted { picture, part, lost }) = done else {
            cutout::warn_not_found(step);
            return Ok(Outcome::unchanged(input));
        };
        if part.is_empty() {
            return Err(not_there(&p.from));
        }
        if lost > MISSING {
            step.warn(
                "revert_beyond",
                "选中的部分有一些在那张图里没有（后来补出来的边），那里没有改动。",
                "Some of the selected part is not in that picture (a border that was added later, say); it was left as it is.",
            );
        }
        let Some(picture) = picture else {
            step.warn("revert_same", "这部分和那一版一样，没有改动。", "That part is as it was already; nothing was changed.");
            return Ok(Outcome::unchanged(input));
        };
        let picture = Arc::new(picture);
        step.preview(&Text::new("恢复后", "With the part as it was"), None, &picture);
        Ok(Outcome { mask: Some(Arc::new(part)), ..Outcome::picture(picture, Some(Affine::IDENTITY)) })
    }
}

fn wanted(p: &RevertParams) -> Result<&Target, OpError> {
    p.target.as_ref().ok_or_else(|| {
        param(
            "target",
            "要恢复哪里？请涂抹出来，或说出是脸、人物还是背景。恢复整张图请说“回到原图”。",
            "What should come back? Paint over it, or say the face, the person or the background. For all of it, go back to the original.",
        )
    })
}

/// Whether the target is found by what it shows.
fn named(target: &Target) -> bool {
    matches!(target.kind, TargetKind::People | TargetKind::Face | TargetKind::Object | TargetKind::Subject | TargetKind::Text)
}

fn is_not_found(error: &OpError) -> bool {
    matches!(error.code(), "target_not_found" | "subject_not_found")
}

/// The target's mask in the step's input, or in `other` of the same size. `None` where it is not there.
fn find_in(step: &mut StepContext<'_>, wanted: &Target, other: Option<Arc<Picture>>) -> Result<Option<Mask>, OpError> {
    let how = How::AREA;
    let said = step.notices.len();
    let again = other.is_some();
    let own = other.map(|other| (std::mem::replace(&mut step.input, other), step.known.take()));
    let found = cutout::find(step, wanted, how);
    if let Some((input, known)) = own {
        (step.input, step.known) = (input, known);
    }
    match found {
        Err(e) if !again && named(wanted) && is_not_found(&e) => Ok(None),
        Ok(None) => {
            step.notices.truncate(said);
            Ok(None)
        }
        other => other,
    }
}

/// The picture as it was, in the frame of the picture as it is.
struct Was {
    picture: Arc<Picture>,
    /// 255 where it shows anything.
    shown: Mask,
}

struct Painted {
    /// `None` where nothing changed.
    picture: Option<Picture>,
    /// The part, as far as there is anything to paint back.
    part: Mask,
    /// The share of the target that is not there.
    lost: f64,
}

impl Was {
    fn seen(from: &Picture, map: &Affine, input: &Picture) -> Was {
        let (width, height) = (input.width(), input.height());
        let mut picture = seen_through(from, map, width, height);
        let (w, h) = (f64::from(from.width()), f64::from(from.height()));
        let inside = |i: u32| {
            let (x, y) = map.apply(f64::from(i % width) + 0.5, f64::from(i / width) + 0.5);
            if (0.0..=w).contains(&x) && (0.0..=h).contains(&y) { 255 } else { 0 }
        };
        let shown = Mask::new(width, height, (0..width * height).map(inside).collect());
        if from.is_opaque() {
            // At its border the resampled picture runs out into nothing.
            let (pixels, _) = picture.rgba8_mut().as_chunks_mut::<4>();
            pixels.iter_mut().zip(shown.values()).filter(|(p, shown)| **shown > 0 && p[3] > 0).for_each(|(p, _)| p[3] = 255);
        }
        Was { picture: Arc::new(picture), shown }
    }

    fn painted(&self, input: &Picture, part: Mask) -> Painted {
        let whole = part.coverage();
        let part = part.combined(&self.shown, crate::imaging::Combine::And);
        let lost = if whole > 0.0 { 1.0 - part.coverage() / whole } else { 0.0 };
        let picture = blend::masked(input, &self.picture, &part);
        Painted { picture: (picture.rgba8() != input.rgba8()).then_some(picture), part, lost }
    }
}

fn not_there(reference: &ImageRef) -> OpError {
    refused(
        "no_common_ground",
        format!("选中的部分在“{reference}”里不存在（可能是后来补出来的边），没有内容可以恢复。请选画面中原来就有的部分。"),
        format!("`{reference}` does not show the selected part (a border that was added later, say). Select a part that was there."),
    )
}
