//! The sandbox's clock: wall time that never goes backwards, not even over a restart, and that can be stopped and
//! advanced.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, UNIX_EPOCH};

/// If the wall clock was set back, the clock starts this far (5 s) past the last stored time, which is further than any
/// time that may have been shown after that was stored.
const MARGIN: Micros = Micros(5_000_000);

/// A clock in microseconds since 1970: the wall clock is read once, and a monotonic clock is used from there.
#[derive(Debug, Clone)]
pub(crate) struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    wall: Micros,
    started: Instant,
    setting: Mutex<Setting>,
    /// Whether the clock has been read since the time was last stored.
    observed: AtomicBool,
}

/// How the clock was set by a test.
#[derive(Debug, Clone, Copy, Default)]
struct Setting {
    /// How far the clock was advanced, in microseconds.
    ahead: i64,
    /// The time at which the clock is stopped.
    frozen: Option<Micros>,
}

impl Clock {
    /// Starts a clock at the wall time, or past `kept` if the wall clock is behind it.
    #[expect(
        clippy::disallowed_methods,
        reason = "a server's timestamps are wall time; this is the one place that reads it"
    )]
    pub(crate) fn start(kept: Option<Micros>) -> Self {
        let wall = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::at(Micros::of(wall), kept)
    }

    fn at(wall: Micros, kept: Option<Micros>) -> Self {
        let wall = match kept {
            Some(kept) if wall < kept => kept.after(MARGIN, 1),
            _ => wall,
        };
        Self(Arc::new(Inner {
            wall,
            started: Instant::now(),
            setting: Mutex::default(),
            observed: AtomicBool::new(false),
        }))
    }

    /// Returns the current time.
    pub(crate) fn now(&self) -> Micros {
        self.0.observed.store(true, Ordering::Relaxed);
        let setting = *self.0.setting.lock().unwrap_or_else(PoisonError::into_inner);
        setting.frozen.unwrap_or_else(|| self.running(setting))
    }

    fn running(&self, setting: Setting) -> Micros {
        let elapsed = Micros::of(self.0.started.elapsed());
        Micros(self.0.wall.0.saturating_add(elapsed.0).saturating_add(setting.ahead))
    }

    /// Returns true if the clock has been read since the last call.
    pub(crate) fn take_observed(&self) -> bool {
        self.0.observed.swap(false, Ordering::Relaxed)
    }

    /// Returns true if the clock is stopped.
    pub(crate) fn is_frozen(&self) -> bool {
        self.0.setting.lock().unwrap_or_else(PoisonError::into_inner).frozen.is_some()
    }

    /// Stops the clock, or lets it continue from where it stands.
    pub(crate) fn freeze(&self, still: bool) {
        let mut setting = self.0.setting.lock().unwrap_or_else(PoisonError::into_inner);
        match (still, setting.frozen) {
            (true, None) => setting.frozen = Some(self.running(*setting)),
            (false, Some(stood)) => {
                let behind = self.running(*setting).0.saturating_sub(stood.0);
                setting.ahead = setting.ahead.saturating_sub(behind);
                setting.frozen = None;
            }
            _ => {}
        }
    }

    /// Advances the clock.
    pub(crate) fn advance(&self, by: Micros) {
        let mut setting = self.0.setting.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut setting.frozen {
            Some(stands) => *stands = stands.after(by, 1),
            None => setting.ahead = setting.ahead.saturating_add(by.0),
        }
    }
}

/// A moment or a span in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Micros(pub(crate) i64);

impl Micros {
    /// A moment later than every other.
    pub(crate) const NEVER: Self = Self(i64::MAX);

    pub(crate) fn of(duration: Duration) -> Self {
        Self(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX))
    }

    /// Returns the time in milliseconds, as the API writes it.
    pub(crate) const fn millis(self) -> i64 {
        self.0 / 1000
    }

    /// Returns the moment `times` spans after this one.
    pub(crate) const fn after(self, span: Self, times: i64) -> Self {
        Self(self.0.saturating_add(span.0.saturating_mul(times)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_clock_that_was_set_back_takes_nothing_back() {
        let kept = Micros(1_000_000_000);
        let back = Clock::at(Micros(10), Some(kept));
        assert!(back.now() > kept);
        let on = Clock::at(Micros(kept.0 + 7), Some(kept));
        assert!(on.now() >= Micros(kept.0 + 7) && on.now() < back.now().after(MARGIN, 1));
    }

    #[test]
    fn it_stands_still_goes_on_from_there_and_is_put_forward() {
        let clock = Clock::at(Micros(1_000), None);
        clock.freeze(true);
        let stood = clock.now();
        assert!(clock.is_frozen() && clock.now() == stood);
        clock.advance(Micros(500));
        assert_eq!(clock.now(), Micros(stood.0 + 500));
        clock.freeze(true);
        clock.freeze(false);
        let on = clock.now();
        assert!(!clock.is_frozen() && on >= Micros(stood.0 + 500));
        clock.advance(Micros(3_600_000_000));
        assert!(clock.now() >= Micros(on.0 + 3_600_000_000));
    }
}
