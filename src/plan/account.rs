//! Nothing that was said is lost: each number, text in quotes, name, and place of a person or thing in a clause must stand somewhere in the steps that were made of it.

use serde_json::Value;

use super::clause::Clause;
use super::token::{Kind, Number, Ref, Set, Thing, Unit};
use super::types::{ImageRef, Step};

/// Whether the clause's numbers, texts and names stand in its steps.
pub fn stands_in(clause: &Clause, steps: &[Step]) -> bool {
    let mut said = Said::default();
    for step in steps {
        step.params.values().for_each(|value| said.gather(value));
        if let Some(input) = &step.input {
            said.words.push(input.to_string());
        }
    }
    // An arrangement and a strip take all pictures, however many are counted.
    let takes_all = steps.iter().any(|s| matches!(s.op.as_str(), "compose" | "stitch" | "describe" | "select"));
    (0..clause.tokens.len()).all(|i| match &clause.tokens[i].kind {
        Kind::Number(number) => {
            let counted = takes_all && !matches!(number.unit, Unit::Pixels) && number.value <= 9.0;
            let measured = steps.iter().all(|s| matches!(s.op.as_str(), "describe" | "select"))
                || steps.iter().any(|s| s.params.contains_key("sizes"));
            counted || measured || said.has(number) || counts(clause, i, number)
        }
        Kind::Quoted(text) => said.words.iter().any(|w| w.contains(text.trim()) || text.contains(w.as_str())),
        Kind::Size(w, h) => said.numbers.contains(&f64::from(*w)) || said.words.iter().any(|s| *s == format!("{w}x{h}")) || takes_all,
        Kind::Aspect(aspect) => {
            aspect.slash
                || said.words.contains(&aspect.text())
                || steps.iter().any(|s| matches!(s.op.as_str(), "fit" | "cover" | "crop" | "compose" | "generate" | "expand"))
        }
        Kind::Lang(lang) => {
            said.words.iter().any(|w| w == lang) || steps.iter().any(|s| matches!(s.op.as_str(), "text.remove" | "describe"))
        }
        Kind::Place(place) => !picks_one(steps) || place.split('-').any(|side| said.words.iter().any(|w| w.contains(side))),
        // "人用图一的，底用图二的": each picture but the first, which is edited anyway.
        Kind::Ref(Ref::Image(ImageRef::Image(n))) if *n >= 2 && said.words.iter().any(|w| w.starts_with("image:")) && brings_in(steps) => {
            takes_all || said.words.iter().any(|w| *w == format!("image:{n}"))
        }
        // "make everything grey except the car": what is excepted is never what is changed.
        Kind::Set(Set::Except) => steps.iter().all(spares),
        Kind::Format(format) => said.words.iter().any(|w| w == format) || takes_all,
        _ => true,
    })
}

/// Whether a step leaves something out: all but these, the others, what is kept of a background.
fn spares(step: &Step) -> bool {
    let target = step.params.get("target");
    let says = |name: &str, value: Value| target.and_then(|t| t.get(name)).is_some_and(|v| *v == value);
    says("rest", true.into())
        || says("which", "others".into())
        || says("invert", true.into())
        || !matches!(step.op.as_str(), "recolor" | "adjust" | "retouch" | "erase" | "sharpen" | "filter" | "swap")
}

/// Steps that take a second picture beside the one they edit.
fn brings_in(steps: &[Step]) -> bool {
    steps.iter().any(|s| matches!(s.op.as_str(), "swap" | "place" | "background" | "match"))
}

/// Steps on people, faces or things that are told apart by where they are.
fn picks_one(steps: &[Step]) -> bool {
    let kind = |step: &Step| step.params.get("target")?.get("kind")?.as_str().map(str::to_owned);
    !steps.is_empty() && steps.iter().all(|step| matches!(kind(step).as_deref(), Some("people" | "face" | "object")))
}

#[derive(Default)]
struct Said {
    numbers: Vec<f64>,
    words: Vec<String>,
}

impl Said {
    fn gather(&mut self, value: &Value) {
        match value {
            Value::Number(n) => self.numbers.extend(n.as_f64()),
            Value::String(s) => self.words.push(s.clone()),
            Value::Array(list) => list.iter().for_each(|v| self.gather(v)),
            Value::Object(map) => map.values().for_each(|v| self.gather(v)),
            _ => {}
        }
    }

    /// A number as it was said or as a parameter has it: the other sign, a share, what is left of a share, a multiple.
    fn has(&self, number: &Number) -> bool {
        let v = number.value;
        let share = v / 100.0;
        let forms: &[f64] = match number.unit {
            Unit::Percent => &[v, -v, share, 1.0 - share, 1.0 + share, 1.0 - 2.0 * share, v * 3.6, -v * 3.6],
            Unit::Times => &[v, 1.0 / v, 2.0],
            Unit::Degrees => &[v, -v, v % 360.0, -(v % 360.0)],
            _ => &[v, -v, share, v.round()],
        };
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-3 * b.abs().max(1.0);
        forms.iter().any(|form| self.numbers.iter().any(|n| near(*n, *form)))
            || self.words.iter().any(|w| w.replace(',', "").replace('_', ".").contains(&format!("{v}")))
    }
}

/// "these two pictures", "3个杯子": how many there are of a noun.
fn counts(clause: &Clause, at: usize, number: &Number) -> bool {
    let countable = matches!(number.unit, Unit::None | Unit::Pieces) && number.value.fract() == 0.0 && number.value <= 99.0;
    let noun = |kind: &Kind| matches!(kind, Kind::Thing(..) | Kind::Ref(_) | Kind::Place(_) | Kind::Set(_));
    let next = clause.tokens[at + 1..].iter().find(|t| t.kind != Kind::Filler);
    let all = clause.tokens[..at].iter().any(|t| matches!(t.kind, Kind::Thing(Thing::It | Thing::Picture, _) | Kind::Set(_)));
    countable && (number.unit == Unit::Pieces || next.is_some_and(|t| noun(&t.kind)) || all)
}
