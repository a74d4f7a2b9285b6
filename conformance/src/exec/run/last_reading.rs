//! The last readings of each wallet and of its list of orders, as long as nothing has happened to the wallet since. The next
//! case of the account starts with them instead of reading both again.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use spec::OperationId;

use crate::history::{Exchange, KeyUse};
use crate::order::reading;
use crate::plan::case::Step;

/// The age in microseconds from which a reading is repeated, since a fixed account may be used by others too.
const LONGEST_US: u64 = 1_000_000;

/// For each wallet, the account that read it last, and its readings.
#[derive(Debug, Default)]
pub(super) struct LastReadings(Mutex<BTreeMap<usize, (usize, Vec<Exchange>)>>);

impl LastReadings {
    /// Keeps the readings with which a case of this account ended: those after everything else.
    pub(super) fn keep(&self, wallet: usize, account: usize, exchanges: &[Exchange]) {
        let is_reading = |it: &&Exchange| matches!(it.operation, OperationId::Wallet | OperationId::Orders);
        let mut kept: Vec<Exchange> = Vec::new();
        for reading in exchanges.iter().rev().take_while(is_reading) {
            // Only the last one of each kind shows what is there now.
            if kept.iter().all(|it| it.operation != reading.operation) {
                kept.push(reading.clone());
            }
        }
        kept.retain(|it| {
            let plain = it.batch.is_none() && it.request.key == KeyUse::Own && !it.request.path.contains('?');
            plain && it.answer.response().is_some_and(|it| reading::is_success(it.status))
        });
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(wallet, (account, kept));
    }

    /// Removes the last readings and returns those that can replace the first steps of a case of this account that begins
    /// now, marked as copies. They are removed in any case, since this case may change the wallet.
    pub(super) fn take(&self, wallet: usize, account: usize, steps: &[Step], now_us: u64) -> Vec<Exchange> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&wallet);
        let Some((_, mut readings)) = kept.filter(|(by, _)| *by == account) else { return Vec::new() };
        let first: Vec<OperationId> = steps.iter().map_while(Step::reads_first).collect();
        readings.retain(|it| first.contains(&it.operation) && now_us < it.done_us + LONGEST_US);
        readings.iter_mut().for_each(|it| it.shared = true);
        readings
    }
}
