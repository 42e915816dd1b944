//! The sliders: brightness, contrast, saturation, temperature, tint, exposure, highlights, shadows, hue.
//!
//! 1. [`tone`]: white balance and exposure in linear light, then brightness and contrast on the tone axis, each channel by itself.
//! 2. [`local`]: highlights and shadows by a smooth layer that keeps edges.
//! 3. [`colour`]: saturation and hue in Oklab; what sRGB cannot show loses chroma.
//!
//! All curves rise, nothing is cut off hard, and grey stays grey unless temperature or tint ask for a tone. Results are rounded once.

pub(crate) mod colour;
mod local;
pub(crate) mod tone;

#[cfg(test)]
mod tests;

use crate::mask::Mask;
use crate::pace::Pace;
use crate::picture::Picture;
use crate::rows::{Canvas, Level, Reader, Run};
use colour::Colour;
use local::Curve;
use tone::Tone;

/// Each −100..=100; 0 changes nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sliders {
    /// Midtones lighter or darker; black and white stay.
    pub brightness: f64,
    /// Around the middle; black and white stay.
    pub contrast: f64,
    /// −100 is grey, 100 twice the chroma.
    pub saturation: f64,
    /// Above 0 warmer.
    pub temperature: f64,
    /// Above 0 towards magenta, below towards green.
    pub tint: f64,
    /// 100 is 2.5 stops of light.
    pub exposure: f64,
    /// Below 0 recovers bright parts.
    pub highlights: f64,
    /// Above 0 lifts dark parts.
    pub shadows: f64,
    /// 100 is half a turn of the colour wheel.
    pub hue: f64,
}

impl Sliders {
    pub fn is_neutral(&self) -> bool {
        *self == Sliders::default()
    }

    /// The picture changed. With a mask, in the measure of its values; where it is 0 nothing changes, bit for bit. Alpha stays, and so does what
    /// is wholly transparent. `None` where the work was cancelled.
    ///
    /// # Panics
    /// When mask and picture differ in size.
    pub fn apply(&self, picture: &Picture, mask: Option<&Mask>, pace: Pace<'_>) -> Option<Picture> {
        let size = (picture.width(), picture.height());
        if let Some(mask) = mask {
            assert_eq!(size, (mask.width(), mask.height()), "mask and picture have one size");
        }
        if self.is_neutral() {
            return Some(picture.clone());
        }
        let width = size.0 as usize;
        Some(match picture.deep() {
            Some(deep) => {
                let out = self.on(&Canvas { pixels: deep.as_chunks::<4>().0, width, mask }, size, pace)?;
                Picture::from_rgba16(size.0, size.1, out.into_flattened())
            }
            None => {
                let out = self.on(&Canvas { pixels: picture.rgba8().as_chunks::<4>().0, width, mask }, size, pace)?;
                Picture::from_rgba8(size.0, size.1, out.into_flattened())
            }
        })
    }

    fn on<L: Level>(&self, canvas: &Canvas<'_, L>, size: (u32, u32), pace: Pace<'_>) -> Option<Vec<[L; 4]>> {
        let share = |v: f64| (v / 100.0).clamp(-1.0, 1.0);
        let tone = Tone::new([self.temperature, self.tint, self.exposure, self.brightness, self.contrast].map(share));
        let curve = Curve::new(share(self.highlights), share(self.shadows));
        let colour = Colour::new(share(self.saturation), share(self.hue));
        if curve.is_none() && colour.is_none() {
            let table = |c: usize| (0..=L::MOST).map(|v| L::of_share(tone.of(c, v as f32 / L::MOST as f32))).collect();
            return canvas.looked_up(&std::array::from_fn(table), pace);
        }
        let plain = tone.is_identity();
        let reader = Reader::through::<L>(|c, v| if plain { v } else { tone.of(c, v) }, curve.is_some());
        let layers = curve.as_ref().map(|_| {
            let seen = |i: usize| (canvas.pixels[i][3] != L::default()).then(|| reader.light(canvas.pixels[i]));
            local::layers(size, &seen)
        });
        if (pace.cancelled)() {
            return None;
        }
        canvas.changed(&reader, pace, |y| {
            let layer = layers.as_ref().map(|layers| layers.row(y));
            let (curve, colour) = (&curve, &colour);
            move |run: &mut Run, length, x| {
                if let (Some(curve), Some(layer)) = (curve, &layer) {
                    curve.of(run, length, layer, x);
                }
                if let Some(colour) = colour {
                    colour.of(run, length);
                }
            }
        })
    }
}
