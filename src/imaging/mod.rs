//! Pixels: decoding, colour, masks, resampling, encoding.

pub mod affine;
pub mod mask;
pub mod picture;

pub use affine::Affine;
pub use mask::Mask;
pub use picture::{Picture, Rect};
