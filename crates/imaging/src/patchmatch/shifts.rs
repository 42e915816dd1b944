//! Shifts by which the picture resembles itself: rows of bricks, planks of a fence, lines of a grid (He and Sun 2012, "Statistics of Patch
//! Offsets for Image Completion"). Offered to the search, they continue such structure across the hole.

use rayon::prelude::*;

use super::kernel::Target;
use super::level::Level;
use super::search::Noise;
use super::{Cancelled, Stop};
use crate::pace::checkpoint;

/// How many shifts are kept.
pub const KEPT: usize = 60;
/// Patches that are looked up in the whole level.
const ASKED: usize = 700;
/// Patches by which a shift is refined on the next level.
const REFINED_BY: usize = 160;

/// The most frequent shifts between a patch and its best partner, most frequent first. Partners near by are left out: everything resembles
/// its surroundings.
pub fn dominant(level: &Level, seed: u64, stop: Stop<'_>) -> Result<Vec<(i32, i32)>, Cancelled> {
    checkpoint();
    let (width, height) = (level.width, level.height);
    let least = (width.max(height) / 16).max(3) as i32;
    let asked = sample(level, ASKED, seed);
    let partners: Result<Vec<Option<(i32, i32)>>, Cancelled> = asked
        .par_iter()
        .map(|&target| {
            stop.check()?;
            Ok(partner(level, target as usize, least))
        })
        .collect();
    let (across, down) = (2 * width + 1, 2 * height + 1);
    let mut votes = vec![0u32; across * down];
    for (dx, dy) in partners?.into_iter().flatten() {
        // Both directions: where one copies from the left, the mirrored shift copies from the right.
        for (dx, dy) in [(dx, dy), (-dx, -dy)] {
            let (x, y) = ((dx + width as i32) as usize, (dy + height as i32) as usize);
            for (ny, weight_y) in [(y.wrapping_sub(1), 1), (y, 2), (y + 1, 1)] {
                for (nx, weight_x) in [(x.wrapping_sub(1), 1), (x, 2), (x + 1, 1)] {
                    if nx < across && ny < down {
                        votes[ny * across + nx] += weight_x * weight_y;
                    }
                }
            }
        }
    }
    let peak = |i: usize| {
        let (x, y) = (i % across, i / across);
        let around =
            (y.saturating_sub(1)..(y + 2).min(down)).flat_map(|y| (x.saturating_sub(1)..(x + 2).min(across)).map(move |x| y * across + x));
        votes[i] > 8 && around.filter(|&j| j != i).all(|j| votes[j] < votes[i] || (votes[j] == votes[i] && j > i))
    };
    let mut peaks: Vec<usize> = (0..votes.len()).filter(|&i| peak(i)).collect();
    peaks.sort_by_key(|&i| (std::cmp::Reverse(votes[i]), i));
    Ok(peaks.iter().take(KEPT).map(|&i| ((i % across) as i32 - width as i32, (i / across) as i32 - height as i32)).collect())
}

/// The same shifts on the level of twice the size, each moved by up to a pixel to where it fits best.
pub fn refined(level: &Level, shifts: &[(i32, i32)], seed: u64, stop: Stop<'_>) -> Result<Vec<(i32, i32)>, Cancelled> {
    checkpoint();
    let asked = sample(level, REFINED_BY, seed);
    shifts
        .par_iter()
        .map(|&(dx, dy)| {
            stop.check()?;
            let mut best = (u64::MAX, (2 * dx, 2 * dy));
            for (ox, oy) in [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)] {
                let shift = (2 * dx + ox, 2 * dy + oy);
                let misfit = misfit(level, &asked, shift);
                if misfit < best.0 {
                    best = (misfit, shift);
                }
            }
            Ok(best.1)
        })
        .collect()
}

fn sample(level: &Level, count: usize, seed: u64) -> Vec<u32> {
    let mut noise = Noise::new(seed, 0x5a);
    (0..count.min(level.sources.len())).map(|_| level.sources[noise.below(level.sources.len())]).collect()
}

fn partner(level: &Level, target: usize, least: i32) -> Option<(i32, i32)> {
    let (tx, ty) = ((target % level.width) as i32, (target / level.width) as i32);
    let mut patch = Target::new(level.patches());
    patch.aim(target);
    let mut best = (u32::MAX, None);
    for &source in &level.sources {
        let (dx, dy) = ((source as usize % level.width) as i32 - tx, (source as usize / level.width) as i32 - ty);
        if dx.abs() < least && dy.abs() < least {
            continue;
        }
        let cost = patch.cost(source as usize, best.0);
        if cost < best.0 {
            best = (cost, Some((dx, dy)));
        }
    }
    best.1
}

/// Sum of the differences under a shift; what does not resemble itself at all counts no more than a bound.
fn misfit(level: &Level, asked: &[u32], (dx, dy): (i32, i32)) -> u64 {
    let mut sum = 0;
    let mut patch = Target::new(level.patches());
    for &target in asked {
        let (x, y) = ((target as usize % level.width) as i32 + dx, (target as usize / level.width) as i32 + dy);
        let bound = level.total_weight(target as usize) * 400;
        let inside = x >= 0 && y >= 0 && (x as usize) < level.width && (y as usize) < level.height;
        let source = if inside { y as usize * level.width + x as usize } else { usize::MAX };
        let copies = inside && level.valid[source] == 1;
        patch.aim(target as usize);
        sum += u64::from(if copies { patch.cost(source, bound).min(bound) } else { bound });
    }
    sum
}
