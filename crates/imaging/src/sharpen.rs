//! Sharpens edges and texture, not grain.
//!
//! Unsharp masking of lightness (W. K. Pratt, "Digital Image Processing", 1978): what a small blur takes away is added once more. How much depends on the
//! place: texture that does not stand out from the picture's own grain is left alone (a Wiener gain by local variance; J.-S. Lee, 1980), and no pixel leaves
//! the range of its neighbours by more than a little, so edges get no halos. All three channels move by the same amount, so edges get no colour fringes.

use rayon::prelude::*;

use crate::cells::Cells;
use crate::pace::{Pace, checkpoint};
use crate::picture::Picture;

/// Standard deviation of the blur, in pixels, and what it grows by in very large pictures, whose finest detail is softer.
const SIGMA: f32 = 1.15;
const LARGE: f32 = 6000.0;
/// Local variance is taken over `2 × this + 1` pixels.
const NEAR: usize = 3;
/// Grain is what this share of the picture has at most.
const FLATTEST: f64 = 0.1;
/// Grain in levels that every picture has, by rounding alone.
const ROUNDING: f32 = 0.5;
/// Texture counts from so many times the grain on.
const ABOVE_GRAIN: f32 = 1.5;
/// What is added at full strength, as a multiple of what the blur took.
const MOST: f32 = 2.0;
/// A pixel may leave its neighbours' range by this share of the range and so many levels.
const HALO: f32 = 0.14;
const HALO_LEVELS: f32 = 1.5;
/// At most about this many places are asked for their grain.
const SAMPLES: usize = 200_000;

/// The picture sharpened; `strength` 0..=1. Alpha and what is wholly transparent stay. `None` when cancelled.
pub fn sharpen(picture: &Picture, strength: f32, pace: Pace<'_>) -> Option<Picture> {
    checkpoint();
    let strength = strength.clamp(0.0, 1.0);
    if strength == 0.0 {
        return Some(picture.clone());
    }
    let size = (picture.width(), picture.height());
    let (pixels, _) = picture.rgba8().as_chunks::<4>();
    // What is not seen has no weight, so that it does not bleed in.
    let seen = |i: usize| if pixels[i][3] == 0 { [0.0; 2] } else { [luma(pixels[i]), 1.0] };
    let sigma = SIGMA * (size.0.max(size.1) as f32 / LARGE).max(1.0);
    let soft = Cells::of(size, 1, seen).blurred(sigma);
    if (pace.cancelled)() {
        return None;
    }
    (pace.done)(0.4);
    let detail = |i: usize| if pixels[i][3] == 0 { 0.0 } else { luma(pixels[i]) - soft.values[i][0] / soft.values[i][1].max(1e-6) };
    let power = Cells::of(size, 1, |i| [detail(i).powi(2)]).box_mean(NEAR);
    let grain = grain(&power, pixels);
    if (pace.cancelled)() {
        return None;
    }
    (pace.done)(0.8);
    let width = size.0 as usize;
    let mut out = picture.clone();
    let (to, _) = out.rgba8_mut().as_chunks_mut::<4>();
    to.par_chunks_mut(width).enumerate().for_each(|(y, row)| {
        for (x, pixel) in row.iter_mut().enumerate().filter(|(_, p)| p[3] > 0) {
            let i = y * width + x;
            let here = luma(*pixel);
            let texture = 1.0 - (ABOVE_GRAIN * grain).powi(2) / power.values[i][0].max(1e-6);
            let wanted = here + MOST * strength * texture.max(0.0) * detail(i);
            let (low, high) = range(pixels, (width, size.1 as usize), (x, y));
            let over = HALO * (high - low) + HALO_LEVELS;
            shift(pixel, within(wanted, low, high, over) - here);
        }
    });
    Some(out)
}

/// Lightness in levels (Rec. 601 luma).
fn luma(p: [u8; 4]) -> f32 {
    0.299 * f32::from(p[0]) + 0.587 * f32::from(p[1]) + 0.114 * f32::from(p[2])
}

/// Deviation of what is flat.
fn grain(power: &Cells<1>, pixels: &[[u8; 4]]) -> f32 {
    let stride = pixels.len().div_ceil(SAMPLES).max(1) | 1;
    // Painted areas have no grain and say nothing about the rest.
    let places = (0..pixels.len()).step_by(stride).filter(|&i| pixels[i][3] > 0 && power.values[i][0] > 0.02);
    let mut values: Vec<f32> = places.map(|i| power.values[i][0]).collect();
    if values.is_empty() {
        return ROUNDING;
    }
    let at = ((values.len() as f64 * FLATTEST) as usize).min(values.len() - 1);
    values.select_nth_unstable_by(at, f32::total_cmp).1.sqrt().max(ROUNDING)
}

/// The least and greatest lightness of a pixel and its eight neighbours, as far as they are seen.
fn range(pixels: &[[u8; 4]], (width, height): (usize, usize), (x, y): (usize, usize)) -> (f32, f32) {
    let (mut low, mut high) = (f32::MAX, f32::MIN);
    for y in y.saturating_sub(1)..=(y + 1).min(height - 1) {
        for p in &pixels[y * width + x.saturating_sub(1)..=y * width + (x + 1).min(width - 1)] {
            if p[3] > 0 {
                let v = luma(*p);
                (low, high) = (low.min(v), high.max(v));
            }
        }
    }
    (low, high)
}

/// The value, what is outside of the range bent so that it never leaves it by more than `over`.
fn within(value: f32, low: f32, high: f32, over: f32) -> f32 {
    let bent = |outside: f32| over * outside / (over + outside);
    if value > high {
        high + bent(value - high)
    } else if value < low {
        low - bent(low - value)
    } else {
        value
    }
}

/// Moves all channels alike, as far as none is cut off.
fn shift(pixel: &mut [u8; 4], by: f32) {
    let (least, most) = (pixel[0].min(pixel[1]).min(pixel[2]), pixel[0].max(pixel[1]).max(pixel[2]));
    let by = by.clamp(-f32::from(least), 255.0 - f32::from(most)).round();
    pixel[..3].iter_mut().for_each(|v| *v = (f32::from(*v) + by) as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::denoise::tests::noisy;

    /// A soft edge of two colours in the middle.
    fn edge(width: u32, height: u32) -> Picture {
        let pixel = |i: u32| {
            let part = 1.0 / (1.0 + (-((i % width) as f32 - width as f32 / 2.0) / 1.5).exp());
            let mix = |a: f32, b: f32| (a + (b - a) * part).round() as u8;
            [mix(60.0, 190.0), mix(80.0, 170.0), mix(110.0, 150.0), 255]
        };
        Picture::from_rgba8(width, height, (0..width * height).flat_map(pixel).collect())
    }

    fn steepest(picture: &Picture) -> f32 {
        let y = picture.height() / 2;
        (1..picture.width()).map(|x| (luma(picture.pixel(x, y)) - luma(picture.pixel(x - 1, y))).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn an_edge_becomes_steeper_without_a_halo_or_a_fringe() {
        let soft = edge(80, 40);
        let sharp = sharpen(&soft, 1.0, Pace::ALONE).unwrap();
        assert!(steepest(&sharp) > 1.1 * steepest(&soft), "{} to {}", steepest(&soft), steepest(&sharp));
        let ends = |p: &Picture| (0..80).map(|x| luma(p.pixel(x, 20))).fold((f32::MAX, f32::MIN), |r, v| (r.0.min(v), r.1.max(v)));
        let (before, after) = (ends(&soft), ends(&sharpen(&soft, 1.0, Pace::ALONE).unwrap()));
        assert!(before.0 - after.0 < 6.0 && after.1 - before.1 < 6.0, "{before:?} to {after:?}");
        for (a, b) in soft.rgba8().chunks_exact(4).zip(sharp.rgba8().chunks_exact(4)) {
            let moved: Vec<i32> = (0..3).map(|c| i32::from(b[c]) - i32::from(a[c])).collect();
            assert!(moved[0] == moved[1] && moved[1] == moved[2], "{moved:?}");
        }
    }

    #[test]
    fn grain_is_not_sharpened() {
        let grainy = noisy(&Picture::filled(160, 120, [120, 130, 110, 255]), 8.0);
        let done = sharpen(&grainy, 1.0, Pace::ALONE).unwrap();
        let spread = |p: &Picture| {
            let values: Vec<f32> = p.rgba8().as_chunks::<4>().0.iter().map(|p| luma(*p)).collect();
            let mean = values.iter().sum::<f32>() / values.len() as f32;
            (values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / values.len() as f32).sqrt()
        };
        assert!(spread(&done) < 1.08 * spread(&grainy), "{} to {}", spread(&grainy), spread(&done));
    }

    #[test]
    fn no_strength_changes_nothing_and_transparent_pixels_and_alpha_stay() {
        let mut cut = edge(80, 40);
        assert_eq!(sharpen(&cut, 0.0, Pace::ALONE).unwrap(), cut);
        for (i, pixel) in cut.rgba8_mut().chunks_exact_mut(4).enumerate() {
            match i % 80 {
                0..40 => pixel.copy_from_slice(&[255, 255, 255, 0]),
                40..44 => pixel[3] = 100,
                _ => {}
            }
        }
        let done = sharpen(&cut, 1.0, Pace::ALONE).unwrap();
        for (before, after) in cut.rgba8().chunks_exact(4).zip(done.rgba8().chunks_exact(4)) {
            assert!(before[3] == after[3] && (before[3] > 0 || before == after));
        }
    }

    #[test]
    fn any_size_is_worked_on_and_a_cancelled_run_ends() {
        for (width, height) in [(1, 1), (1, 500), (500, 1), (37, 41)] {
            let picture = edge(width, height);
            assert_eq!(sharpen(&picture, 0.7, Pace::ALONE), sharpen(&picture, 0.7, Pace::ALONE));
        }
        assert!(sharpen(&edge(9, 9), 0.5, Pace { cancelled: &|| true, ..Pace::ALONE }).is_none());
    }
}
