//! English verbs that come in two pieces: "take the text out", "turn the brightness down".

use crate::plan::lexicon::Verb;
use crate::plan::normal::Normal;
use crate::plan::token::Kind;

use super::word;

const PIECES: &[(Verb, &[&str], &[&str])] = &[
    (
        Verb::Remove,
        &["take", "taking", "get", "edit", "paint", "wipe", "rub", "clean", "clear", "move", "photoshop"],
        &["out", "away", "off", "gone"],
    ),
    (Verb::CutOut, &["cut", "knock", "lift"], &["out"]),
    (Verb::CutOut, &["lift", "peel"], &["off"]),
    (Verb::Arrange, &["lay", "set", "spread"], &["out"]),
    (Verb::TrimOff, &["cut", "crop", "trim", "shave", "chop", "slice"], &["off"]),
    (Verb::Censor, &["black", "cover", "block"], &["out", "up"]),
    (Verb::Raise, &["turn", "bring", "push", "pull", "crank", "bump"], &["up"]),
    (Verb::Lower, &["turn", "bring", "push", "pull", "dial", "tone", "take"], &["down"]),
    (Verb::BringBack, &["bring", "put", "lay", "paint", "get", "give", "give me", "get me"], &["back"]),
];

/// How many words may stand between the pieces.
const BETWEEN: usize = 7;

pub fn matches(text: &Normal, at: usize, offer: &mut dyn FnMut(usize, Kind)) {
    if !text.at(at).is_some_and(|c| c.is_ascii_lowercase()) {
        return;
    }
    for (verb, heads, tails) in PIECES {
        if let Some(end) = word(text, at, heads)
            && tail(text, end).is_some_and(|tail| tails.contains(&tail.as_str()))
        {
            offer(end, Kind::Verb(*verb));
        }
    }
    if let Some(end) = word(text, at, &["cut", "chop", "slice", "carve", "tear", "cutting", "break", "divide", "split", "separate"])
        && into_pieces(text, end)
    {
        offer(end, Kind::Verb(Verb::Split));
    }
    // "bring grandpa's photo back to life"
    if let Some(end) = word(text, at, &["bring", "breathe", "bringing"])
        && text.slice(end, text.len().min(end + 60)).contains("to life")
    {
        offer(end, Kind::Filler);
    }
    // "leave the blemishes alone"
    if let Some(end) = word(text, at, &["leave", "leaving"])
        && tail(text, end).is_some_and(|tail| tail == "alone")
    {
        offer(end, Kind::Leave);
    }
}

/// The particle that ends the phrase which begins before `at`: the first one within its clause.
fn tail(text: &Normal, at: usize) -> Option<String> {
    let mut words = 0;
    let mut word = String::new();
    for i in at..=text.len() {
        match text.at(i) {
            Some(c) if c.is_ascii_alphanumeric() || c == '\'' => word.push(c),
            Some(',' | '.' | ';' | '!' | '?' | '"' | '\n') | None => return particle(&word),
            Some(_) => {
                if let Some(found) = particle(&word) {
                    // "out of focus", "back to version 2", "up to 200 KB"
                    let next: String = text.slice(i, text.len().min(i + 4));
                    let rest: String = text.slice(i, text.len().min(i + 12));
                    let unlike = next.trim_start().starts_with("to ")
                        || ["of focus", "of it", "of a", "of two"].iter().any(|w| rest.trim_start().starts_with(w));
                    return (!unlike).then_some(found);
                }
                if matches!(word.as_str(), "and" | "then" | "or" | "but") {
                    return None;
                }
                words += usize::from(!word.is_empty());
                word.clear();
            }
        }
        if words > BETWEEN {
            return None;
        }
    }
    None
}

/// "… into 3": a number or a word for pieces after "into", within the clause.
fn into_pieces(text: &Normal, at: usize) -> bool {
    let end = (at..text.len()).find(|&i| matches!(text.chars[i], ',' | '.' | ';' | '!' | '?' | '\n')).unwrap_or(text.len());
    let rest = text.slice(at, end);
    let Some((before, after)) = rest.split_once(" into ") else { return false };
    let first = after.split_whitespace().next().unwrap_or("");
    let pieces = [
        "pieces", "parts", "strips", "slices", "sections", "halves", "tiles", "two", "three", "four", "five", "six", "seven", "eight",
        "nine", "ten", "several",
    ];
    before.split_whitespace().count() <= BETWEEN && (pieces.contains(&first) || first.starts_with(|c: char| c.is_ascii_digit()))
}

fn particle(word: &str) -> Option<String> {
    matches!(word, "out" | "away" | "off" | "gone" | "up" | "down" | "back" | "alone").then(|| word.to_owned())
}
