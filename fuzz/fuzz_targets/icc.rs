//! Colour profiles in files of every colour model: applied, or left out aloud.
#![no_main]

use std::sync::LazyLock;

use jpeg_encoder::{ColorType, Encoder};
use libfuzzer_sys::fuzz_target;

const SIDE: usize = 8;

/// Files without a profile: JPEG of one, three and four channels, PNG of sixteen bits.
static FILES: LazyLock<[Vec<u8>; 5]> = LazyLock::new(|| {
    [jpeg(ColorType::Luma, 1), jpeg(ColorType::Rgb, 3), jpeg(ColorType::Cmyk, 4), deep_png(0, 1), deep_png(2, 3)]
});

fn ramp(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|i| (i * 37) as u8).collect()
}

fn jpeg(colour: ColorType, channels: usize) -> Vec<u8> {
    let mut out = Vec::new();
    Encoder::new(&mut out, 90).encode(&ramp(SIDE * SIDE * channels), SIDE as u16, SIDE as u16, colour).expect("a JPEG");
    out
}

/// PNG of sixteen bits with stored blocks. Checksums are zero: instrumented decoders do not look at them.
fn deep_png(colour: u8, channels: usize) -> Vec<u8> {
    let rows: Vec<u8> = ramp(SIDE * SIDE * channels * 2).chunks(SIDE * channels * 2).flat_map(|row| [&[0], row].concat()).collect();
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut out, b"IHDR", &[0, 0, 0, SIDE as u8, 0, 0, 0, SIDE as u8, 16, colour, 0, 0, 0]);
    chunk(&mut out, b"IDAT", &stored(&rows));
    chunk(&mut out, b"IEND", &[]);
    out
}

fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut blocks = bytes.chunks(65_535).peekable();
    while let Some(block) = blocks.next() {
        out.push(u8::from(blocks.peek().is_none()));
        out.extend((block.len() as u16).to_le_bytes());
        out.extend((!(block.len() as u16)).to_le_bytes());
        out.extend(block);
    }
    let (a, b) = bytes.iter().fold((1u32, 0u32), |(a, b), &v| ((a + u32::from(v)) % 65_521, (b + (a + u32::from(v)) % 65_521) % 65_521));
    out.extend((b << 16 | a).to_be_bytes());
    out
}

fn chunk(out: &mut Vec<u8>, kind: &[u8; 4], body: &[u8]) {
    out.extend((body.len() as u32).to_be_bytes());
    let start = out.len();
    out.extend(kind);
    out.extend(body);
    let crc = !out[start..].iter().fold(u32::MAX, |crc, &b| {
        (0..8).fold(crc ^ u32::from(b), |c, _| if c & 1 == 1 { c >> 1 ^ 0xedb8_8320 } else { c >> 1 })
    });
    out.extend(crc.to_be_bytes());
}

fn with_profile(file: &[u8], icc: &[u8]) -> Vec<u8> {
    if file.starts_with(b"\x89PNG") {
        let mut out = file[..33].to_vec();
        chunk(&mut out, b"iCCP", &[b"p\0\0".to_vec(), stored(icc)].concat());
        out.extend(&file[33..]);
        return out;
    }
    let icc = &icc[..icc.len().min(65_000)];
    let mut out = b"\xff\xd8\xff\xe2".to_vec();
    out.extend((icc.len() as u16 + 16).to_be_bytes());
    out.extend(b"ICC_PROFILE\0\x01\x01");
    out.extend(icc);
    out.extend(&file[2..]);
    out
}

fuzz_target!(init: portico_fuzz::prepare(), |data: &[u8]| {
    if data.is_empty() {
        return;
    }
    for file in FILES.iter() {
        portico_fuzz::check_file(&with_profile(file, data));
    }
});
