//! `fit`: every preset on pictures of every kind, measured again by a script that knows nothing of the program; and what is refused, left alone or told.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;

use portico::cancel::Cancel;
use portico::engine::execute::{Env, Inputs, Run, RunError, execute};
use portico::imaging::{EncodeOptions, Format, Limits, Picture, decode, encode, geometry};
use portico::models::{Models, ModelsConfig};
use portico::ops::Unwatched;
use portico::plan::Plan;
use portico::presets::{How, Presets};
use portico::text::Explain;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::kit::{self, Rgb};
use crate::operations::{step, sticker};

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/photos").join(name)).unwrap()
}

fn picture(bytes: &[u8]) -> Picture {
    Picture::clone(&decode(bytes, &Limits::default()).unwrap().picture)
}

fn png(picture: &Picture) -> Vec<u8> {
    encode(picture, &EncodeOptions::new(Format::Png)).unwrap().bytes
}

fn rgb(picture: &Picture) -> Rgb {
    Rgb::new(picture.width(), picture.height(), |x, y| picture.pixel(x, y)[..3].try_into().unwrap())
}

/// A shaded bottle on `ground`, `side` pixels square; it takes `share` of the height.
fn bottle(side: u32, share: f64, ground: [u8; 3]) -> Rgb {
    let (centre, half) = (f64::from(side) / 2.0, share * f64::from(side) / 2.0);
    Rgb::new(side, side, |x, y| {
        let (dx, dy) = ((f64::from(x) + 0.5 - centre) / half, (f64::from(y) + 0.5 - centre) / half);
        let wide = if dy < -0.55 { 0.12 } else { 0.34 };
        if dy.abs() < 1.0 && dx.abs() < wide {
            let light = 1.0 - 0.8 * (dx / wide + 0.3).abs();
            [30.0, 90.0, 70.0].map(|v| (v + 110.0 * light.max(0.0)) as u8)
        } else {
            ground
        }
    })
}

/// A phone's screen: bars, text-like lines and a picture.
fn screen(width: u32, height: u32) -> Rgb {
    Rgb::new(width, height, |x, y| match (y * 40 / height, x * 20 / width) {
        (0..=2, _) => [24, 32, 60],
        (5..=14, 2..=17) => [(60 + x * 120 / width) as u8, (90 + y * 100 / height) as u8, 160],
        (line, 2..=17) if line > 16 && line < 36 && line % 2 == 0 && x % 40 < 30 => [70, 72, 80],
        _ => [244, 245, 248],
    })
}

/// Twelve kinds of pictures as files.
fn varied() -> Vec<(&'static str, Vec<u8>)> {
    let coffee = picture(&fixture("coffee.png"));
    let portrait = picture(&fixture("astronaut.png"));
    let alps = picture(&fixture("french-alpine-landscape.jpg"));
    let strip = portico::imaging::Rect { x: 0, y: alps.height() / 3, width: alps.width(), height: alps.width() / 5 };
    let deep: Vec<u16> = (0..400u32 * 300)
        .flat_map(|i| {
            let (x, y) = (f64::from(i % 400) - 200.0, f64::from(i / 400) - 150.0);
            let inside = x.hypot(y) < 90.0;
            let level = |v: f64| (v * 257.0) as u16;
            if inside {
                [level(200.0 + x / 4.0), level(60.0), level(80.0 + y / 4.0), 65535]
            } else {
                [level(150.0), level(165.0), level(170.0 + y / 20.0), 65535]
            }
        })
        .collect();
    vec![
        ("product on white", kit::jpeg(&bottle(1400, 0.7, [255; 3]), 95)),
        ("product on clutter", fixture("coffee.png")),
        ("transparent", png(&sticker())),
        ("portrait", fixture("astronaut.png")),
        ("panorama", png(&geometry::crop(&alps, strip).0)),
        ("tiny", png(&portico::imaging::resize::resize(&coffee, 60, 60))),
        ("16 bits", png(&Picture::from_rgba16(400, 300, deep))),
        ("grey", kit::grey_jpeg(&rgb(&picture(&fixture("locomotion-house-cat.jpg"))))),
        ("inks", kit::ink_jpeg(true, None)),
        ("animal", fixture("chelsea.png")),
        ("screen", png(&picture(&kit::jpeg(&screen(1170, 2532), 95)))),
        ("turned by its camera", kit::jpeg_with_orientation(&rgb(&portrait), 6)),
    ]
}

fn fit(models: &Models, bytes: &[u8], params: Value) -> Result<Run, RunError> {
    let mut params = params;
    let seed = 0;
    if params.is_string() {
        params = json!({ "platform": params });
    }
    let decoded = decode(bytes, &Limits::default()).unwrap();
    let inputs = Inputs { seed, ..Inputs::one(decoded.picture) };
    execute(&Plan::new(vec![step("fit", params)]), &inputs, &Env { models, limits: &Limits::default() }, &Unwatched, &Cancel::new())
}

fn report(run: &Run) -> &Value {
    &run.report.as_ref().expect("fit reports").0
}

/// The Python that has what the script needs; `None` after saying loudly that a test was skipped.
fn python(test: &str) -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join(".venv/tests/bin/python");
    let python = std::env::var_os("PORTICO_TEST_PYTHON").map_or(own, PathBuf::from);
    let works = Command::new(&python).args(["-c", "import numpy, PIL, tomllib"]).output().is_ok_and(|o| o.status.success());
    if !works {
        eprintln!("SKIPPED {test}: no Python with Pillow and NumPy; make one with: scripts/python.sh");
    }
    works.then_some(python)
}

/// What the independent script says of files, by file.
fn checked(python: &Path, jobs: &[Value]) -> HashMap<String, Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = tempfile::tempdir().unwrap();
    let list = dir.path().join("jobs.json");
    std::fs::write(&list, serde_json::to_vec(jobs).unwrap()).unwrap();
    let mut command = Command::new(python);
    command.arg(root.join("tests/fit/check.py")).arg(root.join("presets/platforms.toml")).arg("--jobs").arg(&list);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    let read = |line: &str| serde_json::from_str::<Value>(line).unwrap();
    lines.lines().map(read).map(|v| (v["file"].as_str().unwrap().to_owned(), v)).collect()
}

#[test]
fn every_preset_on_every_kind_of_picture_is_what_its_report_says() {
    let name = "every_preset_on_every_kind_of_picture_is_what_its_report_says";
    let (Some(models), Some(python)) = (crate::models::models(name), python(name)) else { return };
    let kept = std::env::var_os("PORTICO_FIT_SHEET").map(PathBuf::from);
    let temporary = tempfile::tempdir().unwrap();
    let dir = kept.as_deref().unwrap_or(temporary.path());
    let (mut jobs, mut reports, mut refused) = (vec![], HashMap::new(), BTreeMap::new());
    for (kind, bytes) in varied() {
        for preset in Presets::embedded().all() {
            let what = format!("{kind} as {}", preset.id);
            let run = match fit(models, &bytes, json!(preset.id)) {
                Ok(run) => run,
                Err(e) => {
                    // Only a person becomes an ID photo.
                    assert_eq!((preset.make.how, e.code()), (How::Portrait, "no_face"), "{what}: {e}");
                    *refused.entry(e.code().to_owned()).or_insert(0) += 1;
                    continue;
                }
            };
            let file = run.files.last().unwrap_or_else(|| panic!("{what}: no file"));
            let path = dir.join(format!("{}.{}.{}", kind.replace(' ', "_"), preset.id, file.extension));
            std::fs::write(&path, &*file.bytes).unwrap();
            let path = path.to_str().unwrap().to_owned();
            jobs.push(json!({ "file": path, "preset": preset.id }));
            let notices: Vec<String> = run.notices().iter().map(|n| n.code.clone()).collect();
            reports.insert(path, (what, report(&run).clone(), notices));
        }
    }
    let found = checked(&python, &jobs);
    let (mut passed, mut failed, mut unsure) = (0, vec![], 0);
    for (path, (what, report, notices)) in &reports {
        let theirs = found[path]["rules"].as_array().unwrap();
        let ours = report["rules"].as_array().unwrap();
        assert_eq!(theirs.len(), ours.len(), "{what}");
        for (our, their) in ours.iter().zip(theirs) {
            let rule = format!("{what}, {}: {} here, {} there", our["rule"], our["words"]["en"], their);
            assert_eq!(our["rule"], their["rule"], "{what}");
            assert!(
                our["source"].as_str().is_some_and(|s| !s.is_empty()) && our["date"].is_string() && our["status"].is_string(),
                "{rule}"
            );
            match our["result"].as_str().unwrap() {
                "pass" => {
                    passed += 1;
                    assert_ne!(their["result"], "fail", "{rule}");
                    let measurable = !matches!(our["rule"].as_str().unwrap(), "head" | "eyes" | "below_chin" | "manual");
                    assert!(!measurable || their["result"] == "pass", "{rule}");
                }
                "fail" => {
                    assert_eq!(report["passed"], false, "{rule}");
                    failed.push(format!("{what}: {} (told: {notices:?})", our["words"]["en"]));
                    assert!(!notices.is_empty(), "{rule}: nothing says why");
                }
                _ => unsure += 1,
            }
        }
    }
    failed.sort();
    println!("{} files, {passed} rules met and found so, {unsure} to check by a person, refused {refused:?}", reports.len());
    println!("{} rules not met:\n  {}", failed.len(), failed.join("\n  "));
    assert!(reports.len() >= 500 && passed > 1700, "{} files, {passed} rules", reports.len());
    // Pictures that are large enough, on whatever background, meet everything.
    let good = ["product on white", "product on clutter", "portrait", "animal"];
    let bad: Vec<&String> = failed.iter().filter(|f| good.iter().any(|g| f.starts_with(&format!("{g} as ")))).collect();
    assert!(bad.is_empty(), "{bad:?}");
}

#[test]
fn what_is_right_already_is_left_alone_and_needs_no_model() {
    let right = png(&picture(&kit::jpeg(&bottle(1500, 0.9, [255; 3]), 100)));
    let run = fit(&Models::none(), &right, json!("amazon.main")).unwrap();
    assert!(!run.makes_version && run.files.len() == 1 && report(&run)["passed"] == true, "{:?}", run.report);
    // The same on a smaller part of the frame: only the frame changes.
    let small = kit::jpeg(&bottle(2000, 0.4, [255; 3]), 100);
    let run = fit(&Models::none(), &small, json!("amazon.main")).unwrap();
    assert!(run.makes_version && report(&run)["passed"] == true, "{:?}", run.report);
    assert_eq!(run.picture.width(), 1000, "no larger than its own pixels go, as far as that is allowed");
    let map = run.map.expect("it comes of the picture");
    let (x, y) = map.apply(f64::from(run.picture.width()) / 2.0, f64::from(run.picture.height()) / 2.0);
    assert!((x - 1000.0).abs() < 3.0 && (y - 1000.0).abs() < 3.0, "{x} {y}");
}

#[test]
fn the_same_picture_twice_is_the_same_file() {
    let cut = png(&sticker());
    let bytes = |id: &str| fit(&Models::none(), &cut, json!(id)).unwrap().files[0].bytes.clone();
    for id in ["taobao.transparent", "amazon.main", "instagram.story", "wechat.sticker", "googleplay.icon"] {
        assert_eq!(bytes(id), bytes(id), "{id}");
    }
}

#[test]
fn a_limit_that_cannot_be_met_is_told_with_the_smallest_file() {
    let run =
        fit(&Models::none(), &fixture("coffee.png"), json!({"platform": "googleplay.phone", "format": "jpeg", "max_bytes": 2000})).unwrap();
    assert!(run.notices().iter().any(|n| n.code == "bytes_over_limit"), "{:?}", run.notices());
    let run = fit(&Models::none(), &fixture("coffee.png"), json!({"platform": "googleplay.phone", "format": "jpeg", "max_bytes": 60000}))
        .unwrap();
    assert!(run.files[0].bytes.len() <= 60000 && report(&run)["passed"] == true);
    assert_eq!((run.files[0].width, run.files[0].height), (1920, 1080), "the size does not give way");
}

#[test]
fn a_wrong_preset_names_those_that_there_are_and_a_bad_file_stops_the_start() {
    let error = fit(&Models::none(), &png(&sticker()), json!("amazon.side")).unwrap_err();
    assert_eq!((error.code(), error.field()), ("invalid_parameter", Some("steps[0].params.platform")));
    assert!(error.text().en.contains("amazon.main") && error.text().zh.contains("taobao.main"));
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("platforms.toml"), "[[preset]]\nid = \"a.b\"\n").unwrap();
    let error = Models::open(ModelsConfig::new(dir.path())).err().expect("it is not valid");
    assert!(error.code() == "presets_invalid" && error.text().en.contains("platforms.toml"), "{}", error.text().en);
}

#[test]
fn a_preset_of_ones_own_is_made_and_listed() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("platforms.d")).unwrap();
    let own = r##"
[source.handbook]
what = "our shop's handbook, page 3"
date = "2026-11-01"
status = "verified"

[[preset]]
id = "our.shop"
name_zh = "我们的店"
name_en = "Our shop"
make = { how = "cut", sizes = [[700, 700]], background = ["#ffffff"], fill = 0.8, formats = ["png"] }
rules = [
  { kind = "size", any = [[700, 700]], source = "handbook" },
  { kind = "background", any = ["#ffffff"], tolerance = 0, beyond_px = 16, source = "handbook" },
  { kind = "clearance", min = 60, source = "handbook" },
  { kind = "clearance", min = 90, source = "handbook" },
]
"##;
    std::fs::write(dir.path().join("platforms.d/own.toml"), own).unwrap();
    let models = Models::open(ModelsConfig::new(dir.path())).unwrap();
    let run = fit(&models, &kit::jpeg(&bottle(900, 0.5, [255; 3]), 100), json!("our.shop")).unwrap();
    let results: Vec<&Value> = report(&run)["rules"].as_array().unwrap().iter().map(|r| &r["result"]).collect();
    // 0.8 of 700 leave 70 pixels on each side.
    assert_eq!(results, ["pass", "pass", "pass", "fail"], "{:?}", run.report);
    let list = |args: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_portico")).arg("--models").arg(dir.path()).arg("presets").args(args).output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    let (ok, all) = list(&[]);
    assert!(ok && all.contains("our.shop") && all.contains("amazon.main"), "{all}");
    let (ok, one) = list(&["our.shop"]);
    assert!(ok && one.contains("handbook, page 3") && one.contains("verified, 2026-11-01"), "{one}");
    assert!(!list(&["no.such"]).0);
}

#[test]
fn an_id_photo_shows_one_person_in_the_middle_on_its_colour() {
    let Some(models) = crate::models::models("an_id_photo_shows_one_person_in_the_middle_on_its_colour") else { return };
    let person = fixture("astronaut.png");
    let run = fit(models, &person, json!({"platform": "id.2inch", "background": "blue", "max_bytes": 20000})).unwrap();
    assert!(report(&run)["passed"] == true && run.files[0].bytes.len() <= 20000, "{:?}", run.report);
    assert_eq!(run.picture.pixel(0, 0), [0x43, 0x8e, 0xdb, 255]);
    for (id, head) in [("passport.cn", 28.0..=33.0), ("passport.us", 25.0..=35.0), ("passport.eu", 32.0..=36.0)] {
        let run = fit(models, &person, json!(id)).unwrap();
        let rules = report(&run)["rules"].as_array().unwrap().clone();
        let measured = rules.iter().find(|r| r["rule"] == "head").unwrap()["measured"].as_f64().unwrap();
        assert!(report(&run)["passed"] == true && head.contains(&measured), "{id}: {:?}", run.report);
    }
    assert_eq!(fit(models, &fixture("coffee.png"), json!("id.1inch")).unwrap_err().code(), "no_face");
    let one = picture(&person);
    let mut two = Picture::filled(1024, 512, [255; 4]);
    for x in [0, 512] {
        portico::imaging::Layer { picture: one.clone(), x, y: 0 }.put_into(&mut two);
    }
    let error = fit(models, &png(&two), json!("id.1inch")).unwrap_err();
    assert_eq!(error.code(), "several_faces");
    assert!(error.text().zh.contains("2 张") && error.text().en.contains("2 faces"));
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_conversation_it_is_a_version_a_file_and_a_report() {
    let app = TestApp::start().await;
    let session = app.session().await;
    let image = app.upload("cut.png", png(&sticker())).await["id"].as_str().unwrap().to_owned();
    let said = json!({ "text": "make it an Amazon main image", "images": [image] });
    let answer = app.post(&format!("/sessions/{session}/messages?wait=true"), &said).await;
    let job = &answer["job"];
    assert_eq!((&job["state"], &job["files"][0]["format"]), (&json!("succeeded"), &json!("jpeg")), "{answer}");
    assert!(job["version"].is_number() && job["report"]["platform"] == "amazon.main", "{answer}");
    let rules = job["report"]["rules"].as_array().unwrap();
    // Forty pixels cannot become a thousand.
    let failed: Vec<&Value> = rules.iter().filter(|r| r["result"] == "fail").map(|r| &r["rule"]).collect();
    assert_eq!(failed, ["longest", "longest"], "{rules:?}");
    assert!(job["report_text"].as_str().is_some_and(|t| t.contains("not met")), "{answer}");
    let presets = app.get("/presets").await;
    let amazon = presets["presets"].as_array().unwrap().iter().find(|p| p["id"] == "amazon.main").unwrap();
    assert!(amazon["rules"].as_array().unwrap().iter().all(|r| r["source"].is_string() && r["words"].is_string()), "{amazon}");
}
