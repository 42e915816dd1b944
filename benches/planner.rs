//! How long planning takes: `cargo bench --bench planner`.
//!
//! Every instruction of the corpora is read many times over; the figures are of single readings, the slowest of them included. Then what is as long as an
//! instruction may be, and a paste that is far too long.

use std::time::{Duration, Instant};

use portico::plan::{Context, read};
use serde_json::Value;

const CORPORA: [&str; 3] = [
    include_str!("../tests/fixtures/corpus/instructions.jsonl"),
    include_str!("../tests/corpus/tuned.jsonl"),
    include_str!("../tests/corpus/held.jsonl"),
];

fn main() {
    let texts: Vec<String> = CORPORA
        .iter()
        .flat_map(|corpus| corpus.lines().filter(|line| !line.trim().is_empty()))
        .filter_map(|line| serde_json::from_str::<Value>(line).ok()?["text"].as_str().map(str::to_owned))
        .collect();
    let ctx = Context { attached: 2, versions: 2, ..Context::default() };
    // The word lists are made at the first reading.
    let first = time(|| read("去掉背景", &ctx));
    let mut times: Vec<Duration> = (0..20).flat_map(|_| texts.iter().map(|text| time(|| read(text, &ctx))).collect::<Vec<_>>()).collect();
    times.sort();
    let share = |p: f64| times[((times.len() - 1) as f64 * p) as usize];
    println!("{} instructions, {} readings; the first of all {first:?}", texts.len(), times.len());
    println!("median {:?}, p99 {:?}, slowest {:?}", share(0.5), share(0.99), share(1.0));
    for (what, text) in [
        ("4 000 characters of wishes", "裁成1:1，".chars().cycle().take(4000).collect::<String>()),
        ("4 000 characters of strange words", "zorp flib ".chars().cycle().take(4000).collect()),
        ("20 000 characters", "把背景换成白色，然后裁成3:4。".chars().cycle().take(20_000).collect()),
    ] {
        let mut runs: Vec<Duration> = (0..20).map(|_| time(|| read(&text, &ctx))).collect();
        runs.sort();
        println!("{what}: median {:?}, slowest {:?}", runs[10], runs[19]);
    }
}

fn time<T>(work: impl FnOnce() -> T) -> Duration {
    let began = Instant::now();
    std::hint::black_box(work());
    began.elapsed()
}
