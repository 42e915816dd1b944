//! Which of several are meant: `which`, `index`, `count`, `rest`.

use crate::models::boxes::Area;
use crate::plan::{Target, Which};

/// Why nothing is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoneLeft {
    /// The `index`-th was asked for, and there are fewer.
    Beyond { index: usize },
    /// All but some were asked for, and there are no others.
    NoOthers,
}

/// Whether a target asks for some of several.
pub(super) fn picks(target: &Target) -> bool {
    target.which.is_some_and(|w| w != Which::All) || target.index.is_some_and(|i| i > 1) || target.count.is_some() || target.rest
}

/// Numbers of the ones that are meant, in ascending order. `areas` is not empty.
///
/// Sides go by the centres of the boxes; sizes by the boxes; `center` is the one nearest the middle of the group (of the picture `width` × `height` where
/// there are only two). A side means one, unless `count` says more; without a side, all, or `count` of them from the left.
pub(super) fn pick(areas: &[Area], target: &Target, (width, height): (u32, u32)) -> Result<Vec<usize>, NoneLeft> {
    let which = target.which.unwrap_or(Which::All);
    let index = target.index.unwrap_or(1).max(1) as usize;
    let order = ordered(areas, which, (width as f32, height as f32));
    let chosen: Vec<usize> = match which {
        Which::Others => order[1..].to_vec(),
        Which::All if target.index.is_none() && target.count.is_none() => order,
        _ => {
            let one_by_default = which != Which::All || target.index.is_some();
            let count = target.count.map_or(if one_by_default { 1 } else { usize::MAX }, |n| n.max(1) as usize);
            if index > order.len() {
                return Err(NoneLeft::Beyond { index });
            }
            order[index - 1..].iter().copied().take(count).collect()
        }
    };
    let mut chosen: Vec<usize> = if target.rest { (0..areas.len()).filter(|i| !chosen.contains(i)).collect() } else { chosen };
    chosen.sort_unstable();
    if chosen.is_empty() { Err(NoneLeft::NoOthers) } else { Ok(chosen) }
}

/// All of them, the one that `which` names first. Equals stand from left to right, then from top to bottom.
fn ordered(areas: &[Area], which: Which, (width, height): (f32, f32)) -> Vec<usize> {
    let middle = middle(areas, (width, height));
    let key = |i: usize| {
        let (x, y) = areas[i].centre();
        match which {
            Which::All | Which::Left => x,
            Which::Right => -x,
            Which::Top => y,
            Which::Bottom => -y,
            Which::Center => ((x - middle.0) / width).hypot((y - middle.1) / height),
            Which::Largest | Which::Others => -areas[i].size(),
            Which::Smallest => areas[i].size(),
        }
    };
    let mut order: Vec<usize> = (0..areas.len()).collect();
    order.sort_by(|&a, &b| {
        let ((ax, ay), (bx, by)) = (areas[a].centre(), areas[b].centre());
        key(a).total_cmp(&key(b)).then(ax.total_cmp(&bx)).then(ay.total_cmp(&by))
    });
    order
}

/// The middle of the group, between its outermost centres.
fn middle(areas: &[Area], (width, height): (f32, f32)) -> (f32, f32) {
    if areas.len() < 3 {
        return (width / 2.0, height / 2.0);
    }
    let between = |values: &dyn Fn(&Area) -> f32| {
        let (low, high) = areas.iter().map(values).fold((f32::MAX, f32::MIN), |(l, h), v| (l.min(v), h.max(v)));
        (low + high) / 2.0
    };
    (between(&|a| a.centre().0), between(&|a| a.centre().1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::TargetKind;

    /// Four in a row, of sides 20, 60, 40, 30, in mixed order.
    fn four() -> Vec<Area> {
        let square =
            |x: f32, y: f32, side: f32| Area { left: x - side / 2.0, top: y - side / 2.0, right: x + side / 2.0, bottom: y + side / 2.0 };
        vec![square(300.0, 50.0, 40.0), square(100.0, 60.0, 20.0), square(500.0, 10.0, 30.0), square(200.0, 90.0, 60.0)]
    }

    fn target(which: Option<Which>, index: Option<u32>, count: Option<u32>, rest: bool) -> Target {
        Target { kind: TargetKind::People, which, index, count, rest, ..Target::default() }
    }

    fn picked(which: Option<Which>, index: Option<u32>, count: Option<u32>, rest: bool) -> Vec<usize> {
        pick(&four(), &target(which, index, count, rest), (600, 100)).unwrap()
    }

    #[test]
    fn sides_sizes_and_places_in_the_row() {
        let one = |which| picked(Some(which), None, None, false);
        assert_eq!((one(Which::Left), one(Which::Right), one(Which::Top), one(Which::Bottom)), (vec![1], vec![2], vec![2], vec![3]));
        assert_eq!((one(Which::Largest), one(Which::Smallest), one(Which::Center)), (vec![3], vec![1], vec![0]));
        assert_eq!(one(Which::Others), [0, 1, 2]);
        assert_eq!((one(Which::All), picked(None, None, None, false)), (vec![0, 1, 2, 3], vec![0, 1, 2, 3]));
    }

    #[test]
    fn index_and_count_go_from_the_side() {
        assert_eq!(picked(Some(Which::Left), Some(2), None, false), [3]);
        assert_eq!(picked(Some(Which::Right), Some(2), None, false), [0]);
        assert_eq!(picked(Some(Which::Left), None, Some(2), false), [1, 3]);
        assert_eq!(picked(Some(Which::Right), Some(2), Some(2), false), [0, 3]);
        assert_eq!(picked(Some(Which::Largest), Some(2), None, false), [0]);
        assert_eq!(picked(None, Some(3), None, false), [0], "without a side from the left");
        assert_eq!(picked(Some(Which::Left), None, Some(9), false), [0, 1, 2, 3], "at most all");
    }

    #[test]
    fn the_rest_is_all_the_others() {
        assert_eq!(picked(Some(Which::Center), None, None, true), [1, 2, 3]);
        assert_eq!(picked(Some(Which::Largest), None, None, true), picked(Some(Which::Others), None, None, false));
        let alone = &four()[..1];
        assert_eq!(pick(alone, &target(Some(Which::Others), None, None, false), (600, 100)), Err(NoneLeft::NoOthers));
        assert_eq!(pick(alone, &target(Some(Which::Left), None, None, true), (600, 100)), Err(NoneLeft::NoOthers));
        assert_eq!(pick(alone, &target(Some(Which::Left), Some(2), None, false), (600, 100)), Err(NoneLeft::Beyond { index: 2 }));
    }

    #[test]
    fn the_middle_one_of_three_is_the_middle_one_wherever_they_stand() {
        let at = |x: f32| Area { left: x, top: 0.0, right: x + 10.0, bottom: 50.0 };
        let three = [at(110.0), at(10.0), at(60.0)];
        let middle = target(Some(Which::Center), None, None, false);
        assert_eq!(pick(&three, &middle, (1000, 100)), Ok(vec![2]), "all stand at the left border");
        assert_eq!(pick(&[at(100.0), at(600.0)], &middle, (1000, 100)), Ok(vec![1]), "of two the one nearer the picture's middle");
    }
}
