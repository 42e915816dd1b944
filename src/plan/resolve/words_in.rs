//! Small readings that several builders share: sides with their numbers, "to" and "by", free descriptions.

use serde_json::{Value, json};

use super::{Clause, Scene};
use crate::plan::clause::weight;
use crate::plan::token::{Degree, Dim, Kind, Number, Thing, Unit};

/// Sides of the picture with the pixels said for them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Dims {
    pub width: Option<u64>,
    pub height: Option<u64>,
    pub long: Option<u64>,
    pub short: Option<u64>,
    /// Both at once.
    pub size: Option<(u32, u32)>,
}

impl Dims {
    pub fn any(&self) -> bool {
        *self != Dims::default()
    }
}

fn pixels(kind: &Kind) -> Option<u64> {
    match kind {
        Kind::Number(Number { value, unit: Unit::Pixels | Unit::None }) if *value >= 1.0 && *value <= 100_000.0 && value.fract() == 0.0 => {
            Some(*value as u64)
        }
        _ => None,
    }
}

/// Pairs each side word with the number beside it: the one after ("宽800"), unless all numbers stand before ("800 wide").
pub fn dims(clause: &Clause) -> Dims {
    let tokens: Vec<&Kind> = clause.tokens.iter().map(|t| &t.kind).filter(|k| matches!(k, Kind::Dim(_)) || pixels(k).is_some()).collect();
    let sides = |k: &Kind| matches!(k, Kind::Dim(Dim::Width | Dim::Height | Dim::Long | Dim::Short | Dim::Both));
    let before = tokens.first().is_some_and(|k| pixels(k).is_some()) && tokens.iter().any(|k| sides(k));
    let mut out = Dims::default();
    for (i, kind) in tokens.iter().enumerate() {
        if !sides(kind) {
            continue;
        }
        let beside = if before { i.checked_sub(1) } else { Some(i + 1) };
        let Some(px) = beside.and_then(|j| tokens.get(j)).and_then(|k| pixels(k)) else { continue };
        match kind {
            Kind::Dim(Dim::Width) => out.width = Some(px),
            Kind::Dim(Dim::Height) => out.height = Some(px),
            Kind::Dim(Dim::Long) => out.long = Some(px),
            Kind::Dim(Dim::Short) => out.short = Some(px),
            Kind::Dim(Dim::Both) => out.size = Some((px as u32, px as u32)),
            _ => {}
        }
    }
    out
}

/// Where something goes: of two places the one that both give, "centred at the bottom", "bottom, on the left".
pub fn anchor(clause: &Clause) -> Option<&'static str> {
    const BOTH: &[(&str, &str, &str)] = &[
        ("top", "left", "top-left"),
        ("top", "right", "top-right"),
        ("bottom", "left", "bottom-left"),
        ("bottom", "right", "bottom-right"),
    ];
    match clause.places()[..] {
        [] => None,
        ["center", other] | [other, "center"] => Some(other),
        [a, b] => BOTH.iter().find(|(x, y, _)| (*x, *y) == (a, b) || (*x, *y) == (b, a)).map(|(_, _, both)| *both).or(Some(a)),
        [first, ..] => Some(first),
    }
}

/// A number as a parameter has it: whole where it is whole.
pub fn whole(value: f64) -> Value {
    if value.fract() == 0.0 { json!(value as i64) } else { json!(value) }
}

/// "A bit" and "a lot", also where they are part of a longer word: 亮一点.
pub fn degree(clause: &Clause, scene: &Scene) -> Option<Degree> {
    const LITTLE: &[&str] = &["一点", "一点点", "一些", "点儿", "点", "些", "一下下"];
    let inside = |t: &crate::plan::token::Token| {
        let word = scene.word(t);
        let amount = matches!(t.kind, Kind::ToneWord(..) | Kind::Verb(_));
        amount && t.end - t.start > 1 && word.chars().all(crate::text::is_han) && LITTLE.iter().any(|w| word.ends_with(w))
    };
    let slight = |t: &crate::plan::token::Token| ["a little ", "a bit ", "slight"].iter().any(|w| scene.word(t).starts_with(w));
    clause.degree().or_else(|| clause.tokens.iter().any(|t| inside(t) || slight(t)).then_some(Degree::Little))
}

/// How much of it, 0..1: "70%", "at half strength", "0.4".
pub fn share(clause: &Clause) -> Option<f64> {
    let plain = || clause.number(Unit::None).filter(|n| (0.0..=1.0).contains(n));
    clause.number(Unit::Percent).map(|p| p / 100.0).or_else(plain).filter(|s| (0.0..=1.0).contains(s)).map(|s| (s * 1e4).round() / 1e4)
}

/// Whether an amount is where to end, not how far to go.
pub fn says_to(words: &str) -> bool {
    ["到", "成", "为", "至", "原来的", "原图的"].iter().any(|w| words.contains(w)) || words.split(' ').any(|w| w == "to" || w == "at")
}

/// Whether an amount is how far to go.
pub fn says_by(words: &str) -> bool {
    words.split(' ').any(|w| w == "by")
}

/// The words of a clause without its verb and fillers at the ends, in the original spelling: a description.
pub fn description(clause: &Clause, scene: &Scene) -> Option<String> {
    // Only a text in quotes beside the verb: that text.
    if let [quoted] = clause.quoted()[..]
        && clause
            .tokens
            .iter()
            .all(|t| t.kind != Kind::Unknown && !matches!(t.kind, Kind::Thing(Thing::Object | Thing::Noun | Thing::People, _)))
    {
        return Some(quoted.to_owned());
    }
    let skip = |k: &Kind| matches!(k, Kind::Verb(_) | Kind::Filler | Kind::Ba | Kind::Punct) || matches!(k, Kind::Thing(Thing::It, _));
    let first = clause.tokens.iter().position(|t| !skip(&t.kind))?;
    let last = clause.tokens.iter().rposition(|t| t.kind != Kind::Punct)?;
    let text = scene.text.original(clause.tokens[first].start, clause.tokens[last].end);
    let says = clause.tokens[first..]
        .iter()
        .any(|t| weight(&t.kind) > 0 || t.kind == Kind::Unknown || matches!(t.kind, Kind::Thing(Thing::Picture, _)));
    says.then(|| text.trim().to_owned()).filter(|t| !t.is_empty())
}
