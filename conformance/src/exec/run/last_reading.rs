//! The last reading of each wallet, where nothing came after it: the next case of the account begins with it, rather than
//! with a reading of its own.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::history::Exchange;

/// A reading that is older than this, microseconds, is made anew: others may use a fixed account too.
const LONGEST_US: u64 = 1_000_000;

/// By wallet, the account that read it last, and what it read.
#[derive(Debug, Default)]
pub(super) struct LastReadings(Mutex<BTreeMap<usize, (usize, Exchange)>>);

impl LastReadings {
    /// Keeps the reading that a case of this account ended with.
    pub(super) fn keep(&self, wallet: usize, account: usize, reading: Exchange) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(wallet, (account, reading));
    }

    /// The reading for a case of this account that begins now, as one that is counted elsewhere; whatever that case does, the
    /// reading is no longer the last.
    pub(super) fn take(&self, wallet: usize, account: usize, now_us: u64) -> Option<Exchange> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&wallet);
        let (_, reading) = kept.filter(|(by, it)| *by == account && now_us < it.done_us + LONGEST_US)?;
        Some(Exchange { shared: true, ..reading })
    }
}
