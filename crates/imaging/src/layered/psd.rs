//! Photoshop documents (Adobe Photoshop File Formats Specification, version 1): RGB of 8 bits, layers with masks and Unicode names, packed by PackBits,
//! and the merged picture for programs that look at nothing else.

use rayon::prelude::*;

use super::packbits::pack;
use super::{Document, Layer, check_amount};
use crate::encode::{Encoded, Extras};
use crate::error::ImageError;
use crate::format::Format;
use crate::pace::checkpoint;
use crate::picture::Picture;
use crate::text::Notice;
use crate::xmp;

/// Of a side, by the specification.
pub const MAX_SIDE_PX: u32 = 30_000;
/// Of the file.
const MAX_BYTES: u64 = 0x7fff_ffff;
/// Where nobody says otherwise.
const SCREEN_DPI: u16 = 72;

/// Channel numbers of a layer.
const ALPHA: i16 = -1;
const MASK: i16 = -2;

/// Image resources.
const RESOLUTION: u16 = 1005;
const VERSION_INFO: u16 = 1057;
const EXIF: u16 = 1058;
const XMP: u16 = 1060;

/// Layer flags: hidden; and that the fifth bit means something.
const HIDDEN: u8 = 0b10;
const SINCE_VERSION_5: u8 = 0b1000;

/// Writes the layers with 8 bits a channel.
///
/// # Errors
/// `format_cannot_hold_size` over 30 000 pixels a side, `file_too_large` over 2 GB.
pub fn write(document: &Document, extras: &Extras<'_>) -> Result<Encoded, ImageError> {
    let (width, height) = (document.width, document.height);
    let longest = document.layers.iter().map(|l| l.picture.width().max(l.picture.height())).max().unwrap_or(0);
    if width.max(height).max(longest) > MAX_SIDE_PX {
        return Err(ImageError::DoesNotFit { format: Format::Psd.label(), width, height, max_side: MAX_SIDE_PX });
    }
    check_amount(document, MAX_BYTES)?;
    let clear = !document.merged.is_opaque();
    let mut out = b"8BPS\0\x01\0\0\0\0\0\0".to_vec();
    out.extend(if clear { 4u16 } else { 3 }.to_be_bytes());
    out.extend(height.to_be_bytes());
    out.extend(width.to_be_bytes());
    // Eight bits, RGB, and no table of colours.
    out.extend([0, 8, 0, 3, 0, 0, 0, 0]);
    block(&mut out, 1, |out| resources(out, extras));
    block(&mut out, 4, |out| {
        block(out, 4, |out| layers(out, document, clear));
        // No mask over all layers.
        out.extend([0; 4]);
    });
    checkpoint();
    merged(&mut out, &document.merged, clear);
    let bytes = out.len() as u64;
    if bytes > MAX_BYTES {
        return Err(ImageError::TooManyBytes { bytes, limit: MAX_BYTES });
    }
    Ok(Encoded { bytes: out, format: Format::Psd, notices: notices(document) })
}

fn notices(document: &Document) -> Vec<Notice> {
    let deep = document.merged.deep().is_some() || document.layers.iter().any(|layer| layer.picture.deep().is_some());
    let reduced = Notice::new(
        "depth_reduced",
        "PSD 文件按每通道 8 位写出，16 位的图层已降为 8 位。需要 16 位请用 ORA、PNG 或 TIFF。",
        "The PSD has 8 bits a channel, so layers of 16 bits were reduced. Use ORA, PNG or TIFF to keep them.",
    );
    if deep { vec![reduced] } else { vec![] }
}

/// Something behind its length in bytes (32 bits), padded to a multiple of `align`.
fn block(out: &mut Vec<u8>, align: usize, fill: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend([0; 4]);
    fill(out);
    let length = (out.len() - start - 4).next_multiple_of(align);
    out.resize(start + 4 + length, 0);
    // Longer than 32 bits is refused at the end.
    out[start..start + 4].copy_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
}

fn resources(out: &mut Vec<u8>, extras: &Extras<'_>) {
    let mut add = |id: u16, data: &[u8]| {
        out.extend(b"8BIM");
        out.extend(id.to_be_bytes());
        // An empty name.
        out.extend([0, 0]);
        out.extend((data.len() as u32).to_be_bytes());
        out.extend(data);
        if data.len() % 2 == 1 {
            out.push(0);
        }
    };
    let dpi = u32::from(extras.dpi.unwrap_or(SCREEN_DPI)) << 16;
    let mut resolution = vec![];
    // Pixels per inch as 16.16, shown per inch, the width in inches; then the same for the height.
    for _ in 0..2 {
        resolution.extend(dpi.to_be_bytes());
        resolution.extend([0, 1, 0, 1]);
    }
    add(RESOLUTION, &resolution);
    let mut version = vec![0, 0, 0, 1, 1];
    for name in ["Portico", "Portico"] {
        version.extend(unicode(name));
    }
    version.extend(1u32.to_be_bytes());
    add(VERSION_INFO, &version);
    if let Some(exif) = extras.exif {
        add(EXIF, exif);
    }
    if let Some(recipe) = extras.recipe {
        add(XMP, xmp::packet(recipe).as_bytes());
    }
}

/// A count of UTF-16 units, then the units.
fn unicode(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut out = (units.len() as u32).to_be_bytes().to_vec();
    out.extend(units.iter().flat_map(|unit| unit.to_be_bytes()));
    out
}

/// Records of all layers, lowest first, then the pixels of each.
fn layers(out: &mut Vec<u8>, document: &Document, clear: bool) {
    let count = document.layers.len() as i16;
    // Negative: the fourth channel of the merged picture is its transparency.
    out.extend(if clear { -count } else { count }.to_be_bytes());
    let mut pixels: Vec<Vec<Vec<u8>>> = Vec::with_capacity(document.layers.len());
    for layer in &document.layers {
        checkpoint();
        let packed = channels(layer);
        record(out, layer, &packed);
        pixels.push(packed.into_iter().map(|(_, data)| data).collect());
    }
    for channel in pixels.into_iter().flatten() {
        out.extend(channel);
    }
}

/// What a layer's channels hold, packed, by their numbers.
fn channels(layer: &Layer) -> Vec<(i16, Vec<u8>)> {
    let picture = &layer.picture;
    let (width, rgba) = (picture.width() as usize, picture.rgba8());
    let plane = |c: usize| move |i: usize| rgba[i * 4 + c];
    let area = picture.area() as usize;
    let mut all: Vec<(i16, Vec<u8>)> =
        [(ALPHA, 3), (0, 0), (1, 1), (2, 2)].into_par_iter().map(|(id, c)| (id, with_counts(width, area, plane(c)))).collect();
    if let Some(mask) = &layer.mask {
        let values = mask.values();
        all.push((MASK, with_counts(width, area, |i| values[i])));
    }
    all
}

/// A channel packed: the way of packing, the bytes of each row, the rows.
fn with_counts(width: usize, area: usize, value: impl Fn(usize) -> u8) -> Vec<u8> {
    let mut out = vec![0, 1];
    let (counts, rows) = packed(width, area, value);
    out.extend(counts);
    out.extend(rows);
    out
}

fn packed(width: usize, area: usize, value: impl Fn(usize) -> u8) -> (Vec<u8>, Vec<u8>) {
    let (mut counts, mut rows) = (Vec::with_capacity(area / width * 2), Vec::with_capacity(area / 2));
    let mut row = vec![0; width];
    for start in (0..area).step_by(width) {
        row.iter_mut().enumerate().for_each(|(x, v)| *v = value(start + x));
        let before = rows.len();
        pack(&row, &mut rows);
        // At most 30 000 and a little: it fits 16 bits.
        counts.extend(((rows.len() - before) as u16).to_be_bytes());
    }
    (counts, rows)
}

fn record(out: &mut Vec<u8>, layer: &Layer, channels: &[(i16, Vec<u8>)]) {
    let edge = |start: i64, length: u32| (start + i64::from(length)).clamp(i32::MIN.into(), i32::MAX.into()) as i32;
    let rect = [edge(layer.y, 0), edge(layer.x, 0), edge(layer.y, layer.picture.height()), edge(layer.x, layer.picture.width())];
    let rect: Vec<u8> = rect.iter().flat_map(|v| v.to_be_bytes()).collect();
    out.extend(&rect);
    out.extend((channels.len() as u16).to_be_bytes());
    for (id, data) in channels {
        out.extend(id.to_be_bytes());
        out.extend((data.len() as u32).to_be_bytes());
    }
    out.extend(b"8BIMnorm");
    let flags = SINCE_VERSION_5 | if layer.visible { 0 } else { HIDDEN };
    // Opacity, no clipping, flags, filler.
    out.extend([layer.opacity, 0, flags, 0]);
    block(out, 4, |out| {
        block(out, 1, |out| {
            if layer.mask.is_some() {
                out.extend(&rect);
                // Outside of it nothing is seen; no flags; filler.
                out.extend([0; 4]);
            }
        });
        // No blending ranges.
        out.extend([0; 4]);
        short_name(out, &layer.name);
        out.extend(b"8BIMluni");
        block(out, 4, |out| out.extend(unicode(&layer.name)));
    });
}

/// The name for programs that know no Unicode: letters of ASCII, its length in front, padded to four bytes.
fn short_name(out: &mut Vec<u8>, name: &str) {
    let start = out.len();
    let ascii: Vec<u8> = name.chars().take(31).map(|c| if c.is_ascii() && !c.is_ascii_control() { c as u8 } else { b'_' }).collect();
    out.push(ascii.len() as u8);
    out.extend(ascii);
    let length = (out.len() - start).next_multiple_of(4);
    out.resize(start + length, 0);
}

/// The merged picture, channel by channel. Where it is not opaque its colours are mixed with white, as such files have it.
fn merged(out: &mut Vec<u8>, picture: &Picture, clear: bool) {
    let (width, area, rgba) = (picture.width() as usize, picture.area() as usize, picture.rgba8());
    let value = |c: usize| {
        move |i: usize| match rgba[i * 4 + 3] {
            _ if c == 3 => rgba[i * 4 + 3],
            255 => rgba[i * 4 + c],
            a => {
                let a = u32::from(a);
                ((u32::from(rgba[i * 4 + c]) * a + 255 * (255 - a) + 127) / 255) as u8
            }
        }
    };
    let count = if clear { 4 } else { 3 };
    let channels: Vec<(Vec<u8>, Vec<u8>)> = (0..count).into_par_iter().map(|c| packed(width, area, value(c))).collect();
    out.extend([0, 1]);
    channels.iter().for_each(|(counts, _)| out.extend(counts));
    channels.iter().for_each(|(_, rows)| out.extend(rows));
}
