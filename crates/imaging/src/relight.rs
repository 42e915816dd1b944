//! A thing from one photograph made to look as if it stood in another: the light on it.
//!
//! Everything is estimated from what is there and held back, since a wrong guess is worse than none:
//!
//! * white balance: the light's colour in both pictures by shades of grey (G. Finlayson, E. Trezzi, 2004; Minkowski norm 6), whose ratio is a gain per
//!   channel of linear light (von Kries);
//! * exposure: the ratio of how bright the bright parts are;
//! * contrast: the ratio of the spreads of lightness (5th to 95th percentile of L*);
//! * colour at all: in a black and white or toned photograph the thing becomes so too, with the photograph's own tone.
//!
//! [`super::finish`] does the rest: edges and grain.

use rayon::prelude::*;

use super::colour::{Tables, lab, lab_to_linear, luminance};
use super::picture::Picture;
use crate::pace::checkpoint;

/// Estimates go into the result with this exponent: half of what they say, in logarithms.
const WHITE_TRUST: f32 = 0.55;
const EXPOSURE_TRUST: f32 = 0.5;
const CONTRAST_TRUST: f32 = 0.35;
/// What is applied at most.
const WHITE_RANGE: (f32, f32) = (0.80, 1.25);
const EXPOSURE_RANGE: (f32, f32) = (0.5, 1.5);
const CONTRAST_RANGE: (f32, f32) = (0.85, 1.15);
/// Photographs whose colours spread less than the first are without colour, more than the second coloured.
const COLOURLESS: (f32, f32) = (3.0, 5.0);
/// Pixels that are looked at, at most.
const SAMPLES: usize = 200_000;
/// How the light in a part of a picture is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lighting {
    /// The light's colour in linear light, with a mean of 1.
    pub white: [f32; 3],
    /// Linear luminance of the bright parts.
    pub bright: f32,
    /// L* between the 5th and the 95th percentile.
    pub spread: f32,
    /// How far colours lie from their mean, in a*b*: under 3 in a photograph without colours, toned or not.
    pub colour: f32,
    /// Mean a*b* per L*+16, the tone of a photograph without colours.
    pub tone: [f32; 2],
}

/// What is done to a thing's pixels.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Relight {
    /// Per channel of linear light.
    pub gain: [f32; 3],
    /// Of luminance.
    pub exposure: f32,
    /// Exponent of luminance around the thing's own middle.
    pub contrast: f32,
    /// How much of its colour is left, 0..=1; the rest is replaced by the scene's tone.
    pub colour: f32,
    /// That tone, a*b* per L*+16.
    pub tone: [f32; 2],
}

impl Lighting {
    /// Of the opaque pixels for which `counts` says yes; `None` with too few of them.
    pub fn of(picture: &Picture, counts: impl Fn(u32, u32) -> bool) -> Option<Lighting> {
        let tables = Tables::get();
        let step = ((picture.area() as usize / SAMPLES) as f64).sqrt().max(1.0) as usize;
        let mut sums = [0.0f64; 3];
        let mut luminances = vec![];
        let mut tones: Vec<[f32; 2]> = vec![];
        for y in (step / 2..picture.height() as usize).step_by(step) {
            for x in (step / 2..picture.width() as usize).step_by(step) {
                let [r, g, b, alpha] = picture.pixel(x as u32, y as u32);
                if alpha < 250 || !counts(x as u32, y as u32) {
                    continue;
                }
                let linear = [r, g, b].map(|v| tables.linear[usize::from(v)]);
                luminances.push(luminance(linear));
                let [l, red, yellow] = lab([r, g, b]);
                if (12.0..92.0).contains(&l) {
                    tones.push([red / (l + 16.0), yellow / (l + 16.0)]);
                }
                // What is clipped has lost its colour.
                if r.max(g).max(b) < 252 {
                    sums.iter_mut().zip(linear).for_each(|(s, v)| *s += f64::from(v).powi(6));
                }
            }
        }
        if luminances.len() < 64 {
            return None;
        }
        luminances.sort_by(f32::total_cmp);
        let at = |share: f64| luminances[((luminances.len() - 1) as f64 * share) as usize];
        let norms = sums.map(|s| (s / luminances.len() as f64).powf(1.0 / 6.0).max(1e-4) as f32);
        let mean = norms.iter().sum::<f32>() / 3.0;
        let share = 1.0 / tones.len().max(1) as f32;
        let tone: [f32; 2] = std::array::from_fn(|c| tones.iter().map(|t| t[c]).sum::<f32>() * share);
        let apart = tones.iter().map(|t| ((t[0] - tone[0]).powi(2) + (t[1] - tone[1]).powi(2)).sqrt()).sum::<f32>() * share;
        Some(Lighting {
            white: norms.map(|v| v / mean),
            bright: at(0.95).max(0.01),
            spread: (lightness(at(0.95)) - lightness(at(0.05))).max(5.0),
            // As a*b* at L* 50.
            colour: apart * 66.0,
            tone,
        })
    }

    /// The geometric middle of two.
    pub fn between(self, other: Lighting) -> Lighting {
        let middle = |a: f32, b: f32| (a * b).sqrt();
        Lighting {
            white: std::array::from_fn(|c| middle(self.white[c], other.white[c])),
            bright: middle(self.bright, other.bright),
            spread: middle(self.spread, other.spread),
            colour: self.colour.max(other.colour),
            tone: std::array::from_fn(|c| (self.tone[c] + other.tone[c]) / 2.0),
        }
    }
}

impl Relight {
    pub const NONE: Relight = Relight { gain: [1.0; 3], exposure: 1.0, contrast: 1.0, colour: 1.0, tone: [0.0; 2] };

    /// From the light that a thing was taken in to that where it goes. `strength` 0..=1 scales all of it.
    pub fn between(from: &Lighting, to: &Lighting, strength: f32) -> Relight {
        let held = |ratio: f32, trust: f32, range: (f32, f32)| ratio.powf(trust).clamp(range.0, range.1).powf(strength.clamp(0.0, 1.0));
        let gain: [f32; 3] = std::array::from_fn(|c| held(to.white[c] / from.white[c], WHITE_TRUST, WHITE_RANGE));
        // The colour changes, not the brightness.
        let level = luminance(gain);
        // A thing without colours says nothing about a scene without colours.
        let kept = ((to.colour - COLOURLESS.0) / (COLOURLESS.1 - COLOURLESS.0)).clamp(0.0, 1.0);
        let kept = if from.colour <= COLOURLESS.0 && kept < 1.0 { 1.0 } else { kept };
        Relight {
            colour: 1.0 - (1.0 - kept) * strength.clamp(0.0, 1.0),
            tone: to.tone,
            gain: gain.map(|g| g / level),
            exposure: held(to.bright / from.bright, EXPOSURE_TRUST, EXPOSURE_RANGE),
            contrast: held(to.spread / from.spread, CONTRAST_TRUST, CONTRAST_RANGE),
        }
    }

    /// The thing in the other light. Alpha stays; order of luminance along a grey scale stays; white is not pushed beyond white.
    pub fn apply(&self, thing: &mut Picture) {
        checkpoint();
        if *self == Relight::NONE {
            return;
        }
        let tables = Tables::get();
        let middle = middle_luminance(thing);
        let (pixels, _) = thing.rgba8_mut().as_chunks_mut::<4>();
        pixels.par_iter_mut().filter(|p| p[3] > 0).for_each(|pixel| {
            let linear: [f32; 3] = std::array::from_fn(|c| tables.linear[usize::from(pixel[c])] * self.gain[c]);
            let y = luminance(linear).max(1e-5);
            let bent = middle * (y / middle).powf(self.contrast);
            let lit = exposed(bent.min(1.0), self.exposure);
            let scale = lit / y;
            let own = linear.map(|v| v * scale);
            if self.colour >= 1.0 {
                (0..3).for_each(|c| pixel[c] = tables.srgb8_f(own[c]));
            } else {
                let toned = toned(lit, self.tone);
                (0..3).for_each(|c| pixel[c] = tables.srgb8_f(own[c] * self.colour + toned[c] * (1.0 - self.colour)));
            }
        });
    }
}

/// Linear light of this luminance in a tone (a*b* per L*+16).
fn toned(y: f32, [a, b]: [f32; 2]) -> [f32; 3] {
    let l = lightness(y);
    lab_to_linear([l, a * (l + 16.0), b * (l + 16.0)])
}

/// A gain that leaves 0 and, where it brightens, 1 where they are.
fn exposed(y: f32, gain: f32) -> f32 {
    if gain > 1.0 { gain * y / (1.0 + (gain - 1.0) * y) } else { gain * y }
}

fn middle_luminance(thing: &Picture) -> f32 {
    let tables = Tables::get();
    let (pixels, _) = thing.rgba8().as_chunks::<4>();
    let step = (pixels.len() / SAMPLES).max(1);
    let mut values: Vec<f32> = pixels
        .iter()
        .step_by(step)
        .filter(|p| p[3] > 127)
        .map(|p| luminance([0, 1, 2].map(|c| tables.linear[usize::from(p[c])])))
        .collect();
    if values.is_empty() {
        return 0.2;
    }
    let at = values.len() / 2;
    (*values.select_nth_unstable_by(at, f32::total_cmp).1).max(1e-3)
}

/// L* of a linear luminance.
fn lightness(y: f32) -> f32 {
    if y > 216.0 / 24389.0 { 116.0 * y.cbrt() - 16.0 } else { y * 24389.0 / 27.0 }
}

#[cfg(test)]
mod tests {
    use super::super::finish::noisy;
    use super::*;

    #[test]
    fn in_the_same_light_nothing_changes() {
        let light = Lighting::of(&noisy([140, 120, 90], 20), |_, _| true).unwrap();
        let same = Relight::between(&light, &light, 1.0);
        let mut thing = noisy([90, 140, 200], 25);
        let before = thing.clone();
        same.apply(&mut thing);
        let worst = thing.rgba8().iter().zip(before.rgba8()).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        assert!(worst <= 1, "{worst}");
        Relight::between(&light, &Lighting::of(&noisy([200, 60, 30], 5), |_, _| true).unwrap(), 0.0).apply(&mut thing);
        assert!(thing.rgba8().iter().zip(before.rgba8()).all(|(a, b)| a.abs_diff(*b) <= 2), "strength 0");
    }

    #[test]
    fn a_thing_becomes_warmer_and_darker_in_a_warm_dark_room_and_keeps_its_order() {
        let day = Lighting::of(&noisy([200, 205, 210], 20), |_, _| true).unwrap();
        let evening = Lighting::of(&noisy([110, 80, 50], 20), |_, _| true).unwrap();
        let change = Relight::between(&day, &evening, 1.0);
        assert!(change.gain[0] > 1.02 && change.gain[2] < 0.98 && change.exposure < 0.9, "{change:?}");
        let mut ramp = Picture::from_rgba8(256, 1, (0..=255u8).flat_map(|v| [v, v, v, 255]).collect());
        change.apply(&mut ramp);
        let greens: Vec<u8> = ramp.rgba8().as_chunks::<4>().0.iter().map(|p| p[1]).collect();
        assert!(greens.is_sorted() && greens[255] < 250);
        let old_photo = Lighting::of(&noisy([130, 120, 100], 30), |_, _| true).unwrap();
        let bright = Picture::from_rgba8(
            64,
            64,
            (0..64 * 64).flat_map(|i| if i % 64 < 32 { [200, 40, 40, 255] } else { [40, 60, 200, 255] }).collect(),
        );
        let mut thing = bright.clone();
        Relight::between(&Lighting::of(&bright, |_, _| true).unwrap(), &old_photo, 1.0).apply(&mut thing);
        let [r, _, b, _] = thing.pixel(5, 5);
        assert!(r > b && r - b < 40, "toned as the photograph is: {:?}", thing.pixel(5, 5));
        let back = Relight::between(&evening, &day, 1.0);
        assert!(back.exposure > 1.1);
        let mut white = Picture::filled(2, 2, [255; 4]);
        back.apply(&mut white);
        assert!(white.pixel(0, 0)[1] >= 235, "{:?}", white.pixel(0, 0));
    }
}
