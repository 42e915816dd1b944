//! What is taken on, and in which order.

use super::*;

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
async fn two_items_of_a_batch_are_under_way_at_once_and_a_worker_is_left_to_people() {
    let (h, _folder) = house().await;
    let mut batch = vec![];
    for n in 0..4 {
        let job = NewJob { lane: Lane::Batch, ..new_job(None, &format!("batch {n}"), &["hold"]) };
        batch.push(h.engine.submit(&h.me, no_pictures(job)).await.unwrap().job.id);
    }
    h.stage.held(2).await;
    let chat = h.chat("chat", &[]).await;
    assert_eq!(chat.position, 1, "before all batch jobs that wait");
    assert_eq!(h.wait(&chat.job.id).await.state, JobState::Succeeded);
    let mut ran = h.stage.ran.lock().unwrap().clone();
    ran[..2].sort();
    assert_eq!(ran, ["batch 0", "batch 1", "chat"]);
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
    let refused = h.engine.submit_in(tx, Submit { job, sources: None, allowance: Allowance::default() }).await;
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
async fn a_job_too_large_for_the_pixels_in_flight_runs_alone() {
    let folder = tempfile::tempdir().unwrap();
    let h = open(&data(&folder), EngineConfig { pixels_in_flight: 1_000_000, ..EngineConfig::default() }).await;
    let large = |stem: &str| {
        let source = Source::File { bytes: Arc::default(), name: String::new(), pixels: 9_000_000 };
        Submit {
            job: new_job(None, stem, &["hold"]),
            sources: Some(Sources { images: vec![source], mask: None }),
            allowance: Allowance::default(),
        }
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

#[tokio::test]
async fn a_large_item_of_a_batch_that_waits_for_room_keeps_nobody_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let h = open(&data(&folder), EngineConfig { pixels_in_flight: 10_000_000, ..EngineConfig::default() }).await;
    let sized = |stem: &str, lane: Lane, pixels: u64, holds: &[&str]| Submit {
        job: NewJob { lane, ..new_job(None, stem, holds) },
        sources: Some(Sources { images: vec![Source::File { bytes: Arc::default(), name: String::new(), pixels }], mask: None }),
        allowance: Allowance::default(),
    };
    let first = h.engine.submit(&h.me, sized("first", Lane::Batch, 8_000_000, &["hold"])).await.unwrap().job.id;
    h.stage.held(1).await;
    let second = h.engine.submit(&h.me, sized("second", Lane::Batch, 8_000_000, &[])).await.unwrap().job.id;
    while h.engine.live(&second).position.is_some() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let small = h.engine.submit(&h.me, sized("small", Lane::Interactive, 1_000_000, &[])).await.unwrap().job.id;
    assert_eq!(h.wait(&small).await.state, JobState::Succeeded, "there is room for it beside the first");
    assert_eq!(*h.stage.ran.lock().unwrap(), ["first", "small"]);
    h.stage.release();
    for job in [first, second] {
        assert_eq!(h.wait(&job).await.state, JobState::Succeeded);
    }
}

#[tokio::test]
async fn whoever_fills_the_queue_shuts_nobody_else_out() {
    let folder = tempfile::tempdir().unwrap();
    let h = open(&data(&folder), EngineConfig { queue_max: 3, ..EngineConfig::default() }).await;
    let (ann, bob) = (h.store.add_user("ann").await.unwrap().id, h.store.add_user("bob").await.unwrap().id);
    for _ in 0..2 {
        h.edit(&h.me, "block", &["hold"]).await;
    }
    h.stage.held(2).await;
    let submit = async |owner: &UserId, lane: Lane| {
        let job = NewJob { lane, ..new_job(None, "job", &[]) };
        h.engine.submit(owner, no_pictures(job)).await.map(|submitted| submitted.job.id)
    };
    for lane in [Lane::Interactive, Lane::Batch] {
        for _ in 0..3 {
            submit(&ann, lane).await.unwrap();
        }
        assert!(matches!(submit(&ann, lane).await, Err(EngineError::QueueFull)), "{lane:?}: one more of the same");
    }
    let mut ids = vec![];
    for lane in [Lane::Interactive, Lane::Batch] {
        ids.push(submit(&bob, lane).await.expect("somebody who has nothing waiting is let in"));
        assert!(matches!(submit(&bob, lane).await, Err(EngineError::QueueFull)), "{lane:?}: but not with all they have");
    }
    h.stage.release();
    for id in ids {
        tokio::time::timeout(LONG, h.engine.wait(&bob, &id)).await.expect("and has their turn").unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_everybody_gets_the_same_share() {
    let folder = tempfile::tempdir().unwrap();
    let h = open(&data(&folder), EngineConfig { queue_max: 1000, ..EngineConfig::default() }).await;
    let (ann, bob) = (h.store.add_user("ann").await.unwrap().id, h.store.add_user("bob").await.unwrap().id);
    for _ in 0..2 {
        h.edit(&h.me, "block", &["hold"]).await;
    }
    h.stage.held(2).await;
    // Ann is far ahead of Bob, and somebody's batch is ahead of both.
    let mut last = vec![];
    for n in 0..60 {
        let batch = NewJob { lane: Lane::Batch, ..new_job(None, "batch", &[]) };
        last.push((h.me.clone(), h.engine.submit(&h.me, no_pictures(batch)).await.unwrap().job.id));
        last.push((ann.clone(), h.edit(&ann, "ann", &[]).await.job.id));
        if n >= 40 {
            last.push((bob.clone(), h.edit(&bob, "bob", &[]).await.job.id));
        }
    }
    h.stage.release();
    for (owner, id) in last {
        tokio::time::timeout(LONG, h.engine.wait(&owner, &id)).await.expect("every job has its turn").unwrap();
    }
    let ran = h.stage.ran.lock().unwrap()[2..].to_vec();
    let place = |who: &str| ran.iter().rposition(|name| name == who).unwrap();
    assert!(place("bob") < 50, "20 of Bob's and 20 of Ann's go first: Bob's last was number {}", place("bob"));
    let early = ran[..60].iter().filter(|name| *name == "batch").count();
    assert!(early <= 4, "people go before batches: {early} of a batch among the first 60");
}
