//! The integration tests: one binary, so that real models are loaded once.

mod engine;
mod models;
mod pipeline;
