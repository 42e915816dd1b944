//! The planner reads what people write: a labelled corpus, our own sentences, and every operation's own examples.

use portico::plan::{self, Answer, Context, ImageRef, Plan, Reading, Step};
use serde_json::{Value, json};

const CORPUS: &str = include_str!("../fixtures/corpus/instructions.jsonl");

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    /// The labelled reading.
    Exact,
    /// The same operations on the same targets; an amount or a look differs.
    Near,
    /// A question where a reading was wanted.
    Asked,
    /// Another edit or target.
    Wrong,
}

fn dig<'a>(params: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(params, |v, key| v.get(key))
}

fn same(got: &Value, want: &Value) -> bool {
    match (got, want) {
        (Value::String(a), Value::String(b)) => a.trim().to_lowercase() == b.trim().to_lowercase(),
        (Value::Number(_), Value::Number(_)) => (got.as_f64().unwrap() - want.as_f64().unwrap()).abs() < 1e-6,
        _ => got == want,
    }
}

/// Keys that say what is edited; all others say how much or how it looks.
const WHAT: &[&str] = &["target.kind", "target.which", "target.index", "target.count", "target.label", "with", "image", "input"];

fn step_fits(want: &Value, step: &Step, only: Option<&[&str]>) -> bool {
    if want["op"] != json!(step.op) {
        return false;
    }
    let params = Value::Object(step.params.clone());
    want.as_object().unwrap().iter().filter(|(k, _)| *k != "op" && only.is_none_or(|o| o.contains(&k.as_str()))).all(|(key, value)| {
        let got = if key == "input" { step.input.as_ref().map(|i| json!(i.to_string())) } else { dig(&params, key).cloned() };
        match got {
            None => (key == "target.which" && value == "all") || (key == "scratches" && value == &json!(true)) || (key.ends_with(".index") && value == &json!(1)),
            Some(got) => same(&got, value),
        }
    })
}

fn judge_one(want: &Value, answer: &Answer) -> Verdict {
    let steps: &[Step] = match answer {
        Answer::Plan(plan) => &plan.steps,
        _ => &[],
    };
    let acted = matches!(answer, Answer::Plan(_) | Answer::Command(_));
    let not_acted = if acted { Verdict::Wrong } else { Verdict::Asked };
    if want.get("question").is_some() {
        return if matches!(answer, Answer::Question(_)) { Verdict::Exact } else { not_acted };
    }
    if want.get("chat").is_some() {
        return if matches!(answer, Answer::Reply(_)) { Verdict::Exact } else { not_acted };
    }
    if let Some(command) = want.get("command") {
        let Answer::Command(got) = answer else { return not_acted };
        let got = serde_json::to_value(got).unwrap();
        return if command.as_object().unwrap().iter().all(|(k, v)| got.get(k).is_some_and(|g| same(g, v))) { Verdict::Exact } else { Verdict::Wrong };
    }
    if steps.is_empty() {
        return not_acted;
    }
    let wanted = want["steps"].as_array().unwrap();
    let all = |only: Option<&[&str]>| wanted.len() == steps.len() && wanted.iter().zip(steps).all(|(w, s)| step_fits(w, s, only));
    if all(None) {
        Verdict::Exact
    } else if all(Some(WHAT)) {
        Verdict::Near
    } else {
        Verdict::Wrong
    }
}

fn judge(row: &Value, answer: &Answer) -> Verdict {
    let also = row.get("also").and_then(Value::as_array).cloned().unwrap_or_default();
    std::iter::once(&row["expect"]).chain(&also).map(|want| judge_one(want, answer)).min().unwrap()
}

fn context(attached: usize, versions: usize) -> Context {
    Context { attached, versions, ..Context::default() }
}

fn read(text: &str) -> Reading {
    plan::read(text, &context(1, 0))
}

/// A reading in one line, for comparing and for messages.
fn brief(answer: &Answer) -> String {
    match answer {
        Answer::Plan(plan) => brief_plan(plan),
        Answer::Command(c) => format!("/{}", serde_json::to_string(c).unwrap()),
        Answer::Question(q) => format!("? {} [{}]", q.text.en, q.options.iter().map(|o| brief_plan(&o.plan)).collect::<Vec<_>>().join(" | ")),
        Answer::Reply(r) => format!("\" {}", r.en.chars().take(40).collect::<String>()),
    }
}

fn brief_plan(plan: &Plan) -> String {
    let step = |s: &Step| {
        let mut params: Vec<String> = s.params.iter().map(|(k, v)| format!("{k}={}", v.as_str().map(str::to_owned).unwrap_or_else(|| v.to_string()))).collect();
        params.sort();
        let input = s.input.as_ref().map(|i| format!("@{i} ")).unwrap_or_default();
        format!("{input}{}({})", s.op, params.join(" "))
    };
    plan.steps.iter().map(step).collect::<Vec<_>>().join("; ")
}

#[test]
fn the_labelled_corpus_is_read_as_labelled() {
    let rows: Vec<Value> = CORPUS.lines().filter(|l| !l.trim().is_empty()).map(|l| serde_json::from_str(l).unwrap()).collect();
    let mut tally = std::collections::BTreeMap::new();
    for row in &rows {
        let at = |k: &str| row["context"][k].as_u64().unwrap() as usize;
        let reading = plan::read(row["text"].as_str().unwrap(), &context(at("attached"), at("versions")));
        let verdict = judge(row, &reading.answer);
        *tally.entry(verdict).or_insert(0) += 1;
        if verdict != Verdict::Exact {
            println!("{verdict:?} {} {} -> {} | wanted {}", row["id"], row["text"], brief(&reading.answer), row["expect"]);
        }
    }
    println!("{tally:?} of {}", rows.len());
}

#[test]
fn every_operation_is_understood_by_its_own_sentences_and_not_by_others() {
    let mut missed = Vec::new();
    for (name, speech) in portico::ops::speech::DECLARED {
        assert!(speech.means.len() >= 10 && speech.not.len() >= 5, "{name} declares too few sentences");
        let planned = |text: &str| matches!(read(text).answer, Answer::Plan(p) if p.steps.iter().any(|s| s.op == *name));
        missed.extend(speech.means.iter().filter(|t| !planned(t)).map(|t| format!("{name}: {t} -> {}", brief(&read(t).answer))));
        missed.extend(speech.not.iter().filter(|t| planned(t)).map(|t| format!("not {name}: {t} -> {}", brief(&read(t).answer))));
    }
    assert!(missed.is_empty(), "{missed:#?}");
}
