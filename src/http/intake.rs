//! From what a request brought to pictures: checked, decoded, kept.

use std::sync::Arc;

use axum::body::Bytes;

use super::body::Upload;
use super::caller::Caller;
use super::error::ApiError;
use super::images::codec;
use super::state::App;
use crate::engine::execute::is_invisible;
use crate::imaging::{self, Decoded};
use crate::store::{self, ImageId, ImageKind, NewImage, UserId};

/// A part that the request must have.
pub fn missing(field: &str) -> ApiError {
    ApiError::bad_request("missing_part", format!("请求缺少“{field}”。"), format!("The request lacks `{field}`.")).field(field)
}

pub fn image_id(text: &str, field: &str) -> Result<ImageId, ApiError> {
    text.parse().map_err(|_| ApiError::not_found().field(field))
}

pub fn imaging_limits(app: &App) -> imaging::Limits {
    imaging::Limits { max_bytes: app.config.limits.max_upload_bytes, max_pixels: app.config.limits.max_pixels, ..Default::default() }
}

/// A picture of a request: its bytes as they came, decoded, with the client's name.
pub struct Taken {
    pub name: String,
    pub bytes: Arc<Vec<u8>>,
    pub decoded: Decoded,
}

/// Gets the bytes of an upload, or of a stored image, and decodes them.
pub async fn take(app: &App, user: &UserId, upload: Upload, field: &str) -> Result<Taken, ApiError> {
    let (name, bytes) = match upload {
        Upload::Bytes { name, bytes } => (name, Vec::from(bytes)),
        Upload::Id(id) => {
            let (image, bytes) =
                app.store.image_bytes(user, &image_id(&id, field)?).await.map_err(|e| ApiError::explain(&e).field(field))?;
            (image.name, bytes)
        }
    };
    let limits = imaging_limits(app);
    let field = field.to_owned();
    codec(app, move || {
        let bytes = Arc::new(bytes);
        let decoded = imaging::decode(&bytes, &limits).map_err(|e| ApiError::explain(&e).field(&field))?;
        Ok(Taken { name, bytes, decoded })
    })
    .await
}

/// An uploaded file as it came, which decoded, about to be stored.
pub struct Ready {
    new: NewImage,
    bytes: Arc<Vec<u8>>,
}

impl Ready {
    pub fn new(new: NewImage, bytes: Arc<Vec<u8>>) -> Ready {
        Ready { new, bytes }
    }
}

/// Looks at an uploaded file; nothing is kept yet.
pub async fn prepare(app: &App, user: &UserId, name: String, bytes: Bytes) -> Result<Ready, ApiError> {
    let taken = take(app, user, Upload::Bytes { name, bytes }, "image").await?;
    let picture = &taken.decoded.picture;
    let new = NewImage {
        kind: ImageKind::Upload,
        name: display_name(&taken.name, taken.decoded.format.extension()),
        width: picture.width(),
        height: picture.height(),
        format: taken.decoded.format.name().to_owned(),
        alpha: taken.decoded.source.has_alpha && !picture.is_opaque(),
        warnings: taken.decoded.notices.clone(),
        keep: Some(app.config.retention.uploads()),
    };
    Ok(Ready { new, bytes: taken.bytes })
}

/// Stores all files of a request, or none where they do not fit what the caller may keep.
pub async fn keep(app: &App, caller: &Caller, files: Vec<Ready>) -> Result<Vec<store::Image>, ApiError> {
    let files = files.into_iter().map(|file| (file.new, file.bytes)).collect();
    app.store.save_images(&caller.user, files, caller.allowed.storage_bytes).await.map_err(|e| ApiError::explain(&e))
}

/// Ids of a request's pictures in their order, each with the field that brought it: what was sent is stored, all of it or nothing.
pub async fn keep_all(app: &App, caller: &Caller, uploads: Vec<(Upload, &'static str)>) -> Result<Vec<ImageId>, ApiError> {
    let bytes = uploads.iter().map(|(upload, _)| if let Upload::Bytes { bytes, .. } = upload { bytes.len() as u64 } else { 0 }).sum();
    if bytes > 0 {
        super::login::require_room(app, caller, bytes).await?;
    }
    let mut ids = Vec::with_capacity(uploads.len());
    let mut files = vec![];
    for (upload, field) in uploads {
        ids.push(match upload {
            Upload::Id(id) => {
                let id = image_id(&id, field)?;
                app.store.image(&caller.user, &id).await.map_err(|e| ApiError::explain(&e).field(field))?;
                Some(id)
            }
            Upload::Bytes { name, bytes } => {
                files.push(prepare(app, &caller.user, name, bytes).await.map_err(|e| e.field(field))?);
                None
            }
        });
    }
    let mut kept = keep(app, caller, files).await?.into_iter();
    let ids: Option<Vec<ImageId>> = ids.into_iter().map(|id| id.or_else(|| kept.next().map(|image| image.id))).collect();
    ids.ok_or_else(|| ApiError::internal(&"a file was not stored"))
}

/// The client's name for a file, for display: its last path component, at most 120 characters, without control characters and those that turn
/// the direction of writing, which show `gnp.exe` as `exe.png`.
pub fn display_name(name: &str, extension: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or("");
    let clean: String = last.chars().filter(|&c| !c.is_control() && !is_invisible(c)).take(120).collect();
    if clean.trim().is_empty() { format!("picture.{extension}") } else { clean }
}
