//! Finds the main subject of a picture: one run of the cut-out model, and a second opinion where the first is unsure.
//!
//! The rule, in order:
//!
//! 1. The model sees the whole picture (or the given region) at its own size.
//! 2. What it found takes little of the picture: the model looks again at a crop around it (its box and 15 % on each side). If the closer look
//!    finds about as much, it is the better one, since a small subject has few of the model's 1024 pixels.
//! 3. The matte is unsure as a whole (a fifth of it is half transparent, or next to nothing was found): the model is asked again at its other
//!    size, and on a crop. Of the mattes that kept at least [`KEEP_SHARE`] of the largest one's subject, the one with the fewest half-transparent
//!    pixels for its subject's size wins, the earlier in a tie. A lost arm is worse than a soft edge, hence the first condition.
//! 4. It is clear as a whole but has an area, not just an edge, that is half transparent: the model is asked at its other size, whose answer counts
//!    in that area if it is clearer there.
//! 5. What is inside the subject becomes solid (see [`super::doubt`]), nearly opaque becomes opaque and nearly transparent becomes transparent, so
//!    that the inside keeps the source's pixels.
//! 6. A matte that is still unsure as a whole is given with a warning.

use std::sync::Arc;

use rayon::prelude::*;

use super::doubt::{self, HalfSeen};
use super::refine::{Guide, upsample};
use super::{OpError, StepContext};
use crate::imaging::{Mask, Picture, Rect, blend, geometry};
use crate::models::{ModelInfo, isnet, isnet::MatteQuality};

/// The job in the model manifest.
pub const JOB: &str = "cutout";
/// Share of the picture's pixels that must be more subject than not for anything to count as found.
const FOUND_SHARE: f64 = 1e-4;
/// Added to each side of a box before the model looks at it, as a share of the box.
const BOX_MARGIN: f64 = 0.15;
/// A crop is worth a run of its own if it has less than this share of the picture.
const CROP_WORTH: f64 = 0.6;
/// A subject whose box has less than this share of the picture gets a closer look.
const SMALL_SUBJECT: f64 = 0.35;
/// See the rule above.
pub const KEEP_SHARE: f64 = 0.8;
/// A picture with more transparent pixels than this share is a cut-out already.
const CUT_OUT_SHARE: f64 = 0.02;

/// Whether something was found at all.
pub fn is_found(matte: &Mask) -> bool {
    let inside = matte.values().iter().filter(|&&v| v > 127).count();
    inside > 0 && inside as f64 >= FOUND_SHARE * matte.values().len() as f64
}

/// The alpha of a picture that has been cut out already.
pub fn existing_alpha(picture: &Picture) -> Option<Mask> {
    if picture.is_opaque() {
        return None;
    }
    let alpha = blend::alpha_of(picture);
    let transparent = alpha.values().iter().filter(|&&v| v < 128).count();
    (transparent as f64 >= CUT_OUT_SHARE * alpha.values().len() as f64).then_some(alpha)
}

/// The alpha of a cut-out, else what the model finds.
pub fn alpha_or_find(step: &mut StepContext<'_>) -> Result<Mask, OpError> {
    match existing_alpha(&step.input) {
        Some(alpha) => Ok(alpha),
        None => find(step, None, Care::BEST),
    }
}

/// How much care is taken.
#[derive(Clone, Copy, Debug)]
pub struct Care {
    /// Edges of large pictures follow the picture, not the model's smaller grid.
    pub refine: bool,
    /// The model looks again where the first look is not enough; without it, rules 2 to 4 are left out.
    pub again: bool,
}

impl Care {
    pub const BEST: Care = Care { refine: true, again: true };
}

/// The subject's matte, the size of the step's input; all 0 where nothing was found. With a region, what is in it: the model sees it with a margin
/// and the matte is 0 outside.
pub fn find(step: &mut StepContext<'_>, region: Option<Rect>, care: Care) -> Result<Mask, OpError> {
    let matte = find_around(step, region, care)?;
    Ok(match region {
        Some(inside) => clipped(matte, inside),
        None => matte,
    })
}

/// The same with what the model found in the margin of the region.
pub(super) fn find_around(step: &mut StepContext<'_>, region: Option<Rect>, care: Care) -> Result<Mask, OpError> {
    let picture = step.input.clone();
    let model = step.models.default_for(JOB)?;
    let seen = region.map_or(picture.bounds(), |r| with_margin(r, &picture));
    let looker = Looker { model: &model, picture, refine: care.refine };
    let first = looker.look(step, seen, model.input.size)?;
    let mut best = if care.again { looker.look_again(step, seen, first)? } else { first };
    if best.quality.is_unsure() && is_found(&best.matte) {
        step.warn(
            "subject_unclear",
            "主体的轮廓不太清楚，结果可能不完整。用方框框住它或涂抹出来会更准。",
            "The outline of the subject is not clear, so parts may be missing. A box around it or a painted mask gives a better result.",
        );
    }
    doubt::solidify(&mut best.matte);
    let mut matte = best.placed(&looker.picture);
    matte.values_mut().par_chunks_mut(1 << 16).for_each(|run| run.iter_mut().for_each(|v| *v = LEVELS[usize::from(*v)]));
    Ok(matte)
}

/// A matte of a part of the picture.
struct Candidate {
    area: Rect,
    /// Side of the model's input.
    size: u32,
    matte: Mask,
    quality: MatteQuality,
}

impl Candidate {
    /// Alpha in pixels.
    fn found(&self) -> f64 {
        self.quality.mean * self.matte.values().len() as f64
    }

    /// The matte at the size of the picture, 0 around the part.
    fn placed(self, picture: &Picture) -> Mask {
        if self.area == picture.bounds() {
            return self.matte;
        }
        let width = picture.width() as usize;
        let mut whole = Mask::filled(picture.width(), picture.height(), 0);
        let rows = whole.values_mut().chunks_exact_mut(width).skip(self.area.y as usize);
        for (to, from) in rows.zip(self.matte.values().chunks_exact(self.area.width as usize)) {
            to[self.area.x as usize..][..from.len()].copy_from_slice(from);
        }
        whole
    }
}

/// Alpha up to 10 is nothing and from 240 on all; in between it is stretched.
const LEVELS: [u8; 256] = {
    let (low, high) = (10, 240);
    let mut table = [0; 256];
    let mut v = low + 1;
    while v < 256 {
        table[v] = if v >= high { 255 } else { ((v - low) * 255 / (high - low)) as u8 };
        v += 1;
    }
    table
};

struct Looker<'a> {
    model: &'a ModelInfo,
    picture: Arc<Picture>,
    refine: bool,
}

impl Looker<'_> {
    fn look(&self, step: &mut StepContext<'_>, area: Rect, size: u32) -> Result<Candidate, OpError> {
        let part = if area == self.picture.bounds() { self.picture.clone() } else { Arc::new(geometry::crop(&self.picture, area).0) };
        let input = isnet::prepare(&part, &self.model.input, size);
        let guide = (self.refine && part.width().max(part.height()) > size).then(|| Guide::of(&input, &self.model.input));
        let outputs = step.infer(&self.model.name, vec![input])?;
        step.check_cancel()?;
        let output = outputs.first().ok_or_else(|| OpError::Internal(format!("{} gave no output", self.model.name)))?;
        let (matte, quality) = match guide {
            Some(guide) => {
                // A large photo is judged on the model's grid, which says the same and is quick.
                let grid = isnet::matte(output, &self.model.output, size, size)?;
                (upsample(&grid, &guide, &part), isnet::quality(&grid))
            }
            None => {
                let matte = isnet::matte(output, &self.model.output, part.width(), part.height())?;
                let quality = isnet::quality(&matte);
                (matte, quality)
            }
        };
        Ok(Candidate { area, size, matte, quality })
    }

    /// Rules 2 to 4: whatever more the model is asked after its first look at `seen`.
    fn look_again(&self, step: &mut StepContext<'_>, seen: Rect, first: Candidate) -> Result<Candidate, OpError> {
        let size = self.model.input.size;
        let unsure = first.quality.is_unsure();
        let mut looks = vec![first];
        let mut best = 0;
        if unsure {
            if let Some(&other) = self.model.input.sizes.first() {
                looks.push(self.look(step, seen, other)?);
            }
            if let Some(part) = self.part_of_interest(&looks, seen, CROP_WORTH) {
                looks.push(self.look(step, part, size)?);
            }
            best = choose(&looks);
        } else if let Some(part) = self.part_of_interest(&looks, seen, SMALL_SUBJECT) {
            let closer = self.look(step, part, size)?;
            let (before, now) = (looks[0].found(), closer.found());
            if (KEEP_SHARE * before..=before / KEEP_SHARE).contains(&now) {
                best = 1;
            }
            looks.push(closer);
        }
        let mut best = looks.swap_remove(best);
        if let (Some(doubt), Some(&other)) = (HalfSeen::of(&best.matte), self.model.input.sizes.first()) {
            // What was asked before is not asked again.
            let asked = looks.into_iter().find(|look| look.area == best.area && look.size != best.size);
            let second = if let Some(look) = asked { look } else { self.look(step, best.area, other)? };
            doubt.settle(&mut best.matte, &second.matte);
        }
        Ok(best)
    }

    /// A box around everything that some candidate is fairly sure of, if it has less than the share `worth` of what was seen.
    fn part_of_interest(&self, candidates: &[Candidate], seen: Rect, worth: f64) -> Option<Rect> {
        let boxes = candidates.iter().filter_map(|c| {
            let b = c.matte.bounding_box(64)?;
            Some(Rect { x: b.x + c.area.x, y: b.y + c.area.y, ..b })
        });
        let part = with_margin(boxes.reduce(Rect::union)?, &self.picture);
        let area = |r: Rect| f64::from(r.width) * f64::from(r.height);
        (area(part) < worth * area(seen) && part.width >= 16 && part.height >= 16).then_some(part)
    }
}

/// Index of the best candidate; see the rule at the top.
fn choose(candidates: &[Candidate]) -> usize {
    let figures: Vec<(f64, f64)> = candidates.iter().map(|c| (c.found(), c.quality.soft_share * c.matte.values().len() as f64)).collect();
    let largest = figures.iter().map(|f| f.0).fold(0.0, f64::max);
    let softness = |&(found, soft): &(f64, f64)| soft / found.max(1.0);
    let eligible = figures.iter().enumerate().filter(|(_, f)| f.0 >= KEEP_SHARE * largest);
    // `min_by` keeps the first of equals.
    eligible.min_by(|(_, a), (_, b)| softness(a).total_cmp(&softness(b))).map_or(0, |(i, _)| i)
}

/// The matte inside the rectangle, 0 outside.
fn clipped(mut matte: Mask, inside: Rect) -> Mask {
    let width = matte.width() as usize;
    let (left, right) = (inside.x as usize, (inside.x + inside.width) as usize);
    for (y, row) in matte.values_mut().chunks_exact_mut(width).enumerate() {
        if (inside.y as usize..(inside.y + inside.height) as usize).contains(&y) {
            row[..left].fill(0);
            row[right..].fill(0);
        } else {
            row.fill(0);
        }
    }
    matte
}

/// A box with what the model sees around it.
pub(super) fn with_margin(rect: Rect, picture: &Picture) -> Rect {
    let (dx, dy) = ((f64::from(rect.width) * BOX_MARGIN).ceil() as u32, (f64::from(rect.height) * BOX_MARGIN).ceil() as u32);
    let (x, y) = (rect.x.saturating_sub(dx), rect.y.saturating_sub(dy));
    let (right, bottom) = ((rect.x + rect.width + dx).min(picture.width()), (rect.y + rect.height + dy).min(picture.height()));
    Rect { x, y, width: right - x, height: bottom - y }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(values: Vec<u8>) -> Candidate {
        let width = values.len() as u32;
        let matte = Mask::new(width, 1, values);
        Candidate { area: Rect { x: 0, y: 0, width, height: 1 }, size: 1024, quality: isnet::quality(&matte), matte }
    }

    #[test]
    fn a_clear_matte_wins_unless_it_lost_parts_of_the_subject() {
        let soft = candidate(vec![255, 255, 180, 180, 180, 0, 0, 0]);
        let clear = candidate(vec![255, 255, 255, 255, 100, 0, 0, 0]);
        let lost = candidate(vec![255, 255, 0, 0, 0, 0, 0, 0]);
        assert_eq!(choose(&[soft, clear, lost]), 1);
        let same = || candidate(vec![255, 100, 0, 0]);
        assert_eq!(choose(&[same(), same()]), 0, "a tie keeps the first opinion");
        assert_eq!(choose(&[candidate(vec![0; 4])]), 0);
    }

    #[test]
    fn a_matte_of_a_part_lands_where_the_part_is() {
        let picture = Picture::filled(4, 3, [0, 0, 0, 255]);
        let matte = Mask::filled(2, 2, 200);
        let part = Candidate { area: Rect { x: 1, y: 1, width: 2, height: 2 }, size: 1024, quality: isnet::quality(&matte), matte };
        let whole = part.placed(&picture);
        assert_eq!(whole.values(), [0, 0, 0, 0, 0, 200, 200, 0, 0, 200, 200, 0]);
        let cut = clipped(whole, Rect { x: 2, y: 0, width: 2, height: 2 });
        assert_eq!(cut.values(), [0, 0, 0, 0, 0, 0, 200, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn the_inside_of_a_subject_is_opaque_and_levels_only_rise() {
        assert_eq!((LEVELS[0], LEVELS[10], LEVELS[240], LEVELS[255]), (0, 0, 255, 255));
        assert!(LEVELS.is_sorted());
        assert!((120..136).contains(&LEVELS[127]), "the middle stays the middle");
    }

    #[test]
    fn an_almost_opaque_picture_is_no_cut_out() {
        let mut picture = Picture::filled(10, 10, [9, 9, 9, 255]);
        picture.rgba8_mut()[3] = 0;
        assert_eq!(existing_alpha(&picture), None, "one rounded corner");
        picture.rgba8_mut()[7] = 0;
        assert!(existing_alpha(&picture).is_some());
    }
}
