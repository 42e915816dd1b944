//! What a request for a batch brings. Files are stored one by one as they come, so that memory does not grow with their number; no row names them until
//! the request has been read to its end and understood.

use std::io::{Seek, Write};

use axum::body::Body;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use serde_json::{Map, Value};

use super::arrive::{self, Arrived, Got, Room};
use crate::http::body::{self, Received, check_entries, json_field, stepped};
use crate::http::body_memory::Held;
use crate::http::caller::Caller;
use crate::http::error::ApiError;
use crate::http::listen::Stalled;
use crate::http::sessions::store_error;
use crate::http::state::App;
use crate::recipe::params::FILE_COLUMNS;
use crate::rows::{self, Row, Table};
use crate::text::Text;

/// Text fields of a form together, and JSON bodies: a table as JSON is among them.
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
    /// Room in memory for all of this.
    _held: Option<Held>,
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
        let room = Room::of(app, caller).await?;
        let mut reading = Reading { app, room, form: Form::default(), held: app.body_memory.hold(), text_bytes: 0 };
        return match reading.all(form).await {
            Ok(()) => {
                reading.form._held = Some(reading.held);
                Ok(reading.form)
            }
            Err(error) => {
                discard(app, reading.form.arrived).await;
                Err(error)
            }
        };
    }
    if kind.starts_with("application/json") {
        return from_json(app, request.into_body()).await;
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
    app.store
        .discard_quietly(arrived.into_iter().filter_map(|a| if let Ok(Got::File(_, pin)) = a.got { Some(pin) } else { None }).collect())
        .await;
}

struct Reading<'a> {
    app: &'a App,
    room: Room,
    form: Form,
    /// Room in memory for the texts so far and the file that is being read.
    held: Held,
    text_bytes: u64,
}

impl Reading<'_> {
    async fn all(&mut self, mut form: Multipart) -> Result<(), ApiError> {
        while let Some(part) = form.next_field().await.map_err(|e| broken(&e))? {
            let name = part.name().unwrap_or("").to_owned();
            let file = part.file_name().map(str::to_owned);
            match (name.as_str(), file) {
                ("image" | "image[]" | "images" | "images[]", Some(file)) => self.picture(file, part).await?,
                ("image" | "image[]", None) => {
                    let id = self.text(part, &name).await?;
                    self.push(arrive::by_id(id.trim())?)?;
                }
                ("zip", _) => self.archive(part).await?,
                ("rows", Some(file)) => {
                    let bytes = self.bytes(part, rows::MAX_BYTES as u64).await?;
                    let table = tokio::task::spawn_blocking(move || rows::read(&file, &bytes)).await.map_err(|e| ApiError::internal(&e))?;
                    self.form.table = Some(table.map_err(|e| ApiError::explain(&e))?);
                    self.held.shrink(self.text_bytes);
                }
                _ => {
                    let text = self.text(part, &name).await?;
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
        let bytes = self.bytes(part, self.app.config.limits.max_upload_bytes).await?;
        self.room.take(bytes.len() as u64)?;
        if self.form.arrived.len() >= MAX_ARRIVED {
            return Err(too_many());
        }
        let arrived = arrive::file(self.app, file, bytes).await?;
        self.held.shrink(self.text_bytes);
        self.push(arrived)
    }

    /// At most `limit` + 1 bytes of a part; the rest is read and thrown away.
    async fn bytes(&mut self, mut part: Field<'_>, limit: u64) -> Result<Vec<u8>, ApiError> {
        let most = usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1);
        let mut kept: Vec<u8> = vec![];
        while let Some(chunk) = part.chunk().await.map_err(|e| broken(&e))? {
            let chunk = &chunk[..chunk.len().min(most - kept.len())];
            self.held.reach(stepped(self.text_bytes + (kept.len() + chunk.len()) as u64)).await?;
            kept.extend_from_slice(chunk);
        }
        Ok(kept)
    }

    async fn text(&mut self, part: Field<'_>, name: &str) -> Result<String, ApiError> {
        let left = MAX_TEXT_BYTES - self.text_bytes;
        let bytes = self.bytes(part, left).await?;
        if bytes.len() as u64 > left {
            let mb = MAX_TEXT_BYTES / 1_000_000;
            let text = Text::new(format!("文字字段合计超过 {mb} MB。"), format!("The text fields are over {mb} MB together."));
            return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "upload_too_large", text).field(name));
        }
        self.text_bytes += bytes.len() as u64;
        String::from_utf8(bytes).map_err(|_| {
            ApiError::bad_request("invalid_text", format!("“{name}”不是 UTF-8 文本。"), format!("`{name}` is not UTF-8 text.")).field(name)
        })
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
        let before = self.form.arrived.len();
        // One picture at a time is unpacked in memory.
        self.held.reach(self.text_bytes + self.app.config.limits.max_upload_bytes).await?;
        let packed = arrive::Packed { file, length, most_files: MAX_ARRIVED - before.min(MAX_ARRIVED), room: self.room };
        // Into the form whatever comes of it: whoever refuses the request finds them there to take away again.
        arrive::archive(self.app, packed, &mut self.form.arrived).await?;
        self.held.shrink(self.text_bytes);
        let bytes = self.form.arrived[before..].iter().map(|a| if let Ok(Got::File(_, pin)) = &a.got { pin.bytes() } else { 0 }).sum();
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

async fn from_json(app: &App, body: Body) -> Result<Form, ApiError> {
    let reading = body::Reading { memory: &app.body_memory, limit: MAX_TEXT_BYTES, copies: 3 };
    let Received { bytes, held } = reading.read(body).await?;
    let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
    check_entries(text)?;
    let value: Value = serde_json::from_slice(text)
        .map_err(|e| ApiError::bad_request("invalid_json", format!("JSON 有误：{e}"), format!("The JSON cannot be read: {e}")))?;
    let Value::Object(fields) = value else {
        return Err(ApiError::bad_request("invalid_json", "请求应是一个 JSON 对象。", "The request must be a JSON object."));
    };
    let mut form = Form { fields, _held: Some(held), ..Form::default() };
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
