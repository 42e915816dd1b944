//! How batches and their items change their states. What happens to an item's job happens to the item in the same change, so no crash comes between.

use std::collections::HashSet;

use crate::batch::names::key_of;
use crate::recipe::Values;

use super::{BatchId, BatchItem, BatchState, Finish, ItemState, JobId, JobState, Problem, StoreError, Tx, row};

/// What became of the job of an item.
#[derive(Clone, Debug)]
pub enum ItemEnd<'a> {
    Failed(&'a Problem),
    Cancelled,
    /// It was broken off and is to be begun again. `counts`: it may have been what brought the process down, so it is not begun for ever.
    Interrupted {
        counts: bool,
        most: u32,
    },
}

/// Codes of failures that the next item would meet as well: they pause the batch.
pub fn stops_all(code: &str) -> bool {
    const OF_ALL: [&str; 3] = ["disk_full", "quota_exceeded", "font_missing"];
    let of_models = (code.starts_with("model_") || code.starts_with("runtime_")) && !matches!(code, "model_failed" | "model_input");
    of_models || OF_ALL.contains(&code)
}

/// What a path's file is found by, whatever folder it is in.
pub fn own_name(path: &str) -> String {
    key_of(path).rsplit('/').next().unwrap_or_default().to_owned()
}

impl Tx {
    /// The next number of a batch's changes; its watchers are told with the commit.
    pub(super) async fn next_batch_seq(&mut self, batch: &BatchId) -> Result<i64, StoreError> {
        let sql = "UPDATE batches SET last_seq = last_seq + 1 WHERE id = ? RETURNING last_seq";
        let seq = sqlx::query_scalar(sql).bind(batch).fetch_one(self.db()).await?;
        self.batches.push(batch.clone());
        Ok(seq)
    }

    /// Whether there is something left to do decides between `running` and `done`.
    pub(super) async fn settle_batch(&mut self, batch: &BatchId) -> Result<(), StoreError> {
        let (now, seq) = (self.now, self.next_batch_seq(batch).await?);
        sqlx::query(
            "UPDATE batches SET last_seq = ?2,
             state = CASE WHEN x.is_open THEN CASE state WHEN 'done' THEN 'running' ELSE state END ELSE 'done' END,
             reason = CASE WHEN x.is_open THEN reason END,
             finished_at = CASE WHEN x.is_open THEN NULL ELSE coalesce(finished_at, ?3) END
             FROM (SELECT EXISTS (SELECT 1 FROM batch_items WHERE batch = ?1 AND state IN ('waiting', 'queued', 'running')) AS is_open) AS x
             WHERE id = ?1 AND state <> 'cancelled'",
        )
        .bind(batch)
        .bind(seq)
        .bind(now)
        .execute(self.db())
        .await?;
        Ok(())
    }

    async fn set_batch_state(&mut self, batch: &BatchId, state: BatchState, reason: Option<&Problem>) -> Result<(), StoreError> {
        let seq = self.next_batch_seq(batch).await?;
        sqlx::query("UPDATE batches SET last_seq = ?, state = ?, reason = ? WHERE id = ?")
            .bind(seq)
            .bind(state)
            .bind(row::json_opt(reason))
            .bind(batch)
            .execute(self.db())
            .await?;
        Ok(())
    }

    /// Begins no further items. Jobs of it that have not begun are taken back and returned: they are to leave the queue.
    ///
    /// # Errors
    /// [`StoreError::BatchCancelled`]
    pub(crate) async fn pause_batch(&mut self, id: &BatchId, reason: Option<&Problem>) -> Result<Vec<JobId>, StoreError> {
        match self.batch(id).await?.state {
            BatchState::Cancelled => Err(StoreError::BatchCancelled),
            BatchState::Done => Ok(vec![]),
            BatchState::Paused if reason.is_some() => Ok(vec![]),
            BatchState::Paused | BatchState::Running => {
                self.set_batch_state(id, BatchState::Paused, reason).await?;
                self.take_jobs_back(id).await
            }
        }
    }

    /// Goes on with a paused batch.
    ///
    /// # Errors
    /// [`StoreError::BatchCancelled`]
    pub(crate) async fn resume_batch(&mut self, id: &BatchId) -> Result<(), StoreError> {
        match self.batch(id).await?.state {
            BatchState::Cancelled => Err(StoreError::BatchCancelled),
            BatchState::Paused => {
                self.set_batch_state(id, BatchState::Running, None).await?;
                self.settle_batch(id).await
            }
            BatchState::Running | BatchState::Done => Ok(()),
        }
    }

    /// Ends a batch that has not ended: what waits is cancelled, jobs that have not begun are returned as by [`Tx::pause_batch`], and those that run beside them.
    pub(crate) async fn cancel_batch(&mut self, id: &BatchId) -> Result<(Vec<JobId>, Vec<JobId>), StoreError> {
        if matches!(self.batch(id).await?.state, BatchState::Cancelled | BatchState::Done) {
            return Ok((vec![], vec![]));
        }
        let waiting = self.take_jobs_back(id).await?;
        let running = self.jobs_of_batch(id).await?;
        self.move_items(id, "'cancelled'", "state IN ('waiting', 'queued')").await?;
        let (seq, now) = (self.next_batch_seq(id).await?, self.now);
        sqlx::query("UPDATE batches SET last_seq = ?, state = 'cancelled', reason = NULL, finished_at = ? WHERE id = ?")
            .bind(seq)
            .bind(now)
            .bind(id)
            .execute(self.db())
            .await?;
        Ok((waiting, running))
    }

    /// Failed items are to be tried again: those that have a picture and belong to the batch.
    ///
    /// # Errors
    /// [`StoreError::BatchCancelled`]
    pub(crate) async fn retry_batch(&mut self, id: &BatchId) -> Result<(), StoreError> {
        if self.batch(id).await?.state == BatchState::Cancelled {
            return Err(StoreError::BatchCancelled);
        }
        let which = "state = 'failed' AND image IS NOT NULL AND json_extract(error, '$.code') NOT IN ('not_in_table', 'row_filled')";
        self.move_items(id, "'queued', job = NULL, attempts = 0, error = NULL, warnings = '[]', report = NULL, ms = NULL", which).await?;
        self.settle_batch(id).await
    }

    /// Items that failed because a picture was not there which their values name are tried again where one of these names has come. Before
    /// [`Tx::add_items`], which settles the batch.
    pub async fn retry_for(&mut self, id: &BatchId, come: &HashSet<String>) -> Result<(), StoreError> {
        let waiting: Vec<(u32, String)> = sqlx::query_as(
            "SELECT n, \"values\" FROM batch_items
             WHERE batch = ? AND state = 'failed' AND image IS NOT NULL AND json_extract(error, '$.code') = 'image_missing'",
        )
        .bind(id)
        .fetch_all(self.db())
        .await?;
        let names = |values: &str| {
            let values: Values = serde_json::from_str(values).unwrap_or_default();
            values.values().filter_map(|v| v.as_str()).any(|text| come.contains(&own_name(text)))
        };
        for (n, _) in waiting.iter().filter(|(_, values)| names(values)) {
            let seq = self.next_batch_seq(id).await?;
            sqlx::query(
                "UPDATE batch_items SET state = 'queued', job = NULL, attempts = 0, error = NULL, seq = ? WHERE batch = ? AND n = ?",
            )
            .bind(seq)
            .bind(id)
            .bind(n)
            .execute(self.db())
            .await?;
        }
        Ok(())
    }

    /// Changes many items at once, each with a number of its own. Both texts are of this module.
    async fn move_items(&mut self, id: &BatchId, to: &str, which: &str) -> Result<(), StoreError> {
        let sql = format!(
            "UPDATE batch_items SET state = {to}, seq = x.seq FROM
             (SELECT n AS m, (SELECT last_seq FROM batches WHERE id = ?1) + row_number() OVER (ORDER BY n) AS seq
              FROM batch_items WHERE batch = ?1 AND {which}) AS x
             WHERE batch = ?1 AND n = x.m"
        );
        sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).execute(self.db()).await?;
        sqlx::query(
            "UPDATE batches SET last_seq = max(last_seq, (SELECT coalesce(max(seq), 0) FROM batch_items WHERE batch = ?1)) WHERE id = ?1",
        )
        .bind(id)
        .execute(self.db())
        .await?;
        Ok(())
    }

    /// Items whose jobs have not begun wait for their turn again.
    async fn take_jobs_back(&mut self, id: &BatchId) -> Result<Vec<JobId>, StoreError> {
        let jobs: Vec<JobId> = sqlx::query_scalar("SELECT job FROM batch_items WHERE batch = ? AND state = 'queued' AND job IS NOT NULL")
            .bind(id)
            .fetch_all(self.db())
            .await?;
        for job in &jobs {
            sqlx::query("UPDATE batch_items SET job = NULL WHERE job = ?").bind(job).execute(self.db()).await?;
            self.cancel_job(job, JobState::Queued).await?;
        }
        Ok(jobs)
    }

    /// The next item of a running batch that no job is at.
    pub(crate) async fn item_to_feed(&mut self, batch: &BatchId) -> Result<Option<BatchItem>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT i.* FROM batch_items i JOIN batches b ON b.id = i.batch
             WHERE i.batch = ? AND b.state = 'running' AND i.state = 'queued' AND i.job IS NULL ORDER BY i.n LIMIT 1",
        )
        .bind(batch)
        .fetch_optional(self.db())
        .await?)
    }

    /// Gives an item that waits to a job that is about to be queued.
    pub(crate) async fn give_item(&mut self, batch: &BatchId, n: u32, job: &JobId) -> Result<(), StoreError> {
        sqlx::query("UPDATE batch_items SET job = ? WHERE batch = ? AND n = ? AND state = 'queued' AND job IS NULL")
            .bind(job)
            .bind(batch)
            .bind(n)
            .execute(self.db())
            .await?;
        Ok(())
    }

    /// An item that cannot even begin.
    pub(crate) async fn refuse_item(&mut self, batch: &BatchId, n: u32, problem: &Problem) -> Result<(), StoreError> {
        let seq = self.next_batch_seq(batch).await?;
        sqlx::query("UPDATE batch_items SET state = 'failed', seq = ?, error = ? WHERE batch = ? AND n = ? AND state = 'queued'")
            .bind(seq)
            .bind(row::json(problem))
            .bind(batch)
            .bind(n)
            .execute(self.db())
            .await?;
        self.settle_batch(batch).await
    }

    /// The batch and number of the item that a job is at.
    async fn item_of(&mut self, job: &JobId) -> Result<Option<(BatchId, u32)>, StoreError> {
        Ok(sqlx::query_as("SELECT batch, n FROM batch_items WHERE job = ?").bind(job).fetch_optional(self.db()).await?)
    }

    /// Its job has begun.
    pub(crate) async fn item_started(&mut self, job: &JobId) -> Result<(), StoreError> {
        let Some((batch, n)) = self.item_of(job).await? else { return Ok(()) };
        let seq = self.next_batch_seq(&batch).await?;
        sqlx::query("UPDATE batch_items SET state = 'running', seq = ?, attempts = attempts + 1 WHERE batch = ? AND n = ?")
            .bind(seq)
            .bind(&batch)
            .bind(n)
            .execute(self.db())
            .await?;
        Ok(())
    }

    /// Its job has succeeded: the batch keeps what it made.
    pub(crate) async fn item_succeeded(&mut self, job: &JobId, made: &Finish) -> Result<(), StoreError> {
        let Some((batch, n)) = self.item_of(job).await? else { return Ok(()) };
        let mut results = vec![];
        for file in &made.files {
            self.keep_in_batch(&batch, &file.image).await?;
            results.push(file.image.clone());
        }
        let stem: String =
            sqlx::query_scalar("SELECT stem FROM batch_items WHERE batch = ? AND n = ?").bind(&batch).bind(n).fetch_one(self.db()).await?;
        let name = match results.first() {
            Some(first) => {
                let made = self.image(first).await?.name;
                Some(format!("{stem}.{}", made.rsplit_once('.').map_or("bin", |(_, extension)| extension)))
            }
            None => None,
        };
        let seq = self.next_batch_seq(&batch).await?;
        sqlx::query(
            "UPDATE batch_items SET state = 'succeeded', seq = ?, results = ?, name = coalesce(?, name), warnings = ?, report = ?, error = NULL, ms = ?
             WHERE batch = ? AND n = ?",
        )
        .bind(seq)
        .bind(row::json(&results))
        .bind(name)
        .bind(row::json(&made.warnings))
        .bind(row::json_opt(made.report.as_ref()))
        .bind(made.timings.total_ms.round() as i64)
        .bind(&batch)
        .bind(n)
        .execute(self.db())
        .await?;
        self.settle_batch(&batch).await
    }

    /// Its job has ended otherwise. Gives jobs that are to leave the queue because the batch was paused.
    pub(crate) async fn item_ended(&mut self, job: &JobId, end: ItemEnd<'_>) -> Result<Vec<JobId>, StoreError> {
        let Some((batch, n)) = self.item_of(job).await? else { return Ok(vec![]) };
        let interrupted = Problem::interrupted();
        let attempts: u32 = sqlx::query_scalar("SELECT attempts FROM batch_items WHERE batch = ? AND n = ?")
            .bind(&batch)
            .bind(n)
            .fetch_one(self.db())
            .await?;
        let pauses = |problem: &Problem| stops_all(&problem.code);
        let (state, error) = match &end {
            ItemEnd::Failed(problem) if pauses(problem) => (ItemState::Queued, None),
            ItemEnd::Failed(problem) => (ItemState::Failed, Some(*problem)),
            ItemEnd::Cancelled => (ItemState::Cancelled, None),
            ItemEnd::Interrupted { counts: true, most } if attempts >= *most => (ItemState::Failed, Some(&interrupted)),
            ItemEnd::Interrupted { .. } => (ItemState::Queued, None),
        };
        let again = state == ItemState::Queued;
        let uncounted = again && !matches!(end, ItemEnd::Interrupted { counts: true, .. });
        let seq = self.next_batch_seq(&batch).await?;
        sqlx::query(
            "UPDATE batch_items SET state = ?, seq = ?, error = ?, job = CASE WHEN ? THEN NULL ELSE job END, attempts = max(attempts - ?, 0)
             WHERE batch = ? AND n = ?",
        )
        .bind(state)
        .bind(seq)
        .bind(row::json_opt(error))
        .bind(again)
        .bind(uncounted)
        .bind(&batch)
        .bind(n)
        .execute(self.db())
        .await?;
        self.settle_batch(&batch).await?;
        match end {
            ItemEnd::Failed(problem) if pauses(problem) => match self.pause_batch(&batch, Some(problem)).await {
                Err(StoreError::BatchCancelled) => {
                    // Nobody waits for it any more.
                    self.move_items(&batch, "'cancelled'", "state = 'queued'").await?;
                    Ok(vec![])
                }
                other => other,
            },
            _ => Ok(vec![]),
        }
    }
}
