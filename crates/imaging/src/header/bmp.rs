//! BMP: the DIB header.

use super::{Found, le16, le32};

pub(super) fn read(bytes: &[u8]) -> Option<Found> {
    let core = le32(bytes, 14)? == 12;
    let (width, height) = if core {
        (u32::from(le16(bytes, 18)?), u32::from(le16(bytes, 20)?))
    } else {
        // Negative height: rows from top to bottom. A negative width is nonsense and ends up over the limit on sides.
        (le32(bytes, 18)?, (le32(bytes, 22)? as i32).unsigned_abs())
    };
    let bits = le16(bytes, if core { 24 } else { 28 })?;
    let mut found = Found::still(width, height);
    // Only headers with a mask for alpha have one; the fourth byte of plain 32-bit files is unused.
    found.has_alpha = !core && bits == 32 && le32(bytes, 14)? >= 56 && le32(bytes, 66).is_some_and(|mask| mask != 0);
    Some(found)
}
