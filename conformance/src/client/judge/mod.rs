//! Judges a recorded scenario. Judging is a pure function, so a recording can be judged again. Causes are judged before
//! consequences: if orders lack the key, what the client reports about their refusal is not judged, and if it buys
//! twice, its exit code is not.

mod amount;
mod end;
mod finding;
mod form;
mod key;
mod lookup;
mod once;
mod scene;
#[cfg(test)]
mod tests;
mod wait;

use std::collections::BTreeSet;

use serde::Serialize;
use spec::{ClientRule, Contract};

use crate::client::history::{Recording, Said};
pub use finding::Finding;
use scene::Scene;

/// The outcome of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// Nothing is wrong.
    Pass,
    /// A warning, and no failure.
    Warning,
    /// A rule is broken.
    Fail,
    /// The client does not do this task.
    NotOffered,
}

/// A recording with its verdict.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    /// The recording.
    pub recording: Recording,
    /// The outcome.
    pub outcome: Outcome,
    /// The findings.
    pub findings: Vec<Finding>,
}

/// Judges scenarios by the rules for clients.
#[must_use]
pub(crate) fn judge(contract: &Contract, rules: &[ClientRule], recordings: Vec<Recording>) -> Vec<Judged> {
    let one = |recording: Recording| {
        let findings = found(&Scene::new(contract, &recording));
        Judged { recording, outcome: Outcome::Pass, findings }
    };
    let mut judged: Vec<Judged> = recordings.into_iter().map(one).collect();
    attribute(&mut judged);
    for Judged { recording, outcome, findings } in &mut judged {
        for finding in findings.iter_mut() {
            // A rule that no page states only warns.
            finding.fails &=
                rules.iter().find(|rule| rule.id == finding.id).is_some_and(ClientRule::can_fail);
        }
        let declined = recording.end.as_ref().is_some_and(|end| end.said == Some(Said::NotOffered));
        *outcome = match findings.iter().map(|it| it.fails).max() {
            Some(true) => Outcome::Fail,
            Some(false) => Outcome::Warning,
            None if declined => Outcome::NotOffered,
            None => Outcome::Pass,
        };
    }
    judged
}

/// A finding in a scenario about one thing is attributed to the rule about that thing, unless the client breaks the
/// default rule in scenarios without it too.
fn attribute(judged: &mut [Judged]) {
    let plain: BTreeSet<String> = judged
        .iter()
        .flat_map(|it| &it.findings)
        .filter(|it| it.usual.is_none())
        .map(|it| it.id.clone())
        .collect();
    for finding in judged.iter_mut().flat_map(|it| &mut it.findings) {
        if let Some(usual) = finding.usual.take_if(|it| plain.contains(it)) {
            finding.id = usual;
        }
    }
}

fn found(scene: &Scene<'_>) -> Vec<Finding> {
    let mut findings = key::judge(scene);
    findings.extend(form::judge(scene));
    if fails(&findings) {
        return findings;
    }
    findings.extend(wait::judge(scene));
    let once = once::judge(scene);
    let settled = once.as_ref().is_none_or(|it| !it.fails);
    findings.extend(once);
    if settled {
        findings.extend(end::judge(scene));
        findings.extend(amount::judge(scene));
    }
    findings
}

fn fails(findings: &[Finding]) -> bool {
    findings.iter().any(|it| it.fails)
}
