//! The nearest-neighbour field and the search that improves it (Barnes et al. 2009, "PatchMatch", §3).
//!
//! A pass works on bands of rows side by side. A band sees what the bands beside it held before the pass, so the result does not depend on
//! the number of threads.

use rayon::prelude::*;

use super::kernel::Target;
use super::lattice::Lattice;
use super::level::{Level, State, Window};
use super::{Cancelled, Stop};
use crate::pace::checkpoint;

/// Rows of a band.
const BAND: usize = 24;

/// No source is known here, or none is needed.
pub const NONE: u32 = u32::MAX;

/// Which patch fits best, and how badly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// Index of the source patch's centre.
    pub source: u32,
    pub cost: u32,
}

/// One [`Match`] for each patch centre of the window that touches the hole; others hold [`NONE`].
#[derive(Clone)]
pub struct Field {
    pub window: Window,
    pub at: Vec<Match>,
}

impl Field {
    /// All targets of the level, with a random source each.
    pub fn random(level: &Level, seed: u64) -> Field {
        let window = level.window;
        let mut at = vec![Match { source: NONE, cost: u32::MAX }; window.width * window.height];
        for i in touching(level) {
            let mut noise = Noise::new(seed, i as u64);
            at[i].source = level.sources[noise.below(level.sources.len())];
        }
        Field { window, at }
    }

    /// The field of the level of half the size, spread over this one's targets.
    pub fn enlarged(&self, coarse: &Level, level: &Level, seed: u64) -> Field {
        checkpoint();
        let mut field = Field::random(level, seed);
        let (small, cw) = (self.window, coarse.width);
        let window = field.window;
        field.at.par_iter_mut().enumerate().for_each(|(i, m)| {
            if m.source == NONE {
                return;
            }
            let (x, y) = (window.x + i % window.width, window.y + i / window.width);
            let px = (x / 2).clamp(small.x, small.x + small.width - 1);
            let py = (y / 2).clamp(small.y, small.y + small.height - 1);
            let parent = self.at[(py - small.y) * small.width + px - small.x];
            if parent.source == NONE {
                return;
            }
            let (sx, sy) = (parent.source as usize % cw, parent.source as usize / cw);
            let sx = 2 * sx as i64 + x as i64 - 2 * px as i64;
            let sy = 2 * sy as i64 + y as i64 - 2 * py as i64;
            let near = |dx: i64, dy: i64| level.centre(sx + dx, sy + dy);
            let tries = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (2, 0), (-2, 0), (0, 2), (0, -2)];
            if let Some(s) = tries.iter().map(|&(dx, dy)| near(dx, dy)).find(|&s| level.valid[s] == 1) {
                m.source = s as u32;
            }
        });
        field
    }

    /// Index in the level of the field's entry `i`.
    pub fn position(&self, level: &Level, i: usize) -> usize {
        (self.window.y + i / self.window.width) * level.width + self.window.x + i % self.window.width
    }
}

/// Entries of the window whose patch has a pixel of the hole.
fn touching(level: &Level) -> Vec<usize> {
    checkpoint();
    let (w, r) = (level.window, level.radius);
    // Holes counted along rows first, then down the columns.
    let mut wide = vec![0u16; level.width * level.height];
    wide.par_chunks_mut(level.width).zip(level.state.par_chunks(level.width)).for_each(|(to, from)| {
        let mut count = 0;
        for x in 0..from.len() {
            count += u16::from(from[x] == State::Hole);
            if x > 2 * r {
                count -= u16::from(from[x - 2 * r - 1] == State::Hole);
            }
            if x >= 2 * r {
                to[x - r] = count;
            }
        }
    });
    let touches = |i: usize| {
        let (x, y) = (w.x + i % w.width, w.y + i / w.width);
        (y - r..=y + r).any(|y| wide[y * level.width + x] > 0)
    };
    (0..w.width * w.height).filter(|&i| touches(i)).collect()
}

/// What a pass may try, and what it charges beyond the difference of patches.
pub struct Pass<'a> {
    pub seed: u64,
    /// From the top left on, or from the bottom right.
    pub forward: bool,
    /// Random tries for each patch; the first reaches over the whole level, each further one half as far.
    pub tries: usize,
    /// Shifts in pixels that are likely to fit.
    pub shifts: &'a [(i32, i32)],
    pub charges: &'a Charges<'a>,
}

/// What a source costs beyond its difference, per unit of weight.
pub struct Charges<'a> {
    /// For each pixel, what it costs as the centre of a source: more when it is used too often, or unlike the hole's rim; [`NEVER`] where no whole
    /// patch may be copied.
    pub sources: Vec<u16>,
    /// For 1024 pixels of distance, across and up or down. Pictures change more from top to bottom than from left to right, so what stands
    /// at the same height is the better guess.
    pub across: u32,
    pub down: u32,
    /// What each shift costs where the surroundings repeat.
    pub lattice: Option<(&'a Lattice, usize)>,
}

impl Charges<'_> {
    /// What a pair of target and source costs, per unit of weight.
    pub fn of(&self, level: &Level, (target, source): (usize, usize)) -> u32 {
        self.between(place(level.width, target), place(level.width, source), self.sources[source])
    }

    fn between(&self, to: Place, from: Place, price: u16) -> u32 {
        let (dx, dy) = (to.0.abs_diff(from.0), to.1.abs_diff(from.1));
        let place = u32::from(price) + ((dx * self.across + dy * self.down) >> 10).min(MOST_FOR_PLACE);
        let shift = || (from.0 as i32 - to.0 as i32, from.1 as i32 - to.1 as i32);
        place + self.lattice.map_or(0, |(lattice, halvings)| lattice.charge(halvings, shift()))
    }
}

/// Where no whole patch may be copied.
pub const NEVER: u16 = u16::MAX;

/// Column and row.
pub type Place = (u32, u32);

pub fn place(width: usize, at: usize) -> Place {
    (at as u32 % width as u32, at as u32 / width as u32)
}

/// Measures the field anew after the estimate has changed.
pub fn measure(level: &Level, field: &mut Field, charges: &Charges<'_>, stop: Stop<'_>) -> Result<(), Cancelled> {
    checkpoint();
    let window = field.window;
    field.at.par_chunks_mut(window.width).enumerate().try_for_each(|(y, row)| {
        stop.check()?;
        let mut asking = Asking::new(level, charges);
        for (x, m) in row.iter_mut().enumerate().filter(|(_, m)| m.source != NONE) {
            asking.aim((window.y + y) * level.width + window.x + x);
            m.cost = asking.cost(m.source as usize, place(level.width, m.source as usize), u32::MAX);
        }
        Ok(())
    })
}

/// Propagation and random search over all targets. Costs in `field` must be current.
pub fn pass(level: &Level, field: &mut Field, pass: &Pass<'_>, stop: Stop<'_>) -> Result<(), Cancelled> {
    checkpoint();
    let before = field.at.clone();
    let window = field.window;
    field
        .at
        .par_chunks_mut(BAND * window.width)
        .enumerate()
        .try_for_each(|(band, rows)| Band { level, pass, window, before: &before, first: band * BAND * window.width }.run(rows, stop))
}

struct Band<'a> {
    level: &'a Level,
    pass: &'a Pass<'a>,
    window: Window,
    before: &'a [Match],
    /// Entry that the band begins with.
    first: usize,
}

impl<'a> Band<'a> {
    fn run(&self, rows: &mut [Match], stop: Stop<'_>) -> Result<(), Cancelled> {
        let n = rows.len();
        let mut asking = Asking::new(self.level, self.pass.charges);
        for k in 0..n {
            if k % 512 == 0 {
                stop.check()?;
            }
            let i = if self.pass.forward { k } else { n - 1 - k };
            if rows[i].source != NONE {
                rows[i] = self.improved(rows, i, &mut asking);
            }
        }
        Ok(())
    }

    fn improved(&self, rows: &[Match], i: usize, asking: &mut Asking<'a>) -> Match {
        let (level, w) = (self.level, self.window);
        let entry = self.first + i;
        let (x, y) = (entry % w.width, entry / w.width);
        let target = (w.y + y) * level.width + w.x + x;
        asking.aim(target);
        let mut best = Best { level, asking, found: rows[i] };
        let at = |e: usize| if e >= self.first && e < self.first + rows.len() { rows[e - self.first] } else { self.before[e] };
        if self.pass.forward {
            if x > 0 {
                best.beside(at(entry - 1), 1);
            }
            if y > 0 {
                best.beside(at(entry - w.width), level.width as i64);
            }
        } else {
            if x + 1 < w.width {
                best.beside(at(entry + 1), -1);
            }
            if y + 1 < w.height {
                best.beside(at(entry + w.width), -(level.width as i64));
            }
        }
        let mut noise = Noise::new(self.pass.seed, target as u64);
        for &(dx, dy) in self.pass.shifts {
            best.at(w.x as i64 + x as i64 + i64::from(dx), w.y as i64 + y as i64 + i64::from(dy));
        }
        let mut reach = level.width.max(level.height) as i64;
        for _ in 0..self.pass.tries {
            let source = best.found.source as usize;
            let (sx, sy) = ((source % level.width) as i64, (source / level.width) as i64);
            best.at(sx + noise.within(reach), sy + noise.within(reach));
            reach = (reach / 2).max(1);
        }
        best.found
    }
}

struct Best<'a, 'l> {
    level: &'l Level,
    asking: &'a mut Asking<'l>,
    found: Match,
}

impl Best<'_, '_> {
    /// The source that continues a neighbour's; `step` leads from the neighbour to the target.
    fn beside(&mut self, neighbour: Match, step: i64) {
        let source = i64::from(neighbour.source) + step;
        if neighbour.source != NONE && source != i64::from(self.found.source) && (0..self.level.valid.len() as i64).contains(&source) {
            self.offer(source as usize, place(self.level.width, source as usize));
        }
    }

    fn at(&mut self, x: i64, y: i64) {
        if x >= 0 && y >= 0 && (x as usize) < self.level.width && (y as usize) < self.level.height {
            let source = y as usize * self.level.width + x as usize;
            if source as u32 != self.found.source {
                self.offer(source, (x as u32, y as u32));
            }
        }
    }

    fn offer(&mut self, source: usize, at: Place) {
        let cost = self.asking.cost(source, at, self.found.cost);
        if cost < self.found.cost {
            self.found = Match { source: source as u32, cost };
        }
    }
}

/// Asks what sources cost for one target after the other.
pub struct Asking<'a> {
    level: &'a Level,
    charges: &'a Charges<'a>,
    patch: Target<'a>,
    to: Place,
    total: u32,
}

impl<'a> Asking<'a> {
    pub fn new(level: &'a Level, charges: &'a Charges<'a>) -> Asking<'a> {
        Asking { level, charges, patch: Target::new(level.patches()), to: (0, 0), total: 1 }
    }

    pub fn aim(&mut self, target: usize) {
        self.patch.aim(target);
        self.to = place(self.level.width, target);
        self.total = self.level.total_weight(target);
    }

    /// What a source costs with what is charged; `limit` or more means "not better", which is so of what may not be copied.
    pub fn cost(&mut self, source: usize, at: Place, limit: u32) -> u32 {
        let price = self.charges.sources[source];
        if price == NEVER {
            return limit;
        }
        let price = self.charges.between(self.to, at, price) * self.total;
        if price >= limit {
            return limit;
        }
        price + self.patch.cost(source, limit - price)
    }
}

/// No place costs more than this, per unit of weight.
const MOST_FOR_PLACE: u32 = 120;

/// Random numbers from a counter (SplitMix64, Steele et al. 2014): the same wherever and whenever they are drawn.
pub struct Noise(u64);

impl Noise {
    pub fn new(seed: u64, at: u64) -> Noise {
        Noise(seed ^ at.wrapping_mul(0xd134_2543_de82_ef95))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        ((self.next() >> 32) as usize * n) >> 32
    }

    /// -reach..=reach
    pub fn within(&mut self, reach: i64) -> i64 {
        self.below(2 * reach as usize + 1) as i64 - reach
    }
}
