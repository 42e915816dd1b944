//! Fading and yellowing of old photographs, taken back.
//!
//! Dyes that fade lift the blacks and dull the whites, each channel by another amount; paper that ages turns whites yellow. Black and white are found
//! for each channel where few pixels lie beyond them (robust percentiles) and put back to their places, as automatic levels do. A print of one tone
//! (black and white, sepia) is told by its colour following from its lightness alone; its tone is worked on apart from its light, in CIE Lab.

use rayon::prelude::*;

use crate::cells::Cells;
use crate::colour::{Tables, in_gamut, lab, lab_to_linear};
use crate::pace::{Pace, checkpoint};
use crate::picture::Picture;

mod tone;

pub use tone::Tone;

/// About so many cells are measured along the longer side; single specks of dust and scratches drown in them.
const ACROSS: u32 = 400;
/// So many cells lie beyond black and beyond white.
const BEYOND: f64 = 0.005;
/// Where black and white of a good print lie, in levels.
const BLACK: f32 = 10.0;
const WHITE: f32 = 246.0;
/// Blacks lifted (whites dulled) by the first are not faded, by the second wholly.
const LIFTED: (f32, f32) = (22.0, 48.0);
const DULLED: (f32, f32) = (30.0, 80.0);
/// Below this difference of black and white, in CIE lightness, nothing can be told: a plain picture is not a faded one.
const LEAST_RANGE: f32 = 12.0;
/// No cast of paper or dyes has more chroma in black or white; more is the colour of what is seen.
const MOST_CAST: f32 = 36.0;
/// Lightness is stretched by no more than this.
const STRETCH: f32 = 2.5;
/// How far a channel's white is taken for a cast and not for the scene.
const CAST: f32 = 0.8;
/// The middle is moved by a power within these bounds, this far towards the middle of the scale.
const POWER: (f32, f32) = (0.8, 1.25);
const TOWARDS: f32 = 0.4;
/// Pixels per parallel piece.
const RUN: usize = 1 << 13;

/// How faded a photograph is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fading {
    /// Its black and white by channel, in levels 0..=255.
    pub black: [f32; 3],
    pub white: [f32; 3],
    /// Its black, middle and white in CIE lightness 0..=100.
    pub lightness: [f32; 3],
    /// 0 = not at all … 1 = wholly.
    pub amount: f32,
    /// The tone of a print that has but one, neutral or not.
    pub tone: Option<Tone>,
}

/// What is to be done about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FadeOptions {
    /// 0 changes nothing, 1 recovers all that was measured.
    pub strength: f32,
    /// A print of one tone keeps it, evenly from shadows to lights; else it becomes neutral.
    pub keep_tone: bool,
}

/// How faded the picture is; `None` where nothing of it is visible.
pub fn measure(picture: &Picture) -> Option<Fading> {
    let (pixels, _) = picture.rgba8().as_chunks::<4>();
    let side = picture.width().max(picture.height()).div_ceil(ACROSS) as usize;
    let seen = |i: usize| if pixels[i][3] == 0 { [0.0; 4] } else { [pixels[i][0], pixels[i][1], pixels[i][2], 1].map(f32::from) };
    let cells = Cells::of((picture.width(), picture.height()), side, seen);
    let colours: Vec<[f32; 3]> = cells.values.iter().filter(|v| v[3] > 0.5).map(|v| [v[0] / v[3], v[1] / v[3], v[2] / v[3]]).collect();
    if colours.is_empty() {
        return None;
    }
    let sorted = |f: &dyn Fn(&[f32; 3]) -> f32| {
        let mut values: Vec<f32> = colours.iter().map(f).collect();
        values.sort_by(f32::total_cmp);
        values
    };
    let beyond = (colours.len() as f64 * BEYOND) as usize;
    let ends = |values: &[f32]| (values[beyond], values[values.len() - 1 - beyond]);
    let channels: [(f32, f32); 3] = std::array::from_fn(|c| ends(&sorted(&|v| v[c])));
    let lightness = sorted(&|v| lab(v.map(|v| v.round() as u8))[0]);
    let (black, white) = ends(&lightness);
    let tone = Tone::of(&colours);
    let chroma = |end: [f32; 3]| {
        let [_, a, b] = lab(end.map(|v| v.round() as u8));
        a.hypot(b)
    };
    let lifted = ramp(2.55 * black, LIFTED);
    let dulled = ramp(255.0 - 2.55 * white, DULLED);
    // Dull whites over deep blacks are an evening, unless it is a print of one tone.
    let dulled = if tone.is_some() { dulled } else { dulled * lifted };
    let fading = Fading {
        black: channels.map(|c| c.0),
        white: channels.map(|c| c.1),
        lightness: [black, lightness[lightness.len() / 2], white],
        amount: 1.0 - (1.0 - lifted) * (1.0 - dulled),
        tone,
    };
    let plain = white - black < LEAST_RANGE;
    let of_things = tone.is_none() && chroma(fading.black).max(chroma(fading.white)) > MOST_CAST;
    Some(if plain || of_things { Fading { amount: 0.0, tone: None, ..fading } } else { fading })
}

fn ramp(value: f32, (from, to): (f32, f32)) -> f32 {
    ((value - from) / (to - from)).clamp(0.0, 1.0)
}

/// The picture as it was before it faded. Alpha and what is wholly transparent stay. `None` when cancelled.
pub fn recover(picture: &Picture, options: &FadeOptions, pace: Pace<'_>) -> Option<Picture> {
    checkpoint();
    let strength = options.strength.clamp(0.0, 1.0);
    let faded = |f: &Fading| f.amount > 0.0 || f.tone.is_some_and(|t| !t.is_neutral());
    let Some(fading) = measure(picture).filter(|f| strength > 0.0 && faded(f)) else { return Some(picture.clone()) };
    let toned = fading.tone.map(|tone| Toned { tone, curve: fading.of_lightness(), keep: options.keep_tone, strength });
    let curves = fading.of_channels();
    let share = strength * fading.amount;
    let levels: [[u8; 256]; 3] = curves.map(|curve| {
        std::array::from_fn(|v| (v as f32 + share * (255.0 * curve.at(v as f32 / 255.0) - v as f32)).round().clamp(0.0, 255.0) as u8)
    });
    let mut out = picture.clone();
    let (pixels, _) = out.rgba8_mut().as_chunks_mut::<4>();
    pixels.par_chunks_mut(RUN).filter(|_| !(pace.cancelled)()).for_each(|pixels| {
        for pixel in pixels.iter_mut().filter(|p| p[3] > 0) {
            let before = [pixel[0], pixel[1], pixel[2]];
            let after = match &toned {
                Some(toned) => toned.of(before, share),
                None => std::array::from_fn(|c| levels[c][usize::from(before[c])]),
            };
            pixel[..3].copy_from_slice(&after);
        }
    });
    (!(pace.cancelled)()).then_some(out)
}

/// From the faded scale to a good print's; both 0..=1.
#[derive(Clone, Copy, Debug)]
struct Curve {
    black: f32,
    white: f32,
    to: (f32, f32),
    power: f32,
}

impl Curve {
    fn new([black, middle, white]: [f32; 3]) -> Self {
        let to = (black.min(BLACK / 255.0), white.max(WHITE / 255.0));
        // Flat pictures are not stretched into noise.
        let short = ((to.1 - to.0) / STRETCH - (white - black)).max(0.0) / 2.0;
        let (black, white) = ((black - short).max(0.0), (white + short).min(1.0));
        let at = ((middle - black) / (white - black).max(1e-3)).clamp(0.02, 0.98);
        let power = (TOWARDS * (0.5f32.ln() / at.ln() - 1.0) + 1.0).clamp(POWER.0, POWER.1);
        Curve { black, white, to, power }
    }

    fn at(&self, value: f32) -> f32 {
        let t = (value - self.black) / (self.white - self.black).max(1e-3);
        // Beyond black and white, which few pixels are, detail is squeezed and not cut off.
        match t {
            t if t <= 0.0 => self.to.0 * (value / self.black.max(1e-3)),
            t if t >= 1.0 => self.to.1 + (1.0 - self.to.1) * ((value - self.white) / (1.0 - self.white).max(1e-3)),
            t => self.to.0 + (self.to.1 - self.to.0) * t.powf(self.power),
        }
    }
}

impl Fading {
    fn of_lightness(&self) -> Curve {
        Curve::new(self.lightness.map(|l| l / 100.0))
    }

    /// Channels share the middle's curve, so that it stays neutral.
    fn of_channels(&self) -> [Curve; 3] {
        let mean = |v: [f32; 3]| v.iter().sum::<f32>() / 3.0;
        let (white, whole) = (mean(self.white), self.of_lightness());
        std::array::from_fn(|c| {
            let (black, white) = (self.black[c] / 255.0, (white + CAST * (self.white[c] - white)) / 255.0);
            Curve { power: whole.power, ..Curve::new([black, 0.5 * (black + white), white.max(black + 0.05)]) }
        })
    }
}

/// How a print of one tone is recovered.
struct Toned {
    tone: Tone,
    curve: Curve,
    keep: bool,
    strength: f32,
}

impl Toned {
    fn of(&self, before: [u8; 3], share: f32) -> [u8; 3] {
        let [l, a, b] = lab(before);
        let light = l + share * (100.0 * self.curve.at(l / 100.0) - l);
        let (from, to) = (self.tone.at(l), if self.keep { self.tone.even(light) } else { [0.0; 2] });
        let moved = |old: f32, c: usize| old + self.strength * (to[c] - from[c]);
        let tables = Tables::get();
        in_gamut(lab_to_linear([light, moved(a, 0), moved(b, 1)])).map(|v| tables.srgb8_f(v))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::denoise::tests::{distance, scenery};

    /// With deep blacks, clean whites and colours between.
    fn print() -> Picture {
        let mut picture = scenery(200, 160);
        for (i, pixel) in picture.rgba8_mut().chunks_exact_mut(4).enumerate() {
            match i % 200 {
                0..12 => pixel[..3].fill(6),
                12..24 => pixel[..3].fill(250),
                _ => {}
            }
        }
        picture
    }

    fn changed(picture: &Picture, f: impl Fn([f32; 3]) -> [f32; 3]) -> Picture {
        let mut out = picture.clone();
        for p in out.rgba8_mut().chunks_exact_mut(4) {
            let new = f([p[0], p[1], p[2]].map(f32::from)).map(|v| v.round().clamp(0.0, 255.0) as u8);
            p[..3].copy_from_slice(&new);
        }
        out
    }

    fn grey(picture: &Picture) -> Picture {
        changed(picture, |[r, g, b]| [0.3 * r + 0.6 * g + 0.1 * b; 3])
    }

    const FULL: FadeOptions = FadeOptions { strength: 1.0, keep_tone: false };

    #[test]
    fn faded_dyes_come_back_channel_by_channel() {
        let truth = print();
        let faded = changed(&truth, |[r, g, b]| [70.0 + 0.62 * r, 60.0 + 0.55 * g, 50.0 + 0.45 * b]);
        assert!(measure(&faded).unwrap().amount > 0.8);
        let done = recover(&faded, &FULL, Pace::ALONE).unwrap();
        let (before, after) = (distance(&faded, &truth), distance(&done, &truth));
        assert!(after < 0.35 * before, "{before} to {after}");
    }

    #[test]
    fn a_good_photo_stays_and_no_strength_changes_nothing() {
        let truth = print();
        let evening = changed(&truth, |v| v.map(|v| 0.4 * v));
        for good in [&truth, &evening, &grey(&truth)] {
            assert!(distance(&recover(good, &FULL, Pace::ALONE).unwrap(), good) < 1.0, "{:?}", measure(good));
        }
        let faded = changed(&truth, |v| v.map(|v| 80.0 + 0.5 * v));
        assert_eq!(recover(&faded, &FadeOptions { strength: 0.0, ..FULL }, Pace::ALONE).unwrap(), faded);
    }

    #[test]
    fn a_plain_colour_and_a_thing_of_one_strong_colour_are_not_faded() {
        for colour in [[200, 48, 32, 255], [222, 205, 170, 255], [90, 90, 90, 255]] {
            let plain = Picture::filled(120, 90, colour);
            assert_eq!(recover(&plain, &FULL, Pace::ALONE).unwrap(), plain, "{colour:?}");
        }
        // A shaded red ball on nothing.
        let pixel = |i: u32| {
            let (x, y) = ((i % 120) as f32 - 60.0, (i / 120) as f32 - 60.0);
            let light = 1.0 - x.hypot(y) / 80.0 + x / 300.0;
            if x.hypot(y) < 50.0 {
                [(70.0 + 170.0 * light) as u8, (20.0 + 50.0 * light) as u8, (10.0 + 40.0 * light) as u8, 255]
            } else {
                [0; 4]
            }
        };
        let ball = Picture::from_rgba8(120, 120, (0..120 * 120).flat_map(pixel).collect());
        assert_eq!(recover(&ball, &FULL, Pace::ALONE).unwrap(), ball);
    }

    #[test]
    fn a_yellowed_print_becomes_neutral_or_keeps_an_even_tone() {
        let yellowed = changed(&grey(&print()), |[v, ..]| [45.0 + 0.72 * v, 40.0 + 0.66 * v, 38.0 + 0.5 * v]);
        assert!(measure(&yellowed).unwrap().tone.is_some_and(|t| !t.is_neutral()));
        let chroma = |p: &Picture, x: u32| {
            let p = p.pixel(x, 80);
            lab([p[0], p[1], p[2]])[1..].iter().map(|v| v * v).sum::<f32>().sqrt()
        };
        let neutral = recover(&yellowed, &FULL, Pace::ALONE).unwrap();
        let left = [5, 18, 60, 120].map(|x| chroma(&neutral, x));
        assert!(left.iter().all(|c| *c < 3.0), "{left:?}");
        let kept = recover(&yellowed, &FadeOptions { keep_tone: true, ..FULL }, Pace::ALONE).unwrap();
        assert!(chroma(&kept, 60) > 5.0 && chroma(&kept, 5) < 4.0 && chroma(&kept, 18) < 4.0, "toned between, clean at the ends");
        for done in [&neutral, &kept] {
            assert!(done.pixel(5, 80)[1] < 25 && done.pixel(18, 80)[1] > 235, "black and white are back");
        }
    }

    #[test]
    fn hidden_pixels_and_alpha_stay_and_any_size_is_worked_on() {
        for (width, height) in [(1, 1), (1, 500), (37, 41)] {
            let mut faded = changed(&scenery(width, height), |v| v.map(|v| 80.0 + 0.5 * v));
            faded.rgba8_mut().chunks_exact_mut(4).step_by(3).for_each(|p| p[3] = 0);
            let done = recover(&faded, &FULL, Pace::ALONE).unwrap();
            let pairs = faded.rgba8().chunks_exact(4).zip(done.rgba8().chunks_exact(4));
            assert!(pairs.into_iter().all(|(a, b)| a[3] == b[3] && (a[3] > 0 || a == b)));
        }
        assert_eq!(measure(&Picture::filled(3, 3, [9, 9, 9, 0])), None);
    }
}
