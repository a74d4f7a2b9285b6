//! The sandbox's clock: wall time that never goes backwards while it runs.

use std::time::{Duration, Instant, UNIX_EPOCH};

/// Microseconds since 1970: the wall clock read once, and a monotonic clock from there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    wall: Duration,
    started: Instant,
}

impl Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "a server's timestamps are wall time; this is the one place that reads it"
    )]
    pub(crate) fn start() -> Self {
        let wall = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { wall, started: Instant::now() }
    }

    pub(crate) fn now(self) -> Micros {
        Micros::of(self.wall + self.started.elapsed())
    }
}

/// A moment or a span in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Micros(pub(crate) i64);

impl Micros {
    pub(crate) fn of(duration: Duration) -> Self {
        Self(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX))
    }

    /// As the API writes it.
    pub(crate) const fn millis(self) -> i64 {
        self.0 / 1000
    }

    /// `times` spans after this moment.
    pub(crate) const fn after(self, span: Self, times: i64) -> Self {
        Self(self.0.saturating_add(span.0.saturating_mul(times)))
    }
}
