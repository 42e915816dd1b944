//! Accounts from the command line, beside a running server; and a server that does not open up by accident.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};

use crate::app::models_dir;

fn portico(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portico"));
    command.env("PORTICO_MODELS", models_dir()).env("PORTICO_DATA", data).env_remove("PORTICO_ACCOUNTS");
    command
}

fn run(data: &Path, args: &[&str], input: &str) -> Output {
    let mut child = portico(data).args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// What a command that succeeds says.
fn said(data: &Path, args: &[&str]) -> String {
    let output = run(data, args, "");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn refusal(data: &Path, args: &[&str]) -> String {
    let output = run(data, args, "");
    assert!(!output.status.success(), "{args:?}");
    String::from_utf8(output.stderr).unwrap()
}

struct Server {
    child: Child,
    url: String,
    /// What it printed after its address.
    lines: Vec<String>,
}

impl Server {
    fn start(data: &Path, args: &[&str], lines: usize) -> Server {
        let mut child =
            portico(data).args(["serve", "--port", "0"]).args(args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut printed = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = printed.next().unwrap().unwrap();
        let url = first.strip_prefix("listening on ").unwrap().to_owned();
        let lines = printed.by_ref().take(lines).map(Result::unwrap).collect();
        Server { child, url, lines }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn without_accounts_the_network_is_refused_and_the_message_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let said = refusal(folder.path(), &["serve", "--port", "0", "--bind", "0.0.0.0"]);
    assert!(said.contains("server.bind") && said.contains("--accounts"), "{said}");
    // A folder that has accounts asks for a sign-in without being told to.
    let added = run(folder.path(), &["users", "add", "ann", "--password-stdin"], "correct horse\n");
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    let server = Server::start(folder.path(), &["--bind", "0.0.0.0"], 1);
    assert!(server.lines[0].starts_with("data in "), "{:?}", server.lines);
}

#[tokio::test]
async fn accounts_and_keys_are_looked_after_beside_the_running_server() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let server = Server::start(data, &["--accounts"], 2);
    let token = server.lines[1].split_once("/welcome#").expect("the set-up link").1.to_owned();
    assert!(server.lines[1].starts_with(&format!("set up the first account: {}/welcome#", server.url)), "{:?}", server.lines);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let api = format!("{}/api/v1", server.url);
    let body = json!({ "token": token, "name": "ann", "password": "correct horse" });
    assert_eq!(client.post(format!("{api}/welcome")).json(&body).send().await.unwrap().status(), 200);

    let added = run(data, &["users", "add", "bob", "--password-stdin"], "battery staple\n");
    assert_eq!(String::from_utf8(added.stdout).unwrap(), "bob can sign in (member)\n");
    let short = run(data, &["users", "add", "eve", "--password-stdin"], "short\n");
    assert!(String::from_utf8(short.stderr).unwrap().contains("8 characters"));
    let listed = said(data, &["users", "list"]);
    assert!(listed.contains("ann") && listed.contains("owner") && listed.contains("bob"), "{listed}");
    let login = json!({ "name": "bob", "password": "battery staple" });
    assert_eq!(client.post(format!("{api}/login")).json(&login).send().await.unwrap().status(), 200);

    let key = said(data, &["keys", "add", "bob", "nightly import", "--scope", "edit,batch"]).trim().to_owned();
    assert!(key.starts_with("ptc_"), "{key}");
    let status = async || client.get(format!("{api}/me")).bearer_auth(&key).send().await.unwrap().status().as_u16();
    assert_eq!(status().await, 200);
    assert!(said(data, &["keys", "list", "bob"]).contains("nightly import"));
    assert!(refusal(data, &["keys", "add", "bob", "x", "--scope", "admin"]).contains("owner"));
    assert!(refusal(data, &["keys", "revoke", "bob", "ptc_nothing"]).contains("0 keys"));
    said(data, &["users", "disable", "bob"]);
    assert_eq!(status().await, 401);
    said(data, &["users", "enable", "bob"]);
    assert_eq!(status().await, 200);
    said(data, &["keys", "revoke", "bob", &key[..8]]);
    assert_eq!(status().await, 401);

    let link = said(data, &["users", "invite"]);
    let token = link.lines().next().unwrap().split_once("/welcome#").unwrap().1.to_owned();
    let look: Value =
        client.post(format!("{api}/welcome/look")).json(&json!({ "token": token })).send().await.unwrap().json().await.unwrap();
    assert_eq!(look, json!({ "kind": "invite", "role": "member" }));
    assert!(refusal(data, &["users", "remove", "bob"]).contains("--yes"));
    assert!(refusal(data, &["users", "remove", "ann", "--yes"]).contains("owner"), "the last owner stays while there are others");
    said(data, &["users", "remove", "bob", "--yes"]);
    assert!(!said(data, &["users", "list"]).contains("bob"));
    assert!(refusal(data, &["users", "reset", "nobody"]).contains("nobody"));
    // The very last account can be removed here, by whoever has the machine anyway, and not over the network.
    let signed: Value = {
        let login = json!({ "name": "ann", "password": "correct horse" });
        let response = client.post(format!("{api}/login")).json(&login).send().await.unwrap();
        let cookie = response.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let id = response.json::<Value>().await.unwrap()["user"]["id"].as_str().unwrap().to_owned();
        client.delete(format!("{api}/users/{id}")).header("cookie", cookie).send().await.unwrap().json().await.unwrap()
    };
    assert_eq!(signed["error"]["code"], "last_owner");
    said(data, &["users", "remove", "ann", "--yes"]);
    assert!(said(data, &["users", "list"]).contains("no accounts"));
    let closed = client.get(format!("{api}/sessions")).send().await.unwrap();
    assert_eq!(closed.status(), 401, "a server that was asked for accounts stays closed");
}
