//! Letters in pictures: fonts, line breaking, outlines, and text as layers with straight alpha.
//!
//! 1. [`Fonts`] holds the fonts of this process and lays text out: shaping, both writing directions, line breaking, one font after another for each
//!    glyph (cosmic-text, HarfRust).
//! 2. A [`Block`] is laid-out text as outlines: it knows its size, and which characters no font has.
//! 3. [`Block::paint`] fills the outlines (zeno), with an edge and a soft shadow, at any angle: a [`portico_imaging::Layer`].
//! 4. [`Ground`] says how light a part of a picture is, and which ink can be read on it.
//!
//! The same text, fonts and style give the same pixels.

mod block;
mod fonts;
mod ground;
mod paint;
mod tidy;

pub use block::{Block, Bounds};
pub use fonts::{Align, Fonts, LetteringError, Style};
pub use ground::{Contrast, Ground};
pub use paint::{Edge, Ink, Shadow, halo};
pub use tidy::tidy;
