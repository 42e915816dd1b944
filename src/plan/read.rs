//! From words to an answer: clauses are resolved one after another, what they leave open becomes one question.

use serde_json::{Value, json};

use super::aside;
use super::clause::{self, Class, Clause};
use super::compose;
use super::lexicon::Verb;
use super::normal::Normal;
use super::resolve::{Ask, Built, Resolved, Scene, resolve};
use super::session;
use super::token::{Kind, Link, Ref, Thing, Token, tokenize};
use super::types::{Answer, Context, ImageRef, Reading, Span, Step};
use crate::text::Text;

/// The id of the question "please add a picture first"; the caller keeps the instruction until one arrives.
pub const NEEDS_PICTURE: &str = "needs_picture";

/// Longest instruction that is read, in characters.
pub const LONGEST: usize = 4000;

/// Clauses of more tokens are read as they stand: no wish of one step is that long, and the work stays bounded.
const LONGEST_CLAUSE: usize = 80;

/// More clauses than this are no instruction.
const MOST_CLAUSES: usize = 96;

/// From this share on a statement is understood well enough to be a wish.
const SURE: f32 = 0.8;

/// Below this share of understood words a question is asked.
const UNDERSTOOD: f32 = 0.5;

/// What an instruction means. Never panics; the same words and context always give the same reading.
pub fn read(text: &str, ctx: &Context) -> Reading {
    if text.chars().count() > LONGEST {
        let reply = Text::new(
            format!("这条指令太长了：最多 {LONGEST} 个字符。请只写要做的修改。"),
            format!("That instruction is too long: {LONGEST} characters at most. Please write only the edits."),
        );
        return Reading { answer: Answer::Reply(reply), confidence: 0.0, spans: vec![] };
    }
    let normal = Normal::new(text);
    let mut tokens = tokenize(&normal);
    if ctx.attached == 0 && ctx.uploads.len() > 1 {
        name_uploads(&mut tokens, &ctx.uploads);
    }
    let tokens = super::beside::settle(tokens, &normal, ctx);
    let reader = Reader { normal: &normal, tokens: &tokens, ctx };
    if let Some(reading) = session::read(&normal, &tokens, ctx) {
        let reading = Reading { spans: reader.spans(&[]), ..reading };
        return reader.or_id_photo(reading);
    }
    let reading = reader.read();
    // An open question for a text takes what is no edit of its own.
    let lost = matches!(reading.answer, Answer::Question(_)) && reading.confidence == 0.0;
    if (lost || session::only_quoted(&tokens))
        && let Some(answer) = session::wording(text, &tokens, ctx)
    {
        return Reading { answer, confidence: 1.0, spans: reader.spans(&[]) };
    }
    reader.or_id_photo(reading)
}

/// "the second picture" of a conversation whose pictures came with earlier messages.
fn name_uploads(tokens: &mut [Token], uploads: &[usize]) {
    for token in tokens {
        if let Kind::Ref(Ref::Image(image)) = &mut token.kind
            && let ImageRef::Image(n) = image
            && let Some(version) = n.checked_sub(1).and_then(|i| uploads.get(i))
        {
            *image = ImageRef::Version(*version);
        }
    }
}

pub(super) struct Reader<'a> {
    pub(super) normal: &'a Normal,
    pub(super) tokens: &'a [Token],
    pub(super) ctx: &'a Context,
}

impl Part {
    /// What asks for nothing.
    fn aside(clause: Clause) -> Part {
        Part { aside: true, clause, read: None }
    }
}

/// One clause with what it means.
pub(super) struct Part {
    /// It asks for nothing.
    aside: bool,
    pub(super) clause: Clause,
    pub(super) read: Option<Resolved>,
}

impl Reader<'_> {
    fn read(&self) -> Reading {
        let clauses = self.in_order(clause::split(self.tokens));
        if clauses.len() > MOST_CLAUSES {
            return Reading { answer: Answer::Reply(session::too_many_steps()), confidence: 0.0, spans: self.spans(&[]) };
        }
        let mut state = State::default();
        let mut parts: Vec<Part> = Vec::new();
        for clause in clauses {
            self.take(clause, &mut parts, &mut state);
        }
        self.answer(parts, state)
    }

    /// "before you pad it, remove the dog", "导出之前先把宽改成1200": what is said first comes second.
    fn in_order(&self, mut clauses: Vec<Clause>) -> Vec<Clause> {
        for i in 1..clauses.len() {
            let words = self.words(&clauses[i - 1]).to_lowercase();
            let later = words.starts_with("before ") || ["之前", "以前"].iter().any(|w| words.ends_with(w));
            if later && clauses[i - 1].has_heavy_verb() && clauses[i].has_heavy_verb() {
                clauses.swap(i - 1, i);
            }
        }
        clauses
    }

    fn take(&self, mut clause: Clause, parts: &mut Vec<Part>, state: &mut State) {
        // A picture named to go on from: "go back to the original and crop".
        if let Some(input) = session::start(&clause, self.ctx).filter(|_| parts.is_empty()) {
            state.input = Some(input);
            parts.push(Part::aside(clause));
            return;
        }
        let Some(said) = self.not_talk(clause, parts, state) else { return };
        clause = said;
        if let Some(waiting) = state.waiting.take() {
            clause.tokens = joined(&waiting, &clause).tokens;
            clause::settle(&mut clause);
            if aside::tells(&clause, self.normal) && !self.is_done_all_the_same(&clause, state) {
                return self.hear(clause, parts, state);
            }
        }
        let chat = clause.tokens.iter().all(|t| matches!(t.kind, Kind::Chat(_) | Kind::Filler | Kind::Punct | Kind::Ba | Kind::Degree(_)));
        if chat {
            return;
        }
        if parts.last().is_some_and(|last| completes(&clause, last, self.normal)) {
            return self.merged(clause, parts, state);
        }
        // "4x, no wait, 2x": the same again with what is said instead.
        if state.taken_back
            && !clause.has_heavy_verb()
            && let Some(again) = self.said_again(&clause, parts, state)
        {
            clause = again;
        }
        if let Some(same) = self.same_of(&clause, parts) {
            clause = same;
        }
        let mut best = self.best(&clause, state);
        if let Some((clause_told, read)) =
            best.as_ref().filter(|r| matches!(r.built, Built::Ask(_))).and_then(|_| self.with_told(&clause, state))
        {
            clause = clause_told;
            best = Some(read);
        }
        // Badly understood and not shaped like a wish: talk.
        let poor = best
            .as_ref()
            .is_none_or(|r| r.confidence() < UNDERSTOOD || r.strange > 6 || (matches!(r.built, Built::Ask(_)) && r.strange > 2));
        let told = best.as_ref().is_some_and(|r| r.strange >= 6 && !r.rule.free) && aside::narrates(&clause, self.normal);
        let story = parts.last().is_some_and(|p| p.aside);
        if told && state.waiting.is_none() && (!clause.goes_on || story) {
            return self.hear(clause, parts, state);
        }
        if poor && state.waiting.is_none() && !clause.goes_on && aside::states(&clause, self.normal, parts.iter().all(|p| p.aside)) {
            return self.hear(clause, parts, state);
        }
        if noun(&clause).is_some() {
            state.carried_target = None;
        }
        if let Some((left, right)) =
            best.as_ref().filter(|r| r.strange >= 3 || leaves_out(&clause, r)).and_then(|r| self.parted(&clause, r, state))
        {
            self.take(left, parts, state);
            return self.take(right, parts, state);
        }
        let open = parts.last().and_then(|p| p.read.as_ref()).is_some_and(|r| matches!(r.built, Built::Ask(_)));
        if self.belongs_to_last(&clause, best.as_ref(), open) {
            let last = parts.last().filter(|p| p.read.is_some());
            if let Some(last) = last
                && self.extend(last, &clause, state, parts.len())
            {
                return self.merged(clause, parts, state);
            }
            let strange: usize = clause.tokens.iter().filter(|t| t.kind == Kind::Unknown).map(|t| t.end - t.start).sum();
            // "人太胖了" is no topic of the next words.
            let said = self.words(&clause);
            let person = clause.things().any(|(t, _)| matches!(t, Thing::People | Thing::Face | Thing::Skin));
            let remark = strange > 0 && person && said.contains('太') && said.ends_with('了');
            if parts.iter().all(|p| p.aside) && best.is_none() && strange <= 6 && !remark {
                state.waiting = Some(clause);
                return;
            }
        }
        state.carried = noun(&clause).or(state.carried);
        state.marks.push(state.steps.len());
        if corrects(best.as_ref(), state) {
            state.steps.pop();
        }
        state.taken_back = false;
        // "转成PNG，透明背景": what is added to a file comes before it is written.
        let file = clause.weak.then(|| state.trailing_export(best.as_ref())).flatten();
        state.add(best.as_ref());
        state.steps.extend(file);
        parts.push(Part { aside: false, clause, read: best });
    }

    /// The clause, unless it is talk, a complaint or something that is left undone: that is heard and asks for nothing.
    fn not_talk(&self, clause: Clause, parts: &mut Vec<Part>, state: &mut State) -> Option<Clause> {
        if let Some(read) = self.not_drawn(&clause, state) {
            state.add(Some(&read));
            parts.push(Part { read: Some(read), ..Part::aside(clause) });
            return None;
        }
        if clause.negated || clause.reason {
            state.carried = noun(&clause).or(state.carried);
            let leaves = self.leaves_a_part(&clause, state);
            state.add(leaves.as_ref());
            parts.push(Part { read: leaves, ..Part::aside(clause) });
            return None;
        }
        let acted = parts.iter().any(|p| !p.aside);
        if state.waiting.is_some() {
            state.taken_back |= acted && clause.tokens.iter().any(|t| t.kind == Kind::TakesBack);
            return Some(clause);
        }
        // A fault is told; what else is asked for may mend it.
        let fault = |t: &Token| {
            class_of_fault(&t.kind) || (matches!(t.kind, Kind::Verb(Verb::Deblur)) && faulty(&self.normal.slice(t.start, t.end)))
        };
        let part = |k: &Kind| matches!(k, Kind::Thing(Thing::Face | Thing::People | Thing::Skin | Thing::Subject, _));
        let complaint = |t: &Token| {
            fault(t)
                || part(&t.kind)
                || clause::weight(&t.kind) == 0
                || matches!(t.kind, Kind::Flag(_) | Kind::Degree(_) | Kind::Set(_) | Kind::Tone("shadows" | "highlights"))
        };
        let strange = clause.tokens.iter().any(|t| t.kind == Kind::Unknown);
        if clause.tokens.iter().any(fault) && clause.tokens.iter().all(complaint) && !strange {
            self.complain(clause, parts, state);
            return None;
        }
        // "颜色太艳了"
        if let Some(less) = too_much(&clause, self.normal) {
            state.complaints.push((parts.len(), less));
            parts.push(Part::aside(clause));
            return None;
        }
        if aside::takes_back(&clause) {
            state.taken_back = acted;
            return None;
        }
        state.taken_back |= acted && clause.tokens.iter().any(|t| t.kind == Kind::TakesBack);
        if !state.taken_back && aside::tells(&clause, self.normal) && !self.is_done_all_the_same(&clause, state) {
            self.hear(clause, parts, state);
            return None;
        }
        Some(clause)
    }

    /// "谢谢，导出png": a wish told politely. What was done already is none.
    fn is_done_all_the_same(&self, clause: &Clause, state: &State) -> bool {
        let words = self.words(clause);
        let done = ["已经", "过了", "之前", "刚才", "过头", "坏了", "就留下", "只剩", "留下了"].iter().any(|w| words.contains(w));
        let clear = |r: &Resolved| matches!(r.built, Built::Steps(_)) && !r.rule.free && r.confidence() >= SURE && !leaves_out(clause, r);
        words.chars().any(crate::text::is_han)
            && !done
            && !aside::reports_zh(&words)
            && clause.has_heavy_verb()
            && self.best(clause, state).as_ref().is_some_and(clear)
    }

    /// A statement is no wish, but its noun is what "it" stands for; alone, a fault that it tells of is what should be mended.
    fn hear(&self, clause: Clause, parts: &mut Vec<Part>, state: &mut State) {
        let best = self.best(&clause, state);
        let sure = |r: &Resolved| matches!(r.built, Built::Steps(_)) && r.confidence() >= SURE && r.strange == 0 && !leaves_out(&clause, r);
        if noun(&clause).is_none() && clause.tokens.iter().any(|t| matches!(t.kind, Kind::Place(_) | Kind::Ordinal(_))) {
            let target = super::resolve::told_of(&clause, &self.scene(state));
            state.carried_target = target.or(state.carried_target.take());
        }
        // "remove my ex, he is the one on the right": which one is said after the wish.
        let told = super::resolve::told_of(&clause, &self.scene(state)).filter(|t| t.get("which").is_some());
        let of_it = clause.thing(Thing::It) && noun(&clause).is_none();
        if let (true, Some(told), Some(last)) = (of_it, told, state.steps.last_mut())
            && let Some(target) = last.params.get_mut("target").filter(|t| t["kind"] == told["kind"] && t.get("which").is_none())
        {
            *target = told;
        }
        if let Some(named) = noun(&clause) {
            state.carried = Some(named);
            state.carried_target = super::resolve::targets(&clause, &self.scene(&State::default())).into_iter().next();
        }
        let picture = clause.refs().first().and_then(|r| if let super::token::Ref::Image(i) = r { Some(i.clone()) } else { None });
        if clause.things().any(|(t, _)| matches!(t, Thing::Logo | Thing::Subject | Thing::Noun | Thing::Object | Thing::Colour)) {
            state.told_picture = picture.or(state.told_picture.take());
        }
        let slot = |t: &&Token| {
            matches!(
                t.kind,
                Kind::Aspect(_)
                    | Kind::Size(..)
                    | Kind::Platform(_)
                    | Kind::Colour(_)
                    | Kind::Number(super::token::Number { unit: super::token::Unit::Bytes, .. })
            )
        };
        state.told.extend(clause.tokens.iter().filter(slot).cloned());
        let mends = |r: &Resolved| !matches!(r.rule.op, "filter" | "colorize");
        if let Some(read) = best.filter(|r| sure(r) && mends(r)) {
            state.heard.push((parts.len(), read));
        }
        parts.push(Part::aside(clause));
    }

    /// The last wish with the slots of this clause in place of its own.
    fn said_again(&self, clause: &Clause, parts: &[Part], state: &State) -> Option<Clause> {
        let last = parts.iter().rev().find(|p| !p.aside)?;
        let kept = last.clause.tokens.iter().filter(|t| matches!(t.kind, Kind::Verb(_) | Kind::Thing(..)));
        let tokens: Vec<Token> = kept.chain(&clause.tokens).cloned().collect();
        let again = Clause { tokens, ..clause.clone() };
        let read = self.best(&again, state)?;
        let same =
            matches!(&read.built, Built::Steps(steps) if steps.len() == 1 && state.steps.last().is_some_and(|b| b.op == steps[0].op));
        same.then_some(again)
    }

    /// "…，右边的车也打上", "…, the dog too": the wish before, of something else.
    fn same_of(&self, clause: &Clause, parts: &[Part]) -> Option<Clause> {
        let last = parts.last().filter(|p| !p.aside)?;
        let aimed = matches!(&last.read.as_ref()?.built, Built::Steps(steps) if steps.iter().all(|s| s.params.contains_key("target")));
        let words = self.words(clause).to_lowercase();
        let too = ["也", "同样", "一样"].iter().any(|w| words.contains(w))
            || [" too", " as well", "likewise", "same for", "same with"].iter().any(|w| words.contains(w));
        let part = |t: &Token| matches!(t.kind, Kind::Thing(Thing::People | Thing::Face | Thing::Object | Thing::Text | Thing::Mask, _));
        let light = |t: &Token| !matches!(t.kind, Kind::Verb(v) if !matches!(v, Verb::Make | Verb::Add | Verb::Put | Verb::Match));
        if !aimed || !too || !clause.tokens.iter().any(part) || !clause.tokens.iter().all(light) || clause.colours().len() > 1 {
            return None;
        }
        let kept = |t: &&Token| {
            matches!(t.kind, Kind::Verb(v) if v != Verb::Make) || (clause.colours().is_empty() && matches!(t.kind, Kind::Colour(_)))
        };
        let own = clause.tokens.iter().filter(|t| !matches!(t.kind, Kind::Verb(_)));
        // The verb of the wish before has no words here.
        let at = clause.range().0;
        let verbs = last.clause.tokens.iter().filter(kept).map(|t| Token { start: at, end: at, ..t.clone() });
        Some(Clause { tokens: verbs.chain(own.cloned()).collect(), ..clause.clone() })
    }

    /// The clause with what was told before, where it asks for just that.
    fn with_told(&self, clause: &Clause, state: &State) -> Option<(Clause, Resolved)> {
        state.told.iter().rev().find_map(|slot| {
            let mut filled = clause.clone();
            // It has no words in this clause.
            let end = clause.range().1;
            filled.tokens.push(Token { start: end, end, ..slot.clone() });
            let read = self.best(&filled, state).filter(|r| matches!(r.built, Built::Steps(_)) && r.missed == 0)?;
            Some((clause.clone(), read))
        })
    }

    /// "太暗了": mended unless something is asked for that mends it.
    fn complain(&self, clause: Clause, parts: &mut Vec<Part>, state: &mut State) {
        // Spots on an old photo are no blemishes of a face.
        let old = state.complaints.iter().chain(&state.heard).any(|(_, read)| read.rule.op == "restore")
            || state.carried.is_some_and(|(t, _)| t == Thing::Scratch);
        if let Some(read) = self.best(&clause, state).filter(|read| !(old && read.rule.op == "retouch")) {
            state.complaints.push((parts.len(), read));
        }
        state.carried = noun(&clause).or(state.carried);
        parts.push(Part::aside(clause));
    }

    /// "千万别上色" beside a restoration, "leave the blemishes" beside smooth skin: how it is done.
    fn leaves_a_part(&self, clause: &Clause, state: &State) -> Option<Resolved> {
        let last = state.steps.last().filter(|_| clause.negated)?;
        let colours = clause.has(Verb::Colorize) || (clause.has(Verb::Add) && clause.thing(Thing::Colour));
        let (op, left) = match last.op.as_str() {
            "restore" if colours => ("restore", "colorize"),
            "retouch" if clause.thing(Thing::Blemish) => ("retouch", "blemishes"),
            "stickers" if clause.thing(Thing::Border) => ("stickers", "outline"),
            _ => return None,
        };
        if last.params.contains_key(left) {
            return None;
        }
        let rule = super::resolve::RULES.iter().find(|r| r.op == op)?;
        let built = Built::one(Step::new(op).with(left, false));
        Some(Resolved { rule, built, explained: 4, missed: 0, strange: 0, unread: vec![] })
    }

    /// "画一座雪山，不要出现人": what is not to be drawn.
    fn not_drawn(&self, clause: &Clause, state: &State) -> Option<Resolved> {
        state.steps.last().filter(|s| s.op == "generate" && !s.params.contains_key("negative"))?;
        const NOT: &[&str] = &["不要", "别", "不", "没有", "无", "no", "without", "not", "don't", "do not", "nobody"];
        let word = |t: &Token| self.normal.slice(t.start, t.end);
        let at = clause.tokens.iter().position(|t| {
            matches!(t.kind, Kind::Not | Kind::Leave) || (t.kind == Kind::Verb(Verb::Remove) && NOT.iter().any(|w| word(t).starts_with(w)))
        })?;
        let skip = |t: &&Token| {
            matches!(t.kind, Kind::Filler | Kind::Ba)
                || matches!(word(t).as_str(), "出现" | "有" | "画" | "want" | "any" | "include" | "show" | "draw" | "put")
        };
        let first = clause.tokens[at + 1..].iter().find(|t| !skip(t))?;
        let last = clause.tokens.last()?;
        let what = match &first.kind {
            Kind::Quoted(quoted) => quoted.clone(),
            _ => self.normal.original(first.start, last.end),
        };
        let rule = super::resolve::RULES.iter().find(|r| r.op == "generate")?;
        let built = Built::one(Step::new("generate").with("negative", what.trim()));
        Some(Resolved { rule, built, explained: 4, missed: 0, strange: 0, unread: vec![] })
    }

    fn scene<'b>(&'b self, state: &'b State) -> Scene<'b> {
        let carried_target = state.carried_target.as_ref();
        Scene {
            text: self.normal,
            ctx: self.ctx,
            before: &state.steps,
            carried: state.carried,
            carried_target,
            told: state.told_picture.as_ref(),
            names_mask: self.tokens.iter().any(|t| matches!(t.kind, Kind::Thing(Thing::Mask, _))),
            complained: !state.complaints.is_empty() || !state.heard.is_empty(),
        }
    }

    fn best(&self, clause: &Clause, state: &State) -> Option<Resolved> {
        resolve(clause, &self.scene(state)).into_iter().next()
    }

    /// A piece after a comma or "and" without a verb, that means nothing by itself, is the rest of the clause before.
    fn belongs_to_last(&self, clause: &Clause, best: Option<&Resolved>, open: bool) -> bool {
        if clause.has_heavy_verb() {
            return false;
        }
        // A question that the next words may answer: "背景改成渐变，从蓝到白".
        if clause.weak && open {
            return true;
        }
        match best {
            None => true,
            Some(read) => clause.weak && (read.confidence() < UNDERSTOOD || matches!(read.built, Built::Ask(_))),
        }
    }

    /// Wishes that stand side by side without a connector, as in "白底 800x800 jpg": the cut that leaves the least unexplained.
    fn parted(&self, clause: &Clause, whole: &Resolved, state: &State) -> Option<(Clause, Clause)> {
        if whole.rule.free || clause.tokens.len() > LONGEST_CLAUSE {
            return None;
        }
        let unexplained = |r: &Resolved| r.missed + r.strange;
        let mut best: Option<(u32, usize)> = None;
        let mut left_state = State { steps: state.steps.clone(), carried: state.carried, ..State::default() };
        for cut in (1..clause.tokens.len()).filter(|&i| clause::weight(&clause.tokens[i].kind) >= 2) {
            let (left, right) = cut_at(clause, cut);
            // A verb alone is no wish, and 把 waits for its verb.
            let only_verb = right.tokens.iter().all(|t| clause::weight(&t.kind) == 0 || matches!(t.kind, Kind::Verb(_)));
            let waits = left.tokens.iter().any(|t| t.kind == Kind::Ba) && !left.has_heavy_verb();
            if only_verb || waits {
                continue;
            }
            let Some(first) = self.best(&left, state) else { continue };
            left_state.steps = state.steps.clone();
            left_state.add(Some(&first));
            left_state.carried = noun(&left).or(state.carried);
            let Some(second) = self.best(&right, &left_state) else { continue };
            let rest = unexplained(&first) + unexplained(&second);
            if matches!((&first.built, &second.built), (Built::Steps(_), Built::Steps(_)))
                && rest + 3 <= unexplained(whole)
                && best.is_none_or(|(b, _)| rest < b)
            {
                best = Some((rest, cut));
            }
        }
        best.map(|(_, cut)| cut_at(clause, cut))
    }

    /// Whether the last clause with these words added reads better than without.
    fn extend(&self, last: &Part, clause: &Clause, state: &State, count: usize) -> bool {
        let strange = clause.tokens.iter().any(|t| t.kind == Kind::Unknown);
        if last.clause.tokens.len() + clause.tokens.len() > LONGEST_CLAUSE || (strange && clause.goes_on) {
            return false;
        }
        let joined = joined(&last.clause, clause);
        let before = State {
            steps: state.steps[..state.marks.get(count - 1).copied().unwrap_or(0).min(state.steps.len())].to_vec(),
            ..State::default()
        };
        let old = last.read.as_ref().map_or(0, |r| r.explained);
        self.best(&joined, &before).is_some_and(|r| r.explained > old || (r.missed == 0 && !strange))
    }

    fn merged(&self, clause: Clause, parts: &mut Vec<Part>, state: &mut State) {
        let Some(last) = parts.pop() else { return };
        let mark = state.marks.pop().unwrap_or(0).min(state.steps.len());
        state.undo_to(mark);
        let whole = joined(&last.clause, &clause);
        let best = self.best(&whole, state);
        state.carried = noun(&whole).or(state.carried);
        state.marks.push(state.steps.len());
        state.add(best.as_ref());
        parts.push(Part { aside: false, clause: whole, read: best });
    }

    fn answer(&self, mut parts: Vec<Part>, mut state: State) -> Reading {
        const MENDS: &[&str] = &["enhance", "adjust", "restore", "filter", "match", "colorize", "restyle"];
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
            let mended = state
                .steps
                .iter()
                .any(|s| MENDS.contains(&s.op.as_str()) || s.op == read.rule.op || (s.op == "sharpen" && read.rule.op == "deblur"));
            if !mended && let Built::Steps(steps) = &read.built {
                state.steps.splice(0..0, steps.clone());
            }
            parts[at].read = Some(read);
        }
        let bytes = state.told.iter().find_map(|t| {
            if let Kind::Number(n) = t.kind
                && n.unit == super::token::Unit::Bytes
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
        drop_looks(&mut state.steps, self.normal);
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
            .filter(|p| !(p.aside || acts && (aside::idle(&p.clause, self.normal) || aside::narrates(&p.clause, self.normal))))
            .filter(|p| {
                let strange = |r: &Resolved| too_strange(r) || self.strange_number(&p.clause, r);
                p.read.as_ref().is_none_or(|r| r.confidence() < UNDERSTOOD || leaves_out(&p.clause, r) || strange(r))
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
            if unread.is_empty() && leaves && parts.iter().all(|p| p.aside) {
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
        if !state.asks.is_empty() {
            return reading(Answer::Question(self.asked(&parts, &state)), confidence.min(0.6));
        }
        if !unread.is_empty() {
            return reading(Answer::Question(self.half_understood(&unread, &state)), confidence.min(0.4));
        }
        if let Some(question) = self.several_pictures(&mut state) {
            return reading(Answer::Question(question), confidence.min(0.5));
        }
        if state.steps.len() > super::MAX_STEPS {
            return reading(Answer::Reply(session::too_many_steps()), 0.0);
        }
        reading(Answer::Plan(compose::plan(state.steps)), confidence)
    }

    /// Whether a number stands in a word that nothing explains: "10kg lighter".
    fn strange_number(&self, clause: &Clause, read: &Resolved) -> bool {
        let digits = |t: &Token| t.kind == Kind::Unknown && self.normal.slice(t.start, t.end).contains(|c: char| c.is_ascii_digit());
        !read.rule.free && matches!(read.built, Built::Steps(_)) && clause.tokens.iter().any(digits)
    }

    pub(super) fn words(&self, clause: &Clause) -> String {
        let (start, end) = clause.range();
        self.normal.original(start, end).trim().to_owned()
    }

    /// Every token of the instruction with its role; `strange` are starts of tokens that stay unexplained.
    fn spans(&self, strange: &[usize]) -> Vec<Span> {
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

/// What the clauses so far add up to.
#[derive(Default)]
pub(super) struct State {
    pub(super) steps: Vec<Step>,
    /// How many steps there were before each part.
    marks: Vec<usize>,
    /// Steps as they stood before each part, for taking one back.
    history: Vec<Vec<Step>>,
    /// Open questions and the number of steps before them.
    pub(super) asks: Vec<(usize, Ask)>,
    carried: Option<(Thing, &'static str)>,
    carried_target: Option<Value>,
    told_picture: Option<ImageRef>,
    /// Slots that statements told of: "the shop only accepts 3:2, so please fill it up".
    told: Vec<Token>,
    /// Nouns said before their verb, as in "背景，换成白色".
    waiting: Option<Clause>,
    input: Option<ImageRef>,
    /// "No wait": what comes next replaces what came before.
    taken_back: bool,
    /// Faults complained of, with the number of the part.
    complaints: Vec<(usize, Resolved)>,
    /// Faults that statements told of, with the number of the part.
    heard: Vec<(usize, Resolved)>,
}

impl State {
    fn add(&mut self, read: Option<&Resolved>) {
        self.history.push(self.steps.clone());
        match read.map(|r| &r.built) {
            Some(Built::Steps(steps)) => compose::append(&mut self.steps, steps.clone()),
            Some(Built::Ask(ask)) => self.asks.push((self.steps.len(), ask.clone())),
            _ => {}
        }
    }

    /// Takes the export at the end away where something else than an export follows it.
    fn trailing_export(&mut self, next: Option<&Resolved>) -> Option<Step> {
        let Some(Built::Steps(steps)) = next.map(|r| &r.built) else { return None };
        let last = self.steps.last().filter(|s| s.op == "export")?;
        let edits = steps.iter().all(|s| s.op != "export" && s.op != "describe" && s.input.is_none());
        if last.input.is_some() || !edits { None } else { self.steps.pop() }
    }

    fn undo_to(&mut self, mark: usize) {
        if let Some(steps) = self.history.pop() {
            self.steps = steps;
        }
        self.asks.retain(|(at, _)| *at < mark || *at < self.steps.len());
    }

    /// All steps with an option of the question that was asked after `at` steps.
    pub(super) fn with_option(&self, at: usize, option: &[Step]) -> Vec<Step> {
        let mut out = self.steps[..at.min(self.steps.len())].to_vec();
        compose::append(&mut out, option.to_vec());
        compose::append(&mut out, self.steps[at.min(self.steps.len())..].to_vec());
        out
    }
}

/// "crop to 1:1, no wait, 3:4": the same operation said again replaces the first.
fn corrects(best: Option<&Resolved>, state: &State) -> bool {
    let (Some(Built::Steps(steps)), Some(before)) = (best.map(|r| &r.built), state.steps.last()) else { return false };
    state.taken_back && steps.len() == 1 && steps[0].op == before.op
}

/// Words of a blur that is complained of, not of an edit.
const FAULTY: &[&str] = &["糊", "虚", "抖", "清", "焦", "blurry", "shaky", "shake", "shook", "focus", "too"];

fn faulty(word: &str) -> bool {
    let edits = ["去", "消", "防", "弄", "修", "fix", "remove", "deblur", "de-blur", "unblur", "less", "take", "get"];
    FAULTY.iter().any(|w| word.contains(w)) && !edits.iter().any(|w| word.starts_with(w))
}

/// Nouns and flags that only name a fault.
fn class_of_fault(kind: &Kind) -> bool {
    matches!(kind, Kind::Spin(super::token::Spin::Over))
        || matches!(
            kind,
            Kind::Thing(Thing::Noise | Thing::Scratch | Thing::Blemish | Thing::Horizon, _) | Kind::Flag(super::token::Flag::Old)
        )
        || clause::class(kind) == Some(Class::Exposure)
}

/// "太艳了": less of it is what would mend it.
fn too_much(clause: &Clause, text: &Normal) -> Option<Resolved> {
    let (start, end) = clause.range();
    let words = text.slice(start, end);
    let complains = words.contains('太') && words.ends_with('了');
    let plain = |t: &Token| match t.kind {
        Kind::ToneWord(..) | Kind::Degree(_) | Kind::Thing(Thing::Colour | Thing::It | Thing::Picture, _) => true,
        ref kind => clause::weight(kind) == 0 && *kind != Kind::Unknown,
    };
    let (name, sign) = clause.find(|k| if let Kind::ToneWord(t, sign) = k { Some((*t, i64::from(*sign))) } else { None })?;
    if !complains || !clause.tokens.iter().all(plain) {
        return None;
    }
    let rule = super::resolve::RULES.iter().find(|r| r.op == "adjust")?;
    let built = Built::one(Step::new("adjust").with(name, -sign * super::resolve::UNSAID));
    Some(Resolved { rule, built, explained: 4, missed: 0, strange: 0, unread: vec![] })
}

/// Whether a clause only says more of the wish before: what else is drawn, how large a border is, which way something turns.
fn completes(clause: &Clause, last: &Part, text: &Normal) -> bool {
    let Some(read) = &last.read else { return false };
    let any = |classes: &[Class]| classes.iter().any(|c| clause.any(*c));
    match read.rule.op {
        // "画一间咖啡馆，窗边趴着一只猫"
        "generate" | "repaint" => clause.weak && !clause.has_heavy_verb() && !any(&[Class::Format, Class::Size, Class::Aspect]),
        // "加白边，变成正方形"
        "pad" if matches!(read.built, Built::Ask(_)) => {
            let own = clause.things().any(|(t, _)| !matches!(t, Thing::Border | Thing::It | Thing::Picture));
            let moves = clause
                .verbs()
                .any(|v| !matches!(v, Verb::Make | Verb::Change | Verb::Pad | Verb::Fit | Verb::Crop | Verb::Arrange | Verb::Stitch));
            any(&[Class::Aspect, Class::Size]) && !own && !moves
        }
        // "把两边多余的裁掉，只留产品"
        "crop" if matches!(read.built, Built::Ask(_)) => {
            let tight =
                ["贴", "紧", "tight", "close", "hug", "snug"].iter().any(|w| text.slice(clause.range().0, clause.range().1).contains(w));
            (clause.has(Verb::Keep) || tight) && clause.things().any(|(t, _)| matches!(t, Thing::Subject | Thing::People | Thing::Face))
        }
        // "rotate by 90, counter-clockwise"
        "rotate" => {
            let only_turn = clause.tokens.iter().all(|t| clause::weight(&t.kind) == 0 || clause::class(&t.kind) == Some(Class::Turn));
            clause.weak && clause.any(Class::Turn) && only_turn
        }
        _ => false,
    }
}

/// "… to see how it looks": beside an edit that is no question about the picture.
fn drop_looks(steps: &mut Vec<Step>, text: &Normal) {
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

fn cut_at(clause: &Clause, at: usize) -> (Clause, Clause) {
    let (left, right) = clause.tokens.split_at(at);
    let part = |tokens: &[Token], weak| Clause { tokens: tokens.to_vec(), weak, ..clause.clone() };
    (part(left, clause.weak), part(right, true))
}

fn joined(a: &Clause, b: &Clause) -> Clause {
    // The connector between them stays: nouns on its two sides are different things.
    let end = a.tokens.last().map_or(0, |t| t.end);
    let link = Token { start: end, end, kind: Kind::Link(Link::Weak), guessed: false };
    Clause { tokens: a.tokens.iter().chain([&link]).chain(&b.tokens).cloned().collect(), ..a.clone() }
}

/// The noun that a later "it" stands for.
fn noun(clause: &Clause) -> Option<(Thing, &'static str)> {
    let named = clause.things().find(|(t, _)| !matches!(t, Thing::It | Thing::Picture | Thing::Border | Thing::Shadow | Thing::Colour));
    // 抠图, 去底 and "cut out" speak of the background.
    let text = clause.has(Verb::ReadText) || clause.has(Verb::Translate);
    named.or_else(|| clause.has(Verb::CutOut).then_some((Thing::Background, ""))).or_else(|| text.then_some((Thing::Text, "")))
}

/// Whether a word with a meaning of its own would be passed over; a colour beside a noun only describes it.
fn leaves_out(clause: &Clause, read: &Resolved) -> bool {
    let passed_over = |i: &usize| clause.tokens.get(*i).is_some_and(|t| clause::weight(&t.kind) >= 3 && !matches!(t.kind, Kind::Colour(_)));
    // A number is not kept as it is in silence.
    let measured = |n: &super::token::Number| n.unit == super::token::Unit::Pixels;
    if read.built == Built::Nothing && read.rule.op == "keep" && clause.numbers().iter().any(measured) {
        return true;
    }
    matches!(read.built, Built::Steps(_)) && (read.unread.iter().any(passed_over) || !accounted(clause, read))
}

/// Whether every number, text and name that was said stands in the plan; what was heard but not used is not passed over in silence.
fn accounted(clause: &Clause, read: &Resolved) -> bool {
    let Built::Steps(steps) = &read.built else { return true };
    if read.rule.free || steps.is_empty() {
        return true;
    }
    super::account::stands_in(clause, steps)
}

/// An edit of a part is not run on words that are half guessed.
fn too_strange(read: &Resolved) -> bool {
    const MOST: u32 = 6;
    !read.rule.free && matches!(read.built, Built::Steps(_)) && read.strange > MOST
}

fn strange_tokens(part: &Part) -> Vec<usize> {
    match &part.read {
        Some(read) => read.unread.iter().filter_map(|i| part.clause.tokens.get(*i)).map(|t| t.start).collect(),
        None => vec![],
    }
}

fn confidence(parts: &[Part], unread: usize) -> f32 {
    let shares: Vec<f32> = parts.iter().filter_map(|p| p.read.as_ref().map(Resolved::confidence)).collect();
    if shares.is_empty() {
        return 0.0;
    }
    let guessed = parts.iter().flat_map(|p| &p.clause.tokens).filter(|t| t.guessed).count() as f32;
    let mean = shares.iter().sum::<f32>() / (shares.len() + unread) as f32;
    let lowest = shares.iter().copied().fold(1.0, f32::min);
    (0.5 * mean + 0.5 * lowest - 0.1 * guessed).clamp(0.05, 1.0)
}

fn value(kind: &Kind) -> Value {
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
        Kind::Ref(super::token::Ref::Image(i)) => json!(i.to_string()),
        _ => Value::Null,
    }
}
