//! Batches and their items are added, filled and deleted.

use super::{Batch, BatchId, ImageId, ItemState, JobId, NewBatch, NewItem, Problem, StoreError, Tx, batches, row};

impl Tx {
    pub async fn batch(&mut self, id: &BatchId) -> Result<Batch, StoreError> {
        let owner = self.owner.clone();
        batches::one(self.db(), &owner, id).await
    }

    /// Adds an empty batch: there is nothing to do in it yet.
    pub async fn add_batch(&mut self, new: NewBatch) -> Result<Batch, StoreError> {
        let (id, owner, now) = (BatchId::new(), self.owner.clone(), self.now);
        sqlx::query(
            "INSERT INTO batches (id, user_id, name, state, lang, recipe, recipe_id, images, \"values\", format, has_table, api_key, request_id, created_at, finished_at)
             VALUES (?, ?, ?, 'done', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&id)
        .bind(owner)
        .bind(&new.name)
        .bind(new.lang.code())
        .bind(row::json(&new.recipe))
        .bind(&new.recipe_id)
        .bind(row::json(&new.images))
        .bind(row::json(&new.values))
        .bind(&new.format)
        .bind(new.has_table)
        .bind(&new.key)
        .bind(crate::request_id::current().filter(|id| !id.is_empty()))
        .bind(now)
        .bind(now)
        .execute(self.db())
        .await?;
        for (_, image) in &new.images {
            self.keep_in_batch(&id, image).await?;
        }
        self.batch(&id).await
    }

    /// Adds items at the end; a batch that was done runs again.
    pub async fn add_items(&mut self, batch: &BatchId, items: &[NewItem]) -> Result<(), StoreError> {
        for item in items {
            let name_key = item.path_key.rsplit('/').next().unwrap_or("");
            let (seq, n) = self.next_item_numbers(batch).await?;
            sqlx::query(
                "INSERT INTO batch_items (batch, n, seq, file, path_key, name_key, stem, name, state, image, \"values\", error)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(batch)
            .bind(n)
            .bind(seq)
            .bind(&item.file)
            .bind(&item.path_key)
            .bind(name_key)
            .bind(&item.stem)
            .bind(&item.name)
            .bind(item.state)
            .bind(&item.image)
            .bind(row::json(&item.values))
            .bind(row::json_opt(item.error.as_ref()))
            .execute(self.db())
            .await?;
            if let Some(image) = &item.image {
                self.keep_in_batch(batch, image).await?;
            }
        }
        self.settle_batch(batch).await
    }

    async fn next_item_numbers(&mut self, batch: &BatchId) -> Result<(i64, i64), StoreError> {
        Ok(sqlx::query_as("UPDATE batches SET last_seq = last_seq + 1, last_n = last_n + 1 WHERE id = ? RETURNING last_seq, last_n")
            .bind(batch)
            .fetch_one(self.db())
            .await?)
    }

    /// The stems that are given in a batch.
    pub async fn batch_stems(&mut self, id: &BatchId) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar("SELECT stem FROM batch_items WHERE batch = ?").bind(id).fetch_all(self.db()).await?)
    }

    /// How many items there are.
    pub async fn batch_size(&mut self, batch: &BatchId) -> Result<u32, StoreError> {
        Ok(sqlx::query_scalar("SELECT last_n FROM batches WHERE id = ?").bind(batch).fetch_one(self.db()).await?)
    }

    /// Items whose file has this name, whatever folder it is in: number, path key, whether it lacks its picture.
    pub async fn rows_named(&mut self, batch: &BatchId, name_key: &str) -> Result<Vec<(u32, String, bool)>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT n, path_key, image IS NULL AND state IN ('waiting', 'failed') FROM batch_items WHERE batch = ? AND name_key = ? ORDER BY n",
        )
        .bind(batch)
        .bind(name_key)
        .fetch_all(self.db())
        .await?)
    }

    /// The picture that a file of this batch is.
    pub async fn picture_named(&mut self, batch: &BatchId, path_key: &str) -> Result<Option<ImageId>, StoreError> {
        let name_key = path_key.rsplit('/').next().unwrap_or("");
        let found: Vec<(String, ImageId)> =
            sqlx::query_as("SELECT path_key, image FROM batch_items WHERE batch = ? AND name_key = ? AND image IS NOT NULL ORDER BY n")
                .bind(batch)
                .bind(name_key)
                .fetch_all(self.db())
                .await?;
        let exact = found.iter().find(|(key, _)| key == path_key).or_else(|| found.first());
        Ok(exact.map(|(_, image)| image.clone()))
    }

    /// A row gets its picture, or the word why that cannot be used.
    pub async fn fill_row(&mut self, batch: &BatchId, n: u32, got: Result<&ImageId, &Problem>) -> Result<(), StoreError> {
        let seq = self.next_batch_seq(batch).await?;
        let state = if got.is_ok() { ItemState::Queued } else { ItemState::Failed };
        sqlx::query("UPDATE batch_items SET seq = ?, state = ?, image = ?, error = ?, attempts = 0 WHERE batch = ? AND n = ?")
            .bind(seq)
            .bind(state)
            .bind(got.ok())
            .bind(row::json_opt(got.err()))
            .bind(batch)
            .bind(n)
            .execute(self.db())
            .await?;
        match got {
            Ok(image) => self.keep_in_batch(batch, image).await,
            Err(_) => Ok(()),
        }
    }

    /// Makes a batch keep a picture: it no longer expires and goes when the batch goes.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the picture is not the owner's.
    pub async fn keep_in_batch(&mut self, batch: &BatchId, image: &ImageId) -> Result<(), StoreError> {
        self.keep_for_ever(image).await?;
        sqlx::query("INSERT INTO batch_images (batch, image) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .bind(batch)
            .bind(image)
            .execute(self.db())
            .await?;
        Ok(())
    }

    /// Deletes a batch with its items, and the pictures that nothing else keeps. Its unfinished jobs are returned: whoever runs them should stop.
    pub async fn delete_batch(&mut self, id: &BatchId) -> Result<Vec<JobId>, StoreError> {
        self.batch(id).await?;
        let jobs = self.jobs_of_batch(id).await?;
        let kept: Vec<ImageId> = sqlx::query_scalar("SELECT image FROM batch_images WHERE batch = ?").bind(id).fetch_all(self.db()).await?;
        sqlx::query("DELETE FROM batches WHERE id = ?").bind(id).execute(self.db()).await?;
        for image in &kept {
            self.let_image_go(image).await?;
        }
        self.batches.push(id.clone());
        Ok(jobs)
    }

    /// Jobs of a batch that wait or run.
    pub(super) async fn jobs_of_batch(&mut self, id: &BatchId) -> Result<Vec<JobId>, StoreError> {
        Ok(sqlx::query_scalar("SELECT job FROM batch_items WHERE batch = ? AND state IN ('queued', 'running') AND job IS NOT NULL")
            .bind(id)
            .fetch_all(self.db())
            .await?)
    }
}
