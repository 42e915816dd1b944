//! The real program in a folder of its own, watched from outside: does it live, how much memory does it hold, what does it write.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::kit;
use crate::process::{self, command};

pub struct Server {
    process: process::Server,
    place: TempDir,
    before: BTreeSet<PathBuf>,
}

impl Deref for Server {
    type Target = process::Server;

    fn deref(&self) -> &process::Server {
        &self.process
    }
}

impl Server {
    /// Beside the data folder lie files that must stay as they are.
    pub fn start() -> Server {
        let place = tempfile::tempdir().unwrap();
        let here = place.path().join("run/here");
        std::fs::create_dir_all(&here).unwrap();
        std::fs::write(place.path().join("run/x.png"), "mine").unwrap();
        // Without models: what is refused here is refused before any is asked.
        std::fs::create_dir_all(place.path().join("models")).unwrap();
        let before = files_under(place.path(), &here.join("data"));
        let mut command = command(Path::new("data"));
        command.current_dir(&here).env("PORTICO_MODELS", place.path().join("models"));
        command.env("HOME", place.path()).env("TMPDIR", place.path().join("run"));
        Server { process: process::Server::run(&mut command), place, before }
    }

    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// A good picture still goes through.
    pub async fn assert_well(&mut self, after: &str) {
        assert!(self.process.lives(), "the program ended after {after}");
        let picture = kit::Png::rgb(&kit::marker(40, 30)).bytes();
        let response = self.edit("good.png", picture, "flip horizontally").await;
        assert_eq!(response.status(), 200, "after {after}: {}", response.text().await.unwrap());
        let bytes = response.bytes().await.unwrap();
        let turned = portico::imaging::decode(&bytes, &portico::imaging::Limits::default()).unwrap().picture;
        assert_eq!((turned.width(), turned.height(), &turned.pixel(39, 0)[..3]), (40, 30, &[220, 20, 20][..]), "after {after}");
    }

    /// Nothing outside the data folder came, went or changed.
    pub fn assert_kept_to_itself(&self) {
        let now = files_under(self.place.path(), &self.place.path().join("run/here/data"));
        assert_eq!(now, self.before);
        assert_eq!(std::fs::read(self.place.path().join("run/x.png")).unwrap(), b"mine");
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
