//! How reliably a fault is caught: judged with one seed after another, for those that a run meets by chance, as races are.

use std::sync::Arc;

use sandbox::Fault;
use spec::Contract;

use super::kill_matrix::kill;
use super::{TeethError, options};

/// How often a fault is caught, over runs with different seeds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rounds {
    /// Runs.
    pub(crate) runs: u32,
    /// Those in which it was caught by what it declares, and by nothing else.
    pub(crate) caught: u32,
    /// Orders that each of those took until the first finding, fewest first.
    pub(crate) orders: Vec<u64>,
}

impl Rounds {
    /// Whether it is caught in nineteen runs of twenty.
    #[must_use]
    pub(crate) const fn reliable(&self) -> bool {
        self.caught as u64 * 20 >= self.runs as u64 * 19
    }

    /// One line for a terminal.
    #[must_use]
    pub(crate) fn line(&self, fault: &str) -> String {
        let Self { runs, caught, orders } = self;
        let mark = if self.reliable() { "reliable" } else { "CHANCY  " };
        let took = match (orders.get(orders.len() / 2), orders.last()) {
            (Some(median), Some(most)) => format!(", after {median} orders (median; {most} at most)"),
            _ => String::new(),
        };
        format!("{mark} {fault:<40} caught in {caught} of {runs} runs{took}")
    }
}

/// Judges a fault with so many seeds.
///
/// # Errors
/// As [`run`](super::run).
pub(crate) async fn rounds(
    contract: &Arc<Contract>,
    fault: &'static Fault,
    runs: u32,
) -> Result<Rounds, TeethError> {
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
