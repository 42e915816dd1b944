//! A picture of any size through a model that sees a tile at a time: where the tiles lie, what goes in, and how what comes out is joined.
//!
//! * [`Grid`] – tiles of about equal size that cover the picture; each reaches over its core by a margin, so that the core's pixels see as much around
//!   them as in one piece. Over the picture's edge pixels repeat.
//! * [`Planes`] – samples of a tile, 0..=255, channel after channel. [`read_colour`], [`read_alpha`] fill them.
//! * [`keep_source`] – back-projection: the result, shrunk again, is the source.
//! * [`Canvas`] – the result in the making. Cores are cropped out of what a tile gave or, for models that look further than any margin, blended over a
//!   feather.
//!
//! Memory: the result, and a few planes of one tile.

mod canvas;
mod grid;
mod keep;
mod noise;
mod read;
#[cfg(test)]
mod tests;

pub use canvas::{Alpha, Canvas, Given};
pub use grid::{Grid, Tile, TileShape};
pub use keep::{REACH_PX, keep_source};
pub use noise::noise_sigma;
pub use read::{read_alpha, read_colour, uniform_alpha};

/// Samples 0..=255 (models may leave that range) of `width` × `height` pixels, one plane after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Planes {
    pub width: usize,
    pub height: usize,
    /// `width * height` samples per channel.
    pub data: Vec<f32>,
}

impl Planes {
    /// # Panics
    /// When the length is not a multiple of `width * height`.
    pub fn new(width: usize, height: usize, data: Vec<f32>) -> Planes {
        assert!(width * height > 0 && data.len().is_multiple_of(width * height), "{} samples of {width}×{height}", data.len());
        Planes { width, height, data }
    }

    pub fn area(&self) -> usize {
        self.width * self.height
    }

    pub fn channels(&self) -> usize {
        self.data.len() / self.area()
    }

    /// The mean of the channels, as one.
    pub fn mean(&self) -> Planes {
        let (area, share) = (self.area(), 1.0 / self.channels() as f32);
        let mut data = vec![0.0; area];
        for plane in self.data.chunks_exact(area) {
            data.iter_mut().zip(plane).for_each(|(sum, v)| *sum += v * share);
        }
        Planes { data, ..*self }
    }
}
