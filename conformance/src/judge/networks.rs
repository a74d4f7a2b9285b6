//! Recognizes operators that take only numbers with prefixes of their own which were not configured: refusing other
//! numbers is then no mistake of the server.
//!
//! No page says how an operator's numbers start, so unless the prefix is configured, orders use numbers in the form
//! that the page shows. If an operator refuses all of those, while it accepts numbers with another prefix or another
//! operator accepts these, the refusals prove nothing about the requirements that the orders were sent for.

use std::collections::{BTreeMap, BTreeSet};

use spec::{Contract, Meaning};

use super::attribution::Orders;
use super::feature::Feature;
use super::judged::Judged;
use super::part::{Outcome, PlacedOrder};
use super::verdict::{Cause, Finding};
use crate::history::Environment;

/// The pairs of operator and number prefix whose orders are all refused, each with the message for the report.
#[derive(Debug, Default)]
pub(super) struct Networks {
    status: u16,
    refused: BTreeMap<(String, String), String>,
}

/// How the valid orders for one operator and one number prefix ended.
#[derive(Debug, Default)]
struct Ends {
    refused: usize,
    others: usize,
    accepted: usize,
}

impl Networks {
    /// Collects what the orders of a run show.
    pub(super) fn of(contract: &Contract, environment: &Environment, orders: &Orders<'_>) -> Self {
        let status = contract.status(Meaning::Invalid);
        let mut ends: BTreeMap<(&str, &str), Ends> = BTreeMap::new();
        for (order, (operator, prefix)) in orders.values().filter_map(|it| Some((it, place(it)?))) {
            let ends = ends.entry((operator, prefix)).or_default();
            match order.outcome {
                Outcome::Accepted => ends.accepted += 1,
                Outcome::Wrong(with) if order.valid && with == status => ends.refused += 1,
                Outcome::Wrong(_) if order.valid => ends.others += 1,
                _ => {}
            }
        }
        let told: BTreeSet<&str> = environment
            .catalog
            .iter()
            .flat_map(|it| &it.operators)
            .filter(|it| it.recipient_prefix.is_some())
            .map(|it| it.id.as_str())
            .collect();
        let takes = |this: (&str, &str)| {
            let taken = ends.iter().filter(|(_, ends)| ends.accepted > 0).map(|(place, _)| *place);
            let own = taken.clone().find(|it| it.0 == this.0).map(|it| format!("takes such as {}…", it.1));
            let of_others = || taken.clone().find(|it| it.1 == this.1).map(|_| "others take them".to_owned());
            own.or_else(of_others)
        };
        let refused = ends.iter().filter_map(|(place, ends)| {
            let (operator, prefix) = *place;
            let all = ends.refused > 0 && ends.accepted + ends.others == 0 && !told.contains(operator);
            let takes = takes(*place).filter(|_| all)?;
            let why = format!(
                "operator {operator} refused every number that starts with {prefix}, and {takes}: say how its own \
                 numbers start with recipient_prefix (accounts file) or recipientPrefix (provider state `catalog`)"
            );
            Some(((operator.to_owned(), prefix.to_owned()), why))
        });
        Self { status, refused: refused.collect() }
    }

    /// Returns why a finding says nothing about the server, or `None` if it is not about such a refusal.
    pub(super) fn explanation(&self, finding: &Finding, orders: &Orders<'_>) -> Option<&str> {
        let order = orders.get(&(finding.case.as_str(), finding.exchange?))?;
        let (operator, prefix) = place(order).filter(|_| finding.cause == Cause::Answered(self.status))?;
        let same = |(place, _): &(&(String, String), &String)| place.0 == operator && place.1 == prefix;
        self.refused.iter().find(same).map(|(_, why)| why.as_str())
    }
}

/// Returns with which digits the numbers start that an operator takes, by its id, where nobody told that and the run has shown
/// that it refuses all numbers of the page's sample.
#[must_use]
pub(crate) fn learnt(
    contract: &Contract,
    environment: &Environment,
    cases: &[Judged],
) -> BTreeMap<String, String> {
    let status = contract.status(Meaning::Invalid);
    let sample = format!("{}{}", contract.msisdn.country_code, contract.msisdn.sample_prefix);
    let (mut refused, mut taken) = (BTreeSet::new(), BTreeMap::new());
    for order in cases.iter().flat_map(|it| &it.part.orders) {
        let Some((operator, prefix)) = place(order) else { continue };
        match order.outcome {
            Outcome::Accepted => _ = taken.entry(operator).or_insert(prefix),
            Outcome::Wrong(with) if order.valid && with == status && prefix == sample => {
                refused.insert(operator);
            }
            _ => {}
        }
    }
    let operators = environment.catalog.iter().flat_map(|it| &it.operators);
    let undetermined = operators.filter(|it| it.recipient_prefix.is_none()).map(|it| it.id.as_str());
    let own = undetermined.filter(|it| refused.contains(it)).filter_map(|it| Some((it, *taken.get(it)?)));
    own.filter(|(_, prefix)| *prefix != sample)
        .map(|(it, prefix)| (it.to_owned(), prefix.to_owned()))
        .collect()
}

/// Returns the operator of an order and the prefix of its numbers, if all numbers share one.
fn place(order: &PlacedOrder) -> Option<(&str, &str)> {
    let operator = order.features.iter().find_map(|it| match it {
        Feature::Operator(id) => Some(id.as_str()),
        _ => None,
    });
    let prefix = order.features.iter().find_map(|it| match it {
        Feature::Prefix(prefix) => Some(prefix.as_str()),
        _ => None,
    });
    operator.zip(prefix)
}

#[cfg(test)]
mod tests {
    use super::super::verdict::Context;
    use super::*;
    use crate::history::{Capability, Catalog, OperatorFacts};

    fn order(operator: &str, prefix: &str, outcome: Outcome) -> PlacedOrder {
        PlacedOrder {
            exchange: 0,
            features: vec![Feature::Prefix(prefix.into()), Feature::Operator(operator.into())],
            must_refuse: Vec::new(),
            valid: true,
            outcome,
            recipients: Vec::new(),
        }
    }

    fn environment(prefix: Option<&str>) -> Environment {
        let operator = OperatorFacts {
            id: "mtn".into(),
            recipient_prefix: prefix.map(str::to_owned),
            failing_recipient: None,
            products: Vec::new(),
        };
        let catalog = Some(Catalog { operators: vec![operator], ..Catalog::default() });
        Environment {
            capability: Capability::States,
            accounts: Vec::new(),
            catalog,
            endpoints: BTreeMap::new(),
            extra_states: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// Returns why a refusal of the first order with this status is explained when the others ended like this.
    fn explained(others: &[PlacedOrder], told: Option<&str>, status: u16) -> Option<String> {
        let contract = spec::embedded().unwrap();
        let first = order("mtn", "23320", Outcome::Wrong(400));
        let names: Vec<String> = (0..others.len()).map(|at| format!("other {at}")).collect();
        let mut orders = Orders::from([(("first", 0), &first)]);
        orders.extend(names.iter().zip(others).map(|(name, order)| ((name.as_str(), 0), order)));
        let finding = Finding {
            candidates: vec!["ROUTE-POST".into()],
            suspects: Vec::new(),
            warning: false,
            cause: Cause::Answered(status),
            summary: String::new(),
            expected: Vec::new(),
            actual: String::new(),
            detail: Vec::new(),
            case: "first".into(),
            index: 0,
            exchange: Some(0),
            context: Context::default(),
        };
        Networks::of(&contract, &environment(told), &orders).explanation(&finding, &orders).map(str::to_owned)
    }

    #[test]
    fn who_takes_only_numbers_of_its_own_is_told_apart_from_who_takes_none() {
        let accepted = |operator, prefix| order(operator, prefix, Outcome::Accepted);
        let own = explained(&[accepted("mtn", "23324")], None, 400).unwrap();
        assert!(
            own.contains(
                "operator mtn refused every number that starts with 23320, and takes such as 23324…"
            )
        );
        assert!(explained(&[accepted("telecel", "23320")], None, 400).unwrap().contains("others take them"));
        // In turn: no number was accepted; one with this prefix was accepted; the prefix is configured; the status
        // differs.
        assert_eq!(explained(&[], None, 400), None);
        assert_eq!(explained(&[accepted("mtn", "23324"), accepted("mtn", "23320")], None, 400), None);
        assert_eq!(explained(&[accepted("mtn", "23324")], Some("23320"), 400), None);
        assert_eq!(explained(&[accepted("mtn", "23324")], None, 422), None);
        let other = order("mtn", "23320", Outcome::Wrong(403));
        assert_eq!(explained(&[accepted("mtn", "23324"), other], None, 400), None);
    }
}
