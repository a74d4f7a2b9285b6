//! Follows an order to its end.

use std::fmt::Write as _;
use std::time::Duration;

use generated::{Error, NetConnect, Recipient, types};
use tokio::time::{Instant, sleep, timeout_at};

use crate::failure::Failure;

/// Pause between two readings of an order.
const POLL: Duration = Duration::from_millis(500);

/// Number of consecutive failed readings after which following ends: a server may be under load, or its store may lag
/// behind.
const PATIENCE: usize = 4;

/// Minimum time that one reading may take, even if less is left until the end.
const READING: Duration = Duration::from_secs(5);

/// Reads an order until it has ended. Returns it as it was last seen if the time is up or too many readings fail.
///
/// # Errors
/// No reading succeeded; the error is the last reason.
pub(crate) async fn follow(api: &NetConnect, id: &str, seconds: u64) -> Result<types::Order, Error> {
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut last = Err(Error::Unexpected("no answer in time".to_owned()));
    let mut failed = 0;
    loop {
        let mut wait = POLL;
        match timeout_at(end.max(Instant::now() + READING), api.order(id)).await {
            Ok(Ok(order)) if !order.is_under_way() => return Ok(order),
            Ok(Ok(order)) => (failed, last) = (0, Ok(order)),
            Ok(Err(error)) => {
                failed += 1;
                wait = pause(&error);
                // An earlier reading of the order is worth more to the user than the reason of a later failure.
                last = last.or(Err(error));
            }
            Err(_) => failed += 1,
        }
        if failed >= PATIENCE || Instant::now() + wait > end {
            return last;
        }
        sleep(wait).await;
    }
}

/// Returns how long to wait after a failed reading.
fn pause(error: &Error) -> Duration {
    match error {
        Error::Throttled(Some(asked)) => POLL.max(*asked),
        _ => POLL,
    }
}

/// Judges an order that was followed: it is done if every recipient is.
///
/// # Errors
/// A recipient or the whole order failed (with the reason and a remedy), or the order has not ended yet.
pub(crate) fn judged(order: &types::Order) -> Result<(), Failure> {
    let recipients = order.recipients();
    let failed: Vec<&Recipient> = recipients.iter().filter(|it| it.has_failed()).collect();
    if !failed.is_empty() {
        let mut message = format!("{} of {} recipients failed", failed.len(), recipients.len());
        for recipient in failed {
            let why = recipient.error.as_deref().unwrap_or("no reason given");
            let at = recipient.position;
            _ = write!(message, "\n  {at}: {why}; `buy-bulk retry {} {at}`", order.order_id);
        }
        return Err(Failure::Recipients(message));
    }
    if order.has_failed() {
        let why = order.error_message.as_deref().unwrap_or("no reason given");
        return Err(Failure::Recipients(format!("the order is {}: {why}", order.state.to_lowercase())));
    }
    if order.is_under_way() {
        return Err(Failure::UnderWay(order.order_id.clone()));
    }
    Ok(())
}
