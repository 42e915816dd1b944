//! What a file is, read from its bytes again.

use std::cell::OnceCell;
use std::sync::Arc;

use super::ground::Ground;
use crate::imaging::colour::Srgb8;
use crate::imaging::{Format, ImageError, Limits, Picture, decode, probe};
use crate::presets::{Ask, Preset, hex};

/// A file that was decoded again.
pub struct Facts {
    pub format: Format,
    pub picture: Arc<Picture>,
    pub bytes: u64,
    /// Bits per pixel as stored; only of PNG and JPEG.
    pub bits: Option<u8>,
    pub alpha_channel: bool,
    /// The embedded profile's name; a file without one is sRGB.
    pub profile: Option<String>,
    /// Pixels per inch; only of PNG and JPEG.
    pub dpi: Option<f64>,
    ground: OnceCell<Option<(Ground, Option<Srgb8>)>>,
}

impl Facts {
    /// # Errors
    /// The decoder's own.
    pub fn of(bytes: &[u8], limits: &Limits) -> Result<Facts, ImageError> {
        let header = probe(bytes, limits)?;
        let decoded = decode(bytes, limits)?;
        let (bits, dpi) = match header.format {
            Format::Png => (png_bits(bytes), png_dpi(bytes)),
            Format::Jpeg => (jpeg_bits(bytes), jpeg_dpi(bytes)),
            _ => (None, None),
        };
        Ok(Facts {
            format: header.format,
            bytes: bytes.len() as u64,
            bits,
            alpha_channel: header.has_alpha,
            profile: decoded.source.profile,
            dpi,
            picture: decoded.picture,
            ground: OnceCell::new(),
        })
    }

    pub fn size(&self) -> [u32; 2] {
        [self.picture.width(), self.picture.height()]
    }

    /// Subject and background as the preset's rules tell them apart, and the background's colour; `None` where no rule says what is background.
    pub fn ground(&self, preset: &Preset) -> Option<(&Ground, Option<Srgb8>)> {
        let found = self.ground.get_or_init(|| {
            let colours = preset.rules.iter().find_map(|r| if let Ask::Background { any, .. } = &r.ask { Some(any) } else { None });
            match colours {
                Some(any) => {
                    let colours: Vec<Srgb8> = any.iter().filter_map(|c| hex(c)).collect();
                    let colour = Ground::best_colour(&self.picture, &colours);
                    Some((Ground::of_colour(&self.picture, colour), Some(colour)))
                }
                None if preset.rules.iter().any(|r| r.ask == Ask::Transparent) => Some((Ground::of_alpha(&self.picture), None)),
                None => None,
            }
        });
        found.as_ref().map(|(ground, colour)| (ground, *colour))
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]))
}

/// Depth and colour type of the header chunk (PNG, third edition, 11.2.1).
fn png_bits(bytes: &[u8]) -> Option<u8> {
    let channels = match bytes.get(25)? {
        0 | 3 => 1,
        2 => 3,
        4 => 2,
        6 => 4,
        _ => return None,
    };
    bytes.get(24)?.checked_mul(channels)
}

/// `pHYs` (PNG, third edition, 11.3.4.3): pixels per metre.
fn png_dpi(bytes: &[u8]) -> Option<f64> {
    let mut at = 8;
    loop {
        let length = u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize;
        match bytes.get(at + 4..at + 8)? {
            b"pHYs" => {
                let data = bytes.get(at + 8..at + 17)?;
                let per_metre = u32::from_be_bytes(data[..4].try_into().ok()?);
                return (data[8] == 1).then(|| f64::from(per_metre) * 0.0254);
            }
            b"IDAT" | b"IEND" => return None,
            _ => at = at.checked_add(length)?.checked_add(12)?,
        }
    }
}

/// Segments of a JPEG before its first scan: marker and where its content begins.
fn jpeg_segments(bytes: &[u8]) -> impl Iterator<Item = (u8, usize)> {
    let mut at = 2;
    std::iter::from_fn(move || {
        loop {
            let (first, marker) = (*bytes.get(at)?, *bytes.get(at + 1)?);
            if first != 0xff || marker == 0xda {
                return None;
            }
            if marker == 0xff || marker == 0xd8 {
                at += 1;
                continue;
            }
            let content = at + 4;
            at += 2 + usize::from(u16_at(bytes, at + 2)?);
            return Some((marker, content));
        }
    })
}

fn jpeg_bits(bytes: &[u8]) -> Option<u8> {
    let frame = |m: u8| matches!(m, 0xc0..=0xcf) && !matches!(m, 0xc4 | 0xc8 | 0xcc);
    let (_, at) = jpeg_segments(bytes).find(|(marker, _)| frame(*marker))?;
    bytes.get(at)?.checked_mul(*bytes.get(at + 5)?)
}

/// Density in the JFIF header (JFIF 1.02): 1 is per inch, 2 per centimetre.
fn jpeg_dpi(bytes: &[u8]) -> Option<f64> {
    let (_, at) = jpeg_segments(bytes).find(|(marker, at)| *marker == 0xe0 && bytes.get(*at..at + 5) == Some(b"JFIF\0"))?;
    let density = f64::from(u16_at(bytes, at + 8)?);
    match bytes.get(at + 7)? {
        1 => Some(density),
        2 => Some(density * 2.54),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::{EncodeOptions, Extras, encode_with};

    #[test]
    fn what_was_written_is_read_back() {
        let picture = Picture::filled(30, 20, [9, 80, 200, 255]);
        let write = |format, channels| {
            let options = EncodeOptions { channels, ..EncodeOptions::new(format) };
            encode_with(&picture, &options, &Extras { dpi: Some(300), ..Extras::default() }).unwrap().bytes
        };
        let facts = |bytes: &[u8]| Facts::of(bytes, &Limits::default()).unwrap();
        let jpeg = facts(&write(Format::Jpeg, None));
        assert_eq!(
            (jpeg.size(), jpeg.bits, jpeg.dpi, jpeg.alpha_channel, jpeg.profile.is_none()),
            ([30, 20], Some(24), Some(300.0), false, true)
        );
        let png = facts(&write(Format::Png, Some(4)));
        assert_eq!((png.bits, png.alpha_channel), (Some(32), true));
        assert!((png.dpi.unwrap() - 300.0).abs() < 0.05);
        assert_eq!(facts(&write(Format::Png, Some(3))).bits, Some(24));
        let grey = Picture::filled(3, 3, [9, 9, 9, 255]);
        let options = EncodeOptions { channels: Some(3), ..EncodeOptions::new(Format::Png) };
        assert_eq!(facts(&crate::imaging::encode(&grey, &options).unwrap().bytes).bits, Some(24), "grey as colour where that is asked for");
    }
}
