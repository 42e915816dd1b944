//! What messages after an edit go on with, as was learnt from many of them.

use serde_json::json;

use super::super::account::stands_in;
use super::super::clause::Clause;
use super::super::learnt::{self, ASK, FOLLOW, NONE};
use super::*;

/// From here on a message goes on from the last edit as was learnt from others like it …
pub const ALIKE: f32 = 0.5;
/// … and where nothing else reads it, from here on, if no operation of its own is as likely.
const LIKELY: f32 = 0.08;

/// What a message that nothing reads likely goes on with.
pub fn likely(normal: &Normal, tokens: &[Token], ctx: &Context) -> Option<Answer> {
    let opinion = learnt::opinion(normal, 0, normal.len());
    let last = ctx.last_plan.as_ref().and_then(|plan| plan.steps.last()).map_or("", |step| step.op.as_str());
    let own = opinion.likeliest(&[ASK, NONE, last]).map_or(0.0, |(_, p)| p);
    let new = opinion.kinds(FOLLOW).into_iter().find(|(kind, _)| *kind == "new").map_or(0.0, |(_, p)| p);
    by_likeness(normal, tokens, ctx, LIKELY.max(own).max(new))
}

/// The last step changed as such messages usually ask for: "a touch less please", "do the same to the dog".
pub fn by_likeness(normal: &Normal, tokens: &[Token], ctx: &Context, least: f32) -> Option<Answer> {
    let last = ctx.last_plan.as_ref()?;
    let step = last.steps.last()?;
    if ctx.attached > 0 {
        return None;
    }
    let part = names_a_part(tokens, step);
    // Half of it is less of it.
    let way = |kind: &'static str| if kind == "half" { "less" } else { kind };
    let kinds = learnt::opinion(normal, 0, normal.len()).kinds(FOLLOW);
    let (kind, chance) = kinds.first().map(|(kind, p)| (way(kind), *p))?;
    let half = kinds.first().is_some_and(|(kind, _)| *kind == "half");
    if chance < least || kinds.iter().any(|(other, p)| way(other) != kind && *p >= chance / 2.0) {
        return None;
    }
    let on_top = |step: Step| Plan::new(vec![Step { input: None, ..step }]);
    let plan = match kind {
        "less" if !part => replaced(last, weaker(step)?, ctx),
        "more" if !part => match stronger(step)? {
            (step, true) => on_top(step),
            (step, false) => replaced(last, step, ctx),
        },
        "same" => on_top(pointed(step, tokens, normal)?),
        "instead" => replaced(last, corrected(step, tokens).or_else(|| pointed(step, tokens, normal))?, ctx),
        _ => return None,
    };
    let said = Clause { tokens: tokens.to_vec(), ..Clause::default() };
    let stands = half || stands_in(&said, &plan.steps);
    rerunnable(plan, ctx).filter(|_| stands).map(Answer::Plan)
}

/// The step on something else: what is named, or the other one of two sides.
fn pointed(step: &Step, tokens: &[Token], normal: &Normal) -> Option<Step> {
    const SIDES: &[(&str, &str)] = &[("left", "right"), ("right", "left"), ("top", "bottom"), ("bottom", "top")];
    let mut out = step.clone();
    let target = out.params.get_mut("target").filter(|t| t.is_object());
    let Some(target) = target else {
        // What was done to the whole picture is done to a part.
        let mut target = json!({"kind": "subject"});
        let named = pointed_elsewhere(&mut target, tokens);
        return named.then(|| out.with("target", target)).filter(|_| matches!(step.op.as_str(), "adjust" | "recolor" | "redact"));
    };
    if pointed_elsewhere(target, tokens) {
        return Some(out);
    }
    let words = normal.slice(0, normal.len());
    let other = ["other", "另"].iter().any(|w| words.contains(w));
    let (_, side) = SIDES.iter().find(|(side, _)| target["which"] == *side).filter(|_| other && target.get("index").is_none())?;
    target["which"] = json!(side);
    Some(out)
}
