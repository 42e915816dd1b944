//! TIFF 6.0: the first directory; further ones are pages.

use super::Found;
use crate::ifd::Tiff;

const IMAGE_WIDTH: u16 = 256;
const IMAGE_LENGTH: u16 = 257;
const BITS_PER_SAMPLE: u16 = 258;
const ORIENTATION: u16 = 274;
const EXTRA_SAMPLES: u16 = 338;

pub(super) fn read(bytes: &[u8], max_pages: u32) -> Option<Found> {
    let tiff = Tiff::new(bytes)?;
    let first = tiff.first()?;
    let value = |tag: u16| tiff.find(first, tag).and_then(|e| e.uint(0));
    let mut found = Found::still(value(IMAGE_WIDTH)?, value(IMAGE_LENGTH)?);
    found.bit_depth = value(BITS_PER_SAMPLE).map_or(1, |bits| bits.min(64) as u8);
    found.orientation = value(ORIENTATION).filter(|v| (1..=8).contains(v)).unwrap_or(1) as u8;
    found.has_alpha = value(EXTRA_SAMPLES).is_some();
    found.exif = Some(0..bytes.len());
    // A chain that runs in a circle ends at the limit.
    let mut pages = 1;
    let mut at = first;
    while let Some(next) = tiff.next(at) {
        pages += 1;
        at = next;
        if pages > max_pages {
            break;
        }
    }
    found.frames = (pages > 1).then_some(pages);
    Some(found)
}
