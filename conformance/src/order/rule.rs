//! Refusal rules and the set of answers that they allow for one request.
//!
//! A rule is a small record: the id of a requirement or ambiguity, when it applies, and what it answers with. The records
//! stand in `checks/`, one file per group; this room turns those that apply into the set of allowed statuses.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use spec::{Contract, Meaning};

use super::facts::{Body, Facts};
use super::lenient::Liberty;

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

impl Applies {
    /// A rule that applies for certain, or does not.
    #[must_use]
    pub const fn surely(applies: bool) -> Self {
        if applies { Self::Surely } else { Self::No }
    }

    /// A rule that may be held against the request, or does not apply.
    #[must_use]
    pub const fn maybe(applies: bool) -> Self {
        if applies { Self::Maybe } else { Self::No }
    }
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

impl Rule {
    /// A requirement that is refused with the purchase's status of this meaning.
    #[must_use]
    pub const fn refuses(
        id: &'static str,
        meaning: Meaning,
        applies: fn(&Facts, &Contract) -> Applies,
    ) -> Self {
        Self { id, refusal: Refusal::With(meaning), applies }
    }

    /// An ambiguity, with the statuses that it accepts.
    #[must_use]
    pub const fn open(ambiguity: &'static str, applies: fn(&Facts, &Contract) -> Applies) -> Self {
        Self { id: ambiguity, refusal: Refusal::Open(ambiguity), applies }
    }
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
    /// Rules that surely apply, whoever reads the body: with one of them the order can't be accepted.
    pub sure: Vec<&'static str>,
    /// Rules that surely apply for a strict reader, where a lenient one sees an order that may be accepted.
    pub strict: Vec<&'static str>,
    /// Rules that may be held against it.
    pub maybe: Vec<&'static str>,
}

/// What a lenient reader's liberty is called among the ambiguities.
const ENCODING: &str = "AMB-ENCODING";
/// The same for values of another type.
const COERCION: &str = "AMB-COERCION";

impl Allowed {
    /// Applies the rules to a request, in every reading of its body.
    #[must_use]
    pub fn for_order(facts: &Facts, contract: &Contract, rules: &[&'static Rule]) -> Self {
        let mut allowed = Self::by_one_reading(facts, contract, rules);
        if facts.others.is_empty() {
            return allowed;
        }
        let others: Vec<Self> = facts
            .others
            .iter()
            .map(|other| {
                let read = Facts { body: other.body.clone(), others: Vec::new(), ..facts.clone() };
                Self::by_one_reading(&read, contract, rules)
            })
            .collect();
        for other in &others {
            for (status, ids) in &other.statuses {
                allowed.statuses.entry(*status).or_default().extend(ids);
            }
        }
        let accepted = contract.status(Meaning::Accepted);
        if others.iter().any(|it| it.sure.is_empty()) {
            allowed.strict = std::mem::take(&mut allowed.sure);
        } else if allowed.sure.is_empty() && matches!(facts.body, Body::Unclear(_)) {
            // Nobody knows how it is read, and however it is, it can't be accepted.
            allowed.sure.clone_from(&others[0].sure);
        }
        allowed.take_liberties(facts, contract);
        if !allowed.sure.is_empty() {
            allowed.statuses.remove(&accepted);
        }
        allowed
    }

    /// A strict server may refuse what only a lenient reader can read.
    fn take_liberties(&mut self, facts: &Facts, contract: &Contract) {
        for other in &facts.others {
            let id = match other.liberty {
                Liberty::Encoding(_) => ENCODING,
                Liberty::Coercion(_) => COERCION,
            };
            if self.maybe.contains(&id) {
                continue;
            }
            self.maybe.push(id);
            for status in contract.catalogue.accepts(id) {
                self.statuses.entry(*status).or_default().insert(id);
            }
        }
    }

    fn by_one_reading(facts: &Facts, contract: &Contract, rules: &[&'static Rule]) -> Self {
        let mut allowed =
            Self { statuses: BTreeMap::new(), sure: Vec::new(), strict: Vec::new(), maybe: Vec::new() };
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

    /// Whether the order is a valid one to everybody, so that it is accepted, or refused for its missing length alone.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.reasons().is_empty() && self.maybe.iter().all(|id| *id == "AMB-CHUNKED-LENGTH")
    }

    /// Rules that a strict reader refuses it by, whether or not a lenient one may accept it.
    #[must_use]
    pub fn reasons(&self) -> &[&'static str] {
        if self.sure.is_empty() { &self.strict } else { &self.sure }
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
