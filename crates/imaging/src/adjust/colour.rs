//! Saturation and hue in Oklab (B. Ottosson, "A perceptual color space for image processing", 2020), on runs of linear light.

use crate::rows::Run;

/// About the largest chroma of sRGB in Oklab; more saturation does not move what is there already.
const MOST_CHROMA: f32 = 0.33;

/// Chroma scaled, hue turned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Colour {
    factor: f32,
    cos: f32,
    sin: f32,
}

impl Colour {
    /// `saturation` −1..=1: chroma times `1 + saturation`, for more than 1 less where chroma is large. `hue` −1..=1: half a turn. `None` where
    /// nothing changes.
    pub fn new(saturation: f64, hue: f64) -> Option<Colour> {
        let (sin, cos) = (hue * std::f64::consts::PI).sin_cos();
        (saturation != 0.0 || hue != 0.0).then_some(Colour { factor: 1.0 + saturation as f32, cos: cos as f32, sin: sin as f32 })
    }

    pub fn of(&self, run: &mut Run, length: usize) {
        let Run { r, g, b, .. } = run;
        for ((r, g), b) in r[..length].iter_mut().zip(&mut g[..length]).zip(&mut b[..length]) {
            [*r, *g, *b] = self.pixel([*r, *g, *b]);
        }
    }

    /// Linear light to linear light within 0..=1; what sRGB cannot show loses chroma, not luminance.
    #[inline(always)]
    pub fn pixel(&self, [r, g, b]: [f32; 3]) -> [f32; 3] {
        let [light, a, b] = to_oklab([r, g, b]);
        let reach = (a * a + b * b) / (MOST_CHROMA * MOST_CHROMA);
        let factor = self.factor / (1.0 + (self.factor * self.factor - 1.0).max(0.0) * reach).sqrt();
        let (a, b) = (factor * (self.cos * a - self.sin * b), factor * (self.sin * a + self.cos * b));
        shown(from_oklab([light, a, b]))
    }
}

/// Oklab of linear light, fast.
#[inline(always)]
pub(crate) fn to_oklab([r, g, b]: [f32; 3]) -> [f32; 3] {
    let l = cube_root(0.412_221_46 * r + 0.536_332_55 * g + 0.051_445_995 * b);
    let m = cube_root(0.211_903_5 * r + 0.680_699_5 * g + 0.107_396_96 * b);
    let s = cube_root(0.088_302_46 * r + 0.281_718_85 * g + 0.629_978_7 * b);
    [
        0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_047 * s,
        1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s,
        0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s,
    ]
}

/// Linear light of an Oklab colour; may lie outside 0..=1.
#[inline(always)]
pub(crate) fn from_oklab([light, a, b]: [f32; 3]) -> [f32; 3] {
    let cube = |v: f32| v * v * v;
    let l = cube(light + 0.396_337_78 * a + 0.215_803_76 * b);
    let m = cube(light - 0.105_561_346 * a - 0.063_854_17 * b);
    let s = cube(light - 0.089_484_18 * a - 1.291_485_5 * b);
    [
        4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_94 * s,
        -1.268_438 * l + 2.609_757_4 * m - 0.341_319_38 * s,
        -0.004_196_086_3 * l - 0.703_418_6 * m + 1.707_614_7 * s,
    ]
}

/// [`crate::colour::in_gamut`] without branches.
#[inline(always)]
pub(crate) fn shown([r, g, b]: [f32; 3]) -> [f32; 3] {
    let y = (0.212_672_9 * r + 0.715_152_2 * g + 0.072_175 * b).clamp(0.0, 1.0);
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    // Divisors are kept off 0 where there is nothing to do.
    let above = if most > 1.0 { (1.0 - y) / (most - y).max(1e-9) } else { 1.0 };
    let below = if least < 0.0 { y / (y - least).max(1e-9) } else { 1.0 };
    let keep = above.min(below);
    [r, g, b].map(|v| (y + keep * (v - y)).clamp(0.0, 1.0))
}

/// The cube root of a value that is not negative: a guess from the exponent, then two of Halley's steps; right to the last bits of `f32`.
#[inline(always)]
fn cube_root(x: f32) -> f32 {
    let mut y = f32::from_bits(x.max(0.0).to_bits() / 3 + 0x2a51_4067);
    for _ in 0..2 {
        let cube = y * y * y;
        y *= (cube + 2.0 * x) / (2.0 * cube + x);
    }
    y
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::colour::{luminance, oklab};

    #[test]
    fn the_cube_root_is_right() {
        for i in 0..=100_000 {
            let x = (i as f32 / 100_000.0).powi(3);
            assert!((cube_root(x) - x.cbrt()).abs() < 1e-6, "{x}");
        }
    }

    #[test]
    fn grey_stays_grey_and_no_saturation_is_grey_of_the_same_lightness() {
        let most = Colour::new(1.0, 0.3).unwrap();
        for v in 0..=255 {
            let v = v as f32 / 255.0;
            assert!(most.pixel([v; 3]).iter().all(|w| (w - v).abs() < 1e-5), "{v}");
        }
        let none = Colour::new(-1.0, 0.0).unwrap();
        for colour in [[0.9, 0.1, 0.2], [0.0, 0.0, 1.0], [1.0, 1.0, 0.0]] {
            let [r, g, b] = none.pixel(colour);
            assert!((r - g).abs() < 1e-6 && (g - b).abs() < 1e-6);
            let before = oklab(colour.map(f64::from))[0];
            assert!((oklab([r, g, b].map(f64::from))[0] - before).abs() < 1e-4);
        }
    }

    #[test]
    fn more_saturation_keeps_lightness_and_hue_and_stays_within_srgb() {
        let more = Colour::new(0.5, 0.0).unwrap();
        for colour in [[0.3, 0.2, 0.15], [0.1, 0.3, 0.5], [1.0, 0.0, 0.0], [0.02, 0.9, 0.1]] {
            let after = more.pixel(colour);
            assert!(after.iter().all(|v| (0.0..=1.0).contains(v)));
            let ([_, a, b], [_, c, d]) = (oklab(colour.map(f64::from)), oklab(after.map(f64::from)));
            let turned = (b.atan2(a) - d.atan2(c)).to_degrees().abs();
            assert!(turned < 6.0 && c.hypot(d) > 0.98 * a.hypot(b), "{colour:?}: {turned}°");
        }
        let whole = Colour::new(0.0, 1.0).unwrap().pixel([0.3, 0.2, 0.15]);
        assert!(whole[2] > whole[0], "half a turn makes brown bluish: {whole:?}");
        assert!((luminance(whole) - luminance([0.3, 0.2, 0.15])).abs() < 0.05);
    }
}
