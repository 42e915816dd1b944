//! PNG and APNG (ISO/IEC 15948).

use super::{Bad, bad, damage};
use crate::kit::{self, Png, Rgb};

/// `length` equal bytes as DEFLATE (RFC 1951) in about a 158th of the room: one literal, then matches of 258 at distance 1 in fixed codes.
fn deflate_run(byte: u8, length: usize) -> Vec<u8> {
    let (mut out, mut held, mut bits) = (vec![], 0u32, 0u32);
    let mut put = |value: u32, count: u32, reversed: bool| {
        let value = if reversed { value.reverse_bits() >> (32 - count) } else { value };
        bits |= value << held;
        held += count;
        while held >= 8 {
            out.push(bits as u8);
            bits >>= 8;
            held -= 8;
        }
    };
    put(1, 1, false);
    put(1, 2, false);
    assert!(byte < 144, "literals of eight bits");
    put(0x30 + u32::from(byte), 8, true);
    for _ in 0..length / 258 {
        put(0xc5, 8, true);
        put(0, 5, true);
    }
    put(0, 7, true);
    put(0, 7, false);
    out
}

/// A zlib stream that becomes `length` bytes; its checksum is wrong, which is found at the end if at all.
fn bomb(length: usize) -> Vec<u8> {
    [vec![0x78, 0xda], deflate_run(7, length), vec![0; 4]].concat()
}

fn plain() -> Png {
    Png::rgb(&kit::marker(16, 12))
}

fn header(width: u32, height: u32, rest: [u8; 5]) -> Vec<u8> {
    [&width.to_be_bytes()[..], &height.to_be_bytes(), &rest].concat()
}

/// Signature and the given chunks.
fn chunks(all: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    all.iter().for_each(|(kind, body)| kit::chunk(&mut out, kind, body));
    out
}

/// The plain picture with its IHDR replaced.
fn with_header(body: Vec<u8>) -> Vec<u8> {
    chunks(&[(b"IHDR", body), (b"IDAT", kit::zlib(&plain().rows)), (b"IEND", vec![])])
}

/// The plain picture with the length of its IDAT replaced.
fn with_length(length: u32) -> Vec<u8> {
    let mut out = plain().bytes();
    let at = out.windows(4).position(|w| w == b"IDAT").expect("pixels");
    out[at - 4..at].copy_from_slice(&length.to_be_bytes());
    out
}

pub fn valid() -> Vec<Bad> {
    let picture = kit::marker(16, 12);
    vec![
        bad("rgb", plain().bytes()),
        bad("adam7", kit::adam7_png(&picture)),
        bad("palette with tRNS", kit::palette_png(9, 7, &[[1, 2, 3], [250, 9, 9]], &[0, 128], |x, y| ((x + y) % 2) as u8)),
        bad("one bit", kit::low_depth_png(&kit::strokes(33, 9), 1)),
        bad("sixteen bits", kit::deep_png(9, 7, kit::RGBA, |x, y| vec![(x * 7000) as u16, (y * 9000) as u16, 3, 40_000])),
        bad("apng", kit::apng([[255, 0, 0], [0, 255, 0], [0, 0, 255]])),
        bad("with EXIF and profile", plain().with_icc(&kit::display_p3()).with(b"eXIf", kit::exif(6, None)).bytes()),
    ]
}

fn headers() -> Vec<Bad> {
    let mut out = vec![];
    for (w, h) in [
        (0, 0),
        (0, 9),
        (9, 0),
        (65_500, 65_500),
        (30_000, 30_000),
        (i32::MAX as u32, 1),
        (1, u32::MAX),
        (u32::MAX, u32::MAX),
        (1 << 31, 1 << 31),
    ] {
        out.push(bad(format!("{w}x{h} in the header"), kit::giant_png(w, h)));
    }
    for (depth, colour) in [(0, 2), (3, 0), (4, 2), (1, 6), (16, 3), (32, 2), (255, 255), (8, 1), (8, 5), (8, 7), (2, 4)] {
        out.push(bad(format!("depth {depth} of colour type {colour}"), with_header(header(16, 12, [depth, colour, 0, 0, 0]))));
    }
    for rest in [[8, 2, 1, 0, 0], [8, 2, 0, 9, 0], [8, 2, 0, 0, 2], [8, 2, 255, 255, 255]] {
        out.push(bad(format!("methods {rest:?}"), with_header(header(16, 12, rest))));
    }
    let body = header(16, 12, [8, 2, 0, 0, 0]);
    out.push(bad("a short header", with_header(body[..12].to_vec())));
    out.push(bad("a long header", with_header([body.clone(), vec![0; 9]].concat())));
    out.push(bad("an empty header", with_header(vec![])));
    out.push(bad(
        "two headers",
        chunks(&[
            (b"IHDR", body.clone()),
            (b"IHDR", header(2, 2, [8, 2, 0, 0, 0])),
            (b"IDAT", kit::zlib(&plain().rows)),
            (b"IEND", vec![]),
        ]),
    ));
    out.push(bad("pixels before the header", chunks(&[(b"IDAT", kit::zlib(&plain().rows)), (b"IHDR", body.clone()), (b"IEND", vec![])])));
    out.push(bad("a size that is larger than the rows", with_header(header(160, 120, [8, 2, 0, 0, 0]))));
    out.push(bad("a size that is smaller than the rows", with_header(header(3, 2, [8, 2, 0, 0, 0]))));
    out.push(bad("interlaced by its header alone", with_header(header(16, 12, [8, 2, 0, 0, 1]))));
    out
}

fn pixels() -> Vec<Bad> {
    let body = header(16, 12, [8, 2, 0, 0, 0]);
    let around = |idat: Vec<u8>| chunks(&[(b"IHDR", body.clone()), (b"IDAT", idat), (b"IEND", vec![])]);
    let mut filters = plain();
    filters.rows.iter_mut().step_by(49).enumerate().for_each(|(i, filter)| *filter = i as u8 + 1);
    let mut torn = plain().bytes();
    let at = torn.windows(4).position(|w| w == b"IDAT").expect("pixels");
    torn[at + 20] ^= 0xff;
    let single: Vec<(&[u8; 4], Vec<u8>)> = std::iter::once((b"IHDR", body.clone()))
        .chain(kit::zlib(&plain().rows).into_iter().map(|byte| (b"IDAT", vec![byte])))
        .chain([(b"IEND", vec![])])
        .collect();
    vec![
        bad("no pixels", chunks(&[(b"IHDR", body.clone()), (b"IEND", vec![])])),
        bad("no end", chunks(&[(b"IHDR", body.clone()), (b"IDAT", kit::zlib(&plain().rows))])),
        bad("empty pixels", around(vec![])),
        bad("pixels that are no zlib", around(vec![0xff; 300])),
        bad("200 MB behind a small size", around(bomb(200_000_000))),
        bad("unknown filters", filters.bytes()),
        bad("a wrong checksum", torn),
        bad("a byte in each chunk", chunks(&single)),
        bad("a length of 4 GB", with_length(u32::MAX)),
        bad("a length of 2 GB", with_length(i32::MAX as u32)),
        bad("a length of nothing", with_length(0)),
        bad("another file behind the end", [plain().bytes(), b"PK\x03\x04<script>alert(1)</script>".to_vec()].concat()),
        bad("the signature alone", chunks(&[])),
        bad("ten thousand empty chunks", chunks(&vec![(b"tEXt", vec![]); 10_000])),
    ]
}

fn colours() -> Vec<Bad> {
    let indexed = |palette: Vec<u8>, trns: Option<Vec<u8>>| {
        let rows = (0..7).map(|y| (0..9).map(|x| (x * y) as u8).collect());
        let png = Png::new(9, 7, 8, kit::PALETTE, rows).with(b"PLTE", palette);
        trns.map_or(png.bytes(), |t| {
            Png::new(9, 7, 8, kit::PALETTE, (0..7).map(|_| vec![0; 9])).with(b"PLTE", vec![1; 6]).with(b"tRNS", t).bytes()
        })
    };
    vec![
        bad("indices over the palette", indexed(vec![1, 2, 3], None)),
        bad("a palette of four bytes", indexed(vec![1; 4], None)),
        bad("an empty palette", indexed(vec![], None)),
        bad("a palette of 300 colours", indexed(vec![9; 900], None)),
        bad("no palette", Png::new(9, 7, 8, kit::PALETTE, (0..7).map(|_| vec![0; 9])).bytes()),
        bad("more alphas than colours", indexed(vec![], Some(vec![3; 999]))),
        bad("a tRNS of one byte for RGB", plain().with(b"tRNS", vec![1]).bytes()),
        bad("a tRNS for RGBA", Png::rgba(2, 2, &[[1; 4]; 4]).with(b"tRNS", vec![0; 6]).bytes()),
        bad("a palette for grey", Png::new(3, 3, 8, kit::GREY, (0..3).map(|_| vec![0; 3])).with(b"PLTE", vec![1; 6]).bytes()),
        bad("gamma of nothing", plain().with(b"gAMA", vec![0; 4]).with(b"cHRM", vec![0xff; 32]).with(b"sBIT", vec![200; 3]).bytes()),
        bad("physical size of nothing", plain().with(b"pHYs", vec![0; 9]).with(b"bKGD", vec![]).with(b"hIST", vec![1; 3]).bytes()),
    ]
}

fn metadata() -> Vec<Bad> {
    let icc = |body: Vec<u8>| plain().with(b"iCCP", body).bytes();
    let text = |kind: &[u8; 4], head: &[u8]| plain().with(kind, [head, &bomb(200_000_000)].concat()).bytes();
    let mut many = plain();
    (0..3_000).for_each(|i| many.chunks.push((*b"zTXt", [format!("k{i}\0\0").into_bytes(), bomb(60_000)].concat())));
    vec![
        bad("a profile of 200 MB", icc([b"p\0\0".to_vec(), bomb(200_000_000)].concat())),
        bad("a profile that is no zlib", icc(b"p\0\0garbage".to_vec())),
        bad("a profile that is no profile", icc([b"p\0\0".to_vec(), kit::zlib(&[7; 400])].concat())),
        bad("a profile of nothing", icc(vec![])),
        bad("a profile without a name's end", icc(vec![b'a'; 200])),
        bad("a profile of inks", plain().with_icc(&kit::press()).bytes()),
        bad("two profiles", plain().with_icc(&kit::srgb()).with_icc(&kit::display_p3()).bytes()),
        bad("a zTXt of 200 MB", text(b"zTXt", b"Comment\0\0")),
        bad("an iTXt of 200 MB", text(b"iTXt", b"Comment\0\x01\0\0\0")),
        bad("thousands of zTXt of 60 kB", many.bytes()),
        bad("an EXIF that points at itself", plain().with(b"eXIf", super::tiffs::looping()).bytes()),
        bad("an EXIF that points outside", plain().with(b"eXIf", super::tiffs::far_offsets()).bytes()),
        bad("an EXIF of nothing", plain().with(b"eXIf", vec![]).bytes()),
        bad("orientation 0", plain().with(b"eXIf", kit::exif(0, None)).bytes()),
        bad("orientation 255", plain().with(b"eXIf", kit::exif(255, None)).bytes()),
    ]
}

fn animations() -> Vec<Bad> {
    let control = |w: u32, h: u32, x: u32, y: u32| [[0u32, w, h, x, y].map(u32::to_be_bytes).concat(), vec![0, 0, 0, 0, 0, 0]].concat();
    let frames = |n: u32| [n, 0].map(u32::to_be_bytes).concat();
    let with = |n: u32, fctl: Vec<u8>| plain().with(b"acTL", frames(n)).with(b"fcTL", fctl).bytes();
    vec![
        bad("no frames", with(0, control(16, 12, 0, 0))),
        bad("4 billion frames", with(u32::MAX, control(16, 12, 0, 0))),
        bad("10001 frames", with(10_001, control(16, 12, 0, 0))),
        bad("a giant frame", with(2, control(30_000, 30_000, 0, 0))),
        bad("a frame of nothing", with(2, control(0, 0, 0, 0))),
        bad("a frame outside", with(2, control(16, 12, u32::MAX, u32::MAX))),
        bad("a smaller first frame", with(2, control(3, 2, 1, 1))),
        bad("a short fcTL", with(2, vec![0; 5])),
        bad("a frame's data without a frame", plain().with(b"acTL", frames(2)).with(b"fdAT", vec![0; 3]).bytes()),
        bad("an empty acTL", plain().with(b"acTL", vec![]).bytes()),
    ]
}

pub fn all() -> Vec<Bad> {
    let small = Rgb::new(4, 3, |x, y| [(x * 60) as u8, (y * 80) as u8, 9]);
    let hurt = [damage::all("png", &plain().bytes()), damage::all("adam7", &kit::adam7_png(&small))].concat();
    [headers(), pixels(), colours(), metadata(), animations(), hurt].concat()
}
