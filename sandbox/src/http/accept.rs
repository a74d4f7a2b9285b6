//! Takes connections, within bounds, until it is told to stop; then what is under way is still answered.

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
use crate::http::listener::{ApiStream, Connection, Tape};
use crate::http::tls::Tls;
use crate::http::wire::HeadStyle;

/// Largest head of a request; also what a connection buffers.
const LARGEST_HEAD: usize = 64 << 10;
/// A connection that has been quiet for so long makes room for a new one where there is none left.
const QUIET: Duration = Duration::from_secs(1);
/// Connections that are being turned away at the same time, which take files too; past these they are dropped without a
/// word.
const TURNED_AWAY: usize = 16;
/// How long one that is turned away may take to ask, and to read why.
const FAREWELL: Duration = Duration::from_secs(5);
/// How long to wait where the process has no file left for a connection.
const BREATH: Duration = Duration::from_millis(50);

/// Answers a request that came over a connection.
pub(crate) type Handler =
    Arc<dyn Fn(Connection, Request<Body>) -> BoxFuture<'static, Response<Body>> + Send + Sync>;

/// How connections are served.
pub(crate) struct Serving {
    /// Who answers.
    pub(crate) handler: Handler,
    /// Bounds.
    pub(crate) limits: Limits,
    /// Whether what comes in is kept.
    pub(crate) taped: bool,
    /// How heads are written.
    pub(crate) head: HeadStyle,
    /// Whose certificate is shown; without one, all is in clear text.
    pub(crate) tls: Option<Tls>,
    /// What is sent, head and body, where there are too many connections.
    pub(crate) overloaded: Vec<u8>,
    /// How long what is under way may take once the server stops.
    pub(crate) grace: Duration,
}

/// Serves until it is told to stop, and then until what is under way has been answered, within the grace.
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
            // Most likely there is no file left: whoever is quiet gives up theirs.
            make_room(&mut open);
            tokio::time::sleep(BREATH).await;
            continue;
        };
        while tasks.try_join_next().is_some() {}
        open.retain(|it| !it.has_ended());
        if tasks.len() >= serving.limits.connections && !make_room(&mut open) {
            // Who speaks TLS would have to be listened to first, for which there is no room either.
            if let (None, Ok(permit)) = (&serving.tls, turned_away.clone().try_acquire_owned()) {
                let serving = serving.clone();
                tokio::spawn(async move {
                    let _ = tokio::time::timeout(FAREWELL, turn_away(stream, &serving.overloaded)).await;
                    drop(permit);
                });
            }
            continue;
        }
        // It sends at once; one that can't be set so is slower, not wrong.
        let _ = stream.set_nodelay(true);
        let tape = serving.taped.then(Tape::default);
        let connection = Connection::new(tape.clone());
        open.push(connection.clone());
        tasks.spawn(converse(connection, (stream, tape), serving.clone(), stopped.clone()));
    }
    drop(listener);
    let ended = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(serving.grace, ended).await.is_err() {
        tasks.shutdown().await;
    }
}

/// Ends the connection that has been quiet for longest, if one has been for long enough.
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

/// Says that there is no room, once it is asked for something, and lets the client read it.
async fn turn_away(mut stream: TcpStream, answer: &[u8]) {
    let mut rest = [0; 1024];
    if !matches!(stream.read(&mut rest).await, Ok(1..)) {
        return;
    }
    if stream.write_all(answer).await.is_ok() && stream.shutdown().await.is_ok() {
        while matches!(stream.read(&mut rest).await, Ok(1..)) {}
    }
}

/// Carries the requests of a connection, which is over TLS where the server has a certificate.
async fn converse(
    connection: Connection,
    (stream, tape): (TcpStream, Option<Tape>),
    serving: Arc<Serving>,
    mut stopped: watch::Receiver<bool>,
) {
    let (head, limits) = (serving.head, serving.limits);
    let Some(tls) = &serving.tls else {
        return carry(connection, ApiStream::new(stream, tape, head, limits.write), serving, stopped).await;
    };
    let agreed = tokio::select! {
        agreed = tls.accept(stream, limits.head) => agreed,
        () = connection.given_up() => None,
        // Nothing has been asked for yet.
        _ = stopped.wait_for(|stopped| *stopped) => None,
    };
    if let Some(stream) = agreed {
        carry(connection, ApiStream::new(stream, tape, head, limits.write), serving, stopped).await;
    }
}

/// Carries the requests of a connection to the handler and their answers back.
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
            // However it ends: the client went, was too slow, or has been answered.
            _ = served.as_mut() => break,
            () = connection.given_up() => break,
            _ = stopped.wait_for(|stopped| *stopped), if !stopping => {
                stopping = true;
                served.as_mut().graceful_shutdown();
            }
        }
    }
}
