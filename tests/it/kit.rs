//! Pictures made in code: every layout, orientation, colour model and fault that the tests need.
//!
//! PNG and GIF files are written here chunk by chunk, apart from the encoders that the product uses, so that a fault shared by an encoder and its
//! decoder does not hide.
#![allow(dead_code)]

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

/// Interleaved RGB8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rgb {
    pub width: u32,
    pub height: u32,
    pub pixels: Vec<[u8; 3]>,
}

impl Rgb {
    pub fn new(width: u32, height: u32, f: impl Fn(u32, u32) -> [u8; 3]) -> Rgb {
        Rgb { width, height, pixels: (0..width * height).map(|i| f(i % width, i / width)).collect() }
    }

    pub fn at(&self, x: u32, y: u32) -> [u8; 3] {
        self.pixels[(y * self.width + x) as usize]
    }

    pub fn bytes(&self) -> &[u8] {
        self.pixels.as_flattened()
    }
}

/// Grey with a red block top left, a green one top right and a blue one bottom left: no orientation looks like another.
pub fn marker(width: u32, height: u32) -> Rgb {
    let (bw, bh) = (width / 4, height / 4);
    Rgb::new(width, height, |x, y| match (x < bw, x >= width - bw, y < bh, y >= height - bh) {
        (true, _, true, _) => [220, 20, 20],
        (_, true, true, _) => [20, 200, 20],
        (true, _, _, true) => [20, 20, 220],
        _ => [128, 128, 128],
    })
}

/// Black strokes on white: survives a depth of one bit.
pub fn strokes(width: u32, height: u32) -> Rgb {
    Rgb::new(width, height, |x, y| {
        let (u, v) = (x % 24, y % 20);
        let ink = (v > 3 && v < 16) && ((4..7).contains(&u) || ((9..12).contains(&v) && (4..18).contains(&u)));
        if ink { [0; 3] } else { [255; 3] }
    })
}

/// Grey and white squares, as painted by programs that fake transparency.
pub fn chequer(width: u32, height: u32, square: u32) -> Rgb {
    Rgb::new(width, height, |x, y| if (x / square + y / square).is_multiple_of(2) { [255; 3] } else { [204; 3] })
}

// ---------------------------------------------------------------------------------------------------------------- JPEG

pub fn jpeg(picture: &Rgb, quality: u8) -> Vec<u8> {
    jpeg_with(picture, quality, |_| {})
}

pub fn jpeg_with(picture: &Rgb, quality: u8, prepare: impl FnOnce(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, quality);
    encoder.set_sampling_factor(SamplingFactor::R_4_4_4);
    prepare(&mut encoder);
    encoder.encode(picture.bytes(), picture.width as u16, picture.height as u16, ColorType::Rgb).unwrap();
    out
}

pub fn grey_jpeg(picture: &Rgb) -> Vec<u8> {
    let grey: Vec<u8> = picture.pixels.iter().map(|p| p[1]).collect();
    let mut out = Vec::new();
    Encoder::new(&mut out, 95).encode(&grey, picture.width as u16, picture.height as u16, ColorType::Luma).unwrap();
    out
}

pub fn progressive_jpeg(picture: &Rgb) -> Vec<u8> {
    jpeg_with(picture, 95, |e| e.set_progressive(true))
}

pub fn jpeg_with_icc(picture: &Rgb, icc: &[u8]) -> Vec<u8> {
    jpeg_with(picture, 98, |e| e.add_icc_profile(icc).unwrap())
}

/// A JPEG that is *displayed* as `shown`: stored turned, with the EXIF orientation (1..=8) that turns it back.
pub fn jpeg_with_orientation(shown: &Rgb, orientation: u8) -> Vec<u8> {
    let mut block = b"Exif\0\0".to_vec();
    block.extend(exif(orientation, None));
    jpeg_with(&stored_for(shown, orientation), 95, |e| e.add_app_segment(1, block).unwrap())
}

/// The stored pixels whose display under `orientation` is `shown`.
pub fn stored_for(shown: &Rgb, orientation: u8) -> Rgb {
    let (w, h) = (shown.width, shown.height);
    let (sw, sh) = if orientation >= 5 { (h, w) } else { (w, h) };
    Rgb::new(sw, sh, |x, y| match orientation {
        2 => shown.at(w - 1 - x, y),
        3 => shown.at(w - 1 - x, h - 1 - y),
        4 => shown.at(x, h - 1 - y),
        5 => shown.at(y, x),
        6 => shown.at(w - 1 - y, x),
        7 => shown.at(w - 1 - y, h - 1 - x),
        8 => shown.at(y, h - 1 - x),
        _ => shown.at(x, y),
    })
}

/// Red, green, blue and white patches as inks: (label, CMYK, the sRGB that it should look like).
pub const INKS: [(&str, [u8; 4], [u8; 3]); 5] = [
    ("red", [0, 255, 255, 0], [255, 0, 0]),
    ("green", [255, 0, 255, 0], [0, 255, 0]),
    ("blue", [255, 255, 0, 0], [0, 0, 255]),
    ("white", [0, 0, 0, 0], [255, 255, 255]),
    ("black", [0, 0, 0, 255], [0, 0, 0]),
];

/// Vertical stripes of [`INKS`], 16 pixels wide; `ycck` or plain CMYK, both inverted as Adobe does.
pub fn ink_jpeg(ycck: bool, icc: Option<&[u8]>) -> Vec<u8> {
    let width = 16 * INKS.len();
    let pixels: Vec<u8> = (0..width * 16).flat_map(|i| INKS[i % width / 16].1).collect();
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, 98);
    encoder.set_sampling_factor(SamplingFactor::R_4_4_4);
    if let Some(icc) = icc {
        encoder.add_icc_profile(icc).unwrap();
    }
    encoder.encode(&pixels, width as u16, 16, if ycck { ColorType::CmykAsYcck } else { ColorType::Cmyk }).unwrap();
    out
}

/// Without Adobe's marker, values are ink as they are.
pub fn plain_ink_jpeg() -> Vec<u8> {
    let width = 16 * INKS.len();
    let pixels: Vec<u8> = (0..width * 16).flat_map(|i| INKS[i % width / 16].1.map(|v| 255 - v)).collect();
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, 98);
    encoder.set_sampling_factor(SamplingFactor::R_4_4_4);
    encoder.encode(&pixels, width as u16, 16, ColorType::Cmyk).unwrap();
    let at = out.windows(5).position(|w| w == b"Adobe").expect("the encoder writes Adobe's marker");
    let length = usize::from(u16::from_be_bytes([out[at - 2], out[at - 1]]));
    out.drain(at - 4..at - 2 + length);
    out
}

/// Start marker twice, as some cameras write.
pub fn doubled_soi(jpeg: &[u8]) -> Vec<u8> {
    [&[0xff, 0xd8], jpeg].concat()
}

/// A few hundred bytes that claim `width`×`height`.
pub fn giant_jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut out = jpeg(&Rgb::new(8, 8, |_, _| [7; 3]), 50);
    let at = out.windows(2).position(|w| w == [0xff, 0xc0]).expect("a baseline frame");
    out[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
    out[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
    out
}

// ----------------------------------------------------------------------------------------------------------------- PNG

/// Colour types of PNG.
pub const GREY: u8 = 0;
pub const RGB: u8 = 2;
pub const PALETTE: u8 = 3;
pub const GREY_ALPHA: u8 = 4;
pub const RGBA: u8 = 6;

pub struct Png {
    pub width: u32,
    pub height: u32,
    pub depth: u8,
    pub colour: u8,
    pub interlaced: bool,
    /// Between IHDR and the pixels.
    pub chunks: Vec<([u8; 4], Vec<u8>)>,
    /// Filtered rows (of all passes), not yet compressed.
    pub rows: Vec<u8>,
}

impl Png {
    /// `rows`: packed bytes of each row.
    pub fn new(width: u32, height: u32, depth: u8, colour: u8, rows: impl Iterator<Item = Vec<u8>>) -> Png {
        let rows = rows.flat_map(|row| [vec![0], row].concat()).collect();
        Png { width, height, depth, colour, interlaced: false, chunks: vec![], rows }
    }

    pub fn rgb(picture: &Rgb) -> Png {
        let rows = picture.pixels.chunks(picture.width as usize).map(|r| r.as_flattened().to_vec());
        Png::new(picture.width, picture.height, 8, RGB, rows)
    }

    pub fn rgba(width: u32, height: u32, pixels: &[[u8; 4]]) -> Png {
        Png::new(width, height, 8, RGBA, pixels.chunks(width as usize).map(|r| r.as_flattened().to_vec()))
    }

    pub fn with(mut self, kind: &[u8; 4], body: impl Into<Vec<u8>>) -> Png {
        self.chunks.push((*kind, body.into()));
        self
    }

    pub fn with_icc(self, icc: &[u8]) -> Png {
        self.with(b"iCCP", [b"profile\0\0".to_vec(), zlib(icc)].concat())
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
        let size = [self.width.to_be_bytes(), self.height.to_be_bytes()].concat();
        chunk(&mut out, b"IHDR", &[size, vec![self.depth, self.colour, 0, 0, u8::from(self.interlaced)]].concat());
        for (kind, body) in &self.chunks {
            chunk(&mut out, kind, body);
        }
        chunk(&mut out, b"IDAT", &zlib(&self.rows));
        chunk(&mut out, b"IEND", &[]);
        out
    }
}

/// The picture in the seven passes of Adam7.
pub fn adam7_png(picture: &Rgb) -> Vec<u8> {
    let mut rows = Vec::new();
    for (x0, y0, dx, dy) in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)] {
        for y in (y0..picture.height).step_by(dy) {
            rows.push(0);
            rows.extend((x0..picture.width).step_by(dx).flat_map(|x| picture.at(x, y)));
        }
    }
    Png { interlaced: true, rows, ..Png::rgb(picture) }.bytes()
}

/// Palette picture; `alpha` per palette entry becomes tRNS.
pub fn palette_png(width: u32, height: u32, palette: &[[u8; 3]], alpha: &[u8], index: impl Fn(u32, u32) -> u8) -> Vec<u8> {
    let rows = (0..height).map(|y| (0..width).map(|x| index(x, y)).collect());
    let png = Png::new(width, height, 8, PALETTE, rows).with(b"PLTE", palette.as_flattened());
    if alpha.is_empty() { png.bytes() } else { png.with(b"tRNS", alpha).bytes() }
}

/// Grey of 1, 2 or 4 bits from black and white pixels.
pub fn low_depth_png(picture: &Rgb, depth: u8) -> Vec<u8> {
    let rows = picture.pixels.chunks(picture.width as usize).map(|row| {
        let per_byte = 8 / usize::from(depth);
        row.chunks(per_byte)
            .map(|part| part.iter().enumerate().fold(0u8, |byte, (i, p)| byte | (p[0] >> (8 - depth)) << (8 - depth * (i as u8 + 1))))
            .collect()
    });
    Png::new(picture.width, picture.height, depth, GREY, rows).bytes()
}

/// 16 bits a channel; `value` gives as many channels as the colour type has.
pub fn deep_png(width: u32, height: u32, colour: u8, value: impl Fn(u32, u32) -> Vec<u16>) -> Vec<u8> {
    let rows = (0..height).map(|y| (0..width).flat_map(|x| value(x, y)).flat_map(u16::to_be_bytes).collect());
    Png::new(width, height, 16, colour, rows).bytes()
}

/// APNG of three frames, each of one colour; the first is the default image.
pub fn apng(colours: [[u8; 3]; 3]) -> Vec<u8> {
    let frame = |c: [u8; 3]| Png::rgb(&Rgb::new(6, 5, |_, _| c));
    let control = |sequence: u32| {
        let sizes = [sequence, 6, 5, 0, 0].map(u32::to_be_bytes).concat();
        [sizes, vec![0, 10, 0, 100, 0, 0]].concat()
    };
    let mut out = frame(colours[0]).with(b"acTL", [3u32, 0].map(u32::to_be_bytes).concat()).with(b"fcTL", control(0)).bytes();
    out.truncate(out.len() - 12);
    for (i, colour) in colours.iter().enumerate().skip(1) {
        let sequence = i as u32 * 2 - 1;
        chunk(&mut out, b"fcTL", &control(sequence));
        chunk(&mut out, b"fdAT", &[(sequence + 1).to_be_bytes().to_vec(), zlib(&frame(*colour).rows)].concat());
    }
    chunk(&mut out, b"IEND", &[]);
    out
}

/// A header that claims a size, and nothing behind it.
pub fn giant_png(width: u32, height: u32) -> Vec<u8> {
    Png { rows: vec![], ..Png::new(width, height, 8, RGB, std::iter::empty()) }.bytes()
}

pub fn chunk(out: &mut Vec<u8>, kind: &[u8; 4], body: &[u8]) {
    out.extend((body.len() as u32).to_be_bytes());
    let start = out.len();
    out.extend(kind);
    out.extend(body);
    let crc = crc32(&out[start..]);
    out.extend(crc.to_be_bytes());
}

pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &b| (0..8).fold(crc ^ u32::from(b), |c, _| if c & 1 == 1 { c >> 1 ^ 0xedb8_8320 } else { c >> 1 }))
}

/// zlib with stored blocks.
pub fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut blocks = bytes.chunks(65_535).peekable();
    if blocks.peek().is_none() {
        out.extend([1, 0, 0, 0xff, 0xff]);
    }
    while let Some(block) = blocks.next() {
        out.push(u8::from(blocks.peek().is_none()));
        out.extend((block.len() as u16).to_le_bytes());
        out.extend((!(block.len() as u16)).to_le_bytes());
        out.extend(block);
    }
    let (a, b) = bytes.iter().fold((1u32, 0u32), |(a, b), &v| {
        let a = (a + u32::from(v)) % 65_521;
        (a, (b + a) % 65_521)
    });
    out.extend((b << 16 | a).to_be_bytes());
    out
}

// ----------------------------------------------------------------------------------------------------------------- GIF

/// One frame at a place on the canvas, pixels as palette indices.
pub struct GifFrame {
    pub left: u16,
    pub top: u16,
    pub width: u16,
    pub height: u16,
    pub transparent: Option<u8>,
    pub pixels: Vec<u8>,
}

pub fn gif(width: u16, height: u16, palette: &[[u8; 3]], frames: &[GifFrame]) -> Vec<u8> {
    let mut out = gif_start(width, height, palette);
    for f in frames {
        out.extend([0x21, 0xf9, 4, u8::from(f.transparent.is_some()), 10, 0, f.transparent.unwrap_or(0), 0, 0x2c]);
        out.extend([f.left, f.top, f.width, f.height].map(u16::to_le_bytes).concat());
        out.extend([0, 8]);
        for block in lzw(&f.pixels).chunks(255) {
            out.push(block.len() as u8);
            out.extend(block);
        }
        out.push(0);
    }
    out.push(0x3b);
    out
}

pub fn gif_start(width: u16, height: u16, palette: &[[u8; 3]]) -> Vec<u8> {
    let mut out = b"GIF89a".to_vec();
    out.extend([width, height].map(u16::to_le_bytes).concat());
    out.extend([0xf7, 0, 0]);
    out.extend((0..256).flat_map(|i| palette.get(i).copied().unwrap_or_default()));
    out
}

/// LZW that never uses its dictionary: nine-bit codes, cleared before they would grow.
pub fn lzw(pixels: &[u8]) -> Vec<u8> {
    let codes = pixels.chunks(200).flat_map(|run| std::iter::once(256).chain(run.iter().map(|&p| u32::from(p)))).chain([257]);
    let (mut out, mut bits, mut held) = (vec![], 0u32, 0);
    for code in codes {
        bits |= code << held;
        held += 9;
        while held >= 8 {
            out.push(bits as u8);
            bits >>= 8;
            held -= 8;
        }
    }
    out.push(bits as u8);
    out
}

/// Three frames of one colour each.
pub fn animated_gif(colours: [[u8; 3]; 3]) -> Vec<u8> {
    let frames = [0u8, 1, 2].map(|i| GifFrame { left: 0, top: 0, width: 6, height: 5, transparent: None, pixels: vec![i; 30] });
    gif(6, 5, &colours, &frames)
}

/// `frames` frames of one pixel.
pub fn endless_gif(frames: usize) -> Vec<u8> {
    let mut out = gif_start(4, 4, &[[1, 2, 3]]);
    let frame = [&[0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 8][..], &[4, 0, 1, 4, 4, 0]].concat();
    (0..frames).for_each(|_| out.extend(&frame));
    out.push(0x3b);
    out
}

pub fn giant_gif(width: u16, height: u16) -> Vec<u8> {
    let mut out = gif_start(width, height, &[]);
    out.extend([0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 8, 4, 0, 1, 4, 4, 0, 0x3b]);
    out
}

// ---------------------------------------------------------------------------------------------------------- WebP, BMP

/// Simple lossless WebP.
pub fn webp_lossless(width: u32, height: u32, rgba: &[[u8; 4]]) -> Vec<u8> {
    let mut out = Vec::new();
    let encoder = image::codecs::webp::WebPEncoder::new_lossless(&mut out);
    encoder.encode(rgba.as_flattened(), width, height, image::ExtendedColorType::Rgba8).unwrap();
    out
}

pub fn webp_lossy(picture: &Rgb, quality: f32) -> Vec<u8> {
    webp::Encoder::from_rgb(picture.bytes(), picture.width, picture.height).encode(quality).to_vec()
}

/// An extended WebP around the bitstream of a simple one.
#[derive(Default)]
pub struct WebpParts<'a> {
    pub alpha: bool,
    pub icc: Option<&'a [u8]>,
    pub exif: Option<&'a [u8]>,
    pub xmp: Option<&'a [u8]>,
}

pub fn webp_extended(simple: &[u8], width: u32, height: u32, parts: &WebpParts<'_>) -> Vec<u8> {
    let flag = |set: bool, bit: u8| if set { bit } else { 0 };
    let flags = flag(parts.icc.is_some(), 0x20) | flag(parts.alpha, 0x10) | flag(parts.exif.is_some(), 8) | flag(parts.xmp.is_some(), 4);
    let mut body = vp8x(flags, width, height);
    if let Some(icc) = parts.icc {
        riff_chunk(&mut body, b"ICCP", icc);
    }
    body.extend(&simple[12..]);
    if let Some(exif) = parts.exif {
        riff_chunk(&mut body, b"EXIF", exif);
    }
    if let Some(xmp) = parts.xmp {
        riff_chunk(&mut body, b"XMP ", xmp);
    }
    riff(&body)
}

/// Three frames of one colour each.
pub fn animated_webp(colours: [[u8; 3]; 3]) -> Vec<u8> {
    let mut body = vp8x(0x02, 6, 5);
    riff_chunk(&mut body, b"ANIM", &[0; 6]);
    for [r, g, b] in colours {
        let still = webp_lossless(6, 5, &[[r, g, b, 255]; 30]);
        let mut frame = vec![0, 0, 0, 0, 0, 0, 5, 0, 0, 4, 0, 0, 100, 0, 0, 0];
        frame.extend(&still[12..]);
        riff_chunk(&mut body, b"ANMF", &frame);
    }
    riff(&body)
}

pub fn giant_webp(width: u32, height: u32) -> Vec<u8> {
    let mut body = vp8x(0, width, height);
    riff_chunk(&mut body, b"VP8L", &[0x2f, 0, 0, 0, 0]);
    riff(&body)
}

/// A small canvas whose bitstream claims 16384×16384.
pub fn lying_webp() -> Vec<u8> {
    let mut body = vp8x(0, 10, 10);
    riff_chunk(&mut body, b"VP8L", &[0x2f, 0xff, 0xff, 0xff, 0x0f, 0, 0]);
    riff(&body)
}

pub fn vp8x(flags: u8, width: u32, height: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let (w, h) = ((width - 1).to_le_bytes(), (height - 1).to_le_bytes());
    riff_chunk(&mut out, b"VP8X", &[flags, 0, 0, 0, w[0], w[1], w[2], h[0], h[1], h[2]]);
    out
}

pub fn riff_chunk(out: &mut Vec<u8>, kind: &[u8; 4], body: &[u8]) {
    out.extend(kind);
    out.extend((body.len() as u32).to_le_bytes());
    out.extend(body);
    if body.len() % 2 == 1 {
        out.push(0);
    }
}

pub fn riff(body: &[u8]) -> Vec<u8> {
    [b"RIFF".to_vec(), (body.len() as u32 + 4).to_le_bytes().to_vec(), b"WEBP".to_vec(), body.to_vec()].concat()
}

pub fn bmp(picture: &Rgb) -> Vec<u8> {
    let mut out = Vec::new();
    image::codecs::bmp::BmpEncoder::new(&mut out)
        .encode(picture.bytes(), picture.width, picture.height, image::ExtendedColorType::Rgb8)
        .unwrap();
    out
}

// ----------------------------------------------------------------------------------------------------- metadata, profiles

/// Found in every piece of metadata that must not get out.
pub const SECRET: &str = "SECRET-PLACE-52N13E";

/// What a kept EXIF block may say.
pub const CAMERA: &str = "ACME Camera 7";

/// A TIFF-structured EXIF block: maker, orientation, a GPS directory that holds [`SECRET`], and an embedded thumbnail.
pub fn exif(orientation: u8, thumbnail: Option<&[u8]>) -> Vec<u8> {
    let place = format!("{SECRET}\0");
    let mut out = b"II*\0\x08\0\0\0".to_vec();
    let entry = |out: &mut Vec<u8>, tag: u16, kind: u16, count: u32, value: u32| {
        out.extend(tag.to_le_bytes());
        out.extend(kind.to_le_bytes());
        out.extend(count.to_le_bytes());
        out.extend(value.to_le_bytes());
    };
    let maker = format!("{CAMERA}\0");
    let gps = 8 + 2 + 3 * 12 + 4;
    let text = gps + 2 + 2 * 12 + 4;
    let made = text + place.len() as u32;
    let second = made + maker.len() as u32;
    out.extend(3u16.to_le_bytes());
    entry(&mut out, 0x010f, 2, maker.len() as u32, made);
    entry(&mut out, 0x0112, 3, 1, orientation.into());
    entry(&mut out, 0x8825, 4, 1, gps);
    out.extend(if thumbnail.is_some() { second } else { 0 }.to_le_bytes());
    out.extend(2u16.to_le_bytes());
    entry(&mut out, 0x0001, 2, 2, u32::from_le_bytes(*b"N\0\0\0"));
    entry(&mut out, 0x001c, 7, place.len() as u32, text);
    out.extend(0u32.to_le_bytes());
    out.extend(place.as_bytes());
    out.extend(maker.as_bytes());
    if let Some(thumbnail) = thumbnail {
        out.extend(2u16.to_le_bytes());
        entry(&mut out, 0x0201, 4, 1, second + 2 + 2 * 12 + 4);
        entry(&mut out, 0x0202, 4, 1, thumbnail.len() as u32);
        out.extend(0u32.to_le_bytes());
        out.extend(thumbnail);
    }
    out
}

pub fn xmp() -> Vec<u8> {
    format!("<x:xmpmeta xmlns:x='adobe:ns:meta/'><exif:GPSAreaInformation>{SECRET}</exif:GPSAreaInformation></x:xmpmeta>").into_bytes()
}

/// The marker as JPEG, PNG and WebP, each full of places and with a thumbnail.
pub fn gps_tagged() -> [(&'static str, Vec<u8>); 3] {
    let picture = marker(64, 48);
    let thumbnail = jpeg(&marker(16, 12), 60);
    let block = exif(1, Some(&thumbnail));
    let as_jpeg = jpeg_with(&picture, 90, |e| {
        e.add_app_segment(1, [b"Exif\0\0".to_vec(), block.clone()].concat()).unwrap();
        e.add_app_segment(1, [b"http://ns.adobe.com/xap/1.0/\0".to_vec(), xmp()].concat()).unwrap();
    });
    let as_png = Png::rgb(&picture)
        .with(b"eXIf", block.clone())
        .with(b"tEXt", format!("Comment\0{SECRET}"))
        .with(b"iTXt", [b"XML:com.adobe.xmp\0\0\0\0\0".to_vec(), xmp()].concat())
        .bytes();
    let simple = webp_lossy(&picture, 90.0);
    let as_webp = webp_extended(&simple, 64, 48, &WebpParts { exif: Some(&block), xmp: Some(&xmp()), ..Default::default() });
    [("jpeg", as_jpeg), ("png", as_png), ("webp", as_webp)]
}

pub fn display_p3() -> Vec<u8> {
    moxcms::ColorProfile::new_display_p3().encode().unwrap()
}

pub fn adobe_rgb() -> Vec<u8> {
    moxcms::ColorProfile::new_adobe_rgb().encode().unwrap()
}

pub fn srgb() -> Vec<u8> {
    moxcms::ColorProfile::new_srgb().encode().unwrap()
}

pub fn grey_gamma(gamma: f32) -> Vec<u8> {
    moxcms::ColorProfile::new_gray_with_gamma(gamma).encode().unwrap()
}

/// A small press profile (ICC.1 `mft1`, two grid points per ink): the textbook's inks, printed on white.
pub fn press() -> Vec<u8> {
    let mut lut = b"mft1\0\0\0\0\x04\x03\x02\0".to_vec();
    lut.extend([0x10000i32, 0, 0, 0, 0x10000, 0, 0, 0, 0x10000].map(i32::to_be_bytes).concat());
    (0..4).for_each(|_| lut.extend(0..=255u8));
    for corner in 0..16u32 {
        let ink = |bit: u32| (corner >> bit & 1) as f32;
        let [c, m, y, k] = [ink(3), ink(2), ink(1), ink(0)];
        // Inks mix as filters do, and none is pure.
        let srgb = [c, m, y].map(|v| ((1.0 - 0.96 * v) * (1.0 - 0.97 * k) * 255.0).round() as u8);
        let [l, a, b] = lab_d50(srgb);
        lut.extend([(l * 2.55).round() as u8, (a + 128.0).round().clamp(0.0, 255.0) as u8, (b + 128.0).round().clamp(0.0, 255.0) as u8]);
    }
    (0..3).for_each(|_| lut.extend(0..=255u8));
    let white = [&b"XYZ \0\0\0\0"[..], &[0x0000_f6d6i32, 0x0001_0000, 0x0000_d32d].map(i32::to_be_bytes).concat()].concat();
    let text = b"text\0\0\0\0none\0\0\0\0".to_vec();
    icc(b"prtr", b"CMYK", b"Lab ", &[(b"A2B0", lut), (b"wtpt", white), (b"cprt", text)])
}

/// L*a*b* under D50, the white of profiles, by the Bradford-adapted matrix of sRGB.
fn lab_d50(srgb: [u8; 3]) -> [f32; 3] {
    let [r, g, b] = srgb.map(|v| portico::imaging::colour::to_linear(f32::from(v) / 255.0));
    let x = (0.436_074_7 * r + 0.385_064_9 * g + 0.143_080_4 * b) / 0.964_22;
    let y = 0.222_504_5 * r + 0.716_878_6 * g + 0.060_616_9 * b;
    let z = (0.013_932_2 * r + 0.097_104_5 * g + 0.714_173_3 * b) / 0.825_21;
    let f = |t: f32| if t > 216.0 / 24389.0 { t.cbrt() } else { (24389.0 / 27.0 * t + 16.0) / 116.0 };
    [116.0 * f(y) - 16.0, 500.0 * (f(x) - f(y)), 200.0 * (f(y) - f(z))]
}

pub fn icc(class: &[u8; 4], space: &[u8; 4], connection: &[u8; 4], tags: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut out = vec![0; 128];
    out[8..12].copy_from_slice(&0x0240_0000u32.to_be_bytes());
    out[12..16].copy_from_slice(class);
    out[16..20].copy_from_slice(space);
    out[20..24].copy_from_slice(connection);
    out[24..36].copy_from_slice(&[7, 0xe8, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
    out[36..40].copy_from_slice(b"acsp");
    out[68..80].copy_from_slice(&[0x0000_f6d6i32, 0x0001_0000, 0x0000_d32d].map(i32::to_be_bytes).concat());
    out.extend((tags.len() as u32).to_be_bytes());
    let mut at = out.len() + tags.len() * 12;
    for (name, body) in tags {
        out.extend(*name);
        out.extend((at as u32).to_be_bytes());
        out.extend((body.len() as u32).to_be_bytes());
        at += body.len().next_multiple_of(4);
    }
    for (_, body) in tags {
        out.extend(body);
        out.resize(out.len().next_multiple_of(4), 0);
    }
    let length = (out.len() as u32).to_be_bytes();
    out[..4].copy_from_slice(&length);
    out
}

pub const SVG_WITH_SCRIPT: &[u8] = b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><script>alert(1)</script></svg>";
