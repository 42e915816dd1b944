//! What recolouring promises, on painted objects with shading, texture, a highlight and a stripe of another material.

use super::*;
use crate::colour::{delta_e76, lab, to_linear};

const SIDE: u32 = 160;
const CENTRE: f32 = 80.0;
const RADIUS: f32 = 60.0;
const TABLE: Srgb8 = [150, 110, 70];

const RED: Srgb8 = [176, 48, 24];
const WHITE: Srgb8 = [225, 224, 220];
const BLACK: Srgb8 = [34, 33, 35];

/// A ball of one material under light from the upper left, with a fine texture, a highlight and, if wanted, a white stripe.
struct Ball {
    picture: Picture,
    mask: Mask,
    /// Pixels of plain material: shading between these shares of full light, no highlight, no stripe, not at the edge.
    plain: Vec<usize>,
    lit: Vec<usize>,
}

fn ball(material: Srgb8, stripe: bool) -> Ball {
    let tables = Tables::get();
    let (mut pixels, mut mask) = (vec![], vec![]);
    let (mut plain, mut lit) = (vec![], vec![]);
    for i in 0..SIDE * SIDE {
        let (x, y) = ((i % SIDE) as f32, (i / SIDE) as f32);
        let (dx, dy) = ((x - CENTRE) / RADIUS, (y - CENTRE) / RADIUS);
        let r2 = dx * dx + dy * dy;
        let alpha = ((1.0 - r2.sqrt()) * RADIUS + 0.5).clamp(0.0, 1.0);
        let z = (1.0 - r2).max(0.0).sqrt();
        let facing = (-0.45 * dx - 0.45 * dy + 0.77 * z).max(0.0);
        let texture = 1.0 + 0.06 * ((x * 1.7).sin() * (y * 2.3).cos());
        let shade = (0.15 + 0.85 * facing) * texture;
        let shine = 0.6 * facing.powi(60);
        let other = stripe && (y - CENTRE).abs() < 8.0;
        let body = if other { WHITE } else { material }.map(|v| to_linear(f32::from(v) / 255.0));
        let pixel: [u8; 3] = std::array::from_fn(|c| {
            let object = body[c] * shade + shine;
            tables.srgb8_f(object * alpha + to_linear(f32::from(TABLE[c]) / 255.0) * (1.0 - alpha))
        });
        if alpha == 1.0 && shine < 0.002 && !(stripe && (y - CENTRE).abs() < 12.0) {
            plain.push(i as usize);
            if (0.80..1.0).contains(&shade) {
                lit.push(i as usize);
            }
        }
        pixels.extend([pixel[0], pixel[1], pixel[2], 255]);
        mask.push((alpha * 255.0).round() as u8);
    }
    Ball { picture: Picture::from_rgba8(SIDE, SIDE, pixels), mask: Mask::new(SIDE, SIDE, mask), plain, lit }
}

impl Ball {
    fn painted(&self, colour: Srgb8) -> Picture {
        recolor(&self.picture, &self.mask, colour, 1.0).unwrap().picture
    }
}

fn srgb(picture: &Picture, i: usize) -> Srgb8 {
    picture.rgba8()[i * 4..i * 4 + 3].try_into().unwrap()
}

fn lightness(picture: &Picture, i: usize) -> f32 {
    lab(srgb(picture, i))[0]
}

fn median(mut values: Vec<f32>) -> f32 {
    values.sort_by(f32::total_cmp);
    values[values.len() / 2]
}

/// Correlation of what is finer than 5 px, in L*, over the pixels whose surroundings are all among `within`.
fn detail_correlation(before: &Picture, after: &Picture, within: &[usize]) -> f64 {
    let inside: std::collections::HashSet<usize> = within.iter().copied().collect();
    let side = SIDE as usize;
    let fine = |p: &Picture, i: usize| {
        let near = (0..25).map(|k| i + (k / 5) * side + k % 5 - 2 * side - 2);
        f64::from(lightness(p, i) - near.map(|j| lightness(p, j)).sum::<f32>() / 25.0)
    };
    let core = within.iter().filter(|&&i| (0..25).all(|k| inside.contains(&(i + (k / 5) * side + k % 5 - 2 * side - 2))));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for &i in core {
        let (a, b) = (fine(before, i), fine(after, i));
        (ab, aa, bb) = (ab + a * b, aa + a * a, bb + b * b);
    }
    ab / (aa * bb).sqrt()
}

const COLOURS: [Srgb8; 8] =
    [[30, 90, 168], [0, 128, 0], [255, 0, 0], [255, 255, 0], [255, 192, 203], [128, 128, 128], [0, 0, 0], [255, 255, 255]];

#[test]
fn the_lit_side_has_the_colour_that_was_asked_for() {
    for material in [RED, WHITE, BLACK, [40, 80, 150]] {
        let ball = ball(material, false);
        for colour in COLOURS {
            let painted = ball.painted(colour);
            let off = median(ball.lit.iter().map(|&i| delta_e76(srgb(&painted, i), colour)).collect());
            assert!(off <= 8.0, "{material:?} to {colour:?}: ΔE {off}");
        }
    }
}

#[test]
fn what_was_darker_stays_darker_and_detail_stays_detail() {
    for material in [RED, WHITE, BLACK] {
        let ball = ball(material, false);
        for colour in COLOURS {
            let painted = ball.painted(colour);
            let pairs = ball.plain.iter().zip(ball.plain.iter().skip(997));
            let clear: Vec<(f32, f32)> = pairs
                .map(|(&a, &b)| {
                    (lightness(&ball.picture, a) - lightness(&ball.picture, b), lightness(&painted, a) - lightness(&painted, b))
                })
                .filter(|(before, _)| before.abs() > 3.0)
                .collect();
            let kept = clear.iter().filter(|(before, after)| before * after > 0.0).count() as f64 / clear.len() as f64;
            // Black has so few of the 256 levels that texture which can be seen reaches as far as some of its shading.
            let dark = colour == [0; 3];
            assert!(kept > if dark { 0.85 } else { 0.97 }, "{material:?} to {colour:?}: order kept in {kept:.3}");
            let least = if material == BLACK || dark { 0.9 } else { 0.95 };
            let same = detail_correlation(&ball.picture, &painted, &ball.plain);
            assert!(same >= least, "{material:?} to {colour:?}: detail correlates by {same:.3}");
        }
    }
}

#[test]
fn highlights_and_other_materials_stay() {
    let ball = ball(RED, true);
    for colour in [[30, 90, 168], [0, 0, 0], [255, 255, 255]] {
        let painted = ball.painted(colour);
        let brightest = (0..(SIDE * SIDE) as usize).filter(|&i| ball.mask.values()[i] == 255).max_by_key(|&i| srgb(&ball.picture, i)[2]);
        let shine = lightness(&painted, brightest.unwrap());
        assert!(shine > 75.0, "the highlight on {colour:?} is L* {shine}");
        for x in 60..130 {
            let i = (CENTRE as u32 * SIDE + x) as usize;
            let off = delta_e76(srgb(&ball.picture, i), srgb(&painted, i));
            assert!(off < 3.0, "the white stripe became {:?} at {x}", srgb(&painted, i));
        }
    }
}

#[test]
fn white_becomes_black_and_black_white_with_shading_left_and_noise_bounded() {
    let (white, black) = (ball(WHITE, false), ball(BLACK, false));
    let range = |ball: &Ball, picture: &Picture| {
        let mut l: Vec<f32> = ball.plain.iter().map(|&i| lightness(picture, i)).collect();
        l.sort_by(f32::total_cmp);
        (l[l.len() / 20], l[l.len() / 2], l[l.len() * 19 / 20])
    };
    let (low, middle, high) = range(&white, &white.painted([0; 3]));
    assert!(middle < 14.0 && high < 30.0 && high - low > 3.0, "white to black: {low} {middle} {high}");
    let painted = black.painted([255; 3]);
    let (low, middle, high) = range(&black, &painted);
    assert!(middle > 75.0 && high <= 100.0 && high - low > 10.0, "black to white: {low} {middle} {high}");
    // One level of noise in black is no more than a few in white.
    let step = |v: u8| lightness(&recolor(&flat(v), &Mask::filled(32, 32, 255), [255; 3], 1.0).unwrap().picture, 5);
    let gain = (step(35) - step(34)).abs();
    assert!(gain < 3.0, "a level became {gain} L*");
}

/// One shade of black all over with a darker corner, so that the base does not follow the shade.
fn flat(v: u8) -> Picture {
    Picture::from_rgba8(32, 32, (0..32 * 32).flat_map(|i| if i < 64 { [v, v, v, 255] } else { [38, 38, 38, 255] }).collect())
}

#[test]
fn the_new_colour_does_not_shine_into_the_background() {
    let ball = ball(RED, false);
    let painted = ball.painted([0, 0, 255]);
    let hard = recolor(&ball.picture, &ball.mask.thresholded(128), [0, 0, 255], 1.0).unwrap().picture;
    let tables = Tables::get();
    let (mut soft, mut off, mut off_hard) = (0, 0.0, 0.0);
    for i in (0..(SIDE * SIDE) as usize).filter(|&i| (40..215).contains(&ball.mask.values()[i])) {
        // The true mixture: the painted ball just inside, over the table.
        let (x, y) = ((i % SIDE as usize) as f32 - CENTRE, (i / SIDE as usize) as f32 - CENTRE);
        let inner = 1.0 - 3.0 / x.hypot(y);
        let inside = ((y * inner + CENTRE).round() as usize) * SIDE as usize + (x * inner + CENTRE).round() as usize;
        let alpha = f32::from(ball.mask.values()[i]) / 255.0;
        let truth: Srgb8 = std::array::from_fn(|c| {
            let linear = |p: Srgb8| tables.linear[usize::from(p[c])];
            tables.srgb8_f(linear(srgb(&painted, inside)) * alpha + linear(TABLE) * (1.0 - alpha))
        });
        soft += 1;
        off += delta_e76(srgb(&painted, i), truth);
        off_hard += delta_e76(srgb(&hard, i), truth);
    }
    assert!(soft > 100 && off < 0.5 * off_hard, "{} against {} with a hard edge", off / soft as f32, off_hard / soft as f32);
}

#[test]
fn outside_the_mask_and_at_no_strength_every_bit_stays() {
    let mut ball = ball(RED, true);
    for (i, pixel) in ball.picture.rgba8_mut().as_chunks_mut::<4>().0.iter_mut().enumerate() {
        pixel[3] = [255, 200, 0][i % 3];
    }
    let painted = ball.painted([0, 90, 200]);
    for (i, (a, b)) in ball.picture.rgba8().as_chunks::<4>().0.iter().zip(painted.rgba8().as_chunks::<4>().0).enumerate() {
        assert!(a == b || ball.mask.values()[i] > 0, "pixel {i}");
        assert_eq!(a[3], b[3], "alpha stays");
    }
    assert_eq!(recolor(&ball.picture, &ball.mask, [0, 90, 200], 0.0).unwrap().picture, ball.picture);
    let half = recolor(&ball.picture, &ball.mask, [0, 90, 200], 0.5).unwrap().picture;
    let at = ball.lit[9];
    let between = |c: usize| {
        let ends = [srgb(&ball.picture, at)[c], srgb(&painted, at)[c]];
        (ends[0].min(ends[1])..=ends[0].max(ends[1])).contains(&srgb(&half, at)[c])
    };
    assert!((0..3).all(between));
}

#[test]
fn nothing_selected_or_visible_is_said_and_black_and_white_alone_do_no_harm() {
    let picture = Picture::filled(9, 7, [0, 0, 0, 0]);
    assert!(recolor(&picture, &Mask::filled(9, 7, 255), [9; 3], 1.0).is_none());
    assert!(recolor(&Picture::filled(9, 7, [1, 2, 3, 255]), &Mask::filled(9, 7, 0), [9; 3], 1.0).is_none());
    for v in [0u8, 255] {
        let flat = Picture::filled(9, 7, [v, v, v, 255]);
        let done = recolor(&flat, &Mask::filled(9, 7, 255), [200, 30, 30], 1.0).unwrap();
        assert!(done.share > 0.99 && done.picture.is_opaque());
    }
}

#[test]
fn the_same_picture_gives_the_same_bytes_whatever_the_threads() {
    let ball = ball(RED, true);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| recolor(&ball.picture, &ball.mask, [10, 200, 90], 1.0).unwrap())
    };
    let (one, four) = (with(1), with(4));
    assert_eq!((one.picture, one.share.to_bits()), (four.picture, four.share.to_bits()));
}
