//! Computes the outcome of each requirement from what a run shows.

use std::collections::{BTreeMap, BTreeSet};

use spec::{Contract, Level, OperationId, Requirement};

use super::grouping::Charged;
use super::verdict::{MarkKind, Marks, Outcome, RequirementVerdict};
use crate::history::{Capability, End, Environment, Footer, Header};

/// Why cases for an id could not be planned, by id.
pub type Unplanned = BTreeMap<String, BTreeSet<String>>;

/// Returns an outcome for each requirement of the contract, in the order of the catalogue: from what was counted, why
/// cases could not be planned, and why what was counted decides nothing.
pub(super) fn requirements(
    contract: &Contract,
    run: (&Header, &Footer),
    all: &[(Option<&str>, &Marks)],
    findings: &[Charged<'_>],
    (unplanned, open): (&Unplanned, &BTreeMap<String, String>),
) -> Vec<RequirementVerdict> {
    let mut tally = Tally::default();
    tally.count_marks(all);
    tally.count_findings(findings);
    let catalogue = contract.catalogue.requirements.iter();
    let outcome = |requirement: &Requirement| {
        let verdict = tally.outcome(requirement, run, unplanned);
        match open.get(&requirement.id) {
            Some(why) if verdict.outcome != Outcome::Fail => {
                RequirementVerdict { outcome: Outcome::Inconclusive, reason: Some(why.clone()), ..verdict }
            }
            _ => verdict,
        }
    };
    catalogue.map(outcome).collect()
}

/// What has been counted for each id so far.
#[derive(Default)]
struct Tally<'m> {
    by_id: BTreeMap<&'m str, RequirementVerdict>,
    warned: BTreeSet<&'m str>,
}

impl<'m> Tally<'m> {
    fn entry(&mut self, id: &'m str) -> &mut RequirementVerdict {
        self.by_id.entry(id).or_insert_with(|| blank(id))
    }

    fn count_marks(&mut self, all: &[(Option<&str>, &'m Marks)]) {
        for (role, mark) in all.iter().flat_map(|(role, marks)| marks.marks.iter().map(move |it| (role, it)))
        {
            let entry = self.entry(&mark.requirement);
            entry.exercised += 1;
            if let MarkKind::Inconclusive(why) = &mark.kind {
                entry.inconclusive += 1;
                entry.reason.get_or_insert_with(|| why.clone());
            } else if let Some(role) = role {
                entry.by_role.entry((*role).to_owned()).or_default().0 += 1;
            }
        }
    }

    fn count_findings(&mut self, findings: &'m [Charged<'_>]) {
        for Charged { role, requirement: id, finding } in findings {
            let entry = self.entry(id);
            if finding.warning {
                self.warned.insert(id);
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
    }

    /// Returns the outcome of a requirement. A failure outranks everything, and what was not exercised is never a pass.
    fn outcome(
        &mut self,
        requirement: &Requirement,
        run: (&Header, &Footer),
        unplanned: &Unplanned,
    ) -> RequirementVerdict {
        let id = requirement.id.as_str();
        let mut verdict = self.by_id.remove(id).unwrap_or_else(|| blank(id));
        verdict.outcome = if verdict.failed > 0 {
            Outcome::Fail
        } else if self.warned.contains(id) {
            Outcome::Warning
        } else if verdict.exercised > verdict.inconclusive {
            verdict.reason = None;
            Outcome::Pass
        } else if verdict.exercised > 0 {
            Outcome::Inconclusive
        } else if let Some(why) = not_applicable(requirement, &run.0.environment) {
            verdict.reason = Some(why);
            Outcome::NotApplicable
        } else {
            verdict.reason = Some(not_exercised(requirement, run, unplanned));
            Outcome::NotExercised
        };
        verdict
    }
}

fn blank(id: &str) -> RequirementVerdict {
    RequirementVerdict {
        id: id.to_owned(),
        outcome: Outcome::NotExercised,
        exercised: 0,
        failed: 0,
        inconclusive: 0,
        reason: None,
        allowed: None,
        by_role: BTreeMap::new(),
    }
}

/// Returns why no case exercised a requirement, and what it needs, unless provider states already supply everything.
fn not_exercised(
    requirement: &Requirement,
    (header, footer): (&Header, &Footer),
    unplanned: &Unplanned,
) -> String {
    let left = left_out(header, footer);
    let planned = footer.unserved.contains(&requirement.id);
    if planned
        && footer.end != End::Complete
        && let Some(why) = &left
    {
        // Cases were planned, so nothing is needed but to send them.
        return format!("{why}, among them what would show it");
    }
    if let Some(whys) = unplanned.get(&requirement.id) {
        return whys.iter().cloned().collect::<Vec<_>>().join("; ");
    }
    // Where no case was chosen that would show it, what kept the chosen ones from being sent is not the reason.
    let none = match chosen(header).or(left.filter(|_| footer.may_have_shown(&requirement.id))) {
        Some(why) => format!("{why}, and none that was sent shows it"),
        None => format!("no case of the tier {} shows it here", header.tier.name()),
    };
    let needs: Vec<String> = requirement.needs.iter().map(ToString::to_string).collect();
    match header.environment.capability {
        Capability::States => none,
        _ if needs.is_empty() => none,
        _ => format!("{none}; it needs {}", needs.join(", ")),
    }
}

/// Returns a number of cases in words.
pub(super) fn cases_of(number: u64) -> String {
    if number == 1 { "1 case".to_owned() } else { format!("{number} cases") }
}

/// Returns what kept cases of the tier from being sent, or `None` if nothing did.
fn left_out(header: &Header, footer: &Footer) -> Option<String> {
    let left = cases_of(footer.left.len() as u64);
    let ended = match footer.end {
        End::Complete if header.budget.cap.is_some() && header.budget.cost.unpriced > 0 => {
            Some(format!("{left} whose orders have no known price were not sent under the cap on spending"))
        }
        End::Complete => None,
        End::TimeLimit => Some(format!("the time limit left {left} unsent")),
        End::Budget => Some(format!("the cap on spending left {left} unsent")),
        End::Failures => Some(format!("--max-failures left {left} unsent")),
        End::Interrupted => Some("the run was stopped before all cases were sent".to_owned()),
        End::Unreachable => Some("the server went away before all cases were sent".to_owned()),
    };
    let part = header.shard.map(|(k, n)| format!("this is part {k} of {n} of the plan"));
    ended.or_else(|| chosen(header)).or(part)
}

/// Returns how many cases were chosen by the user, or `None` if all were.
fn chosen(header: &Header) -> Option<String> {
    (!header.only.is_empty())
        .then(|| format!("--only {} chose {}", header.only.join(" --only "), cases_of(header.budget.cases)))
}

/// Returns why a requirement does not bind this server, because it lacks the endpoint or the fields concerned; `None`
/// if it binds.
fn not_applicable(requirement: &Requirement, environment: &Environment) -> Option<String> {
    use spec::Need;
    if requirement.level == Level::Documented {
        return None;
    }
    if requirement.level == Level::Revision {
        return Some("no answer carries the fields of the later revision".into());
    }
    for need in &requirement.needs {
        let operation = match need {
            // What only one of the two endpoints shows is exercised where the other is absent.
            Need::Order if environment.lacks(OperationId::Order) => OperationId::Order,
            Need::Wallet => OperationId::Wallet,
            Need::Profile => OperationId::Profile,
            Need::Packages => OperationId::Package,
            Need::Products => OperationId::Products,
            Need::Order => OperationId::OrderStatus,
            Need::Orders => OperationId::Orders,
            Need::Retry => OperationId::Retry,
            _ => continue,
        };
        if environment.lacks(operation) {
            return Some(format!("the server does not have {need}"));
        }
    }
    None
}
