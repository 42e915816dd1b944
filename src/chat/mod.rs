//! Conversations: a message comes in; a job, a question, a command or a reply goes out, all in one transaction.

mod again;
mod base;
mod coloured;
mod commands;
mod luts;
mod recipe_words;
pub mod recipes;
mod stand_in;
mod turn;

pub use again::Instead;
pub use luts::Lut;
pub use recipes::UseRecipe;
pub use turn::{Incoming, Turn, TurnError, receive, standing};
