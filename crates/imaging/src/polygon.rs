//! Shapes drawn into masks.

use super::mask::Mask;

/// Rows that a pixel's coverage is counted on.
const SUB_ROWS: usize = 4;

/// The inside of a closed polygon (even-odd rule), 255 where a pixel lies wholly inside, partly covered pixels in between. Points are in pixels and may lie
/// outside the mask.
pub fn polygon(width: u32, height: u32, points: &[(f32, f32)]) -> Mask {
    let mut mask = Mask::filled(width, height, 0);
    let tops = points.iter().map(|p| p.1);
    let (top, bottom) = (tops.clone().fold(f32::MAX, f32::min), tops.fold(f32::MIN, f32::max));
    let first = top.floor().clamp(0.0, height as f32) as usize;
    let last = bottom.ceil().clamp(0.0, height as f32) as usize;
    let mut coverage = vec![0f32; width as usize];
    for y in first..last {
        coverage.fill(0.0);
        for sub in 0..SUB_ROWS {
            let line = y as f32 + (sub as f32 + 0.5) / SUB_ROWS as f32;
            for inside in crossings(points, line).chunks_exact(2) {
                cover(&mut coverage, inside[0], inside[1]);
            }
        }
        let row = &mut mask.values_mut()[y * width as usize..(y + 1) * width as usize];
        row.iter_mut().zip(&coverage).for_each(|(to, c)| *to = (c * 255.0 / SUB_ROWS as f32).round() as u8);
    }
    mask
}

/// Where the polygon's sides cross a horizontal line, from left to right; an even number.
fn crossings(points: &[(f32, f32)], y: f32) -> Vec<f32> {
    let ends = points.iter().zip(points.iter().cycle().skip(1));
    let mut out: Vec<f32> =
        ends.filter(|(a, b)| (a.1 <= y) != (b.1 <= y)).map(|(a, b)| a.0 + (y - a.1) / (b.1 - a.1) * (b.0 - a.0)).collect();
    out.sort_by(f32::total_cmp);
    out
}

/// Adds the covered share of each pixel between two places of a row.
fn cover(row: &mut [f32], from: f32, to: f32) {
    let (from, to) = (from.clamp(0.0, row.len() as f32), to.clamp(0.0, row.len() as f32));
    let (first, last) = (from as usize, (to.ceil() as usize).min(row.len()));
    for (x, share) in row[first.min(last)..last].iter_mut().enumerate().map(|(i, share)| ((first + i) as f32, share)) {
        *share += (to.min(x + 1.0) - from.max(x)).max(0.0);
    }
}

/// The points of an ellipse whose axes are upright.
pub fn ellipse(centre: (f32, f32), half_width: f32, half_height: f32) -> Vec<(f32, f32)> {
    let place = |i: u32| {
        let (sin, cos) = (i as f32 / 64.0 * std::f32::consts::TAU).sin_cos();
        (centre.0 + half_width * cos, centre.1 + half_height * sin)
    };
    (0..64).map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_pixels_are_full_and_cut_ones_have_their_share() {
        let mask = polygon(8, 8, &[(1.5, 2.0), (6.0, 2.0), (6.0, 5.5), (1.5, 5.5)]);
        assert_eq!((mask.at(1, 3), mask.at(2, 3), mask.at(5, 2), mask.at(6, 3)), (128, 255, 255, 0));
        assert_eq!((mask.at(3, 1), mask.at(3, 5), mask.at(3, 6)), (0, 128, 0));
    }

    #[test]
    fn what_lies_outside_the_mask_is_left_out() {
        let mask = polygon(6, 4, &[(-10.0, -10.0), (3.0, -10.0), (3.0, 100.0), (-10.0, 100.0)]);
        assert!((0..4).all(|y| (0..6).all(|x| mask.at(x, y) == if x < 3 { 255 } else { 0 })));
        assert!(polygon(5, 5, &[]).is_empty() && polygon(5, 5, &[(9.0, 9.0), (20.0, 9.0), (9.0, 20.0)]).is_empty());
    }

    #[test]
    fn an_ellipse_has_its_area() {
        let mask = polygon(100, 100, &ellipse((50.0, 50.0), 30.0, 20.0));
        let area = mask.coverage() * 1e4;
        assert!((area / (std::f64::consts::PI * 600.0) - 1.0).abs() < 0.01, "{area}");
    }
}
