//! What follows an edited plan: one job after the other, whatever comes between.

use super::*;

/// Versions 2, 3, 4 on top of each other, made by plans of these operations.
async fn three(h: &House, ops: [&str; 3]) {
    for op in ops {
        let job = h.chat(op, &[op]).await.job.id;
        h.wait(&job).await;
    }
}

/// Version 2 again, and 3 and 4 after it.
async fn edit(h: &House) -> JobId {
    let mut job = new_job(Some(&h.session), "edited", &["crop"]);
    job.inputs.base = Base::Version(1);
    job.chain = Some(Chain::new(2, vec![3, 4], MessageId::new()));
    h.engine.submit(&h.me, Submit { job, sources: None, allowance: Allowance::default() }).await.unwrap().job.id
}

async fn jobs(h: &House) -> Vec<(JobState, Option<u32>)> {
    h.store.jobs(&h.me, &h.session).await.unwrap()[3..].iter().map(|job| (job.state, job.version)).collect()
}

async fn idle(h: &House) {
    while h.store.session(&h.me, &h.session).await.unwrap().running {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Makes the plan of version 3 hold its worker when it is run again.
async fn held_third(h: &House) {
    h.stage.release();
    three(h, ["crop", "hold", "flip"]).await;
    h.stage.held.lock().unwrap().1 = false;
}

#[tokio::test]
async fn each_job_works_on_the_version_before_and_the_session_follows() {
    let (h, _folder) = house().await;
    three(&h, ["crop", "turn", "flip"]).await;
    let first = edit(&h).await;
    h.wait(&first).await;
    idle(&h).await;
    let done = JobState::Succeeded;
    assert_eq!(jobs(&h).await, [(done, Some(5)), (done, Some(6)), (done, Some(7))]);
    assert_eq!((h.bytes(6).await, h.bytes(7).await), ("turn Version(5)".to_owned(), "flip Version(6)".to_owned()));
    assert_eq!(h.current().await, Some(7));
    let names = h.names().await;
    let tail = &names[names.len() - 8..];
    let expected = [
        "message.created",
        "plan.ready",
        "job.queued",
        "job.started",
        "step.started",
        "step.finished",
        "version.created",
        "session.updated",
    ];
    assert!(names.windows(8).any(|w| w == expected), "{tail:?}");
    let events = h.store.events(&h.me, &h.session, 0, 1000).await.unwrap();
    assert!(events.iter().map(|e| e.seq).eq(1..=events.len() as i64), "no gap, no double");
}

#[tokio::test]
async fn a_cancelled_job_ends_the_chain_and_what_was_done_stays() {
    let (h, _folder) = house().await;
    held_third(&h).await;
    edit(&h).await;
    h.stage.held(1).await;
    let running = h.store.jobs(&h.me, &h.session).await.unwrap().pop().unwrap();
    assert_eq!(running.chain.as_ref().map(|c| (c.remakes, c.rest.clone(), c.made.clone())), Some((3, vec![4], vec![(2, 5)])));
    h.engine.cancel(&h.me, &running.id).await.unwrap();
    h.wait(&running.id).await;
    idle(&h).await;
    assert_eq!(jobs(&h).await, [(JobState::Succeeded, Some(5)), (JobState::Cancelled, None)]);
    assert_eq!(h.current().await, Some(5));
}

#[tokio::test]
async fn what_is_said_meanwhile_works_on_the_chains_end() {
    let (h, _folder) = house().await;
    held_third(&h).await;
    edit(&h).await;
    h.stage.held(1).await;
    let said = h.chat("said", &["flip"]).await.job.id;
    h.stage.release();
    assert_eq!(h.wait(&said).await.version, Some(8));
    assert_eq!(h.bytes(8).await, "said Version(7)");
    assert_eq!(h.current().await, Some(8));
}

#[tokio::test]
async fn a_user_who_goes_elsewhere_is_not_pulled_along() {
    let (h, _folder) = house().await;
    held_third(&h).await;
    edit(&h).await;
    h.stage.held(1).await;
    let mut tx = h.store.begin(&h.me).await.unwrap();
    tx.checkout(&h.session, 4).await.unwrap();
    tx.commit().await.unwrap();
    h.stage.release();
    idle(&h).await;
    assert_eq!(jobs(&h).await.len(), 3);
    assert_eq!(h.current().await, Some(4), "neither by the job that ran nor by the one after it");
}

#[tokio::test]
async fn a_version_of_an_unfinished_chain_cannot_be_deleted() {
    let (h, _folder) = house().await;
    held_third(&h).await;
    edit(&h).await;
    h.stage.held(1).await;
    for number in [1, 2, 3, 4, 5] {
        let mut tx = h.store.begin(&h.me).await.unwrap();
        assert!(matches!(tx.delete_branch(&h.session, number).await, Err(StoreError::VersionBusy(_))), "version {number}");
    }
    h.stage.release();
    idle(&h).await;
    let mut tx = h.store.begin(&h.me).await.unwrap();
    let gone = tx.delete_branch(&h.session, 5).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((gone.numbers, gone.current), (vec![5, 6, 7], Some(1)), "the current one was among them");
}

#[test]
fn a_chain_goes_on_after_a_crash_and_before_what_waited_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let said = crate::engine::restart::crash(async {
        let h = open(&data(&folder), EngineConfig::default()).await;
        held_third(&h).await;
        edit(&h).await;
        h.stage.held(1).await;
        h.chat("said", &["flip"]).await.job.id
    });
    crate::engine::restart::crash(async {
        let h = open(&data(&folder), EngineConfig::default()).await;
        h.stage.release();
        assert_eq!(h.wait(&said).await.version, Some(8));
        let done = JobState::Succeeded;
        // In the order of their rows: the one that was said stands before the last of the chain.
        assert_eq!(jobs(&h).await, [(done, Some(5)), (done, Some(6)), (done, Some(8)), (done, Some(7))]);
        assert_eq!((h.bytes(7).await, h.bytes(8).await), ("flip Version(6)".to_owned(), "said Version(7)".to_owned()));
        assert_eq!(h.store.versions(&h.me, &h.session).await.unwrap().len(), 8, "no version twice, none missing");
    });
}
