//! People, faces and things are found: the four models against an independent reference, and targets in scenes whose right masks are known.

use std::sync::{Arc, LazyLock};

use portico::cancel::Cancel;
use portico::engine::execute::{Env, Inputs, Run, RunError, execute};
use portico::imaging::{Combine, Limits, Mask, Picture, Rect, blend, decode, geometry, resize};
use portico::models::boxes::Area;
use portico::models::{Models, blazeface, facemesh, fit, nanodet, selfie};
use portico::ops::{StepContext, Unwatched, target};
use portico::plan::{Answer, Context, Plan, Step, read};
use portico::text::Explain;
use serde_json::{Value, json};

use super::models::models;

fn photo(name: &str) -> Picture {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/photos").join(name);
    Picture::clone(&decode(&std::fs::read(path).expect("a test photo"), &Limits::default()).expect("it decodes").picture)
}

// --------------------------------------------------------------------------------------------------------- the reference

/// Made by benches/targets/reference.py.
static REFERENCE: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../fixtures/detection.json")).expect("the reference is JSON"));

fn infer(models: &Models, model: &str, input: portico::models::Tensor) -> Vec<portico::models::Tensor> {
    models.infer(model, vec![input], &Cancel::new()).expect("it runs").outputs
}

fn floats(value: &Value) -> Vec<f32> {
    value.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number") as f32).collect()
}

/// `tolerance` in pixels.
fn assert_near(found: &[f32], expected: &[f32], tolerance: f32, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let off = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(off <= tolerance, "{what}: {found:?} against {expected:?}");
}

fn corners(area: Area) -> [f32; 4] {
    [area.left, area.top, area.right, area.bottom]
}

#[test]
fn objects_have_the_boxes_and_scores_of_the_reference() {
    let Some(models) = models("objects_have_the_boxes_and_scores_of_the_reference") else { return };
    let info = models.default_for("objects").expect("installed");
    let settings: nanodet::Settings = info.settings().expect("checked");
    for (name, expected) in REFERENCE.as_object().expect("photos") {
        let picture = photo(name);
        let (input, letterbox) = fit::letterboxed(&picture, picture.bounds(), &info.input);
        let found = nanodet::decode(&infer(models, &info.name, input), &settings, info.input.size, letterbox).expect("boxes");
        let found: Vec<_> = found.into_iter().filter(|d| d.score >= settings.threshold).collect();
        let expected = expected["objects"].as_array().expect("a list");
        assert_eq!(found.len(), expected.len(), "{name}: {found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert_eq!(Some(found.class as u64), expected["class"].as_u64(), "{name}");
            assert!((f64::from(found.score) - expected["score"].as_f64().expect("a score")).abs() < 0.02, "{name}: {found:?}");
            assert_near(&corners(found.area), &floats(&expected["box"]), 3.0, name);
        }
    }
}

#[test]
fn faces_and_their_outlines_are_those_of_the_reference() {
    let Some(models) = models("faces_and_their_outlines_are_those_of_the_reference") else { return };
    let (info, mesh) = (models.default_for("faces").expect("installed"), models.default_for("face-mesh").expect("installed"));
    let settings: blazeface::Settings = info.settings().expect("checked");
    let mesh_settings: facemesh::Settings = mesh.settings().expect("checked");
    for (name, expected) in REFERENCE.as_object().expect("photos") {
        let picture = photo(name);
        let (input, letterbox) = fit::letterboxed(&picture, picture.bounds(), &info.input);
        let found = blazeface::decode(&infer(models, &info.name, input), &settings, info.input.size, letterbox).expect("faces");
        let (faces, meshes) = (expected["faces"].as_array().expect("a list"), expected["meshes"].as_array().expect("a list"));
        assert_eq!(found.len(), faces.len(), "{name}: {found:?}");
        for (face, (expected, outline)) in found.iter().zip(faces.iter().zip(meshes)) {
            assert!((f64::from(face.score) - expected["score"].as_f64().expect("a score")).abs() < 0.02, "{name}: {face:?}");
            assert_near(&corners(face.area), &floats(&expected["box"]), 2.0, name);
            let (input, square) = facemesh::prepare(&picture, face, &mesh.input, &mesh_settings);
            let seen = facemesh::decode(&infer(models, &mesh.name, input), &mesh_settings, mesh.input.size, square).expect("an outline");
            let sure = outline["probability"].as_f64().expect("a number") > 0.5;
            assert_eq!(seen.probability >= mesh_settings.is_face, sure, "{name}: {}", seen.probability);
            if sure {
                // Forehead, left side, chin, right side: the first, and a quarter of the outline on each.
                let at = |point: usize| mesh_settings.outline.iter().position(|&i| i == point).expect("in the outline");
                for (point, place) in [10, 454, 152, 234].into_iter().zip(outline["points"].as_array().expect("a list")) {
                    let (x, y) = seen.points[at(point)];
                    assert_near(&[x, y], &floats(place), 2.5, name);
                }
            }
        }
    }
}

#[test]
fn people_stand_out_as_in_the_reference() {
    let Some(models) = models("people_stand_out_as_in_the_reference") else { return };
    let info = models.default_for("person-mask").expect("installed");
    for (name, expected) in REFERENCE.as_object().expect("photos") {
        let picture = photo(name);
        let outputs = infer(models, &info.name, selfie::prepare(&picture, picture.bounds(), &info.input));
        let square = Rect { x: 0, y: 0, width: info.input.size, height: info.input.size };
        let mask = selfie::decode(&outputs, &info.input, square).expect("a mask");
        assert!((mask.coverage() - expected["people"]["mean"].as_f64().expect("a number")).abs() < 0.01, "{name}: {}", mask.coverage());
        let rows = (16..256).step_by(32).map(|y| mask.cropped(Rect { x: 0, y, width: 256, height: 1 }).coverage() as f32);
        assert_near(&rows.collect::<Vec<_>>(), &floats(&expected["people"]["rows"]), 0.03, name);
    }
}

// ----------------------------------------------------------------------------------------------------------------- scenes

/// A picture and where each of its people is, as far as they are to be seen.
struct Scene {
    picture: Arc<Picture>,
    people: Vec<Mask>,
}

impl Scene {
    /// The astronaut without her helmet, `(middle, height, mirrored)` for each, standing on the lower border before an old house; later ones in front.
    fn of(models: &Models, people: &[(u32, u32, bool)]) -> Scene {
        static PERSON: LazyLock<std::sync::Mutex<Option<Picture>>> = LazyLock::new(Default::default);
        let mut cut = PERSON.lock().expect("no panic");
        let cut = cut.get_or_insert_with(|| {
            let portrait = geometry::crop(&photo("astronaut.png"), Rect { x: 0, y: 0, width: 358, height: 512 }).0;
            let run = execute(&step("cutout", json!({"trim": true})), &one(&Arc::new(portrait)), &env(models), &Unwatched, &Cancel::new());
            Picture::clone(&run.expect("the cut-out model is there").picture)
        });
        let mut picture = resize::resize(&photo("dust-bowl-home.jpg"), 720, 554);
        let mut masks: Vec<Mask> = vec![];
        for &(middle, height, mirrored) in people {
            let mut person = resize::resize(cut, cut.width() * height / cut.height(), height);
            if mirrored {
                person = geometry::flip(&person, geometry::FlipAxis::Horizontal).0;
            }
            let (width, left) = (person.width(), middle - person.width() / 2);
            let by = geometry::Padding { left, top: 554 - height, right: 720 - left - width, bottom: 0 };
            let layer = geometry::pad(&person, by, [0; 4]).0;
            let mask = blend::alpha_of(&layer).thresholded(128);
            masks.iter_mut().for_each(|m| *m = m.combined(&mask, Combine::Minus));
            masks.push(mask);
            picture = blend::over(&layer, &picture);
        }
        Scene { picture: Arc::new(picture), people: masks }
    }
}

fn step(op: &str, params: Value) -> Plan {
    Plan::new(vec![Step { params: params.as_object().expect("parameters").clone(), ..Step::new(op) }])
}

fn one(picture: &Arc<Picture>) -> Inputs {
    Inputs::one(picture.clone())
}

fn env(models: &Models) -> Env<'_> {
    static LIMITS: LazyLock<Limits> = LazyLock::new(Limits::default);
    Env { models, limits: &LIMITS }
}

fn select(models: &Models, picture: &Arc<Picture>, target: Value) -> Result<Run, RunError> {
    execute(&step("select", json!({"target": target})), &one(picture), &env(models), &Unwatched, &Cancel::new())
}

fn mask(models: &Models, picture: &Arc<Picture>, target: Value) -> Arc<Mask> {
    select(models, picture, target).expect("it is there").mask.expect("a mask")
}

fn iou(a: &Mask, b: &Mask) -> f64 {
    let (both, either) = (a.combined(b, Combine::And).thresholded(128), a.combined(b, Combine::Or).thresholded(128));
    both.coverage() / either.coverage()
}

#[test]
fn each_person_of_three_is_the_one_that_was_meant_in_both_languages() {
    let Some(models) = models("each_person_of_three_is_the_one_that_was_meant_in_both_languages") else { return };
    let scene = Scene::of(models, &[(130, 260, false), (360, 330, true), (590, 290, false)]);
    for (zh, en, meant) in [
        ("选中左边的人", "select the person on the left", &[0][..]),
        ("选中中间的人", "select the person in the middle", &[1]),
        ("选中从右数第一个人", "select the person on the right", &[2]),
        ("选中除了中间的人以外的所有人", "select everyone except the one in the middle", &[0, 2]),
    ] {
        let masks = [zh, en].map(|words| {
            let Answer::Plan(plan) = read(words, &Context { attached: 1, ..Context::default() }).answer else { panic!("{words}") };
            mask(models, &scene.picture, plan.steps[0].params["target"].clone())
        });
        assert_eq!(masks[0], masks[1], "{zh} and {en} mean the same");
        let truth = meant.iter().map(|&i| scene.people[i].clone()).reduce(|a, b| a.combined(&b, Combine::Or)).expect("someone");
        let iou = iou(&masks[0], &truth);
        eprintln!("{en}: {iou:.3}");
        assert!(iou > 0.88, "{en}: {iou}");
    }
}

#[test]
fn people_who_overlap_share_no_pixel() {
    let Some(models) = models("people_who_overlap_share_no_pixel") else { return };
    let scene = Scene::of(models, &[(250, 400, false), (450, 380, true)]);
    let [left, right] = ["left", "right"].map(|side| mask(models, &scene.picture, json!({"kind": "people", "which": side})));
    let ious = [iou(&left, &scene.people[0]), iou(&right, &scene.people[1])];
    eprintln!("overlapping: {ious:?}");
    assert!(ious.iter().all(|iou| *iou > 0.7), "{ious:?}");
    let both = left.thresholded(128).combined(&right.thresholded(128), Combine::And).coverage();
    assert!(both < 0.002, "{both} of the picture belongs to both");
}

#[test]
fn what_is_not_there_is_said_with_what_is_and_nothing_is_edited() {
    let Some(models) = models("what_is_not_there_is_said_with_what_is_and_nothing_is_edited") else { return };
    let scene = Scene::of(models, &[(130, 260, false), (560, 330, true)]);
    let refuse = |target: Value| {
        let error = select(models, &scene.picture, target).expect_err("it is not there");
        assert_eq!(error.code(), "target_not_found");
        error.text()
    };
    let dog = refuse(json!({"kind": "object", "label": "dog"}));
    assert!(dog.en.contains("no dogs") && dog.en.contains("2 people") && dog.zh.contains("狗") && dog.zh.contains("2 个人"), "{dog}");
    let third = refuse(json!({"kind": "people", "which": "left", "index": 3}));
    assert!(
        third.en.contains("number 3 from the left") && third.en.contains("only 2 people") && third.zh.contains("只看到 2 个人"),
        "{third}"
    );
}

#[test]
fn a_second_question_about_a_picture_runs_no_model() {
    let Some(models) = models("a_second_question_about_a_picture_runs_no_model") else { return };
    let scene = Scene::of(models, &[(160, 280, true), (500, 310, false)]);
    let left = json!({"kind": "people", "which": "left"});
    let first = select(models, &scene.picture, left.clone()).expect("a person");
    // Another copy of the same pixels, as after a second upload.
    let second = select(models, &Arc::new(Picture::clone(&scene.picture)), left).expect("the same person");
    assert_eq!(first.mask, second.mask);
    assert!(!first.model_time.run.is_zero() && second.model_time.run.is_zero());
    assert_eq!(first.resolved_plan, second.resolved_plan, "the models that the answer came from are named all the same");
}

#[test]
fn a_face_is_covered_from_the_hair_to_the_chin_and_no_further() {
    let Some(models) = models("a_face_is_covered_from_the_hair_to_the_chin_and_no_further") else { return };
    let picture = Arc::new(photo("astronaut.png"));
    let face = mask(models, &picture, json!({"kind": "face"}));
    for (x, y, what) in
        [(205, 105, "an eye"), (247, 108, "the other eye"), (225, 150, "the mouth"), (224, 172, "the chin"), (225, 75, "the forehead")]
    {
        assert!(face.at(x, y) > 250, "{what}: {}", face.at(x, y));
    }
    for (x, y, what) in [(150, 400, "the suit"), (225, 230, "the ring"), (30, 100, "the flag"), (225, 15, "the hair on top")] {
        assert_eq!(face.at(x, y), 0, "{what}");
    }
    assert!(face.coverage() < 0.08, "{}", face.coverage());
    let crop = execute(&step("crop", json!({"to": "face"})), &one(&picture), &env(models), &Unwatched, &Cancel::new()).expect("a face");
    assert!((80..200).contains(&crop.picture.width()) && (100..220).contains(&crop.picture.height()), "{:?}", crop.picture);
}

#[test]
fn the_eyes_of_a_cat_are_no_face_and_the_cat_is_a_cat() {
    let Some(models) = models("the_eyes_of_a_cat_are_no_face_and_the_cat_is_a_cat") else { return };
    let picture = Arc::new(photo("chelsea.png"));
    assert_eq!(select(models, &picture, json!({"kind": "face"})).expect_err("no face").code(), "target_not_found");
    let cat = mask(models, &picture, json!({"kind": "object", "label": "cat"}));
    assert!(cat.at(200, 150) > 200 && cat.coverage() > 0.4, "{}", cat.coverage());
    let told = execute(&step("describe", json!({})), &one(&picture), &env(models), &Unwatched, &Cancel::new()).expect("a description");
    let (json, words) = told.report.expect("a report");
    assert_eq!((json["objects"][0]["label"].as_str(), json["faces"].as_array().map(Vec::len)), (Some("cat"), Some(0)));
    assert!(words.en.contains("I see 1 cat") && words.zh.contains("1 只猫"), "{words}");
}

#[test]
fn who_is_hardly_seen_is_found_from_near_by_and_nobody_is_made_up() {
    let Some(models) = models("who_is_hardly_seen_is_found_from_near_by_and_nobody_is_made_up") else { return };
    // A man leans on the boat at the right, small and dark.
    let boats = Arc::new(photo("nagasaki-boats.jpg"));
    let man = mask(models, &boats, json!({"kind": "people", "which": "right"}));
    assert!(man.at(777, 715) > 127 && man.coverage() < 0.03, "{} {}", man.at(777, 715), man.coverage());
    let without = ["chelsea.png", "coffee.png", "rocket.png", "dust-bowl-home.jpg", "french-alpine-landscape.jpg", "allium-oreophilum.jpg"];
    for name in without {
        let found = select(models, &Arc::new(photo(name)), json!({"kind": "people"}));
        assert_eq!(found.err().map(|e| e.code()), Some("target_not_found"), "{name}");
    }
}

#[test]
fn a_sure_cat_is_no_dog() {
    let Some(models) = models("a_sure_cat_is_no_dog") else { return };
    let picture = Arc::new(photo("chelsea.png"));
    let refused = select(models, &picture, json!({"kind": "object", "label": "dog"})).expect_err("a cat");
    assert_eq!(refused.code(), "target_not_found");
    assert!(refused.text().en.contains("1 cat"), "{}", refused.text());
}

#[test]
fn one_of_several_subjects_is_the_one_at_its_side() {
    let Some(models) = models("one_of_several_subjects_is_the_one_at_its_side") else { return };
    let scene = Scene::of(models, &[(140, 300, false), (570, 320, true)]);
    for (side, person) in [("left", 0), ("right", 1)] {
        let found = mask(models, &scene.picture, json!({"kind": "subject", "which": side}));
        let iou = iou(&found, &scene.people[person]);
        assert!(iou > 0.85, "{side}: {iou}");
    }
}

#[test]
fn what_else_is_in_the_picture_is_known_when_a_target_is_filled_in() {
    let Some(models) = models("what_else_is_in_the_picture_is_known_when_a_target_is_filled_in") else { return };
    let scene = Scene::of(models, &[(140, 300, false), (570, 320, true)]);
    let (limits, cancel) = (Limits::default(), Cancel::new());
    let (images, masks) = Default::default();
    let mut context = StepContext {
        step: 0,
        input: scene.picture.clone(),
        images: &images,
        maps: std::collections::HashMap::new(),
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
    let others = target::others(&mut context, &scene.people[0]).expect("the other person");
    let covered = |person: &Mask| others.combined(person, Combine::And).coverage() / person.coverage();
    assert!(
        covered(&scene.people[1]) > 0.97 && covered(&scene.people[0]) < 0.01,
        "{} {}",
        covered(&scene.people[1]),
        covered(&scene.people[0])
    );
    assert!(others.coverage() < 0.4, "most of the picture may be copied from: {}", others.coverage());
}
