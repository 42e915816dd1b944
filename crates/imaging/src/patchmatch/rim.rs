//! The very last: steps at the hole's border that neither the surroundings nor the copies have. Where a copy does not meet the picture, its level is
//! drawn towards the picture's within a narrow band inside the hole, so that no hard line follows the border. Only what neighbouring border pixels have in
//! common is drawn, so that grain stays, and only what goes beyond the steps that are usual around; an edge that the copy has at this place, too, stays.

use super::grain::boxed;
use super::level::{State, Window};
use super::seam::Copies;
use super::{Cancelled, Stop};
use crate::pace::checkpoint;

/// The band inside the border in which levels change.
const BAND: usize = 6;
/// Border pixels this far along have something in common.
const ALONG: usize = 3;
/// Steps up to this far from the border say what is usual around.
const AROUND: usize = 12;
/// Where the mean step at the border is no more than this times the usual one, nothing shows.
const SHOWS: f32 = 1.15;
/// This share of the usual step is left.
const LEFT: f32 = 0.75;
/// Steps of the copy that are so many times the usual one are an edge.
const EDGE: f32 = 1.5;

type Three = [f32; 3];

/// The hole's pixels (in the order of `copies.holes`) with the steps at its border eased.
pub fn eased(copies: &Copies<'_>, mut filled: Vec<[u8; 4]>, stop: Stop<'_>) -> Result<Vec<[u8; 4]>, Cancelled> {
    checkpoint();
    stop.check()?;
    if filled.is_empty() {
        return Ok(filled);
    }
    let view = View::of(copies, &filled);
    let usual = view.usual();
    stop.check()?;
    let rim = view.rim(copies, &filled, &usual);
    if rim.shown <= SHOWS {
        return Ok(filled);
    }
    let drawn = view.inwards(&rim, stop)?;
    for (&p, value) in copies.holes.iter().zip(&mut filled) {
        let by = drawn[view.at(p as usize % copies.width, p as usize / copies.width)];
        for (v, by) in value.iter_mut().zip(by) {
            *v = (f32::from(*v) + by).clamp(0.0, 255.0).round() as u8;
        }
    }
    Ok(filled)
}

/// The filled hole and a little around it.
struct View {
    window: Window,
    colour: Vec<[u8; 4]>,
    state: Vec<State>,
    /// Number of each hole pixel in `Copies::holes`.
    number: Vec<u32>,
}

/// The pixels of the hole that touch what is known.
struct Rim {
    /// Place in the view, and by how much its level has to change.
    pixels: Vec<(usize, Three)>,
    /// The mean brightness step across the border over the usual one.
    shown: f32,
}

impl View {
    fn of(copies: &Copies<'_>, filled: &[[u8; 4]]) -> View {
        let window = copies.window(AROUND + 1);
        let (x, y) = (window.x, window.y);
        let pixels = (0..window.width * window.height).map(|k| (y + k / window.width) * copies.width + x + k % window.width);
        let (colour, state) = pixels.map(|i| (copies.pixels[i], copies.state[i])).unzip();
        let mut view = View { window, number: vec![u32::MAX; window.width * window.height], colour, state };
        for (k, (&p, &value)) in copies.holes.iter().zip(filled).enumerate() {
            let at = view.at(p as usize % copies.width, p as usize / copies.width);
            view.colour[at] = value;
            view.number[at] = k as u32;
        }
        view
    }

    fn at(&self, x: usize, y: usize) -> usize {
        (y - self.window.y) * self.window.width + x - self.window.x
    }

    /// Neighbours to the left, right, above and below, with the step to them in the view and the same in a crop of another width.
    fn beside(&self, k: usize, width: usize) -> impl Iterator<Item = (usize, i64)> {
        let (across, down) = (self.window.width, self.window.height);
        let (x, y, width) = (k % across, k / across, width as i64);
        let inside = [x > 0, x + 1 < across, y > 0, y + 1 < down];
        let places = [k.wrapping_sub(1), k + 1, k.wrapping_sub(across), k + across];
        inside.into_iter().zip(places.into_iter().zip([-1, 1, -width, width])).filter_map(|(inside, place)| inside.then_some(place))
    }

    /// The mean step between known neighbours around each pixel, the mean of the channels; 0 where none are near.
    fn usual(&self) -> Vec<f32> {
        let across = self.window.width;
        let (mut sum, mut count) = (vec![0.0f32; self.state.len()], vec![0.0f32; self.state.len()]);
        for k in (0..self.state.len()).filter(|&k| self.state[k] == State::Source) {
            for (inside, q) in [((k + 1) % across != 0, k + 1), (true, k + across)] {
                if inside && self.state.get(q) == Some(&State::Source) {
                    sum[k] += step(&self.colour[k], &self.colour[q]).iter().map(|v| v.abs()).sum::<f32>() / 3.0;
                    count[k] += 1.0;
                }
            }
        }
        let (sum, count) = (boxed(&sum, across, AROUND), boxed(&count, across, AROUND));
        sum.iter().zip(&count).map(|(s, n)| if *n > 0.5 { s / n } else { 0.0 }).collect()
    }

    fn rim(&self, copies: &Copies<'_>, filled: &[[u8; 4]], usual: &[f32]) -> Rim {
        // For each pixel of the rim the step to what is known beside, and the step that its copy has there.
        let mut steps: Vec<(usize, [Three; 2])> = vec![];
        let (mut across, mut around) = (0.0, 0.0);
        for (k, &number) in self.number.iter().enumerate().filter(|(_, n)| **n != u32::MAX) {
            let (own, value) = (copies.sources[number as usize], &filled[number as usize]);
            let (mut sum, mut count) = ([[0.0; 3]; 2], 0.0);
            for (q, along) in self.beside(k, copies.width).filter(|&(q, _)| self.state[q] == State::Source) {
                let seen = step(value, &self.colour[q]);
                let has = copies.seen(i64::from(own) + along).map_or([0.0; 3], |there| step(&copies.pixels[own as usize], there));
                for c in 0..3 {
                    sum[0][c] += seen[c];
                    sum[1][c] += has[c];
                }
                across += seen.iter().map(|v| v.abs()).sum::<f32>() / 3.0;
                around += usual[k];
                count += 1.0;
            }
            if count > 0.0 {
                steps.push((k, sum.map(|of| of.map(|s| s / count))));
            }
        }
        Rim { pixels: self.in_common(&steps, usual), shown: if around > 0.0 { across / around } else { 0.0 } }
    }

    /// What the steps along the border have in common, the copies have not, and goes beyond the usual.
    fn in_common(&self, steps: &[(usize, [Three; 2])], usual: &[f32]) -> Vec<(usize, Three)> {
        let along = |value: &dyn Fn(&[Three; 2]) -> f32| {
            let mut sums = vec![0.0; self.state.len()];
            steps.iter().for_each(|(k, of)| sums[*k] = value(of));
            boxed(&sums, self.window.width, ALONG)
        };
        let count = along(&|_| 1.0);
        let [seen, has] = [0, 1].map(|which| [0, 1, 2].map(|c| along(&|of: &[Three; 2]| of[which][c])));
        let draw = |&(k, _): &(usize, [Three; 2])| {
            let mean = |sums: &[Vec<f32>; 3], c: usize| sums[c][k] / count[k].max(1.0);
            let edge = |v: f32| if v.abs() > EDGE * usual[k] { v } else { 0.0 };
            let common: Three = std::array::from_fn(|c| unexplained(mean(&seen, c), edge(mean(&has, c))));
            let most = common.iter().fold(0.0f32, |m, v| m.max(v.abs()));
            let beyond = if most > 0.0 { (1.0 - LEFT * usual[k] / most).max(0.0) } else { 0.0 };
            (k, common.map(|v| v * beyond))
        };
        steps.iter().map(draw).collect()
    }

    /// The changes of the rim carried into the band, weaker the deeper: each pixel has the mean of its neighbours one step nearer to the border.
    fn inwards(&self, rim: &Rim, stop: Stop<'_>) -> Result<Vec<Three>, Cancelled> {
        let across = self.window.width;
        let mut drawn = vec![[0.0; 3]; self.state.len()];
        let mut depth = vec![0u8; self.state.len()];
        let mut front: Vec<usize> = rim.pixels.iter().map(|(k, _)| *k).collect();
        rim.pixels.iter().for_each(|(k, steps)| (drawn[*k], depth[*k]) = (*steps, 1));
        for deeper in 2..=BAND as u8 {
            stop.check()?;
            let mut next = vec![];
            for &k in &front {
                for (q, _) in self.beside(k, across) {
                    if self.number[q] != u32::MAX && depth[q] == 0 {
                        depth[q] = deeper;
                        next.push(q);
                    }
                }
            }
            for &k in &next {
                let (mut sum, mut count) = ([0.0; 3], 0.0);
                for q in self.around(k).filter(|&q| depth[q] + 1 == deeper) {
                    (0..3).for_each(|c| sum[c] += drawn[q][c]);
                    count += 1.0;
                }
                drawn[k] = sum.map(|s| s / f32::max(count, 1.0));
            }
            front = next;
        }
        let fade = |d: u8| (1.0 - (f32::from(d) - 1.0) / BAND as f32).max(0.0).powf(1.5);
        drawn.iter_mut().zip(&depth).filter(|(_, d)| **d > 0).for_each(|(v, d)| *v = v.map(|v| v * fade(*d)));
        Ok(drawn)
    }

    /// The eight around.
    fn around(&self, k: usize) -> impl Iterator<Item = usize> {
        let (across, down) = (self.window.width, self.window.height);
        let (x, y) = (k % across, k / across);
        let rows = y.saturating_sub(1)..(y + 2).min(down);
        rows.flat_map(move |y| (x.saturating_sub(1)..(x + 2).min(across)).map(move |x| y * across + x)).filter(move |q| *q != k)
    }
}

fn step(from: &[u8; 4], to: &[u8; 4]) -> Three {
    std::array::from_fn(|c| f32::from(to[c]) - f32::from(from[c]))
}

/// The part of a step that the copy does not have at this place.
fn unexplained(seen: f32, has: f32) -> f32 {
    let beyond = seen - has;
    if beyond * seen <= 0.0 {
        return 0.0;
    }
    if beyond.abs() < seen.abs() { beyond } else { seen }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patchmatch::search::Noise;

    const WIDTH: usize = 100;
    const HEIGHT: usize = 80;

    fn in_hole(i: usize) -> bool {
        (40..60).contains(&(i % WIDTH)) && (30..50).contains(&(i / WIDTH))
    }

    /// The picture with a hole that is copied from 30 pixels to the left, eased, beside what was laid.
    fn eased_copy(value: impl Fn(usize) -> u8) -> (Vec<[u8; 4]>, Vec<[u8; 4]>, Vec<u32>) {
        let pixels: Vec<[u8; 4]> = (0..WIDTH * HEIGHT).map(|i| [value(i), value(i), value(i), 255]).collect();
        let state: Vec<State> = (0..WIDTH * HEIGHT).map(|i| if in_hole(i) { State::Hole } else { State::Source }).collect();
        let holes: Vec<u32> = (0..WIDTH * HEIGHT).filter(|&i| in_hole(i)).map(|i| i as u32).collect();
        let sources: Vec<u32> = holes.iter().map(|p| p - 30).collect();
        let copies = Copies { width: WIDTH, height: HEIGHT, pixels: &pixels, state: &state, holes: &holes, sources: &sources };
        let laid: Vec<[u8; 4]> = sources.iter().map(|&s| pixels[s as usize]).collect();
        (laid.clone(), eased(&copies, laid, Stop(&|| false)).unwrap(), holes)
    }

    fn noise(i: usize) -> u8 {
        (Noise::new(7, i as u64).next() % 9) as u8
    }

    #[test]
    fn a_step_that_the_copy_does_not_have_fades_within_a_narrow_band() {
        // Darker on the left, where the copy comes from.
        let (laid, eased, holes) = eased_copy(|i| if i % WIDTH < 35 { 80 + noise(i) } else { 140 + noise(i) });
        for ((&p, before), after) in holes.iter().zip(&laid).zip(&eased) {
            let (x, y) = (p as usize % WIDTH, p as usize / WIDTH);
            let depth = (x - 40).min(59 - x).min(y - 30).min(49 - y);
            match depth {
                0 => assert!(after[0] > 115, "{x},{y}: {before:?} became {after:?}"),
                d if d >= BAND => assert_eq!(before, after, "{x},{y}"),
                _ => assert!(after[0] >= before[0] && after[3] == 255),
            }
        }
    }

    #[test]
    fn a_copy_that_meets_the_picture_is_left_alone() {
        let (laid, eased, _) = eased_copy(|i| 100 + noise(i));
        assert_eq!(laid, eased);
    }

    #[test]
    fn an_edge_along_the_border_that_the_copy_has_too_stays() {
        // Stripes that repeat after 30 pixels, with an edge where the hole begins.
        let (laid, eased, _) = eased_copy(|i| if (i % WIDTH + 20) % 30 < 15 { 60 + noise(i) } else { 180 + noise(i) });
        assert_eq!(laid, eased);
    }
}
