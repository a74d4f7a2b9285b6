//! Waits for a server that is starting, until its port is open and no proxy answers in its place.

use std::time::Duration;

use spec::{Contract, OperationId};
use tokio::time::{Instant, sleep};

use super::scout::{NOT_UP, Scout};
use crate::exec::client::Client;
use crate::exec::http::SendError;
use crate::secret::Redactor;

/// The pause before the second try; each further one is twice as long, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Waits until a server answers itself, and at most for `limit`. Calls `tell` with the reason for waiting whenever it
/// changes. If the server does not come up, discovery will report that.
pub(crate) async fn until_up(
    contract: &Contract,
    client: &Client,
    limit: Duration,
    tell: &mut dyn FnMut(&str),
) {
    let nobody = Redactor::new([]);
    let scout = Scout { contract, client, redactor: &nobody };
    let path = &contract.operation(OperationId::Profile).path;
    let end = Instant::now() + limit;
    let (mut pause, mut told) = (FIRST_PAUSE, String::new());
    loop {
        let answer = tokio::time::timeout_at(end, scout.once("GET", path, None, b"")).await;
        let reason = match answer {
            Ok(Ok(response)) if NOT_UP.contains(&response.status) => {
                format!("GET {path} gives {}", response.status)
            }
            Ok(Err(error)) if may_pass(&error) => error.to_string(),
            _ => return,
        };
        if reason != told {
            tell(&reason);
            told = reason;
        }
        if Instant::now() + pause >= end {
            return;
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Returns true if an error may come from a server that is starting. One that speaks another protocol or is not
/// trusted will not change.
fn may_pass(error: &SendError) -> bool {
    error.tls().is_none() && !matches!(error, SendError::Unsendable { .. } | SendError::Garbled(_))
}
