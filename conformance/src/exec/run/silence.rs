//! Notes requests that get no answer. Each costs the whole time limit, and an order may cost money too. So the
//! properties of such requests are counted, and once no request of some kind has ever been answered, no more of that
//! kind are sent.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::de::IgnoredAny;
use spec::{Contract, OperationId};

use super::cut_short::CutShort;
use crate::history::{Answer, KeyUse, LostHow, Request, Transport};

/// The number of unanswered requests of a kind after which no more are sent; enough to rule out chance.
const MOST_OF_A_KIND: u32 = 5;

/// The same for batches of requests, where a batch counts if any of its requests is unanswered.
const MOST_AT_ONCE: u32 = 2;

/// The number of consecutive unanswered requests after which it is tested whether the server still answers.
const MOST_IN_A_ROW: u32 = 12;

/// The number of unanswered requests after which half as many are sent at once.
const CROWD: u32 = 4;

/// The number of bytes above which a body is a large one.
const LARGE: usize = 64 * 1024;

/// Which requests of a run were answered, and which were not.
#[derive(Debug, Default)]
pub(super) struct Silence(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    kinds: BTreeMap<String, Count>,
    in_a_row: u32,
    /// The unanswered requests since there were last too many at once.
    crowded: u32,
}

#[derive(Debug, Default)]
struct Count {
    silent: u32,
    answered: u32,
    longest: Duration,
}

/// Returns true if no answer arrived within the time limit. A broken connection does not count, since it costs no
/// time.
pub(super) fn is_silent(answer: &Answer) -> bool {
    matches!(answer, Answer::Lost(lost) if lost.how == LostHow::Timeout)
}

impl Silence {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        // After a panic elsewhere the state holds plain counts, which are still right.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a request of these kinds, its answer and how long that took.
    pub(super) fn note(&self, kinds: &[String], answer: &Answer, took: Duration) {
        let mut seen = self.seen();
        let silent = is_silent(answer);
        match answer {
            Answer::Unsent(_) => return,
            _ if silent => {
                seen.in_a_row += 1;
                seen.crowded += 1;
            }
            _ => seen.in_a_row = 0,
        }
        for kind in kinds {
            match seen.kinds.get_mut(kind) {
                Some(count) => count.add(silent, took),
                None => seen.kinds.entry(kind.clone()).or_default().add(silent, took),
            }
        }
    }

    /// Notes a batch of requests.
    pub(super) fn note_at_once(&self, count: usize, silent: usize, took: Duration) {
        let mut seen = self.seen();
        seen.in_a_row =
            if silent < count { 0 } else { seen.in_a_row + u32::try_from(silent).unwrap_or(u32::MAX) };
        seen.kinds.entry(at_once(count)).or_default().add(silent > 0, took);
    }

    /// Returns an error if no request of one of these kinds is ever answered.
    pub(super) fn check(&self, kinds: &[String]) -> Result<(), CutShort> {
        self.none_of(kinds, MOST_OF_A_KIND)
    }

    /// Returns an error if a batch of this many requests is never answered in full.
    pub(super) fn check_at_once(&self, count: usize) -> Result<(), CutShort> {
        self.none_of(&[at_once(count)], MOST_AT_ONCE)
    }

    fn none_of(&self, kinds: &[String], most: u32) -> Result<(), CutShort> {
        let seen = self.seen();
        let never =
            |kind: &&String| seen.kinds.get(*kind).is_some_and(|it| it.silent >= most && it.answered == 0);
        let Some(kind) = kinds.iter().find(never) else { return Ok(()) };
        let Count { silent, longest, .. } = &seen.kinds[kind];
        Err(CutShort::Silent { kind: kind.clone(), times: *silent, longest: *longest })
    }

    /// Returns true once enough requests are unanswered to suspect that too many are sent at once; the count then starts
    /// again. The requests of a batch don't count, since how many they are is their point.
    pub(super) fn is_crowded(&self) -> bool {
        let mut seen = self.seen();
        let is_crowded = seen.crowded >= CROWD;
        if is_crowded {
            seen.crowded = 0;
        }
        is_crowded
    }

    /// Returns the number of consecutive unanswered requests once it should be tested whether the server still
    /// answers; the count then starts again.
    pub(super) fn doubtful(&self) -> Option<u32> {
        let mut seen = self.seen();
        let doubtful = Some(seen.in_a_row).filter(|it| *it >= MOST_IN_A_ROW);
        if doubtful.is_some() {
            seen.in_a_row = 0;
        }
        doubtful
    }
}

impl Count {
    fn add(&mut self, silent: bool, took: Duration) {
        if silent {
            self.silent += 1;
            self.longest = self.longest.max(took);
        } else {
            self.answered += 1;
        }
    }
}

fn at_once(count: usize) -> String {
    format!("{count} requests at once")
}

/// Returns the kinds of a request: the properties that may be the reason why a server does not answer it. They are
/// those of the bytes that are sent, and not of what the plan meant by them.
pub(super) fn kinds(contract: &Contract, operation: OperationId, request: &Request) -> Vec<String> {
    let spec = contract.operation(operation);
    let mut kinds = vec![format!("{} {}", spec.method, spec.path)];
    if operation != OperationId::BuyBulk {
        return kinds;
    }
    let mut kind = |is: bool, what: &str| kinds.extend(is.then(|| what.to_owned()));
    let body = &request.body.0;
    let is_json = serde_json::from_slice::<IgnoredAny>(body).is_ok();
    let begins_object = body.iter().find(|it| !it.is_ascii_whitespace()) == Some(&b'{');
    kind(body.is_empty(), "an empty body");
    kind(std::str::from_utf8(body).is_err(), "a body that is not UTF-8");
    kind(!body.is_empty() && !is_json, "a body that is not JSON");
    kind(is_json && !begins_object, "JSON that is no object");
    kind(body.len() > LARGE, "a body of more than 64 KiB");
    kind(request.transport == Transport::Chunked, "a body in chunks");
    kind(request.key == KeyUse::Absent, "no key");
    kind(matches!(request.key, KeyUse::Bad(_)), "a key that nobody has");
    let media = request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let media: Vec<String> = media.map(|(_, value)| format!("the content type `{value}`")).collect();
    kind(media.is_empty(), "no content type");
    kinds.extend(media);
    kinds
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::history::{Lost, Response};

    fn silent() -> Answer {
        Answer::Lost(Lost { how: LostHow::Timeout, detail: "no answer".into() })
    }

    fn answered() -> Answer {
        Answer::Response(Response {
            status: 400,
            headers: Vec::new(),
            body: "".into(),
            held_key: false,
            cut: false,
        })
    }

    fn order(body: &str, transport: Transport) -> Vec<String> {
        let request = Request {
            method: "POST".into(),
            path: "/".into(),
            headers: vec![("Content-Type".into(), "application/json".into())],
            key: KeyUse::Own,
            transport,
            body: body.into(),
        };
        static CONTRACT: LazyLock<Contract> = LazyLock::new(|| spec::embedded().unwrap());
        kinds(&CONTRACT, OperationId::BuyBulk, &request)
    }

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn a_kind_that_is_never_answered_is_sent_no_more_whatever_else_it_is() {
        let silence = Silence::default();
        for _ in 0..20 {
            silence.note(&order("{}", Transport::Chunked), &answered(), LONG);
        }
        for sent in 0..MOST_OF_A_KIND {
            assert!(silence.check(&order("", Transport::Plain)).is_ok(), "{sent}");
            silence.note(&order("", Transport::Plain), &silent(), LONG);
        }
        for transport in [Transport::Plain, Transport::Chunked] {
            let why = silence.check(&order("", transport)).unwrap_err().to_string();
            assert_eq!(
                why,
                "an empty body: no answer to any of 5 requests, for up to 30 s each; no more are sent"
            );
        }
        assert!(silence.check(&order("{}", Transport::Plain)).is_ok(), "orders as such are answered");
        assert!(silence.check(&order("{", Transport::Plain)).is_ok());
    }

    #[test]
    fn what_is_answered_now_and_then_goes_on() {
        let silence = Silence::default();
        silence.note(&order("", Transport::Plain), &answered(), LONG);
        for _ in 0..100 {
            silence.note(&order("", Transport::Plain), &silent(), LONG);
        }
        assert!(silence.check(&order("", Transport::Plain)).is_ok());
        let broken = Answer::Lost(Lost { how: LostHow::Reset, detail: "reset".into() });
        let lossy = Silence::default();
        for _ in 0..100 {
            lossy.note(&order("[", Transport::Plain), &broken, LONG);
        }
        assert!(lossy.check(&order("[", Transport::Plain)).is_ok(), "a connection that breaks costs no time");
    }

    #[test]
    fn so_many_at_once_are_a_kind_of_their_own() {
        let silence = Silence::default();
        silence.note_at_once(16, 3, LONG);
        assert!(silence.check_at_once(16).is_ok());
        silence.note_at_once(16, 16, LONG);
        assert!(silence.check_at_once(16).is_err());
        assert!(silence.check_at_once(4).is_ok());
    }

    #[test]
    fn too_many_at_once_are_suspected_after_a_few() {
        let silence = Silence::default();
        silence.note_at_once(16, 16, LONG);
        for _ in 0..CROWD {
            assert!(!silence.is_crowded());
            silence.note(&["a".into()], &silent(), LONG);
            silence.note(&["b".into()], &answered(), LONG);
        }
        assert!(silence.is_crowded());
        assert!(!silence.is_crowded());
    }

    #[test]
    fn a_row_of_silence_raises_a_doubt_once() {
        let silence = Silence::default();
        for _ in 0..MOST_IN_A_ROW - 1 {
            silence.note(&["a".into()], &silent(), LONG);
        }
        silence.note(&["b".into()], &answered(), LONG);
        assert_eq!(silence.doubtful(), None);
        silence.note_at_once(16, 16, LONG);
        assert_eq!(silence.doubtful(), Some(16));
        assert_eq!(silence.doubtful(), None);
    }
}
