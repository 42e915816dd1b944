//! A weighted sum over neighbours, for a small radius: across each row, then down over the rows that are still at hand.

use super::ring::{Band, Ring};
use crate::vectors::widest;

/// Values that are summed together, in registers.
const BLOCK: usize = 32;

/// The weights of the middle and of the neighbours at each distance on either side; a Gaussian cut off at three sigma, which adds up to 1.
pub(super) fn weights(sigma: f32) -> Vec<f32> {
    let reach = (3.0 * sigma).ceil().max(1.0) as i32;
    let raw: Vec<f32> = (0..=reach).map(|d| (-((d * d) as f32) / (2.0 * sigma * sigma)).exp()).collect();
    let sum = 2.0 * raw.iter().sum::<f32>() - raw[0];
    raw.into_iter().map(|w| w / sum).collect()
}

/// Blurs a band of rows. `read(y, planes)` writes row `y` of the picture into the planes, `write(y, planes)` takes a blurred row; either ends the work by
/// returning false.
pub(super) fn blur<const C: usize>(
    band: &Band,
    weights: &[f32],
    read: impl Fn(usize, &mut [&mut [f32]; C]),
    mut write: impl FnMut(usize, &[Vec<f32>; C]) -> bool,
) {
    let (width, reach) = (band.width, weights.len() - 1);
    let mut padded: [Vec<f32>; C] = std::array::from_fn(|_| vec![0.0; width + 2 * reach]);
    let mut ring: [Ring<f32>; C] = std::array::from_fn(|_| Ring::new(2 * reach + 1, width));
    let mut line: [Vec<f32>; C] = std::array::from_fn(|_| vec![0.0; width]);
    for n in 0..band.rows + 2 * reach {
        read(band.source(n, reach), &mut padded.each_mut().map(|p| &mut p[reach..reach + width]));
        for (padded, ring) in padded.iter_mut().zip(&mut ring) {
            let (left, right) = (padded[reach], padded[reach + width - 1]);
            padded[..reach].fill(left);
            padded[reach + width..].fill(right);
            let to = ring.next();
            widest(
                #[inline(always)]
                || across(padded, weights, to),
            );
        }
        if n < 2 * reach {
            continue;
        }
        for (ring, line) in ring.iter().zip(&mut line) {
            let rows: Vec<&[f32]> = (0..=2 * reach).map(|back| ring.back(back)).collect();
            widest(
                #[inline(always)]
                || down(&rows, weights, line),
            );
        }
        if !write(band.first + n - 2 * reach, &line) {
            return;
        }
    }
}

#[inline(always)]
fn across(from: &[f32], weights: &[f32], to: &mut [f32]) {
    let reach = weights.len() - 1;
    let (blocks, rest) = to.as_chunks_mut::<BLOCK>();
    for (n, to) in blocks.iter_mut().enumerate() {
        let near = &from[n * BLOCK..(n + 1) * BLOCK + 2 * reach];
        *to = summed(
            weights,
            #[inline(always)]
            |k| (block(near, reach - k), block(near, reach + k)),
        );
    }
    let from = &from[blocks.len() * BLOCK..];
    for (x, to) in rest.iter_mut().enumerate() {
        let pairs = (1..=reach).map(|k| weights[k] * (from[x + reach - k] + from[x + reach + k]));
        *to = pairs.fold(weights[0] * from[x + reach], |sum, v| sum + v);
    }
}

/// `rows`: as many above as below the middle one.
#[inline(always)]
fn down(rows: &[&[f32]], weights: &[f32], to: &mut [f32]) {
    let reach = weights.len() - 1;
    let (blocks, rest) = to.as_chunks_mut::<BLOCK>();
    for (n, to) in blocks.iter_mut().enumerate() {
        *to = summed(
            weights,
            #[inline(always)]
            |k| (block(rows[reach - k], n * BLOCK), block(rows[reach + k], n * BLOCK)),
        );
    }
    let done = blocks.len() * BLOCK;
    for (i, to) in rest.iter_mut().enumerate() {
        let x = done + i;
        let pairs = (1..=reach).map(|k| weights[k] * (rows[reach - k][x] + rows[reach + k][x]));
        *to = pairs.fold(weights[0] * rows[reach][x], |sum, v| sum + v);
    }
}

#[inline(always)]
fn block(from: &[f32], at: usize) -> &[f32; BLOCK] {
    from[at..].first_chunk().expect("a whole block")
}

/// The middle and, by weight, the two neighbours at each distance.
#[inline(always)]
fn summed<'a>(weights: &[f32], pair: impl Fn(usize) -> (&'a [f32; BLOCK], &'a [f32; BLOCK])) -> [f32; BLOCK] {
    let mut sum = [0.0; BLOCK];
    let middle = pair(0).0;
    for i in 0..BLOCK {
        sum[i] = weights[0] * middle[i];
    }
    for (k, &w) in weights.iter().enumerate().skip(1) {
        let (a, b) = pair(k);
        for i in 0..BLOCK {
            sum[i] += w * (a[i] + b[i]);
        }
    }
    sum
}
