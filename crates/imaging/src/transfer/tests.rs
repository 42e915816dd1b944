use super::*;
use crate::colour::delta_e76;

/// A scene of many colours; `cast` tints and darkens it.
fn scene(width: u32, height: u32, cast: [f32; 3]) -> Picture {
    let pixel = |i: u32| {
        let (x, y) = (i % width, i / width);
        let noise = ((x * 7919 + y * 104_729) % 13) as f32;
        let base =
            [60.0 + 150.0 * x as f32 / width as f32, 90.0 + 90.0 * y as f32 / height as f32, 70.0 + ((x / 9 + y / 7) % 5) as f32 * 25.0];
        let [r, g, b]: [u8; 3] = std::array::from_fn(|c| ((base[c] + noise) * cast[c]).clamp(0.0, 255.0) as u8);
        [r, g, b, 255]
    };
    Picture::from_rgba8(width, height, (0..width * height).flat_map(pixel).collect())
}

fn mean(picture: &Picture) -> [f32; 3] {
    let labs: Vec<[f32; 3]> = picture.rgba8().as_chunks::<4>().0.iter().map(|p| lab([p[0], p[1], p[2]])).collect();
    std::array::from_fn(|c| labs.iter().map(|l| l[c]).sum::<f32>() / labs.len() as f32)
}

#[test]
fn a_cast_and_an_exposure_are_taken_over() {
    let picture = scene(200, 150, [1.0; 3]);
    for cast in [[0.9, 0.7, 0.5], [0.5, 0.6, 0.8], [1.1, 1.1, 0.8]] {
        // Another size: it is the look that counts.
        let reference = scene(320, 90, cast);
        let matched = transfer(&picture, &reference, None, 1.0).unwrap();
        let (got, wanted, before) = (mean(&matched), mean(&reference), mean(&picture));
        let off = |a: [f32; 3]| (0..3).map(|c| (a[c] - wanted[c]).powi(2)).sum::<f32>().sqrt();
        assert!(off(got) < 2.0 && off(got) < 0.2 * off(before), "{cast:?}: {got:?} for {wanted:?}");
        // The scene with that cast is what should come out.
        let truth = scene(200, 150, cast);
        let pairs = matched.rgba8().as_chunks::<4>().0.iter().zip(truth.rgba8().as_chunks::<4>().0);
        let mut apart: Vec<f32> = pairs.map(|(a, b)| delta_e76([a[0], a[1], a[2]], [b[0], b[1], b[2]])).collect();
        apart.sort_by(f32::total_cmp);
        assert!(apart[apart.len() / 2] < 5.0, "{cast:?}: median ΔE {}", apart[apart.len() / 2]);
    }
}

#[test]
fn the_same_picture_changes_nothing() {
    for picture in [scene(200, 150, [1.0; 3]), scene(90, 90, [0.3, 0.2, 0.6]), Picture::filled(20, 20, [250, 240, 3, 255])] {
        let matched = transfer(&picture, &picture, None, 1.0).unwrap();
        let worst = picture.rgba8().iter().zip(matched.rgba8()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(worst <= Some(1), "{worst:?} levels");
    }
}

#[test]
fn gains_are_bounded_so_that_a_flat_picture_does_not_band() {
    // A gentle ramp of 24 grey levels, matched to full contrast and colour.
    let ramp = Picture::from_rgba8(
        240,
        40,
        (0..240 * 40)
            .flat_map(|i| {
                let v = 110 + (i % 240 / 10) as u8;
                [v, v, v, 255]
            })
            .collect(),
    );
    let matched = transfer(&ramp, &scene(200, 150, [1.2, 0.6, 1.1]), None, 1.0).unwrap();
    let row: Vec<[f32; 3]> = (0..240)
        .map(|x| {
            let [r, g, b, _] = matched.pixel(x, 5);
            lab([r, g, b])
        })
        .collect();
    for w in row.windows(2) {
        let jump = w[1][0] - w[0][0];
        assert!((-0.01..2.2).contains(&jump), "a step of {jump} L*");
    }
}

#[test]
fn outside_the_mask_every_bit_stays_and_alpha_everywhere() {
    let mut picture = scene(60, 40, [1.0; 3]);
    picture.rgba8_mut().as_chunks_mut::<4>().0.iter_mut().enumerate().for_each(|(i, p)| p[3] = [255, 100, 0][i % 3]);
    let mask = Mask::new(60, 40, (0..60 * 40).map(|i| [0, 255, 90][i % 60 / 20]).collect());
    let matched = transfer(&picture, &scene(50, 50, [0.4, 0.5, 0.9]), Some(&mask), 1.0).unwrap();
    let mut changed = 0;
    for (i, (a, b)) in picture.rgba8().as_chunks::<4>().0.iter().zip(matched.rgba8().as_chunks::<4>().0).enumerate() {
        assert!(a == b || mask.values()[i] > 0);
        assert_eq!(a[3], b[3]);
        changed += usize::from(a != b);
    }
    assert!(changed > 800);
    assert_eq!(transfer(&picture, &scene(9, 9, [0.4; 3]), Some(&mask), 0.0).unwrap(), picture);
}

#[test]
fn without_anything_visible_there_is_no_look() {
    let (picture, nothing) = (scene(9, 9, [1.0; 3]), Picture::filled(3, 3, [9, 9, 9, 0]));
    assert!(transfer(&picture, &nothing, None, 1.0).is_none());
    assert!(transfer(&nothing, &picture, None, 1.0).is_none());
}

#[test]
fn the_chroma_map_carries_one_spread_into_the_other() {
    let (a, b): (Spread, Spread) = ([40.0, 12.0, 25.0], [90.0, -20.0, 60.0]);
    let map = monge_kantorovich(a, b);
    let got = between(map, a);
    assert!(got.iter().zip(b).all(|(x, y)| (x - y).abs() < 0.05), "{got:?}");
    let [xx, xy, yy] = bounded(map, (0.9, 1.1));
    let (middle, half) = ((xx + yy) / 2.0, ((xx - yy) / 2.0).hypot(xy));
    assert!(middle + half <= 1.1001 && middle - half >= 0.8999);
}
