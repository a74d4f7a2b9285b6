//! Refusal rules and the set of answers that they allow for one request.
//!
//! A rule is a small record: the id of a requirement or ambiguity, when it applies, and what it answers with. The records
//! stand in `checks/`, one file per group; this room turns those that apply into the set of allowed statuses.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use spec::{Contract, Meaning};

use super::facts::Facts;

/// Whether a rule applies to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applies {
    /// It does not.
    No,
    /// It may be held against the request or not: both are conforming.
    Maybe,
    /// It does: the request can't be accepted.
    Surely,
}

/// What a rule refuses with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The purchase's status of this meaning.
    With(Meaning),
    /// The statuses that this ambiguity accepts.
    Open(&'static str),
    /// Any documented refusal.
    Any,
}

/// One reason to refuse an order.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Requirement or ambiguity that it enforces.
    pub id: &'static str,
    /// What it refuses with.
    pub refusal: Refusal,
    /// When it applies.
    pub applies: fn(&Facts, &Contract) -> Applies,
}

/// One thing allowed for a request, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Expected {
    /// A status or an effect: `422 Item count not within the limits`.
    pub what: String,
    /// Ids of the requirements and ambiguities that allow it.
    pub because: Vec<String>,
}

/// What is allowed for one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// Status to the ids that allow it.
    pub statuses: BTreeMap<u16, BTreeSet<&'static str>>,
    /// Rules that surely apply: with one of them the order can't be accepted.
    pub sure: Vec<&'static str>,
    /// Rules that may be held against it.
    pub maybe: Vec<&'static str>,
}

impl Allowed {
    /// Applies the rules to a request.
    #[must_use]
    pub fn for_order<'r>(facts: &Facts, contract: &Contract, rules: impl Iterator<Item = &'r Rule>) -> Self {
        let mut allowed = Self { statuses: BTreeMap::new(), sure: Vec::new(), maybe: Vec::new() };
        for rule in rules {
            match (rule.applies)(facts, contract) {
                Applies::No => continue,
                Applies::Maybe => allowed.maybe.push(rule.id),
                Applies::Surely => allowed.sure.push(rule.id),
            }
            let statuses: Vec<u16> = match rule.refusal {
                Refusal::With(meaning) => vec![contract.status(meaning)],
                Refusal::Open(ambiguity) => contract.catalogue.accepts(ambiguity).to_vec(),
                Refusal::Any => [Meaning::Invalid, Meaning::Insufficient, Meaning::Count]
                    .map(|it| contract.status(it))
                    .to_vec(),
            };
            for status in statuses {
                allowed.statuses.entry(status).or_default().insert(rule.id);
            }
        }
        let accepted = contract.status(Meaning::Accepted);
        if allowed.sure.is_empty() {
            allowed.statuses.entry(accepted).or_default().insert("RESP-STATUS");
        } else {
            allowed.statuses.remove(&accepted);
        }
        allowed
    }

    /// Whether the order is beyond reproach, so that only acceptance is allowed.
    #[must_use]
    pub fn must_accept(&self) -> bool {
        self.sure.is_empty() && self.maybe.is_empty()
    }

    /// For a report: each allowed answer with its reasons.
    #[must_use]
    pub fn expected(&self, contract: &Contract) -> Vec<Expected> {
        self.statuses
            .iter()
            .map(|(status, ids)| {
                let description =
                    contract.buy().response(*status).map_or("", |response| &response.description);
                Expected {
                    what: format!("{status} {description}").trim_end().trim_end_matches('.').to_owned(),
                    because: ids.iter().map(|id| (*id).to_owned()).collect(),
                }
            })
            .collect()
    }
}
