//! The instruction in one shape for reading: NFKC, lower case, simplified characters, single spaces, each character
//! with the UTF-16 range of the original that it came from.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// Traditional characters, each followed by its simplified form.
const SIMPLER: &str = include_str!("data/simpler.txt");

fn pairs() -> impl Iterator<Item = (char, char)> {
    let words = SIMPLER.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
    words.filter_map(|pair| {
        let mut chars = pair.chars();
        chars.next().zip(chars.next())
    })
}

/// A text made uniform.
#[derive(Clone, Debug, Default)]
pub struct Normal {
    /// The characters to read.
    pub chars: Vec<char>,
    /// For each of them the UTF-16 range in the original.
    ranges: Vec<(usize, usize)>,
    /// The original in UTF-16 code units.
    original: Vec<u16>,
}

impl Normal {
    pub fn new(text: &str) -> Self {
        let mut out = Normal { original: text.encode_utf16().collect(), ..Normal::default() };
        let mut at = 0;
        let mut chars = text.chars().peekable();
        while let Some(first) = chars.next() {
            let mut group = String::from(first);
            let mut len = first.len_utf16();
            // Marks belong to the letter before them; composed together they give one character.
            while let Some(mark) = chars.next_if(|c| canonical_combining_class(*c) != 0) {
                group.push(mark);
                len += mark.len_utf16();
            }
            for c in group.nfkc() {
                out.push(c, (at, at + len));
            }
            at += len;
        }
        out
    }

    fn push(&mut self, c: char, range: (usize, usize)) {
        if matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}') {
            return;
        }
        if c != '\n' && c.is_whitespace() {
            if self.chars.last() == Some(&' ') {
                return;
            }
            return self.put(' ', range);
        }
        let c = match c {
            '\u{2019}' | '\u{2018}' | '`' | '´' if self.chars.last().is_some_and(|l| l.is_ascii_alphabetic()) => '\'',
            '—' | '–' | '−' => '-',
            '⁄' => '/',
            '×' | '✕' | '✖' => 'x',
            '∶' => ':',
            c => c,
        };
        for lower in c.to_lowercase() {
            self.put(simplified(lower), range);
        }
    }

    fn put(&mut self, c: char, range: (usize, usize)) {
        self.chars.push(c);
        self.ranges.push(range);
    }

    pub fn len(&self) -> usize {
        self.chars.len()
    }

    pub fn at(&self, i: usize) -> Option<char> {
        self.chars.get(i).copied()
    }

    /// The normalised characters `start..end`.
    pub fn slice(&self, start: usize, end: usize) -> String {
        self.chars[start..end].iter().collect()
    }

    /// The UTF-16 range in the original of the characters `start..end` (not empty).
    pub fn range(&self, start: usize, end: usize) -> (usize, usize) {
        match (self.ranges.get(start), self.ranges.get(end.saturating_sub(1))) {
            (Some(a), Some(b)) => (a.0, b.1.max(a.0)),
            _ => (0, 0),
        }
    }

    /// The original words of the characters `start..end`.
    pub fn original(&self, start: usize, end: usize) -> String {
        let (a, b) = self.range(start, end);
        String::from_utf16_lossy(&self.original[a..b.min(self.original.len())])
    }
}

fn simplified(c: char) -> char {
    if (c as u32) < 0x4e00 {
        return c;
    }
    use std::collections::HashMap;
    use std::sync::LazyLock;
    static MAP: LazyLock<HashMap<char, char>> = LazyLock::new(|| pairs().collect());
    MAP.get(&c).copied().unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_width_and_traditional_characters_read_like_plain_ones() {
        let n = Normal::new("將背景換成白色，裁成３：４");
        assert_eq!(n.slice(0, n.len()), "将背景换成白色,裁成3:4");
    }

    #[test]
    fn offsets_point_into_the_original_in_utf16_units() {
        let n = Normal::new("😀  ＰＮＧ");
        assert_eq!(n.slice(0, n.len()), "😀 png");
        assert_eq!(n.range(2, 5), (4, 7));
        assert_eq!(n.original(2, 5), "ＰＮＧ");
    }

    #[test]
    fn the_list_of_simpler_characters_is_in_whole_pairs() {
        let words = || SIMPLER.lines().filter(|l| !l.starts_with('#')).flat_map(str::split_whitespace);
        assert!(words().all(|w| w.chars().count() == 2));
        assert!(words().count() > 2500);
        assert_eq!(simplified('換'), '换');
        assert_eq!(simplified('轉'), '转');
        assert_eq!(simplified('刪'), '删');
        for (a, b) in [('藍', '蓝'), ('邊', '边'), ('寶', '宝'), ('復', '复'), ('銷', '销'), ('縮', '缩'), ('橫', '横')] {
            assert_eq!(simplified(a), b, "{a}");
        }
    }
}
