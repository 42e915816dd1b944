//! An instruction becomes a plan, a question, a session command or a reply.

pub mod types;

pub use types::*;
