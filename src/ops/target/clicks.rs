//! From clicks to the thing under them.
//!
//! Colours alone do not know where a thing ends: a suit is no person. So what the models see leads:
//!
//! 1. The smallest person or thing in whose box all inside clicks lie: its mask is the opinion, its box (with a little around it) the limit.
//! 2. Else the main subject, if the clicks fall on it.
//! 3. Then graph cuts settle it with the clicks (see [`grabcut`]): every clicked pixel is in or out as the click says.
//!
//! A quick answer asks the cut-out model nothing; it uses what is remembered of this very picture. A click that is refined runs it.

use std::sync::Arc;

use super::shape::{self, Patch};
use super::sight::{Instance, Sight};
use super::{How, others, whole_rect};
use crate::imaging::{Mask, Rect, grabcut};
use crate::ops::params::param;
use crate::ops::{OpError, StepContext, subject};

/// A box with more than this share of the picture says nothing about what was clicked.
const SCENE: f32 = 0.7;
/// Around the box of a thing, as a share of its sides: what the detector cut off.
const AROUND: f32 = 0.08;

/// Clicks in pixels of the picture.
pub(super) struct Clicks {
    inside: Vec<(f64, f64)>,
    outside: Vec<(f64, f64)>,
}

impl Clicks {
    /// # Errors
    /// `invalid_parameter` where none is on the thing, or a value is no number.
    pub fn read(points: &[[f64; 3]]) -> Result<Clicks, OpError> {
        let fits = |p: &[f64; 3]| p[..2].iter().all(|v| v.is_finite()) && (p[2] == 0.0 || p[2] == 1.0);
        if points.len() > 200 || !points.iter().all(fits) {
            return Err(param(
                "target.points",
                "点击应写成 [x, y, 1]（选中）或 [x, y, 0]（不选），最多 200 个。",
                "Clicks are [x, y, 1] (on the thing) or [x, y, 0] (beside it), 200 at most.",
            ));
        }
        let of = |kind: f64| points.iter().filter(|p| p[2] == kind).map(|p| (p[0], p[1])).collect::<Vec<_>>();
        let clicks = Clicks { inside: of(1.0), outside: of(0.0) };
        if clicks.inside.is_empty() {
            return Err(param(
                "target.points",
                "至少要有一个点落在要选的东西上（[x, y, 1]）。",
                "At least one click must be on the thing ([x, y, 1]).",
            ));
        }
        Ok(clicks)
    }

    /// # Errors
    /// `invalid_parameter` where one lies outside the picture.
    fn check_inside(&self, width: u32, height: u32) -> Result<(), OpError> {
        let fits = |&(x, y): &(f64, f64)| (0.0..f64::from(width)).contains(&x) && (0.0..f64::from(height)).contains(&y);
        if self.inside.iter().chain(&self.outside).all(fits) {
            return Ok(());
        }
        Err(param(
            "target.points",
            format!("有的点不在图片里（图片为 {width}×{height}）。"),
            format!("A click lies outside the picture, which is {width}×{height}."),
        ))
    }

    fn all_in(&self, area: crate::models::boxes::Area) -> bool {
        self.inside.iter().all(|&(x, y)| area.holds((x as f32, y as f32)))
    }
}

/// The mask of what was clicked; with a region, only what is in it.
pub(super) fn resolve(step: &mut StepContext<'_>, clicks: &Clicks, region: Option<Rect>, how: How) -> Result<Mask, OpError> {
    let (width, height) = (step.input.width(), step.input.height());
    clicks.check_inside(width, height)?;
    let (area, prior) = match region {
        Some(region) => (Some(region), None),
        None => opinion(step, clicks, how)?,
    };
    step.check_cancel()?;
    let hints = grabcut::Hints { area, prior: prior.as_deref(), inside: &clicks.inside, outside: &clicks.outside };
    let cancel = step.cancel.clone();
    grabcut::segment(&step.input, &hints, &|| cancel.is_cancelled()).ok_or(OpError::Cancelled)
}

/// What the models say about the clicked place: the limit and the matte. Without the models the colours decide alone.
fn opinion(step: &mut StepContext<'_>, clicks: &Clicks, how: How) -> Result<(Option<Rect>, Option<Arc<Mask>>), OpError> {
    let (width, height) = (step.input.width(), step.input.height());
    let looked = if how.quick { Sight::glance(step) } else { Sight::of(step) };
    let sight = match looked {
        Ok(sight) => sight,
        Err(OpError::Cancelled) => return Err(OpError::Cancelled),
        Err(_) => return Ok((None, None)),
    };
    let picture = width as f32 * height as f32;
    let candidates = sight.instances().filter(|i| clicks.all_in(i.area) && i.area.size() < SCENE * picture);
    if let Some(thing) = candidates.min_by(|a, b| a.area.size().total_cmp(&b.area.size())) {
        let patch = if how.quick { shape::remembered(step, &sight, thing)? } else { Some(shape::matte(step, &sight, thing)?) };
        let fits = patch.filter(|patch| covers(patch, clicks));
        let limit = limit_of(thing, width, height).map(|limit| fits.as_ref().map_or(limit, |patch| limit.union(patch.area)));
        return Ok((limit, fits.map(|patch| Arc::new(whole(&patch, width, height)))));
    }
    let matte = if how.quick { others::remembered_subject(step) } else { others::salient(step) };
    let falls_on = |m: &Arc<Mask>| clicks.inside.iter().all(|&(x, y)| m.at(x as u32, y as u32) > 127);
    Ok((None, matte.filter(|m| subject::is_found(m) && falls_on(m))))
}

/// Whether some click falls on the mask: else it is of something else.
fn covers(patch: &Patch, clicks: &Clicks) -> bool {
    let at = |&(x, y): &(f64, f64)| {
        let (x, y) = ((x as u32).checked_sub(patch.area.x)?, (y as u32).checked_sub(patch.area.y)?);
        (x < patch.area.width && y < patch.area.height).then(|| patch.mask.at(x, y))
    };
    clicks.inside.iter().any(|c| at(c).is_some_and(|v| v > 127))
}

fn limit_of(thing: &Instance, width: u32, height: u32) -> Option<Rect> {
    let mut area = thing.area;
    let (dx, dy) = (area.width() * AROUND, area.height() * AROUND);
    (area.left, area.right, area.top, area.bottom) = (area.left - dx, area.right + dx, area.top - dy, area.bottom + dy);
    whole_rect(area, width, height)
}

fn whole(patch: &Patch, width: u32, height: u32) -> Mask {
    let mut mask = Mask::filled(width, height, 0);
    patch.add_to(&mut mask);
    mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clicks_are_read_or_refused_with_the_form_they_have() {
        let clicks = Clicks::read(&[[3.0, 4.0, 1.0], [9.0, 9.0, 0.0]]).unwrap();
        assert_eq!((clicks.inside, clicks.outside), (vec![(3.0, 4.0)], vec![(9.0, 9.0)]));
        for bad in [&[][..], &[[1.0, 1.0, 0.0]], &[[f64::NAN, 1.0, 1.0]], &[[1.0, 1.0, 2.0]]] {
            assert_eq!(
                Clicks::read(bad).err().and_then(|e| crate::text::Explain::field(&e).map(str::to_owned)).as_deref(),
                Some("target.points")
            );
        }
        let outside = Clicks::read(&[[100.0, 5.0, 1.0]]).unwrap();
        assert!(outside.check_inside(100, 50).is_err() && outside.check_inside(101, 50).is_ok());
    }
}
