//! BlazeFace (V. Bazarevsky and others, 2019; MediaPipe): faces as boxes with six points.
//!
//! The model gives for each grid scores `[1, anchors, 1]` (before the sigmoid) and `[1, anchors, 16]`: centre and size of the box, then the points, all in
//! pixels of the input relative to the anchor, which is the centre of its cell. Overlapping boxes are averaged by their scores, as the paper does against
//! jitter. Constants come from the manifest.

use serde::Deserialize;

use super::Tensor;
use super::boxes::{Area, Scored, rank};
use super::error::ModelError;
use super::fit::Letterbox;

/// Values for each anchor: box and points.
const VALUES: usize = 16;

/// Constants of the family `faces`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Two tensors each: all scores first, then all boxes.
    pub grids: Vec<Grid>,
    /// A face with this probability counts.
    pub threshold: f32,
    /// Boxes that overlap more than this are one face.
    pub overlap: f32,
}

/// One grid of anchors.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grid {
    /// Cells in a row and in a column.
    pub side: usize,
    /// Anchors in a cell.
    pub anchors: usize,
}

impl Settings {
    /// The number of tensors that the model gives, if the constants make sense.
    pub fn check(&self) -> Result<usize, String> {
        let shares = [self.threshold, self.overlap];
        if self.grids.iter().any(|g| g.side == 0 || g.anchors == 0) || !shares.iter().all(|s| (0.0..=1.0).contains(s)) {
            return Err("settings: side ≥ 1, anchors ≥ 1, thresholds 0..1".to_owned());
        }
        Ok(self.grids.len() * 2)
    }
}

/// A face, in pixels of the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Face {
    pub score: f32,
    pub area: Area,
    /// The person's right eye, left eye, nose, mouth, right ear, left ear.
    pub points: [(f32, f32); 6],
}

impl Scored for Face {
    fn area(&self) -> Area {
        self.area
    }

    fn score(&self) -> f32 {
        self.score
    }
}

impl Face {
    /// How far the head is tilted: the line from the person's right eye to the left one, clockwise on the screen, in radians.
    pub fn tilt(&self) -> f32 {
        let [right, left, ..] = self.points;
        (left.1 - right.1).atan2(left.0 - right.0)
    }
}

/// The faces, best first.
///
/// # Errors
/// `model_failed` where the tensors have other shapes.
pub fn decode(outputs: &[Tensor], settings: &Settings, size: u32, letterbox: Letterbox) -> Result<Vec<Face>, ModelError> {
    let grids = settings.grids.len();
    if outputs.len() != grids * 2 {
        return Err(ModelError::failed("faces", &format!("it gave {} tensors instead of {}", outputs.len(), grids * 2)));
    }
    let mut found = Vec::new();
    for (i, grid) in settings.grids.iter().enumerate() {
        let (scores, values) = (&outputs[i], &outputs[grids + i]);
        let anchors = grid.side * grid.side * grid.anchors;
        if scores.data.len() != anchors || values.data.len() != anchors * VALUES {
            return Err(ModelError::failed("faces", &format!("tensors of shapes {:?} and {:?}", scores.shape, values.shape)));
        }
        let cell_px = size as f32 / grid.side as f32;
        for (anchor, (&score, values)) in scores.data.iter().zip(values.data.chunks_exact(VALUES)).enumerate() {
            let score = 1.0 / (1.0 + (-score).exp());
            if score < settings.threshold {
                continue;
            }
            let cell = anchor / grid.anchors;
            let centre = (((cell % grid.side) as f32 + 0.5) * cell_px, ((cell / grid.side) as f32 + 0.5) * cell_px);
            found.push(face(score, values, centre, letterbox));
        }
    }
    Ok(averaged(found, settings.overlap))
}

fn face(score: f32, values: &[f32], centre: (f32, f32), letterbox: Letterbox) -> Face {
    let (x, y) = (values[0] + centre.0, values[1] + centre.1);
    let (half_width, half_height) = (values[2] / 2.0, values[3] / 2.0);
    let (left, top) = letterbox.to_picture(x - half_width, y - half_height);
    let (right, bottom) = letterbox.to_picture(x + half_width, y + half_height);
    let points = std::array::from_fn(|k| letterbox.to_picture(values[4 + 2 * k] + centre.0, values[5 + 2 * k] + centre.1));
    Face { score, area: Area { left, top, right, bottom }, points }
}

/// One face for each group of overlapping ones: the mean, weighted by their scores, with the best score.
pub fn averaged(mut found: Vec<Face>, overlap: f32) -> Vec<Face> {
    rank(&mut found);
    let mut out: Vec<Face> = Vec::new();
    while let Some(best) = found.first().copied() {
        let (group, rest): (Vec<Face>, Vec<Face>) = found.iter().partition(|f| **f == best || f.area.overlap(best.area) > overlap);
        found = rest;
        let total: f32 = group.iter().map(|f| f.score).sum();
        let mean = |value: &dyn Fn(&Face) -> f32| group.iter().map(|f| value(f) * f.score).sum::<f32>() / total;
        let area = Area {
            left: mean(&|f| f.area.left),
            top: mean(&|f| f.area.top),
            right: mean(&|f| f.area.right),
            bottom: mean(&|f| f.area.bottom),
        };
        let points = std::array::from_fn(|k| (mean(&|f| f.points[k].0), mean(&|f| f.points[k].1)));
        out.push(Face { score: best.score, area, points });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::Manifest;

    const PLAIN: Letterbox = Letterbox { origin: (0.0, 0.0), scale: 0.5, offset: (0.0, 28.0) };

    fn settings() -> Settings {
        Manifest::embedded().model("blazeface").unwrap().settings().unwrap()
    }

    fn outputs() -> Vec<Tensor> {
        let tensor = |n: usize, c: usize, v: f32| Tensor { shape: vec![1, n, c], data: vec![v; n * c] };
        vec![tensor(512, 1, -50.0), tensor(384, 1, -50.0), tensor(512, 16, 0.0), tensor(384, 16, 0.0)]
    }

    #[test]
    fn an_anchor_becomes_a_face_in_the_picture() {
        let mut out = outputs();
        // The coarse grid, cell (3, 2), its second anchor: centre (112, 80).
        let anchor = (2 * 8 + 3) * 6 + 1;
        out[1].data[anchor] = 3.0;
        out[3].data[anchor * 16..][..6].copy_from_slice(&[4.0, 0.0, 40.0, 60.0, -10.0, -12.0]);
        let found = decode(&out, &settings(), 256, PLAIN).unwrap();
        assert_eq!(found.len(), 1);
        let (area, eye) = (found[0].area, found[0].points[0]);
        let near = |values: [f32; 6], expected: [f32; 6]| values.iter().zip(expected).all(|(v, e)| (v - e).abs() < 1e-3);
        assert!(near([area.left, area.top, area.right, area.bottom, eye.0, eye.1], [192.0, 44.0, 272.0, 164.0, 204.0, 80.0]), "{found:?}");
        assert!((found[0].score - 0.9526).abs() < 1e-3);
    }

    #[test]
    fn overlapping_answers_are_averaged_and_distant_ones_are_two_faces() {
        let face =
            |left: f32, score| Face { score, area: Area { left, top: 0.0, right: left + 10.0, bottom: 10.0 }, points: [(left, 0.0); 6] };
        let found = averaged(vec![face(0.0, 0.6), face(2.0, 0.9), face(100.0, 0.7)], 0.3);
        assert_eq!(found.iter().map(|f| f.score).collect::<Vec<_>>(), [0.9, 0.7]);
        assert!((found[0].area.left - 1.2).abs() < 1e-5 && (found[0].points[5].0 - 1.2).abs() < 1e-5);
        assert!((found[1].area.left - 100.0).abs() < 1e-4);
    }

    #[test]
    fn wrong_tensors_are_an_error() {
        assert!(decode(&outputs()[..3], &settings(), 256, PLAIN).is_err());
        assert!(decode(&outputs().into_iter().rev().collect::<Vec<_>>(), &settings(), 256, PLAIN).is_err());
    }

    #[test]
    fn a_head_tilted_to_the_right_has_a_positive_tilt() {
        let points = [(0.0, 0.0), (10.0, 10.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)];
        let face = Face { score: 1.0, area: Area { left: 0.0, top: 0.0, right: 1.0, bottom: 1.0 }, points };
        assert!((face.tilt() - std::f32::consts::FRAC_PI_4).abs() < 1e-6);
    }
}
