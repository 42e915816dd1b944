//! Operations: one file each, listed once in [`registry`]. Knows nothing of HTTP or SQL.

pub mod context;
pub mod spec;
pub mod speech;

pub use context::{OpError, Outcome, Params, StepContext, Watch};
pub use spec::{Cost, OpSpec, Operation};
pub use speech::Speech;
