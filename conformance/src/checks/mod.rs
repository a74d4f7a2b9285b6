//! The checks: one file per group of requirements, each with what it sends, what it refuses with, and what it judges.
//!
//! A check is a small record whose name is its address. `cargo xtask coverage` fails where a requirement has none.

pub mod account;
pub mod auth;
pub mod balance;
pub mod count;
pub mod errors;
pub mod orders;
pub mod prevalidation;
pub mod race;
pub mod request;
pub mod response;
pub mod role;
mod status;
pub mod tally;

use spec::{Contract, Pesewas};

use crate::history::{AccountFacts, KeyUse, Request, World};
use crate::judge::Bench;
use crate::oracle::facts::Facts;
use crate::oracle::rule::{Allowed, Rule};
use crate::oracle::scene::Scene;
use crate::oracle::wallet::Wallet;
use crate::plan::case::{Actor, KeyPlan, Outgoing};
use crate::plan::planner::Planner;

/// One check.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// Its address: `count`.
    pub name: &'static str,
    /// Ids that it enforces or observes.
    pub cites: &'static [&'static str],
    /// Reasons to refuse an order that it knows.
    pub rules: &'static [Rule],
    /// What it sends.
    pub plan: fn(&mut Planner<'_>),
    /// What it judges in a case, whoever planned it.
    pub judge: fn(&Scene<'_>, &mut Bench<'_>),
}

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
    &errors::CHECK,
    &orders::CHECK,
    &account::CHECK,
];

/// Every refusal rule of every check.
#[must_use]
pub fn rules() -> Vec<&'static Rule> {
    ALL.iter().flat_map(|check| check.rules).collect()
}

/// What is allowed for a request that has not been sent yet, by the same rules that judge it later; `left` is what the
/// wallets of fixed accounts will hold by then.
#[must_use]
pub fn allowed(
    contract: &Contract,
    world: &World,
    left: &[Option<Pesewas>],
    actor: &Actor,
    outgoing: &Outgoing,
) -> Allowed {
    let account = match actor {
        Actor::Fresh { role, balance, revoked } => Some(AccountFacts {
            name: String::new(),
            role: Some(role.clone()),
            balance: Some(*balance),
            profile: None,
            revoked: *revoked,
            fresh: true,
        }),
        Actor::Fixed(at) => world.accounts.get(*at).map(|facts| AccountFacts {
            balance: left.get(*at).copied().unwrap_or(facts.balance),
            ..facts.clone()
        }),
        Actor::SecondKey { .. } | Actor::Nobody => None,
    };
    let key = match &outgoing.key {
        KeyPlan::Own => KeyUse::Own,
        KeyPlan::OwnHeaderCase(name) => KeyUse::OwnHeaderCase(name.clone()),
        KeyPlan::Absent => KeyUse::Absent,
        KeyPlan::Literal { what, .. } => KeyUse::Bad(what.clone()),
        KeyPlan::Changed(change) => KeyUse::Bad(change.what().to_owned()),
    };
    let request = Request {
        method: contract.buy().method.clone(),
        path: contract.buy().path.clone(),
        headers: outgoing.headers.clone(),
        key,
        transport: outgoing.transport,
        body: outgoing.body.clone().into(),
    };
    let wallet = Wallet::new(account.as_ref().and_then(|it| it.balance));
    let facts = Facts::of(contract, world.catalog.as_ref(), account.as_ref(), wallet, false, &request);
    Allowed::for_order(&facts, contract, rules().into_iter())
}

/// Middle and both ends of a range, and past the tenth, without repetitions.
fn positions(count: usize) -> Vec<usize> {
    let mut all = vec![0, count / 2, count.saturating_sub(1)];
    if count > 11 {
        all.push(11);
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// An amount for a person.
fn ghs(amount: Pesewas) -> String {
    format!("GHS {amount}")
}
