//! What happens to each channel by itself: white balance and exposure in linear light, brightness and contrast on the tone axis (sRGB values).

use crate::colour::{from_linear, luminance, to_linear};

/// Stops of exposure at 100.
const STOPS: f64 = 2.5;
/// Mireds (millionths of 1/K) by which the white point moves at 100.
const MIREDS: f64 = 80.0;
/// Distance from the daylight locus in CIE 1960 (u, v) at 100.
const OFF_LOCUS: f64 = 0.02;
/// The kelvin of sRGB's white, D65.
const D65_K: f64 = 6504.0;
/// Slope of [`bias`] at black for brightness 100.
const BIAS: f32 = 4.0;

/// The curves of the three channels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tone {
    gains: [f32; 3],
    bias: f32,
    contrast: Contrast,
}

impl Tone {
    /// All values −1..=1.
    pub fn new([temperature, tint, exposure, brightness, contrast]: [f64; 5]) -> Tone {
        let light = 2f64.powf(STOPS * exposure) as f32;
        let gains = if temperature == 0.0 && tint == 0.0 { [1.0; 3] } else { white(temperature, tint) };
        Tone { gains: gains.map(|g| g * light), bias: BIAS.powf(brightness as f32), contrast: Contrast::new(contrast as f32) }
    }

    /// Whether the channel's value comes out as it went in.
    pub fn is_identity(&self) -> bool {
        self.gains == [1.0; 3] && self.bias == 1.0 && self.contrast == Contrast::None
    }

    /// sRGB 0..=1 to sRGB 0..=1; rises everywhere, black stays black.
    pub fn of(&self, channel: usize, value: f32) -> f32 {
        let gain = self.gains[channel];
        let lit = if gain == 1.0 { value } else { from_linear(lifted(to_linear(value), gain)) };
        self.contrast.of(bias(lit, self.bias)).clamp(0.0, 1.0)
    }
}

/// Linear light times `gain`; gains above 1 bend so that white stays white: `k·x / √(1 + (k² − 1)·x²)`, slope `k` at black, the same curve for
/// `1/k` backwards.
#[inline]
pub(super) fn lifted(x: f32, gain: f32) -> f32 {
    gain * x / (1.0 + (gain * gain - 1.0).max(0.0) * x * x).sqrt()
}

/// C. Schlick's bias curve ("Fast alternatives to Perlin's bias and gain functions", Graphics Gems IV, 1994): `k·v / (1 + (k − 1)·v)`; black and white
/// stay, slope `k` at black and `1/k` at white.
fn bias(v: f32, k: f32) -> f32 {
    k * v / (1.0 + (k - 1.0) * v)
}

/// An S around the middle, black and white stay.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Contrast {
    None,
    /// A piece of the logistic curve; `.0` its steepness.
    More(f32),
    /// `v − c·v·(1 − v)·(2v − 1)`, 0 < c ≤ 1.
    Less(f32),
}

impl Contrast {
    /// Slope `1 + c` in the middle for `c` above 0, `1 + c/2` below.
    fn new(c: f32) -> Contrast {
        if c == 0.0 {
            Contrast::None
        } else if c < 0.0 {
            Contrast::Less(-c)
        } else {
            Contrast::More(steepness(1.0 + c))
        }
    }

    fn of(self, v: f32) -> f32 {
        match self {
            Contrast::None => v,
            // (σ(a(v − ½)) − σ(−a/2)) / (σ(a/2) − σ(−a/2)), in tanh.
            Contrast::More(a) => 0.5 + (a * (v - 0.5) / 2.0).tanh() / (2.0 * (a / 4.0).tanh()),
            Contrast::Less(c) => v - c * v * (1.0 - v) * (2.0 * v - 1.0),
        }
    }
}

/// The logistic's `a` for a slope above 1 in the middle: the slope is `(a/4) / tanh(a/4)`.
fn steepness(slope: f32) -> f32 {
    let slope = f64::from(slope);
    let (mut low, mut high) = (1e-6f64, 4.0 * slope);
    for _ in 0..60 {
        let u = (low + high) / 2.0;
        if u / u.tanh() < slope { low = u } else { high = u }
    }
    (4.0 * low) as f32
}

/// Linear gains that turn sRGB's white into the white of another daylight, luminance 1. `temperature` above 0 is warmer, `tint` above 0 is towards magenta.
fn white(temperature: f64, tint: f64) -> [f32; 3] {
    let mireds = 1e6 / D65_K + MIREDS * temperature;
    let [u, v] = daylight_uv(mireds);
    let ([u0, v0], [u1, v1]) = (daylight_uv(mireds - 1.0), daylight_uv(mireds + 1.0));
    let (du, dv) = (u1 - u0, v1 - v0);
    let length = du.hypot(dv);
    // With more mireds the locus runs to larger u; the side of smaller v is magenta's.
    let off = OFF_LOCUS * tint / length;
    let own = linear_of_uv([u + off * dv, v - off * du]);
    // Divided by D65's as this formula has it, so that 0 is exactly 1.
    let [ud, vd] = daylight_uv(1e6 / D65_K);
    let d65 = linear_of_uv([ud, vd]);
    let gains: [f32; 3] = std::array::from_fn(|c| (own[c].max(0.02) / d65[c]) as f32);
    let y = luminance(gains);
    gains.map(|g| g / y)
}

/// CIE 1960 (u, v) of daylight (CIE 15:2004, 3.1), valid from 4000 K to 25000 K.
fn daylight_uv(mireds: f64) -> [f64; 2] {
    let t = 1e6 / mireds;
    let x = if t <= 7000.0 {
        -4.6070e9 / t.powi(3) + 2.9678e6 / t.powi(2) + 99.11 / t + 0.244_063
    } else {
        -2.0064e9 / t.powi(3) + 1.9018e6 / t.powi(2) + 247.48 / t + 0.237_040
    };
    let y = -3.0 * x * x + 2.870 * x - 0.275;
    let d = -2.0 * x + 12.0 * y + 3.0;
    [4.0 * x / d, 6.0 * y / d]
}

/// Linear sRGB of a chromaticity, Y = 1.
fn linear_of_uv([u, v]: [f64; 2]) -> [f64; 3] {
    let d = 2.0 * u - 8.0 * v + 4.0;
    let (x, y) = (3.0 * u / d, 2.0 * v / d);
    let (x, z) = (x / y, (1.0 - x - y) / y);
    [
        3.240_454_2 * x - 1.537_138_5 - 0.498_531_4 * z,
        -0.969_266 * x + 1.876_010_8 + 0.041_556 * z,
        0.055_643_4 * x - 0.204_025_9 + 1.057_225_2 * z,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> impl Iterator<Item = f64> {
        (-4..=4).map(|v| f64::from(v) / 4.0)
    }

    #[test]
    fn every_curve_rises_without_jumps_and_keeps_black() {
        for brightness in values() {
            for contrast in values() {
                for [temperature, tint, exposure] in [[0.0; 3], [1.0, 0.0, 0.5], [-1.0, 1.0, -1.0], [0.3, -1.0, 1.0]] {
                    let tone = Tone::new([temperature, tint, exposure, brightness, contrast]);
                    for c in 0..3 {
                        let curve: Vec<f32> = (0..=1000).map(|i| tone.of(c, i as f32 / 1000.0)).collect();
                        assert!(curve[0].abs() < 1e-6, "black stays");
                        assert!(curve.windows(2).all(|w| w[1] > w[0] - 1e-6), "{tone:?} falls");
                    }
                }
            }
            let own = Tone::new([0.0, 0.0, 0.0, brightness, -brightness]);
            assert!((own.of(1, 1.0) - 1.0).abs() < 1e-6, "brightness and contrast keep white");
        }
    }

    #[test]
    fn contrast_has_the_slope_that_it_says_in_the_middle() {
        for (c, slope) in [(1.0, 2.0), (0.2, 1.2), (-1.0, 0.5), (-0.4, 0.8)] {
            let tone = Tone::new([0.0, 0.0, 0.0, 0.0, c]);
            let measured = (tone.of(0, 0.501) - tone.of(0, 0.499)) / 0.002;
            assert!((measured - slope).abs() < 0.01, "{c}: {measured}");
            assert!((tone.of(0, 0.5) - 0.5).abs() < 1e-6);
        }
    }

    #[test]
    fn exposure_is_a_factor_of_light_where_it_is_dark() {
        let tone = Tone::new([0.0, 0.0, 0.4, 0.0, 0.0]);
        let light = to_linear(tone.of(0, from_linear(0.02)));
        assert!((light / 0.02 - 2.0).abs() < 0.01, "0.4 is one stop: {light}");
        let down = Tone::new([0.0, 0.0, -0.4, 0.0, 0.0]);
        assert!((to_linear(down.of(0, 1.0)) - 0.5).abs() < 1e-4);
    }

    #[test]
    fn a_warm_white_is_yellowish_a_tinted_one_is_magenta_and_both_keep_their_luminance() {
        for (temperature, tint) in [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0), (0.5, 0.5)] {
            assert!((luminance(white(temperature, tint)) - 1.0).abs() < 1e-5);
        }
        let [r, g, b] = white(1.0, 0.0);
        assert!(r > 1.1 && b < 0.75 && (g - 1.0).abs() < 0.1, "{r} {g} {b}");
        let [r, g, b] = white(0.0, 1.0);
        assert!(r > 1.0 && g < 0.97 && b > 1.0, "{r} {g} {b}");
        assert!(white(1e-9, 0.0).iter().all(|g| (g - 1.0).abs() < 1e-5), "nothing jumps at 0");
    }
}
