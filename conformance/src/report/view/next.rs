//! Suggests what to do next: the step that helps most after a run like this, with a line to paste.

use serde::Serialize;

use super::finding::FindingView;
use super::group::{GroupView, RequirementView};
use crate::history::{Capability, End, Tier};
use crate::judge::verdict::{Outcome, Verdict};
use crate::report::Run;

/// A step to take, with a line to paste if there is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Step {
    /// The step as a sentence without a full stop.
    pub(crate) what: String,
    /// The line to paste.
    pub(crate) line: Option<String>,
}

impl Step {
    fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), line: None }
    }

    fn with(what: impl Into<String>, line: String) -> Self {
        Self { what: what.into(), line: Some(line) }
    }
}

/// The parts of a report that determine the next steps.
pub(super) struct Said<'a> {
    pub(super) run: &'a Run<'a>,
    pub(super) verdict: Verdict,
    pub(super) findings: &'a [FindingView],
    pub(super) groups: &'a [GroupView],
}

impl Said<'_> {
    fn with(&self, outcome: Outcome) -> impl Iterator<Item = &RequirementView> {
        let all = self.groups.iter().flat_map(|group| &group.requirements);
        all.filter(move |it| it.verdict.outcome == outcome)
    }
}

/// Returns the steps, the first one first.
pub(super) fn steps(said: &Said<'_>) -> Vec<Step> {
    match said.verdict {
        Verdict::NotConformant => failing(said),
        Verdict::BaselineOutOfDate => {
            vec![Step::new("bring the baseline up to date; the notes name its entries")]
        }
        Verdict::Incomplete | Verdict::BudgetExhausted => missing(said),
        Verdict::Unreachable => {
            vec![Step::new(
                "see why the server went away, then run again; what was sent by then is in the reports",
            )]
        }
        Verdict::OwnFault => {
            vec![Step::new("this is a mistake of this program: please report it with the history")]
        }
        Verdict::Conformant => Vec::new(),
    }
}

fn failing(said: &Said<'_>) -> Vec<Step> {
    let mut failures = said.findings.iter().filter(|it| it.outcome == Outcome::Fail);
    let first = failures.clone().find(|it| it.under.is_none()).or_else(|| failures.next());
    let Some(first) = first else { return Vec::new() };
    vec![Step::with("when the first is fixed, send its case again", first.replay.clone())]
}

/// Returns the steps that would close the gaps.
fn missing(said: &Said<'_>) -> Vec<Step> {
    let (header, footer) = (&said.run.history.header, &said.run.history.footer);
    let mut steps = Vec::new();
    match footer.end {
        End::TimeLimit => steps.push(Step::new("give it more time with --time-limit")),
        End::Failures => steps.push(Step::new("run without --max-failures")),
        End::Interrupted => steps.push(Step::new("let the run come to its end")),
        End::Budget => {
            let now = header.budget.cap.map(|it| format!(", now {it} GHS")).unwrap_or_default();
            let buys = footer.more.first().map(|it| format!("; it buys, {it}")).unwrap_or_default();
            steps.push(Step::new(format!("raise --max-spend{now}{buys}")));
        }
        End::Complete | End::Unreachable => {}
    }
    if !header.only.is_empty() {
        steps.push(Step::new("run without --only for a verdict on everything"));
    }
    if header.shard.is_some() {
        let line = said.run.program.line("merge PART-1.ndjson PART-2.ndjson …");
        steps.push(Step::with("join the parts into one verdict", line));
    }
    match header.environment.capability {
        Capability::None => steps.push(Step::new(
            "give a key: CONFORMANCE_API_KEY for one account, --accounts FILE for several, or --states URL for any",
        )),
        Capability::Accounts => steps.extend(needs(said)),
        Capability::States => {}
    }
    if steps.is_empty() && header.tier < Tier::Standard {
        steps.push(Step::new("try more with --tier standard"));
    }
    steps
}

/// Returns a step about the reason for most of the gaps; `None` if none of their reasons has that many.
fn needs(said: &Said<'_>) -> Option<Step> {
    let mut reasons: Vec<(&str, usize)> = Vec::new();
    let open = |outcome| said.with(outcome).filter(|it| it.documented);
    for reason in open(Outcome::NotExercised).filter_map(|it| it.verdict.reason.as_deref()) {
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, times)) => *times += 1,
            None => reasons.push((reason, 1)),
        }
    }
    let all: usize = reasons.iter().map(|(_, times)| *times).sum();
    let (most, times) = reasons.iter().max_by_key(|(_, times)| *times)?;
    Some(match (all, times * 2 > all) {
        (1, _) => Step::new(format!("close the gap: {most}")),
        (_, true) => Step::new(format!("close most of the gaps, which have one reason: {most}")),
        (_, false) => return None,
    })
}
