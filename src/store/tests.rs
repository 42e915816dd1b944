//! What the store promises, against a real folder.

use std::sync::Arc;
use std::time::Duration;

use crate::plan::{Plan, Question, QuestionOption, Step};
use crate::text::{Lang, Text};

use super::*;

struct Fixture {
    store: Store,
    me: UserId,
    folder: tempfile::TempDir,
}

async fn open() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("data")).await.unwrap();
    Fixture { store, me: UserId::local(), folder }
}

pub fn image(name: &str) -> NewImage {
    NewImage {
        kind: ImageKind::Upload,
        name: name.to_owned(),
        width: 4,
        height: 3,
        format: "png".to_owned(),
        alpha: false,
        warnings: vec![],
        keep: None,
    }
}

fn job(session: Option<&SessionId>) -> NewJob {
    NewJob {
        id: JobId::new(),
        kind: if session.is_some() { JobKind::Chat } else { JobKind::Edit },
        lane: Lane::Interactive,
        session: session.cloned(),
        message: None,
        lang: Lang::Zh,
        plan: Plan::new(vec![Step::new("flip")]),
        inputs: JobInputs::default(),
        chain: None,
        idempotency: None,
    }
}

impl Fixture {
    async fn session(&self) -> SessionId {
        let mut tx = self.store.begin(&self.me).await.unwrap();
        let session = tx.add_session("a title").await.unwrap();
        tx.commit().await.unwrap();
        session.id
    }

    async fn save(&self, bytes: &[u8]) -> Image {
        self.store.save_image(&self.me, image("photo.png"), Arc::new(bytes.to_vec())).await.unwrap()
    }

    /// Adds a version made of these bytes.
    async fn version(&self, session: &SessionId, parent: Option<u32>, bytes: &[u8]) -> Version {
        let image = self.save(bytes).await;
        let mut tx = self.store.begin(&self.me).await.unwrap();
        let new = NewVersion { parent, ..NewVersion::upload(image.id) };
        let version = tx.add_version(session, new, true).await.unwrap();
        tx.commit().await.unwrap();
        version
    }

    async fn current(&self, session: &SessionId) -> Option<u32> {
        self.store.session(&self.me, session).await.unwrap().current
    }
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_refused() {
    let f = open().await;
    let path = f.folder.path().join("data");
    let refused = Store::open(&path).await.err().expect("refused");
    assert!(matches!(refused, StoreError::Locked(_)), "{refused}");
    drop(f.store);
    Store::open(&path).await.expect("free again once the first is gone");
}

#[cfg(unix)]
#[tokio::test]
async fn the_data_folder_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let f = open().await;
    let mode = std::fs::metadata(f.store.folder()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[tokio::test]
async fn rows_of_somebody_else_do_not_exist() {
    let f = open().await;
    let other = f.store.add_user("other").await.unwrap().id;
    let session = f.session().await;
    let image = f.save(b"mine").await;
    assert!(matches!(f.store.session(&other, &session).await, Err(StoreError::NotFound)));
    assert!(matches!(f.store.image(&other, &image.id).await, Err(StoreError::NotFound)));
    assert!(f.store.sessions(&other).await.unwrap().is_empty());
    let mut tx = f.store.begin(&other).await.unwrap();
    assert!(matches!(tx.delete_session(&session).await, Err(StoreError::NotFound)));
    assert!(matches!(tx.keep_image(&session, &image.id).await, Err(StoreError::NotFound)));
    assert!(matches!(tx.add_event(&session, None, EventBody::SessionUpdated).await, Err(StoreError::NotFound)));
    let own = tx.add_session("").await.unwrap();
    assert!(matches!(tx.keep_image(&own.id, &image.id).await, Err(StoreError::NotFound)), "not even into an own session");
}

#[tokio::test]
async fn a_change_that_is_dropped_never_happened() {
    let f = open().await;
    let session = f.session().await;
    let mut tx = f.store.begin(&f.me).await.unwrap();
    tx.set_title(&session, "other").await.unwrap();
    drop(tx);
    let after = f.store.session(&f.me, &session).await.unwrap();
    assert_eq!((after.title.as_str(), after.last_seq), ("a title", 0));
}

#[tokio::test]
async fn a_finished_job_never_changes_its_state() {
    let f = open().await;
    let mut tx = f.store.begin(&f.me).await.unwrap();
    for (name, from_running) in [("cancelled", false), ("failed", false), ("cancelled", true), ("failed", true), ("succeeded", true)] {
        let id = tx.add_job(job(None), 1).await.unwrap().id;
        assert!(matches!(tx.succeed_job(&id, Finish::default()).await, Err(StoreError::WrongState(JobState::Queued))));
        if from_running {
            assert_eq!(tx.start_job(&id).await.unwrap().attempts, 1);
            assert!(matches!(tx.start_job(&id).await, Err(StoreError::WrongState(JobState::Running))));
        }
        let done = match name {
            "cancelled" => tx.cancel_job(&id, if from_running { JobState::Running } else { JobState::Queued }).await,
            "failed" => tx.fail_job(&id, &Problem::interrupted()).await,
            _ => tx.succeed_job(&id, Finish::default()).await,
        };
        assert_eq!(done.unwrap().state.name(), name);
        assert!(tx.start_job(&id).await.is_err());
        assert!(tx.requeue_job(&id, false).await.is_err());
        assert!(tx.fail_job(&id, &Problem::interrupted()).await.is_err());
        assert!(tx.cancel_job(&id, JobState::Running).await.is_err());
        assert!(tx.succeed_job(&id, Finish::default()).await.is_err());
        for state in ["queued", "running", "succeeded", "failed", "cancelled"].into_iter().filter(|s| *s != name) {
            let past_the_code = sqlx::query("UPDATE jobs SET state = ? WHERE id = ?").bind(state).bind(&id).execute(tx.db()).await;
            assert!(past_the_code.is_err(), "the database let {name} become {state}");
        }
        let row = tx.job(&id).await.unwrap();
        assert_eq!(row.state.name(), name);
        assert!(row.finished_at.is_some());
    }
}

#[tokio::test]
async fn a_job_makes_at_most_one_version() {
    let f = open().await;
    let session = f.session().await;
    let (first, second) = (f.save(b"1").await, f.save(b"2").await);
    let mut tx = f.store.begin(&f.me).await.unwrap();
    let job = tx.add_job(job(Some(&session)), 1).await.unwrap().id;
    let new = |image: Image| NewVersion { job: Some(job.clone()), ..NewVersion::upload(image.id) };
    tx.add_version(&session, new(first), true).await.unwrap();
    assert!(tx.add_version(&session, new(second), true).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_writers_at_once_never_meet_a_locked_database_and_number_versions_without_gaps() {
    let f = Arc::new(open().await);
    let session = f.session().await;
    let writers: Vec<_> = (0..50)
        .map(|n: u32| {
            let (f, session) = (f.clone(), session.clone());
            tokio::spawn(async move { f.version(&session, None, &n.to_le_bytes()).await.number })
        })
        .collect();
    let mut numbers = vec![];
    for writer in writers {
        numbers.push(writer.await.unwrap());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=50).collect::<Vec<_>>());
    let events = f.store.events(&f.me, &session, 0, 1000).await.unwrap();
    let seqs: Vec<_> = events.iter().map(|e| e.seq).collect();
    assert_eq!(seqs, (1..=100).collect::<Vec<_>>(), "version.created and session.updated each");
}

#[tokio::test]
async fn versions_are_numbered_one_after_the_other_although_a_change_was_dropped() {
    let f = open().await;
    let session = f.session().await;
    assert_eq!(f.version(&session, None, b"1").await.number, 1);
    let image = f.save(b"dropped").await;
    let mut tx = f.store.begin(&f.me).await.unwrap();
    assert_eq!(tx.add_version(&session, NewVersion::upload(image.id), true).await.unwrap().number, 2);
    drop(tx);
    assert_eq!(f.store.versions(&f.me, &session).await.unwrap().len(), 1);
    assert_eq!(f.version(&session, Some(1), b"2").await.number, 2);
    assert_eq!(f.store.root_of(&f.me, &session, 2).await.unwrap().number, 1);
}

#[tokio::test]
async fn undo_goes_to_the_parent_and_redo_to_the_child_last_left() {
    let f = open().await;
    let session = f.session().await;
    let mut tx = f.store.begin(&f.me).await.unwrap();
    assert!(matches!(tx.undo(&session).await, Err(StoreError::NothingToUndo)), "an empty session");
    drop(tx);
    // 1 ─┬─ 2 ── 3
    //    └─ 4
    for (parent, bytes) in [(None, b"1"), (Some(1), b"2"), (Some(2), b"3")] {
        f.version(&session, parent, bytes).await;
    }
    let mut tx = f.store.begin(&f.me).await.unwrap();
    assert!(matches!(tx.redo(&session).await, Err(StoreError::NothingToRedo)), "nothing was left yet");
    assert_eq!(tx.undo(&session).await.unwrap().number, 2);
    assert_eq!(tx.undo(&session).await.unwrap().number, 1);
    assert!(matches!(tx.undo(&session).await, Err(StoreError::NothingToUndo)));
    assert_eq!(tx.redo(&session).await.unwrap().number, 2);
    assert_eq!(tx.redo(&session).await.unwrap().number, 3);
    assert_eq!(tx.reset(&session).await.unwrap().number, 1);
    assert_eq!(tx.redo(&session).await.unwrap().number, 2, "reset remembers the whole way");
    assert_eq!(tx.checkout(&session, 1).await.unwrap().number, 1);
    tx.commit().await.unwrap();
    f.version(&session, Some(1), b"4").await;
    let mut tx = f.store.begin(&f.me).await.unwrap();
    assert_eq!(tx.undo(&session).await.unwrap().number, 1);
    assert_eq!(tx.redo(&session).await.unwrap().number, 4, "the child left last, not the first one");
    assert!(matches!(tx.checkout(&session, 9).await, Err(StoreError::NotFound)));
    tx.commit().await.unwrap();
    assert_eq!(f.current(&session).await, Some(4));
}

#[tokio::test]
async fn deleting_a_session_frees_its_blobs_but_not_those_that_others_keep() {
    let f = open().await;
    let (mine, other) = (f.session().await, f.session().await);
    let own = f.version(&mine, None, b"own").await.image;
    f.version(&mine, Some(1), b"edit of own").await;
    let shared = f.version(&mine, None, b"shared image").await.image;
    let same_bytes = f.version(&mine, None, b"same bytes").await.image;
    f.version(&other, None, b"same bytes").await;
    let mut tx = f.store.begin(&f.me).await.unwrap();
    tx.add_version(&other, NewVersion::upload(shared.clone()), true).await.unwrap();
    let unfinished = tx.add_job(job(Some(&mine)), 1).await.unwrap().id;
    tx.commit().await.unwrap();
    let blob = async |id: &ImageId| f.store.image(&f.me, id).await.unwrap().blob;
    let (own_blob, shared_blob, same_blob) = (blob(&own).await, blob(&shared).await, blob(&same_bytes).await);

    let mut tx = f.store.begin(&f.me).await.unwrap();
    assert_eq!(tx.delete_session(&mine).await.unwrap(), [unfinished]);
    tx.commit().await.unwrap();

    assert!(matches!(f.store.session(&f.me, &mine).await, Err(StoreError::NotFound)));
    assert!(!f.store.blobs().exists(&own_blob));
    assert!(f.store.blobs().exists(&shared_blob) && f.store.blobs().exists(&same_blob));
    assert!(f.store.image(&f.me, &shared).await.is_ok());
    assert!(matches!(f.store.image(&f.me, &same_bytes).await, Err(StoreError::NotFound)), "the row goes, the blob stays");
    let left: i64 = sqlx::query_scalar("SELECT (SELECT count(*) FROM jobs) + (SELECT count(*) FROM versions WHERE session = ?)")
        .bind(&mine)
        .fetch_one(f.store.reader())
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn results_expire_unless_a_session_keeps_them() {
    let f = open().await;
    let session = f.session().await;
    let short = |name: &str| NewImage { keep: Some(Duration::ZERO), ..image(name) };
    let hour = NewImage { keep: Some(Duration::from_secs(3600)), ..image("kept.png") };
    let gone = f.store.save_image(&f.me, short("gone.png"), Arc::new(b"gone".to_vec())).await.unwrap();
    let kept = f.store.save_image(&f.me, hour, Arc::new(b"kept".to_vec())).await.unwrap();
    let mut tx = f.store.begin(&f.me).await.unwrap();
    assert!(matches!(tx.keep_image(&session, &gone.id).await, Err(StoreError::NotFound)), "what has expired cannot come back");
    tx.keep_image(&session, &kept.id).await.unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(f.store.image(&f.me, &gone.id).await, Err(StoreError::NotFound)), "gone before it is swept");
    assert_eq!(f.store.sweep(&sweep::Keep::default()).await.unwrap().images, 1);
    assert!(!f.store.blobs().exists(&gone.blob));
    assert_eq!(f.store.image_bytes(&f.me, &kept.id).await.unwrap().1, b"kept");
    assert_eq!(f.store.image(&f.me, &kept.id).await.unwrap().expires_at, None);
}

#[tokio::test]
async fn a_blob_without_a_row_is_swept_unless_somebody_is_about_to_write_its_row() {
    let f = open().await;
    let kept = f.save(b"kept").await;
    let pin = f.store.blobs().put_blocking(b"on its way").unwrap();
    let lost = f.store.blobs().put_blocking(b"lost in a crash").unwrap().id().clone();
    assert!(f.store.blobs().exists(&lost));
    f.store.sweep_blobs().await.unwrap();
    assert!(!f.store.blobs().exists(&lost));
    assert!(f.store.blobs().exists(pin.id()) && f.store.blobs().exists(&kept.blob));
}

#[tokio::test]
async fn the_same_bytes_are_stored_once_and_temporary_files_do_not_stay() {
    let f = open().await;
    let (a, b) = (f.save(b"bytes").await, f.save(b"bytes").await);
    assert_eq!(a.blob, b.blob);
    assert_ne!(a.id, b.id);
    assert_eq!(a.blob.as_str(), "277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9");
    assert_eq!(std::fs::read_dir(f.store.folder().join("blobs/tmp")).unwrap().count(), 0);
    assert_eq!(f.store.blobs().list_blocking().unwrap(), [a.blob]);
}

#[tokio::test]
async fn a_question_is_open_until_answered_and_answered_once() {
    let f = open().await;
    let session = f.session().await;
    let option = |label: &str| QuestionOption { label: Text::new(label, label), plan: Plan::new(vec![Step::new("flip")]) };
    let question =
        Question { id: "q1".into(), text: Text::new("哪个？", "Which?"), part: "it".into(), options: vec![option("a"), option("b")] };
    let mut tx = f.store.begin(&f.me).await.unwrap();
    let id = QuestionId::new();
    let asked = NewMessage { question: Some(id.clone()), ..NewMessage::new(Role::Assistant, "Which?", Lang::En) };
    let message = tx.add_message(&session, asked).await.unwrap();
    let row = tx.add_question(&session, &message.id, &id, question).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(row.question.id, id.to_string());
    assert_eq!(f.store.open_question(&f.me, &session).await.unwrap().unwrap().id, id);
    let mut tx = f.store.begin(&f.me).await.unwrap();
    for none in [0, 3] {
        assert!(matches!(tx.answer_question(&id, none).await, Err(StoreError::NotFound)), "no option {none}");
    }
    // The last one.
    assert_eq!(tx.answer_question(&id, 2).await.unwrap().answered, Some(2));
    assert!(matches!(tx.answer_question(&id, 1).await, Err(StoreError::Answered)));
    tx.commit().await.unwrap();
    assert!(f.store.open_question(&f.me, &session).await.unwrap().is_none());
    assert_eq!(f.store.question(&f.me, &id).await.unwrap().answered, Some(2));
}

#[tokio::test]
async fn messages_come_back_as_they_were_written_and_in_order() {
    let f = open().await;
    let session = f.session().await;
    let (photo, mask) = (f.save(b"photo").await, f.save(b"mask").await);
    let mut tx = f.store.begin(&f.me).await.unwrap();
    let user =
        NewMessage { images: vec![photo.id.clone()], mask: Some(mask.id.clone()), ..NewMessage::new(Role::User, "去掉背景", Lang::Zh) };
    let user = tx.add_message(&session, user).await.unwrap();
    let answer = NewMessage {
        reply_to: Some(user.id.clone()),
        plan: Some(Plan::new(vec![Step::new("cutout").with("trim", true)])),
        error: Some(Problem::interrupted()),
        ..NewMessage::new(Role::Assistant, "", Lang::Zh)
    };
    let answer = tx.add_message(&session, answer).await.unwrap();
    tx.set_pending(&session, Some(&user.id)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(f.store.messages(&f.me, &session).await.unwrap(), [user.clone(), answer]);
    assert_eq!(user.images, [photo.id]);
    assert_eq!(f.store.session(&f.me, &session).await.unwrap().pending, Some(user.id));
}

#[tokio::test]
async fn a_database_of_the_first_version_is_taken_over_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    std::fs::create_dir_all(path.join("blobs")).unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path.join("portico.db")).create_if_missing(true);
    let old = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::migrate!().run_to(1, &old).await.unwrap();
    let (session, image, job, message) = (SessionId::new(), ImageId::new(), JobId::new(), MessageId::new());
    for sql in [
        format!(
            "INSERT INTO sessions (id, user_id, title, current, last_version, last_seq, created_at, updated_at) VALUES ('{session}', 'usr_local', '旧', 2, 2, 1, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')"
        ),
        format!(
            "INSERT INTO images VALUES ('{image}', 'usr_local', 'upload', '{}', 'a.png', 4, 3, 'png', 0, 1, '[]', '2026-01-01T00:00:00.000Z', NULL)",
            "0".repeat(64)
        ),
        format!("INSERT INTO session_images VALUES ('{session}', '{image}')"),
        format!(
            "INSERT INTO messages (id, user_id, session, role, text, lang, images, created_at) VALUES ('{message}', 'usr_local', '{session}', 'user', '裁剪', 'zh', '[\"{image}\"]', '2026-01-01T00:00:00.000Z')"
        ),
        format!(
            "INSERT INTO jobs (id, user_id, kind, lane, state, session, message, lang, plan, inputs, created_at) VALUES ('{job}', 'usr_local', 'chat', 'interactive', 'queued', '{session}', '{message}', 'zh', '{{\"version\":1,\"steps\":[{{\"id\":\"s1\",\"op\":\"flip\"}}]}}', '{{\"base\":{{\"version\":1}},\"images\":[\"{image}\"],\"seed\":0,\"stem\":\"a\"}}', '2026-01-01T00:00:00.000Z')"
        ),
        format!(
            "INSERT INTO versions (session, number, user_id, parent, kind, image, redo, created_at) VALUES ('{session}', 1, 'usr_local', NULL, 'upload', '{image}', 2, '2026-01-01T00:00:00.000Z')"
        ),
        format!(
            "INSERT INTO versions (session, number, user_id, parent, kind, image, job, created_at) VALUES ('{session}', 2, 'usr_local', 1, 'edit', '{image}', '{job}', '2026-01-01T00:00:00.000Z')"
        ),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&old).await.unwrap();
    }
    old.close().await;
    let store = Store::open(&path).await.unwrap();
    let me = UserId::local();
    let row = store.session(&me, &session).await.unwrap();
    assert_eq!((row.title.as_str(), row.current, row.versions, row.newest, row.running), ("旧", Some(2), 2, 2, true));
    let job = store.job(&me, &job).await.unwrap();
    assert_eq!((job.chain, job.inputs.base, job.inputs.images, job.inputs.moved), (None, Base::Version(1), vec![image], vec![]));
    assert_eq!(store.messages(&me, &session).await.unwrap()[0].text, "裁剪");
    assert_eq!(store.version(&me, &session, 2).await.unwrap().parent, Some(1));
}

#[tokio::test]
async fn a_database_survives_a_restart() {
    let f = open().await;
    let session = f.session().await;
    f.version(&session, None, b"1").await;
    let path = f.store.folder().to_owned();
    drop(f.store);
    let store = Store::open(&path).await.unwrap();
    let row = store.session(&f.me, &session).await.unwrap();
    assert_eq!((row.current, row.versions, row.running), (Some(1), 1, false));
    assert_eq!(row.thumbnail, Some(store.version(&f.me, &session, 1).await.unwrap().image));
}
