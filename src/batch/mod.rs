//! One plan over many pictures: what the command line and the server have in common.

pub mod names;
