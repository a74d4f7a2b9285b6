//! Recognizes servers that look recipients' numbers up and refuse some of the well-formed ones.
//!
//! The page says that each recipient is prevalidated and not how, so a server may refuse a number that nobody has or
//! that wants no messages. A single refusal can't be told from a mistake of the server. The executor therefore sends
//! cases with such refusals again, with the same numbers and with others (`run::other_numbers`). If the same numbers are
//! refused again and the order is treated rightly for others, the refusal was for the numbers and shows nothing else.

use std::collections::{BTreeMap, BTreeSet};

use spec::{Contract, Meaning};

use super::attribution::Orders;
use super::judged::Judged;
use super::part::{Outcome, PlacedOrder};
use super::verdict::{Cause, Finding};
use crate::history::base_of;

/// What the tries of a case show about the order at one place among its orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// It was tried once only.
    Nothing,
    /// It was refused again with the same numbers, and treated rightly with others.
    Numbers,
    /// It was refused once, and treated rightly with others.
    Perhaps,
    /// It was refused with all the numbers that were tried, though none of these lists is known to be good.
    Never,
    /// It was refused for another reason.
    Else,
}

/// The orders that a server refused for their numbers.
#[derive(Debug, Default)]
pub(crate) struct Lookups<'a> {
    status: u16,
    by_order: BTreeMap<(&'a str, usize), Shown>,
    /// The numbers of accepted orders.
    taken: BTreeSet<&'a str>,
    /// A number of an order that was refused for its numbers; `None` if there is no such order.
    example: Option<&'a str>,
}

/// How the tries of an order ended.
#[derive(Default)]
struct Tries<'a> {
    /// How often each list of numbers was refused.
    refused: BTreeMap<&'a [String], usize>,
    /// The lists of numbers for which the order was treated rightly.
    right: BTreeSet<&'a [String]>,
}

impl Tries<'_> {
    /// Returns what the tries show, given the numbers that are known to be good.
    fn shown(&self, taken: &BTreeSet<&str>) -> Shown {
        let good = |numbers: &&&[String]| numbers.iter().all(|it| taken.contains(it.as_str()));
        let good_refused = self.refused.keys().any(|numbers| good(&numbers));
        let mut times = self
            .refused
            .iter()
            .filter(|(numbers, _)| !self.right.contains(*numbers))
            .map(|(_, times)| *times);
        let other_times = self.refused.keys().any(|numbers| self.right.contains(numbers));
        let tries = self.refused.values().sum::<usize>() + self.right.len();
        match (self.right.is_empty(), other_times) {
            // With the same numbers it is refused now and then.
            (_, true) => Shown::Else,
            (false, false) if times.any(|it| it > 1) => Shown::Numbers,
            (false, false) => Shown::Perhaps,
            (true, false) if good_refused => Shown::Else,
            (true, false) if tries > 1 => Shown::Never,
            (true, false) => Shown::Nothing,
        }
    }
}

impl<'a> Lookups<'a> {
    /// Collects what the orders of a run show.
    #[must_use]
    pub(crate) fn of(contract: &Contract, orders: &Orders<'a>) -> Self {
        let status = contract.status(Meaning::Invalid);
        let mut tries: BTreeMap<(&str, usize), Tries<'_>> = BTreeMap::new();
        let mut taken = BTreeSet::new();
        for ((case, nth), order) in numbered(orders) {
            let tries = tries.entry((base_of(case), nth)).or_default();
            match order.outcome {
                Outcome::Wrong(with) if with == status => {
                    *tries.refused.entry(&order.recipients).or_default() += 1;
                }
                Outcome::Accepted | Outcome::Refused => _ = tries.right.insert(&order.recipients),
                _ => {}
            }
            if is_taken(order) {
                taken.extend(order.recipients.iter().map(String::as_str));
            }
        }
        let unknown = |tries: &Tries<'a>| {
            let refused = tries.refused.keys().flat_map(|it| it.iter());
            refused.map(String::as_str).find(|it| !taken.contains(it))
        };
        let for_numbers = tries.values().filter(|it| it.shown(&taken) == Shown::Numbers);
        let example = for_numbers.filter_map(unknown).next();
        let by_order = tries.iter().map(|(place, tries)| (*place, tries.shown(&taken))).collect();
        Self { status, by_order, taken, example }
    }

    /// Returns why a finding says nothing about the server, or `None` if it is not about an order that was refused for its
    /// numbers. If some order certainly was, so was one that was refused once, unless all its numbers are known to be good.
    #[must_use]
    pub(crate) fn explanation(&self, finding: &Finding, orders: &Orders<'_>) -> Option<String> {
        let place = (finding.case.as_str(), finding.exchange?);
        let order = orders.get(&place).filter(|_| finding.cause == Cause::Answered(self.status))?;
        let unknown = || order.recipients.iter().any(|it| !self.taken.contains(it.as_str()));
        let example = self.example.filter(|_| is_refused(order, self.status))?;
        let explained = match self.by_order.get(&(base_of(place.0), nth(orders, place)))? {
            Shown::Numbers => true,
            Shown::Nothing | Shown::Perhaps | Shown::Never => unknown(),
            Shown::Else => false,
        };
        explained.then(|| {
            format!("the order was refused for its numbers: the server refuses some, such as {example}")
        })
    }

    /// Returns a line of the report about the orders that were refused for their numbers, if there are any.
    pub(super) fn note(&self) -> Option<String> {
        let example = self.example?;
        let orders =
            self.by_order.values().filter(|it| matches!(it, Shown::Numbers | Shown::Perhaps)).count();
        Some(format!(
            "the server refuses some well-formed numbers, such as {example}: {orders} of the orders that it refused with {} were \
             sent again for other numbers and treated rightly, so none of them counts as a failure",
            self.status
        ))
    }
}

/// A first try of a case with an order that was refused as if its recipients were invalid, and no page says so.
#[derive(Debug)]
pub(crate) struct Doubt {
    /// The position of the case in the plan.
    pub(crate) index: u64,
    /// The likeliest requirement of each finding about such an order.
    pub(crate) requirements: BTreeSet<String>,
}

/// Returns the cases whose failures may be due to the numbers of the recipients, in the order in which they were judged.
#[must_use]
pub(crate) fn doubts(contract: &Contract, cases: &[Judged]) -> Vec<Doubt> {
    let first_tries = cases.iter().filter(|it| base_of(&it.id) == it.id);
    let of = |case: &Judged| {
        let found = case.marks.as_ref().map_or(&[][..], |it| &it.findings);
        let doubted = found.iter().filter(|it| is_doubtful(contract, it, case));
        let requirements: BTreeSet<String> =
            doubted.filter_map(|it| it.candidates.first().cloned()).collect();
        (!requirements.is_empty()).then_some(Doubt { index: case.index, requirements })
    };
    first_tries.filter_map(of).collect()
}

/// Returns true if a finding is about an order that was refused as if it were invalid: a failure unless that was for its
/// numbers.
#[must_use]
pub(crate) fn is_doubtful(contract: &Contract, finding: &Finding, case: &Judged) -> bool {
    let status = contract.status(Meaning::Invalid);
    let refused = |it: &&PlacedOrder| is_refused(it, status) && finding.exchange == Some(it.exchange);
    !finding.warning
        && finding.cause == Cause::Answered(status)
        && case.part.orders.iter().any(|it| refused(&it))
}

/// Returns true if a case has an order that was refused as if it were invalid, and no page says so.
#[must_use]
pub(crate) fn has_refused(contract: &Contract, case: &Judged) -> bool {
    case.part.orders.iter().any(|it| is_refused(it, contract.status(Meaning::Invalid)))
}

fn is_refused(order: &PlacedOrder, status: u16) -> bool {
    !order.recipients.is_empty() && order.outcome == Outcome::Wrong(status)
}

/// Returns true if all numbers of an order are good, as its acceptance shows.
fn is_taken(order: &PlacedOrder) -> bool {
    order.valid && order.outcome == Outcome::Accepted
}

/// Returns the numbers of valid orders that were accepted in a case.
pub(crate) fn taken(case: &Judged) -> impl Iterator<Item = &str> {
    let accepted = case.part.orders.iter().filter(|it| is_taken(it));
    accepted.flat_map(|it| &it.recipients).map(String::as_str)
}

/// Returns true if some order was refused for its numbers.
#[must_use]
pub(crate) fn are_proven(contract: &Contract, cases: &[Judged]) -> bool {
    Lookups::of(contract, &orders(cases)).example.is_some()
}

/// Returns the orders placed in these cases.
#[must_use]
pub(crate) fn orders<'a>(cases: impl IntoIterator<Item = &'a Judged>) -> Orders<'a> {
    let of =
        |case: &'a Judged| case.part.orders.iter().map(|order| ((case.id.as_str(), order.exchange), order));
    cases.into_iter().flat_map(of).collect()
}

/// Returns the orders that have recipients, with the case of each and its position among the orders of that case.
fn numbered<'a>(orders: &Orders<'a>) -> impl Iterator<Item = ((&'a str, usize), &'a PlacedOrder)> {
    let mut last = ("", 0);
    let all = orders.iter().map(move |((case, _), order)| {
        last = if last.0 == *case { (last.0, last.1 + 1) } else { (*case, 0) };
        (last, *order)
    });
    all.filter(|(_, order)| !order.recipients.is_empty())
}

/// Returns the position of an order among those of its case.
fn nth(orders: &Orders<'_>, (case, exchange): (&str, usize)) -> usize {
    orders.range((case, 0)..(case, exchange)).count()
}

#[cfg(test)]
mod tests {
    use super::super::verdict::Context;
    use super::*;

    /// Returns an order of the case for these numbers that ended like this.
    fn order(numbers: &[&str], outcome: Outcome) -> PlacedOrder {
        PlacedOrder {
            exchange: 1,
            features: Vec::new(),
            must_refuse: Vec::new(),
            valid: outcome != Outcome::Refused,
            outcome,
            recipients: numbers.iter().map(|it| (*it).to_owned()).collect(),
        }
    }

    /// Returns whether the refusal of the first of these orders, each of the case with this id, is explained.
    fn is_explained(cases: &[(&str, &[&str], Outcome)]) -> bool {
        let contract = spec::embedded().unwrap();
        let placed: Vec<(&str, PlacedOrder)> =
            cases.iter().map(|(id, numbers, outcome)| (*id, order(numbers, *outcome))).collect();
        let orders: Orders<'_> = placed.iter().map(|(id, order)| ((*id, 1), order)).collect();
        let finding = Finding {
            candidates: vec!["COUNT-RANGE".into()],
            suspects: Vec::new(),
            warning: false,
            cause: Cause::Answered(400),
            summary: String::new(),
            expected: Vec::new(),
            actual: String::new(),
            detail: Vec::new(),
            case: cases[0].0.to_owned(),
            index: 0,
            exchange: Some(1),
            context: Context::default(),
        };
        Lookups::of(&contract, &orders).explanation(&finding, &orders).is_some()
    }

    #[test]
    fn a_refusal_for_numbers_is_told_apart_from_a_mistake() {
        let (refused, accepted) = (Outcome::Wrong(400), Outcome::Accepted);
        let proof: [(&str, &[&str], Outcome); 3] =
            [("b", &["5"], refused), ("b#again", &["5"], refused), ("b#others", &["6"], accepted)];
        let with_proof = |first: &[(&'static str, &'static [&'static str], Outcome)]| {
            is_explained(&first.iter().copied().chain(proof).collect::<Vec<_>>())
        };
        assert!(
            is_explained(&[proof[0], proof[1], proof[2]]),
            "it is refused again, and accepted for others"
        );
        assert!(!is_explained(&[proof[0], proof[2]]), "it may be refused now and then");
        let flaky = [proof[0], ("b#again", &["5"], accepted), ("b#others", &["6"], accepted)];
        assert!(!is_explained(&flaky), "the same numbers are accepted");
        assert!(!is_explained(&[proof[0], proof[1]]), "others were not tried");
        let others = ("b#others", &["6"][..], refused);
        assert!(!is_explained(&[proof[0], proof[1], others]), "others are refused too");
        let insufficient = ("b#others", &["6"][..], Outcome::Refused);
        let taken = ("c", &["6"][..], accepted);
        assert!(is_explained(&[proof[0], proof[1], insufficient, taken]), "others are rightly refused");
        assert!(with_proof(&[("a", &["7"], refused)]), "another order was refused for its numbers");
        assert!(!with_proof(&[("a", &["6"], refused)]), "its number is known to be good");
        let again: [(&str, &[&str], Outcome); 2] = [("a", &["7"], refused), ("a#known", &["6"], refused)];
        assert!(!with_proof(&again), "a good number does not help");
        let unknown: [(&str, &[&str], Outcome); 2] = [("a", &["7"], refused), ("a#others", &["8"], refused)];
        assert!(with_proof(&unknown), "neither number is known to be good");
    }
}
