//! Files that keep layers: OpenRaster and Photoshop documents.
//!
//! Layers are laid on each other with the plain "over" on 8-bit sRGB values, as the programs that open such files do it. That differs from the linear
//! light in which pictures are made here, so a layer holds finished pixels, and its mask says where they are seen, wholly or not at all: the visible
//! layers together are exactly the picture that the edits made ([`Document::composite`]).

mod ora;
mod packbits;
mod psd;

use std::sync::Arc;

use rayon::prelude::*;

use crate::affine::Affine;
use crate::error::ImageError;
use crate::geometry;
use crate::mask::Mask;
use crate::pace::checkpoint;
use crate::picture::{Picture, Rect};

pub use ora::{ORA_RECIPE, write as write_ora};
pub use psd::{MAX_SIDE_PX as PSD_MAX_SIDE_PX, write as write_psd};

/// A picture somewhere on the canvas, and whether it is seen.
#[derive(Clone, Debug)]
pub struct Layer {
    /// In any language.
    pub name: String,
    pub picture: Arc<Picture>,
    /// Left edge on the canvas, in pixels; it may lie outside.
    pub x: i64,
    pub y: i64,
    /// The size of the picture; 255: seen. Multiplies its alpha.
    pub mask: Option<Arc<Mask>>,
    pub visible: bool,
    /// 255: wholly.
    pub opacity: u8,
}

impl Layer {
    /// A layer that covers its canvas.
    pub fn whole(name: impl Into<String>, picture: Arc<Picture>) -> Self {
        Layer { name: name.into(), picture, x: 0, y: 0, mask: None, visible: true, opacity: 255 }
    }

    pub fn hidden(self) -> Self {
        Layer { visible: false, ..self }
    }

    /// Only the part inside `rect` of its picture, in place.
    pub fn cut_to(&self, rect: Rect) -> Layer {
        if rect == self.picture.bounds() {
            return self.clone();
        }
        Layer {
            picture: Arc::new(geometry::crop(&self.picture, rect).0),
            mask: self.mask.as_ref().map(|mask| Arc::new(mask.cropped(rect))),
            x: self.x + i64::from(rect.x),
            y: self.y + i64::from(rect.y),
            ..self.clone()
        }
    }

    /// The layer on a canvas whose pixels are those of the old one moved by whole pixels, mirrored or turned by right angles. `map` goes from the new
    /// canvas to the old one. `None` where it does anything else.
    pub fn moved(&self, map: &Affine) -> Option<Layer> {
        let (quarters, mirrored) = right_angles(map)?;
        let (mut picture, mut mask) = (self.picture.clone(), self.mask.clone());
        if mirrored {
            picture = Arc::new(geometry::flip(&picture, geometry::FlipAxis::Horizontal).0);
            mask = mask.map(|mask| Arc::new(mask_as_picture(&mask, |p| geometry::flip(p, geometry::FlipAxis::Horizontal).0)));
        }
        if quarters != 0 {
            picture = Arc::new(geometry::rotate_quarters(&picture, quarters).0);
            mask = mask.map(|mask| Arc::new(mask_as_picture(&mask, |p| geometry::rotate_quarters(p, quarters).0)));
        }
        let back = map.inverse()?;
        let (w, h) = (i64::from(self.picture.width()), i64::from(self.picture.height()));
        let corners = [(self.x, self.y), (self.x + w, self.y + h)].map(|(x, y)| back.apply(x as f64, y as f64));
        let least = |a: f64, b: f64| a.min(b).round() as i64;
        let (x, y) = (least(corners[0].0, corners[1].0), least(corners[0].1, corners[1].1));
        Some(Layer { picture, mask, x, y, ..self.clone() })
    }

    /// Its alpha at a pixel of its own, mask and opacity included.
    fn alpha(&self, i: usize, alpha: u8) -> u8 {
        let mask = self.mask.as_ref().map_or(255, |mask| mask.values()[i]);
        times(times(alpha, mask), self.opacity)
    }
}

fn mask_as_picture(mask: &Mask, turn: impl Fn(&Picture) -> Picture) -> Mask {
    let grey = Picture::from_rgba8(mask.width(), mask.height(), mask.values().iter().flat_map(|&v| [v, v, v, 255]).collect());
    let turned = turn(&grey);
    Mask::new(turned.width(), turned.height(), turned.rgba8().as_chunks::<4>().0.iter().map(|p| p[0]).collect())
}

/// How a map of whole pixels turns: mirrored first (left and right), then clockwise quarters. `None` for all others.
fn right_angles(map: &Affine) -> Option<(i32, bool)> {
    let Affine([a, b, c, d, e, f]) = *map;
    let whole = |v: f64| (v - v.round()).abs() < 1e-6;
    if !whole(c) || !whole(f) {
        return None;
    }
    let near = |v: f64| if whole(v) { Some(v.round() as i32) } else { None };
    // From the new canvas to the old one, as `geometry` writes them.
    match (near(a)?, near(b)?, near(d)?, near(e)?) {
        (1, 0, 0, 1) => Some((0, false)),
        (0, 1, -1, 0) => Some((1, false)),
        (-1, 0, 0, -1) => Some((2, false)),
        (0, -1, 1, 0) => Some((3, false)),
        (-1, 0, 0, 1) => Some((0, true)),
        (0, -1, -1, 0) => Some((1, true)),
        (1, 0, 0, -1) => Some((2, true)),
        (0, 1, 1, 0) => Some((3, true)),
        _ => None,
    }
}

/// Layers on a canvas.
#[derive(Clone, Debug)]
pub struct Document {
    pub width: u32,
    pub height: u32,
    /// From the lowest to the uppermost.
    pub layers: Vec<Layer>,
    /// What one sees: the same as [`Document::composite`].
    pub merged: Arc<Picture>,
}

impl Document {
    /// One picture as the only layer.
    pub fn of(name: &str, picture: &Arc<Picture>) -> Document {
        let layer = Layer::whole(name, picture.clone());
        Document { width: picture.width(), height: picture.height(), layers: vec![layer], merged: picture.clone() }
    }

    /// The visible layers laid on each other, as other programs do it.
    pub fn composite(&self) -> Picture {
        let mut canvas = Picture::filled(self.width, self.height, [0; 4]);
        self.layers.iter().filter(|layer| layer.visible).for_each(|layer| lay(layer, &mut canvas));
        canvas
    }
}

/// Lays a layer on a canvas: Porter–Duff "over" on 8-bit sRGB values with straight alpha.
pub fn lay(layer: &Layer, canvas: &mut Picture) {
    checkpoint();
    let Some((on, from)) = covered(layer, canvas.width(), canvas.height()) else { return };
    let (width, own) = (canvas.width() as usize, layer.picture.width() as usize);
    let (source, _) = layer.picture.rgba8().as_chunks::<4>();
    let (target, _) = canvas.rgba8_mut().as_chunks_mut::<4>();
    let rows = target.par_chunks_mut(width).skip(on.y as usize).take(on.height as usize).enumerate();
    rows.for_each(|(row, to)| {
        let start = (from.y as usize + row) * own + from.x as usize;
        for (i, to) in to[on.x as usize..][..on.width as usize].iter_mut().enumerate() {
            let [r, g, b, a] = source[start + i];
            *to = over([r, g, b, layer.alpha(start + i, a)], *to);
        }
    });
}

/// The part of the canvas that a layer covers, and where that is in the layer.
fn covered(layer: &Layer, width: u32, height: u32) -> Option<(Rect, Rect)> {
    let range = |start: i64, length: u32, side: u32| {
        let (low, high) = (start.max(0), (start + i64::from(length)).min(side.into()));
        (high > low).then_some((low as u32, (high - low) as u32, (low - start) as u32))
    };
    let (x, w, from_x) = range(layer.x, layer.picture.width(), width)?;
    let (y, h, from_y) = range(layer.y, layer.picture.height(), height)?;
    Some((Rect { x, y, width: w, height: h }, Rect { x: from_x, y: from_y, width: w, height: h }))
}

/// `a · b` of 255ths, rounded.
fn times(a: u8, b: u8) -> u8 {
    ((u32::from(a) * u32::from(b) + 127) / 255) as u8
}

fn over(top: [u8; 4], bottom: [u8; 4]) -> [u8; 4] {
    match (top[3], bottom[3]) {
        (0, _) => bottom,
        (255, _) | (_, 0) => top,
        (t, b) => {
            let (t, b) = (u32::from(t), u32::from(b));
            let under = b * (255 - t);
            let alpha = t * 255 + under;
            let mix = |c: usize| ((u32::from(top[c]) * t * 255 + u32::from(bottom[c]) * under + alpha / 2) / alpha) as u8;
            [mix(0), mix(1), mix(2), ((alpha + 127) / 255) as u8]
        }
    }
}

/// Refused before any work where the layers have more samples than a file could hold.
fn check_amount(document: &Document, limit: u64) -> Result<(), ImageError> {
    let samples: u64 = document.layers.iter().map(|l| l.picture.area() * 4).sum::<u64>() + document.merged.area() * 4;
    // Packed they are a third or less of that.
    if samples / 4 > limit { Err(ImageError::TooManyBytes { bytes: samples, limit }) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
