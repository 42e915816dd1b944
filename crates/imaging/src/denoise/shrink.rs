//! Shrinkage of overlapping 8×8 frequencies: first those below a threshold are dropped, then, with the result as an oracle, each is weighted by how much
//! of it is signal (G. Yu and G. Sapiro, "DCT image denoising", IPOL 2011; Wiener's second step as of K. Dabov and others, 2007). Averaging all blocks
//! over a pixel is what is called cycle spinning (R. Coifman and D. Donoho, 1995).

use rayon::prelude::*;

use super::dct::{Block, forward, inverse};
use super::noise::Noise;
use super::planes::Planes;
use crate::pace::{Counter, checkpoint};

/// What a tile gives, in pixels, and how far beyond it the picture is read: a block for each of both steps.
const TILE: (usize, usize) = (256, 128);
const MARGIN: usize = 16;
/// Blocks start at every second pixel across, in the next row at those between.
const STRIDE: usize = 2;
/// Frequencies below so many deviations are dropped.
const THRESHOLD: f32 = 2.4;

/// The planes without noise; `None` when cancelled.
pub(super) fn shrunk(planes: &Planes, noise: &Noise, counter: &Counter<'_>) -> Option<Planes> {
    checkpoint();
    let (width, height) = (planes.width, planes.height);
    let mut out = Planes::filled(width, height);
    let [a, b, c] = &mut out.values;
    let band = width * TILE.1;
    let bands = a.par_chunks_mut(band).zip(b.par_chunks_mut(band)).zip(c.par_chunks_mut(band)).enumerate();
    bands.for_each(|(n, ((a, b), c))| {
        let (top, rows) = (n * TILE.1, a.len() / width);
        for left in (0..width).step_by(TILE.0) {
            if counter.is_cancelled() {
                return;
            }
            let columns = TILE.0.min(width - left);
            let tile = tile(planes, (left, top), (columns + 2 * MARGIN, rows + 2 * MARGIN));
            let clean = second(&tile, &first(&tile, noise), noise);
            for (to, from) in [&mut *a, &mut *b, &mut *c].into_iter().zip(&clean.values) {
                for y in 0..rows {
                    let from = &from[(y + MARGIN) * clean.width + MARGIN..][..columns];
                    to[y * width + left..][..columns].copy_from_slice(from);
                }
            }
            counter.add(columns * rows);
        }
    });
    (!counter.is_cancelled()).then_some(out)
}

/// A part with its margin; beyond the border the picture is mirrored.
fn tile(planes: &Planes, (left, top): (usize, usize), (width, height): (usize, usize)) -> Planes {
    let mirrored = |at: usize, side: usize| {
        let period = (2 * side) as isize;
        let at = (at as isize - MARGIN as isize).rem_euclid(period) as usize;
        at.min(2 * side - 1 - at)
    };
    let columns: Vec<usize> = (0..width).map(|x| mirrored(left + x, planes.width)).collect();
    let values = std::array::from_fn(|c| {
        let rows = (0..height).map(|y| &planes.values[c][mirrored(top + y, planes.height) * planes.width..][..planes.width]);
        rows.flat_map(|row| columns.iter().map(move |&x| row[x])).collect()
    });
    Planes { width, height, values }
}

/// Sums of weighted blocks.
struct Sum {
    values: Planes,
    weights: Planes,
}

impl Sum {
    fn new(like: &Planes) -> Self {
        Sum { values: Planes::filled(like.width, like.height), weights: Planes::filled(like.width, like.height) }
    }

    #[inline]
    fn add(&mut self, plane: usize, at: usize, block: &Block, weight: f32) {
        let width = self.values.width;
        for (y, row) in block.iter().enumerate() {
            let at = at + y * width;
            let to: &mut [f32; 8] = (&mut self.values.values[plane][at..at + 8]).try_into().expect("eight values");
            (0..8).for_each(|x| to[x] += weight * row[x]);
            let to: &mut [f32; 8] = (&mut self.weights.values[plane][at..at + 8]).try_into().expect("eight values");
            (0..8).for_each(|x| to[x] += weight);
        }
    }

    /// Means; where no block lay, the input.
    fn mean(mut self, input: &Planes) -> Planes {
        for c in 0..3 {
            let sums = self.values.values[c].iter_mut().zip(&self.weights.values[c]).zip(&input.values[c]);
            sums.for_each(|((sum, weight), input)| *sum = if *weight > 0.0 { *sum / weight } else { *input });
        }
        self.values
    }
}

#[inline]
fn block(planes: &Planes, plane: usize, at: usize) -> Block {
    std::array::from_fn(|y| planes.values[plane][at + y * planes.width..][..8].try_into().expect("eight values"))
}

/// Where blocks start, `inset` pixels from the border at least.
fn places(planes: &Planes, inset: usize) -> impl Iterator<Item = usize> {
    let width = planes.width;
    let across = planes.width - 7 - inset;
    (inset..planes.height - 7 - inset).flat_map(move |y| (inset + y % 2..across).step_by(STRIDE).map(move |x| y * width + x))
}

fn first(tile: &Planes, noise: &Noise) -> Planes {
    let mut sum = Sum::new(tile);
    for at in places(tile, 0) {
        let mut level = [1.0; 3];
        for c in 0..3 {
            let mut f = forward(&block(tile, c, at));
            if c == 0 {
                level = noise.at(f[0][0] / 8.0);
            }
            let mean = f[0][0];
            let kept = dropped(&mut f, &noise.sigma[c], THRESHOLD * level[c]);
            f[0][0] = mean;
            sum.add(c, at, &inverse(&f), 1.0 / (1.0 + kept));
        }
    }
    sum.mean(tile)
}

/// Drops what is below `factor` deviations; how many are left.
#[inline]
fn dropped(frequencies: &mut Block, sigma: &Block, factor: f32) -> f32 {
    let mut kept = [0.0f32; 8];
    for (row, sigma) in frequencies.iter_mut().zip(sigma) {
        for j in 0..8 {
            let stays = if row[j].abs() >= factor * sigma[j] { 1.0 } else { 0.0 };
            row[j] *= stays;
            kept[j] += stays;
        }
    }
    kept.iter().sum()
}

fn second(tile: &Planes, oracle: &Planes, noise: &Noise) -> Planes {
    let mut sum = Sum::new(tile);
    for at in places(tile, 8) {
        let mut level = [1.0; 3];
        for c in 0..3 {
            let known = forward(&block(oracle, c, at));
            let mut f = forward(&block(tile, c, at));
            if c == 0 {
                level = noise.at(known[0][0] / 8.0);
            }
            let mean = f[0][0];
            let gains = weighted(&mut f, &known, &noise.sigma[c], level[c]);
            f[0][0] = mean;
            sum.add(c, at, &inverse(&f), 1.0 / (0.1 + gains));
        }
    }
    sum.mean(tile)
}

/// Weights each frequency by its share of signal; the sum of squared weights.
#[inline]
fn weighted(frequencies: &mut Block, known: &Block, sigma: &Block, factor: f32) -> f32 {
    let mut gains = [0.0f32; 8];
    for ((row, known), sigma) in frequencies.iter_mut().zip(known).zip(sigma) {
        for j in 0..8 {
            let (power, noise) = (known[j] * known[j], factor * sigma[j]);
            let gain = power / (power + noise * noise + 1e-6);
            row[j] *= gain;
            gains[j] += gain * gain;
        }
    }
    gains.iter().sum()
}
