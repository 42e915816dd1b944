//! Where a person's head is: chin and eyes by the face models, the crown by the outline of whoever stands before the background.

use crate::imaging::Mask;
use crate::models::blazeface::Face;
use crate::ops::params::refused;
use crate::ops::target::sight::{self, SeenFace};
use crate::ops::{OpError, StepContext};

/// A second face with this share of the largest one's height is another person in front of the camera, not somebody behind.
const SECOND_FACE: f32 = 0.5;
/// The crown is looked for above the face, this much wider on each side.
const WIDER: f32 = 0.25;
/// A row belongs to the head if this share of the face's width is covered: single hairs do not count.
const ROW_SHARE: f32 = 0.06;

/// A face, in pixels of the picture that it was found in.
#[derive(Clone, Debug, PartialEq)]
pub struct FaceMarks {
    /// Of the face, without ears.
    pub left: f32,
    pub right: f32,
    pub eyes: f32,
    pub chin: f32,
    /// The middle of the face.
    pub middle: f32,
    /// Clockwise, in degrees.
    pub tilt: f32,
}

impl FaceMarks {
    fn of(seen: &SeenFace) -> FaceMarks {
        let face: &Face = &seen.face;
        let tilt = face.tilt().to_degrees();
        let around =
            |points: &[(f32, f32)]| points.iter().fold((f32::MAX, f32::MIN, f32::MIN), |(l, r, b), p| (l.min(p.0), r.max(p.0), b.max(p.1)));
        match (&seen.outline, &seen.parts) {
            (Some(outline), Some(parts)) => {
                let (left, right, chin) = around(outline);
                let eyes: Vec<f32> = parts.eyes.iter().flatten().map(|p| p.1).collect();
                let eyes = eyes.iter().sum::<f32>() / eyes.len().max(1) as f32;
                FaceMarks { left, right, eyes, chin, middle: (left + right) / 2.0, tilt }
            }
            _ => {
                let [a, b, ..] = face.points;
                FaceMarks {
                    left: face.area.left,
                    right: face.area.right,
                    eyes: (a.1 + b.1) / 2.0,
                    chin: face.area.bottom,
                    middle: face.area.centre().0,
                    tilt,
                }
            }
        }
    }

    /// The uppermost row of the head in an outline of the person, hair included; `None` where nothing is above the eyes.
    pub fn crown(&self, person: &Mask) -> Option<u32> {
        let width = self.right - self.left;
        let column = |x: f32| x.clamp(0.0, person.width() as f32) as u32;
        let (from, to) = (column(self.left - WIDER * width), column(self.right + WIDER * width));
        let enough = (ROW_SHARE * width).ceil().max(2.0) as usize;
        let eyes = self.eyes.clamp(0.0, person.height() as f32) as u32;
        (0..eyes).find(|&y| (from..to).filter(|&x| person.at(x, y) > 127).count() >= enough)
    }
}

/// The one face of the step's input.
///
/// # Errors
/// `no_face`, `several_faces`, or the models' own.
pub fn only_face(step: &mut StepContext<'_>) -> Result<FaceMarks, OpError> {
    let faces = sight::faces(step)?;
    let height = |f: &SeenFace| f.face.area.height();
    let Some(largest) = faces.iter().max_by(|a, b| height(a).total_cmp(&height(b))) else {
        return Err(refused(
            "no_face",
            "图里没有找到正面的人脸，做不了证件照。请换一张正对镜头、五官清楚的照片。",
            "No face was found, so this cannot become an ID photo. Use a photo of a person who faces the camera.",
        ));
    };
    let people = faces.iter().filter(|f| height(f) >= SECOND_FACE * height(largest)).count();
    if people > 1 {
        return Err(refused(
            "several_faces",
            format!("图里有 {people} 张人脸，证件照只能有一个人。请先裁到那个人（如“裁剪到左边的人”），再做证件照。"),
            format!("There are {people} faces, and an ID photo shows one person. Crop to that person first, then ask again."),
        ));
    }
    Ok(FaceMarks::of(largest))
}

/// The largest face of the step's input, if there is one: for measuring.
///
/// # Errors
/// The models' own.
pub fn largest_face(step: &mut StepContext<'_>) -> Result<Option<FaceMarks>, OpError> {
    let faces = sight::faces(step)?;
    let height = |f: &&SeenFace| f.face.area.height();
    Ok(faces.iter().max_by(|a, b| height(a).total_cmp(&height(b))).map(FaceMarks::of))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crown_is_where_the_head_begins_and_not_where_a_hair_stands() {
        let marks = FaceMarks { left: 40.0, right: 80.0, eyes: 60.0, chin: 95.0, middle: 60.0, tilt: 0.0 };
        let mut person = Mask::filled(120, 140, 0);
        for y in 30..140 {
            for x in 42..78 {
                person.values_mut()[y * 120 + x] = 255;
            }
        }
        for y in 10..30 {
            person.values_mut()[y * 120 + 60] = 255;
        }
        // A raised hand beside it.
        for y in 5..60 {
            for x in 0..15 {
                person.values_mut()[y * 120 + x] = 255;
            }
        }
        assert_eq!(marks.crown(&person), Some(30));
        assert_eq!(marks.crown(&Mask::filled(120, 140, 0)), None);
    }
}
