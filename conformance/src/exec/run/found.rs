//! What the orders of a run have shown about endpoints that discovery left open.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use spec::OperationId;

/// The endpoints that are known by now to exist, or not to.
#[derive(Debug, Default)]
pub(super) struct Found(Mutex<BTreeMap<OperationId, bool>>);

impl Found {
    pub(super) fn all(&self) -> MutexGuard<'_, BTreeMap<OperationId, bool>> {
        // After a panic elsewhere the map holds plain facts, which are still right.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
