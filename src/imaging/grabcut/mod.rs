//! Interactive segmentation.

mod cut;
mod energy;
mod gmm;
mod grid;
mod judge;
mod regions;

use rayon::prelude::*;

use crate::imaging::{Mask, Picture, Rect};

use energy::{Known, Models, Problem};
use grid::Grid;

/// What a user (or a model) says about the thing that is meant.
#[derive(Clone, Copy, Default)]
pub struct Hints<'a> {
    /// Nothing outside is selected.
    pub area: Option<Rect>,
    /// A soft opinion, the size of the picture.
    pub prior: Option<&'a Mask>,
    /// Clicks on the thing, in pixels of the picture.
    pub inside: &'a [(f64, f64)],
    /// Clicks beside it.
    pub outside: &'a [(f64, f64)],
}

/// Asked now and then by long work: whether to stop.
pub type Cancel<'a> = &'a (dyn Fn() -> bool + Sync);

const FINE: u32 = 512;
const SMOOTHNESS: f32 = 25.0;

fn param(name: &str, default: f32) -> f32 { std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default) }

pub fn segment(picture: &Picture, hints: &Hints<'_>, cancel: Cancel<'_>) -> Option<Mask> {
    let area = hints.area.unwrap_or(picture.bounds());
    let region = with_margin(area, picture, param("MARGIN", 0.25) as f64);
    let fine = Grid::of(picture, region, FINE);
    let coarse = fine.halved();
    let tiny = coarse.halved();
    let (labels, _) = in_box(&tiny, area, cancel)?;
    let labels = sharpen(&coarse, &tiny, &labels, area, param("REACH", 2.0) as usize, cancel)?;
    let labels = sharpen(&fine, &coarse, &labels, area, 1, cancel)?;
    let mut labels = labels;
    tidy(&mut labels, fine.width);
    let small = Mask::new(fine.width as u32, fine.height as u32, labels.iter().map(|&l| if l { 255 } else { 0 }).collect());
    let part = small.resized(region.width, region.height);
    let mut out = Mask::filled(picture.width(), picture.height(), 0);
    for y in 0..region.height { for x in 0..region.width {
        out.values_mut()[((y + region.y) * picture.width() + x + region.x) as usize] = part.at(x, y);
    }}
    Some(out)
}

fn with_margin(area: Rect, picture: &Picture, share: f64) -> Rect {
    let mx = (f64::from(area.width) * share).max(8.0) as u32;
    let my = (f64::from(area.height) * share).max(8.0) as u32;
    let m = mx.max(my);
    let (mx, my) = (m, m);
    let (x, y) = (area.x.saturating_sub(mx), area.y.saturating_sub(my));
    let x1 = (area.x + area.width + mx).min(picture.width());
    let y1 = (area.y + area.height + my).min(picture.height());
    Rect { x, y, width: x1 - x, height: y1 - y }
}

fn inside_area(grid: &Grid, area: Rect) -> Vec<bool> {
    let (sx, sy) = grid.scale();
    let x0 = (f64::from(area.x - grid.region.x) * sx).round() as usize;
    let y0 = (f64::from(area.y - grid.region.y) * sy).round() as usize;
    let x1 = (f64::from(area.x + area.width - grid.region.x) * sx).round() as usize;
    let y1 = (f64::from(area.y + area.height - grid.region.y) * sy).round() as usize;
    (0..grid.len()).map(|i| (x0..x1).contains(&(i % grid.width)) && (y0..y1).contains(&(i / grid.width))).collect()
}


/// First guesses at what fills a box.
#[derive(Clone, Copy)]
enum Start { Plain, Centre, Strange }

fn in_box(grid: &Grid, area: Rect, cancel: Cancel<'_>) -> Option<(Vec<bool>, f32)> {
    let within = inside_area(grid, area);
    let known: Vec<Known> = within.iter().map(|w| if *w { Known::Free } else { Known::Outside }).collect();
    let links = grid.links();
    let all_in = within.iter().all(|w| *w);
    let border = |i: usize| { let (x, y) = (i % grid.width, i / grid.width); x < 2 || y < 2 || x + 2 >= grid.width || y + 2 >= grid.height };
    let (cx, cy) = ((area.x - grid.region.x) as f64 + area.width as f64 / 2.0, (area.y - grid.region.y) as f64 + area.height as f64 / 2.0);
    let (sx, sy) = grid.scale();
    let radius: Vec<f32> = (0..grid.len()).map(|i| {
        let dx = ((i % grid.width) as f64 + 0.5 - cx * sx) / (area.width as f64 * sx / 2.0);
        let dy = ((i / grid.width) as f64 + 0.5 - cy * sy) / (area.height as f64 * sy / 2.0);
        (dx * dx + dy * dy) as f32
    }).collect();
    let round = param("ROUND", 0.5);
    let out = |i: usize| !within[i] || (all_in && border(i));
    let Some(plain) = Models::fit(grid, |i| if out(i) { 0.0 } else { 1.0 }) else { return Some((within, 0.0)) };
    let mut own: Vec<f32> = (0..grid.len()).filter(|&i| out(i)).map(|i| -plain.outside.log_density(grid.colour[i])).collect();
    own.sort_by(f32::total_cmp);
    let usual = own[own.len() * 3 / 4];
    let mut tries = Vec::new();
    for start in [Start::Plain, Start::Centre, Start::Strange] { for bias in [0.0, param("B1", 0.7), param("B2", 1.5)] { tries.push((start, bias)); } }
    let results: Vec<Option<Option<(Vec<bool>, f32)>>> = tries.into_par_iter().map(|(start, lean)| {
        let models = match start {
            Start::Plain => Models::fit(grid, |i| if out(i) { 0.0 } else { 1.0 }),
            Start::Centre => Models::fit(grid, |i| if out(i) { 0.0 } else { (-2.0 * radius[i]).exp() }),
            Start::Strange => Models::fit(grid, |i| if out(i) { 0.0 } else { 1.0 / (1.0 + (-(-plain.outside.log_density(grid.colour[i]) - usual)).exp()) }),
        };
        let Some(models) = models else { return Some(None) };
        let bias: Vec<f32> = radius.iter().map(|r| lean + round * (0.6 - r)).collect();
        let problem = Problem { grid, links: &links, known: &known, bias: &bias, smoothness: param("GAMMA", SMOOTHNESS) * grid.width.max(grid.height) as f32 / 512.0, rounds: param("ROUNDS", 6.0) as usize };
        let (mut labels, _) = problem.settle(models, cancel)?;
        tidy(&mut labels, grid.width);
        let Some(shape) = judge::Shape::of(grid, &links, &labels) else { return Some(None) };
        let tight_x = (shape.bounds[2] - shape.bounds[0]) as f32 / (area.width as f64 * sx) as f32;
        let tight_y = (shape.bounds[3] - shape.bounds[1]) as f32 / (area.height as f64 * sy) as f32;
        let fill = shape.cells as f32 / (area.width as f64 * sx * area.height as f64 * sy) as f32;
        let score = shape.contrast.powf(param("SC", 1.0)) * tight_x.min(1.0).powf(param("ST", 2.0)) * tight_y.min(1.0).powf(param("ST", 2.0)) * (fill / param("SF", 0.4)).min(1.0) * (2.0 * (1.02 - fill)).clamp(0.0, 1.0).powf(param("SO", 1.0));
        if std::env::var("TALK").is_ok() { eprintln!("{} {lean} contrast {:.2} tight {tight_x:.2} {tight_y:.2} fill {fill:.2} score {score:.3}", start as u8, shape.contrast); }
        Some(Some((labels, score)))
    }).collect();
    let mut best: (Vec<bool>, f32) = (within, 0.0);
    for result in results {
        if let Some((labels, score)) = result? && score > best.1 { best = (labels, score); }
    }
    Some(best)
}

/// Labels of a coarser grid on a grid twice as fine; only cells within `reach` coarse cells of the outline may change.
fn sharpen(fine: &Grid, coarse: &Grid, labels: &[bool], area: Rect, reach: usize, cancel: Cancel<'_>) -> Option<Vec<bool>> {
    let within = inside_area(fine, area);
    let Some(models) = Models::of_labels(coarse, labels) else { return Some(within.iter().map(|_| labels[0]).collect()) };
    let mut known = vec![Known::Free; fine.len()];
    for (i, known) in known.iter_mut().enumerate() {
        let (x, y) = (i % fine.width / 2, i / fine.width / 2);
        let l = labels[y * coarse.width + x];
        let same = (y.saturating_sub(reach)..(y + reach + 1).min(coarse.height)).all(|r| (x.saturating_sub(reach)..(x + reach + 1).min(coarse.width)).all(|c| labels[r * coarse.width + c] == l));
        *known = if !within[i] { Known::Outside } else if !same { Known::Free } else if l { Known::Inside } else { Known::Outside };
    }
    let links = fine.links();
    let bias = vec![0.0; fine.len()];
    let problem = Problem { grid: fine, links: &links, known: &known, bias: &bias, smoothness: param("GAMMA2", SMOOTHNESS) * fine.width.max(fine.height) as f32 / 512.0, rounds: 1 };
    problem.cut(&models, cancel)
}

fn tidy(labels: &mut [bool], width: usize) {
    let regions = regions::Regions::of(labels, width);
    let largest = regions.parts.iter().filter(|p| p.label).map(|p| p.cells).max().unwrap_or(0);
    regions.flip(labels, |_, p| if p.label { p.cells * 20 < largest } else { !p.at_border && p.cells * 100 < largest });
}
