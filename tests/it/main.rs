//! Promises, tested from outside the crate. One binary, one module per subject; pictures come from [`kit`].

mod kit;
mod pictures;
