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

/// [`threshold`] along a row from its first pixel on, in 256ths: 3..=252. In fixed point, the same noise but for its last digits.
#[inline(always)]
pub(crate) fn thresholds(y: usize, channel: usize, to: &mut [u16]) {
    // Turns, as 32 bits after the point, which wrap as they should.
    const ACROSS: u32 = 288_237_660;
    const DOWN: u32 = 25_070_368;
    const SHIFT: u32 = 1_750_839_832;
    let start = DOWN.wrapping_mul(y as u32).wrapping_add(SHIFT.wrapping_mul(channel as u32));
    for (x, to) in to.iter_mut().enumerate() {
        let at = ACROSS.wrapping_mul(x as u32).wrapping_add(start);
        // Times 52.9829189: 53 less 0.0170811, which is 1119/65536.
        let noise = (at.wrapping_mul(53).wrapping_sub((at >> 16) * 1119)) >> 16;
        *to = (3 + ((noise * 250) >> 16)) as u16;
    }
}

/// `level` 0..=255 as one of the two whole levels around it.
pub(crate) fn quantise(level: f32, threshold: f32) -> u8 {
    (level + threshold).floor().clamp(0.0, 255.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_of_a_row_are_those_of_its_pixels() {
        for (y, channel) in [(0, 0), (7, 1), (2999, 2)] {
            let mut row = vec![0; 4000];
            thresholds(y, channel, &mut row);
            assert!(row.iter().all(|t| (3..=252).contains(t)));
            // Where the noise is about to wrap, either end may come first.
            let off = |x: &usize| (f32::from(row[*x]) / 256.0 - threshold(*x, y, channel)).abs();
            let differ = (0..4000).filter(|x| off(x) > 0.02).count();
            assert!(differ < 40, "{y}, {channel}: {differ}");
        }
    }

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
