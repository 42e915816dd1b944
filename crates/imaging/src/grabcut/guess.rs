//! Where the thing is: several first guesses, each settled on a small grid, and the one that looks most like a thing.

use rayon::prelude::*;

use super::energy::{Known, Models, Problem};
use super::grid::Grid;
use super::judge::Shape;
use super::{Cancel, Hints, brief, smoothness, tidy};
use crate::pace::checkpoint;

/// Cuts per guess.
const ROUNDS: usize = 5;
/// How much the middle of a box speaks for the inside, and its corners against it, nats.
const ROUNDNESS: f32 = 0.5;
/// Leaning towards the inside, nats: the right one depends on how alike both sides are, so some are tried.
const BOX_LEANS: [f32; 3] = [0.0, 0.7, 1.5];
const CLICK_LEANS: [f32; 3] = [-1.5, 0.0, 1.5];
/// How far a thing's colours go from the click, CIE Lab along the way.
const CLICK_SCALES: [f32; 3] = [8.0, 20.0, 45.0];
/// How much it matters that a box is filled from side to side.
const TIGHTNESS: f32 = 0.6;
/// A clicked thing takes about this share of the picture, give or take a few times that.
const USUAL_SIZE: f32 = 0.08;
const SIZE_SPREAD: f32 = 1.8;
/// How much more a model's opinion counts than a guess that looks as good.
const PRIOR_BONUS: f32 = 4.0;

/// Shares of the inside, 0..=1 a cell, from which colour models start.
struct Start {
    share: Vec<f32>,
    lean: Vec<f32>,
    bonus: f32,
}

/// The labels on a small grid. Everything that is allowed when nothing can be told apart. `None` when cancelled.
pub(super) fn guess(grid: &Grid, hints: &Hints<'_>, cancel: Cancel<'_>) -> Option<Vec<bool>> {
    checkpoint();
    let known = brief::certain(grid, hints);
    let opinion = brief::opinion(grid, hints);
    let links = grid.links();
    let starts = if hints.area.is_none() && !hints.inside.is_empty() { from_clicks(grid, hints) } else { from_box(grid, hints) };
    let tried: Vec<Option<Candidate>> = starts
        .into_par_iter()
        .map(|start| {
            let Some(models) = Models::fit(grid, |i| match known[i] {
                Known::Inside => 1.0,
                Known::Outside => 0.0,
                Known::Free => start.share[i],
            }) else {
                return Some(Candidate { labels: Vec::new(), score: 0.0 });
            };
            let bias: Vec<f32> = opinion.iter().zip(&start.lean).map(|(a, b)| a + b).collect();
            let problem = Problem { grid, links: &links, known: &known, bias: &bias, smoothness: smoothness(grid), rounds: ROUNDS };
            let (mut labels, _) = problem.settle(models, cancel)?;
            tidy(grid, &mut labels, hints);
            let score = Shape::of(grid, &links, &labels).map_or(0.0, |shape| score(grid, hints, &shape) * start.bonus);
            Some(Candidate { labels, score })
        })
        .collect();
    let mut best = Candidate { labels: known.iter().map(|k| *k != Known::Outside).collect(), score: 0.0 };
    for candidate in tried {
        let candidate = candidate?;
        if candidate.score > best.score {
            best = candidate;
        }
    }
    Some(best.labels)
}

struct Candidate {
    labels: Vec<bool>,
    score: f32,
}

/// How much a shape looks like what is meant, 0..=1 or so: its outline follows contrast; a box is filled from side to side; a clicked thing has a usual
/// size, a plain form and is not cut off by the picture.
fn score(grid: &Grid, hints: &Hints<'_>, shape: &Shape) -> f32 {
    let outline = shape.contrast * shape.contrast;
    let cells = shape.cells as f32;
    let Some(area) = hints.area else {
        if hints.inside.is_empty() {
            return outline;
        }
        let size = ((cells / grid.len() as f32 / USUAL_SIZE).ln() / SIZE_SPREAD).powi(2);
        let round = (4.0 * std::f32::consts::PI * cells / (shape.outline + shape.at_border).powi(2)).min(1.0);
        let whole = 1.0 - shape.at_border / (shape.outline + shape.at_border).max(1.0);
        return outline * (-0.5 * size).exp() * round.powf(0.25) * whole;
    };
    let [left, top, right, bottom] = grid.span(area);
    let (width, height) = ((right - left).max(1) as f32, (bottom - top).max(1) as f32);
    let tight = ((shape.bounds[2] - shape.bounds[0]) as f32 / width) * ((shape.bounds[3] - shape.bounds[1]) as f32 / height);
    let fill = cells / (width * height);
    outline * tight.powf(TIGHTNESS) * (fill / 0.25).min(1.0) * (2.0 * (1.02 - fill)).clamp(0.0, 1.0)
}

/// All of the box, its middle, and what the surroundings do not explain.
fn from_box(grid: &Grid, hints: &Hints<'_>) -> Vec<Start> {
    let within = brief::within_area(grid, hints);
    let full = within.iter().all(|w| *w);
    // A box that is the whole picture: its rim stands for the outside.
    let out = |i: usize| {
        let (x, y) = (i % grid.width, i / grid.width);
        !within[i] || (full && (x < 2 || y < 2 || x + 2 >= grid.width || y + 2 >= grid.height))
    };
    let share = |f: &dyn Fn(usize) -> f32| (0..grid.len()).map(|i| if out(i) { 0.0 } else { f(i) }).collect::<Vec<f32>>();
    let off_centre = off_centre(grid, hints);
    let plain = share(&|_| 1.0);
    let mut shares = vec![share(&|i| (-2.0 * off_centre[i]).exp())];
    if let Some(models) = Models::fit(grid, |i| plain[i]) {
        let surprise: Vec<f32> = grid.colour.iter().map(|c| -models.outside.log_density(*c)).collect();
        let mut usual: Vec<f32> = (0..grid.len()).filter(|i| out(*i)).map(|i| surprise[i]).collect();
        usual.sort_by(f32::total_cmp);
        let usual = usual.get(usual.len() * 3 / 4).copied().unwrap_or(0.0);
        shares.push(share(&|i| 1.0 / (1.0 + (usual - surprise[i]).exp())));
    }
    shares.push(plain);
    let mut starts = Vec::new();
    for share in shares {
        for lean in BOX_LEANS {
            let lean = off_centre.iter().map(|r| lean + ROUNDNESS * (0.6 - r)).collect();
            starts.push(Start { share: share.clone(), lean, bonus: 1.0 });
        }
    }
    starts.extend(from_prior(grid, hints));
    starts
}

/// The prior as it is, where there is one.
fn from_prior(grid: &Grid, hints: &Hints<'_>) -> Option<Start> {
    let share: Vec<f32> = grid.sample(hints.prior?).into_iter().map(|p| f32::from(p) / 255.0).collect();
    let lean = share.iter().map(|p| 4.0 * (p - 0.5)).collect();
    let clicked = hints.inside.iter().all(|click| share[grid.cell(*click)] > 0.5);
    Some(Start { share, lean, bonus: if clicked { PRIOR_BONUS } else { 0.5 } })
}

/// What is like the clicked place, more or less widely.
fn from_clicks(grid: &Grid, hints: &Hints<'_>) -> Vec<Start> {
    let way = brief::way_from(grid, hints.inside);
    let mut starts = Vec::new();
    for scale in CLICK_SCALES {
        let share: Vec<f32> = way.iter().map(|way| (-way / scale).exp()).collect();
        for lean in CLICK_LEANS {
            let lean = share.iter().map(|near| lean + 3.0 * near - 1.0).collect();
            starts.push(Start { share: share.clone(), lean, bonus: 1.0 });
        }
    }
    starts.extend(from_prior(grid, hints));
    starts
}

/// Squared distance from the middle of the area, 1 at the middle of its sides.
fn off_centre(grid: &Grid, hints: &Hints<'_>) -> Vec<f32> {
    let [left, top, right, bottom] = grid.span(hints.area.unwrap_or(grid.region));
    let place = |cell: usize, from: usize, to: usize| (cell as f32 + 0.5 - (from + to) as f32 / 2.0) / ((to - from).max(1) as f32 / 2.0);
    (0..grid.len()).map(|i| place(i % grid.width, left, right).powi(2) + place(i / grid.width, top, bottom).powi(2)).collect()
}
