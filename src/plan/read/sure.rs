//! How sure a reading is: whether every word with a meaning stands in its steps, and how many strange words it bears.

use super::*;

/// Whether a reading leaves nothing open.
pub(super) fn is_clear(clause: &Clause, read: &Resolved) -> bool {
    match read.built {
        Built::Steps(_) => read.confidence() >= SURE && read.strange == 0 && !leaves_out(clause, read),
        Built::Nothing => true,
        _ => false,
    }
}

/// Whether a word with a meaning of its own would be passed over; a colour beside a noun only describes it.
pub(super) fn leaves_out(clause: &Clause, read: &Resolved) -> bool {
    let passed_over = |i: &usize| clause.tokens.get(*i).is_some_and(|t| clause::weight(&t.kind) >= 3 && !matches!(t.kind, Kind::Colour(_)));
    // A number is not kept as it is in silence.
    let measured = |n: &crate::plan::token::Number| n.unit == crate::plan::token::Unit::Pixels;
    if read.built == Built::Nothing && read.rule.op == "keep" && clause.numbers().iter().any(measured) {
        return true;
    }
    let Built::Steps(steps) = &read.built else { return false };
    let said: Vec<usize> = read.unread.iter().copied().filter(|i| passed_over(i) && !goes_without(&clause.tokens[*i], steps)).collect();
    // All that a light verb could act on stands in the steps: "reduce the noise" is a denoising.
    let verbs =
        |i: &usize| matches!(clause.tokens[*i].kind, Kind::Verb(Verb::Add | Verb::Change | Verb::Describe | Verb::Raise | Verb::Lower));
    let moved = steps.iter().any(|s| matches!(s.op.as_str(), "adjust" | "resize" | "crop" | "expand"));
    (!said.is_empty() && (moved || !said.iter().all(verbs))) || !accounted(clause, read)
}

/// What is said beside a step without changing it: the label that a text stands on, the picture that something is taken from, the ground under a shadow.
fn goes_without(token: &Token, steps: &[Step]) -> bool {
    let all = |ops: &[&str]| steps.iter().all(|s| ops.contains(&s.op.as_str()));
    let kind = |s: &Step| s.params.get("target").and_then(|t| t.get("kind")).and_then(|k| k.as_str()).map(str::to_owned);
    match token.kind {
        Kind::Thing(Thing::Noun | Thing::Object | Thing::Subject, _) => {
            let letters = steps.iter().all(|s| s.op.starts_with("text.") || (s.op == "select" && kind(s).as_deref() == Some("text")));
            let taken = steps
                .iter()
                .all(|s| matches!(s.op.as_str(), "place" | "match") || (s.op == "background" && s.params.contains_key("image")));
            letters || taken
        }
        Kind::Place("bottom") => steps.iter().all(|s| s.params.contains_key("shadow") || s.op == "poster"),
        Kind::Thing(Thing::People, _) if steps.iter().all(|s| s.op == "background" && s.params.contains_key("image")) => true,
        Kind::Thing(Thing::People | Thing::Face, _) => all(&["restyle"]),
        Kind::Spin(_) => all(&["compose", "stitch"]),
        _ => false,
    }
}

/// Whether every number, text and name that was said stands in the plan; what was heard but not used is not passed over in silence.
pub(super) fn accounted(clause: &Clause, read: &Resolved) -> bool {
    let Built::Steps(steps) = &read.built else { return true };
    if read.rule.free || steps.is_empty() {
        return true;
    }
    crate::plan::account::stands_in(clause, steps)
}

/// An edit of a part is not run on words that are half guessed.
pub(super) fn too_strange(clause: &Clause, read: &Resolved, text: &Normal) -> bool {
    let Built::Steps(steps) = &read.built else { return false };
    let most = if whole_picture(steps) && !begins_strangely(clause, text) { 14 } else { 6 };
    !read.rule.free && read.strange > most
}

/// Whether the steps do to the whole picture or its file what their own words say: strange words beside them name no part that is meant instead.
fn whole_picture(steps: &[Step]) -> bool {
    const OPS: &[&str] = &[
        "export",
        "mockup",
        "poster",
        "cover",
        "stickers",
        "split",
        "stitch",
        "compose",
        "fit",
        "text.translate",
        "text.replace",
        "text.read",
        "watermark",
        "upscale",
        "rotate",
        "flip",
        "describe",
        "match",
        "colorize",
        "restore",
        "denoise",
        "deblur",
    ];
    steps.iter().all(|s| OPS.contains(&s.op.as_str()) && !s.params.contains_key("target"))
}

/// "animate it as a gif": a strange English word where an order has its verb.
fn begins_strangely(clause: &Clause, text: &Normal) -> bool {
    let first = clause.tokens.iter().find(|t| !matches!(t.kind, Kind::Filler | Kind::Punct | Kind::Chat(_)));
    first.is_some_and(|t| t.kind == Kind::Unknown && text.at(t.start).is_some_and(|c| c.is_ascii_alphabetic()))
}

/// The share of the words from which on a reading of the whole picture needs no question.
pub(super) fn enough(clause: &Clause, read: &Resolved, text: &Normal) -> bool {
    let lenient = matches!(&read.built, Built::Steps(steps) if whole_picture(steps)) && read.missed == 0 && !begins_strangely(clause, text);
    let han = text.slice(clause.range().0, clause.range().1).chars().any(crate::text::is_han);
    read.confidence() >= if lenient && !han { 0.25 } else { UNDERSTOOD }
}
