//! A picture as three planes in which noise is about independent, and their halves.

use rayon::prelude::*;

use crate::cells::Cells;
use crate::pace::checkpoint;
use crate::picture::Picture;

/// Opponent planes: grey, red against blue, green against both; an orthonormal change of axes, so noise keeps its size (K. Dabov and others,
/// "Color image denoising via sparse 3D collaborative filtering", ICIP 2007).
#[derive(Clone)]
pub(super) struct Planes {
    pub width: usize,
    pub height: usize,
    pub values: [Vec<f32>; 3],
}

const GREY: f32 = 0.577_350_3;
const RED_BLUE: f32 = std::f32::consts::FRAC_1_SQRT_2;
const GREEN: f32 = 0.408_248_3;
/// Side of the cells from which what is not seen is continued.
const CELL: usize = 8;

#[inline]
fn opponent([r, g, b]: [f32; 3]) -> [f32; 3] {
    [GREY * (r + g + b), RED_BLUE * (r - b), GREEN * (r - 2.0 * g + b)]
}

/// Levels 0..=255 of red, green and blue.
#[inline]
pub(super) fn rgb([y, u, v]: [f32; 3]) -> [f32; 3] {
    let (grey, side) = (GREY * y, RED_BLUE * u);
    [grey + side + GREEN * v, grey - 2.0 * GREEN * v, grey - side + GREEN * v]
}

impl Planes {
    pub fn filled(width: usize, height: usize) -> Self {
        Planes { width, height, values: std::array::from_fn(|_| vec![0.0; width * height]) }
    }

    /// What is wholly transparent continues its surroundings, so that hidden colours do not leak.
    pub fn of(picture: &Picture) -> Self {
        checkpoint();
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let (pixels, _) = picture.rgba8().as_chunks::<4>();
        let seen = (!picture.is_opaque()).then(|| {
            let visible =
                |i: usize| if pixels[i][3] == 0 { [0.0; 4] } else { [pixels[i][0], pixels[i][1], pixels[i][2], 1].map(f32::from) };
            Cells::of((picture.width(), picture.height()), CELL, visible).blurred(2.0)
        });
        let mut planes = Planes::filled(width, height);
        let [a, b, c] = &mut planes.values;
        let rows = a.par_chunks_mut(width).zip(b.par_chunks_mut(width)).zip(c.par_chunks_mut(width)).enumerate();
        rows.for_each(|(y, ((a, b), c))| {
            let around = seen.as_ref().map(|cells| cells.row(y));
            for x in 0..width {
                let p = pixels[y * width + x];
                let colour = match &around {
                    Some(row) if p[3] == 0 => {
                        let [r, g, b, weight] = row.at(x);
                        if weight > 1e-4 { [r, g, b].map(|v| v / weight) } else { [128.0; 3] }
                    }
                    _ => [f32::from(p[0]), f32::from(p[1]), f32::from(p[2])],
                };
                [a[x], b[x], c[x]] = opponent(colour);
            }
        });
        planes
    }

    /// The picture with the planes' colours wherever something is visible.
    pub fn onto(&self, picture: &Picture) -> Picture {
        checkpoint();
        let mut out = picture.clone();
        let (pixels, _) = out.rgba8_mut().as_chunks_mut::<4>();
        let [a, b, c] = &self.values;
        pixels.par_chunks_mut(self.width).enumerate().for_each(|(y, row)| {
            for (x, pixel) in row.iter_mut().enumerate().filter(|(_, p)| p[3] > 0) {
                let i = y * self.width + x;
                let colour = rgb([a[i], b[i], c[i]]);
                (0..3).for_each(|c| pixel[c] = colour[c].round().clamp(0.0, 255.0) as u8);
            }
        });
        out
    }

    /// Half as large, each pixel the mean of four.
    pub fn halved(&self) -> Planes {
        checkpoint();
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let half = |from: &Vec<f32>| -> Vec<f32> {
            let mut out = vec![0.0; width * height];
            out.par_chunks_mut(width).enumerate().for_each(|(y, row)| {
                let line = |y: usize| &from[y.min(self.height - 1) * self.width..][..self.width];
                let (upper, lower) = (line(2 * y), line(2 * y + 1));
                for (x, to) in row.iter_mut().enumerate() {
                    let (left, right) = (2 * x, (2 * x + 1).min(self.width - 1));
                    *to = 0.25 * (upper[left] + upper[right] + lower[left] + lower[right]);
                }
            });
            out
        };
        Planes { width, height, values: std::array::from_fn(|c| half(&self.values[c])) }
    }

    /// Replaces what of this is seen at half size by `half` (`self + up(half − down(self))`), bilinear between pixels.
    pub fn take_low_band(&mut self, half: &Planes) {
        self.take(half, 0);
    }

    /// The same for colour alone.
    pub fn take_colour_of(&mut self, half: &Planes) {
        self.take(half, 1);
    }

    fn take(&mut self, half: &Planes, first: usize) {
        checkpoint();
        let mut difference = self.halved();
        for (to, from) in difference.values.iter_mut().zip(&half.values).skip(first) {
            to.par_iter_mut().zip(from.par_iter()).with_min_len(1 << 14).for_each(|(to, from)| *to = from - *to);
        }
        let width = self.width;
        for (plane, low) in self.values.iter_mut().zip(&difference.values).skip(first) {
            plane.par_chunks_mut(width).enumerate().for_each(|(y, row)| {
                let (near, far) = neighbours(y, difference.height);
                let (near, far) = (&low[near * difference.width..][..difference.width], &low[far * difference.width..][..difference.width]);
                for (x, to) in row.iter_mut().enumerate() {
                    let (left, right) = neighbours(x, difference.width);
                    *to += 0.75 * (0.75 * near[left] + 0.25 * near[right]) + 0.25 * (0.75 * far[left] + 0.25 * far[right]);
                }
            });
        }
    }
}

/// The half-size pixel that a pixel lies in, and the next one on its side.
fn neighbours(at: usize, count: usize) -> (usize, usize) {
    let near = at / 2;
    (near, if at.is_multiple_of(2) { near.saturating_sub(1) } else { (near + 1).min(count - 1) })
}
