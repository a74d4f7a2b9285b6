//! The listener: connections that send at once and, where a rule wants it, keep a copy of what came in, because the
//! server below us throws away how a header's name was written, or write the heads of answers otherwise than it does.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use crate::http::wire::HeadStyle;

/// One connection: how many requests it has carried, and what came in, where a rule wants to see that.
#[derive(Debug, Clone, Default)]
pub(crate) struct Connection {
    requests: Arc<AtomicU64>,
    /// The bytes that came in, where they are kept.
    pub(crate) tape: Option<Tape>,
}

impl Connection {
    fn new(tape: Option<Tape>) -> Self {
        Self { tape, ..Self::default() }
    }

    /// Counts one more request; its number on this connection, from 1.
    pub(crate) fn next(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed) + 1
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

/// Accepts connections that send at once, each with a tape of its own where `tapped`.
#[derive(Debug)]
pub(crate) struct ApiListener {
    listener: TcpListener,
    tapped: bool,
    head: HeadStyle,
}

impl ApiListener {
    pub(crate) const fn new(listener: TcpListener, tapped: bool, head: HeadStyle) -> Self {
        Self { listener, tapped, head }
    }
}

impl Listener for ApiListener {
    type Io = ApiStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (ApiStream, SocketAddr) {
        let (stream, addr) = Listener::accept(&mut self.listener).await;
        // A connection that can't be set so is slower, not wrong.
        let _ = stream.set_nodelay(true);
        let tape = self.tapped.then(Tape::default);
        (ApiStream { stream, tape, head: self.head, restyled: Vec::new() }, addr)
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Connected<IncomingStream<'_, ApiListener>> for Connection {
    fn connect_info(stream: IncomingStream<'_, ApiListener>) -> Self {
        Self::new(stream.io().tape.clone())
    }
}

/// The bytes of a connection, both ways.
#[derive(Debug)]
pub(crate) struct ApiStream {
    stream: TcpStream,
    tape: Option<Tape>,
    head: HeadStyle,
    /// What is still to be sent in place of bytes that count as sent.
    restyled: Vec<u8>,
}

impl ApiStream {
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
}

impl AsyncRead for ApiStream {
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

impl AsyncWrite for ApiStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        ready!(self.poll_restyled(context))?;
        match self.head.restyle(bytes) {
            Some(restyled) => {
                self.restyled = restyled;
                // What can't be sent now is sent before anything else, and at the latest when all is flushed.
                let _ = self.poll_restyled(context)?;
                Poll::Ready(Ok(bytes.len()))
            }
            None => Pin::new(&mut self.stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        ready!(self.poll_restyled(context))?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        ready!(self.poll_restyled(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        ready!(self.poll_restyled(context))?;
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    /// A head that is to be written otherwise must come in one piece.
    fn is_write_vectored(&self) -> bool {
        self.head.is_plain() && self.stream.is_write_vectored()
    }
}
