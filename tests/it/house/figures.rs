//! What an operator's Prometheus finds, and what it does not.

use serde_json::json;

use super::{Served, folder, picture, portico};

#[tokio::test]
async fn figures_say_how_the_server_does_and_nothing_of_who_or_what() {
    let (_home, data) = folder();
    let server = Served::with(
        &data,
        |command| {
            command.env("PORTICO_METRICS", "127.0.0.1:0");
        },
        1,
    );
    let address = server.said[0].strip_prefix("figures on ").unwrap().to_owned();
    let session = server.conversation(picture(1), &["crop to 1:1", "rotate 90 degrees"]).await;
    let failing = json!({"plan": {"version": 1, "steps": [{"op": "crop", "params": {"x": 5000, "y": 5000, "width": 9, "height": 9}}]}});
    let failed = server.client.post(server.api(&format!("/sessions/{session}/messages?wait=true"))).json(&failing).send().await.unwrap();
    let failed = failed.text().await.unwrap();
    server.client.get(server.api("/sessions/ses_nothing")).send().await.unwrap();
    let socket = server.url.replace("http://", "ws://");
    let (socket, _) = tokio_tungstenite::connect_async(format!("{socket}/api/v1/sessions/{session}/ws")).await.unwrap();
    let events = server.client.get(server.api(&format!("/sessions/{session}/events"))).send().await.unwrap();
    let text = server.client.get(&address).send().await.unwrap().text().await.unwrap();
    drop((socket, events));

    let value = |series: &str| -> f64 {
        let line = text.lines().find(|line| line.starts_with(series)).unwrap_or_else(|| panic!("{series} is missing: {text}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    assert!(value("portico_jobs_total{lane=\"interactive\",kind=\"chat\",state=\"succeeded\"}") >= 2.0, "{failed}");
    assert_eq!(value("portico_job_wait_seconds_count{operation=\"rotate\"}"), 1.0);
    assert_eq!(value("portico_step_run_seconds_count{operation=\"crop\"}"), 1.0);
    assert_eq!(value("portico_streams_open{kind=\"ws\"}"), 1.0);
    assert_eq!(value("portico_streams_open{kind=\"sse\"}"), 1.0);
    assert_eq!(value("portico_http_requests_total{route=\"/api/v1/images\",method=\"POST\",status=\"201\"}"), 1.0);
    assert_eq!(value("portico_http_requests_total{route=\"/api/v1/sessions/{id}\",method=\"GET\",status=\"404\"}"), 1.0);
    assert_eq!(value("portico_sessions"), 1.0);
    assert!(value("portico_images") >= 3.0 && value("portico_blob_bytes") > 100.0 && value("portico_database_bytes") > 4096.0);
    assert_eq!(value("portico_jobs_queued{lane=\"batch\"}"), 0.0);
    if cfg!(target_os = "linux") {
        assert!(value("portico_process_resident_memory_bytes") > 1e6 && value("portico_process_threads") >= 2.0);
        assert!(value("portico_process_open_fds") > 3.0);
    }
    for secret in [session.as_str(), "photo.png", "crop to", "ses_", "img_", "usr_", "req_"] {
        assert!(!text.contains(secret), "{secret} is in the figures");
    }
    let documented = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/OPERATIONS.md")).unwrap();
    for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let name = line.split(' ').next().unwrap();
        assert!(documented.contains(&format!("`{name}")), "{name} is not in docs/OPERATIONS.md");
    }
    let elsewhere = server.client.get(format!("{}/metrics", server.url)).send().await.unwrap();
    assert_eq!(elsewhere.status(), 404, "the page's address has no figures");
}

#[tokio::test]
async fn without_the_setting_nobody_listens() {
    let (_home, data) = folder();
    let server = Served::start(&data);
    let sockets = std::fs::read_to_string(format!("/proc/{}/net/tcp", server.pid())).unwrap_or_default();
    let inodes: Vec<String> = std::fs::read_dir(format!("/proc/{}/fd", server.pid()))
        .into_iter()
        .flatten()
        .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
        .filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let listening = sockets.lines().filter(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        fields.get(3) == Some(&"0A") && fields.get(9).is_some_and(|inode| inodes.iter().any(|own| own == inode))
    });
    assert!(!cfg!(target_os = "linux") || listening.count() == 1);
}

#[test]
fn a_supervisor_is_told_whether_the_server_can_work() {
    let (_home, data) = folder();
    let server = Served::start(&data);
    let port = server.url.rsplit(':').next().unwrap().to_owned();
    let ask = || portico().args(["health", "--port", &port]).output().unwrap();
    let well = ask();
    assert!(well.status.success(), "{}", String::from_utf8_lossy(&well.stderr));
    server.stop();
    let gone = ask();
    assert_eq!(gone.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&gone.stderr).contains("no answer"));
}
