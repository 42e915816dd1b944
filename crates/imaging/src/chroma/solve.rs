//! Weighted least squares over a grid: `Σ own (u − target)² + Σ w (u − u')²`, the second sum over neighbours.
//!
//! The weights between neighbours are the affinities of A. Levin, D. Lischinski and Y. Weiss, "Colorization using Optimization" (SIGGRAPH 2004):
//! `exp(−(L − L')² / 2σ²)`. Unlike theirs the energy is of first order (a graph Laplacian), so that no value lies outside those it comes from. Solved by
//! conjugate gradients; the preconditioner is one symmetric V-cycle over grids that join 2 × 2 cells, with the weights between joined cells halved as
//! linear interpolation would have them (D. Braess, "Towards algebraic multigrid for elliptic problems of second order", 1995).

use super::Plane;

/// Weight that is left between neighbours whose lightness differs wholly.
const FLOOR: f32 = 1e-4;
/// The coarsest grid has at most this many cells.
const COARSEST: usize = 48;
const COARSEST_SWEEPS: usize = 12;
/// Solved when the error, measured by the energy, is about this share of the first one. Cells that are hardly held need it small.
const TOLERANCE: f64 = 1e-5;
const MOST_STEPS: usize = 60;

/// The equations: how strongly each cell holds its target, and how much neighbours are alike.
#[derive(Clone, Debug)]
pub struct System {
    width: usize,
    height: usize,
    own: Vec<f32>,
    /// To the neighbour on the right; 0 in the last column.
    right: Vec<f32>,
    /// To the neighbour below; 0 in the last row.
    down: Vec<f32>,
}

impl System {
    /// `own`: how strongly each cell holds its target (≥ 0, not 0 everywhere). `sigma`: difference of lightness that is an edge, at each
    /// cell. `strength` multiplies the weights between neighbours.
    ///
    /// # Panics
    /// When the grids differ in size.
    pub fn new(guide: &Plane, own: Vec<f32>, sigma: &Plane, strength: f32) -> System {
        let (width, height) = guide.size();
        assert_eq!(own.len(), width * height, "one weight for each cell");
        assert_eq!(sigma.size(), guide.size(), "one sigma for each cell");
        let affinity = |i: usize, j: usize| {
            let d = 2.0 * (guide.values[i] - guide.values[j]) / (sigma.values[i] + sigma.values[j]);
            strength * ((-0.5 * d * d).exp() + FLOOR)
        };
        let cells = 0..width * height;
        let right = cells.clone().map(|i| if i % width + 1 < width { affinity(i, i + 1) } else { 0.0 }).collect();
        let down = cells.map(|i| if i / width + 1 < height { affinity(i, i + width) } else { 0.0 }).collect();
        System { width, height, own, right, down }
    }

    /// The values, or `None` where `stop` said so in between.
    ///
    /// # Panics
    /// When the length is not the number of cells.
    pub fn solve(&self, target: &[f32], stop: &(dyn Fn() -> bool + Sync)) -> Option<Vec<f32>> {
        assert_eq!(target.len(), self.own.len(), "one target for each cell");
        let levels = self.levels();
        let mut x = vec![0f64; target.len()];
        let mut r: Vec<f64> = self.own.iter().zip(target).map(|(w, t)| f64::from(w * t)).collect();
        let mut z = preconditioned(&levels, &r);
        let mut p: Vec<f64> = z.iter().map(|&z| f64::from(z)).collect();
        let first = dot(&r, &z);
        let mut rz = first;
        for _ in 0..MOST_STEPS {
            if stop() {
                return None;
            }
            if rz <= first * TOLERANCE * TOLERANCE {
                break;
            }
            let q = self.times(&p);
            let step = rz / p.iter().zip(&q).map(|(p, q)| p * q).sum::<f64>();
            x.iter_mut().zip(&p).for_each(|(x, p)| *x += step * p);
            r.iter_mut().zip(&q).for_each(|(r, q)| *r -= step * q);
            z = preconditioned(&levels, &r);
            let next = dot(&r, &z);
            let keep = next / rz;
            p.iter_mut().zip(&z).for_each(|(p, z)| *p = f64::from(*z) + keep * *p);
            rz = next;
        }
        Some(x.into_iter().map(|v| v as f32).collect())
    }

    fn levels(&self) -> Vec<Level> {
        let mut levels = vec![Level::of(self.clone())];
        while let Some(last) = levels.last()
            && last.system.own.len() > COARSEST
            && let Some(coarse) = last.system.joined()
        {
            levels.push(Level::of(coarse));
        }
        levels
    }

    /// The same over cells that are 2 × 2 of these; `None` for a single cell.
    fn joined(&self) -> Option<System> {
        if self.own.len() == 1 {
            return None;
        }
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let mut coarse =
            System { width, height, own: vec![0.0; width * height], right: vec![0.0; width * height], down: vec![0.0; width * height] };
        for i in 0..self.own.len() {
            let (x, y) = (i % self.width, i / self.width);
            let to = y / 2 * width + x / 2;
            coarse.own[to] += self.own[i];
            if x % 2 == 1 {
                coarse.right[to] += 0.5 * self.right[i];
            }
            if y % 2 == 1 {
                coarse.down[to] += 0.5 * self.down[i];
            }
        }
        Some(coarse)
    }

    /// Weight and value of each neighbour.
    fn neighbours<'a>(&'a self, i: usize, x: &'a [f32]) -> impl Iterator<Item = (f32, f32)> + 'a {
        let column = i % self.width;
        let left = (column > 0).then(|| (self.right[i - 1], x[i - 1]));
        let right = (column + 1 < self.width).then(|| (self.right[i], x[i + 1]));
        let up = (i >= self.width).then(|| (self.down[i - self.width], x[i - self.width]));
        let down = (i + self.width < x.len()).then(|| (self.down[i], x[i + self.width]));
        [left, right, up, down].into_iter().flatten()
    }

    fn times(&self, x: &[f64]) -> Vec<f64> {
        let mut out: Vec<f64> = x.iter().zip(&self.own).map(|(x, own)| x * f64::from(*own)).collect();
        let mut join = |i: usize, j: usize, weight: f32| {
            let flow = f64::from(weight) * (x[i] - x[j]);
            out[i] += flow;
            out[j] -= flow;
        };
        for i in 0..x.len() {
            if self.right[i] > 0.0 {
                join(i, i + 1, self.right[i]);
            }
            if self.down[i] > 0.0 {
                join(i, i + self.width, self.down[i]);
            }
        }
        out
    }

    /// `b` without what `x` explains.
    fn rest(&self, x: &[f32], b: &[f32]) -> Vec<f32> {
        (0..x.len()).map(|i| self.neighbours(i, x).fold(b[i] - self.own[i] * x[i], |rest, (w, v)| rest - w * (x[i] - v))).collect()
    }
}

struct Level {
    system: System,
    /// 1 over the diagonal.
    inverse: Vec<f32>,
}

impl Level {
    fn of(system: System) -> Level {
        let ones = vec![0f32; system.own.len()];
        let diagonal = |i: usize| system.own[i] + system.neighbours(i, &ones).map(|(w, _)| w).sum::<f32>();
        let inverse = (0..system.own.len()).map(|i| 1.0 / diagonal(i).max(f32::MIN_POSITIVE)).collect();
        Level { system, inverse }
    }

    fn relax(&self, i: usize, x: &mut [f32], b: &[f32]) {
        let around: f32 = self.system.neighbours(i, x).map(|(w, v)| w * v).sum();
        x[i] = (b[i] + around) * self.inverse[i];
    }

    fn forwards(&self, x: &mut [f32], b: &[f32]) {
        (0..x.len()).for_each(|i| self.relax(i, x, b));
    }

    fn backwards(&self, x: &mut [f32], b: &[f32]) {
        (0..x.len()).rev().for_each(|i| self.relax(i, x, b));
    }
}

fn preconditioned(levels: &[Level], r: &[f64]) -> Vec<f32> {
    cycle(levels, &r.iter().map(|&v| v as f32).collect::<Vec<f32>>())
}

/// One V-cycle from 0: symmetric, so that conjugate gradients may use it.
fn cycle(levels: &[Level], b: &[f32]) -> Vec<f32> {
    let (level, coarser) = levels.split_first().expect("there is a finest level");
    let mut x = vec![0f32; b.len()];
    if coarser.is_empty() {
        for _ in 0..COARSEST_SWEEPS {
            level.forwards(&mut x, b);
            level.backwards(&mut x, b);
        }
        return x;
    }
    level.forwards(&mut x, b);
    let (width, coarse_width) = (level.system.width, coarser[0].system.width);
    let parent = |i: usize| i / width / 2 * coarse_width + i % width / 2;
    let mut rest = vec![0f32; coarser[0].system.own.len()];
    for (i, left) in level.system.rest(&x, b).into_iter().enumerate() {
        rest[parent(i)] += left;
    }
    let correction = cycle(coarser, &rest);
    x.iter_mut().enumerate().for_each(|(i, x)| *x += correction[parent(i)]);
    level.backwards(&mut x, b);
    x
}

fn dot(a: &[f64], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * f64::from(*b)).sum()
}
