//! What the clauses so far add up to.

use super::*;

/// What the clauses so far add up to.
#[derive(Default)]
pub(in crate::plan) struct State {
    pub(in crate::plan) steps: Vec<Step>,
    /// How many steps there were before each part.
    pub(super) marks: Vec<usize>,
    /// Steps as they stood before each part, for taking one back.
    pub(super) history: Vec<Vec<Step>>,
    /// Open questions and the number of steps before them.
    pub(in crate::plan) asks: Vec<(usize, Ask)>,
    pub(super) carried: Option<(Thing, &'static str)>,
    pub(super) carried_target: Option<Value>,
    pub(super) told_picture: Option<ImageRef>,
    /// Slots that statements told of: "the shop only accepts 3:2, so please fill it up".
    pub(super) told: Vec<Token>,
    /// Nouns said before their verb, as in "背景，换成白色".
    pub(super) waiting: Option<Clause>,
    /// Known words that mean nothing by themselves; the next ones may finish them.
    pub(super) unfinished: Option<Clause>,
    /// A fault that the last statement told of among words that nothing explains, with the number of the part.
    pub(super) hinted: Option<(usize, Resolved)>,
    pub(super) input: Option<ImageRef>,
    /// "No wait": what comes next replaces what came before.
    pub(super) taken_back: bool,
    /// Faults complained of, with the number of the part.
    pub(super) complaints: Vec<(usize, Resolved)>,
    /// Faults that statements told of, with the number of the part.
    pub(super) heard: Vec<(usize, Resolved)>,
}

impl State {
    pub(super) fn add(&mut self, read: Option<&Resolved>) {
        self.history.push(self.steps.clone());
        match read.map(|r| &r.built) {
            Some(Built::Steps(steps)) => compose::append(&mut self.steps, steps.clone()),
            Some(Built::Ask(ask)) => self.asks.push((self.steps.len(), ask.clone())),
            _ => {}
        }
    }

    /// The tone that the statement just before told of: "the client wants it brighter, …".
    pub(super) fn listed(&mut self, parts: usize) -> Option<(usize, Resolved)> {
        let tone = |(at, read): &mut (usize, Resolved)| *at + 1 == parts && read.rule.op == "adjust";
        self.heard.pop_if(tone).or_else(|| self.hinted.take_if(tone))
    }

    /// Takes the export at the end away where something else than an export follows it.
    pub(super) fn trailing_export(&mut self, next: Option<&Resolved>) -> Option<Step> {
        let Some(Built::Steps(steps)) = next.map(|r| &r.built) else { return None };
        let last = self.steps.last().filter(|s| s.op == "export")?;
        let edits = steps.iter().all(|s| s.op != "export" && s.op != "describe" && s.input.is_none());
        if last.input.is_some() || !edits { None } else { self.steps.pop() }
    }

    pub(super) fn undo_to(&mut self, mark: usize) {
        if let Some(steps) = self.history.pop() {
            self.steps = steps;
        }
        self.asks.retain(|(at, _)| *at < mark || *at < self.steps.len());
    }

    /// All steps with an option of the question that was asked after `at` steps.
    pub(in crate::plan) fn with_option(&self, at: usize, option: &[Step]) -> Vec<Step> {
        let mut out = self.steps[..at.min(self.steps.len())].to_vec();
        compose::append(&mut out, option.to_vec());
        compose::append(&mut out, self.steps[at.min(self.steps.len())..].to_vec());
        out
    }
}
