//! Steps by what was learnt and by the words' own values: where no row of the table reads a message, yet the learnt reading has no doubt which operations it asks for, each
//! of them takes its values from the clauses that speak of it. What is said exactly has to stand in the steps all the same.

use super::answer::contradictory;
use super::opinion::{is_sibling, names_stand};
use super::*;
use crate::plan::account;
use crate::plan::learnt::{ASK, COMMAND, NONE};
use crate::plan::resolve::{RULES, beyond_detection, described, forced, of_kind, plain, targets};
use crate::plan::token::Set;
use crate::plan::types::{Command, CommandName, Question, QuestionOption};

/// From here on an operation is asked for without doubt …
const CERTAIN: f32 = 0.5;
/// … or from here on, where nothing else is as likely as [`BESIDE`] …
const LONE: f32 = 0.4;
const BESIDE: f32 = 0.1;
/// … where nothing else is as likely as this.
const ELSE: f32 = 0.2;

/// Of a clause: from here on it tells something and asks for nothing.
const STORY: f32 = 0.3;

/// Operations that take a value which may be anything: a strange word may be just that.
const OPEN_VALUES: &[&str] = &[
    "export",
    "background",
    "recolor",
    "mockup",
    "text.translate",
    "fit",
    "swap",
    "filter",
    "resize",
    "cover",
    "erase",
    "redact",
    "place",
    "match",
    "compose",
    "watermark",
    "text.add",
];

/// Of a clause: from here on it speaks of an operation.
const SPEAKS: f32 = 0.15;

/// Of a clause: from here on a plan without its operation passes over it …
const PASSED_OVER: f32 = 0.8;
/// … and from here on the operation is added.
const ADDED: f32 = 0.85;

/// From this share of an operation's chance on its kind is told by what was learnt.
const KIND_TOLD: f32 = 0.4;

/// Operations on a part: a strange word may name another one than is known.
const ON_A_PART: &[&str] = &["erase", "recolor", "redact", "cutout", "select", "swap", "revert", "adjust", "repaint"];

/// Operations that are told what to draw in free words.
const DRAWN: &[&str] = &["generate", "restyle", "repaint"];

/// Operations that write words on the picture.
const WRITTEN: &[&str] = &["cover", "poster", "text.add", "watermark", "stickers"];

fn is_command(token: &Token) -> bool {
    matches!(token.kind, Kind::Verb(Verb::Undo | Verb::Redo | Verb::Reset | Verb::Compare | Verb::GoBack | Verb::Again))
}

impl Reader<'_> {
    /// What the whole message asks for, where that is beyond doubt by its words' likeness and complete by its values.
    pub(super) fn filled(&self, opinion: &Opinion) -> Option<Answer> {
        let clauses = clause::split(self.tokens);
        let mut ops: Vec<&str> = opinion.operations().filter(|(_, p)| *p >= CERTAIN).map(|(op, _)| op).collect();
        // Less will do where nothing else is likely at all.
        let lone = opinion.likeliest(&[]).filter(|(op, p)| *p >= LONE && opinion.likeliest(&[op]).is_none_or(|(_, p)| p < BESIDE));
        ops.extend(lone.map(|(op, _)| op).filter(|op| !ops.contains(op)));
        // What one clause asks for alone is asked for, though the rest of a long message speaks of other things.
        for clause in &clauses {
            let own = self.opinion_of(clause);
            let (op, chance) = own.likeliest(&[])?;
            let known = [NONE, ASK, COMMAND].contains(&op) || ops.contains(&op);
            let here = chance >= PASSED_OVER || (chance >= CERTAIN && opinion.of(op) >= ELSE);
            if here && !known && !ops.iter().any(|of| is_sibling(of, op)) {
                ops.push(op);
            }
        }
        let within = |class: &str| ops.iter().any(|op| *op == class || is_sibling(op, class));
        let open = opinion.operations().any(|(class, p)| p >= ELSE && !within(class));
        if open || ops.is_empty() || opinion.of(ASK) >= CERTAIN {
            return None;
        }
        if ops == [COMMAND] {
            return self.commanded(opinion);
        }
        if self.tokens.iter().any(is_command) || (ops.iter().any(|op| WRITTEN.contains(op)) && self.announces()) {
            return None;
        }
        let told: Vec<Clause> = clauses.into_iter().filter(|clause| !self.is_story(clause)).collect();
        let open_value = ops.iter().any(|op| OPEN_VALUES.contains(op)) && told.iter().any(|clause| self.strange_value(clause));
        let taken_back = |t: &Token| matches!(t.kind, Kind::Not | Kind::Leave | Kind::TakesBack | Kind::Set(Set::Except));
        let kept = open_value || told.iter().any(|clause| clause.negated || clause.tokens.iter().any(taken_back));
        if kept || ops.iter().any(|op| [NONE, ASK, COMMAND].contains(op)) {
            return None;
        }
        let tokens: Vec<Token> = told.iter().flat_map(|clause| clause.tokens.iter().cloned()).collect();
        let mut steps: Vec<Step> = vec![];
        for (op, clause) in self.spoken_of(&ops, told)? {
            // "rotate left, then right"
            let mut ways: Vec<&Kind> =
                clause.tokens.iter().map(|t| &t.kind).filter(|k| matches!(k, Kind::Place(_) | Kind::Spin(_))).collect();
            ways.dedup();
            if matches!(op, "rotate" | "flip") && ways.len() > 1 {
                return None;
            }
            let step = self.step_of(op, &clause, &steps)?;
            compose::append(&mut steps, vec![step]);
        }
        let mut shapes: Vec<String> =
            tokens.iter().filter_map(|t| if let Kind::Aspect(a) = t.kind { Some(a.text()) } else { None }).collect();
        shapes.dedup();
        let own = steps.iter().any(|s| of_itself(s, self.ctx));
        if contradictory(&steps).is_some() || clause::split(self.tokens).iter().any(|clause| self.forbids(clause, &steps)) {
            return None;
        }
        let all = Clause { tokens, ..Clause::default() };
        let stands = account::stands_in(&all, &steps) && names_stand(&all.tokens, &steps) && shapes.len() < 2 && !own;
        (stands && self.are_there(&steps)).then(|| Answer::Plan(compose::plan(steps)))
    }

    /// Whether strange words follow a colon: they may be what is to be written.
    fn announces(&self) -> bool {
        let colon = |t: &Token| matches!(self.normal.slice(t.start, t.end).trim(), ":" | "：");
        let at = self.tokens.iter().position(colon);
        at.is_some_and(|at| self.tokens[at..].iter().any(|t| t.kind == Kind::Unknown))
    }

    /// Whether a clause tells something and asks for nothing, by the likeness of its words.
    pub(super) fn is_story(&self, clause: &Clause) -> bool {
        let own = self.opinion_of(clause);
        own.likeliest(&[]).is_some_and(|(class, p)| class == NONE && p >= STORY)
            && own.likeliest(&[NONE, ASK]).is_none_or(|(_, p)| p < SPEAKS)
    }

    /// A clause that was taken for talk and asks for one operation more: the plan with it, or the question whether it is meant.
    pub(super) fn overlooked(&self, plan: &Plan, opinion: &Opinion) -> Option<Answer> {
        let mut before = 0;
        for clause in clause::split(self.tokens) {
            let own = self.opinion_of(&clause);
            let (op, chance) = own.likeliest(&[])?;
            if let Some(at) = plan.steps.iter().position(|s| s.op == op) {
                before = before.max(at + 1);
            }
            if chance < PASSED_OVER || !self.asks_for_more(&clause, op, plan) {
                continue;
            }
            let holds = |answer: &Answer| matches!(answer, Answer::Plan(whole) if whole.steps.iter().any(|s| s.op == op));
            if let Some(answer) = self.filled(opinion).filter(holds) {
                return Some(answer);
            }
            let before = before.min(plan.steps.iter().take_while(|s| s.op != "export").count());
            let step = self.step_of(op, &clause, &plan.steps[..before]).filter(|step| {
                let alone = std::slice::from_ref(step);
                account::stands_in(&clause, alone) && names_stand(&clause.tokens, alone)
            });
            let Some(step) = step else {
                let state = State { steps: plan.steps.clone(), ..State::default() };
                return Some(Answer::Question(self.half_understood(&[&clause], &state)));
            };
            let mut steps = plan.steps[..before].to_vec();
            compose::append(&mut steps, vec![step]);
            compose::append(&mut steps, plan.steps[before..].to_vec());
            steps.iter_mut().for_each(|s| s.id.clear());
            let whole = compose::plan(steps);
            if whole.steps == plan.steps {
                continue;
            }
            if chance >= ADDED && opinion.of(op) >= SPEAKS {
                return Some(Answer::Plan(whole));
            }
            let option = |plan: Plan| QuestionOption { label: label(&plan), plan };
            return Some(Answer::Question(Question {
                id: "q1".into(),
                text: Text::new("这一步也要做吗？", "Is that wanted as well?"),
                part: self.words(&clause),
                options: vec![option(whole), option(plan.clone())],
            }));
        }
        None
    }

    /// Whether a clause that likely asks for `op` says something that does not stand in the plan.
    fn asks_for_more(&self, clause: &Clause, op: &str, plan: &Plan) -> bool {
        // A verb alone says nothing that was not read.
        let alone = clause.tokens.iter().filter(|t| clause::weight(&t.kind) > 0 || t.kind == Kind::Unknown).count() < 2;
        let known = [NONE, ASK, COMMAND].contains(&op) || plan.steps.iter().any(|s| s.op == op || is_sibling(&s.op, op));
        let told = || mood::overdone(clause, self.normal) || self.words(clause).contains('太');
        if alone || known || clause.negated || clause.reason || told() {
            return false;
        }
        let value = |t: &Token| {
            matches!(t.kind, Kind::Number(_) | Kind::Aspect(_) | Kind::Size(..) | Kind::Quoted(_) | Kind::Format(_) | Kind::Colour(_))
        };
        let valued = clause.tokens.iter().any(value) && !clause.any(clause::Class::Device);
        let named = || clause.any(clause::Class::Quoted) || names_stand(&clause.tokens, &plan.steps);
        !(valued && account::stands_in(clause, &plan.steps) && named())
    }

    /// The clauses that speak of each operation, in the order that they are said; nothing where one is not spoken of by itself.
    fn spoken_of<'b>(&self, ops: &[&'b str], told: Vec<Clause>) -> Option<Vec<(&'b str, Clause)>> {
        let mut out: Vec<(&str, Clause)> = vec![];
        // "order me 20 prints": what is strange has its own values.
        let strange = |t: &Token| t.kind == Kind::Unknown;
        let values = |c: &Clause| c.tokens.iter().any(|t| clause::class(&t.kind).is_some()) && !c.tokens.iter().any(strange);
        for clause in self.in_order(told) {
            let own = self.opinion_of(&clause);
            let likeliest = ops.iter().copied().max_by(|a, b| own.of(a).total_cmp(&own.of(b)))?;
            let named = own.of(likeliest) >= SPEAKS && own.of(likeliest) > own.of(NONE);
            match out.last_mut() {
                Some((op, said)) if (named && *op == likeliest) || (!named && values(&clause)) => said.tokens.extend(clause.tokens),
                None if ops.len() == 1 && values(&clause) => out.push((ops[0], clause)),
                _ if named => out.push((likeliest, clause)),
                _ => {}
            }
        }
        if out.is_empty() && ops.len() == 1 {
            out.push((ops[0], self.whole()));
        }
        // What is drawn is all that is said of it.
        if let ([op], Some((_, first))) = (ops, out.first())
            && DRAWN.contains(op)
        {
            let from = first.range().0;
            let tokens = self.tokens.iter().filter(|t| t.start >= from).cloned().collect();
            out = vec![(*op, Clause { tokens, ..first.clone() })];
        }
        let once = ops.iter().all(|op| out.iter().filter(|(of, _)| of == op).count() == 1);
        once.then_some(out)
    }

    /// One operation with the values that its clauses have.
    fn step_of(&self, op: &str, said: &Clause, before: &[Step]) -> Option<Step> {
        let state = State { steps: before.to_vec(), ..State::default() };
        self.step_in(op, said, &self.scene(&state))
    }

    /// A clause as the operation that its words ask for beyond doubt, with the values that it has.
    pub(super) fn as_filled(&self, clause: &Clause, opinion: &Opinion, scene: &Scene) -> Option<Resolved> {
        let (op, chance) = opinion.likeliest(&[])?;
        let open = opinion.likeliest(&[op]).is_some_and(|(_, p)| p >= ELSE);
        let taken_back = |t: &Token| matches!(t.kind, Kind::Not | Kind::Leave | Kind::TakesBack | Kind::Set(Set::Except));
        if chance < CERTAIN || open || [NONE, ASK, COMMAND].contains(&op) || clause.negated || clause.tokens.iter().any(taken_back) {
            return None;
        }
        let step = self.step_in(op, clause, scene)?;
        let alone = std::slice::from_ref(&step);
        let stands = account::stands_in(clause, alone) && names_stand(&clause.tokens, alone) && !of_itself(&step, self.ctx);
        let rule = RULES.iter().find(|rule| rule.op == op)?;
        stands.then(|| Resolved { rule, built: Built::one(step), explained: 1, missed: 0, strange: 0, unread: vec![] })
    }

    fn step_in(&self, op: &str, said: &Clause, scene: &Scene) -> Option<Step> {
        if op == "text.replace" && !said.tokens.iter().any(|t| matches!(t.kind, Kind::Quoted(_))) {
            return self.bare_replacement(said);
        }
        let drawn = DRAWN.contains(&op);
        let known: Vec<Token> = said.tokens.iter().filter(|t| drawn || t.kind != Kind::Unknown).cloned().collect();
        let known = Clause { tokens: known, ..said.clone() };
        // How something looks is told in strange words; what is to be changed must be known.
        let part = if op == "adjust" { &known } else { said };
        if ON_A_PART.contains(&op) && (beyond_detection(part, scene) || described(part, scene)) {
            return None;
        }
        if op == "repaint"
            && let Some(what) = crate::plan::resolve::description(said, scene)
            && let Some(target) =
                if self.ctx.mask { Some(json!({"kind": "mask", "mask": "upload"})) } else { targets(said, scene).into_iter().next() }
        {
            return Some(Step::new("repaint").with("target", target).with("prompt", what));
        }
        let opinion = self.opinion_of(said);
        let by_table =
            forced(&known, scene, op).into_iter().filter(|(_, r)| drawn || !r.rule.free).find_map(|(_, read)| match read.built {
                Built::Steps(steps) => <[Step; 1]>::try_from(steps).ok().map(|[step]| step).filter(|step| step.op == op),
                _ => None,
            });
        let kind = opinion.kind(op, KIND_TOLD * opinion.of(op));
        // "add a filter": what is open although every word is known is asked about.
        let strange = said.tokens.iter().any(|t| t.kind == Kind::Unknown);
        let open = !strange && said.tokens.iter().filter(|t| clause::weight(&t.kind) > 0).count() < 2;
        let fills = matches!(op, "background" | "crop" | "redact") && known.colours().is_empty() && known.refs().is_empty();
        let told = by_table.or_else(|| of_kind(op, kind.filter(|_| strange || fills)?, &known, scene));
        told.or_else(|| plain(op, &known, scene).filter(|_| !open))
    }

    /// "把Login换成登录", "change Open to Closed": what stands before and after the change, without quotes.
    fn bare_replacement(&self, said: &Clause) -> Option<Step> {
        const BETWEEN: &[&str] = &["to", "with", "by", "into", "for", "as"];
        let word = |t: &Token| self.normal.slice(t.start, t.end);
        let tokens: Vec<&Token> = said.tokens.iter().filter(|t| !matches!(t.kind, Kind::Punct | Kind::Space)).collect();
        let at = tokens.iter().position(|t| matches!(t.kind, Kind::Verb(Verb::Change | Verb::Swap)))?;
        let han = word(tokens[at]).chars().any(crate::text::is_han);
        let (find, with) = if han {
            let from = tokens[..at].iter().rposition(|t| t.kind == Kind::Ba).map_or(0, |i| i + 1);
            (&tokens[from..at], &tokens[at + 1..])
        } else {
            let to = (at + 1..tokens.len()).find(|&i| BETWEEN.contains(&word(tokens[i]).as_str()))?;
            (&tokens[at + 1..to], &tokens[to + 1..])
        };
        let text = |part: &[&Token]| {
            let strange = |t: &&Token| matches!(t.kind, Kind::Unknown);
            let light = |t: &&Token| strange(t) || matches!(t.kind, Kind::Filler);
            let (first, last) = (part.iter().position(strange)?, part.iter().rposition(strange)?);
            let whole = part.iter().all(light) && last - first < 4;
            whole.then(|| self.normal.original(part[first].start, part[last].end).trim().to_owned()).filter(|t| !t.is_empty())
        };
        Some(Step::new("text.replace").with("find", text(find)?).with("with", text(with)?))
    }

    /// Undo and alike, by what was learnt.
    fn commanded(&self, opinion: &Opinion) -> Option<Answer> {
        let original = |t: &Token| t.kind == Kind::Ref(Ref::Image(ImageRef::Original));
        let values = |t: &Token| !original(t) && matches!(t.kind, Kind::Number(_) | Kind::Ref(_) | Kind::Ordinal(_) | Kind::Quoted(_));
        let mut versions: Vec<usize> = self.tokens.iter().filter_map(version).collect();
        versions.dedup();
        if self.ctx.versions == 0 || self.ctx.attached > 0 {
            return None;
        }
        let plain = |name| Answer::Command(Command { name, version: None, a: None, b: None, recipe: None });
        match opinion.kind(COMMAND, KIND_TOLD * opinion.of(COMMAND))? {
            "reset" => Some(plain(CommandName::Reset)),
            "checkout" if versions.len() == 1 => session::checkout(versions[0], self.ctx),
            "compare" if versions.len() == 2 => session::compare(&versions, false, self.ctx),
            _ if self.tokens.iter().any(values) => None,
            "compare" if self.tokens.iter().any(original) => session::compare(&[], true, self.ctx),
            _ if self.tokens.iter().any(original) => None,
            "undo" => Some(plain(CommandName::Undo)),
            "redo" => Some(plain(CommandName::Redo)),
            "compare" => Some(plain(CommandName::Compare)),
            _ => None,
        }
    }
}

/// Whether a step would bring the picture that it works on into itself.
pub(super) fn of_itself(step: &Step, ctx: &Context) -> bool {
    let input = step.input.clone().unwrap_or(if ctx.attached > 0 { ImageRef::Image(1) } else { ImageRef::Current });
    ctx.attached != 1
        && ["image", "with", "to"].iter().any(|name| step.params.get(*name).and_then(Value::as_str) == Some(&input.to_string()))
}

/// The version that a token names.
fn version(token: &Token) -> Option<usize> {
    match token.kind {
        Kind::Ref(Ref::Image(ImageRef::Version(n))) => Some(n),
        Kind::Ordinal(n) => Some(n as usize),
        _ => None,
    }
}
