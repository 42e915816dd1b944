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
    checkpoint();
    let rows: Result<Vec<Vec<u32>>, Cancelled> = (0..level.height)
        .into_par_iter()
        .map(|y| {
            stop.check()?;
            Ok(elected_in(level, field, voices, y))
        })
        .collect();
    Ok(rows?.into_iter().flatten().collect())
}

/// The same for one row. From pixel to pixel one column of patches leaves and one comes.
fn elected_in(level: &Level, field: &Field, voices: &[f32], y: usize) -> Vec<u32> {
    let row = &level.state[y * level.width..(y + 1) * level.width];
    let Some(first) = row.iter().position(|s| *s == State::Hole) else { return vec![] };
    let last = row.iter().rposition(|s| *s == State::Hole).expect("the row has one");
    let (w, r) = (field.window, level.radius);
    let patches = y.saturating_sub(r).max(w.y)..(y + r + 1).min(w.y + w.height);
    let mut parties: Vec<Party> = Vec::with_capacity(64);
    let mut elected = Vec::with_capacity(last + 1 - first);
    let column = |x: usize, parties: &mut Vec<Party>, comes: bool| {
        for ty in patches.clone().filter(|_| (w.x..w.x + w.width).contains(&x)) {
            let i = (ty - w.y) * w.width + x - w.x;
            if field.at[i].source != NONE {
                let shift = i64::from(field.at[i].source) - (ty * level.width + x) as i64;
                let voice = (f64::from(voices[i]) * VOICE).round() as u64 + 1;
                Party::change(parties, shift, if comes { (1, voice as i64) } else { (-1, -(voice as i64)) });
            }
        }
    };
    for x in first.saturating_sub(r)..first + r {
        column(x, &mut parties, true);
    }
    for x in first..=last {
        column(x + r, &mut parties, true);
        if row[x] == State::Hole {
            let best = parties.iter().max_by_key(|p| (p.voice, std::cmp::Reverse(p.shift)));
            elected.push(best.map_or(NONE, |p| ((y * level.width + x) as i64 + p.shift) as u32));
        }
        if x >= r {
            column(x - r, &mut parties, false);
        }
    }
    elected
}

/// Voices are counted as whole numbers, so that they can be taken back exactly.
const VOICE: f64 = (1u64 << 40) as f64;

/// Patches over a pixel that would copy it under the same shift.
struct Party {
    shift: i64,
    patches: i32,
    voice: i64,
}

impl Party {
    fn change(parties: &mut Vec<Party>, shift: i64, (patches, voice): (i32, i64)) {
        match parties.iter_mut().position(|p| p.shift == shift) {
            None => parties.push(Party { shift, patches, voice }),
            Some(k) => {
                parties[k].patches += patches;
                parties[k].voice += voice;
                if parties[k].patches == 0 {
                    parties.swap_remove(k);
                }
            }
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patchmatch::level::Plane;
    use crate::patchmatch::search::Noise;

    #[test]
    fn the_shift_with_the_loudest_voices_over_a_pixel_is_elected() {
        let (width, height) = (50usize, 40usize);
        let hole = |i: usize| (4..22).contains(&(i % width)) && (0..15).contains(&(i / width)) && !i.is_multiple_of(7);
        let state = (0..width * height).map(|i| if hole(i) { State::Hole } else { State::Source }).collect();
        let colour = (0..width * height).map(|i| [(i % 200) as u8, 9, 9, 0]).collect();
        let level = Level::new(&Plane { width, height, colour, state }, 2).unwrap();
        let mut field = Field::random(&level, 5);
        // Few shifts, so that voices add up.
        for i in 0..field.at.len() {
            let target = field.position(&level, i);
            if field.at[i].source != NONE {
                field.at[i].source = (target + [20 * width, 21 * width + 3, 22 * width][i % 3]) as u32;
            }
        }
        let voices: Vec<f32> = (0..field.at.len()).map(|i| (Noise::new(1, i as u64).next() % 1000) as f32 / 1000.0).collect();
        let elected = elect(&level, &field, &voices, Stop(&|| false)).unwrap();
        for (pixel, source) in hole_pixels(&level).into_iter().zip(elected) {
            let mut sums = std::collections::BTreeMap::new();
            over(&level, &field, &voices, pixel as usize, |source, voice| *sums.entry(source).or_insert(0.0) += voice);
            let loudest = sums.values().fold(0.0f32, |m, v| m.max(*v));
            assert!(sums[&(source as usize)] > loudest - 1e-4, "pixel {pixel}");
        }
    }
}
