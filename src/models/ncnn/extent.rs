//! How large a tensor of the network is, told by the network's input: `scale × input + border` in both directions.

/// A positive fraction in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    num: u64,
    den: u64,
}

/// Larger factors than this, up or down, belong to no upscaler.
pub const LARGEST: u64 = 64;
const LARGEST_BORDER: u64 = 1 << 20;

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl Ratio {
    pub const ONE: Ratio = Ratio { num: 1, den: 1 };

    /// `None` where it is not positive or beyond what networks of this kind have.
    pub fn new(num: u64, den: u64) -> Option<Ratio> {
        if num == 0 || den == 0 {
            return None;
        }
        let divisor = gcd(num, den);
        let ratio = Ratio { num: num / divisor, den: den / divisor };
        (ratio.num <= LARGEST && ratio.den <= LARGEST).then_some(ratio)
    }

    /// The fraction that a decimal number means.
    pub fn of(value: f64) -> Option<Ratio> {
        let fits = |den: &u64| {
            let num = value * *den as f64;
            num >= 0.5 && (num - num.round()).abs() < 1e-5
        };
        let den = (1..=LARGEST).find(fits)?;
        Ratio::new((value * den as f64).round() as u64, den)
    }

    pub fn times(self, other: Ratio) -> Option<Ratio> {
        Ratio::new(self.num * other.num, self.den * other.den)
    }

    pub fn whole(self) -> Option<u64> {
        (self.den == 1).then_some(self.num)
    }

    pub fn denominator(self) -> u64 {
        self.den
    }

    pub fn value(self) -> f64 {
        self.num as f64 / self.den as f64
    }
}

/// Height and width of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Follows the input; `border`: rows and columns more (or, negative, fewer) than `scale` times the input's. The input's sides are multiples of
    /// every denominator.
    Free { scale: Ratio, border: [i64; 2] },
    /// A constant in the file.
    Fixed([usize; 2]),
}

impl Extent {
    pub const INPUT: Extent = Extent::Free { scale: Ratio::ONE, border: [0, 0] };

    pub fn scale(self) -> f64 {
        match self {
            Extent::Free { scale, .. } => scale.value(),
            Extent::Fixed(_) => 1.0,
        }
    }

    /// `None` where the border is beyond reason.
    fn free(scale: Ratio, border: [i64; 2]) -> Option<Extent> {
        border.iter().all(|b| b.unsigned_abs() <= LARGEST_BORDER).then_some(Extent::Free { scale, border })
    }

    /// Rows and columns more.
    pub fn grown(self, by: [i64; 2]) -> Option<Extent> {
        let Extent::Free { scale, border } = self else { return None };
        Extent::free(scale, [border[0].checked_add(by[0])?, border[1].checked_add(by[1])?])
    }

    /// `factor` times as large; a border must stay a whole number.
    pub fn scaled(self, factor: Ratio) -> Option<Extent> {
        let Extent::Free { scale, border } = self else { return None };
        let part = |length: i64| {
            let product = length.checked_mul(factor.num as i64)?;
            (product % factor.den as i64 == 0).then(|| product / factor.den as i64)
        };
        Extent::free(scale.times(factor)?, [part(border[0])?, part(border[1])?])
    }

    /// What is left of it after steps of `stride`: the floor of (size + `by`) / `stride`, plus one.
    pub fn strided(self, by: [i64; 2], stride: [usize; 2]) -> Option<Extent> {
        let Extent::Free { scale, border } = self else { return None };
        if stride[0] != stride[1] {
            return None;
        }
        let step = stride[0] as i64;
        let part = |i: usize| Some(border[i].checked_add(by[i])?.div_euclid(step) + 1);
        Extent::free(scale.times(Ratio::new(1, step as u64)?)?, [part(0)?, part(1)?])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_follow_convolutions_steps_and_factors() {
        let grown = Extent::INPUT.grown([-2, -2]).unwrap();
        assert_eq!(grown.scaled(Ratio::of(4.0).unwrap()).unwrap(), Extent::Free { scale: Ratio::of(4.0).unwrap(), border: [-8, -8] });
        assert_eq!(grown.scaled(Ratio::of(0.75).unwrap()), None, "half a column");
        // Kernel 3, padding 1, stride 2: (h + 2 − 3) / 2 + 1 is h / 2 for even h.
        let half = Extent::INPUT.strided([-1, -1], [2, 2]).unwrap();
        assert_eq!(half, Extent::Free { scale: Ratio::of(0.5).unwrap(), border: [0, 0] });
        assert_eq!(half.scaled(Ratio::of(2.0).unwrap()).unwrap(), Extent::INPUT);
    }

    #[test]
    fn decimal_factors_are_fractions_and_nonsense_is_none() {
        assert_eq!(Ratio::of(0.75), Ratio::new(3, 4));
        assert_eq!(Ratio::of(0.333_333), Ratio::new(1, 3));
        for wrong in [0.0, -1.0, 1e-9, 1e6, f64::NAN, std::f64::consts::PI] {
            assert_eq!(Ratio::of(wrong), None, "{wrong}");
        }
    }
}
