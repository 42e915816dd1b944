//! Connected parts of a labelling.

/// Parts of equal labels, four neighbours each: which part every cell belongs to, and what is known of each part.
pub(super) struct Regions {
    pub of: Vec<u32>,
    pub parts: Vec<Part>,
}

pub(super) struct Part {
    pub label: bool,
    pub cells: usize,
    /// Whether it reaches the border of the grid.
    pub at_border: bool,
}

impl Regions {
    pub(super) fn of(labels: &[bool], width: usize) -> Regions {
        const UNSEEN: u32 = u32::MAX;
        let height = labels.len() / width;
        let mut of = vec![UNSEEN; labels.len()];
        let mut parts = Vec::new();
        let mut stack = Vec::new();
        for start in 0..labels.len() {
            if of[start] != UNSEEN {
                continue;
            }
            let id = parts.len() as u32;
            let mut part = Part { label: labels[start], cells: 0, at_border: false };
            of[start] = id;
            stack.push(start);
            while let Some(i) = stack.pop() {
                part.cells += 1;
                let (x, y) = (i % width, i / width);
                part.at_border |= x == 0 || y == 0 || x + 1 == width || y + 1 == height;
                let around =
                    [(x > 0, i.wrapping_sub(1)), (x + 1 < width, i + 1), (y > 0, i.wrapping_sub(width)), (y + 1 < height, i + width)];
                for (exists, j) in around {
                    if exists && of[j] == UNSEEN && labels[j] == part.label {
                        of[j] = id;
                        stack.push(j);
                    }
                }
            }
            parts.push(part);
        }
        Regions { of, parts }
    }

    /// Flips the parts that `unwanted` names.
    pub(super) fn flip(&self, labels: &mut [bool], unwanted: impl Fn(u32, &Part) -> bool) {
        let flips: Vec<bool> = self.parts.iter().enumerate().map(|(id, part)| unwanted(id as u32, part)).collect();
        for (label, id) in labels.iter_mut().zip(&self.of) {
            *label ^= flips[*id as usize];
        }
    }
}
