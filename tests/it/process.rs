//! A real server process on a data folder, for tests that end it, starve it or count what it holds.

use std::ffi::OsStr;
use std::io::BufRead;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::app::models_dir;

/// Nothing here takes so long unless it hangs.
pub const LIVE: Duration = Duration::from_secs(120);

pub struct Server {
    child: Child,
    pub url: String,
    pub client: reqwest::Client,
}

/// `portico serve` on a folder and a free port.
pub fn command(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portico"));
    prepare(&mut command, data);
    command
}

/// The same, started by another program, which gets it as its last arguments.
pub fn command_through(program: impl AsRef<OsStr>, arguments: &[&str], data: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).arg(env!("CARGO_BIN_EXE_portico"));
    prepare(&mut command, data);
    command
}

fn prepare(command: &mut Command, data: &Path) {
    command.args(["serve", "--port", "0", "--data"]).arg(data).env("PORTICO_MODELS", models_dir());
}

impl Server {
    pub fn start(data: &Path) -> Server {
        Self::run(&mut command(data))
    }

    pub fn run(command: &mut Command) -> Server {
        Self::try_run(command).unwrap_or_else(|said| panic!("it did not start: {said}"))
    }

    /// `Err` with what it said where it does not come up.
    pub fn try_run(command: &mut Command) -> Result<Server, String> {
        if std::env::var_os("PORTICO_TEST_LOG").is_none() {
            command.stderr(Stdio::null());
        }
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        match line.trim().strip_prefix("listening on ") {
            Some(url) => Ok(Server { child, url: url.to_owned(), client: reqwest::Client::builder().no_proxy().build().unwrap() }),
            None => {
                let _ = child.kill();
                let _ = child.wait();
                Err(line)
            }
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it runs.
    pub fn lives(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Memory in RAM, in bytes.
    pub fn resident(&self) -> u64 {
        self.memory("VmRSS:")
    }

    /// The most that it ever held, in bytes.
    pub fn peak(&self) -> u64 {
        self.memory("VmHWM:")
    }

    fn memory(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("0 kB");
        line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap_or(0) * 1024
    }

    /// SIGKILL: nothing can be tidied up.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM.
    pub fn terminate(&self) {
        let done = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status().unwrap();
        assert!(done.success());
    }

    /// Waits for its end, however that comes.
    pub async fn ended(mut self) -> ExitStatus {
        let deadline = Instant::now() + LIVE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "it does not end");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub fn api(&self, path: &str) -> String {
        format!("{}/api/v1{path}", self.url)
    }

    pub async fn get(&self, path: &str) -> Value {
        let response = self.client.get(self.api(path)).send().await.unwrap();
        assert!(response.status().is_success(), "GET {path}: {}", response.text().await.unwrap());
        response.json().await.unwrap()
    }

    pub async fn post(&self, path: &str, body: &Value) -> Value {
        let response = self.client.post(self.api(path)).json(body).send().await.unwrap();
        assert!(response.status().is_success(), "POST {path}: {}", response.text().await.unwrap());
        response.json().await.unwrap()
    }

    pub async fn upload(&self, name: &str, bytes: Vec<u8>) -> reqwest::Response {
        let form = Form::new().part("image", Part::bytes(bytes).file_name(name.to_owned()));
        self.client.post(self.api("/images")).multipart(form).send().await.unwrap()
    }

    pub async fn edit(&self, name: &str, bytes: Vec<u8>, instruction: &str) -> reqwest::Response {
        let form = Form::new().text("instruction", instruction.to_owned()).part("image", Part::bytes(bytes).file_name(name.to_owned()));
        self.client.post(self.api("/edit")).multipart(form).send().await.unwrap()
    }

    pub async fn session(&self) -> String {
        self.post("/sessions", &json!({})).await["id"].as_str().unwrap().to_owned()
    }

    /// The session when nothing of it waits or runs any more.
    pub async fn settled(&self, session: &str) -> Value {
        let deadline = Instant::now() + LIVE;
        loop {
            let snapshot = self.get(&format!("/sessions/{session}")).await;
            if snapshot["session"]["running"] == false {
                return snapshot;
            }
            assert!(Instant::now() < deadline, "it runs for ever: {}", snapshot["jobs"]);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The stored bytes of every version, by its number.
    pub async fn pictures(&self, snapshot: &Value) -> Vec<(u64, Vec<u8>)> {
        let mut pictures = vec![];
        for version in snapshot["versions"].as_array().unwrap() {
            let url = format!("{}{}", self.url, version["image"]["url"].as_str().unwrap());
            let bytes = self.client.get(url).send().await.unwrap().error_for_status().unwrap().bytes().await.unwrap();
            pictures.push((version["number"].as_u64().unwrap(), bytes.to_vec()));
        }
        pictures
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
