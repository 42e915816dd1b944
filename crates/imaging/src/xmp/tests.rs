use super::*;
use crate::encode::{EncodeOptions, Extras, encode_with};
use crate::format::Format;
use crate::limits::Limits;
use crate::picture::Picture;

const RECIPE: &str = "{\"portico_recipe\":1,\"name\":\"白底主图 <\\\"A&B\\\"> 🐱\",\"plan\":{\"steps\":[{\"op\":\"cutout\"}]}}";
const HOLDING: [Format; 6] = [Format::Png, Format::Jpeg, Format::Webp, Format::Tiff, Format::Ora, Format::Psd];

fn picture() -> Picture {
    Picture::from_rgba8(9, 7, (0..9 * 7 * 4u32).map(|i| if i % 4 == 3 { 255 } else { (i * 7 % 256) as u8 }).collect())
}

fn file(format: Format, quality: Option<u8>, recipe: &str) -> Vec<u8> {
    let options = EncodeOptions { quality, ..EncodeOptions::new(format) };
    let extras = Extras { recipe: Some(recipe), dpi: Some(300), ..Extras::default() };
    encode_with(&picture(), &options, &extras).expect("it is written").bytes
}

fn read(bytes: &[u8]) -> Option<String> {
    recipe_text(bytes, &Limits::default())
}

#[test]
fn every_format_that_can_gives_back_the_recipe_letter_by_letter() {
    for format in HOLDING {
        assert_eq!(read(&file(format, None, RECIPE)).as_deref(), Some(RECIPE), "{format:?}");
    }
    assert_eq!(read(&file(Format::Webp, Some(80), RECIPE)).as_deref(), Some(RECIPE), "lossy WebP");
    for (format, long) in [(Format::Png, 900_000), (Format::Psd, 900_000), (Format::Ora, 900_000), (Format::Jpeg, 40_000)] {
        let recipe = format!("{{\"name\":{}}}", "x".repeat(long));
        assert_eq!(read(&file(format, None, &recipe)), Some(recipe), "{format:?}");
    }
}

#[test]
fn a_format_that_cannot_says_so_and_a_file_without_one_has_none() {
    let notices = |format, recipe: &str| {
        let extras = Extras { recipe: Some(recipe), ..Extras::default() };
        encode_with(&picture(), &EncodeOptions::new(format), &extras).expect("it is written").notices
    };
    for format in [Format::Gif, Format::Avif] {
        assert!(notices(format, RECIPE).iter().any(|n| n.code == "recipe_not_kept"), "{format:?}");
    }
    assert!(notices(Format::Jpeg, &"long ".repeat(20_000)).iter().any(|n| n.code == "recipe_not_kept"));
    assert!(notices(Format::Jpeg, RECIPE).iter().all(|n| n.code != "recipe_not_kept"));
    for format in HOLDING {
        let bytes = encode_with(&picture(), &EncodeOptions::new(format), &Extras::default()).expect("it is written").bytes;
        assert_eq!(read(&bytes), None, "{format:?}");
    }
}

#[test]
fn what_other_programs_made_of_the_packet_is_still_read() {
    let head = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='…'>";
    let attribute =
        format!("{head}<rdf:Description rdf:about='' xmlns:p7 = '{NAMESPACE}'\n p7:Recipe='{{&quot;a&#x22;:1}}'/></rdf:RDF></x:xmpmeta>");
    assert_eq!(property(&attribute).as_deref(), Some("{\"a\":1}"));
    let element = format!("{head}<rdf:Description xmlns:q=\"{NAMESPACE}\"><q:Recipe rdf:x='y'>{{&#123;}}</q:Recipe></rdf:Description>");
    assert_eq!(property(&element).as_deref(), Some("{{}"));
    assert_eq!(property(&packet("a\tb\n\u{1}\u{ffff}")).as_deref(), Some("a\tb\n\\u0001\\uffff"));
    for broken in ["&amp", "&nope;", "&#xd800;", "&#99999999;", "<b>x</b>"] {
        assert_eq!(property(&format!("<d xmlns:q=\"{NAMESPACE}\"><q:Recipe>{broken}</q:Recipe>")), None, "{broken}");
    }
    for torn in [
        NAMESPACE.to_owned(),
        format!("xmlns:={NAMESPACE}"),
        format!("<d xmlns:q=\"{NAMESPACE}\"><q:Recipe>"),
        format!("xmlns:q=\"{NAMESPACE}\" q:Recipe="),
    ] {
        assert_eq!(property(&torn), None, "{torn}");
    }
}

/// A PNG whose packet is packed by zlib, as editors write it.
fn packed_png(text: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut zlib = flate2::write::ZlibEncoder::new(vec![], flate2::Compression::best());
    zlib.write_all(text).expect("in memory");
    let body = [b"XML:com.adobe.xmp\0\x01\0\0\0", &zlib.finish().expect("in memory")[..]].concat();
    let mut chunk = (body.len() as u32).to_be_bytes().to_vec();
    chunk.extend(b"iTXt");
    chunk.extend(&body);
    chunk.extend([0; 4]);
    let plain = encode_with(&picture(), &EncodeOptions::new(Format::Png), &Extras::default()).expect("it is written").bytes;
    [&plain[..33], &chunk, &plain[33..]].concat()
}

#[test]
fn a_packed_packet_is_read_and_a_bomb_is_not() {
    assert_eq!(read(&packed_png(packet(RECIPE).as_bytes())).as_deref(), Some(RECIPE));
    let bomb = packed_png(packet(&"a".repeat(64 << 20)).as_bytes());
    assert!(bomb.len() < 1 << 20, "it is small as it comes");
    assert_eq!(read(&bomb), None);
    assert_eq!(read(&file(Format::Ora, None, &"b".repeat(32 << 20))), None, "nor one in an archive");
}

#[test]
fn torn_and_lying_files_have_no_recipe_and_never_make_a_panic() {
    for format in HOLDING {
        let whole = file(format, None, RECIPE);
        for end in (0..whole.len()).step_by(1 + whole.len() / 700) {
            let _ = read(&whole[..end]);
        }
        for at in 0..whole.len().min(4000) {
            for value in [0, 0x7f, 0x80, 0xff] {
                let mut hurt = whole.clone();
                hurt[at] = value;
                let _ = read(&hurt);
            }
        }
    }
    for made in [
        &b"8BPS"[..],
        b"PK\x03\x04",
        b"RIFF\xff\xff\xff\xffWEBPXMP \xff\xff\xff\xff",
        b"\xff\xd8\xff\xe1\0\x02",
        b"II*\0\xff\xff\xff\xff",
        b"",
    ] {
        assert_eq!(read(made), None);
    }
}
