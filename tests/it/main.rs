//! The integration tests: one binary, so that real models are loaded once.

mod app;
mod conversation;
mod crash;
mod http;
mod models;
