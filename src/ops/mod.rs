//! Operations: one file each, listed once in [`registry`]. Knows nothing of HTTP or SQL.

pub mod context;
pub mod refine;
pub mod registry;
pub mod spec;
pub mod speech;
pub mod subject;
pub mod target;

mod arrange;
mod background;
mod colorize;
mod compose;
mod crop;
mod css;
mod cutout;
mod deblur;
mod describe;
mod detail;
mod doubt;
mod erase;
mod export;
mod faces;
mod flip;
mod look;
mod match_look;
mod pad;
mod palette;
mod params;
mod place;
mod recall;
mod recolor;
mod redact;
mod resize;
mod restore;
mod rotate;
mod second;
mod select;
mod shadow;
mod stage;
mod swap;
mod tiled;
mod upscale;
mod vocabulary;

pub use context::{Artifact, FileOut, ModelTime, OpError, Outcome, Params, SourceFormat, StepContext, StepRun, Unwatched, Watch};
pub use spec::{Cost, OpSpec, Operation};
pub use speech::Speech;
