//! Where a pixel of the result came from.

use serde::{Deserialize, Serialize};

/// Maps a point of a **result** to the point of its **input** that is shown there, in pixels, pixel centres at `.5`:
/// `x' = a·x + b·y + c`, `y' = d·x + e·y + f`. Stored as `[a, b, c, d, e, f]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Affine(pub [f64; 6]);

impl Affine {
    pub const IDENTITY: Affine = Affine([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);

    pub fn translation(dx: f64, dy: f64) -> Self {
        Affine([1.0, 0.0, dx, 0.0, 1.0, dy])
    }

    pub fn scaling(sx: f64, sy: f64) -> Self {
        Affine([sx, 0.0, 0.0, 0.0, sy, 0.0])
    }

    pub fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        let [a, b, c, d, e, f] = self.0;
        (a * x + b * y + c, d * x + e * y + f)
    }

    /// The map of two steps in a row: `self` is the map of the later step, `earlier` that of the one before it.
    pub fn then(&self, earlier: &Affine) -> Affine {
        let [a, b, c, d, e, f] = self.0;
        let [p, q, r, s, t, u] = earlier.0;
        Affine([p * a + q * d, p * b + q * e, p * c + q * f + r, s * a + t * d, s * b + t * e, s * c + t * f + u])
    }

    /// `None` where the map is not invertible.
    pub fn inverse(&self) -> Option<Affine> {
        let [a, b, c, d, e, f] = self.0;
        let det = a * e - b * d;
        (det.abs() > 1e-12).then(|| {
            let (ia, ib, id, ie) = (e / det, -b / det, -d / det, a / det);
            Affine([ia, ib, -(ia * c + ib * f), id, ie, -(id * c + ie * f)])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_compose_in_the_order_of_the_steps_and_invert() {
        let crop = Affine::translation(10.0, 20.0); // result (0,0) shows input (10,20)
        let halve = Affine::scaling(2.0, 2.0); // result (1,1) shows its input's (2,2)
        let both = halve.then(&crop);
        assert_eq!(both.apply(3.0, 4.0), (16.0, 28.0));
        let back = both.inverse().unwrap();
        assert_eq!(back.apply(16.0, 28.0), (3.0, 4.0));
    }
}
