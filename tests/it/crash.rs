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
