//! What each stage of a repair that needs no model is worth: PSNR to the photograph as it was, on synthetic damage; and how much each changes photographs that
//! are not damaged.
//!
//! ```text
//! cargo run -p portico-imaging --example repair -- FOLDER PHOTO…
//! ```
//! Into the folder go the photographs as they are after each stage.

#[allow(dead_code)]
#[path = "../tests/kit/damage.rs"]
mod damage;
#[allow(dead_code)]
#[path = "../tests/kit/recipes.rs"]
mod recipes;

use std::path::Path;

use damage::{damage as damaged, psnr};
use portico_imaging::denoise::denoise;
use portico_imaging::fade::{FadeOptions, recover};
use portico_imaging::mend::{Mend, mend};
use portico_imaging::pace::Pace;
use portico_imaging::scratch::{Wanted, find};
use portico_imaging::{EncodeOptions, Format, Limits, Picture, decode, encode};

type Failure = Box<dyn std::error::Error>;

const STAGES: [&str; 3] = ["scratches", "fade", "denoise"];
const SEEDS: [u64; 2] = [500, 501];

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (folder, photos) = args.split_first().ok_or("a folder and photographs")?;
    std::fs::create_dir_all(folder)?;
    println!("{:26} damaged  {}   undamaged: mean change by each", "", STAGES.join("  "));
    for path in photos {
        let name = Path::new(path).file_stem().and_then(|s| s.to_str()).unwrap_or(path);
        let whole: Picture = Picture::clone(&decode(&std::fs::read(path)?, &Limits::default())?.picture);
        let mut gains = [0.0; 4];
        for seed in SEEDS {
            let made = damaged(&whole, &recipes::held(seed), seed);
            let done = stages(&made.picture)?;
            for (gain, picture) in gains.iter_mut().zip(std::iter::once(&made.picture).chain(&done)) {
                *gain += psnr(picture, &whole, None) / SEEDS.len() as f64;
            }
        }
        let own = stages(&whole)?;
        let mut before = &whole;
        let mut changes = vec![];
        for (stage, after) in STAGES.iter().zip(&own) {
            let sum: u64 = before.rgba8().iter().zip(after.rgba8()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
            changes.push(format!("{:.2}", sum as f64 / (whole.area() * 3) as f64));
            std::fs::write(Path::new(folder).join(format!("{name}-{stage}.png")), encode(after, &EncodeOptions::new(Format::Png))?.bytes)?;
            before = after;
        }
        println!("{name:26} {:.2}  {:.2}  {:.2}  {:.2}   {}", gains[0], gains[1], gains[2], gains[3], changes.join("  "));
    }
    Ok(())
}

/// The picture after each stage.
fn stages(picture: &Picture) -> Result<[Picture; 3], Failure> {
    let found = find(picture, Wanted { scratches: 0.5, dust: 0.5 }, &|| false).ok_or("cancelled")?;
    let hole = found.all().grown(1);
    let mended = mend(&Mend { picture, hole: &hole, grain: 1.0, seed: 1 }, &|| false).ok_or("cancelled")?;
    let bright = recover(&mended, &FadeOptions { strength: 1.0, keep_tone: true }, Pace::ALONE).ok_or("cancelled")?;
    let clean = denoise(&bright, 0.5, Pace::ALONE).ok_or("cancelled")?.picture;
    Ok([mended, bright, clean])
}
