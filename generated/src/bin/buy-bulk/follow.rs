//! Following an order to its end.

use std::fmt::Write as _;
use std::time::Duration;

use generated::{Error, NetConnect, Recipient, types};
use tokio::time::{Instant, sleep, timeout_at};

use crate::failure::Failure;

/// How often an order that is followed is looked at.
const POLL: Duration = Duration::from_millis(500);

/// So many readings in a row may fail before following ends: a server under load, or one whose own store lags behind.
const PATIENCE: usize = 4;

/// How long one reading may take, where less than that is left.
const READING: Duration = Duration::from_secs(5);

/// The order once nothing of it moves any more, or as it was last seen once the time is up.
///
/// # Errors
/// The order could not be read once; the last reason.
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
                // What was seen of the order is worth more than why it can't be seen now.
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

/// How long to wait after a failed reading.
fn pause(error: &Error) -> Duration {
    match error {
        Error::Throttled(Some(asked)) => POLL.max(*asked),
        _ => POLL,
    }
}

/// An order that was followed is done when every recipient is.
///
/// # Errors
/// A recipient failed, or the order as a whole did; which, why, and what to do. Or it has not ended yet.
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
