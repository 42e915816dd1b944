//! Curves over lightness L* 0..=100: distributions, and what leads from one to another.

/// Steps of a curve.
const STEPS: usize = 400;
const STEP: f32 = 100.0 / STEPS as f32;
/// Mass that is spread evenly over all lightness, as a share: where a picture has nothing, the curve goes on straight.
const EVEN: f64 = 0.03;
/// How steep the curve may be.
const STEEP: (f32, f32) = (0.4, 2.0);
/// Standard deviation of the smoothing of its steepness, in L*.
const SMOOTH: f32 = 4.0;
/// Share of a picture that is darker than its black, or lighter than its white.
const OUTER: f32 = 0.005;
/// How far from black or white the curve may be bent to reach them, and how much, in L*.
const BENT: f32 = 40.0;
const MOST_BENT: f32 = 24.0;
/// What would go beyond black or white is rolled off within this distance of it, in L*.
const ROLL: f32 = 10.0;

/// Values at 0, [`STEP`], …, 100; rises throughout.
pub(super) struct Curve(Vec<f32>);

impl Curve {
    /// How much of a picture is darker, 0..=1.
    pub fn cumulative(lightness: impl Iterator<Item = f32>) -> Curve {
        let mut counts = vec![0.0f64; STEPS];
        let mut total = 0.0;
        for l in lightness {
            counts[((l / STEP) as usize).min(STEPS - 1)] += 1.0;
            total += 1.0;
        }
        let mut sum = 0.0;
        let share = |count: f64| count / total * (1.0 - EVEN) + EVEN / STEPS as f64;
        let rest = counts.into_iter().map(|count| {
            sum += share(count);
            sum as f32
        });
        Curve(std::iter::once(0.0).chain(rest).collect())
    }

    /// From lightness of one distribution to that of the other: where equal shares are darker, with bounded and smoothed steepness.
    pub fn between(from: &Curve, to: &Curve) -> Curve {
        let exact: Vec<f32> = from.0.iter().map(|&share| to.inverse_at(share)).collect();
        let steep: Vec<f32> = exact.windows(2).map(|w| ((w[1] - w[0]) / STEP).clamp(STEEP.0, STEEP.1)).collect();
        let steep = smoothed(&steep);
        let mut level = 0.0;
        let shape: Vec<f32> = std::iter::once(0.0)
            .chain(steep.iter().map(|s| {
                level += s * STEP;
                level
            }))
            .collect();
        // Moved so that the mean lightness is the other's.
        let mass = from.0.windows(2).map(|w| w[1] - w[0]);
        let off: f32 = mass.zip(exact.windows(2).zip(shape.windows(2))).map(|(m, (e, s))| m * (e[0] + e[1] - s[0] - s[1]) / 2.0).sum();
        let moved: Vec<f32> = shape.iter().map(|v| v + off).collect();
        Curve(rolled_off(held(moved, to.inverse_at(OUTER), to.inverse_at(1.0 - OUTER))))
    }

    pub fn at(&self, l: f32) -> f32 {
        let place = (l / STEP).clamp(0.0, STEPS as f32);
        let i = (place as usize).min(STEPS - 1);
        self.0[i] + (self.0[i + 1] - self.0[i]) * (place - i as f32)
    }

    /// Where the curve has this value.
    fn inverse_at(&self, value: f32) -> f32 {
        let i = self.0.partition_point(|&v| v < value).clamp(1, STEPS);
        let (low, high) = (self.0[i - 1], self.0[i]);
        let within = if high > low { ((value - low) / (high - low)).clamp(0.0, 1.0) } else { 0.0 };
        (i as f32 - 1.0 + within) * STEP
    }
}

fn smoothed(values: &[f32]) -> Vec<f32> {
    let reach = (3.0 * SMOOTH / STEP) as i32;
    let weights: Vec<f32> = (-reach..=reach).map(|d| (-0.5 * (d as f32 * STEP / SMOOTH).powi(2)).exp()).collect();
    let total: f32 = weights.iter().sum();
    let last = values.len() as i32 - 1;
    let at = |i: i32| weights.iter().zip(-reach..).map(|(w, d)| w * values[(i + d).clamp(0, last) as usize]).sum::<f32>() / total;
    (0..=last).map(at).collect()
}

/// Black is not lifted far above the other picture's darkest, nor white pulled far below its lightest: the ends are bent towards them.
fn held(mut values: Vec<f32>, darkest: f32, lightest: f32) -> Vec<f32> {
    let up = (values[0] - darkest).clamp(0.0, MOST_BENT);
    let down = (lightest - values[STEPS]).clamp(0.0, MOST_BENT);
    for (i, v) in values.iter_mut().enumerate() {
        let near = |distance: f32| (1.0 - distance / BENT).max(0.0).powi(2);
        let l = i as f32 * STEP;
        *v += down * near(100.0 - l) - up * near(l);
    }
    values
}

/// Ends that lie beyond black or white are bent back between them.
fn rolled_off(mut values: Vec<f32>) -> Vec<f32> {
    if values[STEPS] > 100.0 + STEP {
        let start = 100.0 - ROLL;
        values.iter_mut().filter(|v| **v > start).for_each(|v| *v = 100.0 - ROLL * (-(*v - start) / ROLL).exp());
    }
    if values[0] < -STEP {
        values.iter_mut().filter(|v| **v < ROLL).for_each(|v| *v = ROLL * ((*v - ROLL) / ROLL).exp());
    }
    values.into_iter().map(|v| v.clamp(0.0, 100.0)).collect()
}
