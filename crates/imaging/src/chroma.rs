//! Colour for grey pictures: chroma that a model or a person gives on a coarse grid becomes colour at every pixel, and lightness stays what it was.
//!
//! * [`Plane`] – one value for each cell of a grid; [`lightness`] makes the one that guides everything here.
//! * [`solve`] – weighted least squares over a grid: what is sure spreads to what is not, as far as lightness is even.
//! * [`calm`] – several guesses of a model become one, with blotches taken out where they disagree.
//! * [`spread`] – how far a stroke of colour reaches.
//! * [`upsample`] – from the grid to the pixels, along the edges of lightness.
//! * [`paint`] – chroma laid on a picture.
//! * [`tone`] – whether a picture is grey, toned in one tint, or has colours.
//!
//! Chroma is a*, b* of CIE Lab (D65) throughout.

pub mod calm;
pub mod paint;
pub mod plane;
pub mod solve;
pub mod spread;
pub mod tone;
pub mod upsample;

pub use plane::{Plane, lightness};

/// Chroma on a grid: a* and b*, both of one size.
#[derive(Clone, Debug, PartialEq)]
pub struct Chroma {
    pub a: Plane,
    pub b: Plane,
}

impl Chroma {
    /// At another size, see [`Plane::resized`].
    pub fn resized(&self, width: usize, height: usize) -> Chroma {
        Chroma { a: self.a.resized(width, height), b: self.b.resized(width, height) }
    }
}

#[cfg(test)]
mod tests;
