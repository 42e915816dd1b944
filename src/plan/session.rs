//! What is no edit: greetings, answers to an open question, undo and the like, "again".

use serde_json::{Value, json};

use super::aside;
use super::clause::{self, Clause, weight};
use super::follow;
use super::lexicon::Verb;
use super::normal::Normal;
use super::resolve::Ask;
use super::token::{Chat, Flag, Kind, Ref, Thing, Token, Unit};
use super::types::{Answer, Command, CommandName, Context, ImageRef, Question, Reading, Step};
pub use super::wording::wording;
use crate::text::Text;

/// A reading of the whole instruction that is no edit; `None` where it is one.
pub fn read(normal: &Normal, tokens: &[Token], ctx: &Context) -> Option<Reading> {
    if let Some(answer) = option(normal, tokens, ctx) {
        return Some(Reading { answer, confidence: 1.0, spans: vec![] });
    }
    if tokens.iter().all(|t| matches!(t.kind, Kind::Punct | Kind::Link(_) | Kind::Filler)) {
        let help = Answer::Reply(help());
        return Some(Reading { answer: help, confidence: 0.0, spans: vec![] });
    }
    let answer = redo_in_a_word(normal, ctx)
        .or_else(|| command(tokens, ctx))
        .or_else(|| command_among(normal, tokens, ctx))
        .or_else(|| chat(tokens))
        .or_else(|| again(tokens, ctx))
        .or_else(|| follow::read(normal, tokens, ctx))?;
    Some(Reading { answer, confidence: 1.0, spans: vec![] })
}

fn heavy(tokens: &[Token]) -> Vec<&Token> {
    tokens.iter().filter(|t| weight(&t.kind) > 0 || t.kind == Kind::Unknown).collect()
}

/// An ordinal, a number or an option's own words answer the question that is open.
fn option(normal: &Normal, tokens: &[Token], ctx: &Context) -> Option<Answer> {
    let question = ctx.question.as_ref()?;
    let words = normal.slice(0, normal.len());
    let words = words.trim_matches(|c: char| c.is_whitespace() || ".。!,，".contains(c));
    let labelled = question.options.iter().find(|o| {
        let same = |label: &str| {
            let label = Normal::new(label);
            label.slice(0, label.len()) == words
        };
        same(&o.label.zh) || same(&o.label.en)
    });
    if let Some(option) = labelled {
        return Some(Answer::Plan(option.plan.clone()));
    }
    let meant = heavy(tokens);
    let number = match meant[..] {
        [Token { kind: Kind::Ordinal(n), .. }] => Some(*n as usize),
        [Token { kind: Kind::Number(n), .. }] if n.unit == Unit::Pixels && n.value >= 1.0 => return amount(question, &meant),
        [Token { kind: Kind::Number(n), .. }] if n.value.fract() == 0.0 && n.value >= 1.0 => Some(n.value as usize),
        [Token { kind: Kind::Ref(Ref::Image(ImageRef::Image(n))), .. }] => Some(*n),
        [] if words == "last" || words == "the last one" || words.starts_with("最后一个") => Some(question.options.len()),
        _ if matches!(words, "最后一个" | "最后那个" | "the last one" | "last one" | "the last") => Some(question.options.len()),
        [] if matches!(words, "一" | "one" | "a") => Some(1),
        _ => letter(words),
    }?;
    match question.options.get(number.checked_sub(1)?) {
        Some(option) => Some(Answer::Plan(option.plan.clone())),
        None => amount(question, &meant),
    }
}

/// "30" or "30 px" for "how wide?": the first option's plan with that number in place of its own.
fn amount(question: &Question, meant: &[&Token]) -> Option<Answer> {
    let [Token { kind: Kind::Number(said), .. }] = meant else { return None };
    let [first, second, ..] = &question.options[..] else { return None };
    let differ = |a: &Value, b: &Value| a.is_i64() && b.is_i64() && a != b;
    let mut plan = first.plan.clone();
    let (step, other) = plan.steps.iter_mut().zip(&second.plan.steps).find(|(a, b)| a.op == b.op && a.params != b.params)?;
    let open = step.params.iter_mut().filter(|(name, value)| other.params.get(*name).is_some_and(|b| differ(value, b)));
    let filled = open.map(|(_, value)| *value = json!(said.value as i64)).count();
    let fits = matches!(said.unit, Unit::None | Unit::Pixels | Unit::Degrees) && said.value.fract() == 0.0;
    (filled > 0 && fits).then_some(Answer::Plan(plan))
}

/// Whether the message is a text in quotes and nothing else.
pub fn only_quoted(tokens: &[Token]) -> bool {
    matches!(heavy(tokens)[..], [Token { kind: Kind::Quoted(_), .. }])
}

fn letter(words: &str) -> Option<usize> {
    match words {
        "a" => Some(1),
        "b" => Some(2),
        "c" => Some(3),
        "d" => Some(4),
        _ => None,
    }
}

/// undo, redo, checkout, compare, reset: only where nothing else is asked for.
fn command(tokens: &[Token], ctx: &Context) -> Option<Answer> {
    let tokens: Vec<&Token> =
        tokens.iter().filter(|t| weight(&t.kind) > 0 || matches!(t.kind, Kind::Unknown | Kind::Not | Kind::Leave)).collect();
    let mut verbs = tokens.iter().filter_map(|t| if let Kind::Verb(v) = t.kind { Some(v) } else { None }).collect::<Vec<_>>();
    verbs.dedup();
    let versions: Vec<usize> = tokens
        .iter()
        .filter_map(|t| match &t.kind {
            Kind::Ref(Ref::Image(ImageRef::Version(n))) => Some(*n),
            Kind::Ordinal(n) => Some(*n as usize),
            Kind::Ref(Ref::Image(ImageRef::Image(n))) if ctx.attached == 0 => Some(*n),
            Kind::Number(n) if matches!(n.unit, Unit::None | Unit::Pieces) && n.value >= 1.0 && n.value.fract() == 0.0 => {
                Some(n.value as usize)
            }
            _ => None,
        })
        .collect();
    let others = tokens
        .iter()
        .filter(|t| {
            !matches!(t.kind, Kind::Verb(_) | Kind::Ref(_) | Kind::Ordinal(_) | Kind::Number(_) | Kind::Set(_) | Kind::Flag(Flag::Row))
        })
        .count();
    let strange = tokens.iter().any(|t| matches!(t.kind, Kind::Number(n) if !matches!(n.unit, Unit::None | Unit::Pieces)));
    let steps_back = verbs.iter().any(|v| matches!(v, Verb::Undo | Verb::Redo | Verb::Compare));
    let vague =
        |t: &&&Token| matches!(t.kind, Kind::Thing(Thing::It | Thing::Picture, _)) || (t.kind == Kind::Unknown && t.end - t.start <= 6);
    let vague = tokens.iter().filter(vague).count();
    if (others > 0 && !(steps_back && others == vague && vague <= 2)) || strange {
        return None;
    }
    let named = tokens.iter().any(|t| matches!(t.kind, Kind::Ref(Ref::Image(ImageRef::Version(_)))));
    let original = tokens.iter().any(|t| t.kind == Kind::Ref(Ref::Image(ImageRef::Original)));
    let previous = tokens.iter().any(|t| t.kind == Kind::Ref(Ref::Previous));
    let plain = |name| Some(Answer::Command(Command { name, version: None, a: None, b: None, recipe: None }));
    match verbs[..] {
        [Verb::Undo] if versions.is_empty() && !original => plain(CommandName::Undo),
        [Verb::Undo] if versions.len() == 1 && (named || tokens.iter().any(|t| matches!(t.kind, Kind::Ordinal(_) | Kind::Ref(_)))) => {
            checkout(versions[0], ctx)
        }
        [Verb::Redo] if versions.is_empty() => plain(CommandName::Redo),
        [Verb::Reset] | [Verb::GoBack, Verb::Reset] | [Verb::Reset, Verb::GoBack] if versions.is_empty() => plain(CommandName::Reset),
        [Verb::GoBack] | [Verb::BringBack] if original && versions.is_empty() => plain(CommandName::Reset),
        [Verb::GoBack] | [] if previous => plain(CommandName::Undo),
        [] if named && versions.len() == 1 => checkout(versions[0], ctx),
        [Verb::GoBack] if versions.len() == 1 => checkout(versions[0], ctx),
        [Verb::GoBack] if versions.is_empty() && !original && ctx.versions > 0 => plain(CommandName::Undo),
        [Verb::Redo, ..] | [Verb::Undo | Verb::BringBack, Verb::Redo] if versions.is_empty() => plain(CommandName::Redo),
        [Verb::Undo, ..]
            if versions.is_empty() && !original && verbs.iter().all(|v| matches!(v, Verb::Undo | Verb::GoBack | Verb::Remove)) =>
        {
            plain(CommandName::Undo)
        }
        [Verb::Reset, ..]
            if versions.is_empty() && verbs.iter().all(|v| matches!(v, Verb::Reset | Verb::GoBack | Verb::BringBack | Verb::Undo)) =>
        {
            plain(CommandName::Reset)
        }
        _ if (verbs.contains(&Verb::Compare) || (versions.len() >= 2 && named && verbs.contains(&Verb::Describe)))
            && (named || ctx.attached < 2)
            && verbs.iter().all(|v| matches!(v, Verb::Compare | Verb::Put | Verb::Describe | Verb::Make | Verb::Arrange)) =>
        {
            compare(&versions, original, ctx)
        }
        _ => None,
    }
}

/// "恢复" and nothing else is the other way of "撤销", as on every Chinese menu; with an object it brings something back.
fn redo_in_a_word(normal: &Normal, ctx: &Context) -> Option<Answer> {
    let words = normal.slice(0, normal.len());
    let words = words.trim_matches(|c: char| c.is_whitespace() || ".。!！,，".contains(c));
    let redo = || Answer::Command(Command { name: CommandName::Redo, version: None, a: None, b: None, recipe: None });
    (ctx.versions > 0 && matches!(words, "恢复" | "恢复一下" | "再恢复" | "恢复上一步")).then(redo)
}

/// A command in one clause, with nothing but talk in the others: "上一步做坏了，撤回", "v3 was better, go back to it".
fn command_among(normal: &Normal, tokens: &[Token], ctx: &Context) -> Option<Answer> {
    let mut found = None;
    let mut told = None;
    let clauses = clause::split(tokens);
    if clauses.iter().any(|c| aside::spoilt(c, normal)) {
        return None;
    }
    for clause in clauses {
        let goes = clause.verbs().all(|v| matches!(v, Verb::GoBack | Verb::Undo | Verb::Make | Verb::Change));
        let back = (clause.has(Verb::GoBack) && clause.thing(Thing::It))
            || (goes && clause.verbs().any(|v| matches!(v, Verb::GoBack | Verb::Undo)) && clause.refs().is_empty());
        // "v3 was better, go back to it"
        if let (true, Some(version)) = (back, told) {
            return checkout(version, ctx);
        }
        told = clause.refs().iter().find_map(|r| if let Ref::Image(ImageRef::Version(n)) = r { Some(*n) } else { None }).or(told);
        match command(&clause.tokens, ctx) {
            // "从原图补回来" after talk of a texture is no reset.
            Some(_) if clause.has(Verb::BringBack) => return None,
            Some(answer) if found.as_ref().is_none_or(|f| *f == answer) => found = Some(answer),
            Some(_) => return None,
            None if clause.negated || aside::tells(&clause, normal) || aside::idle(&clause, normal) || praises(&clause, normal) => {}
            None => return None,
        }
    }
    found
}

/// "第一版更好", "the second version looked nicer": a version and that it is liked.
fn praises(clause: &Clause, normal: &Normal) -> bool {
    const LIKED: &[&str] = &["好", "喜欢", "顺眼", "对味", "自然", "不错", "better", "nicer", "best", "prefer", "liked", "good", "right"];
    let (start, end) = clause.range();
    let words = normal.slice(start, end);
    let versions = clause.refs().iter().any(|r| matches!(r, Ref::Image(ImageRef::Version(_) | ImageRef::Original) | Ref::Previous));
    versions && clause.verbs().all(|v| matches!(v, Verb::Make | Verb::Raise)) && LIKED.iter().any(|w| words.contains(w))
}

pub fn checkout(version: usize, ctx: &Context) -> Option<Answer> {
    if version > ctx.versions {
        return Some(Answer::Reply(no_version(version, ctx)));
    }
    Some(Answer::Command(Command { name: CommandName::Checkout, version: Some(version), a: None, b: None, recipe: None }))
}

pub fn compare(versions: &[usize], original: bool, ctx: &Context) -> Option<Answer> {
    if let Some(missing) = versions.iter().find(|v| **v > ctx.versions) {
        return Some(Answer::Reply(no_version(*missing, ctx)));
    }
    let (a, b) = match versions[..] {
        [a, b, ..] => (Some(a), Some(b)),
        [b] if original => (Some(1), Some(b)),
        [a] => (Some(a), None),
        [] if original => (Some(1), None),
        [] => (None, None),
    };
    Some(Answer::Command(Command { name: CommandName::Compare, version: None, a, b, recipe: None }))
}

fn no_version(version: usize, ctx: &Context) -> Text {
    Text::new(
        format!("没有第 {version} 版，现在共有 {} 版。", ctx.versions),
        format!("There is no version {version}; there are {} so far.", ctx.versions),
    )
}

/// A picture named only to go on from: "go back to version 2 and …".
pub fn start(clause: &Clause, ctx: &Context) -> Option<ImageRef> {
    if clause.verbs().any(|v| v != Verb::GoBack && v != Verb::Make) {
        return None;
    }
    // Without "go back to" only a picture's name: "基于原图", "use version 2".
    let bare = clause.tokens.iter().all(|t| weight(&t.kind) == 0 || matches!(t.kind, Kind::Ref(_)));
    let opens = clause.tokens.iter().any(|t| t.kind == Kind::Ba);
    if !clause.has(Verb::GoBack) && (!bare || opens) {
        return None;
    }
    if clause.things().any(|(t, _)| !matches!(t, Thing::It | Thing::Picture)) {
        return None;
    }
    clause.refs().first().and_then(|r| match r {
        Ref::Image(i) => Some(i.clone()),
        Ref::Previous if ctx.versions >= 2 => Some(ImageRef::Version(ctx.versions - 1)),
        Ref::Previous | Ref::Attached => None,
    })
}

/// Only greetings, thanks or "what can you do".
fn chat(tokens: &[Token]) -> Option<Answer> {
    let said: Vec<Chat> = tokens.iter().filter_map(|t| if let Kind::Chat(c) = t.kind { Some(c) } else { None }).collect();
    let other =
        tokens.iter().any(|t| weight(&t.kind) > 0 || matches!(t.kind, Kind::Verb(_)) || (t.kind == Kind::Unknown && t.end - t.start > 2));
    // "how do I crop?" asks for help, not for a crop.
    let first = tokens.iter().find(|t| !matches!(t.kind, Kind::Filler | Kind::Punct)).is_some_and(|t| t.kind == Kind::Chat(Chat::Help));
    let about = first && tokens.iter().all(|t| weight(&t.kind) == 0 || matches!(t.kind, Kind::Verb(_)));
    if said.is_empty() || (other && !about) {
        return None;
    }
    Some(Answer::Reply(if said.contains(&Chat::Help) {
        help()
    } else if said.contains(&Chat::Thanks) && !said.contains(&Chat::Hello) {
        Text::new("不客气！还想改什么，直接说就行。", "You are welcome. Just say what to change next.")
    } else {
        Text::new(
            "你好！添加一张图片，然后告诉我想怎么改，比如“去掉背景，换成白色，裁成1:1”。",
            "Hello! Add a picture and tell me what to change, for example “remove the background, make it white, crop to 1:1”.",
        )
    }))
}

/// What this build can do, in one sentence.
pub fn help() -> Text {
    Text::new(
        "直接说想改什么就行：去掉人和东西、抠图、换背景、调亮度和颜色、加滤镜、磨皮、修老照片、放大、打码、加水印、裁剪、缩放、补边、旋转、导出各种格式，也能说说图里有什么。一句话可以写好几步，比如“去掉左边的人，裁成1:1，导出PNG”。",
        "Say what to change: remove people and things, cut out the subject, change the background, light, colours and filters, portraits, old photos, enlarging, hiding faces, watermarks, crop, resize, pad, rotate, export in many formats, or describe the picture. Several steps fit in one line: “remove the person on the left, crop to 1:1, export PNG”.",
    )
}

/// "再来一次" runs the last plan once more.
fn again(tokens: &[Token], ctx: &Context) -> Option<Answer> {
    if !matches!(heavy(tokens)[..], [Token { kind: Kind::Verb(Verb::Again), .. }]) {
        return None;
    }
    match &ctx.last_plan {
        Some(plan) => {
            let mut plan = plan.clone();
            if let Some(first) = plan.steps.first_mut().filter(|s| matches!(s.input, Some(ImageRef::Image(_)))) {
                first.input = None;
            }
            follow::rerunnable(plan, ctx).map(Answer::Plan)
        }
        None => Some(Answer::Reply(Text::new("还没有做过修改，没有可以重复的。", "Nothing has been done yet that I could repeat."))),
    }
}

/// The answer to words that ask for no edit and that nothing else explains.
pub fn asks_nothing() -> Text {
    Text::new(
        "听起来这句没有要改什么。想改图的时候直接说就行，比如“去掉背景”“调亮一点”。",
        "I take it that this asks for no edit. Just say what to change, for example “remove the background” or “a bit brighter”.",
    )
}

pub fn nothing_to_do() -> Text {
    Text::new("好的，那就不动它。", "All right, I leave it as it is.")
}

pub fn too_many_steps() -> Text {
    Text::new("一次最多 32 步，请分几条说。", "At most 32 steps at once; please say it in several messages.")
}

/// How a picture is called in a sentence.
pub fn name_of(image: &ImageRef) -> Text {
    match image {
        ImageRef::Current => Text::new("当前图片", "current picture"),
        ImageRef::Original => Text::new("原图", "original"),
        ImageRef::Image(n) => Text::new(format!("第 {n} 张图"), format!("image {n}")),
        ImageRef::Version(n) => Text::new(format!("第 {n} 版"), format!("version {n}")),
        ImageRef::Step(id) => Text::new(format!("步骤 {id}"), format!("step {id}")),
    }
}

/// What to offer where an instruction says nothing that can be done.
pub fn nicer() -> Ask {
    Ask::new("想怎么处理这张图？", "What would you like me to do with it?")
        .option("抠图，去掉背景", "Remove the background", vec![Step::new("cutout")])
        .option("换成白色背景", "Make the background white", vec![Step::new("background").with("fill", "color").with("color", "#ffffff")])
        .option("裁成 1:1", "Crop to a square", vec![Step::new("crop").with("aspect", "1:1")])
        .option("看看图里有什么", "Describe the picture", vec![Step::new("describe")])
}
