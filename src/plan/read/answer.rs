//! From the clauses' readings to the answer: a plan, or one question about what is open.

use super::*;

/// From this chance of an operation on a message is taken for a wish.
const LIKELY_WISH: f32 = 0.4;

impl Reader<'_> {
    pub(super) fn answer(&self, mut parts: Vec<Part>, mut state: State) -> Reading {
        const MENDS: &[&str] = &["enhance", "adjust", "restore", "filter", "match", "colorize", "restyle", "detail", "revert"];
        // What was asked for; one fault that is mended mends no other.
        let asked = state.steps.clone();
        for (at, read) in std::mem::take(&mut state.complaints) {
            // "it is upside down, straighten it": turned, not tilted.
            if let (Built::Steps(turned), Some(level)) =
                (&read.built, state.steps.iter_mut().find(|s| s.op == "rotate" && s.params.contains_key("auto")))
                && turned.len() == 1
                && turned[0].params.contains_key("degrees")
            {
                *level = turned[0].clone();
            }
            // "拍糊了，弄清楚": the blur is what is mended.
            let plainly = !["锐", "sharp"].iter().any(|w| self.normal.slice(0, self.normal.len()).contains(w));
            let clear = |s: &&mut Step| (s.op == "sharpen" && plainly) || (s.op == "upscale" && s.params.is_empty());
            if read.rule.op == "deblur"
                && let Some(step) = state.steps.iter_mut().find(clear)
            {
                step.op = "deblur".into();
            }
            let mended = asked.iter().chain(state.steps.iter().filter(|s| s.op == read.rule.op)).any(|s| {
                MENDS.contains(&s.op.as_str())
                    || s.op == read.rule.op
                    || (matches!(s.op.as_str(), "sharpen" | "upscale" | "deblur") && matches!(read.rule.op, "deblur" | "upscale"))
            });
            if !mended && let Built::Steps(steps) = &read.built {
                state.steps.splice(0..0, steps.clone());
            }
            parts[at].read = Some(read);
        }
        let bytes = state.told.iter().find_map(|t| {
            if let Kind::Number(n) = t.kind
                && n.unit == crate::plan::token::Unit::Bytes
            {
                Some(n.value)
            } else {
                None
            }
        });
        if let (Some(bytes), Some(export)) =
            (bytes, state.steps.iter_mut().find(|s| s.op == "export" && !s.params.contains_key("max_bytes")))
        {
            export.params.insert("max_bytes".into(), json!(bytes as u64));
        }
        if let Some(bytes) = bytes.filter(|_| !state.steps.is_empty() && !state.steps.iter().any(|s| s.params.contains_key("max_bytes"))) {
            state.steps.push(Step::new("export").with("max_bytes", bytes as u64));
        }
        drop_signs(&mut state.steps, self.normal);
        drop_looks(&mut state.steps, self.normal);
        drop_rescues(&mut state.steps, self.normal);
        if !self.tokens.iter().any(|t| matches!(t.kind, Kind::Number(_))) {
            drop_states(&mut state.steps);
        }
        stays(&parts, &mut state.steps);
        uncropped(&parts, &mut state.steps);
        // Nothing was asked for: the fault that was told of is what should be mended.
        let does_nothing = |p: &Part| p.aside || p.read.as_ref().is_some_and(|r| r.built == Built::Nothing);
        if state.steps.is_empty() && state.asks.is_empty() && state.waiting.is_none() && parts.iter().all(does_nothing) {
            for (at, read) in std::mem::take(&mut state.heard) {
                state.add(Some(&read));
                parts[at].read = Some(read);
            }
        }
        // Beside a clear wish, words that can be none are talk.
        let acts = !state.steps.is_empty() || !state.asks.is_empty();
        let unread: Vec<&Clause> = parts
            .iter()
            .filter(|p| !(p.aside || acts && self.asks_for_nothing(&p.clause)))
            .filter(|p| {
                let strange = |r: &Resolved| too_strange(&p.clause, r, self.normal) || self.strange_number(&p.clause, r);
                p.read.as_ref().is_none_or(|r| !enough(&p.clause, r, self.normal) || leaves_out(&p.clause, r) || strange(r))
            })
            .map(|p| &p.clause)
            .chain(state.waiting.as_ref())
            .collect();
        let confidence = confidence(&parts, unread.len());
        let strange: Vec<usize> = parts.iter().flat_map(strange_tokens).collect();
        let spans = self.spans(&strange);
        let reading = |answer, confidence: f32| Reading { answer, confidence, spans: spans.clone() };
        if let Some(input) = state.input.take()
            && let Some(first) = state.steps.first_mut()
        {
            first.input.get_or_insert(input);
        }
        if state.steps.is_empty() && state.asks.is_empty() {
            let leaves = self.tokens.iter().any(|t| matches!(t.kind, Kind::Not | Kind::Leave | Kind::TakesBack));
            if unread.is_empty() && leaves && parts.iter().all(|p| p.aside) && !self.wishes_something(&parts) {
                return reading(Answer::Reply(session::nothing_to_do()), 0.5);
            }
            return reading(Answer::Question(self.not_understood(&unread)), 0.0);
        }
        if let Some(question) = self.missing_picture(&state) {
            return reading(Answer::Question(question), confidence);
        }
        if let Some(question) = self.missing_reference(&parts, &state) {
            return reading(Answer::Question(question), confidence.min(0.5));
        }
        if let Some(last) = parts.iter().rev().find(|p| !p.aside && state.steps.iter().any(|s| filled::of_itself(s, self.ctx))) {
            state.steps.retain(|s| !filled::of_itself(s, self.ctx));
            let unread = [&last.clause];
            let question = if state.steps.is_empty() { self.not_understood(&unread) } else { self.half_understood(&unread, &state) };
            return reading(Answer::Question(question), confidence.min(0.4));
        }
        if !state.asks.is_empty() {
            return reading(Answer::Question(self.asked(&parts, &state)), confidence.min(0.6));
        }
        // "turn the red car blue and the blue car red": which is which cannot be told.
        let last =
            contradictory(&state.steps).and_then(|again| parts.iter().rev().find(|p| !p.aside && (!again || !p.clause.has_heavy_verb())));
        if let Some(last) = last {
            state.steps.pop();
            return reading(Answer::Question(self.half_understood(&[&last.clause], &state)), confidence.min(0.4));
        }
        if let Some(clause) = parts.iter().map(|p| &p.clause).find(|c| self.forbids(c, &state.steps)) {
            return reading(Answer::Question(self.half_understood(&[clause], &state)), confidence.min(0.4));
        }
        if !unread.is_empty() && !self.agrees(&unread, &state.steps) {
            return reading(Answer::Question(self.half_understood(&unread, &state)), confidence.min(0.4));
        }
        if let Some(question) = self.several_pictures(&mut state) {
            return reading(Answer::Question(question), confidence.min(0.5));
        }
        if state.steps.len() > crate::plan::MAX_STEPS {
            return reading(Answer::Reply(session::too_many_steps()), 0.0);
        }
        reading(Answer::Plan(compose::plan(state.steps)), confidence)
    }

    /// "白底，但是原来的背景一点都不许动": whether a clause leaves alone what the steps would change.
    pub(super) fn forbids(&self, clause: &Clause, steps: &[Step]) -> bool {
        const LEAVES: &[&str] = &["不许动", "不要动", "别动", "不能动", "不准动", "不可以动", "untouched", "don't touch", "do not touch"];
        let words = self.normal.slice(clause.range().0, clause.range().1);
        let changed = |s: &Step| s.op == "background" && s.params.get("fill").is_some_and(|f| f != "blur");
        // "black and white, but every colour must stay"
        const KEEPS: &[&str] = &["keep", "stay", "preserve", "retain", "保留", "不变", "留着", "都要在", "还在"];
        let grey = |s: &Step| s.op == "filter" && s.params.get("name").is_some_and(|name| name == "grayscale");
        let coloured = ["colour", "color", "颜色", "色彩", "彩色"].iter().any(|w| words.contains(w)) && !clause.negated;
        let kept = coloured && KEEPS.iter().any(|w| words.contains(w)) && clause.colours().is_empty();
        (LEAVES.iter().any(|w| words.contains(w)) && clause.thing(Thing::Background) && steps.iter().any(changed))
            || (kept && steps.iter().any(grey))
    }

    /// Whether something measured was said that is not forbidden, or the words sound like an edit: then "I leave it" is no answer.
    fn wishes_something(&self, parts: &[Part]) -> bool {
        let value = |t: &Token| matches!(t.kind, Kind::Size(..) | Kind::Aspect(_) | Kind::Quoted(_) | Kind::Tone(_) | Kind::Format(_));
        let measured = parts.iter().any(|p| !p.clause.negated && !p.clause.reason && p.clause.tokens.iter().any(value));
        let opinion = self.opinion(0, self.normal.len());
        let forbidden = parts.iter().any(|p| p.clause.negated) || !self.tokens.iter().any(|t| t.kind == Kind::Unknown);
        measured || !forbidden && opinion.operations().any(|(class, p)| !["none", "ask", "command"].contains(&class) && p >= LIKELY_WISH)
    }

    /// Whether a clause that could not be read is no wish.
    fn asks_for_nothing(&self, clause: &Clause) -> bool {
        aside::idle(clause, self.normal) || aside::narrates(clause, self.normal) || mood::states_only(clause, self.normal)
    }

    /// Whether a number or a name stands in a word that nothing explains: "10kg lighter".
    pub(super) fn strange_number(&self, clause: &Clause, read: &Resolved) -> bool {
        let digits = |t: &Token| t.kind == Kind::Unknown && self.normal.slice(t.start, t.end).contains(|c: char| c.is_ascii_digit());
        // "ins方图 size": among Chinese a foreign word may be a name, and a shape alone is then too little.
        let foreign = |t: &Token| {
            t.kind == Kind::Unknown && t.end - t.start >= 2 && self.normal.slice(t.start, t.end).chars().all(|c| c.is_ascii_alphabetic())
        };
        let shapes = matches!(&read.built, Built::Steps(steps) if steps.iter().all(|s| matches!(s.op.as_str(), "crop" | "resize" | "pad" | "export")));
        let named = shapes && self.words(clause).chars().any(crate::text::is_han) && clause.tokens.iter().any(foreign);
        !read.rule.free && matches!(read.built, Built::Steps(_)) && (named || clause.tokens.iter().any(digits))
    }

    /// Every token of the instruction with its role; `strange` are starts of tokens that stay unexplained.
    pub(super) fn spans(&self, strange: &[usize]) -> Vec<Span> {
        let span = |t: &Token| {
            let (start, end) = self.normal.range(t.start, t.end);
            let role = if strange.contains(&t.start) { "unknown" } else { t.role() };
            Span { start, end, text: self.normal.original(t.start, t.end), role: role.into(), value: value(&t.kind) }
        };
        let mut out: Vec<Span> = Vec::new();
        for span in self.tokens.iter().filter(|t| !matches!(t.kind, Kind::Punct)).map(span) {
            // One original character may have become several; its first token keeps it.
            if span.start < span.end && out.last().is_none_or(|last| last.end <= span.start) {
                out.push(span);
            }
        }
        out
    }
}

pub(super) fn strange_tokens(part: &Part) -> Vec<usize> {
    match &part.read {
        Some(read) => read.unread.iter().filter_map(|i| part.clause.tokens.get(*i)).map(|t| t.start).collect(),
        None => vec![],
    }
}

pub(super) fn confidence(parts: &[Part], unread: usize) -> f32 {
    let shares: Vec<f32> = parts.iter().filter_map(|p| p.read.as_ref().map(Resolved::confidence)).collect();
    if shares.is_empty() {
        return 0.0;
    }
    let guessed = parts.iter().flat_map(|p| &p.clause.tokens).filter(|t| t.guessed).count() as f32;
    let mean = shares.iter().sum::<f32>() / (shares.len() + unread) as f32;
    let lowest = shares.iter().copied().fold(1.0, f32::min);
    (0.5 * mean + 0.5 * lowest - 0.1 * guessed).clamp(0.05, 1.0)
}

pub(super) fn value(kind: &Kind) -> Value {
    match kind {
        Kind::Thing(Thing::Object, label) => json!(label),
        Kind::Colour(c) => json!(c),
        Kind::Aspect(a) => json!(a.text()),
        Kind::Size(w, h) => json!([w, h]),
        Kind::Number(n) => json!(n.value),
        Kind::Ordinal(n) => json!(n),
        Kind::Quoted(q) => json!(q),
        Kind::Place(p) => json!(p),
        Kind::Format(f) => json!(f),
        Kind::Platform(p) | Kind::Device(p) | Kind::Lang(p) | Kind::Look(p) | Kind::Style(p) => json!(p),
        Kind::Ref(crate::plan::token::Ref::Image(i)) => json!(i.to_string()),
        _ => Value::Null,
    }
}

/// "leave the dog, remove the cat": what stays beside something that goes is not cut out.
fn stays(parts: &[Part], steps: &mut Vec<Step>) {
    // "my sister should stay, everyone else has to go": the others go, nobody is cut out.
    let others_go =
        |p: &Part| p.clause.has(Verb::Remove) && p.clause.tokens.iter().any(|t| t.kind == Kind::Set(crate::plan::token::Set::Others));
    let cut_out =
        |s: &Step| s.op == "cutout" && s.params.len() == 1 && s.params.get("target").is_some_and(|t| *t == json!({"kind": "people"}));
    let kept_here = |p: &Part| p.clause.has(Verb::Keep) && !p.clause.has(Verb::CutOut);
    if let ([only], true) = (&mut steps[..], parts.iter().any(others_go) && parts.iter().any(kept_here))
        && cut_out(only)
    {
        *only = Step::new("erase").with("target", json!({"kind": "people", "which": "others"}));
    }
    // "中间那位留下，其余的人统统P掉": all but who is kept.
    let kept = parts.iter().filter(|p| kept_here(p) && !p.clause.negated).find_map(|p| match p.read.as_ref().map(|r| &r.built) {
        Some(Built::Steps(kept)) => kept.first()?.params.get("target").cloned(),
        _ => None,
    });
    let sided = |t: &Value| t["kind"] == "people" && t.get("which").is_some_and(|which| which != "others") && t.get("rest").is_none();
    if let Some(kept) = kept.filter(sided) {
        let others =
            |s: &&mut Step| s.op == "erase" && s.params.get("target").is_some_and(|t| *t == json!({"kind": "people", "which": "others"}));
        if let Some(step) = steps.iter_mut().find(others) {
            let mut target = kept.clone();
            target["rest"] = true.into();
            step.params.insert("target".into(), target);
            steps.retain(|s| !(s.op == "cutout" && s.params.get("target") == Some(&kept)));
        }
    }
    let label = |s: &Step| s.params.get("target").and_then(|t| t.get("label")).cloned();
    for part in parts.iter().filter(|p| p.clause.has(Verb::Keep) && !p.clause.has(Verb::CutOut) && !p.clause.has(Verb::Remove)) {
        let Some(Built::Steps(kept)) = part.read.as_ref().map(|r| &r.built) else { continue };
        let [only] = &kept[..] else { continue };
        let goes = steps.iter().any(|s| s.op == "erase" && label(s).is_some() && label(s) != label(only));
        if only.op == "cutout" && goes {
            steps.retain(|s| s != only);
        }
    }
}

/// "make it square without cropping": filled up instead.
fn uncropped(parts: &[Part], steps: &mut [Step]) {
    let crops = |p: &Part| p.clause.verbs().any(|v| matches!(v, Verb::Crop | Verb::TrimOff));
    let bare =
        |p: &Part| p.clause.tokens.iter().all(|t| clause::class(&t.kind).is_none() && !matches!(t.kind, Kind::Thing(..) | Kind::Unknown));
    let forbidden = parts.iter().any(|p| p.clause.negated && crops(p) && bare(p));
    if !forbidden || parts.iter().any(|p| !p.clause.negated && crops(p)) {
        return;
    }
    for step in steps.iter_mut().filter(|s| s.op == "crop" && s.params.keys().all(|k| k == "aspect")) {
        step.op = "pad".into();
    }
}

/// Two colours, shapes or sizes for one and the same thing, none of them taken back; the flag says that one may as well be done after the other.
pub(super) fn contradictory(steps: &[Step]) -> Option<bool> {
    let clash = |a: &Step, b: &Step| {
        let other = |name: &str| a.params.get(name).zip(b.params.get(name)).is_some_and(|(a, b)| a != b);
        match (a.op.as_str(), b.op.as_str()) {
            ("recolor", "recolor") => a.params.get("target") == b.params.get("target") && other("color"),
            // "a square, 16:9", "1200 … 1600 wide"
            ("crop", "crop") => b.input.is_none() && other("aspect"),
            ("cutout", "erase") => a.params.get("target").is_some_and(|t| Some(t) == b.params.get("target")),
            // "纯白的，同时又得是透明的"
            ("background", "cutout") => a.params.get("fill").is_some_and(|f| f == "color") && b.params.is_empty() && b.input.is_none(),
            ("resize", "resize") => b.input.is_none() && (other("width") || other("height")),
            _ => false,
        }
    };
    let of = |ops: &[&str]| steps.iter().filter(|s| ops.contains(&s.op.as_str())).collect::<Vec<_>>();
    let groups: &[&[&str]] = &[&["recolor"], &["crop"], &["resize"], &["cutout", "erase"], &["background", "cutout"]];
    let clashing = groups.iter().find(|ops| of(ops).windows(2).any(|pair| clash(pair[0], pair[1])))?;
    Some(matches!(clashing[0], "crop" | "resize"))
}

/// "还是暗，再亮一点": of two opposite amounts that no number is said of the first one only tells how it is.
fn drop_states(steps: &mut Vec<Step>) {
    let one = |s: &Step| {
        let mut sliders = s.params.iter().filter(|(k, _)| *k != "target");
        let (name, amount) = sliders.next().filter(|_| s.op == "adjust")?;
        sliders.next().is_none().then(|| (name.clone(), amount.as_f64().unwrap_or(0.0), s.params.get("target").cloned()))
    };
    let opposite = |a: &Step, b: &Step| match (one(a), one(b)) {
        (Some(a), Some(b)) => a.0 == b.0 && a.2 == b.2 && a.1 * b.1 < 0.0,
        _ => false,
    };
    let said: Vec<bool> = (0..steps.len()).map(|i| steps.get(i + 1).is_some_and(|next| opposite(&steps[i], next))).collect();
    let mut said = said.into_iter();
    steps.retain(|_| !said.next().unwrap_or(false));
}

/// "发黄还有折痕，修修吧", "it slopes to the left, straighten it": what a restoration or a levelling mends is no edit of its own.
fn drop_signs(steps: &mut Vec<Step>, text: &Normal) {
    let words = text.slice(0, text.len());
    let said = |list: &[&str]| list.iter().any(|w| words.contains(w));
    let cooled = said(&["cool", "cold", "blue", "temperature", "冷", "蓝", "色温"]);
    if said(&["发黄", "泛黄", "yellowed", "gone yellow", "turned yellow"]) && !cooled && steps.iter().any(|s| s.op == "restore") {
        let less_yellow = |s: &Step| s.params.get("temperature").and_then(Value::as_f64).is_some_and(|t| t < 0.0);
        steps.retain(|s| s.op != "adjust" || !less_yellow(s) || !s.params.keys().all(|k| k == "temperature" || k == "target"));
    }
    let level = steps.iter().any(|s| s.op == "rotate" && s.params.contains_key("auto"));
    let turned = said(&["rotate", "turn", "degree", "°", "转", "度", "90"]);
    if level && !turned && said(&["slop", "tilt", "lean", "crooked", "slant", "歪", "斜"]) {
        steps.retain(|s| s.op != "rotate" || s.params.contains_key("auto"));
    }
    // "贴在右上角，歪个15度"
    let levelled = said(&["straight", "level", "horizon", "扶正", "摆正", "拉直", "校正", "放平", "水平", "地平线"]);
    if !levelled && steps.iter().any(|s| s.params.contains_key("rotate")) {
        steps.retain(|s| s.op != "rotate" || !s.params.contains_key("auto"));
    }
}

/// "能不能救一下，把抖动去掉": a cry for help beside what would help.
fn drop_rescues(steps: &mut Vec<Step>, text: &Normal) {
    const MENDS: &[&str] = &["deblur", "denoise", "restore", "retouch", "upscale", "sharpen", "colorize"];
    const ASKS: &[&str] = &["增强", "优化", "美化", "自动", "提升", "改善", "enhance", "auto", "improve", "optimi"];
    let words = text.slice(0, text.len());
    let mended = steps.iter().any(|s| MENDS.contains(&s.op.as_str()));
    if mended && !ASKS.iter().any(|w| words.contains(w)) {
        steps.retain(|s| s.op != "enhance" || !s.params.is_empty());
    }
}

/// "… to see how it looks": beside an edit that is no question about the picture.
pub(super) fn drop_looks(steps: &mut Vec<Step>, text: &Normal) {
    const ASKS: &[&str] = &[
        "描述",
        "有什么",
        "有啥",
        "多大",
        "多少",
        "几个",
        "几只",
        "哪些",
        "是什么",
        "格式",
        "尺寸",
        "信息",
        "识别",
        "分析",
        "describe",
        "what",
        "how",
        "which",
        "dimensions",
        "size",
    ];
    let words = text.slice(0, text.len());
    if steps.len() > 1 && !ASKS.iter().any(|w| words.contains(w)) {
        steps.retain(|s| s.op != "describe");
    }
    // "做成表情包发给我室友": sending is no file of its own.
    const FILES: &[&str] = &["导", "存", "输出", "下载", "export", "save", "download", "file", "文件"];
    if steps.len() > 1 && !FILES.iter().any(|w| words.contains(w)) {
        steps.retain(|s| s.op != "export" || !s.params.is_empty());
    }
}
