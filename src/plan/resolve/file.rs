//! export and describe: what a file should be like, and what one wants to know of a picture.

use super::geometry::{resize, with_input};
use super::words_in::dims;
use super::{Ask, Built, Clause, Scene};
use crate::plan::clause::Class;
use crate::plan::token::{Dim, Flag, Kind, Unit};
use crate::plan::types::Step;

pub fn export(clause: &Clause, scene: &Scene) -> Built {
    let mut step = with_input(Step::new("export"), clause, scene);
    // "export as pdf": a format that there is not.
    let strange = |t: &crate::plan::token::Token| {
        let word = scene.word(t);
        t.kind == Kind::Unknown && (2..=5).contains(&word.len()) && word.chars().all(|c| c.is_ascii_alphanumeric())
    };
    let last = clause.tokens.iter().rev().find(|t| t.kind != Kind::Filler && t.kind != Kind::Punct);
    if clause.format().is_none() && last.is_some_and(strange) {
        return Built::No;
    }
    let mut steps = Vec::new();
    let sides = dims(clause);
    if clause.any(Class::Transparent)
        && !scene.before.iter().any(|s| s.op == "cutout" || s.params.get("fill").is_some_and(|f| f == "transparent"))
    {
        steps.push(Step::new("cutout"));
    }
    if let Some(format) = clause.format() {
        step = step.with("format", format);
    } else if clause.flag(Flag::Layers) {
        if scene.before.last().is_some_and(|s| matches!(s.params.get("format").and_then(|f| f.as_str()), Some("psd" | "ora"))) {
            return Built::Nothing;
        }
        step = step.with("format", "ora");
    }
    if let Some(bytes) = clause.number(Unit::Bytes) {
        step = step.with("max_bytes", bytes as u64);
    }
    if let Some(dpi) = clause.number(Unit::Dpi) {
        step = step.with("dpi", dpi as u64);
    }
    if clause.flag(Flag::WithRecipe) {
        step = step.with("metadata", "recipe");
    } else if clause.flag(Flag::NoMetadata) {
        step = step.with("metadata", "strip");
    } else if clause.flag(Flag::Metadata) {
        step = step.with("metadata", "keep");
    }
    let quality = clause.tokens.iter().any(|t| t.kind == Kind::Dim(Dim::Quality));
    let number = clause.number(Unit::None).or_else(|| clause.number(Unit::Percent)).filter(|q| (1.0..=100.0).contains(q));
    match (sides.any() || clause.size().is_some(), number) {
        // "two versions, png and jpg": so small a number counts something.
        (false, Some(q)) if q >= 10.0 || quality => step = step.with("quality", q as u64),
        (true, Some(q)) if quality && sides.width != Some(q as u64) => step = step.with("quality", q as u64),
        _ => {}
    }
    if clause.size().is_some() || sides.any() {
        if let Built::Steps(size) = resize(clause, scene) {
            steps.extend(size.into_iter().map(|mut s| {
                s.input = None;
                s
            }));
        } else {
            return Built::No;
        }
    }
    // A reference to the picture belongs to the first step.
    if let Some(first) = steps.first_mut() {
        first.input = step.input.take();
    }
    steps.push(step);
    Built::Steps(steps)
}

pub fn compress(clause: &Clause, scene: &Scene) -> Built {
    let known = clause.number(Unit::Bytes).is_some() || clause.any(Class::Quality) || !clause.numbers().is_empty();
    if known {
        return export(clause, scene);
    }
    let mut base = Step::new("export");
    if let Some(format) = clause.format() {
        base = base.with("format", format);
    }
    let option = |step: Step| vec![step];
    Ask::new("压缩到多大？", "How small should the file be?")
        .option("200 KB 以内", "Under 200 KB", option(base.clone().with("max_bytes", 200_000)))
        .option("500 KB 以内", "Under 500 KB", option(base.clone().with("max_bytes", 500_000)))
        .option("1 MB 以内", "Under 1 MB", option(base.with("max_bytes", 1_000_000)))
        .built()
}

pub fn describe(clause: &Clause, scene: &Scene) -> Built {
    Built::one(with_input(Step::new("describe"), clause, scene))
}
