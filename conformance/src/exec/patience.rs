//! How long an answer that throttles asks to wait.

use std::time::Duration;

use crate::history::Response;

/// How long an answer asks to wait: `Retry-After` in seconds, bounded.
#[must_use]
pub(super) fn retry_after(response: &Response) -> Duration {
    let asked = response.header("retry-after").and_then(|value| value.trim().parse::<u64>().ok());
    match asked {
        Some(0) => Duration::from_millis(5),
        Some(seconds) => Duration::from_secs(seconds.min(30)),
        None => Duration::from_millis(250),
    }
}
