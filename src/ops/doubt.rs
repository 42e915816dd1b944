//! Where a matte that is clear as a whole has an area that is half transparent: a stem, an ear, a pale sleeve. Soft edges and hair are no doubt;
//! an area is. And what is inside the subject becomes solid.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rayon::prelude::*;

use crate::imaging::Mask;

/// Long side of the small copy that areas are looked for in.
const GRID: u32 = 384;
/// A soft area is one that a disc of this radius (in cells of the copy) fits into.
const THICK: i32 = 3;
/// Least area that is worth another run, as a share of the subject.
const WORTH: f64 = 0.01;
/// The other opinion counts if it has less than this share of the soft cells there.
const CLEARER: f64 = 0.7;

/// The area of doubt, on the small copy.
pub(super) struct HalfSeen {
    core: Mask,
}

impl HalfSeen {
    /// `None` where there is no such area.
    pub fn of(matte: &Mask) -> Option<HalfSeen> {
        let small = reduced(matte);
        let core = soft(&small).grown(-THICK);
        let size = core.values().iter().filter(|&&v| v > 0).count() as f64;
        let subject = small.coverage() * small.values().len() as f64;
        (size > 0.0 && size >= WORTH * subject).then_some(HalfSeen { core })
    }

    /// Takes the other opinion in the area of doubt if it is clearer there. Both mattes have the size that the area was found at.
    pub fn settle(&self, matte: &mut Mask, other: &Mask) {
        let soft_in_core =
            |m: &Mask| soft(&reduced(m)).values().iter().zip(self.core.values()).filter(|(s, c)| **s > 0 && **c > 0).count() as f64;
        if soft_in_core(other) > CLEARER * soft_in_core(matte) {
            return;
        }
        let area = self.core.grown(THICK * 2).feathered(THICK as u32).resized(matte.width(), matte.height());
        for ((to, &second), &share) in matte.values_mut().iter_mut().zip(other.values()).zip(area.values()) {
            let mixed = u32::from(*to) * (255 - u32::from(share)) + u32::from(second) * u32::from(share);
            *to = ((mixed + 127) / 255) as u8;
        }
    }
}

/// Well inside the subject, alpha from the first to the second of these is raised more and more, from there on to opaque.
const NEARLY_OPAQUE: (u8, u8) = (165, 225);
/// Well inside: this far (in cells) from anything more transparent than opaque.
const INSIDE: i32 = 2;
/// A half-transparent spot that the subject encloses becomes opaque if it is denser than this; below it is a hole to look through.
const NO_HOLE: u8 = 100;

/// Makes nearly opaque areas inside the subject, and half-transparent spots that it encloses, opaque. Edges and real holes stay as they are.
pub(super) fn solidify(matte: &mut Mask) {
    let small = reduced(matte);
    let inside = small.thresholded(128).grown(-INSIDE);
    let enclosed = enclosing_level(&small);
    let solid = small.values().iter().zip(inside.values()).zip(&enclosed).map(|((&alpha, &inside), &level)| {
        let spot = alpha > NO_HOLE && level > 240;
        let (low, high) = NEARLY_OPAQUE;
        match alpha {
            _ if spot => 255,
            a if inside == 0 || a <= low => 0,
            a if a >= high => 255,
            a => (u32::from(a - low) * 255 / u32::from(high - low)) as u8,
        }
    });
    let solid = Mask::new(small.width(), small.height(), solid.collect());
    if solid.is_empty() {
        return;
    }
    let solid = solid.resized(matte.width(), matte.height());
    matte.values_mut().par_iter_mut().with_min_len(1 << 16).zip(solid.values()).for_each(|(alpha, &share)| {
        let lifted = u32::from(255 - *alpha) * u32::from(share);
        *alpha += ((lifted + 127) / 255) as u8;
    });
}

/// For each cell the densest barrier that stands between it and the background at the picture's border: the least, over all ways there, of the
/// highest alpha on the way. (A flood from the border, always continued at its lowest cell.)
fn enclosing_level(matte: &Mask) -> Vec<u8> {
    let (width, height) = (matte.width() as usize, matte.height() as usize);
    let alpha = matte.values();
    let mut level = vec![255u8; alpha.len()];
    let mut reached = vec![false; alpha.len()];
    let mut front = BinaryHeap::new();
    let mut reach = |front: &mut BinaryHeap<Reverse<(u8, usize)>>, level: &mut Vec<u8>, i: usize, barrier: u8| {
        if !std::mem::replace(&mut reached[i], true) {
            level[i] = barrier.max(alpha[i]);
            front.push(Reverse((level[i], i)));
        }
    };
    for i in 0..alpha.len() {
        let (x, y) = (i % width, i / width);
        if (x == 0 || y == 0 || x + 1 == width || y + 1 == height) && alpha[i] < 128 {
            reach(&mut front, &mut level, i, 0);
        }
    }
    while let Some(Reverse((barrier, i))) = front.pop() {
        let (x, y) = (i % width, i / width);
        let near = [(x > 0, i.wrapping_sub(1)), (x + 1 < width, i + 1), (y > 0, i.wrapping_sub(width)), (y + 1 < height, i + width)];
        for (_, next) in near.into_iter().filter(|(inside, _)| *inside) {
            reach(&mut front, &mut level, next, barrier);
        }
    }
    level
}

fn reduced(matte: &Mask) -> Mask {
    let long = matte.width().max(matte.height());
    if long <= GRID {
        return matte.clone();
    }
    let side = |v: u32| ((u64::from(v) * u64::from(GRID)) / u64::from(long)).max(1) as u32;
    matte.resized(side(matte.width()), side(matte.height()))
}

/// 255 where the matte is neither clearly subject nor clearly background.
fn soft(matte: &Mask) -> Mask {
    Mask::new(matte.width(), matte.height(), matte.values().iter().map(|v| if (24..=231).contains(v) { 255 } else { 0 }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A subject with a soft edge and, below it, a stem of the given alpha.
    fn flower(stem: u8) -> Mask {
        let values = (0..200 * 200u32).map(|i| {
            let (x, y) = (i % 200, i / 200);
            match (x, y) {
                (50..150, 20..100) => 255,
                (48..152, 18..102) => 120,
                (90..110, 102..190) => stem,
                _ => 0,
            }
        });
        Mask::new(200, 200, values.collect())
    }

    #[test]
    fn a_half_transparent_stem_is_taken_from_the_opinion_that_saw_it() {
        let mut matte = flower(100);
        HalfSeen::of(&matte).expect("the stem is in doubt").settle(&mut matte, &flower(255));
        assert_eq!(matte.at(100, 150), 255);
        assert_eq!(matte.at(100, 60), 255, "the rest stands");
        assert_eq!(matte.at(10, 150), 0);
    }

    #[test]
    fn a_second_opinion_that_is_no_clearer_changes_nothing() {
        let mut matte = flower(100);
        HalfSeen::of(&matte).expect("the stem is in doubt").settle(&mut matte, &flower(140));
        assert_eq!(matte, flower(100));
    }

    #[test]
    fn spots_inside_the_subject_are_filled_and_holes_to_look_through_stay() {
        let mut matte = flower(230);
        for (x, y, alpha) in [(70, 60, 150), (120, 60, 0)] {
            for i in 0..64 {
                matte.values_mut()[(y + i / 8) * 200 + x + i % 8] = alpha;
            }
        }
        solidify(&mut matte);
        assert_eq!(matte.at(74, 64), 255, "a half-transparent spot");
        assert_eq!(matte.at(124, 64), 0, "a hole");
        assert_eq!(matte.at(100, 150), 255, "the middle of the stem");
        assert_eq!(matte.at(49, 60), 120, "the soft edge");
    }

    #[test]
    fn a_picture_that_is_all_subject_or_all_background_stays_so() {
        for alpha in [0, 40, 255] {
            let mut matte = Mask::filled(30, 20, alpha);
            solidify(&mut matte);
            assert_eq!(matte, Mask::filled(30, 20, alpha));
        }
    }

    #[test]
    fn a_soft_edge_is_no_area_of_doubt() {
        assert!(HalfSeen::of(&flower(255)).is_none());
    }
}
