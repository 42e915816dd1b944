//! Several guesses of the chroma become one that has no blotches.
//!
//! A model that sees a picture at several sizes and mirrored should say the same each time. Where it does not, its mean is not worth much: there it is held
//! loosely and pulled towards neutral, and its surroundings decide, as far as lightness is even (see [`super::solve`]).

use super::solve::System;
use super::{Chroma, Plane};

/// How guesses are weighed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calm {
    /// Guesses that differ by this share of their chroma (and of [`SLACK`]) are half as sure.
    pub doubt: f32,
    /// How strongly the unsure is pulled towards neutral, 0 = not at all.
    pub neutral: f32,
    /// How strongly neighbours are made alike.
    pub smooth: f32,
    /// Difference of lightness that is an edge.
    pub sigma: f32,
}

/// Added to the chroma against which a difference is measured.
const SLACK: f32 = 4.0;
/// Every cell holds its value at least this much.
const LEAST: f32 = 0.02;

/// The guesses' mean, smoothed on the grid of `guide` (L*). Guesses may be of different sizes. `None` where `stop` said so.
///
/// # Panics
/// Without a guess.
pub fn calm(guesses: &[Chroma], guide: &Plane, how: Calm, stop: &(dyn Fn() -> bool + Sync)) -> Option<Chroma> {
    let (width, height) = guide.size();
    let (mean, sure) = agreement(guesses, how.doubt);
    let mean = mean.resized(width, height);
    let sure = sure.resized(width, height);
    let own: Vec<f32> = sure.values.iter().map(|c| c + (1.0 - c) * how.neutral + LEAST).collect();
    let system = System::new(guide, own.clone(), &Plane::filled(width, height, how.sigma), how.smooth);
    let solve = |plane: &Plane| {
        let target: Vec<f32> = (0..own.len()).map(|i| plane.values[i] * sure.values[i] / own[i]).collect();
        Some(Plane::new(width, height, system.solve(&target, stop)?))
    };
    let (a, b) = rayon::join(|| solve(&mean.a), || solve(&mean.b));
    Some(Chroma { a: a?, b: b? })
}

/// The mean at the size of the largest guess, and how far it can be relied on, 0..=1: `1 / (1 + (d / (doubt (c + 4)))²)` with d the standard deviation
/// of the guesses and c the chroma of their mean.
fn agreement(guesses: &[Chroma], doubt: f32) -> (Chroma, Plane) {
    let (width, height) = guesses.iter().map(|g| g.a.size()).max_by_key(|(w, h)| w * h).expect("at least one guess");
    let guesses: Vec<Chroma> = guesses.iter().map(|g| g.resized(width, height)).collect();
    let n = guesses.len() as f32;
    let mean = |of: fn(&Chroma) -> &Plane| {
        let mut sum = Plane::filled(width, height, 0.0);
        for guess in &guesses {
            sum.values.iter_mut().zip(&of(guess).values).for_each(|(s, v)| *s += v / n);
        }
        sum
    };
    let mean = Chroma { a: mean(|g| &g.a), b: mean(|g| &g.b) };
    let sure = |i: usize| {
        let (a, b) = (mean.a.values[i], mean.b.values[i]);
        let spread = guesses.iter().map(|g| (g.a.values[i] - a).powi(2) + (g.b.values[i] - b).powi(2)).sum::<f32>() / n;
        1.0 / (1.0 + spread / (doubt * (a.hypot(b) + SLACK)).powi(2))
    };
    let sure = Plane::new(width, height, (0..width * height).map(sure).collect());
    (mean, sure)
}
