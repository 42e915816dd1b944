//! Colour models: mixtures of Gaussians with full covariance (C. Rother, V. Kolmogorov, A. Blake, "GrabCut", SIGGRAPH 2004).

/// Components of one model.
const COMPONENTS: usize = 5;
/// Added to each variance (CIE Lab units, squared): a flat colour has a little width too.
const FLOOR: f32 = 4.0;
/// Rounds of k-means before the first fit.
const ROUNDS: usize = 6;

/// A colour (CIE Lab) and how much it counts.
#[derive(Clone, Copy)]
pub(super) struct Sample {
    pub colour: [f32; 3],
    pub weight: f32,
}

#[derive(Clone, Copy)]
struct Gaussian {
    mean: [f32; 3],
    /// The inverse covariance: xx, xy, xz, yy, yz, zz.
    inverse: [f32; 6],
    /// Log of the weight and of the density at the mean.
    peak: f32,
}

/// What colours a thing has.
#[derive(Clone)]
pub(super) struct Mixture {
    parts: Vec<Gaussian>,
}

impl Mixture {
    /// From scratch. `None` without samples that count.
    pub(super) fn fit(samples: &[Sample]) -> Option<Mixture> {
        let mut centres = spread_centres(samples)?;
        let mut owner = vec![0u8; samples.len()];
        for _ in 0..ROUNDS {
            for (owner, sample) in owner.iter_mut().zip(samples) {
                *owner = nearest(&centres, sample.colour).0 as u8;
            }
            let sums = Sums::of(samples, &owner, centres.len());
            for (centre, sum) in centres.iter_mut().zip(&sums) {
                if sum.weight > 0.0 {
                    *centre = sum.mean();
                }
            }
        }
        Mixture::from_sums(&Sums::of(samples, &owner, centres.len()))
    }

    /// Fitted again, each sample given to the component that explains it best.
    pub(super) fn refit(&self, samples: &[Sample]) -> Option<Mixture> {
        let owner: Vec<u8> = samples.iter().map(|s| self.best(s.colour) as u8).collect();
        Mixture::from_sums(&Sums::of(samples, &owner, self.parts.len()))
    }

    /// The natural logarithm of the density at a colour.
    pub(super) fn log_density(&self, colour: [f32; 3]) -> f32 {
        let mut logs = [f32::NEG_INFINITY; COMPONENTS];
        for (log, part) in logs.iter_mut().zip(&self.parts) {
            *log = part.log_density(colour);
        }
        let top = logs.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        top + logs.iter().map(|l| (l - top).exp()).sum::<f32>().ln()
    }

    fn best(&self, colour: [f32; 3]) -> usize {
        let mut best = (f32::NEG_INFINITY, 0);
        for (i, part) in self.parts.iter().enumerate() {
            let log = part.log_density(colour);
            if log > best.0 {
                best = (log, i);
            }
        }
        best.1
    }

    fn from_sums(sums: &[Sums]) -> Option<Mixture> {
        let total: f64 = sums.iter().map(|s| s.weight).sum();
        let parts: Vec<Gaussian> = sums.iter().filter(|s| s.weight > total * 1e-4).map(|s| s.gaussian(total)).collect();
        (!parts.is_empty()).then_some(Mixture { parts })
    }
}

impl Gaussian {
    fn log_density(&self, colour: [f32; 3]) -> f32 {
        let [x, y, z] = [colour[0] - self.mean[0], colour[1] - self.mean[1], colour[2] - self.mean[2]];
        let [xx, xy, xz, yy, yz, zz] = self.inverse;
        self.peak - 0.5 * (x * (xx * x + 2.0 * (xy * y + xz * z)) + y * (yy * y + 2.0 * yz * z) + zz * z * z)
    }
}

/// Weighted first and second moments.
#[derive(Clone, Copy, Default)]
struct Sums {
    weight: f64,
    first: [f64; 3],
    second: [f64; 6],
}

impl Sums {
    fn of(samples: &[Sample], owner: &[u8], count: usize) -> Vec<Sums> {
        let mut sums = vec![Sums::default(); count];
        for (sample, owner) in samples.iter().zip(owner) {
            let w = f64::from(sample.weight);
            let [x, y, z] = sample.colour.map(f64::from);
            let sum = &mut sums[usize::from(*owner)];
            sum.weight += w;
            for (to, v) in sum.first.iter_mut().zip([x, y, z]) {
                *to += w * v;
            }
            for (to, v) in sum.second.iter_mut().zip([x * x, x * y, x * z, y * y, y * z, z * z]) {
                *to += w * v;
            }
        }
        sums
    }

    fn mean(&self) -> [f32; 3] {
        self.first.map(|v| (v / self.weight) as f32)
    }

    fn gaussian(&self, total: f64) -> Gaussian {
        let [mx, my, mz] = self.first.map(|v| v / self.weight);
        let [xx, xy, xz, yy, yz, zz] = self.second.map(|v| v / self.weight);
        let floor = f64::from(FLOOR);
        let (a, b, c) = ((xx - mx * mx).max(0.0) + floor, xy - mx * my, xz - mx * mz);
        let (d, e, f) = ((yy - my * my).max(0.0) + floor, yz - my * mz, (zz - mz * mz).max(0.0) + floor);
        // The inverse of a symmetric matrix by cofactors.
        let (ca, cb, cc) = (d * f - e * e, c * e - b * f, b * e - c * d);
        let determinant = (a * ca + b * cb + c * cc).max(1e-6);
        let inverse = [ca, cb, cc, a * f - c * c, b * c - a * e, a * d - b * b].map(|v| (v / determinant) as f32);
        let peak = (self.weight / total).ln() - 0.5 * determinant.ln() - 1.5 * std::f64::consts::TAU.ln();
        Gaussian { mean: [mx as f32, my as f32, mz as f32], inverse, peak: peak as f32 }
    }
}

/// Starting points far from each other: the one nearest the mean, then again and again the sample that adds the most (weight times squared distance).
fn spread_centres(samples: &[Sample]) -> Option<Vec<[f32; 3]>> {
    let whole = Sums::of(samples, &vec![0; samples.len()], 1)[0];
    if whole.weight <= 0.0 {
        return None;
    }
    let mut centres = vec![whole.mean()];
    let mut gap: Vec<f32> = samples.iter().map(|s| squared(s.colour, centres[0])).collect();
    while centres.len() < COMPONENTS {
        let mut farthest = (0.0f32, 0);
        for (i, (gap, sample)) in gap.iter().zip(samples).enumerate() {
            // Far outliers must not each become a component.
            let worth = gap.min(900.0) * sample.weight;
            if worth > farthest.0 {
                farthest = (worth, i);
            }
        }
        if farthest.0 <= FLOOR {
            break;
        }
        let centre = samples[farthest.1].colour;
        centres.push(centre);
        for (gap, sample) in gap.iter_mut().zip(samples) {
            *gap = gap.min(squared(sample.colour, centre));
        }
    }
    Some(centres)
}

fn nearest(centres: &[[f32; 3]], colour: [f32; 3]) -> (usize, f32) {
    let mut best = (0, f32::INFINITY);
    for (i, centre) in centres.iter().enumerate() {
        let d = squared(*centre, colour);
        if d < best.1 {
            best = (i, d);
        }
    }
    best
}

/// Squared distance of two colours.
pub(super) fn squared(a: [f32; 3], b: [f32; 3]) -> f32 {
    let [x, y, z] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
    x * x + y * y + z * z
}
