//! How noisy a picture is.

use crate::finish::{NOISE_BLOCK, block_noise};
use crate::picture::Picture;

/// The most squares that are looked at.
const BLOCKS: usize = 2000;
/// This share of the squares is quieter than the one that is believed.
const QUIET: f64 = 0.1;

/// Standard deviation of the noise in luma, in levels 0..=255: that of one of the quietest squares of 16 × 16 pixels (J. Immerkær, "Fast Noise Variance
/// Estimation", 1996), so that texture is not taken for noise. Looks at a bounded number of squares and makes no copy of the picture.
pub fn noise_sigma(picture: &Picture) -> f32 {
    let (w, h) = (picture.width() as usize, picture.height() as usize);
    let (columns, rows) = (w.saturating_sub(2) / NOISE_BLOCK, h.saturating_sub(2) / NOISE_BLOCK);
    let step = (columns * rows).div_ceil(BLOCKS).max(1);
    let mut noise: Vec<f32> = (0..columns * rows)
        .step_by(step)
        .filter_map(|k| noise_of(picture, k % columns * NOISE_BLOCK + 1, k / columns * NOISE_BLOCK + 1))
        .collect();
    if noise.is_empty() {
        return 0.0;
    }
    let quiet = (noise.len() as f64 * QUIET) as usize;
    *noise.select_nth_unstable_by(quiet, f32::total_cmp).1
}

/// Of a square; `None` where it is not opaque, or wholly at an end of the range, where noise is cut off.
fn noise_of(picture: &Picture, left: usize, top: usize) -> Option<f32> {
    let width = picture.width() as usize;
    let (pixels, _) = picture.rgba8().as_chunks::<4>();
    let luma = |i: usize| {
        let [r, g, b, _] = pixels[i].map(f32::from);
        0.299 * r + 0.587 * g + 0.114 * b
    };
    let mut light = 0.0;
    for i in (top..top + NOISE_BLOCK).flat_map(|y| y * width + left..y * width + left + NOISE_BLOCK) {
        if pixels[i][3] < 255 {
            return None;
        }
        light += luma(i);
    }
    (4.0..251.0).contains(&(light / (NOISE_BLOCK * NOISE_BLOCK) as f32)).then(|| block_noise(luma, width, left, top))
}
