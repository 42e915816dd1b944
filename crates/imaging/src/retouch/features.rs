//! Teeth and eyes.

use crate::cells::Cells;
use crate::colour::{Tables, in_gamut, lab, lab_to_linear};
use crate::mask::Mask;
use crate::picture::Picture;
use crate::polygon::polygon;

use super::Point;

/// An open mouth shows something at least this light (L*) in its lightest tenth.
const TEETH: f32 = 42.0;
/// From the first share of that lightness on it may be a tooth, from the second on it is one.
const TOOTH: (f32, f32) = (0.62, 0.82);
/// Redness (a*) of teeth and of lips and gums.
const RED: (f32, f32) = (9.0, 19.0);
/// What is taken of yellow and red, and what lightness gains, at full strength.
const YELLOW: f32 = 0.65;
const REDDISH: f32 = 0.3;
const LIGHTER: f32 = 7.0;
/// The white of the eye: this light, and of no more chroma.
const WHITE: f32 = 45.0;
const CHROMA: f32 = 18.0;
/// Blur against which an eye gains contrast, as a share of the face's width, and by how much.
const NEAR: f32 = 0.03;
const CLEARER: f32 = 0.7;
const WHITER: f32 = 4.0;

fn ramp(value: f32, (from, to): (f32, f32)) -> f32 {
    ((value - from) / (to - from)).clamp(0.0, 1.0)
}

/// Whitens teeth between the lips; whether any were seen.
pub(super) fn whiten(picture: &mut Picture, mouth: &[Point], strength: f32) -> bool {
    let area = polygon(picture.width(), picture.height(), mouth);
    let Some(lightest) = lightest(picture, &area).filter(|l| strength > 0.0 && *l >= TEETH) else { return false };
    each(picture, &area, |[l, a, b]| {
        let tooth = strength * ramp(l, (TOOTH.0 * lightest, TOOTH.1 * lightest)) * (1.0 - ramp(a, RED));
        let light = (l + tooth * LIGHTER).min(l.max(96.0));
        [light, a - tooth * REDDISH * a.max(0.0), b - tooth * YELLOW * (b - 1.0).max(0.0)]
    });
    true
}

/// L* of the lightest tenth.
fn lightest(picture: &Picture, area: &Mask) -> Option<f32> {
    let (pixels, _) = picture.rgba8().as_chunks::<4>();
    let inside = pixels.iter().zip(area.values()).filter(|(p, v)| **v > 127 && p[3] > 0);
    let mut values: Vec<f32> = inside.map(|(p, _)| lab([p[0], p[1], p[2]])[0]).collect();
    let at = values.len() * 9 / 10;
    (values.len() >= 12).then(|| *values.select_nth_unstable_by(at, f32::total_cmp).1)
}

/// Gives an eye contrast and a clear white.
pub(super) fn clear(picture: &mut Picture, eye: &[Point], scale: f32, strength: f32) {
    let area = polygon(picture.width(), picture.height(), eye);
    let Some(view) = area.bounding_box(0).filter(|_| strength > 0.0) else { return };
    let (part, _) = crate::geometry::crop(picture, view);
    let (pixels, _) = part.rgba8().as_chunks::<4>();
    let light = |i: usize| [lab([pixels[i][0], pixels[i][1], pixels[i][2]])[0]];
    let near = Cells::of((view.width, view.height), 1, light).blurred((NEAR * scale).max(1.0));
    let area = area.cropped(view).feathered((0.006 * scale).round() as u32);
    let mut done = part.clone();
    let mut i = 0;
    let whole = Mask::filled(view.width, view.height, 255);
    each(&mut done, &whole, |[l, a, b]| {
        let share = strength * f32::from(area.values()[i]) / 255.0;
        let white = share * ramp(l, (WHITE, WHITE + 15.0)) * (1.0 - ramp(a.hypot(b), (CHROMA, 1.5 * CHROMA)));
        let light = l + share * CLEARER * (l - near.values[i][0]) + white * WHITER;
        i += 1;
        [light.clamp(l.min(2.0), l.max(97.0)), a * (1.0 - 0.4 * white), b * (1.0 - 0.3 * white)]
    });
    super::paste(picture, &done, view);
}

/// Changes colours in Lab where the area is, and all pixels in order where it is everything.
fn each(picture: &mut Picture, area: &Mask, mut change: impl FnMut([f32; 3]) -> [f32; 3]) {
    let tables = Tables::get();
    let (pixels, _) = picture.rgba8_mut().as_chunks_mut::<4>();
    for (pixel, share) in pixels.iter_mut().zip(area.values()) {
        let before = lab([pixel[0], pixel[1], pixel[2]]);
        if *share == 0 {
            continue;
        }
        let after = change(before);
        if pixel[3] == 0 || after == before {
            continue;
        }
        let new = in_gamut(lab_to_linear(after)).map(|v| tables.srgb8_f(v));
        let share = f32::from(*share) / 255.0;
        (0..3).for_each(|c| pixel[c] = (f32::from(pixel[c]) + share * (f32::from(new[c]) - f32::from(pixel[c]))).round() as u8);
    }
}
