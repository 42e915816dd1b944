//! WebP, GIF and BMP by the image crate; of animations the first frame, placed on its canvas.

use std::io::Cursor;

use image::codecs::{bmp::BmpDecoder, gif::GifDecoder, webp::WebPDecoder};
use image::{DynamicImage, ImageDecoder};

use super::{Raw, Samples, expand};
use crate::error::ImageError;
use crate::format::Format;
use crate::header::{Header, first_webp_frame};

pub(super) fn decode(bytes: &[u8], header: &Header) -> Result<Raw, ImageError> {
    let cursor = Cursor::new(bytes);
    match header.format {
        Format::Webp if header.animated => animated_webp(bytes, header),
        Format::Webp => read(WebPDecoder::new(cursor).map_err(ImageError::unreadable)?, header),
        Format::Gif => read(GifDecoder::new(cursor).map_err(ImageError::unreadable)?, header),
        Format::Bmp => read(BmpDecoder::new(cursor).map_err(ImageError::unreadable)?, header),
        Format::Jpeg | Format::Png | Format::Tiff | Format::Avif | Format::Ora | Format::Psd => {
            unreachable!("they have decoders of their own, or none")
        }
    }
}

/// The first frame alone on an empty canvas. The decoder's own way of playing animations blends even opaque frames, and loses a level.
fn animated_webp(bytes: &[u8], header: &Header) -> Result<Raw, ImageError> {
    let damaged = || ImageError::unreadable("the first frame is damaged");
    let frame = first_webp_frame(bytes).ok_or_else(damaged)?;
    let (width, height) = (header.stored_width as usize, header.stored_height as usize);
    let (x, y, w, h) = (frame.x as usize, frame.y as usize, frame.width as usize, frame.height as usize);
    if x + w > width || y + h > height {
        return Err(damaged());
    }
    let still = WebPDecoder::new(Cursor::new(&frame.file[..])).map_err(ImageError::unreadable)?;
    let samples = read_sized(still, (frame.width, frame.height))?.samples;
    let pixels = match samples {
        Samples::Rgb(v) => expand(&v, |[r, g, b]: [u8; 3]| [r, g, b, 255]),
        Samples::Rgba(v) => v,
        _ => return Err(damaged()),
    };
    let mut canvas = vec![0; width * height * 4];
    for (to, from) in canvas.chunks_exact_mut(width * 4).skip(y).zip(pixels.chunks_exact(w * 4)) {
        to[x * 4..(x + w) * 4].copy_from_slice(from);
    }
    let icc = WebPDecoder::new(Cursor::new(bytes)).ok().and_then(|mut whole| whole.icc_profile().ok().flatten());
    Ok(Raw { samples: Samples::Rgba(canvas), icc, notices: vec![] })
}

fn read(decoder: impl ImageDecoder, header: &Header) -> Result<Raw, ImageError> {
    read_sized(decoder, (header.stored_width, header.stored_height))
}

fn read_sized(mut decoder: impl ImageDecoder, (width, height): (u32, u32)) -> Result<Raw, ImageError> {
    if decoder.dimensions() != (width, height) {
        return Err(ImageError::unreadable("two headers of different size"));
    }
    let mut limits = image::Limits::no_limits();
    limits.max_alloc = Some(u64::from(width) * u64::from(height) * 16 + (64 << 20));
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
