//! Where the light in a photograph comes from, as far as it can be told: by the shadow that a thing casts, else by the ground around it.

use super::cast::Light;
use super::colour::{Tables, luminance};
use super::mask::Mask;
use super::picture::Picture;

/// A shadow whose middle is this far beside the thing's, as a share of its width, comes from a light that is wholly on the other side.
const SIDEWAYS: f64 = 0.45;
/// Shadows take away at least and at most this share of the light.
const DEPTH: (f32, f32) = (0.30, 0.80);

/// The light on a thing of the picture. `shadow`: what it casts, if that was found. Both masks have the picture's size.
pub fn light_on(picture: &Picture, thing: &Mask, shadow: Option<&Mask>) -> Light {
    let by_ground = Light { side: lit_side(picture, thing), ..Light::default() };
    let (Some(inside), Some(shadow)) = (thing.bounding_box(127), shadow) else { return by_ground };
    let width = shadow.width() as usize;
    let (mut weight, mut sum_x, mut sum_y) = (0.0f64, 0.0f64, 0.0f64);
    for (i, &v) in shadow.values().iter().enumerate().filter(|(_, v)| **v > 127) {
        let v = f64::from(v);
        weight += v;
        sum_x += v * ((i % width) as f64 + 0.5);
        sum_y += v * ((i / width) as f64 + 0.5);
    }
    if weight == 0.0 {
        return by_ground;
    }
    let (x, y) = (sum_x / weight, sum_y / weight);
    let off = (x - f64::from(inside.x) - f64::from(inside.width) / 2.0) / f64::from(inside.width);
    let below = y - f64::from(inside.y + inside.height);
    Light {
        side: (-off / SIDEWAYS).clamp(-1.0, 1.0) as f32,
        from_behind: below > 0.02 * f64::from(inside.height),
        depth: depth_of(picture, thing, shadow).unwrap_or(by_ground.depth),
    }
}

/// How much light the shadow takes away, against the ground right around it.
fn depth_of(picture: &Picture, thing: &Mask, shadow: &Mask) -> Option<f32> {
    let reach = (picture.width().max(picture.height()) / 60).max(4) as i32;
    let around = shadow.grown(reach);
    let median = |inside: &dyn Fn(usize) -> bool| {
        let tables = Tables::get();
        let (pixels, _) = picture.rgba8().as_chunks::<4>();
        let mut values: Vec<f32> = (0..pixels.len())
            .filter(|&i| thing.values()[i] == 0 && inside(i))
            .map(|i| luminance([0, 1, 2].map(|c| tables.linear[usize::from(pixels[i][c])])))
            .collect();
        let at = values.len() / 2;
        (values.len() >= 20).then(|| *values.select_nth_unstable_by(at, f32::total_cmp).1)
    };
    let dark = median(&|i| shadow.values()[i] > 200)?;
    let lit = median(&|i| shadow.values()[i] == 0 && around.values()[i] > 0)?;
    Some((1.0 - dark / lit.max(1e-3)).clamp(DEPTH.0, DEPTH.1))
}

/// Which side the light comes from by the ground around a thing: −1 left … 1 right, 0 where it is about even. `thing` has the picture's size.
pub fn lit_side(picture: &Picture, thing: &Mask) -> f32 {
    let Some(inside) = thing.bounding_box(127) else { return 0.0 };
    let tables = Tables::get();
    let reach = inside.width.max(inside.height);
    let (left, right) = (inside.x.saturating_sub(reach), (inside.x + inside.width + reach).min(picture.width()));
    // Beside its lower half and below: the ground.
    let (top, bottom) = (inside.y + inside.height / 2, (inside.y + inside.height + reach / 2).min(picture.height()));
    let centre = f64::from(inside.x) + f64::from(inside.width) / 2.0;
    let step = (((f64::from(right - left) * f64::from(bottom.saturating_sub(top))) / 40_000.0).sqrt().ceil() as usize).max(1);
    // The same distance on both sides, or a wall at one end would count as light.
    let half = (centre - f64::from(left)).min(f64::from(right) - centre);
    let mut sides: [Vec<f32>; 2] = [vec![], vec![]];
    for y in (top..bottom).step_by(step) {
        for x in (left..right).step_by(step) {
            let off = f64::from(x) + 0.5 - centre;
            let [r, g, b, a] = picture.pixel(x, y);
            if a < 250 || thing.at(x, y) > 0 || off.abs() > half {
                continue;
            }
            let light = luminance([r, g, b].map(|v| tables.linear[usize::from(v)])) + 0.004;
            sides[usize::from(off > 0.0)].push(light.ln());
        }
    }
    if sides.iter().any(|s| s.len() < 50) {
        return 0.0;
    }
    let [left, right] = sides.map(|mut s| {
        let at = s.len() / 2;
        *s.select_nth_unstable_by(at, f32::total_cmp).1
    });
    let off = right - left;
    // A difference of a seventh may be anything, from twice as bright on it is the light.
    ((off.abs() - 0.15) / 0.55).clamp(0.0, 1.0) * off.signum()
}

#[cfg(test)]
mod tests {
    use super::super::finish::noisy;
    use super::*;

    #[test]
    fn the_brighter_side_of_the_ground_is_where_the_light_comes_from() {
        let ground = |toward_right: bool| {
            let bytes = (0..200 * 100).flat_map(|i| {
                let x = if toward_right { i % 200 } else { 199 - i % 200 };
                let v = (60 + x * 150 / 200) as u8;
                [v, v, v, 255]
            });
            Picture::from_rgba8(200, 100, bytes.collect())
        };
        let mut thing = Mask::filled(200, 100, 0);
        (30..60).for_each(|y| (85..115).for_each(|x| thing.values_mut()[y * 200 + x] = 255));
        let (right, left) = (lit_side(&ground(true), &thing), lit_side(&ground(false), &thing));
        assert!(right > 0.3 && (right + left).abs() < 0.05, "{right} {left}");
        assert_eq!(lit_side(&noisy([120; 3], 10), &Mask::filled(128, 128, 0)), 0.0);
    }

    #[test]
    fn a_cast_shadow_tells_the_side_and_mirrors() {
        let picture = Picture::filled(200, 100, [180, 180, 180, 255]);
        let block = |x0: usize, x1: usize, y0: usize, y1: usize| {
            let inside = |i: usize| (x0..x1).contains(&(i % 200)) && (y0..y1).contains(&(i / 200));
            Mask::new(200, 100, (0..20_000).map(|i| if inside(i) { 255 } else { 0 }).collect())
        };
        let thing = block(80, 120, 20, 70);
        let right = light_on(&picture, &thing, Some(&block(120, 160, 62, 70)));
        let left = light_on(&picture, &thing, Some(&block(40, 80, 62, 70)));
        assert!(right.side < -0.8 && (right.side + left.side).abs() < 1e-3 && !right.from_behind);
        assert!(light_on(&picture, &thing, Some(&block(80, 120, 72, 90))).from_behind);
    }
}
