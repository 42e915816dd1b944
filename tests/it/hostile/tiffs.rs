//! TIFF 6.0, and EXIF's directories.

use portico::imaging::{EncodeOptions, Format, Picture, encode};

use super::{Bad, bad, damage};

const SHORT: u16 = 3;
const LONG: u16 = 4;

/// An entry: tag, kind, count, value or offset.
type Entry = (u16, u16, u32, u32);

/// A little-endian file of one directory at 8 and bytes behind it.
fn file(entries: &[Entry], next: u32, behind: &[u8]) -> Vec<u8> {
    let mut out = b"II*\0\x08\0\0\0".to_vec();
    out.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in entries {
        out.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
        out.extend([count.to_le_bytes(), value.to_le_bytes()].concat());
    }
    out.extend(next.to_le_bytes());
    out.extend(behind);
    out
}

/// Grey of 8 bits, 4x4, one strip right behind the directory; entries of the same tag in `other` stand in place of the usual ones.
fn grey(other: &[Entry]) -> Vec<u8> {
    let mut entries: Vec<Entry> = vec![
        (256, SHORT, 1, 4),
        (257, SHORT, 1, 4),
        (258, SHORT, 1, 8),
        (259, SHORT, 1, 1),
        (262, SHORT, 1, 1),
        (273, LONG, 1, 0),
        (277, SHORT, 1, 1),
        (278, SHORT, 1, 4),
        (279, LONG, 1, 16),
    ];
    for new in other {
        entries.retain(|old| old.0 != new.0);
        entries.push(*new);
    }
    entries.sort_by_key(|e| e.0);
    let place = 8 + 2 + entries.len() as u32 * 12 + 4;
    entries.iter_mut().filter(|e| e.0 == 273 && e.3 == 0).for_each(|e| e.3 = place);
    file(&entries, 0, &[9; 64])
}

/// A directory whose sub-directories and next one are itself.
pub fn looping() -> Vec<u8> {
    file(&[(0x8769, LONG, 1, 8), (0x8825, LONG, 1, 8), (0x0112, SHORT, 1, 6)], 8, &[])
}

/// Values and directories at the end of the address space.
pub fn far_offsets() -> Vec<u8> {
    file(
        &[(0x010f, 2, u32::MAX, u32::MAX), (0x8298, 12, u32::MAX, 8), (0x8769, LONG, 1, u32::MAX - 1), (0x8825, LONG, 1, i32::MAX as u32)],
        u32::MAX,
        &[],
    )
}

/// As many entries as can be stated, all with the same far value.
pub fn crowded() -> Vec<u8> {
    let mut out = b"II*\0\x08\0\0\0\xff\xff".to_vec();
    (0..4_000u16).for_each(|i| out.extend([i.to_le_bytes(), 2u16.to_le_bytes(), [0, 0x80], [0, 0], [8, 0], [0, 0]].concat()));
    out
}

pub fn valid() -> Vec<Bad> {
    let deep = Picture::from_rgba16(13, 7, (0..13 * 7 * 4u32).map(|i| (i * 197 % 65_536) as u16).collect());
    let eight = Picture::from_rgba8(13, 7, (0..13 * 7 * 4u32).map(|i| (i * 37) as u8).collect());
    let write = |picture: &Picture| encode(picture, &EncodeOptions::new(Format::Tiff)).unwrap().bytes;
    vec![bad("grey", grey(&[])), bad("sixteen bits", write(&deep)), bad("eight bits", write(&eight))]
}

fn directories() -> Vec<Bad> {
    let many: Vec<u8> = {
        let mut out = b"II*\0\x08\0\0\0".to_vec();
        (0..20_000u32).for_each(|i| out.extend([vec![0, 0], (8 + (i + 1) * 6).to_le_bytes().to_vec()].concat()));
        out
    };
    vec![
        bad("a directory that is its own next", file(&[(256, SHORT, 1, 4), (257, SHORT, 1, 4)], 8, &[])),
        bad("two directories in a circle", {
            let mut out = file(&[(256, SHORT, 1, 4), (257, SHORT, 1, 4)], 38, &[]);
            out.extend([vec![0, 0], 8u32.to_le_bytes().to_vec()].concat());
            out
        }),
        bad("20000 directories", many),
        bad("far values", far_offsets()),
        bad("sub-directories in a circle", looping()),
        bad("65535 entries", crowded()),
        bad("no directory", b"II*\0\0\0\0\0".to_vec()),
        bad("a directory at the end of the address space", b"MM\0*\xff\xff\xff\xff".to_vec()),
        bad("a directory in the header", b"II*\0\x01\0\0\0aaaaaaaaaaaaaaaaaaaaaaaa".to_vec()),
        bad("BigTIFF", b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0".to_vec()),
        bad("an empty directory", file(&[], 0, &[])),
        bad("the same tag twice", file(&[(256, SHORT, 1, 4), (256, LONG, 1, 60_000), (257, SHORT, 1, 4)], 0, &[])),
    ]
}

fn sizes() -> Vec<Bad> {
    let mut out = vec![];
    for (w, h) in [(0, 0), (0, 4), (4, 0), (65_500, 65_500), (u32::MAX, u32::MAX), (i32::MAX as u32, 2), (30_000, 2_000), (7_000, 8_000)] {
        out.push(bad(format!("{w}x{h}"), grey(&[(256, LONG, 1, w), (257, LONG, 1, h)])));
    }
    for bits in [0, 1, 3, 12, 24, 32, 64, 65_535] {
        out.push(bad(format!("{bits} bits"), grey(&[(258, SHORT, 1, bits)])));
    }
    for samples in [0, 2, 3, 5, 255, 65_535] {
        out.push(bad(format!("{samples} samples"), grey(&[(277, SHORT, 1, samples)])));
    }
    for photometric in [0, 2, 3, 4, 5, 6, 8, 9, 32_803, 65_535] {
        out.push(bad(format!("photometric interpretation {photometric}"), grey(&[(262, SHORT, 1, photometric)])));
    }
    for compression in [0, 2, 3, 4, 5, 6, 7, 8, 32_773, 32_946, 34_712, 50_000, 50_001, 65_535] {
        out.push(bad(format!("compression {compression} of bytes that are not"), grey(&[(259, SHORT, 1, compression)])));
    }
    for (tag, value) in [
        (284, 2),
        (284, 9),
        (317, 2),
        (317, 3),
        (317, 99),
        (339, 2),
        (339, 3),
        (339, 9),
        (338, 1),
        (338, 99),
        (274, 0),
        (274, 99),
        (266, 2),
    ] {
        out.push(bad(format!("tag {tag} is {value}"), grey(&[(tag, SHORT, 1, value)])));
    }
    out
}

fn strips() -> Vec<Bad> {
    let tiled = |side: u32, count: u32| {
        grey(&[
            (322, LONG, 1, side),
            (323, LONG, 1, side),
            (324, LONG, count, 8),
            (325, LONG, count, 8),
            (273, LONG, 0, 0),
            (278, LONG, 1, 0),
        ])
    };
    vec![
        bad("a strip of 4 GB", grey(&[(279, LONG, 1, u32::MAX)])),
        bad("a strip outside", grey(&[(273, LONG, 1, u32::MAX - 8)])),
        bad("a strip that is the header", grey(&[(273, LONG, 1, 1)])),
        bad("4 billion strips", grey(&[(273, LONG, u32::MAX, 8), (279, LONG, u32::MAX, 8)])),
        bad("a billion strips", grey(&[(273, LONG, 1 << 30, 8), (279, LONG, 1 << 30, 8)])),
        bad("no rows in a strip", grey(&[(278, LONG, 1, 0)])),
        bad("4 billion rows in a strip", grey(&[(278, LONG, 1, u32::MAX)])),
        bad("a strip of nothing", grey(&[(279, LONG, 1, 0)])),
        bad("a tile of 4 GB", tiled(65_535, 1)),
        bad("a tile of nothing", tiled(0, 1)),
        bad("tiles of a pixel", tiled(1, 16)),
        bad("4 billion tiles", tiled(16, u32::MAX)),
        bad(
            "a million strips of the same byte",
            grey(&[(256, LONG, 1, 1), (257, LONG, 1, 32_000), (278, LONG, 1, 1), (273, LONG, 32_000, 8), (279, LONG, 32_000, 8)]),
        ),
        bad("a profile of 4 GB", grey(&[(34_675, 7, u32::MAX, 8)])),
        bad("a profile that is the file", grey(&[(34_675, 7, 100, 0)])),
        bad("a palette of 4 GB", grey(&[(262, SHORT, 1, 3), (320, SHORT, u32::MAX, 8)])),
        bad("JPEG tables of 4 GB", grey(&[(259, SHORT, 1, 7), (347, 7, u32::MAX, 8)])),
    ]
}

/// LZW and deflate that become far more than the strip holds.
fn bombs() -> Vec<Bad> {
    let big = Picture::from_rgba8(2_000, 2_000, vec![7; 2_000 * 2_000 * 4]);
    let packed = encode(&big, &EncodeOptions::new(Format::Tiff)).unwrap().bytes;
    let mut small = packed.clone();
    // The first directory's height, wherever the writer put it.
    let at = u32::from_le_bytes(packed[4..8].try_into().unwrap()) as usize;
    let entries = usize::from(u16::from_le_bytes([packed[at], packed[at + 1]]));
    for entry in 0..entries {
        let start = at + 2 + entry * 12;
        if [256, 257].contains(&u16::from_le_bytes([packed[start], packed[start + 1]])) {
            small[start + 8..start + 12].copy_from_slice(&[2, 0, 0, 0]);
        }
    }
    let packbits = [0x81u8, 0].repeat(2_000);
    let lzw = [0x80, 0x00, 0x20, 0x50, 0x38].repeat(500);
    let one = |compression: u32, bytes: &[u8]| {
        let mut out = grey(&[(259, SHORT, 1, compression), (279, LONG, 1, bytes.len() as u32)]);
        out.truncate(out.len() - 64);
        out.extend(bytes);
        out
    };
    vec![
        bad("16 MB behind a small size", small),
        bad("PackBits that run over", one(32_773, &packbits)),
        bad("LZW of noise", one(5, &lzw)),
        bad("fax of noise", one(4, &lzw)),
    ]
}

pub fn all() -> Vec<Bad> {
    let hurt: Vec<Bad> = valid().into_iter().flat_map(|(what, bytes)| damage::all(&format!("tiff {what}"), &bytes)).collect();
    [directories(), sizes(), strips(), bombs(), hurt].concat()
}
