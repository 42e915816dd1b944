//! Plans from outside: every parameter of every operation at its limits, beyond them and of the wrong kind, by the operation's own schema.

use std::sync::Arc;
use std::time::{Duration, Instant};

use portico::cancel::Cancel;
use portico::engine::execute::{Env, execute};
use portico::imaging::{Limits, Mask, Picture};
use portico::models::Models;
use portico::ops::{Unwatched, registry};
use portico::plan::{Plan, Step, words};
use portico::text::{Explain, Lang};
use serde_json::{Map, Value, json};

use super::damage::Dice;
use super::server::{Server, answered};
use crate::kit;
use crate::operations::{inputs, without_a_model};

const SIZE: (u32, u32) = (61, 47);

/// A limit that a test can afford.
fn limits() -> Limits {
    Limits { max_pixels: 150_000, max_side: 3_000, ..Limits::default() }
}

fn numbers(schema: &Value) -> Vec<Value> {
    let mut out: Vec<Value> = vec![
        json!(0),
        json!(1),
        json!(-1),
        json!(-0.0),
        json!(0.5),
        json!(1e-300),
        json!(5e-324),
        json!(1e308),
        json!(-1e308),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(i32::MAX),
        json!(u32::MAX),
        json!(4_294_967_296u64),
        json!(0.1 + 0.2),
        json!(32_768),
        json!(65_536),
        json!(1e9),
    ];
    for bound in ["minimum", "maximum"] {
        if let Some(limit) = schema[bound].as_f64() {
            out.extend([limit, limit - 1.0, limit + 1.0, limit * (1.0 + f64::EPSILON), limit - 1e-9].map(Value::from));
            out.push(json!(limit as i64));
        }
    }
    out
}

fn texts() -> Vec<Value> {
    let long = "长".repeat(20_000);
    let texts = [
        "",
        " ",
        "\0",
        "NaN",
        "-inf",
        "1e999",
        "../../etc/passwd",
        "/etc/passwd",
        "%2e%2e%2f",
        "current",
        "original",
        "image:0",
        "image:1",
        "image:2",
        "image:99",
        "image:18446744073709551616",
        "version:1",
        "s1",
        "s99",
        "1:1",
        "0:0",
        "1:0",
        "1e308:1e-308",
        "NaN:1",
        "-1:1",
        "#fff",
        "#ggg",
        "#ffff",
        "#12345678",
        "white",
        "rgb(1,2,3)",
        "\u{202e}abc",
        "e\u{301}\u{301}\u{301}",
        "🦊",
        "<b>",
        "a\nb\nc",
        "data:,",
        "data:;base64,",
        "data:;base64,////",
        "LUT_1D_SIZE 65536\n",
        "LUT_3D_SIZE 129\n0 0 0\n",
        "upload",
        "spot",
        "img_nothing",
        "200KB",
        "-5MB",
        "999999999999TB",
        "png",
        "webp",
        "{}",
        "[]",
        "null",
        "all",
        "0",
    ];
    texts.iter().map(|t| json!(t)).chain([json!(long), json!("a\n".repeat(20_000))]).collect()
}

fn kinds() -> Vec<Value> {
    let mut nested = json!(1);
    (0..60).for_each(|_| nested = json!([nested]));
    vec![
        json!(null),
        json!(true),
        json!(false),
        json!([]),
        json!({}),
        json!([null]),
        json!({"a": {"b": []}}),
        nested,
        json!(vec![0; 3_000]),
        json!(vec!["image:1"; 500]),
        json!([1e308, -1e308, 0, -0.0]),
        json!([[0, 0, 1]]),
        json!([0, 0, 0, 0]),
        json!([-5, -5, 10, 10]),
        json!([0.2, 0.2, 0.5, 0.5]),
        json!([i64::MAX, i64::MAX, i64::MAX, i64::MAX]),
        json!([1, 1, u32::MAX, u32::MAX]),
    ]
}

/// Targets of every kind, with every number.
pub fn targets() -> Vec<Value> {
    let mut out: Vec<Value> =
        ["subject", "background", "people", "face", "object", "text", "region", "mask"].iter().map(|k| json!({"kind": k})).collect();
    for b in kinds() {
        out.push(json!({"kind": "region", "box": b}));
        out.push(json!({"kind": "region", "box": b, "unit": "fraction"}));
        out.push(json!({"kind": "region", "points": b}));
    }
    for n in numbers(&Value::Null) {
        out.push(json!({"kind": "mask", "mask": "upload", "grow": n}));
        out.push(json!({"kind": "mask", "mask": "spot", "feather": n}));
        out.push(json!({"kind": "object", "label": "dog", "index": n, "count": n}));
        out.push(json!({"kind": "region", "box": [n, n, n, n]}));
        out.push(json!({"kind": "region", "points": [[n, n, n]]}));
    }
    out.push(json!({"kind": "mask", "mask": "upload", "grow": 512, "feather": 512, "invert": true}));
    out.push(json!({"kind": "mask", "mask": "nothing"}));
    out.push(json!({"kind": "region", "points": vec![[5, 5, 1]; 5_000]}));
    out
}

/// Values for a parameter by its schema, likely ones first.
fn values(root: &Value, schema: &Value) -> Vec<Value> {
    let shared = |s: &Value| s["$ref"].as_str().and_then(|r| root.pointer(r.trim_start_matches('#'))).cloned();
    let schema = shared(schema).unwrap_or_else(|| schema.clone());
    let choices: Vec<Value> = ["anyOf", "oneOf"].iter().filter_map(|k| schema[*k].as_array()).flatten().cloned().collect();
    let mut out: Vec<Value> = schema["enum"].as_array().cloned().unwrap_or_default();
    out.extend(schema.get("const").cloned());
    out.extend(choices.iter().flat_map(|choice| values(root, choice)));
    if let Some(properties) = schema["properties"].as_object() {
        for (name, inner) in properties {
            out.extend(values(root, inner).into_iter().take(12).map(|v| json!({name.as_str(): v})));
        }
    }
    if !schema["items"].is_null() {
        let items = values(root, &schema["items"]);
        out.extend(items.iter().map(|v| json!([v])));
        out.push(json!(items));
    }
    if choices.is_empty() {
        out.extend(numbers(&schema));
    }
    out
}

/// What plans come to: nothing but a picture or an error that can be shown.
#[derive(Default)]
struct Tally {
    plans: usize,
    ran: usize,
    faults: Vec<String>,
}

impl Tally {
    fn run(&mut self, plan: &Plan, picture: &Picture) {
        self.plans += 1;
        match run(plan, picture) {
            Ok(ran) => self.ran += usize::from(ran),
            Err(fault) => {
                self.faults.push(format!("{fault}: {}", serde_json::to_string(plan).unwrap().chars().take(400).collect::<String>()))
            }
        }
    }

    fn assert_no_fault(&self, fewest: usize) {
        println!("{} plans, {} ran", self.plans, self.ran);
        assert!(self.faults.is_empty(), "{} faults:\n{}", self.faults.len(), self.faults[..self.faults.len().min(40)].join("\n"));
        assert!(self.ran >= fewest, "only {} of {} plans ran", self.ran, self.plans);
    }
}

/// Whether it ran.
fn run(plan: &Plan, picture: &Picture) -> Result<bool, String> {
    for lang in [Lang::Zh, Lang::En] {
        if words(plan, lang).len() != plan.steps.len() {
            return Err("a step without words".to_owned());
        }
    }
    let mut inputs = inputs(picture);
    inputs.masks.insert("empty".into(), Arc::new(Mask::filled(SIZE.0, SIZE.1, 0)));
    let limits = limits();
    let began = Instant::now();
    let result = execute(plan, &inputs, &Env { models: &Models::none(), limits: &limits }, &Unwatched, &Cancel::new());
    if began.elapsed() > Duration::from_secs(120) {
        return Err(format!("{:?}", began.elapsed()));
    }
    match result {
        Ok(run) => limits.check_size(run.picture.width(), run.picture.height()).map(|()| true).map_err(|e| e.to_string()),
        Err(error) if ["internal", "encode_failed"].contains(&error.code()) => Err(error.to_string()),
        Err(error) if error.text().zh.is_empty() || error.text().en.is_empty() => Err(format!("no words for {}", error.code())),
        Err(_) => Ok(false),
    }
}

fn picture() -> Picture {
    Picture::from_rgba8(
        SIZE.0,
        SIZE.1,
        (0..SIZE.0 * SIZE.1).flat_map(|i| [(i * 7) as u8, (i / 9) as u8, (i * i) as u8, if i % 11 == 0 { 90 } else { 255 }]).collect(),
    )
}

/// Such sizes once took tens of gigabytes, which ends the whole program.
#[test]
fn what_is_put_into_a_picture_is_refused_where_it_would_be_larger_than_a_picture_may_be_or_beyond_everything() {
    let code = |op: &str, params: Value| {
        let plan = Plan::new(vec![Step { params: params.as_object().cloned().unwrap(), ..Step::new(op) }]);
        let limits = Limits::default();
        match execute(&plan, &inputs(&picture()), &Env { models: &Models::none(), limits: &limits }, &Unwatched, &Cancel::new()) {
            Ok(_) => "ran",
            Err(error) => error.code(),
        }
    };
    let spot = json!({"kind": "mask", "mask": "spot"});
    let two = json!(["image:2", "image:2"]);
    let at = |x: f64, width: f64, height: f64| json!({"x": x, "y": 10, "width": width, "height": height, "rotate": 45});
    for size in [1_000.0, 40_000.0, 65_535.0] {
        let expected = if size < 2_000.0 { "ran" } else { "image_too_large" };
        assert_eq!(code("swap", json!({"with": "image:2", "target": spot, "width": size, "height": size})), expected, "{size}");
        assert_eq!(
            code("swap", json!({"with": "image:2", "target": spot, "width": size, "height": 1, "rotate": 3})),
            if size > 33_000.0 { expected } else { "ran" },
            "{size}"
        );
        assert_eq!(code("place", json!({"image": "image:2", "cutout": false, "width": size, "height": size})), expected, "{size}");
        assert_eq!(
            code("compose", json!({"images": two, "placements": [at(10.0, size, size), at(20.0, 5.0, 5.0)], "size": "60x60"})),
            expected,
            "{size}"
        );
    }
    for far in [1e7, -1e12, 1e308] {
        assert_eq!(code("swap", json!({"with": "image:2", "target": spot, "x": far})), "invalid_parameter", "{far}");
        assert_eq!(code("place", json!({"image": "image:2", "cutout": false, "y": far})), "invalid_parameter", "{far}");
        assert_eq!(
            code("compose", json!({"images": two, "placements": [at(far, 5.0, 5.0), at(20.0, 5.0, 5.0)], "size": "60x60"})),
            "invalid_parameter",
            "{far}"
        );
    }
    let small = json!({"images": two, "placements": [{"x": 1, "y": 1, "width": 0.25, "height": 70_000}, {"x": 1, "y": 1, "width": 5, "height": 5}], "size": "60x60"});
    assert_eq!(code("compose", small), "invalid_parameter", "ranges hold in lists too");
}

/// Plans that run as they are, at most two for each operation, and an empty one for those that need a model.
fn bases() -> Vec<Step> {
    let known = without_a_model(SIZE);
    registry::all()
        .filter(|op| op.spec().available)
        .flat_map(|op| {
            let mut of: Vec<Step> = known.iter().map(|(step, _)| step.clone()).filter(|step| step.op == op.spec().name).take(2).collect();
            if of.is_empty() {
                of.push(Step::new(op.spec().name));
            }
            of
        })
        .collect()
}

#[test]
fn every_parameter_of_every_operation_is_used_or_refused_at_its_limits_and_beyond() {
    let picture = picture();
    let mut tally = Tally::default();
    let mut try_one = |step: Step| tally.run(&Plan::new(vec![step]), &picture);
    for base in bases() {
        let schema = (registry::find(&base.op).unwrap().spec().params)();
        let schema = schema.as_value();
        let properties = schema["properties"].as_object().cloned().unwrap_or_default();
        for (name, property) in &properties {
            let mut values = if name == "target" { targets() } else { values(schema, property) };
            values.extend(texts());
            values.extend(kinds());
            for (i, value) in values.into_iter().enumerate() {
                // Texts and kinds that no parameter takes are refused alike everywhere; of the many targets each operation gets a part.
                if name != "target" || (i + base.op.len()).is_multiple_of(9) {
                    try_one(base.clone().with(name, value));
                }
            }
        }
        try_one(Step::new(&base.op));
        try_one(base.clone().with("no_such_parameter", 1));
    }
    assert!(tally.plans > 5_000, "only {} plans", tally.plans);
    tally.assert_no_fault(500);
}

#[test]
fn several_parameters_at_once_are_used_or_refused() {
    let picture = picture();
    let mut dice = Dice(9);
    let bases = bases();
    let mut tally = Tally::default();
    for _ in 0..1_500 {
        let steps = (0..=dice.below(3)).map(|_| {
            let base = &bases[dice.below(bases.len())];
            let schema = (registry::find(&base.op).unwrap().spec().params)();
            let schema = schema.as_value().clone();
            let properties: Map<String, Value> = schema["properties"].as_object().cloned().unwrap_or_default();
            let mut step = base.clone();
            for (name, property) in &properties {
                if dice.below(4) == 0 {
                    let values = if name == "target" { targets() } else { values(&schema, property) };
                    let at = dice.below(values.len());
                    step = step.with(name, values[at].clone());
                }
            }
            step
        });
        tally.run(&Plan::new(steps.collect()), &picture);
    }
    tally.assert_no_fault(20);
}

#[tokio::test]
async fn a_plan_as_text_is_run_or_refused_whatever_its_numbers_look_like() {
    let mut server = Server::start();
    let picture = kit::Png::rgb(&kit::marker(40, 30)).bytes();
    let step = |params: &str| format!(r#"{{"version":1,"steps":[{{"op":"resize","params":{params}}}]}}"#);
    let mut plans: Vec<String> = [
        "NaN",
        "Infinity",
        "-Infinity",
        "1e400",
        "-1e400",
        "1e-400",
        "-0",
        "0x10",
        "01",
        "1.",
        ".5",
        "1_000",
        "99999999999999999999999999999999999999",
        "-99999999999999999999",
        "1e308",
        "\"NaN\"",
        "1E+2",
        "true",
        "null",
        "{\"$ref\":\"#\"}",
    ]
    .map(|n| step(&format!(r#"{{"width":{n}}}"#)))
    .to_vec();
    plans.extend([
        step(r#"{"width":5,"width":6}"#),
        step(&format!("{{{}}}", (0..30_000).map(|i| format!("\"k{i}\":1")).collect::<Vec<_>>().join(","))),
        step(&format!(r#"{{"fit":"{}"}}"#, "x".repeat(3_000_000))),
        step(r#"{"width":5,"\ud800":1}"#),
        step(r#"{"fit":"\ud800"}"#),
        step(r#"{"__proto__":{"a":1}}"#),
        r#"{"version":4294967296,"steps":[{"op":"flip"}]}"#.to_owned(),
        r#"{"version":-1,"steps":[{"op":"flip"}]}"#.to_owned(),
        format!(r#"{{"steps":[{{"op":"{}"}}]}}"#, "o".repeat(2_000_000)),
        format!(r#"{{"steps":[{{"op":"flip","id":"{}"}}]}}"#, "i".repeat(2_000_000)),
        format!(r#"{{"steps":[{}]}}"#, vec![r#"{"op":"flip"}"#; 50_000].join(",")),
        format!(r#"{{"steps":{}1{}}}"#, "[".repeat(100_000), "]".repeat(100_000)),
        format!(r#"{{"steps":[{{"op":"flip","params":{}1{}}}]}}"#, "{\"a\":".repeat(100), "}".repeat(100)),
        r#"{"steps":[{"op":"flip","input":"image:9999999999999999999"}]}"#.to_owned(),
        r#"{"steps":[{"op":"flip","inputs":["s1","s1","s1"]}]}"#.to_owned(),
        r#"{"steps":[{"op":"flip","id":"s2"},{"op":"flip"}]}"#.to_owned(),
    ]);
    for plan in plans {
        let what: String = plan.chars().take(200).collect();
        let form = reqwest::multipart::Form::new()
            .text("plan", plan)
            .part("image", reqwest::multipart::Part::bytes(picture.clone()).file_name("a.png"));
        answered(&what, server.client.post(server.api("/run")).multipart(form).send().await.unwrap()).await;
    }
    server.assert_well("plans").await;
}
