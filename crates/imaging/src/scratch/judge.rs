//! Which lines are damage: what is measured along a line, and a small classifier over it.
//!
//! The classifier is a perceptron with one hidden layer; `weights.txt` holds it, trained on synthetic damage by `examples/scratches.rs` and
//! `scripts/train-scratches.py`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use rayon::prelude::*;

use super::plane::{Plane, Usual};
use super::trace::{Line, unit};
use crate::pace::checkpoint;

/// Numbers that are measured along a line.
pub const FEATURES: usize = 20;
const HIDDEN: usize = 12;
/// Log-odds from which on a line is damage at sensitivity 0.5, where the picture is damaged beyond doubt and where it is not; and by how much it falls from
/// sensitivity 0 to 1.
const DAMAGED: f32 = 0.0;
const CLEAN: f32 = 3.0;
const SWING: f32 = 4.0;
/// A line beyond doubt, and how long all of these are in a picture of which nothing is known yet and in a damaged one, in long sides of it.
const SURE: f32 = 3.0;
const FEW: f32 = 0.5;
const ENOUGH: f32 = 1.5;
/// Shorter lines than this are never damage, in pixels of their scale: texture has many of them.
const LEAST_LENGTH: usize = 18;
/// Clutter is counted within so many pixels, in cells of this side.
const AROUND: usize = 24;

/// What was measured along a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// In the order of [`describe`]; each roughly within -3..=3.
    pub features: [f32; FEATURES],
    /// Pixels of its scale.
    pub length: usize,
}

impl Measured {
    /// Log-odds that it is damage.
    pub fn score(&self) -> f32 {
        Net::get().of(&self.features)
    }

    /// `sensitivity` 0..=1, `evidence` from [`evidence`].
    pub(super) fn is_damage(&self, sensitivity: f32, evidence: f32) -> bool {
        let least = CLEAN + (DAMAGED - CLEAN) * evidence;
        self.length >= LEAST_LENGTH && self.score() > least + SWING * (0.5 - sensitivity)
    }
}

/// Whether a picture is damaged at all, 0..=1: one scratch seldom comes alone, and what looks like one in a clean picture is a wire.
pub(super) fn evidence<'a>(all: impl Iterator<Item = &'a Measured>) -> f32 {
    // Feature 1 is the logarithm of five times the length over the long side.
    let sure = all.filter(|m| m.length >= LEAST_LENGTH && m.score() > SURE).map(|m| m.features[1].exp() / 5.0).sum::<f32>();
    ((sure - FEW) / (ENOUGH - FEW)).clamp(0.0, 1.0)
}

pub(super) fn measure(plane: &Plane, usual: &Usual, lines: &[Line], scale: usize, tones: (f32, f32)) -> Vec<Measured> {
    checkpoint();
    let clutter = Clutter::of(plane, lines);
    let scene = Scene { plane, usual, scale, tones, clutter: &clutter };
    lines.par_iter().enumerate().map(|(own, line)| Measured { features: describe(&scene, line, own), length: line.points.len() }).collect()
}

/// The tones across a line at one of its points.
#[derive(Clone, Copy)]
struct Profile {
    middle: f32,
    left: f32,
    right: f32,
    /// Pixels whose tone is nearer to the middle's than to the sides'.
    width: f32,
}

impl Profile {
    fn side(&self) -> f32 {
        (self.left + self.right) / 2.0
    }
}

fn profile(plane: &Plane, line: &Line, i: usize) -> Profile {
    let n = line.points.len();
    let (a, b) = (line.points[i.saturating_sub(5)], line.points[(i + 5).min(n - 1)]);
    let (tx, ty) = unit((b.0 - a.0, b.1 - a.1));
    let (x, y) = line.points[i];
    let at = |offset: f32| f32::from(plane.at(x - ty * offset, y + tx * offset));
    let sign = if line.bright { 1.0 } else { -1.0 };
    let middle = [-1.0, 0.0, 1.0].map(|o| at(o) * sign).into_iter().fold(f32::MIN, f32::max) * sign;
    let side = |s: f32| median(&mut [at(4.0 * s), at(5.0 * s), at(6.0 * s), at(7.0 * s)]);
    let (left, right) = (side(-1.0), side(1.0));
    let half = (middle + (left + right) / 2.0) / 2.0;
    let width = (-4..=4).filter(|&o| (at(o as f32) - half) * sign > 0.0).count() as f32;
    Profile { middle, left, right, width }
}

fn median(values: &mut [f32]) -> f32 {
    values.sort_by(f32::total_cmp);
    values[values.len() / 2]
}

fn spread(values: impl Iterator<Item = f32> + Clone) -> f32 {
    let count = values.clone().count().max(1) as f32;
    let mean = values.clone().sum::<f32>() / count;
    (values.map(|v| (v - mean).powi(2)).sum::<f32>() / count).sqrt()
}

/// What lines are measured in.
struct Scene<'a> {
    plane: &'a Plane,
    usual: &'a Usual,
    scale: usize,
    tones: (f32, f32),
    clutter: &'a Clutter,
}

/// `own`: the line's position among all of its scale.
fn describe(scene: &Scene<'_>, line: &Line, own: usize) -> [f32; FEATURES] {
    let &Scene { plane, usual, scale, tones, clutter } = scene;
    let n = line.points.len();
    let profiles: Vec<Profile> = (0..n).map(|i| profile(plane, line, i)).collect();
    let sign = if line.bright { 1.0 } else { -1.0 };
    let of = |f: &dyn Fn(&Profile) -> f32| median(&mut profiles.iter().map(f).collect::<Vec<_>>());
    let contrast = of(&|p| (p.middle - p.side()) * sign).max(1.0);
    // The smaller of the two sides' contrasts: what an edge does not have.
    let both = of(&|p| ((p.middle - p.left) * sign).min((p.middle - p.right) * sign));
    let noise = median(&mut line.points.iter().map(|p| usual.at(p.0, p.1)).collect::<Vec<_>>());
    let held = profiles.iter().filter(|p| (p.middle - p.side()) * sign > 0.4 * contrast).count() as f32 / n as f32;
    let middle_spread = spread(profiles.iter().map(|p| p.middle));
    let side_spread = spread(profiles.iter().map(Profile::side));
    let sides = of(&Profile::side);
    let (low, high) = tones;
    let limit = if line.bright { high } else { low };
    let room = ((limit - sides) * sign).max(8.0);
    let extreme = (contrast / room).min(1.5);
    let long = plane.width.max(plane.height) as f32;
    let (dense, parallel) = clutter.around(line);
    let touching = clutter.touching(line, own);
    let (wiggle, bend) = bent(line);
    let (a, b) = (line.points[0], line.points[n - 1]);
    let (cx, cy) = unit((b.0 - a.0, b.1 - a.1));
    [
        (n as f32 / 60.0).ln(),
        (n as f32 / long * 5.0).ln().clamp(-3.0, 3.0),
        (held - 0.8) * 5.0,
        (contrast / noise).ln() - 1.0,
        (contrast / 30.0).ln(),
        (both / contrast).clamp(-1.0, 1.5) * 2.0,
        (of(&|p| (p.left - p.right).abs()) / contrast).min(2.0),
        (extreme - 0.6) * 3.0,
        ((middle_spread + 3.0) / (side_spread + 3.0)).ln(),
        (side_spread / contrast).min(3.0) - 1.0,
        (dense * 8.0).min(3.0),
        (parallel * 12.0).min(3.0),
        (wiggle * 2.0).min(3.0) - 1.0,
        (bend * 3.0).min(3.0),
        of(&|p| p.width) / 2.0 - 1.0,
        if cx.abs().max(cy.abs()) > 0.9995 { 1.0 } else { 0.0 },
        merges(plane, line, &profiles),
        sign * 0.5,
        (scale as f32).min(3.0) - 0.5,
        touching * 4.0,
    ]
}

/// Root mean square distance to the parabola over its chord, and how much it turns in radians.
fn bent(line: &Line) -> (f32, f32) {
    let n = line.points.len();
    let (a, b) = (line.points[0], line.points[n - 1]);
    let (tx, ty) = unit((b.0 - a.0, b.1 - a.1));
    let chord = (b.0 - a.0).hypot(b.1 - a.1).max(1.0);
    let places = line.points.iter().map(|p| {
        let (dx, dy) = (p.0 - a.0, p.1 - a.1);
        ((dx * tx + dy * ty) / chord, dy * tx - dx * ty)
    });
    // One parameter: height of s (1 - s).
    let hump = |s: f32| s * (1.0 - s);
    let (top, below) = places.clone().fold((0.0, 0.0), |(t, b), (s, d)| (t + hump(s) * d, b + hump(s) * hump(s)));
    let height = if below > 1e-6 { top / below } else { 0.0 };
    let rest = places.map(|(s, d)| (d - height * hump(s)).powi(2)).sum::<f32>() / n as f32;
    (rest.sqrt(), (2.0 * height / chord).abs().min(2.0))
}

/// How far its ends run into something of the line's own tone, 0..=2: a mast stands on a boat, a scratch ends anywhere.
fn merges(plane: &Plane, line: &Line, profiles: &[Profile]) -> f32 {
    let n = line.points.len();
    let end = |at: (f32, f32), from: (f32, f32), profile: &Profile| {
        let (tx, ty) = unit((at.0 - from.0, at.1 - from.1));
        let (mut on, mut all) = (0.0, 0.0);
        for ahead in [6.0, 9.0, 12.0] {
            for beside in [-4.0, 0.0, 4.0] {
                let (x, y) = (at.0 + tx * ahead - ty * beside, at.1 + ty * ahead + tx * beside);
                if x < 0.0 || y < 0.0 || x >= plane.width as f32 || y >= plane.height as f32 {
                    continue;
                }
                let v = f32::from(plane.at(x, y));
                all += 1.0;
                if (v - profile.middle).abs() < (v - profile.side()).abs() {
                    on += 1.0;
                }
            }
        }
        if all > 0.0 { on / all } else { 0.0 }
    };
    let far = 12.min(n - 1);
    end(line.points[0], line.points[far], &profiles[far / 2])
        + end(line.points[n - 1], line.points[n - 1 - far], &profiles[n - 1 - far / 2])
}

/// Other lines near a line.
struct Clutter {
    columns: usize,
    rows: usize,
    /// Points of lines in each cell, by direction (eighths of half a turn).
    counts: Vec<[u16; 8]>,
    /// Lines with points in a small cell.
    near: HashMap<(i32, i32), Vec<u32>>,
}

/// Side of a small cell, in pixels: lines in one or in its neighbours touch.
const TOUCH: f32 = 4.0;

impl Clutter {
    fn of(plane: &Plane, lines: &[Line]) -> Clutter {
        let (columns, rows) = (plane.width.div_ceil(AROUND), plane.height.div_ceil(AROUND));
        let mut clutter = Clutter { columns, rows, counts: vec![[0; 8]; columns * rows], near: HashMap::new() };
        for (own, line) in lines.iter().enumerate() {
            for i in 0..line.points.len() {
                let cell = clutter.cell(line.points[i]);
                let count = &mut clutter.counts[cell][direction(line, i)];
                *count = count.saturating_add(1);
                let small = clutter.near.entry(small(line.points[i])).or_default();
                if small.last() != Some(&(own as u32)) {
                    small.push(own as u32);
                }
            }
        }
        clutter
    }

    fn cell(&self, (x, y): (f32, f32)) -> usize {
        let at = |v: f32, most: usize| (v.max(0.0) as usize / AROUND).min(most - 1);
        at(y, self.rows) * self.columns + at(x, self.columns)
    }

    /// Share of a line's points with another line beside them: trusses, grids and frames have many.
    fn touching(&self, line: &Line, own: usize) -> f32 {
        let touches = |&point: &(f32, f32)| {
            let (x, y) = small(point);
            let mut cells = (y - 1..=y + 1).flat_map(|y| (x - 1..=x + 1).map(move |x| (x, y)));
            cells.any(|cell| self.near.get(&cell).is_some_and(|lines| lines.iter().any(|&l| l as usize != own)))
        };
        line.points.iter().filter(|p| touches(p)).count() as f32 / line.points.len() as f32
    }

    /// Points of other lines for each pixel around a line: all, and those that run as it does.
    fn around(&self, line: &Line) -> (f32, f32) {
        let mut own: BTreeMap<usize, [u16; 8]> = BTreeMap::new();
        for i in 0..line.points.len() {
            own.entry(self.cell(line.points[i])).or_default()[direction(line, i)] += 1;
        }
        let mut cells: BTreeSet<usize> = BTreeSet::new();
        for &cell in own.keys() {
            let (x, y) = (cell % self.columns, cell / self.columns);
            for cy in y.saturating_sub(1)..(y + 2).min(self.rows) {
                cells.extend((x.saturating_sub(1)..(x + 2).min(self.columns)).map(|cx| cy * self.columns + cx));
            }
        }
        let main = (0..8).max_by_key(|&d| own.values().map(|c| u32::from(c[d])).sum::<u32>()).unwrap_or(0);
        let (mut all, mut alike) = (0.0, 0.0);
        for cell in &cells {
            for d in 0..8 {
                let others = self.counts[*cell][d].saturating_sub(own.get(cell).map_or(0, |c| c[d]));
                all += f32::from(others);
                let apart = (d + 8 - main) % 8;
                if apart == 0 || apart == 1 || apart == 7 {
                    alike += f32::from(others);
                }
            }
        }
        let area = (cells.len() * AROUND * AROUND) as f32;
        (all / area, alike / area)
    }
}

fn small((x, y): (f32, f32)) -> (i32, i32) {
    ((x / TOUCH).floor() as i32, (y / TOUCH).floor() as i32)
}

fn direction(line: &Line, i: usize) -> usize {
    let n = line.points.len();
    let (a, b) = (line.points[i.saturating_sub(6)], line.points[(i + 6).min(n - 1)]);
    let angle = (b.1 - a.1).atan2(b.0 - a.0).rem_euclid(std::f32::consts::PI);
    ((angle / std::f32::consts::PI * 8.0).round() as usize) % 8
}

/// The classifier.
struct Net {
    first: [[f32; FEATURES + 1]; HIDDEN],
    second: [f32; HIDDEN + 1],
}

impl Net {
    fn get() -> &'static Net {
        static NET: LazyLock<Net> = LazyLock::new(|| Net::read(include_str!("weights.txt")));
        &NET
    }

    /// One number after another, `#` begins a comment.
    fn read(text: &str) -> Net {
        let numbers = text.lines().map(|l| l.split('#').next().unwrap_or("")).flat_map(str::split_whitespace);
        let mut numbers = numbers.map(|n| n.parse::<f32>().expect("weights.txt holds numbers"));
        let mut next = || numbers.next().expect("weights.txt is complete");
        let first = std::array::from_fn(|_| std::array::from_fn(|_| next()));
        Net { first, second: std::array::from_fn(|_| next()) }
    }

    /// Log-odds.
    fn of(&self, features: &[f32; FEATURES]) -> f32 {
        let mut sum = self.second[HIDDEN];
        for (weights, out) in self.first.iter().zip(&self.second) {
            let inner = weights[FEATURES] + weights.iter().zip(features).map(|(w, f)| w * f).sum::<f32>();
            sum += out * inner.tanh();
        }
        sum
    }
}
