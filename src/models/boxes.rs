//! Boxes around things, and which of them are around the same thing.

use serde::Serialize;

/// A box in a picture's pixels; sides may lie outside the picture. Right and bottom are exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Area {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
}

impl Area {
    pub fn width(self) -> f32 {
        (self.right - self.left).max(0.0)
    }

    pub fn height(self) -> f32 {
        (self.bottom - self.top).max(0.0)
    }

    /// Square pixels.
    pub fn size(self) -> f32 {
        self.width() * self.height()
    }

    pub fn centre(self) -> (f32, f32) {
        ((self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0)
    }

    /// The common part; of size 0 where there is none.
    pub fn common(self, other: Area) -> Area {
        Area {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        }
    }

    /// The smallest box around both.
    pub fn around(self, other: Area) -> Area {
        Area {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// Intersection over union, 0..=1.
    pub fn overlap(self, other: Area) -> f32 {
        let common = self.common(other).size();
        common / (self.size() + other.size() - common).max(f32::MIN_POSITIVE)
    }

    /// The share of this box that lies in the other, 0..=1.
    pub fn share_in(self, other: Area) -> f32 {
        self.common(other).size() / self.size().max(f32::MIN_POSITIVE)
    }

    pub fn holds(self, (x, y): (f32, f32)) -> bool {
        (self.left..self.right).contains(&x) && (self.top..self.bottom).contains(&y)
    }

    /// Clipped to a picture.
    pub fn clipped(self, width: u32, height: u32) -> Area {
        self.common(Area { left: 0.0, top: 0.0, right: width as f32, bottom: height as f32 })
    }
}

/// Something with a box and a score.
pub trait Scored {
    fn area(&self) -> Area;
    /// 0..=1
    fn score(&self) -> f32;
}

/// Best first; equal scores from left to right, so that the order never depends on how the boxes were found.
pub fn rank<T: Scored>(found: &mut [T]) {
    found.sort_by(|a, b| {
        let place = |t: &T| (t.area().left, t.area().top);
        b.score().total_cmp(&a.score()).then(place(a).0.total_cmp(&place(b).0)).then(place(a).1.total_cmp(&place(b).1))
    });
}

/// Non-maximum suppression: of the boxes for which `same` holds the best stays. The result is ranked.
pub fn suppress<T: Scored>(mut found: Vec<T>, same: impl Fn(&T, &T) -> bool) -> Vec<T> {
    rank(&mut found);
    let mut kept: Vec<T> = Vec::new();
    for candidate in found {
        if !kept.iter().any(|k| same(k, &candidate)) {
            kept.push(candidate);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Box(f32, Area);

    impl Scored for Box {
        fn area(&self) -> Area {
            self.1
        }
        fn score(&self) -> f32 {
            self.0
        }
    }

    fn area(left: f32, top: f32, right: f32, bottom: f32) -> Area {
        Area { left, top, right, bottom }
    }

    #[test]
    fn overlap_is_intersection_over_union() {
        let a = area(0.0, 0.0, 10.0, 10.0);
        assert_eq!(a.overlap(a), 1.0);
        assert_eq!(a.overlap(area(5.0, 0.0, 15.0, 10.0)), 50.0 / 150.0);
        assert_eq!(a.overlap(area(20.0, 0.0, 30.0, 10.0)), 0.0);
        assert_eq!(area(2.0, 2.0, 4.0, 4.0).share_in(a), 1.0);
        assert_eq!(area(1.0, 1.0, 1.0, 1.0).overlap(a), 0.0, "an empty box overlaps nothing");
    }

    #[test]
    fn of_two_boxes_around_one_thing_the_better_stays() {
        let found = vec![Box(0.5, area(0.0, 0.0, 10.0, 10.0)), Box(0.9, area(1.0, 0.0, 11.0, 10.0)), Box(0.4, area(50.0, 0.0, 60.0, 10.0))];
        let kept = suppress(found, |a, b| a.area().overlap(b.area()) > 0.5);
        assert_eq!(kept.iter().map(|b| b.0).collect::<Vec<_>>(), [0.9, 0.4]);
    }

    #[test]
    fn equal_scores_stand_from_left_to_right() {
        let mut found = vec![Box(0.5, area(9.0, 0.0, 10.0, 1.0)), Box(0.5, area(1.0, 0.0, 2.0, 1.0))];
        rank(&mut found);
        assert_eq!(found[0].1.left, 1.0);
    }
}
