//! Damage found and filled, measured on synthetic damage and shown on photographs.
//!
//! ```text
//! cargo run -p portico-imaging --example scratches -- dump CSV PHOTO…     lines with what is measured along them, for training
//! cargo run -p portico-imaging --example scratches -- measure PHOTO…      F1 of the masks, PSNR of the filling
//! cargo run -p portico-imaging --example scratches -- pair FOLDER SEED PHOTO…  damaged, judged and mended pictures
//! cargo run -p portico-imaging --example scratches -- show FOLDER PHOTO…  masks of the photographs as they are, and the mended pictures
//! ```

#[allow(dead_code)]
#[path = "../tests/kit/damage.rs"]
mod damage;
#[allow(dead_code)]
#[path = "../tests/kit/recipes.rs"]
mod recipes;
#[path = "../tests/kit/structures.rs"]
mod structures;

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use damage::{Recipe, Score, damage as damaged, psnr};
use portico_imaging::mend::{Mend, mend};
use portico_imaging::scratch::{Wanted, candidates, find};
use portico_imaging::{EncodeOptions, Format, Limits, Mask, Picture, decode, encode};

type Failure = Box<dyn std::error::Error>;

/// Both kinds, as readily as `restore` does by itself.
const PLAIN: Wanted = Wanted { scratches: 0.5, dust: 0.5 };
const SLACK_PX: i32 = 2;

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.first().map(String::as_str) {
        Some("dump") => dump(&args[1], &args[2..]),
        Some("measure") => measure(&args[1..]),
        Some("show") => show(&args[1], &args[2..]),
        Some("pair") => pair(&args[1], &args[2], &args[3..]),
        _ => Err("dump, measure, show or pair".into()),
    }
}

fn load(path: &str) -> Result<Picture, Failure> {
    Ok(Arc::unwrap_or_clone(decode(&std::fs::read(path)?, &Limits::default())?.picture))
}

fn save(picture: &Picture, path: &Path) -> Result<(), Failure> {
    std::fs::write(path, encode(picture, &EncodeOptions::new(Format::Png))?.bytes)?;
    Ok(())
}

fn name(path: &str) -> &str {
    Path::new(path).file_stem().and_then(|s| s.to_str()).unwrap_or(path)
}

/// One line of numbers for each candidate: photo, seed, right (0 or 1), weight in pixels, then the features.
fn dump(to: &str, photos: &[String]) -> Result<(), Failure> {
    let mut out = std::io::BufWriter::new(std::fs::File::create(to)?);
    for (number, photo) in photos.iter().enumerate() {
        let picture = load(photo)?;
        for seed in 0..14u64 {
            // Undamaged as it is, grainy and faded, with structures; then damaged, every other one with structures.
            let recipe = match seed {
                0 | 4..=6 => Recipe::NONE,
                1..=3 => Recipe { grain: 2.0 * seed as f32, fading: 0.2 * seed as f32, ..Recipe::NONE },
                _ => recipes::tuned(seed),
            };
            let drawn = matches!(seed, 4..=6 | 9 | 11 | 13).then(|| structures::with_structures(&picture, 100 * number as u64 + seed));
            let picture = drawn.as_ref().unwrap_or(&picture);
            let made = damaged(picture, &recipe, 1000 * number as u64 + seed);
            let near = made.scratches.grown(2);
            for (measured, points) in candidates(&made.picture) {
                let on = |&(x, y): &(f32, f32)| {
                    let at = |v: f32, most: u32| (v.round().max(0.0) as u32).min(most - 1);
                    near.at(at(x, near.width()), at(y, near.height())) > 0
                };
                let right = points.iter().filter(|p| on(p)).count() as f32 / points.len() as f32;
                write!(out, "{number},{seed},{right:.3},{}", points.len())?;
                for f in measured.features {
                    write!(out, ",{f:.4}")?;
                }
                writeln!(out)?;
            }
        }
    }
    Ok(())
}

fn measure(photos: &[String]) -> Result<(), Failure> {
    for (kind, recipe) in [("tuned", recipes::tuned as fn(u64) -> Recipe), ("held", recipes::held)] {
        let (mut lines, mut dust) = (Score::NOTHING, Score::NOTHING);
        for photo in photos {
            let picture = load(photo)?;
            let (mut own, mut own_dust) = (Score::NOTHING, Score::NOTHING);
            let (mut before, mut after, mut seconds) = (0.0, 0.0, 0.0);
            let seeds = 500..504u64;
            for seed in seeds.clone() {
                let made = damaged(&picture, &recipe(seed), seed);
                let start = Instant::now();
                let found = find(&made.picture, PLAIN, &|| false).ok_or("cancelled")?;
                seconds += start.elapsed().as_secs_f64();
                for (own, all, f, t) in
                    [(&mut own, &mut lines, &found.scratches, &made.scratches), (&mut own_dust, &mut dust, &found.dust, &made.dust)]
                {
                    own.add(f, t, SLACK_PX);
                    all.add(f, t, SLACK_PX);
                }
                let hole = found.all().grown(1);
                let mended = mend(&Mend { picture: &made.picture, hole: &hole, grain: 1.0, seed: 1 }, &|| false).ok_or("cancelled")?;
                before += psnr(&made.picture, &made.unscratched, None);
                after += psnr(&mended, &made.unscratched, None);
            }
            let n = seeds.count() as f64;
            println!(
                "{kind:6} {:26} lines P {:.3} R {:.3} F1 {:.3}  dust P {:.3} R {:.3} F1 {:.3}  PSNR {:.2} -> {:.2}  {:.2} s",
                name(photo),
                own.precision(),
                own.recall(),
                own.f1(),
                own_dust.precision(),
                own_dust.recall(),
                own_dust.f1(),
                before / n,
                after / n,
                seconds / n
            );
        }
        println!(
            "{kind:6} ALL                        lines P {:.3} R {:.3} F1 {:.3}  dust P {:.3} R {:.3} F1 {:.3}",
            lines.precision(),
            lines.recall(),
            lines.f1(),
            dust.precision(),
            dust.recall(),
            dust.f1()
        );
    }
    Ok(())
}

/// Damaged photographs of the recipe that nothing was tuned on, what was found (right green, wrong red, missed blue), and the mended ones.
fn pair(folder: &str, seed: &str, photos: &[String]) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    let seed = seed.parse()?;
    for photo in photos {
        let made = damaged(&load(photo)?, &recipes::held(seed), seed);
        let found = find(&made.picture, PLAIN, &|| false).ok_or("cancelled")?;
        let mended =
            mend(&Mend { picture: &made.picture, hole: &found.all().grown(1), grain: 1.0, seed: 1 }, &|| false).ok_or("cancelled")?;
        let (near_truth, near_found) = (made.scratches.grown(SLACK_PX), found.scratches.grown(SLACK_PX));
        let mut judged = made.picture.clone();
        for (i, pixel) in judged.rgba8_mut().as_chunks_mut::<4>().0.iter_mut().enumerate() {
            if found.scratches.values()[i] > 0 {
                *pixel = if near_truth.values()[i] > 0 { [0, 200, 0, 255] } else { [255, 0, 0, 255] };
            } else if made.scratches.values()[i] > 0 && near_found.values()[i] == 0 {
                *pixel = [0, 0, 255, 255];
            }
        }
        let to = |what: &str| Path::new(folder).join(format!("{}-{what}.png", name(photo)));
        save(&made.picture, &to("damaged"))?;
        save(&judged, &to("judged"))?;
        save(&mended, &to("mended"))?;
    }
    Ok(())
}

fn show(folder: &str, photos: &[String]) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    for photo in photos {
        let picture = load(photo)?;
        let start = Instant::now();
        let found = find(&picture, PLAIN, &|| false).ok_or("cancelled")?;
        let seconds = start.elapsed().as_secs_f64();
        let hole = found.all().grown(1);
        let mended = mend(&Mend { picture: &picture, hole: &hole, grain: 1.0, seed: 1 }, &|| false).ok_or("cancelled")?;
        let change = mean_change(&picture, &mended);
        println!(
            "{:26} lines {:3} {:.3} %  specks {:4} {:.3} %  mean change {change:.3}  {seconds:.2} s",
            name(photo),
            found.lines,
            100.0 * found.scratches.coverage(),
            found.specks,
            100.0 * found.dust.coverage()
        );
        save(&marked(&picture, &found.scratches, &found.dust), &Path::new(folder).join(format!("{}-mask.png", name(photo))))?;
        save(&mended, &Path::new(folder).join(format!("{}-mended.png", name(photo))))?;
    }
    Ok(())
}

fn mean_change(a: &Picture, b: &Picture) -> f64 {
    let sum: u64 = a.rgba8().iter().zip(b.rgba8()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / (a.area() * 3) as f64
}

/// Scratches red, dust green.
fn marked(picture: &Picture, scratches: &Mask, dust: &Mask) -> Picture {
    let mut out = picture.clone();
    for ((pixel, &s), &d) in out.rgba8_mut().as_chunks_mut::<4>().0.iter_mut().zip(scratches.values()).zip(dust.values()) {
        if s > 0 {
            *pixel = [255, 0, 0, 255];
        } else if d > 0 {
            *pixel = [0, 255, 0, 255];
        }
    }
    out
}
