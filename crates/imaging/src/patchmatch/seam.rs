//! Hides the seams: copies keep their gradients and give way in level, so that they meet each other and the border without a step
//! (Pérez et al. 2003, "Poisson Image Editing"; held back to the copies' own colours as in Darabi et al. 2012, "Image Melding").

use rayon::prelude::*;

use super::level::{State, Window};
use super::{Cancelled, Stop};
use crate::pace::checkpoint;

/// What is laid into the hole of a crop.
pub struct Copies<'a> {
    pub width: usize,
    pub height: usize,
    pub pixels: &'a [[u8; 4]],
    pub state: &'a [State],
    /// Pixels of the hole, in rising order.
    pub holes: &'a [u32],
    /// Where each of them is copied from.
    pub sources: &'a [u32],
}

/// How firmly colours stay what they were copied as: a step at a seam fades over about `1 / sqrt(HOLD)` pixels.
const HOLD: f32 = 0.004;
/// Steps beyond this (in levels) are structure that does not meet, not a seam.
const STEP: f32 = 24.0;
const MAX_ITERATIONS: usize = 120;

type Four = [f32; 4];

/// Neighbours within the hole with their pull, and the sum of all pulls.
struct Row {
    beside: [(u32, f32); 4],
    centre: f32,
}

/// The hole's pixels (in the order of `holes`), blended. Copies that already meet stay exactly as they are.
pub fn blend(copies: &Copies<'_>, stop: Stop<'_>) -> Result<Vec<[u8; 4]>, Cancelled> {
    checkpoint();
    let mut index = vec![u32::MAX; copies.pixels.len()];
    for (k, &p) in copies.holes.iter().enumerate() {
        index[p as usize] = k as u32;
    }
    let (rows, wanted): (Vec<Row>, Vec<Four>) = (0..copies.holes.len()).into_par_iter().map(|k| copies.equation(&index, k)).unzip();
    let offset = solve(&rows, wanted, stop)?;
    let range = copies.range();
    let blended = |(k, &source): (usize, &u32)| {
        let copy = copies.pixels[source as usize];
        std::array::from_fn(|c| (f32::from(copy[c]) + offset[k][c]).clamp(range[c].0, range[c].1).round() as u8)
    };
    Ok(copies.sources.par_iter().enumerate().map(blended).collect())
}

impl Copies<'_> {
    /// The hole with a margin around it, as far as it lies in the crop. There has to be a hole.
    pub fn window(&self, margin: usize) -> Window {
        let (mut x0, mut x1) = (usize::MAX, 0);
        for &p in self.holes {
            (x0, x1) = (x0.min(p as usize % self.width), x1.max(p as usize % self.width));
        }
        let (y0, y1) = (self.holes[0] as usize / self.width, self.holes[self.holes.len() - 1] as usize / self.width);
        let (x, y) = (x0.saturating_sub(margin), y0.saturating_sub(margin));
        Window { x, y, width: (x1 + margin + 1).min(self.width) - x, height: (y1 + margin + 1).min(self.height) - y }
    }

    /// The row of the system for hole pixel `k`, and its right side.
    fn equation(&self, index: &[u32], k: usize) -> (Row, Four) {
        let (p, own) = (self.holes[k] as usize, self.sources[k] as usize);
        let (x, y) = (p % self.width, p / self.width);
        let steps = [(x > 0, -1), (x + 1 < self.width, 1), (y > 0, -(self.width as i64)), (y + 1 < self.height, self.width as i64)];
        let mut row = Row { beside: [(0, 0.0); 4], centre: HOLD };
        let mut wanted = [0.0; 4];
        for (slot, (inside, step)) in steps.into_iter().enumerate() {
            if !inside {
                continue;
            }
            let q = (p as i64 + step) as usize;
            let (gap, pull) = match self.state[q] {
                State::Hole => {
                    let l = index[q];
                    let gap = self.between(own, self.sources[l as usize] as usize, step);
                    let pull = calm(&gap);
                    row.beside[slot] = (l, pull);
                    (gap, pull)
                }
                State::Source => match self.seen(own as i64 + step) {
                    Some(there) => {
                        let gap = difference(&self.pixels[q], there);
                        let pull = 2.0 * calm(&gap);
                        (gap, pull)
                    }
                    None => continue,
                },
                State::Excluded | State::Void => continue,
            };
            row.centre += pull;
            for c in 0..4 {
                wanted[c] += pull * gap[c];
            }
        }
        (row, wanted)
    }

    /// By how much the copy at a pixel must be above its neighbour's for the step between them to be one that the sources have.
    fn between(&self, own: usize, other: usize, step: i64) -> Four {
        if own as i64 + step == other as i64 {
            return [0.0; 4];
        }
        // What the own source shows at the neighbour, against what is there; and what the neighbour's source shows here.
        let there = self.seen(own as i64 + step).map(|v| difference(&self.pixels[other], v));
        let here = self.seen(other as i64 - step).map(|v| difference(v, &self.pixels[own]));
        match (there, here) {
            (Some(a), Some(b)) => std::array::from_fn(|c| (a[c] + b[c]) / 2.0),
            (Some(a), None) | (None, Some(a)) => a,
            (None, None) => [0.0; 4],
        }
    }

    /// What may be copied at a place.
    pub fn seen(&self, i: i64) -> Option<&[u8; 4]> {
        let known = i >= 0 && (i as usize) < self.pixels.len() && matches!(self.state[i as usize], State::Source);
        known.then(|| &self.pixels[i as usize])
    }

    /// Least and greatest value of each channel among what may be copied.
    pub fn range(&self) -> [(f32, f32); 4] {
        let mut range = [(255.0f32, 0.0f32); 4];
        for (pixel, _) in self.pixels.iter().zip(self.state).filter(|(_, s)| **s == State::Source) {
            for c in 0..4 {
                range[c] = (range[c].0.min(f32::from(pixel[c])), range[c].1.max(f32::from(pixel[c])));
            }
        }
        range.map(|(low, high)| (low.min(high), high))
    }
}

fn difference(a: &[u8; 4], b: &[u8; 4]) -> Four {
    std::array::from_fn(|c| f32::from(a[c]) - f32::from(b[c]))
}

/// 1 for a small step, towards 0 for a large one.
fn calm(gap: &Four) -> f32 {
    let worst = gap.iter().fold(0.0f32, |m, v| m.max(v.abs())) / STEP;
    1.0 / (1.0 + worst * worst * worst * worst)
}

/// Conjugate gradients (Hestenes and Stiefel 1952) with the diagonal as preconditioner, the four channels at once.
fn solve(rows: &[Row], wanted: Vec<Four>, stop: Stop<'_>) -> Result<Vec<Four>, Cancelled> {
    checkpoint();
    let n = rows.len();
    let mut solution = vec![[0.0f32; 4]; n];
    let mut rest = wanted;
    let mut direction: Vec<Four> = scaled(rows, &rest);
    let mut energy = dot(&rest, &direction);
    let goal = energy.iter().sum::<f64>() * 1e-6;
    for _ in 0..MAX_ITERATIONS {
        stop.check()?;
        if energy.iter().sum::<f64>() <= goal.max(1e-9) {
            break;
        }
        let product = applied(rows, &direction);
        let along = dot(&direction, &product);
        let step: Four = std::array::from_fn(|c| if along[c] > 0.0 { (energy[c] / along[c]) as f32 } else { 0.0 });
        add(&mut solution, &direction, step);
        add(&mut rest, &product, step.map(|s| -s));
        let next = scaled(rows, &rest);
        let new = dot(&rest, &next);
        let keep: Four = std::array::from_fn(|c| if energy[c] > 0.0 { (new[c] / energy[c]) as f32 } else { 0.0 });
        direction.par_iter_mut().zip(&next).for_each(|(d, z)| {
            for c in 0..4 {
                d[c] = z[c] + keep[c] * d[c];
            }
        });
        energy = new;
    }
    Ok(solution)
}

const RUN: usize = 4096;

fn scaled(rows: &[Row], v: &[Four]) -> Vec<Four> {
    checkpoint();
    rows.par_iter().zip(v).with_min_len(RUN).map(|(row, v)| v.map(|v| v / row.centre)).collect()
}

fn applied(rows: &[Row], v: &[Four]) -> Vec<Four> {
    checkpoint();
    let product = |(k, row): (usize, &Row)| {
        let mut sum = v[k].map(|v| v * row.centre);
        for (l, pull) in row.beside {
            for c in 0..4 {
                sum[c] -= pull * v[l as usize][c];
            }
        }
        sum
    };
    rows.par_iter().enumerate().with_min_len(RUN).map(product).collect()
}

fn add(to: &mut [Four], v: &[Four], by: Four) {
    checkpoint();
    to.par_iter_mut().zip(v).with_min_len(RUN).for_each(|(to, v)| {
        for c in 0..4 {
            to[c] += by[c] * v[c];
        }
    });
}

/// Summed in runs of a fixed length, so that rounding does not depend on the number of threads.
fn dot(a: &[Four], b: &[Four]) -> [f64; 4] {
    checkpoint();
    let sums: Vec<[f64; 4]> = a
        .par_chunks(RUN)
        .zip(b.par_chunks(RUN))
        .map(|(a, b)| {
            let mut sum = [0.0; 4];
            for (a, b) in a.iter().zip(b) {
                for c in 0..4 {
                    sum[c] += f64::from(a[c]) * f64::from(b[c]);
                }
            }
            sum
        })
        .collect();
    sums.iter().fold([0.0; 4], |t, s| std::array::from_fn(|c| t[c] + s[c]))
}
