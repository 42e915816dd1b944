//! The subject on a plain or transparent background: cut out, unless the background is as it should be already.

use std::sync::Arc;

use super::canvas::{Window, shrunk, size_for, through};
use super::ground::Ground;
use super::{Made, flat};
use crate::imaging::colour::Srgb8;
use crate::imaging::components::Components;
use crate::imaging::defringe::cut_out_clean;
use crate::imaging::{Mask, Picture, Rect, blend};
use crate::ops::cutout::with_own_alpha;
use crate::ops::{OpError, StepContext, second, subject};
use crate::presets::Preset;
use crate::text::Text;

/// Share of the frame that a subject takes where the preset says nothing.
const FILL: f64 = 0.85;
/// Alpha from this on is seen.
const SEEN: u8 = 16;
/// Pieces of a matte with less than this share of its largest one are dirt.
const DIRT_SHARE: f64 = 0.004;
/// What is soft farther than this from what is opaque is no edge: a share of the longer side.
const SOFT_SHARE: f64 = 0.01;
/// How much of the outermost pixels has to have the colour for a background to count as plain.
const PLAIN_EDGE: f64 = 0.5;
/// How exactly, and from where on.
const PLAIN_BEYOND_PX: u32 = 16;

/// The subject and what is left around it.
pub struct Piece {
    /// As large as the input; opaque where the background stays.
    pub picture: Arc<Picture>,
    /// Around the subject.
    pub bounds: Rect,
    /// Left, top, right and bottom: whether the input ends before the subject does.
    pub cut_off: [bool; 4],
    /// The subject's alpha, where it was cut out.
    pub matte: Option<Arc<Mask>>,
}

/// The subject on `colour`, or on nothing.
pub fn make(step: &mut StepContext<'_>, preset: &Preset, colour: Option<Srgb8>, margin: Option<f64>) -> Result<Made, OpError> {
    let input = flat(&step.input);
    let piece = match colour.and_then(|colour| plain(&input, colour)) {
        Some(piece) => piece,
        None => cut_out(step, &input)?,
    };
    step.check_cancel()?;
    let fill = margin.map_or(preset.make.fill.unwrap_or(FILL), |margin| 1.0 - 2.0 * margin);
    let wanted = size_for(&preset.make, (input.width(), input.height()));
    let factor = enlarged(&piece, fill, wanted);
    let (canvas, factor) = shrunk(&preset.make, wanted, factor);
    step.limits.check_size(canvas.0, canvas.1)?;
    if piece.matte.is_none() && is_framed(&input, &piece, fill, preset) {
        return Ok(Made { colour, ..Made::unchanged(input) });
    }
    let window = around(&piece, factor, canvas);
    let mut ground = Picture::filled(canvas.0, canvas.1, colour.map_or([0; 4], |[r, g, b]| [r, g, b, 255]));
    through(&piece.picture, &window, &mut ground);
    if piece.cut_off.contains(&true) {
        step.warn(
            "subject_cut_off",
            "原图里的主体没有拍全（到了画面边缘），做好的图里也少这一部分。换一张拍全的更好。",
            "The subject is cut off by the picture's edge, so a part of it is missing here too. A picture that shows all of it is better.",
        );
    }
    Ok(Made { window: Some(window), enlarged: factor, colour, matte: piece.matte, ..Made::of(ground) })
}

/// The picture as it is, if the background is exactly this colour around a subject.
fn plain(input: &Picture, colour: Srgb8) -> Option<Piece> {
    if !input.is_opaque() || !Ground::is_around(input, colour, PLAIN_EDGE) {
        return None;
    }
    let ground = Ground::of_colour(input, colour);
    let bounds = ground.bounds?;
    let exact = ground.spots(input, colour, 0, PLAIN_BEYOND_PX).wrong == 0;
    let touches = [bounds.x == 0, bounds.y == 0, bounds.x + bounds.width == input.width(), bounds.y + bounds.height == input.height()];
    exact.then(|| Piece { picture: Arc::new(input.clone()), bounds, cut_off: touches, matte: None })
}

/// By its own alpha or by the cut-out model. A picture in which nothing stands out is taken whole, with a warning.
fn cut_out(step: &mut StepContext<'_>, input: &Arc<Picture>) -> Result<Piece, OpError> {
    let (matte, own) = match subject::existing_alpha(input) {
        Some(alpha) => (alpha, true),
        None => {
            step.watch.progress(step.step, None, &Text::new("正在寻找主体", "Looking for the subject"));
            (Mask::clone(&*second::own_subject(step)?), false)
        }
    };
    if !subject::is_found(&matte) {
        step.warn(
            "subject_not_found",
            "没有找到清晰的主体，整张图片都留下了，背景不是要求的样子。可以先抠图或涂抹出主体，再做。",
            "No clear subject was found, so all of the picture was kept and the background is not as asked. Cut the subject out or paint over it first.",
        );
        let bounds = input.bounds();
        return Ok(Piece { picture: input.clone(), bounds, cut_off: [false; 4], matte: None });
    }
    let cut_off = if own { [false; 4] } else { second::edges_reached(&matte) };
    let matte = if own { matte } else { tidied(matte, |_| true) };
    step.check_cancel()?;
    let cut = if own { Picture::clone(input) } else { with_own_alpha(cut_out_clean(input, &matte), input) };
    let bounds = blend::alpha_of(&cut).bounding_box(SEEN).unwrap_or(input.bounds());
    Ok(Piece { picture: Arc::new(cut), bounds, cut_off, matte: Some(Arc::new(matte)) })
}

/// A matte without dirt: small pieces and haze far from what is opaque, which would be spots on a plain background. `keep` chooses pieces by their bounds.
pub fn tidied(mut matte: Mask, keep: impl Fn(Rect) -> bool) -> Mask {
    let parts = Components::of(&matte, 128);
    let largest = parts.all.iter().filter(|c| keep(c.bounds)).map(|c| c.area).max().unwrap_or(0);
    let stays: Vec<bool> = parts.all.iter().map(|c| keep(c.bounds) && c.area as f64 >= DIRT_SHARE * largest as f64).collect();
    if !stays.contains(&true) {
        return matte;
    }
    let solid = parts.labels.iter().map(|&l| if l > 0 && stays[l as usize - 1] { 255 } else { 0 }).collect();
    let reach = (f64::from(matte.width().max(matte.height())) * SOFT_SHARE).ceil().max(2.0) as i32;
    let near = Mask::new(matte.width(), matte.height(), solid).grown(reach);
    matte.values_mut().iter_mut().zip(near.values()).for_each(|(v, near)| *v = if *near > 0 { *v } else { 0 });
    matte
}

/// How much the subject is enlarged to take its share of the canvas. Where the picture cuts it off at two sides that face each other, it goes from edge to edge.
fn enlarged(piece: &Piece, fill: f64, (width, height): (u32, u32)) -> f64 {
    let [left, top, right, bottom] = piece.cut_off;
    let across = if left && right { 1.0 } else { fill };
    let down = if top && bottom { 1.0 } else { fill };
    let (w, h) = (f64::from(piece.bounds.width), f64::from(piece.bounds.height));
    (across * f64::from(width) / w).min(down * f64::from(height) / h)
}

/// The window that shows the subject in the middle, or at the edge that cuts it off.
fn around(piece: &Piece, factor: f64, (width, height): (u32, u32)) -> Window {
    let (w, h) = (f64::from(width) / factor, f64::from(height) / factor);
    let place = |start: u32, length: u32, side: f64, before: bool, after: bool| {
        let (start, length) = (f64::from(start), f64::from(length));
        match (before, after) {
            (true, false) => start,
            (false, true) => start + length - side,
            _ => start + length / 2.0 - side / 2.0,
        }
    };
    let [left, top, right, bottom] = piece.cut_off;
    // What is cut off below stands on the lower edge, also where its top is cut off too.
    let top = top && !bottom;
    Window {
        x: place(piece.bounds.x, piece.bounds.width, w, left, right),
        y: place(piece.bounds.y, piece.bounds.height, h, top, bottom),
        width: w,
        height: h,
    }
}

/// Whether a picture with the right background has the right size and fill too, so that nothing is to be done.
fn is_framed(input: &Picture, piece: &Piece, fill: f64, preset: &Preset) -> bool {
    let size = [input.width(), input.height()];
    let made = preset.make.sizes.contains(&size)
        || preset.make.least.is_some_and(|least| size[0] == size[1] && size[0] >= least && size[0] <= preset.make.sizes[0][0]);
    let share = |length: u32, side: u32| f64::from(length) / f64::from(side);
    let filled = share(piece.bounds.width, size[0]).max(share(piece.bounds.height, size[1]));
    made && !piece.cut_off.contains(&true) && (fill - 0.05..=fill + 0.08).contains(&filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presets::Presets;

    fn block(x: u32, y: u32, width: u32, height: u32, size: u32) -> Picture {
        let mut picture = Picture::filled(size, size, [255; 4]);
        for row in y..y + height {
            for column in x..x + width {
                let i = ((row * size + column) * 4) as usize;
                picture.rgba8_mut()[i..i + 3].copy_from_slice(&[30, 60, 90]);
            }
        }
        picture
    }

    #[test]
    fn a_white_background_is_seen_and_a_nearly_white_one_is_not() {
        let picture = block(40, 50, 30, 20, 120);
        assert_eq!(plain(&picture, [255; 3]).unwrap().bounds, Rect { x: 40, y: 50, width: 30, height: 20 });
        let mut grey = picture.clone();
        grey.rgba8_mut()[0] = 252;
        assert!(plain(&grey, [255; 3]).is_none() && plain(&picture, [0, 0, 255]).is_none());
    }

    #[test]
    fn the_subject_takes_its_share_and_stands_where_the_picture_cuts_it_off() {
        let piece = |cut_off| Piece {
            picture: Arc::new(block(10, 60, 30, 40, 100)),
            bounds: Rect { x: 10, y: 60, width: 30, height: 40 },
            cut_off,
            matte: None,
        };
        let free = piece([false; 4]);
        assert_eq!(enlarged(&free, 0.9, (800, 800)), 18.0);
        let window = around(&free, 18.0, (800, 800));
        assert!((window.x + window.width / 2.0 - 25.0).abs() < 1e-9 && (window.y + window.height / 2.0 - 80.0).abs() < 1e-9);
        let window = around(&piece([false, false, false, true]), 18.0, (800, 800));
        assert!((window.y + window.height - 100.0).abs() < 1e-9, "it goes down to the edge");
        assert_eq!(enlarged(&piece([true, false, true, false]), 0.9, (90, 800)), 3.0, "from edge to edge");
    }

    #[test]
    fn what_is_right_already_is_left_alone() {
        let presets = Presets::embedded();
        let amazon = presets.find("amazon.main").unwrap();
        let framed = |side: u32, size: u32| {
            let at = (size - side) / 2;
            let picture = block(at, at, side, side, size);
            is_framed(&picture, &plain(&picture, [255; 3]).unwrap(), 0.9, amazon)
        };
        assert!(framed(990, 1100) && !framed(540, 600) && !framed(600, 1100));
    }

    #[test]
    fn dirt_and_haze_go_and_edges_stay() {
        let mut matte = Mask::filled(200, 100, 0);
        for y in 20..80 {
            for x in 20..100 {
                matte.values_mut()[y * 200 + x] = 255;
            }
        }
        matte.values_mut()[50 * 200 + 100] = 120;
        matte.values_mut()[50 * 200 + 120] = 40;
        matte.values_mut()[10 * 200 + 180] = 255;
        let tidy = tidied(matte, |_| true);
        assert_eq!((tidy.at(50, 50), tidy.at(100, 50), tidy.at(120, 50), tidy.at(180, 10)), (255, 120, 0, 0));
    }
}
