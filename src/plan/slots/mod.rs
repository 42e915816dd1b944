//! Slot grammars: numbers with units, sizes, aspect ratios, colours, quoted and announced text, references, ordinals.

mod bare;
mod colour;
mod number;
mod phrasal;
mod quoted;
mod reference;
mod size;

pub use colour::css_name;

use super::normal::Normal;
use super::token::Kind;

/// Offers every slot that starts at `at`: its end and what it is. The text around is only looked at for word limits.
pub fn matches(text: &Normal, at: usize, offer: &mut dyn FnMut(usize, Kind)) {
    quoted::matches(text, at, offer);
    bare::matches(text, at, offer);
    if at > 0 && joined(text, at) {
        return;
    }
    colour::matches(text, at, offer);
    phrasal::matches(text, at, offer);
    size::matches(text, at, offer);
    reference::matches(text, at, offer);
    reference::painted(text, at, offer);
    number::matches(text, at, offer);
}

/// Whether the character at `at` continues a word or number that began before it.
fn joined(text: &Normal, at: usize) -> bool {
    let (before, here) = (text.chars[at - 1], text.chars[at]);
    (before.is_ascii_alphabetic() && here.is_ascii_alphabetic()) || (before.is_ascii_digit() && here.is_ascii_digit())
}

/// Skips spaces.
fn spaces(text: &Normal, mut at: usize) -> usize {
    while text.at(at) == Some(' ') {
        at += 1;
    }
    at
}

/// The end of the first of these words that stands at `at`.
fn word(text: &Normal, at: usize, words: &[&str]) -> Option<usize> {
    words.iter().find_map(|w| {
        let mut end = at;
        for c in w.chars() {
            if text.at(end) != Some(c) {
                return None;
            }
            end += 1;
        }
        super::lexicon::stands_alone(&text.chars, at, end).then_some(end).or_else(|| unit_after_digit(text, at, end))
    })
}

/// `800px`: a unit may follow a digit directly, but must end as a word.
fn unit_after_digit(text: &Normal, at: usize, end: usize) -> Option<usize> {
    let after_digit = at > 0 && text.chars[at - 1].is_ascii_digit();
    let ends = text.at(end).is_none_or(|c| !c.is_ascii_alphanumeric());
    (after_digit && ends).then_some(end)
}
