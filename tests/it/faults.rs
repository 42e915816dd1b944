//! What goes wrong around a server: a full disk, a busy database, a clock that jumps, damaged files, a stop in the middle of work.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::Connection as _;

use crate::app::{error_code, have_models, models_dir};
use crate::kit;
use crate::process::{LIVE, Server, command, command_through};

/// A picture that no compression makes small.
fn noise(seed: u32, side: u32) -> Vec<u8> {
    let picture = kit::Rgb::new(side, side, |x, y| {
        let mut state = (seed << 20 ^ y << 10 ^ x).wrapping_mul(2_654_435_761) | 1;
        for _ in 0..3 {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
        }
        [state as u8, (state >> 8) as u8, (state >> 16) as u8]
    });
    kit::Png::rgb(&picture).bytes()
}

fn rotate(degrees: f64) -> Value {
    json!({ "plan": { "version": 1, "steps": [{ "op": "rotate", "params": { "degrees": degrees } }] } })
}

/// A session with one picture, cropped: versions 1 and 2.
async fn conversation(server: &Server, picture: Vec<u8>) -> String {
    let session = server.session().await;
    let image = server.upload("photo.png", picture).await.json::<Value>().await.unwrap()["id"].clone();
    let first = json!({ "plan": { "version": 1, "steps": [{ "op": "crop", "params": { "aspect": "4:3" } }] }, "images": [image] });
    say(server, &session, &first).await;
    session
}

async fn say(server: &Server, session: &str, body: &Value) -> Value {
    server.post(&format!("/sessions/{session}/messages?wait=true"), body).await
}

async fn healthy(server: &Server) {
    assert_eq!(server.client.get(format!("{}/healthz", server.url)).send().await.unwrap().status(), 200);
}

// ---------------------------------------------------------------------------------------------------------------- disk

/// A server whose data folder is a file system of 24 MB, seen by nobody else.
struct SmallDisk {
    server: Server,
    /// The folder as seen from here.
    data: PathBuf,
    _place: tempfile::TempDir,
}

fn small_disk(test: &str) -> Option<SmallDisk> {
    let place = tempfile::tempdir().unwrap();
    let script = format!("mount -t tmpfs -o size=24m tmpfs {0} && exec \"$@\"", place.path().display());
    // As root in a mount namespace, else as the root of a namespace of one's own, where that is allowed.
    for flags in ["-m", "-rm"] {
        let arguments = [flags, "sh", "-c", &script, "sh"];
        if let Ok(server) = Server::try_run(&mut command_through("unshare", &arguments, &place.path().join("data"))) {
            let seen = PathBuf::from(format!("/proc/{}/root{}", server.pid(), place.path().display()));
            return Some(SmallDisk { server, data: seen.join("data"), _place: place });
        }
    }
    eprintln!("SKIPPED {test}: this system mounts no small file system for it (unshare -m)");
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_said_and_nothing_is_corrupt_and_it_goes_on_when_there_is_room() {
    let Some(SmallDisk { server, data, _place }) = small_disk("a_full_disk_is_said") else { return };
    let session = conversation(&server, noise(1, 300)).await;
    let before = server.pictures(&server.get(&format!("/sessions/{session}")).await).await;
    // All but a little is taken by something else.
    let ballast = data.join("ballast");
    let fill = |leave: u64| {
        let free = free_bytes(&data);
        let mut file = std::fs::File::options().create(true).append(true).open(&ballast).unwrap();
        // The server writes as well: the disk may be full a little sooner.
        let _ = std::io::copy(&mut std::io::Read::take(std::io::repeat(0), free.saturating_sub(leave)), &mut file);
    };
    for leave in [700_000, 100_000, 4096, 0] {
        fill(leave);
        for call in 0..4 {
            let response = match call {
                0 => server.upload("large.png", noise(7, 900)).await,
                1 => server.client.post(server.api(&format!("/sessions/{session}/messages"))).json(&rotate(2.0)).send().await.unwrap(),
                2 => server.client.post(server.api("/sessions")).json(&json!({})).send().await.unwrap(),
                _ => server.client.get(server.api(&format!("/sessions/{session}/export"))).send().await.unwrap(),
            };
            let status = response.status();
            if status.is_success() {
                continue;
            }
            let (status, code) = error_code(response).await;
            assert_eq!((status, code.as_str()), (507, "disk_full"), "call {call} with {leave} bytes left");
        }
        healthy(&server).await;
        // Reading needs no room.
        let shown = server.pictures(&server.get(&format!("/sessions/{session}")).await).await;
        assert!(before.iter().all(|picture| shown.contains(picture)), "what was there is there");
    }
    let full = server.upload("large.png", noise(8, 900)).await;
    assert_eq!(error_code(full).await, (507, "disk_full".to_owned()), "a picture that cannot fit");
    std::fs::remove_file(&ballast).unwrap();
    // What waited for room goes on by itself, and ends: well, or with the disk as its reason.
    let snapshot = server.settled(&session).await;
    for job in snapshot["jobs"].as_array().unwrap() {
        let fair = job["state"] == "succeeded" || job["error"]["code"] == "disk_full";
        assert!(fair, "{job}");
    }
    let versions = snapshot["versions"].as_array().unwrap().len();
    say(&server, &session, &rotate(5.0)).await;
    let after = server.get(&format!("/sessions/{session}")).await;
    assert_eq!(after["versions"].as_array().unwrap().len(), versions + 1, "it works as before");
    assert!(server.upload("large.png", noise(9, 900)).await.status().is_success());
    assert_eq!(std::fs::read_dir(data.join("blobs/tmp")).unwrap().count(), 0, "no half-written file is left");
}

/// What a file system has left, in bytes.
fn free_bytes(folder: &Path) -> u64 {
    let out = Command::new("df").args(["--output=avail", "-B1"]).arg(folder).output().unwrap();
    String::from_utf8_lossy(&out.stdout).lines().nth(1).and_then(|line| line.trim().parse().ok()).unwrap()
}

// ------------------------------------------------------------------------------------------------------------ database

/// Another program that writes to the database and takes its time.
async fn hold(data: &Path) -> sqlx::SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(data.join("portico.db"));
    let mut other = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    other
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_busy_for_a_moment_only_makes_changes_wait() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let session = conversation(&server, noise(1, 64)).await;
    let mut other = hold(data.path()).await;
    let release = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    };
    let message = rotate(3.0);
    let shown = format!("/sessions/{session}");
    let (said, made, shown, ()) = tokio::join!(say(&server, &session, &message), server.session(), server.get(&shown), release);
    assert_eq!(said["job"]["state"], "succeeded", "{said}");
    assert!(!made.is_empty() && shown["versions"].as_array().unwrap().len() == 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_stays_busy_is_said_with_a_time_to_try_again() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let session = conversation(&server, noise(1, 64)).await;
    let mut other = hold(data.path()).await;
    let calls: Vec<_> = (0..12)
        .map(|_| server.client.post(server.api("/sessions")).header("accept-language", "en").json(&json!({})).send())
        .map(tokio::spawn)
        .collect();
    // Whoever only looks is not kept waiting.
    assert_eq!(server.get(&format!("/sessions/{session}")).await["versions"].as_array().unwrap().len(), 2);
    healthy(&server).await;
    for call in calls {
        let response = tokio::time::timeout(LIVE, call).await.expect("nobody stands in line for ever").unwrap().unwrap();
        assert!(response.headers().contains_key("retry-after"));
        assert_eq!(error_code(response).await, (503, "database_busy".to_owned()));
    }
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    say(&server, &session, &rotate(3.0)).await;
}

// --------------------------------------------------------------------------------------------------------------- clock

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_mixes_up_no_order_and_loses_nothing() {
    let place = tempfile::tempdir().unwrap();
    let (data, clock) = (place.path().join("data"), place.path().join("clock"));
    let day_ms = 86_400_000i64;
    let server = Server::run(command(&data).env("PORTICO_TEST_CLOCK", &clock));
    let session = conversation(&server, noise(1, 64)).await;
    let other = server.session().await;
    let waiting = server.upload("unsent.png", noise(2, 64)).await.json::<Value>().await.unwrap();
    let mut expected = 2;
    for skew in [-day_ms, -40 * day_ms, 0, day_ms / 2, -day_ms / 3] {
        std::fs::write(&clock, skew.to_string()).unwrap();
        let said = say(&server, &session, &rotate(3.0)).await;
        assert_eq!(said["job"]["state"], "succeeded", "{said}");
        expected += 1;
        let snapshot = server.get(&format!("/sessions/{session}")).await;
        let numbers: Vec<u64> = snapshot["versions"].as_array().unwrap().iter().map(|v| v["number"].as_u64().unwrap()).collect();
        assert_eq!(numbers, (1..=expected).collect::<Vec<_>>());
        assert_eq!(snapshot["session"]["current"], expected);
        let answers: Vec<&Value> = snapshot["messages"].as_array().unwrap().iter().map(|m| &m["role"]).collect();
        assert!(answers.iter().step_by(2).all(|role| **role == "user"), "questions before answers: {answers:?}");
        assert!(said["job"]["timings"]["total_ms"].as_f64().unwrap() >= 0.0);
        let listed = server.get("/sessions").await;
        let ids: Vec<&str> =
            listed["sessions"].as_array().unwrap_or_else(|| listed.as_array().unwrap()).iter().map(|s| s["id"].as_str().unwrap()).collect();
        assert!(ids.contains(&session.as_str()) && ids.contains(&other.as_str()), "{listed}");
        assert!(
            server
                .client
                .get(server.api(&format!("/images/{}", waiting["id"].as_str().unwrap())))
                .send()
                .await
                .unwrap()
                .status()
                .is_success()
        );
        // A call without a session keeps its results for a while by whatever the clock says.
        let picture = kit::Png::rgb(&kit::marker(20, 20)).bytes();
        let form = reqwest::multipart::Form::new()
            .text("instruction", "rotate 90 degrees left")
            .part("image", reqwest::multipart::Part::bytes(picture).file_name("a.png"));
        let edited = server.client.post(server.api("/edit")).header("accept", "application/json").multipart(form).send().await.unwrap();
        let url = edited.json::<Value>().await.unwrap()["results"][0]["url"].as_str().unwrap().to_owned();
        assert!(server.client.get(format!("{}{url}", server.url)).send().await.unwrap().status().is_success());
    }
    // And over a restart.
    server.kill();
    std::fs::write(&clock, (-3 * day_ms).to_string()).unwrap();
    let server = Server::run(command(&data).env("PORTICO_TEST_CLOCK", &clock));
    say(&server, &session, &rotate(3.0)).await;
    let events = events_of(&server, &session).await;
    assert!(events.windows(2).all(|pair| pair[1] == pair[0] + 1), "{events:?}");
}

/// The numbers of a session's stored events, as a late reader gets them.
async fn events_of(server: &Server, session: &str) -> Vec<i64> {
    use futures_util::StreamExt as _;
    let response = server.client.get(server.api(&format!("/sessions/{session}/events?after=0"))).send().await.unwrap();
    let mut stream = response.bytes_stream();
    let (mut text, mut seen) = (String::new(), 0);
    // The stream never ends: it is read until nothing has come for a while.
    while let Ok(Some(Ok(chunk))) = tokio::time::timeout(Duration::from_secs(2), stream.next()).await {
        text.push_str(std::str::from_utf8(&chunk).unwrap());
        seen += 1;
    }
    assert!(seen > 0);
    text.lines().filter_map(|line| line.strip_prefix("id:")).map(|id| id.trim().parse().unwrap()).collect()
}

// --------------------------------------------------------------------------------------------------------------- files

/// The file of a version's picture.
async fn blob(server: &Server, data: &Path, session: &str, number: u64) -> PathBuf {
    let version = server.get(&format!("/sessions/{session}/versions/{number}")).await;
    let url = format!("{}{}", server.url, version["image"]["url"].as_str().unwrap());
    let tag = server.client.get(url).send().await.unwrap().headers()["etag"].to_str().unwrap().to_owned();
    let hash = tag.trim_matches('"').split('-').next().unwrap().to_owned();
    data.join("blobs").join(&hash[..2]).join(&hash[2..])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_or_damaged_file_is_named_and_sending_the_picture_again_mends_it() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let server = Server::start(&data);
    for (damage, code) in [("gone", "blob_missing"), ("cut", "blob_damaged"), ("bit", "blob_damaged"), ("empty", "blob_damaged")] {
        // Another picture each time: the same bytes are one file.
        let picture = noise(code.len() as u32 + damage.len() as u32 * 100 + u32::from(damage.as_bytes()[0]), 64);
        let session = conversation(&server, picture.clone()).await;
        let file = blob(&server, &data, &session, 1).await;
        let mut bytes = std::fs::read(&file).unwrap();
        match damage {
            "gone" => std::fs::remove_file(&file).unwrap(),
            "cut" => std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap(),
            "bit" => {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 4;
                std::fs::write(&file, &bytes).unwrap();
            }
            _ => std::fs::write(&file, b"").unwrap(),
        }
        // The one that needs it fails with words; the other version works on.
        let on = |number: u64| json!({ "plan": rotate(3.0)["plan"], "from_version": number });
        let failed = say(&server, &session, &on(1)).await;
        assert_eq!(failed["job"]["error"]["code"], code, "{damage}: {failed}");
        assert!(failed["job"]["error"]["message"].as_str().unwrap().contains("photo.png"), "which picture: {failed}");
        let worked = say(&server, &session, &on(2)).await;
        assert_eq!(worked["job"]["state"], "succeeded", "{damage}: {worked}");
        let version = server.get(&format!("/sessions/{session}/versions/1")).await;
        let url = format!("{}{}", server.url, version["image"]["url"].as_str().unwrap());
        let (status, _) = error_code(server.client.get(&url).send().await.unwrap()).await;
        assert_eq!(status, 410, "{damage}");
        let (status, _) = error_code(server.client.get(server.api(&format!("/sessions/{session}/export"))).send().await.unwrap()).await;
        assert_eq!(status, 410, "{damage}: an archive is whole or not made");
        assert!(!file.exists(), "{damage}: it is out of the way");
        let kept = data.join("blobs/quarantine").read_dir().map_or(0, Iterator::count);
        assert!(damage == "gone" || kept > 0, "{damage}: and kept");
        // The same picture again.
        assert!(server.upload("again.png", picture.clone()).await.status().is_success());
        let again = say(&server, &session, &on(1)).await;
        assert_eq!(again["job"]["state"], "succeeded", "{damage}: {again}");
        assert_eq!(server.client.get(&url).send().await.unwrap().status(), 200);
        // Damaged and not read since: sending it mends it too.
        std::fs::write(&file, b"short").unwrap();
        assert!(server.upload("again.png", picture).await.status().is_success());
        assert_eq!(server.client.get(&url).send().await.unwrap().status(), 200);
    }
    healthy(&server).await;
}

// -------------------------------------------------------------------------------------------------------------- models

/// A models folder whose files are those that are installed, but for what the test changes.
fn models_like_installed(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    for entry in std::fs::read_dir(models_dir()).unwrap().flatten() {
        // Prepared graphs are made anew, if they are.
        if entry.file_name() != "prepared" {
            std::os::unix::fs::symlink(entry.path().canonicalize().unwrap(), folder.join(entry.file_name())).unwrap();
        }
    }
}

async fn edit(server: &Server, instruction: &str) -> reqwest::Response {
    let photo = std::fs::read(format!("{}/tests/fixtures/photos/astronaut.png", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let form = reqwest::multipart::Form::new()
        .text("instruction", instruction.to_owned())
        .part("image", reqwest::multipart::Part::bytes(photo).file_name("a.png"));
    server.client.post(server.api("/edit")).multipart(form).send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_file_cut_short_fails_by_name_and_the_rest_works() {
    if !have_models("a_model_file_cut_short_fails_by_name_and_the_rest_works") {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let models = place.path().join("models");
    models_like_installed(&models);
    let file = models.join("isnet.onnx");
    let bytes = std::fs::read(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 3]).unwrap();
    let server = Server::run(command(&place.path().join("data")).env("PORTICO_MODELS", &models));
    for _ in 0..2 {
        let (status, code) = error_code(edit(&server, "remove the background").await).await;
        assert_eq!((status, code.as_str()), (503, "model_damaged"));
    }
    healthy(&server).await;
    assert_eq!(edit(&server, "rotate 90 degrees left").await.status(), 200);
    assert_eq!(edit(&server, "pixelate the face").await.status(), 200, "other models are not affected");
}

/// A library that calls itself ONNX Runtime of another release; `None` where no compiler is.
fn strange_library(folder: &Path, version: &str) -> Option<PathBuf> {
    let source = format!(
        "struct base {{ const void *(*api)(unsigned); const char *(*version)(void); }};\n\
         static const void *api(unsigned v) {{ (void)v; return 0; }}\n\
         static const char *version(void) {{ return \"{version}\"; }}\n\
         static const struct base base = {{ api, version }};\n\
         const struct base *OrtGetApiBase(void) {{ return &base; }}\n"
    );
    let (code, library) = (folder.join("strange.c"), folder.join(format!("libonnxruntime-{version}.so")));
    std::fs::write(&code, source).unwrap();
    let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&code).status();
    built.is_ok_and(|status| status.success()).then_some(library)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_library_of_another_release_is_refused_in_words_and_the_server_stays_up() {
    if !have_models("a_library_of_another_release_is_refused_in_words_and_the_server_stays_up") {
        return;
    }
    for version in ["1.4.0", "9.0.0", "nonsense"] {
        let place = tempfile::tempdir().unwrap();
        let Some(library) = strange_library(place.path(), version) else {
            eprintln!("SKIPPED a_library_of_another_release_is_refused_in_words: no C compiler to make one with");
            return;
        };
        let server = Server::run(command(&place.path().join("data")).env("PORTICO_ORT_LIB", &library));
        for _ in 0..2 {
            let (status, code) = error_code(edit(&server, "remove the background").await).await;
            assert_eq!((status, code.as_str()), (503, "runtime_unsuitable"), "{version}");
        }
        healthy(&server).await;
        assert_eq!(edit(&server, "rotate 90 degrees left").await.status(), 200);
    }
}

// ---------------------------------------------------------------------------------------------------------------- stop

/// Posts a plan that takes a while and waits until it runs.
async fn long_job(server: &Server, session: &str) -> String {
    let blur = json!({ "op": "filter", "params": { "name": "blur", "radius": 40 } });
    let large = json!({ "op": "resize", "params": { "width": 3000, "height": 3000, "fit": "fill" } });
    let steps: Vec<Value> = std::iter::once(large).chain((0..24).map(|_| blur.clone())).collect();
    let posted = server.post(&format!("/sessions/{session}/messages"), &json!({ "plan": { "version": 1, "steps": steps } })).await;
    let job = posted["job"]["id"].as_str().unwrap().to_owned();
    let deadline = Instant::now() + LIVE;
    while server.get(&format!("/jobs/{job}")).await["state"] != "running" {
        assert!(Instant::now() < deadline, "it is begun");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    job
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_lets_a_job_finish_within_the_grace() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::run(command(data.path()).env("PORTICO_SHUTDOWN_GRACE_SECS", "120"));
    let session = conversation(&server, noise(1, 64)).await;
    let job = long_job(&server, &session).await;
    server.terminate();
    assert!(server.ended().await.success());
    let server = Server::start(data.path());
    assert_eq!(server.get(&format!("/jobs/{job}")).await["state"], "succeeded", "before it was asked to go on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_finish_within_the_grace_goes_on_after_the_next_start() {
    let data = tempfile::tempdir().unwrap();
    for _ in 0..3 {
        let server = Server::run(command(data.path()).env("PORTICO_SHUTDOWN_GRACE_SECS", "0"));
        let session = conversation(&server, noise(1, 64)).await;
        let job = long_job(&server, &session).await;
        server.terminate();
        assert!(server.ended().await.success());
        let server = Server::start(data.path());
        let snapshot = server.settled(&session).await;
        assert_eq!(server.get(&format!("/jobs/{job}")).await["state"], "succeeded");
        assert_eq!(snapshot["versions"].as_array().unwrap().len(), 3);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_signal_ends_at_once_and_the_next_start_repairs() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::run(command(data.path()).env("PORTICO_SHUTDOWN_GRACE_SECS", "600"));
    let session = conversation(&server, noise(1, 64)).await;
    let job = long_job(&server, &session).await;
    server.terminate();
    // Signals that come together count once.
    let deadline = Instant::now() + LIVE;
    while server.client.get(format!("{}/readyz", server.url)).send().await.is_ok_and(|r| r.status() == 200) {
        assert!(Instant::now() < deadline, "it stops");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    server.terminate();
    assert_eq!(server.ended().await.code(), Some(130));
    let server = Server::start(data.path());
    server.settled(&session).await;
    assert_eq!(server.get(&format!("/jobs/{job}")).await["state"], "succeeded");
}
