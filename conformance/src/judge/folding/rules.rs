//! The rules by which one cause explains another: each needs evidence from the run.

use std::collections::BTreeSet;

use spec::Kind;

use super::super::verdict::Cause;
use super::cause::{Caused, Run};

/// A rule that returns true if the second of two different causes explains the first.
pub(super) type FoldingRule = fn(&Run<'_>, &Caused, &Caused) -> bool;

/// The rules, in the order in which they are tried.
pub(super) const RULES: [FoldingRule; 13] = [
    charged_to,
    follows,
    same_requests,
    same_promise,
    also_alone,
    same_status,
    undocumented_status,
    same_money,
    not_debited,
    same_keys,
    same_way,
    same_cases,
    same_observation,
];

/// A cause that was attributed to another requirement than its likeliest candidate is explained by a cause that shows
/// that requirement broken directly.
fn charged_to(_: &Run<'_>, one: &Caused, other: &Caused) -> bool {
    one.is_of(other) && one.is_charged_elsewhere() && !other.is_charged_elsewhere()
}

/// The server's own figures in each of the cases say that the first cause follows from the other requirement's breach.
fn follows(_: &Run<'_>, one: &Caused, other: &Caused) -> bool {
    !one.is_of(other)
        && !other.is_charged_elsewhere()
        && one.findings.iter().all(|it| it.context.follows.contains(&other.group.requirement))
}

/// A fault in the answers is explained by orders that were treated wrongly, accepted or refused, if it occurs with no
/// other answers.
fn same_requests(run: &Run<'_>, one: &Caused, other: &Caused) -> bool {
    let all = run.causes.iter().filter(|it| it.is_of(other) && it.is_failure());
    run.kind(one) == Some(Kind::Answer)
        && run.kind(other) == Some(Kind::Refuse)
        && matches!(other.group.example.cause, Cause::Accepted | Cause::Answered(..500))
        && one.places().is_subset(&all.flat_map(Caused::places).collect())
}

/// A wrong refusal is explained by an acceptance that breaks the same requirement: the worse of the two is reported
/// first.
fn same_promise(run: &Run<'_>, one: &Caused, other: &Caused) -> bool {
    one.is_of(other)
        && run.kind(one) == Some(Kind::Refuse)
        && matches!(one.group.example.cause, Cause::Answered(..500))
        && other.group.example.cause == Cause::Accepted
}

/// A wallet that is wrong where requests overlap is explained by one that is also wrong without overlap, and by orders
/// that are accepted or refused wrongly for their price without overlap: no race is needed.
fn also_alone(run: &Run<'_>, one: &Caused, other: &Caused) -> bool {
    run.kind(one) == Some(Kind::Money)
        && run.is_about_money(other)
        && one.findings.iter().all(|it| it.context.at_once)
        && !other.is_charged_elsewhere()
        && other.findings.iter().any(|it| !it.context.at_once)
}

/// Refusals with one wrong status in place of the same right one are one mistake: the server maps its errors wrongly.
/// So are valid orders that are refused with one status. The cause that stands first stands for all.
fn same_status(run: &Run<'_>, one: &Caused, other: &Caused) -> bool {
    let expected = |it: &Caused| -> BTreeSet<String> {
        it.group.example.expected.iter().map(|it| it.what.clone()).collect()
    };
    let says_success = || matches!(one.status(), Some(200..=299));
    matches!(run.kind(one), Some(Kind::Refuse | Kind::Accept))
        && run.kind(one) == run.kind(other)
        && one.status().is_some()
        && one.status() == other.status()
        && (says_success() || expected(one) == expected(other))
        && run.stands_before(other, one)
}

/// A status that no page names is one mistake, whether one requirement or several ask for another.
fn undocumented_status(run: &Run<'_>, one: &Caused, other: &Caused) -> bool {
    run.kind(one) == Some(Kind::Answer)
        && run.kind(other) == Some(Kind::Refuse)
        && one.status().is_some()
        && one.status() == other.status()
}

/// What an order left in a wallet explains what later orders met there: too much was taken, so one is refused; too
/// little, so one is accepted or an order is never paid in full.
fn same_money(run: &Run<'_>, one: &Caused, other: &Caused) -> bool {
    run.kind(one) == Some(Kind::Money)
        && run.is_about_money(other)
        && (one.is_of(other) || one.status().is_some())
        && !other.is_charged_elsewhere()
        && other.is_read_from_the_wallet()
        && !one.is_read_from_the_wallet()
}

/// An order that should have been refused and was not debited either is one mistake.
fn not_debited(run: &Run<'_>, one: &Caused, other: &Caused) -> bool {
    run.kind(one) == Some(Kind::Money)
        && !one.is_of(other)
        && other.group.example.cause == Cause::Accepted
        && one.cases().is_subset(&other.cases())
}

/// Two failures of one requirement with the same wrong keys are one, whether an order shows it or a reading.
fn same_keys(run: &Run<'_>, one: &Caused, other: &Caused) -> bool {
    let keys = |it: &Caused| -> BTreeSet<String> {
        it.findings.iter().filter_map(|it| it.context.key.clone()).collect()
    };
    let all_have_one = one.findings.iter().all(|it| it.context.key.is_some());
    one.is_of(other) && all_have_one && run.is_within((one, &keys(one)), (other, &keys(other)))
}

/// Two failures of one requirement that show in the same way, with a key of one kind or for a case planned alike, are
/// one.
fn same_way(run: &Run<'_>, one: &Caused, other: &Caused) -> bool {
    let shares = |it: &String| other.group.ways.contains(it);
    one.is_of(other) && one.group.ways.iter().any(shares) && run.stands_before(other, one)
}

/// Two failures of one requirement that show in the same case are one.
fn same_cases(run: &Run<'_>, one: &Caused, other: &Caused) -> bool {
    one.is_of(other) && !one.cases().is_disjoint(&other.cases()) && run.stands_before(other, one)
}

/// What two readings of an order show alike is one mistake.
fn same_observation(run: &Run<'_>, one: &Caused, other: &Caused) -> bool {
    run.kind(one) == Some(Kind::State)
        && run.kind(other) == Some(Kind::State)
        && one.group.example.cause == other.group.example.cause
        && run.is_within((one, &one.cases()), (other, &other.cases()))
}
