//! What of a picture's EXIF may travel on with an edited file, written anew.
//!
//! Left out whatever is asked: the embedded thumbnail, which shows the picture before it was edited; the maker's notes, whose content nobody can
//! vouch for; the orientation, which is applied to the pixels already; sizes, which have changed; and everything that belongs to the structure of
//! a TIFF. The place (GPS) is left out unless it is asked for.

use crate::ifd::{Entry, Tiff};

/// Description, make, model, software, date, artist, copyright, rating, and the titles that Windows writes.
const PLAIN: &[u16] = &[0x010e, 0x010f, 0x0110, 0x0131, 0x0132, 0x013b, 0x4746, 0x4749, 0x8298, 0x9c9b, 0x9c9c, 0x9c9d, 0x9c9e, 0x9c9f];
const X_RESOLUTION: u16 = 0x011a;
const Y_RESOLUTION: u16 = 0x011b;
const RESOLUTION_UNIT: u16 = 0x0128;
const EXIF_DIRECTORY: u16 = 0x8769;
const GPS_DIRECTORY: u16 = 0x8825;
/// Maker's notes, a related sound file, width and height in pixels, the interoperability directory.
const NOT_KEPT: &[u16] = &[0x927c, 0xa004, 0xa002, 0xa003, 0xa005];

/// A JPEG segment holds 65535 bytes; longer values (previews, private data) stay behind.
const MOST_BYTES: usize = 60_000;

const INCH: u16 = 2;

struct Field {
    tag: u16,
    kind: u16,
    count: u32,
    data: Vec<u8>,
}

impl Field {
    fn of(entry: &Entry<'_>) -> Field {
        Field { tag: entry.tag, kind: entry.kind, count: entry.count, data: entry.data_le() }
    }

    fn long(tag: u16, value: u32) -> Field {
        Field { tag, kind: 4, count: 1, data: value.to_le_bytes().to_vec() }
    }
}

/// The tags of an EXIF block (or of a TIFF file) that may travel on, as a new little-endian block without `Exif\0\0`. `None` where nothing is
/// left.
pub fn kept(block: &[u8], gps: bool) -> Option<Vec<u8>> {
    let mut tags = Tags::read(block)?;
    if !gps {
        tags.gps.clear();
    }
    let some = [&tags.plain, &tags.exif, &tags.gps].iter().any(|fields| !fields.is_empty());
    some.then(|| tags.write())
}

/// A block with a resolution in pixels per inch, beside what is there already.
pub fn with_resolution(block: Option<&[u8]>, dpi: u16) -> Vec<u8> {
    let mut tags = block.and_then(Tags::read).unwrap_or_default();
    let ratio = [u32::from(dpi).to_le_bytes(), 1u32.to_le_bytes()].concat();
    tags.plain.push(Field { tag: X_RESOLUTION, kind: 5, count: 1, data: ratio.clone() });
    tags.plain.push(Field { tag: Y_RESOLUTION, kind: 5, count: 1, data: ratio });
    tags.plain.push(Field { tag: RESOLUTION_UNIT, kind: 3, count: 1, data: INCH.to_le_bytes().to_vec() });
    tags.write()
}

/// What may be kept of a block, by directory.
#[derive(Default)]
struct Tags {
    plain: Vec<Field>,
    exif: Vec<Field>,
    gps: Vec<Field>,
}

impl Tags {
    fn read(block: &[u8]) -> Option<Tags> {
        let tiff = Tiff::new(block)?;
        let first = tiff.first()?;
        let sub = |tag: u16| -> Vec<Field> {
            let at = tiff.find(first, tag).and_then(|e| e.uint(0));
            at.map_or(vec![], |at| tiff.entries(at).filter(|e| !NOT_KEPT.contains(&e.tag)).map(|e| Field::of(&e)).collect())
        };
        let plain = tiff.entries(first).filter(|e| PLAIN.contains(&e.tag)).map(|e| Field::of(&e)).collect();
        Some(Tags { plain, exif: sub(EXIF_DIRECTORY), gps: sub(GPS_DIRECTORY) })
    }

    fn write(mut self) -> Vec<u8> {
        let subs = [(EXIF_DIRECTORY, self.exif), (GPS_DIRECTORY, self.gps)];
        self.plain.extend(subs.iter().filter(|(_, fields)| !fields.is_empty()).map(|(tag, _)| Field::long(*tag, 0)));
        let mut out = b"II\x2a\0\x08\0\0\0".to_vec();
        let mut room = MOST_BYTES;
        let pointers = directory(&mut out, self.plain, &mut room);
        for (tag, fields) in subs {
            if let Some(&(_, at)) = pointers.iter().find(|(t, _)| *t == tag) {
                let start = out.len() as u32;
                out[at..at + 4].copy_from_slice(&start.to_le_bytes());
                directory(&mut out, fields, &mut room);
            }
        }
        out
    }
}

/// Appends a directory, its values behind it; gives back where each entry's value field lies.
fn directory(out: &mut Vec<u8>, mut fields: Vec<Field>, room: &mut usize) -> Vec<(u16, usize)> {
    fields.retain(|f| {
        let fits = f.data.len() + 12 <= *room;
        *room -= if fits { f.data.len() + 12 } else { 0 };
        fits
    });
    fields.sort_by_key(|f| f.tag);
    fields.dedup_by_key(|f| f.tag);
    out.extend((fields.len() as u16).to_le_bytes());
    let mut values_at = out.len() + fields.len() * 12 + 4;
    let (mut values, mut places) = (Vec::new(), Vec::new());
    for field in &fields {
        out.extend(field.tag.to_le_bytes());
        out.extend(field.kind.to_le_bytes());
        out.extend(field.count.to_le_bytes());
        places.push((field.tag, out.len()));
        if field.data.len() <= 4 {
            let mut inline = [0; 4];
            inline[..field.data.len()].copy_from_slice(&field.data);
            out.extend(inline);
        } else {
            out.extend((values_at as u32).to_le_bytes());
            values.extend(&field.data);
            values.resize(values.len().next_multiple_of(2), 0);
            values_at += field.data.len().next_multiple_of(2);
        }
    }
    out.extend([0; 4]);
    out.extend(values);
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ascii(tag: u16, text: &str) -> Field {
        let data = [text.as_bytes(), b"\0"].concat();
        Field { tag, kind: 2, count: data.len() as u32, data }
    }

    /// A camera's block: plain tags, exposure, maker's notes, a place, and a thumbnail behind it.
    fn camera() -> Vec<u8> {
        let first = vec![ascii(0x010f, "ACME"), ascii(0x8298, "(c) someone"), Field { tag: 0x0112, kind: 3, count: 1, data: vec![6, 0] }];
        let exif = vec![
            ascii(0x9003, "2026:01:02 03:04:05"),
            Field { tag: 0x829a, kind: 5, count: 1, data: [1u32.to_le_bytes(), 250u32.to_le_bytes()].concat() },
            Field { tag: 0x927c, kind: 7, count: 9, data: b"secrets!!".to_vec() },
        ];
        let gps = vec![ascii(1, "N"), Field { tag: 2, kind: 5, count: 1, data: [48u32.to_le_bytes(), 1u32.to_le_bytes()].concat() }];
        let mut block = Tags { plain: first, exif, gps }.write();
        block.extend(b"\xff\xd8\xff THUMBNAIL");
        block
    }

    fn holds(block: &[u8], text: &str) -> bool {
        block.windows(text.len()).any(|w| w == text.as_bytes())
    }

    #[test]
    fn camera_and_copyright_stay_and_place_thumbnail_notes_and_orientation_go() {
        let out = kept(&camera(), false).expect("something is kept");
        assert!(holds(&out, "ACME") && holds(&out, "(c) someone") && holds(&out, "2026:01:02"));
        assert!(!holds(&out, "secrets") && !holds(&out, "THUMBNAIL"));
        let tiff = Tiff::new(&out).expect("a block");
        let first = tiff.first().expect("a directory");
        assert!(tiff.find(first, GPS_DIRECTORY).is_none() && tiff.find(first, 0x0112).is_none());
        let exif = tiff.find(first, EXIF_DIRECTORY).and_then(|e| e.uint(0)).expect("exposure");
        assert_eq!(tiff.find(exif, 0x829a).expect("time").data, [1, 0, 0, 0, 250, 0, 0, 0]);
    }

    #[test]
    fn the_place_stays_only_where_it_is_asked_for() {
        let out = kept(&camera(), true).expect("kept");
        let tiff = Tiff::new(&out).expect("a block");
        let gps = tiff.find(tiff.first().expect("first"), GPS_DIRECTORY).and_then(|e| e.uint(0)).expect("a place");
        assert_eq!(tiff.find(gps, 2).expect("latitude").data, [48, 0, 0, 0, 1, 0, 0, 0]);
    }

    #[test]
    fn a_resolution_joins_what_is_there() {
        let out = with_resolution(kept(&camera(), false).as_deref(), 300);
        let tiff = Tiff::new(&out).expect("a block");
        let first = tiff.first().expect("first");
        assert_eq!(tiff.find(first, X_RESOLUTION).expect("x").data, [44, 1, 0, 0, 1, 0, 0, 0]);
        assert!(holds(&out, "ACME") && tiff.find(first, EXIF_DIRECTORY).is_some());
        assert!(Tiff::new(&with_resolution(None, 72)).is_some());
    }

    #[test]
    fn damaged_blocks_give_less_or_nothing_and_never_a_panic() {
        let whole = camera();
        for end in 0..whole.len() {
            let _ = kept(&whole[..end], true);
        }
        for at in 0..whole.len() {
            let mut hurt = whole.clone();
            hurt[at] = !hurt[at];
            let _ = kept(&hurt, true);
        }
        let huge = [ascii(0x010e, &"x".repeat(100_000)), ascii(0x010f, "ACME")];
        let out = kept(&Tags { plain: huge.into(), ..Tags::default() }.write(), false).expect("the short one");
        assert!(holds(&out, "ACME") && out.len() < MOST_BYTES + 100);
    }
}
