//! The orthonormal 8×8 discrete cosine transform (DCT-II; N. Ahmed and others, 1974), split into even and odd halves.

/// Eight rows of eight values.
pub(super) type Block = [[f32; 8]; 8];

/// `cos(k π / 16) / 2`.
const C1: f32 = 0.490_392_64;
const C2: f32 = 0.461_939_77;
const C3: f32 = 0.415_734_8;
const C5: f32 = 0.277_785_12;
const C6: f32 = 0.191_341_72;
const C7: f32 = 0.097_545_16;
/// `sqrt(1 / 8)`.
const C0: f32 = 0.353_553_4;

/// Frequencies of a block, transposed: the first index counts the frequency across.
#[inline]
pub(super) fn forward(block: &Block) -> Block {
    down(&transposed(&down(block)))
}

/// The block of frequencies that [`forward`] gave.
#[inline]
pub(super) fn inverse(block: &Block) -> Block {
    up(&transposed(&up(block)))
}

#[inline]
fn transposed(block: &Block) -> Block {
    let mut out = [[0.0; 8]; 8];
    for y in 0..8 {
        for x in 0..8 {
            out[x][y] = block[y][x];
        }
    }
    out
}

/// Along the first index; all eight columns at once, which the compiler turns into vector code.
#[inline]
fn down(b: &Block) -> Block {
    let mut out = [[0.0; 8]; 8];
    for i in 0..8 {
        let (s0, s1, s2, s3) = (b[0][i] + b[7][i], b[1][i] + b[6][i], b[2][i] + b[5][i], b[3][i] + b[4][i]);
        let (d0, d1, d2, d3) = (b[0][i] - b[7][i], b[1][i] - b[6][i], b[2][i] - b[5][i], b[3][i] - b[4][i]);
        let (outer, inner, tilt_outer, tilt_inner) = (s0 + s3, s1 + s2, s0 - s3, s1 - s2);
        out[0][i] = C0 * (outer + inner);
        out[4][i] = C0 * (outer - inner);
        out[2][i] = C2 * tilt_outer + C6 * tilt_inner;
        out[6][i] = C6 * tilt_outer - C2 * tilt_inner;
        out[1][i] = C1 * d0 + C3 * d1 + C5 * d2 + C7 * d3;
        out[3][i] = C3 * d0 - C7 * d1 - C1 * d2 - C5 * d3;
        out[5][i] = C5 * d0 - C1 * d1 + C7 * d2 + C3 * d3;
        out[7][i] = C7 * d0 - C5 * d1 + C3 * d2 - C1 * d3;
    }
    out
}

/// The inverse of [`down`], which is its transpose.
#[inline]
fn up(b: &Block) -> Block {
    let mut out = [[0.0; 8]; 8];
    for i in 0..8 {
        let (e0, e1) = (C0 * (b[0][i] + b[4][i]), C0 * (b[0][i] - b[4][i]));
        let (f0, f1) = (C2 * b[2][i] + C6 * b[6][i], C6 * b[2][i] - C2 * b[6][i]);
        let (s0, s1, s2, s3) = (e0 + f0, e1 + f1, e1 - f1, e0 - f0);
        let d0 = C1 * b[1][i] + C3 * b[3][i] + C5 * b[5][i] + C7 * b[7][i];
        let d1 = C3 * b[1][i] - C7 * b[3][i] - C1 * b[5][i] - C5 * b[7][i];
        let d2 = C5 * b[1][i] - C1 * b[3][i] + C7 * b[5][i] + C3 * b[7][i];
        let d3 = C7 * b[1][i] - C5 * b[3][i] + C3 * b[5][i] - C1 * b[7][i];
        out[0][i] = s0 + d0;
        out[1][i] = s1 + d1;
        out[2][i] = s2 + d2;
        out[3][i] = s3 + d3;
        out[4][i] = s3 - d3;
        out[5][i] = s2 - d2;
        out[6][i] = s1 - d1;
        out[7][i] = s0 - d0;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequencies_keep_energy_and_lead_back() {
        let block: Block = std::array::from_fn(|y| std::array::from_fn(|x| ((y * 29 + x * 53 + y * x * 7) % 97) as f32));
        let frequencies = forward(&block);
        let energy = |b: &Block| b.iter().flatten().map(|v| f64::from(v * v)).sum::<f64>();
        assert!((energy(&block) / energy(&frequencies) - 1.0).abs() < 1e-5);
        let mean = block.iter().flatten().sum::<f32>() / 64.0;
        assert!((frequencies[0][0] / 8.0 - mean).abs() < 1e-3);
        let back = inverse(&frequencies);
        assert!(block.iter().flatten().zip(back.iter().flatten()).all(|(a, b)| (a - b).abs() < 1e-3));
        let wave: Block = std::array::from_fn(|_| std::array::from_fn(|x| ((2 * x + 1) as f32 * 3.0 * std::f32::consts::PI / 16.0).cos()));
        assert!((forward(&wave)[3][0] - energy(&wave).sqrt() as f32).abs() < 1e-4, "the first index counts across");
    }
}
