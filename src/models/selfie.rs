//! Selfie Segmentation (MediaPipe): how likely each pixel belongs to a person. One value for all people; quick and coarse.

use super::Tensor;
use super::error::ModelError;
use super::fit::{stretched, tensor};
use super::manifest::ImageInput;
use crate::imaging::resize::resize_matte;
use crate::imaging::{Mask, Picture, Rect};

/// The model's input for a part of the picture, stretched to its square.
///
/// # Panics
/// When the part is not inside the picture.
pub fn prepare(picture: &Picture, part: Rect, input: &ImageInput) -> Tensor {
    tensor(&stretched(picture, part, input.size, input.size), input)
}

/// The likelihood, 255 = certainly a person, at the size of the part.
///
/// # Errors
/// `model_failed` where the tensor has another shape.
pub fn decode(outputs: &[Tensor], input: &ImageInput, part: Rect) -> Result<Mask, ModelError> {
    let area = input.size as usize * input.size as usize;
    match outputs {
        [people] if people.data.len() == area => Ok(resize_matte(&people.data, (input.size, input.size), (part.width, part.height))),
        _ => Err(ModelError::failed("person-mask", &format!("{} tensors, of which one of {area} values was expected", outputs.len()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::Manifest;

    #[test]
    fn the_answer_has_the_size_of_the_part_and_a_wrong_one_is_an_error() {
        let input = Manifest::embedded().model("selfie").unwrap().input.clone();
        let part = Rect { x: 5, y: 9, width: 30, height: 70 };
        let half: Vec<f32> = (0..256 * 256).map(|i| if i % 256 < 128 { 1.0 } else { 0.0 }).collect();
        let mask = decode(&[Tensor { shape: vec![1, 256, 256, 1], data: half }], &input, part).unwrap();
        assert_eq!((mask.width(), mask.height(), mask.at(3, 60), mask.at(27, 5)), (30, 70, 255, 0));
        assert!(decode(&[], &input, part).is_err());
    }
}
