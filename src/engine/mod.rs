//! Runs plans: executor, job queue, workers, events, previews.

pub mod execute;
