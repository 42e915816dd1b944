//! The shadow that a thing casts on what it stands on, so that the shadow goes with the thing.
//!
//! The ground around the thing is modelled as a smooth surface: a quadratic in x and y of the logarithm of each channel, fitted robustly (iteratively
//! reweighted least squares with Tukey's biweight), so that the shadow itself does not pull it down. A shadow is what is darker than that surface by
//! more than the ground's own variation, about equally in all channels (Lambertian ground under less light), touches the thing, and lies beside or
//! below its upper part. On a ground that is no smooth surface the variation is large and nothing is found: rather a shadow left than ground lost.

use crate::imaging::components::Components;
use crate::imaging::resize::resize;
use crate::imaging::{Combine, Mask, Picture, Rect, geometry};

/// Long side of the copy that is looked at.
const LOOK_SIDE: u32 = 192;
/// How far around the thing is looked, as a share of its longer side.
const REACH: f64 = 0.9;
/// Darker than the ground by this factor of the logarithm at least, and by this many of its standard deviations.
const CORE: (f32, f32) = (0.10, 3.0);
/// The soft edge of a shadow that has such a core.
const EDGE: (f32, f32) = (0.025, 1.2);
/// Channels may differ by this and by this share of the darkening: skylight makes shadows bluer.
const HUE: (f32, f32) = (0.05, 0.45);
/// A shadow is no larger than this, as a multiple of the thing.
const LARGEST: f64 = 1.2;
/// A ground whose logarithm varies more than this is not modelled.
const ROUGH: f32 = 0.14;
/// A core has this share of the thing's area at least.
const WORTH: f64 = 0.004;

/// The cast shadow of what `thing` selects, without the thing; `None` where there is none to be seen. The mask has the size of the picture.
pub(super) fn cast_by(picture: &Picture, thing: &Mask) -> Option<Mask> {
    let inside = thing.bounding_box(127)?;
    let around = neighbourhood(inside, picture);
    let scale = (f64::from(LOOK_SIDE) / f64::from(around.width.max(around.height))).min(1.0);
    let small = |v: u32| ((f64::from(v) * scale).round() as u32).max(1);
    let (width, height) = (small(around.width), small(around.height));
    let look = resize(&geometry::crop(picture, around).0, width, height);
    let object = thing.cropped(around).resized(width, height).thresholded(32).grown(1);
    let found = on_small(&look, &object)?;
    let mut whole = Mask::filled(picture.width(), picture.height(), 0);
    // A cell of the copy is several pixels; the edge of a shadow is soft, and what is left of it shows.
    let found = found.grown(2).resized(around.width, around.height).thresholded(64);
    let rows = whole.values_mut().chunks_exact_mut(picture.width() as usize).skip(around.y as usize);
    for (to, from) in rows.zip(found.values().chunks_exact(around.width as usize)) {
        to[around.x as usize..][..from.len()].copy_from_slice(from);
    }
    Some(whole.combined(&thing.thresholded(128), Combine::Minus))
}

fn neighbourhood(inside: Rect, picture: &Picture) -> Rect {
    let reach = (f64::from(inside.width.max(inside.height)) * REACH).ceil() as u32 + 8;
    let (x, y) = (inside.x.saturating_sub(reach), inside.y.saturating_sub(reach / 3));
    let right = (inside.x + inside.width + reach).min(picture.width());
    let bottom = (inside.y + inside.height + reach).min(picture.height());
    Rect { x, y, width: right - x, height: bottom - y }
}

fn on_small(look: &Picture, object: &Mask) -> Option<Mask> {
    let inside = object.bounding_box(127)?;
    let width = look.width() as usize;
    // A thing stands on what is beside its lower half and below it.
    let horizon = inside.y as usize + inside.height as usize * 2 / 5;
    let (pixels, _) = look.rgba8().as_chunks::<4>();
    let is_ground = |i: usize| i / width >= horizon && object.values()[i] == 0 && pixels[i][3] == 255;
    let ground: Vec<usize> = (0..pixels.len()).filter(|&i| is_ground(i)).collect();
    let at = |i: usize| Surface::terms((i % width) as f32 / width as f32, (i / width) as f32 / width as f32);
    let logs: Vec<[f32; 3]> = pixels.iter().map(|p| [0, 1, 2].map(|c| (f32::from(p[c]) + 4.0).ln())).collect();
    let fits: Vec<(Surface, f32)> = (0..3)
        .map(|c| {
            let samples: Vec<([f32; TERMS], f32)> = ground.iter().map(|&i| (at(i), logs[i][c])).collect();
            Surface::fitted(&samples)
        })
        .collect::<Option<_>>()?;
    let spread = fits.iter().map(|f| f.1).fold(0.0, f32::max);
    if spread > ROUGH {
        return None;
    }
    let darker = |i: usize, (least, deviations): (f32, f32)| {
        let terms = at(i);
        let drops = [0, 1, 2].map(|c| fits[c].0.at(&terms) - logs[i][c]);
        let mean = drops.iter().sum::<f32>() / 3.0;
        let alike = drops.iter().all(|d| (d - mean).abs() <= HUE.0 + HUE.1 * mean.abs());
        mean > least.max(deviations * spread) && alike
    };
    let of = |level: (f32, f32)| {
        let mut values = vec![0; pixels.len()];
        ground.iter().filter(|&&i| darker(i, level)).for_each(|&i| values[i] = 255);
        Mask::new(look.width(), look.height(), values)
    };
    let (core, soft) = (of(CORE), of(EDGE));
    touching(&soft, &core, object)
}

/// The soft areas that have a core and touch the thing.
fn touching(soft: &Mask, core: &Mask, object: &Mask) -> Option<Mask> {
    let areas = Components::of(soft, 128);
    let near = object.grown(2);
    let (mut cores, mut touches) = (vec![0u64; areas.all.len() + 1], vec![false; areas.all.len() + 1]);
    for (i, &label) in areas.labels.iter().enumerate() {
        cores[label as usize] += u64::from(core.values()[i] > 0);
        touches[label as usize] |= near.values()[i] > 0;
    }
    let size = object.values().iter().filter(|&&v| v > 0).count() as f64;
    let is_shadow = |label: u32| {
        let at = label as usize;
        label > 0 && touches[at] && cores[at] as f64 >= (WORTH * size).max(3.0) && areas.all[at - 1].area as f64 <= LARGEST * size
    };
    let values: Vec<u8> = areas.labels.iter().map(|&l| if is_shadow(l) { 255 } else { 0 }).collect();
    let found = Mask::new(soft.width(), soft.height(), values);
    (!found.is_empty()).then_some(found)
}

const TERMS: usize = 6;

/// A quadratic in x and y.
struct Surface([f64; TERMS]);

impl Surface {
    fn terms(x: f32, y: f32) -> [f32; TERMS] {
        [1.0, x, y, x * x, x * y, y * y]
    }

    fn at(&self, terms: &[f32; TERMS]) -> f32 {
        self.0.iter().zip(terms).map(|(a, t)| a * f64::from(*t)).sum::<f64>() as f32
    }

    /// The surface and the robust standard deviation around it; `None` with too few samples.
    fn fitted(samples: &[([f32; TERMS], f32)]) -> Option<(Surface, f32)> {
        if samples.len() < 40 {
            return None;
        }
        // Starts from the brighter half: the ground, not the shadow.
        let median = quantile(samples.iter().map(|s| s.1).collect(), 0.5);
        let mut weights: Vec<f64> = samples.iter().map(|s| if s.1 >= median { 1.0 } else { 0.3 }).collect();
        let mut fit = (Surface([0.0; TERMS]), 0.0);
        for _ in 0..8 {
            let surface = Surface(solve(samples, &weights)?);
            let off: Vec<f32> = samples.iter().map(|(t, v)| v - surface.at(t)).collect();
            // 1.4826 makes the median of deviations that of a normal distribution.
            let spread = 1.4826 * quantile(off.iter().map(|v| v.abs()).collect(), 0.5);
            let reach = 4.685 * f64::from(spread.max(0.004));
            for (w, v) in weights.iter_mut().zip(&off) {
                let part = (f64::from(*v) / reach).powi(2);
                *w = if part < 1.0 { (1.0 - part).powi(2) } else { 0.0 };
            }
            fit = (surface, spread);
        }
        Some(fit)
    }
}

fn quantile(mut values: Vec<f32>, share: f64) -> f32 {
    let at = ((values.len() - 1) as f64 * share) as usize;
    *values.select_nth_unstable_by(at, f32::total_cmp).1
}

/// Weighted least squares by the normal equations, a little regularised, and Gaussian elimination.
fn solve(samples: &[([f32; TERMS], f32)], weights: &[f64]) -> Option<[f64; TERMS]> {
    let mut m = [[0.0f64; TERMS + 1]; TERMS];
    for ((terms, value), weight) in samples.iter().zip(weights).filter(|(_, w)| **w > 0.0) {
        for r in 0..TERMS {
            let scaled = f64::from(terms[r]) * weight;
            for c in 0..TERMS {
                m[r][c] += scaled * f64::from(terms[c]);
            }
            m[r][TERMS] += scaled * f64::from(*value);
        }
    }
    let total = m[0][0];
    // The bent terms are held back most: a surface must not follow the shadow.
    for (r, row) in m.iter_mut().enumerate() {
        row[r] += total * if r < 3 { 1e-9 } else { 1e-4 };
    }
    for r in 0..TERMS {
        let pivot = (r..TERMS).max_by(|a, b| m[*a][r].abs().total_cmp(&m[*b][r].abs()))?;
        m.swap(r, pivot);
        if m[r][r].abs() < 1e-12 * total.max(1e-12) {
            return None;
        }
        for below in r + 1..TERMS {
            let factor = m[below][r] / m[r][r];
            for c in r..=TERMS {
                m[below][c] -= factor * m[r][c];
            }
        }
    }
    let mut out = [0.0; TERMS];
    for r in (0..TERMS).rev() {
        let rest: f64 = (r + 1..TERMS).map(|c| m[r][c] * out[c]).sum();
        out[r] = (m[r][TERMS] - rest) / m[r][r];
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A red square on a lit ground, with a soft shadow to its lower right.
    fn scene(shadow: f32, texture: u32) -> (Picture, Mask) {
        let (w, h) = (160u32, 120u32);
        let mut mask = vec![0u8; (w * h) as usize];
        let mut rgba = Vec::with_capacity((w * h * 4) as usize);
        for i in 0..w * h {
            let (x, y) = (i % w, i / w);
            let thing = (50..90).contains(&x) && (30..70).contains(&y);
            mask[i as usize] = if thing { 255 } else { 0 };
            let (dx, dy) = ((x as f32 - 85.0) / 30.0, (y as f32 - 70.0) / 9.0);
            let inside = (1.3 - (dx * dx + dy * dy).sqrt()).clamp(0.0, 1.0);
            let light = (0.7 + 0.2 * x as f32 / w as f32 + 0.1 * y as f32 / h as f32) * (1.0 - shadow * inside);
            let noise = (i.wrapping_mul(2_654_435_761) >> 16) % (texture + 1);
            let ground = [200.0, 190.0, 170.0].map(|c| ((c * light) as u8).saturating_sub(noise as u8));
            let [r, g, b] = if thing { [220, 30, 30] } else { ground };
            rgba.extend([r, g, b, 255]);
        }
        (Picture::from_rgba8(w, h, rgba), Mask::new(w, h, mask))
    }

    #[test]
    fn a_cast_shadow_is_found_and_the_lit_ground_is_not() {
        let (picture, thing) = scene(0.5, 6);
        let shadow = cast_by(&picture, &thing).expect("there is a shadow");
        let selected = |x: u32, y: u32| shadow.values()[(y * 160 + x) as usize] > 0;
        assert!(selected(95, 74) && selected(85, 76) && selected(105, 72), "the shadow");
        assert!(!selected(20, 100) && !selected(150, 110) && !selected(30, 40) && !selected(70, 110), "the ground");
        assert!(!selected(70, 50), "the thing itself is not its shadow");
    }

    #[test]
    fn without_a_shadow_nothing_is_found() {
        let (picture, thing) = scene(0.0, 6);
        assert_eq!(cast_by(&picture, &thing), None);
        let (rough, thing) = scene(0.4, 110);
        assert_eq!(cast_by(&rough, &thing), None, "a rough ground is left alone");
        let picture = Picture::filled(3, 3, [9, 9, 9, 255]);
        assert_eq!(cast_by(&picture, &Mask::filled(3, 3, 255)), None);
        assert_eq!(cast_by(&picture, &Mask::filled(3, 3, 0)), None);
    }

    #[test]
    fn a_dark_thing_of_another_colour_is_no_shadow() {
        let (mut picture, thing) = scene(0.0, 6);
        for y in 60..90 {
            for x in 92..120 {
                let i = ((y * 160 + x) * 4) as usize;
                picture.rgba8_mut()[i..i + 3].copy_from_slice(&[20, 60, 150]);
            }
        }
        assert_eq!(cast_by(&picture, &thing), None);
    }
}
