//! Another first estimate: from the border inwards, each ring takes the patch that best continues what is there. It carries lines on, where
//! the membrane forgets them
//! (Newson et al. 2014, "Video inpainting of complex scenes", §3.5).

use rayon::prelude::*;

use super::level::{Level, State};
use super::search::{Charges, Field, Match, NONE, Noise, charged};
use super::vote::hole_pixels;
use super::{Cancelled, Stop};

/// Comparisons of patches that the whole start may take.
const BUDGET: usize = 12_000_000;

/// Fills the hole of the level and gives the field that did it.
pub fn peel(level: &mut Level, charges: &Charges, seed: u64, stop: Stop<'_>) -> Result<Field, Cancelled> {
    let mut field = Field::random(level, seed);
    let mut open = hole_pixels(level);
    let each = (BUDGET / open.len().max(1)).max(24);
    let weight = level.weight.clone();
    for &pixel in &open {
        level.weight[pixel as usize] = 0;
    }
    let mut last = usize::MAX;
    while !open.is_empty() && open.len() < last {
        last = open.len();
        let ring = ring_of(level, &open);
        let found: Result<Vec<(u32, Match)>, Cancelled> = ring
            .par_iter()
            .map(|&pixel| {
                stop.check()?;
                Ok((pixel, nearest(level, pixel as usize, charges, each)))
            })
            .collect();
        for (pixel, m) in found? {
            let p = pixel as usize;
            let centre = level.centre((p % level.width) as i64, (p / level.width) as i64);
            let value = level.pixel(m.source as usize + p - centre);
            level.set_pixel(p, value);
            level.weight[p] = weight[p];
            level.depth[p] = level.depth[p].max(1);
            let (w, x, y) = (field.window, centre % level.width, centre / level.width);
            field.at[(y - w.y) * w.width + x - w.x] = m;
        }
        open.retain(|&p| level.weight[p as usize] == 0);
    }
    level.weight = weight;
    Ok(field)
}

/// Open pixels beside a pixel that counts; all of them when there is none.
fn ring_of(level: &Level, open: &[u32]) -> Vec<u32> {
    let (width, height) = (level.width, level.height);
    let touches = |&&pixel: &&u32| {
        let (x, y) = (pixel as usize % width, pixel as usize / width);
        let mut near =
            (y.saturating_sub(1)..(y + 2).min(height)).flat_map(|y| (x.saturating_sub(1)..(x + 2).min(width)).map(move |x| y * width + x));
        near.any(|i| level.weight[i] > 0 && level.state[i] != State::Excluded)
    };
    let ring: Vec<u32> = open.iter().filter(touches).copied().collect();
    if ring.is_empty() { open.to_vec() } else { ring }
}

/// The best of at most `each` sources, spread evenly when there are more.
fn nearest(level: &Level, pixel: usize, charges: &Charges, each: usize) -> Match {
    let target = level.centre((pixel % level.width) as i64, (pixel / level.width) as i64);
    let step = level.sources.len().div_ceil(each).max(1);
    let first = Noise::new(0x51, pixel as u64).below(step.min(level.sources.len()));
    let mut best = Match { source: NONE, cost: u32::MAX };
    let total = level.total_weight(target);
    for &source in level.sources[first..].iter().step_by(step) {
        let cost = charged(level, charges, (target, source as usize), best.cost, total);
        if cost < best.cost {
            best = Match { source, cost };
        }
    }
    best
}
