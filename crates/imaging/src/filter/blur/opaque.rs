//! Blur of 8-bit pictures that are opaque, as most are: three planes of linear light in 16 bits, and tables either way.

use std::sync::OnceLock;

use rayon::prelude::*;

use super::boxes::{self, Boxes, LANES};
use super::{SMOOTH, bands, gauss, nearest};
use crate::cells::Cells;
use crate::colour::Tables;
use crate::dither::thresholds;
use crate::pace::{Pace, checkpoint};
use crate::vectors::widest;

/// Below this sigma a weighted sum is the truer one and no slower.
const LEAST_BOXES: f32 = 3.0;
/// From this sigma on it is worked out on cells, of a quarter of sigma.
const LEAST_CELLS: f32 = 16.0;

/// An opaque picture to blur.
pub(super) struct Opaque<'a> {
    pub pixels: &'a [[u8; 4]],
    pub size: (u32, u32),
    /// Standard deviation in pixels.
    pub sigma: f32,
}

impl Opaque<'_> {
    pub fn done(&self, pace: Pace<'_>) -> Option<Vec<[u8; 4]>> {
        if self.sigma >= LEAST_CELLS {
            return self.by_cells(pace);
        }
        match Boxes::new(self.sigma) {
            Some(boxes) if self.sigma >= LEAST_BOXES => self.by_boxes(&boxes, pace),
            _ => self.by_weights(pace),
        }
    }

    fn row(&self, y: usize) -> &[[u8; 4]] {
        let width = self.size.0 as usize;
        &self.pixels[y * width..(y + 1) * width]
    }

    fn by_weights(&self, pace: Pace<'_>) -> Option<Vec<[u8; 4]>> {
        let weights = gauss::weights(self.sigma);
        let light = Tables::get().linear.map(|v| v * 65535.0);
        bands(self.size, weights.len(), pace, |band, counter, to| {
            let mut store = Store::new(self.size.0 as usize, self.sigma);
            let mut deep: [Vec<u16>; 3] = std::array::from_fn(|_| vec![0; band.width]);
            gauss::blur::<3>(
                band,
                &weights,
                |y, [r, g, b]| {
                    for (((r, g), b), p) in r.iter_mut().zip(g.iter_mut()).zip(b.iter_mut()).zip(self.row(y)) {
                        (*r, *g, *b) = (light[usize::from(p[0])], light[usize::from(p[1])], light[usize::from(p[2])]);
                    }
                },
                |y, planes| {
                    widest(
                        #[inline(always)]
                        || whole(planes, &mut deep),
                    );
                    store.row(y, &deep, &mut to[(y - band.first) * band.width..][..band.width]);
                    counter.add(1);
                    !counter.is_cancelled()
                },
            );
        })
    }

    fn by_boxes(&self, boxes: &Boxes, pace: Pace<'_>) -> Option<Vec<[u8; 4]>> {
        let light = &Tables::get().linear16;
        bands(self.size, boxes.reach(), pace, |band, counter, to| {
            let mut store = Store::new(self.size.0 as usize, self.sigma);
            boxes::blur(
                band,
                boxes,
                |ys, [r, g, b]| {
                    let width = self.size.0 as usize;
                    let rows = ys.map(|y| &self.row(y)[..width]);
                    for (x, ((r, g), b)) in r.iter_mut().zip(g.iter_mut()).zip(b.iter_mut()).enumerate() {
                        for i in 0..LANES {
                            let p = rows[i][x];
                            (r[i], g[i], b[i]) = (light[usize::from(p[0])], light[usize::from(p[1])], light[usize::from(p[2])]);
                        }
                    }
                },
                |y, planes| {
                    store.row(y, planes, &mut to[(y - band.first) * band.width..][..band.width]);
                    counter.add(1);
                    !counter.is_cancelled()
                },
            );
        })
    }

    fn by_cells(&self, pace: Pace<'_>) -> Option<Vec<[u8; 4]>> {
        let light = &Tables::get().linear16;
        let side = super::side(self.sigma);
        let cells = Cells::<3>::of_sums(self.size, side, |i| {
            let [r, g, b, _] = self.pixels[i];
            [r, g, b].map(|v| u32::from(light[usize::from(v)]))
        });
        if (pace.cancelled)() {
            return None;
        }
        let cells = cells.blurred(super::left(self.sigma, side));
        let places = cells.places(self.size.0 as usize);
        bands(self.size, 0, pace, |band, counter, to| {
            let mut store = Store::new(self.size.0 as usize, self.sigma);
            let mut deep: [Vec<u16>; 3] = std::array::from_fn(|_| vec![0; band.width]);
            for (y, to) in (band.first..).zip(to.chunks_exact_mut(band.width)) {
                let row = cells.row(y);
                let [r, g, b] = &mut deep;
                let values = row.values();
                for (((r, g), b), place) in r.iter_mut().zip(g.iter_mut()).zip(b.iter_mut()).zip(&places) {
                    [*r, *g, *b] = place.of(values).map(nearest);
                }
                store.row(y, &deep, to);
                counter.add(1);
                if counter.is_cancelled() {
                    return;
                }
            }
        })
    }
}

#[inline(always)]
fn whole(from: &[Vec<f32>; 3], to: &mut [Vec<u16>; 3]) {
    for (to, from) in to.iter_mut().zip(from) {
        to.iter_mut().zip(from).for_each(|(to, v)| *to = nearest(*v));
    }
}

/// Rows of linear light as pixels; those of what is smooth are dithered.
struct Store {
    tables: &'static Tables,
    /// Of a row, by channel; empty where nothing is dithered.
    thresholds: [Vec<u16>; 3],
}

impl Store {
    fn new(width: usize, sigma: f32) -> Store {
        let length = if sigma >= SMOOTH { width } else { 0 };
        Store { tables: Tables::get(), thresholds: std::array::from_fn(|_| vec![0; length]) }
    }

    fn row(&mut self, y: usize, [r, g, b]: &[Vec<u16>; 3], to: &mut [[u8; 4]]) {
        let planes = to.iter_mut().zip(r).zip(g).zip(b);
        if self.thresholds[0].is_empty() {
            let of = |v: &u16| self.tables.srgb8(*v);
            planes.for_each(|(((to, r), g), b)| *to = [of(r), of(g), of(b), 255]);
            return;
        }
        widest(
            #[inline(always)]
            || self.thresholds.iter_mut().enumerate().for_each(|(c, t)| thresholds(y, c, t)),
        );
        let levels = levels();
        let of = |v: &u16, threshold: &u16| ((u32::from(levels[usize::from(*v)]) + u32::from(*threshold)) >> 8) as u8;
        let [tr, tg, tb] = &self.thresholds;
        let limits = tr.iter().zip(tg).zip(tb);
        for ((((to, r), g), b), ((tr, tg), tb)) in planes.zip(limits) {
            *to = [of(r, tr), of(g, tg), of(b, tb), 255];
        }
    }
}

/// Linear 0..=65535 to 256ths of a level; what stands for a whole level is one.
fn levels() -> &'static [u16; 65536] {
    static LEVELS: OnceLock<Box<[u16; 65536]>> = OnceLock::new();
    LEVELS.get_or_init(|| {
        let tables = Tables::get();
        let mut levels: Vec<u16> = (0..65536).map(|v| (tables.level(v as f32 / 65535.0) * 256.0 + 0.5) as u16).collect();
        (0..=255u16).zip(tables.linear16).for_each(|(level, v)| levels[usize::from(v)] = level * 256);
        levels.into_boxed_slice().try_into().expect("an entry for each value")
    })
}

/// Whether all of it is.
pub(super) fn is_opaque(pixels: &[[u8; 4]]) -> bool {
    checkpoint();
    pixels.par_chunks(1 << 16).all(|part| {
        widest(
            #[inline(always)]
            || part.iter().fold(255, |all, p| all & p[3]) == 255,
        )
    })
}
