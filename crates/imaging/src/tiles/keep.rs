//! Back-projection: an enlarged picture that, shrunk again, is the picture that it was made from.

use rayon::prelude::*;

use super::Planes;
use crate::finish::blurred;
use crate::pace::checkpoint;

/// Sigma of the blur that tells tone from detail, in source pixels.
const TONE_SIGMA_PX: f32 = 2.0;
/// Detail of the difference below about this many deviations of the noise is left to the model, which takes noise away.
const NOISE_SIGMAS: f32 = 2.0;

/// The second pass gives back what interpolation blurred in the first.
const PASSES: usize = 2;

/// Source pixels around a place that its result depends on, beyond the model's own: the blur's reach and the interpolation's. What the second pass adds
/// from farther away is below a level.
pub const REACH_PX: u32 = 8;

/// Adds to `result`, `scale` times as large as `source`, what its average over each source pixel lacks, interpolated by Catmull-Rom (M. Irani, S. Peleg,
/// "Improving Resolution by Image Registration", 1991, with a box as the point spread). Tone (the difference blurred by 2 px) is given back whole, so that
/// flat stays flat; detail d of it as d · d² / (d² + t²), t = 2 · `noise` levels, so that noise which the model removed stays away.
///
/// # Panics
/// When the sizes do not match.
pub fn keep_source(result: &mut Planes, source: &Planes, scale: usize, noise: f32) {
    checkpoint();
    assert_eq!((result.width, result.height, result.channels()), (source.width * scale, source.height * scale, source.channels()));
    let (width, height) = (source.width, source.height);
    let (small, large) = (source.area(), result.area());
    let threshold = (NOISE_SIGMAS * noise).powi(2);
    let taps: Vec<[f32; 4]> =
        (0..scale).map(|i| catmull_rom((i as f32 + 0.5) / scale as f32 + if i * 2 + 1 < scale { 0.5 } else { -0.5 })).collect();
    result.data.par_chunks_exact_mut(large).zip(source.data.par_chunks_exact(small)).for_each(|(result, source)| {
        for _ in 0..PASSES {
            let mut lacking = lacking(result, source, width, scale);
            if threshold > 0.0 {
                leave_noise(&mut lacking, width, threshold);
            }
            let rows = enlarge_rows(&lacking, width, scale, &taps);
            add_columns(result, &rows, (width * scale, height), &taps);
        }
    });
}

/// Keeps the tone of a difference and of its detail what rises above the noise.
fn leave_noise(difference: &mut [f32], width: usize, threshold: f32) {
    let tone = blurred(difference, width, difference.len() / width, TONE_SIGMA_PX);
    for (d, tone) in difference.iter_mut().zip(tone) {
        let detail = *d - tone;
        *d = tone + detail * (detail * detail / (detail * detail + threshold));
    }
}

/// Source minus the average of the result over each source pixel.
fn lacking(result: &[f32], source: &[f32], width: usize, scale: usize) -> Vec<f32> {
    let share = 1.0 / (scale * scale) as f32;
    let mut out = source.to_vec();
    for (y, row) in result.chunks_exact(width * scale).enumerate() {
        let to = &mut out[(y / scale) * width..][..width];
        for (to, part) in to.iter_mut().zip(row.chunks_exact(scale)) {
            *to -= part.iter().sum::<f32>() * share;
        }
    }
    out
}

/// Weights of four neighbours at the fraction `t` between the second and the third.
fn catmull_rom(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [-0.5 * t3 + t2 - 0.5 * t, 1.5 * t3 - 2.5 * t2 + 1.0, -1.5 * t3 + 2.0 * t2 + 0.5 * t, 0.5 * t3 - 0.5 * t2]
}

/// The four source samples for the i-th sample of a source pixel, clamped to the line.
fn neighbours(at: usize, i: usize, scale: usize, length: usize) -> [usize; 4] {
    // In the first half of a pixel the sample lies between its left neighbour and itself.
    let second = at as isize - isize::from(i * 2 + 1 < scale);
    [-1, 0, 1, 2].map(|d| (second + d).clamp(0, length as isize - 1) as usize)
}

fn enlarge_rows(values: &[f32], width: usize, scale: usize, taps: &[[f32; 4]]) -> Vec<f32> {
    let mut out = Vec::with_capacity(values.len() * scale);
    for row in values.chunks_exact(width) {
        for x in 0..width {
            for (i, weights) in taps.iter().enumerate() {
                let from = neighbours(x, i, scale, width);
                out.push((0..4).map(|k| weights[k] * row[from[k]]).sum::<f32>());
            }
        }
    }
    out
}

fn add_columns(result: &mut [f32], rows: &[f32], (width, height): (usize, usize), taps: &[[f32; 4]]) {
    let scale = taps.len();
    for (y, to) in result.chunks_exact_mut(width).enumerate() {
        let (at, i) = (y / scale, y % scale);
        let from = neighbours(at, i, scale, height).map(|row| &rows[row * width..][..width]);
        let [a, b, c, d] = taps[i];
        for (x, to) in to.iter_mut().enumerate() {
            *to += a * from[0][x] + b * from[1][x] + c * from[2][x] + d * from[3][x];
        }
    }
}
