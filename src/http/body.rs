//! Request bodies: read whole within a limit, then taken apart as multipart or JSON into one [`Submission`].

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use futures_util::StreamExt;
use serde_json::{Map, Value};

use super::error::ApiError;
use super::listen::Stalled;
use crate::config::Limits;
use crate::text::Text;

/// A picture as it came: bytes with the client's name for it, or the id of one already here.
#[derive(Clone, Debug)]
pub enum Upload {
    Bytes { name: String, bytes: Bytes },
    Id(String),
}

/// Everything that a request for work may bring, whichever way it was sent. Fields keep their JSON text.
#[derive(Clone, Debug, Default)]
pub struct Submission {
    pub images: Vec<Upload>,
    pub mask: Option<Upload>,
    /// `instruction`, `text`, `plan`, `format`, `answer`, `from_version` … by name.
    pub fields: serde_json::Map<String, Value>,
}

impl Submission {
    /// A text field; numbers and booleans are taken as written.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.fields.get(name)? {
            Value::String(s) => Some(s.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        }
    }

    /// A field that holds JSON: given as such, or as text in a multipart form.
    pub fn json<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<Option<T>, ApiError> {
        json_field(&self.fields, name)
    }
}

/// A field that holds JSON: given as such, or as text in a multipart form.
pub fn json_field<T: serde::de::DeserializeOwned>(fields: &Map<String, Value>, name: &str) -> Result<Option<T>, ApiError> {
    let value = match fields.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => {
            check_entries(text.as_bytes()).map_err(|e| e.field(name))?;
            serde_json::from_str(text).or_else(|_| serde_json::from_value(Value::String(text.clone())))
        }
        Some(value) => serde_json::from_value(value.clone()),
    };
    value.map(Some).map_err(|e| {
        ApiError::bad_request("invalid_json", format!("“{name}”的内容不合格式：{e}"), format!("`{name}` is not of the expected form: {e}"))
            .field(name)
    })
}

/// Reads a body of at most `limit` bytes. A longer one is read to its end (within reason) and thrown away, so that the client
/// gets to see the answer instead of a broken connection.
pub async fn read_body(body: Body, limit: u64) -> Result<Bytes, ApiError> {
    let mut stream = body.into_data_stream();
    let mut kept: Vec<u8> = Vec::new();
    let mut seen: u64 = 0;
    let drain_limit = limit.saturating_mul(4).max(256_000_000);
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| broken(&error))?;
        seen += chunk.len() as u64;
        if seen <= limit {
            kept.extend_from_slice(&chunk);
        } else {
            kept = Vec::new();
            if seen > drain_limit {
                break;
            }
        }
    }
    if seen > limit { Err(too_large(limit)) } else { Ok(kept.into()) }
}

/// Why a body has no end: the connection broke, or its sender fell silent.
fn broken(error: &axum::Error) -> ApiError {
    if std::error::Error::source(error).is_some_and(|source| source.is::<Stalled>()) {
        let text = Text::new(
            "上传停住了，没有收到后面的内容。请检查网络后重试。",
            "The upload stood still and its rest did not arrive. Check the network and send it again.",
        );
        return ApiError::new(StatusCode::REQUEST_TIMEOUT, "upload_stalled", text);
    }
    ApiError::bad_request("upload_broken", "上传中断，请重试。", "The upload broke off before its end; send it again.")
}

fn too_large(limit: u64) -> ApiError {
    let mb = limit as f64 / 1e6;
    ApiError::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "upload_too_large",
        Text::new(format!("上传内容超过上限 {mb:.0} MB。"), format!("The upload is over the limit of {mb:.0} MB.")),
    )
}

/// Reads a request for work: multipart (files by name, everything else as text) or JSON (base64, data URIs, ids).
pub async fn read_submission(request: Request, limits: &Limits) -> Result<Submission, ApiError> {
    let (parts, body) = request.into_parts();
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("").to_ascii_lowercase();
    let files = limits.max_images as u64 + 1;
    let total = limits.max_upload_bytes.saturating_mul(files.min(4)) + 1_000_000;
    if kind.starts_with("multipart/form-data") {
        let bytes = read_body(body, total).await?;
        let rebuilt = Request::from_parts(parts, Body::from(bytes));
        let form = Multipart::from_request(rebuilt, &()).await.map_err(|e| malformed(&e))?;
        from_multipart(form, limits).await
    } else if kind.starts_with("application/json") {
        let bytes = read_body(body, total * 4 / 3).await?;
        from_json(&bytes, limits)
    } else {
        Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_content_type",
            Text::new(
                "请用 multipart/form-data（字段 image、instruction）或 application/json 提交。",
                "Send multipart/form-data (fields image, instruction) or application/json.",
            ),
        )
        .field("Content-Type"))
    }
}

fn malformed(why: &dyn std::fmt::Display) -> ApiError {
    ApiError::bad_request("invalid_multipart", format!("表单格式有误：{why}"), format!("The form cannot be read: {why}"))
}

async fn from_multipart(mut form: Multipart, limits: &Limits) -> Result<Submission, ApiError> {
    let mut out = Submission::default();
    while let Some(part) = form.next_field().await.map_err(|e| malformed(&e))? {
        let name = part.name().unwrap_or("").to_owned();
        let file = part.file_name().map(str::to_owned);
        let bytes = part.bytes().await.map_err(|e| malformed(&e))?;
        match name.as_str() {
            "image" | "image[]" | "images" | "mask" => {
                let upload = match file {
                    None if bytes.len() <= 64 && bytes.starts_with(b"img_") => {
                        Upload::Id(String::from_utf8_lossy(&bytes).trim().to_owned())
                    }
                    file => file_upload(file.unwrap_or_default(), bytes, &name, limits)?,
                };
                add(&mut out, upload, name == "mask", limits)?;
            }
            _ => {
                let text = String::from_utf8(bytes.to_vec()).map_err(|_| {
                    ApiError::bad_request("invalid_text", format!("“{name}”不是 UTF-8 文本。"), format!("`{name}` is not UTF-8 text."))
                        .field(&name)
                })?;
                out.fields.insert(name, Value::String(text));
            }
        }
    }
    Ok(out)
}

fn file_upload(name: String, bytes: Bytes, field: &str, limits: &Limits) -> Result<Upload, ApiError> {
    if bytes.len() as u64 > limits.max_upload_bytes {
        return Err(too_large(limits.max_upload_bytes).field(field));
    }
    Ok(Upload::Bytes { name, bytes })
}

fn add(out: &mut Submission, upload: Upload, is_mask: bool, limits: &Limits) -> Result<(), ApiError> {
    if is_mask {
        if out.mask.replace(upload).is_some() {
            return Err(ApiError::bad_request("one_mask", "一次只能用一个蒙版。", "One mask at a time.").field("mask"));
        }
    } else if out.images.len() >= limits.max_images {
        let n = limits.max_images;
        return Err(ApiError::bad_request(
            "too_many_images",
            format!("一次最多 {n} 张图。"),
            format!("At most {n} pictures in one request."),
        )
        .field("image"));
    } else {
        out.images.push(upload);
    }
    Ok(())
}

/// Values in one JSON text at most.
const MAX_JSON_ENTRIES: usize = 200_000;

/// Refuses JSON of very many values before it is read: `0,` takes two bytes there and dozens in memory.
pub(super) fn check_entries(json: &[u8]) -> Result<(), ApiError> {
    let (mut entries, mut in_text, mut escaped) = (0, false, false);
    for &byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b',' | b'[' | b'{' if !in_text => entries += 1,
            _ => {}
        }
    }
    if entries <= MAX_JSON_ENTRIES {
        return Ok(());
    }
    Err(ApiError::bad_request(
        "invalid_json",
        format!("JSON 里的值太多：最多 {MAX_JSON_ENTRIES} 个。"),
        format!("The JSON holds too many values; {MAX_JSON_ENTRIES} at most."),
    ))
}

fn from_json(bytes: &[u8], limits: &Limits) -> Result<Submission, ApiError> {
    check_entries(bytes)?;
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|e| ApiError::bad_request("invalid_json", format!("JSON 有误：{e}"), format!("The JSON cannot be read: {e}")))?;
    let Value::Object(mut map) = value else {
        return Err(ApiError::bad_request("invalid_json", "请求应是一个 JSON 对象。", "The request must be a JSON object."));
    };
    let mut out = Submission::default();
    let mut pictures = Vec::new();
    for name in ["image", "images"] {
        match map.remove(name) {
            None | Some(Value::Null) => {}
            Some(Value::Array(list)) => pictures.extend(list),
            Some(one) => pictures.push(one),
        }
    }
    for picture in pictures {
        let upload = json_upload(&picture, "image", limits)?;
        add(&mut out, upload, false, limits)?;
    }
    if let Some(mask) = map.remove("mask").filter(|m| !m.is_null()) {
        out.mask = Some(json_upload(&mask, "mask", limits)?);
    }
    out.fields = map;
    Ok(out)
}

/// An id, a data URI or bare base64 in any of its dialects.
fn json_upload(value: &Value, field: &'static str, limits: &Limits) -> Result<Upload, ApiError> {
    let bad = || {
        ApiError::bad_request(
            "image_encoding",
            "图片应是 base64、data URI，或已上传图片的 id。",
            "A picture must be base64, a data URI, or the id of an uploaded image.",
        )
        .field(field)
    };
    let text = value.as_str().ok_or_else(bad)?.trim();
    if text.len() <= 64 && text.starts_with("img_") {
        return Ok(Upload::Id(text.to_owned()));
    }
    let payload = match text.strip_prefix("data:") {
        Some(rest) => {
            let (head, payload) = rest.split_once(',').ok_or_else(bad)?;
            if !head.to_ascii_lowercase().ends_with(";base64") {
                return Err(bad());
            }
            payload
        }
        None => text,
    };
    let bytes = decode_base64(payload).ok_or_else(bad)?;
    file_upload(String::new(), bytes.into(), field, limits)
}

/// Standard or URL-safe alphabet, padded or not, line breaks allowed.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const STANDARD: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::STANDARD, LENIENT);
    let plain: Vec<u8> = text
        .bytes()
        .filter(|b| !b.is_ascii_whitespace())
        .map(|b| match b {
            b'-' => b'+',
            b'_' => b'/',
            b => b,
        })
        .collect();
    STANDARD.decode(plain).ok()
}

/// A small JSON body, with our own errors. An empty body is `{}`.
pub struct JsonBody<T>(pub T);

/// Bodies that hold no pictures.
const SMALL_BODY_BYTES: u64 = 1_000_000;

impl<T: serde::de::DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let bytes = read_body(request.into_body(), SMALL_BODY_BYTES).await?;
        let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        serde_json::from_slice(text)
            .map(JsonBody)
            .map_err(|e| ApiError::bad_request("invalid_json", format!("JSON 有误：{e}"), format!("The JSON cannot be read: {e}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_base64_dialect_gives_the_same_bytes() {
        let data: Vec<u8> = (0..=255).collect();
        let standard = base64::engine::general_purpose::STANDARD.encode(&data);
        let url = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&data);
        let broken: String = standard.as_bytes().chunks(76).map(|c| String::from_utf8_lossy(c) + "\r\n").collect();
        for text in [standard.as_str(), &url, &broken, &format!("data:image/png;base64,{standard}")] {
            let Ok(Upload::Bytes { bytes, .. }) = json_upload(&Value::from(text), "image", &Limits::default()) else {
                panic!("{text:.40}")
            };
            assert_eq!(bytes.as_ref(), data.as_slice());
        }
        for text in ["***", "data:image/png,plain", "data:image/png;base64"] {
            assert_eq!(json_upload(&Value::from(text), "image", &Limits::default()).unwrap_err().code, "image_encoding");
        }
        assert!(matches!(json_upload(&Value::from("img_123"), "image", &Limits::default()), Ok(Upload::Id(_))));
    }

    #[test]
    fn json_of_very_many_values_is_refused_unread_and_long_texts_are_not() {
        let of = |json: String| from_json(json.as_bytes(), &Limits::default()).map_err(|e| e.code.into_owned());
        assert_eq!(of(format!("{{\"plan\":[{}0]}}", "0,".repeat(MAX_JSON_ENTRIES))).unwrap_err(), "invalid_json");
        assert_eq!(of(format!("{{\"plan\":[{}0]}}", "[],".repeat(MAX_JSON_ENTRIES))).unwrap_err(), "invalid_json");
        let text = format!("{{\"text\":\"\\\"{}\"}}", ",[{".repeat(MAX_JSON_ENTRIES));
        assert_eq!(of(text).unwrap().fields.len(), 1, "what stands in a text is no value");
        let form = Submission {
            fields: [("plan".to_owned(), Value::from(format!("[{}0]", "0,".repeat(MAX_JSON_ENTRIES))))].into_iter().collect(),
            ..Submission::default()
        };
        assert_eq!(form.json::<Value>("plan").unwrap_err().code, "invalid_json");
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_drained_and_answered() {
        assert_eq!(read_body(Body::from(vec![0; 10]), 10).await.unwrap().len(), 10);
        assert_eq!(read_body(Body::from(vec![0; 11]), 10).await.unwrap_err().code, "upload_too_large");
    }
}
