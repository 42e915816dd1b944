//! From overlapping patches to one value a pixel (Wexler et al. 2007, "Space-Time Completion of Video", §4).

use rayon::prelude::*;

use super::level::{Level, State};
use super::search::{Field, NONE};
use super::{Cancelled, Stop};
use crate::pace::checkpoint;

/// How much each patch of a field has to say: less deep in the hole, less when it fits badly. 0 where there is none.
///
/// `percentile` (0..=1) of all errors sets what counts as bad; a small one lets few, well-fitting patches decide.
pub fn voices(level: &Level, field: &Field, percentile: f64) -> Vec<f32> {
    checkpoint();
    let error = |i: usize| {
        let m = field.at[i];
        (m.source != NONE).then(|| m.cost as f32 / level.total_weight(field.position(level, i)) as f32)
    };
    let errors: Vec<Option<f32>> = (0..field.at.len()).into_par_iter().map(error).collect();
    let mut known: Vec<f32> = errors.iter().filter_map(|e| *e).collect();
    if known.is_empty() {
        return vec![0.0; field.at.len()];
    }
    let rank = ((known.len() - 1) as f64 * percentile) as usize;
    let scale = known.select_nth_unstable_by(rank, f32::total_cmp).1.max(2.0);
    let voice = |(i, e): (usize, &Option<f32>)| {
        let depth = level.depth[field.position(level, i)].min(60);
        e.map_or(0.0, |e| 0.93f32.powi(i32::from(depth)) * (-e / (2.0 * scale)).exp().max(1e-6))
    };
    errors.par_iter().enumerate().map(voice).collect()
}

/// The pixels of the hole, row by row.
pub fn hole_pixels(level: &Level) -> Vec<u32> {
    (0..level.state.len()).filter(|&i| level.state[i] == State::Hole).map(|i| i as u32).collect()
}

/// Calls `visit(source pixel, voice)` for each patch over the pixel.
fn over(level: &Level, field: &Field, voices: &[f32], pixel: usize, mut visit: impl FnMut(usize, f32)) {
    let (w, r) = (field.window, level.radius);
    let (x, y) = (pixel % level.width, pixel / level.width);
    let x0 = x.saturating_sub(r).max(w.x);
    let x1 = (x + r + 1).min(w.x + w.width);
    let mut ty = y.saturating_sub(r).max(w.y);
    let y1 = (y + r + 1).min(w.y + w.height);
    while ty < y1 {
        let mut tx = x0;
        while tx < x1 {
            let i = (ty - w.y) * w.width + tx - w.x;
            let m = field.at[i];
            if m.source != NONE {
                visit(m.source as usize + pixel - (ty * level.width + tx), voices[i]);
            }
            tx += 1;
        }
        ty += 1;
    }
}

/// Sets the hole to the weighted mean of the patches over each pixel.
pub fn average(level: &mut Level, field: &Field, voices: &[f32], stop: Stop<'_>) -> Result<(), Cancelled> {
    let pixels = hole_pixels(level);
    let mean = |&pixel: &u32| {
        let (mut sum, mut total) = ([0.0f32; 4], 0.0);
        over(level, field, voices, pixel as usize, |source, voice| {
            total += voice;
            let v = &level.features[4 * source..4 * source + 4];
            for c in 0..4 {
                sum[c] += voice * f32::from(v[c]);
            }
        });
        if total > 0.0 { sum.map(|s| (s / total).round() as u8) } else { level.pixel(pixel as usize) }
    };
    let values = in_runs(&pixels, stop, mean)?;
    for (pixel, value) in pixels.iter().zip(values) {
        level.set_pixel(*pixel as usize, value);
    }
    Ok(())
}

/// For each pixel of the hole (in the order of [`hole_pixels`]) the source pixel whose shift has the loudest voice: copies in few, large
/// pieces, sharp where a mean would blur.
pub fn elect(level: &Level, field: &Field, voices: &[f32], stop: Stop<'_>) -> Result<Vec<u32>, Cancelled> {
    let pixels = hole_pixels(level);
    in_runs(&pixels, stop, |&pixel| {
        let mut parties: Vec<(usize, f32)> = Vec::with_capacity(32);
        over(level, field, voices, pixel as usize, |source, voice| match parties.iter_mut().find(|(s, _)| *s == source) {
            Some((_, sum)) => *sum += voice,
            None => parties.push((source, voice)),
        });
        let mut best = (NONE as usize, 0.0);
        for party in parties {
            if party.1 > best.1 {
                best = party;
            }
        }
        best.0 as u32
    })
}

/// Sets the hole to the elected copies.
pub fn paste(level: &mut Level, elected: &[u32]) {
    for (pixel, source) in hole_pixels(level).into_iter().zip(elected) {
        if *source != NONE {
            let value = level.pixel(*source as usize);
            level.set_pixel(pixel as usize, value);
        }
    }
}

fn in_runs<T: Send>(pixels: &[u32], stop: Stop<'_>, value: impl Fn(&u32) -> T + Sync) -> Result<Vec<T>, Cancelled> {
    checkpoint();
    let runs: Result<Vec<Vec<T>>, Cancelled> = pixels
        .par_chunks(1024)
        .map(|run| {
            stop.check()?;
            Ok(run.iter().map(&value).collect())
        })
        .collect();
    Ok(runs?.into_iter().flatten().collect())
}
