//! Moments in answers: Unix times in milliseconds or seconds, and RFC 3339. A time without a zone is not a moment,
//! since it can't be compared.

use super::json::Json;
use crate::history::Response;

/// The difference, in milliseconds, beyond which two clocks of one server differ by time zone or by days, and not by drift.
pub(crate) const APART: i64 = 10 * 60 * 1000;

/// Numbers in this range are milliseconds since 1970: from September 2001 to November 2286.
const MILLISECONDS: std::ops::Range<i64> = 1_000_000_000_000..10_000_000_000_000;

/// The same range in seconds.
const SECONDS: std::ops::Range<i64> = 1_000_000_000..10_000_000_000;

/// A moment, in milliseconds since 1970, and its precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Milliseconds since 1970.
    pub(crate) millis: i64,
    /// The precision in milliseconds: truncation may have made the moment earlier by less than this.
    pub(crate) grain: i64,
}

impl Moment {
    fn at(millis: i64) -> Self {
        Self { millis, grain: if millis % 1000 == 0 { 1000 } else { 1 } }
    }

    /// Returns the moment in a field; `None` unless it is one beyond doubt.
    #[must_use]
    pub(crate) fn of(json: &Json) -> Option<Self> {
        if let Some(text) = json.as_str() {
            let moment: jiff::Timestamp = text.parse().ok()?;
            return Some(Self::at(moment.as_millisecond()));
        }
        match json.as_integer()? {
            millis if MILLISECONDS.contains(&millis) => Some(Self::at(millis)),
            seconds if SECONDS.contains(&seconds) => Some(Self { millis: seconds * 1000, grain: 1000 }),
            _ => None,
        }
    }

    /// Returns when a response was made, according to its `Date` header (RFC 9110, 6.6.1).
    #[must_use]
    pub(crate) fn of_response(response: &Response) -> Option<Self> {
        let date = httpdate::parse_http_date(response.header("date")?).ok()?;
        let since = date.duration_since(std::time::UNIX_EPOCH).ok()?;
        Some(Self { millis: i64::try_from(since.as_millis()).ok()?, grain: 1000 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_moment_and_what_is_not() {
        let of = |text: &str| Moment::of(&Json::read(text.as_bytes()).ok()?).map(|it| (it.millis, it.grain));
        assert_eq!(of("1764370000123"), Some((1_764_370_000_123, 1)));
        assert_eq!(of("1764370000000"), Some((1_764_370_000_000, 1000)));
        assert_eq!(of("1764370000"), Some((1_764_370_000_000, 1000)));
        assert_eq!(of("\"2026-11-28T23:00:00.5Z\""), of("\"2026-11-29T00:00:00.5+01:00\""));
        assert_eq!(of("\"2026-11-28T23:00:00Z\"").map(|it| it.1), Some(1000));
        for no in ["\"2026-11-28T23:00:00\"", "\"today\"", "12", "null", "1764370000123456", "1.5"] {
            assert_eq!(of(no), None, "{no}");
        }
    }
}
