//! An instruction becomes a plan, a question, a session command or a reply.
//!
//! [`read`] goes through [`normal`] (one shape of the characters), [`token`] (known words and slots), [`clause`] (one
//! wish each), [`resolve`] (the resolution table) and puts the steps together. It is deterministic, works offline and
//! takes milliseconds. [`words`] says a plan in words, [`suggestions`] what to do next, [`validate`] checks plans from outside.

mod account;
mod aside;
mod beside;
pub mod classes;
mod clause;
mod compose;
mod follow;
pub mod learnt;
mod lexicon;
mod light;
mod mood;
mod normal;
mod question;
mod read;
mod resolve;
mod session;
mod sizing;
mod slots;
mod suggest;
mod token;
pub mod types;
mod validate;
mod wording;
mod words;

/// The classes of words that operations declare and the resolution table is written in.
pub mod vocabulary {
    pub use super::clause::Class;
    pub use super::lexicon::Verb;
    pub use super::token::Thing;
}

pub use read::{NEEDS_PICTURE, read};
pub use suggest::suggestions;
pub use types::*;
pub use validate::{MAX_STEPS, PlanError, validate};
pub use words::{file_size, words};
