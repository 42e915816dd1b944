//! Matte models (ISNet, U²-Net, BiRefNet, MODNet): a picture becomes their input, their output becomes alpha.
//! Pure functions; the constants come from the manifest.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::Tensor;
use super::error::ModelError;
use super::manifest::{Activation, ImageInput, MatteOutput, Normalise};
use crate::imaging::{Mask, Picture};

/// What stands behind transparent pixels: middle grey, on which light and dark subjects are equally visible.
const BEHIND: f32 = 128.0;

/// A model is confident that something is there if its highest value is above and its lowest below the middle by this.
const CONFIDENT_RANGE: f32 = 0.5;

/// Makes the model's input from a picture: stretched to a square of `size` pixels (bilinear, averaging where it
/// shrinks), transparent pixels over grey, `(value − mean) / std` per channel. Shape `[1, 3, size, size]`, RGB.
pub fn prepare(picture: &Picture, input: &ImageInput, size: u32) -> Tensor {
    let opaque = picture.is_opaque();
    let source =
        ImageRef::new(picture.width(), picture.height(), picture.rgba8(), PixelType::U8x4).expect("a picture is RGBA8 of its size");
    let mut square = Image::new(size, size, PixelType::U8x4);
    resize(&source, &mut square, !opaque);
    let area = size as usize * size as usize;
    let mut data = vec![0f32; 3 * area];
    let (red, rest) = data.split_at_mut(area);
    let (green, blue) = rest.split_at_mut(area);
    let scale = input.std.map(|s| 1.0 / s);
    let planes = red.iter_mut().zip(green).zip(blue);
    for (pixel, ((r, g), b)) in square.buffer().chunks_exact(4).zip(planes) {
        let mut colour = [f32::from(pixel[0]), f32::from(pixel[1]), f32::from(pixel[2])];
        if pixel[3] < 255 {
            let alpha = f32::from(pixel[3]) / 255.0;
            colour = colour.map(|c| c * alpha + BEHIND * (1.0 - alpha));
        }
        *r = (colour[0] - input.mean[0]) * scale[0];
        *g = (colour[1] - input.mean[1]) * scale[1];
        *b = (colour[2] - input.mean[2]) * scale[2];
    }
    Tensor { shape: vec![1, 3, size as usize, size as usize], data }
}

/// Makes alpha of `width` × `height` pixels from the model's output, shape `[1, 1, h, w]` (leading ones optional).
///
/// Where the manifest says so and the model is confident, lowest..highest is stretched to 0..1; an unsure answer is
/// left as it is, since stretching it would invent a subject.
pub fn matte(output: &Tensor, spec: &MatteOutput, width: u32, height: u32) -> Result<Mask, ModelError> {
    let [.., rows, columns] = output.shape[..] else { return Err(wrong_shape(output)) };
    if rows * columns == 0 || output.data.len() < rows * columns {
        return Err(wrong_shape(output));
    }
    // The first channel of the first picture.
    let values = &output.data[..rows * columns];
    let activate = |v: f32| match spec.activation {
        Activation::None => v,
        Activation::Sigmoid => 1.0 / (1.0 + (-v).exp()),
    };
    let (mut low, mut high) = (f32::MAX, f32::MIN);
    for &v in values.iter().filter(|v| v.is_finite()) {
        low = low.min(v);
        high = high.max(v);
    }
    // The activation is monotonic, so it may be applied to the ends alone.
    let (low, high) = (activate(low), activate(high));
    let confident = high - low > CONFIDENT_RANGE;
    let (offset, factor) = match spec.normalise {
        Normalise::Confident if confident => (low, 255.0 / (high - low)),
        _ => (0.0, 255.0),
    };
    // `as u8` saturates and turns NaN into 0.
    let small: Vec<u8> = values.iter().map(|&v| ((activate(v) - offset) * factor + 0.5) as u8).collect();
    let source = ImageRef::new(columns as u32, rows as u32, &small, PixelType::U8).expect("one byte per pixel");
    let mut full = Image::new(width, height, PixelType::U8);
    resize(&source, &mut full, false);
    Ok(Mask::new(width, height, full.into_vec()))
}

fn wrong_shape(output: &Tensor) -> ModelError {
    ModelError::failed("cutout", &format!("its answer has the shape {:?}, which is no matte", output.shape))
}

/// Bilinear; averages where it shrinks. `alpha`: weighs colours by their alpha.
fn resize(source: &ImageRef<'_>, target: &mut Image<'_>, alpha: bool) {
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).use_alpha(alpha);
    Resizer::new().resize(source, target, &options).expect("both pictures have the same pixel type and a size");
}

/// How far a matte can be trusted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MatteQuality {
    /// Share of pixels that are neither clearly subject nor clearly background (5 % < alpha < 95 %), 0..=1.
    pub soft_share: f64,
    /// Mean alpha, 0..=1.
    pub mean: f64,
}

/// Above this share of soft pixels the model did not see a clear outline.
pub const UNSURE_SOFT_SHARE: f64 = 0.20;
/// Below this mean alpha the model found next to nothing.
pub const UNSURE_MEAN: f64 = 0.02;

impl MatteQuality {
    /// A second opinion (another size, a crop) is worth its time: a fifth of the picture is half transparent (blurred or
    /// low-contrast subjects), or hardly anything was found (scenes without one subject).
    pub fn is_unsure(&self) -> bool {
        self.soft_share > UNSURE_SOFT_SHARE || self.mean < UNSURE_MEAN
    }
}

/// Measures a matte.
pub fn quality(mask: &Mask) -> MatteQuality {
    let soft = mask.values().iter().filter(|&&v| (13..=242).contains(&v)).count();
    MatteQuality { soft_share: soft as f64 / mask.values().len() as f64, mean: mask.coverage() }
}
