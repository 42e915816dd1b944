//! Tone and colour of one picture taken over by another.
//!
//! In CIE Lab. Lightness goes through a monotone curve that makes its distribution the other picture's ([`curve`]). Chroma is described in both pictures as
//! a part that follows lightness (blue shadows, warm lights), fitted by least squares, and a rest; the rest is carried over by the linear map between
//! Gaussians that moves it least, the Monge–Kantorovich solution of Pitié and Kokaram, "The linear Monge-Kantorovitch linear colour mapping for
//! example-based colour transfer" (CVMP 2007). Gains are bounded, so that flat areas do not band and noise is not blown up.

use rayon::prelude::*;

use super::blend::masked;
use super::colour::{Tables, in_gamut, lab, lab_to_linear};
use super::mask::Mask;
use super::picture::Picture;

mod curve;

use crate::pace::{Stop, checkpoint};
use curve::Curve;

/// Pixels per parallel piece.
const RUN: usize = 1 << 13;
/// At most about this many pixels of a picture are looked at.
const SAMPLES: usize = 400_000;
/// Gains of the chroma map.
const GAIN: (f32, f32) = (0.3, 2.2);
/// Chroma per lightness, at most.
const SLOPE: f32 = 0.6;
/// Variance of chroma that noise alone has; keeps a grey picture's noise from becoming colour.
const NOISE: f32 = 2.0;
/// From half selected on a pixel counts.
const COUNTS: u8 = 128;

/// The picture with the look of `reference`, whose size may differ; `strength` 0..=1 (1 = wholly). With a mask, what is selected decides what is
/// matched, and where the mask is 0 nothing changes, bit for bit. Alpha stays. `None` where nothing of one of
/// the pictures is visible.
///
/// # Panics
/// When mask and picture differ in size.
pub fn transfer(picture: &Picture, reference: &Picture, mask: Option<&Mask>, strength: f32) -> Option<Picture> {
    checkpoint();
    let map = Map::new(&Look::of(picture, mask)?, &Look::of(reference, None)?);
    let strength = strength.clamp(0.0, 1.0);
    let tables = Tables::get();
    let mut out = picture.clone();
    let (pixels, _) = out.rgba8_mut().as_chunks_mut::<4>();
    let stop = Stop::here();
    pixels.par_chunks_mut(RUN).enumerate().for_each(|(run, pixels)| {
        if stop.is_set() {
            return;
        }
        for (i, pixel) in pixels.iter_mut().enumerate() {
            if pixel[3] == 0 || mask.is_some_and(|m| m.values()[run * RUN + i] == 0) {
                continue;
            }
            let before = lab([pixel[0], pixel[1], pixel[2]]);
            let after = map.of(before);
            let mixed = std::array::from_fn(|c| before[c] + strength * (after[c] - before[c]));
            pixel[..3].copy_from_slice(&in_gamut(lab_to_linear(mixed)).map(|v| tables.srgb8_f(v)));
        }
    });
    checkpoint();
    Some(match mask {
        Some(mask) => masked(picture, &out, mask),
        None => out,
    })
}

type Pair = [f32; 2];
/// Symmetric: xx, xy, yy.
type Spread = [f32; 3];

/// What a picture's colours are like.
struct Look {
    lightness: Curve,
    mean_l: f32,
    mean: Pair,
    /// Chroma that comes with one more of lightness.
    slope: Pair,
    /// Covariance of the rest.
    spread: Spread,
}

impl Look {
    /// `None` where nothing visible is selected.
    fn of(picture: &Picture, mask: Option<&Mask>) -> Option<Look> {
        checkpoint();
        if let Some(mask) = mask {
            assert_eq!((picture.width(), picture.height()), (mask.width(), mask.height()), "mask and picture have one size");
        }
        let (pixels, _) = picture.rgba8().as_chunks::<4>();
        let counts = |i: usize, level: u8| pixels[i][3] >= level && mask.is_none_or(|m| m.values()[i] >= level);
        let chosen = |level: u8| (0..pixels.len()).filter(|&i| counts(i, level)).collect::<Vec<_>>();
        let all = chosen(COUNTS);
        let all = if all.is_empty() { chosen(1) } else { all };
        // An odd stride does not fall in step with rows.
        let stride = all.len().div_ceil(SAMPLES).max(1) | 1;
        let samples: Vec<[f32; 3]> = all.par_iter().step_by(stride).map(|&i| lab([pixels[i][0], pixels[i][1], pixels[i][2]])).collect();
        if samples.is_empty() {
            return None;
        }
        let mean_of = |f: &dyn Fn(&[f32; 3]) -> f32| samples.iter().map(|s| f64::from(f(s))).sum::<f64>() / samples.len() as f64;
        let [mean_l, a, b] = std::array::from_fn(|c| mean_of(&|s| s[c]) as f32);
        let covariance = |f: &dyn Fn(&[f32; 3]) -> f32, g: &dyn Fn(&[f32; 3]) -> f32| mean_of(&|s| f(s) * g(s)) as f32;
        let l = |s: &[f32; 3]| s[0] - mean_l;
        let along = covariance(&l, &l) + NOISE;
        let slope = [covariance(&l, &|s| s[1] - a), covariance(&l, &|s| s[2] - b)].map(|v| (v / along).clamp(-SLOPE, SLOPE));
        let rest_a = |s: &[f32; 3]| s[1] - a - slope[0] * l(s);
        let rest_b = |s: &[f32; 3]| s[2] - b - slope[1] * l(s);
        let spread = [covariance(&rest_a, &rest_a) + NOISE, covariance(&rest_a, &rest_b), covariance(&rest_b, &rest_b) + NOISE];
        Some(Look { lightness: Curve::cumulative(samples.iter().map(|s| s[0])), mean_l, mean: [a, b], slope, spread })
    }
}

/// From one look to another.
struct Map {
    curve: Curve,
    from: (f32, Pair, Pair),
    to: (f32, Pair, Pair),
    chroma: Spread,
}

impl Map {
    fn new(from: &Look, to: &Look) -> Map {
        Map {
            curve: Curve::between(&from.lightness, &to.lightness),
            from: (from.mean_l, from.mean, from.slope),
            to: (to.mean_l, to.mean, to.slope),
            chroma: bounded(monge_kantorovich(from.spread, to.spread), GAIN),
        }
    }

    fn of(&self, [l, a, b]: [f32; 3]) -> [f32; 3] {
        let (mean_l, mean, slope) = self.from;
        let (to_l, to_mean, to_slope) = self.to;
        let rest = [a - mean[0] - slope[0] * (l - mean_l), b - mean[1] - slope[1] * (l - mean_l)];
        let new_l = self.curve.at(l);
        let [xx, xy, yy] = self.chroma;
        let moved = [xx * rest[0] + xy * rest[1], xy * rest[0] + yy * rest[1]];
        let at = |c: usize| to_mean[c] + to_slope[c] * (new_l - to_l) + moved[c];
        // Black and white take on no colour, whatever the rest of the picture does.
        let room = (new_l.min(100.0 - new_l) / 6.0).clamp(0.0, 1.0);
        let own = [a, b];
        let [a, b] = std::array::from_fn(|c| own[c] + (at(c) - own[c]) * room);
        [new_l, a, b]
    }
}

/// `A^-½ (A^½ B A^½)^½ A^-½`.
fn monge_kantorovich(a: Spread, b: Spread) -> Spread {
    let root = root(a);
    let inverse = inverse(root);
    between(inverse, self::root(between(root, b)))
}

/// `M N M` for symmetric matrices.
fn between(m: Spread, n: Spread) -> Spread {
    let [a, b, c] = m;
    let [x, y, z] = n;
    let (p, q, r, s) = (a * x + b * y, a * y + b * z, b * x + c * y, b * y + c * z);
    [p * a + q * b, p * b + q * c, r * b + s * c]
}

/// The square root of a positive matrix, by Cayley and Hamilton.
fn root([xx, xy, yy]: Spread) -> Spread {
    let det = (xx * yy - xy * xy).max(0.0).sqrt();
    let trace = (xx + yy + 2.0 * det).sqrt().max(1e-6);
    [(xx + det) / trace, xy / trace, (yy + det) / trace]
}

fn inverse([xx, xy, yy]: Spread) -> Spread {
    let det = (xx * yy - xy * xy).max(1e-9);
    [yy / det, -xy / det, xx / det]
}

/// With its gains (eigenvalues) within bounds.
fn bounded([xx, xy, yy]: Spread, (low, high): (f32, f32)) -> Spread {
    let (middle, half) = ((xx + yy) / 2.0, ((xx - yy) / 2.0).hypot(xy));
    let (large, small) = ((middle + half).clamp(low, high), (middle - half).clamp(low, high));
    if half < 1e-6 {
        return [large, 0.0, large];
    }
    let (middle, scale) = ((large + small) / 2.0, (large - small) / 2.0 / half);
    let difference = (xx - yy) / 2.0 * scale;
    [middle + difference, xy * scale, middle - difference]
}

#[cfg(test)]
mod tests;
