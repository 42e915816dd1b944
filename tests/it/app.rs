//! A whole server in the test's process: real router, real SQLite in a temporary folder, real models where they are installed.

use std::net::SocketAddr;
use std::path::PathBuf;

use portico::config::Config;
use portico::http::App;
use portico::http::listen::{Listening, Timeouts, serve};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tempfile::TempDir;

pub struct TestApp {
    pub url: String,
    pub client: reqwest::Client,
    pub app: App,
    _data: TempDir,
    server: tokio::task::JoinHandle<()>,
}

/// The folder that `make test` installs the models in.
pub fn models_dir() -> PathBuf {
    std::env::var_os("PORTICO_MODELS").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models"), PathBuf::from)
}

/// Whether the real cut-out model is here; says loudly when a test cannot run for want of it.
pub fn have_models(test: &str) -> bool {
    let here = models_dir().join("isnet").is_dir()
        || std::fs::read_dir(models_dir()).is_ok_and(|d| d.flatten().any(|e| e.file_name().to_string_lossy().starts_with("isnet")));
    if !here {
        eprintln!("SKIPPED {test}: no models in {}; run `make test`, or `portico models install`", models_dir().display());
    }
    here
}

impl TestApp {
    pub async fn start() -> TestApp {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Config)) -> TestApp {
        Self::with_timeouts(change, Timeouts::default()).await
    }

    /// The same with other patience.
    pub async fn with_timeouts(change: impl FnOnce(&mut Config), timeouts: Timeouts) -> TestApp {
        let data = tempfile::tempdir().unwrap();
        let mut config = Config { data: data.path().join("data"), models: Some(models_dir()), ..Config::default() };
        config.server.port = 0;
        change(&mut config);
        let app = portico::cli::serve::build(config).await.unwrap();
        let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let service = portico::http::service(app.clone());
        let listening = Listening { timeouts, ..Listening::new(app.config.server.max_connections) };
        let server = tokio::spawn(serve(listener, service, listening, std::future::pending()));
        TestApp { url, client: reqwest::Client::builder().no_proxy().build().unwrap(), app, _data: data, server }
    }

    pub fn api(&self, path: &str) -> String {
        format!("{}/api/v1{path}", self.url)
    }

    /// Multipart `/edit` of one file.
    pub async fn edit(&self, name: &str, bytes: Vec<u8>, instruction: &str) -> reqwest::Response {
        let form = Form::new().text("instruction", instruction.to_owned()).part("image", Part::bytes(bytes).file_name(name.to_owned()));
        self.client.post(self.api("/edit")).multipart(form).send().await.unwrap()
    }

    pub async fn upload(&self, name: &str, bytes: Vec<u8>) -> Value {
        let form = Form::new().part("image", Part::bytes(bytes).file_name(name.to_owned()));
        let response = self.client.post(self.api("/images")).multipart(form).send().await.unwrap();
        assert_eq!(response.status(), 201, "upload of {name}");
        response.json().await.unwrap()
    }

    pub async fn session(&self) -> String {
        let response = self.client.post(self.api("/sessions")).json(&json!({})).send().await.unwrap();
        assert_eq!(response.status(), 201);
        response.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned()
    }

    /// Says something in a session and waits for its job.
    pub async fn say(&self, session: &str, text: &str, images: &[&str]) -> Value {
        self.post(&format!("/sessions/{session}/messages?wait=true"), &json!({ "text": text, "images": images })).await
    }

    pub async fn get(&self, path: &str) -> Value {
        let response = self.client.get(self.api(path)).send().await.unwrap();
        assert!(response.status().is_success(), "GET {path}: {}", response.text().await.unwrap());
        response.json().await.unwrap()
    }

    pub async fn post(&self, path: &str, body: &Value) -> Value {
        let response = self.client.post(self.api(path)).json(body).send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status.is_success(), "POST {path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    pub async fn bytes(&self, path: &str) -> Vec<u8> {
        let response = self.client.get(format!("{}{path}", self.url)).send().await.unwrap();
        assert!(response.status().is_success(), "GET {path}: {}", response.status());
        response.bytes().await.unwrap().to_vec()
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The error's code; the response must be the envelope, with a sentence and a request id.
pub async fn error_code(response: reqwest::Response) -> (u16, String) {
    let status = response.status().as_u16();
    assert!(response.headers().contains_key("x-request-id"));
    let body: Value = response.json().await.expect("errors are JSON");
    let error = &body["error"];
    assert!(!error["message"].as_str().unwrap().is_empty() && error["request_id"].as_str().unwrap().starts_with("req_"), "{body}");
    (status, error["code"].as_str().unwrap().to_owned())
}
