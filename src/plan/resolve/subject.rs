//! Operations on a part of the picture: erase, recolor, redact, select, revert.

use serde_json::{Value, json};

use super::target::targets;
use super::{Ask, Built, Clause, Scene};
use crate::plan::clause::Class;
use crate::plan::lexicon::Verb;
use crate::plan::token::{Kind, Set, Thing, Unit};
use crate::plan::types::{ImageRef, Step};

pub fn erase(clause: &Clause, scene: &Scene) -> Built {
    let others = clause.tokens.iter().any(|t| t.kind == Kind::Set(Set::Others));
    // "只要脸那块，别的裁掉": what is kept is what it is cropped to.
    if others && clause.has(Verb::TrimOff) && !clause.has(Verb::Remove) {
        let to = match clause.things().next().or(scene.carried) {
            Some((Thing::Face, _)) => "face",
            Some((Thing::People, _)) => "people",
            _ => "subject",
        };
        return Built::one(Step::new("crop").with("to", to));
    }
    // "keep the others as they are" asks for nothing.
    if clause.has(Verb::Keep) && !clause.has(Verb::Remove) && (others || super::scenery::unchanged(clause, scene)) {
        return Built::Nothing;
    }
    if clause.has(Verb::Keep) && !clause.has(Verb::Remove) && clause.tokens.iter().any(|t| t.kind == Kind::Set(Set::Largest)) {
        return super::scenery::keep(clause, scene);
    }
    let kept_before =
        |s: &Step| s.op == "cutout" || s.params.get("target").is_some_and(|t| t["rest"] == json!(true) || t["which"] == "others");
    // "keep the one on the left, remove the others": said already.
    if others && scene.before.last().is_some_and(kept_before) {
        return Built::Nothing;
    }
    let excepts = clause.tokens.iter().any(|t| t.kind == Kind::Set(Set::Except));
    if excepts && super::target::described(clause, scene) && clause.places().is_empty() && !scene.ctx.mask {
        return ask_where("erase", None);
    }
    if everything_but(clause, scene) {
        return super::scenery::cutout(clause, scene);
    }
    if super::target::beyond_detection(clause, scene) {
        return erase_unknown(clause, scene);
    }
    if super::target::described(clause, scene) && !scene.ctx.mask {
        return Ask::new(
            "我分不出是哪一个人。请涂出来，或选下面的。",
            "I cannot tell which person is meant. Paint over them, or choose below.",
        )
        .option("我来涂抹", "I paint over them", vec![Step::new("erase").with("target", json!({"kind": "mask", "mask": "upload"}))])
        .option("去除所有人", "Remove all people", vec![Step::new("erase").with("target", json!({"kind": "people"}))])
        .built();
    }
    // "no captions, clean them off": done already.
    let only_it = clause.things().all(|(t, _)| t == Thing::It) && clause.thing(Thing::It);
    if only_it && scene.before.last().is_some_and(|s| s.op == "text.remove") {
        return Built::Nothing;
    }
    // A second word for the same removal: "take the car out, get it gone".
    let again = scene.before.last().is_some_and(|s| matches!(s.op.as_str(), "erase" | "cutout" | "text.remove"));
    if again && clause.things().next().is_none() && clause.places().is_empty() && !scene.ctx.mask && !others {
        return Built::Nothing;
    }
    // "噪点好多，去一下": what was told of goes.
    if clause.things().all(|(t, _)| t == Thing::It) {
        match scene.carried {
            Some((Thing::Noise, _)) => return Built::one(Step::new("denoise")),
            Some((Thing::Scratch, _)) => return Built::one(Step::new("restore").with("scratches", true)),
            Some((Thing::Blemish, _)) => return Built::one(Step::new("retouch").with("blemishes", true)),
            _ => {}
        }
    }
    // "two people photobombed us, remove them both": said already.
    let last_kind = scene.before.last().filter(|s| s.op == "erase").and_then(|s| s.params.get("target")?.get("kind")?.as_str());
    if only_it && last_kind == Some("people") && matches!(scene.carried, Some((Thing::People, _))) && clause.places().is_empty() {
        return Built::Nothing;
    }
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
    // "the letters and the lamp": the lamp is more than the text.
    let other = |i: &usize| !matches!(clause.tokens[*i].kind, Kind::Thing(Thing::Text | Thing::Caption, _) | Kind::Unknown);
    if super::target::heads(clause, scene).iter().any(other) {
        return Built::No;
    }
    let texts = targets(clause, scene).into_iter().find(|t| t["kind"] == "text");
    Built::one(texts.as_ref().map(text_remove).unwrap_or_else(|| Step::new("text.remove")))
}

/// "remove everything except the product", "除了人物都去掉": what is named stays.
fn everything_but(clause: &Clause, scene: &Scene) -> bool {
    let Some(scope) = super::target::Exception::of(clause, scene) else { return false };
    let except = scope.start;
    let noun = |t: &crate::plan::token::Token| matches!(t.kind, Kind::Thing(thing, _) if thing != Thing::It && thing != Thing::Picture);
    let others = clause.tokens[except..].iter().any(|t| t.kind == Kind::Set(Set::Others));
    // "除我以外的所有人": what comes after it goes.
    let names = |from: usize, to: usize| clause.tokens[from..to].iter().any(noun);
    let after = names(scope.end, clause.tokens.len()) && !names(except, scope.end);
    !names(0, except) && !after && !others && clause.places().is_empty() && !scope.speaker
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
    // "paint a little window in here" draws.
    if clause.thing(Thing::Mask)
        && clause.colours().is_empty()
        && (clause.things().any(|(t, _)| matches!(t, Thing::Object | Thing::Noun | Thing::People))
            || clause.tokens.iter().any(|t| t.kind == Kind::Unknown && t.end - t.start > 2))
    {
        return super::creative::repaint(clause, scene);
    }
    if scene.ctx.mask && clause.colours().is_empty() && super::target::beyond_detection(clause, scene) {
        return super::creative::repaint(clause, scene);
    }
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
    // "人家嫌背景乱，给换成浅灰"
    if matches!(&found[..], [only] if only["kind"] == "background") {
        return Built::one(Step::new("background").with("fill", "color").with("color", colour));
    }
    if found.is_empty() || (!scene.ctx.mask && super::target::beyond_detection(clause, scene)) {
        return ask_where("recolor", Some(colour));
    }
    let step = |t: Value| Step::new("recolor").with("target", t).with("color", colour);
    let share = super::words_in::share(clause).filter(|_| clause.number(Unit::Percent).is_some());
    let strong = |t: Value| share.iter().fold(step(t), |step, share| step.with("strength", *share));
    Built::Steps(found.into_iter().map(strong).collect())
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

pub fn redact(clause: &Clause, scene: &Scene) -> Built {
    // "blur the man with the umbrella": one of several, told by what no detector sees.
    if super::target::described(clause, scene) && clause.places().is_empty() && !scene.ctx.mask {
        return ask_where("redact", None);
    }
    // "blur everything except the person": what is named stays sharp.
    let except = |t: &crate::plan::token::Token| t.kind == Kind::Set(Set::Except);
    let others = clause.tokens.iter().any(|t| t.kind == Kind::Set(Set::Others));
    if everything_but(clause, scene) || (others && clause.tokens.iter().any(except)) {
        let kept = clause.things().find_map(|(thing, label)| match thing {
            Thing::People => Some(json!({"kind": "people"})),
            Thing::Face => Some(json!({"kind": "face"})),
            Thing::Object => Some(json!({"kind": "object", "label": label})),
            Thing::Mask => Some(json!({"kind": "mask"})),
            _ => None,
        });
        return match kept {
            Some(target) if clause.has(Verb::Blur) => Built::one(Step::new("background").with("fill", "blur").with("target", target)),
            _ => Built::No,
        };
    }
    // "后面虚掉，人要清楚": who is to be clear is not what is blurred.
    let clear = ["清楚", "清晰", "sharp", "in focus", "stay clear", "stays clear", "crisp"].iter().any(|w| scene.words(clause).contains(w));
    if clear && clause.has(Verb::Blur) {
        let behind = ["后", "背", "behind", "back", "surround"].iter().any(|w| scene.words(clause).contains(w));
        return if behind { Built::one(Step::new("background").with("fill", "blur")) } else { ask_where("redact", None) };
    }
    let mut found: Vec<Value> = targets(clause, scene).into_iter().filter(|t| t["kind"] != "background").collect();
    if let [literal, ..] = clause.quoted()[..] {
        found = vec![json!({"kind": "text", "match": literal})];
    }
    let literal = !clause.quoted().is_empty();
    if !scene.ctx.mask && !literal && super::target::beyond_detection(clause, scene) && !clause.thing(Thing::Face) {
        return ask_where("redact", None);
    }
    if found.is_empty() {
        // "faces打码，用pixelate那种": how it is done.
        if let (false, Some(last)) =
            (clause.has(Verb::Censor), scene.before.last().filter(|s| s.op == "redact" && !s.params.contains_key("style")))
        {
            return Built::one(last.clone().with("style", if clause.has(Verb::Blur) { "blur" } else { "pixelate" }));
        }
        if !clause.has(Verb::Censor) {
            return Ask::new("要给哪里打马赛克？", "What should be pixelated?")
                .option("人脸", "The faces", vec![Step::new("redact").with("target", json!({"kind": "face"})).with("style", "pixelate")])
                .option("整张图", "The whole picture", vec![Step::new("filter").with("name", "pixelate")])
                .built();
        }
        found.push(json!({"kind": "face"}));
    }
    let words = scene.words(clause);
    let style = if clause.has(Verb::Pixelate) || ["马赛克", "pixel", "mosaic"].iter().any(|w| words.contains(w)) {
        Some("pixelate")
    } else if clause.has(Verb::Blur) {
        Some("blur")
    } else if ["涂黑", "black", "solid", "黑块", "黑条"].iter().any(|w| words.contains(w)) || clause.any(Class::Colour) {
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

/// "which part is the background? select it"
pub fn select_told(clause: &Clause, scene: &Scene) -> Built {
    if !clause.things().all(|(t, _)| t == Thing::It) || !clause.thing(Thing::It) {
        return Built::No;
    }
    match scene.before.last() {
        Some(last) if last.op == "select" => Built::Nothing,
        _ if scene.carried.is_some() => select(clause, scene),
        _ => Built::No,
    }
}

pub fn select(clause: &Clause, scene: &Scene) -> Built {
    match targets(clause, scene).into_iter().next() {
        Some(target) => Built::one(Step::new("select").with("target", target)),
        None => Built::No,
    }
}

/// The original painted back inside a part.
/// "恢复成原来的", "the way it was": the original without its name.
pub fn as_it_was(words: &str) -> bool {
    const SAID: &[&str] =
        &["原来的", "原来那样", "原来那个", "原样", "本来的", "as it was", "how it was", "the way it was", "like it was", "as they were"];
    SAID.iter().any(|said| words.contains(said))
}

/// "左边那个人改坏了，恢复回去": the part that was told of.
pub fn revert_told(clause: &Clause, scene: &Scene) -> Built {
    let part =
        scene.carried.is_some_and(|(t, _)| matches!(t, Thing::People | Thing::Face | Thing::Object | Thing::Background | Thing::Mask));
    let only_it = clause.things().all(|(t, _)| matches!(t, Thing::It | Thing::Picture));
    // "修修" mends; only with a version it goes back.
    let goes_back = !clause.has(Verb::Restore) || !clause.refs().is_empty();
    let (true, true, true, Some(target)) = (part && goes_back, only_it, scene.before.is_empty(), scene.carried_target) else {
        return Built::No;
    };
    let from = clause.refs().first().and_then(|r| scene.resolve(r)).unwrap_or(ImageRef::Original);
    Built::one(Step::new("revert").with("target", target.clone()).with("from", from.to_string()))
}

pub fn revert(clause: &Clause, scene: &Scene) -> Built {
    match targets(clause, scene).into_iter().next() {
        Some(target) => {
            let from = clause.refs().first().and_then(|r| scene.resolve(r)).unwrap_or(ImageRef::Original);
            Built::one(Step::new("revert").with("target", target).with("from", from.to_string()))
        }
        None => Built::No,
    }
}
