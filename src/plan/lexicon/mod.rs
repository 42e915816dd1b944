//! The words that the planner knows, in both languages, and how to find the ones that start at a place in the text.

mod marks;
mod things;
mod verbs;

use std::collections::HashMap;
use std::sync::LazyLock;

use super::token::Kind;

pub use things::{BYSTANDERS, COUPLE, NOBODY};
pub use verbs::Verb;

/// One phrase and what it is.
struct Entry {
    phrase: Vec<char>,
    kind: Kind,
}

/// All phrases by their first two characters, longest first.
struct Lexicon {
    by_first: HashMap<(char, Option<char>), Vec<Entry>>,
    /// English single words of at least five letters by their first one, for mistypings.
    latin: HashMap<char, Vec<(Vec<char>, Kind)>>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let mut by_first: HashMap<(char, Option<char>), Vec<Entry>> = HashMap::new();
    let mut latin: HashMap<char, Vec<(Vec<char>, Kind)>> = HashMap::new();
    let mut add = |phrase: &str, kind: &Kind| {
        let phrase: Vec<char> = phrase.chars().collect();
        let list = by_first.entry((phrase[0], phrase.get(1).copied())).or_default();
        // The first declaration of a phrase counts.
        if list.iter().any(|e| e.phrase == phrase) {
            return;
        }
        if phrase.len() >= 5 && phrase.iter().all(|c| c.is_ascii_lowercase()) {
            latin.entry(phrase[0]).or_default().push((phrase.clone(), kind.clone()));
        }
        list.push(Entry { phrase, kind: kind.clone() });
    };
    for (kind, phrases) in marks::all().into_iter().chain(verbs::all()).chain(things::all()) {
        for phrase in phrases.split('|').map(str::trim).filter(|p| !p.is_empty()) {
            add(phrase, &kind);
        }
    }
    // Forms made by rule give way to words that are declared: "writing" is text, not "write".
    for (kind, phrases) in marks::all().into_iter().chain(verbs::all()).chain(things::all()) {
        for form in phrases.split('|').map(str::trim).filter(|p| !p.is_empty()).flat_map(|phrase| inflected(phrase, &kind)) {
            add(&form, &kind);
        }
    }
    for list in by_first.values_mut() {
        list.sort_by_key(|e| std::cmp::Reverse(e.phrase.len()));
    }
    Lexicon { by_first, latin }
});

/// English plurals of nouns and the -s, -ed and -ing forms of verbs of one word.
fn inflected(phrase: &str, kind: &Kind) -> Vec<String> {
    if !phrase.ends_with(|c: char| c.is_ascii_lowercase()) {
        return vec![];
    }
    match kind {
        Kind::Thing(..) if phrase.ends_with(['s', 'x']) || phrase.ends_with("ch") || phrase.ends_with("sh") => vec![format!("{phrase}es")],
        Kind::Thing(..) if phrase.ends_with('y') && !phrase.ends_with(['a', 'e', 'o']) => {
            vec![format!("{}ies", &phrase[..phrase.len() - 1]), format!("{phrase}s")]
        }
        Kind::Thing(..) => vec![format!("{phrase}s")],
        Kind::Verb(_) if !phrase.contains(' ') && phrase.len() >= 4 => {
            let stem = phrase.strip_suffix('e').unwrap_or(phrase);
            let double = match phrase.chars().last() {
                Some(c @ ('p' | 't' | 'b' | 'n')) => format!("{phrase}{c}"),
                _ => stem.to_owned(),
            };
            vec![format!("{phrase}s"), format!("{stem}ed"), format!("{stem}ing"), format!("{double}ed"), format!("{double}ing")]
        }
        _ => vec![],
    }
}

/// Whether a phrase that begins or ends with a letter or digit stands as a word of its own there.
pub fn stands_alone(text: &[char], start: usize, end: usize) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric();
    let before = start == 0 || !word(text[start]) || !word(text[start - 1]);
    let after = end >= text.len() || !word(text[end - 1]) || !word(text[end]);
    before && after
}

/// Every phrase that starts at `at`: its end and what it is.
pub fn matches(text: &[char], at: usize) -> impl Iterator<Item = (usize, &'static Kind)> {
    let list = |second: Option<char>| text.get(at).and_then(|c| LEXICON.by_first.get(&(*c, second))).map(Vec::as_slice).unwrap_or(&[]);
    let longer = text.get(at + 1).map(|second| list(Some(*second))).unwrap_or(&[]);
    longer.iter().chain(list(None)).filter_map(move |e| {
        let end = at + e.phrase.len();
        (text.len() >= end && text[at..end] == e.phrase[..] && stands_alone(text, at, end)).then_some((end, &e.kind))
    })
}

/// The word that a mistyped English word most likely is: the first letter right and one edit away, or
/// two where it has eleven letters or more.
/// Nothing where two different words are as near.
pub fn mistyped(word: &[char]) -> Option<&'static Kind> {
    if word.len() < 5 || !word.iter().all(char::is_ascii_lowercase) {
        return None;
    }
    let limit = if word.len() >= 11 { 2 } else { 1 };
    let mut best: Option<(usize, &Kind)> = None;
    let mut tied = false;
    for (known, kind) in LEXICON.latin.get(&word[0]).into_iter().flatten() {
        // Nobody means the brush by mistake.
        if matches!(kind, Kind::Thing(super::token::Thing::Mask, _)) {
            continue;
        }
        if known.len().abs_diff(word.len()) > limit {
            continue;
        }
        let d = distance(word, known, limit);
        if d > limit {
            continue;
        }
        match best {
            Some((b, k)) if b == d && k != kind => tied = true,
            Some((b, _)) if b <= d => {}
            _ => {
                best = Some((d, kind));
                tied = false;
            }
        }
    }
    best.filter(|_| !tied).map(|(_, kind)| kind)
}

/// Words of more letters are no mistyped ones.
const LONGEST: usize = 31;

/// Optimal string alignment distance: insertions, deletions, replacements, swaps of neighbours. Beyond `limit` it may be any larger number.
fn distance(a: &[char], b: &[char], limit: usize) -> usize {
    if a.len().max(b.len()) > LONGEST {
        return usize::MAX;
    }
    // What is the same at both ends costs nothing.
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[same..], &b[same..]);
    let same = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[..a.len() - same], &b[..b.len() - same]);
    // One edit changes two neighbours at most.
    if limit == 1 && a.len().max(b.len()) > 2 {
        return usize::MAX;
    }
    let mut rows = [[0u8; LONGEST + 1]; LONGEST + 1];
    for (i, row) in rows.iter_mut().enumerate().take(a.len() + 1) {
        row[0] = i as u8;
    }
    for j in 0..=b.len() {
        rows[0][j] = j as u8;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let cost = u8::from(a[i - 1] != b[j - 1]);
            let mut d = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                d = d.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = d;
        }
    }
    usize::from(rows[a.len()][b.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &str) -> Option<&'static Kind> {
        let chars: Vec<char> = text.chars().collect();
        matches(&chars, 0).find(|(end, _)| *end == chars.len()).map(|(_, k)| k)
    }

    #[test]
    fn words_are_found_in_both_languages_and_their_forms() {
        assert_eq!(find("裁剪"), find("crop"));
        assert_eq!(find("cropping"), find("crop"));
        assert_eq!(find("removing"), find("remove"));
        assert_eq!(find("backgrounds"), find("背景"));
    }

    #[test]
    fn a_mistyped_word_is_recognised_and_a_strange_one_is_not() {
        let m = |s: &str| mistyped(&s.chars().collect::<Vec<_>>());
        assert_eq!(m("backgroud"), find("background"));
        assert_eq!(m("bakcground"), find("background"));
        assert_eq!(m("zebrafish"), None);
        assert_eq!(m("crp"), None);
    }

    #[test]
    fn no_phrase_has_upper_case_or_characters_that_normalising_changes() {
        for list in LEXICON.by_first.values() {
            for e in list {
                let phrase: String = e.phrase.iter().collect();
                let n = crate::plan::normal::Normal::new(&phrase);
                assert_eq!(n.slice(0, n.len()), phrase, "write it as it is read");
            }
        }
    }
}
