//! Operations on two pictures or more: swap, place, match, compose, stitch; and split.

use serde_json::{Value, json};

use super::target::targets;
use super::{Ask, Built, Clause, Scene};
use crate::plan::clause::Class;
use crate::plan::lexicon::Verb;
use crate::plan::token::{Dim, Flag, Kind, Spin, Thing, Unit};
use crate::plan::types::{ImageRef, Step};

pub fn swap(clause: &Clause, scene: &Scene) -> Built {
    let back = scene.second(clause).filter(|i| !matches!(i, ImageRef::Image(_)));
    if back.is_some()
        && clause.things().any(|(t, _)| matches!(t, Thing::Mask | Thing::Face | Thing::People | Thing::Object | Thing::Background))
    {
        return super::subject::revert(clause, scene);
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
    // "图2的椅子顶替图1那把": what stands in for the other.
    const FOR: &[&str] = &["顶替", "替下", "代替", "取代", "替代", "to replace", "in place of", "instead of"];
    let into = |i: usize| {
        i > 0
            && (matches!(scene.word(&clause.tokens[i - 1]).as_str(), "into" | "onto")
                || FOR.contains(&scene.word(&clause.tokens[i - 1]).as_str()))
    };
    if let [a, b] = (0..clause.tokens.len()).filter(|&i| matches!(clause.tokens[i].kind, Kind::Ref(_))).collect::<Vec<_>>()[..]
        && (into(b) || clause.tokens[a..b].iter().any(|t| FOR.contains(&scene.word(t).as_str())))
        && !into(a)
        && let (Kind::Ref(put), Kind::Ref(base)) = (&clause.tokens[a].kind, &clause.tokens[b].kind)
        && let (Some(put), Some(base)) = (scene.resolve(put), scene.resolve(base))
    {
        step = step.with("with", put.to_string());
        step.input = Some(base).filter(|i| *i != ImageRef::Image(1));
        let there = Clause { tokens: clause.tokens[a..].to_vec(), ..clause.clone() };
        if let Some(target) = targets(&there, scene).into_iter().find(|t| t["kind"] == "object") {
            step = step.with("target", target);
        }
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
    // "the handbag that I attached in place of the one there": both are one.
    let both = || match &clause.things().filter(|(t, _)| *t == Thing::Object).collect::<Vec<_>>()[..] {
        [(_, label)] if clause.tokens.iter().any(|t| FOR.contains(&scene.word(t).as_str())) => {
            Some(json!({"kind": "object", "label": label}))
        }
        _ => None,
    };
    if let Some(target) = target.or_else(both) {
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
    let gap = ["空", "间", "缝", "距", "gap", "spac", "between"].iter().any(|w| words.contains(w));
    match (scene.before.last(), clause.pixels()) {
        (Some(last), Some(px)) if gap && last.op == "compose" && last.params.get("layout").is_some_and(|l| l == "row") => {
            Built::one(Step::new("stitch").with("direction", "horizontal").with("gap", px as u64))
        }
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
    let cut = scene.before.last().is_some_and(|s| s.op == "cutout");
    ((own || cut)
        && verb
        && clause.refs().len() == 1
        && (INTO.contains(&scene.word(into).as_str()) || scene.word(into).ends_with(['到', '进', '在'])))
    .then_some(other)
}

pub fn place(clause: &Clause, scene: &Scene) -> Built {
    // "放到第二张图上面": onto it, not at its top.
    let onto_it =
        |i: usize| i > 0 && matches!(clause.tokens[i].kind, Kind::Place("top")) && matches!(clause.tokens[i - 1].kind, Kind::Ref(_));
    let anchored = clause.places().len() > usize::from((0..clause.tokens.len()).any(onto_it));
    if let Some(other) = into_other(clause, scene).filter(|_| !anchored) {
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
    let share = clause.number(Unit::Percent).or(bare).map(|p| (p * 100.0).round() / 1e4);
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
