//! Another picture than the step's input: found by its reference, its subject cut out of it.

use std::sync::Arc;

use super::params::{param, refused};
use super::recall::recall;
use super::target::{self, How};
use super::{OpError, Params, StepContext, cutout, subject};
use crate::imaging::defringe::cut_out_clean;
use crate::imaging::{Affine, Layer, Mask, Picture};
use crate::plan::{ImageRef, Target};
use crate::text::Text;

/// The picture that a parameter refers to.
///
/// # Errors
/// `invalid_parameter` that names the field where there is no such picture.
pub(super) fn picture(step: &StepContext<'_>, field: &str, reference: &ImageRef) -> Result<Arc<Picture>, OpError> {
    if let Some(found) = step.images.get(reference) {
        return Ok(found.clone());
    }
    let attached = step.images.keys().filter(|r| matches!(r, ImageRef::Image(_))).count();
    let (zh, en) = match reference {
        ImageRef::Image(n) => (
            format!("指令提到第 {n} 张图，但只有 {attached} 张。请附上另一张图片再说一次。"),
            format!("Picture {n} is meant, but {attached} came. Attach the other picture and ask again."),
        ),
        ImageRef::Version(n) => (format!("没有第 {n} 版。"), format!("There is no version {n}.")),
        ImageRef::Step(id) => (format!("没有名为“{id}”的前一步。"), format!("There is no earlier step `{id}`.")),
        ImageRef::Current | ImageRef::Original => ("没有这张图片。".to_owned(), "That picture is not here.".to_owned()),
    };
    Err(param(field, zh, en))
}

/// What `from` means where it is not given.
pub(super) fn original() -> ImageRef {
    ImageRef::Original
}

/// The pictures that an operation with `from` refers to without naming them.
pub(super) fn implied(params: &Params) -> Vec<ImageRef> {
    if params.0.contains_key("from") { vec![] } else { vec![original()] }
}

/// The picture that `from` refers to and the way to its pixels from the input's; `None` where it is the input itself.
///
/// # Errors
/// As [`picture`], and `no_common_ground` where no way is known and they differ in size.
pub(super) fn earlier(step: &StepContext<'_>, from: &ImageRef) -> Result<Option<(Arc<Picture>, Affine)>, OpError> {
    let found = picture(step, "from", from)?;
    if Arc::ptr_eq(&found, &step.input) {
        return Ok(None);
    }
    let map = way_to(step, from, &found)?;
    Ok(Some((found, map)))
}

/// From the input's pixels to the other picture's. Where no way is known, a picture of the same size lies pixel on pixel.
///
/// # Errors
/// `no_common_ground` where they do not come of one picture and differ in size.
fn way_to(step: &StepContext<'_>, reference: &ImageRef, from: &Picture) -> Result<Affine, OpError> {
    let same_size = (from.width(), from.height()) == (step.input.width(), step.input.height());
    match step.maps.get(reference) {
        Some(map) => Ok(*map),
        None if same_size => Ok(Affine::IDENTITY),
        None => Err(refused(
            "no_common_ground",
            format!(
                "无法把两张图对齐：“{reference}”（{}×{}）与当前图片（{}×{}）不是由同一张图得来的，大小也不同。请用 original 或这张图的某个版本（version:N），或附上一张同样大小的图片。",
                from.width(),
                from.height(),
                step.input.width(),
                step.input.height()
            ),
            format!(
                "`{reference}` ({}×{}) cannot be laid over the picture ({}×{}): they do not come of the same picture and differ in size. Name \
                 `original` or a version of this picture (`version:N`), or attach a picture of the same size.",
                from.width(),
                from.height(),
                step.input.width(),
                step.input.height()
            ),
        )),
    }
}

/// What a picture shows, without its background.
pub(super) struct Cut {
    /// Trimmed; where it is in its own picture.
    pub layer: Layer,
    /// Its own picture, background and all.
    pub whole: Arc<Picture>,
    /// Left, top, right and bottom: where its own picture ends before it does.
    pub cut_off: [bool; 4],
}

/// Cuts the subject out of another picture; a picture that has alpha is taken as it is. `field` names the parameter in errors.
///
/// # Errors
/// `subject_not_found` where nothing stands out.
pub(super) fn cut(step: &mut StepContext<'_>, field: &str, picture: &Arc<Picture>) -> Result<Cut, OpError> {
    step.watch.progress(step.step, None, &Text::new("正在抠出另一张图里的主体", "Cutting the other picture's subject out"));
    let (matte, cut) = match subject::existing_alpha(picture) {
        Some(alpha) => (alpha, Picture::clone(picture)),
        None => {
            let (own, known) = (std::mem::replace(&mut step.input, picture.clone()), step.known.take());
            let matte = own_subject(step);
            (step.input, step.known) = (own, known);
            let matte = matte?;
            let cut = cutout::with_own_alpha(cut_out_clean(picture, &matte), picture);
            (Mask::clone(&matte), cut)
        }
    };
    step.check_cancel()?;
    let Some(layer) = Layer::trimmed(&cut).filter(|_| subject::is_found(&matte)) else {
        return Err(refused(
            "subject_not_found",
            format!("在另一张图（{field}）里没有找到清晰的主体。请换一张主体清楚的图，或先把它抠好再附上。"),
            format!(
                "No clear subject was found in the other picture (`{field}`). Use one that shows it clearly, or cut it out first and attach that."
            ),
        ));
    };
    let cut_off = if picture.is_opaque() { edges_reached(&matte) } else { [false; 4] };
    Ok(Cut { layer, whole: picture.clone(), cut_off })
}

/// The subject of the step's input, remembered, so that it can be put elsewhere without waiting again.
pub(super) fn own_subject(step: &mut StepContext<'_>) -> Result<Arc<Mask>, OpError> {
    let how = How::THING;
    let model = step.models.default_for(subject::JOB)?;
    recall(
        step,
        format!("subject, fine edges, {}:{}", model.name, model.sha256.unwrap_or_default()),
        |m: &Mask| m.values().len(),
        |step| target::resolve(step, &Target::default(), how),
    )
}

/// Left, top, right and bottom: whether a good part of that edge of the picture is subject.
pub(super) fn edges_reached(matte: &Mask) -> [bool; 4] {
    let (width, height) = (matte.width(), matte.height());
    let long = |count: usize, side: u32| count as f64 > 0.04 * f64::from(side) && count > 4;
    let row = |y: u32| long((0..width).filter(|&x| matte.at(x, y) > 200).count(), width);
    let column = |x: u32| long((0..height).filter(|&y| matte.at(x, y) > 200).count(), height);
    [column(0), row(0), column(width - 1), row(height - 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_that_its_picture_cuts_off_is_noticed() {
        let block = |x0: u32, x1: u32| {
            let inside = |i: u32| (x0..x1).contains(&(i % 100)) && (20..60).contains(&(i / 100));
            Mask::new(100, 80, (0..8000).map(|i| if inside(i) { 255 } else { 0 }).collect())
        };
        assert_eq!(edges_reached(&block(0, 30)), [true, false, false, false]);
        assert_eq!(edges_reached(&block(70, 100)), [false, false, true, false]);
        assert_eq!(edges_reached(&block(10, 90)), [false; 4]);
    }
}
