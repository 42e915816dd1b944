//! The colour of the light.
//!
//! What is nearly neutral tells the cast, since paint and cloth are grey more often than of any one other colour (the grey-world idea of G. Buchsbaum,
//! 1980, on pixels that can be grey). Grey things under one light have one colour, whatever their lightness; where no large part of the picture has
//! (a sunset, a forest, fur), its colours are the scene's own and stay.

use super::{linear, luma};
use crate::colour::{Tables, lab};
use crate::fade::Tone;

/// Colours with more chroma are the scene's.
const NEAR_NEUTRAL: f32 = 24.0;
/// The dark holds noise and night skies, and what is clipped has no colour; in levels.
const DARK: f32 = 64.0;
const CLIPPED: f32 = 250.0;
/// What is neutral is of one colour within this distance in Lab.
const ALIKE: f32 = 3.5;
/// Shares of all colours which, being so much alike, are not believed, and wholly believed.
const BELIEVED: (f32, f32) = (0.12, 0.4);
/// Steps of lightness; one counts if it holds this share of what is alike.
const STEPS: usize = 5;
const STEP_SHARE: f32 = 0.08;
/// What is believed of a colour that lies in one, two or more steps: a wall or a sky has but one or two.
const SPREAD: [f32; 3] = [0.2, 0.6, 1.0];
/// A cast below the first chroma is not seen; nothing is changed by more than the second.
const CAST: (f32, f32) = (1.5, 12.0);
/// At most this part of a cast is removed: some warmth is wanted.
const REMOVED: f32 = 0.75;

/// Factors of linear light.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Balance {
    pub gains: [f32; 3],
}

impl Balance {
    const NONE: Balance = Balance { gains: [1.0; 3] };

    /// From colours in levels 0..=255.
    pub fn of(colours: &[[f32; 3]]) -> Balance {
        // A print of one tone is meant to have it.
        let Some((cast, sure)) = cast(colours).filter(|_| Tone::of(colours).is_none()) else { return Balance::NONE };
        let size = cast[0].hypot(cast[1]);
        let removed = REMOVED * sure * (size - CAST.0).clamp(0.0, CAST.1) / size.max(1e-3);
        if removed < 1e-3 {
            return Balance::NONE;
        }
        // Middle grey with the cast, in linear light, against grey.
        let tinted = crate::colour::lab_to_linear([60.0, removed * cast[0], removed * cast[1]]).map(|v| v.max(1e-4));
        let grey = crate::colour::luminance(tinted);
        Balance { gains: tinted.map(|v| grey / v) }
    }

    pub fn of_levels(&self, colour: [f32; 3]) -> [f32; 3] {
        std::array::from_fn(|c| self.level(c, colour[c]))
    }

    pub fn of_pixel(&self, p: [u8; 4]) -> [f32; 3] {
        self.of_levels([p[0], p[1], p[2]].map(f32::from))
    }

    /// All levels of each channel.
    pub fn levels(&self) -> [[f32; 256]; 3] {
        std::array::from_fn(|c| std::array::from_fn(|v| self.level(c, v as f32)))
    }

    /// Light that a gain would push over white is bent below it.
    fn level(&self, channel: usize, level: f32) -> f32 {
        let gain = self.gains[channel];
        if gain == 1.0 {
            return level;
        }
        let light = linear(level);
        let bent = if gain > 1.0 {
            gain * light / (1.0 + (gain - 1.0) * light)
        } else {
            gain * light / (1.0 - (1.0 - gain) * light * light * light)
        };
        Tables::get().level(bent)
    }
}

/// The a* and b* that most near neutral colours have, and how sure it is that they are the light's, 0..=1.
fn cast(colours: &[[f32; 3]]) -> Option<([f32; 2], f32)> {
    let usable = |c: &&[f32; 3]| c.iter().all(|v| *v <= CLIPPED) && luma(**c) > DARK;
    let labs: Vec<[f32; 3]> = colours.iter().filter(usable).map(|c| lab(c.map(|v| v.round() as u8))).collect();
    let near: Vec<[f32; 3]> = labs.iter().copied().filter(|[_, a, b]| a.hypot(*b) < NEAR_NEUTRAL).collect();
    let mut centre = densest(&near)?;
    let mut alike = Vec::new();
    // Mean shift (D. Comaniciu, P. Meer, 2002).
    for _ in 0..6 {
        alike = near.iter().filter(|v| (v[1] - centre[0]).hypot(v[2] - centre[1]) < ALIKE).collect();
        centre = [1, 2].map(|c| alike.iter().map(|v| v[c]).sum::<f32>() / alike.len().max(1) as f32);
    }
    let mut steps = [0usize; STEPS];
    alike.iter().for_each(|v| steps[((v[0] / 100.0 * STEPS as f32) as usize).min(STEPS - 1)] += 1);
    let held = steps.iter().filter(|n| **n as f32 > STEP_SHARE * alike.len() as f32).count();
    let share = alike.len() as f32 / labs.len() as f32;
    let believed = ((share - BELIEVED.0) / (BELIEVED.1 - BELIEVED.0)).clamp(0.0, 1.0);
    Some((centre, believed * SPREAD[held.clamp(1, SPREAD.len()) - 1]))
}

/// The middle of the fullest square of a grid of a* and b*.
fn densest(labs: &[[f32; 3]]) -> Option<[f32; 2]> {
    const SIDE: usize = 16;
    let cell = 2.0 * NEAR_NEUTRAL / SIDE as f32;
    let mut counts = [0usize; SIDE * SIDE];
    let at = |v: f32| (((v + NEAR_NEUTRAL) / cell) as usize).min(SIDE - 1);
    labs.iter().for_each(|v| counts[at(v[1]) * SIDE + at(v[2])] += 1);
    let fullest = (0..counts.len()).max_by_key(|&i| counts[i]).filter(|&i| counts[i] > 0)?;
    let middle = |i: usize| (i as f32 + 0.5) * cell - NEAR_NEUTRAL;
    Some([middle(fullest / SIDE), middle(fullest % SIDE)])
}
