//! Prints of one tone: black and white, sepia, yellowed.

use crate::colour::lab;

/// Steps of lightness.
const STEPS: usize = 20;
/// What colours differ by from those of their lightness, root mean square, in Lab; more is a picture in colour.
const ONE_TONE: f32 = 3.5;
/// No tone has more chroma; more is light of one colour, such as a sunset.
const MOST: f32 = 34.0;
/// Below this chroma a print is neutral.
const NEUTRAL: f32 = 1.5;

/// The colour of a print by its lightness.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tone {
    /// CIE a* and b*, dark to light.
    colour: [[f32; 2]; STEPS],
    mean: [f32; 2],
}

impl Tone {
    /// The tone of colours in levels 0..=255, if they have but one.
    pub(crate) fn of(colours: &[[f32; 3]]) -> Option<Tone> {
        let labs: Vec<[f32; 3]> = colours.iter().map(|c| lab(c.map(|v| v.round() as u8))).collect();
        let count = labs.len() as f32;
        let mean = [1, 2].map(|c| labs.iter().map(|v| v[c]).sum::<f32>() / count);
        let mut sums = [[0.0f32; 3]; STEPS];
        for v in &labs {
            let sum = &mut sums[((v[0] / 100.0 * STEPS as f32) as usize).min(STEPS - 1)];
            *sum = [sum[0] + v[1], sum[1] + v[2], sum[2] + 1.0];
        }
        // Lightness that hardly occurs has the colour of the nearest that does.
        let few = 0.002 * count + 1.0;
        let nearest = |at: usize| (0..STEPS).filter(|&i| sums[i][2] >= few).min_by_key(|&i| i.abs_diff(at));
        let colour = std::array::from_fn(|at| nearest(at).map_or(mean, |i| [sums[i][0] / sums[i][2], sums[i][1] / sums[i][2]]));
        let tone = Tone { colour, mean };
        let off = |v: &[f32; 3]| {
            let own = tone.at(v[0]);
            (v[1] - own[0]).powi(2) + (v[2] - own[1]).powi(2)
        };
        let rest = (labs.iter().map(off).sum::<f32>() / count).sqrt();
        (rest < ONE_TONE && mean[0].hypot(mean[1]) < MOST).then_some(tone)
    }

    /// Its colour at a lightness 0..=100.
    pub(super) fn at(&self, lightness: f32) -> [f32; 2] {
        let at = (lightness / 100.0 * STEPS as f32 - 0.5).clamp(0.0, (STEPS - 1) as f32);
        let low = (at as usize).min(STEPS - 2);
        let part = at - low as f32;
        std::array::from_fn(|c| self.colour[low][c] + (self.colour[low + 1][c] - self.colour[low][c]) * part)
    }

    /// The tone laid on evenly: most in the middle, none in black and white.
    pub(super) fn even(&self, lightness: f32) -> [f32; 2] {
        let t = (lightness / 100.0).clamp(0.0, 1.0);
        self.mean.map(|v| v * 4.0 * t * (1.0 - t))
    }

    /// Whether it is black and white without a tint.
    pub fn is_neutral(&self) -> bool {
        self.colour.iter().all(|[a, b]| a.hypot(*b) < NEUTRAL)
    }
}
