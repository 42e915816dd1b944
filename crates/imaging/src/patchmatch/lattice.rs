//! Where what is around the hole repeats by a lattice (bricks, tiles, a grid), its shifts are known before the search begins, and so is what is out of
//! phase: a plain brick fits anywhere on a plain brick, so the difference of patches does not tell where its joints belong (He and Sun 2012;
//! Huang et al. 2014, "Image Completion using Planar Structure Guidance").
//!
//! The gradients of a ring around the hole are correlated with those of its surroundings. As only the ring is asked, a lattice in perspective is found, too.

use rayon::prelude::*;

use super::alien::rim;
use super::fourier::{Complex, Square, conjugate, times};
use super::level::{Plane, State, depths};
use super::{Cancelled, Stop, shifts};
use crate::pace::checkpoint;

/// Side of the squares that are correlated, and the most that a plane may have of it: the rest is room for shifts.
const SIDE: usize = 256;
const MOST_SIDE: usize = 208;
/// Width of the ring, as a share of the hole's longer side; at least so many pixels.
const RING: f32 = 0.6;
const LEAST_RING: usize = 12;
/// The least agreement (1 is perfect) of a shift and of the one that leads back for it to be a lattice.
const LATTICE: f32 = 0.38;
/// The least usual slope, in eighths of a step of brightness by Sobel's kernel, that is a pattern; less is a plain place whose steps of brightness lie in bands.
const PLAIN: f32 = 500.0;
/// Shorter shifts are within a thing, not from one to the next.
const SHORTEST: i32 = 4;
/// Shifts of a lattice that are kept.
const KEPT: usize = 8;
/// What a source out of phase costs more, per unit of weight.
const OUT_OF_PHASE: f32 = 40.0;

/// How the surroundings of a hole repeat.
pub struct Lattice {
    /// How many times smaller than the crop the plane is that it was found on, as a power of two.
    pub halvings: usize,
    /// Shifts on that plane, best first.
    pub shifts: Vec<(i32, i32)>,
    /// The longest shift that was looked at, each way.
    reach: i32,
    /// What each shift costs.
    charges: Vec<u16>,
}

impl Lattice {
    /// Looks for a lattice on the finest of the planes (the finest first) that is small enough, but not the first.
    pub fn found(planes: &[Plane], stop: Stop<'_>) -> Result<Option<Lattice>, Cancelled> {
        let small = |plane: &Plane| plane.width.max(plane.height) <= MOST_SIDE;
        let Some(halvings) = (1..planes.len()).find(|&k| small(&planes[k])) else { return Ok(None) };
        let Some(slopes) = slopes(&planes[halvings]) else { return Ok(None) };
        let agreement = Agreement::of(&planes[halvings], &slopes, stop)?;
        stop.check()?;
        let peaks = agreement.peaks();
        let strength = agreement.strength(&peaks);
        if strength < LATTICE {
            return Ok(None);
        }
        let charges = agreement.at.iter().map(|&r| (OUT_OF_PHASE * (1.0 - r / strength).clamp(0.0, 1.0)) as u16).collect();
        let shifts = peaks.into_iter().filter(|p| p.0 >= strength / 2.0).map(|p| p.1).take(KEPT).collect();
        Ok(Some(Lattice { halvings, shifts, reach: agreement.reach, charges }))
    }

    /// Its shifts on a level no finer than its own, then the others.
    pub fn before(&self, others: Vec<(i32, i32)>, halvings: usize) -> Vec<(i32, i32)> {
        let scale = 1 << (halvings - self.halvings);
        let scaled = |d: i32| (d + scale / 2).div_euclid(scale);
        let own = self.shifts.iter().map(|&(dx, dy)| (scaled(dx), scaled(dy)));
        let mut all: Vec<(i32, i32)> = vec![];
        for shift in own.chain(others) {
            if shift != (0, 0) && !all.contains(&shift) {
                all.push(shift);
            }
        }
        all.truncate(shifts::KEPT);
        all
    }

    /// What a shift of a level costs, per unit of weight.
    pub fn charge(&self, halvings: usize, (dx, dy): (i32, i32)) -> u32 {
        let scaled = |d: i32| ((d << halvings) + (1 << self.halvings >> 1)) >> self.halvings;
        let (x, y) = (scaled(dx).clamp(-self.reach, self.reach) + self.reach, scaled(dy).clamp(-self.reach, self.reach) + self.reach);
        u32::from(self.charges[(y * (2 * self.reach + 1) + x) as usize])
    }
}

/// How well the ring agrees with what is seen under each shift, -1..=1; -1 where too little is seen.
struct Agreement {
    reach: i32,
    at: Vec<f32>,
}

impl Agreement {
    fn of(plane: &Plane, slopes: &[Option<Complex>], stop: Stop<'_>) -> Result<Agreement, Cancelled> {
        checkpoint();
        let depth = depths(plane);
        let ring = rim(plane, &depth, ring_width(plane));
        let place = |i: usize| i / plane.width * SIDE + i % plane.width;
        let (mut own, mut seen, mut own_energy, mut seen_energy) =
            (Square::new(SIDE), Square::new(SIDE), Square::new(SIDE), Square::new(SIDE));
        let mut whole = 0.0;
        for (i, slope) in slopes.iter().enumerate() {
            let Some(slope) = *slope else { continue };
            let energy = slope.0 * slope.0 + slope.1 * slope.1;
            (seen.at[place(i)], seen_energy.at[place(i)]) = (slope, (1.0, energy));
            if ring[i] {
                (own.at[place(i)], own_energy.at[place(i)]) = (slope, (energy, 1.0));
                whole += energy;
            }
        }
        let mut spectra = vec![];
        for square in [own, seen, own_energy, seen_energy] {
            stop.check()?;
            spectra.push(square.transformed());
        }
        let [own, seen, own_energy, seen_energy] = &spectra[..] else { unreachable!("there are four") };
        let product = |i: usize| times(conjugate(own.at[i]), seen.at[i]);
        let energies = |i: usize| {
            let ((a, b), (c, d)) = (parts(own_energy, i), parts(seen_energy, i));
            let (first, second) = (times(conjugate(a), c), times(conjugate(b), d));
            (first.0 - second.1, first.1 + second.0)
        };
        let agrees = Square { side: SIDE, at: (0..SIDE * SIDE).into_par_iter().map(product).collect() }.transformed();
        stop.check()?;
        let energies = Square { side: SIDE, at: (0..SIDE * SIDE).into_par_iter().map(energies).collect() }.transformed();
        let reach = (SIDE - plane.width.max(plane.height)).min(SIDE / 2 - 1) as i32;
        let cells = (SIDE * SIDE) as f32;
        let at = |k: i32| {
            let (dx, dy) = (k % (2 * reach + 1) - reach, k / (2 * reach + 1) - reach);
            // The transform of a transform is turned round.
            let i = (-dy).rem_euclid(SIDE as i32) as usize * SIDE + (-dx).rem_euclid(SIDE as i32) as usize;
            let (own, seen) = (energies.at[i].0 / cells, energies.at[i].1 / cells);
            if own < whole / 2.0 || seen <= whole * 1e-3 { -1.0 } else { (agrees.at[i].0 / cells / (own * seen).sqrt()).clamp(-1.0, 1.0) }
        };
        Ok(Agreement { reach, at: (0..(2 * reach + 1).pow(2)).map(at).collect() })
    }

    fn get(&self, (dx, dy): (i32, i32)) -> f32 {
        let inside = dx.abs() <= self.reach && dy.abs() <= self.reach;
        if inside { self.at[((dy + self.reach) * (2 * self.reach + 1) + dx + self.reach) as usize] } else { -1.0 }
    }

    /// Shifts that agree better than those around them and than some on the way to them, with by how much; best first.
    fn peaks(&self) -> Vec<(f32, (i32, i32))> {
        let shifts = (-self.reach..=self.reach).flat_map(|dy| (-self.reach..=self.reach).map(move |dx| (dx, dy)));
        let peak = |(dx, dy): (i32, i32)| {
            let r = self.get((dx, dy));
            let steps = dx.abs().max(dy.abs());
            let best = r > LATTICE / 2.0 && (-2..=2).all(|y| (-2..=2).all(|x| self.get((dx + x, dy + y)) <= r));
            if !best || steps < SHORTEST {
                return None;
            }
            let between = (1..steps).map(|k| self.get((dx * k / steps, dy * k / steps))).filter(|r| *r > -1.0).fold(1.0, f32::min);
            Some((r.min(r - between), (dx, dy)))
        };
        let mut peaks: Vec<(f32, (i32, i32))> = shifts.filter_map(peak).collect();
        peaks.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        peaks
    }

    /// How well the best shift agrees that leads back as well: chance gives one of a pair, a lattice both.
    fn strength(&self, peaks: &[(f32, (i32, i32))]) -> f32 {
        let back = |&(r, (dx, dy)): &(f32, (i32, i32))| {
            let near = 1 + dx.abs().max(dy.abs()) / 10;
            let around = (-near..=near).flat_map(|y| (-near..=near).map(move |x| (x - dx, y - dy)));
            around.map(|shift| self.get(shift)).fold(-1.0, f32::max).min(r)
        };
        peaks.iter().map(back).fold(0.0, f32::max)
    }
}

/// The transforms of the real and of the imaginary part of a square, from its transform.
fn parts(of: &Square, i: usize) -> (Complex, Complex) {
    let (a, b) = (of.at[i], conjugate(of.at[of.opposite(i)]));
    let (sum, rest) = ((a.0 + b.0, a.1 + b.1), (a.0 - b.0, a.1 - b.1));
    ((sum.0 / 2.0, sum.1 / 2.0), (rest.1 / 2.0, -rest.0 / 2.0))
}

fn ring_width(plane: &Plane) -> usize {
    let holes = |i: &usize| plane.state[*i] == State::Hole;
    let (mut left, mut right, mut top, mut bottom) = (plane.width, 0, plane.height, 0);
    for i in (0..plane.state.len()).filter(holes) {
        (left, right) = (left.min(i % plane.width), right.max(i % plane.width + 1));
        (top, bottom) = (top.min(i / plane.width), bottom.max(i / plane.width + 1));
    }
    let side = right.saturating_sub(left).max(bottom.saturating_sub(top));
    ((RING * side as f32) as usize).max(LEAST_RING)
}

/// The slope of brightness across and down where it is known, each as a share of what is usual; steep ones count no more than twice that.
/// Nothing where the place is plain.
fn slopes(plane: &Plane) -> Option<Vec<Option<Complex>>> {
    let (width, height) = (plane.width, plane.height);
    let light: Vec<f32> = plane.colour.iter().map(|c| 2.0 * f32::from(c[0]) + 4.0 * f32::from(c[1]) + 2.0 * f32::from(c[2])).collect();
    let known = |i: usize| plane.state[i] == State::Source;
    let slope = |i: usize| {
        let (x, y) = (i % width, i / width);
        let inside = x > 0 && y > 0 && x + 1 < width && y + 1 < height;
        let all = inside
            && [i - width - 1, i - width + 1, i + width - 1, i + width + 1, i - 1, i + 1, i - width, i + width, i].into_iter().all(known);
        all.then(|| {
            // Sobel: differences one way, a mean the other.
            let v = |dx: isize, dy: isize| light[(i as isize + dy * width as isize + dx) as usize];
            let across = v(1, -1) + 2.0 * v(1, 0) + v(1, 1) - v(-1, -1) - 2.0 * v(-1, 0) - v(-1, 1);
            let down = v(-1, 1) + 2.0 * v(0, 1) + v(1, 1) - v(-1, -1) - 2.0 * v(0, -1) - v(1, -1);
            (across, down)
        })
    };
    let slopes: Vec<Option<Complex>> = (0..width * height).into_par_iter().map(slope).collect();
    let (mut sum, mut count) = ((0.0f64, 0.0f64), 0.0f64);
    for (x, y) in slopes.iter().flatten() {
        sum = (sum.0 + f64::from(x * x), sum.1 + f64::from(y * y));
        count += 1.0;
    }
    let usual = |sum: f64| ((sum / count.max(1.0)).sqrt() as f32).max(1.0);
    let usual = (usual(sum.0), usual(sum.1));
    let share = |(x, y): Complex| ((x / usual.0).clamp(-2.0, 2.0), (y / usual.1).clamp(-2.0, 2.0));
    (usual.0.hypot(usual.1) >= PLAIN).then(|| slopes.into_iter().map(|s| s.map(share)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patchmatch::search::Noise;

    const WIDTH: usize = 240;
    const HEIGHT: usize = 200;

    /// What is found around a hole of 50x40 in the middle.
    fn found(light: impl Fn(usize, usize) -> u8) -> Option<Lattice> {
        let at = |i: usize| light(i % WIDTH, i / WIDTH);
        let hole = |i: usize| (95..145).contains(&(i % WIDTH)) && (80..120).contains(&(i / WIDTH));
        let colour = (0..WIDTH * HEIGHT).map(|i| [at(i), at(i), at(i), 0]).collect();
        let state = (0..WIDTH * HEIGHT).map(|i| if hole(i) { State::Hole } else { State::Source }).collect();
        let full = Plane { width: WIDTH, height: HEIGHT, colour, state };
        let half = full.halved();
        Lattice::found(&[full, half], Stop(&|| false)).unwrap()
    }

    fn grain(x: usize, y: usize) -> u8 {
        (Noise::new(3, (y * 1000 + x) as u64).next() % 40) as u8
    }

    #[test]
    fn a_wall_of_bricks_gives_the_shifts_from_brick_to_brick() {
        // Bricks of 40x16, each course begins half a brick later.
        let joint = |x: usize, y: usize| y % 16 < 3 || (x + y / 16 % 2 * 20) % 40 < 3;
        let lattice = found(|x, y| if joint(x, y) { 150 } else { 70 } + grain(x, y)).expect("bricks are a lattice");
        assert_eq!(lattice.halvings, 1);
        assert_eq!(lattice.shifts.len(), KEPT);
        for &(dx, dy) in &lattice.shifts {
            assert!(dy % 8 == 0 && (dx - dy / 8 * 10) % 20 == 0, "{dx},{dy} does not lead from brick to brick");
        }
        let charge = |shift| lattice.charge(0, shift);
        assert!(charge((40, 0)) < 8 && charge((20, 16)) < 8, "in phase: {} and {}", charge((40, 0)), charge((20, 16)));
        assert!(charge((30, 8)) > 30, "out of phase: {}", charge((30, 8)));
    }

    #[test]
    fn what_has_no_period_gives_no_shifts() {
        assert!(found(grain).is_none(), "noise");
        let coarse = |x: usize, y: usize| (0..16).map(|k| u32::from(grain(x / 5 + k % 4, y / 5 + k / 4))).sum::<u32>() / 8;
        assert!(found(|x, y| 60 + coarse(x, y) as u8).is_none(), "coarse texture");
        assert!(found(|x, y| if y < 90 + x / 20 { 180 } else { 60 + grain(x, y) / 2 }).is_none(), "a horizon");
        assert!(found(|x, y| (40 + x / 3 + y / 4) as u8).is_none(), "a gradient");
        assert!(found(|_, _| 90).is_none(), "a plain place");
    }
}
