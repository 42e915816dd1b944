//! Putting faces that a model has drawn anew back into their picture: in the picture's own tone, without an edge.

use rayon::prelude::*;

use super::affine::Affine;
use super::align::{Sampler, Square};
use super::picture::Picture;
use crate::pace::checkpoint;

/// The part of the aligned square that is put back: an ellipse around face and hairline, as shares of the side, and the share of its radius that is wholly
/// the new face; from there to the edge it fades.
const CENTRE: (f64, f64) = (0.5, 0.53);
const RADII: (f64, f64) = (0.40, 0.47);
const WHOLE: f64 = 0.7;
/// Half the width of the box whose three passes take the low frequencies out, as a share of the side: together nearly a Gaussian of 5.4 % of the side.
const LOW_SHARE: f64 = 27.0 / 512.0;
const PASSES: usize = 3;

/// A face to be put back.
#[derive(Clone, Debug)]
pub struct NewFace {
    pub square: Square,
    /// From the picture's pixels to the square's.
    pub map: Affine,
    /// 0..=1
    pub strength: f32,
}

/// How much of the new face shows at a place of its square, 0..=1.
fn weight(side: f64, x: f64, y: f64) -> f32 {
    let (dx, dy) = ((x / side - CENTRE.0) / RADII.0, (y / side - CENTRE.1) / RADII.1);
    let radius = dx.hypot(dy);
    let t = ((1.0 - radius) / (1.0 - WHOLE)).clamp(0.0, 1.0);
    (t * t * (3.0 - 2.0 * t)) as f32
}

/// The new square with the old one's low frequencies: no cast, the same light.
///
/// # Panics
/// When the two are of different sizes.
pub fn in_tone_of(new: &Square, old: &Square) -> Square {
    assert_eq!(new.side(), old.side());
    let (low_new, low_old) = (low(new), low(old));
    let pixels = new.pixels().iter().zip(&low_new).zip(&low_old);
    let toned = pixels.map(|((p, a), b)| [0, 1, 2].map(|c| (p[c] + b[c] - a[c]).clamp(0.0, 255.0))).collect();
    Square::new(new.side(), toned)
}

/// Low frequencies: box means, several times; beyond the border the outermost pixels go on.
fn low(square: &Square) -> Vec<[f32; 3]> {
    let side = square.side() as usize;
    let radius = (LOW_SHARE * side as f64).round() as usize;
    let mut pixels = square.pixels().to_vec();
    // Rows, turned each time, so that two rounds are both directions.
    for _ in 0..2 * PASSES {
        pixels = turned(&means_of_rows(&pixels, side, radius), side);
    }
    pixels
}

fn means_of_rows(pixels: &[[f32; 3]], side: usize, radius: usize) -> Vec<[f32; 3]> {
    checkpoint();
    let mut out = vec![[0f32; 3]; pixels.len()];
    out.par_chunks_exact_mut(side).zip(pixels.par_chunks_exact(side)).for_each(|(to, from)| {
        let at = |i: i64| from[i.clamp(0, side as i64 - 1) as usize].map(f64::from);
        let (r, share) = (radius as i64, 1.0 / (2 * radius + 1) as f64);
        let mut sum = [0f64; 3];
        (-r..=r).for_each(|i| (0..3).for_each(|c| sum[c] += at(i)[c]));
        for (i, to) in (0i64..).zip(to) {
            *to = sum.map(|v| (v * share) as f32);
            let (gone, new) = (at(i - r), at(i + r + 1));
            (0..3).for_each(|c| sum[c] += new[c] - gone[c]);
        }
    });
    out
}

fn turned(pixels: &[[f32; 3]], side: usize) -> Vec<[f32; 3]> {
    (0..side * side).map(|i| pixels[i % side * side + i / side]).collect()
}

/// The picture with the faces in it. Where squares overlap, each pixel belongs mostly to the face whose middle is nearer. Alpha and wholly transparent
/// pixels stay. `None` where `cancelled` said so.
pub fn put_back(picture: &Picture, faces: &[NewFace], cancelled: &(dyn Fn() -> bool + Sync)) -> Option<Picture> {
    checkpoint();
    let mut out = picture.clone();
    let ready: Vec<Ready<'_>> = faces.iter().filter_map(|face| Ready::new(face, picture)).collect();
    out.rgba8_mut().par_chunks_exact_mut(picture.width() as usize * 4).enumerate().for_each(|(y, row)| {
        let here: Vec<&Ready<'_>> = ready.iter().filter(|r| (r.rows.0..r.rows.1).contains(&y)).collect();
        if here.is_empty() || cancelled() {
            return;
        }
        let (first, last) = here.iter().fold((usize::MAX, 0), |(a, b), r| (a.min(r.columns.0), b.max(r.columns.1)));
        for x in first..last {
            pixel(&here, (x, y), &mut row[x * 4..x * 4 + 4]);
        }
    });
    (!cancelled()).then_some(out)
}

/// A face with all that its pixels need.
struct Ready<'a> {
    face: &'a NewFace,
    sampler: Sampler,
    columns: (usize, usize),
    rows: (usize, usize),
}

impl<'a> Ready<'a> {
    /// `None` where it lies outside the picture or its map cannot be inverted.
    fn new(face: &'a NewFace, picture: &Picture) -> Option<Self> {
        let side = f64::from(face.square.side());
        let back = face.map.inverse()?;
        let corners = [(0.0, 0.0), (side, 0.0), (0.0, side), (side, side)].map(|(x, y)| back.apply(x, y));
        let range = |values: [f64; 4], length: u32| {
            let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(a, b), &v| (a.min(v), b.max(v)));
            let clip = |v: f64| v.clamp(0.0, f64::from(length)) as usize;
            Some((clip(low.floor()), clip(high.ceil()))).filter(|(a, b)| a < b)
        };
        let (columns, rows) = (range(corners.map(|c| c.0), picture.width())?, range(corners.map(|c| c.1), picture.height())?);
        Some(Ready { face, sampler: Sampler::new(&face.map), columns, rows })
    }
}

fn pixel(faces: &[&Ready<'_>], (x, y): (usize, usize), rgba: &mut [u8]) {
    if rgba[3] == 0 {
        return;
    }
    let (mut most, mut total, mut change) = (0f32, 0f32, [0f32; 3]);
    for ready in faces.iter().filter(|r| (r.columns.0..r.columns.1).contains(&x)) {
        let NewFace { square, map, strength } = ready.face;
        let (u, v) = map.apply(x as f64 + 0.5, y as f64 + 0.5);
        let weight = weight(f64::from(square.side()), u, v);
        if weight == 0.0 {
            continue;
        }
        let colour = ready.sampler.colour(&|x, y| square.at(x, y), x as f64, y as f64);
        most = most.max(weight);
        total += weight * weight;
        (0..3).for_each(|c| change[c] += weight * weight * strength * (colour[c] - f32::from(rgba[c])));
    }
    if total > 0.0 {
        (0..3).for_each(|c| rgba[c] = (f32::from(rgba[c]) + most * change[c] / total).round().clamp(0.0, 255.0) as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEVER: &(dyn Fn() -> bool + Sync) = &|| false;

    fn square(f: impl Fn(f32, f32) -> [f32; 3]) -> Square {
        Square::new(128, (0..128 * 128).map(|i| f((i % 128) as f32, (i / 128) as f32)).collect())
    }

    fn scene(width: u32, height: u32) -> Picture {
        let pixel = |i: u32| {
            let (x, y) = (i % width, i / width);
            [(60 + x * 120 / width) as u8, (80 + y * 90 / height) as u8, 120, 255]
        };
        Picture::from_rgba8(width, height, (0..width * height).flat_map(pixel).collect())
    }

    #[test]
    fn another_light_and_cast_are_taken_back_and_detail_stays() {
        let old = square(|x, _| [80.0 + x / 2.0, 90.0, 100.0]);
        let detail = |x: f32, y: f32| if (x as i32 / 2 + y as i32 / 2) % 2 == 0 { 12.0 } else { -12.0 };
        let new = square(|x, y| [120.0 + x / 2.0 + detail(x, y), 60.0 + y / 3.0, 140.0]);
        let toned = in_tone_of(&new, &old);
        for (x, y) in [(64, 64), (40, 80), (90, 30)] {
            let (p, o) = (toned.at(x, y), old.at(x, y));
            assert!((p[0] - o[0] - detail(x as f32, y as f32)).abs() < 1.0, "{p:?} {o:?}");
            assert!((p[1] - o[1]).abs() < 1.5 && (p[2] - o[2]).abs() < 0.01, "{p:?} {o:?}");
        }
        let same = in_tone_of(&old, &old);
        assert!(same.pixels().iter().zip(old.pixels()).all(|(a, b)| (0..3).all(|c| (a[c] - b[c]).abs() < 1e-3)));
    }

    #[test]
    fn what_the_model_left_alone_comes_back_as_it_was() {
        for scale in [0.5, 1.0, 2.3] {
            let picture = scene(200, 160);
            let map = Affine([scale, 0.0, -20.0, 0.0, scale, -10.0]);
            let square = Square::of_picture(&picture, &map.inverse().unwrap(), 128);
            let back = put_back(&picture, &[NewFace { square, map, strength: 1.0 }], NEVER).unwrap();
            let worst = picture.rgba8().iter().zip(back.rgba8()).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
            assert!(worst <= 2, "{scale}: {worst}");
        }
    }

    #[test]
    fn no_edge_shows_where_the_new_face_begins() {
        let picture = Picture::filled(160, 160, [100, 100, 100, 255]);
        let square = square(|_, _| [200.0, 100.0, 100.0]);
        let back = put_back(&picture, &[NewFace { square, map: Affine::translation(-16.0, -16.0), strength: 1.0 }], NEVER).unwrap();
        assert_eq!((back.pixel(80, 84)[0], back.pixel(0, 0)[0]), (200, 100));
        for y in 0..160 {
            for x in 1..160 {
                let step = back.pixel(x, y)[0].abs_diff(back.pixel(x - 1, y)[0]);
                assert!(step <= 12, "{x},{y}: {step}");
            }
        }
    }

    #[test]
    fn strength_is_a_share_and_none_changes_nothing() {
        let picture = scene(160, 160);
        let face = |strength| NewFace { square: square(|_, _| [250.0; 3]), map: Affine::translation(-16.0, -16.0), strength };
        assert_eq!(put_back(&picture, &[face(0.0)], NEVER).unwrap(), picture);
        assert_eq!(put_back(&picture, &[], NEVER).unwrap(), picture);
        let old = f32::from(picture.pixel(80, 84)[0]);
        let half = put_back(&picture, &[face(0.5)], NEVER).unwrap();
        assert!((f32::from(half.pixel(80, 84)[0]) - (old + 250.0) / 2.0).abs() <= 1.0);
    }

    #[test]
    fn transparent_pixels_and_alpha_stay_and_faces_beyond_the_border_are_no_trouble() {
        let mut picture = scene(160, 160);
        picture.rgba8_mut().chunks_exact_mut(4).enumerate().for_each(|(i, p)| p[3] = [0, 90, 255][i % 3]);
        let face = |dx, dy| NewFace { square: square(|_, _| [250.0; 3]), map: Affine::translation(dx, dy), strength: 1.0 };
        let back = put_back(&picture, &[face(-16.0, -16.0), face(64.0, 64.0), face(5000.0, 0.0)], NEVER).unwrap();
        assert_ne!(back, picture);
        for (a, b) in picture.rgba8().chunks_exact(4).zip(back.rgba8().chunks_exact(4)) {
            assert!(a[3] == b[3] && (a[3] != 0 || a == b));
        }
        for (width, height) in [(1, 1), (1, 5000), (37, 41)] {
            put_back(&Picture::filled(width, height, [9, 9, 9, 255]), &[face(0.0, 0.0)], NEVER).unwrap();
        }
    }

    #[test]
    fn two_faces_that_overlap_each_keep_their_own_middle() {
        let picture = Picture::filled(260, 160, [100, 100, 100, 255]);
        let face =
            |colour: f32, dx: f64| NewFace { square: square(|_, _| [colour; 3]), map: Affine::translation(dx, -16.0), strength: 1.0 };
        let back = put_back(&picture, &[face(50.0, -30.0), face(220.0, -80.0)], NEVER).unwrap();
        let (left, right) = (back.pixel(30 + 40, 84)[0], back.pixel(80 + 88, 84)[0]);
        assert!(left < 70 && right > 200, "{left} {right}");
        assert!(back == put_back(&picture, &[face(220.0, -80.0), face(50.0, -30.0)], NEVER).unwrap(), "in whatever order");
    }

    #[test]
    fn a_cancel_gives_nothing() {
        let face = NewFace { square: square(|_, _| [0.0; 3]), map: Affine::IDENTITY, strength: 1.0 };
        assert!(put_back(&scene(160, 160), &[face], &|| true).is_none());
    }
}
