//! WebP (RFC 9649): RIFF chunks.

use super::{Found, le16, le24, le32};
use crate::imaging::exif;

pub(super) fn read(bytes: &[u8], max_frames: u32) -> Option<Found> {
    let mut found = match bytes.get(12..16)? {
        b"VP8 " => lossy(bytes.get(20..)?)?,
        b"VP8L" => lossless(bytes.get(20..)?)?,
        b"VP8X" => extended(bytes)?,
        _ => return None,
    };
    if bytes.get(12..16) == Some(b"VP8X") {
        walk(bytes, max_frames, &mut found);
    }
    Some(found)
}

/// Frame tag (3 bytes), start code 9d 01 2a, then 14 bits each of width and height.
fn lossy(body: &[u8]) -> Option<Found> {
    if body.get(3..6)? != [0x9d, 0x01, 0x2a] {
        return None;
    }
    Some(Found::still(u32::from(le16(body, 6)? & 0x3fff), u32::from(le16(body, 8)? & 0x3fff)))
}

/// Signature 2f, then 14 bits of width - 1, 14 of height - 1, one alpha bit.
fn lossless(body: &[u8]) -> Option<Found> {
    if *body.first()? != 0x2f {
        return None;
    }
    let bits = le32(body, 1)?;
    let mut found = Found::still((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1);
    found.has_alpha = bits >> 28 & 1 == 1;
    Some(found)
}

fn extended(bytes: &[u8]) -> Option<Found> {
    let flags = *bytes.get(20)?;
    let mut found = Found::still(le24(bytes, 24)? + 1, le24(bytes, 27)? + 1);
    found.has_alpha = flags & 0x10 != 0;
    found.frames = (flags & 0x02 != 0).then_some(0);
    Some(found)
}

/// Counts frames and finds EXIF; stops one past the limit.
fn walk(bytes: &[u8], max_frames: u32, found: &mut Found) {
    let mut at = 12;
    while let (Some(kind), Some(length)) = (bytes.get(at..at + 4), le32(bytes, at + 4)) {
        let body = bytes.get(at + 8..).map_or(&[][..], |rest| &rest[..rest.len().min(length as usize)]);
        match kind {
            b"VP8 " | b"VP8L" if found.first_frame.is_none() => found.first_frame = bitstream_size(kind, body),
            b"ANMF" => {
                if found.first_frame.is_none() {
                    found.first_frame = frame_size(body);
                }
                let frames = found.frames.get_or_insert(0);
                *frames += 1;
                if *frames > max_frames {
                    return;
                }
            }
            b"EXIF" => found.orientation = exif::orientation(body),
            _ => {}
        }
        let Some(next) = at.checked_add(8 + length as usize + (length as usize & 1)) else { return };
        at = next;
    }
}

fn bitstream_size(kind: &[u8], body: &[u8]) -> Option<(u32, u32)> {
    let found = if kind == b"VP8L" { lossless(body)? } else { lossy(body)? };
    Some((found.width, found.height))
}

/// The size that the bitstream inside an animation frame states, which is what its decoder allocates for.
fn frame_size(body: &[u8]) -> Option<(u32, u32)> {
    let mut at = 16;
    while let (Some(kind), Some(length)) = (body.get(at..at + 4), le32(body, at + 4)) {
        if matches!(kind, b"VP8 " | b"VP8L") {
            return bitstream_size(kind, body.get(at + 8..)?);
        }
        at = at.checked_add(8 + length as usize + (length as usize & 1))?;
    }
    None
}
