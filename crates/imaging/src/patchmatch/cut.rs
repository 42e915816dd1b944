//! Moves the seams between copies to where they show least (Kwatra et al. 2003, "Graphcut Textures", §3.1): each piece may grow over its
//! neighbours. Pieces of a second attempt may take part, so that each has its say where it fits.

use super::montage::{Area, Montage};
use super::seam::Copies;
use super::{Cancelled, Stop};

/// How far a piece may grow, in pixels.
const REACH: usize = 12;
/// Pieces of fewer pixels than this do not grow.
const LEAST: usize = 12;
/// What a pixel must save to leave its copy, so that seams do not wander where nothing shows.
const WORTH: u32 = 16;
/// Pixels that all growing pieces may look at, beside [`SOME`]: so many times the hole's.
const BUDGET: usize = 12;
const SOME: usize = 100_000;

/// Copies with their seams where they show least, and how much these still show.
pub struct Joined {
    pub sources: Vec<u32>,
    pub cost: u64,
}

/// Begins with `copies`, and lets each piece of the offers grow where the seams then show less, the largest first.
pub fn joined(copies: &Copies<'_>, offers: &[&Copies<'_>], stop: Stop<'_>) -> Result<Joined, Cancelled> {
    let price = |k: usize, source: usize| if source == copies.sources[k] as usize { 0 } else { WORTH };
    let mut montage = Montage::new(copies, &price);
    let mut left = BUDGET * copies.holes.len() + SOME;
    let mut offered: Vec<Piece> = offers.iter().flat_map(|copies| pieces(copies)).filter(|piece| piece.pixels >= LEAST).collect();
    offered.sort_by_key(|piece| (std::cmp::Reverse(piece.pixels), piece.area.top, piece.area.left, piece.shift));
    for piece in offered {
        stop.check()?;
        let area = piece.area.grown(REACH, copies.width, copies.height);
        let size = (area.right - area.left) * (area.bottom - area.top);
        if size <= left {
            left -= size;
            montage.expand(piece.shift, area, stop)?;
        }
    }
    let sources = montage.sources;
    let cost = Montage::new(&Copies { sources: &sources, ..*copies }, &|_, _| 0).cost();
    Ok(Joined { sources, cost })
}

/// Touching pixels that are copied under one shift.
struct Piece {
    shift: (i32, i32),
    area: Area,
    pixels: usize,
}

fn pieces(copies: &Copies<'_>) -> Vec<Piece> {
    // Where the pixels of the hole that belong to no piece yet are copied from.
    let mut open = vec![u32::MAX; copies.pixels.len()];
    for (&p, &source) in copies.holes.iter().zip(copies.sources) {
        open[p as usize] = source;
    }
    let first = |&p: &u32| (open[p as usize] != u32::MAX).then(|| piece(copies.width, &mut open, p as usize));
    copies.holes.iter().filter_map(first).collect()
}

/// The piece around an open pixel, which is open no more.
fn piece(width: usize, open: &mut [u32], first: usize) -> Piece {
    let source = open[first] as usize;
    let (x, y) = (first % width, first / width);
    let shift = ((source % width) as i32 - x as i32, (source / width) as i32 - y as i32);
    let mut piece = Piece { shift, area: Area { left: x, top: y, right: x + 1, bottom: y + 1 }, pixels: 0 };
    open[first] = u32::MAX;
    let mut stack = vec![first];
    while let Some(p) = stack.pop() {
        piece.pixels += 1;
        piece.area = piece.area.with(p % width, p / width);
        for q in [p.wrapping_sub(1), p + 1, p.wrapping_sub(width), p + width] {
            if q < open.len() && open[q] != u32::MAX && open[q] as usize + first == source + q {
                open[q] = u32::MAX;
                stack.push(q);
            }
        }
    }
    piece
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patchmatch::level::State;
    use crate::patchmatch::search::Noise;

    #[test]
    fn seams_show_less_afterwards_and_every_source_may_be_copied() {
        let (width, height) = (40usize, 30usize);
        let hole = |i: usize| (12..28).contains(&(i % width)) && (10..20).contains(&(i / width));
        let pixels: Vec<[u8; 4]> = (0..width * height).map(|i| [(Noise::new(5, i as u64).next() % 200) as u8, 80, 90, 255]).collect();
        let state: Vec<State> = (0..width * height).map(|i| if hole(i) { State::Hole } else { State::Source }).collect();
        let holes: Vec<u32> = (0..width * height).filter(|&i| hole(i)).map(|i| i as u32).collect();
        // The upper half from above, the lower half from below.
        let from = |p: u32| if p < 15 * width as u32 { p - 10 * width as u32 } else { p + 10 * width as u32 };
        let sources: Vec<u32> = holes.iter().map(|&p| from(p)).collect();
        let copies = Copies { width, height, pixels: &pixels, state: &state, holes: &holes, sources: &sources };
        let before = Montage::new(&copies, &|_, _| 0).cost();
        let after = joined(&copies, &[&copies], Stop(&|| false)).unwrap();
        assert!(after.cost < before, "{} after {before}", after.cost);
        assert!(after.sources.iter().all(|&s| state[s as usize] == State::Source));
        assert_eq!(after.cost, Montage::new(&Copies { sources: &after.sources, ..copies }, &|_, _| 0).cost());
    }

    #[test]
    fn a_piece_of_the_other_attempt_is_taken_where_it_continues_the_picture() {
        // Rows of their own colours; the own attempt copies from one row too low, the other from the left.
        let (width, height) = (60usize, 20usize);
        let pixels: Vec<[u8; 4]> = (0..width * height).map(|i| [(i / width * 37 % 200) as u8, 60, 90, 255]).collect();
        let hole = |i: usize| (30..42).contains(&(i % width)) && (6..14).contains(&(i / width));
        let state: Vec<State> = (0..width * height).map(|i| if hole(i) { State::Hole } else { State::Source }).collect();
        let holes: Vec<u32> = (0..width * height).filter(|&i| hole(i)).map(|i| i as u32).collect();
        let (own, other): (Vec<u32>, Vec<u32>) = holes.iter().map(|&p| (p + 60 - 14, p - 15)).unzip();
        let copies = Copies { width, height, pixels: &pixels, state: &state, holes: &holes, sources: &own };
        let offers = Copies { sources: &other, ..copies };
        let joined = joined(&copies, &[&copies, &offers], Stop(&|| false)).unwrap();
        assert_eq!((joined.cost, joined.sources), (0, other));
    }
}
