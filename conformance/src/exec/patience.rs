//! How long to wait after an answer that throttles: as long as it asks for, or by exponential backoff if it does not
//! say.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::history::Response;

/// A wait beyond any limit; larger numbers are reduced to it.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// The first wait if the server does not say how long; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// The shortest wait if the server says that none is needed.
const SHORTEST: Duration = Duration::from_millis(5);

/// The number of doublings after which a wait no longer grows.
const MOST_DOUBLINGS: u32 = 6;

/// Returns the wait that `Retry-After` asks for (RFC 9110, 10.2.3): a number of seconds, or a date, which is compared
/// with the `Date` of the same answer or else with `now`. A date in the past asks for a wait of zero. Returns `None`
/// if the text is neither, such as a negative number or a fraction.
fn asked(response: &Response, now: SystemTime) -> Option<Duration> {
    let text = response.header("retry-after")?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = text.parse().map_or(FOREVER, Duration::from_secs);
        return Some(seconds.min(FOREVER));
    }
    let date = |text: &str| httpdate::parse_http_date(text.trim()).ok();
    let until = date(text)?;
    // The server's own clock is used, since it may be wrong in the same way.
    let now = response.header("date").and_then(date).unwrap_or(now);
    Some(until.duration_since(now).unwrap_or_default().min(FOREVER))
}

/// Returns how long an answer asks to wait, for callers that wait a few seconds at most. Without a `Date` in the
/// answer, a date counts as far away.
pub(super) fn soon(response: &Response) -> Duration {
    asked(response, UNIX_EPOCH).unwrap_or(FIRST_WAIT).max(SHORTEST)
}

/// How long a run waits when it is throttled. Each wait that the server did not ask for has its own jitter, so that
/// requests which were throttled together do not return together. The same seed gives the same waits in the same
/// order.
#[derive(Debug)]
pub(crate) struct Patience {
    /// The longest total wait for one request.
    pub max_wait: Duration,
    seed: u64,
    drawn: AtomicU64,
    /// The time of day when the run began, for comparison with dates.
    started: SystemTime,
    start: Instant,
}

impl Patience {
    /// The default of `max_wait`.
    pub(crate) const LONGEST: Duration = Duration::from_secs(60);

    /// Returns the waits of a run that begins now, at `started_ms` milliseconds since 1970: at most `max_wait` in all
    /// for one request, with jitter from this seed.
    #[must_use]
    pub(crate) fn new(max_wait: Duration, seed: u64, started_ms: i64) -> Self {
        let started = UNIX_EPOCH + Duration::from_millis(u64::try_from(started_ms).unwrap_or_default());
        Self { max_wait, seed, drawn: AtomicU64::new(0), started, start: Instant::now() }
    }

    /// Returns how long an answer asks to wait, if it says so.
    pub(super) fn asked(&self, response: &Response) -> Option<Duration> {
        asked(response, self.started + self.start.elapsed())
    }

    /// Returns a wait of our own after this many tries: between half and all of 250 ms, 500 ms, 1 s, …, 16 s.
    fn backoff(&self, tries: u32) -> Duration {
        let whole = FIRST_WAIT * (1 << tries.saturating_sub(1).min(MOST_DOUBLINGS));
        let half = u64::try_from(whole.as_micros() / 2).unwrap_or(u64::MAX);
        let drawn = self.drawn.fetch_add(1, Ordering::Relaxed);
        Duration::from_micros(half + mixed(self.seed.wrapping_add(drawn)) % half.max(1))
    }

    /// Returns the wait after this many tries: the one that was asked for, or else one of our own.
    pub(super) fn wait(&self, asked: Option<Duration>, tries: u32) -> Duration {
        asked.map_or_else(|| self.backoff(tries), |it| it.max(SHORTEST * tries))
    }
}

/// SplitMix64, which maps neighbouring numbers to unrelated ones.
const fn mixed(number: u64) -> u64 {
    let mut it = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    it = (it ^ (it >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    it = (it ^ (it >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    it ^ (it >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Bytes;

    /// Noon of 1 November 2026.
    const NOW: u64 = 1_793_534_400;

    fn wait(headers: &[(&str, &str)]) -> Option<u64> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let response = Response { status: 429, headers, body: Bytes::default(), held_key: false, cut: false };
        asked(&response, UNIX_EPOCH + Duration::from_secs(NOW)).map(|it| it.as_secs())
    }

    #[test]
    fn what_is_asked_for() {
        for (value, wanted) in [
            ("0", Some(0)),
            (" 7 ", Some(7)),
            ("31536000", Some(31_536_000)),
            ("99999999999999999999999", Some(FOREVER.as_secs())),
            ("18446744073709551615", Some(FOREVER.as_secs())),
            ("-1", None),
            ("1.5", None),
            ("", None),
            ("soon", None),
            ("2026-11-01T12:00:30Z", None),
            ("Sun, 01 Nov 2026 12:00:30 GMT", Some(30)),
            ("Sunday, 01-Nov-26 12:00:31 GMT", Some(31)),
            ("Sun Nov  1 12:00:32 2026", Some(32)),
            ("Sun, 01 Nov 2026 11:59:00 GMT", Some(0)),
            ("Mon, 01 Nov 2027 12:00:00 GMT", Some(31_536_000)),
            ("Sun, 99 Nov 2026 12:00:30 GMT", None),
        ] {
            assert_eq!(wait(&[("retry-after", value)]), wanted, "{value}");
        }
        assert_eq!(wait(&[]), None);
        let late = ("date", "Sun, 01 Nov 2026 13:00:00 GMT");
        assert_eq!(wait(&[("retry-after", "Sun, 01 Nov 2026 13:00:05 GMT"), late]), Some(5));
    }

    #[test]
    fn waits_grow_and_differ_and_repeat() {
        let waits = |seed| {
            let patience = Patience::new(Patience::LONGEST, seed, 0);
            (1..=9).map(|tries| patience.wait(None, tries).as_millis()).collect::<Vec<_>>()
        };
        let one = waits(7);
        assert_eq!(one, waits(7));
        assert_ne!(one, waits(8));
        for (tries, wait) in one.iter().enumerate() {
            let whole = 250 << tries.min(6);
            assert!((whole / 2..=whole).contains(wait), "{tries}: {wait}");
        }
        let patience = Patience::new(Patience::LONGEST, 7, 0);
        assert_ne!(patience.wait(None, 1), patience.wait(None, 1));
        assert_eq!(patience.wait(Some(Duration::ZERO), 2), Duration::from_millis(10));
        assert_eq!(patience.wait(Some(Duration::from_secs(9)), 2), Duration::from_secs(9));
    }
}
