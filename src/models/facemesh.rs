//! Face Mesh (Y. Kartynnik and others, 2019; MediaPipe): 468 points of a face, of which the outline, those around eyes, brows, lips and nostrils, and five
//! landmarks are used.
//!
//! The model sees an upright square around a face and gives `[1, 3 × points]` (x, y and depth in pixels of the input) and the probability that a face is
//! there. Constants come from the manifest.

use serde::Deserialize;

use super::Tensor;
use super::blazeface::Face;
use super::error::ModelError;
use super::fit::{TurnedSquare, tensor};
use super::manifest::ImageInput;
use crate::imaging::Picture;

/// Constants of the family `mesh`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub points: usize,
    /// Side of the square that the model sees, as a multiple of the face box's longer side.
    pub crop: f32,
    /// With this probability the outline can be relied on.
    pub is_face: f32,
    /// Below this probability there is no face at all.
    pub no_face: f32,
    /// Numbers of the points around the face, in order.
    pub outline: Vec<usize>,
    /// Numbers of the points around its parts, in order.
    pub parts: Parts<usize>,
    /// Numbers of the points whose means are the middle of the person's right eye and left eye, the tip of the nose, and the right and left corner of the
    /// mouth.
    pub five: [Vec<usize>; 5],
}

/// What lies in a face: numbers of points, or points.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parts<P> {
    /// The person's left one first.
    pub eyes: [Vec<P>; 2],
    pub brows: [Vec<P>; 2],
    /// Around both lips.
    pub lips: Vec<P>,
    /// Between the lips.
    pub mouth: Vec<P>,
    /// The nose from below.
    pub nostrils: Vec<P>,
}

impl<P> Parts<P> {
    fn each(&self) -> impl Iterator<Item = &Vec<P>> {
        self.eyes.iter().chain(&self.brows).chain([&self.lips, &self.mouth, &self.nostrils])
    }

    fn map<Q>(&self, f: impl Fn(&P) -> Q) -> Parts<Q> {
        let all = |points: &Vec<P>| points.iter().map(&f).collect::<Vec<Q>>();
        Parts {
            eyes: [all(&self.eyes[0]), all(&self.eyes[1])],
            brows: [all(&self.brows[0]), all(&self.brows[1])],
            lips: all(&self.lips),
            mouth: all(&self.mouth),
            nostrils: all(&self.nostrils),
        }
    }
}

impl Settings {
    /// The number of tensors that the model gives, if the constants make sense.
    pub fn check(&self) -> Result<usize, String> {
        let outlines = || self.parts.each().chain([&self.outline]);
        if outlines().any(|o| o.len() < 3 || o.iter().any(|&i| i >= self.points)) || !(self.crop.is_finite() && self.crop > 0.0) {
            return Err("settings: crop > 0, outlines of at least three of the points".to_owned());
        }
        if self.five.iter().any(|points| points.is_empty() || points.iter().any(|&i| i >= self.points)) {
            return Err("settings: five lists of the points".to_owned());
        }
        Ok(2)
    }
}

/// What the model says about a face.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// 0..=1
    pub probability: f32,
    /// Around the face, from the forehead over the person's left side, in pixels of the picture.
    pub points: Vec<(f32, f32)>,
    /// Around eyes, brows, lips and nostrils, in pixels of the picture.
    pub parts: Parts<(f32, f32)>,
}

/// The model's input for a face, upright, and where it lies.
pub fn prepare(picture: &Picture, face: &Face, input: &ImageInput, settings: &Settings) -> (Tensor, TurnedSquare) {
    let side = face.area.width().max(face.area.height()) * settings.crop;
    let square = TurnedSquare { centre: face.area.centre(), side, angle: face.tilt() };
    (tensor(&square.sample(picture, input.size), input), square)
}

/// The five landmarks that faces are aligned by, in the order of [`Settings::five`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Landmarks {
    /// That a face is there, 0..=1.
    pub probability: f32,
    /// In pixels of the picture.
    pub points: [(f64, f64); 5],
}

impl Landmarks {
    /// From the middle of one eye to that of the other, in pixels.
    pub fn eye_distance_px(&self) -> f64 {
        let [right, left, ..] = self.points;
        (left.0 - right.0).hypot(left.1 - right.1)
    }

    /// How far the points of another look are from these, on average, as a share of the eyes' distance.
    pub fn drift(&self, other: &Landmarks) -> f64 {
        let apart: f64 = self.points.iter().zip(&other.points).map(|(a, b)| (a.0 - b.0).hypot(a.1 - b.1)).sum();
        apart / self.points.len() as f64 / self.eye_distance_px().max(f64::MIN_POSITIVE)
    }
}

/// The landmarks in the picture.
///
/// # Errors
/// `model_failed` where the tensors have other shapes.
pub fn landmarks(outputs: &[Tensor], settings: &Settings, size: u32, square: TurnedSquare) -> Result<Landmarks, ModelError> {
    let (mesh, probability) = checked(outputs, settings)?;
    let (size, depth) = (size as f32, 3);
    let place = |points: &Vec<usize>| {
        let share = |axis: usize| points.iter().map(|&i| mesh[depth * i + axis]).sum::<f32>() / points.len() as f32 / size;
        let (x, y) = square.to_picture(share(0), share(1));
        (f64::from(x), f64::from(y))
    };
    Ok(Landmarks { probability, points: settings.five.each_ref().map(place) })
}

/// The mesh and the probability.
fn checked<'t>(outputs: &'t [Tensor], settings: &Settings) -> Result<(&'t [f32], f32), ModelError> {
    let [mesh, flag] = outputs else { return Err(ModelError::failed("face-mesh", "it did not give two tensors")) };
    if mesh.data.len() != settings.points * 3 || flag.data.len() != 1 {
        return Err(ModelError::failed("face-mesh", &format!("tensors of shapes {:?} and {:?}", mesh.shape, flag.shape)));
    }
    Ok((&mesh.data, flag.data[0].clamp(0.0, 1.0)))
}

/// The outline in the picture.
///
/// # Errors
/// `model_failed` where the tensors have other shapes.
pub fn decode(outputs: &[Tensor], settings: &Settings, size: u32, square: TurnedSquare) -> Result<Outline, ModelError> {
    let (mesh, probability) = checked(outputs, settings)?;
    let size = size as f32;
    let place = |&i: &usize| square.to_picture(mesh[3 * i] / size, mesh[3 * i + 1] / size);
    Ok(Outline { probability, points: settings.outline.iter().map(place).collect(), parts: settings.parts.map(place) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::Manifest;

    #[test]
    fn points_of_the_crop_become_points_of_the_picture() {
        let settings: Settings = Manifest::embedded().model("facemesh").unwrap().settings().unwrap();
        let square = TurnedSquare { centre: (500.0, 300.0), side: 384.0, angle: 0.0 };
        let mut mesh = Tensor { shape: vec![1, 1404], data: vec![96.0; 1404] };
        mesh.data[30] = 0.0;
        let flag = Tensor { shape: vec![1, 1], data: vec![0.9] };
        let outline = decode(&[mesh.clone(), flag.clone()], &settings, 192, square).unwrap();
        assert_eq!((outline.points.len(), outline.probability), (36, 0.9));
        assert_eq!((outline.points[0], outline.points[1]), ((308.0, 300.0), (500.0, 300.0)), "point 10 leads the outline");
        assert_eq!((outline.parts.eyes[0].len(), outline.parts.lips.len(), outline.parts.mouth[0]), (16, 20, (500.0, 300.0)));
        // The tip of the nose moves by two crop pixels.
        for i in &settings.five[2] {
            mesh.data[3 * i] = 98.0;
        }
        let five = landmarks(&[mesh.clone(), flag.clone()], &settings, 192, square).unwrap();
        assert_eq!((five.points[1], five.points[2]), ((500.0, 300.0), (504.0, 300.0)));
        assert!(decode(&[flag, mesh], &settings, 192, square).is_err());
    }
}
