//! Captions under the things of an arrangement: as wide as there is room, all in one size.

use portico_lettering::{Block, Contrast, Edge, Fonts, Ground, Ink, Style};

use super::{OpError, StepContext, letters};
use crate::imaging::{Picture, Placement};

/// The em, as a share of the middle height of the things; in pixels at least.
const SIZE: f64 = 0.075;
const LEAST_PX: f32 = 7.0;
const USUAL_LEAST_PX: f64 = 12.0;
/// Distance from the thing above, and lines, in ems.
const GAP: f64 = 0.8;
const LINE: f32 = 1.3;
/// Room that an arrangement leaves, for one line and for two, as a share of the middle height.
const ONE_LINE: f64 = SIZE * (GAP + 1.7);
const TWO_LINES: f64 = SIZE * (GAP + 3.0);
/// Room between the captions of neighbours, in ems.
const APART: f64 = 0.8;

/// Height that `captions` need under things of these shapes (width by height), as a share of the middle height; 0 where there are none.
pub(super) fn room(fonts: &Fonts, captions: &[String], shapes: &[f64], spacing: f64) -> f64 {
    let wide = |(caption, shape): (&String, &f64)| {
        let ems = f64::from(fonts.lay_out(caption, &Style::new(100.0)).width) / 100.0;
        caption.contains('\n') || ems * SIZE > shape.max(super::arrange::LEAST_CELL) + spacing * 0.8
    };
    match captions.iter().all(|c| c.trim().is_empty()) {
        true => 0.0,
        false if captions.iter().zip(shapes).any(wide) => TWO_LINES,
        false => ONE_LINE,
    }
}

/// Where a caption may lie: around this centre, below this line, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Slot {
    centre: f64,
    top: f64,
    width: f64,
    height: f64,
}

/// Height and middle of the things' heights, in pixels.
fn middle_height(at: &[Placement]) -> f64 {
    let mut heights: Vec<f64> = at.iter().map(|p| p.height).collect();
    heights.sort_by(f64::total_cmp);
    heights[heights.len() / 2]
}

fn overlaps((a0, a1): (f64, f64), (b0, b1): (f64, f64)) -> bool {
    a0 < b1 && b0 < a1
}

/// The slot under each thing: up to the middle between it and its neighbours, down to what stands below or to the edge. `below`: what lies under the
/// things before captions begin, in pixels.
fn slots(at: &[Placement], (width, height): (u32, u32), em: f64, below: f64) -> Vec<Slot> {
    let (width, height) = (f64::from(width), f64::from(height));
    let across = |p: &Placement| (p.x - p.width / 2.0, p.x + p.width / 2.0);
    let down = |p: &Placement| (p.y - p.height / 2.0, p.y + p.height / 2.0);
    let slot = |i: usize| {
        let own = &at[i];
        let band = (down(own).1, down(own).1 + below + em * (GAP + 2.0));
        let beside = at.iter().enumerate().filter(|(j, p)| *j != i && overlaps((down(p).0, down(p).1 + band.1 - band.0), band));
        let free = beside.fold(2.0 * own.x.min(width - own.x) - em, |free, (_, p)| {
            // To the middle of the gap, the same on both sides.
            let gap = if p.x > own.x { (across(p).0 + across(own).1) / 2.0 - own.x } else { own.x - (across(p).1 + across(own).0) / 2.0 };
            free.min(2.0 * gap - APART * em)
        });
        let top = (band.0 + below + GAP * em).min(height - 1.4 * em);
        let reach = (own.x - free / 2.0, own.x + free / 2.0);
        let under = at.iter().enumerate().filter(|(j, p)| *j != i && down(p).0 > band.0 && overlaps(across(p), reach));
        let end = under.map(|(_, p)| down(p).0).fold(height, f64::min);
        Slot { centre: own.x, top, width: free.max(0.0), height: (end - top - 0.2 * em).max(0.0) }
    };
    (0..at.len()).map(slot).collect()
}

/// What is written where.
pub(super) struct Written<'a> {
    pub captions: &'a [String],
    pub at: &'a [Placement],
    /// Height of what lies directly under the things (a shelf's board), in pixels.
    pub below: f64,
    /// The ground is a photograph: letters get a thin edge.
    pub busy: bool,
}

/// Writes the captions into the scene; what finds no room is said.
pub(super) fn write(step: &mut StepContext<'_>, fonts: &Fonts, scene: &mut Picture, what: &Written<'_>) -> Result<(), OpError> {
    let em = (SIZE * middle_height(what.at)).max(USUAL_LEAST_PX.min(f64::from(scene.height()) * 0.1));
    let slots = slots(what.at, (scene.width(), scene.height()), em, what.below);
    // Thin strokes are lost on a photograph.
    let weight = if what.busy { 700 } else { 400 };
    let style =
        |slot: &Slot, size_px: f32| Style { max_width_px: Some(slot.width as f32), line_height: LINE, weight, ..Style::new(size_px) };
    let fits = |slot: Slot| move |block: &Block| f64::from(block.width) <= slot.width && f64::from(block.height) <= slot.height;
    let wanted: Vec<(usize, &String)> = what.captions.iter().enumerate().filter(|(_, c)| !c.trim().is_empty()).collect();
    let mut blocks: Vec<(usize, &String, Block)> = vec![];
    for &(i, caption) in &wanted {
        let slot = slots[i];
        match fonts.fit(caption, &style(&slot, em as f32), LEAST_PX.min(em as f32), fits(slot)) {
            Some(block) => {
                letters::say_missing(step, &block)?;
                blocks.push((i, caption, block));
            }
            None => {
                let n = i + 1;
                step.warn(
                    "caption_left_out",
                    format!("第 {n} 张图下面放不下它的说明，已略去。请写短一些，或把图做大。"),
                    format!("There is no room for the caption of picture {n}, so it was left out. Make it shorter, or the picture larger."),
                );
            }
        }
    }
    // All in the size of the one that needs the smallest.
    let size = blocks.iter().map(|(_, _, b)| b.size_px).fold(f32::MAX, f32::min);
    let ground = Ground::of(scene);
    for (i, caption, own) in blocks {
        let slot = slots[i];
        let same = fonts.balanced(caption, &style(&slot, size));
        let block = if fits(slot)(&same) { same } else { own };
        let (left, top) = (slot.centre - f64::from(block.width) / 2.0, slot.top);
        let light = ground.within(left as i64, top as i64, (block.width as u32).max(1), (block.height as u32).max(1));
        let contrast = Contrast::on(light);
        let edge = Edge { colour: contrast.against, width_px: (size * 0.05).max(0.7), strength: 0.5 };
        let ink = Ink { colour: contrast.ink, edge: what.busy.then_some(edge), shadow: None };
        if let Some(mut layer) = block.paint(&ink, 0.0) {
            layer.x += slot.centre.round() as i64;
            layer.y += (slot.top + f64::from(block.height) / 2.0).round() as i64;
            layer.lay_on(scene, 1.0);
        }
        step.check_cancel()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f64, y: f64, width: f64, height: f64) -> Placement {
        Placement { x, y, width, height, rotate: 0.0 }
    }

    #[test]
    fn a_slot_ends_between_neighbours_and_above_what_stands_below() {
        let things = [at(100.0, 100.0, 80.0, 100.0), at(300.0, 110.0, 80.0, 80.0), at(100.0, 300.0, 80.0, 100.0)];
        let found = slots(&things, (400, 400), 10.0, 0.0);
        assert_eq!(found[0].top, 158.0);
        assert!(found[0].width > 150.0 && found[0].width < 200.0, "{found:?}");
        assert!((found[0].top + found[0].height) < 250.0, "the third thing begins there: {found:?}");
        assert!(found[2].top + found[2].height <= 400.0);
        let at_the_edge = slots(&[at(50.0, 380.0, 80.0, 40.0)], (400, 400), 10.0, 0.0);
        assert!(at_the_edge[0].top < 400.0 && at_the_edge[0].height > 10.0, "{at_the_edge:?}");
    }
}
