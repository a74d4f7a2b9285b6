//! The byte stream of a connection, with a time limit for writes. If a hook needs it, the received bytes are kept as
//! they are, since hyper discards the spelling of header names; and heads can be sent in a spelling that hyper does not
//! produce.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;
use tokio::time::{Instant, Sleep};

use crate::http::wire::HeadStyle;

/// A connection: the number of its requests, and the received bytes if a hook needs them.
#[derive(Debug, Clone)]
pub(crate) struct Connection(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    requests: AtomicU64,
    capture: Option<Capture>,
    running: AtomicUsize,
    quiet_since: Mutex<Instant>,
    given_up: Notify,
}

impl Connection {
    /// Creates a connection that has just been accepted, with a capture if the received bytes are to be kept.
    pub(crate) fn new(capture: Option<Capture>) -> Self {
        Self(Arc::new(Inner {
            requests: AtomicU64::new(0),
            capture,
            running: AtomicUsize::new(0),
            quiet_since: Mutex::new(Instant::now()),
            given_up: Notify::new(),
        }))
    }

    /// Counts one more request and returns its number on this connection, from 1.
    pub(crate) fn next(&self) -> u64 {
        self.0.requests.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Returns the bytes received since the last call; empty if they are not kept.
    pub(crate) fn take_raw(&self) -> Vec<u8> {
        self.0.capture.as_ref().map(Capture::take).unwrap_or_default()
    }

    /// Marks the connection as busy until the returned value is dropped.
    pub(crate) fn busy(&self) -> Busy {
        self.0.running.fetch_add(1, Ordering::AcqRel);
        Busy(self.clone())
    }

    /// Returns how long the connection has been idle; `None` while a request is being answered.
    pub(crate) fn quiet(&self) -> Option<Duration> {
        let since = *self.0.quiet_since.lock().unwrap_or_else(PoisonError::into_inner);
        (self.0.running.load(Ordering::Acquire) == 0).then(|| since.elapsed())
    }

    /// Returns true if the connection has ended: no other handle to it exists.
    pub(crate) fn has_ended(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    /// Asks the connection to end, because its place is needed.
    pub(crate) fn give_up(&self) {
        self.0.given_up.notify_one();
    }

    /// Waits until the connection is asked to end.
    pub(crate) async fn given_up(&self) {
        self.0.given_up.notified().await;
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(crate) struct Busy(Connection);

impl Drop for Busy {
    fn drop(&mut self) {
        let inner = &self.0.0;
        *inner.quiet_since.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        inner.running.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The bytes received since they were last taken.
#[derive(Debug, Clone, Default)]
pub(crate) struct Capture(Arc<Mutex<Vec<u8>>>);

impl Capture {
    fn write(&self, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
    }

    /// Takes the received bytes and leaves the capture empty.
    pub(crate) fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The byte stream of a connection in both directions, with or without TLS.
#[derive(Debug)]
pub(crate) struct ApiStream<S> {
    stream: S,
    capture: Option<Capture>,
    head: HeadStyle,
    /// Bytes that are still to be sent; they replace bytes that were reported as written.
    restyled: Vec<u8>,
    /// How long the client may go without accepting any byte.
    patience: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<S: AsyncWrite + Unpin> ApiStream<S> {
    /// Creates the stream of a connection.
    pub(crate) fn new(stream: S, capture: Option<Capture>, head: HeadStyle, patience: Duration) -> Self {
        Self { stream, capture, head, restyled: Vec::new(), patience, stalled: None }
    }

    /// Sends the rest of a head that was respelt, and of what was written with it.
    fn poll_restyled(&mut self, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        while !self.restyled.is_empty() {
            let sent = ready!(Pin::new(&mut self.stream).poll_write(context, &self.restyled))?;
            if sent == 0 {
                return Poll::Ready(Err(std::io::ErrorKind::WriteZero.into()));
            }
            self.restyled.drain(..sent);
        }
        Poll::Ready(Ok(()))
    }

    /// Fails if the client has accepted nothing for too long.
    fn bounded<T>(
        &mut self,
        context: &mut Context<'_>,
        polled: Poll<std::io::Result<T>>,
    ) -> Poll<std::io::Result<T>> {
        if polled.is_ready() {
            self.stalled = None;
            return polled;
        }
        let patience = self.patience;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        stalled.as_mut().poll(context).map(|()| Err(std::io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ApiStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if let (Some(capture), Some(new)) = (&self.capture, buffer.filled().get(before..)) {
            capture.write(new);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ApiStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        if self.poll_restyled(context)?.is_pending() {
            return self.bounded(context, Poll::Pending);
        }
        let polled = match self.head.restyle(bytes) {
            Some(restyled) => {
                self.restyled = restyled;
                // What can't be sent now is sent before anything else, at the latest on the next flush.
                let _ = self.poll_restyled(context)?;
                Poll::Ready(Ok(bytes.len()))
            }
            None => Pin::new(&mut self.stream).poll_write(context, bytes),
        };
        self.bounded(context, polled)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        if self.poll_restyled(context)?.is_pending() {
            return self.bounded(context, Poll::Pending);
        }
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        if self.poll_restyled(context)?.is_pending() {
            return self.bounded(context, Poll::Pending);
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        if self.poll_restyled(context)?.is_pending() {
            return self.bounded(context, Poll::Pending);
        }
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.bounded(context, polled)
    }

    /// A head that is to be respelt must be written in one piece.
    fn is_write_vectored(&self) -> bool {
        self.head.is_plain() && self.stream.is_write_vectored()
    }
}
