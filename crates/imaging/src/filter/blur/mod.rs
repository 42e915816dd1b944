//! Blur by a Gaussian, in linear light with premultiplied alpha: no dark fringes, and nothing of what is transparent.
//!
//! A small radius is a sum over neighbours ([`gauss`]), a middle one three box averages ([`boxes`]), a large one is worked out on averages of cells (see
//! [`crate::cells`]), whose own spread is taken off, and read between them. Memory is bounded by bands of rows or by cells, not by the picture.

mod boxes;
mod gauss;
mod opaque;
mod ring;

use rayon::prelude::*;

use crate::cells::Cells;
use crate::dither::thresholds;
use crate::pace::{Counter, Pace, checkpoint};
use crate::rows::{Level, Reader, share_of, straight};
use opaque::Opaque;
use ring::Band;

/// Cells per sigma: enough for a blur that is read bilinearly to be within half a level.
const CELLS_PER_SIGMA: f32 = 4.0;
/// Rows of a band at least, besides its margins.
const LEAST_ROWS: usize = 64;
/// From this sigma on bands could show in what is smooth.
const SMOOTH: f32 = 4.0;

/// A picture to blur.
pub(super) struct Blur<'a, L> {
    pub pixels: &'a [[L; 4]],
    pub size: (u32, u32),
    /// Standard deviation in pixels.
    pub sigma: f32,
}

impl Blur<'_, u8> {
    /// [`Blur::done`], faster where the picture is opaque.
    pub fn of_bytes(&self, pace: Pace<'_>) -> Option<Vec<[u8; 4]>> {
        let &Blur { pixels, size, sigma } = self;
        if opaque::is_opaque(pixels) { Opaque { pixels, size, sigma }.done(pace) } else { self.done(pace) }
    }
}

impl<L: Level> Blur<'_, L> {
    pub fn done(&self, pace: Pace<'_>) -> Option<Vec<[L; 4]>> {
        if side(self.sigma) < 2 { self.by_weights(pace) } else { self.by_cells(pace) }
    }

    fn by_cells(&self, pace: Pace<'_>) -> Option<Vec<[L; 4]>> {
        let reader = Reader::plain::<L>();
        let side = side(self.sigma);
        let cells = Cells::<4>::of(self.size, side, |i| reader.premultiplied(self.pixels[i]));
        if (pace.cancelled)() {
            return None;
        }
        let cells = cells.blurred(left(self.sigma, side));
        let places = cells.places(self.size.0 as usize);
        bands(self.size, 0, pace, |band, counter, to| {
            let mut store = Store::new(band.width, self.sigma);
            for (y, to) in (band.first..).zip(to.chunks_exact_mut(band.width)) {
                let row = cells.row(y);
                store.row(y, |x| places[x].of(row.values()), to);
                counter.add(1);
                if counter.is_cancelled() {
                    return;
                }
            }
        })
    }

    fn by_weights(&self, pace: Pace<'_>) -> Option<Vec<[L; 4]>> {
        let reader = Reader::plain::<L>();
        let weights = gauss::weights(self.sigma);
        bands(self.size, weights.len(), pace, |band, counter, to| {
            let mut store = Store::new(band.width, self.sigma);
            gauss::blur::<4>(
                band,
                &weights,
                |y, [r, g, b, a]| {
                    let from = &self.pixels[y * band.width..(y + 1) * band.width];
                    for ((((r, g), b), a), pixel) in r.iter_mut().zip(g.iter_mut()).zip(b.iter_mut()).zip(a.iter_mut()).zip(from) {
                        [*r, *g, *b, *a] = reader.premultiplied(*pixel);
                    }
                },
                |y, [r, g, b, a]| {
                    store.row(y, |x| [r[x], g[x], b[x], a[x]], &mut to[(y - band.first) * band.width..][..band.width]);
                    counter.add(1);
                    !counter.is_cancelled()
                },
            );
        })
    }
}

/// Every band by `work`, which fills its rows of the result and counts them; `reach`: rows that a band looks at on either side. What a band gives does not
/// depend on where it begins, so there are as many as keep all threads busy. `None` where the work was cancelled.
fn bands<P: Copy + Default + Send + Sync>(
    size: (u32, u32),
    reach: usize,
    pace: Pace<'_>,
    work: impl Fn(&Band, &Counter<'_>, &mut [P]) + Sync,
) -> Option<Vec<P>> {
    checkpoint();
    let (width, height) = (size.0 as usize, size.1 as usize);
    let counter = Counter::new(pace, height);
    let rows = height.div_ceil(4 * rayon::current_num_threads()).max(LEAST_ROWS).max(3 * reach);
    let mut out = vec![P::default(); width * height];
    out.par_chunks_mut(rows * width).enumerate().for_each(|(n, to)| {
        if !counter.is_cancelled() {
            work(&Band { first: n * rows, rows: to.len() / width, width, height }, &counter, to);
        }
    });
    (!counter.is_cancelled()).then_some(out)
}

/// The side of a cell.
fn side(sigma: f32) -> usize {
    (sigma / CELLS_PER_SIGMA) as usize
}

/// The standard deviation, in cells, that is left to do: averages of cells and straight lines between them spread as well.
fn left(sigma: f32, side: usize) -> f32 {
    let s = (side * side) as f32;
    let own = (s - 1.0) / 12.0 + s / 6.0;
    ((sigma * sigma - own) / s).max(0.0).sqrt()
}

/// A value of 0..=65535, rounded: the sum has no fraction left and ends with the integer's bits.
#[inline(always)]
fn nearest(v: f32) -> u16 {
    (v + 8_388_608.0).to_bits() as u16
}

/// Rows of premultiplied light as straight sRGB; 8 bits of what is smooth are dithered.
struct Store {
    /// Of a row, by channel; empty where nothing is dithered.
    thresholds: [Vec<u16>; 3],
    dithers: bool,
}

impl Store {
    fn new(width: usize, sigma: f32) -> Store {
        Store { thresholds: std::array::from_fn(|_| vec![0; width]), dithers: sigma >= SMOOTH }
    }

    fn row<L: Level>(&mut self, y: usize, light: impl Fn(usize) -> [f32; 4], to: &mut [[L; 4]]) {
        let dithers = self.dithers && L::MOST == 255;
        if dithers {
            self.thresholds.iter_mut().enumerate().for_each(|(c, t)| thresholds(y, c, t));
        }
        for (x, to) in to.iter_mut().enumerate() {
            let light = light(x);
            if !dithers {
                *to = straight(light);
                continue;
            }
            let [.., alpha] = light;
            let a = L::of_share(alpha.clamp(0.0, 1.0));
            if a != L::default() {
                let level = |c: usize| (share_of(light[c] / alpha) * 65280.0 + 0.5) as u32 + u32::from(self.thresholds[c][x]);
                let [r, g, b] = std::array::from_fn(|c| L::of_share((level(c) >> 8) as f32 / 255.0));
                *to = [r, g, b, a];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blurred(pixels: &[[u8; 4]], size: (u32, u32), sigma: f32) -> Vec<[u8; 4]> {
        Blur { pixels, size, sigma }.of_bytes(Pace::ALONE).unwrap()
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
            let opaque = blurred(&edge, (400, 16), sigma);
            let any = Blur { pixels: &edge, size: (400, 16), sigma }.done(Pace::ALONE).unwrap();
            for soft in [opaque, any] {
                let light = |x: usize| crate::colour::to_linear(f32::from(soft[8 * 400 + x][0]) / 255.0);
                let at = 200.0 + sigma - 0.5;
                let (low, part) = (at as usize, at.fract());
                let reached = light(low) * (1.0 - part) + light(low + 1) * part;
                assert!((reached - 0.8413).abs() < 0.02, "{sigma}: {reached}");
                assert!((light(199) + light(200) - 1.0).abs() < 0.03, "{sigma}");
            }
        }
    }

    #[test]
    fn odd_sizes_work_and_a_cancelled_run_ends() {
        for size in [(1, 1), (1, 500), (500, 1), (37, 41)] {
            let pixels = vec![[9u8, 8, 7, 255]; (size.0 * size.1) as usize];
            for sigma in [1.0, 6.0, 30.0, 300.0] {
                assert_eq!(blurred(&pixels, size, sigma), pixels);
            }
        }
        let pixels = vec![[9u8, 8, 7, 255]; 1000];
        let stopped = Pace { cancelled: &|| true, done: &|_| {} };
        assert!([1.0, 6.0, 30.0].iter().all(|&sigma| Blur { pixels: &pixels, size: (50, 20), sigma }.of_bytes(stopped).is_none()));
    }
}
