//! The answer to "what should it say?": a text, or a sentence around it.

use super::token::{Kind, Token};
use super::types::{Answer, Context, Step};

/// The answer to "what should it say?" in its own words, with or without quotes: the option's plan with that text, and with the place that is
/// said beside it. Only for words that are no edit of their own.
pub fn wording(said: &str, tokens: &[Token], ctx: &Context) -> Option<Answer> {
    let question = ctx.question.as_ref()?;
    let [first, second, ..] = &question.options[..] else { return None };
    let differs = |(a, b): &(&Step, &Step)| a.params.get("text") != b.params.get("text");
    let at = first.plan.steps.iter().zip(&second.plan.steps).position(|pair| differs(&pair))?;
    let head = match first.plan.steps[at].op.as_str() {
        "watermark" => "加水印 ",
        "text.add" => "写上 ",
        _ => return None,
    };
    let said = bare_wording(said.trim());
    let mut plan = first.plan.clone();
    let step = &mut plan.steps[at];
    let open = Context { question: None, ..ctx.clone() };
    match super::read(&format!("{head}{said}"), &open).answer {
        Answer::Plan(read) if read.steps.len() == 1 && read.steps[0].op == step.op => step.params.extend(read.steps[0].params.clone()),
        _ => {
            let quoted = tokens.iter().find_map(|t| if let Kind::Quoted(q) = &t.kind { Some(q.as_str()) } else { None });
            step.params.insert("text".into(), quoted.unwrap_or(said).into());
        }
    }
    Some(Answer::Plan(plan))
}

/// Words around the text that is to be written: "put my name Anna in the corner" is answered with a name, not with a sentence.
const LEADS: &[&str] = &[
    "please",
    "just",
    "it should say",
    "let it say",
    "make it say",
    "it says",
    "put",
    "write",
    "use",
    "say",
    "add",
    "my name is",
    "my name",
    "our name",
    "the name",
    "the text",
    "the words",
    "写上",
    "写成",
    "写",
    "就用",
    "用",
    "加上",
    "名字是",
    "我的名字",
    "文字是",
    "内容是",
];
const TAILS: &[&str] = &["please", "in the corner", "in a corner", "on it", "as the watermark", "吧", "就行", "就好", "即可"];

/// The text without such words; the whole where nothing is left.
fn bare_wording(said: &str) -> &str {
    let mut rest = said;
    let lead = |rest: &str, lead: &str| {
        let head = rest.get(..lead.len())?;
        let after = &rest[lead.len()..];
        let ends = !lead.is_ascii() || after.starts_with([' ', ':']);
        (head.eq_ignore_ascii_case(lead) && ends).then_some(lead.len())
    };
    while let Some(length) = LEADS.iter().find_map(|word| lead(rest, word)) {
        rest = rest[length..].trim_start_matches([' ', ':', '：']);
    }
    // What follows no such word is the text itself: "Anna in the corner" may be a title.
    if rest.len() == said.len() {
        return said;
    }
    let tail = |rest: &str, tail: &str| {
        let at = rest.len().checked_sub(tail.len())?;
        let ends = !tail.is_ascii() || rest.get(..at)?.ends_with([' ', ',']);
        (rest.get(at..)?.eq_ignore_ascii_case(tail) && ends).then_some(at)
    };
    while let Some(at) = TAILS.iter().find_map(|word| tail(rest, word)) {
        rest = rest[..at].trim_end_matches([' ', ',', '，', '。', '.']);
    }
    if rest.is_empty() { said } else { rest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_found_in_a_sentence_around_it_and_is_left_alone_where_there_is_none() {
        for (said, text) in [
            ("put my name Anna Kestrel in the corner", "Anna Kestrel"),
            ("Please write: Kestrel & Sons, please", "Kestrel & Sons"),
            ("it should say SAMPLE", "SAMPLE"),
            ("写上小林家吧", "小林家"),
            ("用 内部资料 就行", "内部资料"),
            ("Anna in the corner", "Anna in the corner"),
            ("Useful things", "Useful things"),
            ("小林家", "小林家"),
            ("put", "put"),
        ] {
            assert_eq!(bare_wording(said), text, "{said}");
        }
    }
}
