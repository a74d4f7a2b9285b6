//! Answers a request: with the response of the sandbox, or as the scenario prescribes.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::sleep;

use super::message::{Request, Response};
use super::recorder::Slot;
use super::shared::Shared;
use super::upstream;
use crate::client::history::Sent;
use crate::client::scenario::{Asked, Instead, Served, What};

/// The size of a piece, in bytes, and the pause before each piece, for an answer that is sent slowly.
const DRIP: (usize, Duration) = (16, Duration::from_millis(20));

/// What happens to a connection after an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// It stays open for the next request.
    Next,
    /// It is closed.
    Close,
    /// It is reset.
    Reset,
}

/// One exchange.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exchanging<'a> {
    pub(super) shared: &'a Arc<Shared>,
    pub(super) request: &'a Request,
    pub(super) slot: Slot,
}

impl Exchanging<'_> {
    /// Sends the response, or what the scenario prescribes instead.
    pub(super) async fn respond<S: AsyncRead + AsyncWrite + Unpin>(
        self,
        stream: &mut S,
        buffer: &mut Vec<u8>,
        what: Option<What>,
    ) -> After {
        if let Some(what) = what {
            self.shared.recorder.change(self.slot, |it| it.disturbed = Some(told(what)));
        }
        let response = if is_served(what) { self.ask().await } else { None };
        match what {
            Some(What::Reset(_)) => After::Reset,
            Some(What::Close(_)) => After::Close,
            Some(What::Silence(_)) => {
                self.gone(stream, buffer).await;
                After::Close
            }
            Some(What::Cut) => self.cut(stream, response).await,
            Some(What::Drip) => self.drip(stream, buffer, response).await,
            Some(What::Slow(millis)) => self.late(stream, buffer, response, millis).await,
            Some(What::Status(instead)) => {
                self.shared.recorder.change(self.slot, |it| it.meant = it.answer.take());
                self.send(stream, buffer, self.instead(instead)).await
            }
            Some(What::Redirect(status)) => self.send(stream, buffer, self.redirect(status)).await,
            Some(What::Late(status, millis)) => {
                self.pass_on_later(millis);
                let instead = Instead { status, wait: Asked::Nothing, served: Served::No };
                self.send(stream, buffer, self.instead(instead)).await
            }
            None => self.whole(stream, buffer, response).await,
        }
    }

    /// Passes the request on to the sandbox after a delay, even if the client's connection is closed by then.
    fn pass_on_later(self, millis: u64) {
        let (shared, slot, bytes) = (self.shared.clone(), self.slot, self.request.onward());
        self.shared.later(async move {
            sleep(Duration::from_millis(millis)).await;
            if let Ok(response) = upstream::ask(shared.way.upstream, &bytes).await {
                let answer = shared.answer(&response, Sent::Nothing);
                shared.recorder.change(slot, |it| (it.served, it.meant) = (true, Some(answer)));
            }
        });
    }

    /// Sends the response after a delay, unless the client has left by then.
    async fn late<S: AsyncRead + AsyncWrite + Unpin>(
        self,
        stream: &mut S,
        buffer: &mut Vec<u8>,
        response: Option<Response>,
        millis: u64,
    ) -> After {
        let left = tokio::select! {
            () = self.gone(stream, buffer) => true,
            () = sleep(Duration::from_millis(millis)) => false,
        };
        if left {
            self.sent(Sent::Abandoned);
            return After::Close;
        }
        self.whole(stream, buffer, response).await
    }

    /// Asks the sandbox, and records its response as not sent yet.
    async fn ask(self) -> Option<Response> {
        let response = upstream::ask(self.shared.way.upstream, &self.request.onward()).await.ok()?;
        let answer = self.shared.answer(&response, Sent::Nothing);
        self.shared.recorder.change(self.slot, |it| {
            it.served = true;
            it.answer = Some(answer);
        });
        Some(response)
    }

    /// Records how much of the answer was sent.
    fn sent(self, sent: Sent) {
        let now = self.shared.recorder.now_us();
        self.shared.recorder.change(self.slot, |it| {
            if let Some(answer) = &mut it.answer {
                (answer.at_us, answer.sent) = (now, sent);
            }
        });
    }

    async fn whole<S: AsyncRead + AsyncWrite + Unpin>(
        self,
        stream: &mut S,
        buffer: &mut Vec<u8>,
        response: Option<Response>,
    ) -> After {
        match response {
            Some(response) => self.send(stream, buffer, response).await,
            None => After::Close,
        }
    }

    /// Sends a complete response, and records whether the client had left by then.
    async fn send<S: AsyncRead + AsyncWrite + Unpin>(
        self,
        stream: &mut S,
        buffer: &mut Vec<u8>,
        response: Response,
    ) -> After {
        let keep = self.shared.way.keep_alive && !self.request.is_last();
        let answer = self.shared.answer(&response, Sent::Nothing);
        self.shared.recorder.change(self.slot, |it| it.answer = Some(answer));
        // A write to a client that has left can succeed, so its departure is checked first.
        let left = tokio::select! {
            biased;
            () = self.gone(stream, buffer) => true,
            () = tokio::task::yield_now() => false,
        };
        // It is recorded as sent before the last byte is, since the client may continue at once.
        self.sent(if left { Sent::Abandoned } else { Sent::Whole });
        let written = stream.write_all(&response.bytes(keep)).await;
        if written.is_err() {
            self.sent(Sent::Abandoned);
        }
        _ = stream.flush().await;
        match written {
            Ok(()) if keep && !left => After::Next,
            _ => {
                _ = stream.shutdown().await;
                After::Close
            }
        }
    }

    async fn cut<S: AsyncWrite + Unpin>(self, stream: &mut S, response: Option<Response>) -> After {
        if let Some(response) = response {
            let bytes = response.bytes(true);
            let half = bytes.len() - response.raw_body.len() / 2;
            self.sent(Sent::Part);
            _ = stream.write_all(&bytes[..half]).await;
            _ = stream.flush().await;
        }
        After::Close
    }

    async fn drip<S: AsyncRead + AsyncWrite + Unpin>(
        self,
        stream: &mut S,
        buffer: &mut Vec<u8>,
        response: Option<Response>,
    ) -> After {
        let Some(response) = response else { return After::Close };
        let bytes = response.bytes(false);
        let last = bytes.len().saturating_sub(1) / DRIP.0;
        for (at, piece) in bytes.chunks(DRIP.0).enumerate() {
            let left = tokio::select! {
                () = self.gone(stream, buffer) => true,
                () = sleep(DRIP.1) => false,
            };
            if at == last && !left {
                self.sent(Sent::Whole);
            }
            if left || stream.write_all(piece).await.is_err() || stream.flush().await.is_err() {
                self.sent(Sent::Abandoned);
                return After::Close;
            }
        }
        _ = stream.shutdown().await;
        After::Close
    }

    /// Waits until the client has closed its side; bytes that it sends before that are kept in `buffer`.
    async fn gone<S: AsyncRead + Unpin>(self, stream: &mut S, buffer: &mut Vec<u8>) {
        loop {
            let mut chunk = [0; 1024];
            match stream.read(&mut chunk).await {
                Ok(0) | Err(_) => return,
                Ok(count) => buffer.extend_from_slice(chunk.get(..count).unwrap_or_default()),
            }
        }
    }

    /// Returns the response of a gateway, or of an overloaded server.
    fn instead(self, instead: Instead) -> Response {
        let Instead { status, wait, .. } = instead;
        let reason =
            http::StatusCode::from_u16(status).ok().and_then(|it| it.canonical_reason()).unwrap_or("Other");
        let body = format!("<html><body><h1>{reason}</h1></body></html>");
        let mut headers = vec![("Content-Type".to_owned(), "text/html".to_owned())];
        match wait {
            Asked::Nothing => {}
            Asked::Seconds(seconds) => headers.push(("Retry-After".to_owned(), seconds.to_string())),
            Asked::Date(seconds) => {
                // Dates have whole seconds, so the next second after the delay is used.
                let at = now() + Duration::from_secs(seconds + 1);
                headers.push(("Retry-After".to_owned(), httpdate::fmt_http_date(at)));
                headers.push(("Date".to_owned(), httpdate::fmt_http_date(now())));
            }
        }
        own(status, reason, headers, body)
    }

    /// Returns a redirect to the same path on another host name.
    fn redirect(self, status: u16) -> Response {
        let reason =
            http::StatusCode::from_u16(status).ok().and_then(|it| it.canonical_reason()).unwrap_or("Found");
        let place = format!("http://localhost:{}{}", self.shared.elsewhere.port(), self.request.target);
        own(status, reason, vec![("Location".to_owned(), place)], String::new())
    }
}

#[expect(clippy::disallowed_methods, reason = "a date that a client is to wait for is one of its own clock")]
fn now() -> SystemTime {
    SystemTime::now()
}

fn own(status: u16, reason: &str, mut headers: Vec<(String, String)>, body: String) -> Response {
    headers.push(("Content-Length".to_owned(), body.len().to_string()));
    Response {
        ahead: Vec::new(),
        status,
        line: format!("HTTP/1.1 {status} {reason}"),
        headers,
        raw_body: body.into_bytes(),
    }
}

/// Returns true if the sandbox receives the request despite the disturbance.
const fn is_served(what: Option<What>) -> bool {
    match what {
        Some(
            What::Silence(served)
            | What::Close(served)
            | What::Reset(served)
            | What::Status(Instead { served, .. }),
        ) => matches!(served, Served::Yes),
        Some(What::Redirect(_) | What::Late(..)) => false,
        None | Some(What::Slow(_) | What::Drip | What::Cut) => true,
    }
}

/// Describes a disturbance, for the timeline of a report.
fn told(what: What) -> String {
    let served = |served| match served {
        Served::Yes => "after the server acted",
        Served::No => "before the server saw it",
    };
    match what {
        What::Slow(millis) => format!("answered after {millis} ms"),
        What::Drip => "answered a few bytes at a time".to_owned(),
        What::Silence(it) => format!("never answered, {}", served(it)),
        What::Close(it) => format!("connection closed {}", served(it)),
        What::Reset(it) => format!("connection reset {}", served(it)),
        What::Cut => "half of the answer sent".to_owned(),
        What::Status(instead) => {
            format!("answered {} by the gateway, {}", instead.status, served(instead.served))
        }
        What::Redirect(_) => "redirected to another host".to_owned(),
        What::Late(status, millis) => {
            format!("answered {status} by the gateway; it reached the server {millis} ms later")
        }
    }
}
