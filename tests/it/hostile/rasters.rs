//! GIF89a, and BMP of every header and compression.

use super::{Bad, bad, damage};
use crate::kit::{self, GifFrame};

// ----------------------------------------------------------------------------------------------------------------- GIF

fn screen(width: u16, height: u16) -> Vec<u8> {
    kit::gif_start(width, height, &[[9, 8, 7], [200, 30, 40]])
}

fn image(left: u16, top: u16, width: u16, height: u16, data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x2c];
    out.extend([left, top, width, height].map(u16::to_le_bytes).concat());
    out.push(0);
    out.extend(data);
    out
}

/// Code size, then sub-blocks.
fn coded(code_size: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![code_size];
    for block in bytes.chunks(255) {
        out.push(block.len() as u8);
        out.extend(block);
    }
    out.push(0);
    out
}

fn one(code_size: u8, bytes: &[u8]) -> Vec<u8> {
    [screen(6, 5), image(0, 0, 6, 5, &coded(code_size, bytes)), vec![0x3b]].concat()
}

pub fn valid_gifs() -> Vec<Bad> {
    let frame = GifFrame { left: 1, top: 1, width: 3, height: 2, transparent: Some(1), pixels: vec![0, 1, 0, 1, 0, 0] };
    vec![
        bad("still", one(8, &kit::lzw(&[1; 30]))),
        bad("animated", kit::animated_gif([[255, 0, 0], [0, 255, 0], [0, 0, 255]])),
        bad("a part of the canvas", kit::gif(6, 5, &[[1, 2, 3], [4, 5, 6]], &[frame])),
    ]
}

pub fn gifs() -> Vec<Bad> {
    let pixel = coded(8, &[0, 1, 4, 4]);
    let frames = |all: &[Vec<u8>]| [screen(6, 5), all.concat(), vec![0x3b]].concat();
    let mut out = vec![
        bad("100000 frames", kit::endless_gif(100_000)),
        bad("10001 frames", kit::endless_gif(10_001)),
        bad("a screen of 65500", kit::giant_gif(65_500, 65_500)),
        bad("a screen of nothing", [screen(0, 0), image(0, 0, 1, 1, &pixel), vec![0x3b]].concat()),
        bad("no frame", [screen(6, 5), vec![0x3b]].concat()),
        bad("a frame of nothing", frames(&[image(0, 0, 0, 0, &pixel)])),
        bad("a hundred frames of nothing", frames(&vec![image(0, 0, 0, 0, &coded(8, &[])); 100])),
        bad("a frame of 65500", frames(&[image(0, 0, 65_500, 65_500, &pixel)])),
        bad("a frame outside", frames(&[image(60_000, 60_000, 6, 5, &pixel)])),
        bad("a frame across the edge", frames(&[image(5, 4, 6, 5, &coded(8, &kit::lzw(&[1; 30])))])),
        bad("codes that are cut", frames(&[image(0, 0, 6, 5, &[8, 255, 1, 2, 3])])),
        bad("too few pixels", one(8, &kit::lzw(&[1; 3]))),
        bad("too many pixels", one(8, &kit::lzw(&[1; 100_000]))),
        bad("no end code", one(8, &[0, 1])),
        bad("codes of ones", one(8, &[0xff; 9_000])),
        bad("codes of zeros", one(8, &[0; 9_000])),
        bad("clear codes only", one(8, &[0, 1, 2, 4, 8, 16, 32, 64, 128].repeat(999))),
        bad("no trailer", screen(6, 5)),
        bad("no colours", [b"GIF89a\x06\0\x05\0\0\0\0".to_vec(), image(0, 0, 6, 5, &pixel), vec![0x3b]].concat()),
        bad(
            "a local table that is cut",
            [b"GIF89a\x06\0\x05\0\0\0\0".to_vec(), vec![0x2c, 0, 0, 0, 0, 6, 0, 5, 0, 0x87, 1, 2, 3]].concat(),
        ),
        bad("an endless extension", [screen(6, 5), vec![0x21, 0xfe], [&[255][..], &[7; 255]].concat().repeat(4_000)].concat()),
        bad(
            "ten thousand extensions",
            [screen(6, 5), [0x21, 0xf9, 4, 9, 0, 0, 200, 0].repeat(10_000), image(0, 0, 1, 1, &pixel), vec![0x3b]].concat(),
        ),
        bad("a control of no length", [screen(6, 5), vec![0x21, 0xf9, 0], image(0, 0, 1, 1, &pixel), vec![0x3b]].concat()),
        bad("an unknown block", [screen(6, 5), vec![0x77; 50]].concat()),
        bad("GIF87a with extensions", [b"GIF87a".to_vec(), screen(6, 5)[6..].to_vec(), image(0, 0, 1, 1, &pixel)].concat()),
        bad("a GIF that is a script", b"GIF89a/*\x00\x00\x00\x00*/=1;alert(1)//".to_vec()),
    ];
    for size in [0, 1, 9, 11, 12, 13, 64, 255] {
        out.push(bad(format!("code size {size}"), one(size, &[0x55; 300])));
    }
    let hurt = valid_gifs().into_iter().flat_map(|(what, bytes)| damage::all(&format!("gif {what}"), &bytes));
    out.extend(hurt);
    out
}

// ----------------------------------------------------------------------------------------------------------------- BMP

#[derive(Clone, Copy)]
struct Bmp {
    header: u32,
    width: i32,
    height: i32,
    planes: u16,
    bits: u16,
    compression: u32,
    colours: u32,
    offset: u32,
    masks: [u32; 4],
}

const BMP: Bmp = Bmp { header: 40, width: 6, height: 5, planes: 1, bits: 24, compression: 0, colours: 0, offset: 0, masks: [0; 4] };

impl Bmp {
    fn bytes(self, pixels: &[u8]) -> Vec<u8> {
        let mut info = self.header.to_le_bytes().to_vec();
        if self.header == 12 {
            info.extend([self.width as u16, self.height as u16, self.planes, self.bits].map(u16::to_le_bytes).concat());
        } else {
            info.extend([self.width, self.height].map(i32::to_le_bytes).concat());
            info.extend([self.planes, self.bits].map(u16::to_le_bytes).concat());
            info.extend([self.compression, 0, 2835, 2835, self.colours, 0].map(u32::to_le_bytes).concat());
            info.extend(self.masks.map(u32::to_le_bytes).concat());
        }
        info.resize(self.header as usize, 0);
        // Masks stand behind a header of 40 bytes.
        if self.header == 40 && [3, 6].contains(&self.compression) {
            info.extend(self.masks.map(u32::to_le_bytes).concat());
        }
        let palette = if self.bits <= 8 { 1usize << self.bits.min(8) } else { 0 };
        info.extend((0..palette).flat_map(|i| if self.header == 12 { vec![i as u8, 9, 9] } else { vec![i as u8, 9, 9, 0] }));
        let offset = if self.offset == 0 { 14 + info.len() as u32 } else { self.offset };
        let size = 14 + info.len() as u32 + pixels.len() as u32;
        [&b"BM"[..], &size.to_le_bytes(), &[0; 4], &offset.to_le_bytes(), &info, pixels].concat()
    }
}

pub fn valid_bmps() -> Vec<Bad> {
    let rle = [2u8, 1, 0, 4, 5, 6, 7, 8, 0, 0, 0, 2, 1, 1, 3, 2, 0, 1];
    vec![
        bad("24 bits", BMP.bytes(&[7; 100])),
        bad("8 bits", Bmp { bits: 8, ..BMP }.bytes(&[3; 40])),
        bad("1 bit of the oldest header", Bmp { header: 12, bits: 1, ..BMP }.bytes(&[0x55; 20])),
        bad(
            "32 bits with alpha",
            Bmp { header: 108, bits: 32, compression: 3, masks: [0xff_0000, 0xff00, 0xff, 0xff00_0000], ..BMP }.bytes(&[9; 120]),
        ),
        bad("16 bits", Bmp { bits: 16, compression: 3, masks: [0xf800, 0x7e0, 0x1f, 0], ..BMP }.bytes(&[9; 60])),
        bad("RLE8", Bmp { bits: 8, compression: 1, ..BMP }.bytes(&rle)),
        bad("RLE4", Bmp { bits: 4, compression: 2, ..BMP }.bytes(&[[6u8, 0x12, 0, 0].repeat(5), vec![0, 1]].concat())),
        bad("from top to bottom", Bmp { height: -5, ..BMP }.bytes(&[7; 100])),
    ]
}

fn bmp_headers() -> Vec<Bad> {
    let mut out = vec![];
    for header in [12, 16, 40, 52, 56, 64, 108, 124, 13, 41, 200, 0, u16::MAX as u32] {
        for bits in [1, 4, 8, 16, 24, 32] {
            if header < 200 || bits == 24 {
                out.push(bad(format!("header {header}, {bits} bits"), Bmp { header, bits, ..BMP }.bytes(&[5; 200])));
            }
        }
    }
    for (width, height) in
        [(0, 0), (0, 5), (-6, 5), (i32::MAX, i32::MAX), (i32::MIN, i32::MIN), (6, i32::MIN), (30_000, 30_000), (7_000, 8_000), (32_767, -1)]
    {
        out.push(bad(format!("{width}x{height}"), Bmp { width, height, ..BMP }.bytes(&[5; 200])));
    }
    for bits in [0, 2, 3, 12, 48, 64, 65_535] {
        out.push(bad(format!("{bits} bits"), Bmp { bits, ..BMP }.bytes(&[5; 200])));
    }
    for compression in [1, 2, 3, 4, 5, 6, 11, 12, 13, u32::MAX] {
        for bits in [4, 8, 24, 32] {
            out.push(bad(format!("compression {compression} of {bits} bits"), Bmp { bits, compression, ..BMP }.bytes(&[5; 200])));
        }
    }
    out
}

fn bmp_pixels() -> Vec<Bad> {
    let rle8 = |bytes: &[u8]| Bmp { bits: 8, compression: 1, ..BMP }.bytes(bytes);
    let rle4 = |bytes: &[u8]| Bmp { bits: 4, compression: 2, ..BMP }.bytes(bytes);
    let masks = |masks: [u32; 4], bits: u16| Bmp { header: 124, bits, compression: 3, masks, ..BMP }.bytes(&[0x5a; 200]);
    vec![
        bad("RLE8 past the row", rle8(&[255, 7, 255, 8, 0, 1])),
        bad("RLE8 past the picture", rle8(&[6, 7, 0, 0].repeat(99))),
        bad("RLE8 that never ends", rle8(&[6, 7].repeat(9_000))),
        bad("RLE8 with jumps outside", rle8(&[0, 2, 255, 255, 6, 7, 0, 2, 255, 255, 1, 1])),
        bad("RLE8 with a run that is cut", rle8(&[0, 255, 1, 2, 3])),
        bad("RLE8 of ends of lines", rle8(&[0, 0].repeat(9_000))),
        bad("RLE8 of nothing", rle8(&[])),
        bad("RLE4 past the row", rle4(&[255, 0x77, 255, 0x88, 0, 1])),
        bad("RLE4 with jumps outside", rle4(&[0, 2, 255, 255, 6, 7, 0, 1])),
        bad("RLE4 with a run that is cut", rle4(&[0, 254, 1, 2, 3])),
        bad("a giant RLE8 of few bytes", Bmp { bits: 8, compression: 1, width: 7_000, height: 8_000, ..BMP }.bytes(&[0, 1])),
        bad("masks of nothing", masks([0; 4], 32)),
        bad("masks that overlap", masks([u32::MAX; 4], 32)),
        bad("masks with holes", masks([0x5555_5555, 0xaaaa_aaaa, 0xff, 0xf0f0], 16)),
        bad("pixels at the end of the address space", Bmp { offset: u32::MAX, ..BMP }.bytes(&[7; 100])),
        bad("pixels in the header", Bmp { offset: 1, ..BMP }.bytes(&[7; 100])),
        bad("4 billion colours", Bmp { bits: 8, colours: u32::MAX, ..BMP }.bytes(&[3; 40])),
        bad("a palette of one colour", Bmp { bits: 8, colours: 1, ..BMP }.bytes(&[255; 40])),
        bad("no planes", Bmp { planes: 0, ..BMP }.bytes(&[7; 100])),
        bad("no pixels", BMP.bytes(&[])),
        bad("half of the pixels", BMP.bytes(&[7; 40])),
    ]
}

pub fn bmps() -> Vec<Bad> {
    let hurt: Vec<Bad> = valid_bmps().into_iter().flat_map(|(what, bytes)| damage::all(&format!("bmp {what}"), &bytes)).collect();
    [bmp_headers(), bmp_pixels(), hurt].concat()
}
