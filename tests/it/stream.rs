//! Server-sent events: what the socket tells, over plain HTTP, read by a client that knows nothing but bytes.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::app::TestApp;

/// A connection: the response's head, then its body without the chunks' frames.
struct Stream {
    reader: BufReader<TcpStream>,
    head: String,
    text: String,
}

/// One event as it stands on the wire.
#[derive(Debug)]
struct Told {
    id: Option<i64>,
    data: Value,
}

impl Stream {
    async fn open(app: &TestApp, path: &str, headers: &str) -> Stream {
        let host = app.url.trim_start_matches("http://");
        let mut socket = TcpStream::connect(host).await.unwrap();
        let request = format!("GET /api/v1{path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\n{headers}\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut reader = BufReader::new(socket);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(reader.read_line(&mut head).await.unwrap() > 0, "{head}");
        }
        Stream { reader, head: head.to_ascii_lowercase(), text: String::new() }
    }

    /// The next chunk; false at the end.
    async fn chunk(&mut self) -> bool {
        let read = async {
            let mut size = String::new();
            if self.reader.read_line(&mut size).await.unwrap() == 0 {
                return false;
            }
            let size = usize::from_str_radix(size.trim(), 16).unwrap();
            let mut bytes = vec![0; size + 2];
            self.reader.read_exact(&mut bytes).await.unwrap();
            self.text.push_str(std::str::from_utf8(&bytes[..size]).unwrap());
            size > 0
        };
        tokio::time::timeout(Duration::from_secs(120), read).await.expect("something comes")
    }

    async fn next(&mut self) -> Option<Told> {
        loop {
            while let Some(end) = self.text.find("\n\n") {
                let block: String = self.text.drain(..end + 2).collect();
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
                if let Some(data) = field("data:") {
                    let id = field("id:").map(|id| id.parse().unwrap());
                    return Some(Told { id, data: serde_json::from_str(data).unwrap() });
                }
            }
            if !self.chunk().await {
                return None;
            }
        }
    }

    async fn until(&mut self, kind: &str) -> Vec<Told> {
        let mut told = vec![];
        loop {
            let event = self.next().await.expect("the stream goes on");
            let last = event.data["type"] == kind;
            told.push(event);
            if last {
                return told;
            }
        }
    }
}

fn photo(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/photos/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

async fn upload(app: &TestApp, name: &str) -> String {
    app.upload(name, photo(name)).await["id"].as_str().unwrap().to_owned()
}

fn numbers(told: &[Told]) -> Vec<i64> {
    told.iter().filter_map(|t| t.id).collect()
}

#[tokio::test]
async fn stored_events_have_their_numbers_and_are_replayed_from_the_last_one_known() {
    let app = TestApp::start().await;
    let session = app.session().await;
    let path = format!("/sessions/{session}/events");
    let mut live = Stream::open(&app, &path, "").await;
    for header in [
        "http/1.1 200",
        "content-type: text/event-stream",
        "cache-control: no-cache",
        "x-accel-buffering: no",
        "x-content-type-options: nosniff",
    ] {
        assert!(live.head.contains(header), "{header} in {}", live.head);
    }
    assert!(!live.head.contains("content-encoding"), "a compressor would keep events back: {}", live.head);
    let image = upload(&app, "coffee.png").await;
    app.say(&session, "裁成1:1", &[&image]).await;
    let told = live.until("job.succeeded").await;
    let seen = numbers(&told);
    assert_eq!(seen, (1..=seen.len() as i64).collect::<Vec<_>>(), "no gap, no double");
    for event in &told {
        match event.data.get("transient") {
            Some(_) => assert_eq!(event.id, None, "what is not replayed has no number"),
            None => assert_eq!(event.id, event.data["seq"].as_i64(), "{event:?}"),
        }
    }
    let kinds: Vec<&str> = told.iter().map(|t| t.data["type"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"version.created") && kinds.contains(&"message.created"), "{kinds:?}");

    // A reader that was cut off says what it saw last; that goes before what its address says.
    let mut again = Stream::open(&app, &format!("{path}?after=0"), "Last-Event-ID: 4\r\n").await;
    assert_eq!(numbers(&again.until("job.succeeded").await), seen[4..]);
    let mut after = Stream::open(&app, &format!("{path}?after=2"), "").await;
    assert_eq!(numbers(&after.until("job.succeeded").await), seen[2..]);
    let mut odd = Stream::open(&app, &path, "Last-Event-ID: nonsense\r\n").await;
    assert_eq!(numbers(&odd.until("job.succeeded").await), seen);

    // A deletion is told to every reader, and a replay goes on over what is gone.
    let deleted = app.client.delete(app.api(&format!("/sessions/{session}/versions/2"))).send().await.unwrap();
    assert_eq!(deleted.status(), 200);
    for reader in [&mut live, &mut again] {
        let told = reader.until("versions.deleted").await.pop().unwrap();
        assert_eq!((&told.data["numbers"], &told.data["current"]), (&json!([2]), &json!(1)));
        let updated = reader.until("session.updated").await.pop().unwrap();
        assert_eq!(updated.data["session"]["current"], 1);
    }
    let mut replay = Stream::open(&app, &path, "").await;
    let told = replay.until("versions.deleted").await;
    assert!(told.iter().all(|t| t.data["type"] != "version.created" || t.data["number"] == 1), "what is gone is not announced any more");
    // The end of the conversation is the end of the stream.
    app.client.delete(app.api(&format!("/sessions/{session}"))).send().await.unwrap();
    while live.next().await.is_some() {}
}

#[tokio::test]
async fn a_preview_brings_its_picture_along() {
    let app = TestApp::start().await;
    let session = app.session().await;
    let mut live = Stream::open(&app, &format!("/sessions/{session}/events?after=0"), "").await;
    let image = upload(&app, "coffee.png").await;
    let plan =
        json!({ "version": 1, "steps": [{ "op": "erase", "params": { "target": { "kind": "region", "box": [200, 100, 200, 200] } } }] });
    app.post(&format!("/sessions/{session}/messages"), &json!({ "plan": plan, "images": [image] })).await;
    let told = live.until("job.succeeded").await;
    let previews: Vec<&Told> = told.iter().filter(|t| t.data["type"] == "step.preview").collect();
    assert!(!previews.is_empty(), "{told:?}");
    for preview in previews {
        let (mime, data) = (preview.data["mime"].as_str().unwrap(), preview.data["data"].as_str().unwrap());
        let bytes = data.strip_prefix(&format!("data:{mime};base64,")).unwrap();
        let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, bytes).unwrap();
        let picture = portico::imaging::decode(&bytes, &portico::imaging::Limits::default()).unwrap().picture;
        assert_eq!(u64::from(picture.width()), preview.data["width"].as_u64().unwrap());
        assert!(preview.id.is_none() && preview.data["transient"] == true && bytes.len() <= 30_000);
    }
}

#[tokio::test]
async fn a_silent_conversation_is_kept_open_by_comments() {
    let app = TestApp::start().await;
    let session = app.session().await;
    let mut idle = Stream::open(&app, &format!("/sessions/{session}/events"), "").await;
    while !idle.text.contains(": ping\n") {
        assert!(idle.chunk().await, "{}", idle.text);
    }
    assert!(!idle.text.contains("data:"), "{}", idle.text);
}

#[tokio::test]
async fn strangers_get_no_events() {
    let app = TestApp::start().await;
    let session = app.session().await;
    let path = format!("/sessions/{session}/events");
    for (path, headers, status) in [
        (path.as_str(), "Origin: http://evil.example\r\n", "403"),
        (path.as_str(), "X-Forwarded-For: 1.2.3.4\r\n", "403"),
        ("/sessions/ses_unknown/events", "", "404"),
    ] {
        let refused = Stream::open(&app, path, headers).await;
        assert!(refused.head.starts_with(&format!("http/1.1 {status}")), "{headers}: {}", refused.head);
    }
}
