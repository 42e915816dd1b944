//! GrabCut's loop: colour models from labels, labels from the smallest cut, until little changes.

use rayon::prelude::*;

use super::Cancel;
use super::gmm::{Mixture, Sample};
use super::grid::{FORWARD, Grid};
use crate::mincut::GridCut;
use crate::pace::checkpoint;

/// What is certain about a cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Known {
    Free,
    Inside,
    Outside,
}

/// How much colours may count for one cell, in nats: one odd colour must not tear a hole.
const COLOUR_LIMIT: f32 = 12.0;
/// Capacity per nat.
const UNIT: f32 = 256.0;
/// Nats that no other reason can outweigh.
const CERTAIN: f32 = 1e4;
/// The loop ends when fewer than one cell in this many changes.
const SETTLED: usize = 500;

/// A picture to be parted in two.
pub(super) struct Problem<'a> {
    pub grid: &'a Grid,
    pub links: &'a [[f32; 4]],
    pub known: &'a [Known],
    /// What else speaks for the inside (positive) or against it, nats.
    pub bias: &'a [f32],
    /// What parting two cells of one colour costs, nats.
    pub smoothness: f32,
    /// At most so many cuts.
    pub rounds: usize,
}

/// The colours of both sides.
pub(super) struct Models {
    pub inside: Mixture,
    pub outside: Mixture,
}

impl Models {
    /// From weights of the inside, 0..=1 a cell. `None` when one side has nothing.
    pub(super) fn fit(grid: &Grid, share: impl Fn(usize) -> f32) -> Option<Models> {
        let (inside, outside) = samples(grid, share);
        Some(Models { inside: Mixture::fit(&inside)?, outside: Mixture::fit(&outside)? })
    }

    /// [`Models::fit`] from labels.
    pub(super) fn of_labels(grid: &Grid, labels: &[bool]) -> Option<Models> {
        Models::fit(grid, |i| if labels[i] { 1.0 } else { 0.0 })
    }

    fn refit(&self, grid: &Grid, share: impl Fn(usize) -> f32) -> Option<Models> {
        let (inside, outside) = samples(grid, share);
        Some(Models { inside: self.inside.refit(&inside)?, outside: self.outside.refit(&outside)? })
    }

    /// How much better the inside explains a colour, nats.
    pub(super) fn evidence(&self, colour: [f32; 3]) -> f32 {
        (self.inside.log_density(colour) - self.outside.log_density(colour)).clamp(-COLOUR_LIMIT, COLOUR_LIMIT)
    }
}

fn samples(grid: &Grid, share: impl Fn(usize) -> f32) -> (Vec<Sample>, Vec<Sample>) {
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    for (i, &colour) in grid.colour.iter().enumerate().filter(|(i, _)| grid.visible[*i]) {
        let weight = share(i);
        if weight > 0.0 {
            inside.push(Sample { colour, weight });
        }
        if weight < 1.0 {
            outside.push(Sample { colour, weight: 1.0 - weight });
        }
    }
    (inside, outside)
}

impl Problem<'_> {
    /// Labels and models that agree with each other, from a first guess at the models. `None` when cancelled.
    pub(super) fn settle(&self, mut models: Models, cancel: Cancel<'_>) -> Option<(Vec<bool>, Models)> {
        let mut labels: Vec<bool> = Vec::new();
        for _ in 0..self.rounds {
            let next = self.cut(&models, cancel)?;
            let changed = if labels.is_empty() { self.grid.len() } else { labels.iter().zip(&next).filter(|(a, b)| a != b).count() };
            labels = next;
            if changed * SETTLED < self.grid.len() {
                break;
            }
            match models.refit(self.grid, |i| f32::from(u8::from(labels[i]))) {
                Some(next) => models = next,
                None => break,
            }
        }
        Some((labels, models))
    }

    /// The cheapest labels under the models.
    pub(super) fn cut(&self, models: &Models, cancel: Cancel<'_>) -> Option<Vec<bool>> {
        checkpoint();
        let evidence: Vec<f32> = (0..self.grid.len())
            .into_par_iter()
            .with_min_len(2048)
            .map(|i| if self.known[i] == Known::Free { models.evidence(self.grid.colour[i]) + self.bias[i] } else { 0.0 })
            .collect();
        cut(self, &evidence, cancel)
    }
}

/// The cheapest labels when each free cell pulls inside by `evidence` nats (outside when negative).
pub(super) fn cut(problem: &Problem<'_>, evidence: &[f32], cancel: Cancel<'_>) -> Option<Vec<bool>> {
    let Problem { grid, links, known, .. } = problem;
    let mut graph = GridCut::new(grid.width, grid.height);
    let units = |nats: f32| (nats.clamp(-CERTAIN, CERTAIN) * UNIT).round() as i32;
    let steps = FORWARD.map(|d| {
        let (dx, dy) = crate::mincut::NEIGHBOURS[d];
        dy as isize * grid.width as isize + dx as isize
    });
    for i in 0..grid.len() {
        if known[i] == Known::Free {
            graph.pull(i, units(evidence[i]));
        }
        for ((link, step), direction) in links[i].iter().zip(steps).zip(FORWARD) {
            let cost = units(link * problem.smoothness);
            if cost == 0 {
                continue;
            }
            let j = i.wrapping_add_signed(step);
            // Cells that are certain are no part of the graph: their links only pull their neighbours.
            match (known[i], known[j]) {
                (Known::Free, Known::Free) => graph.link(i, direction, cost),
                (Known::Free, Known::Inside) => graph.pull(i, cost),
                (Known::Free, Known::Outside) => graph.pull(i, -cost),
                (Known::Inside, Known::Free) => graph.pull(j, cost),
                (Known::Outside, Known::Free) => graph.pull(j, -cost),
                _ => {}
            }
        }
    }
    let mut labels = graph.solve(cancel)?;
    for (label, known) in labels.iter_mut().zip(*known) {
        match known {
            Known::Free => {}
            Known::Inside => *label = true,
            Known::Outside => *label = false,
        }
    }
    Some(labels)
}
