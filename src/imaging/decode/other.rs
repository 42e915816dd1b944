//! WebP, GIF and BMP by the image crate; of animations the first frame, placed on its canvas.

use std::io::Cursor;

use image::codecs::{bmp::BmpDecoder, gif::GifDecoder, webp::WebPDecoder};
use image::{DynamicImage, ImageDecoder};

use super::{Raw, Samples};
use crate::imaging::error::ImageError;
use crate::imaging::format::Format;
use crate::imaging::header::Header;

pub(super) fn decode(bytes: &[u8], header: &Header) -> Result<Raw, ImageError> {
    let cursor = Cursor::new(bytes);
    match header.format {
        Format::Webp => read(WebPDecoder::new(cursor).map_err(ImageError::unreadable)?, header),
        Format::Gif => read(GifDecoder::new(cursor).map_err(ImageError::unreadable)?, header),
        Format::Bmp => read(BmpDecoder::new(cursor).map_err(ImageError::unreadable)?, header),
        Format::Jpeg | Format::Png => unreachable!("JPEG and PNG have decoders of their own"),
    }
}

fn read(mut decoder: impl ImageDecoder, header: &Header) -> Result<Raw, ImageError> {
    if decoder.dimensions() != (header.stored_width, header.stored_height) {
        return Err(ImageError::unreadable("two headers of different size"));
    }
    let mut limits = image::Limits::no_limits();
    limits.max_alloc = Some(u64::from(header.stored_width) * u64::from(header.stored_height) * 16 + (64 << 20));
    decoder.set_limits(limits).map_err(ImageError::unreadable)?;
    // A profile that cannot be read is no reason to refuse the picture.
    let icc = decoder.icc_profile().ok().flatten();
    let samples = match DynamicImage::from_decoder(decoder).map_err(ImageError::unreadable)? {
        DynamicImage::ImageLuma8(i) => Samples::Grey(i.into_raw()),
        DynamicImage::ImageLumaA8(i) => Samples::GreyAlpha(i.into_raw()),
        DynamicImage::ImageRgb8(i) => Samples::Rgb(i.into_raw()),
        DynamicImage::ImageRgba8(i) => Samples::Rgba(i.into_raw()),
        other => Samples::Rgba(other.into_rgba8().into_raw()),
    };
    Ok(Raw { samples, icc, notices: vec![] })
}
