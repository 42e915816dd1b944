//! How much noise a picture has: per plane, frequency and brightness.
//!
//! Blocks with the least energy hold little but noise (N. Ponomarenko and others, "An automatic approach to lossy compression of AVIRIS images", 2007;
//! M. Colom and A. Buades, "Analysis and extension of the Ponomarenko et al. method", IPOL 2013). Blocks are chosen by one half of their frequencies and
//! measured in the other, so that choosing does not make the noise look smaller. Noise of photographs is not white (demosaicing, film, JPEG, resizing),
//! so every frequency has its own deviation.

use rayon::prelude::*;

use super::dct::{Block, forward};
use super::planes::{Planes, rgb};
use crate::pace::checkpoint;

/// Brightness is told apart in so many steps.
const STEPS: usize = 6;
/// About so many blocks are looked at.
const BLOCKS: usize = 24_000;
/// This share of them is taken for flat, at least so many.
const FLAT: f64 = 0.04;
const LEAST_FLAT: usize = 48;
/// From the median of absolute values to the standard deviation of a Gaussian.
const MEDIAN_TO_SIGMA: f32 = 1.482_6;
/// Blocks below this energy are of one colour, painted or squeezed flat; they say nothing about noise.
const DEAD: f32 = 0.5;
/// Means so many deviations (and levels) near to black or white are clipped in part, which makes noise look smaller.
const CLIPPED: f32 = 2.0;
const CLIPPED_LEVELS: f32 = 6.0;
/// Brightness changes noise within these factors; what is outside is texture.
const LEVELS: (f32, f32) = (0.6, 2.2);
/// Low frequencies hold at most so many times the noise of those above them; more is texture.
const LOW_TO_MIDDLE: f32 = 1.4;

/// Standard deviations in levels 0..=255 of orthonormal frequencies.
#[derive(Clone)]
pub(super) struct Noise {
    /// By plane; indices as [`forward`] gives frequencies.
    pub sigma: [Block; 3],
    /// Factors by brightness, dark to light.
    level: [[f32; STEPS]; 3],
}

impl Noise {
    /// The same everywhere.
    pub fn white(sigma: [f32; 3]) -> Self {
        Noise { sigma: sigma.map(|s| [[s; 8]; 8]), level: [[1.0; STEPS]; 3] }
    }

    /// Factors of the three planes at a mean of the grey plane.
    #[inline]
    pub fn at(&self, grey: f32) -> [f32; 3] {
        let at = (grey / (255.0 * 3f32.sqrt()) * STEPS as f32 - 0.5).clamp(0.0, (STEPS - 1) as f32);
        let low = (at as usize).min(STEPS - 2);
        let part = at - low as f32;
        std::array::from_fn(|c| self.level[c][low] + (self.level[c][low + 1] - self.level[c][low]) * part)
    }

    /// Mean deviation of a plane's frequencies.
    pub fn strength(&self, plane: usize) -> f32 {
        strength(&self.sigma[plane])
    }

    pub fn scaled(mut self, factors: [f32; 3]) -> Self {
        for (plane, factor) in self.sigma.iter_mut().zip(factors) {
            plane.iter_mut().flatten().for_each(|s| *s *= factor);
        }
        self
    }

    /// At half size no frequency can have more noise than the low ones that it comes of, so what looks like more is texture.
    pub fn within_half_of(mut self, fine: &Noise) -> Self {
        for (plane, fine) in self.sigma.iter_mut().zip(&fine.sigma) {
            for (i, row) in plane.iter_mut().enumerate() {
                for (j, sigma) in row.iter_mut().enumerate() {
                    *sigma = sigma.min(0.5 * fine[i.div_ceil(2)][j.div_ceil(2)]);
                }
            }
        }
        self
    }

    /// `known`: deviation in levels as far as it is known from a finer size; 0 where it is not.
    pub fn of(planes: &Planes, known: f32) -> Self {
        let samples = samples(planes);
        let all: Vec<&Sample> = samples.iter().collect();
        let first = Noise::of_samples(&unclipped(&samples, known), &all);
        let sigma = first.strength(0);
        // Where noise is clipped it looks smaller, and how far clipping reaches is only known now.
        if sigma > known { Noise::of_samples(&unclipped(&samples, sigma), &all) } else { first }
    }

    /// Brightness is told apart in all samples: where much is clipped, noise may still be larger than elsewhere.
    fn of_samples(samples: &[&Sample], all: &[&Sample]) -> Self {
        let mut noise = Noise::white([0.0; 3]);
        for c in 0..3 {
            let alive = |s: &&&Sample| energy(&s.planes[c], |_| true) > DEAD;
            let blocks: Vec<&Block> = samples.iter().filter(alive).map(|s| &s.planes[c]).collect();
            let Some(sigma) = deviations(&blocks) else { continue };
            noise.sigma[c] = sigma;
            let whole = noise.strength(c).max(1e-3);
            for step in 0..STEPS {
                let here = |s: &&&Sample| (s.grey * STEPS as f32) as usize == step;
                let here: Vec<&Block> = all.iter().filter(here).filter(alive).map(|s| &s.planes[c]).collect();
                if here.len() >= 8 * LEAST_FLAT
                    && let Some(own) = deviations(&here)
                {
                    noise.level[c][step] = (strength(&own) / whole).clamp(LEVELS.0, LEVELS.1);
                }
            }
        }
        noise
    }
}

/// Mean deviation of frequencies.
fn strength(sigma: &Block) -> f32 {
    (sigma.iter().flatten().map(|s| s * s).sum::<f32>() / 64.0).sqrt()
}

/// Frequencies of a block in all planes, and its brightness 0..1.
struct Sample {
    planes: [Block; 3],
    grey: f32,
}

fn samples(planes: &Planes) -> Vec<Sample> {
    checkpoint();
    let (width, height) = (planes.width, planes.height);
    if width < 8 || height < 8 {
        return vec![];
    }
    // An odd stride meets all places of a compression grid.
    let stride = ((width * height / BLOCKS) as f64).sqrt().max(3.0) as usize | 1;
    let rows: Vec<usize> = (0..=height - 8).step_by(stride).collect();
    let row = |&y: &usize| {
        (0..=width - 8).step_by(stride).map(move |x| {
            let of = |c: usize| -> Block {
                forward(&std::array::from_fn(|dy| {
                    let at = (y + dy) * width + x;
                    planes.values[c][at..at + 8].try_into().expect("eight values")
                }))
            };
            let planes: [Block; 3] = std::array::from_fn(of);
            let grey = planes[0][0][0] / 8.0 / (255.0 * 3f32.sqrt());
            Sample { planes, grey: grey.clamp(0.0, 0.999) }
        })
    };
    rows.par_iter().flat_map_iter(row).collect()
}

/// Those whose noise is whole; all where hardly any are.
fn unclipped(samples: &[Sample], sigma: f32) -> Vec<&Sample> {
    let near = CLIPPED * sigma + CLIPPED_LEVELS;
    let whole = |s: &&Sample| {
        let colour = rgb(std::array::from_fn(|c| s.planes[c][0][0] / 8.0));
        colour.iter().all(|v| (near..=255.0 - near).contains(v))
    };
    let chosen: Vec<&Sample> = samples.iter().filter(whole).collect();
    if chosen.len() * 20 >= samples.len() { chosen } else { samples.iter().collect() }
}

/// Energy of a block's frequencies without its mean.
fn energy(block: &Block, counts: impl Fn(usize) -> bool) -> f32 {
    let mut sum = 0.0;
    for (i, row) in block.iter().enumerate() {
        sum += row.iter().enumerate().filter(|(j, _)| i + j > 0 && counts(i + j)).map(|(_, v)| v * v).sum::<f32>();
    }
    sum
}

/// Deviation of every frequency in the flattest blocks.
fn deviations(blocks: &[&Block]) -> Option<Block> {
    let count = ((blocks.len() as f64 * FLAT) as usize).max(LEAST_FLAT);
    if blocks.len() < count {
        return None;
    }
    let mut sigma = [[0.0; 8]; 8];
    for parity in 0..2 {
        let mut keys: Vec<(f32, usize)> = blocks.iter().enumerate().map(|(n, b)| (energy(b, |k| k % 2 != parity && k < 9), n)).collect();
        keys.select_nth_unstable_by(count - 1, |a, b| a.0.total_cmp(&b.0));
        for (i, row) in sigma.iter_mut().enumerate() {
            for (j, sigma) in row.iter_mut().enumerate().filter(|(j, _)| (i + j) % 2 == parity) {
                let mut values: Vec<f32> = keys[..count].iter().map(|&(_, n)| blocks[n][i][j].abs()).collect();
                *sigma = MEDIAN_TO_SIGMA * *values.select_nth_unstable_by(count / 2, f32::total_cmp).1;
            }
        }
    }
    // The mean is no noise; it takes its neighbours' deviation so that sums over all make sense.
    sigma[0][0] = 0.5 * (sigma[0][1] + sigma[1][0]);
    Some(smoothed(&without_texture(sigma)))
}

/// Mean power over neighbouring frequencies.
fn smoothed(sigma: &Block) -> Block {
    let near = |v: usize| v.saturating_sub(1)..=(v + 1).min(7);
    std::array::from_fn(|i| {
        std::array::from_fn(|j| {
            let powers: Vec<f32> =
                near(i).flat_map(|i| near(j).map(move |j| (i, j))).filter(|&at| at != (0, 0)).map(|(i, j)| sigma[i][j].powi(2)).collect();
            (powers.iter().sum::<f32>() / powers.len() as f32).sqrt()
        })
    })
}

/// Low frequencies cut to what noise can be, going by those above them.
fn without_texture(mut sigma: Block) -> Block {
    let order = |n: usize| n / 8 + n % 8;
    let mut above: Vec<f32> = (0..64).filter(|&n| (3..=4).contains(&order(n))).map(|n| sigma[n / 8][n % 8]).collect();
    above.sort_by(f32::total_cmp);
    let most = LOW_TO_MIDDLE * above[above.len() / 2];
    sigma.iter_mut().flatten().for_each(|s| *s = s.min(most));
    sigma
}
