//! Text in pictures, marks, packs, layouts, and what a generator draws.

use serde_json::json;

use super::target::targets;
use super::words_in::description;
use super::{Ask, Built, Clause, Scene};
use crate::plan::lexicon::Verb;
use crate::plan::token::{Flag, Kind, Unit};
use crate::plan::types::Step;

pub fn translate(clause: &Clause, _: &Scene) -> Built {
    let langs: Vec<&str> = clause.tokens.iter().filter_map(|t| if let Kind::Lang(l) = t.kind { Some(l) } else { None }).collect();
    let Some(to) = langs.last() else {
        let option = |to: &str| vec![Step::new("text.translate").with("to", to)];
        return Ask::new("翻译成哪种语言？", "Into which language?")
            .option("英文", "English", option("en"))
            .option("中文", "Chinese", option("zh"))
            .option("日文", "Japanese", option("ja"))
            .built();
    };
    let mut step = Step::new("text.translate").with("to", *to);
    if let [from, _, ..] = langs[..] {
        step = step.with("from", from);
    }
    Built::one(step)
}

pub fn replace_text(clause: &Clause, scene: &Scene) -> Built {
    let mut texts = clause.quoted();
    // "typed “Febuary” … change “Febuary” to “February”": said twice.
    texts.dedup();
    match texts[..] {
        // "should read “Thursday”, not “Friday”"
        [with, find]
            if [" not ", "instead of", "rather than", "in place of", " where ", "而不是", "不是"]
                .iter()
                .any(|w| scene.words(clause).contains(w)) =>
        {
            Built::one(Step::new("text.replace").with("find", find).with("with", with))
        }
        [find, with, ..] => Built::one(Step::new("text.replace").with("find", find).with("with", with)),
        _ => Built::No,
    }
}

/// "价格199改成159": the figures as they are written.
pub fn replace_figures(clause: &Clause, scene: &Scene) -> Built {
    let plain = |t: &&crate::plan::token::Token| matches!(&t.kind, Kind::Number(n) if matches!(n.unit, Unit::None));
    // "99元改成79元": the unit is part of what stands there.
    let end = |t: &crate::plan::token::Token| {
        t.end
            + usize::from(
                scene
                    .text
                    .at(t.end)
                    .is_some_and(|c| matches!(c, '元' | '块' | '月' | '日' | '号' | '年' | '折' | '%' | '℃' | '点' | '楼' | '期' | '届')),
            )
    };
    let sign = |c: char| matches!(c, '$' | '¥' | '€' | '£');
    let start = |t: &crate::plan::token::Token| t.start - usize::from(t.start > 0 && scene.text.at(t.start - 1).is_some_and(sign));
    let figures: Vec<String> = clause.tokens.iter().filter(plain).map(|t| scene.text.original(start(t), end(t))).collect();
    match &figures[..] {
        [find, with] => Built::one(Step::new("text.replace").with("find", find.trim()).with("with", with.trim())),
        _ => Built::No,
    }
}

pub fn add_text(clause: &Clause, scene: &Scene) -> Built {
    // "做6个表情，配文“哈哈”": the words of the stickers.
    if scene.before.last().is_some_and(|s| s.op == "stickers") && !clause.quoted().is_empty() {
        return Built::one(Step::new("stickers").with("captions", captions(clause)));
    }
    let Some(text) = clause.quoted().first().map(|t| (*t).to_owned()) else {
        return Built::No;
    };
    // "标题写错了，应该是“春天”": in place of what?
    const WRONG: &[&str] =
        &["写错", "打错", "错字", "错别字", "印错", "is wrong", "misspell", "typo", "wrong word", "spelt wrong", "spelled wrong"];
    if clause.quoted().len() == 1 && scene.before.is_empty() && WRONG.iter().any(|w| scene.text.slice(0, scene.text.len()).contains(w)) {
        return Ask::new("要换掉图上的哪几个字？", "Which words on the picture should it replace?")
            .option("先读出图上的文字", "Read the words on the picture first", vec![Step::new("text.read")])
            .option("当作新的文字加上", "Add it as new text", vec![Step::new("text.add").with("text", text)])
            .built();
    }
    if scene.before.last().is_some_and(|s| s.op == "compose" && !s.params.contains_key("captions")) && clause.quoted().len() >= 2 {
        return Built::one(Step::new("compose").with("captions", captions(clause)));
    }
    let below = ["小字", "下面", "底下", "below", "beneath", "underneath", "second line", "smaller", "small"]
        .iter()
        .any(|w| scene.words(clause).contains(w));
    let half_titled =
        |s: &Step| matches!(s.op.as_str(), "poster" | "cover") && s.params.contains_key("title") && !s.params.contains_key("subtitle");
    if below && scene.before.last().is_some_and(half_titled) {
        return title_of(clause, scene);
    }
    let untitled = |s: &Step| matches!(s.op.as_str(), "poster" | "cover") && !s.params.contains_key("title");
    if clause.places().is_empty() && scene.before.last().is_some_and(untitled) {
        return title_of(clause, scene);
    }
    if clause.any(crate::plan::clause::Class::Title) && scene.before.last().is_some_and(|s| matches!(s.op.as_str(), "poster" | "cover")) {
        return title_of(clause, scene);
    }
    // "the word “Colour” should be “Color”"
    if clause.quoted().len() == 2 && !clause.has(Verb::Add) && !clause.has(Verb::Put) && !clause.any(crate::plan::clause::Class::Title) {
        return replace_text(clause, scene);
    }
    let mut step = Step::new("text.add").with("text", text);
    if let Some(place) = super::words_in::anchor(clause) {
        step = step.with("position", place);
    }
    if let Some(colour) = clause.colours().first() {
        step = step.with("color", *colour);
    }
    if let Some(size) = clause.pixels() {
        step = step.with("size", size as u64);
    }
    step.input = scene.input(clause);
    Built::one(step)
}

/// "…, 120 px": how large the letters before are.
pub fn text_size(clause: &Clause, scene: &Scene) -> Built {
    let last = scene.before.last().filter(|s| matches!(s.op.as_str(), "text.add" | "watermark") && !s.params.contains_key("size"));
    match (last, clause.pixels().filter(|px| *px >= 4.0 && px.fract() == 0.0)) {
        (Some(last), Some(px)) if clause.verbs().all(|v| v == Verb::Make) => {
            Built::one(Step::new(&last.op.clone()).with("size", px as u64))
        }
        _ => Built::No,
    }
}

pub fn ask_text(_: &Clause, _: &Scene) -> Built {
    let option = |text: &str| vec![Step::new("text.add").with("text", text)];
    Ask::new("要加什么文字？", "Which text?")
        .option("“新品上市”", "“New”", option("新品上市"))
        .option("“SALE”", "“SALE”", option("SALE"))
        .built()
}

pub fn read_text(clause: &Clause, scene: &Scene) -> Built {
    let mut step = Step::new("text.read");
    if let Some(lang) = clause.find(|k| if let Kind::Lang(l) = k { Some(*l) } else { None }) {
        step = step.with("languages", vec![lang]);
    }
    step.input = scene.input(clause);
    Built::one(step)
}

pub fn watermark(clause: &Clause, scene: &Scene) -> Built {
    let mut step = Step::new("watermark");
    match (clause.quoted().first(), scene.second(clause)) {
        (Some(text), _) => step = step.with("text", *text),
        (None, Some(image)) => step = step.with("image", image.to_string()),
        (None, None) => {
            let option = |text: &str| vec![Step::new("watermark").with("text", text)];
            return Ask::new("水印写什么？", "What should the watermark say?")
                .option("“样图”", "“样图”", option("样图"))
                .option("“SAMPLE”", "“SAMPLE”", option("SAMPLE"))
                .built();
        }
    }
    if let Some(place) = super::words_in::anchor(clause) {
        step = step.with("position", place);
    }
    if let Some(percent) = clause.number(Unit::Percent) {
        step = step.with("opacity", percent / 100.0);
    }
    if clause.flag(Flag::Tile) {
        step = step.with("tile", true);
    }
    // Of the letters; a logo keeps its own.
    if let (Some(colour), true) = (clause.colours().first(), step.params.contains_key("text")) {
        step = step.with("color", *colour);
    }
    Built::one(step)
}

/// "put © Anna in the corner": the sign says that it is a mark.
pub fn signed(clause: &Clause, scene: &Scene) -> Built {
    let marked = clause.quoted().first().is_some_and(|q| q.starts_with(['©', '@', '®', '™']));
    let tiled = clause.flag(Flag::Tile) && !clause.quoted().is_empty();
    if marked || tiled { watermark(clause, scene) } else { Built::No }
}

/// A title for what lacks one: "…, that says “Yard Sale”".
pub fn says(clause: &Clause, scene: &Scene) -> Built {
    match scene.before.last() {
        Some(last) if matches!(last.op.as_str(), "poster" | "cover") && !last.params.contains_key("title") => title_of(clause, scene),
        _ => Built::No,
    }
}

pub fn mockup(clause: &Clause, _: &Scene) -> Built {
    let device = clause.find(|k| if let Kind::Device(d) = k { Some(*d) } else { None });
    let step = Step::new("mockup");
    match device {
        Some(device) => {
            let step = step.with("device", device);
            // "in a black phone on lavender": the colour before the device is its own.
            let said: Vec<&Kind> = clause.tokens.iter().map(|t| &t.kind).filter(|k| !matches!(k, Kind::Punct | Kind::Filler)).collect();
            let own = said.windows(2).find_map(|pair| match pair {
                [Kind::Colour(colour), Kind::Device(_)] => Some(colour.as_str()),
                _ => None,
            });
            let step = match own {
                Some(own) => step.with("color", own),
                None => step,
            };
            let taken = step.params.get("color").cloned();
            let behind: Vec<&str> = clause.colours().into_iter().filter(|c| taken.as_ref().is_none_or(|own| own != c)).collect();
            Built::one(match behind[..] {
                [colour] => step.with("background", colour),
                _ => step,
            })
        }
        None => {
            let option = |d: &str| vec![Step::new("mockup").with("device", d)];
            Ask::new("放进什么设备？", "Which device?")
                .option("手机", "Phone", option("phone"))
                .option("笔记本电脑", "Laptop", option("laptop"))
                .option("浏览器窗口", "Browser window", option("browser"))
                .built()
        }
    }
}

/// "收到、好的、谢谢" are three.
fn captions(clause: &Clause) -> Vec<&str> {
    clause.quoted().into_iter().flat_map(|q| q.split('、')).map(str::trim).filter(|q| !q.is_empty()).collect()
}

pub fn stickers(clause: &Clause, scene: &Scene) -> Built {
    // "这张表情最好" speaks of a face.
    let face = clause.tokens.iter().any(|t| t.kind == Kind::Verb(Verb::Stickers) && ["张表情", "个表情"].contains(&scene.word(t).as_str()));
    let made = clause.verbs().any(|v| v != Verb::Stickers) || clause.number(Unit::Pieces).or_else(|| clause.number(Unit::None)).is_some();
    if face && !made {
        return Built::No;
    }
    let mut step = Step::new("stickers");
    if let Some(count) = clause.number(Unit::Pieces).or_else(|| clause.number(Unit::None)).filter(|n| (1.0..=64.0).contains(n)) {
        step = step.with("count", count as u64);
    }
    let all = scene.text.slice(0, scene.text.len());
    if ["wechat", "weixin", "微信"].iter().any(|w| all.contains(w)) {
        step = step.with("platform", "wechat");
    }
    if clause.flag(Flag::Animated) {
        step = step.with("animated", true);
    }
    let captions = captions(clause);
    if !captions.is_empty() {
        step = step.with("captions", captions);
    }
    Built::one(step)
}

/// "stickers without the white outline"
pub fn no_outline(_: &Clause, scene: &Scene) -> Built {
    match scene.before.last() {
        Some(last) if last.op == "stickers" => Built::one(Step::new("stickers").with("outline", false)),
        _ => Built::No,
    }
}

/// Title and subtitle are the first and second quoted text, unless a word before them says otherwise.
fn titled(mut step: Step, clause: &Clause) -> Step {
    let mut said = None;
    for token in &clause.tokens {
        match &token.kind {
            Kind::Flag(Flag::TitleWord) => said = Some("title"),
            Kind::Flag(Flag::SubtitleWord) => said = Some("subtitle"),
            Kind::Quoted(text) => {
                let name = said.take().unwrap_or(if step.params.contains_key("title") { "subtitle" } else { "title" });
                step = if step.params.contains_key(name) { step } else { step.with(name, text.as_str()) };
            }
            _ => {}
        }
    }
    step
}

pub fn cover(clause: &Clause, _: &Scene) -> Built {
    let mut step = Step::new("cover");
    if let Some(platform) = clause.find(|k| if let Kind::Platform(p) = k { Some(*p) } else { None }) {
        step = step.with("platform", platform.split('.').next().unwrap_or(platform));
    }
    Built::one(titled(step, clause))
}

pub fn poster(clause: &Clause, _: &Scene) -> Built {
    let step = Step::new("poster");
    let step = match clause.size() {
        Some((w, h)) => step.with("size", format!("{w}x{h}")),
        None => step,
    };
    Built::one(titled(step, clause))
}

pub fn fit(clause: &Clause, scene: &Scene) -> Built {
    let id = clause.find(|k| if let Kind::Platform(p) = k { Some(*p) } else { None }).is_some_and(is_id_photo);
    if id {
        return id_photo(clause, scene);
    }
    // "发小红书用", "for Instagram": where it goes, not that it must follow the rules there.
    let words = scene.words(clause);
    let only_where = !clause.has_heavy_verb() && (words.contains('发') || words.starts_with("for "));
    if only_where {
        return Built::Nothing;
    }
    // "淘宝详情页太长了" only tells where it is for.
    let named = [
        "主图",
        "首图",
        "规",
        "要求",
        "标准",
        "main",
        "rule",
        "requirement",
        "comply",
        "compliant",
        "cover",
        "封面",
        "square",
        "方图",
        "截图",
        "screenshot",
        "listing",
        "适配",
        "符合",
    ];
    let short = clause.tokens.iter().all(|t| clause_weight(&t.kind) || matches!(t.kind, Kind::Platform(_)));
    if !clause.has_heavy_verb() && !short && !named.iter().any(|w| words.contains(w)) {
        return Built::No;
    }
    match clause.find(|k| if let Kind::Platform(p) = k { Some(*p) } else { None }) {
        Some(platform) => Built::one(Step::new("fit").with("platform", platform)),
        None => Built::No,
    }
}

/// "蓝底一寸照，不超过20KB": a kind of ID photo with what is said of its background and file.
pub fn id_photo(clause: &Clause, _: &Scene) -> Built {
    let Some(platform) = clause.find(|k| if let Kind::Platform(p) = k { Some(*p) } else { None }).filter(|p| is_id_photo(p)) else {
        return Built::No;
    };
    let mut step = Step::new("fit").with("platform", platform);
    if let Some(colour) = clause.colours().first() {
        step = step.with("background", *colour);
    }
    match clause.format() {
        Some(format @ ("jpeg" | "png")) => step = step.with("format", format),
        Some(_) => return Built::No,
        None => {}
    }
    if let Some(bytes) = clause.number(Unit::Bytes) {
        step = step.with("max_bytes", bytes as u64);
    }
    Built::one(step)
}

/// Presets of ID photos, whose background and file are part of what is asked.
pub fn is_id_photo(platform: &str) -> bool {
    ["id.", "passport.", "visa."].iter().any(|kind| platform.starts_with(kind))
}

pub fn generate(clause: &Clause, scene: &Scene) -> Built {
    // "画面扩展到4:3，缺的补画出来": said already.
    if scene.before.last().is_some_and(|s| s.op == "expand") {
        return Built::Nothing;
    }
    // "把这张照片画成…" is no new drawing.
    let again = clause.tokens.iter().position(|t| matches!(t.kind, Kind::Ba)).is_some_and(|at| {
        clause.tokens[at..]
            .iter()
            .take_while(|t| t.kind != Kind::Verb(Verb::Draw))
            .any(|t| matches!(t.kind, Kind::Thing(crate::plan::token::Thing::Picture, _)))
    });
    if again {
        return Built::No;
    }
    // "我涂了墙，那儿画扇窗": on what was painted over.
    let all = scene.text.slice(0, scene.text.len());
    let there = ["那儿", "那里", "这儿", "这里", "那块", "这块", " there", " here"].iter().any(|w| scene.words(clause).contains(w));
    let painted = ["涂", "圈", "刷", "painted", "brushed", "marked", "circled"].iter().any(|w| all.contains(w));
    if there && painted && (scene.ctx.attached > 0 || scene.ctx.versions > 0) {
        return repaint(clause, scene);
    }
    // With a mask it is drawn there, and not on an empty canvas.
    if scene.ctx.mask || clause.thing(crate::plan::token::Thing::Mask) {
        return repaint(clause, scene);
    }
    let (drawn, settings) = settings(clause, scene);
    match description(&drawn, scene) {
        Some(prompt) => {
            let sized = clause.size().filter(|_| drawn.tokens.len() < clause.tokens.len() && drawn.size().is_none());
            let step = sized.iter().fold(Step::new("generate"), |step, (w, h)| step.with("size", format!("{w}x{h}")));
            let step = step.with("prompt", prompt.trim_end_matches([',', '，', ';', '；', ' ', '.', '。']));
            Built::one(settings.into_iter().fold(step, |step, (name, value)| step.with(name, super::words_in::whole(value))))
        }
        None => Built::No,
    }
}

/// "seed 42, 30 steps": numbers for the generator, and the clause without them.
fn settings(clause: &Clause, scene: &Scene) -> (Clause, Vec<(&'static str, f64)>) {
    const NAMES: &[(&str, &[&str])] =
        &[("seed", &["seed", "种子"]), ("steps", &["steps", "步数", "步"]), ("guidance", &["guidance", "cfg", "引导"])];
    let mut out = clause.clone();
    let mut found = Vec::new();
    // "create a 512x512 picture of a teapot"
    if let Some(at) = clause.tokens.iter().position(|t| matches!(t.kind, Kind::Size(..)))
        && clause.tokens[..at].iter().all(|t| matches!(t.kind, Kind::Verb(_) | Kind::Filler))
    {
        out.tokens.drain(..=at);
    }
    // "generate 4 pictures of …", 生成3张…
    let counted = clause.tokens.iter().position(|t| matches!(t.kind, Kind::Number(_)));
    if let Some((at, Kind::Number(number))) = counted.map(|at| (at, &clause.tokens[at].kind))
        && clause.tokens[..at].iter().all(|t| matches!(t.kind, Kind::Verb(_) | Kind::Filler | Kind::Ba))
        && (number.unit == Unit::Pieces
            || clause.tokens.get(at + 1).is_some_and(|t| matches!(t.kind, Kind::Thing(crate::plan::token::Thing::Picture, _))))
        && number.value.fract() == 0.0
        && (2.0..=8.0).contains(&number.value)
    {
        found.push(("n", number.value));
        out.tokens.retain(|t| t.start != clause.tokens[at].start);
    }
    for at in 0..clause.tokens.len() {
        let Kind::Number(number) = clause.tokens[at].kind else { continue };
        let words = |i: Option<usize>| i.and_then(|i| clause.tokens.get(i)).map(|t| scene.word(t)).unwrap_or_default();
        let beside = [words(at.checked_sub(1)), words(Some(at + 1))];
        let named = NAMES.iter().find(|(_, said)| said.iter().any(|w| beside[0].trim().ends_with(w) || beside[1].trim().starts_with(w)));
        if let Some((name, _)) = named {
            found.push((*name, number.value));
            let first = if NAMES.iter().any(|(_, said)| said.iter().any(|w| beside[0].trim().ends_with(w))) { at - 1 } else { at };
            let first = clause.tokens[first].start;
            out.tokens.retain(|t| t.start < first);
        }
    }
    (out, found)
}

/// Drawing inside a part of the picture.
pub fn repaint(clause: &Clause, scene: &Scene) -> Built {
    // "edit the painted part" does not say into what.
    let words = scene.words(clause);
    let says_what = [" into ", " to ", "成", "为", "with ", " become "].iter().any(|w| words.contains(w));
    if clause.has(Verb::Change) && !clause.has(Verb::Draw) && !says_what {
        return Built::No;
    }
    let marked = targets(clause, scene).into_iter().find(|t| t["kind"] == "mask");
    let target = if scene.ctx.mask { Some(json!({"kind": "mask", "mask": "upload"})) } else { marked };
    let (Some(prompt), Some(target)) = (description(clause, scene), target) else {
        return Built::No;
    };
    // Only what comes after the verb is drawn.
    let verb = clause.tokens.iter().position(|t| matches!(t.kind, Kind::Verb(v) if v != Verb::Make));
    let into = |t: &crate::plan::token::Token| {
        matches!(scene.word(t).as_str(), "into" | "成" | "为" | "with" | "as" | "become" | "变成" | "换成" | "改成")
    };
    let verb = clause.tokens.iter().position(into).filter(|at| verb.is_some_and(|v| v < *at)).map(|at| at + 1).or(verb);
    let after = verb.map(|v| Clause { tokens: clause.tokens[v..].to_vec(), ..Clause::default() }).and_then(|c| description(&c, scene));
    Built::one(Step::new("repaint").with("target", target).with("prompt", after.unwrap_or(prompt)))
}

pub fn restyle(clause: &Clause, scene: &Scene) -> Built {
    // "画一张山水画" draws a new picture, "画成水彩" this one again.
    // "this artwork" names what it is, "artwork style" what it should become.
    let kinds = ["artwork", "drawing", "painting", "illustration", "插图", "插画", "画作", "绘画", "画"];
    let styled = ["style", "风", "like", "as a", "成", "感"].iter().any(|w| scene.words(clause).contains(w));
    let only_kinds = clause.tokens.iter().filter(|t| matches!(t.kind, Kind::Style(_))).all(|t| kinds.contains(&scene.word(t).as_str()));
    if !clause.has_heavy_verb() && only_kinds && !styled {
        return Built::No;
    }
    let this = clause.things().any(|(t, _)| matches!(t, crate::plan::token::Thing::It | crate::plan::token::Thing::Picture));
    if clause.has(Verb::Draw) && !this && !scene.words(clause).contains('成') && !scene.words(clause).contains(" as ") {
        return Built::No;
    }
    let named = clause.find(|k| if let Kind::Style(s) = k { Some(*s) } else { None });
    let first = clause.tokens.iter().position(|t| matches!(t.kind, Kind::Style(_) | Kind::Unknown));
    let last = clause.tokens.iter().rposition(|t| matches!(t.kind, Kind::Style(_) | Kind::Unknown));
    let prompt = match (first, last) {
        (Some(a), Some(b)) => scene.text.original(clause.tokens[a].start, clause.tokens[b].end),
        _ => named.unwrap_or("").to_owned(),
    };
    let step = Step::new("restyle").with("prompt", prompt.trim());
    // "统一风格", "shelf-style": of which style?
    if nameless(clause, scene) || ["模型", "model", "视频", "video"].iter().any(|w| scene.words(clause).contains(w)) {
        return Built::No;
    }
    match super::words_in::share(clause) {
        _ if prompt.is_empty() => Built::No,
        Some(share) => Built::one(step.with("strength", share)),
        None => Built::one(step),
    }
}

/// Whether a style is asked for without saying which: no word beside "style" describes it.
fn nameless(clause: &Clause, scene: &Scene) -> bool {
    const ONLY: &[&str] = &["style", "-style", "风格", "风", "art style", "artwork"];
    let styles: Vec<usize> = (0..clause.tokens.len()).filter(|&i| matches!(clause.tokens[i].kind, Kind::Style(_))).collect();
    let only = |&i: &usize| clause.tokens[i].kind == Kind::Style("style") && ONLY.contains(&scene.word(&clause.tokens[i]).as_str());
    let describes = |t: &crate::plan::token::Token| {
        matches!(
            t.kind,
            Kind::Unknown
                | Kind::Look(_)
                | Kind::Thing(..)
                | Kind::Lang(_)
                | Kind::Colour(_)
                | Kind::Flag(_)
                | Kind::Tone(_)
                | Kind::ToneWord(..)
                | Kind::Verb(_)
                | Kind::Format(_)
        )
    };
    let skipped =
        |t: &&crate::plan::token::Token| ["的", "那种", "这种", "a", "the", "of", "in", "那样的"].contains(&scene.word(t).as_str());
    let beside = |&i: &usize| {
        let before = clause.tokens[..i].iter().rev().find(|t| !skipped(t));
        let after = clause.tokens[i + 1..].iter().find(|t| !skipped(t));
        let glued = scene.word(&clause.tokens[i]).starts_with('-');
        before.is_some_and(describes) && !(glued && before.is_some_and(|t| t.kind != Kind::Unknown)) || after.is_some_and(describes)
    };
    !styles.is_empty() && styles.iter().all(only) && !styles.iter().any(beside)
}

pub fn expand(clause: &Clause, scene: &Scene) -> Built {
    let step = Step::new("expand");
    // "往右扩300像素，接着画下去": said already.
    if scene.before.last().is_some_and(|s| s.op == "expand") && clause.numbers().is_empty() && clause.aspect().is_none() {
        return Built::Nothing;
    }
    // "more headroom, 200 px"
    if scene.words(clause).contains("headroom")
        && let Some(px) = clause.pixels()
    {
        return Built::one(step.with("top", px as u64));
    }
    let upwards = scene.words(clause).split(' ').any(|w| w == "up" || w == "upwards");
    if let Some(aspect) = clause.aspect() {
        return Built::one(step.with("aspect", aspect.text()));
    }
    let places = clause.places();
    let sides = clause.find(|k| if let Kind::Sides(s) = k { Some(*s) } else { None });
    let named = |side: &str| match sides {
        Some("horizontal") => side == "left" || side == "right",
        Some("vertical") => side == "top" || side == "bottom",
        Some(_) => true,
        None if places.is_empty() && upwards => side == "top",
        None => places.is_empty() || places.contains(&side),
    };
    let with = |px: u64| {
        ["left", "right", "top", "bottom"].iter().filter(|s| named(s)).fold(Step::new("expand"), |step, side| step.with(side, px))
    };
    match clause.pixels().filter(|v| *v >= 1.0) {
        Some(px) => Built::one(with(px as u64)),
        None => Ask::new("要扩展多少？", "How far should I extend it?")
            .option("扩展 200 像素", "200 px", vec![with(200)])
            .option("扩展成 16:9", "To 16:9", vec![step.clone().with("aspect", "16:9")])
            .option("扩展成 1:1", "To 1:1", vec![step.with("aspect", "1:1")])
            .built(),
    }
}

/// "add 300 pixels at the top": more of the scene where it lacks room, else a question, for a margin is as likely.
pub fn room(clause: &Clause, scene: &Scene) -> Built {
    const LACKS: &[&str] =
        &["room", "space", "cramped", "tight", "cut off", "headroom", "sky", "canvas", "scene", "extend", "空间", "太挤", "太满", "顶到头"];
    let (Some(px), places) = (clause.number(Unit::Pixels).filter(|px| *px >= 1.0 && px.fract() == 0.0), clause.places()) else {
        return Built::No;
    };
    const SIDES: &[&str] = &["left", "right", "top", "bottom"];
    if !places.iter().all(|place| SIDES.contains(place)) {
        return Built::No;
    }
    let on = |op: &str| places.iter().fold(Step::new(op), |step, side| step.with(side, px as u64));
    let all = scene.text.slice(0, scene.text.len());
    if scene.before.last().is_some_and(|s| s.op == "expand") || LACKS.iter().any(|w| all.contains(w)) {
        return Built::one(on("expand"));
    }
    Ask::new("加出来的部分要什么？", "What should be there?")
        .option("接着画下去", "More of the scene", vec![on("expand")])
        .option("留白边", "A plain margin", vec![on("pad")])
        .built()
}

/// "水印 @小林，加右下角": where the watermark before goes.
pub fn watermark_place(clause: &Clause, scene: &Scene) -> Built {
    match (scene.before.last(), clause.places().first()) {
        (Some(last), Some(place))
            if last.op == "watermark" && !last.params.contains_key("position") && clause.things().next().is_none() =>
        {
            Built::one(Step::new("watermark").with("position", *place))
        }
        _ => Built::No,
    }
}

/// "标题写“…”, 副标题“…”" after a poster or a cover.
pub fn title_of(clause: &Clause, scene: &Scene) -> Built {
    let Some(last) = scene.before.last().filter(|s| matches!(s.op.as_str(), "poster" | "cover")) else { return Built::No };
    let both = clause.quoted().len() == 2 && !last.params.contains_key("title");
    if both {
        return Built::one(titled(Step::new(&last.op.clone()), clause));
    }
    let Some(text) = clause.quoted().first().map(|q| (*q).to_owned()) else { return Built::No };
    let name = if clause.flag(Flag::SubtitleWord) || last.params.contains_key("title") { "subtitle" } else { "title" };
    Built::one(Step::new(&last.op.clone()).with(name, text))
}

/// "风格化：“水彩”": the prompt as it is quoted.
pub fn restyle_quoted(clause: &Clause, _: &Scene) -> Built {
    let Some(prompt) = clause.quoted().first().map(|p| (*p).to_owned()) else { return Built::No };
    let step = Step::new("restyle").with("prompt", prompt);
    Built::one(match super::words_in::share(clause) {
        Some(share) => step.with("strength", share),
        None => step,
    })
}

/// Words that say nothing by themselves.
fn clause_weight(kind: &Kind) -> bool {
    crate::plan::clause::weight(kind) == 0 && *kind != Kind::Unknown
}

/// "换上“清仓”，放在顶部": where the text before goes.
pub fn text_place(clause: &Clause, scene: &Scene) -> Built {
    match (scene.before.last(), clause.places().first()) {
        (Some(last), Some(place)) if last.op == "text.add" && !last.params.contains_key("position") && clause.things().next().is_none() => {
            Built::one(Step::new("text.add").with("position", *place))
        }
        _ => Built::No,
    }
}
