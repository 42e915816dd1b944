//! Picture formats: recognised by content only, never by a name.

use serde::{Deserialize, Serialize};

use crate::text::Text;

/// A format that Portico reads or writes: BMP is only read; AVIF and the two with layers are only written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Jpeg,
    Png,
    Webp,
    Gif,
    Bmp,
    Tiff,
    Avif,
    /// OpenRaster: layers.
    Ora,
    /// Photoshop: layers.
    Psd,
}

impl Format {
    /// From what a person or a program calls it: `jpg`, `JPEG`, `.png`, `image/webp`.
    pub fn parse(name: &str) -> Option<Format> {
        let name = name.trim().to_ascii_lowercase();
        let name = name.strip_prefix("image/").unwrap_or(&name);
        match name.trim_start_matches('.') {
            "jpg" | "jpeg" | "jpe" | "jfif" | "pjpeg" => Some(Format::Jpeg),
            "png" | "apng" => Some(Format::Png),
            "webp" => Some(Format::Webp),
            "gif" => Some(Format::Gif),
            "bmp" | "dib" | "x-ms-bmp" => Some(Format::Bmp),
            "tif" | "tiff" => Some(Format::Tiff),
            "avif" => Some(Format::Avif),
            "ora" | "openraster" => Some(Format::Ora),
            "psd" | "vnd.adobe.photoshop" | "x-photoshop" | "photoshop" => Some(Format::Psd),
            _ => None,
        }
    }

    /// From a file name's extension. For naming outputs; what an input is, its content says.
    pub fn from_file_name(name: &str) -> Option<Format> {
        Format::parse(name.rsplit_once('.')?.1)
    }

    /// As in JSON and in plans.
    pub fn name(self) -> &'static str {
        match self {
            Format::Jpeg => "jpeg",
            Format::Png => "png",
            Format::Webp => "webp",
            Format::Gif => "gif",
            Format::Bmp => "bmp",
            Format::Tiff => "tiff",
            Format::Avif => "avif",
            Format::Ora => "ora",
            Format::Psd => "psd",
        }
    }

    /// As people write it.
    pub fn label(self) -> &'static str {
        match self {
            Format::Jpeg => "JPEG",
            Format::Png => "PNG",
            Format::Webp => "WebP",
            Format::Gif => "GIF",
            Format::Bmp => "BMP",
            Format::Tiff => "TIFF",
            Format::Avif => "AVIF",
            Format::Ora => "OpenRaster",
            Format::Psd => "PSD",
        }
    }

    pub fn mime(self) -> &'static str {
        match self {
            Format::Jpeg => "image/jpeg",
            Format::Png => "image/png",
            Format::Webp => "image/webp",
            Format::Gif => "image/gif",
            Format::Bmp => "image/bmp",
            Format::Tiff => "image/tiff",
            Format::Avif => "image/avif",
            Format::Ora => "image/openraster",
            Format::Psd => "image/vnd.adobe.photoshop",
        }
    }

    /// Without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Jpeg => "jpg",
            Format::Tiff => "tif",
            other => other.name(),
        }
    }

    /// Whether the format itself loses nothing. WebP can do both; see [`super::encode::EncodeOptions`].
    pub fn is_lossless(self) -> bool {
        !matches!(self, Format::Jpeg | Format::Gif | Format::Avif)
    }

    pub fn holds_alpha(self) -> bool {
        !matches!(self, Format::Jpeg | Format::Bmp)
    }

    /// Whether files of this format are written here.
    pub fn can_encode(self) -> bool {
        self != Format::Bmp
    }

    /// Whether it holds 16 bits a channel.
    pub fn holds_sixteen_bits(self) -> bool {
        matches!(self, Format::Png | Format::Tiff | Format::Ora)
    }

    /// Whether it keeps layers.
    pub fn holds_layers(self) -> bool {
        matches!(self, Format::Ora | Format::Psd)
    }

    /// By the first bytes of the content.
    ///
    /// # Errors
    /// What it is instead, as far as that can be told.
    pub fn sniff(bytes: &[u8]) -> Result<Format, Foreign> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Ok(Format::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Ok(Format::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(Format::Webp),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Ok(Format::Gif),
            [b'B', b'M', rest @ ..] if is_bmp(rest) => Ok(Format::Bmp),
            [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Ok(Format::Tiff),
            _ => Err(Foreign::sniff(bytes)),
        }
    }
}

/// After `BM`: file size, two reserved words, offset of the pixels, then the size of a known DIB header.
fn is_bmp(rest: &[u8]) -> bool {
    let dib = rest.get(12..16).map(|b| u32::from_le_bytes(b.try_into().expect("four bytes")));
    matches!(dib, Some(12 | 16 | 40 | 52 | 56 | 64 | 108 | 124))
}

/// Something that came in place of a picture that Portico reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// A kind of TIFF that is not read: BigTIFF, palettes, Lab, floats.
    Tiff,
    Heic,
    Avif,
    JpegXl,
    Jpeg2000,
    Svg,
    Html,
    Pdf,
    Psd,
    Icon,
    Zip,
    Video,
    Text,
    Unknown,
}

impl Foreign {
    fn sniff(bytes: &[u8]) -> Foreign {
        if let Some(kind) = Foreign::by_signature(bytes) {
            return kind;
        }
        let head = &bytes[..bytes.len().min(1024)];
        let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        let Ok(text) = std::str::from_utf8(head).or_else(|e| std::str::from_utf8(&head[..e.valid_up_to()]).map_err(|_| e)) else {
            return Foreign::Unknown;
        };
        let text = text.to_ascii_lowercase();
        if text.contains("<svg") {
            Foreign::Svg
        } else if ["<!doctype html", "<html", "<head", "<body", "<script"].iter().any(|tag| text.contains(tag)) {
            Foreign::Html
        } else if text.len() * 10 >= head.len() * 9 && text.chars().all(|c| !c.is_control() || c.is_ascii_whitespace()) {
            Foreign::Text
        } else {
            Foreign::Unknown
        }
    }

    fn by_signature(bytes: &[u8]) -> Option<Foreign> {
        Some(match bytes {
            [b'I', b'I', 43, 0, ..] | [b'M', b'M', 0, 43, ..] => Foreign::Tiff,
            [_, _, _, _, b'f', b't', b'y', b'p', a, b, c, d, ..] => match &[*a, *b, *c, *d] {
                b"avif" | b"avis" => Foreign::Avif,
                b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => {
                    if bytes[..bytes.len().min(64)].windows(4).any(|w| w == b"avif") { Foreign::Avif } else { Foreign::Heic }
                }
                _ => Foreign::Video,
            },
            [0xff, 0x0a, ..] | [0, 0, 0, 12, b'J', b'X', b'L', b' ', ..] => Foreign::JpegXl,
            [0, 0, 0, 12, b'j', b'P', b' ', b' ', ..] | [0xff, 0x4f, 0xff, 0x51, ..] => Foreign::Jpeg2000,
            [b'%', b'P', b'D', b'F', ..] => Foreign::Pdf,
            [b'8', b'B', b'P', b'S', ..] => Foreign::Psd,
            [0, 0, 1 | 2, 0, n, 0, ..] if *n > 0 => Foreign::Icon,
            [b'P', b'K', 3, 4, ..] => Foreign::Zip,
            [0x1a, 0x45, 0xdf, 0xa3, ..] => Foreign::Video,
            _ => return None,
        })
    }

    /// What it is and what to do about it.
    pub fn advice(self) -> Text {
        let readable = Text::new("JPEG、PNG、WebP、TIFF、GIF 或 BMP", "JPEG, PNG, WebP, TIFF, GIF or BMP");
        let export = |zh: &str, en: &str| {
            Text::new(
                format!("这是 {zh} 文件，暂不支持。请先另存为 {} 再上传。", readable.zh),
                format!("This is {en}, which is not supported. Please save it as {} first.", readable.en),
            )
        };
        match self {
            Foreign::Tiff => Text::new(
                "这种 TIFF（如 BigTIFF、索引色、Lab 或浮点）暂不支持，请另存为 8 或 16 位的 RGB 或灰度 TIFF，或 PNG、JPEG。",
                "This kind of TIFF (BigTIFF, indexed, Lab or floating point) is not supported. Please save it as 8- or 16-bit RGB or grey, or as PNG or JPEG.",
            ),
            Foreign::Heic => Text::new(
                "这是 HEIC（iPhone 默认格式），暂不支持。请在手机“设置 › 相机 › 格式”选“兼容性最佳”，或先把照片导出为 JPEG。",
                "This is HEIC, the iPhone's default, which is not supported. Choose Settings › Camera › Formats › Most Compatible, or export the photo as JPEG.",
            ),
            Foreign::Avif => export("AVIF", "an AVIF picture"),
            Foreign::JpegXl => export("JPEG XL", "a JPEG XL picture"),
            Foreign::Jpeg2000 => export("JPEG 2000", "a JPEG 2000 picture"),
            Foreign::Svg => export("SVG 矢量图", "an SVG drawing"),
            Foreign::Psd => export("Photoshop", "a Photoshop file"),
            Foreign::Icon => export("图标（ICO）", "an icon file"),
            Foreign::Pdf => export("PDF", "a PDF"),
            Foreign::Html => Text::new(
                "这是网页，不是图片。请下载图片本身再上传。",
                "This is a web page, not a picture. Please download the picture itself.",
            ),
            Foreign::Zip => {
                Text::new("这是压缩包，请解压后上传其中的图片。", "This is an archive. Please unpack it and send the pictures inside.")
            }
            Foreign::Video => Text::new("这是视频，请截取一帧存为图片。", "This is a video. Please save one frame of it as a picture."),
            Foreign::Text => Text::new(
                format!("这是文本，不是图片。请上传 {}。", readable.zh),
                format!("This is text, not a picture. Please send {}.", readable.en),
            ),
            Foreign::Unknown => Text::new(
                format!("看不出这是什么图片。请上传 {}。", readable.zh),
                format!("This is not a picture that can be read here. Please send {}.", readable.en),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_extensions_and_mime_types_lead_to_the_same_format_and_back() {
        for format in
            [Format::Jpeg, Format::Png, Format::Webp, Format::Gif, Format::Bmp, Format::Tiff, Format::Avif, Format::Ora, Format::Psd]
        {
            assert_eq!(Format::parse(format.name()), Some(format));
            assert_eq!(Format::parse(format.mime()), Some(format));
            assert_eq!(Format::from_file_name(&format!("a.b.{}", format.extension().to_uppercase())), Some(format));
        }
        assert_eq!(Format::parse("xcf"), None);
        assert_eq!(Format::from_file_name("png"), None, "a name without an extension says nothing");
    }

    #[test]
    fn what_is_not_a_readable_picture_is_told_apart_so_that_the_advice_fits() {
        let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
        let cases: [(&[u8], Foreign); 9] = [
            (b"II+\0aaaa", Foreign::Tiff),
            (heic, Foreign::Heic),
            (b"\0\0\0\x20ftypavif\0\0\0\0", Foreign::Avif),
            (b"\0\0\0\x20ftypmif1\0\0\0\0avifmif1", Foreign::Avif),
            (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", Foreign::Svg),
            (b"\xef\xbb\xbf<!DOCTYPE html><p>", Foreign::Html),
            (b"%PDF-1.7", Foreign::Pdf),
            (b"hello, I am a png", Foreign::Text),
            (&[0x80], Foreign::Unknown),
        ];
        for (bytes, kind) in cases {
            assert_eq!(Format::sniff(bytes), Err(kind));
            assert!(!kind.advice().zh.is_empty() && kind.advice().en.ends_with('.'));
        }
    }

    #[test]
    fn bm_at_the_start_of_a_text_is_no_bitmap() {
        assert!(Format::sniff(b"BMW makes cars and motorcycles in Munich").is_err());
    }
}
