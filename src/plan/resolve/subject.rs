//! Operations on a part of the picture or on two pictures: erase, swap, place, recolor, redact, match, compose, select.

use serde_json::{Value, json};

use super::target::targets;
use super::{Ask, Built, Clause, Scene};
use crate::plan::clause::Class;
use crate::plan::lexicon::Verb;
use crate::plan::token::{Flag, Kind, Thing, Unit};
use crate::plan::types::Step;

pub fn erase(clause: &Clause, scene: &Scene) -> Built {
    let found = targets(clause, scene);
    if found.is_empty() {
        return ask_where("erase", None);
    }
    let steps = found.into_iter().map(|target| match target["kind"].as_str() {
        Some("text") => text_remove(&target),
        Some("background") => Step::new("cutout"),
        _ => Step::new("erase").with("target", target),
    });
    let mut steps: Vec<Step> = steps.collect();
    if let Some(first) = steps.first_mut() {
        first.input = scene.input(clause);
    }
    Built::Steps(steps)
}

fn text_remove(target: &Value) -> Step {
    let plain = target.as_object().is_none_or(|t| t.len() <= 1);
    let step = Step::new("text.remove");
    if plain { step } else { step.with("target", target.clone()) }
}

pub fn remove_text(clause: &Clause, scene: &Scene) -> Built {
    if let [literal, ..] = clause.quoted()[..] {
        return Built::one(Step::new("text.remove").with("target", json!({"kind": "text", "match": literal})));
    }
    let _ = scene;
    let texts = targets(clause, scene).into_iter().find(|t| t["kind"] == "text");
    Built::one(texts.as_ref().map(text_remove).unwrap_or_else(|| Step::new("text.remove")))
}

/// No detector finds it: the user shows it, or it is the subject.
fn ask_where(op: &str, colour: Option<&str>) -> Built {
    let step = |kind: Value| {
        let step = Step::new(op).with("target", kind);
        vec![match colour {
            Some(colour) => step.with("color", colour),
            None => step,
        }]
    };
    Ask::new(
        "这个部分没法自动找到。请用画笔涂出来或点一下它，也可以选下面的。",
        "I cannot find that part by myself. Paint over it or click on it, or choose below.",
    )
    .option("我来涂抹", "I paint over it", step(json!({"kind": "mask", "mask": "upload"})))
    .option("就是画面主体", "It is the main subject", step(json!({"kind": "subject"})))
    .built()
}

/// Nouns outside the detector's vocabulary, or none at all.
pub fn erase_unknown(clause: &Clause, scene: &Scene) -> Built {
    if scene.ctx.mask {
        return Built::one(Step::new("erase").with("target", json!({"kind": "mask", "mask": "upload"})));
    }
    if clause.thing(Thing::Watermark) {
        return Ask::new(
            "水印没法自动找到。请涂出来；如果是文字水印，也可以直接去文字。",
            "I cannot find the watermark by myself. Paint over it, or remove the text if it is text.",
        )
        .option("我来涂抹", "I paint over it", vec![Step::new("erase").with("target", json!({"kind": "mask", "mask": "upload"}))])
        .option("去除所有文字", "Remove all text", vec![Step::new("text.remove")])
        .built();
    }
    ask_where("erase", None)
}

pub fn recolor(clause: &Clause, scene: &Scene) -> Built {
    let Some(colour) = clause.colours().last().copied() else {
        let target = targets(clause, scene).into_iter().next().unwrap_or(json!({"kind": "subject"}));
        let option = |hex: &str| vec![Step::new("recolor").with("target", target.clone()).with("color", hex)];
        return Ask::new("要换成什么颜色？", "Which colour should it become?")
            .option("红色", "Red", option("#ff0000"))
            .option("蓝色", "Blue", option("#0000ff"))
            .option("黑色", "Black", option("#000000"))
            .built();
    };
    let found = targets(clause, scene);
    if found.is_empty() {
        return ask_where("recolor", Some(colour));
    }
    Built::Steps(found.into_iter().map(|t| Step::new("recolor").with("target", t).with("color", colour)).collect())
}

pub fn recolor_unknown(clause: &Clause, scene: &Scene) -> Built {
    if scene.ctx.mask {
        return recolor(clause, scene);
    }
    match clause.colours().last() {
        Some(colour) => ask_where("recolor", Some(colour)),
        None => Built::No,
    }
}

pub fn swap(clause: &Clause, scene: &Scene) -> Built {
    let Some(with) = scene.second(clause) else {
        return Ask::new("要换成什么？请再附一张图片，或选下面的。", "Replace it with what? Attach the other picture, or choose below.")
            .option(
                "用附上的第二张图替换主体",
                "Swap the subject with a second attached picture",
                vec![Step::new("swap").with("with", "image:2")],
            )
            .option(
                "只换背景为白色",
                "Only make the background white",
                vec![Step::new("background").with("fill", "color").with("color", "#ffffff")],
            )
            .built();
    };
    let mut step = Step::new("swap").with("with", with.to_string());
    let target = targets(clause, scene).into_iter().find(|t| t["kind"] != "subject");
    if let Some(target) = target {
        step = step.with("target", target);
    }
    Built::one(step)
}

pub fn place(clause: &Clause, scene: &Scene) -> Built {
    let Some(image) = scene.second(clause) else {
        return Built::No;
    };
    let mut step = Step::new("place").with("image", image.to_string());
    if let Some(place) = clause.places().first() {
        step = step.with("position", *place);
    }
    let share = clause.number(Unit::Percent).map(|p| p / 100.0);
    match share {
        Some(share) if clause.any(Class::Opacity) || !scene.words(clause).contains("size") => step = step.with("opacity", share),
        Some(share) => step = step.with("scale", share),
        None => {}
    }
    Built::one(step)
}

pub fn redact(clause: &Clause, scene: &Scene) -> Built {
    let mut found: Vec<Value> = targets(clause, scene).into_iter().filter(|t| t["kind"] != "background").collect();
    if found.is_empty() {
        if clause.thing(Thing::Noun) || clause.thing(Thing::Logo) || clause.thing(Thing::Watermark) {
            return ask_where("redact", None);
        }
        found.push(json!({"kind": "face"}));
    }
    let style = if clause.has(Verb::Pixelate) {
        Some("pixelate")
    } else if clause.has(Verb::Blur) {
        Some("blur")
    } else if clause.tokens.iter().any(|t| scene.word(t).contains("涂黑")) || clause.any(Class::Colour) {
        Some("solid")
    } else {
        None
    };
    let steps = found.into_iter().map(|target| {
        let step = Step::new("redact").with("target", target);
        match style {
            Some(style) => step.with("style", style),
            None => step,
        }
    });
    Built::Steps(steps.collect())
}

pub fn match_look(clause: &Clause, scene: &Scene) -> Built {
    match scene.second(clause) {
        Some(to) => Built::one(Step::new("match").with("to", to.to_string())),
        None => Built::No,
    }
}

pub fn compose(clause: &Clause, scene: &Scene) -> Built {
    if scene.ctx.attached < 2 && scene.ctx.attached + scene.ctx.versions.min(1) < 2 {
        return Built::No;
    }
    let mut step = Step::new("compose");
    if scene.ctx.attached >= 2 {
        let images: Vec<String> = (1..=scene.ctx.attached.min(32)).map(|n| format!("image:{n}")).collect();
        step = step.with("images", images);
    }
    let layout = clause.find(|k| match k {
        Kind::Flag(Flag::Row) => Some("row"),
        Kind::Flag(Flag::Grid) => Some("grid"),
        Kind::Flag(Flag::Scene) => Some("scene"),
        _ => None,
    });
    if let Some(layout) = layout {
        step = step.with("layout", layout);
    }
    if let Some(colour) = clause.colours().first() {
        step = step.with("background", *colour);
    }
    Built::one(step)
}

pub fn stitch(clause: &Clause, scene: &Scene) -> Built {
    let _ = scene;
    let horizontal = clause.any(Class::Mirror) && clause.spin() == Some(crate::plan::token::Spin::Horizontal) || clause.flag(Flag::Row);
    let step = Step::new("stitch");
    Built::one(if horizontal { step.with("direction", "horizontal") } else { step })
}

pub fn split(clause: &Clause, _: &Scene) -> Built {
    let step = Step::new("split");
    Built::one(match clause.number(Unit::Pieces).or_else(|| clause.number(Unit::None)) {
        Some(parts) if parts >= 2.0 => step.with("parts", parts as u64),
        _ => step,
    })
}

pub fn select(clause: &Clause, scene: &Scene) -> Built {
    match targets(clause, scene).into_iter().next() {
        Some(target) => Built::one(Step::new("select").with("target", target)),
        None => Built::No,
    }
}

/// The original painted back inside a part.
pub fn revert(clause: &Clause, scene: &Scene) -> Built {
    match targets(clause, scene).into_iter().next() {
        Some(target) => Built::one(Step::new("revert").with("target", target).with("from", "original")),
        None => Built::No,
    }
}
