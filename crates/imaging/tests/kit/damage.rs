//! Damage as old prints have it, made by chance from a seed, with the truth about where it is: scratches, folds, dust, grain, fading and yellowing.
//!
//! Only for tests and measurements. The random numbers are SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014), so a
//! seed means the same damage everywhere.

use portico_imaging::{Mask, Picture};

/// From and to, both included.
pub type Range = (f32, f32);

/// How much damage of which kind. Lengths are pixels unless they say otherwise.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// Thin lines where the emulsion or the print is scratched.
    pub scratches: Range,
    pub width: Range,
    /// Share of the picture's long side.
    pub length: Range,
    /// The whole turn along a scratch, in radians, either way.
    pub bend: Range,
    /// How much of the picture's own tone is gone in it, 0..=1.
    pub opacity: Range,
    /// Share of scratches and specks that are dark, not bright.
    pub dark: f32,
    /// Creases right across the picture.
    pub folds: Range,
    pub fold_width: Range,
    /// Specks on a million pixels.
    pub specks: Range,
    /// Half the length of a speck.
    pub speck_radius: Range,
    /// Standard deviation of the grain, in levels.
    pub grain: f32,
    /// 0 = none, 1 = half of the contrast gone and strongly yellowed.
    pub fading: f32,
}

impl Recipe {
    /// Nothing is damaged.
    pub const NONE: Recipe = Recipe {
        scratches: (0.0, 0.0),
        width: (1.0, 1.0),
        length: (0.1, 0.1),
        bend: (0.0, 0.0),
        opacity: (1.0, 1.0),
        dark: 0.0,
        folds: (0.0, 0.0),
        fold_width: (6.0, 6.0),
        specks: (0.0, 0.0),
        speck_radius: (1.0, 1.0),
        grain: 0.0,
        fading: 0.0,
    };
}

/// What became of a picture.
pub struct Damaged {
    pub picture: Picture,
    /// As `picture`, faded and grainy, but without scratches, folds and dust: what a perfect filling would give.
    pub unscratched: Picture,
    /// Scratches and folds: 255 where at least a third of a pixel is lost.
    pub scratches: Mask,
    pub dust: Mask,
}

/// Damages a picture.
pub fn damage(picture: &Picture, recipe: &Recipe, seed: u64) -> Damaged {
    let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5eed);
    let (w, h) = (picture.width() as usize, picture.height() as usize);
    let faded = faded(picture, recipe.fading);
    let mut lines = Overlay::new(w, h);
    for _ in 0..chance.count(recipe.scratches) {
        lines.scratch(recipe, &mut chance);
    }
    for _ in 0..chance.count(recipe.folds) {
        lines.fold(recipe, &mut chance);
    }
    let mut specks = Overlay::new(w, h);
    let per_million = chance.between(recipe.specks);
    for _ in 0..(per_million * (w * h) as f32 / 1e6).round() as usize {
        specks.speck(recipe, &mut chance);
    }
    let mut scratched = faded.clone();
    specks.lay(&mut scratched);
    lines.lay(&mut scratched);
    let grain: Vec<f32> = (0..w * h).map(|_| chance.normal() * recipe.grain).collect();
    Damaged { picture: grainy(&scratched, &grain), unscratched: grainy(&faded, &grain), scratches: lines.truth(), dust: specks.truth() }
}

/// SplitMix64.
pub struct Chance(pub u64);

impl Chance {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0..1
    pub fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 24) as f32
    }

    pub fn between(&mut self, (low, high): Range) -> f32 {
        low + self.unit() * (high - low)
    }

    fn count(&mut self, (low, high): Range) -> usize {
        self.between((low, high + 0.999)) as usize
    }

    /// Standard normal, by Box and Muller.
    pub fn normal(&mut self) -> f32 {
        let (u, v) = (self.unit().max(1e-7), self.unit());
        (-2.0 * u.ln()).sqrt() * (std::f32::consts::TAU * v).cos()
    }
}

/// Paper white and the black of a scratched negative, as they show in a print.
const BRIGHT: [f32; 3] = [243.0, 239.0, 228.0];
const DARK: [f32; 3] = [16.0, 14.0, 12.0];

/// What lies over the picture: for each pixel how much, of which tone.
struct Overlay {
    width: usize,
    height: usize,
    cover: Vec<f32>,
    tone: Vec<[f32; 3]>,
}

/// A smooth random sequence in 0..1, one knot for every `step` pixels.
struct Wave {
    knots: Vec<f32>,
    step: f32,
}

impl Wave {
    fn new(length: f32, step: f32, chance: &mut Chance) -> Wave {
        Wave { knots: (0..(length / step) as usize + 3).map(|_| chance.unit()).collect(), step }
    }

    fn at(&self, s: f32) -> f32 {
        let x = (s / self.step).clamp(0.0, self.knots.len() as f32 - 1.001);
        let (i, f) = (x as usize, x.fract());
        let f = f * f * (3.0 - 2.0 * f);
        self.knots[i] * (1.0 - f) + self.knots[i + 1] * f
    }
}

impl Overlay {
    fn new(width: usize, height: usize) -> Overlay {
        Overlay { width, height, cover: vec![0.0; width * height], tone: vec![BRIGHT; width * height] }
    }

    fn long(&self) -> f32 {
        self.width.max(self.height) as f32
    }

    fn put(&mut self, x: f32, y: f32, cover: f32, tone: [f32; 3]) {
        let (x, y) = (x.round(), y.round());
        if x < 0.0 || y < 0.0 || x >= self.width as f32 || y >= self.height as f32 {
            return;
        }
        let i = y as usize * self.width + x as usize;
        if cover > self.cover[i] {
            (self.cover[i], self.tone[i]) = (cover, tone);
        }
    }

    /// Pixels near a point, with their distance to it along and across a direction.
    fn around(&mut self, (x, y): (f32, f32), reach: f32, mut f: impl FnMut(f32, f32) -> f32, tone: [f32; 3]) {
        let r = reach.ceil() as i32 + 1;
        for dy in -r..=r {
            for dx in -r..=r {
                let (px, py) = ((x + dx as f32).round(), (y + dy as f32).round());
                let cover = f(px - x, py - y);
                if cover > 0.0 {
                    self.put(px, py, cover, tone);
                }
            }
        }
    }

    fn scratch(&mut self, recipe: &Recipe, chance: &mut Chance) {
        let length = chance.between(recipe.length) * self.long();
        let width = chance.between(recipe.width);
        let opacity = chance.between(recipe.opacity);
        let tone = if chance.unit() < recipe.dark { DARK } else { BRIGHT };
        let sign = if chance.unit() < 0.5 { -1.0 } else { 1.0 };
        let turn = sign * chance.between(recipe.bend) / length;
        let (mut x, mut y) = (chance.unit() * self.width as f32, chance.unit() * self.height as f32);
        let mut angle = chance.unit() * std::f32::consts::TAU;
        // It begins half its length before that place, so that long ones do not all run out of the picture.
        (x, y) = (x - angle.cos() * length / 2.0, y - angle.sin() * length / 2.0);
        let (press, wobble) = (Wave::new(length, 23.0, chance), Wave::new(length, 61.0, chance));
        let step = 0.5;
        for i in 0..(length / step) as usize {
            let s = i as f32 * step;
            let taper = (s.min(length - s) / 12.0).min(1.0);
            let w = width * (0.75 + 0.5 * press.at(s)) * (0.4 + 0.6 * taper);
            // Where it barely touched, it is fainter.
            let lost = opacity * (0.55 + 0.75 * press.at(s)).min(1.0);
            self.around((x, y), w / 2.0, |dx, dy| lost * (w / 2.0 + 0.5 - dx.hypot(dy)).clamp(0.0, 1.0), tone);
            angle += (turn + (wobble.at(s) - 0.5) * 0.002) * step;
            (x, y) = (x + angle.cos() * step, y + angle.sin() * step);
        }
    }

    /// A crease from one side to another: a broken line of bare paper with torn edges.
    fn fold(&mut self, recipe: &Recipe, chance: &mut Chance) {
        let width = chance.between(recipe.fold_width);
        let length = self.long() * 1.6;
        let tilt = (chance.unit() - 0.5) * 0.5;
        let upright = chance.unit() < 0.5;
        let (w, h) = (self.width as f32, self.height as f32);
        let (mut x, mut y, mut angle) = if upright {
            (w * chance.between((0.15, 0.85)), 0.0, std::f32::consts::FRAC_PI_2 + tilt)
        } else {
            (0.0, h * chance.between((0.15, 0.85)), tilt)
        };
        let (left, right) = (Wave::new(length, 5.0, chance), Wave::new(length, 7.0, chance));
        let (broken, drift) = (Wave::new(length, 17.0, chance), Wave::new(length, 90.0, chance));
        for i in 0..(length * 2.0) as usize {
            let s = i as f32 * 0.5;
            let (sin, cos) = angle.sin_cos();
            let torn = ((broken.at(s) + 0.35) * 1.6).min(1.0);
            let (l, r) = (width * (0.2 + 0.6 * left.at(s)) * torn, width * (0.2 + 0.6 * right.at(s)) * torn);
            let cover = |dx: f32, dy: f32| {
                let (along, across) = (dx * cos + dy * sin, dy * cos - dx * sin);
                let edge = if across < 0.0 { l + across } else { r - across };
                if along.abs() > 0.75 { 0.0 } else { (edge + 0.5).clamp(0.0, 1.0) * 0.95 }
            };
            self.around((x, y), width, cover, BRIGHT);
            angle += (drift.at(s) - 0.5) * 0.0015;
            (x, y) = (x + cos * 0.5, y + sin * 0.5);
        }
    }

    fn speck(&mut self, recipe: &Recipe, chance: &mut Chance) {
        let radius = chance.between(recipe.speck_radius);
        let flat = chance.between((0.5, 1.0));
        let (sin, cos) = (chance.unit() * std::f32::consts::PI).sin_cos();
        let at = (chance.unit() * self.width as f32, chance.unit() * self.height as f32);
        let tone = if chance.unit() < recipe.dark { DARK } else { BRIGHT };
        let opacity = chance.between(recipe.opacity);
        let cover = |dx: f32, dy: f32| {
            let (along, across) = (dx * cos + dy * sin, (dy * cos - dx * sin) / flat);
            opacity * (radius + 0.5 - along.hypot(across)).clamp(0.0, 1.0)
        };
        self.around(at, radius, cover, tone);
    }

    fn lay(&self, picture: &mut Picture) {
        let (pixels, _) = picture.rgba8_mut().as_chunks_mut::<4>();
        for ((pixel, &cover), tone) in pixels.iter_mut().zip(&self.cover).zip(&self.tone) {
            for c in 0..3 {
                let value = f32::from(pixel[c]);
                pixel[c] = (value + (tone[c] - value) * cover).round() as u8;
            }
        }
    }

    fn truth(&self) -> Mask {
        let values = self.cover.iter().map(|&c| if c > 0.33 { 255 } else { 0 }).collect();
        Mask::new(self.width as u32, self.height as u32, values)
    }
}

/// Contrast towards a warm paper tone; blue goes first.
fn faded(picture: &Picture, by: f32) -> Picture {
    let mut out = picture.clone();
    let paper = [214.0, 196.0, 158.0];
    let loss = [0.38, 0.42, 0.5];
    for pixel in out.rgba8_mut().as_chunks_mut::<4>().0 {
        for c in 0..3 {
            let value = f32::from(pixel[c]);
            pixel[c] = (value + (paper[c] - value) * loss[c] * by).round() as u8;
        }
    }
    out
}

fn grainy(picture: &Picture, grain: &[f32]) -> Picture {
    let mut out = picture.clone();
    for (pixel, g) in out.rgba8_mut().as_chunks_mut::<4>().0.iter_mut().zip(grain) {
        for value in &mut pixel[..3] {
            *value = (f32::from(*value) + g).round().clamp(0.0, 255.0) as u8;
        }
    }
    out
}

/// Precision, recall and F1 of a found mask, with a tolerance: found counts as right within `slack` px of the truth, truth as found within `slack` px of what
/// was found.
pub struct Score {
    pub right: f64,
    pub found: f64,
    pub met: f64,
    pub truth: f64,
}

impl Score {
    pub const NOTHING: Score = Score { right: 0.0, found: 0.0, met: 0.0, truth: 0.0 };

    pub fn add(&mut self, found: &Mask, truth: &Mask, slack: i32) {
        let count = |a: &Mask, b: &Mask| a.values().iter().zip(b.values()).filter(|(a, b)| **a > 127 && **b > 127).count() as f64;
        let (near_truth, near_found) = (truth.grown(slack), found.grown(slack));
        self.right += count(found, &near_truth);
        self.found += count(found, found);
        self.met += count(truth, &near_found);
        self.truth += count(truth, truth);
    }

    pub fn precision(&self) -> f64 {
        if self.found == 0.0 { 1.0 } else { self.right / self.found }
    }

    pub fn recall(&self) -> f64 {
        if self.truth == 0.0 { 1.0 } else { self.met / self.truth }
    }

    pub fn f1(&self) -> f64 {
        2.0 * self.precision() * self.recall() / (self.precision() + self.recall()).max(1e-9)
    }
}

/// Peak signal-to-noise ratio of the colours in dB, where `inside` counts (everywhere without it).
pub fn psnr(a: &Picture, b: &Picture, inside: Option<&Mask>) -> f64 {
    let (a, b) = (a.rgba8().as_chunks::<4>().0, b.rgba8().as_chunks::<4>().0);
    let (mut sum, mut count) = (0.0, 0.0);
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        if inside.is_none_or(|m| m.values()[i] > 0) {
            sum += (0..3).map(|c| (f64::from(a[c]) - f64::from(b[c])).powi(2)).sum::<f64>();
            count += 3.0;
        }
    }
    10.0 * (255.0 * 255.0 * count / f64::max(sum, 1e-9)).log10()
}
