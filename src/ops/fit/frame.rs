//! The whole picture in another shape: cut around the subject, or with a border where cutting would cut into it.

use std::sync::Arc;

use super::canvas::{SAME_SHAPE, Window, shrunk, size_for, through};
use super::{Made, flat};
use crate::imaging::filter::Filter;
use crate::imaging::{Picture, Rect, backdrop, blend};
use crate::ops::pace::paced;
use crate::ops::{OpError, StepContext, pad, second, subject};
use crate::presets::{How, Preset};
use crate::text::{Explain, Text};

/// How much of the outermost pixels has to have one colour for a border to go on with it.
const PLAIN_EDGE: f64 = 0.6;
/// How near a pixel is to that colour, per channel.
const PLAIN_NEAR: u8 = 12;
/// Blur of a border, as a share of the longer side.
const BLUR_SHARE: f32 = 0.04;
/// Left around a subject, as a share of its size, as far as the picture has it.
const AIR: f64 = 0.06;
/// A subject this near to two sides that face each other, as a share of the picture, is scenery that goes on outside.
const SCENERY: f64 = 0.01;

/// The picture in the preset's size.
pub fn make(step: &mut StepContext<'_>, preset: &Preset) -> Result<Made, OpError> {
    let input = flat(&step.input);
    let size = size_for(&preset.make, (input.width(), input.height()));
    let shape = f64::from(size.0) / f64::from(size.1);
    let own = f64::from(input.width()) / f64::from(input.height());
    let same = (own / shape).max(shape / own) < SAME_SHAPE;
    let window = match preset.make.how {
        _ if same => Window::whole(&input),
        How::Contain => contained(&input, shape),
        _ => match focus(step, &input)? {
            Some(subject) => covering(&input, shape, subject),
            None => covered(&input, shape, (f64::from(input.width()) / 2.0, f64::from(input.height()) / 2.0)),
        },
    };
    let (canvas, factor) = shrunk(&preset.make, size, f64::from(size.0) / window.width);
    step.limits.check_size(canvas.0, canvas.1)?;
    step.check_cancel()?;
    let shown = match input.is_opaque() || preset.may_be_transparent() {
        true => input.clone(),
        false => Arc::new(blend::over_colour(&input, [255; 3])),
    };
    if (shown.width(), shown.height()) == canvas && same {
        return Ok(if Arc::ptr_eq(&shown, &input) { Made::unchanged(input) } else { Made::of(Picture::clone(&shown)) });
    }
    let mut ground = ground(step, &shown, &window, canvas)?;
    through(&shown, &window, &mut ground);
    Ok(Made { window: Some(window), enlarged: factor, ..Made::of(ground) })
}

/// Where the subject is. Without a model that could say so, the middle of the picture has to do.
fn focus(step: &mut StepContext<'_>, input: &Arc<Picture>) -> Result<Option<Rect>, OpError> {
    if let Some(known) = step.focus {
        return Ok(Some(known));
    }
    if let Some(alpha) = subject::existing_alpha(input) {
        return Ok(alpha.bounding_box(127));
    }
    step.watch.progress(step.step, None, &Text::new("正在寻找主体", "Looking for the subject"));
    match second::own_subject(step) {
        Ok(matte) if subject::is_found(&matte) => Ok(super::cut::tidied((*matte).clone(), |_| true).bounding_box(127)),
        Ok(_) => Ok(None),
        Err(OpError::Model(e)) if matches!(e.code(), "model_missing" | "runtime_missing") => {
            step.warn(
                "subject_not_looked_for",
                "没有安装抠图模型，不知道主体在哪，按画面中间裁剪。",
                "The cut-out model is not installed, so where the subject is is not known: the middle of the picture was kept.",
            );
            Ok(None)
        }
        Err(e) => Err(e),
    }
}

/// The largest window of a shape inside the picture, its middle as near to `middle` as may be.
fn covered(input: &Picture, shape: f64, middle: (f64, f64)) -> Window {
    let (w, h) = (f64::from(input.width()), f64::from(input.height()));
    let (width, height) = if w / h > shape { (h * shape, h) } else { (w, w / shape) };
    let place = |middle: f64, side: f64, room: f64| (middle - side / 2.0).clamp(0.0, (room - side).max(0.0));
    Window { x: place(middle.0, width, w), y: place(middle.1, height, h), width, height }
}

/// The same around a subject: larger, over the picture's edge, where the subject would not fit.
fn covering(input: &Picture, shape: f64, subject: Rect) -> Window {
    let (w, h) = (f64::from(input.width()), f64::from(input.height()));
    let middle = (f64::from(subject.x) + f64::from(subject.width) / 2.0, f64::from(subject.y) + f64::from(subject.height) / 2.0);
    let window = covered(input, shape, middle);
    // What goes on outside the picture on both sides is cut by the picture itself.
    let goes_on = |start: u32, length: u32, room: f64| {
        f64::from(start) <= SCENERY * room && f64::from(start) + f64::from(length) >= (1.0 - SCENERY) * room
    };
    let with_air = |start: u32, length: u32, room: f64| {
        let (from, air) = (f64::from(start), AIR * f64::from(length));
        (from + f64::from(length) + air).min(room) - (from - air).max(0.0)
    };
    let across = if goes_on(subject.x, subject.width, w) { 0.0 } else { with_air(subject.x, subject.width, w) };
    let down = if goes_on(subject.y, subject.height, h) { 0.0 } else { with_air(subject.y, subject.height, h) };
    let grow = (across / window.width).max(down / window.height);
    if grow <= 1.0 {
        return window;
    }
    let (width, height) = (window.width * grow, window.height * grow);
    // Inside the picture as far as it reaches, else around its middle.
    let place = |middle: f64, side: f64, room: f64| {
        if side >= room { (room - side) / 2.0 } else { (middle - side / 2.0).clamp(0.0, room - side) }
    };
    Window { x: place(middle.0, width, w), y: place(middle.1, height, h), width, height }
}

/// The smallest window of a shape around the picture.
fn contained(input: &Picture, shape: f64) -> Window {
    let (w, h) = (f64::from(input.width()), f64::from(input.height()));
    let (width, height) = if w / h > shape { (w, w / shape) } else { (h * shape, h) };
    Window { x: (w - width) / 2.0, y: (h - height) / 2.0, width, height }
}

/// What is seen where the window reaches over the picture: the colour that its edge has, else the picture itself, out of focus.
fn ground(step: &mut StepContext<'_>, shown: &Picture, window: &Window, (width, height): (u32, u32)) -> Result<Picture, OpError> {
    let inside = window.x >= -0.01
        && window.y >= -0.01
        && window.x + window.width <= f64::from(shown.width()) + 0.01
        && window.y + window.height <= f64::from(shown.height()) + 0.01;
    if !shown.is_opaque() {
        return Ok(Picture::filled(width, height, [0; 4]));
    }
    let colour = pad::border_colour_of(shown);
    if inside || super::ground::Ground::edge_near(shown, [colour[0], colour[1], colour[2]], PLAIN_NEAR) >= PLAIN_EDGE {
        return Ok(Picture::filled(width, height, colour));
    }
    let large = backdrop::cover(shown, width, height);
    let blur = Filter::Blur(BLUR_SHARE * width.max(height) as f32);
    paced(step, &Text::new("正在模糊边框", "Blurring the border"), |pace| blur.apply(&large, pace))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rect(x: u32, y: u32, width: u32, height: u32) -> Rect {
        Rect { x, y, width, height }
    }

    #[test]
    fn what_fits_is_cut_around_the_subject_and_never_into_it() {
        let wide = Picture::filled(400, 100, [1, 2, 3, 255]);
        let window = |subject| covering(&wide, 1.0, subject);
        assert_eq!(window(rect(300, 10, 40, 80)), Window { x: 270.0, y: 0.0, width: 100.0, height: 100.0 });
        assert_eq!(window(rect(380, 10, 19, 80)).x, 300.0, "not over the edge");
        let large = window(rect(100, 10, 200, 80));
        let near = |a: f64, b: f64| (a - b).abs() < 1e-6;
        let all = near(large.width, 224.0) && near(large.x, 88.0) && near(large.y, -62.0);
        assert!(all, "all of it and a little air, with a border above and below: {large:?}");
        assert_eq!(window(rect(0, 10, 400, 80)).width, 100.0, "scenery is cut");
    }

    #[test]
    fn a_contained_picture_is_whole_and_in_the_middle() {
        let wide = Picture::filled(400, 100, [1, 2, 3, 255]);
        assert_eq!(contained(&wide, 0.5), Window { x: 0.0, y: -350.0, width: 400.0, height: 800.0 });
    }
}
