//! Pixels: decoding, colour, masks, resampling, filling, encoding. Knows nothing of models or servers.
//!
//! A crate of its own so that it is optimised in development builds too, and built anew only when it changes.

pub mod affine;
pub mod align;
pub mod backdrop;
pub mod blend;
pub mod cast;
mod cells;
pub mod colour;
pub mod components;
pub mod decode;
pub mod defringe;
pub mod detail;
mod dither;
pub mod encode;
pub mod error;
mod exif;
pub mod faces;
pub mod finish;
pub mod foreground;
pub mod format;
pub mod geometry;
pub mod grabcut;
mod header;
pub mod layer;
pub mod light;
pub mod limits;
pub mod mask;
mod mask_ops;
mod mincut;
mod orient;
pub mod patchmatch;
pub mod picture;
pub mod pieces;
pub mod polygon;
pub mod preview;
pub mod recolor;
pub mod relight;
pub mod resize;
pub mod text;
pub mod tiles;
pub mod transfer;

pub use affine::Affine;
pub use decode::{Decoded, SourceInfo, decode, decode_mask};
pub use encode::{EncodeOptions, Encoded, encode, encode_mask};
pub use error::ImageError;
pub use format::{Foreign, Format};
pub use header::{Header, probe};
pub use layer::{Layer, Placement};
pub use limits::Limits;
pub use mask::Mask;
pub use mask_ops::Combine;
pub use picture::{Picture, Rect};
pub use preview::{PREVIEW_MAX_BYTES, PREVIEW_SIDE_PX, Preview, preview};
