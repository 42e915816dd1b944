//! What part of the picture is meant: a [`Target`] becomes a mask of the picture's size.
//!
//! | kind | this build |
//! | --- | --- |
//! | `subject`, `background` | by the cut-out model; a picture that is a cut-out already by its alpha |
//! | `region` with a `box` | the rectangle, clipped to the picture; [`Meaning::Thing`]: the thing in it |
//! | `mask` | as sent, to the pixel; of the same shape but another size it is resized with a warning, of another shape it is refused |
//! | `people`, `object` | by the detector (see [`sight`]), each with a mask of its own (see [`shape`]) |
//! | `face` | by the face detector, from the hairline to the chin (see [`face`]) |
//! | `region` with `points` | what was clicked (see [`clicks`]) |
//! | `text` | refused with `target_unavailable` |
//!
//! Of several people, faces, things or subjects `which`, `index`, `count` and `rest` say which are meant (see [`pick`]); with a `box`, only those in it. What
//! is not there is refused with `target_not_found`, which says what is there instead; nothing else is edited in its place.
//!
//! Then `invert`, `grow` and `feather` apply, in this order. A target that selects nothing is refused with `mask_empty`, except a subject that was not
//! found, which the operation answers itself.

mod clicks;
mod face;
mod found;
mod objects;
mod others;
mod pick;
mod reach;
mod shape;
pub mod sight;
mod tiles;
mod words;

pub(super) use found::around;
pub use others::others;
pub use shape::PERSON_MASK;
pub(super) use words::seen;

use super::params::{param, refused};
use super::{OpError, StepContext, subject};
use crate::imaging::{Mask, Rect};
use crate::models::boxes::Area;
use crate::plan::{BoxUnit, Target, TargetKind};
use clicks::Clicks;
use pick::picks;

/// Jobs in the model manifest that resolving a target may need.
pub const JOBS: &[&str] = &[subject::JOB, sight::OBJECTS, sight::FACES, sight::FACE_MESH, PERSON_MASK];

/// Mask values up to this are noise and count as not selected.
pub(super) const NOISE: u8 = 8;

/// Most pixels by which a selection grows or is softened, as the schema of [`Target`] says.
const MOST_PX: u32 = 512;

/// What a box stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// All pixels in it.
    Area,
    /// The thing that is in it, cut out.
    Thing,
}

/// How a target is resolved.
#[derive(Clone, Copy, Debug)]
pub struct How {
    pub meaning: Meaning,
    /// Edges of large pictures follow the picture, see [`super::refine`].
    pub refine: bool,
    /// The cut-out model looks again where its first look is unsure, see [`super::subject`].
    pub again: bool,
    /// The subject of a picture that is a cut-out already is its alpha; the model is not asked again.
    pub trust_alpha: bool,
    /// The answer is wanted at once: for clicks the cut-out model is not run, what is remembered of this very picture has to do.
    pub quick: bool,
}

impl How {
    /// A box stands for all pixels in it.
    pub const AREA: How = How { meaning: Meaning::Area, refine: true, again: true, trust_alpha: true, quick: false };
    /// A box stands for the thing in it.
    pub const THING: How = How { meaning: Meaning::Thing, ..How::AREA };

    fn care(self) -> subject::Care {
        subject::Care { refine: self.refine, again: self.again }
    }
}

/// Checks without looking at pixels.
///
/// # Errors
/// `target_unavailable`, `invalid_parameter`.
pub fn check(target: &Target) -> Result<(), OpError> {
    if let Some(points) = &target.points {
        if target.kind != TargetKind::Region {
            return Err(param("target.points", "点击只用于 kind 为 region 的目标。", "Clicks go with a target of the kind `region`."));
        }
        Clicks::read(points)?;
    }
    match target.kind {
        TargetKind::Text => return Err(unavailable("找文字", "finding text")),
        TargetKind::Object => drop(found::class_of(target.label.as_deref())?),
        TargetKind::Background | TargetKind::Region | TargetKind::Mask if picks(target) => {
            return Err(param(
                "target.which",
                "which、index、count 和 rest 只用于主体、人、人脸和物体。",
                "`which`, `index`, `count` and `rest` go with subjects, people, faces and objects only.",
            ));
        }
        _ => {}
    }
    if target.index == Some(0) || target.count == Some(0) {
        return Err(param("target.index", "index 和 count 从 1 开始。", "`index` and `count` start at 1."));
    }
    // Plans are held against the schema; a target by itself comes here first.
    for (field, px) in [("target.grow", target.grow), ("target.feather", target.feather)] {
        if px.is_some_and(|px| px > MOST_PX) {
            return Err(param(field, format!("{field} 最多 {MOST_PX} 像素。"), format!("`{field}` is at most {MOST_PX} pixels.")));
        }
    }
    if target.kind == TargetKind::Mask && target.mask.is_none() {
        return Err(param("target.mask", "缺少蒙版。", "The mask is missing."));
    }
    match (target.kind, target.box_) {
        (TargetKind::Region, None) if target.points.is_none() => {
            Err(param("target.box", "缺少方框或点击。", "A box or clicks are missing."))
        }
        (_, Some(values)) if values.iter().any(|v| !v.is_finite()) => {
            Err(param("target.box", "方框里有不是数的值。", "The box has a value that is no number."))
        }
        _ => Ok(()),
    }
}

fn unavailable(zh: &str, en: &str) -> OpError {
    refused(
        "target_unavailable",
        format!("这个版本还不支持{zh}。可以改用主体、背景、方框（box），或上传一张蒙版（白色为选中）。"),
        format!("This build does not support {en} yet. Use the subject, the background or a box, or send a mask (white is selected)."),
    )
}

/// The mask of a target on the step's input. All 0 only for a subject (or thing) that was not found.
///
/// # Errors
/// As [`check`], and `target_not_found`, `mask_missing`, `mask_empty`, `mask_size_mismatch`, `box_outside`, or the model's own.
pub fn resolve(step: &mut StepContext<'_>, target: &Target, how: How) -> Result<Mask, OpError> {
    check(target)?;
    let (width, height) = (step.input.width(), step.input.height());
    let region = target.box_.map(|values| clip_box(values, target.unit, width, height)).transpose()?;
    let found = match target.kind {
        TargetKind::Mask => uploaded(step, target.mask.as_deref().unwrap_or("upload"))?,
        TargetKind::Region if target.points.is_some() => {
            clicks::resolve(step, &Clicks::read(target.points.as_deref().unwrap_or_default())?, region, how)?
        }
        TargetKind::Region if how.meaning == Meaning::Area => rectangle(region.expect("checked above"), width, height),
        TargetKind::Region => thing_in(step, region.expect("checked above"), how.care())?,
        TargetKind::People | TargetKind::Face | TargetKind::Object => found::resolve(step, target)?,
        _ => match subject::existing_alpha(&step.input).filter(|_| how.trust_alpha && region.is_none()) {
            Some(alpha) => alpha,
            None if how.quick && region.is_none() => match others::salient(step) {
                Some(matte) => Mask::clone(&matte),
                None => subject::find(step, region, subject::Care { refine: false, ..how.care() })?,
            },
            None => subject::find(step, region, how.care())?,
        },
    };
    let of_model = matches!(target.kind, TargetKind::Subject | TargetKind::Background);
    if of_model && !subject::is_found(&found) {
        return Ok(Mask::filled(width, height, 0));
    }
    let found = if of_model && picks(target) { found::subjects(step, found, target)? } else { found };
    let mut mask = if target.invert != (target.kind == TargetKind::Background) { found.inverted() } else { found };
    step.check_cancel()?;
    if let Some(px) = target.grow.filter(|&px| px > 0) {
        mask = mask.grown(px as i32);
    }
    if let Some(px) = target.feather.filter(|&px| px > 0) {
        mask = mask.feathered(px);
    }
    if mask.is_empty() {
        return Err(refused(
            "mask_empty",
            "选中的区域是空的：白色表示选中，请重新涂抹或换一张蒙版。",
            "Nothing is selected: white means selected. Paint again or send another mask.",
        ));
    }
    Ok(mask)
}

/// A box in pixels, clipped to the picture.
///
/// # Errors
/// `box_outside` where nothing of it is inside.
pub fn clip_box([x, y, w, h]: [f64; 4], unit: Option<BoxUnit>, width: u32, height: u32) -> Result<Rect, OpError> {
    let (sx, sy) = match unit {
        Some(BoxUnit::Fraction) => (f64::from(width), f64::from(height)),
        _ => (1.0, 1.0),
    };
    let clip = |start: f64, length: f64, side: u32| {
        let from = start.round().clamp(0.0, f64::from(side));
        let to = (start + length).round().clamp(0.0, f64::from(side));
        (to > from).then_some((from as u32, (to - from) as u32))
    };
    match (clip(x * sx, w * sx, width), clip(y * sy, h * sy, height)) {
        (Some((x, width)), Some((y, height))) => Ok(Rect { x, y, width, height }),
        _ => Err(refused(
            "box_outside",
            format!("方框不在图片内（图片为 {width}×{height}），或面积为零。"),
            format!("The box is empty or outside the picture, which is {width}×{height}."),
        )),
    }
}

/// A box in whole pixels inside the picture; `None` where nothing of it is.
fn whole_rect(area: Area, width: u32, height: u32) -> Option<Rect> {
    let side = |from: f32, to: f32, length: u32| {
        let (from, to) = (from.floor().clamp(0.0, length as f32) as u32, to.ceil().clamp(0.0, length as f32) as u32);
        (to > from).then(|| (from, to - from))
    };
    let ((x, width), (y, height)) = (side(area.left, area.right, width)?, side(area.top, area.bottom, height)?);
    Some(Rect { x, y, width, height })
}

fn rectangle(area: Rect, width: u32, height: u32) -> Mask {
    let mut mask = Mask::filled(width, height, 0);
    for row in mask.values_mut().chunks_exact_mut(width as usize).skip(area.y as usize).take(area.height as usize) {
        row[area.x as usize..(area.x + area.width) as usize].fill(255);
    }
    mask
}

/// What the model finds in the box; the whole box, with a warning, where it finds nothing.
fn thing_in(step: &mut StepContext<'_>, area: Rect, care: subject::Care) -> Result<Mask, OpError> {
    let found = subject::find(step, Some(area), care)?;
    if found.values().iter().filter(|&&v| v > 127).count() as u64 * 50 >= u64::from(area.width) * u64::from(area.height) {
        return Ok(found);
    }
    step.warn(
        "box_used_whole",
        "方框里没有找到清晰的物体，按整个方框处理。",
        "No clear thing was found in the box, so the whole box was used.",
    );
    Ok(rectangle(area, step.input.width(), step.input.height()))
}

fn uploaded(step: &mut StepContext<'_>, id: &str) -> Result<Mask, OpError> {
    let mask = step.masks.get(id).cloned().ok_or_else(|| {
        refused("mask_missing", "找不到指定的蒙版，请重新上传或涂抹。", "The mask that is named is not here. Send it again or paint one.")
    })?;
    let (width, height) = (step.input.width(), step.input.height());
    let (mw, mh) = (mask.width(), mask.height());
    let mut fitting = if (mw, mh) == (width, height) {
        Mask::clone(&mask)
    } else if same_shape((mw, mh), (width, height)) {
        step.warn(
            "mask_resized",
            format!("蒙版为 {mw}×{mh}，已缩放到图片的 {width}×{height}。"),
            format!("The mask is {mw}×{mh} and was resized to the picture's {width}×{height}."),
        );
        mask.resized(width, height)
    } else {
        return Err(refused(
            "mask_size_mismatch",
            format!("蒙版为 {mw}×{mh}，图片为 {width}×{height}，形状不同。请按图片显示的尺寸制作蒙版。"),
            format!(
                "The mask is {mw}×{mh} and the picture {width}×{height}: their shapes differ. Make the mask at the size the picture is shown."
            ),
        ));
    };
    fitting.values_mut().iter_mut().filter(|v| **v <= NOISE).for_each(|v| *v = 0);
    Ok(fitting)
}

/// One is the other scaled, give or take the rounding of a side to whole pixels.
fn same_shape((w, h): (u32, u32), (width, height): (u32, u32)) -> bool {
    let off = (f64::from(w) * f64::from(height) - f64::from(h) * f64::from(width)).abs();
    off <= f64::from(width.max(height).max(w).max(h))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Which;
    use crate::text::Explain;

    #[test]
    fn boxes_are_clipped_and_empty_ones_refused() {
        let rect = |x, y, width, height| Rect { x, y, width, height };
        assert_eq!(clip_box([10.0, 20.0, 30.0, 40.0], None, 100, 50).unwrap(), rect(10, 20, 30, 30));
        assert_eq!(clip_box([-5.0, -5.0, 10.0, 10.0], None, 100, 50).unwrap(), rect(0, 0, 5, 5));
        assert_eq!(clip_box([0.5, 0.5, 0.5, 0.5], Some(BoxUnit::Fraction), 100, 50).unwrap(), rect(50, 25, 50, 25));
        for bad in [[200.0, 0.0, 5.0, 5.0], [0.0, 0.0, 0.0, 9.0], [9.0, 9.0, -4.0, 4.0], [f64::MAX, 0.0, f64::MAX, 1.0]] {
            assert_eq!(clip_box(bad, None, 100, 50).unwrap_err().code(), "box_outside");
        }
    }

    #[test]
    fn half_and_double_size_masks_fit_and_turned_ones_do_not() {
        assert!(same_shape((500, 375), (1000, 750)) && same_shape((511, 384), (1021, 767)) && same_shape((2042, 1534), (1021, 767)));
        assert!(same_shape((451, 300), (100, 67)), "a mask of the full picture fits the small one");
        assert!(!same_shape((400, 300), (300, 400)) && !same_shape((100, 100), (1021, 767)));
    }

    #[test]
    fn what_this_build_cannot_find_is_refused_and_not_guessed() {
        let of = |kind| Target { kind, ..Target::default() };
        assert_eq!(check(&of(TargetKind::Text)).unwrap_err().code(), "target_unavailable");
        let named = |label: &str| Target { label: Some(label.to_owned()), ..of(TargetKind::Object) };
        for bad in [of(TargetKind::Object), named("unicorn"), named("")] {
            assert_eq!(check(&bad).unwrap_err().field(), Some("target.label"));
        }
        assert!(["dog", "Puppy", "狗", "person", "people"].iter().all(|label| check(&named(label)).is_ok()));
        let left = |kind| Target { which: Some(Which::Left), ..of(kind) };
        assert_eq!(check(&left(TargetKind::Background)).unwrap_err().field(), Some("target.which"));
        assert!([TargetKind::Subject, TargetKind::People, TargetKind::Face].into_iter().all(|kind| check(&left(kind)).is_ok()));
        assert_eq!(check(&Target { index: Some(0), ..of(TargetKind::People) }).unwrap_err().field(), Some("target.index"));
        assert_eq!(check(&of(TargetKind::Region)).unwrap_err().field(), Some("target.box"));
        let wide = |px| Target { grow: Some(px), feather: Some(px), ..of(TargetKind::Subject) };
        assert!(check(&wide(MOST_PX)).is_ok());
        assert_eq!(check(&wide(MOST_PX + 1)).unwrap_err().field(), Some("target.grow"));
        assert_eq!(check(&of(TargetKind::Mask)).unwrap_err().field(), Some("target.mask"));
        assert!(check(&of(TargetKind::Subject)).is_ok());
    }
}
