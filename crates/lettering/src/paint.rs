//! Outlines become pixels: coverage by area (zeno), an edge around the letters, a soft shadow behind them, at any angle.

use portico_imaging::blend::alpha_of;
use portico_imaging::colour::Srgb8;
use portico_imaging::geometry::rotate;
use portico_imaging::{Layer, Mask, Picture};
use zeno::{Angle, Command, Join, Placement, Stroke, Transform};

use super::block::{Block, ColourGlyph};

/// A line of even width around the letters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    pub colour: Srgb8,
    /// How far it reaches out from the letters, in pixels.
    pub width_px: f32,
    /// 0..=1.
    pub strength: f32,
}

/// A soft copy of the letters behind them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shadow {
    pub colour: Srgb8,
    /// How soft, in pixels.
    pub blur_px: u32,
    /// Where it falls, in pixels.
    pub offset_px: (i32, i32),
    /// 0..=1.
    pub strength: f32,
}

/// What letters look like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ink {
    pub colour: Srgb8,
    pub edge: Option<Edge>,
    pub shadow: Option<Shadow>,
}

impl Ink {
    pub fn plain(colour: Srgb8) -> Ink {
        Ink { colour, edge: None, shadow: None }
    }
}

/// Coverage, and where its left upper corner is from the block's middle.
struct Coverage {
    mask: Mask,
    x: i64,
    y: i64,
}

impl Block {
    /// The letters as a layer whose 0, 0 is the block's middle; `degrees` clockwise. `None` where nothing is visible.
    pub fn paint(&self, ink: &Ink, degrees: f64) -> Option<Layer> {
        let turn = (degrees != 0.0).then(|| Transform::rotation(Angle::from_degrees(degrees as f32)));
        let fill = cover(&self.path, None, turn);
        let edge = ink.edge.filter(|e| e.strength > 0.0 && e.width_px > 0.0);
        // The stroke lies half inside.
        let ring = edge.and_then(|e| cover(&self.path, Some(e.width_px * 2.0), turn));
        let pictures: Vec<Layer> = self.pictures.iter().map(|glyph| turned(glyph, degrees)).collect();
        let mut parts: Vec<(Layer, f32)> = vec![];
        let widest = ring.as_ref().or(fill.as_ref());
        if let (Some(shadow), Some(shape)) = (ink.shadow.filter(|s| s.strength > 0.0), widest) {
            parts.push((soft(shape, &shadow), shadow.strength.min(1.0)));
        }
        if let (Some(ring), Some(edge)) = (&ring, edge) {
            parts.push((ring.layer(edge.colour), edge.strength.min(1.0)));
        }
        parts.extend(fill.map(|fill| (fill.layer(ink.colour), 1.0)));
        parts.extend(pictures.into_iter().map(|picture| (picture, 1.0)));
        joined(&parts)
    }
}

impl Coverage {
    fn layer(&self, [r, g, b]: Srgb8) -> Layer {
        let pixels = self.mask.values().iter().flat_map(|&a| if a == 0 { [0; 4] } else { [r, g, b, a] }).collect();
        Layer { picture: Picture::from_rgba8(self.mask.width(), self.mask.height(), pixels), x: self.x, y: self.y }
    }
}

/// Coverage of the filled outlines, or of a line of this width along them.
fn cover(path: &[Command], stroke_px: Option<f32>, turn: Option<Transform>) -> Option<Coverage> {
    if path.is_empty() {
        return None;
    }
    let turned: Vec<Command> = match turn {
        Some(turn) => path.iter().map(|c| c.transform(&turn)).collect(),
        None => path.to_vec(),
    };
    let mut mask = zeno::Mask::new(turned.as_slice());
    if let Some(width) = stroke_px {
        let mut stroke = Stroke::new(width);
        mask.style(*stroke.join(Join::Round));
    }
    let (values, Placement { left, top, width, height }) = mask.render();
    (width > 0 && height > 0).then(|| Coverage { mask: Mask::new(width, height, values), x: left.into(), y: top.into() })
}

fn soft(shape: &Coverage, shadow: &Shadow) -> Layer {
    let reach = shadow.blur_px;
    let (width, height) = (shape.mask.width() + 2 * reach, shape.mask.height() + 2 * reach);
    let mut room = Mask::filled(width, height, 0);
    let rows = room.values_mut().chunks_exact_mut(width as usize).skip(reach as usize);
    for (to, from) in rows.zip(shape.mask.values().chunks_exact(shape.mask.width() as usize)) {
        to[reach as usize..][..from.len()].copy_from_slice(from);
    }
    let (dx, dy) = shadow.offset_px;
    let moved = |at: i64, by: i32| at - i64::from(reach) + i64::from(by);
    Coverage { mask: room.feathered(reach), x: moved(shape.x, dx), y: moved(shape.y, dy) }.layer(shadow.colour)
}

/// A colour glyph in its place, turned around the block's middle.
fn turned(glyph: &ColourGlyph, degrees: f64) -> Layer {
    let (w, h) = (f64::from(glyph.picture.width()), f64::from(glyph.picture.height()));
    let (cx, cy) = (f64::from(glyph.x) + w / 2.0, f64::from(glyph.y) + h / 2.0);
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (x, y) = (cx * cos - cy * sin, cx * sin + cy * cos);
    let picture = if degrees == 0.0 { glyph.picture.clone() } else { rotate(&glyph.picture, degrees, [0; 4]).0 };
    let corner = |centre: f64, side: u32| (centre - f64::from(side) / 2.0).round() as i64;
    Layer { x: corner(x, picture.width()), y: corner(y, picture.height()), picture }
}

/// The parts over each other, as one layer.
fn joined(parts: &[(Layer, f32)]) -> Option<Layer> {
    let end = |f: fn(&Layer) -> i64| parts.iter().map(move |(l, _)| f(l));
    let (left, top) = (end(|l| l.x).min()?, end(|l| l.y).min()?);
    let right = end(|l| l.x + i64::from(l.picture.width())).max()?;
    let bottom = end(|l| l.y + i64::from(l.picture.height())).max()?;
    let mut canvas = Picture::filled((right - left) as u32, (bottom - top) as u32, [0; 4]);
    for (layer, strength) in parts {
        Layer { x: layer.x - left, y: layer.y - top, picture: layer.picture.clone() }.lay_on(&mut canvas, *strength);
    }
    let layer = Layer::trimmed(&canvas)?;
    Some(Layer { x: layer.x + left, y: layer.y + top, ..layer })
}

/// The layer with a soft rim of this colour behind it, around the same middle.
pub fn halo(layer: &Layer, colour: Srgb8, blur_px: u32, strength: f32) -> Layer {
    let shape = Coverage { mask: alpha_of(&layer.picture), x: layer.x, y: layer.y };
    let shadow = Shadow { colour, blur_px, offset_px: (0, 0), strength };
    let rim = soft(&shape, &shadow);
    let mut canvas = Picture::filled(rim.picture.width(), rim.picture.height(), [0; 4]);
    Layer { x: 0, y: 0, picture: rim.picture }.lay_on(&mut canvas, strength);
    Layer { x: i64::from(blur_px), y: i64::from(blur_px), picture: layer.picture.clone() }.lay_on(&mut canvas, 1.0);
    Layer { picture: canvas, x: rim.x, y: rim.y }
}
