//! PNG (ISO/IEC 15948) and APNG: IHDR, and the chunks that say more.

use super::{Found, be32};
use crate::exif;

pub(super) fn read(bytes: &[u8]) -> Option<Found> {
    let mut at = 8;
    if be32(bytes, at)? != 13 || bytes.get(at + 4..at + 8)? != b"IHDR" {
        return None;
    }
    let (width, height) = (be32(bytes, at + 8)?, be32(bytes, at + 12)?);
    let (depth, colour_type) = (*bytes.get(at + 16)?, *bytes.get(at + 17)?);
    let mut found = Found::still(width, height);
    found.bit_depth = if colour_type == 3 { 8 } else { depth };
    found.has_alpha = colour_type & 4 != 0;
    at += 25;
    // Damaged or missing chunks behind the header are the decoder's matter; what is there so far counts.
    while let (Some(length), Some(kind)) = (be32(bytes, at), bytes.get(at + 4..at + 8)) {
        let body = bytes.get(at + 8..).map_or(&[][..], |rest| &rest[..rest.len().min(length as usize)]);
        match kind {
            b"tRNS" => found.has_alpha = true,
            b"acTL" => found.frames = be32(body, 0),
            b"eXIf" => {
                found.orientation = exif::orientation(body);
                found.exif = Some(at + 8..at + 8 + body.len());
            }
            b"IEND" => break,
            _ => {}
        }
        let Some(next) = at.checked_add(12 + length as usize) else { break };
        at = next;
    }
    Some(found)
}
