//! Fills a hole from the command line: `inpaint PICTURE MASK RESULT.png [EXCLUDE]`. White in MASK is filled, white in EXCLUDE is not copied.
//! Prints the milliseconds of the fill alone.

use anyhow::{Context, bail};
use portico::imaging::patchmatch::{Fill, Watch, fill};
use portico::imaging::{EncodeOptions, Format, Limits, Picture, decode, decode_mask, encode};

struct Patient;

impl Watch for Patient {
    fn is_cancelled(&self) -> bool {
        false
    }

    fn level(&self, _share: f32, _picture: &dyn Fn() -> Picture) {}
}

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [picture, mask, result, rest @ ..] = &args[..] else { bail!("usage: inpaint PICTURE MASK RESULT.png [EXCLUDE]") };
    let limits = Limits::default();
    let read = |path: &String| std::fs::read(path).with_context(|| path.clone());
    let picture = decode(&read(picture)?, &limits)?.picture;
    let hole = decode_mask(&read(mask)?, &limits)?.thresholded(128);
    let exclude = rest.first().map(|path| anyhow::Ok(decode_mask(&read(path)?, &limits)?)).transpose()?;
    let start = std::time::Instant::now();
    let filled = fill(&Fill { picture: &picture, hole: &hole, exclude: exclude.as_ref(), seed: 1 }, &Patient)?;
    println!("{}", start.elapsed().as_millis());
    std::fs::write(result, encode(&filled.picture, &EncodeOptions::new(Format::Png))?.bytes)?;
    Ok(())
}
