//! Resampling by convolution, in floats: first down the columns, then along the rows (the filters are separable).
//!
//! Down the columns every source row is added, times its weight, to the few rows of the result that it counts for, so that whatever the factor only those are
//! held. Along the rows eight of them are worked on together, one in each lane, so that every sum is of whole vectors.

use rayon::prelude::*;

use crate::pace::{Stop, checkpoint};
use crate::vectors::widest;

/// How source pixels are weighted. When the picture gets smaller the filter widens, so that every source pixel counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    /// Cubic, a = −0.5 (R. Keys, "Cubic convolution interpolation for digital image processing", 1981).
    CatmullRom,
    /// Windowed sinc of three lobes: sharpest, rings most.
    Lanczos3,
}

impl Filter {
    /// How far it reaches, in pixels of the coarser grid.
    fn reach(self) -> f64 {
        match self {
            Filter::CatmullRom => 2.0,
            Filter::Lanczos3 => 3.0,
        }
    }

    fn at(self, x: f64) -> f64 {
        let x = x.abs();
        match self {
            Filter::CatmullRom if x < 1.0 => (1.5 * x - 2.5) * x * x + 1.0,
            Filter::CatmullRom if x < 2.0 => ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0,
            Filter::Lanczos3 if x < 3.0 => sinc(x) * sinc(x / 3.0),
            _ => 0.0,
        }
    }
}

fn sinc(x: f64) -> f64 {
    let x = x * std::f64::consts::PI;
    if x == 0.0 { 1.0 } else { x.sin() / x }
}

/// Rows that are worked on together.
pub(crate) const LANES: usize = 8;
/// Pixels of a row that are added at a time: with the sums that they go into they stay in the nearest cache.
const TILE: usize = 256;
/// Rows of the result that one piece of work makes, at most.
const BAND: usize = 64;

/// What is resampled to what: width and height.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job {
    pub from: (usize, usize),
    pub to: (usize, usize),
    pub filter: Filter,
}

/// Resamples pixels. `read` gives channels that may be averaged (linear light times alpha, say), `write` makes pixels of eight at a time.
pub(crate) fn resample<const C: usize, S: Sync, T: Copy + Default + Send>(
    source: &[S],
    job: &Job,
    read: impl Fn(&S) -> [f32; C] + Sync,
    write: impl Fn(&[[f32; LANES]; C]) -> [T; LANES] + Sync,
) -> Vec<T> {
    assert_eq!(source.len(), job.from.0 * job.from.1, "as many pixels as the size says");
    checkpoint();
    let across = Taps::new(job.from.0, job.to.0, job.filter);
    let down = Taps::new(job.from.1, job.to.1, job.filter);
    let (width, height) = job.to;
    let mut out = vec![T::default(); width * height];
    // Every band reads again what the filter reaches beyond it, so they are as high as leaves enough of them.
    let rows = (height / (4 * rayon::current_num_threads())).next_multiple_of(LANES).clamp(LANES, BAND);
    let stop = Stop::here();
    let work = Work { source, across: &across, down: &down, read, write };
    out.par_chunks_mut(rows * width).enumerate().for_each_init(Scratch::default, |scratch, (n, band)| {
        if !stop.is_set() {
            widest(
                #[inline(always)]
                || work.band(band, n * rows, scratch),
            );
        }
    });
    checkpoint();
    out
}

/// For each pixel of the result along one side, the first source pixel that counts and the weights from there on; they add up to 1.
struct Taps {
    length: usize,
    starts: Vec<usize>,
    ends: Vec<usize>,
    /// The weights of pixel `i` begin at `i * stride`.
    weights: Vec<f32>,
    stride: usize,
}

impl Taps {
    fn new(from: usize, to: usize, filter: Filter) -> Taps {
        let scale = from as f64 / to as f64;
        let coarse = scale.max(1.0);
        let reach = filter.reach() * coarse;
        let stride = (2.0 * reach).ceil() as usize + 2;
        let mut taps =
            Taps { length: from, starts: Vec::with_capacity(to), ends: Vec::with_capacity(to), weights: vec![0.0; to * stride], stride };
        for i in 0..to {
            let middle = (i as f64 + 0.5) * scale;
            let start = ((middle - reach).floor().max(0.0) as usize).min(from - 1);
            let end = ((middle + reach).ceil() as usize).clamp(start + 1, from);
            let values: Vec<f64> = (start..end).map(|j| filter.at((j as f64 + 0.5 - middle) / coarse)).collect();
            let sum: f64 = values.iter().sum();
            for (weight, value) in taps.weights[i * stride..].iter_mut().zip(&values) {
                *weight = (value / sum) as f32;
            }
            taps.starts.push(start);
            taps.ends.push(end);
        }
        taps
    }

    #[inline(always)]
    fn weights(&self, i: usize) -> &[f32] {
        &self.weights[i * self.stride..][..self.ends[i] - self.starts[i]]
    }
}

/// Memory that one thread uses again for its next band.
#[derive(Default)]
struct Scratch {
    /// Rows of the band, resampled down the columns.
    sums: Vec<f32>,
    /// Eight of them, lane by lane.
    mixed: Vec<[f32; LANES]>,
}

struct Work<'a, S, R, W> {
    source: &'a [S],
    across: &'a Taps,
    down: &'a Taps,
    read: R,
    write: W,
}

impl<'a, S: Sync, R, W> Work<'a, S, R, W> {
    #[inline(always)]
    fn band<const C: usize, T: Copy>(&self, out: &mut [T], first: usize, scratch: &mut Scratch)
    where
        R: Fn(&S) -> [f32; C],
        W: Fn(&[[f32; LANES]; C]) -> [T; LANES],
    {
        let width = self.across.starts.len();
        let rows = first..first + out.len() / width;
        scratch.sums.clear();
        scratch.sums.resize(rows.len() * self.across.length * C, 0.0);
        self.add_rows(rows.clone(), &mut scratch.sums);
        scratch.mixed.resize(self.across.length * C, [0.0; LANES]);
        for (eight, sums) in out.chunks_mut(LANES * width).zip(scratch.sums.chunks(LANES * self.across.length * C)) {
            mix(sums, &mut scratch.mixed);
            self.along(&scratch.mixed, eight, width);
        }
    }

    /// Down the columns, a tile of them after the other.
    #[inline(always)]
    fn add_rows<const C: usize>(&self, rows: std::ops::Range<usize>, sums: &mut [f32])
    where
        R: Fn(&S) -> [f32; C],
    {
        let (width, down) = (self.across.length, self.down);
        let mut lines = [[0.0f32; TILE * 4]; 2];
        for tile in (0..width).step_by(TILE) {
            let length = TILE.min(width - tile);
            let (mut low, mut high) = (rows.start, rows.start);
            let last = down.ends[rows.end - 1];
            // Two source rows at a time: every sum is fetched and put back once for both.
            for y in (down.starts[rows.start]..last).step_by(2) {
                for (line, y) in lines.iter_mut().zip(y..last) {
                    let pixels = &self.source[y * width + tile..][..length];
                    for (to, pixel) in line.as_chunks_mut::<C>().0.iter_mut().zip(pixels) {
                        *to = (self.read)(pixel);
                    }
                }
                while low < rows.end && down.ends[low] <= y {
                    low += 1;
                }
                while high < rows.end && down.starts[high] <= y + 1 {
                    high += 1;
                }
                for row in low..high {
                    let weight = |y: usize| {
                        let inside = y >= down.starts[row] && y < down.ends[row];
                        if inside { down.weights[row * down.stride + y - down.starts[row]] } else { 0.0 }
                    };
                    let (one, two) = (weight(y), weight(y + 1));
                    let sum = &mut sums[((row - rows.start) * width + tile) * C..][..length * C];
                    for ((sum, a), b) in sum.iter_mut().zip(&lines[0]).zip(&lines[1]) {
                        *sum += a * one + b * two;
                    }
                }
            }
        }
    }

    /// Along the rows, eight at once.
    #[inline(always)]
    fn along<const C: usize, T: Copy>(&self, mixed: &[[f32; LANES]], out: &mut [T], width: usize)
    where
        W: Fn(&[[f32; LANES]; C]) -> [T; LANES],
    {
        let rows = out.len() / width;
        for x in 0..width {
            let weights = self.across.weights(x);
            let window = mixed[self.across.starts[x] * C..][..weights.len() * C].as_chunks::<C>().0;
            // Two sums, so that an addition need not wait for the one before it.
            let mut sums = [[[0.0f32; LANES]; C]; 2];
            let (pairs, rest) = weights.as_chunks::<2>();
            let (windows, window_rest) = window.as_chunks::<2>();
            for (weights, pixels) in pairs.iter().zip(windows) {
                for side in 0..2 {
                    add(&mut sums[side], &pixels[side], weights[side]);
                }
            }
            if let (Some(weight), Some(pixel)) = (rest.first(), window_rest.first()) {
                add(&mut sums[0], pixel, *weight);
            }
            let [mut sum, other] = sums;
            add(&mut sum, &other, 1.0);
            let pixels = (self.write)(&sum);
            for (row, pixel) in pixels.into_iter().enumerate().take(rows) {
                out[row * width + x] = pixel;
            }
        }
    }
}

#[inline(always)]
fn add<const C: usize>(sum: &mut [[f32; LANES]; C], pixel: &[[f32; LANES]; C], weight: f32) {
    for c in 0..C {
        for lane in 0..LANES {
            sum[c][lane] += pixel[c][lane] * weight;
        }
    }
}

/// Up to eight rows, one after the other, as lanes; where there are fewer the last one again.
#[inline(always)]
fn mix(rows: &[f32], lanes: &mut [[f32; LANES]]) {
    let length = lanes.len();
    let last = rows.len() / length - 1;
    let row = |n: usize| &rows[n.min(last) * length..][..length];
    let rows: [&[f32]; LANES] = std::array::from_fn(row);
    for (i, to) in lanes.iter_mut().enumerate() {
        for lane in 0..LANES {
            to[lane] = rows[lane][i];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plainly(values: &[f32], job: &Job) -> Vec<f32> {
        resample(values, job, |v| [*v], |[sum]| *sum)
    }

    /// The definition, in doubles and without a thought for time.
    fn by_definition(values: &[f32], job: &Job) -> Vec<f64> {
        let line = |from: usize, to: usize, at: &dyn Fn(usize) -> f64, i: usize| {
            let scale = from as f64 / to as f64;
            let coarse = scale.max(1.0);
            let middle = (i as f64 + 0.5) * scale;
            let weight = |j: usize| job.filter.at((j as f64 + 0.5 - middle) / coarse);
            (0..from).map(|j| weight(j) * at(j)).sum::<f64>() / (0..from).map(weight).sum::<f64>()
        };
        let ((w, h), (to_w, to_h)) = (job.from, job.to);
        let column = |x: usize, i: usize| line(h, to_h, &|y| f64::from(values[y * w + x]), i);
        (0..to_w * to_h).map(|n| line(w, to_w, &|x| column(x, n / to_w), n % to_w)).collect()
    }

    #[test]
    fn sums_are_those_of_the_definition_at_every_size() {
        for from in [(1, 1), (1, 37), (37, 1), (40, 23), (301, 19)] {
            let values: Vec<f32> = (0..from.0 * from.1).map(|i| ((i * 2_654_435_761) % 1000) as f32 / 1000.0).collect();
            for to in [(1, 1), (3, 2), (9, 9), (40, 8), (41, 70), (64, 17)] {
                for filter in [Filter::CatmullRom, Filter::Lanczos3] {
                    let job = Job { from, to, filter };
                    for (at, (found, right)) in plainly(&values, &job).iter().zip(by_definition(&values, &job)).enumerate() {
                        assert!((f64::from(*found) - right).abs() < 2e-5, "{job:?} at {at}: {found} for {right}");
                    }
                }
            }
        }
    }

    #[test]
    fn every_pixel_of_a_flat_picture_is_its_colour_whatever_the_band() {
        let colour = [0.25f32, 0.5, 0.75, 1.0];
        for to in [(7, 5), (700, 9), (33, 401)] {
            let job = Job { from: (301, 207), to, filter: Filter::Lanczos3 };
            let pixel = |sum: &[[f32; LANES]; 4]| std::array::from_fn(|lane| [sum[0][lane], sum[1][lane], sum[2][lane], sum[3][lane]]);
            let out = resample(&vec![colour; 301 * 207], &job, |p: &[f32; 4]| *p, pixel);
            assert_eq!(out.len(), to.0 * to.1);
            assert!(out.iter().flatten().zip(colour.iter().cycle()).all(|(a, b): (&f32, &f32)| (a - b).abs() < 1e-6), "{to:?}");
        }
    }
}
