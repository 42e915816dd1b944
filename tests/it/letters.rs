//! Text in pictures: watermarks and captions. The fonts of these tests are their own; the last ones use the font that Portico installs.

use std::path::Path;
use std::sync::Arc;

use portico::cancel::Cancel;
use portico::engine::execute::{Env, Inputs, Run, RunError, execute};
use portico::imaging::{EncodeOptions, Format, Layer, Limits, Picture, decode, encode};
use portico::models::{Models, ModelsConfig};
use portico::ops::{Unwatched, Watch};
use portico::plan::{Plan, Step};
use portico::text::{Explain, Text};
use portico_lettering::Style;
use serde_json::{Value, json};

use crate::app::{TestApp, models_dir};

fn step(op: &str, params: Value) -> Step {
    Step { params: params.as_object().cloned().unwrap_or_default(), ..Step::new(op) }
}

/// Models without any model, and with two fonts in which every letter is a box.
struct Boxes {
    _dir: tempfile::TempDir,
    models: Models,
}

impl Boxes {
    fn new() -> Boxes {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("fonts");
        std::fs::create_dir(&folder).unwrap();
        for (name, of) in [("a.ttf", "tiny.ttf"), ("b.ttf", "other.ttf")] {
            let from = format!("{}/crates/lettering/tests/fixtures/{of}", env!("CARGO_MANIFEST_DIR"));
            std::fs::copy(from, folder.join(name)).unwrap();
        }
        let models = Models::open(ModelsConfig::new(dir.path())).unwrap();
        Boxes { _dir: dir, models }
    }

    fn run(&self, op: &str, params: Value, inputs: &Inputs) -> Result<Run, RunError> {
        run_with(&self.models, op, params, inputs)
    }
}

fn run_with(models: &Models, op: &str, params: Value, inputs: &Inputs) -> Result<Run, RunError> {
    let plan = Plan::new(vec![step(op, params)]);
    execute(&plan, inputs, &Env { models, limits: &Limits::default() }, &Unwatched, &Cancel::new())
}

fn plain(width: u32, height: u32, rgba: [u8; 4]) -> Picture {
    Picture::filled(width, height, rgba)
}

/// Dark on the left, light on the right.
fn halves(width: u32, height: u32) -> Picture {
    let mut picture = plain(width, height, [24, 26, 30, 255]);
    Layer { picture: plain(width / 2, height, [240, 238, 232, 255]), x: i64::from(width / 2), y: 0 }.put_into(&mut picture);
    picture
}

/// A disc with alpha.
fn logo() -> Picture {
    let pixel = |i: u32| {
        let (x, y) = ((i % 60) as f32 - 29.5, (i / 60) as f32 - 19.5);
        [230, 60, 40, ((19.0 - (x * x + y * y).sqrt()).clamp(0.0, 1.0) * 255.0) as u8]
    };
    Picture::from_rgba8(60, 40, (0..60 * 40).flat_map(pixel).collect())
}

fn only(picture: &Picture) -> Inputs {
    Inputs::many([Arc::new(picture.clone()), Arc::new(logo())])
}

/// The box of what changed: left, top, right, bottom.
fn changed(before: &Picture, after: &Picture) -> Option<[u32; 4]> {
    let mut found: Option<[u32; 4]> = None;
    for y in 0..before.height() {
        for x in 0..before.width() {
            if before.pixel(x, y) != after.pixel(x, y) {
                let [l, t, r, b] = found.unwrap_or([x, y, x, y]);
                found = Some([l.min(x), t.min(y), r.max(x), b.max(y)]);
            }
        }
    }
    found
}

fn codes(run: &Run) -> Vec<String> {
    run.notices().iter().map(|n| n.code.clone()).collect()
}

#[test]
fn a_mark_lies_where_it_is_asked_for_and_nothing_else_changes() {
    let boxes = Boxes::new();
    let before = plain(600, 400, [60, 70, 80, 255]);
    for (position, across, down) in [
        ("top-left", 0, 0),
        ("top", 1, 0),
        ("top-right", 2, 0),
        ("left", 0, 1),
        ("center", 1, 1),
        ("right", 2, 1),
        ("bottom-left", 0, 2),
        ("bottom", 1, 2),
        ("bottom-right", 2, 2),
    ] {
        for mark in [json!({"text": "水印"}), json!({"image": "image:2"})] {
            let mut params = mark;
            params["position"] = json!(position);
            let run = boxes.run("watermark", params, &only(&before)).unwrap();
            let [l, t, r, b] = changed(&before, &run.picture).unwrap();
            let third = |low: u32, high: u32, side: u32| ((low + high) / 2 * 3 / side).min(2);
            assert_eq!((third(l, r, 600), third(t, b, 400)), (across, down), "{position}");
            // 4 % of the shorter side, less the soft rim.
            assert!(l >= 4 && t >= 4 && r < 596 && b < 396, "{position} {l} {t} {r} {b}");
            let mask = run.mask.unwrap();
            assert!(run.exact_outside_target);
            for y in 0..400 {
                for x in 0..600 {
                    assert!(mask.at(x, y) > 0 || before.pixel(x, y) == run.picture.pixel(x, y));
                }
            }
        }
    }
}

#[test]
fn without_opacity_nothing_changes_and_alpha_never_does() {
    let boxes = Boxes::new();
    let bytes = (0..300 * 200u32).flat_map(|i| [(i % 251) as u8, 90, (i % 31) as u8, (i % 300 % 6 * 51) as u8]);
    let before = Picture::from_rgba8(300, 200, bytes.collect());
    for params in [json!({"text": "abc"}), json!({"text": "abc", "tile": true}), json!({"image": "image:2", "tile": true})] {
        let mut none = params.clone();
        none["opacity"] = json!(0);
        assert_eq!(*boxes.run("watermark", none, &only(&before)).unwrap().picture, before);
        let after = boxes.run("watermark", params, &only(&before)).unwrap().picture;
        assert!(changed(&before, &after).is_some());
        for (old, new) in before.rgba8().as_chunks::<4>().0.iter().zip(after.rgba8().as_chunks::<4>().0) {
            assert!(old[3] == new[3] && (old[3] > 0 || old == new));
        }
    }
    let empty = plain(80, 60, [0; 4]);
    assert_eq!(*boxes.run("watermark", json!({"text": "abc"}), &only(&empty)).unwrap().picture, empty);
}

#[test]
fn letters_are_light_on_dark_ground_and_dark_on_light() {
    let boxes = Boxes::new();
    let before = halves(900, 400);
    let after = boxes.run("watermark", json!({"text": "abc", "tile": true, "opacity": 0.8}), &only(&before)).unwrap().picture;
    let (mut lighter, mut darker) = (0, 0);
    for y in 0..400 {
        for x in 0..900 {
            let change = i32::from(after.pixel(x, y)[0]) - i32::from(before.pixel(x, y)[0]);
            lighter += u32::from(x < 400 && change > 90);
            darker += u32::from(x > 500 && change < -90);
        }
    }
    assert!(lighter > 2000 && darker > 2000, "{lighter} {darker}");
    let red = boxes.run("watermark", json!({"text": "abc", "color": "red", "opacity": 1}), &only(&before)).unwrap();
    assert!(red.picture.rgba8().as_chunks::<4>().0.contains(&[255, 0, 0, 255]));
}

#[test]
fn tiles_cover_all_of_the_picture() {
    let boxes = Boxes::new();
    let before = plain(800, 500, [128, 128, 128, 255]);
    for mark in [json!({"text": "水印 abc"}), json!({"image": "image:2"})] {
        let mut params = mark;
        params["tile"] = json!(true);
        let after = boxes.run("watermark", params.clone(), &only(&before)).unwrap().picture;
        for (x0, y0) in (0..4).flat_map(|i| (0..3).map(move |j| (i * 200, j * 160))) {
            let hit = (y0..y0 + 160).any(|y| (x0..x0 + 200).any(|x| after.pixel(x, y) != before.pixel(x, y)));
            assert!(hit, "nothing at {x0}, {y0}");
        }
        params["spacing"] = json!(4);
        let sparse = boxes.run("watermark", params, &only(&before)).unwrap().mask.unwrap().coverage();
        assert!(sparse > 0.0 && sparse < 0.5);
    }
}

#[test]
fn it_fits_every_size_of_picture_or_says_that_it_does_not() {
    let boxes = Boxes::new();
    let long = "abcd 水印 ".repeat(40);
    for (w, h) in [(1, 1), (1, 5000), (37, 41), (300, 8), (2000, 90), (640, 480)] {
        let before = plain(w, h, [90, 100, 110, 255]);
        for params in [
            json!({"text": "水 abc 水印"}),
            json!({"text": long}),
            json!({"text": "一二三\nabc\n四五六", "position": "center"}),
            json!({"text": "abc", "size": 5000, "position": "center"}),
            json!({"text": "abc", "tile": true}),
            json!({"text": "abc", "rotate": 45}),
            json!({"image": "image:2"}),
            json!({"image": "image:2", "tile": true, "size": 20000}),
        ] {
            let run = boxes.run("watermark", params.clone(), &only(&before)).unwrap();
            let said = codes(&run).contains(&"watermark_too_small".to_owned());
            assert_eq!(said, changed(&before, &run.picture).is_none(), "{params} on {w}x{h}: {:?}", codes(&run));
            let tile = params["tile"] == json!(true);
            if let (false, Some([l, t, r, b])) = (tile, changed(&before, &run.picture)) {
                let edge = u32::from(w.min(h) > 100);
                assert!(l >= edge && t >= edge && r < w - edge && b < h - edge, "{params} is cut off on {w}x{h}");
            }
        }
    }
    let tiny = boxes.run("watermark", json!({"text": "水印"}), &only(&plain(37, 41, [0, 0, 0, 255]))).unwrap();
    assert!(codes(&tiny).is_empty(), "two letters fit 37 pixels");
}

#[test]
fn the_plan_as_it_ran_gives_the_same_picture() {
    let boxes = Boxes::new();
    let before = halves(500, 333);
    for params in [
        json!({"text": "一二三四 abcdefg"}),
        json!({"text": "abcd ".repeat(30), "position": "center"}),
        json!({"text": "水印", "tile": true}),
        json!({"image": "image:2", "position": "top-left", "rotate": 20}),
    ] {
        let first = boxes.run("watermark", params, &only(&before)).unwrap();
        let again = Value::Object(first.resolved_plan.steps[0].params.clone());
        let second = boxes.run("watermark", again.clone(), &only(&before)).unwrap();
        assert_eq!(first.picture, second.picture, "{again}");
        assert_eq!(first.resolved_plan, second.resolved_plan);
    }
}

#[test]
fn what_cannot_be_written_is_refused_or_said_with_what_to_do() {
    let boxes = Boxes::new();
    let picture = plain(300, 200, [50, 60, 70, 255]);
    let error = |params: Value| boxes.run("watermark", params, &only(&picture)).map(|_| ()).unwrap_err();
    let field = |params: Value| error(params).field().unwrap_or_default().to_owned();
    assert_eq!(field(json!({})), "steps[0].params.text");
    assert_eq!(field(json!({"text": " \n"})), "steps[0].params.text");
    assert_eq!(field(json!({"text": "字".repeat(501)})), "steps[0].params.text");
    assert_eq!(field(json!({"text": "a", "image": "image:2"})), "steps[0].params.image");
    assert_eq!(field(json!({"image": "image:7"})), "steps[0].params.image");
    assert_eq!(field(json!({"text": "a", "color": "reddish"})), "steps[0].params.color");
    assert_eq!(field(json!({"text": "a", "opacity": 1.5})), "steps[0].params.opacity");
    // U+10FFFD is nobody's.
    let missing = error(json!({"text": "\u{10fffd}"}));
    assert_eq!(missing.code(), "glyphs_missing");
    assert!(missing.text().en.contains("U+10FFFD") && missing.text().zh.contains("portico models install"), "{missing}");
    let run = boxes.run("watermark", json!({"text": "ab\u{10fffd}"}), &only(&picture)).unwrap();
    assert_eq!(codes(&run), ["glyphs_missing"]);
    let without = boxes.run("watermark", json!({"text": "ab"}), &only(&picture)).unwrap();
    assert_eq!(run.picture, without.picture);
}

#[test]
fn a_cancelled_watermark_leaves_nothing_behind() {
    let boxes = Boxes::new();
    struct Cancels(Cancel);
    impl Watch for Cancels {
        fn progress(&self, _: usize, _: Option<f32>, label: &Text) {
            if label.en.contains("watermark") {
                self.0.cancel();
            }
        }
        fn preview(&self, _: usize, _: &Text, _: Arc<Picture>) {}
        fn wants_preview(&self) -> bool {
            false
        }
    }
    let watch = Cancels(Cancel::new());
    let plan = Plan::new(vec![step("watermark", json!({"text": "abc", "tile": true}))]);
    let env = Env { models: &boxes.models, limits: &Limits::default() };
    let picture = plain(600, 400, [1, 2, 3, 255]);
    let result = execute(&plan, &only(&picture), &env, &watch, &watch.0);
    assert_eq!(result.map(|_| ()).unwrap_err().code(), "cancelled");
}

/// A bottle on nothing.
fn thing(shade: u8) -> Picture {
    let mut picture = plain(80, 160, [0; 4]);
    Layer { picture: plain(60, 140, [shade, 120, 90, 255]), x: 10, y: 10 }.put_into(&mut picture);
    picture
}

#[test]
fn captions_stand_below_their_things_in_every_layout() {
    let boxes = Boxes::new();
    let inputs = Inputs::many((0..4).map(|i| Arc::new(thing(60 + i * 40))).chain([Arc::new(halves(900, 600))]));
    let images = ["image:1", "image:2", "image:3", "image:4"];
    let captions = ["abc", "", "水印 一二三四五六七八", "abcd efgh"];
    for layout in ["row", "grid", "shelf", "scene"] {
        for more in [json!({}), json!({"background": "#202020"}), json!({"background": "transparent"}), json!({"background": "image:5"})] {
            let mut params = json!({"images": images, "layout": layout, "shadow": "none", "size": "900x700", "match_light": false});
            params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            params["captions"] = json!(captions);
            let run = boxes.run("compose", params.clone(), &inputs).unwrap();
            assert!(codes(&run).is_empty(), "{layout} {more}: {:?}", codes(&run));
            let places = run.resolved_plan.steps[0].params["placements"].clone();
            // The same without captions, at the same places.
            let mut bare = params.clone();
            bare["captions"] = json!([]);
            bare["placements"] = places.clone();
            let bare = boxes.run("compose", bare, &inputs).unwrap();
            let number = |i: usize, name: &str| places[i][name].as_f64().unwrap();
            // A shelf's boards move with the room that captions need.
            if layout != "shelf" {
                for (i, caption) in captions.iter().enumerate() {
                    let (x, bottom) = (number(i, "x"), number(i, "y") + number(i, "height") / 2.0);
                    let (left, right) = ((x - number(i, "width")) as u32, (x + number(i, "width")) as u32);
                    let below = (bottom as u32..(bottom + 0.3 * number(i, "height")).min(700.0) as u32)
                        .any(|y| (left..right.min(900)).any(|x| run.picture.pixel(x, y) != bare.picture.pixel(x, y)));
                    assert_eq!(below, !caption.is_empty(), "{layout} {more} {i}");
                }
                for i in 0..4 {
                    let (x, y) = (number(i, "x") as u32, number(i, "y") as u32);
                    assert_eq!(run.picture.pixel(x, y), bare.picture.pixel(x, y), "nothing is written on the things");
                }
            }
            let again = boxes.run("compose", Value::Object(run.resolved_plan.steps[0].params.clone()), &inputs).unwrap();
            assert_eq!(again.picture, run.picture, "{layout} {more}");
        }
    }
    let error =
        boxes.run("compose", json!({"images": ["image:1", "image:2"], "captions": ["a", "b", "c"]}), &inputs).map(|_| ()).unwrap_err();
    assert_eq!(error.field(), Some("steps[0].params.captions"));
}

#[tokio::test]
async fn in_a_chat_a_watermark_is_asked_for_in_both_languages() {
    let dir = Boxes::new();
    let folder = dir.models.dir().unwrap().to_owned();
    let app = TestApp::with(|config| config.models = Some(folder)).await;
    let session = app.session().await;
    let png = encode(&halves(300, 200), &EncodeOptions::new(Format::Png)).unwrap().bytes;
    let picture = app.upload("p.png", png).await;
    let ask = async |text: &str, images: Value| {
        app.post(&format!("/sessions/{session}/messages?wait=true"), &json!({"text": text, "images": images})).await
    };
    let first = ask("左下角打个“水印 abc”的水印，不透明度60%", json!([picture["id"]])).await;
    assert_eq!(first["job"]["state"], "succeeded", "{first}");
    let params = &first["job"]["plan"]["steps"][0]["params"];
    assert_eq!((&params["text"], &params["position"]), (&json!("水印 abc"), &json!("bottom-left")));
    let second = ask("watermark it with \"abc\" tiled", json!([])).await;
    assert_eq!(second["job"]["state"], "succeeded", "{second}");
    assert_eq!(second["job"]["plan"]["steps"][0]["params"]["tile"], json!(true));
}

// ------------------------------------------------------------------------------------------------- with the installed font

/// The models folder with the font that `portico models install` brings; says loudly when it is not there.
fn installed(test: &str) -> Option<Models> {
    let here = Path::new(&models_dir()).join("fonts/NotoSansSC-Regular.ttf").is_file();
    if !here {
        eprintln!("SKIPPED {test}: no font in {}; run `make test`, or `portico models install noto-sans-sc`", models_dir().display());
    }
    here.then(|| Models::open(ModelsConfig::new(models_dir())).unwrap())
}

#[test]
fn every_kind_of_letter_is_drawn_or_named() {
    let Some(models) = installed("every_kind_of_letter_is_drawn_or_named") else { return };
    let fonts = models.fonts().unwrap();
    let text = "’ “ ” … é ñ ß € ™ ½ 中文 日本語 한글 العربية 😀";
    let block = fonts.lay_out(text, &Style::new(40.0));
    let own = "’ “ ” … é ñ ß € ™ ½ 中文 日本語";
    assert!(fonts.lay_out(own, &Style::new(40.0)).missing.is_empty(), "these are in the font itself");
    // What the machine's fonts cannot draw is named; what is drawn takes room.
    let rest: String = text.chars().filter(|c| !block.missing.contains(c)).collect();
    assert_eq!(fonts.lay_out(&rest, &Style::new(40.0)).missing, Vec::<char>::new());
    assert!(block.width > fonts.lay_out(own, &Style::new(40.0)).width - 1.0);
}

#[test]
fn the_installed_font_writes_both_languages_on_a_photo() {
    let Some(models) = installed("the_installed_font_writes_both_languages_on_a_photo") else { return };
    let bytes = std::fs::read(format!("{}/tests/fixtures/photos/coffee.png", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let photo = Picture::clone(&decode(&bytes, &Limits::default()).unwrap().picture);
    for params in [json!({"text": "摄影：老周"}), json!({"text": "© Kestrel Studio"}), json!({"text": "仅供办理入职使用", "tile": true})]
    {
        let run = run_with(&models, "watermark", params, &only(&photo)).unwrap();
        assert!(codes(&run).is_empty());
        let share = run.mask.unwrap().coverage();
        assert!((0.001..0.5).contains(&share), "{share}");
    }
}
