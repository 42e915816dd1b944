//! What subscribers are told: everything stored, in order, once; of what is transient the newest.

use super::*;

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
async fn the_last_picture_of_a_quick_job_is_shown_before_its_end() {
    let (h, _folder) = house().await;
    for _ in 0..5 {
        let mut watcher = h.engine.subscribe(&h.me, &h.session, i64::MAX).await.unwrap();
        h.chat("a", &["show"]).await;
        let mut newest = Arc::default();
        loop {
            match next(&mut watcher).await.body {
                EventBody::StepPreview { preview, .. } => newest = preview,
                EventBody::JobSucceeded { .. } => break,
                _ => {}
            }
        }
        assert!(red(&newest) >= 95, "the last preview was dropped; the newest shown is {}", red(&newest));
    }
}

#[tokio::test]
async fn a_reader_who_is_slow_misses_previews_and_nothing_else() {
    let (h, _folder) = house().await;
    let mut slow = h.engine.subscribe(&h.me, &h.session, 0).await.unwrap();
    // Somebody else looks on, so that previews are made.
    let mut quick = h.engine.subscribe(&h.me, &h.session, 0).await.unwrap();
    let job = h.chat("a", &["show", "show", "show"]).await.job.id;
    loop {
        if let EventBody::JobSucceeded { .. } = next(&mut quick).await.body {
            break;
        }
    }
    h.wait(&job).await;
    let last_seq = h.store.session(&h.me, &h.session).await.unwrap().last_seq;
    let (mut seqs, mut previews) = (vec![], 0);
    while seqs.last() != Some(&last_seq) {
        let event = next(&mut slow).await;
        match event.body {
            EventBody::StepPreview { .. } => previews += 1,
            EventBody::StepProgress { .. } => {}
            _ => seqs.push(event.seq),
        }
    }
    assert_eq!(seqs, (1..=last_seq).collect::<Vec<_>>());
    assert!(previews <= 1, "{previews} previews, of which only the newest is true");
}
