//! What a client sends over a socket, after a proper handshake or in place of one.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Builder::new_current_thread().enable_time().build().expect("a runtime"));

const HANDSHAKE: &[u8] = b"GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// One connection, made in memory.
struct Line(Option<DuplexStream>);

impl axum::serve::Listener for Line {
    type Io = DuplexStream;
    type Addr = ();

    async fn accept(&mut self) -> (DuplexStream, ()) {
        match self.0.take() {
            Some(stream) => (stream, ()),
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<()> {
        Ok(())
    }
}

async fn talk(data: &[u8]) {
    let (near, far) = duplex(1 << 20);
    let server = tokio::spawn(async move { axum::serve(Line(Some(far)), portico::http::fuzzing::socket()).await });
    let (mut read, mut write) = tokio::io::split(near);
    let raw = data.first().is_some_and(|b| b % 8 == 7);
    if !raw {
        let _ = write.write_all(HANDSHAKE).await;
    }
    let _ = write.write_all(data.get(1..).unwrap_or_default()).await;
    let _ = write.shutdown().await;
    // The server hangs up when its client is done, whatever was said.
    let mut answer = Vec::new();
    let ended = tokio::time::timeout(std::time::Duration::from_secs(10), read.read_to_end(&mut answer)).await;
    assert!(ended.is_ok(), "the connection stays open after {} bytes of answer", answer.len());
    server.abort();
    let ended = server.await;
    assert!(ended.is_err_and(|e| e.is_cancelled()), "the server stopped");
}

fuzz_target!(|data: &[u8]| RUNTIME.block_on(talk(data)));
