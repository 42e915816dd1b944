//! Sessions and their owner threads: one thread per loaded model, jobs in, answers out.
//!
//! Promises: a model is loaded once however many ask at the same time; the least recently used idle ones are unloaded to
//! stay within the byte budget, idle ones after a while anyway; a cancelled job returns at once while it waits and as
//! soon as the model can stop while it runs; an owner thread that dies fails its jobs and is replaced by the next job.

use std::collections::{HashMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::Tensor;
use super::error::ModelError;
use crate::cancel::Cancel;
use crate::sys;

/// Something loaded that turns tensors into tensors; used by its owner thread only.
pub trait Runner {
    /// Runs once. Calls [`Control::start`] before and [`Control::finish`] after the part that can be stopped, and gives
    /// the time of that part.
    fn run(&mut self, inputs: &[Tensor], control: &Control) -> Result<(Vec<Tensor>, Duration), ModelError>;
}

/// Makes runners; called on the owner's thread.
pub trait Loader: Send + Sync + 'static {
    fn load(&self, model: &str) -> Result<Box<dyn Runner>, ModelError>;
    /// Memory that the model will take, in bytes, before anything was measured.
    fn estimate_bytes(&self, model: &str) -> u64;
    /// Memory that the model takes at least, whatever was measured: beside it others give memory back, and then it looks free of charge.
    fn least_bytes(&self, _model: &str) -> u64 {
        0
    }
    /// Memory of the process now, in bytes, where the system says it.
    fn resident_bytes(&self) -> Option<u64> {
        sys::resident_bytes()
    }
}

/// Limits of the pool.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Loaded models together, in bytes of memory as measured.
    pub budget_bytes: u64,
    /// A model unused for this long is unloaded.
    pub idle_ttl: Duration,
}

/// Where the time of one job went, and its result.
#[derive(Debug)]
pub struct Answer {
    pub outputs: Vec<Tensor>,
    pub run: Duration,
    pub wait: Duration,
    pub load: Duration,
}

type Result_ = Result<Answer, ModelError>;

enum Phase {
    /// In the queue; a cancel answers the caller through this.
    Waiting(mpsc::Sender<Result_>),
    Running(Box<dyn Fn() + Send>),
    Over,
}

/// Connects a caller's cancel with its job, wherever that is.
pub struct Control {
    cancelled: AtomicBool,
    phase: Mutex<Phase>,
}

impl Control {
    fn new(wake: mpsc::Sender<Result_>) -> Self {
        Control { cancelled: AtomicBool::new(false), phase: Mutex::new(Phase::Waiting(wake)) }
    }

    /// For a run outside a pool, which nobody cancels.
    pub(super) fn unconnected() -> Self {
        Control { cancelled: AtomicBool::new(false), phase: Mutex::new(Phase::Over) }
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
        let mut phase = self.phase();
        match &*phase {
            // The caller may be gone already; then nobody needs the answer.
            Phase::Waiting(wake) => drop(wake.send(Err(ModelError::Cancelled))),
            Phase::Running(terminate) => return terminate(),
            Phase::Over => {}
        }
        *phase = Phase::Over;
    }

    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    /// From here on a cancel calls `terminate`. `false`: cancelled already, do not run.
    pub fn start(&self, terminate: Box<dyn Fn() + Send>) -> bool {
        let mut phase = self.phase();
        if self.is_cancelled() {
            return false;
        }
        *phase = Phase::Running(terminate);
        true
    }

    pub fn finish(&self) {
        *self.phase() = Phase::Over;
    }
}

/// What is asked of a model.
struct Request {
    inputs: Vec<Tensor>,
    patient: bool,
    control: Arc<Control>,
    reply: mpsc::Sender<Result_>,
}

/// One request on its way; answers its caller exactly once, at the latest when it is dropped.
struct Job {
    model: String,
    patient: bool,
    inputs: Vec<Tensor>,
    control: Arc<Control>,
    enqueued: Instant,
    reply: Option<mpsc::Sender<Result_>>,
    stats: Arc<OwnerStats>,
}

impl Job {
    fn answer(&mut self, result: Result_) {
        if let Some(reply) = self.reply.take() {
            // Before the answer: who has it may see that the model is idle again.
            self.stats.pending.fetch_sub(1, Ordering::AcqRel);
            // Fails only if the caller was cancelled and has left.
            let _ = reply.send(result);
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if self.reply.is_some() {
            let error = stopped(&self.model);
            self.answer(Err(error));
        }
    }
}

fn stopped(model: &str) -> ModelError {
    ModelError::failed(model, "its thread stopped unexpectedly; it is loaded again on the next try")
}

#[derive(Default)]
struct OwnerStats {
    /// Jobs queued or running.
    pending: AtomicUsize,
    /// Measured; 0 until loaded.
    bytes: AtomicU64,
    loaded: AtomicBool,
}

struct Owner {
    id: u64,
    jobs: mpsc::Sender<Job>,
    stats: Arc<OwnerStats>,
    /// Value of the pool's clock at the last submit.
    last_used: u64,
    running: Arc<Mutex<Option<Arc<Control>>>>,
    thread: JoinHandle<()>,
}

#[derive(Default)]
struct Owners {
    by_model: HashMap<String, Owner>,
    /// Bytes of models that were loaded before.
    measured: HashMap<String, u64>,
    /// How often each model was loaded.
    loads: HashMap<String, u64>,
    clock: u64,
}

struct Shared {
    loader: Arc<dyn Loader>,
    limits: Limits,
    owners: Mutex<Owners>,
}

/// What the pool says about a loaded model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedModel {
    pub model: String,
    /// `false` while it is being loaded.
    pub ready: bool,
    pub bytes: u64,
    pub pending: usize,
}

/// All sessions of a process.
pub struct Pool {
    shared: Arc<Shared>,
}

impl Pool {
    pub fn new(loader: Arc<dyn Loader>, limits: Limits) -> Self {
        Pool { shared: Arc::new(Shared { loader, limits, owners: Mutex::default() }) }
    }

    /// Runs `model`, blocking; loads it if needed.
    pub fn infer(&self, model: &str, inputs: Vec<Tensor>, cancel: &Cancel) -> Result<Answer, ModelError> {
        self.infer_in_turn(model, inputs, false, cancel)
    }

    /// The same; a `patient` caller lets all go first that wait for the same model and are not.
    pub fn infer_in_turn(&self, model: &str, inputs: Vec<Tensor>, patient: bool, cancel: &Cancel) -> Result<Answer, ModelError> {
        if cancel.is_cancelled() {
            return Err(ModelError::Cancelled);
        }
        let (reply, answers) = mpsc::channel();
        let control = Arc::new(Control::new(reply.clone()));
        let _hook = cancel.on_cancel({
            let control = control.clone();
            move || control.cancel()
        });
        self.submit(model, Request { inputs, patient, control, reply })?;
        answers.recv().unwrap_or_else(|_| Err(ModelError::failed(model, "its thread is gone")))
    }

    /// Loads `model` and waits until it is ready; a job without inputs that never reaches the model.
    pub fn warm(&self, model: &str, cancel: &Cancel) -> Result<Duration, ModelError> {
        self.infer(model, vec![], cancel).map(|answer| answer.load)
    }

    fn submit(&self, model: &str, request: Request) -> Result<(), ModelError> {
        let mut owners = self.shared.owners();
        owners.clock += 1;
        let clock = owners.clock;
        let patient = request.patient;
        let mut payload = Some(request);
        // A dead owner's channel gives the job back; a new owner takes it.
        for _ in 0..2 {
            if !owners.by_model.contains_key(model) {
                let owner =
                    spawn_owner(&self.shared, model, clock).map_err(|e| ModelError::failed(model, &format!("no thread for it: {e}")))?;
                owners.by_model.insert(model.to_owned(), owner);
            }
            let owner = owners.by_model.get_mut(model).expect("just inserted");
            let Request { inputs, control, reply, .. } = payload.take().expect("put back below");
            owner.last_used = clock;
            owner.stats.pending.fetch_add(1, Ordering::AcqRel);
            let job = Job {
                model: model.to_owned(),
                patient,
                inputs,
                control,
                enqueued: Instant::now(),
                reply: Some(reply),
                stats: owner.stats.clone(),
            };
            match owner.jobs.send(job) {
                Ok(()) => return Ok(()),
                Err(mpsc::SendError(mut job)) => {
                    let reply = job.reply.take().expect("never answered");
                    payload = Some(Request { inputs: std::mem::take(&mut job.inputs), patient, control: job.control.clone(), reply });
                    owners.by_model.remove(model);
                }
            }
        }
        Err(ModelError::failed(model, "its thread ended at once"))
    }

    /// Loaded and loading models, by name.
    pub fn loaded(&self) -> Vec<LoadedModel> {
        let owners = self.shared.owners();
        let describe = |(model, owner): (&String, &Owner)| LoadedModel {
            model: model.clone(),
            ready: owner.stats.loaded.load(Ordering::Acquire),
            bytes: owner.stats.bytes.load(Ordering::Acquire),
            pending: owner.stats.pending.load(Ordering::Acquire),
        };
        let mut list: Vec<_> = owners.by_model.iter().map(describe).collect();
        list.sort_by(|a, b| a.model.cmp(&b.model));
        list
    }

    /// How often each model was loaded, by name.
    pub fn loads(&self) -> Vec<(String, u64)> {
        let mut loads: Vec<_> = self.shared.owners().loads.iter().map(|(model, count)| (model.clone(), *count)).collect();
        loads.sort();
        loads
    }

    /// Unloads everything. Jobs that were accepted are finished first.
    pub fn unload_all(&self) {
        let removed = self.shared.owners().by_model.drain().map(|(_, owner)| owner).collect();
        retire(removed);
    }

    /// Stops running jobs and unloads everything.
    pub fn shutdown(&self) {
        self.shared.stop();
    }
}

impl Shared {
    fn owners(&self) -> MutexGuard<'_, Owners> {
        self.owners.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn stop(&self) {
        let removed: Vec<Owner> = self.owners().by_model.drain().map(|(_, owner)| owner).collect();
        for owner in &removed {
            if let Some(control) = &*owner.running.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) {
                control.cancel();
            }
        }
        retire(removed);
    }

    /// Unloads least recently used idle models until `model` fits; busy ones stay.
    fn make_room(&self, model: &str, own_bytes: u64) {
        let mut removed = Vec::new();
        {
            let mut owners = self.owners();
            loop {
                let others: u64 =
                    owners.by_model.iter().filter(|(m, _)| *m != model).map(|(_, o)| o.stats.bytes.load(Ordering::Acquire)).sum();
                if others + own_bytes <= self.limits.budget_bytes {
                    break;
                }
                let idle = |(name, owner): &(&String, &Owner)| *name != model && owner.stats.pending.load(Ordering::Acquire) == 0;
                let oldest = owners.by_model.iter().filter(idle).min_by_key(|(_, o)| o.last_used).map(|(name, _)| name.clone());
                let Some(name) = oldest else { break };
                tracing::info!(model = name, "unloaded to stay within the memory budget");
                removed.extend(owners.by_model.remove(&name));
            }
        }
        retire(removed);
    }

    /// Takes an owner out of the pool if it is still the one with `id` and (for `only_idle`) has nothing to do.
    fn take(&self, model: &str, id: u64, only_idle: bool) -> bool {
        let mut owners = self.owners();
        let leave = owners.by_model.get(model).is_some_and(|o| o.id == id && !(only_idle && o.stats.pending.load(Ordering::Acquire) > 0));
        if leave {
            owners.by_model.remove(model);
        }
        leave
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Lets owners finish and waits for them, so that their memory is free afterwards.
fn retire(owners: Vec<Owner>) {
    for owner in owners {
        drop(owner.jobs);
        // An owner that drops the pool itself cannot wait for itself.
        if owner.thread.thread().id() != std::thread::current().id() {
            let _ = owner.thread.join();
        }
    }
}

fn spawn_owner(shared: &Arc<Shared>, model: &str, clock: u64) -> std::io::Result<Owner> {
    let (jobs, queue) = mpsc::channel();
    let stats = Arc::new(OwnerStats::default());
    let running = Arc::new(Mutex::new(None));
    let owner = OwnerThread {
        pool: Arc::downgrade(shared),
        loader: shared.loader.clone(),
        idle_ttl: shared.limits.idle_ttl,
        model: model.to_owned(),
        id: clock,
        stats: stats.clone(),
        running: running.clone(),
        largest_input: 0,
    };
    let thread = std::thread::Builder::new().name(format!("model-{model}")).spawn(move || owner.main(&queue))?;
    Ok(Owner { id: clock, jobs, stats, last_used: clock, running, thread })
}

/// The jobs that wait for a model, in the order in which they run: the patient ones after all others, else as they came.
struct Line<'a> {
    queue: &'a mpsc::Receiver<Job>,
    patient: VecDeque<Job>,
}

impl Line<'_> {
    fn next(&mut self, most: Duration) -> Result<Job, RecvTimeoutError> {
        while let Ok(job) = self.queue.try_recv() {
            if !job.patient {
                return Ok(job);
            }
            self.patient.push_back(job);
        }
        match self.patient.pop_front() {
            Some(job) => Ok(job),
            None => self.queue.recv_timeout(most),
        }
    }
}

struct OwnerThread {
    /// Weak: the pool's end ends its owners.
    pool: Weak<Shared>,
    loader: Arc<dyn Loader>,
    idle_ttl: Duration,
    model: String,
    id: u64,
    stats: Arc<OwnerStats>,
    running: Arc<Mutex<Option<Arc<Control>>>>,
    largest_input: usize,
}

impl OwnerThread {
    fn main(mut self, queue: &mpsc::Receiver<Job>) {
        let load_started = Instant::now();
        let mut runner = match self.load() {
            Ok(runner) => runner,
            Err(error) => return self.refuse(queue, &error),
        };
        let loaded = (load_started, Instant::now());
        let mut line = Line { queue, patient: VecDeque::new() };
        loop {
            match line.next(self.idle_ttl) {
                Ok(job) => {
                    if !self.work(&mut *runner, job, loaded) {
                        // Its other jobs fail with the queue.
                        break;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    // Decided under the pool's lock: no job can arrive in between.
                    if self.pool.upgrade().is_none_or(|pool| pool.take(&self.model, self.id, true)) {
                        tracing::info!(model = self.model, "unloaded after being idle");
                        break;
                    }
                }
            }
        }
        drop(runner);
        sys::release_free_memory();
    }

    fn load(&self) -> Result<Box<dyn Runner>, ModelError> {
        if let Some(pool) = self.pool.upgrade() {
            let known = pool.owners().measured.get(&self.model).copied();
            pool.make_room(&self.model, known.unwrap_or_else(|| self.loader.estimate_bytes(&self.model)));
        }
        let before = self.loader.resident_bytes();
        let runner = self.loader.load(&self.model)?;
        let grown =
            self.growth(before).unwrap_or_else(|| self.loader.estimate_bytes(&self.model)).max(self.loader.least_bytes(&self.model));
        self.stats.bytes.store(grown, Ordering::Release);
        self.stats.loaded.store(true, Ordering::Release);
        if let Some(pool) = self.pool.upgrade() {
            *pool.owners().loads.entry(self.model.clone()).or_default() += 1;
        }
        Ok(runner)
    }

    /// The model cannot be loaded: everyone who waits for it hears why, and the next job tries again.
    fn refuse(&self, queue: &mpsc::Receiver<Job>, error: &ModelError) {
        if let Some(pool) = self.pool.upgrade() {
            pool.take(&self.model, self.id, false);
        }
        // Out of the pool, so this drains everything that was ever sent.
        while let Ok(mut job) = queue.recv_timeout(Duration::ZERO) {
            job.answer(Err(error.clone()));
        }
    }

    /// `false`: the model panicked and the owner has left the pool.
    fn work(&mut self, runner: &mut dyn Runner, mut job: Job, (load_started, load_ended): (Instant, Instant)) -> bool {
        if job.control.is_cancelled() {
            job.answer(Err(ModelError::Cancelled));
            return true;
        }
        // A job that came while the model was being loaded spent that part of its time on loading.
        let load = load_ended.saturating_duration_since(job.enqueued.max(load_started));
        let wait = Instant::now().saturating_duration_since(job.enqueued.max(load_ended));
        if job.inputs.is_empty() {
            job.answer(Ok(Answer { outputs: vec![], run: Duration::ZERO, wait, load }));
            return true;
        }
        *self.running() = Some(job.control.clone());
        let before = self.loader.resident_bytes();
        let result = std::panic::catch_unwind(AssertUnwindSafe(|| runner.run(&job.inputs, &job.control)));
        *self.running() = None;
        let result = match result {
            Ok(result) => result,
            Err(_) => return self.die(job),
        };
        self.measure_run(before, &job.inputs);
        job.answer(result.map(|(outputs, run)| Answer { outputs, run, wait, load }));
        true
    }

    /// The run panicked, and what it left of the model cannot be trusted. Out of the pool before anyone hears of it: who
    /// tries again at once must find a new owner.
    fn die(&self, mut job: Job) -> bool {
        if let Some(pool) = self.pool.upgrade() {
            pool.take(&self.model, self.id, false);
        }
        job.answer(Err(stopped(&self.model)));
        false
    }

    /// How much the process grew since `before`.
    fn growth(&self, before: Option<u64>) -> Option<u64> {
        Some(self.loader.resident_bytes()?.saturating_sub(before?))
    }

    fn running(&self) -> MutexGuard<'_, Option<Arc<Control>>> {
        self.running.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The first run at a size fills the session's arena, which stays: it belongs to the model's bytes.
    fn measure_run(&mut self, before: Option<u64>, inputs: &[Tensor]) {
        let size = inputs.iter().map(|t| t.data.len()).sum();
        if size <= self.largest_input {
            return;
        }
        self.largest_input = size;
        let grown = self.growth(before).unwrap_or(0);
        let bytes = self.stats.bytes.fetch_add(grown, Ordering::AcqRel) + grown;
        if let Some(pool) = self.pool.upgrade() {
            pool.owners().measured.insert(self.model.clone(), bytes);
            pool.make_room(&self.model, bytes);
        }
    }
}

#[cfg(test)]
#[path = "pool_tests.rs"]
mod tests;
