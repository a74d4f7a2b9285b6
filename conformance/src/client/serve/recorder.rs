//! Records the exchanges of a running scenario.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

use crate::client::history::Exchange;
use crate::client::scenario::{On, Trouble, What};

/// The largest number of recorded exchanges, so that a client that polls without pause can't exhaust the memory.
const MOST: usize = 5_000;

/// Records exchanges, with times relative to its creation.
#[derive(Debug)]
pub(super) struct Recorder {
    start: Instant,
    connections: AtomicU64,
    state: Mutex<State>,
    /// Notifies a waiting task that a request arrived.
    asked: Notify,
}

#[derive(Debug, Default)]
struct State {
    exchanges: Vec<Exchange>,
    purchases: u32,
    readings: u32,
}

/// The position of an exchange in the recording; `None` if the recording was full.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot(Option<usize>);

impl Recorder {
    pub(super) fn new() -> Self {
        Self {
            start: Instant::now(),
            connections: AtomicU64::new(0),
            state: Mutex::default(),
            asked: Notify::new(),
        }
    }

    pub(super) fn now_us(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Returns the number of a new connection, from 1.
    pub(super) fn connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Records a request before it is answered.
    pub(super) fn request(&self, exchange: Exchange) -> Slot {
        self.asked.notify_one();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.exchanges.len() >= MOST {
            return Slot(None);
        }
        state.exchanges.push(exchange);
        Slot(Some(state.exchanges.len() - 1))
    }

    /// Waits until a request has arrived.
    pub(super) async fn asked(&self) {
        self.asked.notified().await;
    }

    /// Updates a recorded exchange.
    pub(super) fn change(&self, slot: Slot, change: impl FnOnce(&mut Exchange)) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(exchange) = slot.0.and_then(|at| state.exchanges.get_mut(at)) {
            change(exchange);
        }
    }

    /// Counts a request of this kind, and returns the disturbance that applies to it.
    pub(super) fn trouble(&self, troubles: &[Trouble], on: On) -> Option<What> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = if on == On::Purchases { &mut state.purchases } else { &mut state.readings };
        let before = *seen;
        *seen = seen.saturating_add(1);
        troubles.iter().find(|it| it.on == on && before < it.times).map(|it| it.what)
    }

    pub(super) fn exchanges(&self) -> Vec<Exchange> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).exchanges.clone()
    }
}
