//! What the fill promises, on small made-up pictures.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::level::Plane;
use super::*;

/// Nobody cancels; or someone does after so many questions.
struct Waiting {
    asked: AtomicUsize,
    patience: usize,
}

impl Waiting {
    fn patient() -> Waiting {
        Waiting { asked: AtomicUsize::new(0), patience: usize::MAX }
    }
}

impl Watch for Waiting {
    fn is_cancelled(&self) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed) >= self.patience
    }

    fn level(&self, share: f32, picture: &dyn Fn() -> Picture) {
        assert!((0.0..=1.0).contains(&share));
        assert!(picture().width() > 0);
    }
}

fn picture(width: u32, height: u32, colour: impl Fn(u32, u32) -> [u8; 4]) -> Picture {
    Picture::from_rgba8(width, height, (0..width * height).flat_map(|i| colour(i % width, i / width)).collect())
}

fn boxed(of: &Picture, hole: Rect) -> Mask {
    let inside = |x: u32, y: u32| x >= hole.x && y >= hole.y && x < hole.x + hole.width && y < hole.y + hole.height;
    let values = (0..of.width() * of.height()).map(|i| if inside(i % of.width(), i / of.width()) { 255 } else { 0 });
    Mask::new(of.width(), of.height(), values.collect())
}

fn at(x: u32, y: u32, width: u32, height: u32) -> Rect {
    Rect { x, y, width, height }
}

fn filled(picture: &Picture, hole: &Mask) -> Picture {
    fill(&Fill { picture, hole, exclude: None, seed: 7 }, &Waiting::patient()).unwrap().picture
}

fn grain(x: u32, y: u32) -> u8 {
    (search::Noise::new(3, u64::from(y) * 5000 + u64::from(x)).next() % 64) as u8
}

fn textured(width: u32, height: u32) -> Picture {
    picture(width, height, |x, y| [80 + grain(x, y), 90 + grain(x, y), 100, 255])
}

fn assert_untouched_outside(before: &Picture, after: &Picture, hole: &Mask) {
    assert_eq!((before.width(), before.height()), (after.width(), after.height()));
    let pairs = before.rgba8().as_chunks::<4>().0.iter().zip(after.rgba8().as_chunks::<4>().0);
    for (i, (a, b)) in pairs.enumerate() {
        assert!(hole.values()[i] > 0 || a == b, "pixel {i} outside the hole");
    }
}

#[test]
fn nothing_outside_the_hole_changes_at_odd_sizes_and_on_every_border() {
    for (width, height) in [(41, 37), (53, 29)] {
        let before = textured(width, height);
        for (x, y) in [(0, 0), (width - 11, 0), (0, height - 9), (width - 11, height - 9), (width / 2, 0), (5, height / 3)] {
            let hole = boxed(&before, at(x, y, 11, 9));
            assert_untouched_outside(&before, &filled(&before, &hole), &hole);
        }
    }
}

#[test]
fn an_empty_hole_changes_nothing_and_a_hole_without_surroundings_is_refused() {
    let before = textured(20, 20);
    assert_eq!(filled(&before, &Mask::filled(20, 20, 0)), before);
    let all = Mask::filled(20, 20, 255);
    let refused = fill(&Fill { picture: &before, hole: &all, exclude: None, seed: 1 }, &Waiting::patient());
    assert_eq!(refused.unwrap_err(), FillError::NoSource);
    let one = textured(1, 1);
    let refused = fill(&Fill { picture: &one, hole: &Mask::filled(1, 1, 255), exclude: None, seed: 1 }, &Waiting::patient());
    assert_eq!(refused.unwrap_err(), FillError::NoSource);
    let refused = fill(&Fill { picture: &before, hole: &Mask::filled(9, 20, 255), exclude: None, seed: 1 }, &Waiting::patient());
    assert!(matches!(refused.unwrap_err(), FillError::SizesDiffer { .. }));
}

#[test]
fn a_flat_picture_stays_exactly_flat() {
    let flat = Picture::filled(60, 44, [17, 130, 222, 255]);
    for hole in [at(20, 10, 20, 20), at(0, 0, 30, 15), at(59, 43, 1, 1), at(2, 2, 56, 40), at(0, 20, 60, 2)] {
        assert_eq!(filled(&flat, &boxed(&flat, hole)), flat, "{hole:?}");
    }
}

#[test]
fn a_line_of_pixels_is_filled_in_a_picture_one_pixel_high() {
    for picture in [picture(300, 1, |x, _| [(x % 50) as u8, 9, 9, 255]), picture(1, 300, |_, y| [(y % 50) as u8, 9, 9, 255])] {
        let (across, down) = (picture.width().min(20), picture.height().min(20));
        let hole = boxed(&picture, at(picture.width() / 2, picture.height() / 2, across, down));
        let after = filled(&picture, &hole);
        assert_untouched_outside(&picture, &after, &hole);
        assert!(after.rgba8().as_chunks::<4>().0.iter().all(|p| p[0] < 50 && p[1] == 9 && p[3] == 255));
    }
}

#[test]
fn a_gradient_keeps_its_range_and_gets_no_dark_band_at_any_border() {
    let before = picture(60, 50, |x, y| [60 + x as u8, 60 + y as u8, 100, 255]);
    for (x, y) in [(0, 0), (46, 0), (0, 38), (46, 38), (23, 0), (23, 38), (0, 19), (46, 19)] {
        let hole = at(x, y, 14, 12);
        let after = filled(&before, &boxed(&before, hole));
        for py in hole.y..hole.y + hole.height {
            for px in hole.x..hole.x + hole.width {
                let ([r, g, b, a], [tr, tg, ..]) = (after.pixel(px, py), before.pixel(px, py));
                assert!((60..120).contains(&r) && (60..110).contains(&g) && b == 100 && a == 255, "{px},{py}");
                assert!(r.abs_diff(tr) < 18 && g.abs_diff(tg) < 18, "{px},{py}: {r},{g} where {tr},{tg} was");
            }
        }
    }
}

#[test]
fn a_horizon_goes_on_across_the_hole() {
    let before = picture(120, 80, |x, y| if y < 41 { [180, 200, 230, 255] } else { [70 + grain(x, y) / 4, 90, 50, 255] });
    let after = filled(&before, &boxed(&before, at(45, 22, 30, 36)));
    for x in 45..75 {
        let edge = (22..58).find(|&y| after.pixel(x, y)[2] < 140).unwrap();
        assert!(u32::abs_diff(edge, 41) <= 2, "the horizon is at row {edge} in column {x}");
    }
}

#[test]
fn a_bar_that_enters_on_both_sides_of_a_wide_hole_meets_itself() {
    let bar = |y: u32| (36..48).contains(&y);
    let before = picture(220, 90, |x, y| if bar(y) { [60, 55, 50, 255] } else { [170 + grain(x, y) / 4, 160, 140, 255] });
    let hole = at(80, 27, 60, 30);
    let after = filled(&before, &boxed(&before, hole));
    for x in hole.x..hole.x + hole.width {
        let dark = (hole.y..hole.y + hole.height).filter(|&y| after.pixel(x, y)[0] < 110).count();
        assert!((8..=16).contains(&dark), "{dark} dark pixels in column {x}");
    }
}

#[test]
fn what_stands_beside_a_plain_place_is_not_copied_into_it() {
    let post = |x: u32, y: u32| (104..112).contains(&x) && (20..70).contains(&y);
    let before =
        picture(150, 100, |x, y| if post(x, y) { [220, 180, 60, 255] } else { [40 + grain(x, y) / 4, 45 + (y / 4) as u8, 80, 255] });
    let hole = at(50, 35, 40, 30);
    let after = filled(&before, &boxed(&before, hole));
    let yellow = (50..90).flat_map(|x| (35..65).map(move |y| (x, y))).filter(|&(x, y)| after.pixel(x, y)[0] > 120).count();
    assert_eq!(yellow, 0, "pixels of the post in the hole");
}

#[test]
fn fine_texture_stays_fine() {
    let before = textured(320, 260);
    let hole = at(130, 100, 60, 60);
    let after = filled(&before, &boxed(&before, hole));
    let energy = |p: &Picture| -> f64 {
        let light = |x: u32, y: u32| f64::from(p.pixel(x, y)[0]);
        let inner = (hole.y..hole.y + hole.height).flat_map(|y| (hole.x..hole.x + hole.width).map(move |x| (x, y)));
        inner.map(|(x, y)| (4.0 * light(x, y) - light(x - 1, y) - light(x + 1, y) - light(x, y - 1) - light(x, y + 1)).powi(2)).sum()
    };
    let kept = energy(&after) / energy(&before);
    assert!((0.6..1.4).contains(&kept), "{kept:.2} of the high frequencies");
}

#[test]
fn odd_and_extreme_sizes_are_filled_and_nothing_else_changes() {
    for (width, height, hole) in [(1, 5000, at(0, 2400, 1, 60)), (5000, 1, at(4990, 0, 10, 1)), (1021, 767, at(900, 640, 50, 60))] {
        let before = textured(width, height);
        let hole = boxed(&before, hole);
        assert_untouched_outside(&before, &filled(&before, &hole), &hole);
    }
}

#[test]
fn a_grid_goes_on_across_the_hole() {
    let line = |x: u32, y: u32| x % 12 == 3 || y % 12 == 5;
    let before = picture(110, 96, |x, y| if line(x, y) { [40, 40, 40, 255] } else { [200, 190, 170, 255] });
    let hole = at(40, 34, 28, 26);
    let after = filled(&before, &boxed(&before, hole));
    let wrong = (hole.y..hole.y + hole.height)
        .flat_map(|y| (hole.x..hole.x + hole.width).map(move |x| (x, y)))
        .filter(|&(x, y)| after.pixel(x, y)[0].abs_diff(before.pixel(x, y)[0]) > 30)
        .count();
    assert!(wrong * 50 <= 28 * 26, "{wrong} of {} pixels are off the grid", 28 * 26);
}

#[test]
fn a_wall_of_bricks_is_continued_in_phase() {
    // No joint between two bricks of the middle courses reaches the hole's border.
    let joint = |x: u32, y: u32| y % 16 < 3 || (x + y / 16 % 2 * 20) % 40 < 3;
    let before = picture(220, 200, |x, y| {
        let v = if joint(x, y) { 150 } else { 70 } + grain(x, y) / 4;
        [v, v, v, 255]
    });
    let hole = at(90, 75, 46, 50);
    let after = filled(&before, &boxed(&before, hole));
    let wrong = (hole.y..hole.y + hole.height)
        .flat_map(|y| (hole.x..hole.x + hole.width).map(move |x| (x, y)))
        .filter(|&(x, y)| after.pixel(x, y)[0].abs_diff(before.pixel(x, y)[0]) > 40)
        .count();
    assert!(wrong * 50 <= 46 * 50, "{wrong} of {} pixels are out of phase", 46 * 50);
}

#[test]
fn a_fill_is_as_rough_as_its_surroundings() {
    let before = textured(110, 110);
    let after = filled(&before, &boxed(&before, at(40, 40, 30, 30)));
    let rough = |p: &Picture| -> u32 {
        (42..68).flat_map(|y| (42..68).map(move |x| (x, y))).map(|(x, y)| u32::from(p.pixel(x, y)[0].abs_diff(p.pixel(x + 1, y)[0]))).sum()
    };
    let ratio = f64::from(rough(&after)) / f64::from(rough(&before));
    assert!((0.6..1.3).contains(&ratio), "{ratio}");
}

#[test]
fn excluded_and_transparent_pixels_are_not_copied() {
    let before = picture(100, 60, |x, _| match x {
        0..20 => [255, 0, 0, 255],
        80.. => [0, 255, 0, 0],
        _ => [90, 90, 90, 255],
    });
    let hole = boxed(&before, at(16, 20, 20, 20));
    let exclude = boxed(&before, at(0, 0, 20, 60));
    let done = fill(&Fill { picture: &before, hole: &hole, exclude: Some(&exclude), seed: 1 }, &Waiting::patient()).unwrap();
    assert!(!done.exclude_ignored);
    for y in 20..40 {
        for x in 16..36 {
            assert_eq!(done.picture.pixel(x, y), [90, 90, 90, 255], "{x},{y}");
        }
    }
}

#[test]
fn excluding_everything_is_ignored_and_said() {
    let before = textured(40, 40);
    let hole = boxed(&before, at(15, 15, 8, 8));
    let all = Mask::filled(40, 40, 255);
    let done = fill(&Fill { picture: &before, hole: &hole, exclude: Some(&all), seed: 1 }, &Waiting::patient()).unwrap();
    assert!(done.exclude_ignored);
}

#[test]
fn soft_values_of_the_hole_mix_the_fill_with_what_was_there() {
    let before = picture(60, 60, |x, y| if (25..35).contains(&x) && (25..35).contains(&y) { [0, 0, 0, 255] } else { [200, 200, 200, 255] });
    let mut hole = boxed(&before, at(23, 23, 14, 14));
    hole.values_mut()[30 * 60 + 30] = 128;
    let after = filled(&before, &hole);
    assert_eq!(after.pixel(26, 26), [200, 200, 200, 255]);
    let [v, ..] = after.pixel(30, 30);
    assert!(v > 100 && v < 190, "{v}");
}

#[test]
fn a_scratch_of_a_pixel_vanishes() {
    let clean = picture(100, 50, |x, y| [100 + (x / 2) as u8, 120 + (y / 2) as u8, 90, 255]);
    let values = (0..5000u32).map(|i| if i % 100 == 2 * (i / 100) { 255 } else { 0 }).collect();
    let hole = Mask::new(100, 50, values);
    let scratched = picture(100, 50, |x, y| if x == 2 * y { [255; 4] } else { clean.pixel(x, y) });
    let after = filled(&scratched, &hole);
    for y in 0..50 {
        let ([r, g, ..], [tr, tg, ..]) = (after.pixel(2 * y, y), clean.pixel(2 * y, y));
        assert!(r.abs_diff(tr) < 6 && g.abs_diff(tg) < 6, "row {y}: {r},{g} where {tr},{tg} belongs");
    }
}

#[test]
fn separate_holes_are_filled_each_from_its_own_surroundings() {
    let before = picture(200, 40, |x, _| if x < 100 { [200, 40, 40, 255] } else { [40, 40, 200, 255] });
    let (left, right) = (boxed(&before, at(20, 12, 10, 10)), boxed(&before, at(170, 15, 10, 10)));
    assert_eq!(filled(&before, &left.combined_by_max(&right)), before);
}

impl Mask {
    fn combined_by_max(&self, other: &Mask) -> Mask {
        Mask::new(self.width(), self.height(), self.values().iter().zip(other.values()).map(|(a, b)| *a.max(b)).collect())
    }
}

#[test]
fn the_same_seed_gives_the_same_pixels_with_any_number_of_threads() {
    let before = textured(90, 100);
    let hole = boxed(&before, at(30, 30, 26, 36));
    let with = |threads: usize| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| filled(&before, &hole));
    let one = with(1);
    assert!(one == with(3), "three threads give what one gives");
    let other = fill(&Fill { picture: &before, hole: &hole, exclude: None, seed: 8 }, &Waiting::patient()).unwrap();
    assert!(other.picture != one, "the seed matters");
}

#[test]
fn cancelling_ends_the_work_at_the_next_question() {
    let before = textured(90, 80);
    let hole = boxed(&before, at(30, 25, 30, 28));
    for patience in [0, 1, 40, 300] {
        let watch = Waiting { asked: AtomicUsize::new(0), patience };
        let ended = fill(&Fill { picture: &before, hole: &hole, exclude: None, seed: 1 }, &watch);
        assert_eq!(ended.unwrap_err(), FillError::Cancelled);
        let more = watch.asked.load(Ordering::Relaxed) - patience;
        assert!(more <= 64, "{more} questions after the answer");
    }
}

#[test]
fn a_fill_is_not_one_shifted_block() {
    let before = textured(120, 120);
    let plane = Plane {
        width: 120,
        height: 120,
        colour: before.rgba8().as_chunks::<4>().0.to_vec(),
        state: boxed(&before, at(40, 40, 40, 40)).values().iter().map(|&v| if v > 0 { State::Hole } else { State::Source }).collect(),
    };
    let crop = Crop { width: 120, height: 120, pixels: &plane.colour, state: &plane.state, seed: 2 };
    let (holes, values) = solve(&crop, Stop(&|| false), &mut |_, _| {}).unwrap_or_else(|_| panic!("there are sources"));
    // With grain of its own everywhere, a place occurs once; as copies, most pixels of the left half would occur in the right half again.
    let at = |x: u32, y: u32| values[holes.iter().position(|&h| h == y * 120 + x).unwrap()];
    for shift in 12..28 {
        let same = (42..78).flat_map(|y| (40..52).map(move |x| (x, y))).filter(|&(x, y)| at(x, y) == at(x + shift, y)).count();
        assert!(same < 12 * 36 / 3, "{same} pixels again {shift} px to the right");
    }
}
