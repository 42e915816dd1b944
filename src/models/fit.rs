//! A part of a picture as a model's square input: scaled to fit, centred on black, as detectors are trained; or sampled as a turned square.

use super::Tensor;
use super::manifest::{ChannelOrder, ImageInput, Layout};
use crate::imaging::resize::{NEUTRAL, to_model_rgb};
use crate::imaging::{Picture, Rect, geometry};

/// The most samples in a row that are averaged into one input pixel.
const MOST_SAMPLES: u32 = 4;

/// How a part of a picture lies in a square input. `input = (picture − origin) × scale + offset`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Letterbox {
    pub origin: (f32, f32),
    pub scale: f32,
    pub offset: (f32, f32),
}

impl Letterbox {
    /// Where an input's pixel lies in the picture.
    pub fn to_picture(self, x: f32, y: f32) -> (f32, f32) {
        ((x - self.offset.0) / self.scale + self.origin.0, (y - self.offset.1) / self.scale + self.origin.1)
    }
}

/// The part scaled to fit the model's square, centred on black.
///
/// # Panics
/// When the part is not inside the picture.
pub fn letterboxed(picture: &Picture, part: Rect, input: &ImageInput) -> (Tensor, Letterbox) {
    let size = input.size;
    let scale = (size as f32 / part.width as f32).min(size as f32 / part.height as f32);
    let side = |length: u32| ((length as f32 * scale).round() as u32).clamp(1, size);
    let (width, height) = (side(part.width), side(part.height));
    let (left, top) = ((size - width) / 2, (size - height) / 2);
    let small = stretched(picture, part, width, height);
    let mut square = vec![0u8; size as usize * size as usize * 3];
    let (row_bytes, start) = (width as usize * 3, left as usize * 3);
    let rows = square.chunks_exact_mut(size as usize * 3).skip(top as usize);
    for (to, from) in rows.zip(small.chunks_exact(row_bytes)) {
        to[start..start + row_bytes].copy_from_slice(from);
    }
    let letterbox = Letterbox { origin: (part.x as f32, part.y as f32), scale, offset: (left as f32, top as f32) };
    (tensor(&square, input), letterbox)
}

/// The part as interleaved RGB8, stretched.
pub fn stretched(picture: &Picture, part: Rect, width: u32, height: u32) -> Vec<u8> {
    if part == picture.bounds() {
        return to_model_rgb(picture, width, height);
    }
    // Only the part is looked through for transparency.
    to_model_rgb(&geometry::crop(picture, part).0, width, height)
}

/// Interleaved RGB8 of the model's size as its input: `(value − mean) / std`, in its layout and order of channels.
///
/// # Panics
/// When the length is not `size * size * 3`.
pub fn tensor(rgb: &[u8], input: &ImageInput) -> Tensor {
    let size = input.size as usize;
    assert_eq!(rgb.len(), size * size * 3, "RGB8 of {size}×{size}");
    let source = |channel: usize| if input.order == ChannelOrder::Bgr { 2 - channel } else { channel };
    let levels: [[f32; 256]; 3] = [0, 1, 2].map(|channel| {
        let (mean, std) = (input.mean[source(channel)], input.std[source(channel)]);
        std::array::from_fn(|v| (v as f32 - mean) / std)
    });
    let (pixels, _) = rgb.as_chunks::<3>();
    let mut data = vec![0f32; rgb.len()];
    match input.layout {
        Layout::Planes => {
            for (channel, plane) in data.chunks_exact_mut(size * size).enumerate() {
                plane.iter_mut().zip(pixels).for_each(|(to, p)| *to = levels[channel][usize::from(p[source(channel)])]);
            }
            Tensor { shape: vec![1, 3, size, size], data }
        }
        Layout::Pixels => {
            let (to, _) = data.as_chunks_mut::<3>();
            to.iter_mut().zip(pixels).for_each(|(to, p)| *to = [0, 1, 2].map(|c| levels[c][usize::from(p[source(c)])]));
            Tensor { shape: vec![1, size, size, 3], data }
        }
    }
}

/// Turns an input of this form into that of the mirror image.
pub fn mirror(tensor: &mut Tensor, input: &ImageInput) {
    let size = input.size as usize;
    match input.layout {
        Layout::Planes => tensor.data.chunks_exact_mut(size).for_each(<[f32]>::reverse),
        Layout::Pixels => tensor.data.chunks_exact_mut(3 * size).for_each(|row| row.as_chunks_mut::<3>().0.reverse()),
    }
}

/// A square of the picture, turned about its centre; may reach over the border, where it is grey.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TurnedSquare {
    pub centre: (f32, f32),
    pub side: f32,
    /// Clockwise on the screen, in radians.
    pub angle: f32,
}

impl TurnedSquare {
    /// Where a point of the square (0..=1 from its left and top side) lies in the picture.
    pub fn to_picture(self, u: f32, v: f32) -> (f32, f32) {
        let (sin, cos) = self.angle.sin_cos();
        let (x, y) = ((u - 0.5) * self.side, (v - 0.5) * self.side);
        (self.centre.0 + x * cos - y * sin, self.centre.1 + x * sin + y * cos)
    }

    /// Interleaved RGB8 of `size` × `size`: bilinear, averaged over the area of each pixel where the square is larger than that.
    pub fn sample(self, picture: &Picture, size: u32) -> Vec<u8> {
        let n = ((self.side / size as f32).ceil() as u32).clamp(1, MOST_SAMPLES);
        let step = 1.0 / (size * n) as f32;
        let mut out = Vec::with_capacity(size as usize * size as usize * 3);
        for row in 0..size {
            for column in 0..size {
                let mut sum = [0f32; 3];
                for i in 0..n * n {
                    let (u, v) = (column * n + i % n, row * n + i / n);
                    let (x, y) = self.to_picture((u as f32 + 0.5) * step, (v as f32 + 0.5) * step);
                    let colour = bilinear(picture, x - 0.5, y - 0.5);
                    (0..3).for_each(|c| sum[c] += colour[c]);
                }
                out.extend(sum.map(|v| (v / (n * n) as f32).round() as u8));
            }
        }
        out
    }
}

/// The colour at a place, over grey where the picture is transparent or ends.
fn bilinear(picture: &Picture, x: f32, y: f32) -> [f32; 3] {
    let (left, top) = (x.floor(), y.floor());
    let (fx, fy) = (x - left, y - top);
    let mut out = [0f32; 3];
    for (dx, dy, weight) in [(0, 0, (1.0 - fx) * (1.0 - fy)), (1, 0, fx * (1.0 - fy)), (0, 1, (1.0 - fx) * fy), (1, 1, fx * fy)] {
        let (px, py) = (left as i64 + dx, top as i64 + dy);
        let inside = (0..i64::from(picture.width())).contains(&px) && (0..i64::from(picture.height())).contains(&py);
        let [r, g, b, a] = if inside { picture.pixel(px as u32, py as u32) } else { [0; 4] };
        let alpha = f32::from(a) / 255.0;
        for (c, (v, ground)) in [r, g, b].into_iter().zip(NEUTRAL).enumerate() {
            out[c] += weight * (f32::from(v) * alpha + f32::from(ground) * (1.0 - alpha));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::Manifest;

    fn input(model: &str, size: u32) -> ImageInput {
        ImageInput { size, ..Manifest::embedded().model(model).unwrap().input.clone() }
    }

    #[test]
    fn a_wide_part_is_centred_on_black_and_its_pixels_lead_back() {
        let picture = Picture::filled(200, 100, [255, 0, 0, 255]);
        let (tensor, letterbox) = letterboxed(&picture, Rect { x: 100, y: 20, width: 80, height: 40 }, &input("blazeface", 40));
        assert_eq!(tensor.shape, [1, 40, 40, 3]);
        let at = |x: usize, y: usize| tensor.data[(y * 40 + x) * 3];
        assert_eq!((at(20, 9), at(20, 10), at(20, 29), at(20, 30)), (-1.0, 1.0, 1.0, -1.0));
        assert_eq!(letterbox.to_picture(0.0, 10.0), (100.0, 20.0));
        assert_eq!(letterbox.to_picture(40.0, 30.0), (180.0, 60.0));
    }

    #[test]
    fn a_mirrored_input_is_that_of_the_mirror_image() {
        let rgb: Vec<u8> = (0..27).collect();
        let mirrored: Vec<u8> = rgb.chunks(9).flat_map(|row| row.chunks(3).rev().flatten().copied()).collect();
        for model in ["nanodet", "selfie"] {
            let input = input(model, 3);
            let mut seen = tensor(&rgb, &input);
            mirror(&mut seen, &input);
            assert_eq!(seen.data, tensor(&mirrored, &input).data, "{model}");
        }
    }

    #[test]
    fn channels_stand_in_the_order_and_layout_that_the_model_wants() {
        let rgb = [255, 128, 0].repeat(4);
        let bgr = tensor(&rgb, &input("nanodet", 2));
        assert_eq!(bgr.shape, [1, 3, 2, 2]);
        for (channel, expected) in [-103.53 / 57.375, (128.0 - 116.28) / 57.12, (255.0 - 123.675) / 58.395].into_iter().enumerate() {
            assert!((bgr.data[channel * 4] - expected).abs() < 1e-5, "{channel}");
        }
        assert_eq!(tensor(&rgb, &input("selfie", 2)).data[..3], [1.0, 128.0 / 255.0, 0.0]);
    }

    #[test]
    fn a_turned_square_is_upright_in_the_input() {
        // Left half white, right half black; seen from a square turned a quarter, the white half is at the bottom.
        let pixels = (0..64u32 * 64).flat_map(|i| if i % 64 < 32 { [255; 4] } else { [0, 0, 0, 255] }).collect();
        let picture = Picture::from_rgba8(64, 64, pixels);
        let square = TurnedSquare { centre: (32.0, 32.0), side: 40.0, angle: std::f32::consts::FRAC_PI_2 };
        let seen = square.sample(&picture, 10);
        assert_eq!((seen[3 * 5], seen[3 * 95]), (0, 255));
        let (x, y) = square.to_picture(0.5, 1.0);
        assert!((x - 12.0).abs() < 1e-3 && (y - 32.0).abs() < 1e-3);
        let outside = TurnedSquare { centre: (-500.0, 0.0), ..square }.sample(&picture, 4);
        assert!(outside.iter().all(|&v| v == 128));
    }
}
