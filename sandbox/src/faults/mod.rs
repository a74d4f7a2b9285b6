//! The catalogue of planted faults: mistakes that real servers of this kind make, one module per group, one record per
//! fault.
//!
//! A fault replaces a step or sets a hook (see `rules/`); the server's own code knows no faults. Its `breaks` names
//! exactly the requirements that a tester may rightly report for it: those that its consequences violate.

mod account;
mod agree;
mod alone;
mod auth;
mod balance;
mod body;
mod claims;
mod content;
mod count;
mod crash;
mod debit;
mod disputed;
mod doors;
mod errors;
mod fault;
mod format;
mod identity;
mod items;
mod leak;
mod life;
mod list;
mod magnitude;
mod meeting;
mod near;
mod orders;
mod own;
mod pattern;
mod pieces;
mod prefix;
mod prevalidation;
mod price;
mod race;
mod recipients;
mod reference;
mod reject;
mod response;
mod retry;
mod revision;
mod role;
mod settle;
mod state;
mod time;
mod tools;
mod transport;
mod twice;
mod units;
mod words;

pub use fault::{Fault, Need, UnknownFault};

/// The groups, in the order of a purchase's life.
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
    reference::FAULTS,
    identity::FAULTS,
    revision::FAULTS,
    errors::FAULTS,
    leak::FAULTS,
    orders::FAULTS,
    recipients::FAULTS,
    list::FAULTS,
    retry::FAULTS,
    account::FAULTS,
    magnitude::FAULTS,
    alone::FAULTS,
    near::FAULTS,
    prefix::FAULTS,
    twice::FAULTS,
    words::FAULTS,
    claims::FAULTS,
    content::FAULTS,
    agree::FAULTS,
    settle::FAULTS,
    time::FAULTS,
    format::FAULTS,
    doors::FAULTS,
    pieces::FAULTS,
    life::FAULTS,
    pattern::FAULTS,
    units::FAULTS,
    own::FAULTS,
];

/// Returns every fault.
pub fn all() -> impl Iterator<Item = &'static Fault> {
    GROUPS.iter().copied().flatten()
}

/// Returns the fault with an id.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static Fault> {
    all().find(|fault| fault.id == id)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::{GROUPS, all};

    #[test]
    fn ids_are_unique_and_each_stands_in_one_room() {
        let mut seen = BTreeSet::new();
        for room in GROUPS {
            let groups: BTreeSet<_> = room.iter().map(|fault| fault.group).collect();
            assert_eq!(groups.len(), 1, "{groups:?}");
            for fault in *room {
                assert!(seen.insert(fault.id), "{} stands twice", fault.id);
                assert!(
                    fault.id.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-'),
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
