//! Colour models: lightness in, chroma out. Two families.
//!
//! * `tint` – `l` [1, 1, h, w], L* 0..100 of a small picture → `ab` [1, 2, h / 2, w / 2] in Lab units. It is asked at several sizes and mirrored; its
//!   answers become one in [`crate::imaging::chroma::calm`].
//! * `ddcolor` – `input` [1, 3, h, w], the grey picture of L* alone as RGB 0..1 → `output` [1, 2, h, w] in Lab units (X. Kang and others, "DDColor", ICCV
//!   2023). It is asked once.
//!
//! Pure functions; the constants come from the manifest.

use serde::Deserialize;

use super::Tensor;
use super::error::ModelError;
use super::manifest::ImageInput;
use crate::imaging::chroma::calm::Calm;
use crate::imaging::chroma::{Chroma, Plane};
use crate::imaging::colour::{from_linear, lab, lab_to_linear};
use crate::imaging::{Picture, resize};

/// A long side is at most this many times the short one of the input; a longer picture is squeezed.
const LONGEST: u32 = 4;
/// Lightness that the darkest and brightest of a faded picture are stretched to.
const ENDS: (f32, f32) = (3.0, 97.0);
/// Share of pixels that may lie outside the ends.
const BEYOND: f32 = 0.005;
/// A picture with less contrast is not stretched further.
const LEAST_CONTRAST: f32 = 25.0;

/// Constants of the family `tint`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How much of the stretch of contrast the model sees, 0..=1. The picture keeps its own.
    pub levels: f32,
    /// It is asked about the mirrored picture too.
    pub mirror: bool,
    /// See [`Calm`].
    pub doubt: f32,
    pub neutral: f32,
    pub smooth: f32,
    pub sigma: f32,
    /// Short side of the grid on which its answers become one.
    pub grid: u32,
}

impl Settings {
    /// The number of tensors that the model gives, if the constants make sense.
    pub fn check(&self) -> Result<usize, String> {
        let positive = [self.doubt, self.smooth, self.sigma].iter().all(|v| v.is_finite() && *v > 0.0);
        if !positive || !(0.0..=1.0).contains(&self.levels) || !(0.0..=1.0).contains(&self.neutral) || !(16..=512).contains(&self.grid) {
            return Err("settings: doubt, smooth and sigma > 0, levels and neutral 0..1, grid 16..512".to_owned());
        }
        Ok(1)
    }

    pub fn calm(&self) -> Calm {
        Calm { doubt: self.doubt, neutral: self.neutral, smooth: self.smooth, sigma: self.sigma }
    }
}

/// A faded picture's lightness with more contrast, for the model's eyes only.
pub fn stretched(lightness: &Plane, share: f32) -> Plane {
    let (low, high) = (lightness.percentile(BEYOND), lightness.percentile(1.0 - BEYOND));
    let scale = (ENDS.1 - ENDS.0) / (high - low).max(LEAST_CONTRAST);
    lightness.map(|l| (l + share * (ENDS.0 + (l - low) * scale - l)).clamp(0.0, 100.0))
}

/// Width and height whose short side is about `short`, both whole multiples.
pub fn size_for((width, height): (u32, u32), short: u32, multiple: u32) -> (u32, u32) {
    let scale = f64::from(short) / f64::from(width.min(height).max(1));
    let side = |length: u32| {
        let scaled = (f64::from(length) * scale).min(f64::from(short * LONGEST));
        ((scaled / f64::from(multiple)).round() as u32).max(1) * multiple
    };
    (side(width), side(height))
}

/// The input of the family `tint`.
pub fn prepare(seen: &Plane, (width, height): (u32, u32), mirrored: bool) -> Tensor {
    let plane = seen.resized(width as usize, height as usize);
    let plane = if mirrored { plane.mirrored() } else { plane };
    Tensor { shape: vec![1, 1, height as usize, width as usize], data: plane.values }
}

/// The input of the family `ddcolor`: the picture stretched to the model's square, grey of its L* alone.
pub fn prepare_grey(picture: &Picture, input: &ImageInput) -> Tensor {
    let size = input.size as usize;
    let rgb = resize::to_model_rgb(picture, input.size, input.size);
    let (pixels, _) = rgb.as_chunks::<3>();
    let mut data = vec![0f32; 3 * size * size];
    for (i, &pixel) in pixels.iter().enumerate() {
        let grey = lab_to_linear([lab(pixel)[0], 0.0, 0.0]);
        for c in 0..3 {
            data[c * size * size + i] = (from_linear(grey[c].clamp(0.0, 1.0)) * 255.0 - input.mean[c]) / input.std[c];
        }
    }
    Tensor { shape: vec![1, 3, size, size], data }
}

/// The chroma of either family.
///
/// # Errors
/// `model_failed` where the answer is no chroma.
pub fn decode(outputs: &[Tensor], mirrored: bool) -> Result<Chroma, ModelError> {
    let wrong = |what: String| Err(ModelError::failed("colorize", &what));
    let [answer] = outputs else { return wrong(format!("{} tensors, of which one was expected", outputs.len())) };
    let [1, 2, height, width] = answer.shape[..] else {
        return wrong(format!("its answer has the shape {:?}, which is no chroma", answer.shape));
    };
    if width * height == 0 || answer.data.len() != 2 * width * height || answer.data.iter().any(|v| !v.is_finite()) {
        return wrong("its answer is empty or has values that are no numbers".to_owned());
    }
    let (a, b) = answer.data.split_at(width * height);
    let plane = |values: &[f32]| {
        let plane = Plane::new(width, height, values.to_vec());
        if mirrored { plane.mirrored() } else { plane }
    };
    Ok(Chroma { a: plane(a), b: plane(b) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::Manifest;

    #[test]
    fn inputs_are_multiples_near_the_size_the_model_was_trained_at() {
        assert_eq!(size_for((600, 400), 160, 32), (256, 160));
        assert_eq!(size_for((400, 600), 96, 32), (96, 160));
        assert_eq!(size_for((1, 1), 160, 32), (160, 160));
        assert_eq!(size_for((1, 5000), 160, 32), (160, 640), "a strip is squeezed");
        assert_eq!(size_for((37, 41), 128, 32), (128, 128));
    }

    #[test]
    fn a_faded_picture_is_seen_with_contrast_and_a_flat_one_is_not_torn_apart() {
        let faded = Plane::new(100, 10, (0..1000).map(|i| 40.0 + (i % 100) as f32 * 0.3).collect());
        let seen = stretched(&faded, 1.0);
        let (low, high) = (seen.percentile(0.01), seen.percentile(0.99));
        assert!((low - 3.0).abs() < 2.0 && (high - 97.0).abs() < 2.0, "{low}..{high}");
        assert_eq!(stretched(&faded, 0.0), faded);
        let flat = stretched(&Plane::filled(8, 8, 50.0), 0.7);
        assert!(flat.values.iter().all(|v| (0.0..=100.0).contains(v)) && flat.values.iter().all(|v| *v == flat.values[0]));
    }

    #[test]
    fn an_answer_comes_back_the_right_way_round_and_a_wrong_one_is_an_error() {
        let answer = Tensor { shape: vec![1, 2, 1, 3], data: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0] };
        assert_eq!(decode(std::slice::from_ref(&answer), false).unwrap().b.values, [4.0, 5.0, 6.0]);
        assert_eq!(decode(std::slice::from_ref(&answer), true).unwrap().a.values, [3.0, 2.0, 1.0]);
        let shaped = |shape: &[usize], data: Vec<f32>| decode(&[Tensor { shape: shape.to_vec(), data }], false).is_err();
        assert!(decode(&[], false).is_err() && shaped(&[1, 1, 1, 3], vec![0.0; 3]) && shaped(&[1, 2, 1, 1], vec![f32::NAN, 0.0]));
    }

    #[test]
    fn a_grey_input_has_three_like_planes_whatever_the_picture_s_colours() {
        let input = ImageInput { size: 32, ..Manifest::embedded().model("ddcolor-tiny").unwrap().input.clone() };
        let tensor = prepare_grey(&Picture::filled(50, 20, [200, 40, 40, 255]), &input);
        assert_eq!(tensor.shape, [1, 3, 32, 32]);
        let (first, rest) = tensor.data.split_at(1024);
        assert!(rest.chunks(1024).all(|plane| plane.iter().zip(first).all(|(a, b)| (a - b).abs() < 1e-4)));
        // L* 44.2 is this grey.
        assert!((first[0] - 0.4094).abs() < 1e-3, "{}", first[0]);
    }
}
