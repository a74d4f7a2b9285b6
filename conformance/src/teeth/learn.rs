//! The order of worth, learned from planted faults: which accepted orders show most, for each cedi, of what the cheaper part
//! of a plan does not show.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use spec::Pesewas;

use super::value::Worth;
use crate::plan::worth::general;

/// What a fault that was shown once is still worth showing again, in parts of what it was worth before. Not nothing: what
/// is not among the planted faults is likely to be shown by the same cases.
const AGAIN: u64 = 4;

/// What a fault is worth that nothing has shown yet.
const UNSEEN: u64 = 1 << 20;

/// Addresses, the most worth first. `prices` is what each case costs on a server without a fault; what costs nothing goes
/// before all of these anyway, and so do the faults that it shows.
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
        // The first of several that are worth as much: the order of addresses is as good as any.
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
