//! Decides which requirement a finding is attributed to where several may be the cause.
//!
//! A check names candidates, likeliest first, and suspects: other requirements whose breach would also explain the
//! finding. A single case can't tell them apart; the run as a whole can. Five rules are tried in order, and the first
//! that has an answer decides.
//!
//! For example, a server forgets to debit a wallet. The case `once` funds a wallet for one order and places two. The
//! second is accepted, with the candidates MONEY-DEBIT and BALANCE-SHORT, since either the first was not debited or the
//! balance was not checked. The case `short` places one order that costs a pesewa more than the balance, and it is
//! correctly refused. The case `exact` reads the wallet after an order and finds it untouched: MONEY-DEBIT alone. So
//! MONEY-DEBIT fails on its own elsewhere ([`fails_alone`]), the finding of `once` is attributed to it, and one cause
//! is reported instead of two.

use std::collections::{BTreeMap, BTreeSet};

use super::feature::Feature;
use super::part::PlacedOrder;
use super::verdict::{Cause, Decisive, Finding, MarkKind, Marks};

/// The orders placed in a run, by case and position of the exchange.
pub(super) type Orders<'a> = BTreeMap<(&'a str, usize), &'a PlacedOrder>;

/// What the whole run shows about each requirement; used to attribute every finding.
#[derive(Debug)]
pub(super) struct Attribution<'a> {
    /// The feature shared by all wrong refusals, if there is one.
    decisive: Option<&'a Decisive>,
    /// Requirements that were kept somewhere in the run.
    kept: BTreeSet<&'a str>,
    /// Requirements that are broken for certain, or according to the likeliest reading of a finding.
    broken: BTreeSet<&'a str>,
    /// Requirements that are the only candidate of a finding that nothing else explains.
    alone: BTreeSet<&'a str>,
    orders: &'a Orders<'a>,
}

/// A rule of attribution. Returns the requirement that a finding is attributed to, or `None` if the rule does not
/// apply.
type AttributionRule = for<'f> fn(&Attribution<'_>, &'f Finding) -> Option<&'f str>;

/// The rules that choose among the requirements that a finding itself names, in the order in which they are tried.
const BY_FINDING: [AttributionRule; 3] = [broken_suspect, fails_alone, likeliest];

impl<'a> Attribution<'a> {
    /// Collects what the marks of all cases and of the run as a whole show about each requirement.
    pub(super) fn new(all: &[&'a Marks], orders: &'a Orders<'a>) -> Self {
        let marks = all.iter().flat_map(|marks| &marks.marks);
        let mut learned = Self {
            decisive: all.iter().find_map(|marks| marks.decisive.as_ref()),
            kept: marks.filter(|it| it.kind == MarkKind::Pass).map(|it| it.requirement.as_str()).collect(),
            broken: BTreeSet::new(),
            alone: BTreeSet::new(),
            orders,
        };
        let failures = || all.iter().flat_map(|marks| &marks.findings).filter(|finding| !finding.warning);
        let certain: BTreeSet<&str> = failures()
            .filter(|it| it.candidates.len() == 1 && (it.suspects.is_empty() || !learned.keeps_first(it)))
            .map(|it| it.candidates[0].as_str())
            .collect();
        learned.broken = failures()
            .filter(|finding| finding.suspects.is_empty())
            .filter_map(|finding| {
                let mut ids = finding.candidates.iter().map(String::as_str);
                let first = ids.clone().next();
                ids.find(|id| certain.contains(id)).or(first)
            })
            .collect();
        learned.alone = failures()
            .filter(|it| it.candidates.len() == 1 && broken_suspect(&learned, it).is_none())
            .map(|it| it.candidates[0].as_str())
            .collect();
        learned
    }

    /// Returns the id of the requirement that a finding is attributed to.
    pub(super) fn attribute(&self, finding: &Finding) -> String {
        let by_run = self.decisive_feature(finding).or_else(|| self.decisive_status(finding));
        let by_finding = || BY_FINDING.iter().find_map(|rule| rule(self, finding));
        by_run.or_else(by_finding).unwrap_or_default().to_owned()
    }

    /// First rule: the order was sent in the one way (chunked, or with a certain media type) in which all valid orders
    /// are refused. Whatever else is wrong with the order, the server did not get to see it.
    fn decisive_feature(&self, finding: &Finding) -> Option<&str> {
        let decisive = self.decisive.filter(|it| it.is_on_the_wire())?;
        let feature = decisive.feature.as_ref()?;
        let order = self.orders.get(&(finding.case.as_str(), finding.exchange?))?;
        let refused = matches!(finding.cause, Cause::Answered(_));
        (refused && order.features.contains(feature)).then_some(&decisive.requirement)
    }

    /// Second rule: the status is one with which all valid orders, or all of some role, count or balance, are refused.
    /// It then means the same for every request that gets it.
    fn decisive_status(&self, finding: &Finding) -> Option<&str> {
        let decisive = self.decisive.filter(|it| !it.is_on_the_wire())?;
        let Cause::Answered(status) = finding.cause else { return None };
        (finding.exchange.is_some() && decisive.statuses.contains(&status)).then_some(&decisive.requirement)
    }

    /// Returns true if the likeliest requirement of a finding was kept elsewhere in the run.
    fn keeps_first(&self, finding: &Finding) -> bool {
        finding.candidates.first().is_some_and(|it| self.kept.contains(it.as_str()))
    }
}

impl Decisive {
    /// Returns true if the feature is about how an order is sent, not about its sender or its content.
    fn is_on_the_wire(&self) -> bool {
        matches!(self.feature, Some(Feature::Chunked | Feature::ContentType(_)))
    }
}

/// Third rule: a requirement that is kept elsewhere is not the one that broke here if another one that would explain
/// the finding is broken.
fn broken_suspect<'f>(run: &Attribution<'_>, finding: &'f Finding) -> Option<&'f str> {
    let first = finding.candidates.first().filter(|_| run.keeps_first(finding))?;
    finding.suspects.iter().map(String::as_str).find(|it| it != first && run.broken.contains(it))
}

/// Fourth rule: a candidate that fails on its own elsewhere is the one that fails here too.
fn fails_alone<'f>(run: &Attribution<'_>, finding: &'f Finding) -> Option<&'f str> {
    finding.candidates.iter().map(String::as_str).find(|id| run.alone.contains(id))
}

/// Fifth rule: with no other evidence, the likeliest candidate.
fn likeliest<'f>(_: &Attribution<'_>, finding: &'f Finding) -> Option<&'f str> {
    finding.candidates.first().map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::super::part::Outcome;
    use super::super::verdict::{Context, Mark};
    use super::*;

    fn finding(candidates: &[&str], suspects: &[&str], cause: Cause) -> Finding {
        Finding {
            candidates: candidates.iter().map(|it| (*it).to_owned()).collect(),
            suspects: suspects.iter().map(|it| (*it).to_owned()).collect(),
            warning: false,
            cause,
            summary: String::new(),
            expected: Vec::new(),
            actual: String::new(),
            detail: Vec::new(),
            case: "case".into(),
            index: 0,
            exchange: Some(0),
            context: Context::default(),
        }
    }

    fn named(candidates: &[&str], suspects: &[&str]) -> Finding {
        finding(candidates, suspects, Cause::Named("wrong".into()))
    }

    fn kept(id: &str) -> Marks {
        let mark = Mark { requirement: id.to_owned(), kind: MarkKind::Pass };
        Marks { marks: vec![mark], ..Marks::default() }
    }

    fn found(finding: Finding) -> Marks {
        Marks { findings: vec![finding], ..Marks::default() }
    }

    fn decisive(requirement: &str, feature: Option<Feature>, statuses: &[u16]) -> Marks {
        let decisive = Decisive { requirement: requirement.to_owned(), feature, statuses: statuses.to_vec() };
        Marks { decisive: Some(decisive), ..Marks::default() }
    }

    /// Tests each rule with a run in which it decides: what the run shows, the finding, the requirement it is
    /// attributed to, and the one it would be attributed to without the run's evidence.
    #[test]
    fn each_rule_decides() {
        let chunked = PlacedOrder {
            exchange: 0,
            features: vec![Feature::Chunked, Feature::Count(1)],
            must_refuse: vec!["COUNT-LOW"],
            valid: false,
            outcome: Outcome::Wrong(400),
            recipients: Vec::new(),
        };
        let orders = Orders::from([(("case", 0), &chunked)]);
        let answered = |ids: &[&str]| finding(ids, &[], Cause::Answered(400));
        let rows = [
            (
                "a chunked order of one recipient is refused as if it had no body",
                vec![decisive("ROUTE-POST", Some(Feature::Chunked), &[400])],
                answered(&["COUNT-LOW"]),
                "ROUTE-POST",
                "COUNT-LOW",
            ),
            (
                "every order of a role is refused with a status, and so is one with a bad package",
                vec![decisive("ROLE-AGENT", Some(Feature::Role("Agent".into())), &[400])],
                answered(&["PRE-PACKAGE"]),
                "ROLE-AGENT",
                "PRE-PACKAGE",
            ),
            (
                "rejections are free elsewhere, and exactly enough is not enough",
                vec![kept("MONEY-REJECT"), found(named(&["BALANCE-EXACT"], &[]))],
                named(&["MONEY-REJECT", "PRE-ATOMIC"], &["BALANCE-EXACT"]),
                "BALANCE-EXACT",
                "MONEY-REJECT",
            ),
            (
                "the wallet is seen not to be debited elsewhere",
                vec![found(named(&["MONEY-DEBIT"], &[]))],
                named(&["BALANCE-SHORT", "MONEY-DEBIT"], &[]),
                "MONEY-DEBIT",
                "BALANCE-SHORT",
            ),
            (
                "nothing else is known",
                vec![kept("RESP-TOTAL")],
                named(&["RESP-TOTAL", "ORDER-STATUS"], &[]),
                "RESP-TOTAL",
                "RESP-TOTAL",
            ),
        ];
        for (history, says, finding, charged, without) in rows {
            let own = found(finding.clone());
            let all: Vec<&Marks> = says.iter().chain([&own]).collect();
            assert_eq!(Attribution::new(&all, &orders).attribute(&finding), charged, "{history}");
            assert_eq!(Attribution::new(&[&own], &orders).attribute(&finding), without, "{history}, alone");
        }
    }

    #[test]
    fn a_wire_feature_says_nothing_of_orders_without_it() {
        let says = decisive("ROUTE-POST", Some(Feature::Chunked), &[400]);
        let plain = PlacedOrder {
            exchange: 0,
            features: vec![Feature::Count(2)],
            must_refuse: Vec::new(),
            valid: true,
            outcome: Outcome::Wrong(400),
            recipients: Vec::new(),
        };
        let orders = Orders::from([(("case", 0), &plain)]);
        let finding = finding(&["COUNT-RANGE"], &[], Cause::Answered(400));
        assert_eq!(Attribution::new(&[&says], &orders).attribute(&finding), "COUNT-RANGE");
    }
}
