//! Lines through a pixel of the hole to what is seen on either side.

use crate::{Mask, Picture};

/// Directions over half a turn.
const DIRECTIONS: usize = 16;
/// A line is followed so far, in pixels.
const REACH: usize = 26;
/// Two ends count half when they differ by about so many levels.
const ALIKE: f32 = 7.0;

/// The picture as the rays see it.
pub(super) struct Scene<'a> {
    pub width: usize,
    pub height: usize,
    pub pixels: &'a [[u8; 4]],
    pub hole: &'a [u8],
    directions: [(f32, f32); DIRECTIONS],
}

/// Where a ray leaves the hole.
struct End {
    distance: f32,
    x: f32,
    y: f32,
    colour: [f32; 3],
}

impl<'a> Scene<'a> {
    pub fn of(picture: &'a Picture, hole: &'a Mask) -> Scene<'a> {
        Scene {
            width: picture.width() as usize,
            height: picture.height() as usize,
            pixels: picture.rgba8().as_chunks::<4>().0,
            hole: hole.values(),
            directions: std::array::from_fn(|d| {
                let (sin, cos) = (d as f32 * std::f32::consts::PI / DIRECTIONS as f32).sin_cos();
                (cos, sin)
            }),
        }
    }

    pub fn is_visible(&self, i: usize) -> bool {
        self.pixels[i][3] > 0
    }

    /// The pixel's position, where something is known.
    pub fn known(&self, x: f32, y: f32) -> Option<usize> {
        let (x, y) = (x.round(), y.round());
        if x < 0.0 || y < 0.0 || x >= self.width as f32 || y >= self.height as f32 {
            return None;
        }
        let i = y as usize * self.width + x as usize;
        (self.hole[i] == 0 && self.is_visible(i)).then_some(i)
    }

    /// A pixel's colour from what is around the hole; `None` where nothing is within reach.
    pub fn across(&self, i: usize) -> Option<[f32; 3]> {
        let (x, y) = ((i % self.width) as f32, (i / self.width) as f32);
        let (mut sum, mut total) = ([0f32; 3], 0f32);
        for &(dx, dy) in &self.directions {
            let (colour, weight) = match (self.end(x, y, (dx, dy)), self.end(x, y, (-dx, -dy))) {
                (Some(a), Some(b)) => {
                    let length = a.distance + b.distance;
                    let colour = std::array::from_fn(|c| (a.colour[c] * b.distance + b.colour[c] * a.distance) / length);
                    let apart = self.difference(&a, &b, (-dy, dx));
                    (colour, (-apart / ALIKE).exp() / (length * length))
                }
                // Beside the border of the picture there is one side only: better than nothing.
                (Some(a), None) | (None, Some(a)) => (a.colour, 1e-3 / (a.distance * a.distance)),
                (None, None) => continue,
            };
            let weight = weight + 1e-9;
            for c in 0..3 {
                sum[c] += colour[c] * weight;
            }
            total += weight;
        }
        (total > 0.0).then(|| sum.map(|v| v / total))
    }

    fn end(&self, x: f32, y: f32, (dx, dy): (f32, f32)) -> Option<End> {
        for step in 1..=REACH {
            let distance = step as f32;
            let (px, py) = (x + dx * distance, y + dy * distance);
            if let Some(first) = self.known(px, py) {
                let own = self.colour(first);
                // One more evens out the grain and the hole's soft rim.
                let colour = match self.known(px + dx, py + dy) {
                    Some(next) => {
                        let next = self.colour(next);
                        std::array::from_fn(|c| 0.5 * own[c] + 0.5 * next[c])
                    }
                    None => own,
                };
                return Some(End { distance, x: px, y: py, colour });
            }
        }
        None
    }

    /// How much two ends differ, in levels: over three pixels beside each other.
    fn difference(&self, a: &End, b: &End, (nx, ny): (f32, f32)) -> f32 {
        let (mut sum, mut count) = ((0..3).map(|c| (a.colour[c] - b.colour[c]).abs()).sum::<f32>() / 3.0, 1.0);
        for beside in [-1.5, 1.5] {
            let ends = (self.known(a.x + nx * beside, a.y + ny * beside), self.known(b.x + nx * beside, b.y + ny * beside));
            if let (Some(p), Some(q)) = ends {
                let (p, q) = (self.colour(p), self.colour(q));
                sum += (0..3).map(|c| (p[c] - q[c]).abs()).sum::<f32>() / 3.0;
                count += 1.0;
            }
        }
        sum / count
    }

    pub fn colour(&self, i: usize) -> [f32; 3] {
        let p = self.pixels[i];
        [p[0], p[1], p[2]].map(f32::from)
    }
}
