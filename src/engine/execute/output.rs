//! What a result is written as where the plan has no export step, and what the file is called.

use crate::imaging::encode::DEFAULT_QUALITY;
use crate::imaging::{EncodeOptions, Format, Picture};
use crate::ops::SourceFormat;

/// Names are cut to this many bytes, extension included: file systems take 255, and a suffix may follow.
const MAX_NAME_BYTES: usize = 120;
/// Names of devices on Windows, with any extension.
const RESERVED: [&str; 6] = ["con", "prn", "aux", "nul", "clock$", "conin$"];

/// The format asked for (by a parameter or the output's extension), else the source's family if it can hold the picture: a cut-out from a JPEG
/// becomes PNG, lossless in → lossless out. JPEG asked for explicitly flattens transparency on white; the encoder says so.
pub fn output_format(picture: &Picture, source: Option<SourceFormat>, wanted: Option<Format>) -> EncodeOptions {
    let by_source = SourceFormat::encode_options(source, picture);
    match wanted {
        Some(format) if format == by_source.format => by_source,
        // From a lossy source there is nothing to lose, and a lossless WebP of a photo is huge.
        Some(format) if source.is_some_and(|s| !s.lossless) => EncodeOptions::new(format).with_quality(DEFAULT_QUALITY),
        Some(format) => EncodeOptions::new(format),
        None => by_source,
    }
}

/// A safe file name for a result: the upload's stem with the result's extension. Folders, control characters, leading dots and dashes and what
/// Windows reserves are gone; letters of all languages and emoji stay. Without a usable name it is `portico`.
pub fn output_name(upload: Option<&str>, extension: &str) -> String {
    let stem = stem_of(upload.unwrap_or(""));
    let room = MAX_NAME_BYTES - extension.len() - 1;
    let mut end = stem.len().min(room);
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    let stem = stem[..end].trim_end_matches(['.', ' ']);
    if stem.is_empty() { format!("portico.{extension}") } else { format!("{stem}.{extension}") }
}

fn stem_of(upload: &str) -> String {
    let decoded = percent_decoded(upload);
    let name = decoded.rsplit(['/', '\\']).next().unwrap_or("");
    let stem = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && extension.len() <= 5 && extension.chars().all(|c| c.is_ascii_alphanumeric()) => stem,
        _ => name,
    };
    let kept: String = stem.chars().map(|c| if allowed(c) { c } else { '_' }).filter(|&c| !is_invisible(c)).collect();
    let kept = kept.trim_matches(|c: char| c.is_whitespace() || c == '.').trim_start_matches(['-', '.', '~', ' ']);
    let device = kept.split('.').next().unwrap_or("").trim_end().to_ascii_lowercase();
    let numbered =
        device.len() == 4 && (device.starts_with("com") || device.starts_with("lpt")) && device.ends_with(|c: char| c.is_ascii_digit());
    if numbered || RESERVED.contains(&device.as_str()) { format!("_{kept}") } else { kept.to_owned() }
}

fn allowed(c: char) -> bool {
    !c.is_control() && !matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '%' | '\u{fffd}')
}

/// Characters that change how a name looks without being seen: direction marks and overrides. The joiner inside emoji stays.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// `%2e%2e%2f` is `../` to whoever decodes it later, so it is decoded here, once more than any client does.
fn percent_decoded(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..3 {
        let mut bytes = Vec::with_capacity(text.len());
        let raw = text.as_bytes();
        let mut i = 0;
        while i < raw.len() {
            let hex = (raw[i] == b'%').then(|| text.get(i + 1..i + 3)).flatten().and_then(|h| u8::from_str_radix(h, 16).ok());
            match hex {
                Some(byte) => {
                    bytes.push(byte);
                    i += 3;
                }
                None => {
                    bytes.push(raw[i]);
                    i += 1;
                }
            }
        }
        let decoded = String::from_utf8_lossy(&bytes).into_owned();
        if decoded == text {
            break;
        }
        text = decoded;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_outside_its_folder() {
        let cases = [
            ("../../etc/passwd", "passwd.png"),
            ("..\\..\\boot.ini", "boot.png"),
            ("/etc/shadow", "shadow.png"),
            ("%2e%2e%2fx.jpg", "x.png"),
            ("%252e%252e%252fx.jpg", "x.png"),
            ("a\0b.jpg", "a_b.png"),
            (".htaccess", "htaccess.png"),
            ("..", "portico.png"),
            ("-rf.png", "rf.png"),
            ("--.png", "portico.png"),
            ("CON", "_CON.png"),
            ("con.jpg", "_con.png"),
            ("lpt1.tar.gz", "_lpt1.tar.png"),
            ("a:b|c?.jpg", "a_b_c_.png"),
            ("photo\u{202e}gpj.exe", "photogpj.png"),
            ("", "portico.png"),
        ];
        for (upload, name) in cases {
            assert_eq!(output_name(Some(upload), "png"), name, "{upload:?}");
        }
        assert_eq!(output_name(None, "jpg"), "portico.jpg");
    }

    #[test]
    fn names_of_people_stay_as_they_are() {
        for (upload, name) in [
            ("我的照片 (2).JPG", "我的照片 (2).webp"),
            ("猫🐱‍👤.png", "猫🐱‍👤.webp"),
            ("été à la mer.v2.png", "été à la mer.v2.webp"),
            ("100% cotton.jpg", "100_ cotton.webp"),
        ] {
            assert_eq!(output_name(Some(upload), "webp"), name);
        }
        let long = output_name(Some(&"图".repeat(300)), "png");
        assert!(long.len() <= MAX_NAME_BYTES && long.starts_with("图图") && long.ends_with("图.png"));
    }

    #[test]
    fn the_result_keeps_the_family_of_its_source_if_that_can_hold_it() {
        let opaque = Picture::filled(2, 2, [1, 2, 3, 255]);
        let cut = Picture::filled(2, 2, [1, 2, 3, 9]);
        let source = |format, lossless| Some(SourceFormat { format, lossless });
        let jpeg = source(Format::Jpeg, false);
        assert_eq!(output_format(&opaque, jpeg, None).format, Format::Jpeg);
        assert_eq!(output_format(&cut, jpeg, None).format, Format::Png, "JPEG cannot hold the new alpha");
        assert_eq!(output_format(&cut, jpeg, Some(Format::Jpeg)).format, Format::Jpeg, "asked for");
        assert!(output_format(&opaque, source(Format::Webp, true), None).is_lossless());
        assert!(!output_format(&opaque, source(Format::Webp, false), None).is_lossless());
        assert_eq!(output_format(&opaque, source(Format::Gif, true), None).format, Format::Png);
        assert_eq!(output_format(&opaque, None, None).format, Format::Png);
    }
}
