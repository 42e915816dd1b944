//! Requests that are broken as HTTP, as forms, or as JSON.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::server::{Server, answered};
use crate::kit;

fn picture() -> Vec<u8> {
    kit::Png::rgb(&kit::marker(40, 30)).bytes()
}

async fn post(server: &Server, path: &str, kind: &str, body: Vec<u8>) -> (u16, String) {
    let what = format!("{path} {kind:.80} {:?}", String::from_utf8_lossy(&body[..body.len().min(80)]));
    answered(&what, server.client.post(server.api(path)).header("content-type", kind).body(body).send().await.unwrap()).await
}

fn part(head: &str, body: &[u8]) -> Vec<u8> {
    [format!("--x\r\n{head}\r\n\r\n").as_bytes(), body, b"\r\n"].concat()
}

fn image(name: &str) -> String {
    format!("Content-Disposition: form-data; name=\"image\"; filename=\"{name}\"\r\nContent-Type: image/png")
}

const WORDS: &str = "Content-Disposition: form-data; name=\"instruction\"";

fn forms() -> Vec<(&'static str, String, Vec<u8>)> {
    let good = [part(&image("a.png"), &picture()), part(WORDS, b"flip horizontally"), b"--x--\r\n".to_vec()].concat();
    let usual = || "multipart/form-data; boundary=x".to_owned();
    let many =
        |head: &dyn Fn(usize) -> String, n: usize| (0..n).flat_map(|i| part(&head(i), b"v")).chain(*b"--x--\r\n").collect::<Vec<u8>>();
    vec![
        ("no boundary", "multipart/form-data".into(), good.clone()),
        ("an empty boundary", "multipart/form-data; boundary=".into(), good.clone()),
        ("another boundary", "multipart/form-data; boundary=y".into(), good.clone()),
        ("a boundary of 10000", format!("multipart/form-data; boundary={}", "b".repeat(10_000)), good.clone()),
        ("a boundary in quotes that stay open", "multipart/form-data; boundary=\"x".into(), good.clone()),
        ("two boundaries", "multipart/form-data; boundary=y; boundary=x".into(), good.clone()),
        ("no end", usual(), good[..good.len() - 5].to_vec()),
        ("cut in a head", usual(), good[..30].to_vec()),
        ("cut in the picture", usual(), good[..200].to_vec()),
        ("nothing", usual(), vec![]),
        ("only an end", usual(), b"--x--\r\n".to_vec()),
        ("bytes before and behind", usual(), [vec![0xff; 5_000], b"\r\n".to_vec(), good.clone(), vec![0xff; 5_000]].concat()),
        ("10000 fields", usual(), many(&|i| format!("Content-Disposition: form-data; name=\"f{i}\""), 10_000)),
        ("10000 pictures", usual(), many(&|_| image("a.png"), 10_000)),
        ("10000 instructions", usual(), many(&|_| WORDS.to_owned(), 10_000)),
        ("two masks", usual(), many(&|_| "Content-Disposition: form-data; name=\"mask\"; filename=\"m\"".to_owned(), 2)),
        ("a head of 2 MB", usual(), [part(&format!("X: {}", "h".repeat(2_000_000)), b"v"), b"--x--".to_vec()].concat()),
        (
            "5000 heads in a part",
            usual(),
            [part(&(0..5_000).map(|i| format!("X{i}: 1")).collect::<Vec<_>>().join("\r\n"), b"v"), b"--x--".to_vec()].concat(),
        ),
        ("a part without a name", usual(), [part("Content-Disposition: form-data", b"v"), b"--x--".to_vec()].concat()),
        ("a part without heads", usual(), [part("", b"v"), b"--x--".to_vec()].concat()),
        (
            "a name of 1 MB",
            usual(),
            [part(&format!("Content-Disposition: form-data; name=\"{}\"", "n".repeat(1_000_000)), b"v"), b"--x--".to_vec()].concat(),
        ),
        ("words that are no text", usual(), [part(&image("a.png"), &picture()), part(WORDS, b"\xff\xfe"), b"--x--".to_vec()].concat()),
        (
            "a form in a form",
            usual(),
            [
                part(
                    "Content-Disposition: form-data; name=\"image\"\r\nContent-Type: multipart/mixed; boundary=y",
                    b"--y\r\n\r\na\r\n--y--",
                ),
                b"--x--".to_vec(),
            ]
            .concat(),
        ),
        ("line ends of one byte", usual(), good.iter().copied().filter(|&b| b != b'\r').collect()),
        (
            "a picture packed for the mail",
            usual(),
            [
                part("Content-Disposition: form-data; name=\"image\"\r\nContent-Transfer-Encoding: base64", b"iVBORw0KGgo="),
                b"--x--".to_vec(),
            ]
            .concat(),
        ),
        (
            "a name across lines",
            usual(),
            [part("Content-Disposition: form-data;\r\n name=\"image\"; filename=\"a\r\n.png\"", &picture()), b"--x--".to_vec()].concat(),
        ),
        ("a kind in capitals", "MULTIPART/FORM-DATA; BOUNDARY=x".into(), good.clone()),
        ("another kind", "text/plain".into(), good.clone()),
        ("a kind that is no text", "multipart/form-data; boundary=\u{e9}".into(), good),
    ]
}

#[tokio::test]
async fn a_form_that_is_broken_is_refused() {
    let mut server = Server::start();
    let before = server.resident();
    for path in ["/images", "/edit", "/run"] {
        for (what, kind, body) in forms() {
            let request = server.client.post(server.api(path)).header("content-type", kind.as_bytes()).body(body);
            answered(&format!("{path}: {what}"), request.send().await.unwrap()).await;
        }
    }
    server.assert_well("forms").await;
    let rise = server.resident().saturating_sub(before);
    assert!(rise < 400_000_000, "forms left {} MB behind", rise / 1_000_000);
}

fn bodies() -> Vec<(&'static str, Vec<u8>)> {
    let deep = |open: &str, close: &str, n: usize| format!("{}{}", open.repeat(n), close.repeat(n)).into_bytes();
    let field = |value: &str| format!(r#"{{"image":"img_x","instruction":{value}}}"#).into_bytes();
    vec![
        ("nothing", vec![]),
        ("100000 arrays", deep("[", "]", 100_000)),
        ("100000 open arrays", "[".repeat(100_000).into_bytes()),
        ("100000 objects", deep("{\"a\":", "}", 100_000)),
        ("an array of 3 million", format!("{{\"instruction\":[{}0]}}", "0,".repeat(3_000_000)).into_bytes()),
        ("an array of 3 million arrays", format!("{{\"plan\":[{}0]}}", "[],".repeat(3_000_000)).into_bytes()),
        ("500000 keys", format!("{{{}\"z\":0}}", (0..500_000).map(|i| format!("\"{i}\":0,")).collect::<String>()).into_bytes()),
        ("a number of a million digits", field(&"9".repeat(1_000_000))),
        ("1e999999999", field("1e999999999")),
        ("-0", field("-0")),
        ("NaN", field("NaN")),
        ("a lone surrogate", field(r#""\ud800""#)),
        ("surrogates in the wrong order", field(r#""\udc00\ud800""#)),
        ("bytes that are no text", b"{\"instruction\":\"\xff\xfe\"}".to_vec()),
        ("a NUL", field(r#""a\u0000b""#)),
        ("the same key twice", br#"{"image":"img_a","image":"img_b","instruction":"x","instruction":"y"}"#.to_vec()),
        ("the same key 50000 times", format!("{{{}\"a\":0}}", "\"instruction\":\"x\",".repeat(50_000)).into_bytes()),
        ("a byte order mark", b"\xef\xbb\xbf{}".to_vec()),
        ("UTF-16", "{}".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("comments", b"{/* hi */}".to_vec()),
        ("a comma too many", br#"{"a":1,}"#.to_vec()),
        ("behind its end", br#"{"instruction":"x"} {}"#.to_vec()),
        ("a picture that is a number", br#"{"image":5,"instruction":"x"}"#.to_vec()),
        ("a picture in a picture", br#"{"image":[["img_x"]],"instruction":"x"}"#.to_vec()),
        ("10000 pictures", format!(r#"{{"image":[{}"img_x"],"instruction":"x"}}"#, "\"img_x\",".repeat(10_000)).into_bytes()),
        ("a picture of base64's padding", br#"{"image":"====","instruction":"x"}"#.to_vec()),
        ("a data URI that does not end", br#"{"image":"data:image/png;base64","instruction":"x"}"#.to_vec()),
        ("a text", b"\"instruction\"".to_vec()),
        ("null", b"null".to_vec()),
        ("fields of the wrong kinds", br#"{"image":null,"instruction":{"a":1},"plan":7,"format":[],"mask":{},"answer":"x","from_version":-1,"follow":"yes","upto":1e99}"#.to_vec()),
    ]
}

#[tokio::test]
async fn json_that_is_broken_deep_or_endless_is_refused() {
    let mut server = Server::start();
    server.assert_well("the start").await;
    let before = server.peak();
    let session: Value = server.client.post(server.api("/sessions")).json(&json!({})).send().await.unwrap().json().await.unwrap();
    let messages = format!("/sessions/{}/messages", session["id"].as_str().unwrap());
    let image: Value = server.upload("a.png", picture()).await.json().await.unwrap();
    let mask = format!("/images/{}/mask", image["id"].as_str().unwrap());
    for path in ["/images", "/edit", "/run", "/plan", "/sessions", messages.as_str(), mask.as_str()] {
        for (what, body) in bodies() {
            let (status, _) = post(&server, path, "application/json", body).await;
            assert!(status < 500, "{path}: {what}");
        }
    }
    server.assert_well("JSON").await;
    let rise = server.peak().saturating_sub(before);
    println!("bodies of up to 9 MB raised the peak by {} MB", rise / 1_000_000);
    assert!(rise < 400_000_000, "the peak rose by {} MB", rise / 1_000_000);
}

/// The status line of the answer to raw bytes, empty where the server hangs up without one.
async fn raw(server: &Server, bytes: &[u8]) -> String {
    let mut socket = TcpStream::connect(server.address()).await.unwrap();
    // A server that has refused the head does not read the rest.
    let _ = tokio::time::timeout(Duration::from_secs(20), socket.write_all(bytes)).await;
    let mut answer = vec![0; 64 * 1024];
    // Whoever closes at once gets no answer at all; only what waits for more is told that there is none.
    let mut read = tokio::time::timeout(Duration::from_secs(2), socket.read(&mut answer)).await;
    if read.is_err() {
        let _ = socket.shutdown().await;
        read = Ok(tokio::time::timeout(Duration::from_secs(20), socket.read(&mut answer)).await.expect("an answer or an end"));
    }
    let read = read.map_or(0, |read| read.unwrap_or(0));
    String::from_utf8_lossy(&answer[..read]).lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn http_that_is_broken_is_refused_or_hung_up_on() {
    let mut server = Server::start();
    let host = server.address().to_owned();
    let get = |head: &str| format!("GET /api/v1/sessions HTTP/1.1\r\nHost: {host}\r\n{head}\r\n");
    let put = |head: &str, body: &str| {
        format!("POST /api/v1/plan HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n{head}\r\n{body}")
    };
    let cases: Vec<(&str, String)> = vec![
        ("5000 heads", get(&(0..5_000).map(|i| format!("X{i}: 1\r\n")).collect::<String>())),
        ("a head of 2 MB", get(&format!("X: {}\r\n", "a".repeat(2_000_000)))),
        ("a head without a name", get(": x\r\n")),
        ("a head across lines", get("X: a\r\n b\r\n")),
        ("a space before the colon", get("Host : evil.example\r\n")),
        ("two hosts", get("Host: evil.example\r\n")),
        ("a NUL", get("X: a\0b\r\n")),
        ("two lengths", put("Content-Length: 2\r\nContent-Length: 20\r\n", "{}")),
        (
            "length and chunks",
            put("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nGET /api/v1/sessions HTTP/1.1\r\nHost: x\r\n\r\n"),
        ),
        ("chunks twice", put("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n")),
        ("chunks by another name", put("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")),
        ("a chunk of 2^64", put("Transfer-Encoding: chunked\r\n", "ffffffffffffffff\r\n{}")),
        ("a chunk of letters", put("Transfer-Encoding: chunked\r\n", "zz\r\n{}")),
        (
            "a chunk with an endless extension",
            put("Transfer-Encoding: chunked\r\n", &format!("2;{}\r\n{{}}\r\n0\r\n\r\n", "e".repeat(1_000_000))),
        ),
        ("a length of 2^64", put("Content-Length: 18446744073709551615\r\n", "{}")),
        ("a negative length", put("Content-Length: -5\r\n", "{}")),
        ("a length that is too long", put("Content-Length: 500\r\n", "{}")),
        ("no method", " / HTTP/1.1\r\n\r\n".into()),
        ("a method of 100 kB", format!("{} / HTTP/1.1\r\n\r\n", "M".repeat(100_000))),
        ("an address of 200 kB", format!("GET /{} HTTP/1.1\r\nHost: {host}\r\n\r\n", "a".repeat(200_000))),
        ("an address that climbs", format!("GET /static/../../../../etc/passwd HTTP/1.1\r\nHost: {host}\r\n\r\n")),
        ("an address that climbs in disguise", format!("GET /static/%2e%2e/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: {host}\r\n\r\n")),
        ("an absolute address in it", format!("GET /static//etc/passwd HTTP/1.1\r\nHost: {host}\r\n\r\n")),
        ("a NUL in the address", format!("GET /static/%00 HTTP/1.1\r\nHost: {host}\r\n\r\n")),
        ("an address that is no text", format!("GET /s/%ff%fe HTTP/1.1\r\nHost: {host}\r\n\r\n")),
        ("a foreign address", format!("GET http://evil.example/ HTTP/1.1\r\nHost: {host}\r\n\r\n")),
        ("CONNECT", format!("CONNECT evil.example:443 HTTP/1.1\r\nHost: {host}\r\n\r\n")),
        ("TRACE", format!("TRACE / HTTP/1.1\r\nHost: {host}\r\n\r\n")),
        ("HTTP/0.9", "GET /\r\n".into()),
        ("HTTP/3.7", "GET / HTTP/3.7\r\n\r\n".into()),
        ("HTTP/2 at once", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into()),
        ("no host", "GET / HTTP/1.1\r\n\r\n".into()),
        ("TLS", "\u{16}\u{3}\u{1}\u{2}".into()),
        ("noise", "\u{1}\u{2}\u{3}\n".repeat(500)),
        ("empty lines", "\r\n".repeat(50_000)),
    ];
    for (what, bytes) in cases {
        let line = raw(&server, bytes.as_bytes()).await;
        let status = line.split(' ').nth(1).and_then(|s| s.parse::<u16>().ok());
        assert!(
            status.is_none_or(|s| (400..500).contains(&s) || s == 200 && !what.contains("climbs") && !what.contains("foreign")),
            "{what}: {line}"
        );
    }
    server.assert_well("HTTP").await;
}

#[tokio::test]
async fn an_address_or_a_query_of_any_shape_is_answered() {
    let mut server = Server::start();
    let image: Value = server.upload("a.png", picture()).await.json().await.unwrap();
    let image = image["id"].as_str().unwrap();
    let ids = [
        "x",
        "img_",
        "%00",
        "..",
        "%2e%2e%2f",
        "-1",
        "99999999999999999999",
        "%F0%9F%A6%8A",
        "'%20OR%201=1--",
        "ses_%00",
        &"a".repeat(3_000),
    ];
    for id in ids {
        for path in [
            "/images/{}",
            "/images/{}/content",
            "/images/{}/preview",
            "/sessions/{}",
            "/sessions/{}/messages",
            "/sessions/{}/versions",
            "/sessions/{}/versions/{}",
            "/jobs/{}",
        ] {
            let path = path.replace("{}", id);
            answered(&path, server.client.get(server.api(&path)).send().await.unwrap()).await;
        }
    }
    let queries = [
        format!("/images/{image}/preview?side=0"),
        format!("/images/{image}/preview?side=4294967295"),
        format!("/images/{image}/preview?side=-1"),
        format!("/images/{image}/preview?side=1e9"),
        format!("/images/{image}/content?format=../../x"),
        format!("/images/{image}/content?quality=0"),
        format!("/images/{image}/content?quality=256&format=jpeg"),
        format!("/images/{image}/content?download=maybe"),
        "/sessions?q=%00".into(),
        "/sessions?q=%25_%25_%25".into(),
        format!("/sessions?q={}", "%E9%95%BF".repeat(200)),
        format!("/sessions?q={}", "a".repeat(5_000)),
        "/sessions?q=%FF%FE".into(),
        "/sessions?limit=-5&before=x".into(),
        format!("/sessions?{}", "a=b&".repeat(5_000)),
    ];
    for query in queries {
        let what: String = query.chars().take(200).collect();
        answered(&what, server.client.get(server.api(&query)).send().await.unwrap()).await;
    }
    let headers = [
        ("accept-language", "zh;q=9,".repeat(500)),
        ("accept-language", "\u{e9}".into()),
        ("cookie", "portico_lang=zh;".repeat(500)),
        ("if-none-match", "\"".repeat(5_000)),
        ("range", "bytes=0-,".repeat(500)),
        ("accept-encoding", "gzip;q=x,".repeat(500)),
        ("idempotency-key", "k".repeat(5_000)),
        ("content-encoding", "gzip".into()),
    ];
    for (name, value) in headers {
        let bytes = reqwest::header::HeaderValue::from_bytes(value.as_bytes()).unwrap();
        let request = server.client.get(server.api(&format!("/images/{image}/content"))).header(name, bytes.clone());
        answered(name, request.send().await.unwrap()).await;
        answered(
            name,
            server.client.post(server.api("/plan")).header(name, bytes).json(&json!({"instruction": "crop"})).send().await.unwrap(),
        )
        .await;
    }
    server.assert_well("addresses").await;
}
