//! File names on the way out, and format names on the way in.

use axum::http::HeaderValue;

use super::error::ApiError;
use crate::imaging::Format;

/// A format that pictures can be written in.
pub fn output_format(name: &str) -> Result<Format, ApiError> {
    Format::parse(name).filter(|f| f.can_encode()).ok_or_else(|| {
        ApiError::bad_request(
            "invalid_parameter",
            format!("不能输出“{name}”格式；可用 png、jpeg、webp、avif、tiff、gif、ora、psd。"),
            format!("`{name}` cannot be written; use png, jpeg, webp, avif, tiff, gif, ora or psd."),
        )
        .field("format")
    })
}

/// The name with another extension; only the last path component counts.
pub fn with_extension(name: &str, extension: &str) -> String {
    crate::engine::execute::output_name(Some(name), extension)
}

/// `Content-Disposition` for any name (RFC 6266: an ASCII fall-back and the UTF-8 form).
pub fn disposition(name: &str, attachment: bool) -> HeaderValue {
    let kind = if attachment { "attachment" } else { "inline" };
    let ascii: String =
        name.chars().map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%' | ';') || c == ' ' { c } else { '_' }).collect();
    let mut utf8 = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            utf8.push(char::from(byte));
        } else {
            utf8.push_str(&format!("%{byte:02X}"));
        }
    }
    HeaderValue::from_str(&format!("{kind}; filename=\"{ascii}\"; filename*=UTF-8''{utf8}"))
        .unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_gives_one_well_formed_header() {
        let header = disposition("红裙 \"a\".png", true);
        assert_eq!(header.to_str().unwrap(), "attachment; filename=\"__ _a_.png\"; filename*=UTF-8''%E7%BA%A2%E8%A3%99%20%22a%22.png");
    }
}
