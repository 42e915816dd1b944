//! From a grid to the pixels: values follow the edges of lightness.
//!
//! A guided filter (K. He, J. Sun, X. Tang, "Guided Image Filtering", TPAMI 2013) in its fast form (K. He, J. Sun, "Fast Guided Filter", 2015): in each
//! window of the grid the value is a linear function of lightness, found there and applied to the lightness of the full-size pixel. The result stays
//! within what the 3 × 3 cells around hold, so that texture of lightness does not become texture of colour.

use super::Plane;

/// Windows are `2 * RADIUS + 1` cells wide.
const RADIUS: usize = 2;
/// Contrast (L* squared) below which a window just averages.
const EPSILON: f32 = 4.0;

/// Lines over lightness and bounds, for each cell.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    slope: f32,
    offset: f32,
    low: f32,
    high: f32,
}

/// A value of a grid, ready to be asked for at any pixel of a picture.
#[derive(Clone, Debug)]
pub struct Field {
    width: usize,
    height: usize,
    cells: Vec<Cell>,
}

impl Field {
    /// `slack` is how far a value may go beyond its neighbourhood. `guide` is L* of the same picture at any size.
    pub fn new(values: &Plane, guide: &Plane, slack: f32) -> Field {
        let (width, height) = values.size();
        let guide = guide.resized(width, height);
        let product = |p: &Plane, q: &Plane| Plane::new(width, height, p.values.iter().zip(&q.values).map(|(p, q)| p * q).collect());
        let (mean_g, mean_v) = (guide.boxed(RADIUS), values.boxed(RADIUS));
        let (mean_gg, mean_gv) = (product(&guide, &guide).boxed(RADIUS), product(&guide, values).boxed(RADIUS));
        let line = |i: usize| {
            let variance = (mean_gg.values[i] - mean_g.values[i].powi(2)).max(0.0);
            let slope = (mean_gv.values[i] - mean_g.values[i] * mean_v.values[i]) / (variance + EPSILON);
            (slope, mean_v.values[i] - slope * mean_g.values[i])
        };
        let (slopes, offsets): (Vec<f32>, Vec<f32>) = (0..width * height).map(line).unzip();
        let (slopes, offsets) = (Plane::new(width, height, slopes).boxed(RADIUS), Plane::new(width, height, offsets).boxed(RADIUS));
        let cell = |i: usize| {
            let (low, high) = around(values, i % width, i / width);
            Cell { slope: slopes.values[i], offset: offsets.values[i], low: low - slack, high: high + slack }
        };
        Field { width, height, cells: (0..width * height).map(cell).collect() }
    }

    /// How a row of a picture of `size` reads the field.
    pub fn row(&self, y: usize, size: (usize, usize)) -> Row<'_> {
        let v = ((y as f32 + 0.5) * self.height as f32 / size.1 as f32 - 0.5).clamp(0.0, (self.height - 1) as f32);
        let top = v as usize;
        let bottom = (top + 1).min(self.height - 1);
        let cells = |row: usize| &self.cells[row * self.width..][..self.width];
        Row { top: cells(top), bottom: cells(bottom), share: v - top as f32, scale: self.width as f32 / size.0 as f32 }
    }
}

/// Two rows of cells and where between them a row of pixels lies.
pub struct Row<'a> {
    top: &'a [Cell],
    bottom: &'a [Cell],
    share: f32,
    scale: f32,
}

impl Row<'_> {
    /// The cells about pixel `x` and how far it lies from the left ones.
    fn about(&self, x: usize) -> (usize, usize, f32) {
        let u = ((x as f32 + 0.5) * self.scale - 0.5).clamp(0.0, (self.top.len() - 1) as f32);
        let left = u as usize;
        (left, (left + 1).min(self.top.len() - 1), u - left as f32)
    }

    /// The most that the value at pixel `x` can be, whatever its lightness.
    #[inline]
    pub fn most(&self, x: usize) -> f32 {
        let (left, right, _) = self.about(x);
        [&self.top[left], &self.top[right], &self.bottom[left], &self.bottom[right]].into_iter().map(|c| c.high).fold(f32::MIN, f32::max)
    }

    /// The value at pixel `x` of this row, whose lightness is `l`.
    #[inline]
    pub fn at(&self, x: usize, l: f32) -> f32 {
        let (left, right, fx) = self.about(x);
        let fy = self.share;
        let mix = |of: fn(&Cell) -> f32| {
            let above = of(&self.top[left]) * (1.0 - fx) + of(&self.top[right]) * fx;
            let below = of(&self.bottom[left]) * (1.0 - fx) + of(&self.bottom[right]) * fx;
            above * (1.0 - fy) + below * fy
        };
        let value = mix(|c| c.slope) * l + mix(|c| c.offset);
        value.clamp(mix(|c| c.low), mix(|c| c.high))
    }
}

/// Least and greatest of the 3 × 3 cells about one.
fn around(values: &Plane, x: usize, y: usize) -> (f32, f32) {
    let (width, height) = values.size();
    let (mut low, mut high) = (f32::MAX, f32::MIN);
    for y in y.saturating_sub(1)..(y + 2).min(height) {
        for &v in &values.values[y * width + x.saturating_sub(1)..y * width + (x + 2).min(width)] {
            (low, high) = (low.min(v), high.max(v));
        }
    }
    (low, high)
}
