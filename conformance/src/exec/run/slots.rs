//! Limits how much runs at once: a case holds one slot while it is carried out, and so does each order of a group.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// As many slots as cases may run at once.
#[derive(Debug)]
pub(super) struct Slots(Arc<Semaphore>);

/// One slot, or none while it is left to others. It is given back when it is dropped.
#[derive(Debug, Default)]
pub(super) struct Slot(Option<OwnedSemaphorePermit>);

impl Slots {
    pub(super) fn new(at_once: usize) -> Self {
        Self(Arc::new(Semaphore::new(at_once.max(1))))
    }

    /// Waits for a slot.
    pub(super) async fn one(&self) -> Slot {
        // The semaphore is never closed; if it were, nothing would have to wait.
        Slot(self.0.clone().acquire_owned().await.ok())
    }

    /// Waits for a slot if this one was given back.
    pub(super) async fn hold(&self, slot: &mut Slot) {
        if slot.0.is_none() {
            *slot = self.one().await;
        }
    }
}

impl Slot {
    /// Gives the slot back for now. A task that needs several slots at once does so first, so that no task waits for
    /// a slot while it holds one.
    pub(super) fn give_back(&mut self) {
        self.0 = None;
    }
}
