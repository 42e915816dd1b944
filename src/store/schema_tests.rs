//! What the store promises about schemas and about tools beside a running server.

use std::sync::Arc;
use std::time::Duration;

use super::*;

fn image(name: &str) -> NewImage {
    NewImage { keep: Some(Duration::from_secs(3600)), ..super::tests::image(name) }
}

async fn opened() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    (folder, store)
}

/// Makes a file look as if nobody had touched it for two hours.
fn age(path: &std::path::Path) {
    let then = std::time::SystemTime::now() - Duration::from_secs(7200);
    std::fs::File::open(path).unwrap().set_modified(then).unwrap();
}

#[tokio::test]
async fn a_tool_reads_and_writes_beside_the_server_and_each_sees_what_the_other_committed() {
    let (folder, server) = opened().await;
    let me = UserId::local();
    let tool = Store::open_beside(folder.path()).await.unwrap();
    let mut tx = tool.begin(&me).await.unwrap();
    let of_tool = tx.add_session("by the tool").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(server.session(&me, &of_tool.id).await.unwrap().title, "by the tool");
    let mut tx = server.begin(&me).await.unwrap();
    let of_server = tx.add_session("by the server").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(tool.session(&me, &of_server.id).await.unwrap().title, "by the server");
    // Two writers at once wait for each other instead of failing.
    let writes = (0..40).map(|n| {
        let (store, me) = (if n % 2 == 0 { server.clone() } else { tool.clone() }, me.clone());
        tokio::spawn(async move {
            let mut tx = store.begin(&me).await.unwrap();
            tx.add_session("at once").await.unwrap();
            tx.commit().await.unwrap();
        })
    });
    for write in writes.collect::<Vec<_>>() {
        write.await.unwrap();
    }
    assert_eq!(server.sessions(&me).await.unwrap().len(), 42);
}

#[tokio::test]
async fn reading_beside_the_server_never_waits_for_a_change_that_is_under_way() {
    let (folder, server) = opened().await;
    let me = UserId::local();
    let mut tx = server.begin(&me).await.unwrap();
    tx.add_session("not committed yet").await.unwrap();
    // Every connection of the tool is new, and opening one is no change.
    let tool = Store::open_beside(folder.path()).await.unwrap();
    let reads = (0..8).map(|_| {
        let (tool, me) = (tool.clone(), me.clone());
        tokio::spawn(async move { tool.sessions(&me).await.unwrap().len() })
    });
    for read in reads.collect::<Vec<_>>() {
        assert_eq!(read.await.unwrap(), 0);
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn beside_nothing_the_word_is_where_to_look() {
    let folder = tempfile::tempdir().unwrap();
    let Err(error) = Store::open_beside(folder.path()).await else { panic!("there is no database") };
    assert!(matches!(error, StoreError::NoDatabase(_)), "{error}");
    assert!(!folder.path().join("portico.db").exists(), "and none is made");
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_an_older_one_is_not_migrated_beside_a_server() {
    let (folder, store) = opened().await;
    sqlx::query("UPDATE _sqlx_migrations SET version = 999 WHERE version = 1").execute(store.writer()).await.unwrap();
    store.close().await;
    drop(store);
    for error in [Store::open_beside(folder.path()).await.err().unwrap(), Store::open(folder.path()).await.err().unwrap()] {
        assert!(matches!(error, StoreError::NewerSchema { found: 999, .. }), "{error}");
        let said = crate::text::Explain::text(&error);
        assert!(said.en.contains("portico migrate --to"), "{}", said.en);
    }
    let (folder, store) = opened().await;
    store.close().await;
    drop(store);
    schema::take_to(folder.path(), 1).await.unwrap().expect("a copy was made");
    let error = Store::open_beside(folder.path()).await.err().unwrap();
    assert!(matches!(error, StoreError::OlderSchema { found: 1, .. }), "{error}");
    assert_eq!(schema::of_folder(folder.path()).await.unwrap(), 1);
}

#[tokio::test]
async fn the_schema_of_a_folder_in_use_cannot_be_changed() {
    let (folder, _store) = opened().await;
    assert!(matches!(schema::take_to(folder.path(), 1).await, Err(StoreError::Locked(_))));
    assert!(matches!(schema::take_to(folder.path(), 4711).await, Err(StoreError::UnknownSchema { .. })));
}

#[tokio::test]
async fn an_unnamed_blob_goes_only_after_it_has_lain_and_never_when_it_is_wanted_again() {
    let (folder, server) = opened().await;
    let me = UserId::local();
    let tool = Store::open_beside(folder.path()).await.unwrap();
    let fresh = server.blobs().put(Arc::new(b"fresh".to_vec())).await.unwrap().id().clone();
    let lain = server.blobs().put(Arc::new(b"lain".to_vec())).await.unwrap().id().clone();
    let again = server.blobs().put(Arc::new(b"again".to_vec())).await.unwrap().id().clone();
    let named = server.save_image(&me, image("a.png"), Arc::new(b"named".to_vec())).await.unwrap().blob;
    for blob in [&lain, &again, &named] {
        age(&server.blobs().path(blob));
    }
    // The server is about to write a row for it: the time is new again.
    let pin = server.blobs().put(Arc::new(b"again".to_vec())).await.unwrap();
    assert_eq!(tool.remove_unnamed_blobs(true).await.unwrap(), gc::Files { files: 1, bytes: 4 });
    assert!(server.blobs().exists(&lain), "a dry run removes nothing");
    assert_eq!(tool.remove_unnamed_blobs(false).await.unwrap(), gc::Files { files: 1, bytes: 4 });
    assert!(!server.blobs().exists(&lain));
    for blob in [&fresh, &again, &named] {
        assert!(server.blobs().exists(blob));
    }
    drop(pin);
}

#[tokio::test]
async fn what_a_tool_deletes_takes_its_file_along_unless_the_server_has_just_put_it() {
    let (folder, server) = opened().await;
    let me = UserId::local();
    let tool = Store::open_beside(folder.path()).await.unwrap();
    for (bytes, lain) in [(b"old", true), (b"new", false)] {
        let image = server.save_image(&me, image("a.png"), Arc::new(bytes.to_vec())).await.unwrap();
        if lain {
            age(&server.blobs().path(&image.blob));
        }
        let mut tx = tool.begin(&me).await.unwrap();
        tx.delete_image(&image.id).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(server.blobs().exists(&image.blob), !lain);
    }
}
