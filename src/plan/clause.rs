//! The instruction cut into clauses, one wish each, and what a clause contains.

use super::lexicon::Verb;
use super::token::{Aspect, Degree, Dim, Flag, Kind, Link, Number, Ref, Set, Spin, Thing, Token, Unit};

/// One wish.
#[derive(Clone, Debug, Default)]
pub struct Clause {
    pub tokens: Vec<Token>,
    /// "don't …": what it asks for is not done.
    pub negated: bool,
    /// It followed a comma or an "and": it may be the rest of the clause before.
    pub weak: bool,
    /// It followed a word such as "and" or "then": it goes on asking.
    pub goes_on: bool,
    /// It gives a reason and asks for nothing: "because …".
    pub reason: bool,
}

/// Kinds of slots, as the resolution table names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Colour,
    Transparent,
    Gradient,
    Aspect,
    Size,
    Dim,
    Quality,
    Opacity,
    /// A number without a unit, or in pixels, pieces.
    Number,
    Percent,
    Degrees,
    Times,
    Bytes,
    Dpi,
    /// Metres and the like.
    Length,
    Quoted,
    Ref,
    Place,
    Ordinal,
    Set,
    Sides,
    Format,
    Layers,
    Metadata,
    Tone,
    ToneWord,
    Degree,
    Look,
    Style,
    Device,
    Platform,
    Lang,
    /// Clockwise, counter-clockwise, upside down.
    Turn,
    /// Horizontal, vertical.
    Mirror,
    Old,
    Layout,
    Tile,
    Exposure,
    ShadowKind,
    Title,
    Fit,
    Auto,
    Under,
    BlurFill,
    MirrorFill,
    Animated,
    Blank,
}

/// The class of a slot token; nothing for words that are not slots.
pub fn class(kind: &Kind) -> Option<Class> {
    Some(match kind {
        Kind::Colour(_) => Class::Colour,
        Kind::Aspect(_) => Class::Aspect,
        Kind::Size(..) => Class::Size,
        Kind::Number(n) => match n.unit {
            Unit::None | Unit::Pixels | Unit::Pieces => Class::Number,
            Unit::Percent => Class::Percent,
            Unit::Degrees => Class::Degrees,
            Unit::Times => Class::Times,
            Unit::Bytes => Class::Bytes,
            Unit::Dpi => Class::Dpi,
            Unit::Metres => Class::Length,
        },
        Kind::Quoted(_) => Class::Quoted,
        Kind::Ref(_) => Class::Ref,
        Kind::Place(_) => Class::Place,
        Kind::Ordinal(_) => Class::Ordinal,
        Kind::Set(_) => Class::Set,
        Kind::Sides(_) => Class::Sides,
        Kind::Format(_) => Class::Format,
        Kind::Dim(Dim::Quality) => Class::Quality,
        Kind::Dim(Dim::Opacity) => Class::Opacity,
        Kind::Dim(_) => Class::Dim,
        Kind::Tone(_) => Class::Tone,
        Kind::ToneWord(..) => Class::ToneWord,
        Kind::Degree(_) => Class::Degree,
        Kind::Look(_) => Class::Look,
        Kind::Style(_) => Class::Style,
        Kind::Device(_) => Class::Device,
        Kind::Platform(_) => Class::Platform,
        Kind::Lang(_) => Class::Lang,
        Kind::Spin(Spin::Horizontal | Spin::Vertical) => Class::Mirror,
        Kind::Spin(_) => Class::Turn,
        Kind::Flag(flag) => match flag {
            Flag::Transparent => Class::Transparent,
            Flag::Gradient => Class::Gradient,
            Flag::Old => Class::Old,
            Flag::Layers => Class::Layers,
            Flag::Metadata | Flag::NoMetadata | Flag::WithRecipe => Class::Metadata,
            Flag::Row | Flag::Grid | Flag::Shelf | Flag::Scene => Class::Layout,
            Flag::Tile => Class::Tile,
            Flag::TooDark | Flag::TooBright | Flag::Cast => Class::Exposure,
            Flag::Reflection | Flag::Contact => Class::ShadowKind,
            Flag::TitleWord | Flag::SubtitleWord => Class::Title,
            Flag::Fit | Flag::Cover => Class::Fit,
            Flag::Auto => Class::Auto,
            Flag::Under => Class::Under,
            Flag::BlurFill => Class::BlurFill,
            Flag::MirrorFill => Class::MirrorFill,
            Flag::Animated => Class::Animated,
            Flag::Blank => Class::Blank,
            Flag::From | Flag::By => return None,
        },
        _ => return None,
    })
}

/// How much a token counts when readings are compared; 0 for words without meaning of their own.
pub fn weight(kind: &Kind) -> u32 {
    match kind {
        Kind::Verb(Verb::Make) | Kind::Thing(Thing::It | Thing::Picture, _) => 0,
        Kind::Verb(_) | Kind::Thing(..) => 4,
        Kind::Degree(_) | Kind::Flag(Flag::Under | Flag::Auto | Flag::Fit) => 1,
        Kind::Dim(_) | Kind::Set(_) => 2,
        kind if class(kind).is_some() => 3,
        _ => 0,
    }
}

impl Clause {
    pub fn has(&self, verb: Verb) -> bool {
        self.verbs().any(|v| v == verb)
    }

    pub fn verbs(&self) -> impl Iterator<Item = Verb> {
        self.tokens.iter().filter_map(|t| if let Kind::Verb(v) = t.kind { Some(v) } else { None })
    }

    /// A verb with a meaning of its own.
    pub fn has_heavy_verb(&self) -> bool {
        self.verbs().any(|v| v != Verb::Make)
    }

    pub fn thing(&self, thing: Thing) -> bool {
        self.things().any(|(t, _)| t == thing)
    }

    pub fn things(&self) -> impl Iterator<Item = (Thing, &'static str)> {
        self.tokens.iter().filter_map(|t| if let Kind::Thing(thing, label) = t.kind { Some((thing, label)) } else { None })
    }

    pub fn any(&self, wanted: Class) -> bool {
        self.tokens.iter().any(|t| class(&t.kind) == Some(wanted))
    }

    pub fn flag(&self, wanted: Flag) -> bool {
        self.tokens.iter().any(|t| t.kind == Kind::Flag(wanted))
    }

    pub fn colours(&self) -> Vec<&str> {
        // "blue (#0000ff)" is one colour said twice.
        let mut out: Vec<&str> =
            self.tokens.iter().filter_map(|t| if let Kind::Colour(c) = &t.kind { Some(c.as_str()) } else { None }).collect();
        out.dedup();
        out
    }

    pub fn aspect(&self) -> Option<Aspect> {
        self.tokens.iter().find_map(|t| if let Kind::Aspect(a) = t.kind { Some(a) } else { None })
    }

    pub fn size(&self) -> Option<(u32, u32)> {
        self.tokens.iter().find_map(|t| if let Kind::Size(w, h) = t.kind { Some((w, h)) } else { None })
    }

    pub fn numbers(&self) -> Vec<Number> {
        self.tokens.iter().filter_map(|t| if let Kind::Number(n) = t.kind { Some(n) } else { None }).collect()
    }

    pub fn number(&self, unit: Unit) -> Option<f64> {
        self.numbers().into_iter().find(|n| n.unit == unit).map(|n| n.value)
    }

    /// The first number in pixels or without a unit.
    pub fn pixels(&self) -> Option<f64> {
        self.number(Unit::Pixels).or_else(|| self.number(Unit::None))
    }

    pub fn quoted(&self) -> Vec<&str> {
        self.tokens.iter().filter_map(|t| if let Kind::Quoted(q) = &t.kind { Some(q.as_str()) } else { None }).collect()
    }

    pub fn refs(&self) -> Vec<&Ref> {
        self.tokens.iter().filter_map(|t| if let Kind::Ref(r) = &t.kind { Some(r) } else { None }).collect()
    }

    pub fn places(&self) -> Vec<&'static str> {
        self.tokens.iter().filter_map(|t| if let Kind::Place(p) = t.kind { Some(p) } else { None }).collect()
    }

    pub fn degree(&self) -> Option<Degree> {
        self.tokens.iter().find_map(|t| if let Kind::Degree(d) = t.kind { Some(d) } else { None })
    }

    pub fn format(&self) -> Option<&'static str> {
        self.tokens.iter().find_map(|t| if let Kind::Format(f) = t.kind { Some(f) } else { None })
    }

    pub fn spin(&self) -> Option<Spin> {
        self.tokens.iter().find_map(|t| if let Kind::Spin(s) = t.kind { Some(s) } else { None })
    }

    pub fn find<T>(&self, pick: impl Fn(&Kind) -> Option<T>) -> Option<T> {
        self.tokens.iter().find_map(|t| pick(&t.kind))
    }

    /// Whether anything in it has a meaning of its own.
    pub fn means_something(&self) -> bool {
        self.tokens.iter().any(|t| weight(&t.kind) > 0 || matches!(t.kind, Kind::Unknown | Kind::TakesBack))
    }

    /// The range of its characters.
    pub fn range(&self) -> (usize, usize) {
        match (self.tokens.first(), self.tokens.last()) {
            (Some(a), Some(b)) => (a.start, b.end),
            _ => (0, 0),
        }
    }
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

/// What some nouns are beside the verbs of their clause.
pub fn settle(clause: &mut Clause) {
    let any = |classes: &[Class]| classes.iter().any(|c| clause.any(*c));
    // "转jpg", "整张转黑白", "turn it yellow": into something, not around.
    let into = any(&[Class::Format, Class::Look, Class::Style, Class::Colour, Class::Lang]);
    let around = any(&[Class::Degrees, Class::Turn, Class::Number, Class::Place, Class::Auto]);
    let numbered = any(&[Class::Number]) && !any(&[Class::Colour, Class::Ref]);
    let plain = numbered && clause.things().next().is_none();
    let translates = any(&[Class::Lang]);
    let shaped_or_sized = any(&[Class::Aspect, Class::Size]);
    let faces = clause.things().any(|(t, _)| matches!(t, Thing::Face | Thing::People | Thing::Text | Thing::Noun));
    let hides = faces && !shaped_or_sized && !clause.has(Verb::Pad) && !clause.things().any(|(t, _)| t == Thing::Border);
    let shared = any(&[Class::Percent]) && !clause.things().any(|(t, _)| t == Thing::Background);
    let titled = clause.has(Verb::Poster) || clause.has(Verb::Cover) || any(&[Class::Title]);
    let nothing_measured = clause.numbers().is_empty() && any(&[Class::Quoted]) && !titled;
    let any_tone = any(&[Class::Tone]);
    let flips = clause.has(Verb::Flip) || clause.has(Verb::Stitch) || clause.has(Verb::Arrange);
    let cuts_off = any(&[Class::Percent])
        && any(&[Class::Place, Class::Sides])
        && clause.things().all(|(t, _)| matches!(t, Thing::It | Thing::Picture | Thing::Border));
    let blurred = any(&[Class::BlurFill, Class::MirrorFill]);
    let dressed = any(&[Class::Look]) && !any(&[Class::Device]);
    let shaped = any(&[Class::Aspect]) && !any(&[Class::Ref]);
    for token in &mut clause.tokens {
        token.kind = match token.kind {
            // "色相转30"
            Kind::Verb(Verb::Rotate) if any_tone => Kind::Verb(Verb::Change),
            // "a vertical 9:16 crop"
            Kind::Spin(Spin::Horizontal | Spin::Vertical) if shaped && !flips => Kind::Filler,
            // "take 20% off the bottom"
            Kind::Verb(Verb::Remove) if cuts_off => Kind::Verb(Verb::TrimOff),
            Kind::Verb(Verb::Rotate) if into && !around => Kind::Verb(Verb::Change),
            // "图上的字翻一份日语的"
            Kind::Verb(Verb::Flip) if translates && token.end - token.start == 1 => Kind::Verb(Verb::Translate),
            // "套个冷色滤镜": put on, not put into.
            Kind::Verb(Verb::Mockup) if dressed => Kind::Verb(Verb::Add),
            // "上下用模糊填充凑成9:16"
            Kind::Verb(Verb::Arrange | Verb::Change) if shaped && blurred => Kind::Verb(Verb::Pad),
            // "脸都用模糊挡住"
            Kind::Flag(Flag::BlurFill) if hides => Kind::Verb(Verb::Blur),
            // "a caption below"
            Kind::Flag(Flag::Under) if nothing_measured && token.end - token.start == 5 => Kind::Place("bottom"),
            // "30%透明"
            Kind::Flag(Flag::Transparent) if shared => Kind::Dim(Dim::Opacity),
            // "对比加10", "tint +8"
            Kind::Verb(Verb::Compare) if numbered && token.end - token.start == 2 => Kind::Tone("contrast"),
            Kind::Verb(Verb::Recolor) if plain && token.end - token.start == 4 => Kind::Tone("tint"),
            _ => continue,
        };
    }
    // "沙发旁边的盆栽": beside it, not the others.
    for i in 1..clause.tokens.len().saturating_sub(1) {
        let noun = |t: &Token| matches!(t.kind, Kind::Thing(Thing::Object | Thing::Noun, _));
        if clause.tokens[i].kind == Kind::Set(Set::Others) && noun(&clause.tokens[i - 1]) && noun(&clause.tokens[i + 1]) {
            clause.tokens[i].kind = Kind::Filler;
        }
    }
    settle_devices(clause);
    settle_shadows(clause);
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

/// "不要裁剪" leaves something undone; "不要背景", "no text" asks for a removal.
fn settle_negation(clause: &mut Clause) {
    if clause.tokens.iter().any(|t| t.kind == Kind::Leave) {
        clause.negated = true;
        return;
    }
    let Some(not) = clause.tokens.iter().position(|t| t.kind == Kind::Not) else { return };
    let noun = |t: &Token| matches!(t.kind, Kind::Thing(thing, _) if thing != Thing::It && thing != Thing::Picture);
    let doing = |t: &Token| matches!(t.kind, Kind::Unknown | Kind::ToneWord(..)) || matches!(t.kind, Kind::Verb(v) if v != Verb::Make);
    let removal = clause.tokens.iter().any(noun) && !clause.tokens[not..].iter().any(doing);
    if removal {
        clause.tokens[not].kind = Kind::Verb(Verb::Remove);
    } else {
        clause.negated = true;
    }
}

/// "生成白底图", "生成一张PNG": nothing to draw, only a background or a file.
fn settle_drawing(clause: &mut Clause) {
    let plain = |t: &Token| match t.kind {
        Kind::Verb(verb) => matches!(verb, Verb::Draw | Verb::Make),
        Kind::Thing(thing, _) => matches!(thing, Thing::Background | Thing::Picture | Thing::It | Thing::Shadow),
        Kind::Unknown => false,
        ref kind => weight(kind) == 0 || matches!(class(kind), Some(Class::Colour | Class::Format | Class::Transparent | Class::Gradient)),
    };
    let anything = clause.tokens.iter().any(|t| weight(&t.kind) > 0 && !matches!(t.kind, Kind::Verb(_)));
    if clause.has(Verb::Draw) && anything && clause.tokens.iter().all(plain) {
        for token in &mut clause.tokens {
            if token.kind == Kind::Verb(Verb::Draw) {
                token.kind = Kind::Verb(Verb::Make);
            }
        }
    }
}

/// "阴影提20", "lift the shadows": the dark parts of the picture.
fn settle_shadows(clause: &mut Clause) {
    let bare = clause.verbs().next().is_none() && clause.numbers().iter().any(|n| n.unit == Unit::None);
    let added = bare || clause.has(Verb::Add) && clause.any(Class::Number);
    let moved = added || clause.verbs().any(|v| matches!(v, Verb::Raise | Verb::Lower));
    let behind = clause.things().any(|(t, _)| t == Thing::Background);
    if moved && !behind {
        for token in clause.tokens.iter_mut().filter(|t| matches!(t.kind, Kind::Thing(Thing::Shadow, _))) {
            token.kind = Kind::Tone("shadows");
        }
    }
}

/// A phone that is removed, selected or cut out is a thing in the picture, not a mock-up around it.
fn settle_devices(clause: &mut Clause) {
    // "放笔记本电脑里展示", "shown on a laptop": the screen around it.
    let around = clause.verbs().any(|v| matches!(v, Verb::Put | Verb::Mockup)) || clause.flag(Flag::Scene);
    if around && !clause.tokens.iter().any(|t| matches!(t.kind, Kind::Ref(_) | Kind::Place(_))) {
        for token in &mut clause.tokens {
            if let Kind::Thing(Thing::Object, label @ ("laptop" | "cell phone")) = token.kind {
                token.kind = Kind::Device(if label == "laptop" { "laptop" } else { "phone" });
            }
        }
        return;
    }
    let on_things = |v| {
        matches!(
            v,
            Verb::Change
                | Verb::Swap
                | Verb::Remove
                | Verb::Select
                | Verb::CutOut
                | Verb::Blur
                | Verb::Censor
                | Verb::Pixelate
                | Verb::Recolor
        )
    };
    if !clause.verbs().any(on_things) || clause.has(Verb::Mockup) {
        return;
    }
    for token in &mut clause.tokens {
        token.kind = match token.kind {
            Kind::Device("phone") => Kind::Thing(Thing::Object, "cell phone"),
            Kind::Device("laptop") => Kind::Thing(Thing::Object, "laptop"),
            _ => continue,
        };
    }
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
