//! Learns from planted faults in which order accepted orders are sent: first those that show most per cedi among the
//! faults that cases without cost do not show.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use conformance::plan::worth::general;
use spec::Pesewas;

use crate::value::Worth;

/// The divisor of a fault's weight for each case that shows it. The weight does not drop to zero at once, since faults
/// that are not planted are likely to be shown by the same cases.
const AGAIN: u64 = 4;

/// The weight of a fault that no chosen case shows yet.
const UNSEEN: u64 = 1 << 20;

/// Returns the ids of the cases in their order, one per line, with roles that may buy replaced by their index. `prices`
/// holds the cost of each case at a server without a fault. Cases without cost are left out, since they are sent first
/// anyway, and so are the faults that they show.
#[must_use]
pub(crate) fn learn(worths: &[Worth], prices: &BTreeMap<String, Pesewas>, buyers: &[String]) -> String {
    let paid = |case: &&String| prices.get(*case).is_some_and(|price| *price > Pesewas::ZERO);
    let free = |case: &String| prices.get(case) == Some(&Pesewas::ZERO);
    let unseen = worths.iter().filter(|it| it.found && !it.cases.iter().any(free));
    let mut left: BTreeMap<&str, u64> = unseen.clone().map(|it| (it.fault.id, UNSEEN)).collect();
    let mut shows: BTreeMap<&String, BTreeSet<&str>> = BTreeMap::new();
    for worth in unseen {
        for case in worth.cases.iter().filter(paid) {
            shows.entry(case).or_default().insert(worth.fault.id);
        }
    }
    let mut ordered: Vec<&String> = Vec::new();
    while !shows.is_empty() {
        let value = |faults: &BTreeSet<&str>| faults.iter().map(|it| left[it]).sum::<u64>();
        let by_price = |case: &String| u64::try_from(prices[case].get()).unwrap_or(u64::MAX);
        // The first of several equal cases is taken, so that the result is deterministic.
        let best =
            shows.iter().map(|(case, faults)| (*case, value(faults), by_price(case))).reduce(|best, it| {
                let better = u128::from(it.1) * u128::from(best.2) > u128::from(best.1) * u128::from(it.2);
                if better { it } else { best }
            });
        let Some((case, ..)) = best else { break };
        for fault in shows.remove(case).into_iter().flatten() {
            if let Some(left) = left.get_mut(fault) {
                *left /= AGAIN;
            }
        }
        ordered.push(case);
    }
    let mut out = String::from("# Written by `cargo xtask value --learn`: see worth.rs.\n");
    let mut told = BTreeSet::new();
    for case in ordered {
        let line = general(case, buyers);
        if told.insert(line.clone()) {
            _ = writeln!(out, "{line}");
        }
    }
    out
}
