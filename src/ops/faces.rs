//! Faces drawn anew by a face model and put back so that they stay the same people: for `restore`.
//!
//! 1. Faces are found as for targets, small ones in tiles. Five landmarks of each are taken to the place where the model learnt them (a similarity), and the
//!    picture is sampled there.
//! 2. What the model draws takes the old face's low frequencies over: same light, no cast.
//! 3. The landmarks are looked for again. Where they moved by more than the model's `drift`, the new face is shifted back; where that is not enough, less of
//!    it is laid over the old one, until the landmarks stay. The user is told.
//! 4. All faces are put back at once, fading out around the face.

use std::sync::Arc;

use super::target::sight;
use super::{OpError, StepContext};
use crate::imaging::Picture;
use crate::imaging::align::{Square, similarity};
use crate::imaging::faces::{NewFace, in_tone_of, put_back};
use crate::models::blazeface::Face;
use crate::models::facemesh::{self, Landmarks};
use crate::models::fit::{TurnedSquare, tensor};
use crate::models::{ModelInfo, face_restore};
use crate::text::Text;

/// A face whose eyes are nearer than this, in pixels, has nothing that could be restored: a model would invent another one.
const LEAST_EYES_PX: f64 = 8.0;
/// Faces that are restored at most, the largest first: their squares are in memory together.
const MOST_FACES: usize = 64;
/// What the mesh model sees of an aligned square, in eye distances: as much as around a face that the detector found.
const SEEN_EYES: f64 = 3.5;
/// Each time the landmarks have still moved too far, this much of the new face stays.
const HOLD_BACK: f32 = 0.7;
/// A new face of which less than this could be laid over the old one is left out.
const LEAST_SHARE: f32 = 0.1;

/// What became of the faces.
pub(super) struct FacesDone {
    pub picture: Arc<Picture>,
    /// New faces in the picture.
    pub restored: usize,
    /// Of those: moved back to where they were, or laid over in part only.
    pub held_back: usize,
    /// Left as they were: too small, or the model drew another face.
    pub left: usize,
}

/// Restores the faces of `picture`, which may be of any size and need not be the step's input. `strength` 0..=1. `None`: no faces, or no strength.
///
/// # Errors
/// `model_missing` where no face model is installed, the models' own, `cancelled`.
pub(super) fn restore_faces(step: &mut StepContext<'_>, picture: Arc<Picture>, strength: f32) -> Result<Option<FacesDone>, OpError> {
    if strength <= 0.0 {
        return Ok(None);
    }
    let model = step.models.installed_for(face_restore::JOB)?;
    // Finding and remembering faces goes by the step's input.
    let input = std::mem::replace(&mut step.input, picture);
    let done = Restorer::new(step, model).and_then(|restorer| restorer.restore(step, strength.min(1.0)));
    step.input = input;
    done
}

struct Restorer {
    model: ModelInfo,
    settings: face_restore::Settings,
    mesh: ModelInfo,
    mesh_settings: facemesh::Settings,
}

/// A face as the model drew it.
struct Drawn {
    face: NewFace,
    held_back: bool,
}

impl Restorer {
    fn new(step: &StepContext<'_>, model: ModelInfo) -> Result<Restorer, OpError> {
        let mesh = step.models.default_for(sight::FACE_MESH)?;
        let wrong = |model: &ModelInfo, why: String| OpError::Internal(format!("{}: {why}", model.name));
        let settings = model.settings().map_err(|why| wrong(&model, why))?;
        let mesh_settings = mesh.settings().map_err(|why| wrong(&mesh, why))?;
        Ok(Restorer { model, settings, mesh, mesh_settings })
    }

    fn restore(&self, step: &mut StepContext<'_>, strength: f32) -> Result<Option<FacesDone>, OpError> {
        let mut seen: Vec<Face> = sight::faces(step)?.iter().map(|s| s.face).collect();
        if seen.is_empty() {
            return Ok(None);
        }
        seen.sort_by(|a, b| b.area.size().total_cmp(&a.area.size()));
        let mut left = seen.len().saturating_sub(MOST_FACES);
        seen.truncate(MOST_FACES);
        let label = Text::new("正在修复人脸", "Restoring faces");
        let mut drawn = Vec::new();
        for (i, face) in seen.iter().enumerate() {
            step.watch.progress(step.step, Some(i as f32 / seen.len() as f32), &label);
            match self.draw(step, face, strength)? {
                Some(new) => drawn.push(new),
                None => left += 1,
            }
        }
        let held_back = drawn.iter().filter(|d| d.held_back).count();
        let faces: Vec<NewFace> = drawn.into_iter().map(|d| d.face).collect();
        let picture = step.input.clone();
        let cancel = step.cancel;
        let restored = put_back(&picture, &faces, &|| cancel.is_cancelled()).ok_or(OpError::Cancelled)?;
        tell(step, held_back, left);
        Ok(Some(FacesDone { picture: Arc::new(restored), restored: faces.len(), held_back, left }))
    }

    /// The new face and its place; `None` where the old one is better left alone.
    fn draw(&self, step: &mut StepContext<'_>, face: &Face, strength: f32) -> Result<Option<Drawn>, OpError> {
        let picture = step.input.clone();
        let side = face.area.width().max(face.area.height()) * self.mesh_settings.crop;
        let place = TurnedSquare { centre: face.area.centre(), side, angle: face.tilt() };
        let marks = self.landmarks(step, &picture, place)?;
        let wanted = self.settings.points_px(self.model.input.size);
        let sure = marks.probability >= self.mesh_settings.no_face && marks.eye_distance_px() >= LEAST_EYES_PX;
        let Some(map) = similarity(&marks.points, &wanted).filter(|_| sure) else { return Ok(None) };
        let Some(back) = map.inverse() else { return Ok(None) };
        let old = Square::of_picture(&picture, &back, self.model.input.size);
        let outputs = step.infer(&self.model.name, vec![face_restore::prepare(&old, &self.model.input)])?;
        let new = face_restore::decode(&outputs, &self.model.input)?;
        let Some(kept) = self.kept_in_place(step, &old, new)? else { return Ok(None) };
        let held_back = kept.moved || kept.share < 1.0;
        Ok(Some(Drawn { face: NewFace { square: kept.square, map, strength: strength * kept.share }, held_back }))
    }

    /// The new face in the old one's tone, with the landmarks where they were: shifted back, or only a share of it. `None` where hardly anything would be
    /// left of it.
    fn kept_in_place(&self, step: &mut StepContext<'_>, old: &Square, new: Square) -> Result<Option<Kept>, OpError> {
        let before = self.aligned_landmarks(step, old)?;
        let mut square = in_tone_of(&new, old);
        let after = self.aligned_landmarks(step, &square)?;
        let limit = self.settings.drift;
        let (mut drift, mut moved) = (before.drift(&after), false);
        if drift <= limit {
            return Ok(Some(Kept { square, share: 1.0, moved }));
        }
        let shift = similarity(&after.points, &before.points).and_then(|map| map.inverse());
        if let Some(map) = shift.filter(|_| after.probability >= self.mesh_settings.no_face) {
            // Light and tone are compared where the face now is.
            let shifted = in_tone_of(&new.through(&map), old);
            let again = before.drift(&self.aligned_landmarks(step, &shifted)?);
            if again < drift {
                (square, drift, moved) = (shifted, again, true);
            }
        }
        let mut share = 1.0f32;
        while drift > limit {
            share *= HOLD_BACK;
            if share < LEAST_SHARE {
                return Ok(None);
            }
            drift = before.drift(&self.aligned_landmarks(step, &old.mixed(&square, share))?);
        }
        Ok(Some(Kept { square, share, moved }))
    }

    /// The landmarks in an aligned square, in its pixels.
    fn aligned_landmarks(&self, step: &mut StepContext<'_>, square: &Square) -> Result<Landmarks, OpError> {
        let [left, right, _, mouth_left, mouth_right] = self.settings.points_px(square.side());
        let middle = |a: f64, b: f64, c: f64, d: f64| ((a + b + c + d) / 4.0) as f32;
        let centre = (middle(left.0, right.0, mouth_left.0, mouth_right.0), middle(left.1, right.1, mouth_left.1, mouth_right.1));
        let side = (SEEN_EYES * (right.0 - left.0).hypot(right.1 - left.1)) as f32;
        self.landmarks(step, &square.to_picture(), TurnedSquare { centre, side, angle: 0.0 })
    }

    fn landmarks(&self, step: &mut StepContext<'_>, picture: &Picture, place: TurnedSquare) -> Result<Landmarks, OpError> {
        let size = self.mesh.input.size;
        let outputs = step.infer(&self.mesh.name, vec![tensor(&place.sample(picture, size), &self.mesh.input)])?;
        Ok(facemesh::landmarks(&outputs, &self.mesh_settings, size, place)?)
    }
}

/// A new face that stays where the old one is.
struct Kept {
    square: Square,
    /// How much of it is laid over the old one, 0..=1.
    share: f32,
    moved: bool,
}

fn tell(step: &mut StepContext<'_>, held_back: usize, left: usize) {
    if held_back > 0 {
        step.warn(
            "faces_held_back",
            format!("有 {held_back} 张脸修复后五官会移位；已移回原位或减弱修复，让人看起来还是同一个人。"),
            format!("The features of {held_back} restored face(s) would have moved: put back in place or restored less, so that people stay who they are."),
        );
    }
    if left > 0 {
        step.warn(
            "faces_left",
            format!("有 {left} 张脸太小或看不清，保持原样。可以先放大图片再修复。"),
            format!("{left} face(s) are too small or too unclear and were left as they are. Enlarge the picture first, then restore it."),
        );
    }
}

#[cfg(test)]
#[path = "faces_tests.rs"]
mod tests;
