//! Light, colour and local contrast put right by the picture itself.
//!
//! 1. [`balance`] – the colour of the light, from what is about neutral; taken back in linear light (von Kries), only as far as it is sure.
//! 2. [`curve`] – one tone curve from black, white and middle; dark pictures are lifted.
//! 3. [`layers`] – the curve acts on a smooth layer that keeps edges, so that texture keeps its contrast where shadows are lifted.
//! 4. Noise that lifting would show is removed first, as far as each place is lifted.
//!
//! No pixel becomes black or white that was not before.

mod balance;
mod curve;
pub(crate) mod layers;

use rayon::prelude::*;

use crate::colour::Tables;
use crate::denoise;
use crate::pace::{Pace, checkpoint};
use crate::picture::Picture;
use balance::Balance;
use curve::Tone;
use layers::Layers;

/// Texture is made stronger by this share at most.
const CLARITY: f32 = 0.16;
/// Texture in lifted shadows becomes stronger by at most this factor.
const TEXTURE: f32 = 2.2;
/// Colour in lifted shadows becomes stronger by at most this factor.
const COLOUR: f32 = 2.4;
/// Where the curve is steeper than the first noise begins to show, from the second on it is removed wholly.
const NOISE_SHOWS: (f32, f32) = (1.2, 2.0);
/// Noise in levels that lifted shadows may show.
const NOISE_LEFT: f32 = 2.0;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// 0 changes nothing, 1 does all of it.
    pub strength: f32,
    /// `Some(true)`: the picture is too dark; `Some(false)`: it is meant to be dark; `None`: by what it looks like.
    pub low_light: Option<bool>,
}

/// An enhanced picture, and what was done.
#[derive(Debug)]
pub struct Enhanced {
    pub picture: Picture,
    /// By which factors red, green and blue light were changed.
    pub balance: [f32; 3],
    /// Mean lightness (sRGB luma, 0..=255) before and after.
    pub mean: (f32, f32),
    /// Whether shadows were lifted as those of a dark picture.
    pub low_light: bool,
    /// Whether noise was removed from them.
    pub denoised: bool,
}

/// The picture with better light; see [`Options`]. Alpha and what is wholly transparent stay. `None` when cancelled.
pub fn enhance(picture: &Picture, options: &Options, pace: Pace<'_>) -> Option<Enhanced> {
    let strength = options.strength.clamp(0.0, 1.0);
    let seen = Seen::of(picture);
    let same = |mean| Enhanced { picture: picture.clone(), balance: [1.0; 3], mean: (mean, mean), low_light: false, denoised: false };
    let Some(seen) = seen else { return Some(same(0.0)) };
    if strength == 0.0 {
        return Some(same(seen.mean()));
    }
    let balance = Balance::of(&seen.colours);
    let tone = Tone::of(&seen.balanced(&balance), options.low_light);
    let clean = match tone.steepest() > NOISE_SHOWS.0 && denoise::measure(picture).luma * tone.steepest() > NOISE_LEFT {
        true => {
            let slower = |share: f32| (pace.done)(0.7 * share);
            Some(denoise::denoise(picture, 0.5, Pace { done: &slower, ..pace })?.picture)
        }
        false => None,
    };
    let work = Work { picture, clean: clean.as_ref(), balance: &balance, tone: &tone, strength };
    let picture = work.done(pace)?;
    let after = Seen::of(&picture).map_or(0.0, |s| s.mean());
    Some(Enhanced { mean: (seen.mean(), after), picture, balance: balance.gains, low_light: tone.low_light, denoised: clean.is_some() })
}

/// Colours of a picture's cells, in levels 0..=255.
struct Seen {
    colours: Vec<[f32; 3]>,
}

impl Seen {
    /// About so many cells along the longer side.
    const ACROSS: u32 = 320;

    /// `None` where nothing is visible.
    fn of(picture: &Picture) -> Option<Seen> {
        let (pixels, _) = picture.rgba8().as_chunks::<4>();
        let side = picture.width().max(picture.height()).div_ceil(Self::ACROSS) as usize;
        let value = |i: usize| if pixels[i][3] == 0 { [0.0; 4] } else { [pixels[i][0], pixels[i][1], pixels[i][2], 1].map(f32::from) };
        let cells = crate::cells::Cells::of((picture.width(), picture.height()), side, value);
        let colours: Vec<[f32; 3]> = cells.values.iter().filter(|v| v[3] > 0.0).map(|v| [v[0] / v[3], v[1] / v[3], v[2] / v[3]]).collect();
        (!colours.is_empty()).then_some(Seen { colours })
    }

    fn mean(&self) -> f32 {
        self.colours.iter().map(|c| luma(*c)).sum::<f32>() / self.colours.len() as f32
    }

    fn balanced(&self, balance: &Balance) -> Vec<[f32; 3]> {
        self.colours.iter().map(|c| balance.of_levels(*c)).collect()
    }
}

/// Rec. 601 luma of levels.
fn luma([r, g, b]: [f32; 3]) -> f32 {
    0.299 * r + 0.587 * g + 0.114 * b
}

struct Work<'a> {
    picture: &'a Picture,
    clean: Option<&'a Picture>,
    balance: &'a Balance,
    tone: &'a Tone,
    strength: f32,
}

impl Work<'_> {
    fn done(&self, pace: Pace<'_>) -> Option<Picture> {
        checkpoint();
        let (width, height) = (self.picture.width(), self.picture.height());
        let (pixels, _) = self.picture.rgba8().as_chunks::<4>();
        let clean = self.clean.map_or(pixels, |c| c.rgba8().as_chunks::<4>().0);
        let light = |i: usize| (pixels[i][3] > 0).then(|| luma(self.balance.of_pixel(clean[i])));
        let layers = Layers::of((width, height), &light);
        if (pace.cancelled)() {
            return None;
        }
        let levels = self.balance.levels();
        let mut out = self.picture.clone();
        let (to, _) = out.rgba8_mut().as_chunks_mut::<4>();
        to.par_chunks_mut(width as usize).enumerate().for_each(|(y, row)| {
            let base = layers.row(y);
            for (x, pixel) in row.iter_mut().enumerate().filter(|(_, p)| p[3] > 0) {
                let i = y * width as usize + x;
                let colour = |p: [u8; 4]| -> [f32; 3] { std::array::from_fn(|c| levels[c][usize::from(p[c])]) };
                let after = self.of(colour(pixels[i]), colour(clean[i]), &base, x);
                let before = [pixel[0], pixel[1], pixel[2]];
                let mixed = std::array::from_fn(|c| f32::from(before[c]) + self.strength * (after[c] - f32::from(before[c])));
                pixel[..3].copy_from_slice(&unclipped(before, mixed));
            }
        });
        (!(pace.cancelled)()).then_some(out)
    }

    /// A balanced colour through the curve.
    fn of(&self, own: [f32; 3], clean: [f32; 3], base: &layers::Row, x: usize) -> [f32; 3] {
        let shown = |slope: f32| ((slope - NOISE_SHOWS.0) / (NOISE_SHOWS.1 - NOISE_SHOWS.0)).clamp(0.0, 1.0);
        let smooth = base.at(x, luma(clean)).clamp(0.0, 255.0);
        let (level, slope) = self.tone.at(smooth);
        let less = shown(slope);
        let colour: [f32; 3] = std::array::from_fn(|c| own[c] + less * (clean[c] - own[c]));
        let light = luma(colour);
        let texture = slope.clamp(0.8, TEXTURE) * (1.0 + CLARITY * self.tone.clarity);
        let new = level + texture * (light - smooth);
        // Light that is multiplied takes its colour along, as the slope says; contrast alone does not make colours much stronger.
        let ratio = (level / smooth.max(1.0)).max(1.0);
        let chroma = slope.min((slope * ratio).sqrt()).clamp(0.9, COLOUR);
        std::array::from_fn(|c| new + chroma * (colour[c] - light))
    }
}

/// Levels of a colour, chroma and then lightness held back so that no channel reaches an end that it was not at.
fn unclipped(before: [u8; 3], after: [f32; 3]) -> [u8; 3] {
    let low = before.map(|v| if v == 0 { 0.0 } else { 1.0 });
    let high = before.map(|v| if v == 255 { 255.0 } else { 254.0 });
    let light = luma(after).clamp(1.0, 254.0);
    let room = |c: usize| match after[c] - light {
        off if off > 0.0 && after[c] > high[c] => (high[c] - light) / off,
        off if off < 0.0 && after[c] < low[c] => (low[c] - light) / off,
        _ => 1.0,
    };
    let keep = (0..3).map(room).fold(1.0f32, f32::min).max(0.0);
    let off = luma(after);
    std::array::from_fn(|c| (light + keep * (after[c] - off)).round().clamp(low[c], high[c]) as u8)
}

/// How levels become linear light and back; shared by the parts.
fn linear(level: f32) -> f32 {
    let tables = Tables::get();
    let at = level.clamp(0.0, 255.0);
    let low = (at as usize).min(254);
    tables.linear[low] + (tables.linear[low + 1] - tables.linear[low]) * (at - low as f32)
}

#[cfg(test)]
mod tests;
