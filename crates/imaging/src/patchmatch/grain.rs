//! How much fine detail a place has, and how much the hole should have: what its rim has, spread smoothly inwards.

use super::level::{Plane, State, Window};
use crate::pace::checkpoint;

/// For each pixel the mean absolute Laplacian of brightness around it, as far as it is known, and how many known ones there are.
pub struct Grain {
    width: usize,
    pub mean: Vec<f32>,
    pub known: Vec<f32>,
}

impl Grain {
    /// `radius`: of the square that is looked at.
    pub fn of(plane: &Plane, radius: usize) -> Grain {
        checkpoint();
        let width = plane.width;
        let light: Vec<i32> = plane.colour.iter().map(|c| 2 * i32::from(c[0]) + 4 * i32::from(c[1]) + 2 * i32::from(c[2])).collect();
        let is_known: Vec<bool> = plane.state.iter().map(|s| *s == State::Source).collect();
        let (mut sum, mut count) = (vec![0.0f32; light.len()], vec![0.0f32; light.len()]);
        for y in 1..plane.height.saturating_sub(1) {
            for i in y * width + 1..(y + 1) * width - 1 {
                let around = [i - width, i - 1, i + 1, i + width];
                if is_known[i] && around.iter().all(|&j| is_known[j]) {
                    sum[i] = (4 * light[i] - around.iter().map(|&j| light[j]).sum::<i32>()).abs() as f32 / 8.0;
                    count[i] = 1.0;
                }
            }
        }
        let (sum, known) = (boxed(&sum, width, radius), boxed(&count, width, radius));
        let mean = sum.iter().zip(&known).map(|(s, n)| if *n > 0.0 { s / n } else { 0.0 }).collect();
        Grain { width, mean, known }
    }

    /// The same for each pixel of a window, where the hole and what borders on it get what is expected there: what the known pixels in `rim` have,
    /// spread smoothly.
    pub fn expected(&self, window: Window, in_rim: impl Fn(usize) -> bool) -> Vec<f32> {
        checkpoint();
        let at = |k: usize| (window.y + k / window.width) * self.width + window.x + k % window.width;
        let weight: Vec<f32> = (0..window.width * window.height).map(|k| if in_rim(at(k)) { self.known[at(k)] } else { 0.0 }).collect();
        let value = weight.iter().enumerate().map(|(k, w)| w * self.mean[at(k)]).collect();
        spread(window.width, value, weight)
    }
}

/// Sum over the square of `radius` around each pixel, cut off at the borders.
pub fn boxed(of: &[f32], width: usize, radius: usize) -> Vec<f32> {
    let height = of.len() / width.max(1);
    let mut rows = vec![0.0f32; of.len()];
    for (to, from) in rows.chunks_exact_mut(width).zip(of.chunks_exact(width)) {
        let mut sum = 0.0f64;
        for x in 0..width + radius {
            sum += from.get(x).map_or(0.0, |v| f64::from(*v));
            if x > 2 * radius {
                sum -= f64::from(from[x - 2 * radius - 1]);
            }
            if x >= radius {
                to[x - radius] = sum as f32;
            }
        }
    }
    let mut out = vec![0.0f32; of.len()];
    let mut columns = vec![0.0f64; width];
    for y in 0..height + radius {
        for x in 0..width {
            if y < height {
                columns[x] += f64::from(rows[y * width + x]);
            }
            if y > 2 * radius {
                columns[x] -= f64::from(rows[(y - 2 * radius - 1) * width + x]);
            }
            if y >= radius {
                out[(y - radius) * width + x] = columns[x] as f32;
            }
        }
    }
    out
}

/// Values (times their weights) where there are weights, and a smooth surface through them elsewhere: means of halves of halves, as in Gortler et al.
/// 1996, "The Lumigraph", §3.4.
fn spread(width: usize, value: Vec<f32>, weight: Vec<f32>) -> Vec<f32> {
    let height = weight.len() / width;
    let mean = |k: usize| value[k] / weight[k];
    if weight.len() == 1 || weight.iter().all(|w| *w > 0.0) {
        return (0..weight.len()).map(|k| if weight[k] > 0.0 { mean(k) } else { 0.0 }).collect();
    }
    let (across, down) = (width.div_ceil(2), height.div_ceil(2));
    let (mut sums, mut weights) = (vec![0.0; across * down], vec![0.0; across * down]);
    for (k, (v, w)) in value.iter().zip(&weight).enumerate() {
        let half = k / width / 2 * across + k % width / 2;
        sums[half] += v;
        weights[half] += w;
    }
    // No place counts for more because more of it is known.
    for (sum, weight) in sums.iter_mut().zip(&mut weights).filter(|(_, w)| **w > 1.0) {
        *sum /= *weight;
        *weight = 1.0;
    }
    let coarse = spread(across, sums, weights);
    let between = |k: usize| {
        let place = |v: usize, side: usize| ((v as f32 - 0.5) / 2.0).clamp(0.0, (side - 1) as f32);
        let (fx, fy) = (place(k % width, across), place(k / width, down));
        let (x, y) = (fx as usize, fy as usize);
        let (right, below) = ((x + 1).min(across - 1), (y + 1).min(down - 1));
        let mix = |a: f32, b: f32, t: f32| a + (b - a) * t;
        let row = |y: usize| mix(coarse[y * across + x], coarse[y * across + right], fx - x as f32);
        mix(row(y), row(below), fy - y as f32)
    };
    (0..weight.len()).map(|k| if weight[k] > 0.0 { mean(k) } else { between(k) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patchmatch::search::Noise;

    #[test]
    fn the_hole_is_expected_to_have_the_detail_of_its_rim() {
        let (width, height) = (90usize, 60usize);
        let hole = |i: usize| (50..70).contains(&(i % width)) && (20..40).contains(&(i / width));
        let value = |i: usize| if i % width < 30 { 90 } else { 60 + (Noise::new(1, i as u64).next() % 60) as u8 };
        let colour = (0..width * height).map(|i| [value(i), value(i), value(i), 0]).collect();
        let state = (0..width * height).map(|i| if hole(i) { State::Hole } else { State::Source }).collect();
        let grain = Grain::of(&Plane { width, height, colour, state }, 3);
        assert_eq!(grain.mean[30 * width + 10], 0.0, "a plain place has none");
        let rim = |i: usize| (45..75).contains(&(i % width)) && (15..45).contains(&(i / width)) && !hole(i);
        let all: Vec<f32> = (0..width * height).filter(|&i| rim(i)).map(|i| grain.mean[i]).collect();
        let mean = all.iter().sum::<f32>() / all.len() as f32;
        let expected = grain.expected(Window { x: 40, y: 10, width: 40, height: 40 }, rim);
        for (x, y) in [(52, 22), (60, 30), (68, 38)] {
            let here = expected[(y - 10) * 40 + x - 40];
            assert!((here / mean - 1.0).abs() < 0.3, "{here} where {mean} is around");
        }
    }

    #[test]
    fn sums_over_squares_are_cut_off_at_the_borders() {
        let ones = vec![1.0; 7 * 5];
        let sums = boxed(&ones, 7, 2);
        assert_eq!((sums[0], sums[2 * 7 + 3], sums[4 * 7 + 6]), (9.0, 25.0, 9.0));
    }
}
