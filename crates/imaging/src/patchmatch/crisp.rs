//! Last, what the fill lacks of fine detail is made up for: where it is smoother than its surroundings expect, its own detail is raised a little, so
//! that grain, grass and weave look no softer inside the hole than beside it. Edges are left as they are.

use rayon::prelude::*;

use super::grain::{Grain, boxed};
use super::level::{Plane, State, Window};
use super::seam::Copies;
use super::{Cancelled, Stop};
use crate::pace::checkpoint;

/// Half the side of the squares over which detail is compared.
const REACH: usize = 7;
/// Known pixels so near to the hole say what is expected in it.
const RIM: usize = 6;
/// Detail is raised by no more than this.
const MOST: f32 = 1.5;
/// The Laplacian rises by a little less than the detail.
const MORE: f32 = 1.15;
/// Beside the border detail is raised less, so that no step comes of it.
const BORDER: usize = 2;

/// The hole's pixels (in the order of `copies.holes`) with their detail raised.
pub fn restored(copies: &Copies<'_>, filled: Vec<[u8; 4]>, stop: Stop<'_>) -> Result<Vec<[u8; 4]>, Cancelled> {
    stop.check()?;
    if filled.is_empty() {
        return Ok(filled);
    }
    let view = View::of(copies, &filled);
    stop.check()?;
    let gain = view.gain();
    stop.check()?;
    let range = copies.range();
    let raised = |(&p, &was): (&u32, &[u8; 4])| {
        let k = view.at(p as usize % copies.width, p as usize / copies.width);
        if gain[k] == 1.0 {
            return was;
        }
        let detail = view.detail(k);
        let edge = detail.iter().fold(0.0f32, |m, v| m.max(v.abs())) / view.tolerated(k);
        let by = (gain[k] - 1.0) * view.inwards[k] / (1.0 + edge * edge);
        std::array::from_fn(|c| match c {
            3 => was[3],
            _ => (f32::from(was[c]) + by * detail[c]).clamp(range[c].0, range[c].1).round() as u8,
        })
    };
    Ok(copies.holes.par_iter().zip(&filled).map(raised).collect())
}

/// The hole and a little around it.
struct View {
    window: Window,
    /// The picture with the fill.
    plane: Plane,
    /// Mean absolute Laplacian that is expected at each pixel.
    expected: Vec<f32>,
    /// 1 inside the hole, less beside its border.
    inwards: Vec<f32>,
}

impl View {
    fn of(copies: &Copies<'_>, filled: &[[u8; 4]]) -> View {
        checkpoint();
        let window = copies.window(RIM + REACH + 1);
        let pixels = (0..window.width * window.height).map(|k| (window.y + k / window.width) * copies.width + window.x + k % window.width);
        let (colour, state) = pixels.map(|i| (copies.pixels[i], copies.state[i])).unzip();
        let mut plane = Plane { width: window.width, height: window.height, colour, state };
        let grain = Grain::of(&plane, RIM);
        let holes: Vec<f32> = plane.state.iter().map(|s| if *s == State::Hole { 1.0 } else { 0.0 }).collect();
        let near = boxed(&holes, window.width, RIM);
        let whole = Window { x: 0, y: 0, ..window };
        let expected = grain.expected(whole, |i| near[i] > 0.0 && plane.state[i] == State::Source);
        let side = (2 * BORDER + 1) as f32;
        let inwards = boxed(&holes, window.width, BORDER).into_iter().map(|n| (2.0 * n / (side * side) - 1.0).clamp(0.0, 1.0)).collect();
        for (p, value) in copies.holes.iter().zip(filled) {
            let (x, y) = (*p as usize % copies.width - window.x, *p as usize / copies.width - window.y);
            plane.colour[y * window.width + x] = *value;
        }
        View { window, plane, expected, inwards }
    }

    fn at(&self, x: usize, y: usize) -> usize {
        (y - self.window.y) * self.window.width + x - self.window.x
    }

    /// By how much detail has to be raised at each pixel.
    fn gain(&self) -> Vec<f32> {
        checkpoint();
        let (width, height) = (self.window.width, self.window.height);
        let light: Vec<f32> =
            self.plane.colour.iter().map(|c| (2.0 * f32::from(c[0]) + 4.0 * f32::from(c[1]) + 2.0 * f32::from(c[2])) / 8.0).collect();
        let (mut sum, mut count) = (vec![0.0f32; light.len()], vec![0.0f32; light.len()]);
        for y in 1..height.saturating_sub(1) {
            for i in (y * width + 1..(y + 1) * width - 1).filter(|&i| self.plane.state[i] == State::Hole) {
                sum[i] = (4.0 * light[i] - light[i - 1] - light[i + 1] - light[i - width] - light[i + width]).abs();
                count[i] = 1.0;
            }
        }
        let (sum, count) = (boxed(&sum, width, REACH), boxed(&count, width, REACH));
        let lack = |k: usize| if sum[k] > 0.0 { self.expected[k] * count[k] / sum[k] - 1.0 } else { 0.0 };
        let gain = |k: usize| (1.0 + MORE * lack(k)).clamp(1.0, MOST);
        (0..light.len()).map(gain).collect()
    }

    /// What a pixel has beyond the binomial mean of its surroundings.
    fn detail(&self, k: usize) -> [f32; 3] {
        let (width, height) = (self.window.width, self.window.height);
        let (x, y) = (k % width, k / width);
        let (left, right) = (x.saturating_sub(1), (x + 1).min(width - 1));
        let (above, below) = (y.saturating_sub(1), (y + 1).min(height - 1));
        std::array::from_fn(|c| {
            let v = |x: usize, y: usize| f32::from(self.plane.colour[y * width + x][c]);
            let row = |y: usize| v(left, y) + 2.0 * v(x, y) + v(right, y);
            v(x, y) - (row(above) + 2.0 * row(y) + row(below)) / 16.0
        })
    }

    /// Detail of this strength is an edge rather than grain.
    fn tolerated(&self, k: usize) -> f32 {
        (2.0 * self.expected[k]).max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patchmatch::search::Noise;

    const WIDTH: usize = 120;
    const HEIGHT: usize = 80;

    fn in_hole(i: usize) -> bool {
        (45..75).contains(&(i % WIDTH)) && (25..55).contains(&(i / WIDTH))
    }

    /// The mean absolute Laplacian of the hole's inside, before and after, when it is filled with `fill` amid noise.
    fn sharpness(fill: impl Fn(usize) -> u8) -> (f64, f64) {
        let value = |i: usize| 80 + (Noise::new(4, i as u64).next() % 60) as u8;
        let pixels: Vec<[u8; 4]> = (0..WIDTH * HEIGHT).map(|i| [value(i), value(i), value(i), 255]).collect();
        let state: Vec<State> = (0..WIDTH * HEIGHT).map(|i| if in_hole(i) { State::Hole } else { State::Source }).collect();
        let holes: Vec<u32> = (0..WIDTH * HEIGHT).filter(|&i| in_hole(i)).map(|i| i as u32).collect();
        let copies = Copies { width: WIDTH, height: HEIGHT, pixels: &pixels, state: &state, holes: &holes, sources: &holes };
        let filled: Vec<[u8; 4]> = holes.iter().map(|&p| [fill(p as usize), fill(p as usize), fill(p as usize), 255]).collect();
        let of = |filled: &[[u8; 4]]| {
            let mut light = pixels.iter().map(|p| f64::from(p[0])).collect::<Vec<_>>();
            holes.iter().zip(filled).for_each(|(p, v)| light[*p as usize] = f64::from(v[0]));
            let inner = holes.iter().map(|p| *p as usize).filter(|i| (50..70).contains(&(i % WIDTH)) && (30..50).contains(&(i / WIDTH)));
            inner.map(|i| (4.0 * light[i] - light[i - 1] - light[i + 1] - light[i - WIDTH] - light[i + WIDTH]).abs()).sum::<f64>() / 400.0
        };
        (of(&filled), of(&restored(&copies, filled.clone(), Stop(&|| false)).unwrap()))
    }

    #[test]
    fn a_fill_that_is_too_soft_gets_the_detail_of_its_surroundings() {
        let noise = |i: usize, range: u64| (Noise::new(9, i as u64).next() % range) as u8;
        let (full, kept) = sharpness(|i| 80 + noise(i, 60));
        assert!((kept / full - 1.0).abs() < 0.08, "as rough as around: {full} became {kept}");
        let (soft, raised) = sharpness(|i| 88 + noise(i, 44));
        assert!(raised > 1.15 * soft && raised < 1.1 * full, "{soft} became {raised}, {full} is around");
    }

    #[test]
    fn a_plain_fill_stays_plain() {
        assert_eq!(sharpness(|_| 100), (0.0, 0.0));
    }
}
