//! Looks: what a filter does to each pixel.
//!
//! * Grayscale: luminance (CIE 1931) in linear light.
//! * Sepia, vintage: in Oklab, where lightness is kept or bent and a tone is laid over it.
//! * Warm, cool: the white point of [`crate::adjust`], with a little contrast and colour.

use crate::adjust::Sliders;
use crate::adjust::colour::{from_oklab, shown, to_oklab};
use crate::colour::luminance;
use crate::rows::{RUN, Run};

/// What is laid over a picture pixel by pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Black and white.
    Grayscale,
    /// Brown, as toned silver prints are.
    Sepia,
    /// Faded: soft blacks, less colour, cool shadows and warm lights, darker corners.
    Vintage,
}

/// The sliders of `warm`.
pub const WARM: Sliders = Sliders { temperature: 36.0, tint: 4.0, contrast: 6.0, saturation: 8.0, ..NONE };
/// The sliders of `cool`.
pub const COOL: Sliders = Sliders { temperature: -50.0, contrast: 6.0, saturation: -4.0, ..NONE };

const NONE: Sliders = Sliders {
    brightness: 0.0,
    contrast: 0.0,
    saturation: 0.0,
    temperature: 0.0,
    tint: 0.0,
    exposure: 0.0,
    highlights: 0.0,
    shadows: 0.0,
    hue: 0.0,
};

/// Oklab chroma of sepia where it is strongest, and its hue (a, b).
const SEPIA: (f32, [f32; 2]) = (0.066, [0.4, 0.9165]);
/// Oklab lightness of vintage's black and white.
const FADED: (f32, f32) = (0.20, 0.97);
/// How much of the chroma vintage leaves.
const FADED_CHROMA: f32 = 0.74;
/// Oklab (a, b) that vintage adds to black and to white.
const SHADE: [f32; 2] = [-0.014, -0.016];
const LIGHT: [f32; 2] = [0.006, 0.036];
/// The light that vintage takes from the corners.
const CORNERS: f32 = 0.32;

impl Look {
    /// Lays the look over a run of a picture with sides `size`, by `amount` 0..=1.
    pub(super) fn of(self, run: &mut Run, length: usize, place: (usize, usize), size: (u32, u32), amount: f32) {
        let corner = |i: usize| match self {
            Look::Vintage => darker(place.0 + i, place.1, size),
            _ => 1.0,
        };
        let vignette: [f32; RUN] = std::array::from_fn(|i| if i < length { corner(i) } else { 1.0 });
        let Run { r, g, b, .. } = run;
        for i in 0..length {
            let before = [r[i], g[i], b[i]];
            let after = self.pixel(before).map(|v| v * vignette[i]);
            [r[i], g[i], b[i]] = std::array::from_fn(|c| before[c] + amount * (after[c] - before[c]));
        }
    }

    #[inline(always)]
    fn pixel(self, colour: [f32; 3]) -> [f32; 3] {
        match self {
            Look::Grayscale => [luminance(colour); 3],
            Look::Sepia => {
                let light = luminance(colour).max(0.0).cbrt();
                // Nothing at black and white, cream where it is light.
                let chroma = SEPIA.0 * (4.0 * light * (1.0 - light)).max(0.0).sqrt();
                shown(from_oklab([light, chroma * SEPIA.1[0], chroma * SEPIA.1[1]]))
            }
            Look::Vintage => {
                let [light, a, b] = to_oklab(colour);
                let bent = light + 0.22 * light * (1.0 - light) * (2.0 * light - 1.0);
                let faded = FADED.0 + (FADED.1 - FADED.0) * bent;
                let (dark, lit) = ((1.0 - light) * (1.0 - light), light * light);
                let tone = |c: usize| SHADE[c] * dark + LIGHT[c] * lit;
                shown(from_oklab([faded, FADED_CHROMA * a + tone(0), FADED_CHROMA * b + tone(1)]))
            }
        }
    }
}

/// 1 in the middle, `1 − CORNERS` in the corners.
fn darker(x: usize, y: usize, size: (u32, u32)) -> f32 {
    let off = |v: usize, side: u32| (2.0 * (v as f32 + 0.5) / side as f32 - 1.0).powi(2);
    let far = (off(x, size.0) + off(y, size.1)) / 2.0;
    1.0 - CORNERS * far * far
}
