//! Groups findings by cause: one group for each, with the clearest example and with the features that its requests
//! share and that correctly treated requests lack.

use std::collections::{BTreeMap, BTreeSet};

use spec::{Contract, Kind, Requirement};

use super::attribution::{Attribution, Orders};
use super::feature::Feature;
use super::folding::{Caused, in_order};
use super::part::{Outcome, PlacedOrder};
use super::verdict::{Cause, Finding, FindingGroup, Marks};
use crate::bounds;

/// The number of example cases kept per cause.
const EXAMPLES: usize = 5;

/// The fewest orders to compare with; with fewer, the features that failing orders share prove nothing.
const FEWEST_OTHERS: usize = 3;

/// The most features reported per cause.
const MOST_FEATURES: usize = 2;

/// A finding with the caller's role and the requirement that it is attributed to.
#[derive(Debug)]
pub(super) struct Charged<'a> {
    pub(super) role: Option<&'a str>,
    pub(super) requirement: String,
    pub(super) finding: Finding,
}

/// Attributes every finding of a run to one requirement. Only what a page says can fail a run: a finding attributed to
/// a requirement without such a sentence, or to one that is not in this contract, becomes a warning. A finding that is
/// explained by the numbers of the recipients says nothing about the server.
pub(super) fn attribute<'a>(
    contract: &Contract,
    all: &[(Option<&'a str>, &'a Marks)],
    orders: &Orders<'_>,
    explained: impl Fn(&Finding) -> bool,
) -> Vec<Charged<'a>> {
    let marks: Vec<&Marks> = all.iter().map(|(_, marks)| *marks).collect();
    let attribution = Attribution::new(&marks, orders);
    let findings = all.iter().flat_map(|(role, marks)| marks.findings.iter().map(move |it| (*role, it)));
    let mixed_up: Vec<&(String, BTreeSet<String>)> = marks.iter().flat_map(|it| &it.mixed_up).collect();
    let promised = |id: &str| contract.catalogue.requirement(id).is_some_and(Requirement::can_fail);
    findings
        .filter(|(_, finding)| !explained(finding))
        .map(|(role, finding)| {
            let requirement = attribution.attribute(finding);
            let warning = finding.warning || !promised(&requirement);
            let mut finding = Finding { warning, ..finding.clone() };
            if contract.catalogue.kind(&requirement) == Some(Kind::State) {
                let of_case = mixed_up.iter().filter(|(_, cases)| cases.contains(&finding.case));
                finding.context.follows.extend(of_case.map(|(id, _)| id.clone()));
            }
            Charged { role, requirement, finding }
        })
        .collect()
}

/// Returns one group per cause, the worst first, each followed by the causes that it explains.
pub(super) fn group(
    contract: &Contract,
    findings: Vec<Charged<'_>>,
    orders: &Orders<'_>,
) -> Vec<FindingGroup> {
    let mut by_cause: BTreeMap<(bool, String, Cause), Vec<Finding>> = BTreeMap::new();
    for Charged { requirement, finding, .. } in findings {
        by_cause.entry((finding.warning, requirement, finding.cause.clone())).or_default().push(finding);
    }
    gather(&mut by_cause);
    let caused = |((_, requirement, _), findings): ((bool, String, Cause), Vec<Finding>)| {
        let group = one(requirement, &findings, orders);
        Caused { group, findings }
    };
    in_order(contract, by_cause.into_iter().map(caused).collect())
}

/// The name of the cause into which many differing causes are merged.
const VARIES: &str = "another cause each time";

/// Limits the causes of a requirement to a readable number: the most frequent ones stay, and the rest are merged into
/// one. A server whose answers differ each time has one fault and not thousands.
fn gather(by_cause: &mut BTreeMap<(bool, String, Cause), Vec<Finding>>) {
    let mut causes: BTreeMap<(bool, String), Vec<(usize, Cause)>> = BTreeMap::new();
    for ((warning, requirement, cause), findings) in by_cause.iter() {
        let all = causes.entry((*warning, requirement.clone())).or_default();
        all.push((findings.len(), cause.clone()));
    }
    for ((warning, requirement), mut all) in causes {
        if all.len() <= bounds::CAUSES {
            continue;
        }
        // The sort is stable, so of causes that occur equally often the first in their order stays.
        all.sort_by_key(|(times, _)| std::cmp::Reverse(*times));
        let often = all.iter().take(bounds::CAUSES - 1).take_while(|(times, _)| *times > 1).count();
        let causes = all.len() - often;
        let mut rest: Vec<Finding> = Vec::new();
        for (_, cause) in all.drain(often..) {
            rest.extend(by_cause.remove(&(warning, requirement.clone(), cause)).unwrap_or_default());
        }
        rest.sort_by_key(|it| it.index);
        for finding in &mut rest {
            finding.cause = Cause::Named(VARIES.to_owned());
            let line = format!("one of {causes} causes, of which each shows once or seldom");
            finding.detail.insert(0, line);
        }
        by_cause.insert((warning, requirement, Cause::Named(VARIES.to_owned())), rest);
    }
}

fn one(requirement: String, findings: &[Finding], orders: &Orders<'_>) -> FindingGroup {
    let mut cases: Vec<String> = Vec::new();
    for finding in findings {
        if cases.len() < EXAMPLES && !cases.contains(&finding.case) {
            cases.push(finding.case.clone());
        }
    }
    // What shows the requirement itself broken is clearer than what follows from that. A planned boundary has one defect and
    // is the clearest example, then a shrunk form, then a generated request.
    let plainness = |it: &Finding| {
        let made_smaller = it.case.ends_with(crate::history::SMALLER);
        let follows = it.candidates.first() != Some(&requirement);
        (follows, if made_smaller { 1 } else { distance(&it.case) * 2 }, it.index)
    };
    let plainest = findings.iter().reduce(|best, it| if plainness(it) < plainness(best) { it } else { best });
    let mut example = plainest.cloned().unwrap_or_else(|| findings[0].clone());
    if let Some(line) = common(findings, &example, orders) {
        example.detail.insert(0, line);
    }
    let ways: BTreeSet<String> = findings.iter().filter_map(|it| it.context.way.clone()).collect();
    FindingGroup {
        requirement,
        example,
        occurrences: findings.len() as u64,
        cases,
        known: None,
        ways: ways.into_iter().collect(),
        under: None,
    }
}

/// Returns how far a case is from a planned boundary, judging by what planned it: a case from a check is clearer than
/// one that a generator derived.
fn distance(case: &str) -> u8 {
    match case.split('/').next() {
        Some("fuzz") => 2,
        Some("combine" | "relate") => 1,
        _ => 0,
    }
}

/// Returns a line with the features that all requests of a cause share and none of the correctly treated ones has.
fn common(findings: &[Finding], example: &Finding, orders: &Orders<'_>) -> Option<String> {
    let order = |finding: &Finding| orders.get(&(finding.case.as_str(), finding.exchange?)).copied();
    let failing: Vec<&PlacedOrder> = findings.iter().map(order).collect::<Option<_>>()?;
    let own: BTreeSet<(&str, usize)> =
        findings.iter().filter_map(|it| Some((it.case.as_str(), it.exchange?))).collect();
    let others: Vec<&PlacedOrder> = orders
        .iter()
        .filter(|(_, other)| comparable(order(example), other, &example.cause))
        .filter(|(place, _)| !own.contains(place))
        .map(|(_, other)| *other)
        .collect();
    if others.len() < FEWEST_OTHERS {
        return None;
    }
    let telling = |feature: &&Feature| {
        failing.iter().all(|it| it.features.contains(feature))
            && others.iter().all(|it| !it.features.contains(feature))
            // What a single order is warned of may have any feature by coincidence.
            && (failing.len() > 1 || feature.is_odd() && !example.warning)
    };
    let shared: Vec<String> = failing
        .first()?
        .features
        .iter()
        .filter(telling)
        .take(MOST_FEATURES)
        .map(ToString::to_string)
        .collect();
    if shared.is_empty() {
        return None;
    }
    let treated = match (&example.cause, others[0].outcome) {
        (Cause::Unanswered, _) => "answered",
        (_, Outcome::Refused) => "rightly refused",
        _ => "rightly accepted",
    };
    let who =
        if failing.len() == 1 { "it was".to_owned() } else { format!("each of the {} was", failing.len()) };
    Some(format!("{who} {}; none of {} orders that were {treated} was", shared.join(" and "), others.len()))
}

/// Returns true if an order was treated correctly and can be compared with a failing one.
fn comparable(failing: Option<&PlacedOrder>, other: &PlacedOrder, cause: &Cause) -> bool {
    let Some(failing) = failing else { return false };
    let same_defect = || other.must_refuse.iter().any(|id| failing.must_refuse.contains(id));
    match cause {
        Cause::Unanswered => other.outcome != Outcome::Open,
        Cause::Accepted => other.outcome == Outcome::Refused && same_defect(),
        Cause::Answered(_) if failing.must_refuse.is_empty() => {
            other.valid && other.outcome == Outcome::Accepted
        }
        Cause::Answered(_) => other.outcome == Outcome::Refused && same_defect(),
        Cause::Named(_) => other.outcome == Outcome::Accepted,
    }
}
