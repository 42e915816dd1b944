//! NanoDet (RangiLyu): the 80 classes of COCO as boxes.
//!
//! For each stride the model gives scores `[1, cells, classes]` (sigmoid applied) and sides `[1, cells, 4 × bins]`. A side is a distribution over whole
//! distances 0..bins in units of the stride, measured from the centre of the cell; its expectation counts (X. Li and others, "Generalized Focal Loss",
//! 2020). Constants come from the manifest.

use serde::Deserialize;

use super::Tensor;
use super::boxes::{Area, Scored, suppress};
use super::error::ModelError;
use super::fit::Letterbox;

/// Constants of the family `boxes`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Sides of a cell of each grid in pixels of the input; two tensors each: all scores first, then all sides.
    pub strides: Vec<u32>,
    /// Distances that a side's distribution is over.
    pub bins: usize,
    pub classes: usize,
    /// A box with this score counts.
    pub threshold: f32,
    /// Another name that a thing may have needs this score.
    pub second_name: f32,
    /// A box with this score counts if something else speaks for it.
    pub faint: f32,
    /// A box with this score is worth a look from near by.
    pub glimpse: f32,
    /// And counts if it has this score then.
    pub closely: f32,
    /// Boxes of one class that overlap more than this are one.
    pub overlap: f32,
}

impl Settings {
    /// The number of tensors that the model gives, if the constants make sense.
    pub fn check(&self) -> Result<usize, String> {
        let shares = [self.threshold, self.second_name, self.faint, self.glimpse, self.closely, self.overlap];
        if self.bins < 2 || self.classes == 0 || self.strides.contains(&0) || !shares.iter().all(|s| (0.0..=1.0).contains(s)) {
            return Err("settings: bins ≥ 2, classes ≥ 1, strides ≥ 1, thresholds 0..1".to_owned());
        }
        Ok(self.strides.len() * 2)
    }
}

/// One box of one class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// Position in COCO's list; see [`crate::plan::classes`].
    pub class: usize,
    pub score: f32,
    pub area: Area,
}

impl Scored for Detection {
    fn area(&self) -> Area {
        self.area
    }

    fn score(&self) -> f32 {
        self.score
    }
}

/// The boxes with at least `settings.glimpse`, in pixels of the picture, one for each thing and class, best first.
///
/// # Errors
/// `model_failed` where the tensors have other shapes.
pub fn decode(outputs: &[Tensor], settings: &Settings, size: u32, letterbox: Letterbox) -> Result<Vec<Detection>, ModelError> {
    let grids = settings.strides.len();
    if outputs.len() != grids * 2 {
        return Err(ModelError::failed("objects", &format!("it gave {} tensors instead of {}", outputs.len(), grids * 2)));
    }
    let mut found = Vec::new();
    for (i, &stride) in settings.strides.iter().enumerate() {
        let side = size.div_ceil(stride) as usize;
        let (scores, sides) = (&outputs[i], &outputs[grids + i]);
        if scores.data.len() != side * side * settings.classes || sides.data.len() != side * side * 4 * settings.bins {
            return Err(ModelError::failed(
                "objects",
                &format!("tensors of shapes {:?} and {:?} at stride {stride}", scores.shape, sides.shape),
            ));
        }
        for (cell, scores) in scores.data.chunks_exact(settings.classes).enumerate() {
            for (class, &score) in scores.iter().enumerate().filter(|(_, s)| **s >= settings.glimpse) {
                let sides = &sides.data[cell * 4 * settings.bins..][..4 * settings.bins];
                let centre = ((cell % side) as f32 + 0.5, (cell / side) as f32 + 0.5);
                let area = area(sides, settings.bins, centre, stride as f32, letterbox);
                found.push(Detection { class, score, area });
            }
        }
    }
    Ok(suppress(found, |a, b| a.class == b.class && a.area.overlap(b.area) > settings.overlap))
}

/// `centre` in cells.
fn area(sides: &[f32], bins: usize, centre: (f32, f32), stride: f32, letterbox: Letterbox) -> Area {
    let mut distances = sides.chunks_exact(bins).map(expectation);
    let mut next = || distances.next().expect("four sides");
    let (left, top, right, bottom) = (next(), next(), next(), next());
    let (left, top) = letterbox.to_picture((centre.0 - left) * stride, (centre.1 - top) * stride);
    let (right, bottom) = letterbox.to_picture((centre.0 + right) * stride, (centre.1 + bottom) * stride);
    Area { left, top, right, bottom }
}

/// Σ i·softmax(values)ᵢ
fn expectation(values: &[f32]) -> f32 {
    let highest = values.iter().copied().fold(f32::MIN, f32::max);
    let (mut sum, mut weighted) = (0.0, 0.0);
    for (i, v) in values.iter().enumerate() {
        let e = (v - highest).exp();
        sum += e;
        weighted += e * i as f32;
    }
    weighted / sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::Manifest;

    const PLAIN: Letterbox = Letterbox { origin: (100.0, 0.0), scale: 0.5, offset: (0.0, 8.0) };

    fn settings() -> Settings {
        Manifest::embedded().model("nanodet").unwrap().settings().unwrap()
    }

    /// No score anywhere, but for one cell of the coarsest grid (13 × 13, stride 32).
    fn outputs(cell: usize, class: usize, score: f32, distance: usize) -> Vec<Tensor> {
        let tensor = |n: usize, c: usize| Tensor { shape: vec![1, n, c], data: vec![0.0; n * c] };
        let mut out: Vec<Tensor> = [80, 44].iter().flat_map(|&c| [2704, 676, 169].map(|n| tensor(n, c))).collect();
        out[2].data[cell * 80 + class] = score;
        for side in 0..4 {
            out[5].data[cell * 44 + side * 11 + distance] = 50.0;
        }
        out
    }

    #[test]
    fn a_cell_becomes_a_box_in_the_picture() {
        let found = decode(&outputs(13 + 2, 15, 0.8, 2), &settings(), 416, PLAIN).unwrap();
        // Cell (2, 1): centre (80, 48), 64 to each side, in the input.
        let area = Area { left: 132.0, top: -48.0, right: 388.0, bottom: 208.0 };
        assert_eq!(found, [Detection { class: 15, score: 0.8, area }]);
    }

    #[test]
    fn a_flat_distribution_means_its_middle() {
        assert!((expectation(&[0.3; 11]) - 5.0).abs() < 1e-5);
        assert!((expectation(&[1e4, 0.0, -1e4]) - 0.0).abs() < 1e-5, "large values do not overflow");
    }

    #[test]
    fn what_is_hardly_seen_is_left_out_and_wrong_tensors_are_an_error() {
        assert!(decode(&outputs(5, 0, 0.11, 2), &settings(), 416, PLAIN).unwrap().is_empty());
        assert!(decode(&outputs(5, 0, 0.9, 2)[..5], &settings(), 416, PLAIN).is_err());
        assert!(decode(&outputs(5, 0, 0.9, 2), &settings(), 320, PLAIN).is_err());
    }
}
