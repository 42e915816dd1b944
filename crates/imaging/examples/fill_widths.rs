//! Which way of filling is nearer to what was there, by the width of a scratch: along the lines through it, or from other places of the picture.
//!
//! ```text
//! cargo run -p portico-imaging --example fill_widths -- PHOTO…
//! ```
//! Straight scratches are laid over the photographs as they are, their masks are given, and PSNR is taken inside them.

#[allow(dead_code)]
#[path = "../tests/kit/damage.rs"]
mod damage;

use std::time::Instant;

use damage::{Chance, psnr};
use portico_imaging::mend::{Mend, mend};
use portico_imaging::patchmatch::{Fill, Watch, fill};
use portico_imaging::{Limits, Mask, Picture, decode};

type Failure = Box<dyn std::error::Error>;

const WIDTHS_PX: [f32; 8] = [2.0, 3.0, 5.0, 8.0, 12.0, 16.0, 24.0, 32.0];
const SCRATCHES: usize = 5;

struct Unwatched;

impl Watch for Unwatched {
    fn is_cancelled(&self) -> bool {
        false
    }

    fn level(&self, _: f32, _: &dyn Fn() -> Picture) {}
}

fn main() -> Result<(), Failure> {
    println!("width  along lines   with grain   copied      seconds");
    for width in WIDTHS_PX {
        let (mut sums, mut seconds, mut count) = ([0.0; 3], [0.0; 2], 0.0);
        for (seed, path) in std::env::args().skip(1).enumerate() {
            let whole = decode(&std::fs::read(path)?, &Limits::default())?.picture;
            let hole = scratches((whole.width(), whole.height()), width, seed as u64);
            let picture = emptied(&whole, &hole);
            let start = Instant::now();
            let smooth = mend(&Mend { picture: &picture, hole: &hole, grain: 0.0, seed: 1 }, &|| false).ok_or("cancelled")?;
            seconds[0] += start.elapsed().as_secs_f64();
            let grainy = mend(&Mend { picture: &picture, hole: &hole, grain: 1.0, seed: 1 }, &|| false).ok_or("cancelled")?;
            let start = Instant::now();
            let copied = fill(&Fill { picture: &picture, hole: &hole, exclude: None, seed: 1 }, &Unwatched)?.picture;
            seconds[1] += start.elapsed().as_secs_f64();
            for (sum, filled) in sums.iter_mut().zip([&smooth, &grainy, &copied]) {
                *sum += psnr(filled, &whole, Some(&hole));
            }
            count += 1.0;
        }
        let [a, b, c] = sums.map(|s| s / count);
        println!("{width:5}  {a:8.2} dB  {b:8.2} dB  {c:8.2} dB  {:.2} / {:.2}", seconds[0] / count, seconds[1] / count);
    }
    Ok(())
}

fn scratches((w, h): (u32, u32), width: f32, seed: u64) -> Mask {
    let mut chance = Chance(seed);
    let lines: Vec<(f32, f32, f32)> =
        (0..SCRATCHES).map(|_| (chance.unit() * w as f32, chance.unit() * h as f32, chance.unit() * std::f32::consts::PI)).collect();
    let near = |i: u32| {
        let (x, y) = ((i % w) as f32, (i / w) as f32);
        lines.iter().any(|&(cx, cy, angle)| ((y - cy) * angle.cos() - (x - cx) * angle.sin()).abs() <= width / 2.0)
    };
    Mask::new(w, h, (0..w * h).map(|i| if near(i) { 255 } else { 0 }).collect())
}

fn emptied(picture: &Picture, hole: &Mask) -> Picture {
    let mut out = picture.clone();
    for (pixel, &inside) in out.rgba8_mut().as_chunks_mut::<4>().0.iter_mut().zip(hole.values()) {
        if inside > 0 {
            *pixel = [240, 240, 240, 255];
        }
    }
    out
}
