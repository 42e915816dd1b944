//! Runs a model that turns a picture into a picture over all of it, tile by tile: progress is counted in tiles, the picture so far is shown, and a cancel
//! ends it within a tile. Used by every operation with such a model.

use std::sync::Arc;

use super::{OpError, StepContext};
use crate::imaging::preview::{PREVIEW_SIDE_PX, shrink};
use crate::imaging::resize::resize;
use crate::imaging::tiles::{Alpha, Canvas, Given, Grid, Planes, Tile, keep_source, noise_sigma, read_alpha, read_colour, uniform_alpha};
use crate::imaging::{Picture, Rect};
use crate::models::tiles::TileModel;
use crate::text::Text;

/// The picture as the model makes it, `scale` times as large. Where the model sees alpha (upscalers do), it is enlarged by the model too; where sizes stay,
/// alpha stays as it is.
///
/// # Errors
/// A limit that the result would exceed, before any work; what the model says; `cancelled`.
pub(super) fn run(step: &mut StepContext<'_>, model: &TileModel, picture: &Picture, label: &Text) -> Result<Picture, OpError> {
    let scale = model.settings.scale;
    step.limits.check_size(picture.width().saturating_mul(scale), picture.height().saturating_mul(scale))?;
    let grid = Grid::new(picture.width(), picture.height(), model.settings.shape(&model.info.input));
    let work = Work { model, picture, noise: if model.settings.keeps_source() { noise_sigma(picture) } else { 0.0 } };
    let mut canvas = Canvas::new(picture, scale, grid.shape);
    let mut shown = Shown::default();
    step.watch.progress(step.step, Some(0.0), label);
    for (i, tile) in grid.tiles.iter().enumerate() {
        let part = work.one(step, tile, &mut canvas)?;
        let fraction = (i + 1) as f32 / grid.tiles.len() as f32;
        step.watch.progress(step.step, Some(fraction), label);
        shown.unseen.push(part);
        if i + 1 < grid.tiles.len() && step.watch.wants_preview() {
            let so_far = shown.with(picture, &canvas);
            step.preview(label, Some(fraction), &so_far);
        }
    }
    Ok(canvas.finish())
}

/// What every tile of a run has in common.
struct Work<'a> {
    model: &'a TileModel,
    picture: &'a Picture,
    /// Of the picture, in levels.
    noise: f32,
}

impl Work<'_> {
    /// Works one tile out and puts it on the canvas; gives the part that it wrote.
    fn one(&self, step: &mut StepContext<'_>, tile: &Tile, canvas: &mut Canvas) -> Result<Rect, OpError> {
        let scale = self.model.settings.scale as usize;
        let uniform = uniform_alpha(self.picture, tile);
        let source = read_colour(self.picture, tile);
        if uniform == Some(0) {
            let nothing = Planes::new(source.width * scale, source.height * scale, vec![0.0; source.data.len() * scale * scale]);
            return Ok(canvas.put(tile, &Given { colour: &nothing, alpha: Alpha::Uniform(0) }));
        }
        let colour = self.infer(step, &source)?;
        if let Some(alpha) = uniform {
            return Ok(canvas.put(tile, &Given { colour: &colour, alpha: Alpha::Uniform(alpha) }));
        }
        let alpha = read_alpha(self.picture, tile);
        let alpha = if scale == 1 { alpha.mean() } else { self.infer(step, &alpha)?.mean() };
        Ok(canvas.put(tile, &Given { colour: &colour, alpha: Alpha::Plane(&alpha) }))
    }

    fn infer(&self, step: &mut StepContext<'_>, source: &Planes) -> Result<Planes, OpError> {
        let outputs = step.infer(&self.model.info.name, vec![self.model.prepare(source)])?;
        let mut result = self.model.read(outputs, source)?;
        if self.model.settings.keeps_source() {
            keep_source(&mut result, source, self.model.settings.scale as usize, self.noise);
        }
        Ok(result)
    }
}

/// The picture as it is shown while it is worked on: the source, over which finished tiles are laid.
#[derive(Default)]
struct Shown {
    small: Option<Picture>,
    /// Parts of the result that are not in it yet.
    unseen: Vec<Rect>,
}

impl Shown {
    fn with(&mut self, source: &Picture, canvas: &Canvas) -> Arc<Picture> {
        let result = canvas.picture();
        let long = result.width().max(result.height());
        let factor = f64::from(PREVIEW_SIDE_PX.min(long)) / f64::from(long);
        let side = |length: u32| ((f64::from(length) * factor).round() as u32).max(1);
        let small = self.small.get_or_insert_with(|| resize(&shrink(source, PREVIEW_SIDE_PX), side(result.width()), side(result.height())));
        for part in self.unseen.drain(..) {
            lay(small, result, part, factor);
        }
        Arc::new(small.clone())
    }
}

/// Lays a part of the result, made small, where it belongs.
fn lay(small: &mut Picture, result: &Picture, part: Rect, factor: f64) {
    let at = |v: u32, limit: u32| ((f64::from(v) * factor).round() as u32).min(limit);
    let (x, y) = (at(part.x, small.width()), at(part.y, small.height()));
    let (right, bottom) = (at(part.x + part.width, small.width()), at(part.y + part.height, small.height()));
    if right <= x || bottom <= y {
        return;
    }
    let pixels = crate::imaging::resize::stretched(result, part, (right - x, bottom - y), !result.is_opaque());
    let row_bytes = small.width() as usize * 4;
    for (row, from) in pixels.chunks_exact((right - x) as usize * 4).enumerate() {
        let start = (y as usize + row) * row_bytes + x as usize * 4;
        small.rgba8_mut()[start..start + from.len()].copy_from_slice(from);
    }
}
