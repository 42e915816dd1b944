//! Models that draw an aligned face anew: GFPGAN (X. Wang and others, 2021), RestoreFormer++ (Z. Wang and others, 2023) and others with the same input and
//! output: a square of RGB, `[1, 3, side, side]`, in and out in the same range.

use serde::Deserialize;

use super::Tensor;
use super::error::ModelError;
use super::fit::tensor;
use super::manifest::{ChannelOrder, ImageInput, Layout};
use crate::imaging::align::Square;

/// The job in the model manifest.
pub const JOB: &str = "face-restore";

/// Constants of the family `face-restore`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the middle of the eye on the left of the picture and of the other eye, the tip of the nose, and the left and right corner of the mouth lie in
    /// the square, as shares of its side.
    pub template: [(f64, f64); 5],
    /// How far landmarks may move on average, as a share of the eyes' distance.
    pub drift: f64,
}

impl Settings {
    /// Whether the constants make sense for this input.
    pub fn check(&self, input: &ImageInput) -> Result<(), String> {
        let inside = |v: f64| (0.0..=1.0).contains(&v);
        if !self.template.iter().all(|&(x, y)| inside(x) && inside(y)) || self.eyes() <= 0.0 || !inside(self.drift) {
            return Err("settings: template and drift are shares, 0..1".to_owned());
        }
        if input.layout != Layout::Planes { Err("input: a face model takes planes".to_owned()) } else { Ok(()) }
    }

    fn eyes(&self) -> f64 {
        let [left, right, ..] = self.template;
        (right.0 - left.0).hypot(right.1 - left.1)
    }

    /// The template in pixels of a square.
    pub fn points_px(&self, side: u32) -> [(f64, f64); 5] {
        self.template.map(|(x, y)| (x * f64::from(side), y * f64::from(side)))
    }
}

/// The model's input.
pub fn prepare(square: &Square, input: &ImageInput) -> Tensor {
    let rgb: Vec<u8> = square.pixels().iter().flatten().map(|v| v.round().clamp(0.0, 255.0) as u8).collect();
    tensor(&rgb, input)
}

/// The face that the model drew.
///
/// # Errors
/// `model_failed` where the tensor has another shape or holds what is no number.
pub fn decode(outputs: &[Tensor], input: &ImageInput) -> Result<Square, ModelError> {
    let side = input.size as usize;
    let area = side * side;
    let Some(tensor) = outputs.first().filter(|t| t.shape == [1, 3, side, side] && t.data.len() == 3 * area) else {
        let shapes: Vec<_> = outputs.iter().map(|t| &t.shape).collect();
        return Err(ModelError::failed(JOB, &format!("tensors of shapes {shapes:?}")));
    };
    if !tensor.data.iter().all(|v| v.is_finite()) {
        return Err(ModelError::failed(JOB, "it gave values that are no numbers"));
    }
    let plane = |channel: usize| if input.order == ChannelOrder::Bgr { 2 - channel } else { channel };
    let level = |i: usize, c: usize| (tensor.data[plane(c) * area + i] * input.std[c] + input.mean[c]).clamp(0.0, 255.0);
    Ok(Square::new(input.size, (0..area).map(|i| [0, 1, 2].map(|c| level(i, c))).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::Manifest;

    #[test]
    fn a_square_goes_in_and_comes_out_in_the_same_range() {
        let manifest = Manifest::embedded();
        for name in ["gfpgan", "restoreformer-plus-plus"] {
            let info = manifest.model(name).unwrap();
            let settings: Settings = info.settings().unwrap();
            settings.check(&info.input).unwrap();
            let px = settings.points_px(512);
            assert!((px[0].0 - 192.98).abs() < 0.01 && (px[4].1 - 371.15).abs() < 0.01, "{px:?}");
        }
        let input = ImageInput { size: 4, ..manifest.model("gfpgan").unwrap().input.clone() };
        let square = Square::new(4, (0..16).map(|i| [i as f32 * 17.0, 255.0 - i as f32, 3.0]).collect());
        let there = prepare(&square, &input);
        assert_eq!((there.shape.as_slice(), there.data[0], there.data[15]), (&[1, 3, 4, 4][..], -1.0, 1.0));
        let back = decode(std::slice::from_ref(&there), &input).unwrap();
        assert!(back.pixels().iter().zip(square.pixels()).all(|(a, b)| (0..3).all(|c| (a[c] - b[c]).abs() < 1e-3)));
        let bgr = ImageInput { order: ChannelOrder::Bgr, ..input.clone() };
        assert_eq!(decode(&[prepare(&square, &bgr)], &bgr).unwrap().to_picture(), square.to_picture());
        assert!(decode(&[], &input).is_err());
        assert!(decode(&[Tensor { shape: vec![1, 3, 4, 4], data: vec![f32::NAN; 48] }], &input).is_err());
        assert!(decode(&[Tensor { shape: vec![1, 3, 2, 4], ..there }], &input).is_err());
    }
}
