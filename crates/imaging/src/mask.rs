//! One 8-bit channel: a selection (255 = selected) or a matte (alpha).

use super::picture::Rect;

/// 8-bit grey, row by row, the size of the picture that it belongs to. 255 = selected / opaque.
#[derive(Clone, PartialEq, Eq)]
pub struct Mask {
    width: u32,
    height: u32,
    values: Vec<u8>,
}

impl Mask {
    /// # Panics
    /// When a side is 0 or the length does not fit.
    pub fn new(width: u32, height: u32, values: Vec<u8>) -> Self {
        assert!(width > 0 && height > 0, "a mask has at least one pixel");
        assert_eq!(values.len(), width as usize * height as usize, "length of a {width}x{height} mask");
        Mask { width, height, values }
    }

    pub fn filled(width: u32, height: u32, value: u8) -> Self {
        Self::new(width, height, vec![value; width as usize * height as usize])
    }

    pub fn width(&self) -> u32 {
        self.width
    }

    pub fn height(&self) -> u32 {
        self.height
    }

    pub fn values(&self) -> &[u8] {
        &self.values
    }

    pub fn values_mut(&mut self) -> &mut [u8] {
        &mut self.values
    }

    pub fn at(&self, x: u32, y: u32) -> u8 {
        self.values[y as usize * self.width as usize + x as usize]
    }

    pub fn inverted(&self) -> Mask {
        Mask::new(self.width, self.height, self.values.iter().map(|v| 255 - v).collect())
    }

    /// Whether nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.values.iter().all(|&v| v == 0)
    }

    /// Mean value, 0..=1.
    pub fn coverage(&self) -> f64 {
        self.values.iter().map(|&v| u64::from(v)).sum::<u64>() as f64 / (255.0 * self.values.len() as f64)
    }

    /// The smallest rectangle around all values above `threshold`.
    pub fn bounding_box(&self, threshold: u8) -> Option<Rect> {
        let (mut x0, mut y0, mut x1, mut y1) = (u32::MAX, u32::MAX, 0, 0);
        for (y, row) in self.values.chunks_exact(self.width as usize).enumerate() {
            let Some(first) = row.iter().position(|&v| v > threshold) else { continue };
            let last = row.iter().rposition(|&v| v > threshold).expect("the row has one");
            x0 = x0.min(first as u32);
            x1 = x1.max(last as u32);
            y0 = y0.min(y as u32);
            y1 = y as u32;
        }
        (x0 != u32::MAX).then(|| Rect { x: x0, y: y0, width: x1 - x0 + 1, height: y1 - y0 + 1 })
    }
}

impl std::fmt::Debug for Mask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mask({}x{})", self.width, self.height)
    }
}
