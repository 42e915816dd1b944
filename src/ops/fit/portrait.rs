//! An ID photo: head and shoulders on a plain background, the head as large and as high as is asked.

use std::sync::Arc;

use super::canvas::{Window, size_for, through};
use super::cut::tidied;
use super::ground::Ground;
use super::head::{FaceMarks, only_face};
use super::{Made, flat};
use crate::imaging::colour::Srgb8;
use crate::imaging::defringe::cut_out_clean;
use crate::imaging::{Mask, Picture, Rect, geometry};
use crate::ops::cutout::with_own_alpha;
use crate::ops::params::refused;
use crate::ops::target::{self, How};
use crate::ops::{OpError, StepContext, second, subject};
use crate::plan::{Target, TargetKind};
use crate::presets::{HeadRoom, Preset};
use crate::text::Text;

/// The least of a face that has to be in a matte for that to be the person's.
const FACE_IN_MATTE: f64 = 0.6;
/// Steps in which heights are tried between the least and the most.
const STEPS: u32 = 20;
/// What a gap beside a body that the picture cuts off costs against a head that is not just as large or as high as would be best.
const GAP_COST: f64 = 1000.0;
/// Heads that are tilted more than this, in degrees, are told.
const MOST_TILT: f32 = 6.0;
/// Source pixels that are kept around what is shown when the background is taken away.
const ROOM_PX: u32 = 24;
const PLAIN_EDGE: f64 = 0.4;
const PLAIN_BEYOND_PX: u32 = 16;

/// The person, and whether the background has to be taken away.
struct Person {
    matte: Mask,
    /// The background is as it should be.
    plain: bool,
}

/// The head in the picture.
struct Head {
    marks: FaceMarks,
    crown: f64,
    /// For each of left, top, right and bottom the uppermost row where the picture cuts the person off there.
    cut_from: [Option<u32>; 4],
}

/// The ID photo.
pub fn make(step: &mut StepContext<'_>, preset: &Preset, colour: Srgb8) -> Result<Made, OpError> {
    let room = preset.make.head.ok_or_else(|| OpError::Internal(format!("{} says nothing of a head", preset.id)))?;
    let input = flat(&step.input);
    step.watch.progress(step.step, None, &Text::new("正在找人脸", "Looking for the face"));
    let marks = only_face(step)?;
    let person = person(step, &input, &marks, colour)?;
    step.check_cancel()?;
    let crown = marks.crown(&person.matte).ok_or_else(not_found)?;
    let head = Head { crown: crown.into(), cut_from: cut_from(&person.matte), marks };
    let size = size_for(&preset.make, (input.width(), input.height()));
    let (window, gap) = placed(&head, &room, (input.width(), input.height()), size);
    tell(step, &head, gap);
    let mut ground = Picture::filled(size.0, size.1, [colour[0], colour[1], colour[2], 255]);
    let matte = lay(step, &input, person, &window, &mut ground)?;
    let factor = f64::from(size.0) / window.width;
    Ok(Made { window: Some(window), enlarged: factor, colour: Some(colour), matte, ..Made::of(ground) })
}

fn not_found() -> OpError {
    refused(
        "subject_not_found",
        "分不清人和背景，做不了证件照。请换一张背景简单、人和背景颜色不同的照片。",
        "The person cannot be told from the background, so this cannot become an ID photo. Use a photo with a plainer background.",
    )
}

fn person(step: &mut StepContext<'_>, input: &Arc<Picture>, marks: &FaceMarks, colour: Srgb8) -> Result<Person, OpError> {
    if input.is_opaque() && Ground::is_around(input, colour, PLAIN_EDGE) {
        let ground = Ground::of_colour(input, colour);
        if ground.spots(input, colour, 0, PLAIN_BEYOND_PX).wrong == 0 {
            return Ok(Person { matte: ground.subject, plain: true });
        }
    }
    let face = face_box(marks, input);
    let holds = |part: Rect| part.x <= face.x && part.x + part.width >= face.x + face.width && part.y + part.height > face.y;
    let matte = match subject::existing_alpha(input) {
        Some(alpha) => alpha,
        None => Mask::clone(&*second::own_subject(step)?),
    };
    let mut matte = tidied(matte, holds);
    if covered(&matte, face) < FACE_IN_MATTE {
        // What stands out most is not the person.
        let how = How::THING;
        let people = Target { kind: TargetKind::People, ..Target::default() };
        matte = tidied(target::resolve(step, &people, how)?, holds);
    }
    if covered(&matte, face) < FACE_IN_MATTE { Err(not_found()) } else { Ok(Person { matte, plain: false }) }
}

/// The middle of the face, inside the picture.
fn face_box(marks: &FaceMarks, picture: &Picture) -> Rect {
    let side = |from: f32, to: f32, length: u32| {
        let from = from.clamp(0.0, length as f32 - 1.0) as u32;
        (from, ((to.clamp(0.0, length as f32) as u32).max(from + 1)) - from)
    };
    let width = marks.right - marks.left;
    let (x, width) = side(marks.left + 0.2 * width, marks.right - 0.2 * width, picture.width());
    let (y, height) = side(marks.eyes, marks.chin - 0.15 * (marks.chin - marks.eyes), picture.height());
    Rect { x, y, width, height }
}

fn covered(matte: &Mask, face: Rect) -> f64 {
    matte.cropped(face).coverage()
}

fn cut_from(matte: &Mask) -> [Option<u32>; 4] {
    let (width, height) = (matte.width(), matte.height());
    let column = |x: u32| (0..height).find(|&y| matte.at(x, y) > 127);
    let row = |y: u32| (0..width).any(|x| matte.at(x, y) > 127).then_some(y);
    [column(0), row(0), column(width - 1), row(height - 1)]
}

/// The window in which the head is as large and as high as it should be, and no gap is seen where the picture ends before the body does, as far as the room
/// that is left to choose allows; and whether a gap is left.
fn placed(head: &Head, room: &HeadRoom, (width, height): (u32, u32), size: (u32, u32)) -> (Window, bool) {
    let shape = f64::from(size.0) / f64::from(size.1);
    let tall = (f64::from(head.marks.chin) - head.crown).max(1.0);
    let window = |share: f64, above: f64| {
        let h = tall / share;
        let w = h * shape;
        Window { x: f64::from(head.marks.middle) - w / 2.0, y: head.crown - above * h, width: w, height: h }
    };
    let gap = |w: &Window| {
        let [left, _, right, bottom] = head.cut_from;
        let lower = w.y + w.height;
        let seen = |from: Option<u32>| from.is_some_and(|from| f64::from(from) < lower);
        let below = if bottom.is_some() { (lower - f64::from(height)).max(0.0) } else { 0.0 };
        let before = if seen(left) { (-w.x).max(0.0) } else { 0.0 };
        let after = if seen(right) { (w.x + w.width - f64::from(width)).max(0.0) } else { 0.0 };
        (below + before + after) / w.height
    };
    let range = |[low, _, high]: [f64; 3]| (0..=STEPS).map(move |i| low + (high - low) * f64::from(i) / f64::from(STEPS));
    let apart = |value: f64, [low, best, high]: [f64; 3]| ((value - best) / (high - low).max(1e-6)).powi(2);
    let mut best: Option<(f64, Window)> = None;
    for share in std::iter::once(room.height[1]).chain(range(room.height)) {
        for above in std::iter::once(room.above[1]).chain(range(room.above)) {
            let candidate = window(share, above);
            let cost = GAP_COST * gap(&candidate) + apart(share, room.height) + apart(above, room.above);
            if best.is_none_or(|(least, _)| cost < least - 1e-12) {
                best = Some((cost, candidate));
            }
        }
    }
    let mut chosen = best.map_or_else(|| window(room.height[1], room.above[1]), |(_, window)| window);
    let is_gap = gap(&chosen) > 0.002;
    if is_gap && head.cut_from[3].is_some() {
        // A body does not float: the head goes lower instead, and the report says so.
        chosen.y = chosen.y.min(f64::from(height) - chosen.height);
    }
    (chosen, is_gap)
}

fn tell(step: &mut StepContext<'_>, head: &Head, gap: bool) {
    if gap {
        step.warn(
            "shoulders_cut_off",
            "原图里肩膀没有拍全，头部的位置或两侧会不理想。请换一张上半身更完整的照片。",
            "The picture ends too near below the chin or beside the shoulders, so the head cannot stand where it should. Use one that shows more of the shoulders.",
        );
    }
    if head.cut_from[1].is_some() {
        step.warn(
            "head_cut_off",
            "原图里头顶没有拍全，证件照需要完整的头部。请换一张照片。",
            "The top of the head is cut off by the picture, and an ID photo shows all of it. Use another photo.",
        );
    }
    if head.marks.tilt.abs() > MOST_TILT {
        let degrees = head.marks.tilt.abs().round();
        step.warn(
            "head_tilted",
            format!("头歪了约 {degrees} 度，证件照要求端正。可以先旋转图片再做。"),
            format!("The head is tilted by about {degrees} degrees; an ID photo wants it upright. Rotate the picture first."),
        );
    }
}

/// Lays what the window shows on the ground; gives the matte where the background was taken away.
fn lay(
    step: &StepContext<'_>,
    input: &Picture,
    person: Person,
    window: &Window,
    ground: &mut Picture,
) -> Result<Option<Arc<Mask>>, OpError> {
    if person.plain {
        through(input, window, ground);
        return Ok(None);
    }
    let part = window.part(input).ok_or_else(not_found)?;
    // Only what is seen, and a little around it, has to be freed of the old background.
    let (x, y) = (part.x.saturating_sub(ROOM_PX), part.y.saturating_sub(ROOM_PX));
    let wide = Rect {
        x,
        y,
        width: (part.x + part.width + ROOM_PX).min(input.width()) - x,
        height: (part.y + part.height + ROOM_PX).min(input.height()) - y,
    };
    let piece = geometry::crop(input, wide).0;
    let cut = with_own_alpha(cut_out_clean(&piece, &person.matte.cropped(wide)), &piece);
    step.check_cancel()?;
    let window = Window { x: window.x - f64::from(x), y: window.y - f64::from(y), ..*window };
    through(&cut, &window, ground);
    Ok(Some(Arc::new(person.matte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: HeadRoom = HeadRoom { height: [0.55, 0.66, 0.75], above: [0.05, 0.09, 0.14] };

    fn head(cut_from: [Option<u32>; 4]) -> Head {
        let marks = FaceMarks { left: 150.0, right: 250.0, eyes: 210.0, chin: 280.0, middle: 200.0, tilt: 0.0 };
        Head { marks, crown: 120.0, cut_from }
    }

    #[test]
    fn a_head_with_room_around_it_stands_where_it_looks_best() {
        let (window, gap) = placed(&head([None, None, None, Some(599)]), &ROOM, (400, 600), (295, 413));
        assert!(!gap && (160.0 / window.height - 0.66).abs() < 1e-9 && ((120.0 - window.y) / window.height - 0.09).abs() < 1e-9);
        assert!((window.x + window.width / 2.0 - 200.0).abs() < 1e-9, "in the middle");
    }

    #[test]
    fn where_the_picture_ends_the_head_grows_rather_than_float() {
        let (window, gap) = placed(&head([None, None, None, Some(329)]), &ROOM, (400, 330), (295, 413));
        assert!(!gap && window.y + window.height <= 330.5, "{window:?}");
        assert!(160.0 / window.height > 0.66);
        let (window, gap) = placed(&head([None, None, None, Some(289)]), &ROOM, (400, 290), (295, 413));
        assert!(gap && (window.y + window.height - 290.0).abs() < 1e-6, "{window:?}");
        let (_, gap) = placed(&head([None; 4]), &ROOM, (400, 290), (295, 413));
        assert!(!gap, "a head alone has nothing below it");
    }
}
