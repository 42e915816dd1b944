//! A process that is killed loses no version and leaves no job running for ever: a table of operations, each cut before and after every change that it
//! writes, and cut in the middle of a model's run.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use portico::imaging::resize::resize;
use portico::imaging::{EncodeOptions, Format, Limits, Picture, decode, encode};
use portico::store::{Store, UserId};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use sqlx::Row;

use crate::app::have_models;
use crate::process::{Server, command};

/// What a client sends.
#[derive(Clone)]
enum Call {
    /// A message as JSON.
    Say(Value),
    /// A message that brings its picture.
    Bring(&'static str),
    /// Deletes a version and what stands on it.
    Delete(u32),
}

/// A conversation, and the call in it that is cut.
#[derive(Clone)]
struct Case {
    name: &'static str,
    before: Vec<Call>,
    cut: Call,
}

/// What there is of a conversation when nothing runs.
#[derive(PartialEq)]
struct State {
    /// Number, parent, picture.
    versions: Vec<(u64, Value, Vec<u8>)>,
    current: Value,
}

/// The same without a crash.
struct Undisturbed {
    before: State,
    after: State,
    /// The numbers of the events that the call writes.
    events: std::ops::RangeInclusive<i64>,
}

/// A photograph of a person, small enough for a hundred runs.
fn photo() -> Vec<u8> {
    let file = std::fs::read(format!("{}/tests/fixtures/photos/astronaut.png", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let picture = decode(&file, &Limits::default()).unwrap().picture;
    let small: Picture = resize(&picture, 256, 256);
    encode(&small, &EncodeOptions::new(Format::Png)).unwrap().bytes
}

fn plan(steps: &[(&str, Value)]) -> Value {
    let steps: Vec<Value> = steps.iter().map(|(op, params)| json!({ "op": op, "params": params })).collect();
    json!({ "version": 1, "steps": steps })
}

async fn send(server: &Server, session: &str, call: &Call, wait: bool) -> reqwest::Result<reqwest::Response> {
    let url = server.api(&format!("/sessions/{session}/messages?wait={wait}"));
    match call {
        Call::Say(body) => server.client.post(url).json(body).send().await,
        Call::Bring(text) => {
            let form = Form::new().text("text", *text).part("image", Part::bytes(photo()).file_name("second.png"));
            server.client.post(url).multipart(form).send().await
        }
        Call::Delete(number) => server.client.delete(server.api(&format!("/sessions/{session}/versions/{number}"))).send().await,
    }
}

/// The conversation up to the call.
async fn prepare(server: &Server, case: &Case) -> String {
    let session = server.session().await;
    let image = server.upload("first.png", photo()).await.json::<Value>().await.unwrap()["id"].clone();
    let first = Call::Say(json!({ "plan": plan(&[("crop", json!({ "aspect": "4:3" }))]), "images": [image] }));
    for call in std::iter::once(&first).chain(&case.before) {
        send(server, &session, call, true).await.unwrap().error_for_status().unwrap();
    }
    session
}

async fn state(server: &Server, session: &str) -> State {
    let snapshot = server.settled(session).await;
    for job in snapshot["jobs"].as_array().unwrap() {
        assert_eq!(job["state"], "succeeded", "{job}");
    }
    let pictures = server.pictures(&snapshot).await;
    let parents = snapshot["versions"].as_array().unwrap().iter().map(|v| v["parent"].clone());
    State {
        versions: pictures.into_iter().zip(parents).map(|((number, bytes), parent)| (number, parent, bytes)).collect(),
        current: snapshot["session"]["current"].clone(),
    }
}

/// The number of the last stored event. Only while no server has the folder.
async fn last_event(data: &Path, session: &str) -> i64 {
    let store = Store::open(data).await.unwrap();
    let last = store.session(&UserId::local(), &session.parse().unwrap()).await.unwrap().last_seq;
    store.close().await;
    last
}

/// Every file that a row names is there and whole, and no job made two versions. Only while no server has the folder.
async fn folder_is_sound(data: &Path, what: &str) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(data.join("portico.db"));
    let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    for row in sqlx::query("SELECT blob, bytes FROM images").fetch_all(&pool).await.unwrap() {
        let (blob, bytes): (String, i64) = (row.get(0), row.get(1));
        let file = std::fs::metadata(data.join("blobs").join(&blob[..2]).join(&blob[2..]));
        assert_eq!(file.map(|f| f.len() as i64).ok(), Some(bytes), "{what}: the file of a row, {blob}");
    }
    let twice = sqlx::query("SELECT job FROM versions WHERE job IS NOT NULL GROUP BY job HAVING count(*) > 1");
    assert_eq!(twice.fetch_all(&pool).await.unwrap().len(), 0, "{what}: a job made two versions");
    let check: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&pool).await.unwrap();
    assert_eq!(check, "ok", "{what}");
    pool.close().await;
}

/// Files that nobody names any more are cleared away after the start.
async fn leftovers_go(data: &Path, what: &str) {
    let names = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect::<Vec<_>>();
    assert_eq!(names(&data.join("blobs/tmp")), Vec::<std::path::PathBuf>::new(), "{what}: temporary files");
}

async fn undisturbed(case: &Case) -> Undisturbed {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let session = prepare(&server, case).await;
    let before = state(&server, &session).await;
    server.kill();
    let first = last_event(data.path(), &session).await + 1;
    let server = Server::start(data.path());
    send(&server, &session, &case.cut, true).await.unwrap().error_for_status().unwrap();
    let after = state(&server, &session).await;
    server.kill();
    let last = last_event(data.path(), &session).await;
    assert!(last >= first, "{}: the call writes events", case.name);
    Undisturbed { before, after, events: first..=last }
}

/// Cuts once; gives the last event that was on disk then.
async fn cut(case: &Case, moment: &str, seq: i64, expected: &Undisturbed) -> i64 {
    let what = format!("{}, cut {moment} event {seq}", case.name);
    let data = tempfile::tempdir().unwrap();
    let server = Server::run(command(data.path()).env("PORTICO_TEST_CUT", format!("{moment}:{seq}")));
    let session = prepare(&server, case).await;
    let _ = send(&server, &session, &case.cut, false).await;
    assert!(!server.ended().await.success(), "{what}: the process was cut");
    let reached = last_event(data.path(), &session).await;
    match moment {
        "after" => assert!(reached >= seq, "{what}: it is on disk"),
        _ => assert_eq!(reached, seq - 1, "{what}: nothing of it is on disk"),
    }
    folder_is_sound(data.path(), &what).await;
    let server = Server::start(data.path());
    let now = state(&server, &session).await;
    leftovers_go(data.path(), &what).await;
    // Either the call was taken, then everything comes of it, or it was not, then nothing does.
    let taken = reached >= *expected.events.start();
    let wanted = if taken { &expected.after } else { &expected.before };
    assert!(now == *wanted, "{what}: {} versions, {} expected", now.versions.len(), wanted.versions.len());
    server.kill();
    folder_is_sound(data.path(), &what).await;
    reached
}

/// Cuts a call before and after every change that it writes, or with `every` only every so many events; gives how often.
async fn cut_everywhere(case: Case, every: i64) -> usize {
    let expected = undisturbed(&case).await;
    let (mut seq, mut cuts) = (*expected.events.start(), 0);
    while seq <= *expected.events.end() {
        cut(&case, "before", seq, &expected).await;
        // Several events may be one change.
        seq = cut(&case, "after", seq, &expected).await + every;
        cuts += 2;
    }
    cuts
}

async fn table(cases: Vec<Case>, every: i64) {
    let (operations, mut cuts) = (cases.len(), 0);
    let running: Vec<_> = cases.into_iter().map(|case| (case.name, tokio::spawn(cut_everywhere(case, every)))).collect();
    for (name, run) in running {
        let points = run.await.unwrap();
        println!("crash table: {name}: cut at {points} points");
        assert!(points >= 2, "{name}");
        cuts += points;
    }
    println!("crash table: {cuts} cuts in {operations} operations: no version lost or doubled, no job stuck, every file there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_cut_before_or_after_any_change_happens_once_or_not_at_all() {
    let rotate = |degrees: f64| Call::Say(json!({ "plan": plan(&[("rotate", json!({ "degrees": degrees }))]) }));
    let mask = json!({ "kind": "region", "box": [0.3, 0.3, 0.1, 0.1], "unit": "fraction" });
    let several = plan(&[
        ("rotate", json!({ "degrees": 2 })),
        ("adjust", json!({ "brightness": 20 })),
        ("resize", json!({ "width": 120 })),
        ("export", json!({ "format": "webp" })),
    ]);
    let cases = vec![
        Case { name: "one step", before: vec![], cut: rotate(3.0) },
        Case { name: "several steps and a file", before: vec![rotate(3.0)], cut: Call::Say(json!({ "plan": several })) },
        Case { name: "erase a place", before: vec![], cut: Call::Say(json!({ "plan": plan(&[("erase", json!({ "target": mask }))]) })) },
        Case {
            name: "an edited plan with what follows",
            before: vec![rotate(2.0), rotate(3.0), rotate(4.0)],
            cut: Call::Say(json!({ "plan": plan(&[("crop", json!({ "aspect": "1:1" }))]), "instead_of": 2, "follow": true })),
        },
        Case { name: "a message that brings a picture", before: vec![rotate(2.0)], cut: Call::Bring("crop to 1:1") },
        Case { name: "undo", before: vec![rotate(2.0)], cut: Call::Say(json!({ "text": "undo" })) },
        Case { name: "delete a branch", before: vec![rotate(2.0), rotate(3.0)], cut: Call::Delete(3) },
    ];
    table(cases, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_runs_models_is_cut_like_any_other() {
    if !have_models("a_call_that_runs_models_is_cut_like_any_other") {
        return;
    }
    let cases = vec![
        Case { name: "cut out", before: vec![], cut: Call::Say(json!({ "text": "抠图" })) },
        Case { name: "erase the person", before: vec![], cut: Call::Say(json!({ "text": "erase the person" })) },
    ];
    // Each cut runs the models twice; between the events that are cut nothing else happens than in calls without models.
    table(cases, 4).await;
}

#[tokio::test]
async fn a_job_killed_in_the_middle_of_a_step_is_begun_again_once_then_given_up() {
    let case = Case { name: "", before: vec![], cut: Call::Say(Value::Null) };
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start(data.path());
    let session = prepare(&server, &case).await;
    // Long enough to be met while it runs.
    let steps: Vec<(&str, Value)> = (0..30).map(|_| ("filter", json!({ "name": "blur", "radius": 40 }))).collect();
    let large = [("resize", json!({ "width": 3000, "height": 3000, "fit": "fill" }))];
    let slow = json!({ "plan": plan(&[&large[..], &steps[..]].concat()) });
    send(&server, &session, &Call::Say(slow), false).await.unwrap().error_for_status().unwrap();
    for _ in 0..2 {
        let deadline = std::time::Instant::now() + crate::process::LIVE;
        while server.get(&format!("/sessions/{session}")).await["jobs"][1]["state"] != "running" {
            assert!(std::time::Instant::now() < deadline, "it is begun");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        server.kill();
        folder_is_sound(data.path(), "killed while it runs").await;
        server = Server::start(data.path());
    }
    let snapshot = server.settled(&session).await;
    assert_eq!(snapshot["jobs"][1]["state"], "failed", "{}", snapshot["jobs"]);
    assert_eq!(snapshot["jobs"][1]["error"]["code"], "interrupted");
    assert_eq!(snapshot["versions"].as_array().unwrap().len(), 2, "nothing lost, nothing new");
}

#[test]
fn a_second_server_on_the_same_folder_is_refused_with_a_sentence() {
    let data = tempfile::tempdir().unwrap();
    let _first = Server::start(data.path());
    let second = Command::new(env!("CARGO_BIN_EXE_portico")).args(["serve", "--port", "0", "--data"]).arg(data.path()).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(said.contains("--data"), "it says what to do: {said}");
}

#[test]
fn without_accounts_the_server_refuses_to_listen_to_the_network() {
    let out = Command::new(env!("CARGO_BIN_EXE_portico")).args(["serve", "--bind", "0.0.0.0"]).output().unwrap();
    assert_eq!(out.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&out.stderr).contains("127.0.0.1"));
}

#[test]
fn no_command_complains_when_its_reader_has_gone() {
    for arguments in [&["plan", "crop to 1:1"][..], &["models", "list"], &["doctor"], &["--help"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let child = Command::new(env!("CARGO_BIN_EXE_portico")).args(arguments).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
        let said = child.wait_with_output().unwrap().stderr;
        assert!(!String::from_utf8_lossy(&said).contains("panicked"), "{arguments:?}: {}", String::from_utf8_lossy(&said));
    }
}

#[tokio::test]
async fn a_server_whose_output_nobody_reads_goes_on() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    tokio::time::sleep(Duration::from_millis(200)).await;
    let health = reqwest::get(format!("{}/healthz", server.url)).await.unwrap();
    assert_eq!(health.status(), 200);
}
