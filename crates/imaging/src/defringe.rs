//! A matte that reaches a pixel too far takes a rim of the old background along. This takes it back.
//!
//! Every pixel near the outline is explained by a pair of samples near it (as in sampling-based matting: J. Wang, M. Cohen, "Optimized color sampling for
//! robust matting", 2007): one from well inside, one from outside. What looks like something well inside stays; else its alpha is at most what the best pair
//! gives, and its colour that of the samples inside, the nearer the more. Alpha is never raised, and nothing changes where the thing is too thin to have an
//! inside.

use rayon::prelude::*;

use super::colour::Srgb8;
use super::foreground::cut_out;
use super::mask::Mask;
use super::picture::Picture;
use crate::pace::checkpoint;

/// Pixels of the outline that are judged, from the outside in.
const BAND: i32 = 3;
/// How far samples are looked for, in pixels.
const REACH: i64 = 18;
/// Beyond this only every second row and column is looked at.
const NEAR: i64 = 6;
/// Samples of each side that are paired, at most.
const PAIRED: usize = 28;
/// Distance in levels (per channel, root of the sum of squares) at which two colours count as the same material.
const SAME: f32 = 18.0;
/// Foreground and background nearer than this cannot be told apart.
const APART: f32 = 40.0;
/// A pair that explains a pixel no better than this says nothing.
const RESIDUAL: f32 = 26.0;

/// The cut-out (see [`cut_out`]) without the old background's rim. The sizes are equal.
///
/// # Panics
/// When they are not.
pub fn cut_out_clean(picture: &Picture, matte: &Mask) -> Picture {
    assert_eq!((picture.width(), picture.height()), (matte.width(), matte.height()), "matte and picture have one size");
    let rim = Rim::of(picture, matte);
    let mut lower = matte.clone();
    rim.found.iter().for_each(|(i, mixed)| lower.values_mut()[*i] = mixed.alpha(matte.values()[*i]));
    let mut cut = cut_out(picture, &lower);
    let (pixels, _) = cut.rgba8_mut().as_chunks_mut::<4>();
    for (i, mixed) in &rim.found {
        if pixels[*i][3] > 0 {
            pixels[*i][..3].copy_from_slice(&mixed.colour);
        }
    }
    cut
}

/// A pixel that is part foreground, part background.
struct Mixed {
    share: f32,
    colour: Srgb8,
}

impl Mixed {
    fn alpha(&self, before: u8) -> u8 {
        before.min((self.share * 255.0).round() as u8)
    }
}

struct Rim {
    found: Vec<(usize, Mixed)>,
}

impl Rim {
    fn of(picture: &Picture, matte: &Mask) -> Rim {
        checkpoint();
        let inside = matte.thresholded(128).grown(-BAND);
        let outside = matte.thresholded(9).grown(1);
        let width = picture.width() as usize;
        let (pixels, _) = picture.rgba8().as_chunks::<4>();
        let sampler = Sampler { pixels, inside: &inside, outside: &outside, width, height: picture.height() as usize };
        let judged = |i: &usize| matte.values()[*i] > 0 && inside.values()[*i] == 0;
        let found =
            (0..pixels.len()).into_par_iter().filter(judged).filter_map(|i| Some((i, sampler.mixed(i % width, i / width)?))).collect();
        Rim { found }
    }
}

struct Sampler<'a> {
    pixels: &'a [[u8; 4]],
    inside: &'a Mask,
    outside: &'a Mask,
    width: usize,
    height: usize,
}

impl Sampler<'_> {
    /// How much of a pixel is foreground; `None` where that cannot be told, or where it is all of it.
    fn mixed(&self, x: usize, y: usize) -> Option<Mixed> {
        let (mut within, mut without): (Vec<[f32; 3]>, Vec<[f32; 3]>) = (vec![], vec![]);
        let (mut sum, mut total) = ([0.0f32; 3], 0.0f32);
        for dy in -REACH..=REACH {
            for dx in -REACH..=REACH {
                let (sx, sy) = (x as i64 + dx, y as i64 + dy);
                let far = dx.abs() > NEAR || dy.abs() > NEAR;
                if (far && (dx % 2 != 0 || dy % 2 != 0))
                    || dx * dx + dy * dy > REACH * REACH
                    || !(0..self.width as i64).contains(&sx)
                    || !(0..self.height as i64).contains(&sy)
                {
                    continue;
                }
                let i = sy as usize * self.width + sx as usize;
                if self.inside.values()[i] > 0 {
                    let f = colour(self.pixels[i]);
                    // The nearest count most, by the fourth power of the distance.
                    let weight = 1.0 / ((dx * dx + dy * dy).pow(2) as f32);
                    (0..3).for_each(|c| sum[c] += weight * f[c]);
                    total += weight;
                    within.push(f);
                } else if self.outside.values()[i] == 0 {
                    without.push(colour(self.pixels[i]));
                }
            }
        }
        if within.len() < 3 || without.len() < 3 {
            return None;
        }
        let own = colour(self.pixels[y * self.width + x]);
        if within.iter().any(|f| distance(own, *f) < SAME) {
            return None;
        }
        let clean = sum.map(|v| (v / total).round() as u8);
        // Exactly what lies outside, and nothing like what lies inside.
        if without.iter().any(|b| distance(own, *b) < SAME / 2.0) {
            return Some(Mixed { share: 0.0, colour: clean });
        }
        let mut best = (RESIDUAL, None);
        for f in within.iter().step_by(within.len().div_ceil(PAIRED)) {
            for b in without.iter().step_by(without.len().div_ceil(PAIRED)) {
                let line: [f32; 3] = std::array::from_fn(|c| f[c] - b[c]);
                let length = line.iter().map(|v| v * v).sum::<f32>();
                if length < APART * APART {
                    continue;
                }
                let along = (0..3).map(|c| (own[c] - b[c]) * line[c]).sum::<f32>() / length;
                let share = along.clamp(0.0, 1.0);
                let residual = (0..3).map(|c| (own[c] - b[c] - share * line[c]).powi(2)).sum::<f32>().sqrt();
                if residual < best.0 {
                    best = (residual, Some(share));
                }
            }
        }
        best.1.map(|share| Mixed { share, colour: clean })
    }
}

fn colour([r, g, b, _]: [u8; 4]) -> [f32; 3] {
    [f32::from(r), f32::from(g), f32::from(b)]
}

fn distance(a: [f32; 3], b: [f32; 3]) -> f32 {
    (0..3).map(|c| (a[c] - b[c]).powi(2)).sum::<f32>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A blue block from x = 20 to 60 on green, and a matte that reaches `over` pixels too far on the left.
    fn scene(over: usize) -> (Picture, Mask) {
        let inside = |i: usize, from: usize| (from..60).contains(&(i % 80)) && (20..60).contains(&(i / 80));
        let pixel = |i: usize| if inside(i, 20) { [40, 60, 180, 255] } else { [60, 220, 50, 255] };
        let matte = (0..6400).map(|i| if inside(i, 20 - over) { 255 } else { 0 }).collect();
        (Picture::from_rgba8(80, 80, (0..6400).flat_map(pixel).collect()), Mask::new(80, 80, matte))
    }

    #[test]
    fn a_rim_of_background_goes_and_the_thing_stays() {
        let (picture, matte) = scene(2);
        let clean = cut_out_clean(&picture, &matte);
        for y in 24..56 {
            assert_eq!([18, 19].map(|x| clean.pixel(x, y)[3]), [0, 0], "row {y}");
            assert_eq!([20, 59].map(|x| clean.pixel(x, y)), [[40, 60, 180, 255]; 2], "row {y}");
        }
        let (picture, exact) = scene(0);
        assert_eq!(cut_out_clean(&picture, &exact), cut_out(&picture, &exact), "a right matte stays as it is");
    }

    #[test]
    fn thin_things_and_like_colours_are_left_alone() {
        let (mut picture, _) = scene(0);
        let thin = Mask::new(80, 80, (0..6400).map(|i| if (30..34).contains(&(i % 80)) { 255 } else { 0 }).collect());
        assert_eq!(cut_out_clean(&picture, &thin), cut_out(&picture, &thin));
        picture = Picture::filled(80, 80, [120, 130, 140, 255]);
        let (_, matte) = scene(2);
        assert_eq!(cut_out_clean(&picture, &matte), cut_out(&picture, &matte));
    }
}
