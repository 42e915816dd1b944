//! Fills a hole from the command line. White in MASK is filled, white in EXCLUDE is not copied.
//!
//! ```text
//! cargo run --release -p portico-imaging --example inpaint -- PICTURE MASK RESULT.png [EXCLUDE] [--seed N]
//! ```
//! Prints the milliseconds of the fill alone.

use portico_imaging::patchmatch::{Fill, Watch, fill};
use portico_imaging::{EncodeOptions, Format, Limits, Picture, decode, decode_mask, encode};

type Failure = Box<dyn std::error::Error>;

struct Patient;

impl Watch for Patient {
    fn is_cancelled(&self) -> bool {
        false
    }

    fn level(&self, _share: f32, _picture: &dyn Fn() -> Picture) {}
}

fn main() -> Result<(), Failure> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let seed = match args.iter().position(|a| a == "--seed") {
        Some(k) => args.drain(k..).nth(1).ok_or("--seed needs a number")?.parse()?,
        None => 1,
    };
    let [picture, mask, result, rest @ ..] = &args[..] else {
        return Err("usage: inpaint PICTURE MASK RESULT.png [EXCLUDE] [--seed N]".into());
    };
    let limits = Limits::default();
    let read = |path: &String| std::fs::read(path).map_err(|e| format!("{path}: {e}"));
    let picture = decode(&read(picture)?, &limits)?.picture;
    let hole = decode_mask(&read(mask)?, &limits)?.thresholded(128);
    let exclude = rest.first().map(|path| Ok::<_, Failure>(decode_mask(&read(path)?, &limits)?)).transpose()?;
    let start = std::time::Instant::now();
    let filled = fill(&Fill { picture: &picture, hole: &hole, exclude: exclude.as_ref(), seed }, &Patient)?;
    println!("{}", start.elapsed().as_millis());
    std::fs::write(result, encode(&filled.picture, &EncodeOptions::new(Format::Png))?.bytes)?;
    Ok(())
}
