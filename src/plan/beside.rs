//! What some words are beside their neighbours, settled before the text is cut into clauses: "nobody" is two words, the 去 of 换到左边去 is no
//! removal, a poster whose text is spoken of is a picture, and beside "image 1" "the second" is a picture too.

use super::lexicon::{NOBODY, Verb};
use super::normal::Normal;
use super::token::{Kind, Link, Ref, Thing, Token};
use super::types::{Context, ImageRef};

/// The tokens with such words settled.
pub fn settle(tokens: Vec<Token>, text: &Normal, ctx: &Context) -> Vec<Token> {
    let mut tokens = nobody(tokens);
    attached(&mut tokens, ctx);
    if ctx.attached >= 2 {
        ordinals(&mut tokens);
    }
    for i in 0..tokens.len() {
        tokens[i].kind = match tokens[i].kind {
            Kind::Verb(Verb::Remove) if directional(&tokens, i, text) => Kind::Filler,
            Kind::Verb(Verb::Poster | Verb::Cover) if has_words_on_it(&tokens, i) => Kind::Thing(Thing::Picture, ""),
            Kind::Verb(Verb::ReadText) if tokens[..i].iter().any(|t| t.kind == Kind::Verb(Verb::Translate)) => Kind::Thing(Thing::Text, ""),
            _ => continue,
        };
    }
    tokens
}

/// "nobody" says "no" and "people".
fn nobody(tokens: Vec<Token>) -> Vec<Token> {
    let mut out = Vec::with_capacity(tokens.len());
    for token in tokens {
        if token.kind == Kind::Thing(Thing::People, NOBODY) {
            out.push(Token { end: token.start, kind: Kind::Not, ..token });
            out.push(Token { kind: Kind::Thing(Thing::People, ""), ..token });
        } else {
            out.push(token);
        }
    }
    out
}

/// "The one I just sent" is the last of several pictures, the only one beside a version, or the picture itself.
fn attached(tokens: &mut [Token], ctx: &Context) {
    for token in tokens.iter_mut().filter(|t| t.kind == Kind::Ref(Ref::Attached)) {
        token.kind = match (ctx.attached, ctx.versions) {
            (n, _) if n >= 2 => Kind::Ref(Ref::Image(ImageRef::Image(n))),
            (1, versions) if versions > 0 => Kind::Ref(Ref::Image(ImageRef::Image(1))),
            _ => Kind::Thing(Thing::Picture, ""),
        };
    }
}

/// "give the first shot the colours of the second": an ordinal without a noun counts what the other reference counts.
fn ordinals(tokens: &mut [Token]) {
    let counts = |t: &Token| matches!(t.kind, Kind::Ref(Ref::Image(ImageRef::Image(_))) | Kind::Verb(Verb::Match | Verb::Swap | Verb::Stitch));
    if !tokens.iter().any(counts) {
        return;
    }
    for i in 0..tokens.len() {
        let noun = |t: &Token| matches!(t.kind, Kind::Thing(thing, _) if thing != Thing::It && thing != Thing::Colour);
        let after = tokens.get(i + 1).is_some_and(noun) || tokens.get(i + 1).is_some_and(|t| matches!(t.kind, Kind::Place(_) | Kind::Verb(_)));
        let before = i > 0 && (noun(&tokens[i - 1]) || matches!(tokens[i - 1].kind, Kind::Place(_)));
        if let (Kind::Ordinal(n), false, false) = (&tokens[i].kind, after, before) {
            tokens[i].kind = Kind::Ref(Ref::Image(ImageRef::Image(*n as usize)));
        }
    }
}

/// 换到左下角去, 发给他去: where something goes, not that it goes away.
fn directional(tokens: &[Token], at: usize, text: &Normal) -> bool {
    let token = &tokens[at];
    let alone = token.end - token.start == 1 && text.at(token.start) == Some('去');
    let ends = tokens.get(at + 1).is_none_or(|t| matches!(t.kind, Kind::Link(_) | Kind::Punct | Kind::Filler));
    alone && ends && at > 0 && matches!(tokens[at - 1].kind, Kind::Place(_)) && tokens[..at].iter().any(|t| matches!(t.kind, Kind::Verb(_)))
}

/// 海报文案, "the poster's text": a poster that is there already.
fn has_words_on_it(tokens: &[Token], at: usize) -> bool {
    let text = |t: &Token| matches!(t.kind, Kind::Thing(Thing::Text, _));
    let made = tokens[..at].iter().any(|t| matches!(t.kind, Kind::Verb(Verb::Make | Verb::Draw | Verb::Change)));
    let next = tokens.get(at + 1).is_some_and(text)
        || (tokens.get(at + 1).is_some_and(|t| t.kind == Kind::Filler) && tokens.get(at + 2).is_some_and(text));
    let works = tokens[at..].iter().take_while(|t| !matches!(t.kind, Kind::Link(Link::Stop | Link::Strong | Link::Comma)));
    let acts = |t: &Token| matches!(t.kind, Kind::Verb(Verb::Remove | Verb::Translate | Verb::ReadText | Verb::Change | Verb::Censor));
    !made && next && (works.clone().any(acts) || tokens[..at].iter().any(acts))
}
