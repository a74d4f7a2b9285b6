//! Requests that the server throttles: after the wait that it asks for, the same request is sent again.

use std::time::Duration;

use spec::Meaning;
use tokio::time::Instant;

use super::case::CaseRunner;
use super::cut_short::CutShort;
use super::prepared::Prepared;
use crate::exec::client::Timed;
use crate::history::{Capability, KeyUse};
use crate::order::reading;

/// The number of tries of a request that is throttled.
const MOST_TRIES: u32 = 12;

/// The statuses with which a gateway or the server itself says that the server is not available (RFC 9110, 15.6.3 to 15.6.5).
const UNAVAILABLE: [u16; 3] = [502, 503, 504];

/// An answer that throttles, with the wait that it asks for, if any.
#[derive(Debug, Clone, Copy)]
pub(super) struct Throttled(Option<Duration>);

/// The waits for one request so far.
#[derive(Debug, Default)]
pub(super) struct Waited {
    tries: u32,
    sum: Duration,
}

impl CaseRunner<'_> {
    /// Returns whether the answer to a request throttles, and if so, slows the run down. Many servers lock callers out
    /// after several keys that are not right: where only such requests are throttled, the others may go on.
    pub(super) fn throttled(&self, prepared: &Prepared, timed: &Timed) -> Option<Throttled> {
        let response = timed.answer.response()?;
        if response.status == self.runner.contract.status(Meaning::Unauthorized) {
            self.runner.pace.refused();
        }
        if UNAVAILABLE.contains(&response.status) {
            self.runner.pace.down(self.runner.patience().asked(response));
        } else {
            self.runner.pace.up();
        }
        if !reading::is_throttle(&self.runner.contract, response.status) {
            return None;
        }
        let asked = self.runner.patience().asked(response);
        let now = Instant::now();
        let right = matches!(prepared.request.key, KeyUse::Own | KeyUse::OwnHeaderCase(_));
        if right || self.runner.environment.capability == Capability::None {
            self.runner.pace.throttled(now.checked_sub(timed.took()).unwrap_or(now), asked);
        } else {
            self.runner.pace.locked_out();
        }
        Some(Throttled(asked))
    }

    /// Waits before the same request is sent again.
    ///
    /// # Errors
    /// Returns an error if the wait exceeds the limit, if there were too many tries, or if the run is to stop.
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
