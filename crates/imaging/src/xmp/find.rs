//! Finds the recipe in a file of any format that can carry one. Files come from strangers: every length is checked, nothing is unpacked beyond a limit, and
//! what makes no sense is no recipe.

use std::io::{Cursor, Read};

use super::property;
use crate::format::Format;
use crate::ifd::Tiff;
use crate::layered::ORA_RECIPE;
use crate::limits::Limits;

/// A longer recipe is not read.
pub const MOST_BYTES: usize = 1 << 20;
/// A packet is longer than what it carries: quotes take six bytes.
const MOST_PACKET_BYTES: usize = 8 << 20;

const XMP_TAG: u16 = 700;
const XMP_RESOURCE: u16 = 1060;
const JPEG_XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const PNG_XMP: &[u8] = b"XML:com.adobe.xmp\0";

/// The recipe that a file carries, as it was written: JSON, not checked. `None` where there is none, or none that can be read.
pub fn recipe_text(bytes: &[u8], limits: &Limits) -> Option<String> {
    limits.check_bytes(bytes.len() as u64).ok()?;
    let found = match bytes {
        [b'8', b'B', b'P', b'S', ..] => from_packet(&psd(bytes)?),
        [b'P', b'K', 3, 4, ..] => ora(bytes),
        _ => match Format::sniff(bytes).ok()? {
            Format::Png => from_packet(&png(bytes)?),
            Format::Jpeg => from_packet(jpeg(bytes)?),
            Format::Webp => from_packet(webp(bytes)?),
            Format::Tiff => from_packet(tiff(bytes)?),
            _ => None,
        },
    };
    found.filter(|text| text.len() <= MOST_BYTES && !text.trim().is_empty())
}

fn from_packet(packet: &[u8]) -> Option<String> {
    if packet.len() > MOST_PACKET_BYTES {
        return None;
    }
    property(std::str::from_utf8(packet).ok()?)
}

fn be32(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?) as usize)
}

fn be16(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?).into())
}

/// Chunks may come in any order; the text may be packed.
fn png(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut at = 8usize;
    loop {
        let (length, kind) = (be32(bytes, at)?, bytes.get(at.checked_add(4)?..at.checked_add(8)?)?);
        let body = bytes.get(at + 8..at.checked_add(8)?.checked_add(length)?);
        match (kind, body) {
            (b"iTXt", Some(body)) if body.starts_with(PNG_XMP) => return text_of(&body[PNG_XMP.len()..]),
            (b"IEND", _) | (_, None) => return None,
            _ => at = at.checked_add(12)?.checked_add(length)?,
        }
    }
}

/// Packed or not, the way of packing, a language, a translated keyword, the text.
fn text_of(rest: &[u8]) -> Option<Vec<u8>> {
    let (&packed, &method) = (rest.first()?, rest.get(1)?);
    let after = |from: &[u8]| from.iter().position(|&b| b == 0).map(|n| n + 1);
    let language = rest.get(2..)?;
    let keyword = language.get(after(language)?..)?;
    let text = keyword.get(after(keyword)?..)?;
    match (packed, method) {
        (0, _) => Some(text.to_vec()),
        (1, 0) => bounded(flate2::read::ZlibDecoder::new(text), MOST_PACKET_BYTES),
        _ => None,
    }
}

/// All that there is; `None` where that is more than `most`.
fn bounded(reader: impl Read, most: usize) -> Option<Vec<u8>> {
    let mut out = vec![];
    reader.take(most as u64 + 1).read_to_end(&mut out).ok()?;
    (out.len() <= most).then_some(out)
}

fn jpeg(bytes: &[u8]) -> Option<&[u8]> {
    let mut at = 2usize;
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        while *bytes.get(at)? == 0xff {
            at += 1;
        }
        let marker = bytes[at];
        at += 1;
        match marker {
            0x01 | 0xd0..=0xd8 => continue,
            // The scan, or the end: behind it no segment is one.
            0x00 | 0xd9 | 0xda => return None,
            _ => {}
        }
        let length = be16(bytes, at).filter(|&length| length >= 2)?;
        let body = bytes.get(at + 2..at + length)?;
        if marker == 0xe1
            && let Some(packet) = body.strip_prefix(JPEG_XMP)
        {
            return Some(packet);
        }
        at += length;
    }
}

fn webp(bytes: &[u8]) -> Option<&[u8]> {
    let mut at = 12usize;
    loop {
        let kind = bytes.get(at..at.checked_add(4)?)?;
        let length = u32::from_le_bytes(bytes.get(at + 4..at.checked_add(8)?)?.try_into().ok()?) as usize;
        if kind == b"XMP " {
            return bytes.get(at + 8..at.checked_add(8)?.checked_add(length)?);
        }
        at = at.checked_add(8)?.checked_add(length)?.checked_add(length & 1)?;
    }
}

fn tiff(bytes: &[u8]) -> Option<&[u8]> {
    let tiff = Tiff::new(bytes)?;
    let entry = tiff.find(tiff.first()?, XMP_TAG)?;
    matches!(entry.kind, 1 | 7).then_some(entry.data)
}

/// Behind the header and the colours lie the resources.
fn psd(bytes: &[u8]) -> Option<Vec<u8>> {
    let colours = be32(bytes, 26)?;
    let start = 30usize.checked_add(colours)?;
    let length = be32(bytes, start)?;
    let resources = bytes.get(start + 4..start.checked_add(4)?.checked_add(length)?)?;
    let mut at = 0usize;
    loop {
        if resources.get(at..at.checked_add(4)?)? != b"8BIM" {
            return None;
        }
        let id = be16(resources, at + 4)?;
        // A name with its length in front, an even number of bytes together.
        let name = usize::from(*resources.get(at + 6)?);
        let size_at = at + 6 + (1 + name).next_multiple_of(2);
        let size = be32(resources, size_at)?;
        let data = resources.get(size_at + 4..size_at.checked_add(4)?.checked_add(size)?)?;
        if id == usize::from(XMP_RESOURCE) {
            return Some(data.to_vec());
        }
        at = (size_at + 4).checked_add(size.next_multiple_of(2))?;
    }
}

fn ora(bytes: &[u8]) -> Option<String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mime = bounded(archive.by_name("mimetype").ok()?, 64)?;
    if mime != Format::Ora.mime().as_bytes() {
        return None;
    }
    String::from_utf8(bounded(archive.by_name(ORA_RECIPE).ok()?, MOST_BYTES)?).ok()
}
