//! What goes on beyond its box: the detector's box of a cup ends above its handle's end, that of a chair somewhere along a leg, and the matte there in a
//! straight line.
//!
//! Where a matte runs over a side of its part along a noticeable length, it goes on into the margin that the cut-out model saw around the part. Where it
//! goes on even there, the model looks again at the part grown on that side, never into the box of somebody or something else. What it finds there counts
//! if it ends there, if it is all in one with what was found before, and if it is not much more than that: else the model took what the thing stands on for
//! a part of it.

use super::shape::Patch;
use super::sight::{Instance, Sight};
use crate::imaging::components::Components;
use crate::imaging::{Mask, Rect};
use crate::models::boxes::Area;
use crate::ops::{OpError, StepContext, subject};
use crate::plan::classes::PERSON;

/// A side is cut where the matte runs over it along this share of it, and so many pixels.
const CUT_SHARE: f32 = 0.05;
const CUT_PX: u32 = 4;
/// The part grows by this share of its longer side.
const FARTHER: f32 = 0.6;
/// The second look must find this share of what the first one did, in the first one's part.
const AGREE: f64 = 0.8;
/// So many times the model looks again.
const MOST_LOOKS: usize = 2;
/// What is added has at most this share of what was there.
const MOST_ADDED: f64 = 1.5;
/// A thing that is much smaller than another one lies on it or before it, and is no end of it.
const MUCH_SMALLER: f32 = 0.4;
/// As far around what is sure a soft pixel counts.
const RIM_PX: i32 = 3;
/// From this value on a pixel is the thing's.
const HALF: u8 = 128;

/// How far the part `area` of a thing may grow on each side: to the borders of the picture and to the next box.
pub(super) fn room(sight: &Sight, one: &Instance, area: Rect, bounds: Rect) -> Rect {
    if one.class == PERSON {
        return area;
    }
    let far = (FARTHER * area.width.max(area.height) as f32).round() as u32;
    let (mut left, mut top) = (area.x.saturating_sub(far), area.y.saturating_sub(far));
    let (mut right, mut bottom) = ((area.x + area.width + far).min(bounds.width), (area.y + area.height + far).min(bounds.height));
    let inner =
        Area { left: area.x as f32, top: area.y as f32, right: (area.x + area.width) as f32, bottom: (area.y + area.height) as f32 };
    for other in sight.instances().filter(|o| *o != one && is_an_end(one, o)) {
        let box_ = other.area;
        let reaches = |low: f32, high: f32, from: u32, to: u32| low < to as f32 && high > from as f32;
        if !reaches(box_.left, box_.right, left, right) || !reaches(box_.top, box_.bottom, top, bottom) || box_.share_in(inner) >= 1.0 {
            continue;
        }
        // The side beyond which the other one lies: the one with the widest gap between them, or the least in common.
        let gaps = [inner.left - box_.right, inner.top - box_.bottom, box_.left - inner.right, box_.top - inner.bottom];
        let side = (0..4).max_by(|&a, &b| gaps[a].total_cmp(&gaps[b])).unwrap_or(0);
        match side {
            0 => left = left.max(box_.right.ceil().max(0.0) as u32).min(area.x),
            1 => top = top.max(box_.bottom.ceil().max(0.0) as u32).min(area.y),
            2 => right = right.min(box_.left.floor().max(0.0) as u32).max(area.x + area.width),
            _ => bottom = bottom.min(box_.top.floor().max(0.0) as u32).max(area.y + area.height),
        }
    }
    Rect { x: left, y: top, width: right - left, height: bottom - top }
}

/// Whether a thing ends where the other one begins: not with what it stands on, nor with what lies on it.
fn is_an_end(one: &Instance, other: &Instance) -> bool {
    let holds = other.area.size() > 2.0 * one.area.size() && one.area.share_in(other.area) > 0.8;
    let lies_on_it = other.class != PERSON && other.area.size() < MUCH_SMALLER * one.area.size() && other.area.overlap(one.area) > 0.0;
    !holds && !lies_on_it
}

/// The patch with what goes on beyond it, as far as there is room. `matte` is what the model found in the part of the patch and its margin, as large as the
/// picture.
pub(super) fn beyond(step: &mut StepContext<'_>, patch: Patch, matte: Mask, room: Rect) -> Result<Patch, OpError> {
    let area = patch.area;
    let before = cut_sides(&matte, area, room);
    let seen = common(subject::with_margin(area, &step.input), room);
    let roomy = [room.x < area.x, room.y < area.y, room.x + room.width > area.x + area.width, room.y + room.height > area.y + area.height];
    let (mut found, mut wide) = (matte, grown(area, seen, before));
    let mut looks = 0;
    loop {
        let reached = cut_sides(&found, wide, step.input.bounds());
        let cut: [bool; 4] = std::array::from_fn(|side| reached[side] && roomy[side]);
        let next = grown(wide, room, cut);
        if next == wide || looks == MOST_LOOKS {
            // A side on which no end is in sight stays where it was; one that was none before tells that the model sees something else now.
            let other = (0..4).any(|side| cut[side] && !before[side]);
            let ends = std::array::from_fn(|side| before[side] && cut[side]);
            let wide = grown(wide, area, ends);
            return Ok(if other || wide == area { patch } else { joined(&patch, &found, wide).unwrap_or(patch) });
        }
        let said = step.notices.len();
        found = subject::find_around(step, Some(next), subject::Care::BEST)?;
        step.notices.truncate(said);
        wide = next;
        looks += 1;
    }
}

/// Whether the matte reaches the left, upper, right and lower side of a part, as far as that is not the limit.
fn cut_sides(matte: &Mask, area: Rect, limit: Rect) -> [bool; 4] {
    let (right, bottom) = (area.x + area.width, area.y + area.height);
    let upright = |x: u32| (area.y..bottom).filter(|&y| matte.at(x, y) >= HALF).count();
    let level = |y: u32| (area.x..right).filter(|&x| matte.at(x, y) >= HALF).count();
    let enough = |count: usize, side: u32| count as f32 >= (CUT_SHARE * side as f32).max(CUT_PX as f32);
    [
        area.x > limit.x && enough(upright(area.x), area.height),
        area.y > limit.y && enough(level(area.y), area.width),
        right < limit.x + limit.width && enough(upright(right - 1), area.height),
        bottom < limit.y + limit.height && enough(level(bottom - 1), area.width),
    ]
}

/// What two parts have in common; the first one where that is nothing.
fn common(a: Rect, b: Rect) -> Rect {
    let (x, y) = (a.x.max(b.x), a.y.max(b.y));
    let (right, bottom) = ((a.x + a.width).min(b.x + b.width), (a.y + a.height).min(b.y + b.height));
    if right > x && bottom > y { Rect { x, y, width: right - x, height: bottom - y } } else { a }
}

/// The part with the sides of `room` where they are asked for.
fn grown(area: Rect, room: Rect, [left, top, right, bottom]: [bool; 4]) -> Rect {
    let (x, y) = (if left { room.x } else { area.x }, if top { room.y } else { area.y });
    let right = if right { room.x + room.width } else { area.x + area.width };
    let bottom = if bottom { room.y + room.height } else { area.y + area.height };
    Rect { x, y, width: right - x, height: bottom - y }
}

/// The patch with what was found in the part `wide` in one piece with it; `None` where the two do not agree. What either of them has is the thing's: the
/// first look saw it from nearer, the second one more of it.
fn joined(patch: &Patch, again: &Mask, wide: Rect) -> Option<Patch> {
    let Patch { area, mask } = patch;
    let mut out = again.cropped(wide);
    let (dx, dy) = (area.x - wide.x, area.y - wide.y);
    let place = |i: usize| {
        let (x, y) = (i as u32 % area.width, i as u32 / area.width);
        (y + dy) as usize * wide.width as usize + (x + dx) as usize
    };
    let (mut was, mut both) = (0u64, 0u64);
    for (i, &v) in mask.values().iter().enumerate() {
        let to = &mut out.values_mut()[place(i)];
        was += u64::from(v >= HALF);
        both += u64::from(v >= HALF && *to >= HALF);
        *to = (*to).max(v);
    }
    if (both as f64) < AGREE * was as f64 {
        return None;
    }
    let Components { all, labels } = Components::of(&out, HALF);
    let mut own = vec![false; all.len() + 1];
    for (i, _) in mask.values().iter().enumerate().filter(|(_, v)| **v >= HALF) {
        own[labels[place(i)] as usize] = true;
    }
    own[0] = false;
    let keep = Mask::new(wide.width, wide.height, labels.iter().map(|&l| if own[l as usize] { 255 } else { 0 }).collect());
    let total = keep.values().iter().filter(|v| **v > 0).count() as f64;
    // The soft rim goes with what it is around.
    let near = keep.grown(RIM_PX);
    out.values_mut().iter_mut().zip(near.values()).filter(|(_, near)| **near == 0).for_each(|(v, _)| *v = 0);
    for (i, &v) in mask.values().iter().enumerate() {
        let to = &mut out.values_mut()[place(i)];
        *to = (*to).max(v);
    }
    (total <= (1.0 + MOST_ADDED) * was as f64).then_some(Patch { area: wide, mask: out })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURE: Rect = Rect { x: 0, y: 0, width: 200, height: 100 };

    fn instance(class: usize, left: f32, top: f32, right: f32, bottom: f32) -> Instance {
        Instance { class, score: 0.9, area: Area { left, top, right, bottom }, also: vec![] }
    }

    /// Opaque in these rectangles.
    fn mask(rects: &[Rect]) -> Mask {
        let inside = |x: u32, y: u32| rects.iter().any(|r| (r.x..r.x + r.width).contains(&x) && (r.y..r.y + r.height).contains(&y));
        Mask::new(200, 100, (0..20_000).map(|i| if inside(i % 200, i / 200) { 255 } else { 0 }).collect())
    }

    fn rect(x: u32, y: u32, width: u32, height: u32) -> Rect {
        Rect { x, y, width, height }
    }

    #[test]
    fn a_side_is_cut_where_the_matte_runs_over_it_and_the_picture_goes_on() {
        let handle = mask(&[rect(60, 20, 40, 40), rect(70, 60, 10, 20)]);
        assert_eq!(cut_sides(&handle, rect(50, 10, 60, 60), PICTURE), [false, false, false, true]);
        assert_eq!(cut_sides(&handle, rect(50, 10, 60, 75), PICTURE), [false; 4], "it ends there");
        assert_eq!(cut_sides(&mask(&[rect(0, 0, 50, 100)]), rect(0, 0, 60, 100), PICTURE), [false; 4], "the picture ends there");
        assert_eq!(cut_sides(&mask(&[rect(70, 20, 2, 80)]), rect(50, 10, 60, 60), PICTURE), [false; 4], "a thread");
    }

    #[test]
    fn a_thing_may_grow_to_the_next_one_and_into_what_it_stands_on() {
        let (cup, area) = (instance(41, 80.0, 40.0, 100.0, 60.0), rect(80, 40, 20, 20));
        let (table, next) = (instance(60, 0.0, 30.0, 200.0, 100.0), instance(41, 105.0, 40.0, 125.0, 60.0));
        let (spoon, somebody) = (instance(44, 70.0, 50.0, 84.0, 53.0), instance(PERSON, 10.0, 0.0, 90.0, 35.0));
        let sight = |things: &[&Instance], people: &[&Instance]| Sight {
            people: people.iter().map(|i| (*i).clone()).collect(),
            things: things.iter().map(|i| (*i).clone()).collect(),
            ..Sight::default()
        };
        let room_in = |sight: &Sight| room(sight, &cup, area, PICTURE);
        assert_eq!(room_in(&sight(&[&cup], &[])), rect(68, 28, 44, 44));
        assert_eq!(room_in(&sight(&[&cup, &table, &next, &spoon], &[&somebody])), rect(68, 35, 37, 37));
        let person = instance(PERSON, 80.0, 40.0, 100.0, 60.0);
        assert_eq!(room(&sight(&[], &[&person]), &person, area, PICTURE), area, "a person's mask is the person model's");
    }

    #[test]
    fn what_hangs_together_with_the_thing_is_added_and_nothing_else() {
        let area = rect(50, 10, 60, 60);
        let first = mask(&[rect(60, 20, 40, 50)]);
        let patch = Patch { area, mask: first.cropped(area) };
        let wide = rect(50, 10, 60, 90);
        let again = mask(&[rect(60, 20, 40, 60), rect(50, 90, 5, 5)]);
        let all = joined(&patch, &again, wide).unwrap();
        assert_eq!(all.area, wide);
        assert_eq!((all.mask.at(20, 65), all.mask.at(20, 75), all.mask.at(2, 82)), (255, 0, 0), "its end, below its end, another thing");
        assert!(joined(&patch, &mask(&[rect(60, 80, 40, 10)]), wide).is_none(), "the thing itself is not there");
        let table = mask(&[rect(0, 20, 200, 80)]);
        assert!(joined(&patch, &table, PICTURE).is_none(), "much more than the thing");
    }
}
