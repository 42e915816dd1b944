//! TIFF 6.0, Deflate with the horizontal predictor.

use std::io::Cursor;

use png::ColorType as Channels;
use tiff::encoder::colortype::{ColorType, Gray8, Gray16, RGB8, RGB16, RGBA8, RGBA16};
use tiff::encoder::{Compression, DeflateLevel, ImageEncoder, Predictor, Rational, TiffEncoder, TiffKindStandard};
use tiff::tags::{ResolutionUnit, Tag};

use super::exif::text_tags;
use super::png::fewest;
use super::{Extras, failed};
use crate::error::ImageError;
use crate::format::Format;
use crate::picture::Picture;
use crate::xmp;

/// An XMP packet, as bytes.
const XMP: u16 = 700;

/// Straight (unassociated) alpha.
const UNASSOCIATED: u16 = 2;

/// The classic format counts bytes with 32 bits; a little is kept for directories.
const MAX_SAMPLE_BYTES: u64 = u32::MAX as u64 - (64 << 20);

pub(super) fn write(picture: &Picture, extras: &Extras<'_>) -> Result<Vec<u8>, ImageError> {
    let size = (picture.width(), picture.height());
    if picture.area() * 8 > MAX_SAMPLE_BYTES {
        return Err(failed(Format::Tiff)("more than 4 GB".into()));
    }
    let done = match picture.deep() {
        Some(deep) => match fewest(deep, u16::MAX) {
            (Channels::Grayscale, samples) => file::<Gray16>(size, &samples, extras),
            (Channels::Rgb, samples) => file::<RGB16>(size, &samples, extras),
            _ => file::<RGBA16>(size, deep, extras),
        },
        None => match fewest(picture.rgba8(), u8::MAX) {
            (Channels::Grayscale, samples) => file::<Gray8>(size, &samples, extras),
            (Channels::Rgb, samples) => file::<RGB8>(size, &samples, extras),
            _ => file::<RGBA8>(size, picture.rgba8(), extras),
        },
    };
    done.map_err(|e| failed(Format::Tiff)(e.to_string()))
}

fn file<C: ColorType>((width, height): (u32, u32), samples: &[C::Inner], extras: &Extras<'_>) -> tiff::TiffResult<Vec<u8>>
where
    [C::Inner]: tiff::encoder::TiffValue,
{
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder =
        TiffEncoder::new(&mut bytes)?.with_compression(Compression::Deflate(DeflateLevel::Fast)).with_predictor(Predictor::Horizontal);
    let mut image = encoder.new_image::<C>(width, height)?;
    if C::BITS_PER_SAMPLE.len() == 4 {
        image.encoder().write_tag(Tag::ExtraSamples, UNASSOCIATED)?;
    }
    if let Some(dpi) = extras.dpi {
        image.resolution(ResolutionUnit::Inch, Rational { n: dpi.into(), d: 1 });
    }
    tags(&mut image, extras)?;
    image.write_data(samples)?;
    Ok(bytes.into_inner())
}

/// A recipe, and the plain tags of an EXIF block (description, maker, artist, copyright, dates); its sub-directories stay behind.
fn tags<C: ColorType>(
    image: &mut ImageEncoder<'_, &mut Cursor<Vec<u8>>, C, TiffKindStandard>,
    extras: &Extras<'_>,
) -> tiff::TiffResult<()> {
    if let Some(recipe) = extras.recipe {
        image.encoder().write_tag(Tag::from_u16_exhaustive(XMP), xmp::packet(recipe).as_bytes())?;
    }
    let Some(exif) = extras.exif else { return Ok(()) };
    for (tag, text) in text_tags(exif) {
        image.encoder().write_tag(Tag::from_u16_exhaustive(tag), text.as_str())?;
    }
    Ok(())
}
