//! A picture averaged over square cells, for what is smooth anyway: blurs and low bands are worked out on few cells and read between them.

use crate::pace::{Stop, checkpoint};
use rayon::prelude::*;

/// `C` values a cell, row by row. A cell covers `side`×`side` pixels, fewer at the right and lower edge.
#[derive(Clone, Debug)]
pub(crate) struct Cells<const C: usize> {
    pub side: usize,
    pub width: usize,
    pub height: usize,
    pub values: Vec<[f32; C]>,
}

impl<const C: usize> Cells<C> {
    /// Means of `value` (called with the index of a pixel) over each cell.
    pub fn of((width, height): (u32, u32), side: usize, value: impl Fn(usize) -> [f32; C] + Sync) -> Self {
        checkpoint();
        let (full_width, full_height) = (width as usize, height as usize);
        let (width, height) = (full_width.div_ceil(side), full_height.div_ceil(side));
        let mut values = vec![[0.0; C]; width * height];
        let stop = Stop::here();
        values.par_chunks_mut(width).enumerate().for_each(|(cy, row)| {
            if stop.is_set() {
                return;
            }
            let rows = cy * side..((cy + 1) * side).min(full_height);
            for (cx, cell) in row.iter_mut().enumerate() {
                let columns = cx * side..((cx + 1) * side).min(full_width);
                let share = 1.0 / (rows.len() * columns.len()) as f32;
                for i in rows.clone().flat_map(|y| columns.clone().map(move |x| y * full_width + x)) {
                    let here = value(i);
                    (0..C).for_each(|c| cell[c] += here[c] * share);
                }
            }
        });
        checkpoint();
        Cells { side, width, height, values }
    }

    /// [`Cells::of`] of whole numbers, whose sums along a cell's row stay below 2³².
    pub fn of_sums((width, height): (u32, u32), side: usize, value: impl Fn(usize) -> [u32; C] + Sync) -> Self {
        checkpoint();
        let (full_width, full_height) = (width as usize, height as usize);
        let (width, height) = (full_width.div_ceil(side), full_height.div_ceil(side));
        let mut values = vec![[0.0; C]; width * height];
        let stop = Stop::here();
        values.par_chunks_mut(width).enumerate().for_each(|(cy, row)| {
            if stop.is_set() {
                return;
            }
            let mut sums = vec![[0.0f64; C]; width];
            let rows = cy * side..((cy + 1) * side).min(full_height);
            for from in rows.clone().map(|y| y * full_width) {
                for (cx, sum) in sums.iter_mut().enumerate() {
                    let mut here = [0u32; C];
                    for x in cx * side..((cx + 1) * side).min(full_width) {
                        let value = value(from + x);
                        (0..C).for_each(|c| here[c] += value[c]);
                    }
                    (0..C).for_each(|c| sum[c] += f64::from(here[c]));
                }
            }
            for (cx, (cell, sum)) in row.iter_mut().zip(sums).enumerate() {
                let columns = side.min(full_width - cx * side);
                *cell = sum.map(|s| (s / (rows.len() * columns) as f64) as f32);
            }
        });
        checkpoint();
        Cells { side, width, height, values }
    }

    pub fn map<const D: usize>(&self, f: impl Fn(&[f32; C]) -> [f32; D] + Sync + Send) -> Cells<D> {
        checkpoint();
        let values = self.values.par_iter().with_min_len(1 << 12).map(f).collect();
        Cells { side: self.side, width: self.width, height: self.height, values }
    }

    /// Near a Gaussian of this standard deviation, in cells: three box averages (P. Kovesi, "Fast almost-Gaussian filtering", DICTA 2010).
    /// The border goes on outside.
    pub fn blurred(self, sigma: f32) -> Self {
        boxes(sigma).into_iter().filter(|&r| r > 0).fold(self, |cells, radius| cells.box_mean(radius))
    }

    /// Means over the square of `2·radius + 1` cells.
    pub fn box_mean(mut self, radius: usize) -> Self {
        checkpoint();
        self.values.par_chunks_mut(self.width).for_each(|row| box_row(row, radius));
        self.values = box_columns(&self.values, self.width, self.height, radius);
        self
    }

    /// The least values within `radius` cells, across and down.
    pub fn least(&self, radius: usize) -> Self {
        checkpoint();
        let (width, height) = (self.width, self.height);
        let over = |from: &[[f32; C]], place: &(dyn Fn(usize, usize) -> Option<usize> + Sync)| -> Vec<[f32; C]> {
            let least = |i: usize| {
                let near = (0..=2 * radius).filter_map(|n| place(i, n)).map(|j| &from[j]);
                near.fold(from[i], |least, v| std::array::from_fn(|c| least[c].min(v[c])))
            };
            (0..from.len()).into_par_iter().with_min_len(1 << 12).map(least).collect()
        };
        let shifted = |v: usize, n: usize, length: usize| (v + n).checked_sub(radius).filter(|&v| v < length);
        let rows = over(&self.values, &|i, n| shifted(i % width, n, width).map(|x| i - i % width + x));
        let values = over(&rows, &|i, n| shifted(i / width, n, height).map(|y| y * width + i % width));
        Cells { side: self.side, width, height, values }
    }

    /// The values along a row of pixels, bilinear between the centres of cells.
    pub fn row(&self, y: usize) -> Row<C> {
        let (low, high, part) = self.between(y, self.height);
        let of = |row: usize| &self.values[row * self.width..(row + 1) * self.width];
        let values = of(low).iter().zip(of(high)).map(|(a, b)| mix(a, b, part)).collect();
        Row { side: self.side, values }
    }

    /// Where the pixels of a row lie, for many rows.
    pub fn places(&self, width: usize) -> Vec<Place> {
        let place = |x| {
            let (low, high, part) = self.between(x, self.width);
            Place { low: low as u32, high: high as u32, part }
        };
        (0..width).map(place).collect()
    }

    fn between(&self, v: usize, cells: usize) -> (usize, usize, f32) {
        between(v, self.side, cells)
    }
}

/// A row of pixels through [`Cells`].
pub(crate) struct Row<const C: usize> {
    side: usize,
    values: Vec<[f32; C]>,
}

/// A pixel between two cells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    low: u32,
    high: u32,
    part: f32,
}

impl Place {
    #[inline(always)]
    pub fn of<const C: usize>(&self, row: &[[f32; C]]) -> [f32; C] {
        mix(&row[self.low as usize], &row[self.high as usize], self.part)
    }
}

impl<const C: usize> Row<C> {
    /// A value for each cell.
    pub fn values(&self) -> &[[f32; C]] {
        &self.values
    }

    pub fn at(&self, x: usize) -> [f32; C] {
        let (low, high, part) = between(x, self.side, self.values.len());
        mix(&self.values[low], &self.values[high], part)
    }
}

/// The cells before and after a pixel's centre, and how far it is from the first to the second.
fn between(v: usize, side: usize, cells: usize) -> (usize, usize, f32) {
    let at = ((v as f32 + 0.5) / side as f32 - 0.5).clamp(0.0, (cells - 1) as f32);
    let low = at as usize;
    (low, (low + 1).min(cells - 1), at - low as f32)
}

fn mix<const C: usize>(a: &[f32; C], b: &[f32; C], part: f32) -> [f32; C] {
    std::array::from_fn(|c| a[c] + (b[c] - a[c]) * part)
}

/// Radii of three boxes whose variances add up to `sigma²` as nearly as whole cells allow.
fn boxes(sigma: f32) -> [usize; 3] {
    let variance = |r: usize| ((2 * r + 1).pow(2) - 1) as f32 / 12.0;
    let wanted = sigma * sigma;
    let mut radii = [0usize; 3];
    for n in 0.. {
        let mut next = radii;
        next[n % 3] += 1;
        let sum = |radii: [usize; 3]| radii.iter().map(|&r| variance(r)).sum::<f32>();
        if (sum(next) - wanted).abs() >= (sum(radii) - wanted).abs() {
            break;
        }
        radii = next;
    }
    radii
}

fn box_row<const C: usize>(row: &mut [[f32; C]], radius: usize) {
    let from = row.to_vec();
    let at = |i: isize| &from[i.clamp(0, from.len() as isize - 1) as usize];
    let (r, share) = (radius as isize, 1.0 / (2 * radius + 1) as f64);
    let mut sum = [0.0f64; C];
    (-r..=r).for_each(|i| (0..C).for_each(|c| sum[c] += f64::from(at(i)[c])));
    for (x, to) in row.iter_mut().enumerate() {
        *to = sum.map(|s| (s * share) as f32);
        let (enters, leaves) = (at(x as isize + r + 1), at(x as isize - r));
        (0..C).for_each(|c| sum[c] += f64::from(enters[c]) - f64::from(leaves[c]));
    }
}

/// All columns of a band of rows at once. Bands are long, since each starts with a whole window, and do not depend on the number of threads.
fn box_columns<const C: usize>(values: &[[f32; C]], width: usize, height: usize, radius: usize) -> Vec<[f32; C]> {
    checkpoint();
    let mut out = vec![[0.0; C]; values.len()];
    let (r, share) = (radius as isize, 1.0 / (2 * radius + 1) as f64);
    let row = |y: isize| {
        let y = y.clamp(0, height as isize - 1) as usize;
        &values[y * width..(y + 1) * width]
    };
    let band = (height / 8).max(4 * radius + 1);
    let stop = Stop::here();
    out.par_chunks_mut(band * width).enumerate().for_each(|(i, rows)| {
        let first = (i * band) as isize;
        let mut sums = vec![[0.0f64; C]; width];
        for y in first - r..=first + r {
            sums.iter_mut().zip(row(y)).for_each(|(sum, v)| (0..C).for_each(|c| sum[c] += f64::from(v[c])));
        }
        for (dy, to) in rows.chunks_exact_mut(width).enumerate() {
            if stop.is_set() {
                return;
            }
            let y = first + dy as isize;
            to.iter_mut().zip(&sums).for_each(|(to, sum)| *to = sum.map(|s| (s * share) as f32));
            for ((sum, enters), leaves) in sums.iter_mut().zip(row(y + r + 1)).zip(row(y - r)) {
                (0..C).for_each(|c| sum[c] += f64::from(enters[c]) - f64::from(leaves[c]));
            }
        }
    });
    checkpoint();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_boxes_spread_as_far_as_the_gaussian_that_is_asked_for() {
        for sigma in [0.0f32, 0.9, 2.0, 3.5, 8.0, 24.0] {
            let variance: f32 = boxes(sigma).iter().map(|&r| ((2 * r + 1).pow(2) - 1) as f32 / 12.0).sum();
            assert!((variance.sqrt() - sigma).abs() <= 0.5, "{sigma}: {}", variance.sqrt());
        }
        let dot =
            Cells { side: 1, width: 61, height: 61, values: (0..61 * 61).map(|i| [f32::from(u8::from(i == 30 * 61 + 30))]).collect() };
        let blurred = dot.blurred(4.0);
        let sum: f32 = blurred.values.iter().map(|v| v[0]).sum();
        assert!((sum - 1.0).abs() < 1e-4, "{sum}");
    }

    #[test]
    fn the_least_value_spreads_over_a_square() {
        let cells = Cells { side: 1, width: 9, height: 7, values: (0..63).map(|i| [if i == 3 * 9 + 4 { 0.0 } else { 1.0 }]).collect() };
        let least = cells.least(2);
        assert!((0..63).all(|i| (least.values[i][0] == 0.0) == ((2..=6).contains(&(i % 9)) && (1..=5).contains(&(i / 9)))));
    }

    #[test]
    fn a_ramp_is_read_back_between_the_cells() {
        let cells = Cells::of((64, 8), 4, |i| [(i % 64) as f32]);
        let row = cells.row(3);
        (2..62).for_each(|x| assert!((row.at(x)[0] - x as f32).abs() < 1e-4, "{x}"));
        let sums = Cells::of_sums((64, 9), 4, |i| [(i % 64) as u32]);
        assert_eq!(sums.values, Cells::of((64, 9), 4, |i| [(i % 64) as f32]).values);
        let bright = Cells::of_sums((600, 600), 500, |_| [65535]);
        assert!(bright.values.iter().all(|v| *v == [65535.0]), "sums of large cells do not wrap");
        let flat = Cells::of((13, 7), 5, |_| [0.25, 1.0]).blurred(3.0);
        assert!(flat.values.iter().all(|v| (v[0] - 0.25).abs() < 1e-6 && (v[1] - 1.0).abs() < 1e-6));
    }
}
