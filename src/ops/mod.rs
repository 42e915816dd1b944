//! Operations: one file each, listed once in [`registry`]. Knows nothing of HTTP or SQL.

pub mod context;
pub mod registry;
pub mod spec;
pub mod speech;
pub mod subject;
pub mod target;

mod background;
mod crop;
mod css;
mod cutout;
mod describe;
mod export;
mod flip;
mod look;
mod pad;
mod params;
mod resize;
mod rotate;
mod select;

pub use context::{Artifact, FileOut, ModelTime, OpError, Outcome, Params, StepContext, StepRun, Unwatched, Watch};
pub use spec::{Cost, OpSpec, Operation};
pub use speech::Speech;
