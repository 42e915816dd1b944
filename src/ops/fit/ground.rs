//! What is background of a plain picture and what is not, by its pixels alone.
//!
//! Background is what looks like the colour (no channel differs by more than [`NEAR`]) and is joined, side by side, to the outermost pixels through what
//! looks like it. All the rest is the subject, holes in it included. `tests/fit/check.py` measures the same way with nothing of this code.

use crate::imaging::colour::Srgb8;
use crate::imaging::pace::checkpoint;
use crate::imaging::{Mask, Picture, Rect};

/// Two values of a channel that differ by this look alike.
pub const NEAR: u8 = 8;
/// Alpha from this on is something.
const VISIBLE: u8 = 8;

/// A picture divided into background (0) and subject (255).
pub struct Ground {
    /// The subject.
    pub subject: Mask,
    /// Around the subject; `None` where everything is background.
    pub bounds: Option<Rect>,
    /// How much of the outermost pixels is background, 0..=1.
    pub edge_share: f64,
}

/// How far a background is from its colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spots {
    /// Pixels that are off by more than the tolerance.
    pub wrong: u64,
    /// The largest difference of a channel among all that was measured.
    pub worst: u8,
    /// Pixels that were measured.
    pub measured: u64,
}

fn off(pixel: &[u8; 4], colour: Srgb8) -> u8 {
    (0..3).map(|c| pixel[c].abs_diff(colour[c])).max().unwrap_or(0)
}

impl Ground {
    /// By a colour. What is transparent is no background.
    pub fn of_colour(picture: &Picture, colour: Srgb8) -> Ground {
        let (pixels, _) = picture.rgba8().as_chunks::<4>();
        Self::joined(picture, |i| pixels[i][3] == 255 && off(&pixels[i], colour) <= NEAR)
    }

    /// By what is transparent, wherever it is.
    pub fn of_alpha(picture: &Picture) -> Ground {
        let (pixels, _) = picture.rgba8().as_chunks::<4>();
        let values = pixels.iter().map(|p| if p[3] >= VISIBLE { 255 } else { 0 }).collect();
        Self::of(Mask::new(picture.width(), picture.height(), values))
    }

    /// Of several colours the one that most of the outermost pixels look like, the first of equals.
    pub fn best_colour(picture: &Picture, colours: &[Srgb8]) -> Srgb8 {
        let mut best = (0.0, *colours.first().unwrap_or(&[255; 3]));
        for colour in colours {
            let share = Self::edge_near(picture, *colour, NEAR);
            if share > best.0 {
                best = (share, *colour);
            }
        }
        best.1
    }

    /// How much of the outermost pixels is as near as this to a colour, 0..=1.
    pub fn edge_near(picture: &Picture, colour: Srgb8, near: u8) -> f64 {
        let (mut all, mut like) = (0u64, 0u64);
        for (x, y) in edge(picture.width(), picture.height()) {
            all += 1;
            like += u64::from(off(&picture.pixel(x, y), colour) <= near);
        }
        like as f64 / all.max(1) as f64
    }

    /// Whether at least this share of the outermost pixels looks like a colour: quick, so that most pictures need no closer look.
    pub fn is_around(picture: &Picture, colour: Srgb8, share: f64) -> bool {
        Self::edge_near(picture, colour, NEAR) >= share
    }

    fn joined(picture: &Picture, like: impl Fn(usize) -> bool) -> Ground {
        let (width, height) = (picture.width(), picture.height());
        let (w, h) = (width as usize, height as usize);
        let mut values = vec![255u8; w * h];
        let mut open: Vec<usize> = Vec::new();
        let visit = |i: usize, values: &mut Vec<u8>, open: &mut Vec<usize>| {
            if values[i] == 255 && like(i) {
                values[i] = 0;
                open.push(i);
            }
        };
        for (x, y) in edge(width, height) {
            visit(y as usize * w + x as usize, &mut values, &mut open);
        }
        let mut looked = 0u32;
        while let Some(i) = open.pop() {
            looked += 1;
            if looked.is_multiple_of(1 << 16) {
                checkpoint();
            }
            let x = i % w;
            if x > 0 {
                visit(i - 1, &mut values, &mut open);
            }
            if x + 1 < w {
                visit(i + 1, &mut values, &mut open);
            }
            if i >= w {
                visit(i - w, &mut values, &mut open);
            }
            if i + w < w * h {
                visit(i + w, &mut values, &mut open);
            }
        }
        Self::of(Mask::new(width, height, values))
    }

    fn of(subject: Mask) -> Ground {
        let (mut all, mut free) = (0u64, 0u64);
        for (x, y) in edge(subject.width(), subject.height()) {
            all += 1;
            free += u64::from(subject.at(x, y) == 0);
        }
        Ground { bounds: subject.bounding_box(127), edge_share: free as f64 / all.max(1) as f64, subject }
    }

    /// The background farther than `beyond_px` from the subject (the larger of the distances across and down), against its colour.
    pub fn spots(&self, picture: &Picture, colour: Srgb8, tolerance: u8, beyond_px: u32) -> Spots {
        let near = spread(&self.subject, beyond_px);
        let (pixels, _) = picture.rgba8().as_chunks::<4>();
        let mut spots = Spots::default();
        for (pixel, _) in pixels.iter().zip(&near).filter(|(_, near)| !**near) {
            let off = off(pixel, colour);
            spots.measured += 1;
            spots.worst = spots.worst.max(off);
            spots.wrong += u64::from(off > tolerance);
        }
        spots
    }
}

/// The outermost pixels, each once.
fn edge(width: u32, height: u32) -> impl Iterator<Item = (u32, u32)> {
    let rows = (0..width).flat_map(move |x| [(x, 0)].into_iter().chain((height > 1).then_some((x, height - 1))));
    let columns = (1..height.max(2) - 1).flat_map(move |y| [(0, y)].into_iter().chain((width > 1).then_some((width - 1, y))));
    rows.chain(columns)
}

/// What is within `px` of the subject, across and down: a square brush.
fn spread(subject: &Mask, px: u32) -> Vec<bool> {
    let (w, h) = (subject.width() as usize, subject.height() as usize);
    let inside: Vec<bool> = subject.values().iter().map(|&v| v > 127).collect();
    let rows = along(&inside, (w, 1), (h, w), px as usize);
    along(&rows, (h, w), (w, 1), px as usize)
}

/// Spreads along lines: `(length, step)` within a line, `(count, step)` from line to line.
fn along(values: &[bool], (length, step): (usize, usize), (lines, next): (usize, usize), px: usize) -> Vec<bool> {
    let mut out = vec![false; values.len()];
    for line in 0..lines {
        let at = |i: usize| line * next + i * step;
        let mut until = 0;
        for i in 0..length {
            // From here back to what an earlier one reached already.
            if values[at(i)] {
                for j in until.max(i.saturating_sub(px))..(i + px + 1).min(length) {
                    out[at(j)] = true;
                }
                until = (i + px + 1).min(length);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// White with a dark square from (10, 12) to (19, 17) that has a white hole.
    fn square() -> Picture {
        let mut picture = Picture::filled(40, 30, [255; 4]);
        for y in 12..18 {
            for x in 10..20 {
                let i = (y * 40 + x) * 4;
                let value = if (14..16).contains(&x) && (14..16).contains(&y) { 255 } else { 20 };
                picture.rgba8_mut()[i..i + 3].fill(value);
            }
        }
        picture
    }

    #[test]
    fn the_subject_is_what_the_colour_does_not_reach_from_outside() {
        let ground = Ground::of_colour(&square(), [255; 3]);
        assert_eq!(ground.bounds, Some(Rect { x: 10, y: 12, width: 10, height: 6 }));
        assert_eq!((ground.subject.at(14, 14), ground.edge_share), (255, 1.0), "a hole is part of it");
        let none = Ground::of_colour(&square(), [0, 0, 200]);
        assert_eq!((none.bounds, none.edge_share), (Some(square().bounds()), 0.0));
        assert_eq!(Ground::of_colour(&Picture::filled(5, 4, [250, 255, 255, 255]), [255; 3]).bounds, None);
    }

    #[test]
    fn a_spot_counts_from_its_distance_on() {
        let mut picture = square();
        for x in [22, 30] {
            picture.rgba8_mut()[(14 * 40 + x) * 4] = 251;
        }
        let ground = Ground::of_colour(&picture, [255; 3]);
        let wrong = |tolerance, beyond| ground.spots(&picture, [255; 3], tolerance, beyond).wrong;
        assert_eq!((wrong(0, 2), wrong(0, 3), wrong(0, 11), wrong(4, 0)), (2, 1, 0, 0));
        assert_eq!(ground.spots(&picture, [255; 3], 0, 0).worst, 4);
    }

    #[test]
    fn the_edge_has_every_outermost_pixel_once() {
        for (w, h) in [(1, 1), (1, 5), (5, 1), (2, 2), (4, 3)] {
            let mut all: Vec<_> = edge(w, h).collect();
            let count = all.len();
            all.sort_unstable();
            all.dedup();
            assert_eq!(
                (all.len(), count),
                (count, (0..w * h).filter(|i| i % w == 0 || i % w == w - 1 || i / w == 0 || i / w == h - 1).count()),
                "{w}×{h}"
            );
        }
    }

    #[test]
    fn of_several_colours_the_one_around_the_picture_counts() {
        let blue = [67, 142, 219];
        let picture = Picture::filled(9, 9, [66, 143, 220, 255]);
        assert_eq!(Ground::best_colour(&picture, &[[255; 3], blue]), blue);
        assert_eq!(Ground::best_colour(&picture, &[[255; 3], [0; 3]]), [255; 3], "none is like it: the first");
    }
}
