//! What is said beside the wishes: talk, complaints, what is left undone or left out.

use super::*;

impl Reader<'_> {
    /// The clause, unless it is talk, a complaint or something that is left undone: that is heard and asks for nothing.
    pub(super) fn not_talk(&self, clause: Clause, parts: &mut Vec<Part>, state: &mut State) -> Option<Clause> {
        if let Some(read) = self.not_drawn(&clause, state) {
            state.add(Some(&read));
            parts.push(Part { read: Some(read), ..Part::aside(clause) });
            return None;
        }
        if clause.negated || clause.reason {
            state.carried = noun(&clause).or(state.carried);
            // "最右边那位不希望出现，把他的脸打码"
            let placed = !clause.places().is_empty() && clause.thing(Thing::People);
            if placed {
                state.carried_target = crate::plan::resolve::targets(&clause, &self.scene(&State::default())).into_iter().next();
            }
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
        let part = |k: &Kind| matches!(k, Kind::Thing(Thing::Face | Thing::People | Thing::Skin | Thing::Subject | Thing::Detail, _));
        let complaint = |t: &Token| {
            fault(t)
                || part(&t.kind)
                || clause::weight(&t.kind) == 0
                || matches!(t.kind, Kind::Flag(_) | Kind::Degree(_) | Kind::Set(_) | Kind::Tone("shadows" | "highlights"))
        };
        let strange: usize = clause.tokens.iter().filter(|t| t.kind == Kind::Unknown).map(|t| t.end - t.start).sum();
        let words = self.normal.slice(clause.range().0, clause.range().1);
        // "改完细节糊了": when it happened.
        let since = |t: &Token| {
            t.kind == Kind::Unknown
                && ["改", "完", "弄", "都", "后", "p", "全"].iter().any(|w| self.normal.slice(t.start, t.end).contains(w))
        };
        let happened =
            words.trim_end().ends_with('了') && strange <= 3 && clause.tokens.iter().filter(|t| t.kind == Kind::Unknown).all(since);
        let strange = strange > 0 && !happened;
        let complaint = |t: &Token| complaint(t) || (happened && t.kind == Kind::Unknown);
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
    pub(super) fn is_done_all_the_same(&self, clause: &Clause, state: &State) -> bool {
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
    pub(super) fn hear(&self, clause: Clause, parts: &mut Vec<Part>, state: &mut State) {
        let best = self.best(&clause, state);
        let sure = |r: &Resolved| matches!(r.built, Built::Steps(_)) && r.confidence() >= SURE && r.strange == 0 && !leaves_out(&clause, r);
        if noun(&clause).is_none() && clause.tokens.iter().any(|t| matches!(t.kind, Kind::Place(_) | Kind::Ordinal(_))) {
            let target = crate::plan::resolve::told_of(&clause, &self.scene(state));
            state.carried_target = target.or(state.carried_target.take());
        }
        // "remove my ex, he is the one on the right": which one is said after the wish.
        let told = crate::plan::resolve::told_of(&clause, &self.scene(state)).filter(|t| t.get("which").is_some());
        let of_it = clause.thing(Thing::It) && noun(&clause).is_none();
        if let (true, Some(told), Some(last)) = (of_it, told, state.steps.last_mut())
            && let Some(target) = last.params.get_mut("target").filter(|t| t["kind"] == told["kind"])
        {
            if target.get("which").is_none() {
                *target = told;
            } else if target["which"] == "others" && self.tokens.iter().any(|t| t.kind == Kind::Set(crate::plan::token::Set::Except)) {
                // "every face except the vicar's, he's the one in the middle"
                *target = told;
                target["rest"] = true.into();
            }
        }
        // "can't show pupils' faces, their parents would kill me": somebody told of besides.
        let besides = |named: (Thing, &str)| {
            named.0 == Thing::People
                && clause.places().is_empty()
                && state.carried.is_some_and(|(t, _)| t != Thing::People && t != Thing::Background)
        };
        if let Some(named) = noun(&clause).filter(|named| !besides(*named)) {
            state.carried = Some(named);
            // What they do there is no noun: 左边两个人抢镜.
            let known = Clause { tokens: clause.tokens.iter().filter(|t| t.kind != Kind::Unknown).cloned().collect(), ..clause.clone() };
            state.carried_target = crate::plan::resolve::targets(&known, &self.scene(&State::default())).into_iter().next();
        }
        let picture = clause.refs().first().and_then(|r| if let crate::plan::token::Ref::Image(i) = r { Some(i.clone()) } else { None });
        if clause.things().any(|(t, _)| matches!(t, Thing::Logo | Thing::Subject | Thing::Noun | Thing::Object | Thing::Colour)) {
            state.told_picture = picture.or(state.told_picture.take());
        }
        let slot = |t: &&Token| {
            matches!(
                t.kind,
                Kind::Aspect(_)
                    | Kind::Size(..)
                    | Kind::Platform(_)
                    | Kind::Format(_)
                    | Kind::Colour(_)
                    | Kind::Number(crate::plan::token::Number { unit: crate::plan::token::Unit::Bytes, .. })
            )
        };
        state.told.extend(clause.tokens.iter().filter(slot).cloned());
        // "the horizon in my beach pics is always crooked": what "fix that" then means.
        const FAULTS: &[&str] = &["rotate", "deblur", "denoise", "restore", "retouch", "enhance", "adjust"];
        let hints = |r: &Resolved| matches!(r.built, Built::Steps(_)) && FAULTS.contains(&r.rule.op) && r.missed == 0;
        let mends = |r: &Resolved| !matches!(r.rule.op, "filter" | "colorize");
        match best.filter(mends) {
            Some(read) if sure(&read) => state.heard.push((parts.len(), read)),
            Some(read) if hints(&read) => state.hinted = Some((parts.len(), read)),
            _ => {}
        }
        parts.push(Part::aside(clause));
    }

    /// The last wish with the slots of this clause in place of its own.
    pub(super) fn said_again(&self, clause: &Clause, parts: &[Part], state: &State) -> Option<Clause> {
        let last = parts.iter().rev().find(|p| !p.aside)?;
        let kept = last.clause.tokens.iter().filter(|t| matches!(t.kind, Kind::Verb(_) | Kind::Thing(..) | Kind::Tone(_)));
        let tokens: Vec<Token> = kept.chain(&clause.tokens).cloned().collect();
        let again = Clause { tokens, ..clause.clone() };
        let read = self.best(&again, state)?;
        let same =
            matches!(&read.built, Built::Steps(steps) if steps.len() == 1 && state.steps.last().is_some_and(|b| b.op == steps[0].op));
        same.then_some(again)
    }

    /// "…，右边的车也打上", "…, the dog too": the wish before, of something else.
    pub(super) fn same_of(&self, clause: &Clause, parts: &[Part]) -> Option<Clause> {
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

    /// The clause with what was told before, where it asks for just that. A clause that means nothing by itself takes only what is demanded of a
    /// file or a picture as a whole: a platform, a shape, a format, a size.
    pub(super) fn with_told(&self, clause: &Clause, state: &State, asked: bool) -> Option<(Clause, Resolved)> {
        // It has no words in this clause.
        let end = clause.range().1;
        let with = |slots: &[&Token]| {
            let mut filled = clause.clone();
            filled.tokens.extend(slots.iter().map(|slot| Token { start: end, end, ..(*slot).clone() }));
            let read = self.best(&filled, state).filter(|r| matches!(r.built, Built::Steps(_)) && r.missed == 0)?;
            Some((clause.clone(), read))
        };
        let demand = |t: &&Token| match t.kind {
            Kind::Platform(_) | Kind::Aspect(_) | Kind::Size(..) | Kind::Format(_) => true,
            Kind::Number(n) => n.unit == crate::plan::token::Unit::Bytes,
            _ => false,
        };
        if asked {
            return state.told.iter().rev().filter(|t| !matches!(t.kind, Kind::Format(_))).find_map(|slot| with(&[slot]));
        }
        if !clause.has(Verb::Fit) && !mood::only_asks(clause, self.normal) {
            return None;
        }
        let demands: Vec<&Token> = state.told.iter().filter(demand).collect();
        if demands.is_empty() { None } else { with(&demands) }
    }

    /// Whether what is asked for in "fix that, please" was said before: a fault or a wish. What a statement told of then is the wish.
    pub(super) fn is_told_already(&self, parts: &mut [Part], state: &mut State) -> bool {
        let Some(last) = parts.len().checked_sub(1) else { return false };
        if let Some((_, read)) = state.heard.pop_if(|(at, _)| *at == last) {
            state.add(Some(&read));
            parts[last].read = Some(read);
            return true;
        }
        if let Some((_, read)) = state.hinted.take_if(|(at, _)| *at + 1 >= last) {
            state.add(Some(&read));
            return true;
        }
        if state.complaints.last().is_some_and(|(at, _)| *at == last) {
            return true;
        }
        let wishes = |p: &Part| !p.aside && p.read.as_ref().is_some_and(|r| matches!(r.built, Built::Steps(_)));
        wishes(&parts[last]) || (parts[last].aside && noun(&parts[last].clause).is_none() && parts.iter().any(wishes))
    }

    /// "太暗了": mended unless something is asked for that mends it.
    pub(super) fn complain(&self, clause: Clause, parts: &mut Vec<Part>, state: &mut State) {
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
    pub(super) fn leaves_a_part(&self, clause: &Clause, state: &State) -> Option<Resolved> {
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
        let rule = crate::plan::resolve::RULES.iter().find(|r| r.op == op)?;
        let built = Built::one(Step::new(op).with(left, false));
        Some(Resolved { rule, built, explained: 4, missed: 0, strange: 0, unread: vec![] })
    }

    /// "画一座雪山，不要出现人": what is not to be drawn.
    pub(super) fn not_drawn(&self, clause: &Clause, state: &State) -> Option<Resolved> {
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
        let rule = crate::plan::resolve::RULES.iter().find(|r| r.op == "generate")?;
        let built = Built::one(Step::new("generate").with("negative", what.trim()));
        Some(Resolved { rule, built, explained: 4, missed: 0, strange: 0, unread: vec![] })
    }
}

/// Words of a blur that is complained of, not of an edit.
const FAULTY: &[&str] = &["糊", "虚", "抖", "清", "焦", "blurry", "shaky", "shake", "shook", "focus", "too"];

pub(super) fn faulty(word: &str) -> bool {
    let edits = ["去", "消", "防", "弄", "修", "fix", "remove", "deblur", "de-blur", "unblur", "less", "take", "get"];
    FAULTY.iter().any(|w| word.contains(w)) && !edits.iter().any(|w| word.starts_with(w))
}

/// Nouns and flags that only name a fault.
pub(super) fn class_of_fault(kind: &Kind) -> bool {
    matches!(kind, Kind::Spin(crate::plan::token::Spin::Over))
        || matches!(
            kind,
            Kind::Thing(Thing::Noise | Thing::Scratch | Thing::Blemish | Thing::Horizon, _) | Kind::Flag(crate::plan::token::Flag::Old)
        )
        || clause::class(kind) == Some(Class::Exposure)
}

/// "太艳了": less of it is what would mend it.
pub(super) fn too_much(clause: &Clause, text: &Normal) -> Option<Resolved> {
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
    let rule = crate::plan::resolve::RULES.iter().find(|r| r.op == "adjust")?;
    let built = Built::one(Step::new("adjust").with(name, -sign * crate::plan::resolve::UNSAID));
    Some(Resolved { rule, built, explained: 4, missed: 0, strange: 0, unread: vec![] })
}
