//! The plan and its parts: what the planner makes, the engine runs, the API shows and a recipe stores.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::text::Text;

/// The plan format's version.
pub const PLAN_VERSION: u32 = 1;

/// Steps run in order; the last one's picture is the result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    #[serde(default = "plan_version")]
    pub version: u32,
    pub steps: Vec<Step>,
}

fn plan_version() -> u32 {
    PLAN_VERSION
}

/// One operation with its parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// `s1`, `s2` …; filled in by position where missing.
    #[serde(default)]
    pub id: String,
    /// The operation's name, see [`crate::ops::registry`].
    pub op: String,
    /// Which picture it works on; omitted = the step before, in the first step `current`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<ImageRef>,
    /// Operations that take several pictures name them here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<ImageRef>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub params: Map<String, Value>,
}

impl Plan {
    /// A plan of these steps, ids filled in.
    pub fn new(steps: Vec<Step>) -> Self {
        let mut plan = Plan { version: PLAN_VERSION, steps };
        plan.fill_ids();
        plan
    }

    /// Gives every step without an id `s1`, `s2` … by its position.
    pub fn fill_ids(&mut self) {
        for (i, step) in self.steps.iter_mut().enumerate() {
            if step.id.is_empty() {
                step.id = format!("s{}", i + 1);
            }
        }
    }
}

impl Step {
    pub fn new(op: &str) -> Self {
        Step { op: op.to_owned(), ..Step::default() }
    }

    /// Sets a parameter.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }
}

/// A reference to a picture: `current`, `original`, `image:2`, `version:3`, `s1`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ImageRef {
    /// The session's current version; without a session the first image.
    Current,
    /// The upload that the current version descends from.
    Original,
    /// The n-th image attached to this message, 1-based.
    Image(usize),
    /// The n-th version of the session, 1-based.
    Version(usize),
    /// The result of an earlier step, by its id.
    Step(String),
}

impl fmt::Display for ImageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ImageRef::Current => f.write_str("current"),
            ImageRef::Original => f.write_str("original"),
            ImageRef::Image(n) => write!(f, "image:{n}"),
            ImageRef::Version(n) => write!(f, "version:{n}"),
            ImageRef::Step(id) => f.write_str(id),
        }
    }
}

impl FromStr for ImageRef {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        let number = |digits: &str| digits.parse::<usize>().ok().filter(|&n| n > 0);
        match s {
            "current" => Ok(ImageRef::Current),
            "original" => Ok(ImageRef::Original),
            _ => {
                if let Some(n) = s.strip_prefix("image:") {
                    number(n).map(ImageRef::Image)
                } else if let Some(n) = s.strip_prefix("version:") {
                    number(n).map(ImageRef::Version)
                } else if !s.is_empty() && s.len() <= 32 && s.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
                    Some(ImageRef::Step(s.to_owned()))
                } else {
                    None
                }
            }
            .ok_or_else(|| format!("`{s}` is not an image reference; use current, original, image:N, version:N or a step's id")),
        }
    }
}

impl Serialize for ImageRef {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ImageRef {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for ImageRef {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ImageRef".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^(current|original|image:[1-9][0-9]*|version:[1-9][0-9]*|[A-Za-z0-9_-]{1,32})$",
            "description": "current, original, image:N (N-th attached image), version:N, or the id of an earlier step"
        })
    }
}

/// What part of the picture an operation works on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    pub kind: TargetKind,
    /// For `object`: an English noun of the detector's vocabulary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub which: Option<Which>,
    /// 1-based, counted from the side that `which` names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
    /// How many, from that side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// For `text`: the literal text to look for.
    #[serde(rename = "match", default, skip_serializing_if = "Option::is_none")]
    pub match_text: Option<String>,
    /// `[x, y, w, h]` in displayed pixels, or fractions 0..1 with `unit: "fraction"`.
    #[serde(rename = "box", default, skip_serializing_if = "Option::is_none")]
    pub box_: Option<[f64; 4]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<BoxUnit>,
    /// Clicks `[x, y, 1]` (inside) or `[x, y, 0]` (outside), in displayed pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<Vec<[f64; 3]>>,
    /// An uploaded mask's id (white = selected), or `upload` for the mask sent with the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask: Option<String>,
    /// Pixels by which the selection grows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 512))]
    pub grow: Option<u32>,
    /// Pixels over which the selection's edge is softened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 512))]
    pub feather: Option<u32>,
    /// The complement.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub invert: bool,
    /// All of this kind but these.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rest: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TargetKind {
    #[default]
    Subject,
    Background,
    People,
    Face,
    Object,
    Text,
    Region,
    Mask,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Which {
    All,
    Left,
    Right,
    Top,
    Bottom,
    Center,
    Largest,
    Smallest,
    Others,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BoxUnit {
    Pixel,
    Fraction,
}

/// Changes which version is current and makes no picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Command {
    pub name: CommandName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub a: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub b: Option<usize>,
    /// The id of the recipe that was saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CommandName {
    Undo,
    Redo,
    Checkout,
    Compare,
    Reset,
    /// The steps were saved as a recipe.
    Recipe,
}

/// Asked instead of guessing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Stable within the answer, e.g. `q1`; a session gives it a real id.
    pub id: String,
    pub text: Text,
    /// The part of the instruction that it is about.
    pub part: String,
    pub options: Vec<QuestionOption>,
}

/// A complete plan that answers the question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuestionOption {
    pub label: Text,
    pub plan: Plan,
}

/// How a stretch of the instruction was read. Offsets are UTF-16 code units of the instruction as given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Span {
    pub start: usize,
    pub end: usize,
    pub text: String,
    /// `verb`, `object`, `colour`, `aspect`, `number`, `size`, `format`, `reference`, `position`, `filler`, `negation`, `unknown` …
    pub role: String,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub value: Value,
}

/// Exactly one of the things that an instruction can be.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Plan(Plan),
    Command(Command),
    Question(Question),
    Reply(Text),
}

/// What the planner made of an instruction.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    pub answer: Answer,
    /// 0..=1
    pub confidence: f32,
    pub spans: Vec<Span>,
}

/// What the planner may know besides the words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context {
    /// Images attached to this message.
    pub attached: usize,
    /// Versions in the session so far.
    pub versions: usize,
    /// For each upload, in their order, the newest version that came of it: what "the second picture" means where none is attached.
    pub uploads: Vec<usize>,
    /// A mask came with this message.
    pub mask: bool,
    /// The plan that ran last in this session.
    pub last_plan: Option<Plan>,
    /// How large that is what its last step put into the picture, in pixels: the width of a placed picture, the size of a watermark.
    pub last_size: Option<f64>,
    /// The version that the current one was made from.
    pub parent: Option<usize>,
    /// The resolved mask of the current version, by its id.
    pub last_mask: Option<String>,
    /// The question that is open, whose options an ordinal means.
    pub question: Option<Question>,
}
