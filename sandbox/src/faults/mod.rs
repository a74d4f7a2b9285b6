//! The catalogue of planted faults: what such servers really get wrong, one room per group, one record per fault.
//!
//! A fault bends a rule or hangs in a hook (see `rules.rs`); the server's own code knows of none. Its `breaks` names
//! every requirement that a tester may rightly report for it, and nothing else: the consequences count, guesses don't.

mod account;
mod auth;
mod balance;
mod body;
mod count;
mod crash;
mod debit;
mod errors;
mod identity;
mod items;
mod leak;
mod list;
mod orders;
mod prevalidation;
mod price;
mod race;
mod recipients;
mod reject;
mod response;
mod retry;
mod revision;
mod role;
mod state;
mod tools;
mod transport;

use std::fmt;

use crate::rules::Rules;

/// One thing that is wrong on purpose.
pub struct Fault {
    /// Its name on the command line.
    pub id: &'static str,
    /// The room that it stands in.
    pub group: &'static str,
    /// What is wrong, in one line.
    pub wrong: &'static str,
    /// Requirement ids that a tester may rightly report for it.
    pub breaks: &'static [&'static str],
    /// What is needed to see it.
    pub needs: &'static [Need],
    pub(crate) plant: fn(&mut Rules),
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fault({})", self.id)
    }
}

/// What is needed to see a fault, beside a key that may buy and a catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// A key of each role that may buy.
    EachBuyer,
    /// A key of every role that may not buy.
    OtherRole,
    /// Keys of two profiles.
    TwoAccounts,
    /// A key that was revoked.
    RevokedKey,
    /// Balances that are known or can be had on demand.
    Balance,
    /// The packages' prices from another source than the package endpoint.
    Prices,
    /// The wallet endpoint.
    Wallet,
    /// The profile endpoint.
    Profile,
    /// The package endpoint.
    Packages,
    /// The products endpoint.
    Products,
    /// The endpoints of one order.
    Order,
    /// The order list.
    Orders,
    /// The retry endpoint.
    Retry,
    /// A recipient that fails on demand.
    FailingRecipient,
    /// Requests at the same time.
    Concurrency,
    /// Several orders of one account in a row.
    Sequence,
    /// Bytes that an HTTP client would not send by itself.
    RawHttp,
    /// The fields of the later revision; the fault switches them on.
    Revision,
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::EachBuyer => "each role that may buy",
            Self::OtherRole => "the roles that may not buy",
            Self::TwoAccounts => "two accounts",
            Self::RevokedKey => "a revoked key",
            Self::Balance => "known balances",
            Self::Prices => "known prices",
            Self::Wallet => "wallet",
            Self::Profile => "profile",
            Self::Packages => "packages",
            Self::Products => "products",
            Self::Order => "order",
            Self::Orders => "order list",
            Self::Retry => "retry",
            Self::FailingRecipient => "a recipient that fails",
            Self::Concurrency => "concurrency",
            Self::Sequence => "several orders in a row",
            Self::RawHttp => "raw HTTP",
            Self::Revision => "later revision",
        })
    }
}

/// The rooms, in the order of a purchase's life.
const GROUPS: &[&[Fault]] = &[
    transport::FAULTS,
    auth::FAULTS,
    body::FAULTS,
    items::FAULTS,
    crash::FAULTS,
    role::FAULTS,
    count::FAULTS,
    prevalidation::FAULTS,
    price::FAULTS,
    balance::FAULTS,
    debit::FAULTS,
    reject::FAULTS,
    race::FAULTS,
    state::FAULTS,
    response::FAULTS,
    identity::FAULTS,
    revision::FAULTS,
    errors::FAULTS,
    leak::FAULTS,
    orders::FAULTS,
    recipients::FAULTS,
    list::FAULTS,
    retry::FAULTS,
    account::FAULTS,
];

/// Every fault.
pub fn all() -> impl Iterator<Item = &'static Fault> {
    GROUPS.iter().copied().flatten()
}

/// The fault of a name.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static Fault> {
    all().find(|fault| fault.id == id)
}

/// One list of ids from a shared one and some more.
macro_rules! ids {
    ($base:path, $($more:literal),+ $(,)?) => {{
        const MORE: &[&str] = &[$($more),+];
        const IDS: [&str; $base.len() + MORE.len()] = crate::faults::join($base, MORE);
        &IDS
    }};
}
use ids;

const fn join<const N: usize>(base: &[&'static str], more: &[&'static str]) -> [&'static str; N] {
    let mut all = [""; N];
    let mut at = 0;
    while at < N {
        all[at] = if at < base.len() { base[at] } else { more[at - base.len()] };
        at += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn ids_are_unique_and_each_stands_in_one_room() {
        let mut seen = BTreeSet::new();
        for room in GROUPS {
            let groups: BTreeSet<_> = room.iter().map(|fault| fault.group).collect();
            assert_eq!(groups.len(), 1, "{groups:?}");
            for fault in *room {
                assert!(seen.insert(fault.id), "{} stands twice", fault.id);
                assert!(
                    fault.id.chars().all(|char| char.is_ascii_lowercase() || char == '-'),
                    "{}",
                    fault.id
                );
            }
        }
        assert!(seen.len() >= 120, "{}", seen.len());
    }

    #[test]
    fn every_requirement_is_broken_by_two_and_every_id_exists() {
        let contract = spec::embedded().unwrap();
        let mut broken: BTreeMap<&str, usize> = BTreeMap::new();
        for fault in all() {
            let ids: BTreeSet<_> = fault.breaks.iter().collect();
            assert!(!ids.is_empty() && ids.len() == fault.breaks.len(), "{}: an id stands twice", fault.id);
            for id in ids {
                assert!(contract.catalogue.requirement(id).is_some(), "{}: unknown id {id}", fault.id);
                *broken.entry(id).or_default() += 1;
            }
        }
        let ids = contract.catalogue.requirements.iter().map(|it| it.id.as_str());
        let counts = ids.map(|id| (id, broken.get(id).copied().unwrap_or_default()));
        let few: Vec<String> = counts
            .filter(|(_, count)| *count < 2)
            .map(|(id, count)| {
                format!("{id} is broken by {count} fault(s) of two: cargo xtask new-fault … --breaks {id}")
            })
            .collect();
        assert!(few.is_empty(), "{}", few.join("\n"));
    }
}
