//! What lies behind a subject: a gradient, a studio backdrop, the old background out of focus, another picture.
//!
//! Each makes a whole picture on which the cut-out is then laid. What is smooth is worked out with fractions of a level and dithered, so that it has
//! no bands.

use rayon::prelude::*;

use super::cells::Cells;
use super::colour::{Srgb8, Tables, from_linear, from_oklab, oklab};
use super::dither::{quantise, threshold};
use super::geometry::crop;
use super::mask::Mask;
use super::picture::{Picture, Rect};
use super::resize::resize;
use crate::pace::{Stop, checkpoint};

/// From one colour at the top to another at the bottom, even to the eye: straight in Oklab, as CSS Color 4 interpolates. The first and the last row
/// are exactly these colours.
pub fn gradient(width: u32, height: u32, top: Srgb8, bottom: Srgb8) -> Picture {
    let lab = |colour: Srgb8| oklab(colour.map(|v| f64::from(Tables::get().linear[usize::from(v)])));
    let (from, to) = (lab(top), lab(bottom));
    let last = f64::from(height.max(2) - 1);
    painted(width, height, |y| {
        let part = y as f64 / last;
        let colour = from_oklab(std::array::from_fn(|c| from[c] + (to[c] - from[c]) * part));
        let level = match y {
            0 => top.map(f32::from),
            _ if y + 1 == height as usize => bottom.map(f32::from),
            _ => colour.map(|v| from_linear(v.clamp(0.0, 1.0) as f32) * 255.0),
        };
        move |_| level
    })
}

/// Light at the edges of a studio backdrop as a share of that in its middle.
const STUDIO_EDGE: f32 = 0.42;
/// The floor is a little darker than the wall behind it.
const STUDIO_FLOOR: f32 = 0.9;
/// How much light is lost where wall and floor meet.
const STUDIO_CREASE: f32 = 0.1;

/// A studio backdrop of one colour: paper that is lit behind the subject and falls off to the edges, with a soft line where wall and floor meet
/// behind its foot. Where the subject is cut off by the lower edge there is no floor. The colour itself is the brightest that there is.
///
/// Light is `edge + (1 − edge)·exp(−d²/2)` with `d` the distance from the middle of the light in standard deviations, on the wall and on the floor
/// each with its own middle; the two are mixed by a smooth step over the line.
pub fn studio(width: u32, height: u32, colour: Srgb8, subject: Rect) -> Picture {
    let tables = Tables::get();
    let base = colour.map(|v| tables.linear[usize::from(v)]);
    let (w, h) = (width as f32, height as f32);
    let (left, top) = (subject.x as f32, subject.y as f32);
    let (across, tall) = (subject.width as f32, subject.height as f32);
    let (middle, foot) = (left + across / 2.0, top + tall);
    let stands = foot < 0.985 * h;
    let line = (foot - 0.16 * tall).max(0.3 * h);
    let soft = (0.05 * h).max(1.0);
    let spread = (0.36 * w).max(0.55 * across);
    let glow = |x: f32, spread_x: f32, y: f32, spread_y: f32| {
        let d = (x / spread_x).powi(2) + (y / spread_y).powi(2);
        STUDIO_EDGE + (1.0 - STUDIO_EDGE) * (-0.5 * d).exp()
    };
    painted(width, height, |y| {
        let y = y as f32 + 0.5;
        let step = if stands { smooth_step((y - line) / soft + 0.5) } else { 0.0 };
        let crease = if stands { 1.0 - STUDIO_CREASE * (-0.5 * ((y - line) / soft).powi(2)).exp() } else { 1.0 };
        move |x| {
            let x = x as f32 + 0.5 - middle;
            let wall = glow(x, spread, y - (top + 0.4 * tall), 0.45 * h);
            let floor = STUDIO_FLOOR * glow(x, 1.2 * spread, y - foot, 0.3 * h);
            let light = (wall + (floor - wall) * step) * crease;
            base.map(|v| tables.level(v * light))
        }
    })
}

fn smooth_step(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// An opaque picture from levels 0..=255 with their fractions, dithered: `row` is asked for each row, its answer for each pixel.
fn painted<F: Fn(usize) -> [f32; 3]>(width: u32, height: u32, row: impl Fn(usize) -> F + Sync) -> Picture {
    checkpoint();
    let mut out = Picture::filled(width, height, [255; 4]);
    out.rgba8_mut().par_chunks_mut(width as usize * 4).enumerate().for_each(|(y, to)| {
        let levels = row(y);
        for (x, pixel) in to.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let level = levels(x);
            (0..3).for_each(|c| pixel[c] = quantise(level[c], threshold(x, y, c)));
        }
    });
    out
}

/// The picture scaled to cover `width`×`height`, cut evenly at the sides that reach over.
pub fn cover(picture: &Picture, width: u32, height: u32) -> Picture {
    // Cut first, then scaled: a strip does not become a giant on the way.
    let (w, h) = (f64::from(picture.width()), f64::from(picture.height()));
    let scale = (f64::from(width) / w).max(f64::from(height) / h);
    let side = |wanted: u32, have: u32| ((f64::from(wanted) / scale).round() as u32).clamp(1, have);
    let (cut_width, cut_height) = (side(width, picture.width()), side(height, picture.height()));
    let part = Rect { x: (picture.width() - cut_width) / 2, y: (picture.height() - cut_height) / 2, width: cut_width, height: cut_height };
    if part == picture.bounds() { resize(picture, width, height) } else { resize(&crop(picture, part).0, width, height) }
}

/// The disc of the blur has at least this radius in cells where cells are larger than a pixel.
const DISC_CELLS: f32 = 8.0;
/// Pixels around the subject that still show something of it count as subject: this many, and this share of the long side.
const RIM_PX: f32 = 2.0;
const RIM_SHARE: f32 = 0.002;
/// Mattes up to this value are noise.
const NOISE: u8 = 8;
/// What is made up behind the subject weighs this much against what is seen around it.
const MADE_UP: f32 = 0.02;

/// The background behind the subject (`subject`: its matte) as a lens that is focused on the subject would show it: every point becomes a disc of
/// `radius` pixels, in linear light. `None` where there is no background, as in a cut-out.
///
/// This is a normalised convolution (H. Knutsson, C.-F. Westin, "Normalized and differential convolution", CVPR 1993), `Σ wc / Σ w` over the disc: pixels
/// of the subject and its rim have weight 0, so that none of its colour gets into the background. Behind it, beyond the reach of the disc, the
/// colours come from all around by push and pull (S. Gortler et al., "The Lumigraph", SIGGRAPH 1996).
///
/// # Panics
/// When the sizes differ.
pub fn out_of_focus(picture: &Picture, subject: &Mask, radius: f32) -> Option<Picture> {
    checkpoint();
    let size = (picture.width(), picture.height());
    assert_eq!(size, (subject.width(), subject.height()), "matte and picture have one size");
    let side = (radius / DISC_CELLS).floor().max(1.0) as usize;
    let filled = filled_background(picture, subject, side)?;
    let blurred = disc_mean(&filled, radius / side as f32);
    let tables = Tables::get();
    let opaque = picture.is_opaque();
    let mut out = Picture::filled(size.0, size.1, [255; 4]);
    let stop = Stop::here();
    out.rgba8_mut().par_chunks_mut(size.0 as usize * 4).enumerate().for_each(|(y, to)| {
        if stop.is_set() {
            return;
        }
        let row = blurred.row(y);
        for (x, pixel) in to.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let [r, g, b, seen, all] = row.at(x);
            let alpha = if opaque { 255 } else { (255.0 * seen / all).round() as u8 };
            if alpha == 0 {
                *pixel = [0; 4];
                continue;
            }
            let channel = |c: usize, v: f32| quantise(tables.level(v / seen), threshold(x, y, c));
            *pixel = [channel(0, r), channel(1, g), channel(2, b), alpha];
        }
    });
    checkpoint();
    Some(out)
}

/// Light times weight times alpha (three channels), weight times alpha, weight.
type Background = Cells<5>;

fn filled_background(picture: &Picture, subject: &Mask, side: usize) -> Option<Background> {
    let tables = Tables::get();
    let (pixels, _) = picture.rgba8().as_chunks::<4>();
    let rim = RIM_PX + RIM_SHARE * picture.width().max(picture.height()) as f32;
    let grown = subject.thresholded(NOISE + 1).grown(rim.round() as i32);
    let cells = |weight: &(dyn Fn(usize) -> f32 + Sync)| {
        Cells::of((picture.width(), picture.height()), side, |i| {
            let weight = weight(i);
            if weight == 0.0 {
                return [0.0; 5];
            }
            let seen = weight * f32::from(pixels[i][3]) / 255.0;
            let light = |c: usize| tables.linear[usize::from(pixels[i][c])] * seen;
            [light(0), light(1), light(2), seen, weight]
        })
    };
    let behind = |i: usize| 1.0 - f32::from(subject.values()[i]) / 255.0;
    let seen = |cells: &Background| cells.values.iter().any(|v| v[3] > 0.0);
    let mut known = cells(&|i| if grown.values()[i] == 0 { behind(i) } else { 0.0 });
    if !seen(&known) {
        known = cells(&behind);
    }
    if !seen(&known) && picture.is_opaque() {
        // All of it is the subject and nothing of the background will show.
        known = cells(&|_| 1.0);
    }
    seen(&known).then(|| with_made_up(known))
}

/// Cells without background get what lies around them, with little weight.
fn with_made_up(known: Background) -> Background {
    let mut levels = vec![known];
    while let Some(finer) = levels.last().filter(|l| l.width.max(l.height) > 1) {
        let coarser = pulled(finer);
        levels.push(coarser);
    }
    let mut coarse = levels.pop().expect("there is at least one level").map(|v| whole(*v));
    for level in levels.iter().rev().take(levels.len().saturating_sub(1)) {
        coarse = pushed(level, &coarse, |known, made_up| std::array::from_fn(|c| known[c] + (1.0 - known[4]) * made_up[c]));
    }
    match levels.first() {
        Some(finest) => {
            pushed(finest, &coarse, |known, made_up| std::array::from_fn(|c| known[c] + (1.0 - known[4]) * MADE_UP * made_up[c]))
        }
        None => coarse,
    }
}

/// The next coarser level: sums over 2×2 cells, their weight at most 1.
fn pulled(finer: &Background) -> Background {
    let (width, height) = (finer.width.div_ceil(2), finer.height.div_ceil(2));
    let values = (0..width * height).map(|i| {
        let (x, y) = (i % width * 2, i / width * 2);
        let four = [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)];
        let mut sum = [0.0f32; 5];
        for (x, y) in four.into_iter().filter(|&(x, y)| x < finer.width && y < finer.height) {
            let cell = finer.values[y * finer.width + x];
            (0..5).for_each(|c| sum[c] += cell[c]);
        }
        if sum[4] > 1.0 { whole(sum) } else { sum }
    });
    Cells { side: 2, width, height, values: values.collect() }
}

fn whole(cell: [f32; 5]) -> [f32; 5] {
    if cell[4] > 0.0 { cell.map(|v| v / cell[4]) } else { cell }
}

/// A level with what the coarser one says, read between its cells.
fn pushed(level: &Background, coarse: &Background, join: impl Fn(&[f32; 5], &[f32; 5]) -> [f32; 5] + Sync) -> Background {
    checkpoint();
    let mut out = level.clone();
    out.values.par_chunks_mut(level.width).enumerate().for_each(|(y, row)| {
        let above = Cells::row(coarse, y);
        row.iter_mut().enumerate().for_each(|(x, cell)| *cell = join(cell, &above.at(x)));
    });
    out
}

/// Means over a disc with a smooth rim, `radius` in cells. Cells outside of the picture do not count.
fn disc_mean(cells: &Background, radius: f32) -> Background {
    checkpoint();
    let (width, height) = (cells.width, cells.height);
    let mut sums = vec![[0.0f32; 5]; (width + 1) * height];
    sums.par_chunks_mut(width + 1).zip(cells.values.par_chunks(width)).for_each(|(sums, row)| {
        for (x, cell) in row.iter().enumerate() {
            sums[x + 1] = std::array::from_fn(|c| sums[x][c] + cell[c]);
        }
    });
    let reach = radius.floor() as isize;
    let chord = |dy: isize| (radius * radius - (dy * dy) as f32).max(0.0).sqrt();
    let chords: Vec<(isize, f32)> = (-reach..=reach).map(|dy| (dy, chord(dy))).collect();
    let mut out = Cells { values: vec![[0.0; 5]; width * height], ..*cells };
    let stop = Stop::here();
    out.values.par_chunks_mut(width).enumerate().for_each(|(y, row)| {
        for &(dy, chord) in &chords {
            if stop.is_set() {
                return;
            }
            let Some(from) = y.checked_add_signed(dy).filter(|&from| from < height) else { continue };
            let sums = &sums[from * (width + 1)..(from + 1) * (width + 1)];
            let values = &cells.values[from * width..(from + 1) * width];
            let (half, rest) = (chord as usize, chord.fract());
            for (x, to) in row.iter_mut().enumerate() {
                let (start, end) = (x.saturating_sub(half), (x + half + 1).min(width));
                (0..5).for_each(|c| to[c] += sums[end][c] - sums[start][c]);
                // The cells at both ends of the run count by the part that the disc covers.
                if let Some(left) = x.checked_sub(half + 1) {
                    (0..5).for_each(|c| to[c] += rest * values[left][c]);
                }
                if let Some(right) = values.get(x + half + 1) {
                    (0..5).for_each(|c| to[c] += rest * right[c]);
                }
            }
        }
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gradient_ends_exactly_at_its_colours_and_has_no_bands() {
        // Twelve levels over 600 rows: without dithering there would be bands of 50 rows.
        let (top, bottom) = ([100, 120, 140], [112, 126, 140]);
        let picture = gradient(400, 600, top, bottom);
        let row = |y: u32| -> Vec<[u8; 4]> { (0..400).map(|x| picture.pixel(x, y)).collect() };
        assert!(row(0).iter().all(|p| p[..3] == top) && row(599).iter().all(|p| p[..3] == bottom));
        let mean = |y: u32| row(y).iter().map(|p| f32::from(p[0])).sum::<f32>() / 400.0;
        let means: Vec<f32> = (0..600).map(mean).collect();
        for (y, pair) in means.windows(12).enumerate() {
            assert!((pair[0] - 100.0 - y as f32 * 12.0 / 599.0).abs() < 0.35, "row {y}: {}", pair[0]);
            assert!(pair[11] > pair[0], "it rises within twelve rows, at {y}");
        }
        assert!((0..600).all(|y| row(y).iter().all(|p| (f32::from(p[0]) - means[y as usize]).abs() < 1.0)), "one level of noise at most");
        assert_eq!(gradient(1, 1, top, bottom).pixel(0, 0), [100, 120, 140, 255]);
    }

    #[test]
    fn a_studio_is_brightest_behind_the_subject_and_never_brighter_than_asked() {
        let picture = studio(300, 200, [200, 180, 160], Rect { x: 110, y: 60, width: 80, height: 100 });
        let light = |x, y| u32::from(picture.pixel(x, y)[0]);
        assert!((0..300).all(|x| (0..200).all(|y| light(x, y) <= 200)));
        assert!(light(150, 100) > 190 && light(150, 100) > light(5, 5) + 30 && light(150, 155) > light(295, 195) + 20);
        assert!((1..200).all(|y| light(150, y).abs_diff(light(150, y - 1)) <= 4), "the floor begins softly");
    }

    #[test]
    fn a_picture_of_any_shape_covers_the_whole_area() {
        for (w, h) in [(1, 1), (1, 500), (500, 1), (37, 41), (640, 480), (2000, 10)] {
            let mut picture = Picture::filled(w, h, [10, 200, 30, 255]);
            let middle = (h / 2 * w + w / 2) as usize * 4;
            picture.rgba8_mut()[middle..middle + 4].copy_from_slice(&[10, 200, 31, 255]);
            for (to_w, to_h) in [(300, 200), (7, 90)] {
                let covered = cover(&picture, to_w, to_h);
                assert_eq!((covered.width(), covered.height()), (to_w, to_h));
                assert!(covered.is_opaque() && covered.rgba8().as_chunks::<4>().0.iter().all(|p| p[0] == 10 && p[1] == 200));
            }
        }
        let wide = Picture::from_rgba8(
            300,
            100,
            (0..30_000).flat_map(|i| if (100..200).contains(&(i % 300)) { [9, 9, 9, 255] } else { [250; 4] }).collect(),
        );
        assert_eq!(cover(&wide, 50, 50), Picture::filled(50, 50, [9, 9, 9, 255]), "the middle of it");
    }

    /// A soft red disc before grey that gets lighter to the right.
    fn red_before_grey(side: u32) -> (Picture, Mask) {
        let alpha = |x: u32, y: u32| {
            let d = (f64::from(x) - f64::from(side) / 2.0).hypot(f64::from(y) - f64::from(side) / 2.0);
            ((f64::from(side) / 5.0 - d) / 4.0 + 0.5).clamp(0.0, 1.0)
        };
        let matte = Mask::new(side, side, (0..side * side).map(|i| (alpha(i % side, i / side) * 255.0).round() as u8).collect());
        let grey = |x: u32| 60 + (x * 120 / side) as u8;
        let ground =
            Picture::from_rgba8(side, side, (0..side * side).flat_map(|i| [grey(i % side), grey(i % side), grey(i % side), 255]).collect());
        let red = crate::blend::with_alpha(&Picture::filled(side, side, [220, 10, 10, 255]), &matte);
        (crate::blend::over(&red, &ground), matte)
    }

    #[test]
    fn nothing_of_the_subject_is_in_the_blurred_background() {
        for (side, radius) in [(120, 3.0), (120, 24.0), (300, 24.0), (300, 90.0), (300, 512.0)] {
            let (picture, matte) = red_before_grey(side);
            let ground = out_of_focus(&picture, &matte, radius).unwrap();
            for pixel in ground.rgba8().as_chunks::<4>().0 {
                assert!(pixel[0].abs_diff(pixel[1]) <= 1 && pixel[3] == 255, "{pixel:?} at radius {radius}");
                assert!((58..=182).contains(&pixel[0]), "{pixel:?} at radius {radius}");
            }
        }
    }

    #[test]
    fn a_flat_background_stays_flat_to_the_edge_and_a_point_becomes_a_disc() {
        let mut picture = Picture::filled(101, 101, [90, 120, 150, 255]);
        let nothing = Mask::filled(101, 101, 0);
        assert_eq!(out_of_focus(&picture, &nothing, 20.0).unwrap(), picture);
        picture.rgba8_mut()[(50 * 101 + 50) * 4..][..3].copy_from_slice(&[255; 3]);
        let blurred = out_of_focus(&picture, &nothing, 4.0).unwrap();
        assert!(blurred.pixel(50, 50)[0] > 92 && blurred.pixel(53, 51)[0] > 92, "within the disc");
        assert_eq!(blurred.pixel(50, 56), [90, 120, 150, 255], "outside of it");
    }

    #[test]
    fn a_cut_out_has_no_background_to_blur_and_a_transparent_one_stays_so() {
        let mut cut = Picture::filled(20, 20, [0; 4]);
        cut.rgba8_mut()[..4].copy_from_slice(&[200, 10, 10, 255]);
        let mut matte = Mask::filled(20, 20, 0);
        matte.values_mut()[0] = 255;
        assert!(out_of_focus(&cut, &matte, 5.0).is_none());
        let half = Picture::from_rgba8(40, 10, (0..400).flat_map(|i| if i % 40 < 20 { [50, 60, 70, 255] } else { [0; 4] }).collect());
        let blurred = out_of_focus(&half, &Mask::filled(40, 10, 0), 3.0).unwrap();
        assert_eq!((blurred.pixel(2, 5)[3], blurred.pixel(37, 5)[3]), (255, 0));
        assert!(blurred.rgba8().as_chunks::<4>().0.iter().all(|p| p[3] == 0 || p[0].abs_diff(50) <= 1), "no dark rim");
        let opaque = Picture::filled(8, 8, [1, 2, 3, 255]);
        assert_eq!(out_of_focus(&opaque, &Mask::filled(8, 8, 255), 5.0).unwrap(), opaque, "all subject");
    }
}
