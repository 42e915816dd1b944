//! Bands of a picture that show nothing: rows or columns of one colour, between which a long page can be cut.

use rayon::prelude::*;

use super::picture::Picture;
use crate::pace::checkpoint;

/// Levels by which the pixels of one row may differ: what a JPEG leaves around letters.
const NEAR: u8 = 8;

/// What a band is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Bands lie across; a cut parts above and below.
    Rows,
    /// Bands stand upright; a cut parts left and right.
    Columns,
}

impl Axis {
    /// Pixels along which one cuts.
    pub fn length(self, picture: &Picture) -> u32 {
        match self {
            Axis::Rows => picture.height(),
            Axis::Columns => picture.width(),
        }
    }

    /// Pixels of one row or column.
    pub fn across(self, picture: &Picture) -> u32 {
        match self {
            Axis::Rows => picture.width(),
            Axis::Columns => picture.height(),
        }
    }
}

/// Rows or columns from `start` up to `end`, which is not one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    pub start: u32,
    pub end: u32,
}

impl Band {
    pub fn length(self) -> u32 {
        self.end - self.start
    }

    /// Where to cut: the first row of what comes after.
    pub fn middle(self) -> u32 {
        self.start + self.length() / 2
    }
}

/// All bands that have something on both sides, in order. Each row of a band is of one colour by itself; what is transparent has no colour.
pub fn blank(picture: &Picture, axis: Axis) -> Vec<Band> {
    checkpoint();
    let plain = match axis {
        Axis::Rows => plain_rows(picture),
        Axis::Columns => plain_columns(picture),
    };
    checkpoint();
    let mut bands = vec![];
    let mut start = None;
    for (i, &plain) in plain.iter().enumerate() {
        match (plain, start) {
            (true, None) => start = Some(i as u32),
            (false, Some(from)) => {
                bands.push(Band { start: from, end: i as u32 });
                start = None;
            }
            _ => {}
        }
    }
    // The one at the end was not closed; the one at the beginning has nothing above it.
    bands.retain(|band| band.start > 0);
    bands
}

fn seen(p: [u8; 4]) -> [u8; 4] {
    if p[3] == 0 { [0; 4] } else { p }
}

/// The least and the greatest value of each channel so far.
#[derive(Clone, Copy)]
struct Extent([u8; 4], [u8; 4]);

impl Extent {
    const NONE: Extent = Extent([255; 4], [0; 4]);

    fn with(self, p: [u8; 4]) -> Extent {
        let p = seen(p);
        Extent(std::array::from_fn(|c| self.0[c].min(p[c])), std::array::from_fn(|c| self.1[c].max(p[c])))
    }

    fn and(self, other: Extent) -> Extent {
        Extent(std::array::from_fn(|c| self.0[c].min(other.0[c])), std::array::from_fn(|c| self.1[c].max(other.1[c])))
    }

    fn is_one_colour(self) -> bool {
        (0..4).all(|c| self.1[c].saturating_sub(self.0[c]) <= NEAR)
    }
}

fn plain_rows(picture: &Picture) -> Vec<bool> {
    let (pixels, _) = picture.rgba8().as_chunks::<4>();
    let is_plain = |row: &[[u8; 4]]| {
        let mut extent = Extent::NONE;
        // A row with something in it shows that soon.
        row.chunks(64).all(|run| {
            extent = run.iter().fold(extent, |e, &p| e.with(p));
            extent.is_one_colour()
        })
    };
    pixels.par_chunks(picture.width() as usize).map(is_plain).collect()
}

fn plain_columns(picture: &Picture) -> Vec<bool> {
    let (pixels, _) = picture.rgba8().as_chunks::<4>();
    let width = picture.width() as usize;
    let none = || vec![Extent::NONE; width];
    let add = |mut columns: Vec<Extent>, row: &[[u8; 4]]| {
        columns.iter_mut().zip(row).for_each(|(extent, &p)| *extent = extent.with(p));
        columns
    };
    let join = |mut a: Vec<Extent>, b: Vec<Extent>| {
        a.iter_mut().zip(b).for_each(|(a, b)| *a = a.and(b));
        a
    };
    let extents = pixels.par_chunks(width).fold(none, add).reduce(none, join);
    extents.into_iter().map(Extent::is_one_colour).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of these lengths, in turn with something in them and blank.
    fn page(width: u32, runs: &[u32]) -> Picture {
        let mut rgba = vec![];
        for (i, &run) in runs.iter().enumerate() {
            for y in 0..run {
                for x in 0..width {
                    let ink = i % 2 == 0 && (x + y) % 3 == 0;
                    rgba.extend(if ink { [20, 20, 20, 255] } else { [250 - (y % 3) as u8, 250, 246, 255] });
                }
            }
        }
        Picture::from_rgba8(width, runs.iter().sum(), rgba)
    }

    #[test]
    fn bands_are_found_between_what_is_shown_and_not_at_the_edges() {
        let found = blank(&page(90, &[40, 20, 30, 7, 60, 25]), Axis::Rows);
        assert_eq!(found, [Band { start: 40, end: 60 }, Band { start: 90, end: 97 }]);
        assert_eq!((found[0].middle(), found[1].middle()), (50, 93));
        assert!(blank(&page(90, &[0, 30, 50]), Axis::Rows).is_empty(), "nothing above the first");
    }

    #[test]
    fn columns_are_looked_at_the_same_way() {
        let page = page(64, &[40, 20, 30]);
        let turned = crate::geometry::rotate_quarters(&page, 3).0;
        assert_eq!(blank(&turned, Axis::Columns), [Band { start: 40, end: 60 }]);
        assert!(blank(&page, Axis::Columns).is_empty());
    }

    #[test]
    fn what_nobody_sees_is_blank_and_noise_of_a_jpeg_too() {
        let mut noisy = page(64, &[20, 20, 20]);
        for (i, v) in noisy.rgba8_mut()[64 * 4 * 20..64 * 4 * 40].iter_mut().enumerate().filter(|(i, _)| i % 4 < 3) {
            *v = v.saturating_sub((i % 6) as u8);
        }
        assert_eq!(blank(&noisy, Axis::Rows).len(), 1);
        for (i, p) in noisy.rgba8_mut()[64 * 4 * 20..64 * 4 * 40].chunks_exact_mut(4).enumerate() {
            p.copy_from_slice(&[(i % 251) as u8, 0, 9, 0]);
        }
        assert_eq!(blank(&noisy, Axis::Rows).len(), 1);
    }
}
