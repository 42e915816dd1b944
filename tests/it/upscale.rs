//! Enlarging by a real model: seams, tone, alpha, sizes, cancel; and models that keep the size, with a tiny one of their signature.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use portico::cancel::Cancel;
use portico::engine::execute::{Env, Inputs, Run, RunError, execute};
use portico::imaging::resize::resize;
use portico::imaging::{Limits, Picture, Rect, decode, geometry};
use portico::models::{Models, ModelsConfig};
use portico::ops::{Unwatched, Watch};
use portico::plan::{Plan, Step};
use portico::text::{Explain, Text};
use serde_json::{Value, json};

use crate::app::{have_models, models_dir};
use crate::kit;

fn photo(name: &str) -> Picture {
    let bytes = std::fs::read(format!("{}/tests/fixtures/photos/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    Picture::clone(&decode(&bytes, &Limits::default()).unwrap().picture)
}

fn plan(op: &str, params: Value) -> Plan {
    let mut step = Step::new(op);
    step.params = params.as_object().unwrap().clone();
    Plan::new(vec![step])
}

fn run_in(models: &Models, picture: &Picture, op: &str, params: Value) -> Result<Run, RunError> {
    let env = Env { models, limits: &Limits::default() };
    execute(&plan(op, params), &Inputs::many([Arc::new(picture.clone())]), &env, &Unwatched, &Cancel::new())
}

fn shared() -> Models {
    Models::open(ModelsConfig::new(models_dir())).unwrap()
}

/// A models folder with the files of the real one and an overlay that changes its manifest.
fn models_with(overlay: &str, files: &[(&str, &[u8])]) -> (tempfile::TempDir, Models) {
    let dir = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(models_dir()).unwrap().flatten() {
        if entry.file_name() != "models.d" {
            link(&entry.path(), &dir.path().join(entry.file_name()));
        }
    }
    for (name, bytes) in files {
        std::fs::write(dir.path().join(name), bytes).unwrap();
    }
    std::fs::create_dir(dir.path().join("models.d")).unwrap();
    std::fs::write(dir.path().join("models.d/test.toml"), overlay).unwrap();
    let models = Models::open(ModelsConfig::new(dir.path())).unwrap();
    (dir, models)
}

fn link(from: &Path, to: &Path) {
    #[cfg(unix)]
    std::os::unix::fs::symlink(from, to).unwrap();
    #[cfg(not(unix))]
    std::fs::copy(from, to).map(drop).unwrap();
}

/// The entry of a shipped model with other tiles.
fn with_tiles(scale: u32, tile: u32) -> String {
    let name = format!("realesr-animevideov3-x{scale}");
    let text = include_str!("../../onnx/models.toml");
    let start = text.find(&format!("[[model]]\nname = \"{name}\"")).unwrap();
    let end = start + 9 + text[start + 9..].find("[[model]]").unwrap();
    text[start..end].replace("tile = 320", &format!("tile = {tile}"))
}

fn difference(a: &Picture, b: &Picture) -> (u8, f64) {
    assert_eq!((a.width(), a.height()), (b.width(), b.height()));
    let (mut most, mut sum) = (0, 0u64);
    for (a, b) in a.rgba8().iter().zip(b.rgba8()) {
        most = most.max(a.abs_diff(*b));
        sum += u64::from(a.abs_diff(*b));
    }
    (most, sum as f64 / a.rgba8().len() as f64)
}

/// A gradient in both directions, with noise-free colour.
fn gradient(width: u32, height: u32) -> Picture {
    let pixels = (0..width * height).flat_map(|i| {
        let (x, y) = (i % width, i / width);
        [(x * 255 / width) as u8, (y * 255 / height) as u8, ((x + y) * 127 / (width + height)) as u8 + 60, 255]
    });
    Picture::from_rgba8(width, height, pixels.collect())
}

#[test]
fn tiles_leave_no_seam_on_a_gradient_and_on_a_photo() {
    if !have_models("tiles_leave_no_seam_on_a_gradient_and_on_a_photo") {
        return;
    }
    let photo = resize(&photo("astronaut.png"), 200, 200);
    for scale in [2, 4] {
        let (_small_dir, small) = models_with(&with_tiles(scale, 48), &[]);
        let (_whole_dir, whole) = models_with(&with_tiles(scale, 1024), &[]);
        for picture in [gradient(150, 90), photo.clone()] {
            let params = json!({"scale": scale, "model": format!("realesr-animevideov3-x{scale}")});
            let tiled = run_in(&small, &picture, "upscale", params.clone()).unwrap().picture;
            let untiled = run_in(&whole, &picture, "upscale", params).unwrap().picture;
            let (most, _) = difference(&tiled, &untiled);
            assert!(most <= 1, "x{scale}: {most} levels");
        }
    }
}

#[test]
fn flat_colours_stay_flat_and_every_size_comes_out_right() {
    if !have_models("flat_colours_stay_flat_and_every_size_comes_out_right") {
        return;
    }
    let models = shared();
    for colour in [[128, 128, 128, 255], [250, 250, 250, 255], [3, 3, 3, 255], [200, 30, 90, 255]] {
        for scale in [2, 3, 4] {
            let out = run_in(&models, &Picture::filled(37, 41, colour), "upscale", json!({"scale": scale})).unwrap().picture;
            assert_eq!((out.width(), out.height()), (37 * scale, 41 * scale));
            let (most, _) = difference(&out, &Picture::filled(37 * scale, 41 * scale, colour));
            assert!(most <= 1, "{colour:?} x{scale}: {most}");
        }
    }
    for (w, h) in [(1, 1), (1, 5000), (5000, 1)] {
        let out = run_in(&models, &Picture::filled(w, h, [90, 120, 40, 255]), "upscale", json!({"scale": 2})).unwrap().picture;
        assert_eq!((out.width(), out.height()), (w * 2, h * 2));
    }
    let to_size = run_in(&models, &gradient(60, 40), "upscale", json!({"width": 200})).unwrap();
    assert_eq!((to_size.picture.width(), to_size.picture.height()), (200, 133));
    assert_eq!(to_size.resolved_plan.steps[0].params["model"], "realesr-animevideov3-x4");
    let double = run_in(&models, &gradient(60, 40), "upscale", json!({})).unwrap();
    assert_eq!(double.resolved_plan.steps[0].params["model"], "realesr-animevideov3-x2");
}

#[test]
fn made_smaller_again_the_result_is_the_picture_and_closer_to_the_truth_than_plain_resampling() {
    if !have_models("made_smaller_again_the_result_is_the_picture_and_closer_to_the_truth_than_plain_resampling") {
        return;
    }
    let models = shared();
    let truth = resize(&photo("coffee.png"), 480, 320);
    let small = resize(&truth, 240, 160);
    let large = run_in(&models, &small, "upscale", json!({"scale": 2})).unwrap().picture;
    let (_, back) = difference(&averaged(&large, 2), &small);
    assert!(back < 1.5, "mean difference {back}");
    let error = |p: &Picture| p.rgba8().iter().zip(truth.rgba8()).map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2)).sum::<f64>();
    assert!(error(&large) < error(&resize(&small, 480, 320)) * 0.95, "no better than plain enlarging");
}

/// The average over squares of `by` × `by` pixels.
fn averaged(picture: &Picture, by: u32) -> Picture {
    let (w, h) = (picture.width() / by, picture.height() / by);
    let mean = |i: u32, c: usize| {
        let inside = (0..by * by).map(|k| picture.pixel(i % w * by + k % by, i / w * by + k / by)[c]);
        (inside.map(u32::from).sum::<u32>() as f64 / f64::from(by * by)).round() as u8
    };
    Picture::from_rgba8(w, h, (0..w * h).flat_map(|i| [mean(i, 0), mean(i, 1), mean(i, 2), mean(i, 3)]).collect())
}

/// A disc in a colour on nothing, as RGBA pixels.
fn disc(side: u32, colour: [u8; 3]) -> Vec<[u8; 4]> {
    let centre = (side as f32 - 1.0) / 2.0;
    let pixel = |i: u32| {
        let distance = ((i % side) as f32 - centre).hypot((i / side) as f32 - centre);
        let alpha = ((side as f32 * 0.35 - distance + 0.5).clamp(0.0, 1.0) * 255.0).round() as u8;
        [colour[0], colour[1], colour[2], alpha]
    };
    (0..side * side).map(pixel).collect()
}

#[test]
fn a_transparent_disc_keeps_clean_edges_as_rgba_and_as_a_palette() {
    if !have_models("a_transparent_disc_keeps_clean_edges_as_rgba_and_as_a_palette") {
        return;
    }
    let models = shared();
    let rgba: Vec<u8> = disc(64, [240, 120, 30]).into_iter().flat_map(|p| if p[3] == 0 { [0; 4] } else { p }).collect();
    let palette =
        kit::palette_png(64, 64, &[[0, 0, 0], [240, 120, 30]], &[0, 255], |x, y| u8::from((x as f32 - 31.5).hypot(y as f32 - 31.5) < 22.0));
    let luminance: Vec<u8> = disc(64, [255; 3]).into_iter().flat_map(|p| [p[3], p[3], p[3], 255]).collect();
    for scale in [2u32, 4] {
        let params = json!({"scale": scale});
        let reference = run_in(&models, &Picture::from_rgba8(64, 64, luminance.clone()), "upscale", params.clone()).unwrap().picture;
        let from_palette = Picture::clone(&decode(&palette, &Limits::default()).unwrap().picture);
        for (kind, picture) in [("rgba", Picture::from_rgba8(64, 64, rgba.clone())), ("palette", from_palette)] {
            let out = run_in(&models, &picture, "upscale", params.clone()).unwrap().picture;
            let side = 64 * scale;
            assert_eq!((out.pixel(0, 0)[3], out.pixel(side - 1, side - 1)[3]), (0, 0), "{kind} x{scale}");
            assert_eq!(out.pixel(side / 2, side / 2)[3], 255);
            for pixel in out.rgba8().as_chunks::<4>().0.iter().filter(|p| p[3] > 24) {
                let off = (0..3).map(|c| pixel[c].abs_diff([240, 120, 30][c])).max().unwrap();
                assert!(off <= 12, "{kind} x{scale}: a rim of another colour: {pixel:?}");
            }
            if kind == "rgba" {
                let soft = |p: &Picture, c: usize| p.rgba8().as_chunks::<4>().0.iter().filter(|p| (20..236).contains(&p[c])).count() as f64;
                let (alpha, light) = (soft(&out, 3), soft(&reference, 0));
                assert!(
                    (alpha / light - 1.0).abs() < 0.15,
                    "x{scale}: the edge is {alpha} soft pixels long, that of a bright disc {light}"
                );
            }
        }
    }
}

#[test]
fn a_deep_picture_keeps_its_range() {
    if !have_models("a_deep_picture_keeps_its_range") {
        return;
    }
    let png = kit::deep_png(40, 20, 2, |x, _| vec![(x * 65_535 / 39) as u16; 3]);
    let picture = Picture::clone(&decode(&png, &Limits::default()).unwrap().picture);
    let out = run_in(&shared(), &picture, "upscale", json!({"scale": 2})).unwrap().picture;
    assert!(out.pixel(1, 20)[0] <= 8 && out.pixel(78, 20)[0] >= 247, "{:?} {:?}", out.pixel(1, 20), out.pixel(78, 20));
}

#[test]
fn what_would_be_too_large_is_refused_before_any_work_and_what_is_large_already_is_said() {
    let models = Models::none();
    let refused = run_in(&models, &Picture::filled(5000, 4000, [9; 4]), "upscale", json!({"scale": 4})).unwrap_err();
    assert_eq!(refused.code(), "image_too_large");
    let missing = run_in(&models, &Picture::filled(50, 40, [9; 4]), "upscale", json!({"scale": 4})).unwrap_err();
    assert_eq!(missing.code(), "model_missing");
    let smaller = run_in(&models, &gradient(80, 60), "upscale", json!({"width": 40})).unwrap();
    assert_eq!((smaller.picture.width(), smaller.picture.height()), (40, 30));
    assert_eq!(smaller.notices()[0].code, "upscale_not_larger");
    let other = run_in(&shared(), &gradient(80, 60), "upscale", json!({"model": "no-such"})).unwrap_err();
    assert_eq!(other.code(), "model_unknown");
    assert!(other.text().en.contains("realesr-animevideov3-x4"));
}

/// Cancels after some tiles; keeps what was shown.
#[derive(Default)]
struct Stopper {
    cancel: Cancel,
    after: f32,
    seen: Mutex<Vec<f32>>,
    shown: Mutex<HashMap<(u32, u32), usize>>,
}

impl Watch for Stopper {
    fn progress(&self, _: usize, fraction: Option<f32>, _: &Text) {
        if let Some(fraction) = fraction {
            self.seen.lock().unwrap().push(fraction);
            if fraction >= self.after {
                self.cancel.cancel();
            }
        }
    }

    fn preview(&self, _: usize, _: &Text, picture: Arc<Picture>) {
        *self.shown.lock().unwrap().entry((picture.width(), picture.height())).or_default() += 1;
    }

    fn wants_preview(&self) -> bool {
        true
    }
}

#[test]
fn progress_is_counted_in_tiles_with_previews_and_a_cancel_ends_it() {
    if !have_models("progress_is_counted_in_tiles_with_previews_and_a_cancel_ends_it") {
        return;
    }
    let (_dir, models) = models_with(&with_tiles(2, 40), &[]);
    let env = Env { models: &models, limits: &Limits::default() };
    let run = |watch: &Stopper| {
        let inputs = Inputs::many([Arc::new(gradient(120, 80))]);
        execute(&plan("upscale", json!({"scale": 2, "model": "realesr-animevideov3-x2"})), &inputs, &env, watch, &watch.cancel)
    };
    let all = Stopper { after: 2.0, ..Stopper::default() };
    run(&all).unwrap();
    let seen = all.seen.lock().unwrap().clone();
    assert!(seen.windows(2).all(|w| w[0] <= w[1]) && seen.len() >= 7, "{seen:?}");
    assert_eq!(*all.shown.lock().unwrap(), HashMap::from([((240, 160), 5)]), "each tile but the last is shown");
    let stopped = Stopper { after: 0.3, ..Stopper::default() };
    assert_eq!(run(&stopped).unwrap_err().code(), "cancelled");
    assert!(stopped.seen.lock().unwrap().iter().all(|f| *f < 0.6));
}

/// The manifest's entry for `deblur` with a tiny model of its signature.
fn deblur_entry(settings: &str) -> String {
    let text = include_str!("../../onnx/models.toml");
    let start = text.find("[[model]]\nname = \"deblur-nafnet\"").unwrap();
    let end = start + 9 + text[start + 9..].find("[[model]]").unwrap();
    let entry = &text[start..end];
    let line = entry.lines().find(|l| l.starts_with("settings")).unwrap();
    let settings = if settings.is_empty() { line } else { settings };
    let kept = |l: &&str| !["size =", "sha256 =", "source ="].iter().any(|k| l.starts_with(k));
    let source = format!("source = \"file:{}/tests/fixtures/tiles/tiny.onnx\"\n{settings}", env!("CARGO_MANIFEST_DIR"));
    entry.lines().filter(kept).map(|l| if l == line { source.as_str() } else { l }).collect::<Vec<_>>().join("\n")
}

/// Models with that entry installed.
fn deblur_models(settings: &str) -> (tempfile::TempDir, Models) {
    models_with_entry(&deblur_entry(settings), "deblur-nafnet")
}

fn models_with_entry(entry: &str, name: &str) -> (tempfile::TempDir, Models) {
    let (dir, models) = models_with(entry, &[]);
    let manifest = models.manifest();
    // Its own record of what is installed, not the linked one.
    let stamps = dir.path().join("installed.json");
    if stamps.exists() {
        let text = std::fs::read(&stamps).unwrap();
        std::fs::remove_file(&stamps).unwrap();
        std::fs::write(&stamps, text).unwrap();
    }
    portico::models::install::Installer::new(dir.path(), None).unwrap().model(manifest.model(name).unwrap()).unwrap();
    (dir, models)
}

#[test]
fn a_model_of_nafnets_signature_gives_what_its_reference_gives() {
    if !have_models("a_model_of_nafnets_signature_gives_what_its_reference_gives") {
        return;
    }
    let crop = geometry::crop(&photo("astronaut.png"), Rect { x: 200, y: 60, width: 90, height: 75 }).0;
    let expected = std::fs::read(format!("{}/tests/fixtures/tiles/tiny.png", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let expected = Picture::clone(&decode(&expected, &Limits::default()).unwrap().picture);
    let (_dir, models) = deblur_models("");
    let whole = run_in(&models, &crop, "deblur", json!({"strength": 1})).unwrap().picture;
    assert!(difference(&whole, &expected).0 <= 1);
    assert!(difference(&crop, &expected).1 > 2.0, "the model changes something");
    let half = run_in(&models, &crop, "deblur", json!({})).unwrap().picture;
    let middle = |i: usize| (f64::from(crop.rgba8()[i]) + f64::from(expected.rgba8()[i])) / 2.0;
    assert!(half.rgba8().iter().enumerate().all(|(i, &v)| (f64::from(v) - middle(i)).abs() <= 1.0));
    assert_eq!(*run_in(&models, &crop, "deblur", json!({"strength": 0})).unwrap().picture, crop);
}

#[test]
fn without_a_model_deblur_sharpens_and_says_so() {
    let models = Models::none();
    let soft = resize(&resize(&photo("coffee.png"), 150, 100), 300, 200);
    let run = run_in(&models, &soft, "deblur", json!({})).unwrap();
    assert!(difference(&run.picture, &soft).1 > 0.3);
    let said = run.notices();
    assert_eq!(said[0].code, "deblur_sharpened");
    assert!(said[0].text.en.contains("install") && said[0].text.zh.contains("安装"), "{said:?}");
    assert_eq!(*run_in(&models, &soft, "deblur", json!({"strength": 0})).unwrap().picture, soft);
}

#[test]
fn denoise_runs_a_model_that_is_named_and_refuses_one_that_is_not_for_it() {
    if !have_models("denoise_runs_a_model_that_is_named_and_refuses_one_that_is_not_for_it") {
        return;
    }
    let entry =
        deblur_entry("").replace("name = \"deblur-nafnet\"", "name = \"tiny-denoise\"").replace("job = \"deblur\"", "job = \"denoise\"");
    let (_dir, models) = models_with_entry(&entry, "tiny-denoise");
    let crop = geometry::crop(&photo("astronaut.png"), Rect { x: 200, y: 60, width: 90, height: 75 }).0;
    let expected = std::fs::read(format!("{}/tests/fixtures/tiles/tiny.png", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let expected = Picture::clone(&decode(&expected, &Limits::default()).unwrap().picture);
    let out = run_in(&models, &crop, "denoise", json!({"strength": 1, "model": "tiny-denoise"})).unwrap().picture;
    assert!(difference(&out, &expected).0 <= 1);
    let wrong = run_in(&models, &crop, "denoise", json!({"model": "isnet"})).unwrap_err();
    assert_eq!(wrong.code(), "model_unknown");
}

#[test]
fn a_model_with_a_fixed_input_works_on_every_size_and_alpha_stays() {
    if !have_models("a_model_with_a_fixed_input_works_on_every_size_and_alpha_stays") {
        return;
    }
    let (_dir, models) = deblur_models("settings = { scale = 1, tile = 64, overlap = 4, feather = 8, fixed = true }");
    for (w, h) in [(1, 1), (1, 300), (37, 41), (150, 90)] {
        let mut picture = gradient(w, h);
        picture.rgba8_mut().chunks_exact_mut(4).enumerate().filter(|(i, _)| i % 3 == 0).for_each(|(_, p)| p[3] = 77);
        let out = run_in(&models, &picture, "deblur", json!({"strength": 1})).unwrap().picture;
        assert_eq!((out.width(), out.height()), (w, h));
        assert!(out.rgba8().chunks_exact(4).zip(picture.rgba8().chunks_exact(4)).all(|(a, b)| a[3] == b[3]), "{w}x{h}");
        assert!(w * h == 1 || out.rgba8() != picture.rgba8());
    }
}
