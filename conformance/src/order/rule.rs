//! Refusal rules and the set of answers that they allow for one request.
//!
//! A rule is a small record: the id of a requirement or ambiguity, when it applies, and what it answers with. The records
//! stand in `checks/`, one file per group; this file turns those that apply into the set of allowed statuses, and knows no id.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use spec::{Contract, Meaning};

use super::facts::{Body, Facts};

/// Whether a rule applies to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Applies {
    /// It does not.
    No,
    /// It may be held against the request or not: both are conforming.
    Maybe,
    /// It does: the request can't be accepted.
    Surely,
    /// It says what is answered where no rule surely applies.
    Otherwise,
}

impl Applies {
    /// A rule that applies for certain, or does not.
    #[must_use]
    pub(crate) const fn surely(applies: bool) -> Self {
        if applies { Self::Surely } else { Self::No }
    }

    /// A rule that may be held against the request, or does not apply.
    #[must_use]
    pub(crate) const fn maybe(applies: bool) -> Self {
        if applies { Self::Maybe } else { Self::No }
    }
}

/// What a rule answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The purchase's status of this meaning.
    With(Meaning),
    /// The statuses that this ambiguity accepts.
    Open(&'static str),
    /// Any documented refusal.
    Any,
}

/// One reason to refuse an order, or to accept it.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Requirement or ambiguity that it enforces.
    pub id: &'static str,
    /// What it answers with.
    pub(crate) refusal: Refusal,
    /// When it applies.
    pub(crate) applies: fn(&Facts, &Contract) -> Applies,
}

impl Rule {
    /// A requirement that is refused with the purchase's status of this meaning.
    #[must_use]
    pub(crate) const fn refuses(
        id: &'static str,
        meaning: Meaning,
        applies: fn(&Facts, &Contract) -> Applies,
    ) -> Self {
        Self { id, refusal: Refusal::With(meaning), applies }
    }

    /// The requirement that an order is accepted where nothing is surely held against it.
    #[must_use]
    pub(crate) const fn accepts(id: &'static str) -> Self {
        Self { id, refusal: Refusal::With(Meaning::Accepted), applies: |_, _| Applies::Otherwise }
    }

    /// An ambiguity, with the statuses that it accepts.
    #[must_use]
    pub(crate) const fn open(ambiguity: &'static str, applies: fn(&Facts, &Contract) -> Applies) -> Self {
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
pub(crate) struct Allowed {
    /// Status to the ids that allow it.
    pub(crate) statuses: BTreeMap<u16, BTreeSet<&'static str>>,
    /// Rules that surely apply, whoever reads the body: with one of them the order can't be accepted.
    pub(crate) sure: Vec<&'static str>,
    /// Rules that surely apply for a strict reader, where a lenient one sees an order that may be accepted.
    pub(crate) strict: Vec<&'static str>,
    /// Rules that may be held against it.
    pub(crate) maybe: Vec<&'static str>,
    /// Whether one of those is about the order itself, and not only about its transfer without a length.
    in_doubt: bool,
}

impl Allowed {
    /// Applies the rules to a request, in every reading of its body.
    #[must_use]
    pub(crate) fn for_order(facts: &Facts, contract: &Contract, rules: &[&'static Rule]) -> Self {
        let read_as = |body: &Body| Facts { body: body.clone(), others: Vec::new(), ..facts.clone() };
        if facts.others.is_empty() {
            return Self::by_one_reading(facts, contract, rules);
        }
        let strict = read_as(&facts.body);
        let mut allowed = Self::by_one_reading(&strict, contract, rules);
        let others = facts.others.iter().map(|other| read_as(&other.body));
        let others: Vec<Self> = others.map(|it| Self::by_one_reading(&it, contract, rules)).collect();
        for other in &others {
            for (status, ids) in &other.statuses {
                allowed.statuses.entry(*status).or_default().extend(ids);
            }
        }
        if others.iter().any(|it| it.sure.is_empty()) {
            allowed.strict = std::mem::take(&mut allowed.sure);
        } else if allowed.sure.is_empty() && matches!(facts.body, Body::Unclear(_)) {
            // Nobody knows how it is read, and however it is, it can't be accepted.
            allowed.sure.clone_from(&others[0].sure);
        }
        // Some rules are about there being other readings at all: a strict server may refuse what only a lenient reader reads.
        for rule in rules.iter().filter(|rule| (rule.applies)(&strict, contract) == Applies::No) {
            allowed.apply(rule, facts, contract);
        }
        if !allowed.sure.is_empty() {
            allowed.statuses.remove(&contract.status(Meaning::Accepted));
        }
        allowed
    }

    fn by_one_reading(facts: &Facts, contract: &Contract, rules: &[&'static Rule]) -> Self {
        let mut allowed = Self {
            statuses: BTreeMap::new(),
            sure: Vec::new(),
            strict: Vec::new(),
            maybe: Vec::new(),
            in_doubt: false,
        };
        let mut otherwise = BTreeSet::new();
        for rule in rules {
            if allowed.apply(rule, facts, contract) == Applies::Otherwise {
                otherwise.insert(rule.id);
            }
        }
        let accepted = contract.status(Meaning::Accepted);
        if allowed.sure.is_empty() {
            allowed.statuses.entry(accepted).or_default().extend(otherwise);
        } else {
            allowed.statuses.remove(&accepted);
        }
        allowed
    }

    /// Notes a rule, and what it answers with, if it applies.
    fn apply(&mut self, rule: &Rule, facts: &Facts, contract: &Contract) -> Applies {
        let applies = (rule.applies)(facts, contract);
        match applies {
            Applies::No | Applies::Otherwise => return applies,
            Applies::Maybe => {
                self.maybe.push(rule.id);
                self.in_doubt |= !is_about_transfer(rule, facts, contract);
            }
            Applies::Surely => self.sure.push(rule.id),
        }
        let statuses: Vec<u16> = match rule.refusal {
            Refusal::With(meaning) => vec![contract.status(meaning)],
            Refusal::Open(ambiguity) => contract.catalogue.accepts(ambiguity).to_vec(),
            Refusal::Any => [Meaning::Invalid, Meaning::Insufficient, Meaning::Count]
                .map(|it| contract.status(it))
                .to_vec(),
        };
        for status in statuses {
            self.statuses.entry(status).or_default().insert(rule.id);
        }
        applies
    }

    /// Whether the order is a valid one to everybody, so that it is accepted, or refused for its missing length alone.
    #[must_use]
    pub(crate) fn is_valid(&self) -> bool {
        self.reasons().is_empty() && !self.in_doubt
    }

    /// Rules that a strict reader refuses it by, whether or not a lenient one may accept it.
    #[must_use]
    pub(crate) fn reasons(&self) -> &[&'static str] {
        if self.sure.is_empty() { &self.strict } else { &self.sure }
    }

    /// For a report: each allowed answer with its reasons.
    #[must_use]
    pub(crate) fn expected(&self, contract: &Contract) -> Vec<Expected> {
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

/// Whether a rule that applies to a request would not if the request were sent with its length.
fn is_about_transfer(rule: &Rule, facts: &Facts, contract: &Contract) -> bool {
    facts.chunked && (rule.applies)(&Facts { chunked: false, ..facts.clone() }, contract) == Applies::No
}
