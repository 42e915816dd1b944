//! A mask from a picture file: which parts are selected.

use super::super::error::ImageError;
use super::super::limits::Limits;
use super::super::mask::Mask;
use super::decode;

/// Values up to this are noise of lossy encoders and count as not selected.
const NOISE: u8 = 8;

/// Reads a mask as displayed: white is selected, grey partly. Where some pixel is not opaque, alpha is the mask and colour is ignored; otherwise
/// luminance (Rec. 709 weights on the stored values) is. Values up to 8 become 0.
///
/// # Errors
/// As [`decode`].
pub fn decode_mask(bytes: &[u8], limits: &Limits) -> Result<Mask, ImageError> {
    let picture = decode(bytes, limits)?.picture;
    let by_alpha = !picture.is_opaque();
    let value = |p: &[u8; 4]| {
        let v =
            if by_alpha { p[3] } else { ((u32::from(p[0]) * 2126 + u32::from(p[1]) * 7152 + u32::from(p[2]) * 722 + 5000) / 10_000) as u8 };
        if v <= NOISE { 0 } else { v }
    };
    let (pixels, _) = picture.rgba8().as_chunks::<4>();
    Ok(Mask::new(picture.width(), picture.height(), pixels.iter().map(value).collect()))
}
