//! A server at the level of its socket: it reads requests, has a right server carry them out, and then misbehaves as told.

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

/// What is done with a connection, one after the other.
pub(crate) enum Step {
    /// These bytes go out.
    Send(Vec<u8>),
    /// These, so many times.
    Again(Vec<u8>, usize),
    /// These, until nobody takes them any more.
    Forever(Vec<u8>),
    /// These, one byte after so long each.
    Slowly(Vec<u8>, Duration),
    /// Nothing for so long.
    Wait(Duration),
    /// Nothing more, until the other side goes away.
    Hold,
    /// The connection is closed.
    Close,
    /// The connection is torn down, as by a process that dies.
    Reset,
    /// The server goes away for a moment, and so do all its connections.
    Restart,
}

/// A request, the answer that a right server gave to it, and how many of its kind came before.
pub(crate) struct Ask<'a> {
    /// The request.
    pub(crate) request: &'a Message,
    /// What a right server answers; nothing where it was not asked.
    pub(crate) answer: Option<&'a Message>,
    /// How many requests of the kind came before.
    pub(crate) nth: usize,
}

impl Ask<'_> {
    /// The right answer's body.
    pub(crate) fn body(&self) -> Vec<u8> {
        self.answer.map(|it| it.body.clone()).unwrap_or_default()
    }

    /// Its status line and headers, without a word about the body's length.
    pub(crate) fn head(&self) -> String {
        let head = self.answer.map(|it| String::from_utf8_lossy(&it.head).into_owned()).unwrap_or_default();
        let kept = head.trim_end().lines().filter(|line| {
            let name = line.split(':').next().unwrap_or_default();
            !name.eq_ignore_ascii_case("content-length") && !name.eq_ignore_ascii_case("transfer-encoding")
        });
        kept.map(|line| format!("{line}\r\n")).collect()
    }

    /// The right answer, byte for byte.
    pub(crate) fn right(&self) -> Vec<u8> {
        self.answer.map(|it| it.bytes.clone()).unwrap_or_default()
    }

    /// The right answer with another body.
    pub(crate) fn with_body(&self, body: &[u8]) -> Vec<u8> {
        self.answer.map(|it| it.with_body(body)).unwrap_or_default()
    }

    /// The right answer with more header lines, each with its line end.
    pub(crate) fn with_headers(&self, lines: &str) -> Vec<u8> {
        let body = self.body();
        [format!("{}{lines}content-length: {}\r\n\r\n", self.head(), body.len()).as_bytes(), &body].concat()
    }

    /// Whether the order was accepted.
    pub(crate) fn accepted(&self) -> bool {
        self.answer.is_some_and(is_200)
    }
}

/// What a server misbehaves about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    /// Everything that it is asked.
    Everything,
    /// Orders.
    Orders,
    /// Orders that a right server accepts.
    Accepted,
    /// Everything from the twentieth request on.
    Later,
}

/// A way of misbehaving.
#[derive(Clone, Copy)]
pub(crate) struct Deed {
    pub(crate) about: About,
    /// Whether a right server carries the request out first.
    pub(crate) hears: bool,
    pub(crate) steps: fn(&Ask<'_>) -> Vec<Step>,
}

struct Inner {
    upstream: String,
    deed: Deed,
    asked: AtomicUsize,
    /// What a right server charged, in pesewas, whatever was then said of it.
    charged: AtomicU64,
    orders: AtomicU64,
    /// Requests that a right server carries out right now.
    open: AtomicUsize,
    away: Notify,
    /// Keys that a right server let in.
    keys: Mutex<BTreeSet<String>>,
}

/// Such a server; stops when dropped.
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
    /// In front of a right server, at an address of this machine.
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

    /// What a right server charged behind it.
    pub(crate) fn charged(&self) -> Pesewas {
        Pesewas::new(i64::try_from(self.inner.charged.load(Ordering::Relaxed)).unwrap_or(i64::MAX))
    }

    /// Orders that arrived.
    pub(crate) fn orders(&self) -> u64 {
        self.inner.orders.load(Ordering::Relaxed)
    }

    /// Keys that a right server let in.
    pub(crate) fn keys(&self) -> BTreeSet<String> {
        self.inner.keys.lock().unwrap().clone()
    }

    /// Waits until a right server has carried out everything that it was asked.
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

/// What a right server answers. What it is carrying out it carries out, whoever has gone meanwhile.
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

/// Takes one step; `None` where the connection is over.
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
            // What still comes is taken and forgotten.
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
