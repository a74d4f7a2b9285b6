//! The whole report: the verdict, the run, and the content of every part.

use std::collections::BTreeMap;

use serde::Serialize;
use spec::{Meaning, OperationId};

use super::environment::{EnvironmentView, environment};
use super::finding::{self, FindingView};
use super::group::{GroupView, RequirementView, allowed, groups, total};
use super::latency::{self, LatencyView};
use super::names::{outcome_name, timestamp, verdict_name};
use super::next::{self, Said, Step};
use super::question::{self, AmbiguityView, PrecedenceView};
use crate::exit::Exit;
use crate::history::{Budget, End, History, Tier};
use crate::judge::verdict::{Ledger, Outcome, Verdict};
use crate::report::Run;
use crate::report::program::Program;
use crate::report::shape::{self, Shape};
use crate::report::text::{count, visible};
use crate::report::trend::Point;

/// The version of the JSON report; it is increased by each change that a reader may not handle.
pub(crate) const FORMAT: u32 = 1;

/// A whole report.
#[derive(Debug, Clone, Serialize)]
pub struct View {
    /// The version of the format, [`FORMAT`].
    pub(crate) format: u32,
    /// The name and version of the program that ran.
    pub(crate) tool: String,
    /// The name of the program in command lines that a report prints.
    #[serde(skip)]
    pub(crate) program: Program,
    /// The verdict on the server.
    pub(crate) verdict: Verdict,
    /// The verdict as a sentence, without the counts of other outcomes.
    pub(crate) claim: String,
    /// The verdict as a sentence, with those counts.
    pub(crate) headline: String,
    /// The exit code of the program.
    pub(crate) exit_code: u8,
    /// The target, the settings and the time of the run.
    pub(crate) run: RunView,
    /// The accounts that the run could use.
    #[serde(rename = "world")]
    pub(crate) environment: EnvironmentView,
    /// What was planned, and what it could cost.
    pub(crate) budget: Budget,
    /// The ledger: what was charged and debited.
    pub(crate) ledger: Ledger,
    /// The findings, the worst first.
    pub findings: Vec<FindingView>,
    /// The requirements by group, in the order of the catalogue.
    pub(crate) groups: Vec<GroupView>,
    /// The open questions, in the order of the catalogue.
    pub(crate) ambiguities: Vec<AmbiguityView>,
    /// The errors in the order in which the server seems to check for them.
    pub(crate) precedence: Vec<PrecedenceView>,
    /// Errors that come after those, of which sometimes one and sometimes another took precedence.
    pub(crate) unordered: Vec<PrecedenceView>,
    /// Notes about the run as a whole.
    pub(crate) notes: Vec<String>,
    /// Differences from the accepted shapes.
    pub(crate) drift: Vec<String>,
    /// What to do next, the first step first.
    pub(crate) next: Vec<Step>,
    /// The latency of answers by operation and status.
    pub(crate) latency: Vec<LatencyView>,
    /// The shapes of the answers by operation, status and content type.
    pub(crate) shapes: BTreeMap<String, Shape>,
    /// The results of earlier runs and of this one, the oldest first; empty if no trend is kept.
    #[serde(skip)]
    pub trend: Vec<Point>,
    /// Checks that failed with an internal error: case and message.
    pub(crate) own_faults: Vec<(String, String)>,
}

/// The target, the settings and the time of a run.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RunView {
    /// The base URL.
    pub(crate) target: String,
    /// The file of the contract.
    pub(crate) spec_file: String,
    /// The SHA-256 digest of the contract, in hexadecimal.
    pub(crate) spec_digest: String,
    /// The revision of the contract.
    pub(crate) spec_revision: String,
    /// The seed of every random choice.
    pub(crate) seed: u64,
    /// The tier.
    pub(crate) tier: Tier,
    /// The part of the plan that was run, and the number of parts; `None` for the whole plan.
    pub(crate) shard: Option<(u32, u32)>,
    /// The start of the run, in RFC 3339 and UTC.
    pub(crate) started: String,
    /// The duration in microseconds.
    pub(crate) elapsed_us: u64,
    /// How the run ended.
    pub(crate) end: End,
    /// The number of cases that were sent.
    pub(crate) cases: u64,
    /// The number of smaller forms of failing cases that were sent for shrinking.
    pub(crate) smaller: u64,
    /// The number of requests that were sent.
    pub(crate) requests: u64,
    /// The ids of the cases of the plan that were not sent, if they are few enough to list.
    pub(crate) left: Vec<String>,
    /// The ids that `--only` asked for; empty for all cases of the tier.
    pub(crate) only: Vec<String>,
}

impl RunView {
    fn of(run: &Run<'_>) -> Self {
        let Run { contract, history: History { header, footer, .. }, judgement, .. } = run;
        Self {
            target: visible(&header.target),
            spec_file: visible(contract.file()),
            spec_digest: visible(&header.spec_digest),
            spec_revision: visible(&header.spec_revision),
            seed: header.seed,
            tier: header.tier,
            shard: header.shard,
            started: timestamp(header.started_ms, 0),
            elapsed_us: footer.elapsed_us,
            end: footer.end,
            cases: judgement.cases,
            smaller: judgement.smaller,
            requests: judgement.requests,
            left: footer.left.iter().map(|id| visible(id)).collect(),
            only: header.only.iter().map(|id| visible(id)).collect(),
        }
    }
}

impl View {
    /// Gathers the content of the report.
    #[must_use]
    pub fn of(run: &Run<'_>) -> Self {
        let Run { contract, history: History { header, .. }, judgement, .. } = run;
        let findings: Vec<_> = judgement.findings.iter().map(|group| finding::finding(run, group)).collect();
        let groups = groups(run, &findings);
        let claim = claim(judgement.verdict, &groups, &findings);
        let step = |meaning: &Meaning| PrecedenceView::of(contract, *meaning);
        let mut view = Self {
            format: FORMAT,
            tool: visible(&header.tool),
            program: run.program.clone(),
            verdict: judgement.verdict,
            headline: headline(&claim, &groups),
            claim,
            exit_code: Exit::from(judgement.verdict).code(),
            run: RunView::of(run),
            environment: environment(contract, header),
            budget: header.budget.clone(),
            ledger: judgement.ledger.clone(),
            findings,
            groups,
            ambiguities: judgement.ambiguities.iter().map(|it| AmbiguityView::of(contract, it)).collect(),
            precedence: judgement.precedence.iter().map(step).collect(),
            unordered: judgement.unordered.iter().map(step).collect(),
            notes: judgement.notes.iter().map(|note| visible(note)).collect(),
            drift: judgement.drift.iter().map(|line| visible(line)).collect(),
            next: Vec::new(),
            latency: latency::latency(run),
            shapes: shapes(run),
            trend: Vec::new(),
            own_faults: judgement.own_faults.iter().map(|(id, text)| (visible(id), visible(text))).collect(),
        };
        view.next =
            next::steps(&Said { run, verdict: view.verdict, findings: &view.findings, groups: &view.groups });
        view
    }

    /// Returns the name of the verdict, with the number of known failures.
    #[must_use]
    pub(crate) fn verdict_label(&self) -> String {
        let known = self.findings.iter().filter(|it| it.outcome == Outcome::Known).count() as u64;
        let name = verdict_name(self.verdict);
        match self.verdict {
            Verdict::Conformant if known > 0 => {
                format!("{name} but for {}", count(known, "known failure", "known failures"))
            }
            _ => name.to_owned(),
        }
    }

    /// Returns the result of the run for the trend; `accepted` is the status of accepted orders.
    #[must_use]
    pub(crate) fn point(&self, accepted: Option<u16>) -> Point {
        let causes = |outcome| self.causes().filter(|it| it.outcome == outcome).count() as u64;
        let of_orders = |it: &&LatencyView| it.operation == OperationId::BuyBulk.name();
        let accepted = self.latency.iter().filter(of_orders).find(|it| Some(it.status) == accepted);
        Point {
            time: self.run.started.clone(),
            digest: self.run.spec_digest.clone(),
            target: self.run.target.clone(),
            tier: self.run.tier,
            verdict: self.verdict,
            failed: causes(Outcome::Fail),
            known: causes(Outcome::Known),
            passed: self.total(Outcome::Pass),
            gaps: self.total(Outcome::NotExercised) + self.total(Outcome::Inconclusive),
            requests: self.run.requests,
            charged: self.ledger.charged,
            p50_us: accepted.map(|it| it.p50_us),
            p99_us: accepted.map(|it| it.p99_us),
        }
    }

    /// Returns the name of a requirement's group.
    pub(crate) fn group_of(&self, requirement: &str) -> &str {
        let of = |group: &&GroupView| group.requirements.iter().any(|it| it.verdict.id == requirement);
        self.groups.iter().find(of).map_or("other", |group| group.name.as_str())
    }

    /// Returns the findings that no other finding explains.
    pub(crate) fn causes(&self) -> impl Iterator<Item = &FindingView> {
        self.findings.iter().filter(|it| it.under.is_none())
    }

    /// Returns the findings that this one explains.
    pub(crate) fn explained_by<'v>(
        &'v self,
        cause: &'v FindingView,
    ) -> impl Iterator<Item = &'v FindingView> {
        self.findings.iter().filter(|it| it.under.as_deref() == Some(&cause.id))
    }

    /// Returns the number of open questions that the run answered, including the order of errors.
    pub(crate) fn questions(&self) -> u64 {
        let seen = self.ambiguities.iter().filter(|it| !it.choices.is_empty()).count() as u64;
        seen + u64::from(self.precedence_question().is_some())
    }

    /// Returns the number of requirements with an outcome.
    #[must_use]
    pub(crate) fn total(&self, outcome: Outcome) -> u64 {
        total(&self.groups, outcome)
    }

    /// Returns the requirements with an outcome.
    pub(crate) fn with(&self, outcome: Outcome) -> impl Iterator<Item = &RequirementView> {
        self.groups
            .iter()
            .flat_map(|group| &group.requirements)
            .filter(move |requirement| requirement.verdict.outcome == outcome)
    }

    /// Returns the inferred precedence of errors as a question for the API's team; `None` if it could not be inferred.
    #[must_use]
    pub(crate) fn precedence_question(&self) -> Option<String> {
        question::precedence(&self.precedence, &self.unordered)
    }
}

fn claim(verdict: Verdict, groups: &[GroupView], findings: &[FindingView]) -> String {
    let fails = |id: &String| findings.iter().any(|it| it.id == *id && it.outcome == Outcome::Fail);
    let is_cause = |it: &&FindingView| it.outcome == Outcome::Fail && !it.under.as_ref().is_some_and(fails);
    let causes = findings.iter().filter(is_cause).count() as u64;
    match verdict {
        Verdict::Conformant if total(groups, Outcome::Known) > 0 => {
            "every documented requirement was exercised, and only what the baseline knows failed".to_owned()
        }
        Verdict::Conformant if allowed(groups) > 0 => format!(
            "nothing failed, and only what --allow-incomplete names was not tested ({})",
            count(allowed(groups), "requirement", "requirements")
        ),
        Verdict::Conformant => "every documented requirement was exercised and none failed".to_owned(),
        Verdict::BaselineOutOfDate => {
            "no failure is new, and an entry of the baseline has expired or no longer fails".to_owned()
        }
        Verdict::NotConformant => format!(
            "{} failed, from {}",
            count(total(groups, Outcome::Fail), "requirement", "requirements"),
            count(causes, "cause", "causes")
        ),
        Verdict::Incomplete if untested(groups) == 0 => {
            "nothing failed, and the run ended before every case was sent".to_owned()
        }
        Verdict::Incomplete => format!("nothing failed, and {} not tested", gaps(groups)),
        Verdict::BudgetExhausted => {
            format!("nothing failed, and under the cap on spending {} not tested", gaps(groups))
        }
        Verdict::Unreachable => "the target went away before there was a verdict".to_owned(),
        Verdict::OwnFault => "a check of this program broke down".to_owned(),
    }
}

/// Returns the documented requirements without a conclusion as the subject of a sentence.
fn gaps(groups: &[GroupView]) -> String {
    count(untested(groups), "documented requirement was", "documented requirements were")
}

/// Returns the number of documented requirements without a conclusion.
fn untested(groups: &[GroupView]) -> u64 {
    let open = |it: &&RequirementView| {
        it.documented && matches!(it.verdict.outcome, Outcome::NotExercised | Outcome::Inconclusive)
    };
    let all = groups.iter().flat_map(|group| &group.requirements);
    all.filter(open).count() as u64
}

/// Returns the number of requirements that were not exercised and do not bind every server.
fn optional(groups: &[GroupView]) -> u64 {
    let open = |it: &&RequirementView| !it.documented && it.verdict.outcome == Outcome::NotExercised;
    groups.iter().flat_map(|group| &group.requirements).filter(open).count() as u64
}

/// Returns the shapes of the answers by scenario.
fn shapes(run: &Run<'_>) -> BTreeMap<String, Shape> {
    let observed = shape::observe(&run.history.cases);
    observed.into_iter().map(|(scenario, shape)| (visible(&scenario.to_string()), shape)).collect()
}

fn headline(claim: &str, groups: &[GroupView]) -> String {
    let of = |outcome| total(groups, outcome);
    let rest =
        [Outcome::Known, Outcome::Warning, Outcome::Inconclusive, Outcome::Pass, Outcome::NotExercised]
            .into_iter()
            .filter(|outcome| of(*outcome) > 0)
            .map(|outcome| match outcome {
                Outcome::Pass => format!("{} passed", of(outcome)),
                Outcome::Warning => count(of(outcome), "warning", "warnings"),
                Outcome::NotExercised if optional(groups) == of(outcome) => {
                    format!("{} not exercised, of what a server need not offer", of(outcome))
                }
                _ => format!("{} {}", of(outcome), outcome_name(outcome)),
            });
    std::iter::once(claim.to_owned()).chain(rest).collect::<Vec<_>>().join("; ")
}
