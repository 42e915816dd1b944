//! Chroma laid on a picture. Lightness stays: what sRGB cannot show loses chroma, not lightness.

use rayon::prelude::*;

use super::upsample::Field;
use super::{Chroma, Plane};
use crate::colour::{Srgb8, Tables, in_gamut, lab, lab_to_linear};
use crate::mask::Mask;
use crate::pace::checkpoint;
use crate::picture::Picture;

/// Chroma of a model is bent towards this and never reaches it.
const MOST_CHROMA: f32 = 55.0;
/// How far a guided value may leave its neighbourhood, in Lab units.
const SLACK: f32 = 1.0;
/// Chroma comes and goes between these lightnesses near black and near white.
const DARK: (f32, f32) = (2.0, 10.0);
const BRIGHT: (f32, f32) = (94.0, 100.0);

/// What lies under the layers.
#[derive(Clone, Copy, Debug)]
pub enum Ground<'a> {
    /// The picture's own chroma.
    Own,
    /// A model's, and L* of the picture at any size; what the picture had is gone.
    Guess(&'a Chroma, &'a Plane),
}

/// A colour and where it lies.
#[derive(Clone, Debug)]
pub struct Layer {
    pub mask: Mask,
    pub colour: Srgb8,
}

/// The picture with the ground's chroma and the layers' over it, later ones on top; all chroma that is laid on is multiplied by `saturation`. Pixels
/// that are wholly transparent stay, and so does every pixel without a layer on [`Ground::Own`], bit for bit. Alpha stays.
///
/// # Panics
/// When a mask's size is not the picture's.
pub fn paint(picture: &Picture, ground: Ground<'_>, layers: &[Layer], saturation: f32) -> Picture {
    checkpoint();
    let size = (picture.width() as usize, picture.height() as usize);
    assert!(layers.iter().all(|l| (l.mask.width() as usize, l.mask.height() as usize) == size), "masks are of the picture's size");
    let fields = match ground {
        Ground::Own => None,
        Ground::Guess(chroma, guide) => Some([Field::new(&chroma.a, guide, SLACK), Field::new(&chroma.b, guide, SLACK)]),
    };
    let tints: Vec<Tint> = layers.iter().map(|l| Tint::of(l.colour)).collect();
    let tables = Tables::get();
    let mut out = picture.clone();
    let (pixels, _) = out.rgba8_mut().as_chunks_mut::<4>();
    pixels.par_chunks_exact_mut(size.0).enumerate().for_each(|(y, row)| {
        let guess = fields.as_ref().map(|f| f.each_ref().map(|f| f.row(y, size)));
        for (x, pixel) in row.iter_mut().enumerate().filter(|(_, p)| p[3] > 0) {
            let over = layers.iter().zip(&tints).map(|(layer, tint)| (layer.mask.values()[y * size.0 + x], tint));
            if guess.is_none() && over.clone().all(|(alpha, _)| alpha == 0) {
                continue;
            }
            let [l, a, b] = lab([pixel[0], pixel[1], pixel[2]]);
            let mut chroma = match &guess {
                None => [a, b],
                Some([a, b]) => bent([a.at(x, l), b.at(x, l)], saturation * visible(l)),
            };
            for (alpha, tint) in over.filter(|(alpha, _)| *alpha > 0) {
                let share = f32::from(alpha) / 255.0;
                let laid = tint.at(l).map(|v| v * saturation);
                chroma = std::array::from_fn(|c| chroma[c] + share * (laid[c] - chroma[c]));
            }
            pixel[..3].copy_from_slice(&in_gamut(lab_to_linear([l, chroma[0], chroma[1]])).map(|v| tables.srgb8_f(v)));
        }
    });
    out
}

/// Chroma times `factor`, bent so that it stays under [`MOST_CHROMA`] (that too times the factor where it is over 1).
fn bent([a, b]: [f32; 2], factor: f32) -> [f32; 2] {
    let chroma = a.hypot(b);
    if chroma < 1e-3 {
        return [0.0; 2];
    }
    let kept = factor * MOST_CHROMA * (chroma / MOST_CHROMA).tanh() / chroma;
    [a * kept, b * kept]
}

/// 0 at black and at white, 1 in between.
fn visible(l: f32) -> f32 {
    smoothstep(DARK, l) * (1.0 - smoothstep(BRIGHT, l))
}

/// 0 up to the first, 1 from the second on.
pub(super) fn smoothstep((from, to): (f32, f32), v: f32) -> f32 {
    let t = ((v - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// A colour that a person named, at any lightness: as strong as it is at its own, weaker towards black as in shade and towards white as in a highlight.
struct Tint {
    l: f32,
    chroma: [f32; 2],
}

impl Tint {
    fn of(colour: Srgb8) -> Tint {
        let [l, a, b] = lab(colour);
        Tint { l: l.clamp(1.0, 99.0), chroma: [a, b] }
    }

    fn at(&self, l: f32) -> [f32; 2] {
        // Between the straight lines to black and white and none at all: shade on a photograph is seldom as dark as its colour would be.
        let room = if l < self.l { l / self.l } else { (100.0 - l) / (100.0 - self.l) };
        self.chroma.map(|c| c * room.clamp(0.0, 1.0).sqrt())
    }
}
