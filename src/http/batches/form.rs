//! What a request for a batch brings. Files are stored one by one as they come, so that memory does not grow with their number; no row names them until
//! the request has been read to its end and understood.

use std::io::{Seek, Write};

use axum::body::Body;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use serde_json::{Map, Value};

use super::arrive::{self, Arrived, Got, Room};
use crate::http::body::{check_entries, json_field, read_body};
use crate::http::caller::Caller;
use crate::http::error::ApiError;
use crate::http::listen::Stalled;
use crate::http::sessions::store_error;
use crate::http::state::App;
use crate::recipe::params::FILE_COLUMNS;
use crate::rows::{self, Row, Table};
use crate::text::Text;

/// Text fields of a form, and JSON bodies: a table as JSON is among them.
const MAX_TEXT_BYTES: u64 = 32_000_000;
/// Pictures of one request.
pub const MAX_ARRIVED: usize = 20_000;
/// The longest archive.
const MAX_ZIP_BYTES: u64 = 4_000_000_000;

/// A request, taken apart.
#[derive(Default)]
pub struct Form {
    pub fields: Map<String, Value>,
    pub arrived: Vec<Arrived>,
    pub table: Option<Table>,
}

impl Form {
    pub fn text(&self, name: &str) -> Option<String> {
        match self.fields.get(name)? {
            Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Value::Null => None,
            other => Some(other.to_string()),
        }
    }

    /// A field that holds JSON, given as such or as text; an empty text is none.
    pub fn json<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<Option<T>, ApiError> {
        match self.text(name) {
            None => Ok(None),
            Some(_) => json_field(&self.fields, name),
        }
    }
}

/// Reads a request. What was stored of one that is refused is removed again.
pub async fn read(app: &App, caller: &Caller, request: Request) -> Result<Form, ApiError> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("").to_ascii_lowercase();
    if kind.starts_with("multipart/form-data") {
        let form = Multipart::from_request(request, &()).await.map_err(|e| malformed(&e))?;
        let mut reading = Reading { app, room: Room::of(app, caller).await?, form: Form::default() };
        return match reading.all(form).await {
            Ok(()) => Ok(reading.form),
            Err(error) => {
                discard(app, reading.form.arrived).await;
                Err(error)
            }
        };
    }
    if kind.starts_with("application/json") {
        return from_json(request.into_body()).await;
    }
    Err(ApiError::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_content_type",
        Text::new("请用 multipart/form-data 或 application/json 提交。", "Send multipart/form-data or application/json."),
    )
    .field("Content-Type"))
}

/// Takes files away again that no row names.
pub async fn discard(app: &App, arrived: Vec<Arrived>) {
    let pins = arrived.into_iter().filter_map(|a| if let Ok(Got::File(_, pin)) = a.got { Some(pin) } else { None }).collect();
    if let Err(error) = app.store.discard(pins).await {
        tracing::warn!(%error, "files of a refused request are left to the next sweep");
    }
}

struct Reading<'a> {
    app: &'a App,
    room: Room,
    form: Form,
}

impl Reading<'_> {
    async fn all(&mut self, mut form: Multipart) -> Result<(), ApiError> {
        while let Some(part) = form.next_field().await.map_err(|e| broken(&e))? {
            let name = part.name().unwrap_or("").to_owned();
            let file = part.file_name().map(str::to_owned);
            match (name.as_str(), file) {
                ("image" | "image[]" | "images" | "images[]", Some(file)) => self.picture(file, part).await?,
                ("image" | "image[]", None) => {
                    let id = text(part, &name).await?;
                    self.push(arrive::by_id(id.trim())?)?;
                }
                ("zip", _) => self.archive(part).await?,
                ("rows", Some(file)) => {
                    let bytes = bytes(part, rows::MAX_BYTES as u64).await?;
                    let table = tokio::task::spawn_blocking(move || rows::read(&file, &bytes)).await.map_err(|e| ApiError::internal(&e))?;
                    self.form.table = Some(table.map_err(|e| ApiError::explain(&e))?);
                }
                _ => {
                    let text = text(part, &name).await?;
                    self.form.fields.insert(name, Value::String(text));
                }
            }
        }
        let ids: Option<Vec<String>> = self.form.json("images")?;
        for id in ids.unwrap_or_default() {
            self.push(arrive::by_id(&id)?)?;
        }
        if self.form.table.is_none() {
            self.form.table = json_rows(&self.form)?;
        }
        Ok(())
    }

    fn push(&mut self, arrived: Arrived) -> Result<(), ApiError> {
        if self.form.arrived.len() >= MAX_ARRIVED {
            return Err(too_many());
        }
        self.form.arrived.push(arrived);
        Ok(())
    }

    async fn picture(&mut self, file: String, part: Field<'_>) -> Result<(), ApiError> {
        // One byte more than allowed is enough to be refused with the word why.
        let bytes = bytes(part, self.app.config.limits.max_upload_bytes).await?;
        self.room.take(bytes.len() as u64)?;
        let arrived = arrive::file(self.app, file, bytes).await?;
        self.push(arrived)
    }

    async fn archive(&mut self, mut part: Field<'_>) -> Result<(), ApiError> {
        let mut file = self.app.store.blobs().scratch().map_err(|e| store_error(e.into()))?;
        let mut length = 0u64;
        while let Some(chunk) = part.chunk().await.map_err(|e| broken(&e))? {
            length += chunk.len() as u64;
            if length > MAX_ZIP_BYTES {
                return Err(arrive::zip_too_large());
            }
            // Copying into the page cache; the disk is not waited for.
            file.write_all(&chunk).map_err(|e| store_error(e.into()))?;
        }
        file.rewind().map_err(|e| store_error(e.into()))?;
        let left = MAX_ARRIVED - self.form.arrived.len().min(MAX_ARRIVED);
        let found = arrive::archive(self.app, file, length, (left, self.room.left())).await?;
        let bytes = found.iter().map(|a| if let Ok(Got::File(_, pin)) = &a.got { pin.bytes() } else { 0 }).sum();
        // First into the form: whoever refuses the request finds them there to take away again.
        self.form.arrived.extend(found);
        self.room.take(bytes)
    }
}

pub fn too_many() -> ApiError {
    let text = Text::new(
        format!("一次最多加入 {MAX_ARRIVED} 张图，请分几次。"),
        format!("At most {MAX_ARRIVED} pictures can be added at once; send them in parts."),
    );
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_many_images", text).field("image")
}

/// At most `limit` + 1 bytes of a part; the rest is read and thrown away.
async fn bytes(mut part: Field<'_>, limit: u64) -> Result<Vec<u8>, ApiError> {
    let most = usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1);
    let mut kept: Vec<u8> = vec![];
    while let Some(chunk) = part.chunk().await.map_err(|e| broken(&e))? {
        let room = most - kept.len();
        kept.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    Ok(kept)
}

async fn text(part: Field<'_>, name: &str) -> Result<String, ApiError> {
    let bytes = bytes(part, MAX_TEXT_BYTES).await?;
    if bytes.len() as u64 > MAX_TEXT_BYTES {
        let mb = MAX_TEXT_BYTES / 1_000_000;
        let text = Text::new(format!("“{name}”超过 {mb} MB。"), format!("`{name}` is over {mb} MB."));
        return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "upload_too_large", text).field(name));
    }
    String::from_utf8(bytes).map_err(|_| {
        ApiError::bad_request("invalid_text", format!("“{name}”不是 UTF-8 文本。"), format!("`{name}` is not UTF-8 text.")).field(name)
    })
}

async fn from_json(body: Body) -> Result<Form, ApiError> {
    let bytes = read_body(body, MAX_TEXT_BYTES).await?;
    let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
    check_entries(text)?;
    let value: Value = serde_json::from_slice(text)
        .map_err(|e| ApiError::bad_request("invalid_json", format!("JSON 有误：{e}"), format!("The JSON cannot be read: {e}")))?;
    let Value::Object(fields) = value else {
        return Err(ApiError::bad_request("invalid_json", "请求应是一个 JSON 对象。", "The request must be a JSON object."));
    };
    let mut form = Form { fields, ..Form::default() };
    let ids: Vec<String> = form.json("images")?.unwrap_or_default();
    if ids.len() > MAX_ARRIVED {
        return Err(too_many());
    }
    form.arrived = ids.iter().map(|id| arrive::by_id(id)).collect::<Result<_, _>>()?;
    form.table = json_rows(&form)?;
    Ok(form)
}

/// `rows` as a list of objects: `file`, then values.
fn json_rows(form: &Form) -> Result<Option<Table>, ApiError> {
    let Some(list): Option<Vec<Map<String, Value>>> = form.json("rows")? else { return Ok(None) };
    let wrong = |n: usize, zh: &str, en: &str| {
        ApiError::bad_request("rows_invalid", format!("rows 第 {n} 项{zh}。"), format!("Item {n} of rows {en}.")).field("rows")
    };
    if list.len() > rows::MAX_ROWS {
        return Err(ApiError::explain(&rows::RowsError::TooMany));
    }
    let mut table = Table { columns: vec![], rows: Vec::with_capacity(list.len()) };
    for (at, mut values) in list.into_iter().enumerate() {
        let column = FILE_COLUMNS.iter().find(|name| values.contains_key(**name)).copied().unwrap_or("file");
        let file = match values.shift_remove(column) {
            Some(Value::String(file)) if !file.trim().is_empty() => file.trim().to_owned(),
            _ => return Err(wrong(at + 1, "没有文件名 file", "has no `file`")),
        };
        for name in values.keys() {
            if !table.columns.contains(name) {
                table.columns.push(name.clone());
            }
        }
        if table.columns.len() > rows::MAX_COLUMNS {
            return Err(ApiError::explain(&rows::RowsError::TooWide));
        }
        table.rows.push(Row { line: u32::try_from(at + 1).unwrap_or(u32::MAX), file, values });
    }
    Ok((!table.rows.is_empty()).then_some(table))
}

fn malformed(why: &dyn std::fmt::Display) -> ApiError {
    ApiError::bad_request("invalid_multipart", format!("表单格式有误：{why}"), format!("The form cannot be read: {why}"))
}

/// Why a form has no end: its sender fell silent, the connection broke, or it is no form.
fn broken(error: &MultipartError) -> ApiError {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(source) = cause {
        if source.is::<Stalled>() {
            let text = Text::new(
                "上传停住了，没有收到后面的内容。请检查网络后重试。",
                "The upload stood still and its rest did not arrive. Check the network and send it again.",
            );
            return ApiError::new(StatusCode::REQUEST_TIMEOUT, "upload_stalled", text);
        }
        cause = source.source();
    }
    malformed(&error.body_text())
}
