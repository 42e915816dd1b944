//! JPEG (ITU-T T.81), JFIF, Adobe's inks, ICC and EXIF segments.

use super::{Bad, bad, damage, tiffs};
use crate::kit;

fn plain() -> Vec<u8> {
    kit::jpeg(&kit::marker(32, 24), 85)
}

/// A marker segment.
fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    [&[0xff, marker][..], &(body.len() as u16 + 2).to_be_bytes(), body].concat()
}

/// The file with segments behind its start.
fn with(segments: &[Vec<u8>]) -> Vec<u8> {
    let file = plain();
    [&file[..2], &segments.concat(), &file[2..]].concat()
}

/// Where the segment of a marker begins.
fn at(file: &[u8], marker: u8) -> usize {
    file.windows(2).position(|w| w == [0xff, marker]).expect("the marker")
}

/// The plain file changed by `change`, which gets the place of a marker.
fn changed(marker: u8, change: impl FnOnce(&mut Vec<u8>, usize)) -> Vec<u8> {
    let mut file = plain();
    let place = at(&file, marker);
    change(&mut file, place);
    file
}

fn without(marker: u8) -> Vec<u8> {
    changed(marker, |file, at| {
        let length = usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]]));
        file.drain(at..at + 2 + length);
    })
}

fn length(marker: u8, value: u16) -> Vec<u8> {
    changed(marker, |file, at| file[at + 2..at + 4].copy_from_slice(&value.to_be_bytes()))
}

pub fn valid() -> Vec<Bad> {
    let picture = kit::marker(32, 24);
    vec![
        bad("rgb", plain()),
        bad("grey", kit::grey_jpeg(&picture)),
        bad("progressive", kit::progressive_jpeg(&picture)),
        bad("inks", kit::plain_ink_jpeg()),
        bad("YCCK", kit::ink_jpeg(true, None)),
        bad("with profile", kit::jpeg_with_icc(&picture, &kit::display_p3())),
        bad("turned", kit::jpeg_with_orientation(&picture, 6)),
    ]
}

fn sizes() -> Vec<Bad> {
    let mut out = vec![];
    for (w, h) in [(0, 0), (0, 24), (32, 0), (65_500, 65_500), (65_535, 1), (1, 65_535), (30_000, 2_000), (4_000, 3_000)] {
        out.push(bad(format!("{w}x{h} in the frame"), kit::giant_jpeg(w, h)));
    }
    for components in [0u8, 2, 3, 4, 5, 255] {
        out.push(bad(format!("{components} components"), changed(0xc0, |f, at| f[at + 9] = components)));
    }
    for precision in [0u8, 1, 12, 16, 255] {
        out.push(bad(format!("{precision} bits"), changed(0xc0, |f, at| f[at + 4] = precision)));
    }
    for sampling in [0x00u8, 0x01, 0x10, 0x44, 0xff, 0x31, 0x13] {
        out.push(bad(format!("sampling {sampling:#x}"), changed(0xc0, |f, at| f[at + 11] = sampling)));
    }
    for kind in [0xc1u8, 0xc3, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xcd, 0xcf] {
        out.push(bad(format!("a frame of kind {kind:#x}"), changed(0xc0, |f, at| f[at + 1] = kind)));
    }
    out
}

fn tables() -> Vec<Bad> {
    let huffman = |counts: [u8; 16], symbols: usize| segment(0xc4, &[&[0u8][..], &counts, &vec![0xff; symbols]].concat());
    vec![
        bad("no quantisation", without(0xdb)),
        bad("no codes", without(0xc4)),
        bad("no frame", without(0xc0)),
        bad("no scan", without(0xda)),
        bad("quantisation by zero", changed(0xdb, |f, at| f[at + 5..at + 69].fill(0))),
        bad("quantisation table 15", changed(0xdb, |f, at| f[at + 4] = 0xff)),
        bad("a table class of 9", changed(0xc4, |f, at| f[at + 4] = 0x9f)),
        bad("more codes than lengths allow", with(&[huffman([255; 16], 4080)])),
        bad("codes without symbols", with(&[huffman([1; 16], 0)])),
        bad("no code at all", with(&[huffman([0; 16], 0)])),
        bad("a code of sixteen bits only", with(&[huffman([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9], 9)])),
        bad("symbols set to ones", changed(0xc4, |f, at| f[at + 21..at + 33].fill(0xff))),
        bad("a scan of 9 components", changed(0xda, |f, at| f[at + 4] = 9)),
        bad("a scan of unknown components", changed(0xda, |f, at| f[at + 5] = 77)),
        bad("a scan of unknown tables", changed(0xda, |f, at| f[at + 6] = 0xff)),
        bad("a spectral selection backwards", changed(0xda, |f, at| f[at + 11..at + 14].copy_from_slice(&[63, 0, 0xff]))),
        bad("the same component three times", changed(0xc0, |f, at| (f[at + 13], f[at + 16]) = (f[at + 10], f[at + 10]))),
        bad("two frames", {
            let file = plain();
            let frame = at(&file, 0xc0);
            let body = file[frame + 4..frame + 2 + 17].to_vec();
            let mut other = body.clone();
            other[1..5].copy_from_slice(&[0x10, 0, 0x10, 0]);
            [&file[..2], &segment(0xc0, &body), &segment(0xc0, &other), &file[2..]].concat()
        }),
    ]
}

fn lengths() -> Vec<Bad> {
    let mut out = vec![];
    for marker in [0xdbu8, 0xc0, 0xc4, 0xda] {
        for value in [0u16, 1, 2, 3, 65_535] {
            out.push(bad(format!("length {value} of {marker:#x}"), length(marker, value)));
        }
    }
    let file = plain();
    out.push(bad("start and end", vec![0xff, 0xd8, 0xff, 0xd9]));
    out.push(bad("start and ones", [vec![0xff, 0xd8], vec![0xff; 100_000]].concat()));
    out.push(bad("a doubled start", kit::doubled_soi(&file)));
    out.push(bad("a start nine times", [[0xff, 0xd8].repeat(9), file[2..].to_vec()].concat()));
    out.push(bad("padding between segments", [&file[..2], &[0xff; 5000], &file[3..]].concat()));
    out.push(bad("garbage between segments", [&file[..2], &[0x42; 5000], &file[2..]].concat()));
    out.push(bad("no end", file[..file.len() - 2].to_vec()));
    out.push(bad("an end at once", [&file[..2], &[0xff, 0xd9], &file[2..]].concat()));
    out
}

fn scans() -> Vec<Bad> {
    let file = plain();
    let pixels = at(&file, 0xda) + 14;
    let scan = |bytes: Vec<u8>| [&file[..pixels], &bytes, &[0xff, 0xd9]].concat();
    let restart = |every: u16| with(&[segment(0xdd, &every.to_be_bytes())]);
    let progressive = kit::progressive_jpeg(&kit::marker(32, 24));
    let first = at(&progressive, 0xda);
    let again = progressive[first..progressive.len() - 2].to_vec();
    vec![
        bad("an empty scan", scan(vec![])),
        bad("a scan of zeros", scan(vec![0; 5000])),
        bad("a scan of ones", scan([0xff, 0].repeat(5000))),
        bad("a scan of restarts", scan([0xff, 0xd0].repeat(2000))),
        bad("restarts out of order", scan([0xff, 0xd7, 0x12, 0xff, 0xd1].repeat(500))),
        bad("restarts after each block that never come", restart(1)),
        bad("restarts after 65535 blocks", restart(65_535)),
        bad("a restart interval of one byte", with(&[segment(0xdd, &[1])])),
        bad("a number of lines", with(&[segment(0xdc, &[0xff, 0xff])])),
        bad("hundreds of scans", [&progressive[..progressive.len() - 2], &again.repeat(200), &[0xff, 0xd9]].concat()),
        bad("a progressive file without its last scans", [&progressive[..first + (again.len() / 2)], &[0xff, 0xd9]].concat()),
        bad("arithmetic coding", with(&[segment(0xcc, &[0, 0x55])])),
        bad("a thumbnail's end in the scan", scan([&file[pixels..file.len() - 20], &[0xff, 0xd9][..]].concat())),
    ]
}

fn metadata() -> Vec<Bad> {
    let exif = |block: Vec<u8>| with(&[segment(0xe1, &[b"Exif\0\0".to_vec(), block].concat())]);
    let icc = |parts: &[(u8, u8, Vec<u8>)]| {
        let segments: Vec<Vec<u8>> =
            parts.iter().map(|(i, n, b)| segment(0xe2, &[b"ICC_PROFILE\0".to_vec(), vec![*i, *n], b.clone()].concat())).collect();
        with(&segments)
    };
    let profile = kit::display_p3();
    let (a, b) = profile.split_at(profile.len() / 2);
    let adobe = |transform: u8| with(&[segment(0xee, &[b"Adobe\0\x64\0\0\0\0".to_vec(), vec![transform]].concat())]);
    let mut grown = profile.clone();
    grown[..4].copy_from_slice(&u32::MAX.to_be_bytes());
    let mut tags = profile.clone();
    tags[128..132].copy_from_slice(&u32::MAX.to_be_bytes());
    vec![
        bad("an EXIF that points at itself", exif(tiffs::looping())),
        bad("an EXIF that points outside", exif(tiffs::far_offsets())),
        bad("an EXIF of 65535 entries", exif(tiffs::crowded())),
        bad("an EXIF of nothing", exif(vec![])),
        bad("an EXIF of ones", exif(vec![0xff; 60_000])),
        bad("a thumbnail that is a picture bomb", exif(kit::exif(6, Some(&kit::giant_jpeg(65_500, 65_500))))),
        bad("two EXIFs", with(&[6, 8].map(|o| segment(0xe1, &[b"Exif\0\0".to_vec(), kit::exif(o, None)].concat())))),
        bad(
            "XMP with entities",
            with(&[segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0".to_vec(), super::strangers::LAUGHS.as_bytes().to_vec()].concat())]),
        ),
        bad("a profile out of order", icc(&[(2, 2, b.to_vec()), (1, 2, a.to_vec())])),
        bad("a profile's part twice", icc(&[(1, 2, a.to_vec()), (1, 2, a.to_vec())])),
        bad("a profile's part missing", icc(&[(2, 2, b.to_vec())])),
        bad("a profile in part 0 of 0", icc(&[(0, 0, a.to_vec())])),
        bad("a profile in part 255 of 1", icc(&[(255, 1, a.to_vec())])),
        bad("a profile of 255 parts of 60 kB", icc(&(1..=255).map(|i| (i, 255, vec![7; 60_000])).collect::<Vec<_>>())),
        bad("a profile that states 4 GB", icc(&[(1, 1, grown)])),
        bad("a profile of 4 billion tags", icc(&[(1, 1, tags)])),
        bad("a profile of inks", icc(&[(1, 1, kit::press())])),
        bad("an empty APP2", with(&[segment(0xe2, b"ICC_PROFILE\0")])),
        bad("Adobe's transform 0", adobe(0)),
        bad("Adobe's transform 2 for three channels", adobe(2)),
        bad("Adobe's transform 255", adobe(255)),
        bad("a short Adobe", with(&[segment(0xee, b"Adobe")])),
        bad("a comment of 65533 bytes, a thousand times", with(&vec![segment(0xfe, &[0xff; 65_000]); 100])),
    ]
}

fn inks() -> Vec<Bad> {
    let ycck = kit::ink_jpeg(true, Some(&kit::press()));
    let mut grey = kit::grey_jpeg(&kit::marker(32, 24));
    let place = at(&grey, 0xc0);
    grey[place + 9] = 4;
    [vec![bad("grey that states four channels", grey)], damage::flips("YCCK", &ycck, 4), damage::cuts("inks", &kit::plain_ink_jpeg())]
        .concat()
}

pub fn all() -> Vec<Bad> {
    let hurt = [damage::all("jpeg", &plain()), damage::all("progressive", &kit::progressive_jpeg(&kit::marker(32, 24)))].concat();
    [sizes(), tables(), lengths(), scans(), metadata(), inks(), hurt].concat()
}
