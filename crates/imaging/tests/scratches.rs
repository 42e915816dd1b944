//! Scratches, folds and dust on real photographs with damage made by chance: found, not invented, and filled.

#[allow(dead_code)]
#[path = "kit/damage.rs"]
mod damage;
#[allow(dead_code)]
#[path = "kit/recipes.rs"]
mod recipes;

use damage::{Score, damage as damaged, psnr};
use portico_imaging::mend::{Mend, mend};
use portico_imaging::scratch::{Wanted, find};
use portico_imaging::{Limits, Mask, Picture, decode};

const ALL: [&str; 9] = [
    "allium-oreophilum.jpg",
    "astronaut.png",
    "chelsea.png",
    "coffee.png",
    "dust-bowl-home.jpg",
    "french-alpine-landscape.jpg",
    "locomotion-house-cat.jpg",
    "nagasaki-boats.jpg",
    "rocket.png",
];
/// Photographs that the classifier was not trained on.
const UNSEEN: [&str; 4] = ["chelsea.png", "rocket.png", "french-alpine-landscape.jpg", "allium-oreophilum.jpg"];
const PLAIN: Wanted = Wanted { scratches: 0.5, dust: 0.5 };
/// Found is right this near to the truth, and the truth is found this near to what was found.
const SLACK_PX: i32 = 2;

fn photo(name: &str) -> Picture {
    let path = format!("{}/../../tests/fixtures/photos/{name}", env!("CARGO_MANIFEST_DIR"));
    decode(&std::fs::read(path).unwrap(), &Limits::default()).unwrap().picture.as_ref().clone()
}

fn found(picture: &Picture, wanted: Wanted) -> portico_imaging::scratch::Found {
    find(picture, wanted, &|| false).unwrap()
}

fn mended(picture: &Picture, hole: &Mask) -> Picture {
    mend(&Mend { picture, hole, grain: 1.0, seed: 1 }, &|| false).unwrap()
}

#[test]
fn scratches_and_folds_are_found_on_photographs_and_with_damage_that_nothing_was_tuned_on() {
    let mut score = Score::NOTHING;
    for name in UNSEEN {
        let picture = photo(name);
        for seed in [500, 501] {
            let made = damaged(&picture, &recipes::held(seed), seed);
            score.add(&found(&made.picture, PLAIN).scratches, &made.scratches, SLACK_PX);
        }
    }
    let (precision, recall) = (score.precision(), score.recall());
    assert!(score.f1() >= 0.8, "F1 {:.3}: precision {precision:.3}, recall {recall:.3}", score.f1());
}

#[test]
fn what_is_not_damaged_is_left_alone() {
    for name in ALL {
        let picture = photo(name);
        let found = found(&picture, PLAIN);
        let share = found.all().coverage();
        assert!(share < 0.004 && found.scratches.coverage() < 0.0025, "{name}: {:.3} %", 100.0 * share);
        let mended = mended(&picture, &found.all().grown(1));
        let change: u64 = picture.rgba8().iter().zip(mended.rgba8()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        let mean = change as f64 / (3 * picture.area()) as f64;
        assert!(mean < 0.3, "{name} changed by {mean:.3} levels on average");
    }
}

#[test]
fn filling_brings_every_damaged_photograph_nearer_to_what_it_was() {
    for name in UNSEEN {
        let made = damaged(&photo(name), &recipes::tuned(501), 501);
        let found = found(&made.picture, PLAIN);
        let mended = mended(&made.picture, &found.all().grown(1));
        let (before, after) = (psnr(&made.picture, &made.unscratched, None), psnr(&mended, &made.unscratched, None));
        assert!(after > before + 1.5, "{name}: {before:.2} dB before, {after:.2} dB after");
    }
}

#[test]
fn most_dust_that_is_found_is_dust() {
    let mut score = Score::NOTHING;
    for name in UNSEEN {
        let made = damaged(&photo(name), &recipes::held(500), 500);
        score.add(&found(&made.picture, Wanted { scratches: 0.0, dust: 0.5 }).dust, &made.dust, SLACK_PX);
    }
    assert!(score.precision() > 0.7 && score.recall() > 0.3, "precision {:.3}, recall {:.3}", score.precision(), score.recall());
}

#[test]
fn a_higher_sensitivity_finds_more_and_none_finds_nothing() {
    let made = damaged(&photo("allium-oreophilum.jpg"), &recipes::held(500), 500);
    let at = |s: f32| found(&made.picture, Wanted { scratches: s, dust: s });
    let (none, low, high) = (at(0.0), at(0.3), at(0.9));
    assert!(none.all().is_empty() && none.lines + none.specks == 0);
    assert!(low.lines < high.lines && low.specks < high.specks, "{} {} {} {}", low.lines, high.lines, low.specks, high.specks);
}

#[test]
fn any_size_is_looked_at_and_transparency_is_no_damage() {
    for (width, height) in [(1, 1), (1, 5000), (5000, 1), (37, 41), (130, 7)] {
        let pixels = (0..width * height).flat_map(|i: u32| [(i * 7 % 251) as u8, (i * 3 % 241) as u8, (i % 239) as u8, 255]);
        let picture = Picture::from_rgba8(width, height, pixels.collect());
        let found = found(&picture, Wanted { scratches: 1.0, dust: 1.0 });
        assert_eq!((found.scratches.width(), found.dust.height()), (width, height));
        mended(&picture, &found.all().grown(1));
    }
    // A transparent line through a grey picture.
    let pixels = (0..200 * 200).flat_map(|i: u32| if i / 200 == 90 { [255, 255, 255, 0] } else { [90, 90, 90, 255] });
    let picture = Picture::from_rgba8(200, 200, pixels.collect());
    assert!(found(&picture, Wanted { scratches: 1.0, dust: 1.0 }).all().is_empty());
}

#[test]
fn a_cancelled_search_gives_nothing() {
    assert!(find(&photo("rocket.png"), PLAIN, &|| true).is_none());
}
