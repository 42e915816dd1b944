//! Values on a grid.

use rayon::prelude::*;

use crate::colour::lab;
use crate::pace::checkpoint;
use crate::picture::Picture;
use crate::resize::to_model_rgb;

/// One value for each cell of a grid, row by row; at least one cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    pub width: usize,
    pub height: usize,
    pub values: Vec<f32>,
}

impl Plane {
    /// # Panics
    /// When the length is not `width * height`, or that is 0.
    pub fn new(width: usize, height: usize, values: Vec<f32>) -> Plane {
        assert!(width * height > 0 && values.len() == width * height, "{} values of a {width}x{height} grid", values.len());
        Plane { width, height, values }
    }

    pub fn filled(width: usize, height: usize, value: f32) -> Plane {
        Plane::new(width, height, vec![value; width * height])
    }

    pub fn at(&self, x: usize, y: usize) -> f32 {
        self.values[y * self.width + x]
    }

    /// Width and height.
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// Left and right changed over.
    pub fn mirrored(&self) -> Plane {
        let mut out = self.clone();
        out.values.chunks_exact_mut(self.width).for_each(<[f32]>::reverse);
        out
    }

    pub fn map(&self, f: impl Fn(f32) -> f32) -> Plane {
        Plane { values: self.values.iter().map(|&v| f(v)).collect(), ..*self }
    }

    /// At another size: the mean of what a cell covers along a side that gets shorter, linear between the cells' centres along one that gets longer.
    pub fn resized(&self, width: usize, height: usize) -> Plane {
        let (width, height) = (width.max(1), height.max(1));
        if (width, height) == self.size() {
            return self.clone();
        }
        let columns = taps(self.width, width);
        let rows = taps(self.height, height);
        let mut narrow = vec![0f32; width * self.height];
        for (to, from) in narrow.chunks_exact_mut(width).zip(self.values.chunks_exact(self.width)) {
            for (to, (start, weights)) in to.iter_mut().zip(&columns) {
                *to = weights.iter().zip(&from[*start..]).map(|(w, v)| w * v).sum();
            }
        }
        let mut out = vec![0f32; width * height];
        for (to, (start, weights)) in out.chunks_exact_mut(width).zip(&rows) {
            for (i, w) in weights.iter().enumerate() {
                let from = &narrow[(start + i) * width..][..width];
                to.iter_mut().zip(from).for_each(|(to, v)| *to += w * v);
            }
        }
        Plane::new(width, height, out)
    }

    /// The mean over a square of `2 * radius + 1` cells, its border repeated outwards.
    pub fn boxed(&self, radius: usize) -> Plane {
        let across = boxed_rows(&self.values, self.width, radius);
        let turned = transposed(&across, self.width, self.height);
        let both = boxed_rows(&turned, self.height, radius);
        Plane::new(self.width, self.height, transposed(&both, self.height, self.width))
    }

    /// The value below which `share` (0..=1) of the cells lie.
    pub fn percentile(&self, share: f32) -> f32 {
        let mut sorted = self.values.clone();
        let at = ((sorted.len() - 1) as f32 * share.clamp(0.0, 1.0)).round() as usize;
        *sorted.select_nth_unstable_by(at, f32::total_cmp).1
    }
}

/// For each cell of a line of `to`: the first cell of the line of `from` that it reads, and the weights from there on.
fn taps(from: usize, to: usize) -> Vec<(usize, Vec<f32>)> {
    let scale = from as f64 / to as f64;
    let covered = |i: usize| {
        let (start, end) = (i as f64 * scale, ((i + 1) as f64 * scale).min(from as f64));
        let first = (start.floor() as usize).min(from - 1);
        let last = (end.ceil() as usize).clamp(first + 1, from);
        let weight = |cell: usize| ((end.min(cell as f64 + 1.0) - start.max(cell as f64)).max(0.0) / scale) as f32;
        (first, (first..last).map(weight).collect::<Vec<f32>>())
    };
    let between = |i: usize| {
        let at = ((i as f64 + 0.5) * scale - 0.5).clamp(0.0, (from - 1) as f64);
        let first = (at.floor() as usize).min(from.saturating_sub(2));
        let share = (at - first as f64) as f32;
        (first, if from == 1 { vec![1.0] } else { vec![1.0 - share, share] })
    };
    (0..to).map(|i| if scale > 1.0 { covered(i) } else { between(i) }).collect()
}

fn boxed_rows(values: &[f32], width: usize, radius: usize) -> Vec<f32> {
    let mut out = vec![0f32; values.len()];
    let count = (2 * radius + 1) as f64;
    for (to, from) in out.chunks_exact_mut(width).zip(values.chunks_exact(width)) {
        let at = |i: isize| f64::from(from[i.clamp(0, width as isize - 1) as usize]);
        let r = radius as isize;
        let mut sum: f64 = (-r..=r).map(at).sum();
        for (i, to) in to.iter_mut().enumerate() {
            *to = (sum / count) as f32;
            sum += at(i as isize + r + 1) - at(i as isize - r);
        }
    }
    out
}

fn transposed(values: &[f32], width: usize, height: usize) -> Vec<f32> {
    let mut out = Vec::with_capacity(values.len());
    for x in 0..width {
        out.extend((0..height).map(|y| values[y * width + x]));
    }
    out
}

/// L* (0..=100) of the picture, its long side at most `longest_px`, never enlarged; transparent pixels over middle grey.
pub fn lightness(picture: &Picture, longest_px: u32) -> Plane {
    checkpoint();
    let (width, height) = (picture.width(), picture.height());
    let scale = (f64::from(longest_px.max(1)) / f64::from(width.max(height))).min(1.0);
    let side = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
    let (width, height) = (side(width), side(height));
    let rgb = to_model_rgb(picture, width, height);
    let (pixels, _) = rgb.as_chunks::<3>();
    Plane::new(width as usize, height as usize, pixels.par_iter().map(|&p| lab(p)[0]).collect())
}
