//! The instruction cut into clauses, one wish each, and what a clause contains.

use super::lexicon::Verb;
use super::token::{Aspect, Degree, Dim, Flag, Kind, Link, Number, Ref, Set, Spin, Thing, Token, Unit};

mod cut;
mod settle;

pub use cut::split;
pub use settle::settle;

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
    Studio,
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
            Flag::Studio => Class::Studio,
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

    /// The range of its characters, from the first to the last in the text.
    pub fn range(&self) -> (usize, usize) {
        let start = self.tokens.iter().map(|t| t.start).min().unwrap_or(0);
        (start, self.tokens.iter().map(|t| t.end).max().unwrap_or(0))
    }
}
