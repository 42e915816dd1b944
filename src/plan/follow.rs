//! What a message means only because of the turn before: "a bit more", "too much, half of that", "not that one, the left one", "in Spanish too".

use serde_json::{Value, json};

use super::clause::weight;
use super::lexicon::Verb;
use super::normal::Normal;
use super::resolve::side;
use super::token::{Flag, Kind, Set, Thing, Token, Unit};
use super::types::{Answer, Context, ImageRef, Plan, Step};

mod alike;

pub use alike::likely;
use alike::{ALIKE, by_likeness};

/// Words that take back what was pointed at or asked for.
const CORRECTS: &[&str] = &[
    "not that",
    "not this",
    "not her",
    "not him",
    "not them",
    "not those",
    "not these",
    "not the",
    "wrong one",
    "wrong person",
    "wrong thing",
    "i meant",
    "i mean",
    "the other one",
    "no the",
    "no, the",
    "nope the",
    "nope, the",
    "instead",
    "不是这",
    "不是那",
    "不是她",
    "不是他",
    "不是它",
    "我说的是",
    "我指的是",
    "我要的是",
    "应该是",
    "不对",
    "错了",
    "弄错",
    "搞错",
    "选错",
    "而是",
    "另一个",
    "另外一个",
    "另一边",
];

/// Words for less of what was just done.
const LESS: &[&str] = &[
    "too much",
    "too strong",
    "too far",
    "too heavy",
    "half of that",
    "half that",
    "half as much",
    "halve",
    "weaker",
    "tone it down",
    "dial it back",
    "dial it down",
    "not so much",
    "not that much",
    "less of that",
    "make it less",
    "a bit less",
    "overdone",
    "too sharp",
    "太锐",
    "太过",
    "过头",
    "减半",
    "一半",
    "弱一点",
    "弱点",
    "轻一点",
    "轻点",
    "收一点",
    "收一收",
    "淡一点",
    "少一点",
    "没那么",
    "不要那么",
    "别那么",
    "太重",
    "太狠",
    "太强",
    "太多了",
    "过了",
    "过度",
    "太猛",
    "夸张",
];

/// Words for more of what was just done.
const MORE: &[&str] = &[
    "a bit more",
    "a little more",
    "some more",
    "more",
    "more please",
    "even more",
    "stronger",
    "not enough",
    "still not enough",
    "keep going",
    "further",
    "再来点",
    "再来一点",
    "还不够",
    "不够",
    "再多一点",
    "再多点",
    "再强一点",
    "再强点",
    "再重一点",
    "再加点",
    "再加一点",
    "继续加",
    "多一点",
    "再明显一点",
    "强一点",
];

/// The last plan changed as the message says, where the message speaks of nothing else.
pub fn read(normal: &Normal, tokens: &[Token], ctx: &Context) -> Option<Answer> {
    let last = ctx.last_plan.as_ref()?;
    let step = last.steps.last()?;
    let words = normal.slice(0, normal.len());
    let longest = |list: &[&str]| list.iter().filter(|w| contains(&words, w)).map(|w| w.chars().count()).max();
    let said = |list: &[&str]| longest(list).is_some();
    let heavy = tokens.iter().any(|t| matches!(t.kind, Kind::Verb(v) if !light(v)));
    // Much that is strange, or another part, speaks of something else: "背景不够白".
    let strange: usize = tokens.iter().filter(|t| t.kind == Kind::Unknown).map(|t| t.end - t.start).sum();
    let part = names_a_part(tokens, step);
    if let Some(step) = as_well(step, &words, tokens, ctx) {
        return rerunnable(Plan::new(vec![Step { input: None, ..step }]), ctx).map(Answer::Plan);
    }
    let steps = if let Some(lang) = only_language(tokens).filter(|_| step.op == "text.translate") {
        Some(step.clone().with("to", lang))
    } else if let Some(step) = retold(step, &words, tokens, ctx) {
        Some(step)
    } else if said(CORRECTS) && !heavy {
        corrected(step, tokens)
    } else if !heavy && said(LESS) && !part && strange <= 12 + longest(LESS).unwrap_or(0) {
        weaker(step)
    } else if !heavy
        && said(MORE)
        && !part
        && strange <= 4 + longest(MORE).unwrap_or(0)
        && !tokens.iter().any(|t| matches!(t.kind, Kind::ToneWord(..) | Kind::Tone(_)))
    {
        let (step, again) = stronger(step)?;
        let plan = if again { Plan::new(vec![step]) } else { replaced(last, step, ctx) };
        return rerunnable(plan, ctx).map(Answer::Plan);
    } else {
        None
    };
    match steps {
        Some(step) => rerunnable(replaced(last, step, ctx), ctx).map(Answer::Plan),
        None => by_likeness(normal, tokens, ctx, ALIKE),
    }
}

/// "and the cup too", "same on the right, but only 150": the last step done to something else that is named, and nothing besides.
fn as_well(step: &Step, words: &str, tokens: &[Token], ctx: &Context) -> Option<Step> {
    const TOO: &[&str] = &["too", "as well", "also", "likewise", "same", "ditto", "也", "同样", "一样"];
    let said: Vec<&Token> = tokens.iter().filter(|t| weight(&t.kind) > 0 && !matches!(t.kind, Kind::Verb(Verb::Again))).collect();
    let strange: usize = tokens.iter().filter(|t| t.kind == Kind::Unknown).map(|t| t.end - t.start).sum();
    if ctx.attached > 0 || said.is_empty() || strange > 4 || !TOO.iter().any(|w| contains(words, w)) {
        return None;
    }
    if step.op == "expand" {
        return on_other_side(step, &said);
    }
    let named = |t: &&&Token| matches!(t.kind, Kind::Thing(Thing::Object | Thing::People | Thing::Face | Thing::Subject, _));
    let tells = |t: &&Token| {
        named(&t) || matches!(t.kind, Kind::Place(_) | Kind::Ordinal(_) | Kind::Set(Set::Others | Set::Largest | Set::Smallest))
    };
    let aspect = match said[..] {
        [Token { kind: Kind::Aspect(aspect), .. }] => Some(aspect.text()),
        _ => None,
    };
    if let Some(aspect) = aspect.filter(|_| step.params.contains_key("aspect")) {
        return Some(step.clone().with("aspect", aspect));
    }
    if said.iter().filter(named).count() != 1 || !said.iter().all(tells) {
        return None;
    }
    let mut out = step.clone();
    let target = out.params.get_mut("target").filter(|t| t.is_object())?;
    pointed_elsewhere(target, tokens).then_some(out)
}

/// The canvas extended on another side, as far as before unless a number says otherwise.
fn on_other_side(step: &Step, said: &[&Token]) -> Option<Step> {
    const SIDES: &[&str] = &["left", "right", "top", "bottom"];
    let before = SIDES.iter().find_map(|side| step.params.get(*side)?.as_f64());
    let mut px = before;
    let mut sides = vec![];
    for token in said {
        match token.kind {
            Kind::Place(place) if SIDES.contains(&place) => sides.push(place),
            Kind::Number(n) if matches!(n.unit, Unit::None | Unit::Pixels) => px = Some(n.value),
            _ => return None,
        }
    }
    let px = px.filter(|px| *px >= 1.0 && !sides.is_empty())?;
    Some(sides.iter().fold(Step::new("expand"), |step, side| step.with(side, px as u64)))
}

/// "mosaic instead of the blur", "改成马赛克": how what was hidden is hidden instead.
fn hidden_otherwise(step: &Step, words: &str, tokens: &[Token]) -> Option<Step> {
    const STYLES: &[(&str, &[&str])] = &[
        ("pixelate", &["mosaic", "pixelate", "pixelated", "pixels", "pixelation", "马赛克", "像素"]),
        ("blur", &["blur", "blurred", "blurring", "模糊", "虚化"]),
        (
            "solid",
            &[
                "solid",
                "black bar",
                "black bars",
                "black box",
                "black boxes",
                "blacked out",
                "black out",
                "涂黑",
                "黑条",
                "黑块",
                "黑框",
                "纯黑",
            ],
        ),
    ];
    const OTHERWISE: &[&str] = &["instead", "rather", "换成", "改成", "改用", "换", "not", "prefer", "别用", "不要"];
    if step.op != "redact" || words.chars().count() > 60 || !OTHERWISE.iter().any(|w| contains(words, w)) {
        return None;
    }
    // "blur the background instead" is another edit.
    let other = |t: &Token| match t.kind {
        Kind::Thing(thing, _) => !matches!(thing, Thing::It | Thing::Picture | Thing::Face | Thing::People),
        Kind::Number(_) | Kind::Quoted(_) | Kind::Aspect(_) | Kind::Size(..) | Kind::Format(_) | Kind::Place(_) => true,
        _ => false,
    };
    if tokens.iter().any(other) {
        return None;
    }
    // What stands before "instead of" is wanted, what stands after it is not.
    const GIVES_WAY: &[&str] = &["instead of", "rather than", "not ", "而不是", "不要", "别用"];
    let cut = GIVES_WAY.iter().filter_map(|w| words.find(w)).min();
    let wanted = match cut {
        Some(0) => words,
        Some(at) => &words[..at],
        None => words,
    };
    let mut named = STYLES.iter().filter(|(_, list)| list.iter().any(|w| contains(wanted, w))).map(|(style, _)| *style);
    match (named.next(), named.next()) {
        (Some(style), None) if step.params.get("style").is_none_or(|old| *old != style) => Some(step.clone().with("style", style)),
        _ => None,
    }
}

/// Words for the opposite turn.
const OTHER_WAY: &[&str] = &[
    "other way",
    "other direction",
    "opposite way",
    "opposite direction",
    "wrong way",
    "wrong direction",
    "反方向",
    "方向反了",
    "转反了",
    "翻反了",
    "反了",
    "另一个方向",
    "相反的方向",
    "相反方向",
    "方向错了",
    "方向不对",
];

/// The last step told again in one point and nothing else: where it goes, which way it turns, its colour, how large its file may be, no shadow.
fn retold(step: &Step, words: &str, tokens: &[Token], ctx: &Context) -> Option<Step> {
    if ctx.attached > 0 || tokens.iter().filter(|t| t.kind == Kind::Unknown).map(|t| t.end - t.start).sum::<usize>() > RETOLD_STRANGE {
        return None;
    }
    let other_way = OTHER_WAY.iter().any(|w| contains(words, w));
    let turns =
        tokens.iter().all(|t| t.guessed || !matches!(t.kind, Kind::Verb(v) if !light(v) && !matches!(v, Verb::Rotate | Verb::Flip)));
    match step.op.as_str() {
        "rotate" if other_way && turns => {
            let degrees = step.params.get("degrees")?.as_f64()?;
            let turned = if degrees.fract() == 0.0 { json!(-degrees as i64) } else { json!(-degrees) };
            return Some(step.clone().with("degrees", turned));
        }
        "flip" if other_way && turns => {
            let axis = if step.params.get("axis")? == "vertical" { "horizontal" } else { "vertical" };
            return Some(step.clone().with("axis", axis));
        }
        _ => {}
    }
    if let Some(step) = hidden_otherwise(step, words, tokens) {
        return Some(step);
    }
    if let Some(step) = super::sizing::resized(step, words, tokens, ctx) {
        return Some(step);
    }
    let own = |t: &&Token| {
        weight(&t.kind) > 0 && !matches!(t.kind, Kind::Verb(v) if light(v) || v == Verb::Put) && !matches!(t.kind, Kind::Degree(_))
    };
    let rest: Vec<&Kind> = tokens.iter().filter(own).map(|t| &t.kind).filter(|k| !names_itself(step, k)).collect();
    let negated = tokens.iter().any(|t| matches!(t.kind, Kind::Not | Kind::Leave | Kind::Verb(Verb::Remove)));
    let placed = matches!(step.op.as_str(), "text.add" | "watermark" | "place");
    match rest[..] {
        [Kind::Place(place)] if placed && !negated => Some(step.clone().with("position", *place)),
        [Kind::Quoted(text)]
            if matches!(step.op.as_str(), "poster" | "cover") && ["call", "title", "标题", "叫"].iter().any(|w| words.contains(w)) =>
        {
            Some(step.clone().with("title", text.as_str()))
        }
        [Kind::Device(device)] if step.op == "mockup" && !negated => Some(step.clone().with("device", *device)),
        [Kind::Colour(colour)] if step.params.contains_key("color") && !negated => Some(step.clone().with("color", colour.as_str())),
        [Kind::Thing(Thing::Shadow, _)]
        | [Kind::Thing(Thing::Shadow, _), Kind::Verb(Verb::Remove)]
        | [Kind::Verb(Verb::Remove), Kind::Thing(Thing::Shadow, _)]
            if negated && step.params.get("shadow").is_some_and(|s| s != "none") =>
        {
            Some(step.clone().with("shadow", "none"))
        }
        _ if step.op == "export" && !negated => file_again(step, &rest),
        _ => None,
    }
}

/// What may be strange in such a message, in characters.
const RETOLD_STRANGE: usize = 10;

/// "must be under 300 KB" after an export: the same file, smaller.
fn file_again(step: &Step, rest: &[&Kind]) -> Option<Step> {
    let mut bytes = None;
    for kind in rest {
        match kind {
            Kind::Number(n) if n.unit == Unit::Bytes => bytes = Some(n.value as u64),
            Kind::Flag(Flag::Under) | Kind::Verb(Verb::Compress | Verb::Shrink | Verb::Export | Verb::Lower) => {}
            _ => return None,
        }
    }
    let mut out = step.clone().with("max_bytes", bytes?);
    out.params.shift_remove("quality");
    Some(out)
}

/// Nouns that stand for what the last step made.
fn names_itself(step: &Step, kind: &Kind) -> bool {
    let Kind::Thing(thing, _) = kind else { return false };
    matches!(
        (step.op.as_str(), thing),
        (_, Thing::It | Thing::Picture | Thing::Colour)
            | ("text.add", Thing::Text | Thing::Caption)
            | ("watermark", Thing::Watermark | Thing::Text)
            | ("place", Thing::Logo | Thing::Subject | Thing::People | Thing::Object | Thing::Noun)
            | ("background", Thing::Background)
            | ("denoise", Thing::Noise)
            | ("restore", Thing::Scratch)
            | ("retouch", Thing::Skin | Thing::Face | Thing::Blemish)
            | ("pad", Thing::Border)
    )
}

/// Whole words where they are English.
fn contains(words: &str, wanted: &str) -> bool {
    if !wanted.is_ascii() {
        return words.contains(wanted);
    }
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    words
        .match_indices(wanted)
        .any(|(at, _)| !letter(words[..at].chars().next_back()) && !letter(words[at + wanted.len()..].chars().next()))
}

/// Verbs that do not name another edit.
fn light(verb: Verb) -> bool {
    matches!(verb, Verb::Make | Verb::Select | Verb::Again | Verb::Raise | Verb::Lower | Verb::Keep | Verb::Change | Verb::Describe)
}

/// The last plan with its last step replaced, run on what it was run on.
fn replaced(last: &Plan, step: Step, ctx: &Context) -> Plan {
    let mut steps = last.steps.clone();
    steps.pop();
    steps.push(step);
    let before = ctx.parent.or((ctx.versions >= 2).then(|| ctx.versions - 1)).map(ImageRef::Version);
    if let Some(first) = steps.first_mut()
        && matches!(first.input, None | Some(ImageRef::Current | ImageRef::Image(_)))
    {
        // What makes no version was run on the current one.
        first.input = if step_makes_a_version(first) { before } else { None };
    }
    Plan::new(steps)
}

fn step_makes_a_version(step: &Step) -> bool {
    !matches!(step.op.as_str(), "select" | "describe" | "export" | "text.read")
}

fn only_language(tokens: &[Token]) -> Option<&'static str> {
    let meant: Vec<&Kind> = tokens.iter().map(|t| &t.kind).filter(|k| weight(k) > 0 || **k == Kind::Unknown).collect();
    match meant[..] {
        [Kind::Lang(lang)] => Some(lang),
        _ => None,
    }
}

fn names_a_part(tokens: &[Token], step: &Step) -> bool {
    tokens.iter().filter(|t| !t.guessed).any(|t| match t.kind {
        Kind::Thing(Thing::Background, _) => step.op != "background",
        Kind::Thing(thing, _) => !matches!(thing, Thing::It | Thing::Picture | Thing::Colour) && !names_itself(step, &t.kind),
        Kind::Quoted(_) | Kind::Colour(_) | Kind::Aspect(_) | Kind::Size(..) | Kind::Format(_) => true,
        _ => false,
    })
}

/// The step with what is named in place of what it had: another side, another thing, colour, shape, place.
fn corrected(step: &Step, tokens: &[Token]) -> Option<Step> {
    let mut out = step.clone();
    let mut changed = false;
    if let Some(target) = out.params.get_mut("target").filter(|t| t.is_object()) {
        changed |= pointed_elsewhere(target, tokens);
    }
    for token in tokens {
        let (name, value) = match &token.kind {
            Kind::Colour(colour) if !changed || step.params.contains_key("color") => ("color", json!(colour)),
            Kind::Aspect(aspect) => ("aspect", json!(aspect.text())),
            Kind::Format(format) => ("format", json!(format)),
            Kind::Lang(lang) => ("to", json!(lang)),
            Kind::Place(place) => ("position", json!(place)),
            Kind::Spin(super::token::Spin::Horizontal) => ("axis", json!("horizontal")),
            Kind::Spin(super::token::Spin::Vertical) => ("axis", json!("vertical")),
            _ => continue,
        };
        if step.params.contains_key(name) {
            out.params.insert(name.into(), value);
            changed = true;
        }
    }
    changed.then_some(out)
}

fn pointed_elsewhere(target: &mut Value, tokens: &[Token]) -> bool {
    let last = |pick: &dyn Fn(&Kind) -> Option<Value>| tokens.iter().rev().find_map(|t| pick(&t.kind));
    let which = last(&|k| match k {
        Kind::Place(place) => Some(json!(side(place))),
        Kind::Set(Set::Largest) => Some(json!("largest")),
        Kind::Set(Set::Smallest) => Some(json!("smallest")),
        _ => None,
    });
    let index = last(&|k| if let Kind::Ordinal(n) = k { Some(json!(n)) } else { None });
    let thing = last(&|k| match k {
        Kind::Thing(Thing::Object, label) => Some(json!({"kind": "object", "label": label})),
        Kind::Thing(Thing::People, _) => Some(json!({"kind": "people"})),
        Kind::Thing(Thing::Face, _) => Some(json!({"kind": "face"})),
        _ => None,
    });
    let Some(object) = target.as_object_mut() else { return false };
    if !matches!(object.get("kind").and_then(Value::as_str), Some("people" | "face" | "object" | "subject")) {
        return false;
    }
    let other = thing.filter(|thing| object.get("kind") != thing.get("kind") || object.get("label") != thing.get("label"));
    if which.is_none() && index.is_none() && other.is_none() {
        return false;
    }
    if let Some(Value::Object(thing)) = other {
        // Only a kind that fits the words: "the one on the right" keeps the kind.
        *object = thing;
    }
    for old in ["which", "index", "rest", "count"] {
        object.remove(old);
    }
    if let Some(which) = which.or_else(|| index.as_ref().map(|_| json!("left"))) {
        object.insert("which".into(), which);
    }
    if let Some(index) = index {
        object.insert("index".into(), index);
    }
    true
}

const SLIDERS: &[&str] = &["brightness", "contrast", "saturation", "temperature", "tint", "exposure", "highlights", "shadows", "hue"];
/// Parameters that say how much, with the value that leaving them out means.
const AMOUNTS: &[(&str, &str, f64)] = &[
    ("sharpen", "strength", 0.5),
    ("denoise", "strength", 0.5),
    ("deblur", "strength", 0.5),
    ("enhance", "strength", 1.0),
    ("detail", "strength", 1.0),
    ("match", "strength", 1.0),
    ("recolor", "strength", 1.0),
    ("restyle", "strength", 0.6),
    ("retouch", "skin", 0.5),
    ("colorize", "saturation", 1.0),
    ("watermark", "opacity", 0.4),
    ("place", "opacity", 1.0),
];

/// The parameter of a step that says how much, and its value.
fn amount(step: &Step) -> Option<(&'static str, f64)> {
    let (name, usual) = match step.op.as_str() {
        "background" if step.params.get("fill") == Some(&json!("blur")) => ("radius", 24.0),
        "filter" => ("amount", 1.0),
        op => AMOUNTS.iter().find(|(of, _, _)| *of == op).map(|(_, name, usual)| (*name, *usual))?,
    };
    Some((name, step.params.get(name).and_then(Value::as_f64).unwrap_or(usual)))
}

fn with_amount(step: &Step, name: &str, value: f64) -> Step {
    match name {
        "radius" => step.clone().with(name, value.round().max(1.0) as u64),
        _ => step.clone().with(name, (value * 100.0).round() / 100.0),
    }
}

/// The sliders of an adjustment changed.
fn slid(step: &Step, change: impl Fn(f64) -> i64) -> Step {
    let mut out = step.clone();
    for (_, value) in out.params.iter_mut().filter(|(name, _)| SLIDERS.contains(&name.as_str())) {
        *value = json!(change(value.as_f64().unwrap_or(0.0)));
    }
    out
}

fn weaker(step: &Step) -> Option<Step> {
    if step.op == "adjust" {
        return Some(slid(step, |v| (v / 2.0).round() as i64));
    }
    amount(step).map(|(name, value)| with_amount(step, name, value / 2.0))
}

/// More of it, where there can be more; the flag says that the step is added to what is there, not put in place of the last.
fn stronger(step: &Step) -> Option<(Step, bool)> {
    if step.op == "adjust" {
        let more = slid(step, |v| if v < 0.0 { -super::resolve::A_BIT } else { super::resolve::A_BIT });
        return Some((Step { input: None, ..more }, true));
    }
    let (name, value) = amount(step)?;
    let more = match name {
        "radius" => value * 1.5,
        "saturation" => (value + 0.25).min(2.0),
        // How large, not how much of it.
        "amount" if matches!(step.params.get("name").and_then(Value::as_str), Some("blur" | "pixelate")) => (value * 1.5).min(4.0),
        _ => (value + 0.25).min(1.0),
    };
    (more > value).then(|| (with_amount(step, name, more), false))
}

/// What a step works on: its target and the targets of its hints.
fn targets_mut(step: &mut Step) -> Vec<&mut Value> {
    let mut targets = vec![];
    for (name, value) in step.params.iter_mut() {
        match name.as_str() {
            "target" => targets.push(value),
            "hints" => targets.extend(value.as_array_mut().into_iter().flatten().filter_map(|hint| hint.get_mut("target"))),
            _ => {}
        }
    }
    targets
}

/// A plan of an earlier message with the mask that came with that message by its id; nothing where it needs pictures that are not here.
pub fn rerunnable(mut plan: Plan, ctx: &Context) -> Option<Plan> {
    if plan.steps.iter().flat_map(super::validate::pictures).any(|image| matches!(image, ImageRef::Image(n) if n > ctx.attached)) {
        return None;
    }
    // Faces are what is retouched anyway.
    let faces = json!({"kind": "face"});
    plan.steps.iter_mut().filter(|s| s.op == "retouch" && s.params.get("target") == Some(&faces)).for_each(|s| {
        s.params.shift_remove("target");
    });
    for target in plan.steps.iter_mut().flat_map(targets_mut) {
        if target["mask"] == "upload" && !ctx.mask {
            target["mask"] = json!(ctx.last_mask.as_ref()?);
        }
    }
    Some(plan)
}
