use super::*;
use crate::denoise::tests::noisy;

const SIDE: u32 = 300;

/// A round face with blotches and pores on a green ground, with open mouth, and spots at the given places.
fn face(spots: &[(f32, f32)]) -> (Picture, Portrait) {
    let circle = |x: f32, y: f32, rx: f32, ry: f32| -> Vec<Point> {
        (0..48).map(|n| (n as f32 / 48.0 * std::f32::consts::TAU).sin_cos()).map(|(s, c)| (x + rx * c, y + ry * s)).collect()
    };
    let portrait = Portrait {
        face: circle(150.0, 150.0, 110.0, 130.0),
        eyes: vec![circle(110.0, 120.0, 18.0, 8.0), circle(190.0, 120.0, 18.0, 8.0)],
        brows: vec![circle(110.0, 98.0, 22.0, 4.0), circle(190.0, 98.0, 22.0, 4.0)],
        lips: circle(150.0, 220.0, 40.0, 20.0),
        mouth: circle(150.0, 220.0, 32.0, 12.0),
        nostrils: circle(150.0, 180.0, 16.0, 6.0),
    };
    let pixel = |i: u32| {
        let (x, y) = ((i % SIDE) as f32, (i / SIDE) as f32);
        let within = |cx: f32, cy: f32, rx: f32, ry: f32| ((x - cx) / rx).hypot((y - cy) / ry) < 1.0;
        if !within(150.0, 150.0, 110.0, 130.0) {
            return [40, 120, 60, 255];
        }
        if within(150.0, 220.0, 32.0, 12.0) {
            return [205, 190, 140, 255];
        }
        if within(150.0, 220.0, 40.0, 20.0) {
            return [170, 70, 80, 255];
        }
        let blotch = 5.0 * (x / 6.0).sin() * (y / 6.5).cos();
        let spot: f32 = spots.iter().map(|s| (-((x - s.0).powi(2) + (y - s.1).powi(2)) / 18.0).exp()).sum();
        [214.0 + blotch - 30.0 * spot, 168.0 + blotch - 75.0 * spot, 142.0 + blotch - 65.0 * spot, 255.0].map(|v| v.clamp(0.0, 255.0) as u8)
    };
    let picture = Picture::from_rgba8(SIDE, SIDE, (0..SIDE * SIDE).flat_map(pixel).collect());
    (noisy(&picture, 3.0), portrait)
}

const SPOTS: [(f32, f32); 4] = [(90.0, 170.0), (215.0, 180.0), (150.0, 70.0), (110.0, 250.0)];
const SKIN: Amounts = Amounts { skin: 0.5, blemishes: 0.0, teeth: 0.0, eyes: 0.0 };
const HEAL: Amounts = Amounts { skin: 0.0, blemishes: 1.0, teeth: 0.0, eyes: 0.0 };

fn run(picture: &Picture, portrait: &Portrait, amounts: Amounts) -> Retouched {
    retouch(picture, &[Part::Face(portrait)], &amounts, Pace::ALONE).unwrap()
}

/// Mean green of a square around a place.
fn green(picture: &Picture, (x, y): (f32, f32), reach: i32) -> f32 {
    let side = -reach..=reach;
    let values = side.clone().flat_map(|dy| side.clone().map(move |dx| (dx, dy)));
    let values: Vec<f32> = values.map(|(dx, dy)| f32::from(picture.pixel((x as i32 + dx) as u32, (y as i32 + dy) as u32)[1])).collect();
    values.iter().sum::<f32>() / values.len() as f32
}

/// Mean difference of neighbours on a cheek.
fn texture(picture: &Picture) -> f32 {
    let places = (180..215).flat_map(|y| (200..225).map(move |x| (x, y)));
    let steps: Vec<f32> = places.map(|(x, y)| f32::from(picture.pixel(x, y)[1].abs_diff(picture.pixel(x + 1, y)[1]))).collect();
    steps.iter().sum::<f32>() / steps.len() as f32
}

#[test]
fn spots_are_found_and_healed_and_nothing_else_is() {
    let (spotted, portrait) = face(&SPOTS);
    let (clean, _) = face(&[]);
    let done = run(&spotted, &portrait, HEAL);
    assert_eq!(done.blemishes, SPOTS.len());
    for spot in SPOTS {
        let (before, after, truth) = (green(&spotted, spot, 2), green(&done.picture, spot, 2), green(&clean, spot, 2));
        assert!(truth - before > 30.0 && (truth - after).abs() < 9.0, "{spot:?}: {before} to {after}, clean {truth}");
    }
    assert_eq!(run(&clean, &portrait, HEAL).picture, clean);
}

#[test]
fn skin_becomes_even_and_keeps_its_pores() {
    let (picture, portrait) = face(&[]);
    let done = run(&picture, &portrait, SKIN).picture;
    let blotches = |p: &Picture| (0..20).map(|n| (green(p, (200.0 + n as f32, 190.0), 2) - 168.0).powi(2)).sum::<f32>();
    assert!(blotches(&done) < 0.7 * blotches(&picture), "{} to {}", blotches(&picture), blotches(&done));
    assert!(texture(&done) > 0.85 * texture(&picture), "{} to {}", texture(&picture), texture(&done));
}

#[test]
fn eyes_brows_lips_and_all_outside_the_face_stay() {
    let (picture, portrait) = face(&SPOTS);
    let done = run(&picture, &portrait, Amounts { skin: 1.0, ..HEAL }).picture;
    for (x, y) in [(110, 120), (190, 120), (110, 98), (150, 206), (150, 220), (150, 180), (10, 10), (290, 150), (150, 296)] {
        assert_eq!(done.pixel(x, y), picture.pixel(x, y), "{x},{y}");
    }
}

#[test]
fn teeth_lose_yellow_and_lips_stay() {
    let (picture, portrait) = face(&[]);
    let done = run(&picture, &portrait, Amounts { teeth: 1.0, ..Amounts::default() });
    let yellow = |p: &Picture| {
        let p = p.pixel(150, 220);
        crate::colour::lab([p[0], p[1], p[2]])
    };
    let (before, after) = (yellow(&picture), yellow(&done.picture));
    assert!(done.teeth == 1 && after[2] < 0.6 * before[2] && after[0] > before[0], "{before:?} to {after:?}");
    assert_eq!(done.picture.pixel(150, 205), picture.pixel(150, 205));
}

#[test]
fn marked_skin_needs_no_face_and_hidden_pixels_stay() {
    let (mut picture, _) = face(&SPOTS[..1]);
    picture.rgba8_mut().chunks_exact_mut(4).skip(170 * 300 + 60).take(4).for_each(|p| p[3] = 0);
    let near = |x: u32, y: u32| (60..125).contains(&x) && (140..200).contains(&y);
    let mask = Mask::new(SIDE, SIDE, (0..SIDE * SIDE).map(|i| if near(i % SIDE, i / SIDE) { 255 } else { 0 }).collect());
    let done = retouch(&picture, &[Part::Skin(&mask)], &HEAL, Pace::ALONE).unwrap();
    assert_eq!(done.blemishes, 1);
    let pairs = picture.rgba8().chunks_exact(4).zip(done.picture.rgba8().chunks_exact(4));
    assert!(pairs.into_iter().all(|(a, b)| a[3] == b[3] && (a[3] > 0 || a == b)));
}

#[test]
fn faces_over_the_border_and_tiny_ones_do_no_harm_and_a_cancelled_run_ends() {
    let (picture, portrait) = face(&SPOTS);
    let moved = |points: &[Point], by: f32, scale: f32| points.iter().map(|p| (scale * p.0 + by, scale * p.1 + by)).collect::<Vec<_>>();
    for (by, scale) in [(-120.0, 1.0), (190.0, 1.0), (140.0, 0.02), (900.0, 1.0)] {
        let all = |parts: &[Vec<Point>]| parts.iter().map(|p| moved(p, by, scale)).collect::<Vec<_>>();
        let there = Portrait {
            face: moved(&portrait.face, by, scale),
            eyes: all(&portrait.eyes),
            brows: all(&portrait.brows),
            lips: moved(&portrait.lips, by, scale),
            mouth: moved(&portrait.mouth, by, scale),
            nostrils: moved(&portrait.nostrils, by, scale),
        };
        let all = Amounts { skin: 1.0, blemishes: 1.0, teeth: 1.0, eyes: 1.0 };
        assert_eq!(run(&picture, &there, all).picture, run(&picture, &there, all).picture);
    }
    assert_eq!(run(&picture, &portrait, Amounts::default()).picture, picture);
    let stopped = Pace { cancelled: &|| true, ..Pace::ALONE };
    assert!(retouch(&picture, &[Part::Face(&portrait)], &HEAL, stopped).is_none());
}
