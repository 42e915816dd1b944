//! The small picture that decisions are made on: colours as they look (CIE Lab) and how strongly neighbours hold together.

use rayon::prelude::*;

use crate::colour::lab;
use crate::pace::checkpoint;
use crate::resize::to_model_rgb_of;
use crate::{Mask, Picture, Rect};

use super::gmm::squared;

/// Directions that each link is kept for, once per pair: indices into `mincut::NEIGHBOURS` (right, down left, down, down right).
pub(super) const FORWARD: [usize; 4] = [4, 5, 6, 7];

/// A part of a picture as cells.
pub(super) struct Grid {
    /// The part, in pixels of the picture.
    pub region: Rect,
    pub width: usize,
    pub height: usize,
    /// sRGB, 0..=1.
    pub rgb: Vec<[f32; 3]>,
    /// CIE Lab; what lies under transparency is grey.
    pub colour: Vec<[f32; 3]>,
    /// Whether the picture shows anything here.
    pub visible: Vec<bool>,
}

impl Grid {
    /// A part of the picture, not enlarged, with at most `longest` cells a side.
    pub(super) fn of(picture: &Picture, region: Rect, longest: u32) -> Grid {
        checkpoint();
        let scale = (f64::from(longest) / f64::from(region.width.max(region.height))).min(1.0);
        let cells = |side: u32| ((f64::from(side) * scale).round() as u32).max(1);
        let (width, height) = (cells(region.width), cells(region.height));
        let rgb = to_model_rgb_of(picture, region, width, height);
        let (rgb, _) = rgb.as_chunks::<3>();
        let colour = rgb.par_iter().with_min_len(4096).map(|&c| lab(c)).collect();
        let mut grid = Grid { region, width: width as usize, height: height as usize, rgb: Vec::new(), colour, visible: Vec::new() };
        grid.rgb = rgb.iter().map(|c| c.map(|v| f32::from(v) / 255.0)).collect();
        grid.visible = (0..grid.len()).map(|i| picture.pixel(grid.pixel_x(i), grid.pixel_y(i))[3] >= 16).collect();
        grid
    }

    /// The same part with cells twice as large.
    pub(super) fn halved(&self) -> Grid {
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let mut colour = Vec::with_capacity(width * height);
        let mut rgb = Vec::with_capacity(width * height);
        let mut visible = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                let (mut sum, mut light, mut count, mut seen) = ([0.0f32; 3], [0.0f32; 3], 0.0, false);
                for row in 2 * y..(2 * y + 2).min(self.height) {
                    for i in row * self.width + 2 * x..row * self.width + (2 * x + 2).min(self.width) {
                        sum = std::array::from_fn(|c| sum[c] + self.colour[i][c]);
                        light = std::array::from_fn(|c| light[c] + self.rgb[i][c]);
                        count += 1.0;
                        seen |= self.visible[i];
                    }
                }
                colour.push(sum.map(|v| v / count));
                rgb.push(light.map(|v| v / count));
                visible.push(seen);
            }
        }
        Grid { region: self.region, width, height, rgb, colour, visible }
    }

    pub(super) fn len(&self) -> usize {
        self.width * self.height
    }

    /// Cells per pixel of the picture, along x and y.
    pub(super) fn scale(&self) -> (f64, f64) {
        (self.width as f64 / f64::from(self.region.width), self.height as f64 / f64::from(self.region.height))
    }

    /// The pixel of the picture in the middle of a cell.
    fn pixel_x(&self, cell: usize) -> u32 {
        self.region.x + (((cell % self.width) as f64 + 0.5) / self.scale().0) as u32
    }

    fn pixel_y(&self, cell: usize) -> u32 {
        self.region.y + (((cell / self.width) as f64 + 0.5) / self.scale().1) as u32
    }

    /// The cell of a point of the picture; the nearest one for points outside.
    pub(super) fn cell(&self, (x, y): (f64, f64)) -> usize {
        let (sx, sy) = self.scale();
        let clamp = |v: f64, cells: usize| (v.max(0.0) as usize).min(cells - 1);
        clamp((y - f64::from(self.region.y)) * sy, self.height) * self.width + clamp((x - f64::from(self.region.x)) * sx, self.width)
    }

    /// The cells of a rectangle of the picture: left, top, and one past its right and bottom. At least one cell where they meet.
    pub(super) fn span(&self, area: Rect) -> [usize; 4] {
        let (sx, sy) = self.scale();
        let from =
            |v: u32, start: u32, scale: f64, cells: usize| ((f64::from(v.saturating_sub(start)) * scale).round() as usize).min(cells - 1);
        let (left, top) = (from(area.x, self.region.x, sx, self.width), from(area.y, self.region.y, sy, self.height));
        let to = |v: u32, start: u32, scale: f64, first: usize, cells: usize| {
            ((f64::from(v.saturating_sub(start)) * scale).round() as usize).clamp(first + 1, cells)
        };
        let right = to(area.x + area.width, self.region.x, sx, left, self.width);
        let bottom = to(area.y + area.height, self.region.y, sy, top, self.height);
        [left, top, right, bottom]
    }

    /// Labels of another grid of the same picture; what lies outside that one is `false`.
    pub(super) fn labels_from(&self, other: &Grid, labels: &[bool]) -> Vec<bool> {
        let (sx, sy) = self.scale();
        let covers = |v: f64, start: u32, side: u32| v >= f64::from(start) && v < f64::from(start + side);
        (0..self.len())
            .map(|i| {
                let x = f64::from(self.region.x) + ((i % self.width) as f64 + 0.5) / sx;
                let y = f64::from(self.region.y) + ((i / self.width) as f64 + 0.5) / sy;
                let r = other.region;
                covers(x, r.x, r.width) && covers(y, r.y, r.height) && labels[other.cell((x, y))]
            })
            .collect()
    }

    /// A rectangle of cells (left, top, one past right and bottom) in pixels of the picture.
    pub(super) fn pixels(&self, [left, top, right, bottom]: [usize; 4]) -> Rect {
        let (sx, sy) = self.scale();
        let edge = |cell: usize, scale: f64, side: u32| ((cell as f64 / scale).round() as u32).min(side);
        let (x0, y0) = (edge(left, sx, self.region.width - 1), edge(top, sy, self.region.height - 1));
        let (x1, y1) = (edge(right, sx, self.region.width).max(x0 + 1), edge(bottom, sy, self.region.height).max(y0 + 1));
        Rect { x: self.region.x + x0, y: self.region.y + y0, width: x1 - x0, height: y1 - y0 }
    }

    /// A mask of the picture on this grid, one value 0..=255 a cell.
    pub(super) fn sample(&self, mask: &Mask) -> Vec<u8> {
        mask.cropped(self.region).resized(self.width as u32, self.height as u32).values().to_vec()
    }

    /// For each cell the neighbour to its right, down left, down and down right holds to it with `exp(-β d²) / distance`, 0..=1; β follows the
    /// mean contrast (GrabCut, eq. 11). 0 where there is no neighbour.
    pub(super) fn links(&self) -> Vec<[f32; 4]> {
        checkpoint();
        let steps = FORWARD.map(|d| crate::mincut::NEIGHBOURS[d]);
        let neighbour = |i: usize, (dx, dy): (i32, i32)| {
            let (x, y) = (i % self.width, i / self.width);
            let inside = x as i32 + dx >= 0 && x as i32 + dx < self.width as i32 && y as i32 + dy < self.height as i32;
            inside.then(|| (i as i64 + i64::from(dy) * self.width as i64 + i64::from(dx)) as usize)
        };
        let mut links = vec![[f32::NAN; 4]; self.len()];
        links.par_chunks_mut(self.width).enumerate().for_each(|(y, row)| {
            for (x, links) in row.iter_mut().enumerate() {
                let i = y * self.width + x;
                *links = steps.map(|step| neighbour(i, step).map_or(-1.0, |j| squared(self.colour[i], self.colour[j])));
            }
        });
        let (sum, count) = links.iter().flatten().filter(|d| **d >= 0.0).fold((0.0f64, 0u64), |(s, n), d| (s + f64::from(*d), n + 1));
        let mean = (sum / count.max(1) as f64).max(1e-3) as f32;
        let beta = 0.5 / mean;
        for links in &mut links {
            for (link, (dx, dy)) in links.iter_mut().zip(steps) {
                let length = ((dx * dx + dy * dy) as f32).sqrt();
                *link = if *link < 0.0 { 0.0 } else { (-beta * *link).exp() / length };
            }
        }
        links
    }
}
