//! A smooth layer of lightness that keeps edges: the guided filter of the picture by itself (K. He, J. Sun, X. Tang, "Guided Image Filtering", 2013),
//! worked out on few cells (K. He, J. Sun, "Fast Guided Filter", 2015).

use crate::cells::{self, Cells};

/// The filter's window, as a share of the longer side.
const WINDOW: f32 = 1.0 / 25.0;
/// Variance in squared levels above which something is an edge.
const EDGE: f32 = 500.0;
/// Cells in a window, to each side.
const RADIUS: usize = 4;

/// Slope and offset of the smooth layer against lightness, by cell.
pub(crate) struct Layers {
    lines: Cells<2>,
}

impl Layers {
    /// `light` gives the lightness of a pixel in levels; `None` for what is not seen.
    pub fn of(size: (u32, u32), light: &(dyn Fn(usize) -> Option<f32> + Sync)) -> Layers {
        let window = (WINDOW * size.0.max(size.1) as f32 / 2.0).max(2.0);
        let side = (window / RADIUS as f32).round().max(1.0) as usize;
        let radius = (window / side as f32).round().max(1.0) as usize;
        let moments = Cells::of(size, side, |i| light(i).map_or([0.0; 3], |v| [v, v * v, 1.0]));
        let lines = moments.box_mean(radius).map(|[sum, squares, weight]| {
            if *weight < 1e-6 {
                return [0.0, 0.0, 0.0];
            }
            let mean = sum / weight;
            let variance = (squares / weight - mean * mean).max(0.0);
            let slope = variance / (variance + EDGE);
            [slope * weight, (1.0 - slope) * mean * weight, *weight]
        });
        let lines = lines.box_mean(radius).map(|[slope, offset, weight]| {
            let weight = weight.max(1e-6);
            [slope / weight, offset / weight]
        });
        Layers { lines }
    }

    pub fn row(&self, y: usize) -> Row {
        Row(self.lines.row(y))
    }
}

/// A row of pixels.
pub(crate) struct Row(cells::Row<2>);

impl Row {
    /// The smooth layer where lightness is `light`.
    pub fn at(&self, x: usize, light: f32) -> f32 {
        let [slope, offset] = self.0.at(x);
        slope * light + offset
    }
}
