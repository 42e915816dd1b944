use super::calm::{Calm, calm};
use super::paint::{Ground, Layer, paint};
use super::solve::System;
use super::tone::Tone;
use super::upsample::Field;
use super::{Chroma, Plane, lightness, spread};
use crate::colour::lab;
use crate::mask::Mask;
use crate::picture::Picture;

const GO_ON: &(dyn Fn() -> bool + Sync) = &|| false;

/// The same numbers every time, 0..=1.
fn noise(i: usize) -> f32 {
    let mut x = i as u32 ^ 0x9e37_79b9;
    for _ in 0..3 {
        x = (x ^ x >> 16).wrapping_mul(0x45d9_f3b5);
    }
    (x >> 8) as f32 / (1 << 24) as f32
}

fn plane(width: usize, height: usize, f: impl Fn(usize, usize) -> f32) -> Plane {
    Plane::new(width, height, (0..width * height).map(|i| f(i % width, i / width)).collect())
}

fn grey(width: u32, height: u32, f: impl Fn(u32, u32) -> u8) -> Picture {
    let pixel = |i: u32| {
        let v = f(i % width, i / width);
        [v, v, v, 255]
    };
    Picture::from_rgba8(width, height, (0..width * height).flat_map(pixel).collect())
}

fn chroma_at(picture: &Picture, x: u32, y: u32) -> [f32; 2] {
    let [r, g, b, _] = picture.pixel(x, y);
    let [_, a, b] = lab([r, g, b]);
    [a, b]
}

#[test]
fn a_grid_keeps_its_mean_when_it_shrinks_and_its_ends_when_it_grows() {
    let fine = plane(37, 23, |x, y| noise(y * 37 + x));
    let mean = |p: &Plane| p.values.iter().sum::<f32>() / p.values.len() as f32;
    for (w, h) in [(10, 7), (1, 1), (36, 22)] {
        assert!((mean(&fine.resized(w, h)) - mean(&fine)).abs() < 1e-3, "{w}x{h}");
    }
    let ramp = plane(4, 1, |x, _| x as f32).resized(16, 5);
    assert_eq!((ramp.at(0, 0), ramp.at(15, 4)), (0.0, 3.0));
    assert!((ramp.at(8, 2) - 1.625).abs() < 1e-5, "linear between centres: {}", ramp.at(8, 2));
    assert!(plane(5, 4, |_, _| 2.5).boxed(3).values.iter().all(|v| (v - 2.5).abs() < 1e-6));
    assert_eq!(plane(3, 1, |x, _| x as f32).mirrored().values, [2.0, 1.0, 0.0]);
    assert_eq!(plane(101, 1, |x, _| (x * 37 % 101) as f32).percentile(0.25), 25.0);
}

/// The same equations by elimination, with weights stated anew.
fn eliminated(guide: &Plane, own: &[f32], target: &[f32], sigma: f32) -> Vec<f32> {
    let (w, n) = (guide.width, own.len());
    let mut m = vec![vec![0f64; n + 1]; n];
    for i in 0..n {
        m[i][i] += f64::from(own[i]);
        m[i][n] = f64::from(own[i] * target[i]);
        for (j, there) in [(i + 1, i % w + 1 < w), (i + w, i + w < n)] {
            if there {
                let d = f64::from(guide.values[i] - guide.values[j]) / f64::from(sigma);
                let weight = (-d * d / 2.0).exp() + 1e-4;
                m[i][i] += weight;
                m[j][j] += weight;
                m[i][j] -= weight;
                m[j][i] -= weight;
            }
        }
    }
    for i in 0..n {
        for j in i + 1..n {
            let f = m[j][i] / m[i][i];
            for k in i..=n {
                let v = m[i][k];
                m[j][k] -= f * v;
            }
        }
    }
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|k| m[i][k] * m[k][n]).sum();
        m[i][n] = (m[i][n] - known) / m[i][i];
    }
    m.iter().map(|row| row[n] as f32).collect()
}

#[test]
fn the_solver_agrees_with_elimination_on_odd_grids_with_edges() {
    for (w, h) in [(13, 9), (1, 40), (40, 1), (8, 8), (1, 1)] {
        let guide = plane(w, h, |x, y| if x > w / 2 { 80.0 } else { 20.0 } + 4.0 * noise(y * w + x));
        let own: Vec<f32> = (0..w * h).map(|i| if i % 11 == 0 { 50.0 } else { 0.003 }).collect();
        let target: Vec<f32> = (0..w * h).map(|i| noise(i + 99) * 40.0 - 20.0).collect();
        let solved = System::new(&guide, own.clone(), &Plane::filled(w, h, 3.0), 1.0).solve(&target, GO_ON).unwrap();
        for (s, e) in solved.iter().zip(eliminated(&guide, &own, &target, 3.0)) {
            assert!((s - e).abs() < 0.02, "{w}x{h}: {s} instead of {e}");
        }
    }
    let guide = plane(9, 9, |_, _| 50.0);
    assert!(System::new(&guide, vec![1.0; 81], &guide, 1.0).solve(&[1.0; 81], &|| true).is_none(), "it can be stopped");
}

#[test]
fn guesses_that_agree_stay_and_those_that_do_not_become_neutral() {
    let guide = plane(40, 30, |x, _| if x < 20 { 30.0 } else { 70.0 });
    let how = Calm { doubt: 0.5, neutral: 0.25, smooth: 30.0, sigma: 4.0 };
    // On the left all say 20; on the right they say ±20 in patches.
    let guess = |k: usize| {
        let a = plane(20, 15, |x, y| if x < 10 || (x / 3 + y / 3 + k).is_multiple_of(2) { 20.0 } else { -20.0 });
        Chroma { b: a.map(|v| -v), a }
    };
    let calmed = calm(&[guess(0), guess(1)], &guide, how, GO_ON).unwrap();
    assert!((calmed.a.at(5, 15) - 20.0).abs() < 1.5, "{}", calmed.a.at(5, 15));
    for (x, y) in [(25, 5), (33, 21), (38, 28)] {
        assert!(calmed.a.at(x, y).abs() < 2.5 && calmed.b.at(x, y).abs() < 2.5, "blotch at {x}, {y}: {}", calmed.a.at(x, y));
    }
    assert!((calmed.a.at(5, 15) + calmed.b.at(5, 15)).abs() < 0.1);
    assert!(calm(&[guess(0)], &guide, how, &|| true).is_none());
}

#[test]
fn colour_follows_an_edge_that_the_grid_cannot_resolve() {
    // 160 × 80 pixels, chroma known on 40 × 20 cells, the edge at x = 82: in the middle of a cell.
    let full = plane(160, 80, |x, _| if x < 82 { 25.0 } else { 75.0 });
    let truth = |x: usize| if x < 82 { 30.0 } else { -10.0 };
    let coarse = plane(160, 80, |x, _| truth(x)).resized(40, 20);
    let field = Field::new(&coarse, &full, 1.0);
    let row = field.row(40, (160, 80));
    let off = |x: usize| (row.at(x, full.at(x, 40)) - truth(x)).abs();
    let plain = coarse.resized(160, 80);
    for x in [79, 80, 81, 82, 83, 84] {
        assert!(off(x) < 4.0, "at {x}: off by {}", off(x));
    }
    assert!((plain.at(82, 40) - truth(82)).abs() > 10.0, "a plain enlargement bleeds");
}

#[test]
fn lightness_stays_whatever_colour_is_laid_on() {
    let picture = grey(64, 64, |x, y| (x * 2 + y * 2) as u8);
    let guide = lightness(&picture, 64);
    let hues: Vec<f32> = (0..64).map(|i| i as f32 * 0.1).collect();
    let of = |f: fn(f32) -> f32| plane(8, 8, |x, y| 45.0 * f(hues[y * 8 + x]));
    let chroma = Chroma { a: of(f32::cos), b: of(f32::sin) };
    let layer = Layer { mask: Mask::new(64, 64, (0..64 * 64).map(|i| if i % 64 > 40 { 200 } else { 0 }).collect()), colour: [255, 0, 60] };
    let coloured = paint(&picture, Ground::Guess(&chroma, &guide), &[layer], 1.3);
    let l = |p: &Picture, i: u32| {
        let [r, g, b, _] = p.pixel(i % 64, i / 64);
        lab([r, g, b])[0]
    };
    let off: Vec<f32> = (0..64 * 64).map(|i| (l(&picture, i) - l(&coloured, i)).abs()).collect();
    assert!(
        off.iter().sum::<f32>() / (off.len() as f32) < 0.3 && off.iter().all(|&d| d < 1.0),
        "at most {:?}",
        off.iter().cloned().fold(0.0, f32::max)
    );
    assert!(chroma_at(&coloured, 20, 30)[0].hypot(chroma_at(&coloured, 20, 30)[1]) > 10.0, "and it is coloured");
}

#[test]
fn without_a_ground_only_what_a_layer_covers_changes() {
    let mut picture = grey(30, 20, |x, y| (x * 7 + y) as u8);
    picture.rgba8_mut()[(5 * 30 + 20) * 4 + 3] = 0;
    let mask = Mask::new(30, 20, (0..600).map(|i| if i % 30 >= 15 { 255 } else { 0 }).collect());
    let painted = paint(&picture, Ground::Own, &[Layer { mask, colour: [200, 30, 30] }], 1.0);
    for i in 0..600u32 {
        let (x, y) = (i % 30, i / 30);
        assert_eq!(painted.pixel(x, y)[3], picture.pixel(x, y)[3]);
        if x < 15 || (x, y) == (20, 5) {
            assert_eq!(painted.pixel(x, y), picture.pixel(x, y), "at {x}, {y}");
        }
    }
    assert!(chroma_at(&painted, 18, 10)[0] > 25.0);
}

#[test]
fn a_tint_is_thrown_away_under_a_model_s_chroma() {
    let sepia = Picture::from_rgba8(8, 8, (0..64).flat_map(|i| [150 + i as u8, 130 + i as u8, 90 + i as u8, 255]).collect());
    let none = Chroma { a: Plane::filled(2, 2, 0.0), b: Plane::filled(2, 2, 0.0) };
    let plain = paint(&sepia, Ground::Guess(&none, &lightness(&sepia, 8)), &[], 1.0);
    assert!(plain.rgba8().as_chunks::<4>().0.iter().all(|p| p[0].abs_diff(p[1]) <= 1 && p[1].abs_diff(p[2]) <= 1));
}

fn stroke(width: usize, height: usize, (x0, y0, x1, y1): (usize, usize, usize, usize)) -> Plane {
    plane(width, height, |x, y| if (x0..x1).contains(&x) && (y0..y1).contains(&y) { 1.0 } else { 0.0 })
}

#[test]
fn each_region_takes_the_colour_of_its_stroke_up_to_a_sharp_border() {
    // A disc on a textured ground, a short stroke in one and a frame in the other.
    let inside = |x: usize, y: usize| (x as f32 - 60.0).hypot(y as f32 - 50.0) < 30.0;
    let guide = plane(120, 100, |x, y| if inside(x, y) { 40.0 } else { 62.0 } + 3.0 * noise(y * 120 + x));
    let ground = plane(120, 100, |x, y| {
        f32::from((10..13).contains(&y) || (88..91).contains(&y) || (10..13).contains(&x) || (106..109).contains(&x))
    });
    let strokes = [stroke(120, 100, (52, 48, 68, 51)), ground];
    let reach = spread::reach(&guide, &strokes, None, GO_ON).unwrap();
    for (x, y) in (0..120 * 100).map(|i| (i % 120, i / 120)) {
        let from_edge = (x as f32 - 60.0).hypot(y as f32 - 50.0) - 30.0;
        let (own, other) = if inside(x, y) { (reach[0].at(x, y), reach[1].at(x, y)) } else { (reach[1].at(x, y), reach[0].at(x, y)) };
        assert!(other < 0.1, "at {x}, {y} the other colour shows: {other}");
        if from_edge.abs() > 2.5 && from_edge < 35.0 {
            assert!(own > 0.75, "at {x}, {y}: only {own}");
        }
    }
}

#[test]
fn a_thin_stroke_spreads_an_area_does_not_and_where_not_is_clicked_nothing_goes() {
    let guide = plane(100, 100, |_, _| 50.0);
    let at = |stroke: Plane, not: Option<&Plane>, x| spread::reach(&guide, &[stroke], not, GO_ON).unwrap()[0].at(x, 50);
    assert!(at(stroke(100, 100, (30, 48, 50, 52)), None, 57) > 0.9, "thin: onwards");
    assert!(at(stroke(100, 100, (10, 20, 50, 80)), None, 57) < 0.02, "wide: as painted");
    let not = stroke(100, 100, (54, 0, 58, 100));
    assert!(at(stroke(100, 100, (30, 48, 50, 52)), Some(&not), 70) < 0.02);
    let dot = plane(100, 100, |x, y| if (x, y) == (50, 50) { 0.2 } else { 0.0 });
    assert!(at(dot, None, 50) > 0.9, "a stroke thinner than a cell counts");
}

#[test]
fn a_stroke_goes_on_through_the_texture_that_it_lies_on_and_not_from_a_smooth_thing_into_it() {
    // The left half is smooth, the right half woven; both are as light on average.
    let guide = plane(160, 100, |x, y| if x < 80 { 50.0 } else { 50.0 + if (x / 2 + y / 2).is_multiple_of(2) { 4.0 } else { -4.0 } });
    let reach = |area| spread::reach(&guide, &[stroke(160, 100, area)], None, GO_ON).unwrap().remove(0);
    let woven = reach((118, 48, 134, 52));
    let mean = |p: &Plane, from: usize| (from..from + 16).map(|x| p.at(x, 50)).sum::<f32>() / 16.0;
    assert!(mean(&woven, 98) > 0.6, "on through the weave: {}", mean(&woven, 98));
    let smooth = reach((54, 48, 70, 52));
    assert!(mean(&smooth, 20) > 0.8 && mean(&smooth, 100) < 0.2, "{} {}", mean(&smooth, 20), mean(&smooth, 100));
}

#[test]
fn grey_and_sepia_are_told_from_colours() {
    let picture = grey(200, 150, |x, y| (40 + x / 2 + (noise((y * 200 + x) as usize) * 60.0) as u32) as u8);
    assert_eq!(Tone::of(&picture), Tone::Grey);
    let toned = |f: &dyn Fn([u8; 4], usize) -> [u8; 4]| {
        let mut out = picture.clone();
        out.rgba8_mut().as_chunks_mut::<4>().0.iter_mut().enumerate().for_each(|(i, p)| *p = f(*p, i));
        out
    };
    let sepia = toned(&|[v, ..], _| [v.saturating_add(25), v, v.saturating_sub(30), 255]);
    assert_eq!(Tone::of(&sepia), Tone::Toned);
    let noisy = toned(&|[v, ..], i| {
        let n = (noise(i + 7) * 24.0) as u8;
        [v.saturating_add(n), v, v.saturating_add(24 - n), 255]
    });
    assert!(!matches!(Tone::of(&noisy), Tone::Coloured { .. }), "{:?}", Tone::of(&noisy));
    // A twentieth of it has colour.
    let rose = toned(&|[v, ..], i| if i / 200 > 100 && i % 200 > 170 { [v, v / 3, v / 3, 255] } else { [v, v, v, 255] });
    assert!(matches!(Tone::of(&rose), Tone::Coloured { share } if (0.03..0.08).contains(&share)), "{:?}", Tone::of(&rose));
    assert_eq!(Tone::of(&Picture::filled(3, 3, [200, 0, 0, 0])), Tone::Grey, "nothing is seen");
}
