//! Connected areas of a mask: which selected pixels touch each other.

use super::mask::Mask;
use super::picture::Rect;

/// One connected area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Component {
    /// In pixels.
    pub area: u64,
    pub bounds: Rect,
}

/// All connected areas of a mask, in the order of their first pixel, row by row.
pub struct Components {
    pub all: Vec<Component>,
    /// For each pixel its area's position in `all` plus 1; 0 where nothing is selected.
    pub labels: Vec<u32>,
}

impl Components {
    /// Pixels from `level` on are selected; they touch across edges and corners (8-connected). Two passes with a union-find
    /// (Rosenfeld and Pfaltz, 1966).
    pub fn of(mask: &Mask, level: u8) -> Components {
        let (width, height) = (mask.width() as usize, mask.height() as usize);
        let mut labels = vec![0u32; width * height];
        // `parents[l]` leads to the smallest label of the same area; 0 stands for nothing.
        let mut parents = vec![0u32];
        for y in 0..height {
            for x in 0..width {
                let i = y * width + x;
                if mask.values()[i] < level.max(1) {
                    continue;
                }
                let mut label = 0;
                let before = [
                    (x > 0).then(|| i - 1),
                    (y > 0 && x > 0).then(|| i - width - 1),
                    (y > 0).then(|| i - width),
                    (y > 0 && x + 1 < width).then(|| i - width + 1),
                ];
                for neighbour in before.into_iter().flatten().map(|n| labels[n]).filter(|&n| n > 0) {
                    label = if label == 0 { root(&mut parents, neighbour) } else { join(&mut parents, label, neighbour) };
                }
                if label == 0 {
                    label = parents.len() as u32;
                    parents.push(label);
                }
                labels[i] = label;
            }
        }
        let mut places = vec![0u32; parents.len()];
        let mut all: Vec<Component> = Vec::new();
        for (i, label) in labels.iter_mut().enumerate().filter(|(_, l)| **l > 0) {
            let of = root(&mut parents, *label) as usize;
            let (x, y) = ((i % width) as u32, (i / width) as u32);
            if places[of] == 0 {
                all.push(Component { area: 0, bounds: Rect { x, y, width: 1, height: 1 } });
                places[of] = all.len() as u32;
            }
            *label = places[of];
            let found = &mut all[*label as usize - 1];
            found.area += 1;
            found.bounds = including(found.bounds, x, y);
        }
        Components { all, labels }
    }
}

fn including(bounds: Rect, x: u32, y: u32) -> Rect {
    let (left, top) = (bounds.x.min(x), bounds.y.min(y));
    let (right, bottom) = ((bounds.x + bounds.width).max(x + 1), (bounds.y + bounds.height).max(y + 1));
    Rect { x: left, y: top, width: right - left, height: bottom - top }
}

fn root(parents: &mut [u32], mut label: u32) -> u32 {
    while parents[label as usize] != label {
        let above = parents[parents[label as usize] as usize];
        parents[label as usize] = above;
        label = above;
    }
    label
}

fn join(parents: &mut [u32], a: u32, b: u32) -> u32 {
    let (a, b) = (root(parents, a), root(parents, b));
    let (low, high) = (a.min(b), a.max(b));
    parents[high as usize] = low;
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(rows: &[&str]) -> Mask {
        let values = rows.iter().flat_map(|r| r.bytes()).map(|b| if b == b'#' { 255 } else { 0 }).collect();
        Mask::new(rows[0].len() as u32, rows.len() as u32, values)
    }

    #[test]
    fn what_touches_is_one_area_however_it_winds() {
        let found = Components::of(&mask(&["#.#.##", "#.#...", "###..#", "......", "#.#.#."]), 1);
        let areas: Vec<u64> = found.all.iter().map(|c| c.area).collect();
        assert_eq!(areas, [7, 2, 1, 1, 1, 1], "the U is one area although its arms meet late");
        assert_eq!(found.all[0].bounds, Rect { x: 0, y: 0, width: 3, height: 3 });
        assert_eq!(found.labels[4 * 6 + 2], 5);
        let corner = Components::of(&mask(&["#..", ".#.", "..#"]), 1);
        assert_eq!(corner.all, [Component { area: 3, bounds: Rect { x: 0, y: 0, width: 3, height: 3 } }], "corners touch");
    }

    #[test]
    fn nothing_selected_has_no_areas_and_faint_values_count_from_the_level_on() {
        assert!(Components::of(&mask(&["...", "..."]), 1).all.is_empty());
        assert!(Components::of(&Mask::filled(3, 3, 0), 0).all.is_empty());
        let faint = Mask::new(3, 1, vec![5, 0, 200]);
        assert_eq!(Components::of(&faint, 1).all.len(), 2);
        assert_eq!(Components::of(&faint, 128).all.len(), 1);
    }
}
