//! Takes the blocks and the ringing of strong JPEG compression away.
//!
//! Compression works on blocks of 8×8 pixels, so steps between neighbours are larger on every eighth line. By how much they are larger than between
//! says how coarse the compression was (Z. Wang and others, "No-reference perceptual quality assessment of JPEG compressed images", ICIP 2002). What it
//! did is taken off like noise of that size, by shrinkage of overlapping blocks (A. Foi and others, "Pointwise shape-adaptive DCT", 2007), so that edges
//! and strong texture stay. A picture without such a grid stays as it is.

use rayon::prelude::*;

use super::noise::Noise;
use super::planes::Planes;
use super::shrink::shrunk;
use crate::pace::{Counter, Pace, checkpoint};
use crate::picture::Picture;

/// Side of a compression block.
const SIDE: usize = 8;
/// Steps above this are edges of the picture and say nothing.
const EDGE: f32 = 40.0;
/// A grid is there if steps on it are larger by so many levels of grey, so many times as far above the middle as the next ones, and by so many standard
/// errors.
const LEAST: f32 = 0.6;
const CLEAR: f32 = 1.8;
const CERTAIN: f32 = 5.0;
/// Deviation of what compression did, in levels, per level of larger steps, and at most.
const SIGMA: f32 = 4.0;
const MOST: f32 = 22.0;
/// Colour is compressed more.
const CHROMA: f32 = 1.3;
const HALF_CHROMA: f32 = 1.0;

/// The grid of a compressed picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// By how many levels steps of grey are larger on the grid than elsewhere; the mean of both directions.
    pub strength: f32,
    /// The first column and row of pixels that begin a block.
    pub origin: (u32, u32),
}

/// The grid of 8×8 blocks, if the picture has one that shows.
pub fn grid(picture: &Picture) -> Option<Grid> {
    grid_of(&Planes::of(picture))
}

/// The picture without blocks and ringing; unchanged where there is no grid. Alpha and what is wholly transparent stay. `None` when cancelled.
pub fn deblock(picture: &Picture, pace: Pace<'_>) -> Option<Picture> {
    let planes = Planes::of(picture);
    let Some(grid) = grid_of(&planes) else { return Some(picture.clone()) };
    let counter = Counter::new(pace, planes.width * planes.height * 5 / 4);
    Some(without(grid, &planes, 1.0, &counter)?.onto(picture))
}

/// The planes without the grid, or with a share of it left; `None` when cancelled.
pub(super) fn without(grid: Grid, planes: &Planes, share: f32, counter: &Counter<'_>) -> Option<Planes> {
    let sigma = share * (SIGMA * grid.strength).min(MOST);
    let mut clean = shrunk(planes, &Noise::white([sigma, CHROMA * sigma, CHROMA * sigma]), counter)?;
    // Colour is mostly kept at half size, so its blocks are twice as large.
    let half = planes.halved();
    let coarse = shrunk(&half, &Noise::white([0.0, HALF_CHROMA * sigma, HALF_CHROMA * sigma]), counter)?;
    clean.take_colour_of(&coarse);
    Some(clean)
}

pub(super) fn grid_of(planes: &Planes) -> Option<Grid> {
    let grey = &planes.values[0];
    let (width, height) = (planes.width, planes.height);
    let across = along(width, height, |x, y| grey[y * width + x])?;
    let down = along(height, width, |y, x| grey[y * width + x])?;
    Some(Grid { strength: 0.5 * (across.0 + down.0), origin: (across.1, down.1) })
}

/// How much larger steps are on every eighth line, and the first of these.
fn along(length: usize, lines: usize, value: impl Fn(usize, usize) -> f32 + Sync) -> Option<(f32, u32)> {
    checkpoint();
    if length < 5 * SIDE {
        return None;
    }
    // Grey is √3 times a level.
    let level = 3f32.sqrt();
    let sums = |line: usize| {
        let step = |x: usize| (value(x, line) - value(x - 1, line)).abs() / level;
        // Sum, sum of squares and count by place in the block.
        let mut sums = [[0.0f64; 3]; SIDE];
        let (mut before, mut here) = (step(1), step(2));
        for x in 2..length - 1 {
            let after = step(x + 1);
            if before.max(here).max(after) < EDGE {
                let larger = f64::from(here - 0.5 * (before + after));
                let sum = &mut sums[x % SIDE];
                *sum = [sum[0] + larger, sum[1] + larger * larger, sum[2] + 1.0];
            }
            (before, here) = (here, after);
        }
        sums
    };
    let add = |a: [[f64; 3]; SIDE], b: [[f64; 3]; SIDE]| std::array::from_fn(|i| std::array::from_fn(|k| a[i][k] + b[i][k]));
    let sums = (0..lines).into_par_iter().with_min_len(16).map(sums).collect::<Vec<_>>().into_iter().reduce(add)?;
    let means = sums.map(|[sum, _, count]| (sum / count.max(1.0)) as f32);
    let at = (0..SIDE).max_by(|&a, &b| means[a].total_cmp(&means[b]))?;
    let [sum, squares, count] = sums[at];
    let error = ((squares - sum * sum / count.max(1.0)) / count.max(1.0).powi(2)).max(0.0).sqrt() as f32;
    // Lines beside the grid have smaller steps by what theirs are larger, so they do not count.
    let mut others: Vec<f32> = (2..SIDE - 1).map(|i| means[(at + i) % SIDE]).collect();
    others.sort_by(f32::total_cmp);
    let (middle, next) = (others[others.len() / 2], others[others.len() - 1]);
    let strength = means[at] - middle;
    let clear = strength > CLEAR * (next - middle) && strength > CERTAIN * error;
    (strength > LEAST && clear).then_some((strength, at as u32))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{distance, noisy, scenery};
    use super::*;
    use crate::geometry::crop;
    use crate::{EncodeOptions, Format, Limits, Rect, decode, encode};

    fn compressed(picture: &Picture, quality: u8) -> Picture {
        let options = EncodeOptions::new(Format::Jpeg).with_quality(quality);
        Picture::clone(&decode(&encode(picture, &options).unwrap().bytes, &Limits::default()).unwrap().picture)
    }

    #[test]
    fn a_grid_is_found_wherever_it_begins_and_taken_off() {
        let truth = noisy(&scenery(240, 200), 4.0);
        let whole = compressed(&truth, 20);
        for (x, y) in [(0, 0), (5, 3)] {
            let part = Rect { x, y, width: 240 - x, height: 200 - y };
            let (blocky, truth) = (crop(&whole, part).0, crop(&truth, part).0);
            let found = grid(&blocky).expect("it is strong");
            assert_eq!(found.origin, ((8 - x) % 8, (8 - y) % 8));
            let clean = deblock(&blocky, Pace::ALONE).unwrap();
            let (before, after) = (distance(&blocky, &truth), distance(&clean, &truth));
            assert!(after < 0.95 * before, "{before} to {after}");
            assert!(grid(&clean).is_none_or(|left| left.strength < 0.4 * found.strength));
        }
    }

    #[test]
    fn without_a_grid_nothing_changes() {
        for picture in
            [scenery(240, 200), scenery(37, 41), scenery(1, 1), noisy(&scenery(70, 60), 30.0), Picture::filled(64, 64, [9, 99, 199, 255])]
        {
            assert_eq!(grid(&picture), None);
            assert_eq!(deblock(&picture, Pace::ALONE).unwrap(), picture);
        }
    }
}
