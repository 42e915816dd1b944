//! JPEG by zune-jpeg: grey, YCbCr, RGB, CMYK and YCCK.

use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::{Raw, Samples, expand, truncated_notice};
use crate::error::ImageError;
use crate::header::{Header, JpegColour, is_cut_jpeg};

pub(super) fn decode(bytes: &[u8], header: &Header) -> Result<Raw, ImageError> {
    let colour = header.jpeg_colour.expect("a JPEG header has its colour model");
    let out_colour = match colour {
        JpegColour::Grey => ColorSpace::Luma,
        JpegColour::YCbCr => ColorSpace::RGBA,
        JpegColour::Rgb => ColorSpace::RGB,
        // As stored: conversions of ink are done here, where the profile is known.
        JpegColour::Cmyk { .. } => ColorSpace::CMYK,
        JpegColour::Ycck => ColorSpace::YCCK,
    };
    let options = DecoderOptions::default()
        .set_max_width(header.stored_width as usize)
        .set_max_height(header.stored_height as usize)
        .set_strict_mode(false)
        .jpeg_set_out_colorspace(out_colour);
    // A second start marker in front is an old camera's fault that other programs forgive.
    let bytes = if bytes.starts_with(&[0xff, 0xd8, 0xff, 0xd8]) { &bytes[2..] } else { bytes };
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(ImageError::unreadable)?;
    if decoder.dimensions() != Some((header.stored_width as usize, header.stored_height as usize)) {
        return Err(ImageError::unreadable("two frames of different size"));
    }
    let mut samples = vec![0; decoder.output_buffer_size().ok_or_else(|| ImageError::unreadable("no size"))?];
    decoder.decode_into(&mut samples).map_err(ImageError::unreadable)?;
    let icc = decoder.icc_profile();
    let samples = match colour {
        JpegColour::Grey => Samples::Grey(samples),
        JpegColour::YCbCr => Samples::Rgba(samples),
        JpegColour::Rgb => Samples::Rgb(samples),
        JpegColour::Cmyk { inverted: false } => Samples::Cmyk(samples),
        JpegColour::Cmyk { inverted: true } => Samples::Cmyk(expand(&samples, |v: [u8; 4]| v.map(|v| 255 - v))),
        JpegColour::Ycck => Samples::Cmyk(expand(&samples, ycck_to_ink)),
    };
    let notices = if is_cut_jpeg(bytes) { vec![truncated_notice()] } else { vec![] };
    Ok(Raw { samples, icc, notices })
}

/// Adobe's YCCK: YCbCr (T.871) of the amounts of cyan, magenta and yellow ink, and inverted black.
fn ycck_to_ink([y, cb, cr, k]: [u8; 4]) -> [u8; 4] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    let channel = |v: f32| v.round().clamp(0.0, 255.0) as u8;
    [channel(y + 1.402 * cr), channel(y - 0.344_136 * cb - 0.714_136 * cr), channel(y + 1.772 * cb), 255 - k]
}
