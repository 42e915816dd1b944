//! The inner loop: how far apart two patches are.

use crate::vectors::widest;

/// Pixels on a side of the largest patch.
const SIDE: usize = 15;
/// Bytes of its rows, rounded up to whole vectors.
const ROW: usize = 64;
/// Bytes that have to follow the last pixel, so that a row may be read in whole vectors.
pub const SLACK: usize = ROW - 4 * 13;

/// Where patches lie.
#[derive(Clone, Copy)]
pub struct Patches<'a> {
    /// Four bytes a pixel, and [`SLACK`].
    pub features: &'a [u8],
    /// How much each pixel counts when it belongs to the patch that is looked for, at most 16.
    pub weight: &'a [u8],
    pub width: usize,
    /// Up to 7.
    pub radius: usize,
}

/// A patch that many others are compared with. Its rows are made ready when they are first needed: most others differ too much already in the
/// first few.
pub struct Target<'a> {
    of: Patches<'a>,
    first: usize,
    ready: usize,
    values: [[i16; ROW]; SIDE],
    weights: [[i16; ROW]; SIDE],
}

impl<'a> Target<'a> {
    pub fn new(of: Patches<'a>) -> Target<'a> {
        Target { of, first: 0, ready: 0, values: [[0; ROW]; SIDE], weights: [[0; ROW]; SIDE] }
    }

    /// Takes the patch around `centre`.
    pub fn aim(&mut self, centre: usize) {
        self.first = centre - self.of.radius * self.of.width - self.of.radius;
        self.ready = 0;
    }

    /// Sum over the patch of `weight * (target - source)²`, all four bytes of a pixel. Stops after any row once the sum reaches `limit`, so a result of
    /// `limit` or more only says "not better".
    pub fn cost(&mut self, source: usize, limit: u32) -> u32 {
        let first = source - self.of.radius * self.of.width - self.of.radius;
        match self.of.radius {
            0..=1 => widest(|| self.rows::<16>(first, limit)),
            2..=3 => widest(|| self.rows::<32>(first, limit)),
            4..=5 => widest(|| self.rows::<48>(first, limit)),
            _ => widest(|| self.rows::<ROW>(first, limit)),
        }
    }

    #[inline(always)]
    fn rows<const BYTES: usize>(&mut self, first: usize, limit: u32) -> u32 {
        let mut sum = 0;
        let mut y = 0;
        let mut s = first;
        while y < 2 * self.of.radius + 1 && sum < limit {
            if y == self.ready {
                self.prepare(y);
            }
            let values: &[i16; BYTES] = self.values[y].first_chunk().expect("no row is longer");
            let weights: &[i16; BYTES] = self.weights[y].first_chunk().expect("no row is longer");
            let source: &[u8; BYTES] = self.of.features[4 * s..4 * s + BYTES].try_into().expect("a row of the patch");
            sum += row(values, weights, source);
            s += self.of.width;
            y += 1;
        }
        sum
    }

    /// What lies beyond the patch keeps the weight 0.
    #[inline(always)]
    fn prepare(&mut self, y: usize) {
        let side = 2 * self.of.radius + 1;
        let t = self.first + y * self.of.width;
        for (to, from) in self.values[y].iter_mut().zip(&self.of.features[4 * t..4 * (t + side)]) {
            *to = i16::from(*from);
        }
        for (to, from) in self.weights[y].as_chunks_mut::<4>().0.iter_mut().zip(&self.of.weight[t..t + side]) {
            *to = [i16::from(*from); 4];
        }
        self.ready = y + 1;
    }
}

// A plain counting loop: it also runs acceptably without optimisation, and becomes vector instructions with it.
#[inline(always)]
fn row<const BYTES: usize>(target: &[i16; BYTES], weight: &[i16; BYTES], source: &[u8; BYTES]) -> u32 {
    let mut sum = 0i32;
    let mut x = 0;
    while x < BYTES {
        let d = target[x] - source[x] as i16;
        sum += (d * weight[x]) as i32 * d as i32;
        x += 1;
    }
    sum as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_is_the_weighted_sum_of_squares_for_every_radius() {
        let width = 40;
        let features: Vec<u8> = (0..width * 20 * 4 + SLACK).map(|i| (i * i % 251) as u8).collect();
        let weight: Vec<u8> = (0..width * 20).map(|i| (i % 17) as u8).collect();
        for radius in 0..=7 {
            let mut patch = Target::new(Patches { features: &features, weight: &weight, width, radius });
            let last = width * 20 - 1 - radius * width - radius;
            for (target, source) in [(9 * width + 10, 10 * width + 25), (last, 9 * width + 10), (10 * width + 25, last)] {
                let mut expected = 0;
                for dy in 0..=2 * radius {
                    for dx in 0..=2 * radius {
                        let at = |centre: usize| centre - radius * width - radius + dy * width + dx;
                        for c in 0..4 {
                            let d = i32::from(features[4 * at(target) + c]) - i32::from(features[4 * at(source) + c]);
                            expected += (d * d) as u32 * u32::from(weight[at(target)]);
                        }
                    }
                }
                patch.aim(target);
                assert!(patch.cost(source, 1) >= 1.min(expected));
                assert_eq!(patch.cost(source, u32::MAX), expected, "radius {radius}");
            }
        }
    }
}
