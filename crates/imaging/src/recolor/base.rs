//! Which colour a selected object has: the one that most of its pixels share, whatever light falls on them.

use super::{away, length, tint};
use crate::colour::{Srgb8, Tables, from_linear, luminance};
use crate::mask::Mask;
use crate::picture::Picture;

/// Cells of the histogram of q, along one axis, and how wide one is.
const CELLS: usize = 112;
const CELL: f32 = 0.04;
/// At most about this many pixels are looked at.
const SAMPLES: usize = 400_000;
/// From half selected on a pixel counts.
const COUNTS: u8 = 128;

/// The colour of an object's material on its lit side.
#[derive(Clone, Debug, PartialEq)]
pub struct Base {
    pub colour: Srgb8,
    /// (a*, b*) / (L* + 16).
    pub tint: [f32; 2],
    /// Luminance of the lit side, linear 0..=1: the 75th percentile of the pixels of this colour.
    pub lit: f32,
    /// Luminance where sheen begins, and from which on all is sheen: the 80th and the 99.5th percentile.
    pub sheen: (f32, f32),
}

struct Sample {
    tint: [f32; 2],
    lightness: f32,
    linear: [f32; 3],
}

impl Base {
    /// `None` where nothing visible is selected.
    pub fn of(picture: &Picture, mask: &Mask) -> Option<Base> {
        let samples = samples(picture, mask);
        let start = densest(&samples)?;
        let (tint, mut near) = settled(&samples, start);
        near.sort_by(|a, b| luminance(a.linear).total_cmp(&luminance(b.linear)));
        let place = |share: f64| ((near.len() - 1) as f64 * share).round() as usize;
        let at = |share: f64| luminance(near[place(share)].linear);
        let lit = at(0.75).max(5e-4);
        let sheen = (at(0.80).max(1.04 * lit), at(0.995).max(1.3 * lit));
        Some(Base { colour: colour_at(&near[place(0.55)..=place(0.92)], lit), tint, lit, sheen })
    }
}

fn samples(picture: &Picture, mask: &Mask) -> Vec<Sample> {
    let tables = Tables::get();
    let (pixels, _) = picture.rgba8().as_chunks::<4>();
    let chosen = |level: u8| {
        let all = || pixels.iter().zip(mask.values()).filter(move |(p, m)| p[3] > 0 && **m >= level);
        let stride = all().count().div_ceil(SAMPLES).max(1);
        // An odd stride does not fall in step with rows.
        let of = |p: &[u8; 4]| {
            let linear = [p[0], p[1], p[2]].map(|v| tables.linear[usize::from(v)]);
            let (tint, lightness) = tint(linear);
            Sample { tint, lightness, linear }
        };
        all().step_by(stride | 1).map(|(p, _)| of(p)).collect::<Vec<_>>()
    };
    let clear = chosen(COUNTS);
    if clear.is_empty() { chosen(1) } else { clear }
}

/// Bright pixels tell more of a colour than dark ones, and coloured ones more of an object than grey ones.
fn weight(sample: &Sample) -> f32 {
    let chroma = length(sample.tint) * (sample.lightness + 16.0);
    (sample.lightness / 100.0 + 0.02) * (0.4 + 0.6 * (chroma / 40.0).min(1.0))
}

/// The fullest place of the histogram of q, smoothed.
fn densest(samples: &[Sample]) -> Option<[f32; 2]> {
    let cell = |v: f32| ((v / CELL + CELLS as f32 / 2.0) as usize).clamp(1, CELLS - 2);
    let mut counts = vec![0.0f32; CELLS * CELLS];
    for s in samples {
        counts[cell(s.tint[1]) * CELLS + cell(s.tint[0])] += weight(s);
    }
    let around = |i: usize| (0..9).map(|k| counts[i + (k / 3) * CELLS + k % 3 - CELLS - 1]).sum::<f32>();
    let inner = (1..CELLS - 1).flat_map(|y| (1..CELLS - 1).map(move |x| y * CELLS + x));
    let (best, count) = inner.map(|i| (i, around(i))).max_by(|a, b| a.1.total_cmp(&b.1))?;
    let centre = |i: usize| (i as f32 + 0.5 - CELLS as f32 / 2.0) * CELL;
    (count > 0.0).then(|| [centre(best % CELLS), centre(best / CELLS)])
}

/// The mean around there, followed a few times (mean shift), and the pixels that have it.
fn settled(samples: &[Sample], start: [f32; 2]) -> ([f32; 2], Vec<&Sample>) {
    let mut centre = start;
    for _ in 0..5 {
        let reach = 0.08 + 0.12 * length(centre);
        let (mut sum, mut total) = ([0.0f64; 2], 0.0f64);
        for s in samples.iter().filter(|s| away(s.tint, centre) < reach) {
            let w = f64::from(weight(s));
            sum = [sum[0] + w * f64::from(s.tint[0]), sum[1] + w * f64::from(s.tint[1])];
            total += w;
        }
        if total > 0.0 {
            centre = sum.map(|v| (v / total) as f32);
        }
    }
    let reach = 0.10 + 0.20 * length(centre);
    let near: Vec<&Sample> = samples.iter().filter(|s| away(s.tint, centre) < reach).collect();
    if near.is_empty() { (centre, samples.iter().collect()) } else { (centre, near) }
}

/// The mean colour of the pixels, as bright as the lit side.
fn colour_at(near: &[&Sample], lit: f32) -> Srgb8 {
    let sum = near.iter().fold([0.0f64; 3], |sum, s| std::array::from_fn(|c| sum[c] + f64::from(s.linear[c])));
    let mean = sum.map(|v| (v / near.len() as f64) as f32);
    let y = luminance(mean);
    let scale = if y > 0.0 { lit / y } else { 0.0 };
    mean.map(|v| (from_linear((v * scale).min(1.0)) * 255.0).round() as u8)
}
