//! The tone curve: black and white to the ends, the middle to where a well exposed picture has it.

use super::luma;

/// Colours beyond black and beyond white.
const BEYOND: f64 = 0.004;
/// Black and white that are aimed at, in levels.
const BLACK: f32 = 6.0;
const WHITE: f32 = 247.0;
/// Black is moved by this share at most of its way: haze and fog are the scene's.
const BLACK_SHARE: f32 = 0.7;
/// The share of its way that a well exposed picture's black and white are moved, and spans from which on a picture is flat.
const GENTLE: f32 = 0.4;
const FLAT: (f32, f32) = (175.0, 140.0);
/// Levels are stretched to white by no more than this.
const GAIN: f32 = 2.6;
/// A picture whose middle lies above the first keeps its brightness; darker ones are moved towards it, by a share, and never beyond the second.
const MIDDLE: (f32, f32) = (0.40, 0.60);
/// Stretching alone may lift a dark middle up to here.
const LIFTED: f32 = 0.5;
/// How far by itself, and where it was said that the picture is too dark.
const TOWARDS: f32 = 0.7;
const TOWARDS_SAID: f32 = 1.0;
/// Where it was said, the middle is at least so much lighter.
const SAID: f32 = 1.2;
/// A picture whose middle becomes this much lighter was a dark one.
const LIFTED_BY: f32 = 1.2;
/// Powers of the curve; below 1 it lifts.
const POWER: (f32, f32) = (0.42, 1.6);
/// Near black the curve is straight, or noise would be lifted without bound.
const TOE: f32 = 0.015;

/// A curve over levels 0..=255, and its slope.
#[derive(Clone, Debug)]
pub(super) struct Tone {
    levels: [f32; 256],
    slopes: [f32; 256],
    pub low_light: bool,
    /// How much texture gains, 0..=1.
    pub clarity: f32,
}

impl Tone {
    /// For colours in levels.
    pub fn of(colours: &[[f32; 3]], low_light: Option<bool>) -> Tone {
        let sorted = |f: &dyn Fn(&[f32; 3]) -> f32| {
            let mut values: Vec<f32> = colours.iter().map(f).collect();
            values.sort_by(f32::total_cmp);
            values
        };
        let lights = sorted(&|c| luma(*c));
        let brightest = sorted(&|c| c.iter().copied().fold(0.0, f32::max));
        let beyond = ((lights.len() as f64 * BEYOND) as usize).min(lights.len() - 1);
        let black = lights[beyond];
        let white = brightest[brightest.len() - 1 - beyond].max(0.5 * (lights[lights.len() - 1 - beyond] + 255.0) - 60.0);
        let stretch = Stretch::new(black, white, share(&lights, white - black), low_light == Some(false));
        // The geometric mean of median and mean: neither a large dark ground nor a lamp decides alone.
        let middle = |of: &dyn Fn(f32) -> f32| {
            let mean = lights.iter().map(|v| of(*v)).sum::<f32>() / lights.len() as f32;
            (of(lights[lights.len() / 2]).max(1.0) * mean.max(1.0)).sqrt() / 255.0
        };
        let (own, stretched) = (middle(&|v| v), middle(&|v| stretch.of(v)));
        let power = power(own, stretched, low_light);
        let of = |v: f32| 255.0 * bend(stretch.of(v) / 255.0, power);
        let levels: [f32; 256] = std::array::from_fn(|v| of(v as f32));
        let of_level = |v: f32| levels[(v.round() as usize).min(255)];
        let slopes = std::array::from_fn(|v| {
            let (low, high) = (v.saturating_sub(2), (v + 2).min(255));
            (levels[high] - levels[low]) / (high - low) as f32
        });
        Tone { levels, slopes, low_light: middle(&of_level) > LIFTED_BY * own, clarity: 1.0 }
    }

    /// The new level, and the slope there.
    pub fn at(&self, level: f32) -> (f32, f32) {
        let low = (level as usize).min(254);
        let part = level - low as f32;
        let mix = |values: &[f32; 256]| values[low] + (values[low + 1] - values[low]) * part;
        (mix(&self.levels), mix(&self.slopes))
    }

    pub fn steepest(&self) -> f32 {
        self.slopes.iter().copied().fold(0.0, f32::max)
    }
}

/// How far black and white are moved: wholly in a dark or a flat picture, less in one that is well exposed.
fn share(lights: &[f32], span: f32) -> f32 {
    let ramp = |v: f32, (from, to): (f32, f32)| ((v - from) / (to - from)).clamp(0.0, 1.0);
    let mean = lights.iter().sum::<f32>() / lights.len() as f32;
    GENTLE + (1.0 - GENTLE) * ramp(mean, (255.0 * MIDDLE.0, 0.7 * 255.0 * MIDDLE.0)).max(ramp(span, FLAT))
}

/// The power that takes the stretched middle to where it should be.
fn power(own: f32, stretched: f32, low_light: Option<bool>) -> f32 {
    let said = low_light == Some(true);
    let (aim, towards) = match own {
        // Light enough: more contrast, but no other brightness.
        m if m >= MIDDLE.0 && !said => (m, 1.0),
        m if low_light == Some(false) => (m, 1.0),
        m if said => (MIDDLE.0.max((SAID * m).min(MIDDLE.1)).max(stretched.min(LIFTED)), TOWARDS_SAID),
        _ => (MIDDLE.0.max(stretched.min(LIFTED)), TOWARDS),
    };
    let full = aim.ln() / stretched.clamp(0.01, 0.99).ln();
    (1.0 + towards * (full - 1.0)).clamp(POWER.0, POWER.1)
}

/// A power of 0..=1 that is straight near black.
fn bend(v: f32, power: f32) -> f32 {
    let toe = |v: f32| (v + TOE).powf(power);
    (toe(v.max(0.0)) - toe(0.0)) / (toe(1.0) - toe(0.0))
}

/// Black and white to the ends; straight between, bent beyond.
struct Stretch {
    black: f32,
    white: f32,
    to: (f32, f32),
}

impl Stretch {
    fn new(black: f32, white: f32, share: f32, keep_white: bool) -> Self {
        let to_black = black - share * BLACK_SHARE * (black - BLACK).max(0.0);
        let most = if keep_white { white } else { to_black + GAIN * (white - black) };
        let to_white = (white + share * (WHITE - white)).min(most);
        Stretch { black, white: white.max(black + 1.0), to: (to_black, to_white.max(white)) }
    }

    fn of(&self, v: f32) -> f32 {
        match v {
            v if v < self.black => self.to.0 * v / self.black.max(1e-3),
            v if v > self.white => self.to.1 + (255.0 - self.to.1) * (v - self.white) / (255.0 - self.white).max(1e-3),
            v => self.to.0 + (self.to.1 - self.to.0) * (v - self.black) / (self.white - self.black),
        }
    }
}
