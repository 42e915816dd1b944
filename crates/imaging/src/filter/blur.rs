//! Blur by a Gaussian, in linear light with premultiplied alpha: no dark fringes, and nothing of what is transparent.
//!
//! A small radius is a sum over neighbours, strip by strip; a large one is worked out on averages of cells (see [`crate::cells`]), whose own spread is
//! taken off, and read between them. Memory is bounded by strips or by cells, not by the picture.

use rayon::prelude::*;

use crate::cells::Cells;
use crate::dither::threshold;
use crate::pace::{Counter, Pace};
use crate::rows::{Level, Reader};

/// Cells per sigma: enough for a blur that is read bilinearly to be within half a level.
const CELLS_PER_SIGMA: f32 = 4.0;
/// Rows of a strip, besides its margins.
const STRIP: usize = 64;
/// From this sigma on bands could show in what is smooth.
const SMOOTH: f32 = 4.0;

/// A picture to blur.
pub(super) struct Blur<'a, L> {
    pub pixels: &'a [[L; 4]],
    pub size: (u32, u32),
    /// Standard deviation in pixels.
    pub sigma: f32,
}

impl<L: Level> Blur<'_, L> {
    pub fn done(&self, pace: Pace<'_>) -> Option<Vec<[L; 4]>> {
        let side = (self.sigma / CELLS_PER_SIGMA) as usize;
        if side < 2 { self.by_strips(pace) } else { self.by_cells(side, pace) }
    }

    fn by_cells(&self, side: usize, pace: Pace<'_>) -> Option<Vec<[L; 4]>> {
        let reader = Reader::plain::<L>();
        let cells = Cells::<4>::of(self.size, side, |i| reader.premultiplied(self.pixels[i]));
        if (pace.cancelled)() {
            return None;
        }
        // Averages of cells and straight lines between them spread as well.
        let s = (side * side) as f32;
        let own = (s - 1.0) / 12.0 + s / 6.0;
        let cells = cells.blurred(((self.sigma * self.sigma - own) / s).max(0.0).sqrt());
        self.rows(pace, |y| {
            let row = cells.row(y);
            move |x| row.at(x)
        })
    }

    fn by_strips(&self, pace: Pace<'_>) -> Option<Vec<[L; 4]>> {
        let (width, height) = (self.size.0 as usize, self.size.1 as usize);
        let reader = Reader::plain::<L>();
        let weights = weights(self.sigma);
        let reach = weights.len() / 2;
        let counter = Counter::new(pace, height);
        let mut out = vec![[L::default(); 4]; self.pixels.len()];
        out.par_chunks_mut(STRIP * width).enumerate().for_each(|(n, to)| {
            if counter.is_cancelled() {
                return;
            }
            let first = n * STRIP;
            let rows = to.len() / width;
            // Rows blurred across, with those above and below that the strip needs.
            let mut across = vec![[0.0f32; 4]; (rows + 2 * reach) * width];
            let mut padded = vec![[0.0f32; 4]; width + 2 * reach];
            for (i, line) in across.chunks_exact_mut(width).enumerate() {
                let y = (first + i).saturating_sub(reach).min(height - 1);
                let from = &self.pixels[y * width..(y + 1) * width];
                for (to, pixel) in padded[reach..].iter_mut().zip(from) {
                    *to = reader.premultiplied(*pixel);
                }
                let (left, right) = (padded[reach], padded[reach + width - 1]);
                padded[..reach].fill(left);
                padded[reach + width..].fill(right);
                for (x, to) in line.iter_mut().enumerate() {
                    *to = weighted(weights.iter().zip(&padded[x..]));
                }
            }
            let mut line = vec![[0.0f32; 4]; width];
            for (i, to) in to.chunks_exact_mut(width).enumerate() {
                line.fill([0.0; 4]);
                for (k, &w) in weights.iter().enumerate() {
                    let from = &across[(i + k) * width..(i + k + 1) * width];
                    for (sum, v) in line.iter_mut().zip(from) {
                        (0..4).for_each(|c| sum[c] += w * v[c]);
                    }
                }
                for (x, to) in to.iter_mut().enumerate() {
                    *to = self.stored(line[x], x, first + i);
                }
            }
            counter.add(rows);
        });
        (!counter.is_cancelled()).then_some(out)
    }

    fn rows<F: Fn(usize) -> [f32; 4]>(&self, pace: Pace<'_>, row: impl Fn(usize) -> F + Sync) -> Option<Vec<[L; 4]>> {
        let width = self.size.0 as usize;
        let counter = Counter::new(pace, self.size.1 as usize);
        let mut out = vec![[L::default(); 4]; self.pixels.len()];
        out.par_chunks_mut(width).enumerate().for_each(|(y, to)| {
            if counter.is_cancelled() {
                return;
            }
            let row = row(y);
            for (x, to) in to.iter_mut().enumerate() {
                *to = self.stored(row(x), x, y);
            }
            counter.add(1);
        });
        (!counter.is_cancelled()).then_some(out)
    }

    /// Straight sRGB of premultiplied light; 8 bits of what is smooth are dithered.
    fn stored(&self, [r, g, b, alpha]: [f32; 4], x: usize, y: usize) -> [L; 4] {
        let a = L::of_share(alpha.clamp(0.0, 1.0));
        if a == L::default() {
            return [L::default(); 4];
        }
        let straight = [r, g, b].map(|v| v / alpha);
        let [r, g, b] = if L::MOST == 255 && self.sigma >= SMOOTH {
            std::array::from_fn(|c| L::of_share(dithered(straight[c], threshold(x, y, c))))
        } else {
            straight.map(L::of_linear)
        };
        [r, g, b, a]
    }
}

/// An sRGB share that rounds to one of the two levels around it.
fn dithered(linear: f32, threshold: f32) -> f32 {
    let level = crate::rows::share_of(linear) * 255.0;
    ((level + threshold).floor() / 255.0).clamp(0.0, 1.0)
}

#[inline(always)]
fn weighted<'a>(pairs: impl Iterator<Item = (&'a f32, &'a [f32; 4])>) -> [f32; 4] {
    let mut sum = [0.0f32; 4];
    for (w, v) in pairs {
        (0..4).for_each(|c| sum[c] += w * v[c]);
    }
    sum
}

/// A Gaussian cut off at three sigma; adds up to 1.
fn weights(sigma: f32) -> Vec<f32> {
    let reach = (3.0 * sigma).ceil().max(1.0) as i32;
    let raw: Vec<f32> = (-reach..=reach).map(|d| (-((d * d) as f32) / (2.0 * sigma * sigma)).exp()).collect();
    let sum: f32 = raw.iter().sum();
    raw.into_iter().map(|w| w / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blurred(pixels: &[[u8; 4]], size: (u32, u32), sigma: f32) -> Vec<[u8; 4]> {
        Blur { pixels, size, sigma }.done(Pace::ALONE).unwrap()
    }

    #[test]
    fn a_flat_picture_stays_and_what_is_transparent_adds_no_colour() {
        for sigma in [0.7, 3.0, 12.0, 60.0] {
            assert!(blurred(&[[90, 160, 30, 255]; 50 * 40], (50, 40), sigma).iter().all(|p| *p == [90, 160, 30, 255]), "{sigma}");
            let half: Vec<[u8; 4]> = (0..2000).map(|i| if i % 50 < 25 { [90, 160, 30, 255] } else { [255, 0, 255, 0] }).collect();
            let soft = blurred(&half, (50, 40), sigma);
            assert!(
                soft.iter().filter(|p| p[3] > 20).all(|p| p[0].abs_diff(90) <= 1 && p[1].abs_diff(160) <= 1 && p[2].abs_diff(30) <= 1),
                "{sigma}"
            );
            let (seen, hidden) = (soft[1000 + 24][3], soft[1000 + 25][3]);
            assert!(seen >= hidden && hidden > 20, "{sigma}: {seen} {hidden}");
        }
    }

    #[test]
    fn an_edge_becomes_as_soft_as_the_radius_says_either_way() {
        // Light at a distance of one sigma from an edge is Φ(1) = 0.8413.
        for sigma in [2.0f32, 6.0, 7.9, 8.1, 20.0, 40.0] {
            let edge: Vec<[u8; 4]> = (0..400 * 16).map(|i| if i % 400 < 200 { [0, 0, 0, 255] } else { [255; 4] }).collect();
            let soft = blurred(&edge, (400, 16), sigma);
            let light = |x: usize| crate::colour::to_linear(f32::from(soft[8 * 400 + x][0]) / 255.0);
            let at = 200.0 + sigma - 0.5;
            let (low, part) = (at as usize, at.fract());
            let reached = light(low) * (1.0 - part) + light(low + 1) * part;
            assert!((reached - 0.8413).abs() < 0.02, "{sigma}: {reached}");
            assert!((light(199) + light(200) - 1.0).abs() < 0.03, "{sigma}");
        }
    }

    #[test]
    fn odd_sizes_work_and_a_cancelled_run_ends() {
        for size in [(1, 1), (1, 500), (500, 1), (37, 41)] {
            let pixels = vec![[9u8, 8, 7, 255]; (size.0 * size.1) as usize];
            for sigma in [1.0, 30.0, 300.0] {
                assert_eq!(blurred(&pixels, size, sigma), pixels);
            }
        }
        let pixels = vec![[9u8, 8, 7, 255]; 1000];
        let stopped = Pace { cancelled: &|| true, done: &|_| {} };
        assert!([1.0, 30.0].iter().all(|&sigma| Blur { pixels: &pixels, size: (50, 20), sigma }.done(stopped).is_none()));
    }
}
