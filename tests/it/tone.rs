//! Noise, light and portraits on real photographs: what the operations promise, in figures.

use std::sync::Arc;

use portico::cancel::Cancel;
use portico::engine::execute::{Env, Inputs, Run, execute};
use portico::imaging::{Limits, Picture, decode};
use portico::models::Models;
use portico::ops::Unwatched;
use portico::plan::{Plan, Step};
use serde_json::{Value, json};

use super::models::models;

fn photo(name: &str) -> Picture {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/photos").join(name);
    Picture::clone(&decode(&std::fs::read(path).expect("a test photo"), &Limits::default()).expect("it decodes").picture)
}

fn run_with(models: &Models, op: &str, params: Value, picture: &Picture) -> Run {
    let step = Step { params: params.as_object().cloned().unwrap_or_default(), ..Step::new(op) };
    let env = Env { models, limits: &Limits::default() };
    execute(&Plan::new(vec![step]), &Inputs::one(Arc::new(picture.clone())), &env, &Unwatched, &Cancel::new()).expect("it runs")
}

fn run(op: &str, params: Value, picture: &Picture) -> Run {
    run_with(&Models::none(), op, params, picture)
}

fn changed(picture: &Picture, mut f: impl FnMut(usize, f64) -> f64) -> Picture {
    let mut out = picture.clone();
    for (i, v) in out.rgba8_mut().iter_mut().enumerate().filter(|(i, _)| i % 4 < 3) {
        *v = f(i, f64::from(*v)).round().clamp(0.0, 255.0) as u8;
    }
    out
}

/// The same at every run.
fn noisy(picture: &Picture, sigma: f64) -> Picture {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f64 / f64::from(1u32 << 24)
    };
    changed(picture, |_, v| v + sigma * ((0..12).map(|_| next()).sum::<f64>() - 6.0))
}

/// Peak signal to noise ratio in dB.
fn psnr(a: &Picture, b: &Picture) -> f64 {
    let pairs = a.rgba8().iter().zip(b.rgba8()).enumerate().filter(|(i, _)| i % 4 < 3);
    let sum: f64 = pairs.map(|(_, (a, b))| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
    10.0 * (255.0f64.powi(2) / (sum / (3.0 * a.area() as f64))).log10()
}

fn mean_difference(a: &Picture, b: &Picture) -> f64 {
    a.rgba8().iter().zip(b.rgba8()).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / (3.0 * a.area() as f64)
}

#[test]
fn noise_on_photos_is_removed_and_clean_photos_stay() {
    // A bilateral filter whose two widths were chosen knowing the truth reaches 30.8, 30.1 and 28.8 dB.
    for (name, sigma, least) in [("chelsea.png", 20.0, 32.5), ("astronaut.png", 20.0, 31.0), ("chelsea.png", 30.0, 30.5)] {
        let truth = photo(name);
        let done = run("denoise", json!({}), &noisy(&truth, sigma));
        let reached = psnr(&done.picture, &truth);
        assert!(reached > least, "{name}, {sigma}: {reached:.2} dB");
    }
    for name in ["astronaut.png", "chelsea.png", "coffee.png", "rocket.png"] {
        let clean = photo(name);
        let off = mean_difference(&run("denoise", json!({}), &clean).picture, &clean);
        assert!(off < 1.0, "{name}: {off:.2}");
    }
}

#[test]
fn a_photo_without_visible_noise_is_left_alone_and_that_is_said() {
    let clean = photo("allium-oreophilum.jpg");
    let done = run("denoise", json!({}), &clean);
    assert_eq!(*done.picture, clean);
    assert_eq!(done.notices()[0].code, "no_noise");
}

fn clipped(picture: &Picture) -> usize {
    picture.rgba8().chunks_exact(4).filter(|p| p[..3].iter().any(|v| *v == 0 || *v == 255)).count()
}

#[test]
fn dark_photos_come_near_to_how_they_were_and_nothing_is_newly_clipped() {
    let linear = |v: f64| ((v / 255.0 + 0.055) / 1.055).powf(2.4);
    for name in ["astronaut.png", "coffee.png", "chelsea.png"] {
        let truth = photo(name);
        let stops = changed(&truth, |_, v| 255.0 * (1.055 * (0.3 * linear(v)).powf(1.0 / 2.4) - 0.055));
        let gamma = changed(&truth, |_, v| 255.0 * (v / 255.0).powf(2.2));
        for (dark, least) in [(stops, 10.0), (gamma, 2.5)] {
            for params in [json!({}), json!({"low_light": true})] {
                let done = run("enhance", params, &dark);
                let gain = psnr(&done.picture, &truth) - psnr(&dark, &truth);
                assert!(gain > least, "{name}: {gain:.1} dB");
                assert!(clipped(&done.picture) <= clipped(&dark), "{name}");
            }
        }
    }
}

#[test]
fn well_exposed_photos_change_gently_and_a_night_sky_stays_blue() {
    for name in ["astronaut.png", "coffee.png", "chelsea.png", "nagasaki-boats.jpg", "allium-oreophilum.jpg"] {
        let good = photo(name);
        let done = run("enhance", json!({}), &good);
        let off = mean_difference(&done.picture, &good);
        assert!(off < 6.0, "{name}: {off:.2}");
        assert!(clipped(&done.picture) <= clipped(&good), "{name}");
    }
    let night = photo("rocket.png");
    let done = run("enhance", json!({}), &night).picture;
    let sky = |p: &Picture| p.pixel(250, 60);
    let (before, after) = (sky(&night), sky(&done));
    let blue = |p: [u8; 4]| f64::from(p[2]) / f64::from(p[0].max(1));
    assert!(after[2] >= before[2] && blue(after) > 0.7 * blue(before), "{before:?} to {after:?}");
}

/// Red spots on the cheeks and the chin of astronaut.png, in pixels.
const SPOTS: [(f64, f64); 4] = [(195.0, 128.0), (240.0, 162.0), (212.0, 168.0), (222.0, 171.0)];

#[test]
fn a_portrait_loses_its_spots_and_keeps_all_else() {
    let Some(models) = models("a_portrait_loses_its_spots_and_keeps_all_else") else { return };
    let clean = photo("astronaut.png");
    let spotted = changed(&clean, |i, v| {
        let (x, y, c) = ((i / 4 % 512) as f64, (i / 4 / 512) as f64, i % 4);
        let near: f64 = SPOTS.iter().map(|s| (-((x - s.0).powi(2) + (y - s.1).powi(2)) / 3.0).exp()).sum();
        v - near * [18.0, 62.0, 55.0][c]
    });
    let done = run_with(models, "retouch", json!({"blemishes": true}), &spotted);
    let mask = done.mask.as_ref().expect("the face");
    for (x, y) in SPOTS {
        let green = |p: &Picture| f64::from(p.pixel(x as u32, y as u32)[1]);
        let (before, after, truth) = (green(&spotted), green(&done.picture), green(&clean));
        assert!((after - truth).abs() < 0.4 * (before - truth).abs(), "{x},{y}: {truth} became {before}, healed {after}");
    }
    let outside = |i: &usize| mask.values()[*i] == 0;
    let pixel = |p: &Picture, i: usize| p.pixel(i as u32 % 512, i as u32 / 512);
    assert!(done.exact_outside_target && (0..512 * 512).filter(outside).all(|i| pixel(&done.picture, i) == pixel(&spotted, i)));
    // The eyes, at the same place: nothing is done to them.
    assert!([(205, 101), (239, 103)].iter().all(|&(x, y)| done.picture.pixel(x, y) == spotted.pixel(x, y)));
    let nothing = run_with(models, "retouch", json!({"amount": 0}), &spotted);
    assert_eq!(*nothing.picture, spotted);
}
