//! GIF: one frame of at most 256 colours, chosen by Wu's method in Oklab (X. Wu, "Efficient statistical computations for optimal color
//! quantization", 1991) and dithered (Floyd–Steinberg).

use std::collections::HashMap;

use gif::{Encoder, Frame, Repeat};
use quantette::deps::palette::Srgb;
use quantette::{ImageRef, PaletteSize, Pipeline};

use super::{check_side, failed};
use crate::error::ImageError;
use crate::format::Format;
use crate::picture::Picture;
use crate::text::Notice;

const MAX_SIDE_PX: u32 = 65_535;

const MOST_COLOURS: usize = 256;

/// Alpha from this on is opaque; below it is transparent.
const OPAQUE_FROM: u8 = 128;

pub(super) fn write(picture: &Picture, notices: &mut Vec<Notice>) -> Result<Vec<u8>, ImageError> {
    check_side(picture, Format::Gif, MAX_SIDE_PX)?;
    let (pixels, _) = picture.rgba8().as_chunks::<4>();
    if pixels.iter().any(|p| !matches!(p[3], 0 | 255)) {
        notices.push(Notice::new(
            "alpha_hardened",
            "GIF 的透明只有“有”和“无”，半透明边缘已变硬。需要柔和边缘请用 PNG 或 WebP。",
            "A GIF's pixel is transparent or it is not, so soft edges became hard. Use PNG or WebP to keep them.",
        ));
    }
    let indexed = match Indexed::exact(pixels) {
        Some(indexed) => indexed,
        None => {
            notices.push(Notice::new(
                "colours_reduced",
                "GIF 最多 256 种颜色，颜色已减少。需要全部颜色请用 PNG 或 WebP。",
                "A GIF has at most 256 colours, so colours were reduced. Use PNG or WebP to keep them all.",
            ));
            Indexed::reduced(pixels, (picture.width(), picture.height()))?
        }
    };
    indexed.write(picture.width() as u16, picture.height() as u16).map_err(|e| failed(Format::Gif)(e.to_string()))
}

/// A palette and where each pixel finds its colour in it.
struct Indexed {
    palette: Vec<[u8; 3]>,
    indices: Vec<u8>,
    transparent: Option<u8>,
}

impl Indexed {
    /// All colours as they are; `None` where there are too many.
    fn exact(pixels: &[[u8; 4]]) -> Option<Indexed> {
        let mut places: HashMap<Option<[u8; 3]>, u8> = HashMap::new();
        let mut palette = vec![];
        let mut indices = Vec::with_capacity(pixels.len());
        for &[r, g, b, a] in pixels {
            let colour = (a >= OPAQUE_FROM).then_some([r, g, b]);
            let index = match places.get(&colour) {
                Some(&index) => index,
                None => {
                    let index = u8::try_from(palette.len()).ok()?;
                    palette.push(colour.unwrap_or_default());
                    places.insert(colour, index);
                    index
                }
            };
            indices.push(index);
        }
        Some(Indexed { palette, indices, transparent: places.get(&None).copied() })
    }

    fn reduced(pixels: &[[u8; 4]], (width, height): (u32, u32)) -> Result<Indexed, ImageError> {
        let clear = pixels.iter().any(|p| p[3] < OPAQUE_FROM);
        // What is not seen must not ask for a colour of its own.
        let seen = pixels.iter().find(|p| p[3] >= OPAQUE_FROM).copied().unwrap_or_default();
        let colour = |p: &[u8; 4]| if p[3] < OPAQUE_FROM { seen } else { *p };
        let colours: Vec<Srgb<u8>> = pixels.iter().map(colour).map(|[r, g, b, _]| Srgb::new(r, g, b)).collect();
        let image = ImageRef::new(width, height, &colours[..]).map_err(|e| failed(Format::Gif)(e.to_string()))?;
        let room = (MOST_COLOURS - usize::from(clear)) as u8;
        let size = if clear { PaletteSize::from_u8_clamped(room) } else { PaletteSize::MAX };
        let (colours, mut indices) =
            Pipeline::new().palette_size(size).parallel(true).input_image(image).output_srgb8_indexed_image().into_parts();
        let mut palette: Vec<[u8; 3]> = colours.into_iter().map(|c| [c.red, c.green, c.blue]).collect();
        let transparent = clear.then(|| {
            palette.push([0; 3]);
            (palette.len() - 1) as u8
        });
        if let Some(index) = transparent {
            for (to, _) in indices.iter_mut().zip(pixels).filter(|(_, p)| p[3] < OPAQUE_FROM) {
                *to = index;
            }
        }
        Ok(Indexed { palette, indices, transparent })
    }

    fn write(self, width: u16, height: u16) -> Result<Vec<u8>, gif::EncodingError> {
        let frame = Frame::from_palette_pixels(width, height, self.indices, self.palette.into_flattened(), self.transparent);
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, width, height, &[])?;
        encoder.set_repeat(Repeat::Finite(0))?;
        encoder.write_frame(&frame)?;
        drop(encoder);
        Ok(bytes)
    }
}
