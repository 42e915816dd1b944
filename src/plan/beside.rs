//! What some words are beside their neighbours, settled before the text is cut into clauses: "nobody" is two words, the 去 of 换到左边去 is no
//! removal, a poster whose text is spoken of is a picture, and beside "image 1" "the second" is a picture too.

use super::lexicon::{NOBODY, Verb};
use super::normal::Normal;
use super::token::{Flag, Kind, Link, Ref, Thing, Token};
use super::types::{Context, ImageRef};

/// The tokens with such words settled.
pub fn settle(tokens: Vec<Token>, text: &Normal, ctx: &Context) -> Vec<Token> {
    let mut tokens = everybody(nobody(tokens), text);
    attached(&mut tokens, ctx);
    if ctx.attached >= 2 {
        ordinals(&mut tokens);
    }
    for i in 0..tokens.len() {
        tokens[i].kind = match tokens[i].kind {
            Kind::Verb(Verb::Remove) if directional(&tokens, i, text) || goes_to(&tokens, i, text) => Kind::Filler,
            Kind::Thing(Thing::Noun, _) if reflects(&tokens, i, text) => Kind::Flag(Flag::Reflection),
            Kind::Unknown
                if text.slice(tokens[i].start, tokens[i].end) == "套"
                    && matches!(tokens.get(i + 1).map(|t| &t.kind), Some(Kind::Device(_))) =>
            {
                Kind::Verb(Verb::Mockup)
            }
            // "crop 16:9; no, 4:3"
            Kind::Not
                if i > 0
                    && matches!(tokens[i - 1].kind, Kind::Link(_))
                    && matches!(tokens.get(i + 1).map(|t| &t.kind), Some(Kind::Link(Link::Comma)))
                    && matches!(text.slice(tokens[i].start, tokens[i].end).as_str(), "no" | "不" | "不是") =>
            {
                Kind::TakesBack
            }
            Kind::Link(Link::Strong) if reported(&tokens, i, text) => Kind::Filler,
            Kind::Verb(Verb::Poster | Verb::Cover) if has_words_on_it(&tokens, i) => Kind::Thing(Thing::Picture, ""),
            Kind::Filler if sends_out(&tokens, i, text) => Kind::Verb(Verb::Remove),
            Kind::Verb(Verb::Poster | Verb::Cover) if named_before(&tokens, i, text) => Kind::Thing(Thing::Picture, ""),
            Kind::Verb(Verb::Again)
                if text.at(tokens[i].start) == Some('r') && clause(&tokens, i).any(|t| matches!(t.kind, Kind::Quoted(_))) =>
            {
                Kind::Flag(Flag::Tile)
            }
            Kind::Verb(Verb::Blur) if softens_skin(&tokens, i, text) => Kind::Verb(Verb::Retouch),
            Kind::Verb(Verb::Make) if creates(&tokens, i, text) => Kind::Verb(Verb::Draw),
            Kind::Verb(Verb::Rotate) if turns_into(&tokens, i, text) => Kind::Verb(Verb::Make),
            Kind::Verb(Verb::Compare) if is_contrast(&tokens, i, text) => Kind::Tone("contrast"),
            Kind::Chat(_) | Kind::Filler | Kind::Unknown if excuses(&tokens, i, text) => Kind::TakesBack,
            Kind::Link(Link::Strong) if i > 0 && limits(&tokens, i, text) => Kind::Filler,
            Kind::Device(device) if is_a_thing(&tokens, i) => match device {
                "laptop" => Kind::Thing(Thing::Object, "laptop"),
                "phone" => Kind::Thing(Thing::Object, "cell phone"),
                _ => continue,
            },
            Kind::Verb(Verb::Cover) if hides(&tokens, i) => Kind::Verb(Verb::Censor),
            Kind::Verb(Verb::Redo) if clause(&tokens, i).any(|t| matches!(t.kind, Kind::Style(_))) => Kind::Verb(Verb::Restyle),
            Kind::Verb(Verb::Deblur) if throws_out_of_focus(&tokens, i, text) => Kind::Verb(Verb::Blur),
            Kind::Unknown | Kind::Verb(Verb::Remove) if says_what_they_do(&tokens, i, text) => Kind::Filler,
            Kind::Unknown if lies_behind(&tokens, i, text) => Kind::Thing(Thing::Background, ""),
            Kind::Verb(Verb::ReadText) if tokens[..i].iter().any(|t| t.kind == Kind::Verb(Verb::Translate)) => Kind::Thing(Thing::Text, ""),
            _ => continue,
        };
    }
    super::light::settle(&mut tokens, text);
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

/// "everyone out" says "people" and "out".
fn everybody(tokens: Vec<Token>, text: &Normal) -> Vec<Token> {
    let mut out = Vec::with_capacity(tokens.len());
    for token in tokens {
        let word = text.slice(token.start, token.end);
        let who = word.find(' ').filter(|_| token.kind == Kind::Verb(Verb::Remove) && word.starts_with("every"));
        if let Some(space) = who {
            out.push(Token { end: token.start + space, kind: Kind::Thing(Thing::People, ""), ..token });
            out.push(Token { start: token.start + space + 1, ..token });
        } else {
            out.push(token);
        }
    }
    out
}

/// "pixelate the tv and the laptop": a device that stands in the picture.
fn is_a_thing(tokens: &[Token], at: usize) -> bool {
    let acts = |t: &Token| {
        matches!(
            t.kind,
            Kind::Verb(
                Verb::Remove | Verb::Pixelate | Verb::Censor | Verb::Blur | Verb::Recolor | Verb::Select | Verb::CutOut | Verb::Swap
            )
        )
    };
    let shows = |t: &Token| matches!(t.kind, Kind::Verb(Verb::Mockup | Verb::Put));
    let sentence = |t: &&Token| !matches!(t.kind, Kind::Link(Link::Stop | Link::Strong | Link::Comma));
    let before: Vec<&Token> = tokens[..at].iter().rev().take_while(sentence).collect();
    let mut all = before.iter().copied().chain(tokens[at..].iter().take_while(sentence));
    all.clone().any(acts) && !all.any(shows)
}

/// "turn it into a poster": it is made one.
fn turns_into(tokens: &[Token], at: usize, text: &Normal) -> bool {
    let made = |t: &Token| matches!(t.kind, Kind::Verb(Verb::Poster | Verb::Cover | Verb::Stickers | Verb::Mockup));
    let after = || clause(tokens, at).filter(|t| t.start > tokens[at].start);
    text.slice(tokens[at].start, tokens[at].end).starts_with("turn")
        && after().any(|t| text.slice(t.start, t.end) == "into")
        && after().any(made)
}

/// 对比加10: how much of it, no comparing.
fn is_contrast(tokens: &[Token], at: usize, text: &Normal) -> bool {
    let amount = |t: &Token| matches!(t.kind, Kind::Verb(Verb::Raise | Verb::Lower | Verb::Add) | Kind::Degree(_));
    text.slice(tokens[at].start, tokens[at].end) == "对比"
        && tokens.get(at + 1).is_some_and(amount)
        && tokens[at + 1..].iter().take(2).any(|t| matches!(t.kind, Kind::Number(_) | Kind::Degree(_)))
}

/// "1200 … sorry, 1600 wide": between two values of a kind it takes the first back.
fn excuses(tokens: &[Token], at: usize, text: &Normal) -> bool {
    let value = |t: &&Token| {
        matches!(t.kind, Kind::Number(_) | Kind::Aspect(_) | Kind::Size(..) | Kind::Colour(_) | Kind::Format(_) | Kind::Place(_))
    };
    let light = |t: &&Token| !matches!(t.kind, Kind::Link(_) | Kind::Punct | Kind::Filler | Kind::Space);
    matches!(text.slice(tokens[at].start, tokens[at].end).as_str(), "sorry" | "i mean" | "make that" | "rather")
        && tokens[..at].iter().rev().find(light).is_some_and(|t| value(&t))
        && tokens[at + 1..].iter().find(light).is_some_and(|t| value(&t))
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
    let tones = tokens.iter().any(|t| matches!(t.kind, Kind::Thing(Thing::Colour, _)));
    let counts = |t: &Token| {
        tones || matches!(t.kind, Kind::Ref(Ref::Image(ImageRef::Image(_))) | Kind::Verb(Verb::Match | Verb::Swap | Verb::Stitch))
    };
    if !tokens.iter().any(counts) {
        return;
    }
    for i in 0..tokens.len() {
        let noun = |t: &Token| matches!(t.kind, Kind::Thing(thing, _) if thing != Thing::It && thing != Thing::Colour);
        let after =
            tokens.get(i + 1).is_some_and(noun) || tokens.get(i + 1).is_some_and(|t| matches!(t.kind, Kind::Place(_) | Kind::Verb(_)));
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
    let moved =
        clause(tokens, at).any(|t| t.start < token.start && matches!(t.kind, Kind::Verb(_)) && text.slice(t.start, t.end).ends_with('到'));
    let placed = at > 0 && matches!(tokens[at - 1].kind, Kind::Place(_)) && tokens[..at].iter().any(|t| matches!(t.kind, Kind::Verb(_)));
    alone && ends && (placed || moved)
}

/// The tokens between the connectors around one.
fn clause(tokens: &[Token], at: usize) -> impl Iterator<Item = &Token> + Clone {
    let link = |t: &Token| matches!(t.kind, Kind::Link(_));
    let start = tokens[..at].iter().rposition(link).map_or(0, |i| i + 1);
    let end = tokens[at..].iter().position(link).map_or(tokens.len(), |i| at + i);
    tokens[start..end].iter()
}

/// "the man waving on the left", "the guy photobombing on the right": where they are tells them apart, what they do does not.
fn says_what_they_do(tokens: &[Token], at: usize, text: &Normal) -> bool {
    let word = text.slice(tokens[at].start, tokens[at].end);
    let beside = |kind: &&Token| kind.kind != Kind::Filler;
    let who = tokens[..at].iter().rev().find(beside).is_some_and(|t| matches!(t.kind, Kind::Thing(Thing::People | Thing::Object, _)));
    let where_ = tokens[at + 1..].iter().find(beside).is_some_and(|t| matches!(t.kind, Kind::Place(_)));
    word.len() > 4 && word.ends_with("ing") && who && where_
}

/// "everybody else out": who is to go, and "out" at the end.
fn sends_out(tokens: &[Token], at: usize, text: &Normal) -> bool {
    let word = text.slice(tokens[at].start, tokens[at].end);
    let ends =
        tokens[at + 1..].iter().take_while(|t| !matches!(t.kind, Kind::Link(_))).all(|t| matches!(t.kind, Kind::Filler | Kind::Punct));
    let who = |t: &Token| matches!(t.kind, Kind::Thing(Thing::People | Thing::Object, _) | Kind::Set(_));
    let acts = |t: &Token| matches!(t.kind, Kind::Verb(_) | Kind::Unknown);
    matches!(word.as_str(), "out" | "away" | "off") && ends && clause(tokens, at).any(who) && !clause(tokens, at).any(acts)
}

/// "cover everyone's face": it hides something, and is no cover of a magazine.
fn hides(tokens: &[Token], at: usize) -> bool {
    let first = at == 0 || tokens[..at].iter().rev().take_while(|t| !matches!(t.kind, Kind::Link(_))).all(|t| t.kind == Kind::Filler);
    let next = tokens[at + 1..].iter().find(|t| t.kind != Kind::Filler && !matches!(t.kind, Kind::Set(_)));
    first
        && next.is_some_and(|t| {
            matches!(t.kind, Kind::Thing(Thing::Face | Thing::People | Thing::Text | Thing::Noun | Thing::Object | Thing::Mask, _))
        })
}

/// "throw the background out of focus", not "the background is out of focus".
fn throws_out_of_focus(tokens: &[Token], at: usize, text: &Normal) -> bool {
    let word = text.slice(tokens[at].start, tokens[at].end);
    let state = ["out of focus", "out-of-focus", "blurry", "unfocused", "fuzzy"].contains(&word.as_str());
    let behind = clause(tokens, at).any(|t| matches!(t.kind, Kind::Thing(Thing::Background, _)));
    let told = clause(tokens, at).any(|t| matches!(text.slice(t.start, t.end).as_str(), "is" | "are" | "was" | "looks" | "it's"));
    let order = clause(tokens, at).find(|t| t.kind != Kind::Filler).is_some_and(|t| matches!(t.kind, Kind::Unknown | Kind::Verb(_)));
    state && behind && order && !told
}

/// "white behind her": what lies behind what is spoken of, where nobody there is to go.
fn lies_behind(tokens: &[Token], at: usize, text: &Normal) -> bool {
    let word = text.slice(tokens[at].start, tokens[at].end);
    let whom = tokens[at + 1..]
        .iter()
        .find(|t| t.kind != Kind::Filler)
        .is_some_and(|t| matches!(t.kind, Kind::Thing(Thing::It | Thing::People | Thing::Subject | Thing::Object | Thing::Noun, _)));
    let speaker = ["behind me", "behind us"].contains(&word.as_str());
    let goes = |t: &Token| {
        matches!(t.kind, Kind::Verb(Verb::Remove | Verb::Censor | Verb::Pixelate | Verb::Select | Verb::CutOut | Verb::Recolor))
    };
    let people = |t: &Token| t.start < tokens[at].start && matches!(t.kind, Kind::Thing(Thing::People | Thing::Object | Thing::Face, _));
    (speaker || (word == "behind" && whom)) && !clause(tokens, at).any(|t| goes(t) || people(t))
}

/// "the poster in Korean": it is there already.
fn named_before(tokens: &[Token], at: usize, text: &Normal) -> bool {
    let before = at.checked_sub(1).map(|i| text.slice(tokens[i].start, tokens[i].end)).unwrap_or_default();
    let translated = clause(tokens, at).any(|t| matches!(t.kind, Kind::Lang(_)));
    matches!(before.as_str(), "the" | "this" | "my" | "our" | "that" | "这张" | "这个" | "那张") && translated
}

/// "soften the wrinkles"
fn softens_skin(tokens: &[Token], at: usize, text: &Normal) -> bool {
    let word = text.slice(tokens[at].start, tokens[at].end);
    word.starts_with("soften") && clause(tokens, at).any(|t| matches!(t.kind, Kind::Thing(Thing::Skin | Thing::Blemish | Thing::Face, _)))
}

/// "create a 512x512 picture of a teapot"
fn creates(tokens: &[Token], at: usize, text: &Normal) -> bool {
    let word = text.slice(tokens[at].start, tokens[at].end);
    let of = |t: &Token| matches!(text.slice(t.start, t.end).as_str(), "picture of" | "image of" | "photo of");
    matches!(word.as_str(), "create" | "produce") && clause(tokens, at).any(of)
}

/// "undo only the part I brushed"
fn limits(tokens: &[Token], at: usize, text: &Normal) -> bool {
    let word = text.slice(tokens[at].start, tokens[at].end);
    matches!(word.as_str(), "only" | "just")
        && matches!(tokens[at - 1].kind, Kind::Verb(v) if v != Verb::Make)
        && tokens.get(at + 1).is_some_and(|t| !matches!(t.kind, Kind::Verb(_)))
}

/// 去西湖: somewhere to go.
fn goes_to(tokens: &[Token], at: usize, text: &Normal) -> bool {
    let token = &tokens[at];
    let alone = token.end - token.start == 1 && text.at(token.start) == Some('去');
    let where_to = tokens.get(at + 1).is_some_and(|t| t.kind == Kind::Unknown && t.end - t.start >= 2);
    alone
        && where_to
        && !clause(tokens, at).any(|t| matches!(t.kind, Kind::Thing(thing, _) if thing != Thing::It && thing != Thing::Picture))
}

/// "下面带点倒影": the mirror image of what stands there, where it is asked for.
fn reflects(tokens: &[Token], at: usize, text: &Normal) -> bool {
    let word = text.slice(tokens[at].start, tokens[at].end);
    let other = |t: &Token| {
        matches!(
            t.kind,
            Kind::Verb(
                Verb::Remove
                    | Verb::Blur
                    | Verb::Censor
                    | Verb::Select
                    | Verb::Recolor
                    | Verb::Swap
                    | Verb::Keep
                    | Verb::Match
                    | Verb::Draw
            ) | Kind::Tone(_)
                | Kind::ToneWord(..)
                | Kind::Not
                | Kind::Leave
        )
    };
    let asked = clause(tokens, at).any(|t| {
        matches!(t.kind, Kind::Verb(Verb::Add | Verb::Make | Verb::Put) | Kind::Colour(_) | Kind::Flag(Flag::Transparent))
            || ["带", "有", "with", "要"].iter().any(|w| text.slice(t.start, t.end).starts_with(w))
    });
    matches!(word.as_str(), "倒影" | "reflection") && asked && !clause(tokens, at).any(other)
}

/// 学校说只收白底的照片: what someone says is one statement.
fn reported(tokens: &[Token], at: usize, text: &Normal) -> bool {
    let word = text.slice(tokens[at].start, tokens[at].end);
    let start = tokens[..at].iter().rposition(|t| matches!(t.kind, Kind::Link(_))).map_or(0, |i| i + 1);
    if start == at {
        return false;
    }
    let before = text.slice(tokens[start].start, tokens[at].start);
    let says = ["说", "要求", "规定", "系统", "后台"].iter().any(|w| before.contains(w));
    let acts = tokens[start..at].iter().any(|t| matches!(t.kind, Kind::Verb(v) if v != Verb::Make) || t.kind == Kind::Ba);
    matches!(word.as_str(), "只" | "就" | "也" | "还" | "仅") && says && !acts
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
