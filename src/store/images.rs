//! Stored pictures: what a blob is, whose it is, how long it is kept.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row};

use crate::text::Notice;

use super::{BlobId, ImageId, Pin, SessionId, Store, StoreError, Time, Tx, UserId, row};

/// What a picture is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(rename_all = "lowercase")]
pub enum ImageKind {
    /// As the user sent it.
    Upload,
    /// The lossless picture of a version that an edit made.
    Version,
    /// A selection, 8-bit grey: sent by the user or resolved by a step.
    Mask,
    /// A picture that a step made besides its result.
    Artifact,
    /// A file made by `export`.
    Export,
    /// The answer of a call without a session.
    Result,
}

/// A row of `images`.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    pub id: ImageId,
    pub kind: ImageKind,
    pub blob: BlobId,
    /// For display and downloads only; never a path.
    pub name: String,
    /// As displayed, after orientation.
    pub width: u32,
    pub height: u32,
    /// `png`, `jpeg`, `webp`, `gif`, `bmp`
    pub format: String,
    /// Whether some pixel is not opaque.
    pub alpha: bool,
    pub bytes: u64,
    /// What was noticed when it was decoded.
    pub warnings: Vec<Notice>,
    pub created_at: Time,
    /// Removed after this; `None` for what a session keeps.
    pub expires_at: Option<Time>,
}

/// A picture about to be stored; its bytes are a blob already.
#[derive(Clone, Debug)]
pub struct NewImage {
    pub kind: ImageKind,
    pub name: String,
    pub width: u32,
    pub height: u32,
    pub format: String,
    pub alpha: bool,
    pub warnings: Vec<Notice>,
    /// How long it is kept when no session takes it; `None` keeps it.
    pub keep: Option<Duration>,
}

impl FromRow<'_, SqliteRow> for Image {
    fn from_row(r: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Image {
            id: r.try_get("id")?,
            kind: r.try_get("kind")?,
            blob: r.try_get("blob")?,
            name: r.try_get("name")?,
            width: r.try_get("width")?,
            height: r.try_get("height")?,
            format: r.try_get("format")?,
            alpha: r.try_get("alpha")?,
            bytes: r.try_get("bytes")?,
            warnings: row::get(r, "warnings")?,
            created_at: r.try_get("created_at")?,
            expires_at: r.try_get("expires_at")?,
        })
    }
}

impl Store {
    pub async fn image(&self, owner: &UserId, id: &ImageId) -> Result<Image, StoreError> {
        // What has expired is gone, whether or not it was swept.
        Ok(sqlx::query_as("SELECT * FROM images WHERE id = ? AND user_id = ? AND (expires_at IS NULL OR expires_at > ?)")
            .bind(id)
            .bind(owner)
            .bind(Time::now())
            .fetch_one(self.reader())
            .await?)
    }

    /// The pictures of these ids, in their order; those that are gone are left out.
    pub async fn images(&self, owner: &UserId, ids: &[ImageId]) -> Result<Vec<Image>, StoreError> {
        let rows: Vec<Image> = sqlx::query_as(
            "SELECT * FROM images WHERE id IN (SELECT value FROM json_each(?)) AND user_id = ? AND (expires_at IS NULL OR expires_at > ?)",
        )
        .bind(row::json(ids))
        .bind(owner)
        .bind(Time::now())
        .fetch_all(self.reader())
        .await?;
        let known: HashMap<&ImageId, &Image> = rows.iter().map(|image| (&image.id, image)).collect();
        Ok(ids.iter().filter_map(|id| known.get(id).map(|&image| image.clone())).collect())
    }

    /// A picture and its file's bytes.
    pub async fn image_bytes(&self, owner: &UserId, id: &ImageId) -> Result<(Image, Vec<u8>), StoreError> {
        let image = self.image(owner, id).await?;
        let bytes = self.blobs().read(&image).await?;
        Ok((image, bytes))
    }

    /// Stores a file as a picture of its own, whatever its owner may keep.
    pub async fn save_image(&self, owner: &UserId, new: NewImage, bytes: Arc<Vec<u8>>) -> Result<Image, StoreError> {
        let mut saved = self.save_images(owner, vec![(new, bytes)], None).await?;
        saved.pop().ok_or(StoreError::NotFound)
    }
}

impl Tx {
    /// A picture as this change sees it.
    pub async fn image(&mut self, id: &ImageId) -> Result<Image, StoreError> {
        let owner = self.owner.clone();
        Ok(sqlx::query_as("SELECT * FROM images WHERE id = ? AND user_id = ?").bind(id).bind(&owner).fetch_one(self.db()).await?)
    }

    /// Adds the row of a stored blob. Keep `pin` until the commit.
    pub async fn add_image(&mut self, new: NewImage, pin: &Pin) -> Result<Image, StoreError> {
        self.add_image_as(ImageId::new(), new, pin).await
    }

    pub(crate) async fn add_image_as(&mut self, id: ImageId, new: NewImage, pin: &Pin) -> Result<Image, StoreError> {
        let image = Image {
            id,
            kind: new.kind,
            blob: pin.id().clone(),
            name: new.name,
            width: new.width,
            height: new.height,
            format: new.format,
            alpha: new.alpha,
            bytes: pin.bytes(),
            warnings: new.warnings,
            created_at: self.now,
            expires_at: new.keep.map(|keep| self.now.after(keep)),
        };
        sqlx::query(
            "INSERT INTO images (id, user_id, kind, blob, name, width, height, format, alpha, bytes, warnings, created_at, expires_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&image.id)
        .bind(self.owner.clone())
        .bind(image.kind)
        .bind(&image.blob)
        .bind(&image.name)
        .bind(image.width)
        .bind(image.height)
        .bind(&image.format)
        .bind(image.alpha)
        .bind(i64::try_from(image.bytes).unwrap_or(i64::MAX))
        .bind(row::json(&image.warnings))
        .bind(image.created_at)
        .bind(image.expires_at)
        .execute(self.db())
        .await?;
        Ok(image)
    }

    /// Makes a session keep a picture: it no longer expires and goes when the session goes.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the picture or the session is not the owner's.
    pub async fn keep_image(&mut self, session: &SessionId, id: &ImageId) -> Result<(), StoreError> {
        self.require_session(session).await?;
        self.keep_for_ever(id).await?;
        sqlx::query("INSERT INTO session_images (session, image) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .bind(session)
            .bind(id)
            .execute(self.db())
            .await?;
        Ok(())
    }

    /// Takes a picture's time off it: somebody keeps it from now on.
    pub(super) async fn keep_for_ever(&mut self, id: &ImageId) -> Result<(), StoreError> {
        let (owner, now) = (self.owner.clone(), self.now);
        let changed =
            sqlx::query("UPDATE images SET expires_at = NULL WHERE id = ? AND user_id = ? AND (expires_at IS NULL OR expires_at > ?)")
                .bind(id)
                .bind(owner)
                .bind(now)
                .execute(self.db())
                .await?
                .rows_affected();
        if changed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
    }

    /// Deletes a picture that somebody has stopped keeping, unless somebody else keeps it.
    pub async fn let_image_go(&mut self, id: &ImageId) -> Result<(), StoreError> {
        let kept: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM session_images WHERE image = ?1) OR EXISTS (SELECT 1 FROM batch_images WHERE image = ?1)
             OR EXISTS (SELECT 1 FROM recipe_images WHERE image = ?1)",
        )
        .bind(id)
        .fetch_one(self.db())
        .await?;
        if kept { Ok(()) } else { self.delete_image(id).await }
    }
}
