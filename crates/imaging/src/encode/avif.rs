//! AVIF by ravif and rav1e: small and slow.

use ravif::{AlphaColorMode, Encoder, Img, RGBA8};

use super::exif::with_resolution;
use super::{Extras, check_side, failed};
use crate::error::ImageError;
use crate::format::Format;
use crate::picture::Picture;

/// rav1e's speed, 1 (best) ..= 10. One step before the last, which gives up a fifth of the quality.
const SPEED: u8 = 9;

/// Larger pictures would take minutes.
pub const AVIF_MAX_PIXELS: u64 = 25_000_000;

const MAX_SIDE_PX: u32 = 65_535;

pub(super) fn write(picture: &Picture, quality: u8, extras: &Extras<'_>) -> Result<Vec<u8>, ImageError> {
    check_side(picture, Format::Avif, MAX_SIDE_PX)?;
    if picture.area() > AVIF_MAX_PIXELS {
        return Err(ImageError::TooSlow {
            format: Format::Avif.label(),
            width: picture.width(),
            height: picture.height(),
            limit: AVIF_MAX_PIXELS,
        });
    }
    let pixels: Vec<RGBA8> = picture.rgba8().as_chunks::<4>().0.iter().map(|&[r, g, b, a]| RGBA8::new(r, g, b, a)).collect();
    let mut encoder = Encoder::new()
        .with_quality(quality.into())
        .with_alpha_quality(quality.into())
        .with_alpha_color_mode(AlphaColorMode::UnassociatedDirty)
        .with_speed(SPEED);
    if let Some(exif) = with_resolution(extras) {
        encoder = encoder.with_exif(exif);
    }
    let encoded = encoder.encode_rgba(Img::new(&pixels[..], picture.width() as usize, picture.height() as usize));
    Ok(encoded.map_err(|e| failed(Format::Avif)(e.to_string()))?.avif_file)
}
