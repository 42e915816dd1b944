//! What a client can send over a session's socket.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::server::Server;

/// A client's frame: first byte, payload, mask 0.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    head(first, payload.len() as u64).into_iter().chain(payload.iter().copied()).collect()
}

/// The head of a frame that states a length.
fn head(first: u8, length: u64) -> Vec<u8> {
    let mut out = vec![first];
    match length {
        0..=125 => out.push(0x80 | length as u8),
        126..=65_535 => {
            out.push(0x80 | 126);
            out.extend((length as u16).to_be_bytes());
        }
        _ => {
            out.push(0x80 | 127);
            out.extend(length.to_be_bytes());
        }
    }
    out.extend([0; 4]);
    out
}

async fn session(server: &Server) -> String {
    let made: Value = server.client.post(server.api("/sessions")).json(&json!({})).send().await.unwrap().json().await.unwrap();
    made["id"].as_str().unwrap().to_owned()
}

/// A socket after its handshake.
async fn open(server: &Server, session: &str) -> TcpStream {
    let mut socket = TcpStream::connect(server.address()).await.unwrap();
    let request = format!(
        "GET /api/v1/sessions/{session}/ws HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        server.address()
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![];
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(socket.read_u8().await.unwrap());
    }
    assert!(answer.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&answer));
    socket
}

/// Sends, and reads until the server hangs up or has said nothing for a moment.
async fn send(socket: &mut TcpStream, bytes: &[u8]) -> Vec<u8> {
    let _ = socket.write_all(bytes).await;
    let mut answer = vec![];
    let mut buffer = [0; 4096];
    while let Ok(Ok(read @ 1..)) = tokio::time::timeout(Duration::from_millis(150), socket.read(&mut buffer)).await {
        answer.extend_from_slice(&buffer[..read]);
        if answer.len() > 1_000_000 {
            break;
        }
    }
    answer
}

#[tokio::test]
async fn no_frame_brings_the_server_down() {
    let mut server = Server::start();
    let session = session(&server).await;
    let mut masked = head(0x81, 3);
    masked.extend([1, 2, 3]);
    let unmasked = vec![0x81, 3, b'a', b'b', b'c'];
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("text", frame(0x81, b"hello")),
        ("JSON", frame(0x81, br#"{"type":"x"}"#)),
        ("binary", frame(0x82, &[0; 200])),
        ("nothing", frame(0x81, b"")),
        ("a long text", frame(0x81, &[b'a'; 60_000])),
        ("a binary of 2 MB", frame(0x82, &vec![7; 2_000_000])),
        ("a frame of 2^63", head(0x82, i64::MAX as u64)),
        ("a frame of 2^64", head(0x82, u64::MAX)),
        ("a frame of 16 MB", head(0x82, 16 << 20)),
        ("invalid UTF-8", frame(0x81, b"\xff\xfe\xc0")),
        ("a cut character", frame(0x81, &"长".as_bytes()[..2])),
        ("fragments without an end", frame(0x01, b"a").into_iter().chain(frame(0x00, b"b").repeat(5_000)).collect()),
        ("a continuation of nothing", frame(0x80, b"x")),
        ("two texts at once", frame(0x01, b"a").into_iter().chain(frame(0x81, b"b")).collect()),
        ("a ping in fragments", frame(0x09, b"x")),
        ("a long ping", frame(0x89, &[1; 126])),
        ("ten thousand pings", frame(0x89, b"x").repeat(10_000)),
        ("pongs", frame(0x8a, b"x").repeat(10_000)),
        ("no mask", unmasked),
        ("half a head", vec![0x81]),
        ("reserved bits", frame(0xf1, b"x")),
        ("a reserved kind", frame(0x83, b"x")),
        ("another reserved kind", frame(0x8f, b"x")),
        ("a close", frame(0x88, &[3, 0xe8])),
        ("a close of one byte", frame(0x88, &[3])),
        ("a close of an odd code", frame(0x88, &[0, 0])),
        ("a close with bad UTF-8", frame(0x88, &[3, 0xe8, 0xff])),
        ("two closes", frame(0x88, &[3, 0xe8]).repeat(9)),
        ("HTTP", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()),
        ("noise", (0..9_000u32).map(|i| (i * i % 251) as u8).collect()),
        ("masked", masked),
    ];
    for (what, bytes) in &cases {
        let mut socket = open(&server, &session).await;
        send(&mut socket, bytes).await;
        drop(socket);
        assert_eq!(server.client.get(format!("{}/healthz", server.url)).send().await.unwrap().status(), 200, "{what}");
    }
    server.assert_well("frames").await;
}

#[tokio::test]
async fn sockets_that_promise_much_take_little_room() {
    let mut server = Server::start();
    server.assert_well("the start").await;
    let session = session(&server).await;
    let before = server.resident();
    let mut sockets = vec![];
    for _ in 0..200 {
        let mut socket = open(&server, &session).await;
        let _ = socket.write_all(&head(0x82, 16 << 20)).await;
        let _ = socket.write_all(&[7; 60_000]).await;
        sockets.push(socket);
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let rise = server.resident().saturating_sub(before);
    assert!(rise < 100_000_000, "200 sockets take {} MB", rise / 1_000_000);
    drop(sockets);
    server.assert_well("many sockets").await;
}

#[tokio::test]
async fn a_handshake_that_is_none_is_refused() {
    let mut server = Server::start();
    let session = session(&server).await;
    let address = server.address().to_owned();
    for headers in [
        "",
        "Connection: Upgrade\r\nUpgrade: websocket\r\n",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 99\r\nSec-WebSocket-Key: x\r\n",
        "Connection: close\r\nUpgrade: h2c\r\n",
    ] {
        let mut socket = TcpStream::connect(&address).await.unwrap();
        let request = format!("GET /api/v1/sessions/{session}/ws?after=99999999999999999999 HTTP/1.1\r\nHost: {address}\r\n{headers}\r\n");
        let answer = send(&mut socket, request.as_bytes()).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 4"), "{headers:?}: {answer}");
    }
    server.assert_well("handshakes").await;
}
