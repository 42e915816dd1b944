//! What is finer than a few pixels is the material's texture, and stays: its lightness goes up and down as it did before.
//!
//! A much darker or lighter colour scales texture along with shading, so that 8 bits hold little of it, or blows it up together with the noise. Here lightness (L*) is
//! split, within the material, into its mean over 5×5 pixels and the rest. The mean is the new colour's, the rest the old picture's, as strong as the new
//! colour makes it, within [`GAIN`].

use rayon::prelude::*;

use crate::colour::{Tables, in_gamut, lab, luminance};
use crate::pace::{Stop, checkpoint};
use crate::picture::Picture;

/// Texture is finer than `2 * REACH + 1` pixels.
const REACH: usize = 2;
/// Texture whose correlation with what it was is this high is left as it is.
const ENOUGH: f64 = 0.97;
/// How strong the texture may be, of what it was: not so little that 8 bits hold none of it, not so much that noise is seen.
const GAIN: (f32, f32) = (0.5, 3.0);
/// Rougher than this, in L*, is an edge rather than texture, and not compared.
const EDGE: f32 = 3.0;
/// The most by which a pixel's L* is moved where the new colour makes texture up to [`STRONG`] times as strong (highlights, left as they were, have far to go), and
/// where it makes it stronger (what is further off is noise blown up, no texture).
const MOST: (f32, f32) = (26.0, 6.0);
const STRONG: f32 = 1.5;
/// Moves smaller than this, in units, are no more than rounding.
const LEAST: u16 = 26;
/// Moving pixels moves the mean around them too; after so many rounds both agree.
const ROUNDS: usize = 6;
/// Shares of the material (0..=255) below this belong to something else; from the second on texture is all the material's, between them in proportion.
const MATERIAL: u8 = 32;
const WHOLLY: f32 = 200.0;
/// L* is kept in units of 1/512.
const UNIT: f32 = 512.0;

/// Gives the recoloured picture the fine texture of the one before. `share` says, for each pixel, how much of it is the material, 0..=255, and
/// `gain` by how much the new colour strengthens small steps of L* on the lit side.
pub(super) fn keep_texture(before: &Picture, after: &mut Picture, share: &[u8], gain: f32) {
    checkpoint();
    let width = before.width() as usize;
    let texture = Fine { lightness: &lightness(before, share), share, width }.whole();
    let is = lightness(after, share);
    if agreement(&texture, &Fine { lightness: &is, share, width }) >= ENOUGH {
        return;
    }
    let gain = gain.clamp(GAIN.0, GAIN.1);
    let most = if gain < STRONG { MOST.0 } else { MOST.1 };
    let mut wanted = is.clone();
    for _ in 0..ROUNDS {
        let now = wanted.clone();
        let now = Fine { lightness: &now, share, width };
        let stop = Stop::here();
        let rows = wanted.par_chunks_mut(width).zip(is.par_chunks(width)).enumerate();
        rows.filter(|_| !stop.is_set()).for_each(|(y, (row, is))| {
            for (x, (to, &is)) in row.iter_mut().zip(is).enumerate() {
                let part = share[y * width + x];
                if part >= MATERIAL {
                    let is = f32::from(is) / UNIT;
                    let moved = (gain * texture[y * width + x] - now.at(x, y)) * (f32::from(part) / WHOLLY).min(1.0);
                    *to = ((now.lightness_at(x, y) + moved).clamp((is - most).max(0.0), (is + most).min(100.0)) * UNIT).round() as u16;
                }
            }
        });
        checkpoint();
    }
    let tables = Tables::get();
    let (pixels, _) = after.rgba8_mut().as_chunks_mut::<4>();
    pixels.par_iter_mut().with_min_len(super::RUN).zip(wanted.par_iter().zip(&is)).for_each(|(pixel, (&to, &is))| {
        if to.abs_diff(is) >= LEAST {
            let linear: [f32; 3] = std::array::from_fn(|c| tables.linear[usize::from(pixel[c])]);
            pixel[..3].copy_from_slice(&rounded(relit(linear, f32::from(to) / UNIT)));
        }
    });
    checkpoint();
}

/// A linear colour in 8 bits, its lightness nearer than where each channel is rounded for itself: a level of blue is worth a tenth of one of green.
fn rounded(linear: [f32; 3]) -> [u8; 3] {
    let tables = Tables::get();
    let nearest = linear.map(|v| tables.srgb8_f(v));
    let of = |pixel: [u8; 3]| luminance(pixel.map(|v| tables.linear[usize::from(v)]));
    let wanted = luminance(linear);
    // The neighbour on the other side of each channel's value.
    let other: [u8; 3] = std::array::from_fn(|c| {
        if tables.level(linear[c]) > f32::from(nearest[c]) { nearest[c].saturating_add(1) } else { nearest[c].saturating_sub(1) }
    });
    let choices = (0..8).map(|bits| std::array::from_fn(|c| if bits >> c & 1 == 0 { nearest[c] } else { other[c] }));
    choices.min_by(|&a, &b| (of(a) - wanted).abs().total_cmp(&(of(b) - wanted).abs())).unwrap_or(nearest)
}

/// The colour at another lightness.
fn relit(linear: [f32; 3], lightness: f32) -> [f32; 3] {
    let (now, wanted) = (luminance(linear), luminance_of(lightness.clamp(0.0, 100.0)));
    // What is all but black has no colour to keep.
    if now < 1e-5 { [wanted; 3] } else { in_gamut(linear.map(|v| v * wanted / now)) }
}

fn luminance_of(lightness: f32) -> f32 {
    if lightness > 8.0 { ((lightness + 16.0) / 116.0).powi(3) } else { lightness * 27.0 / 24389.0 }
}

/// L* of the material's pixels; 0 elsewhere.
fn lightness(picture: &Picture, share: &[u8]) -> Vec<u16> {
    let (pixels, _) = picture.rgba8().as_chunks::<4>();
    let of = |(&[r, g, b, _], &part): (&[u8; 4], &u8)| if part < MATERIAL { 0 } else { (lab([r, g, b])[0] * UNIT).round() as u16 };
    pixels.par_iter().zip(share).with_min_len(super::RUN).map(of).collect()
}

/// The texture of a picture's material.
struct Fine<'a> {
    lightness: &'a [u16],
    share: &'a [u8],
    width: usize,
}

impl Fine<'_> {
    /// [`Fine::at`] of every pixel; 0 outside the material.
    fn whole(&self) -> Vec<f32> {
        let of = |i: usize| if self.share[i] < MATERIAL { 0.0 } else { self.at(i % self.width, i / self.width) };
        (0..self.share.len()).into_par_iter().with_min_len(super::RUN).map(of).collect()
    }

    fn lightness_at(&self, x: usize, y: usize) -> f32 {
        f32::from(self.lightness[y * self.width + x]) / UNIT
    }

    /// By how much a pixel of the material is lighter than the material around it.
    fn at(&self, x: usize, y: usize) -> f32 {
        let height = self.share.len() / self.width;
        let (mut sum, mut count) = (0u32, 0u32);
        for y in y.saturating_sub(REACH)..(y + REACH + 1).min(height) {
            let row = y * self.width + x.saturating_sub(REACH)..y * self.width + (x + REACH + 1).min(self.width);
            for (&l, _) in self.lightness[row.clone()].iter().zip(&self.share[row]).filter(|(_, part)| **part >= MATERIAL) {
                sum += u32::from(l);
                count += 1;
            }
        }
        self.lightness_at(x, y) - sum as f32 / (count.max(1) as f32 * UNIT)
    }
}

/// How far the texture is the same up to its strength, as a correlation; 1 where there is none.
fn agreement(was: &[f32], is: &Fine<'_>) -> f64 {
    let of_row = |y: usize| {
        let row = &is.share[y * is.width..(y + 1) * is.width];
        let fine = row.iter().enumerate().filter(|(_, part)| **part >= MATERIAL).map(|(x, _)| (was[y * is.width + x], is.at(x, y)));
        let product = |a: f32, b: f32| f64::from(a) * f64::from(b);
        fine.filter(|(a, _)| a.abs() < EDGE)
            .fold([0.0; 3], |[ab, aa, bb], (a, b)| [ab + product(a, b), aa + product(a, a), bb + product(b, b)])
    };
    // Summed row by row, so that the figure does not depend on the number of threads.
    let rows: Vec<[f64; 3]> = (0..is.share.len() / is.width).into_par_iter().map(of_row).collect();
    let [ab, aa, bb] = rows.iter().fold([0.0; 3], |sum, row| std::array::from_fn(|i| sum[i] + row[i]));
    if aa * bb > 0.0 { ab / (aa * bb).sqrt() } else { 1.0 }
}
