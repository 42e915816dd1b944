//! GIF: one frame of at most 256 colours.

use gif::{Encoder, Frame, Repeat};

use super::{check_side, failed};
use crate::error::ImageError;
use crate::format::Format;
use crate::picture::Picture;
use crate::text::Notice;

const MAX_SIDE_PX: u32 = 65_535;

/// Of NeuQuant, 1 (every pixel is looked at) ..= 30.
const SAMPLING: i32 = 10;

/// Alpha from this on is opaque; below it is transparent.
const OPAQUE_FROM: u8 = 128;

pub(super) fn write(picture: &Picture, notices: &mut Vec<Notice>) -> Result<Vec<u8>, ImageError> {
    check_side(picture, Format::Gif, MAX_SIDE_PX)?;
    let mut pixels = picture.rgba8().to_vec();
    let mut soft = false;
    for pixel in pixels.as_chunks_mut::<4>().0 {
        soft |= !matches!(pixel[3], 0 | 255);
        *pixel = if pixel[3] < OPAQUE_FROM { [0; 4] } else { [pixel[0], pixel[1], pixel[2], 255] };
    }
    if soft {
        notices.push(Notice::new(
            "alpha_hardened",
            "GIF 的透明只有“有”和“无”，半透明边缘已变硬。需要柔和边缘请用 PNG 或 WebP。",
            "A GIF's pixel is transparent or it is not, so soft edges became hard. Use PNG or WebP to keep them.",
        ));
    }
    if more_than_256_colours(&pixels) {
        notices.push(Notice::new(
            "colours_reduced",
            "GIF 最多 256 种颜色，颜色已减少。需要全部颜色请用 PNG 或 WebP。",
            "A GIF has at most 256 colours, so colours were reduced. Use PNG or WebP to keep them all.",
        ));
    }
    let (width, height) = (picture.width() as u16, picture.height() as u16);
    let failed = |e: gif::EncodingError| failed(Format::Gif)(e.to_string());
    let frame = Frame::from_rgba_speed(width, height, &mut pixels, SAMPLING);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, width, height, &[]).map_err(failed)?;
    encoder.set_repeat(Repeat::Finite(0)).map_err(failed)?;
    encoder.write_frame(&frame).map_err(failed)?;
    drop(encoder);
    Ok(bytes)
}

fn more_than_256_colours(pixels: &[u8]) -> bool {
    let mut seen = std::collections::HashSet::with_capacity(257);
    pixels.as_chunks::<4>().0.iter().any(|p| {
        seen.insert(*p);
        seen.len() > 256
    })
}
