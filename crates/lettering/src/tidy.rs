//! Text as it may be laid out.

/// Without control characters; tabs are spaces, every kind of line end is `\n`, blank lines at both ends and spaces at the ends of lines go.
pub fn tidy(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace(['\r', '\u{85}', '\u{2028}', '\u{2029}', '\u{b}', '\u{c}'], "\n").replace('\t', " ");
    let kept: String = text.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
    let lines: Vec<&str> = kept.split('\n').map(str::trim_end).collect();
    let first = lines.iter().position(|l| !l.trim().is_empty());
    let last = lines.iter().rposition(|l| !l.trim().is_empty());
    match (first, last) {
        (Some(first), Some(last)) => lines[first..=last].join("\n"),
        _ => String::new(),
    }
}

/// Whether a character shows nothing of its own: spaces, joiners, direction marks, variation selectors.
pub(crate) fn is_invisible(c: char) -> bool {
    let code = u32::from(c);
    c.is_whitespace()
        || c.is_control()
        || matches!(code, 0xad | 0x34f | 0x61c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x3164 | 0xfeff | 0xffa0)
        || (0x180b..=0x180f).contains(&code)
        || (0x200b..=0x200f).contains(&code)
        || (0x202a..=0x202e).contains(&code)
        || (0x2060..=0x206f).contains(&code)
        || (0xfe00..=0xfe0f).contains(&code)
        || (0xe0000..=0xe0fff).contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_one_kind_and_control_characters_go() {
        assert_eq!(tidy("\n \r\n a\tb \r\nc\u{7}d\u{2028}\n\n"), " a b\ncd");
        assert_eq!(tidy(" \n\t\n"), "");
    }

    #[test]
    fn joiners_and_selectors_show_nothing_and_letters_do() {
        assert!(['\u{200d}', '\u{fe0f}', ' ', '\u{202e}'].into_iter().all(is_invisible));
        assert!(!['a', '水', '😀', '’'].into_iter().any(is_invisible));
    }
}
