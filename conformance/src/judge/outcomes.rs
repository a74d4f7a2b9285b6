//! What a run says of each requirement and of each open question.

use std::collections::{BTreeMap, BTreeSet};

use spec::{Contract, Level, Meaning, OperationId};

use super::grouping::Charged;
use super::summary::Unplanned;
use super::verdict::{AmbiguityVerdict, MarkKind, Marks, Outcome, RequirementVerdict};
use crate::history::{Power, World};

/// An outcome for each requirement of the contract, in the order of the catalogue.
pub(super) fn requirements(
    contract: &Contract,
    world: &World,
    all: &[(Option<&str>, &Marks)],
    findings: &[Charged<'_>],
    unplanned: &Unplanned,
) -> Vec<RequirementVerdict> {
    let mut by_id: BTreeMap<&str, RequirementVerdict> = BTreeMap::new();
    let blank = |id: &str| RequirementVerdict {
        id: id.to_owned(),
        outcome: Outcome::NotExercised,
        exercised: 0,
        failed: 0,
        inconclusive: 0,
        reason: None,
        by_role: BTreeMap::new(),
    };
    for (role, marks) in all {
        for mark in &marks.marks {
            let entry = by_id.entry(&mark.requirement).or_insert_with(|| blank(&mark.requirement));
            entry.exercised += 1;
            if let MarkKind::Inconclusive(why) = &mark.kind {
                entry.inconclusive += 1;
                entry.reason.get_or_insert_with(|| why.clone());
            } else if let Some(role) = role {
                entry.by_role.entry((*role).to_owned()).or_default().0 += 1;
            }
        }
    }
    let mut warned = BTreeSet::new();
    for Charged { role, requirement: id, finding } in findings {
        let entry = by_id.entry(id).or_insert_with(|| blank(id));
        if finding.warning {
            warned.insert(id.as_str());
            continue;
        }
        entry.exercised += 1;
        entry.failed += 1;
        if let Some(role) = role {
            let by_role = entry.by_role.entry((*role).to_owned()).or_default();
            by_role.0 += 1;
            by_role.1 += 1;
        }
    }
    let catalogue = contract.catalogue.requirements.iter();
    catalogue
        .map(|requirement| {
            let mut verdict = by_id.remove(requirement.id.as_str()).unwrap_or_else(|| blank(&requirement.id));
            verdict.outcome = if verdict.failed > 0 {
                Outcome::Fail
            } else if warned.contains(requirement.id.as_str()) {
                Outcome::Warning
            } else if verdict.exercised > verdict.inconclusive {
                verdict.reason = None;
                Outcome::Pass
            } else if verdict.exercised > 0 {
                Outcome::Inconclusive
            } else if let Some(why) = not_applicable(requirement, world) {
                verdict.reason = Some(why);
                Outcome::NotApplicable
            } else {
                let known = unplanned
                    .get(&requirement.id)
                    .map(|whys| whys.iter().cloned().collect::<Vec<_>>().join("; "));
                let needs: Vec<String> = requirement.needs.iter().map(ToString::to_string).collect();
                let none = "no case of this run could show it";
                let tier = || match world.power {
                    Power::States => format!("{none}: the tier, --only, --shard or an early end left it out"),
                    _ if needs.is_empty() => none.to_owned(),
                    _ => format!("{none}; it needs {}", needs.join(", ")),
                };
                verdict.reason = Some(known.unwrap_or_else(tier));
                // Where the endpoint is there but this run had no chance, a companion is no gap of the page's promises.
                Outcome::NotExercised
            };
            verdict
        })
        .collect()
}

/// Why a requirement does not bind this server: the endpoint or the fields that it is about are not there.
fn not_applicable(requirement: &spec::Requirement, world: &World) -> Option<String> {
    use spec::Need;
    if requirement.level == Level::Documented {
        return None;
    }
    if requirement.level == Level::Revision {
        return Some("no answer carries the fields of the later revision".into());
    }
    for need in &requirement.needs {
        let operation = match need {
            Need::Wallet => OperationId::Wallet,
            Need::Profile => OperationId::Profile,
            Need::Packages => OperationId::Package,
            Need::Products => OperationId::Products,
            Need::Order => OperationId::OrderStatus,
            Need::Orders => OperationId::Orders,
            Need::Retry => OperationId::Retry,
            _ => continue,
        };
        if world.lacks(operation) {
            return Some(format!("the server does not have {need}"));
        }
    }
    None
}

/// Which side of each open question the server was seen to take.
pub(super) fn ambiguities(contract: &Contract, all: &[(Option<&str>, &Marks)]) -> Vec<AmbiguityVerdict> {
    let mut seen: BTreeMap<&str, BTreeMap<&str, (u64, &str)>> = BTreeMap::new();
    for observation in all.iter().flat_map(|(_, marks)| &marks.observations) {
        let choice = seen.entry(&observation.ambiguity).or_default().entry(&observation.choice);
        choice.or_insert((0, &observation.case)).0 += 1;
    }
    let precedences: BTreeSet<(Meaning, Meaning)> =
        all.iter().flat_map(|(_, marks)| marks.precedence.iter().copied()).collect();
    let name =
        |meaning: Meaning| contract.buy().status(meaning).map_or_else(String::new, |it| it.to_string());
    contract
        .catalogue
        .ambiguities
        .iter()
        .map(|ambiguity| {
            let mut choices: Vec<(String, u64, String)> = seen
                .remove(ambiguity.id.as_str())
                .into_iter()
                .flatten()
                .map(|(choice, (times, case))| (choice.to_owned(), times, case.to_owned()))
                .collect();
            if ambiguity.id == "AMB-PRECEDENCE" {
                let pairs = precedences.iter().map(|(winner, loser)| {
                    let times = all
                        .iter()
                        .flat_map(|(_, it)| &it.precedence)
                        .filter(|it| **it == (*winner, *loser))
                        .count();
                    (format!("{} before {}", name(*winner), name(*loser)), times as u64, String::new())
                });
                choices.extend(pairs);
            }
            AmbiguityVerdict { id: ambiguity.id.clone(), choices }
        })
        .collect()
}

/// The order in which errors seem to be checked for, as far as one order explains what was seen, and the rest.
pub(super) fn precedence<'m>(
    pairs: impl Iterator<Item = &'m (Meaning, Meaning)>,
) -> (Vec<Meaning>, Vec<Meaning>) {
    let pairs: BTreeSet<(Meaning, Meaning)> = pairs.copied().collect();
    let mut left: BTreeSet<Meaning> = pairs.iter().flat_map(|(winner, loser)| [*winner, *loser]).collect();
    let mut order = Vec::new();
    let loses = |it: &Meaning, left: &BTreeSet<Meaning>| {
        pairs.iter().any(|(winner, loser)| loser == it && left.contains(winner))
    };
    while let Some(first) = left.iter().copied().find(|it| !loses(it, &left)) {
        left.remove(&first);
        order.push(first);
    }
    (order, left.into_iter().collect())
}
