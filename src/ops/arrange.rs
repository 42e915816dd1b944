//! Where things stand in an arrangement: pure arithmetic.

use super::compose::Layout;
use crate::imaging::{Picture, Placement, Rect};

/// Around everything, as a share of the middle height.
const MARGIN: f64 = 0.22;
/// The highest thing of a scene, as a share of the picture's height, and all together as a share of its width.
const SCENE_HEIGHT: f64 = 0.5;
const SCENE_WIDTH: f64 = 0.86;
/// Things that become smaller than this many pixels high are not seen.
const LEAST: f64 = 8.0;
/// Without a size that is asked for the picture becomes no larger than this on a side.
const LONGEST: f64 = 4096.0;

/// With captions a thing has at least this much room to its sides, as a share of the middle height.
pub(super) const LEAST_CELL: f64 = 0.5;

/// How things are to be arranged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    pub layout: Layout,
    /// The picture's size in pixels; `None`: by the things.
    pub canvas: Option<(u32, u32)>,
    /// Between things, as a share of the middle height.
    pub spacing: f64,
    /// Of a scene, as a share of the picture's height.
    pub floor: f64,
    /// Kept free under each thing, as a share of the middle height.
    pub captions: f64,
}

/// One thing: its own size in pixels, and its height in the world.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thing {
    pub width: f64,
    pub height: f64,
    pub metres: Option<f64>,
}

/// An arrangement.
#[derive(Debug)]
pub(super) struct Arrangement {
    pub canvas: (u32, u32),
    pub at: Vec<Placement>,
    /// Boards of shelves.
    pub boards: Vec<Rect>,
}

pub(super) fn arrange(things: &[Thing], wish: &Wish) -> Arrangement {
    let sizes = scaled(things);
    match wish.layout {
        Layout::Row => row(&sizes, wish),
        Layout::Grid => grid(&sizes, wish),
        Layout::Shelf => shelf(&sizes, wish),
        Layout::Scene => scene(&sizes, wish),
    }
}

/// The width that a thing takes in a line.
fn cell_width(size: (f64, f64), middle: f64, wish: &Wish) -> f64 {
    if wish.captions > 0.0 { size.0.max(LEAST_CELL * middle) } else { size.0 }
}

/// Widths and heights in one scale: by the things' real heights where they are known, else all equally high; none larger than its own pixels.
fn scaled(things: &[Thing]) -> Vec<(f64, f64)> {
    let mut known: Vec<f64> = things.iter().filter_map(|t| t.metres).collect();
    known.sort_by(f64::total_cmp);
    let middle = known.get(known.len() / 2).copied();
    let heights: Vec<f64> = things.iter().map(|t| t.metres.or(middle).unwrap_or(1.0)).collect();
    let scale = things.iter().zip(&heights).map(|(t, h)| t.height / h).fold(f64::MAX, f64::min);
    // A tiny thing among large ones may be enlarged a little rather than shrink them all.
    let highest = heights.iter().copied().fold(0.0, f64::max);
    let scale = scale.max((480.0 / highest).min(things.iter().map(|t| t.height).fold(0.0, f64::max) / highest));
    things.iter().zip(&heights).map(|(t, h)| (t.width / t.height * h * scale, h * scale)).collect()
}

fn middle_height(sizes: &[(f64, f64)]) -> f64 {
    let mut heights: Vec<f64> = sizes.iter().map(|s| s.1).collect();
    heights.sort_by(f64::total_cmp);
    heights[heights.len() / 2]
}

/// Content of `own` size on a canvas: the factor that makes it fit with a margin, and the canvas.
fn fit(own: (f64, f64), margin: f64, canvas: Option<(u32, u32)>) -> (f64, (u32, u32)) {
    let (w, h) = (own.0 + 2.0 * margin, own.1 + 2.0 * margin);
    match canvas {
        Some((cw, ch)) => ((f64::from(cw) / w).min(f64::from(ch) / h), (cw, ch)),
        None => {
            let factor = (LONGEST / w.max(h)).min(1.0);
            (factor, ((w * factor).round().max(16.0) as u32, (h * factor).round().max(16.0) as u32))
        }
    }
}

fn standing(centre: f64, floor: f64, (w, h): (f64, f64)) -> Placement {
    let (width, height) = (w.round().max(1.0), h.round().max(LEAST.min(h.ceil())));
    Placement { x: centre, y: floor - height / 2.0, width, height, rotate: 0.0 }.snapped()
}

fn row(sizes: &[(f64, f64)], wish: &Wish) -> Arrangement {
    let middle = middle_height(sizes);
    let gap = wish.spacing * middle;
    let cell = |size: &(f64, f64)| cell_width(*size, middle, wish);
    let width = sizes.iter().map(cell).sum::<f64>() + gap * (sizes.len() - 1) as f64;
    let (height, room) = (sizes.iter().map(|s| s.1).fold(0.0, f64::max), wish.captions * middle);
    let (factor, canvas) = fit((width, height + room), MARGIN * middle, wish.canvas);
    let floor = (f64::from(canvas.1) + (height - room) * factor) / 2.0;
    let mut x = (f64::from(canvas.0) - width * factor) / 2.0;
    let mut at = vec![];
    for size in sizes {
        at.push(standing(x + cell(size) * factor / 2.0, floor, (size.0 * factor, size.1 * factor)));
        x += (cell(size) + gap) * factor;
    }
    Arrangement { canvas, at, boards: vec![] }
}

/// As many columns as make the picture nearest to the shape that is asked for, or to a square.
fn columns(n: usize, cell: (f64, f64), canvas: Option<(u32, u32)>) -> usize {
    let wanted = canvas.map_or(1.0, |(w, h)| f64::from(w) / f64::from(h)).ln();
    let off = |columns: usize| {
        let rows = n.div_ceil(columns);
        let empty = (columns * rows - n) as f64 * 0.05;
        ((columns as f64 * cell.0 / (rows as f64 * cell.1)).ln() - wanted).abs() + empty
    };
    (1..=n).min_by(|&a, &b| off(a).total_cmp(&off(b))).unwrap_or(1)
}

fn grid(sizes: &[(f64, f64)], wish: &Wish) -> Arrangement {
    let middle = middle_height(sizes);
    let gap = wish.spacing * middle;
    let room = wish.captions * middle;
    let cell = sizes.iter().fold((0.0f64, 0.0f64), |c, s| (c.0.max(cell_width(*s, middle, wish)), c.1.max(s.1)));
    // One very wide thing does not make every cell wide.
    let cell = (cell.0.min(1.6 * cell.1), cell.1);
    let columns = columns(sizes.len(), (cell.0, cell.1 + room), wish.canvas);
    let rows = sizes.len().div_ceil(columns);
    let own = (columns as f64 * cell.0 + (columns - 1) as f64 * gap, rows as f64 * (cell.1 + room) + (rows - 1) as f64 * gap);
    let (factor, canvas) = fit(own, MARGIN * middle, wish.canvas);
    let (left, top) = ((f64::from(canvas.0) - own.0 * factor) / 2.0, (f64::from(canvas.1) - own.1 * factor) / 2.0);
    let at = sizes.iter().enumerate().map(|(i, size)| {
        let (column, line) = (i % columns, i / columns);
        // The last row is centred.
        let in_line = if line + 1 == rows { sizes.len() - line * columns } else { columns };
        let indent = (columns - in_line) as f64 * (cell.0 + gap) / 2.0;
        let own = (cell.0 / size.0).min(cell.1 / size.1).min(1.0) * factor;
        let x = left + (indent + column as f64 * (cell.0 + gap) + cell.0 / 2.0) * factor;
        let middle = top + (line as f64 * (cell.1 + room + gap) + cell.1 / 2.0) * factor;
        standing(x, middle + size.1 * own / 2.0, (size.0 * own, size.1 * own))
    });
    Arrangement { canvas, at: at.collect(), boards: vec![] }
}

fn shelf(sizes: &[(f64, f64)], wish: &Wish) -> Arrangement {
    let middle = middle_height(sizes);
    let gap = wish.spacing.max(0.08) * middle;
    let cell = |size: &(f64, f64)| cell_width(*size, middle, wish);
    let rows = match sizes.len() {
        0..=4 => 1,
        5..=10 => 2,
        _ => 3,
    };
    let per_row = sizes.len().div_ceil(rows);
    let lines: Vec<&[(f64, f64)]> = sizes.chunks(per_row).collect();
    let length = |line: &[(f64, f64)]| line.iter().map(cell).sum::<f64>() + gap * (line.len() + 1) as f64;
    let width = lines.iter().map(|l| length(l)).fold(0.0, f64::max);
    let board = 0.06 * middle;
    let (head, room) = (0.25 * middle, wish.captions * middle);
    let high = |line: &[(f64, f64)]| line.iter().map(|s| s.1).fold(0.0, f64::max);
    let height = lines.iter().map(|l| high(l) + board + head + room).sum::<f64>();
    let (factor, canvas) = fit((width, height), MARGIN * middle, wish.canvas);
    let left = (f64::from(canvas.0) - width * factor) / 2.0;
    let mut y = (f64::from(canvas.1) - height * factor) / 2.0;
    let (mut at, mut boards) = (vec![], vec![]);
    for line in lines {
        let floor = (y + (head + high(line)) * factor).round();
        let free = (width - line.iter().map(cell).sum::<f64>()) / (line.len() + 1) as f64;
        let mut x = left;
        for size in line {
            x += free * factor;
            at.push(standing(x + cell(size) * factor / 2.0, floor, (size.0 * factor, size.1 * factor)));
            x += cell(size) * factor;
        }
        boards.push(Rect {
            x: left.max(0.0).round() as u32,
            y: floor as u32,
            width: ((width * factor).round() as u32).clamp(1, canvas.0),
            height: ((board * factor).round() as u32).max(2),
        });
        y += (high(line) + board + head + room) * factor;
    }
    Arrangement { canvas, at, boards }
}

fn scene(sizes: &[(f64, f64)], wish: &Wish) -> Arrangement {
    let canvas = wish.canvas.unwrap_or((1600, 1200));
    let (w, h) = (f64::from(canvas.0), f64::from(canvas.1));
    let middle = middle_height(sizes);
    let gap = wish.spacing * middle;
    let cell = |size: &(f64, f64)| cell_width(*size, middle, wish);
    let width = sizes.iter().map(cell).sum::<f64>() + gap * (sizes.len() - 1) as f64;
    let height = sizes.iter().map(|s| s.1).fold(0.0, f64::max);
    let factor = (SCENE_WIDTH * w / width).min(SCENE_HEIGHT * h / height).min(wish.floor * h * 0.95 / height);
    // Captions stand in front of the things' feet, inside the picture.
    let floor = (wish.floor * h).min(h - wish.captions * middle * factor);
    let mut x = (w - width * factor) / 2.0;
    let mut at = vec![];
    for size in sizes {
        at.push(standing(x + cell(size) * factor / 2.0, floor, (size.0 * factor, size.1 * factor)));
        x += (cell(size) + gap) * factor;
    }
    Arrangement { canvas, at, boards: vec![] }
}

/// A board of a shelf: its upper face seen at a slant, its front, and the shade under it, as light and dark of what lies behind.
pub(super) fn draw_board(scene: &mut Picture, board: Rect) {
    let (width, height) = (scene.width(), scene.height());
    // What stands on it stands a little behind its front edge.
    let (face, front, shade) = ((board.height / 2).max(1), board.height, board.height * 2);
    let right = (board.x + board.width).min(width);
    let mut paint = |y: u32, from: u32, to: u32, change: f32| {
        if y >= height {
            return;
        }
        for x in from..to.min(width) {
            let i = (y as usize * width as usize + x as usize) * 4;
            let pixel = &mut scene.rgba8_mut()[i..i + 4];
            let old = f32::from(pixel[3]) / 255.0;
            for v in &mut pixel[..3] {
                let ground = f32::from(*v) * old + 235.0 * (1.0 - old);
                *v = (ground * change).round().clamp(0.0, 255.0) as u8;
            }
            pixel[3] = 255;
        }
    };
    let top = board.y.saturating_sub(face);
    for y in top..board.y + face / 2 {
        paint(y, board.x, right, 0.93);
    }
    let start = board.y + face / 2;
    for k in 0..front {
        paint(start + k, board.x, right, 0.80 - 0.06 * k as f32 / front as f32);
    }
    for k in 0..shade {
        let fade = 0.10 * (1.0 - k as f32 / shade as f32).powi(2);
        paint(start + front + k, board.x, right, 1.0 - fade);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn things(sizes: &[(f64, f64, Option<f64>)]) -> Vec<Thing> {
        sizes.iter().map(|&(width, height, metres)| Thing { width, height, metres }).collect()
    }

    fn plainly(layout: Layout, things: &[Thing], canvas: Option<(u32, u32)>, spacing: f64, floor: f64) -> Arrangement {
        arrange(things, &Wish { layout, canvas, spacing, floor, captions: 0.0 })
    }

    fn floor(p: &Placement) -> f64 {
        p.y + p.height / 2.0
    }

    #[test]
    fn in_a_row_all_are_equally_high_on_one_line_and_none_is_enlarged() {
        let found = plainly(Layout::Row, &things(&[(300.0, 600.0, None), (900.0, 900.0, None), (500.0, 1000.0, None)]), None, 0.15, 0.9);
        assert!(found.at.iter().all(|p| p.height == 600.0 && (floor(p) - floor(&found.at[0])).abs() < 1.0), "{found:?}");
        assert!(found.at.windows(2).all(|w| w[0].x + w[0].width / 2.0 < w[1].x - w[1].width / 2.0), "from left to right, apart");
        let last = found.at.last().unwrap();
        assert!(last.x + last.width / 2.0 < f64::from(found.canvas.0) && floor(last) < f64::from(found.canvas.1));
    }

    #[test]
    fn real_sizes_keep_their_proportions() {
        // A sofa 2 m wide (and half as high), a lamp 0.5 m high.
        let found = plainly(Layout::Row, &things(&[(1000.0, 500.0, Some(1.0)), (200.0, 800.0, Some(0.5))]), Some((1600, 900)), 0.15, 0.9);
        assert!((found.at[0].height / found.at[1].height - 2.0).abs() < 0.02, "{found:?}");
        assert_eq!(found.canvas, (1600, 900));
        assert!(found.at[0].x - found.at[0].width / 2.0 > 0.0);
    }

    #[test]
    fn a_grid_is_near_the_shape_that_is_asked_for_and_centres_its_last_row() {
        let five = things(&[(400.0, 400.0, None); 5]);
        let wide = plainly(Layout::Grid, &five, Some((2000, 400)), 0.1, 0.9);
        assert!(wide.at.iter().all(|p| (p.y - wide.at[0].y).abs() < 1.0), "one row");
        let square = plainly(Layout::Grid, &five, None, 0.1, 0.9);
        let last: Vec<&Placement> = square.at.iter().filter(|p| p.y > f64::from(square.canvas.1) * 0.55).collect();
        let middle = last.iter().map(|p| p.x).sum::<f64>() / last.len() as f64;
        assert!((middle - f64::from(square.canvas.0) / 2.0).abs() < 1.0, "{square:?}");
    }

    #[test]
    fn on_shelves_everything_stands_on_a_board() {
        let found = plainly(Layout::Shelf, &things(&[(300.0, 500.0, None); 6]), None, 0.15, 0.9);
        assert_eq!(found.boards.len(), 2);
        for (i, p) in found.at.iter().enumerate() {
            assert!((floor(p) - f64::from(found.boards[i / 3].y)).abs() <= 1.0);
        }
    }

    #[test]
    fn in_a_scene_things_stand_on_the_floor_and_fit() {
        let found = plainly(Layout::Scene, &things(&[(300.0, 500.0, None), (4000.0, 300.0, None)]), Some((1000, 600)), 0.15, 0.8);
        assert!(found.at.iter().all(|p| (floor(p) - 480.0).abs() < 1.0 && p.x - p.width / 2.0 >= 0.0 && p.x + p.width / 2.0 <= 1000.0));
    }

    #[test]
    fn with_captions_there_is_room_below_every_thing_in_every_layout() {
        let six = things(&[(300.0, 500.0, None); 6]);
        for layout in [Layout::Row, Layout::Grid, Layout::Shelf, Layout::Scene] {
            for canvas in [None, Some((900, 700))] {
                let wish = Wish { layout, canvas, spacing: 0.15, floor: 1.0, captions: 0.25 };
                let found = arrange(&six, &wish);
                for p in &found.at {
                    let room = 0.24 * p.height;
                    assert!(floor(p) + room <= f64::from(found.canvas.1), "{layout:?} {found:?}");
                    let under = found.at.iter().filter(|o| (o.x - p.x).abs() < p.width && o.y - o.height / 2.0 > p.y);
                    assert!(under.into_iter().all(|o| floor(p) + room <= o.y - o.height / 2.0), "{layout:?} {found:?}");
                }
            }
        }
    }
}
