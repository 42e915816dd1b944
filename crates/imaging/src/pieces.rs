//! The separate pieces of a mask.

use std::collections::VecDeque;

use super::components::Components;
use super::mask::Mask;
use super::picture::Rect;

/// Pieces are told apart on a grid of at most this many cells in a row or column.
const GRID_SIDE: u32 = 1024;
/// A cell belongs to a piece from this value on.
const PIECE_LEVEL: u8 = 32;

/// One piece.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The mask where it belongs to this piece, 0 elsewhere; the same size.
    pub mask: Mask,
    pub area: Rect,
    /// Sum of the values over 255, in pixels.
    pub pixels: f64,
}

/// The pieces whose size is at least `least` (a share) of the largest one, largest first. Soft pixels belong to the nearest piece; smaller pieces go with
/// the one that is nearest to them.
pub fn pieces(mask: &Mask, least: f64) -> Vec<Piece> {
    let scale = (f64::from(GRID_SIDE) / f64::from(mask.width().max(mask.height()))).min(1.0);
    let side = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
    let grid = mask.resized(side(mask.width()), side(mask.height()));
    let Components { all, mut labels } = Components::of(&grid, PIECE_LEVEL);
    let sizes: Vec<u64> = all.iter().map(|c| c.area).collect();
    let largest = sizes.iter().copied().max().unwrap_or(0);
    let mut order: Vec<usize> = (0..sizes.len()).filter(|&i| sizes[i] as f64 >= least * largest as f64).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(sizes[i]));
    labels.iter_mut().for_each(|l| *l = order.iter().position(|&kept| kept as u32 + 1 == *l).map_or(0, |n| n as u32 + 1));
    spread(&grid, &mut labels);
    let mut out: Vec<Piece> = (1..=order.len() as u32).filter_map(|label| piece(mask, &grid, &labels, label)).collect();
    out.sort_by(|a, b| b.pixels.total_cmp(&a.pixels));
    out
}

/// Every cell gets the label of the nearest piece.
fn spread(grid: &Mask, labels: &mut [u32]) {
    let mut queue: VecDeque<usize> = (0..labels.len()).filter(|&i| labels[i] > 0).collect();
    while let Some(cell) = queue.pop_front() {
        for next in neighbours(grid, cell) {
            if labels[next] == 0 {
                labels[next] = labels[cell];
                queue.push_back(next);
            }
        }
    }
}

/// The eight cells around one.
fn neighbours(grid: &Mask, cell: usize) -> impl Iterator<Item = usize> {
    let (width, height) = (grid.width() as usize, grid.height() as usize);
    let (x, y) = (cell % width, cell / width);
    let columns = x.saturating_sub(1)..(x + 2).min(width);
    (y.saturating_sub(1)..(y + 2).min(height)).flat_map(move |row| columns.clone().map(move |column| row * width + column))
}

fn piece(mask: &Mask, grid: &Mask, labels: &[u32], label: u32) -> Option<Piece> {
    let (width, height) = (mask.width() as usize, mask.height() as usize);
    let columns: Vec<usize> = (0..width).map(|x| x * grid.width() as usize / width).collect();
    let mut own = mask.clone();
    for (y, row) in own.values_mut().chunks_exact_mut(width).enumerate() {
        let cells = &labels[y * grid.height() as usize / height * grid.width() as usize..][..grid.width() as usize];
        row.iter_mut().zip(&columns).filter(|(_, column)| cells[**column] != label).for_each(|(v, _)| *v = 0);
    }
    let area = own.bounding_box(0)?;
    let pixels = own.coverage() * own.values().len() as f64;
    Some(Piece { mask: own, area, pixels })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks `(x, y, side)` of 255.
    fn blocks(width: u32, height: u32, blocks: &[(u32, u32, u32)]) -> Mask {
        let inside = |x: u32, y: u32| blocks.iter().any(|&(bx, by, side)| (bx..bx + side).contains(&x) && (by..by + side).contains(&y));
        Mask::new(width, height, (0..width * height).map(|i| if inside(i % width, i / width) { 255 } else { 0 }).collect())
    }

    #[test]
    fn pieces_are_told_apart_largest_first_and_add_up_to_the_mask() {
        let mask = blocks(100, 60, &[(5, 5, 10), (40, 20, 30), (90, 50, 2)]);
        let found = pieces(&mask, 0.05);
        assert_eq!(found.iter().map(|p| p.area.x).collect::<Vec<_>>(), [40, 5]);
        assert!((found[0].pixels - 904.0).abs() < 1e-6, "the crumb goes with its neighbour: {}", found[0].pixels);
        let sum: Vec<u8> = (0..mask.values().len()).map(|i| found.iter().map(|p| p.mask.values()[i]).max().unwrap()).collect();
        assert_eq!(sum, mask.values());
    }

    #[test]
    fn a_large_mask_is_cut_between_its_pieces_and_not_inside_them() {
        let mask = blocks(3000, 700, &[(100, 100, 400), (2000, 100, 500)]);
        let found = pieces(&mask, 0.05);
        assert_eq!(found.iter().map(|p| (p.area.x, p.area.width)).collect::<Vec<_>>(), [(2000, 500), (100, 400)]);
        assert_eq!(found[1].pixels, 160_000.0);
    }

    #[test]
    fn an_empty_mask_has_no_pieces() {
        assert!(pieces(&Mask::filled(30, 20, 0), 0.1).is_empty());
        assert_eq!(pieces(&Mask::filled(1, 1, 255), 0.1).len(), 1);
    }
}
