//! What is no picture, or something else besides.

use super::{Bad, bad, damage::Dice};
use crate::kit;

/// A document type whose entities grow to a billion.
pub const LAUGHS: &str = "<?xml version='1.0'?><!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>\
<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'><!ENTITY d '&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;'>]><svg xmlns='http://www.w3.org/2000/svg'>&d;</svg>";

fn foreign() -> Vec<Bad> {
    let heads: [(&str, &[u8]); 26] = [
        ("an SVG with a script", kit::SVG_WITH_SCRIPT),
        ("an SVG of a billion laughs", LAUGHS.as_bytes()),
        ("an SVG that asks for a file", b"<!DOCTYPE s [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><svg>&x;</svg>"),
        ("a page", b"<!DOCTYPE html><script>fetch('http://example.com')</script>"),
        ("a page with a byte order mark", b"\xef\xbb\xbf<html><body onload=alert(1)>"),
        ("HEIC", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\0"),
        ("AVIF", b"\0\0\0\x20ftypavif\0\0\0\0avifmif1miaf\0\0\0\0\0\0\0\0"),
        ("AVIF behind mif1", b"\0\0\0\x20ftypmif1\0\0\0\0avifmif1"),
        ("a box of 4 GB", b"\xff\xff\xff\xffftypheic"),
        ("a box of nothing", b"\0\0\0\0ftyp"),
        ("MP4", b"\0\0\0\x18ftypmp42\0\0\0\0isommp42"),
        ("JPEG XL", b"\xff\x0a\xfa\x1f\x41\x91"),
        ("JPEG XL in a box", b"\0\0\0\x0cJXL \x0d\x0a\x87\x0a"),
        ("JPEG 2000", b"\0\0\0\x0cjP  \x0d\x0a\x87\x0a"),
        ("PDF", b"%PDF-1.7\n1 0 obj<</Type/Catalog>>"),
        ("Photoshop", b"8BPS\0\x01\0\0\0\0\0\0\0\x03"),
        ("an icon", b"\0\0\x01\0\x01\0\x10\x10\0\0\x01\0\x20\0"),
        ("a zip", b"PK\x03\x04\x14\0\0\0\x08\0"),
        ("an empty zip", b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
        ("gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\x03"),
        ("7z", b"7z\xbc\xaf\x27\x1c\0\x04"),
        ("a program", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0"),
        ("a script", b"#!/bin/sh\nrm -rf /\n"),
        ("PHP", b"<?php system($_GET['c']); ?>"),
        ("Matroska", b"\x1a\x45\xdf\xa3\x01\0\0\0"),
        ("Netpbm", b"P6\n99999999 99999999\n255\n"),
    ];
    heads.into_iter().map(|(what, head)| bad(what, head)).collect()
}

fn odd() -> Vec<Bad> {
    let mut dice = Dice(1);
    let noise: Vec<u8> = (0..1_000_000).map(|_| dice.next() as u8).collect();
    let mut out = vec![
        bad("nothing", vec![]),
        bad("a megabyte of zeros", vec![0; 1_000_000]),
        bad("a megabyte of ones", vec![0xff; 1_000_000]),
        bad("a megabyte of noise", noise),
        bad("text", "这是一段文字，不是图片。\n".as_bytes()),
        bad("a megabyte of text", "a".repeat(1_000_000)),
        bad("Latin text", b"caf\xe9 cr\xe8me".to_vec()),
        bad("UTF-16", "hi".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()),
        bad("JSON", br#"{"image": "no"}"#.to_vec()),
        bad("a form in a form", b"--x\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\nabc\r\n--x--\r\n".to_vec()),
        bad("a colour table", b"TITLE \"x\"\nLUT_3D_SIZE 2\n0 0 0\n1 0 0\n0 1 0\n1 1 0\n0 0 1\n1 0 1\n0 1 1\n1 1 1\n".to_vec()),
        bad("a colour table of 999999999 points", b"LUT_3D_SIZE 999999999\n0 0 0\n".to_vec()),
        bad("a link", b"/etc/passwd".to_vec()),
        bad("an address", b"http://127.0.0.1:7878/api/v1/sessions".to_vec()),
        bad("a data URI", b"data:image/png;base64,iVBORw0KGgo=".to_vec()),
    ];
    out.extend([0x00u8, 0x42, 0x47, 0x49, 0x4d, 0x52, 0x89, 0xff].map(|byte| bad(format!("the byte {byte:#x}"), vec![byte])));
    out
}

/// Pictures that are something else besides.
fn polyglots() -> Vec<Bad> {
    let picture = kit::marker(16, 12);
    let (png, jpeg) = (kit::Png::rgb(&picture).bytes(), kit::jpeg(&picture, 80));
    let zip = b"PK\x03\x04\x14\0\0\0\0\0aPK\x05\x06\0\0\0\0\0\0\0\0".to_vec();
    let script = b"<script>alert(1)</script>".to_vec();
    vec![
        bad("PNG and zip", [png.clone(), zip.clone()].concat()),
        bad("JPEG and zip", [jpeg.clone(), zip].concat()),
        bad("PNG and page", [png.clone(), script.clone()].concat()),
        bad("JPEG with a page in its comment", [&jpeg[..2], &[0xff, 0xfe, 0, 27], &script, &jpeg[2..]].concat()),
        bad("page and PNG", [script, png.clone()].concat()),
        bad("PNG in a PNG", [png.clone(), png.clone()].concat()),
        bad("PDF and JPEG", [b"%PDF-1.4\n".to_vec(), jpeg.clone()].concat()),
        bad("spaces and PNG", [vec![b' '; 100], png.clone()].concat()),
        bad("a PNG's head on a JPEG", [&png[..8], &jpeg].concat()),
        bad("a JPEG's head on a PNG", [&jpeg[..20], &png].concat()),
        bad("PNG in UTF-8", String::from_utf8_lossy(&png).into_owned()),
        bad(
            "PNG with line ends changed",
            png.iter().flat_map(|&b| if b == b'\n' { vec![b'\r', b'\n'] } else { vec![b] }).collect::<Vec<u8>>(),
        ),
    ]
}

pub fn all() -> Vec<Bad> {
    [foreign(), odd(), polyglots()].concat()
}
