//! Pixels in runs of linear light, whatever their depth: read through tables, changed as planes of `f32` (loops that a compiler makes vectors of), written
//! with one rounding. What is transparent or not selected is copied bit for bit.

use std::sync::OnceLock;

use rayon::prelude::*;

use crate::colour::{self, from_linear, to_linear};
use crate::mask::Mask;
use crate::pace::{Counter, Pace, checkpoint};

/// Pixels of a run at most; its planes stay in the nearest cache.
pub(crate) const RUN: usize = 512;

/// A stored channel: 8 or 16 bits of sRGB.
pub(crate) trait Level: Copy + Default + PartialEq + Send + Sync + 'static {
    /// The largest value.
    const MOST: usize;
    fn index(self) -> usize;
    /// From sRGB 0..=1, rounded.
    fn of_share(share: f32) -> Self;
    /// From linear light, clamped to 0..=1.
    fn of_linear(linear: f32) -> Self;
}

impl Level for u8 {
    const MOST: usize = 255;

    fn index(self) -> usize {
        usize::from(self)
    }

    fn of_share(share: f32) -> u8 {
        (share * 255.0 + 0.5) as u8
    }

    #[inline(always)]
    fn of_linear(linear: f32) -> u8 {
        colour::Tables::get().srgb8_f(linear)
    }
}

impl Level for u16 {
    const MOST: usize = 65535;

    fn index(self) -> usize {
        usize::from(self)
    }

    fn of_share(share: f32) -> u16 {
        (share * 65535.0 + 0.5) as u16
    }

    #[inline(always)]
    fn of_linear(linear: f32) -> u16 {
        u16::of_share(share_of(linear))
    }
}

/// Pieces of [`share_of`]'s table.
const ROOTS: usize = 4096;

/// [`from_linear`] of what is clamped to 0..=1, right to 4·10⁻⁷: read from a table over the square root, against which the curve is nearly straight.
#[inline(always)]
pub(crate) fn share_of(linear: f32) -> f32 {
    static TABLE: OnceLock<Vec<f32>> = OnceLock::new();
    let table = TABLE.get_or_init(|| (0..=ROOTS).map(|i| from_linear((i as f32 / ROOTS as f32).powi(2))).collect());
    let at = linear.clamp(0.0, 1.0).sqrt() * ROOTS as f32;
    let low = (at as usize).min(ROOTS - 1);
    table[low] + (table[low + 1] - table[low]) * (at - low as f32)
}

/// Straight sRGB of premultiplied linear light, alpha last, 0..=1; all is 0 where alpha rounds to 0.
#[inline(always)]
pub(crate) fn straight<L: Level>([r, g, b, alpha]: [f32; 4]) -> [L; 4] {
    let a = L::of_share(alpha.clamp(0.0, 1.0));
    if a == L::default() {
        return [a; 4];
    }
    let channel = |v: f32| L::of_linear(v / alpha);
    [channel(r), channel(g), channel(b), a]
}

/// Up to [`RUN`] pixels of one row.
pub(crate) struct Run {
    /// Linear light.
    pub r: [f32; RUN],
    pub g: [f32; RUN],
    pub b: [f32; RUN],
    /// Luma in levels 0..=255, where the reader gives it.
    pub light: [f32; RUN],
}

impl Run {
    fn new() -> Run {
        Run { r: [0.0; RUN], g: [0.0; RUN], b: [0.0; RUN], light: [0.0; RUN] }
    }
}

/// Tables from stored values to linear light, by channel.
pub(crate) struct Reader {
    linear: [Vec<f32>; 3],
    /// Shares of luma in levels (Rec. 601), by channel.
    light: Option<[Vec<f32>; 3]>,
}

impl Reader {
    /// Values that go through a curve first: `curve(channel, sRGB 0..=1)` gives sRGB 0..=1. `with_light`: luma after the curve is wanted.
    pub fn through<L: Level>(curve: impl Fn(usize, f32) -> f32 + Sync, with_light: bool) -> Reader {
        checkpoint();
        let values = |c: usize| -> Vec<f32> { (0..=L::MOST).into_par_iter().map(|v| curve(c, v as f32 / L::MOST as f32)).collect() };
        let shares: [Vec<f32>; 3] = std::array::from_fn(values);
        let weight = |c: usize| 255.0 * [0.299, 0.587, 0.114][c];
        let light = with_light.then(|| std::array::from_fn(|c| shares[c].iter().map(|v| v * weight(c)).collect()));
        Reader { linear: shares.map(|s| s.into_iter().map(to_linear).collect()), light }
    }

    /// Values as they are.
    pub fn plain<L: Level>() -> Reader {
        Reader::through::<L>(|_, v| v, false)
    }

    /// Luma in levels; the reader was made with light.
    pub fn light<L: Level>(&self, pixel: [L; 4]) -> f32 {
        let light = self.light.as_ref().expect("made with light");
        light[0][pixel[0].index()] + light[1][pixel[1].index()] + light[2][pixel[2].index()]
    }

    /// Linear light times alpha, alpha last, 0..=1.
    #[inline(always)]
    pub fn premultiplied<L: Level>(&self, pixel: [L; 4]) -> [f32; 4] {
        let alpha = pixel[3].index() as f32 / L::MOST as f32;
        let [r, g, b] = &self.linear;
        [r[pixel[0].index()] * alpha, g[pixel[1].index()] * alpha, b[pixel[2].index()] * alpha, alpha]
    }

    fn read<L: Level>(&self, pixels: &[[L; 4]], run: &mut Run) {
        let [r, g, b] = &self.linear;
        for (i, pixel) in pixels.iter().enumerate() {
            run.r[i] = r[pixel[0].index()];
            run.g[i] = g[pixel[1].index()];
            run.b[i] = b[pixel[2].index()];
        }
        if self.light.is_some() {
            for (i, pixel) in pixels.iter().enumerate() {
                run.light[i] = self.light(*pixel);
            }
        }
    }
}

/// A picture's pixels and which of them change.
pub(crate) struct Canvas<'a, L> {
    pub pixels: &'a [[L; 4]],
    pub width: usize,
    /// Of the same size; without one all change.
    pub mask: Option<&'a Mask>,
}

impl<L: Level> Canvas<'_, L> {
    /// Every run read, changed and written: `row(y)` gives what changes the runs of a row, called with the run, its length and its first column.
    /// `None` where the work was cancelled.
    pub fn changed<F: Fn(&mut Run, usize, usize)>(
        &self,
        reader: &Reader,
        pace: Pace<'_>,
        row: impl Fn(usize) -> F + Sync,
    ) -> Option<Vec<[L; 4]>> {
        let plain = self.mask.map(|_| Reader::plain::<L>());
        self.by_row(pace, |to, y| {
            let stage = row(y);
            let mut run = Run::new();
            for (n, part) in to.chunks_mut(RUN).enumerate() {
                let from = y * self.width + n * RUN;
                let pixels = &self.pixels[from..from + part.len()];
                reader.read(pixels, &mut run);
                stage(&mut run, part.len(), n * RUN);
                self.write(&run, from, part, plain.as_ref());
            }
        })
    }

    /// Every value through a table of its channel.
    pub fn looked_up(&self, tables: &[Vec<L>; 3], pace: Pace<'_>) -> Option<Vec<[L; 4]>> {
        self.by_row(pace, |row, y| {
            let from = y * self.width;
            for (i, (to, &pixel)) in row.iter_mut().zip(&self.pixels[from..]).enumerate() {
                let share = self.mask.map_or(255, |m| m.values()[from + i]);
                let [r, g, b, alpha] = pixel;
                let full = [tables[0][r.index()], tables[1][g.index()], tables[2][b.index()], alpha];
                *to = match (alpha.index(), share) {
                    (0, _) | (_, 0) => pixel,
                    (_, 255) => full,
                    _ => between(pixel, full, share),
                };
            }
        })
    }

    /// Every seen pixel through `f`, from sRGB 0..=1 to sRGB 0..=1.
    pub fn by_value(&self, pace: Pace<'_>, f: impl Fn([f32; 3]) -> [f32; 3] + Sync) -> Option<Vec<[L; 4]>> {
        let scale = 1.0 / L::MOST as f32;
        self.by_row(pace, |row, y| {
            for (to, &pixel) in row.iter_mut().zip(&self.pixels[y * self.width..]) {
                let [r, g, b, alpha] = pixel;
                *to = if alpha == L::default() {
                    pixel
                } else {
                    let [r, g, b] = f([r, g, b].map(|v| v.index() as f32 * scale)).map(L::of_share);
                    [r, g, b, alpha]
                };
            }
        })
    }

    fn by_row(&self, pace: Pace<'_>, work: impl Fn(&mut [[L; 4]], usize) + Sync) -> Option<Vec<[L; 4]>> {
        checkpoint();
        let mut out = vec![[L::default(); 4]; self.pixels.len()];
        let counter = Counter::new(pace, self.pixels.len());
        // Rows of a narrow picture go together.
        let rows = (1usize << 14).div_ceil(self.width);
        out.par_chunks_mut(rows * self.width).enumerate().for_each(|(n, band)| {
            if counter.is_cancelled() {
                return;
            }
            for (i, row) in band.chunks_mut(self.width).enumerate() {
                work(row, n * rows + i);
            }
            counter.add(band.len());
        });
        (!counter.is_cancelled()).then_some(out)
    }

    fn write(&self, run: &Run, from: usize, to: &mut [[L; 4]], plain: Option<&Reader>) {
        let (Some(mask), Some(plain)) = (self.mask, plain) else {
            for (i, to) in to.iter_mut().enumerate() {
                let before = self.pixels[from + i];
                *to = if before[3] == L::default() { before } else { written(run, i, before[3]) };
            }
            return;
        };
        for (i, to) in to.iter_mut().enumerate() {
            let (before, share) = (self.pixels[from + i], mask.values()[from + i]);
            *to = match share {
                _ if before[3] == L::default() => before,
                0 => before,
                255 => written(run, i, before[3]),
                _ => {
                    let t = f32::from(share) / 255.0;
                    let mix = |c: usize, new: f32| {
                        let old = plain.linear[c][before[c].index()];
                        L::of_linear(old + (new - old) * t)
                    };
                    [mix(0, run.r[i]), mix(1, run.g[i]), mix(2, run.b[i]), before[3]]
                }
            };
        }
    }
}

#[inline(always)]
fn written<L: Level>(run: &Run, i: usize, alpha: L) -> [L; 4] {
    [L::of_linear(run.r[i]), L::of_linear(run.g[i]), L::of_linear(run.b[i]), alpha]
}

/// Between two pixels of one alpha, in linear light.
fn between<L: Level>(before: [L; 4], after: [L; 4], share: u8) -> [L; 4] {
    let t = f32::from(share) / 255.0;
    let linear = |v: L| to_linear(v.index() as f32 / L::MOST as f32);
    let mix = |c: usize| if before[c] == after[c] { before[c] } else { L::of_linear(linear(before[c]) * (1.0 - t) + linear(after[c]) * t) };
    [mix(0), mix(1), mix(2), before[3]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_either_depth_comes_back() {
        let eight = Reader::plain::<u8>();
        assert!((0..=255u8).all(|v| u8::of_linear(eight.linear[1][usize::from(v)]) == v));
        let sixteen = Reader::plain::<u16>();
        assert!((0..=65535u16).all(|v| u16::of_linear(sixteen.linear[2][usize::from(v)]) == v));
    }

    #[test]
    fn only_what_is_selected_and_seen_changes() {
        let pixels = vec![[10u8, 20, 30, 255], [10, 20, 30, 0], [10, 20, 30, 255], [10, 20, 30, 255]];
        let mask = Mask::new(4, 1, vec![255, 255, 0, 128]);
        let canvas = Canvas { pixels: &pixels, width: 4, mask: Some(&mask) };
        let out = canvas.changed(&Reader::plain::<u8>(), Pace::ALONE, |_| |run: &mut Run, n, _| run.r[..n].fill(1.0)).unwrap();
        assert_eq!(out[..3], [[255, 20, 30, 255], pixels[1], pixels[2]]);
        assert!(out[3][0] > 10 && out[3][0] < 255 && out[3][1..] == pixels[3][1..]);
        let white: [Vec<u8>; 3] = std::array::from_fn(|_| vec![255; 256]);
        let looked = canvas.looked_up(&white, Pace::ALONE).unwrap();
        assert_eq!(looked[..3], [[255; 4], pixels[1], pixels[2]]);
        assert!(canvas.looked_up(&white, Pace { cancelled: &|| true, done: &|_| {} }).is_none());
    }
}
