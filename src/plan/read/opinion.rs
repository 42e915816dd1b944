//! What was learnt from many people's wishes beside the table's reading: it names the operation where words stay strange, decides between offered readings, and doubts a
//! plan that looks like something else. It never brings in a number, a name or a target, and what was said exactly has to stand in the plan all the same.

use super::*;
use crate::plan::account;
use crate::plan::learnt::{self, ASK, COMMAND, NONE, Opinion};
use crate::plan::resolve::forced;
use crate::plan::types::{Question, QuestionOption};
use crate::plan::words;

/// From here on the learnt reading is believed where the table reads the same.
const BELIEVED: f32 = 0.15;

/// From here on it names an operation alone: 98 of 100 are right.
const NAMED: f32 = 0.3;

/// Another operation as likely as this leaves it open, as does one half as likely as the first.
const OTHER: f32 = 0.3;

/// From here on it decides between readings that are offered.
const DECIDES: f32 = 0.7;

/// Below this an operation of a plan is doubted beside another one from [`RATHER`] on; of 700 right plans this doubts one.
const UNLIKELY: f32 = 0.2;
const RATHER: f32 = 0.6;

/// From here on an operation that a plan lacks is missed.
const MISSED: f32 = 0.8;

/// Below this an operation was hardly asked for, where there is [`SOME`] chance of another one.
const HARDLY: f32 = 0.02;
const SOME: f32 = 0.05;

/// Operations that do much the same, or that take the others in as their own parameters: "1.5 times larger" is no work for a model, "colourize it, the car red" is one step.
const SIBLINGS: &[(&str, &[&str])] = &[
    ("resize", &["upscale"]),
    ("upscale", &["resize"]),
    ("enhance", &["adjust"]),
    ("adjust", &["enhance", "filter", "background", "retouch", "recolor"]),
    ("colorize", &["recolor"]),
    ("restore", &["colorize", "upscale", "denoise", "sharpen", "deblur", "enhance"]),
    ("fit", &["crop", "background", "resize", "export"]),
    ("mockup", &["background"]),
    ("compose", &["background", "stitch"]),
    ("background", &["cutout"]),
    ("generate", &["resize"]),
    ("export", &["resize"]),
    ("stickers", &["text.add", "cutout"]),
    ("poster", &["text.add"]),
    ("cover", &["text.add"]),
];

/// Words of fewer features say too little to doubt a plan.
const FEW: usize = 8;

impl Reader<'_> {
    /// The reading of a clause, or, where that is not clear, one that the learnt opinion stands for.
    pub(super) fn second_look(&self, clause: &Clause, best: Option<Resolved>, state: &State) -> Option<Resolved> {
        let clear = |r: &Resolved| {
            matches!(r.built, Built::Ask(_))
                || (enough(clause, r, self.normal)
                    && !leaves_out(clause, r)
                    && !too_strange(clause, r, self.normal)
                    && !self.strange_number(clause, r))
        };
        if best.as_ref().is_some_and(clear) || self.strange_value(clause) {
            return best;
        }
        let (start, end) = clause.range();
        let opinion = learnt::opinion(self.normal, start, end);
        if let Some(read) = &best
            && let Built::Steps(steps) = &read.built
            && backs(&opinion, steps)
            && sure::accounted(clause, read)
            && only_verbs_unread(clause, read)
        {
            return best.map(understood);
        }
        self.as_named(clause, &opinion, &self.scene(state)).or(best)
    }

    /// The clause as the operation that the opinion names.
    fn as_named(&self, clause: &Clause, opinion: &Opinion, scene: &Scene) -> Option<Resolved> {
        let (op, chance) = opinion.likeliest(&[])?;
        let words = |t: &Token| matches!(t.kind, Kind::Unknown | Kind::Verb(_));
        let open = opinion.likeliest(&[op]).is_some_and(|(_, p)| p >= OTHER.min(chance / 2.0));
        if chance < NAMED || open || !clause.tokens.iter().any(words) {
            return None;
        }
        let known = Clause { tokens: clause.tokens.iter().filter(|t| t.kind != Kind::Unknown).cloned().collect(), ..clause.clone() };
        let fits = |said: &Clause, read: &Resolved| match &read.built {
            Built::Steps(steps) => {
                // A description without its strange words would be another one.
                !read.rule.free
                    && steps.iter().all(|s| s.op == op)
                    && sure::accounted(said, read)
                    && only_verbs_unread(said, read)
                    && names_stand(&said.tokens, steps)
            }
            _ => false,
        };
        forced(&known, scene, op).into_iter().find(|(said, read)| fits(said, read)).map(|(_, read)| understood(read))
    }

    /// Whether a word that nothing explains stands where a value does: "export as pdf", 换成办公室, 512x512的图标.
    fn strange_value(&self, clause: &Clause) -> bool {
        const BEFORE: &[&str] = &["as", "to", "into", "in", "with", "成", "为", "换成", "改成", "变成", "弄成", "做成", "像", "用", "的"];
        let blank = |t: &&Token| !self.normal.slice(t.start, t.end).trim().is_empty();
        let said: Vec<&Token> = clause.tokens.iter().filter(blank).collect();
        said.windows(2).any(|pair| {
            let word = self.normal.slice(pair[0].start, pair[0].end);
            let last = word.trim().rsplit(' ').next().unwrap_or_default();
            let before = matches!(pair[0].kind, Kind::Verb(Verb::Change | Verb::Swap | Verb::Export)) || BEFORE.contains(&last);
            before && pair[1].kind == Kind::Unknown
        })
    }

    /// Whether clauses that the table cannot read ask for nothing beside these steps.
    pub(super) fn agrees(&self, unread: &[&Clause], steps: &[Step]) -> bool {
        let opinion = learnt::opinion(self.normal, 0, self.normal.len());
        let all = self.whole();
        let within = |clause: &Clause| {
            let (start, end) = clause.range();
            let named = learnt::opinion(self.normal, start, end).likeliest(&[]);
            let strange = clause.tokens.iter().all(|t| clause::weight(&t.kind) < 3);
            named.is_some_and(|(op, p)| if p < BELIEVED { strange } else { op == NONE || steps.iter().any(|s| s.op == op) })
        };
        backs(&opinion, steps)
            && account::stands_in(&all, steps)
            && names_stand(self.tokens, steps)
            && !self.strange_value(&all)
            && unread.iter().all(|c| within(c))
    }

    /// All words as one clause.
    fn whole(&self) -> Clause {
        Clause { tokens: self.tokens.to_vec(), ..Clause::default() }
    }

    /// The whole reading beside the opinion on the whole instruction.
    pub(super) fn reconsidered(&self, reading: Reading) -> Reading {
        let opinion = learnt::opinion(self.normal, 0, self.normal.len());
        match &reading.answer {
            Answer::Plan(plan) => match self.doubted(plan, &opinion) {
                Some(question) => Reading { answer: Answer::Question(question), confidence: reading.confidence.min(0.4), ..reading },
                None => reading,
            },
            Answer::Question(question) => match self.decided(question, reading.confidence, &opinion) {
                Some(answer) => Reading { answer, confidence: 0.5, ..reading },
                None => reading,
            },
            _ => reading,
        }
    }

    /// What a question need not ask.
    fn decided(&self, question: &Question, confidence: f32, opinion: &Opinion) -> Option<Answer> {
        let lost = confidence == 0.0;
        if opinion.of(NONE) >= NAMED && opinion.likeliest(&[NONE]).is_some_and(|(_, p)| p < 0.1) && (lost || question.id == NEEDS_PICTURE) {
            return Some(Answer::Reply(session::asks_nothing()));
        }
        let commands =
            |t: &Token| matches!(t.kind, Kind::Verb(Verb::Undo | Verb::Redo | Verb::Reset | Verb::Compare | Verb::GoBack | Verb::Again));
        if question.id == NEEDS_PICTURE || opinion.of(COMMAND) >= OTHER || self.tokens.iter().any(commands) {
            return None;
        }
        let all = self.whole();
        if self.strange_value(&all) || !all.tokens.iter().any(|t| matches!(t.kind, Kind::Unknown | Kind::Verb(_))) {
            return None;
        }
        if lost {
            return self.all_named(opinion).filter(|steps| self.are_there(steps)).map(|steps| Answer::Plan(compose::plan(steps)));
        }
        // One of the readings that are offered is what such words ask for, the others are not. A question that asks to paint stays.
        let paints = |o: &QuestionOption| o.plan.steps.iter().any(|s| s.params.get("target").is_some_and(|t| t["kind"] == "mask"));
        let backed = |o: &&QuestionOption| backs(opinion, &o.plan.steps) && o.plan.steps.iter().any(|s| opinion.of(&s.op) >= DECIDES);
        let mut fitting = question.options.iter().filter(backed);
        let (one, none) = (fitting.next()?, fitting.next().is_none());
        let stands = account::stands_in(&all, &one.plan.steps) && names_stand(self.tokens, &one.plan.steps);
        let offered =
            question.options.len() > 1 && !question.options.iter().any(|o| paints(o) || o.plan.steps.iter().all(|s| s.op == "describe"));
        (none && stands && offered).then(|| Answer::Plan(one.plan.clone()))
    }

    /// All words as the operation that the opinion names.
    fn all_named(&self, opinion: &Opinion) -> Option<Vec<Step>> {
        match self.as_named(&self.whole(), opinion, &self.scene(&State::default()))?.built {
            Built::Steps(steps) => Some(steps),
            _ => None,
        }
    }

    /// Whether all pictures that the steps work on are there.
    fn are_there(&self, steps: &[Step]) -> bool {
        let state = State { steps: steps.to_vec(), ..State::default() };
        self.missing_picture(&state).is_none() && self.missing_reference(&[], &state).is_none()
    }

    /// The question whether a plan is meant that such words hardly ask for.
    fn doubted(&self, plan: &Plan, opinion: &Opinion) -> Option<Question> {
        let ops: Vec<&str> = plan.steps.iter().map(|s| s.op.as_str()).collect();
        // What usually has to be asked about is no other operation.
        let without = |more: &[&str]| opinion.likeliest(&[&ops[..], more].concat());
        let (other, chance) = match without(&[ASK])? {
            // A fault that is told sounds a little like talk.
            (NONE, chance) if chance < RATHER => without(&[ASK, NONE])?,
            likeliest => likeliest,
        };
        let sibling = |s: &Step| SIBLINGS.iter().any(|(op, others)| s.op == *op && others.contains(&other));
        let bar = match chance {
            c if c >= RATHER => UNLIKELY,
            c if c >= SOME => HARDLY,
            _ => 0.0,
        };
        let doubtful = |s: &Step| opinion.of(&s.op) < bar;
        // How a plan is said is that plan.
        let text = self.normal.original(0, self.normal.len());
        let joined = |(lang, then): (Lang, &str)| words(plan, lang).join(then);
        let said = [(Lang::Zh, "，然后"), (Lang::En, ", then ")].into_iter().any(|way| joined(way) == text.trim());
        let short = said || learnt::features_of(&self.normal.slice(0, self.normal.len())).len() < FEW;
        if (chance < MISSED && !plan.steps.iter().any(doubtful)) || plan.steps.iter().any(sibling) || short {
            return None;
        }
        let option = |steps: Vec<Step>| {
            let plan = compose::plan(steps);
            QuestionOption { label: label(&plan), plan }
        };
        let mut options = vec![option(plan.steps.clone())];
        let rest: Vec<Step> = plan.steps.iter().filter(|s| !doubtful(s)).cloned().collect();
        options.extend((!rest.is_empty()).then(|| option(rest)));
        options.extend(self.all_named(opinion).map(option));
        options.dedup_by(|a, b| a.plan == b.plan);
        if options.len() == 1 {
            options.push(option(vec![Step::new("describe")]));
        }
        options.retain(|o| self.are_there(&o.plan.steps));
        if options.len() < 2 {
            return None;
        }
        Some(Question {
            id: "q1".into(),
            text: Text::new(
                "我不太确定是不是这个意思，请选一个，或换个说法：",
                "I am not sure that I read this right. Please choose, or say it in other words:",
            ),
            part: self.normal.original(0, self.normal.len()),
            options,
        })
    }
}

fn understood(read: Resolved) -> Resolved {
    Resolved { strange: 0, missed: 0, unread: vec![], ..read }
}

/// Whether the opinion is that words ask for these operations and no other.
fn backs(opinion: &Opinion, steps: &[Step]) -> bool {
    let ops: Vec<&str> = steps.iter().map(|s| s.op.as_str()).collect();
    let other = opinion.likeliest(&ops).map_or(0.0, |(_, p)| p);
    let most = ops.iter().map(|op| opinion.of(op)).fold(0.0, f32::max);
    !ops.is_empty() && ops.iter().all(|op| opinion.of(op) >= BELIEVED) && other < OTHER.min(most / 2.0)
}

/// Whether all that a reading passes over are verbs and strange words.
fn only_verbs_unread(clause: &Clause, read: &Resolved) -> bool {
    let light = |t: &Token| matches!(t.kind, Kind::Verb(_) | Kind::Unknown) || clause::weight(&t.kind) < 3;
    read.unread.iter().filter_map(|i| clause.tokens.get(*i)).all(light)
}

/// Whether the colours, things, pictures and places that were named stand in the steps.
fn names_stand(tokens: &[Token], steps: &[Step]) -> bool {
    let said = steps
        .iter()
        .map(|s| format!("{} {}", Value::Object(s.params.clone()), s.input.as_ref().map(|i| i.to_string()).unwrap_or_default()));
    let said: String = said.collect();
    let alone = steps.len() == 1;
    tokens.iter().all(|t| match &t.kind {
        Kind::Colour(colour) => said.contains(colour.as_str()),
        Kind::Thing(Thing::Object, label) => said.contains(label) || (alone && matches!(steps[0].op.as_str(), "describe" | "generate")),
        Kind::Ref(Ref::Image(ImageRef::Image(n))) if *n >= 2 => said.contains(&format!("image:{n}")),
        Kind::Ref(Ref::Image(ImageRef::Version(n))) => said.contains(&format!("version:{n}")),
        Kind::Place(place) => place.split('-').all(|side| said.contains(side)),
        Kind::Platform(name) => said.contains(name),
        _ => true,
    })
}
