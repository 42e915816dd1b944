//! A third first estimate: the level's hole as a [`montage`](super::montage) of shifted copies, of the shifts by which the picture repeats.

use rayon::prelude::*;

use super::kernel;
use super::level::{Level, State};
use super::montage::{Area, Montage};
use super::seam::Copies;
use super::search::{Charges, Field};
use super::vote::{hole_pixels, paste};
use super::{Cancelled, Stop};
use crate::pace::checkpoint;

/// Rounds over all shifts.
const ROUNDS: usize = 3;
/// A price above this is one that nobody pays.
const FORBIDDEN: u32 = 1 << 22;
/// A patch that covers known pixels counts as its difference over this: about as much as the seam of its middle pixel.
const PATCH_SHARE: u32 = 16 * 7;
/// What is charged for a place counts this many times less than for a patch, which is one of many over a pixel.
const CHARGE_SHARE: u32 = 4;

/// What a montage is made of.
pub struct Offered<'a> {
    pub shifts: &'a [(i32, i32)],
    pub charges: &'a Charges<'a>,
}

/// Sets the hole and the field to the montage of the offered shifts; `false` when they do not cover the hole.
pub fn montage(level: &mut Level, field: &mut Field, offered: &Offered<'_>, stop: Stop<'_>) -> Result<bool, Cancelled> {
    let holes = hole_pixels(level);
    let prices = prices(level, &holes, offered, stop)?;
    let Some(first) = cheapest(level, &holes, &prices, offered.shifts) else { return Ok(false) };
    let pixels = level.features.as_chunks::<4>().0[..level.state.len()].to_vec();
    let copies = Copies { width: level.width, height: level.height, pixels: &pixels, state: &level.state, holes: &holes, sources: &first };
    let mut numbers: Vec<(i64, usize)> = offered.shifts.iter().enumerate().map(|(n, &shift)| (flat(level.width, shift), n)).collect();
    numbers.sort_unstable();
    let price = |k: usize, source: usize| {
        let shift = source as i64 - i64::from(holes[k]);
        let same = numbers[numbers.partition_point(|n| n.0 < shift)..].iter().take_while(|n| n.0 == shift);
        same.map(|n| prices[n.1][k]).min().unwrap_or(FORBIDDEN)
    };
    let mut montage = Montage::new(&copies, &price);
    let whole = area_of(level);
    for _ in 0..ROUNDS {
        let mut changed = false;
        for &shift in offered.shifts {
            stop.check()?;
            changed |= montage.expand(shift, whole, stop)?;
        }
        if !changed {
            break;
        }
    }
    let sources = montage.sources;
    paste(level, &sources);
    enter(level, field, &holes, &sources);
    Ok(true)
}

/// Tells the field where the hole's pixels are copied from.
fn enter(level: &Level, field: &mut Field, holes: &[u32], sources: &[u32]) {
    for (&p, &source) in holes.iter().zip(sources) {
        let at = level.centre((p as usize % level.width) as i64, (p as usize / level.width) as i64);
        let source = source as usize + at - p as usize;
        if level.valid.get(source) == Some(&1) {
            let (w, x, y) = (field.window, at % level.width, at / level.width);
            field.at[(y - w.y) * w.width + x - w.x].source = source as u32;
        }
    }
}

fn flat(width: usize, (dx, dy): (i32, i32)) -> i64 {
    i64::from(dy) * width as i64 + i64::from(dx)
}

/// For each shift, what each pixel of the hole pays for it.
fn prices(level: &Level, holes: &[u32], offered: &Offered<'_>, stop: Stop<'_>) -> Result<Vec<Vec<u32>>, Cancelled> {
    checkpoint();
    let known: Vec<u8> = level.weight.iter().zip(&level.state).map(|(w, s)| if *s == State::Hole { 0 } else { *w }).collect();
    let patches = kernel::Patches { weight: &known, ..level.patches() };
    let price = |patch: &mut kernel::Target<'_>, p: usize, (dx, dy): (i32, i32)| {
        let (x, y) = ((p % level.width) as i64 + i64::from(dx), (p / level.width) as i64 + i64::from(dy));
        let inside = x >= 0 && y >= 0 && x < level.width as i64 && y < level.height as i64;
        let source = if inside { y as usize * level.width + x as usize } else { return FORBIDDEN };
        if level.valid[source] == 0 {
            return FORBIDDEN;
        }
        let centre = level.centre((p % level.width) as i64, (p / level.width) as i64) == p;
        let near = centre && usize::from(level.depth[p]) <= 2 * level.radius;
        let differs = if near {
            patch.aim(p);
            patch.cost(source, u32::MAX)
        } else {
            0
        };
        differs / PATCH_SHARE + offered.charges.of(level, (p, source)) / CHARGE_SHARE
    };
    offered
        .shifts
        .par_iter()
        .map(|&shift| {
            stop.check()?;
            let mut patch = kernel::Target::new(patches);
            Ok(holes.iter().map(|&p| price(&mut patch, p as usize, shift)).collect())
        })
        .collect()
}

/// The cheapest source of each pixel without a thought of its neighbours; `None` when a pixel has none.
fn cheapest(level: &Level, holes: &[u32], prices: &[Vec<u32>], shifts: &[(i32, i32)]) -> Option<Vec<u32>> {
    let best = |k: usize| {
        let n = (0..shifts.len()).min_by_key(|&n| prices[n][k]).filter(|&n| prices[n][k] < FORBIDDEN)?;
        Some((i64::from(holes[k]) + flat(level.width, shifts[n])) as u32)
    };
    (0..holes.len()).map(best).collect()
}

/// The box around the hole.
fn area_of(level: &Level) -> Area {
    let w = level.window;
    Area { left: w.x, top: w.y, right: w.x + w.width, bottom: w.y + w.height }.grown(level.radius, level.width, level.height)
}
