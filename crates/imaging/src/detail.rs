//! The fine detail of one picture laid on the tone of another: frequency separation.
//!
//! With `low` a low-pass of about `radius` pixels, `E` the edit and `O` the original in the edit's tone, both as stored (sRGB, 0..=1):
//!
//! ```text
//! out = E + strength · w · ((O − E) − low(O − E))
//! ```
//!
//! which for `w = 1` is `low(E) + (O − low(O))`: the edit's low band under the original's high band. `w` keeps the detail of what is no longer there
//! from coming back: it is 1 where both low bands agree and 0 where they do not,
//!
//! ```text
//! w = a / (1 + (d / (TOLERANCE + a·s/2))⁴)
//! ```
//!
//! and everywhere the least `w` within the reach of the low-pass, with `d` the distance of the low bands (root mean square of the channels), `a` their local agreement, a smooth step from 0 to
//! [`AGREEMENT`] of `(2·cov + c) / (var E + var O + c)`, the structure and contrast terms of SSIM (Z. Wang et al., IEEE TIP 2004) on brightness, and
//! `s` the local standard deviation of `O`: an edit that is a little softer differs at every edge and still is the same scene.
//!
//! Tone is normalised first: `O = M·original + b`, the affine map of colours that best leads from the original's low band to the edit's where the two
//! show the same, found by re-weighted least squares (weights of Geman and McClure, their width annealed) from the identity on. Where some of the
//! edit is the original untouched, as around what was erased or before a new background, the weights are narrow from the start, so that what was
//! replaced, however large, is taken for a difference and not for tone.

use rayon::prelude::*;

use super::cells::Cells;
use super::mask::Mask;
use super::picture::Picture;
use crate::pace::checkpoint;

/// Low bands that differ by this much (0..=1) count half.
pub const TOLERANCE: f32 = 0.05;
/// Agreement from which on it counts fully.
pub const AGREEMENT: f32 = 0.6;
/// `c` of the agreement: variations below this (0..=1) are noise.
const NOISE: f32 = 3.0 / 255.0;
/// Windows of the agreement, as a multiple of the radius.
const WINDOW: f32 = 3.0;
/// More cells than this are not kept, whatever the radius.
const MOST_CELLS: u64 = 16 << 20;
/// Rounds of the fit, and the width of its weights in the first and the last.
const ROUNDS: i32 = 8;
const WIDE: f64 = 0.2;
const NARROW: f64 = 0.04;
/// Cells that differ by less are untouched, and so many of them make the rest a difference of content.
const UNTOUCHED: f32 = 0.5 / 255.0;
const UNTOUCHED_SHARE: f64 = 0.02;
/// The fit looks at no more cells than this.
const SAMPLES: usize = 1 << 16;
/// A fit that changes contrast by more than this, either way, explains a difference and no tone.
const MOST_GAIN: f64 = 3.0;

/// What is laid on what.
pub struct Detail<'a> {
    pub edit: &'a Picture,
    /// As seen from the edit, of its size; transparent where it does not reach.
    pub original: &'a Picture,
    /// Where tone is compared: the part that is worked on.
    pub part: &'a Mask,
    /// Standard deviation of the low-pass, in pixels.
    pub radius: f32,
    /// 0..=1.
    pub strength: f32,
}

/// What came out.
pub struct Laid {
    pub picture: Picture,
    /// Mean of `w` over the part, 0..=1: how much of it is the same scene in both.
    pub share: f32,
}

type Rgb = [f32; 3];

impl Detail<'_> {
    /// Alpha stays; pixels that are transparent in either stay as they are.
    ///
    /// # Panics
    /// When the sizes differ.
    pub fn lay(&self) -> Laid {
        let size = (self.edit.width(), self.edit.height());
        assert_eq!(size, (self.original.width(), self.original.height()), "edit and original have one size");
        assert_eq!(size, (self.part.width(), self.part.height()), "mask and picture have one size");
        let side = cell_side(self.radius, self.edit.area());
        let sigma = self.radius / side as f32;
        let low = self.low_bands(side, sigma);
        let tone = Tone::between(&low, &Cells::of(size, side, |i| [f32::from(self.part.values()[i]) / 255.0]));
        let low = low.map(|v| {
            let original = tone.of([v[3], v[4], v[5]]);
            [v[0], v[1], v[2], original[0], original[1], original[2]]
        });
        let weights = weights(&low, (WINDOW * sigma).ceil().max(2.0) as usize).least(sigma.ceil() as usize);
        let picture = self.laid(&low, &weights, &tone);
        Laid { picture, share: self.share(&weights) }
    }

    fn pixel(picture: &Picture, i: usize) -> (Rgb, f32) {
        let pixel = &picture.rgba8()[i * 4..i * 4 + 4];
        (std::array::from_fn(|c| f32::from(pixel[c]) / 255.0), f32::from(pixel[3]) / 255.0)
    }

    /// Low bands of edit and original, three channels each; both see only what is in both.
    fn low_bands(&self, side: usize, sigma: f32) -> Cells<6> {
        let sums = Cells::of((self.edit.width(), self.edit.height()), side, |i| {
            let ((e, ea), (o, oa)) = (Self::pixel(self.edit, i), Self::pixel(self.original, i));
            let q = ea * oa;
            [e[0] * q, e[1] * q, e[2] * q, o[0] * q, o[1] * q, o[2] * q, q]
        });
        sums.blurred(sigma).map(|v| std::array::from_fn(|c| if v[6] > 1e-4 { v[c] / v[6] } else { 0.0 }))
    }

    fn laid(&self, low: &Cells<6>, weights: &Cells<1>, tone: &Tone) -> Picture {
        checkpoint();
        let width = self.edit.width() as usize;
        let mut out = self.edit.clone();
        out.rgba8_mut().par_chunks_mut(width * 4).enumerate().for_each(|(y, row)| {
            let (low, weights) = (low.row(y), weights.row(y));
            for (x, pixel) in row.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                let (original, reaches) = Self::pixel(self.original, y * width + x);
                let amount = self.strength * weights.at(x)[0] * reaches;
                if amount <= 0.0 || pixel[3] == 0 {
                    continue;
                }
                let (low, original) = (low.at(x), tone.of(original));
                for c in 0..3 {
                    let edit = f32::from(pixel[c]) / 255.0;
                    let value = edit + amount * ((original[c] - edit) - (low[3 + c] - low[c]));
                    pixel[c] = (value * 255.0).round().clamp(0.0, 255.0) as u8;
                }
            }
        });
        out
    }

    fn share(&self, weights: &Cells<1>) -> f32 {
        checkpoint();
        let width = self.edit.width() as usize;
        let (sum, count) = (0..self.edit.height() as usize)
            .into_par_iter()
            .map(|y| {
                let row = weights.row(y);
                (0..width).fold((0.0f64, 0.0f64), |(sum, count), x| {
                    let i = y * width + x;
                    let seen = f64::from(self.part.values()[i]) / 255.0 * f64::from(self.original.rgba8()[i * 4 + 3]) / 255.0;
                    (sum + seen * f64::from(row.at(x)[0]), count + f64::from(self.part.values()[i]) / 255.0)
                })
            })
            .collect::<Vec<_>>()
            .into_iter()
            .fold((0.0, 0.0), |(a, b), (c, d)| (a + c, b + d));
        if count > 0.0 { (sum / count) as f32 } else { 0.0 }
    }
}

/// Half the radius, so that reading between the cells loses nothing that the low-pass keeps.
fn cell_side(radius: f32, area: u64) -> usize {
    let wanted = (radius / 2.0).floor().max(1.0) as usize;
    (wanted..).find(|&side| area / (side * side) as u64 <= MOST_CELLS).unwrap_or(wanted)
}

/// `w` for each cell; `low` holds edit and original, both in the edit's tone.
fn weights(low: &Cells<6>, window: usize) -> Cells<1> {
    checkpoint();
    let brightness = |v: &[f32]| 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2];
    let moments = low
        .map(|v| {
            let (e, o) = (brightness(&v[..3]), brightness(&v[3..]));
            [e, o, e * e, o * o, e * o]
        })
        .box_mean(window);
    let mut out = low.map(|_| [0.0]);
    out.values.par_iter_mut().with_min_len(1 << 12).enumerate().for_each(|(i, w)| {
        let ([e, o, ee, oo, eo], v) = (moments.values[i], &low.values[i]);
        let (var_e, var_o, cov) = ((ee - e * e).max(0.0), (oo - o * o).max(0.0), eo - e * o);
        let c = NOISE * NOISE;
        let agreement = smooth_step((2.0 * cov + c) / (var_e + var_o + c) / AGREEMENT);
        let d = ((0..3).map(|c| (v[c] - v[3 + c]).powi(2)).sum::<f32>() / 3.0).sqrt();
        *w = [agreement / (1.0 + (d / (TOLERANCE + agreement * var_o.sqrt() / 2.0)).powi(4))];
    });
    out
}

fn smooth_step(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// An affine map of colours: three rows of red, green, blue, constant.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Tone([[f64; 4]; 3]);

impl Tone {
    const SAME: Tone = Tone([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]);

    fn of(&self, [r, g, b]: Rgb) -> Rgb {
        self.0.map(|row| (row[0] * f64::from(r) + row[1] * f64::from(g) + row[2] * f64::from(b) + row[3]) as f32)
    }

    /// From the original's colours to the edit's, as far as they show the same.
    fn between(low: &Cells<6>, part: &Cells<1>) -> Tone {
        let step = (low.values.len() / SAMPLES).max(1);
        let pairs: Vec<(&[f32; 6], f64)> = (0..low.values.len())
            .step_by(step)
            .filter(|&i| part.values[i][0] > 0.5)
            .map(|i| (&low.values[i], f64::from(part.values[i][0])))
            .collect();
        let untouched = pairs.iter().filter(|(v, _)| (0..3).all(|c| (v[c] - v[3 + c]).abs() < UNTOUCHED)).count();
        let start = if untouched as f64 >= UNTOUCHED_SHARE * pairs.len() as f64 { NARROW } else { WIDE };
        let mut tone = Tone::SAME;
        for round in 0..ROUNDS {
            let width = start * (NARROW / start).powf(f64::from(round) / f64::from(ROUNDS - 1));
            let Some(next) = tone.refit(&pairs, width).filter(Tone::is_tone) else { return Tone::SAME };
            tone = next;
        }
        tone
    }

    /// Least squares with the weights `(w² / (w² + r²))²` of the present residuals `r`, drawn to the identity a little, which decides where a picture
    /// has too few colours to tell.
    fn refit(&self, pairs: &[(&[f32; 6], f64)], width: f64) -> Option<Tone> {
        let (mut normal, mut right) = ([[0.0f64; 4]; 4], [[0.0f64; 4]; 3]);
        for (v, share) in pairs {
            let from = self.of([v[3], v[4], v[5]]);
            let r2 = (0..3).map(|c| f64::from(from[c] - v[c]).powi(2)).sum::<f64>() / 3.0;
            let weight = share * (width * width / (width * width + r2)).powi(2);
            let x = [f64::from(v[3]), f64::from(v[4]), f64::from(v[5]), 1.0];
            for i in 0..4 {
                (0..4).for_each(|j| normal[i][j] += weight * x[i] * x[j]);
                (0..3).for_each(|c| right[c][i] += weight * x[i] * f64::from(v[c]));
            }
        }
        let ridge = 1e-3 * (pairs.len() as f64).max(1.0);
        for i in 0..4 {
            normal[i][i] += ridge;
            (0..3).for_each(|c| right[c][i] += ridge * Tone::SAME.0[c][i]);
        }
        Some(Tone([solve(normal, right[0])?, solve(normal, right[1])?, solve(normal, right[2])?]))
    }

    /// Whether grey keeps about its contrast.
    fn is_tone(&self) -> bool {
        let gain: f64 = [0.2126, 0.7152, 0.0722].iter().zip(&self.0).map(|(share, row)| share * row[..3].iter().sum::<f64>()).sum();
        (1.0 / MOST_GAIN..=MOST_GAIN).contains(&gain)
    }
}

/// Four linear equations, by elimination with pivots.
fn solve(mut a: [[f64; 4]; 4], mut b: [f64; 4]) -> Option<[f64; 4]> {
    for column in 0..4 {
        let pivot = (column..4).max_by(|&i, &j| a[i][column].abs().total_cmp(&a[j][column].abs()))?;
        a.swap(column, pivot);
        b.swap(column, pivot);
        if a[column][column].abs() < 1e-12 {
            return None;
        }
        for row in column + 1..4 {
            let factor = a[row][column] / a[column][column];
            (column..4).for_each(|i| a[row][i] -= factor * a[column][i]);
            b[row] -= factor * b[column];
        }
    }
    for row in (0..4).rev() {
        let known: f64 = (row + 1..4).map(|i| a[row][i] * b[i]).sum();
        b[row] = (b[row] - known) / a[row][row];
    }
    Some(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blend::masked;

    const SIDE: u32 = 240;

    /// Soft hills of colour with a fine weave on them.
    fn scenery() -> Picture {
        let pixel = |i: u32| {
            let (x, y) = ((i % SIDE) as f32, (i / SIDE) as f32);
            let weave = 14.0 * ((x * 1.9).sin() * (y * 1.7).cos());
            let hills = [40.0 * (x / 37.0).sin() + 30.0 * (y / 51.0).cos(), 50.0 * ((x + y) / 43.0).sin(), 45.0 * ((x - y) / 33.0).cos()];
            let [r, g, b] = hills.map(|hill| (120.0 + hill + weave).round().clamp(0.0, 255.0) as u8);
            [r, g, b, 255]
        };
        Picture::from_rgba8(SIDE, SIDE, (0..SIDE * SIDE).flat_map(pixel).collect())
    }

    fn changed(picture: &Picture, f: impl Fn([u8; 4], u32, u32) -> [u8; 4]) -> Picture {
        let pixels = (0..SIDE * SIDE).flat_map(|i| f(picture.pixel(i % SIDE, i / SIDE), i % SIDE, i / SIDE));
        Picture::from_rgba8(SIDE, SIDE, pixels.collect())
    }

    fn softened(picture: &Picture, sigma: f32) -> Picture {
        let of = |i: usize| -> [f32; 3] { std::array::from_fn(|c| f32::from(picture.rgba8()[i * 4 + c])) };
        let low = Cells::of((SIDE, SIDE), 1, of).blurred(sigma);
        let pixels = low.values.iter().flat_map(|v| [v[0].round() as u8, v[1].round() as u8, v[2].round() as u8, 255]);
        Picture::from_rgba8(SIDE, SIDE, pixels.collect())
    }

    fn lay(edit: &Picture, original: &Picture, strength: f32) -> Laid {
        Detail { edit, original, part: &Mask::filled(SIDE, SIDE, 255), radius: 4.0, strength }.lay()
    }

    fn mean_difference(a: &Picture, b: &Picture, inside: impl Fn(u32, u32) -> bool) -> f64 {
        let (mut sum, mut count) = (0u64, 0u64);
        for (x, y) in (0..SIDE * SIDE).map(|i| (i % SIDE, i / SIDE)).filter(|&(x, y)| inside(x, y)) {
            let (a, b) = (a.pixel(x, y), b.pixel(x, y));
            sum += (0..3).map(|c| u64::from(a[c].abs_diff(b[c]))).sum::<u64>();
            count += 3;
        }
        sum as f64 / count as f64
    }

    #[test]
    fn a_softened_picture_gets_its_texture_back() {
        let original = scenery();
        let edit = softened(&original, 3.0);
        let laid = lay(&edit, &original, 1.0);
        let inside = |x: u32, y: u32| (12..SIDE - 12).contains(&x) && (12..SIDE - 12).contains(&y);
        let (before, after) = (mean_difference(&edit, &original, inside), mean_difference(&laid.picture, &original, inside));
        assert!(before > 3.0 && after < 0.2 * before && laid.share > 0.9, "{before} to {after}, {}", laid.share);
        assert_eq!(lay(&edit, &original, 0.0).picture, edit, "no strength, no change");
        assert_eq!(lay(&original, &original, 1.0).picture, original);
    }

    #[test]
    fn the_edits_tone_stays_and_the_texture_takes_its_contrast() {
        let original = scenery();
        // Warmer and of less contrast.
        let toned = |p: [u8; 4]| {
            [(f32::from(p[0]) * 0.7 + 60.0) as u8, (f32::from(p[1]) * 0.7 + 40.0) as u8, (f32::from(p[2]) * 0.6 + 30.0) as u8, 255]
        };
        let truth = changed(&original, |p, _, _| toned(p));
        let edit = softened(&truth, 3.0);
        let laid = lay(&edit, &original, 1.0);
        let inside = |x: u32, y: u32| (12..SIDE - 12).contains(&x) && (12..SIDE - 12).contains(&y);
        let (before, after) = (mean_difference(&edit, &truth, inside), mean_difference(&laid.picture, &truth, inside));
        assert!(after < 0.3 * before, "{before} to {after}");
    }

    #[test]
    fn what_was_erased_or_replaced_does_not_come_back() {
        let ground = scenery();
        let disc = |x: u32, y: u32, r: f32| (x as f32 - 120.0).hypot(y as f32 - 120.0) < r;
        // A striped disc lay there; the edit shows the ground.
        let striped = |_, x: u32, y: u32| {
            if disc(x, y, 30.0) { if (x + y) % 6 < 3 { [210, 40, 30, 255] } else { [150, 20, 20, 255] } } else { ground.pixel(x, y) }
        };
        let original = changed(&ground, striped);
        let laid = lay(&ground, &original, 1.0);
        let ghost = mean_difference(&laid.picture, &ground, |x, y| disc(x, y, 45.0));
        assert!(
            ghost < 1.0,
            "{ghost} of the disc came back, {} would be all",
            mean_difference(&original, &ground, |x, y| disc(x, y, 45.0))
        );
        // All but the disc was replaced by white.
        let white = changed(&original, |p, x, y| if disc(x, y, 30.0) { p } else { [255; 4] });
        let laid = lay(&white, &original, 1.0);
        let ghost = mean_difference(&laid.picture, &white, |x, y| !disc(x, y, 36.0));
        assert!(ghost < 0.3, "{ghost} of the old background came back");
    }

    #[test]
    fn transparent_pixels_and_alpha_stay() {
        let original = scenery();
        let cut = changed(
            &softened(&original, 3.0),
            |p, x, _| if x < 100 { [0; 4] } else { [p[0], p[1], p[2], if x < 110 { 128 } else { 255 }] },
        );
        let laid = lay(&cut, &original, 1.0).picture;
        let (before, after) = (cut.rgba8().as_chunks::<4>().0, laid.rgba8().as_chunks::<4>().0);
        assert!(before.iter().zip(after).all(|(a, b)| a[3] == b[3] && (a[3] > 0 || a == b)));
        let half = changed(&original, |p, x, _| if x < 120 { p } else { [0; 4] });
        let laid = lay(&softened(&original, 3.0), &half, 1.0).picture;
        let right = masked(
            &laid,
            &softened(&original, 3.0),
            &Mask::new(SIDE, SIDE, (0..SIDE * SIDE).map(|i| if i % SIDE >= 120 { 255 } else { 0 }).collect()),
        );
        assert_eq!(laid, right, "where the original does not reach, nothing changes");
    }

    #[test]
    fn any_size_and_radius_is_worked_on() {
        for (w, h) in [(1, 1), (1, 500), (500, 1), (37, 41)] {
            let picture = |seed: u32| {
                let pixel = |i: u32| [(i * seed) as u8, (i * 7) as u8, (i * i) as u8, [255, 255, 90, 0][(i * seed % 4) as usize]];
                Picture::from_rgba8(w, h, (0..w * h).flat_map(pixel).collect())
            };
            for radius in [0.5, 2.0, 50.0, 256.0] {
                let (edit, original) = (picture(3), picture(5));
                let task = Detail { edit: &edit, original: &original, part: &Mask::filled(w, h, 255), radius, strength: 1.0 };
                let (once, twice) = (task.lay(), task.lay());
                assert!(once.picture == twice.picture && (0.0..=1.0).contains(&once.share), "{w}x{h}, {radius}: {}", once.share);
            }
        }
    }

    #[test]
    fn the_tone_of_a_grey_edit_is_found() {
        let original = scenery();
        let grey = changed(&original, |p, _, _| {
            let v = (0.3 * f32::from(p[0]) + 0.6 * f32::from(p[1]) + 0.1 * f32::from(p[2])).round() as u8;
            [v, v, v, 255]
        });
        let laid = lay(&softened(&grey, 3.0), &original, 1.0);
        assert!(laid.picture.rgba8().as_chunks::<4>().0.iter().all(|p| p[0].abs_diff(p[1]) <= 2), "no colour comes in");
        assert!(laid.share > 0.8, "{}", laid.share);
    }
}
