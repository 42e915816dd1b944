//! Middles of line pieces linked to long smooth lines.

use std::collections::HashMap;

use super::Cancelled;
use super::ridge::{DIRECTIONS, Ridges};

/// Fewer points make no line.
const LEAST_POINTS: usize = 14;
/// The next point is looked for so far ahead, in pixels, and so far beside; where there is none, once more so far.
const STEP: f32 = 4.0;
const LEAP: f32 = 14.0;
/// Two lines are one when the gap between their ends is so many times the shorter one, and no more pixels than this.
const GAP_SHARE: f32 = 0.7;
const GAP: f32 = 60.0;
/// … and when both point at each other to within this angle, in radians.
const APART: f32 = 0.16;
/// Points whose direction counts as the line's.
const TAIL: usize = 10;

/// A line, point after point, about one for each pixel of its length.
pub(super) struct Line {
    pub points: Vec<(f32, f32)>,
    pub bright: bool,
}

impl Line {
    /// Where it leads at its end (the last point), as a unit vector.
    fn heading(&self, at_end: bool) -> (f32, f32) {
        let n = self.points.len();
        let far = (n - 1).min(4 * TAIL);
        let (a, b) = if at_end { (self.points[n - 1 - far], self.points[n - 1]) } else { (self.points[far], self.points[0]) };
        unit((b.0 - a.0, b.1 - a.1))
    }

    fn end(&self, at_end: bool) -> (f32, f32) {
        if at_end { self.points[self.points.len() - 1] } else { self.points[0] }
    }
}

pub(super) fn unit((x, y): (f32, f32)) -> (f32, f32) {
    let length = x.hypot(y).max(1e-6);
    (x / length, y / length)
}

/// All lines, strongest first. `None` when cancelled.
pub(super) fn lines(ridges: &Ridges, cancelled: Cancelled<'_>) -> Option<Vec<Line>> {
    let mut seeds: Vec<u32> = (0..ridges.support.len() as u32).filter(|&i| ridges.support[i as usize] != 0.0).collect();
    seeds.sort_by(|&a, &b| ridges.support[b as usize].abs().total_cmp(&ridges.support[a as usize].abs()).then(a.cmp(&b)));
    let mut tracer = Tracer { ridges, used: vec![false; ridges.support.len()] };
    let mut lines = vec![];
    for (count, seed) in seeds.into_iter().enumerate() {
        if count % 4096 == 0 && cancelled() {
            return None;
        }
        if !tracer.used[seed as usize]
            && let Some(line) = tracer.line(seed as usize)
        {
            lines.push(line);
        }
    }
    Some(joined(lines))
}

struct Tracer<'a> {
    ridges: &'a Ridges,
    used: Vec<bool>,
}

impl Tracer<'_> {
    fn line(&mut self, seed: usize) -> Option<Line> {
        let bright = self.ridges.support[seed] > 0.0;
        let start = ((seed % self.ridges.width) as f32, (seed / self.ridges.width) as f32);
        let angle = f32::from(self.ridges.direction[seed]) * std::f32::consts::PI / DIRECTIONS as f32;
        let ahead = (angle.cos(), angle.sin());
        self.used[seed] = true;
        let mut points = self.walk(start, (-ahead.0, -ahead.1), bright);
        points.reverse();
        points.push(start);
        points.extend(self.walk(start, ahead, bright));
        (points.len() >= LEAST_POINTS).then(|| Line { points: even(&points), bright })
    }

    /// The points that follow in a direction.
    fn walk(&mut self, start: (f32, f32), ahead: (f32, f32), bright: bool) -> Vec<(f32, f32)> {
        let mut points = vec![start];
        let mut heading = ahead;
        while let Some(next) = self.next(points[points.len() - 1], heading, bright) {
            self.take(points[points.len() - 1], next);
            points.push(next);
            let n = points.len();
            let back = points[n - 1 - (n - 1).min(TAIL)];
            let along = unit((next.0 - back.0, next.1 - back.1));
            // The first few points say little about where it leads.
            let trust = (n as f32 / TAIL as f32).min(1.0);
            heading = unit((heading.0 + (along.0 - heading.0) * trust, heading.1 + (along.1 - heading.1) * trust));
        }
        points.remove(0);
        points
    }

    fn next(&self, at: (f32, f32), heading: (f32, f32), bright: bool) -> Option<(f32, f32)> {
        self.nearest(at, heading, bright, STEP).or_else(|| self.nearest(at, heading, bright, LEAP))
    }

    /// The nearest unused middle of the same kind ahead.
    fn nearest(&self, at: (f32, f32), heading: (f32, f32), bright: bool, reach: f32) -> Option<(f32, f32)> {
        let r = reach as i32;
        let mut best: Option<(f32, (f32, f32))> = None;
        for dy in -r..=r {
            for dx in -r..=r {
                let (fx, fy) = (dx as f32, dy as f32);
                let along = fx * heading.0 + fy * heading.1;
                let across = (fy * heading.0 - fx * heading.1).abs();
                if along < 0.7 || along > reach || across > 1.2 + 0.12 * along {
                    continue;
                }
                let (x, y) = (at.0 as i32 + dx, at.1 as i32 + dy);
                if x < 0 || y < 0 || x >= self.ridges.width as i32 || y >= self.ridges.height as i32 {
                    continue;
                }
                let i = y as usize * self.ridges.width + x as usize;
                let support = self.ridges.support[i];
                if self.used[i] || support == 0.0 || (support > 0.0) != bright || !self.leads(i, heading) {
                    continue;
                }
                let cost = along + 2.0 * across;
                if best.is_none_or(|(least, _)| cost < least) {
                    best = Some((cost, (x as f32, y as f32)));
                }
            }
        }
        best.map(|(_, point)| point)
    }

    /// Whether the piece there lies along the heading.
    fn leads(&self, i: usize, heading: (f32, f32)) -> bool {
        let angle = f32::from(self.ridges.direction[i]) * std::f32::consts::PI / DIRECTIONS as f32;
        (angle.cos() * heading.0 + angle.sin() * heading.1).abs() > 0.9
    }

    /// Nothing beside the way is a line of its own.
    fn take(&mut self, from: (f32, f32), to: (f32, f32)) {
        let steps = (to.0 - from.0).hypot(to.1 - from.1).ceil().max(1.0);
        for s in 0..=steps as usize {
            let f = s as f32 / steps;
            let (x, y) = ((from.0 + (to.0 - from.0) * f).round() as i32, (from.1 + (to.1 - from.1) * f).round() as i32);
            for py in y - 1..=y + 1 {
                for px in x - 1..=x + 1 {
                    if px >= 0 && py >= 0 && px < self.ridges.width as i32 && py < self.ridges.height as i32 {
                        self.used[py as usize * self.ridges.width + px as usize] = true;
                    }
                }
            }
        }
    }
}

/// One point for each pixel of length, without the steps of the pixel grid.
fn even(points: &[(f32, f32)]) -> Vec<(f32, f32)> {
    let mut dense = vec![points[0]];
    for pair in points.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let steps = (b.0 - a.0).hypot(b.1 - a.1).round().max(1.0) as usize;
        dense.extend((1..=steps).map(|s| (a.0 + (b.0 - a.0) * s as f32 / steps as f32, a.1 + (b.1 - a.1) * s as f32 / steps as f32)));
    }
    let n = dense.len();
    let mean = |i: usize| {
        let r = 3.min(i).min(n - 1 - i);
        let near = &dense[i - r..=i + r];
        let count = near.len() as f32;
        (near.iter().map(|p| p.0).sum::<f32>() / count, near.iter().map(|p| p.1).sum::<f32>() / count)
    };
    (0..n).map(mean).collect()
}

/// Two ends that fit together.
struct Bond {
    gap: f32,
    /// Line and whether its last point is meant.
    ends: [(usize, bool); 2],
}

/// Lines that go on in each other become one; the smallest gaps are bridged first.
fn joined(lines: Vec<Line>) -> Vec<Line> {
    let mut bonds = bonds(&lines);
    bonds.sort_by(|a, b| a.gap.total_cmp(&b.gap).then(a.ends.cmp(&b.ends)));
    // For each end the one that it is bound to.
    let mut bound: Vec<[Option<(usize, bool)>; 2]> = vec![[None; 2]; lines.len()];
    let mut chains: Vec<usize> = (0..lines.len()).collect();
    for Bond { ends: [a, b], .. } in bonds {
        let free = bound[a.0][usize::from(a.1)].is_none() && bound[b.0][usize::from(b.1)].is_none();
        let (chain, other) = (chain_of(&mut chains, a.0), chain_of(&mut chains, b.0));
        if free && chain != other {
            chains[other] = chain;
            (bound[a.0][usize::from(a.1)], bound[b.0][usize::from(b.1)]) = (Some(b), Some(a));
        }
    }
    let mut taken = vec![false; lines.len()];
    let mut out = vec![];
    for first in 0..lines.len() {
        // A chain is read from the end that is bound to nothing.
        for at_end in [false, true] {
            if !taken[first] && bound[first][usize::from(at_end)].is_none() {
                out.push(read(&lines, &bound, (first, at_end), &mut taken));
            }
        }
    }
    out
}

fn chain_of(chains: &mut [usize], mut i: usize) -> usize {
    while chains[i] != i {
        chains[i] = chains[chains[i]];
        i = chains[i];
    }
    i
}

/// The chain that begins at a free end.
fn read(lines: &[Line], bound: &[[Option<(usize, bool)>; 2]], start: (usize, bool), taken: &mut [bool]) -> Line {
    let mut points: Vec<(f32, f32)> = vec![];
    let mut next = Some(start);
    while let Some((line, from_end)) = next {
        taken[line] = true;
        let mut own = lines[line].points.clone();
        if from_end {
            own.reverse();
        }
        if let Some(&last) = points.last() {
            let bridge = even(&[last, own[0]]);
            points.extend(&bridge[1..bridge.len() - 1]);
        }
        points.append(&mut own);
        next = bound[line][usize::from(!from_end)];
    }
    Line { points, bright: lines[start.0].bright }
}

/// All pairs of ends that could be one line.
fn bonds(lines: &[Line]) -> Vec<Bond> {
    let cell = |(x, y): (f32, f32)| ((x / GAP) as i32, (y / GAP) as i32);
    let mut places: HashMap<(i32, i32), Vec<(usize, bool)>> = HashMap::new();
    for (i, line) in lines.iter().enumerate() {
        for at_end in [false, true] {
            places.entry(cell(line.end(at_end))).or_default().push((i, at_end));
        }
    }
    let mut bonds = vec![];
    for a in (0..lines.len()).flat_map(|i| [(i, false), (i, true)]) {
        let (cx, cy) = cell(lines[a.0].end(a.1));
        let near = (cy - 1..=cy + 1).flat_map(|y| (cx - 1..=cx + 1).map(move |x| (x, y)));
        for &b in near.filter_map(|place| places.get(&place)).flatten().filter(|b| b.0 > a.0) {
            if let Some(gap) = fits((&lines[a.0], a.1), (&lines[b.0], b.1)) {
                bonds.push(Bond { gap, ends: [a, b] });
            }
        }
    }
    bonds
}

/// The gap between two ends, where one line goes on in the other.
fn fits((line, end): (&Line, bool), (other, start): (&Line, bool)) -> Option<f32> {
    let most = (GAP_SHARE * line.points.len().min(other.points.len()) as f32).min(GAP);
    let (from, to) = (line.end(end), other.end(start));
    let way = (to.0 - from.0, to.1 - from.1);
    let gap = way.0.hypot(way.1);
    if line.bright != other.bright || gap > most || gap < 1.0 {
        return None;
    }
    let (heading, towards) = (line.heading(end), other.heading(start));
    let across = (way.1 * heading.0 - way.0 * heading.1).abs().max((way.1 * towards.0 - way.0 * towards.1).abs());
    let ahead = way.0 * heading.0 + way.1 * heading.1 > 0.0;
    let turned = -(heading.0 * towards.0 + heading.1 * towards.1);
    (ahead && turned > (2.0 * APART).cos() && across < 1.5 + APART * gap).then_some(gap)
}
