//! How long an answer that throttles asks to wait, and how long one waits that does not say.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::history::Response;

/// More than anybody waits; numbers that are longer still mean the same.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// The first wait where none was asked for; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// The shortest wait where the server says that there is none.
const SHORTEST: Duration = Duration::from_millis(5);

/// Doublings after which a wait gets no longer.
const MOST_DOUBLINGS: u32 = 6;

/// What `Retry-After` asks for (RFC 9110, 10.2.3): seconds, or a date, which is read against the `Date` of the same answer or
/// else against `now`. A date in the past asks for nothing. Nothing is also what a text says that is neither: negative
/// numbers, fractions, garbage.
fn asked(response: &Response, now: SystemTime) -> Option<Duration> {
    let text = response.header("retry-after")?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = text.parse().map_or(FOREVER, Duration::from_secs);
        return Some(seconds.min(FOREVER));
    }
    let date = |text: &str| httpdate::parse_http_date(text.trim()).ok();
    let until = date(text)?;
    // The server's own clock, which may be wrong in the same way.
    let now = response.header("date").and_then(date).unwrap_or(now);
    Some(until.duration_since(now).unwrap_or_default().min(FOREVER))
}

/// How long an answer asks to wait, for those who wait a few seconds at most: without the answer's own `Date`, a date is far
/// away.
pub(super) fn soon(response: &Response) -> Duration {
    asked(response, UNIX_EPOCH).unwrap_or(FIRST_WAIT).max(SHORTEST)
}

/// How a run waits where it is told to. Waits that nobody asked for have their own jitter each, so that requests which were
/// throttled together do not come back together; the same seed gives the same waits in the same order.
#[derive(Debug)]
pub struct Patience {
    /// The longest that is waited in all for one request.
    pub max_wait: Duration,
    seed: u64,
    drawn: AtomicU64,
    /// The time of day when the run began, for dates.
    started: SystemTime,
    start: Instant,
}

impl Patience {
    /// The longest wait if nobody chooses another one.
    pub const LONGEST: Duration = Duration::from_secs(60);

    /// Waits for so long at most, by this seed, in a run that begins now, so many milliseconds after 1970.
    #[must_use]
    pub fn new(max_wait: Duration, seed: u64, started_ms: i64) -> Self {
        let started = UNIX_EPOCH + Duration::from_millis(u64::try_from(started_ms).unwrap_or_default());
        Self { max_wait, seed, drawn: AtomicU64::new(0), started, start: Instant::now() }
    }

    /// How long an answer asks to wait, if it says so.
    pub(super) fn asked(&self, response: &Response) -> Option<Duration> {
        asked(response, self.started + self.start.elapsed())
    }

    /// The wait before the next try of what was tried so often: from half to the whole of 250 ms, 500 ms, 1 s, …, 16 s.
    fn backoff(&self, tries: u32) -> Duration {
        let whole = FIRST_WAIT * (1 << tries.saturating_sub(1).min(MOST_DOUBLINGS));
        let half = u64::try_from(whole.as_micros() / 2).unwrap_or(u64::MAX);
        let drawn = self.drawn.fetch_add(1, Ordering::Relaxed);
        Duration::from_micros(half + mixed(self.seed.wrapping_add(drawn)) % half.max(1))
    }

    /// The wait before the next try of what was tried so often: what was asked for, or one of our own.
    pub(super) fn wait(&self, asked: Option<Duration>, tries: u32) -> Duration {
        asked.map_or_else(|| self.backoff(tries), |it| it.max(SHORTEST * tries))
    }
}

/// SplitMix64: neighbouring numbers come out unlike each other.
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

    /// Noon of the first of November 2026.
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
