//! What was learnt from many people's wishes beside the table's reading: it names the operation where words stay strange, decides between offered readings, and doubts a
//! plan that looks like something else. It never brings in a number, a name or a target, and what was said exactly has to stand in the plan all the same.

use super::*;
use crate::plan::account;
use crate::plan::learnt::{ASK, COMMAND, NONE};
use crate::plan::resolve::forced;
use crate::plan::types::{Question, QuestionOption};
use crate::plan::words;

/// From here on the learnt reading is believed where the table reads the same.
const BELIEVED: f32 = 0.15;

/// From here on it names an operation alone: 98 of 100 are right.
const NAMED: f32 = 0.3;

/// Another operation as likely as this leaves it open, as does one half as likely as the first.
const OTHER: f32 = 0.3;

/// From here on an operation makes what no word of value stands in a story beside it.
const STORY_BESIDE: f32 = 0.5;

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

/// Below this beside talk that is certain nothing was asked for.
const HARDLY_AT_ALL: f32 = 0.1;

/// Kinds that need not be said.
const USUAL: &[&str] = &["still", "vertical"];

/// From here on a kind is added to a plan that lacks it.
const KIND_SURE: f32 = 0.6;

/// Of several edits one that nothing asks for even this much is one too many.
const ONE_TOO_MANY: f32 = 0.15;

/// Wishes that leave open what is to be done.
const NICER: &[&str] = &["好看", "漂亮", "美一点", "美观", "nicer", "look better", "look good", "look great", "prettier"];

/// Operations that do much the same, or that take the others in as their own parameters: "1.5 times larger" is no work for a model, "colourize it, the car red" is one step.
const SIBLINGS: &[(&str, &[&str])] = &[
    ("resize", &["upscale"]),
    ("upscale", &["resize"]),
    ("enhance", &["adjust"]),
    ("adjust", &["enhance", "filter", "background", "retouch", "recolor"]),
    ("colorize", &["recolor"]),
    ("restore", &["colorize", "upscale", "denoise", "sharpen", "deblur", "enhance", "retouch"]),
    ("fit", &["crop", "background", "resize", "export"]),
    ("mockup", &["background"]),
    ("compose", &["background", "stitch"]),
    ("background", &["cutout", "place"]),
    ("pad", &["resize", "expand", "background"]),
    ("cutout", &["background", "crop"]),
    ("detail", &["retouch"]),
    ("place", &["rotate"]),
    ("generate", &["resize"]),
    ("export", &["resize"]),
    ("stickers", &["text.add", "cutout"]),
    ("poster", &["text.add", "cover"]),
    ("cover", &["text.add", "poster"]),
];

/// Words of fewer features say too little to doubt a plan.
const FEW: usize = 8;

impl Reader<'_> {
    /// What was learnt of the words from `start` to `end`.
    pub(super) fn opinion(&self, start: usize, end: usize) -> Rc<Opinion> {
        Rc::clone(self.opinions.borrow_mut().entry((start, end)).or_insert_with(|| Rc::new(learnt::opinion(self.normal, start, end))))
    }

    /// What was learnt of a clause's words.
    pub(super) fn opinion_of(&self, clause: &Clause) -> Rc<Opinion> {
        let (start, end) = clause.range();
        // The word that joins it is part of how it is said: "顺便…", "but also …".
        let joint = |t: &&Token| matches!(t.kind, Kind::Link(Link::Strong | Link::Weak | Link::But) | Kind::Filler);
        let before = self.tokens.iter().rev().skip_while(|t| t.start >= start).take_while(joint).last();
        self.opinion(before.map_or(start, |t| t.start), end)
    }

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
        let opinion = self.opinion_of(clause);
        if let Some(read) = &best
            && let Built::Steps(steps) = &read.built
            && backs(&opinion, steps)
            && sure::accounted(clause, read)
            && only_verbs_unread(clause, read)
        {
            return best.map(understood);
        }
        let scene = self.scene(state);
        self.as_named(clause, &opinion, &scene).or_else(|| self.as_filled(clause, &opinion, &scene)).or(best)
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
    pub(super) fn strange_value(&self, clause: &Clause) -> bool {
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
        let opinion = self.opinion(0, self.normal.len());
        let all = self.whole();
        // Where nothing else is likely, a clause of no exact words that no other operation is likely in is a story.
        let ops: Vec<&str> = steps.iter().map(|s| s.op.as_str()).collect();
        let most = ops.iter().map(|op| opinion.of(op)).fold(0.0, f32::max);
        let sure = most >= STORY_BESIDE && opinion.likeliest(&ops).is_none_or(|(op, p)| p < STORY_BESIDE / 5.0 || op == NONE);
        let tells = |c: &Clause| {
            sure && !c.tokens.iter().any(|t| t.is_exact() || matches!(t.kind, Kind::Number(_) | Kind::Format(_) | Kind::Place(_)))
        };
        let within = |clause: &Clause| {
            let named = self.opinion_of(clause).likeliest(&[]);
            let strange = clause.tokens.iter().all(|t| clause::weight(&t.kind) < 3);
            named
                .is_some_and(|(op, p)| if p < BELIEVED { strange || tells(clause) } else { op == NONE || steps.iter().any(|s| s.op == op) })
        };
        backs(&opinion, steps)
            && account::stands_in(&all, steps)
            && names_stand(self.tokens, steps)
            && !self.strange_value(&all)
            && unread.iter().all(|c| within(c))
    }

    /// All words as one clause.
    pub(super) fn whole(&self) -> Clause {
        Clause { tokens: self.tokens.to_vec(), ..Clause::default() }
    }

    /// The whole reading beside the opinion on the whole instruction.
    pub(super) fn reconsidered(&self, reading: Reading) -> Reading {
        let opinion = self.opinion(0, self.normal.len());
        match &reading.answer {
            Answer::Plan(plan) if self.is_talk(plan, &opinion) => {
                Reading { answer: Answer::Reply(session::asks_nothing()), confidence: 0.5, ..reading }
            }
            Answer::Plan(plan) => match self.overlooked(plan, &opinion).or_else(|| self.doubted(plan, &opinion)) {
                Some(answer @ Answer::Question(_)) => Reading { answer, confidence: reading.confidence.min(0.4), ..reading },
                Some(answer) => Reading { answer, confidence: reading.confidence.min(0.6), ..reading },
                None => Reading { answer: Answer::Plan(with_kinds(plan, &opinion)), ..reading },
            },
            Answer::Question(question) => {
                match self.decided(question, reading.confidence, &opinion).or_else(|| self.unasked(question, &opinion)) {
                    Some(answer) => Reading { answer, confidence: 0.5, ..reading },
                    None => reading,
                }
            }
            _ => reading,
        }
    }

    /// What a question need not ask.
    fn decided(&self, question: &Question, confidence: f32, opinion: &Opinion) -> Option<Answer> {
        let lost = confidence == 0.0;
        // "make it nicer": which way has to be said.
        let words = self.normal.slice(0, self.normal.len());
        let heavy = |t: &Token| clause::weight(&t.kind) > 0 && !matches!(t.kind, Kind::Degree(_));
        if lost && NICER.iter().any(|w| words.contains(w)) && !self.tokens.iter().any(heavy) {
            return None;
        }
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
        // A verb alone leaves it open: "pixelate".
        if self.tokens.iter().filter(|t| clause::weight(&t.kind) > 0 || t.kind == Kind::Unknown).count() < 2 {
            return None;
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

    /// Whether words that a plan was made of are talk: "cheers, you saved my evening".
    fn is_talk(&self, plan: &Plan, opinion: &Opinion) -> bool {
        let exact = self.tokens.iter().any(Token::is_exact);
        !exact && opinion.of(NONE) >= DECIDES && plan.steps.iter().all(|s| opinion.of(&s.op) < HARDLY_AT_ALL)
    }

    /// What the words ask for beyond doubt, instead of a question; without a picture only what is drawn.
    fn unasked(&self, question: &Question, opinion: &Opinion) -> Option<Answer> {
        if let Some(answer) = crate::plan::follow::likely(self.normal, self.tokens, self.ctx) {
            return Some(answer);
        }
        let drawn = |plan: &Plan| plan.steps.first().is_some_and(|s| s.op == "generate");
        self.filled(opinion).filter(|answer| question.id != NEEDS_PICTURE || matches!(answer, Answer::Plan(plan) if drawn(plan)))
    }

    /// All words as the operation that the opinion names.
    fn all_named(&self, opinion: &Opinion) -> Option<Vec<Step>> {
        match self.as_named(&self.whole(), opinion, &self.scene(&State::default()))?.built {
            Built::Steps(steps) => Some(steps),
            _ => None,
        }
    }

    /// Whether all pictures that the steps work on are there.
    pub(super) fn are_there(&self, steps: &[Step]) -> bool {
        let state = State { steps: steps.to_vec(), ..State::default() };
        self.missing_picture(&state).is_none() && self.missing_reference(&[], &state).is_none()
    }

    /// The question whether a plan is meant that such words hardly ask for, or what they ask for instead.
    fn doubted(&self, plan: &Plan, opinion: &Opinion) -> Option<Answer> {
        let ops: Vec<&str> = plan.steps.iter().map(|s| s.op.as_str()).collect();
        // What usually has to be asked about is no other operation.
        let without = |more: &[&str]| opinion.likeliest(&[&ops[..], more].concat());
        let (other, chance) = match without(&[ASK])? {
            // A fault that is told sounds a little like talk.
            (NONE, chance) if chance < RATHER => without(&[ASK, NONE])?,
            likeliest => likeliest,
        };
        let sibling = |s: &Step| is_sibling(&s.op, other);
        let bar = match chance {
            c if c >= RATHER => UNLIKELY,
            c if c >= SOME => HARDLY,
            _ => 0.0,
        };
        // An edit too many: neither the message nor any clause of it asks for it.
        let clauses = clause::split(self.tokens);
        let most = |op: &str| clauses.iter().map(|c| self.opinion_of(c).of(op)).fold(opinion.of(op), f32::max);
        let too_many =
            |s: &Step| plan.steps.len() > 1 && most(&s.op) < ONE_TOO_MANY && !plan.steps.iter().any(|of| is_sibling(&of.op, &s.op));
        let doubtful = |s: &Step| opinion.of(&s.op) < bar || too_many(s);
        // How a plan is said is that plan.
        let text = self.normal.original(0, self.normal.len());
        let joined = |(lang, then): (Lang, &str)| words(plan, lang).join(then);
        let said = || [(Lang::Zh, "，然后"), (Lang::En, ", then ")].into_iter().any(|way| joined(way) == text.trim());
        let short = || learnt::features_of(&self.normal.slice(0, self.normal.len())).len() < FEW;
        // Nothing in the words sounds like it, and such words usually have to be asked about.
        let unheard = opinion.of(ASK) >= BELIEVED
            && !self.tokens.iter().any(|t| t.is_exact() || matches!(t.kind, Kind::Format(_)))
            && ops.iter().all(|op| opinion.of(op) < SOME);
        // "生成一张PNG": a file and nothing else is named.
        let file = ops == ["export"] && self.tokens.iter().all(|t| t.kind != Kind::Unknown && !matches!(t.kind, Kind::Thing(..)));
        let sure = file || chance < MISSED && !plan.steps.iter().any(doubtful) && !unheard;
        if sure || plan.steps.iter().any(sibling) || short() || said() {
            return None;
        }
        let option = |steps: Vec<Step>| {
            let plan = compose::plan(steps);
            QuestionOption { label: label(&plan), plan }
        };
        let mut options = vec![option(plan.steps.clone())];
        let rest: Vec<Step> = plan.steps.iter().filter(|s| !doubtful(s)).cloned().collect();
        options.extend((!rest.is_empty()).then(|| option(rest)));
        let named = self.all_named(opinion);
        // Such words hardly ask for the plan at all, and all that is said stands in the other one.
        let hardly = plan.steps.iter().all(|s| opinion.of(&s.op) < HARDLY_AT_ALL) && chance >= DECIDES;
        if let Some(steps) = named.as_ref().filter(|steps| hardly && account::stands_in(&self.whole(), steps) && self.are_there(steps)) {
            return Some(Answer::Plan(compose::plan(steps.clone())));
        }
        options.extend(named.map(option));
        options.dedup_by(|a, b| a.plan == b.plan);
        if options.len() == 1 {
            options.push(option(vec![Step::new("describe")]));
        }
        options.retain(|o| self.are_there(&o.plan.steps));
        if options.len() < 2 {
            return None;
        }
        Some(Answer::Question(Question {
            id: "q1".into(),
            text: Text::new(
                "我不太确定是不是这个意思，请选一个，或换个说法：",
                "I am not sure that I read this right. Please choose, or say it in other words:",
            ),
            part: self.normal.original(0, self.normal.len()),
            options,
        }))
    }
}

/// The plan with what its words say of a step without naming it: stickers that move, pictures joined one below the other.
fn with_kinds(plan: &Plan, opinion: &Opinion) -> Plan {
    let mut plan = plan.clone();
    for step in &mut plan.steps {
        let (name, told): (&str, fn(&str) -> Value) = match step.op.as_str() {
            "stickers" => ("animated", |kind| (kind == "animated").into()),
            "stitch" => ("direction", |kind| kind.into()),
            _ => continue,
        };
        if let Some(kind) = opinion.kind(&step.op, KIND_SURE).filter(|kind| !step.params.contains_key(name) && !USUAL.contains(kind)) {
            step.params.insert(name.into(), told(kind));
        }
    }
    plan
}

/// Whether a step of `op` may be what words for `other` ask for.
pub(super) fn is_sibling(op: &str, other: &str) -> bool {
    SIBLINGS.iter().any(|(one, others)| op == *one && others.contains(&other))
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

/// Operations on the whole picture: what it shows is only told.
const ON_THE_WHOLE: &[&str] = &[
    "compose",
    "stitch",
    "cover",
    "poster",
    "mockup",
    "stickers",
    "upscale",
    "denoise",
    "deblur",
    "sharpen",
    "restore",
    "colorize",
    "enhance",
    "fit",
    "export",
    "resize",
    "rotate",
    "flip",
    "split",
    "describe",
    "generate",
    "text.read",
    "text.translate",
    "text.replace",
    "text.remove",
    "text.add",
    "watermark",
    "match",
    "place",
];

/// Whether the colours, things, pictures and places that were named stand in the steps.
pub(super) fn names_stand(tokens: &[Token], steps: &[Step]) -> bool {
    let said = steps
        .iter()
        .map(|s| format!("{} {}", Value::Object(s.params.clone()), s.input.as_ref().map(|i| i.to_string()).unwrap_or_default()));
    let said: String = said.collect();
    let whole = steps.iter().all(|s| ON_THE_WHOLE.contains(&s.op.as_str()));
    let shaped = steps.iter().any(|s| s.params.contains_key("aspect"));
    let turned = steps.iter().all(|s| matches!(s.op.as_str(), "rotate" | "flip" | "stitch" | "compose"));
    // "a reflection underneath the bottle", "右下角那些字"
    let placed = |place: &str| {
        let grounded = place == "bottom" && steps.iter().any(|s| s.params.contains_key("shadow"));
        let sided = steps.iter().any(|s| s.params.get("target").is_some_and(|t| t.get("which").is_some()));
        let mut sides = place.split('-');
        grounded || turned || if sided { sides.any(|side| said.contains(side)) } else { sides.all(|side| said.contains(side)) }
    };
    tokens.iter().all(|t| match &t.kind {
        Kind::Colour(colour) => said.contains(colour.as_str()),
        Kind::Thing(Thing::Object, label) => said.contains(label) || whole,
        Kind::Ref(Ref::Image(ImageRef::Image(n))) if *n >= 2 => said.contains(&format!("image:{n}")),
        Kind::Ref(Ref::Image(ImageRef::Version(n))) => said.contains(&format!("version:{n}")),
        Kind::Place(place) => placed(place),
        // "裁成 IG 的正方形": the shape is what is asked for there.
        Kind::Platform(name) => shaped || name.split('.').next().is_some_and(|of| said.contains(of)),
        _ => true,
    })
}
