//! Correlations of square planes by the Fourier transform (Cooley and Tukey 1965), as many numbers a side as a power of two.

use std::f32::consts::TAU;

use rayon::prelude::*;

/// Real and imaginary part.
pub type Complex = (f32, f32);

/// A square of complex numbers, row by row.
#[derive(Clone)]
pub struct Square {
    pub side: usize,
    pub at: Vec<Complex>,
}

impl Square {
    pub fn new(side: usize) -> Square {
        debug_assert!(side.is_power_of_two());
        Square { side, at: vec![(0.0, 0.0); side * side] }
    }

    /// The transform. Twice the transform is the square itself, turned by half a turn, times the number of its cells.
    pub fn transformed(mut self) -> Square {
        let twiddles: Vec<Complex> =
            (0..self.side / 2).map(|k| (-TAU * k as f32 / self.side as f32).sin_cos()).map(|(s, c)| (c, s)).collect();
        for _ in 0..2 {
            self.at.par_chunks_mut(self.side).for_each(|row| transform(row, &twiddles));
            self = self.turned();
        }
        self
    }

    /// Columns become rows.
    fn turned(&self) -> Square {
        let side = self.side;
        let mut at = vec![(0.0, 0.0); side * side];
        at.par_chunks_mut(side).enumerate().for_each(|(x, to)| {
            for (y, to) in to.iter_mut().enumerate() {
                *to = self.at[y * side + x];
            }
        });
        Square { side, at }
    }

    /// The cell of the negative frequency.
    pub fn opposite(&self, i: usize) -> usize {
        let (x, y) = (i % self.side, i / self.side);
        (self.side - y) % self.side * self.side + (self.side - x) % self.side
    }
}

pub fn times(a: Complex, b: Complex) -> Complex {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

pub fn conjugate(a: Complex) -> Complex {
    (a.0, -a.1)
}

fn transform(row: &mut [Complex], twiddles: &[Complex]) {
    let n = row.len();
    if n < 2 {
        return;
    }
    let bits = n.trailing_zeros();
    for i in 0..n {
        let j = i.reverse_bits() >> (usize::BITS - bits);
        if i < j {
            row.swap(i, j);
        }
    }
    let mut half = 1;
    while half < n {
        for block in row.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for (k, (a, b)) in low.iter_mut().zip(high).enumerate() {
                let turned = times(*b, twiddles[k * (n / 2 / half)]);
                (*a, *b) = ((a.0 + turned.0, a.1 + turned.1), (a.0 - turned.0, a.1 - turned.1));
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transform_is_that_of_the_definition_and_twice_gives_the_square_turned() {
        let mut square = Square::new(8);
        for (i, v) in square.at.iter_mut().enumerate() {
            *v = ((i * i % 23) as f32, (i * 7 % 11) as f32);
        }
        let done = square.clone().transformed();
        for (u, v) in [(0, 0), (3, 1), (7, 5)] {
            let mut sum = (0.0, 0.0);
            for (i, value) in square.at.iter().enumerate() {
                let (s, c) = (-TAU * ((i % 8 * u + i / 8 * v) as f32) / 8.0).sin_cos();
                let term = times(*value, (c, s));
                sum = (sum.0 + term.0, sum.1 + term.1);
            }
            let found = done.at[v * 8 + u];
            assert!((found.0 - sum.0).abs() < 0.01 && (found.1 - sum.1).abs() < 0.01, "{found:?} where {sum:?} belongs");
        }
        let twice = done.transformed();
        for i in 0..64 {
            let from = square.at[square.opposite(i)];
            assert!((twice.at[i].0 / 64.0 - from.0).abs() < 0.01 && (twice.at[i].1 / 64.0 - from.1).abs() < 0.01);
        }
    }
}
