//! The engine with a runner that does as its plan says: no pictures, no models, but real rows, threads and events.

mod chains;
mod endings;
mod events;
mod queue;
mod restart;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use portico::engine::{Engine, EngineConfig, EngineError, Made, Output, Source, Sources, Stop, Submit, Submitted, Subscription, Work};
use portico::imaging::{Mask, Picture};
use portico::ops::{Artifact, ModelTime, StepRun, Watch};
use portico::plan::{Plan, Step};
use portico::store::*;
use portico::text::{Lang, Text};

/// Liveness only: ten times what the slowest machine should need.
const LONG: Duration = Duration::from_secs(60);

/// What the fake runner did and may do: plans with `hold` wait for `release`.
#[derive(Default)]
struct Stage {
    ran: Mutex<Vec<String>>,
    held: Mutex<(usize, bool)>,
    changed: Condvar,
}

impl Stage {
    /// Waits until the runner holds `n` jobs.
    async fn held(self: &Arc<Self>, n: usize) {
        let stage = self.clone();
        let wait = tokio::task::spawn_blocking(move || {
            let held = stage.held.lock().unwrap();
            let (held, timeout) = stage.changed.wait_timeout_while(held, LONG, |h| h.0 != n).unwrap();
            assert!(!timeout.timed_out(), "{} jobs are held, not {n}", held.0);
        });
        wait.await.unwrap();
    }

    fn release(&self) {
        self.held.lock().unwrap().1 = true;
        self.changed.notify_all();
    }

    fn hold(&self, work: &Work) -> Result<(), Stop> {
        let mut held = self.held.lock().unwrap();
        held.0 += 1;
        self.changed.notify_all();
        while !held.1 && !work.cancel.is_cancelled() {
            held = self.changed.wait_timeout(held, Duration::from_millis(5)).unwrap().0;
        }
        held.0 -= 1;
        self.changed.notify_all();
        if work.cancel.is_cancelled() { Err(Stop::Cancelled) } else { Ok(()) }
    }
}

struct House {
    store: Store,
    engine: Engine,
    stage: Arc<Stage>,
    me: UserId,
    session: SessionId,
}

/// A failed test must not wait for what its runner holds.
impl Drop for House {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.stage.release();
        }
    }
}

async fn open(folder: &Path, config: EngineConfig) -> House {
    let store = Store::open(folder).await.unwrap();
    let stage = Arc::new(Stage::default());
    let (blobs, on_stage) = (store.blobs().clone(), stage.clone());
    let runner = move |work: &Work| play(&blobs, &on_stage, work);
    let engine = Engine::with_runner(store.clone(), Arc::new(runner), config).await.unwrap();
    let me = UserId::local();
    let session = match store.sessions(&me).await.unwrap().pop() {
        Some(session) => session.id,
        None => new_session(&store, &me).await,
    };
    House { store, engine, stage, me, session }
}

/// A session with one uploaded version.
async fn new_session(store: &Store, owner: &UserId) -> SessionId {
    let upload = store.save_image(owner, image("photo.png"), Arc::new(b"upload".to_vec())).await.unwrap();
    let mut tx = store.begin(owner).await.unwrap();
    let session = tx.add_session("").await.unwrap().id;
    tx.add_version(&session, NewVersion::upload(upload.id), true).await.unwrap();
    tx.commit().await.unwrap();
    session
}

fn image(name: &str) -> NewImage {
    let format = "png".to_owned();
    NewImage { kind: ImageKind::Version, name: name.into(), width: 2, height: 2, format, alpha: false, warnings: vec![], keep: None }
}

/// The fake runner: each step's name says what it does.
fn play(blobs: &Blobs, stage: &Stage, work: &Work) -> Result<Output, Stop> {
    stage.ran.lock().unwrap().push(work.job.inputs.stem.clone());
    let (label, mask) = (Text::new("中", "half"), Arc::new(Mask::filled(2, 2, 255)));
    let mut output = Output::default();
    for (n, step) in work.job.plan.steps.iter().enumerate() {
        work.watch.step_started(n, &step.op);
        let mut target = None;
        match step.op.as_str() {
            "hold" => stage.hold(work)?,
            "fail" => return Err(Stop::Failed(Problem::new("too_dark", "太暗", "Too dark"))),
            "panic" => panic!("an operation's bug"),
            "show" => {
                for shade in 0..100 {
                    work.watch.progress(n, Some(f32::from(shade) / 100.0), &label);
                    work.watch.preview(n, &label, Arc::new(Picture::filled(2, 2, [shade, 0, 0, 255])));
                }
            }
            "mask" => target = Some(mask.clone()),
            _ => {}
        }
        work.watch.step_finished(n, &done(step, target));
    }
    let bytes = format!("{} {:?}", work.job.inputs.stem, work.job.inputs.base);
    let pin = blobs.put_blocking(bytes.as_bytes()).unwrap();
    output.picture = Some(Made { new: image("result.png"), pin });
    output.mask = work.watch.announced(&mask).map(portico::engine::MadeMask::Announced);
    Ok(output)
}

fn done(step: &Step, mask: Option<Arc<Mask>>) -> StepRun {
    StepRun {
        id: step.id.clone(),
        op: step.op.clone(),
        elapsed: Duration::from_millis(1),
        model_time: ModelTime::default(),
        notices: vec![],
        picture: Arc::new(Picture::filled(2, 2, [0; 4])),
        // As the operations do: the target and the matte may be one mask.
        artifacts: mask.iter().map(|mask| ("matte", Artifact::Mask(mask.clone()))).collect(),
        mask,
    }
}

fn new_job(session: Option<&SessionId>, stem: &str, ops: &[&str]) -> NewJob {
    NewJob {
        id: JobId::new(),
        kind: if session.is_some() { JobKind::Chat } else { JobKind::Edit },
        lane: Lane::Interactive,
        session: session.cloned(),
        message: None,
        lang: Lang::En,
        plan: Plan::new(ops.iter().map(|op| Step::new(op)).collect()),
        inputs: JobInputs { stem: stem.to_owned(), ..JobInputs::default() },
        chain: None,
        idempotency: None,
    }
}

fn no_pictures(job: NewJob) -> Submit {
    Submit { job, sources: Some(Sources::default()), allowance: Allowance::default() }
}

impl House {
    async fn chat(&self, stem: &str, ops: &[&str]) -> Submitted {
        let job = new_job(Some(&self.session), stem, ops);
        self.engine.submit(&self.me, Submit { job, sources: None, allowance: Allowance::default() }).await.unwrap()
    }

    async fn edit(&self, owner: &UserId, stem: &str, ops: &[&str]) -> Submitted {
        self.engine.submit(owner, no_pictures(new_job(None, stem, ops))).await.unwrap()
    }

    async fn wait(&self, job: &JobId) -> Job {
        tokio::time::timeout(LONG, self.engine.wait(&self.me, job)).await.expect("the job ends").unwrap()
    }

    async fn bytes(&self, version: u32) -> String {
        let version = self.store.version(&self.me, &self.session, version).await.unwrap();
        String::from_utf8(self.store.image_bytes(&self.me, &version.image).await.unwrap().1).unwrap()
    }

    async fn current(&self) -> Option<u32> {
        self.store.session(&self.me, &self.session).await.unwrap().current
    }

    async fn names(&self) -> Vec<&'static str> {
        self.store.events(&self.me, &self.session, 0, 1000).await.unwrap().iter().map(|e| e.body.name()).collect()
    }
}

async fn next(events: &mut Subscription) -> Event {
    tokio::time::timeout(LONG, events.next()).await.expect("an event comes").unwrap().expect("the session is there")
}

fn data(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("data")
}

async fn house() -> (House, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (open(&data(&folder), EngineConfig::default()).await, folder)
}
