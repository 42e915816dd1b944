//! WebP (RFC 9649): RIFF chunks.

use super::{Found, le16, le24, le32};
use crate::exif;

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
            b"EXIF" => {
                found.orientation = exif::orientation(body);
                found.exif = Some(at + 8..at + 8 + body.len());
            }
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

/// The first frame of an animation, as a file of its own.
pub(crate) struct WebpFrame {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
    pub file: Vec<u8>,
}

/// Takes the first frame out of an animation. `None` where the file is not one or is damaged.
pub(crate) fn first_frame(bytes: &[u8]) -> Option<WebpFrame> {
    let mut at = 12;
    loop {
        let (kind, length) = (bytes.get(at..at + 4)?, le32(bytes, at + 4)? as usize);
        if kind == b"ANMF" {
            let body = bytes.get(at + 8..at.checked_add(8 + length)?)?;
            let (width, height) = (le24(body, 6)? + 1, le24(body, 9)? + 1);
            return Some(WebpFrame {
                x: le24(body, 0)? * 2,
                y: le24(body, 3)? * 2,
                width,
                height,
                file: still(body.get(16..)?, width, height)?,
            });
        }
        at = at.checked_add(8 + length + (length & 1))?;
    }
}

/// A still WebP of a frame's chunks: the header, then optional alpha and the bitstream as they are.
fn still(chunks: &[u8], width: u32, height: u32) -> Option<Vec<u8>> {
    let lossless = chunks.get(..4)? == b"VP8L";
    let alpha = if lossless { lossless_alpha(chunks)? } else { chunks.get(..4)? == b"ALPH" };
    let (w, h) = ((width - 1).to_le_bytes(), (height - 1).to_le_bytes());
    let mut file = b"RIFF".to_vec();
    file.extend(u32::try_from(chunks.len() + 22).ok()?.to_le_bytes());
    file.extend(b"WEBPVP8X\x0a\0\0\0");
    file.extend([if alpha { 0x10 } else { 0 }, 0, 0, 0, w[0], w[1], w[2], h[0], h[1], h[2]]);
    file.extend(chunks);
    Some(file)
}

fn lossless_alpha(chunks: &[u8]) -> Option<bool> {
    Some(lossless(chunks.get(8..)?)?.has_alpha)
}
