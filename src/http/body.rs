//! Request bodies: read whole within a limit, then taken apart as multipart or JSON into one [`Submission`].

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use futures_util::StreamExt;
use serde_json::{Map, Value};

use super::body_memory::{BodyMemory, FREE_BYTES, Held, STEP_BYTES};
use super::error::ApiError;
use super::listen::Stalled;
use super::state::App;
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
    /// Bytes of the files that it brings.
    fn bytes(&self) -> u64 {
        let bytes = |upload: &Upload| if let Upload::Bytes { bytes, .. } = upload { bytes.len() as u64 } else { 0 };
        self.images.iter().chain(&self.mask).map(bytes).sum()
    }

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

/// A body, and the room in memory that it takes.
#[derive(Debug)]
pub struct Received {
    pub bytes: Bytes,
    pub held: Held,
}

/// How a body is read.
pub struct Reading<'a> {
    pub memory: &'a BodyMemory,
    /// Bytes of the longest body.
    pub limit: u64,
    /// How often a body is in memory while it is taken apart.
    pub copies: u64,
}

impl Reading<'_> {
    /// Reads a body whole. One that is too long, or that finds no room, is read to its end (within reason) and thrown away, so that the client gets to
    /// see the answer instead of a broken connection.
    pub async fn read(&self, body: Body) -> Result<Received, ApiError> {
        let told = HttpBody::size_hint(&body).exact();
        let mut held = self.memory.hold();
        let mut refused = match told {
            Some(length) if length > self.limit => Some(too_large(self.limit)),
            Some(length) => held.reach(length.saturating_mul(self.copies)).await.err(),
            None => None,
        };
        let mut kept: Vec<u8> = Vec::with_capacity(told.filter(|_| refused.is_none()).and_then(|n| usize::try_from(n).ok()).unwrap_or(0));
        let mut seen: u64 = 0;
        let mut stream = body.into_data_stream();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|error| broken(&error))?;
            seen += chunk.len() as u64;
            if refused.is_none() {
                refused = if seen > self.limit {
                    Some(too_large(self.limit))
                } else {
                    let wanted = seen.saturating_mul(self.copies);
                    held.reach(if told.is_some() { wanted } else { stepped(wanted) }).await.err()
                };
            }
            match refused {
                None => kept.extend_from_slice(&chunk),
                Some(_) => {
                    kept = Vec::new();
                    held.shrink(0);
                    if seen > self.limit.saturating_mul(4).max(256_000_000) {
                        break;
                    }
                }
            }
        }
        match refused {
            None => Ok(Received { bytes: kept.into(), held }),
            Some(error) => Err(error),
        }
    }
}

/// Room is taken in few steps where nobody said how much it will be.
pub(super) fn stepped(bytes: u64) -> u64 {
    if bytes <= FREE_BYTES { bytes } else { bytes.next_multiple_of(STEP_BYTES) }
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

/// Bytes of a body that are handed on at a time.
const PIECE_BYTES: usize = 64 * 1024;
/// A submission is in memory twice while it is taken apart: as it came and as what it brought.
const SUBMISSION_COPIES: u64 = 2;

/// Reads a request for work: multipart (files by name, everything else as text) or JSON (base64, data URIs, ids). Keep the room that it takes in memory
/// for as long as its pictures.
pub async fn read_submission(request: Request, limits: &Limits, memory: &BodyMemory) -> Result<(Submission, Held), ApiError> {
    let (parts, body) = request.into_parts();
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("").to_ascii_lowercase();
    let files = limits.max_images as u64 + 1;
    let total = limits.max_upload_bytes.saturating_mul(files.min(4)) + 1_000_000;
    let reading = |limit| Reading { memory, limit, copies: SUBMISSION_COPIES };
    let (submission, mut held, text_bytes) = if kind.starts_with("multipart/form-data") {
        let Received { bytes, held } = reading(total).read(body).await?;
        let length = bytes.len();
        let form = Multipart::from_request(Request::from_parts(parts, in_pieces(bytes)), &()).await.map_err(|e| malformed(&e))?;
        let submission = from_multipart(form, limits).await?;
        let text_bytes = (length as u64).saturating_sub(submission.bytes());
        (submission, held, text_bytes)
    } else if kind.starts_with("application/json") {
        let Received { bytes, held } = reading(total * 4 / 3).read(body).await?;
        let (submission, text_bytes) = from_json(bytes, limits)?;
        (submission, held, text_bytes)
    } else {
        return Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_content_type",
            Text::new(
                "请用 multipart/form-data（字段 image、instruction）或 application/json 提交。",
                "Send multipart/form-data (fields image, instruction) or application/json.",
            ),
        )
        .field("Content-Type"));
    };
    held.shrink(submission.bytes() + text_bytes);
    Ok((submission, held))
}

/// A body that is in memory already, given piece by piece: whoever reads it as one piece copies it as one.
fn in_pieces(bytes: Bytes) -> Body {
    let pieces = (0..bytes.len()).step_by(PIECE_BYTES).map(move |at| bytes.slice(at..bytes.len().min(at + PIECE_BYTES)));
    Body::from_stream(futures_util::stream::iter(pieces.map(Ok::<_, std::convert::Infallible>)))
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

/// A request as JSON, and how many bytes of it are no pictures. The body, and the text of every picture, go as soon as they were read.
fn from_json(bytes: Bytes, limits: &Limits) -> Result<(Submission, u64), ApiError> {
    check_entries(&bytes)?;
    let mut text_bytes = bytes.len();
    let value: Value = serde_json::from_slice(&bytes)
        .map_err(|e| ApiError::bad_request("invalid_json", format!("JSON 有误：{e}"), format!("The JSON cannot be read: {e}")))?;
    drop(bytes);
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
    let masks = map.remove("mask").filter(|m| !m.is_null()).map(|mask| (mask, "mask"));
    for (picture, field) in pictures.into_iter().map(|picture| (picture, "image")).chain(masks) {
        text_bytes = text_bytes.saturating_sub(picture.as_str().map_or(0, str::len));
        let upload = json_upload(picture, field, limits)?;
        add(&mut out, upload, field == "mask", limits)?;
    }
    out.fields = map;
    Ok((out, text_bytes as u64))
}

/// An id, a data URI or bare base64 in any of its dialects.
fn json_upload(value: Value, field: &'static str, limits: &Limits) -> Result<Upload, ApiError> {
    let bad = || {
        ApiError::bad_request(
            "image_encoding",
            "图片应是 base64、data URI，或已上传图片的 id。",
            "A picture must be base64, a data URI, or the id of an uploaded image.",
        )
        .field(field)
    };
    let Value::String(text) = value else { return Err(bad()) };
    let said = text.trim();
    if said.len() <= 64 && said.starts_with("img_") {
        return Ok(Upload::Id(said.to_owned()));
    }
    let start = match said.strip_prefix("data:") {
        Some(rest) => {
            let (head, payload) = rest.split_once(',').ok_or_else(bad)?;
            if !head.to_ascii_lowercase().ends_with(";base64") {
                return Err(bad());
            }
            said.len() - payload.len()
        }
        None => 0,
    };
    let start = start + (text.len() - text.trim_start().len());
    let bytes = decode_base64(text, start).ok_or_else(bad)?;
    file_upload(String::new(), bytes.into(), field, limits)
}

/// The rest of a text from `start` on: standard or URL-safe alphabet, padded or not, line breaks allowed. Cleaned in place, for texts are long.
fn decode_base64(text: String, start: usize) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const STANDARD: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::STANDARD, LENIENT);
    let mut plain = text.into_bytes();
    let mut end = start;
    for at in start..plain.len() {
        let byte = match plain[at] {
            b'-' => b'+',
            b'_' => b'/',
            byte if byte.is_ascii_whitespace() => continue,
            byte => byte,
        };
        plain[end] = byte;
        end += 1;
    }
    STANDARD.decode(&plain[start..end]).ok()
}

/// A small JSON body, with our own errors. An empty body is `{}`.
pub struct JsonBody<T>(pub T);

/// Bodies that hold no pictures.
const SMALL_BODY_BYTES: u64 = 1_000_000;

impl<T: serde::de::DeserializeOwned> FromRequest<App> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let reading = Reading { memory: &app.body_memory, limit: SMALL_BODY_BYTES, copies: SUBMISSION_COPIES };
        let Received { bytes, held: _held } = reading.read(request.into_body()).await?;
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
            let Ok(Upload::Bytes { bytes, .. }) = json_upload(Value::from(text), "image", &Limits::default()) else { panic!("{text:.40}") };
            assert_eq!(bytes.as_ref(), data.as_slice());
        }
        for text in ["***", "data:image/png,plain", "data:image/png;base64"] {
            assert_eq!(json_upload(Value::from(text), "image", &Limits::default()).unwrap_err().code, "image_encoding");
        }
        assert!(matches!(json_upload(Value::from("img_123"), "image", &Limits::default()), Ok(Upload::Id(_))));
    }

    #[test]
    fn json_of_very_many_values_is_refused_unread_and_long_texts_are_not() {
        let of =
            |json: String| from_json(json.into(), &Limits::default()).map(|(submission, _)| submission).map_err(|e| e.code.into_owned());
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

    fn reading(memory: &BodyMemory) -> Reading<'_> {
        Reading { memory, limit: 1 << 20, copies: 2 }
    }

    fn streamed(bytes: usize) -> Body {
        Body::from_stream(futures_util::stream::iter((0..bytes / 1024).map(|_| Ok::<_, std::io::Error>(Bytes::from(vec![0; 1024])))))
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_drained_and_answered() {
        let memory = BodyMemory::new(1 << 22);
        for body in [Body::from(vec![0; 1 << 20]), streamed(1 << 20)] {
            assert_eq!(reading(&memory).read(body).await.unwrap().bytes.len(), 1 << 20);
        }
        for body in [Body::from(vec![0; (1 << 20) + 1]), streamed((1 << 20) + 1024)] {
            assert_eq!(reading(&memory).read(body).await.unwrap_err().code, "upload_too_large");
        }
        assert_eq!(memory.free(), 1 << 22, "nothing of it is held");
    }

    #[tokio::test]
    async fn a_body_holds_room_for_as_long_as_it_is_kept_whether_or_not_it_told_its_length() {
        let memory = BodyMemory::new(1 << 21).waiting(std::time::Duration::from_millis(20));
        for body in [|| Body::from(vec![0; 800 << 10]), || streamed(800 << 10)] {
            let first = reading(&memory).read(body()).await.unwrap();
            assert!(memory.free() <= (1 << 21) - (1600 << 10), "twice its length: {}", memory.free());
            assert_eq!(reading(&memory).read(body()).await.unwrap_err().code, "uploads_busy");
            assert_eq!(reading(&memory).read(streamed(8 << 10)).await.unwrap().bytes.len(), 8 << 10, "a small one goes by");
            drop(first);
            assert_eq!(memory.free(), 1 << 21);
        }
    }

    #[tokio::test]
    async fn what_a_request_brought_holds_its_own_length() {
        let memory = BodyMemory::new(1 << 24);
        let picture = vec![7u8; 1 << 20];
        let json = serde_json::json!({ "image": base64::engine::general_purpose::STANDARD.encode(&picture), "instruction": "crop to 1:1" });
        let form =
            [&b"--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\n"[..], &picture, b"\r\n--x--\r\n"].concat();
        for (kind, body) in [("application/json", json.to_string().into_bytes()), ("multipart/form-data; boundary=x", form)] {
            let request = Request::post("/").header(header::CONTENT_TYPE, kind).body(Body::from(body)).unwrap();
            let (submission, held) = read_submission(request, &Limits::default(), &memory).await.unwrap();
            assert_eq!(submission.bytes(), 1 << 20, "{kind}");
            let taken = (1u64 << 24) - memory.free();
            assert!((1 << 20..(1 << 20) + (64 << 10)).contains(&taken), "{kind}: {taken}");
            drop(held);
            assert_eq!(memory.free(), 1 << 24);
        }
    }
}
