//! A worker: takes a job, runs it on a thread of its own, commits what came out, all of it or nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Notify, OwnedSemaphorePermit};
use tracing::Instrument as _;

use crate::cancel::Cancel;
use crate::imaging::Affine;
use crate::plan::ImageRef;
use crate::request_id;
use crate::store::{
    Base, Finish, ImageId, ItemEnd, Job, JobFile, JobState, Lane, NewVersion, Problem, SessionId, StepArtifact, Store, StoreError, Timings,
    Tx, VersionKind, idempotency,
};

use super::account::Spent;
use super::job::{Made, MadeMask, Output, Stop, Work};
use super::queue::{Entry, Takes};
use super::start::{MAX_ATTEMPTS, entry, permits};
use super::tasks::{Scribe, panicked, show_previews};
use super::watch::JobWatch;
use super::{Engine, Running, chain, inputs};

/// A last preview that takes longer is not waited for.
const LAST_PREVIEW_LIMIT: Duration = Duration::from_millis(500);
/// How often a change is tried while another program keeps the database busy; each try waits by itself.
pub(super) const BUSY_TRIES: u32 = 6;
/// Between two looks of a batch's item whether there is room.
const ROOM_AGAIN: Duration = Duration::from_millis(50);
/// Between tries to write what must be written.
const RETRY_AFTER: Duration = Duration::from_secs(1);

impl Engine {
    /// Works until the shutdown.
    pub(super) async fn worker(self, takes: Takes) {
        let mut work = self.0.work.subscribe();
        loop {
            work.borrow_and_update();
            let taken = {
                let mut state = self.state();
                if state.stopping {
                    return;
                }
                let entry = state.queue.pop(takes);
                entry.map(|entry| {
                    let cancel = Cancel::new();
                    // Under the same lock as the pop: a job is always either in the queue or here.
                    state.running.insert(entry.job.clone(), Running { cancel: cancel.clone(), watch: None, by_user: false });
                    (entry, cancel)
                })
            };
            match taken {
                Some((entry, cancel)) => self.work_on(&entry, cancel).await,
                None if work.changed().await.is_err() => return,
                None => {}
            }
        }
    }

    /// From taken to ended; whatever happens, the worker and the session are free afterwards.
    async fn work_on(&self, entry: &Entry, cancel: Cancel) {
        let ended = self.run(entry, cancel).await;
        {
            let mut state = self.state();
            state.running.remove(&entry.job);
            if let Some(session) = &entry.session {
                state.queue.release(session);
            }
        }
        // Another job of the session may go now.
        self.wake();
        match ended {
            Ok(()) => {}
            Err(StoreError::NotFound | StoreError::WrongState(_)) => tracing::info!(job = %entry.job, "was deleted or ended elsewhere"),
            Err(error) => tracing::error!(job = %entry.job, %error, "how the job ended could not be written; the next start repairs it"),
        }
    }

    async fn run(&self, entry: &Entry, cancel: Cancel) -> Result<(), StoreError> {
        let job = match self.begin(entry).await {
            Ok(job) => job,
            Err(error @ (StoreError::WrongState(_) | StoreError::NotFound)) => return Err(error),
            Err(error) => {
                // Still queued in the database; nothing is lost, only later.
                tracing::error!(job = %entry.job, %error, "a job could not be started");
                tokio::time::sleep(RETRY_AFTER).await;
                self.state().queue.push(entry.clone());
                return Ok(());
            }
        };
        let began = Instant::now();
        self.0.config.metrics.job_started(&job);
        let span = tracing::info_span!("job", job = %job.id, request_id = job.request_id.as_deref());
        let request_id = job.request_id.clone().unwrap_or_default();
        // What the job queues itself, the next of a chain, belongs to the same request.
        request_id::within(request_id, self.run_begun(entry, job, (cancel, began)).instrument(span)).await
    }

    async fn run_begun(&self, entry: &Entry, job: Job, (cancel, began): (Cancel, Instant)) -> Result<(), StoreError> {
        let (watch, ends) = JobWatch::new(self.0.hub.clone(), &job);
        let watch = Arc::new(watch);
        if let Some(running) = self.state().running.get_mut(&job.id) {
            running.watch = Some(watch.clone());
        }
        let scribe = Scribe { store: self.0.store.clone(), job: job.clone(), results_ttl: self.results_ttl(&job) };
        let scribe = tokio::spawn(scribe.write(ends.notes));
        let ended = Arc::new(Notify::new());
        let mut previews = tokio::spawn(show_previews(self.0.hub.clone(), job.clone(), ends.newest, ended.clone()));
        let result = self.on_thread(entry, job.clone(), watch, cancel).await;
        if let Some(running) = self.state().running.get_mut(&job.id) {
            running.watch = None; // the last holder of the senders: the scribe and the previews end
        }
        ended.notify_one();
        // Whoever watches gets the last picture too, however quick the last stage was.
        let watched = job.session.as_ref().is_some_and(|session| self.0.hub.watched(session));
        if result.is_err() || !watched || tokio::time::timeout(LAST_PREVIEW_LIMIT, &mut previews).await.is_err() {
            previews.abort();
        }
        let artifacts = scribe.await.unwrap_or_else(|e| Err(panicked(&e)));
        if let Some(session) = &job.session {
            self.0.hub.forget(session, &job.id);
        }
        let result = match (result, artifacts) {
            (Ok(output), Ok(artifacts)) => Ok((output, artifacts)),
            (Err(stop), _) => Err(stop),
            (Ok(_), Err(problem)) => Err(Stop::Failed(problem)),
        };
        self.end(&job, result, began).await
    }

    async fn begin(&self, entry: &Entry) -> Result<Job, StoreError> {
        let mut tx = self.0.store.begin(&entry.owner).await?;
        let job = tx.start_job(&entry.job).await?;
        tx.item_started(&entry.job).await?;
        tx.commit().await?;
        Ok(job)
    }

    fn results_ttl(&self, job: &Job) -> Duration {
        if job.inputs.keep_for_repeat { idempotency::KEY_TTL } else { self.0.config.results_ttl }
    }

    /// Finds the inputs, waits for its share of pixels, then runs on a blocking thread.
    async fn on_thread(&self, entry: &Entry, job: Job, watch: Arc<JobWatch>, cancel: Cancel) -> Result<Output, Stop> {
        let inputs = inputs::resolve(&self.0.store, &job, entry.sources.as_deref()).await;
        let inputs = inputs.map_err(|e| Stop::Failed(Problem::of(&e)))?;
        let wanted = permits(inputs.pixels()).min(permits(self.0.config.pixels_in_flight));
        let held = tokio::select! {
            held = self.room(wanted, job.lane) => held,
            () = cancelled(&cancel) => return Err(Stop::Cancelled),
        };
        if cancel.is_cancelled() {
            return Err(Stop::Cancelled);
        }
        let runner = self.0.runner.clone();
        let work = Work { job, inputs, watch, cancel };
        let span = tracing::Span::current();
        let thread = tokio::task::spawn_blocking(move || {
            let _entered = span.enter();
            let result = runner.run(&work);
            drop((work, held));
            result
        });
        thread.await.unwrap_or_else(|e| Err(Stop::Failed(panicked(&e))))
    }

    /// A share of the pixels in flight, when there is room. An item of a batch takes no place in the line for it: people's jobs would wait behind it.
    async fn room(&self, wanted: u32, lane: Lane) -> OwnedSemaphorePermit {
        let pixels = &self.0.pixels;
        if lane == Lane::Interactive {
            return pixels.clone().acquire_many_owned(wanted).await.expect("the semaphore is never closed");
        }
        loop {
            if let Ok(held) = pixels.clone().try_acquire_many_owned(wanted) {
                return held;
            }
            tokio::time::sleep(ROOM_AGAIN).await;
        }
    }

    /// Writes how it ended. A success that cannot be written is a failure, and that is tried again.
    async fn end(&self, job: &Job, result: Result<(Output, Vec<StepArtifact>), Stop>, began: Instant) -> Result<(), StoreError> {
        let stop = match result {
            Ok((output, artifacts)) => match self.succeed_counted(job, &output, &artifacts, began).await {
                Ok(()) => return Ok(()),
                Err(error @ (StoreError::NotFound | StoreError::WrongState(_))) => return Err(error),
                Err(error) => {
                    tracing::error!(job = %job.id, %error, "a result could not be stored");
                    Stop::Failed(Problem::of(&error))
                }
            },
            Err(stop) => stop,
        };
        let again =
            |result: &Result<(), StoreError>| matches!(result, Err(StoreError::Database(_) | StoreError::DiskFull | StoreError::Busy));
        let mut done = self.stop(job, &stop).await;
        while again(&done) && self.is_running() {
            tracing::error!(job = %job.id, "how a job ended could not be written; trying again");
            tokio::time::sleep(RETRY_AFTER).await;
            done = self.stop(job, &stop).await;
        }
        if done.is_ok() {
            let by_user = self.state().running.get(&job.id).is_some_and(|r| r.by_user);
            self.account_stop(job, &stop, by_user, began);
        }
        done
    }

    async fn succeed_counted(&self, job: &Job, output: &Output, artifacts: &[StepArtifact], began: Instant) -> Result<(), StoreError> {
        self.succeed_patiently(job, output, artifacts, began).await?;
        self.account_success(job, &Spent::of(output), began);
        Ok(())
    }

    async fn stop(&self, job: &Job, stop: &Stop) -> Result<(), StoreError> {
        let by_user = self.state().running.get(&job.id).is_some_and(|r| r.by_user);
        let mut tx = self.0.store.begin(&job.owner).await?;
        match stop {
            Stop::Failed(problem) => tx.fail_job(&job.id, problem).await?,
            Stop::Cancelled if by_user => tx.cancel_job(&job.id, JobState::Running).await?,
            // The shutdown stopped it: the next process goes on.
            Stop::Cancelled if job.session.is_some() => tx.requeue_job(&job.id, true).await?,
            Stop::Cancelled => tx.fail_job(&job.id, &Problem::interrupted()).await?,
        };
        let end = match stop {
            Stop::Failed(problem) => ItemEnd::Failed(problem),
            Stop::Cancelled if by_user => ItemEnd::Cancelled,
            Stop::Cancelled => ItemEnd::Interrupted { counts: false, most: MAX_ATTEMPTS },
        };
        let taken_back = tx.item_ended(&job.id, end).await?;
        tx.commit().await?;
        self.forget_queued(&taken_back);
        Ok(())
    }

    /// What was worked out is not thrown away because another program kept the database busy for a while.
    async fn succeed_patiently(&self, job: &Job, output: &Output, artifacts: &[StepArtifact], began: Instant) -> Result<(), StoreError> {
        for _ in 1..BUSY_TRIES {
            match self.succeed(job, output, artifacts, began).await {
                Err(StoreError::Busy) if self.is_running() => tracing::warn!(job = %job.id, "the database is busy; trying again"),
                other => return other,
            }
        }
        self.succeed(job, output, artifacts, began).await
    }

    /// One transaction: pictures, version number, the session's current version, the job's state, the events, and the next job of a chain.
    async fn succeed(&self, job: &Job, output: &Output, artifacts: &[StepArtifact], began: Instant) -> Result<(), StoreError> {
        let store: &Store = &self.0.store;
        let mut tx = store.begin(&job.owner).await?;
        let mut finish = Finish {
            artifacts: artifacts.to_vec(),
            resolved_plan: output.resolved_plan.clone(),
            exact_outside_target: output.exact_outside_target,
            warnings: output.warnings.clone(),
            ..Finish::default()
        };
        (finish.report, finish.report_text) = output.report.clone().map_or((None, None), |(value, text)| (Some(value), Some(text)));
        let mask = match &output.mask {
            Some(MadeMask::Announced(id)) => Some(id.clone()),
            Some(MadeMask::New(made)) => Some(self.add(&mut tx, job, made).await?),
            None => None,
        };
        if let Some(made) = &output.picture {
            let image = self.add(&mut tx, job, made).await?;
            match &job.session {
                Some(session) => {
                    let made = MadeVersion { image, mask: mask.clone(), map: output.map, finish: &finish };
                    finish.version = Some(self.add_version(&mut tx, job, session, made).await?);
                }
                None => finish.files.push(JobFile { image, mask: mask.clone() }),
            }
        }
        for made in &output.files {
            let image = self.add(&mut tx, job, made).await?;
            finish.files.push(JobFile { image, mask: mask.clone() });
        }
        let total_ms = began.elapsed().as_secs_f64() * 1e3;
        finish.timings =
            Timings { total_ms, run_ms: output.run_ms, wait_ms: output.wait_ms, load_ms: output.load_ms, steps: output.steps.clone() };
        let made = finish.clone();
        tx.succeed_job(&job.id, finish).await?;
        tx.item_succeeded(&job.id, &made).await?;
        let next = self.go_on(&mut tx, job, &made, mask.as_ref()).await?;
        let entry = next.as_ref().map(entry);
        tx.commit().await?;
        entry.into_iter().for_each(|entry| self.enqueue_next(entry));
        Ok(())
    }

    /// Queues the next job of a chain, in the change that ends this one.
    async fn go_on(&self, tx: &mut Tx, job: &Job, made: &Finish, mask: Option<&ImageId>) -> Result<Option<Job>, StoreError> {
        let Some(session) = job.session.as_ref().filter(|_| job.chain.is_some()) else { return Ok(None) };
        // A plan that changed nothing made no version: what it worked on stands for it.
        let number = match made.version {
            Some(number) => Some(number),
            None => self.parent(tx, job, session).await?,
        };
        let Some(number) = number else { return Ok(None) };
        let current = tx.session(session).await?.current;
        let leads = current == made.version.or(job.inputs.current_at_start);
        let done = chain::Done { number, leads, mask, artifacts: &made.artifacts };
        let Some(new) = chain::next(tx, job, &done).await? else { return Ok(None) };
        let position = self.state().queue.next_position(&job.owner, new.lane);
        Ok(Some(tx.add_job(new, position).await?))
    }

    async fn add(&self, tx: &mut Tx, job: &Job, made: &Made) -> Result<ImageId, StoreError> {
        let mut new = made.new.clone();
        if job.session.is_none() {
            new.keep = Some(self.results_ttl(job));
        }
        let image = tx.add_image(new, &made.pin).await?;
        if let Some(session) = &job.session {
            tx.keep_image(session, &image.id).await?;
        }
        Ok(image.id)
    }

    /// A new version stands under what its plan's first step worked on.
    async fn parent(&self, tx: &mut Tx, job: &Job, session: &SessionId) -> Result<Option<u32>, StoreError> {
        let base = match job.inputs.base {
            Base::Version(n) => Some(n),
            Base::Current | Base::First => None,
        };
        match job.plan.steps.first().and_then(|step| step.input.as_ref()) {
            None | Some(ImageRef::Current | ImageRef::Step(_)) => Ok(base),
            Some(ImageRef::Version(n)) => Ok(u32::try_from(*n).ok()),
            Some(ImageRef::Original) => match base {
                Some(n) => Ok(Some(tx.root_of(session, n).await?.number)),
                None => Ok(None),
            },
            Some(ImageRef::Image(n)) => match job.inputs.images.get(n.wrapping_sub(1)) {
                Some(image) => tx.version_of(session, image).await,
                None => Ok(None),
            },
        }
    }

    /// The session follows to the new version unless the user went elsewhere while the job ran.
    async fn add_version(&self, tx: &mut Tx, job: &Job, session: &SessionId, made: MadeVersion<'_>) -> Result<u32, StoreError> {
        let version = NewVersion {
            parent: self.parent(tx, job, session).await?,
            kind: VersionKind::Edit,
            image: made.image,
            mask: made.mask,
            job: Some(job.id.clone()),
            plan: Some(job.plan.clone()),
            resolved_plan: made.finish.resolved_plan.clone(),
            map: made.map,
            exact_outside_target: made.finish.exact_outside_target,
        };
        let current = tx.session(session).await?.current;
        let follow = current.is_none() || current == job.inputs.current_at_start;
        Ok(tx.add_version(session, version, follow).await?.number)
    }
}

/// The picture of a version about to be added.
struct MadeVersion<'a> {
    image: ImageId,
    mask: Option<ImageId>,
    map: Option<Affine>,
    finish: &'a Finish,
}

/// Ends when the flag is set.
async fn cancelled(cancel: &Cancel) {
    let flag = Arc::new(tokio::sync::Notify::new());
    let hook = flag.clone();
    let _hook = cancel.on_cancel(move || hook.notify_one());
    flag.notified().await;
}
