//! The configurations for nginx and Caddy in deploy/, with the real programs in front: signing in, large uploads, sockets, event streams, archives.
//! Skipped loudly where a program is missing.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::{Served, folder, json_of, picture, portico};
use crate::kit;

struct Proxy(Child);

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn have(program: &str, test: &str) -> bool {
    let here =
        Command::new(program).arg(if program == "nginx" { "-v" } else { "version" }).stderr(Stdio::null()).stdout(Stdio::null()).status();
    let here = here.is_ok_and(|status| status.success());
    if !here {
        eprintln!("SKIPPED {test}: there is no {program}");
    }
    here
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn deployed(name: &str) -> String {
    std::fs::read_to_string(format!("{}/deploy/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// One replacement that must have something to replace.
fn instead(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "`{from}` is not in the configuration");
    text.replace(from, to)
}

/// deploy/nginx.conf with another port and without what needs a certificate.
fn nginx(home: &Path, server: &str, (port, base): (u16, &str)) -> Proxy {
    let text = deployed("nginx.conf");
    let (before, rest) = text.split_once("server {\n    listen 80;").expect("the redirection to https");
    let (_, after) = rest.split_once("\n}\n").unwrap();
    let text = instead(&format!("{before}{after}"), "listen 443 ssl http2;", &format!("listen 127.0.0.1:{port};"));
    let text: String = text.lines().filter(|line| !line.trim_start().starts_with("ssl_")).map(|line| format!("{line}\n")).collect();
    let text = instead(&text, "server 127.0.0.1:7878;", &format!("server {server};"));
    let text = instead(&text, "location / {", &format!("location {base}/ {{"));
    let root = home.display();
    let whole = format!(
        "daemon off;\nmaster_process off;\npid {root}/nginx.pid;\nerror_log {root}/nginx.log;\nevents {{}}\nhttp {{\n\
         client_body_temp_path {root}/body;\nproxy_temp_path {root}/proxy;\nfastcgi_temp_path {root}/f;\nuwsgi_temp_path {root}/u;\nscgi_temp_path {root}/s;\n{text}}}\n"
    );
    let file = home.join("nginx.conf");
    std::fs::write(&file, whole).unwrap();
    let mut command = Command::new("nginx");
    command.arg("-p").arg(home).arg("-e").arg(home.join("nginx.log")).arg("-c").arg(&file);
    Proxy(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
}

/// deploy/Caddyfile on plain http.
fn caddy(home: &Path, server: &str, port: u16) -> Proxy {
    let text = instead(&deployed("Caddyfile"), "\npictures.example {", &format!("\nhttp://127.0.0.1:{port} {{"));
    let text = instead(&text, "127.0.0.1:7878", server);
    let file = home.join("Caddyfile");
    std::fs::write(&file, format!("{{\n\tadmin off\n\tauto_https off\n}}\n{text}")).unwrap();
    let mut command = Command::new("caddy");
    command.args(["run", "--adapter", "caddyfile", "--config"]).arg(&file);
    command.env("HOME", home).env("XDG_DATA_HOME", home).env("XDG_CONFIG_HOME", home);
    Proxy(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
}

/// Noise of about 12 MB: more than any proxy lets through by itself.
fn large() -> Vec<u8> {
    let mut state = 7u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let pixels: Vec<[u8; 3]> = (0..2000 * 2000).map(|_| [noise(), noise(), noise()]).collect();
    kit::Png::rgb(&kit::Rgb { width: 2000, height: 2000, pixels }).bytes()
}

/// A server with an account, its address without the scheme, and the session's cookie when signed in through the proxy.
fn with_account(data: &Path, (port, base): (u16, &str)) -> Served {
    Served::start(data).stop();
    let mut add = portico();
    add.args(["users", "add", "keeper", "--owner", "--password-stdin", "--data"]).arg(data).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut add = add.spawn().unwrap();
    std::io::Write::write_all(&mut add.stdin.take().unwrap(), b"a good long password\n").unwrap();
    assert!(add.wait().unwrap().success());
    let settings = |command: &mut Command| {
        command.env("PORTICO_PUBLIC_URL", format!("http://127.0.0.1:{port}{base}")).env("PORTICO_TRUSTED_PROXIES", "127.0.0.1/32");
    };
    Served::with(data, settings, 0)
}

/// `proxy`: host, port and base path.
async fn use_through(proxy: &str, client: &reqwest::Client) {
    let api = |path: &str| format!("http://{proxy}/api/v1{path}");
    let origin = format!("http://{}", proxy.split('/').next().unwrap());
    let deadline = Instant::now() + Duration::from_secs(30);
    while client.get(format!("http://{proxy}/healthz")).send().await.map_or(true, |r| r.status() != 200) {
        assert!(Instant::now() < deadline, "the proxy does not answer");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(client.get(api("/sessions")).send().await.unwrap().status(), 401);
    let login = client.post(api("/login")).json(&json!({"name": "keeper", "password": "a good long password"})).send().await.unwrap();
    assert_eq!(login.status(), 200);
    let cookie = login.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let signed = |request: reqwest::RequestBuilder| request.header("cookie", &cookie).header("origin", &origin);

    let session = json_of(signed(client.post(api("/sessions"))).json(&json!({}))).await["id"].as_str().unwrap().to_owned();
    let form = Form::new().part("image", Part::bytes(large()).file_name("large.png"));
    let image = json_of(signed(client.post(api("/images"))).multipart(form)).await;
    assert_eq!(image["width"], 2000, "{image}");

    let mut request = tokio_tungstenite::tungstenite::client::IntoClientRequest::into_client_request(format!(
        "ws://{proxy}/api/v1/sessions/{session}/ws"
    ))
    .unwrap();
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    request.headers_mut().insert("origin", origin.parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let mut events = signed(client.get(api(&format!("/sessions/{session}/events")))).send().await.unwrap().bytes_stream();

    let form = Form::new().part("image", Part::bytes(picture(5)).file_name("small.png"));
    let small = json_of(signed(client.post(api("/images"))).multipart(form)).await["id"].clone();
    let say = json!({"text": "crop to 1:1", "images": [small]});
    let answer = json_of(signed(client.post(api(&format!("/sessions/{session}/messages?wait=true")))).json(&say)).await;
    assert_eq!(answer["job"]["state"], "succeeded", "{answer}");
    // What happened arrives while both connections stay open: nothing on the way waits for their end.
    let patience = Duration::from_secs(30);
    let mut seen = String::new();
    while !seen.contains("job.succeeded") {
        let frame = tokio::time::timeout(patience, socket.next()).await.expect("the socket is silent").unwrap().unwrap();
        seen.push_str(frame.to_text().unwrap_or(""));
    }
    let mut told = String::new();
    while !told.contains("job.succeeded") {
        let chunk = tokio::time::timeout(patience, events.next()).await.expect("the event stream is silent").unwrap().unwrap();
        told.push_str(&String::from_utf8_lossy(&chunk));
    }
    let archive = signed(client.get(api(&format!("/sessions/{session}/export")))).send().await.unwrap();
    assert_eq!(archive.status(), 200);
    assert!(zip::ZipArchive::new(std::io::Cursor::new(archive.bytes().await.unwrap())).unwrap().len() > 2);
    let logins: Value = json_of(signed(client.get(api("/logins")))).await;
    assert_eq!(logins.as_array().map(Vec::len), Some(1), "{logins}");
}

#[tokio::test]
async fn behind_nginx_as_configured_everything_works_at_the_root_and_below_a_path() {
    if !have("nginx", "behind_nginx_as_configured_everything_works_at_the_root_and_below_a_path") {
        return;
    }
    for base in ["", "/portico"] {
        let (home, data) = folder();
        let port = free_port();
        let server = with_account(&data, (port, base));
        let _proxy = nginx(home.path(), server.url.strip_prefix("http://").unwrap(), (port, base));
        use_through(&format!("127.0.0.1:{port}{base}"), &server.client).await;
        assert_eq!(std::fs::read_dir(home.path().join("body")).map_or(0, Iterator::count), 0, "a picture was left with the proxy");
    }
}

#[tokio::test]
async fn behind_caddy_as_configured_everything_works() {
    if !have("caddy", "behind_caddy_as_configured_everything_works") {
        return;
    }
    let (home, data) = folder();
    let port = free_port();
    let server = with_account(&data, (port, ""));
    let _proxy = caddy(home.path(), server.url.strip_prefix("http://").unwrap(), port);
    use_through(&format!("127.0.0.1:{port}"), &server.client).await;
}
