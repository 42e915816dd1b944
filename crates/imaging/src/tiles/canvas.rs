//! The result in the making.

use rayon::prelude::*;

use super::{Planes, Tile, TileShape};
use crate::pace::checkpoint;
use crate::picture::{Picture, Rect};

/// The result of a tiled run; tiles are put in the order of the grid.
pub struct Canvas {
    picture: Picture,
    scale: u32,
    shape: TileShape,
}

/// What a tile gave, as large as its input times the scale.
pub struct Given<'a> {
    /// Three planes.
    pub colour: &'a Planes,
    /// One plane, or the alpha of all pixels.
    pub alpha: Alpha<'a>,
}

/// Alpha of a tile.
#[derive(Clone, Copy)]
pub enum Alpha<'a> {
    Uniform(u8),
    Plane(&'a Planes),
}

impl Canvas {
    /// Transparent, `scale` times as large as `source`.
    pub fn new(source: &Picture, scale: u32, shape: TileShape) -> Canvas {
        Canvas { picture: Picture::filled(source.width() * scale, source.height() * scale, [0; 4]), scale, shape }
    }

    /// Writes a tile's core, blended over the feather with the tiles to the left and above that are there already. Gives the part that was written.
    ///
    /// # Panics
    /// When the planes do not have the size of the tile's input times the scale.
    pub fn put(&mut self, tile: &Tile, given: &Given<'_>) -> Rect {
        checkpoint();
        let scale = self.scale as usize;
        let size = (tile.width as usize * scale, tile.height as usize * scale);
        assert_eq!((given.colour.width, given.colour.height, given.colour.channels()), (size.0, size.1, 3), "a tile's result");
        let to = self.written(tile);
        let ramp = (2 * self.shape.feather_px * self.scale) as f32;
        let (fades_left, fades_top) = (ramp > 0.0 && to.x > 0, ramp > 0.0 && to.y > 0);
        // Where the written part begins in the tile's result.
        let left = (i64::from(to.x) - tile.left * i64::from(self.scale)) as usize;
        let top = (i64::from(to.y) - tile.top * i64::from(self.scale)) as usize;
        let (area, row_px) = (given.colour.area(), self.picture.width() as usize);
        let rows = self.picture.rgba8_mut().par_chunks_exact_mut(row_px * 4).skip(to.y as usize).take(to.height as usize);
        rows.enumerate().for_each(|(y, row)| {
            let (pixels, _) = row[to.x as usize * 4..][..to.width as usize * 4].as_chunks_mut::<4>();
            let down = if fades_top { ((y as f32 + 0.5) / ramp).min(1.0) } else { 1.0 };
            let start = (top + y) * size.0 + left;
            for (x, pixel) in pixels.iter_mut().enumerate() {
                let across = if fades_left { ((x as f32 + 0.5) / ramp).min(1.0) } else { 1.0 };
                let i = start + x;
                let alpha = match given.alpha {
                    Alpha::Uniform(a) => f32::from(a),
                    Alpha::Plane(plane) => plane.data[i],
                };
                let colour = [given.colour.data[i], given.colour.data[area + i], given.colour.data[2 * area + i], alpha];
                blend(pixel, colour, down * across);
            }
        });
        to
    }

    /// The part of the result that a tile writes: its core and, towards neighbours, the feather.
    fn written(&self, tile: &Tile) -> Rect {
        let (f, s) = (self.shape.feather_px, self.scale);
        let core = tile.core;
        let (x, y) = (core.x.saturating_sub(f) * s, core.y.saturating_sub(f) * s);
        let right = ((core.x + core.width + f) * s).min(self.picture.width());
        let bottom = ((core.y + core.height + f) * s).min(self.picture.height());
        Rect { x, y, width: right - x, height: bottom - y }
    }

    pub fn picture(&self) -> &Picture {
        &self.picture
    }

    /// The whole result; what is wholly transparent has no colour.
    pub fn finish(mut self) -> Picture {
        checkpoint();
        let (pixels, _) = self.picture.rgba8_mut().as_chunks_mut::<4>();
        pixels.par_iter_mut().filter(|p| p[3] == 0).for_each(|p| *p = [0; 4]);
        self.picture
    }
}

fn blend(pixel: &mut [u8; 4], colour: [f32; 4], share: f32) {
    for (to, v) in pixel.iter_mut().zip(colour) {
        let mixed = if share < 1.0 { f32::from(*to) + (v - f32::from(*to)) * share } else { v };
        // `as u8` saturates and turns NaN into 0.
        *to = (mixed + 0.5) as u8;
    }
}
