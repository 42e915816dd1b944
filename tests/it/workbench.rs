//! Sliders, filters, the history brush and straightening: what they promise on photographs and in a conversation.

use std::sync::Arc;

use portico::cancel::Cancel;
use portico::engine::execute::{Env, Inputs, Run, RunError, execute};
use portico::imaging::colour::{delta_e76, from_linear, from_oklab, lab, oklab, to_linear};
use portico::imaging::{Limits, Mask, Picture, Rect, decode, encode_mask, geometry};
use portico::models::Models;
use portico::ops::Unwatched;
use portico::plan::{Plan, Step};
use portico::text::Explain;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::kit;

fn photo_bytes(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/photos/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn picture_of(bytes: &[u8]) -> Picture {
    Picture::clone(&decode(bytes, &Limits::default()).unwrap().picture)
}

fn photo(name: &str) -> Picture {
    picture_of(&photo_bytes(name))
}

fn run(op: &str, params: Value, picture: &Picture) -> Result<Run, RunError> {
    let step = Step { params: params.as_object().cloned().unwrap(), ..Step::new(op) };
    let env = Env { models: &Models::none(), limits: &Limits::default() };
    execute(&Plan::new(vec![step]), &Inputs::one(Arc::new(picture.clone())), &env, &Unwatched, &Cancel::new())
}

/// Means of L*, a*, b* and chroma.
fn look(picture: &Picture) -> [f32; 4] {
    let mut sum = [0.0f32; 4];
    for p in picture.rgba8().chunks(4).step_by(7) {
        let [l, a, b] = lab([p[0], p[1], p[2]]);
        for (sum, v) in sum.iter_mut().zip([l, a, b, a.hypot(b)]) {
            *sum += v;
        }
    }
    sum.map(|v| v / picture.rgba8().chunks(4).step_by(7).count() as f32)
}

/// Values that were neither near black nor near white and are one of both now.
fn cut_off(before: &Picture, after: &Picture) -> usize {
    let pairs = before.rgba8().iter().zip(after.rgba8()).enumerate().filter(|(i, _)| i % 4 < 3);
    pairs.filter(|(_, (a, b))| (8..=247).contains(*a) && matches!(b, 0 | 255)).count()
}

#[test]
fn each_slider_does_what_its_name_says_on_photographs() {
    for name in ["coffee.png", "astronaut.png", "chelsea.png", "allium-oreophilum.jpg"] {
        let before = photo(name);
        let [l, _, b, chroma] = look(&before);
        let after = |slider: &str, value: f64| look(&run("adjust", json!({slider: value}), &before).unwrap().picture);
        for slider in ["brightness", "exposure", "shadows", "highlights"] {
            let (up, down) = (after(slider, 40.0)[0], after(slider, -40.0)[0]);
            assert!(up > l + 0.3 && down < l - 0.3, "{name} {slider}: {down} {l} {up}");
        }
        assert!(after("saturation", 40.0)[3] > 1.1 * chroma && after("saturation", -40.0)[3] < 0.8 * chroma, "{name}");
        assert!(after("temperature", 40.0)[2] > b + 3.0 && after("temperature", -40.0)[2] < b - 3.0, "{name}");
        assert!((after("temperature", 40.0)[0] - l).abs() < 2.0, "white balance keeps the light of {name}");
        assert!(after("saturation", -100.0)[3] < 0.5, "{name}");
        for params in
            [json!({"brightness": 60}), json!({"contrast": 60}), json!({"shadows": 100, "highlights": -100}), json!({"exposure": 40})]
        {
            let done = run("adjust", params.clone(), &before).unwrap();
            assert_eq!(cut_off(&before, &done.picture), 0, "{name} {params}");
        }
    }
}

#[test]
fn all_at_zero_makes_no_version_and_no_slider_is_a_question() {
    let before = photo("chelsea.png");
    for (op, params) in [
        ("adjust", json!({"brightness": 0, "hue": 0})),
        ("filter", json!({"name": "sepia", "amount": 0})),
        ("filter", json!({"name": "blur", "radius": 9, "amount": 0})),
    ] {
        let done = run(op, params, &before).unwrap();
        assert_eq!(*done.picture, before);
    }
    for (op, params, field) in [
        ("adjust", json!({}), "brightness"),
        ("adjust", json!({"contrast": 101}), "contrast"),
        ("filter", json!({"name": "sepia", "amount": 1.5}), "amount"),
        ("filter", json!({"name": "lut"}), "lut"),
        ("filter", json!({"name": "lut", "lut": "../secret"}), "lut"),
        ("filter", json!({"name": "lut", "lut": "LUT_3D_SIZE 500\n0 0 0\n"}), "lut"),
        ("filter", json!({"name": "warm", "lut": "x"}), "lut"),
        ("rotate", json!({"auto": true, "degrees": 3}), "degrees"),
        ("revert", json!({}), "target"),
    ] {
        let error = run(op, params.clone(), &before).unwrap_err();
        assert_eq!(error.code(), "invalid_parameter", "{op} {params}");
        assert!(error.field().is_some_and(|f| f.ends_with(&format!("params.{field}"))), "{op} {params}: {:?}", error.field());
    }
}

/// What a camera that is turned the other way sees.
fn tilted(picture: &Picture, degrees: f64) -> Picture {
    geometry::turned_within(picture, degrees).0
}

#[test]
fn a_tilted_photograph_is_put_level_and_has_no_empty_corner() {
    for (name, degrees) in [("rocket.png", 4.0), ("rocket.png", -7.0), ("dust-bowl-home.jpg", 3.0), ("dust-bowl-home.jpg", -5.5)] {
        let done = run("rotate", json!({"auto": true}), &tilted(&photo(name), degrees)).unwrap();
        let step = &done.resolved_plan.steps[0];
        let turned = step.params["degrees"].as_f64().unwrap();
        // Towers that are seen from below say it less well than a house.
        let most = if name == "rocket.png" { 1.6 } else { 1.0 };
        assert!((turned + degrees).abs() < most, "{name} by {degrees}: {turned}");
        assert!(done.picture.is_opaque());
        assert_eq!((&step.params["auto"], &step.params["trim"]), (&json!(false), &json!(true)));
        assert!(done.notices().iter().any(|n| n.code == "straightened"));
    }
    let whole = run("rotate", json!({"auto": true, "trim": false}), &tilted(&photo("rocket.png"), 4.0)).unwrap();
    assert!(!whole.picture.is_opaque(), "all of it is kept, with its corners");
}

#[test]
fn what_has_no_lines_or_is_level_stays_as_it_is_and_that_is_said() {
    let cat = photo("chelsea.png");
    let done = run("rotate", json!({"auto": true}), &cat).unwrap();
    assert_eq!((&*done.picture, done.notices()[0].code.as_str()), (&cat, "no_lines"));
    let stripes = (0..300 * 200).flat_map(|i| if i / 300 / 20 % 2 == 0 { [40, 40, 40, 255] } else { [200, 200, 200, 255] });
    let level = Picture::from_rgba8(300, 200, stripes.collect());
    let done = run("rotate", json!({"auto": true}), &level).unwrap();
    assert_eq!((&*done.picture, done.notices()[0].code.as_str()), (&level, "already_level"));
}

/// Runs a plan in a session and gives the picture of the version that it made.
async fn made(app: &TestApp, session: &str, steps: Value, images: &[&str]) -> Picture {
    let said = json!({ "plan": {"version": 1, "steps": steps}, "images": images });
    let answer = app.post(&format!("/sessions/{session}/messages?wait=true"), &said).await;
    assert_eq!(answer["job"]["state"], "succeeded", "{answer}");
    version(app, session, &answer["job"]["version"]).await
}

async fn version(app: &TestApp, session: &str, number: &Value) -> Picture {
    let version = app.get(&format!("/sessions/{session}/versions/{number}")).await;
    picture_of(&app.bytes(version["image"]["url"].as_str().unwrap()).await)
}

#[tokio::test]
async fn the_original_comes_back_inside_the_part_through_crops_and_turns_and_nowhere_else() {
    let app = TestApp::start().await;
    let session = app.session().await;
    let original = photo("coffee.png");
    let image = app.upload("coffee.png", photo_bytes("coffee.png")).await["id"].as_str().unwrap().to_owned();
    made(&app, &session, json!([{"op": "crop", "params": {"box": [101, 51, 400, 300]}}]), &[&image]).await;
    made(&app, &session, json!([{"op": "rotate", "params": {"degrees": 90}}]), &[]).await;
    let grey = made(&app, &session, json!([{"op": "filter", "params": {"name": "grayscale"}}]), &[]).await;
    let truth = geometry::rotate_quarters(&geometry::crop(&original, Rect { x: 101, y: 51, width: 400, height: 300 }).0, 1).0;
    let part = json!({"kind": "region", "box": [50, 60, 100, 120], "feather": 0});
    let back = made(&app, &session, json!([{"op": "revert", "params": {"target": part}}]), &[]).await;
    for (x, y) in (0..400).flat_map(|y| (0..300).map(move |x| (x, y))) {
        let inside = (50..150).contains(&x) && (60..180).contains(&y);
        assert_eq!(back.pixel(x, y), if inside { truth.pixel(x, y) } else { grey.pixel(x, y) }, "{x},{y}");
    }
    // With the page's brush, in words; on another size; from an earlier version.
    made(&app, &session, json!([{"op": "resize", "input": "version:4", "params": {"width": 600}}]), &[]).await;
    let mask = Mask::new(600, 800, (0..600 * 800).map(|i| if i % 600 < 200 { 255 } else { 0 }).collect());
    let mask = app.upload("mask.png", encode_mask(&mask).unwrap().bytes).await;
    for text in ["涂的地方恢复成原图", "bring the brushed part back from version 2"] {
        let said = json!({"text": text, "mask": mask["id"], "input": "version:6"});
        let answer = app.post(&format!("/sessions/{session}/messages?wait=true"), &said).await;
        assert_eq!(answer["job"]["state"], "succeeded", "{text}: {answer}");
        let back = version(&app, &session, &answer["job"]["version"]).await;
        let [left, right] = [Rect { x: 0, y: 0, width: 150, height: 800 }, Rect { x: 300, y: 0, width: 300, height: 800 }];
        assert!(look(&geometry::crop(&back, left).0)[3] > 5.0, "{text}: colour is back");
        assert!(look(&geometry::crop(&back, right).0)[3] < 0.1, "{text}: the rest is grey");
        assert!(back.is_opaque());
        app.say(&session, "undo", &[]).await;
    }
}

#[tokio::test]
async fn what_the_original_does_not_show_is_refused_or_said() {
    let app = TestApp::start().await;
    let session = app.session().await;
    let image = app.upload("coffee.png", photo_bytes("coffee.png")).await["id"].as_str().unwrap().to_owned();
    made(&app, &session, json!([{"op": "pad", "params": {"left": 100, "color": "red"}}]), &[&image]).await;
    let revert = async |area: [u32; 4]| {
        let steps = json!([{"op": "revert", "input": "version:2", "params": {"target": {"kind": "region", "box": area}}}]);
        let said = json!({ "plan": {"version": 1, "steps": steps} });
        app.post(&format!("/sessions/{session}/messages?wait=true"), &said).await
    };
    let refused = revert([5, 5, 80, 80]).await;
    assert_eq!(refused["job"]["error"]["code"], "no_common_ground", "{refused}");
    let same = revert([200, 50, 80, 80]).await;
    assert!(same.to_string().contains("revert_same"), "{same}");
}

#[tokio::test]
async fn more_and_less_of_an_adjustment_are_what_one_expects() {
    let app = TestApp::start().await;
    let session = app.session().await;
    let image = app.upload("coffee.png", photo_bytes("coffee.png")).await["id"].as_str().unwrap().to_owned();
    let light = async |answer: &Value| {
        assert_eq!(answer["job"]["state"], "succeeded", "{answer}");
        look(&version(&app, &session, &answer["job"]["version"]).await)[0]
    };
    let first = app.say(&session, "亮度加40", &[&image]).await;
    let brighter = light(&first).await;
    assert!(brighter > look(&photo("coffee.png"))[0] + 3.0);
    assert!(first["job"]["suggestions"].as_array().unwrap().contains(&json!("再亮一点")), "{first}");
    let half = app.say(&session, "太亮了，减半", &[]).await;
    assert_eq!(half["job"]["plan"]["steps"][0]["params"]["brightness"], 20, "{half}");
    let halved = light(&half).await;
    assert!(halved < brighter - 1.0);
    let more = app.say(&session, "再亮一点", &[]).await;
    assert!(light(&more).await > halved + 1.0, "on top of what is there");
    let warmer = app.say(&session, "make it a bit warmer", &[]).await;
    light(&warmer).await;
    let colder = app.say(&session, "too much, half of that", &[]).await;
    light(&colder).await;
    assert_eq!(colder["job"]["plan"]["steps"][0]["params"]["temperature"], 8, "{colder}");
}

/// Linear sRGB of a tagged value by the published matrices (CSS Color 4; Adobe RGB (1998)), apart from the library in use.
fn working(profile: &str, colour: [u8; 3]) -> [f64; 3] {
    let curve = |v: u8| {
        let v = f64::from(v) / 255.0;
        match profile {
            "adobe" => v.powf(563.0 / 256.0),
            _ => f64::from(to_linear(v as f32)),
        }
    };
    let [r, g, b] = colour.map(curve);
    let rows = match profile {
        "adobe" => [[1.398_36, -0.398_36, 0.0], [0.0, 1.0, 0.0], [0.0, -0.042_93, 1.042_93]],
        _ => [[1.224_940_2, -0.224_940_2, 0.0], [-0.042_056_96, 1.042_057, 0.0], [-0.019_637_55, -0.078_636_05, 1.098_273_6]],
    };
    rows.map(|[x, y, z]| (x * r + y * g + z * b).clamp(0.0, 1.0))
}

#[test]
fn tagged_colours_are_adjusted_as_floats_in_the_working_space_would_be() {
    let srgb = |linear: [f64; 3]| linear.map(|v| from_linear(v.clamp(0.0, 1.0) as f32) * 255.0);
    for (name, icc) in [("p3", kit::display_p3()), ("adobe", kit::adobe_rgb())] {
        for colour in [[180, 120, 90], [60, 90, 140], [128, 128, 128], [255, 255, 255], [0, 0, 0], [110, 160, 105], [40, 36, 30]] {
            let bytes = kit::Png::rgb(&kit::Rgb::new(8, 8, |_, _| colour)).with_icc(&icc).bytes();
            let picture = picture_of(&bytes);
            let linear = working(name, colour);
            let halved = linear.map(|v| v * 0.5);
            let bias = |v: f32| 4f32.powf(0.2) * v / (1.0 + (4f32.powf(0.2) - 1.0) * v);
            let lighter = srgb(linear).map(|v| bias(v / 255.0) * 255.0);
            let [l, a, b] = oklab(linear);
            let greyer = from_oklab([l, 0.5 * a, 0.5 * b]);
            for (params, expected) in [
                (json!({"hue": 0}), srgb(linear)),
                (json!({"exposure": -40}), srgb(halved)),
                (json!({"brightness": 20}), lighter),
                (json!({"saturation": -50}), srgb(greyer)),
            ] {
                let [r, g, b, _] = run("adjust", params.clone(), &picture).unwrap().picture.pixel(4, 4);
                let off = delta_e76([r, g, b], expected.map(|v| v.round() as u8));
                assert!(off < 2.0, "{name} {colour:?} {params}: {:?}, not {expected:?}, {off} off", [r, g, b]);
                if colour[0] == colour[1] && colour[1] == colour[2] {
                    assert!(r == g && g == b, "{name} {colour:?} {params}: grey became {:?}", [r, g, b]);
                }
            }
        }
    }
}
