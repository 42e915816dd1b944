//! GIF89a: the logical screen and the number of frames.

use super::{Found, le16};

pub(super) fn read(bytes: &[u8], max_frames: u32) -> Option<Found> {
    let mut found = Found::still(u32::from(le16(bytes, 6)?), u32::from(le16(bytes, 8)?));
    let flags = *bytes.get(10)?;
    walk(bytes, 13 + colour_table_bytes(flags), max_frames, &mut found);
    Some(found)
}

fn colour_table_bytes(flags: u8) -> usize {
    if flags & 0x80 != 0 { 3 << ((flags & 7) + 1) } else { 0 }
}

/// Counts image descriptors; stops one past the limit, at the trailer or where the file is cut. Alpha: whether a graphic control extension
/// names a transparent index, or the first frame leaves some of the canvas free.
fn walk(bytes: &[u8], mut at: usize, max_frames: u32, found: &mut Found) {
    let mut frames = 0;
    while let Some(&block) = bytes.get(at) {
        match block {
            0x2c => {
                frames += 1;
                let (Some(width), Some(height), Some(&flags)) = (le16(bytes, at + 5), le16(bytes, at + 7), bytes.get(at + 9)) else {
                    break;
                };
                if frames == 1 {
                    found.first_frame = Some((width.into(), height.into()));
                    found.has_alpha |= u32::from(width) < found.width || u32::from(height) < found.height;
                }
                if frames > max_frames {
                    break;
                }
                at = skip_sub_blocks(bytes, at + 11 + colour_table_bytes(flags));
            }
            0x21 => {
                let transparent = bytes.get(at + 1) == Some(&0xf9) && bytes.get(at + 3).is_some_and(|flags| flags & 1 == 1);
                found.has_alpha |= transparent;
                at = skip_sub_blocks(bytes, at + 2);
            }
            _ => break,
        }
    }
    found.frames = Some(frames);
}

fn skip_sub_blocks(bytes: &[u8], mut at: usize) -> usize {
    while let Some(&length) = bytes.get(at) {
        at += 1 + usize::from(length);
        if length == 0 {
            break;
        }
    }
    at
}
