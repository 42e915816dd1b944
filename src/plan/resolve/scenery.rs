//! cutout and background: what stays, and what comes behind it.

use serde_json::{Value, json};

use super::target::targets;
use super::{Ask, Built, Clause, Scene};
use crate::plan::clause::Class;
use crate::plan::lexicon::Verb;
use crate::plan::token::{Flag, Kind, Thing, Unit};
use crate::plan::types::Step;

/// The part that is kept: a noun of the clause that is no background; `None` for the subject, which is the default.
fn kept(clause: &Clause, scene: &Scene) -> Option<Value> {
    let named = clause.things().any(|(t, _)| matches!(t, Thing::People | Thing::Face | Thing::Object | Thing::Mask));
    if !named && !scene.ctx.mask {
        return None;
    }
    targets(clause, scene).into_iter().find(|t| t["kind"] != "background" && t["kind"] != "text" && t["kind"] != "subject")
}

pub fn cutout(clause: &Clause, scene: &Scene) -> Built {
    // "人物抠出来，周围透明": it is transparent then anyway.
    let cut = scene.before.last().is_some_and(|s| s.op == "cutout");
    if cut && clause.verbs().next().is_none() && kept(clause, scene).is_none() && clause.any(Class::Transparent) {
        return Built::Nothing;
    }
    let mut step = Step::new("cutout");
    step.input = scene.input(clause);
    if let Some(target) = kept(clause, scene) {
        step = step.with("target", target);
    }
    Built::one(step)
}

/// "保持原样", "as it is": what is named is left alone.
pub fn unchanged(clause: &Clause, scene: &Scene) -> bool {
    const WORDS: &[&str] = &["原样", "不变", "不动", "别动", "as it is", "as is", "as they are", "unchanged", "the same", "intact"];
    let words = scene.words(clause);
    WORDS.iter().any(|w| words.contains(w))
}

/// "只保留人物", "keep only the one on the left": people at a side stay and the others go, anything else is a cut-out.
pub fn keep(clause: &Clause, scene: &Scene) -> Built {
    let only = ["只", "仅", "only", "just", "leave"].iter().any(|w| scene.words(clause).contains(w));
    if unchanged(clause, scene) && !only {
        return Built::Nothing;
    }
    let named = clause.things().find(|(t, _)| matches!(t, Thing::People | Thing::Object)).or(scene.carried);
    if let (Some(place), Some((thing, label))) = (clause.places().first(), named)
        && matches!(thing, Thing::People | Thing::Object)
    {
        let kind = if thing == Thing::People { "people" } else { "object" };
        return Built::one(Step::new("erase").with("target", super::target::rest(kind, label, super::target::side(place))));
    }
    let main = clause.tokens.iter().any(|t| t.kind == Kind::Set(crate::plan::token::Set::Largest));
    let gone = scene.before.last().is_some_and(|s| s.op == "erase" && s.params.get("target").is_some_and(|t| t["which"] == "others"));
    if main && gone {
        return Built::Nothing;
    }
    if let (true, Some((Thing::People, _))) = (main, named) {
        return Built::one(Step::new("erase").with("target", json!({"kind": "people", "which": "others"})));
    }
    // "crop to 16:9 but keep the people in"
    if let Some(last) = scene.before.last().filter(|s| s.op == "crop" && !s.params.contains_key("to"))
        && let Some(to) = clause.things().find_map(|(t, _)| match t {
            Thing::People => Some("people"),
            Thing::Face => Some("face"),
            Thing::Subject => Some("subject"),
            _ => None,
        })
        && last.params.contains_key("aspect")
    {
        return Built::one(Step::new("crop").with("to", to));
    }
    match scene.before.last() {
        // "white background, keeping the people"
        Some(last) if last.op == "background" && !last.params.contains_key("target") && kept(clause, scene).is_some() => {
            Built::one(last.clone().with("target", kept(clause, scene).unwrap_or_default()))
        }
        Some(last) if last.op == "erase" => match last.params.get("target") {
            // "删掉路人，只留主角": who stays narrows who goes.
            Some(target) if target["kind"] == "people" && target.get("which").is_none() => {
                Built::one(Step::new("erase").with("target", json!({"kind": "people", "which": "others"})))
            }
            _ => Built::Nothing,
        },
        // "换成白底，保留阴影": nothing is asked for beyond what the step keeps anyway.
        Some(last) if last.op != "cutout" && last.op != "background" => Built::Nothing,
        _ => cutout(clause, scene),
    }
}

/// The paper of a studio whose colour is not said.
const PAPER: &str = "#d3d3d3";

pub fn background(clause: &Clause, scene: &Scene) -> Built {
    // "排成一排，白色背景" belongs to the arrangement.
    if let (Some(last), [colour, ..]) = (scene.before.last(), &clause.colours()[..])
        && last.op == "compose"
        && !last.params.contains_key("background")
    {
        return Built::one(Step::new("compose").with("background", *colour));
    }
    let last = scene.before.last();
    if let (Some(last), [colour]) = (last, &clause.colours()[..])
        && last.op == "mockup"
        && !last.params.contains_key("background")
    {
        return Built::one(Step::new("mockup").with("background", *colour));
    }
    // "补成16:9，背景模糊": what fills the border.
    let bordered = |s: &&Step| s.op == "pad" && !s.params.contains_key("color") && !s.params.contains_key("fill");
    if clause.has(Verb::Blur) && clause.colours().is_empty() && last.filter(bordered).is_some() {
        return Built::one(Step::new("pad").with("fill", "blur"));
    }
    let mut step = Step::new("background");
    let colours = clause.colours();
    let used = super::products::used_picture(clause, scene);
    // "人用图一的，底用图二的": the one that is said of the background.
    let ground = clause.tokens.iter().position(|t| matches!(t.kind, Kind::Thing(Thing::Background, _)));
    let of_it = ground
        .filter(|_| clause.refs().len() == 2)
        .and_then(|at| clause.tokens[at..].iter().find_map(|t| if let Kind::Ref(r) = &t.kind { scene.resolve(r) } else { None }));
    let second = if of_it.is_some() {
        of_it
    } else if let Some((used, _)) = used {
        Some(used)
    } else if clause.refs().is_empty() && clause.any(Class::Colour) {
        None
    } else {
        scene.second(clause)
    };
    step = if clause.flag(Flag::Studio) {
        let paper = if clause.has(Verb::Change) { colours.last() } else { colours.first() };
        step.with("fill", "gradient").with("color", paper.copied().unwrap_or(PAPER))
    } else if clause.flag(Flag::Gradient) {
        match colours[..] {
            [a, b, ..] => step.with("fill", "gradient").with("color", a).with("color2", b),
            [a] => step.with("fill", "gradient").with("color", a).with("color2", "#ffffff"),
            [] => return ask_gradient(),
        }
    } else if !clause.refs().is_empty() && second.is_some() {
        step.with("fill", "image").with("image", second.map(|i| i.to_string()).unwrap_or_default())
    } else if clause.has(Verb::Blur) || clause.any(Class::BlurFill) {
        let step = step.with("fill", "blur");
        match clause.pixels() {
            Some(radius) if radius.fract() == 0.0 => step.with("radius", radius as u64),
            _ => step,
        }
    } else if clause.any(Class::Transparent) && (colours.is_empty() || transparent_last(clause)) {
        return if shadow(clause).is_some() { with_shadow(step.with("fill", "transparent"), clause) } else { cutout(clause, scene) };
    } else if let Some(colour) = if clause.has(Verb::Change) { colours.last() } else { colours.first() } {
        // "change the white background to blue": the last colour is the wish.
        step.with("fill", "color").with("color", *colour)
    } else {
        return ask_background(clause, scene);
    };
    if let Some(target) = kept(clause, scene) {
        step = step.with("target", target);
    }
    with_shadow(step, clause)
}

/// "turn the white background transparent": what is said last is the wish.
fn transparent_last(clause: &Clause) -> bool {
    let last = |wanted: fn(&Kind) -> bool| clause.tokens.iter().rposition(|t| wanted(&t.kind));
    clause.has(Verb::Change) && last(|k| *k == Kind::Flag(Flag::Transparent)) > last(|k| matches!(k, Kind::Colour(_)))
}

fn shadow(clause: &Clause) -> Option<&'static str> {
    if clause.flag(Flag::Contact) {
        Some("contact")
    } else if clause.flag(Flag::Reflection) {
        Some("reflection")
    } else if clause.thing(Thing::Shadow) {
        Some("drop")
    } else {
        None
    }
}

fn with_shadow(step: Step, clause: &Clause) -> Built {
    Built::one(match shadow(clause) {
        Some(kind) => step.with("shadow", kind),
        None => step,
    })
}

/// "用这张图做背景": the picture that came along, where there is one to put before it.
pub fn other_picture(scene: &Scene) -> Built {
    match scene.second(&Clause::default()) {
        Some(image) => Built::one(Step::new("background").with("fill", "image").with("image", image.to_string())),
        None => Built::No,
    }
}

/// "put the product on light grey with a soft shadow"
pub fn put_on(clause: &Clause, scene: &Scene) -> Built {
    let on = |i: usize| {
        i > 0 && matches!(scene.word(&clause.tokens[i - 1]).as_str(), "on" | "onto" | "against" | "before" | "放到" | "放在" | "a")
    };
    let colour = (0..clause.tokens.len()).find(|&i| matches!(clause.tokens[i].kind, Kind::Colour(_)) && on(i));
    match colour.map(|i| &clause.tokens[i].kind) {
        Some(Kind::Colour(colour))
            if scene.words(clause).contains(" on ") || scene.words(clause).contains("放") || scene.words(clause).contains(" against ") =>
        {
            with_shadow(Step::new("background").with("fill", "color").with("color", colour.as_str()), clause)
        }
        _ => Built::No,
    }
}

/// "no shadow" beside a background asks for what is so anyway.
pub fn no_shadow(clause: &Clause, scene: &Scene) -> Built {
    match scene.before.last() {
        Some(last)
            if last.op == "background" && last.params.get("fill").is_some_and(|f| f == "color") && !last.params.contains_key("shadow") =>
        {
            Built::one(Step::new("background").with("fill", "color").with("shadow", "none"))
        }
        Some(last) if last.op == "background" || last.op == "cutout" => Built::Nothing,
        _ => super::subject::erase_unknown(clause, scene),
    }
}

/// "加上阴影": belongs to the background step before, else it needs to know what lies behind.
pub fn add_shadow(clause: &Clause, scene: &Scene) -> Built {
    let kind = shadow(clause).unwrap_or("drop");
    if let Some(last) = scene.before.last().filter(|s| s.op == "background" || s.op == "cutout") {
        let mut step = Step::new("background").with("fill", last.params.get("fill").cloned().unwrap_or(json!("transparent")));
        step = step.with("shadow", kind);
        return Built::one(step);
    }
    let option = |step: Step| vec![step.with("shadow", kind)];
    Ask::new("阴影下面要什么背景？", "What should lie under the shadow?")
        .option("白色背景", "A white background", option(Step::new("background").with("fill", "color").with("color", "#ffffff")))
        .option("透明背景", "A transparent background", option(Step::new("background").with("fill", "transparent")))
        .built()
}

fn ask_gradient() -> Built {
    let option = |a: &str, b: &str| vec![Step::new("background").with("fill", "gradient").with("color", a).with("color2", b)];
    Ask::new("从什么颜色渐变到什么颜色？", "From which colour to which?")
        .option("从蓝到白", "From blue to white", option("#0000ff", "#ffffff"))
        .option("从浅灰到白", "From light grey to white", option("#d3d3d3", "#ffffff"))
        .built()
}

fn ask_background(clause: &Clause, scene: &Scene) -> Built {
    let mut ask = Ask::new(
        "背景要换成什么？可以说一种颜色、透明、模糊，或再附一张图片。",
        "What should the background become? Say a colour, transparent, blurred, or attach a picture.",
    );
    if clause.refs().is_empty()
        && let Some(second) = scene.second(clause)
    {
        let step = Step::new("background").with("fill", "image").with("image", second.to_string());
        ask = ask.option("换成另一张图", "The other picture", vec![step]);
    }
    ask.option("换成白色背景", "A white background", vec![Step::new("background").with("fill", "color").with("color", "#ffffff")])
        .option("换成透明背景", "A transparent background", vec![Step::new("cutout")])
        .option("换成浅灰背景", "A light grey background", vec![Step::new("background").with("fill", "color").with("color", "#d3d3d3")])
        .built()
}

/// "make it white", "换成白色" after a cut-out means what lies behind; alone it is not clear.
pub fn colour_of_it(clause: &Clause, scene: &Scene) -> Built {
    let Some(colour) = clause.colours().first().map(|c| (*c).to_owned()) else { return Built::No };
    let behind = vec![Step::new("background").with("fill", "color").with("color", colour.clone())];
    let last = scene.before.last().map(|s| s.op.as_str());
    // "补成正方形，白色": the colour of the border; "put it on black": what lies behind.
    if scene.before.last().is_some_and(|s| s.op == "pad" && !s.params.contains_key("color") && !s.params.contains_key("fill")) {
        return Built::one(Step::new("pad").with("color", colour));
    }
    // "on seamless paper, light blue": the paper's.
    let plain_paper = |s: &&Step| {
        let is = |name: &str, value: &str| s.params.get(name).is_some_and(|v| v == value);
        s.op == "background" && is("fill", "gradient") && is("color", PAPER) && !s.params.contains_key("color2")
    };
    if scene.before.last().filter(plain_paper).is_some() {
        return Built::one(Step::new("background").with("fill", "gradient").with("color", colour));
    }
    let on = |i: usize| {
        let before = |i: usize| matches!(scene.word(&clause.tokens[i - 1]).as_str(), "on" | "onto" | "against" | "on a");
        i > 0 && matches!(clause.tokens[i].kind, Kind::Colour(_)) && before(i)
    };
    let uncoloured = |s: &&Step| matches!(s.op.as_str(), "text.add" | "watermark") && !s.params.contains_key("color");
    if let Some(last) = scene.before.last().filter(uncoloured) {
        return Built::one(Step::new(&last.op.clone()).with("color", colour));
    }
    if (0..clause.tokens.len()).any(on) {
        return Built::Steps(behind);
    }
    match scene.carried {
        _ if matches!(last, Some("cutout")) => return Built::Steps(behind),
        Some((Thing::Background, _)) => return Built::Steps(behind),
        Some((Thing::Object | Thing::People | Thing::Subject | Thing::Mask, _)) => return super::subject::recolor(clause, scene),
        None if scene.before.is_empty() && scene.pointed_at().is_some() => return super::subject::recolor(clause, scene),
        _ if scene.ctx.mask => return super::subject::recolor(clause, scene),
        _ => {}
    }
    Ask::new("要给什么换成这个颜色？", "What should get this colour?")
        .option("换背景颜色", "The background", behind)
        .option(
            "给主体换颜色",
            "The main subject",
            vec![Step::new("recolor").with("target", json!({"kind": "subject"})).with("color", colour)],
        )
        .built()
}

/// "radius 30" after a blur.
pub fn radius(clause: &Clause, scene: &Scene) -> Built {
    let named = clause.tokens.iter().any(|t| t.kind == Kind::Dim(crate::plan::token::Dim::Radius));
    let Some(px) = clause.pixels().filter(|px| named && *px >= 1.0) else { return Built::No };
    let whole = super::words_in::whole(px);
    match scene.before.last() {
        Some(last) if last.op == "background" && last.params.get("fill") == Some(&json!("blur")) => {
            Built::one(Step::new("background").with("fill", "blur").with("radius", whole))
        }
        Some(last) if last.op == "filter" && last.params.get("name") == Some(&json!("blur")) => {
            Built::one(Step::new("filter").with("name", "blur").with("radius", whole))
        }
        _ => Built::No,
    }
}

/// "抠下来，四周裁紧": cut out and no wider than it is.
pub fn trimmed(clause: &Clause, scene: &Scene) -> Built {
    const TIGHT: &[&str] = &["紧", "贴边", "tight", "close", "snug", "empty", "excess", "空", "多余", "透明", "trim"];
    let words = scene.words(clause);
    let cut = scene.before.last().is_some_and(|s| s.op == "cutout");
    if cut && TIGHT.iter().any(|w| words.contains(w)) && clause.aspect().is_none() && clause.size().is_none() {
        Built::one(Step::new("cutout").with("trim", true))
    } else {
        Built::No
    }
}

/// Blurring nothing in particular.
pub fn blur(clause: &Clause, scene: &Scene) -> Built {
    if let Some((Thing::Background, _)) = scene.carried {
        return background(clause, scene);
    }
    if scene.before.last().is_some_and(|s| s.op == "cutout") && clause.thing(Thing::It) {
        return Built::one(Step::new("background").with("fill", "blur"));
    }
    let whole = clause.thing(Thing::Picture) || clause.number(Unit::Percent).is_some();
    let filter = Step::new("filter").with("name", "blur");
    let filter = match (clause.number(Unit::Pixels), super::words_in::share(clause)) {
        (Some(px), _) => filter.with("radius", super::words_in::whole(px)),
        (None, Some(share)) => filter.with("amount", share),
        _ => filter,
    };
    if whole {
        return Built::one(filter);
    }
    Ask::new("要模糊哪里？", "What should I blur?")
        .option("模糊背景", "The background", vec![Step::new("background").with("fill", "blur")])
        .option("模糊整张图", "The whole picture", vec![filter])
        .option("模糊人脸", "The faces", vec![Step::new("redact").with("target", json!({"kind": "face"})).with("style", "blur")])
        .built()
}
