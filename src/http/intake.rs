//! From what a request brought to pictures: checked, decoded, kept.

use std::sync::Arc;

use axum::body::Bytes;

use super::body::Upload;
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

/// Stores an uploaded file as it came, after it decoded.
pub async fn keep_upload(app: &App, user: &UserId, name: String, bytes: Bytes) -> Result<store::Image, ApiError> {
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
    app.store.save_image(user, new, taken.bytes).await.map_err(|e| ApiError::explain(&e))
}

/// The client's name for a file, for display: its last path component, at most 120 characters, without control characters and those that turn
/// the direction of writing, which show `gnp.exe` as `exe.png`.
pub fn display_name(name: &str, extension: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or("");
    let clean: String = last.chars().filter(|&c| !c.is_control() && !is_invisible(c)).take(120).collect();
    if clean.trim().is_empty() { format!("picture.{extension}") } else { clean }
}
