//! What has had its time goes, what is needed stays, also beside a running server; a dry run only says so.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection};

use super::{Served, folder, picture, portico};

fn blobs(data: &Path) -> Vec<PathBuf> {
    let heads = std::fs::read_dir(data.join("blobs")).unwrap().map(|e| e.unwrap().path());
    let heads = heads.filter(|path| path.file_name().unwrap().len() == 2);
    heads.flat_map(|head| std::fs::read_dir(head).unwrap().map(|e| e.unwrap().path())).collect()
}

/// As if everything had lain for a day.
fn age(data: &Path) {
    for blob in blobs(data) {
        std::fs::File::open(blob).unwrap().set_modified(SystemTime::now() - Duration::from_secs(86_400)).unwrap();
    }
}

async fn sql(data: &Path, sql: &str) {
    let options = SqliteConnectOptions::new().filename(data.join("portico.db")).busy_timeout(Duration::from_secs(30));
    let mut db = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut db).await.unwrap();
    db.close().await.unwrap();
}

/// A server that has swept once already, and does so again only after minutes: what goes from now on, the command removed.
async fn swept_server(data: &Path) -> Served {
    Served::start(data).stop();
    sql(data, "INSERT INTO audit (time, actor, action, subject, detail) VALUES ('2020-01-01T00:00:00.000Z', 'a', 'b', 'c', 'd')").await;
    let server = Served::start(data);
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while count(data, "audit").await > 0 {
        assert!(std::time::Instant::now() < deadline, "the first sweep does not come");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    server
}

async fn count(data: &Path, table: &str) -> i64 {
    let options = SqliteConnectOptions::new().filename(data.join("portico.db")).busy_timeout(Duration::from_secs(30));
    let mut db = SqliteConnection::connect_with(&options).await.unwrap();
    let count = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {table}"))).fetch_one(&mut db).await.unwrap();
    db.close().await.unwrap();
    count
}

fn gc(data: &Path, change: impl FnOnce(&mut Command)) -> String {
    let mut command = portico();
    command.arg("gc").arg("--data").arg(data);
    change(&mut command);
    let out = command.output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

#[tokio::test]
async fn old_conversations_expired_pictures_and_lost_files_go_and_the_rest_stays() {
    let (_home, data) = folder();
    let server = swept_server(&data).await;
    let old = server.conversation(picture(1), &["crop to 1:1"]).await;
    let kept = server.conversation(picture(2), &["crop to 1:1"]).await;
    let unsent = server.upload("unsent.png", picture(3)).await;
    age(&data);
    let fresh = server.upload("fresh.png", picture(4)).await;
    sql(&data, &format!("UPDATE sessions SET updated_at = '2020-01-01T00:00:00.000Z' WHERE id = '{old}'")).await;
    sql(&data, &format!("UPDATE images SET expires_at = '2020-01-01T00:00:00.000Z' WHERE id IN ('{unsent}', '{fresh}')")).await;
    let before = blobs(&data);

    let said = gc(&data, |command| {
        command.arg("--dry-run").env("PORTICO_CONVERSATIONS_DAYS", "30");
    });
    assert!(said.contains("would remove 1 conversations, 2 pictures"), "{said}");
    assert_eq!(blobs(&data), before, "a dry run changes nothing");

    // Without being told so, nothing that somebody may want is ever too old.
    let said = gc(&data, |_| {});
    assert!(said.contains("removed 0 conversations, 2 pictures"), "{said}");
    assert_eq!(server.get(&format!("/sessions/{old}")).await["versions"].as_array().unwrap().len(), 2);

    let said = gc(&data, |command| {
        command.env("PORTICO_CONVERSATIONS_DAYS", "30");
    });
    assert!(said.contains("removed 1 conversations"), "{said}");
    let gone = server.client.get(server.api(&format!("/sessions/{old}"))).send().await.unwrap();
    assert_eq!(gone.status(), 404);
    // Of the old conversation and of the unsent upload nothing is left; what was put just now stays for an hour, whatever the rows say.
    assert_eq!(blobs(&data).len(), before.len() - 3, "{said}");
    assert_eq!(server.get(&format!("/sessions/{kept}")).await["versions"].as_array().unwrap().len(), 2);
    super::read_everything(&server).await;
    // The same picture again, although its file is gone.
    server.conversation(picture(1), &["crop to 1:1"]).await;
    super::read_everything(&server).await;
}

#[tokio::test]
async fn a_file_that_nothing_names_goes_after_an_hour() {
    let (_home, data) = folder();
    let _server = swept_server(&data).await;
    let lost = data.join("blobs/ab").join("c".repeat(62));
    std::fs::create_dir_all(lost.parent().unwrap()).unwrap();
    std::fs::write(&lost, b"lost in a crash").unwrap();
    assert!(gc(&data, |_| {}).contains("removed 0 files of pictures"));
    assert!(lost.exists(), "the server may be about to write its row");
    age(&data);
    assert!(
        gc(&data, |command| {
            command.arg("--dry-run");
        })
        .contains("would remove 1 files of pictures")
    );
    assert!(lost.exists());
    assert!(gc(&data, |_| {}).contains("removed 1 files of pictures"));
    assert!(!lost.exists());
}

#[tokio::test]
async fn the_database_gets_smaller_beside_a_running_server() {
    let (_home, data) = folder();
    let server = swept_server(&data).await;
    sql(
        &data,
        "INSERT INTO audit (time, actor, action, subject, detail) SELECT '2020-01-01T00:00:00.000Z', 'a', 'b', 'c', hex(randomblob(400))
        FROM (WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 4000) SELECT x FROM n)",
    )
    .await;
    let said = gc(&data, |_| {});
    assert!(said.contains("4000 audit entries"), "{said}");
    let freed = said.lines().find(|line| line.starts_with("gave ")).unwrap();
    assert!(!freed.contains("gave 0.0 MB"), "{said}");
    server.conversation(picture(1), &["crop to 1:1"]).await;
}

#[tokio::test]
async fn a_server_removes_conversations_that_had_their_time_by_itself() {
    let (_home, data) = folder();
    let server = Served::start(&data);
    let old = server.conversation(picture(1), &["crop to 1:1"]).await;
    let kept = server.conversation(picture(2), &["crop to 1:1"]).await;
    sql(&data, &format!("UPDATE sessions SET updated_at = '2020-01-01T00:00:00.000Z' WHERE id = '{old}'")).await;
    server.stop();
    let server = Served::with(
        &data,
        |command| {
            command.env("PORTICO_CONVERSATIONS_DAYS", "30");
        },
        0,
    );
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while server.client.get(server.api(&format!("/sessions/{old}"))).send().await.unwrap().status() != 404 {
        assert!(std::time::Instant::now() < deadline, "it is still there");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(server.get(&format!("/sessions/{kept}")).await["versions"].as_array().unwrap().len(), 2);
}

#[cfg(unix)]
#[tokio::test]
async fn prepared_models_of_other_versions_go_and_the_ones_in_use_stay() {
    use crate::app::{have_models, models_dir};
    if !have_models("prepared_models_of_other_versions_go_and_the_ones_in_use_stay") {
        return;
    }
    let (home, data) = folder();
    Served::start(&data).stop();
    let models = home.path().join("models");
    let prepared = models.join("prepared");
    std::fs::create_dir_all(&prepared).unwrap();
    for entry in std::fs::read_dir(models_dir()).unwrap().map(Result::unwrap).filter(|entry| entry.file_name() != "prepared") {
        std::os::unix::fs::symlink(entry.path(), models.join(entry.file_name())).unwrap();
    }
    // The first use prepares it for this machine.
    let photo = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/photos/coffee.png");
    let edit = portico().args(["edit", photo, "cut it out", "-o"]).arg(home.path().join("out.png")).env("PORTICO_MODELS", &models).output();
    assert!(edit.unwrap().status.success());
    let names = || -> Vec<String> {
        let names = std::fs::read_dir(&prepared).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.ends_with(".onnx")).collect()
    };
    let in_use = names();
    assert!(!in_use.is_empty());
    let other = prepared.join("isnet-0123456789ab-ort1.2.3-v1-01234567.onnx");
    std::fs::write(&other, b"of another version").unwrap();
    let with = |command: &mut Command| {
        command.env("PORTICO_MODELS", &models);
    };
    let said = gc(&data, with);
    assert!(said.contains("removed 1 prepared models"), "{said}");
    assert!(!other.exists());
    assert_eq!(names(), in_use);
}
