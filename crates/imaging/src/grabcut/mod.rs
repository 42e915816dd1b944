//! Interactive segmentation: a box, clicks or a model's soft opinion become the mask of a thing.
//!
//! GrabCut (C. Rother, V. Kolmogorov, A. Blake, "GrabCut – Interactive Foreground Extraction using Iterated Graph Cuts", SIGGRAPH 2004) from coarse to
//! fine: several first guesses are settled on a grid of 128 cells and the one that looks most like a thing is kept; the next grid settles it with its
//! own colours; then only the outline moves (H. Lombaert et al., "A Multilevel Banded Graph Cuts Method for Fast Image Segmentation", ICCV 2005), and a
//! guided filter brings it to the pixels of the picture. The same input gives the same bytes, whatever the number of threads.

mod brief;
mod energy;
mod finish;
mod gmm;
mod grid;
mod guess;
mod judge;
mod partition;
mod regions;
#[cfg(test)]
mod tests;

use crate::{Mask, Picture, Rect};

use energy::{Known, Models, Problem};
use grid::Grid;
use regions::Regions;

pub use crate::mincut::Cancel;
pub use partition::{Instance, partition};

/// What a user or a model says about the thing that is meant.
#[derive(Clone, Copy, Default)]
pub struct Hints<'a> {
    /// Nothing outside is selected.
    pub area: Option<Rect>,
    /// A soft opinion (a matte), the size of the picture: 255 = surely the thing.
    pub prior: Option<&'a Mask>,
    /// Clicks on the thing, in pixels of the picture: (0.5, 0.5) is the middle of the first pixel.
    pub inside: &'a [(f64, f64)],
    /// Clicks beside it.
    pub outside: &'a [(f64, f64)],
}

/// Cells along the longer side of the finest grid that is cut.
const FINE_CELLS: u32 = 512;
/// The same for large photographs, whose outline is cut once more.
const FINEST_CELLS: u32 = 1024;
/// Regions with a longer side than this get the finest grid.
const LARGE_PX: u32 = 1400;
/// What parting two cells of one colour costs on a grid of 512 cells, nats; smaller grids have shorter outlines for the same number of cells.
const SMOOTHNESS: f32 = 25.0;
/// What a cell's label on the coarser grid counts on the next, nats.
const MEMORY: f32 = 1.5;
/// Surroundings that are looked at first, which show what the background is like, as a share of a box's longer side.
const WIDE_MARGIN: f64 = 1.0;
/// Surroundings of a closer look.
const CLOSE_MARGIN: f64 = 0.5;
/// Parts smaller than the largest by this factor are specks, and holes by that one.
const SPECK: usize = 20;
const HOLE: usize = 30;

/// The mask of the thing that the hints mean, the size of the picture, with an edge 1–2 px soft.
///
/// Clicks win over colours, models and each other's surroundings: the clicked pixel is in (255) or out (0), and so is what looks like it and hangs
/// together with it. Only the area wins over clicks. With clicks on the thing, only parts that were clicked are selected. Without any hint the picture's
/// rim stands for the background. Where nothing can be told apart (a flat picture) all that the hints allow is selected; what is fully transparent
/// never is, unless clicked. `None` when `cancel` says so.
///
/// # Panics
/// When the prior has another size or the area lies outside the picture.
pub fn segment(picture: &Picture, hints: &Hints<'_>, cancel: Cancel<'_>) -> Option<Mask> {
    if let Some(prior) = hints.prior {
        assert_eq!((prior.width(), prior.height()), (picture.width(), picture.height()), "the prior has the size of the picture");
    }
    let area = hints.area.unwrap_or(picture.bounds());
    let mut region = with_margin(area, picture, WIDE_MARGIN);
    let mut from = Grid::of(picture, region, FINE_CELLS).halved().halved();
    let mut labels = guess::guess(&from, hints, cancel)?;
    let found = hints.area.or_else(|| judge::Shape::of(&from, &from.links(), &labels).map(|shape| from.pixels(shape.bounds)));
    let closer = with_margin(found.unwrap_or(region), picture, CLOSE_MARGIN);
    if closer.width.max(closer.height) * 4 < region.width.max(region.height) * 3 {
        region = closer;
    }
    let fine = Grid::of(picture, region, FINE_CELLS);
    let middle = fine.halved();
    labels = resettle(&middle, &from, &labels, hints, cancel)?;
    from = middle;
    labels = follow(&fine, &from, &labels, hints, cancel)?;
    from = fine;
    if region.width.max(region.height) > LARGE_PX {
        let finest = Grid::of(picture, region, FINEST_CELLS);
        labels = follow(&finest, &from, &labels, hints, cancel)?;
        from = finest;
    }
    tidy(&from, &mut labels, hints);
    let mut mask = finish::soft_mask(picture, &from, &labels);
    honour(&mut mask, hints);
    Some(mask)
}

/// A mask that was made on a smaller version of the picture, on this one: the outline moves to the nearest edges of the picture, the rest stays.
/// `None` when `cancel` says so.
pub fn refine(picture: &Picture, mask: &Mask, cancel: Cancel<'_>) -> Option<Mask> {
    let Some(busy) = mask.bounding_box(0) else { return Some(Mask::filled(picture.width(), picture.height(), 0)) };
    let scale = |v: u32, from: u32, to: u32| (u64::from(v) * u64::from(to) / u64::from(from)) as u32;
    let (x, y) = (scale(busy.x, mask.width(), picture.width()), scale(busy.y, mask.height(), picture.height()));
    let right = scale(busy.x + busy.width, mask.width(), picture.width()).max(x + 1);
    let bottom = scale(busy.y + busy.height, mask.height(), picture.height()).max(y + 1);
    let (x, y) = (x.min(picture.width() - 1), y.min(picture.height() - 1));
    let area = Rect { x, y, width: right.min(picture.width()).max(x + 1) - x, height: bottom.min(picture.height()).max(y + 1) - y };
    let region = with_margin(area, picture, 0.1);
    let fine = Grid::of(picture, region, FINEST_CELLS);
    let coarse = fine.halved();
    let (sx, sy) = (f64::from(mask.width()) / f64::from(picture.width()), f64::from(mask.height()) / f64::from(picture.height()));
    let labels: Vec<bool> = (0..coarse.len())
        .map(|cell| {
            let middle = coarse.pixels([cell % coarse.width, cell / coarse.width, cell % coarse.width + 1, cell / coarse.width + 1]);
            let mx = (f64::from(middle.x) + f64::from(middle.width) / 2.0) * sx;
            let my = (f64::from(middle.y) + f64::from(middle.height) / 2.0) * sy;
            mask.at((mx as u32).min(mask.width() - 1), (my as u32).min(mask.height() - 1)) > 127
        })
        .collect();
    let labels = follow(&fine, &coarse, &labels, &Hints::default(), cancel)?;
    Some(finish::soft_mask(picture, &fine, &labels))
}

/// The area and its surroundings, inside the picture.
fn with_margin(area: Rect, picture: &Picture, share: f64) -> Rect {
    assert!(area.x + area.width <= picture.width() && area.y + area.height <= picture.height(), "the area lies inside the picture");
    let margin = (f64::from(area.width.max(area.height)) * share).ceil().max(8.0) as u32;
    let (x, y) = (area.x.saturating_sub(margin), area.y.saturating_sub(margin));
    let right = (area.x + area.width + margin).min(picture.width());
    let bottom = (area.y + area.height + margin).min(picture.height());
    Rect { x, y, width: right - x, height: bottom - y }
}

/// [`SMOOTHNESS`] for this grid.
fn smoothness(grid: &Grid) -> f32 {
    SMOOTHNESS * grid.width.max(grid.height) as f32 / FINE_CELLS as f32
}

/// Labels of a coarser grid settled on a finer one, which may regain thin parts that the coarser one did not see.
fn resettle(grid: &Grid, from: &Grid, labels: &[bool], hints: &Hints<'_>, cancel: Cancel<'_>) -> Option<Vec<bool>> {
    let start = grid.labels_from(from, labels);
    let Some(models) = Models::of_labels(grid, &start) else { return Some(start) };
    let known = brief::certain(grid, hints);
    let bias: Vec<f32> = brief::opinion(grid, hints).iter().zip(&start).map(|(o, l)| o + if *l { MEMORY } else { -MEMORY }).collect();
    let problem = Problem { grid, links: &grid.links(), known: &known, bias: &bias, smoothness: smoothness(grid), rounds: 2 };
    let (mut labels, _) = problem.settle(models, cancel)?;
    tidy(grid, &mut labels, hints);
    Some(labels)
}

/// Labels of a coarser grid on a finer one; only the outline moves, by a coarse cell or two.
fn follow(grid: &Grid, from: &Grid, labels: &[bool], hints: &Hints<'_>, cancel: Cancel<'_>) -> Option<Vec<bool>> {
    let start = grid.labels_from(from, labels);
    let Some(models) = Models::of_labels(from, labels) else { return Some(start) };
    let mut known = brief::certain(grid, hints);
    for (i, known) in known.iter_mut().enumerate().filter(|(_, k)| **k == Known::Free) {
        let (x, y) = (i % grid.width, i / grid.width);
        let mut rows = y.saturating_sub(3)..(y + 4).min(grid.height);
        let columns = x.saturating_sub(3)..(x + 4).min(grid.width);
        let alike = rows.all(|row| start[row * grid.width..][columns.clone()].iter().all(|l| *l == start[i]));
        if alike {
            *known = if start[i] { Known::Inside } else { Known::Outside };
        }
    }
    let bias = vec![0.0; grid.len()];
    let problem = Problem { grid, links: &grid.links(), known: &known, bias: &bias, smoothness: smoothness(grid), rounds: 1 };
    problem.cut(&models, cancel)
}

/// Keeps the parts that were clicked (without clicks, all that are no specks) and fills small holes that were not clicked.
fn tidy(grid: &Grid, labels: &mut [bool], hints: &Hints<'_>) {
    let regions = Regions::of(labels, grid.width);
    let largest = regions.parts.iter().filter(|p| p.label).map(|p| p.cells).max().unwrap_or(0);
    let parts_of = |clicks: &[(f64, f64)]| clicks.iter().map(|c| regions.of[grid.cell(*c)]).collect::<Vec<u32>>();
    let (wanted, refused) = (parts_of(hints.inside), parts_of(hints.outside));
    let clicked = wanted.iter().any(|id| regions.parts[*id as usize].label);
    regions.flip(labels, |id, part| match part.label {
        true if clicked => !wanted.contains(&id),
        true => part.cells * SPECK < largest,
        false => !part.at_border && part.cells * HOLE < largest && !refused.contains(&id),
    });
}

/// Nothing outside the area; every clicked pixel as the click says, the last click of a pixel on the outside.
fn honour(mask: &mut Mask, hints: &Hints<'_>) {
    let (width, height) = (mask.width(), mask.height());
    if let Some(area) = hints.area {
        for (y, row) in mask.values_mut().chunks_exact_mut(width as usize).enumerate() {
            if !(area.y..area.y + area.height).contains(&(y as u32)) {
                row.fill(0);
            } else {
                row[..area.x as usize].fill(0);
                row[(area.x + area.width) as usize..].fill(0);
            }
        }
    }
    let allowed = hints.area.unwrap_or(Rect { x: 0, y: 0, width, height });
    for (clicks, value) in [(hints.inside, 255), (hints.outside, 0)] {
        for &(x, y) in clicks.iter().filter(|(x, y)| *x >= 0.0 && *y >= 0.0) {
            let (x, y) = (x as u32, y as u32);
            if (allowed.x..allowed.x + allowed.width).contains(&x) && (allowed.y..allowed.y + allowed.height).contains(&y) {
                mask.values_mut()[y as usize * width as usize + x as usize] = value;
            }
        }
    }
}
