//! Refusal rules, and the set of answers that they allow for one request.
//!
//! A rule is a small record: the id of a requirement or ambiguity, when it applies, and what it answers with. The
//! records stand in `checks/`, one file per group; this file turns those that apply into the set of allowed statuses,
//! and knows no id.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use spec::{Contract, Meaning};

use super::facts::{Body, Facts};

/// Whether a rule applies to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Applies {
    /// The rule does not apply.
    No,
    /// The rule may be applied or not: both conform.
    Maybe,
    /// The rule applies: the request must not be accepted.
    Surely,
    /// The rule says what is answered if no rule surely applies.
    Otherwise,
}

impl Applies {
    /// Returns `Surely` if the condition holds, otherwise `No`.
    #[must_use]
    pub(crate) const fn surely(applies: bool) -> Self {
        if applies { Self::Surely } else { Self::No }
    }

    /// Returns `Maybe` if the condition holds, otherwise `No`.
    #[must_use]
    pub(crate) const fn maybe(applies: bool) -> Self {
        if applies { Self::Maybe } else { Self::No }
    }
}

/// What a rule answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The status of this meaning in the contract's purchase operation.
    With(Meaning),
    /// The statuses that this ambiguity accepts.
    Open(&'static str),
    /// Any of the refusals for an invalid request, the balance or the count.
    Any,
}

/// One reason to refuse an order, or to accept it.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The id of the requirement or ambiguity.
    pub id: &'static str,
    /// What the rule answers with.
    pub(crate) refusal: Refusal,
    /// When the rule applies.
    pub(crate) applies: fn(&Facts, &Contract) -> Applies,
}

impl Rule {
    /// Returns a rule for a requirement that is refused with the purchase's status of this meaning.
    #[must_use]
    pub(crate) const fn refuses(
        id: &'static str,
        meaning: Meaning,
        applies: fn(&Facts, &Contract) -> Applies,
    ) -> Self {
        Self { id, refusal: Refusal::With(meaning), applies }
    }

    /// Returns the rule that an order is accepted if no rule surely applies.
    #[must_use]
    pub(crate) const fn accepts(id: &'static str) -> Self {
        Self { id, refusal: Refusal::With(Meaning::Accepted), applies: |_, _| Applies::Otherwise }
    }

    /// Returns a rule for an ambiguity, with the statuses that it accepts.
    #[must_use]
    pub(crate) const fn open(ambiguity: &'static str, applies: fn(&Facts, &Contract) -> Applies) -> Self {
        Self { id: ambiguity, refusal: Refusal::Open(ambiguity), applies }
    }
}

/// One thing that is allowed for a request, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Expected {
    /// A status or an effect: `422 Item count not within the limits`.
    pub what: String,
    /// The ids of the requirements and ambiguities that allow it.
    pub because: Vec<String>,
}

/// What is allowed for one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Allowed {
    /// The allowed statuses, each with the ids that allow it.
    pub(crate) statuses: BTreeMap<u16, BTreeSet<&'static str>>,
    /// Rules that surely apply in every reading of the body, so that the order must not be accepted.
    pub(crate) sure: Vec<&'static str>,
    /// Rules that surely apply for a strict reader, if a lenient one sees an order that may be accepted.
    pub(crate) strict: Vec<&'static str>,
    /// Rules that may be applied or not.
    pub(crate) maybe: Vec<&'static str>,
    /// Whether one of those is about the order itself, and not only about its being sent without a length.
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
            // It is unknown which reading is used, but the order must not be accepted in any of them.
            allowed.sure.clone_from(&others[0].sure);
        }
        // Some rules are about the existence of other readings: a strict server may refuse what only a lenient reader
        // can read.
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

    /// Records a rule, and the statuses that it answers with, if it applies.
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

    /// Returns true if the order is valid in every reading, so that it may be refused only for its missing length.
    #[must_use]
    pub(crate) fn is_valid(&self) -> bool {
        self.reasons().is_empty() && !self.in_doubt
    }

    /// Returns the rules by which a strict reader refuses the order, whether or not a lenient one may accept it.
    #[must_use]
    pub(crate) fn reasons(&self) -> &[&'static str] {
        if self.sure.is_empty() { &self.strict } else { &self.sure }
    }

    /// Returns each allowed answer with its reasons, for a report.
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

/// Returns true if a rule that applies to a request would not apply if it were sent with its length.
fn is_about_transfer(rule: &Rule, facts: &Facts, contract: &Contract) -> bool {
    facts.chunked && (rule.applies)(&Facts { chunked: false, ..facts.clone() }, contract) == Applies::No
}
