//! Turns by 90° and mirrors, exact, as EXIF numbers them.

use crate::pace::checkpoint;
use rayon::prelude::*;

/// Rows of the result that are made together, so that a column of the source is read from the cache.
const BAND: usize = 32;

/// Applies an EXIF orientation (1..=8) to `width`×`height` pixels stored row by row. From 5 on the sides change places.
pub(super) fn reorient<T: Copy + Default + Send + Sync>(pixels: &[T], width: usize, height: usize, orientation: u8) -> Vec<T> {
    debug_assert_eq!(pixels.len(), width * height);
    let (w, h) = (width, height);
    match orientation {
        2 => rows(pixels, w, h, false, true),
        3 => rows(pixels, w, h, true, true),
        4 => rows(pixels, w, h, true, false),
        5 => columns(pixels, w, h, false, false),
        6 => columns(pixels, w, h, false, true),
        7 => columns(pixels, w, h, true, true),
        8 => columns(pixels, w, h, true, false),
        _ => pixels.to_vec(),
    }
}

fn rows<T: Copy + Default + Send + Sync>(from: &[T], width: usize, height: usize, flip_y: bool, flip_x: bool) -> Vec<T> {
    checkpoint();
    let mut to = vec![T::default(); from.len()];
    to.par_chunks_mut(width).enumerate().for_each(|(y, row)| {
        let source = &from[if flip_y { height - 1 - y } else { y } * width..][..width];
        row.copy_from_slice(source);
        if flip_x {
            row.reverse();
        }
    });
    to
}

/// The result's `(x, y)` shows the source's column `y` (from the right with `from_right`) and row `x` (from below with `from_below`).
fn columns<T: Copy + Default + Send + Sync>(from: &[T], width: usize, height: usize, from_right: bool, from_below: bool) -> Vec<T> {
    checkpoint();
    let mut to = vec![T::default(); from.len()];
    to.par_chunks_mut(height * BAND).enumerate().for_each(|(band, out)| {
        let first = band * BAND;
        let rows = out.len() / height;
        for x in 0..height {
            let source_row = &from[if from_below { height - 1 - x } else { x } * width..][..width];
            for y in 0..rows {
                let column = if from_right { width - 1 - (first + y) } else { first + y };
                out[y * height + x] = source_row[column];
            }
        }
    });
    to
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the table of EXIF 2.32: where the stored row 0 and column 0 are shown.
    #[test]
    fn every_orientation_puts_the_stored_corner_where_the_standard_says() {
        let (w, h) = (70, 45);
        let stored: Vec<u32> = (0..w * h).collect();
        for orientation in 1..=8u8 {
            let shown = reorient(&stored, w as usize, h as usize, orientation);
            let (sw, sh) = if orientation >= 5 { (h, w) } else { (w, h) };
            let at = |x: u32, y: u32| shown[(y * sw + x) as usize];
            let (right, bottom) = (sw - 1, sh - 1);
            let corner = match orientation {
                1 | 5 => at(0, 0),
                2 | 6 => at(right, 0),
                3 | 7 => at(right, bottom),
                _ => at(0, bottom),
            };
            assert_eq!(corner, 0, "orientation {orientation}");
            let next_in_row = match orientation {
                1 => at(1, 0),
                2 => at(right - 1, 0),
                3 => at(right - 1, bottom),
                4 => at(1, bottom),
                5 => at(0, 1),
                6 => at(right, 1),
                7 => at(right, bottom - 1),
                _ => at(0, bottom - 1),
            };
            assert_eq!(next_in_row, 1, "orientation {orientation}");
            let mut all = shown;
            all.sort_unstable();
            assert_eq!(all, stored, "no pixel is lost");
        }
    }
}
