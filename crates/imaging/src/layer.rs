//! A cut-out that lies somewhere on a canvas: trimmed, moved, scaled, turned, laid on a picture.

use super::affine::Affine;
use super::blend::{alpha_of, over_pixel};
use super::colour::Tables;
use super::geometry::{crop, rotate};
use super::mask::Mask;
use super::picture::{Picture, Rect};
use super::resize::{resize, resize_map};

/// Straight alpha, trimmed to what is visible. It may reach over the edges of its canvas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    pub picture: Picture,
    /// The left edge on the canvas, in pixels; may be negative.
    pub x: i64,
    pub y: i64,
}

/// Where a layer goes and how large it becomes.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Placement {
    /// Centre on the canvas, in pixels.
    pub x: f64,
    pub y: f64,
    /// Size before it is turned, in pixels.
    pub width: f64,
    pub height: f64,
    /// Clockwise, in degrees.
    pub rotate: f64,
}

impl Placement {
    /// On whole pixels (turned: on tenths), so that it can be written down and read again without a shift.
    pub fn snapped(self) -> Placement {
        let (width, height) = (self.width.round().max(1.0), self.height.round().max(1.0));
        let on_grid = |centre: f64, side: f64| (centre - side / 2.0).round() + side / 2.0;
        let tenth = |v: f64| (v * 10.0).round() / 10.0;
        let rotate = tenth(self.rotate);
        let (x, y) = if rotate == 0.0 { (on_grid(self.x, width), on_grid(self.y, height)) } else { (tenth(self.x), tenth(self.y)) };
        Placement { x, y, width, height, rotate }
    }
}

impl Layer {
    /// What is visible of a cut-out, where it is; `None` when nothing is.
    pub fn trimmed(cut: &Picture) -> Option<Layer> {
        let inside = alpha_of(cut).bounding_box(0)?;
        let picture = if inside == cut.bounds() { cut.clone() } else { crop(cut, inside).0 };
        Some(Layer { picture, x: inside.x.into(), y: inside.y.into() })
    }

    /// The layer of this picture at a place, and the map from the layer's own pixels back to the picture's. At its own size, not turned, its pixels are
    /// exact; it always lies on whole pixels.
    pub fn placed(picture: &Picture, at: &Placement) -> (Layer, Affine) {
        let side = |v: f64| v.round().clamp(1.0, f64::from(u32::MAX)) as u32;
        let (width, height) = (side(at.width), side(at.height));
        let scaled = resize(picture, width, height);
        let to_source = resize_map((picture.width(), picture.height()), (width, height));
        let (turned, back) = if at.rotate == 0.0 { (scaled, Affine::IDENTITY) } else { rotate(&scaled, at.rotate, [0; 4]) };
        let corner = |centre: f64, side: u32| (centre - f64::from(side) / 2.0).round() as i64;
        let layer = Layer { x: corner(at.x, turned.width()), y: corner(at.y, turned.height()), picture: turned };
        (layer, back.then(&to_source))
    }

    /// The part of the canvas that it covers, and where that is in the layer.
    pub fn covered(&self, width: u32, height: u32) -> Option<(Rect, Rect)> {
        let range = |start: i64, length: u32, side: u32| {
            let (low, high) = (start.max(0), (start + i64::from(length)).min(side.into()));
            (high > low).then_some((low as u32, (high - low) as u32, (low - start) as u32))
        };
        let (x, w, from_x) = range(self.x, self.picture.width(), width)?;
        let (y, h, from_y) = range(self.y, self.picture.height(), height)?;
        Some((Rect { x, y, width: w, height: h }, Rect { x: from_x, y: from_y, width: w, height: h }))
    }

    /// Laid on a picture in linear light. Pixels that it does not cover stay bit for bit, and opaque pixels of the layer arrive bit for bit.
    /// `opacity` 0..=1.
    pub fn lay_on(&self, base: &mut Picture, opacity: f32) {
        let Some((on, from)) = self.covered(base.width(), base.height()) else { return };
        let tables = Tables::get();
        let (width, own_width) = (base.width() as usize, self.picture.width() as usize);
        let (source, _) = self.picture.rgba8().as_chunks::<4>();
        let (target, _) = base.rgba8_mut().as_chunks_mut::<4>();
        for row in 0..on.height as usize {
            let to = &mut target[(on.y as usize + row) * width + on.x as usize..][..on.width as usize];
            let own = &source[(from.y as usize + row) * own_width + from.x as usize..][..on.width as usize];
            for (to, &[r, g, b, a]) in to.iter_mut().zip(own) {
                let alpha = if opacity >= 1.0 { a } else { (f32::from(a) * opacity.max(0.0)).round() as u8 };
                if alpha > 0 {
                    *to = over_pixel(tables, [r, g, b, alpha], *to);
                }
            }
        }
    }

    /// Takes the place of what is there, alpha and all.
    pub fn put_into(&self, base: &mut Picture) {
        let Some((on, from)) = self.covered(base.width(), base.height()) else { return };
        let (stride, own_stride) = (base.width() as usize * 4, self.picture.width() as usize * 4);
        let length = on.width as usize * 4;
        let rows = base.rgba8_mut().chunks_exact_mut(stride).skip(on.y as usize);
        let own = self.picture.rgba8().chunks_exact(own_stride).skip(from.y as usize).take(from.height as usize);
        for (to, own) in rows.zip(own) {
            to[on.x as usize * 4..][..length].copy_from_slice(&own[from.x as usize * 4..][..length]);
        }
    }

    /// Its alpha on the canvas.
    pub fn alpha_on(&self, width: u32, height: u32) -> Mask {
        let mut mask = Mask::filled(width, height, 0);
        let Some((on, from)) = self.covered(width, height) else { return mask };
        let own_width = self.picture.width() as usize;
        let (source, _) = self.picture.rgba8().as_chunks::<4>();
        let rows = mask.values_mut().chunks_exact_mut(width as usize).skip(on.y as usize).take(on.height as usize);
        for (row, to) in rows.enumerate() {
            let own = &source[(from.y as usize + row) * own_width + from.x as usize..][..on.width as usize];
            to[on.x as usize..][..own.len()].iter_mut().zip(own).for_each(|(to, pixel)| *to = pixel[3]);
        }
        mask
    }

    /// On a transparent canvas of this size.
    pub fn on_canvas(&self, width: u32, height: u32) -> Picture {
        let mut canvas = Picture::filled(width, height, [0; 4]);
        self.lay_on(&mut canvas, 1.0);
        canvas
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square() -> Picture {
        let mut picture = Picture::filled(10, 8, [0; 4]);
        for y in 2..6 {
            for x in 3..9 {
                let i = ((y * 10 + x) * 4) as usize;
                picture.rgba8_mut()[i..i + 4].copy_from_slice(&[x as u8 * 20, y as u8 * 30, 7, 255]);
            }
        }
        picture
    }

    #[test]
    fn at_its_own_size_the_pixels_are_exact_and_the_rest_of_the_canvas_is_untouched() {
        let layer = Layer::trimmed(&square()).unwrap();
        assert_eq!((layer.x, layer.y, layer.picture.width(), layer.picture.height()), (3, 2, 6, 4));
        let at = Placement { x: 20.0, y: 10.0, width: 6.0, height: 4.0, rotate: 0.0 };
        let (placed, back) = Layer::placed(&layer.picture, &at);
        assert_eq!((placed.x, placed.y), (17, 8));
        assert_eq!((&placed.picture, back), (&layer.picture, Affine::IDENTITY));
        let mut base = Picture::filled(40, 20, [9, 8, 7, 255]);
        placed.lay_on(&mut base, 1.0);
        for y in 0..20 {
            for x in 0..40 {
                let inside = (17..23).contains(&x) && (8..12).contains(&y);
                let expected = if inside { layer.picture.pixel(x - 17, y - 8) } else { [9, 8, 7, 255] };
                assert_eq!(base.pixel(x, y), expected);
            }
        }
    }

    #[test]
    fn what_reaches_over_an_edge_is_cut_there() {
        let layer = Layer { picture: Picture::filled(4, 4, [200, 0, 0, 255]), x: -2, y: 6 };
        let mut base = Picture::filled(8, 8, [0, 0, 0, 255]);
        layer.lay_on(&mut base, 1.0);
        assert_eq!((base.pixel(1, 7), base.pixel(2, 7), base.pixel(1, 5)), ([200, 0, 0, 255], [0, 0, 0, 255], [0, 0, 0, 255]));
        assert_eq!(layer.alpha_on(8, 8).bounding_box(0), Some(Rect { x: 0, y: 6, width: 2, height: 2 }));
        let away = Layer { x: 50, ..layer };
        assert_eq!((away.covered(8, 8), away.alpha_on(8, 8).is_empty()), (None, true));
        away.lay_on(&mut base, 1.0);
    }

    #[test]
    fn half_opacity_mixes_light_and_a_turn_keeps_the_centre() {
        let layer = Layer { picture: Picture::filled(4, 4, [255; 4]), x: 0, y: 0 };
        let mut base = Picture::filled(4, 4, [0, 0, 0, 255]);
        layer.lay_on(&mut base, 0.5);
        assert!((187..=189).contains(&base.pixel(1, 1)[0]));
        let at = Placement { x: 50.0, y: 40.0, width: 20.0, height: 10.0, rotate: 90.0 };
        let (turned, _) = Layer::placed(&layer.picture, &at);
        assert_eq!((turned.x, turned.y, turned.picture.width(), turned.picture.height()), (45, 30, 10, 20));
    }
}
