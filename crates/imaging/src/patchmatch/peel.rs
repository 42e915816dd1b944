//! Another first estimate: patch after patch from the border inwards, lines first. Where an edge runs into the hole it is carried on before the
//! plain surroundings close over it, so a bar that enters on both sides meets itself
//! (Criminisi et al. 2004, "Region Filling and Object Removal by Exemplar-Based Image Inpainting", §III).

use rayon::prelude::*;

use super::level::{Level, State};
use super::search::{Asking, Charges, Field, Match, NONE, Noise, place};
use super::vote::hole_pixels;
use super::{Cancelled, Stop};
use crate::pace::checkpoint;

/// Comparisons of patches that the whole start may take.
const BUDGET: usize = 12_000_000;
/// How far around its centre a patch is laid: less than it is compared over, so that neighbours have a say.
const LAID: usize = 1;
/// Priority of a place without any edge, in brightness levels, so that confidence still counts there.
const PLAIN: f32 = 4.0;
/// Sources that one thread compares at a time.
const RUN: usize = 512;

/// Fills the hole of the level and gives the field that did it.
pub fn peel(level: &mut Level, charges: &Charges, seed: u64, stop: Stop<'_>) -> Result<Field, Cancelled> {
    let mut field = Field::random(level, seed);
    let mut open = hole_pixels(level);
    let each = (BUDGET / open.len().max(1)).max(24);
    let weight = level.weight.clone();
    for &pixel in &open {
        level.weight[pixel as usize] = 0;
    }
    let known = |s: &State| if matches!(s, State::Source | State::Excluded) { 1.0 } else { 0.0 };
    let mut front = Front { width: level.width, height: level.height, trust: level.state.iter().map(known).collect() };
    while !open.is_empty() {
        stop.check()?;
        let pixel = front.next(level, &open) as usize;
        let centre = level.centre((pixel % level.width) as i64, (pixel / level.width) as i64);
        let found = nearest(level, centre, charges, each);
        let trust = front.around(pixel, level.radius);
        for p in
            front.near(pixel, LAID.min(level.radius)).filter(|&p| level.state[p] == State::Hole && level.weight[p] == 0).collect::<Vec<_>>()
        {
            let value = level.pixel(found.source as usize + p - centre);
            level.set_pixel(p, value);
            level.weight[p] = weight[p];
            front.trust[p] = trust;
            let at = level.centre((p % level.width) as i64, (p / level.width) as i64);
            let source = found.source as usize + at - centre;
            if level.valid.get(source) == Some(&1) {
                let (w, x, y) = (field.window, at % level.width, at / level.width);
                field.at[(y - w.y) * w.width + x - w.x].source = source as u32;
            }
        }
        open.retain(|&p| level.weight[p as usize] == 0);
    }
    level.weight = weight;
    Ok(field)
}

/// What is known so far, and how far it can be trusted: 1 for the picture, less and less inwards, 0 for what is still open.
struct Front {
    width: usize,
    height: usize,
    trust: Vec<f32>,
}

impl Front {
    /// The open pixel beside known ones that should be filled next; any when none is beside a known one.
    fn next(&self, level: &Level, open: &[u32]) -> u32 {
        let beside = |p: usize| self.near(p, 1).any(|q| self.trust[q] > 0.0);
        let mut best = (open[0], -1.0);
        for &pixel in open.iter().filter(|&&p| beside(p as usize)) {
            let priority = self.around(pixel as usize, level.radius) * (PLAIN + self.edge(level, pixel as usize));
            if priority > best.1 {
                best = (pixel, priority);
            }
        }
        best.0
    }

    fn near(&self, p: usize, reach: usize) -> impl Iterator<Item = usize> + use<> {
        let (x, y, width) = (p % self.width, p / self.width, self.width);
        let (right, bottom) = ((x + reach + 1).min(self.width), (y + reach + 1).min(self.height));
        (y.saturating_sub(reach)..bottom).flat_map(move |y| (x.saturating_sub(reach)..right).map(move |x| y * width + x))
    }

    /// Mean trust of the patch around a pixel.
    fn around(&self, p: usize, radius: usize) -> f32 {
        let side = (2 * radius + 1) as f32;
        self.near(p, radius).map(|q| self.trust[q]).sum::<f32>() / (side * side)
    }

    /// How strong an edge runs into the hole here: the greatest part of a brightness step near by that lies along the border.
    fn edge(&self, level: &Level, p: usize) -> f32 {
        let slope = |value: &dyn Fn(usize) -> f32, q: usize| {
            let (x, y) = (q % self.width, q / self.width);
            let (left, right) = (if x > 0 { q - 1 } else { q }, if x + 1 < self.width { q + 1 } else { q });
            let (above, below) = (if y > 0 { q - self.width } else { q }, if y + 1 < self.height { q + self.width } else { q });
            (value(right) - value(left), value(below) - value(above))
        };
        let inwards = self.near(p, 1).map(|q| slope(&|i| self.trust[i].min(1.0).ceil(), q)).fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
        let length = inwards.0.hypot(inwards.1);
        if length == 0.0 {
            return 0.0;
        }
        let light = |i: usize| level.pixel(i)[..3].iter().map(|&v| f32::from(v)).sum::<f32>() / 3.0;
        let whole = |q: &usize| self.near(*q, 1).all(|i| self.trust[i] > 0.0);
        let along = |q: usize| {
            let (dx, dy) = slope(&light, q);
            ((dy * inwards.0 - dx * inwards.1) / length).abs()
        };
        self.near(p, 2).filter(whole).map(along).fold(0.0, f32::max)
    }
}

/// The best of at most `each` sources, spread evenly when there are more.
fn nearest(level: &Level, target: usize, charges: &Charges, each: usize) -> Match {
    checkpoint();
    let step = level.sources.len().div_ceil(each).max(1);
    let first = Noise::new(0x51, target as u64).below(step.min(level.sources.len()));
    let best_of = |run: &[u32]| {
        let mut asking = Asking::new(level, charges);
        asking.aim(target);
        let mut best = Match { source: NONE, cost: u32::MAX };
        for &source in run.iter().step_by(step) {
            let cost = asking.cost(source as usize, place(level.width, source as usize), best.cost);
            if cost < best.cost {
                best = Match { source, cost };
            }
        }
        best
    };
    let runs = level.sources[first..].par_chunks(RUN * step);
    runs.map(best_of).min_by_key(|m| (m.cost, m.source)).expect("there are sources")
}
