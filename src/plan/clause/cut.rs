//! Where one wish ends and the next begins.

use super::settle::{settle_drawing, settle_negation};
use super::*;

/// Cuts tokens into clauses at connectors, negations and second verbs.
pub fn split(tokens: &[Token]) -> Vec<Clause> {
    let tokens = &numbered(tokens);
    let mut out: Vec<Clause> = Vec::new();
    let mut now = Clause::default();
    let close = |now: &mut Clause, out: &mut Vec<Clause>, weak: bool| {
        if now.tokens.is_empty() {
            // Of connectors in a row (", then") the strong one counts.
            now.weak &= weak;
        } else {
            out.push(std::mem::take(now));
            now.weak = weak;
        }
    };
    for (i, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Link(Link::But) if excepts(&now, &tokens[i + 1..]) => {
                now.tokens.push(Token { kind: Kind::Set(Set::Except), ..token.clone() })
            }
            Kind::Link(Link::Weak | Link::Comma) if joins_pictures(&now, &tokens[i + 1..]) => {
                now.tokens.push(Token { kind: Kind::Filler, ..token.clone() })
            }
            // "顶部再加一行字", "猫也删了": only an adverb between what it is about and the verb.
            Kind::Link(Link::Strong) if token.end - token.start == 1 && only_a_topic(&now, &tokens[i + 1..]) => {
                now.tokens.push(Token { kind: Kind::Filler, ..token.clone() })
            }
            // "should say “Open” instead of “Closed”"
            Kind::Link(Link::Why)
                if tokens.get(i + 1).is_some_and(|t| matches!(t.kind, Kind::Quoted(_)))
                    && now.tokens.iter().any(|t| matches!(t.kind, Kind::Quoted(_))) =>
            {
                now.tokens.push(Token { kind: Kind::Filler, ..token.clone() })
            }
            Kind::Link(Link::Why) => {
                close(&mut now, &mut out, true);
                now.reason = true;
            }
            Kind::Link(link) => {
                let goes_on = now.goes_on && now.tokens.is_empty();
                close(&mut now, &mut out, matches!(link, Link::Weak | Link::Comma));
                now.goes_on = goes_on || matches!(link, Link::Weak | Link::Strong | Link::But);
            }
            // "should read “Thursday”, not “Friday”"
            Kind::Not
                if tokens.get(i + 1).is_some_and(|t| matches!(t.kind, Kind::Quoted(_)))
                    && now.tokens.iter().any(|t| matches!(t.kind, Kind::Quoted(_))) =>
            {
                now.tokens.push(Token { kind: Kind::Filler, ..token.clone() })
            }
            Kind::Not | Kind::Leave => {
                let measured =
                    [Class::Size, Class::Dim, Class::Aspect, Class::Format, Class::Bytes, Class::Percent, Class::Times, Class::Degrees];
                if now.has_heavy_verb() || measured.iter().any(|c| now.any(*c)) {
                    close(&mut now, &mut out, true);
                }
                now.tokens.push(token.clone());
            }
            Kind::Verb(verb) => {
                if let Some(cut) = cut_before(&now, verb) {
                    let rest = now.tokens.split_off(cut);
                    close(&mut now, &mut out, true);
                    now.tokens = rest;
                }
                now.tokens.push(token.clone());
            }
            _ => now.tokens.push(token.clone()),
        }
    }
    close(&mut now, &mut out, true);
    out.iter_mut().for_each(settle_negation);
    out.iter_mut().for_each(settle_drawing);
    out.iter_mut().for_each(settle);
    let mut out = with_predicates(out);
    out.retain(Clause::means_something);
    out
}

/// "…, the dog and the writing should be gone": nouns before an "and" and the verb after the last of them are one wish.
fn with_predicates(clauses: Vec<Clause>) -> Vec<Clause> {
    let mut out: Vec<Clause> = Vec::new();
    for clause in clauses {
        let noun = |t: &Token| matches!(t.kind, Kind::Thing(thing, _) if !matches!(thing, Thing::It | Thing::Picture));
        let verb = clause.tokens.iter().position(|t| matches!(t.kind, Kind::Verb(v) if v != Verb::Make));
        let last_noun = clause.tokens.iter().rposition(noun);
        let predicate = matches!((verb, last_noun), (Some(v), Some(n)) if v > n && clause.tokens[v].kind == Kind::Verb(Verb::Remove));
        let only_nouns = |c: &Clause| {
            c.weak
                && c.verbs().next().is_none()
                && c.tokens.iter().any(noun)
                && c.tokens.iter().all(|t| noun(t) || weight(&t.kind) == 0 && t.kind != Kind::Unknown)
        };
        let subjects = out.len() > 1 && out.last().is_some_and(only_nouns);
        if predicate && clause.goes_on && !clause.negated && subjects {
            let end = clause.range().0;
            if let Some(last) = out.last_mut() {
                last.tokens.push(Token { start: end, end, kind: Kind::Link(Link::Weak), guessed: false });
                last.tokens.extend(clause.tokens);
            }
        } else {
            out.push(clause);
        }
    }
    out
}

/// "1. …, 2. …" and "first …" part wishes.
fn numbered(tokens: &[Token]) -> Vec<Token> {
    let mut out = tokens.to_vec();
    let mut marks = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        let next = tokens.get(i + 1).map(|t| &t.kind);
        let opens = i == 0 || matches!(tokens[i - 1].kind, Kind::Link(_) | Kind::Punct);
        match token.kind {
            Kind::Number(Number { value, unit: Unit::None })
                if value == (marks.len() + 1) as f64
                    && matches!(next, Some(Kind::Verb(_) | Kind::Link(_) | Kind::Punct | Kind::Flag(Flag::Auto) | Kind::Spin(_))) =>
            {
                marks.push(i);
            }
            // "read the text first, then …"
            Kind::Ordinal(1)
                if !opens
                    && matches!(next, None | Some(Kind::Link(_)))
                    && tokens[..i]
                        .iter()
                        .rev()
                        .take_while(|t| !matches!(t.kind, Kind::Link(_)))
                        .any(|t| matches!(t.kind, Kind::Verb(_)))
                    && !matches!(tokens[i - 1].kind, Kind::Filler | Kind::Place(_) | Kind::Ref(_)) =>
            {
                out[i].kind = Kind::Filler
            }
            Kind::Ordinal(_) if opens && matches!(next, Some(Kind::Verb(_) | Kind::Ba)) => out[i].kind = Kind::Link(Link::Strong),
            _ => {}
        }
    }
    // "red bus -> blue bus": one arrow between things is a change, arrows between wishes part them.
    let arrows: Vec<usize> = (0..tokens.len()).filter(|&i| tokens[i].kind == Kind::Link(Link::Arrow)).collect();
    let verbs = tokens.iter().any(|t| matches!(t.kind, Kind::Verb(v) if v != Verb::Make));
    for &i in &arrows {
        out[i].kind = if arrows.len() == 1 && !verbs { Kind::Verb(Verb::Change) } else { Kind::Link(Link::Strong) };
    }
    if marks.len() >= 2 {
        for i in marks {
            out[i].kind = Kind::Link(Link::Strong);
        }
    }
    out
}

fn only_a_topic(now: &Clause, after: &[Token]) -> bool {
    let place = |t: &Token| matches!(t.kind, Kind::Place(_) | Kind::Sides(_) | Kind::Filler | Kind::Ba);
    let topic = |t: &Token| place(t) || matches!(t.kind, Kind::Thing(..) | Kind::Ordinal(_) | Kind::Set(_));
    let verb = after.first().is_some_and(|t| matches!(t.kind, Kind::Verb(v) if v != Verb::Make));
    let placed = now.tokens.iter().any(|t| matches!(t.kind, Kind::Place(_))) && now.tokens.iter().all(place);
    let named = now.tokens.iter().any(|t| matches!(t.kind, Kind::Thing(thing, _) if thing != Thing::It)) && now.tokens.iter().all(topic);
    placed || (named && verb)
}

/// "图1和图2拼起来", "色调跟图2一致": the pictures belong to one wish.
fn joins_pictures(now: &Clause, after: &[Token]) -> bool {
    let after_is_picture = after.first().is_some_and(|t| matches!(t.kind, Kind::Ref(_)));
    let before_is_picture = now.tokens.last().is_some_and(|t| matches!(t.kind, Kind::Ref(_)));
    let until = after.iter().take_while(|t| !matches!(t.kind, Kind::Link(_)));
    let two = until.clone().any(|t| matches!(t.kind, Kind::Verb(Verb::Match | Verb::Compare)));
    after_is_picture && (before_is_picture || two)
}

/// "everyone but the one on the left": a noun before it, and no other wish after it.
fn excepts(now: &Clause, after: &[Token]) -> bool {
    let last = now.tokens.iter().rev().find(|t| t.kind != Kind::Filler);
    let noun = last.is_some_and(|t| matches!(t.kind, Kind::Thing(Thing::People | Thing::Face | Thing::Object, _)));
    let mut rest = after.iter().take_while(|t| !matches!(t.kind, Kind::Link(_))).peekable();
    noun && rest.peek().is_some()
        && !rest.any(|t| {
            t.kind != Kind::Verb(Verb::Remove)
                && matches!(t.kind, Kind::Verb(_) | Kind::ToneWord(..) | Kind::Tone(_) | Kind::Not | Kind::Leave)
        })
}

/// Where the clause must be cut because this verb begins another: the index of the first token of the new one.
fn cut_before(now: &Clause, verb: Verb) -> Option<usize> {
    if verb == Verb::Make {
        return None;
    }
    let last = now.tokens.iter().rposition(|t| matches!(t.kind, Kind::Verb(v) if v != Verb::Make))?;
    let Kind::Verb(before) = now.tokens[last].kind else { return None };
    // What follows "draw" and "in the style of" is a description.
    if matches!(before, Verb::Draw | Verb::Restyle) && !matches!(verb, Verb::Export | Verb::Crop | Verb::Resize | Verb::Upscale) {
        return None;
    }
    let between = &now.tokens[last + 1..];
    let bare = between.iter().all(|t| weight(&t.kind) <= 1 && t.kind != Kind::Unknown);
    if carries(before) && (bare || noun_like(verb)) {
        return None;
    }
    if before == verb && bare {
        return None;
    }
    let things = between.iter().any(|t| matches!(t.kind, Kind::Thing(thing, _) if !matches!(thing, Thing::It | Thing::Picture)));
    if before == verb && !things && !between.iter().any(|t| t.kind == Kind::Ba) {
        return None;
    }
    // "把这个抖动模糊去掉": what is removed is the blur.
    if matches!((before, verb), (Verb::Deblur | Verb::Denoise, Verb::Remove) | (Verb::Remove, Verb::Deblur | Verb::Denoise)) && bare {
        return None;
    }
    // "白平衡校准一下"
    if matches!((before, verb), (Verb::Enhance, Verb::Straighten)) && bare {
        return None;
    }
    // "take the background off"
    if matches!((before, verb), (Verb::Remove, Verb::CutOut)) && bare {
        return None;
    }
    // "hide the car with a mosaic"
    if matches!((before, verb), (Verb::Censor, Verb::Pixelate | Verb::Blur)) {
        return None;
    }
    // "拼成一张长图"
    if matches!((before, verb), (Verb::Arrange, Verb::Stitch) | (Verb::Stitch, Verb::Arrange)) {
        return None;
    }
    // "Resize to 800x600, stretched", "缩放到800x600，拉伸": how it is resized.
    if matches!(before, Verb::Resize | Verb::Change) && verb == Verb::Stretch {
        return None;
    }
    let mut cut = now.tokens.len();
    if let Some(ba) = between.iter().rposition(|t| t.kind == Kind::Ba) {
        cut = last + 1 + ba;
    } else {
        while cut > last + 1
            && matches!(
                now.tokens[cut - 1].kind,
                Kind::Filler | Kind::Sides(_) | Kind::Spin(_) | Kind::Flag(Flag::Auto) | Kind::Verb(Verb::Make)
            )
        {
            cut -= 1;
        }
    }
    Some(cut)
}

/// Verbs that may carry another verb or a noun made of one: "apply blur", "做抠图", "turn … into a poster".
fn carries(verb: Verb) -> bool {
    matches!(
        verb,
        Verb::Make
            | Verb::Put
            | Verb::Add
            | Verb::Change
            | Verb::Raise
            | Verb::Lower
            | Verb::Keep
            | Verb::Fit
            | Verb::Describe
            | Verb::Restore
    )
}

/// Verbs that serve as nouns or participles after a verb that carries.
fn noun_like(verb: Verb) -> bool {
    matches!(
        verb,
        Verb::Mockup
            | Verb::Stickers
            | Verb::Cover
            | Verb::Poster
            | Verb::Blur
            | Verb::Restyle
            | Verb::Pixelate
            | Verb::Pad
            | Verb::Rotate
            | Verb::Upscale
            | Verb::Deblur
            | Verb::Denoise
            | Verb::Extend
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::normal::Normal;
    use crate::plan::token::tokenize;

    fn pieces(text: &str) -> Vec<String> {
        let n = Normal::new(text);
        split(&tokenize(&n)).iter().map(|c| n.slice(c.range().0, c.range().1)).collect()
    }

    #[test]
    fn wishes_are_parted_at_connectors_and_at_second_verbs() {
        assert_eq!(pieces("先去掉背景，再裁成1:1，最后导出PNG"), ["去掉背景", "裁成1:1", "导出png"]);
        assert_eq!(pieces("去底裁成1:1导出png"), ["去底", "裁成1:1", "导出png"]);
        assert_eq!(pieces("crop to 1:1 and then save as png"), ["crop to 1:1", "save as png"]);
        assert_eq!(pieces("去掉背景四周加50像素白边"), ["去掉背景", "四周加50像素白边"]);
    }

    #[test]
    fn a_verb_that_carries_another_stays_with_it() {
        assert_eq!(pieces("put this screenshot into a laptop mockup"), ["put this screenshot into a laptop mockup"]);
        assert_eq!(pieces("做一下抠图"), ["做一下抠图"]);
        assert_eq!(pieces("resize to 800x600 stretch"), ["resize to 800x600 stretch"]);
    }

    #[test]
    fn negations_forbid_verbs_and_remove_nouns() {
        let n = Normal::new("不要裁剪，不要背景");
        let clauses = split(&tokenize(&n));
        assert!(clauses[0].negated && !clauses[1].negated);
        assert!(clauses[1].has(Verb::Remove));
    }
}
