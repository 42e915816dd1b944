//! How noisy a picture is.

use crate::picture::Picture;

/// The most pixels that are looked at.
const SAMPLES: usize = 200_000;
/// Median of |N(0, 1)|.
const MEDIAN_OF_NORMAL: f32 = 0.6745;
/// The mask [1 −2 1; −2 4 −2; 1 −2 1] multiplies the deviation of independent noise by 6.
const GAIN: f32 = 6.0;

/// Standard deviation of the noise in luma, in levels 0..=255: the median of the responses to Immerkær's mask (J. Immerkær, "Fast Noise Variance
/// Estimation", 1996), which ignores flat light, edges along the axes and, being a median, up to half of the picture's texture.
pub fn noise_sigma(picture: &Picture) -> f32 {
    let (w, h) = (picture.width() as usize, picture.height() as usize);
    if w < 3 || h < 3 {
        return 0.0;
    }
    let (pixels, _) = picture.rgba8().as_chunks::<4>();
    let luma = |i: usize| {
        let [r, g, b, _] = pixels[i].map(f32::from);
        0.299 * r + 0.587 * g + 0.114 * b
    };
    let inner = (w - 2) * (h - 2);
    let step = inner.div_ceil(SAMPLES).max(1);
    let mut responses: Vec<f32> = (0..inner)
        .step_by(step)
        .map(|k| (k / (w - 2) + 1) * w + k % (w - 2) + 1)
        .filter(|&i| pixels[i][3] == 255)
        .map(|i| {
            let cross = luma(i - 1) + luma(i + 1) + luma(i - w) + luma(i + w);
            let corners = luma(i - w - 1) + luma(i - w + 1) + luma(i + w - 1) + luma(i + w + 1);
            (4.0 * luma(i) - 2.0 * cross + corners).abs()
        })
        .collect();
    if responses.is_empty() {
        return 0.0;
    }
    let middle = responses.len() / 2;
    let (_, median, _) = responses.select_nth_unstable_by(middle, f32::total_cmp);
    *median / MEDIAN_OF_NORMAL / GAIN
}
