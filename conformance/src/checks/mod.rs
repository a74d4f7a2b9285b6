//! The checks: one file per group of requirements, each with what it sends, what it refuses with, and what it judges.
//!
//! A check is a small record whose name is its address. `cargo xtask coverage` fails where a requirement has none.

pub mod account;
pub mod anomaly;
pub mod auth;
pub mod balance;
mod check;
pub mod count;
pub mod errors;
pub mod identity;
pub mod linear;
pub mod lost;
pub mod orders;
mod positions;
pub mod prevalidation;
pub mod race;
pub mod refusals;
mod relate;
pub mod request;
pub mod response;
pub mod role;
pub mod silence;
pub mod status;
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
    // Of a fixed account the races spend most, and leave what a wallet needs to be met exactly.
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
    &errors::CHECK,
    &lost::CHECK,
    &silence::CHECK,
    &orders::CHECK,
    &account::CHECK,
];

/// What plans cases beside the checks.
const GENERATORS: [&str; 3] = ["relate", "combine", "fuzz"];

/// Whether the ids of cases may begin with this word, whatever a plan has of them.
#[must_use]
pub fn is_origin(word: &str) -> bool {
    let varies = vary::ALL.iter().any(|it| it.name == word);
    varies || GENERATORS.contains(&word) || ALL.iter().any(|check| check.name == word)
}

/// Every refusal rule of every check.
#[must_use]
pub fn rules() -> Vec<&'static Rule> {
    ALL.iter().flat_map(|check| check.rules).collect()
}

/// Plans what every check sends, and what is made for no single check: related orders, combinations, and so many drawn ones;
/// and puts all of it in order.
///
/// `without` names generators that are left out, for the tests that show what each is needed for.
pub fn plan(p: &mut Planner<'_>, drawn: u32, without: &[String]) {
    for check in ALL {
        p.origin = check.name;
        if let Some(plan) = check.plan {
            plan(p);
        }
    }
    let [related, combined, fuzzed] = GENERATORS;
    p.origin = related;
    relate::plan(p);
    vary::plan(p, without);
    p.origin = combined;
    combine::plan(p, &["AMB-PRECEDENCE"]);
    p.origin = fuzzed;
    fuzz::plan(p, drawn, &["STATUS-DOCUMENTED"]);
    p.schedule();
}

/// A judge of this contract that asks every check.
///
/// # Errors
/// One of the contract's schemas can't be compiled.
pub fn judge(contract: &Contract) -> Result<Judge<'_>, ShapeError> {
    judge_with(contract, ALL)
}

/// A judge of this contract that asks these checks.
///
/// # Errors
/// One of the contract's schemas can't be compiled.
pub fn judge_with<'a>(contract: &'a Contract, checks: &[&Check]) -> Result<Judge<'a>, ShapeError> {
    let of_cases = checks.iter().filter_map(|check| Some((check.name, check.judge?)));
    let of_runs = checks.iter().filter_map(|check| Some((check.name, check.judge_run?)));
    Judge::new(contract, rules(), of_cases.collect(), of_runs.collect())
}
