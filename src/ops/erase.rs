//! `erase`: the target is removed and the gap filled from the picture itself. All outside the resolved mask stays bit-identical.
//!
//! The mask is the target, grown by 4 px and 0.4 % of the long side so that its anti-aliased rim goes too; for things that were found, not painted,
//! the shadow that they cast as well. Its edge is feathered by 2 px and 0.1 %. The filling copies neither from other people and things beside the
//! target nor from the subject (see [`target::others`]).

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, json};

use super::params::{param, refused};
use super::recall::recall;
use super::target::How;
use super::{Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, cutout, look, shadow, speech, target};
use crate::imaging::patchmatch::{self, Fill, FillError, Filled};
use crate::imaging::resize::resize;
use crate::imaging::{Affine, Combine, Layer, Mask, Picture, blend, geometry};
use crate::models::memo::Fingerprint;
use crate::plan::{Target, TargetKind};
use crate::text::Text;

/// A hole of more pixels is filled coarsely where it will not be seen.
const LARGE_HOLE_PX: f64 = 600_000.0;
/// At least this share of it has to be hidden.
const WORTH_HIDING: f64 = 0.2;
/// Pixels of a hole when it is filled coarsely.
const COARSE_HOLE_PX: f64 = 120_000.0;
/// So far inside the outline of what is put over a hole nothing of the filling can be seen, whatever the rim's softness.
const HIDDEN_PX: i32 = 32;

/// How the gap is filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Method {
    /// The best that is here: `patch`.
    #[default]
    Auto,
    /// From other places of the picture (PatchMatch).
    Patch,
    /// By the LaMa model.
    Lama,
    /// By the MI-GAN model.
    Migan,
    /// By a diffusion model.
    Generate,
}

/// What is removed, and how.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EraseParams {
    /// What is removed. A box means all pixels in it, a click the thing under it.
    target: Target,
    /// Pixels that are added around it; automatic: 4 and 0.4 % of the picture's long side, and the shadow of what was found.
    #[serde(default)]
    #[schemars(range(min = 0, max = 512))]
    grow: Option<u32>,
    /// `auto` or `patch` in this build; `lama`, `migan` and `generate` are planned.
    #[serde(default)]
    method: Method,
}

static SPEC: OpSpec = OpSpec {
    name: "erase",
    summary_zh: "去除物体并补全",
    summary_en: "Removes something and fills the gap",
    available: true,
    exact_outside_target: true,
    takes_target: true,
    makes_version: true,
    models: target::JOBS,
    cost: Cost::Heavy,
    params: || schemars::schema_for!(EraseParams),
    speech: &speech::ERASE,
};

pub(super) struct Erase;

impl Operation for Erase {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        let p = read(params)?;
        if !matches!(p.method, Method::Auto | Method::Patch) {
            return Err(refused(
                "parameter_unavailable",
                "这个版本只能用图中其他部分来补全，请去掉 method 或写 patch。",
                "This build fills gaps from the picture itself only: leave `method` out or write `patch`.",
            ));
        }
        if p.target.kind == TargetKind::Background && !p.target.invert {
            return Err(param(
                "target.kind",
                "去除背景请用抠图（cutout）：背景没有可以用来补全的内容。",
                "To remove the background use `cutout`: there is nothing to fill it from.",
            ));
        }
        target::check(&p.target)
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p = read(&params)?;
        step.watch.progress(step.step, None, &Text::new("正在寻找要去除的部分", "Looking for what to remove"));
        let how = How { trust_alpha: false, ..How::AREA };
        let given = Target { grow: None, feather: None, ..p.target.clone() };
        let found = target::resolve(step, &given, how)?;
        if found.is_empty() {
            cutout::warn_not_found(step);
            return Ok(Outcome::unchanged(step.input.clone()));
        }
        let hole = Hole::around(&found, &p.target, p.grow, &step.input);
        let filled = hole.filled(step)?;
        let mut outcome = Outcome::picture(filled, Some(Affine::IDENTITY));
        outcome.report = Some((json!({"grow": hole.grow, "feather": hole.feather, "shadow": hole.shadow.is_some()}), hole.words()));
        outcome.resolved = Map::from_iter([("grow".to_owned(), json!(hole.grow)), ("method".to_owned(), json!("patch"))]);
        outcome.mask = Some(Arc::new(hole.mask));
        Ok(outcome)
    }
}

fn read(params: &Params) -> Result<EraseParams, OpError> {
    if !params.0.contains_key("target") {
        return Err(param(
            "target",
            "要去除什么？请说出来、涂抹出来，或给出 target。",
            "What should go? Say it, paint over it, or give a `target`.",
        ));
    }
    params.read()
}

/// What is filled: the target and what belongs to it.
pub(super) struct Hole {
    pub mask: Mask,
    pub grow: u32,
    pub feather: u32,
    /// The shadow, which went in as well.
    pub shadow: Option<Mask>,
}

impl Hole {
    /// `grow`: as asked for beside the target.
    pub fn around(found: &Mask, target: &Target, grow: Option<u32>, picture: &Picture) -> Hole {
        let long = f64::from(picture.width().max(picture.height()));
        let asked = grow.or(target.grow);
        let grow = asked.unwrap_or((4.0 + 0.004 * long).round() as u32);
        let feather = target.feather.unwrap_or((2.0 + 0.001 * long).round() as u32);
        // Who paints has shown what to change, and who says how far it grows too.
        let by_itself = asked.is_none() && !matches!(target.kind, TargetKind::Mask) && target.box_.is_none() && !target.invert;
        let shadow = if by_itself { shadow::cast_by(picture, found) } else { None };
        let whole = match &shadow {
            Some(shadow) => found.combined(shadow, Combine::Or),
            None => found.clone(),
        };
        // From half selected on it is part of the thing, and goes as a whole.
        let solid = whole.thresholded(if grow > 0 { 96 } else { 1 });
        let solid = if solid.is_empty() { whole.thresholded(1) } else { solid };
        let feather = feather.min(grow);
        let mut mask = solid.grown(grow as i32).feathered(feather);
        // As a mask is read again: so little counts as not selected, and is not touched.
        mask.values_mut().iter_mut().filter(|v| **v <= target::NOISE).for_each(|v| *v = 0);
        Hole { mask, grow, feather, shadow }
    }

    /// The step's input without what is in the hole.
    pub fn filled(&self, step: &mut StepContext<'_>) -> Result<Arc<Picture>, OpError> {
        let what = format!("fill seed {} hole {}", step.seed, Fingerprint::of_mask(&self.mask));
        self.remembered(step, what, |step, exclude| fill(step, &step.input, &self.mask, exclude))
    }

    /// The same where something is put over the hole afterwards. What lies well under `cover` (the size of the picture) is only filled coarsely if the hole is
    /// large: it is not seen.
    pub fn filled_under(&self, step: &mut StepContext<'_>, cover: &Mask) -> Result<Arc<Picture>, OpError> {
        let count = |mask: &Mask| mask.values().iter().filter(|&&v| v > 0).count() as f64;
        let hidden = cover.thresholded(255).grown(-HIDDEN_PX).combined(&self.mask, Combine::And);
        let area = count(&self.mask);
        if area < LARGE_HOLE_PX || count(&hidden) < WORTH_HIDING * area {
            return self.filled(step);
        }
        let what = format!("fill seed {} hole {} under {}", step.seed, Fingerprint::of_mask(&self.mask), Fingerprint::of_mask(&hidden));
        self.remembered(step, what, |step, exclude| {
            let coarse = self.coarsely(step, exclude, area)?;
            let seen = self.mask.combined(&hidden, Combine::Minus);
            let shunned = exclude.map_or_else(|| hidden.clone(), |e| e.combined(&hidden, Combine::Or));
            fill(step, &coarse, &seen, Some(&shunned))
        })
    }

    /// Remembered, so that what is put there can be moved about without waiting again.
    fn remembered(
        &self,
        step: &mut StepContext<'_>,
        what: String,
        work: impl FnOnce(&StepContext<'_>, Option<&Mask>) -> Result<Filled, OpError>,
    ) -> Result<Arc<Picture>, OpError> {
        step.check_cancel()?;
        look::show_mask(step, &self.mask);
        let bytes = |part: &Layer| part.picture.rgba8().len();
        let part = recall(step, what, bytes, |step| {
            let exclude = target::others(step, &self.mask);
            step.check_cancel()?;
            let filled = work(step, exclude.as_ref())?;
            if filled.exclude_ignored {
                step.warn(
                    "copied_from_subject",
                    "附近没有足够的背景可用，补全时借用了其他人物或物体的像素，结果可能不自然。",
                    "There was too little background near by, so the filling had to copy from other people or things and may look odd.",
                );
            }
            Ok(self.part_of(&filled.picture))
        })?;
        let mut picture = Picture::clone(&step.input);
        part.put_into(&mut picture);
        Ok(Arc::new(picture))
    }

    /// The input with the hole filled at a size at which it has [`COARSE_HOLE_PX`] pixels, enlarged.
    fn coarsely(&self, step: &StepContext<'_>, exclude: Option<&Mask>, area: f64) -> Result<Picture, OpError> {
        let (width, height) = (step.input.width(), step.input.height());
        let scale = (COARSE_HOLE_PX / area).sqrt();
        let small = |v: u32| ((f64::from(v) * scale).round() as u32).max(1);
        let (w, h) = (small(width), small(height));
        let picture = resize(&step.input, w, h);
        let hole = self.mask.resized(w, h).thresholded(1);
        let exclude = exclude.map(|e| e.resized(w, h));
        let filled = fill(step, &picture, &hole, exclude.as_ref())?;
        Ok(blend::masked(&step.input, &resize(&filled.picture, width, height), &self.mask))
    }

    /// Only what lies around the hole is new.
    fn part_of(&self, filled: &Picture) -> Layer {
        let inside = self.mask.bounding_box(0).unwrap_or(filled.bounds());
        Layer { picture: geometry::crop(filled, inside).0, x: inside.x.into(), y: inside.y.into() }
    }

    fn words(&self) -> Text {
        let px = self.grow;
        if self.shadow.is_some() {
            Text::new(format!("选区外扩了 {px} 像素，并连同影子一起去除。"), format!("Removed with {px} px around it and with its shadow."))
        } else {
            Text::new(format!("选区外扩了 {px} 像素。"), format!("Removed with {px} px around it."))
        }
    }
}

/// Shows each level of the fill to whoever watches the step.
struct Levels<'a> {
    step: &'a StepContext<'a>,
}

impl patchmatch::Watch for Levels<'_> {
    fn is_cancelled(&self) -> bool {
        self.step.cancel.is_cancelled()
    }

    fn level(&self, share: f32, picture: &dyn Fn() -> Picture) {
        let label = Text::new("正在补全", "Filling the gap");
        self.step.watch.progress(self.step.step, Some(share), &label);
        if self.step.watch.wants_preview() {
            self.step.watch.preview(self.step.step, &label, Arc::new(picture()));
        }
    }
}

/// Fills a hole under the step's watcher.
pub(super) fn fill(step: &StepContext<'_>, picture: &Picture, hole: &Mask, exclude: Option<&Mask>) -> Result<Filled, OpError> {
    let task = Fill { picture, hole, exclude, seed: step.seed };
    patchmatch::fill(&task, &Levels { step }).or_else(|e| match e {
        FillError::Cancelled => Err(OpError::Cancelled),
        FillError::NoSource if sees_through(picture, hole) => Ok(emptied(picture, hole)),
        FillError::NoSource => Err(nothing_to_fill_from()),
        e @ FillError::SizesDiffer { .. } => Err(OpError::Internal(e.to_string())),
    })
}

fn nothing_to_fill_from() -> OpError {
    refused(
        "nothing_to_fill_from",
        "选中的几乎是整张图，没有剩下的内容可以用来补全。请选小一点，或改用抠图。",
        "Nearly the whole picture is selected, so nothing is left to fill it from. Select less, or cut something out instead.",
    )
}

/// Whether what surrounds the hole is transparent, as around a cut-out.
fn sees_through(picture: &Picture, hole: &Mask) -> bool {
    let (pixels, _) = picture.rgba8().as_chunks::<4>();
    pixels.iter().zip(hole.values()).any(|(p, &inside)| p[3] == 0 && inside == 0) || pixels.iter().all(|p| p[3] == 0)
}

/// On a cut-out there is nothing behind what is removed.
fn emptied(picture: &Picture, hole: &Mask) -> Filled {
    let nothing = Picture::filled(picture.width(), picture.height(), [0; 4]);
    Filled { picture: blend::masked(picture, &nothing, hole), searched_everywhere: false, exclude_ignored: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painted() -> Target {
        Target { kind: TargetKind::Mask, ..Target::default() }
    }

    fn spot() -> Mask {
        Mask::new(
            200,
            100,
            (0..20_000).map(|i| if (40..60).contains(&(i / 200)) && (90..110).contains(&(i % 200)) { 255 } else { 0 }).collect(),
        )
    }

    #[test]
    fn the_hole_is_larger_than_the_thing_by_what_is_documented() {
        let picture = Picture::filled(200, 100, [90, 90, 90, 255]);
        let hole = Hole::around(&spot(), &painted(), None, &picture);
        assert_eq!((hole.grow, hole.feather, &hole.shadow), (5, 2, &None));
        let bounds = hole.mask.bounding_box(0).unwrap();
        assert_eq!((bounds.x, bounds.width), (90 - 5 - 2, 20 + 2 * 7), "5 px and 2 px of soft edge");
        assert_eq!(hole.mask.values()[50 * 200 + 90], 255, "the thing itself is replaced as a whole");
    }

    #[test]
    fn behind_what_is_removed_from_a_cut_out_is_nothing() {
        let mut picture = Picture::filled(200, 100, [0; 4]);
        for (pixel, &inside) in picture.rgba8_mut().as_chunks_mut::<4>().0.iter_mut().zip(spot().values()) {
            *pixel = if inside > 0 { [200, 10, 10, 255] } else { [0; 4] };
        }
        let hole = spot().grown(3);
        assert!(sees_through(&picture, &hole));
        assert_eq!(emptied(&picture, &hole).picture, Picture::filled(200, 100, [0; 4]));
        assert!(!sees_through(&Picture::filled(200, 100, [9, 9, 9, 255]), &hole));
    }

    #[test]
    fn without_growing_the_hole_is_the_mask() {
        let picture = Picture::filled(200, 100, [90, 90, 90, 255]);
        let hole = Hole::around(&spot(), &painted(), Some(0), &picture);
        assert_eq!(hole.mask, spot());
    }
}
