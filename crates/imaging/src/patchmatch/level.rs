//! One level of the pyramid: features, what may be copied, what is to be filled, and how much each pixel counts.

use rayon::prelude::*;

use super::{alien, kernel};
use crate::pace::checkpoint;

/// What a pixel is to the fill.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Known, may be copied.
    Source,
    /// To be filled.
    Hole,
    /// Known, but never copied from, and hardly a neighbour to match.
    Excluded,
    /// No colour at all: transparent, or part of another hole.
    Void,
}

/// Colours and states before patches are thought of.
pub struct Plane {
    pub width: usize,
    pub height: usize,
    /// Red, green, blue and a free byte, row by row.
    pub colour: Vec<[u8; 4]>,
    pub state: Vec<State>,
}

impl Plane {
    /// Half the size (rounded up): the mean colour of the known pixels; hole where at least half of the pixels are.
    pub fn halved(&self) -> Plane {
        checkpoint();
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let mut colour = vec![[0; 4]; width * height];
        let mut state = vec![State::Void; width * height];
        colour.par_chunks_mut(width).zip(state.par_chunks_mut(width)).enumerate().for_each(|(y, (colours, states))| {
            for x in 0..width {
                (colours[x], states[x]) = self.mean(2 * x, 2 * y);
            }
        });
        Plane { width, height, colour, state }
    }

    /// How deep the hole is: the most steps from one of its pixels to the outside.
    pub fn deepest(&self) -> u16 {
        depths(self).into_iter().max().unwrap_or(0)
    }

    fn mean(&self, x0: usize, y0: usize) -> ([u8; 4], State) {
        let (mut sum, mut known, mut holes, mut excluded, mut all) = ([0u32; 3], 0u32, 0u32, false, 0u32);
        for y in y0..(y0 + 2).min(self.height) {
            for i in y * self.width + x0..y * self.width + (x0 + 2).min(self.width) {
                all += 1;
                match self.state[i] {
                    State::Hole => holes += 1,
                    State::Void => {}
                    state => {
                        known += 1;
                        excluded |= state == State::Excluded;
                        for (s, v) in sum.iter_mut().zip(self.colour[i]) {
                            *s += u32::from(v);
                        }
                    }
                }
            }
        }
        let [r, g, b] = sum.map(|s| (s + known / 2).checked_div(known).unwrap_or(0) as u8);
        let state = match (holes, known, excluded) {
            _ if holes * 2 >= all => State::Hole,
            (_, 0, _) => State::Void,
            (_, _, true) => State::Excluded,
            _ => State::Source,
        };
        ([r, g, b, 0], state)
    }

    /// Repeats the last column and row until both sides have `side` pixels, so that a patch fits.
    fn padded(&self, side: usize) -> Plane {
        let (width, height) = (self.width.max(side), self.height.max(side));
        let from = |i: usize| (i / width).min(self.height - 1) * self.width + (i % width).min(self.width - 1);
        Plane {
            width,
            height,
            colour: (0..width * height).map(|i| self.colour[from(i)]).collect(),
            state: (0..width * height).map(|i| self.state[from(i)]).collect(),
        }
    }

    /// The fourth byte of each known colour: how much the brightness varies around it. Told apart by it, smooth places do not stand in for
    /// textured ones of the same mean (Newson et al. 2014, "Video inpainting of complex scenes", §3.3).
    pub fn measure_texture(&mut self) {
        checkpoint();
        let (width, height) = (self.width, self.height);
        let light: Vec<i16> = self.colour.iter().map(|c| (2 * i16::from(c[0]) + 4 * i16::from(c[1]) + 2 * i16::from(c[2])) / 8).collect();
        let known: Vec<bool> = self.state.iter().map(|s| matches!(s, State::Source | State::Excluded)).collect();
        let mut slope = vec![0u16; width * height];
        slope.par_chunks_mut(width).enumerate().for_each(|(y, row)| {
            for (x, to) in row.iter_mut().enumerate() {
                let i = y * width + x;
                let step = |j: usize| if known[i] && known[j] { (light[i] - light[j]).unsigned_abs() } else { 0 };
                *to = step(if x + 1 < width { i + 1 } else { i }) + step(if y + 1 < height { i + width } else { i });
            }
        });
        let reach = 2;
        self.colour.par_chunks_mut(width).enumerate().for_each(|(y, row)| {
            for (x, pixel) in row.iter_mut().enumerate() {
                let (mut sum, mut count) = (0u32, 0u32);
                for ny in y.saturating_sub(reach)..(y + reach + 1).min(height) {
                    for j in ny * width + x.saturating_sub(reach)..ny * width + (x + reach + 1).min(width) {
                        if known[j] {
                            sum += u32::from(slope[j]);
                            count += 1;
                        }
                    }
                }
                pixel[3] = (sum * 3).checked_div(count).unwrap_or(0).min(255) as u8;
            }
        });
    }
}

/// A rectangle of the level that holds all targets.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
}

/// A plane with everything that matching patches of `2 * radius + 1` pixels a side needs.
pub struct Level {
    pub width: usize,
    pub height: usize,
    pub radius: usize,
    /// Four bytes a pixel, and [`kernel::SLACK`]; those of the hole are the current estimate.
    pub features: Vec<u8>,
    pub state: Vec<State>,
    /// Steps from the hole's border inwards, 0 outside.
    pub depth: Vec<u16>,
    /// How much a pixel of the patch to be filled counts, 0..=16.
    pub weight: Vec<u8>,
    /// 1 where a patch centred there may be copied.
    pub valid: Vec<u8>,
    pub sources: Vec<u32>,
    /// For each source, what it costs more because its like is not found at the hole's rim, per unit of weight.
    pub alien: Vec<u16>,
    /// For each place of the window, the sum of the weights in the patch there, at least 1.
    totals: Vec<u16>,
    /// Bounds of the patch centres that touch the hole.
    pub window: Window,
}

/// Weight of a known pixel.
const KNOWN: u8 = 16;

impl Level {
    /// `None` when no whole patch may be copied.
    pub fn new(plane: &Plane, radius: usize) -> Option<Level> {
        let side = 2 * radius + 1;
        let roomy = if plane.width < side || plane.height < side { Some(plane.padded(side)) } else { None };
        let plane = roomy.as_ref().unwrap_or(plane);
        let (width, height) = (plane.width, plane.height);
        let valid = source_centres(plane, radius);
        let sources: Vec<u32> = (0..width * height).filter(|&i| valid[i] == 1).map(|i| i as u32).collect();
        if sources.is_empty() {
            return None;
        }
        let depth = depths(plane);
        let weight: Vec<u8> = plane.state.iter().zip(&depth).map(|(state, depth)| weight_of(*state, *depth)).collect();
        let features = [plane.colour.as_flattened(), &[0; kernel::SLACK]].concat();
        let window = window_of(plane, radius);
        let alien = alien::charges(plane, &depth, radius);
        let at = |k: usize| (window.y + k / window.width) * width + window.x + k % window.width;
        let totals = (0..window.width * window.height).into_par_iter().map(|k| total(&weight, width, radius, at(k)) as u16).collect();
        Some(Level { width, height, radius, features, state: plane.state.clone(), depth, weight, valid, sources, alien, totals, window })
    }

    /// The nearest position where a whole patch lies inside the level.
    pub fn centre(&self, x: i64, y: i64) -> usize {
        let r = self.radius as i64;
        let x = x.clamp(r, self.width as i64 - 1 - r);
        let y = y.clamp(r, self.height as i64 - 1 - r);
        y as usize * self.width + x as usize
    }

    pub fn pixel(&self, i: usize) -> [u8; 4] {
        self.features[4 * i..4 * i + 4].try_into().expect("four bytes")
    }

    pub fn set_pixel(&mut self, i: usize, v: [u8; 4]) {
        self.features[4 * i..4 * i + 4].copy_from_slice(&v);
    }

    /// What compares the patches of this level.
    pub fn patches(&self) -> kernel::Patches<'_> {
        kernel::Patches { features: &self.features, weight: &self.weight, width: self.width, radius: self.radius }
    }

    /// Sum of the weights in the patch at `target`, at least 1.
    pub fn total_weight(&self, target: usize) -> u32 {
        let (x, y) = (target % self.width, target / self.width);
        let w = self.window;
        if (w.x..w.x + w.width).contains(&x) && (w.y..w.y + w.height).contains(&y) {
            return u32::from(self.totals[(y - w.y) * w.width + x - w.x]);
        }
        total(&self.weight, self.width, self.radius, target)
    }
}

/// Sum of the weights in a patch, at least 1.
fn total(weight: &[u8], width: usize, radius: usize, target: usize) -> u32 {
    let first = target - radius * width - radius;
    let row = |dy: usize| &weight[first + dy * width..first + dy * width + 2 * radius + 1];
    (0..=2 * radius).map(|dy| row(dy).iter().map(|&w| u32::from(w)).sum::<u32>()).sum::<u32>().max(1)
}

fn weight_of(state: State, depth: u16) -> u8 {
    match state {
        State::Source => KNOWN,
        State::Excluded => 1,
        State::Void => 0,
        State::Hole => (14.0 * 0.9f32.powi(i32::from(depth.min(40)))).round().max(4.0) as u8,
    }
}

fn source_centres(plane: &Plane, radius: usize) -> Vec<u8> {
    let (width, height) = (plane.width, plane.height);
    let side = 2 * radius + 1;
    // Length of the run of copyable pixels that ends here; then the same of whole rows.
    let mut valid = vec![0u8; width * height];
    let mut rows = vec![0usize; width];
    for y in 0..height {
        let mut run = 0;
        for x in 0..width {
            run = if plane.state[y * width + x] == State::Source { run + 1 } else { 0 };
            rows[x] = if run >= side { rows[x] + 1 } else { 0 };
            if rows[x] >= side {
                valid[(y - radius) * width + x - radius] = 1;
            }
        }
    }
    valid
}

/// City-block distance to the nearest pixel outside the hole, by two sweeps.
pub fn depths(plane: &Plane) -> Vec<u16> {
    let (width, height) = (plane.width, plane.height);
    let mut depth: Vec<u16> = plane.state.iter().map(|&s| if s == State::Hole { u16::MAX } else { 0 }).collect();
    for y in 0..height {
        for x in 0..width {
            let i = y * width + x;
            if depth[i] > 0 {
                let left = if x > 0 { depth[i - 1] } else { u16::MAX };
                let up = if y > 0 { depth[i - width] } else { u16::MAX };
                depth[i] = depth[i].min(left.min(up).saturating_add(1));
            }
        }
    }
    for y in (0..height).rev() {
        for x in (0..width).rev() {
            let i = y * width + x;
            if depth[i] > 0 {
                let right = if x + 1 < width { depth[i + 1] } else { u16::MAX };
                let down = if y + 1 < height { depth[i + width] } else { u16::MAX };
                depth[i] = depth[i].min(right.min(down).saturating_add(1));
            }
        }
    }
    depth
}

fn window_of(plane: &Plane, radius: usize) -> Window {
    let (width, height) = (plane.width, plane.height);
    let (mut x0, mut y0, mut x1, mut y1) = (width, height, 0, 0);
    for (y, row) in plane.state.chunks_exact(width).enumerate() {
        let Some(first) = row.iter().position(|&s| s == State::Hole) else { continue };
        let last = row.iter().rposition(|&s| s == State::Hole).expect("the row has one");
        (x0, x1, y0, y1) = (x0.min(first), x1.max(last), y0.min(y), y);
    }
    let low = |v: usize, side: usize| v.saturating_sub(radius).clamp(radius, side - 1 - radius);
    let high = |v: usize, side: usize| (v + radius).clamp(radius, side - 1 - radius);
    let (x, y) = (low(x0.min(x1), width), low(y0.min(y1), height));
    Window { x, y, width: high(x1, width) + 1 - x, height: high(y1, height) + 1 - y }
}
