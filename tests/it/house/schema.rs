//! Data of the first release open with today's program, go back to it, and lose nothing on the way that it can hold.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection};

use super::{Served, done, folder, picture, read_everything, run};

/// A data folder that the program of the first schema wrote: two conversations with versions, a cut-out, masks, an export, questions, failed jobs, a call
/// without a conversation.
fn first_release(into: &Path) {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/data/first-release.zip");
    let mut zip = zip::ZipArchive::new(std::fs::File::open(file).unwrap()).unwrap();
    zip.extract(into).unwrap();
}

async fn open(file: &Path) -> SqliteConnection {
    SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file)).await.unwrap()
}

/// Table by table the names of its columns.
async fn columns(db: &mut SqliteConnection) -> BTreeMap<String, BTreeSet<String>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT m.name, c.name || ' ' || c.type || ' ' || c.\"notnull\" FROM sqlite_schema m, pragma_table_info(m.name) c
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE '_sqlx%'",
    )
    .fetch_all(db)
    .await
    .unwrap();
    let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (table, column) in rows {
        tables.entry(table).or_default().insert(column);
    }
    tables
}

/// Names of indexes and triggers.
async fn others(db: &mut SqliteConnection) -> BTreeSet<String> {
    let sql = "SELECT type || ' ' || name FROM sqlite_schema WHERE type <> 'table' AND name NOT LIKE 'sqlite%'";
    sqlx::query_scalar(sql).fetch_all(db).await.unwrap().into_iter().collect()
}

/// Every row as text, in these columns. What expires by itself is left out.
async fn rows(db: &mut SqliteConnection, tables: &BTreeMap<String, BTreeSet<String>>) -> BTreeMap<String, BTreeSet<String>> {
    let mut all = BTreeMap::new();
    for (table, columns) in tables {
        let names: Vec<&str> = columns.iter().map(|c| c.split(' ').next().unwrap()).collect();
        let lasting = match table.as_str() {
            "images" => "WHERE expires_at IS NULL",
            "jobs" => "WHERE session IS NOT NULL",
            "idempotency_keys" => "WHERE 0",
            _ => "",
        };
        let sql = format!("SELECT json_array({}) FROM {table} {lasting}", names.join(", "));
        let found: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut *db).await.unwrap();
        all.insert(table.clone(), found.into_iter().collect());
    }
    all
}

#[tokio::test]
async fn data_of_the_first_release_open_go_back_and_come_again_without_a_loss() {
    let (_home, data) = folder();
    first_release(&data);
    let database = data.join("portico.db");
    let mut db = open(&database).await;
    let (first_columns, first_others) = (columns(&mut db).await, others(&mut db).await);
    let before = rows(&mut db, &first_columns).await;
    db.close().await.unwrap();
    assert!(before["versions"].len() >= 5 && before["messages"].len() >= 15 && before["events"].len() >= 50);
    assert!(done(&["migrate"], &data).contains("has schema 1;"));

    let server = Served::start(&data);
    assert_eq!(read_everything(&server).await, before["versions"].len());
    let after = server.conversation(picture(7), &["crop to 1:1"]).await;
    server.stop();
    let copies: Vec<_> = std::fs::read_dir(data.join("copies")).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(copies.len(), 1, "the start copied the database before it changed it: {copies:?}");
    let mut db = open(&copies[0]).await;
    assert_eq!(rows(&mut db, &first_columns).await, before);
    db.close().await.unwrap();

    let said = done(&["migrate", "--to", "1"], &data);
    assert!(said.contains("copies"), "{said}");
    let mut db = open(&database).await;
    assert_eq!(columns(&mut db).await, first_columns, "the first program finds the tables that it knows");
    assert_eq!(others(&mut db).await, first_others);
    let back = rows(&mut db, &first_columns).await;
    db.close().await.unwrap();
    for (table, rows) in &before {
        assert!(back[table].is_superset(rows), "{table} lost something");
    }
    assert_eq!(back["sessions"].len(), before["sessions"].len() + 1, "what was made since is there for the first program too");

    let server = Served::start(&data);
    assert_eq!(read_everything(&server).await, before["versions"].len() + 2);
    assert_eq!(server.get(&format!("/sessions/{after}")).await["versions"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn every_step_down_and_up_leaves_data_that_open() {
    let (_home, data) = folder();
    first_release(&data);
    let newest = portico::store::schema::known();
    let path: Vec<i64> = (2..=newest).chain((1..newest).rev()).chain(2..=newest).collect();
    for target in path {
        done(&["migrate", "--to", &target.to_string()], &data);
        let mut db = open(&data.join("portico.db")).await;
        let whole: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut db).await.unwrap();
        let broken: Option<String> =
            sqlx::query_scalar("SELECT \"table\" FROM pragma_foreign_key_check").fetch_optional(&mut db).await.unwrap();
        assert_eq!((whole.as_str(), broken), ("ok", None), "at schema {target}");
        db.close().await.unwrap();
    }
    assert_eq!(read_everything(&Served::start(&data)).await, 5);
}

#[tokio::test]
async fn a_database_of_the_first_release_learns_to_give_pages_back() {
    let (_home, data) = folder();
    first_release(&data);
    let by_pieces = async || {
        let mut db = open(&data.join("portico.db")).await;
        let mode: i64 = sqlx::query_scalar("PRAGMA auto_vacuum").fetch_one(&mut db).await.unwrap();
        db.close().await.unwrap();
        mode
    };
    let server = Served::start(&data);
    done(&["gc"], &data);
    assert_eq!(by_pieces().await, 0, "not while a server has it");
    server.stop();
    done(&["gc"], &data);
    assert_eq!(by_pieces().await, 2);
    assert_eq!(read_everything(&Served::start(&data)).await, 5);
}

#[tokio::test]
async fn an_older_backup_is_taken_up_by_the_next_start() {
    let (home, data) = folder();
    first_release(&data);
    Served::start(&data).stop();
    let file = home.path().join("b.zip");
    done(&["backup", file.to_str().unwrap()], &data);
    let into = home.path().join("into");
    done(&["restore", file.to_str().unwrap()], &into);
    done(&["migrate", "--to", "1"], &into);
    let refused = run(&["backup", home.path().join("c.zip").to_str().unwrap()], &into);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("portico migrate"), "a tool does not change the schema");
    assert_eq!(read_everything(&Served::start(&into)).await, 5);
}

#[tokio::test]
async fn data_of_a_newer_program_are_refused_with_the_way_back() {
    let (_home, data) = folder();
    first_release(&data);
    let mut db = open(&data.join("portico.db")).await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (999, 'later', 1, x'00', 0)",
    )
    .execute(&mut db)
    .await
    .unwrap();
    db.close().await.unwrap();
    for arguments in [&["serve", "--port", "0"][..], &["backup", "-"], &["gc"], &["migrate", "--to", "1"]] {
        let out = run(arguments, &data);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains("newer Portico (schema 999"), "{arguments:?}: {said}");
    }
}
