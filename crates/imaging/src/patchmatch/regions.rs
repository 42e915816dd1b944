//! Which parts of a hole are filled together, and how much of the picture each of them looks at.

use crate::{Mask, Rect};

/// Parts of the hole no farther apart than this are one from the start.
const CELL: usize = 16;

/// Boxes around the separate parts of the hole; parts whose surroundings overlap much share one. Boxes do not overlap.
pub fn boxes(hole: &Mask) -> Vec<Rect> {
    let mut boxes = components(hole);
    // Joined until nothing changes; a joined box may reach others.
    let mut k = 0;
    while k < boxes.len() {
        let around = grown(boxes[k], joins(boxes[k]), hole.width(), hole.height());
        let near = (0..boxes.len()).find(|&j| j != k && overlap(around, grown(boxes[j], joins(boxes[j]), hole.width(), hole.height())));
        match near {
            Some(j) => {
                boxes[k] = boxes[k].union(boxes[j]);
                boxes.swap_remove(j);
                k = 0;
            }
            None => k += 1,
        }
    }
    boxes.sort_by_key(|b| (b.y, b.x));
    boxes
}

/// The box and what is looked at around it: one and a half times its longer side, at least 64 px.
pub fn context(of: Rect, hole: &Mask) -> Rect {
    let side = of.width.max(of.height);
    grown(of, (side + side / 2).max(64), hole.width(), hole.height())
}

fn joins(of: Rect) -> u32 {
    (of.width.max(of.height) / 4).clamp(4, 200)
}

fn grown(of: Rect, by: u32, width: u32, height: u32) -> Rect {
    let (x, y) = (of.x.saturating_sub(by), of.y.saturating_sub(by));
    let right = (of.x + of.width).saturating_add(by).min(width);
    let bottom = (of.y + of.height).saturating_add(by).min(height);
    Rect { x, y, width: right - x, height: bottom - y }
}

fn overlap(a: Rect, b: Rect) -> bool {
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

/// Boxes around groups of touching cells that hold a pixel of the hole.
fn components(hole: &Mask) -> Vec<Rect> {
    let width = hole.width() as usize;
    let (across, down) = (width.div_ceil(CELL), (hole.height() as usize).div_ceil(CELL));
    let mut cells: Vec<Option<Rect>> = vec![None; across * down];
    for (y, row) in hole.values().chunks_exact(width).enumerate() {
        for (x, _) in row.iter().enumerate().filter(|(_, v)| **v > 0) {
            let cell = &mut cells[y / CELL * across + x / CELL];
            let dot = Rect { x: x as u32, y: y as u32, width: 1, height: 1 };
            *cell = Some(cell.map_or(dot, |c| c.union(dot)));
        }
    }
    let mut boxes = vec![];
    let mut stack = vec![];
    for first in 0..cells.len() {
        let Some(mut bounds) = cells[first].take() else { continue };
        stack.push(first);
        while let Some(cell) = stack.pop() {
            let (x, y) = (cell % across, cell / across);
            for ny in y.saturating_sub(1)..(y + 2).min(down) {
                for nx in x.saturating_sub(1)..(x + 2).min(across) {
                    if let Some(more) = cells[ny * across + nx].take() {
                        bounds = bounds.union(more);
                        stack.push(ny * across + nx);
                    }
                }
            }
        }
        boxes.push(bounds);
    }
    boxes
}
