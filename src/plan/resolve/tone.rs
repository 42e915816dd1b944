//! Tone and repair: adjust, filter, enhance, restore, colorize, sharpen, denoise, deblur, retouch, detail.

use serde_json::json;

use super::target::targets;
use super::words_in::{degree, share};
use super::{Built, Clause, Scene};
use crate::plan::clause::Class;
use crate::plan::lexicon::Verb;
use crate::plan::token::{Degree, Flag, Kind, Set, Thing, Unit};
use crate::plan::types::Step;

/// Vague amounts of `adjust`: "a bit" is 15, "a lot" 40, nothing said 20.
pub const A_BIT: i64 = 15;
pub const UNSAID: i64 = 20;
pub const A_LOT: i64 = 40;

pub fn vague(degree: Option<Degree>) -> i64 {
    match degree {
        Some(Degree::Little) => A_BIT,
        Some(Degree::Lot) => A_LOT,
        None => UNSAID,
    }
}

pub fn adjust(clause: &Clause, scene: &Scene) -> Built {
    // "换成黄色，浓一点": said of the new colour.
    let word_only =
        clause.any(Class::ToneWord) && clause.things().all(|(t, _)| matches!(t, Thing::It | Thing::Colour)) && !clause.any(Class::Tone);
    match scene.before.last().map(|s| s.op.as_str()) {
        Some("recolor") if word_only && clause.weak => return Built::No,
        // "做水印，淡一点"
        Some("watermark")
            if word_only && clause.weak && ["淡", "浅", "faint", "pale", "light"].iter().any(|w| scene.words(clause).contains(w)) =>
        {
            return Built::one(Step::new("watermark").with("opacity", 0.3));
        }
        Some("colorize") if word_only && clause.weak => return deeper(clause, scene),
        _ => {}
    }
    // "自动优化曝光和颜色" leaves it to the automatic.
    if clause.has(Verb::Enhance)
        && !clause.has(Verb::Raise)
        && !clause.has(Verb::Lower)
        && clause.numbers().is_empty()
        && clause.any(Class::Tone)
        // "暗部提亮一点" is said of that part alone.
        && !scene.words(clause).contains("提亮")
    {
        return Built::No;
    }
    // "饱和度别太…", "saturation not so …": which way is not said.
    let turned = |t: &crate::plan::token::Token| matches!(t.kind, Kind::Not | Kind::Leave);
    let signed = clause.any(Class::ToneWord)
        || clause.has(Verb::Enhance)
        || clause.has(Verb::Raise)
        || clause.has(Verb::Lower)
        || !clause.numbers().is_empty();
    if clause.tokens.iter().any(turned) || (!signed && clause.tokens.iter().any(|t| t.kind == Kind::Unknown)) {
        return Built::No;
    }
    if let Some(step) = sliders(clause) {
        return Built::one(step);
    }
    let amount = clause.number(Unit::Percent).or_else(|| clause.number(Unit::None)).map(|n| n as i64);
    let wholly = ["completely", "fully", "entirely", "totally", "完全", "彻底", "到底", "all the way"]
        .iter()
        .any(|w| scene.words(clause).contains(w));
    let amount = amount.or(wholly.then_some(100));
    let size = amount.map(i64::abs).unwrap_or_else(|| vague(degree(clause, scene))).min(100);
    let mut step = Step::new("adjust");
    let named = clause.find(|k| if let Kind::Tone(t) = k { Some(*t) } else { None });
    let word = clause.find(|k| if let Kind::ToneWord(t, sign) = k { Some((*t, i64::from(*sign))) } else { None });
    let down = scene.words(clause).split(' ').any(|w| w == "down");
    let lower = clause.has(Verb::Lower) || down || amount.is_some_and(|a| a < 0);
    let (name, sign) = match (named, word) {
        (Some(name), _) => (name, if lower || word.is_some_and(|w| w.1 < 0) { -1 } else { 1 }),
        (None, Some((name, sign))) => (name, if clause.has(Verb::Lower) { -sign } else { sign }),
        (None, None) => return Built::No,
    };
    step = step.with(name, sign * size);
    let part = clause
        .things()
        .any(|(t, _)| matches!(t, Thing::Background | Thing::People | Thing::Face | Thing::Object | Thing::Subject | Thing::Mask));
    // The mask is for who names it, else for the first that can use it.
    let masked = (scene.names_mask && !clause.thing(Thing::Mask))
        || scene.before.iter().any(|s| s.params.get("target").is_some_and(|t| t["kind"] == "mask"));
    if (part || (scene.ctx.mask && !masked))
        && let Some(target) = targets(clause, scene).into_iter().next()
    {
        step = step.with("target", target);
    }
    Built::one(step)
}

/// "亮度+30 contrast -10 saturation 5": several sliders, each with its amount after it, and nothing else.
fn sliders(clause: &Clause) -> Option<Step> {
    let said: Vec<&Kind> = clause.tokens.iter().map(|t| &t.kind).filter(|k| !matches!(k, Kind::Filler | Kind::Punct)).collect();
    if said.len() < 4 || !said.len().is_multiple_of(2) {
        return None;
    }
    said.chunks(2).try_fold(Step::new("adjust"), |step, pair| match pair {
        [Kind::Tone(name), Kind::Number(n)] if matches!(n.unit, Unit::None | Unit::Percent) && n.value.abs() <= 100.0 => {
            Some(step.with(name, n.value as i64))
        }
        _ => None,
    })
}

/// The slider that mends a fault of a part, and which way: "her face is too bright" is made darker. `None` where a cast has no colour.
fn mends(clause: &Clause, words: &str) -> Option<(&'static str, i64)> {
    let has = |list: &[&str]| list.iter().any(|word| words.contains(word));
    match (clause.flag(Flag::TooBright), clause.flag(Flag::Cast)) {
        (true, _) => Some(("brightness", -1)),
        (_, false) => Some(("brightness", 1)),
        (_, true) if has(&["yellow", "orange", "warm", "黄", "橙", "暖"]) => Some(("temperature", -1)),
        (_, true) if has(&["blue", "cold", "cool", "蓝", "冷"]) => Some(("temperature", 1)),
        (_, true) if has(&["red", "pink", "magenta", "红", "粉", "紫"]) => Some(("tint", -1)),
        (_, true) if has(&["green", "绿"]) => Some(("tint", 1)),
        (_, true) => None,
    }
}

pub fn enhance(clause: &Clause, scene: &Scene) -> Built {
    // "人物提亮": a part is made brighter by hand, the automatic works on the whole.
    let part = |t| matches!(t, Thing::People | Thing::Face | Thing::Object | Thing::Subject | Thing::Mask);
    let behind = clause.thing(Thing::Background) && clause.any(Class::Exposure) && !clause.has_heavy_verb();
    if (behind || clause.things().any(|(t, _)| part(t)))
        && let Some(target) = targets(clause, scene).into_iter().next()
    {
        let said = clause.number(Unit::Percent).or_else(|| clause.number(Unit::None)).map(|n| n as i64).filter(|n| (1..=100).contains(n));
        let amount = said.unwrap_or(vague(degree(clause, scene)));
        let Some((name, sign)) = mends(clause, &scene.words(clause)) else { return Built::No };
        return Built::one(Step::new("adjust").with(name, sign * amount).with("target", target));
    }
    // "还是太亮" after a change of tone takes some of it back.
    let toned = scene.ctx.last_plan.as_ref().and_then(|p| p.steps.last()).is_some_and(|s| matches!(s.op.as_str(), "adjust" | "enhance"));
    let bright = clause.flag(crate::plan::token::Flag::TooBright);
    if toned && scene.before.is_empty() && clause.any(Class::Exposure) && !clause.has_heavy_verb() {
        return Built::one(Step::new("adjust").with("brightness", if bright { -A_BIT } else { A_BIT }));
    }
    // "手抖了，救一下": the fault that was told of is what is mended.
    let rescue = ["救", "rescue", "salvage", "sort it out", "save this"].iter().any(|w| scene.words(clause).contains(w));
    if rescue && scene.complained && !clause.any(Class::Exposure) && clause.things().all(|(t, _)| matches!(t, Thing::It | Thing::Picture)) {
        return Built::Nothing;
    }
    let step = strength_said(Step::new("enhance"), clause);
    Built::one(if clause.any(Class::Exposure) && clause.flag(crate::plan::token::Flag::TooDark) {
        step.with("low_light", true)
    } else {
        step
    })
}

pub fn filter(clause: &Clause, scene: &Scene) -> Built {
    let Some(name) = clause.find(|k| if let Kind::Look(l) = k { Some(*l) } else { None }) else { return Built::No };
    // A filter is for the whole picture: "make the rest black and white" is something else.
    let part = clause.tokens.iter().any(|t| matches!(t.kind, Kind::Set(Set::Others | Set::Except)));
    if part && !scene.ctx.mask {
        return Built::No;
    }
    let mut step = Step::new("filter").with("name", name);
    step.input = scene.input(clause);
    Built::one(match share(clause) {
        Some(share) => step.with("amount", share),
        None => step,
    })
}

/// "make the background black and white": filters are for the whole picture, but a part can lose its colours.
pub fn grey_part(clause: &Clause, scene: &Scene) -> Built {
    let grey = clause.find(|k| if let Kind::Look(l) = k { Some(*l) } else { None }) == Some("grayscale");
    let others = clause.tokens.iter().any(|t| matches!(t.kind, Kind::Set(Set::Others | Set::Except)));
    match targets(clause, scene).into_iter().next() {
        Some(target) if grey && !others => Built::one(Step::new("adjust").with("saturation", -100).with("target", target)),
        _ => Built::No,
    }
}

pub fn pixelate_all(_: &Clause, _: &Scene) -> Built {
    Built::one(Step::new("filter").with("name", "pixelate"))
}

pub fn restore(clause: &Clause, scene: &Scene) -> Built {
    // "fix it" alone may mean anything.
    let vague = clause
        .tokens
        .iter()
        .filter(|t| t.kind == Kind::Verb(Verb::Restore))
        .any(|t| matches!(scene.word(t).as_str(), "fix" | "修一修" | "修一下" | "修修" | "修个"));
    // "折痕好多，修修"
    let told = scene.carried.is_some_and(|(thing, _)| thing == Thing::Scratch);
    if vague && told {
        return Built::one(Step::new("restore").with("scratches", true));
    }
    if vague && !clause.any(Class::Old) && !clause.thing(Thing::Scratch) {
        let mended = scene.before.last().is_some_and(|s| matches!(s.op.as_str(), "deblur" | "denoise" | "sharpen" | "enhance" | "rotate"));
        if (scene.complained || mended) && clause.things().all(|(t, _)| matches!(t, Thing::It | Thing::Picture)) {
            return Built::Nothing;
        }
        return Built::No;
    }
    // "the details went missing, restore them from version 1"
    let only_it = clause.things().all(|(t, _)| matches!(t, Thing::It | Thing::Picture));
    if only_it && scene.carried.is_some_and(|(thing, _)| thing == Thing::Detail) {
        return detail(clause, scene);
    }
    let mut step = Step::new("restore");
    step.input = scene.input(clause);
    if clause.thing(Thing::Scratch) {
        step = step.with("scratches", true);
        // Who only speaks of them gets the photo's tone and grain as they are.
        if !clause.any(Class::Old) {
            step = step.with("fade", false).with("denoise", false);
        }
        // What was painted is where they are, unless it was used before.
        let used = scene.before.iter().any(|s| s.params.get("target").is_some_and(|t| t["kind"] == "mask"));
        if scene.ctx.mask && !used {
            step = step.with("target", json!({"kind": "mask", "mask": "upload"}));
        }
    }
    if clause.has(Verb::Colorize) {
        step = step.with("colorize", true);
    }
    Built::one(step)
}

/// "keep it black and white" beside a restoration.
pub fn keep_grey(_: &Clause, scene: &Scene) -> Built {
    match scene.before.last() {
        Some(last) if last.op == "restore" => Built::one(Step::new("restore").with("colorize", false)),
        _ => Built::Nothing,
    }
}

/// "… but keep the freckles"
pub fn keep_blemishes(_: &Clause, scene: &Scene) -> Built {
    match scene.before.last() {
        Some(last) if last.op == "retouch" && !last.params.contains_key("blemishes") => {
            Built::one(Step::new("retouch").with("blemishes", false))
        }
        _ => Built::Nothing,
    }
}

/// "it has yellowed": what time did to it.
pub fn aged(clause: &Clause, scene: &Scene) -> Built {
    const SIGNS: &[&str] = &[
        "yellowed",
        "faded",
        "torn",
        "damaged",
        "泛黄",
        "褪色",
        "受损",
        "破损",
        "残破",
        "worn",
        "tattered",
        "battered",
        "weathered",
        "坏",
    ];
    let words = scene.words(clause);
    if SIGNS.iter().any(|w| words.contains(w)) { Built::one(Step::new("restore")) } else { Built::No }
}

pub fn colorize(clause: &Clause, scene: &Scene) -> Built {
    let mut step = Step::new("colorize");
    step.input = scene.input(clause);
    // Whoever asks for it anew knows that the picture has colours.
    let words = scene.words(clause);
    if ["重新", "再次", "anew", "from scratch", "anyway", "all over again", "re-colo"].iter().any(|w| words.contains(w)) {
        step = step.with("force", true);
    }
    Built::one(step)
}

/// "上色，淡一点": how strong the colours are.
fn deeper(clause: &Clause, scene: &Scene) -> Built {
    let word = clause.find(|k| if let Kind::ToneWord("saturation", sign) = k { Some(*sign) } else { None });
    match word {
        Some(sign) if scene.before.last().is_some_and(|s| !s.params.contains_key("saturation")) => {
            Built::one(Step::new("colorize").with("saturation", if sign > 0 { 1.3 } else { 0.7 }))
        }
        _ => Built::No,
    }
}

/// "锐化，强度调高", "…, at 70%", "…, not so strong": how much of the step before.
pub fn more_of_it(clause: &Clause, scene: &Scene) -> Built {
    let Some(last) = scene.before.last() else { return Built::No };
    let name = match last.op.as_str() {
        "sharpen" | "denoise" | "deblur" | "enhance" | "match" | "detail" | "recolor" | "restyle" => "strength",
        "filter" if !matches!(last.params.get("name").and_then(|n| n.as_str()), Some("blur" | "pixelate")) => "amount",
        "retouch" if last.params.contains_key("skin") => "skin",
        "retouch" => "amount",
        _ => return Built::No,
    };
    let strength = clause.tokens.iter().any(|t| matches!(t.kind, Kind::Dim(crate::plan::token::Dim::Strength)));
    let raised = clause.has(Verb::Raise);
    let named = share(clause).or_else(|| clause.number(Unit::None).filter(|n| strength && (1.0..=100.0).contains(n)).map(|n| n / 100.0));
    let value = match (named, clause.degree()) {
        (Some(share), _) => share,
        (None, _) if strength && raised => 0.8,
        (None, _) if strength && clause.has(Verb::Lower) => 0.3,
        (None, Some(Degree::Lot)) if clause.verbs().next().is_none() || strength || raised => 0.8,
        (None, Some(Degree::Little)) if clause.verbs().next().is_none() || strength => 0.3,
        (None, None) if raised && clause.things().next().is_none() => 0.8,
        _ => return Built::No,
    };
    let said = last.params.contains_key(name) && name != "skin";
    // "No smoothing, zero" does not undo what was asked for just before.
    if said || value == 0.0 || (name == "skin" && named.is_none()) {
        return Built::No;
    }
    let mut step = Step::new(&last.op.clone()).with(name, value);
    if last.op == "filter" {
        step = step.with("name", last.params.get("name").cloned().unwrap_or_default());
    }
    Built::one(step)
}

/// "colourise it but keep the saturation at 70%": how strong the colours are that are added.
pub fn depth(clause: &Clause, scene: &Scene) -> Built {
    let tone = clause.find(|k| if let Kind::Tone(t) = k { Some(*t) } else { None });
    let coloured = scene.before.last().is_some_and(|s| s.op == "colorize" && !s.params.contains_key("saturation"));
    match (tone, share(clause)) {
        (Some("saturation"), Some(share)) if coloured => Built::one(Step::new("colorize").with("saturation", share)),
        _ => Built::No,
    }
}

fn strength_said(step: Step, clause: &Clause) -> Step {
    match share(clause) {
        Some(share) => step.with("strength", share),
        None => step,
    }
}

pub fn strength(mut step: Step, clause: &Clause, scene: &Scene) -> Step {
    let value = match (share(clause), degree(clause, scene)) {
        (Some(share), _) => Some(share),
        (None, Some(Degree::Little)) => Some(0.3),
        (None, Some(Degree::Lot)) => Some(0.8),
        _ => None,
    };
    if let Some(value) = value {
        step = step.with("strength", value);
    }
    step
}

pub fn sharpen(clause: &Clause, scene: &Scene) -> Built {
    // "make the eyes clearer"
    if ["eyes", "眼睛", "双眼", "眼神"].iter().any(|w| scene.words(clause).contains(w)) && !clause.any(Class::Percent) {
        return Built::one(Step::new("retouch").with("eyes", 0.5));
    }
    // "糊了，弄清楚": mended already.
    let words = scene.words(clause);
    // "放大四倍，要清晰": so it is.
    let clear = ["清晰", "清楚", "clear"].iter().any(|w| words.contains(w));
    if clear && clause.weak && scene.before.last().is_some_and(|s| s.op == "upscale") {
        return Built::Nothing;
    }
    if scene.before.last().is_some_and(|s| s.op == "deblur") && !words.contains('锐') && !words.contains("sharp") {
        return Built::Nothing;
    }
    Built::one(strength(Step::new("sharpen"), clause, scene))
}

pub fn denoise(clause: &Clause, scene: &Scene) -> Built {
    Built::one(strength(Step::new("denoise"), clause, scene))
}

pub fn deblur(clause: &Clause, scene: &Scene) -> Built {
    Built::one(strength(Step::new("deblur"), clause, scene))
}

pub fn retouch(clause: &Clause, scene: &Scene) -> Built {
    // "full of creases and spots": on a photo, not on a face.
    let face = clause.things().any(|(t, _)| matches!(t, Thing::Face | Thing::People | Thing::Skin));
    const AGED: &[&str] = &["crease", "scratch", "torn", "tear", "fold", "faded", "折痕", "划痕", "裂", "破", "泛黄", "老照片"];
    let aged = || AGED.iter().any(|w| scene.text.slice(0, scene.text.len()).contains(w));
    if clause.thing(Thing::Blemish) && !face && clause.has(Verb::Restore) && aged() {
        return Built::one(Step::new("restore").with("scratches", true));
    }
    let words = scene.words(clause);
    let mut step = Step::new("retouch");
    let skin = clause
        .tokens
        .iter()
        .any(|t| matches!(t.kind, Kind::Thing(Thing::Skin, _)) && !scene.word(t).contains('牙') && !scene.word(t).contains("teeth"));
    if skin || ["磨皮", "磨", "光滑", "细腻", "柔肤", "smooth"].iter().any(|w| words.contains(w)) {
        let skin = share(clause).unwrap_or(match degree(clause, scene) {
            Some(Degree::Little) => 0.3,
            Some(Degree::Lot) => 0.8,
            None => 0.5,
        });
        step = step.with("skin", skin);
    }
    let clear_eyes =
        ["eye", "眼睛", "双眼", "眼珠"].iter().any(|w| words.contains(w)) && !words.contains("眼袋") && !words.contains("eye bag");
    if clear_eyes && !clause.thing(Thing::Blemish) {
        step = step.with("eyes", share(clause).unwrap_or(0.5));
    } else if let Some(share) = share(clause).filter(|share| step.params.is_empty() && *share > 0.0) {
        step = step.with("amount", share);
    }
    if clause.thing(Thing::Blemish) || words.contains('痘') || words.contains('斑') {
        step = step.with("blemishes", true);
    }
    if words.contains("teeth") || words.contains('牙') {
        step = step.with("teeth", 0.5);
    }
    Built::one(step)
}

pub fn detail(clause: &Clause, scene: &Scene) -> Built {
    // "产品质感请保留": nothing is to be lost, nothing to be brought back.
    let keeps = clause.verbs().all(|v| matches!(v, Verb::Keep | Verb::Make)) && clause.has(Verb::Keep);
    let back = ["原", "back", "original", "回"].iter().any(|w| scene.words(clause).contains(w));
    if keeps && clause.refs().is_empty() && !back {
        return Built::Nothing;
    }
    let from = scene.input(clause).unwrap_or(crate::plan::types::ImageRef::Original);
    let mut step = Step::new("detail").with("from", from.to_string());
    if let Some(share) = share(clause) {
        step = step.with("strength", share);
    }
    if clause.things().any(|(t, _)| matches!(t, Thing::Subject | Thing::People | Thing::Object | Thing::Face | Thing::Mask))
        && let Some(target) = targets(clause, scene).into_iter().next()
    {
        step = step.with("target", target);
    }
    Built::one(step)
}
