//! From a [`Picture`] to a file. No output carries metadata of any kind: no EXIF, no profile (pixels are sRGB), no text.
//!
//! * **PNG**: exact, RGB under alpha included. Opaque pictures are stored without alpha and grey ones as grey.
//! * **JPEG**: transparent pixels are laid on `flatten` (white unless told otherwise), with the notice `alpha_flattened`. From quality 90 on
//!   colour is kept at full resolution (4:4:4), below that it is halved (4:2:0).
//! * **WebP**: lossless and exact unless a quality under 100 is asked for.

use super::blend::over_colour;
use super::colour::Srgb8;
use super::error::ImageError;
use super::format::Format;
use super::picture::Picture;
use crate::text::Notice;

/// Used by JPEG, and by WebP when it is told to be lossy without saying how much.
pub const DEFAULT_QUALITY: u8 = 92;
/// At and above this, JPEG keeps colour at full resolution.
const FULL_COLOUR_QUALITY: u8 = 90;
/// libwebp's effort, 0..=6. At 12 MP its default of 4 takes four times as long as 0 for two thirds of the bytes; this lies between.
const WEBP_METHOD: i32 = 2;

const JPEG_MAX_SIDE: u32 = 65_535;
const WEBP_MAX_SIDE: u32 = 16_383;

/// How to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncodeOptions {
    pub format: Format,
    /// 1..=100; PNG ignores it.
    pub quality: Option<u8>,
    /// WebP only. `None`: lossless without a quality or with 100.
    pub lossless: Option<bool>,
    /// What shows through where a format has no alpha.
    pub flatten: Srgb8,
}

impl EncodeOptions {
    pub fn new(format: Format) -> Self {
        EncodeOptions { format, quality: None, lossless: None, flatten: [255; 3] }
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

/// An encoded picture.
#[derive(Clone, Debug)]
pub struct Encoded {
    pub bytes: Vec<u8>,
    pub format: Format,
    /// `alpha_flattened` where transparency was lost.
    pub notices: Vec<Notice>,
}

/// Writes a picture.
///
/// # Errors
/// `format_cannot_hold_size`, `encode_failed` (also for formats that are only read).
pub fn encode(picture: &Picture, options: &EncodeOptions) -> Result<Encoded, ImageError> {
    let quality = options.quality.unwrap_or(DEFAULT_QUALITY).clamp(1, 100);
    let mut notices = vec![];
    let bytes = match options.format {
        Format::Png => png(picture)?,
        Format::Jpeg if picture.is_opaque() => jpeg(picture, quality)?,
        Format::Jpeg => {
            notices.push(flattened(options.flatten));
            jpeg(&over_colour(picture, options.flatten), quality)?
        }
        Format::Webp if options.is_lossless() => webp_lossless(picture)?,
        Format::Webp => webp_lossy(picture, quality)?,
        Format::Gif | Format::Bmp => {
            return Err(ImageError::Encode { format: options.format.label(), detail: "this format is only read".into() });
        }
    };
    Ok(Encoded { bytes, format: options.format, notices })
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
    let bytes = write_png(mask.width(), mask.height(), png::ColorType::Grayscale, mask.values())?;
    Ok(Encoded { bytes, format: Format::Png, notices: vec![] })
}

fn png(picture: &Picture) -> Result<Vec<u8>, ImageError> {
    let (width, height) = (picture.width(), picture.height());
    let (pixels, _) = picture.rgba8().as_chunks::<4>();
    let grey = pixels.iter().all(|[r, g, b, _]| r == g && g == b);
    match (grey, picture.is_opaque()) {
        (false, false) => write_png(width, height, png::ColorType::Rgba, picture.rgba8()),
        (false, true) => {
            let rgb: Vec<[u8; 3]> = pixels.iter().map(|&[r, g, b, _]| [r, g, b]).collect();
            write_png(width, height, png::ColorType::Rgb, rgb.as_flattened())
        }
        (true, false) => {
            let grey: Vec<[u8; 2]> = pixels.iter().map(|&[v, _, _, a]| [v, a]).collect();
            write_png(width, height, png::ColorType::GrayscaleAlpha, grey.as_flattened())
        }
        (true, true) => {
            let grey: Vec<u8> = pixels.iter().map(|p| p[0]).collect();
            write_png(width, height, png::ColorType::Grayscale, &grey)
        }
    }
}

fn write_png(width: u32, height: u32, colour: png::ColorType, samples: &[u8]) -> Result<Vec<u8>, ImageError> {
    let failed = failed(Format::Png);
    let mut bytes = Vec::with_capacity(samples.len() / 2 + 1024);
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(colour);
    encoder.set_depth(png::BitDepth::Eight);
    // Measured at 12 MP: as small as the adaptive choice of a filter per row, in four fifths of its time.
    encoder.set_compression(png::Compression::Fast);
    encoder.set_filter(png::Filter::Paeth);
    let mut writer = encoder.write_header().map_err(|e| failed(e.to_string()))?;
    writer.write_image_data(samples).map_err(|e| failed(e.to_string()))?;
    writer.finish().map_err(|e| failed(e.to_string()))?;
    Ok(bytes)
}

fn jpeg(picture: &Picture, quality: u8) -> Result<Vec<u8>, ImageError> {
    use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
    check_side(picture, Format::Jpeg, JPEG_MAX_SIDE)?;
    let mut bytes = Vec::with_capacity(picture.rgba8().len() / 12 + 1024);
    let mut encoder = Encoder::new(&mut bytes, quality);
    encoder.set_sampling_factor(if quality >= FULL_COLOUR_QUALITY { SamplingFactor::R_4_4_4 } else { SamplingFactor::R_4_2_0 });
    let (width, height) = (picture.width() as u16, picture.height() as u16);
    let (pixels, _) = picture.rgba8().as_chunks::<4>();
    let done = if pixels.iter().all(|[r, g, b, _]| r == g && g == b) {
        let grey: Vec<u8> = pixels.iter().map(|p| p[0]).collect();
        encoder.encode(&grey, width, height, ColorType::Luma)
    } else {
        encoder.encode(picture.rgba8(), width, height, ColorType::Rgba)
    };
    done.map_err(|e| failed(Format::Jpeg)(e.to_string()))?;
    Ok(bytes)
}

fn webp_lossless(picture: &Picture) -> Result<Vec<u8>, ImageError> {
    use image::ImageEncoder;
    check_side(picture, Format::Webp, WEBP_MAX_SIDE)?;
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
    Ok(bytes)
}

fn webp_lossy(picture: &Picture, quality: u8) -> Result<Vec<u8>, ImageError> {
    let failed = failed(Format::Webp);
    check_side(picture, Format::Webp, WEBP_MAX_SIDE)?;
    let mut config = webp::WebPConfig::new().map_err(|()| failed("libwebp refused its own defaults".into()))?;
    config.quality = f32::from(quality);
    config.method = WEBP_METHOD;
    config.thread_level = 1;
    let encoder = webp::Encoder::from_rgba(picture.rgba8(), picture.width(), picture.height());
    let memory = encoder.encode_advanced(&config).map_err(|e| failed(format!("{e:?}")))?;
    Ok(memory.to_vec())
}
