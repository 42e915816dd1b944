//! Thin holes closed all over a picture: scratches, specks, the cracks of a fold.
//!
//! Across a thin hole the picture goes on as it came in: each pixel is interpolated between the two ends of straight lines through it, and the directions in
//! which both ends look alike count most, as in edge-directed interpolation (Li and Orchard, "New edge-directed interpolation", 2001, for the idea; no
//! covariance is estimated here). So an edge that meets a scratch at an angle goes on through it. What an average lacks, the grain, is copied from beside
//! the hole ([`grain`]).
//!
//! Wider holes have no such two ends and are for [`crate::patchmatch`]; [`wide`] tells which parts these are.

mod grain;
mod rays;

use rayon::prelude::*;

use super::{Combine, Mask, Picture};
use crate::pace::checkpoint;
use rays::Scene;

/// A hole is wide where a disc of this radius fits into it, in pixels. Measured inside synthetic scratches, lines across are nearer to what was there than
/// copies at every width (docs/RESTORE.md), but from about twice this on the eye sees that they have no texture.
pub const WIDE_PX: i32 = 8;
/// Pixels between two looks at whether to go on.
const RUN: usize = 2048;

/// What is closed.
pub struct Mend<'a> {
    pub picture: &'a Picture,
    /// The picture's size; above 0 may change: 255 is replaced, values between mix.
    pub hole: &'a Mask,
    /// How much of the surroundings' grain the filling gets, 0..=1.
    pub grain: f32,
    /// The same seed gives the same pixels.
    pub seed: u64,
}

/// Parts of a hole that are too wide for lines across it.
pub fn wide(hole: &Mask) -> Mask {
    let solid = hole.thresholded(1);
    let core = solid.grown(-WIDE_PX);
    if core.is_empty() {
        return core;
    }
    core.grown(WIDE_PX + 2).combined(hole, Combine::And)
}

/// The picture with the hole closed. Outside of it every byte stays as it is, and alpha everywhere; where no line through a pixel ends on something visible,
/// that pixel stays too. `None` when cancelled.
///
/// # Panics
/// When hole and picture differ in size.
pub fn mend(task: &Mend<'_>, cancelled: &(dyn Fn() -> bool + Sync)) -> Option<Picture> {
    checkpoint();
    let (picture, hole) = (task.picture, task.hole);
    assert_eq!((picture.width(), picture.height()), (hole.width(), hole.height()), "hole and picture have one size");
    let scene = Scene::of(picture, hole);
    let inside: Vec<u32> =
        (0..hole.values().len() as u32).filter(|&i| hole.values()[i as usize] > 0 && scene.is_visible(i as usize)).collect();
    let mut filled = vec![None; inside.len()];
    filled.par_chunks_mut(RUN).zip(inside.par_chunks(RUN)).for_each(|(out, pixels)| {
        if cancelled() {
            return;
        }
        for (out, &i) in out.iter_mut().zip(pixels) {
            *out = scene.across(i as usize);
        }
    });
    if cancelled() {
        return None;
    }
    let grain = grain::of(&scene, &inside, task.seed, task.grain);
    let mut out = picture.clone();
    let (pixels, _) = out.rgba8_mut().as_chunks_mut::<4>();
    for ((&i, value), grain) in inside.iter().zip(filled).zip(grain) {
        let Some(value) = value else { continue };
        let share = f32::from(hole.values()[i as usize]) / 255.0;
        let pixel = &mut pixels[i as usize];
        for c in 0..3 {
            let before = f32::from(pixel[c]);
            pixel[c] = (before + (value[c] + grain[c] - before) * share).round().clamp(0.0, 255.0) as u8;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn go_on() -> bool {
        false
    }

    /// An edge from dark to bright that leans, and a horizontal scratch through it.
    fn scene(grain: i32) -> (Picture, Picture, Mask) {
        let tone = |x: i32, y: i32| {
            let noise = (x * 7919 + y * 104_729 + x * y * 31) % (2 * grain + 1) - grain;
            (if x - y / 2 < 40 { 60 } else { 190 } + noise) as u8
        };
        let whole = Picture::from_rgba8(
            120,
            60,
            (0..60).flat_map(|y| (0..120).flat_map(move |x| [tone(x, y), tone(x, y), tone(x, y), 255])).collect(),
        );
        let hole = Mask::new(120, 60, (0..120 * 60).map(|i| if (28..32).contains(&(i / 120)) { 255 } else { 0 }).collect());
        let mut scratched = whole.clone();
        for (pixel, &v) in scratched.rgba8_mut().as_chunks_mut::<4>().0.iter_mut().zip(hole.values()) {
            if v > 0 {
                *pixel = [250, 250, 250, 255];
            }
        }
        (whole, scratched, hole)
    }

    fn mended(picture: &Picture, hole: &Mask, grain: f32) -> Picture {
        mend(&Mend { picture, hole, grain, seed: 1 }, &go_on).unwrap()
    }

    #[test]
    fn an_edge_goes_on_through_a_scratch() {
        let (whole, scratched, hole) = scene(0);
        let out = mended(&scratched, &hole, 0.0);
        for y in 28..32 {
            for x in 0..120 {
                let (is, was) = (out.pixel(x, y)[0], whole.pixel(x, y)[0]);
                // The edge itself may move by two pixels.
                let at_edge = (x as i32 - y as i32 / 2 - 40).abs() <= 2;
                assert!(at_edge || is.abs_diff(was) < 12, "{x},{y}: {is} was {was}");
            }
        }
    }

    #[test]
    fn outside_the_hole_nothing_changes_and_an_empty_hole_changes_nothing() {
        let (_, scratched, hole) = scene(6);
        let out = mended(&scratched, &hole, 1.0);
        let pairs = out.rgba8().as_chunks::<4>().0.iter().zip(scratched.rgba8().as_chunks::<4>().0);
        assert!(pairs.zip(hole.values()).all(|((a, b), &inside)| inside > 0 || a == b));
        assert_eq!(mended(&scratched, &Mask::filled(120, 60, 0), 1.0), scratched);
        assert_eq!(mended(&scratched, &Mask::filled(120, 60, 255), 1.0), scratched, "nothing to go by");
    }

    #[test]
    fn the_filling_has_the_grain_of_what_is_around_it() {
        let (_, scratched, hole) = scene(12);
        let spread = |p: &Picture, y0: u32, y1: u32| {
            let values: Vec<f32> =
                (y0..y1).flat_map(|y| (70..118).map(move |x| (x, y))).map(|(x, y)| f32::from(p.pixel(x, y)[0])).collect();
            let mean = values.iter().sum::<f32>() / values.len() as f32;
            (values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / values.len() as f32).sqrt()
        };
        let (around, plain) = (spread(&scratched, 8, 20), spread(&mended(&scratched, &hole, 0.0), 28, 32));
        let grainy = spread(&mended(&scratched, &hole, 1.0), 28, 32);
        assert!(plain < 0.75 * around, "{plain} of {around}");
        assert!((0.75..1.3).contains(&(grainy / around)), "{grainy} of {around}");
    }

    #[test]
    fn only_what_is_wide_is_wide() {
        let block = |w: u32| Mask::new(100, 60, (0..6000).map(|i| if (30..30 + w).contains(&(i % 100)) { 255 } else { 0 }).collect());
        assert!(wide(&block(10)).is_empty());
        assert_eq!(wide(&block(24)), block(24));
    }

    #[test]
    fn a_cancelled_mend_gives_nothing() {
        let (_, scratched, hole) = scene(0);
        assert!(mend(&Mend { picture: &scratched, hole: &hole, grain: 1.0, seed: 1 }, &|| true).is_none());
    }
}
