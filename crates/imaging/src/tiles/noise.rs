//! How noisy a picture is.

use crate::picture::Picture;

/// Side of the squares that are compared.
const BLOCK_PX: usize = 16;
/// The most squares that are looked at.
const BLOCKS: usize = 2000;
/// This share of the squares is quieter than the one that is believed.
const QUIET: f64 = 0.1;
/// Mean of |N(0, 1)|.
const MEAN_OF_NORMAL: f32 = 0.797_885;
/// The mask [1 −2 1; −2 4 −2; 1 −2 1] multiplies the deviation of independent noise by 6.
const GAIN: f32 = 6.0;

/// Standard deviation of the noise in luma, in levels 0..=255: the mean response to Immerkær's mask (J. Immerkær, "Fast Noise Variance Estimation", 1996),
/// which ignores flat light and edges along the axes, in one of the quietest squares of 16 × 16 pixels, so that texture is not taken for noise.
pub fn noise_sigma(picture: &Picture) -> f32 {
    let (w, h) = (picture.width() as usize, picture.height() as usize);
    let (columns, rows) = (w.saturating_sub(2) / BLOCK_PX, h.saturating_sub(2) / BLOCK_PX);
    let step = (columns * rows).div_ceil(BLOCKS).max(1);
    let mut responses: Vec<f32> = (0..columns * rows)
        .step_by(step)
        .filter_map(|k| response(picture, k % columns * BLOCK_PX + 1, k / columns * BLOCK_PX + 1))
        .collect();
    if responses.is_empty() {
        return 0.0;
    }
    let quiet = (responses.len() as f64 * QUIET) as usize;
    let (_, response, _) = responses.select_nth_unstable_by(quiet, f32::total_cmp);
    *response / MEAN_OF_NORMAL / GAIN
}

/// The mean response in a square; `None` where it is not opaque, or wholly at an end of the range, where noise is cut off.
fn response(picture: &Picture, left: usize, top: usize) -> Option<f32> {
    let w = picture.width() as usize;
    let (pixels, _) = picture.rgba8().as_chunks::<4>();
    let luma = |i: usize| {
        let [r, g, b, _] = pixels[i].map(f32::from);
        0.299 * r + 0.587 * g + 0.114 * b
    };
    let (mut sum, mut light) = (0.0, 0.0);
    for k in 0..BLOCK_PX * BLOCK_PX {
        let i = (top + k / BLOCK_PX) * w + left + k % BLOCK_PX;
        if pixels[i][3] < 255 {
            return None;
        }
        let cross = luma(i - 1) + luma(i + 1) + luma(i - w) + luma(i + w);
        let corners = luma(i - w - 1) + luma(i - w + 1) + luma(i + w - 1) + luma(i + w + 1);
        sum += (4.0 * luma(i) - 2.0 * cross + corners).abs();
        light += luma(i);
    }
    let count = (BLOCK_PX * BLOCK_PX) as f32;
    (4.0..251.0).contains(&(light / count)).then_some(sum / count)
}
