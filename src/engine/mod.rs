//! Runs plans: executor, job queue, workers, events, previews.

mod account;
pub mod batches;
mod chain;
pub mod error;
pub mod execute;
mod history;
pub mod hub;
pub mod inputs;
pub mod job;
mod masks;
pub mod pipeline;
mod queue;
mod start;
mod tasks;
pub mod watch;
mod workers;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::{Semaphore, watch as tokio_watch};
use tokio::task::JoinHandle;

use crate::accounts::Allowed;
use crate::cancel::Cancel;
use crate::metrics::Metrics;
use crate::store::sweep::Keep;
use crate::store::{Job, JobId, JobState, Known, Lane, SessionId, Store, StoreError, Tx, UserId};

pub use account::Load;
pub use error::EngineError;
pub use execute::{Env, RunError, check, execute, output_format, output_name};
pub use history::{History, PastEdit};
pub use hub::{Hub, Subscription};
pub use inputs::{Input, Inputs, MaskInput, UPLOADED_MASK, version_under};
pub use job::{Live, Made, MadeMask, MaskSource, Output, Runner, Source, Sources, Stop, Submit, Submitted, Work};
pub use masks::{FoundMask, MaskRequest, resolve_mask};
pub use pipeline::Pipeline;
pub use watch::JobWatch;

use queue::{Entry, Queue};

/// How much the engine takes on.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// At least 2: the first is reserved for interactive jobs. One more takes batch jobs alone.
    pub workers: usize,
    /// Jobs that may wait in a lane; one more is refused.
    pub queue_max: usize,
    /// Pixels of all pictures that running jobs hold; a larger job runs alone.
    pub pixels_in_flight: u64,
    /// How long results of calls without a session are kept.
    pub results_ttl: Duration,
    /// How long other things are kept.
    pub keep: Keep,
    /// How long running jobs may go on after the stop.
    pub shutdown_grace: Duration,
    /// Where jobs are counted.
    pub metrics: Metrics,
    /// What accounts may take up by the configuration; `accounts`: whether it asks for them whatever the data folder says.
    pub allowed: Allowed,
    pub accounts: bool,
}

impl Default for EngineConfig {
    fn default() -> Self {
        EngineConfig {
            workers: 2,
            queue_max: 64,
            pixels_in_flight: 180_000_000,
            results_ttl: Duration::from_secs(3600),
            keep: Keep::default(),
            shutdown_grace: Duration::ZERO,
            metrics: Metrics::default(),
            allowed: Allowed::default(),
            accounts: false,
        }
    }
}

/// The engine; cheap to clone. Its tasks go on until [`Engine::shutdown`].
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    store: Store,
    runner: Arc<dyn Runner>,
    hub: Hub,
    config: EngineConfig,
    state: Mutex<State>,
    /// Bumped whenever a worker might find work.
    work: tokio_watch::Sender<u64>,
    pixels: Arc<Semaphore>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

#[derive(Default)]
struct State {
    queue: Queue,
    /// Places taken by submits that are being written.
    reserved: usize,
    running: HashMap<JobId, Running>,
    /// Callers on the line, by job.
    handles: HashMap<JobId, usize>,
    stopping: bool,
}

struct Running {
    cancel: Cancel,
    watch: Option<Arc<JobWatch>>,
    /// Cancelled by a user, not by the shutdown.
    by_user: bool,
}

/// A place in the queue, given back unless a job takes it.
struct Place(Engine);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.state().reserved -= 1;
    }
}

impl Engine {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The event hub.
    pub fn hub(&self) -> &Hub {
        &self.0.hub
    }

    /// Where jobs are counted.
    pub fn metrics(&self) -> Metrics {
        self.0.config.metrics.clone()
    }

    /// Whether it takes jobs.
    pub fn is_running(&self) -> bool {
        !self.state().stopping
    }

    /// Queues a job in a change of its own.
    pub async fn submit(&self, owner: &UserId, submit: Submit) -> Result<Submitted, EngineError> {
        let tx = self.0.store.begin(owner).await?;
        self.submit_in(tx, submit).await
    }

    /// Queues a job and commits `tx` with it: the message, its answer and the job exist together or not at all.
    ///
    /// # Errors
    /// [`EngineError::QueueFull`], [`EngineError::TooManyJobs`], [`EngineError::KeyReused`]; then nothing of `tx` has happened.
    pub async fn submit_in(&self, mut tx: Tx, submit: Submit) -> Result<Submitted, EngineError> {
        if let Some(key) = &submit.job.idempotency {
            match tx.idempotency(key).await? {
                // Being stopped because its caller went away: this may be the same caller again.
                Known::Job(id) if self.is_being_stopped(&id) => {}
                Known::Job(id) => {
                    let job = tx.job(&id).await?;
                    let position = self.live(&id).position.unwrap_or(0);
                    return Ok(Submitted { job, position, repeated: true });
                }
                Known::Mismatch => return Err(EngineError::KeyReused),
                Known::New => {}
            }
        }
        let owner = tx.owner().clone();
        let place = self.reserve(&owner, submit.job.lane)?;
        if !tx.has_room(&submit.allowance).await? {
            return Err(EngineError::TooManyJobs);
        }
        let position = self.state().queue.next_position(&owner, submit.job.lane);
        let job = tx.add_job(submit.job, position).await?;
        if let Some(key) = &submit.allowance.key {
            tx.came_by(&job.id, key).await?;
        }
        let entry =
            Entry { job: job.id.clone(), owner, session: job.session.clone(), lane: job.lane, sources: submit.sources.map(Arc::new) };
        let engine = self.clone();
        // Not to be torn between the commit and the queue when the caller goes away.
        let done = tokio::spawn(async move {
            tx.commit().await?;
            engine.enqueue(entry);
            drop(place);
            Ok::<_, StoreError>(())
        });
        done.await.map_err(|e| StoreError::Blob(std::io::Error::other(e)))??;
        Ok(Submitted { job, position, repeated: false })
    }

    fn is_being_stopped(&self, id: &JobId) -> bool {
        self.state().running.get(id).is_some_and(|running| running.cancel.is_cancelled())
    }

    /// A place in the lane's queue. A full one still takes a job of somebody who has none waiting there: whoever fills the queue keeps only themselves out.
    fn reserve(&self, owner: &UserId, lane: Lane) -> Result<Place, EngineError> {
        let mut state = self.state();
        if state.stopping {
            return Err(EngineError::ShuttingDown);
        }
        let waiting = state.queue.len_of(lane) + state.reserved;
        let max = self.0.config.queue_max;
        if waiting >= max && (state.queue.waits(owner, lane) || waiting >= max.saturating_mul(2)) {
            return Err(EngineError::QueueFull);
        }
        state.reserved += 1;
        Ok(Place(self.clone()))
    }

    fn enqueue(&self, entry: Entry) {
        self.state().queue.push(entry);
        self.wake();
    }

    /// Queues what continues a chain: before whatever else waits in its session, for that was asked of the chain's end.
    fn enqueue_next(&self, entry: Entry) {
        self.state().queue.push_next(entry);
        self.wake();
    }

    fn wake(&self) {
        self.0.work.send_modify(|n| *n += 1);
    }

    /// Where an unfinished job is.
    pub fn live(&self, id: &JobId) -> Live {
        let state = self.state();
        Live { position: state.queue.position(id), step: state.running.get(id).and_then(|r| r.watch.as_ref()).and_then(|w| w.step()) }
    }

    /// Cancels: a queued job at once, a running one when its worker is free (then `job.cancelled` follows and [`Engine::wait`]
    /// returns). A finished job stays as it is.
    pub async fn cancel(&self, owner: &UserId, id: &JobId) -> Result<Job, EngineError> {
        self.0.store.job(owner, id).await?;
        loop {
            let flag = {
                let mut state = self.state();
                state.queue.remove(id);
                state.running.get_mut(id).map(|running| {
                    running.by_user = true;
                    running.cancel.clone()
                })
            };
            if let Some(flag) = flag {
                flag.cancel();
                return Ok(self.0.store.job(owner, id).await?);
            }
            // Not taken by a worker: the row decides, so that a job that is just being queued is cancelled too.
            let mut tx = self.0.store.begin(owner).await?;
            match tx.cancel_job(id, JobState::Queued).await {
                Ok(job) => {
                    tx.commit().await?;
                    self.0.config.metrics.job_ended(&job, JobState::Cancelled);
                    return Ok(job);
                }
                // Taken meanwhile.
                Err(StoreError::WrongState(JobState::Running)) if self.state().running.contains_key(id) => {}
                Err(StoreError::WrongState(_)) => return Ok(tx.job(id).await?),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Waits until the job is finished.
    pub async fn wait(&self, owner: &UserId, id: &JobId) -> Result<Job, EngineError> {
        self.0.store.job(owner, id).await?;
        loop {
            // Registered before the look, so that the end cannot come between them unnoticed.
            let mut end = self.0.hub.end_of(id);
            let job = self.0.store.job(owner, id).await;
            if job.as_ref().is_ok_and(|job| !job.state.is_final()) {
                let _ = end.wait_for(|ended| *ended).await;
                continue;
            }
            drop(end);
            self.0.hub.forget_end(id);
            return Ok(job?);
        }
    }

    /// A job that is cancelled when the last handle of it is dropped before its end: for callers who wait on the line. Made before the job is submitted,
    /// it leaves no moment in which a caller could go away unnoticed.
    pub fn handle(&self, owner: &UserId, id: &JobId) -> JobHandle {
        *self.state().handles.entry(id.clone()).or_default() += 1;
        JobHandle { engine: self.clone(), owner: owner.clone(), id: id.clone(), armed: true }
    }

    /// Events of a session after `after`, stored and live.
    pub async fn subscribe(&self, owner: &UserId, session: &SessionId, after: i64) -> Result<Subscription, StoreError> {
        self.0.hub.subscribe(&self.0.store, owner, session, after).await
    }

    /// Deletes a session; its jobs stop.
    pub async fn delete_session(&self, owner: &UserId, id: &SessionId) -> Result<(), EngineError> {
        let mut tx = self.0.store.begin(owner).await?;
        let jobs = tx.delete_session(id).await?;
        tx.commit().await?;
        self.drop_jobs(&jobs);
        Ok(())
    }

    /// Stops jobs whose rows are gone.
    pub fn drop_jobs(&self, jobs: &[JobId]) {
        let flags: Vec<_> = {
            let mut state = self.state();
            jobs.iter().for_each(|job| drop(state.queue.remove(job)));
            jobs.iter().filter_map(|job| state.running.get(job)).map(|r| r.cancel.clone()).collect()
        };
        flags.iter().for_each(Cancel::cancel);
    }
}

/// See [`Engine::handle`].
#[must_use = "the job is cancelled when this is dropped"]
pub struct JobHandle {
    engine: Engine,
    owner: UserId,
    id: JobId,
    armed: bool,
}

impl JobHandle {
    /// Waits for the end; dropped before, the job is cancelled.
    pub async fn wait(mut self) -> Result<Job, EngineError> {
        let job = self.engine.wait(&self.owner, &self.id).await;
        self.armed = false;
        job
    }

    /// Lets the job go on without anybody waiting.
    pub fn detach(mut self) {
        self.armed = false;
    }

    pub fn id(&self) -> &JobId {
        &self.id
    }

    /// Whether this was the last one of its job.
    fn let_go(&self) -> bool {
        let mut state = self.engine.state();
        let Some(count) = state.handles.get_mut(&self.id) else { return true };
        *count -= 1;
        let last = *count == 0;
        if last {
            state.handles.remove(&self.id);
        }
        last
    }
}

impl Drop for JobHandle {
    fn drop(&mut self) {
        if !self.let_go() || !self.armed {
            return;
        }
        let (engine, owner, id) = (self.engine.clone(), self.owner.clone(), self.id.clone());
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                // A change that adds the job may be under way: after it, the job is there or never will be.
                drop(engine.0.store.begin(&owner).await);
                match engine.cancel(&owner, &id).await {
                    Ok(_) | Err(EngineError::Store(StoreError::NotFound)) => {}
                    Err(error) => tracing::warn!(job = %id, %error, "an abandoned job could not be cancelled"),
                }
            });
        }
    }
}
