//! Nothing leaves this machine: a whole session works where there is no network at all, and where there is one, no socket goes beyond loopback.
//!
//! Both need tools of Linux (`unshare`, `ip`, `strace`) and are skipped loudly where those are missing or not permitted.

use std::process::Command;

use serde_json::{Value, json};

use crate::app::have_models;
use crate::house::{Served, folder, json_of};

const INSIDE: &str = "PORTICO_TEST_INSIDE";

fn photo() -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/photos/coffee.png")).unwrap()
}

/// What a user does in an afternoon: sends a picture, points at something, edits with and without models, exports, takes it all away.
async fn whole_session(server: &Served) {
    let models = have_models("the parts of the session that need models");
    let session = server.post("/sessions", &json!({})).await["id"].as_str().unwrap().to_owned();
    let image = server.upload("coffee.png", photo()).await;
    if models {
        let clicked = json!({"target": {"kind": "point", "points": [{"x": 300, "y": 200}]}});
        server.client.post(server.api(&format!("/images/{image}/mask"))).json(&clicked).send().await.unwrap();
    }
    let mut said = vec!["crop to 4:3", "brighter by 10%"];
    if models {
        said.extend(["cut it out", "upscale 2x"]);
    }
    said.push("export as jpeg");
    for (n, text) in said.iter().enumerate() {
        let images = if n == 0 { json!([image]) } else { json!([]) };
        let answer = server.post(&format!("/sessions/{session}/messages?wait=true"), &json!({"text": text, "images": images})).await;
        assert_eq!(answer["job"]["state"], "succeeded", "{text}: {answer}");
    }
    let socket = server.url.replace("http://", "ws://");
    let (mut socket, _) = tokio_tungstenite::connect_async(format!("{socket}/api/v1/sessions/{session}/ws")).await.unwrap();
    let first = futures_util::StreamExt::next(&mut socket).await.unwrap().unwrap();
    assert!(first.to_text().unwrap().contains("message.created"));
    for page in ["/", "/api/docs", "/static/js/main.js"] {
        assert!(server.client.get(format!("{}{page}", server.url)).send().await.unwrap().status().is_success(), "{page}");
    }
    let archive = server.client.get(server.api(&format!("/sessions/{session}/export"))).send().await.unwrap();
    assert_eq!(archive.status(), 200);
    let archive = archive.bytes().await.unwrap();
    let zip = zip::ZipArchive::new(std::io::Cursor::new(archive)).unwrap();
    assert!(zip.len() > said.len());
    let catalogue: Value = json_of(server.client.get(server.api("/models"))).await;
    assert!(catalogue.is_object() || catalogue.is_array());
}

/// Run by the test below, in a network namespace of its own.
#[tokio::test]
#[ignore = "run inside a network namespace by the test that makes one"]
async fn inside_a_namespace_without_routes() {
    assert!(std::env::var_os(INSIDE).is_some(), "this is only run by another test");
    let devices = std::fs::read_to_string("/proc/net/dev").unwrap();
    let devices: Vec<&str> = devices.lines().skip(2).filter_map(|line| line.split(':').next()).map(str::trim).collect();
    assert_eq!(devices, ["lo"], "there is nothing but loopback");
    assert_eq!(std::fs::read_to_string("/proc/net/route").unwrap().lines().count(), 1, "and no way to anywhere");
    let refused = std::net::TcpStream::connect_timeout(&"192.0.2.1:80".parse().unwrap(), std::time::Duration::from_secs(5));
    assert_eq!(refused.unwrap_err().kind(), std::io::ErrorKind::NetworkUnreachable);
    let (_home, data) = folder();
    whole_session(&Served::start(&data)).await;
    println!("the session was complete");
}

#[test]
fn a_whole_session_works_where_there_is_no_network() {
    let name = "a_whole_session_works_where_there_is_no_network";
    // As root; else with a user namespace, where those are permitted.
    let ways = [&["--net"][..], &["--net", "--map-root-user"]];
    let works = |way: &&&[&str]| {
        let tried = Command::new("unshare").args(**way).args(["ip", "link", "set", "lo", "up"]).output();
        tried.is_ok_and(|out| out.status.success())
    };
    let Some(way) = ways.iter().find(works) else {
        eprintln!("SKIPPED {name}: a network namespace is not permitted here, or `unshare` or `ip` is missing");
        return;
    };
    let this = std::env::current_exe().unwrap();
    let inside = "ip link set lo up && exec \"$0\" privacy::inside_a_namespace_without_routes --exact --ignored --nocapture";
    let out = Command::new("unshare").args(*way).args(["sh", "-c", inside]).arg(this).env(INSIDE, "1").output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success() && said.contains("the session was complete"), "{said}");
}

/// An address in strace's words that is not of this machine.
fn leaves(line: &str) -> bool {
    let v4 = line.contains("sa_family=AF_INET,").then(|| line.contains("inet_addr(\"127.") || line.contains("inet_addr(\"0.0.0.0\")"));
    let v6 = line.contains("sa_family=AF_INET6,").then(|| line.contains("\"::1\"") || line.contains("\"::ffff:127."));
    v4 == Some(false) || v6 == Some(false)
}

#[test]
fn the_trace_is_read_as_it_is_meant() {
    for line in [
        r#"connect(9, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("93.184.216.34")}, 16) = 0"#,
        r#"sendto(9, "x", 1, 0, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("10.0.0.2")}, 16) = 1"#,
        r#"connect(9, {sa_family=AF_INET6, sin6_port=htons(443), inet_pton(AF_INET6, "2606:2800::1", &sin6_addr)}, 28) = 0"#,
    ] {
        assert!(leaves(line), "{line}");
    }
    for line in [
        r#"bind(9, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("127.0.0.1")}, 16) = 0"#,
        r#"connect(9, {sa_family=AF_INET6, sin6_port=htons(80), inet_pton(AF_INET6, "::1", &sin6_addr)}, 28) = 0"#,
        r#"socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 9"#,
    ] {
        assert!(!leaves(line), "{line}");
    }
}

#[test]
fn an_edit_without_a_server_connects_to_nothing_and_leaves_nothing_but_its_result() {
    let name = "an_edit_without_a_server_connects_to_nothing_and_leaves_nothing_but_its_result";
    if !have_models(name) || !can_trace(name) {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let (own, out, trace) = (home.path().join("home"), home.path().join("out.png"), home.path().join("trace"));
    std::fs::create_dir(&own).unwrap();
    let photo = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/photos/coffee.png");
    let mut traced = Command::new("strace");
    traced.args(["-f", "-q", "-e", "trace=%network", "-e", "signal=none", "-o"]).arg(&trace).arg(env!("CARGO_BIN_EXE_portico"));
    traced.args(["edit", photo, "cut it out", "-o"]).arg(&out).env("PORTICO_MODELS", crate::app::models_dir());
    // Whoever asked for it elsewhere does not get it here.
    let done = traced.env("HOME", &own).env_remove("XDG_CACHE_HOME").env("ORT_DISABLE_TELEMETRY", "0").output().unwrap();
    assert!(done.status.success() && out.is_file(), "{}", String::from_utf8_lossy(&done.stderr));
    let trace = std::fs::read_to_string(&trace).unwrap();
    let connected: Vec<&str> = trace.lines().filter(|call| call.contains("connect(") || leaves(call)).collect();
    assert!(connected.is_empty(), "{connected:?}");
    let left: Vec<_> = std::fs::read_dir(&own).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.is_empty(), "something was left in the home folder: {left:?}");
}

fn can_trace(test: &str) -> bool {
    let works = Command::new("strace").args(["-D", "-f", "-e", "trace=%network", "-o", "/dev/null", "true"]).output();
    let works = works.is_ok_and(|out| out.status.success());
    if !works {
        eprintln!("SKIPPED {test}: `strace` is missing or may not trace here");
    }
    works
}

#[tokio::test]
async fn no_socket_of_the_server_or_its_children_leaves_loopback() {
    let name = "no_socket_of_the_server_or_its_children_leaves_loopback";
    if !can_trace(name) {
        return;
    }
    let (home, data) = folder();
    let trace = home.path().join("trace");
    let mut traced = Command::new("strace");
    traced.args(["-D", "-f", "-q", "-e", "trace=%network", "-e", "signal=none", "-o"]).arg(&trace);
    let server = Served::of(traced, &data, 0);
    whole_session(&server).await;
    server.stop();
    let trace = std::fs::read_to_string(&trace).unwrap();
    let calls: Vec<&str> = trace.lines().collect();
    assert!(calls.iter().any(|c| c.contains("bind(") && c.contains("127.0.0.1")), "the trace saw nothing");
    assert!(calls.iter().filter(|c| c.contains("accept")).count() > 5, "the trace saw no session");
    let gone: Vec<&&str> = calls.iter().filter(|c| leaves(c)).collect();
    assert!(gone.is_empty(), "these leave the machine: {gone:?}");
    // A name is looked up, if at all, over a socket that is connected first: nothing is connected but what visitors connected.
    let connected: Vec<&&str> = calls.iter().filter(|c| c.contains("connect(")).collect();
    assert!(connected.is_empty(), "the server connected somewhere: {connected:?}");
}
