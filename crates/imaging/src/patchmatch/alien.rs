//! What does not belong: a source whose colours and roughness occur nowhere at the hole's rim is unlikely to lie behind the hole. Copied as a
//! whole it would fit itself, so the difference of patches alone does not tell.

use rayon::prelude::*;

use super::level::{Plane, State};
use crate::pace::checkpoint;

/// Bits of each channel that colours are told apart by.
const BITS: u32 = 4;
const SIDE: usize = 1 << BITS;
/// Squared distances to the nearest colour of the rim: up to the first all is well; no pixel counts more than the second.
const LIKE: f32 = 150.0;
const UNLIKE: f32 = 40_000.0;
/// Most that a source costs more.
const MOST: f32 = 1000.0;

/// For each pixel, what a patch of `radius` centred there costs more as a source, per unit of weight: the mean of its pixels' distances.
pub fn charges(plane: &Plane, depth: &[u16], radius: usize) -> Vec<u16> {
    checkpoint();
    let (mut at_rim, mut used) = (vec![false; SIDE.pow(4)], vec![false; SIDE.pow(4)]);
    // Deeper would let in what stands beside the hole.
    let reach = usize::from(depth.iter().copied().max().unwrap_or(0)) / 5 + 1;
    for (colour, _) in plane.colour.iter().zip(rim(plane, depth, reach)).filter(|(_, near)| *near) {
        at_rim[bin(*colour)] = true;
    }
    for colour in &plane.colour {
        used[bin(*colour)] = true;
    }
    let present: Vec<[f32; 4]> = (0..at_rim.len()).filter(|&b| at_rim[b]).map(middle).collect();
    if present.is_empty() {
        return vec![0; plane.colour.len()];
    }
    let distance = |b: usize| if used[b] && !at_rim[b] { (nearest(&present, middle(b)) - LIKE).clamp(0.0, UNLIKE) } else { 0.0 };
    let distances: Vec<f32> = (0..used.len()).into_par_iter().map(distance).collect();
    let each: Vec<f32> = plane.colour.iter().map(|c| distances[bin(*c)]).collect();
    means(&each, plane.width, radius).into_iter().map(|m| m.min(MOST) as u16).collect()
}

fn nearest(present: &[[f32; 4]], to: [f32; 4]) -> f32 {
    present.iter().map(|p| (0..4).map(|c| (p[c] - to[c]).powi(2)).sum()).fold(f32::MAX, f32::min)
}

/// Known pixels up to `reach` around the hole.
pub fn rim(plane: &Plane, depth: &[u16], reach: usize) -> Vec<bool> {
    let (width, height) = (plane.width, plane.height);
    let mut near = vec![false; width * height];
    for i in (0..width * height).filter(|&i| depth[i] == 1) {
        let (x, y) = (i % width, i / width);
        for y in y.saturating_sub(reach)..(y + reach + 1).min(height) {
            near[y * width + x.saturating_sub(reach)..y * width + (x + reach + 1).min(width)].fill(true);
        }
    }
    near.iter().zip(&plane.state).map(|(near, state)| *near && *state == State::Source).collect()
}

fn bin(colour: [u8; 4]) -> usize {
    colour.iter().fold(0, |b, v| b << BITS | usize::from(v >> (8 - BITS)))
}

fn middle(bin: usize) -> [f32; 4] {
    std::array::from_fn(|c| ((bin >> (BITS as usize * (3 - c)) & (SIDE - 1)) << (8 - BITS)) as f32 + (1 << (7 - BITS)) as f32)
}

/// Mean over the square of `radius` around each pixel that has one; 0 elsewhere.
fn means(of: &[f32], width: usize, radius: usize) -> Vec<f32> {
    let side = 2 * radius + 1;
    let height = of.len() / width;
    let mut out = vec![0.0; of.len()];
    let mut columns = vec![0.0f64; width];
    for y in 0..height {
        for x in 0..width {
            columns[x] += f64::from(of[y * width + x]);
            if y >= side {
                columns[x] -= f64::from(of[(y - side) * width + x]);
            }
        }
        if y + 1 < side {
            continue;
        }
        let mut sum: f64 = 0.0;
        for x in 0..width {
            sum += columns[x];
            if x >= side {
                sum -= columns[x - side];
            }
            if x + 1 >= side {
                out[(y - radius) * width + x - radius] = (sum / (side * side) as f64) as f32;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_found_at_the_rim_costs_more() {
        let (width, height) = (40, 30);
        let green = |i: usize| (30..36).contains(&(i % width)) && (4..10).contains(&(i / width));
        let hole = |i: usize| (10..18).contains(&(i % width)) && (12..20).contains(&(i / width));
        let all = 0..width * height;
        let colour = all.clone().map(|i| if green(i) { [20, 200, 20, 0] } else { [90 + (i % 3) as u8, 90, 120, 0] }).collect();
        let state = all.clone().map(|i| if hole(i) { State::Hole } else { State::Source }).collect();
        let depth: Vec<u16> = all.clone().map(|i| u16::from(hole(i))).collect();
        let charges = charges(&Plane { width, height, colour, state }, &depth, 2);
        for i in all {
            let (x, y) = (i % width, i / width);
            let near = (28..38).contains(&x) && (2..12).contains(&y);
            assert_eq!(charges[i] > 0, near, "{x},{y}: {}", charges[i]);
        }
    }
}
