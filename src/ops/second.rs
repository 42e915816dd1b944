//! Another picture than the step's input: found by its reference, its subject cut out of it.

use std::sync::Arc;

use super::params::{param, refused};
use super::target::{self, How, Meaning};
use super::{OpError, StepContext, cutout, subject};
use crate::imaging::{Layer, Mask, Picture};
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

/// What a picture shows, without its background.
pub(super) struct Cut {
    /// Trimmed; where it is in its own picture.
    pub layer: Layer,
    /// The size of its own picture.
    pub matte: Arc<Mask>,
    /// Its own picture, background and all.
    pub whole: Arc<Picture>,
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
            let own = std::mem::replace(&mut step.input, picture.clone());
            let how = How { meaning: Meaning::Thing, refine: true, trust_alpha: true, quick: false };
            let matte = target::resolve(step, &Target::default(), how);
            step.input = own;
            let matte = matte?;
            let cut = cutout::cut_with_alpha(picture, &matte);
            (matte, cut)
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
    Ok(Cut { layer, matte: Arc::new(matte), whole: picture.clone() })
}
