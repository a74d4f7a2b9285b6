//! What the orders of a run have shown of endpoints that discovery left open.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use spec::OperationId;

/// Endpoints by now known to be there, or not to be.
#[derive(Debug, Default)]
pub(super) struct Found(Mutex<BTreeMap<OperationId, bool>>);

impl Found {
    pub(super) fn all(&self) -> MutexGuard<'_, BTreeMap<OperationId, bool>> {
        // A panic elsewhere leaves plain facts behind, which are still right.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
