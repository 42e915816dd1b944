//! Learns `src/plan/data/wishes.bin` from the labelled phrases: `cargo run --release --example learn [-- --check]`.
//!
//! One logistic regression per operation (binary cross-entropy, AdaGrad, L2), as the field does it. `--check` leaves every fifth row of the corpus out in turn and
//! prints how well those are told, before it writes anything.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use anyhow::Context as _;
use portico::ops::speech::DECLARED;
use portico::plan::learnt::{ASK, COMMAND, FOLLOW, KIND, NONE, Weights, digest, features_of};
use portico::plan::{Answer, Context, read, words};
use portico::text::Lang;
use serde_json::Value;

const EPOCHS: usize = 30;
const RATE: f32 = 0.5;
/// Steps of a weight below which it is left out.
const LEAST: u8 = 2;
/// Of each weight, as often as its feature is seen.
const L2: f32 = 4e-6;

/// What is learnt from.
struct Rows {
    found: Vec<Vec<u32>>,
    /// Operations and, where they are known, their kinds: `adjust adjust:brightness+`.
    ops: Vec<Vec<String>>,
    /// It stands in the corpus; others are phrases.
    in_corpus: Vec<bool>,
    classes: Vec<String>,
    source: u64,
}

impl Rows {
    fn read(root: &Path) -> anyhow::Result<Rows> {
        let corpus = std::fs::read_to_string(root.join("tests/corpus/tuned.jsonl"))?;
        let phrases = std::fs::read_to_string(root.join("tests/corpus/phrases.tsv"))?;
        let sentences = std::fs::read_to_string(root.join("tests/fixtures/corpus/sentences.txt"))?;
        let source = digest(&[corpus.as_bytes(), phrases.as_bytes(), sentences.as_bytes()]);
        let mut rows = Rows { found: vec![], ops: vec![], in_corpus: vec![], classes: vec![], source };
        for line in corpus.lines() {
            let row: Value = serde_json::from_str(line)?;
            // What goes on from the last plan cannot be told from its words.
            if let (Some(text), Some(ops), None) = (row["text"].as_str(), asked_for(&row["expect"]), row["context"].get("last")) {
                rows.add(text, ops, true);
            }
        }
        for line in phrases.lines() {
            let (ops, text) = line.split_once('\t').with_context(|| format!("no tab in {line}"))?;
            rows.add(text, labels(ops), false);
        }
        for line in sentences.lines().filter(|l| !l.starts_with('#')) {
            // Plans only: `[1,0] crop to 1:1 => crop(aspect=1:1); export()`.
            let Some((left, reading)) = line.split_once(" => ") else { continue };
            let text = left.strip_prefix('[').and_then(|l| l.split_once("] ")).map_or(left, |(_, text)| text);
            let ops = if reading == "?" { vec![ASK.to_owned()] } else { operations(reading) };
            if !ops.is_empty() {
                rows.add(text, ops, false);
            }
        }
        // How plans are said, so that they are known by those words too.
        let mut seen = BTreeSet::new();
        for row in corpus.lines().map(serde_json::from_str::<Value>).collect::<Result<Vec<_>, _>>()? {
            let at = |k: &str| row["context"][k].as_u64().unwrap_or(0) as usize;
            let context = Context { attached: at("attached"), versions: at("versions"), ..Context::default() };
            let Answer::Plan(plan) = read(row["text"].as_str().unwrap_or_default(), &context).answer else { continue };
            let ops: Vec<String> = plan.steps.iter().map(|s| s.op.clone()).collect();
            if asked_for(&row["expect"]).as_ref() == Some(&ops) {
                for said in [words(&plan, Lang::Zh).join("，然后"), words(&plan, Lang::En).join(", then ")] {
                    if seen.insert(said.clone()) {
                        rows.add(&said, ops.clone(), false);
                    }
                }
            }
        }
        for (name, speech) in DECLARED {
            speech.means.iter().for_each(|text| rows.add(text, vec![(*name).to_owned()], false));
        }
        rows.classes = rows.ops.iter().flatten().cloned().collect::<BTreeSet<_>>().into_iter().collect();
        Ok(rows)
    }

    fn add(&mut self, text: &str, ops: Vec<String>, in_corpus: bool) {
        self.found.push(features_of(text));
        self.ops.push(ops);
        self.in_corpus.push(in_corpus);
    }
}

/// The operations of a written reading: the word before each bracket that opens a step's parameters.
fn operations(reading: &str) -> Vec<String> {
    let steps = reading.split("; ").filter_map(|step| step.split_once('('));
    let names = steps.map(|(name, _)| name.rsplit(' ').next().unwrap_or(name));
    names.filter(|n| n.chars().all(|c| c.is_ascii_lowercase() || c == '.')).map(str::to_owned).collect()
}

/// `adjust:hue export` as `adjust adjust:hue export`.
fn labels(written: &str) -> Vec<String> {
    let mut out: Vec<String> = vec![];
    for label in written.split(' ') {
        if let Some((op, _)) = label.split_once(KIND).filter(|(op, _)| *op != FOLLOW) {
            out.push(op.to_owned());
        }
        out.push(label.to_owned());
    }
    out.dedup();
    out
}

/// The operations that a row asks for, with their kinds.
fn asked_for(expect: &Value) -> Option<Vec<String>> {
    if expect.get("chat").is_some() {
        return Some(vec![NONE.into()]);
    }
    if let Some(command) = expect.get("command") {
        let name = command["command"].as_str().or(command["name"].as_str())?;
        return Some(vec![COMMAND.into(), format!("{COMMAND}{KIND}{name}")]);
    }
    if expect.get("question").is_some() {
        return Some(vec![ASK.into()]);
    }
    let mut out: Vec<String> = vec![];
    for step in expect["steps"].as_array()? {
        let op = step["op"].as_str()?;
        out.push(op.to_owned());
        out.extend(kinds_of(op, step).into_iter().map(|kind| format!("{op}{KIND}{kind}")));
    }
    Some(out)
}

/// The kinds that a labelled step shows.
fn kinds_of(op: &str, step: &Value) -> Vec<String> {
    let word = |name: &str| step[name].as_str().map(str::to_owned).into_iter().collect::<Vec<_>>();
    let flags = |names: &[&str]| -> Vec<String> {
        names.iter().filter(|n| step[**n] == true || step[**n].as_f64().is_some_and(|v| v > 0.0)).map(|n| (*n).to_owned()).collect()
    };
    match op {
        "adjust" => ["brightness", "contrast", "saturation", "temperature", "highlights", "shadows"]
            .iter()
            .filter_map(|name| step[*name].as_f64().map(|v| format!("{name}{}", if v < 0.0 { '-' } else { '+' })))
            .collect(),
        "filter" => word("name"),
        "rotate" if step["auto"] == true => vec!["auto".into()],
        "rotate" => match step["degrees"].as_i64() {
            Some(90 | -270) => vec!["90".into()],
            Some(-90 | 270) => vec!["-90".into()],
            Some(180 | -180) => vec!["180".into()],
            _ => vec![],
        },
        "flip" => word("axis"),
        "background" => word("fill"),
        "redact" => word("style"),
        "crop" if step["aspect"].is_string() => vec!["aspect".into()],
        "crop" => word("to"),
        "retouch" => flags(&["skin", "blemishes", "teeth", "eyes"]),
        "restore" => flags(&["scratches", "colorize"]),
        "mockup" => word("device"),
        "compose" => word("layout"),
        "stitch" => word("direction"),
        "stickers" => flags(&["animated"]),
        _ => vec![],
    }
}

struct Row {
    found: Vec<usize>,
    /// Nothing where the label does not say.
    wanted: Vec<Option<bool>>,
}

/// Whether a row asks for a class; nothing where its label does not say: of which kind an operation is, what a wish of its own after an edit may be.
fn wants(class: &str, asked: &[String]) -> Option<bool> {
    if asked.iter().any(|a| a == class) {
        return Some(true);
    }
    let told = |op: &str| asked.iter().filter_map(|a| a.split_once(KIND)).any(|(of, _)| of == op);
    let open = match class.split_once(KIND) {
        Some((op, _)) => asked.iter().any(|a| a == op) && !told(op),
        None => asked.iter().any(|a| a == NEW),
    };
    (!open).then_some(false)
}

/// The label of a wish of its own after an edit.
const NEW: &str = "follow:new";

fn main() -> anyhow::Result<()> {
    let rows = Rows::read(Path::new(env!("CARGO_MANIFEST_DIR")))?;
    println!("{} rows, {} classes", rows.found.len(), rows.classes.len());
    if std::env::args().any(|a| a == "--check") {
        check(&rows);
    }
    let all: Vec<usize> = (0..rows.found.len()).collect();
    let bytes = learn(&rows, &all).to_bytes();
    println!("{} bytes", bytes.len());
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/plan/data/wishes.bin"), bytes)?;
    Ok(())
}

fn learn(rows: &Rows, which: &[usize]) -> Weights {
    let mut count: HashMap<u32, u32> = HashMap::new();
    which.iter().flat_map(|i| &rows.found[*i]).for_each(|f| *count.entry(*f).or_default() += 1);
    let mut names: Vec<u32> = count.iter().filter(|(_, n)| **n >= 2).map(|(f, _)| *f).collect();
    names.sort_unstable();
    let decay: Vec<f32> = names.iter().map(|f| L2 * which.len() as f32 / count[f] as f32).collect();
    let place: HashMap<u32, usize> = names.iter().enumerate().map(|(i, f)| (*f, i)).collect();
    let data: Vec<Row> = which
        .iter()
        .map(|i| Row {
            found: rows.found[*i].iter().filter_map(|f| place.get(f).copied()).collect(),
            wanted: rows.classes.iter().map(|c| wants(c, &rows.ops[*i])).collect(),
        })
        .collect();
    let k = rows.classes.len();
    let (mut weight, mut seen) = (vec![0f32; names.len() * k], vec![1e-6f32; names.len() * k]);
    let (mut bias, mut bias_seen) = (vec![-3f32; k], vec![1e-6f32; k]);
    for epoch in 0..EPOCHS {
        for step in 0..data.len() {
            // A fixed order that differs from pass to pass.
            let row = &data[(step.wrapping_mul(7919) + epoch * 101) % data.len()];
            let share = 1.0 / (row.found.len().max(1) as f32).sqrt();
            let mut sum = bias.clone();
            for f in &row.found {
                sum.iter_mut().zip(&weight[f * k..]).for_each(|(s, w)| *s += w * share);
            }
            let slope = |(z, wanted): (&f32, &Option<bool>)| wanted.map_or(0.0, |y| 1.0 / (1.0 + (-z).exp()) - f32::from(u8::from(y)));
            let off: Vec<f32> = sum.iter().zip(&row.wanted).map(slope).collect();
            for c in 0..k {
                bias_seen[c] += off[c] * off[c];
                bias[c] -= RATE * off[c] / bias_seen[c].sqrt();
            }
            for f in &row.found {
                for c in 0..k {
                    let at = f * k + c;
                    let slope = off[c] * share + decay[*f] * weight[at];
                    seen[at] += slope * slope;
                    weight[at] -= RATE * slope / seen[at].sqrt();
                }
            }
        }
    }
    let most = weight.iter().fold(0f32, |m, w| m.max(w.abs()));
    let unit = most / 127.0;
    let mut weights = vec![];
    for (i, name) in names.iter().enumerate() {
        let step = |c: usize| (weight[i * k + c] / unit).round() as i8;
        let pairs: Vec<(u8, i8)> = (0..k).map(|c| (c as u8, step(c))).filter(|(_, w)| w.unsigned_abs() >= LEAST).collect();
        if !pairs.is_empty() {
            weights.push((*name, pairs));
        }
    }
    Weights::new(rows.source, rows.classes.clone(), bias, unit, weights)
}

/// How well rows of the corpus are told that were not learnt from.
fn check(rows: &Rows) {
    let corpus: Vec<usize> = (0..rows.found.len()).filter(|i| rows.in_corpus[*i]).collect();
    let mut told = vec![];
    for fold in 0..5 {
        let out: Vec<usize> = corpus.iter().copied().filter(|i| i % 5 == fold).collect();
        let kept: Vec<usize> = (0..rows.found.len()).filter(|i| !out.contains(i)).collect();
        let weights = learn(rows, &kept);
        told.extend(out.iter().map(|i| (*i, weights.chances(&rows.found[*i]))));
    }
    let kinds: Vec<usize> = (0..rows.classes.len()).filter(|c| rows.classes[*c].contains(KIND)).collect();
    kinds_told(rows, &told, &kinds);
    // From here on operations only.
    told.iter_mut().for_each(|(_, p)| kinds.iter().for_each(|c| p[*c] = 0.0));
    let mut one: Vec<(f32, bool)> = told
        .iter()
        .filter(|(i, _)| rows.ops[*i].iter().filter(|o| !o.contains(KIND)).count() == 1)
        .map(|(i, p)| {
            let best = (0..p.len()).max_by(|a, b| p[*a].total_cmp(&p[*b])).unwrap_or(0);
            (p[best], rows.classes[best] == rows.ops[*i][0])
        })
        .collect();
    one.sort_by(|a, b| b.0.total_cmp(&a.0));
    let right = |few: &[(f32, bool)]| few.iter().filter(|(_, r)| *r).count() as f64 / few.len().max(1) as f64;
    println!("one wish: {} rows, {:.1} % right", one.len(), 100.0 * right(&one));
    for from in [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3] {
        let sure: Vec<_> = one.iter().copied().take_while(|(p, _)| *p >= from).collect();
        println!("  from {from}: {:.1} % of them, {:.2} % right", 100.0 * sure.len() as f64 / one.len() as f64, 100.0 * right(&sure));
    }
    // How often the learnt reading would doubt what is right: an asked operation is unlikely and another one likely.
    for (low, high) in [(0.02, 0.0), (0.02, 0.5), (0.05, 0.5), (0.1, 0.5), (0.1, 0.7), (0.2, 0.7), (0.2, 0.9), (1.0, 0.9), (1.0, 0.8)] {
        let doubted = told.iter().filter(|(i, p)| {
            let asked = |c: &String| rows.ops[*i].contains(c) || c.contains(KIND);
            let least = rows.classes.iter().zip(p).filter(|(c, _)| asked(c) && !c.contains(KIND)).map(|(_, p)| *p).fold(1.0, f32::min);
            let other = rows.classes.iter().zip(p).filter(|(c, _)| !asked(c)).map(|(_, p)| *p).fold(0.0, f32::max);
            least < low && other >= high
        });
        println!("  one asked below {low} and another from {high}: {:.2} %", 100.0 * doubted.count() as f64 / told.len() as f64);
    }
}

/// How well kinds are told where the corpus names one.
fn kinds_told(rows: &Rows, told: &[(usize, Vec<f32>)], kinds: &[usize]) {
    for least in [0.8, 0.6, 0.4, 0.3] {
        let (mut named, mut right, mut asked) = (0, 0, 0);
        for (i, p) in told {
            for c in kinds {
                let wanted = wants(&rows.classes[*c], &rows.ops[*i]);
                let is_op = rows.classes[*c].split(KIND).next().is_some_and(|op| rows.ops[*i].iter().any(|o| o == op));
                if let Some(wanted) = wanted.filter(|_| is_op) {
                    asked += usize::from(wanted);
                    named += usize::from(p[*c] >= least);
                    right += usize::from(p[*c] >= least && wanted);
                }
            }
        }
        println!("kinds from {least}: {right} right of {named} named, {asked} asked for");
    }
}
