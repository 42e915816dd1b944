//! An object in another colour, its shading, texture and highlights kept.
//!
//! Light that leaves a surface is a sum of two parts (the dichromatic reflection model: Shafer, "Using color to separate reflection components", Color
//! Research and Application 10, 1985): a diffuse part in the colour of the material and a surface part in the colour of the light. Only the diffuse part is
//! recoloured. With `c` a pixel in linear light, `Y` its luminance and `u = c − Y` its colour without luminance, a coloured base `B` gives the diffuse share
//! `r = ⟨u, u_B⟩ / |u_B|²` (per luminance): 1 on plain material, less in a highlight, 0 on another, colourless material. A grey base says nothing
//! of the kind; there what differs in chroma is another material, and what is brighter than the lit side is sheen. Between both the treatment fades.
//!
//! What belongs to the material is told by `q = (a*, b*) / (L* + 16)`, which shading does not change: CIE Lab's cube roots make it a function of the
//! ratios X:Y:Z alone.

use rayon::prelude::*;

use super::colour::{Srgb8, Tables, in_gamut, lab_of_linear, luminance};
use super::foreground::cut_out;
use super::mask::Mask;
use super::picture::Picture;

mod base;
mod fine;
mod shade;

use crate::pace::{Stop, checkpoint};
pub use base::Base;
use shade::Shade;

/// Pixels per parallel piece.
const RUN: usize = 1 << 16;
/// How far around a pixel its hue is measured.
const AROUND: usize = 2;
/// A recoloured picture and what was recoloured.
#[derive(Clone, Debug)]
pub struct Recoloured {
    pub picture: Picture,
    pub base: Base,
    /// How much of the selection had the base's colour and took the new one, 0..=1.
    pub share: f32,
}

/// What is selected in `colour`; `strength` 0..=1 (1 = wholly). Alpha stays, and so does every pixel where the mask is 0, bit for bit. Soft edges are unmixed first
/// (see [`cut_out`]), so that the new colour does not shine into the background. `None` where nothing visible is selected.
///
/// # Panics
/// When the sizes differ.
pub fn recolor(picture: &Picture, mask: &Mask, colour: Srgb8, strength: f32) -> Option<Recoloured> {
    checkpoint();
    assert_eq!((picture.width(), picture.height()), (mask.width(), mask.height()), "mask and picture have one size");
    let base = Base::of(picture, mask)?;
    let paint = Paint::new(&base, colour);
    let strength = strength.clamp(0.0, 1.0);
    let own = if is_hard(mask) { None } else { Some(cut_out(picture, mask)) };
    let surface = Surface { pixels: own.as_ref().unwrap_or(picture).rgba8().as_chunks::<4>().0, mask, tables: Tables::get() };
    let mut out = picture.clone();
    let width = picture.width() as usize;
    let (pixels, _) = out.rgba8_mut().as_chunks_mut::<4>();
    let stop = Stop::here();
    // How much of each pixel took the new colour.
    let mut material = vec![0u8; mask.values().len()];
    let of_row = |(y, (row, material)): (usize, (&mut [[u8; 4]], &mut [u8]))| {
        if stop.is_set() {
            return (0.0, 0.0);
        }
        let (mut taken, mut selected) = (0.0f64, 0.0f64);
        for (x, to) in row.iter_mut().enumerate() {
            let part = mask.values()[y * width + x];
            if part == 0 || to[3] == 0 {
                continue;
            }
            let before = surface.at(y * width + x);
            let (after, share) = paint.over(before, || surface.around(x, y));
            taken += f64::from(share) * f64::from(part);
            selected += f64::from(part);
            let weight = strength * f32::from(part) / 255.0;
            if weight > 0.0 && after != before {
                material[x] = (255.0 * share.clamp(0.0, 1.0) * weight).round() as u8;
                let mixed = |c: usize| surface.tables.linear[usize::from(to[c])] + weight * (after[c] - before[c]);
                let mixed = in_gamut([mixed(0), mixed(1), mixed(2)]).map(|v| surface.tables.srgb8_f(v));
                to[..3].copy_from_slice(&mixed);
            }
        }
        (taken, selected)
    };
    // Summed row by row, so that the figure does not depend on the number of threads.
    let rows: Vec<(f64, f64)> = pixels.par_chunks_mut(width).zip(material.par_chunks_mut(width)).enumerate().map(of_row).collect();
    checkpoint();
    fine::keep_texture(picture, &mut out, &material, paint.shade.gain());
    let (taken, selected) = rows.iter().fold((0.0, 0.0), |sum, row| (sum.0 + row.0, sum.1 + row.1));
    Some(Recoloured { picture: out, base, share: if selected > 0.0 { (taken / selected) as f32 } else { 0.0 } })
}

/// The selected object's own colours, without what is behind its soft edges.
struct Surface<'a> {
    pixels: &'a [[u8; 4]],
    mask: &'a Mask,
    tables: &'static Tables,
}

impl Surface<'_> {
    fn at(&self, i: usize) -> [f32; 3] {
        let [r, g, b, _] = self.pixels[i];
        [r, g, b].map(|v| self.tables.linear[usize::from(v)])
    }

    /// The mean of the selected light around a pixel: less noisy in hue, and where two materials meet still a mixture of both.
    fn around(&self, x: usize, y: usize) -> [f32; 3] {
        let (width, height) = (self.mask.width() as usize, self.mask.height() as usize);
        let (mut sum, mut count) = ([0.0; 3], 0.0f32);
        for y in y.saturating_sub(AROUND)..(y + AROUND + 1).min(height) {
            for i in y * width + x.saturating_sub(AROUND)..y * width + (x + AROUND + 1).min(width) {
                if self.mask.values()[i] > 0 {
                    let light = self.at(i);
                    sum = std::array::from_fn(|c| sum[c] + light[c]);
                    count += 1.0;
                }
            }
        }
        sum.map(|v| v / count.max(1.0))
    }
}

fn is_hard(mask: &Mask) -> bool {
    checkpoint();
    mask.values().par_iter().with_min_len(RUN).all(|v| matches!(v, 0 | 255))
}

/// The colour without its luminance, per luminance.
fn chroma_of(c: [f32; 3], luminance: f32) -> [f32; 3] {
    c.map(|v| v / luminance - 1.0)
}

/// (a*, b*) / (L* + 16), and L*.
fn tint(linear: [f32; 3]) -> ([f32; 2], f32) {
    let [l, a, b] = lab_of_linear(linear);
    ([a / (l + 16.0), b / (l + 16.0)], l)
}

fn length([x, y]: [f32; 2]) -> f32 {
    x.hypot(y)
}

fn away(p: [f32; 2], q: [f32; 2]) -> f32 {
    length([p[0] - q[0], p[1] - q[1]])
}

/// 0 up to `low`, 1 from `high`, smooth between.
fn ramp(low: f32, high: f32, v: f32) -> f32 {
    let t = ((v - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Chroma (as |q|) below which a base counts as grey, and from which as coloured.
const GREY: (f32, f32) = (0.10, 0.22);
/// On a coloured base: how far in q a pixel may lie beside the line from grey to the base, at grey and per step along the line. From twice that on it is another material.
const BESIDE: (f32, f32) = (0.04, 0.16);
/// Diffuse shares below the first are another material under warm or cold light, not a faint coat of this one.
const FAINT: (f32, f32) = (0.08, 0.30);
/// On a grey base: distance in q from which on a pixel begins to be another material, and where it is one.
const OTHER: (f32, f32) = (0.12, 0.30);
/// A pixel darker than this share of the light around it lies beside a highlight.
const OUTSHONE: f32 = 0.7;
/// Below this L* a pixel's tint is noise.
const DARK: f32 = 14.0;
/// In shadow cameras shift the hue: below the second of these shares of the lit side's L* it may lie farther off, below the first by [`WIDER`] as far again.
const SHADOW: (f32, f32) = (0.2, 0.5);
const WIDER: f32 = 0.9;
/// How much of the variation of hue within the material is left in the new colour.
const VARIATION: f32 = 0.5;
/// Exponent that makes nearly full chroma count as wholly diffuse.
const DIFFUSE: f32 = 1.6;
/// The most that chroma may exceed the base's.
const MOST_CHROMA: f32 = 1.3;

/// The new colour, ready to be laid on pixels of the base.
struct Paint {
    base: Base,
    /// How coloured the base is, 0..=1.
    coloured: f32,
    /// Chroma of base and new colour, per luminance.
    from: [f32; 3],
    to: [f32; 3],
    /// |from|².
    norm: f32,
    /// L* of the base's lit side.
    lightness: f32,
    shade: Shade,
}

impl Paint {
    fn new(base: &Base, colour: Srgb8) -> Paint {
        let tables = Tables::get();
        let linear = |c: Srgb8| c.map(|v| tables.linear[usize::from(v)]);
        let of = |c: Srgb8| {
            let c = linear(c);
            let y = luminance(c);
            if y > 0.0 { chroma_of(c, y) } else { [0.0; 3] }
        };
        let from = of(base.colour);
        let norm = from.iter().map(|v| v * v).sum::<f32>().max(1e-6);
        let coloured = ramp(GREY.0, GREY.1, length(base.tint));
        let lightness = tint(linear(base.colour)).1;
        let to = of(colour);
        let full = 1.0 / (1.0 + to.into_iter().fold(0.0, f32::max));
        let shade = Shade::new(base, luminance(linear(colour)), full);
        Paint { coloured, from, to, norm, lightness, shade, base: base.clone() }
    }

    /// The pixel in the new colour, and how much of it was of the base's colour. `around` is the mean light around it.
    fn over(&self, c: [f32; 3], around: impl Fn() -> [f32; 3]) -> ([f32; 3], f32) {
        let y = luminance(c);
        if y <= 0.0 {
            return (c, 1.0);
        }
        let (q, l) = tint(c);
        match self.coloured {
            0.0 => self.over_grey(c, y, q, l),
            1.0 => self.over_coloured(c, y, l, around()),
            part => {
                let (a, share_a) = self.over_coloured(c, y, l, around());
                let (b, share_b) = self.over_grey(c, y, q, l);
                let mix = |a: f32, b: f32| a * part + b * (1.0 - part);
                (std::array::from_fn(|i| mix(a[i], b[i])), mix(share_a, share_b))
            }
        }
    }

    fn over_coloured(&self, c: [f32; 3], y: f32, l: f32, around: [f32; 3]) -> ([f32; 3], f32) {
        let along = chroma_of(c, y).iter().zip(&self.from).map(|(a, b)| a * b).sum::<f32>() / self.norm;
        let reach = 1.0 + WIDER * (1.0 - ramp(SHADOW.0 * self.lightness, SHADOW.1 * self.lightness, l));
        let same_hue = self.same_hue(around, reach);
        // Beside a highlight the light around is the highlight's; there the pixel speaks for itself.
        let same_hue = if y < OUTSHONE * luminance(around) { same_hue.max(self.same_hue(c, reach)) } else { same_hue };
        let share = along.clamp(0.0, MOST_CHROMA) * ramp(FAINT.0, FAINT.1, along) * same_hue;
        // A little less chroma is noise or fading rather than a highlight.
        let diffuse = if share < 1.0 { 1.0 - (1.0 - share).powf(DIFFUSE) } else { 1.0 };
        let chroma = if diffuse > 1e-4 { share / diffuse } else { 1.0 };
        self.mixed(c, y, diffuse * y, chroma, diffuse)
    }

    /// 1 where a colour lies on the line from grey to the base, in terms of q, 0 far beside it; `reach` widens both.
    fn same_hue(&self, colour: [f32; 3], reach: f32) -> f32 {
        let (q, _) = tint(colour);
        let base = self.base.tint.map(|v| v / length(self.base.tint).max(1e-6));
        let (on_line, beside) = (q[0] * base[0] + q[1] * base[1], (q[0] * base[1] - q[1] * base[0]).abs());
        1.0 - ramp(1.0, 2.0, beside / (reach * (BESIDE.0 + BESIDE.1 * on_line.max(0.0))))
    }

    fn over_grey(&self, c: [f32; 3], y: f32, q: [f32; 2], l: f32) -> ([f32; 3], f32) {
        let other = away(q, self.base.tint) * (l / DARK).min(1.0);
        let share = 1.0 - ramp(OTHER.0, OTHER.1, other);
        let diffuse = y - self.shade.sheen(y);
        let (new, _) = self.mixed(c, y, diffuse, 1.0, 1.0);
        (std::array::from_fn(|i| c[i] + share * (new[i] - c[i])), share)
    }

    /// The diffuse luminance in the new colour, the rest of the light as it was.
    fn mixed(&self, c: [f32; 3], y: f32, diffuse: f32, chroma: f32, share: f32) -> ([f32; 3], f32) {
        let new = self.shade.of(diffuse);
        // Two lights that add up to more than white: the highlight gives way.
        let room = ((1.0 - new) / (1.0 - diffuse).max(1e-3)).clamp(0.0, 1.0);
        let surface = (y - diffuse) * room;
        // What the material's hue varies by goes with its brightness, and is never blown up.
        let variation = 1.0 - share + share * VARIATION * self.shade.ratio.min(1.0);
        let mixed = std::array::from_fn(|i| {
            let rest = c[i] - y - diffuse * chroma * self.from[i];
            new * (1.0 + chroma * self.to[i]) + surface + rest * variation
        });
        (in_gamut(mixed), share)
    }
}

#[cfg(test)]
mod tests;
