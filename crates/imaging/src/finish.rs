//! A thing's rim and grain brought nearer to the scene's that it is put into.
//!
//! * Blur: the standard deviation of the edges, from how much a known blur lowers their gradients (S. Zhuo, T. Sim, "Defocus map estimation from a
//!   single image", 2011).
//! * Grain: the noise by J. Immerkær, "Fast noise variance estimation" (1996), in the calmest parts.
//!
//! Only what is missing is added: nothing is sharpened and no noise is taken away.

use rayon::prelude::*;

use super::colour::{from_linear, to_linear};
use super::layer::Layer;
use super::picture::{Picture, Rect};
use crate::pace::checkpoint;

/// Softening of an edge, in pixels of standard deviation, at most; less than the least is not seen.
const BLUR_RANGE: (f32, f32) = (0.35, 3.0);
/// Grain that is added, in levels of sRGB, at most; less than the least is not seen.
const GRAIN_RANGE: (f32, f32) = (0.6, 7.0);

/// How sharp and how grainy a part of a picture is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finish {
    /// Standard deviation of the sharpest edges' blur, in pixels; `None` where there is no edge.
    pub blur: Option<f32>,
    /// Standard deviation of the noise in the calmest parts, in levels of sRGB; `None` where nothing is calm.
    pub grain: Option<f32>,
}

impl Finish {
    /// Of a rectangle of the picture, where `counts` says yes.
    pub fn of(picture: &Picture, within: Rect, counts: impl Fn(u32, u32) -> bool + Sync) -> Finish {
        checkpoint();
        let (width, height) = (within.width as usize, within.height as usize);
        let mut luma = vec![0.0f32; width * height];
        let mut seen = vec![false; width * height];
        luma.par_chunks_mut(width).zip(seen.par_chunks_mut(width)).enumerate().for_each(|(y, (row, seen))| {
            for x in 0..width {
                let (px, py) = (within.x + x as u32, within.y + y as u32);
                let [r, g, b, a] = picture.pixel(px, py);
                row[x] = 0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b);
                seen[x] = a > 250 && counts(px, py);
            }
        });
        Finish { blur: edge_blur(&luma, &seen, width, height), grain: grain(&luma, &seen, width, height) }
    }
}

/// Blur of the strongest edges.
fn edge_blur(luma: &[f32], seen: &[bool], width: usize, height: usize) -> Option<f32> {
    checkpoint();
    if width < 16 || height < 16 {
        return None;
    }
    let again = blurred(luma, width, height, 1.0);
    let gradient = |v: &[f32], i: usize| {
        let (dx, dy) = (v[i + 1] - v[i - 1], v[i + width] - v[i - width]);
        (dx * dx + dy * dy).sqrt() / 2.0
    };
    let whole = |i: usize| [i - 3, i + 3, i - 3 * width, i + 3 * width].iter().all(|&j| seen[j]) && seen[i];
    let mut edges: Vec<(f32, f32)> = (3..height - 3)
        .into_par_iter()
        .flat_map_iter(|y| {
            let inner = (3..width - 3).filter(move |x| whole(y * width + x)).map(move |x| y * width + x);
            inner.map(|i| (gradient(luma, i), gradient(&again, i))).filter(|e| e.0 > 12.0 && e.1 > 0.0)
        })
        .collect();
    if edges.len() < 40 {
        return None;
    }
    edges.sort_by(|a, b| b.0.total_cmp(&a.0));
    edges.truncate((edges.len() / 10).max(40));
    let mut ratios: Vec<f32> = edges.iter().map(|(before, after)| before / after).collect();
    let at = ratios.len() / 2;
    let ratio = *ratios.select_nth_unstable_by(at, f32::total_cmp).1;
    // The difference over two pixels is itself a box of two, whose variance is a third.
    Some((1.0 / (ratio * ratio - 1.0).max(0.02) - 1.0 / 3.0).max(0.01).sqrt())
}

/// Side of the squares in which noise is measured, in pixels.
pub(crate) const NOISE_BLOCK: usize = 16;

/// Noise in the calmest fifth of blocks.
fn grain(luma: &[f32], seen: &[bool], width: usize, height: usize) -> Option<f32> {
    let mut blocks: Vec<f32> = vec![];
    for top in (1..height.saturating_sub(NOISE_BLOCK + 1)).step_by(NOISE_BLOCK) {
        for left in (1..width.saturating_sub(NOISE_BLOCK + 1)).step_by(NOISE_BLOCK) {
            let mut inside = (top..top + NOISE_BLOCK).flat_map(|y| y * width + left..y * width + left + NOISE_BLOCK);
            if inside.all(|i| seen[i] && (6.0..=249.0).contains(&luma[i])) {
                blocks.push(block_noise(|i| luma[i], width, left, top));
            }
        }
    }
    if blocks.len() < 4 {
        return None;
    }
    let at = blocks.len() / 5;
    Some(*blocks.select_nth_unstable_by(at, f32::total_cmp).1)
}

/// Standard deviation of the noise in a square of [`NOISE_BLOCK`] (which does not touch the edge), from the mean response to Immerkær's mask
/// [1 −2 1; −2 4 −2; 1 −2 1]: it ignores flat light and edges along the axes and multiplies the deviation of independent noise by 6.
pub(crate) fn block_noise(luma: impl Fn(usize) -> f32, width: usize, left: usize, top: usize) -> f32 {
    let mut sum = 0.0f32;
    for y in top..top + NOISE_BLOCK {
        for i in y * width + left..y * width + left + NOISE_BLOCK {
            let corners = luma(i - width - 1) + luma(i - width + 1) + luma(i + width - 1) + luma(i + width + 1);
            let sides = luma(i - 1) + luma(i + 1) + luma(i - width) + luma(i + width);
            sum += (corners - 2.0 * sides + 4.0 * luma(i)).abs();
        }
    }
    sum * (std::f32::consts::FRAC_PI_2).sqrt() / (6.0 * (NOISE_BLOCK * NOISE_BLOCK) as f32)
}

/// Gaussian blur, cut off at three sigma, edges repeated.
pub(crate) fn blurred(values: &[f32], width: usize, height: usize, sigma: f32) -> Vec<f32> {
    checkpoint();
    let reach = (3.0 * sigma).ceil() as isize;
    let weights: Vec<f32> = (-reach..=reach).map(|d| (-(d * d) as f32 / (2.0 * sigma * sigma)).exp()).collect();
    let total: f32 = weights.iter().sum();
    let along = |from: &[f32], step: usize, length: usize, start: usize, at: usize| {
        let mut sum = 0.0;
        for (k, w) in weights.iter().enumerate() {
            let j = (at as isize + k as isize - reach).clamp(0, length as isize - 1) as usize;
            sum += w * from[start + j * step];
        }
        sum / total
    };
    let mut rows = vec![0.0f32; values.len()];
    rows.par_chunks_mut(width).enumerate().for_each(|(y, row)| (0..width).for_each(|x| row[x] = along(values, 1, width, y * width, x)));
    let mut out = vec![0.0f32; values.len()];
    out.par_chunks_mut(width).enumerate().for_each(|(y, row)| (0..width).for_each(|x| row[x] = along(&rows, width, height, x, y)));
    out
}

/// What brings a thing's edges and grain nearer to the scene's; 0 = nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Blend {
    /// Standard deviation by which the rim is softened, in pixels.
    pub blur: f32,
    /// Standard deviation of the grain that is added, in levels.
    pub grain: f32,
}

impl Blend {
    /// What the scene has and the thing lacks. Variances add, so their difference is what is missing. `strength` 0..=1.
    pub fn between(thing: &Finish, scene: &Finish, strength: f32) -> Blend {
        let missing = |thing: Option<f32>, scene: Option<f32>, (least, most): (f32, f32)| match (thing, scene) {
            (Some(own), Some(there)) if there > own => {
                let value = (there * there - own * own).sqrt().min(most) * strength.clamp(0.0, 1.0);
                if value < least { 0.0 } else { value }
            }
            _ => 0.0,
        };
        Blend { blur: missing(thing.blur, scene.blur, BLUR_RANGE), grain: missing(thing.grain, scene.grain, GRAIN_RANGE) }
    }

    /// Softens the rim and adds grain. The inside of the thing is not softened; the same seed gives the same grain.
    pub fn apply(&self, layer: &mut Layer, seed: u64) {
        checkpoint();
        if self.blur > 0.0 {
            soften_rim(layer, self.blur);
        }
        if self.grain > 0.0 {
            let width = layer.picture.width() as usize;
            let (x0, y0, sigma) = (layer.x, layer.y, self.grain);
            let (pixels, _) = layer.picture.rgba8_mut().as_chunks_mut::<4>();
            pixels.par_iter_mut().enumerate().filter(|(_, p)| p[3] > 0).for_each(|(i, pixel)| {
                let (x, y) = (x0 + (i % width) as i64, y0 + (i / width) as i64);
                let off = sigma * gauss(seed, x, y);
                for c in 0..3 {
                    pixel[c] = (f32::from(pixel[c]) + off).round().clamp(0.0, 255.0) as u8;
                }
            });
        }
    }
}

/// A normal deviate for a pixel: the sum of four uniform ones, from a hash (SplitMix64).
pub(crate) fn gauss(seed: u64, x: i64, y: i64) -> f32 {
    let mut z = seed ^ (x as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (y as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    let sum: f32 = (0..4).map(|k| ((z >> (16 * k)) & 0xFFFF) as f32 / 65535.0 - 0.5).sum();
    // Four uniform deviates have the variance 1/3.
    sum * 3.0f32.sqrt()
}

/// Alpha (and the colour under it) blurred in a band around the outline; the layer grows by the blur's reach.
fn soften_rim(layer: &mut Layer, sigma: f32) {
    let reach = (3.0 * sigma).ceil() as usize;
    let (w, h) = (layer.picture.width() as usize + 2 * reach, layer.picture.height() as usize + 2 * reach);
    let (own_w, own_h) = (layer.picture.width() as usize, layer.picture.height() as usize);
    let mut planes: [Vec<f32>; 4] = std::array::from_fn(|_| vec![0.0; w * h]);
    let (pixels, _) = layer.picture.rgba8().as_chunks::<4>();
    for y in 0..own_h {
        for x in 0..own_w {
            let pixel = pixels[y * own_w + x];
            let (i, alpha) = ((y + reach) * w + x + reach, f32::from(pixel[3]) / 255.0);
            for c in 0..3 {
                planes[c][i] = to_linear(f32::from(pixel[c]) / 255.0) * alpha;
            }
            planes[3][i] = alpha;
        }
    }
    let soft: Vec<Vec<f32>> = planes.iter().map(|p| blurred(p, w, h, sigma)).collect();
    let mut out = vec![[0u8; 4]; w * h];
    for (i, to) in out.iter_mut().enumerate() {
        let (alpha, before) = (soft[3][i], planes[3][i]);
        // Well inside nothing of the outline is seen.
        if alpha > 0.995 && before >= 1.0 {
            let (x, y) = (i % w - reach, i / w - reach);
            *to = pixels[y * own_w + x];
        } else if alpha > 0.002 {
            let level = |c: usize| (from_linear((soft[c][i] / alpha).clamp(0.0, 1.0)) * 255.0).round() as u8;
            *to = [level(0), level(1), level(2), (alpha.min(1.0) * 255.0).round() as u8];
        }
    }
    *layer = Layer {
        picture: Picture::from_rgba8(w as u32, h as u32, out.into_flattened()),
        x: layer.x - reach as i64,
        y: layer.y - reach as i64,
    };
}

/// A flat picture with noise, for tests: 128×128.
#[cfg(test)]
pub(crate) fn noisy(level: [u8; 3], amplitude: i32) -> Picture {
    let pixel = |i: i64| {
        let off = (gauss(7, i % 128, i / 128) * amplitude as f32) as i32;
        let [r, g, b] = level.map(|v| (i32::from(v) + off).clamp(0, 255) as u8);
        [r, g, b, 255]
    };
    Picture::from_rgba8(128, 128, (0..128 * 128).flat_map(pixel).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blur_and_grain_are_measured_and_only_what_is_missing_is_added() {
        let edge = |sigma: f32| {
            let values: Vec<f32> = (0..128 * 128).map(|i| if i % 128 < 64 { 60.0 } else { 190.0 }).collect();
            let soft = blurred(&values, 128, 128, sigma);
            let bytes = soft.iter().flat_map(|v| [*v as u8, *v as u8, *v as u8, 255]).collect();
            Picture::from_rgba8(128, 128, bytes)
        };
        for sigma in [0.8f32, 1.5, 2.5] {
            let found = Finish::of(&edge(sigma), edge(sigma).bounds(), |_, _| true).blur.unwrap();
            assert!((found - sigma).abs() < 0.25 * sigma, "{sigma}: {found}");
        }
        let grainy = Finish::of(&noisy([120; 3], 4), Rect { x: 0, y: 0, width: 128, height: 128 }, |_, _| true);
        assert!((grainy.grain.unwrap() - 4.0).abs() < 1.2, "{grainy:?}");
        let clean = Finish { blur: Some(0.6), grain: Some(0.5) };
        let blend = Blend::between(&clean, &Finish { blur: Some(1.6), grain: grainy.grain }, 1.0);
        assert!(blend.blur > 1.2 && blend.grain > 2.0);
        assert_eq!(Blend::between(&grainy, &clean, 1.0), Blend::default(), "nothing is sharpened or smoothed");
    }

    #[test]
    fn the_inside_of_a_softened_thing_keeps_its_pixels() {
        let mut layer = Layer { picture: noisy([100, 150, 200], 20), x: 5, y: 6 };
        let before = layer.clone();
        Blend { blur: 1.2, grain: 0.0 }.apply(&mut layer, 1);
        assert_eq!((layer.x, layer.y), (1, 2));
        for y in 10..118 {
            for x in 10..118 {
                assert_eq!(layer.picture.pixel(x + 4, y + 4), before.picture.pixel(x, y));
            }
        }
        assert!(layer.picture.pixel(4, 60)[3] < 200, "the rim is soft");
    }
}
