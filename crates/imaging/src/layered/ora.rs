//! OpenRaster 0.0.5 (freedesktop.org): an archive of PNG files and a list of the layers. The format knows no layer masks: where a layer has one, its alpha
//! is multiplied by it.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{Document, Layer, check_amount, times};
use crate::encode::{EncodeOptions, Encoded, Extras, encode};
use crate::error::ImageError;
use crate::format::Format;
use crate::mask::Mask;
use crate::pace::checkpoint;
use crate::picture::Picture;
use crate::resize::resize;

/// Where the archive keeps the recipe that made it.
pub const ORA_RECIPE: &str = "META-INF/portico-recipe.json";
/// The thumbnail's longer side at most, by the specification.
const THUMBNAIL_SIDE_PX: u32 = 256;
/// Of the archive, whose offsets have 32 bits.
const MAX_BYTES: u64 = u32::MAX as u64;
/// Where nobody says otherwise.
const SCREEN_DPI: u16 = 72;

/// Writes the layers. 16 bits a channel stay.
///
/// # Errors
/// `file_too_large` for more than the archive can hold, `encode_failed`.
pub fn write(document: &Document, extras: &Extras<'_>) -> Result<Encoded, ImageError> {
    check_amount(document, MAX_BYTES)?;
    let mut archive = Archive { zip: ZipWriter::new(Cursor::new(Vec::new())) };
    // The first member, uncompressed, so that the type is found at a fixed place.
    archive.add("mimetype", Format::Ora.mime().as_bytes(), CompressionMethod::Stored)?;
    archive.add("stack.xml", stack(document, extras.dpi.unwrap_or(SCREEN_DPI)).as_bytes(), CompressionMethod::Deflated)?;
    for (i, layer) in document.layers.iter().enumerate() {
        checkpoint();
        let png = match &layer.mask {
            Some(mask) => png(&masked(&layer.picture, mask))?,
            None => png(&layer.picture)?,
        };
        archive.add(&source(i), &png, CompressionMethod::Stored)?;
    }
    checkpoint();
    let merged = &document.merged;
    let share = f64::from(THUMBNAIL_SIDE_PX) / f64::from(merged.width().max(merged.height()));
    let side = |v: u32| ((f64::from(v) * share.min(1.0)).round() as u32).max(1);
    archive.add(
        "Thumbnails/thumbnail.png",
        &png(&resize(merged, side(merged.width()), side(merged.height())))?,
        CompressionMethod::Stored,
    )?;
    archive.add("mergedimage.png", &png(merged)?, CompressionMethod::Stored)?;
    if let Some(recipe) = extras.recipe {
        archive.add(ORA_RECIPE, recipe.as_bytes(), CompressionMethod::Deflated)?;
    }
    let bytes = archive.zip.finish().map_err(|e| failed(&e))?.into_inner();
    Ok(Encoded { bytes, format: Format::Ora, notices: vec![] })
}

struct Archive {
    zip: ZipWriter<Cursor<Vec<u8>>>,
}

impl Archive {
    fn add(&mut self, name: &str, bytes: &[u8], how: CompressionMethod) -> Result<(), ImageError> {
        let options = SimpleFileOptions::default().compression_method(how);
        self.zip.start_file(name, options).map_err(|e| failed(&e))?;
        self.zip.write_all(bytes).map_err(|e| failed(&e))
    }
}

fn failed(error: &dyn std::fmt::Display) -> ImageError {
    ImageError::Encode { format: Format::Ora.label(), detail: error.to_string() }
}

fn png(picture: &Picture) -> Result<Vec<u8>, ImageError> {
    Ok(encode(picture, &EncodeOptions::new(Format::Png))?.bytes)
}

fn source(i: usize) -> String {
    format!("data/layer{i:03}.png")
}

/// The list of layers, uppermost first.
fn stack(document: &Document, dpi: u16) -> String {
    let layers: String = document.layers.iter().enumerate().rev().map(|(i, layer)| entry(i, layer)).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<image version=\"0.0.5\" w=\"{}\" h=\"{}\" xres=\"{dpi}\" yres=\"{dpi}\">\n <stack>\n{layers} </stack>\n</image>\n",
        document.width, document.height
    )
}

fn entry(i: usize, layer: &Layer) -> String {
    let visibility = if layer.visible { "visible" } else { "hidden" };
    format!(
        "  <layer name=\"{}\" src=\"{}\" x=\"{}\" y=\"{}\" opacity=\"{:.4}\" visibility=\"{visibility}\" composite-op=\"svg:src-over\"/>\n",
        crate::xmp::escaped(&layer.name),
        source(i),
        layer.x,
        layer.y,
        f64::from(layer.opacity) / 255.0
    )
}

/// The picture seen through its mask; what is not seen has no colour.
fn masked(picture: &Picture, mask: &Mask) -> Picture {
    let values = mask.values();
    match picture.deep() {
        Some(deep) => {
            let through = |(i, p): (usize, &[u16; 4])| match values[i] {
                0 => [0; 4],
                m => [p[0], p[1], p[2], ((u32::from(p[3]) * u32::from(m) + 127) / 255) as u16],
            };
            let pixels: Vec<[u16; 4]> = deep.as_chunks::<4>().0.iter().enumerate().map(through).collect();
            Picture::from_rgba16(picture.width(), picture.height(), pixels.into_flattened())
        }
        None => {
            let through = |(i, p): (usize, &[u8; 4])| match values[i] {
                0 => [0; 4],
                m => [p[0], p[1], p[2], times(p[3], m)],
            };
            let pixels: Vec<[u8; 4]> = picture.rgba8().as_chunks::<4>().0.iter().enumerate().map(through).collect();
            Picture::from_rgba8(picture.width(), picture.height(), pixels.into_flattened())
        }
    }
}
