//! From bytes to a [`Picture`]: upright, sRGB, straight alpha, 8 bits a channel, and 16 beside them where the file has more than 8.
//!
//! Input is decoded by memory-safe code only; a decoder's panic becomes `image_unreadable`. The result depends on nothing but the bytes.

mod jpeg;
mod mask;
mod other;
mod png;
mod profile;
mod tiff;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rayon::prelude::*;
use serde::Serialize;

use super::error::ImageError;
use super::format::{Foreign, Format};
use super::header::{Header, probe};
use super::limits::Limits;
use super::orient::reorient;
use super::picture::Picture;
use crate::text::Notice;

pub use mask::decode_mask;
use profile::Pixels;

/// A picture and what is worth knowing about where it came from.
#[derive(Clone, Debug)]
pub struct Decoded {
    pub picture: Arc<Picture>,
    pub format: Format,
    pub source: SourceInfo,
    /// `animated_first_frame`, `first_page_only`, `profile_ignored`, `truncated`.
    pub notices: Vec<Notice>,
}

/// The file as it was stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SourceInfo {
    pub stored_width: u32,
    pub stored_height: u32,
    /// EXIF orientation 1..=8; already applied to the picture.
    pub orientation: u8,
    /// Bits per channel.
    pub bit_depth: u8,
    /// Whether any pixel of the picture is not opaque.
    pub has_alpha: bool,
    pub animated: bool,
    pub frames: Option<u32>,
    /// Name of the embedded colour profile; already applied to the picture.
    pub profile: Option<String>,
}

/// Samples as a decoder gives them, row by row; 8 bits each but for `Deep`.
enum Samples {
    /// RGBA, 0..=65535; `grey`: R = G = B, from a picture of one channel.
    Deep {
        rgba: Vec<u16>,
        grey: bool,
    },
    Grey(Vec<u8>),
    GreyAlpha(Vec<u8>),
    Rgb(Vec<u8>),
    Rgba(Vec<u8>),
    /// Amount of ink: 255 is full cover.
    Cmyk(Vec<u8>),
}

/// What a format's decoder hands over; the size is the stored one.
struct Raw {
    samples: Samples,
    icc: Option<Vec<u8>>,
    notices: Vec<Notice>,
}

/// Decodes a picture within the limits.
///
/// # Errors
/// `image_empty`, `unsupported_format`, `image_unreadable`, `file_too_large`, `image_too_large`, `too_many_frames`.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, ImageError> {
    let header = probe(bytes, limits)?;
    let Raw { samples, icc, mut notices } = decode_raw(bytes, &header)?;
    let converted = contained(|| profile::to_srgb(samples, icc.as_deref()));
    let (pixels, profile, ignored) = match converted {
        Some(converted) => converted,
        // The samples went down with it; this time without the profile.
        None => profile::without(decode_raw(bytes, &header)?.samples),
    };
    notices.extend(ignored);
    let picture = match pixels {
        Pixels::Eight(rgba) => Picture::from_rgba8(header.width, header.height, upright(rgba, &header)),
        Pixels::Sixteen(rgba) => Picture::from_rgba16(header.width, header.height, upright(rgba, &header)),
    };
    notices.extend(header_notices(&header));
    let source = SourceInfo {
        stored_width: header.stored_width,
        stored_height: header.stored_height,
        orientation: header.orientation,
        bit_depth: header.bit_depth,
        has_alpha: (header.has_alpha || header.animated) && !picture.is_opaque(),
        animated: header.animated,
        frames: header.frames,
        profile,
    };
    Ok(Decoded { picture: Arc::new(picture), format: header.format, source, notices })
}

/// The decoders and the colour engine are not ours; one that panics on a hostile file must not take the worker with it. `None` where it did.
fn contained<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

/// RGBA as displayed.
fn upright<T: Copy + Default + Send + Sync>(rgba: Vec<T>, header: &Header) -> Vec<T> {
    let (width, height) = (header.stored_width as usize, header.stored_height as usize);
    match header.orientation {
        1 => rgba,
        turned => reorient(rgba.as_chunks::<4>().0, width, height, turned).into_flattened(),
    }
}

fn decode_raw(bytes: &[u8], header: &Header) -> Result<Raw, ImageError> {
    let decoded = contained(|| match header.format {
        Format::Jpeg => jpeg::decode(bytes, header),
        Format::Png => png::decode(bytes, header),
        Format::Tiff => tiff::decode(bytes, header),
        Format::Webp | Format::Gif | Format::Bmp => other::decode(bytes, header),
        Format::Avif => Err(ImageError::Unsupported(Foreign::Avif)),
        Format::Ora => Err(ImageError::Unsupported(Foreign::Zip)),
        Format::Psd => Err(ImageError::Unsupported(Foreign::Psd)),
    });
    let raw = decoded.unwrap_or_else(|| Err(ImageError::unreadable("the decoder panicked")))?;
    let pixels = header.stored_width as usize * header.stored_height as usize;
    let (length, channels) = match &raw.samples {
        Samples::Deep { rgba, .. } => (rgba.len(), 4),
        Samples::Grey(v) => (v.len(), 1),
        Samples::GreyAlpha(v) => (v.len(), 2),
        Samples::Rgb(v) => (v.len(), 3),
        Samples::Rgba(v) | Samples::Cmyk(v) => (v.len(), 4),
    };
    if length == pixels * channels { Ok(raw) } else { Err(ImageError::unreadable("header and pixels disagree on the size")) }
}

fn header_notices(header: &Header) -> Option<Notice> {
    let pages = header.frames.filter(|_| header.format == Format::Tiff);
    if let Some(pages) = pages {
        return Some(Notice::new(
            "first_page_only",
            format!("这个 TIFF 有 {pages} 页，只使用了第一页。"),
            format!("This TIFF has {pages} pages; only the first is used."),
        ));
    }
    header.animated.then(|| {
        let frames = header.frames.unwrap_or(2);
        Notice::new(
            "animated_first_frame",
            format!("这是 {frames} 帧的动图，只使用了第一帧。"),
            format!("This is an animation of {frames} frames; only the first is used."),
        )
    })
}

fn truncated_notice() -> Notice {
    Notice::new(
        "truncated",
        "文件不完整，缺失的部分显示为灰色或空白。",
        "The file is incomplete; the part that is missing is grey or blank.",
    )
}

/// 16-bit samples of `N` channels as RGBA.
fn deepen<const N: usize>(samples: &[u16], f: impl Fn([u16; N]) -> [u16; 4] + Sync) -> Vec<u16> {
    samples.as_chunks::<N>().0.par_iter().map(|&p| f(p)).collect::<Vec<_>>().into_flattened()
}

/// Applies `f` to each pixel of `N` samples, in parallel.
fn expand<const N: usize>(samples: &[u8], f: impl Fn([u8; N]) -> [u8; 4] + Sync) -> Vec<u8> {
    const RUN: usize = 1 << 14;
    let (from, _) = samples.as_chunks::<N>();
    let mut out = vec![[0u8; 4]; from.len()];
    out.par_chunks_mut(RUN).zip(from.par_chunks(RUN)).for_each(|(out, from)| {
        for (out, from) in out.iter_mut().zip(from) {
            *out = f(*from);
        }
    });
    out.into_flattened()
}
