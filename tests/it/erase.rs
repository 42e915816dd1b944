//! Erasing, through the front door: what was never selected stays bit for bit, masks of every make are understood, and what cannot be is said.

use std::collections::BTreeSet;

use portico::imaging::{EncodeOptions, Format, encode};
use portico::imaging::{Limits, Mask, Picture, decode, decode_mask, encode_mask};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::app::{TestApp, error_code, have_models};
use crate::kit;

fn photo(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/photos/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn picture_of(bytes: &[u8]) -> std::sync::Arc<Picture> {
    decode(bytes, &Limits::default()).unwrap().picture
}

/// A soft pattern with an edge across it.
fn scenery(width: u32, height: u32) -> Picture {
    let pixel = |i: u32| {
        let (x, y) = (i % width, i / width);
        let sky = y * 2 < height;
        let v = ((x * 7 + y * 13) % 17) as u8;
        if sky { [120 + v, 160 + v, 220, 255] } else { [60 + v, 110 + v, 50, 255] }
    };
    Picture::from_rgba8(width, height, (0..width * height).flat_map(pixel).collect())
}

fn png(picture: &Picture) -> Vec<u8> {
    encode(picture, &EncodeOptions::new(Format::Png)).unwrap().bytes
}

fn rectangle(size: (u32, u32), from: (u32, u32), side: (u32, u32)) -> Mask {
    let inside = |v: u32, from: u32, length: u32| v >= from && v < from + length;
    let value = |i: u32| if inside(i % size.0, from.0, side.0) && inside(i / size.0, from.1, side.1) { 255 } else { 0 };
    Mask::new(size.0, size.1, (0..size.0 * size.1).map(value).collect())
}

async fn erase(app: &TestApp, picture: Vec<u8>, mask: Vec<u8>) -> reqwest::Response {
    let form = Form::new()
        .text("instruction", "remove this")
        .text("format", "png")
        .part("image", Part::bytes(picture).file_name("a.png"))
        .part("mask", Part::bytes(mask).file_name("m.png"));
    app.client.post(app.api("/edit")).multipart(form).send().await.unwrap()
}

#[tokio::test]
async fn after_ten_edits_in_a_chat_every_pixel_that_was_never_selected_is_the_uploads() {
    let app = TestApp::start().await;
    let session = app.session().await;
    let upload = encode(&picture_of(&photo("coffee.png")), &EncodeOptions::new(Format::Jpeg).with_quality(88)).unwrap().bytes;
    let before = picture_of(&upload);
    let size = (before.width(), before.height());
    let image = app.upload("coffee.jpg", upload).await;
    let mut touched = Mask::filled(size.0, size.1, 0);
    for n in 0..10u32 {
        // Spots along a diagonal, the first and last at the border.
        let spot = rectangle(size, (n * (size.0 - 20) / 9, n * (size.1 - 20) / 9), (20, 20));
        let mask = app.upload("mask.png", encode_mask(&spot).unwrap().bytes).await;
        let images = if n == 0 { vec![image["id"].clone()] } else { vec![] };
        let said = json!({"text": if n % 2 == 0 { "把这个去掉" } else { "erase this" }, "images": images, "mask": mask["id"]});
        app.post(&format!("/sessions/{session}/messages?wait=true"), &said).await;
    }
    let versions = app.get(&format!("/sessions/{session}/versions")).await;
    let versions = versions["versions"].as_array().unwrap();
    assert_eq!(versions.len(), 11, "the upload and ten edits");
    for version in &versions[1..] {
        assert_eq!(version["exact_outside_target"], true);
        let mask = decode_mask(&app.bytes(version["mask"]["url"].as_str().unwrap()).await, &Limits::default()).unwrap();
        touched = touched.combined(&mask, portico::imaging::Combine::Or);
    }
    let after = picture_of(&app.bytes(versions[10]["image"]["url"].as_str().unwrap()).await);
    let (mut same, mut changed) = (0u32, 0u32);
    for (i, (a, b)) in before.rgba8().as_chunks::<4>().0.iter().zip(after.rgba8().as_chunks::<4>().0).enumerate() {
        if touched.values()[i] == 0 {
            assert_eq!(a, b, "pixel {i} was never selected");
            same += 1;
        } else {
            changed += u32::from(a != b);
        }
    }
    assert!(same > 200_000 && changed > 2_000, "{same} kept, {changed} changed");
}

#[tokio::test]
async fn a_hole_at_any_border_of_any_size_is_filled_and_nothing_else_changes() {
    let app = TestApp::start().await;
    for size in [(37, 41), (1, 5000), (1021, 767)] {
        let picture = scenery(size.0, size.1);
        let side = (size.0.min(23), size.1.min(19));
        let (right, bottom) = (size.0 - side.0, size.1 - side.1);
        let places: BTreeSet<(u32, u32)> =
            [(0, 0), (right, 0), (0, bottom), (right, bottom), (right / 2, 0), (0, bottom / 2), (right / 2, bottom / 2)].into();
        for place in places {
            let mask = rectangle(size, place, side);
            let response = erase(&app, png(&picture), encode_mask(&mask).unwrap().bytes).await;
            assert_eq!(response.status(), 200, "{size:?} at {place:?}");
            let result = picture_of(&response.bytes().await.unwrap());
            assert_eq!((result.width(), result.height()), size);
            // 4 px and 0.4 % of the long side, and the soft edge.
            let long = f64::from(size.0.max(size.1));
            let reach = (4.0 + 0.004 * long).round() as i32 + (2.0 + 0.001 * long).round() as i32;
            // The soft edge is made of boxes, which reach farther at corners.
            let allowed = mask.grown(reach + 1);
            for (i, (a, b)) in picture.rgba8().as_chunks::<4>().0.iter().zip(result.rgba8().as_chunks::<4>().0).enumerate() {
                assert!(a == b || allowed.values()[i] > 0, "{size:?} at {place:?}: pixel {i} changed");
            }
        }
    }
}

#[tokio::test]
async fn masks_of_every_make_mean_the_same() {
    let app = TestApp::start().await;
    let picture = scenery(160, 120);
    let mask = rectangle((160, 120), (60, 40), (30, 30));
    let grey = kit::Rgb::new(160, 120, |x, y| [mask.at(x, y); 3]);
    let alpha = Picture::from_rgba8(160, 120, mask.values().iter().flat_map(|&v| [9, 9, 9, v]).collect());
    let expected = erase(&app, png(&picture), encode_mask(&mask).unwrap().bytes).await.bytes().await.unwrap();
    let makes = [
        ("1-bit", kit::low_depth_png(&grey, 1)),
        ("16-bit", kit::deep_png(160, 120, 0, |x, y| vec![u16::from(mask.at(x, y)) * 257])),
        ("alpha", png(&alpha)),
        ("JPEG", kit::grey_jpeg(&grey)),
    ];
    for (make, bytes) in makes {
        let response = erase(&app, png(&picture), bytes).await;
        assert_eq!(response.status(), 200, "{make}");
        assert!(!response.headers().contains_key("x-portico-warnings"), "{make} warns");
        let result = response.bytes().await.unwrap();
        if make == "JPEG" {
            // Lossy values near the edge move it by a pixel at most.
            let allowed = mask.grown(5 + 2 + 2);
            let (a, b) = (picture_of(&result), picture.clone());
            let out = (0..160 * 120).filter(|&i| a.pixel(i % 160, i / 160) != b.pixel(i % 160, i / 160));
            assert!(out.into_iter().all(|i| allowed.values()[i as usize] > 0));
        } else {
            assert_eq!(picture_of(&result), picture_of(&expected), "{make}");
        }
    }
    let half = erase(&app, png(&picture), encode_mask(&mask.resized(80, 60)).unwrap().bytes).await;
    assert_eq!((half.status().as_u16(), half.headers()["x-portico-warnings"].to_str().unwrap()), (200, "mask_resized"));
    let other = erase(&app, png(&picture), encode_mask(&Mask::filled(120, 160, 255)).unwrap().bytes).await;
    assert_eq!(error_code(other).await, (400, "mask_size_mismatch".to_owned()));
}

#[tokio::test]
async fn nothing_and_everything_are_answered_plainly() {
    let app = TestApp::start().await;
    let picture = png(&scenery(64, 48));
    let of = |value| encode_mask(&Mask::filled(64, 48, value)).unwrap().bytes;
    assert_eq!(error_code(erase(&app, picture.clone(), of(0)).await).await, (400, "mask_empty".to_owned()));
    assert_eq!(error_code(erase(&app, picture.clone(), of(255)).await).await, (400, "nothing_to_fill_from".to_owned()));
    let dot = png(&Picture::filled(1, 1, [9, 9, 9, 255]));
    let all = encode_mask(&Mask::filled(1, 1, 255)).unwrap().bytes;
    assert_eq!(error_code(erase(&app, dot, all).await).await.1, "nothing_to_fill_from");
}

#[tokio::test]
async fn what_is_not_there_is_said_and_nothing_is_edited_instead() {
    if !have_models("what_is_not_there_is_said_and_nothing_is_edited_instead") {
        return;
    }
    let app = TestApp::start().await;
    let response = app.edit("cat.png", photo("chelsea.png"), "把狗右边的车去掉").await;
    let (status, code) = error_code(response).await;
    assert!(status >= 400 && ["target_not_found", "question"].contains(&code.as_str()), "{status} {code}");
    let form = Form::new().text("instruction", "remove the car").part("image", Part::bytes(photo("chelsea.png")).file_name("cat.png"));
    let response = app.client.post(app.api("/edit")).header("accept-language", "en").multipart(form).send().await.unwrap();
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["error"]["code"], "target_not_found");
    let message = body["error"]["message"].as_str().unwrap();
    assert!(message.contains("cat"), "it says what it sees: {message}");
}

/// A thing with a soft shadow beside it: both go.
#[tokio::test]
async fn the_shadow_goes_with_the_thing() {
    if !have_models("the_shadow_goes_with_the_thing") {
        return;
    }
    let (w, h) = (480u32, 360u32);
    let ground = |x: u32, y: u32| {
        let v = 205.0 + 15.0 * x as f32 / w as f32 + ((x * 5 + y * 11) % 4) as f32;
        [v, v - 6.0, v - 16.0]
    };
    let pixel = |i: u32| {
        let (x, y) = (i % w, i / w);
        if (180..270).contains(&x) && (110..230).contains(&y) {
            return [190, 40 + (y / 4) as u8, 30, 255];
        }
        let (dx, dy) = ((x as f32 - 270.0) / 75.0, (y as f32 - 226.0) / 22.0);
        let shade = 1.0 - 0.45 * (1.4 - (dx * dx + dy * dy).sqrt()).clamp(0.0, 1.0);
        let [r, g, b] = ground(x, y).map(|v| (v * shade) as u8);
        [r, g, b, 255]
    };
    let picture = Picture::from_rgba8(w, h, (0..w * h).flat_map(pixel).collect());
    let app = TestApp::start().await;
    let form =
        Form::new().text("instruction", "去掉主体").text("format", "png").part("image", Part::bytes(png(&picture)).file_name("box.png"));
    let response = app.client.post(app.api("/edit")).multipart(form).send().await.unwrap();
    assert_eq!(response.status(), 200, "{}", response.text().await.unwrap());
    let result = picture_of(&response.bytes().await.unwrap());
    let mut worst = 0.0f32;
    for (x, y) in (150..400).step_by(6).flat_map(|x| (100..280).step_by(6).map(move |y| (x, y))) {
        let (found, clean) = (result.pixel(x, y), ground(x, y));
        worst = (0..3).map(|c| (f32::from(found[c]) - clean[c]).abs()).fold(worst, f32::max);
    }
    assert!(worst <= 9.0, "the ground is off by {worst} somewhere");
}

#[tokio::test]
async fn what_several_steps_changed_is_together_in_the_versions_mask() {
    let app = TestApp::start().await;
    let session = app.session().await;
    let image = app.upload("cat.png", photo("chelsea.png")).await;
    let part = |op: &str, x: u32| json!({"op": op, "params": {"target": {"kind": "region", "box": [x, 40, 30, 30]}}});
    let plan = json!({"version": 1, "steps": [part("redact", 20), part("erase", 300)]});
    app.post(&format!("/sessions/{session}/messages?wait=true"), &json!({"plan": plan, "images": [image["id"]]})).await;
    let version = app.get(&format!("/sessions/{session}/versions/2")).await;
    assert_eq!(version["exact_outside_target"], true);
    let mask = picture_of(&app.bytes(version["mask"]["url"].as_str().unwrap()).await);
    let (before, after) = (picture_of(&photo("chelsea.png")), picture_of(&app.bytes(version["image"]["url"].as_str().unwrap()).await));
    assert!(mask.pixel(35, 55)[0] == 255 && mask.pixel(315, 55)[0] == 255 && mask.pixel(200, 200)[0] == 0);
    let pixels = |p: &Picture| p.rgba8().as_chunks::<4>().0.to_vec();
    for ((a, b), m) in pixels(&before).iter().zip(&pixels(&after)).zip(&pixels(&mask)) {
        assert!(m[0] > 0 || a == b, "changed outside the mask");
    }
}

/// The same part, named in each of the ways that there are.
#[tokio::test]
async fn a_click_a_box_a_name_and_a_stored_mask_lead_to_the_same_person() {
    if !have_models("a_click_a_box_a_name_and_a_stored_mask_lead_to_the_same_person") {
        return;
    }
    let app = TestApp::start().await;
    let image = app.upload("astronaut.png", photo("astronaut.png")).await;
    let id = image["id"].as_str().unwrap();
    let select = async |target: Value| {
        let plan = json!({"version": 1, "steps": [{"op": "select", "params": {"target": target}}]});
        let form = Form::new().text("plan", plan.to_string()).text("image", id.to_owned());
        let response = app.client.post(app.api("/run")).multipart(form).send().await.unwrap();
        assert_eq!(response.status(), 200, "{target}: {}", response.text().await.unwrap());
        decode_mask(&response.bytes().await.unwrap(), &Limits::default()).unwrap()
    };
    let overlap = |a: &Mask, b: &Mask| {
        let pairs = || a.values().iter().zip(b.values()).map(|(a, b)| (*a > 127, *b > 127));
        pairs().filter(|(a, b)| *a && *b).count() as f64 / pairs().filter(|(a, b)| *a || *b).count() as f64
    };
    let named = select(json!({"kind": "people"})).await;
    for target in [
        json!({"kind": "region", "points": [[224, 120, 1]]}),
        json!({"kind": "region", "points": [[200, 420, 1], [450, 480, 0]]}),
        json!({"kind": "region", "box": [20, 5, 380, 507]}),
        json!({"kind": "people", "which": "left"}),
    ] {
        let mask = select(target.clone()).await;
        let (face, flag, shuttle) = (mask.at(224, 120), mask.at(20, 60), mask.at(430, 100));
        assert_eq!((face, flag, shuttle), (255, 0, 0), "{target}");
        assert!(overlap(&mask, &named) > 0.85, "{target}: {}", overlap(&mask, &named));
    }
    // On the page a click asks without a job, and is answered the same at full size.
    let clicked = json!({"target": {"kind": "region", "points": [[224, 120, 1]]}});
    let response = app.client.post(app.api(&format!("/images/{id}/mask"))).json(&clicked).send().await.unwrap();
    let shown = decode_mask(&response.bytes().await.unwrap(), &Limits::default()).unwrap();
    assert_eq!(shown, select(clicked["target"].clone()).await);
    let stored = app.upload("mask.png", encode_mask(&shown).unwrap().bytes).await;
    assert_eq!(select(json!({"kind": "mask", "mask": stored["id"]})).await, shown);
}
