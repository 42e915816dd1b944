//! From words to an answer: clauses are resolved one after another, what they leave open becomes one question.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use serde_json::{Value, json};

use super::aside;
use super::clause::{self, Class, Clause};
use super::compose;
use super::learnt::{self, Opinion};
use super::lexicon::Verb;
use super::mood;
use super::normal::Normal;
use super::resolve::{Ask, Built, Resolved, Scene, resolve, rival};
use super::session;
use super::token::{Kind, Link, Ref, Thing, Token, tokenize};
use super::types::{Answer, Context, ImageRef, Plan, Reading, Span, Step};
use crate::text::{Lang, Text};

mod answer;
mod filled;
mod joins;
mod opinion;
mod state;
mod sure;
mod talk;

use joins::{completes, joined};
use sure::{enough, is_clear, leaves_out, too_strange};

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

/// Verbs that say little beside what they are about.
const LIGHT: &[Verb] = &[Verb::Put, Verb::Add, Verb::Change, Verb::Export, Verb::Fit, Verb::Describe, Verb::Arrange];

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
    let reader = Reader { normal: &normal, tokens: &tokens, ctx, opinions: RefCell::default() };
    if let Some(reading) = session::read(&normal, &tokens, ctx) {
        let reading = Reading { spans: reader.spans(&[]), ..reading };
        return reader.or_id_photo(reading);
    }
    let reading = reader.reconsidered(reader.read());
    // An open question for a text takes what is no edit of its own.
    let lost = matches!(reading.answer, Answer::Reply(_)) || (matches!(reading.answer, Answer::Question(_)) && reading.confidence == 0.0);
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
    /// What was learnt of words so far, by where they begin and end.
    opinions: RefCell<HashMap<(usize, usize), Rc<Opinion>>>,
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
        self.give_up_on_unfinished(&mut parts, &mut state);
        self.answer(parts, state)
    }

    /// "before you pad it, remove the dog", "导出之前先把宽改成1200", "a PNG, but first …": what is said first comes second.
    fn in_order(&self, mut clauses: Vec<Clause>) -> Vec<Clause> {
        // "a cover …; oh, and get the people out of the shot first"
        let first = |c: &Clause| self.words(c).to_lowercase().trim_end_matches(['.', '!']).ends_with(" first") && c.has_heavy_verb();
        if let Some(at) = (1..clauses.len()).find(|&i| first(&clauses[i]) && clauses[..i].iter().any(Clause::has_heavy_verb)) {
            let clause = Clause { weak: false, ..clauses.remove(at) };
            clauses.insert(0, clause);
        }
        for i in 1..clauses.len() {
            let words = self.words(&clauses[i - 1]).to_lowercase();
            let later = words.starts_with("before ") || ["之前", "以前"].iter().any(|w| words.ends_with(w));
            let (end, start) = (clauses[i - 1].range().1, clauses[i].range().0);
            let between = self.normal.slice(end.min(start), start);
            let first =
                ["but first", "but before that", "first though", "不过先", "但先", "但是先", "但要先"].iter().any(|w| between.contains(w));
            let later = later || (first && clauses[i - 1].means_something());
            if first && later {
                clauses.swap(i - 1, i);
                continue;
            }
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
        // "…, that's me at the end of my tether. Make it …": a sentence of its own goes before no verb.
        if let Some(apart) =
            state.waiting.take_if(|w| !clause.weak && noun(w).is_none() && w.tokens.iter().any(|t| t.kind == Kind::Unknown))
        {
            self.hear(apart, parts, state);
        }
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
        if best.as_ref().is_none_or(|r| matches!(r.built, Built::Ask(_)))
            && let Some((clause_told, read)) = self.with_told(&clause, state, best.is_some())
        {
            clause = clause_told;
            best = Some(read);
        }
        if mood::only_purpose(&clause, self.normal) && parts.iter().any(|p| !p.aside) {
            parts.push(Part::aside(clause));
            return;
        }
        if mood::overdone(&clause, self.normal) || (state.waiting.is_none() && mood::judges(&clause, self.normal)) {
            parts.push(Part::aside(clause));
            return;
        }
        if let Some(whole) = self.finished(&clause, best.as_ref(), parts, state) {
            best = self.best(&whole, state);
            clause = whole;
        }
        let clear = best.as_ref().is_some_and(|r| is_clear(&clause, r));
        if !clear && mood::only_asks(&clause, self.normal) && self.is_told_already(parts, state) {
            parts.push(Part::aside(clause));
            return;
        }
        if !clear && state.waiting.is_none() && mood::states_only(&clause, self.normal) {
            return self.hear(clause, parts, state);
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
            if parts.iter().all(|p| p.aside) && best.is_none() && strange <= 6 && !remark && !mood::judges(&clause, self.normal) {
                state.waiting = Some(clause);
                return;
            }
        }
        if best.is_none() && state.waiting.is_none() && !clause.tokens.iter().any(|t| t.kind == Kind::Unknown) {
            if self.completes_last(&clause, parts, state) {
                return self.merged(clause, parts, state);
            }
            if clause.tokens.iter().any(|t| clause::weight(&t.kind) >= 3) && parts.iter().any(|p| !p.aside) {
                state.unfinished = Some(clause);
                return;
            }
        }
        best = self.second_look(&clause, best, state);
        state.carried = noun(&clause).or(state.carried);
        state.marks.push(state.steps.len());
        if corrects(best.as_ref(), state) || leaves_after_all(&clause, best.as_ref(), state) {
            state.steps.pop();
        }
        // "the client wants it brighter, more contrast": one list of wishes.
        if clause.weak
            && matches!(best.as_ref().map(|r| &r.built), Some(Built::Steps(steps)) if steps.iter().all(|s| s.op == "adjust"))
            && let Some((at, first)) = state.listed(parts.len())
        {
            state.add(Some(&first));
            state.history.pop();
            parts[at].read = Some(first);
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
        let scene = self.scene(state);
        let readings = resolve(clause, &scene);
        if let Some(ask) = rival(&readings).and_then(|other| self.either(clause, &readings[0], other, state)) {
            return readings.into_iter().next().map(|read| Resolved { built: Built::Ask(ask), ..read });
        }
        readings.into_iter().next().or_else(|| {
            // Where no row knows the verb beside these words, they may say it all by themselves: "drop the text top right in French".
            let light = |t: &Token| matches!(t.kind, Kind::Verb(v) if LIGHT.contains(&v));
            let heavier = |t: &Token| matches!(t.kind, Kind::Verb(v) if v != Verb::Make && !LIGHT.contains(&v));
            if !clause.tokens.iter().any(light) || clause.tokens.iter().any(heavier) {
                return None;
            }
            let mut bare = clause.clone();
            bare.tokens.iter_mut().filter(|t| light(t)).for_each(|t| t.kind = Kind::Verb(Verb::Make));
            resolve(&bare, &scene).into_iter().next().filter(|r| is_clear(&bare, r) && r.missed == 0)
        })
    }

    /// The question which of two close readings is meant; each option is a whole plan.
    fn either(&self, clause: &Clause, one: &Resolved, other: &Resolved, state: &State) -> Option<Ask> {
        let (Built::Steps(a), Built::Steps(b)) = (&one.built, &other.built) else { return None };
        // One that drops a word is no rival, nor is one that comes to the same.
        let end = state.steps.len();
        if leaves_out(clause, one) || leaves_out(clause, other) || state.with_option(end, a) == state.with_option(end, b) {
            return None;
        }
        let said = |steps: &[Step]| label(&compose::plan(steps.to_vec()));
        let part = self.words(clause);
        let (first, second) = (said(a), said(b));
        let ask = Ask::new(format!("“{part}”可以有两种理解，是哪一种？"), format!("“{part}” can be read in two ways. Which one is meant?"));
        Some(ask.option(first.zh, first.en, a.clone()).option(second.zh, second.en, b.clone()))
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

    pub(super) fn words(&self, clause: &Clause) -> String {
        let (start, end) = clause.range();
        self.normal.original(start, end).trim().to_owned()
    }
}

/// A plan as the label of an option.
fn label(plan: &Plan) -> Text {
    Text::new(super::words(plan, Lang::Zh).join("，"), super::words(plan, Lang::En).join(", "))
}

/// "crop to 1:1, no wait, 3:4": the same operation said again replaces the first.
fn corrects(best: Option<&Resolved>, state: &State) -> bool {
    let (Some(Built::Steps(steps)), Some(before)) = (best.map(|r| &r.built), state.steps.last()) else { return false };
    state.taken_back && steps.len() == 1 && steps[0].op == before.op
}

/// "remove the couple … no wait, leave them"
fn leaves_after_all(clause: &Clause, best: Option<&Resolved>, state: &State) -> bool {
    let kept = best.is_some_and(|r| r.built == Built::Nothing && r.rule.op == "keep");
    state.taken_back && kept && clause.things().all(|(t, _)| matches!(t, Thing::It | Thing::People))
}

/// The noun that a later "it" stands for.
fn noun(clause: &Clause) -> Option<(Thing, &'static str)> {
    let named = clause.things().find(|(t, _)| !matches!(t, Thing::It | Thing::Picture | Thing::Border | Thing::Shadow | Thing::Colour));
    // 抠图, 去底 and "cut out" speak of the background.
    let text = clause.has(Verb::ReadText) || clause.has(Verb::Translate);
    named.or_else(|| clause.has(Verb::CutOut).then_some((Thing::Background, ""))).or_else(|| text.then_some((Thing::Text, "")))
}
