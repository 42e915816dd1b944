//! Files with layers: what they show together is what was exported, each layer is what it says, and readers that are not ours agree.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use portico::engine::execute::Inputs;
use portico::imaging::layered::{Document, Layer};
use portico::imaging::{EncodeOptions, Format, Limits, Mask, Picture, decode, encode, encode_mask, recipe_text};
use portico::plan::Plan;
use portico::text::Lang;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::operations::{inputs, run, step};

/// Other programs are large: one at a time.
static OTHERS: Mutex<()> = Mutex::new(());

fn photo() -> Picture {
    let file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/photos/dust-bowl-home.jpg")).unwrap();
    Picture::clone(&decode(&file, &Limits::default()).unwrap().picture)
}

/// Python with the packages of `tests/requirements.txt`, as `make test` prepares it.
fn python() -> Option<PathBuf> {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/.venv/tests/bin/python");
    let python = std::env::var_os("PORTICO_TEST_PYTHON").map_or_else(|| PathBuf::from(own), PathBuf::from);
    let works = Command::new(&python).args(["-c", "import psd_tools"]).output().is_ok_and(|out| out.status.success());
    if !works {
        eprintln!("SKIPPED: psd-tools was not asked about layered files; make a Python with it: scripts/python.sh");
    }
    works.then_some(python)
}

fn tool(name: &str) -> bool {
    let there =
        Command::new(name).arg(if name == "xvfb-run" { "--help" } else { "--version" }).output().is_ok_and(|out| out.status.success());
    if !there {
        eprintln!("SKIPPED: {name} was not asked about layered files; it is not installed");
    }
    there
}

fn open(path: &Path) -> Arc<Picture> {
    decode(&std::fs::read(path).unwrap(), &Limits::default()).unwrap().picture
}

/// Whether both look alike; what is transparent has no colour. `off`: how many levels a channel may differ.
fn alike(a: &Picture, b: &Picture, off: u8) -> bool {
    let near = |a: u8, b: u8| a.abs_diff(b) <= off;
    (a.width(), a.height()) == (b.width(), b.height())
        && a.rgba8()
            .as_chunks::<4>()
            .0
            .iter()
            .zip(b.rgba8().as_chunks::<4>().0)
            .all(|(a, b)| (a[3] == 0 && b[3] == 0) || a.iter().zip(b).all(|(a, b)| near(*a, *b)))
}

/// What psd-tools and Pillow find in a file, having laid its layers on each other: that must be `flat`.
fn read_by_others(name: &str, bytes: &[u8], flat: &Picture) -> Option<Value> {
    let _alone = OTHERS.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join(name), folder.path().join("out.png"));
    std::fs::write(&file, bytes).unwrap();
    if name.ends_with(".psd") && tool("convert") {
        // Its merged picture, and every layer by itself.
        let merged = folder.path().join("magick.png");
        let done = Command::new("convert").arg(format!("{}[0]", file.display())).arg(&merged).output().unwrap();
        assert!(done.status.success(), "{name}: {}", String::from_utf8_lossy(&done.stderr));
        if flat.is_opaque() {
            assert!(alike(&open(&merged), flat, 0), "{name}: ImageMagick sees another picture");
        }
    }
    // Debian's GIMP reads no OpenRaster any more, Krita does.
    if name.ends_with(".psd") && tool("gimp") {
        check_with_gimp(&file, flat);
    }
    if name.ends_with(".ora") && tool("xvfb-run") && Path::new("/usr/bin/krita").exists() {
        check_with_krita(&file, flat);
    }
    let done =
        Command::new(python()?).arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/layers/readers.py")).arg(&file).arg(&out).output().unwrap();
    assert!(done.status.success(), "{name}: {}", String::from_utf8_lossy(&done.stderr));
    assert!(alike(&open(&out), flat, 0), "{name}: its layers together are another picture");
    // A merged picture with alpha was mixed with white, and is taken apart again with few levels where little is seen.
    if flat.is_opaque() {
        assert!(alike(&open(&folder.path().join("out-merged.png")), flat, 0), "{name}: the merged picture is another one");
    }
    Some(serde_json::from_slice(&done.stdout).unwrap())
}

/// GIMP opens the file and flattens what is visible.
fn check_with_gimp(file: &Path, flat: &Picture) {
    let out = file.with_extension("gimp.png");
    let script = format!(
        "(let* ((image (car (gimp-file-load RUN-NONINTERACTIVE \"{0}\" \"{0}\"))) (layer (car (gimp-image-merge-visible-layers image CLIP-TO-IMAGE)))) (gimp-layer-resize-to-image-size layer) (file-png-save RUN-NONINTERACTIVE image layer \"{1}\" \"{1}\" 0 1 0 0 0 0 0))",
        file.display(),
        out.display()
    );
    let home = file.parent().unwrap();
    let done = Command::new("gimp").args(["-i", "-d", "-f", "-b", &script, "-b", "(gimp-quit 0)"]).env("HOME", home).output().unwrap();
    assert!(out.exists(), "GIMP: {}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(alike(&open(&out), flat, 1), "GIMP sees another picture in {}", file.display());
}

/// Krita opens the file and exports what it shows.
fn check_with_krita(file: &Path, flat: &Picture) {
    let out = file.with_extension("krita.png");
    // It draws on a screen that nobody sees.
    let mut krita = Command::new("xvfb-run");
    krita.args(["-a", "krita", "--export"]).arg("--export-filename").arg(&out).arg(file);
    let done = krita.env("HOME", file.parent().unwrap()).output().unwrap();
    if !out.exists() && String::from_utf8_lossy(&done.stderr).contains("could not connect to display") {
        eprintln!("SKIPPED: Krita was not asked about {}: no display came up for it", file.display());
        return;
    }
    assert!(out.exists(), "Krita: {}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(alike(&open(&out), flat, 1), "Krita sees another picture in {}", file.display());
}

fn export(format: &str, mut steps: Vec<portico::plan::Step>, mut inputs: Inputs) -> (Picture, Vec<u8>, Value, Vec<String>) {
    steps.push(step("export", json!({ "format": format })));
    inputs.lang = Lang::En;
    let result = run(&Plan::new(steps), &inputs).unwrap();
    let codes = result.notices().iter().map(|n| n.code.clone()).collect();
    let file = &result.files[0];
    assert_eq!((file.extension, file.mime.starts_with("image/")), (format, true));
    (Picture::clone(&result.picture), file.bytes.to_vec(), result.report.unwrap().0, codes)
}

fn names(report: &Value) -> Vec<&str> {
    report["layers"].as_array().unwrap().iter().map(|l| l["name"].as_str().unwrap()).collect()
}

fn part() -> Value {
    json!({"kind": "mask", "mask": "upload", "feather": 6})
}

#[test]
fn every_edit_is_a_layer_and_together_they_are_the_flat_result() {
    let photo = photo();
    let steps = || {
        vec![
            step("adjust", json!({"exposure": 40, "target": part()})),
            step("recolor", json!({"color": "teal", "target": part()})),
            step("crop", json!({"box": [20, 30, 200, 150]})),
            step("flip", json!({"axis": "horizontal"})),
            step("pad", json!({"margin": 12, "color": "#ffffff"})),
            step("rotate", json!({"degrees": 90})),
            step("filter", json!({"name": "warm"})),
        ]
    };
    for format in ["psd", "ora"] {
        let (flat, bytes, report, codes) = export(format, steps(), inputs(&photo));
        assert!(codes.is_empty(), "{format}: {codes:?}");
        let names = names(&report);
        assert_eq!(names[0], "Original", "{names:?}");
        assert!(names.iter().any(|n| n.starts_with("Recolor") || n.contains("teal")), "{names:?}");
        let visible = report["layers"].as_array().unwrap().iter().filter(|l| l["visible"] == true).count();
        assert_eq!(visible, 5, "the original, two edits of a part, the border, the filter: {names:?}");
        let masks = report["layers"].as_array().unwrap().iter().filter(|l| l["mask"] == true).count();
        assert_eq!(masks, 3, "the two edits and the border are seen through masks: {report}");
        if let Some(found) = read_by_others(&format!("edits.{format}"), &bytes, &flat) {
            assert_eq!(found["size"], json!([flat.width(), flat.height()]));
            let read: Vec<&str> = found["layers"].as_array().unwrap().iter().map(|l| l["name"].as_str().unwrap()).collect();
            assert_eq!(read, names, "{format}");
            let original = &found["layers"][0];
            assert_eq!(
                (original["width"].as_u64(), original["height"].as_u64()),
                (Some(photo.height().into()), Some(photo.width().into())),
                "whole, though the canvas was cropped"
            );
        }
    }
}

#[test]
fn a_cut_out_is_a_layer_of_its_own_above_the_hidden_original() {
    let photo = photo();
    let steps = || vec![step("cutout", json!({"target": part()})), step("adjust", json!({"brightness": 10}))];
    for format in ["psd", "ora"] {
        let (flat, bytes, report, _) = export(format, steps(), inputs(&photo));
        assert!(!flat.is_opaque());
        let layers = report["layers"].as_array().unwrap();
        assert_eq!((&layers[0]["name"], &layers[0]["visible"]), (&json!("Original"), &json!(false)));
        let found = read_by_others(&format!("cut.{format}"), &bytes, &flat);
        if let (Some(found), "psd") = (found, format) {
            let cut = found["layers"].as_array().unwrap().iter().find(|l| l["mask"] == true).unwrap();
            assert_eq!(cut["width"], json!(photo.width()), "its mask is its alpha; the colours around it are still there");
        }
    }
}

#[test]
fn what_was_hidden_for_good_has_no_layer_below_it() {
    let photo = photo();
    let steps =
        vec![step("adjust", json!({"exposure": 20})), step("redact", json!({"target": part(), "style": "solid"})), step("flip", json!({}))];
    let (flat, bytes, report, codes) = export("ora", steps, inputs(&photo));
    assert_eq!((names(&report).len(), codes), (1, vec!["layers_left_out".to_owned()]));
    if let Some(found) = read_by_others("redacted.ora", &bytes, &flat) {
        assert_eq!(found["layers"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn what_resamples_the_picture_begins_anew_and_says_so() {
    let steps =
        vec![step("adjust", json!({"exposure": 20})), step("resize", json!({"scale": 0.5})), step("filter", json!({"name": "cool"}))];
    let (_, _, report, codes) = export("psd", steps, inputs(&photo()));
    assert_eq!((names(&report).len(), codes), (2, vec!["layers_start_later".to_owned()]));
}

#[test]
fn names_of_any_script_hidden_layers_masks_and_opacity_are_read_by_others() {
    let base =
        Arc::new(Picture::from_rgba8(50, 40, (0..50 * 40u32).flat_map(|i| [i as u8, (i / 9) as u8, (i % 50) as u8 * 4, 255]).collect()));
    let dot = Arc::new(Picture::filled(9, 9, [250, 20, 60, 255]));
    let mask = Arc::new(Mask::new(9, 9, (0..81).map(|i| if i % 2 == 0 { 255 } else { 0 }).collect()));
    let layers = vec![
        Layer::whole("原图", base),
        Layer { x: -4, y: 3, mask: Some(mask), ..Layer::whole("مربع 🐱 é & <x>", dot.clone()) },
        Layer { x: 30, y: 35, opacity: 51, ..Layer::whole("over the edge", dot.clone()) }.hidden(),
    ];
    let mut document = Document { width: 50, height: 40, layers, merged: dot };
    document.merged = Arc::new(document.composite());
    let files = [
        ("names.psd", portico::imaging::layered::write_psd(&document, &Default::default()).unwrap().bytes),
        ("names.ora", portico::imaging::layered::write_ora(&document, &Default::default()).unwrap().bytes),
    ];
    for (name, bytes) in files {
        let Some(found) = read_by_others(name, &bytes, &document.merged) else { continue };
        let layers = &found["layers"];
        assert_eq!((&layers[0]["name"], &layers[1]["name"]), (&json!("原图"), &json!("مربع 🐱 é & <x>")));
        assert_eq!((&layers[1]["x"], &layers[1]["y"], &layers[1]["width"]), (&json!(-4), &json!(3), &json!(9)));
        assert_eq!((&layers[2]["visible"], &layers[2]["opacity"]), (&json!(false), &json!(51)));
        if name.ends_with("psd") {
            assert_eq!((&layers[1]["mask"], &found["depth"], &found["mode"]), (&json!(true), &json!(8), &json!("RGB")));
        }
    }
}

#[test]
fn a_file_carries_the_steps_that_made_it_and_nothing_else() {
    let photo = photo();
    let steps = |format: &str| {
        Plan::new(vec![
            step("crop", json!({"aspect": "1:1"})),
            step("place", json!({"image": "image:2", "position": "bottom-right"})),
            step("export", json!({"format": format, "metadata": "recipe"})),
        ])
    };
    for format in ["png", "jpeg", "webp", "tiff", "ora", "psd"] {
        let result = run(&steps(format), &Inputs { lang: Lang::Zh, ..inputs(&photo) }).unwrap();
        let text = recipe_text(&result.files[0].bytes, &Limits::default()).unwrap_or_else(|| panic!("{format} has no recipe"));
        let recipe: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(recipe["plan"]["steps"].as_array().unwrap().len(), 2, "{format}: what comes before the export");
        assert_eq!((&recipe["portico_recipe"], &recipe["inputs"]), (&json!(1), &json!(["image:1", "image:2"])), "{format}");
    }
    for format in ["gif", "avif"] {
        let result = run(&steps(format), &inputs(&photo)).unwrap();
        assert!(result.notices().iter().any(|n| n.code == "recipe_not_kept"), "{format}");
    }
    let text = recipe_text(&run(&steps("png"), &inputs(&photo)).unwrap().files[0].bytes, &Limits::default()).unwrap();
    assert_eq!(portico::recipe::from_json(&text).unwrap().plan.steps.len(), 2, "it is a recipe that can be run again");
    let given = Inputs { recipe: Some("{\"portico_recipe\":1,\"name\":\"given\"}".into()), ..inputs(&photo) };
    let result = run(&steps("png"), &given).unwrap();
    assert_eq!(recipe_text(&result.files[0].bytes, &Limits::default()).as_deref(), given.recipe.as_deref());
    let alone = Plan::new(vec![step("export", json!({"format": "png", "metadata": "recipe"}))]);
    let result = run(&alone, &inputs(&photo)).unwrap();
    assert_eq!((result.notices()[0].code.as_str(), recipe_text(&result.files[0].bytes, &Limits::default())), ("no_recipe", None));
}

#[tokio::test]
async fn in_a_conversation_the_layers_are_its_versions_up_to_the_upload() {
    let app = TestApp::start().await;
    let photo = photo();
    let session = app.session().await;
    let png = |picture: &Picture| encode(picture, &EncodeOptions::new(Format::Png)).unwrap().bytes;
    let image = app.upload("老照片.png", png(&photo)).await["id"].as_str().unwrap().to_owned();
    let drawn: Vec<u8> = (0..photo.area() as u32).map(|i| if (30..90).contains(&(i % photo.width())) { 255 } else { 0 }).collect();
    let mask = app.upload("mask.png", encode_mask(&Mask::new(photo.width(), photo.height(), drawn)).unwrap().bytes).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let wait = format!("/sessions/{session}/messages?wait=true");
    let one = |op: &str, params: Value| json!({"version": 1, "steps": [{"op": op, "params": params}]});
    let target = json!({"kind": "mask", "mask": mask, "feather": 4});
    let first = app.post(&wait, &json!({"plan": one("recolor", json!({"color": "#c02020", "target": target})), "images": [image]})).await;
    assert_eq!(first["job"]["state"], "succeeded", "{first}");
    for text in ["裁成1:1", "左右翻转", "变成黑白"] {
        let answer = app.say(&session, text, &[]).await;
        assert_eq!(answer["job"]["state"], "succeeded", "{text}: {answer}");
    }
    for (said, format) in [("导出PSD，保留图层", "psd"), ("导出ora", "ora")] {
        let answer = app.say(&session, said, &[]).await;
        let job = &answer["job"];
        assert_eq!(job["state"], "succeeded", "{answer}");
        let file = &job["files"][0];
        assert_eq!(file["name"], format!("老照片.{format}"));
        let bytes = app.bytes(file["url"].as_str().unwrap()).await;
        let version = app.get(&format!("/sessions/{session}/versions")).await;
        let current = version["versions"].as_array().unwrap().iter().find(|v| v["number"] == version["current"]).unwrap().clone();
        let flat = decode(&app.bytes(current["image"]["url"].as_str().unwrap()).await, &Limits::default()).unwrap().picture;
        let listed: Vec<&str> =
            job["report"]["layers"].as_array().map(|l| l.iter().map(|l| l["name"].as_str().unwrap()).collect()).unwrap_or_default();
        assert_eq!(listed.first(), Some(&"原图"), "{job}");
        assert!(listed.iter().any(|name| name.contains("黑白")) && listed.len() >= 3, "{listed:?}");
        if let Some(found) = read_by_others(&format!("chat.{format}"), &bytes, &flat) {
            assert_eq!(found["layers"].as_array().unwrap().len(), listed.len());
        }
        let again = app.client.get(format!("{}{}", app.url, file["url"].as_str().unwrap())).send().await.unwrap();
        let mime = if format == "psd" { "image/vnd.adobe.photoshop" } else { "image/openraster" };
        assert_eq!(again.headers()["content-type"], mime);
    }
}

#[tokio::test]
async fn one_call_gives_a_layered_file_where_the_format_says_so() {
    let app = TestApp::start().await;
    let png = encode(&photo(), &EncodeOptions::new(Format::Png)).unwrap().bytes;
    for (format, magic) in [("psd", &b"8BPS"[..]), ("ora", b"PK\x03\x04")] {
        let part = reqwest::multipart::Part::bytes(png.clone()).file_name("a.png");
        let form = reqwest::multipart::Form::new().text("instruction", "左右翻转").text("format", format).part("image", part);
        let response = app.client.post(app.api("/edit")).multipart(form).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(response.headers()["content-disposition"].to_str().unwrap().contains(&format!("a.{format}")));
        assert!(response.bytes().await.unwrap().starts_with(magic));
    }
}
