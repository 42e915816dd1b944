//! PNG: every colour type, depth and interlace; of an APNG the default image.

use std::io::Cursor;

use png::{BitDepth, ColorType, Decoder, Transformations};

use super::{Raw, Samples, deepen};
use crate::error::ImageError;
use crate::header::Header;

/// For what is neither the picture nor its rows: profile, palette.
const SIDE_BYTES: usize = 32 << 20;

pub(super) fn decode(bytes: &[u8], header: &Header) -> Result<Raw, ImageError> {
    let row_bytes = header.stored_width as usize * 8;
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: SIDE_BYTES + 4 * row_bytes });
    // Palettes, tRNS and depths under 8 become whole samples; 16 bits are kept.
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
    let samples = match (frame.bit_depth, frame.color_type) {
        (BitDepth::Sixteen, colour) => sixteen(&samples, colour)?,
        (_, ColorType::Grayscale) => Samples::Grey(samples),
        (_, ColorType::GrayscaleAlpha) => Samples::GreyAlpha(samples),
        (_, ColorType::Rgb) => Samples::Rgb(samples),
        (_, ColorType::Rgba) => Samples::Rgba(samples),
        (_, ColorType::Indexed) => return Err(ImageError::unreadable("no palette")),
    };
    Ok(Raw { samples, icc, notices: vec![] })
}

/// Big-endian samples.
fn sixteen(bytes: &[u8], colour: ColorType) -> Result<Samples, ImageError> {
    let wide: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|&v| u16::from_be_bytes(v)).collect();
    Ok(match colour {
        ColorType::Grayscale => Samples::Deep { rgba: deepen(&wide, |[v]: [u16; 1]| [v, v, v, u16::MAX]), grey: true },
        ColorType::GrayscaleAlpha => Samples::Deep { rgba: deepen(&wide, |[v, a]: [u16; 2]| [v, v, v, a]), grey: true },
        ColorType::Rgb => Samples::Deep { rgba: deepen(&wide, |[r, g, b]: [u16; 3]| [r, g, b, u16::MAX]), grey: false },
        ColorType::Rgba => Samples::Deep { rgba: wide, grey: false },
        ColorType::Indexed => return Err(ImageError::unreadable("a palette has no 16 bits")),
    })
}
