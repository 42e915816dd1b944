//! Laying pictures over each other, in linear light. Opaque and fully transparent pixels stay exact.

use rayon::prelude::*;

use super::colour::{Srgb8, Tables};
use super::mask::Mask;
use super::picture::Picture;
use crate::pace::checkpoint;

/// Pixels per parallel piece.
const RUN: usize = 1 << 14;

/// The picture on a plain colour; the result is opaque.
pub fn over_colour(picture: &Picture, colour: Srgb8) -> Picture {
    let tables = Tables::get();
    let ground = colour.map(|v| tables.linear[usize::from(v)]);
    let [r, g, b] = colour;
    map(picture, |_, pixel| match pixel[3] {
        255 => pixel,
        0 => [r, g, b, 255],
        alpha => {
            let a = f32::from(alpha) / 255.0;
            let mix = |c: usize| tables.srgb8_f(tables.linear[usize::from(pixel[c])] * a + ground[c] * (1.0 - a));
            [mix(0), mix(1), mix(2), 255]
        }
    })
}

/// Between two pictures of one size, in stored values: `share` 0 is `base`, 1 is `other`. Alpha is the base's, as are pixels that it hides.
///
/// # Panics
/// When the sizes differ.
pub fn mixed(base: &Picture, other: &Picture, share: f32) -> Picture {
    assert_eq!((base.width(), base.height()), (other.width(), other.height()), "pictures that are mixed have one size");
    let (towards, _) = other.rgba8().as_chunks::<4>();
    map(base, |i, pixel| {
        if pixel[3] == 0 {
            return pixel;
        }
        let mix = |c: usize| (f32::from(pixel[c]) + (f32::from(towards[i][c]) - f32::from(pixel[c])) * share + 0.5) as u8;
        [mix(0), mix(1), mix(2), pixel[3]]
    })
}

/// `top` on `bottom` (Porter–Duff "over").
///
/// # Panics
/// When the sizes differ.
pub fn over(top: &Picture, bottom: &Picture) -> Picture {
    assert_eq!((top.width(), top.height()), (bottom.width(), bottom.height()), "pictures laid over each other have one size");
    let tables = Tables::get();
    let (below, _) = bottom.rgba8().as_chunks::<4>();
    map(top, |i, pixel| over_pixel(tables, pixel, below[i]))
}

pub(crate) fn over_pixel(tables: &Tables, top: [u8; 4], bottom: [u8; 4]) -> [u8; 4] {
    match (top[3], bottom[3]) {
        (255, _) | (_, 0) => top,
        (0, _) => bottom,
        (above, below) => {
            let a = f32::from(above) / 255.0;
            let rest = f32::from(below) / 255.0 * (1.0 - a);
            let alpha = a + rest;
            let mix = |c: usize| {
                let light = tables.linear[usize::from(top[c])] * a + tables.linear[usize::from(bottom[c])] * rest;
                tables.srgb8_f(light / alpha)
            };
            [mix(0), mix(1), mix(2), (alpha * 255.0).round() as u8]
        }
    }
}

/// `edited` where the mask is 255, `base` where it is 0 (bit for bit), in between a mixture of both, alpha included.
///
/// # Panics
/// When the sizes differ.
pub fn masked(base: &Picture, edited: &Picture, mask: &Mask) -> Picture {
    let size = (base.width(), base.height());
    assert_eq!(size, (edited.width(), edited.height()), "base and edit have one size");
    assert_eq!(size, (mask.width(), mask.height()), "mask and picture have one size");
    let tables = Tables::get();
    let (edits, _) = edited.rgba8().as_chunks::<4>();
    map(base, |i, pixel| match mask.values()[i] {
        0 => pixel,
        255 => edits[i],
        _ if pixel == edits[i] => pixel,
        part => {
            let share = f32::from(part) / 255.0;
            let (old, new) = (f32::from(pixel[3]) / 255.0 * (1.0 - share), f32::from(edits[i][3]) / 255.0 * share);
            let alpha = old + new;
            if alpha == 0.0 {
                return pixel;
            }
            let mix = |c: usize| {
                let light = tables.linear[usize::from(pixel[c])] * old + tables.linear[usize::from(edits[i][c])] * new;
                tables.srgb8_f(light / alpha)
            };
            [mix(0), mix(1), mix(2), (alpha * 255.0).round() as u8]
        }
    })
}

/// The picture with its alpha replaced by the mask, and RGB 0 where that is 0: half the bytes as PNG, and nothing of the background left.
///
/// # Panics
/// When the sizes differ.
pub fn with_alpha(picture: &Picture, alpha: &Mask) -> Picture {
    assert_eq!((picture.width(), picture.height()), (alpha.width(), alpha.height()), "alpha and picture have one size");
    map(picture, |i, [r, g, b, _]| match alpha.values()[i] {
        0 => [0; 4],
        a => [r, g, b, a],
    })
}

/// The picture's alpha as a mask.
pub fn alpha_of(picture: &Picture) -> Mask {
    Mask::new(picture.width(), picture.height(), picture.rgba8().as_chunks::<4>().0.iter().map(|p| p[3]).collect())
}

fn map(picture: &Picture, f: impl Fn(usize, [u8; 4]) -> [u8; 4] + Sync) -> Picture {
    checkpoint();
    let (from, _) = picture.rgba8().as_chunks::<4>();
    let mut to = vec![[0u8; 4]; from.len()];
    to.par_chunks_mut(RUN).zip(from.par_chunks(RUN)).enumerate().for_each(|(run, (to, from))| {
        for (i, (to, from)) in to.iter_mut().zip(from).enumerate() {
            *to = f(run * RUN + i, *from);
        }
    });
    Picture::from_rgba8(picture.width(), picture.height(), to.into_flattened())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_black_over_white_has_half_the_light_of_white() {
        let half = Picture::filled(1, 1, [0, 0, 0, 128]);
        let [v, _, _, a] = over_colour(&half, [255; 3]).pixel(0, 0);
        assert_eq!(a, 255);
        assert!((187..=188).contains(&v), "{v}: half the light is sRGB 188, not 127");
        assert_eq!(over(&half, &Picture::filled(1, 1, [255; 4])).pixel(0, 0), [v, v, v, 255]);
    }

    #[test]
    fn opaque_and_transparent_pixels_are_exact() {
        let bottom = Picture::filled(1, 1, [1, 2, 3, 77]);
        assert_eq!(over(&Picture::filled(1, 1, [9, 8, 7, 255]), &bottom).pixel(0, 0), [9, 8, 7, 255]);
        assert_eq!(over(&Picture::filled(1, 1, [9, 8, 7, 0]), &bottom).pixel(0, 0), [1, 2, 3, 77]);
        assert_eq!(over_colour(&Picture::filled(1, 1, [9, 8, 7, 0]), [4, 5, 6]).pixel(0, 0), [4, 5, 6, 255]);
    }

    #[test]
    fn outside_the_mask_nothing_changes_and_inside_the_edit_is_exact() {
        let base = Picture::from_rgba8(3, 1, vec![10, 20, 30, 0, 10, 20, 30, 255, 10, 20, 30, 255]);
        let edit = Picture::filled(3, 1, [200, 100, 50, 255]);
        let mixed = masked(&base, &edit, &Mask::new(3, 1, vec![0, 255, 128]));
        assert_eq!(mixed.pixel(0, 0), [10, 20, 30, 0]);
        assert_eq!(mixed.pixel(1, 0), [200, 100, 50, 255]);
        let [r, g, b, a] = mixed.pixel(2, 0);
        assert!(r > 10 && r < 200 && g > 20 && g < 100 && b > 30 && b < 50 && a == 255);
    }
}
