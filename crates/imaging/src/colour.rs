//! sRGB and linear light (IEC 61966-2-1), hex colours, and how far apart two colours look.

use std::sync::OnceLock;

/// An sRGB colour without alpha.
pub type Srgb8 = [u8; 3];

/// From an sRGB value 0..=1 to linear light 0..=1.
pub fn to_linear(v: f32) -> f32 {
    if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
}

/// From linear light 0..=1 to an sRGB value 0..=1.
pub fn from_linear(v: f32) -> f32 {
    if v <= 0.003_130_8 { v * 12.92 } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 }
}

/// The conversions as tables. Every 8-bit value comes back exactly from either form of linear light.
pub struct Tables {
    /// sRGB → linear 0..=1.
    pub linear: [f32; 256],
    /// sRGB → linear 0..=65535.
    pub linear16: [u16; 256],
    /// Linear 0..=65535 → sRGB; 65536 entries.
    srgb: Vec<u8>,
    /// The same before rounding, 0..=255.
    level: Vec<f32>,
}

impl Tables {
    pub fn get() -> &'static Tables {
        static TABLES: OnceLock<Tables> = OnceLock::new();
        TABLES.get_or_init(|| Tables {
            linear: std::array::from_fn(|v| to_linear(v as f32 / 255.0)),
            linear16: std::array::from_fn(|v| (to_linear(v as f32 / 255.0) * 65535.0).round() as u16),
            srgb: (0..=65535u32).map(|v| (from_linear(v as f32 / 65535.0) * 255.0).round() as u8).collect(),
            level: (0..=65535u32).map(|v| from_linear(v as f32 / 65535.0) * 255.0).collect(),
        })
    }

    /// Linear 0..=65535 → sRGB.
    #[inline]
    pub fn srgb8(&self, linear16: u16) -> u8 {
        self.srgb[usize::from(linear16)]
    }

    /// Linear 0..=1 (clamped) → sRGB.
    #[inline]
    pub fn srgb8_f(&self, linear: f32) -> u8 {
        self.srgb[(linear.clamp(0.0, 1.0) * 65535.0 + 0.5) as usize]
    }

    /// Linear 0..=1 (clamped) → sRGB 0..=255 with its fraction, right to a hundredth.
    #[inline]
    pub fn level(&self, linear: f32) -> f32 {
        let at = linear.clamp(0.0, 1.0) * 65535.0;
        let low = (at as usize).min(65534);
        self.level[low] + (self.level[low + 1] - self.level[low]) * (at - low as f32)
    }
}

/// `#rgb`, `#rrggbb`, `#rrggbbaa`, with or without `#`. Alpha is 255 where it is not given.
pub fn parse_hex(text: &str) -> Option<[u8; 4]> {
    let digits = text.trim().trim_start_matches('#');
    let nibbles: Vec<u8> = digits.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect::<Option<_>>()?;
    match nibbles[..] {
        [r, g, b] => Some([r * 17, g * 17, b * 17, 255]),
        [a, b, c, d, e, f] => Some([a * 16 + b, c * 16 + d, e * 16 + f, 255]),
        [a, b, c, d, e, f, g, h] => Some([a * 16 + b, c * 16 + d, e * 16 + f, g * 16 + h]),
        _ => None,
    }
}

/// `#rrggbb`.
pub fn to_hex([r, g, b]: Srgb8) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// Luminance Y (CIE 1931, white = 1) of linear sRGB.
pub fn luminance([r, g, b]: [f32; 3]) -> f32 {
    0.212_672_9 * r + 0.715_152_2 * g + 0.072_175 * b
}

/// CIE L*a*b* (D65) of an sRGB colour.
pub fn lab(srgb: Srgb8) -> [f32; 3] {
    let linear = &Tables::get().linear;
    lab_of_linear(srgb.map(|v| linear[usize::from(v)]))
}

/// CIE L*a*b* (D65) of linear sRGB.
pub fn lab_of_linear([r, g, b]: [f32; 3]) -> [f32; 3] {
    let x = (0.412_456_4 * r + 0.357_576_1 * g + 0.180_437_5 * b) / 0.950_47;
    let y = luminance([r, g, b]);
    let z = (0.019_333_9 * r + 0.119_192 * g + 0.950_304_1 * b) / 1.088_83;
    let f = |t: f32| if t > 216.0 / 24389.0 { t.cbrt() } else { (24389.0 / 27.0 * t + 16.0) / 116.0 };
    [116.0 * f(y) - 16.0, 500.0 * (f(x) - f(y)), 200.0 * (f(y) - f(z))]
}

/// Oklab of linear light (B. Ottosson, "A perceptual color space for image processing", 2020).
pub fn oklab([r, g, b]: [f64; 3]) -> [f64; 3] {
    let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
    let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
    let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
    [
        0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s,
        1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s,
        0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s,
    ]
}

/// Linear light of an Oklab colour; may lie outside 0..=1.
pub fn from_oklab([lightness, a, b]: [f64; 3]) -> [f64; 3] {
    let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
    [
        4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
        -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
        -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s,
    ]
}

/// Linear sRGB of a CIE L*a*b* (D65) colour; outside 0..=1 where sRGB cannot show it.
pub fn lab_to_linear([l, a, b]: [f32; 3]) -> [f32; 3] {
    let fy = (l + 16.0) / 116.0;
    let back = |f: f32| if f > 6.0 / 29.0 { f.powi(3) } else { (116.0 * f - 16.0) * 27.0 / 24389.0 };
    let (x, y, z) = (back(fy + a / 500.0) * 0.950_47, back(fy), back(fy - b / 200.0) * 1.088_83);
    [
        3.240_454_2 * x - 1.537_138_5 * y - 0.498_531_4 * z,
        -0.969_266 * x + 1.876_010_8 * y + 0.041_556 * z,
        0.055_643_4 * x - 0.204_025_9 * y + 1.057_225_2 * z,
    ]
}

/// Linear light that sRGB can show: what it cannot loses chroma, not luminance.
pub fn in_gamut(linear: [f32; 3]) -> [f32; 3] {
    let y = luminance(linear);
    if y <= 0.0 || y >= 1.0 {
        return [y.clamp(0.0, 1.0); 3];
    }
    let room = |v: f32| match v {
        v if v > 1.0 => (1.0 - y) / (v - y),
        v if v < 0.0 => y / (y - v),
        _ => 1.0,
    };
    let keep = linear.into_iter().map(room).fold(1.0, f32::min);
    linear.map(|v| y + keep * (v - y))
}

/// CIE 1976 colour difference; 2.3 is about the least that is seen.
pub fn delta_e76(a: Srgb8, b: Srgb8) -> f32 {
    let (a, b) = (lab(a), lab(b));
    a.iter().zip(&b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_survives_the_way_to_linear_light_and_back() {
        let tables = Tables::get();
        for v in 0..=255u8 {
            assert_eq!(tables.srgb8(tables.linear16[usize::from(v)]), v);
            assert_eq!(tables.srgb8_f(tables.linear[usize::from(v)]), v);
            assert!((tables.level(tables.linear[usize::from(v)]) - f32::from(v)).abs() < 0.01);
        }
        assert!((to_linear(0.5) - 0.214_041).abs() < 1e-5, "the standard's own figure");
    }

    #[test]
    fn hex_colours_are_read_in_all_their_lengths() {
        assert_eq!(parse_hex("#fff"), Some([255; 4]));
        assert_eq!(parse_hex("1a2B3c"), Some([0x1a, 0x2b, 0x3c, 255]));
        assert_eq!(parse_hex("#1a2b3c80"), Some([0x1a, 0x2b, 0x3c, 0x80]));
        assert_eq!((parse_hex("#ggg"), parse_hex("#12345"), parse_hex("")), (None, None, None));
        assert_eq!(to_hex([1, 171, 255]), "#01abff");
    }

    #[test]
    fn oklab_comes_back() {
        assert!((oklab([1.0; 3])[0] - 1.0).abs() < 1e-6);
        for colour in [[0.0, 0.0, 1.0], [0.2, 0.9, 0.4], [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]] {
            let back = from_oklab(oklab(colour));
            assert!((0..3).all(|c| (back[c] - colour[c]).abs() < 1e-5), "{colour:?}: {back:?}");
        }
    }

    #[test]
    fn lab_leads_back_to_the_same_colour() {
        for srgb in [[0; 3], [255; 3], [255, 0, 0], [3, 200, 90], [17, 4, 2], [0, 0, 255]] {
            let back = lab_to_linear(lab(srgb)).map(|v| Tables::get().srgb8_f(v));
            assert_eq!(back, srgb);
        }
    }

    #[test]
    fn a_colour_outside_srgb_keeps_its_luminance() {
        for strange in [[1.4, 0.1, -0.2], [-0.3, 0.5, 0.2], [0.2, 0.9, 1.3]] {
            let shown = in_gamut(strange);
            assert!((luminance(shown) - luminance(strange)).abs() < 1e-5 && shown.iter().all(|v| (-1e-6..=1.000_001).contains(v)));
        }
        assert_eq!(in_gamut([0.25, 0.5, 0.75]), [0.25, 0.5, 0.75]);
        assert_eq!((in_gamut([3.0; 3]), in_gamut([-1.0; 3])), ([1.0; 3], [0.0; 3]));
    }

    #[test]
    fn black_and_white_are_a_hundred_apart() {
        assert!((delta_e76([0; 3], [255; 3]) - 100.0).abs() < 0.01);
        assert!(delta_e76([120, 30, 200], [120, 30, 200]) < 1e-6);
    }
}
