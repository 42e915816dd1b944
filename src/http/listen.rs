//! The serve loop: connections up to a limit, each watched, so that nobody who stands still keeps a place.
//!
//! * A request's head must arrive within [`Timeouts::header`]; an idle connection is closed after the same time.
//! * A body that stands still ends with [`Stalled`], answered 408 by [`super::body::read_body`].
//! * Whoever takes nothing of an answer for a while (a download, an event stream, a socket) is disconnected, and with the connection goes what it held.
//! * Over the limit, connections wait in the system's queue until a place is free.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::ConnectInfo;
use bytes::Bytes;
use http::Request;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::ServiceExt as _;

use super::patience::Patience;
use crate::sys;

/// Bytes of one connection that are read or written at a time, and of a request's head.
const BUFFER_BYTES: usize = 64 * 1024;
/// After a failure that would only repeat itself: no descriptors, no memory.
const ACCEPT_AGAIN: Duration = Duration::from_millis(500);
/// Descriptors that are not connections: database, pictures, models, logs.
const OTHER_FILES: u64 = 128;

/// How long the other end may stand still.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// From the first look for a request to the end of its head.
    pub header: Duration,
    /// Without a byte of a body.
    pub upload: Duration,
    /// Without a byte of an answer taken.
    pub download: Duration,
    /// Whoever is slower than this while the server waits counts as standing still.
    pub least_bytes_per_sec: u64,
    /// For open connections to end after the stop.
    pub drain: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            header: Duration::from_secs(30),
            upload: Duration::from_secs(30),
            download: Duration::from_secs(60),
            least_bytes_per_sec: 1024,
            drain: Duration::from_secs(30),
        }
    }
}

/// How to listen.
#[derive(Clone, Copy, Debug)]
pub struct Listening {
    pub max_connections: usize,
    pub timeouts: Timeouts,
}

impl Listening {
    /// So many connections, or fewer where the system allows this process fewer open files.
    pub fn new(max_connections: usize) -> Self {
        let allowed =
            sys::raise_open_files_limit().map(|files| usize::try_from(files.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX).max(16));
        let max = allowed.map_or(max_connections, |allowed| max_connections.min(allowed));
        if max < max_connections {
            tracing::warn!(max, "fewer connections than configured: the system limits this process's open files (ulimit -n)");
        }
        Listening { max_connections: max.clamp(1, Semaphore::MAX_PERMITS.min(u32::MAX as usize)), timeouts: Timeouts::default() }
    }
}

/// Answers connections until `stop` resolves, then lets open ones end. Every request carries [`ConnectInfo`].
pub async fn serve(listener: TcpListener, router: Router, listening: Listening, stop: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(listening.max_connections));
    let (stopping, stopped) = watch::channel(false);
    let mut stop = pin!(stop);
    loop {
        let next = async {
            let place = places.clone().acquire_owned().await.expect("the semaphore is never closed");
            let (stream, peer) = accept(&listener).await;
            (place, stream, peer)
        };
        let (place, stream, peer) = tokio::select! {
            biased;
            () = &mut stop => break,
            next = next => next,
        };
        let timeouts = listening.timeouts;
        let io = Watched { stream, patience: Patience::new(timeouts.download, timeouts.least_bytes_per_sec), _place: place };
        io.prepare(timeouts.download);
        tokio::spawn(connection(io, peer, router.clone(), timeouts, stopped.clone()));
    }
    drop(listener);
    stopping.send_replace(true);
    let all = u32::try_from(listening.max_connections).unwrap_or(u32::MAX);
    if tokio::time::timeout(listening.timeouts.drain, places.acquire_many(all)).await.is_err() {
        let open = listening.max_connections - places.available_permits();
        tracing::warn!(open, "connections were still open at the end");
    }
}

/// The next connection. What failed before it was one is no matter.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => match error.kind() {
                io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset => {}
                _ => {
                    tracing::error!(%error, "no connection could be accepted; trying again");
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                }
            },
        }
    }
}

/// One connection to its end; after the stop it ends with the request that is being answered.
async fn connection(io: Watched, peer: SocketAddr, router: Router, timeouts: Timeouts, mut stopped: watch::Receiver<bool>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let patience = Patience::new(timeouts.upload, timeouts.least_bytes_per_sec);
        let mut request = request.map(|body| Body::new(WatchedBody { body, patience }));
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(timeouts.header).max_buf_size(BUFFER_BYTES);
    let mut answers = pin!(http.serve_connection(TokioIo::new(io), service).with_upgrades());
    let stop = async {
        // An error is an end too: the loop is gone.
        drop(stopped.wait_for(|stop| *stop).await);
    };
    let ended = tokio::select! {
        ended = answers.as_mut() => ended,
        () = stop => {
            answers.as_mut().graceful_shutdown();
            answers.await
        }
    };
    if let Err(error) = ended {
        // Mostly clients that went away.
        tracing::debug!(%error, "a connection ended early");
    }
}

/// A connection and its place; both end together, also after it became a web socket.
struct Watched {
    stream: TcpStream,
    patience: Patience,
    _place: OwnedSemaphorePermit,
}

impl Watched {
    fn prepare(&self, silence: Duration) {
        // Events are small and must not wait for each other.
        let _ = self.stream.set_nodelay(true);
        // A peer that vanished (a sleeping laptop, a pulled cable) acknowledges nothing any more.
        sys::end_when_unacknowledged(&self.stream, silence);
    }

    fn watch(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(bytes)) => {
                self.patience.moved(bytes);
                Poll::Ready(Ok(bytes))
            }
            Poll::Pending => self.patience.poll_over(cx).map(|()| Err(io::Error::new(io::ErrorKind::TimedOut, "nobody reads the answer"))),
            failed => failed,
        }
    }
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, written)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, parts: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// The client stopped sending a body that it had begun.
#[derive(Debug, thiserror::Error)]
#[error("the body stands still")]
pub struct Stalled;

/// A request's body that does not wait for ever.
struct WatchedBody {
    body: Incoming,
    patience: Patience,
}

impl HttpBody for WatchedBody {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                self.patience.moved(frame.data_ref().map_or(0, Bytes::len));
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(end) => Poll::Ready(end.map(|frame| frame.map_err(Into::into))),
            Poll::Pending => self.patience.poll_over(cx).map(|()| Some(Err(Stalled.into()))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
