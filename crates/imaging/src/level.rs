//! By how much a picture is tilted, from its straight lines.
//!
//! 1. Line segments: regions of pixels whose gradients agree in direction, grown from the strongest (R. Grompone von Gioi and others, "LSD: A Fast Line
//!    Segment Detector with a False Detection Control", 2010), each with its main axis.
//! 2. Segments near the horizontal and the vertical vote for an angle, weighted by their length. Verticals that lean against each other, as those of a house
//!    seen from below, count by what they have in common: the lean in the middle of the picture.
//! 3. The answer is believed only where enough of the votes agree.

use rayon::prelude::*;

use super::picture::Picture;
use super::resize::resize;
use crate::pace::checkpoint;

/// The side on which lines are looked for, in pixels.
const SIDE_PX: u32 = 1000;
/// Tilts beyond this many degrees are not looked for.
pub const MOST_DEGREES: f64 = 20.0;
/// Change of luma a pixel below which there is no edge.
const LEAST_GRADIENT: f32 = 5.0;
/// Gradients of one line differ by at most this, in radians.
const SPREAD: f32 = 0.39;
/// A segment is at least this long, as a share of the long side.
const LEAST_LENGTH: f64 = 0.035;
/// and this many times longer than wide.
const SLENDER: f64 = 7.0;
/// Width of a vote in degrees (standard deviation).
const VOTE: f64 = 0.35;
/// Votes this near to the answer agree with it.
const AGREES: f64 = 1.0;
/// Steps of the answer before it is refined.
const STEP: f64 = 0.05;

/// What the lines say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tilt {
    /// How far the picture's content is turned clockwise; turning by the negative puts it level.
    pub degrees: f64,
    /// 0..=1: the share of votes that agree, held down where lines are few.
    pub confidence: f64,
}

/// The tilt of a picture; `None` where no line says anything.
pub fn tilt(picture: &Picture) -> Option<Tilt> {
    let plane = Plane::of(picture);
    let segments = segments(&plane);
    let votes: Vec<Vote> = segments.iter().filter_map(|s| Vote::of(s, &plane)).collect();
    decide(&votes, plane.long())
}

/// Luma with what is needed to see edges.
struct Plane {
    width: usize,
    height: usize,
    /// Strength of the gradient; 0 where there is none or where it does not count.
    strength: Vec<f32>,
    /// Its direction in radians.
    direction: Vec<f32>,
}

impl Plane {
    fn of(picture: &Picture) -> Plane {
        checkpoint();
        let long = picture.width().max(picture.height());
        let scaled;
        let picture = if long > SIDE_PX {
            let side = |v: u32| ((u64::from(v) * u64::from(SIDE_PX) / u64::from(long)) as u32).max(1);
            scaled = resize(picture, side(picture.width()), side(picture.height()));
            &scaled
        } else {
            picture
        };
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let (pixels, _) = picture.rgba8().as_chunks::<4>();
        let luma: Vec<f32> = pixels.iter().map(|p| 0.299 * f32::from(p[0]) + 0.587 * f32::from(p[1]) + 0.114 * f32::from(p[2])).collect();
        let luma = crate::finish::blurred(&luma, width, height, 0.8);
        let mut strength = vec![0.0f32; luma.len()];
        let mut direction = vec![0.0f32; luma.len()];
        // The rim is left out: frames and scans have edges there that are no part of the scene.
        let rim = 2 + width.max(height) / 150;
        strength.par_chunks_mut(width).zip(direction.par_chunks_mut(width)).enumerate().for_each(|(y, (strength, direction))| {
            if y < rim || y + rim >= height {
                return;
            }
            for x in rim..width.saturating_sub(rim) {
                let i = y * width + x;
                let at = |dx: isize, dy: isize| luma[(i as isize + dy * width as isize + dx) as usize];
                // Scharr's derivatives, whose direction is the most even.
                let gx = 3.0 * (at(1, -1) - at(-1, -1)) + 10.0 * (at(1, 0) - at(-1, 0)) + 3.0 * (at(1, 1) - at(-1, 1));
                let gy = 3.0 * (at(-1, 1) - at(-1, -1)) + 10.0 * (at(0, 1) - at(0, -1)) + 3.0 * (at(1, 1) - at(1, -1));
                let g = gx.hypot(gy) / 32.0;
                let seen = [i, i - 1, i + 1, i - width, i + width].iter().all(|&j| pixels[j][3] > 250);
                if g >= LEAST_GRADIENT && seen {
                    strength[x] = g;
                    direction[x] = gy.atan2(gx);
                }
            }
        });
        Plane { width, height, strength, direction }
    }

    fn long(&self) -> f64 {
        self.width.max(self.height) as f64
    }
}

/// A straight piece of an edge.
#[derive(Clone, Copy, Debug)]
struct Segment {
    x: f64,
    y: f64,
    /// Direction of the line in degrees, −90..90, clockwise as seen.
    angle: f64,
    length: f64,
}

fn segments(plane: &Plane) -> Vec<Segment> {
    let mut order: Vec<u32> = (0..plane.strength.len() as u32).filter(|&i| plane.strength[i as usize] > 0.0).collect();
    order.sort_by(|&a, &b| plane.strength[b as usize].total_cmp(&plane.strength[a as usize]).then(a.cmp(&b)));
    let mut used = vec![false; plane.strength.len()];
    let least = LEAST_LENGTH * plane.long();
    let mut region = Vec::new();
    let mut found = Vec::new();
    for seed in order {
        if used[seed as usize] {
            continue;
        }
        grow(plane, seed as usize, &mut used, &mut region);
        if region.len() as f64 >= least {
            found.extend(fitted(plane, &region, least));
        }
    }
    found
}

/// The pixels around the seed whose gradients agree with the mean so far.
fn grow(plane: &Plane, seed: usize, used: &mut [bool], region: &mut Vec<usize>) {
    region.clear();
    region.push(seed);
    used[seed] = true;
    let (mut sin, mut cos) = plane.direction[seed].sin_cos();
    let mut next = 0;
    while next < region.len() {
        let at = region[next];
        next += 1;
        let mean = sin.atan2(cos);
        let (x, y) = (at % plane.width, at / plane.width);
        for near in (y - 1..=y + 1).flat_map(|y| (x - 1..=x + 1).map(move |x| y * plane.width + x)) {
            if used[near] || plane.strength[near] == 0.0 || turn(plane.direction[near], mean) > SPREAD {
                continue;
            }
            used[near] = true;
            let (s, c) = plane.direction[near].sin_cos();
            (sin, cos) = (sin + s, cos + c);
            region.push(near);
        }
    }
}

/// The angle between two directions, 0..=π.
fn turn(a: f32, b: f32) -> f32 {
    let d = (a - b).abs() % std::f32::consts::TAU;
    d.min(std::f32::consts::TAU - d)
}

/// The main axis of a region, weighted by strength; `None` where it is short or not slender.
fn fitted(plane: &Plane, region: &[usize], least: f64) -> Option<Segment> {
    let place = |i: usize| ((i % plane.width) as f64 + 0.5, (i / plane.width) as f64 + 0.5);
    let weight = |i: usize| f64::from(plane.strength[i]);
    let total: f64 = region.iter().map(|&i| weight(i)).sum();
    let mean = |f: &dyn Fn(f64, f64) -> f64| region.iter().map(|&i| weight(i) * f(place(i).0, place(i).1)).sum::<f64>() / total;
    let (cx, cy) = (mean(&|x, _| x), mean(&|_, y| y));
    let (xx, yy) = (mean(&|x, _| (x - cx).powi(2)), mean(&|_, y| (y - cy).powi(2)));
    let xy = mean(&|x, y| (x - cx) * (y - cy));
    let angle = 0.5 * (2.0 * xy).atan2(xx - yy);
    let (sin, cos) = angle.sin_cos();
    let (mut low, mut high) = (f64::MAX, f64::MIN);
    for (x, y) in region.iter().map(|&i| place(i)) {
        let along = (x - cx) * cos + (y - cy) * sin;
        (low, high) = (low.min(along), high.max(along));
    }
    let length = high - low;
    let across = (xx * sin * sin - 2.0 * xy * sin * cos + yy * cos * cos).max(0.0).sqrt();
    // A line of even width has √12 times its deviation as its width.
    let slender = length >= SLENDER * 12f64.sqrt() * across.max(0.29);
    let degrees = (angle.to_degrees() + 90.0).rem_euclid(180.0) - 90.0;
    (length >= least && slender).then_some(Segment { x: cx, y: cy, angle: degrees, length })
}

/// What a segment says.
#[derive(Clone, Copy, Debug)]
struct Vote {
    degrees: f64,
    weight: f64,
    vertical: bool,
    /// Across the picture, −1..=1 from its middle: columns for verticals, rows for horizontals.
    place: f64,
}

impl Vote {
    fn of(segment: &Segment, plane: &Plane) -> Option<Vote> {
        let vertical = segment.angle.abs() > 45.0;
        let degrees = if vertical { segment.angle - 90.0 * segment.angle.signum() } else { segment.angle };
        let off = |v: f64, side: usize| 2.0 * v / side as f64 - 1.0;
        let place = if vertical { off(segment.x, plane.width) } else { off(segment.y, plane.height) };
        // Long lines are measured better than short ones and are less often there by chance.
        let weight = segment.length * (segment.length / (0.15 * plane.long())).min(1.0);
        (degrees.abs() <= MOST_DEGREES).then_some(Vote { degrees, weight, vertical, place })
    }
}

fn decide(votes: &[Vote], long: f64) -> Option<Tilt> {
    let lean = lean(votes);
    let degrees: Vec<f64> = votes.iter().map(|v| if v.vertical { v.degrees - lean * v.place } else { v.degrees }).collect();
    let bump = |off: f64| (-off * off / (2.0 * VOTE * VOTE)).exp();
    let votes_for = |angle: f64| -> f64 { degrees.iter().zip(votes).map(|(d, v)| v.weight * bump(d - angle)).sum() };
    let steps = (MOST_DEGREES / STEP) as i32;
    // Pictures are more often tilted a little than a lot.
    let likely = |angle: f64| 1.0 / (1.0 + (angle / 12.0).powi(2));
    let score = |angle: f64| votes_for(angle) * likely(angle);
    let best = (-steps..=steps).map(|i| f64::from(i) * STEP).max_by(|a, b| score(*a).total_cmp(&score(*b)))?;
    let near = degrees.iter().zip(votes).filter(|(d, _)| (*d - best).abs() <= AGREES);
    let (sum, weight) = near.fold((0.0, 0.0), |(sum, weight), (d, v)| {
        let w = v.weight * bump((d - best) / 1.5);
        (sum + w * d, weight + w)
    });
    if weight <= 0.0 {
        return None;
    }
    let agree: f64 = degrees.iter().zip(votes).filter(|(d, _)| (*d - best).abs() <= AGREES).map(|(_, v)| v.weight).sum();
    let all: f64 = votes.iter().map(|v| v.weight).sum();
    // One line across the picture, or several as long together, are enough to believe all of it.
    let enough = (agree / long).min(1.0);
    Some(Tilt { degrees: sum / weight, confidence: agree / all * enough })
}

/// Degrees by which verticals lean outwards at the picture's sides, half of the difference between both: the slope that most weight of verticals agrees on.
fn lean(votes: &[Vote]) -> f64 {
    let verticals: Vec<&Vote> = votes.iter().filter(|v| v.vertical).collect();
    let spread = |slope: f64| -> f64 {
        // How well they agree if they lean like that: the best place of a narrow window.
        let degrees: Vec<(f64, f64)> = verticals.iter().map(|v| (v.degrees - slope * v.place, v.weight)).collect();
        let within = |angle: f64| -> f64 { degrees.iter().map(|(d, w)| w * (1.0 - ((d - angle) / AGREES).powi(2)).max(0.0)).sum() };
        degrees.iter().map(|(d, _)| within(*d)).fold(0.0, f64::max)
    };
    let upright = spread(0.0);
    let (mut best, mut most) = (0.0, upright);
    for slope in (-24..=24).map(|i| f64::from(i) * 0.5) {
        let agree = spread(slope);
        if agree > most {
            (best, most) = (slope, agree);
        }
    }
    // Chance finds some slope for any few lines.
    if most > 1.3 * upright { best } else { 0.0 }
}

/// Width and height of the largest upright rectangle inside a `width`×`height` picture turned by `degrees`, at least 1.
pub fn inside_turned(width: f64, height: f64, degrees: f64) -> (f64, f64) {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (sin, cos) = (sin.abs(), cos.abs());
    let (long, short) = (width.max(height), width.min(height));
    let (w, h) = if short <= 2.0 * sin * cos * long || (sin - cos).abs() < 1e-10 {
        // Two corners touch the longer side, the others are free.
        let half = 0.5 * short;
        if width >= height { (half / sin, half / cos) } else { (half / cos, half / sin) }
    } else {
        let cos2 = cos * cos - sin * sin;
        ((width * cos - height * sin) / cos2, (height * cos - width * sin) / cos2)
    };
    (w.clamp(1.0, width.max(1.0)), h.clamp(1.0, height.max(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{crop, rotate};
    use crate::picture::Rect;

    /// A house wall with windows before a sky, with some texture.
    fn scene(width: u32, height: u32) -> Picture {
        let pixel = |i: u32| {
            let (x, y) = (i % width, i / width);
            let noise = (crate::finish::gauss(5, i64::from(x), i64::from(y)) * 4.0) as i32;
            let level = if y < height / 4 {
                190
            } else if y > height * 4 / 5 {
                70
            } else if x % 120 > 40 && x % 120 < 90 && y % 130 > 30 && y % 130 < 95 {
                60
            } else {
                150
            };
            let v = (level + noise).clamp(0, 255) as u8;
            [v, v, v, 255]
        };
        Picture::from_rgba8(width, height, (0..width * height).flat_map(pixel).collect())
    }

    /// What a camera that is turned the other way sees: no corners.
    fn tilted(picture: &Picture, degrees: f64) -> Picture {
        let turned = rotate(picture, degrees, [0; 4]).0;
        let (w, h) = inside_turned(f64::from(picture.width()), f64::from(picture.height()), degrees);
        let (w, h) = (w as u32 - 4, h as u32 - 4);
        crop(&turned, Rect { x: (turned.width() - w) / 2, y: (turned.height() - h) / 2, width: w, height: h }).0
    }

    #[test]
    fn a_tilted_wall_is_measured_to_a_tenth_of_a_degree() {
        let level = scene(900, 640);
        for degrees in [0.0, 0.4, -1.3, 3.0, -7.2, 12.0, -15.0] {
            let found = tilt(&tilted(&level, degrees)).unwrap();
            assert!((found.degrees - degrees).abs() < 0.1 && found.confidence > 0.6, "{degrees}: {found:?}");
        }
    }

    #[test]
    fn verticals_that_converge_are_told_by_what_they_have_in_common() {
        // Lines towards a point far above the middle.
        let pixel = |i: u32| {
            let (x, y) = (f64::from(i % 800) - 400.0, f64::from(i / 800));
            let foot = x * 3000.0 / (3000.0 - y);
            let v = if (foot / 60.0).floor() as i64 % 2 == 0 { 60 } else { 180 };
            [v, v, v, 255]
        };
        let wall = Picture::from_rgba8(800, 600, (0..800 * 600).flat_map(pixel).collect());
        for degrees in [0.0, 2.5, -4.0] {
            let found = tilt(&tilted(&wall, degrees)).unwrap();
            assert!((found.degrees - degrees).abs() < 0.4, "{degrees}: {found:?}");
        }
    }

    #[test]
    fn what_has_no_lines_is_not_believed() {
        let noise = Picture::from_rgba8(
            300,
            200,
            (0..60_000)
                .flat_map(|i| {
                    let v = (128.0 + 40.0 * crate::finish::gauss(3, i % 300, i / 300)) as u8;
                    [v, v, v, 255]
                })
                .collect(),
        );
        assert!(tilt(&noise).is_none_or(|t| t.confidence < 0.3));
        for flat in [Picture::filled(1, 1, [9; 4]), Picture::filled(1, 5000, [9, 9, 9, 255]), Picture::filled(300, 200, [9, 9, 9, 0])] {
            assert_eq!(tilt(&flat), None);
        }
        let disc = |i: i32| {
            if (f64::from(i % 400) - 200.0).hypot(f64::from(i / 400) - 150.0) < 100.0 { [200, 200, 200, 255] } else { [40, 40, 40, 255] }
        };
        let ball = Picture::from_rgba8(400, 300, (0..120_000).flat_map(disc).collect());
        assert!(tilt(&ball).is_none_or(|t| t.confidence < 0.3), "{:?}", tilt(&ball));
    }

    #[test]
    fn the_largest_rectangle_inside_has_no_corner_of_nothing() {
        let picture = Picture::filled(300, 200, [200, 100, 50, 255]);
        for degrees in [0.5, -3.0, 14.0, 20.0, 44.0, 89.0] {
            let inside = tilted(&picture, degrees);
            assert!(inside.is_opaque(), "{degrees}");
        }
        let (w, h) = inside_turned(300.0, 200.0, 0.0);
        assert_eq!((w, h), (300.0, 200.0));
    }
}
