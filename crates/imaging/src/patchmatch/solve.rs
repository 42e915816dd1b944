//! From coarse to fine over one crop: search and vote in turns, then lay the copies.

use rayon::prelude::*;

use super::level::{Level, Plane, State};
use super::search::{self, Charges, Field, NONE, Pass};
use super::{Cancelled, Stop, cut, peel, seam, shifts, start, vote};

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
/// Beyond this many targets a level gets half the turns.
const MANY_TARGETS: usize = 400_000;

/// How an attempt begins.
#[derive(Clone, Copy, PartialEq)]
enum Beginning {
    Membrane,
    Peel,
}

/// One way to come to a result. Which is best depends on the picture, so several are tried where that is cheap.
#[derive(Clone, Copy)]
struct Attempt {
    beginning: Beginning,
    /// Radius of the patches on coarse levels.
    radius: usize,
}

const ATTEMPTS: [Attempt; 4] = [
    Attempt { beginning: Beginning::Membrane, radius: 3 },
    Attempt { beginning: Beginning::Peel, radius: 3 },
    Attempt { beginning: Beginning::Membrane, radius: 4 },
    Attempt { beginning: Beginning::Peel, radius: 4 },
];

/// The hole's pixels in rising order and the fill of each.
pub fn solve(crop: &Crop<'_>, stop: Stop<'_>, progress: Progress<'_>) -> Result<(Vec<u32>, Vec<[u8; 4]>), Unsolved> {
    let planes = pyramid(crop, stop)?;
    let mut solver = Solver { seed: crop.seed, repeats: vec![None; planes.len()], planes };
    let top = solver.planes.len() - 1;
    let trial = top.min(1);
    let attempts = match top {
        0 => &ATTEMPTS[..1],
        1 => &ATTEMPTS[..2],
        _ => &ATTEMPTS[..],
    };
    let mut best: Option<(f64, Settled)> = None;
    for (k, attempt) in attempts.iter().enumerate() {
        let settled = solver.attempt(*attempt, trial, stop)?;
        let misfit = settled.misfit();
        if best.as_ref().is_none_or(|(least, _)| misfit < *least) {
            best = Some((misfit, settled));
        }
        let estimate = Estimate { level: &best.as_ref().expect("just set").1.level, halvings: trial as u32 };
        progress(0.6 * (k + 1) as f32 / attempts.len() as f32, &estimate);
    }
    let (_, mut settled) = best.expect("there is an attempt");
    for halvings in (0..=trial).rev() {
        if halvings < trial {
            settled = solver.finer(&settled, halvings, None, stop)?;
        }
        let count = turns_of(halvings, settled.targets());
        solver.turns(&mut settled, halvings, count, stop)?;
        progress(0.9 - 0.2 * halvings as f32, &Estimate { level: &settled.level, halvings: halvings as u32 });
    }
    Ok(laid(crop, &settled.level, &settled.field, stop)?)
}

/// Finest plane first.
fn pyramid(crop: &Crop<'_>, stop: Stop<'_>) -> Result<Vec<Plane>, Unsolved> {
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
}

impl Solver {
    /// From the coarsest level down to level `until`, which gets two turns.
    fn attempt(&mut self, attempt: Attempt, until: usize, stop: Stop<'_>) -> Result<Settled, Unsolved> {
        let top = self.planes.len() - 1;
        let mut settled = self.begin(attempt, stop)?;
        for halvings in (until..=top).rev() {
            if halvings < top {
                settled = self.finer(&settled, halvings, Some(attempt.radius), stop)?;
            }
            let count = if halvings == until { 2 } else { turns_of(halvings, settled.targets()) };
            self.turns(&mut settled, halvings, count, stop)?;
        }
        Ok(settled)
    }

    fn begin(&self, attempt: Attempt, stop: Stop<'_>) -> Result<Settled, Unsolved> {
        let top = self.planes.len() - 1;
        let mut level = self.level(top, Some(attempt.radius)).ok_or(Unsolved::NoSource)?;
        let seed = self.seed_of(top);
        let mut field = Field::random(&level, seed);
        match attempt.beginning {
            Beginning::Membrane => start::membrane(&mut level, stop)?,
            Beginning::Peel => {
                // Nothing is in use yet, so nothing is used too often.
                let charges = Charges { crowd: level.alien.clone(), ..charges(&level, &field) };
                field = peel::peel(&mut level, &charges, seed, stop)?;
            }
        }
        Ok(Settled { level, field })
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
        let charges = charges(&level, &field);
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
        self.repeats[halvings] = Some(found.clone());
        Ok(found)
    }

    /// Searches and votes `count` times.
    fn turns(&mut self, settled: &mut Settled, halvings: usize, count: usize, stop: Stop<'_>) -> Result<(), Cancelled> {
        let shifts = self.shifts(&settled.level, halvings, stop)?;
        let (level, field) = (&mut settled.level, &mut settled.field);
        let mut offered = shifts.chunks(8).cycle();
        for turn in 0..count {
            let charges = charges(level, field);
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
fn charges(level: &Level, field: &Field) -> Charges {
    let across = level.width.div_ceil(CELL);
    let mut uses = vec![0u32; across * level.height.div_ceil(CELL)];
    let cell = |i: usize| (i / level.width / CELL) * across + i % level.width / CELL;
    let mut targets = 0usize;
    for m in field.at.iter().filter(|m| m.source != NONE) {
        uses[cell(m.source as usize)] += 1;
        targets += 1;
    }
    let fair = (targets as f32 / level.sources.len() as f32).max(1.0) * (CELL * CELL) as f32;
    let price: Vec<u16> = uses.iter().map(|&n| ((n as f32 / fair - 1.2).clamp(0.0, 4.0) * 20.0) as u16).collect();
    let crowd = (0..level.valid.len()).into_par_iter().map(|i| price[cell(i)] + level.alien[i]).collect();
    let size = level.window.width.max(level.window.height) as f32;
    let per = |full: f32| (full * 1024.0 / size) as u32;
    Charges { crowd, across: per(ACROSS), down: per(DOWN) }
}

/// The finest field as pixels: elected copies with their seams hidden.
fn laid(crop: &Crop<'_>, level: &Level, field: &Field, stop: Stop<'_>) -> Result<(Vec<u32>, Vec<[u8; 4]>), Cancelled> {
    let voices = vote::voices(level, field, 0.3);
    let elected = vote::elect(level, field, &voices, stop)?;
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
    let copies =
        seam::Copies { width: crop.width, height: crop.height, pixels: crop.pixels, state: crop.state, holes: &holes, sources: &sources };
    let sources = cut::moved(&copies, stop)?;
    let copies = seam::Copies { sources: &sources, ..copies };
    let filled = seam::blend(&copies, stop)?;
    Ok((holes, filled))
}
