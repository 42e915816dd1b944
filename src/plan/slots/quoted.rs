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
    if open == ':' {
        return after_colon(text, at, offer);
    }
    if open == '@' {
        return handle(text, at, offer);
    }
    let Some((_, close)) = PAIRS.iter().find(|(o, _)| *o == open) else { return };
    // The same sign opens and closes: after an odd number of them it closes; ” opens only where no “ does.
    let before = &text.chars[..at];
    let closing = match open {
        '"' | '`' => before.iter().filter(|c| **c == open).count() % 2 == 1,
        '”' => before.contains(&'“') || before.iter().filter(|c| **c == open).count() % 2 == 1,
        _ => false,
    };
    if closing {
        return;
    }
    // The sign within a word; among Chinese characters there is none.
    let letter = |c: char| c.is_alphanumeric() && !crate::text::is_han(c);
    let apostrophe = |i: usize| i > 0 && letter(text.chars[i - 1]) && text.at(i + 1).is_some_and(letter);
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

/// `@name`: a handle is text as it stands, the sign included.
fn handle(text: &Normal, at: usize, offer: &mut dyn FnMut(usize, Kind)) {
    let named = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let end = (at + 1..text.len().min(at + 40)).find(|&i| !named(text.chars[i])).unwrap_or(text.len().min(at + 40));
    if end > at + 1 && (at == 0 || !text.chars[at - 1].is_ascii_alphanumeric()) {
        offer(end, Kind::Quoted(text.original(at, end)));
    }
}

/// "标题：元宵灯会", "title: Spring": what follows a word for text is that text, up to the next comma.
fn after_colon(text: &Normal, at: usize, offer: &mut dyn FnMut(usize, Kind)) {
    const HEADS: &[&str] = &[
        "标题",
        "题目",
        "加字",
        "配字",
        "配文",
        "文字",
        "文案",
        "写",
        "写上",
        "水印",
        "一行字",
        "title",
        "headline",
        "text",
        "caption",
        "captions",
        "subtitle",
        "副标题",
        "watermark",
        "saying",
    ];
    let before = text.slice(at.saturating_sub(12), at);
    if !HEADS.iter().any(|head| before.trim_end().ends_with(head)) {
        return;
    }
    let limit = text.len().min(at + LONGEST);
    let end = (at + 1..limit).find(|&i| matches!(text.chars[i], ',' | '。' | ';' | '!' | '\n' | '"' | '“' | '「' | '《')).unwrap_or(limit);
    let said = text.original(at + 1, end);
    if end > at + 1 && !said.trim().is_empty() && !text.at(end).is_some_and(|c| "\"“「《".contains(c)) {
        offer(end, Kind::Quoted(said.trim().to_owned()));
    }
}
