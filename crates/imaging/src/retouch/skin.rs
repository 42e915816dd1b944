//! Where skin is, and its smoothing.

use rayon::prelude::*;

use crate::cells::Cells;
use crate::colour::lab;
use crate::mask::Mask;
use crate::pace::checkpoint;
use crate::picture::Picture;

/// Standard deviations of the blurs that part the bands, as shares of the face's width: pores are finer than the first, shading is coarser than the second.
const FINE: f32 = 0.008;
const COARSE: f32 = 0.045;
/// No band is finer than this, in pixels.
const FINEST_PX: f32 = 0.9;
/// Unevenness of more levels is a fold, an edge or a shadow and stays.
const UNEVEN: f32 = 13.0;
/// What is taken of the middle band at full strength.
const MOST: f32 = 0.92;
/// Skin's colours lie within so many deviations of their median; further out it ends softly.
const WITHIN: f32 = 2.4;
const BEYOND: f32 = 3.6;
/// Least deviations of L*, a* and b*.
const LEAST: [f32; 3] = [9.0, 4.0, 4.5];
/// Holes in the skin up to this share of the face's width are spots on it.
const HOLES: f32 = 0.04;

/// A map of skin in a picture.
pub(super) struct Skin {
    pub width: usize,
    pub height: usize,
    /// 0..=1, row by row.
    pub share: Vec<f32>,
    /// The face's width in pixels.
    pub scale: f32,
}

impl Skin {
    /// `region`: where it may be.
    pub fn of(picture: &Picture, region: &Mask, scale: f32) -> Skin {
        let (pixels, _) = picture.rgba8().as_chunks::<4>();
        let inside = |i: usize| region.values()[i] > 200 && pixels[i][3] > 0;
        let step = (pixels.len() / 60_000).max(1);
        let labs: Vec<[f32; 3]> =
            (0..pixels.len()).step_by(step).filter(|&i| inside(i)).map(|i| lab([pixels[i][0], pixels[i][1], pixels[i][2]])).collect();
        let values = if labs.is_empty() { vec![0; pixels.len()] } else { members(pixels, region, &labs) };
        let holes = (HOLES * scale).round() as i32;
        let closed = Mask::new(picture.width(), picture.height(), values).grown(holes).grown(-holes);
        let soft = closed.feathered((0.01 * scale).round() as u32);
        let share = soft.values().iter().zip(region.values()).zip(pixels);
        let share = share.map(|((s, r), p)| if p[3] == 0 { 0.0 } else { f32::from(*s.min(r)) / 255.0 }).collect();
        Skin { width: picture.width() as usize, height: picture.height() as usize, share, scale }
    }

    /// A blur of the picture in which only skin counts; red, green, blue and how much skin there was.
    pub fn blurred(&self, picture: &Picture, sigma: f32, counts: impl Fn(usize) -> f32 + Sync) -> Cells<4> {
        let (pixels, _) = picture.rgba8().as_chunks::<4>();
        let weighted = |i: usize| {
            let weight = self.share[i] * counts(i);
            [f32::from(pixels[i][0]) * weight, f32::from(pixels[i][1]) * weight, f32::from(pixels[i][2]) * weight, weight]
        };
        Cells::of((picture.width(), picture.height()), 1, weighted).blurred(sigma)
    }

    /// Deviation of the finest blur, in pixels.
    pub fn fine(&self) -> f32 {
        (FINE * self.scale).max(FINEST_PX)
    }

    /// Lowers the middle band; `strength` 0..=1.
    pub fn smooth(&self, picture: &mut Picture, strength: f32) {
        checkpoint();
        if strength <= 0.0 {
            return;
        }
        let fine = self.blurred(picture, self.fine(), |_| 1.0);
        let coarse = self.blurred(picture, (COARSE * self.scale).max(2.0 * self.fine()), |_| 1.0);
        let most = MOST * (1.25 * strength).min(1.0);
        let (pixels, _) = picture.rgba8_mut().as_chunks_mut::<4>();
        pixels.par_iter_mut().enumerate().with_min_len(1 << 12).for_each(|(i, pixel)| {
            let (near, far) = (&fine.values[i], &coarse.values[i]);
            if self.share[i] <= 0.0 || near[3] < 0.05 || far[3] < 0.05 {
                return;
            }
            let band: [f32; 3] = std::array::from_fn(|c| near[c] / near[3] - far[c] / far[3]);
            let size = 0.3 * band[0] + 0.59 * band[1] + 0.11 * band[2];
            let part = most * self.share[i] * (-(size / UNEVEN).powi(2)).exp();
            (0..3).for_each(|c| pixel[c] = (f32::from(pixel[c]) - part * band[c]).round().clamp(0.0, 255.0) as u8);
        });
    }
}

/// How far pixels have the colour of most of the region, 0..=255.
fn members(pixels: &[[u8; 4]], region: &Mask, labs: &[[f32; 3]]) -> Vec<u8> {
    checkpoint();
    let middle = |mut values: Vec<f32>| {
        let at = values.len() / 2;
        *values.select_nth_unstable_by(at, f32::total_cmp).1
    };
    let centre: [f32; 3] = std::array::from_fn(|c| middle(labs.iter().map(|v| v[c]).collect()));
    let spread: [f32; 3] =
        std::array::from_fn(|c| (1.4826 * middle(labs.iter().map(|v| (v[c] - centre[c]).abs()).collect())).clamp(LEAST[c], 1.8 * LEAST[c]));
    let member = |(p, r): (&[u8; 4], &u8)| {
        if *r == 0 || p[3] == 0 {
            return 0;
        }
        let colour = lab([p[0], p[1], p[2]]);
        let off = (0..3).map(|c| ((colour[c] - centre[c]) / spread[c]).powi(2)).sum::<f32>().sqrt();
        (255.0 * ((BEYOND - off) / (BEYOND - WITHIN)).clamp(0.0, 1.0)) as u8
    };
    pixels.par_iter().zip(region.values().par_iter()).with_min_len(1 << 12).map(member).collect()
}
