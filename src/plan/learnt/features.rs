//! What of a text is learnt from.

/// The hashes of the features of a normalised text, each once: words, pairs and triples of neighbours, four-letter pieces of longer words. A number counts as a
/// number, a text in quotes as a text.
pub fn features(text: &str) -> Vec<u32> {
    let words = pieces(text);
    let mut out = Vec::new();
    for (i, word) in words.iter().enumerate() {
        let mut hash = feed(START, word);
        out.push(hash);
        for next in words[i + 1..].iter().take(2) {
            hash = feed(feed(hash, " "), next);
            out.push(hash);
        }
        if word.len() >= 4 && word.is_ascii() {
            let before = feed(START, "#");
            let byte = |at: usize| match at.checked_sub(1) {
                None => b'<',
                Some(at) => word.as_bytes().get(at).copied().unwrap_or(b'>'),
            };
            out.extend((0..word.len() - 1).map(|at| (at..at + 4).fold(before, |h, i| step(h, byte(i)))));
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// More characters than this are no wish of one sentence.
const LONGEST: usize = 600;

/// Words of letters, single Han characters, `0` for a number, `q` for a text in quotes.
fn pieces(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().take(LONGEST).collect();
    let mut out: Vec<String> = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        let c = chars[i];
        if let Some(end) = quote_end(&chars, i) {
            out.push("q".into());
            i = end + 1;
        } else if c.is_alphabetic() && !crate::text::is_han(c) {
            let end = run(&chars, i, |c| c.is_alphabetic() && !crate::text::is_han(c));
            out.push(chars[i..end].iter().collect());
            i = end;
        } else if c.is_numeric() {
            i = run(&chars, i, |c| c.is_numeric() || matches!(c, '.' | ',' | ':'));
            out.push("0".into());
        } else {
            if crate::text::is_han(c) {
                out.push(c.into());
            }
            i += 1;
        }
    }
    out
}

fn run(chars: &[char], from: usize, holds: impl Fn(char) -> bool) -> usize {
    (from..chars.len()).find(|i| !holds(chars[*i])).unwrap_or(chars.len())
}

/// Where the text in quotes that begins here ends.
fn quote_end(chars: &[char], from: usize) -> Option<usize> {
    const PAIRS: &[(char, char)] = &[('"', '"'), ('“', '”'), ('「', '」'), ('『', '』'), ('《', '》'), ('\'', '\''), ('‘', '’')];
    let close = PAIRS.iter().find(|(open, _)| *open == chars[from])?.1;
    // An apostrophe opens nothing.
    if chars[from] == '\'' && from > 0 && chars[from - 1].is_alphanumeric() {
        return None;
    }
    let until = chars.len().min(from + 60);
    (from + 2..until).find(|i| chars[*i] == close && (close != '\'' || !chars.get(i + 1).is_some_and(|c| c.is_alphanumeric())))
}

/// FNV-1a, 32 bits.
const START: u32 = 0x811c_9dc5;

fn step(hash: u32, byte: u8) -> u32 {
    (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
}

fn feed(hash: u32, text: &str) -> u32 {
    text.bytes().fold(hash, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_texts_in_quotes_are_learnt_as_such() {
        assert_eq!(pieces("加上“新品”, 宽800 px, don't"), ["加", "上", "q", "宽", "0", "px", "don", "t"]);
        assert_eq!(features("resize to 800"), features("resize to 12.5"));
        assert_ne!(features("resize to 800"), features("800 to resize"));
    }

    #[test]
    fn a_long_text_costs_no_more_than_a_sentence() {
        assert!(features(&"a b ".repeat(5000)).len() < 2000);
        assert!(features("").is_empty());
    }
}
