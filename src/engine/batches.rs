//! Batches under way: a feeder keeps a few items of each in the batch lane, so that thousands wait in the database and not in the queue, batches of one
//! user share that user's turns, and whatever happens the rows say what is still to be done.

use std::time::Duration;

use crate::accounts::allowed;
use crate::batch;
use crate::imaging::Format;
use crate::plan::Plan;
use crate::recipe::{Bound, read};
use crate::request_id;
use crate::store::{
    Allowance, Base, Batch, BatchId, BatchItem, ImageId, JobId, JobInputs, JobKind, Lane, NewJob, Problem, StoreError, Tx, UserId,
};
use crate::text::{Explain, Text};

use super::job::{Source, Sources, Submit};
use super::{Engine, EngineError};

/// Between looks when nothing was told: limits of a user may have room again, or another program changed something.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// Items of one batch that wait in the queue, besides one for each worker: the next one is there when a worker is free.
const AHEAD: u32 = 1;

/// Why a batch is given nothing to do.
#[derive(Debug, thiserror::Error)]
#[error("no room for further pictures")]
struct NoRoom;

impl Explain for NoRoom {
    fn code(&self) -> &'static str {
        "quota_exceeded"
    }

    fn text(&self) -> Text {
        Text::new(
            "你的图片已占满可用的空间，批处理已暂停。请删除不需要的会话或批处理，或请所有者提高限额，然后继续。",
            "Your pictures fill the space that you may use, so the batch was paused. Delete conversations or batches that you no longer need, or ask an owner for more, then resume it.",
        )
    }
}

/// What an item runs.
struct Ready {
    plan: Plan,
    images: Vec<ImageId>,
}

impl Engine {
    /// Feeds batches until the shutdown.
    pub(super) async fn feeder(self) {
        loop {
            if !self.is_running() {
                return;
            }
            if let Err(error) = self.feed().await {
                tracing::warn!(%error, "batches could not be fed; trying again");
            }
            let _ = tokio::time::timeout(LOOK_AGAIN, self.hub().stirred()).await;
        }
    }

    /// One item of each batch in turn, until each has enough under way or the queue takes no more.
    async fn feed(&self) -> Result<(), EngineError> {
        let enough = u32::try_from(self.0.config.workers.max(2)).unwrap_or(u32::MAX).saturating_add(AHEAD);
        let mut full = vec![];
        loop {
            let mut fed = false;
            for (id, owner, under_way) in self.0.store.batches_to_feed().await? {
                if under_way >= enough || full.contains(&owner) || !self.is_running() {
                    continue;
                }
                match self.feed_one(&owner, &id).await {
                    Ok(more) => fed |= more,
                    Err(EngineError::QueueFull | EngineError::TooManyJobs) => full.push(owner),
                    Err(EngineError::Store(StoreError::NotFound)) | Err(EngineError::ShuttingDown) => {}
                    Err(error) => return Err(error),
                }
            }
            if !fed {
                return Ok(());
            }
        }
    }

    /// Queues the next item of a batch. `false` where there was none.
    async fn feed_one(&self, owner: &UserId, id: &BatchId) -> Result<bool, EngineError> {
        let batch = self.0.store.batch(owner, id).await?;
        let Some(allowance) = self.room_for(&batch).await? else { return Ok(false) };
        let mut tx = self.0.store.begin(owner).await?;
        let Some(item) = tx.item_to_feed(id).await? else { return Ok(false) };
        let ready = match ready(&mut tx, &batch, &item).await? {
            Ok(ready) => ready,
            Err(problem) => {
                tx.refuse_item(id, item.n, &problem).await?;
                tx.commit().await?;
                return Ok(true);
            }
        };
        let job = JobId::new();
        tx.give_item(id, item.n, &job).await?;
        let stem = item.stem.rsplit('/').next().unwrap_or_default().to_owned();
        let new = NewJob {
            id: job,
            kind: JobKind::Run,
            lane: Lane::Batch,
            session: None,
            message: None,
            lang: batch.lang,
            plan: ready.plan,
            inputs: JobInputs { base: Base::First, stem, ..JobInputs::default() },
            chain: None,
            idempotency: None,
        };
        let sources = Sources { images: ready.images.into_iter().map(Source::Stored).collect(), mask: None };
        let submit = self.submit_in(tx, Submit { job: new, sources: Some(sources), allowance });
        request_id::within(batch.request_id.unwrap_or_default(), submit).await?;
        Ok(true)
    }

    /// How many jobs the batch's owner may have now; `None` where it is not their turn: they are kept out, or there is no room for what it would make, and
    /// then the batch is paused.
    async fn room_for(&self, batch: &Batch) -> Result<Option<Allowance>, EngineError> {
        let store = &self.0.store;
        if !self.0.config.accounts && !store.has_accounts().await? {
            return Ok(Some(Allowance::default()));
        }
        let user = store.user(&batch.owner).await?;
        if user.disabled_at.is_some() {
            return Ok(None); // it waits for them to be let in again
        }
        let allowed = allowed(&user, self.0.config.allowed);
        if let Some(most) = allowed.storage_bytes
            && store.stored_bytes(&batch.owner).await? >= most
        {
            let mut tx = store.begin(&batch.owner).await?;
            let taken_back = tx.pause_batch(&batch.id, Some(&Problem::of(&NoRoom))).await?;
            tx.commit().await?;
            self.forget_queued(&taken_back);
            return Ok(None);
        }
        let of_key = match &batch.key {
            Some(key) => store.keys(&batch.owner).await?.into_iter().find(|k| k.id == *key).and_then(|k| k.limits.jobs_at_once),
            None => None,
        };
        Ok(Some(Allowance { of_user: allowed.jobs_at_once, key: batch.key.clone(), of_key: of_key.filter(|n| *n > 0) }))
    }

    /// Begins no further items; those that run end.
    pub async fn pause_batch(&self, owner: &UserId, id: &BatchId) -> Result<(), EngineError> {
        let mut tx = self.0.store.begin(owner).await?;
        let taken_back = tx.pause_batch(id, None).await?;
        tx.commit().await?;
        self.forget_queued(&taken_back);
        Ok(())
    }

    pub async fn resume_batch(&self, owner: &UserId, id: &BatchId) -> Result<(), EngineError> {
        let mut tx = self.0.store.begin(owner).await?;
        tx.resume_batch(id).await?;
        Ok(tx.commit().await?)
    }

    /// Cancels everything that has not ended. Items that run are cancelled as soon as their workers are free.
    pub async fn cancel_batch(&self, owner: &UserId, id: &BatchId) -> Result<(), EngineError> {
        let mut tx = self.0.store.begin(owner).await?;
        let (taken_back, running) = tx.cancel_batch(id).await?;
        tx.commit().await?;
        self.forget_queued(&taken_back);
        for job in &running {
            self.cancel(owner, job).await?;
        }
        Ok(())
    }

    /// Tries failed items again, and only those.
    pub async fn retry_batch(&self, owner: &UserId, id: &BatchId) -> Result<(), EngineError> {
        let mut tx = self.0.store.begin(owner).await?;
        tx.retry_batch(id).await?;
        Ok(tx.commit().await?)
    }

    /// Deletes a batch with its pictures; its jobs stop.
    pub async fn delete_batch(&self, owner: &UserId, id: &BatchId) -> Result<(), EngineError> {
        let mut tx = self.0.store.begin(owner).await?;
        let jobs = tx.delete_batch(id).await?;
        tx.commit().await?;
        for job in &jobs {
            match self.cancel(owner, job).await {
                Ok(_) | Err(EngineError::Store(StoreError::NotFound)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Jobs whose rows were cancelled leave the queue.
    pub(super) fn forget_queued(&self, jobs: &[JobId]) {
        if jobs.is_empty() {
            return;
        }
        let mut state = self.state();
        jobs.iter().for_each(|job| drop(state.queue.remove(job)));
    }
}

/// The item's plan with its values in, and the pictures that it works on.
async fn ready(tx: &mut Tx, batch: &Batch, item: &BatchItem) -> Result<Result<Ready, Problem>, StoreError> {
    let Some(image) = item.image.clone() else { return Ok(Err(missing(1, &item.file))) };
    let mut bound = match batch.recipe.bind(&batch.values_with(&item.values)) {
        Ok(bound) => bound,
        Err(error) => return Ok(Err(Problem::of(&error))),
    };
    let mut given = batch.images.clone();
    for (n, file) in &bound.images {
        match find(tx, batch, file).await? {
            Some(found) => given.push((*n, found)),
            None => return Ok(Err(missing(*n, file))),
        }
    }
    if let Err(file) = put_masks(tx, batch, &mut bound).await? {
        return Ok(Err(missing(2, &file)));
    }
    let count = batch.recipe.pictures().len();
    let mut images = vec![image];
    for n in 2..=count {
        // What a row names goes before what the recipe brings.
        match given.iter().rev().find(|(of, _)| *of == n) {
            Some((_, image)) => images.push(image.clone()),
            None => return Ok(Err(missing(n, &format!("image:{n}")))),
        }
    }
    let mut plan = bound.plan;
    if let Some(format) = batch.format.as_deref().and_then(Format::parse) {
        batch::write_as(&mut plan, format);
    }
    Ok(Ok(Ready { plan, images }))
}

/// Masks of the plan that the values name are files of the batch, or pictures of its owner.
async fn put_masks(tx: &mut Tx, batch: &Batch, bound: &mut Bound) -> Result<Result<(), String>, StoreError> {
    for (mask, file) in std::mem::take(&mut bound.masks) {
        let Some(found) = find(tx, batch, &file).await? else { return Ok(Err(file)) };
        for step in &mut bound.plan.steps {
            read::each_mask(step, |name| {
                if *name == mask {
                    *name = found.to_string();
                }
            });
        }
    }
    Ok(Ok(()))
}

/// A picture by its id, or by the name of a file of the batch.
async fn find(tx: &mut Tx, batch: &Batch, named: &str) -> Result<Option<ImageId>, StoreError> {
    if let Ok(id) = named.trim().parse::<ImageId>() {
        return match tx.image(&id).await {
            Ok(image) => Ok(Some(image.id)),
            Err(StoreError::NotFound) => Ok(None),
            Err(error) => Err(error),
        };
    }
    tx.picture_named(&batch.id, &batch::names::key_of(named)).await
}

fn missing(n: usize, file: &str) -> Problem {
    Problem::new(
        "image_missing",
        format!("找不到图片“{file}”（image:{n}）。请把它也加入这个批处理，加入后会自动重做。"),
        format!("There is no picture “{file}” (image:{n}). Add it to the batch too: then this is tried again."),
    )
}
