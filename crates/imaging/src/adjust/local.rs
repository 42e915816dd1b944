//! Highlights and shadows: a curve on a smooth layer that keeps edges, carried to the pixels as a factor of light, so that texture keeps its contrast
//! and no halo appears. The layer is a guided filter (see [`crate::enhance`]).

use super::tone::lifted;
use crate::colour::to_linear;
use crate::enhance::layers::{Layers, Row};
use crate::rows::Run;

/// Slope of the curve at black for shadows 100 is 1 more than this, at white for highlights −100 likewise.
const RECOVERS: f32 = 1.6;
/// The same the other way.
const DEEPENS: f32 = 0.9;
/// Entries of the table of factors.
const STEPS: usize = 1024;

/// What is done to light, by the level of the smooth layer.
pub(super) struct Curve {
    /// Factors of light for layer 0..=1.
    factors: Vec<f32>,
}

impl Curve {
    /// Both −1..=1; `None` where nothing changes.
    pub fn new(highlights: f64, shadows: f64) -> Option<Curve> {
        if highlights == 0.0 && shadows == 0.0 {
            return None;
        }
        let strength = |v: f64, with: f32, against: f32| v as f32 * if v > 0.0 { with } else { against };
        let low = strength(shadows, RECOVERS, DEEPENS);
        let high = strength(highlights, DEEPENS, RECOVERS);
        let factor = |i: usize| {
            // The layer's 0 stands for the darkest that is told apart.
            let b = (i as f32 / STEPS as f32).max(1e-3);
            let to = b + low * b * (1.0 - b).powi(3) + high * b.powi(3) * (1.0 - b);
            to_linear(to.clamp(0.0, 1.0)) / to_linear(b)
        };
        Some(Curve { factors: (0..=STEPS).map(factor).collect() })
    }

    fn factor(&self, layer: f32) -> f32 {
        let at = (layer * (STEPS as f32 / 255.0)).clamp(0.0, STEPS as f32 - 0.01);
        let low = at as usize;
        self.factors[low] + (self.factors[low + 1] - self.factors[low]) * (at - low as f32)
    }

    /// Changes a run that begins at column `x`; its `light` holds the pixels' luma in levels.
    pub fn of(&self, run: &mut Run, length: usize, layer: &Row, x: usize) {
        for i in 0..length {
            run.light[i] = self.factor(layer.at(x + i, run.light[i]));
        }
        let Run { r, g, b, light } = run;
        for plane in [r, g, b] {
            for (v, &factor) in plane[..length].iter_mut().zip(&light[..length]) {
                *v = lifted(*v, factor);
            }
        }
    }
}

/// The layer of a picture whose luma (levels) `light` gives by pixel.
pub(super) fn layers(size: (u32, u32), light: &(dyn Fn(usize) -> Option<f32> + Sync)) -> Layers {
    Layers::of(size, light)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::colour::from_linear;

    #[test]
    fn the_curve_rises_keeps_black_and_white_and_works_where_it_says() {
        for highlights in [-1.0, -0.5, 0.0, 1.0] {
            for shadows in [-1.0, 0.3, 1.0] {
                let curve = Curve::new(highlights, shadows).unwrap();
                let to: Vec<f32> = (1..=255).map(|b| from_linear(to_linear(b as f32 / 255.0) * curve.factor(b as f32))).collect();
                assert!(to.windows(2).all(|w| w[1] > w[0] - 1e-5), "{highlights} {shadows}");
                assert!((to[254] - 1.0).abs() < 0.01);
            }
        }
        let shadows = Curve::new(0.0, 1.0).unwrap();
        assert!(shadows.factor(50.0) > 1.8 && (shadows.factor(235.0) - 1.0).abs() < 0.02);
        let highlights = Curve::new(-1.0, 0.0).unwrap();
        assert!(highlights.factor(190.0) < 0.75 && (highlights.factor(30.0) - 1.0).abs() < 0.05);
        assert!(Curve::new(0.0, 0.0).is_none());
    }
}
