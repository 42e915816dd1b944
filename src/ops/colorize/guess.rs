//! What a model takes the colours to be.

use std::sync::Arc;

use super::JOB;
use crate::imaging::Picture;
use crate::imaging::chroma::calm::calm;
use crate::imaging::chroma::{Chroma, Plane, lightness};
use crate::models::{ModelInfo, tint};
use crate::ops::recall::recall;
use crate::ops::{OpError, StepContext};
use crate::text::Text;

/// Long side of the lightness that guides the way from the model's grid to the picture.
const GUIDE_PX: u32 = 1024;
/// The longest grid, as a multiple of its short side.
const LONGEST: usize = 4;

/// A model's chroma on a grid, with what it is laid on by.
#[derive(Debug)]
pub struct Guess {
    pub model: String,
    pub chroma: Chroma,
    pub lightness: Plane,
}

/// The colours of the default model, remembered where the picture is the step's input.
///
/// # Errors
/// `model_missing` and the model's own, `cancelled`.
pub fn guess(step: &mut StepContext<'_>, picture: &Arc<Picture>) -> Result<Arc<Guess>, OpError> {
    let info = step.models.default_for(JOB)?;
    if !Arc::ptr_eq(picture, &step.input) {
        return work_out(step, picture, &info).map(Arc::new);
    }
    let what = format!("chroma {}:{} {:?}", info.name, info.sha256.as_deref().unwrap_or("?"), info.settings);
    let bytes = |g: &Guess| (g.chroma.a.values.len() * 2 + g.lightness.values.len()) * size_of::<f32>();
    recall(step, what, bytes, |step| work_out(step, picture, &info))
}

fn work_out(step: &mut StepContext<'_>, picture: &Picture, info: &ModelInfo) -> Result<Guess, OpError> {
    let lightness = lightness(picture, GUIDE_PX);
    let chroma = match info.family.as_str() {
        "tint" => several(step, picture, info, &lightness)?,
        "ddcolor" => {
            step.watch.progress(step.step, None, &looking());
            let answer = step.infer(&info.name, vec![tint::prepare_grey(picture, &info.input)])?;
            tint::decode(&answer, false)?
        }
        other => return Err(OpError::Internal(format!("`{}` is of the family `{other}`, which gives no colours", info.name))),
    };
    Ok(Guess { model: info.name.clone(), chroma, lightness })
}

fn looking() -> Text {
    Text::new("正在判断颜色", "Working out the colours")
}

/// The model's answers at all its sizes and mirrored, made one.
fn several(step: &mut StepContext<'_>, picture: &Picture, info: &ModelInfo, lightness: &Plane) -> Result<Chroma, OpError> {
    let settings: tint::Settings = info.settings().map_err(OpError::Internal)?;
    let seen = tint::stretched(lightness, settings.levels);
    let mut looks = vec![];
    for &short in info.input.sizes.iter().chain([&info.input.size]) {
        let size = tint::size_for((picture.width(), picture.height()), short, info.input.multiple);
        looks.extend([false, true].into_iter().filter(|&m| settings.mirror || !m).map(|mirrored| (size, mirrored)));
    }
    let mut guesses = Vec::with_capacity(looks.len());
    for (i, &(size, mirrored)) in looks.iter().enumerate() {
        step.watch.progress(step.step, Some(i as f32 / looks.len() as f32), &looking());
        let answer = step.infer(&info.name, vec![tint::prepare(&seen, size, mirrored)])?;
        guesses.push(tint::decode(&answer, mirrored)?);
    }
    let (width, height) = grid((picture.width(), picture.height()), settings.grid as usize);
    let cancel = step.cancel;
    calm(&guesses, &lightness.resized(width, height), settings.calm(), &|| cancel.is_cancelled()).ok_or(OpError::Cancelled)
}

/// A grid of the picture's shape, never finer than its pixels.
fn grid((width, height): (u32, u32), short: usize) -> (usize, usize) {
    let scale = (short as f64 / f64::from(width.min(height))).min(1.0);
    let side = |length: u32| ((f64::from(length) * scale).round() as usize).clamp(1, short * LONGEST);
    (side(width), side(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_have_the_picture_s_shape_and_are_never_finer_or_endless() {
        assert_eq!(grid((4000, 3000), 160), (213, 160));
        assert_eq!(grid((37, 41), 160), (37, 41));
        assert_eq!(grid((1, 5000), 160), (1, 640));
        assert_eq!(grid((20_000, 400), 160), (640, 160));
    }
}
