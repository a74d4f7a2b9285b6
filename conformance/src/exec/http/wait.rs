//! How long to wait for an answer: the time limit at first. A server that leaves request after request without an answer
//! would hold a run for hours that way, so after some of them the wait follows what its other answers take.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// The number of requests that wait for the whole time limit in vain before the wait is shortened.
const WHOLE: u32 = 10;

/// The shortest wait.
const SHORTEST: Duration = Duration::from_secs(5);

/// How many times as long as for the slowest answer so far a shortened wait is.
const MARGIN: u32 = 4;

/// The wait for the answers of one server.
#[derive(Debug)]
pub(super) struct Wait {
    longest: Duration,
    in_vain: AtomicU32,
    slowest_us: AtomicU64,
}

impl Wait {
    /// Returns a wait of at most this long.
    pub(super) const fn new(longest: Duration) -> Self {
        Self { longest, in_vain: AtomicU32::new(0), slowest_us: AtomicU64::new(0) }
    }

    /// Returns how long to wait for the next answer.
    pub(super) fn limit(&self) -> Duration {
        if self.in_vain.load(Ordering::Relaxed) < WHOLE {
            return self.longest;
        }
        let slowest = Duration::from_micros(self.slowest_us.load(Ordering::Relaxed));
        self.longest.min(SHORTEST.max(slowest * MARGIN))
    }

    /// Notes an answer that took this long.
    pub(super) fn answered(&self, took: Duration) {
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.slowest_us.fetch_max(took, Ordering::Relaxed);
    }

    /// Notes that an answer stayed out for the whole wait.
    pub(super) fn was_in_vain(&self) {
        self.in_vain.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_shortened_after_enough_in_vain_and_never_below_what_answers_take() {
        let longest = Duration::from_secs(30);
        let wait = Wait::new(longest);
        for _ in 0..WHOLE {
            assert_eq!(wait.limit(), longest);
            wait.was_in_vain();
        }
        assert_eq!(wait.limit(), SHORTEST);
        wait.answered(Duration::from_secs(3));
        assert_eq!(wait.limit(), Duration::from_secs(12));
        wait.answered(Duration::from_secs(20));
        assert_eq!(wait.limit(), longest, "never longer than the time limit");
        let short = Wait::new(Duration::from_secs(1));
        (0..WHOLE).for_each(|_| short.was_in_vain());
        assert_eq!(short.limit(), Duration::from_secs(1));
    }
}
