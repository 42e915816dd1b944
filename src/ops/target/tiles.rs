//! Where detectors look: at the whole picture, and at overlapping squares of large ones, so that small things are not lost.

use crate::imaging::Rect;
use crate::models::boxes::Area;

/// Neighbouring tiles share at least this part of their side.
const SHARED: f64 = 0.3;
/// From this long side on, in pixels, tiles of half of it are looked at as well.
const HALVES_FROM_PX: u32 = 900;
/// From this long side on, tiles of a quarter as well.
const QUARTERS_FROM_PX: u32 = 1800;
/// A box in a tile that ends this near its side (as a share of the side) may go on outside.
const NEAR_SIDE: f32 = 0.02;
/// A longer strip than this (long over short side) is looked at in squares of its short side too.
const STRIP: f64 = 1.8;

/// Every look besides the one at the whole picture.
pub(super) fn tiles(width: u32, height: u32) -> Vec<Rect> {
    let (long, short) = (width.max(height), width.min(height));
    let mut sides = vec![];
    if f64::from(long) > STRIP * f64::from(short) && short >= 64 {
        sides.push(short);
    }
    if long >= HALVES_FROM_PX {
        sides.push(long.div_ceil(2));
    }
    if long >= QUARTERS_FROM_PX {
        sides.push(long.div_ceil(4));
    }
    sides.dedup();
    sides.into_iter().flat_map(|side| grid(width, height, side)).collect()
}

fn grid(width: u32, height: u32, side: u32) -> Vec<Rect> {
    let (columns, rows) = (starts(width, side), starts(height, side));
    let tile = |x: u32, y: u32| Rect { x, y, width: side.min(width), height: side.min(height) };
    rows.iter().flat_map(|&y| columns.iter().map(move |&x| tile(x, y))).collect()
}

/// Evenly spread over the length, first at its start and last at its end.
fn starts(length: u32, side: u32) -> Vec<u32> {
    if length <= side {
        return vec![0];
    }
    let room = f64::from(length - side);
    let steps = (room / (f64::from(side) * (1.0 - SHARED))).ceil().max(1.0);
    (0..=steps as u32).map(|i| (room * f64::from(i) / steps).round() as u32).collect()
}

/// Whether a box that was seen in a tile is cut off by a side of it that is not the picture's.
pub(super) fn is_cut(area: Area, tile: Rect, width: u32, height: u32) -> bool {
    let near = NEAR_SIDE * tile.width.min(tile.height) as f32;
    let (right, bottom) = (tile.x + tile.width, tile.y + tile.height);
    (tile.x > 0 && area.left < tile.x as f32 + near)
        || (tile.y > 0 && area.top < tile.y as f32 + near)
        || (right < width && area.right > right as f32 - near)
        || (bottom < height && area.bottom > bottom as f32 - near)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_size_picture_is_seen_whole_and_a_photo_in_tiles_that_cover_it() {
        assert!(tiles(640, 480).is_empty());
        for (width, height) in [(4000, 3000), (3000, 4000), (1000, 900), (2000, 300), (60_000, 1)] {
            let all = tiles(width, height);
            assert!(all.iter().all(|t| t.x + t.width <= width && t.y + t.height <= height && t.width > 0 && t.height > 0));
            assert!(all.len() < 60, "{width}×{height}: {}", all.len());
            if height > 1 {
                let corners = [(0, 0), (width - 1, height - 1), (width / 2, height / 2)];
                let seen = |(x, y)| all.iter().any(|t| (t.x..t.x + t.width).contains(&x) && (t.y..t.y + t.height).contains(&y));
                assert!(corners.into_iter().all(seen), "{width}×{height}");
            }
        }
    }

    #[test]
    fn a_box_that_goes_on_outside_its_tile_is_cut_unless_the_picture_ends_there() {
        let tile = Rect { x: 100, y: 0, width: 100, height: 100 };
        let area = |left, right| Area { left, top: 10.0, right, bottom: 50.0 };
        assert!(is_cut(area(101.0, 150.0), tile, 400, 100));
        assert!(is_cut(area(150.0, 199.0), tile, 400, 100));
        assert!(!is_cut(area(150.0, 199.0), tile, 200, 100), "the picture ends there");
        assert!(!is_cut(area(120.0, 180.0), tile, 400, 100));
    }
}
