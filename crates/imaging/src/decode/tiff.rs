//! TIFF: grey, RGB and CMYK of 8 and 16 bits, grey of 1, 2 and 4 bits, with straight or premultiplied alpha, in strips, tiles or planes. Of
//! several pages the first.

use std::io::Cursor;

use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult, Limits};

use super::{Raw, Samples, deepen, expand};
use crate::error::ImageError;
use crate::format::Foreign;
use crate::header::Header;
use crate::ifd;

const PLANAR_CONFIGURATION: u16 = 284;
const EXTRA_SAMPLES: u16 = 338;
const ICC_PROFILE: u16 = 34675;

/// Directories and profiles; the pixels come on top.
const SIDE_BYTES: usize = 64 << 20;

pub(super) fn decode(bytes: &[u8], header: &Header) -> Result<Raw, ImageError> {
    let pixels = header.stored_width as usize * header.stored_height as usize;
    let mut limits = Limits::default();
    limits.decoding_buffer_size = pixels * 8 + SIDE_BYTES;
    limits.intermediate_buffer_size = pixels * 8 + SIDE_BYTES;
    limits.ifd_value_size = SIDE_BYTES;
    let mut decoder = Decoder::new(Cursor::new(bytes)).map_err(ImageError::unreadable)?.with_limits(limits);
    if decoder.dimensions().map_err(ImageError::unreadable)? != (header.stored_width, header.stored_height) {
        return Err(ImageError::unreadable("two headers of different size"));
    }
    let colour = decoder.colortype().map_err(|_| unsupported())?;
    let mut result = DecodingResult::U8(vec![]);
    decoder.read_image_to_buffer(&mut result).map_err(unreadable)?;
    let tags = Tags::read(bytes).ok_or_else(|| ImageError::unreadable("no directory"))?;
    let layout = Layout { width: header.stored_width as usize, pixels, colour, planar: tags.planar };
    let samples = match result {
        DecodingResult::U8(v) if colour.bit_depth() < 8 => layout.few_bits(&v)?,
        DecodingResult::U8(v) => layout.eight(v)?,
        DecodingResult::U16(v) => layout.sixteen(v)?,
        _ => return Err(unsupported()),
    };
    let samples = if tags.premultiplied { straight(samples) } else { samples };
    Ok(Raw { samples, icc: tags.icc, notices: vec![] })
}

fn unsupported() -> ImageError {
    ImageError::Unsupported(Foreign::Tiff)
}

fn unreadable(error: tiff::TiffError) -> ImageError {
    match error {
        tiff::TiffError::UnsupportedError(_) => unsupported(),
        other => ImageError::unreadable(other),
    }
}

/// What the decoder does not hand out.
struct Tags {
    planar: bool,
    premultiplied: bool,
    icc: Option<Vec<u8>>,
}

impl Tags {
    fn read(bytes: &[u8]) -> Option<Tags> {
        let tiff = ifd::Tiff::new(bytes)?;
        let first = tiff.first()?;
        let value = |tag: u16| tiff.find(first, tag).and_then(|e| e.uint(0));
        Some(Tags {
            planar: value(PLANAR_CONFIGURATION) == Some(2),
            premultiplied: value(EXTRA_SAMPLES) == Some(1),
            icc: tiff.find(first, ICC_PROFILE).map(|e| e.data.to_vec()),
        })
    }
}

struct Layout {
    width: usize,
    pixels: usize,
    colour: ColorType,
    planar: bool,
}

impl Layout {
    /// Grey of 1, 2 or 4 bits, rows padded to whole bytes, the first pixel in the highest bits. Where white is zero the decoder has turned it round.
    fn few_bits(&self, packed: &[u8]) -> Result<Samples, ImageError> {
        let ColorType::Gray(bits @ (1 | 2 | 4)) = self.colour else { return Err(unsupported()) };
        let (bits, most) = (usize::from(bits), (1u16 << bits) - 1);
        let row_bytes = (self.width * bits).div_ceil(8);
        let mut grey = Vec::with_capacity(self.pixels);
        for row in packed.chunks_exact(row_bytes) {
            for x in 0..self.width {
                let value = u16::from(row[x * bits / 8]) >> (8 - bits - x * bits % 8) & most;
                grey.push((value * 255 / most) as u8);
            }
        }
        Ok(Samples::Grey(grey))
    }

    fn eight(&self, v: Vec<u8>) -> Result<Samples, ImageError> {
        Ok(match self.colour {
            ColorType::Gray(_) => Samples::Grey(v),
            ColorType::GrayA(_) => Samples::GreyAlpha(self.chunky(v, 2)),
            ColorType::RGB(_) => Samples::Rgb(self.chunky(v, 3)),
            ColorType::RGBA(_) => Samples::Rgba(self.chunky(v, 4)),
            ColorType::CMYK(_) => Samples::Cmyk(self.chunky(v, 4)),
            ColorType::YCbCr(_) => Samples::Rgba(expand(&self.chunky(v, 3), from_ycbcr)),
            _ => return Err(unsupported()),
        })
    }

    fn sixteen(&self, v: Vec<u16>) -> Result<Samples, ImageError> {
        Ok(match self.colour {
            ColorType::Gray(_) => Samples::Deep { rgba: deepen(&v, |[v]: [u16; 1]| [v, v, v, u16::MAX]), grey: true },
            ColorType::GrayA(_) => Samples::Deep { rgba: deepen(&self.chunky(v, 2), |[v, a]: [u16; 2]| [v, v, v, a]), grey: true },
            ColorType::RGB(_) => Samples::Deep { rgba: deepen(&self.chunky(v, 3), |[r, g, b]: [u16; 3]| [r, g, b, u16::MAX]), grey: false },
            ColorType::RGBA(_) => Samples::Deep { rgba: self.chunky(v, 4), grey: false },
            // Sixteen bits of ink are rounded: they are for printers, and become eight bits of light by tables of fewer.
            ColorType::CMYK(_) => Samples::Cmyk(self.chunky(v, 4).into_iter().map(crate::depth::narrow).collect()),
            _ => return Err(unsupported()),
        })
    }

    /// Samples pixel by pixel, also where the file has one plane after another.
    fn chunky<T: Copy>(&self, v: Vec<T>, channels: usize) -> Vec<T> {
        if !self.planar || v.len() != self.pixels * channels {
            return v;
        }
        (0..self.pixels * channels).map(|i| v[i % channels * self.pixels + i / channels]).collect()
    }
}

/// Full-range YCbCr by ITU-R BT.601, as JFIF has it.
fn from_ycbcr([y, cb, cr]: [u8; 3]) -> [u8; 4] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    let whole = |v: f32| v.round().clamp(0.0, 255.0) as u8;
    [whole(y + 1.402 * cr), whole(y - 0.344_136 * cb - 0.714_136 * cr), whole(y + 1.772 * cb), 255]
}

/// Premultiplied colour divided by its alpha.
fn straight(samples: Samples) -> Samples {
    let eight = |v: u8, a: u8| if a == 0 { 0 } else { ((u32::from(v) * 255 + u32::from(a) / 2) / u32::from(a)).min(255) as u8 };
    let sixteen = |v: u16, a: u16| if a == 0 { 0 } else { ((u64::from(v) * 65535 + u64::from(a) / 2) / u64::from(a)).min(65535) as u16 };
    match samples {
        Samples::Rgba(v) => Samples::Rgba(expand(&v, |[r, g, b, a]: [u8; 4]| [eight(r, a), eight(g, a), eight(b, a), a])),
        Samples::GreyAlpha(v) => Samples::Rgba(expand(&v, |[v, a]: [u8; 2]| [eight(v, a), eight(v, a), eight(v, a), a])),
        Samples::Deep { rgba, grey } => {
            Samples::Deep { rgba: deepen(&rgba, |[r, g, b, a]: [u16; 4]| [sixteen(r, a), sixteen(g, a), sixteen(b, a), a]), grey }
        }
        other => other,
    }
}
