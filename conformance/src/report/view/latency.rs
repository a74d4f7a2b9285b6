//! The latency of answers by operation and status.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::report::Run;

/// The latency of the answers of one operation and status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LatencyView {
    /// The operation's name.
    pub(crate) operation: String,
    /// The status.
    pub(crate) status: u16,
    /// The number of answers.
    pub(crate) count: u64,
    /// The median, in microseconds.
    pub(crate) p50_us: u64,
    /// The 90th percentile, in microseconds.
    pub(crate) p90_us: u64,
    /// The 99th percentile, in microseconds.
    pub(crate) p99_us: u64,
    /// The longest time, in microseconds.
    pub(crate) max_us: u64,
}

/// Returns the figures of all answers to requests of the run itself.
pub(super) fn latency(run: &Run<'_>) -> Vec<LatencyView> {
    let mut all: BTreeMap<(&str, u16), Histogram<u64>> = BTreeMap::new();
    for case in run.history.cases.iter() {
        for exchange in case.own() {
            let Some(response) = exchange.answer.response() else { continue };
            let took = exchange.done_us.saturating_sub(exchange.sent_us).max(1);
            let empty = || Histogram::new(2).ok();
            let key = (exchange.operation.name(), response.status);
            if let (None, Some(histogram)) = (all.get(&key), empty()) {
                all.insert(key, histogram);
            }
            if let Some(histogram) = all.get_mut(&key) {
                // `record` resizes the histogram as needed; `saturating_record` would clamp the time to its current
                // range.
                _ = histogram.record(took);
            }
        }
    }
    let figures = |((operation, status), all): ((&str, u16), Histogram<u64>)| LatencyView {
        operation: operation.to_owned(),
        status,
        count: all.len(),
        p50_us: all.value_at_quantile(0.5),
        p90_us: all.value_at_quantile(0.9),
        p99_us: all.value_at_quantile(0.99),
        max_us: all.max(),
    };
    all.into_iter().map(figures).collect()
}
