//! The requirement matrix: the outcome of each requirement, by role of the caller, with visible gaps.

use maud::{Markup, html};
use spec::Contract;

use super::parts::{badge, capital, outcome_class};
use crate::judge::verdict::Outcome;
use crate::report::text::{count, grouped};
use crate::report::view::{GroupView, RequirementView, View};

pub(super) fn section(contract: &Contract, view: &View) -> Markup {
    let mut roles: Vec<&str> = contract.roles.all.iter().map(String::as_str).collect();
    for role in
        view.groups.iter().flat_map(|group| &group.requirements).flat_map(|it| it.verdict.by_role.keys())
    {
        if !roles.contains(&role.as_str()) {
            roles.push(role);
        }
    }
    html! {
        section #requirements aria-labelledby="requirements-title" {
            h2 #requirements-title { "Requirements" }
            p.lead {
                "How often each requirement was tried, in total and by the role of the caller. "
                span.gapped { "A hatched cell (○)" } " is a gap: no caller of that role tried the requirement. A gap is never a pass."
            }
            // Narrow screens lay the rows out as blocks; the roles keep it a table for screen readers.
            table.matrix role="table" aria-labelledby="requirements-title" {
                thead role="rowgroup" {
                    tr role="row" {
                        th scope="col" role="columnheader" { "Requirement" }
                        th scope="col" role="columnheader" { "Outcome" }
                        th.number scope="col" role="columnheader" { "Tried" }
                        @for role in &roles { th.number scope="col" role="columnheader" { (role) } }
                    }
                }
                @for group in &view.groups { (group_rows(contract, group, &roles)) }
            }
        }
    }
}

fn group_rows(contract: &Contract, group: &GroupView, roles: &[&str]) -> Markup {
    html! {
        tbody role="rowgroup" {
            tr.group role="row" {
                th scope="rowgroup" role="rowheader" colspan=(roles.len() + 3) { (capital(&group.name)) }
            }
            @for requirement in &group.requirements { (row(contract, &group.name, requirement, roles)) }
        }
    }
}

fn row(contract: &Contract, group: &str, requirement: &RequirementView, roles: &[&str]) -> Markup {
    let RequirementView { verdict, statement, findings, place, .. } = requirement;
    let about = contract.catalogue.requirement(&verdict.id).and_then(|it| it.role.as_deref());
    html! {
        tr #(verdict.id) role="row" data-item="requirement" data-group=(group) data-severity=(requirement.severity) data-outcome=(outcome_class(verdict.outcome)) {
            th scope="row" role="rowheader" {
                span.id { (verdict.id) }
                @if let Some(place) = place { " " code.place { (place.file) ":" (place.line) } }
                span.statement { (statement) }
                @if let Some(reason) = &verdict.reason { span.reason { (capital(reason)) "." } }
                @if !findings.is_empty() {
                    span.links { "Findings: " @for (at, id) in findings.iter().enumerate() { @if at > 0 { ", " } a href={ "#" (id) } { (id) } } }
                }
            }
            td.outcome role="cell" { (badge(verdict.outcome)) }
            (cell("Tried", "tried ", (verdict.exercised > 0).then_some((verdict.exercised, verdict.failed)), verdict.outcome))
            @for role in roles {
                @let other = about.is_some_and(|about| about != *role);
                // A requirement that is judged from answers to several callers together has no gap for any single role.
                @let together = verdict.by_role.is_empty() && matches!(verdict.outcome, Outcome::Pass | Outcome::Fail);
                @let outcome = if other || together { Outcome::NotApplicable } else { verdict.outcome };
                (cell(role, "", verdict.by_role.get(*role).copied().filter(|(tried, _)| *tried > 0), outcome))
            }
        }
    }
}

/// Renders how often a requirement was tried and failed, or why there is nothing to show.
fn cell(label: &str, extra: &str, counts: Option<(u64, u64)>, outcome: Outcome) -> Markup {
    let (class, shown, said) = match counts {
        Some((tried, 0)) => {
            ("number kept", grouped(tried), format!("{}, never failed", count(tried, "time", "times")))
        }
        Some((tried, failed)) => (
            "number broken",
            format!("{}/{}", grouped(failed), grouped(tried)),
            format!("{failed} of {tried} failed"),
        ),
        None if outcome == Outcome::NotApplicable => {
            ("number none", "–".to_owned(), "does not apply".to_owned())
        }
        None => ("number gapped", "○".to_owned(), "not exercised".to_owned()),
    };
    html! {
        td class={ (extra) (class) } role="cell" data-label=(label) { span aria-hidden="true" { (shown) } span.hush { (said) } }
    }
}
