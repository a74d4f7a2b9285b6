//! Requests that the server throttles: what it asks for is waited for, and the same request goes out again.

use std::time::Duration;

use tokio::time::Instant;

use super::case::CaseRunner;
use super::cut_short::CutShort;
use crate::exec::client::Timed;
use crate::order::reading;

/// Tries of a request that is told to wait.
const MOST_TRIES: u32 = 12;

/// That a request was throttled, and how long it is asked to wait, if the answer says so.
#[derive(Debug, Clone, Copy)]
pub(super) struct Throttled(Option<Duration>);

/// What one request was told to wait so far.
#[derive(Debug, Default)]
pub(super) struct Waited {
    tries: u32,
    sum: Duration,
}

impl CaseRunner<'_> {
    /// Whether an answer throttles; then all that follow go slower.
    pub(super) fn throttled(&self, timed: &Timed) -> Option<Throttled> {
        let response = timed.answer.response()?;
        if !reading::is_throttle(&self.runner.contract, response.status) {
            return None;
        }
        let asked = self.runner.patience().asked(response);
        let now = Instant::now();
        self.runner.pace.throttled(now.checked_sub(timed.took()).unwrap_or(now), asked);
        Some(Throttled(asked))
    }

    /// Waits before the same request goes out again.
    ///
    /// # Errors
    /// The server asks for more patience than there is, or the run is to stop.
    pub(super) async fn wait(&self, throttled: Throttled, waited: &mut Waited) -> Result<(), CutShort> {
        let patience = self.runner.patience();
        waited.tries += 1;
        let wait = patience.wait(throttled.0, waited.tries);
        waited.sum = waited.sum.saturating_add(wait);
        if throttled.0.is_some_and(|it| it > patience.max_wait) {
            return Err(CutShort::TooLong(patience.max_wait));
        }
        if waited.sum > patience.max_wait || waited.tries == MOST_TRIES {
            return Err(CutShort::Throttled);
        }
        if self.runner.stop.pause(wait).await { Ok(()) } else { Err(CutShort::Stopped) }
    }
}
