//! How long answers took, by operation and status.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::report::Run;

/// How long the answers of one status of an operation took, in microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LatencyView {
    /// The operation's name.
    pub(crate) operation: String,
    /// The status.
    pub(crate) status: u16,
    /// How many answers.
    pub(crate) count: u64,
    /// Half took no longer.
    pub(crate) p50_us: u64,
    /// Nine of ten took no longer.
    pub(crate) p90_us: u64,
    /// All but one of a hundred took no longer.
    pub(crate) p99_us: u64,
    /// The longest.
    pub(crate) max_us: u64,
}

/// Figures of every answer that the run itself waited for.
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
                // It grows as far as it has to; `saturating_record` would cut the time to what it has room for by now.
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
