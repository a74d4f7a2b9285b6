//! Measures how reliably a fault is caught, by judging it with many seeds. Some faults, such as races, are caught only
//! by chance.

use std::sync::Arc;

use sandbox::Fault;
use spec::Contract;

use crate::error::SelftestError;
use crate::kill_matrix::kill;
use crate::run::options;

/// How often a fault is caught in runs with different seeds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rounds {
    /// The number of runs.
    pub(crate) runs: u32,
    /// The number of runs in which it was caught by ids that it declares, and by no others.
    pub(crate) caught: u32,
    /// The number of orders that each of these runs sent up to the first finding, in ascending order.
    pub(crate) orders: Vec<u64>,
}

impl Rounds {
    /// Returns true if it is caught in at least 19 of 20 runs.
    #[must_use]
    pub(crate) const fn reliable(&self) -> bool {
        self.caught as u64 * 20 >= self.runs as u64 * 19
    }

    /// Returns a line for a terminal.
    #[must_use]
    pub(crate) fn line(&self, fault: &str) -> String {
        let Self { runs, caught, orders } = self;
        let mark = if self.reliable() { "reliable" } else { "FLAKY   " };
        let took = match (orders.get(orders.len() / 2), orders.last()) {
            (Some(median), Some(most)) => format!(", after {median} orders (median; {most} at most)"),
            _ => String::new(),
        };
        format!("{mark} {fault:<40} caught in {caught} of {runs} runs{took}")
    }
}

/// Judges a fault once with each seed from 0.
///
/// # Errors
/// Returns the errors of [`kill`].
pub(crate) async fn rounds(
    contract: &Arc<Contract>,
    fault: &'static Fault,
    runs: u32,
) -> Result<Rounds, SelftestError> {
    let mut rounds = Rounds { runs, ..Rounds::default() };
    for seed in 0..u64::from(runs) {
        let kill = kill(contract, fault, &options(seed)).await?;
        if kill.exact() {
            rounds.caught += 1;
            rounds.orders.extend(kill.first.map(|it| it.orders));
        }
    }
    rounds.orders.sort_unstable();
    Ok(rounds)
}
