//! How far a stroke of colour reaches: from where it was painted up to the edges of lightness.
//!
//! The reach of a stroke is the solution of [`super::solve`] with 1 on it and 0 on all other strokes: the probability that a random walk which prefers like
//! lightness arrives there first (L. Grady, "Random Walks for Image Segmentation", TPAMI 2006). Every cell is held a little at 0, so that a stroke fades far
//! away where no edge ends it; more so the more its lightness differs from what lies under the stroke, so that a soft shadow is an edge too. Texture that
//! the stroke lies on is no edge: it raises both what counts as one and what counts as like, but only where cell and stroke have it in common.

use rayon::prelude::*;

use super::Plane;
use super::paint::smoothstep;
use super::solve::System;
use super::upsample::Field;
use crate::colour::lab;
use crate::mask::Mask;
use crate::pace::checkpoint;
use crate::picture::Picture;

/// Difference of lightness that is an edge.
const SIGMA: f32 = 2.5;
/// Texture is the mean step of lightness to a neighbour, steps counted up to the first, over a square with the second as radius: a lone edge is none.
const STEP: f32 = 6.0;
const TEXTURE_RADIUS: usize = 7;
/// What a texture adds to [`SIGMA`] (as the root of squares) and to [`LIKE`].
const ROUGH_EDGE: f32 = 1.0;
const ROUGH_LIKE: f32 = 3.0;
/// Cells of a stroke hold their value this much (neighbours: at most 1).
const HOLD: f32 = 20.0;
/// A cell of a grid is on a stroke from this coverage on.
const ON: f32 = 0.5;
/// Reach of a thin stroke where nothing ends it, as a share of the short side.
const FAR: f32 = 0.4;
/// Reach of an area: what was painted wide is meant as it is.
const NEAR: f32 = 0.01;
/// Between these widths (as a share of the short side) a stroke becomes an area.
const WIDE: (f32, f32) = (0.06, 0.16);
/// Cells of a stroke whose lightness is compared with.
const SAMPLES: usize = 64;
/// A sample as far as the short side counts as if its lightness differed by this much more.
const NEARER: f32 = 60.0;
/// Difference from the lightness under the stroke that is the same material in another light, and the one above it that halves the distance.
const LIKE: f32 = 4.0;
const UNLIKE: f32 = 2.0;
/// Less than half a step of a mask.
const UNSEEN: f32 = 0.5 / 255.0;
/// Reach above the second is whole, below the first none.
const WHOLE: (f32, f32) = (0.12, 0.4);

/// Reach of each stroke, 0..=1, on the grid of `guide` (L*); together at most 1 in each cell. `strokes` are coverages 0..=1 on the same grid; none of them
/// reaches `not`. `None` where `stop` said so.
///
/// # Panics
/// When the grids differ in size.
pub fn reach(guide: &Plane, strokes: &[Plane], not: Option<&Plane>, stop: &(dyn Fn() -> bool + Sync)) -> Option<Vec<Plane>> {
    checkpoint();
    let (width, height) = guide.size();
    assert!(strokes.iter().chain(not).all(|s| s.size() == guide.size()), "strokes are on the grid of the guide");
    let on = |plane: &Plane, i: usize| plane.values[i] >= ON;
    // A stroke thinner than a cell holds the cell that it covers most.
    let thin = |stroke: &Plane| {
        let most = (0..stroke.values.len()).max_by(|&i, &j| stroke.values[i].total_cmp(&stroke.values[j]));
        most.filter(|&i| stroke.values[i] > 0.0 && !on(stroke, i))
    };
    let mut whose: Vec<Option<usize>> = vec![None; width * height];
    for (k, stroke) in strokes.iter().chain(not).enumerate() {
        (0..whose.len()).filter(|&i| on(stroke, i)).chain(thin(stroke)).for_each(|i| whose[i] = Some(k));
    }
    let ground = Ground { guide, smooth: guide.boxed(2), texture: texture(guide) };
    let one = |k: usize| {
        let here: Vec<bool> = whose.iter().map(|w| *w == Some(k)).collect();
        let distance = fading_distance(&here, width, height);
        let compared = ground.compared(&here);
        let fade = |i: usize| (1.0 + 4.0 * (compared[i].unlike / UNLIKE).powi(2)) / (distance * distance);
        let own = whose.iter().enumerate().map(|(i, w)| if w.is_some() { HOLD } else { fade(i) }).collect();
        let target: Vec<f32> = here.iter().map(|&h| f32::from(h)).collect();
        let sigma = Plane::new(width, height, compared.iter().map(|c| SIGMA.hypot(ROUGH_EDGE * c.texture)).collect());
        let values = System::new(guide, own, &sigma, 1.0).solve(&target, stop)?;
        Some(values.into_iter().map(|v| smoothstep(WHOLE, v)).collect::<Vec<f32>>())
    };
    let mut reaches: Vec<Vec<f32>> = (0..strokes.len()).into_par_iter().map(one).collect::<Option<_>>()?;
    for i in 0..width * height {
        let sum: f32 = reaches.iter().map(|r| r[i]).sum();
        if sum > 1.0 {
            reaches.iter_mut().for_each(|r| r[i] /= sum);
        }
    }
    Some(reaches.into_iter().map(|values| Plane::new(width, height, values)).collect())
}

/// What strokes lie on.
struct Ground<'a> {
    guide: &'a Plane,
    smooth: Plane,
    texture: Plane,
}

/// A cell against what lies under a stroke.
#[derive(Clone, Copy)]
struct Compared {
    /// Difference of lightness beyond what the material has in itself.
    unlike: f32,
    /// Texture that both have.
    texture: f32,
}

impl Ground<'_> {
    /// Each cell against the part of the stroke that is near and like it.
    fn compared(&self, here: &[bool]) -> Vec<Compared> {
        checkpoint();
        let (width, height) = self.guide.size();
        let cells: Vec<usize> = (0..here.len()).filter(|&i| here[i]).collect();
        let stride = cells.len().div_ceil(SAMPLES).max(1);
        let samples: Vec<usize> = cells.into_iter().step_by(stride).collect();
        let farther = NEARER / width.min(height) as f32;
        let apart = |i: usize, j: usize| ((i % width) as f32 - (j % width) as f32).hypot((i / width) as f32 - (j / width) as f32);
        let differs = |i: usize, j: usize| (self.guide.values[i] - self.smooth.values[j]).abs();
        let cost = |i: usize, j: usize| differs(i, j) + farther * apart(i, j);
        let compare = |i: usize| {
            let best = samples.iter().map(|&j| (cost(i, j), j)).min_by(|a, b| a.0.total_cmp(&b.0));
            best.map_or(Compared { unlike: 0.0, texture: 0.0 }, |(_, j)| {
                let texture = self.texture.values[i].min(self.texture.values[j]);
                Compared { unlike: (differs(i, j) - LIKE - ROUGH_LIKE * texture).max(0.0), texture }
            })
        };
        (0..here.len()).into_par_iter().map(compare).collect()
    }
}

fn texture(guide: &Plane) -> Plane {
    let (width, height) = guide.size();
    let step = |i: usize| {
        let right = if i % width + 1 < width { (guide.values[i + 1] - guide.values[i]).abs() } else { 0.0 };
        let down = if i / width + 1 < height { (guide.values[i + width] - guide.values[i]).abs() } else { 0.0 };
        right.max(down).min(STEP)
    };
    Plane::new(width, height, (0..width * height).map(step).collect()).boxed(TEXTURE_RADIUS)
}

/// Cells over which a stroke fades where nothing ends it.
fn fading_distance(here: &[bool], width: usize, height: usize) -> f32 {
    let short = width.min(height) as f32;
    let area = here.iter().filter(|&&h| h).count();
    let differs = |i: usize, j: usize| usize::from(here[i] != here[j]);
    let across = (0..here.len()).filter(|i| i % width + 1 < width).map(|i| differs(i, i + 1)).sum::<usize>();
    let along = (0..here.len()).filter(|i| i / width + 1 < height).map(|i| differs(i, i + width)).sum::<usize>();
    let wide = 2.0 * area as f32 / (across + along).max(1) as f32;
    let share = smoothstep(WIDE, wide / short);
    (short * (FAR + (NEAR - FAR) * share)).max(1.0)
}

/// A reach at the pixels of the picture, 255 = whole.
pub fn mask(reach: &Plane, guide: &Plane, picture: &Picture) -> Mask {
    checkpoint();
    let field = Field::new(reach, guide, 0.0);
    let size = (picture.width() as usize, picture.height() as usize);
    let (pixels, _) = picture.rgba8().as_chunks::<4>();
    let mut values = vec![0u8; size.0 * size.1];
    values.par_chunks_exact_mut(size.0).zip(pixels.par_chunks_exact(size.0)).enumerate().for_each(|(y, (row, pixels))| {
        let field = field.row(y, size);
        for (x, (to, p)) in row.iter_mut().zip(pixels).enumerate().filter(|(x, _)| field.most(*x) > UNSEEN) {
            *to = (field.at(x, lab([p[0], p[1], p[2]])[0]).clamp(0.0, 1.0) * 255.0).round() as u8;
        }
    });
    Mask::new(picture.width(), picture.height(), values)
}
