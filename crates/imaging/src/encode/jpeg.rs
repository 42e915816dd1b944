//! JPEG by jpeg-encoder.

use jpeg_encoder::{ColorType, Encoder, PixelDensity, PixelDensityUnit, SamplingFactor};

use super::{Extras, check_side, failed};
use crate::error::ImageError;
use crate::format::Format;
use crate::picture::Picture;
use crate::xmp;

/// At and above this, colour is kept at full resolution.
const FULL_COLOUR_QUALITY: u8 = 90;

const MAX_SIDE_PX: u32 = 65_535;

/// A segment's length is written with 16 bits and counts itself.
const MOST_SEGMENT_BYTES: usize = 65_533;

/// The segment that carries a recipe; `None` where it is too long for one.
pub(super) fn xmp_segment(recipe: &str) -> Option<Vec<u8>> {
    let segment = [b"http://ns.adobe.com/xap/1.0/\0", xmp::packet(recipe).as_bytes()].concat();
    (segment.len() <= MOST_SEGMENT_BYTES).then_some(segment)
}

/// An opaque picture.
pub(super) fn write(picture: &Picture, quality: u8, extras: &Extras<'_>) -> Result<Vec<u8>, ImageError> {
    check_side(picture, Format::Jpeg, MAX_SIDE_PX)?;
    let mut bytes = Vec::with_capacity(picture.rgba8().len() / 12 + 1024);
    let mut encoder = Encoder::new(&mut bytes, quality);
    encoder.set_sampling_factor(if quality >= FULL_COLOUR_QUALITY { SamplingFactor::R_4_4_4 } else { SamplingFactor::R_4_2_0 });
    if let Some(dpi) = extras.dpi {
        encoder.set_density(PixelDensity { density: (dpi, dpi), unit: PixelDensityUnit::Inches });
    }
    if let Some(exif) = extras.exif {
        encoder.add_app_segment(1, [b"Exif\0\0", exif].concat()).map_err(|e| failed(Format::Jpeg)(e.to_string()))?;
    }
    if let Some(segment) = extras.recipe.and_then(xmp_segment) {
        encoder.add_app_segment(1, segment).map_err(|e| failed(Format::Jpeg)(e.to_string()))?;
    }
    let (width, height) = (picture.width() as u16, picture.height() as u16);
    let (pixels, _) = picture.rgba8().as_chunks::<4>();
    let done = if pixels.iter().all(|[r, g, b, _]| r == g && g == b) {
        let grey: Vec<u8> = pixels.iter().map(|p| p[0]).collect();
        encoder.encode(&grey, width, height, ColorType::Luma)
    } else {
        encoder.encode(picture.rgba8(), width, height, ColorType::Rgba)
    };
    done.map_err(|e| failed(Format::Jpeg)(e.to_string()))?;
    Ok(bytes)
}
