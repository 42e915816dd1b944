//! How light and shadow of one material become those of a lighter or darker one.

use super::base::Base;
use crate::colour::lab_of_linear;

/// Black and white things in photographs are never quite that: the lit side stays within these luminances, so that shading has room on both sides.
const DARKEST: f32 = 0.0075;
const LIGHTEST: f32 = 0.84;
/// Up to this gain contrast stays; above it is lowered, since a dark material's noise would be blown up with it.
const FULL_CONTRAST: f32 = 2.5;
/// How fast, per doubling of the gain.
const LOWERED: f32 = 0.32;
/// Shading below this share of the lit side stays in proportion, so that gaps and lines stay dark.
const TOE: f32 = 0.06;
/// What is brighter than the new colour can be with all its chroma rises by this share only: it would turn pale.
const PALE: f32 = 0.6;
/// Luminance from which on bright shading is rolled off towards white.
const SHOULDER: f32 = 0.75;

pub(super) struct Shade {
    /// Luminance of the base's lit side.
    lit: f32,
    sheen: (f32, f32),
    /// Of the new colour's lit side.
    to: f32,
    /// Luminance up to which sRGB shows the new colour with all its chroma.
    full: f32,
    /// New over old.
    pub ratio: f32,
    /// Exponent of the shading.
    contrast: f32,
}

impl Shade {
    /// `luminance` of the new colour, `full` up to which it can be shown with all its chroma.
    pub fn new(base: &Base, luminance: f32, full: f32) -> Shade {
        let to = luminance.clamp(DARKEST, LIGHTEST);
        let ratio = to / base.lit;
        let contrast = 1.0 / (1.0 + LOWERED * (ratio / FULL_CONTRAST).max(1.0).log2());
        Shade { lit: base.lit, sheen: base.sheen, to, full: full.max(to), ratio, contrast }
    }

    /// How many L* of the new colour one L* of the old one becomes, on the lit side.
    pub fn gain(&self) -> f32 {
        let lightness = |y: f32| lab_of_linear([y; 3])[0];
        let (low, high) = (0.9 * self.lit, 1.1 * self.lit);
        (lightness(self.of(high)) - lightness(self.of(low))) / (lightness(high) - lightness(low)).max(1e-3)
    }

    /// A diffuse luminance of the base as one of the new colour; rises strictly, 0 stays 0.
    pub fn of(&self, y: f32) -> f32 {
        let s = y / self.lit;
        let raised = |s: f32| (s + TOE).powf(self.contrast) - TOE.powf(self.contrast);
        let s = if self.contrast < 1.0 { raised(s) / raised(1.0) } else { s };
        let new = s * self.to;
        let new = if new > self.full { self.full + PALE * (new - self.full) } else { new };
        let start = SHOULDER.max(self.to);
        let room = 1.0 - start;
        if new > start { start + room * (1.0 - (-(new - start) / room).exp()) } else { new }
    }

    /// The part of a grey material's luminance that is sheen, where the new colour is darker: it stays as it is.
    pub fn sheen(&self, y: f32) -> f32 {
        let (from, all) = self.sheen;
        if self.ratio >= 1.0 || y <= from {
            return 0.0;
        }
        // The share rises smoothly from 0 to 1; this is its integral.
        let width = all - from;
        let t = ((y - from) / width).min(1.0);
        let within = width * (t * t * t - t * t * t * t / 2.0);
        (within + (y - all).max(0.0)) * (1.0 - self.ratio)
    }
}
