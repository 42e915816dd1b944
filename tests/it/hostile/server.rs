//! The real program in a folder of its own, watched from outside: does it live, how much memory does it hold, what does it write.

use std::collections::BTreeSet;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use reqwest::multipart::{Form, Part};
use serde_json::Value;
use tempfile::TempDir;

use crate::app::models_dir;
use crate::kit;

pub struct Server {
    child: Child,
    pub url: String,
    pub client: reqwest::Client,
    place: TempDir,
    before: BTreeSet<PathBuf>,
}

impl Server {
    /// Beside the data folder lie files that must stay as they are.
    pub fn start() -> Server {
        let place = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(place.path().join("run/here")).unwrap();
        std::fs::write(place.path().join("run/x.png"), "mine").unwrap();
        let before = files_under(place.path(), &place.path().join("run/here/data"));
        let mut child = Command::new(env!("CARGO_BIN_EXE_portico"))
            .args(["serve", "--port", "0", "--data", "data"])
            .current_dir(place.path().join("run/here"))
            .env("PORTICO_MODELS", models_dir())
            .env("HOME", place.path())
            .env("TMPDIR", place.path().join("run"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line}")).to_owned();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Server { child, url, client, place, before }
    }

    pub fn api(&self, path: &str) -> String {
        format!("{}/api/v1{path}", self.url)
    }

    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    pub async fn upload(&self, name: &str, bytes: Vec<u8>) -> reqwest::Response {
        let form = Form::new().part("image", Part::bytes(bytes).file_name(name.to_owned()));
        self.client.post(self.api("/images")).multipart(form).send().await.unwrap()
    }

    pub async fn edit(&self, name: &str, bytes: Vec<u8>, instruction: &str) -> reqwest::Response {
        let form = Form::new().text("instruction", instruction.to_owned()).part("image", Part::bytes(bytes).file_name(name.to_owned()));
        self.client.post(self.api("/edit")).multipart(form).send().await.unwrap()
    }

    /// A good picture still goes through.
    pub async fn assert_well(&mut self, after: &str) {
        assert_eq!(self.child.try_wait().unwrap(), None, "the program ended after {after}");
        let picture = kit::Png::rgb(&kit::marker(40, 30)).bytes();
        let response = self.edit("good.png", picture, "flip horizontally").await;
        assert_eq!(response.status(), 200, "after {after}: {}", response.text().await.unwrap());
        let bytes = response.bytes().await.unwrap();
        let turned = portico::imaging::decode(&bytes, &portico::imaging::Limits::default()).unwrap().picture;
        assert_eq!((turned.width(), turned.height(), &turned.pixel(39, 0)[..3]), (40, 30, &[220, 20, 20][..]), "after {after}");
    }

    /// Memory in RAM, in bytes.
    pub fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap_or("0 kB");
        line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap_or(0) * 1024
    }

    /// The most that it ever held, in bytes.
    pub fn peak(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or("0 kB");
        line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap_or(0) * 1024
    }

    /// Nothing outside the data folder came, went or changed.
    pub fn assert_kept_to_itself(&self) {
        let now = files_under(self.place.path(), &self.place.path().join("run/here/data"));
        assert_eq!(now, self.before);
        assert_eq!(std::fs::read(self.place.path().join("run/x.png")).unwrap(), b"mine");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn files_under(folder: &Path, but: &Path) -> BTreeSet<PathBuf> {
    let mut out = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path == but {
            continue;
        }
        if path.is_dir() {
            out.extend(files_under(&path, but));
        }
        out.insert(path);
    }
    out
}

/// Success, or a refusal in the envelope; gives back status and code.
pub async fn answered(what: &str, response: reqwest::Response) -> (u16, String) {
    let status = response.status().as_u16();
    if (200..300).contains(&status) {
        let _ = response.bytes().await.unwrap();
        return (status, String::new());
    }
    let body = response.text().await.unwrap();
    assert!((400..500).contains(&status) || [501, 503].contains(&status), "{what}: {status} {body:.600}");
    let value: Value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{what}: {status}, and no envelope: {body:.600}"));
    let error = &value["error"];
    let code = error["code"].as_str().unwrap_or_else(|| panic!("{what}: no code: {body:.600}"));
    let message = error["message"].as_str().unwrap_or_default();
    assert!(!message.is_empty() && message.chars().count() <= 2_100, "{what}: a message of {} characters", message.chars().count());
    assert!(code != "internal", "{what}: {body:.600}");
    (status, code.to_owned())
}
