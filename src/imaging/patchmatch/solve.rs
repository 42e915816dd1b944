//! From coarse to fine over one crop: search and vote in turns, then lay the copies.

use rayon::prelude::*;

use super::level::{Level, Plane, State};
use super::search::{self, Field, NONE, Pass};
use super::{Cancelled, Stop, seam, shifts, start, vote};

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

/// Radius of the patches on the finest and on coarser levels.
const FINE_RADIUS: usize = 7;
const COARSE_RADIUS: usize = 5;
/// The pyramid ends where the hole is this deep.
const COARSEST_DEPTH: u16 = 5;
/// Fewer sources than this are not worth a level, or a radius.
const FEW_SOURCES: usize = 120;
/// Shifts are found on the finest level with no more sources than this.
const SHIFT_SOURCES: usize = 9000;
/// Beyond this many targets a level gets half the turns.
const MANY_TARGETS: usize = 400_000;

/// The hole's pixels in rising order and the fill of each.
pub fn solve(crop: &Crop<'_>, stop: Stop<'_>, progress: Progress<'_>) -> Result<(Vec<u32>, Vec<[u8; 4]>), Unsolved> {
    let mut levels = pyramid(crop, stop)?;
    let count = levels.len();
    let mut known: Option<Vec<(i32, i32)>> = None;
    let mut coarser: Option<(Level, Field)> = None;
    for halvings in (0..count).rev() {
        let mut level = levels.pop().expect("one level for each halving");
        let seed = search::Noise::new(crop.seed, halvings as u64).next();
        if let Some(shifts) = &mut known {
            *shifts = shifts::refined(&level, shifts, seed, stop)?;
        }
        let finer_is_large = levels.last().is_none_or(|finer| finer.sources.len() > SHIFT_SOURCES);
        if known.is_none() && finer_is_large {
            known = Some(shifts::dominant(&level, seed, stop)?);
        }
        let field = match coarser.take() {
            None => start::peel(&mut level, seed, stop)?,
            Some((coarse, field)) => {
                let mut field = field.enlarged(&coarse, &level, seed);
                first_guess(&mut level, &coarse);
                search::measure(&level, &mut field, &vec![0; level.valid.len()], stop)?;
                let voices = vote::voices(&level, &field, 0.5);
                let elected = vote::elect(&level, &field, &voices, stop)?;
                vote::paste(&mut level, &elected);
                field
            }
        };
        let field = turns(&mut level, field, &Turns { halvings, seed, shifts: known.as_deref().unwrap_or(&[]) }, stop)?;
        progress((count - halvings) as f32 / (count + 1) as f32, &Estimate { level: &level, halvings: halvings as u32 });
        coarser = Some((level, field));
    }
    let (level, field) = coarser.expect("a pyramid has a level");
    Ok(laid(crop, &level, &field, stop)?)
}

/// Finest level first.
fn pyramid(crop: &Crop<'_>, stop: Stop<'_>) -> Result<Vec<Level>, Unsolved> {
    let colour = crop.pixels.par_iter().map(|&[r, g, b, _]| [r, g, b, 0]).collect();
    let mut plane = Plane { width: crop.width, height: crop.height, colour, state: crop.state.to_vec() };
    let mut levels = vec![];
    loop {
        stop.check()?;
        let wanted = if levels.is_empty() { FINE_RADIUS } else { COARSE_RADIUS };
        let Some(level) = level_of(&plane, wanted) else {
            return if levels.is_empty() { Err(Unsolved::NoSource) } else { Ok(levels) };
        };
        let deepest = level.depth.iter().copied().max().unwrap_or(0);
        if !levels.is_empty() && level.sources.len() < FEW_SOURCES {
            return Ok(levels);
        }
        levels.push(level);
        if deepest <= COARSEST_DEPTH {
            return Ok(levels);
        }
        plane = plane.halved();
    }
}

/// With the largest radius, up to the wanted one, that leaves enough to copy from; in need with any.
fn level_of(plane: &Plane, wanted: usize) -> Option<Level> {
    let with = |radius: usize, least: usize| {
        let mut padded = Plane { width: plane.width, height: plane.height, colour: plane.colour.clone(), state: plane.state.clone() };
        padded = padded.padded(2 * radius + 1);
        padded.measure_texture();
        Level::new(&padded, radius).filter(|level| level.sources.len() >= least)
    };
    (0..=wanted).rev().find_map(|radius| with(radius, FEW_SOURCES)).or_else(|| (0..=wanted).rev().find_map(|radius| with(radius, 1)))
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

struct Turns<'a> {
    halvings: usize,
    seed: u64,
    shifts: &'a [(i32, i32)],
}

/// Searches and votes until the level has settled.
fn turns(level: &mut Level, mut field: Field, how: &Turns<'_>, stop: Stop<'_>) -> Result<Field, Cancelled> {
    let targets = field.at.iter().filter(|m| m.source != NONE).count();
    let many = targets > MANY_TARGETS;
    let count = match how.halvings {
        0 if many => 1,
        0 => 3,
        1 if many => 2,
        1 => 5,
        _ => 8,
    };
    let mut offered = how.shifts.chunks(8).cycle();
    for turn in 0..count {
        let price = prices(level, &field);
        search::measure(level, &mut field, &price, stop)?;
        for forward in [true, false] {
            let shifts = offered.next().unwrap_or(&[]);
            let seed = search::Noise::new(how.seed, 2 * turn as u64 + u64::from(forward)).next();
            let tries = if how.halvings == 0 { 5 } else { 8 };
            search::pass(level, &mut field, &Pass { seed, forward, tries, shifts, price: &price }, stop)?;
        }
        let last = turn + 1 == count;
        let voices = vote::voices(level, &field, if last { 0.3 } else { 0.5 });
        if how.halvings > 0 && !last {
            vote::average(level, &field, &voices, stop)?;
        } else {
            let elected = vote::elect(level, &field, &voices, stop)?;
            vote::paste(level, &elected);
        }
    }
    Ok(field)
}

/// Side of the squares in which the use of sources is counted.
const CELL: usize = 4;

/// What each source costs beyond its misfit: nothing until it is used more than others must be, then more with each use.
/// (Kaspar et al. 2015, "Self Tuning Texture Optimization", §3.3, as a price instead of a factor.)
fn prices(level: &Level, field: &Field) -> Vec<u8> {
    let across = level.width.div_ceil(CELL);
    let mut uses = vec![0u32; across * level.height.div_ceil(CELL)];
    let cell = |i: usize| (i / level.width / CELL) * across + i % level.width / CELL;
    let mut targets = 0usize;
    for m in field.at.iter().filter(|m| m.source != NONE) {
        uses[cell(m.source as usize)] += 1;
        targets += 1;
    }
    let fair = (targets as f32 / level.sources.len() as f32).max(1.0) * (CELL * CELL) as f32;
    let price: Vec<u8> = uses.iter().map(|&n| ((n as f32 / fair - 1.2).clamp(0.0, 4.0) * 20.0) as u8).collect();
    (0..level.valid.len()).into_par_iter().map(|i| price[cell(i)]).collect()
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
    let filled = seam::blend(&copies, stop)?;
    Ok((holes, filled))
}
