//! Whatever bytes, as they are and behind the head of every format: the kind is told by content, and content lies.
#![no_main]

use libfuzzer_sys::fuzz_target;
use portico_imaging::{Format, preview};

/// The first bytes of each format, of kinds that are not read, and of none.
const HEADS: [&[u8]; 14] = [
    b"",
    b"\xff\xd8\xff",
    b"\xff\xd8\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"RIFF\xff\xff\xff\x7fWEBPVP8X",
    b"RIFF\0\0\0\0WEBPVP8L",
    b"GIF87a",
    b"GIF89a",
    b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0",
    b"BM\0\0\0\0\0\0\0\0\x1a\0\0\0\x0c\0\0\0",
    b"II*\0",
    b"MM\0*",
    b"\0\0\0\x20ftyp",
    b"<?xml ",
];

fuzz_target!(init: portico_fuzz::prepare(), |data: &[u8]| {
    let Some((&first, rest)) = data.split_first() else { return };
    let file = [HEADS[usize::from(first) % HEADS.len()], rest].concat();
    if let Err(kind) = Format::sniff(&file) {
        let advice = kind.advice();
        assert!(!advice.zh.is_empty() && !advice.en.is_empty());
    }
    portico_fuzz::check_file(&file);
    if let Ok(decoded) = portico_imaging::decode(&file, &portico_fuzz::limits()) {
        let small = preview(&decoded.picture, 64, 20_000).expect("every picture has a preview");
        assert!(!small.bytes.is_empty());
    }
});
