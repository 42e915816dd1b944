//! What is left when the process ends, in good order or not.

use super::*;

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
        let mut events = h.engine.subscribe(&h.me, &h.session, i64::MAX).await.unwrap();
        h.engine.shutdown().await;
        let ended = async { while events.next().await.unwrap().is_some() {} };
        tokio::time::timeout(LONG, ended).await.expect("the events end");
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
pub(super) fn crash<T>(part: impl Future<Output = T>) -> T {
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
