//! Merging what cases say into one judgement: an outcome per requirement, findings by cause, the ledger, the verdict.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use spec::{Contract, Level, Meaning, OperationId};

use super::judged::Judged;
use super::ledger;
use super::whole::Whole;
use crate::history::{CaseRecord, End, Footer, Header, Power, World};
use crate::judge::case::Judge;
use crate::judge::verdict::{
    AmbiguityVerdict, Finding, FindingGroup, Judgement, Ledger, MarkKind, Marks, Outcome, RequirementVerdict,
    Verdict,
};

/// Examples kept per cause.
const EXAMPLES: usize = 5;

/// A finding with the caller's role and the requirement that it is charged to.
type Charged<'a> = (Option<&'a str>, String, Finding);

/// Why ids could not be planned.
pub type Unplanned = BTreeMap<String, BTreeSet<String>>;

/// Judges a whole history.
#[must_use]
pub fn judge(
    judge: &Judge<'_>,
    header: &Header,
    cases: impl IntoIterator<Item = impl Borrow<CaseRecord>>,
    footer: &Footer,
    unplanned: &Unplanned,
) -> Judgement {
    let of = |case| Judged::of(judge, &header.world, Borrow::<CaseRecord>::borrow(&case));
    let judged: Vec<Judged> = cases.into_iter().map(of).collect();
    conclude(judge, header, &judged, footer, unplanned)
}

/// Merges what each case was found to say, in the order of the cases.
#[must_use]
pub fn conclude<'j>(
    judge: &Judge<'_>,
    header: &Header,
    cases: impl IntoIterator<Item = &'j Judged>,
    footer: &Footer,
    unplanned: &Unplanned,
) -> Judgement {
    let contract = judge.contract;
    let cases: Vec<&Judged> = cases.into_iter().collect();
    let mut own_faults = footer.own_faults.clone();
    let mut all: Vec<(Option<&str>, &Marks)> = Vec::with_capacity(cases.len() + 1);
    for case in &cases {
        match &case.marks {
            Ok(marks) => {
                own_faults.extend(marks.broken.iter().map(|message| (case.id.clone(), message.clone())));
                all.push((case.role.as_deref(), marks));
            }
            Err(message) => own_faults.push((case.id.clone(), message.clone())),
        }
    }
    let whole = judge.whole(&Whole::new(contract, cases.iter().map(|it| &it.part)));
    own_faults.extend(whole.broken.iter().map(|message| ("the run as a whole".to_owned(), message.clone())));
    all.push((None, &whole));
    let findings = charge(&all);
    let requirements = requirements(contract, &header.world, &all, &findings, unplanned);
    let mut ledger = Ledger::default();
    cases.iter().for_each(|it| ledger::add(&mut ledger, &it.ledger));
    let (precedence, unordered) = precedence(all.iter().flat_map(|(_, marks)| &marks.precedence));
    Judgement {
        verdict: verdict(contract, &requirements, footer, !own_faults.is_empty()),
        requirements,
        findings: group(findings),
        ambiguities: ambiguities(contract, &all),
        precedence,
        unordered,
        ledger,
        cases: cases.len() as u64,
        requests: cases.iter().map(|it| it.requests).sum(),
        own_faults,
        notes: notes(header, footer, &cases),
    }
}

/// Charges every finding to one requirement: of its candidates the one that fails on its own elsewhere, or that all
/// wrong refusals hang on, or else the first.
fn charge<'a>(all: &[(Option<&'a str>, &Marks)]) -> Vec<Charged<'a>> {
    let decisive = all.iter().find_map(|(_, marks)| marks.decisive.clone());
    let kept: BTreeSet<String> = all
        .iter()
        .flat_map(|(_, marks)| &marks.marks)
        .filter(|mark| mark.kind == MarkKind::Pass)
        .map(|mark| mark.requirement.clone())
        .collect();
    let failures = || all.iter().flat_map(|(_, marks)| &marks.findings).filter(|finding| !finding.warning);
    let is_kept = |finding: &Finding| finding.candidates.first().is_some_and(|it| kept.contains(it));
    let certain: BTreeSet<&String> = failures()
        .filter(|finding| finding.candidates.len() == 1 && (finding.suspects.is_empty() || !is_kept(finding)))
        .map(|finding| &finding.candidates[0])
        .collect();
    let broken: BTreeSet<String> = failures()
        .filter(|finding| finding.suspects.is_empty())
        .filter_map(|finding| {
            finding.candidates.iter().find(|id| certain.contains(id)).or(finding.candidates.first())
        })
        .cloned()
        .collect();
    // A promise that is kept elsewhere is not what broke here, where another one that would explain it is broken.
    let explained = |finding: &Finding| {
        let first = finding.candidates.first().filter(|_| is_kept(finding))?;
        finding.suspects.iter().find(|it| *it != first && broken.contains(*it)).cloned()
    };
    let alone: BTreeSet<String> = failures()
        .filter(|finding| finding.candidates.len() == 1 && explained(finding).is_none())
        .map(|finding| finding.candidates[0].clone())
        .collect();
    let mut charged = Vec::new();
    for (role, marks) in all {
        for finding in &marks.findings {
            let own = finding.candidates.iter().find(|id| alone.contains(*id));
            // A status that good orders are refused with says the same of every request that gets it.
            let by_run = decisive.as_ref().filter(|(_, statuses)| {
                let refused = statuses.iter().any(|status| finding.cause == format!("answered {status}"));
                refused && finding.exchange.is_some()
            });
            let by_run = by_run.map(|(id, _)| id);
            let elsewhere = explained(finding);
            let chosen = by_run.or(elsewhere.as_ref()).or(own).or(finding.candidates.first());
            let chosen = chosen.cloned().unwrap_or_default();
            charged.push((*role, chosen, finding.clone()));
        }
    }
    charged
}

fn requirements(
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
    for (role, id, finding) in findings {
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

fn group(findings: Vec<Charged<'_>>) -> Vec<FindingGroup> {
    let mut groups: BTreeMap<(bool, String, String), FindingGroup> = BTreeMap::new();
    for (_, requirement, finding) in findings {
        let key = (finding.warning, requirement.clone(), finding.cause.clone());
        let case = finding.case.clone();
        let entry = groups.entry(key).or_insert_with(|| FindingGroup {
            requirement,
            example: finding.clone(),
            occurrences: 0,
            cases: Vec::new(),
            known: None,
        });
        entry.occurrences += 1;
        if entry.cases.len() < EXAMPLES && !entry.cases.contains(&case) {
            entry.cases.push(case);
        }
        // What was made smaller is the plainest. Boundaries stand first in a plan and have one defect: the earliest is next.
        let plainness = |it: &Finding| (!it.case.ends_with(crate::plan::shrink::SUFFIX), it.index);
        if plainness(&finding) < plainness(&entry.example) {
            entry.example = finding;
        }
    }
    let mut groups: Vec<FindingGroup> = groups.into_values().collect();
    groups.sort_by_key(|it| {
        (
            it.example.warning,
            severity(&it.requirement),
            std::cmp::Reverse(it.occurrences),
            it.requirement.clone(),
        )
    });
    groups
}

/// What costs money comes first, then what lets the wrong people in, then the rest.
fn severity(requirement: &str) -> u8 {
    match requirement.split('-').next().unwrap_or_default() {
        "MONEY" | "BALANCE" => 0,
        "AUTH" | "ROLE" => 1,
        "PRE" | "COUNT" => 2,
        "ERR" | "AMB" => 4,
        _ => 3,
    }
}

fn ambiguities(contract: &Contract, all: &[(Option<&str>, &Marks)]) -> Vec<AmbiguityVerdict> {
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
fn precedence<'m>(pairs: impl Iterator<Item = &'m (Meaning, Meaning)>) -> (Vec<Meaning>, Vec<Meaning>) {
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

/// The verdict on the server as a whole.
#[must_use]
pub fn verdict(
    contract: &Contract,
    requirements: &[RequirementVerdict],
    footer: &Footer,
    own_fault: bool,
) -> Verdict {
    if requirements.iter().any(|it| it.outcome == Outcome::Fail) {
        return Verdict::NotConformant;
    }
    if own_fault {
        return Verdict::OwnFault;
    }
    match footer.end {
        End::Unreachable => return Verdict::Unreachable,
        End::Budget => return Verdict::BudgetExhausted,
        End::Interrupted | End::TimeLimit => return Verdict::Incomplete,
        End::Complete => {}
    }
    let gap = requirements.iter().any(|it| {
        let documented =
            contract.catalogue.requirement(&it.id).is_some_and(|it| it.level == Level::Documented);
        documented && matches!(it.outcome, Outcome::NotExercised | Outcome::Inconclusive)
    });
    if gap { Verdict::Incomplete } else { Verdict::Conformant }
}

fn notes(header: &Header, footer: &Footer, cases: &[&Judged]) -> Vec<String> {
    let mut notes: Vec<String> =
        header.world.refused.iter().map(|it| format!("{it}; it was left out")).collect();
    match footer.end {
        End::Complete => {}
        End::TimeLimit => notes.push(format!("the time limit left {} cases unsent", footer.left.len())),
        End::Budget => notes.push(format!("the cap on spending left {} cases unsent", footer.left.len())),
        End::Interrupted => notes.push(format!("stopped; {} cases were left unsent", footer.left.len())),
        End::Unreachable => notes.push("the server went away".into()),
    }
    let mut skipped: BTreeMap<&str, u64> = BTreeMap::new();
    for why in cases.iter().filter_map(|it| it.skipped.as_deref()) {
        *skipped.entry(why).or_default() += 1;
    }
    notes.extend(skipped.into_iter().map(|(why, times)| format!("{times} cases cut short: {why}")));
    notes
}
