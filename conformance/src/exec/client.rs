//! Sending one request to the target and recording what came of it: when, among how many, and with every key masked.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::http::{Http, OutboundRequest, SendError, SetupError, without_credentials};
use super::stop::Stop;
use crate::bounds;
use crate::history::{Answer, Bytes, CASE_HEADER, Lost, LostHow, Response, TRACE_HEADER, Trace};
use crate::secret::Redactor;
use crate::sut::Target;
use crate::sut::access::Access;

/// What stands in the place of a case's id in requests that belong to none.
const NO_CASE: &str = "discovery";

/// Connections to the target, and the clock of a run.
#[derive(Debug, Clone)]
pub struct Client {
    http: Http,
    base: String,
    /// What lets us in at all is masked in whatever comes back.
    access: Redactor,
    start: Instant,
    under_way: Arc<AtomicU32>,
    /// Bytes of large bodies that were kept so far.
    large: Arc<AtomicUsize>,
    /// The seed of trace contexts, where they go with requests.
    seed: Option<u64>,
    /// Requests so far that belong to no case.
    asked: Arc<AtomicU64>,
    stop: Stop,
}

/// What came and when.
#[derive(Debug)]
pub struct Timed {
    /// When it was sent, microseconds since the start of the run.
    pub sent_us: u64,
    /// When it was complete or given up.
    pub done_us: u64,
    /// Requests of this client that were under way when it was sent, itself among them.
    pub in_flight: u32,
    /// What came.
    pub answer: Answer,
}

impl Timed {
    /// How long it took.
    #[must_use]
    pub fn took(&self) -> Duration {
        Duration::from_micros(self.done_us.saturating_sub(self.sent_us))
    }
}

/// A request counts as under way from when its pass is given out until it is dropped.
#[derive(Debug)]
pub struct Pass(Arc<AtomicU32>);

impl Drop for Pass {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Client {
    /// Prepares connections; nothing is sent yet.
    ///
    /// # Errors
    /// TLS can't be set up on this machine, or not as the target wants it.
    pub fn new(target: &Target, timeout: Duration) -> Result<Self, SetupError> {
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
        })
    }

    /// The same, whose pauses end where the run is to stop.
    #[must_use]
    pub fn until(self, stop: Stop) -> Self {
        Self { stop, ..self }
    }

    /// The same, whose trace contexts are those of this seed.
    #[must_use]
    pub fn of_seed(self, seed: u64) -> Self {
        Self { seed: self.seed.map(|_| seed), ..self }
    }

    /// What the n-th request of a case is called in the server's logs; none where no such headers are to be sent.
    pub(super) fn trace(&self, case: &str, nth: u64) -> Option<Trace> {
        self.seed.map(|seed| Trace::of(seed, case, nth))
    }

    /// Waits before something is asked again; false if the run is to stop.
    pub(super) async fn pause(&self, pause: Duration) -> bool {
        self.stop.pause(pause).await
    }

    /// The URL of a path of the target.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Microseconds since the client was made.
    #[must_use]
    pub fn now_us(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// A response without what lets us in: that a gateway repeats its own header is no finding about this API, so it is
    /// masked without a word.
    fn without_access(&self, response: Response) -> Response {
        let held_key = response.held_key;
        Response { held_key, ..masked(response, &self.access) }
    }

    /// Counts a request as under way from now on. Whoever sends several at once asks for all passes before the first goes.
    #[must_use]
    pub fn pass(&self) -> Pass {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        Pass(self.under_way.clone())
    }

    /// Requests that are under way.
    #[must_use]
    pub fn under_way(&self) -> u32 {
        self.under_way.load(Ordering::Relaxed)
    }

    /// Sends a request once.
    pub async fn send(&self, request: &OutboundRequest<'_>, redactor: &Redactor) -> Timed {
        self.send_with(self.pass(), request, redactor).await
    }

    /// Sends a request once and gives what came, masked; for what is not recorded.
    ///
    /// # Errors
    /// The request can't be sent, or no response came, or not to its end.
    pub async fn ask(
        &self,
        request: &OutboundRequest<'_>,
        redactor: &Redactor,
    ) -> Result<Response, SendError> {
        let trace = self.trace(NO_CASE, self.asked.fetch_add(1, Ordering::Relaxed));
        let headers = Trace::beside(trace.as_ref(), NO_CASE, request.headers);
        let request = &OutboundRequest { headers: &headers, ..*request };
        self.http.send(request).await.map(|it| self.kept(masked(self.without_access(it), redactor)))
    }

    /// Sends a request once, under a pass that was given out before.
    pub async fn send_with(&self, pass: Pass, request: &OutboundRequest<'_>, redactor: &Redactor) -> Timed {
        let in_flight = self.under_way();
        let sent_us = self.now_us();
        let answer = match self.http.send(request).await {
            Ok(response) => Answer::Response(self.without_access(response)),
            Err(error) => missing(&error),
        };
        let done_us = self.now_us();
        drop(pass);
        let answer = match mask(answer, redactor) {
            Answer::Response(response) => Answer::Response(self.kept(response)),
            missing => missing,
        };
        Timed { sent_us, done_us, in_flight, answer }
    }

    /// What is kept of a response, once no key is in it any more: where a body was cut, the rest may begin one.
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

/// Whether a trace context goes with each request. Where a user gives one of its headers, that one goes.
fn traces(access: &Access) -> bool {
    let ours = |name: &str| [TRACE_HEADER, CASE_HEADER].iter().any(|it| name.eq_ignore_ascii_case(it));
    !access.untraced && !access.headers.iter().any(|it| ours(&it.name))
}

/// What the history says where no response came.
fn missing(error: &SendError) -> Answer {
    let detail = error.to_string();
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
