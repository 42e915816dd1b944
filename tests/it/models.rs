//! Real models on real photographs.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use portico::cancel::Cancel;
use portico::imaging::{Mask, Picture};
use portico::models::session::{LoadedSession, Optimise, SessionSpec};
use portico::models::{Models, ModelsConfig, Preparer, isnet, runtime};

/// The folder that `make test` installs into.
pub fn models_dir() -> PathBuf {
    std::env::var_os("PORTICO_MODELS").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("models"), PathBuf::from)
}

/// The installed models, shared by all tests, or `None` after saying loudly that a test was skipped. Models are
/// prepared by the program itself, as on a user's machine.
pub fn models(test: &str) -> Option<&'static Models> {
    static MODELS: LazyLock<Models> = LazyLock::new(|| {
        let preparer = Preparer::Child(env!("CARGO_BIN_EXE_portico").into());
        Models::open(ModelsConfig { preparer, ..ModelsConfig::new(models_dir()) }).expect("the manifest is valid")
    });
    match MODELS.default_for("cutout") {
        Ok(_) => Some(&MODELS),
        Err(e) => {
            eprintln!("SKIPPED {test}: {e}");
            None
        }
    }
}

fn photo(name: &str) -> Picture {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/photos").join(name);
    let rgba = image::open(path).expect("a test photo").into_rgba8();
    Picture::from_rgba8(rgba.width(), rgba.height(), rgba.into_raw())
}

fn cut(models: &Models, picture: &Picture, size: u32) -> Mask {
    let info = models.default_for("cutout").expect("installed");
    let input = isnet::prepare(picture, &info.input, size);
    let answer = models.infer(&info.name, vec![input], &Cancel::new()).expect("it runs");
    assert_eq!((answer.outputs.len(), Some(&answer.sha256)), (1, info.sha256.as_ref()));
    assert!(answer.run > Duration::ZERO);
    isnet::matte(&answer.outputs[0], &info.output, picture.width(), picture.height()).expect("a matte")
}

fn intersection_over_union(a: &Mask, b: &Mask) -> f64 {
    let pairs = || a.values().iter().zip(b.values()).map(|(&a, &b)| (a > 127, b > 127));
    let both = pairs().filter(|(a, b)| *a && *b).count();
    both as f64 / pairs().filter(|(a, b)| *a || *b).count().max(1) as f64
}

#[test]
fn the_cup_is_found_and_the_table_is_not() {
    let Some(models) = models("the_cup_is_found_and_the_table_is_not") else { return };
    let mask = cut(models, &photo("coffee.png"), 1024);
    assert!(mask.at(280, 200) > 250, "the cup");
    assert!(mask.at(150, 300) > 250, "the saucer");
    for (x, y) in [(10, 10), (590, 10), (590, 390), (10, 390)] {
        assert!(mask.at(x, y) < 5, "the table at {x},{y}");
    }
    assert!((0.40..0.55).contains(&mask.coverage()), "{}", mask.coverage());
    assert!(!isnet::quality(&mask).is_unsure());
}

#[test]
fn the_astronaut_is_found_with_her_helmet() {
    let Some(models) = models("the_astronaut_is_found_with_her_helmet") else { return };
    let mask = cut(models, &photo("astronaut.png"), 1024);
    for (x, y, what) in [(220, 120, "face"), (150, 400, "suit"), (370, 420, "helmet")] {
        assert!(mask.at(x, y) > 240, "{what}: {}", mask.at(x, y));
    }
    assert!(mask.at(20, 20) < 10 && mask.at(490, 200) < 10, "flag and shuttle model are background");
    assert!(!isnet::quality(&mask).is_unsure());
}

#[test]
fn the_smaller_size_sees_the_same_cup() {
    let Some(models) = models("the_smaller_size_sees_the_same_cup") else { return };
    let picture = photo("coffee.png");
    for &size in &models.default_for("cutout").expect("installed").input.sizes {
        let iou = intersection_over_union(&cut(models, &picture, 1024), &cut(models, &picture, size));
        assert!(iou > 0.95, "{size}: {iou}");
    }
}

#[test]
fn a_scene_without_one_subject_is_known_to_be_unsure() {
    let Some(models) = models("a_scene_without_one_subject_is_known_to_be_unsure") else { return };
    for name in ["chelsea.png", "nagasaki-boats.jpg"] {
        let quality = isnet::quality(&cut(models, &photo(name), 1024));
        assert!(quality.is_unsure(), "{name}: {quality:?}");
    }
}

#[test]
fn the_prepared_model_gives_the_numbers_of_the_original() {
    let Some(models) = models("the_prepared_model_gives_the_numbers_of_the_original") else { return };
    let info = models.default_for("cutout").expect("installed");
    let input = isnet::prepare(&photo("astronaut.png"), &info.input, info.input.size);
    let prepared = models.infer(&info.name, vec![input.clone()], &Cancel::new()).expect("it runs").outputs.remove(0);
    let library = runtime::get(&models_dir(), models.manifest().runtime()).expect("loaded");
    let outputs = [info.output.name.clone().expect("named")];
    let spec = SessionSpec { name: "original", outputs: &outputs, threads: 2 };
    let mut original = LoadedSession::open(library, &models_dir().join(&info.file), Optimise::Now, &spec).expect("it loads");
    let original = original.run_alone(&[input]).expect("it runs").remove(0);
    assert_eq!(prepared.shape, original.shape);
    let largest = prepared.data.iter().zip(&original.data).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    eprintln!("prepared against original: largest difference {largest}");
    assert!(largest < 0.02, "{largest}");
}

#[test]
fn the_program_prepares_a_model_in_a_process_of_its_own() {
    let Some(models) = models("the_program_prepares_a_model_in_a_process_of_its_own") else { return };
    let info = models.default_for("cutout").expect("installed");
    runtime::get(&models_dir(), models.manifest().runtime()).expect("installed beside the models");
    let fresh = tempfile::tempdir().expect("a folder");
    std::fs::copy(models_dir().join(&info.file), fresh.path().join(&info.file)).expect("copied");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_portico"))
        .args([portico::models::prepare::CHILD_COMMAND, &info.name, "--models"])
        .arg(fresh.path())
        .env("PORTICO_ORT_LIB", models.runtime_library().expect("installed"))
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let prepared: Vec<_> = std::fs::read_dir(fresh.path().join("prepared")).expect("made").flatten().map(|e| e.path()).collect();
    assert_eq!(prepared.len(), 1, "one graph and nothing else: {prepared:?}");
    // The server finds it under the same name and does not prepare again.
    let program = Preparer::Child("no-such-program".into());
    let fresh_models = Models::open(ModelsConfig { preparer: program, ..ModelsConfig::new(fresh.path()) }).expect("the manifest is valid");
    fresh_models.warm(&info.name, &Cancel::new()).expect("it loads");
    assert_eq!(std::fs::read_dir(fresh.path().join("prepared")).expect("there").count(), 1);
}
