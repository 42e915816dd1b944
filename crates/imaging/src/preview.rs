//! Small pictures to look at: bounded in side and in bytes.

use super::encode::{EncodeOptions, encode};
use super::error::ImageError;
use super::format::Format;
use super::picture::Picture;
use super::resize::stretched;

/// Long side and bytes of the previews that are pushed while a job runs.
pub const PREVIEW_SIDE_PX: u32 = 512;
pub const PREVIEW_MAX_BYTES: usize = 30_000;

/// An encoded small picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    pub bytes: Vec<u8>,
    pub mime: &'static str,
    pub width: u32,
    pub height: u32,
}

/// The picture with its long side at most `side_px` (never enlarged), as JPEG of at most `max_bytes`; WebP with alpha where some pixel is
/// not opaque. Quality is lowered first, then the size. At 16 pixels it is given as it is.
///
/// # Errors
/// `encode_failed`.
pub fn preview(picture: &Picture, side_px: u32, max_bytes: usize) -> Result<Preview, ImageError> {
    let mut small = shrink(picture, side_px.max(1));
    loop {
        let format = if small.is_opaque() { Format::Jpeg } else { Format::Webp };
        for quality in [82, 70, 55, 40] {
            let encoded = encode(&small, &EncodeOptions { lossless: Some(false), ..EncodeOptions::new(format).with_quality(quality) })?;
            let long = small.width().max(small.height());
            if encoded.bytes.len() <= max_bytes || (long <= 16 && quality == 40) {
                return Ok(Preview { bytes: encoded.bytes, mime: format.mime(), width: small.width(), height: small.height() });
            }
        }
        let side = small.width().max(small.height()) * 3 / 4;
        small = shrink(&small, side);
    }
}

/// Fast and good enough to look at: not in linear light, unlike the pictures that users keep.
pub fn shrink(picture: &Picture, side_px: u32) -> Picture {
    let (width, height) = fit(picture.width(), picture.height(), side_px);
    if (width, height) == (picture.width(), picture.height()) {
        return picture.clone();
    }
    Picture::from_rgba8(width, height, stretched(picture, picture.bounds(), (width, height), !picture.is_opaque()))
}

/// The size with the same aspect whose long side is at most `side_px`.
fn fit(width: u32, height: u32, side_px: u32) -> (u32, u32) {
    let long = width.max(height);
    if long <= side_px {
        return (width, height);
    }
    let scaled = |side: u32| ((u64::from(side) * u64::from(side_px) + u64::from(long) / 2) / u64::from(long)).max(1) as u32;
    (scaled(width), scaled(height))
}
