//! Portraits: smoother skin that keeps its pores, blemishes healed, teeth whiter, eyes clearer.
//!
//! * [`skin`] – where skin is, and its smoothing: of three bands of detail only the middle one (blotches, unevenness) is lowered; shading below it and pores
//!   above it stay. The frequency separation of portrait retouching.
//! * [`blemish`] – dark or red spots found in scale space and healed from the skin around them.
//! * [`features`] – teeth and eyes.
//!
//! Nothing moves: shapes, wrinkles and moles that are part of the face are not touched unless they look like a small spot.

mod blemish;
mod features;
mod skin;

use crate::geometry::crop;
use crate::mask::Mask;
use crate::pace::Pace;
use crate::picture::{Picture, Rect};
use crate::polygon::polygon;

/// A point in pixels of the picture.
pub type Point = (f32, f32);

/// Outlines of a face's parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Portrait {
    /// From the forehead to the chin.
    pub face: Vec<Point>,
    pub eyes: Vec<Vec<Point>>,
    pub brows: Vec<Vec<Point>>,
    /// Around both lips.
    pub lips: Vec<Point>,
    /// Between the lips.
    pub mouth: Vec<Point>,
    /// The nose from below.
    pub nostrils: Vec<Point>,
}

/// What is done, each 0..=1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Amounts {
    pub skin: f32,
    /// 0 leaves spots alone.
    pub blemishes: f32,
    pub teeth: f32,
    pub eyes: f32,
}

impl Amounts {
    /// All of them weaker or stronger.
    pub fn times(self, factor: f32) -> Self {
        let of = |v: f32| (v * factor).clamp(0.0, 1.0);
        Amounts { skin: of(self.skin), blemishes: of(self.blemishes), teeth: of(self.teeth), eyes: of(self.eyes) }
    }
}

/// A retouched picture, and what was found.
#[derive(Debug)]
pub struct Retouched {
    pub picture: Picture,
    /// Spots that were healed.
    pub blemishes: usize,
    /// Faces with teeth that were whitened.
    pub teeth: usize,
}

/// What is worked on.
#[derive(Clone, Copy)]
pub enum Part<'a> {
    Face(&'a Portrait),
    /// Skin without a known face; the picture's size.
    Skin(&'a Mask),
}

/// The picture with the parts retouched. Outside their boxes every byte stays; alpha and what is wholly transparent stay. `None` when cancelled.
pub fn retouch(picture: &Picture, parts: &[Part<'_>], amounts: &Amounts, pace: Pace<'_>) -> Option<Retouched> {
    let mut out = Retouched { picture: picture.clone(), blemishes: 0, teeth: 0 };
    for (n, part) in parts.iter().enumerate() {
        let Some(view) = part.view(picture) else { continue };
        let (mut work, _) = crop(&out.picture, view);
        let local = part.within(view);
        let region = local.region(view);
        let skin = skin::Skin::of(&work, &region, local.scale());
        if amounts.blemishes > 0.0 {
            out.blemishes += blemish::heal(&mut work, &skin, amounts.blemishes);
        }
        if (pace.cancelled)() {
            return None;
        }
        skin.smooth(&mut work, amounts.skin);
        if let Local::Face(face) = &local {
            out.teeth += usize::from(features::whiten(&mut work, &face.mouth, amounts.teeth));
            face.eyes.iter().for_each(|eye| features::clear(&mut work, eye, local.scale(), amounts.eyes));
        }
        paste(&mut out.picture, &work, view);
        (pace.done)((n + 1) as f32 / parts.len() as f32);
    }
    (!(pace.cancelled)()).then_some(out)
}

/// A part in pixels of its view.
enum Local {
    Face(Portrait),
    Skin(Mask, f32),
}

impl Part<'_> {
    /// The box that is worked on: the part and a margin for its surroundings. `None` where the part lies outside the picture.
    fn view(&self, picture: &Picture) -> Option<Rect> {
        let around = match self {
            Part::Face(face) => polygon(picture.width(), picture.height(), &face.face).bounding_box(0)?,
            Part::Skin(mask) => mask.bounding_box(0)?,
        };
        let margin = around.width.max(around.height) / 6 + 2;
        let (x, y) = (around.x.saturating_sub(margin), around.y.saturating_sub(margin));
        let (right, bottom) = (around.x + around.width + margin, around.y + around.height + margin);
        Some(Rect { x, y, width: right.min(picture.width()) - x, height: bottom.min(picture.height()) - y })
    }

    fn within(&self, view: Rect) -> Local {
        let shifted = |points: &[Point]| points.iter().map(|p| (p.0 - view.x as f32, p.1 - view.y as f32)).collect::<Vec<_>>();
        match self {
            Part::Face(face) => Local::Face(Portrait {
                face: shifted(&face.face),
                eyes: face.eyes.iter().map(|e| shifted(e)).collect(),
                brows: face.brows.iter().map(|b| shifted(b)).collect(),
                lips: shifted(&face.lips),
                mouth: shifted(&face.mouth),
                nostrils: shifted(&face.nostrils),
            }),
            Part::Skin(mask) => Local::Skin(mask.cropped(view), (f64::from(view.width) * f64::from(view.height)).sqrt() as f32),
        }
    }
}

impl Local {
    /// The face's width in pixels: what is fine and what is coarse goes by it.
    fn scale(&self) -> f32 {
        match self {
            Local::Face(face) => {
                let xs = face.face.iter().map(|p| p.0);
                xs.clone().fold(f32::MIN, f32::max) - xs.fold(f32::MAX, f32::min)
            }
            Local::Skin(_, side) => *side,
        }
        .max(4.0)
    }

    /// Where skin may be: the face without eyes, brows, lips and nostrils.
    fn region(&self, view: Rect) -> Mask {
        use crate::Combine;
        match self {
            Local::Skin(mask, _) => mask.clone(),
            Local::Face(face) => {
                let scale = self.scale();
                let shape = |points: &[Point], grow: f32| polygon(view.width, view.height, points).grown((grow * scale).round() as i32);
                let eyes = face.eyes.iter().map(|e| shape(e, 0.035));
                let others =
                    eyes.chain(face.brows.iter().map(|b| shape(b, 0.025))).chain([shape(&face.lips, 0.02), shape(&face.nostrils, 0.015)]);
                let open = others.fold(shape(&face.face, 0.0), |open, part| open.combined(&part, Combine::Minus));
                open.feathered((0.015 * scale).round() as u32)
            }
        }
    }
}

fn paste(picture: &mut Picture, part: &Picture, view: Rect) {
    let stride = picture.width() as usize * 4;
    let rows = picture.rgba8_mut().chunks_exact_mut(stride).skip(view.y as usize);
    for (to, from) in rows.zip(part.rgba8().chunks_exact(view.width as usize * 4)) {
        to[view.x as usize * 4..][..from.len()].copy_from_slice(from);
    }
}

#[cfg(test)]
mod tests;
