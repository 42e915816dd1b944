//! Grey, toned, or coloured.
//!
//! A sepia print, a cyanotype and a faded photograph have chroma too, but it follows lightness: every grey of the scale has one tint. A picture with colours
//! has different ones at the same lightness.

use super::Plane;
use crate::colour::lab;
use crate::picture::Picture;
use crate::preview::shrink;

/// The picture is looked at with this long side, where grain is averaged out.
const LOOK_PX: u32 = 256;
/// Steps of lightness.
const STEPS: usize = 16;
/// This far (Lab units) from the tint of its lightness a pixel has a colour of its own.
const OWN_COLOUR: f32 = 8.0;
/// With more coloured pixels than this share a picture is coloured: old prints measured 0..0.5 %, photographs 9 % and more.
const COLOURED: f32 = 0.025;
/// Mean chroma under which nobody sees a tint.
const UNSEEN: f32 = 2.0;

/// What a picture's colours are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tone {
    Grey,
    /// One tint for each lightness: sepia, selenium, cyanotype, yellowed paper.
    Toned,
    /// `share` (0..=1) of what is seen has a colour of its own.
    Coloured {
        share: f32,
    },
}

impl Tone {
    /// Looks at what is at least half opaque; a picture without that is grey.
    pub fn of(picture: &Picture) -> Tone {
        let small = shrink(picture, LOOK_PX);
        let (width, height) = (small.width() as usize, small.height() as usize);
        let (pixels, _) = small.rgba8().as_chunks::<4>();
        let labs: Vec<[f32; 3]> = pixels.iter().map(|p| lab([p[0], p[1], p[2]])).collect();
        // Noise of a sensor or of JPEG has no colour of its own.
        let smooth = |c: usize| Plane::new(width, height, labs.iter().map(|v| v[c]).collect()).boxed(1);
        let (a, b) = (smooth(1), smooth(2));
        let seen: Vec<usize> = (0..labs.len()).filter(|&i| pixels[i][3] >= 128).collect();
        if seen.is_empty() {
            return Tone::Grey;
        }
        let mut steps: [Vec<usize>; STEPS] = std::array::from_fn(|_| Vec::new());
        for &i in &seen {
            steps[((labs[i][0] / 100.0 * STEPS as f32) as usize).min(STEPS - 1)].push(i);
        }
        let own = |step: &Vec<usize>| {
            let tint = [median(step.iter().map(|&i| a.values[i])), median(step.iter().map(|&i| b.values[i]))];
            step.iter().filter(|&&i| (a.values[i] - tint[0]).hypot(b.values[i] - tint[1]) > OWN_COLOUR).count()
        };
        let share = steps.iter().filter(|s| !s.is_empty()).map(own).sum::<usize>() as f32 / seen.len() as f32;
        let chroma = seen.iter().map(|&i| a.values[i].hypot(b.values[i])).sum::<f32>() / seen.len() as f32;
        match (share, chroma) {
            (share, _) if share > COLOURED => Tone::Coloured { share },
            (_, chroma) if chroma > UNSEEN => Tone::Toned,
            _ => Tone::Grey,
        }
    }
}

fn median(values: impl Iterator<Item = f32>) -> f32 {
    let mut values: Vec<f32> = values.collect();
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}
