//! The instruction cut into tokens: the cheapest way to explain its characters by known words and slots.

use super::lexicon::{self, Verb};
use super::normal::Normal;
use super::slots;
use super::types::ImageRef;

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Verb(Verb),
    /// A noun and, for [`Thing::Object`], the detector's label.
    Thing(Thing, &'static str),
    /// `#rrggbb`
    Colour(String),
    Aspect(Aspect),
    /// Width and height in pixels.
    Size(u32, u32),
    Number(Number),
    Quoted(String),
    Ref(Ref),
    /// One of the nine anchors.
    Place(&'static str),
    /// 1-based.
    Ordinal(u32),
    Set(Set),
    /// `all`, `horizontal` or `vertical`: sides of the canvas.
    Sides(&'static str),
    Format(&'static str),
    Dim(Dim),
    /// A quantity of [`crate::ops`]'s `adjust`, e.g. `brightness`.
    Tone(&'static str),
    /// More or less of it in one word: brighter, 暖.
    ToneWord(&'static str, i8),
    Degree(Degree),
    /// A name of `filter`.
    Look(&'static str),
    Style(&'static str),
    Device(&'static str),
    Platform(&'static str),
    Lang(&'static str),
    Spin(Spin),
    Flag(Flag),
    Link(Link),
    Not,
    /// 不用, leave alone: what it is said of stays as it is.
    Leave,
    /// "No wait".
    TakesBack,
    /// 把, 将, 给: the object comes before the verb.
    Ba,
    Filler,
    Chat(Chat),
    Space,
    Punct,
    Unknown,
}

/// Classes of nouns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Thing {
    /// it, this, 它, 这个
    It,
    /// The whole picture.
    Picture,
    Background,
    Subject,
    People,
    Face,
    /// A class of the detector.
    Object,
    /// A known noun that the detector cannot find.
    Noun,
    Text,
    /// What the user painted or clicked.
    Mask,
    Logo,
    Watermark,
    Scratch,
    Noise,
    Blemish,
    Skin,
    Border,
    Shadow,
    Horizon,
    Detail,
    Colour,
    Caption,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aspect {
    pub width: f64,
    pub height: f64,
    /// Written `3/4`, which may be a fraction as well.
    pub slash: bool,
}

impl Aspect {
    /// `3:4`, whole numbers without a point.
    pub fn text(&self) -> String {
        format!("{}:{}", self.width, self.height)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    pub value: f64,
    pub unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    None,
    Pixels,
    /// 0..100 as written.
    Percent,
    Degrees,
    Times,
    Bytes,
    Pieces,
    Dpi,
    /// A length in the world.
    Metres,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Ref {
    Image(ImageRef),
    /// The version before the current one.
    Previous,
    /// "The one I just sent": a picture that came with the message.
    Attached,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    All,
    Others,
    Largest,
    Smallest,
    Except,
    /// left, right … as "leftmost" without a noun is a place; this is "half".
    Half,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dim {
    Width,
    Height,
    Long,
    Short,
    Both,
    Quality,
    Opacity,
    Radius,
    Strength,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Degree {
    Little,
    Lot,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spin {
    Clockwise,
    Counter,
    Horizontal,
    Vertical,
    Over,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    Transparent,
    Gradient,
    /// A studio backdrop: paper lit behind the subject.
    Studio,
    From,
    Old,
    Layers,
    Metadata,
    Row,
    Shelf,
    Grid,
    Tile,
    Under,
    TooDark,
    TooBright,
    /// A colour over everything, or none: 偏黄, dull.
    Cast,
    Reflection,
    Contact,
    TitleWord,
    SubtitleWord,
    Fit,
    Cover,
    Auto,
    By,
    Scene,
    BlurFill,
    NoMetadata,
    /// The file carries what made it.
    WithRecipe,
    MirrorFill,
    Animated,
    /// 空白处: where nothing is.
    Blank,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Strong, unless it excepts: "everyone but me".
    But,
    /// then, 然后, a full stop: always a new clause.
    Strong,
    /// and, comma: a new clause where what follows can be one.
    Weak,
    /// A full stop and the like.
    Stop,
    /// A comma.
    Comma,
    /// →
    Arrow,
    /// because, 因为: what follows only gives a reason.
    Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chat {
    Hello,
    Thanks,
    Help,
}

/// A stretch of the normalised text, in characters.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    pub start: usize,
    pub end: usize,
    pub kind: Kind,
    /// Read through a mistyping.
    pub guessed: bool,
}

impl Token {
    /// Whether it says something exact, or is the mark of an order (把, "leave"): a clause that holds one is hardly a mere remark.
    pub fn is_exact(&self) -> bool {
        match &self.kind {
            Kind::Quoted(_)
            | Kind::Colour(_)
            | Kind::Size(..)
            | Kind::Aspect(_)
            | Kind::Lang(_)
            | Kind::Look(_)
            | Kind::Device(_)
            | Kind::Platform(_)
            | Kind::Ref(_)
            | Kind::Tone(_)
            | Kind::Ba
            | Kind::Leave => true,
            Kind::Number(n) => !matches!(n.unit, Unit::None | Unit::Pieces),
            _ => false,
        }
    }

    /// How the API names what it is.
    pub fn role(&self) -> &'static str {
        match self.kind {
            Kind::Verb(_) => "verb",
            Kind::Thing(Thing::It, _) => "reference",
            Kind::Thing(..) => "object",
            Kind::Colour(_) | Kind::Flag(Flag::Transparent | Flag::Gradient | Flag::Studio) => "colour",
            Kind::Aspect(_) => "aspect",
            Kind::Size(..) | Kind::Dim(_) => "size",
            Kind::Number(_) | Kind::Ordinal(_) => "number",
            Kind::Quoted(_) => "text",
            Kind::Ref(_) => "reference",
            Kind::Place(_) | Kind::Sides(_) => "position",
            Kind::Set(_) => "set",
            Kind::Format(_) => "format",
            Kind::Tone(_) | Kind::ToneWord(..) | Kind::Degree(_) => "amount",
            Kind::Look(_) | Kind::Style(_) => "look",
            Kind::Device(_) | Kind::Platform(_) | Kind::Lang(_) => "name",
            Kind::Spin(_) => "direction",
            Kind::Flag(_) => "qualifier",
            Kind::Link(_) => "connector",
            Kind::Not | Kind::Leave => "negation",
            Kind::Chat(_) => "greeting",
            Kind::Ba | Kind::TakesBack | Kind::Filler | Kind::Space | Kind::Punct => "filler",
            Kind::Unknown => "unknown",
        }
    }
}

const WORD: u32 = 10;
const GUESS: u32 = 45;
const STRANGE_HAN: u32 = 40;
const STRANGE_WORD: u32 = 60;

/// Cuts the text: dynamic programming over positions, each known word or slot costs a little, each strange
/// character a lot, so that the reading which explains the most in the fewest pieces wins.
pub fn tokenize(text: &Normal) -> Vec<Token> {
    let n = text.len();
    let mut best: Vec<Option<(u32, usize, Kind, bool)>> = vec![None; n + 1];
    best[0] = Some((0, 0, Kind::Space, false));
    for at in 0..n {
        let Some(base) = best[at].as_ref().map(|b| b.0) else { continue };
        let mut offer = |end: usize, cost: u32, kind: Kind, guessed: bool| {
            let total = base + cost;
            if best[end].as_ref().is_none_or(|b| total < b.0) {
                best[end] = Some((total, at, kind, guessed));
            }
        };
        slots::matches(text, at, &mut |end, kind| offer(end, WORD, kind, false));
        for (end, kind) in lexicon::matches(&text.chars, at) {
            offer(end, WORD, kind.clone(), false);
        }
        let c = text.chars[at];
        if c == ' ' {
            let particle = at > 1 && crate::text::is_han(text.chars[at - 2]) && "了吧吗呢啦呀啊哈哦".contains(text.chars[at - 1]);
            let parts = particle && text.at(at + 1).is_some_and(crate::text::is_han);
            offer(at + 1, 0, if parts { Kind::Link(Link::Comma) } else { Kind::Space }, false);
        } else if c.is_alphanumeric() && !crate::text::is_han(c) {
            strange_word(text, at, &mut offer);
        } else if crate::text::is_han(c) {
            offer(at + 1, STRANGE_HAN, Kind::Unknown, false);
        } else {
            let (cost, kind) = punctuation(c);
            offer(at + 1, cost, kind, false);
        }
    }
    collect(best, n)
}

fn strange_word(text: &Normal, at: usize, offer: &mut impl FnMut(usize, u32, Kind, bool)) {
    let mut end = at;
    while text.at(end).is_some_and(|c| (c.is_alphanumeric() || c == '\'') && !crate::text::is_han(c)) {
        end += 1;
    }
    offer(end, STRANGE_WORD, Kind::Unknown, false);
    if (at == 0 || !text.chars[at - 1].is_alphanumeric() || crate::text::is_han(text.chars[at - 1]))
        && let Some(kind) = lexicon::mistyped(&text.chars[at..end])
    {
        offer(end, GUESS, kind.clone(), true);
    }
    // A number stuck to strange letters still ends where the digits do.
    let digits = text.chars[at..end].iter().take_while(|c| c.is_ascii_digit()).count();
    if digits > 0 && at + digits < end {
        offer(at + digits, STRANGE_WORD, Kind::Unknown, false);
    }
}

fn punctuation(c: char) -> (u32, Kind) {
    match c {
        '.' | '。' | ';' | '!' | '?' | '\n' => (1, Kind::Link(Link::Stop)),
        ',' | '、' => (1, Kind::Link(Link::Comma)),
        '&' | '+' => (1, Kind::Link(Link::Weak)),
        '>' | '→' => (1, Kind::Link(Link::Arrow)),
        '|' => (1, Kind::Link(Link::Strong)),
        _ => (1, Kind::Punct),
    }
}

fn collect(best: Vec<Option<(u32, usize, Kind, bool)>>, n: usize) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    let mut end = n;
    while end > 0 {
        let Some((_, start, kind, guessed)) = best[end].clone() else { break };
        // Strange neighbours are one stretch.
        match out.last_mut() {
            Some(last) if last.kind == Kind::Unknown && kind == Kind::Unknown => last.start = start,
            _ => out.push(Token { start, end, kind, guessed }),
        }
        end = start;
    }
    out.reverse();
    out.retain(|t| t.kind != Kind::Space);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        tokenize(&Normal::new(text)).into_iter().map(|t| t.kind).collect()
    }

    #[test]
    fn chinese_is_cut_into_the_fewest_known_words() {
        assert_eq!(
            kinds("把背景换成白色"),
            vec![Kind::Ba, Kind::Thing(Thing::Background, ""), Kind::Verb(Verb::Change), Kind::Colour("#ffffff".into())]
        );
    }

    #[test]
    fn strange_words_stay_whole_and_are_marked() {
        let tokens = tokenize(&Normal::new("crop the flibbertigibbet"));
        assert_eq!(tokens.last().map(|t| t.kind.clone()), Some(Kind::Unknown));
        assert_eq!(tokens.last().map(|t| t.end - t.start), Some(15));
    }
}
