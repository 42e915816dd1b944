//! Everything that stands out in a picture besides a target: where nothing should be copied from when the target is filled in.

use std::sync::Arc;

use super::sight::{Instance, Sight};
use crate::imaging::{Combine, Mask};
use crate::models::boxes::Area;
use crate::ops::recall::{recall, remembered};
use crate::ops::{StepContext, subject};

/// Grown by this share of the long side, at least by [`LEAST_PX`].
const GROW: f64 = 0.01;
const LEAST_PX: u32 = 9;
/// A box with more than this share of the picture is where things are, not a thing.
const SCENE: f32 = 0.6;
/// What lies in the target with this share is the target.
const SAME: f64 = 0.5;

/// People, the main subject and things that are not the target `mask`, grown by 1 % of the long side (at least 9 px), the size of the step's input; `None`
/// where there are none, or no model to find them with. Never overlaps the target itself.
///
/// People and things count with the whole of their boxes: this mask only says where not to look, and boxes cost nothing.
pub fn others(step: &mut StepContext<'_>, mask: &Mask) -> Option<Mask> {
    let (width, height) = (mask.width(), mask.height());
    let mut out = Mask::filled(width, height, 0);
    if let Ok(sight) = Sight::of(step) {
        let picture = width as f32 * height as f32;
        for one in sight.instances().filter(|i| i.area.size() < SCENE * picture && !is_target(i, mask)) {
            fill(&mut out, one.area);
        }
    }
    // The subject, if it is another. Its doubts are not about the target.
    let said = step.notices.len();
    if let Some(matte) = salient(step) {
        let in_target = matte.combined(mask, Combine::And).coverage();
        if subject::is_found(&matte) && in_target < SAME * matte.coverage() {
            out = out.combined(&matte.thresholded(26), Combine::Or);
        }
    }
    step.notices.truncate(said);
    if out.is_empty() {
        return None;
    }
    let px = ((GROW * f64::from(width.max(height))).round() as u32).max(LEAST_PX);
    let grown = out.grown(px as i32).combined(mask, Combine::Minus);
    (!grown.is_empty()).then_some(grown)
}

/// The main subject's matte, worked out once for a picture; without fine edges. `None` without a model, or when it fails.
pub(super) fn salient(step: &mut StepContext<'_>) -> Option<Arc<Mask>> {
    let what = subject_question(step)?;
    recall(
        step,
        what,
        |m: &Mask| m.values().len(),
        |step| subject::find(step, None, subject::Care { refine: false, ..subject::Care::BEST }),
    )
    .ok()
}

/// The same if it is remembered.
pub(super) fn remembered_subject(step: &mut StepContext<'_>) -> Option<Arc<Mask>> {
    let what = subject_question(step)?;
    remembered(step, what)
}

fn subject_question(step: &StepContext<'_>) -> Option<String> {
    let model = step.models.default_for(subject::JOB).ok()?;
    Some(format!("subject {}:{}", model.name, model.sha256.unwrap_or_default()))
}

/// Whether the thing is (mostly) what is selected, or the target (mostly) lies in it.
fn is_target(one: &Instance, mask: &Mask) -> bool {
    let Some(rect) = super::whole_rect(one.area, mask.width(), mask.height()) else { return true };
    let selected = mask.cropped(rect).coverage() * f64::from(rect.width) * f64::from(rect.height);
    let total = mask.coverage() * mask.values().len() as f64;
    selected > SAME * 0.6 * f64::from(rect.width) * f64::from(rect.height) || selected > 0.8 * total
}

fn fill(mask: &mut Mask, area: Area) {
    let (width, height) = (mask.width(), mask.height());
    let Some(rect) = super::whole_rect(area, width, height) else { return };
    for row in mask.values_mut().chunks_exact_mut(width as usize).skip(rect.y as usize).take(rect.height as usize) {
        row[rect.x as usize..][..rect.width as usize].fill(255);
    }
}
