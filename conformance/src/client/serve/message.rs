//! HTTP/1.1 messages as bytes: reads requests from a connection, and parses complete responses of the sandbox.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// The largest number of headers of a message.
const MOST_HEADERS: usize = 100;
/// The largest size of a head, in bytes.
const LONGEST_HEAD: usize = 64 * 1024;
/// The largest size of a body, in bytes; a decoded response is cut there too.
const LONGEST_BODY: usize = 4 * 1024 * 1024;

/// A request.
#[derive(Debug, Default)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) minor_version: u8,
    pub(super) headers: Vec<(String, String)>,
    /// The body without its transfer coding.
    pub(super) body: Vec<u8>,
}

/// Why no request could be read.
#[derive(Debug)]
pub(super) enum NoRequest {
    /// The client closed the connection, or the connection broke.
    Gone,
    /// The bytes are not a valid HTTP/1.1 request, or exceed a limit.
    Nonsense,
}

impl From<std::io::Error> for NoRequest {
    fn from(_: std::io::Error) -> Self {
        Self::Gone
    }
}

/// Returns the value of a header; the case of its name does not matter.
pub(super) fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

fn lists(headers: &[(String, String)], name: &str, word: &str) -> bool {
    let values = headers.iter().filter(|(it, _)| it.eq_ignore_ascii_case(name));
    values.flat_map(|(_, value)| value.split(',')).any(|it| it.trim().eq_ignore_ascii_case(word))
}

impl Request {
    /// Returns true if the connection should be closed after the request.
    pub(super) fn is_last(&self) -> bool {
        self.minor_version == 0 || lists(&self.headers, "connection", "close")
    }

    /// Returns true if the client waits for `100 Continue` before it sends the body.
    pub(super) fn expects_word(&self) -> bool {
        lists(&self.headers, "expect", "100-continue")
    }

    /// Reads the head of the next request; bytes of the body that were read with it stay in `buffer`.
    pub(super) async fn head<R: AsyncRead + Unpin>(
        stream: &mut R,
        buffer: &mut Vec<u8>,
    ) -> Result<Self, NoRequest> {
        loop {
            let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
            let mut parsed = httparse::Request::new(&mut headers);
            match parsed.parse(buffer) {
                Ok(httparse::Status::Complete(end)) => {
                    let request = Self {
                        method: parsed.method.unwrap_or_default().to_owned(),
                        target: parsed.path.unwrap_or_default().to_owned(),
                        minor_version: parsed.version.unwrap_or(1),
                        headers: owned(parsed.headers),
                        body: Vec::new(),
                    };
                    buffer.drain(..end);
                    return Ok(request);
                }
                Ok(httparse::Status::Partial) if buffer.len() <= LONGEST_HEAD => {}
                _ => return Err(NoRequest::Nonsense),
            }
            more(stream, buffer).await?;
        }
    }

    /// Reads the body that belongs to the head.
    pub(super) async fn rest<R: AsyncRead + Unpin>(
        &mut self,
        stream: &mut R,
        buffer: &mut Vec<u8>,
    ) -> Result<(), NoRequest> {
        if lists(&self.headers, "transfer-encoding", "chunked") {
            loop {
                if let Some((body, end)) = unchunked(buffer)? {
                    self.body = body;
                    buffer.drain(..end);
                    return Ok(());
                }
                if buffer.len() > LONGEST_BODY {
                    return Err(NoRequest::Nonsense);
                }
                more(stream, buffer).await?;
            }
        }
        let length = match header(&self.headers, "content-length") {
            None => 0,
            Some(text) => text.trim().parse::<usize>().map_err(|_| NoRequest::Nonsense)?,
        };
        if length > LONGEST_BODY {
            return Err(NoRequest::Nonsense);
        }
        while buffer.len() < length {
            more(stream, buffer).await?;
        }
        self.body = buffer.drain(..length).collect();
        Ok(())
    }

    /// Returns the request as it is passed on to the sandbox, with its headers about the connection replaced.
    pub(super) fn onward(&self) -> Vec<u8> {
        let mut out = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        let chunked = lists(&self.headers, "transfer-encoding", "chunked");
        let own = ["connection", "expect", "keep-alive", "transfer-encoding"];
        for (name, value) in &self.headers {
            if !own.iter().any(|it| name.eq_ignore_ascii_case(it)) {
                out += &format!("{name}: {value}\r\n");
            }
        }
        out += "connection: close\r\n";
        let mut bytes = out.into_bytes();
        if chunked {
            bytes.extend_from_slice(
                format!("transfer-encoding: chunked\r\n\r\n{:x}\r\n", self.body.len()).as_bytes(),
            );
            bytes.extend_from_slice(&self.body);
            bytes.extend_from_slice(if self.body.is_empty() { b"\r\n" } else { b"\r\n0\r\n\r\n" });
        } else {
            bytes.extend_from_slice(b"\r\n");
            bytes.extend_from_slice(&self.body);
        }
        bytes
    }
}

async fn more<R: AsyncRead + Unpin>(stream: &mut R, buffer: &mut Vec<u8>) -> Result<(), NoRequest> {
    match stream.read_buf(buffer).await? {
        0 => Err(NoRequest::Gone),
        _ => Ok(()),
    }
}

fn owned(headers: &[httparse::Header<'_>]) -> Vec<(String, String)> {
    let text =
        |it: &httparse::Header<'_>| (it.name.to_owned(), String::from_utf8_lossy(it.value).into_owned());
    headers.iter().map(text).collect()
}

/// Decodes a chunked body, and returns it with the position of its end; `None` if it is incomplete.
///
/// # Errors
/// Returns [`NoRequest::Nonsense`] if the size of a chunk is no hexadecimal number or exceeds the limit, or if a chunk is
/// longer than its size.
fn unchunked(bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, NoRequest> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let (start, size) = match httparse::parse_chunk_size(rest) {
            Ok(httparse::Status::Complete(chunk)) => chunk,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => return Err(NoRequest::Nonsense),
        };
        let size = usize::try_from(size).ok().filter(|it| *it <= LONGEST_BODY).ok_or(NoRequest::Nonsense)?;
        let from = at + start;
        let rest = bytes.get(from..).unwrap_or_default();
        if size == 0 {
            // Trailers are skipped.
            let end = match rest.starts_with(b"\r\n") {
                true => Some(2),
                false => rest.windows(4).position(|it| it == b"\r\n\r\n").map(|it| it + 4),
            };
            return Ok(end.map(|end| (body, from + end)));
        }
        let Some((chunk, behind)) = rest.split_at_checked(size) else { return Ok(None) };
        match behind {
            [b'\r', b'\n', ..] => {}
            [] | [b'\r'] => return Ok(None),
            _ => return Err(NoRequest::Nonsense),
        }
        body.extend_from_slice(chunk);
        at = from + size + 2;
    }
}

/// A complete response of the sandbox.
#[derive(Debug, Default)]
pub(super) struct Response {
    /// The interim responses before it, as bytes.
    pub(super) ahead: Vec<u8>,
    pub(super) status: u16,
    /// The status line, without the line end.
    pub(super) line: String,
    pub(super) headers: Vec<(String, String)>,
    /// The body with its codings.
    pub(super) raw_body: Vec<u8>,
}

impl Response {
    /// Parses a response; `None` if the bytes are not a complete HTTP response.
    pub(super) fn read(mut bytes: &[u8]) -> Option<Self> {
        let mut response = Self::default();
        loop {
            let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
            let mut parsed = httparse::Response::new(&mut headers);
            let Ok(httparse::Status::Complete(end)) = parsed.parse(bytes) else { return None };
            response.status = parsed.code?;
            if response.status < 200 {
                response.ahead.extend_from_slice(&bytes[..end]);
                bytes = &bytes[end..];
                continue;
            }
            let line = bytes.split(|byte| *byte == b'\r').next().unwrap_or_default();
            response.line = String::from_utf8_lossy(line).into_owned();
            response.headers = owned(parsed.headers);
            response.raw_body = bytes[end..].to_vec();
            return Some(response);
        }
    }

    /// Returns the body without its codings, as text.
    pub(super) fn text(&self) -> String {
        let plain = if lists(&self.headers, "transfer-encoding", "chunked") {
            unchunked(&self.raw_body).ok().flatten().map(|(body, _)| body).unwrap_or_default()
        } else {
            self.raw_body.clone()
        };
        let mut decoded = Vec::new();
        let gzip = lists(&self.headers, "content-encoding", "gzip");
        let read = gzip
            && MultiGzDecoder::new(plain.as_slice())
                .take(LONGEST_BODY as u64)
                .read_to_end(&mut decoded)
                .is_ok();
        String::from_utf8_lossy(if read { &decoded } else { &plain }).into_owned()
    }

    /// Returns the bytes to send to the client: interim responses, head and body.
    pub(super) fn bytes(&self, keep_alive: bool) -> Vec<u8> {
        let mut out = self.ahead.clone();
        out.extend_from_slice(format!("{}\r\n", self.line).as_bytes());
        for (name, value) in &self.headers {
            if !(keep_alive && name.eq_ignore_ascii_case("connection")) {
                out.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
            }
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&self.raw_body);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(text: &str) -> (Request, Vec<u8>) {
        let (mut stream, mut buffer) = (text.as_bytes(), Vec::new());
        let mut request = Request::head(&mut stream, &mut buffer).await.unwrap();
        request.rest(&mut stream, &mut buffer).await.unwrap();
        (request, buffer)
    }

    #[tokio::test]
    async fn a_request_is_read_to_its_end_and_no_further() {
        let (request, rest) = read("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET").await;
        assert_eq!((request.body.as_slice(), rest.as_slice()), (&b"abc"[..], &b"GET"[..]));
        let chunked =
            "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\nGET";
        let (request, rest) = read(chunked).await;
        assert_eq!((request.body.as_slice(), rest.as_slice()), (&b"abc"[..], &b"GET"[..]));
        let onward = String::from_utf8(request.onward()).unwrap();
        assert!(onward.ends_with("transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"), "{onward}");
        let (request, _) = read("GET / HTTP/1.0\r\n\r\n").await;
        assert!(request.is_last() && request.body.is_empty());
    }

    #[test]
    fn chunks_that_are_none_are_told_from_chunks_that_are_not_whole_yet() {
        for (bytes, is_whole) in [
            ("", false),
            ("2", false),
            ("2\r\na", false),
            ("2\r\nab\r", false),
            ("2\r\nab\r\n0\r\n", false),
            ("2\r\nab\r\n0\r\n\r\n", true),
            ("2\r\nab\r\n0\r\na: b\r\n\r\n", true),
        ] {
            let read = unchunked(bytes.as_bytes());
            assert!(read.is_ok_and(|it| it.is_some() == is_whole), "{bytes:?}");
        }
        for bytes in ["x\r\n", "-1\r\n", "2\r\nabc\r\n", "fffffff\r\n"] {
            assert!(matches!(unchunked(bytes.as_bytes()), Err(NoRequest::Nonsense)), "{bytes:?}");
        }
    }

    #[test]
    fn an_answer_is_read_behind_its_interim_answers() {
        let bytes = b"HTTP/1.1 103 Early Hints\r\na: b\r\n\r\nHTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
        let response = Response::read(bytes).unwrap();
        assert_eq!((response.status, response.text().as_str()), (200, "{}"));
        assert_eq!(response.bytes(false), bytes);
        assert!(!String::from_utf8(response.bytes(true)).unwrap().contains("connection"));
        assert!(Response::read(b"nonsense").is_none());
    }
}
