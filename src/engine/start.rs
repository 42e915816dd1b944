//! Beginning and ending: what the last process left is put right, and nothing is left running.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};

use crate::cancel::Cancel;
use crate::imaging::Limits;
use crate::models::Models;
use crate::store::{Chain, ItemEnd, Job, JobState, Problem, Store, StoreError};

use super::queue::{Entry, Takes};
use super::{Engine, EngineConfig, Hub, Inner, Pipeline, Runner, State};

/// How often a job is begun before it is given up: a picture that brings the process down must not do so for ever.
pub(super) const MAX_ATTEMPTS: u32 = 2;
/// Between sweeps.
const SWEEP_EVERY: Duration = Duration::from_secs(600);
/// Sweeps between two looks at every blob: a day. Tools that delete beside the server leave some.
const BLOBS_EVERY: u32 = 144;
/// The first tasks, which are no workers: the sweeper, the feeder of batches.
const BESIDE: usize = 2;
/// One unit of the semaphore, so that its 32-bit count is enough.
pub(super) const PIXELS_PER_PERMIT: u64 = 1 << 16;

impl Engine {
    /// Starts with the real pipeline; see [`Engine::with_runner`].
    pub async fn start(store: Store, models: Models, limits: Limits, config: EngineConfig) -> Result<Engine, StoreError> {
        let pipeline = Pipeline::new(store.blobs().clone(), models, limits);
        Self::with_runner(store, Arc::new(pipeline), config).await
    }

    /// Repairs what a crash left, then starts the workers.
    pub async fn with_runner(store: Store, runner: Arc<dyn Runner>, config: EngineConfig) -> Result<Engine, StoreError> {
        let hub = Hub::default();
        store.set_publish(Box::new(hub.clone()));
        let pixels = Arc::new(Semaphore::new(permits(config.pixels_in_flight) as usize));
        let workers = config.workers.max(2);
        let engine = Engine(Arc::new(Inner {
            store,
            runner,
            hub,
            config,
            state: Mutex::new(State::default()),
            work: watch::Sender::new(0),
            pixels,
            tasks: Mutex::default(),
        }));
        engine.repair().await?;
        let mut tasks = vec![tokio::spawn(engine.clone().sweep()), tokio::spawn(engine.clone().feeder())];
        let interactive = [Takes::Interactive].into_iter().chain(std::iter::repeat_n(Takes::Anything, workers - 1));
        tasks.extend(interactive.chain([Takes::Batch]).map(|takes| tokio::spawn(engine.clone().worker(takes))));
        *engine.0.tasks.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = tasks;
        Ok(engine)
    }

    /// Queued jobs of sessions wait again; running ones are begun once more, then given up; what had its pictures in memory is over.
    async fn repair(&self) -> Result<(), StoreError> {
        for job in self.0.store.unfinished_jobs().await? {
            let mut tx = self.0.store.begin(&job.owner).await?;
            let again = job.session.is_some() && (job.state == JobState::Queued || job.attempts < MAX_ATTEMPTS);
            if !again {
                tracing::warn!(job = %job.id, attempts = job.attempts, "given up: the process ended while it was under way");
                tx.fail_job(&job.id, &Problem::interrupted()).await?;
                // The picture of a batch is stored: it waits for its turn again.
                tx.item_ended(&job.id, ItemEnd::Interrupted { counts: true, most: MAX_ATTEMPTS }).await?;
            } else if job.state == JobState::Running {
                tracing::info!(job = %job.id, "begun again after a restart");
                tx.requeue_job(&job.id, false).await?;
            }
            tx.commit().await?;
            if again {
                if job.chain.as_ref().is_some_and(Chain::continues) {
                    self.enqueue_next(entry(&job));
                } else {
                    self.enqueue(entry(&job));
                }
            }
        }
        Ok(())
    }

    async fn sweep(self) {
        for round in 0u32.. {
            if round % BLOBS_EVERY == 0 {
                match self.0.store.sweep_blobs().await {
                    Ok(0) => {}
                    Ok(blobs) => tracing::info!(blobs, "removed blobs that no row names"),
                    Err(error) => tracing::warn!(%error, "blobs could not be swept"),
                }
            }
            match self.0.store.sweep(&self.0.config.keep).await {
                Ok(swept) if swept.sessions > 0 => tracing::info!(sessions = swept.sessions, "removed conversations that had their time"),
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "expired rows could not be swept"),
            }
            tokio::time::sleep(SWEEP_EVERY).await;
        }
    }

    /// [`Engine::settle`], then the end of all subscriptions.
    pub async fn shutdown(&self) {
        self.settle().await;
        self.0.hub.close();
    }

    /// Takes no more jobs; those that run may finish within the grace, then they are stopped, and those of sessions return to the queue, where the next
    /// start finds them. Ends when every worker is free.
    pub async fn settle(&self) {
        self.state().stopping = true;
        self.wake();
        let mut tasks = std::mem::take(&mut *self.0.tasks.lock().unwrap_or_else(|poisoned| poisoned.into_inner())).into_iter();
        for beside in tasks.by_ref().take(BESIDE) {
            beside.abort();
        }
        let mut workers = futures_util::future::join_all(tasks);
        let ended = match tokio::time::timeout(self.0.config.shutdown_grace, &mut workers).await {
            Ok(ended) => ended,
            Err(_) => {
                let flags: Vec<Cancel> = self.state().running.values().map(|r| r.cancel.clone()).collect();
                flags.iter().for_each(Cancel::cancel);
                workers.await
            }
        };
        for error in ended.into_iter().filter_map(Result::err) {
            tracing::error!(%error, "a worker ended badly");
        }
        self.fail_what_is_only_in_memory().await;
    }

    /// Queued jobs without a session would find nothing to work on after the restart.
    async fn fail_what_is_only_in_memory(&self) {
        let left = self.state().queue.drain();
        for entry in left.into_iter().filter(|e| e.session.is_none()) {
            let failed = async {
                let mut tx = self.0.store.begin(&entry.owner).await?;
                tx.fail_job(&entry.job, &Problem::interrupted()).await?;
                tx.item_ended(&entry.job, ItemEnd::Interrupted { counts: true, most: MAX_ATTEMPTS }).await?;
                tx.commit().await
            };
            if let Err(error) = failed.await {
                tracing::warn!(job = %entry.job, %error, "a waiting job could not be ended");
            }
        }
    }
}

pub(super) fn entry(job: &Job) -> Entry {
    Entry { job: job.id.clone(), owner: job.owner.clone(), session: job.session.clone(), lane: job.lane, sources: None }
}

/// How many permits so many pixels take.
pub(super) fn permits(pixels: u64) -> u32 {
    u32::try_from(pixels.div_ceil(PIXELS_PER_PERMIT)).unwrap_or(u32::MAX >> 4).max(1)
}
