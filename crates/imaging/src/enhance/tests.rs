use super::*;
use crate::denoise::tests::{distance, noisy, scenery};

const AUTO: Options = Options { strength: 1.0, low_light: None };

/// A scene with a grey wall in it, from black to nearly white.
fn scene() -> Picture {
    let mut picture = scenery(240, 180);
    for (i, pixel) in picture.rgba8_mut().chunks_exact_mut(4).enumerate() {
        let (x, y) = (i % 240, i / 240);
        match x {
            0..10 => pixel[..3].fill(8),
            10..120 => pixel[..3].fill((30 + y * 6 / 5) as u8),
            230.. => pixel[..3].fill(250),
            _ => {}
        }
    }
    picture
}

/// Linear light times the gains.
fn lit(picture: &Picture, gains: [f32; 3]) -> Picture {
    let tables = Tables::get();
    let mut out = picture.clone();
    for p in out.rgba8_mut().chunks_exact_mut(4) {
        (0..3).for_each(|c| p[c] = tables.srgb8_f(gains[c] * tables.linear[usize::from(p[c])]));
    }
    out
}

fn run(picture: &Picture, options: Options) -> Enhanced {
    enhance(picture, &options, Pace::ALONE).unwrap()
}

fn clipped(picture: &Picture) -> usize {
    picture.rgba8().chunks_exact(4).filter(|p| p[3] > 0 && p[..3].iter().any(|v| *v == 0 || *v == 255)).count()
}

#[test]
fn a_dark_picture_comes_near_to_how_it_was() {
    let truth = scene();
    let dark = lit(&truth, [0.3; 3]);
    for low_light in [None, Some(true)] {
        let done = run(&dark, Options { low_light, ..AUTO });
        let (before, after) = (distance(&dark, &truth), distance(&done.picture, &truth));
        assert!(after < 0.35 * before && done.low_light, "{before} to {after}");
    }
    let meant = run(&dark, Options { low_light: Some(false), ..AUTO });
    assert!((meant.mean.1 - meant.mean.0).abs() < 8.0 && !meant.low_light, "{:?}", meant.mean);
}

#[test]
fn noise_is_kept_down_where_shadows_are_lifted() {
    let truth = scene();
    let dark = noisy(&lit(&truth, [0.12; 3]), 4.0);
    let done = run(&dark, AUTO);
    assert!(done.denoised);
    let rough = |p: &Picture| (20..110).map(|x| f64::from(p.pixel(x, 90)[1].abs_diff(p.pixel(x + 1, 90)[1]))).sum::<f64>() / 90.0;
    assert!(rough(&done.picture) < rough(&dark), "{} to {}", rough(&dark), rough(&done.picture));
}

#[test]
fn a_cast_over_all_is_taken_back_and_colour_of_the_scene_is_not() {
    let truth = scene();
    let warm = lit(&truth, [1.12, 1.0, 0.72]);
    let done = run(&warm, AUTO);
    assert!(done.balance[0] < 0.97 && done.balance[2] > 1.05, "{:?}", done.balance);
    assert!(distance(&done.picture, &truth) < 0.8 * distance(&warm, &truth));
    // A sunset: orange light to dark, nothing grey.
    let pixel = |i: u32| {
        let v = 40.0 + 0.9 * (i / 200) as f32 + 20.0 * ((i % 200) as f32 / 15.0).sin();
        [(1.25 * v).min(250.0) as u8, (0.75 * v) as u8, (0.35 * v) as u8, 255]
    };
    let sunset = Picture::from_rgba8(200, 180, (0..200 * 180).flat_map(pixel).collect());
    assert_eq!(run(&sunset, AUTO).balance, [1.0; 3]);
}

#[test]
fn a_good_picture_changes_gently_and_nothing_is_newly_clipped() {
    let good = scene();
    assert!(distance(&run(&good, AUTO).picture, &good) < 8.0);
    for picture in [good.clone(), lit(&good, [0.25; 3]), lit(&good, [1.4, 1.3, 1.6]), noisy(&good, 20.0)] {
        for low_light in [None, Some(true)] {
            let done = run(&picture, Options { low_light, ..AUTO });
            assert!(clipped(&done.picture) <= clipped(&picture));
        }
    }
}

#[test]
fn no_strength_changes_nothing_and_half_lies_between() {
    let dark = lit(&scene(), [0.3; 3]);
    assert_eq!(run(&dark, Options { strength: 0.0, ..AUTO }).picture, dark);
    let mean = |strength| run(&dark, Options { strength, ..AUTO }).mean.1;
    assert!(mean(0.0) < mean(0.5) && mean(0.5) < mean(1.0));
}

#[test]
fn hidden_pixels_and_alpha_stay_any_size_is_worked_on_and_a_cancelled_run_ends() {
    for (width, height) in [(1, 1), (1, 500), (500, 1), (37, 41)] {
        let mut picture = lit(&scenery(width, height), [0.3; 3]);
        picture.rgba8_mut().chunks_exact_mut(4).step_by(3).for_each(|p| p.copy_from_slice(&[255, 0, 255, 0]));
        let done = run(&picture, AUTO).picture;
        let pairs = picture.rgba8().chunks_exact(4).zip(done.rgba8().chunks_exact(4));
        assert!(pairs.into_iter().all(|(a, b)| a[3] == b[3] && (a[3] > 0 || a == b)));
    }
    assert!(enhance(&scene(), &AUTO, Pace { cancelled: &|| true, ..Pace::ALONE }).is_none());
}
