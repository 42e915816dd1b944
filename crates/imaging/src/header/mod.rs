//! What a file says about itself before a single pixel is decoded. Reads only the bytes it is given and allocates nothing that grows with them.

mod bmp;
mod gif;
mod jpeg;
mod png;
mod tiff;
mod webp;

use std::ops::Range;

use serde::Serialize;

use super::error::ImageError;
use super::format::{Foreign, Format};
use super::limits::Limits;

pub(crate) use jpeg::{JpegColour, is_cut as is_cut_jpeg};
pub(crate) use webp::first_frame as first_webp_frame;

/// The header of a picture that is within its limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Header {
    pub format: Format,
    /// As displayed, after orientation, in pixels.
    pub width: u32,
    pub height: u32,
    /// As stored in the file.
    pub stored_width: u32,
    pub stored_height: u32,
    /// EXIF orientation, 1..=8.
    pub orientation: u8,
    /// Bits per channel as stored (of the palette's colours for indexed pictures).
    pub bit_depth: u8,
    /// Whether the file can have transparent pixels.
    pub has_alpha: bool,
    pub animated: bool,
    /// Of an animation, or pages of a TIFF; `None` for a single picture.
    pub frames: Option<u32>,
    #[serde(skip)]
    pub(crate) jpeg_colour: Option<JpegColour>,
    /// Where the file keeps its EXIF block; of a TIFF it is the file itself.
    #[serde(skip)]
    pub(crate) exif: Option<Range<usize>>,
}

/// What a container's parser found; zero sizes are possible and refused later.
struct Found {
    width: u32,
    height: u32,
    orientation: u8,
    bit_depth: u8,
    has_alpha: bool,
    frames: Option<u32>,
    jpeg_colour: Option<JpegColour>,
    exif: Option<Range<usize>>,
    /// Of the first frame, where the file states it apart from the canvas. A small canvas must not hide a giant frame.
    first_frame: Option<(u32, u32)>,
}

impl Found {
    fn still(width: u32, height: u32) -> Self {
        Found {
            width,
            height,
            orientation: 1,
            bit_depth: 8,
            has_alpha: false,
            frames: None,
            jpeg_colour: None,
            exif: None,
            first_frame: None,
        }
    }
}

/// Reads the header and checks every limit. No pixel is decoded.
///
/// # Errors
/// `image_empty`, `unsupported_format`, `image_unreadable`, `file_too_large`, `image_too_large`, `too_many_frames`.
pub fn probe(bytes: &[u8], limits: &Limits) -> Result<Header, ImageError> {
    if bytes.is_empty() {
        return Err(ImageError::Empty);
    }
    limits.check_bytes(bytes.len() as u64)?;
    let format = Format::sniff(bytes).map_err(ImageError::Unsupported)?;
    let found = match format {
        Format::Jpeg => jpeg::read(bytes),
        Format::Png => png::read(bytes),
        Format::Webp => webp::read(bytes, limits.max_frames),
        Format::Gif => gif::read(bytes, limits.max_frames),
        Format::Bmp => bmp::read(bytes),
        Format::Tiff => tiff::read(bytes, limits.max_frames),
        Format::Avif => return Err(ImageError::Unsupported(Foreign::Avif)),
        Format::Ora => return Err(ImageError::Unsupported(Foreign::Zip)),
        Format::Psd => return Err(ImageError::Unsupported(Foreign::Psd)),
    };
    let found = found.ok_or_else(|| ImageError::unreadable(format!("the {} header is incomplete", format.label())))?;
    limits.check_size(found.width, found.height)?;
    if let Some((width, height)) = found.first_frame {
        limits.check_size(width, height)?;
    }
    limits.check_frames(found.frames.unwrap_or(1))?;
    let (width, height) = if found.orientation >= 5 { (found.height, found.width) } else { (found.width, found.height) };
    Ok(Header {
        format,
        width,
        height,
        stored_width: found.width,
        stored_height: found.height,
        orientation: found.orientation,
        bit_depth: found.bit_depth,
        has_alpha: found.has_alpha,
        animated: format != Format::Tiff && found.frames.is_some_and(|n| n > 1),
        frames: found.frames.filter(|&n| n > 1),
        jpeg_colour: found.jpeg_colour,
        exif: found.exif,
    })
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn le24(bytes: &[u8], at: usize) -> Option<u32> {
    let b = bytes.get(at..at.checked_add(3)?)?;
    Some(u32::from_le_bytes([b[0], b[1], b[2], 0]))
}

fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}
