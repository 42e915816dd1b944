//! The log leads from a request's id to what happened, and tells nothing that was said, shown or kept secret.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use super::{Served, folder, picture, portico};

fn lines(log: &str) -> Vec<Value> {
    log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"))).collect()
}

fn json_log(command: &mut std::process::Command) {
    command.env("PORTICO_LOG_FORMAT", "json");
}

#[tokio::test]
async fn a_failed_job_is_found_by_the_id_that_its_user_was_told_and_nothing_private_is_logged() {
    let (_home, data) = folder();
    let server = Served::with(&data, json_log, 0);
    let session = server.post("/sessions", &json!({"title": "Grandmother's birthday"})).await["id"].as_str().unwrap().to_owned();
    let image = server.upload("secret-holiday.png", picture(1)).await;
    let post = |body: Value| server.client.post(server.api(&format!("/sessions/{session}/messages?wait=true"))).json(&body).send();
    let first = post(json!({"text": "crop to 1:1", "images": [image]})).await.unwrap();
    assert!(first.status().is_success());
    // Nothing that a picture of 64 by 48 could do.
    let wanted = json!({"plan": {"version": 1, "steps": [{"op": "resize", "params": {"width": 60000, "height": 60000}}]}});
    let failed = post(wanted).await.unwrap();
    let request = failed.headers()["x-request-id"].to_str().unwrap().to_owned();
    let answer: Value = failed.json().await.unwrap();
    assert_eq!(answer["job"]["state"], "failed", "{answer}");
    server.client.get(server.api("/sessions?q=birthday")).send().await.unwrap();
    post(json!({"text": "把背景换成大海和月亮"})).await.unwrap();
    server.client.delete(server.api(&format!("/sessions/{session}"))).send().await.unwrap();
    let log = server.log();
    let found: Vec<Value> = lines(&log).into_iter().filter(|line| line["request_id"] == request.as_str()).collect();
    let failure = found.iter().find(|line| line["message"] == "a job failed").unwrap_or_else(|| panic!("{request} is not in {log}"));
    assert_eq!(failure["job"], answer["job"]["id"]);
    assert_eq!(answer["job"]["request_id"], request.as_str(), "whoever looks at the job later finds it too");
    assert_eq!(failure["code"], answer["job"]["error"]["code"]);
    for private in ["secret-holiday", "Grandmother", "birthday", "crop to", "大海", "月亮", "60000"] {
        assert!(!log.contains(private), "`{private}` is in the log: {log}");
    }
}

#[tokio::test]
async fn passwords_cookies_keys_and_links_are_not_logged() {
    let (_home, data) = folder();
    Served::start(&data).stop();
    let mut add = portico();
    add.args(["users", "add", "Marguerite", "--owner", "--password-stdin", "--data"]).arg(&data);
    let mut add = add.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    add.stdin.take().unwrap().write_all(b"correct horse battery\n").unwrap();
    assert!(add.wait().unwrap().success());
    let server = Served::with(&data, json_log, 0);
    let wrong = json!({"name": "Marguerite", "password": "wrong staple guess"});
    assert_eq!(server.client.post(server.api("/login")).json(&wrong).send().await.unwrap().status(), 401);
    let right = json!({"name": "Marguerite", "password": "correct horse battery"});
    let login = server.client.post(server.api("/login")).json(&right).send().await.unwrap();
    assert_eq!(login.status(), 200);
    let cookie = login.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let secret = cookie.split('=').nth(1).unwrap().to_owned();
    let with_cookie = |request: reqwest::RequestBuilder| request.header("cookie", &cookie);
    let key =
        with_cookie(server.client.post(server.api("/keys"))).json(&json!({"name": "laptop", "scopes": ["edit"]})).send().await.unwrap();
    let key: Value = key.json().await.unwrap();
    let key = key["key"].as_str().unwrap().to_owned();
    let invite = with_cookie(server.client.post(server.api("/invites"))).json(&json!({"role": "member"})).send().await.unwrap();
    let invite: Value = invite.json().await.unwrap();
    let token = invite["url"].as_str().unwrap().split('#').nth(1).unwrap().to_owned();
    for bearer in [key.clone(), format!("{key}x")] {
        server.client.get(server.api("/sessions")).bearer_auth(bearer).send().await.unwrap();
    }
    let log = server.log();
    for private in ["correct horse", "wrong staple", "Marguerite", "laptop", &secret, &key, &token] {
        assert!(!log.contains(private), "`{private}` is in the log: {log}");
    }
    lines(&log);
}
