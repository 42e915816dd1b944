//! Three box averages one after another (P. Kovesi, "Fast almost-Gaussian filtering", DICTA 2010), in integers and in time that does not depend on the
//! radius: the three running sums take turns on one value (E. Hogenauer, "An economical class of digital filters for decimation and interpolation",
//! 1981). Sums may wrap on the way, what comes out is exact, so that bands of rows give the same bits wherever they begin.

use super::ring::{Band, Ring};
use crate::vectors::widest;

/// Rows that are blurred across at once, one in each lane.
pub(super) const LANES: usize = 8;
/// Columns that are summed downwards together.
const BLOCK: usize = 16;
/// Sums of 16-bit values over three boxes stay below 2³¹.
const MOST_PRODUCT: usize = 1 << 15;

/// Lengths of the three boxes; their sum is odd, so that there is a middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Boxes([usize; 3]);

impl Boxes {
    /// Those whose variance is nearest to that of the Gaussian, of lengths that are not far apart. `None` where they would be too long for 32 bits.
    pub fn new(sigma: f32) -> Option<Boxes> {
        // A box of n has the variance (n² − 1)/12.
        let wanted = 12.0 * sigma * sigma + 3.0;
        let middle = (wanted / 3.0).sqrt();
        let (least, most) = ((0.5 * middle) as usize, (1.4 * middle).ceil() as usize + 1);
        let lengths = least.max(1)..=most;
        let all = lengths.clone().flat_map(|a| (a..=most).flat_map(move |b| (b..=most).map(move |c| [a, b, c])));
        let off = |n: &[usize; 3]| (n.map(|n| (n * n) as f32).iter().sum::<f32>() - wanted).abs();
        let odd = all.filter(|n| n.iter().sum::<usize>() % 2 == 1);
        // Among equals the most alike.
        let best = odd.min_by(|a, b| off(a).total_cmp(&off(b)).then((a[2] - a[0]).cmp(&(b[2] - b[0]))))?;
        (best.iter().product::<usize>() < MOST_PRODUCT).then_some(Boxes(best))
    }

    /// Neighbours on either side that count.
    pub fn reach(&self) -> usize {
        (self.0.iter().sum::<usize>() - 3) / 2
    }

    /// How far back the eight values are whose signed sum is the third difference of what comes out; the first four signs are + − − −, then + + + −.
    fn taps(&self) -> [usize; 8] {
        let [a, b, c] = self.0;
        [0, a, b, c, a + b, a + c, b + c, a + b + c]
    }

    fn share(&self) -> f32 {
        1.0 / self.0.iter().product::<usize>() as f32
    }
}

/// Lanes of one column in [`LANES`] rows.
type Column = [u16; LANES];
type Sums<const N: usize> = [[u32; N]; 3];

/// Blurs a band of rows. `read(ys, planes)` writes rows `ys` of the picture into the planes side by side, `write(y, planes)` takes a blurred row; it ends
/// the work by returning false.
pub(super) fn blur(
    band: &Band,
    boxes: &Boxes,
    read: impl Fn(&[usize; LANES], &mut [&mut [Column]; 3]),
    mut write: impl FnMut(usize, &[Vec<u16>; 3]) -> bool,
) {
    let (width, reach, taps, share) = (band.width, boxes.reach(), boxes.taps(), boxes.share());
    let history = taps[7];
    // Nothing, then the left border, the row and the right border.
    let mut side_by_side: [Vec<Column>; 3] = std::array::from_fn(|_| vec![[0; LANES]; history + width + 2 * reach]);
    let mut blurred = vec![[0; LANES]; width.next_multiple_of(LANES)];
    let mut ring: [Ring<u16>; 3] = std::array::from_fn(|_| Ring::new(history + 1, width));
    let mut sums: [Vec<Sums<BLOCK>>; 3] = std::array::from_fn(|_| vec![[[0; BLOCK]; 3]; width.div_ceil(BLOCK)]);
    let mut line: [Vec<u16>; 3] = std::array::from_fn(|_| vec![0; width]);
    let mut ahead: [Vec<u16>; 3] = std::array::from_fn(|_| vec![0; LANES * width]);
    let rows = band.rows + 2 * reach;
    for n in (0..rows).step_by(LANES) {
        let ys = std::array::from_fn(|i| band.source(n + i, reach));
        read(&ys, &mut side_by_side.each_mut().map(|p| &mut p[history + reach..history + reach + width]));
        for (plane, ahead) in side_by_side.iter_mut().zip(&mut ahead) {
            let (left, right) = (plane[history + reach], plane[history + reach + width - 1]);
            plane[history..history + reach].fill(left);
            plane[history + reach + width..].fill(right);
            widest(
                #[inline(always)]
                || {
                    across(plane, (&taps, 2 * reach, share), &mut blurred[..width]);
                    one_by_one(&blurred, ahead, width);
                },
            );
        }
        for i in 0..LANES.min(rows - n) {
            for c in 0..3 {
                ring[c].next().copy_from_slice(&ahead[c][i * width..(i + 1) * width]);
                let from = taps.map(|back| ring[c].back(back));
                widest(
                    #[inline(always)]
                    || down(&from, share, &mut sums[c], &mut line[c]),
                );
            }
            if n + i >= 2 * reach && !write(band.first + n + i - 2 * reach, &line) {
                return;
            }
        }
    }
}

/// `from` starts with as many zeros as the last tap is back; the first `skipped` results have not seen all of their neighbours.
#[inline(always)]
fn across(from: &[Column], (taps, skipped, share): (&[usize; 8], usize, f32), to: &mut [Column]) {
    let history = taps[7];
    let mut sums = [[0u32; LANES]; 3];
    let count = to.len() + skipped;
    let rows = taps.map(|back| &from[history - back..history - back + count]);
    let [a, b, c, d, e, f, g, h] = rows;
    for i in 0..skipped {
        step(&[&a[i], &b[i], &c[i], &d[i], &e[i], &f[i], &g[i], &h[i]], &mut sums);
    }
    for (i, to) in (skipped..count).zip(to) {
        step(&[&a[i], &b[i], &c[i], &d[i], &e[i], &f[i], &g[i], &h[i]], &mut sums);
        rounded(&sums[2], share, to);
    }
}

/// Columns of lanes as rows.
#[inline(always)]
fn one_by_one(from: &[Column], to: &mut [u16], width: usize) {
    let (blocks, _) = from.as_chunks::<LANES>();
    for (i, row) in to.chunks_exact_mut(width).enumerate() {
        let (whole, rest) = row.as_chunks_mut::<LANES>();
        for (to, block) in whole.iter_mut().zip(blocks) {
            for x in 0..LANES {
                to[x] = block[x][i];
            }
        }
        let done = whole.len() * LANES;
        rest.iter_mut().zip(&from[done..]).for_each(|(to, column)| *to = column[i]);
    }
}

#[inline(always)]
fn down(from: &[&[u16]; 8], share: f32, sums: &mut [Sums<BLOCK>], to: &mut [u16]) {
    let (blocks, rest) = to.as_chunks_mut::<BLOCK>();
    let done = blocks.len();
    let [a, b, c, d, e, f, g, h] = from.map(|row| row.as_chunks::<BLOCK>().0);
    for (n, (to, sums)) in blocks.iter_mut().zip(sums.iter_mut()).enumerate() {
        step(&[&a[n], &b[n], &c[n], &d[n], &e[n], &f[n], &g[n], &h[n]], sums);
        rounded(&sums[2], share, to);
    }
    if let Some(sums) = sums.get_mut(done) {
        let mut last = [[0u16; BLOCK]; 8];
        for (last, row) in last.iter_mut().zip(from) {
            last[..rest.len()].copy_from_slice(&row[done * BLOCK..]);
        }
        step(&last.each_ref(), sums);
        let mut averages = [0; BLOCK];
        rounded(&sums[2], share, &mut averages);
        rest.copy_from_slice(&averages[..rest.len()]);
    }
}

/// The next value of each lane into the running sums.
#[inline(always)]
fn step<const N: usize>(from: &[&[u16; N]; 8], sums: &mut Sums<N>) {
    let [a, b, c, d, e, f, g, h] = *from;
    for i in 0..N {
        let plus = u32::from(a[i]) + u32::from(e[i]) + u32::from(f[i]) + u32::from(g[i]);
        let minus = u32::from(b[i]) + u32::from(c[i]) + u32::from(d[i]) + u32::from(h[i]);
        sums[0][i] = sums[0][i].wrapping_add(plus.wrapping_sub(minus));
        sums[1][i] = sums[1][i].wrapping_add(sums[0][i]);
        sums[2][i] = sums[2][i].wrapping_add(sums[1][i]);
    }
}

/// Sums below 2³¹ as the averages that they stand for.
#[inline(always)]
fn rounded<const N: usize>(sums: &[u32; N], share: f32, to: &mut [u16; N]) {
    for i in 0..N {
        to[i] = super::nearest(sums[i] as i32 as f32 * share);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_boxes_are_as_wide_as_the_gaussian_that_is_asked_for() {
        for tenths in 30..160 {
            let sigma = tenths as f32 / 10.0;
            let boxes = Boxes::new(sigma).unwrap();
            let variance: f32 = boxes.0.iter().map(|n| (n * n - 1) as f32 / 12.0).sum();
            assert!((variance.sqrt() / sigma - 1.0).abs() < 0.02, "{sigma}: {boxes:?}");
        }
        assert_eq!(Boxes::new(40.0), None);
    }

    #[test]
    fn a_band_that_begins_elsewhere_gives_the_same_bits() {
        let (width, height) = (37usize, 61usize);
        let value = |x: usize, y: usize| (x * 9973 + y * 7919 + x * y * 31) as u16;
        let boxes = Boxes::new(3.3).unwrap();
        let blurred = |first: usize, rows: usize| {
            let mut out = vec![];
            let read = |ys: &[usize; LANES], planes: &mut [&mut [Column]; 3]| {
                planes.iter_mut().for_each(|p| p.iter_mut().enumerate().for_each(|(x, to)| *to = ys.map(|y| value(x, y))));
            };
            blur(&Band { first, rows, width, height }, &boxes, read, |_, planes| {
                out.extend_from_slice(&planes[1]);
                true
            });
            out
        };
        let whole = blurred(0, height);
        assert_eq!(whole.len(), width * height);
        let parts: Vec<u16> = [(0, 5), (5, 30), (35, 26)].iter().flat_map(|&(first, rows)| blurred(first, rows)).collect();
        assert!(whole == parts);
        // Against the averages one after another.
        let at = |x: isize, y: isize| f64::from(value(x.clamp(0, 36) as usize, y.clamp(0, 60) as usize));
        let kernel = boxes.0.iter().fold(vec![1.0f64], |k, &n| {
            (0..k.len() + n - 1).map(|i| (0..n).filter_map(|j| i.checked_sub(j).and_then(|i| k.get(i))).sum::<f64>() / n as f64).collect()
        });
        let reach = boxes.reach() as isize;
        for (x, y) in [(0, 0), (36, 60), (18, 30), (36, 3)] {
            let sum: f64 = (-reach..=reach)
                .flat_map(|dy| (-reach..=reach).map(move |dx| (dx, dy)))
                .map(|(dx, dy)| kernel[(dx + reach) as usize] * kernel[(dy + reach) as usize] * at(x + dx, y + dy))
                .sum();
            let got = f64::from(whole[y as usize * width + x as usize]);
            assert!((got - sum).abs() <= 1.1, "{x},{y}: {got} {sum}");
        }
    }
}
