//! Answers that take clearly longer or shorter than before.

use serde::Serialize;

use crate::report::view::LatencyView;

/// Fewer answers than this in either run say nothing.
const FEWEST: u64 = 10;

/// A change of less than so many microseconds is noise, whatever its share.
const LEAST_US: u64 = 2_000;

/// How long half of the answers took, before and now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Slower {
    /// The operation.
    pub operation: String,
    /// The status.
    pub status: u16,
    /// Half of the answers of the older run took no longer, in microseconds.
    pub old_us: u64,
    /// Half of the answers of the newer run took no longer, in microseconds.
    pub new_us: u64,
    /// 99 of a hundred, before.
    pub old_p99_us: u64,
    /// 99 of a hundred, now.
    pub new_p99_us: u64,
}

/// Those whose median moved by half or more, the most first.
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
