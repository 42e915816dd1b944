//! How much a labelling looks like a thing: a closed outline along the edges of the picture.

use super::grid::{FORWARD, Grid};
use crate::mincut::NEIGHBOURS;

/// Cells of a straight outline per weight of the links that it cuts: one straight link and two diagonal ones of weight 0.7.
const LINKS_PER_CELL: f32 = 1.0 / 2.414;

/// What is measured of a labelling.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub cells: usize,
    /// Columns and rows from the first to the one after the last: left, top, right, bottom.
    pub bounds: [usize; 4],
    /// How much of the outline runs along contrast, 0..=1 (weak .. strong everywhere).
    pub contrast: f32,
    /// Length of the outline inside the grid, in cells.
    pub outline: f32,
    /// Cells along the border of the grid.
    pub at_border: f32,
}

impl Shape {
    /// `None` of nothing.
    pub(super) fn of(grid: &Grid, links: &[[f32; 4]], labels: &[bool]) -> Option<Shape> {
        let steps = FORWARD.map(|d| NEIGHBOURS[d]);
        let mut shape = Shape { cells: 0, bounds: [usize::MAX, usize::MAX, 0, 0], contrast: 0.0, outline: 0.0, at_border: 0.0 };
        let (mut strong, mut total) = (0.0f32, 0.0f32);
        for i in 0..grid.len() {
            let (x, y) = (i % grid.width, i / grid.width);
            if labels[i] {
                shape.cells += 1;
                let sides = [x == 0, y == 0, x + 1 == grid.width, y + 1 == grid.height];
                shape.at_border += sides.iter().filter(|s| **s).count() as f32;
                let [left, top, right, bottom] = shape.bounds;
                shape.bounds = [left.min(x), top.min(y), right.max(x + 1), bottom.max(y + 1)];
            }
            for ((dx, dy), link) in steps.iter().zip(links[i]) {
                if link == 0.0 && (x as i32 + dx < 0 || x as i32 + dx >= grid.width as i32 || y as i32 + dy >= grid.height as i32) {
                    continue;
                }
                let j = i.wrapping_add_signed(*dy as isize * grid.width as isize + *dx as isize);
                if labels[i] != labels[j] {
                    let weight = 1.0 / ((dx * dx + dy * dy) as f32).sqrt();
                    total += weight;
                    strong += weight - link;
                }
            }
        }
        (shape.cells > 0).then(|| Shape {
            contrast: if total > 0.0 { strong / total } else { 0.0 },
            outline: total * LINKS_PER_CELL,
            ..shape
        })
    }
}
