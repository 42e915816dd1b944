//! How a job ends: done, cancelled, failed, abandoned, deleted.

use super::*;

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
