//! One scale of the picture: lightness, what is thin in it, and how much of that is usual.

use rayon::prelude::*;

use crate::pace::checkpoint;
use crate::resize::resize;
use crate::{Mask, Picture};

/// Side of the median's window; what is thinner than half of it is thin.
const WINDOW: usize = 9;
/// Side of a cell in which the usual is counted, in pixels, and how many cells to each side belong to it.
const CELL: usize = 16;
const REACH: usize = 2;
/// On a plane with a shorter long side, one: nearer things matter there.
const SMALL: usize = 600;
/// This share of the pixels near by deviates less than the usual.
const USUAL: f32 = 0.8;
/// Levels; below this nobody sees it, and JPEG's rounding makes it.
const LEAST: f32 = 2.5;

/// Lightness of one scale, row by row.
pub(super) struct Plane {
    pub width: usize,
    pub height: usize,
    /// 0..=255, display-referred (Rec. 601 luma).
    pub luma: Vec<u8>,
    /// Whether something is seen there at all.
    pub seen: Vec<bool>,
    /// `luma` minus the median around it.
    pub thin: Vec<i16>,
}

impl Plane {
    /// At most so many pixels.
    pub fn of(picture: &Picture, most_px: u64) -> Plane {
        if picture.area() <= most_px {
            return Plane::full(picture);
        }
        let scale = (most_px as f64 / picture.area() as f64).sqrt();
        let side = |v: u32| ((f64::from(v) * scale).round() as u32).max(1);
        Plane::full(&resize(picture, side(picture.width()), side(picture.height())))
    }

    fn full(picture: &Picture) -> Plane {
        checkpoint();
        let (pixels, _) = picture.rgba8().as_chunks::<4>();
        let luma = |p: &[u8; 4]| ((u32::from(p[0]) * 77 + u32::from(p[1]) * 150 + u32::from(p[2]) * 29 + 128) >> 8) as u8;
        let seen = pixels.iter().map(|p| p[3] == 255).collect();
        Plane::new(picture.width() as usize, picture.height() as usize, pixels.par_iter().map(luma).collect(), seen)
    }

    fn new(width: usize, height: usize, luma: Vec<u8>, seen: Vec<bool>) -> Plane {
        let thin = thin(&luma, width, height);
        Plane { width, height, luma, seen, thin }
    }

    /// Averages of two by two pixels.
    pub fn halved(&self) -> Plane {
        checkpoint();
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let corners = |i: usize| {
            let (x, y) = (i % width * 2, i / width * 2);
            let (x1, y1) = ((x + 1).min(self.width - 1), (y + 1).min(self.height - 1));
            [y * self.width + x, y * self.width + x1, y1 * self.width + x, y1 * self.width + x1]
        };
        let luma = |i| (corners(i).iter().map(|&c| u32::from(self.luma[c])).sum::<u32>() / 2).div_ceil(2) as u8;
        let seen = |i| corners(i).iter().all(|&c| self.seen[c]);
        let count = width * height;
        Plane::new(width, height, (0..count).into_par_iter().map(luma).collect(), (0..count).map(seen).collect())
    }

    /// A mask of this scale at the picture's size.
    pub fn at_size(&self, values: Vec<u8>, width: u32, height: u32) -> Mask {
        let mask = Mask::new(self.width as u32, self.height as u32, values);
        if (mask.width(), mask.height()) == (width, height) { mask } else { mask.resized(width, height).thresholded(100) }
    }

    /// The darkest and the brightest tone, but for one in two hundred pixels.
    pub fn tones(&self) -> (f32, f32) {
        let mut counts = [0usize; 256];
        self.luma.iter().for_each(|&v| counts[usize::from(v)] += 1);
        let at = |share: f32| rank(&counts, (self.luma.len() as f32 * share) as usize) as f32;
        (at(0.005), at(0.995))
    }

    pub fn at(&self, x: f32, y: f32) -> u8 {
        let x = (x.round().max(0.0) as usize).min(self.width - 1);
        let y = (y.round().max(0.0) as usize).min(self.height - 1);
        self.luma[y * self.width + x]
    }

    /// How much deviates near by, without what is rare.
    pub fn usual(&self) -> Usual {
        checkpoint();
        let (columns, rows) = (self.width.div_ceil(CELL), self.height.div_ceil(CELL));
        let count = |cell: usize| {
            let (cx, cy) = (cell % columns * CELL, cell / columns * CELL);
            let mut counts = [0u32; 128];
            for y in cy..(cy + CELL).min(self.height) {
                for v in &self.thin[y * self.width + cx..y * self.width + (cx + CELL).min(self.width)] {
                    counts[usize::from(v.unsigned_abs()).min(127)] += 1;
                }
            }
            counts
        };
        let cells: Vec<[u32; 128]> = (0..columns * rows).into_par_iter().map(count).collect();
        let reach = if self.width.max(self.height) < SMALL { REACH - 1 } else { REACH };
        let around = |cell: usize| {
            let (x, y) = (cell % columns, cell / columns);
            let mut sum = [0usize; 128];
            for cy in y.saturating_sub(reach)..(y + reach + 1).min(rows) {
                for cx in x.saturating_sub(reach)..(x + reach + 1).min(columns) {
                    sum.iter_mut().zip(&cells[cy * columns + cx]).for_each(|(s, c)| *s += *c as usize);
                }
            }
            let total: usize = sum.iter().sum();
            // Whole levels are too coarse for a clean picture.
            fine_rank(&sum, total as f32 * USUAL).max(LEAST)
        };
        Usual { columns, rows, values: (0..columns * rows).into_par_iter().map(around).collect() }
    }
}

/// How much thin deviation is usual, by place.
pub(super) struct Usual {
    columns: usize,
    rows: usize,
    values: Vec<f32>,
}

impl Usual {
    /// In levels, interpolated between the cells' middles.
    pub fn at(&self, x: f32, y: f32) -> f32 {
        let place = |v: f32, most: usize| {
            let v = (v / CELL as f32 - 0.5).clamp(0.0, (most - 1) as f32);
            let low = (v as usize).min(most.saturating_sub(2));
            (low, (low + 1).min(most - 1), v - low as f32)
        };
        let ((x0, x1, fx), (y0, y1, fy)) = (place(x, self.columns), place(y, self.rows));
        let value = |x: usize, y: usize| self.values[y * self.columns + x];
        let row = |y| value(x0, y) + (value(x1, y) - value(x0, y)) * fx;
        row(y0) + (row(y1) - row(y0)) * fy
    }
}

/// The position in counts at which `before` have passed.
fn rank(counts: &[usize], before: usize) -> usize {
    let mut sum = 0;
    counts
        .iter()
        .position(|&c| {
            sum += c;
            sum > before
        })
        .unwrap_or(counts.len() - 1)
}

/// The same between whole levels.
fn fine_rank(counts: &[usize], before: f32) -> f32 {
    let mut sum = 0.0;
    for (level, &count) in counts.iter().enumerate() {
        let next = sum + count as f32;
        if next > before {
            return level as f32 + (before - sum) / count as f32;
        }
        sum = next;
    }
    counts.len() as f32
}

/// Lightness minus its median over a square window, whose histogram slides along the row (Huang, Yang and Tang, "A fast two-dimensional median filtering
/// algorithm", 1979).
fn thin(luma: &[u8], width: usize, height: usize) -> Vec<i16> {
    checkpoint();
    let r = WINDOW / 2;
    let mut out = vec![0i16; luma.len()];
    out.par_chunks_mut(width).enumerate().for_each(|(y, row)| {
        let rows = y.saturating_sub(r)..(y + r + 1).min(height);
        let mut counts = [0u16; 256];
        let (mut inside, mut below, mut median) = (0usize, 0usize, 0usize);
        let mut move_column = |x: usize, enters: bool, counts: &mut [u16; 256], below: &mut usize, median: usize| {
            for line in rows.clone() {
                let v = usize::from(luma[line * width + x]);
                if enters {
                    counts[v] += 1;
                    *below += usize::from(v < median);
                } else {
                    counts[v] -= 1;
                    *below -= usize::from(v < median);
                }
            }
            if enters {
                inside += rows.len()
            } else {
                inside -= rows.len()
            }
            inside
        };
        let mut count = 0;
        for x in 0..r.min(width) {
            count = move_column(x, true, &mut counts, &mut below, median);
        }
        for x in 0..width {
            if x + r < width {
                count = move_column(x + r, true, &mut counts, &mut below, median);
            }
            if x > r {
                count = move_column(x - r - 1, false, &mut counts, &mut below, median);
            }
            let half = count / 2;
            while below > half {
                median -= 1;
                below -= usize::from(counts[median]);
            }
            while below + usize::from(counts[median]) <= half {
                below += usize::from(counts[median]);
                median += 1;
            }
            row[x] = i16::from(luma[y * width + x]) - median as i16;
        }
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thin_lines_stand_out_and_edges_do_not() {
        let pixel = |i: u32| {
            let (x, y) = (i % 60, i / 60);
            let v = if x < 30 { 60 } else { 180 } + if y == 20 { 50 } else { 0 };
            [v, v, v, 255]
        };
        let picture = Picture::from_rgba8(60, 40, (0..60 * 40).flat_map(pixel).collect());
        let plane = Plane::of(&picture, 1 << 20);
        let at = |x: usize, y: usize| plane.thin[y * 60 + x];
        assert_eq!((at(10, 20), at(50, 20)), (50, 50));
        assert_eq!((at(10, 30), at(29, 30), at(30, 30), at(50, 0)), (0, 0, 0, 0));
    }
}
