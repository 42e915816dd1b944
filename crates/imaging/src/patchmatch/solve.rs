//! From coarse to fine over one crop: search and vote in turns, then lay the copies.

use rayon::prelude::*;

use super::lattice::Lattice;
use super::level::{Level, Plane, State};
use super::seam::Copies;
use super::search::{self, Charges, Field, NONE, Pass};
use super::{Cancelled, Stop, crisp, cut, peel, rim, seam, shiftmap, shifts, start, vote};
use crate::pace::checkpoint;

/// One crop with its hole.
pub struct Crop<'a> {
    pub width: usize,
    pub height: usize,
    pub pixels: &'a [[u8; 4]],
    pub state: &'a [State],
    pub seed: u64,
}

/// Why a crop was not filled.
pub enum Unsolved {
    Cancelled,
    /// No pixel may be copied.
    NoSource,
}

impl From<Cancelled> for Unsolved {
    fn from(_: Cancelled) -> Self {
        Unsolved::Cancelled
    }
}

/// Called after each level with the share that is done (0..=1) and the estimate.
pub type Progress<'a> = &'a mut dyn FnMut(f32, &Estimate<'_>);

/// The hole as it looks on a level.
pub struct Estimate<'a> {
    level: &'a Level,
    /// How many times smaller than the crop the level is, as a power of two.
    halvings: u32,
}

impl Estimate<'_> {
    /// The colour at a pixel of the crop, linear between the pixels of the level.
    pub fn at(&self, x: usize, y: usize) -> [u8; 3] {
        let scale = 1.0 / (1u32 << self.halvings) as f32;
        let place = |v: usize, side: usize| ((v as f32 + 0.5) * scale - 0.5).clamp(0.0, (side - 1) as f32);
        let (fx, fy) = (place(x, self.level.width), place(y, self.level.height));
        let (x0, y0) = (fx as usize, fy as usize);
        let (x1, y1) = ((x0 + 1).min(self.level.width - 1), (y0 + 1).min(self.level.height - 1));
        let (tx, ty) = (fx - x0 as f32, fy - y0 as f32);
        let pixel = |x: usize, y: usize| self.level.pixel(y * self.level.width + x);
        let (a, b, c, d) = (pixel(x0, y0), pixel(x1, y0), pixel(x0, y1), pixel(x1, y1));
        std::array::from_fn(|i| {
            let mix = |a: u8, b: u8, t: f32| f32::from(a) * (1.0 - t) + f32::from(b) * t;
            (mix(a[i], b[i], tx) * (1.0 - ty) + mix(c[i], d[i], tx) * ty).round() as u8
        })
    }
}

/// Radius of the patches on the finest level and on the next.
const FINE_RADII: [usize; 2] = [7, 5];
/// The pyramid ends where the hole is this deep.
const COARSEST_DEPTH: u16 = 4;
/// Fewer sources than this are not worth a level, or a radius.
const FEW_SOURCES: usize = 120;
/// Shifts are found on the finest level with no more sources than this.
const SHIFT_SOURCES: usize = 9000;
/// Levels from this one on take means between turns, which finds what goes together; finer ones take copies, which keeps it sharp.
const AVERAGED_FROM: usize = 2;
/// Charges for a distance as long as the hole, across and up or down, per unit of weight.
const ACROSS: f32 = 16.0;
const DOWN: f32 = 80.0;
/// A montage is made on the finest level whose hole has no more pixels than this.
const MONTAGE_PIXELS: usize = 3000;
/// Two attempts are carried to full size where the level of half of it has no more targets than this.
const FEW_TARGETS: usize = 40_000;
/// Beyond this many targets a level gets half the turns.
const MANY_TARGETS: usize = 400_000;

/// Attempts are carried to this level, of half the full size, and compared there.
const TRIAL: usize = 1;
/// Repeating shifts that are offered to the search.
const SEARCHED: usize = 32;
/// Shifts of an attempt that are offered to the montage.
const MOST_USED: usize = 16;

/// How an attempt begins.
#[derive(Clone, Copy, PartialEq)]
enum Beginning {
    Membrane,
    Peel,
    Montage,
}

/// One way to come to a result. Which is best depends on the picture, so several are tried where that is cheap.
#[derive(Clone, Copy)]
struct Attempt {
    beginning: Beginning,
    /// Radius of the patches on coarse levels.
    radius: usize,
}

const ATTEMPTS: [Attempt; 5] = [
    Attempt { beginning: Beginning::Membrane, radius: 3 },
    Attempt { beginning: Beginning::Peel, radius: 3 },
    Attempt { beginning: Beginning::Membrane, radius: 4 },
    Attempt { beginning: Beginning::Peel, radius: 4 },
    Attempt { beginning: Beginning::Montage, radius: 3 },
];

/// The hole's pixels in rising order and the fill of each.
pub fn solve(crop: &Crop<'_>, stop: Stop<'_>, progress: Progress<'_>) -> Result<(Vec<u32>, Vec<[u8; 4]>), Unsolved> {
    let planes = pyramid(crop, stop)?;
    let lattice = Lattice::found(&planes, stop)?;
    let mut solver = Solver { seed: crop.seed, repeats: vec![None; planes.len()], used: vec![], lattice, planes };
    let trial = (solver.planes.len() - 1).min(TRIAL);
    let finalists = solver.finalists(trial, stop, progress)?;
    let mut laid = vec![];
    let share = 0.3 / finalists.len() as f32;
    for (k, finalist) in finalists.into_iter().enumerate() {
        let mut report = |part: f32, estimate: &Estimate<'_>| progress(0.6 + share * (k as f32 + part), estimate);
        let settled = solver.finished(finalist, trial, stop, &mut report)?;
        laid.push(Laid::new(crop, &settled, stop)?);
    }
    let best = (0..laid.len()).min_by(|&a, &b| laid[a].shows.total_cmp(&laid[b].shows)).expect("there is a finalist");
    let best = laid.swap_remove(best);
    let mut sources = best.sources;
    for other in laid {
        let copies = crop.copies(&best.holes, &sources);
        let offers = crop.copies(&best.holes, &other.sources);
        let joined = cut::joined(&copies, &[&copies, &offers], stop)?.sources;
        if copied_once(&best.holes, &joined) <= copied_once(&best.holes, &sources).max(ONE_COPY) {
            sources = joined;
        }
    }
    let copies = crop.copies(&best.holes, &sources);
    let filled = crisp::restored(&copies, seam::blend(&copies, stop)?, stop)?;
    let filled = rim::eased(&copies, filled, stop)?;
    Ok((best.holes, filled))
}

/// Finest plane first.
fn pyramid(crop: &Crop<'_>, stop: Stop<'_>) -> Result<Vec<Plane>, Unsolved> {
    checkpoint();
    let colour = crop.pixels.par_iter().map(|&[r, g, b, _]| [r, g, b, 0]).collect();
    let mut planes = vec![Plane { width: crop.width, height: crop.height, colour, state: crop.state.to_vec() }];
    stop.check()?;
    planes[0].measure_texture();
    loop {
        stop.check()?;
        let last = &planes[planes.len() - 1];
        let sources = last.state.iter().filter(|s| **s == State::Source).count();
        match planes.len() {
            1 if sources == 0 => return Err(Unsolved::NoSource),
            2.. if sources < FEW_SOURCES => {
                planes.pop();
                return Ok(planes);
            }
            _ => {}
        }
        if last.deepest() <= COARSEST_DEPTH {
            return Ok(planes);
        }
        let mut next = last.halved();
        stop.check()?;
        next.measure_texture();
        planes.push(next);
    }
}

fn turns_of(halvings: usize, targets: usize) -> usize {
    match halvings {
        0 if targets > MANY_TARGETS => 1,
        0 => 3,
        1 if targets > MANY_TARGETS => 2,
        1 => 4,
        _ => 8,
    }
}

/// A level with its field and the estimate that came of it.
struct Settled {
    level: Level,
    field: Field,
}

impl Settled {
    fn targets(&self) -> usize {
        self.field.at.iter().filter(|m| m.source != NONE).count()
    }

    /// Mean cost of a patch, charges included, of all patches and twice more of those that also cover what is known: there a fill shows
    /// whether it continues the picture or only agrees with itself.
    fn misfit(&self) -> f64 {
        let (mut all, mut rim) = ((0.0, 0u32), (0.0, 0u32));
        for (i, m) in self.field.at.iter().enumerate().filter(|(_, m)| m.source != NONE) {
            let target = self.field.position(&self.level, i);
            let cost = f64::from(m.cost) / f64::from(self.level.total_weight(target));
            all = (all.0 + cost, all.1 + 1);
            if usize::from(self.level.depth[target]) <= self.level.radius {
                rim = (rim.0 + cost, rim.1 + 1);
            }
        }
        let mean = |(sum, count): (f64, u32)| sum / f64::from(count.max(1));
        mean(all) + 2.0 * mean(rim)
    }
}

struct Solver {
    seed: u64,
    planes: Vec<Plane>,
    /// Shifts by which the picture repeats, for each level where they are known.
    repeats: Vec<Option<Vec<(i32, i32)>>>,
    /// Shifts that the attempts so far used most on level [`TRIAL`].
    used: Vec<(i32, i32)>,
    lattice: Option<Lattice>,
}

impl Solver {
    /// The attempts that go on to full size, at level `trial`: of those that begin without a montage the one that fits best, and the montage;
    /// where the hole is large only one of the two.
    fn finalists(&mut self, trial: usize, stop: Stop<'_>, progress: Progress<'_>) -> Result<Vec<Settled>, Unsolved> {
        let attempts = match self.planes.len() {
            1 => &ATTEMPTS[..1],
            2 => &ATTEMPTS[..2],
            _ => &ATTEMPTS[..],
        };
        // Where the hole is large all but two are given up on the level before.
        let large = self.holes(trial) > FEW_TARGETS && self.planes.len() > trial + 2;
        let until = if large { trial + 1 } else { trial };
        let mut best: [Option<(f64, Settled)>; 2] = [None, None];
        for (k, attempt) in attempts.iter().enumerate() {
            let Some(settled) = self.attempt(*attempt, until, stop)? else { continue };
            if attempt.beginning != Beginning::Montage {
                let new: Vec<(i32, i32)> = most_used(&settled).into_iter().filter(|shift| !self.used.contains(shift)).collect();
                self.used.extend(new);
            }
            let misfit = settled.misfit();
            let best = &mut best[usize::from(attempt.beginning == Beginning::Montage)];
            if best.as_ref().is_none_or(|(least, _)| misfit < *least) {
                *best = Some((misfit, settled));
            }
            let (_, settled) = best.as_ref().expect("just set");
            progress(0.6 * (k + 1) as f32 / attempts.len() as f32, &Estimate { level: &settled.level, halvings: until as u32 });
        }
        if large {
            for (misfit, settled) in best.iter_mut().flatten() {
                *settled = self.finer(settled, trial, None, stop)?;
                self.turns(settled, trial, 2, stop)?;
                *misfit = settled.misfit();
            }
        }
        let mut finalists: Vec<(f64, Settled)> = best.into_iter().flatten().collect();
        finalists.sort_by(|a, b| a.0.total_cmp(&b.0));
        if finalists[0].1.targets() > FEW_TARGETS {
            finalists.truncate(1);
        }
        Ok(finalists.into_iter().map(|(_, settled)| settled).collect())
    }

    fn holes(&self, halvings: usize) -> usize {
        self.planes[halvings].state.iter().filter(|s| **s == State::Hole).count()
    }

    /// An attempt carried from level `trial` to full size.
    fn finished(&mut self, mut settled: Settled, trial: usize, stop: Stop<'_>, progress: Progress<'_>) -> Result<Settled, Unsolved> {
        for halvings in (0..=trial).rev() {
            if halvings < trial {
                settled = self.finer(&settled, halvings, None, stop)?;
            }
            let count = turns_of(halvings, settled.targets());
            self.turns(&mut settled, halvings, count, stop)?;
            progress(1.0 / (1 + halvings) as f32, &Estimate { level: &settled.level, halvings: halvings as u32 });
        }
        Ok(settled)
    }

    /// From where it begins down to level `until`, which gets two turns; `None` when there is no such beginning.
    fn attempt(&mut self, attempt: Attempt, until: usize, stop: Stop<'_>) -> Result<Option<Settled>, Unsolved> {
        let coarsest = self.planes.len() - 1;
        let first = if attempt.beginning == Beginning::Montage { self.level_for_montage(until) } else { Some(coarsest) };
        let Some(top) = first else { return Ok(None) };
        let Some(mut settled) = self.begin(attempt, top, stop)? else { return Ok(None) };
        for halvings in (until..=top).rev() {
            if halvings < top {
                settled = self.finer(&settled, halvings, Some(attempt.radius), stop)?;
            }
            let count = if halvings == until { 2 } else { turns_of(halvings, settled.targets()) };
            self.turns(&mut settled, halvings, count, stop)?;
        }
        Ok(Some(settled))
    }

    /// The finest level, from `until` on, whose hole is small enough for a montage, and not spread too far.
    fn level_for_montage(&self, until: usize) -> Option<usize> {
        let small = |plane: &Plane| {
            let holes = |row: &[State]| row.iter().filter(|s| **s == State::Hole).count();
            let across = |x: usize| plane.state.iter().skip(x).step_by(plane.width).any(|s| *s == State::Hole);
            let rows = plane.state.chunks_exact(plane.width).filter(|row| holes(row) > 0).count();
            let columns = (0..plane.width).filter(|&x| across(x)).count();
            holes(&plane.state) <= MONTAGE_PIXELS && rows * columns <= 4 * MONTAGE_PIXELS
        };
        (until..self.planes.len()).find(|&k| small(&self.planes[k]))
    }

    /// `None` when there is no such beginning.
    fn begin(&mut self, attempt: Attempt, top: usize, stop: Stop<'_>) -> Result<Option<Settled>, Unsolved> {
        let mut level = self.level(top, Some(attempt.radius)).ok_or(Unsolved::NoSource)?;
        let seed = self.seed_of(top);
        let mut field = Field::random(&level, seed);
        match attempt.beginning {
            Beginning::Membrane => start::membrane(&mut level, stop)?,
            Beginning::Peel => {
                let charges = charges(&level, None, self.guide(top));
                field = peel::peel(&mut level, &charges, seed, stop)?;
            }
            Beginning::Montage => {
                let mut shifts = self.shifts(&level, top, stop)?;
                if top == TRIAL {
                    shifts.extend(&self.used);
                }
                let charges = charges(&level, None, self.guide(top));
                if !shiftmap::montage(&mut level, &mut field, &shiftmap::Offered { shifts: &shifts, charges: &charges }, stop)? {
                    return Ok(None);
                }
            }
        }
        Ok(Some(Settled { level, field }))
    }

    /// The level with the largest radius, up to the one it should have, that leaves enough to copy from; in need with any.
    fn level(&self, halvings: usize, coarse_radius: Option<usize>) -> Option<Level> {
        let wanted = FINE_RADII.get(halvings).copied().or(coarse_radius).unwrap_or(FINE_RADII[1]);
        let with = |radius: usize, least: usize| Level::new(&self.planes[halvings], radius).filter(|level| level.sources.len() >= least);
        (0..=wanted).rev().find_map(|radius| with(radius, FEW_SOURCES)).or_else(|| (0..=wanted).rev().find_map(|radius| with(radius, 1)))
    }

    /// The next finer level, its field and estimate taken from the coarser one.
    fn finer(&self, coarse: &Settled, halvings: usize, coarse_radius: Option<usize>, stop: Stop<'_>) -> Result<Settled, Unsolved> {
        let mut level = self.level(halvings, coarse_radius).ok_or(Unsolved::NoSource)?;
        let mut field = coarse.field.enlarged(&coarse.level, &level, self.seed_of(halvings));
        first_guess(&mut level, &coarse.level);
        let charges = charges(&level, Some(&field), self.guide(halvings));
        search::measure(&level, &mut field, &charges, stop)?;
        let elected = vote::elect(&level, &field, &vote::voices(&level, &field, 0.5), stop)?;
        vote::paste(&mut level, &elected);
        Ok(Settled { level, field })
    }

    fn seed_of(&self, halvings: usize) -> u64 {
        search::Noise::new(self.seed, halvings as u64).next()
    }

    fn shifts(&mut self, level: &Level, halvings: usize, stop: Stop<'_>) -> Result<Vec<(i32, i32)>, Cancelled> {
        if let Some(known) = &self.repeats[halvings] {
            return Ok(known.clone());
        }
        let seed = self.seed_of(halvings);
        let coarser = self.repeats.get(halvings + 1).and_then(Option::as_ref);
        let found = match coarser {
            Some(coarser) => shifts::refined(level, coarser, seed, stop)?,
            None if halvings > 0 && self.planes[halvings - 1].state.len() <= SHIFT_SOURCES => return Ok(vec![]),
            None if level.sources.len() > 4 * SHIFT_SOURCES => return Ok(vec![]),
            None => shifts::dominant(level, seed, stop)?,
        };
        let found = match &self.lattice {
            Some(lattice) if halvings >= lattice.halvings => lattice.before(found, halvings),
            _ => found,
        };
        self.repeats[halvings] = Some(found.clone());
        Ok(found)
    }

    /// What charges for shifts on a level where the surroundings repeat.
    fn guide(&self, halvings: usize) -> Option<(&Lattice, usize)> {
        self.lattice.as_ref().map(|lattice| (lattice, halvings))
    }

    /// Searches and votes `count` times.
    fn turns(&mut self, settled: &mut Settled, halvings: usize, count: usize, stop: Stop<'_>) -> Result<(), Cancelled> {
        let shifts = self.shifts(&settled.level, halvings, stop)?;
        let (level, field) = (&mut settled.level, &mut settled.field);
        let mut offered = shifts[..shifts.len().min(SEARCHED)].chunks(8).cycle();
        for turn in 0..count {
            let charges = charges(level, Some(field), self.guide(halvings));
            search::measure(level, field, &charges, stop)?;
            for forward in [true, false] {
                let seed = search::Noise::new(self.seed_of(halvings), 2 * turn as u64 + u64::from(forward)).next();
                let tries = if halvings == 0 { 5 } else { 8 };
                let shifts = offered.next().unwrap_or(&[]);
                search::pass(level, field, &Pass { seed, forward, tries, shifts, charges: &charges }, stop)?;
            }
            let last = turn + 1 == count;
            let voices = vote::voices(level, field, if last { 0.3 } else { 0.5 });
            if halvings >= AVERAGED_FROM && !last {
                vote::average(level, field, &voices, stop)?;
            } else {
                let elected = vote::elect(level, field, &voices, stop)?;
                vote::paste(level, &elected);
            }
        }
        Ok(())
    }
}

/// The coarser level's estimate, so that the first measure of the field has something to compare with.
fn first_guess(level: &mut Level, coarse: &Level) {
    let estimate = Estimate { level: coarse, halvings: 1 };
    for pixel in vote::hole_pixels(level) {
        let p = pixel as usize;
        let (x, y) = (p % level.width, p / level.width);
        let [r, g, b] = estimate.at(x, y);
        let texture = coarse.pixel((y / 2).min(coarse.height - 1) * coarse.width + (x / 2).min(coarse.width - 1))[3];
        level.set_pixel(p, [r, g, b, texture]);
    }
}

/// Side of the squares in which the use of sources is counted.
const CELL: usize = 4;

/// What each source costs beyond its misfit: nothing until it is used more than others must be, then more with each use
/// (Kaspar et al. 2015, "Self Tuning Texture Optimization", §3.3, as a price instead of a factor); and what it costs to be unlike the rim.
/// Without a field nothing is in use yet, so nothing is used too often.
fn charges<'a>(level: &Level, field: Option<&Field>, lattice: Option<(&'a Lattice, usize)>) -> Charges<'a> {
    checkpoint();
    let across = level.width.div_ceil(CELL);
    let mut uses = vec![0u32; across * level.height.div_ceil(CELL)];
    let cell = |i: usize| (i / level.width / CELL) * across + i % level.width / CELL;
    let mut targets = 0usize;
    for m in field.iter().flat_map(|field| &field.at).filter(|m| m.source != NONE) {
        uses[cell(m.source as usize)] += 1;
        targets += 1;
    }
    let fair = (targets as f32 / level.sources.len() as f32).max(1.0) * (CELL * CELL) as f32;
    let price: Vec<u16> = uses.iter().map(|&n| ((n as f32 / fair - 1.2).clamp(0.0, 4.0) * 20.0) as u16).collect();
    let of = |i: usize| if level.valid[i] == 1 { price[cell(i)] + level.alien[i] } else { search::NEVER };
    let sources = (0..level.valid.len()).into_par_iter().map(of).collect();
    let size = level.window.width.max(level.window.height) as f32;
    let per = |full: f32| (full * 1024.0 / size) as u32;
    Charges { sources, across: per(ACROSS), down: per(DOWN), lattice }
}

/// The shifts between targets and sources that occur most, most frequent first.
fn most_used(settled: &Settled) -> Vec<(i32, i32)> {
    let (level, field) = (&settled.level, &settled.field);
    let mut counts = std::collections::BTreeMap::new();
    for (i, m) in field.at.iter().enumerate().filter(|(_, m)| m.source != NONE) {
        let (target, source) = (field.position(level, i), m.source as usize);
        let across = (source % level.width) as i32 - (target % level.width) as i32;
        let down = (source / level.width) as i32 - (target / level.width) as i32;
        *counts.entry((across, down)).or_insert(0u32) += 1;
    }
    let mut shifts: Vec<((i32, i32), u32)> = counts.into_iter().collect();
    shifts.sort_by_key(|&(shift, count)| (std::cmp::Reverse(count), shift));
    shifts.into_iter().take(MOST_USED).map(|(shift, _)| shift).collect()
}

/// A finished attempt as copies.
struct Laid {
    holes: Vec<u32>,
    /// Elected copies with their seams where they show least.
    sources: Vec<u32>,
    /// How badly it fits, how much its seams show, and how much of it is one copy; of two attempts at one hole the lower is likely to look better.
    shows: f64,
}

/// How much visible seams count beside the misfit of patches.
const SEAMS_COUNT: f64 = 0.3;
/// A fill of which more than this share is copied under one shift gives away where it comes from.
const ONE_COPY: f64 = 0.4;

/// The share of the hole that is copied under the most frequent shift.
fn copied_once(holes: &[u32], sources: &[u32]) -> f64 {
    let mut shifts: Vec<i64> = holes.iter().zip(sources).map(|(&hole, &source)| i64::from(source) - i64::from(hole)).collect();
    shifts.sort_unstable();
    let most = shifts.chunk_by(|a, b| a == b).map(<[i64]>::len).max().unwrap_or(0);
    most as f64 / holes.len().max(1) as f64
}

impl Laid {
    fn new(crop: &Crop<'_>, settled: &Settled, stop: Stop<'_>) -> Result<Laid, Cancelled> {
        let level = &settled.level;
        let voices = vote::voices(level, &settled.field, 0.3);
        let elected = vote::elect(level, &settled.field, &voices, stop)?;
        let (mut holes, mut sources) = (vec![], vec![]);
        for (pixel, source) in vote::hole_pixels(level).into_iter().zip(elected) {
            // A level that was padded shows its last row and column again; those copies are not needed.
            let (x, y) = (pixel as usize % level.width, pixel as usize / level.width);
            if x < crop.width && y < crop.height {
                let (sx, sy) = (source as usize % level.width, source as usize / level.width);
                holes.push((y * crop.width + x) as u32);
                sources.push((sy.min(crop.height - 1) * crop.width + sx.min(crop.width - 1)) as u32);
            }
        }
        let copies = crop.copies(&holes, &sources);
        let cut::Joined { sources, cost } = cut::joined(&copies, &[&copies], stop)?;
        let seams = cost as f64 / holes.len().max(1) as f64;
        let copy = 1.0 + (copied_once(&holes, &sources) - ONE_COPY).max(0.0);
        Ok(Laid { shows: settled.misfit() * (seams + 1.0).powf(SEAMS_COUNT) * copy, holes, sources })
    }
}

impl<'a> Crop<'a> {
    fn copies(&self, holes: &'a [u32], sources: &'a [u32]) -> Copies<'a> {
        Copies { width: self.width, height: self.height, pixels: self.pixels, state: self.state, holes, sources }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_much_is_copied_under_one_shift_is_known() {
        assert_eq!(copied_once(&[10, 11, 12, 20], &[0, 1, 2, 11]), 0.75);
        assert_eq!(copied_once(&[], &[]), 0.0);
    }
}
