//! WebP: lossless by the image crate, lossy by libwebp; both with chunks for EXIF and a recipe where there are any.

use image::ImageEncoder;

use super::exif::with_resolution;
use super::{Extras, check_side, failed};
use crate::error::ImageError;
use crate::format::Format;
use crate::picture::Picture;
use crate::xmp;

/// libwebp's effort, 0..=6. At 12 MP its default of 4 takes four times as long as 0 for two thirds of the bytes; this lies between.
const METHOD: i32 = 2;

const MAX_SIDE_PX: u32 = 16_383;

pub(super) fn lossless(picture: &Picture, extras: &Extras<'_>) -> Result<Vec<u8>, ImageError> {
    check_side(picture, Format::Webp, MAX_SIDE_PX)?;
    let mut bytes = Vec::with_capacity(picture.rgba8().len() / 4 + 1024);
    let encoder = image::codecs::webp::WebPEncoder::new_lossless(&mut bytes);
    let (width, height) = (picture.width(), picture.height());
    let done = if picture.is_opaque() {
        let (pixels, _) = picture.rgba8().as_chunks::<4>();
        let rgb: Vec<[u8; 3]> = pixels.iter().map(|&[r, g, b, _]| [r, g, b]).collect();
        encoder.write_image(rgb.as_flattened(), width, height, image::ExtendedColorType::Rgb8)
    } else {
        encoder.write_image(picture.rgba8(), width, height, image::ExtendedColorType::Rgba8)
    };
    done.map_err(|e| failed(Format::Webp)(e.to_string()))?;
    with_extras(bytes, picture, extras)
}

pub(super) fn lossy(picture: &Picture, quality: u8, extras: &Extras<'_>) -> Result<Vec<u8>, ImageError> {
    let failed = failed(Format::Webp);
    check_side(picture, Format::Webp, MAX_SIDE_PX)?;
    let mut config = webp::WebPConfig::new().map_err(|()| failed("libwebp refused its own defaults".into()))?;
    config.quality = f32::from(quality);
    config.method = METHOD;
    config.thread_level = 1;
    let encoder = webp::Encoder::from_rgba(picture.rgba8(), picture.width(), picture.height());
    let memory = encoder.encode_advanced(&config).map_err(|e| failed(format!("{e:?}")))?;
    with_extras(memory.to_vec(), picture, extras)
}

fn with_extras(file: Vec<u8>, picture: &Picture, extras: &Extras<'_>) -> Result<Vec<u8>, ImageError> {
    let (exif, packet) = (with_resolution(extras), extras.recipe.map(xmp::packet));
    if exif.is_none() && packet.is_none() {
        return Ok(file);
    }
    let packet = packet.as_deref().map(str::as_bytes);
    extended(&file, picture, &[(b"EXIF", 0x08, exif.as_deref()), (b"XMP ", 0x04, packet)])
        .ok_or_else(|| failed(Format::Webp)("no chunks".into()))
}

/// A chunk's name, its flag in the header, and what is in it, if it is to be there.
type Chunk<'a> = (&'a [u8; 4], u8, Option<&'a [u8]>);

/// A file of a bitstream (with alpha or not) and chunks about it, each with its flag (RFC 9649, extended format). `file` may be simple or extended.
fn extended(file: &[u8], picture: &Picture, about: &[Chunk<'_>]) -> Option<Vec<u8>> {
    let chunks = if file.get(12..16)? == b"VP8X" { file.get(30..)? } else { file.get(12..)? };
    let (w, h) = ((picture.width() - 1).to_le_bytes(), (picture.height() - 1).to_le_bytes());
    let there = || about.iter().filter_map(|(kind, flag, data)| Some((*kind, *flag, (*data)?)));
    let flags = there().fold(if picture.is_opaque() { 0 } else { 0x10 }, |all, (_, flag, _)| all | flag);
    let mut out = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0".to_vec();
    out.extend([flags, 0, 0, 0, w[0], w[1], w[2], h[0], h[1], h[2]]);
    out.extend(chunks);
    for (kind, _, data) in there() {
        out.extend(kind);
        out.extend(u32::try_from(data.len()).ok()?.to_le_bytes());
        out.extend(data);
        if data.len() % 2 == 1 {
            out.push(0);
        }
    }
    let length = u32::try_from(out.len() - 8).ok()?;
    out[4..8].copy_from_slice(&length.to_le_bytes());
    Some(out)
}
