//! How people ask for an operation: declared by the operation, read by the planner.
//!
//! The classes that a declaration names are those of the planner's lexicon; how they combine into the operation is a
//! row of its resolution table. Tests hold both together: each row of an operation stays within its declaration, and
//! every sentence is read as it says.

mod adjust;
mod background;
mod colorize;
mod compose;
mod crop;
mod cutout;
mod deblur;
mod denoise;
mod describe;
mod detail;
mod enhance;
mod erase;
mod export;
mod filter;
mod fit;
mod flip;
mod match_look;
mod pad;
mod place;
mod recolor;
mod redact;
mod resize;
mod restore;
mod retouch;
mod revert;
mod rotate;
mod select;
mod sharpen;
mod split;
mod stitch;
mod swap;
mod upscale;
mod watermark;

use crate::plan::vocabulary::{Class, Thing, Verb};

pub use adjust::ADJUST;
pub use background::BACKGROUND;
pub use colorize::COLORIZE;
pub use compose::COMPOSE;
pub use crop::CROP;
pub use cutout::CUTOUT;
pub use deblur::DEBLUR;
pub use denoise::DENOISE;
pub use describe::DESCRIBE;
pub use detail::DETAIL;
pub use enhance::ENHANCE;
pub use erase::ERASE;
pub use export::EXPORT;
pub use filter::FILTER;
pub use fit::FIT;
pub use flip::FLIP;
pub use match_look::MATCH_LOOK;
pub use pad::PAD;
pub use place::PLACE;
pub use recolor::RECOLOR;
pub use redact::REDACT;
pub use resize::RESIZE;
pub use restore::RESTORE;
pub use retouch::RETOUCH;
pub use revert::REVERT;
pub use rotate::ROTATE;
pub use select::SELECT;
pub use sharpen::SHARPEN;
pub use split::SPLIT;
pub use stitch::STITCH;
pub use swap::SWAP;
pub use upscale::UPSCALE;
pub use watermark::WATERMARK;

/// Words and sentences of one operation.
pub struct Speech {
    /// Classes of verbs that ask for it.
    pub verbs: &'static [Verb],
    /// Classes of nouns that it is about.
    pub things: &'static [Thing],
    /// Kinds of numbers, names and qualifiers that it understands.
    pub slots: &'static [Class],
    /// Sentences that mean it (at least ten, both languages), used as tests.
    pub means: &'static [&'static str],
    /// Sentences that do not (at least five).
    pub not: &'static [&'static str],
}

impl Speech {
    pub const EMPTY: Speech = Speech { verbs: &[], things: &[], slots: &[], means: &[], not: &[] };
}

/// The operations that declare how they are asked for, by name.
pub static DECLARED: &[(&str, &Speech)] = &[
    ("cutout", &CUTOUT),
    ("background", &BACKGROUND),
    ("erase", &ERASE),
    ("crop", &CROP),
    ("resize", &RESIZE),
    ("pad", &PAD),
    ("redact", &REDACT),
    ("detail", &DETAIL),
    ("recolor", &RECOLOR),
    ("restore", &RESTORE),
    ("match", &MATCH_LOOK),
    ("enhance", &ENHANCE),
    ("denoise", &DENOISE),
    ("sharpen", &SHARPEN),
    ("retouch", &RETOUCH),
    ("rotate", &ROTATE),
    ("flip", &FLIP),
    ("fit", &FIT),
    ("export", &EXPORT),
    ("describe", &DESCRIBE),
    ("select", &SELECT),
    ("swap", &SWAP),
    ("place", &PLACE),
    ("compose", &COMPOSE),
    ("split", &SPLIT),
    ("stitch", &STITCH),
    ("upscale", &UPSCALE),
    ("deblur", &DEBLUR),
    ("adjust", &ADJUST),
    ("filter", &FILTER),
    ("revert", &REVERT),
];
