//! Long pictures: sliced without losing a pixel, joined without changing one, over every way in.

use std::io::{Cursor, Read};
use std::sync::Arc;

use portico::imaging::{EncodeOptions, Format, Limits, Picture, decode, encode};
use portico::plan::Plan;
use portico::text::Explain;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::operations::{inputs, run, step};

/// A page of sections, each of stripes, with blank bands between them that have a tint of their own.
fn page(width: u32, sections: &[u32], band: u32) -> Picture {
    let mut rgba = vec![];
    for (i, &height) in sections.iter().enumerate() {
        for y in 0..height {
            let line = (y / 6) % 2 == 0 || y == 0 || y + 1 == height;
            rgba.extend(
                (0..width)
                    .flat_map(|x| if line && (x / 3) % 2 == 0 { [(40 * i) as u8, (x % 200) as u8, 30, 255] } else { [250, 250, 248, 255] }),
            );
        }
        if i + 1 < sections.len() {
            rgba.extend([236, 240, 250, 255].repeat((width * band) as usize));
        }
    }
    let height = rgba.len() as u32 / 4 / width;
    Picture::from_rgba8(width, height, rgba)
}

fn plan(steps: Vec<portico::plan::Step>) -> Plan {
    Plan::new(steps)
}

fn under_each_other(parts: &[Arc<Picture>]) -> Picture {
    let (width, height) = (parts[0].width(), parts.iter().map(|p| p.height()).sum());
    Picture::from_rgba8(width, height, parts.iter().flat_map(|p| p.rgba8().to_vec()).collect())
}

#[test]
fn the_parts_put_together_again_are_the_very_pixels() {
    let page = page(320, &[200, 150, 260], 40);
    for params in [
        json!({"parts": 7}),
        json!({"by": "blank"}),
        json!({"max_height": 90}),
        json!({"at": [1, 300, 301]}),
        json!({"by": "blank", "max_height": 330}),
    ] {
        let result = run(&plan(vec![step("split", params.clone())]), &inputs(&page)).unwrap();
        assert!(result.pieces.len() >= 2 && !result.makes_version, "{params}");
        assert_eq!(under_each_other(&result.pieces), page, "{params}");
    }
    let deep = Picture::from_rgba16(4, 6, (0..96).map(|v| v * 600).collect());
    let result = run(&plan(vec![step("split", json!({"parts": 3}))]), &inputs(&deep)).unwrap();
    let samples: Vec<u16> = result.pieces.iter().flat_map(|p| p.deep().expect("16 bits stay").to_vec()).collect();
    assert_eq!(samples, deep.deep().unwrap());
}

#[test]
fn at_blank_bands_nothing_that_shows_something_is_cut() {
    let page = page(320, &[200, 150, 260], 40);
    let parts = |params: Value| {
        let result = run(&plan(vec![step("split", params)]), &inputs(&page)).unwrap();
        let warnings: Vec<String> = result.notices().iter().map(|n| n.code.clone()).collect();
        (result.pieces.iter().map(|p| p.height()).collect::<Vec<_>>(), warnings)
    };
    assert_eq!(parts(json!({"by": "blank"})), (vec![220, 190, 280], vec![]), "in the middle of each band");
    assert_eq!(parts(json!({"by": "blank", "parts": 2})).0, [410, 280], "the band nearest to the half");
    assert_eq!(parts(json!({"by": "blank", "parts": 5})), (vec![220, 190, 280], vec!["fewer_parts".into()]));
    let (heights, said) = parts(json!({"by": "blank", "max_height": 250}));
    assert!(heights[..2].iter().all(|h| *h <= 250) && said.is_empty() || said == ["part_too_long"], "{heights:?} {said:?}");
    let solid = Picture::from_rgba8(40, 90, (0..40 * 90 * 4u32).map(|i| (i * 37 % 251) as u8 | 3).collect());
    let error = run(&plan(vec![step("split", json!({}))]), &inputs(&solid)).unwrap_err();
    assert_eq!(error.code(), "no_blank_bands");
}

#[test]
fn what_was_split_is_exported_part_by_part_and_not_edited_as_one() {
    let page = page(320, &[200, 150], 40);
    let exported = plan(vec![step("split", json!({"parts": 3})), step("export", json!({"format": "jpeg", "quality": 80}))]);
    let result = run(&exported, &inputs(&page)).unwrap();
    assert_eq!(
        result.files.iter().map(|f| (f.extension, f.part, f.height)).collect::<Vec<_>>(),
        [("jpg", Some(1), 130), ("jpg", Some(2), 130), ("jpg", Some(3), 130)]
    );
    assert!(result.pieces.is_empty(), "the export has written them");
    let edited = plan(vec![step("split", json!({"parts": 3})), step("flip", json!({}))]);
    assert_eq!(run(&edited, &inputs(&page)).unwrap_err().code(), "split_goes_last");
}

#[test]
fn joined_pictures_arrive_as_they_are_and_the_rest_is_the_gaps_colour() {
    let (a, b) = (page(60, &[30, 20], 8), page(60, &[25], 0));
    let mut all = inputs(&a);
    all.images.insert("image:2".parse().unwrap(), Arc::new(b.clone()));
    let result = run(&plan(vec![step("stitch", json!({"gap": 5, "color": "#102030"}))]), &all).unwrap();
    assert_eq!((result.picture.width(), result.picture.height()), (60, 58 + 5 + 25));
    let row = |p: &Picture, y: u32| p.rgba8()[(y * p.width() * 4) as usize..((y + 1) * p.width() * 4) as usize].to_vec();
    assert!((0..58).all(|y| row(&result.picture, y) == row(&a, y)) && (0..25).all(|y| row(&result.picture, 63 + y) == row(&b, y)));
    assert!((58..63).all(|y| row(&result.picture, y) == [0x10, 0x20, 0x30, 255].repeat(60)));
    assert!(result.notices().is_empty(), "nothing was scaled");
    let narrow = page(30, &[40], 0);
    all.images.insert("image:2".parse().unwrap(), Arc::new(narrow.clone()));
    let scaled = run(&plan(vec![step("stitch", json!({}))]), &all).unwrap();
    assert_eq!((scaled.picture.width(), scaled.picture.height()), (30, 29 + 40), "as wide as the narrowest");
    assert_eq!(scaled.notices()[0].code, "scaled_to_fit");
    let kept = run(&plan(vec![step("stitch", json!({"fit": "keep", "color": "transparent"}))]), &all).unwrap();
    assert_eq!((kept.picture.width(), kept.picture.pixel(3, 80), kept.picture.pixel(15, 58)), (60, [0; 4], narrow.pixel(0, 0)));
    let side_by_side = run(&plan(vec![step("stitch", json!({"direction": "horizontal", "fit": "keep"}))]), &all).unwrap();
    assert_eq!((side_by_side.picture.width(), side_by_side.picture.height()), (90, 58));
    let one = portico::engine::execute::Inputs::one(Arc::new(a.clone()));
    assert_eq!(run(&plan(vec![step("stitch", json!({}))]), &one).unwrap_err().code(), "invalid_parameter");
}

fn png(picture: &Picture) -> Vec<u8> {
    encode(picture, &EncodeOptions::new(Format::Png)).unwrap().bytes
}

#[tokio::test]
async fn a_split_over_rest_is_an_archive_with_a_manifest_and_in_a_conversation_several_downloads() {
    let app = TestApp::start().await;
    let page = page(320, &[200, 150, 260], 40);
    let response = app.edit("详情页.png", png(&page), "按空白切开").await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/zip");
    let bytes = response.bytes().await.unwrap();
    let mut zip = zip::ZipArchive::new(Cursor::new(&bytes[..])).unwrap();
    let names: Vec<String> = zip.file_names().map(str::to_owned).collect();
    assert_eq!(names, ["详情页-1.png", "详情页-2.png", "详情页-3.png", "manifest.json"]);
    let mut parts = vec![];
    for name in &names[..3] {
        let mut bytes = vec![];
        zip.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
        parts.push(decode(&bytes, &Limits::default()).unwrap().picture);
    }
    assert_eq!(under_each_other(&parts), page);

    let session = app.session().await;
    let image = app.upload("page.png", png(&page)).await["id"].as_str().unwrap().to_owned();
    let answer =
        app.post(&format!("/sessions/{session}/messages?wait=true"), &json!({"text": "切成4段，导出jpg", "images": [image]})).await;
    let files = answer["job"]["files"].as_array().unwrap();
    let names: Vec<&str> = files.iter().map(|f| f["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["page-1.jpg", "page-2.jpg", "page-3.jpg", "page-4.jpg"], "{answer}");
    assert!(answer["job"]["version"].is_null(), "nothing was edited");
}

#[tokio::test]
async fn pictures_of_one_message_are_joined_in_their_order_and_one_joins_the_current_version() {
    let app = TestApp::start().await;
    let (a, b) = (page(80, &[30], 0), page(80, &[50], 0));
    let part = |name: &str, picture: &Picture| Part::bytes(png(picture)).file_name(name.to_owned());
    let form = Form::new().text("instruction", "把这两张竖着拼成长图").part("image", part("a.png", &a)).part("image", part("b.png", &b));
    let response = app.client.post(app.api("/edit")).multipart(form).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let joined = decode(&response.bytes().await.unwrap(), &Limits::default()).unwrap().picture;
    assert_eq!(*joined, under_each_other(&[Arc::new(a.clone()), Arc::new(b.clone())]));

    let session = app.session().await;
    let mut ids = vec![];
    for (name, picture) in [("a.png", &a), ("b.png", &b), ("c.png", &a)] {
        ids.push(app.upload(name, png(picture)).await["id"].as_str().unwrap().to_owned());
    }
    let said = json!({"text": "stitch them vertically", "images": [ids[0], ids[1]]});
    let answer = app.post(&format!("/sessions/{session}/messages?wait=true"), &said).await;
    assert_eq!(answer["job"]["state"], "succeeded", "{answer}");
    let size = |versions: &Value, n: &Value| {
        let found = versions["versions"].as_array().unwrap().iter().find(|v| v["number"] == *n).unwrap().clone();
        (found["image"]["width"].as_u64().unwrap(), found["image"]["height"].as_u64().unwrap())
    };
    let all = app.get(&format!("/sessions/{session}/versions")).await;
    assert_eq!(size(&all, &answer["job"]["version"]), (80, 80), "one version of both");
    let more = app
        .post(&format!("/sessions/{session}/messages?wait=true"), &json!({"text": "stitch them side by side", "images": [ids[2]]}))
        .await;
    assert_eq!(more["job"]["state"], "succeeded", "{more}");
    let all = app.get(&format!("/sessions/{session}/versions")).await;
    assert_eq!(size(&all, &more["job"]["version"]).1, 30, "the current version, then what came along");
}
