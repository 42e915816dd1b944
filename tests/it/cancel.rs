//! Whoever stops a job gets the worker back soon, at whatever moment and in whatever operation.

use std::sync::Arc;
use std::time::{Duration, Instant};

use portico::cancel::Cancel;
use portico::engine::execute::{Env, Inputs, execute};
use portico::imaging::resize::resize;
use portico::imaging::{Limits, Picture, decode};
use portico::models::Models;
use portico::ops::{Unwatched, registry};
use portico::plan::{Plan, Step};
use portico::text::Explain as _;
use serde_json::json;

use crate::operations::{inputs, step, without_a_model};

/// Ten times the half second that is promised: these machines are shared, and built without optimisation around the kernels.
const FREE_WITHIN: Duration = Duration::from_secs(5);
/// Twelve megapixels, a telephone's photograph.
const SIZE: (u32, u32) = (4000, 3000);

fn photo(width: u32, height: u32) -> Picture {
    let file = std::fs::read(format!("{}/tests/fixtures/photos/astronaut.png", env!("CARGO_MANIFEST_DIR"))).unwrap();
    resize(&decode(&file, &Limits::default()).unwrap().picture, width, height)
}

/// Runs a step and stops it after a while; how long it went on then, `None` where it was done before.
fn stop_after(delay: Duration, step: &Step, inputs: &Inputs, models: &Models) -> Option<Duration> {
    let plan = Plan::new(vec![step.clone()]);
    let cancel = Cancel::new();
    let (done, ended) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let running = cancel.clone();
        scope.spawn(move || {
            let limits = Limits::default();
            let result = execute(&plan, inputs, &Env { models, limits: &limits }, &Unwatched, &running);
            let _ = done.send((Instant::now(), result.map(drop).map_err(|e| (e.code(), e.to_string()))));
        });
        if let Ok((_, result)) = ended.recv_timeout(delay) {
            if let Err((code, why)) = result {
                assert_ne!(code, "internal", "{}: {why}", step.op);
            }
            return None;
        }
        let stopped = Instant::now();
        cancel.cancel();
        let (at, result) = ended.recv().unwrap();
        if let Err((code, why)) = result {
            assert_ne!(code, "internal", "{}: {why}", step.op);
        }
        Some(at.saturating_duration_since(stopped))
    })
}

/// Every plan at two moments; the longest waits are printed.
fn all(what: &str, steps: &[Step], inputs: &Inputs, models: &Models) {
    let mut waits = vec![];
    let mut random = 0x9e37_79b9_7f4a_7c15u64;
    for step in steps {
        for least_ms in [0, 250] {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let delay = Duration::from_millis(least_ms + random % (150 + 3 * least_ms));
            if let Some(wait) = stop_after(delay, step, inputs, models) {
                waits.push((wait, delay, format!("{} {}", step.op, serde_json::to_string(&step.params).unwrap())));
            }
        }
    }
    waits.sort_by_key(|wait| std::cmp::Reverse(wait.0));
    let within = waits.iter().filter(|(wait, ..)| *wait <= Duration::from_millis(500)).count();
    println!("{what}: {} stopped in the middle, {within} of them free within 0.5 s; the longest:", waits.len());
    for (wait, delay, plan) in waits.iter().take(12) {
        println!("  {:>5} ms after a stop at {:>4} ms: {plan:.120}", wait.as_millis(), delay.as_millis());
    }
    assert!(!waits.is_empty(), "nothing took long enough to be stopped");
    for (wait, delay, plan) in &waits {
        assert!(*wait < FREE_WITHIN, "{plan}: still at work {wait:?} after it was stopped at {delay:?}");
    }
}

#[test]
fn every_operation_without_a_model_is_free_soon_after_a_stop() {
    let steps: Vec<Step> = without_a_model(SIZE).into_iter().map(|(step, _)| step).collect();
    all("12 megapixels without models", &steps, &inputs(&photo(SIZE.0, SIZE.1)), &Models::none());
}

#[test]
fn every_operation_with_a_model_is_free_soon_after_a_stop() {
    let Some(models) = crate::models::models("every_operation_with_a_model_is_free_soon_after_a_stop") else { return };
    let subject = json!({ "kind": "subject" });
    let person = json!({ "kind": "object", "label": "person" });
    let steps = [
        step("cutout", json!({})),
        step("background", json!({ "fill": "blur", "radius": 30 })),
        step("background", json!({ "color": "white", "shadow": "drop" })),
        step("erase", json!({ "target": person })),
        step("select", json!({ "target": person })),
        step("select", json!({ "target": { "kind": "background" } })),
        step("redact", json!({ "target": { "kind": "face" } })),
        step("recolor", json!({ "target": subject, "color": "teal" })),
        step("adjust", json!({ "target": subject, "brightness": 20 })),
        step("retouch", json!({ "target": { "kind": "face" } })),
        step("swap", json!({ "target": subject, "with": "image:2" })),
        step("match", json!({ "to": "image:2", "target": subject })),
        step("colorize", json!({})),
        step("restore", json!({})),
        step("upscale", json!({ "scale": 2 })),
        step("describe", json!({})),
        step("crop", json!({ "aspect": "1:1", "to": "subject" })),
        step("detail", json!({ "target": subject })),
        step("fit", json!({ "platform": "amazon.main" })),
    ];
    // Loaded first: the stop is to meet the work, not the loading, which is another test's.
    for step in &steps {
        let small = Inputs::many([Arc::new(photo(300, 300)), Arc::new(photo(200, 200))]);
        stop_after(Duration::from_secs(60), step, &small, models);
    }
    all("12 megapixels with models", &steps, &inputs(&photo(SIZE.0, SIZE.1)), models);
}

#[test]
fn every_registered_operation_is_among_those_that_are_stopped() {
    let tried: Vec<String> = without_a_model(SIZE).into_iter().map(|(step, _)| step.op).collect();
    for op in registry::all().filter(|op| op.spec().available) {
        let name = op.spec().name;
        assert!(tried.iter().any(|op| op == name), "{name} is never stopped in the middle");
    }
}
