//! What the hints mean for the cells of a grid.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Hints;
use super::energy::Known;
use super::gmm::squared;
use super::grid::Grid;
use crate::mincut::NEIGHBOURS;

/// Reach of a click that is certain, as a share of the longer side.
const CLICK_REACH: f64 = 0.008;
/// What a prior may count, nats.
const PRIOR_LIMIT: f32 = 8.0;
/// What a click counts for cells that look like its own, nats, and how fast that fades (CIE Lab distance along the way).
const CLICK_WEIGHT: f32 = 6.0;
const CLICK_FADE: f32 = 12.0;
/// What a cell of the way costs where all is of one colour, CIE Lab, on a grid of 128 cells.
const STEP: f32 = 0.25;

/// What is certain: nothing outside the area or where the picture is transparent, everything near a click as the nearest click says.
pub(super) fn certain(grid: &Grid, hints: &Hints<'_>) -> Vec<Known> {
    let within = within_area(grid, hints);
    let mut known: Vec<Known> =
        within.iter().zip(&grid.visible).map(|(w, v)| if *w && *v { Known::Free } else { Known::Outside }).collect();
    let reach = (grid.width.max(grid.height) as f64 * CLICK_REACH).max(0.5);
    let mut nearest = vec![f64::INFINITY; grid.len()];
    let clicks = hints.inside.iter().map(|c| (c, Known::Inside)).chain(hints.outside.iter().map(|c| (c, Known::Outside)));
    for (click, says) in clicks {
        let centre = grid.cell(*click);
        let (cx, cy) = (centre % grid.width, centre / grid.width);
        let r = reach.ceil() as usize;
        for y in cy.saturating_sub(r)..(cy + r + 1).min(grid.height) {
            for x in cx.saturating_sub(r)..(cx + r + 1).min(grid.width) {
                let distance = (x as f64 - cx as f64).hypot(y as f64 - cy as f64);
                let i = y * grid.width + x;
                if distance <= reach && distance < nearest[i] && within[i] {
                    (nearest[i], known[i]) = (distance, says);
                }
            }
        }
    }
    known
}

/// What else speaks for the inside of each cell, nats: the prior, and the clicks for what looks like the clicked place and hangs together with it.
pub(super) fn opinion(grid: &Grid, hints: &Hints<'_>) -> Vec<f32> {
    let mut bias = vec![0.0; grid.len()];
    if let Some(prior) = hints.prior {
        for (bias, p) in bias.iter_mut().zip(grid.sample(prior)) {
            let p = (f32::from(p) / 255.0).clamp(0.01, 0.99);
            *bias += (2.0 * (p / (1.0 - p)).ln()).clamp(-PRIOR_LIMIT, PRIOR_LIMIT);
        }
    }
    // A click outweighs the prior.
    let says = CLICK_WEIGHT + if hints.prior.is_some() { PRIOR_LIMIT } else { 0.0 };
    let ways = [hints.inside, hints.outside].map(|clicks| (!clicks.is_empty()).then(|| way_from(grid, clicks)));
    for (ways, weight) in ways.iter().zip([says, -says]) {
        for (bias, way) in bias.iter_mut().zip(ways.iter().flatten()) {
            *bias += weight * (-way / CLICK_FADE).exp();
        }
    }
    if let [Some(to_inside), Some(to_outside)] = &ways {
        for ((bias, near), far) in bias.iter_mut().zip(to_inside).zip(to_outside) {
            *bias += says * (far - near) / (far + near).max(1.0);
        }
    }
    bias
}

/// Whether each cell lies in the area.
pub(super) fn within_area(grid: &Grid, hints: &Hints<'_>) -> Vec<bool> {
    let Some(area) = hints.area else { return vec![true; grid.len()] };
    let [left, top, right, bottom] = grid.span(area);
    (0..grid.len()).map(|i| (left..right).contains(&(i % grid.width)) && (top..bottom).contains(&(i / grid.width))).collect()
}

/// The least colour change (CIE Lab, summed along the way) from the clicks to each cell: a geodesic distance, by Dijkstra's algorithm.
pub(super) fn way_from(grid: &Grid, clicks: &[(f64, f64)]) -> Vec<f32> {
    // Hundredths, so that the order is exact.
    let step = STEP * 128.0 / grid.width.max(grid.height) as f32;
    let mut ways = vec![u32::MAX; grid.len()];
    let mut heap = BinaryHeap::new();
    for click in clicks {
        let cell = grid.cell(*click);
        ways[cell] = 0;
        heap.push(Reverse((0u32, cell as u32)));
    }
    while let Some(Reverse((way, cell))) = heap.pop() {
        let i = cell as usize;
        if way > ways[i] {
            continue;
        }
        let (x, y) = ((i % grid.width) as i32, (i / grid.width) as i32);
        for (dx, dy) in NEIGHBOURS {
            if x + dx < 0 || y + dy < 0 || x + dx >= grid.width as i32 || y + dy >= grid.height as i32 {
                continue;
            }
            let j = (y + dy) as usize * grid.width + (x + dx) as usize;
            let length = ((dx * dx + dy * dy) as f32).sqrt();
            let next = way + ((squared(grid.colour[i], grid.colour[j]).sqrt() + step * length) * 100.0) as u32;
            if next < ways[j] {
                ways[j] = next;
                heap.push(Reverse((next, j as u32)));
            }
        }
    }
    ways.into_iter().map(|way| way as f32 / 100.0).collect()
}
