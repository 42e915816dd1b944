//! Where the tiles of a picture lie.

use crate::picture::Rect;

/// What a model wants of its tiles, in source pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TileShape {
    /// Side of a core at most; of the whole input where it is fixed.
    pub side_px: u32,
    /// Around each core, thrown away after the run.
    pub margin_px: u32,
    /// Around each core inside the margin, blended with the neighbours.
    pub feather_px: u32,
    /// Sides of an input are multiples of this.
    pub multiple: u32,
    /// Every input is `side_px` × `side_px`.
    pub fixed: bool,
}

/// A tile: what it is for and what the model sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile {
    /// The pixels of the source that it is responsible for.
    pub core: Rect,
    /// Left and top of the input; may lie outside the picture.
    pub left: i64,
    pub top: i64,
    /// Size of the input.
    pub width: u32,
    pub height: u32,
}

/// The tiles of one picture, row by row.
#[derive(Clone, Debug)]
pub struct Grid {
    pub tiles: Vec<Tile>,
    pub shape: TileShape,
}

impl Grid {
    /// Covers `width` × `height`; neighbouring tiles differ in size by a pixel at most.
    ///
    /// # Panics
    /// When the shape leaves no room for a core.
    pub fn new(width: u32, height: u32, shape: TileShape) -> Grid {
        let around = 2 * (shape.margin_px + shape.feather_px);
        let core = if shape.fixed { shape.side_px.saturating_sub(around) } else { shape.side_px };
        assert!(core > 0 && shape.multiple > 0, "a tile has a core");
        let spans = |length: u32| -> Vec<(u32, u32)> {
            let n = length.div_ceil(core);
            (0..n).map(|i| (at(length, i, n), at(length, i + 1, n))).map(|(from, to)| (from, to - from)).collect()
        };
        let columns = spans(width);
        let tiles = spans(height).into_iter().flat_map(|(y, h)| {
            let tile = move |&(x, w): &(u32, u32)| Tile::around(Rect { x, y, width: w, height: h }, shape);
            columns.iter().map(tile).collect::<Vec<_>>()
        });
        Grid { tiles: tiles.collect(), shape }
    }
}

/// The i-th of n even cuts of a length.
fn at(length: u32, i: u32, n: u32) -> u32 {
    (u64::from(length) * u64::from(i) / u64::from(n)) as u32
}

impl Tile {
    fn around(core: Rect, shape: TileShape) -> Tile {
        let border = shape.margin_px + shape.feather_px;
        let side = |length: u32| if shape.fixed { shape.side_px } else { (length + 2 * border).next_multiple_of(shape.multiple) };
        Tile {
            core,
            left: i64::from(core.x) - i64::from(border),
            top: i64::from(core.y) - i64::from(border),
            width: side(core.width),
            height: side(core.height),
        }
    }
}
