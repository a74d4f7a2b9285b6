//! Requirements by group, each with its outcome in the run.

use std::collections::BTreeMap;

use serde::Serialize;
use spec::Level;

use super::finding::FindingView;
use super::names::severity_name;
use super::place::{Place, places};
use crate::judge::verdict::{Outcome, RequirementVerdict};
use crate::report::Run;
use crate::report::text::visible;

/// A group of requirements.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct GroupView {
    /// The group's name.
    pub(crate) name: String,
    /// The number of requirements by outcome.
    pub(crate) counts: BTreeMap<Outcome, u64>,
    /// The requirements, in the order of the catalogue.
    pub(crate) requirements: Vec<RequirementView>,
}

/// A requirement with its outcome in the run.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RequirementView {
    /// The outcome and its counts.
    #[serde(flatten)]
    pub(crate) verdict: RequirementVerdict,
    /// What the server must do.
    pub(crate) statement: String,
    /// The severity of breaking the requirement, as one word.
    pub(crate) severity: &'static str,
    /// Whether the requirement binds every server.
    pub(crate) documented: bool,
    /// The first place in the contract that cites it; `None` if there is none.
    pub(crate) place: Option<Place>,
    /// The ids of its findings.
    pub(crate) findings: Vec<String>,
}

pub(super) fn groups(run: &Run<'_>, findings: &[FindingView]) -> Vec<GroupView> {
    let mut groups: Vec<GroupView> = Vec::new();
    for verdict in &run.judgement.requirements {
        let requirement = run.contract.catalogue.requirement(&verdict.id);
        let name = requirement.map_or("other", |requirement| requirement.group.as_str());
        let at = groups.iter().position(|group| group.name == name).unwrap_or_else(|| {
            let group =
                GroupView { name: name.to_owned(), counts: BTreeMap::new(), requirements: Vec::new() };
            groups.push(group);
            groups.len() - 1
        });
        *groups[at].counts.entry(verdict.outcome).or_default() += 1;
        groups[at].requirements.push(RequirementView {
            verdict: RequirementVerdict {
                id: visible(&verdict.id),
                reason: reason(verdict),
                allowed: verdict.allowed.as_deref().map(visible),
                by_role: verdict.by_role.iter().map(|(role, counts)| (visible(role), *counts)).collect(),
                ..verdict.clone()
            },
            statement: run.contract.catalogue.statement(&verdict.id).to_owned(),
            severity: severity_name(run.contract.catalogue.severity(&verdict.id)),
            documented: requirement.is_some_and(|requirement| requirement.level == Level::Documented),
            place: places(run.contract, &verdict.id).into_iter().next(),
            findings: findings
                .iter()
                .filter(|finding| finding.requirement == verdict.id)
                .map(|finding| finding.id.clone())
                .collect(),
        });
    }
    groups
}

/// Returns why there is no conclusion, and why that is allowed.
fn reason(verdict: &RequirementVerdict) -> Option<String> {
    let reason = verdict.reason.as_deref().map(visible);
    match (reason, &verdict.allowed) {
        (Some(reason), Some(allowed)) => Some(format!("{reason}; allowed: {}", visible(allowed))),
        (None, Some(allowed)) => Some(format!("allowed: {}", visible(allowed))),
        (reason, None) => reason,
    }
}

/// Returns the number of requirements that are allowed to have no conclusion and have none.
pub(super) fn allowed(groups: &[GroupView]) -> u64 {
    let all = groups.iter().flat_map(|it| &it.requirements);
    all.filter(|it| it.verdict.allowed.is_some()).count() as u64
}

/// Returns the number of requirements with an outcome.
pub(super) fn total(groups: &[GroupView], outcome: Outcome) -> u64 {
    groups.iter().filter_map(|group| group.counts.get(&outcome)).sum()
}
