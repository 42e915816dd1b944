//! JPEG (ITU-T T.81): markers up to the first scan.

use super::{Found, be16};
use crate::exif;

/// How the samples of a JPEG are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JpegColour {
    Grey,
    YCbCr,
    /// Three components stored as RGB (Adobe transform 0).
    Rgb,
    /// Four ink channels; `inverted`: 255 is no ink, as Adobe writes them.
    Cmyk {
        inverted: bool,
    },
    /// Adobe's YCCK; its K is inverted.
    Ycck,
}

pub(super) fn read(bytes: &[u8]) -> Option<Found> {
    let mut at = 2;
    let mut block = None;
    let mut adobe_transform = None;
    let mut frame = None;
    loop {
        // Segments may be padded with any number of 0xff; a doubled SOI has no length and is stepped over.
        while *bytes.get(at)? != 0xff {
            at += 1;
        }
        while *bytes.get(at)? == 0xff {
            at += 1;
        }
        let marker = bytes[at];
        at += 1;
        match marker {
            0x00 | 0x01 | 0xd0..=0xd8 => continue,
            0xd9 => return None,
            _ => {}
        }
        let length = usize::from(be16(bytes, at)?);
        if length < 2 {
            return None;
        }
        let body = bytes.get(at + 2..at + length)?;
        match marker {
            0xda => break,
            // Start of frame, except DHT (c4), JPG (c8) and DAC (cc), which share the range.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let (height, width) = (be16(body, 1)?, be16(body, 3)?);
                frame = Some((*body.first()?, u32::from(width), u32::from(height), *body.get(5)?, body.get(6..)?));
            }
            0xe1 if body.starts_with(b"Exif\0\0") && block.is_none() => block = Some(at + 2..at + length),
            0xee if body.starts_with(b"Adobe") => adobe_transform = body.get(11).copied(),
            _ => {}
        }
        at += length;
    }
    let (bit_depth, width, height, components, table) = frame?;
    let ids = table.chunks(3).map(|c| c[0]);
    let colour = match (components, adobe_transform) {
        (1, _) => JpegColour::Grey,
        (3, Some(0)) => JpegColour::Rgb,
        (3, None) if ids.eq(*b"RGB") => JpegColour::Rgb,
        (3, _) => JpegColour::YCbCr,
        (4, Some(2)) => JpegColour::Ycck,
        (4, adobe) => JpegColour::Cmyk { inverted: adobe.is_some() },
        _ => return None,
    };
    let orientation = block.clone().map_or(1, |range| exif::orientation(&bytes[range]));
    Some(Found { orientation, bit_depth, jpeg_colour: Some(colour), exif: block, ..Found::still(width, height) })
}

/// Whether the end marker is missing, i.e. the file was cut. Walks the compressed data, where 0xff is followed by 0 or a restart marker.
pub(crate) fn is_cut(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|&b| b == 0xff) {
        match rest.get(at + 1) {
            Some(0xd9) => return false,
            Some(0x00 | 0x01 | 0xd0..=0xd8) => rest = &rest[at + 2..],
            Some(0xff) => rest = &rest[at + 1..],
            // Stepped over by its length: a thumbnail inside EXIF has an end marker of its own.
            Some(_) => match be16(rest, at + 2) {
                Some(length) if rest.len() > at + 2 + usize::from(length) => rest = &rest[at + 2 + usize::from(length)..],
                _ => return true,
            },
            None => return true,
        }
    }
    true
}
