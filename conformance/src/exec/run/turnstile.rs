//! Who is next at a wallet: the next case goes once nothing that the one before still sends depends on the wallet.

use std::sync::Arc;

use tokio::sync::watch;

/// Lets the next case of a wallet go.
#[derive(Debug, Clone)]
pub(super) struct Turnstile(Arc<watch::Sender<bool>>);

impl Turnstile {
    /// Closed, with what the next case waits for.
    pub(super) fn closed() -> (Self, watch::Receiver<bool>) {
        let (open, opened) = watch::channel(false);
        (Self(Arc::new(open)), opened)
    }

    /// Nothing that is still to be sent depends on the wallet or moves it.
    pub(super) fn open(&self) {
        self.0.send_replace(true);
    }
}
