//! Sends one request to the target and records its outcome: the times, the number of requests in flight, and the
//! answer with every key masked.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::absence::Absence;
use super::http::{Http, OutboundRequest, SendError, SetupError, without_credentials};
use super::stop::Stop;
use crate::bounds;
use crate::history::{Answer, Bytes, CASE_HEADER, Lost, LostHow, Response, TRACE_HEADER, Trace};
use crate::secret::Redactor;
use crate::sut::Target;
use crate::sut::access::Access;

/// Stands in place of the case id in requests that belong to no case.
const NO_CASE: &str = "discovery";

/// The connections to the target, and the clock of a run.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: Http,
    base: String,
    /// Masks the credentials for access to the server in everything that is received.
    access: Redactor,
    start: Instant,
    under_way: Arc<AtomicU32>,
    /// The number of bytes of large bodies that have been kept so far.
    large: Arc<AtomicUsize>,
    /// The seed of the trace contexts; `None` if none are sent.
    seed: Option<u64>,
    /// The number of requests so far that belong to no case.
    asked: Arc<AtomicU64>,
    stop: Stop,
    /// Waits for a server that is away; `None` if that is an error at once.
    absence: Option<Absence>,
}

/// An answer with its times.
#[derive(Debug)]
pub(crate) struct Timed {
    /// When the request was sent, in microseconds since the start of the run.
    pub sent_us: u64,
    /// When the answer was complete or given up, in microseconds since the start of the run.
    pub done_us: u64,
    /// The number of requests of this client that were in flight when this one was sent, itself included.
    pub in_flight: u32,
    /// The answer.
    pub answer: Answer,
}

impl Timed {
    /// Returns the time from sending the request to the end of the answer.
    #[must_use]
    pub(crate) fn took(&self) -> Duration {
        Duration::from_micros(self.done_us.saturating_sub(self.sent_us))
    }
}

/// Counts a request as in flight, from the creation of this pass until it is dropped.
#[derive(Debug)]
pub(crate) struct Pass(Arc<AtomicU32>);

impl Drop for Pass {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Client {
    /// Prepares connections; nothing is sent yet.
    ///
    /// # Errors
    /// Returns an error if TLS can't be set up on this machine, or not as the options for the target ask.
    pub(crate) fn new(target: &Target, timeout: Duration) -> Result<Self, SetupError> {
        let access = &target.access;
        Ok(Self {
            http: Http::new(&target.url, access, &access.headers, timeout)?,
            base: without_credentials(&target.url).trim_end_matches('/').to_owned(),
            access: access.redactor(),
            start: Instant::now(),
            under_way: Arc::default(),
            large: Arc::default(),
            seed: traces(access).then_some(0),
            asked: Arc::default(),
            stop: Stop::default(),
            absence: None,
        })
    }

    /// Returns the same client with this signal, which ends its pauses.
    #[must_use]
    pub(crate) fn until(self, stop: Stop) -> Self {
        Self { stop, ..self }
    }

    /// Returns the same client for cases, whose requests wait for a server to which no connection can be made.
    #[must_use]
    pub(crate) fn outlasting(self, absence: Absence) -> Self {
        Self { absence: Some(absence), ..self }
    }

    /// Returns what is known of connections that could not be made, if that is waited for.
    #[must_use]
    pub(crate) const fn absence(&self) -> Option<&Absence> {
        self.absence.as_ref()
    }

    /// Returns the same client with trace contexts derived from this seed.
    #[must_use]
    pub(crate) fn of_seed(self, seed: u64) -> Self {
        Self { seed: self.seed.map(|_| seed), ..self }
    }

    /// Returns the trace context of the n-th request of a case; `None` if no such headers are sent.
    pub(super) fn trace(&self, case: &str, nth: u64) -> Option<Trace> {
        self.seed.map(|seed| Trace::of(seed, case, nth))
    }

    /// Waits before a request is repeated. Returns false if the run is to stop.
    pub(super) async fn pause(&self, pause: Duration) -> bool {
        self.stop.pause(pause).await
    }

    /// Returns the URL of a path of the target.
    #[must_use]
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Returns the microseconds since the client was made.
    #[must_use]
    pub(crate) fn now_us(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Masks the credentials for access in a response without setting `held_key`: a gateway that repeats its own
    /// header is no finding about this API.
    fn without_access(&self, response: Response) -> Response {
        let held_key = response.held_key;
        Response { held_key, ..masked(response, &self.access) }
    }

    /// Counts a request as in flight from now on. A caller that sends several at once takes all passes before sending
    /// the first.
    #[must_use]
    pub(crate) fn pass(&self) -> Pass {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        Pass(self.under_way.clone())
    }

    /// Returns the number of requests in flight.
    #[must_use]
    pub(crate) fn under_way(&self) -> u32 {
        self.under_way.load(Ordering::Relaxed)
    }

    /// From now on, sends the header of every key in the documented letter case, for a server that knows it in no other.
    pub(crate) fn spell_as_documented(&self) {
        self.http.spell_as_documented();
    }

    /// Sends the header of every key in the documented letter case if the other client does.
    pub(crate) fn spell_like(&self, other: &Self) {
        if other.http.spells_as_documented() {
            self.spell_as_documented();
        }
    }

    /// Sends a request once and returns the response, masked, for requests that are not recorded.
    ///
    /// # Errors
    /// Returns an error if the request can't be sent, or if no complete response arrives.
    pub(crate) async fn ask(
        &self,
        request: &OutboundRequest<'_>,
        redactor: &Redactor,
    ) -> Result<Response, SendError> {
        let trace = self.trace(NO_CASE, self.asked.fetch_add(1, Ordering::Relaxed));
        let headers = Trace::beside(trace.as_ref(), NO_CASE, request.headers);
        let request = &OutboundRequest { headers: &headers, ..*request };
        self.http.send(request).await.map(|it| self.kept(masked(self.without_access(it), redactor)))
    }

    /// Sends a request once, with a pass that was taken before.
    pub(crate) async fn send_with(
        &self,
        pass: Pass,
        request: &OutboundRequest<'_>,
        redactor: &Redactor,
    ) -> Timed {
        let in_flight = self.under_way();
        let once = || async {
            let sent_us = self.now_us();
            (sent_us, self.http.send(request).await)
        };
        let first = once().await;
        let (sent_us, came) = match &self.absence {
            Some(absence) => absence.outlast(first, |(_, came)| came.as_ref().err(), once).await,
            None => first,
        };
        let answer = match came {
            Ok(response) => Answer::Response(self.without_access(response)),
            Err(error) => missing(&error, self.now_us().saturating_sub(sent_us)),
        };
        let done_us = self.now_us();
        drop(pass);
        let answer = match mask(answer, redactor) {
            Answer::Response(response) => Answer::Response(self.kept(response)),
            missing => missing,
        };
        Timed { sent_us, done_us, in_flight, answer }
    }

    /// Reduces a response to what is kept. Its keys must be masked already, and of a body that was cut the end is
    /// dropped, since it may hold the beginning of a key.
    fn kept(&self, mut response: Response) -> Response {
        let body = &mut response.body.0;
        let length = body.len();
        if !response.cut && length > bounds::ORDINARY_BODY {
            let before = self.large.fetch_add(length, Ordering::Relaxed);
            response.cut = length > bounds::ANSWER || before.saturating_add(length) > bounds::LARGE_BODIES;
        }
        if response.cut {
            body.truncate(length.saturating_sub(bounds::BEYOND).min(bounds::EVIDENCE));
        }
        if length > bounds::ORDINARY_BODY {
            body.shrink_to_fit();
        }
        response
    }
}

/// How much later than twice the time limit a request must end to tell that this machine stood still.
const STOOD_STILL: Duration = Duration::from_secs(5);

/// Returns true if trace contexts are sent. A user who adds one of their headers replaces ours.
fn traces(access: &Access) -> bool {
    let ours = |name: &str| [TRACE_HEADER, CASE_HEADER].iter().any(|it| name.eq_ignore_ascii_case(it));
    !access.untraced && !access.headers.iter().any(|it| ours(&it.name))
}

/// Returns the answer that is recorded when no response arrived within so many microseconds. If that is far more than the
/// time limit, this machine stood still (a laptop that slept, a runner that was paused), which says nothing about the
/// server.
fn missing(error: &SendError, took_us: u64) -> Answer {
    let detail = error.to_string();
    if let SendError::Timeout(limit) = error
        && Duration::from_micros(took_us) > *limit * 2 + STOOD_STILL
    {
        let seconds = took_us / 1_000_000;
        return Answer::stopped(&format!("this machine stood still: {detail}, and {seconds} s passed"));
    }
    let how = match error {
        _ if error.never_left() => return Answer::Unsent(detail),
        SendError::Timeout(_) => LostHow::Timeout,
        SendError::Garbled(_) => LostHow::Garbled,
        _ => LostHow::Reset,
    };
    Answer::Lost(Lost { how, detail })
}

fn mask(answer: Answer, redactor: &Redactor) -> Answer {
    match answer {
        Answer::Response(response) => Answer::Response(masked(response, redactor)),
        Answer::Lost(mut lost) => {
            if let Some(masked) = redactor.redact_text(&lost.detail) {
                lost.detail = masked;
            }
            Answer::Lost(lost)
        }
        unsent => unsent,
    }
}

fn masked(mut response: Response, redactor: &Redactor) -> Response {
    if let Some(masked) = redactor.redact(&response.body.0) {
        response.body = Bytes(masked);
        response.held_key = true;
    }
    for (_, value) in &mut response.headers {
        if let Some(masked) = redactor.redact_text(value) {
            *value = masked;
            response.held_key = true;
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_missed_while_this_machine_stands_still_says_nothing_of_the_server() {
        let error = SendError::Timeout(Duration::from_secs(10));
        for (seconds, stood_still) in [(10, false), (20, false), (26, true)] {
            let answer = missing(&error, seconds * 1_000_000);
            assert_eq!(answer.is_stopped(), stood_still, "{seconds} s: {answer:?}");
        }
    }
}
