//! Wishes that were cut apart put together again, and those that stand side by side without a connector cut apart.

use super::sure::accounted;
use super::*;

impl Reader<'_> {
    /// Wishes that stand side by side without a connector, as in "白底 800x800 jpg": the cut that leaves the least unexplained.
    pub(super) fn parted(&self, clause: &Clause, whole: &Resolved, state: &State) -> Option<(Clause, Clause)> {
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
    pub(super) fn extend(&self, last: &Part, clause: &Clause, state: &State, count: usize) -> bool {
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
        self.best(&joined, &before)
            .is_some_and(|r| (r.explained > old && (clause.numbers().is_empty() || accounted(&joined, &r))) || (r.missed == 0 && !strange))
    }

    /// Whether words that mean nothing by themselves make the wish before them more precise: "add a title … put it at the very top".
    pub(super) fn completes_last(&self, clause: &Clause, parts: &[Part], state: &State) -> bool {
        let Some(last) = parts.last().filter(|p| !p.aside) else { return false };
        let Some(Built::Steps(steps)) = last.read.as_ref().map(|r| &r.built) else { return false };
        if last.clause.tokens.len() + clause.tokens.len() > LONGEST_CLAUSE {
            return false;
        }
        let mark = state.marks.last().copied().unwrap_or(0).min(state.steps.len());
        let before = State { steps: state.history.last().cloned().unwrap_or_else(|| state.steps[..mark].to_vec()), ..State::default() };
        let ops = |steps: &[Step]| steps.iter().map(|s| s.op.clone()).collect::<Vec<_>>();
        self.best(&joined(&last.clause, clause), &before).is_some_and(|r| {
            matches!(&r.built, Built::Steps(more) if ops(more) == ops(steps) && more != steps)
                && r.missed == 0
                && r.unread.len() <= last.read.as_ref().map_or(0, |l| l.unread.len())
        })
    }

    /// The words that waited for the rest of their wish together with it, where only both say something.
    pub(super) fn finished(&self, clause: &Clause, best: Option<&Resolved>, parts: &mut Vec<Part>, state: &mut State) -> Option<Clause> {
        let first = state.unfinished.take()?;
        let whole = joined(&first, clause);
        let alone = best.is_some_and(|r| is_clear(clause, r));
        let reads =
            self.best(&whole, state).is_some_and(|r| is_clear(&whole, &r) && r.unread.is_empty() && matches!(r.built, Built::Steps(_)));
        if reads && !alone && whole.tokens.len() <= LONGEST_CLAUSE {
            return Some(whole);
        }
        state.marks.push(state.steps.len());
        state.add(None);
        parts.push(Part { aside: false, clause: first, read: None });
        None
    }

    pub(super) fn give_up_on_unfinished(&self, parts: &mut Vec<Part>, state: &mut State) {
        if let Some(first) = state.unfinished.take() {
            parts.push(Part { aside: false, clause: first, read: None });
        }
    }

    pub(super) fn merged(&self, clause: Clause, parts: &mut Vec<Part>, state: &mut State) {
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
}

/// Whether a clause only says more of the wish before: what else is drawn, how large a border is, which way something turns.
pub(super) fn completes(clause: &Clause, last: &Part, text: &Normal) -> bool {
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

pub(super) fn joined(a: &Clause, b: &Clause) -> Clause {
    // The connector between them stays: nouns on its two sides are different things.
    let end = a.tokens.last().map_or(0, |t| t.end);
    let link = Token { start: end, end, kind: Kind::Link(Link::Weak), guessed: false };
    Clause { tokens: a.tokens.iter().chain([&link]).chain(&b.tokens).cloned().collect(), ..a.clone() }
}
