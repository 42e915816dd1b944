//! Nanoseconds a pixel of every operation that needs no model, whole as a plan runs it, at twelve megapixels: `cargo bench --bench operations`. Idle
//! cores, please. The best of three runs, in whole-clock time; files are written in memory.

use std::sync::Arc;
use std::time::Instant;

use portico::cancel::Cancel;
use portico::engine::execute::{Env, Inputs, execute};
use portico::imaging::resize::resize;
use portico::imaging::{Limits, Mask, Picture, decode};
use portico::models::Models;
use portico::ops::{Params, Unwatched, registry};
use portico::plan::{Plan, Step};
use serde_json::{Value, json};

const WIDTH: u32 = 4000;
const HEIGHT: u32 = 3000;
const RUNS: usize = 3;

fn main() {
    let only: Option<String> = std::env::args().skip(1).find(|a| !a.starts_with('-'));
    let inputs = inputs();
    let pixels = f64::from(WIDTH * HEIGHT);
    println!("{:<10} {:>9} {:>8}  parameters", "operation", "ns/pixel", "ms");
    for (op, params) in plans() {
        if only.as_deref().is_some_and(|name| name != op) {
            continue;
        }
        let step = Step { params: params.as_object().cloned().unwrap_or_default(), ..Step::new(op) };
        registry::find(op).expect("a registered operation").check(&Params(step.params.clone())).expect("parameters that fit");
        let plan = Plan::new(vec![step]);
        let best = (0..RUNS).map(|_| timed(&plan, &inputs)).fold(f64::INFINITY, f64::min);
        println!("{op:<10} {:>9.1} {:>8.0}  {params}", best * 1e9 / pixels, best * 1e3);
    }
}

fn timed(plan: &Plan, inputs: &Inputs) -> f64 {
    let (models, limits) = (Models::none(), Limits::default());
    let began = Instant::now();
    let run = execute(plan, inputs, &Env { models: &models, limits: &limits }, &Unwatched, &Cancel::new());
    let took = began.elapsed().as_secs_f64();
    run.unwrap_or_else(|e| panic!("{:?}: {e}", plan.steps[0].op));
    took
}

/// A photo, another picture, and a mask of a twelfth of it.
fn inputs() -> Inputs {
    let photo = |name: &str| {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/photos").join(name);
        (*decode(&std::fs::read(path).expect("the test photos are there"), &Limits::default()).expect("readable").picture).clone()
    };
    let large = resize(&photo("coffee.png"), WIDTH, HEIGHT);
    let sticker = Picture::from_rgba8(600, 600, (0..360_000u32).flat_map(|i| [200, 60, 40, ((i % 600 / 3) + 40) as u8]).collect());
    let mut inputs = Inputs::many([Arc::new(large), Arc::new(sticker)]);
    let inside = |i: u32| (1200..2200).contains(&(i % WIDTH)) && (900..1900).contains(&(i / WIDTH));
    let mask = Mask::new(WIDTH, HEIGHT, (0..WIDTH * HEIGHT).map(|i| if inside(i) { 255 } else { 0 }).collect());
    inputs.masks.insert("upload".into(), Arc::new(mask));
    inputs
}

fn plans() -> Vec<(&'static str, Value)> {
    let part = json!({"kind": "mask", "mask": "upload"});
    vec![
        ("cutout", json!({"target": part})),
        ("background", json!({"target": part, "color": "teal"})),
        ("background", json!({"target": part, "fill": "gradient", "color": "#ddd"})),
        ("background", json!({"target": part, "fill": "blur"})),
        ("background", json!({"target": part, "color": "white", "shadow": "drop"})),
        ("adjust", json!({"exposure": 20, "contrast": 15, "temperature": 12})),
        ("adjust", json!({"saturation": 25})),
        ("adjust", json!({"highlights": -40, "shadows": 40})),
        ("filter", json!({"name": "grayscale"})),
        ("filter", json!({"name": "vintage"})),
        ("filter", json!({"name": "blur", "radius": 2})),
        ("filter", json!({"name": "blur", "radius": 24})),
        ("filter", json!({"name": "pixelate"})),
        ("recolor", json!({"target": part, "color": "teal"})),
        ("match", json!({"to": "image:2"})),
        ("redact", json!({"target": part})),
        ("enhance", json!({})),
        ("denoise", json!({})),
        ("sharpen", json!({})),
        ("place", json!({"image": "image:2", "position": "bottom-right"})),
        ("watermark", json!({"image": "image:2", "tile": true})),
        ("crop", json!({"aspect": "1:1"})),
        ("resize", json!({"width": 1000})),
        ("resize", json!({"scale": 1.5})),
        ("pad", json!({"aspect": "1:1", "fill": "blur"})),
        ("rotate", json!({"degrees": 90})),
        ("rotate", json!({"degrees": 3.5})),
        ("rotate", json!({"auto": true})),
        ("flip", json!({"axis": "horizontal"})),
        ("describe", json!({})),
        ("export", json!({"format": "png"})),
        ("export", json!({"format": "jpeg"})),
        ("export", json!({"format": "webp", "quality": 85})),
        ("export", json!({"format": "tiff"})),
        ("export", json!({"format": "gif"})),
        ("export", json!({"format": "avif", "quality": 70})),
        ("export", json!({"format": "jpeg", "max_bytes": 500_000})),
    ]
}
