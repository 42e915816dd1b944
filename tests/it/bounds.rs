//! What one account, and all of them together, may take: space, live connections, memory for uploads.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio_tungstenite::tungstenite;

use crate::accounts::{Person, noise, with_accounts};
use crate::app::{TestApp, error_code};
use crate::process::{LIVE, Server, command};

/// What of somebody's space is used, and how many files the server keeps.
async fn kept(app: &TestApp, person: &Person<'_>) -> (u64, usize) {
    let folders = std::fs::read_dir(app.app.store.folder().join("blobs")).unwrap().flatten();
    let files = |folder: std::fs::DirEntry| std::fs::read_dir(folder.path()).map_or(0, |files| files.flatten().count());
    (person.get("/me").await["usage"]["storage_bytes"].as_u64().unwrap(), folders.map(files).sum())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn uploads_that_come_at_once_never_take_more_than_the_space() {
    let one = noise(70, 92).len() as u64;
    let app = with_accounts(|c| c.limits.storage_bytes = one * 5 / 2).await;
    let ann = Person::owner(&app).await;
    let answers = (0..12).map(|n| ann.upload(noise(70, 80 + n)));
    let answers = join_all(answers).await;
    let stored = answers.iter().filter(|a| a.status() == 201).count();
    assert_eq!(stored, 2, "as many as fit, no more");
    for refused in answers.into_iter().filter(|a| a.status() != 201) {
        assert_eq!(error_code(refused).await, (507, "quota_exceeded".to_owned()));
    }
    let (used, files) = kept(&app, &ann).await;
    assert!(used <= one * 5 / 2 && files == 2, "{used} bytes in {files} files");
}

#[tokio::test]
async fn of_a_request_with_several_pictures_all_fit_or_none_is_kept() {
    let app = with_accounts(|c| c.limits.storage_bytes = 40_000).await;
    let ann = Person::owner(&app).await;
    let session = ann.post("/sessions", json!({})).await["id"].as_str().unwrap().to_owned();
    let part = |n: u32| reqwest::multipart::Part::bytes(noise(70, 80 + n)).file_name(format!("{n}.png"));
    let three = |form: reqwest::multipart::Form, name: &'static str| (0..3).fold(form, |form, n| form.part(name, part(n)));
    let form = reqwest::multipart::Form::new;
    for (path, form) in [
        (format!("/sessions/{session}/messages"), three(form().text("text", "旋转90度"), "image")),
        ("/batches".to_owned(), three(form().text("instruction", "旋转90度"), "image")),
        ("/batches".to_owned(), form().text("instruction", "旋转90度").part("zip", zip_of_noise(3))),
    ] {
        let refused = ann.request(Method::POST, &app.api(&path)).multipart(form).send().await.unwrap();
        assert_eq!(error_code(refused).await, (507, "quota_exceeded".to_owned()), "{path}");
        assert_eq!(kept(&app, &ann).await, (0, 0), "{path}: neither rows nor files");
    }
    assert_eq!(ann.get("/batches").await["batches"], json!([]));
    assert_eq!(ann.get(&format!("/sessions/{session}/messages")).await["messages"], json!([]));
}

fn zip_of_noise(count: u32) -> reqwest::multipart::Part {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(vec![]));
    for n in 0..count {
        zip.start_file(format!("{n}.png"), zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, &noise(70, 80 + n)).unwrap();
    }
    reqwest::multipart::Part::bytes(zip.finish().unwrap().into_inner()).file_name("noise.zip")
}

/// An event stream of a conversation; it is open while its response is kept.
async fn listen(person: &Person<'_>, session: &str) -> reqwest::Response {
    person.request(Method::GET, &person.app.api(&format!("/sessions/{session}/events"))).send().await.unwrap()
}

/// Status and code of the answer to a socket that is asked for; `None` where it opens.
async fn refused_socket(person: &Person<'_>, session: &str) -> Option<(u16, String)> {
    let url = person.app.api(&format!("/sessions/{session}/ws?after=0"));
    let headers = person.request(Method::GET, &url).build().unwrap().headers().clone();
    let mut request = tungstenite::client::IntoClientRequest::into_client_request(url.replace("http:", "ws:")).unwrap();
    request.headers_mut().extend(headers);
    match tokio_tungstenite::connect_async(request).await {
        Ok(_) => None,
        Err(tungstenite::Error::Http(response)) => {
            assert!(response.headers().contains_key("retry-after"));
            let body: Value = serde_json::from_slice(response.body().as_deref().unwrap()).unwrap();
            Some((response.status().as_u16(), body["error"]["code"].as_str().unwrap().to_owned()))
        }
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn one_account_has_so_many_live_connections_and_a_closed_one_makes_room() {
    let app = with_accounts(|c| c.limits.streams_at_once = 2).await;
    let ann = Person::owner(&app).await;
    let bob = ann.invites("bob", "member").await;
    let session = ann.post("/sessions", json!({})).await["id"].as_str().unwrap().to_owned();
    assert_eq!(ann.get("/me").await["limits"]["streams_at_once"], 2);
    let mut open = vec![listen(&ann, &session).await, listen(&ann, &session).await];
    assert!(open.iter().all(|stream| stream.status() == 200));
    let full = (429, "too_many_streams".to_owned());
    let third = listen(&ann, &session).await;
    assert!(third.headers().contains_key("retry-after"));
    assert_eq!(error_code(third).await, full);
    assert_eq!(refused_socket(&ann, &session).await, Some(full), "sockets and event streams count together");
    let own = bob.post("/sessions", json!({})).await["id"].as_str().unwrap().to_owned();
    assert_eq!(refused_socket(&bob, &own).await, None, "another account has its own");
    open.pop();
    let deadline = Instant::now() + LIVE;
    while let Some(refused) = refused_socket(&ann, &session).await {
        assert!(Instant::now() < deadline, "{refused:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_pictures_as_json_at_once_stay_within_the_memory_for_uploads() {
    const LENGTH: usize = 12_000_000;
    const AT_ONCE: usize = 16;
    let data = tempfile::tempdir().unwrap();
    let server = Server::run(command(data.path()).env("PORTICO_BODY_MEMORY_BYTES", "48000000"));
    let small = |n: usize| server.client.post(server.api("/images")).json(&json!({ "image": "A".repeat(n) })).send();
    assert_eq!(small(400).await.unwrap().status(), 415, "no picture");
    let before = server.resident();
    let body = format!("{{\"image\":\"{}\"}}", "A".repeat(LENGTH));
    let sends = (0..AT_ONCE).map(|_| {
        let request = server.client.post(server.api("/images")).header("content-type", "application/json").body(body.clone());
        async move {
            let response = request.send().await.unwrap();
            match response.status().as_u16() {
                503 => assert!(response.headers().contains_key("retry-after")),
                status => assert_eq!(status, 415),
            }
        }
    });
    join_all(sends).await;
    let rise = server.peak().saturating_sub(before) / 1_000_000;
    // All at once they are 192 MB as they came and as much again while they are taken apart.
    assert!(rise < 170, "{rise} MB for {AT_ONCE} bodies of 12 MB");
}

#[tokio::test]
async fn whoever_holds_the_memory_for_uploads_holds_up_other_uploads_for_a_moment_and_nothing_else() {
    let app = TestApp::with(|config| config.server.body_memory_bytes = 1_000_000).await;
    let host = app.url.trim_start_matches("http://");
    let mut slow = tokio::net::TcpStream::connect(host).await.unwrap();
    let head =
        format!("POST /api/v1/images HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: 900000\r\n\r\n{{");
    slow.write_all(head.as_bytes()).await.unwrap();
    let upload = || app.client.post(app.api("/images")).json(&json!({ "image": "A".repeat(200_000) })).send();
    // Until the slow one has been seen, others go through.
    let deadline = Instant::now() + LIVE;
    let refused = loop {
        let response = upload().await.unwrap();
        if response.status() == 503 {
            break response;
        }
        assert!(Instant::now() < deadline, "{}", response.status());
    };
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(error_code(refused).await, (503, "uploads_busy".to_owned()));
    let session = app.session().await;
    app.post(&format!("/sessions/{session}/messages"), &json!({ "text": "hello" })).await;
    drop(slow);
    let deadline = Instant::now() + LIVE;
    while upload().await.unwrap().status() == 503 {
        assert!(Instant::now() < deadline, "its room is free again");
    }
}
