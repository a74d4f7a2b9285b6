//! Endpoints about an order that discovery left open: the first order of the run shows whether they exist.
//!
//! Some servers answer a request for a nonexistent order in the same way as one for a nonexistent path. Only an
//! existing order can tell the two apart: if it too gets that answer, the endpoint does not exist, and the exchange
//! shows nothing about the server.

use std::collections::BTreeMap;
use std::time::Duration;

use spec::OperationId;

use super::case::CaseRunner;
use super::prepared::Prepared;
use crate::exec::client::Timed;
use crate::exec::discover::{Scout, presence};
use crate::history::Line;
use crate::order::path::names;

/// How long an order may take until it can be read back.
const UNTIL_READABLE: Duration = Duration::from_millis(200);

impl CaseRunner<'_> {
    /// Returns true if an answer comes from an endpoint that exists, and so shows something about the server. If that
    /// is unknown, reads an order of the case with its owner's key, since another account's order may look like a
    /// nonexistent one.
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
            // Calling it as the owner would be a retry that is not in the plan.
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

    /// Returns true if the answer to a request about an existing order shows that the endpoint exists, compared with
    /// the server's answers for nonexistent paths.
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
            // If this can't be written, nothing more is sent.
            _ = self.runner.record(|| Line::Found(BTreeMap::from([(operation, has)])));
        }
        has != Some(false)
    }
}
