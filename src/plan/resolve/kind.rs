//! A step by the kind of wish that was learnt: "our scanner spat this out upside down" has no word for turning.

use serde_json::json;

use super::target::targets;
use super::words_in::{degree, share, whole};
use super::{Clause, Scene};
use crate::plan::resolve::tone::{strength, vague};
use crate::plan::token::{Dim, Kind};
use crate::plan::types::{ImageRef, Step};

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
        "detail" => {
            let radius = said.tokens.windows(2).find_map(|pair| match (&pair[0].kind, &pair[1].kind) {
                (Kind::Dim(Dim::Radius), Kind::Number(n)) => Some(n.value),
                _ => None,
            });
            let step = step.with("from", scene.input(said).unwrap_or(ImageRef::Original).to_string());
            let step = match &targets(said, scene)[..] {
                [target] if target["kind"] != "background" => step.with("target", target.clone()),
                _ => step,
            };
            let step = match share(said) {
                Some(share) => step.with("strength", share),
                None => step,
            };
            Some(match radius {
                Some(radius) => step.with("radius", whole(radius)),
                None => step,
            })
        }
        // A colour, or another picture, and nothing that could be meant besides.
        "background" => match (&said.colours()[..], &said.refs()[..]) {
            ([colour], []) => Some(step.with("fill", "color").with("color", *colour)),
            ([], [reference]) => match scene.resolve(reference)? {
                ImageRef::Image(n) if n >= 2 || scene.ctx.versions > 0 => {
                    Some(step.with("fill", "image").with("image", ImageRef::Image(n).to_string()))
                }
                _ => None,
            },
            _ => None,
        },
        "expand" => {
            let aspect = said.aspect().map(|a| a.text());
            let sides: Vec<&str> = said.places().into_iter().filter(|p| ["left", "right", "top", "bottom"].contains(p)).collect();
            match (aspect, said.pixels().filter(|px| *px >= 1.0)) {
                (Some(aspect), _) => Some(step.with("aspect", aspect)),
                (None, Some(px)) if !sides.is_empty() => Some(sides.iter().fold(step, |step, side| step.with(side, px as u64))),
                _ => None,
            }
        }
        "pad" => {
            let step = match (said.aspect(), said.size()) {
                (Some(aspect), _) => step.with("aspect", aspect.text()),
                (None, Some((width, height))) => step.with("width", width).with("height", height),
                _ => return None,
            };
            match &said.colours()[..] {
                [] => Some(step),
                [colour] => Some(step.with("color", *colour)),
                _ => None,
            }
        }
        "crop" => Some(step.with("aspect", said.aspect()?.text())),
        "revert" => {
            let target = targets(said, scene).into_iter().next()?;
            let from = said.refs().first().and_then(|r| scene.resolve(r)).unwrap_or(ImageRef::Original);
            Some(step.with("target", target).with("from", from.to_string()))
        }
        _ => None,
    }
}
