//! Promises, tested from outside the crate. One binary, so that real models are loaded once; one module per subject; pictures come from [`kit`].

mod app;
mod conversation;
mod crash;
mod http;
mod kit;
mod models;
mod pictures;
