//! Where a matte that is clear as a whole has an area that is half transparent: a stem, an ear, a pale sleeve. Soft edges and hair are no doubt;
//! an area is.

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
    fn a_soft_edge_is_no_area_of_doubt() {
        assert!(HalfSeen::of(&flower(255)).is_none());
    }
}
