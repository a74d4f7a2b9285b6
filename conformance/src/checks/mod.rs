//! The checks: one file per group of requirements, each with what it sends, when an order must be refused, and what it
//! judges.
//!
//! A check is a small record; the ids of its cases begin with its name. `cargo xtask coverage` fails if a requirement
//! has no check.

pub(crate) mod account;
pub(crate) mod anomaly;
pub(crate) mod auth;
pub(crate) mod balance;
mod check;
pub(crate) mod count;
pub(crate) mod errors;
pub(crate) mod identity;
pub(crate) mod linear;
mod listed;
pub(crate) mod lost;
mod metamorphic;
pub(crate) mod orders;
mod positions;
pub(crate) mod prevalidation;
pub(crate) mod race;
pub(crate) mod refusals;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod role;
pub(crate) mod silence;
mod stack_trace;
pub(crate) mod status;
mod uncharged;
pub mod vary;

use spec::Contract;

pub use check::Check;

use crate::judge::case::Judge;
use crate::judge::shape::ShapeError;
use crate::order::rule::Rule;
use crate::plan::planner::Planner;
use crate::plan::{combine, fuzz};

/// Every check.
pub const ALL: &[&Check] = &[
    &request::CHECK,
    &auth::CHECK,
    &role::CHECK,
    &count::CHECK,
    // On a fixed account the races spend the most, and leave a balance that one more order meets exactly.
    &race::CHECK,
    &balance::CHECK,
    &prevalidation::CHECK,
    &response::CHECK,
    &identity::CHECK,
    &linear::CHECK,
    &status::CHECK,
    &refusals::CHECK,
    &anomaly::CHECK,
    &uncharged::CHECK,
    &listed::CHECK,
    &errors::CHECK,
    &lost::CHECK,
    &silence::CHECK,
    &orders::CHECK,
    &account::CHECK,
];

/// The names of the generators that plan cases in addition to the checks.
const GENERATORS: [&str; 3] = ["relate", "combine", "fuzz"];

/// Returns true if the ids of cases may begin with this word, whether or not a plan contains such cases.
#[must_use]
pub(crate) fn is_origin(word: &str) -> bool {
    let varies = vary::ALL.iter().any(|it| it.name == word);
    varies || GENERATORS.contains(&word) || ALL.iter().any(|check| check.name == word)
}

/// Returns every refusal rule of every check.
#[must_use]
pub(crate) fn rules() -> Vec<&'static Rule> {
    ALL.iter().flat_map(|check| check.rules).collect()
}

/// Plans what every check sends, and the cases that belong to no single check: related orders, combinations, and
/// `drawn` random ones; then schedules all of them.
///
/// `without` names generators that are left out, for the tests that show what each is needed for.
pub(crate) fn plan(p: &mut Planner<'_>, drawn: u32, without: &[String]) {
    p.accepted = ALL.iter().flat_map(|check| check.accepted).copied().collect();
    for check in ALL {
        p.origin = check.name;
        if let Some(plan) = check.plan {
            plan(p);
        }
    }
    let [related, combined, fuzzed] = GENERATORS;
    p.origin = related;
    metamorphic::plan(p);
    vary::plan(p, without);
    p.origin = combined;
    combine::plan(p, &["AMB-PRECEDENCE"]);
    p.origin = fuzzed;
    fuzz::plan(p, drawn, &["STATUS-DOCUMENTED"]);
    p.schedule();
}

/// Returns a judge for this contract with every check.
///
/// # Errors
/// Returns an error if one of the contract's schemas can't be compiled.
pub fn judge(contract: &Contract) -> Result<Judge<'_>, ShapeError> {
    judge_with(contract, ALL)
}

/// Returns a judge for this contract with the given checks.
///
/// # Errors
/// Returns an error if one of the contract's schemas can't be compiled.
pub fn judge_with<'a>(contract: &'a Contract, checks: &[&Check]) -> Result<Judge<'a>, ShapeError> {
    let of_cases = checks.iter().filter_map(|check| Some((check.name, check.judge?)));
    let of_runs = checks.iter().filter_map(|check| Some((check.name, check.judge_run?)));
    Judge::new(contract, rules(), of_cases.collect(), of_runs.collect())
}
