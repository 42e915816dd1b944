//! From the model's grid to the pixels of a large photograph: the matte's soft edge follows the edges of the picture.
//!
//! A guided filter (K. He, J. Sun, X. Tang, "Guided Image Filtering", TPAMI 2013) in its fast form (K. He, J. Sun, "Fast Guided Filter", 2015):
//! alpha is a linear function of luminance in each window of the model's grid; the functions are found there, only near soft cells, and applied to the
//! full-size luminance. Two things are added. A function counts as much as luminance explains alpha in its window (R²), so that an edge without
//! contrast stays the smooth one of a plain enlargement. And the nearer that enlargement is to opaque or transparent, the less may change, so that
//! nothing leaks outside and no step is left where the soft band ends.

use rayon::prelude::*;

use crate::imaging::{Mask, Picture};
use crate::models::Tensor;
use crate::models::manifest::ImageInput;

/// Windows are `2 * RADIUS + 1` cells wide.
const RADIUS: usize = 3;
/// Contrast (squared, luminance 0..=1) below which a window just averages.
const EPSILON: f32 = 1e-4;
/// The edge moves freely where the plain enlargement is at least `1 / FREEDOM` away from opaque and from transparent.
const FREEDOM: f32 = 4.0;

/// The luminance that the model saw, 0..=1, one value per cell of its grid.
pub struct Guide {
    width: usize,
    height: usize,
    luminance: Vec<f32>,
}

impl Guide {
    /// From the model's input, shape `[1, 3, h, w]`.
    pub fn of(input: &Tensor, spec: &ImageInput) -> Guide {
        let (height, width) = (input.shape[2], input.shape[3]);
        let (red, rest) = input.data.split_at(width * height);
        let (green, blue) = rest.split_at(width * height);
        let value = |v: f32, c: usize| v * spec.std[c] + spec.mean[c];
        let luminance = red.iter().zip(green).zip(blue).map(|((&r, &g), &b)| luma(value(r, 0), value(g, 1), value(b, 2))).collect();
        Guide { width, height, luminance }
    }
}

/// Rec. 601 weights on 0..=255 values, result 0..=1.
fn luma(r: f32, g: f32, b: f32) -> f32 {
    (0.299 * r + 0.587 * g + 0.114 * b) / 255.0
}

/// The matte (on the model's grid) at the size of the picture.
///
/// # Panics
/// When matte and guide differ in size.
pub fn upsample(matte: &Mask, guide: &Guide, picture: &Picture) -> Mask {
    assert_eq!((matte.width() as usize, matte.height() as usize), (guide.width, guide.height), "matte and guide are on one grid");
    let lines = fit_lines(matte, guide);
    let mut full = matte.resized(picture.width(), picture.height());
    let width = picture.width() as usize;
    let (pixels, _) = picture.rgba8().as_chunks::<4>();
    let scale = (guide.width as f32 / picture.width() as f32, guide.height as f32 / picture.height() as f32);
    full.values_mut().par_chunks_exact_mut(width).zip(pixels.par_chunks_exact(width)).enumerate().for_each(|(y, (row, pixels))| {
        let v = ((y as f32 + 0.5) * scale.1 - 0.5).clamp(0.0, (guide.height - 1) as f32);
        for (x, (alpha, pixel)) in row.iter_mut().zip(pixels).enumerate() {
            if *alpha == 0 || *alpha == 255 {
                continue;
            }
            let u = ((x as f32 + 0.5) * scale.0 - 0.5).clamp(0.0, (guide.width - 1) as f32);
            let line = bilinear(&lines, guide.width, guide.height, u, v);
            let here = luma(f32::from(pixel[0]), f32::from(pixel[1]), f32::from(pixel[2]));
            let plain = f32::from(*alpha) / 255.0;
            let guided = (line.slope * here + line.offset + (1.0 - line.trust) * plain).clamp(0.0, 1.0);
            let freedom = (plain.min(1.0 - plain) * FREEDOM).min(1.0);
            *alpha = ((plain + (guided - plain) * freedom) * 255.0).round() as u8;
        }
    });
    full
}

/// Alpha over luminance in a window, already weighted by `trust`, 0..=1.
#[derive(Clone, Copy, Default)]
struct Line {
    slope: f32,
    offset: f32,
    trust: f32,
}

/// For each cell near a soft one the line of its window; elsewhere nothing to trust.
fn fit_lines(matte: &Mask, guide: &Guide) -> Vec<Line> {
    let (width, height) = (guide.width, guide.height);
    let near = near_soft(matte);
    let alpha = matte.values();
    let mut lines = vec![Line::default(); width * height];
    lines.par_chunks_exact_mut(width).enumerate().for_each(|(y, row)| {
        for (x, line) in row.iter_mut().enumerate() {
            if near[y * width + x] {
                *line = fit(alpha, guide, x, y);
            }
        }
    });
    lines
}

fn fit(alpha: &[u8], guide: &Guide, x: usize, y: usize) -> Line {
    let rows = y.saturating_sub(RADIUS)..(y + RADIUS + 1).min(guide.height);
    let columns = x.saturating_sub(RADIUS)..(x + RADIUS + 1).min(guide.width);
    let (mut light, mut squares, mut mean, mut product, mut spread) = (0.0f32, 0.0f32, 0.0f32, 0.0f32, 0.0f32);
    for row in rows.clone() {
        for i in row * guide.width + columns.start..row * guide.width + columns.end {
            let (l, a) = (guide.luminance[i], f32::from(alpha[i]) / 255.0);
            light += l;
            squares += l * l;
            mean += a;
            product += l * a;
            spread += a * a;
        }
    }
    let share = 1.0 / (rows.len() * columns.len()) as f32;
    let (light, mean) = (light * share, mean * share);
    let variance = squares * share - light * light;
    let covariance = product * share - light * mean;
    let slope = covariance / (variance + EPSILON);
    let trust = (slope * covariance / (spread * share - mean * mean).max(EPSILON)).clamp(0.0, 1.0);
    Line { slope: slope * trust, offset: (mean - slope * light) * trust, trust }
}

/// Cells from which a soft pixel of the enlargement can take its line: soft ones, those where neighbours differ, and their neighbours.
fn near_soft(matte: &Mask) -> Vec<bool> {
    let (width, height) = (matte.width() as usize, matte.height() as usize);
    let alpha = matte.values();
    let edge = |i: usize, x: usize, y: usize| {
        let a = alpha[i];
        (1..255).contains(&a) || (x + 1 < width && alpha[i + 1] != a) || (y + 1 < height && alpha[i + width] != a)
    };
    let mut near = vec![false; width * height];
    for y in 0..height {
        for x in 0..width {
            if edge(y * width + x, x, y) {
                for row in y.saturating_sub(1)..(y + 3).min(height) {
                    near[row * width + x.saturating_sub(1)..row * width + (x + 3).min(width)].fill(true);
                }
            }
        }
    }
    near
}

fn bilinear(lines: &[Line], width: usize, height: usize, u: f32, v: f32) -> Line {
    let (x0, y0) = (u as usize, v as usize);
    let (x1, y1) = ((x0 + 1).min(width - 1), (y0 + 1).min(height - 1));
    let (fx, fy) = (u - x0 as f32, v - y0 as f32);
    let between = |a: f32, b: f32, f: f32| a + (b - a) * f;
    let mix = |a: Line, b: Line, f: f32| Line {
        slope: between(a.slope, b.slope, f),
        offset: between(a.offset, b.offset, f),
        trust: between(a.trust, b.trust, f),
    };
    let top = mix(lines[y0 * width + x0], lines[y0 * width + x1], fx);
    let bottom = mix(lines[y1 * width + x0], lines[y1 * width + x1], fx);
    mix(top, bottom, fy)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A white disc on dark grey, 16 times as large as the model's grid.
    #[test]
    fn the_edge_of_a_large_photo_is_found_to_the_pixel() {
        let (grid, factor) = (64u32, 16u32);
        let side = grid * factor;
        let centre = f64::from(side) / 2.0;
        let radius = centre * 0.6;
        let inside = |x: f64, y: f64| (x - centre).hypot(y - centre) < radius;
        let mut picture = Picture::filled(side, side, [40, 40, 40, 255]);
        let mut sums = vec![0u32; (grid * grid) as usize];
        for y in 0..side {
            for x in 0..side {
                if inside(f64::from(x) + 0.5, f64::from(y) + 0.5) {
                    let i = (y * side + x) as usize * 4;
                    picture.rgba8_mut()[i..i + 3].fill(250);
                    sums[(y / factor * grid + x / factor) as usize] += 1;
                }
            }
        }
        let share: Vec<f32> = sums.iter().map(|&n| n as f32 / (factor * factor) as f32).collect();
        let matte = Mask::new(grid, grid, share.iter().map(|s| (s * 255.0).round() as u8).collect());
        let luminance = share.iter().map(|s| (40.0 + 210.0 * s) / 255.0).collect();
        let full = upsample(&matte, &Guide { width: grid as usize, height: grid as usize, luminance }, &picture);
        let wrong = (0..side * side).filter(|i| {
            let truth = inside(f64::from(i % side) + 0.5, f64::from(i / side) + 0.5);
            (full.values()[*i as usize] > 127) != truth
        });
        let (wrong, plain) = (wrong.count(), matte.resized(side, side));
        let plain_wrong = (0..side * side).filter(|i| {
            let truth = inside(f64::from(i % side) + 0.5, f64::from(i / side) + 0.5);
            (plain.values()[*i as usize] > 127) != truth
        });
        let plain_wrong = plain_wrong.count();
        assert!(wrong * 2 < plain_wrong, "{wrong} pixels on the wrong side, {plain_wrong} without");
        let soft = |m: &Mask| m.values().iter().filter(|&&v| v > 12 && v < 243).count();
        assert!(soft(&full) * 2 < soft(&plain), "{} of {}: the edge is as sharp as the picture", soft(&full), soft(&plain));
    }
}
