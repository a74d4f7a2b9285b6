//! Everything that a report says, gathered once: formats only lay it out.
//!
//! Each text that came from outside has been made [`visible`], so that no format can forget to.

mod finding;
mod names;

use std::collections::BTreeMap;

use serde::Serialize;
use spec::{Contract, Level, Meaning};

pub use self::finding::{finding_id, replay};
pub use self::names::{
    OUTCOMES, end_name, money_rows, money_sentence, outcome_name, tier_name, timestamp, verdict_name,
};
use super::Run;
use super::curl::Command;
use super::text::{count, visible};
use crate::exit::Exit;
use crate::history::{AccountFacts, Budget, End, Header, Power, Tier};
use crate::judge::verdict::{Ledger, Outcome, RequirementVerdict, Verdict};

/// Version of the JSON report; grows with each change that a reader could stumble over.
pub const FORMAT: u32 = 1;

/// A whole report.
#[derive(Debug, Clone, Serialize)]
pub struct View {
    /// [`FORMAT`].
    pub format: u32,
    /// Name and version of the program that ran.
    pub tool: String,
    /// On the server as a whole.
    pub verdict: Verdict,
    /// The verdict in a sentence, without figures of other outcomes.
    pub claim: String,
    /// The verdict in a sentence, with them.
    pub headline: String,
    /// Exit code of the program.
    pub exit_code: u8,
    /// Against what, how and when.
    pub run: RunView,
    /// Who we could be.
    pub world: WorldView,
    /// What was planned.
    pub budget: Budget,
    /// Where the money went.
    pub ledger: Ledger,
    /// Worst first.
    pub findings: Vec<FindingView>,
    /// In the order of the catalogue.
    pub groups: Vec<GroupView>,
    /// In the order of the catalogue.
    pub ambiguities: Vec<AmbiguityView>,
    /// Errors in the order in which the server seems to check for them.
    pub precedence: Vec<PrecedenceView>,
    /// Errors of which now one was seen to win and now another, behind those of the order.
    pub unordered: Vec<PrecedenceView>,
    /// Lines about the run as a whole.
    pub notes: Vec<String>,
    /// Checks that broke down: case and message.
    pub own_faults: Vec<(String, String)>,
}

/// Against what, how and when.
#[derive(Debug, Clone, Serialize)]
pub struct RunView {
    /// Base URL.
    pub target: String,
    /// File of the contract.
    pub spec_file: String,
    /// SHA-256 of the contract, in hex.
    pub spec_digest: String,
    /// Revision of the contract.
    pub spec_revision: String,
    /// Seed of every random choice.
    pub seed: u64,
    /// How much was tried.
    pub tier: Tier,
    /// Which part of the plan, of how many.
    pub shard: Option<(u32, u32)>,
    /// Start, RFC 3339 in UTC.
    pub started: String,
    /// Length in microseconds.
    pub elapsed_us: u64,
    /// How it ended.
    pub end: End,
    /// Cases sent.
    pub cases: u64,
    /// Requests sent.
    pub requests: u64,
    /// Cases of the plan that were not sent, where few enough to name.
    pub left: Vec<String>,
}

/// Who we could be.
#[derive(Debug, Clone, Serialize)]
pub struct WorldView {
    /// In a sentence.
    pub summary: String,
    /// Each fixed account in a line.
    pub accounts: Vec<String>,
    /// Operations that the server has.
    pub endpoints: Vec<String>,
    /// Operations that it lacks.
    pub lacking: Vec<String>,
}

/// A place in the contract's file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// File.
    pub file: String,
    /// Line from 1.
    pub line: usize,
}

/// One cause of failures or warnings.
#[derive(Debug, Clone, Serialize)]
pub struct FindingView {
    /// Address: the requirement and a digest of the cause; the same from run to run.
    pub id: String,
    /// The requirement that it is charged to.
    pub requirement: String,
    /// What that says.
    pub statement: String,
    /// `Fail`, `Known` or `Warning`.
    pub outcome: Outcome,
    /// Ticket, if it is known.
    pub known: Option<String>,
    /// What is wrong, in a line.
    pub summary: String,
    /// Where the contract says so.
    pub places: Vec<Place>,
    /// What was allowed, with reasons.
    pub expected: Vec<ExpectedView>,
    /// What came instead, in a line.
    pub actual: String,
    /// Differences in more lines.
    pub detail: Vec<String>,
    /// The smallest example.
    pub example: Option<ExampleView>,
    /// How often it was seen.
    pub occurrences: u64,
    /// Case of the example.
    pub case: String,
    /// Some of the cases.
    pub cases: Vec<String>,
    /// Command that sends the example's case again.
    pub replay: String,
}

/// One thing allowed, with the statements that allow it.
#[derive(Debug, Clone, Serialize)]
pub struct ExpectedView {
    /// A status or an effect.
    pub what: String,
    /// Id and statement of each reason.
    pub because: Vec<(String, String)>,
}

/// The exchange that a finding is about.
#[derive(Debug, Clone, Serialize)]
pub struct ExampleView {
    /// What the case is about.
    pub title: String,
    /// Who sent it.
    pub sender: String,
    /// Where in the case it stands, if it is not alone.
    pub position: Option<String>,
    /// To paste.
    pub request: Command,
    /// Status and time, or why there is none.
    pub answer: String,
    /// Status, if an answer came.
    pub status: Option<u16>,
    /// Start of the body, unless what came tells it already.
    pub body: Option<String>,
}

/// A group of requirements.
#[derive(Debug, Clone, Serialize)]
pub struct GroupView {
    /// Its name.
    pub name: String,
    /// How many of each outcome.
    pub counts: BTreeMap<Outcome, u64>,
    /// In the order of the catalogue.
    pub requirements: Vec<RequirementView>,
}

/// A requirement with what the run says of it.
#[derive(Debug, Clone, Serialize)]
pub struct RequirementView {
    /// What the run says.
    #[serde(flatten)]
    pub verdict: RequirementVerdict,
    /// What the server is to do.
    pub statement: String,
    /// Whether it binds every server.
    pub documented: bool,
    /// Where the contract cites it first.
    pub place: Option<Place>,
    /// Ids of its findings.
    pub findings: Vec<String>,
}

/// An open question with what the server did.
#[derive(Debug, Clone, Serialize)]
pub struct AmbiguityView {
    /// Its id.
    pub id: String,
    /// The question.
    pub question: String,
    /// What was seen, how often, and where first.
    pub choices: Vec<(String, u64, String)>,
}

/// One step of the precedence of errors.
#[derive(Debug, Clone, Serialize)]
pub struct PrecedenceView {
    /// What the status stands for.
    pub meaning: Meaning,
    /// The status.
    pub status: Option<u16>,
}

impl View {
    /// Gathers everything.
    #[must_use]
    pub fn of(run: &Run<'_>) -> Self {
        let Run { contract, history, judgement } = run;
        let (header, footer) = (&history.header, &history.footer);
        let findings: Vec<_> = judgement.findings.iter().map(|group| finding::finding(run, group)).collect();
        let groups = groups(run, &findings);
        let claim = claim(judgement.verdict, &groups, &findings);
        let step =
            |meaning: &Meaning| PrecedenceView { meaning: *meaning, status: contract.buy().status(*meaning) };
        Self {
            format: FORMAT,
            tool: visible(&header.tool),
            verdict: judgement.verdict,
            headline: headline(&claim, &groups),
            claim,
            exit_code: Exit::from(judgement.verdict).code(),
            run: RunView {
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
                requests: judgement.requests,
                left: footer.left.iter().map(|id| visible(id)).collect(),
            },
            world: world(contract, header),
            budget: header.budget.clone(),
            ledger: judgement.ledger.clone(),
            findings,
            groups,
            ambiguities: judgement
                .ambiguities
                .iter()
                .map(|ambiguity| AmbiguityView {
                    id: ambiguity.id.clone(),
                    question: contract.catalogue.statement(&ambiguity.id).to_owned(),
                    choices: ambiguity
                        .choices
                        .iter()
                        .map(|(choice, times, case)| (visible(choice), *times, visible(case)))
                        .collect(),
                })
                .collect(),
            precedence: judgement.precedence.iter().map(step).collect(),
            unordered: judgement.unordered.iter().map(step).collect(),
            notes: judgement.notes.iter().map(|note| visible(note)).collect(),
            own_faults: judgement.own_faults.iter().map(|(id, text)| (visible(id), visible(text))).collect(),
        }
    }

    /// Number of requirements with an outcome.
    #[must_use]
    pub fn total(&self, outcome: Outcome) -> u64 {
        total(&self.groups, outcome)
    }

    /// Requirements with an outcome, with their group.
    pub fn with(&self, outcome: Outcome) -> impl Iterator<Item = &RequirementView> {
        self.groups
            .iter()
            .flat_map(|group| &group.requirements)
            .filter(move |requirement| requirement.verdict.outcome == outcome)
    }

    /// The inferred precedence as a question for those who run the API; none where it could not be told.
    #[must_use]
    pub fn precedence_question(&self) -> Option<String> {
        let mut steps: Vec<_> = self.precedence.iter().map(PrecedenceView::label).collect();
        let rest: Vec<_> = self.unordered.iter().map(PrecedenceView::label).collect();
        let rest = rest.join(", ");
        if steps.is_empty() && !rest.is_empty() {
            return Some(format!("Is it meant that now one of these errors wins and now another: {rest}?"));
        }
        if !rest.is_empty() {
            steps.push(format!("now one and now another of these: {rest}"));
        }
        (steps.len() > 1)
            .then(|| format!("Is it meant that errors win in this order: {}?", steps.join(", then ")))
    }
}

impl PrecedenceView {
    fn label(&self) -> String {
        let name = match self.meaning {
            Meaning::Accepted | Meaning::Ok => "success",
            Meaning::Invalid => "invalid request",
            Meaning::Unauthorized => "unauthorized",
            Meaning::Insufficient => "insufficient balance",
            Meaning::Forbidden => "forbidden role",
            Meaning::Count => "item count",
            Meaning::NotFound => "not found",
            Meaning::Conflict => "conflict",
        };
        self.status.map_or_else(|| name.to_owned(), |status| format!("{status} {name}"))
    }
}

fn total(groups: &[GroupView], outcome: Outcome) -> u64 {
    groups.iter().filter_map(|group| group.counts.get(&outcome)).sum()
}

fn claim(verdict: Verdict, groups: &[GroupView], findings: &[FindingView]) -> String {
    let causes = findings.iter().filter(|finding| finding.outcome == Outcome::Fail).count() as u64;
    match verdict {
        Verdict::Conformant if total(groups, Outcome::Known) > 0 => {
            "every documented requirement was exercised, and none failed that was not known to".to_owned()
        }
        Verdict::Conformant => "every documented requirement was exercised and none failed".to_owned(),
        Verdict::NotConformant if total(groups, Outcome::Fail) == 0 => {
            "nothing failed that was not known to, and an entry of the baseline is no longer true".to_owned()
        }
        Verdict::NotConformant => format!(
            "{} failed, from {}",
            count(total(groups, Outcome::Fail), "requirement", "requirements"),
            count(causes, "cause", "causes")
        ),
        Verdict::Incomplete => "nothing failed, and a documented requirement had no chance to".to_owned(),
        Verdict::BudgetExhausted => "nothing failed, and the cap on spending left cases out".to_owned(),
        Verdict::Unreachable => "the target went away before there was a verdict".to_owned(),
        Verdict::OwnFault => "a check of this program broke down".to_owned(),
    }
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

fn world(contract: &Contract, header: &Header) -> WorldView {
    let world = &header.world;
    let names = |there: bool| -> Vec<String> {
        let found = world.endpoints.iter().filter(|(_, has)| **has == there);
        found
            .map(|(id, _)| {
                let operation = contract.operation(*id);
                format!("{} {}", operation.method, operation.path)
            })
            .collect()
    };
    let summary = match world.power {
        Power::None => {
            "no key; with CONFORMANCE_API_KEY, --accounts or --states, more could be judged".to_owned()
        }
        Power::States => "any role with any balance, by provider states".to_owned(),
        Power::Accounts => count(world.accounts.len() as u64, "fixed account", "fixed accounts"),
    };
    WorldView {
        summary,
        accounts: world.accounts.iter().map(account).collect(),
        endpoints: names(true),
        lacking: names(false),
    }
}

/// An account in a line: `agent-1: Agent with 250.00 GHS`.
fn account(account: &AccountFacts) -> String {
    format!("{}: {}", visible(&account.name), sender(account))
}

fn sender(account: &AccountFacts) -> String {
    let role = account.role.as_deref().map_or_else(|| "unknown role".to_owned(), visible);
    let balance =
        account.balance.map_or_else(|| "unknown balance".to_owned(), |balance| format!("{balance} GHS"));
    format!("{role} with {balance}{}", if account.revoked { ", key revoked" } else { "" })
}

fn groups(run: &Run<'_>, findings: &[FindingView]) -> Vec<GroupView> {
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
                reason: verdict.reason.as_deref().map(visible),
                by_role: verdict.by_role.iter().map(|(role, counts)| (visible(role), *counts)).collect(),
                ..verdict.clone()
            },
            statement: run.contract.catalogue.statement(&verdict.id).to_owned(),
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

/// Where the contract cites a requirement; every line once, in the order of the file.
fn places(contract: &Contract, id: &str) -> Vec<Place> {
    let mut lines: Vec<_> = contract.cited_at(id).iter().map(|pointer| contract.line(pointer)).collect();
    lines.sort_unstable();
    lines.dedup();
    lines.into_iter().map(|line| Place { file: visible(contract.file()), line }).collect()
}
