//! Matte models (ISNet, U²-Net, BiRefNet, MODNet): a picture becomes their input, their output becomes alpha.
//! Pure functions; the constants come from the manifest.

use super::Tensor;
use super::error::ModelError;
use super::manifest::{Activation, ImageInput, MatteOutput, Normalise};
use crate::imaging::{Mask, Picture, resize};

/// What stands behind transparent pixels: middle grey, on which light and dark subjects are equally visible.
const BEHIND: f32 = 128.0;

/// A model is confident that something is there if its highest value is above and its lowest below the middle by this.
const CONFIDENT_RANGE: f32 = 0.5;

/// Makes the model's input from a picture: stretched to a square of `size` pixels (bilinear, averaging where it
/// shrinks), transparent pixels over grey, `(value − mean) / std` per channel. Shape `[1, 3, size, size]`, RGB.
pub fn prepare(picture: &Picture, input: &ImageInput, size: u32) -> Tensor {
    let opaque = picture.is_opaque();
    let square = resize::stretched(picture, picture.bounds(), (size, size), !opaque);
    let area = size as usize * size as usize;
    let mut data = vec![0f32; 3 * area];
    let (red, rest) = data.split_at_mut(area);
    let (green, blue) = rest.split_at_mut(area);
    let scale = input.std.map(|s| 1.0 / s);
    let planes = red.iter_mut().zip(green).zip(blue);
    for (pixel, ((r, g), b)) in square.as_chunks::<4>().0.iter().zip(planes) {
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
    Ok(Mask::new(columns as u32, rows as u32, small).resized(width, height))
}

fn wrong_shape(output: &Tensor) -> ModelError {
    ModelError::failed("cutout", &format!("its answer has the shape {:?}, which is no matte", output.shape))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::Manifest;

    fn isnet() -> crate::models::ModelInfo {
        Manifest::embedded().model("isnet").unwrap().clone()
    }

    #[test]
    fn colours_become_the_numbers_that_the_manifest_says() {
        let picture = Picture::filled(3, 5, [0, 128, 255, 255]);
        let tensor = prepare(&picture, &isnet().input, 8);
        assert_eq!(tensor.shape, [1, 3, 8, 8]);
        assert!(tensor.data[..64].iter().all(|&v| v == -0.5));
        assert!(tensor.data[64..128].iter().all(|&v| v == 0.0));
        assert!(tensor.data[128..].iter().all(|&v| (v - 127.0 / 256.0).abs() < 1e-6));
    }

    #[test]
    fn the_colour_under_transparent_pixels_is_not_seen() {
        let [red, green] = [[255, 0, 0, 0], [0, 255, 0, 0]].map(|colour| prepare(&Picture::filled(4, 4, colour), &isnet().input, 4).data);
        assert_eq!(red, green);
        assert!(red.iter().all(|&v| v == 0.0), "grey is the middle");
        let half = prepare(&Picture::filled(4, 4, [255, 255, 255, 128]), &isnet().input, 4).data;
        assert!(half.iter().all(|&v| (0.24..0.26).contains(&v)), "{}", half[0]);
    }

    fn output(data: Vec<f32>) -> Tensor {
        Tensor { shape: vec![1, 1, 2, 2], data }
    }

    #[test]
    fn a_confident_answer_is_stretched_and_an_unsure_one_is_not() {
        let spec = isnet().output;
        let sure = matte(&output(vec![0.1, 0.1, 0.9, 0.9]), &spec, 2, 2).unwrap();
        assert_eq!(sure.values(), [0, 0, 255, 255]);
        let unsure = matte(&output(vec![0.1, 0.1, 0.2, 0.2]), &spec, 2, 2).unwrap();
        assert_eq!(unsure.values(), [26, 26, 51, 51]);
    }

    #[test]
    fn logits_pass_the_sigmoid_where_the_manifest_says_so() {
        let spec = MatteOutput { activation: Activation::Sigmoid, normalise: Normalise::None, ..isnet().output };
        let mask = matte(&output(vec![-20.0, 0.0, 20.0, f32::NAN]), &spec, 2, 2).unwrap();
        assert_eq!(mask.values(), [0, 128, 255, 0]);
    }

    #[test]
    fn the_matte_has_the_size_of_the_picture() {
        let mask = matte(&output(vec![0.0, 1.0, 0.0, 1.0]), &isnet().output, 31, 17).unwrap();
        assert_eq!((mask.width(), mask.height()), (31, 17));
        assert!(mask.at(0, 8) == 0 && mask.at(30, 8) == 255);
    }

    #[test]
    fn an_answer_that_is_no_matte_is_an_error() {
        let spec = isnet().output;
        for shape in [vec![4], vec![1, 1, 0, 4], vec![1, 1, 9, 9]] {
            assert!(matte(&Tensor { shape, data: vec![0.0; 4] }, &spec, 2, 2).is_err());
        }
    }

    #[test]
    fn soft_and_empty_mattes_are_unsure() {
        assert!(quality(&Mask::filled(10, 10, 100)).is_unsure());
        assert!(quality(&Mask::filled(10, 10, 0)).is_unsure());
        let mut clear = vec![0u8; 100];
        clear[..50].fill(255);
        let quality = quality(&Mask::new(10, 10, clear));
        assert!(!quality.is_unsure());
        assert_eq!((quality.soft_share, quality.mean), (0.0, 0.5));
    }
}
