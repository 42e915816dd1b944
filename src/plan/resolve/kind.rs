//! A step by the kind of wish that was learnt: "our scanner spat this out upside down" has no word for turning.

use serde_json::json;

use super::target::targets;
use super::words_in::{degree, share};
use super::{Clause, Scene};
use crate::plan::resolve::tone::{strength, vague};
use crate::plan::types::Step;

/// The operation as its kind has it; nothing where more has to be known.
pub fn of_kind(op: &str, kind: &str, said: &Clause, scene: &Scene) -> Option<Step> {
    let step = Step::new(op);
    Some(match (op, kind) {
        ("adjust", kind) => {
            let (name, sign) = kind.split_at_checked(kind.len() - 1)?;
            // 太暗, "too dark": a fault, no amount.
            let words = scene.words(said);
            let fault = words.contains('太') || words.split(' ').any(|w| w == "too" || w == "so");
            let amount = vague(degree(said, scene).filter(|_| !fault)) * if sign == "-" { -1 } else { 1 };
            let step = step.with(name, amount);
            match &targets(said, scene)[..] {
                [] => step,
                [one] => step.with("target", one.clone()),
                _ => return None,
            }
        }
        ("filter", name) => step.with("name", name),
        ("rotate", "auto") => step.with("auto", true),
        ("rotate", degrees) => step.with("degrees", degrees.parse::<i64>().ok()?),
        ("flip", axis) => step.with("axis", axis),
        ("background", fill @ ("transparent" | "blur")) => step.with("fill", fill),
        ("crop", to @ ("subject" | "people" | "face")) => step.with("to", to),
        ("retouch", part @ ("skin" | "teeth" | "eyes")) => step.with(part, share(said).unwrap_or(0.5)),
        ("retouch", "blemishes") => step.with("blemishes", true),
        ("restore", "scratches") => step.with("scratches", true),
        ("restore", "colorize") => step.with("colorize", true),
        ("restore", "all" | "fade" | "faces") => step,
        ("mockup", device) => step.with("device", device),
        ("stitch", direction) => step.with("direction", direction),
        ("compose", layout) => {
            step.with("images", json!((1..=scene.ctx.attached).map(|n| format!("image:{n}")).collect::<Vec<_>>())).with("layout", layout)
        }
        _ => return None,
    })
}

/// An operation that needs nothing to be said of it.
pub fn plain(op: &str, said: &Clause, scene: &Scene) -> Option<Step> {
    let step = Step::new(op);
    match op {
        "sharpen" | "denoise" | "deblur" => Some(strength(step, said, scene)),
        "describe" | "text.read" | "enhance" | "colorize" | "restore" | "retouch" | "stickers" | "text.remove" => Some(step),
        "detail" => Some(step.with("from", "original")),
        _ => None,
    }
}
