//! crop, resize, pad, rotate, flip: what their words and numbers mean.

use serde_json::json;

use super::words_in::{dims, says_by, says_to};
use super::{Ask, Built, Clause, Scene};
use crate::plan::clause::Class;
use crate::plan::lexicon::Verb;
use crate::plan::token::{Dim, Flag, Kind, Spin, Thing, Unit};
use crate::plan::types::{ImageRef, Step};

pub(super) fn with_input(mut step: Step, clause: &Clause, scene: &Scene) -> Step {
    step.input = scene.input(clause);
    step
}

/// A drawing of that shape, 1024 pixels on its long side, in steps of 64.
fn drawn_size(width: f64, height: f64) -> String {
    let long = width.max(height);
    let side = |v: f64| ((v / long * 1024.0 / 64.0).round().max(1.0) * 64.0) as u32;
    format!("{}x{}", side(width), side(height))
}

/// The smallest whole numbers of a ratio.
fn ratio(width: u32, height: u32) -> String {
    let (mut a, mut b) = (width.max(1), height.max(1));
    while b != 0 {
        (a, b) = (b, a % b);
    }
    format!("{}:{}", width / a, height / a)
}

pub fn crop(clause: &Clause, scene: &Scene) -> Built {
    if let (Some(last), Some(aspect)) = (scene.before.last(), clause.aspect())
        && last.op == "generate"
        && !last.params.contains_key("size")
        && !clause.has_heavy_verb()
    {
        return Built::one(Step::new("generate").with("size", drawn_size(aspect.width, aspect.height)));
    }
    let mut step = with_input(Step::new("crop"), clause, scene);
    let to = clause.things().find_map(|(thing, _)| match thing {
        Thing::Face => Some("face"),
        Thing::People => Some("people"),
        Thing::Subject | Thing::Object | Thing::Noun => Some("subject"),
        _ => None,
    });
    if let Some(to) = to {
        step = step.with("to", to);
    }
    if clause.thing(Thing::Border)
        && let Some(margin) = clause.pixels()
    {
        step = step.with("margin", margin as i64);
    }
    if let (Some((w, h)), [place]) = (clause.size(), &clause.places()[..])
        && to.is_none()
    {
        // Where the piece ends depends on the picture's size, but for the corner that all numbers count from.
        if *place == "top-left" {
            return Built::one(step.with("box", json!([0, 0, w, h])));
        }
        return Ask::new(
            "从这个位置裁多大，要先知道图片尺寸。换成哪一种？",
            "A piece of that size cannot be cut from there by its pixels. Which one instead?",
        )
        .option(format!("裁成 {}", ratio(w, h)), format!("Crop to {}", ratio(w, h)), vec![step.clone().with("aspect", ratio(w, h))])
        .option("裁剪到主体", "Crop to the subject", vec![step.with("to", "subject")])
        .built();
    }
    if let Some((w, h)) = clause.size() {
        let resize = Step::new("resize").with("width", w).with("height", h);
        return Built::Steps(vec![step.with("aspect", ratio(w, h)), resize]);
    }
    if let Some(aspect) = clause.aspect() {
        let step = step.with("aspect", aspect.text());
        // "crop to a 500 px square"
        return match clause.number(Unit::Pixels).filter(|px| *px >= 16.0 && px.fract() == 0.0 && !clause.thing(Thing::Border)) {
            Some(px) => Built::Steps(vec![step, Step::new("resize").with("width", px as u64)]),
            None => Built::one(step),
        };
    }
    if let (Some(percent), true) = (clause.number(Unit::Percent), clause.any(Class::Sides))
        && (0.0..50.0).contains(&percent)
    {
        return Built::one(inner(step, percent / 100.0, clause));
    }
    let bare: Vec<f64> = clause.numbers().iter().filter(|n| matches!(n.unit, Unit::None | Unit::Pixels)).map(|n| n.value).collect();
    if let [x, y, w, h] = bare[..] {
        return Built::one(step.with("box", json!([x, y, w, h].map(super::words_in::whole))));
    }
    if let (Some(share), [place]) = (clause.number(Unit::Percent), &clause.places()[..]) {
        return match part(place, share / 100.0) {
            Some(area) => Built::one(step.with("box", json!(area)).with("unit", "fraction")),
            None => Built::No,
        };
    }
    if to.is_some() && !clause.places().is_empty() {
        return Ask::new("裁剪时还不能只认某一侧的那个。怎么裁？", "A crop cannot pick the one on a side yet. How should I crop?")
            .option("裁剪到所有人物", "Crop to all people", vec![step.clone().with("to", "people")])
            .option("裁剪到主体", "Crop to the subject", vec![step.with("to", "subject")])
            .built();
    }
    if to.is_some() {
        return Built::one(step);
    }
    let shape = |aspect: &str| vec![step.clone().with("aspect", aspect)];
    Ask::new("裁剪成什么比例？", "Which shape should I crop it to?")
        .option("裁成 1:1", "Crop to 1:1", shape("1:1"))
        .option("裁成 3:4", "Crop to 3:4", shape("3:4"))
        .option("裁成 16:9", "Crop to 16:9", shape("16:9"))
        .option("裁剪到主体", "Crop to the subject", vec![step.clone().with("to", "subject")])
        .built()
}

/// A share cut off on every side that is named.
fn inner(step: Step, share: f64, clause: &Clause) -> Step {
    let round = |v: f64| (v * 1e4).round() / 1e4;
    let (share, rest) = (round(share), round(1.0 - 2.0 * share));
    let area = match clause.find(|k| if let Kind::Sides(s) = k { Some(*s) } else { None }) {
        Some("horizontal") => [share, 0.0, rest, 1.0],
        Some("vertical") => [0.0, share, 1.0, rest],
        _ => [share, share, rest, rest],
    };
    step.with("box", json!(area)).with("unit", "fraction")
}

/// The part of the picture at a side, as fractions.
fn part(place: &str, share: f64) -> Option<[f64; 4]> {
    let share = (share * 1e4).round() / 1e4;
    if !(share > 0.0 && share < 1.0) {
        return None;
    }
    let area: [f64; 4] = match place {
        "left" => [0.0, 0.0, share, 1.0],
        "right" => [1.0 - share, 0.0, share, 1.0],
        "top" => [0.0, 0.0, 1.0, share],
        "bottom" => [0.0, 1.0 - share, 1.0, share],
        "top-left" => [0.0, 0.0, share, share],
        "top-right" => [1.0 - share, 0.0, share, share],
        "bottom-left" => [0.0, 1.0 - share, share, share],
        "bottom-right" => [1.0 - share, 1.0 - share, share, share],
        _ => [(1.0 - share) / 2.0, (1.0 - share) / 2.0, share, share],
    };
    Some(area.map(|v| (v * 1e4).round() / 1e4))
}

/// "裁掉上面10%", "cut off the bottom half": what is named goes.
pub fn trim_off(clause: &Clause, scene: &Scene) -> Built {
    let step = with_input(Step::new("crop"), clause, scene);
    let keep = |place: &str, share: f64| -> Option<Step> {
        let opposite = match place {
            "left" => "right",
            "right" => "left",
            "top" => "bottom",
            "bottom" => "top",
            _ => return None,
        };
        part(opposite, 1.0 - share).map(|area| step.clone().with("box", json!(area)).with("unit", "fraction"))
    };
    let places = clause.places();
    if let (Some(percent), true) = (clause.number(Unit::Percent), clause.any(Class::Sides))
        && (0.0..50.0).contains(&percent)
    {
        return Built::one(inner(step, percent / 100.0, clause));
    }
    match (clause.number(Unit::Percent), places.first()) {
        (Some(percent), Some(place)) => keep(place, percent / 100.0).map(Built::one).unwrap_or(Built::No),
        // "左半边裁掉"
        (None, Some(place)) if ["半边", "半部", "半张", "一半", "half"].iter().any(|w| scene.words(clause).contains(w)) => {
            keep(place, 0.5).map(Built::one).unwrap_or(Built::No)
        }
        (None, Some(place)) if keep(place, 0.5).is_some() => {
            let option = |share: f64| keep(place, share).into_iter().collect::<Vec<_>>();
            Ask::new("要裁掉这一边的多少？", "How much of that side should go?")
                .option("裁掉 10%", "Cut off 10%", option(0.1))
                .option("裁掉 25%", "Cut off 25%", option(0.25))
                .option("裁掉一半", "Cut off half", option(0.5))
                .built()
        }
        // "多余的白边裁了，贴着商品"
        _ if clause.things().any(|(t, _)| matches!(t, Thing::Subject | Thing::People | Thing::Face)) => crop_to(clause, scene),
        _ => Ask::new("裁剪成什么样？", "What should remain?")
            .option("裁剪到主体", "Crop to the subject", vec![step.clone().with("to", "subject")])
            .option("裁成 1:1", "Crop to 1:1", vec![step.with("aspect", "1:1")])
            .built(),
    }
}

/// Documented meanings: "缩小一半" halves, "缩小30%" leaves 70 %, "缩小到30%" leaves 30 %; a number without a side is the width.
pub fn resize(clause: &Clause, scene: &Scene) -> Built {
    // "id photo 35x45" is no size in pixels.
    if ["id photo", "passport", "证件", "mm", "毫米"].iter().any(|w| scene.words(clause).contains(w)) {
        return Built::No;
    }
    // "radius 30", "strength 50" speak of no side.
    let other = |t: &crate::plan::token::Token| matches!(t.kind, Kind::Dim(Dim::Radius | Dim::Strength | Dim::Opacity));
    if clause.tokens.iter().any(other) {
        return Built::No;
    }
    let last = scene.before.last().map(|s| s.op.as_str());
    // "变成600x600，压扁也行"
    if last == Some("resize") && clause.has(Verb::Stretch) && clause.numbers().is_empty() && clause.size().is_none() {
        return Built::one(Step::new("resize").with("fit", "fill"));
    }
    if let (Some("poster"), Some((w, h))) = (last, clause.size())
        && !clause.has_heavy_verb()
    {
        return Built::one(Step::new("poster").with("size", format!("{w}x{h}")));
    }
    // "logo bottom left, 30% of the size"
    if let (Some("place"), Some(percent)) = (last, clause.number(Unit::Percent))
        && clause.refs().is_empty()
        && !clause.thing(Thing::Picture)
        && !scene.before.last().is_some_and(|s| s.params.contains_key("scale"))
    {
        return Built::one(Step::new("place").with("scale", percent / 100.0));
    }
    let step = with_input(Step::new("resize"), clause, scene);
    let fit = |mut step: Step| {
        if clause.has(Verb::Stretch) {
            step = step.with("fit", "fill");
        } else if clause.flag(Flag::Cover) {
            step = step.with("fit", "cover");
        }
        Built::one(step)
    };
    let sides = dims(clause);
    if let Some((w, h)) = clause.size().or(sides.size) {
        // "a sunset, 1024x1024" says how large the drawing is.
        if scene.before.last().is_some_and(|s| s.op == "generate") && !clause.has_heavy_verb() {
            return Built::one(Step::new("generate").with("size", format!("{w}x{h}")));
        }
        return fit(step.with("width", w).with("height", h));
    }
    if let Some(long) = sides.long {
        return fit(step.with("width", long).with("height", long));
    }
    if let Some(short) = sides.short {
        return Ask::new("缩放哪一边？", "Which side should have that size?")
            .option(format!("宽 {short} 像素"), format!("Width {short} px"), vec![step.clone().with("width", short)])
            .option(format!("高 {short} 像素"), format!("Height {short} px"), vec![step.clone().with("height", short)])
            .built();
    }
    if sides.width.is_some() || sides.height.is_some() {
        let mut step = step;
        if let Some(w) = sides.width {
            step = step.with("width", w);
        }
        if let Some(h) = sides.height {
            step = step.with("height", h);
        }
        return fit(step);
    }
    if let Some(scale) = scale(clause, scene) {
        // "50% of the original" is said of the size, not of another picture.
        let mut step = step;
        step.input = step.input.filter(|i| *i != ImageRef::Original);
        let scale = (scale * 1e4).round() / 1e4;
        return if scale > 0.0 && scale <= 16.0 { fit(step.with("scale", scale)) } else { Built::No };
    }
    if let Some(px) = clause.pixels().filter(|v| *v >= 16.0 && v.fract() == 0.0) {
        return fit(step.with("width", px as u64));
    }
    if let Some(aspect) = clause.aspect() {
        return another_shape(&aspect.text());
    }
    // "resize it for Instagram": the size that is asked for there.
    if let Some(platform) = clause.find(|k| if let Kind::Platform(p) = k { Some(*p) } else { None }) {
        return Built::one(with_input(Step::new("fit").with("platform", platform), clause, scene));
    }
    Ask::new("缩放到多大？", "Which size should it have?")
        .option("缩小到 50%", "Half the size", vec![step.clone().with("scale", 0.5)])
        .option("宽 1080 像素", "1080 px wide", vec![step.clone().with("width", 1080)])
        .option("宽 800 像素", "800 px wide", vec![step.with("width", 800)])
        .built()
}

/// "half size", "减小到一半大小": a share of the size, where the words speak of size.
pub fn resize_share(clause: &Clause, scene: &Scene) -> Built {
    let words = scene.words(clause);
    match ["size", "大小", "尺寸", "as large", "as big"].iter().any(|w| words.contains(w)) {
        true if clause.any(Class::Times) => enlarge(clause, scene),
        true => resize(clause, scene),
        // "2x" and nothing else
        false if clause.any(Class::Times) && clause.things().all(|(t, _)| matches!(t, Thing::It | Thing::Picture)) => {
            enlarge(clause, scene)
        }
        false => Built::No,
    }
}

/// A ratio is no size: cropping and padding both give it.
pub fn another_shape(aspect: &str) -> Built {
    Ask::new(format!("要怎样变成 {aspect}？"), format!("How should it become {aspect}?"))
        .option(format!("裁成 {aspect}"), format!("Crop to {aspect}"), vec![Step::new("crop").with("aspect", aspect)])
        .option(format!("补边成 {aspect}"), format!("Pad to {aspect}"), vec![Step::new("pad").with("aspect", aspect)])
        .built()
}

fn scale(clause: &Clause, scene: &Scene) -> Option<f64> {
    let words = scene.words(clause);
    let to = says_to(&words) && !says_by(&words);
    let shrink = clause.has(Verb::Shrink) || clause.has(Verb::Lower);
    let enlarge = clause.has(Verb::Enlarge) || clause.has(Verb::Upscale);
    if let Some(percent) = clause.number(Unit::Percent) {
        let share = percent / 100.0;
        return Some(match (shrink, enlarge) {
            (true, _) if !to => 1.0 - share,
            (_, true) if !to && share < 1.0 => 1.0 + share,
            _ => share,
        });
    }
    if let Some(aspect) = clause.aspect().filter(|a| a.slash) {
        return Some(aspect.width / aspect.height);
    }
    // "放大一倍" makes it twice as large, "放大两倍" too.
    clause.number(Unit::Times).map(|t| if t == 1.0 { 2.0 } else { t }).map(|t| if shrink && t > 1.0 { 1.0 / t } else { t })
}

/// A margin that is asked for without saying how wide, in pixels.
const UNSAID_MARGIN: u64 = 20;

pub fn pad(clause: &Clause, scene: &Scene) -> Built {
    // "裁剪到主体，四周留50像素": the crop's own margin.
    let margin = ["留", "边距", "margin", "padding", "leave", "keep"].iter().any(|w| scene.words(clause).contains(w));
    if let (true, Some(last), Some(px)) = (margin && clause.colours().is_empty(), scene.before.last(), clause.pixels())
        && last.op == "crop"
        && last.params.contains_key("to")
    {
        return Built::one(Step::new("crop").with("margin", px as u64));
    }
    // "围着产品裁，留点边": a little of it.
    let vague = clause.numbers().is_empty() && clause.aspect().is_none() && clause.size().is_none() && clause.colours().is_empty();
    if margin && vague && scene.before.last().is_some_and(|s| s.op == "crop" && s.params.contains_key("to")) {
        return Built::one(Step::new("crop").with("margin", UNSAID_MARGIN));
    }
    // "扩展成1:1，补上周围": said already.
    if scene.before.last().is_some_and(|s| s.op == "expand")
        && clause.colours().is_empty()
        && clause.numbers().is_empty()
        && clause.aspect().is_none()
    {
        return Built::Nothing;
    }
    // "往上延展200px，下面也补100px"
    if scene.before.last().is_some_and(|s| s.op == "expand")
        && clause.colours().is_empty()
        && ["也", "also", "too", "as well"].iter().any(|w| scene.text.slice(0, scene.text.len()).contains(w))
    {
        return super::creative::expand(clause, scene);
    }
    let mut step = with_input(Step::new("pad"), clause, scene);
    if let Some(colour) = clause.colours().first() {
        step = step.with("color", *colour);
    } else if clause.any(Class::Transparent) {
        step = step.with("color", "transparent");
    }
    if clause.has(Verb::Blur) || clause.any(Class::BlurFill) {
        step = step.with("fill", "blur");
    } else if clause.any(Class::Mirror) || clause.any(Class::MirrorFill) || clause.has(Verb::Flip) {
        step = step.with("fill", "mirror");
    }
    if let Some(aspect) = clause.aspect() {
        return Built::one(step.with("aspect", aspect.text()));
    }
    let sides = dims(clause);
    if let Some((w, h)) = clause.size().or(sides.size) {
        return Built::one(step.with("width", w).with("height", h));
    }
    if let Some(px) = clause.pixels().filter(|v| *v >= 1.0 && v.fract() == 0.0) {
        return Built::one(border(step, clause, px as u64));
    }
    // The rest of a padding: "补成16:9，模糊填充", "pad to a square, white".
    if scene.before.last().is_some_and(|s| s.op == "pad") && !step.params.is_empty() {
        return Built::one(step);
    }
    let option = |px: u64| vec![border(step.clone(), clause, px)];
    Ask::new("加多宽的边？", "How wide should the border be?")
        .option("20 像素", "20 px", option(20))
        .option("50 像素", "50 px", option(50))
        .option("100 像素", "100 px", option(100))
        .option("补成正方形", "Pad to a square", vec![step.clone().with("aspect", "1:1")])
        .built()
}

/// A border of so many pixels on the sides that the clause names, else all around.
fn border(mut step: Step, clause: &Clause, px: u64) -> Step {
    let places = clause.places();
    let sides = clause.find(|k| if let Kind::Sides(s) = k { Some(*s) } else { None });
    let named = |side: &str| match sides {
        Some("horizontal") => side == "left" || side == "right",
        Some("vertical") => side == "top" || side == "bottom",
        Some(_) => true,
        None => places.is_empty() || places.contains(&side),
    };
    const SIDES: [&str; 4] = ["left", "right", "top", "bottom"];
    if SIDES.into_iter().all(named) {
        return step.with("margin", px);
    }
    for side in SIDES {
        if named(side) {
            step = step.with(side, px);
        }
    }
    step
}

pub fn rotate(clause: &Clause, scene: &Scene) -> Built {
    let step = with_input(Step::new("rotate"), clause, scene);
    if clause.has(Verb::Straighten) || clause.any(Class::Auto) {
        return Built::one(step.with("auto", true));
    }
    let places = clause.places();
    let counter = clause.spin() == Some(Spin::Counter) || places.contains(&"left");
    let clockwise = clause.spin() == Some(Spin::Clockwise) || places.contains(&"right");
    let angle = clause.number(Unit::Degrees).or_else(|| clause.number(Unit::None)).or_else(|| {
        let half_turn = clause.number(Unit::Percent) == Some(50.0) || clause.spin() == Some(Spin::Over) || clause.any(Class::Mirror);
        half_turn.then_some(180.0).or((counter || clockwise).then_some(90.0))
    });
    if let Some(angle) = angle {
        let turned = if counter { -angle } else { angle } % 360.0;
        let value = if turned.fract() == 0.0 { json!(turned as i64) } else { json!(turned) };
        return Built::one(step.with("degrees", value));
    }
    let option = |degrees: i64| vec![step.clone().with("degrees", degrees)];
    Ask::new("旋转多少度？", "How far should I rotate it?")
        .option("顺时针 90 度", "90 degrees clockwise", option(90))
        .option("逆时针 90 度", "90 degrees counter-clockwise", option(-90))
        .option("180 度", "180 degrees", option(180))
        .option("自动拉直", "Straighten automatically", vec![step.clone().with("auto", true)])
        .built()
}

/// "歪了", "the horizon is tilted": only the noun, so the fault is meant.
pub fn crooked(clause: &Clause, scene: &Scene) -> Built {
    let words = scene.words(clause);
    let tilted = ["歪", "斜", "tilt", "crooked", "slant", "skew", "not level", "leaning", "wonky"].iter().any(|w| words.contains(w));
    if tilted { Built::one(Step::new("rotate").with("auto", true)) } else { Built::No }
}

pub fn flip(clause: &Clause, scene: &Scene) -> Built {
    let step = with_input(Step::new("flip"), clause, scene);
    // "a 9x16 vertical" is no flip.
    let says = [
        "翻",
        "镜",
        "反",
        "颠倒",
        "对调",
        "互换",
        "flip",
        "mirror",
        "upside",
        "left to right",
        "top to bottom",
        "left-right",
        "the other way",
    ];
    let flips = clause.has(Verb::Flip) || says.iter().any(|w| scene.words(clause).contains(w));
    if !flips && !scene.before.last().is_some_and(|s| matches!(s.op.as_str(), "pad" | "compose" | "stitch")) {
        return Built::No;
    }
    // "补成3:2，两边镜像填": how the border is filled.
    if let Some(last) = scene.before.last() {
        if last.op == "pad" && clause.any(Class::Sides) && !last.params.contains_key("fill") {
            return Built::one(Step::new("pad").with("fill", "mirror"));
        }
        if matches!(last.op.as_str(), "compose" | "stitch") && !clause.has(Verb::Flip) {
            let direction = if clause.spin() == Some(Spin::Vertical) { "vertical" } else { "horizontal" };
            return Built::one(Step::new("stitch").with("direction", direction));
        }
    }
    let places = clause.places();
    let sides = clause.find(|k| if let Kind::Sides(s) = k { Some(*s) } else { None });
    let mirror = clause
        .tokens
        .iter()
        .any(|t| t.kind == Kind::Verb(Verb::Flip) && ["mirror", "镜", "reflect", "flop"].iter().any(|w| scene.word(t).starts_with(w)));
    let horizontal =
        clause.spin() == Some(Spin::Horizontal) || sides == Some("horizontal") || places.iter().any(|p| *p == "left" || *p == "right");
    let vertical = matches!(clause.spin(), Some(Spin::Vertical | Spin::Over))
        || sides == Some("vertical")
        || places.iter().any(|p| *p == "top" || *p == "bottom");
    match (horizontal, vertical) {
        (true, true) => Built::Steps(vec![step.with("axis", "horizontal"), Step::new("flip").with("axis", "vertical")]),
        (true, false) => Built::one(step.with("axis", "horizontal")),
        (false, true) => Built::one(step.with("axis", "vertical")),
        _ if mirror => Built::one(step.with("axis", "horizontal")),
        _ => Ask::new("怎样翻转？", "Which way should I flip it?")
            .option("左右翻转", "Flip horizontally", vec![step.clone().with("axis", "horizontal")])
            .option("上下翻转", "Flip vertically", vec![step.with("axis", "vertical")])
            .built(),
    }
}

/// "double the resolution": what a verb says by itself.
fn multiple(words: &str) -> Option<f64> {
    const SAID: &[(f64, &[&str])] = &[(2.0, &["double", "twice", "翻倍", "翻一倍"]), (3.0, &["triple"]), (4.0, &["quadruple"])];
    SAID.iter().find(|(_, said)| said.iter().any(|w| words.contains(w))).map(|(n, _)| *n)
}

/// "放大": by a factor that a model offers, else to a size.
pub fn enlarge(clause: &Clause, scene: &Scene) -> Built {
    let sides = dims(clause);
    let step = with_input(Step::new("upscale"), clause, scene);
    if let Some((w, h)) = clause.size().or(sides.size).or(sides.long.map(|l| (l as u32, l as u32))) {
        return Built::one(step.with("width", w).with("height", h));
    }
    if sides.width.is_some() || sides.height.is_some() {
        let named = [("width", sides.width), ("height", sides.height)];
        return Built::one(named.into_iter().fold(step, |step, (name, px)| px.into_iter().fold(step, |s, px| s.with(name, px))));
    }
    if sides.any() {
        return resize(clause, scene);
    }
    let factor = match scale(clause, scene) {
        Some(f) => Some(f),
        None if clause.has(Verb::Upscale) && multiple(&scene.words(clause)).is_some() => multiple(&scene.words(clause)),
        None => clause.number(Unit::None).filter(|n| *n <= 8.0),
    };
    match factor {
        Some(f) if [2.0, 3.0, 4.0].contains(&f) => Built::one(step.with("scale", f as u64)),
        Some(f) if f < 2.0 && f > 0.0 => Built::one(with_input(Step::new("resize"), clause, scene).with("scale", (f * 1e4).round() / 1e4)),
        None if clause.pixels().is_some_and(|px| px >= 16.0 && px.fract() == 0.0) => {
            Built::one(step.with("width", clause.pixels().unwrap_or_default() as u64))
        }
        None if clause.has(Verb::Upscale) => Built::one(step),
        _ => Ask::new("放大几倍？", "How many times larger?")
            .option("放大 2 倍", "2 times", vec![step.clone().with("scale", 2)])
            .option("放大 3 倍", "3 times", vec![step.clone().with("scale", 3)])
            .option("放大 4 倍", "4 times", vec![step.with("scale", 4)])
            .built(),
    }
}

/// "只保留左半边", "keep only the top third"
pub fn keep_part(clause: &Clause, scene: &Scene) -> Built {
    let step = with_input(Step::new("crop"), clause, scene);
    let half = ["半边", "半部", "半张", "half"].iter().any(|w| scene.words(clause).contains(w)).then_some(50.0);
    match (clause.number(Unit::Percent).or(half), &clause.places()[..]) {
        (Some(share), [place]) => match part(place, share / 100.0) {
            Some(area) => Built::one(step.with("box", json!(area)).with("unit", "fraction")),
            None => Built::No,
        },
        _ => Built::No,
    }
}

/// "左 0 上 0 宽 500 高 400"
pub fn crop_box(clause: &Clause, scene: &Scene) -> Built {
    let four = clause.numbers().iter().filter(|n| matches!(n.unit, Unit::None | Unit::Pixels)).count() == 4;
    if four { crop(clause, scene) } else { Built::No }
}

/// "裁掉周围，只留产品": what is kept is what it is cropped to.
pub fn crop_to(clause: &Clause, _: &Scene) -> Built {
    let to = clause.things().find_map(|(thing, _)| match thing {
        Thing::People => Some("people"),
        Thing::Face => Some("face"),
        Thing::Subject => Some("subject"),
        _ => None,
    });
    to.map(|to| Built::one(Step::new("crop").with("to", to))).unwrap_or(Built::No)
}
