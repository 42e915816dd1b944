//! The first stage: scratches, folds and dust are found, or told by a mask, and filled.

use std::sync::Arc;

use serde_json::json;

use super::{Done, RestoreParams};
use crate::imaging::mend::{self, Mend};
use crate::imaging::scratch::{Found, Wanted, find};
use crate::imaging::{Affine, Mask, Picture};
use crate::ops::target::How;
use crate::ops::{Artifact, OpError, StepContext, cutout, erase, look};
use crate::text::Text;

/// Around what is found so much is filled as well, where the damage is faint: a pixel, and one more for each so many of the long side.
const RIM_EVERY_PX: u32 = 3000;
/// More wide pixels than this would take minutes to copy; they stay as the lines across them leave them.
const MOST_COPIED_PX: usize = 80_000;

pub(super) fn run(step: &mut StepContext<'_>, p: &RestoreParams) -> Result<Done, OpError> {
    match &p.target {
        Some(wanted) => {
            let how = How::AREA;
            let Some(mask) = cutout::find(step, wanted, how)? else { return Ok(nothing(step)) };
            let words = Text::new("已按选区修补。", "What was selected was filled.");
            let report = json!({ "changed": true, "share": share(&mask) });
            let picture = filled(step, &mask)?;
            Ok(Done { report: Some(report), words: Some(words), mask: Some(Arc::new(mask)), ..done(picture) })
        }
        None => by_itself(step, p),
    }
}

fn by_itself(step: &mut StepContext<'_>, p: &RestoreParams) -> Result<Done, OpError> {
    step.watch.progress(step.step, None, &Text::new("正在寻找划痕和灰尘", "Looking for scratches and dust"));
    let wanted = Wanted { scratches: p.scratches(), dust: p.dust() };
    let cancel = step.cancel;
    let found = find(&step.input, wanted, &|| cancel.is_cancelled()).ok_or(OpError::Cancelled)?;
    if found.lines + found.specks == 0 {
        return Ok(nothing(step));
    }
    let rim = 1 + step.input.width().max(step.input.height()) / RIM_EVERY_PX;
    let mask = found.all().grown(rim as i32);
    let report = json!({ "changed": true, "lines": found.lines, "specks": found.specks, "share": share(&mask) });
    let words = words(&found);
    let picture = filled(step, &mask)?;
    let artifacts = [("scratches", found.scratches), ("dust", found.dust)];
    let artifacts = artifacts.into_iter().filter(|(_, m)| !m.is_empty()).map(|(role, m)| (role, Artifact::Mask(Arc::new(m)))).collect();
    Ok(Done { report: Some(report), words: Some(words), mask: Some(Arc::new(mask)), artifacts, ..done(picture) })
}

/// The step's input with a mask filled: what is thin along the lines through it, what is wide from other places of the picture.
fn filled(step: &StepContext<'_>, mask: &Mask) -> Result<Arc<Picture>, OpError> {
    look::show_mask(step, mask);
    step.check_cancel()?;
    step.watch.progress(step.step, None, &Text::new("正在修补", "Filling"));
    let cancel = step.cancel;
    let task = Mend { picture: &step.input, hole: mask, grain: 1.0, seed: step.seed };
    let thin = mend::mend(&task, &|| cancel.is_cancelled()).ok_or(OpError::Cancelled)?;
    let wide = mend::wide(mask);
    let area = wide.values().iter().filter(|&&v| v > 0).count();
    if area == 0 || area > MOST_COPIED_PX {
        return Ok(Arc::new(thin));
    }
    match erase::fill(step, &thin, &wide, None) {
        Ok(filled) => Ok(Arc::new(filled.picture)),
        Err(OpError::Cancelled) => Err(OpError::Cancelled),
        // Nothing left to copy from: what lies on either side is the best there is.
        Err(_) => Ok(Arc::new(thin)),
    }
}

fn nothing(step: &StepContext<'_>) -> Done {
    let words = Text::new("没有找到划痕或灰尘。", "No scratches or dust were found.");
    Done {
        report: Some(json!({ "changed": false, "lines": 0, "specks": 0, "share": 0.0 })),
        words: Some(words),
        ..done(step.input.clone())
    }
}

fn done(picture: Arc<Picture>) -> Done {
    Done { picture, map: Some(Affine::IDENTITY), mask: None, artifacts: vec![], report: None, words: None }
}

/// Of the picture, in percent with two places.
fn share(mask: &Mask) -> f64 {
    (mask.coverage() * 10_000.0).round() / 100.0
}

fn words(found: &Found) -> Text {
    let (lines, specks) = (found.lines, found.specks);
    match (lines, specks) {
        (0, _) => Text::new(format!("修补了 {specks} 处灰尘。"), format!("Specks of dust filled: {specks}.")),
        (_, 0) => Text::new(format!("修补了 {lines} 条划痕或折痕。"), format!("Scratches and folds filled: {lines}.")),
        _ => Text::new(
            format!("修补了 {lines} 条划痕或折痕、{specks} 处灰尘。"),
            format!("Scratches and folds filled: {lines}; specks of dust: {specks}."),
        ),
    }
}
