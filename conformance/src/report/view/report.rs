//! The whole report: the verdict, the run, and what every part of it says.

use std::collections::BTreeMap;

use serde::Serialize;
use spec::Meaning;

use super::finding::{self, FindingView};
use super::group::{GroupView, RequirementView, allowed, groups, total};
use super::latency::{self, LatencyView};
use super::names::{outcome_name, timestamp, verdict_name};
use super::next::{self, Step};
use super::question::{self, AmbiguityView, PrecedenceView};
use super::world::{WorldView, world};
use crate::exit::Exit;
use crate::history::{Budget, End, History, Tier};
use crate::judge::verdict::{Ledger, Outcome, Verdict};
use crate::report::Run;
use crate::report::program::Program;
use crate::report::shape::{self, Shape};
use crate::report::text::{count, visible};
use crate::report::trend::Point;

/// Version of the JSON report; grows with each change that a reader could stumble over.
pub(crate) const FORMAT: u32 = 1;

/// A whole report.
#[derive(Debug, Clone, Serialize)]
pub struct View {
    /// [`FORMAT`].
    pub(crate) format: u32,
    /// Name and version of the program that ran.
    pub(crate) tool: String,
    /// What it is called in lines to be typed again.
    #[serde(skip)]
    pub(crate) program: Program,
    /// On the server as a whole.
    pub(crate) verdict: Verdict,
    /// The verdict in a sentence, without figures of other outcomes.
    pub(crate) claim: String,
    /// The verdict in a sentence, with them.
    pub(crate) headline: String,
    /// Exit code of the program.
    pub(crate) exit_code: u8,
    /// Against what, how and when.
    pub(crate) run: RunView,
    /// Who we could be.
    pub(crate) world: WorldView,
    /// What was planned.
    pub(crate) budget: Budget,
    /// Where the money went.
    pub(crate) ledger: Ledger,
    /// Worst first.
    pub findings: Vec<FindingView>,
    /// In the order of the catalogue.
    pub(crate) groups: Vec<GroupView>,
    /// In the order of the catalogue.
    pub(crate) ambiguities: Vec<AmbiguityView>,
    /// Errors in the order in which the server seems to check for them.
    pub(crate) precedence: Vec<PrecedenceView>,
    /// Errors of which now one was seen to win and now another, behind those of the order.
    pub(crate) unordered: Vec<PrecedenceView>,
    /// Lines about the run as a whole.
    pub(crate) notes: Vec<String>,
    /// Differences from the shapes that were accepted before.
    pub(crate) drift: Vec<String>,
    /// What to do next, the first first.
    pub(crate) next: Vec<Step>,
    /// How long answers took, by operation and status.
    pub(crate) latency: Vec<LatencyView>,
    /// The shape of the answers, by operation, status and kind.
    pub(crate) shapes: BTreeMap<String, Shape>,
    /// What earlier runs came to and this one, the oldest first; empty where nobody keeps it.
    #[serde(skip)]
    pub trend: Vec<Point>,
    /// Checks that broke down: case and message.
    pub(crate) own_faults: Vec<(String, String)>,
}

/// Against what, how and when.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RunView {
    /// Base URL.
    pub(crate) target: String,
    /// File of the contract.
    pub(crate) spec_file: String,
    /// SHA-256 of the contract, in hex.
    pub(crate) spec_digest: String,
    /// Revision of the contract.
    pub(crate) spec_revision: String,
    /// Seed of every random choice.
    pub(crate) seed: u64,
    /// How much was tried.
    pub(crate) tier: Tier,
    /// Which part of the plan, of how many.
    pub(crate) shard: Option<(u32, u32)>,
    /// Start, RFC 3339 in UTC.
    pub(crate) started: String,
    /// Length in microseconds.
    pub(crate) elapsed_us: u64,
    /// How it ended.
    pub(crate) end: End,
    /// Cases sent.
    pub(crate) cases: u64,
    /// Smaller forms of failing cases that were sent on the way to the smallest.
    pub(crate) smaller: u64,
    /// Requests sent.
    pub(crate) requests: u64,
    /// Cases of the plan that were not sent, where few enough to name.
    pub(crate) left: Vec<String>,
    /// Which cases were asked for; all of the tier, where it is empty.
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
    /// Gathers everything.
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
            world: world(contract, header),
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
        view.next = next::steps(run, &view);
        view
    }

    /// How the verdict is called, with what is known to fail.
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

    /// Name of the group that a requirement is of.
    pub(crate) fn group_of(&self, requirement: &str) -> &str {
        let of = |group: &&GroupView| group.requirements.iter().any(|it| it.verdict.id == requirement);
        self.groups.iter().find(of).map_or("other", |group| group.name.as_str())
    }

    /// Findings that no other one explains.
    pub(crate) fn causes(&self) -> impl Iterator<Item = &FindingView> {
        self.findings.iter().filter(|it| it.under.is_none())
    }

    /// Findings that this one explains.
    pub(crate) fn explained_by<'v>(
        &'v self,
        cause: &'v FindingView,
    ) -> impl Iterator<Item = &'v FindingView> {
        self.findings.iter().filter(|it| it.under.as_deref() == Some(&cause.id))
    }

    /// How many questions the run answered that the pages leave open, the order of errors among them.
    pub(crate) fn questions(&self) -> u64 {
        let seen = self.ambiguities.iter().filter(|it| !it.choices.is_empty()).count() as u64;
        seen + u64::from(self.precedence_question().is_some())
    }

    /// Number of requirements with an outcome.
    #[must_use]
    pub(crate) fn total(&self, outcome: Outcome) -> u64 {
        total(&self.groups, outcome)
    }

    /// Requirements with an outcome, with their group.
    pub(crate) fn with(&self, outcome: Outcome) -> impl Iterator<Item = &RequirementView> {
        self.groups
            .iter()
            .flat_map(|group| &group.requirements)
            .filter(move |requirement| requirement.verdict.outcome == outcome)
    }

    /// The inferred precedence as a question for those who run the API; none where it could not be told.
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
        Verdict::Incomplete => format!("nothing failed, and {} not tested", untested(groups)),
        Verdict::BudgetExhausted => {
            format!("nothing failed, and under the cap on spending {} not tested", untested(groups))
        }
        Verdict::Unreachable => "the target went away before there was a verdict".to_owned(),
        Verdict::OwnFault => "a check of this program broke down".to_owned(),
    }
}

/// How many documented requirements have no conclusion, as the subject of a sentence.
fn untested(groups: &[GroupView]) -> String {
    let open = |it: &&RequirementView| {
        it.documented && matches!(it.verdict.outcome, Outcome::NotExercised | Outcome::Inconclusive)
    };
    let all = groups.iter().flat_map(|group| &group.requirements);
    count(all.filter(open).count() as u64, "documented requirement was", "documented requirements were")
}

/// Shapes of the answers, by scenario.
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
                _ => format!("{} {}", of(outcome), outcome_name(outcome)),
            });
    std::iter::once(claim.to_owned()).chain(rest).collect::<Vec<_>>().join("; ")
}
