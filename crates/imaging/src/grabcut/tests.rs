use super::*;
use crate::mincut::{GridCut, NEIGHBOURS};

/// A disc of one colour on another, both a little uneven.
fn disc(side: u32, centre: (f64, f64), radius: f64) -> (Picture, Mask) {
    let mut picture = Picture::filled(side, side, [0, 0, 0, 255]);
    let mut truth = Mask::filled(side, side, 0);
    for y in 0..side {
        for x in 0..side {
            let inside = (f64::from(x) + 0.5 - centre.0).hypot(f64::from(y) + 0.5 - centre.1) < radius;
            let uneven = ((x * 7 + y * 13) % 11) as u8;
            let i = (y * side + x) as usize;
            let colour = if inside { [200 + uneven, 60, 50 + uneven] } else { [60 + uneven, 110 + uneven, 150] };
            picture.rgba8_mut()[i * 4..i * 4 + 3].copy_from_slice(&colour);
            truth.values_mut()[i] = if inside { 255 } else { 0 };
        }
    }
    (picture, truth)
}

fn overlap(a: &Mask, b: &Mask) -> f64 {
    let pairs = || a.values().iter().zip(b.values()).map(|(a, b)| (*a > 127, *b > 127));
    pairs().filter(|(a, b)| *a && *b).count() as f64 / pairs().filter(|(a, b)| *a || *b).count().max(1) as f64
}

fn run(picture: &Picture, hints: &Hints<'_>) -> Mask {
    segment(picture, hints, &|| false).expect("not cancelled")
}

/// A small random number, the same every time.
fn next(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    *seed >> 33
}

#[test]
fn the_cut_is_as_cheap_as_the_best_of_all_cuts() {
    let mut seed = 7;
    for round in 0..60 {
        let (width, height) = [(3, 4), (4, 3), (12, 1), (1, 9), (2, 5)][round % 5];
        let count = width * height;
        let pulls: Vec<i32> = (0..count).map(|_| next(&mut seed) as i32 % 21 - 10).collect();
        let mut links = Vec::new();
        for i in 0..count {
            for direction in 4..8 {
                let (dx, dy) = NEIGHBOURS[direction];
                let (x, y) = ((i % width) as i32 + dx, (i / width) as i32 + dy);
                if x >= 0 && x < width as i32 && y >= 0 && y < height as i32 {
                    links.push((i, direction, y as usize * width + x as usize, next(&mut seed) as i32 % 9));
                }
            }
        }
        let price = |inside: &dyn Fn(usize) -> bool| -> i32 {
            let alone: i32 = (0..count).map(|i| if inside(i) { (-pulls[i]).max(0) } else { pulls[i].max(0) }).sum();
            alone + links.iter().filter(|(i, _, j, _)| inside(*i) != inside(*j)).map(|l| l.3).sum::<i32>()
        };
        let mut graph = GridCut::new(width, height);
        pulls.iter().enumerate().for_each(|(i, pull)| graph.pull(i, *pull));
        links.iter().for_each(|(i, direction, _, cost)| graph.link(*i, *direction, *cost));
        let labels = graph.solve(&|| false).expect("not cancelled");
        let best = (0u32..1 << count).map(|set| price(&|i| set >> i & 1 == 1)).min();
        assert_eq!(Some(price(&|i| labels[i])), best, "round {round}");
    }
}

#[test]
fn a_thing_in_a_box_is_found_and_nothing_outside_the_box_is_selected() {
    let (picture, truth) = disc(120, (62.0, 55.0), 30.0);
    let area = Rect { x: 28, y: 21, width: 70, height: 68 };
    let mask = run(&picture, &Hints { area: Some(area), ..Hints::default() });
    assert!(overlap(&mask, &truth) > 0.95, "{}", overlap(&mask, &truth));
    // A box that cuts the thing: not a pixel beyond.
    let area = Rect { x: 28, y: 21, width: 40, height: 90 };
    let mask = run(&picture, &Hints { area: Some(area), ..Hints::default() });
    let beyond = (0..120 * 120).filter(|i| mask.values()[*i as usize] > 0 && !(28..68).contains(&(i % 120)));
    assert_eq!(beyond.count(), 0);
}

#[test]
fn one_click_selects_the_thing_under_it() {
    let (picture, truth) = disc(120, (70.0, 50.0), 25.0);
    let mask = run(&picture, &Hints { inside: &[(80.0, 45.0)], ..Hints::default() });
    assert!(overlap(&mask, &truth) > 0.93, "{}", overlap(&mask, &truth));
}

#[test]
fn clicks_are_honoured_even_against_colours_and_a_prior() {
    let (picture, truth) = disc(100, (50.0, 50.0), 30.0);
    let clicks = [(50.0, 50.0), (5.5, 5.5)];
    let mask = run(&picture, &Hints { inside: &clicks, prior: Some(&truth.inverted()), ..Hints::default() });
    assert!(mask.at(50, 50) == 255 && mask.at(5, 5) == 255);
    let mask = run(&picture, &Hints { inside: &[(50.0, 50.0)], outside: &[(50.0, 62.0)], prior: Some(&truth), ..Hints::default() });
    assert!(mask.at(50, 50) == 255 && mask.at(50, 62) == 0);
}

#[test]
fn a_click_outside_takes_back_what_looks_like_its_place() {
    let (mut picture, _) = disc(120, (40.0, 60.0), 22.0);
    let (other, _) = disc(120, (80.0, 60.0), 20.0);
    // A second, darker disc that touches the first.
    for (to, from) in picture.rgba8_mut().chunks_exact_mut(4).zip(other.rgba8().chunks_exact(4)) {
        if from[0] > 150 {
            to[..3].copy_from_slice(&[120, from[1] / 2, 30]);
        }
    }
    let mask = run(&picture, &Hints { inside: &[(35.0, 60.0)], outside: &[(84.0, 60.0)], ..Hints::default() });
    let taken = (70..95).filter(|x| mask.at(*x, 60) > 127).count();
    assert_eq!(taken, 0, "the other disc is out");
    assert!((25..50).all(|x| mask.at(x, 60) > 127), "the first one is in");
}

#[test]
fn a_prior_alone_is_enough() {
    let (picture, truth) = disc(100, (50.0, 45.0), 28.0);
    let mask = run(&picture, &Hints { prior: Some(&truth.grown(4).feathered(6)), ..Hints::default() });
    assert!(overlap(&mask, &truth) > 0.95, "{}", overlap(&mask, &truth));
}

#[test]
fn odd_pictures_get_an_answer_of_their_size() {
    for (width, height, colour) in
        [(1, 1, [9, 9, 9, 255]), (1, 150, [80; 4]), (150, 1, [1, 2, 3, 255]), (40, 30, [0; 4]), (50, 50, [7, 8, 9, 255])]
    {
        let picture = Picture::filled(width, height, colour);
        let middle = [(f64::from(width) / 2.0, f64::from(height) / 2.0)];
        let whole = Some(picture.bounds());
        for hints in [
            Hints::default(),
            Hints { area: whole, ..Hints::default() },
            Hints { inside: &middle, ..Hints::default() },
            Hints { outside: &middle, area: whole, ..Hints::default() },
        ] {
            let mask = run(&picture, &hints);
            assert_eq!((mask.width(), mask.height()), (width, height));
            if !hints.inside.is_empty() {
                assert_eq!(mask.at(width / 2, height / 2), 255);
            }
        }
    }
    let far = [(-5.0, 900.0)];
    run(&Picture::filled(30, 20, [9; 4]), &Hints { inside: &far, outside: &far, ..Hints::default() });
}

#[test]
fn nothing_transparent_is_selected() {
    let (mut picture, _) = disc(80, (40.0, 40.0), 20.0);
    for y in 0..80 {
        for x in 0..30 {
            picture.rgba8_mut()[(y * 80 + x) * 4 + 3] = 0;
        }
    }
    let mask = run(&picture, &Hints { inside: &[(45.0, 40.0)], ..Hints::default() });
    assert!((0..80).all(|y| (0..27).all(|x| mask.at(x, y) == 0)));
    assert!(mask.at(45, 40) == 255);
}

#[test]
fn the_same_question_gets_the_same_answer_on_one_thread_and_on_many() {
    let (picture, _) = disc(90, (40.0, 45.0), 25.0);
    let hints = Hints { inside: &[(42.0, 40.0)], ..Hints::default() };
    let on = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool").install(|| run(&picture, &hints));
    let one = on(1);
    assert!(one == on(4) && one == run(&picture, &hints));
}

#[test]
fn work_stops_when_told() {
    let (picture, truth) = disc(90, (40.0, 45.0), 25.0);
    assert!(segment(&picture, &Hints::default(), &|| true).is_none());
    assert!(refine(&picture, &truth, &|| true).is_none());
}

#[test]
fn a_mask_of_a_smaller_picture_finds_the_edges_of_the_large_one() {
    let (picture, truth) = disc(150, (70.0, 80.0), 40.0);
    let rough = truth.resized(25, 25).resized(50, 50);
    let mask = refine(&picture, &rough, &|| false).expect("not cancelled");
    assert!(overlap(&mask, &truth) > 0.97, "{}", overlap(&mask, &truth));
    let none = refine(&picture, &Mask::filled(30, 30, 0), &|| false).expect("not cancelled");
    assert!(none.is_empty() && none.width() == 150);
}

#[test]
fn each_pixel_of_overlapping_things_belongs_to_one_of_them() {
    let (picture, left) = disc(100, (35.0, 50.0), 24.0);
    let right = disc(100, (62.0, 50.0), 24.0).1;
    let apart = left.combined(&right, crate::Combine::Minus);
    let instances = [Instance { matte: &left, score: 0.9 }, Instance { matte: &right, score: 0.6 }];
    let masks = partition(&picture, &instances, &|| false).expect("not cancelled");
    for i in 0..100 * 100 {
        let values = [masks[0].values()[i], masks[1].values()[i]];
        assert!(values[0] == 0 || values[1] == 0, "both at {i}");
        assert!(values[0] <= left.values()[i] && values[1] <= right.values()[i], "nothing new at {i}");
        if left.values()[i] > 0 || right.values()[i] > 0 {
            assert!(values[0] > 0 || values[1] > 0, "nobody at {i}");
        }
    }
    // What has the left one's colours is the left one's.
    assert!(overlap(&masks[0], &left) > 0.9 && overlap(&masks[0], &apart) < 0.95);
    assert_eq!(partition(&picture, &instances[..1], &|| false), Some(vec![left.clone()]));
    assert_eq!(partition(&picture, &[], &|| false), Some(Vec::new()));
}
