//! From a [`Picture`] to a file. Pixels are sRGB, so no output has a profile; metadata is written only where [`Extras`] ask for it.
//!
//! * **PNG**: exact, RGB under alpha included. Opaque pictures are stored without alpha and grey ones as grey; 16 bits a channel stay.
//! * **TIFF**: the same, compressed by Deflate with the horizontal predictor; transparent pictures are RGBA with straight alpha.
//! * **JPEG**: transparent pixels are laid on `flatten` (white unless told otherwise), with the notice `alpha_flattened`. From quality 90 on
//!   colour is kept at full resolution (4:4:4), below that it is halved (4:2:0).
//! * **WebP**: lossless and exact unless a quality under 100 is asked for.
//! * **AVIF**: lossy, with alpha; slow, hence up to [`AVIF_MAX_PIXELS`].
//! * **OpenRaster, PSD**: one layer; see [`crate::layered`] for more.
//! * **GIF**: at most 256 colours chosen for the picture and dithered; a pixel is transparent or it is not.

mod avif;
mod exif;
mod gif;
mod jpeg;
mod png;
mod tiff;
mod webp;

use super::blend::over_colour;
use super::colour::Srgb8;
use super::error::ImageError;
use super::format::Format;
use super::picture::Picture;
use crate::text::Notice;

pub use avif::AVIF_MAX_PIXELS;

/// Used by JPEG and AVIF, and by WebP when it is told to be lossy without saying how much.
pub const DEFAULT_QUALITY: u8 = 92;

/// How to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncodeOptions {
    pub format: Format,
    /// 1..=100; PNG, TIFF and GIF ignore it.
    pub quality: Option<u8>,
    /// WebP only. `None`: lossless without a quality or with 100.
    pub lossless: Option<bool>,
    /// What shows through where a format has no alpha.
    pub flatten: Srgb8,
    /// PNG of 8 bits only: 3 (colour) or 4 (colour and alpha) channels although fewer would hold the picture.
    pub channels: Option<u8>,
}

impl EncodeOptions {
    pub fn new(format: Format) -> Self {
        EncodeOptions { format, quality: None, lossless: None, flatten: [255; 3], channels: None }
    }

    pub fn with_quality(self, quality: u8) -> Self {
        EncodeOptions { quality: Some(quality), ..self }
    }

    /// Whether the file will hold exactly the picture's pixels (alpha aside, for formats without it).
    pub fn is_lossless(&self) -> bool {
        match self.format {
            Format::Webp => self.lossless.unwrap_or(self.quality.is_none_or(|q| q >= 100)),
            other => other.is_lossless(),
        }
    }
}

/// What a file says besides its pixels.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extras<'a> {
    /// Pixels per inch, for print. Not kept by GIF.
    pub dpi: Option<u16>,
    /// An EXIF block as [`crate::exif::kept`] makes it. Not kept by GIF.
    pub exif: Option<&'a [u8]>,
    /// The text (JSON) of the recipe that made the picture, see [`crate::xmp`]. Not kept by GIF and AVIF, nor by JPEG above 64 KB.
    pub recipe: Option<&'a str>,
}

/// An encoded picture.
#[derive(Clone, Debug)]
pub struct Encoded {
    pub bytes: Vec<u8>,
    pub format: Format,
    /// `alpha_flattened`, `alpha_hardened`, `depth_reduced`, `colours_reduced` where something was lost.
    pub notices: Vec<Notice>,
}

/// Writes a picture and nothing else.
///
/// # Errors
/// `format_cannot_hold_size`, `avif_too_large`, `encode_failed` (also for formats that are only read).
pub fn encode(picture: &Picture, options: &EncodeOptions) -> Result<Encoded, ImageError> {
    encode_with(picture, options, &Extras::default())
}

/// Writes a picture and what the file says about it.
///
/// # Errors
/// As [`encode`].
pub fn encode_with(picture: &Picture, options: &EncodeOptions, extras: &Extras<'_>) -> Result<Encoded, ImageError> {
    let quality = options.quality.unwrap_or(DEFAULT_QUALITY).clamp(1, 100);
    let mut notices = vec![];
    if picture.deep().is_some() && !options.format.holds_sixteen_bits() {
        notices.push(narrowed(options.format));
    }
    let bytes = match options.format {
        Format::Png => png::write(picture, options.channels, extras)?,
        Format::Tiff => tiff::write(picture, extras)?,
        Format::Jpeg if picture.is_opaque() => jpeg::write(picture, quality, extras)?,
        Format::Jpeg => {
            notices.push(flattened(options.flatten));
            jpeg::write(&over_colour(picture, options.flatten), quality, extras)?
        }
        Format::Webp if options.is_lossless() => webp::lossless(picture, extras)?,
        Format::Webp => webp::lossy(picture, quality, extras)?,
        Format::Gif => gif::write(picture, &mut notices)?,
        Format::Avif => avif::write(picture, quality, extras)?,
        Format::Ora | Format::Psd => return layered(picture, options.format, extras),
        Format::Bmp => {
            return Err(ImageError::Encode { format: options.format.label(), detail: "this format is only read".into() });
        }
    };
    if extras.recipe.is_some_and(|recipe| !holds_recipe(options.format, recipe)) {
        notices.push(without_recipe(options.format));
    }
    Ok(Encoded { bytes, format: options.format, notices })
}

/// The picture as the only layer.
fn layered(picture: &Picture, format: Format, extras: &Extras<'_>) -> Result<Encoded, ImageError> {
    let document = crate::layered::Document::of("Portico", &std::sync::Arc::new(picture.clone()));
    if format == Format::Psd { crate::layered::write_psd(&document, extras) } else { crate::layered::write_ora(&document, extras) }
}

fn holds_recipe(format: Format, recipe: &str) -> bool {
    match format {
        Format::Gif | Format::Avif | Format::Bmp => false,
        Format::Jpeg => jpeg::xmp_segment(recipe).is_some(),
        _ => true,
    }
}

fn without_recipe(format: Format) -> Notice {
    let label = format.label();
    Notice::new(
        "recipe_not_kept",
        format!("这个 {label} 文件放不下配方，文件里没有它。需要的话请用 PNG、WebP、TIFF、ORA 或 PSD。"),
        format!("This {label} cannot hold the recipe, so the file has none. Use PNG, WebP, TIFF, ORA or PSD to keep it."),
    )
}

fn narrowed(format: Format) -> Notice {
    let label = format.label();
    Notice::new(
        "depth_reduced",
        format!("{label} 每通道只有 8 位，文件已由 16 位降为 8 位。需要 16 位请用 PNG 或 TIFF。"),
        format!("{label} has 8 bits a channel, so the file has 8 of the picture's 16. Use PNG or TIFF to keep them."),
    )
}

fn flattened(colour: Srgb8) -> Notice {
    let (zh, en) = match colour {
        [255, 255, 255] => ("白色".to_owned(), "white".to_owned()),
        other => (super::colour::to_hex(other), super::colour::to_hex(other)),
    };
    Notice::new(
        "alpha_flattened",
        format!("JPEG 不支持透明，透明部分已填为{zh}。需要透明请用 PNG 或 WebP。"),
        format!("JPEG has no transparency; transparent parts became {en}. Use PNG or WebP to keep them."),
    )
}

fn failed(format: Format) -> impl Fn(String) -> ImageError {
    move |detail| ImageError::Encode { format: format.label(), detail }
}

fn check_side(picture: &Picture, format: Format, max_side: u32) -> Result<(), ImageError> {
    let (width, height) = (picture.width(), picture.height());
    if width.max(height) > max_side { Err(ImageError::DoesNotFit { format: format.label(), width, height, max_side }) } else { Ok(()) }
}

/// A grey PNG of a mask.
///
/// # Errors
/// `encode_failed`.
pub fn encode_mask(mask: &super::Mask) -> Result<Encoded, ImageError> {
    let bytes = png::grey(mask.width(), mask.height(), mask.values())?;
    Ok(Encoded { bytes, format: Format::Png, notices: vec![] })
}
