//! Removes noise and keeps edges and texture.
//!
//! The picture's noise is measured ([`noise`]), then overlapping blocks of frequencies are shrunk by it ([`shrink`]) in planes of grey and colour
//! ([`planes`]), at full, half and quarter size, since noise of photographs has coarse grain too (N. Pierazzo and others, "Multi-Scale DCT Denoising",
//! IPOL 2017). Colour is smoothed more than grey.

mod dct;
pub mod deblock;
mod noise;
mod planes;
mod shrink;

use crate::pace::{Counter, Pace};
use crate::picture::Picture;
use deblock::Grid;
use noise::Noise;
use planes::Planes;

/// Sizes at which noise is removed, each half of the one before.
const LEVELS: usize = 3;
/// No smaller side than this is worked on.
const LEAST_SIDE: usize = 48;
/// How much more noise is taken off colour than is measured.
const CHROMA: f32 = 1.1;
/// Noise below this, in levels, is not seen; such a picture stays as it is.
const UNSEEN: f32 = 0.3;

/// Noise as measured: standard deviations in levels 0..=255.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grain {
    /// Of grey.
    pub luma: f32,
    /// Of colour, the mean of two axes.
    pub chroma: f32,
}

/// A picture without noise, and what was found in it.
#[derive(Debug)]
pub struct Denoised {
    pub picture: Picture,
    pub grain: Grain,
    /// The grid of a compressed picture, which was taken off first.
    pub grid: Option<Grid>,
}

/// How much noise the picture has.
pub fn measure(picture: &Picture) -> Grain {
    grain(&Noise::of(&Planes::of(picture), 0.0))
}

fn grain(noise: &Noise) -> Grain {
    Grain { luma: noise.strength(0), chroma: 0.5 * (noise.strength(1) + noise.strength(2)) }
}

/// The picture without noise and without traces of compression; `strength` 0..=1, where 0.5 removes what is measured and 1 twice as much. Alpha and what
/// is wholly transparent stay. `None` when cancelled.
pub fn denoise(picture: &Picture, strength: f32, pace: Pace<'_>) -> Option<Denoised> {
    let mut planes = Planes::of(picture);
    let grid = deblock::grid_of(&planes);
    let factor = 2.0 * strength.clamp(0.0, 1.0);
    let area = planes.width * planes.height;
    let counter = Counter::new(pace, if grid.is_some() { area * 31 / 12 } else { area * 4 / 3 });
    let measured = grain(&Noise::of(&planes, 0.0));
    if factor == 0.0 {
        return Some(Denoised { picture: picture.clone(), grain: measured, grid });
    }
    if let Some(grid) = grid {
        planes = deblock::without(grid, &planes, factor.min(1.0), &counter)?;
    }
    let noise = Noise::of(&planes, 0.0);
    let seen = grain(&noise).luma.max(grain(&noise).chroma) >= UNSEEN;
    if seen {
        planes = cleaned(&planes, noise, factor, LEVELS, &counter)?;
    }
    let picture = if seen || grid.is_some() { planes.onto(picture) } else { picture.clone() };
    Some(Denoised { picture, grain: measured, grid })
}

fn cleaned(planes: &Planes, noise: Noise, factor: f32, levels: usize, counter: &Counter<'_>) -> Option<Planes> {
    let scaled = noise.clone().scaled([factor, factor * CHROMA, factor * CHROMA]);
    let mut clean = shrink::shrunk(planes, &scaled, counter)?;
    if levels > 1 && planes.width.min(planes.height) >= 2 * LEAST_SIDE {
        let half = planes.halved();
        let coarse = Noise::of(&half, 0.5 * noise.strength(0)).within_half_of(&noise);
        clean.take_low_band(&cleaned(&half, coarse, factor, levels - 1, counter)?);
    }
    Some(clean)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Hills of colour, sharp discs and fine stripes.
    pub(crate) fn scenery(width: u32, height: u32) -> Picture {
        let pixel = |i: u32| {
            let (x, y) = ((i % width) as f32, (i / width) as f32);
            let mut colour =
                [120.0 + 40.0 * (x / 37.0).sin(), 110.0 + 50.0 * ((x + y) / 43.0).sin(), 100.0 + 45.0 * ((x - y) / 33.0).cos()];
            if (x % 83.0 - 41.0).hypot(y % 71.0 - 35.0) < 18.0 {
                colour = [200.0, 60.0 + y / 3.0, 40.0];
            } else if (x as u32 / 50) % 3 == 1 {
                colour = colour.map(|v| v + 22.0 * (0.9 * x + 0.5 * y + 3.0 * (y / 17.0).sin() + 2.0 * (x / 11.0).sin()).sin());
            }
            let [r, g, b] = colour.map(|v| v.round().clamp(0.0, 255.0) as u8);
            [r, g, b, 255]
        };
        Picture::from_rgba8(width, height, (0..width * height).flat_map(pixel).collect())
    }

    /// Gaussian noise by the sum of twelve, the same at every run.
    pub(crate) fn noisy(picture: &Picture, sigma: f32) -> Picture {
        let mut state = 88_172_645_463_325_252u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / (1u64 << 24) as f32
        };
        let mut out = picture.clone();
        for pixel in out.rgba8_mut().chunks_exact_mut(4) {
            for v in &mut pixel[..3] {
                let gauss = (0..12).map(|_| next()).sum::<f32>() - 6.0;
                *v = (f32::from(*v) + sigma * gauss).round().clamp(0.0, 255.0) as u8;
            }
        }
        out
    }

    /// Root of the mean squared difference of what is visible.
    pub(crate) fn distance(a: &Picture, b: &Picture) -> f64 {
        let pairs = a.rgba8().chunks_exact(4).zip(b.rgba8().chunks_exact(4));
        let sum: f64 = pairs.map(|(a, b)| (0..3).map(|c| (f64::from(a[c]) - f64::from(b[c])).powi(2)).sum::<f64>()).sum();
        (sum / (3.0 * a.area() as f64)).sqrt()
    }

    #[test]
    fn noise_is_measured_and_removed() {
        let truth = scenery(400, 300);
        for sigma in [5.0f32, 10.0, 20.0, 30.0] {
            let noisy = noisy(&truth, sigma);
            let done = denoise(&noisy, 0.5, Pace::ALONE).unwrap();
            assert!((0.85..1.2).contains(&(done.grain.luma / sigma)), "{sigma} is measured as {:?}", done.grain);
            let (before, after) = (distance(&noisy, &truth), distance(&done.picture, &truth));
            assert!(after < 0.5 * before, "{sigma}: {before} to {after}");
        }
    }

    #[test]
    fn a_clean_picture_hardly_changes_and_one_of_one_colour_not_at_all() {
        let clean = scenery(400, 300);
        assert!(distance(&denoise(&clean, 0.5, Pace::ALONE).unwrap().picture, &clean) < 1.0);
        let flat = Picture::filled(200, 100, [90, 120, 30, 255]);
        assert_eq!(denoise(&flat, 1.0, Pace::ALONE).unwrap().picture, flat);
    }

    #[test]
    fn no_strength_changes_nothing_and_more_removes_more() {
        let noisy = noisy(&scenery(200, 160), 20.0);
        assert_eq!(denoise(&noisy, 0.0, Pace::ALONE).unwrap().picture, noisy);
        let moved = |strength| distance(&denoise(&noisy, strength, Pace::ALONE).unwrap().picture, &noisy);
        assert!(moved(0.2) < moved(0.5) && moved(0.5) < moved(1.0));
    }

    #[test]
    fn what_is_transparent_stays_and_does_not_leak() {
        let mut cut = noisy(&scenery(200, 160), 15.0);
        for (i, pixel) in cut.rgba8_mut().chunks_exact_mut(4).enumerate() {
            if i % 200 < 100 {
                pixel.copy_from_slice(&[255, 0, 255, 0]);
            }
        }
        let done = denoise(&cut, 0.5, Pace::ALONE).unwrap().picture;
        for (i, (before, after)) in cut.rgba8().chunks_exact(4).zip(done.rgba8().chunks_exact(4)).enumerate() {
            assert!(before[3] == after[3] && (before[3] > 0 || before == after), "pixel {i}");
        }
        let beside = |picture: &Picture| (0..160).map(|y| f64::from(picture.pixel(100, y)[1])).sum::<f64>() / 160.0;
        assert!((beside(&done) - beside(&cut)).abs() < 4.0, "the magenta under alpha 0 has no green");
    }

    #[test]
    fn any_size_is_worked_on_and_a_cancelled_run_ends() {
        for (width, height) in [(1, 1), (1, 500), (500, 1), (7, 9), (37, 41)] {
            let picture = noisy(&scenery(width, height), 20.0);
            let (once, twice) = (denoise(&picture, 1.0, Pace::ALONE).unwrap(), denoise(&picture, 1.0, Pace::ALONE).unwrap());
            assert_eq!(once.picture, twice.picture, "{width}x{height}");
        }
        let stopped = Pace { cancelled: &|| true, ..Pace::ALONE };
        assert!(denoise(&noisy(&scenery(64, 64), 20.0), 0.5, stopped).is_none());
    }
}
