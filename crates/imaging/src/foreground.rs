//! The colour of the foreground where a matte is soft, freed from the old background.
//!
//! Multi-level estimation after T. Germer, T. Uelwer, S. Conrad, S. Harmeling, "Fast Multi-Level Foreground Estimation", ICPR 2020: foreground F and
//! background B are found together from the smoothest pair that explains the picture, `I = αF + (1 - α)B`, from a few pixels up to the full size.
//! Here the dense levels end at about [`DENSE_SIDE`] pixels; the last level is solved only for the soft pixels themselves, with the exact neighbours
//! that are wholly foreground or background. All in linear light, so that laying F on B again gives the picture back.

use rayon::prelude::*;

use super::blend::with_alpha;
use super::colour::Tables;
use super::mask::Mask;
use super::picture::{Picture, Rect};
use crate::pace::{Stop, checkpoint};

/// Long side of the finest dense level, at most.
const DENSE_SIDE: u32 = 1024;
/// Levels up to this side get more iterations: they carry colours over long distances.
const SMALL_SIDE: usize = 32;
const SMALL_ITERATIONS: usize = 10;
const ITERATIONS: usize = 2;
/// Weight of smoothness everywhere, and per difference of alpha between neighbours (the paper's ε and ω).
const SMOOTHNESS: f32 = 5e-3;
const SMOOTHNESS_AT_EDGES: f32 = 1.0;
/// Cells of a dense level within this distance of a soft cell are solved, the rest keep what the coarser level says.
const REACH: usize = 4;

type Rgb = [f32; 3];

/// The cut-out: alpha from the matte; RGB is the picture's own, bit for bit, where alpha is 255, the estimated foreground in between, 0 where alpha is 0.
///
/// # Panics
/// When the sizes differ.
pub fn cut_out(picture: &Picture, matte: &Mask) -> Picture {
    checkpoint();
    let mut out = with_alpha(picture, matte);
    let Some(area) = soft_area(matte) else { return out };
    let dense = Dense::solve(picture, matte, area);
    let width = picture.width() as usize;
    let solver = Solver {
        pixels: picture.rgba8().as_chunks::<4>().0,
        alpha: matte.values(),
        width,
        height: picture.height() as usize,
        tables: Tables::get(),
    };
    let (top, left, right) = (area.y as usize, area.x as usize, (area.x + area.width) as usize);
    let rows = out.rgba8_mut().par_chunks_mut(width * 4).enumerate().skip(top).take(area.height as usize);
    let stop = Stop::here();
    rows.for_each(|(y, row)| {
        if stop.is_set() {
            return;
        }
        let (row, _) = row.as_chunks_mut::<4>();
        let alpha = &solver.alpha[y * width..(y + 1) * width];
        for x in left..right {
            if is_soft(alpha[x]) {
                let (f, b) = dense.at(x, y);
                let colour = solver.refine(x, y, f, b);
                row[x][..3].copy_from_slice(&colour);
            }
        }
    });
    checkpoint();
    out
}

fn is_soft(alpha: u8) -> bool {
    alpha.wrapping_sub(1) < 254
}

/// The bounding box of all soft pixels with a margin, in which foreground and background are looked for.
fn soft_area(matte: &Mask) -> Option<Rect> {
    let (width, height) = (matte.width(), matte.height());
    let (mut x0, mut x1, mut y0, mut y1) = (u32::MAX, 0, u32::MAX, 0);
    for (y, row) in matte.values().chunks_exact(width as usize).enumerate() {
        let Some(first) = row.iter().position(|&a| is_soft(a)) else { continue };
        let last = row.iter().rposition(|&a| is_soft(a)).expect("the row has one");
        x0 = x0.min(first as u32);
        x1 = x1.max(last as u32);
        y0 = y0.min(y as u32);
        y1 = y as u32;
    }
    if x0 == u32::MAX {
        return None;
    }
    let margin = ((x1 - x0).max(y1 - y0) / 16).max(16);
    let (left, top) = (x0.saturating_sub(margin), y0.saturating_sub(margin));
    let (right, bottom) = ((x1 + margin).min(width - 1), (y1 + margin).min(height - 1));
    Some(Rect { x: left, y: top, width: right - left + 1, height: bottom - top + 1 })
}

/// One level: picture and matte averaged, and the current F and B.
struct Level {
    width: usize,
    height: usize,
    colour: Vec<Rgb>,
    alpha: Vec<f32>,
}

/// F and B at the finest dense level, over `area` of the picture; a cell covers `cell`×`cell` pixels.
struct Dense {
    area: Rect,
    cell: usize,
    width: usize,
    height: usize,
    foreground: Vec<Rgb>,
    background: Vec<Rgb>,
}

impl Dense {
    fn solve(picture: &Picture, matte: &Mask, area: Rect) -> Dense {
        let cell = area.width.max(area.height).div_ceil(DENSE_SIDE) as usize;
        let mut levels = vec![Level::average(picture, matte, area, cell)];
        while let Some(finer) = levels.last().filter(|l| l.width.max(l.height) > 1) {
            let coarser = finer.halved();
            levels.push(coarser);
        }
        let coarsest = levels.last().expect("there is at least one level");
        let (mut width, mut height) = (coarsest.width, coarsest.height);
        let (mut foreground, mut background) = (coarsest.colour.clone(), coarsest.colour.clone());
        for level in levels.iter().rev() {
            foreground = enlarge(&foreground, (width, height), (level.width, level.height));
            background = enlarge(&background, (width, height), (level.width, level.height));
            (width, height) = (level.width, level.height);
            let busy = level.busy_cells();
            let iterations = if width.max(height) <= SMALL_SIDE { SMALL_ITERATIONS } else { ITERATIONS };
            for _ in 0..iterations {
                (foreground, background) = level.iterate(&foreground, &background, &busy);
            }
        }
        Dense { area, cell, width, height, foreground, background }
    }

    /// Bilinear F and B at a pixel of the picture inside the area.
    fn at(&self, x: usize, y: usize) -> (Rgb, Rgb) {
        let place = |v: usize, start: u32, cells: usize| {
            let v = (((v - start as usize) as f32 + 0.5) / self.cell as f32 - 0.5).clamp(0.0, (cells - 1) as f32);
            let low = v as usize;
            (low, (low + 1).min(cells - 1), v - low as f32)
        };
        let (x0, x1, fx) = place(x, self.area.x, self.width);
        let (y0, y1, fy) = place(y, self.area.y, self.height);
        let mix = |values: &[Rgb]| {
            let (a, b) = (values[y0 * self.width + x0], values[y0 * self.width + x1]);
            let (c, d) = (values[y1 * self.width + x0], values[y1 * self.width + x1]);
            std::array::from_fn(|i| {
                let top = a[i] + (b[i] - a[i]) * fx;
                let bottom = c[i] + (d[i] - c[i]) * fx;
                top + (bottom - top) * fy
            })
        };
        (mix(&self.foreground), mix(&self.background))
    }
}

impl Level {
    /// Averages over cells of `cell`×`cell` pixels; where all of a cell is foreground or background one pixel stands for it.
    fn average(picture: &Picture, matte: &Mask, area: Rect, cell: usize) -> Level {
        checkpoint();
        let tables = Tables::get();
        let stride = picture.width() as usize;
        let (pixels, _) = picture.rgba8().as_chunks::<4>();
        let (left, top) = (area.x as usize, area.y as usize);
        let (right, bottom) = (left + area.width as usize, top + area.height as usize);
        let (width, height) = ((right - left).div_ceil(cell), (bottom - top).div_ceil(cell));
        let light = |i: usize| -> Rgb { std::array::from_fn(|c| tables.linear[usize::from(pixels[i][c])]) };
        let mut cells = vec![([0.0f32; 3], 0.0f32); width * height];
        cells.par_chunks_mut(width).enumerate().for_each(|(cy, row)| {
            let rows = top + cy * cell..(top + (cy + 1) * cell).min(bottom);
            for (cx, (colour, alpha)) in row.iter_mut().enumerate() {
                let columns = left + cx * cell..(left + (cx + 1) * cell).min(right);
                let first = matte.values()[rows.start * stride + columns.start];
                let runs = rows.clone().map(|y| &matte.values()[y * stride + columns.start..y * stride + columns.end]);
                if !is_soft(first) && runs.clone().all(|run| run.iter().all(|&a| a == first)) {
                    *alpha = f32::from(first) / 255.0;
                    *colour = light((rows.start + rows.end) / 2 * stride + (columns.start + columns.end) / 2);
                    continue;
                }
                let share = 1.0 / (rows.len() * columns.len()) as f32;
                *alpha = runs.flatten().map(|&a| f32::from(a)).sum::<f32>() * share / 255.0;
                for y in rows.clone() {
                    for x in columns.clone() {
                        let here = light(y * stride + x);
                        (0..3).for_each(|c| colour[c] += here[c] * share);
                    }
                }
            }
        });
        let (colour, alpha) = cells.into_iter().unzip();
        Level { width, height, colour, alpha }
    }

    /// The next coarser level: averages over 2×2 cells.
    fn halved(&self) -> Level {
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let cells = (0..width * height).map(|i| {
            let (x, y) = (i % width * 2, i / width * 2);
            let (x1, y1) = ((x + 1).min(self.width - 1), (y + 1).min(self.height - 1));
            let four = [y * self.width + x, y * self.width + x1, y1 * self.width + x, y1 * self.width + x1];
            let colour: Rgb = std::array::from_fn(|c| four.iter().map(|&i| self.colour[i][c]).sum::<f32>() / 4.0);
            (colour, four.iter().map(|&i| self.alpha[i]).sum::<f32>() / 4.0)
        });
        let (colour, alpha) = cells.unzip();
        Level { width, height, colour, alpha }
    }

    /// Cells near soft ones or near a change from foreground to background; small levels are solved everywhere.
    fn busy_cells(&self) -> Option<Vec<bool>> {
        if self.width.max(self.height) <= SMALL_SIDE * 2 {
            return None;
        }
        let soft: Vec<bool> = self.alpha.iter().map(|&a| a > 0.0 && a < 1.0).collect();
        let mut wide = vec![false; soft.len()];
        for (row, wide) in soft.chunks_exact(self.width).zip(wide.chunks_exact_mut(self.width)) {
            for x in row.iter().enumerate().filter_map(|(x, &s)| s.then_some(x)) {
                wide[x.saturating_sub(REACH)..(x + REACH + 1).min(self.width)].fill(true);
            }
        }
        let mut busy = vec![false; soft.len()];
        for (y, row) in wide.chunks_exact(self.width).enumerate().filter(|(_, row)| row.contains(&true)) {
            for near in y.saturating_sub(REACH)..(y + REACH + 1).min(self.height) {
                let to = &mut busy[near * self.width..(near + 1) * self.width];
                to.iter_mut().zip(row).for_each(|(to, &from)| *to |= from);
            }
        }
        Some(busy)
    }

    /// One Jacobi step, which unlike the paper's in-place update does not depend on the order of the cells.
    fn iterate(&self, foreground: &[Rgb], background: &[Rgb], busy: &Option<Vec<bool>>) -> (Vec<Rgb>, Vec<Rgb>) {
        checkpoint();
        let (w, h) = (self.width, self.height);
        let (mut next_f, mut next_b) = (foreground.to_vec(), background.to_vec());
        next_f.par_chunks_mut(w).zip(next_b.par_chunks_mut(w)).enumerate().with_min_len(16).for_each(|(y, (row_f, row_b))| {
            for x in 0..w {
                let i = y * w + x;
                if busy.as_ref().is_some_and(|busy| !busy[i]) {
                    continue;
                }
                let neighbours = [
                    if x > 0 { i - 1 } else { i },
                    if x + 1 < w { i + 1 } else { i },
                    if y > 0 { i - w } else { i },
                    if y + 1 < h { i + w } else { i },
                ];
                let near = neighbours.map(|n| Near { alpha: self.alpha[n], foreground: foreground[n], background: background[n] });
                (row_f[x], row_b[x]) = solve(self.colour[i], self.alpha[i], &near);
            }
        });
        (next_f, next_b)
    }
}

fn enlarge(values: &[Rgb], from: (usize, usize), to: (usize, usize)) -> Vec<Rgb> {
    if from == to {
        return values.to_vec();
    }
    // Each coarse cell was made of 2×2 fine ones.
    (0..to.0 * to.1).map(|i| values[(i / to.0 / 2).min(from.1 - 1) * from.0 + (i % to.0 / 2).min(from.0 - 1)]).collect()
}

/// A neighbour as one pixel's equation sees it.
#[derive(Clone, Copy)]
struct Near {
    alpha: f32,
    foreground: Rgb,
    background: Rgb,
}

/// Minimises `|αF + (1-α)B - I|² + Σ w(|F - Fₙ|² + |B - Bₙ|²)` over F and B (equation 7 of the paper): two unknowns per channel.
#[inline]
fn solve(colour: Rgb, alpha: f32, near: &[Near; 4]) -> (Rgb, Rgb) {
    let rest = 1.0 - alpha;
    let mut weight = 0.0;
    let (mut f_sum, mut b_sum) = ([0.0f32; 3], [0.0f32; 3]);
    for n in near {
        let w = SMOOTHNESS + SMOOTHNESS_AT_EDGES * (alpha - n.alpha).abs();
        weight += w;
        for c in 0..3 {
            f_sum[c] += w * n.foreground[c];
            b_sum[c] += w * n.background[c];
        }
    }
    let (ff, fb, bb) = (alpha * alpha + weight, alpha * rest, rest * rest + weight);
    let scale = 1.0 / (ff * bb - fb * fb);
    let mut f = [0.0; 3];
    let mut b = [0.0; 3];
    for c in 0..3 {
        let (to_f, to_b) = (alpha * colour[c] + f_sum[c], rest * colour[c] + b_sum[c]);
        f[c] = ((bb * to_f - fb * to_b) * scale).clamp(0.0, 1.0);
        b[c] = ((ff * to_b - fb * to_f) * scale).clamp(0.0, 1.0);
    }
    (f, b)
}

/// The last level: single soft pixels at full size.
struct Solver<'a> {
    pixels: &'a [[u8; 4]],
    alpha: &'a [u8],
    width: usize,
    height: usize,
    tables: &'static Tables,
}

impl Solver<'_> {
    fn light(&self, i: usize) -> Rgb {
        std::array::from_fn(|c| self.tables.linear[usize::from(self.pixels[i][c])])
    }

    /// `foreground` and `background` as the dense level has them here; neighbours that are pure count with their own colour.
    fn refine(&self, x: usize, y: usize, foreground: Rgb, background: Rgb) -> [u8; 3] {
        let i = y * self.width + x;
        let neighbours = [
            if x > 0 { i - 1 } else { i },
            if x + 1 < self.width { i + 1 } else { i },
            if y > 0 { i - self.width } else { i },
            if y + 1 < self.height { i + self.width } else { i },
        ];
        let near = neighbours.map(|n| match self.alpha[n] {
            255 => Near { alpha: 1.0, foreground: self.light(n), background },
            0 => Near { alpha: 0.0, foreground, background: self.light(n) },
            a => Near { alpha: f32::from(a) / 255.0, foreground, background },
        });
        let (f, _) = solve(self.light(i), f32::from(self.alpha[i]) / 255.0, &near);
        f.map(|v| self.tables.srgb8_f(v))
    }
}
