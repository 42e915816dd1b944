//! Many copies of a few layers laid into a picture that keeps its own alpha: watermarks.

use rayon::prelude::*;

use super::blend::over_pixel;
use super::colour::Tables;
use super::layer::Layer;
use super::mask::Mask;
use super::pace::Pace;
use super::picture::Picture;
use crate::pace::checkpoint;

/// Rows of a parallel piece.
const BAND: usize = 64;

/// One copy: which layer, and where its left upper corner lies; it may reach over the edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub layer: usize,
    pub x: i64,
    pub y: i64,
}

/// Lays the copies into the picture in their order, in linear light. The picture's alpha stays, and so does every pixel that is wholly transparent or that
/// no copy covers. `opacity` 0..=1, 0 changes nothing. Gives what was covered, the picture's size: 255 wherever a pixel was laid on; `None` when
/// cancelled, with the picture half done.
///
/// # Panics
/// When a stamp names a layer that does not exist.
pub fn stamp(base: &mut Picture, layers: &[Layer], stamps: &[Stamp], opacity: f32, pace: Pace<'_>) -> Option<Mask> {
    checkpoint();
    let (width, height) = (base.width() as usize, base.height());
    let mut touched = Mask::filled(base.width(), height, 0);
    let tables = Tables::get();
    let bands = base.rgba8_mut().par_chunks_mut(width * 4 * BAND).zip(touched.values_mut().par_chunks_mut(width * BAND));
    let done = bands.enumerate().try_for_each(|(band, (pixels, touched))| {
        if (pace.cancelled)() {
            return None;
        }
        let (pixels, _) = pixels.as_chunks_mut::<4>();
        let rows = Rows { top: (band * BAND) as i64, width, pixels, touched };
        rows.laid(layers, stamps, opacity.clamp(0.0, 1.0), tables);
        Some(())
    });
    done.map(|()| touched)
}

/// A band of rows of the picture.
struct Rows<'a> {
    top: i64,
    width: usize,
    pixels: &'a mut [[u8; 4]],
    touched: &'a mut [u8],
}

impl Rows<'_> {
    fn laid(self, layers: &[Layer], stamps: &[Stamp], opacity: f32, tables: &Tables) {
        let bottom = self.top + (self.pixels.len() / self.width) as i64;
        for stamp in stamps {
            let picture = &layers[stamp.layer].picture;
            let (own_width, own_height) = (i64::from(picture.width()), i64::from(picture.height()));
            let (left, right) = (stamp.x.max(0), (stamp.x + own_width).min(self.width as i64));
            let (first, last) = (stamp.y.max(self.top), (stamp.y + own_height).min(bottom));
            if left >= right {
                continue;
            }
            let (source, _) = picture.rgba8().as_chunks::<4>();
            for y in first..last {
                let from = &source[((y - stamp.y) * own_width + left - stamp.x) as usize..][..(right - left) as usize];
                let at = (y - self.top) as usize * self.width + left as usize;
                let to = self.pixels[at..][..from.len()].iter_mut().zip(&mut self.touched[at..][..from.len()]);
                for (&[r, g, b, a], (pixel, touched)) in from.iter().zip(to) {
                    let share = (f32::from(a) * opacity).round() as u8;
                    if share > 0 && pixel[3] > 0 {
                        let [red, green, blue, alpha] = *pixel;
                        let [r, g, b, _] = over_pixel(tables, [r, g, b, share], [red, green, blue, 255]);
                        (*pixel, *touched) = ([r, g, b, alpha], 255);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_and_what_is_not_covered_stay_bit_for_bit() {
        let bytes = (0..200 * 150u32).flat_map(|i| [(i % 251) as u8, (i % 13) as u8, 90, (i % 200 % 5 * 60) as u8]);
        let before = Picture::from_rgba8(200, 150, bytes.collect());
        let layers = [Layer { picture: Picture::filled(30, 20, [255, 255, 255, 200]), x: 0, y: 0 }];
        let stamps = [(-10, -5), (60, 55), (190, 140), (500, 3)].map(|(x, y)| Stamp { layer: 0, x, y });
        let mut after = before.clone();
        let touched = stamp(&mut after, &layers, &stamps, 0.5, Pace::ALONE).unwrap();
        let mut changed = 0;
        for y in 0..150 {
            for x in 0..200 {
                let (old, new) = (before.pixel(x, y), after.pixel(x, y));
                assert_eq!(old[3], new[3], "alpha at {x}, {y}");
                let covered = stamps.iter().any(|s| (s.x..s.x + 30).contains(&x.into()) && (s.y..s.y + 20).contains(&y.into()));
                assert_eq!(touched.at(x, y) > 0, covered && old[3] > 0);
                if touched.at(x, y) == 0 {
                    assert_eq!(old, new, "at {x}, {y}");
                } else {
                    assert!(new[0] > old[0] || old[0] > 250);
                    changed += 1;
                }
            }
        }
        assert!(changed > 500);
    }

    #[test]
    fn no_opacity_changes_nothing_and_half_of_white_is_half_the_light() {
        let layers = [Layer { picture: Picture::filled(4, 4, [255; 4]), x: 0, y: 0 }];
        let at = [Stamp { layer: 0, x: 0, y: 0 }];
        let black = Picture::filled(4, 4, [0, 0, 0, 255]);
        let mut picture = black.clone();
        assert!(stamp(&mut picture, &layers, &at, 0.0, Pace::ALONE).unwrap().is_empty());
        assert_eq!(picture, black);
        stamp(&mut picture, &layers, &at, 0.5, Pace::ALONE).unwrap();
        assert!((187..=189).contains(&picture.pixel(1, 1)[0]));
        let stop = Pace { cancelled: &|| true, done: &|_| {} };
        assert!(stamp(&mut picture, &layers, &at, 0.5, stop).is_none());
    }
}
