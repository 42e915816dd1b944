//! Two promises that hold for every operation alike: only the target changes, and nothing at no strength. A new operation that promises the first, or
//! has a strength, fails here until it has its row.

use std::sync::Arc;

use portico::imaging::{EncodeOptions, Format, Limits, Mask, Picture, decode, encode, encode_mask};
use portico::ops::registry;
use portico::plan::Plan;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::operations::{inputs, run, step, sticker};

fn photo() -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/photos/dust-bowl-home.jpg")).unwrap()
}

fn picture(bytes: &[u8]) -> Arc<Picture> {
    decode(bytes, &Limits::default()).unwrap().picture
}

/// A plan of one step for every operation that leaves all outside its target alone.
fn exact(mask: &str) -> Vec<(&'static str, Value)> {
    let part = || json!({"kind": "mask", "mask": mask, "feather": 3});
    vec![
        ("background", json!({"target": part(), "color": "teal"})),
        ("erase", json!({"target": part()})),
        ("swap", json!({"target": part(), "with": "image:2"})),
        ("place", json!({"image": "image:2", "position": "left", "shadow": "contact"})),
        ("watermark", json!({"image": "image:2", "tile": true})),
        ("recolor", json!({"target": part(), "color": "teal"})),
        ("match", json!({"to": "image:2", "target": part()})),
        ("redact", json!({"target": part()})),
        ("retouch", json!({"target": part(), "skin": 1})),
        ("adjust", json!({"target": part(), "exposure": 40, "saturation": 60, "shadows": 30})),
        ("revert", json!({"target": part(), "input": "after"})),
        ("detail", json!({"target": part(), "radius": 4, "input": "after"})),
    ]
}

#[tokio::test]
async fn outside_the_stored_target_a_jpeg_photo_is_bit_identical_in_the_stored_version() {
    let names: Vec<&str> = exact("").iter().map(|(op, _)| *op).collect();
    for spec in registry::all().map(|op| op.spec()).filter(|s| s.available && s.exact_outside_target) {
        assert!(names.contains(&spec.name), "{} promises it and is not tested", spec.name);
    }
    let app = TestApp::start().await;
    let bytes = photo();
    let before = picture(&bytes);
    let sticker = encode(&sticker(), &EncodeOptions::new(Format::Png)).unwrap().bytes;
    let sticker = app.upload("sticker.png", sticker).await["id"].as_str().unwrap().to_owned();
    let inside = |i: u32| (60..140).contains(&(i % before.width())) && (90..150).contains(&(i / before.width()));
    let drawn = (0..before.width() * before.height()).map(|i| if inside(i) { 255 } else { 0 }).collect();
    let mask = encode_mask(&Mask::new(before.width(), before.height(), drawn)).unwrap().bytes;
    let mask = app.upload("mask.png", mask).await["id"].as_str().unwrap().to_owned();
    for (op, mut params) in exact(&mask) {
        let session = app.session().await;
        let image = app.upload("photo.jpg", bytes.clone()).await["id"].as_str().unwrap().to_owned();
        let mut base = before.clone();
        let images = json!([image, sticker]);
        let mut steps = vec![];
        if params.as_object_mut().unwrap().remove("input").is_some() {
            // Something has to be different from the original before it can be brought back.
            let said =
                json!({"plan": {"version": 1, "steps": [{"op": "filter", "params": {"name": "blur", "radius": 2}}]}, "images": [image]});
            let answer = app.post(&format!("/sessions/{session}/messages?wait=true"), &said).await;
            base = stored(&app, &session, &answer["job"]["version"]).await.0;
        }
        steps.push(json!({"op": op, "params": params}));
        let mut said = json!({"plan": {"version": 1, "steps": steps}});
        if Arc::ptr_eq(&base, &before) {
            said["images"] = images;
        }
        let answer = app.post(&format!("/sessions/{session}/messages?wait=true"), &said).await;
        assert_eq!(answer["job"]["state"], "succeeded", "{op}: {answer}");
        let (after, mask) = stored(&app, &session, &answer["job"]["version"]).await;
        let mask = mask.unwrap_or_else(|| panic!("{op} stored no target"));
        let mut differ = 0;
        for (i, (a, b)) in base.rgba8().as_chunks::<4>().0.iter().zip(after.rgba8().as_chunks::<4>().0).enumerate() {
            if mask.rgba8()[i * 4] == 0 {
                assert_eq!(a, b, "{op} outside its target, at {i}");
            } else {
                differ += usize::from(a != b);
            }
        }
        assert!(differ > 0, "{op} changed nothing");
    }
}

/// The version's picture and its stored target.
async fn stored(app: &TestApp, session: &str, number: &Value) -> (Arc<Picture>, Option<Arc<Picture>>) {
    let version = app.get(&format!("/sessions/{session}/versions/{number}")).await;
    let after = picture(&app.bytes(version["image"]["url"].as_str().expect("a picture")).await);
    let mask = match version["mask"]["url"].as_str() {
        // As it is: read as a mask somebody sends, values up to 8 would count as noise.
        Some(url) => Some(picture(&app.bytes(url).await)),
        None => None,
    };
    (after, mask)
}

/// Every parameter that says how much, at nothing.
fn nothing() -> Vec<(&'static str, &'static str, Value)> {
    let part = || json!({"kind": "mask", "mask": "upload"});
    vec![
        ("recolor", "strength", json!({"target": part(), "color": "teal", "strength": 0})),
        ("match", "strength", json!({"to": "image:2", "strength": 0})),
        ("detail", "strength", json!({"strength": 0, "from": "image:1"})),
        ("enhance", "strength", json!({"strength": 0})),
        ("denoise", "strength", json!({"strength": 0})),
        ("sharpen", "strength", json!({"strength": 0})),
        ("deblur", "strength", json!({"strength": 0})),
        ("retouch", "amount", json!({"target": part(), "amount": 0})),
        ("filter", "amount", json!({"name": "vintage", "amount": 0})),
        ("filter", "amount", json!({"name": "blur", "amount": 0})),
        ("filter", "amount", json!({"name": "pixelate", "amount": 0})),
        ("place", "opacity", json!({"image": "image:2", "opacity": 0})),
        ("watermark", "opacity", json!({"image": "image:2", "opacity": 0})),
    ]
}

#[test]
fn at_no_strength_every_operation_gives_back_the_picture_bit_for_bit() {
    for spec in registry::all().map(|op| op.spec()).filter(|s| s.available) {
        let schema = serde_json::to_value((spec.params)()).unwrap();
        for name in ["strength", "amount", "opacity"] {
            if schema["properties"].get(name).is_some() {
                assert!(nothing().iter().any(|(op, param, _)| *op == spec.name && *param == name), "{}.{name} is not tested", spec.name);
            }
        }
    }
    let deep =
        Picture::from_rgba16(120, 90, (0..120 * 90u32).flat_map(|i| [(i * 5) as u16, (i % 120 * 500) as u16, 30_000, 65535]).collect());
    let soft =
        Picture::from_rgba8(120, 90, (0..120 * 90u32).flat_map(|i| [(i / 7) as u8, (i % 120) as u8, 77, (i % 90 * 2) as u8]).collect());
    for before in [(*picture(&photo())).clone(), deep, soft] {
        for (op, _, params) in nothing() {
            let done = run(&Plan::new(vec![step(op, params.clone())]), &inputs(&before)).unwrap_or_else(|e| panic!("{op} {params}: {e}"));
            assert_eq!(*done.picture, before, "{op} {params}");
        }
        let all: Value = ["brightness", "contrast", "saturation", "temperature", "tint", "exposure", "highlights", "shadows", "hue"]
            .iter()
            .map(|name| ((*name).to_owned(), json!(0)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        assert_eq!(*run(&Plan::new(vec![step("adjust", all)]), &inputs(&before)).unwrap().picture, before, "all sliders at nothing");
    }
}
