//! What comes behind the subject: the subject stays bit for bit, nothing of its colour is left behind it, and every fill covers the whole area.

use std::sync::Arc;

use portico::cancel::Cancel;
use portico::engine::execute::{Env, Inputs, Run, RunError, execute};
use portico::imaging::resize::resize;
use portico::imaging::{Limits, Mask, Picture, decode};
use portico::models::Models;
use portico::ops::Unwatched;
use portico::plan::{Plan, Step};
use portico::text::Explain;
use serde_json::{Value, json};

const SIZE: (u32, u32) = (120, 90);

fn made(size: (u32, u32), pixel: impl Fn(u32, u32) -> [u8; 4]) -> Picture {
    Picture::from_rgba8(size.0, size.1, (0..size.0 * size.1).flat_map(|i| pixel(i % size.0, i / size.0)).collect())
}

/// A matte with a soft rim three pixels wide.
fn matte() -> Mask {
    let value = |i: u32| match (f64::from(i % SIZE.0) - 60.0).hypot(f64::from(i / SIZE.0) - 45.0) - 25.0 {
        d if d < -1.5 => 255,
        d if d > 1.5 => 0,
        d => (255.0 * (0.5 - d / 3.0)) as u8,
    };
    Mask::new(SIZE.0, SIZE.1, (0..SIZE.0 * SIZE.1).map(value).collect())
}

/// A busy red thing before a busy grey, mixed at the rim as light is.
fn red_before_grey() -> Picture {
    let red = made(SIZE, |x, y| [200 + ((x * 7 + y * 3) % 50) as u8, 10, 20, 255]);
    let grey = made(SIZE, |x, y| {
        let v = 90 + ((x * 5 + y * 11) % 60) as u8;
        [v, v, v, 255]
    });
    portico::imaging::blend::over(&portico::imaging::blend::with_alpha(&red, &matte()), &grey)
}

fn background(params: Value, pictures: &[&Picture]) -> Result<Run, RunError> {
    let mut inputs = Inputs::many(pictures.iter().map(|p| Arc::new(Picture::clone(p))));
    inputs.masks.insert("upload".into(), Arc::new(matte()));
    let mut step = Step { params: params.as_object().cloned().unwrap(), ..Step::new("background") };
    step = step.with("target", json!({"kind": "mask", "mask": "upload"}));
    run(&Models::none(), step, &inputs)
}

fn run(models: &Models, step: Step, inputs: &Inputs) -> Result<Run, RunError> {
    execute(&Plan::new(vec![step]), inputs, &Env { models, limits: &Limits::default() }, &Unwatched, &Cancel::new())
}

fn photo(name: &str) -> Picture {
    let path = format!("{}/tests/fixtures/photos/{name}", env!("CARGO_MANIFEST_DIR"));
    Picture::clone(&decode(&std::fs::read(path).unwrap(), &Limits::default()).unwrap().picture)
}

#[test]
fn the_subject_is_bit_identical_before_every_background_and_the_rest_is_filled() {
    let (picture, other) = (red_before_grey(), made((33, 70), |x, y| [0, (x * 7) as u8, (y * 3) as u8, 255]));
    for params in [
        json!({"color": "#ff8800"}),
        json!({"fill": "gradient", "color": "navy", "color2": "#fff"}),
        json!({"fill": "gradient", "color": "#dddddd"}),
        json!({"fill": "gradient"}),
        json!({"fill": "blur"}),
        json!({"fill": "blur", "radius": 0}),
        json!({"fill": "blur", "radius": 512}),
        json!({"fill": "image", "image": "image:2"}),
    ] {
        let result = background(params.clone(), &[&picture, &other]).unwrap();
        assert!(result.exact_outside_target && result.picture.is_opaque(), "{params}");
        let changes = result.mask.expect("the part that changes");
        for (x, y) in (0..SIZE.1).flat_map(|y| (0..SIZE.0).map(move |x| (x, y))) {
            if changes.at(x, y) == 0 {
                assert_eq!(result.picture.pixel(x, y), picture.pixel(x, y), "{params} at {x},{y}");
            }
        }
        assert_eq!(background(params, &[&picture, &other]).unwrap().picture, result.picture, "the same twice");
    }
}

#[test]
fn nothing_of_the_subject_is_in_the_background_that_is_blurred() {
    let picture = red_before_grey();
    for radius in [4, 24, 100] {
        let result = background(json!({"fill": "blur", "radius": radius}), &[&picture]).unwrap();
        for (i, pixel) in result.picture.rgba8().as_chunks::<4>().0.iter().enumerate().filter(|(i, _)| matte().values()[*i] == 0) {
            assert!(pixel[0].abs_diff(pixel[1]) <= 1 && pixel[0].abs_diff(pixel[2]) <= 1, "{pixel:?} at {i}, radius {radius}");
            assert!((85..=155).contains(&pixel[0]), "{pixel:?}");
        }
    }
}

#[test]
fn a_gradient_begins_and_ends_with_the_colours_asked_for() {
    let result = background(json!({"fill": "gradient", "color": "#102030", "color2": "#e0f0a0"}), &[&red_before_grey()]).unwrap();
    for x in 0..SIZE.0 {
        assert_eq!(result.picture.pixel(x, 0), [0x10, 0x20, 0x30, 255]);
        assert_eq!(result.picture.pixel(x, SIZE.1 - 1), [0xe0, 0xf0, 0xa0, 255]);
    }
}

#[test]
fn another_picture_covers_the_whole_area_whatever_its_shape() {
    for size in [(1, 1), (1, 400), (400, 1), (37, 41), (500, 300), (120, 90)] {
        let other = Picture::filled(size.0, size.1, [3, 200, 90, 255]);
        let result = background(json!({"fill": "image", "image": "image:2"}), &[&red_before_grey(), &other]).unwrap();
        assert_eq!((result.picture.width(), result.picture.height()), SIZE);
        for (pixel, _) in result.picture.rgba8().as_chunks::<4>().0.iter().zip(matte().values()).filter(|(_, v)| **v == 0) {
            assert_eq!(*pixel, [3, 200, 90, 255], "{size:?}");
        }
    }
}

#[test]
fn a_background_that_is_not_there_is_said_with_what_to_do() {
    let picture = red_before_grey();
    let missing = background(json!({"fill": "image", "image": "image:2"}), &[&picture]).unwrap_err();
    assert_eq!((missing.code(), missing.field()), ("invalid_parameter", Some("steps[0].params.image")));
    assert!(missing.text().en.contains("Attach") && missing.text().zh.contains("附上"), "{missing}");
    let unnamed = background(json!({"fill": "image"}), &[&picture]).unwrap_err();
    assert_eq!((unnamed.code(), unnamed.field()), ("invalid_parameter", Some("steps[0].params.image")));
    // A cut-out has nothing behind it that could be blurred.
    let cut = made(SIZE, |x, _| if x < 60 { [200, 10, 20, 255] } else { [0; 4] });
    let blur = Step::new("background").with("fill", "blur");
    let error = run(&Models::none(), blur, &Inputs::one(Arc::new(cut.clone()))).unwrap_err();
    assert_eq!(error.code(), "no_background");
    let gradient = Step::new("background").with("fill", "gradient").with("color", "red").with("color2", "blue");
    let result = run(&Models::none(), gradient, &Inputs::one(Arc::new(cut))).unwrap().picture;
    assert_eq!((result.pixel(0, 0), result.pixel(119, 0), result.pixel(119, 89)), ([200, 10, 20, 255], [255, 0, 0, 255], [0, 0, 255, 255]));
}

#[test]
fn real_subjects_stay_exact_before_a_blur_and_before_another_picture() {
    let Some(models) = super::models::models("real_subjects_stay_exact_before_a_blur_and_before_another_picture") else { return };
    let (astronaut, alps) = (photo("astronaut.png"), photo("french-alpine-landscape.jpg"));
    for step in [Step::new("background").with("fill", "blur"), Step::new("background").with("fill", "image").with("image", "image:2")] {
        let inputs = Inputs::many([Arc::new(astronaut.clone()), Arc::new(alps.clone())]);
        let result = run(models, step, &inputs).unwrap();
        let changes = result.mask.unwrap();
        let kept = (0..512 * 512).filter(|i| changes.values()[*i as usize] == 0);
        assert!(kept.clone().count() > 60_000);
        kept.for_each(|i| assert_eq!(result.picture.pixel(i % 512, i / 512), astronaut.pixel(i % 512, i / 512)));
    }
}

#[test]
fn a_wide_blur_of_twelve_megapixels_takes_seconds_at_most() {
    let picture = resize(&photo("coffee.png"), 4000, 3000);
    let matte = Mask::new(
        4000,
        3000,
        (0..12_000_000u32).map(|i| if (1000..2500).contains(&(i % 4000)) && i / 4000 > 900 { 255 } else { 0 }).collect(),
    );
    let began = std::time::Instant::now();
    portico::imaging::backdrop::out_of_focus(&picture, &matte, 120.0).unwrap();
    eprintln!("12 MP, radius 120: {:?}", began.elapsed());
    // Ten times what it takes on an idle machine.
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}
