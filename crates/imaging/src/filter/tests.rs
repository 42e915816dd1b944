use super::*;
use crate::colour::lab;

fn scene() -> Picture {
    let pixel = |i: u32| match i / 256 {
        0..32 => [(i % 256) as u8; 4],
        y => [(i % 256) as u8, (y * 2) as u8, 255 - (i % 256) as u8, 255],
    };
    let mut picture = Picture::from_rgba8(256, 96, (0..256 * 96).flat_map(pixel).collect());
    picture.rgba8_mut().chunks_mut(4).take(256 * 32).for_each(|p| p[3] = 255);
    picture.rgba8_mut()[3] = 0;
    picture.rgba8_mut()[7] = 90;
    picture
}

fn apply(filter: Filter<'_>) -> Picture {
    filter.apply(&scene(), Pace::ALONE).unwrap()
}

fn looks(amount: f32) -> Vec<Filter<'static>> {
    vec![
        Filter::Look(Look::Grayscale, amount),
        Filter::Look(Look::Sepia, amount),
        Filter::Look(Look::Vintage, amount),
        Filter::Warm(amount),
        Filter::Cool(amount),
        Filter::Invert(amount),
    ]
}

#[test]
fn nothing_of_a_filter_changes_nothing_and_half_lies_between() {
    let before = scene();
    for (none, (half, whole)) in looks(0.0).into_iter().zip(looks(0.5).into_iter().zip(looks(1.0))) {
        assert_eq!(apply(none), before);
        let (half, whole) = (apply(half), apply(whole));
        assert_ne!(whole, before, "{none:?}");
        for ((a, h), b) in before.rgba8().iter().zip(half.rgba8()).zip(whole.rgba8()) {
            assert!((a.min(b).saturating_sub(2)..=a.max(b).saturating_add(2)).contains(h), "{none:?}: {a} {h} {b}");
        }
    }
    for none in [Filter::Blur(0.0), Filter::Pixelate(1), Filter::Pixelate(0)] {
        assert_eq!(apply(none), before);
    }
}

#[test]
fn looks_leave_alpha_and_what_is_transparent_alone() {
    let before = scene();
    for filter in looks(1.0) {
        let after = apply(filter);
        assert_eq!(after.pixel(0, 0), before.pixel(0, 0), "{filter:?}");
        assert!(before.rgba8().chunks(4).zip(after.rgba8().chunks(4)).all(|(a, b)| a[3] == b[3]));
    }
}

#[test]
fn tones_rise_with_light_and_have_their_colour() {
    for (filter, warm) in [(Filter::Look(Look::Sepia, 1.0), true), (Filter::Warm(1.0), true), (Filter::Cool(1.0), false)] {
        let after = apply(filter);
        let ramp: Vec<[f32; 3]> = (2..256).map(|x| lab([0, 1, 2].map(|c| after.pixel(x, 10)[c]))).collect();
        assert!(ramp.windows(2).all(|w| w[1][0] > w[0][0] - 0.3), "{filter:?}");
        let middle = ramp[126];
        assert!((middle[2] > 6.0) == warm && (middle[2] < -6.0) != warm, "{filter:?}: b* {}", middle[2]);
    }
    let grey = apply(Filter::Look(Look::Grayscale, 1.0));
    assert!(grey.rgba8().chunks(4).skip(1).all(|p| p[0] == p[1] && p[1] == p[2]));
    let twice = Filter::Invert(1.0).apply(&apply(Filter::Invert(1.0)), Pace::ALONE).unwrap();
    assert_eq!(twice, scene(), "the negative of the negative");
}

#[test]
fn squares_have_the_mean_light_of_what_they_cover() {
    let checks =
        Picture::from_rgba8(21, 10, (0..210).flat_map(|i| if (i % 21 + i / 21) % 2 == 0 { [255; 4] } else { [0, 0, 0, 255] }).collect());
    let after = Filter::Pixelate(5).apply(&checks, Pace::ALONE).unwrap();
    for (x, y) in [(0, 0), (4, 4), (7, 2), (12, 9), (20, 9)] {
        let level = after.pixel(x, y)[0];
        assert!((165..=206).contains(&level), "about half the light, which is 188: {level} at {x},{y}");
        assert_eq!(after.pixel(x, y), after.pixel(x / 5 * 5, y / 5 * 5));
    }
}

#[test]
fn a_table_is_applied_to_stored_values_by_its_amount() {
    let cube = Cube::parse("LUT_1D_SIZE 2\n1 0 0\n0 1 0.5\n").unwrap();
    let picture = Picture::filled(3, 2, [51, 102, 204, 255]);
    let out = |amount| Filter::Cube(&cube, amount).apply(&picture, Pace::ALONE).unwrap().pixel(1, 1);
    assert_eq!(out(1.0), [204, 102, 102, 255]);
    assert_eq!(out(0.4), [112, 102, 163, 255]);
}

#[test]
fn odd_sizes_work_and_cancelled_runs_end() {
    let stopped = Pace { cancelled: &|| true, done: &|_| {} };
    let all = looks(1.0).into_iter().chain([Filter::Blur(3.0), Filter::Blur(30.0), Filter::Pixelate(8)]);
    for filter in all {
        for (w, h) in [(1, 1), (1, 5000), (37, 41)] {
            let out = filter.apply(&Picture::filled(w, h, [120, 90, 60, 255]), Pace::ALONE).unwrap();
            assert_eq!((out.width(), out.height()), (w, h));
        }
        assert!(filter.apply(&scene(), stopped).is_none(), "{filter:?}");
    }
}
