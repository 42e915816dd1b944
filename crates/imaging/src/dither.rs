//! From fractions of a level to whole levels without bands: the fraction becomes the share of pixels that get the next level.

/// A threshold in (0, 1) for each pixel and channel: interleaved gradient noise (J. Jimenez, "Next Generation Post Processing in Call of Duty:
/// Advanced Warfare", SIGGRAPH 2014), in which every 3×3 neighbourhood holds low, middle and high values. The same for the same place.
pub(crate) fn threshold(x: usize, y: usize, channel: usize) -> f32 {
    // Channels are shifted against each other, so that their noise is colour more than brightness.
    let shift = 5.588_238 * channel as f64;
    let at = 0.067_110_56 * (x as f64 + shift) + 0.005_837_15 * (y as f64 + shift);
    let noise = (52.982_918_9 * at.fract()).fract() as f32;
    // Short of the ends, so that whole levels stay as they are whatever the rounding errors.
    0.01 + 0.98 * noise
}

/// `level` 0..=255 as one of the two whole levels around it.
pub(crate) fn quantise(level: f32, threshold: f32) -> u8 {
    (level + threshold).floor().clamp(0.0, 255.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_levels_stay_and_fractions_are_kept_on_the_average() {
        for level in [0.0, 1.0, 128.0, 254.999, 255.0f32] {
            assert!((0..100).all(|x| quantise(level, threshold(x, 7, 0)) == level.round() as u8), "{level}");
        }
        for fraction in [0.1, 0.25, 0.5, 0.8f32] {
            for (y, channel) in [(0, 0), (9, 1), (400, 2)] {
                let sum: f32 = (0..500).map(|x| f32::from(quantise(100.0 + fraction, threshold(x, y, channel)))).sum();
                assert!((sum / 500.0 - 100.0 - fraction).abs() < 0.03, "{fraction} in row {y}: {}", sum / 500.0);
            }
        }
    }
}
