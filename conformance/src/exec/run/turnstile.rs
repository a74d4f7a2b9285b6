//! Decides when the next case may use a wallet: once nothing that the case before it still sends depends on the
//! wallet.

use std::sync::Arc;

use tokio::sync::watch;

/// Lets the next case of a wallet start.
#[derive(Debug, Clone)]
pub(super) struct Turnstile(Arc<watch::Sender<bool>>);

impl Turnstile {
    /// Returns a closed turnstile, and the receiver with which the next case waits for it.
    pub(super) fn closed() -> (Self, watch::Receiver<bool>) {
        let (open, opened) = watch::channel(false);
        (Self(Arc::new(open)), opened)
    }

    /// Opens it: nothing that is still to be sent depends on the wallet or changes it.
    pub(super) fn open(&self) {
        self.0.send_replace(true);
    }
}
