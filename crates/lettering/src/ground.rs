//! How light a picture is where something is to be written, and what can be read there.

use portico_imaging::Picture;
use portico_imaging::colour::{Srgb8, Tables, from_linear, luminance};

/// Cells along the longer side.
const CELLS: u32 = 160;
/// Letters are white on everything that is darker than this (sRGB 0..=1): white stays readable on middle tones, black does not.
const WHITE_BELOW: f32 = 0.62;

const WHITE: Srgb8 = [255; 3];
const BLACK: Srgb8 = [16; 3];

/// An ink and its opposite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contrast {
    pub ink: Srgb8,
    pub against: Srgb8,
}

impl Contrast {
    /// What is read on a ground of this lightness (sRGB 0..=1).
    pub fn on(lightness: f32) -> Contrast {
        if lightness < WHITE_BELOW { Contrast { ink: WHITE, against: BLACK } } else { Contrast { ink: BLACK, against: WHITE } }
    }

    /// A chosen ink with the end of the grey scale that is farther from it.
    pub fn of(ink: Srgb8) -> Contrast {
        let light = from_linear(luminance(ink.map(|v| Tables::get().linear[usize::from(v)])));
        Contrast { ink, against: if light > 0.5 { BLACK } else { WHITE } }
    }
}

/// Mean light of a picture in coarse cells; what is transparent counts as white.
pub struct Ground {
    cell: u32,
    columns: u32,
    rows: u32,
    light: Vec<f32>,
}

impl Ground {
    /// Looks at 64 pixels of a cell at most.
    pub fn of(picture: &Picture) -> Ground {
        let cell = picture.width().max(picture.height()).div_ceil(CELLS).max(1);
        let (columns, rows) = (picture.width().div_ceil(cell), picture.height().div_ceil(cell));
        let tables = Tables::get();
        let step = cell.div_ceil(8).max(1) as usize;
        let mut light = Vec::with_capacity(columns as usize * rows as usize);
        for row in 0..rows {
            for column in 0..columns {
                let (mut sum, mut count) = (0.0f32, 0u32);
                for y in (row * cell..(row * cell + cell).min(picture.height())).step_by(step) {
                    for x in (column * cell..(column * cell + cell).min(picture.width())).step_by(step) {
                        let [r, g, b, a] = picture.pixel(x, y);
                        let own = luminance([r, g, b].map(|v| tables.linear[usize::from(v)]));
                        let share = f32::from(a) / 255.0;
                        sum += own * share + (1.0 - share);
                        count += 1;
                    }
                }
                light.push(sum / count as f32);
            }
        }
        Ground { cell, columns, rows, light }
    }

    /// Mean lightness (sRGB 0..=1) in a box, as far as it lies in the picture; outside it that of the nearest cells.
    pub fn within(&self, x: i64, y: i64, width: u32, height: u32) -> f32 {
        let range = |start: i64, length: u32, cells: u32| {
            let (cell, last) = (i64::from(self.cell), i64::from(cells) - 1);
            let low = start.div_euclid(cell).clamp(0, last);
            let high = (start + i64::from(length) - 1).div_euclid(cell).clamp(low, last);
            low as usize..=high as usize
        };
        let (columns, rows) = (range(x, width, self.columns), range(y, height, self.rows));
        let (mut sum, mut count) = (0.0f32, 0u32);
        for row in rows {
            for column in columns.clone() {
                // The eye takes the mean of what it sees, not of the light.
                sum += from_linear(self.light[row * self.columns as usize + column]);
                count += 1;
            }
        }
        sum / count as f32
    }
}

#[cfg(test)]
mod tests {
    use portico_imaging::Layer;

    use super::*;

    #[test]
    fn letters_are_light_on_dark_and_dark_on_light() {
        let mut picture = Picture::filled(400, 100, [20, 20, 20, 255]);
        let layer = Layer { picture: Picture::filled(200, 100, [240, 240, 235, 255]), x: 200, y: 0 };
        layer.put_into(&mut picture);
        let ground = Ground::of(&picture);
        assert_eq!(Contrast::on(ground.within(20, 20, 100, 40)).ink, WHITE);
        assert_eq!(Contrast::on(ground.within(260, 20, 100, 40)).ink, BLACK);
        assert_eq!(Contrast::on(ground.within(900, -50, 10, 10)).ink, BLACK, "outside the nearest cells count");
        assert_eq!(Contrast::of([250, 220, 40]).against, BLACK);
        assert_eq!(Contrast::of([10, 10, 120]).against, WHITE);
    }

    #[test]
    fn what_is_transparent_counts_as_white_and_one_pixel_is_a_picture() {
        assert!(Ground::of(&Picture::filled(1, 1, [0; 4])).within(0, 0, 1, 1) > 0.99);
        assert!(Ground::of(&Picture::filled(1, 5000, [0, 0, 0, 255])).within(0, 4999, 1, 1) < 0.01);
    }
}
