//! The sandbox's clock: wall time that never goes backwards, not over a restart either, and that can be stopped and put
//! forward.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, UNIX_EPOCH};

/// How far past the last time that was kept a clock starts that was set back meanwhile: further than what may have been
/// shown after that was written.
const MARGIN: Micros = Micros(5_000_000);

/// Microseconds since 1970: the wall clock read once, and a monotonic clock from there.
#[derive(Debug, Clone)]
pub(crate) struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    wall: Micros,
    started: Instant,
    setting: Mutex<Setting>,
    /// Whether somebody has looked since the time was last kept.
    observed: AtomicBool,
}

/// How the clock was set by hand.
#[derive(Debug, Clone, Copy, Default)]
struct Setting {
    /// How far it was put forward, in microseconds.
    ahead: i64,
    /// Where it stands still.
    frozen: Option<Micros>,
}

impl Clock {
    /// A clock that shows the wall's time, or what is past `kept` where the wall's clock was set back before that.
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

    /// What time it is.
    pub(crate) fn now(&self) -> Micros {
        self.0.observed.store(true, Ordering::Relaxed);
        let setting = *self.0.setting.lock().unwrap_or_else(PoisonError::into_inner);
        setting.frozen.unwrap_or_else(|| self.running(setting))
    }

    fn running(&self, setting: Setting) -> Micros {
        let elapsed = Micros::of(self.0.started.elapsed());
        Micros(self.0.wall.0.saturating_add(elapsed.0).saturating_add(setting.ahead))
    }

    /// Whether somebody has looked since this was last asked.
    pub(crate) fn take_observed(&self) -> bool {
        self.0.observed.swap(false, Ordering::Relaxed)
    }

    /// Whether it stands still.
    pub(crate) fn is_frozen(&self) -> bool {
        self.0.setting.lock().unwrap_or_else(PoisonError::into_inner).frozen.is_some()
    }

    /// Stops the clock, or lets it go on from where it stands.
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

    /// Puts the clock forward.
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
    /// Later than every other moment.
    pub(crate) const NEVER: Self = Self(i64::MAX);

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
