//! Which part of the picture a clause names: nouns with their sides, ordinals, counts and exceptions.

use serde_json::{Map, Value, json};

use super::{Clause, Scene};
use crate::plan::token::{Kind, Set, Thing, Token, Unit};

/// A noun's target as a parameter, one for each noun that can be one.
pub fn targets(clause: &Clause, scene: &Scene) -> Vec<Value> {
    let nouns: Vec<usize> = (0..clause.tokens.len()).filter(|&i| kind_of(&clause.tokens[i]).is_some()).collect();
    // "everyone in the background": the first noun is meant, the background is where they stand.
    let nouns: Vec<usize> = match nouns.iter().position(|&i| matches!(clause.tokens[i].kind, Kind::Thing(Thing::People, _))) {
        Some(_) if nouns.len() > 1 => {
            nouns.into_iter().filter(|&i| !matches!(clause.tokens[i].kind, Kind::Thing(Thing::Background, _))).collect()
        }
        _ => nouns,
    };
    if nouns.is_empty() {
        if scene.ctx.mask {
            return vec![json!({"kind": "mask", "mask": "upload"})];
        }
        return scene.carried.and_then(|(thing, label)| kind_name(thing).map(|k| base(k, label))).map(Value::Object).into_iter().collect();
    }
    if let Some(rest) = exception(clause, &nouns) {
        return vec![rest];
    }
    let mut out: Vec<Value> = Vec::new();
    for (n, &at) in nouns.iter().enumerate() {
        let around = neighbourhood(clause, &nouns, n);
        let Some((kind, label)) = kind_of(&clause.tokens[at]) else { continue };
        let mut target = base(kind, label);
        if kind == "mask" && scene.ctx.mask {
            target.insert("mask".into(), json!("upload"));
        }
        narrow(&mut target, &around);
        let target = Value::Object(target);
        if !out.contains(&target) {
            out.push(target);
        }
    }
    out
}

fn base(kind: &str, label: &str) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("kind".into(), json!(kind));
    if kind == "object" && !label.is_empty() {
        out.insert("label".into(), json!(label));
    }
    out
}

fn kind_of(token: &Token) -> Option<(&'static str, &'static str)> {
    match token.kind {
        Kind::Thing(thing, label) => kind_name(thing).map(|k| (k, label)),
        _ => None,
    }
}

fn kind_name(thing: Thing) -> Option<&'static str> {
    Some(match thing {
        Thing::Background => "background",
        Thing::Subject => "subject",
        Thing::People => "people",
        Thing::Face => "face",
        Thing::Object => "object",
        Thing::Text => "text",
        Thing::Mask => "mask",
        _ => return None,
    })
}

/// The tokens that tell which of the n-th noun is meant. Words before the first noun show that they precede their
/// noun; else they follow it.
fn neighbourhood<'a>(clause: &'a Clause, nouns: &[usize], n: usize) -> Vec<&'a Kind> {
    let telling = |t: &&Token| matches!(t.kind, Kind::Place(_) | Kind::Ordinal(_) | Kind::Set(_) | Kind::Number(_));
    let range = |from: usize, to: usize| clause.tokens[from..to].iter().filter(telling).map(|t| &t.kind).collect::<Vec<_>>();
    if nouns.len() == 1 {
        return range(0, clause.tokens.len());
    }
    let precede = clause.tokens[..nouns[0]].iter().any(|t| matches!(t.kind, Kind::Place(_) | Kind::Ordinal(_)));
    let start = if n == 0 { 0 } else { nouns[n - 1] + 1 };
    let end = nouns.get(n + 1).copied().unwrap_or(clause.tokens.len());
    if precede { range(start, nouns[n]) } else { range(nouns[n], end) }
}

fn narrow(target: &mut Map<String, Value>, around: &[&Kind]) {
    let mut which = None;
    for kind in around {
        match kind {
            Kind::Place(place) => which = which.or(Some(side(place))),
            Kind::Set(Set::Others) => which = Some("others"),
            Kind::Set(Set::Largest) => which = Some("largest"),
            Kind::Set(Set::Smallest) => which = Some("smallest"),
            _ => {}
        }
    }
    let ordinal = around.iter().find_map(|k| if let Kind::Ordinal(n) = k { Some(*n) } else { None });
    let count = around.iter().find_map(|k| match k {
        Kind::Number(n) if matches!(n.unit, Unit::None | Unit::Pieces) && n.value.fract() == 0.0 && (1.0..=99.0).contains(&n.value) => {
            Some(n.value as u32)
        }
        _ => None,
    });
    if let Some(which) = which.or(ordinal.map(|_| "left")) {
        target.insert("which".into(), json!(which));
    }
    if let Some(index) = ordinal {
        target.insert("index".into(), json!(index));
    }
    if let Some(count) = count
        && which.is_some_and(|w| w != "others")
    {
        target.insert("count".into(), json!(count));
    }
}

/// `which` for an anchor.
pub fn side(place: &str) -> &'static str {
    match place {
        "left" | "top-left" | "bottom-left" => "left",
        "right" | "top-right" | "bottom-right" => "right",
        "top" => "top",
        "bottom" => "bottom",
        _ => "center",
    }
}

/// "everyone except the one on the left": all of the kind but those.
fn exception(clause: &Clause, nouns: &[usize]) -> Option<Value> {
    let except = clause.tokens.iter().position(|t| t.kind == Kind::Set(Set::Except))?;
    let (kind, label) = kind_of(&clause.tokens[*nouns.first()?])?;
    let place = clause.tokens.iter().find_map(|t| if let Kind::Place(p) = t.kind { Some(side(p)) } else { None });
    let _ = except;
    Some(match place {
        Some(which) => rest(kind, label, which),
        None => {
            let mut out = base(kind, label);
            out.insert("which".into(), json!("others"));
            Value::Object(out)
        }
    })
}

/// All of a kind but those at a side.
pub fn rest(kind: &str, label: &str, which: &str) -> Value {
    let mut out = base(kind, label);
    out.insert("which".into(), json!(which));
    out.insert("rest".into(), json!(true));
    Value::Object(out)
}
