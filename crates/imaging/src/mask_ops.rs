//! What is done to masks: grow, shrink, feather, combine, threshold.

use rayon::prelude::*;

use super::mask::Mask;
use super::picture::Rect;
use super::resize::resize_mask;
use crate::pace::checkpoint;

/// How two masks become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combine {
    /// Selected in both.
    And,
    /// Selected in either.
    Or,
    /// Selected in the first and not in the second.
    Minus,
}

impl Mask {
    /// Grown by `px` with a round brush: each pixel takes the largest value within that distance (centre to centre). Negative: shrunk, and the
    /// border of the picture does not eat into the selection. 0 changes nothing.
    pub fn grown(&self, px: i32) -> Mask {
        match px {
            0 => self.clone(),
            1.. => dilate(self, px as u32),
            _ => dilate(&self.inverted(), px.unsigned_abs()).inverted(),
        }
    }

    /// Soft edges: values change only within `px` of an edge (three box averages, near a Gaussian of a third of that).
    pub fn feathered(&self, px: u32) -> Mask {
        if px == 0 {
            return self.clone();
        }
        // Radii that add up to `px`; a radius of 0 is no change.
        let radii = [px / 3, (px + 1) / 3, px.div_ceil(3)];
        let mut values = self.values().to_vec();
        let (width, height) = (self.width() as usize, self.height() as usize);
        for radius in radii.into_iter().filter(|&r| r > 0) {
            values = box_rows(&values, width, radius as usize);
            values = box_columns(&values, width, height, radius as usize);
        }
        Mask::new(self.width(), self.height(), values)
    }

    /// # Panics
    /// When the sizes differ.
    pub fn combined(&self, other: &Mask, how: Combine) -> Mask {
        assert_eq!((self.width(), self.height()), (other.width(), other.height()), "masks that are combined have one size");
        let pairs = self.values().iter().zip(other.values());
        let values = match how {
            Combine::And => pairs.map(|(a, b)| *a.min(b)).collect(),
            Combine::Or => pairs.map(|(a, b)| *a.max(b)).collect(),
            Combine::Minus => pairs.map(|(a, b)| *a.min(&(255 - b))).collect(),
        };
        Mask::new(self.width(), self.height(), values)
    }

    /// 255 from `level` on, else 0.
    pub fn thresholded(&self, level: u8) -> Mask {
        Mask::new(self.width(), self.height(), self.values().iter().map(|&v| if v >= level { 255 } else { 0 }).collect())
    }

    /// At another size; see [`resize_mask`].
    pub fn resized(&self, width: u32, height: u32) -> Mask {
        resize_mask(self, width, height)
    }

    /// The part inside a rectangle.
    ///
    /// # Panics
    /// When it is not inside the mask.
    pub fn cropped(&self, rect: Rect) -> Mask {
        let (x, width) = (rect.x as usize, rect.width as usize);
        let rows = self.values().chunks_exact(self.width() as usize).skip(rect.y as usize).take(rect.height as usize);
        Mask::new(rect.width, rect.height, rows.flat_map(|row| &row[x..x + width]).copied().collect())
    }
}

/// Rows that are made together; with their neighbours within reach they fit the cache.
const BAND: usize = 64;

/// Grey dilation by a disc: for every distance of rows the maximum over a run of the disc's width there. Runs grow from the disc's tip to its
/// middle, so each is made from the one before.
fn dilate(mask: &Mask, radius: u32) -> Mask {
    checkpoint();
    let Some(busy) = mask.bounding_box(0) else { return mask.clone() };
    let (width, height, r) = (mask.width() as usize, mask.height() as usize, radius as usize);
    // Nothing changes farther than the radius from what is selected.
    let x0 = (busy.x as usize).saturating_sub(r);
    let x1 = (busy.x as usize + busy.width as usize + r).min(width);
    let y0 = (busy.y as usize).saturating_sub(r);
    let y1 = (busy.y as usize + busy.height as usize + r).min(height);
    let mut out = mask.values().to_vec();
    out[y0 * width..y1 * width].par_chunks_mut(BAND * width).enumerate().for_each(|(band, rows)| {
        let first = y0 + band * BAND;
        let above = first.saturating_sub(r);
        let below = (first + rows.len() / width + r).min(height);
        let mut runs: Vec<Vec<u8>> = (above..below).map(|y| mask.values()[y * width + x0..y * width + x1].to_vec()).collect();
        let mut next = vec![0u8; x1 - x0];
        let mut reach = 0;
        for dy in (0..=r).rev() {
            let half = half_width(r, dy);
            while reach < half {
                for run in &mut runs {
                    widen(run, &mut next);
                    std::mem::swap(run, &mut next);
                }
                reach += 1;
            }
            for (i, row) in rows.chunks_exact_mut(width).enumerate() {
                let y = first + i;
                let row = &mut row[x0..x1];
                if y >= dy {
                    raise(row, &runs[y - dy - above]);
                }
                if dy > 0 && y + dy < height {
                    raise(row, &runs[y + dy - above]);
                }
            }
        }
    });
    Mask::new(mask.width(), mask.height(), out)
}

/// The most columns that stay within `r` of the centre, `dy` rows away.
fn half_width(r: usize, dy: usize) -> usize {
    (r * r - dy * dy).isqrt()
}

fn raise(to: &mut [u8], from: &[u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = (*to).max(*from);
    }
}

/// The maximum over one more pixel on either side.
fn widen(from: &[u8], to: &mut [u8]) {
    let n = from.len();
    to.copy_from_slice(from);
    if n > 1 {
        raise(&mut to[1..], &from[..n - 1]);
        raise(&mut to[..n - 1], &from[1..]);
    }
}

/// Average over `2 * radius + 1` values of a row; the border value goes on outside.
fn box_rows(values: &[u8], width: usize, radius: usize) -> Vec<u8> {
    checkpoint();
    let mut out = vec![0; values.len()];
    let count = (2 * radius + 1) as u32;
    out.par_chunks_mut(width).zip(values.par_chunks(width)).for_each(|(to, from)| {
        let at = |i: isize| u32::from(from[i.clamp(0, width as isize - 1) as usize]);
        let r = radius as isize;
        let mut sum: u32 = (-r..=r).map(at).sum();
        for (x, to) in to.iter_mut().enumerate() {
            *to = ((sum + count / 2) / count) as u8;
            sum = sum + at(x as isize + r + 1) - at(x as isize - r);
        }
    });
    out
}

/// The same down the columns, all columns of a band of rows at once.
fn box_columns(values: &[u8], width: usize, height: usize, radius: usize) -> Vec<u8> {
    checkpoint();
    let mut out = vec![0; values.len()];
    let count = (2 * radius + 1) as u32;
    let r = radius as isize;
    let row = |y: isize| {
        let y = y.clamp(0, height as isize - 1) as usize;
        &values[y * width..(y + 1) * width]
    };
    // Long bands, since each starts with a whole window.
    let band = (height / 8).max(4 * radius + 1);
    out.par_chunks_mut(band * width).enumerate().for_each(|(i, rows)| {
        let first = (i * band) as isize;
        let mut sums = vec![0u32; width];
        for y in first - r..=first + r {
            sums.iter_mut().zip(row(y)).for_each(|(s, v)| *s += u32::from(*v));
        }
        for (dy, to) in rows.chunks_exact_mut(width).enumerate() {
            let y = first + dy as isize;
            to.iter_mut().zip(&sums).for_each(|(to, s)| *to = ((s + count / 2) / count) as u8);
            for ((s, enters), leaves) in sums.iter_mut().zip(row(y + r + 1)).zip(row(y - r)) {
                *s = *s + u32::from(*enters) - u32::from(*leaves);
            }
        }
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot(width: u32, height: u32, x: u32, y: u32, value: u8) -> Mask {
        let mut mask = Mask::filled(width, height, 0);
        mask.values_mut()[(y * width + x) as usize] = value;
        mask
    }

    #[test]
    fn a_dot_grows_to_a_round_disc_and_keeps_its_value() {
        for (x, y, r) in [(40, 70, 9i32), (0, 0, 5), (79, 149, 30), (40, 70, 1)] {
            let grown = dot(80, 150, x, y, 200).grown(r);
            for py in 0..150u32 {
                for px in 0..80u32 {
                    let (dx, dy) = (i64::from(px) - i64::from(x), i64::from(py) - i64::from(y));
                    let expected = if dx * dx + dy * dy <= i64::from(r * r) { 200 } else { 0 };
                    assert_eq!(grown.at(px, py), expected, "{px},{py} around {x},{y} by {r}");
                }
            }
        }
    }

    #[test]
    fn shrinking_undoes_growing_and_spares_the_border() {
        let mut block = Mask::filled(60, 60, 0);
        for y in 20..40 {
            for x in 20..40 {
                block.values_mut()[y * 60 + x] = 255;
            }
        }
        assert_eq!(block.grown(6).grown(-6), block, "a convex shape comes back");
        assert_eq!(Mask::filled(20, 20, 255).grown(-5), Mask::filled(20, 20, 255));
        assert_eq!(block.grown(0), block);
    }

    #[test]
    fn feathering_stays_within_its_distance_and_keeps_flat_areas() {
        let step = Mask::new(100, 40, (0..4000).map(|i| if i % 100 < 50 { 0 } else { 255 }).collect());
        for px in [1, 2, 3, 7, 20] {
            let soft = step.feathered(px);
            for x in 0..100u32 {
                let v = soft.at(x, 20);
                match x {
                    _ if x + px < 50 => assert_eq!(v, 0, "{x} at {px}"),
                    _ if x >= 50 + px => assert_eq!(v, 255, "{x} at {px}"),
                    _ => {}
                }
            }
            assert!((0..99).all(|x| soft.at(x, 0) <= soft.at(x + 1, 0)));
            assert!(soft.at(49, 20) > 0 && soft.at(50, 20) < 255);
        }
        assert_eq!(Mask::filled(9, 9, 77).feathered(30), Mask::filled(9, 9, 77));
    }

    #[test]
    fn combining_and_thresholding_do_what_they_say() {
        let a = Mask::new(4, 1, vec![0, 100, 200, 255]);
        let b = Mask::new(4, 1, vec![255, 50, 255, 255]);
        assert_eq!(a.combined(&b, Combine::And).values(), &[0, 50, 200, 255]);
        assert_eq!(a.combined(&b, Combine::Or).values(), &[255, 100, 255, 255]);
        assert_eq!(a.combined(&b, Combine::Minus).values(), &[0, 100, 0, 0]);
        assert_eq!(a.thresholded(128).values(), &[0, 0, 255, 255]);
    }
}
