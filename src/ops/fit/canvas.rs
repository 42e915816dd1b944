//! How large the result becomes, and how a part of a picture is laid on it.

use crate::imaging::geometry;
use crate::imaging::resize::resize;
use crate::imaging::{Affine, Layer, Picture, Rect};
use crate::presets::Make;

/// Shapes that differ by less than this factor are the same.
pub const SAME_SHAPE: f64 = 1.005;

/// The size to make: the picture's own if it is among them, else the one whose shape is nearest to it; of those that are as good as equal the first.
pub fn size_for(make: &Make, (width, height): (u32, u32)) -> (u32, u32) {
    let shape = |[w, h]: [u32; 2]| (f64::from(w) / f64::from(h)).ln();
    let own = shape([width, height]);
    if make.sizes.contains(&[width, height]) {
        return (width, height);
    }
    let mut best = make.sizes[0];
    for &size in &make.sizes[1..] {
        if (shape(size) - own).abs() + SAME_SHAPE.ln() < (shape(best) - own).abs() {
            best = size;
        }
    }
    (best[0], best[1])
}

/// The canvas for a picture that would have to be enlarged by `factor` to fill this size: smaller where the preset allows it, and the factor that is left.
pub fn shrunk(make: &Make, (width, height): (u32, u32), factor: f64) -> ((u32, u32), f64) {
    let longest = f64::from(width.max(height));
    let mut share: f64 = 1.0;
    if let Some(least) = make.least.filter(|_| factor > 1.0) {
        share = (1.0 / factor).max(f64::from(least) / longest).min(1.0);
    }
    if let Some(most) = make.most_enlarged.filter(|most| factor * share > *most) {
        share = most / factor;
    }
    let side = |v: u32| ((f64::from(v) * share).round() as u32).max(1);
    ((side(width), side(height)), factor * share)
}

/// A part of the plane that a picture lies in, in the picture's pixels; it may reach over the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Window {
    /// Everything of a picture.
    pub fn whole(picture: &Picture) -> Window {
        Window { x: 0.0, y: 0.0, width: picture.width().into(), height: picture.height().into() }
    }

    /// From the result's pixels back to the picture's.
    pub fn map(&self, (width, height): (u32, u32)) -> Affine {
        Affine([self.width / f64::from(width), 0.0, self.x, 0.0, self.height / f64::from(height), self.y])
    }

    /// The whole pixels of a picture that are seen; `None` where it is all outside.
    pub fn part(&self, picture: &Picture) -> Option<Rect> {
        let range = |start: f64, length: f64, side: u32| {
            let from = (start + 1e-6).floor().clamp(0.0, side.into()) as u32;
            let to = (start + length - 1e-6).ceil().clamp(0.0, side.into()) as u32;
            (to > from).then_some((from, to - from))
        };
        let ((x, width), (y, height)) = (range(self.x, self.width, picture.width())?, range(self.y, self.height, picture.height())?);
        Some(Rect { x, y, width, height })
    }

    /// A part of the picture as a layer on the result.
    pub fn layer(&self, part: &Picture, at: Rect, (width, height): (u32, u32)) -> Layer {
        let across = |v: f64| ((v - self.x) / self.width * f64::from(width)).round() as i64;
        let down = |v: f64| ((v - self.y) / self.height * f64::from(height)).round() as i64;
        let (left, right) = (across(at.x.into()), across(f64::from(at.x) + f64::from(at.width)));
        let (top, bottom) = (down(at.y.into()), down(f64::from(at.y) + f64::from(at.height)));
        let side = |from: i64, to: i64| (to - from).clamp(1, 1 << 16) as u32;
        Layer { picture: resize(part, side(left, right), side(top, bottom)), x: left, y: top }
    }
}

/// The picture through a window, on a ground.
pub fn through(picture: &Picture, window: &Window, ground: &mut Picture) {
    let Some(part) = window.part(picture) else { return };
    let seen = if part == picture.bounds() { picture.clone() } else { geometry::crop(picture, part).0 };
    let layer = window.layer(&seen, part, (ground.width(), ground.height()));
    if ground.is_opaque() { layer.lay_on(ground, 1.0) } else { layer.put_into(ground) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presets::Presets;

    #[test]
    fn the_size_follows_the_pictures_shape_and_the_first_of_equals_is_made() {
        let presets = Presets::embedded();
        let size = |id: &str, of: (u32, u32)| size_for(&presets.find(id).unwrap().make, of);
        assert_eq!(size("appstore.6_9", (1000, 2000)), (1320, 2868));
        assert_eq!(size("appstore.6_9", (2000, 1000)), (2868, 1320));
        assert_eq!(size("appstore.6_9", (1260, 2736)), (1260, 2736), "its own is among them");
        assert_eq!(size("appstore.6_7", (1170, 2532)), (1290, 2796));
    }

    #[test]
    fn a_small_picture_makes_a_small_canvas_where_the_preset_allows_it() {
        let presets = Presets::embedded();
        let amazon = &presets.find("amazon.main").unwrap().make;
        assert_eq!(shrunk(amazon, (1600, 1600), 0.5), ((1600, 1600), 0.5));
        assert_eq!(shrunk(amazon, (1600, 1600), 1.25), ((1280, 1280), 1.0), "not enlarged");
        assert_eq!(shrunk(amazon, (1600, 1600), 3.2), ((1000, 1000), 2.0), "no smaller than is asked for");
        assert_eq!(shrunk(amazon, (1600, 1600), 16.0), ((400, 400), 4.0), "nor enlarged until nothing is left to see");
        assert_eq!(shrunk(&presets.find("taobao.main").unwrap().make, (800, 800), 16.0), ((800, 800), 16.0));
    }

    #[test]
    fn a_window_inside_the_picture_leaves_no_gap_and_one_over_its_edge_shows_the_ground() {
        let picture = Picture::filled(101, 67, [9, 99, 199, 255]);
        let inside = Window { x: 3.3, y: 1.7, width: 40.2, height: 60.3 };
        let mut ground = Picture::filled(320, 480, [0, 0, 0, 255]);
        through(&picture, &inside, &mut ground);
        assert_eq!(ground, Picture::filled(320, 480, [9, 99, 199, 255]));
        let over = Window { x: -50.0, y: 0.0, width: 100.0, height: 50.0 };
        let mut ground = Picture::filled(100, 50, [0, 0, 0, 255]);
        through(&picture, &over, &mut ground);
        assert_eq!((ground.pixel(49, 20)[0], ground.pixel(50, 20)[0]), (0, 9));
        assert_eq!(over.map((100, 50)).apply(50.0, 10.0), (0.0, 10.0));
    }
}
