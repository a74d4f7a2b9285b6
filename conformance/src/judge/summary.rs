//! Merges the results of all cases into one judgement: an outcome per requirement, findings by cause, the ledger and
//! the verdict.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use spec::{Contract, Level};

use super::attribution::Orders;
use super::case::Judge;
use super::grouping::{attribute, group};
use super::judged::Judged;
use super::ledger;
use super::lookups::{self, Lookups};
use super::networks::Networks;
use super::open_questions::{ambiguities, precedence};
pub use super::outcomes::Unplanned;
use super::outcomes::{cases_of, requirements};
use super::verdict::{
    Finding, Judgement, Ledger, Mark, MarkKind, Marks, Outcome, RequirementVerdict, Verdict,
};
use super::whole::Whole;
use crate::history::{BreakOff, CaseRecord, End, Footer, Header, NO_ROOM};

/// Judges a whole history.
#[must_use]
pub fn judge(
    judge: &Judge<'_>,
    header: &Header,
    cases: impl IntoIterator<Item = impl Borrow<CaseRecord>>,
    footer: &Footer,
    unplanned: &Unplanned,
) -> Judgement {
    let of = |case| Judged::of(judge, &header.environment, Borrow::<CaseRecord>::borrow(&case));
    let judged: Vec<Judged> = cases.into_iter().map(of).collect();
    conclude(judge, header, &judged, footer, unplanned)
}

/// Merges the results of the judged cases, in the order of the cases.
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
            Err(panicked) => own_faults.push((case.id.clone(), panicked.to_string())),
        }
    }
    let orders = lookups::orders(cases.iter().copied());
    let networks = Networks::of(contract, &header.environment, &orders);
    let whole = judge.whole(&Whole::new(contract, cases.iter().map(|it| &it.part)));
    own_faults.extend(whole.broken.iter().map(|message| ("the run as a whole".to_owned(), message.clone())));
    let looked_up = Lookups::of(contract, &orders);
    let open = open_for_numbers(&networks, &looked_up, &all, &orders);
    all.push((None, &whole));
    let explained = |it: &Finding| {
        networks.explanation(it, &orders).is_some() || looked_up.explanation(it, &orders).is_some()
    };
    let findings = attribute(contract, &all, &orders, explained);
    let requirements = requirements(contract, (header, footer), &all, &findings, (unplanned, &open));
    let mut ledger = Ledger::default();
    cases.iter().for_each(|it| ledger::add(&mut ledger, &it.ledger));
    let (precedence, unordered) = precedence(all.iter().flat_map(|(_, marks)| &marks.precedence));
    Judgement {
        verdict: verdict(contract, &requirements, footer, !own_faults.is_empty()),
        requirements,
        findings: group(contract, findings, &orders),
        ambiguities: ambiguities(contract, &all),
        precedence,
        unordered,
        ledger,
        cases: cases.iter().filter(|it| !it.is_step && it.was_sent()).count() as u64,
        smaller: cases.iter().filter(|it| it.is_step).count() as u64,
        requests: cases.iter().map(|it| it.requests).sum(),
        own_faults,
        notes: notes(header, footer, &cases).into_iter().chain(looked_up.note()).collect(),
        drift: Vec::new(),
    }
}

/// Returns the requirements about which orders say nothing that were refused because of their numbers, with the reason.
/// Where an operator takes only numbers of its own, the orders that were accepted for other numbers are too few to show
/// that these requirements are kept; where single numbers are refused, they show it.
fn open_for_numbers(
    networks: &Networks,
    lookups: &Lookups<'_>,
    all: &[(Option<&str>, &Marks)],
    orders: &Orders<'_>,
) -> BTreeMap<String, String> {
    let passed = |mark: &&Mark| mark.kind == MarkKind::Pass;
    let marks = all.iter().flat_map(|(_, marks)| &marks.marks).filter(passed);
    let shown: BTreeSet<&str> = marks.map(|it| it.requirement.as_str()).collect();
    let mut open = BTreeMap::new();
    for finding in all.iter().flat_map(|(_, marks)| &marks.findings) {
        if let Some(why) = networks.explanation(finding, orders) {
            open.extend(finding.candidates.iter().map(|id| (id.clone(), why.to_owned())));
        } else if let Some(why) = lookups.explanation(finding, orders) {
            let not_shown = finding.candidates.iter().filter(|id| !shown.contains(id.as_str()));
            open.extend(not_shown.map(|id| (id.clone(), why.clone())));
        }
    }
    open
}

/// Returns the verdict on the server as a whole.
#[must_use]
pub(crate) fn verdict(
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
        End::Interrupted | End::TimeLimit | End::Failures => return Verdict::Incomplete,
        End::Budget | End::Complete => {}
    }
    let is_gap = |it: &&RequirementVerdict| {
        let documented =
            contract.catalogue.requirement(&it.id).is_some_and(|it| it.level == Level::Documented);
        documented
            && it.allowed.is_none()
            && matches!(it.outcome, Outcome::NotExercised | Outcome::Inconclusive)
    };
    let mut gaps = requirements.iter().filter(is_gap).peekable();
    match footer.end {
        _ if gaps.peek().is_none() => Verdict::Conformant,
        // A gap that would remain under a higher cap is not caused by the cap.
        End::Budget if gaps.any(|it| footer.may_have_shown(&it.id)) => Verdict::BudgetExhausted,
        _ => Verdict::Incomplete,
    }
}

fn notes(header: &Header, footer: &Footer, cases: &[&Judged]) -> Vec<String> {
    let mut notes: Vec<String> =
        header.environment.refused.iter().map(|it| format!("{it}; it was left out")).collect();
    match footer.end {
        End::Complete => {}
        End::TimeLimit => {
            notes.push(format!("the time limit left {} unsent", cases_of(footer.left.len() as u64)))
        }
        End::Budget => {
            notes.push(format!("the cap on spending left {} unsent", cases_of(footer.left.len() as u64)));
            if !footer.more.is_empty() {
                notes.push(format!("money beyond what the cap allowed buys: {}", footer.more.join("; ")));
            }
        }
        End::Failures => {
            notes.push(format!(
                "stopped at --max-failures; {} left unsent",
                cases_of(footer.left.len() as u64)
            ));
        }
        End::Interrupted if !footer.broken_off.is_empty() => {
            let sent = cases.iter().filter(|it| !it.is_step).count() as u64;
            let left = header.budget.cases.saturating_sub(sent);
            notes.push(format!(
                "broken off; at least {left} of {} cases were left unsent",
                header.budget.cases
            ));
        }
        End::Interrupted => {
            notes.push(format!("stopped; {} left unsent", cases_of(footer.left.len() as u64)))
        }
        // If no case was sent, the footer's notes already say why.
        End::Unreachable if cases.is_empty() && !footer.notes.is_empty() => {}
        End::Unreachable => notes.push("the server went away".into()),
    }
    let mut skipped: BTreeMap<&str, u64> = BTreeMap::new();
    notes.extend(footer.notes.iter().cloned());
    notes.extend(footer.broken_off.iter().map(broken_off));
    for why in cases.iter().filter_map(|it| it.skipped.as_deref()) {
        *skipped.entry(why).or_default() += 1;
    }
    // The cap on spending has a note of its own.
    skipped.retain(|why, _| footer.end != End::Budget || *why != NO_ROOM);
    notes.extend(skipped.into_iter().map(|(why, times)| format!("{} cut short: {why}", cases_of(times))));
    notes
}

/// Describes where a recording breaks off, and what is unknown because of that.
fn broken_off(it: &BreakOff) -> String {
    let middle = if it.mid_line { ", in the middle of it" } else { "" };
    let open = match &it.cases[..] {
        [] => "no case was under way".to_owned(),
        [one] => format!("{one} was under way"),
        [most @ .., last] => format!("{} and {last} were under way", most.join(", ")),
    };
    let unpriced = match it.unpriced {
        0 => String::new(),
        some => format!(", and {some} of unknown price"),
    };
    let unknown = match it.orders {
        0 => "every order has its answer".to_owned(),
        1 => format!("1 order has no recorded answer, and may have cost up to {} GHS{unpriced}", it.at_worst),
        some => {
            format!(
                "{some} orders have no recorded answer, and may have cost up to {} GHS{unpriced}",
                it.at_worst
            )
        }
    };
    format!("{} breaks off in line {}{middle}: {open}; {unknown}", it.file, it.line)
}
