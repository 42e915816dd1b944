//! Text in quotes of any style, taken as it was written.

use crate::plan::normal::Normal;
use crate::plan::token::Kind;

const PAIRS: &[(char, char)] = &[
    ('"', '"'),
    ('“', '”'),
    ('”', '”'),
    ('「', '」'),
    ('『', '』'),
    ('《', '》'),
    ('\'', '\''),
    ('‘', '’'),
    ('«', '»'),
    ('【', '】'),
    ('`', '`'),
    ('„', '“'),
];

/// Longest text that is looked for between quotes, in characters.
const LONGEST: usize = 500;

pub fn matches(text: &Normal, at: usize, offer: &mut dyn FnMut(usize, Kind)) {
    let Some(open) = text.at(at) else { return };
    let Some((_, close)) = PAIRS.iter().find(|(o, _)| *o == open) else { return };
    let apostrophe = |i: usize| i > 0 && text.chars[i - 1].is_alphanumeric() && text.at(i + 1).is_some_and(char::is_alphanumeric);
    if open == '\'' && at > 0 && text.chars[at - 1].is_ascii_alphanumeric() {
        return;
    }
    let limit = text.len().min(at + LONGEST);
    let end = (at + 1..limit).find(|&i| {
        let c = text.chars[i];
        (c == *close || (*close == '”' && c == '"') || (*close == '"' && c == '”')) && !(c == '\'' && apostrophe(i))
    });
    if let Some(end) = end
        && end > at + 1
    {
        offer(end + 1, Kind::Quoted(text.original(at + 1, end)));
    }
}
