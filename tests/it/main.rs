//! The integration tests: one binary, so that real models are loaded once; one module per subject; pictures come from [`kit`].

mod app;
mod backgrounds;
mod colorize;
mod colour;
mod conversation;
mod crash;
mod detail;
mod engine;
mod erase;
mod formats;
mod http;
mod kit;
mod models;
mod operations;
mod pictures;
mod pipeline;
mod planner;
mod products;
mod restore;
mod targets;
mod tone;
mod upscale;
mod workbench;
