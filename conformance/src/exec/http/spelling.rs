//! Header names in any letter case. The HTTP library writes them in lower case, so a thin layer below it changes them
//! in the bytes that are sent, over TLS as well as over TCP. Only the case of letters in one name changes, and never
//! a length.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};

use super::causes::Noted;

/// A connection that writes the name of one header in its first request in a given letter case.
///
/// Only one request may be sent over it: the beginning of a second one is not looked for. The library hands over the
/// head of a request as a whole, so a name is split between two writes only if the network accepted just a part of
/// it.
#[derive(Debug)]
pub(super) struct Spelling<T> {
    inner: T,
    /// What remains to be changed; `None` once the head has been sent, or if nothing is to be changed.
    head: Option<Head>,
    /// Whether a proxy reads the requests, so that they name the complete URL.
    read_by_proxy: bool,
    /// The reason why TLS ended, once it has.
    noted: Noted,
}

#[derive(Debug)]
struct Head {
    name: Arc<str>,
    /// What has been sent already, as the library wrote it.
    out: Vec<u8>,
}

impl<T> Spelling<T> {
    /// Returns a connection that writes this name exactly as given.
    pub(super) fn new(inner: T, name: Option<Arc<str>>, read_by_proxy: bool) -> Self {
        Self {
            inner,
            head: name.map(|name| Head { name, out: Vec::new() }),
            read_by_proxy,
            noted: Noted::default(),
        }
    }
}

impl Head {
    /// Returns the bytes that follow those already sent, with the name in its letter case.
    fn spelled(&self, more: &[u8]) -> Vec<u8> {
        let mut bytes = [&self.out, more].concat();
        let end = end(&bytes).unwrap_or(bytes.len());
        let mut line = 0;
        while let Some(length) = bytes[line..end].windows(2).position(|it| it == b"\r\n") {
            line += length + 2;
            let name = self.name.as_bytes();
            if let Some(found) = bytes[..end].get_mut(line..line + name.len() + 1)
                && let Some((b':', found)) = found.split_last_mut()
                && found.eq_ignore_ascii_case(name)
            {
                found.copy_from_slice(name);
            }
        }
        bytes.split_off(self.out.len())
    }
}

/// Returns the offset where the head of a request ends, without its blank line.
fn end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|it| it == b"\r\n\r\n").map(|at| at + 2)
}

impl<T: Write + Unpin> Write for Spelling<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let Some(head) = &mut this.head else { return Pin::new(&mut this.inner).poll_write(context, bytes) };
        let written = ready!(Pin::new(&mut this.inner).poll_write(context, &head.spelled(bytes)))?;
        head.out.extend_from_slice(&bytes[..written]);
        if end(&head.out).is_some() {
            this.head = None;
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }

    /// While there is something to change, buffers are written one after the other.
    fn is_write_vectored(&self) -> bool {
        self.head.is_none() && self.inner.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.head.is_some() {
            let first = pieces.iter().find(|it| !it.is_empty());
            return self.poll_write(context, first.map_or(&[], |it| it));
        }
        Pin::new(&mut self.inner).poll_write_vectored(context, pieces)
    }
}

impl<T: Read + Unpin> Read for Spelling<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let read = ready!(Pin::new(&mut self.inner).poll_read(context, into));
        if let Err(error) = &read {
            self.noted.note(error);
        }
        Poll::Ready(read)
    }
}

impl<T: Connection> Connection for Spelling<T> {
    fn connected(&self) -> Connected {
        let connected = self.inner.connected().extra(self.noted.clone());
        if self.read_by_proxy { connected.proxy(true) } else { connected }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A network that accepts this many bytes at a time.
    struct Narrow {
        width: usize,
        taken: Vec<u8>,
    }

    impl Write for Narrow {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            let count = bytes.len().min(self.width);
            self.taken.extend_from_slice(&bytes[..count]);
            Poll::Ready(Ok(count))
        }
        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    fn through(name: &str, width: usize, mut bytes: &[u8]) -> Vec<u8> {
        let narrow = Narrow { width, taken: Vec::new() };
        let mut spelling = Spelling::new(narrow, Some(name.into()), false);
        let mut context = Context::from_waker(std::task::Waker::noop());
        while !bytes.is_empty() {
            let Poll::Ready(Ok(written)) = Pin::new(&mut spelling).poll_write(&mut context, bytes) else {
                panic!("the network is always ready");
            };
            bytes = &bytes[written..];
        }
        spelling.inner.taken
    }

    const SENT: &str = "POST /x-api-key:1 HTTP/1.1\r\nx-api-key: x-api-key: k\r\nx-api-key-not: 1\r\nhost: h\r\n\r\n{\"a\":\"\r\nx-api-key: 1\"}";

    #[test]
    fn only_the_name_changes() {
        let wanted = SENT.replacen("\r\nx-api-key: ", "\r\nx-ApI-kEy: ", 1);
        for width in 1..SENT.len() {
            let came = through("x-ApI-kEy", width, SENT.as_bytes());
            assert_eq!(String::from_utf8_lossy(&came), wanted, "{width} at a time");
        }
    }

    proptest! {
        #[test]
        fn nothing_but_letter_case_changes(head in "[xX:\r\n -]{0,80}", body in any::<Vec<u8>>(), width in 1_usize..50) {
            let sent = [head.as_bytes(), b"\r\n\r\n", &body].concat();
            let came = through("x-X", width, &sent);
            prop_assert_eq!(came.len(), sent.len());
            prop_assert!(came.eq_ignore_ascii_case(&sent));
            let begin = sent.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
            prop_assert_eq!(&came[begin..], &sent[begin..], "nothing behind the head");
        }
    }
}
