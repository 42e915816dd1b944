//! Filters of the whole picture: looks, lookup tables, blur, pixels as squares.

mod blur;
mod cube;
mod look;

#[cfg(test)]
mod tests;

pub use cube::{Cube, CubeError, CubeFault};
pub use look::Look;

use rayon::prelude::*;

use crate::adjust::Sliders;
use crate::cells::Cells;
use crate::pace::{Pace, checkpoint};
use crate::picture::Picture;
use crate::rows::{Canvas, Level, Reader, Run};
use blur::Blur;

/// A filter and how much of it.
#[derive(Clone, Copy, Debug)]
pub enum Filter<'a> {
    /// By `amount` 0..=1.
    Look(Look, f32),
    /// Warmer light, by `amount` 0..=1.
    Warm(f32),
    /// Cooler light.
    Cool(f32),
    /// Negative: every value from white instead of from black.
    Invert(f32),
    /// Through a table.
    Cube(&'a Cube, f32),
    /// Standard deviation in pixels.
    Blur(f32),
    /// Squares of so many pixels a side.
    Pixelate(u32),
}

impl Filter<'_> {
    fn is_nothing(&self) -> bool {
        match *self {
            Filter::Look(_, amount) | Filter::Warm(amount) | Filter::Cool(amount) | Filter::Invert(amount) | Filter::Cube(_, amount) => {
                amount <= 0.0
            }
            Filter::Blur(sigma) => sigma < 0.05,
            Filter::Pixelate(side) => side < 2,
        }
    }

    /// The filtered picture. Alpha stays, but for blur and squares, which mix it like light. `None` where the work was cancelled.
    pub fn apply(&self, picture: &Picture, pace: Pace<'_>) -> Option<Picture> {
        if self.is_nothing() {
            return Some(picture.clone());
        }
        let size = (picture.width(), picture.height());
        let sliders = match *self {
            Filter::Warm(amount) => Some(scaled(look::WARM, amount)),
            Filter::Cool(amount) => Some(scaled(look::COOL, amount)),
            _ => None,
        };
        if let Some(sliders) = sliders {
            return sliders.apply(picture, None, pace);
        }
        Some(match picture.deep() {
            None if let Filter::Blur(sigma) = *self => {
                let blurred = Blur { pixels: picture.rgba8().as_chunks::<4>().0, size, sigma }.of_bytes(pace)?;
                Picture::from_rgba8(size.0, size.1, blurred.into_flattened())
            }
            Some(deep) => Picture::from_rgba16(size.0, size.1, self.on(deep.as_chunks::<4>().0, size, pace)?.into_flattened()),
            None => Picture::from_rgba8(size.0, size.1, self.on(picture.rgba8().as_chunks::<4>().0, size, pace)?.into_flattened()),
        })
    }

    fn on<L: Level>(&self, pixels: &[[L; 4]], size: (u32, u32), pace: Pace<'_>) -> Option<Vec<[L; 4]>> {
        let canvas = Canvas { pixels, width: size.0 as usize, mask: None };
        match *self {
            Filter::Look(look, amount) => {
                let reader = Reader::plain::<L>();
                canvas.changed(&reader, pace, |y| move |run: &mut Run, length, x| look.of(run, length, (x, y), size, amount.min(1.0)))
            }
            Filter::Invert(amount) => {
                let amount = amount.min(1.0);
                canvas.by_value(pace, |colour| colour.map(|v| v + amount * (1.0 - 2.0 * v)))
            }
            Filter::Cube(cube, amount) => {
                let amount = amount.min(1.0);
                canvas.by_value(pace, |colour| {
                    let to = cube.at(colour);
                    std::array::from_fn(|c| colour[c] + amount * (to[c] - colour[c]))
                })
            }
            Filter::Blur(sigma) => Blur { pixels, size, sigma }.done(pace),
            Filter::Pixelate(side) => pixelated(pixels, size, side as usize, pace),
            Filter::Warm(_) | Filter::Cool(_) => unreachable!("sliders do these"),
        }
    }
}

fn scaled(of: Sliders, amount: f32) -> Sliders {
    let by = f64::from(amount.min(1.0));
    Sliders { temperature: of.temperature * by, tint: of.tint * by, contrast: of.contrast * by, saturation: of.saturation * by, ..of }
}

/// Averages of squares in linear light; those at the right and lower edge are what is left.
fn pixelated<L: Level>(pixels: &[[L; 4]], size: (u32, u32), side: usize, pace: Pace<'_>) -> Option<Vec<[L; 4]>> {
    checkpoint();
    let reader = Reader::plain::<L>();
    let cells = Cells::<4>::of(size, side, |i| reader.premultiplied(pixels[i]));
    if (pace.cancelled)() {
        return None;
    }
    let colours: Vec<[L; 4]> = cells
        .values
        .iter()
        .map(|&[r, g, b, alpha]| match L::of_share(alpha) {
            a if a == L::default() => [L::default(); 4],
            a => [L::of_linear(r / alpha), L::of_linear(g / alpha), L::of_linear(b / alpha), a],
        })
        .collect();
    let width = size.0 as usize;
    let mut out = vec![[L::default(); 4]; pixels.len()];
    out.par_chunks_mut(width).enumerate().for_each(|(y, row)| {
        let line = &colours[y / side * cells.width..];
        row.chunks_mut(side).zip(line).for_each(|(part, colour)| part.fill(*colour));
    });
    (!(pace.cancelled)()).then_some(out)
}
