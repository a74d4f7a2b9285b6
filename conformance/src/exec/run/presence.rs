//! Endpoints about an order that discovery left open: the first order of the run shows whether they are there.
//!
//! Some servers answer an order that nobody has as they answer a path that nobody has. Only an order that exists tells the
//! two apart: read as nothing, it shows that the endpoint is not there, and the reading says nothing of the server.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use spec::OperationId;

use super::Runner;
use super::case::{CaseRunner, Prepared};
use crate::exec::client::Timed;
use crate::exec::discover::{OF_AN_ORDER, Scout, presence};
use crate::order::path::encode;

/// How long an order may take until it can be read back.
const UNTIL_READABLE: Duration = Duration::from_millis(200);

/// What the orders of a run have shown so far.
#[derive(Debug, Default)]
pub(super) struct Found(Mutex<BTreeMap<OperationId, bool>>);

impl Found {
    fn all(&self) -> MutexGuard<'_, BTreeMap<OperationId, bool>> {
        // A panic elsewhere leaves plain facts behind, which are still right.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Runner {
    /// Endpoints that the orders of the run have shown to be there, or not to be.
    #[must_use]
    pub fn found(&self) -> BTreeMap<OperationId, bool> {
        self.found.all().clone()
    }

    /// Whether the server is known by now not to have an endpoint.
    pub(super) fn lacks(&self, operation: OperationId) -> bool {
        self.world.lacks(operation) || self.found.all().get(&operation) == Some(&false)
    }

    fn leaves_open(&self, operation: OperationId) -> bool {
        OF_AN_ORDER.contains(&operation)
            && !self.world.endpoints.contains_key(&operation)
            && !self.found.all().contains_key(&operation)
    }
}

impl CaseRunner<'_> {
    /// Whether an answer is one of an endpoint that is there, and so says something of the server. Where nobody knows yet,
    /// an order of the case is read, by whoever it belongs to: another account's order is nothing to whoever asks.
    pub(super) async fn is_there(&self, prepared: &Prepared, timed: &Timed) -> bool {
        let operation = prepared.operation;
        if !self.runner.leaves_open(operation) {
            return !self.runner.lacks(operation);
        }
        let own = |(id, actor): &&(String, usize)| {
            let words = prepared.request.path.split('/');
            *actor == prepared.actor && words.into_iter().any(|word| word == encode(id))
        };
        if self.created.iter().any(|it| own(&it)) {
            return self.shows(prepared, timed).await;
        }
        match self.created.first() {
            // The owner's would be a retry that nobody planned.
            _ if operation == OperationId::Retry => false,
            Some((id, owner)) => {
                let reading = self.prepare(operation, *owner, self.path(operation, &[id]));
                let read = self.send(&reading).await;
                self.shows(&reading, &read).await
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
            tokio::time::sleep(UNTIL_READABLE).await;
            let again = self.send(prepared).await;
            if let Some(response) = again.answer.response() {
                has = presence(&scout, operation, path, response, true, key).await;
            }
        }
        if let Some(has) = has {
            self.runner.found.all().insert(operation, has);
        }
        has != Some(false)
    }
}
