//! What a person sees while a step works: a mask as a tint over the picture, small.

use std::sync::Arc;

use super::StepContext;
use crate::imaging::preview::{PREVIEW_SIDE_PX, shrink};
use crate::imaging::{Mask, Picture};
use crate::text::Text;

/// What is not selected keeps this share of its brightness.
const DIMMED: f32 = 0.35;
/// Laid over the selection: a clear blue that few photographs have.
const TINT: [f32; 3] = [64.0, 132.0, 255.0];
const TINT_STRENGTH: f32 = 0.45;

/// The selection tinted, the rest dimmed; long side at most [`PREVIEW_SIDE_PX`].
pub(super) fn overlay(picture: &Picture, mask: &Mask) -> Picture {
    let mut small = shrink(picture, PREVIEW_SIDE_PX);
    let mask = mask.resized(small.width(), small.height());
    let (pixels, _) = small.rgba8_mut().as_chunks_mut::<4>();
    for (pixel, &selected) in pixels.iter_mut().zip(mask.values()) {
        let share = f32::from(selected) / 255.0;
        for c in 0..3 {
            let value = f32::from(pixel[c]);
            let inside = value + (TINT[c] - value) * TINT_STRENGTH;
            pixel[c] = (inside * share + value * DIMMED * (1.0 - share)).round() as u8;
        }
    }
    small
}

/// Shows the mask that was found, if anyone looks: on a large photo the overlay takes a while.
pub(super) fn show_mask(step: &StepContext<'_>, mask: &Mask) {
    if !step.watch.wants_preview() {
        return;
    }
    let label = Text::new("选中的部分", "What is selected");
    step.preview(&label, None, &Arc::new(overlay(&step.input, mask)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selection_stands_out_from_the_rest() {
        let picture = Picture::filled(4, 2, [200, 200, 200, 255]);
        let shown = overlay(&picture, &Mask::new(4, 2, vec![255, 255, 0, 0, 255, 255, 0, 0]));
        assert_eq!((shown.width(), shown.height()), (4, 2));
        let (inside, outside) = (shown.pixel(0, 0), shown.pixel(3, 0));
        assert!(inside[2] > inside[0] + 50, "tinted: {inside:?}");
        assert_eq!(outside, [70, 70, 70, 255], "dimmed");
    }
}
