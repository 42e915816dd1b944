//! The engine with a runner that does as its plan says: no pictures, no models, but real rows, threads and events.

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
        idempotency: None,
    }
}

fn no_pictures(job: NewJob) -> Submit {
    Submit { job, sources: Some(Sources::default()) }
}

impl House {
    async fn chat(&self, stem: &str, ops: &[&str]) -> Submitted {
        let job = new_job(Some(&self.session), stem, ops);
        self.engine.submit(&self.me, Submit { job, sources: None }).await.unwrap()
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

#[tokio::test]
async fn a_chat_job_makes_one_version_and_tells_every_step_in_order() {
    let (h, _folder) = house().await;
    let mut events = h.engine.subscribe(&h.me, &h.session, 0).await.unwrap();
    let submitted = h.chat("a", &["mask", "crop"]).await;
    assert_eq!((submitted.position, submitted.job.state), (1, JobState::Queued));
    let job = h.wait(&submitted.job.id).await;
    assert_eq!((job.state, job.version, job.attempts), (JobState::Succeeded, Some(2), 1));
    let expected = [
        "version.created",
        "session.updated",
        "job.queued",
        "job.started",
        "step.started",
        "step.finished",
        "step.started",
        "step.finished",
        "version.created",
        "session.updated",
        "job.succeeded",
    ];
    let mut seen = vec![];
    for seq in 1..=expected.len() as i64 {
        let event = next(&mut events).await;
        assert_eq!(event.seq, seq);
        seen.push(event.body.name());
    }
    assert_eq!(seen, expected);
    assert_eq!(h.names().await, expected, "what is replayed is what was told");
    let version = h.store.version(&h.me, &h.session, 2).await.unwrap();
    assert_eq!((version.parent, version.kind, version.job), (Some(1), VersionKind::Edit, Some(job.id)));
    assert_eq!(version.mask.as_ref(), Some(&job.artifacts[0].image), "the version's mask is the one that was shown");
    let (mask, file) = h.store.image_bytes(&h.me, &version.mask.unwrap()).await.unwrap();
    assert_eq!((mask.width, mask.kind, &file[1..4]), (2, ImageKind::Mask, &b"PNG"[..]));
    assert_eq!(h.current().await, Some(2));
}

#[tokio::test]
async fn a_second_message_works_on_the_result_of_the_first() {
    let (h, _folder) = house().await;
    let first = h.chat("first", &["hold"]).await.job.id;
    h.stage.held(1).await;
    let second = h.chat("second", &["crop"]).await.job.id;
    assert_eq!(h.engine.live(&second).position, Some(1), "it waits although a worker is free");
    h.stage.release();
    assert_eq!(h.wait(&first).await.version, Some(2));
    assert_eq!(h.wait(&second).await.version, Some(3));
    assert_eq!(h.bytes(3).await, "second Version(2)");
    assert_eq!(h.store.version(&h.me, &h.session, 3).await.unwrap().parent, Some(2));
}

#[tokio::test]
async fn an_edit_works_on_what_was_seen_when_it_was_asked_for_and_does_not_pull_the_user_back() {
    let (h, _folder) = house().await;
    let first = h.chat("a", &["crop"]).await.job.id;
    h.wait(&first).await;
    let second = h.chat("b", &["hold"]).await.job.id;
    h.stage.held(1).await;
    let mut tx = h.store.begin(&h.me).await.unwrap();
    tx.undo(&h.session).await.unwrap();
    tx.commit().await.unwrap();
    h.stage.release();
    assert_eq!(h.wait(&second).await.version, Some(3));
    assert_eq!(h.bytes(3).await, "b Version(2)");
    assert_eq!(h.current().await, Some(1), "the user went back meanwhile");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_subscriber_gets_every_stored_event_once_and_in_order() {
    let (h, _folder) = house().await;
    let total = 3 + 60;
    let read = |after: i64| {
        let (engine, me, session) = (h.engine.clone(), h.me.clone(), h.session.clone());
        tokio::spawn(async move {
            let mut events = engine.subscribe(&me, &session, after).await.unwrap();
            let mut seqs = vec![];
            while seqs.last() != Some(&total) {
                let event = next(&mut events).await;
                assert!(!event.body.is_transient());
                seqs.push(event.seq);
            }
            (after, seqs)
        })
    };
    let mut readers: Vec<_> = [0, 1, 2].map(read).into();
    let writers: Vec<_> = (0..61)
        .map(|n| {
            let (store, me, session) = (h.store.clone(), h.me.clone(), h.session.clone());
            tokio::spawn(async move {
                let mut tx = store.begin(&me).await.unwrap();
                tx.set_title(&session, &format!("title {n}")).await.unwrap();
                tx.commit().await.unwrap();
            })
        })
        .collect();
    readers.extend([0, 2].map(read));
    for writer in writers {
        writer.await.unwrap();
    }
    readers.extend([0, 30].map(read));
    for reader in readers {
        let (after, seqs) = reader.await.unwrap();
        assert_eq!(seqs, (after + 1..=total).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn previews_are_few_and_who_joins_late_gets_the_newest() {
    let (h, _folder) = house().await;
    let mut early = h.engine.subscribe(&h.me, &h.session, 0).await.unwrap();
    let job = h.chat("a", &["show", "hold"]).await.job.id;
    let mut shown = 0;
    // The burst of a hundred is over when the second step holds.
    h.stage.held(1).await;
    let (mut newest, mut second_step) = (Arc::default(), false);
    while red(&newest) < 95 || !second_step {
        match next(&mut early).await.body {
            EventBody::StepPreview { preview, .. } => {
                assert!(preview.bytes.len() <= 30_000);
                shown += 1;
                newest = preview;
            }
            EventBody::StepStarted { step: 1, .. } => second_step = true,
            _ => {}
        }
    }
    assert!(shown <= 3, "{shown} previews of a burst");
    let mut late = h.engine.subscribe(&h.me, &h.session, i64::MAX).await.unwrap();
    let event = next(&mut late).await;
    let EventBody::StepPreview { step: 0, preview } = &event.body else { panic!("{event:?}") };
    assert_eq!((preview.id, event.job.as_ref()), (newest.id, Some(&job)));
    assert_eq!(event.seq, h.store.session(&h.me, &h.session).await.unwrap().last_seq);
    h.stage.release();
    h.wait(&job).await;
    let mut after = h.engine.subscribe(&h.me, &h.session, 0).await.unwrap();
    let last_seq = h.store.session(&h.me, &h.session).await.unwrap().last_seq;
    loop {
        let event = next(&mut after).await;
        assert!(!event.body.is_transient(), "a finished job shows no preview");
        if event.seq == last_seq {
            break;
        }
    }
}

/// The red value of a preview's first pixel; 0 where there is none yet.
fn red(preview: &Preview) -> u8 {
    if preview.bytes.is_empty() {
        return 0;
    }
    let picture = portico::imaging::decode(&preview.bytes, &portico::imaging::Limits::default()).unwrap().picture;
    picture.pixel(0, 0)[0]
}

#[tokio::test]
async fn a_queued_job_is_cancelled_at_once_and_never_runs() {
    let (h, _folder) = house().await;
    let first = h.chat("first", &["hold"]).await.job.id;
    h.stage.held(1).await;
    let second = h.chat("second", &[]).await.job.id;
    assert_eq!(h.engine.cancel(&h.me, &second).await.unwrap().state, JobState::Cancelled);
    assert_eq!(h.wait(&second).await.state, JobState::Cancelled);
    h.stage.release();
    assert_eq!(h.wait(&first).await.state, JobState::Succeeded);
    assert_eq!(*h.stage.ran.lock().unwrap(), ["first"]);
    assert_eq!(h.engine.cancel(&h.me, &first).await.unwrap().state, JobState::Succeeded, "what is finished stays so");
}

#[tokio::test]
async fn a_running_job_is_cancelled_when_its_worker_is_free_and_leaves_no_version() {
    let (h, _folder) = house().await;
    let job = h.chat("a", &["mask", "hold"]).await.job.id;
    h.stage.held(1).await;
    assert_eq!(h.engine.live(&job).step, Some(1));
    let stranger = h.store.add_user("stranger").await.unwrap().id;
    assert!(h.engine.cancel(&stranger, &job).await.is_err(), "a job of somebody else");
    h.engine.cancel(&h.me, &job).await.unwrap();
    let job = h.wait(&job).await;
    assert_eq!((job.state, job.version), (JobState::Cancelled, None));
    h.stage.held(0).await;
    assert_eq!(h.store.versions(&h.me, &h.session).await.unwrap().len(), 1);
    assert_eq!(h.names().await.last(), Some(&"job.cancelled"));
    let next = h.chat("b", &[]).await.job.id;
    assert_eq!(h.wait(&next).await.state, JobState::Succeeded, "the session goes on");
}

#[tokio::test]
async fn a_failure_or_a_panic_ends_its_job_with_a_reason_and_nothing_else() {
    let (h, _folder) = house().await;
    for (op, code) in [("fail", "too_dark"), ("panic", "internal")] {
        let job = h.chat(op, &[op]).await.job.id;
        let job = h.wait(&job).await;
        assert_eq!(job.state, JobState::Failed);
        assert_eq!(job.error.unwrap().code, code);
    }
    let job = h.chat("after", &[]).await.job.id;
    assert_eq!(h.wait(&job).await.version, Some(2));
}

#[tokio::test]
async fn users_take_turns() {
    let folder = tempfile::tempdir().unwrap();
    let h = open(&data(&folder), EngineConfig { workers: 2, ..EngineConfig::default() }).await;
    let (ann, bob) = (h.store.add_user("ann").await.unwrap().id, h.store.add_user("bob").await.unwrap().id);
    // Both workers are busy until everybody has queued.
    let mut blockers = vec![];
    for _ in 0..2 {
        blockers.push(h.edit(&h.me, "block", &["hold"]).await.job.id);
    }
    h.stage.held(2).await;
    for n in 1..=3 {
        h.edit(&ann, &format!("ann {n}"), &[]).await;
    }
    let late = h.edit(&bob, "bob 1", &[]).await;
    assert_eq!(late.position, 2);
    h.engine.cancel(&h.me, &blockers.pop().unwrap()).await.unwrap();
    tokio::time::timeout(LONG, h.engine.wait(&bob, &late.job.id)).await.unwrap().unwrap();
    while h.stage.ran.lock().unwrap().len() < 6 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(h.stage.ran.lock().unwrap()[2..], ["ann 1", "bob 1", "ann 2", "ann 3"]);
    h.stage.release();
    h.wait(&blockers[0]).await;
}

#[tokio::test]
async fn batch_work_leaves_a_worker_to_people() {
    let (h, _folder) = house().await;
    let mut batch = vec![];
    for n in 0..3 {
        let job = NewJob { lane: Lane::Batch, ..new_job(None, &format!("batch {n}"), &["hold"]) };
        batch.push(h.engine.submit(&h.me, no_pictures(job)).await.unwrap().job.id);
    }
    h.stage.held(1).await;
    let chat = h.chat("chat", &[]).await;
    assert_eq!(chat.position, 1, "before all batch jobs that wait");
    assert_eq!(h.wait(&chat.job.id).await.state, JobState::Succeeded);
    assert_eq!(*h.stage.ran.lock().unwrap(), ["batch 0", "chat"]);
    h.stage.release();
    for job in batch {
        assert_eq!(h.wait(&job).await.state, JobState::Succeeded);
    }
}

#[tokio::test]
async fn a_full_queue_refuses_and_nothing_of_the_refused_change_happened() {
    let folder = tempfile::tempdir().unwrap();
    let h = open(&data(&folder), EngineConfig { queue_max: 1, ..EngineConfig::default() }).await;
    let running = h.chat("running", &["hold"]).await.job.id;
    h.stage.held(1).await;
    let waiting = h.chat("waiting", &[]).await.job.id;
    let mut tx = h.store.begin(&h.me).await.unwrap();
    tx.add_message(&h.session, NewMessage::new(Role::User, "and this", Lang::En)).await.unwrap();
    let job = new_job(Some(&h.session), "refused", &[]);
    let refused = h.engine.submit_in(tx, Submit { job, sources: None }).await;
    assert!(matches!(refused, Err(EngineError::QueueFull)));
    assert!(h.store.messages(&h.me, &h.session).await.unwrap().is_empty());
    assert_eq!(h.store.jobs(&h.me, &h.session).await.unwrap().len(), 2);
    h.stage.release();
    h.wait(&running).await;
    h.wait(&waiting).await;
    let again = h.chat("again", &[]).await.job.id;
    assert_eq!(h.wait(&again).await.state, JobState::Succeeded);
}

#[tokio::test]
async fn a_repeated_call_gets_the_first_ones_job() {
    let (h, _folder) = house().await;
    let keyed = |fingerprint: &str| {
        let key = IdempotencyKey { key: "k".into(), fingerprint: fingerprint.into() };
        no_pictures(NewJob { idempotency: Some(key), ..new_job(None, "a", &[]) })
    };
    let first = h.engine.submit(&h.me, keyed("f")).await.unwrap();
    let again = h.engine.submit(&h.me, keyed("f")).await.unwrap();
    assert_eq!((again.job.id.clone(), first.repeated, again.repeated), (first.job.id.clone(), false, true));
    assert!(matches!(h.engine.submit(&h.me, keyed("other")).await, Err(EngineError::KeyReused)));
    let other = h.store.add_user("other").await.unwrap().id;
    assert!(!h.engine.submit(&other, keyed("f")).await.unwrap().repeated, "keys are each user's own");
    let job = h.wait(&first.job.id).await;
    let result = h.store.image(&h.me, &job.files[0].image).await.unwrap();
    let kept_ms = result.expires_at.unwrap().ms_since(job.finished_at.unwrap());
    assert!(kept_ms >= 24 * 3600 * 1000 - 1000, "kept {kept_ms} ms");
}

#[tokio::test]
async fn a_caller_who_hangs_up_takes_the_job_along_and_a_chat_goes_on() {
    let (h, _folder) = house().await;
    let edit = h.edit(&h.me, "edit", &["hold"]).await.job.id;
    h.stage.held(1).await;
    let hung_up = h.engine.handle(&h.me, &edit);
    drop(hung_up);
    assert_eq!(h.wait(&edit).await.state, JobState::Cancelled);
    let chat = h.chat("chat", &["hold"]).await.job.id;
    h.stage.held(1).await;
    let waiting = tokio::spawn({
        let (engine, me, id) = (h.engine.clone(), h.me.clone(), chat.clone());
        async move { engine.wait(&me, &id).await }
    });
    waiting.abort();
    h.stage.release();
    assert_eq!(h.wait(&chat).await.state, JobState::Succeeded);
    let done = h.edit(&h.me, "done", &[]).await.job.id;
    assert_eq!(h.engine.handle(&h.me, &done).wait().await.unwrap().state, JobState::Succeeded);
}

#[tokio::test]
async fn results_without_a_session_expire_and_make_no_version() {
    let (h, _folder) = house().await;
    let job = h.edit(&h.me, "a", &["mask"]).await.job.id;
    let job = h.wait(&job).await;
    assert_eq!((job.version, job.files.len(), job.artifacts.len()), (None, 1, 0));
    let image = h.store.image(&h.me, &job.files[0].image).await.unwrap();
    assert!(image.expires_at.is_some());
    assert_eq!(h.names().await, ["version.created", "session.updated"], "nothing is told to sessions");
}

#[tokio::test]
async fn deleting_a_session_stops_its_job_ends_its_events_and_frees_its_blobs() {
    let (h, _folder) = house().await;
    let mut events = h.engine.subscribe(&h.me, &h.session, i64::MAX).await.unwrap();
    let running = h.chat("running", &["mask", "hold"]).await.job.id;
    h.stage.held(1).await;
    let waiting = h.chat("waiting", &[]).await.job.id;
    let waiter = tokio::spawn({
        let (engine, me, id) = (h.engine.clone(), h.me.clone(), waiting.clone());
        async move { engine.wait(&me, &id).await }
    });
    h.engine.delete_session(&h.me, &h.session).await.unwrap();
    assert!(tokio::time::timeout(LONG, waiter).await.unwrap().unwrap().is_err(), "whoever waits learns that it is gone");
    h.stage.held(0).await;
    let ended = async { while events.next().await.unwrap().is_some() {} };
    tokio::time::timeout(LONG, ended).await.expect("the events end");
    h.engine.shutdown().await;
    assert!(h.engine.wait(&h.me, &running).await.is_err());
    assert_eq!(*h.stage.ran.lock().unwrap(), ["running"]);
    h.store.sweep_blobs().await.unwrap();
    assert_eq!(blobs(h.store.folder()), 0);
}

/// Blob files on disk.
fn blobs(folder: &Path) -> usize {
    let folders = std::fs::read_dir(folder.join("blobs")).unwrap().map(|f| f.unwrap());
    folders.filter(|f| f.file_name() != "tmp").map(|f| std::fs::read_dir(f.path()).unwrap().count()).sum()
}

#[tokio::test]
async fn a_shutdown_in_good_order_returns_running_jobs_to_the_queue() {
    let folder = tempfile::tempdir().unwrap();
    let mut ids = vec![];
    // More often than a job may be begun after crashes: good order does not count.
    for round in 0..3 {
        let h = open(&data(&folder), EngineConfig::default()).await;
        if round == 0 {
            ids = vec![h.chat("running", &["hold"]).await.job.id, h.chat("waiting", &[]).await.job.id];
        }
        h.stage.held(1).await;
        let edit = h.edit(&h.me, "edit", &["hold"]).await.job.id;
        h.stage.held(2).await;
        h.engine.shutdown().await;
        assert!(matches!(h.engine.submit(&h.me, no_pictures(new_job(None, "late", &[]))).await, Err(EngineError::ShuttingDown)));
        assert_eq!(h.store.job(&h.me, &ids[0]).await.unwrap().state, JobState::Queued);
        assert_eq!(h.store.job(&h.me, &edit).await.unwrap().error.unwrap().code, "interrupted");
    }
    let h = open(&data(&folder), EngineConfig::default()).await;
    h.stage.held(1).await;
    h.stage.release();
    for (id, version) in ids.iter().zip([2, 3]) {
        assert_eq!(h.wait(id).await.version, Some(version));
    }
}

/// Runs `part` in a process-like runtime that then disappears without any goodbye.
fn crash<T>(part: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let value = runtime.block_on(part);
    runtime.shutdown_timeout(Duration::from_millis(50));
    value
}

#[test]
fn after_a_crash_a_chat_job_is_begun_once_more_and_makes_exactly_one_version() {
    let folder = tempfile::tempdir().unwrap();
    let (running, waiting, edit) = crash(async {
        let h = open(&data(&folder), EngineConfig::default()).await;
        let running = h.chat("running", &["mask", "hold"]).await.job.id;
        let edit = h.edit(&h.me, "edit", &["hold"]).await.job.id;
        h.stage.held(2).await;
        (running, h.chat("waiting", &[]).await.job.id, edit)
    });
    crash(async {
        let h = open(&data(&folder), EngineConfig::default()).await;
        h.stage.release();
        let running = h.wait(&running).await;
        assert_eq!((running.state, running.attempts, running.version), (JobState::Succeeded, 2, Some(2)));
        assert_eq!(h.wait(&waiting).await.version, Some(3));
        assert_eq!(h.bytes(3).await, "waiting Version(2)");
        let edit = h.wait(&edit).await;
        assert_eq!((edit.state, edit.error.unwrap().code), (JobState::Failed, "interrupted".to_owned()));
        assert_eq!(h.store.versions(&h.me, &h.session).await.unwrap().len(), 3);
        let events = h.store.events(&h.me, &h.session, 0, 1000).await.unwrap();
        assert!(events.iter().map(|e| e.seq).eq(1..=events.len() as i64), "no gap across the crash");
    });
}

#[test]
fn a_job_that_brings_the_process_down_twice_is_given_up_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let job = crash(async {
        let h = open(&data(&folder), EngineConfig::default()).await;
        let job = h.chat("deadly", &["hold"]).await.job.id;
        h.stage.held(1).await;
        job
    });
    crash(async {
        let h = open(&data(&folder), EngineConfig::default()).await;
        h.stage.held(1).await;
    });
    crash(async {
        let h = open(&data(&folder), EngineConfig::default()).await;
        let job = h.wait(&job).await;
        assert_eq!((job.state, job.attempts), (JobState::Failed, 2));
        assert_eq!(job.error.unwrap().code, "interrupted");
        assert_eq!(h.names().await.last(), Some(&"job.failed"));
        assert!(h.stage.ran.lock().unwrap().is_empty());
        assert!(!h.store.session(&h.me, &h.session).await.unwrap().running);
    });
}

#[tokio::test]
async fn a_job_too_large_for_the_pixels_in_flight_runs_alone() {
    let folder = tempfile::tempdir().unwrap();
    let h = open(&data(&folder), EngineConfig { pixels_in_flight: 1_000_000, ..EngineConfig::default() }).await;
    let large = |stem: &str| {
        let source = Source::File { bytes: Arc::default(), name: String::new(), pixels: 9_000_000 };
        Submit { job: new_job(None, stem, &["hold"]), sources: Some(Sources { images: vec![source], mask: None }) }
    };
    let first = h.engine.submit(&h.me, large("first")).await.unwrap().job.id;
    h.stage.held(1).await;
    let second = h.engine.submit(&h.me, large("second")).await.unwrap().job.id;
    let third = h.engine.submit(&h.me, large("third")).await.unwrap().job.id;
    while h.engine.live(&second).position.is_some() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(*h.stage.ran.lock().unwrap(), ["first"], "taken by a worker, but not run beside the first");
    h.engine.cancel(&h.me, &second).await.unwrap();
    assert_eq!(h.wait(&second).await.state, JobState::Cancelled, "one that waits for pixels can be cancelled");
    h.stage.release();
    assert_eq!(h.wait(&first).await.state, JobState::Succeeded);
    assert_eq!(h.wait(&third).await.state, JobState::Succeeded);
    assert_eq!(*h.stage.ran.lock().unwrap(), ["first", "third"]);
}
