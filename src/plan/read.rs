//! From words to an answer: clauses are resolved one after another, what they leave open becomes one question.

use serde_json::{Value, json};

use super::clause::{self, Clause};
use super::compose;
use super::lexicon::Verb;
use super::normal::Normal;
use super::resolve::{Ask, Built, Resolved, Scene, resolve};
use super::session;
use super::token::{Kind, Link, Thing, Token, tokenize};
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
    let tokens = tokenize(&normal);
    let reader = Reader { normal: &normal, tokens: &tokens, ctx };
    if let Some(reading) = session::read(&normal, &tokens, ctx) {
        return Reading { spans: reader.spans(&[]), ..reading };
    }
    reader.read()
}

pub(super) struct Reader<'a> {
    pub(super) normal: &'a Normal,
    pub(super) tokens: &'a [Token],
    pub(super) ctx: &'a Context,
}

/// One clause with what it means.
pub(super) struct Part {
    /// It only names the picture to start from.
    start: bool,
    pub(super) clause: Clause,
    pub(super) read: Option<Resolved>,
}

impl Reader<'_> {
    fn read(&self) -> Reading {
        let clauses = clause::split(self.tokens);
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

    fn take(&self, mut clause: Clause, parts: &mut Vec<Part>, state: &mut State) {
        // A picture named to go on from: "go back to the original and crop".
        if let Some(input) = session::start(&clause, self.ctx).filter(|_| parts.is_empty()) {
            state.input = Some(input);
            parts.push(Part { start: true, clause, read: None });
            return;
        }
        if clause.negated {
            state.carried = noun(&clause).or(state.carried);
            parts.push(Part { start: false, clause, read: None });
            return;
        }
        if let Some(waiting) = state.waiting.take() {
            clause.tokens = joined(&waiting, &clause).tokens;
        }
        let chat = clause.tokens.iter().all(|t| matches!(t.kind, Kind::Chat(_) | Kind::Filler | Kind::Punct | Kind::Ba | Kind::Degree(_)));
        if chat {
            return;
        }
        let best = self.best(&clause, state);
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
            if parts.is_empty() && best.is_none() {
                state.waiting = Some(clause);
                return;
            }
        }
        state.carried = noun(&clause).or(state.carried);
        state.marks.push(state.steps.len());
        if self.corrects(&clause, parts.last(), best.as_ref(), state) {
            state.steps.pop();
        }
        // "转成PNG，透明背景": what is added to a file comes before it is written.
        let file = clause.weak.then(|| state.trailing_export(best.as_ref())).flatten();
        state.add(best.as_ref());
        state.steps.extend(file);
        parts.push(Part { start: false, clause, read: best });
    }

    /// "crop to 1:1, no wait, 3:4": the same operation said again replaces the first.
    fn corrects(&self, clause: &Clause, last: Option<&Part>, best: Option<&Resolved>, state: &State) -> bool {
        const WORDS: &[&str] =
            &["no wait", "wait", "i mean", "sorry", "oops", "不对", "不是", "错了", "算了", "应该是", "说错", ",no,", ", no,", ",不,"];
        let (Some(last), Some(Built::Steps(steps)), Some(before)) = (last, best.map(|r| &r.built), state.steps.last()) else {
            return false;
        };
        let from = last.clause.range().1;
        let first = clause.tokens.iter().find(|t| clause::weight(&t.kind) > 0).map_or(from, |t| t.start);
        let between = if first > from { self.normal.slice(from, first) } else { String::new() };
        steps.len() == 1 && steps[0].op == before.op && WORDS.iter().any(|w| between.contains(w))
    }

    fn scene<'b>(&'b self, state: &'b State) -> Scene<'b> {
        Scene { text: self.normal, ctx: self.ctx, before: &state.steps, carried: state.carried }
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
        if last.clause.tokens.len() + clause.tokens.len() > LONGEST_CLAUSE {
            return false;
        }
        let joined = joined(&last.clause, clause);
        let before = State {
            steps: state.steps[..state.marks.get(count - 1).copied().unwrap_or(0).min(state.steps.len())].to_vec(),
            ..State::default()
        };
        let old = last.read.as_ref().map_or(0, |r| r.explained);
        self.best(&joined, &before).is_some_and(|r| r.explained > old || r.missed == 0)
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
        parts.push(Part { start: false, clause: whole, read: best });
    }

    fn answer(&self, parts: Vec<Part>, mut state: State) -> Reading {
        let unread: Vec<&Clause> = parts
            .iter()
            .filter(|p| !p.clause.negated && !p.start)
            .filter(|p| p.read.as_ref().is_none_or(|r| r.confidence() < UNDERSTOOD || leaves_out(&p.clause, r)))
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
            if unread.is_empty() && parts.iter().any(|p| p.clause.negated) {
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
    /// Nouns said before their verb, as in "背景，换成白色".
    waiting: Option<Clause>,
    input: Option<ImageRef>,
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

fn cut_at(clause: &Clause, at: usize) -> (Clause, Clause) {
    let (left, right) = clause.tokens.split_at(at);
    let part = |tokens: &[Token], weak| Clause { tokens: tokens.to_vec(), negated: clause.negated, weak };
    (part(left, clause.weak), part(right, true))
}

fn joined(a: &Clause, b: &Clause) -> Clause {
    // The connector between them stays: nouns on its two sides are different things.
    let end = a.tokens.last().map_or(0, |t| t.end);
    let link = Token { start: end, end, kind: Kind::Link(Link::Weak), guessed: false };
    Clause { tokens: a.tokens.iter().chain([&link]).chain(&b.tokens).cloned().collect(), negated: a.negated, weak: a.weak }
}

/// The noun that a later "it" stands for.
fn noun(clause: &Clause) -> Option<(Thing, &'static str)> {
    let named = clause.things().find(|(t, _)| !matches!(t, Thing::It | Thing::Picture | Thing::Border | Thing::Shadow | Thing::Colour));
    // 抠图, 去底 and "cut out" speak of the background.
    named.or_else(|| clause.has(Verb::CutOut).then_some((Thing::Background, "")))
}

/// Whether a word with a meaning of its own would be passed over; a colour beside a noun only describes it.
fn leaves_out(clause: &Clause, read: &Resolved) -> bool {
    let passed_over = |i: &usize| clause.tokens.get(*i).is_some_and(|t| clause::weight(&t.kind) >= 3 && !matches!(t.kind, Kind::Colour(_)));
    matches!(read.built, Built::Steps(_)) && read.unread.iter().any(passed_over)
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
