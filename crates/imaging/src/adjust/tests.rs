use super::*;
use crate::colour::{lab, to_linear};

/// Ramps of grey and of colours, with a hard edge.
fn scene() -> Picture {
    let pixel = |i: u32| {
        let (x, y) = (i % 256, i / 256);
        match y {
            0..32 => [x as u8, x as u8, x as u8, 255],
            32..64 => [x as u8, 255 - x as u8, 128, 255],
            64..96 => [200, x as u8, 60, 255],
            _ if x < 128 => [40, 40, 44, 255],
            _ => [210, 205, 200, 255],
        }
    };
    Picture::from_rgba8(256, 192, (0..256 * 192).flat_map(pixel).collect())
}

fn apply(sliders: Sliders, picture: &Picture) -> Picture {
    sliders.apply(picture, None, Pace::ALONE).unwrap()
}

/// Every slider by itself, set to `value`.
fn single(value: f64) -> Vec<(&'static str, Sliders)> {
    let none = Sliders::default();
    vec![
        ("brightness", Sliders { brightness: value, ..none }),
        ("contrast", Sliders { contrast: value, ..none }),
        ("saturation", Sliders { saturation: value, ..none }),
        ("temperature", Sliders { temperature: value, ..none }),
        ("tint", Sliders { tint: value, ..none }),
        ("exposure", Sliders { exposure: value, ..none }),
        ("highlights", Sliders { highlights: value, ..none }),
        ("shadows", Sliders { shadows: value, ..none }),
        ("hue", Sliders { hue: value, ..none }),
    ]
}

#[test]
fn zero_changes_nothing_and_a_little_changes_little() {
    let scene = scene();
    assert_eq!(apply(Sliders::default(), &scene), scene);
    for (name, sliders) in single(0.5).into_iter().chain(single(-0.5)) {
        let after = apply(sliders, &scene);
        let light = |v: &u8| to_linear(f32::from(*v) / 255.0);
        let most = scene.rgba8().iter().zip(after.rgba8()).map(|(a, b)| (light(a) - light(b)).abs()).fold(0.0, f32::max);
        assert!(most <= 0.04, "{name} jumps by {most} of the light at 0.5");
    }
}

#[test]
fn grey_stays_grey_but_for_temperature_and_tint() {
    let scene = scene();
    for value in [-100.0, -35.0, 20.0, 100.0] {
        for (name, sliders) in single(value).into_iter().filter(|(name, _)| !["temperature", "tint"].contains(name)) {
            let after = apply(sliders, &scene);
            for x in 0..256 {
                let [r, g, b, _] = after.pixel(x, 10);
                assert!(r == g && g == b, "{name} {value}: {r} {g} {b}");
            }
        }
    }
}

#[test]
fn no_curve_falls_and_no_step_of_a_ramp_becomes_a_band() {
    let scene = scene();
    for value in [-100.0, -40.0, 40.0, 100.0] {
        for (name, sliders) in single(value) {
            let after = apply(sliders, &scene);
            let ramp: Vec<i32> = (0..256).map(|x| i32::from(after.pixel(x, 10)[1])).collect();
            assert!(ramp.windows(2).all(|w| w[1] >= w[0] - 1), "{name} {value} falls");
            let widest = ramp.windows(2).map(|w| w[1] - w[0]).max().unwrap();
            assert!(widest <= 6, "{name} {value}: a step of {widest}");
        }
    }
}

#[test]
fn shadows_and_highlights_make_no_halo_beside_an_edge() {
    let scene = scene();
    for (shadows, highlights) in [(100.0, 0.0), (0.0, -100.0), (80.0, -80.0), (-100.0, 100.0)] {
        let after = apply(Sliders { shadows, highlights, ..Sliders::default() }, &scene);
        let row: Vec<f32> = (0..256).map(|x| lab([0, 1, 2].map(|c| after.pixel(x, 160)[c]))[0]).collect();
        for (side, flat) in [(100..128, row[20]), (128..156, row[235])] {
            let off = row[side].iter().map(|l| (l - flat).abs()).fold(0.0, f32::max);
            assert!(off < 2.0, "{shadows} {highlights}: L* {off} off beside the edge");
        }
        assert!(shadows <= 0.0 || row[20] > 20.0, "shadows are lifted: {}", row[20]);
    }
}

#[test]
fn a_mask_limits_the_change_and_hidden_pixels_and_alpha_stay() {
    let mut picture = scene();
    picture.rgba8_mut()[3] = 0;
    picture.rgba8_mut()[7] = 77;
    let mask = Mask::new(256, 192, (0..256 * 192).map(|i| (i % 256) as u8).collect());
    for sliders in [
        Sliders { exposure: 60.0, ..Sliders::default() },
        Sliders { exposure: 60.0, saturation: 50.0, shadows: 30.0, ..Sliders::default() },
    ] {
        let whole = apply(sliders, &picture);
        assert_eq!(whole.pixel(0, 0), picture.pixel(0, 0));
        assert_eq!(whole.pixel(1, 0)[3], 77);
        let part = sliders.apply(&picture, Some(&mask), Pace::ALONE).unwrap();
        for y in 0..192 {
            assert_eq!(part.pixel(0, y), picture.pixel(0, y), "bit for bit");
            assert_eq!(part.pixel(255, y), whole.pixel(255, y));
            let [low, at, high] = [&picture, &part, &whole].map(|p| p.pixel(128, y)[0]);
            assert!((low.min(high)..=low.max(high)).contains(&at));
        }
    }
}

#[test]
fn any_size_is_worked_on_and_a_cancelled_run_ends() {
    let all = Sliders {
        brightness: 20.0,
        contrast: 10.0,
        saturation: 30.0,
        temperature: -20.0,
        shadows: 40.0,
        highlights: -50.0,
        ..Sliders::default()
    };
    for (w, h) in [(1, 1), (1, 5000), (5000, 1), (37, 41)] {
        let out = apply(all, &Picture::filled(w, h, [120, 90, 60, 255]));
        assert_eq!((out.width(), out.height()), (w, h));
        assert!(out.rgba8().chunks(4).all(|p| p == &out.rgba8()[..4]), "flat stays flat");
    }
    assert!(all.apply(&scene(), None, Pace { cancelled: &|| true, done: &|_| {} }).is_none());
}

#[test]
fn sixteen_bits_stay_sixteen_and_agree_with_eight() {
    let eight = scene();
    let wide = eight.rgba8().iter().map(|v| u16::from(*v) * 257).collect();
    let sixteen = Picture::from_rgba16(256, 192, wide);
    for (name, sliders) in single(37.0).into_iter().chain([("all", Sliders { shadows: 20.0, ..single(15.0)[2].1 })]) {
        let (narrow, deep) = (apply(sliders, &eight), apply(sliders, &sixteen));
        let deep_values = deep.deep().expect("16 bits");
        let most = narrow.rgba8().iter().zip(deep.rgba8()).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        assert!(most <= 1, "{name}: {most} levels apart");
        let between = deep_values.iter().filter(|v| *v % 257 != 0).count();
        assert!(between > deep_values.len() / 4, "{name} uses what 8 bits do not have");
    }
}
