//! Operators that take only numbers of their own networks: the first cases of a run find out which, and all others are
//! planned again with those.

use spec::Contract;

use super::session::{self, Options, Unmatched};
use crate::history::Environment;
use crate::plan::case::{Case, Turn};

/// Returns the cases that find out which numbers operators take; `None` if there are none. The shards of a plan must find the
/// same, and not each of them has these cases.
pub(super) fn first(cases: &[Case], options: &Options) -> Option<Vec<Case>> {
    let first: Vec<Case> = cases.iter().filter(|it| it.turn == Turn::First).cloned().collect();
    Some(first).filter(|it| !it.is_empty() && options.shard.is_none())
}

/// Plans the cases of a run again, for what is known by now, behind those that found it out. `learnt` is the number of
/// operators whose numbers are known now, each of which needs one case less.
///
/// # Errors
/// Returns an error if no case is left of those that the options ask for.
pub(super) fn plan_again(
    contract: &Contract,
    environment: &Environment,
    cases: &[Case],
    learnt: usize,
    options: &Options,
) -> Result<Vec<Case>, Unmatched> {
    let planner = session::plan(contract, environment, options);
    let unplanned = planner.reasons();
    let again = session::chosen(planner.cases, &unplanned, (contract, environment), options, None)?;
    let again = again.into_iter().filter(|it| it.turn != Turn::First);
    let again = again.map(|it| Case { index: it.index + learnt as u64, ..it });
    Ok(cases.iter().filter(|it| it.turn == Turn::First).cloned().chain(again).collect())
}

/// Returns the line of a report about an operator that takes only numbers of its own.
pub(super) fn note(operator: &str, prefix: &str) -> String {
    format!(
        "operator {operator} refused the numbers of the page's sample and takes such as {prefix}…: all other orders of it were \
         for those"
    )
}
