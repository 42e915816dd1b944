//! From labels on a grid to a soft mask of the picture whose edge follows the picture.
//!
//! A guided filter (K. He, J. Sun, X. Tang, "Guided Image Filtering", TPAMI 2013) with the three colour channels as its guide: in each window of the
//! grid alpha is a linear function of colour. As for mattes (`ops::refine`), a function counts as much as colour explains alpha there, and the nearer
//! a plain enlargement is to opaque or transparent, the less may change.

use rayon::prelude::*;

use crate::pace::checkpoint;
use crate::{Mask, Picture};

use super::grid::Grid;

/// Windows are `2 * RADIUS + 1` cells wide.
const RADIUS: usize = 2;
/// Contrast (squared, 0..=1 a channel) below which a window just averages.
const EPSILON: f32 = 2e-4;
/// The edge moves freely where the plain enlargement is at least `1 / FREEDOM` away from opaque and from transparent.
const FREEDOM: f32 = 4.0;
/// Width of a soft edge without contrast, in pixels.
const SOFT_PX: f64 = 1.5;

/// Alpha over colour in a window, already weighted by `trust`, 0..=1.
#[derive(Clone, Copy, Default)]
struct Line {
    slope: [f32; 3],
    offset: f32,
    trust: f32,
}

/// The mask of the picture; 0 outside the grid's region.
pub(super) fn soft_mask(picture: &Picture, grid: &Grid, labels: &[bool]) -> Mask {
    checkpoint();
    let blurred = blurred(grid, labels);
    let lines = fit_lines(grid, labels, &blurred);
    let region = grid.region;
    let mut part = Mask::new(grid.width as u32, grid.height as u32, blurred).resized(region.width, region.height);
    let (sx, sy) = grid.scale();
    // An enlarged edge is as wide as some cells; without contrast it gets the width of an edge of the picture.
    let steepness = (1.0 / (sx.max(sy) * SOFT_PX)).clamp(1.0, 16.0) as f32;
    let width = region.width as usize;
    let stride = picture.width() as usize;
    let (pixels, _) = picture.rgba8().as_chunks::<4>();
    part.values_mut().par_chunks_exact_mut(width).enumerate().for_each(|(y, row)| {
        let start = (region.y as usize + y) * stride + region.x as usize;
        let v = ((y as f64 + 0.5) * sy - 0.5).clamp(0.0, (grid.height - 1) as f64) as f32;
        for (x, (alpha, pixel)) in row.iter_mut().zip(&pixels[start..start + width]).enumerate() {
            if *alpha == 0 || *alpha == 255 {
                continue;
            }
            let u = ((x as f64 + 0.5) * sx - 0.5).clamp(0.0, (grid.width - 1) as f64) as f32;
            let line = between(&lines, grid, u, v);
            let plain = f32::from(*alpha) / 255.0;
            let steep = ((plain - 0.5) * steepness + 0.5).clamp(0.0, 1.0);
            let guided: f32 = line.offset + line.slope.iter().zip(pixel).map(|(s, c)| s * f32::from(*c) / 255.0).sum::<f32>();
            let guided = (guided + (1.0 - line.trust) * steep).clamp(0.0, 1.0);
            let freedom = (plain.min(1.0 - plain) * FREEDOM).min(1.0);
            let end = if plain < 0.5 { 0.0 } else { 1.0 };
            *alpha = ((end + (guided - end) * freedom) * 255.0).round() as u8;
        }
    });
    let mut mask = Mask::filled(picture.width(), picture.height(), 0);
    for (y, row) in part.values().chunks_exact(width).enumerate() {
        let start = (region.y as usize + y) * stride + region.x as usize;
        mask.values_mut()[start..start + width].copy_from_slice(row);
    }
    mask
}

/// The labels with steps rounded off: a binomial over three cells each way.
fn blurred(grid: &Grid, labels: &[bool]) -> Vec<u8> {
    let at = |x: usize, y: usize| u32::from(labels[y * grid.width + x]);
    let mut values = Vec::with_capacity(grid.len());
    for y in 0..grid.height {
        let (above, below) = (y.saturating_sub(1), (y + 1).min(grid.height - 1));
        for x in 0..grid.width {
            let (left, right) = (x.saturating_sub(1), (x + 1).min(grid.width - 1));
            let row = |y: usize| at(left, y) + 2 * at(x, y) + at(right, y);
            values.push(((row(above) + 2 * row(y) + row(below)) * 255 / 16) as u8);
        }
    }
    values
}

/// The line of each cell near a soft one; elsewhere nothing to trust.
fn fit_lines(grid: &Grid, labels: &[bool], blurred: &[u8]) -> Vec<Line> {
    checkpoint();
    let mut lines = vec![Line::default(); grid.len()];
    lines.par_chunks_exact_mut(grid.width).enumerate().for_each(|(y, row)| {
        for (x, line) in row.iter_mut().enumerate() {
            let rows = y.saturating_sub(1)..(y + 2).min(grid.height);
            let near = |row: usize| &blurred[row * grid.width + x.saturating_sub(1)..row * grid.width + (x + 2).min(grid.width)];
            if rows.clone().any(|r| near(r).iter().any(|v| (1..255).contains(v))) {
                *line = fit(grid, labels, x, y);
            }
        }
    });
    lines
}

fn fit(grid: &Grid, labels: &[bool], x: usize, y: usize) -> Line {
    let rows = y.saturating_sub(RADIUS)..(y + RADIUS + 1).min(grid.height);
    let columns = x.saturating_sub(RADIUS)..(x + RADIUS + 1).min(grid.width);
    let share = 1.0 / (rows.len() * columns.len()) as f32;
    let (mut mean, mut second, mut alpha, mut product) = ([0.0f32; 3], [0.0f32; 6], 0.0f32, [0.0f32; 3]);
    for row in rows {
        let cells = row * grid.width + columns.start..row * grid.width + columns.end;
        for (&[r, g, b], label) in grid.rgb[cells.clone()].iter().zip(&labels[cells]) {
            let a = if *label { share } else { 0.0 };
            alpha += a;
            mean = [mean[0] + r * share, mean[1] + g * share, mean[2] + b * share];
            product = [product[0] + r * a, product[1] + g * a, product[2] + b * a];
            for (to, v) in second.iter_mut().zip([r * r, r * g, r * b, g * g, g * b, b * b]) {
                *to += v * share;
            }
        }
    }
    let [mr, mg, mb] = mean;
    let covariance = [
        second[0] - mr * mr + EPSILON,
        second[1] - mr * mg,
        second[2] - mr * mb,
        second[3] - mg * mg + EPSILON,
        second[4] - mg * mb,
        second[5] - mb * mb + EPSILON,
    ];
    let with_alpha: [f32; 3] = std::array::from_fn(|c| product[c] - mean[c] * alpha);
    let slope = solve(covariance, with_alpha);
    let explained: f32 = slope.iter().zip(with_alpha).map(|(s, p)| s * p).sum();
    let trust = (explained / (alpha - alpha * alpha).max(1e-4)).clamp(0.0, 1.0);
    let offset = alpha - slope.iter().zip(mean).map(|(s, m)| s * m).sum::<f32>();
    Line { slope: slope.map(|s| s * trust), offset: offset * trust, trust }
}

/// The solution of a symmetric system (xx, xy, xz, yy, yz, zz) by cofactors.
fn solve([a, b, c, d, e, f]: [f32; 6], v: [f32; 3]) -> [f32; 3] {
    let cofactors = [d * f - e * e, c * e - b * f, b * e - c * d, a * f - c * c, b * c - a * e, a * d - b * b];
    let [aa, ab, ac, dd, de, ff] = cofactors;
    let determinant = (a * aa + b * ab + c * ac).max(1e-18);
    [
        (aa * v[0] + ab * v[1] + ac * v[2]) / determinant,
        (ab * v[0] + dd * v[1] + de * v[2]) / determinant,
        (ac * v[0] + de * v[1] + ff * v[2]) / determinant,
    ]
}

fn between(lines: &[Line], grid: &Grid, u: f32, v: f32) -> Line {
    let (x0, y0) = (u as usize, v as usize);
    let (x1, y1) = ((x0 + 1).min(grid.width - 1), (y0 + 1).min(grid.height - 1));
    let (fx, fy) = (u - x0 as f32, v - y0 as f32);
    let mut sum = Line::default();
    for (x, y, weight) in [(x0, y0, (1.0 - fx) * (1.0 - fy)), (x1, y0, fx * (1.0 - fy)), (x0, y1, (1.0 - fx) * fy), (x1, y1, fx * fy)] {
        let line = lines[y * grid.width + x];
        sum.slope = std::array::from_fn(|c| sum.slope[c] + line.slope[c] * weight);
        sum.offset += line.offset * weight;
        sum.trust += line.trust * weight;
    }
    sum
}
