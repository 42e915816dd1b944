//! The version tree of a session: numbers never re-used, one picture each, and which one is current.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, SqliteConnection};

use crate::imaging::Affine;
use crate::plan::Plan;

use super::{EventBody, ImageId, JobId, SessionId, Store, StoreError, Time, Tx, UserId, row};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(rename_all = "lowercase")]
pub enum VersionKind {
    /// A root: a picture as it was sent.
    Upload,
    Edit,
}

/// A row of `versions`.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    pub session: SessionId,
    /// 1-based, in the order they were made.
    pub number: u32,
    pub parent: Option<u32>,
    pub kind: VersionKind,
    pub image: ImageId,
    /// The target as resolved, the size of the parent.
    pub mask: Option<ImageId>,
    pub job: Option<JobId>,
    /// As asked.
    pub plan: Option<Plan>,
    /// As run: values filled in, models with their sha256, seed.
    pub resolved_plan: Option<Value>,
    /// From this picture's pixels to its parent's.
    pub map: Option<Affine>,
    pub exact_outside_target: bool,
    pub created_at: Time,
}

/// A version about to be numbered.
#[derive(Clone, Debug)]
pub struct NewVersion {
    pub parent: Option<u32>,
    pub kind: VersionKind,
    pub image: ImageId,
    pub mask: Option<ImageId>,
    pub job: Option<JobId>,
    pub plan: Option<Plan>,
    pub resolved_plan: Option<Value>,
    pub map: Option<Affine>,
    pub exact_outside_target: bool,
}

impl NewVersion {
    /// A picture as it was sent: a root of the tree.
    pub fn upload(image: ImageId) -> Self {
        NewVersion {
            parent: None,
            kind: VersionKind::Upload,
            image,
            mask: None,
            job: None,
            plan: None,
            resolved_plan: None,
            map: None,
            exact_outside_target: false,
        }
    }
}

impl FromRow<'_, SqliteRow> for Version {
    fn from_row(r: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Version {
            session: r.try_get("session")?,
            number: r.try_get("number")?,
            parent: r.try_get("parent")?,
            kind: r.try_get("kind")?,
            image: r.try_get("image")?,
            mask: r.try_get("mask")?,
            job: r.try_get("job")?,
            plan: row::get_opt(r, "plan")?,
            resolved_plan: row::get_opt(r, "resolved_plan")?,
            map: row::get_opt(r, "map")?,
            exact_outside_target: r.try_get("exact")?,
            created_at: r.try_get("created_at")?,
        })
    }
}

async fn one(db: &mut SqliteConnection, owner: &UserId, session: &SessionId, number: u32) -> Result<Version, StoreError> {
    Ok(sqlx::query_as("SELECT * FROM versions WHERE session = ? AND number = ? AND user_id = ?")
        .bind(session)
        .bind(number)
        .bind(owner)
        .fetch_one(db)
        .await?)
}

impl Store {
    pub async fn version(&self, owner: &UserId, session: &SessionId, number: u32) -> Result<Version, StoreError> {
        one(&mut *self.reader().acquire().await?, owner, session, number).await
    }

    /// By number.
    pub async fn versions(&self, owner: &UserId, session: &SessionId) -> Result<Vec<Version>, StoreError> {
        Ok(sqlx::query_as("SELECT * FROM versions WHERE session = ? AND user_id = ? ORDER BY number")
            .bind(session)
            .bind(owner)
            .fetch_all(self.reader())
            .await?)
    }

    /// For each upload, in their order, the newest version that came of it.
    pub async fn newest_of_uploads(&self, owner: &UserId, session: &SessionId) -> Result<Vec<u32>, StoreError> {
        let rows: Vec<(u32, Option<u32>)> =
            sqlx::query_as("SELECT number, parent FROM versions WHERE session = ? AND user_id = ? ORDER BY number")
                .bind(session)
                .bind(owner)
                .fetch_all(self.reader())
                .await?;
        // A parent has a lower number than what was made from it.
        let mut upload_of = HashMap::new();
        let mut newest = vec![];
        for (number, parent) in rows {
            let at = match parent.and_then(|parent| upload_of.get(&parent).copied()) {
                Some(at) => at,
                None => {
                    newest.push(number);
                    newest.len() - 1
                }
            };
            newest[at] = number;
            upload_of.insert(number, at);
        }
        Ok(newest)
    }

    /// A version and all that it descends from, up to the upload.
    pub async fn ancestry(&self, owner: &UserId, session: &SessionId, number: u32) -> Result<Vec<Version>, StoreError> {
        let mut way = vec![self.version(owner, session, number).await?];
        while let Some(parent) = way.last().and_then(|version| version.parent) {
            way.push(self.version(owner, session, parent).await?);
        }
        Ok(way)
    }

    /// The upload that a version descends from.
    pub async fn root_of(&self, owner: &UserId, session: &SessionId, number: u32) -> Result<Version, StoreError> {
        let mut version = self.version(owner, session, number).await?;
        while let Some(parent) = version.parent {
            version = self.version(owner, session, parent).await?;
        }
        Ok(version)
    }
}

impl Tx {
    pub async fn version(&mut self, session: &SessionId, number: u32) -> Result<Version, StoreError> {
        let owner = self.owner.clone();
        one(self.db(), &owner, session, number).await
    }

    /// The upload that a version descends from.
    pub async fn root_of(&mut self, session: &SessionId, number: u32) -> Result<Version, StoreError> {
        let mut version = self.version(session, number).await?;
        while let Some(parent) = version.parent {
            version = self.version(session, parent).await?;
        }
        Ok(version)
    }

    /// A version and all that it descends from, up to the upload.
    pub async fn ancestry(&mut self, session: &SessionId, number: u32) -> Result<Vec<Version>, StoreError> {
        let mut way = vec![self.version(session, number).await?];
        while let Some(parent) = way.last().and_then(|version| version.parent) {
            way.push(self.version(session, parent).await?);
        }
        Ok(way)
    }

    /// The newest version that is this picture.
    pub async fn version_of(&mut self, session: &SessionId, image: &ImageId) -> Result<Option<u32>, StoreError> {
        let owner = self.owner.clone();
        let number = sqlx::query_scalar("SELECT max(number) FROM versions WHERE session = ? AND image = ? AND user_id = ?");
        Ok(number.bind(session).bind(image).bind(owner).fetch_one(self.db()).await?)
    }

    /// Numbers and adds a version; `version.created` follows. With `make_current` the session moves to it.
    ///
    /// # Errors
    /// A database error when the job made a version before: one job, one version.
    pub async fn add_version(&mut self, session: &SessionId, new: NewVersion, make_current: bool) -> Result<Version, StoreError> {
        self.keep_image(session, &new.image).await?;
        if let Some(mask) = &new.mask {
            self.keep_image(session, mask).await?;
        }
        let (owner, now) = (self.owner.clone(), self.now);
        let number: u32 = sqlx::query_scalar(
            "UPDATE sessions SET last_version = last_version + 1, updated_at = ? WHERE id = ? AND user_id = ? RETURNING last_version",
        )
        .bind(now)
        .bind(session)
        .bind(&owner)
        .fetch_one(self.db())
        .await?;
        sqlx::query(
            "INSERT INTO versions (session, number, user_id, parent, kind, image, mask, job, plan, resolved_plan, map, exact, created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(session)
        .bind(number)
        .bind(&owner)
        .bind(new.parent)
        .bind(new.kind)
        .bind(&new.image)
        .bind(&new.mask)
        .bind(&new.job)
        .bind(row::json_opt(new.plan.as_ref()))
        .bind(row::json_opt(new.resolved_plan.as_ref()))
        .bind(row::json_opt(new.map.as_ref()))
        .bind(new.exact_outside_target)
        .bind(now)
        .execute(self.db())
        .await?;
        self.add_event(session, new.job.as_ref(), EventBody::VersionCreated { number, parent: new.parent }).await?;
        if make_current {
            self.set_current(session, number).await?;
        }
        one(self.db(), &owner, session, number).await
    }

    /// Makes a version current. Going back to an ancestor remembers the way forward for [`Tx::redo`].
    pub async fn checkout(&mut self, session: &SessionId, number: u32) -> Result<Version, StoreError> {
        let target = self.version(session, number).await?;
        let mut way = vec![];
        let mut at = self.session(session).await?.current;
        while let Some(n) = at.filter(|&n| n != number) {
            let parent = self.version(session, n).await?.parent;
            way.push((n, parent));
            at = parent;
        }
        if at == Some(number) {
            for (child, parent) in way {
                sqlx::query("UPDATE versions SET redo = ? WHERE session = ? AND number = ?")
                    .bind(child)
                    .bind(session)
                    .bind(parent)
                    .execute(self.db())
                    .await?;
            }
        }
        self.set_current(session, number).await?;
        Ok(target)
    }

    /// Moves to the current version's parent.
    ///
    /// # Errors
    /// [`StoreError::NothingToUndo`] at a root or in an empty session.
    pub async fn undo(&mut self, session: &SessionId) -> Result<Version, StoreError> {
        let current = self.session(session).await?.current.ok_or(StoreError::NothingToUndo)?;
        let parent = self.version(session, current).await?.parent.ok_or(StoreError::NothingToUndo)?;
        self.checkout(session, parent).await
    }

    /// Moves to the child that was left last.
    ///
    /// # Errors
    /// [`StoreError::NothingToRedo`] where no child was left.
    pub async fn redo(&mut self, session: &SessionId) -> Result<Version, StoreError> {
        let current = self.session(session).await?.current.ok_or(StoreError::NothingToRedo)?;
        let child: Option<u32> = sqlx::query_scalar("SELECT redo FROM versions WHERE session = ? AND number = ?")
            .bind(session)
            .bind(current)
            .fetch_one(self.db())
            .await?;
        self.checkout(session, child.ok_or(StoreError::NothingToRedo)?).await
    }

    /// Moves to the upload that the current version descends from.
    ///
    /// # Errors
    /// [`StoreError::NothingToUndo`] in an empty session.
    pub async fn reset(&mut self, session: &SessionId) -> Result<Version, StoreError> {
        let current = self.session(session).await?.current.ok_or(StoreError::NothingToUndo)?;
        let root = self.root_of(session, current).await?.number;
        self.checkout(session, root).await
    }

    async fn set_current(&mut self, session: &SessionId, number: u32) -> Result<(), StoreError> {
        let now = self.now;
        sqlx::query("UPDATE sessions SET current = ?, updated_at = ? WHERE id = ?")
            .bind(number)
            .bind(now)
            .bind(session)
            .execute(self.db())
            .await?;
        self.add_event(session, None, EventBody::SessionUpdated).await
    }
}
