//! The original's detail on an edit: it lands where it belongs through crops, turns and sizes, and nothing that is gone comes back.

use std::sync::Arc;

use portico::cancel::Cancel;
use portico::engine::execute::{Env, Inputs, Run, RunError, execute};
use portico::imaging::resize::resize;
use portico::imaging::{EncodeOptions, Format, Limits, Mask, Picture, Rect, decode, encode, encode_mask, geometry};
use portico::models::Models;
use portico::ops::Unwatched;
use portico::plan::{Plan, Step};
use portico::text::Explain;
use serde_json::{Value, json};

use crate::app::TestApp;

fn photo_bytes(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/photos/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn picture_of(bytes: &[u8]) -> Picture {
    Picture::clone(&decode(bytes, &Limits::default()).unwrap().picture)
}

fn mean_difference(a: &Picture, b: &Picture, inside: impl Fn(u32, u32) -> bool) -> f64 {
    assert_eq!((a.width(), a.height()), (b.width(), b.height()));
    let (mut sum, mut count) = (0u64, 0u64);
    for (x, y) in (0..a.height()).flat_map(|y| (0..a.width()).map(move |x| (x, y))).filter(|&(x, y)| inside(x, y)) {
        let (a, b) = (a.pixel(x, y), b.pixel(x, y));
        sum += (0..3).map(|c| u64::from(a[c].abs_diff(b[c]))).sum::<u64>();
        count += 3;
    }
    sum as f64 / count as f64
}

/// Runs a plan in a session and gives the picture of the version that it made.
async fn made(app: &TestApp, session: &str, steps: Value, images: &[&str]) -> (Value, Picture) {
    let said = json!({ "plan": {"version": 1, "steps": steps}, "images": images });
    let answer = app.post(&format!("/sessions/{session}/messages?wait=true"), &said).await;
    assert_eq!(answer["job"]["state"], "succeeded", "{answer}");
    let version = app.get(&format!("/sessions/{session}/versions/{}", answer["job"]["version"])).await;
    let picture = picture_of(&app.bytes(version["image"]["url"].as_str().unwrap()).await);
    (version, picture)
}

#[tokio::test]
async fn detail_lands_where_it_belongs_through_a_crop_a_turn_and_other_sizes() {
    let app = TestApp::start().await;
    let session = app.session().await;
    let original = photo_bytes("coffee.png");
    let image = app.upload("coffee.png", original.clone()).await["id"].as_str().unwrap().to_owned();
    made(&app, &session, json!([{"op": "crop", "params": {"box": [101, 51, 400, 300]}}]), &[&image]).await;
    made(&app, &session, json!([{"op": "resize", "params": {"width": 160, "height": 120}}]), &[]).await;
    made(&app, &session, json!([{"op": "rotate", "params": {"degrees": 90}}]), &[]).await;
    let (_, soft) = made(&app, &session, json!([{"op": "resize", "params": {"width": 300, "height": 400}}]), &[]).await;
    let crop = geometry::crop(&picture_of(&original), Rect { x: 101, y: 51, width: 400, height: 300 }).0;
    let truth = geometry::rotate_quarters(&crop, 1).0;
    let inside = |x: u32, y: u32| (8..292).contains(&x) && (8..392).contains(&y);
    let before = mean_difference(&soft, &truth, inside);
    // The original is implied; version 2, the crop itself, has the same detail.
    for params in [json!({"radius": 4}), json!({"radius": 4, "from": "version:2"})] {
        let (version, sharp) = made(&app, &session, json!([{"op": "detail", "input": "version:5", "params": params}]), &[]).await;
        let after = mean_difference(&sharp, &truth, inside);
        assert!(after < 0.5 * before, "{params}: {before} to {after}");
        assert_eq!((&version["parent"], &version["exact_outside_target"]), (&json!(5), &json!(true)));
    }
    let said = app.say(&session, "把原图的细节贴回来", &[]).await;
    assert_eq!(said["job"]["state"], "succeeded", "{said}");
}

#[tokio::test]
async fn what_was_erased_does_not_come_back_with_the_detail() {
    let app = TestApp::start().await;
    let session = app.session().await;
    // A striped ball on a meadow.
    let meadow = |x: u32, y: u32| {
        let v = ((x * 7 + y * 13) % 23) as u8;
        [60 + v, 110 + v, 50, 255]
    };
    let ball = |x: u32, y: u32| (f64::from(x) - 150.0).hypot(f64::from(y) - 100.0) < 22.0;
    let pixel = |x: u32, y: u32| {
        if !ball(x, y) {
            meadow(x, y)
        } else if (x + y) % 8 < 4 {
            [230, 230, 235, 255]
        } else {
            [200, 30, 40, 255]
        }
    };
    let original = Picture::from_rgba8(300, 200, (0..60_000).flat_map(|i| pixel(i % 300, i / 300)).collect());
    let bytes = encode(&original, &EncodeOptions::new(Format::Png)).unwrap().bytes;
    let image = app.upload("ball.png", bytes).await["id"].as_str().unwrap().to_owned();
    let mask = Mask::new(300, 200, (0..60_000).map(|i| if ball(i % 300, i / 300) { 255 } else { 0 }).collect());
    let mask = app.upload("mask.png", encode_mask(&mask).unwrap().bytes).await;
    let said = json!({"text": "erase this", "images": [image], "mask": mask["id"]});
    app.post(&format!("/sessions/{session}/messages?wait=true"), &said).await;
    let erased = app.get(&format!("/sessions/{session}/versions/2")).await;
    let erased = picture_of(&app.bytes(erased["image"]["url"].as_str().unwrap()).await);
    let near = |x: u32, y: u32| (f64::from(x) - 150.0).hypot(f64::from(y) - 100.0) < 36.0;
    let was = mean_difference(&original, &erased, near);
    let said = app.say(&session, "bring back the original detail", &[]).await;
    assert_eq!(said["job"]["state"], "succeeded", "{said}");
    let result = match said["job"]["version"].as_u64() {
        Some(n) => {
            let version = app.get(&format!("/sessions/{session}/versions/{n}")).await;
            picture_of(&app.bytes(version["image"]["url"].as_str().unwrap()).await)
        }
        None => erased.clone(),
    };
    let ghost = mean_difference(&result, &erased, near);
    assert!(was > 20.0 && ghost < 0.05 * was, "{ghost} of {was} came back");
}

fn detail(params: Value, pictures: &[&Picture], mask: Option<Mask>) -> Result<Run, RunError> {
    let mut inputs = Inputs::many(pictures.iter().map(|p| Arc::new(Picture::clone(p))));
    inputs.masks.extend(mask.map(|mask| ("upload".to_owned(), Arc::new(mask))));
    let step = Step { params: params.as_object().cloned().unwrap(), ..Step::new("detail") };
    execute(&Plan::new(vec![step]), &inputs, &Env { models: &Models::none(), limits: &Limits::default() }, &Unwatched, &Cancel::new())
}

#[test]
fn outside_the_target_every_pixel_is_bit_identical_and_inside_it_is_sharper() {
    let original = picture_of(&photo_bytes("chelsea.png"));
    let size = (original.width(), original.height());
    let soft = resize(&resize(&original, size.0 / 2, size.1 / 2), size.0, size.1);
    let mask = Mask::new(size.0, size.1, (0..size.0 * size.1).map(|i| if i % size.0 < 200 { 255 } else { 0 }).collect());
    let target = json!({"kind": "mask", "mask": "upload"});
    let run = detail(json!({"from": "image:2", "target": target, "radius": 3}), &[&soft, &original], Some(mask)).unwrap();
    assert!(run.exact_outside_target && run.mask.is_some());
    assert_eq!(mean_difference(&run.picture, &soft, |x, _| x >= 200), 0.0);
    let inside = |x: u32, y: u32| (8..190).contains(&x) && (8..size.1 - 8).contains(&y);
    let (before, after) = (mean_difference(&soft, &original, inside), mean_difference(&run.picture, &original, inside));
    assert!(after < 0.5 * before, "{before} to {after}");
}

#[test]
fn without_strength_or_difference_nothing_changes_and_no_version_is_made() {
    let original = picture_of(&photo_bytes("chelsea.png"));
    for (params, other) in
        [(json!({"from": "image:2", "strength": 0}), Picture::filled(451, 300, [9, 9, 9, 255])), (json!({}), original.clone())]
    {
        let run = detail(params, &[&original, &other], None).unwrap();
        assert_eq!((&*run.picture, run.makes_version), (&original, false));
    }
    let same = detail(json!({}), &[&original], None).unwrap();
    assert_eq!(same.notices()[0].code, "detail_same");
}

#[test]
fn pictures_that_cannot_be_laid_over_each_other_are_refused_with_the_reason() {
    let (a, b) = (Picture::filled(60, 40, [90, 90, 90, 255]), Picture::filled(61, 40, [90, 90, 90, 255]));
    let error = detail(json!({"from": "image:2"}), &[&a, &b], None).unwrap_err();
    assert_eq!(error.code(), "no_common_ground");
    assert!(error.text().en.contains("61×40") && error.text().zh.contains("60×40"), "{error}");
    let missing = detail(json!({"from": "image:3"}), &[&a, &b], None).unwrap_err();
    assert_eq!((missing.code(), missing.field()), ("invalid_parameter", Some("steps[0].params.from")));
    let radius = detail(json!({"radius": 0}), &[&a], None).unwrap_err();
    assert_eq!(radius.field(), Some("steps[0].params.radius"));
}
