//! The mask of a face: all of it, from the hairline to the chin and from ear to ear, since a half-covered face is not redacted.

use super::sight::SeenFace;
use crate::imaging::Mask;
use crate::imaging::polygon::{ellipse, polygon};
use crate::models::boxes::Area;

/// The outline runs along the cheeks and over the forehead below the hair; it is moved outwards by these factors from the middle of the face.
const TO_THE_SIDES: f32 = 1.12;
const TO_THE_HAIR: f32 = 1.3;
const TO_THE_CHIN: f32 = 1.08;
/// Half axes of the face as shares of the detector's box, which ends at the eyebrows and the chin, and how far its middle lies above the box's.
const ELLIPSE: (f32, f32) = (0.62, 0.78);
const ELLIPSE_UP: f32 = 0.12;

/// The face in a picture of this size.
pub(super) fn mask(seen: &SeenFace, width: u32, height: u32) -> Mask {
    polygon(width, height, &outline(seen))
}

/// The box around the whole face, hair line included; may reach over the picture.
pub(super) fn area(seen: &SeenFace) -> Area {
    let point = |&(x, y): &(f32, f32)| Area { left: x, top: y, right: x, bottom: y };
    outline(seen).iter().map(point).reduce(Area::around).unwrap_or(seen.face.area)
}

fn outline(seen: &SeenFace) -> Vec<(f32, f32)> {
    let (sin, cos) = seen.face.tilt().sin_cos();
    let grown = |points: &[(f32, f32)], middle: (f32, f32), factors: (f32, f32, f32)| {
        let grow = |&(x, y): &(f32, f32)| {
            let (x, y) = (x - middle.0, y - middle.1);
            // Along the face's own axes.
            let (across, down) = ((x * cos + y * sin) * factors.0, y * cos - x * sin);
            let down = down * if down < 0.0 { factors.1 } else { factors.2 };
            (middle.0 + across * cos - down * sin, middle.1 + across * sin + down * cos)
        };
        points.iter().map(grow).collect()
    };
    match &seen.outline {
        Some(points) => {
            let count = points.len() as f32;
            let middle = points.iter().fold((0.0, 0.0), |sum, p| (sum.0 + p.0 / count, sum.1 + p.1 / count));
            grown(points, middle, (TO_THE_SIDES, TO_THE_HAIR, TO_THE_CHIN))
        }
        None => {
            let area = seen.face.area;
            let (x, y) = area.centre();
            let middle = (x, y - ELLIPSE_UP * area.height());
            let upright = ellipse(middle, ELLIPSE.0 * area.width(), ELLIPSE.1 * area.height());
            grown(&upright, middle, (1.0, 1.0, 1.0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::blazeface::Face;

    fn face(outline: Option<Vec<(f32, f32)>>) -> SeenFace {
        let area = Area { left: 40.0, top: 40.0, right: 80.0, bottom: 80.0 };
        let points = [(50.0, 50.0), (70.0, 50.0), (60.0, 60.0), (60.0, 70.0), (42.0, 55.0), (78.0, 55.0)];
        SeenFace { face: Face { score: 0.9, area, points }, outline, parts: None }
    }

    #[test]
    fn the_mask_holds_the_whole_box_height_and_goes_up_to_the_hair() {
        let mask = mask(&face(None), 120, 120);
        assert!([(60, 30), (60, 79), (41, 60), (79, 60)].iter().all(|&(x, y)| mask.at(x, y) > 200), "forehead, chin, cheeks");
        assert!(mask.at(5, 5) == 0 && mask.at(60, 110) == 0);
    }

    #[test]
    fn an_outline_is_followed_and_widened_most_towards_the_hair() {
        let square = vec![(40.0, 40.0), (80.0, 40.0), (80.0, 80.0), (40.0, 80.0)];
        let area = mask(&face(Some(square)), 120, 120).bounding_box(127).unwrap();
        assert!(area.x < 40 && area.y < 36 && area.x + area.width > 80 && area.y + area.height > 80, "{area:?}");
        assert!(40 - area.y > area.y + area.height - 80, "{area:?}");
    }
}
