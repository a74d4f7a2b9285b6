//! A cause with all its findings, and how bad it is.

use std::collections::BTreeSet;

use spec::{Contract, Kind, Severity};

use super::super::verdict::{Cause, Finding, FindingGroup};

/// How bad a cause is, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// Money is lost or created from nothing.
    Money,
    /// The wrong callers get access or see data of others, or the right callers get no access.
    Safety,
    /// The server breaks down: a status of 500 or more, or no answer.
    Down,
    /// What must be refused is accepted or the reverse, or the refusal has a wrong status.
    Status,
    /// The content of an answer differs from what was promised.
    Answer,
    /// The form of an error is wrong.
    Detail,
}

/// A cause with all its findings.
#[derive(Debug)]
pub(in super::super) struct Caused {
    pub(in super::super) group: FindingGroup,
    pub(in super::super) findings: Vec<Finding>,
}

impl Caused {
    pub(super) fn rank(&self, contract: &Contract) -> Rank {
        let example = &self.group.example;
        let severity = contract.catalogue.severity(&self.group.requirement);
        let down =
            example.context.down || matches!(example.cause, Cause::Unanswered | Cause::Answered(500..));
        match severity {
            _ if example.context.exposes => Rank::Safety,
            Severity::Money if !down => Rank::Money,
            Severity::Safety if !down => Rank::Safety,
            _ if down => Rank::Down,
            Severity::Refusal => Rank::Status,
            Severity::Answer if matches!(example.cause, Cause::Accepted | Cause::Answered(_)) => Rank::Status,
            Severity::Detail => Rank::Detail,
            _ => Rank::Answer,
        }
    }

    pub(super) fn is_failure(&self) -> bool {
        !self.group.example.warning
    }

    /// Returns true if every finding was attributed to another requirement than its likeliest candidate.
    pub(super) fn is_charged_elsewhere(&self) -> bool {
        self.findings.iter().all(|it| it.candidates.first() != Some(&self.group.requirement))
    }

    /// Returns true if a reading of the wallet shows the failure itself, and not only an order that follows.
    pub(super) fn is_read_from_the_wallet(&self) -> bool {
        matches!(&self.group.example.cause, Cause::Named(name) if !name.starts_with("never"))
    }

    /// Returns the wrong status, other than that of a breakdown, if the cause is one.
    pub(super) fn status(&self) -> Option<u16> {
        match self.group.example.cause {
            Cause::Answered(status @ ..500) => Some(status),
            _ => None,
        }
    }

    /// Returns true if both are about the same requirement.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        self.group.requirement == other.group.requirement
    }

    pub(super) fn cases(&self) -> BTreeSet<&str> {
        self.findings.iter().map(|it| it.case.as_str()).collect()
    }

    pub(super) fn places(&self) -> BTreeSet<(&str, Option<usize>)> {
        self.findings.iter().map(|it| (it.case.as_str(), it.exchange)).collect()
    }
}

/// All causes of a run, and the contract.
pub(super) struct Run<'a> {
    pub(super) contract: &'a Contract,
    pub(super) causes: &'a [Caused],
}

impl Run<'_> {
    pub(super) fn kind(&self, it: &Caused) -> Option<Kind> {
        self.contract.catalogue.kind(&it.group.requirement)
    }

    pub(super) fn is_about_money(&self, it: &Caused) -> bool {
        self.contract.catalogue.severity(&it.group.requirement) == Severity::Money
    }

    /// Returns true if one cause shows only where another does: of two that show in the same places, the one that is
    /// reported later is within the other.
    pub(super) fn is_within<T: Ord>(
        &self,
        (one, its): (&Caused, &BTreeSet<T>),
        (other, others): (&Caused, &BTreeSet<T>),
    ) -> bool {
        its.is_subset(others) && (its != others || self.stands_before(other, one))
    }

    /// Returns true if a cause is reported before another that may be the same mistake: the worse one, and then the one
    /// that shows the requirement broken directly or is seen more often.
    pub(super) fn stands_before(&self, one: &Caused, other: &Caused) -> bool {
        let key = |it: &Caused| {
            let times = std::cmp::Reverse(it.group.occurrences);
            let id = it.group.requirement.clone();
            (it.rank(self.contract), it.is_charged_elsewhere(), times, id, it.group.example.cause.clone())
        };
        key(one) < key(other)
    }
}
