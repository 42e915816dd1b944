//! Recipes: named, in versions that never change, with the pictures that they bring along.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, SqliteConnection};

use crate::recipe::Recipe;

use super::{ImageId, RecipeId, Store, StoreError, Time, Tx, UserId, row};

/// One version of a recipe.
#[derive(Clone, Debug, PartialEq)]
pub struct RecipeRow {
    pub id: RecipeId,
    /// Without `files`: those are [`RecipeRow::pictures`].
    pub recipe: Recipe,
    /// The newest version's number; older ones are still there.
    pub newest: u32,
    /// `image:2` …, `mask_1` … .
    pub pictures: BTreeMap<String, ImageId>,
    /// Of the recipe.
    pub created_at: Time,
    /// Of this version.
    pub saved_at: Time,
}

impl FromRow<'_, SqliteRow> for RecipeRow {
    fn from_row(r: &SqliteRow) -> sqlx::Result<Self> {
        let mut recipe: Recipe = row::get(r, "body")?;
        // A new name is that of all versions.
        recipe.name = r.try_get("name")?;
        recipe.version = r.try_get("this")?;
        Ok(RecipeRow {
            id: r.try_get("id")?,
            recipe,
            newest: r.try_get("version")?,
            pictures: row::get(r, "pictures")?,
            created_at: r.try_get("created_at")?,
            saved_at: r.try_get("saved_at")?,
        })
    }
}

const SELECT: &str = "SELECT r.id, r.name, r.version, r.created_at, v.version AS this, v.body, v.created_at AS saved_at,
    (SELECT json_group_object(i.key, i.image) FROM recipe_images i WHERE i.recipe = r.id AND i.version = v.version) AS pictures
    FROM recipes r JOIN recipe_versions v ON v.recipe = r.id ";

async fn one(db: &mut SqliteConnection, owner: &UserId, id: &RecipeId, version: Option<u32>) -> Result<RecipeRow, StoreError> {
    let sql = format!("{SELECT} WHERE r.id = ? AND r.user_id = ? AND v.version = coalesce(?, r.version)");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).bind(owner).bind(version).fetch_one(db).await?)
}

impl Store {
    /// Somebody's recipes, each in its newest version, by name.
    pub async fn recipes(&self, owner: &UserId) -> Result<Vec<RecipeRow>, StoreError> {
        let sql = format!("{SELECT} WHERE r.user_id = ? AND v.version = r.version ORDER BY r.name COLLATE NOCASE, r.id");
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(owner).fetch_all(self.reader()).await?)
    }

    /// One version of a recipe; the newest where none is named.
    pub async fn recipe(&self, owner: &UserId, id: &RecipeId, version: Option<u32>) -> Result<RecipeRow, StoreError> {
        one(&mut *self.reader().acquire().await?, owner, id, version).await
    }

    /// By name, in any case.
    pub async fn recipe_named(&self, owner: &UserId, name: &str) -> Result<RecipeRow, StoreError> {
        let sql = format!("{SELECT} WHERE r.user_id = ? AND r.name = ? COLLATE NOCASE AND v.version = r.version");
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(owner).bind(name).fetch_one(self.reader()).await?)
    }

    /// The names of somebody's recipes.
    pub async fn recipe_names(&self, owner: &UserId) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT name FROM recipes WHERE user_id = ? ORDER BY name COLLATE NOCASE";
        Ok(sqlx::query_scalar(sql).bind(owner).fetch_all(self.reader()).await?)
    }
}

impl Tx {
    /// Saves a recipe: a new one, or the next version of the one that has its name. Its pictures are copied, so that they stay whatever becomes of the
    /// conversation that they come from.
    pub async fn save_recipe(&mut self, recipe: &Recipe, pictures: &BTreeMap<String, ImageId>) -> Result<RecipeRow, StoreError> {
        let (owner, now) = (self.owner.clone(), self.now);
        let (id, version): (RecipeId, u32) = sqlx::query_as(
            "INSERT INTO recipes (id, user_id, name, version, created_at, updated_at) VALUES (?, ?, ?, 1, ?, ?)
             ON CONFLICT (user_id, name COLLATE NOCASE) DO UPDATE SET version = version + 1, updated_at = excluded.updated_at RETURNING id, version",
        )
        .bind(RecipeId::new())
        .bind(&owner)
        .bind(&recipe.name)
        .bind(now)
        .bind(now)
        .fetch_one(self.db())
        .await?;
        let body = Recipe { version, files: BTreeMap::new(), ..recipe.clone() };
        sqlx::query("INSERT INTO recipe_versions (recipe, version, body, created_at) VALUES (?, ?, ?, ?)")
            .bind(&id)
            .bind(version)
            .bind(row::json(&body))
            .bind(now)
            .execute(self.db())
            .await?;
        for (key, image) in pictures {
            let copy = self.copy_image(image).await?;
            sqlx::query("INSERT INTO recipe_images (recipe, version, key, image) VALUES (?, ?, ?, ?)")
                .bind(&id)
                .bind(version)
                .bind(key)
                .bind(copy)
                .execute(self.db())
                .await?;
        }
        self.recipe(&id, Some(version)).await
    }

    /// A recipe as this change sees it.
    pub async fn recipe(&mut self, id: &RecipeId, version: Option<u32>) -> Result<RecipeRow, StoreError> {
        let owner = self.owner.clone();
        one(self.db(), &owner, id, version).await
    }

    /// Gives a recipe another name.
    ///
    /// # Errors
    /// [`StoreError::NameTaken`] when another recipe of the owner has it.
    pub async fn rename_recipe(&mut self, id: &RecipeId, name: &str) -> Result<RecipeRow, StoreError> {
        let (owner, now) = (self.owner.clone(), self.now);
        let other = sqlx::query("SELECT 1 FROM recipes WHERE user_id = ? AND name = ? COLLATE NOCASE AND id <> ?")
            .bind(&owner)
            .bind(name)
            .bind(id)
            .fetch_optional(self.db())
            .await?;
        if other.is_some() {
            return Err(StoreError::NameTaken);
        }
        sqlx::query("UPDATE recipes SET name = ?, updated_at = ? WHERE id = ? AND user_id = ?")
            .bind(name)
            .bind(now)
            .bind(id)
            .bind(&owner)
            .execute(self.db())
            .await?;
        self.recipe(id, None).await
    }

    /// Deletes a recipe in all its versions, and the pictures that it brought along. What was made with it stays.
    pub async fn delete_recipe(&mut self, id: &RecipeId) -> Result<(), StoreError> {
        self.recipe(id, None).await?;
        let pictures: Vec<ImageId> =
            sqlx::query_scalar("SELECT image FROM recipe_images WHERE recipe = ?").bind(id).fetch_all(self.db()).await?;
        sqlx::query("DELETE FROM recipes WHERE id = ?").bind(id).execute(self.db()).await?;
        for picture in pictures {
            self.let_image_go(&picture).await?;
        }
        Ok(())
    }

    /// A row of its own for the same file; it does not expire.
    pub async fn copy_image(&mut self, id: &ImageId) -> Result<ImageId, StoreError> {
        let copy = ImageId::new();
        let (owner, now) = (self.owner.clone(), self.now);
        let made = sqlx::query(
            "INSERT INTO images (id, user_id, kind, blob, name, width, height, format, alpha, bytes, warnings, created_at, expires_at)
             SELECT ?, user_id, kind, blob, name, width, height, format, alpha, bytes, warnings, ?, NULL FROM images
             WHERE id = ? AND user_id = ? AND (expires_at IS NULL OR expires_at > ?)",
        )
        .bind(&copy)
        .bind(now)
        .bind(id)
        .bind(owner)
        .bind(now)
        .execute(self.db())
        .await?
        .rows_affected();
        if made == 0 { Err(StoreError::NotFound) } else { Ok(copy) }
    }
}
