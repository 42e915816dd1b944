//! What a tile sees of the picture.

use rayon::prelude::*;

use super::{Planes, Tile};
use crate::pace::checkpoint;
use crate::picture::Picture;

/// Alpha below which a pixel's own colour is not believed.
const BELIEVED_ALPHA: u8 = 32;
/// Radii in which colour for transparent pixels is looked for, the nearest first.
const REACH_PX: [usize; 5] = [1, 2, 4, 8, 16];

/// The tile's colours: three planes. Over the edge pixels repeat; transparent pixels take the mean colour, weighted by alpha, of the smallest
/// neighbourhood that has any, up to 16 px away, so that no rim of another colour reaches the visible ones.
pub fn read_colour(picture: &Picture, tile: &Tile) -> Planes {
    let (width, height) = (tile.width as usize, tile.height as usize);
    let pixels = window(picture, tile);
    let area = width * height;
    let mut data = vec![0.0; area * 3];
    for (c, plane) in data.chunks_exact_mut(area).enumerate() {
        plane.iter_mut().zip(&pixels).for_each(|(to, p)| *to = f32::from(p[c]));
    }
    if pixels.iter().any(|p| p[3] < BELIEVED_ALPHA) && pixels.iter().any(|p| p[3] > 0) {
        fill_transparent(&mut data, &pixels, width);
    }
    Planes { width, height, data }
}

/// The tile's alpha, as three equal planes: what a model for colours takes.
pub fn read_alpha(picture: &Picture, tile: &Tile) -> Planes {
    let alpha: Vec<f32> = window(picture, tile).iter().map(|p| f32::from(p[3])).collect();
    Planes { width: tile.width as usize, height: tile.height as usize, data: [alpha.as_slice(); 3].concat() }
}

/// The tile's alpha where it is the same everywhere: nothing has to be worked out then.
pub fn uniform_alpha(picture: &Picture, tile: &Tile) -> Option<u8> {
    let pixels = window(picture, tile);
    let alpha = pixels[0][3];
    pixels.iter().all(|p| p[3] == alpha).then_some(alpha)
}

/// The tile's pixels, row by row, repeated over the edge.
fn window(picture: &Picture, tile: &Tile) -> Vec<[u8; 4]> {
    let (w, h) = (i64::from(picture.width()), i64::from(picture.height()));
    let (pixels, _) = picture.rgba8().as_chunks::<4>();
    let columns: Vec<usize> = (0..i64::from(tile.width)).map(|x| (tile.left + x).clamp(0, w - 1) as usize).collect();
    let row = |y: i64| {
        let start = ((tile.top + y).clamp(0, h - 1) * w) as usize;
        columns.iter().map(move |x| pixels[start + x])
    };
    (0..i64::from(tile.height)).flat_map(row).collect()
}

/// Sums over rectangles in constant time: one more row and column than the picture.
fn integral(width: usize, values: impl Iterator<Item = f64>) -> Vec<f64> {
    let stride = width + 1;
    let mut sums = vec![0.0; stride];
    let mut row = 0.0;
    for (i, v) in values.enumerate() {
        if i % width == 0 {
            sums.push(0.0);
            row = 0.0;
        }
        row += v;
        sums.push(row + sums[sums.len() - stride]);
    }
    sums
}

fn fill_transparent(data: &mut [f32], pixels: &[[u8; 4]], width: usize) {
    checkpoint();
    let (area, height, stride) = (pixels.len(), pixels.len() / width, width + 1);
    let weights = integral(width, pixels.iter().map(|p| f64::from(p[3])));
    let colours = [0, 1, 2].map(|c| integral(width, pixels.iter().map(|p| f64::from(p[3]) * f64::from(p[c]))));
    let sum = |of: &[f64], x: usize, y: usize, r: usize| {
        let (x0, x1, y0, y1) = (x.saturating_sub(r), (x + r + 1).min(width), y.saturating_sub(r), (y + r + 1).min(height));
        of[y1 * stride + x1] - of[y0 * stride + x1] - of[y1 * stride + x0] + of[y0 * stride + x0]
    };
    let found: Vec<Option<[f32; 3]>> = (0..area)
        .into_par_iter()
        .map(|i| {
            let (x, y) = (i % width, i / width);
            if pixels[i][3] >= BELIEVED_ALPHA {
                return None;
            }
            let (r, weight) = REACH_PX.iter().map(|&r| (r, sum(&weights, x, y, r))).find(|(_, w)| *w >= 255.0)?;
            Some([0, 1, 2].map(|c: usize| (sum(&colours[c], x, y, r) / weight) as f32))
        })
        .collect();
    for (c, plane) in data.chunks_exact_mut(area).enumerate() {
        plane.iter_mut().zip(&found).filter_map(|(to, f)| Some((to, f.as_ref()?))).for_each(|(to, f)| *to = f[c]);
    }
}
