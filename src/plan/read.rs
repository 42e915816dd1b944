//! From words to an answer: clauses are resolved one after another, what they leave open becomes one question.

use serde_json::{Value, json};

use super::clause::{self, Clause};
use super::compose;
use super::lexicon::Verb;
use super::normal::Normal;
use super::resolve::{Ask, Built, Resolved, Scene, resolve};
use super::session;
use super::token::{Kind, Thing, Token, tokenize};
use super::types::{Answer, Context, ImageRef, Question, QuestionOption, Reading, Span, Step};
use crate::text::Text;

/// The id of the question "please add a picture first"; the caller keeps the instruction until one arrives.
pub const NEEDS_PICTURE: &str = "needs_picture";

/// Longest instruction that is read, in characters.
pub const LONGEST: usize = 4000;

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

struct Reader<'a> {
    normal: &'a Normal,
    tokens: &'a [Token],
    ctx: &'a Context,
}

/// One clause with what it means.
struct Part {
    clause: Clause,
    read: Option<Resolved>,
}

impl Reader<'_> {
    fn read(&self) -> Reading {
        let clauses = clause::split(self.tokens);
        let mut state = State::default();
        let mut parts: Vec<Part> = Vec::new();
        for clause in clauses {
            self.take(clause, &mut parts, &mut state);
        }
        self.answer(parts, state)
    }

    fn take(&self, mut clause: Clause, parts: &mut Vec<Part>, state: &mut State) {
        // A picture named to go on from: "go back to the original and crop".
        if let Some(input) = session::start(&clause, self.ctx) {
            state.input = Some(input);
            parts.push(Part { clause, read: None });
            return;
        }
        if clause.negated {
            state.carried = noun(&clause).or(state.carried);
            parts.push(Part { clause, read: None });
            return;
        }
        if let Some(waiting) = state.waiting.take() {
            clause.tokens = waiting.tokens.into_iter().chain(clause.tokens).collect();
        }
        let chat = clause.tokens.iter().all(|t| matches!(t.kind, Kind::Chat(_) | Kind::Filler | Kind::Punct | Kind::Ba));
        if chat {
            return;
        }
        let best = self.best(&clause, state);
        if self.belongs_to_last(&clause, best.as_ref()) {
            if let Some(last) = parts.last().filter(|p| p.read.is_some())
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
        state.add(best.as_ref());
        parts.push(Part { clause, read: best });
    }

    fn scene<'b>(&'b self, state: &'b State) -> Scene<'b> {
        Scene { text: self.normal, ctx: self.ctx, before: &state.steps, carried: state.carried }
    }

    fn best(&self, clause: &Clause, state: &State) -> Option<Resolved> {
        resolve(clause, &self.scene(state)).into_iter().next()
    }

    /// A piece after a comma or "and" without a verb, that means nothing by itself, is the rest of the clause before.
    fn belongs_to_last(&self, clause: &Clause, best: Option<&Resolved>) -> bool {
        if clause.has_heavy_verb() {
            return false;
        }
        match best {
            None => true,
            Some(read) => clause.weak && (read.confidence() < UNDERSTOOD || matches!(read.built, Built::Ask(_))),
        }
    }

    /// Whether the last clause with these words added reads better than without.
    fn extend(&self, last: &Part, clause: &Clause, state: &State, count: usize) -> bool {
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
        parts.push(Part { clause: whole, read: best });
    }

    fn answer(&self, parts: Vec<Part>, mut state: State) -> Reading {
        let unread: Vec<&Clause> = parts
            .iter()
            .filter(|p| !p.clause.negated && session::start(&p.clause, self.ctx).is_none())
            .filter(|p| p.read.as_ref().is_none_or(|r| r.confidence() < UNDERSTOOD))
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
            if unread.is_empty() && parts.iter().all(|p| p.clause.negated) {
                return reading(Answer::Reply(session::nothing_to_do()), 0.5);
            }
            return reading(Answer::Question(self.not_understood(&unread)), 0.0);
        }
        if let Some(question) = self.missing_picture(&state) {
            return reading(Answer::Question(question), confidence);
        }
        if let Some(question) = self.missing_reference(&state) {
            return reading(Answer::Question(question), confidence.min(0.5));
        }
        if !state.asks.is_empty() {
            return reading(Answer::Question(self.asked(&parts, &state)), confidence.min(0.6));
        }
        if !unread.is_empty() {
            return reading(Answer::Question(self.half_understood(&unread, &state)), confidence.min(0.4));
        }
        if state.steps.len() > super::MAX_STEPS {
            return reading(Answer::Reply(session::too_many_steps()), 0.0);
        }
        reading(Answer::Plan(compose::plan(state.steps)), confidence)
    }

    fn missing_picture(&self, state: &State) -> Option<Question> {
        let none = self.ctx.attached == 0 && self.ctx.versions == 0;
        let drawn = state.steps.first().is_some_and(|s| s.op == "generate");
        (none && !drawn).then(|| Question {
            id: NEEDS_PICTURE.into(),
            text: Text::new(
                "还没有图片。请先添加一张图片，这条指令我先记着。",
                "There is no picture yet. Please add one; I keep the instruction until then.",
            ),
            part: self.normal.original(0, self.normal.len()),
            options: vec![],
        })
    }

    /// A picture or version that does not exist.
    fn missing_reference(&self, state: &State) -> Option<Question> {
        let (attached, versions) = (self.ctx.attached, self.ctx.versions);
        let exists = |r: &ImageRef| match r {
            ImageRef::Image(n) => *n <= attached.max(usize::from(versions == 0)),
            ImageRef::Version(n) => *n <= versions,
            _ => true,
        };
        let (at, wrong) =
            state.steps.iter().enumerate().find_map(|(i, s)| s.input.as_ref().filter(|r| !exists(r)).map(|r| (i, r.clone())))?;
        let choices: Vec<ImageRef> = match wrong {
            ImageRef::Image(_) if attached > 1 => (1..=attached.min(4)).map(ImageRef::Image).collect(),
            ImageRef::Version(_) if versions > 1 => (versions.saturating_sub(3).max(1)..=versions).map(ImageRef::Version).collect(),
            _ => vec![ImageRef::Current, ImageRef::Original],
        };
        let options = choices.into_iter().map(|choice| {
            let mut steps = state.steps.clone();
            steps[at].input = Some(choice.clone());
            QuestionOption { label: session::name_of(&choice), plan: compose::plan(steps) }
        });
        let name = session::name_of(&wrong);
        Some(Question {
            id: "q1".into(),
            text: Text::new(format!("没有{}。用哪一张？", name.zh), format!("There is no {}. Which one should I use?", name.en)),
            part: name.en.clone(),
            options: options.collect(),
        })
    }

    /// The first open point, each option with the rest of the instruction around it.
    fn asked(&self, parts: &[Part], state: &State) -> Question {
        let (at, ask) = &state.asks[0];
        let part = parts
            .iter()
            .find(|p| p.read.as_ref().is_some_and(|r| r.built == Built::Ask(ask.clone())))
            .map(|p| self.words(&p.clause))
            .unwrap_or_default();
        let options = ask
            .options
            .iter()
            .map(|(label, steps)| QuestionOption { label: label.clone(), plan: compose::plan(state.with_option(*at, steps)) });
        Question { id: "q1".into(), text: ask.text.clone(), part, options: options.collect() }
    }

    fn half_understood(&self, unread: &[&Clause], state: &State) -> Question {
        let part = self.words(unread[0]);
        let known = compose::plan(state.steps.clone());
        let said = |lang| super::words(&known, lang).join(if lang == crate::text::Lang::Zh { "，" } else { ", " });
        let label = Text::new(format!("只做：{}", said(crate::text::Lang::Zh)), format!("Only: {}", said(crate::text::Lang::En)));
        let text = Text::new(format!("“{part}”我没看懂。其余的先做吗？"), format!("I did not understand “{part}”. Shall I do the rest?"));
        let mut options = vec![QuestionOption { label, plan: known }];
        options.push(QuestionOption {
            label: Text::new("只看看图里有什么", "Only describe the picture"),
            plan: compose::plan(vec![Step::new("describe")]),
        });
        Question { id: "q1".into(), text, part, options }
    }

    fn not_understood(&self, unread: &[&Clause]) -> Question {
        let part = unread.first().map(|c| self.words(c)).unwrap_or_else(|| self.normal.original(0, self.normal.len()));
        let ask: Ask = session::nicer();
        let text = Text::new(format!("“{part}”具体想怎么处理？",), format!("What exactly should I do: “{part}”?"));
        let options = ask.options.into_iter().map(|(label, steps)| QuestionOption { label, plan: compose::plan(steps) }).collect();
        Question { id: "q1".into(), text, part, options }
    }

    fn words(&self, clause: &Clause) -> String {
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
        self.tokens.iter().filter(|t| !matches!(t.kind, Kind::Punct)).map(span).collect()
    }
}

/// What the clauses so far add up to.
#[derive(Default)]
struct State {
    steps: Vec<Step>,
    /// How many steps there were before each part.
    marks: Vec<usize>,
    /// Steps as they stood before each part, for taking one back.
    history: Vec<Vec<Step>>,
    /// Open questions and the number of steps before them.
    asks: Vec<(usize, Ask)>,
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

    fn undo_to(&mut self, mark: usize) {
        if let Some(steps) = self.history.pop() {
            self.steps = steps;
        }
        self.asks.retain(|(at, _)| *at < mark || *at < self.steps.len());
    }

    /// All steps with an option of the question that was asked after `at` steps.
    fn with_option(&self, at: usize, option: &[Step]) -> Vec<Step> {
        let mut out = self.steps[..at.min(self.steps.len())].to_vec();
        compose::append(&mut out, option.to_vec());
        compose::append(&mut out, self.steps[at.min(self.steps.len())..].to_vec());
        out
    }
}

fn joined(a: &Clause, b: &Clause) -> Clause {
    Clause { tokens: a.tokens.iter().chain(&b.tokens).cloned().collect(), negated: a.negated, weak: a.weak }
}

/// The noun that a later "it" stands for.
fn noun(clause: &Clause) -> Option<(Thing, &'static str)> {
    let named = clause.things().find(|(t, _)| !matches!(t, Thing::It | Thing::Picture | Thing::Border | Thing::Shadow | Thing::Colour));
    // 抠图, 去底 and "cut out" speak of the background.
    named.or_else(|| clause.has(Verb::CutOut).then_some((Thing::Background, "")))
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
        Kind::Thing(_, label) if !label.is_empty() => json!(label),
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
