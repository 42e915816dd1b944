//! Recolouring and matching, on real photographs: the colour that was asked for, light and texture as they were, and nothing else touched.

use std::sync::Arc;

use portico::cancel::Cancel;
use portico::engine::execute::{Env, Inputs, Run, RunError, execute};
use portico::imaging::colour::{Srgb8, delta_e76, lab, parse_hex};
use portico::imaging::{EncodeOptions, Format, Limits, Mask, Picture, decode, encode, encode_mask};
use portico::models::Models;
use portico::ops::Unwatched;
use portico::plan::{Plan, Step};
use portico::text::Explain;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::app::TestApp;

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/photos/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn photo(name: &str) -> Arc<Picture> {
    decode(&bytes(name), &Limits::default()).unwrap().picture
}

fn one(op: &str, params: Value) -> Plan {
    Plan::new(vec![Step { params: params.as_object().cloned().unwrap_or_default(), ..Step::new(op) }])
}

fn run_with(models: &Models, plan: &Plan, inputs: &Inputs) -> Result<Run, RunError> {
    execute(plan, inputs, &Env { models, limits: &Limits::default() }, &Unwatched, &Cancel::new())
}

fn run(plan: &Plan, inputs: &Inputs) -> Result<Run, RunError> {
    run_with(&Models::none(), plan, inputs)
}

/// The red saucer with the cup on it, roughly, as one would paint it.
fn saucer() -> Mask {
    let inside = |x: f64, y: f64| ((x - 282.0) / 192.0).powi(2) + ((y - 236.0) / 148.0).powi(2) < 1.0;
    Mask::new(600, 400, (0..600 * 400).map(|i| if inside(f64::from(i % 600), f64::from(i / 600)) { 255 } else { 0 }).collect())
}

fn with_mask(picture: &Arc<Picture>, mask: &Mask) -> Inputs {
    Inputs { masks: [("upload".to_owned(), Arc::new(mask.clone()))].into(), ..Inputs::one(picture.clone()) }
}

fn srgb(picture: &Picture, i: usize) -> Srgb8 {
    picture.rgba8()[i * 4..i * 4 + 3].try_into().unwrap()
}

fn same_outside(before: &Picture, after: &Picture, mask: &Mask) {
    let pairs = before.rgba8().as_chunks::<4>().0.iter().zip(after.rgba8().as_chunks::<4>().0);
    for (i, (a, b)) in pairs.enumerate() {
        assert!(a == b || mask.values()[i] > 0, "pixel {i} changed outside the mask");
    }
}

/// Pixels of plain glaze: selected, clearly red, not in deep shadow.
fn glaze(picture: &Picture, mask: &Mask) -> Vec<usize> {
    let red = |i: usize| {
        let [l, a, b] = lab(srgb(picture, i));
        l > 20.0 && a.hypot(b) > 38.0 && (25.0..55.0).contains(&b.atan2(a).to_degrees())
    };
    (0..mask.values().len()).filter(|&i| mask.values()[i] == 255 && red(i)).collect()
}

/// Correlation of what is finer than 5 px in L*, where all around is among `pixels`.
fn detail_correlation(before: &Picture, after: &Picture, pixels: &[usize]) -> f64 {
    let width = before.width() as usize;
    let mut inside = vec![false; before.area() as usize];
    pixels.iter().for_each(|&i| inside[i] = true);
    let around = |i: usize| (0..25).map(move |k| i + (k / 5) * width + k % 5 - 2 * width - 2);
    let fine = |p: &Picture, i: usize| f64::from(lab(srgb(p, i))[0] - around(i).map(|j| lab(srgb(p, j))[0]).sum::<f32>() / 25.0);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for &i in pixels.iter().filter(|&&i| around(i).all(|j| inside[j])) {
        let (a, b) = (fine(before, i), fine(after, i));
        (ab, aa, bb) = (ab + a * b, aa + a * a, bb + b * b);
    }
    ab / (aa * bb).sqrt()
}

#[test]
fn the_red_cup_takes_any_colour_with_its_light_and_texture_and_the_table_stays() {
    let (before, mask) = (photo("coffee.png"), saucer());
    let mut glaze = glaze(&before, &mask);
    assert!(glaze.len() > 20_000);
    let target = json!({"kind": "mask", "mask": "upload"});
    glaze.sort_by(|&a, &b| lab(srgb(&before, a))[0].total_cmp(&lab(srgb(&before, b))[0]));
    let lit = &glaze[glaze.len() * 6 / 10..glaze.len() * 9 / 10];
    for (colour, detail) in [("#1e5aa8", 0.95), ("#008000", 0.95), ("#ffc0cb", 0.95), ("#ffffff", 0.95), ("#000000", 0.95)] {
        let result = run(&one("recolor", json!({"target": target, "color": colour})), &with_mask(&before, &mask)).unwrap();
        assert!(result.exact_outside_target);
        same_outside(&before, &result.picture, &mask);
        let [r, g, b, _] = parse_hex(colour).unwrap();
        let mut off: Vec<f32> = lit.iter().map(|&i| delta_e76(srgb(&result.picture, i), [r, g, b])).collect();
        off.sort_by(f32::total_cmp);
        assert!(off[off.len() / 2] <= 8.0, "{colour}: median ΔE {} on the lit side", off[off.len() / 2]);
        let same = detail_correlation(&before, &result.picture, &glaze);
        assert!(same >= detail, "{colour}: detail correlates by {same:.3}");
        // The highlight on the handle and the white rim of the cup.
        for (x, y) in [(227, 258), (293, 196)] {
            let i = y * 600 + x;
            let (was, is) = (lab(srgb(&before, i))[0], lab(srgb(&result.picture, i))[0]);
            assert!((was - is).abs() < 12.0, "{colour}: L* {was} became {is} at {x},{y}");
        }
        let words = &result.report.as_ref().unwrap().1;
        assert!(words.en.contains(colour) && words.zh.contains(colour), "{words:?}");
    }
}

#[test]
fn at_no_strength_there_is_no_new_version() {
    let (before, mask) = (photo("coffee.png"), saucer());
    let plan = one("recolor", json!({"target": {"kind": "mask", "mask": "upload"}, "color": "blue", "strength": 0}));
    let result = run(&plan, &with_mask(&before, &mask)).unwrap();
    assert_eq!((&*result.picture, result.makes_version), (&*before, false));
    let again = run(&one("match", json!({"to": "image:2", "strength": 0})), &Inputs::many([before.clone(), photo("rocket.png")])).unwrap();
    assert_eq!((&*again.picture, again.makes_version), (&*before, false));
}

#[test]
fn what_does_not_fit_is_refused_before_any_work() {
    let inputs = Inputs::one(photo("chelsea.png"));
    let target = json!({"kind": "subject"});
    for (op, params, field) in [
        ("recolor", json!({"color": "red"}), "target"),
        ("recolor", json!({"target": target}), "color"),
        ("recolor", json!({"target": target, "color": "reddish"}), "color"),
        ("recolor", json!({"target": target, "color": "red", "strength": 1.5}), "strength"),
        ("recolor", json!({"target": target, "color": "red", "keep": "hue"}), "keep"),
        ("recolor", json!({"target": {"kind": "object", "label": "unicorn"}, "color": "red"}), "target.label"),
        ("match", json!({}), "to"),
        ("match", json!({"to": "the other"}), "to"),
        ("match", json!({"to": "image:1", "strength": -1}), "strength"),
        ("match", json!({"to": "image:2"}), "to"),
    ] {
        let error = run(&one(op, params.clone()), &inputs).unwrap_err();
        assert_eq!(error.code(), "invalid_parameter", "{op} {params}");
        assert_eq!(error.field(), Some(&*format!("steps[0].params.{field}")), "{op} {params}");
    }
}

#[test]
fn a_person_in_another_colour_keeps_the_face() {
    let Some(models) = super::models::models("a_person_in_another_colour_keeps_the_face") else { return };
    let before = photo("astronaut.png");
    let result =
        run_with(models, &one("recolor", json!({"target": {"kind": "people"}, "color": "#1e5aa8"})), &Inputs::one(before.clone())).unwrap();
    let mask = result.mask.as_ref().unwrap();
    same_outside(&before, &result.picture, mask);
    for (x, y) in [(205, 110), (224, 120), (245, 110)] {
        assert_eq!(result.picture.pixel(x, y), before.pixel(x, y), "the face at {x},{y}");
    }
    let [r, _, b, _] = result.picture.pixel(110, 330);
    assert!(b > r, "the suit is blue");
    assert_eq!(result.report.as_ref().unwrap().0["faces_kept"], true);
}

fn mean(picture: &Picture) -> [f32; 3] {
    let n = picture.area() as usize;
    std::array::from_fn(|c| (0..n).map(|i| lab(srgb(picture, i))[c]).sum::<f32>() / n as f32)
}

#[test]
fn the_look_of_another_photo_is_taken_over_and_the_same_photo_changes_nothing() {
    for (name, other) in [("coffee.png", "chelsea.png"), ("chelsea.png", "astronaut.png"), ("astronaut.png", "coffee.png")] {
        let (before, reference) = (photo(name), photo(other));
        let result = run(&one("match", json!({"to": "image:2"})), &Inputs::many([before.clone(), reference.clone()])).unwrap();
        let wanted = mean(&reference);
        let off = |m: [f32; 3]| m.iter().zip(wanted).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt();
        let (was, is) = (off(mean(&before)), off(mean(&result.picture)));
        assert!(is < 6.0 && is < 0.5 * was, "{name} like {other}: {was:.1} became {is:.1}");
        let same = run(&one("match", json!({"to": "image:1"})), &Inputs::one(before.clone())).unwrap();
        let worst = before.rgba8().iter().zip(same.picture.rgba8()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(worst <= Some(1), "{name}: {worst:?} levels");
    }
}

#[test]
fn a_matched_part_leaves_the_rest() {
    let (before, mask) = (photo("coffee.png"), saucer());
    let inputs = Inputs { masks: with_mask(&before, &mask).masks, ..Inputs::many([before.clone(), photo("rocket.png")]) };
    let target = json!({"kind": "mask", "mask": "upload"});
    let result = run(&one("match", json!({"to": "image:2", "target": target})), &inputs).unwrap();
    assert!(result.exact_outside_target && result.mask.as_deref() == Some(&mask));
    same_outside(&before, &result.picture, &mask);
    assert_ne!(result.picture.pixel(150, 250), before.pixel(150, 250));
}

#[tokio::test]
async fn by_words_and_a_brush_a_part_changes_its_colour() {
    let app = TestApp::start().await;
    let (before, mask) = (photo("coffee.png"), saucer());
    for words in ["涂过的位置改为蓝色", "the part I brushed should be blue"] {
        let form = Form::new()
            .text("instruction", words)
            .text("format", "png")
            .part("image", Part::bytes(bytes("coffee.png")).file_name("a.png"))
            .part("mask", Part::bytes(encode_mask(&mask).unwrap().bytes).file_name("m.png"));
        let response = app.client.post(app.api("/edit")).multipart(form).send().await.unwrap();
        assert_eq!(response.status(), 200, "{words}");
        let after = decode(&response.bytes().await.unwrap(), &Limits::default()).unwrap().picture;
        same_outside(&before, &after, &mask);
        let [r, _, b, _] = after.pixel(150, 250);
        assert!(b > r, "{words}: blue");
    }
}

#[tokio::test]
async fn by_words_and_a_second_picture_the_look_is_taken_over() {
    let app = TestApp::start().await;
    let small = encode(&photo("rocket.png"), &EncodeOptions::new(Format::Png)).unwrap().bytes;
    for words in ["调成跟图2一样的色调", "match the colours to image 2"] {
        let form = Form::new()
            .text("instruction", words)
            .text("format", "png")
            .part("image", Part::bytes(bytes("coffee.png")).file_name("a.png"))
            .part("image", Part::bytes(small.clone()).file_name("b.png"));
        let response = app.client.post(app.api("/edit")).multipart(form).send().await.unwrap();
        assert_eq!(response.status(), 200, "{words}");
        let after = decode(&response.bytes().await.unwrap(), &Limits::default()).unwrap().picture;
        assert!(mean(&after)[2] < mean(&photo("coffee.png"))[2] - 15.0, "{words}: bluer");
    }
}
