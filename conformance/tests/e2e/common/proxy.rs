//! A proxy between the program and a server: it sees every request, and may drop, delay, repeat or change it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A request or a response as it was sent over the wire.
#[derive(Debug, Clone)]
pub struct Message {
    /// Start line and headers, including the empty line.
    pub head: Vec<u8>,
    /// The body, with chunks joined.
    pub body: Vec<u8>,
    /// The whole message, byte for byte.
    pub bytes: Vec<u8>,
}

impl Message {
    fn of(bytes: Vec<u8>, request: bool) -> Option<Self> {
        let (head, body) = bytes.split_at(complete(&bytes, request)?.0);
        let body = if is_chunked(head) { dechunk(body) } else { body.to_vec() };
        Some(Self { head: head.to_vec(), body, bytes })
    }

    /// Receives the next message of a connection, or `None` if it closes first; later bytes stay in the buffer.
    pub async fn receive(stream: &mut TcpStream, buffer: &mut Vec<u8>, request: bool) -> Option<Self> {
        receive(stream, buffer, request).await
    }

    pub fn start_line(&self) -> String {
        String::from_utf8_lossy(&self.head).lines().next().unwrap_or_default().to_owned()
    }

    /// Returns the values of a header, with a comma between them if it was sent more than once.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = String::from_utf8_lossy(&self.head).into_owned();
        let pairs = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let named = pairs.filter(|(it, _)| it.eq_ignore_ascii_case(name));
        let values: Vec<&str> = named.map(|(_, value)| value.trim()).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    pub fn is_purchase(&self) -> bool {
        self.start_line().starts_with("POST") && self.start_line().contains("/buy-bulk")
    }

    pub fn is_read(&self) -> bool {
        self.start_line().starts_with("GET")
    }

    /// Returns the message with another body of known length.
    pub fn with_body(&self, body: &[u8]) -> Vec<u8> {
        let head = String::from_utf8_lossy(&self.head);
        let kept = head.trim_end().lines().filter(|line| {
            let name = line.split(':').next().unwrap_or_default();
            !name.eq_ignore_ascii_case("content-length") && !name.eq_ignore_ascii_case("transfer-encoding")
        });
        let head: String = kept.map(|line| format!("{line}\r\n")).collect();
        [format!("{head}content-length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
    }
}

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The request and its response are passed on.
    Pass,
    /// The connection closes before the server receives the request.
    DropRequest,
    /// The server receives the request, and the connection closes before the response is returned.
    DropAnswer,
    /// The server receives the request, and the connection closes in the middle of the response.
    CutAnswer,
    /// The server receives the request with this delay.
    DelayRequest(Duration),
    /// The response is returned with this delay.
    DelayAnswer(Duration),
    /// The server receives the request twice.
    Twice,
    /// This response is returned, and the server does not receive the request.
    Answer(&'static str),
    /// There is no response until the proxy is dropped.
    Hold,
}

/// Decides what happens to a request.
pub type Decide = Box<dyn Fn(&Message) -> Fate + Send + Sync>;
/// Returns what is sent instead of a response.
pub type Rewrite = Box<dyn Fn(&Message, &Message) -> Vec<u8> + Send + Sync>;

/// A request, with the response that was returned for it, if there was one.
pub type Passed = (Message, Option<Message>);

struct Inner {
    upstream: String,
    decide: Decide,
    rewrite: Rewrite,
    log: Mutex<Vec<Passed>>,
    seen: tokio::sync::watch::Sender<usize>,
    /// Number of requests that the server is processing.
    open: AtomicUsize,
}

/// A proxy; it stops when dropped.
pub struct Proxy {
    pub url: String,
    inner: Arc<Inner>,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// Starts a proxy that passes everything to a server.
    pub async fn transparent(upstream: &str) -> Self {
        Self::start(upstream, Box::new(|_| Fate::Pass)).await
    }

    pub async fn start(upstream: &str, decide: Decide) -> Self {
        Self::rewriting(upstream, decide, Box::new(|_, answer| answer.bytes.clone())).await
    }

    pub async fn rewriting(upstream: &str, decide: Decide, rewrite: Rewrite) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let upstream = upstream.trim_start_matches("http://").to_owned();
        let seen = tokio::sync::watch::Sender::new(0);
        let inner = Arc::new(Inner {
            upstream,
            decide,
            rewrite,
            log: Mutex::default(),
            seen,
            open: AtomicUsize::new(0),
        });
        let task = tokio::spawn({
            let inner = inner.clone();
            async move {
                let mut connections = tokio::task::JoinSet::new();
                while let Ok((stream, _)) = listener.accept().await {
                    let inner = inner.clone();
                    connections.spawn(async move { serve(&inner, stream).await });
                }
            }
        });
        Self { url, inner, task }
    }

    /// Returns everything that was received so far.
    pub fn log(&self) -> Vec<Passed> {
        self.inner.log.lock().unwrap().clone()
    }

    /// Returns the purchase requests that were received so far.
    pub fn purchases(&self) -> Vec<Message> {
        self.log().into_iter().map(|it| it.0).filter(Message::is_purchase).collect()
    }

    /// Waits until every received request has its response.
    pub async fn quiet(&self) {
        while self.inner.open.load(Ordering::Relaxed) > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Waits until this many requests were received.
    pub async fn until(&self, requests: usize) {
        let mut seen = self.inner.seen.subscribe();
        let _ = seen.wait_for(|it| *it >= requests).await;
    }
}

/// Serves one connection of the program: its requests in order, even if it does not wait for responses.
async fn serve(inner: &Inner, mut stream: TcpStream) -> Option<()> {
    let _ = stream.set_nodelay(true);
    let mut buffer = Vec::new();
    while let Some(request) = Message::receive(&mut stream, &mut buffer, true).await {
        let at = {
            let mut log = inner.log.lock().unwrap();
            log.push((request.clone(), None));
            log.len() - 1
        };
        inner.seen.send_modify(|it| *it += 1);
        let fate = (inner.decide)(&request);
        match fate {
            Fate::DropRequest => return None,
            Fate::Answer(answer) => {
                stream.write_all(answer.as_bytes()).await.ok()?;
                continue;
            }
            Fate::Hold => std::future::pending::<()>().await,
            Fate::DelayRequest(delay) => tokio::time::sleep(delay).await,
            _ => {}
        }
        let bytes = pass(inner, at, &request, fate).await?;
        match fate {
            Fate::DropAnswer => return None,
            Fate::CutAnswer => {
                let _ = stream.write_all(&bytes[..bytes.len() * 2 / 3]).await;
                return None;
            }
            Fate::DelayAnswer(delay) => tokio::time::sleep(delay).await,
            _ => {}
        }
        stream.write_all(&bytes).await.ok()?;
    }
    Some(())
}

/// Passes a request to the server and returns what is sent back. The request reaches the server even if nobody waits
/// for its response any more.
async fn pass(inner: &Inner, at: usize, request: &Message, fate: Fate) -> Option<Vec<u8>> {
    if fate == Fate::Twice {
        forward(inner, request).await?;
    }
    inner.open.fetch_add(1, Ordering::Relaxed);
    let answer = forward(inner, request).await;
    let bytes = answer.map(|answer| (inner.rewrite)(request, &answer));
    if let Some(bytes) = &bytes {
        inner.log.lock().unwrap()[at].1 = Message::of(bytes.clone(), false);
    }
    inner.open.fetch_sub(1, Ordering::Relaxed);
    bytes
}

/// Sends a request to the server on a new connection and returns the response.
async fn forward(inner: &Inner, request: &Message) -> Option<Message> {
    let mut stream = TcpStream::connect(&inner.upstream).await.ok()?;
    stream.write_all(&request.bytes).await.ok()?;
    if request.start_line().starts_with("HEAD ") {
        return head(&mut stream).await;
    }
    Message::receive(&mut stream, &mut Vec::new(), false).await
}

/// Receives the response to a HEAD request, which has no body whatever length it names.
async fn head(stream: &mut TcpStream) -> Option<Message> {
    let mut bytes = Vec::new();
    while find(&bytes, b"\r\n\r\n").is_none() {
        bytes.push(stream.read_u8().await.ok()?);
    }
    Some(Message { head: bytes.clone(), body: Vec::new(), bytes })
}

/// Receives one message; later bytes stay in the buffer.
async fn receive(stream: &mut TcpStream, buffer: &mut Vec<u8>, request: bool) -> Option<Message> {
    loop {
        if let Some(length) = complete(buffer, request) {
            return Message::of(buffer.drain(..length.1).collect(), request);
        }
        let mut more = [0; 16 * 1024];
        match stream.read(&mut more).await.ok()? {
            0 => return None,
            read => buffer.extend_from_slice(&more[..read]),
        }
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|it| it == what)
}

fn value(head: &[u8], name: &str) -> Option<String> {
    let head = String::from_utf8_lossy(head).into_owned();
    let mut pairs = head.lines().filter_map(|line| line.split_once(':'));
    pairs.find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_ascii_lowercase())
}

fn is_chunked(head: &[u8]) -> bool {
    value(head, "transfer-encoding").is_some_and(|it| it.contains("chunked"))
}

/// Returns the lengths of the head and of the whole message once it is complete.
fn complete(buffer: &[u8], request: bool) -> Option<(usize, usize)> {
    let head = find(buffer, b"\r\n\r\n")? + 4;
    if is_chunked(&buffer[..head]) {
        let mut at = head;
        loop {
            let line = find(&buffer[at..], b"\r\n")?;
            let size = std::str::from_utf8(&buffer[at..at + line]).ok()?;
            let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
            at += line + 2 + size + 2;
            if buffer.len() < at {
                return None;
            }
            if size == 0 {
                return Some((head, at));
            }
        }
    }
    let length = value(&buffer[..head], "content-length").and_then(|it| it.parse().ok());
    let whole = head + length.unwrap_or(0);
    debug_assert!(request || length.is_some() || buffer.len() == head, "an answer without a length");
    (buffer.len() >= whole).then_some((head, whole))
}

fn dechunk(mut bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(line) = find(bytes, b"\r\n") {
        let size = std::str::from_utf8(&bytes[..line]).ok().and_then(|it| usize::from_str_radix(it, 16).ok());
        let Some(size) = size.filter(|it| *it > 0) else { break };
        body.extend_from_slice(&bytes[line + 2..line + 2 + size]);
        bytes = &bytes[line + 2 + size + 2..];
    }
    body
}
