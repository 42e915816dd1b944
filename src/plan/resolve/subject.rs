//! Operations on a part of the picture or on two pictures: erase, swap, place, recolor, redact, match, compose, select.

use serde_json::{Value, json};

use super::target::targets;
use super::{Ask, Built, Clause, Scene};
use crate::plan::clause::Class;
use crate::plan::lexicon::Verb;
use crate::plan::token::{Dim, Flag, Kind, Set, Spin, Thing, Unit};
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

pub fn swap(clause: &Clause, scene: &Scene) -> Built {
    let back = scene.second(clause).filter(|i| !matches!(i, ImageRef::Image(_)));
    if back.is_some()
        && clause.things().any(|(t, _)| matches!(t, Thing::Mask | Thing::Face | Thing::People | Thing::Object | Thing::Background))
    {
        return revert(clause, scene);
    }
    let Some(with) = scene.second(clause) else {
        return Ask::new(
            "要换成什么？请附上另一张图片再说一次，或选下面的。",
            "Replace it with what? Attach the other picture and ask again, or choose below.",
        )
        .option("抠出主体", "Cut out the subject", vec![Step::new("cutout")])
        .option("换成白色背景", "Make the background white", vec![Step::new("background").with("fill", "color").with("color", "#ffffff")])
        .built();
    };
    let mut step = Step::new("swap").with("with", with.to_string());
    // "image 2 into image 1"
    let into = |i: usize| i > 0 && matches!(scene.word(&clause.tokens[i - 1]).as_str(), "into" | "onto");
    if let [a, b] = (0..clause.tokens.len()).filter(|&i| matches!(clause.tokens[i].kind, Kind::Ref(_))).collect::<Vec<_>>()[..]
        && into(b)
        && !into(a)
        && let (Kind::Ref(put), Kind::Ref(base)) = (&clause.tokens[a].kind, &clause.tokens[b].kind)
        && let (Some(put), Some(base)) = (scene.resolve(put), scene.resolve(base))
    {
        step = step.with("with", put.to_string());
        step.input = Some(base).filter(|i| *i != ImageRef::Image(1));
        return Built::one(step);
    }
    // "put my lipstick (image 2) where theirs is in image 1": what is put comes first.
    if scene.words(clause).contains(" where ")
        && let [put, base] = &clause.refs().iter().filter_map(|r| scene.resolve(r)).collect::<Vec<_>>()[..]
    {
        step = step.with("with", put.to_string());
        step.input = Some(base.clone()).filter(|i| *i != ImageRef::Image(1));
        return Built::one(step);
    }
    // "swap the cup with image 1": what stands after the verb is used, whatever its number.
    let at = clause.tokens.iter().position(|t| matches!(t.kind, Kind::Verb(Verb::Change | Verb::Swap))).unwrap_or(0);
    let after = clause.tokens[at..].iter().find_map(|t| if let Kind::Ref(r) = &t.kind { scene.resolve(r) } else { None });
    if clause.refs().len() == 1 && after == Some(ImageRef::Image(1)) && scene.ctx.attached >= 2 {
        step = step.with("with", "image:1");
        step.input = Some(ImageRef::Image(2));
    }
    // "用图1替换图2里的杯子": what is used comes first, what it goes into second.
    let verb = clause.tokens.iter().position(|t| matches!(t.kind, Kind::Verb(Verb::Change | Verb::Swap))).unwrap_or(0);
    if let Some((used, other)) =
        used_picture(clause, scene).filter(|_| clause.tokens[..verb].iter().any(|t| matches!(t.kind, Kind::Ref(_))))
    {
        step = step.with("with", used.to_string());
        step.input = other.filter(|i| *i != ImageRef::Image(1));
    }
    let target = targets(&without_new(clause, scene), scene).into_iter().find(|t| t["kind"] != "subject");
    // Another face is not put on by laying a cut-out over it.
    if target.as_ref().is_some_and(|t| t["kind"] == "face") {
        return Built::No;
    }
    if let Some(target) = target {
        step = step.with("target", target);
    }
    Built::one(step)
}

/// The clause without what describes the new thing: "for the cup of image 2", "换成图2的杯子", "用图2的杯子替换…".
fn without_new(clause: &Clause, scene: &Scene) -> Clause {
    let verb = clause.tokens.iter().position(|t| matches!(t.kind, Kind::Verb(Verb::Change | Verb::Swap)));
    let Some(verb) = verb else { return clause.clone() };
    let is_ref = |t: &crate::plan::token::Token| matches!(t.kind, Kind::Ref(_));
    let noun = |t: &crate::plan::token::Token| matches!(t.kind, Kind::Thing(..) | Kind::Unknown);
    let after = &clause.tokens[verb + 1..];
    let connects = |t: &crate::plan::token::Token| matches!(scene.word(t).as_str(), "for" | "with" | "by" | "against");
    let mut out = clause.clone();
    if let Some(at) = after.iter().position(connects).filter(|&at| after[at..].iter().any(is_ref) && after[..at].iter().any(noun)) {
        out.tokens.truncate(verb + 1 + at);
    } else if after.iter().any(is_ref)
        && clause.tokens[..verb].iter().any(noun)
        && scene.word(&clause.tokens[verb]).ends_with(['成', '为', '做', '作'])
    {
        out.tokens.truncate(verb + 1);
    }
    out
}

/// "把杯子换成我刚发的这个": the picture that came along.
pub fn swap_with_this(clause: &Clause, scene: &Scene) -> Built {
    let came = scene.ctx.attached == 1 && scene.ctx.versions > 0 && clause.thing(Thing::It) && clause.colours().is_empty();
    if came { swap(clause, scene) } else { Built::No }
}

/// "中间空10像素" beside a stitched picture.
pub fn gap(clause: &Clause, scene: &Scene) -> Built {
    let words = scene.words(clause);
    let gap = ["空", "间", "gap", "spac", "between"].iter().any(|w| words.contains(w));
    match (scene.before.last(), clause.number(Unit::Pixels)) {
        (Some(last), Some(px)) if gap && last.op == "stitch" => Built::one(Step::new("stitch").with("gap", px as u64)),
        _ => Built::No,
    }
}

/// The picture that stands after 用, 拿 or "use", and the other one that is named.
pub fn used_picture(clause: &Clause, scene: &Scene) -> Option<(ImageRef, Option<ImageRef>)> {
    let uses = |t: &crate::plan::token::Token| {
        matches!(scene.word(t).as_str(), "用" | "使用" | "拿" | "按" | "按照" | "照" | "照着" | "参照" | "参考" | "use" | "using" | "take")
    };
    let at = clause.tokens.iter().position(uses)?;
    let named = |t: &crate::plan::token::Token| if let Kind::Ref(r) = &t.kind { scene.resolve(r) } else { None };
    let used = clause.tokens[at..].iter().find_map(named)?;
    let other = clause.tokens.iter().filter_map(named).find(|i| *i != used);
    Some((used, other))
}

/// "the person from photo 2 to photo 1": the picture after a word of place is what it is put onto.
fn put_onto(clause: &Clause, scene: &Scene) -> Option<(ImageRef, ImageRef)> {
    const ONTO: &[&str] = &["to", "onto", "on", "into", "in", "upon", "over", "在", "往", "给", "到", "进", "于", "of"];
    let at: Vec<usize> = (0..clause.tokens.len()).filter(|&i| matches!(clause.tokens[i].kind, Kind::Ref(_))).collect();
    let [a, b] = at[..] else { return None };
    let named = |i: usize| if let Kind::Ref(r) = &clause.tokens[i].kind { scene.resolve(r) } else { None };
    let onto = |i: usize| {
        clause.tokens[..i]
            .iter()
            .rev()
            .take_while(|t| t.kind == Kind::Filler || matches!(t.kind, Kind::Place(_) | Kind::Ba))
            .any(|t| ONTO.contains(&scene.word(t).as_str()))
    };
    let (put, base) = if onto(a) && !onto(b) {
        (named(b)?, named(a)?)
    } else if onto(b) {
        (named(a)?, named(b)?)
    } else {
        return None;
    };
    (put != base).then_some((put, base))
}

/// "put me into image 2": this picture's subject before the other.
fn into_other(clause: &Clause, scene: &Scene) -> Option<ImageRef> {
    const INTO: &[&str] =
        &["to", "onto", "into", "in", "on", "before", "到", "进", "在", "放到", "放进", "放在", "p到", "p进", "合成到", "贴到"];
    let at = clause.tokens.iter().position(|t| matches!(t.kind, Kind::Ref(_)))?;
    let Kind::Ref(reference) = &clause.tokens[at].kind else { return None };
    let other = scene.resolve(reference).filter(|i| matches!(i, ImageRef::Image(n) if *n >= 2))?;
    let own = clause.tokens[..at].iter().any(|t| {
        matches!(t.kind, Kind::Thing(Thing::People | Thing::Subject | Thing::It | Thing::Object, _))
            || matches!(scene.word(t).as_str(), "me" | "us" | "我" | "我们" | "自己")
    });
    let into = clause.tokens[..at]
        .iter()
        .rev()
        .find(|t| !matches!(t.kind, Kind::Thing(Thing::Picture | Thing::Background, _)) && scene.word(t) != "the")?;
    let verb = clause.tokens[..at].iter().any(|t| t.kind == Kind::Verb(Verb::Put));
    (own && verb
        && clause.refs().len() == 1
        && (INTO.contains(&scene.word(into).as_str()) || scene.word(into).ends_with(['到', '进', '在'])))
    .then_some(other)
}

pub fn place(clause: &Clause, scene: &Scene) -> Built {
    if let Some(other) = into_other(clause, scene).filter(|_| clause.places().is_empty()) {
        return Built::one(Step::new("background").with("fill", "image").with("image", other.to_string()));
    }
    // "put image 1 …", "把第 1 张图放到…": what stands beside the verb is what is put.
    let beside = |i: usize| {
        let named =
            |t: Option<&crate::plan::token::Token>| if let Some(Kind::Ref(r)) = t.map(|t| &t.kind) { scene.resolve(r) } else { None };
        let before = named(i.checked_sub(1).and_then(|i| clause.tokens.get(i)));
        before.filter(|_| i >= 2 && clause.tokens[i - 2].kind == Kind::Ba).or_else(|| named(clause.tokens.get(i + 1)))
    };
    let verb = clause.tokens.iter().position(|t| t.kind == Kind::Verb(Verb::Put));
    let told =
        scene.told.filter(|_| clause.thing(Thing::It)).cloned().or_else(|| verb.and_then(beside).filter(|_| clause.refs().len() == 1));
    // "图二盖到图一的右上", "image 2 onto image 1": the one before the verb goes onto the one after it.
    let named = |t: &crate::plan::token::Token| if let Kind::Ref(r) = &t.kind { scene.resolve(r) } else { None };
    let onto = verb
        .and_then(|at| {
            let put = clause.tokens[..at].iter().find_map(named)?;
            let base = clause.tokens[at..].iter().find_map(named)?;
            (put != base && clause.refs().len() == 2).then_some((put, base))
        })
        .or_else(|| put_onto(clause, scene));
    let Some(image) = onto.as_ref().map(|(put, _)| put.clone()).or(told).or_else(|| scene.second(clause)) else {
        return Built::No;
    };
    let mut step = Step::new("place").with("image", image.to_string());
    step.input = onto.map(|(_, base)| base).filter(|base| *base != ImageRef::Image(1));
    if let Some(place) = super::words_in::anchor(clause) {
        step = step.with("position", place);
    }
    let bare = clause.number(Unit::None).filter(|n| clause.any(Class::Opacity) && (1.0..=100.0).contains(n));
    let share = clause.number(Unit::Percent).or(bare).map(|p| p / 100.0);
    match share {
        Some(share) if clause.any(Class::Opacity) || !["size", "大小", "宽度", "width"].iter().any(|w| scene.words(clause).contains(w)) => {
            step = step.with("opacity", share)
        }
        Some(share) => step = step.with("scale", share),
        None => {}
    }
    if let Some(degrees) = clause.number(Unit::Degrees) {
        let back = clause.spin() == Some(Spin::Counter) || ["逆", "left", "counter"].iter().any(|w| scene.words(clause).contains(w));
        step = step.with("rotate", super::words_in::whole(if back { -degrees } else { degrees }));
    }
    if let Some(px) = clause.number(Unit::Pixels) {
        step = step.with("width", super::words_in::whole(px));
    }
    Built::one(step)
}

/// "…, tilted 15 degrees, 70% opacity, about 15% of the width": more of what is put.
pub fn place_more(clause: &Clause, scene: &Scene) -> Built {
    let Some(last) = scene.before.last().filter(|s| s.op == "place") else { return Built::No };
    let words = scene.words(clause);
    let mut step = Step::new("place");
    if let Some(degrees) = clause.number(Unit::Degrees) {
        let another = clause.thing(Thing::Picture) || scene.ctx.attached < 2;
        let tilts = clause.verbs().next().is_none()
            || words.contains("ed ")
            || (!another && clause.weak)
            || ["斜", "歪", "tilt", "angle", "slant"].iter().any(|w| words.contains(w));
        if !tilts {
            return Built::No;
        }
        let back = ["逆", "left", "counter"].iter().any(|w| words.contains(w));
        step = step.with("rotate", super::words_in::whole(if back { -degrees } else { degrees }));
    }
    if let Some(share) = super::words_in::share(clause) {
        let size = ["size", "大小", "宽", "width", "wide", "占"].iter().any(|w| words.contains(w));
        let opacity = clause.any(Class::Opacity) || words.contains("transparent") || words.contains("透");
        match (size, opacity) {
            (true, false) => step = step.with("scale", share),
            (false, true) => step = step.with("opacity", share),
            _ => return Built::No,
        }
    }
    if clause.places().len() == 1 && !last.params.contains_key("position") {
        step = step.with("position", clause.places()[0]);
    }
    if step.params.is_empty() || step.params.keys().any(|k| last.params.contains_key(k)) { Built::No } else { Built::one(step) }
}

pub fn redact(clause: &Clause, scene: &Scene) -> Built {
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

/// Tone and colour of another picture, as much of it as is said.
pub fn match_look(clause: &Clause, scene: &Scene) -> Built {
    match (matched(clause, scene), super::words_in::share(clause)) {
        (Built::Steps(steps), Some(share)) => Built::Steps(steps.into_iter().map(|s| s.with("strength", share)).collect()),
        (built, _) => built,
    }
}

fn matched(clause: &Clause, scene: &Scene) -> Built {
    // "第二张的颜色好看，让第一张照着它来"
    let own = clause.refs().first().and_then(|r| scene.resolve(r));
    if let Some(told) = scene.told.filter(|told| clause.thing(Thing::It) && clause.refs().len() <= 1 && own.as_ref() != Some(told)) {
        let mut step = Step::new("match").with("to", told.to_string());
        step.input = own.filter(|i| *i != ImageRef::Image(1));
        return Built::one(step);
    }
    if let Some((used, other)) = used_picture(clause, scene) {
        let mut step = Step::new("match").with("to", used.to_string());
        step.input = other.filter(|i| *i != ImageRef::Image(1));
        return Built::one(step);
    }
    // One picture named is the one to take after; another one is worked on.
    if let [only] = clause.refs()[..]
        && let Some(ImageRef::Image(1)) = scene.resolve(only)
        && scene.ctx.attached >= 2
        && !clause.thing(Thing::It)
    {
        let mut step = Step::new("match").with("to", "image:1");
        step.input = Some(ImageRef::Image(2));
        return Built::one(step);
    }
    let Some(to) = scene.second(clause) else { return Built::No };
    let mut step = Step::new("match").with("to", to.to_string());
    // "第3版照着第1版的颜色调": what is named first is worked on.
    let first = clause.refs().first().and_then(|r| scene.resolve(r));
    step.input = first.filter(|first| *first != to && !matches!(first, ImageRef::Image(1) | ImageRef::Current));
    Built::one(step)
}

pub fn compose(clause: &Clause, scene: &Scene) -> Built {
    if scene.ctx.attached < 2 && scene.ctx.attached + scene.ctx.versions.min(1) < 2 {
        return Built::No;
    }
    if ["长图", "long picture", "long image", "one long", "long one", "long strip"].iter().any(|w| scene.words(clause).contains(w)) {
        return stitch(clause, scene);
    }
    let mut step = Step::new("compose");
    if scene.ctx.attached >= 2 {
        let images: Vec<String> = (1..=scene.ctx.attached.min(32)).map(|n| format!("image:{n}")).collect();
        step = step.with("images", images);
    }
    let layout = clause.find(|k| match k {
        Kind::Flag(Flag::Row) => Some("row"),
        Kind::Flag(Flag::Grid) => Some("grid"),
        Kind::Flag(Flag::Shelf) => Some("shelf"),
        Kind::Flag(Flag::Scene) => Some("scene"),
        _ => None,
    });
    let words = scene.words(clause);
    let layout = if words.contains("货架") || words.contains("shelf") || words.contains("架子") { Some("shelf") } else { layout };
    let layout = layout.or((words.contains("一排") || words.contains("一列") || words.contains("row")).then_some("row"));
    if let Some(layout) = layout {
        step = step.with("layout", layout);
    }
    if let Some(colour) = clause.colours().first() {
        step = step.with("background", *colour);
    }
    if clause.any(Class::Length) {
        step = step.with("sizes", real_sizes(clause, &[]));
    }
    Built::one(step)
}

/// "沙发2米宽，台灯0.5米高", "the sofa is 2 m wide": sizes in the world, in the order of the pictures.
pub fn sizes(clause: &Clause, scene: &Scene) -> Built {
    if scene.ctx.attached < 2 {
        return Built::No;
    }
    let before = scene.before.last().filter(|s| s.op == "compose");
    let known: Vec<Value> = before.and_then(|s| s.params.get("sizes")?.as_array().cloned()).unwrap_or_default();
    let step = match before {
        Some(_) => Step::new("compose"),
        None => {
            let images: Vec<String> = (1..=scene.ctx.attached.min(32)).map(|n| format!("image:{n}")).collect();
            Step::new("compose").with("images", images)
        }
    };
    Built::one(step.with("sizes", real_sizes(clause, &known)))
}

/// A length and which way it goes: what is said beside it, else the height.
fn real_sizes(clause: &Clause, known: &[Value]) -> Vec<Value> {
    let dim = |i: usize| match clause.tokens.get(i).map(|t| &t.kind) {
        Some(Kind::Dim(Dim::Width | Dim::Long)) => Some("width"),
        Some(Kind::Dim(Dim::Height)) => Some("height"),
        _ => None,
    };
    let mut out = known.to_vec();
    for (i, token) in clause.tokens.iter().enumerate() {
        if let Kind::Number(n) = token.kind
            && n.unit == Unit::Metres
        {
            let spaces = |from: usize, step: isize| {
                let mut at = from as isize + step;
                while at >= 0 && matches!(clause.tokens.get(at as usize).map(|t| &t.kind), Some(Kind::Space | Kind::Filler)) {
                    at += step;
                }
                usize::try_from(at).ok()
            };
            let which = spaces(i, 1).and_then(dim).or_else(|| spaces(i, -1).and_then(dim)).unwrap_or("height");
            out.push(json!({which: n.value}));
        }
    }
    out
}

pub fn stitch(clause: &Clause, scene: &Scene) -> Built {
    let spin = clause.find(|k| if let Kind::Spin(s @ (Spin::Horizontal | Spin::Vertical)) = k { Some(*s) } else { None });
    let words = scene.words(clause);
    let said = |list: &[&str]| list.iter().any(|w| words.contains(w));
    let spin = spin
        .or_else(|| said(&["竖", "上下", "从上到下", "top to bottom", "under each other", "one long", "stack"]).then_some(Spin::Vertical))
        .or_else(|| said(&["横", "左右", "并排", "side by side", "next to each other"]).then_some(Spin::Horizontal));
    let mut step = Step::new("stitch");
    if spin == Some(Spin::Horizontal) || (spin.is_none() && clause.flag(Flag::Row)) {
        step = step.with("direction", "horizontal");
    } else if spin == Some(Spin::Vertical) {
        step = step.with("direction", "vertical");
    }
    if let Some(gap) = clause.number(Unit::Pixels) {
        step = step.with("gap", gap as u64);
    }
    Built::one(step)
}

pub fn split(clause: &Clause, scene: &Scene) -> Built {
    let step = Step::new("split");
    if clause.flag(Flag::Blank) {
        return Built::one(step.with("by", "blank"));
    }
    let half = ["in half", "in two", "in halves", "一半", "对半", "两半", "一分为二"].iter().any(|w| scene.words(clause).contains(w));
    if half {
        return Built::one(step.with("parts", 2));
    }
    Built::one(match clause.number(Unit::Pieces).or_else(|| clause.number(Unit::None)) {
        Some(parts) if parts >= 2.0 => step.with("parts", parts as u64),
        _ => step,
    })
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
