//! The serve loop: whoever stands still is let go, a full house waits, and a stop lets answers end.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use portico::http::listen::{Listening, Timeouts, serve};
use portico::store::{NewMessage, Role};
use portico::text::Lang;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;

use crate::app::TestApp;

/// Nothing here takes so long unless it hangs.
const LIVE: Duration = Duration::from_secs(60);

fn quick() -> Timeouts {
    let short = Duration::from_millis(600);
    Timeouts { header: short, upload: short, download: short, ..Timeouts::default() }
}

/// A connection whose receiving buffer is small, so that not reading is felt soon.
async fn connect(to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(to).await.unwrap()
}

fn address(app: &TestApp) -> SocketAddr {
    app.url.trim_start_matches("http://").parse().unwrap()
}

/// Everything until the other side closes.
async fn rest(socket: &mut TcpStream) -> String {
    let mut bytes = vec![];
    let read = tokio::time::timeout(LIVE, socket.read_to_end(&mut bytes)).await.expect("the connection is closed");
    // A reset is an end as well.
    let _ = read;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A server of a few routes; the sender stops it, the handle ends with it.
async fn small(listening: Listening) -> (SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let router = Router::new()
        .route("/who", get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() }))
        .route("/large", get(|| async { vec![7u8; 32 << 20] }))
        .route(
            "/slow",
            get(|| async {
                tokio::time::sleep(Duration::from_millis(800)).await;
                "done"
            }),
        );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let stopped = async move { drop(stopped.await) };
    (address, stop, tokio::spawn(serve(listener, router, listening, stopped)))
}

async fn ask(to: SocketAddr, path: &str) -> String {
    let mut socket = TcpStream::connect(to).await.unwrap();
    socket.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes()).await.unwrap();
    rest(&mut socket).await
}

#[tokio::test]
async fn every_request_knows_where_it_comes_from() {
    let (to, _stop, _server) = small(Listening::new(8)).await;
    let mut socket = TcpStream::connect(to).await.unwrap();
    let own = socket.local_addr().unwrap().to_string();
    socket.write_all(b"GET /who HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    assert!(rest(&mut socket).await.ends_with(&own));
}

#[tokio::test]
async fn a_head_that_does_not_end_is_not_waited_for() {
    let (to, _stop, _server) = small(Listening { timeouts: quick(), ..Listening::new(8) }).await;
    for head in ["", "GET /who HTTP/1.1\r\nHost: x\r\n"] {
        let mut socket = TcpStream::connect(to).await.unwrap();
        socket.write_all(head.as_bytes()).await.unwrap();
        assert!(!rest(&mut socket).await.contains("200 OK"));
    }
}

#[tokio::test]
async fn over_the_limit_connections_wait_until_one_ends() {
    let (to, _stop, _server) = small(Listening { max_connections: 1, ..Listening::new(1) }).await;
    let first = TcpStream::connect(to).await.unwrap();
    let mut second = tokio::spawn(ask(to, "/who"));
    // The only place is taken for as long as the first stays; asked late enough for an answer to have come.
    assert!(tokio::time::timeout(Duration::from_millis(500), &mut second).await.is_err(), "the house is full");
    drop(first);
    assert!(tokio::time::timeout(LIVE, second).await.unwrap().unwrap().contains("200 OK"));
}

#[tokio::test]
async fn a_download_that_nobody_reads_gives_its_place_back() {
    let (to, _stop, _server) = small(Listening { max_connections: 1, timeouts: quick() }).await;
    let mut first = connect(to).await;
    first.write_all(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let second = tokio::time::timeout(LIVE, ask(to, "/who")).await.expect("the place is free again");
    assert!(second.contains("200 OK"));
}

#[tokio::test]
async fn a_download_that_is_read_slowly_arrives_whole() {
    let timeouts = Timeouts { download: Duration::from_secs(20), ..quick() };
    let (to, _stop, _server) = small(Listening { max_connections: 1, timeouts }).await;
    let mut socket = TcpStream::connect(to).await.unwrap();
    socket.write_all(b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut chunk = vec![0; 4 << 20];
    let mut read = 0;
    loop {
        match tokio::time::timeout(LIVE, socket.read(&mut chunk)).await.unwrap().unwrap() {
            0 => break,
            n => read += n,
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(read > 32 << 20, "{read} bytes");
}

#[tokio::test]
async fn a_stop_lets_an_answer_end_and_closes_idle_connections() {
    let (to, stop, server) = small(Listening::new(8)).await;
    let mut idle = TcpStream::connect(to).await.unwrap();
    let answer = tokio::spawn(ask(to, "/slow"));
    tokio::time::sleep(Duration::from_millis(200)).await;
    stop.send(()).unwrap();
    assert!(answer.await.unwrap().ends_with("done"));
    assert_eq!(rest(&mut idle).await, "");
    tokio::time::timeout(LIVE, server).await.expect("the loop ends").unwrap();
    assert!(TcpStream::connect(to).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn an_upload_that_stands_still_is_answered_and_frees_its_place() {
    let app = TestApp::with_timeouts(|_| {}, quick()).await;
    let to = address(&app);
    for path in ["/api/v1/images", "/api/v1/edit", "/api/v1/plan"] {
        let kind = if path.ends_with("plan") { "application/json" } else { "multipart/form-data; boundary=x" };
        // All upload places at once, and one more.
        let mut sockets = vec![];
        for _ in 0..17 {
            let mut socket = TcpStream::connect(to).await.unwrap();
            let head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: 5000\r\n\r\n--x");
            socket.write_all(head.as_bytes()).await.unwrap();
            sockets.push(socket);
        }
        for mut socket in sockets {
            let said = rest(&mut socket).await;
            assert!(said.starts_with("HTTP/1.1 408") && said.contains("upload_stalled"), "{path}: {said}");
        }
    }
    app.upload("a.png", crate::kit::Png::rgb(&crate::kit::marker(8, 8)).bytes()).await;
}

#[tokio::test]
async fn an_upload_of_a_byte_now_and_then_is_ended_too() {
    let app = TestApp::with_timeouts(|_| {}, quick()).await;
    let mut socket = TcpStream::connect(address(&app)).await.unwrap();
    let head = "POST /api/v1/plan HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n";
    socket.write_all(head.as_bytes()).await.unwrap();
    let (mut from, mut to) = socket.split();
    let drip = async {
        // Ends by itself long after the patience, should nobody end it.
        for _ in 0..1000 {
            if to.write_all(b" ").await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
    };
    let mut said = [0; 12];
    tokio::select! {
        () = drip => panic!("every byte bought more time"),
        read = from.read_exact(&mut said) => drop(read.unwrap()),
    }
    assert_eq!(&said, b"HTTP/1.1 408");
}

#[tokio::test]
async fn a_reader_that_reads_no_events_loses_its_subscription() {
    let app = TestApp::with_timeouts(|_| {}, quick()).await;
    let session = app.session().await;
    let id = session.parse().unwrap();
    let owner = portico::store::UserId::local();
    // More than any buffer between here and there holds.
    for _ in 0..24 {
        let mut tx = app.app.store.begin(&owner).await.unwrap();
        for _ in 0..40 {
            tx.add_message(&id, NewMessage::new(Role::User, "long ".repeat(2_000), Lang::En)).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
    let upgrade =
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    for (path, headers) in [("events", ""), ("ws", upgrade)] {
        let mut socket = connect(address(&app)).await;
        let request = format!("GET /api/v1/sessions/{session}/{path}?after=0 HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        let hub = app.app.engine.hub();
        let until = async |watched: bool| {
            while hub.watched(&id) != watched {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(LIVE, until(true)).await.expect("it subscribes");
        tokio::time::timeout(LIVE, until(false)).await.unwrap_or_else(|_| panic!("{path}: nobody reads, and it is still subscribed"));
        drop(socket);
    }
}
