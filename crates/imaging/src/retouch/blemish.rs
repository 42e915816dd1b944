//! Spots on skin: found as blobs of scale space (T. Lindeberg, "Feature detection with automatic scale selection", 1998), told from edges as D. Lowe does
//! (2004), and healed: the colour of the skin around, the texture of skin near by.

use rayon::prelude::*;

use super::skin::Skin;
use crate::cells::Cells;
use crate::colour::lab;
use crate::geometry::crop;
use crate::pace::checkpoint;
use crate::picture::{Picture, Rect};

/// Sizes of spots (standard deviation of the blob) as shares of the face's width.
const SIZES: [f32; 4] = [0.010, 0.015, 0.022, 0.032];
/// No blob is smaller, in pixels.
const SMALLEST_PX: f32 = 1.0;
/// The blur around against the blur on the spot.
const AROUND: f32 = 2.2;
/// Redness counts with this weight beside darkness, both in Lab.
const REDNESS: f32 = 0.9;
/// A spot differs from its surroundings by so many deviations of skin, and by so much in Lab.
const DEVIATIONS: f32 = 4.5;
const LEAST: f32 = 2.6;
/// Share of skin that has to be around it.
const SKIN_AROUND: f32 = 0.82;
/// Ratio of curvatures; more is a line.
const ROUND: f32 = 3.0;
/// At most so many.
const MOST: usize = 80;
/// What is healed, in blob sizes: wholly up to the first, not at all from the second on.
const HEALED: (f32, f32) = (1.8, 2.8);

#[derive(Clone, Copy, Debug)]
struct Spot {
    x: f32,
    y: f32,
    size: f32,
    score: f32,
}

impl Spot {
    fn distance(&self, x: usize, y: usize) -> f32 {
        (x as f32 - self.x).hypot(y as f32 - self.y)
    }

    /// 1 on it, 0 beside it.
    fn share(&self, x: usize, y: usize) -> f32 {
        ((HEALED.1 - self.distance(x, y) / self.size) / (HEALED.1 - HEALED.0)).clamp(0.0, 1.0)
    }
}

/// Heals spots; how many.
pub(super) fn heal(picture: &mut Picture, skin: &Skin, strength: f32) -> usize {
    let spots = find(picture, skin);
    let original = picture.clone();
    for spot in &spots {
        checkpoint();
        heal_one(picture, &original, skin, &spots, spot, strength);
    }
    spots.len()
}

fn find(picture: &Picture, skin: &Skin) -> Vec<Spot> {
    let (pixels, _) = picture.rgba8().as_chunks::<4>();
    let size = (picture.width(), picture.height());
    let signal = Cells::of(size, 1, |i| {
        let [l, a, _] = lab([pixels[i][0], pixels[i][1], pixels[i][2]]);
        [(l - REDNESS * a) * skin.share[i], skin.share[i]]
    });
    let mut found: Vec<Spot> = Vec::new();
    let mut last = 0.0;
    for share in SIZES {
        let sigma = (share * skin.scale).max(SMALLEST_PX);
        if sigma > last * 1.15 {
            found.extend(at_size(&signal, skin, sigma));
            last = sigma;
        }
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then((a.y, a.x).partial_cmp(&(b.y, b.x)).expect("numbers")));
    let mut spots: Vec<Spot> = Vec::new();
    for spot in found {
        if spots.len() < MOST && spots.iter().all(|s| (s.x - spot.x).hypot(s.y - spot.y) > 1.5 * (s.size + spot.size)) {
            spots.push(spot);
        }
    }
    spots
}

/// Spots of one size.
fn at_size(signal: &Cells<2>, skin: &Skin, sigma: f32) -> Vec<Spot> {
    checkpoint();
    let (near, far) = (signal.clone().blurred(sigma), signal.clone().blurred(AROUND * sigma));
    let value = |cells: &Cells<2>, i: usize| cells.values[i][0] / cells.values[i][1].max(1e-3);
    let clear = |i: usize| skin.share[i] > 0.5 && far.values[i][1] > SKIN_AROUND;
    let depth: Vec<f32> = (0..skin.share.len())
        .into_par_iter()
        .with_min_len(1 << 12)
        .map(|i| if clear(i) { value(&far, i) - value(&near, i) } else { 0.0 })
        .collect();
    let mut sizes: Vec<f32> = (0..depth.len()).filter(|&i| clear(i)).map(|i| depth[i].abs()).collect();
    if sizes.len() < 50 {
        return vec![];
    }
    let middle = sizes.len() / 2;
    let deviation = 1.4826 * *sizes.select_nth_unstable_by(middle, f32::total_cmp).1;
    let threshold = LEAST.max(DEVIATIONS * deviation);
    let (width, height) = (skin.width, skin.height);
    let step = sigma.round().max(1.0) as usize;
    let row = |y: usize| {
        let (depth, near) = (&depth, &near);
        (step..width.saturating_sub(step)).filter_map(move |x| {
            let i = y * width + x;
            let peak = depth[i] > threshold && (0..9).all(|n| depth[i] >= depth[i + (n / 3) * width + n % 3 - width - 1]);
            (peak && is_round(&|dx, dy| value(near, (i as isize + dx * step as isize + dy * (step * width) as isize) as usize)))
                .then(|| Spot { x: x as f32, y: y as f32, size: sigma, score: depth[i] / deviation.max(0.3) })
        })
    };
    (step..height.saturating_sub(step)).flat_map(row).collect()
}

/// Whether curvature is about the same in all directions.
fn is_round(at: &dyn Fn(isize, isize) -> f32) -> bool {
    let xx = at(1, 0) + at(-1, 0) - 2.0 * at(0, 0);
    let yy = at(0, 1) + at(0, -1) - 2.0 * at(0, 0);
    let xy = 0.25 * (at(1, 1) + at(-1, -1) - at(1, -1) - at(-1, 1));
    let (trace, det) = (xx + yy, xx * yy - xy * xy);
    det > 0.0 && trace * trace / det < (ROUND + 1.0).powi(2) / ROUND
}

fn heal_one(picture: &mut Picture, original: &Picture, skin: &Skin, spots: &[Spot], spot: &Spot, strength: f32) {
    let reach = (5.0 * spot.size).ceil() as usize + 1;
    let (cx, cy) = (spot.x as usize, spot.y as usize);
    let (left, top) = (cx.saturating_sub(reach), cy.saturating_sub(reach));
    let (right, bottom) = ((cx + reach + 1).min(skin.width), (cy + reach + 1).min(skin.height));
    let view = Rect { x: left as u32, y: top as u32, width: (right - left) as u32, height: (bottom - top) as u32 };
    let (part, _) = crop(original, view);
    let (pixels, _) = part.rgba8().as_chunks::<4>();
    let wide = right - left;
    // The colour of clean skin around, spread over the spot.
    let clean = |i: usize| {
        let (x, y) = (left + i % wide, top + i / wide);
        let weight = if spots.iter().any(|s| s.share(x, y) > 0.0) { 0.0 } else { skin.share[y * skin.width + x] };
        [f32::from(pixels[i][0]) * weight, f32::from(pixels[i][1]) * weight, f32::from(pixels[i][2]) * weight, weight]
    };
    let smooth = Cells::of((view.width, view.height), 1, clean).blurred(1.3 * spot.size);
    let donor = donor(original, skin, spots, spot);
    let fine = skin.fine();
    for y in top..bottom {
        for x in left..right {
            let (i, inside) = (y * skin.width + x, (y - top) * wide + x - left);
            let share = strength * spot.share(x, y) * skin.share[i];
            let around = &smooth.values[inside];
            if share <= 0.0 || around[3] < 1e-3 {
                continue;
            }
            let texture = donor.map_or([0.0; 3], |(dx, dy)| texture(original, (x as isize + dx, y as isize + dy), fine));
            let pixel = &mut picture.rgba8_mut()[4 * i..4 * i + 3];
            for c in 0..3 {
                let new = around[c] / around[3] + texture[c];
                pixel[c] = (f32::from(pixel[c]) + share * (new - f32::from(pixel[c]))).round().clamp(0.0, 255.0) as u8;
            }
        }
    }
}

/// The way to skin near by whose texture can be laid on the spot.
fn donor(picture: &Picture, skin: &Skin, spots: &[Spot], spot: &Spot) -> Option<(isize, isize)> {
    let away = 2.0 * HEALED.1 * spot.size + 1.0;
    let own = picture.pixel(spot.x as u32, spot.y as u32);
    let mut best = None;
    for n in 0..12 {
        let (sin, cos) = (n as f32 * std::f32::consts::TAU / 12.0).sin_cos();
        let (x, y) = (spot.x + away * cos, spot.y + away * sin);
        let reach = HEALED.1 * spot.size + 1.0;
        let (low_x, low_y, high_x, high_y) = (x - reach, y - reach, x + reach, y + reach);
        if low_x < 1.0 || low_y < 1.0 || high_x >= skin.width as f32 - 1.0 || high_y >= skin.height as f32 - 1.0 {
            continue;
        }
        let clean = |x: f32, y: f32| {
            let (x, y) = (x as usize, y as usize);
            skin.share[y * skin.width + x] > 0.6 && spots.iter().all(|s| s.share(x, y) == 0.0)
        };
        if ![(x, y), (low_x, y), (high_x, y), (x, low_y), (x, high_y)].into_iter().all(|(x, y)| clean(x, y)) {
            continue;
        }
        let there = picture.pixel(x as u32, y as u32);
        let off: u32 = (0..3).map(|c| u32::from(own[c].abs_diff(there[c]))).sum();
        if best.is_none_or(|(least, _)| off < least) {
            best = Some((off, ((away * cos).round() as isize, (away * sin).round() as isize)));
        }
    }
    best.map(|(_, way)| way)
}

/// What a pixel differs by from the mean of its neighbours.
fn texture(picture: &Picture, (x, y): (isize, isize), fine: f32) -> [f32; 3] {
    let (width, height) = (picture.width() as isize, picture.height() as isize);
    let reach = fine.ceil() as isize;
    let (mut sum, mut count) = ([0.0f32; 3], 0.0);
    for v in (y - reach).max(0)..=(y + reach).min(height - 1) {
        for u in (x - reach).max(0)..=(x + reach).min(width - 1) {
            let p = picture.pixel(u as u32, v as u32);
            (0..3).for_each(|c| sum[c] += f32::from(p[c]));
            count += 1.0;
        }
    }
    let own = picture.pixel(x.clamp(0, width - 1) as u32, y.clamp(0, height - 1) as u32);
    std::array::from_fn(|c| if count > 0.0 { f32::from(own[c]) - sum[c] / count } else { 0.0 })
}
