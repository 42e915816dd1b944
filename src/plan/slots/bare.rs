//! The words of a watermark or a lettering without quotes: "加水印 小林家", "add a watermark © Kestrel bottom left".

use crate::plan::clause::{Class, class};
use crate::plan::lexicon::Verb;
use crate::plan::normal::Normal;
use crate::plan::token::{Kind, Token, tokenize};

/// Chinese words that such a text follows, after a space.
const HEADS_ZH: &[&str] = &["水印", "写上", "加字", "加文字", "配字"];
/// What is said of a watermark that is there already.
const REMOVES_ZH: &[&str] = &["去", "删", "消", "抹", "擦", "除", "不要"];
/// English ends of what stands before such a text.
const HEADS_EN: &[&str] = &["watermark", "watermark it with", "watermark this with", "watermark with"];
/// Words that a text follows whatever stands before them.
const SAYS_EN: &[&str] = &[
    "write",
    "saying",
    "that says",
    "which says",
    "reading",
    "that reads",
    "with the text",
    "with the words",
    "add the text",
    "add the words",
    "put the text",
    "put the words",
    "with the title",
    "titled",
    "headline",
    "captioned",
];
const ADDS_EN: &[&str] = &["add", "put", "stamp", "place", "insert", "apply", "tile", "overlay", "give", "watermark"];
/// Words that open what is said of the place: the text ends before them.
const OPENERS: &[&str] = &[
    "across",
    "along",
    "centered",
    "centred",
    "underneath",
    "below",
    "above",
    "under",
    "into",
    "in",
    "at",
    "on",
    "to",
    "over",
    "with",
    "放",
    "放在",
    "放到",
    "在",
    "置于",
];
/// Longest text that is taken, in characters.
const LONGEST: usize = 60;

pub fn matches(text: &Normal, at: usize, offer: &mut dyn FnMut(usize, Kind)) {
    let Some(first) = text.at(at).filter(|c| c.is_alphanumeric() || *c == '©') else { return };
    if first != '©' && (at == 0 || text.chars[at - 1] != ' ') {
        return;
    }
    let begin = (at.saturating_sub(LONGEST)..at).rev().find(|&i| ends(text.chars[i])).map_or(at.saturating_sub(LONGEST), |i| i + 1);
    let head = text.slice(begin, at);
    let named = || crate::text::is_han(first) || text.original(at, at + 1).starts_with(char::is_uppercase);
    if first != '©' && !(announces(head.trim()) && named()) {
        return;
    }
    let limit = text.len().min(at + LONGEST);
    let from = at + usize::from(first == '©');
    let stop = (from..limit).find(|&i| ends(text.chars[i])).unwrap_or(limit);
    let rest = Normal::new(&text.original(from, stop.max(from)));
    // "tile © Ana all over as a watermark" says more than the text; and no text may announce another one.
    let said = rest.slice(0, rest.len());
    if rest.len() != stop - from || said.contains("watermark") || HEADS_ZH.iter().any(|h| said.contains(h)) {
        return;
    }
    let tokens = tokenize(&rest);
    let mut end = from + text_length(&rest, &tokens);
    while end > from && text.chars[end - 1] == ' ' {
        end -= 1;
    }
    // Words that all mean something are no text: "水印 右下角", "watermark, please".
    if tokens.iter().any(|t| t.kind == Kind::Unknown && from + t.start < end) {
        offer(end, Kind::Quoted(text.original(at, end)));
    }
}

/// Whether a text follows these words.
fn announces(head: &str) -> bool {
    if HEADS_ZH.iter().any(|h| head.ends_with(h)) {
        return !REMOVES_ZH.iter().any(|w| head.contains(w));
    }
    let words_end = |h: &str| head.ends_with(h) && !head[..head.len() - h.len()].ends_with(|c: char| c.is_ascii_alphanumeric());
    if SAYS_EN.iter().any(|h| words_end(h)) {
        return true;
    }
    // "watermark the whole picture with DRAFT"
    if head.ends_with(" with") && head.split(' ').any(|word| word == "watermark") {
        return true;
    }
    HEADS_EN.iter().any(|h| head.ends_with(h)) && head.split(' ').any(|word| ADDS_EN.contains(&word))
}

/// How many characters the text takes: up to the place, the opacity and the like that end it.
fn text_length(rest: &Normal, tokens: &[Token]) -> usize {
    let places = |t: &Token| {
        let said = matches!(class(&t.kind), Some(Class::Place | Class::Percent | Class::Opacity | Class::Tile | Class::Colour));
        said || t.kind == Kind::Verb(Verb::Put)
    };
    let opens = |t: &Token| places(t) || rest.slice(t.start, t.end).split(' ').next().is_some_and(|w| OPENERS.contains(&w));
    let placing = (1..tokens.len()).find(|&i| {
        let after = &tokens[i..];
        opens(&after[0]) && after.iter().any(places) && after.iter().all(|t| t.kind != Kind::Unknown)
    });
    placing.map_or(rest.len(), |i| tokens[i].start)
}

fn ends(c: char) -> bool {
    matches!(c, ',' | '。' | ';' | '!' | '?' | '\n' | '"' | '“' | '「' | '《' | ':' | '@' | '©')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<String> {
        let tokens = tokenize(&Normal::new(text));
        tokens.into_iter().filter_map(|t| if let Kind::Quoted(q) = t.kind { Some(q) } else { None }).collect()
    }

    #[test]
    fn a_watermark_needs_no_quotes() {
        for (text, wanted) in [
            ("加水印 小林家", "小林家"),
            ("左下角加水印 小林家", "小林家"),
            ("平铺水印 仅供办理入职使用", "仅供办理入职使用"),
            ("加水印 小林家 右下角 透明度30%", "小林家"),
            ("加水印 小林家，然后导出", "小林家"),
            ("右下角写上 新品上市", "新品上市"),
            ("加水印 Kestrel Studio", "Kestrel Studio"),
            ("add a watermark © Kestrel bottom left", "© Kestrel"),
            ("add a watermark Kestrel Studio in the bottom right corner", "Kestrel Studio"),
        ] {
            assert_eq!(said(text), [wanted], "{text}");
        }
    }

    #[test]
    fn signs_and_heads_in_great_number_are_read_at_once() {
        said(&"© ".repeat(2000));
        said(&"加水印 甲".repeat(800));
    }

    #[test]
    fn what_says_where_or_how_is_no_text() {
        for text in [
            "加水印 右下角",
            "水印 平铺",
            "加水印 透明度30%",
            "去掉水印 谢谢",
            "tile © Ana Lopes all over it as a watermark",
            "add a watermark bottom right",
            "add a watermark at 30% opacity",
        ] {
            assert!(said(text).is_empty(), "{text}: {:?}", said(text));
        }
    }
}
