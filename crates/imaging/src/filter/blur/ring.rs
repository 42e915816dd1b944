//! Bands of rows, worked through from above with the last few rows kept.

/// A part of the picture's rows, and the size of the whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct Band {
    /// The first row and how many.
    pub first: usize,
    pub rows: usize,
    /// Of the picture.
    pub width: usize,
    pub height: usize,
}

impl Band {
    /// The picture's row that is read as the `n`th when `reach` rows above the band come first; the border goes on outside.
    pub fn source(&self, n: usize, reach: usize) -> usize {
        (self.first + n).saturating_sub(reach).min(self.height - 1)
    }
}

/// The last rows of one plane.
pub(super) struct Ring<T> {
    values: Vec<T>,
    width: usize,
    /// Rows so far.
    count: usize,
}

impl<T: Copy + Default> Ring<T> {
    /// Keeps `rows` rows, all 0 at first.
    pub fn new(rows: usize, width: usize) -> Ring<T> {
        Ring { values: vec![T::default(); rows * width], width, count: 0 }
    }

    /// The next row, to be written; the oldest is given up.
    pub fn next(&mut self) -> &mut [T] {
        let slot = self.count % (self.values.len() / self.width);
        self.count += 1;
        &mut self.values[slot * self.width..(slot + 1) * self.width]
    }

    /// The row that was written `back` rows before the last one.
    pub fn back(&self, back: usize) -> &[T] {
        let rows = self.values.len() / self.width;
        let slot = (self.count + 2 * rows - 1 - back) % rows;
        &self.values[slot * self.width..(slot + 1) * self.width]
    }
}
