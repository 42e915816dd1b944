//! Old photos repaired: scratches and dust filled and nothing else touched, a corrected mask obeyed, stages that fail named.

use std::sync::{Arc, Mutex};

use portico::cancel::Cancel;
use portico::engine::execute::{Env, Inputs, Run, RunError, check, execute};
use portico::imaging::{Limits, Mask, Picture, decode};
use portico::models::{Models, ModelsConfig};
use portico::ops::{Artifact, Unwatched, Watch};
use portico::plan::{Plan, Step};
use portico::text::{Explain, Text};
use serde_json::{Value, json};

use crate::app::{have_models, models_dir};

#[allow(dead_code)]
#[path = "../../crates/imaging/tests/kit/damage.rs"]
mod damage;
#[allow(dead_code)]
#[path = "../../crates/imaging/tests/kit/recipes.rs"]
mod recipes;

use damage::{Damaged, damage as damaged, psnr};

const PHOTOS: [&str; 9] = [
    "allium-oreophilum.jpg",
    "astronaut.png",
    "chelsea.png",
    "coffee.png",
    "dust-bowl-home.jpg",
    "french-alpine-landscape.jpg",
    "locomotion-house-cat.jpg",
    "nagasaki-boats.jpg",
    "rocket.png",
];

fn photo(name: &str) -> Picture {
    let bytes = std::fs::read(format!("{}/tests/fixtures/photos/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    Picture::clone(&decode(&bytes, &Limits::default()).unwrap().picture)
}

fn plan(params: Value) -> Plan {
    let mut step = Step::new("restore");
    step.params = params.as_object().unwrap().clone();
    Plan::new(vec![step])
}

fn run_in(models: &Models, inputs: &Inputs, params: Value) -> Result<Run, RunError> {
    execute(&plan(params), inputs, &Env { models, limits: &Limits::default() }, &Unwatched, &Cancel::new())
}

fn run(picture: &Picture, params: Value) -> Run {
    run_in(&Models::none(), &Inputs::one(Arc::new(picture.clone())), params).unwrap()
}

/// Only the first stage.
fn only_scratches() -> Value {
    json!({"denoise": false, "fade": false, "faces": false})
}

fn scratched() -> Damaged {
    damaged(&photo("french-alpine-landscape.jpg"), &recipes::held(500), 500)
}

fn changed(a: &Picture, b: &Picture, mask: &Mask) -> (usize, usize) {
    let (a, b) = (a.rgba8().as_chunks::<4>().0, b.rgba8().as_chunks::<4>().0);
    let differs = |i: &usize| a[*i] != b[*i];
    let (inside, outside): (Vec<usize>, Vec<usize>) = (0..a.len()).filter(differs).partition(|&i| mask.values()[i] > 0);
    (inside.len(), outside.len())
}

#[test]
fn scratches_folds_and_dust_go_and_outside_their_mask_every_pixel_stays() {
    let made = scratched();
    let run = run(&made.picture, only_scratches());
    let mask = run.mask.clone().expect("the mask that was filled");
    let (inside, outside) = changed(&made.picture, &run.picture, &mask);
    assert!(inside > 10_000 && outside == 0, "{inside} changed inside, {outside} outside");
    let (before, after) = (psnr(&made.picture, &made.unscratched, None), psnr(&run.picture, &made.unscratched, None));
    assert!(after > before + 4.0, "{before:.2} dB before, {after:.2} dB after");
    let roles: Vec<&str> = run.steps[0].artifacts.iter().filter(|(_, a)| matches!(a, Artifact::Mask(_))).map(|(role, _)| *role).collect();
    assert_eq!(roles, ["scratches", "dust"]);
    assert!(!run.exact_outside_target, "later stages change all of the picture");
}

#[test]
fn a_corrected_mask_is_filled_and_nothing_else_is_looked_for() {
    let made = scratched();
    let (width, height) = (made.picture.width(), made.picture.height());
    let values = (0..width * height).map(|i| if (300..304).contains(&(i % width)) && i / width < 200 { 255 } else { 0 }).collect();
    let mut inputs = Inputs::one(Arc::new(made.picture.clone()));
    inputs.masks.insert("upload".into(), Arc::new(Mask::new(width, height, values)));
    let mut params = only_scratches();
    params["target"] = json!({"kind": "mask", "mask": "upload", "grow": 0, "feather": 0});
    let run = run_in(&Models::none(), &inputs, params).unwrap();
    let mask = run.mask.clone().unwrap();
    assert_eq!(*mask, *inputs.masks["upload"]);
    let (inside, outside) = changed(&made.picture, &run.picture, &mask);
    assert!(inside > 600 && outside == 0, "{inside} {outside}");
}

#[test]
fn with_every_stage_at_nothing_the_picture_is_the_input_itself() {
    let made = scratched();
    let off = json!({"scratches": 0, "dust": 0, "denoise": 0, "fade": 0, "faces": false});
    let run = run(&made.picture, off);
    assert_eq!(*run.picture, made.picture);
    assert!(run.mask.is_none() && run.notices().is_empty());
    let less = self::run(&made.picture, json!({"scratches": 0.2, "dust": false, "denoise": false, "fade": false, "faces": false}));
    let more = self::run(&made.picture, json!({"scratches": 0.9, "dust": false, "denoise": false, "fade": false, "faces": false}));
    let area = |run: &Run| run.mask.as_ref().map_or(0.0, |m| m.coverage());
    assert!(area(&less) < area(&more));
}

#[test]
fn an_undamaged_photo_stays_within_a_level_of_itself() {
    for name in PHOTOS {
        let picture = photo(name);
        let run = run(&picture, only_scratches());
        let sum: u64 = picture.rgba8().iter().zip(run.picture.rgba8()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        let mean = sum as f64 / (picture.area() * 3) as f64;
        assert!(mean < 1.0, "{name} changed by {mean:.2} levels");
    }
}

#[test]
fn a_stage_that_cannot_run_is_named_and_the_others_go_on() {
    let made = scratched();
    let mut params = only_scratches();
    params["colorize"] = json!(true);
    params["upscale"] = json!(2);
    let run = run(&made.picture, params);
    let failed: Vec<_> = run.notices().into_iter().filter(|n| n.code == "restore_stage_failed").collect();
    assert_eq!(failed.len(), 2, "colour and size both need models: {:?}", run.notices());
    assert!(failed[0].text.zh.contains("上色") && failed[0].text.en.contains("colour"));
    assert!(failed[1].text.zh.contains("放大") && failed[1].text.en.contains("enlarging"));
    assert!(
        psnr(&run.picture, &made.unscratched, None) > psnr(&made.picture, &made.unscratched, None) + 4.0,
        "scratches are gone all the same"
    );
}

#[test]
fn colours_and_size_come_last_and_the_result_can_be_traced_back() {
    if !have_models("colours_and_size_come_last_and_the_result_can_be_traced_back") {
        return;
    }
    let models = Models::open(ModelsConfig::new(models_dir())).unwrap();
    let small = portico::imaging::resize::resize(&photo("nagasaki-boats.jpg"), 256, 205);
    let inputs = Inputs::one(Arc::new(small.clone()));
    let run = run_in(&models, &inputs, json!({"colorize": true, "upscale": 2})).unwrap();
    assert_eq!((run.picture.width(), run.picture.height()), (512, 410));
    let map = run.map.expect("an enlargement is an affine map");
    let (x, y) = map.apply(256.0, 205.0);
    assert!((x - 128.0).abs() < 1.0 && (y - 102.5).abs() < 1.0, "{x} {y}");
    assert!(run.notices().iter().all(|n| n.code != "restore_stage_failed"), "{:?}", run.notices());
    // "Keep it black and white": no stage gives colours.
    let grey = run_in(&models, &inputs, json!({"colorize": false})).unwrap();
    let colourful = |p: &Picture| p.rgba8().as_chunks::<4>().0.iter().filter(|p| p[2] > p[0].saturating_add(6)).count();
    assert!(colourful(&grey.picture) <= colourful(&small), "no blue where there was none");
}

/// Cancels at the first thing it hears.
struct Impatient<'a>(&'a Cancel, Mutex<usize>);

impl Watch for Impatient<'_> {
    fn progress(&self, _: usize, _: Option<f32>, _: &Text) {
        *self.1.lock().unwrap() += 1;
        self.0.cancel();
    }
    fn preview(&self, _: usize, _: &Text, _: Arc<Picture>) {}
    fn wants_preview(&self) -> bool {
        false
    }
}

#[test]
fn a_cancelled_repair_makes_no_picture() {
    let cancel = Cancel::new();
    let watch = Impatient(&cancel, Mutex::new(0));
    let env = Env { models: &Models::none(), limits: &Limits::default() };
    let error = execute(&plan(json!({})), &Inputs::one(Arc::new(scratched().picture)), &env, &watch, &cancel).unwrap_err();
    assert_eq!(error.code(), "cancelled");
}

#[test]
fn wrong_parameters_are_named_before_any_work() {
    for (params, field) in [
        (json!({"scratches": 2}), "scratches"),
        (json!({"dust": "much"}), "dust"),
        (json!({"upscale": 5}), "upscale"),
        (json!({"sharpen": true}), "sharpen"),
    ] {
        let error = check(&plan(params.clone())).unwrap_err();
        assert_eq!(error.code(), "invalid_parameter");
        assert_eq!(error.field(), Some(format!("steps[0].params.{field}").as_str()), "{params}");
    }
}
