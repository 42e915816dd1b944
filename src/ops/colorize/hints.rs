//! Colours that the user gives: places become masks.

use super::Hint;
use crate::imaging::chroma::paint::Layer;
use crate::imaging::chroma::{Plane, lightness, spread};
use crate::imaging::{Combine, Mask};
use crate::ops::params::{colour, param};
use crate::ops::recolor::without_faces;
use crate::ops::target::{self, How};
use crate::ops::{OpError, StepContext, look};
use crate::plan::{Target, TargetKind};
use crate::text::Text;

/// Long side of the grid on which strokes spread.
const GRID_PX: u32 = 512;
const MOST: usize = 16;
/// Radius of a click as a share of the picture's short side, and at least this many pixels.
const CLICK: f64 = 0.008;
const LEAST_CLICK_PX: f64 = 1.5;

/// Checks without looking at pixels.
///
/// # Errors
/// `invalid_parameter`, `target_unavailable`.
pub fn check(hints: &[Hint]) -> Result<(), OpError> {
    if hints.len() > MOST {
        return Err(param("hints", format!("最多指定 {MOST} 处颜色。"), format!("`hints` takes {MOST} places at most.")));
    }
    hints.iter().try_for_each(|hint| {
        colour("hints", &hint.color)?;
        target::check(&hint.target)
    })
}

/// Clicks and brushed masks are strokes; anything else means all of the thing.
fn is_stroke(target: &Target) -> bool {
    let plain = !target.invert;
    plain && (target.kind == TargetKind::Mask || (target.kind == TargetKind::Region && target.points.is_some()))
}

/// The hints as masks with colours, in their order. One whose subject was not found is left out, with a warning.
///
/// # Errors
/// Those of resolving a target, `cancelled`.
pub fn layers(step: &mut StepContext<'_>, hints: &[Hint]) -> Result<Vec<Layer>, OpError> {
    let mut found: Vec<Option<Mask>> = Vec::with_capacity(hints.len());
    for hint in hints {
        found.push(if is_stroke(&hint.target) { brushed(step, &hint.target)? } else { area(step, &hint.target)? });
        step.check_cancel()?;
    }
    spread_strokes(step, hints, &mut found)?;
    let layers = hints.iter().zip(found).filter_map(|(hint, mask)| Some((hint, mask?)));
    layers.map(|(hint, mask)| Ok(Layer { mask, colour: colour("hints", &hint.color)? })).collect()
}

/// All of the thing; faces of people stay.
fn area(step: &mut StepContext<'_>, wanted: &Target) -> Result<Option<Mask>, OpError> {
    let how = How::THING;
    step.watch.progress(step.step, None, &Text::new("正在找要上色的地方", "Looking for what is to be coloured"));
    let mask = target::resolve(step, wanted, how)?;
    if mask.is_empty() {
        step.warn(
            "hint_not_found",
            "有一处要指定颜色的地方没有找到，已跳过。可以涂抹或框选它。",
            "One place that was to get a colour was not found and was left out. Paint over it or draw a box around it.",
        );
        return Ok(None);
    }
    let (mask, _) = without_faces(step, mask, wanted)?;
    look::show_mask(step, &mask);
    Ok(Some(mask))
}

/// The stroke itself, at the picture's size; `None` for clicks, which need none.
fn brushed(step: &mut StepContext<'_>, wanted: &Target) -> Result<Option<Mask>, OpError> {
    if wanted.points.is_some() && wanted.kind == TargetKind::Region {
        return Ok(Some(dots(step, wanted, 1.0)?));
    }
    let how = How { refine: false, quick: true, ..How::AREA };
    target::resolve(step, wanted, how).map(Some)
}

/// Discs at the clicks of one kind.
fn dots(step: &StepContext<'_>, wanted: &Target, kind: f64) -> Result<Mask, OpError> {
    let (width, height) = (step.input.width(), step.input.height());
    let radius = (f64::from(width.min(height)) * CLICK).max(LEAST_CLICK_PX);
    let mut mask = Mask::filled(width, height, 0);
    for &[x, y, _] in wanted.points.iter().flatten().filter(|p| p[2] == kind) {
        if !(0.0..f64::from(width)).contains(&x) || !(0.0..f64::from(height)).contains(&y) {
            return Err(param("hints", "有一个点击落在图片外。", "A click lies outside the picture."));
        }
        let range = |at: f64, side: u32| (at - radius).max(0.0) as u32..((at + radius) as u32 + 1).min(side);
        for row in range(y, height) {
            for column in range(x, width) {
                let inside = (f64::from(column) + 0.5 - x).hypot(f64::from(row) + 0.5 - y) <= radius;
                if inside || (column, row) == (x as u32, y as u32) {
                    mask.values_mut()[row as usize * width as usize + column as usize] = 255;
                }
            }
        }
    }
    Ok(mask)
}

/// Strokes grow up to the edges around them.
fn spread_strokes(step: &mut StepContext<'_>, hints: &[Hint], found: &mut [Option<Mask>]) -> Result<(), OpError> {
    let which: Vec<usize> = (0..hints.len()).filter(|&i| is_stroke(&hints[i].target) && found[i].is_some()).collect();
    if which.is_empty() {
        return Ok(());
    }
    step.watch.progress(step.step, None, &Text::new("正在让颜色铺到边缘", "Spreading the colours up to the edges"));
    let guide = lightness(&step.input, GRID_PX);
    let on_grid = |mask: &Mask| {
        let small = mask.resized(guide.width as u32, guide.height as u32);
        Plane::new(guide.width, guide.height, small.values().iter().map(|&v| f32::from(v) / 255.0).collect())
    };
    let strokes: Vec<Plane> = which.iter().filter_map(|&i| found[i].as_ref().map(on_grid)).collect();
    let mut not: Option<Mask> = None;
    for &i in which.iter().filter(|&&i| hints[i].target.points.iter().flatten().any(|p| p[2] == 0.0)) {
        let dots = dots(step, &hints[i].target, 0.0)?;
        not = Some(not.map_or(dots.clone(), |n| n.combined(&dots, Combine::Or)));
    }
    let not = not.as_ref().map(on_grid);
    let cancel = step.cancel;
    let reaches = spread::reach(&guide, &strokes, not.as_ref(), &|| cancel.is_cancelled()).ok_or(OpError::Cancelled)?;
    for (&i, reach) in which.iter().zip(&reaches) {
        let spread = spread::mask(reach, &guide, &step.input);
        found[i] = found[i].take().map(|stroke| stroke.combined(&spread, Combine::Or));
    }
    Ok(())
}
