//! WebP (RFC 9649).

use super::{Bad, bad, damage, tiffs};
use crate::kit::{self, WebpParts};

fn lossless() -> Vec<u8> {
    kit::webp_lossless(9, 7, &(0..63).map(|i| [(i * 4) as u8, 90, 200 - i as u8, if i % 5 == 0 { 128 } else { 255 }]).collect::<Vec<_>>())
}

fn lossy() -> Vec<u8> {
    kit::webp_lossy(&kit::marker(32, 24), 80.0)
}

/// Chunks in a RIFF.
fn of(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut body = vec![];
    chunks.iter().for_each(|(kind, bytes)| kit::riff_chunk(&mut body, kind, bytes));
    kit::riff(&body)
}

/// The header of an extended file: flags, then 24 bits each of width - 1 and height - 1.
fn head(flags: u8, width: u32, height: u32) -> Vec<u8> {
    let (w, h) = (width.wrapping_sub(1).to_le_bytes(), height.wrapping_sub(1).to_le_bytes());
    vec![flags, 0, 0, 0, w[0], w[1], w[2], h[0], h[1], h[2]]
}

/// A frame of an animation, its bitstream as in a simple file.
fn frame(x: u32, y: u32, width: u32, height: u32) -> Vec<u8> {
    let three = |v: u32| v.to_le_bytes()[..3].to_vec();
    let place = [three(x), three(y), three(width.wrapping_sub(1)), three(height.wrapping_sub(1)), three(100), vec![0]].concat();
    [place, lossless()[12..].to_vec()].concat()
}

fn bits(file: &[u8]) -> Vec<u8> {
    file[20..].to_vec()
}

pub fn valid() -> Vec<Bad> {
    let exif = kit::exif(6, None);
    let parts = WebpParts { icc: Some(&kit::display_p3()), exif: Some(&exif), ..Default::default() };
    vec![
        bad("lossless", lossless()),
        bad("lossy", lossy()),
        bad("extended", kit::webp_extended(&lossy(), 32, 24, &parts)),
        bad("animated", kit::animated_webp([[255, 0, 0], [0, 255, 0], [0, 0, 255]])),
    ]
}

fn headers() -> Vec<Bad> {
    let stream = |tag: &[u8; 4], bytes: Vec<u8>| of(&[(tag, bytes)]);
    let sized = |w: u16, h: u16| {
        let mut body = bits(&lossy());
        body[6..8].copy_from_slice(&w.to_le_bytes());
        body[8..10].copy_from_slice(&h.to_le_bytes());
        stream(b"VP8 ", body)
    };
    let claims = |length: u32, file: Vec<u8>| {
        let mut out = file;
        out[16..20].copy_from_slice(&length.to_le_bytes());
        out
    };
    let riff = |length: u32| {
        let mut out = lossy();
        out[4..8].copy_from_slice(&length.to_le_bytes());
        out
    };
    vec![
        bad("a canvas of 2^24", kit::giant_webp(1 << 24, 1 << 24)),
        bad("a canvas of 30000", kit::giant_webp(30_000, 30_000)),
        bad("a small canvas of a giant bitstream", kit::lying_webp()),
        bad("a lossy size of nothing", sized(0, 0)),
        bad("a lossy size of 16383", sized(16_383, 16_383)),
        bad("a lossy size with scales", sized(0xc020, 0xc018)),
        bad("a lossy size of 7000 over few bytes", sized(7_000, 7_000)),
        bad("an empty bitstream", stream(b"VP8 ", vec![])),
        bad("an empty lossless bitstream", stream(b"VP8L", vec![])),
        bad("a lossless bitstream of ones", stream(b"VP8L", [vec![0x2f, 8, 0, 0, 0], vec![0xff; 500]].concat())),
        bad("a lossless bitstream of zeros", stream(b"VP8L", [vec![0x2f, 8, 0xc0, 1, 0], vec![0; 500]].concat())),
        bad("a lossless bitstream of version 7", stream(b"VP8L", vec![0x2f, 0xff, 0xff, 0xff, 0xff, 1, 2, 3])),
        bad("no key frame", {
            let mut body = bits(&lossy());
            body[0] |= 1;
            stream(b"VP8 ", body)
        }),
        bad("a partition of 512 kB in few bytes", {
            let mut body = bits(&lossy());
            body[1..3].copy_from_slice(&[0xff, 0xff]);
            stream(b"VP8 ", body)
        }),
        bad("a chunk of 4 GB", claims(u32::MAX, lossy())),
        bad("a chunk of 4 GB less one", claims(u32::MAX - 1, lossless())),
        bad("a chunk of nothing", claims(0, lossy())),
        bad("a RIFF of 4 GB", riff(u32::MAX)),
        bad("a RIFF of nothing", riff(0)),
        bad("a RIFF of an odd length", riff(7)),
        bad("no chunk", kit::riff(b"")),
        bad("an unknown chunk first", of(&[(b"ABCD", vec![1; 9]), (b"VP8L", bits(&lossless()))])),
        bad("a RIFF that is a sound", [b"RIFF\x24\0\0\0WAVEfmt ".to_vec(), vec![1; 30]].concat()),
    ]
}

fn extended() -> Vec<Bad> {
    let with = |flags: u8, chunks: &[(&[u8; 4], Vec<u8>)]| of(&[&[(b"VP8X", head(flags, 9, 7))][..], chunks].concat());
    let stream = || (b"VP8L", bits(&lossless()));
    vec![
        bad("a canvas of another size", of(&[(b"VP8X", head(0, 90, 70)), stream()])),
        bad("a canvas of nothing", of(&[(b"VP8X", head(0, 0, 0)), stream()])),
        bad("a short head", of(&[(b"VP8X", vec![0; 4]), stream()])),
        bad("a head alone", with(0xff, &[])),
        bad("two heads", with(0, &[(b"VP8X", head(0, 3, 3)), stream()])),
        bad("two bitstreams", with(0, &[stream(), (b"VP8 ", bits(&lossy()))])),
        bad("alpha that is not there", with(0x10, &[stream()])),
        bad("alpha of ones", of(&[(b"VP8X", head(0x10, 32, 24)), (b"ALPH", vec![0xff; 90]), (b"VP8 ", bits(&lossy()))])),
        bad("alpha of nothing", of(&[(b"VP8X", head(0x10, 32, 24)), (b"ALPH", vec![]), (b"VP8 ", bits(&lossy()))])),
        bad("raw alpha that is short", of(&[(b"VP8X", head(0x10, 32, 24)), (b"ALPH", vec![0, 1, 2]), (b"VP8 ", bits(&lossy()))])),
        bad(
            "alpha by a predictor of garbage",
            of(&[(b"VP8X", head(0x10, 32, 24)), (b"ALPH", [vec![0x0d], vec![0x55; 90]].concat()), (b"VP8 ", bits(&lossy()))]),
        ),
        bad("a profile of garbage", with(0x20, &[(b"ICCP", vec![7; 500]), stream()])),
        bad("a profile behind the picture", with(0x20, &[stream(), (b"ICCP", kit::display_p3())])),
        bad("a profile that is not there", with(0x20, &[stream()])),
        bad("an EXIF that points at itself", with(8, &[stream(), (b"EXIF", tiffs::looping())])),
        bad("an EXIF that points outside", with(8, &[stream(), (b"EXIF", tiffs::far_offsets())])),
        bad("ten thousand chunks", with(0, &[&vec![(b"JUNK", vec![]); 10_000][..], &[stream()]].concat())),
    ]
}

fn animations() -> Vec<Bad> {
    let with = |chunks: &[(&[u8; 4], Vec<u8>)]| of(&[&[(b"VP8X", head(0x02, 9, 7)), (b"ANIM", vec![0; 6])][..], chunks].concat());
    let one = || (b"ANMF", frame(0, 0, 9, 7));
    let without = || of(&[(b"VP8X", head(0x02, 9, 7)), one()]);
    vec![
        bad("no frame", with(&[])),
        bad("a frame outside", with(&[(b"ANMF", frame(5, 5, 9, 7))])),
        bad("a frame far outside", with(&[(b"ANMF", frame(0xff_ffff, 0xff_ffff, 9, 7))])),
        bad("a frame of another size than its bitstream", with(&[(b"ANMF", frame(0, 0, 3, 3))])),
        bad("a frame of 2^24", with(&[(b"ANMF", frame(0, 0, 1 << 24, 1 << 24))])),
        bad("a frame of nothing", with(&[(b"ANMF", vec![])])),
        bad("a frame without a bitstream", with(&[(b"ANMF", frame(0, 0, 9, 7)[..16].to_vec())])),
        bad("a frame of garbage", with(&[(b"ANMF", [frame(0, 0, 9, 7)[..16].to_vec(), vec![0xaa; 99]].concat())])),
        bad("a frame in a frame", with(&[(b"ANMF", [frame(0, 0, 9, 7)[..16].to_vec(), of(&[one()])[12..].to_vec()].concat())])),
        bad("no ANIM", without()),
        bad("a still picture that says it moves", of(&[(b"VP8X", head(0x02, 9, 7)), (b"VP8L", bits(&lossless()))])),
        bad("frames without the flag", of(&[(b"VP8X", head(0, 9, 7)), (b"ANIM", vec![0; 6]), one()])),
        bad("10001 frames", with(&vec![one(); 10_001])),
    ]
}

pub fn all() -> Vec<Bad> {
    let hurt: Vec<Bad> = valid().into_iter().flat_map(|(what, bytes)| damage::all(&format!("webp {what}"), &bytes)).collect();
    [headers(), extended(), animations(), hurt].concat()
}
