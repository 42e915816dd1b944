//! Crop, pad, flip and rotate. Every result comes with the map from its pixels back to the input's.

use rayon::prelude::*;

use super::affine::Affine;
use super::level::inside_turned;
use super::mask::Mask;
use super::orient::reorient;
use super::picture::{Picture, Rect};
use super::resize::resize;
use super::rows::{Level, Reader, straight};
use crate::pace::checkpoint;

/// Pixels added on each side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Padding {
    pub left: u32,
    pub top: u32,
    pub right: u32,
    pub bottom: u32,
}

/// What is mirrored: `Horizontal` swaps left and right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FlipAxis {
    Horizontal,
    Vertical,
}

/// The part inside `rect`.
///
/// # Panics
/// When the rectangle is empty or not inside the picture.
pub fn crop(picture: &Picture, rect: Rect) -> (Picture, Affine) {
    let fits = |start: u32, length: u32, side: u32| length > 0 && u64::from(start) + u64::from(length) <= u64::from(side);
    assert!(fits(rect.x, rect.width, picture.width()) && fits(rect.y, rect.height, picture.height()), "{rect:?} lies inside {picture:?}");
    let width = picture.width();
    let cut = match picture.deep() {
        Some(deep) => Picture::from_rgba16(rect.width, rect.height, part(deep, width, rect)),
        None => Picture::from_rgba8(rect.width, rect.height, part(picture.rgba8(), width, rect)),
    };
    (cut, Affine::translation(rect.x.into(), rect.y.into()))
}

/// The samples inside `rect` of RGBA rows that are `width` pixels long.
fn part<T: Copy>(samples: &[T], width: u32, rect: Rect) -> Vec<T> {
    let (x, length) = (rect.x as usize * 4, rect.width as usize * 4);
    let mut out = Vec::with_capacity(length * rect.height as usize);
    for row in samples.chunks_exact(width as usize * 4).skip(rect.y as usize).take(rect.height as usize) {
        out.extend_from_slice(&row[x..x + length]);
    }
    out
}

/// The picture with borders of a colour.
///
/// # Panics
/// When a side would be over `u32`.
pub fn pad(picture: &Picture, by: Padding, colour: [u8; 4]) -> (Picture, Affine) {
    let side = |a: u32, b: u32, c: u32| a.checked_add(b).and_then(|s| s.checked_add(c)).expect("a side fits u32");
    let (width, height) = (side(picture.width(), by.left, by.right), side(picture.height(), by.top, by.bottom));
    let canvas = (width, height);
    let out = match picture.deep() {
        Some(deep) => Picture::from_rgba16(width, height, framed(deep, picture.width(), by, canvas, colour.map(|v| u16::from(v) * 257))),
        None => Picture::from_rgba8(width, height, framed(picture.rgba8(), picture.width(), by, canvas, colour)),
    };
    (out, Affine::translation(-f64::from(by.left), -f64::from(by.top)))
}

/// RGBA rows of `width` pixels on a larger canvas of a colour.
fn framed<T: Copy>(samples: &[T], width: u32, by: Padding, canvas: (u32, u32), colour: [T; 4]) -> Vec<T> {
    let mut out = colour.repeat(canvas.0 as usize * canvas.1 as usize);
    let (stride, from_stride, x) = (canvas.0 as usize * 4, width as usize * 4, by.left as usize * 4);
    for (to, from) in out.chunks_exact_mut(stride).skip(by.top as usize).zip(samples.chunks_exact(from_stride)) {
        to[x..x + from_stride].copy_from_slice(from);
    }
    out
}

/// The mirrored picture.
pub fn flip(picture: &Picture, axis: FlipAxis) -> (Picture, Affine) {
    let (w, h) = (f64::from(picture.width()), f64::from(picture.height()));
    match axis {
        FlipAxis::Horizontal => (turned(picture, 2), Affine([-1.0, 0.0, w, 0.0, 1.0, 0.0])),
        FlipAxis::Vertical => (turned(picture, 4), Affine([1.0, 0.0, 0.0, 0.0, -1.0, h])),
    }
}

/// Turned clockwise by `quarters` × 90°, exact.
pub fn rotate_quarters(picture: &Picture, quarters: i32) -> (Picture, Affine) {
    let (w, h) = (f64::from(picture.width()), f64::from(picture.height()));
    match quarters.rem_euclid(4) {
        1 => (turned(picture, 6), Affine([0.0, 1.0, 0.0, -1.0, 0.0, h])),
        2 => (turned(picture, 3), Affine([-1.0, 0.0, w, 0.0, -1.0, h])),
        3 => (turned(picture, 8), Affine([0.0, -1.0, w, 1.0, 0.0, 0.0])),
        _ => (picture.clone(), Affine::IDENTITY),
    }
}

fn turned(picture: &Picture, orientation: u8) -> Picture {
    let (w, h) = (picture.width(), picture.height());
    let (to_w, to_h) = if orientation >= 5 { (h, w) } else { (w, h) };
    match picture.deep() {
        Some(deep) => {
            Picture::from_rgba16(to_w, to_h, reorient(deep.as_chunks::<4>().0, w as usize, h as usize, orientation).into_flattened())
        }
        None => {
            let pixels = picture.rgba8().as_chunks::<4>().0;
            Picture::from_rgba8(to_w, to_h, reorient(pixels, w as usize, h as usize, orientation).into_flattened())
        }
    }
}

/// Width and height of the canvas that holds a `width`×`height` picture turned by `degrees`.
pub fn rotated_size(width: u32, height: u32, degrees: f64) -> (u32, u32) {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (w, h) = (f64::from(width), f64::from(height));
    // Less a hair, so that rounding errors of sine and cosine do not add a row.
    let side = |v: f64| (v - 1e-6).ceil().max(1.0) as u32;
    (side(w * cos.abs() + h * sin.abs()), side(w * sin.abs() + h * cos.abs()))
}

/// Turned clockwise by any angle on a canvas that holds all of it, with `corners` (often transparent) behind. Multiples of 90° are exact;
/// others are sampled by Catmull-Rom in linear light with premultiplied alpha.
pub fn rotate(picture: &Picture, degrees: f64, corners: [u8; 4]) -> (Picture, Affine) {
    let quarters = (degrees / 90.0).round();
    if (degrees - quarters * 90.0).abs() < 1e-9 {
        return rotate_quarters(picture, quarters.rem_euclid(4.0) as i32);
    }
    let (width, height) = rotated_size(picture.width(), picture.height(), degrees);
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (cx, cy) = (f64::from(picture.width()) / 2.0, f64::from(picture.height()) / 2.0);
    let (ox, oy) = (f64::from(width) / 2.0, f64::from(height) / 2.0);
    let map = Affine([cos, sin, cx - cos * ox - sin * oy, -sin, cos, cy + sin * ox - cos * oy]);
    (warp(picture, &map, width, height, corners), map)
}

/// Turned clockwise by any angle and cropped to the largest upright rectangle inside, so that nothing of what lies around the picture is in it.
pub fn turned_within(picture: &Picture, degrees: f64) -> (Picture, Affine) {
    let (w, h) = (f64::from(picture.width()), f64::from(picture.height()));
    let (inside_w, inside_h) = inside_turned(w, h, degrees);
    // Samples reach two pixels far.
    let side = |v: f64| (v - 2.0 * REACH).floor().max(1.0) as u32;
    let (width, height) = (side(inside_w), side(inside_h));
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (ox, oy) = (f64::from(width) / 2.0, f64::from(height) / 2.0);
    let map = Affine([cos, sin, w / 2.0 - cos * ox - sin * oy, -sin, cos, h / 2.0 + sin * ox - cos * oy]);
    (warp(picture, &map, width, height, [0; 4]), map)
}

/// How far from a point the sampler looks, in pixels, turned any way.
const REACH: f64 = 2.1;

/// The picture as seen through a map (result → input), with `outside` where the map leads out of it.
pub fn warp(picture: &Picture, map: &Affine, width: u32, height: u32, outside: [u8; 4]) -> Picture {
    let to = (width, height);
    match picture.deep() {
        Some(deep) => Picture::from_rgba16(width, height, Sampler::new(picture, deep, outside).sampled(map, to)),
        None => Picture::from_rgba8(width, height, Sampler::new(picture, picture.rgba8(), outside).sampled(map, to)),
    }
}

/// [`warp`], also where the map makes the picture much smaller: it is first resized to about the result's scale, so that all its pixels count. Where
/// the map leads out of the picture the result is transparent.
pub fn seen_through(picture: &Picture, map: &Affine, width: u32, height: u32) -> Picture {
    let size = (picture.width(), picture.height());
    if *map == Affine::IDENTITY && size == (width, height) {
        return picture.clone();
    }
    // Source pixels that one result pixel stands for, across and down.
    let [a, b, _, d, e, _] = map.0;
    let (across, down) = (a.hypot(b).max(1.0), d.hypot(e).max(1.0));
    let side = |v: u32, by: f64| ((f64::from(v) / by).round() as u32).max(1);
    let near = (side(size.0, across), side(size.1, down));
    if near == size {
        return warp(picture, map, width, height, [0; 4]);
    }
    let resized = resize(picture, near.0, near.1);
    let to_resized = Affine::scaling(f64::from(near.0) / f64::from(size.0), f64::from(near.1) / f64::from(size.1));
    warp(&resized, &map.then(&to_resized), width, height, [0; 4])
}

/// A mask as seen through a map (result → input), bilinear, 0 outside.
pub fn warp_mask(mask: &Mask, map: &Affine, width: u32, height: u32) -> Mask {
    checkpoint();
    let (w, h) = (i64::from(mask.width()), i64::from(mask.height()));
    let value = |x: i64, y: i64| {
        if x < 0 || y < 0 || x >= w || y >= h { 0.0 } else { f64::from(mask.at(x as u32, y as u32)) }
    };
    let mut out = vec![0u8; width as usize * height as usize];
    out.par_chunks_mut(width as usize).enumerate().for_each(|(y, row)| {
        for (x, to) in row.iter_mut().enumerate() {
            let (sx, sy) = map.apply(x as f64 + 0.5, y as f64 + 0.5);
            let (sx, sy) = (sx - 0.5, sy - 0.5);
            let (x0, y0) = (sx.floor(), sy.floor());
            let (fx, fy) = (sx - x0, sy - y0);
            let (x0, y0) = (x0 as i64, y0 as i64);
            let top = value(x0, y0) * (1.0 - fx) + value(x0 + 1, y0) * fx;
            let bottom = value(x0, y0 + 1) * (1.0 - fx) + value(x0 + 1, y0 + 1) * fx;
            *to = (top * (1.0 - fy) + bottom * fy).round() as u8;
        }
    });
    Mask::new(width, height, out)
}

/// A picture as it looks between its pixels, at either depth.
struct Sampler<'a, L> {
    size: (u32, u32),
    pixels: &'a [[L; 4]],
    reader: Reader,
    /// What lies around the picture, stored and as premultiplied linear light.
    outside: [L; 4],
    beyond: [f32; 4],
}

impl<'a, L: Level> Sampler<'a, L> {
    fn new(picture: &Picture, samples: &'a [L], outside: [u8; 4]) -> Self {
        let reader = Reader::plain::<L>();
        let outside = outside.map(|v| L::of_share(f32::from(v) / 255.0));
        let beyond = reader.premultiplied(outside);
        Sampler { size: (picture.width(), picture.height()), pixels: samples.as_chunks::<4>().0, reader, outside, beyond }
    }

    fn sampled(&self, map: &Affine, (width, height): (u32, u32)) -> Vec<L> {
        checkpoint();
        let mut out = vec![self.outside; width as usize * height as usize];
        out.par_chunks_mut(width as usize).enumerate().for_each(|(y, row)| {
            for (x, pixel) in row.iter_mut().enumerate() {
                let (sx, sy) = map.apply(x as f64 + 0.5, y as f64 + 0.5);
                if let Some(sum) = self.at(sx, sy) {
                    *pixel = straight(sum);
                }
            }
        });
        out.into_flattened()
    }

    /// `None` where nothing of the picture is within reach.
    fn at(&self, x: f64, y: f64) -> Option<[f32; 4]> {
        let (w, h) = (i64::from(self.size.0), i64::from(self.size.1));
        let (x, y) = (x - 0.5, y - 0.5);
        let (x0, y0) = (x.floor(), y.floor());
        if x0 < -2.0 || y0 < -2.0 || x0 > w as f64 + 1.0 || y0 > h as f64 + 1.0 {
            return None;
        }
        let (wx, wy) = (catmull_rom((x - x0) as f32), catmull_rom((y - y0) as f32));
        let (x0, y0) = (x0 as i64 - 1, y0 as i64 - 1);
        let mut sum = [0.0f32; 4];
        for (j, wy) in wy.iter().enumerate() {
            let row = y0 + j as i64;
            for (i, wx) in wx.iter().enumerate() {
                let column = x0 + i as i64;
                let light = if row < 0 || row >= h || column < 0 || column >= w {
                    self.beyond
                } else {
                    self.reader.premultiplied(self.pixels[(row * w + column) as usize])
                };
                for c in 0..4 {
                    sum[c] += light[c] * wx * wy;
                }
            }
        }
        Some(sum)
    }
}

/// Weights of the four samples around a point `t` (0..1) after the second of them.
fn catmull_rom(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [-0.5 * t3 + t2 - 0.5 * t, 1.5 * t3 - 2.5 * t2 + 1.0, -1.5 * t3 + 2.0 * t2 + 0.5 * t, 0.5 * t3 - 0.5 * t2]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(width: u32, height: u32) -> Picture {
        let pixels = (0..width * height).flat_map(|i| [(i % 251) as u8, (i * 7 % 253) as u8, (i / 3 % 256) as u8, 255]);
        Picture::from_rgba8(width, height, pixels.collect())
    }

    /// The map must lead each result pixel to the input pixel that is shown there.
    fn map_is_true(input: &Picture, (result, map): &(Picture, Affine)) {
        for y in 0..result.height() {
            for x in 0..result.width() {
                let (sx, sy) = map.apply(f64::from(x) + 0.5, f64::from(y) + 0.5);
                if sx >= 0.0 && sy >= 0.0 && sx < f64::from(input.width()) && sy < f64::from(input.height()) {
                    assert_eq!(result.pixel(x, y), input.pixel(sx as u32, sy as u32), "at {x},{y}");
                }
            }
        }
    }

    #[test]
    fn exact_operations_move_pixels_where_their_map_says() {
        let input = numbered(37, 23);
        map_is_true(&input, &crop(&input, Rect { x: 5, y: 7, width: 11, height: 16 }));
        map_is_true(&input, &pad(&input, Padding { left: 3, top: 1, right: 0, bottom: 9 }, [0; 4]));
        map_is_true(&input, &flip(&input, FlipAxis::Horizontal));
        map_is_true(&input, &flip(&input, FlipAxis::Vertical));
        for quarters in -4..=4 {
            map_is_true(&input, &rotate_quarters(&input, quarters));
            let by_degrees = rotate(&input, f64::from(quarters) * 90.0, [0; 4]);
            assert_eq!(by_degrees, rotate_quarters(&input, quarters));
        }
    }

    #[test]
    fn clockwise_means_that_the_top_goes_to_the_right() {
        let mut input = Picture::filled(10, 20, [255; 4]);
        input.rgba8_mut()[..4].copy_from_slice(&[255, 0, 0, 255]);
        let (turned, _) = rotate_quarters(&input, 1);
        assert_eq!(turned.pixel(19, 0), [255, 0, 0, 255]);
    }

    #[test]
    fn a_turned_flat_picture_is_flat_inside_and_soft_only_at_its_edge() {
        let input = Picture::filled(80, 50, [90, 160, 30, 255]);
        let (turned, map) = rotate(&input, 17.0, [0; 4]);
        assert_eq!((turned.width(), turned.height()), rotated_size(80, 50, 17.0));
        for y in 0..turned.height() {
            for x in 0..turned.width() {
                let (sx, sy) = map.apply(f64::from(x) + 0.5, f64::from(y) + 0.5);
                let inside = sx.min(80.0 - sx).min(sy).min(50.0 - sy);
                let pixel = turned.pixel(x, y);
                if inside > 2.0 {
                    assert_eq!(pixel, [90, 160, 30, 255]);
                } else if inside < -2.0 {
                    assert_eq!(pixel, [0; 4]);
                } else if pixel[3] > 0 {
                    assert_eq!(pixel[..3], [90, 160, 30], "no dark fringe");
                }
            }
        }
        assert_eq!(turned.pixel(0, 0), [0; 4]);
    }

    #[test]
    fn turned_within_there_is_nothing_but_the_picture() {
        for (w, h, degrees) in [(80, 50, 3.0), (80, 50, -14.0), (37, 90, 20.0), (500, 20, 5.0), (400, 300, 0.2)] {
            let (turned, map) = turned_within(&Picture::filled(w, h, [90, 160, 30, 255]), degrees);
            assert!(turned.rgba8().chunks(4).all(|p| p == [90, 160, 30, 255]), "{w}x{h} by {degrees}");
            let (x, y) = map.apply(f64::from(turned.width()) / 2.0, f64::from(turned.height()) / 2.0);
            assert!((x - f64::from(w) / 2.0).abs() < 1e-9 && (y - f64::from(h) / 2.0).abs() < 1e-9, "the middle stays");
        }
        assert_eq!(turned_within(&Picture::filled(1, 1, [9, 9, 9, 255]), 10.0).0.area(), 1);
    }

    #[test]
    fn seen_through_a_map_a_large_picture_is_what_resizing_makes_of_it() {
        let stripes =
            Picture::from_rgba8(240, 120, (0..240 * 120).flat_map(|i| if i % 2 == 0 { [255; 4] } else { [0, 0, 0, 255] }).collect());
        let small = seen_through(&stripes, &Affine::scaling(4.0, 4.0), 60, 30);
        assert_eq!(small, resize(&stripes, 60, 30), "no moiré");
        let part = seen_through(&stripes, &Affine([4.0, 0.0, 40.0, 0.0, 4.0, 20.0]), 20, 10);
        assert_eq!(part, crop(&small, Rect { x: 10, y: 5, width: 20, height: 10 }).0);
        let input = numbered(37, 23);
        assert_eq!(seen_through(&input, &Affine::translation(5.0, 7.0), 11, 9), crop(&input, Rect { x: 5, y: 7, width: 11, height: 9 }).0);
        assert_eq!(seen_through(&input, &Affine::translation(100.0, 0.0), 4, 4), Picture::filled(4, 4, [0; 4]), "outside");
    }

    #[test]
    fn a_mask_follows_the_picture_through_a_turn() {
        let mut mask = Mask::filled(40, 30, 0);
        for y in 10..20 {
            for x in 25..35 {
                mask.values_mut()[y * 40 + x] = 255;
            }
        }
        let (turned, map) = rotate_quarters(&Picture::filled(40, 30, [0; 4]), 1);
        let followed = warp_mask(&mask, &map, turned.width(), turned.height());
        assert_eq!(followed.bounding_box(127), Some(Rect { x: 10, y: 25, width: 10, height: 10 }));
        assert_eq!(followed.coverage(), mask.coverage());
    }
}
