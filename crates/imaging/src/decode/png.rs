//! PNG: every colour type, depth and interlace; of an APNG the default image.

use std::io::Cursor;

use png::{BitDepth, ColorType, Decoder, Transformations};

use super::{Raw, Samples, depth_notice};
use crate::error::ImageError;
use crate::header::Header;

/// For what is neither the picture nor its rows: profile, palette.
const SIDE_BYTES: usize = 32 << 20;

pub(super) fn decode(bytes: &[u8], header: &Header) -> Result<Raw, ImageError> {
    let row_bytes = header.stored_width as usize * 8;
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: SIDE_BYTES + 4 * row_bytes });
    // Palettes, tRNS and depths under 8 become whole samples; 16 bits are kept, to be rounded rather than cut.
    decoder.set_transformations(Transformations::EXPAND);
    decoder.set_ignore_text_chunk(true);
    let mut reader = decoder.read_info().map_err(ImageError::unreadable)?;
    let info = reader.info();
    if (info.width, info.height) != (header.stored_width, header.stored_height) {
        return Err(ImageError::unreadable("two headers of different size"));
    }
    let icc = info.icc_profile.as_ref().map(|p| p.to_vec());
    let mut samples = vec![0; reader.output_buffer_size().ok_or_else(|| ImageError::unreadable("no size"))?];
    let frame = reader.next_frame(&mut samples).map_err(ImageError::unreadable)?;
    if (frame.width, frame.height) != (header.stored_width, header.stored_height) {
        return Err(ImageError::unreadable("the first frame is not the size of the picture"));
    }
    let mut notices = vec![];
    if frame.bit_depth == BitDepth::Sixteen {
        notices.push(depth_notice(16));
        samples = narrow(&samples);
    }
    let samples = match frame.color_type {
        ColorType::Grayscale => Samples::Grey(samples),
        ColorType::GrayscaleAlpha => Samples::GreyAlpha(samples),
        ColorType::Rgb => Samples::Rgb(samples),
        ColorType::Rgba => Samples::Rgba(samples),
        ColorType::Indexed => return Err(ImageError::unreadable("no palette")),
    };
    Ok(Raw { samples, icc, notices })
}

/// 16 bits, big-endian, to the nearest of 8: 65535 is 255, so a level is 257 wide.
fn narrow(wide: &[u8]) -> Vec<u8> {
    let (wide, _) = wide.as_chunks::<2>();
    wide.iter().map(|&v| ((u32::from(u16::from_be_bytes(v)) + 128) / 257) as u8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bits_are_rounded_to_the_nearest_level_and_the_ends_stay() {
        let wide: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_be_bytes).collect();
        for (v, &level) in narrow(&wide).iter().enumerate() {
            assert_eq!(level, (v as f64 / 257.0).round() as u8, "at {v}");
        }
    }
}
