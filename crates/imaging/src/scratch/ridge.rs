//! Where a thin straight piece of line lies, of which direction, and bright or dark.

use rayon::prelude::*;

use super::Cancelled;
use super::plane::{Plane, Usual};
use crate::pace::checkpoint;

/// Directions over half a turn.
pub(super) const DIRECTIONS: usize = 24;
/// Pixels of a piece to either side of its middle.
const HALF: i32 = 10;
/// One deviation counts for so many usual ones at most, and against the line for one.
const MOST: f32 = 3.0;
const AGAINST: f32 = 1.0;
/// Steps of a usual deviation in a byte.
const STEPS: f32 = 40.0;
/// A pixel is looked at from this deviation on, and is on a line from this support on; in usual deviations.
const LOOKED_AT: f32 = 0.8;
const SUPPORT: f32 = 1.05;

/// Middles of lines.
pub(super) struct Ridges {
    pub width: usize,
    pub height: usize,
    /// Mean deviation along the best direction, in usual deviations; 0 off the middles. Negative for dark lines.
    pub support: Vec<f32>,
    /// The best direction, in steps of half a turn by [`DIRECTIONS`].
    pub direction: Vec<u8>,
}

/// `None` when cancelled.
pub(super) fn of(plane: &Plane, usual: &Usual, cancelled: Cancelled<'_>) -> Option<Ridges> {
    checkpoint();
    let (width, height) = (plane.width, plane.height);
    let mut deviation = vec![0i8; width * height];
    deviation.par_chunks_mut(width).enumerate().for_each(|(y, row)| {
        for (x, out) in row.iter_mut().enumerate() {
            let i = y * width + x;
            if plane.seen[i] && plane.thin[i] != 0 {
                let share = f32::from(plane.thin[i]) / usual.at(x as f32, y as f32);
                *out = (share.clamp(-MOST, MOST) * STEPS).round() as i8;
            }
        }
    });
    let lines = directions();
    let mut support = vec![0f32; width * height];
    let mut direction = vec![0u8; width * height];
    support.par_chunks_mut(width).zip(direction.par_chunks_mut(width)).enumerate().for_each(|(y, (support, direction))| {
        if cancelled() {
            return;
        }
        let look = Look { deviation: &deviation, width: width as i32, height: height as i32, lines: &lines };
        for x in 0..width {
            let own = deviation[y * width + x];
            if f32::from(own.unsigned_abs()) >= LOOKED_AT * STEPS {
                (support[x], direction[x]) = look.best(x as i32, y as i32, own > 0);
            }
        }
    });
    if cancelled() {
        return None;
    }
    Some(Ridges { support: middles(&support, &direction, width, height), width, height, direction })
}

/// Pixels of the piece of each direction, as steps from its middle.
fn directions() -> Vec<Vec<(i32, i32)>> {
    let piece = |d: usize| {
        let (sin, cos) = (d as f32 * std::f32::consts::PI / DIRECTIONS as f32).sin_cos();
        // One pixel per step of the longer axis, so that no pixel counts twice.
        let long = cos.abs().max(sin.abs());
        let steps = (HALF as f32 * long).round() as i32;
        (-steps..=steps).map(|s| ((s as f32 * cos / long).round() as i32, (s as f32 * sin / long).round() as i32)).collect()
    };
    (0..DIRECTIONS).map(piece).collect()
}

struct Look<'a> {
    deviation: &'a [i8],
    width: i32,
    height: i32,
    lines: &'a [Vec<(i32, i32)>],
}

impl Look<'_> {
    /// The best support of a piece through a pixel, signed, and its direction; 0 where none has enough.
    fn best(&self, x: i32, y: i32, bright: bool) -> (f32, u8) {
        let against = (-AGAINST * STEPS) as i32;
        let inside = x >= HALF && y >= HALF && x < self.width - HALF && y < self.height - HALF;
        let mut best = (SUPPORT * STEPS, 0);
        for (d, line) in self.lines.iter().enumerate() {
            let value = |&(dx, dy): &(i32, i32)| {
                let (px, py) = (x + dx, y + dy);
                if !inside && (px < 0 || py < 0 || px >= self.width || py >= self.height) {
                    return 0;
                }
                let v = i32::from(self.deviation[(py * self.width + px) as usize]);
                if bright { v } else { -v }.max(against)
            };
            let mean = line.iter().map(value).sum::<i32>() as f32 / line.len() as f32;
            if mean > best.0 {
                best = (mean, d);
            }
        }
        if best.0 <= SUPPORT * STEPS {
            return (0.0, 0);
        }
        (best.0 / STEPS * if bright { 1.0 } else { -1.0 }, best.1 as u8)
    }
}

/// Only where no pixel across the line has more.
fn middles(support: &[f32], direction: &[u8], width: usize, height: usize) -> Vec<f32> {
    checkpoint();
    // Averages of three by three, so that a broad line has one middle.
    let smooth = |x: usize, y: usize, bright: bool| {
        let mut sum = 0.0;
        for py in y.saturating_sub(1)..(y + 2).min(height) {
            for px in x.saturating_sub(1)..(x + 2).min(width) {
                let v = support[py * width + px];
                if (v > 0.0) == bright {
                    sum += v.abs();
                }
            }
        }
        sum
    };
    let mut out = vec![0f32; support.len()];
    out.par_chunks_mut(width).enumerate().for_each(|(y, row)| {
        for (x, out) in row.iter_mut().enumerate() {
            let own = support[y * width + x];
            if own == 0.0 {
                continue;
            }
            let angle = f32::from(direction[y * width + x]) * std::f32::consts::PI / DIRECTIONS as f32;
            let (sin, cos) = angle.sin_cos();
            let middle = smooth(x, y, own > 0.0);
            let beats = |offset: f32, ties: bool| {
                let (px, py) = ((x as f32 - sin * offset).round(), (y as f32 + cos * offset).round());
                if px < 0.0 || py < 0.0 || px >= width as f32 || py >= height as f32 {
                    return true;
                }
                let other = smooth(px as usize, py as usize, own > 0.0);
                middle > other || (ties && middle == other)
            };
            if beats(1.0, true) && beats(-1.0, false) && beats(2.0, true) && beats(-2.0, false) {
                *out = own;
            }
        }
    });
    out
}
