//! A process that is killed loses no version and leaves no job running for ever.

use std::io::BufRead;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::app::{have_models, models_dir};

struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(data: &Path) -> Server {
        let mut child = Command::new(env!("CARGO_BIN_EXE_portico"))
            .args(["serve", "--port", "0", "--data"])
            .arg(data)
            .env("PORTICO_MODELS", models_dir())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line}")).to_owned();
        Server { child, url }
    }

    /// SIGKILL: nothing can be tidied up.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn json_of(request: reqwest::RequestBuilder) -> Value {
    let response = request.send().await.unwrap();
    assert!(response.status().is_success(), "{}", response.text().await.unwrap());
    response.json().await.unwrap()
}

#[tokio::test]
async fn a_job_cut_off_by_kill_ends_and_no_version_is_lost() {
    if !have_models("a_job_cut_off_by_kill_ends_and_no_version_is_lost") {
        return;
    }
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let photo = std::fs::read(format!("{}/tests/fixtures/photos/astronaut.png", env!("CARGO_MANIFEST_DIR"))).unwrap();
    // Cut at different moments: just queued, in the model, about when it ends.
    for delay_ms in [0, 150, 900, 2500] {
        let data = tempfile::tempdir().unwrap();
        let server = Server::start(data.path());
        let api = format!("{}/api/v1", server.url);
        let form = Form::new().part("image", Part::bytes(photo.clone()).file_name("a.png"));
        let image = json_of(client.post(format!("{api}/images")).multipart(form)).await["id"].clone();
        let session = json_of(client.post(format!("{api}/sessions")).json(&json!({}))).await["id"].as_str().unwrap().to_owned();
        let say = json!({ "text": "crop to 3:4", "images": [image] });
        json_of(client.post(format!("{api}/sessions/{session}/messages?wait=true")).json(&say)).await;
        let posted = json_of(client.post(format!("{api}/sessions/{session}/messages")).json(&json!({ "text": "抠图" }))).await;
        let job = posted["job"]["id"].as_str().unwrap().to_owned();
        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        server.kill();

        let server = Server::start(data.path());
        let api = format!("{}/api/v1", server.url);
        let deadline = Instant::now() + Duration::from_secs(120);
        let ended = loop {
            let job = json_of(client.get(format!("{api}/jobs/{job}"))).await;
            if ["succeeded", "failed"].contains(&job["state"].as_str().unwrap()) {
                break job;
            }
            assert!(Instant::now() < deadline, "cut after {delay_ms} ms it runs for ever: {job}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        let snapshot = json_of(client.get(format!("{api}/sessions/{session}"))).await;
        let versions = snapshot["versions"].as_array().unwrap();
        let expected = if ended["state"] == "succeeded" { 3 } else { 2 };
        assert_eq!(versions.len(), expected, "cut after {delay_ms} ms: {ended}");
        if ended["state"] == "failed" {
            assert!(!ended["error"]["message"].as_str().unwrap().is_empty(), "{ended}");
        }
        for version in versions {
            let url = format!("{}{}", server.url, version["image"]["url"].as_str().unwrap());
            let bytes = client.get(url).send().await.unwrap().error_for_status().unwrap().bytes().await.unwrap();
            portico::imaging::decode(&bytes, &portico::imaging::Limits::default()).unwrap();
        }
        let running = snapshot["jobs"].as_array().unwrap().iter().filter(|j| j["state"] == "running").count();
        assert_eq!(running, 0);
    }
}

/// The stored bytes of a version.
async fn picture(client: &reqwest::Client, server: &Server, session: &str, number: u64) -> Vec<u8> {
    let version = json_of(client.get(format!("{}/api/v1/sessions/{session}/versions/{number}", server.url))).await;
    let url = format!("{}{}", server.url, version["image"]["url"].as_str().unwrap());
    client.get(url).send().await.unwrap().error_for_status().unwrap().bytes().await.unwrap().to_vec()
}

#[tokio::test]
async fn a_chain_cut_off_by_kill_is_finished_as_if_nothing_had_been() {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let photo = std::fs::read(format!("{}/tests/fixtures/photos/coffee.png", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let step = |op: &str, params: Value| json!({ "version": 1, "steps": [{ "op": op, "params": params }] });
    let follow: Vec<Value> = (1..=6).map(|n| step("rotate", json!({ "degrees": f64::from(n) * 1.5 }))).collect();
    let mut expected: Option<Vec<Vec<u8>>> = None;
    // The first one is left in peace; the others are cut in different places.
    for delay_ms in [None, Some(0), Some(20), Some(60), Some(150), Some(400)] {
        let data = tempfile::tempdir().unwrap();
        let mut server = Server::start(data.path());
        let api = format!("{}/api/v1", server.url);
        let form = Form::new().part("image", Part::bytes(photo.clone()).file_name("a.png"));
        let image = json_of(client.post(format!("{api}/images")).multipart(form)).await["id"].clone();
        let session = json_of(client.post(format!("{api}/sessions")).json(&json!({}))).await["id"].as_str().unwrap().to_owned();
        let first = json!({ "plan": step("crop", json!({ "aspect": "1:1" })), "images": [image] });
        json_of(client.post(format!("{api}/sessions/{session}/messages?wait=true")).json(&first)).await;
        for plan in &follow {
            json_of(client.post(format!("{api}/sessions/{session}/messages?wait=true")).json(&json!({ "plan": plan }))).await;
        }
        let edited = json!({ "plan": step("crop", json!({ "aspect": "3:4" })), "instead_of": 2, "follow": true });
        json_of(client.post(format!("{api}/sessions/{session}/messages")).json(&edited)).await;
        if let Some(delay_ms) = delay_ms {
            tokio::time::sleep(Duration::from_millis(delay_ms)).await;
            server.kill();
            server = Server::start(data.path());
        }
        let deadline = Instant::now() + Duration::from_secs(120);
        let snapshot = loop {
            let snapshot = json_of(client.get(format!("{}/api/v1/sessions/{session}", server.url))).await;
            if snapshot["session"]["running"] == false {
                break snapshot;
            }
            assert!(Instant::now() < deadline, "cut after {delay_ms:?} ms it runs for ever: {snapshot}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        let parents: Vec<Value> = snapshot["versions"].as_array().unwrap()[8..].iter().map(|v| v["parent"].clone()).collect();
        assert_eq!(json!(parents), json!([1, 9, 10, 11, 12, 13, 14]), "cut after {delay_ms:?} ms");
        assert_eq!(snapshot["session"]["current"], 15);
        let mut pictures = vec![];
        for number in 9..=15 {
            pictures.push(picture(&client, &server, &session, number).await);
        }
        assert_eq!(*expected.get_or_insert_with(|| pictures.clone()), pictures, "cut after {delay_ms:?} ms");
    }
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
