//! Accepts connections within limits until the server is to stop, and then answers the requests that are being handled.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response};
use futures::future::BoxFuture;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::http::limits::Limits;
use crate::http::listener::{ApiStream, Capture, Connection};
use crate::http::tls::Tls;
use crate::http::wire::HeadStyle;

/// The maximum size of a request head in bytes, and of a connection's buffer.
const LARGEST_HEAD: usize = 64 << 10;
/// How long a connection must have been idle before it is closed to make room for a new one.
const QUIET: Duration = Duration::from_secs(1);
/// The maximum number of connections that are being refused at the same time, since these use files too; any others are
/// closed without a response.
const TURNED_AWAY: usize = 16;
/// How long a refused client may take to send its request and to read the response.
const FAREWELL: Duration = Duration::from_secs(5);
/// How long to wait if the process has no file descriptor left for a connection.
const BREATH: Duration = Duration::from_millis(50);

/// A function that answers a request of a connection.
pub(crate) type Handler =
    Arc<dyn Fn(Connection, Request<Body>) -> BoxFuture<'static, Response<Body>> + Send + Sync>;

/// The settings by which connections are served.
pub(crate) struct Serving {
    /// The function that answers requests.
    pub(crate) handler: Handler,
    /// The limits.
    pub(crate) limits: Limits,
    /// Whether the received bytes are kept.
    pub(crate) captured: bool,
    /// The spelling of response heads.
    pub(crate) head: HeadStyle,
    /// The certificate of the server; `None` for plain HTTP.
    pub(crate) tls: Option<Tls>,
    /// The whole response, head and body, that is sent if there are too many connections.
    pub(crate) overloaded: Vec<u8>,
    /// How long requests that are being handled may take once the server stops.
    pub(crate) grace: Duration,
}

/// Serves until the server is to stop, and then until all requests have been answered or the grace period has ended.
pub(crate) async fn serve(listener: TcpListener, serving: Serving, mut stopped: watch::Receiver<bool>) {
    let serving = Arc::new(serving);
    let turned_away = Arc::new(Semaphore::new(TURNED_AWAY));
    let mut open: Vec<Connection> = Vec::new();
    let mut tasks = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => break,
            Some(_) = tasks.join_next(), if !tasks.is_empty() => continue,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            // The process has probably run out of file descriptors, so an idle connection is closed.
            make_room(&mut open);
            tokio::time::sleep(BREATH).await;
            continue;
        };
        while tasks.try_join_next().is_some() {}
        open.retain(|it| !it.has_ended());
        if tasks.len() >= serving.limits.connections && !make_room(&mut open) {
            // Refusing a TLS client would need a handshake first, for which there is no room either.
            if let (None, Ok(permit)) = (&serving.tls, turned_away.clone().try_acquire_owned()) {
                let serving = serving.clone();
                tokio::spawn(async move {
                    let _ = tokio::time::timeout(FAREWELL, turn_away(stream, &serving.overloaded)).await;
                    drop(permit);
                });
            }
            continue;
        }
        // Responses are sent without delay. If the option can't be set, the connection is only slower.
        let _ = stream.set_nodelay(true);
        let capture = serving.captured.then(Capture::default);
        let connection = Connection::new(capture.clone());
        open.push(connection.clone());
        tasks.spawn(converse(connection, (stream, capture), serving.clone(), stopped.clone()));
    }
    drop(listener);
    let ended = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(serving.grace, ended).await.is_err() {
        tasks.shutdown().await;
    }
}

/// Closes the connection that has been idle for longest; returns false if none has been idle for long enough.
fn make_room(open: &mut Vec<Connection>) -> bool {
    let quiet = open.iter().enumerate().filter_map(|(at, it)| Some((it.quiet()?, at)));
    match quiet.max() {
        Some((since, at)) if since >= QUIET => {
            open.swap_remove(at).give_up();
            true
        }
        _ => false,
    }
}

/// Waits for a request, answers that there are too many connections, and lets the client read that.
async fn turn_away(mut stream: TcpStream, answer: &[u8]) {
    let mut rest = [0; 1024];
    if !matches!(stream.read(&mut rest).await, Ok(1..)) {
        return;
    }
    if stream.write_all(answer).await.is_ok() && stream.shutdown().await.is_ok() {
        while matches!(stream.read(&mut rest).await, Ok(1..)) {}
    }
}

/// Serves a connection, over TLS if the server has a certificate.
async fn converse(
    connection: Connection,
    (stream, capture): (TcpStream, Option<Capture>),
    serving: Arc<Serving>,
    mut stopped: watch::Receiver<bool>,
) {
    let (head, limits) = (serving.head, serving.limits);
    let Some(tls) = &serving.tls else {
        return carry(connection, ApiStream::new(stream, capture, head, limits.write), serving, stopped)
            .await;
    };
    let agreed = tokio::select! {
        agreed = tls.accept(stream, limits.head) => agreed,
        () = connection.given_up() => None,
        // No request has been received yet, so the connection can be closed.
        _ = stopped.wait_for(|stopped| *stopped) => None,
    };
    if let Some(stream) = agreed {
        carry(connection, ApiStream::new(stream, capture, head, limits.write), serving, stopped).await;
    }
}

/// Passes the requests of a connection to the handler, and its responses back.
async fn carry<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    connection: Connection,
    stream: ApiStream<S>,
    serving: Arc<Serving>,
    mut stopped: watch::Receiver<bool>,
) {
    let answer = service_fn(|request: Request<hyper::body::Incoming>| {
        let busy = connection.busy();
        let answer = (serving.handler)(connection.clone(), request.map(Body::new));
        async move {
            let _busy = busy;
            Ok::<_, Infallible>(answer.await)
        }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(serving.limits.head).max_buf_size(LARGEST_HEAD);
    let served = http.serve_connection(TokioIo::new(stream), answer);
    let mut served = std::pin::pin!(served);
    let mut stopping = false;
    loop {
        tokio::select! {
            // The connection has ended: the client closed it, was too slow, or has been answered.
            _ = served.as_mut() => break,
            () = connection.given_up() => break,
            _ = stopped.wait_for(|stopped| *stopped), if !stopping => {
                stopping = true;
                served.as_mut().graceful_shutdown();
            }
        }
    }
}
