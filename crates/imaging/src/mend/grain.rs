//! Grain for a filling: what is finer than three pixels, copied from beside the hole in small squares, so that it keeps its size as well as its strength.

use std::collections::HashMap;

use super::rays::Scene;

/// Side of a square that is copied as one.
const SQUARE: usize = 8;
/// Places that are tried for each, and how far away they are, in pixels.
const TRIES: u64 = 24;
const NEAR: f32 = 9.0;
const FAR: f32 = 40.0;
/// More than so many times the middle deviation is structure, not grain.
const CLIP: f32 = 3.5;

/// For each pixel (positions in `inside`) what is added, in levels.
pub(super) fn of(scene: &Scene<'_>, inside: &[u32], seed: u64, strength: f32) -> Vec<[f32; 3]> {
    if strength <= 0.0 {
        return vec![[0.0; 3]; inside.len()];
    }
    let mut sources: HashMap<(usize, usize), Option<Source>> = HashMap::new();
    inside
        .iter()
        .map(|&i| {
            let (x, y) = (i as usize % scene.width, i as usize / scene.width);
            let square = (x / SQUARE, y / SQUARE);
            let source = sources.entry(square).or_insert_with(|| Source::find(scene, square, seed));
            let Some(source) = source else { return [0.0; 3] };
            let rest = rest(scene, x as i32 + source.dx, y as i32 + source.dy);
            rest.map_or([0.0; 3], |r| r.map(|v| v.clamp(-source.most, source.most) * strength))
        })
        .collect()
}

/// Where a square's grain comes from.
struct Source {
    dx: i32,
    dy: i32,
    /// Grain is no stronger, in levels.
    most: f32,
}

impl Source {
    /// Of the places tried, one with little structure: at a quarter of them, since the least has the weakest grain as well.
    fn find(scene: &Scene<'_>, square: (usize, usize), seed: u64) -> Option<Source> {
        let mut tried: Vec<(f32, Source)> = (0..TRIES).filter_map(|n| Source::tried(scene, square, seed, n)).collect();
        tried.sort_by(|a, b| a.0.total_cmp(&b.0));
        let quarter = tried.len() / 4;
        tried.into_iter().nth(quarter).map(|(_, source)| source)
    }

    /// A place by chance and how much is finer than three pixels there; `None` where too little of it is known.
    fn tried(scene: &Scene<'_>, (sx, sy): (usize, usize), seed: u64, n: u64) -> Option<(f32, Source)> {
        let chance = mixed(seed ^ mixed((sx as u64) << 32 | sy as u64) ^ n);
        let angle = (chance & 0xffff) as f32 / 65_536.0 * std::f32::consts::TAU;
        let distance = NEAR + (chance >> 16 & 0xffff) as f32 / 65_536.0 * (FAR - NEAR) * (n + 1) as f32 / TRIES as f32;
        let (dx, dy) = ((angle.cos() * distance).round() as i32, (angle.sin() * distance).round() as i32);
        let places =
            (sy * SQUARE..(sy + 1) * SQUARE).flat_map(|y| (sx * SQUARE..(sx + 1) * SQUARE).map(move |x| (x as i32 + dx, y as i32 + dy)));
        let mut rests: Vec<f32> = places.filter_map(|(x, y)| rest(scene, x, y)).map(|r| r[1].abs()).collect();
        if rests.len() < SQUARE * SQUARE * 3 / 4 {
            return None;
        }
        let energy = rests.iter().map(|r| r * r).sum::<f32>() / rests.len() as f32;
        rests.sort_by(f32::total_cmp);
        // The middle deviation of a normal distribution is two thirds of its standard deviation.
        let most = CLIP * rests[rests.len() / 2] / 0.6745;
        Some((energy, Source { dx, dy, most }))
    }
}

/// A pixel minus the average around it, with binomial weights. `None` where something of that is not known.
fn rest(scene: &Scene<'_>, x: i32, y: i32) -> Option<[f32; 3]> {
    let mut mean = [0f32; 3];
    for (dy, wy) in [(-1, 1.0), (0, 2.0), (1, 1.0)] {
        for (dx, wx) in [(-1, 1.0), (0, 2.0), (1, 1.0)] {
            let colour = scene.colour(scene.known((x + dx) as f32, (y + dy) as f32)?);
            for c in 0..3 {
                mean[c] += colour[c] * wx * wy / 16.0;
            }
        }
    }
    let own = scene.colour(scene.known(x as f32, y as f32)?);
    Some(std::array::from_fn(|c| own[c] - mean[c]))
}

/// The finaliser of SplitMix64.
fn mixed(v: u64) -> u64 {
    let z = v.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
