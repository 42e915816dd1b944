//! The integration tests: one binary, so that real models are loaded once.

mod models;
