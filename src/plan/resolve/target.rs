//! Which part of the picture a clause names: nouns with their sides, ordinals, counts and exceptions.

use serde_json::{Map, Value, json};

use super::{Clause, Scene};
use crate::plan::lexicon;
use crate::plan::token::{Kind, Set, Thing, Token, Unit};

/// The nouns that a clause is about, by their tokens. "The cup on the table" is about the cup, "桌上的杯子" too, and
/// "the man's hat" about the hat; a connector between nouns makes them two things.
pub fn heads(clause: &Clause, scene: &Scene) -> Vec<usize> {
    let noun = |t: &Token| match t.kind {
        Kind::Thing(thing, _) => kind_name(thing).is_some() || matches!(thing, Thing::Noun | Thing::Logo | Thing::Watermark),
        Kind::Unknown => t.end - t.start > 1,
        _ => false,
    };
    let mut nouns: Vec<usize> = (0..clause.tokens.len()).filter(|&i| noun(&clause.tokens[i])).collect();
    // A strange word on the other side of the verb is no object where there is one: "bro, 帮我 erase 那个 dog".
    let parted = |a: usize, b: usize| clause.tokens[a.min(b)..a.max(b)].iter().any(|t| matches!(t.kind, Kind::Verb(_)));
    let known: Vec<usize> = nouns.iter().copied().filter(|&i| kind_of(&clause.tokens[i]).is_some()).collect();
    nouns.retain(|&i| clause.tokens[i].kind != Kind::Unknown || known.is_empty() || known.iter().any(|&k| !parted(i, k)));
    let mut out: Vec<usize> = Vec::new();
    for &at in &nouns {
        match out.last().copied().map(|before| (before, bond(clause, scene, before, at))) {
            Some((_, Bond::FirstLeads)) => {}
            Some((_, Bond::LastLeads)) => {
                out.pop();
                out.push(at);
            }
            _ => out.push(at),
        }
    }
    out
}

/// How two nouns in a row belong together.
enum Bond {
    Apart,
    FirstLeads,
    LastLeads,
}

fn bond(clause: &Clause, scene: &Scene, a: usize, b: usize) -> Bond {
    let between = &clause.tokens[a + 1..b];
    if between.iter().any(|t| matches!(t.kind, Kind::Link(_) | Kind::Verb(_) | Kind::Set(Set::Except))) {
        return Bond::Apart;
    }
    let words: Vec<String> = between.iter().map(|t| scene.word(t)).collect();
    let said = |list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
    if said(&["旁边的", "边上的", "附近的", "前面的", "旁的"]) {
        return Bond::LastLeads;
    }
    if said(&["的", "上的", "里的", "中的", "上面的", "'s", "里", "上", "身上", "手里", "头上", "手里的", "身上的", "头上的", "手上的"])
    {
        return Bond::LastLeads;
    }
    if said(&[
        "in",
        "on",
        "of",
        "at",
        "with",
        "from",
        "behind",
        "near",
        "under",
        "inside",
        "within the",
        "next to",
        "to",
        "off",
        "around",
        "onto",
        "into",
        "by",
    ]) {
        return Bond::FirstLeads;
    }
    let gap = scene.text.slice(clause.tokens[a].end, clause.tokens[b].start);
    let is = |at: usize, thing: Thing| matches!(clause.tokens[at].kind, Kind::Thing(t, _) if t == thing);
    // 左边小朋友脸上: whose face it is.
    if gap.is_empty() && is(a, Thing::People) && is(b, Thing::Face) {
        return Bond::LastLeads;
    }
    match gap.as_str() {
        // "dog bowl": the last word is the thing; a strange word before a noun only describes it.
        " " => Bond::LastLeads,
        "'s " | "' " => Bond::LastLeads,
        // 猫尾巴: a part that no detector knows belongs to what stands before it.
        "" if kind_of(&clause.tokens[b]).is_none() => Bond::LastLeads,
        _ => Bond::Apart,
    }
}

/// Whether people are told apart by what no detector sees: "the man in the red shirt", "拿伞的女人".
pub fn described(clause: &Clause, scene: &Scene) -> bool {
    let heads = heads(clause, scene);
    let people = heads.iter().any(|&i| matches!(clause.tokens[i].kind, Kind::Thing(Thing::People, label) if label != lexicon::BYSTANDERS));
    let dropped = |i: usize| match clause.tokens[i].kind {
        Kind::Thing(Thing::Noun | Thing::Object | Thing::Logo, _) => !heads.contains(&i),
        Kind::Colour(_) => true,
        _ => false,
    };
    people && heads.len() == 1 && (0..clause.tokens.len()).any(dropped)
}

/// Whether the clause is about something that no detector finds.
pub fn beyond_detection(clause: &Clause, scene: &Scene) -> bool {
    heads(clause, scene).iter().any(|&i| match clause.tokens[i].kind {
        Kind::Unknown => true,
        Kind::Thing(thing, _) => kind_name(thing).is_none(),
        _ => false,
    })
}

/// A noun's target as a parameter, one for each noun that can be one.
pub fn targets(clause: &Clause, scene: &Scene) -> Vec<Value> {
    let nouns: Vec<usize> = heads(clause, scene).into_iter().filter(|&i| kind_of(&clause.tokens[i]).is_some()).collect();
    if nouns.is_empty() {
        if scene.ctx.mask {
            return vec![json!({"kind": "mask", "mask": "upload"})];
        }
        if let Some(others) = exception(clause, scene, &nouns) {
            return vec![others];
        }
        // "右边那位": somebody.
        let someone =
            scene.words(clause).contains("位") && clause.tokens.iter().any(|t| matches!(t.kind, Kind::Place(_) | Kind::Ordinal(_)));
        if someone && !clause.tokens.iter().any(|t| t.kind == Kind::Unknown && t.end - t.start > 1) {
            let mut target = base("people", "");
            narrow(&mut target, &clause.tokens.iter().map(|t| &t.kind).collect::<Vec<_>>());
            return vec![Value::Object(target)];
        }
        // "It" stands for the noun before, unless strange words name something else.
        if clause.tokens.iter().any(|t| t.kind == Kind::Unknown) {
            return vec![];
        }
        if let Some(target) = scene.carried_target.filter(|_| clause.places().is_empty()) {
            return vec![target.clone()];
        }
        let carried = scene.carried.and_then(|(thing, label)| kind_name(thing).map(|k| base(k, label))).map(Value::Object);
        return carried.or_else(|| scene.pointed_at().filter(|_| scene.before.is_empty())).into_iter().collect();
    }
    if let Some(rest) = exception(clause, scene, &nouns) {
        return vec![rest];
    }
    // "右边两个游客入镜了，把他俩弄走": those who were told of.
    let they = |at: usize| {
        ["他俩", "她俩", "他们", "她们", "他们俩", "她们俩", "这俩人", "那俩人", "这俩", "那俩"]
            .contains(&scene.word(&clause.tokens[at]).as_str())
    };
    if let ([at], Some(told)) = (&nouns[..], scene.carried_target.filter(|t| t["kind"] == "people"))
        && they(*at)
        && clause.places().is_empty()
    {
        let mut told = told.clone();
        if let Some(fields) = told.as_object_mut().filter(|_| scene.word(&clause.tokens[*at]).contains('俩')) {
            fields.entry("count").or_insert(json!(2));
        }
        return vec![told];
    }
    let mut out: Vec<Value> = Vec::new();
    for (n, &at) in nouns.iter().enumerate() {
        let around = neighbourhood(clause, scene, &nouns, n);
        let Some((kind, label)) = kind_of(&clause.tokens[at]) else { continue };
        // "右边站了两个人，把他俩弄走": the same people.
        if they(at) && out.iter().any(|t| t["kind"] == "people") {
            continue;
        }
        let mut target = base(kind, label);
        if kind == "mask" && scene.ctx.mask {
            target.insert("mask".into(), json!("upload"));
        }
        narrow(&mut target, &around);
        // "she is the one on the right, pixelate her face"
        let whose = scene.carried_target.filter(|t| kind == "face" && t["kind"] == "people" && clause.thing(Thing::It));
        if let Some(Value::Object(whose)) = whose.filter(|_| !target.contains_key("which")) {
            target.extend(whose.iter().filter(|(name, _)| *name != "kind").map(|(n, v)| (n.clone(), v.clone())));
        }
        if target.get("which") == Some(&json!("others")) && others_are_left(scene, kind) {
            target.remove("which");
        }
        if label == lexicon::BYSTANDERS {
            target.entry("which").or_insert(json!("others"));
        }
        if label == lexicon::COUPLE && target.get("which").is_some_and(|which| which != "others") {
            target.entry("count").or_insert(json!(2));
        }
        let target = Value::Object(target);
        if !out.contains(&target) {
            out.push(target);
        }
    }
    out
}

/// "She is the one on the right": which of the noun before.
pub fn told_of(clause: &Clause, scene: &Scene) -> Option<Value> {
    let (thing, label) = scene.carried?;
    let mut target = base(kind_name(thing)?, label);
    narrow(&mut target, &clause.tokens.iter().map(|t| &t.kind).collect::<Vec<_>>());
    Some(Value::Object(target))
}

/// "Remove the one on the left and blur the others' faces": who was named is gone, so the others are all that are left.
fn others_are_left(scene: &Scene, kind: &str) -> bool {
    let persons = |kind: &str| matches!(kind, "people" | "face");
    let gone = scene.before.last().filter(|step| step.op == "erase").and_then(|step| step.params.get("target"));
    gone.is_some_and(|target| {
        let named = target["kind"].as_str().unwrap_or("");
        let same = named == kind || (persons(named) && persons(kind));
        same && target["rest"] != json!(true) && target["which"] != json!("others")
    })
}

fn base(kind: &str, label: &str) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("kind".into(), json!(kind));
    if kind == "object" && !label.is_empty() {
        out.insert("label".into(), json!(label));
    }
    out
}

fn kind_of(token: &Token) -> Option<(&'static str, &'static str)> {
    match token.kind {
        Kind::Thing(thing, label) => kind_name(thing).map(|k| (k, label)),
        _ => None,
    }
}

fn kind_name(thing: Thing) -> Option<&'static str> {
    Some(match thing {
        Thing::Background => "background",
        Thing::Subject => "subject",
        Thing::People => "people",
        Thing::Face => "face",
        Thing::Object => "object",
        Thing::Text => "text",
        Thing::Mask => "mask",
        _ => return None,
    })
}

/// The tokens that tell which of the n-th noun is meant. Words before the first noun show that they precede their
/// noun; else they follow it.
fn neighbourhood<'a>(clause: &'a Clause, scene: &Scene, nouns: &[usize], n: usize) -> Vec<&'a Kind> {
    let telling = |t: &&Token| matches!(t.kind, Kind::Place(_) | Kind::Ordinal(_) | Kind::Set(_) | Kind::Number(_));
    let range = |from: usize, to: usize| clause.tokens[from..to].iter().filter(telling).map(|t| &t.kind).collect::<Vec<_>>();
    if nouns.len() == 1 {
        return range(0, clause.tokens.len());
    }
    // In Chinese it always stands before.
    let han = |t: &Token| matches!(t.kind, Kind::Place(_) | Kind::Ordinal(_)) && scene.word(t).chars().any(crate::text::is_han);
    let precede = clause.tokens[nouns[0]..nouns[nouns.len() - 1]].iter().any(han)
        || clause.tokens[..nouns[0]].iter().any(|t| matches!(t.kind, Kind::Place(_) | Kind::Ordinal(_)));
    let start = if n == 0 { 0 } else { nouns[n - 1] + 1 };
    let end = nouns.get(n + 1).copied().unwrap_or(clause.tokens.len());
    if precede { range(start, nouns[n]) } else { range(nouns[n], end) }
}

fn narrow(target: &mut Map<String, Value>, around: &[&Kind]) {
    let mut which = None;
    for kind in around {
        match kind {
            Kind::Place(place) => which = which.or(Some(side(place))),
            Kind::Set(Set::Others) => which = Some("others"),
            Kind::Set(Set::Largest) => which = Some("largest"),
            Kind::Set(Set::Smallest) => which = Some("smallest"),
            _ => {}
        }
    }
    let ordinal = around.iter().find_map(|k| if let Kind::Ordinal(n) = k { Some(*n) } else { None });
    let count = around.iter().find_map(|k| match k {
        Kind::Number(n) if matches!(n.unit, Unit::None | Unit::Pieces) && n.value.fract() == 0.0 && (1.0..=99.0).contains(&n.value) => {
            Some(n.value as u32)
        }
        _ => None,
    });
    if let Some(which) = which.or(ordinal.map(|_| "left")) {
        target.insert("which".into(), json!(which));
    }
    if let Some(index) = ordinal.filter(|n| *n > 1) {
        target.insert("index".into(), json!(index));
    }
    if let Some(count) = count
        && which.is_some_and(|w| w != "others")
    {
        target.insert("count".into(), json!(count));
    }
}

/// `which` for an anchor.
pub fn side(place: &str) -> &'static str {
    match place {
        "left" | "top-left" | "bottom-left" => "left",
        "right" | "top-right" | "bottom-right" => "right",
        "top" => "top",
        "bottom" => "bottom",
        _ => "center",
    }
}

/// "everyone except the one on the left": all of the kind but those. Who says "but me" is taken to be the largest.
fn exception(clause: &Clause, scene: &Scene, nouns: &[usize]) -> Option<Value> {
    let scope = Exception::of(clause, scene)?;
    let Some(&first) = nouns.first() else {
        // "除了我都去掉" names nobody else, and means people.
        if scope.speaker {
            return Some(json!({"kind": "people", "which": "others"}));
        }
        // "除了中间那位都去掉"
        let mut kept = base("people", "");
        narrow(&mut kept, &clause.tokens[scope.start..scope.end].iter().map(|t| &t.kind).collect::<Vec<_>>());
        let who = ["位", "个", "one"].iter().any(|w| scene.words(clause).contains(w));
        kept.insert("rest".into(), json!(true));
        let sided = kept.get("which").is_some_and(|w| w != "others");
        return (who && sided).then_some(Value::Object(kept));
    };
    let (kind, label) = kind_of(&clause.tokens[first])?;
    let others = clause.tokens.iter().any(|t| t.kind == Kind::Set(Set::Others));
    // "除了中间那个人以外的所有人" names the kind twice, "everyone except …" before.
    let again = nouns.iter().filter(|i| kind_of(&clause.tokens[**i]).map(|k| k.0) == Some(kind)).count() > 1;
    let anywhere = (0, clause.tokens.len());
    let telling = |(from, to): (usize, usize)| -> Vec<&Kind> {
        let tells = |k: &&Kind| matches!(k, Kind::Place(_) | Kind::Ordinal(_) | Kind::Number(_) | Kind::Set(Set::Largest | Set::Smallest));
        clause.tokens[from..to].iter().map(|t| &t.kind).filter(tells).collect()
    };
    let mut kept = telling((scope.start, scope.end));
    if kept.is_empty() {
        kept = telling(anywhere);
    }
    if first > scope.start && first < scope.end && !others && !again && kept.is_empty() && !scope.speaker {
        return None;
    }
    // "除了中间的新人，宾客的脸全打码": the faces of all but those.
    let faces = kind == "people" && nouns.iter().skip(1).any(|&i| matches!(clause.tokens[i].kind, Kind::Thing(Thing::Face, _)));
    let mut out = base(if faces { "face" } else { kind }, label);
    narrow(&mut out, &kept);
    let couple = clause.tokens[scope.start..scope.end].iter().any(|t| t.kind == Kind::Thing(Thing::People, lexicon::COUPLE));
    if couple && out.get("which").is_some_and(|which| which != "others") {
        out.entry("count").or_insert(json!(2));
    }
    // All but the largest are "the others".
    if out.get("which") == Some(&json!("others")) {
        return Some(Value::Object(out));
    }
    if out.get("which") == Some(&json!("largest")) && !out.contains_key("index") {
        out.insert("which".into(), json!("others"));
    } else if out.contains_key("which") {
        out.insert("rest".into(), json!(true));
    } else {
        out.insert("which".into(), json!("others"));
    }
    Some(Value::Object(out))
}

/// The words that say who is excepted.
pub struct Exception {
    /// The word that begins it.
    pub start: usize,
    /// Past its last token; "除…以外" says where it ends.
    pub end: usize,
    /// It is the person who speaks.
    pub speaker: bool,
}

impl Exception {
    pub fn of(clause: &Clause, scene: &Scene) -> Option<Exception> {
        let is = |i: &usize| clause.tokens[*i].kind == Kind::Set(Set::Except);
        let start = (0..clause.tokens.len()).find(is)?;
        let end = (start + 1..clause.tokens.len()).find(is).unwrap_or(clause.tokens.len());
        let speaker = clause.tokens[start..end].iter().any(|t| matches!(scene.word(t).as_str(), "me" | "myself" | "我" | "我的" | "自己"));
        Some(Exception { start, end, speaker })
    }
}

/// All of a kind but those at a side.
pub fn rest(kind: &str, label: &str, which: &str) -> Value {
    let mut out = base(kind, label);
    out.insert("which".into(), json!(which));
    out.insert("rest".into(), json!(true));
    Value::Object(out)
}
