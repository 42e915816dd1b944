//! Things that overlap: each pixel goes to one of them.

use crate::{Mask, Picture, Rect};

use super::energy::{Known, Problem, cut};
use super::gmm::{Mixture, Sample};
use super::grid::{FORWARD, Grid};
use super::{Cancel, FINE_CELLS, smoothness};
use crate::mincut::NEIGHBOURS;

/// One thing as a model sees it.
#[derive(Clone, Copy)]
pub struct Instance<'a> {
    /// Its mask, the size of the picture.
    pub matte: &'a Mask,
    /// How sure the model is, 0..=1.
    pub score: f32,
}

/// From this value on a matte claims a pixel.
const CLAIM: u8 = 128;
/// How much colours may decide against the mattes, nats.
const COLOUR_LIMIT: f32 = 4.0;
/// Rounds over all pairs.
const ROUNDS: usize = 3;

/// The masks of all instances, in their order, each the size of the picture: where several claim a pixel, one keeps it, by its matte, its score, the
/// colours of the part that is its own alone, and a short border along the edges of the picture (swap moves: Y. Boykov, O. Veksler, R. Zabih, "Fast
/// Approximate Energy Minimization via Graph Cuts", PAMI 2001). Pixels that one instance claims alone keep its matte. `None` when `cancel` says so.
///
/// # Panics
/// When a matte has another size than the picture.
pub fn partition(picture: &Picture, instances: &[Instance<'_>], cancel: Cancel<'_>) -> Option<Vec<Mask>> {
    for instance in instances {
        assert_eq!(
            (instance.matte.width(), instance.matte.height()),
            (picture.width(), picture.height()),
            "mattes have the size of the picture"
        );
    }
    let mut masks: Vec<Mask> = instances.iter().map(|i| i.matte.clone()).collect();
    let Some(region) = shared_region(picture, instances) else { return Some(masks) };
    let grid = Grid::of(picture, region, FINE_CELLS);
    let owners = Owners::new(&grid, instances).settle(cancel)?;
    share_out(&mut masks, &grid, &owners, instances);
    Some(masks)
}

/// The smallest rectangle around all claims of instances that meet another one; `None` when none do.
fn shared_region(picture: &Picture, instances: &[Instance<'_>]) -> Option<Rect> {
    let mut claims = vec![0u8; picture.area() as usize];
    for instance in instances {
        for (count, v) in claims.iter_mut().zip(instance.matte.values()) {
            *count = count.saturating_add(u8::from(*v >= CLAIM));
        }
    }
    let meets = |i: &&Instance<'_>| i.matte.values().iter().zip(&claims).any(|(v, count)| *v >= CLAIM && *count > 1);
    let boxes = instances.iter().filter(meets).filter_map(|i| i.matte.bounding_box(CLAIM - 1));
    boxes.reduce(|a, b| {
        let (x, y) = (a.x.min(b.x), a.y.min(b.y));
        let (right, bottom) = ((a.x + a.width).max(b.x + b.width), (a.y + a.height).max(b.y + b.height));
        Rect { x, y, width: right - x, height: bottom - y }
    })
}

const NOBODY: usize = usize::MAX;

struct Owners<'a> {
    grid: &'a Grid,
    links: Vec<[f32; 4]>,
    mattes: Vec<Vec<u8>>,
    scores: Vec<f32>,
    colours: Vec<Option<Mixture>>,
    owner: Vec<usize>,
}

impl<'a> Owners<'a> {
    fn new(grid: &'a Grid, instances: &[Instance<'_>]) -> Owners<'a> {
        let mattes: Vec<Vec<u8>> = instances.iter().map(|i| grid.sample(i.matte)).collect();
        let claims = |cell: usize| mattes.iter().filter(|m| m[cell] >= CLAIM).count();
        let alone: Vec<bool> = (0..grid.len()).map(|cell| claims(cell) == 1).collect();
        let colours = mattes.iter().map(|matte| {
            let own = (0..grid.len()).filter(|i| alone[*i] && matte[*i] >= CLAIM && grid.visible[*i]);
            Mixture::fit(&own.map(|i| Sample { colour: grid.colour[i], weight: 1.0 }).collect::<Vec<_>>())
        });
        let colours = colours.collect();
        let scores = instances.iter().map(|i| i.score.clamp(0.01, 1.0)).collect();
        let mut owners = Owners { grid, links: grid.links(), mattes, scores, colours, owner: Vec::new() };
        owners.owner = (0..grid.len())
            .map(|cell| {
                let claiming = (0..instances.len()).filter(|k| owners.mattes[*k][cell] >= CLAIM);
                // The first of equals.
                claiming.rev().max_by(|a, b| owners.worth(*a, cell).total_cmp(&owners.worth(*b, cell))).unwrap_or(NOBODY)
            })
            .collect();
        owners
    }

    /// What speaks for an instance at a cell without its colours, nats.
    fn worth(&self, instance: usize, cell: usize) -> f32 {
        (f32::from(self.mattes[instance][cell]) / 255.0).max(0.01).ln() + self.scores[instance].ln()
    }

    /// How much more speaks for `a` than for `b`, nats.
    fn preference(&self, a: usize, b: usize, cell: usize) -> f32 {
        let colour = match (&self.colours[a], &self.colours[b]) {
            (Some(inside), Some(outside)) => {
                let colour = self.grid.colour[cell];
                (inside.log_density(colour) - outside.log_density(colour)).clamp(-COLOUR_LIMIT, COLOUR_LIMIT)
            }
            _ => 0.0,
        };
        self.worth(a, cell) - self.worth(b, cell) + colour
    }

    /// Swaps between every two that share cells, until none changes.
    fn settle(mut self, cancel: Cancel<'_>) -> Option<Vec<usize>> {
        for _ in 0..ROUNDS {
            let mut changed = false;
            for a in 0..self.mattes.len() {
                for b in a + 1..self.mattes.len() {
                    changed |= self.swap(a, b, cancel)?;
                }
            }
            if !changed {
                break;
            }
        }
        Some(self.owner)
    }

    fn swap(&mut self, a: usize, b: usize, cancel: Cancel<'_>) -> Option<bool> {
        let grid = self.grid;
        let both = |cell: usize| self.mattes[a][cell] >= CLAIM && self.mattes[b][cell] >= CLAIM;
        let known: Vec<Known> = (0..grid.len())
            .map(|cell| match self.owner[cell] {
                owner if (owner == a || owner == b) && both(cell) => Known::Free,
                owner if owner == a => Known::Inside,
                _ => Known::Outside,
            })
            .collect();
        if !known.contains(&Known::Free) {
            return Some(false);
        }
        // What belongs to neither pulls to no side.
        let mut links = self.links.clone();
        let concerned = |cell: usize| self.owner[cell] == a || self.owner[cell] == b;
        for (i, links) in links.iter_mut().enumerate() {
            for (link, direction) in links.iter_mut().zip(FORWARD) {
                let (dx, dy) = NEIGHBOURS[direction];
                let j = i.wrapping_add_signed(dy as isize * grid.width as isize + dx as isize);
                if *link > 0.0 && !(concerned(i) && concerned(j)) {
                    *link = 0.0;
                }
            }
        }
        let evidence: Vec<f32> =
            (0..grid.len()).map(|cell| if known[cell] == Known::Free { self.preference(a, b, cell) } else { 0.0 }).collect();
        let problem = Problem { grid, links: &links, known: &known, bias: &[], smoothness: smoothness(grid), rounds: 1 };
        let labels = cut(&problem, &evidence, cancel)?;
        let mut changed = false;
        for (cell, label) in labels.iter().enumerate().filter(|(cell, _)| known[*cell] == Known::Free) {
            let owner = if *label { a } else { b };
            changed |= self.owner[cell] != owner;
            self.owner[cell] = owner;
        }
        Some(changed)
    }
}

/// Takes each shared pixel from all that do not own it. The owner is read between the cells, so that borders are smooth lines.
fn share_out(masks: &mut [Mask], grid: &Grid, owners: &[usize], instances: &[Instance<'_>]) {
    let region = grid.region;
    let (cells_x, cells_y) = (grid.width as u32, grid.height as u32);
    let mut best: Vec<(u8, usize)> = vec![(0, NOBODY); region.width as usize * region.height as usize];
    let width = instances.first().map_or(0, |i| i.matte.width() as usize);
    let index = |i: usize| (region.y as usize + i / region.width as usize) * width + region.x as usize + i % region.width as usize;
    for (k, instance) in instances.iter().enumerate() {
        let own: Vec<u8> = owners.iter().map(|owner| if *owner == k { 255 } else { 0 }).collect();
        let own = Mask::new(cells_x, cells_y, own).resized(region.width, region.height);
        for (i, (best, v)) in best.iter_mut().zip(own.values()).enumerate() {
            if instance.matte.values()[index(i)] >= CLAIM && (best.1 == NOBODY || *v > best.0) {
                *best = (*v, k);
            }
        }
    }
    for (k, mask) in masks.iter_mut().enumerate() {
        for (i, (_, owner)) in best.iter().enumerate() {
            if *owner != NOBODY && *owner != k {
                mask.values_mut()[index(i)] = 0;
            }
        }
    }
}
