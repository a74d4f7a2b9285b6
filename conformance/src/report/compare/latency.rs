//! Finds operations whose answers take clearly longer or shorter than before.

use serde::Serialize;

use crate::report::view::LatencyView;

/// The minimum number of answers that either run needs for a comparison.
const FEWEST: u64 = 10;

/// A smaller change than this many microseconds is noise, however large its share is.
const LEAST_US: u64 = 2_000;

/// The latency of one operation and status in the two runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Slower {
    /// The operation.
    pub operation: String,
    /// The status.
    pub status: u16,
    /// The median in the older run, in microseconds.
    pub old_us: u64,
    /// The median in the newer run, in microseconds.
    pub new_us: u64,
    /// The 99th percentile in the older run, in microseconds.
    pub old_p99_us: u64,
    /// The 99th percentile in the newer run, in microseconds.
    pub new_p99_us: u64,
}

/// Returns the operations whose median changed by half or more, the largest change first.
pub(super) fn slower(old: &[LatencyView], new: &[LatencyView]) -> Vec<Slower> {
    let mut all: Vec<Slower> = Vec::new();
    for after in new.iter().filter(|it| it.count >= FEWEST) {
        let same = |it: &&LatencyView| {
            it.operation == after.operation && it.status == after.status && it.count >= FEWEST
        };
        let Some(before) = old.iter().find(same) else { continue };
        let (one, other) = (before.p50_us.min(after.p50_us), before.p50_us.max(after.p50_us));
        if other - one >= LEAST_US && other.saturating_mul(2) >= one.saturating_mul(3) {
            all.push(Slower {
                operation: after.operation.clone(),
                status: after.status,
                old_us: before.p50_us,
                new_us: after.p50_us,
                old_p99_us: before.p99_us,
                new_p99_us: after.p99_us,
            });
        }
    }
    all.sort_by_key(|it| std::cmp::Reverse(it.old_us.abs_diff(it.new_us)));
    all
}
