//! Cutting an aligned square out of a picture: the similarity transform that takes landmarks to a template, and sampling through it.

use rayon::prelude::*;

use super::affine::Affine;
use super::picture::Picture;
use crate::pace::checkpoint;

/// What lies under transparent pixels.
const GROUND: [f32; 3] = [128.0; 3];
/// The most samples in a row that are averaged into one pixel.
const MOST_SAMPLES: u32 = 16;

/// The similarity (turn, scale, shift; no mirror) that takes `from` nearest to `to` by least squares: S. Umeyama, "Least-squares estimation of
/// transformation parameters between two point patterns", 1991, which in two dimensions without a mirror is one complex quotient. `None` where fewer than
/// two points differ or a coordinate is not a number.
pub fn similarity(from: &[(f64, f64)], to: &[(f64, f64)]) -> Option<Affine> {
    let count = from.len().min(to.len()) as f64;
    let mean = |points: &[(f64, f64)]| {
        let (x, y) = points.iter().fold((0.0, 0.0), |s, p| (s.0 + p.0, s.1 + p.1));
        (x / count, y / count)
    };
    if from.len() != to.len() || from.len() < 2 {
        return None;
    }
    let (a, b) = (mean(from), mean(to));
    let (mut real, mut imaginary, mut spread) = (0.0, 0.0, 0.0);
    for (p, q) in from.iter().zip(to) {
        let (x, y, u, v) = (p.0 - a.0, p.1 - a.1, q.0 - b.0, q.1 - b.1);
        real += x * u + y * v;
        imaginary += x * v - y * u;
        spread += x * x + y * y;
    }
    let (c, s) = (real / spread, imaginary / spread);
    let usable = c.is_finite() && s.is_finite() && c.hypot(s) > 1e-9;
    usable.then(|| Affine([c, -s, b.0 - (c * a.0 - s * a.1), s, c, b.1 - (s * a.0 + c * a.1)]))
}

/// By how much a map enlarges lengths, on the whole.
pub fn scale_of(map: &Affine) -> f64 {
    let [a, b, _, d, e, _] = map.0;
    (a * e - b * d).abs().sqrt()
}

/// A square of colour: sRGB 0..=255 with fractions, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Square {
    side: u32,
    pixels: Vec<[f32; 3]>,
}

impl Square {
    /// # Panics
    /// When the length is not `side * side`.
    pub fn new(side: u32, pixels: Vec<[f32; 3]>) -> Square {
        assert_eq!(pixels.len(), side as usize * side as usize, "pixels of a square of {side}");
        Square { side, pixels }
    }

    pub fn side(&self) -> u32 {
        self.side
    }

    pub fn pixels(&self) -> &[[f32; 3]] {
        &self.pixels
    }

    /// What a picture shows in a square; `map` leads from the square's pixels to the picture's. Beyond its border the picture is mirrored, as the
    /// pictures were that face models learnt from (FFHQ): there is no edge that could bleed into it.
    pub fn of_picture(picture: &Picture, map: &Affine, side: u32) -> Square {
        let (width, height) = (i64::from(picture.width()), i64::from(picture.height()));
        let at = |x: i64, y: i64| {
            let [r, g, b, a] = picture.pixel(mirrored(x, width), mirrored(y, height)).map(f32::from);
            if a == 255.0 {
                return [r, g, b];
            }
            let a = a / 255.0;
            [r * a + GROUND[0] * (1.0 - a), g * a + GROUND[1] * (1.0 - a), b * a + GROUND[2] * (1.0 - a)]
        };
        Square::sampled(at, map, side)
    }

    /// This square seen through another; `map` leads from its pixels to this one's. Beyond its border its outermost pixels go on.
    pub fn through(&self, map: &Affine) -> Square {
        Square::sampled(|x, y| self.at(x, y), map, self.side)
    }

    fn sampled(at: impl Fn(i64, i64) -> [f32; 3] + Sync, map: &Affine, side: u32) -> Square {
        checkpoint();
        let sampler = Sampler::new(map);
        let mut pixels = vec![[0.0; 3]; side as usize * side as usize];
        pixels.par_chunks_exact_mut(side as usize).enumerate().for_each(|(y, row)| {
            row.iter_mut().enumerate().for_each(|(x, to)| *to = sampler.colour(&at, x as f64, y as f64));
        });
        Square { side, pixels }
    }

    /// The pixel there or the nearest one.
    pub fn at(&self, x: i64, y: i64) -> [f32; 3] {
        let last = i64::from(self.side) - 1;
        self.pixels[(y.clamp(0, last) * i64::from(self.side) + x.clamp(0, last)) as usize]
    }

    /// Rounded to eight bits, opaque.
    pub fn to_picture(&self) -> Picture {
        let level = |v: f32| v.round().clamp(0.0, 255.0) as u8;
        let rgba = self.pixels.iter().flat_map(|&[r, g, b]| [level(r), level(g), level(b), 255]).collect();
        Picture::from_rgba8(self.side, self.side, rgba)
    }

    /// `share` of another square of this size laid over it, 0..=1.
    pub fn mixed(&self, other: &Square, share: f32) -> Square {
        let mix = |(a, b): (&[f32; 3], &[f32; 3])| [0, 1, 2].map(|c| a[c] + share * (b[c] - a[c]));
        Square { side: self.side, pixels: self.pixels.iter().zip(&other.pixels).map(mix).collect() }
    }
}

/// Samples through a map: Catmull-Rom where it enlarges, the mean of bilinear samples over a pixel's area where it shrinks.
#[derive(Clone, Copy, Debug)]
pub struct Sampler {
    map: Affine,
    samples: u32,
}

impl Sampler {
    /// `map` leads from the result's pixels to the source's.
    pub fn new(map: &Affine) -> Sampler {
        let samples = scale_of(map).min(f64::from(MOST_SAMPLES)).ceil() as u32;
        Sampler { map: *map, samples: samples.max(1) }
    }

    /// The colour of the result's pixel (x, y); `at` gives the source's pixels, and something for places beyond.
    pub fn colour(&self, at: &impl Fn(i64, i64) -> [f32; 3], x: f64, y: f64) -> [f32; 3] {
        if self.samples == 1 {
            let (u, v) = self.map.apply(x + 0.5, y + 0.5);
            return catmull_rom(at, u - 0.5, v - 0.5);
        }
        let n = self.samples;
        let mut sum = [0f32; 3];
        for i in 0..n * n {
            let part = |k: u32| (f64::from(k) + 0.5) / f64::from(n);
            let (u, v) = self.map.apply(x + part(i % n), y + part(i / n));
            let colour = bilinear(at, u - 0.5, v - 0.5);
            (0..3).for_each(|c| sum[c] += colour[c]);
        }
        sum.map(|v| v / (n * n) as f32)
    }
}

/// The place in `0..length` that a place beyond shows: back and forth, the outermost pixel twice.
fn mirrored(at: i64, length: i64) -> u32 {
    let round = at.rem_euclid(2 * length);
    round.min(2 * length - 1 - round) as u32
}

fn bilinear(at: &impl Fn(i64, i64) -> [f32; 3], x: f64, y: f64) -> [f32; 3] {
    let (left, top) = (x.floor(), y.floor());
    let (fx, fy) = ((x - left) as f32, (y - top) as f32);
    let (left, top) = (left as i64, top as i64);
    let (a, b) = (at(left, top), at(left + 1, top));
    let (c, d) = (at(left, top + 1), at(left + 1, top + 1));
    [0, 1, 2].map(|i| (a[i] * (1.0 - fx) + b[i] * fx) * (1.0 - fy) + (c[i] * (1.0 - fx) + d[i] * fx) * fy)
}

/// E. Catmull and R. Rom, "A class of local interpolating splines", 1974; kept inside 0..=255.
fn catmull_rom(at: &impl Fn(i64, i64) -> [f32; 3], x: f64, y: f64) -> [f32; 3] {
    let weights = |t: f32| {
        let (t2, t3) = (t * t, t * t * t);
        [-0.5 * t3 + t2 - 0.5 * t, 1.5 * t3 - 2.5 * t2 + 1.0, -1.5 * t3 + 2.0 * t2 + 0.5 * t, 0.5 * t3 - 0.5 * t2]
    };
    let (left, top) = (x.floor(), y.floor());
    let (across, down) = (weights((x - left) as f32), weights((y - top) as f32));
    let mut sum = [0f32; 3];
    for (j, wy) in (0i64..).zip(down) {
        for (i, wx) in (0i64..).zip(across) {
            let colour = at(left as i64 + i - 1, top as i64 + j - 1);
            (0..3).for_each(|c| sum[c] += wx * wy * colour[c]);
        }
    }
    sum.map(|v| v.clamp(0.0, 255.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turned(angle: f64, scale: f64, shift: (f64, f64)) -> Affine {
        let (s, c) = (angle.sin() * scale, angle.cos() * scale);
        Affine([c, -s, shift.0, s, c, shift.1])
    }

    #[test]
    fn a_similarity_is_found_from_points_and_is_the_nearest_where_they_do_not_fit() {
        let points = [(10.0, 20.0), (60.0, 22.0), (33.0, 50.0), (20.0, 70.0), (55.0, 71.0)];
        let map = turned(0.3, 1.7, (-40.0, 12.0));
        let there: Vec<(f64, f64)> = points.iter().map(|p| map.apply(p.0, p.1)).collect();
        let found = similarity(&points, &there).unwrap();
        assert!(found.0.iter().zip(map.0).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?}");
        assert!((scale_of(&found) - 1.7).abs() < 1e-9);
        // One point off: no other small change of the parameters comes nearer.
        let mut off = there.clone();
        off[2].0 += 5.0;
        let best = similarity(&points, &off).unwrap();
        let error = |m: &Affine| {
            points
                .iter()
                .zip(&off)
                .map(|(p, q)| {
                    let r = m.apply(p.0, p.1);
                    (r.0 - q.0).powi(2) + (r.1 - q.1).powi(2)
                })
                .sum::<f64>()
        };
        for (turn, size) in [(0.01, 1.0), (-0.01, 1.0), (0.0, 1.01), (0.0, 0.99)] {
            assert!(error(&turned(turn, size, (0.0, 0.0)).then(&Affine::IDENTITY).then(&best)) > error(&best));
        }
    }

    #[test]
    fn points_that_say_nothing_give_none() {
        assert!(similarity(&[(1.0, 1.0); 5], &[(2.0, 2.0); 5]).is_none());
        assert!(similarity(&[(1.0, 1.0)], &[(2.0, 2.0)]).is_none());
        assert!(similarity(&[(f64::NAN, 0.0), (1.0, 1.0)], &[(0.0, 0.0), (1.0, 0.0)]).is_none());
    }

    #[test]
    fn the_identity_gives_the_picture_and_beyond_it_is_mirrored() {
        let pixels = (0..64u32).flat_map(|i| [(i * 3) as u8, (255 - i) as u8, 7, 255]).collect();
        let picture = Picture::from_rgba8(8, 8, pixels);
        assert_eq!(Square::of_picture(&picture, &Affine::IDENTITY, 8).to_picture(), picture);
        let beyond = Square::of_picture(&picture, &Affine::translation(-3.0, 8.0), 4).to_picture();
        assert_eq!((beyond.pixel(0, 0), beyond.pixel(3, 1)), (picture.pixel(2, 7), picture.pixel(0, 6)));
        let speck = Picture::filled(1, 1, [9, 8, 7, 255]);
        assert!(Square::of_picture(&speck, &Affine::translation(-400.0, 50.0), 4).pixels().iter().all(|&p| p == [9.0, 8.0, 7.0]));
        let clear = Picture::filled(8, 8, [255, 0, 0, 0]);
        assert!(Square::of_picture(&clear, &Affine::IDENTITY, 4).pixels().iter().all(|&p| p == GROUND));
    }

    #[test]
    fn shrinking_averages_and_does_not_alias() {
        let board = (0..256u32 * 256).flat_map(|i| if (i % 256 + i / 256) % 2 == 0 { [255; 4] } else { [0, 0, 0, 255] }).collect();
        let board = Picture::from_rgba8(256, 256, board);
        let small = Square::of_picture(&board, &Affine::scaling(8.0, 8.0), 32);
        let worst = small.pixels()[33..992].iter().map(|p| (p[0] - 127.5).abs()).fold(0.0, f32::max);
        assert!(worst < 8.5, "{worst}");
    }

    #[test]
    fn there_and_back_again_is_nearly_the_same() {
        let smooth = |x: f32, y: f32| [127.0 + 90.0 * (x / 9.0).sin(), 127.0 + 90.0 * (y / 11.0).cos(), x + y];
        let square = Square::new(64, (0..64 * 64).map(|i| smooth((i % 64) as f32, (i / 64) as f32)).collect());
        let map = turned(0.2, 1.0, (8.0, -5.0));
        let back = square.through(&map).through(&map.inverse().unwrap());
        for y in 20..44 {
            for x in 20..44 {
                let (a, b) = (square.at(x, y), back.at(x, y));
                assert!((0..3).all(|c| (a[c] - b[c]).abs() < 1.0), "{x},{y}: {a:?} {b:?}");
            }
        }
    }
}
