//! Requirements by group, each with what the run says of it.

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
    /// Its name.
    pub(crate) name: String,
    /// How many of each outcome.
    pub(crate) counts: BTreeMap<Outcome, u64>,
    /// In the order of the catalogue.
    pub(crate) requirements: Vec<RequirementView>,
}

/// A requirement with what the run says of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RequirementView {
    /// What the run says.
    #[serde(flatten)]
    pub(crate) verdict: RequirementVerdict,
    /// What the server is to do.
    pub(crate) statement: String,
    /// How bad it is to break it, in a word.
    pub(crate) severity: &'static str,
    /// Whether it binds every server.
    pub(crate) documented: bool,
    /// Where the contract cites it first.
    pub(crate) place: Option<Place>,
    /// Ids of its findings.
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

/// Why there is no conclusion, and why that may be so.
fn reason(verdict: &RequirementVerdict) -> Option<String> {
    let reason = verdict.reason.as_deref().map(visible);
    match (reason, &verdict.allowed) {
        (Some(reason), Some(allowed)) => Some(format!("{reason}; allowed: {}", visible(allowed))),
        (None, Some(allowed)) => Some(format!("allowed: {}", visible(allowed))),
        (reason, None) => reason,
    }
}

/// Requirements without a conclusion that may be so.
pub(super) fn allowed(groups: &[GroupView]) -> u64 {
    let all = groups.iter().flat_map(|it| &it.requirements);
    all.filter(|it| it.verdict.allowed.is_some()).count() as u64
}

/// Number of requirements with an outcome.
pub(super) fn total(groups: &[GroupView], outcome: Outcome) -> u64 {
    groups.iter().filter_map(|group| group.counts.get(&outcome)).sum()
}
