//! The pixels that belong to a line: from its middle outwards as long as they stand out as it does.

use super::plane::Plane;
use super::trace::{Line, unit};
use crate::Mask;

/// A pixel belongs to the line from this share of its contrast on.
const SHARE: f32 = 0.33;
/// At most so far from the middle, in pixels: half the median's window and one more.
const REACH: f32 = 5.0;
/// Points over which contrast is smoothed, to either side.
const SMOOTH: usize = 12;
/// A line is left out where so much of it is marked.
const DRAWN: f32 = 0.6;
/// Levels; where a wide line is fainter it has a gap.
const LEAST_CONTRAST: f32 = 6.0;

/// Marks lines of the full size with 255.
pub(super) fn thin(plane: &Plane, lines: &[&Line], out: &mut [u8]) {
    for line in lines {
        draw(plane, line, out);
    }
}

/// Marks lines that were found on a smaller plane, halved so many times: on the full size, for each point, what is nearer in tone to the line than to what lies
/// beside it.
pub(super) fn wide(plane: &Plane, (small, halvings): (&Plane, u32), lines: &[&Line], out: &mut [u8]) {
    let factor = (1u32 << halvings) as f32;
    let marked = Mask::new(plane.width as u32, plane.height as u32, out.to_vec()).grown(factor as i32);
    for line in lines.iter().filter(|line| !is_drawn(plane, factor, line, &marked)) {
        let n = line.points.len();
        let sign = if line.bright { 1.0 } else { -1.0 };
        let sections: Vec<Section> = (0..n).map(|i| Section::of(small, line, i, sign)).collect();
        for i in 0..n {
            let near = &sections[i.saturating_sub(SMOOTH / 2)..(i + SMOOTH / 2 + 1).min(n)];
            let middle_of = |f: &dyn Fn(&Section) -> f32| {
                let mut values: Vec<f32> = near.iter().map(f).collect();
                values.sort_by(f32::total_cmp);
                values[values.len() / 2]
            };
            let (side, tone, half) = (middle_of(&|s| s.side), middle_of(&|s| s.middle), middle_of(&|s| s.half));
            if (tone - side) * sign < LEAST_CONTRAST {
                continue;
            }
            let ((x, y), (nx, ny)) = (line.points[i], across(line, i));
            let (x, y) = ((x + 0.5) * factor - 0.5, (y + 0.5) * factor - 0.5);
            let belongs = |px: f32, py: f32| {
                let (px, py) = (px.round(), py.round());
                let inside = px >= 0.0 && py >= 0.0 && px < plane.width as f32 && py < plane.height as f32;
                let pixel = if inside { py as usize * plane.width + px as usize } else { 0 };
                (inside && (f32::from(plane.luma[pixel]) - side) * sign > SHARE * (tone - side) * sign).then_some(pixel)
            };
            // Outwards from the middle, over cracks of a pixel of the small plane.
            for along in steps(-0.6 * factor, 0.6 * factor) {
                for way in [-1.0, 1.0] {
                    let mut missed = 0.0;
                    for offset in steps(0.0, (half + 1.0) * factor) {
                        let away = offset * way;
                        match belongs(x + nx * away + ny * along, y + ny * away - nx * along) {
                            Some(pixel) => (out[pixel], missed) = (255, 0.0),
                            None => missed += 0.5,
                        }
                        if missed > factor {
                            break;
                        }
                    }
                }
            }
        }
    }
}

fn steps(from: f32, to: f32) -> impl Iterator<Item = f32> {
    (0..=((to - from) * 2.0) as i32).map(move |s| from + s as f32 / 2.0)
}

/// Whether most of a line is marked already: a thin line is seen on smaller planes too.
fn is_drawn(plane: &Plane, factor: f32, line: &Line, marked: &Mask) -> bool {
    let marked = line.points.iter().filter(|p| {
        let at = |v: f32, most: usize| (((v + 0.5) * factor - 0.5).round().max(0.0) as usize).min(most - 1);
        marked.at(at(p.0, plane.width) as u32, at(p.1, plane.height) as u32) > 0
    });
    marked.count() as f32 > DRAWN * line.points.len() as f32
}

/// The tones across a wide line, and half its width; on the small plane.
struct Section {
    middle: f32,
    side: f32,
    half: f32,
}

impl Section {
    fn of(small: &Plane, line: &Line, i: usize, sign: f32) -> Section {
        let ((x, y), (nx, ny)) = (line.points[i], across(line, i));
        let at = |offset: f32| f32::from(small.at(x + nx * offset, y + ny * offset));
        let middle = [-1.0, 0.0, 1.0].map(|o| at(o) * sign).into_iter().fold(f32::MIN, f32::max) * sign;
        let mut sides: Vec<f32> = [4.0, 5.0, 6.0].iter().flat_map(|&o| [at(o), at(-o)]).collect();
        sides.sort_by(f32::total_cmp);
        let side = (sides[2] + sides[3]) / 2.0;
        let out = |way: f32| {
            (1..=REACH as i32).take_while(|&o| (at(o as f32 * way) - side) * sign > SHARE * (middle - side) * sign).count() as f32
        };
        Section { middle, side, half: out(1.0).max(out(-1.0)) }
    }
}

/// The unit vector across a line at one of its points.
fn across(line: &Line, i: usize) -> (f32, f32) {
    let n = line.points.len();
    let (a, b) = (line.points[i.saturating_sub(5)], line.points[(i + 5).min(n - 1)]);
    let (tx, ty) = unit((b.0 - a.0, b.1 - a.1));
    (-ty, tx)
}

fn draw(plane: &Plane, line: &Line, out: &mut [u8]) {
    let n = line.points.len();
    let sign = if line.bright { 1 } else { -1 };
    let thin = |x: f32, y: f32| {
        let (x, y) = (x.round(), y.round());
        let inside = x >= 0.0 && y >= 0.0 && x < plane.width as f32 && y < plane.height as f32;
        inside.then(|| {
            let i = y as usize * plane.width + x as usize;
            (i, f32::from(plane.thin[i] * sign))
        })
    };
    // Where in the cross-section it stands out most, and how much.
    let best: Vec<(f32, f32)> = (0..n)
        .map(|i| {
            let ((x, y), (nx, ny)) = (line.points[i], across(line, i));
            let values = (-4..=4).map(|o| o as f32 * 0.5).map(|o| (thin(x + nx * o, y + ny * o).map_or(0.0, |v| v.1) - 0.1 * o.abs(), o));
            values.fold((f32::MIN, 0.0), |best, v| if v.0 > best.0 { v } else { best })
        })
        .collect();
    for i in 0..n {
        let mut near: Vec<f32> = best[i.saturating_sub(SMOOTH)..(i + SMOOTH + 1).min(n)].iter().map(|b| b.0).collect();
        near.sort_by(f32::total_cmp);
        let least = (SHARE * near[near.len() / 2]).max(2.0);
        let ((x, y), (nx, ny)) = (line.points[i], across(line, i));
        for way in [-1.0, 1.0] {
            let mut offset = best[i].1;
            while let Some((pixel, value)) = thin(x + nx * offset, y + ny * offset)
                && value >= least
                && (offset - best[i].1).abs() <= REACH
            {
                out[pixel] = 255;
                offset += 0.5 * way;
            }
        }
    }
}
