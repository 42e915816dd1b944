//! The whole path on tiny face models (`tests/fixtures/faces`), with the detector and the mesh model that the program carries.

use std::collections::HashMap;
use std::path::Path;

use super::*;
use crate::cancel::Cancel;
use crate::imaging::Limits;
use crate::models::testing::{real_runtime, sha256};
use crate::models::{Models, ModelsConfig, Preparer};
use crate::ops::Unwatched;
use crate::text::Explain;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn picture(name: &str) -> Arc<Picture> {
    let rgba = image::open(root().join("tests/fixtures").join(name)).expect("a test picture").into_rgba8();
    Arc::new(Picture::from_rgba8(rgba.width(), rgba.height(), rgba.into_raw()))
}

/// A models folder with the bundled face models and, as the default for its job, a tiny one; `None` after saying that the test was skipped.
fn models(test: &str, restorer: Option<&str>) -> Option<(tempfile::TempDir, Models)> {
    real_runtime(test)?;
    let dir = tempfile::tempdir().unwrap();
    for file in ["blazeface-back.onnx", "facemesh.onnx"] {
        std::fs::copy(root().join("onnx").join(file), dir.path().join(file)).unwrap();
    }
    if let Some(name) = restorer {
        let bytes = std::fs::read(root().join(format!("tests/fixtures/faces/{name}.onnx"))).unwrap();
        let embedded = include_str!("../../onnx/models.toml");
        let entry = embedded.split("[[model]]").find(|e| e.contains("name = \"gfpgan\"")).expect("the entry of GFPGAN");
        let entry = entry.split("\n#").next().expect("the entry without what follows it");
        let pinned = format!("size = {}\nsha256 = \"{}\"\nsource", bytes.len(), sha256(&bytes));
        let entry = entry.replace("\"gfpgan", &format!("\"{name}")).replacen("\nsource", &format!("\n{pinned}"), 1);
        std::fs::create_dir(dir.path().join("models.d")).unwrap();
        std::fs::write(dir.path().join("models.d/tiny.toml"), format!("[[model]]{entry}")).unwrap();
        std::fs::write(dir.path().join(format!("{name}.onnx")), bytes).unwrap();
    }
    let config = ModelsConfig { threads: 1, preparer: Preparer::InProcess, ..ModelsConfig::new(dir.path()) };
    let models = Models::open(config).expect("a sound manifest");
    Some((dir, models))
}

/// Does something as a step; gives the codes of the notices too.
fn as_step<R>(models: &Models, input: Arc<Picture>, work: impl FnOnce(&mut StepContext<'_>) -> R) -> (R, Vec<String>) {
    let (images, masks, cancel, limits) = (HashMap::new(), HashMap::new(), Cancel::new(), Limits::default());
    let mut step = StepContext {
        step: 0,
        input,
        images: &images,
        maps: HashMap::new(),
        masks: &masks,
        models,
        limits: &limits,
        source: None,
        exif: None,
        focus: None,
        watch: &Unwatched,
        cancel: &cancel,
        seed: 0,
        notices: vec![],
        model_time: Default::default(),
        used_models: vec![],
        known: None,
        past: Default::default(),
    };
    let done = work(&mut step);
    (done, step.notices.into_iter().map(|n| n.code).collect())
}

/// Restores the faces of a picture that is not the step's input, as in a chain of repairs.
fn restore(models: &Models, picture: &Arc<Picture>, strength: f32) -> (Result<Option<FacesDone>, OpError>, Vec<String>) {
    as_step(models, Arc::new(Picture::filled(7, 5, [1, 2, 3, 255])), |step| {
        let done = restore_faces(step, picture.clone(), strength);
        assert_eq!((step.input.width(), step.input.height()), (7, 5), "the step's own input is back");
        done
    })
}

#[test]
fn the_operation_restore_does_it_where_a_face_model_is_installed_and_says_so_where_none_is() {
    let face = picture("faces/face.png");
    let run = |models: &Models, faces: Option<bool>| {
        let mut params = serde_json::json!({ "scratches": false, "dust": false, "denoise": false });
        if let Some(faces) = faces {
            params["faces"] = faces.into();
        }
        let params = crate::ops::Params(params.as_object().unwrap().clone());
        let restore = crate::ops::registry::find("restore").unwrap();
        let (outcome, notices) = as_step(models, face.clone(), |step| restore.run(step, params));
        (outcome.unwrap(), notices)
    };
    let Some((_dir, with)) = models("the_operation_restore", Some("sharpen")) else { return };
    let (outcome, _) = run(&with, None);
    assert!(*outcome.picture != *face, "of itself, since a model is there");
    let (report, words) = outcome.report.unwrap();
    assert_eq!((report["stages"]["faces"]["restored"].as_u64(), words.zh.as_str()), (Some(1), "修复了 1 张脸。"));
    assert!(*run(&with, Some(false)).0.picture == *face);
    let Some((_dir, without)) = models("the_operation_restore", None) else { return };
    assert!(*run(&without, None).0.picture == *face);
    let (outcome, notices) = run(&without, Some(true));
    assert!(*outcome.picture == *face);
    assert_eq!(notices, ["restore_stage_failed"]);
}

fn differences(a: &Picture, b: &Picture) -> (u8, f64) {
    let pairs = || a.rgba8().iter().zip(b.rgba8()).map(|(a, b)| a.abs_diff(*b));
    (pairs().max().unwrap(), pairs().map(f64::from).sum::<f64>() / a.rgba8().len() as f64)
}

#[test]
fn the_whole_path_gives_what_the_reference_gives() {
    let Some((_dir, models)) = models("the_whole_path", Some("sharpen")) else { return };
    let (face, expected) = (picture("faces/face.png"), picture("faces/sharpen.png"));
    let (done, notices) = restore(&models, &face, 0.8);
    let done = done.unwrap().expect("a face");
    assert_eq!((done.restored, done.held_back, done.left, notices.len()), (1, 0, 0, 0));
    let (largest, mean) = differences(&done.picture, &expected);
    eprintln!("restored against the reference: largest {largest}, mean {mean:.4}; changed {:?}", differences(&done.picture, &face));
    assert!(largest <= 2 && mean < 0.05, "{largest} {mean}");
    assert!(differences(&done.picture, &face).0 > 15, "it did something");
}

#[test]
fn the_new_face_has_the_old_ones_light_and_no_edge() {
    let Some((_dir, models)) = models("the_new_face_has", Some("sharpen")) else { return };
    let face = picture("faces/face.png");
    let done = restore(&models, &face, 1.0).0.unwrap().unwrap();
    // The model's warm cast: means of blocks of the face stay within one level.
    for (x, y) in [(90, 60), (110, 90), (120, 120), (110, 140)] {
        for c in 0..3 {
            let mean = |p: &Picture| (0..1600).map(|i| f64::from(p.pixel(x + i % 40, y + i / 40)[c])).sum::<f64>() / 1600.0;
            assert!((mean(&face) - mean(&done.picture)).abs() < 1.5, "{x},{y}: {} {}", mean(&face), mean(&done.picture));
        }
    }
    assert_eq!(done.picture.pixel(240, 250), face.pixel(240, 250), "far from the face nothing changes");
}

#[test]
fn a_face_that_moved_is_put_back_and_the_user_is_told() {
    let Some((_dir, models)) = models("a_face_that_moved", Some("shift")) else { return };
    let face = picture("faces/face.png");
    let (done, notices) = restore(&models, &face, 1.0);
    let done = done.unwrap().unwrap();
    assert_eq!((done.restored, done.held_back, notices), (1, 1, vec!["faces_held_back".to_owned()]));
    // Moved by 11 and 7 of 512 pixels: 9.5 % of the eyes' distance, and the picture would differ by 3.4 on average. What stays is half a pixel of the square.
    let ((largest, mean), drift) = (differences(&done.picture, &face), Drift::of(&models, &face, &done.picture));
    eprintln!("put back: largest {largest}, mean {mean:.3}, drift {drift:.4}");
    assert!(mean < 1.1 && drift < 0.01, "{largest} {mean} {drift}");
}

#[test]
fn a_face_that_became_another_is_laid_over_only_in_part_or_not_at_all() {
    let Some((_dir, models)) = models("a_face_that_became_another", Some("stretch")) else { return };
    let face = picture("faces/face.png");
    let (done, notices) = restore(&models, &face, 1.0);
    let done = done.unwrap().unwrap();
    assert!(done.held_back + done.left == 1 && notices.len() == 1, "{} {} {notices:?}", done.held_back, done.left);
    // What is left of it: the mesh model sees the features where they were.
    let mesh = Drift::of(&models, &face, &done.picture);
    eprintln!("stretched: drift {mesh:.4}, share left {}", done.restored);
    assert!(mesh <= 0.025, "{mesh}");
}

/// How far the features moved between two pictures, as a share of the eyes' distance.
struct Drift;

impl Drift {
    fn of(models: &Models, before: &Picture, after: &Picture) -> f64 {
        let info = models.default_for(sight::FACE_MESH).unwrap();
        let settings: facemesh::Settings = info.settings().unwrap();
        let place = TurnedSquare { centre: (123.0, 123.0), side: 155.0, angle: -0.16 };
        let look = |picture: &Picture| {
            let input = tensor(&place.sample(picture, info.input.size), &info.input);
            let outputs = models.infer(&info.name, vec![input], &Cancel::new()).unwrap().outputs;
            facemesh::landmarks(&outputs, &settings, info.input.size, place).unwrap()
        };
        look(before).drift(&look(after))
    }
}

#[test]
fn several_faces_in_a_large_picture_are_all_restored_and_small_ones_are_left_alone() {
    let Some((_dir, models)) = models("several_faces", Some("sharpen")) else { return };
    let face = picture("faces/face.png");
    // Three sizes on one sheet of 1300 × 1000: 250, 125 and 28 pixels wide.
    let mut sheet = Picture::filled(1300, 1000, [120, 125, 130, 255]);
    for (x, y, width) in [(60, 80, 250), (900, 600, 125), (600, 500, 28)] {
        let small = crate::imaging::resize::resize(&face, width, width * 260 / 250);
        for row in 0..small.height() {
            for column in 0..small.width() {
                let at = ((y + row) as usize * 1300 + (x + column) as usize) * 4;
                sheet.rgba8_mut()[at..at + 4].copy_from_slice(&small.pixel(column, row));
            }
        }
    }
    let sheet = Arc::new(sheet);
    let (done, notices) = restore(&models, &sheet, 1.0);
    let done = done.unwrap().unwrap();
    eprintln!("sheet: restored {}, left {}, {notices:?}", done.restored, done.left);
    assert_eq!(done.restored, 2);
    let changed = |x: u32, y: u32, width: u32| {
        (0..width * width).filter(|i| done.picture.pixel(x + i % width, y + i / width) != sheet.pixel(x + i % width, y + i / width)).count()
    };
    assert!(changed(60, 80, 250) > 3000 && changed(900, 600, 125) > 800);
    assert_eq!(changed(600, 500, 28), 0, "nothing to restore in a face of a few pixels");
    assert_eq!(changed(400, 100, 200), 0, "the ground between them");
    let head = crate::imaging::geometry::crop(&face, crate::imaging::Rect { x: 30, y: 10, width: 180, height: 210 }).0;
    let tiny = Arc::new(crate::imaging::resize::resize(&head, 30, 35));
    let (done, notices) = restore(&models, &tiny, 1.0);
    let done = done.unwrap().expect("it is seen");
    assert_eq!((done.restored, done.left, *done.picture == *tiny), (0, 1, true));
    assert_eq!(notices, ["faces_left"]);
}

#[test]
fn without_strength_faces_or_a_model_nothing_changes_and_a_missing_model_is_named() {
    let face = picture("faces/face.png");
    let (done, _) = restore(&Models::none(), &face, 0.0);
    assert!(done.unwrap().is_none());
    assert_eq!(restore(&Models::none(), &face, 1.0).0.err().unwrap().code(), "model_missing");
    let Some((_dir, without)) = models("without", None) else { return };
    let error = restore(&without, &face, 1.0).0.err().unwrap();
    assert_eq!(error.code(), "model_missing");
    assert!(error.text().en.contains("portico models install gfpgan"), "{}", error.text().en);
    let Some((_dir, models)) = models("without", Some("sharpen")) else { return };
    for (width, height) in [(1, 1), (1, 5000), (37, 41), (300, 200)] {
        let empty = Arc::new(Picture::filled(width, height, [90, 120, 150, 255]));
        assert!(restore(&models, &empty, 1.0).0.unwrap().is_none(), "{width}×{height}");
    }
}
