//! Limits how much runs at once: a case holds one slot while it is carried out, and so does each order of a group.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// As many slots as cases may run at once.
#[derive(Debug)]
pub(super) struct Slots {
    free: Arc<Semaphore>,
    /// The number of slots that are left.
    at_once: AtomicUsize,
    /// The number of slots that are to be taken away when they are free again.
    surplus: AtomicUsize,
}

/// One slot, or none while it is left to others. It is given back when it is dropped.
#[derive(Debug, Default)]
pub(super) struct Slot(Option<OwnedSemaphorePermit>);

impl Slots {
    pub(super) fn new(at_once: usize) -> Self {
        let at_once = at_once.max(1);
        let free = Arc::new(Semaphore::new(at_once));
        Self { free, at_once: AtomicUsize::new(at_once), surplus: AtomicUsize::new(0) }
    }

    /// Lets half as many cases run at once from now on, and one at least: a server that has run out of connections or
    /// threads may answer again if it is asked less at a time.
    pub(super) fn halve(&self) {
        let half = |at_once: usize| (at_once / 2).max(1);
        let update = |at_once| Some(half(at_once));
        if let Ok(before) = self.at_once.fetch_update(Ordering::SeqCst, Ordering::SeqCst, update) {
            self.surplus.fetch_add(before - half(before), Ordering::SeqCst);
        }
    }

    /// Waits for a slot.
    pub(super) async fn one(&self) -> Slot {
        loop {
            // The semaphore is never closed; if it were, nothing would have to wait.
            let permit = self.free.clone().acquire_owned().await.ok();
            let fewer = |surplus: usize| surplus.checked_sub(1);
            match permit {
                Some(permit)
                    if self.surplus.fetch_update(Ordering::SeqCst, Ordering::SeqCst, fewer).is_ok() =>
                {
                    permit.forget();
                }
                permit => return Slot(permit),
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn half_of_the_slots_are_left_and_one_at_least() {
        let slots = Slots::new(6);
        let held = [slots.one().await, slots.one().await, slots.one().await, slots.one().await];
        slots.halve();
        drop(held);
        let held = [slots.one().await, slots.one().await, slots.one().await];
        assert_eq!(slots.free.available_permits(), 0);
        for _ in 0..4 {
            slots.halve();
        }
        drop(held);
        let _last = slots.one().await;
        assert_eq!(slots.free.available_permits(), 0);
    }
}
