//! A server that works on its socket directly: it reads requests, passes them to a correct server, and then misbehaves.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use spec::Pesewas;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::common::proxy::Message;
use crate::common::recording::charged_by;

/// One step in the treatment of a connection.
pub(crate) enum Step {
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Sends these bytes this many times.
    Again(Vec<u8>, usize),
    /// Sends these bytes until the client no longer reads.
    Forever(Vec<u8>),
    /// Sends these bytes one by one, with this pause.
    Slowly(Vec<u8>, Duration),
    /// Waits this long.
    Wait(Duration),
    /// Sends nothing more until the client closes the connection.
    Hold,
    /// Closes the connection.
    Close,
    /// Resets the connection, as if the process had died.
    Reset,
    /// Stops the server for a moment, with all its connections.
    Restart,
}

/// A request, the answer of a correct server, and the number of earlier requests of its kind.
pub(crate) struct Ask<'a> {
    /// The request.
    pub(crate) request: &'a Message,
    /// The answer of a correct server, or `None` if it did not receive the request.
    pub(crate) answer: Option<&'a Message>,
    /// Number of earlier requests of the kind.
    pub(crate) nth: usize,
}

impl Ask<'_> {
    /// Returns the body of the correct answer.
    pub(crate) fn body(&self) -> Vec<u8> {
        self.answer.map(|it| it.body.clone()).unwrap_or_default()
    }

    /// Returns the status line and headers of the correct answer, without those about the length of the body.
    pub(crate) fn head(&self) -> String {
        let head = self.answer.map(|it| String::from_utf8_lossy(&it.head).into_owned()).unwrap_or_default();
        let kept = head.trim_end().lines().filter(|line| {
            let name = line.split(':').next().unwrap_or_default();
            !name.eq_ignore_ascii_case("content-length") && !name.eq_ignore_ascii_case("transfer-encoding")
        });
        kept.map(|line| format!("{line}\r\n")).collect()
    }

    /// Returns the correct answer, byte for byte.
    pub(crate) fn right(&self) -> Vec<u8> {
        self.answer.map(|it| it.bytes.clone()).unwrap_or_default()
    }

    /// Returns the correct answer with another body.
    pub(crate) fn with_body(&self, body: &[u8]) -> Vec<u8> {
        self.answer.map(|it| it.with_body(body)).unwrap_or_default()
    }

    /// Returns the correct answer with more header lines, each with its line end.
    pub(crate) fn with_headers(&self, lines: &str) -> Vec<u8> {
        let body = self.body();
        [format!("{}{lines}content-length: {}\r\n\r\n", self.head(), body.len()).as_bytes(), &body].concat()
    }

    /// Returns true if the order was accepted.
    pub(crate) fn accepted(&self) -> bool {
        self.answer.is_some_and(is_200)
    }
}

/// Which requests a server misbehaves on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    /// All requests.
    Everything,
    /// Orders.
    Orders,
    /// Orders that a correct server accepts.
    Accepted,
    /// All requests from the twentieth on.
    Later,
}

/// A way of misbehaving.
#[derive(Clone, Copy)]
pub(crate) struct Deed {
    pub(crate) about: About,
    /// Whether a correct server processes the request first.
    pub(crate) hears: bool,
    pub(crate) steps: fn(&Ask<'_>) -> Vec<Step>,
}

struct Inner {
    upstream: String,
    deed: Deed,
    asked: AtomicUsize,
    /// What the correct server charged, in pesewas, whatever was answered.
    charged: AtomicU64,
    orders: AtomicU64,
    /// Number of requests that the correct server is processing.
    open: AtomicUsize,
    away: Notify,
    /// Keys that the correct server accepted.
    keys: Mutex<BTreeSet<String>>,
}

/// The misbehaving server; it stops when dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    inner: Arc<Inner>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Starts the server in front of a correct one, at an address of this machine.
    pub(crate) async fn start(upstream: &str, address: &str, deed: Deed) -> std::io::Result<Self> {
        let mut listener = TcpListener::bind(address).await?;
        let at = listener.local_addr()?;
        let inner = Arc::new(Inner {
            upstream: upstream.trim_start_matches("http://").to_owned(),
            deed,
            asked: AtomicUsize::new(0),
            charged: AtomicU64::new(0),
            orders: AtomicU64::new(0),
            open: AtomicUsize::new(0),
            away: Notify::new(),
            keys: Mutex::default(),
        });
        let task = tokio::spawn({
            let inner = inner.clone();
            async move {
                let mut connections = tokio::task::JoinSet::new();
                loop {
                    let stream = tokio::select! {
                        () = inner.away.notified() => None,
                        accepted = listener.accept() => accepted.ok().map(|it| it.0),
                    };
                    if let Some(stream) = stream {
                        let inner = inner.clone();
                        connections.spawn(async move { serve(&inner, stream).await });
                        continue;
                    }
                    connections.shutdown().await;
                    drop(listener);
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    let Ok(again) = TcpListener::bind(at).await else { return };
                    listener = again;
                }
            }
        });
        Ok(Self { url: format!("http://{at}"), inner, task })
    }

    /// Returns what the correct server charged.
    pub(crate) fn charged(&self) -> Pesewas {
        Pesewas::new(i64::try_from(self.inner.charged.load(Ordering::Relaxed)).unwrap_or(i64::MAX))
    }

    /// Returns the number of orders that were received.
    pub(crate) fn orders(&self) -> u64 {
        self.inner.orders.load(Ordering::Relaxed)
    }

    /// Returns the keys that the correct server accepted.
    pub(crate) fn keys(&self) -> BTreeSet<String> {
        self.inner.keys.lock().unwrap().clone()
    }

    /// Waits until the correct server has processed every request.
    pub(crate) async fn quiet(&self) {
        while self.inner.open.load(Ordering::Relaxed) > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

async fn serve(inner: &Arc<Inner>, mut stream: TcpStream) -> Option<()> {
    _ = stream.set_nodelay(true);
    let mut buffer = Vec::new();
    while let Some(request) = Message::receive(&mut stream, &mut buffer, true).await {
        let nth = inner.asked.fetch_add(1, Ordering::Relaxed);
        let order = request.is_purchase();
        inner.orders.fetch_add(u64::from(order), Ordering::Relaxed);
        let Deed { about, hears, steps } = inner.deed;
        let meant = match about {
            About::Everything => true,
            About::Orders | About::Accepted => order,
            About::Later => nth >= 20,
        };
        let answer = if hears || !meant { Some(heard(inner, &request).await?) } else { None };
        if let (Some(key), true) = (request.header("x-api-key"), answer.as_ref().is_some_and(is_200)) {
            inner.keys.lock().unwrap().insert(key);
        }
        let ask = Ask { request: &request, answer: answer.as_ref(), nth };
        if !meant || about == About::Accepted && !ask.accepted() {
            stream.write_all(&ask.right()).await.ok()?;
            continue;
        }
        for step in steps(&ask) {
            take(inner, &mut stream, step).await?;
        }
    }
    Some(())
}

fn is_200(answer: &Message) -> bool {
    answer.start_line().contains(" 200 ")
}

/// Returns the answer of the correct server. A request that was passed on is processed even if the client is gone.
async fn heard(inner: &Arc<Inner>, request: &Message) -> Option<Message> {
    let (inner, request) = (inner.clone(), request.clone());
    inner.open.fetch_add(1, Ordering::Relaxed);
    let work = tokio::spawn(async move {
        let answer = forward(&inner.upstream, &request).await;
        let accepted = answer.as_ref().filter(|it| request.is_purchase() && is_200(it));
        let charged = accepted.and_then(|it| charged_by(&it.body)).unwrap_or_default();
        inner.charged.fetch_add(u64::try_from(charged.get()).unwrap_or(0), Ordering::Relaxed);
        inner.open.fetch_sub(1, Ordering::Relaxed);
        answer
    });
    work.await.ok()?
}

async fn forward(upstream: &str, request: &Message) -> Option<Message> {
    let mut stream = TcpStream::connect(upstream).await.ok()?;
    stream.write_all(&request.bytes).await.ok()?;
    Message::receive(&mut stream, &mut Vec::new(), false).await
}

/// Takes one step; returns `None` when the connection has ended.
async fn take(inner: &Inner, stream: &mut TcpStream, step: Step) -> Option<()> {
    match step {
        Step::Send(bytes) => stream.write_all(&bytes).await.ok(),
        Step::Again(bytes, times) => {
            for _ in 0..times {
                stream.write_all(&bytes).await.ok()?;
            }
            Some(())
        }
        Step::Forever(bytes) => loop {
            stream.write_all(&bytes).await.ok()?;
        },
        Step::Slowly(bytes, pause) => {
            for byte in bytes {
                stream.write_all(&[byte]).await.ok()?;
                tokio::time::sleep(pause).await;
            }
            Some(())
        }
        Step::Wait(pause) => {
            tokio::time::sleep(pause).await;
            Some(())
        }
        Step::Hold => {
            // Further input is read and discarded.
            _ = tokio::io::copy(stream, &mut tokio::io::sink()).await;
            None
        }
        Step::Close => None,
        Step::Reset => {
            _ = stream.set_zero_linger();
            None
        }
        Step::Restart => {
            inner.away.notify_one();
            std::future::pending().await
        }
    }
}
