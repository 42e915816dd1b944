//! What nobody sends by accident: files, names, bodies, plans, masks, words and frames that are made to hurt. Every one is answered with success or
//! with an error that a client can read; the server goes on, keeps its memory, and touches nothing but its own folder.

mod damage;
mod files;
mod frames;
mod jpegs;
mod names;
mod plans;
mod pngs;
mod rasters;
mod requests;
mod seeds;
mod server;
mod strangers;
mod tiffs;
mod webps;
mod words;

/// A hostile file and what is wrong with it.
pub type Bad = (String, Vec<u8>);

fn bad(what: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Bad {
    (what.into(), bytes.into())
}
