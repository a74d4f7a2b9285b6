//! Endpoints about an order that discovery left open: the first order of the run shows whether they are there.
//!
//! Some servers answer an order that nobody has as they answer a path that nobody has. Only an order that exists tells the
//! two apart: read as nothing, it shows that the endpoint is not there, and the reading says nothing of the server.

use std::collections::BTreeMap;
use std::time::Duration;

use spec::OperationId;

use super::case::{CaseRunner, Prepared};
use crate::exec::client::Timed;
use crate::exec::discover::{Scout, presence};
use crate::history::Line;
use crate::order::path::names;

/// How long an order may take until it can be read back.
const UNTIL_READABLE: Duration = Duration::from_millis(200);

impl CaseRunner<'_> {
    /// Whether an answer is one of an endpoint that is there, and so says something of the server. Where nobody knows yet,
    /// an order of the case is read, by whoever it belongs to: another account's order is nothing to whoever asks.
    pub(super) async fn is_there(&self, prepared: &Prepared, timed: &Timed) -> bool {
        let operation = prepared.operation;
        if !self.runner.leaves_open(operation) {
            return !self.runner.lacks(operation);
        }
        let own =
            |(id, actor): &&(String, usize)| *actor == prepared.actor && names(&prepared.request.path, id);
        if self.created.iter().any(|it| own(&it)) {
            return self.shows(prepared, timed).await;
        }
        match self.created.first() {
            // The owner's would be a retry that nobody planned.
            _ if operation == OperationId::Retry => false,
            Some((id, owner)) => {
                let reading = self.prepare(operation, *owner, self.path(operation, &[id]));
                match self.send(&reading).await {
                    Ok(read) => self.shows(&reading, &read).await,
                    Err(_) => false,
                }
            }
            None => false,
        }
    }

    /// Whether the answer to a request about an order that exists shows that the endpoint is there: compared with what the
    /// server answers where it has nothing.
    async fn shows(&self, prepared: &Prepared, timed: &Timed) -> bool {
        let (operation, path) = (prepared.operation, &prepared.request.path);
        let (Some(key), Some(response)) = (self.actors.key(prepared.actor), timed.answer.response()) else {
            return true;
        };
        let scout =
            Scout { contract: &self.runner.contract, client: &self.runner.client, redactor: &self.redactor };
        let mut has = presence(&scout, operation, path, response, true, key).await;
        if has == Some(false) {
            self.runner.stop.pause(UNTIL_READABLE).await;
            let again = self.send(prepared).await.ok();
            if let Some(response) = again.as_ref().and_then(|it| it.answer.response()) {
                has = presence(&scout, operation, path, response, true, key).await;
            }
        }
        if let Some(has) = has {
            self.runner.found.all().insert(operation, has);
            // Where that can't be written, nothing more is sent.
            _ = self.runner.record(|| Line::Found(BTreeMap::from([(operation, has)])));
        }
        has != Some(false)
    }
}
