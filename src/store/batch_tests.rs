//! What batches promise about their rows.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Map;

use super::*;
use crate::plan::{Plan, Step};
use crate::recipe::Recipe;
use crate::text::Lang;

struct Fixture {
    store: Store,
    me: UserId,
    batch: BatchId,
    _folder: tempfile::TempDir,
}

/// A batch of so many pictures.
async fn batch_of(count: u32) -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let me = UserId::local();
    let mut images = vec![];
    for n in 0..count {
        images.push(store.save_image(&me, super::tests::image("a.png"), Arc::new(vec![n as u8])).await.unwrap().id);
    }
    let mut tx = store.begin(&me).await.unwrap();
    let new = NewBatch {
        name: "b".into(),
        lang: Lang::En,
        recipe: Recipe::of_plan("flip", Plan::new(vec![Step::new("flip")])),
        recipe_id: None,
        images: vec![],
        values: Map::new(),
        format: None,
        has_table: false,
        key: None,
    };
    let batch = tx.add_batch(new).await.unwrap().id;
    let items: Vec<NewItem> = images.into_iter().enumerate().map(|(n, image)| item(n, image)).collect();
    tx.add_items(&batch, &items).await.unwrap();
    tx.commit().await.unwrap();
    Fixture { store, me, batch, _folder: folder }
}

fn item(n: usize, image: ImageId) -> NewItem {
    NewItem {
        file: format!("{n}.png"),
        path_key: format!("{n}.png"),
        stem: n.to_string(),
        name: format!("{n}.png"),
        state: ItemState::Queued,
        image: Some(image),
        values: Map::new(),
        error: None,
    }
}

impl Fixture {
    async fn items(&self) -> Vec<BatchItem> {
        self.store.batch_items(&self.batch, ItemsPage { after: 0, limit: 1000, state: None }).await.unwrap()
    }

    /// Queues a job for the next item.
    async fn feed(&self) -> JobId {
        let mut tx = self.store.begin(&self.me).await.unwrap();
        let item = tx.item_to_feed(&self.batch).await.unwrap().expect("one waits");
        let new = NewJob {
            id: JobId::new(),
            kind: JobKind::Run,
            lane: Lane::Batch,
            session: None,
            message: None,
            lang: Lang::En,
            plan: Plan::new(vec![Step::new("flip")]),
            inputs: JobInputs::default(),
            chain: None,
            idempotency: None,
        };
        tx.give_item(&self.batch, item.n, &new.id).await.unwrap();
        let job = tx.add_job(new, 1).await.unwrap().id;
        tx.commit().await.unwrap();
        job
    }

    async fn start(&self, job: &JobId) {
        let mut tx = self.store.begin(&self.me).await.unwrap();
        tx.start_job(job).await.unwrap();
        tx.item_started(job).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn succeed(&self, job: &JobId) {
        let mut tx = self.store.begin(&self.me).await.unwrap();
        tx.succeed_job(job, Finish::default()).await.unwrap();
        tx.item_succeeded(job, &Finish::default()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Ends a job as one that failed, and its item so.
    async fn end(&self, job: &JobId, end: ItemEnd<'_>) -> Vec<JobId> {
        let mut tx = self.store.begin(&self.me).await.unwrap();
        tx.fail_job(job, &Problem::interrupted()).await.unwrap();
        let taken_back = tx.item_ended(job, end).await.unwrap();
        tx.commit().await.unwrap();
        taken_back
    }
}

#[tokio::test]
async fn the_database_itself_refuses_what_cannot_be() {
    let f = batch_of(3).await;
    let job = f.feed().await;
    f.start(&job).await;
    f.succeed(&job).await;
    for sql in [
        "UPDATE batch_items SET state = 'queued' WHERE n = 1",
        "UPDATE batch_items SET state = 'succeeded' WHERE n = 2",
        "UPDATE batch_items SET state = 'running' WHERE n = 2",
        "UPDATE batch_items SET state = 'done' WHERE n = 2",
        "UPDATE batch_items SET seq = 1 WHERE n > 1",
    ] {
        assert!(sqlx::query(sql).execute(f.store.writer()).await.is_err(), "{sql}");
    }
    let mut tx = f.store.begin(&f.me).await.unwrap();
    tx.cancel_batch(&f.batch).await.unwrap();
    tx.commit().await.unwrap();
    assert!(sqlx::query("UPDATE batches SET state = 'running'").execute(f.store.writer()).await.is_err());
}

#[tokio::test]
async fn every_change_has_a_number_of_its_own_also_of_many_at_once() {
    let f = batch_of(40).await;
    let mut tx = f.store.begin(&f.me).await.unwrap();
    tx.cancel_batch(&f.batch).await.unwrap();
    tx.commit().await.unwrap();
    let items = f.items().await;
    assert!(items.iter().all(|item| item.state == ItemState::Cancelled));
    assert_eq!(items.iter().map(|item| item.seq).collect::<HashSet<_>>().len(), 40);
    let batch = f.store.batch(&f.me, &f.batch).await.unwrap();
    assert!(items.iter().all(|item| item.seq <= batch.seq), "whoever has the batch's number has all of them");
    let changes = f.store.batch_changes(&f.batch, (0, batch.seq), 1000).await.unwrap();
    assert!(changes.len() == 40 && changes.is_sorted_by_key(|item| item.seq));
}

#[tokio::test]
async fn an_item_that_is_broken_off_again_and_again_is_given_up() {
    let f = batch_of(1).await;
    for attempt in 1..=2 {
        let job = f.feed().await;
        f.start(&job).await;
        f.end(&job, ItemEnd::Interrupted { counts: true, most: 2 }).await;
        let item = f.items().await.remove(0);
        let expected = if attempt == 1 { ItemState::Queued } else { ItemState::Failed };
        assert_eq!((item.state, item.attempts), (expected, attempt));
    }
    assert_eq!(f.store.batch(&f.me, &f.batch).await.unwrap().state, BatchState::Done);
    // In good order, as often as the server is stopped.
    let f = batch_of(1).await;
    for _ in 0..5 {
        let job = f.feed().await;
        f.start(&job).await;
        f.end(&job, ItemEnd::Interrupted { counts: false, most: 2 }).await;
    }
    assert_eq!(f.items().await[0].state, ItemState::Queued);
}

#[tokio::test]
async fn what_all_would_meet_pauses_the_batch_and_takes_its_jobs_back() {
    let f = batch_of(3).await;
    let (first, second) = (f.feed().await, f.feed().await);
    f.start(&first).await;
    let missing = Problem::new("model_missing", "缺少模型", "a model is missing");
    assert_eq!(f.end(&first, ItemEnd::Failed(&missing)).await, std::slice::from_ref(&second));
    assert!(f.items().await.iter().all(|item| item.state == ItemState::Queued && item.job.is_none() && item.attempts == 0));
    assert_eq!(f.store.job(&f.me, &second).await.unwrap().state, JobState::Cancelled);
    let batch = f.store.batch(&f.me, &f.batch).await.unwrap();
    assert_eq!((batch.state, batch.reason.map(|r| r.code)), (BatchState::Paused, Some("model_missing".to_owned())));
    assert!(f.store.batches_to_feed().await.unwrap().is_empty());
    let mut tx = f.store.begin(&f.me).await.unwrap();
    tx.resume_batch(&f.batch).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(f.store.batch(&f.me, &f.batch).await.unwrap().reason, None);
    let job = f.feed().await;
    f.start(&job).await;
    f.end(&job, ItemEnd::Failed(&Problem::new("image_unreadable", "坏", "bad"))).await;
    let batch = f.store.batch(&f.me, &f.batch).await.unwrap();
    assert_eq!((f.items().await[0].state, batch.state), (ItemState::Failed, BatchState::Running), "one bad file pauses nothing");
}

#[tokio::test]
async fn a_picture_stays_as_long_as_anybody_keeps_it() {
    let f = batch_of(2).await;
    let images: Vec<ImageId> = f.items().await.into_iter().filter_map(|item| item.image).collect();
    let mut tx = f.store.begin(&f.me).await.unwrap();
    let session = tx.add_session("s").await.unwrap().id;
    tx.keep_image(&session, &images[0]).await.unwrap();
    tx.delete_batch(&f.batch).await.unwrap();
    tx.commit().await.unwrap();
    assert!(f.store.image(&f.me, &images[0]).await.is_ok());
    assert!(matches!(f.store.image(&f.me, &images[1]).await, Err(StoreError::NotFound)));
    let mut tx = f.store.begin(&f.me).await.unwrap();
    tx.delete_session(&session).await.unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(f.store.image(&f.me, &images[0]).await, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn batches_and_recipes_go_with_their_owner_also_where_the_owners_row_stays() {
    let f = batch_of(2).await;
    let mut tx = f.store.begin(&f.me).await.unwrap();
    tx.save_recipe(&Recipe::of_plan("flip", Plan::new(vec![Step::new("flip")])), &Default::default()).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = f.store.begin(&f.me).await.unwrap();
    tx.delete_user(&f.me).await.unwrap();
    tx.commit().await.unwrap();
    assert!(f.store.batches(&f.me).await.unwrap().is_empty() && f.store.recipes(&f.me).await.unwrap().is_empty());
    assert!(f.items().await.is_empty());
}
