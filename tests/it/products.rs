//! Products at work: the product stays the product, the scene stays the scene, and what lies between them is honest.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use portico::cancel::Cancel;
use portico::engine::execute::{Env, Inputs, Run, RunError, execute};
use portico::imaging::{EncodeOptions, Format, Limits, Mask, Picture, decode, encode, geometry};
use portico::models::{Models, ModelsConfig};
use portico::ops::{Artifact, Unwatched, Watch};
use portico::plan::{Plan, Step};
use portico::text::{Explain, Text};
use serde_json::{Value, json};

use crate::app::{TestApp, have_models, models_dir};

fn run_with(models: &Models, steps: Vec<Step>, inputs: &Inputs) -> Result<Run, RunError> {
    execute(&Plan::new(steps), inputs, &Env { models, limits: &Limits::default() }, &Unwatched, &Cancel::new())
}

fn run(op: &str, params: Value, inputs: &Inputs) -> Result<Run, RunError> {
    run_with(&Models::none(), vec![step(op, params)], inputs)
}

fn step(op: &str, params: Value) -> Step {
    Step { params: params.as_object().cloned().unwrap_or_default(), ..Step::new(op) }
}

fn photo(name: &str) -> Picture {
    let bytes = std::fs::read(format!("{}/tests/fixtures/photos/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    Picture::clone(&decode(&bytes, &Limits::default()).unwrap().picture)
}

/// As it comes back from a JPEG file.
fn as_jpeg(picture: &Picture) -> Picture {
    let bytes = encode(picture, &EncodeOptions::new(Format::Jpeg).with_quality(85)).unwrap().bytes;
    Picture::clone(&decode(&bytes, &Limits::default()).unwrap().picture)
}

fn rectangle(size: (u32, u32), (x, y, w, h): (u32, u32, u32, u32)) -> Mask {
    let inside = |i: u32| (x..x + w).contains(&(i % size.0)) && (y..y + h).contains(&(i / size.0));
    Mask::new(size.0, size.1, (0..size.0 * size.1).map(|i| if inside(i) { 255 } else { 0 }).collect())
}

/// A bottle of many colours on nothing, with a soft rim; symmetric where `plain`.
fn bottle(plain: bool) -> Picture {
    let (w, h) = (60u32, 100u32);
    let pixel = |i: u32| {
        let (x, y) = (i % w, i / w);
        let half = if y < 30 { 9.0 } else { 24.0 };
        let off = (x as f32 - 29.5).abs();
        let alpha = if !(3..=96).contains(&y) { 0.0 } else { (half + 0.5 - off).clamp(0.0, 1.0) };
        let tint = if plain { 0 } else { (x * 3) as u8 };
        match (alpha * 255.0) as u8 {
            0 => [0; 4],
            a => [60 + tint, 90 + y as u8, 140, a],
        }
    };
    Picture::from_rgba8(w, h, (0..w * h).flat_map(pixel).collect())
}

fn two(scene: &Picture, product: &Picture, target: Mask) -> Inputs {
    let mut inputs = Inputs::many([Arc::new(scene.clone()), Arc::new(product.clone())]);
    inputs.masks.insert("upload".into(), Arc::new(target));
    inputs
}

fn mask_of(run: &Run, role: &str) -> Arc<Mask> {
    let found = run.steps[0].artifacts.iter().find_map(|(name, a)| match a {
        Artifact::Mask(mask) if *name == role => Some(mask.clone()),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("there is a {role}"))
}

const PAINTED: &str = r#"{"kind": "mask", "mask": "upload"}"#;

fn painted() -> Value {
    serde_json::from_str(PAINTED).unwrap()
}

#[test]
fn a_product_that_is_neither_scaled_nor_lit_arrives_bit_for_bit() {
    let scene = as_jpeg(&photo("coffee.png"));
    let product = bottle(false);
    let inputs = two(&scene, &product, rectangle((600, 400), (250, 100, 120, 160)));
    let params = json!({"target": painted(), "with": "image:2", "match_light": false, "x": 310, "y": 210, "width": 48, "height": 94});
    let result = run("swap", params, &inputs).unwrap();
    // Trimmed: 48×94 of the 60×100.
    let (left, top) = (310 - 24, 210 - 47);
    let mut opaque = 0;
    for y in 0..94 {
        for x in 0..48 {
            let own = product.pixel(x + 6, y + 3);
            if own[3] == 255 {
                opaque += 1;
                assert_eq!(result.picture.pixel(left + x, top + y), own, "at {x},{y}");
            }
        }
    }
    assert!(opaque > 3000);
}

#[test]
fn outside_target_product_and_shadow_a_jpeg_photo_stays_bit_for_bit() {
    let scene = as_jpeg(&photo("coffee.png"));
    let inputs = two(&scene, &bottle(false), rectangle((600, 400), (250, 100, 120, 160)));
    for params in [
        json!({"target": painted(), "with": "image:2"}),
        json!({"target": painted(), "with": "image:2", "fit": "cover", "shadow": "reflection", "rotate": 12}),
    ] {
        let result = run("swap", params, &inputs).unwrap();
        assert!(result.exact_outside_target);
        let touched = result.mask.clone().expect("what changed");
        let parts = [mask_of(&result, "hole"), mask_of(&result, "matte"), mask_of(&result, "shadow")];
        let mut untouched = 0;
        for (i, (a, b)) in scene.rgba8().as_chunks::<4>().0.iter().zip(result.picture.rgba8().as_chunks::<4>().0).enumerate() {
            let inside = parts.iter().any(|m| m.values()[i] > 0);
            assert_eq!(touched.values()[i] > 0, inside, "the mask is the union of target, product and shadow");
            if !inside {
                untouched += 1;
                assert_eq!(a, b, "pixel {i}");
            }
        }
        assert!(untouched > 150_000);
    }
}

#[test]
fn between_the_two_outlines_lies_what_erasing_gives_and_nothing_of_the_other_picture() {
    let scene = photo("coffee.png");
    let inputs = two(&scene, &bottle(false), rectangle((600, 400), (60, 20, 150, 90)));
    let swapped = run("swap", json!({"target": painted(), "with": "image:2"}), &inputs).unwrap();
    let erased = run("erase", json!({"target": painted()}), &inputs).unwrap();
    let (hole, matte, shadow) = (mask_of(&swapped, "hole"), mask_of(&swapped, "matte"), mask_of(&swapped, "shadow"));
    let mut between = 0;
    for i in 0..hole.values().len() {
        if hole.values()[i] > 0 && matte.values()[i] == 0 && shadow.values()[i] == 0 {
            between += 1;
            let at = |p: &Picture| p.pixel(i as u32 % 600, i as u32 / 600);
            assert_eq!(at(&swapped.picture), at(&erased.picture));
        }
    }
    assert!(between > 1000, "{between}");
}

/// A hole of more than 600 000 pixels that a product hides for the most part.
#[test]
fn under_a_product_a_large_hole_shows_nothing_of_what_was_there() {
    let size = (1400u32, 900u32);
    let hole = (300, 50, 800, 780);
    let inside = |x: u32, y: u32| (hole.0..hole.0 + hole.2).contains(&x) && (hole.1..hole.1 + hole.3).contains(&y);
    let pixel = |i: u32| {
        let (x, y) = (i % size.0, i / size.0);
        let noise = (i.wrapping_mul(2_654_435_761) >> 28) as u8;
        if inside(x, y) { [220, 30, 30, 255] } else { [90 + noise, 120 + noise, 100 + noise, 255] }
    };
    let scene = Picture::from_rgba8(size.0, size.1, (0..size.0 * size.1).flat_map(pixel).collect());
    let inputs = two(&scene, &bottle(true), rectangle(size, hole));
    let params = json!({"target": painted(), "with": "image:2", "fit": "stretch", "match_light": false, "shadow": "none"});
    let result = run("swap", params, &inputs).unwrap();
    let (hole, matte) = (mask_of(&result, "hole"), mask_of(&result, "matte"));
    let mut seen = 0;
    for i in 0..size.0 * size.1 {
        let (x, y) = (i % size.0, i / size.0);
        let [r, g, b, _] = result.picture.pixel(x, y);
        match (hole.at(x, y), matte.at(x, y)) {
            (0, 0) => assert_eq!([r, g, b, 255], scene.pixel(x, y)),
            (_, 0) => {
                seen += 1;
                assert!(r < 140 && g > 70, "the old one shows at {x},{y}: {r} {g} {b}");
            }
            _ => {}
        }
    }
    assert!(seen > 10_000, "{seen}");
}

/// A box on a lit floor whose shadow falls to the right.
fn lit_scene() -> (Picture, Mask) {
    let (w, h) = (400u32, 300u32);
    let pixel = |i: u32| {
        let (x, y) = (i % w, i / w);
        let (dx, dy) = ((x as f32 - 265.0) / 70.0, (y as f32 - 205.0) / 16.0);
        let shade = 1.0 - 0.55 * (1.3 - (dx * dx + dy * dy).sqrt()).clamp(0.0, 1.0);
        let thing = (150..220).contains(&x) && (110..210).contains(&y);
        let noise = (i.wrapping_mul(2_654_435_761) >> 28) as f32 / 4.0;
        let floor = [200.0, 190.0, 170.0].map(|c: f32| (c * shade - noise) as u8);
        if thing { [150, 40, 40, 255] } else { [floor[0], floor[1], floor[2], 255] }
    };
    (Picture::from_rgba8(w, h, (0..w * h).flat_map(pixel).collect()), rectangle((w, h), (150, 110, 70, 100)))
}

#[test]
fn flipping_the_scene_flips_the_shadow() {
    let (scene, thing) = lit_scene();
    let mirrored = |p: &Picture| geometry::flip(p, geometry::FlipAxis::Horizontal).0;
    let mirrored_mask = rectangle((400, 300), (400 - 220, 110, 70, 100));
    let product = bottle(true);
    let shadow = |scene: &Picture, mask: Mask| {
        let result =
            run("swap", json!({"target": painted(), "with": "image:2", "match_light": false}), &two(scene, &product, mask)).unwrap();
        (mask_of(&result, "shadow"), mask_of(&result, "matte"))
    };
    let (there, matte) = shadow(&scene, thing);
    let (here, _) = shadow(&mirrored(&scene), mirrored_mask);
    let weight = |m: &Mask, right: bool| -> u64 {
        let centre = matte.bounding_box(127).map(|b| b.x + b.width / 2).unwrap();
        let centre = if std::ptr::eq(m, &*there) { centre } else { 400 - centre };
        m.values().iter().enumerate().filter(|(i, _)| ((i % 400) as u32 > centre) == right).map(|(_, &v)| u64::from(v)).sum()
    };
    assert!(2 * weight(&there, true) > 3 * weight(&there, false), "{} right, {} left", weight(&there, true), weight(&there, false));
    assert!(2 * weight(&here, false) > 3 * weight(&here, true));
    let off: u64 = (0..400 * 300u32).map(|i| u64::from(there.at(i % 400, i / 400).abs_diff(here.at(399 - i % 400, i / 400)))).sum();
    let all: u64 = there.values().iter().map(|&v| u64::from(v)).sum();
    assert!(off * 20 < all, "mirrored to within 5 %: {off} of {all}");
}

#[test]
fn what_is_missing_is_said_with_a_way_on() {
    let scene = photo("coffee.png");
    let one = Inputs::one(Arc::new(scene.clone()));
    let error = run("swap", json!({"with": "image:2"}), &one).unwrap_err();
    assert_eq!((error.code(), error.field()), ("invalid_parameter", Some("steps[0].params.with")));
    assert!(error.text().en.contains("Attach") && error.text().zh.contains("附上"));
    let nothing = Picture::filled(50, 50, [0; 4]);
    let inputs = two(&scene, &nothing, rectangle((600, 400), (250, 100, 120, 160)));
    let error = run("swap", json!({"target": painted(), "with": "image:2"}), &inputs).unwrap_err();
    assert_eq!(error.code(), "subject_not_found");
    assert!(error.text().en.contains("other picture"));
    let error = run("place", json!({"image": "image:2"}), &inputs).unwrap_err();
    assert_eq!(error.field(), Some("steps[0].params.image"));
    let away = two(&scene, &bottle(true), rectangle((600, 400), (0, 0, 9, 9)));
    let error = run("place", json!({"image": "image:2", "x": -500, "y": 10}), &away).unwrap_err();
    assert!(error.text().en.contains("outside the picture"), "{}", error.text().en);
}

#[test]
fn a_plan_as_it_ran_puts_the_product_in_the_same_place_again() {
    let scene = photo("coffee.png");
    let inputs = two(&scene, &bottle(false), rectangle((600, 400), (250, 100, 120, 160)));
    for (op, params) in [
        ("swap", json!({"target": painted(), "with": "image:2"})),
        ("place", json!({"image": "image:2", "position": "bottom-left", "rotate": 20, "shadow": "contact", "match_light": true})),
    ] {
        let first = run(op, params, &inputs).unwrap();
        let resolved = &first.resolved_plan.steps[0].params;
        assert!(["x", "y", "width", "height", "rotate"].iter().all(|name| resolved[*name].is_number()), "{resolved:?}");
        let again = run(op, Value::Object(resolved.clone()), &inputs).unwrap();
        assert_eq!(first.picture, again.picture, "{op}");
    }
}

#[test]
fn a_logo_keeps_its_pixels_and_the_picture_stays_whole() {
    let scene = as_jpeg(&photo("coffee.png"));
    let logo = bottle(false);
    let inputs = two(&scene, &logo, rectangle((600, 400), (0, 0, 9, 9)));
    let result = run("place", json!({"image": "image:2", "position": "top-right", "width": 48}), &inputs).unwrap();
    let matte = mask_of(&result, "matte");
    let bounds = matte.bounding_box(0).unwrap();
    assert_eq!((bounds.x + bounds.width, bounds.y), (600 - 16, 16), "4 % of the shorter side from the corner");
    for y in 0..400 {
        for x in 0..600 {
            let (before, after) = (scene.pixel(x, y), result.picture.pixel(x, y));
            match matte.at(x, y) {
                0 => assert_eq!(after, before),
                255 => assert_eq!(after, logo.pixel(x - bounds.x + 6, y - bounds.y + 3)),
                _ => {}
            }
        }
    }
    let faint = run("place", json!({"image": "image:2", "position": "top-right", "width": 48, "opacity": 0.0}), &inputs).unwrap();
    assert_eq!(*faint.picture, scene, "nothing to be seen of it");
}

/// A grey-blue ball on a chequered ground of colours that are nowhere else.
fn ball_on_chequers() -> Picture {
    let side = 480u32;
    let pixel = |i: u32| {
        let (x, y) = ((i % side) as f32, (i / side) as f32);
        let (dx, dy) = ((x - 240.0) / 130.0, (y - 250.0) / 130.0);
        let r = (dx * dx + dy * dy).sqrt();
        let light = (1.0 - ((dx + 0.4).powi(2) + (dy + 0.5).powi(2)).sqrt() * 0.45).clamp(0.15, 1.0);
        let ball = [70.0 * light, 100.0 * light, 150.0 * light];
        let ground = if (i % side / 24 + i / side / 24).is_multiple_of(2) { [230.0, 40.0, 220.0] } else { [60.0, 220.0, 50.0] };
        let inside = ((1.0 - r) * 130.0 + 0.5).clamp(0.0, 1.0);
        let mix = |c: usize| (ball[c] * inside + ground[c] * (1.0 - inside)) as u8;
        [mix(0), mix(1), mix(2), 255]
    };
    Picture::from_rgba8(side, side, (0..side * side).flat_map(pixel).collect())
}

#[test]
fn no_pixel_of_the_other_pictures_background_comes_along() {
    if !have_models("no_pixel_of_the_other_pictures_background_comes_along") {
        return;
    }
    let models = Models::open(ModelsConfig::new(models_dir())).unwrap();
    let scene = Picture::filled(500, 400, [128, 128, 128, 255]);
    let inputs = two(&scene, &ball_on_chequers(), rectangle((500, 400), (150, 100, 180, 180)));
    for light in [json!(false), json!(true)] {
        let params = json!({"target": painted(), "with": "image:2", "match_light": light});
        let result = run_with(&models, vec![step("swap", params)], &inputs).unwrap();
        assert!(mask_of(&result, "matte").coverage() > 0.08, "the ball is there");
        for (i, &[r, g, b, _]) in result.picture.rgba8().as_chunks::<4>().0.iter().enumerate() {
            let (r, g, b) = (i32::from(r), i32::from(g), i32::from(b));
            let magenta = r - g > 24 && b - g > 24;
            let green = g - r > 40 && g - b > 24;
            assert!(!magenta && !green, "{},{}: {r} {g} {b}", i % 500, i / 500);
        }
    }
}

#[tokio::test]
async fn in_a_chat_a_swap_can_be_nudged_and_run_again() {
    let app = TestApp::start().await;
    let session = app.session().await;
    let png = |p: &Picture| encode(p, &EncodeOptions::new(Format::Png)).unwrap().bytes;
    let scene = app.upload("scene.png", png(&photo("coffee.png"))).await;
    let product = app.upload("product.png", png(&bottle(false))).await;
    let mask = app.upload("mask.png", portico::imaging::encode_mask(&rectangle((600, 400), (250, 100, 120, 160))).unwrap().bytes).await;
    let said = json!({"text": "把图1这里的东西换成图2的产品", "images": [scene["id"], product["id"]], "mask": mask["id"]});
    let first = app.post(&format!("/sessions/{session}/messages?wait=true"), &said).await;
    assert_eq!(first["job"]["state"], "succeeded", "{first}");
    let versions = app.get(&format!("/sessions/{session}/versions")).await;
    let version = versions["versions"].as_array().unwrap().last().unwrap().clone();
    let step = &version["resolved_plan"]["steps"][0];
    assert_eq!(step["op"], "swap");
    let mut moved = step.clone();
    moved.as_object_mut().unwrap().remove("models");
    moved["params"]["x"] = json!(120);
    moved["params"]["rotate"] = json!(10);
    let again = json!({"plan": {"version": 1, "steps": [moved]}, "images": [scene["id"], product["id"]], "mask": mask["id"]});
    let second = app.post(&format!("/sessions/{session}/messages?wait=true"), &again).await;
    assert_eq!(second["job"]["state"], "succeeded", "{second}");
    let roles: Vec<&str> = first["job"]["timings"]["steps"].as_array().unwrap().iter().filter_map(|s| s["op"].as_str()).collect();
    assert_eq!(roles, ["swap"]);
}

/// Role and size of each artifact of a step.
fn made(job: &Value, step: usize) -> Vec<(String, u64, u64)> {
    let of_step = job["artifacts"].as_array().unwrap().iter().filter(|a| a["step"] == step);
    of_step
        .map(|a| (a["role"].as_str().unwrap().to_owned(), a["image"]["width"].as_u64().unwrap(), a["image"]["height"].as_u64().unwrap()))
        .collect()
}

#[tokio::test]
async fn what_a_step_made_is_there_when_the_conversation_is_opened_again() {
    let app = TestApp::start().await;
    let session = app.session().await;
    let png = |p: &Picture| encode(p, &EncodeOptions::new(Format::Png)).unwrap().bytes;
    let scene = app.upload("scene.png", png(&photo("coffee.png"))).await;
    let product = app.upload("product.png", png(&bottle(false))).await;
    let thing = rectangle((600, 400), (250, 100, 120, 160));
    let mask = app.upload("mask.png", portico::imaging::encode_mask(&thing).unwrap().bytes).await;
    let say = async |body: Value| app.post(&format!("/sessions/{session}/messages?wait=true"), &body).await["job"].clone();
    let swap = json!({"version": 1, "steps": [{"op": "swap", "params": {"target": painted(), "with": "image:2"}}]});
    let swapped = say(json!({"plan": swap, "images": [scene["id"], product["id"]], "mask": mask["id"]})).await;
    let roles: Vec<_> = made(&swapped, 0).into_iter().map(|(role, ..)| role).collect();
    assert_eq!(roles, ["mask", "matte", "hole", "scene", "shadow", "cutout"], "{swapped}");
    assert!(made(&swapped, 0).contains(&("scene".to_owned(), 600, 400)));

    let snapshot = app.get(&format!("/sessions/{session}")).await;
    assert_eq!(snapshot["jobs"][0]["artifacts"], swapped["artifacts"], "as when it ended");
    let hole = swapped["artifacts"].as_array().unwrap().iter().find(|a| a["role"] == "hole").unwrap();
    assert_eq!(swapped["target"]["mask"]["id"], hole["image"]["id"], "what can be corrected is what was removed");

    // The last step's place is another one, from the version that the moved one came from.
    let version = snapshot["versions"].as_array().unwrap().last().unwrap();
    let mut nudged = swap.clone();
    nudged["steps"][0]["params"] = version["resolved_plan"]["steps"][0]["params"].clone();
    nudged["steps"][0]["params"]["with"] = json!("version:2");
    nudged["steps"][0]["params"]["x"] = json!(120);
    let moved = say(json!({"plan": nudged, "mask": mask["id"], "from_version": version["parent"]})).await;
    let versions = app.get(&format!("/sessions/{session}/versions")).await;
    let sibling = versions["versions"].as_array().unwrap().last().unwrap();
    assert_eq!((&sibling["number"], &sibling["parent"]), (&moved["version"], &version["parent"]), "{moved}");
    assert_eq!(sibling["resolved_plan"]["steps"][0]["params"]["x"], 120.0);
}

#[tokio::test]
async fn what_is_put_onto_a_picture_has_no_target_to_correct_and_keeps_its_scene_behind_other_steps() {
    let app = TestApp::start().await;
    let session = app.session().await;
    let png = |p: &Picture| encode(p, &EncodeOptions::new(Format::Png)).unwrap().bytes;
    let scene = app.upload("scene.png", png(&photo("coffee.png"))).await;
    let logo = app.upload("logo.png", png(&bottle(false))).await;
    let say = async |body: Value| app.post(&format!("/sessions/{session}/messages?wait=true"), &body).await["job"].clone();
    let place = json!({"op": "place", "params": {"image": "image:2", "width": 48, "rotate": 90}});
    let alone = say(json!({"plan": {"version": 1, "steps": [place]}, "images": [scene["id"], logo["id"]]})).await;
    assert_eq!(alone["state"], "succeeded", "{alone}");
    assert_eq!(made(&alone, 0), [("mask".to_owned(), 600, 400), ("matte".to_owned(), 600, 400), ("cutout".to_owned(), 94, 48)]);
    assert_eq!(alone["target"], Value::Null, "it takes no target");

    let mut second = place.clone();
    second["params"]["image"] = json!("version:2");
    let steps = json!([{"op": "crop", "params": {"aspect": "1:1"}}, second]);
    let behind = say(json!({"plan": {"version": 1, "steps": steps}, "from_version": 1})).await;
    assert!(made(&behind, 1).contains(&("scene".to_owned(), 400, 400)), "{behind}");
    assert_eq!(behind["target"], Value::Null);
}

/// Cancels at the n-th thing it is told.
struct Impatient {
    after: usize,
    told: AtomicUsize,
    cancel: Cancel,
}

impl Impatient {
    fn count(&self) {
        if self.told.fetch_add(1, Ordering::SeqCst) + 1 == self.after {
            self.cancel.cancel();
        }
    }
}

impl Watch for Impatient {
    fn progress(&self, _: usize, _: Option<f32>, _: &Text) {
        self.count();
    }
    fn preview(&self, _: usize, _: &Text, _: Arc<Picture>) {
        self.count();
    }
    fn wants_preview(&self) -> bool {
        true
    }
}

#[test]
fn whichever_stage_it_is_cancelled_in_nothing_comes_out() {
    let scene = Picture::clone(&lit_scene().0);
    let inputs = two(&scene, &bottle(false), rectangle((400, 300), (150, 180, 24, 24)));
    for (op, params) in [
        ("swap", json!({"target": painted(), "with": "image:2"})),
        ("place", json!({"image": "image:2", "shadow": "contact", "match_light": true})),
        ("compose", json!({"images": ["image:2", "image:2"], "size": "300x200"})),
    ] {
        let run_until = |after: usize| {
            let watch = Impatient { after, told: AtomicUsize::new(0), cancel: Cancel::new() };
            let env = Env { models: &Models::none(), limits: &Limits::default() };
            let plan = Plan::new(vec![step(op, params.clone())]);
            let result = execute(&plan, &inputs, &env, &watch, &watch.cancel);
            (result, watch.told.load(Ordering::SeqCst))
        };
        let (whole, stages) = run_until(usize::MAX);
        assert!(whole.is_ok() && stages >= 3, "{op} tells of {stages} stages");
        for after in 1..=stages {
            let (result, _) = run_until(after);
            assert_eq!(result.map(|_| ()).unwrap_err().code(), "cancelled", "{op} at {after} of {stages}");
        }
    }
}

#[test]
fn things_are_arranged_as_they_are_asked_for_and_stay_themselves() {
    let product = bottle(false);
    let inputs = Inputs::many([Arc::new(product.clone()), Arc::new(bottle(true)), Arc::new(photo("coffee.png"))]);
    let row = run("compose", json!({"images": ["image:1", "image:2"], "background": "#f5f5dc", "shadow": "none"}), &inputs).unwrap();
    let places = row.resolved_plan.steps[0].params["placements"].as_array().unwrap().clone();
    let number = |i: usize, name: &str| places[i][name].as_f64().unwrap();
    assert_eq!((number(0, "height"), number(1, "height")), (94.0, 94.0), "as high as its own pixels");
    let (left, top) = ((number(0, "x") - 24.0).round() as u32, (number(0, "y") - 47.0).round() as u32);
    for y in 0..94 {
        for x in 0..48 {
            let own = product.pixel(x + 6, y + 3);
            if own[3] == 255 {
                assert_eq!(row.picture.pixel(left + x, top + y), own, "its own pixels at {x},{y}");
            }
        }
    }
    assert_eq!(row.picture.pixel(0, 0), [0xf5, 0xf5, 0xdc, 255]);
    assert!(row.makes_version && !row.exact_outside_target && row.map.is_none());
    // Two metres wide against half a metre high.
    let real = json!({"images": ["image:1", "image:2"], "sizes": [{"width": 2.0}, {"height": 0.5}], "size": "800x600"});
    let real = run("compose", real, &inputs).unwrap();
    let places = real.resolved_plan.steps[0].params["placements"].as_array().unwrap().clone();
    let ratio = places[0]["width"].as_f64().unwrap() / places[1]["height"].as_f64().unwrap();
    assert!((ratio - 4.0).abs() < 0.1, "{ratio}");
    // A given background stays what it is where nothing stands.
    let scene = json!({"images": ["image:1", "image:2"], "layout": "scene", "background": "image:3"});
    let scene = run("compose", scene, &inputs).unwrap();
    let behind = photo("coffee.png");
    let changed = (0..600 * 400u32).filter(|i| scene.picture.pixel(i % 600, i / 600) != behind.pixel(i % 600, i / 600)).count();
    assert!((1000..100_000).contains(&changed), "{changed}");
    // The plan as it ran gives the same picture.
    let again = run("compose", Value::Object(scene.resolved_plan.steps[0].params.clone()), &inputs).unwrap();
    assert_eq!(again.picture, scene.picture);
}

#[test]
fn an_arrangement_that_cannot_be_is_refused_with_what_to_do() {
    let inputs = Inputs::many([Arc::new(bottle(false)), Arc::new(bottle(true))]);
    let field = |params: Value| run("compose", params, &inputs).map(|_| ()).unwrap_err().field().unwrap_or("").to_owned();
    assert_eq!(field(json!({"images": ["image:1"]})), "steps[0].params.images");
    assert_eq!(field(json!({"images": ["image:1", "image:5"]})), "steps[0].params.images");
    assert_eq!(field(json!({"images": ["image:1", "image:2"], "size": "big"})), "steps[0].params.size");
    assert_eq!(field(json!({"images": ["image:1", "image:2"], "background": "reddish"})), "steps[0].params.background");
    let uneven = json!({"images": ["image:1", "image:2"], "placements": [{"x": 1, "y": 1, "width": 5, "height": 5}]});
    assert_eq!(field(uneven), "steps[0].params.placements");
}

#[tokio::test]
async fn in_a_chat_several_pictures_become_one_in_their_real_sizes() {
    let app = TestApp::start().await;
    let session = app.session().await;
    let png = |p: &Picture| encode(p, &EncodeOptions::new(Format::Png)).unwrap().bytes;
    let (a, b) = (app.upload("sofa.png", png(&bottle(false))).await, app.upload("lamp.png", png(&bottle(true))).await);
    let said = json!({"text": "把这两件排成一排，沙发2米宽，台灯0.5米高，白底", "images": [a["id"], b["id"]]});
    let answer = app.post(&format!("/sessions/{session}/messages?wait=true"), &said).await;
    assert_eq!(answer["job"]["state"], "succeeded", "{answer}");
    let params = &answer["job"]["plan"]["steps"][0]["params"];
    assert_eq!(params["images"], json!(["image:1", "image:2"]));
    assert_eq!(params["sizes"], json!([{"width": 2.0}, {"height": 0.5}]));
    let versions = app.get(&format!("/sessions/{session}/versions")).await;
    let edits = versions["versions"].as_array().unwrap().iter().filter(|v| v["kind"] == "edit").count();
    assert_eq!(edits, 1, "one picture of all");
}
