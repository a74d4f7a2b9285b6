//! The bytes of a connection, which may not stand still for ever. Where a rule wants it they are kept as they came in, because
//! the server above throws away how a header's name was written, or sent with heads that are written otherwise than it does.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;
use tokio::time::{Instant, Sleep};

use crate::http::wire::HeadStyle;

/// One connection: how many requests it has carried, and what came in, where a rule wants to see that.
#[derive(Debug, Clone)]
pub(crate) struct Connection(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    requests: AtomicU64,
    tape: Option<Tape>,
    running: AtomicUsize,
    quiet_since: Mutex<Instant>,
    given_up: Notify,
}

impl Connection {
    /// A connection that has just been taken, with a tape where that is wanted.
    pub(crate) fn new(tape: Option<Tape>) -> Self {
        Self(Arc::new(Inner {
            requests: AtomicU64::new(0),
            tape,
            running: AtomicUsize::new(0),
            quiet_since: Mutex::new(Instant::now()),
            given_up: Notify::new(),
        }))
    }

    /// Counts one more request; its number on this connection, from 1.
    pub(crate) fn next(&self) -> u64 {
        self.0.requests.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The bytes that came in since this was last asked, where they are kept.
    pub(crate) fn take_raw(&self) -> Vec<u8> {
        self.0.tape.as_ref().map(Tape::take).unwrap_or_default()
    }

    /// A request of it is being answered for as long as what this returns lives.
    pub(crate) fn busy(&self) -> Busy {
        self.0.running.fetch_add(1, Ordering::AcqRel);
        Busy(self.clone())
    }

    /// For how long nothing of it has been answered; `None` while something is.
    pub(crate) fn quiet(&self) -> Option<Duration> {
        let since = *self.0.quiet_since.lock().unwrap_or_else(PoisonError::into_inner);
        (self.0.running.load(Ordering::Acquire) == 0).then(|| since.elapsed())
    }

    /// Whether nobody else knows of it any more: it has ended.
    pub(crate) fn has_ended(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    /// Ends it: others need its place.
    pub(crate) fn give_up(&self) {
        self.0.given_up.notify_one();
    }

    /// Waits until it is to end.
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

/// What came in since it was last taken.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tape(Arc<Mutex<Vec<u8>>>);

impl Tape {
    fn write(&self, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
    }

    /// What came in, and from now on nothing.
    pub(crate) fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The bytes of a connection, both ways, over TLS or not.
#[derive(Debug)]
pub(crate) struct ApiStream<S> {
    stream: S,
    tape: Option<Tape>,
    head: HeadStyle,
    /// What is still to be sent in place of bytes that count as sent.
    restyled: Vec<u8>,
    /// How long the client may take no byte.
    patience: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<S: AsyncWrite + Unpin> ApiStream<S> {
    /// A connection.
    pub(crate) fn new(stream: S, tape: Option<Tape>, head: HeadStyle, patience: Duration) -> Self {
        Self { stream, tape, head, restyled: Vec::new(), patience, stalled: None }
    }

    /// Sends what is left of a head that was written otherwise, and what came with it.
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

    /// Gives up where the client has taken nothing for too long.
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
        if let (Some(tape), Some(new)) = (&self.tape, buffer.filled().get(before..)) {
            tape.write(new);
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
                // What can't be sent now is sent before anything else, and at the latest when all is flushed.
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

    /// A head that is to be written otherwise must come in one piece.
    fn is_write_vectored(&self) -> bool {
        self.head.is_plain() && self.stream.is_write_vectored()
    }
}
