//! Starts the threads of the store.

use std::thread::JoinHandle;

use super::error::StoreError;

/// Starts a thread with this name.
pub(super) fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    std::thread::Builder::new().name(name.into()).spawn(run).map_err(|_| StoreError::Closed)
}
