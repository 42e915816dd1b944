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

mod answer;
mod state;
mod talk;

pub(super) use state::State;

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

    pub(super) fn words(&self, clause: &Clause) -> String {
        let (start, end) = clause.range();
        self.normal.original(start, end).trim().to_owned()
    }
}

/// "crop to 1:1, no wait, 3:4": the same operation said again replaces the first.
fn corrects(best: Option<&Resolved>, state: &State) -> bool {
    let (Some(Built::Steps(steps)), Some(before)) = (best.map(|r| &r.built), state.steps.last()) else { return false };
    state.taken_back && steps.len() == 1 && steps[0].op == before.op
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
