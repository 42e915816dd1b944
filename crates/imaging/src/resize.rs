//! Resampling: pictures in linear light with premultiplied alpha, masks as they are, model inputs as models were trained.

use portico_resample::{Filter, Job, U16, grey8, grey16, rgba8};
use rayon::prelude::*;

use super::affine::Affine;
use super::colour::{Srgb8, Tables};
use super::mask::Mask;
use super::picture::{Picture, Rect};
use super::resample::{self, LANES, resample};
use super::rows::{Reader, straight};
use crate::pace::checkpoint;

/// What models see where a picture is transparent: middle grey, which most pictures' mean is near.
pub const NEUTRAL: Srgb8 = [128; 3];

/// Pixels per parallel piece.
const RUN: usize = 1 << 14;

/// The picture at another size, at least 1×1, in linear light and floats. Lanczos3 when it gets smaller; Catmull-Rom when it gets larger, which rings less. The same
/// size gives the same pixels, a flat colour stays exactly flat, fully transparent pixels have RGB 0.
pub fn resize(picture: &Picture, width: u32, height: u32) -> Picture {
    let (width, height) = (width.max(1), height.max(1));
    if (width, height) == (picture.width(), picture.height()) {
        return picture.clone();
    }
    let smaller = u64::from(width) * u64::from(height) < picture.area();
    let side = |(w, h): (u32, u32)| (w as usize, h as usize);
    let job = resample::Job {
        from: side((picture.width(), picture.height())),
        to: side((width, height)),
        filter: if smaller { resample::Filter::Lanczos3 } else { resample::Filter::CatmullRom },
    };
    if let Some(deep) = picture.deep() {
        return Picture::from_rgba16(width, height, resize_deep(deep, &job));
    }
    let (pixels, _) = picture.rgba8().as_chunks::<4>();
    let rgba = if picture.is_opaque() { resize_opaque(pixels, &job) } else { resize_alpha(pixels, &job) };
    Picture::from_rgba8(width, height, rgba.into_flattened())
}

/// From a resized picture back to the one it was made from.
pub fn resize_map(from: (u32, u32), to: (u32, u32)) -> Affine {
    Affine::scaling(f64::from(from.0) / f64::from(to.0), f64::from(from.1) / f64::from(to.1))
}

fn resize_opaque(pixels: &[[u8; 4]], job: &resample::Job) -> Vec<[u8; 4]> {
    let tables = Tables::get();
    let read = |&[r, g, b, _]: &[u8; 4]| [r, g, b].map(|v| tables.linear[usize::from(v)]);
    resample(pixels, job, read, |light: &[[f32; LANES]; 3]| {
        let [r, g, b] = light.map(|channel| channel.map(|v| tables.srgb8_f(v)));
        std::array::from_fn(|i| [r[i], g[i], b[i], 255])
    })
}

fn resize_alpha(pixels: &[[u8; 4]], job: &resample::Job) -> Vec<[u8; 4]> {
    let reader = Reader::plain::<u8>();
    resample(pixels, job, |&pixel| reader.premultiplied(pixel), |light| each(light, straight::<u8>))
}

/// 16 bits a channel: the same with finer tables.
fn resize_deep(deep: &[u16], job: &resample::Job) -> Vec<u16> {
    let reader = Reader::plain::<u16>();
    resample(deep.as_chunks::<4>().0, job, |&pixel| reader.premultiplied(pixel), |light| each(light, straight::<u16>)).into_flattened()
}

#[inline(always)]
fn each<T>(light: &[[f32; LANES]; 4], f: impl Fn([f32; 4]) -> [T; 4]) -> [[T; 4]; LANES] {
    std::array::from_fn(|i| f([light[0][i], light[1][i], light[2][i], light[3][i]]))
}

fn whole(from: (u32, u32), to: (u32, u32), filter: Filter) -> Job {
    Job { from, part: None, to, filter, by_alpha: false }
}

fn collect<S: Sync, T: Default + Copy + Send>(from: &[S], f: impl Fn(&S) -> T + Sync) -> Vec<T> {
    checkpoint();
    let mut to = vec![T::default(); from.len()];
    to.par_chunks_mut(RUN).zip(from.par_chunks(RUN)).for_each(|(to, from)| {
        for (to, from) in to.iter_mut().zip(from) {
            *to = f(from);
        }
    });
    to
}

/// A mask at another size, bilinear (with an average over the covered pixels when it gets smaller).
pub fn resize_mask(mask: &Mask, width: u32, height: u32) -> Mask {
    let (width, height) = (width.max(1), height.max(1));
    if (width, height) == (mask.width(), mask.height()) {
        return mask.clone();
    }
    let job = whole((mask.width(), mask.height()), (width, height), Filter::Bilinear);
    Mask::new(width, height, grey8(mask.values(), &job))
}

/// A model's matte (values 0..=1, clamped) as a mask of another size. Interpolated with 16 bits, so that an enlarged soft edge has no steps.
///
/// # Panics
/// When the length is not `width * height`.
pub fn resize_matte(values: &[f32], from: (u32, u32), to: (u32, u32)) -> Mask {
    assert_eq!(values.len(), from.0 as usize * from.1 as usize, "length of a {}x{} matte", from.0, from.1);
    let fine = collect(values, |v| U16::new((v.clamp(0.0, 1.0) * 65535.0).round() as u16));
    let to_byte = |p: &U16| ((u32::from(p.0) + 128) / 257) as u8;
    let (width, height) = (to.0.max(1), to.1.max(1));
    if from == (width, height) {
        return Mask::new(width, height, collect(&fine, to_byte));
    }
    let resized = grey16(&fine, &whole(from, (width, height), Filter::Bilinear));
    Mask::new(width, height, collect(&resized, to_byte))
}

/// The picture as a model's input: interleaved RGB8, `width * height * 3` bytes, stretched to that size without linear light (as models were
/// trained), transparent pixels on [`NEUTRAL`].
pub fn to_model_rgb(picture: &Picture, width: u32, height: u32) -> Vec<u8> {
    to_model_rgb_of(picture, picture.bounds(), width, height)
}

/// [`to_model_rgb`] of a part of the picture.
///
/// # Panics
/// When the region is not inside the picture.
pub fn to_model_rgb_of(picture: &Picture, region: Rect, width: u32, height: u32) -> Vec<u8> {
    let opaque = picture.is_opaque();
    let small = stretched(picture, region, (width, height), !opaque);
    let (pixels, _) = small.as_chunks::<4>();
    let on_neutral = |c: usize, p: &[u8; 4]| {
        let (v, a, ground) = (u32::from(p[c]), u32::from(p[3]), u32::from(NEUTRAL[c]));
        ((v * a + ground * (255 - a) + 127) / 255) as u8
    };
    let rgb: Vec<[u8; 3]> = if opaque {
        pixels.iter().map(|&[r, g, b, _]| [r, g, b]).collect()
    } else {
        pixels.iter().map(|p| [on_neutral(0, p), on_neutral(1, p), on_neutral(2, p)]).collect()
    };
    rgb.into_flattened()
}

/// A part of the picture as RGBA8 of another size, bilinear, as stored: without linear light. `alpha`: colour counts by its alpha.
pub fn stretched(picture: &Picture, region: Rect, to: (u32, u32), alpha: bool) -> Vec<u8> {
    let part = Some((region.x, region.y, region.width, region.height));
    let job = Job { part, by_alpha: alpha, ..whole((picture.width(), picture.height()), to, Filter::Bilinear) };
    rgba8(picture.rgba8(), &job)
}

/// Interleaved RGB8 as planes (R, then G, then B) of `(v / 255 - mean) / std`.
pub fn to_planes(rgb: &[u8], mean: [f32; 3], std: [f32; 3]) -> Vec<f32> {
    let (pixels, _) = rgb.as_chunks::<3>();
    let mut planes = vec![0.0; pixels.len() * 3];
    for (c, plane) in planes.chunks_exact_mut(pixels.len().max(1)).enumerate() {
        let levels: [f32; 256] = std::array::from_fn(|v| (v as f32 / 255.0 - mean[c]) / std[c]);
        for (to, pixel) in plane.iter_mut().zip(pixels) {
            *to = levels[usize::from(pixel[c])];
        }
    }
    planes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_colour_stays_exactly_flat_at_every_size() {
        for colour in [[1, 2, 3, 255], [200, 17, 90, 255], [255, 255, 255, 255], [0, 0, 0, 255]] {
            let flat = Picture::filled(97, 61, colour);
            for (w, h) in [(1, 1), (13, 200), (200, 13), (400, 300), (48, 30)] {
                assert_eq!(resize(&flat, w, h), Picture::filled(w, h, colour), "{colour:?} at {w}x{h}");
            }
        }
    }

    #[test]
    fn the_same_size_gives_the_same_pixels() {
        let noisy = Picture::from_rgba8(5, 4, (0..80).map(|v| (v * 37 % 256) as u8).collect());
        assert_eq!(resize(&noisy, 5, 4), noisy);
    }

    #[test]
    fn a_fine_chequer_becomes_the_grey_of_half_the_light() {
        let chequer: Vec<u8> = (0..64 * 64).flat_map(|i| if (i % 64 + i / 64) % 2 == 0 { [255; 4] } else { [0, 0, 0, 255] }).collect();
        let small = resize(&Picture::from_rgba8(64, 64, chequer), 8, 8);
        let [v, ..] = small.pixel(4, 4);
        assert!((186..=190).contains(&v), "{v}");
    }

    #[test]
    fn colour_under_transparency_does_not_bleed_into_the_edge() {
        let green_nothing = (0..40 * 40).flat_map(|i| if i % 40 < 20 { [255, 0, 0, 255] } else { [0, 255, 0, 0] }).collect();
        let large = resize(&Picture::from_rgba8(40, 40, green_nothing), 90, 90);
        for pixel in large.rgba8().as_chunks::<4>().0 {
            assert!(pixel[3] == 0 || (pixel[1] < 8 && pixel[0] > 247), "{pixel:?}");
        }
    }

    #[test]
    fn models_see_neutral_grey_through_transparency_and_planes_are_normalised() {
        let rgb = to_model_rgb(&Picture::filled(10, 10, [255, 0, 0, 0]), 4, 4);
        assert_eq!(rgb, vec![128; 48]);
        let planes = to_planes(&[255, 0, 51, 0, 255, 51], [0.5, 0.0, 0.2], [0.5, 1.0, 2.0]);
        assert_eq!(planes, vec![1.0, -1.0, 0.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn an_enlarged_matte_rises_without_steps() {
        let matte: Vec<f32> = vec![0.0, 0.004, 0.0, 0.004];
        let mask = resize_matte(&matte, (2, 2), (64, 2));
        assert!(mask.values().windows(2).take(60).all(|w| w[0] <= w[1]));
        assert_eq!(resize_matte(&[0.0, 2.0, -1.0, 0.5], (2, 2), (2, 2)).values(), &[0, 255, 0, 128]);
    }
}
