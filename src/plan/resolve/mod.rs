//! A clause becomes steps: the resolution table's rules compete, the one that explains most of the words wins.

mod creative;
mod file;
mod geometry;
mod kind;
mod products;
mod scenery;
mod subject;
mod table;
mod target;
mod tone;
mod words_in;

use serde_json::{Value, json};

use super::clause::{Class, Clause, class, weight};
use super::lexicon::Verb;
use super::normal::Normal;
use super::token::{Kind, Ref, Thing, Token};
use super::types::{Context, ImageRef, Step};
use crate::text::Text;

pub use creative::is_id_photo;
pub use kind::{of_kind, plain};
pub use table::RULES;
pub use target::{beyond_detection, described, side, targets, told_of};
pub use tone::{A_BIT, UNSAID};
pub use words_in::description;

/// One row of the resolution table: verb class × object class × slots → operation.
pub struct Rule {
    /// The operation, or the group of readings, that it stands for.
    pub op: &'static str,
    /// One of these verbs must be there; empty: no verb is needed.
    pub verbs: &'static [Verb],
    /// One of these nouns must be there; empty: none is needed.
    pub things: &'static [Thing],
    /// All of these slots must be there.
    pub needs: &'static [Class],
    /// Slots and nouns that it can make use of.
    pub uses: &'static [Class],
    pub also: &'static [Thing],
    /// Words that it cannot explain are its description, as in "draw a …".
    pub free: bool,
    pub build: fn(&Clause, &Scene) -> Built,
}

impl Rule {
    pub const NONE: Rule =
        Rule { op: "", verbs: &[], things: &[], needs: &[], uses: &[], also: &[], free: false, build: |_, _| Built::Nothing };
}

/// What a rule makes of a clause.
#[derive(Clone, Debug, PartialEq)]
pub enum Built {
    Steps(Vec<Step>),
    Ask(Ask),
    /// Understood, nothing to do.
    Nothing,
    /// The rule does not hold after all.
    No,
}

impl Built {
    pub fn one(step: Step) -> Built {
        Built::Steps(vec![step])
    }
}

/// A question that one clause raises; each option is what the clause would then mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    pub text: Text,
    pub options: Vec<(Text, Vec<Step>)>,
}

impl Ask {
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Ask {
        Ask { text: Text::new(zh, en), options: vec![] }
    }

    pub fn option(mut self, zh: impl Into<String>, en: impl Into<String>, steps: Vec<Step>) -> Ask {
        self.options.push((Text::new(zh, en), steps));
        self
    }

    pub fn built(self) -> Built {
        Built::Ask(self)
    }
}

/// What a clause may know besides its own words.
pub struct Scene<'a> {
    pub text: &'a Normal,
    pub ctx: &'a Context,
    /// Steps of the clauses before.
    pub before: &'a [Step],
    /// The noun that "it" stands for, from the clause before.
    pub carried: Option<(Thing, &'static str)>,
    /// The same as a target, with its side or number: "there is a man on the left", "remove him".
    pub carried_target: Option<&'a Value>,
    /// Some clause names the painted area.
    pub names_mask: bool,
    /// A fault was complained of before: "too dark, fix it".
    pub complained: bool,
    /// The picture that was told of: "image 3 is the logo".
    pub told: Option<&'a ImageRef>,
}

impl Scene<'_> {
    /// The words of a clause as normalised.
    pub fn words(&self, clause: &Clause) -> String {
        let (start, end) = clause.range();
        self.text.slice(start, end)
    }

    /// The normalised words of a token.
    pub fn word(&self, token: &Token) -> String {
        self.text.slice(token.start, token.end)
    }

    /// The picture that a reference in the clause names, as the input.
    pub fn input(&self, clause: &Clause) -> Option<ImageRef> {
        clause.refs().first().and_then(|r| self.resolve(r))
    }

    pub fn resolve(&self, reference: &Ref) -> Option<ImageRef> {
        match reference {
            Ref::Image(i) => Some(i.clone()),
            Ref::Previous if self.ctx.versions >= 2 => Some(ImageRef::Version(self.ctx.versions - 1)),
            Ref::Previous | Ref::Attached => None,
        }
    }

    /// What "it" stands for at the beginning of a message: what the turn before pointed at.
    pub fn pointed_at(&self) -> Option<Value> {
        let step = self.ctx.last_plan.as_ref()?.steps.last()?;
        let target = step.params.get("target")?;
        match target["kind"].as_str()? {
            "mask" | "region" => Some(match &self.ctx.last_mask {
                Some(id) => json!({"kind": "mask", "mask": id}),
                None => json!({"kind": "mask"}),
            }),
            _ if step.op == "select" => Some(match &self.ctx.last_mask {
                Some(id) => json!({"kind": "mask", "mask": id}),
                None => json!({"kind": "mask"}),
            }),
            _ => None,
        }
    }

    /// The second picture of an operation that takes two: the last one named, else the one that is not the input.
    pub fn second(&self, clause: &Clause) -> Option<ImageRef> {
        let named: Vec<ImageRef> = clause.refs().into_iter().filter_map(|r| self.resolve(r)).collect();
        match named.last() {
            Some(last) if named.len() >= 2 || *last != ImageRef::Image(1) || (self.ctx.attached == 1 && self.ctx.versions > 0) => {
                Some(last.clone())
            }
            _ if self.ctx.attached >= 2 => Some(ImageRef::Image(2)),
            _ if self.ctx.attached == 1 && self.ctx.versions > 0 => Some(ImageRef::Image(1)),
            _ => None,
        }
    }
}

/// A clause as the winning rule read it.
pub struct Resolved {
    pub rule: &'static Rule,
    pub built: Built,
    /// Weights of the words that it explains and does not, and of the strange ones.
    pub explained: u32,
    pub missed: u32,
    pub strange: u32,
    /// The tokens that stay unexplained, by their place in the clause.
    pub unread: Vec<usize>,
}

impl Resolved {
    /// 0..1: the share of the words that was understood.
    pub fn confidence(&self) -> f32 {
        let all = self.explained as f32 + self.missed as f32 + 0.6 * self.strange as f32;
        if all == 0.0 { 0.0 } else { self.explained as f32 / all }
    }

    fn value(&self) -> i64 {
        2 * i64::from(self.explained) - 3 * i64::from(self.missed) - i64::from(self.strange)
    }

    /// What the readings of a clause are ranked by: a row that demands more of the words counts more.
    fn score(&self) -> i64 {
        let rule = self.rule;
        let specific = rule.needs.len() as i64 + i64::from(!rule.things.is_empty()) + i64::from(!rule.verbs.is_empty());
        self.value() + specific
    }
}

/// The best readings of a clause, best first; empty where no rule fits.
pub fn resolve(clause: &Clause, scene: &Scene) -> Vec<Resolved> {
    let mut out: Vec<(i64, usize, Resolved)> = Vec::new();
    for (place, rule) in RULES.iter().enumerate() {
        let Some(mut read) = measure(rule, clause) else { continue };
        let value = read.score();
        if out.first().is_some_and(|(best, _, _)| *best > value + 6) {
            continue;
        }
        read.built = (rule.build)(clause, scene);
        if read.built != Built::No {
            out.push((value, place, read));
            out.sort_by_key(|(value, place, _)| (-value, *place));
        }
    }
    if let Some((value, place, read)) = out.first() {
        tracing::trace!(row = place, op = read.rule.op, value, "clause resolved");
    }
    out.into_iter().map(|(_, _, read)| read).collect()
}

/// The verb that says an operation and nothing else about it.
fn verb_of(op: &str) -> Option<Verb> {
    Some(match op {
        "cutout" => Verb::CutOut,
        "erase" => Verb::Remove,
        "redact" => Verb::Censor,
        "crop" => Verb::Crop,
        "resize" => Verb::Resize,
        "upscale" => Verb::Upscale,
        "pad" => Verb::Pad,
        "rotate" => Verb::Rotate,
        "flip" => Verb::Flip,
        "export" => Verb::Export,
        "describe" => Verb::Describe,
        "restore" => Verb::Restore,
        "colorize" => Verb::Colorize,
        "enhance" => Verb::Enhance,
        "sharpen" => Verb::Sharpen,
        "denoise" => Verb::Denoise,
        "deblur" => Verb::Deblur,
        "recolor" => Verb::Recolor,
        "swap" => Verb::Swap,
        "text.replace" => Verb::Change,
        "text.translate" => Verb::Translate,
        "text.read" => Verb::ReadText,
        "generate" => Verb::Draw,
        "restyle" => Verb::Restyle,
        "expand" => Verb::Extend,
        "match" => Verb::Match,
        "retouch" => Verb::Retouch,
        "compose" => Verb::Arrange,
        "revert" => Verb::BringBack,
        "fit" => Verb::Fit,
        "mockup" => Verb::Mockup,
        "stickers" => Verb::Stickers,
        "cover" => Verb::Cover,
        "poster" => Verb::Poster,
        "split" => Verb::Split,
        "stitch" => Verb::Stitch,
        "select" => Verb::Select,
        "place" => Verb::Put,
        _ => return None,
    })
}

/// The readings of a clause as one operation, best first, with the operation's own verb where it has none of those that its rows know; each with the clause that it reads.
pub fn forced(clause: &Clause, scene: &Scene, op: &str) -> Vec<(Clause, Resolved)> {
    let mut out: Vec<(i64, Clause, Resolved)> = Vec::new();
    for rule in RULES.iter().filter(|r| r.op == op) {
        let mut said = clause.clone();
        if !rule.verbs.is_empty() && !said.verbs().any(|v| rule.verbs.contains(&v)) {
            let Some(verb) = verb_of(op).filter(|v| rule.verbs.contains(v)) else { continue };
            // It has no words.
            let at = said.range().0;
            said.tokens.retain(|t| !matches!(t.kind, Kind::Verb(_)));
            said.tokens.insert(0, Token { start: at, end: at, kind: Kind::Verb(verb), guessed: false });
        }
        let Some(mut read) = measure(rule, &said) else { continue };
        read.built = (rule.build)(&said, scene);
        if read.built != Built::No {
            out.push((read.score(), said, read));
        }
    }
    out.sort_by_key(|(score, ..)| -score);
    out.into_iter().map(|(_, said, read)| (said, read)).collect()
}

/// The reading that is as good as the best one and would do something else; to be asked about, as nothing in the words decides between them.
pub fn rival(readings: &[Resolved]) -> Option<&Resolved> {
    let (best, others) = readings.split_first()?;
    let Built::Steps(steps) = &best.built else { return None };
    if best.rule.free || steps.is_empty() {
        return None;
    }
    others.iter().take_while(|other| best.score() - other.score() <= CLOSE).find(|other| match &other.built {
        Built::Steps(else_steps) => !else_steps.is_empty() && !other.rule.free && differ(steps, else_steps),
        _ => false,
    })
}

/// Readings whose scores are no further apart are close.
const CLOSE: i64 = 0;

/// Whether two readings would do different things: not one of them more of the same.
fn differ(a: &[Step], b: &[Step]) -> bool {
    let within = |few: &[Step], many: &[Step]| few.iter().all(|s| many.iter().any(|m| m.op == s.op));
    // Joining and arranging pictures are one wish, which the words beside it decide.
    let joins = |steps: &[Step]| steps.iter().all(|s| matches!(s.op.as_str(), "stitch" | "compose"));
    // "图2放中间，转30度": what is put there is turned.
    let turns = |steps: &[Step]| steps.iter().all(|s| matches!(s.op.as_str(), "place" | "rotate"));
    !(within(a, b) || within(b, a) || joins(a) && joins(b) || turns(a) && turns(b))
}

fn measure(rule: &'static Rule, clause: &Clause) -> Option<Resolved> {
    let fits = (rule.verbs.is_empty() || clause.verbs().any(|v| rule.verbs.contains(&v)))
        && (rule.things.is_empty() || clause.things().any(|(t, _)| rule.things.contains(&t)))
        && rule.needs.iter().all(|c| clause.any(*c));
    if !fits {
        return None;
    }
    let mut read = Resolved { rule, built: Built::No, explained: 0, missed: 0, strange: 0, unread: vec![] };
    for (i, token) in clause.tokens.iter().enumerate() {
        let w = weight(&token.kind);
        let known = match token.kind {
            Kind::Unknown => {
                let long = (token.end - token.start).min(6) as u32;
                if rule.free {
                    read.explained += 1;
                } else {
                    read.strange += long.max(2);
                    read.unread.push(i);
                }
                continue;
            }
            _ if w == 0 => continue,
            Kind::Verb(v) => rule.verbs.contains(&v),
            Kind::Thing(t, _) => rule.things.contains(&t) || rule.also.contains(&t),
            ref kind => class(kind).is_some_and(|c| rule.needs.contains(&c) || rule.uses.contains(&c)),
        };
        if known {
            read.explained += w;
        } else if rule.free {
            read.explained += 1;
        } else {
            read.missed += w;
            read.unread.push(i);
        }
    }
    if read.explained == 0 && !rule.verbs.is_empty() {
        read.explained = 1;
    }
    (read.explained > 0).then_some(read)
}
