//! Looking after a server: backup, restore, cleaning up, changing the schema, figures, logs. Real processes, real folders.

mod backup;
mod figures;
mod gc;
mod logs;
mod proxies;
mod schema;

use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::app::models_dir;
use crate::kit;

/// A server as a process of its own.
pub struct Served {
    child: Child,
    pub url: String,
    /// What it said on its standard output after the first two lines.
    pub said: Vec<String>,
    pub client: reqwest::Client,
    log: tempfile::NamedTempFile,
}

/// `portico` with its settings from nowhere but the arguments.
pub fn portico() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portico"));
    without_settings(&mut command);
    command
}

fn without_settings(command: &mut Command) {
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PORTICO_")) {
        command.env_remove(name);
    }
    command.env("PORTICO_MODELS", models_dir());
}

pub fn run(arguments: &[&str], data: &Path) -> Output {
    portico().args(arguments).arg("--data").arg(data).output().unwrap()
}

/// Runs a command that must succeed; what it printed.
pub fn done(arguments: &[&str], data: &Path) -> String {
    let out = run(arguments, data);
    let (said, errors) = (String::from_utf8_lossy(&out.stdout).into_owned(), String::from_utf8_lossy(&out.stderr).into_owned());
    assert!(out.status.success(), "{arguments:?}: {said}{errors}");
    format!("{said}{errors}")
}

impl Served {
    pub fn start(data: &Path) -> Served {
        Self::with(data, |_| {}, 0)
    }

    /// Reads `more` lines of its output beyond the first two.
    pub fn with(data: &Path, change: impl FnOnce(&mut Command), more: usize) -> Served {
        let mut command = portico();
        change(&mut command);
        Self::serve(command, data, more)
    }

    /// Started by another program, whose last argument names the one that it starts.
    pub fn of(mut by: Command, data: &Path, more: usize) -> Served {
        without_settings(by.arg(env!("CARGO_BIN_EXE_portico")));
        Self::serve(by, data, more)
    }

    fn serve(mut command: Command, data: &Path, more: usize) -> Served {
        let log = tempfile::NamedTempFile::new().unwrap();
        command.args(["serve", "--port", "0", "--data"]).arg(data);
        let mut child = command.stdout(Stdio::piped()).stderr(log.reopen().unwrap()).spawn().unwrap();
        let mut lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next().map(Result::unwrap).unwrap_or_default();
        let url = first.strip_prefix("listening on ").map(str::to_owned);
        let url = url.unwrap_or_else(|| panic!("{first}: {}", std::fs::read_to_string(log.path()).unwrap()));
        lines.next();
        let said = (0..more).map(|_| lines.next().unwrap().unwrap()).collect();
        Served { child, url, said, client: reqwest::Client::builder().no_proxy().build().unwrap(), log }
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log.path()).unwrap()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn api(&self, path: &str) -> String {
        format!("{}/api/v1{path}", self.url)
    }

    pub async fn get(&self, path: &str) -> Value {
        json_of(self.client.get(self.api(path))).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Value {
        json_of(self.client.post(self.api(path)).json(body)).await
    }

    pub async fn upload(&self, name: &str, bytes: Vec<u8>) -> String {
        let form = Form::new().part("image", Part::bytes(bytes).file_name(name.to_owned()));
        json_of(self.client.post(self.api("/images")).multipart(form)).await["id"].as_str().unwrap().to_owned()
    }

    /// A conversation about one picture, with one version for each instruction beside the first.
    pub async fn conversation(&self, photo: Vec<u8>, instructions: &[&str]) -> String {
        let session = self.post("/sessions", &json!({})).await["id"].as_str().unwrap().to_owned();
        let image = self.upload("photo.png", photo).await;
        for (n, text) in instructions.iter().enumerate() {
            let images = if n == 0 { json!([image]) } else { json!([]) };
            let said = json!({"text": text, "images": images});
            let answer = self.post(&format!("/sessions/{session}/messages?wait=true"), &said).await;
            assert_eq!(answer["job"]["state"], "succeeded", "{text}: {answer}");
        }
        session
    }

    /// SIGTERM, and the end.
    pub fn stop(mut self) {
        let pid = self.pid().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub async fn json_of(request: reqwest::RequestBuilder) -> Value {
    let response = request.send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    assert!(status.is_success(), "{status} {text}");
    serde_json::from_str(&text).unwrap()
}

/// A picture that no other number has.
pub fn picture(number: u32) -> Vec<u8> {
    let tone = [(number % 200) as u8, (number / 200 % 200) as u8, 90];
    let picture = kit::Rgb::new(64, 48, |x, y| if x < 20 && y < 20 { tone } else { [(x * 3) as u8, (y * 4) as u8, 128] });
    kit::Png::rgb(&picture).bytes()
}

/// Every picture of every version of every conversation is there and opens; how many there are.
pub async fn read_everything(server: &Served) -> usize {
    let sessions = server.get("/sessions").await;
    let mut pictures = 0;
    for session in sessions["sessions"].as_array().unwrap() {
        let id = session["id"].as_str().unwrap();
        let snapshot = server.get(&format!("/sessions/{id}")).await;
        for version in snapshot["versions"].as_array().unwrap() {
            let url = format!("{}{}", server.url, version["image"]["url"].as_str().unwrap());
            let bytes = server.client.get(url).send().await.unwrap().error_for_status().unwrap().bytes().await.unwrap();
            portico::imaging::decode(&bytes, &portico::imaging::Limits::default()).unwrap();
            pictures += 1;
        }
    }
    pictures
}

/// A folder and a data folder's path in it.
pub fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    (folder, data)
}
