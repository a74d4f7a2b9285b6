//! The last reading of each wallet, as long as nothing has happened to the wallet since. The next case of the account
//! starts with it instead of reading the wallet again.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::history::Exchange;

/// The age in microseconds from which a reading is repeated, since a fixed account may be used by others too.
const LONGEST_US: u64 = 1_000_000;

/// For each wallet, the account that read it last, and its reading.
#[derive(Debug, Default)]
pub(super) struct LastReadings(Mutex<BTreeMap<usize, (usize, Exchange)>>);

impl LastReadings {
    /// Keeps the reading that a case of this account ended with.
    pub(super) fn keep(&self, wallet: usize, account: usize, reading: Exchange) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(wallet, (account, reading));
    }

    /// Removes the last reading and returns it for a case of this account that begins now, marked as a copy. It is
    /// removed in any case, since this case may change the wallet.
    pub(super) fn take(&self, wallet: usize, account: usize, now_us: u64) -> Option<Exchange> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&wallet);
        let (_, reading) = kept.filter(|(by, it)| *by == account && now_us < it.done_us + LONGEST_US)?;
        Some(Exchange { shared: true, ..reading })
    }
}
