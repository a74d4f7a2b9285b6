//! What is recorded while a scenario goes on.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::client::history::Exchange;
use crate::client::scenario::{On, Trouble, What};

/// Exchanges beyond this say no more; a client that polls as fast as it can is not to fill the memory.
const MOST: usize = 5_000;

/// Keeps what happens, by the time since it was made.
#[derive(Debug)]
pub(super) struct Recorder {
    start: Instant,
    connections: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    exchanges: Vec<Exchange>,
    purchases: u32,
    readings: u32,
}

/// Where an exchange stands in the record; what is past its bound stands nowhere.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot(Option<usize>);

impl Recorder {
    pub(super) fn new() -> Self {
        Self { start: Instant::now(), connections: AtomicU64::new(0), state: Mutex::default() }
    }

    pub(super) fn now_us(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// The number of a new connection, from 1.
    pub(super) fn connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Puts a request down before anything is done with it.
    pub(super) fn request(&self, exchange: Exchange) -> Slot {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.exchanges.len() >= MOST {
            return Slot(None);
        }
        state.exchanges.push(exchange);
        Slot(Some(state.exchanges.len() - 1))
    }

    /// Says what became of it.
    pub(super) fn change(&self, slot: Slot, change: impl FnOnce(&mut Exchange)) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(exchange) = slot.0.and_then(|at| state.exchanges.get_mut(at)) {
            change(exchange);
        }
    }

    /// What happens to one more request of this kind.
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
