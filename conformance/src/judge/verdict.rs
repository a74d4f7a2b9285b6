//! The results of judging: the marks of single checks, and the judgement that they merge into.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use spec::Pesewas;

use super::feature::Feature;
use crate::order::rule::Expected;

/// The outcome of one requirement in a run; where several apply, the first in this list wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The server broke the requirement.
    Fail,
    /// It failed in the way that the baseline accepts.
    Known,
    /// Nothing is wrong, but something deserves attention.
    Warning,
    /// It was exercised, but never in a way that allows a conclusion.
    Inconclusive,
    /// The server kept it whenever it was exercised.
    Pass,
    /// It was not exercised; this is never a pass.
    NotExercised,
    /// The server does not have the endpoint or the fields concerned.
    NotApplicable,
}

/// The verdict on a server; each has its exit code in `exit.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every documented requirement was exercised, and none failed.
    Conformant,
    /// At least one requirement failed.
    NotConformant,
    /// Only known failures occurred, and an entry of the baseline is out of date.
    BaselineOutOfDate,
    /// Nothing failed, and a documented requirement was not tested.
    Incomplete,
    /// Nothing failed, and the cap on spending kept a documented requirement from being exercised.
    BudgetExhausted,
    /// The server could not be reached any more before there was a verdict.
    Unreachable,
    /// One of this program's checks broke down.
    OwnFault,
}

/// What went wrong, in a form under which findings of one kind are reported once, however many cases show them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Cause {
    /// An order was accepted that must be refused.
    Accepted,
    /// A request was answered with a status that is not allowed for it.
    Answered(u16),
    /// A request got no answer.
    Unanswered,
    /// The name that the check gives to it.
    Named(String),
}

impl Cause {
    /// Returns true if the cause contains the given words, as written in a baseline.
    #[must_use]
    pub(crate) fn mentions(&self, words: &str) -> bool {
        self.to_string().contains(words)
    }
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Accepted => f.write_str("accepted"),
            Self::Answered(status) => write!(f, "answered {status}"),
            Self::Unanswered => f.write_str("no answer"),
            Self::Named(name) => f.write_str(name),
        }
    }
}

impl From<&str> for Cause {
    fn from(text: &str) -> Self {
        let status = || text.strip_prefix("answered ")?.parse().ok();
        match text {
            "accepted" => Self::Accepted,
            "no answer" => Self::Unanswered,
            _ => status().map_or_else(|| Self::Named(text.to_owned()), Self::Answered),
        }
    }
}

impl From<&String> for Cause {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for Cause {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<Cause> for String {
    fn from(cause: Cause) -> Self {
        cause.to_string()
    }
}

/// One observation that a requirement was broken, or that deserves a warning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The ids that it can be attributed to, likeliest first. It is attributed to one that fails on its own elsewhere,
    /// or else to the first.
    pub candidates: Vec<String>,
    /// Ids whose breach would also explain the finding. It is attributed to one of them if that one fails elsewhere and
    /// the first candidate is kept elsewhere.
    #[serde(skip)]
    pub suspects: Vec<String>,
    /// Whether it is only a warning and not a failure.
    pub warning: bool,
    /// What went wrong: findings are reported per cause and not per case.
    pub cause: Cause,
    /// A one-line summary for the reader, without the requirement's id.
    pub summary: String,
    /// The answers that were allowed.
    pub expected: Vec<Expected>,
    /// What was received instead, in one line.
    pub actual: String,
    /// Further lines: differences of shape, sums that don't add up.
    pub detail: Vec<String>,
    /// The case in which it was seen.
    pub case: String,
    /// The index of that case.
    pub index: u64,
    /// The exchange of that case that it is about, if any: the request that did the harm, even if only a read noticed
    /// it.
    pub exchange: Option<usize>,
    /// What judging the run as a whole uses.
    #[serde(skip)]
    pub context: Context,
}

/// What is known about a finding beyond its text: for its rank, for folding it under another, and for a baseline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// The way in which it was seen, independent of the seed: `auth/revoked`, `key: longer`. `None` for a generated
    /// case.
    pub way: Option<String>,
    /// What was wrong with the key that was sent, if something was.
    pub key: Option<String>,
    /// Ids whose breach explains it, judging by the server's own answers in this case.
    pub follows: Vec<String>,
    /// Whether the server broke down: a status of 500 or more, or no answer.
    pub down: bool,
    /// Whether data of another account was shown or changed.
    pub exposes: bool,
    /// Whether it was seen where requests overlapped.
    pub at_once: bool,
}

/// What one case shows about one requirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The id of the requirement.
    pub requirement: String,
    /// What was shown.
    pub kind: MarkKind,
}

/// What a case shows about a requirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MarkKind {
    /// It was exercised and kept.
    Pass,
    /// It was exercised without a conclusion, for this reason.
    Inconclusive(String),
}

/// An observed choice for an open question.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Observation {
    /// The id of the question.
    pub ambiguity: String,
    /// What the server did: `400`, `normalises a local number`.
    pub choice: String,
    /// The case in which it was first seen.
    pub case: String,
}

/// The one feature that all wrongly refused orders have and no correctly accepted order has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decisive {
    /// The requirement that is about the feature.
    pub requirement: String,
    /// The feature; `None` if no order at all was accepted.
    pub(crate) feature: Option<Feature>,
    /// The statuses with which the orders were refused.
    pub statuses: Vec<u16>,
}

/// Everything that one case shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// Passes and inconclusive marks.
    pub marks: Vec<Mark>,
    /// Failures and warnings.
    pub findings: Vec<Finding>,
    /// The choices seen for open questions.
    pub observations: Vec<Observation>,
    /// Pairs of errors that both applied, as (winner, loser), each the meaning of a status.
    pub precedence: Vec<(spec::Meaning, spec::Meaning)>,
    /// The feature that explains all wrong refusals of valid orders, if the run as a whole shows one.
    #[serde(skip)]
    pub decisive: Option<Decisive>,
    /// Requirements whose breach mixes up orders, each with the cases of these orders: what is read of them proves nothing
    /// else.
    #[serde(skip)]
    pub mixed_up: Vec<(String, BTreeSet<String>)>,
    /// The checks that broke down, with their messages; these are no verdict on the server.
    #[serde(default)]
    pub broken: Vec<String>,
}

impl Marks {
    /// Adds the marks of another check.
    pub(crate) fn append(&mut self, more: Self) {
        self.marks.extend(more.marks);
        self.findings.extend(more.findings);
        self.observations.extend(more.observations);
        self.precedence.extend(more.precedence);
        self.decisive = self.decisive.take().or(more.decisive);
        self.mixed_up.extend(more.mixed_up);
        self.broken.extend(more.broken);
    }
}

/// A requirement with everything that the run shows about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequirementVerdict {
    /// The requirement's id.
    pub id: String,
    /// The outcome in the run.
    pub outcome: Outcome,
    /// The number of times it was exercised.
    pub exercised: u64,
    /// How many of those were failures.
    pub failed: u64,
    /// How many of those allowed no conclusion.
    pub inconclusive: u64,
    /// Why it was not exercised, not applicable or inconclusive.
    pub reason: Option<String>,
    /// The reason for which the user allows it to stay without a conclusion, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<String>,
    /// The number of times it was exercised and failed, by the caller's role: role to (exercised, failed).
    pub by_role: std::collections::BTreeMap<String, (u64, u64)>,
}

/// All findings of one cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingGroup {
    /// The requirement that they are attributed to.
    pub requirement: String,
    /// The clearest example.
    pub example: Finding,
    /// The number of findings.
    pub occurrences: u64,
    /// The ids of some of the cases.
    pub cases: Vec<String>,
    /// The ticket of the baseline entry that accepts it.
    pub known: Option<String>,
    /// The ways in which it was seen, independent of the seed; generated cases contribute none.
    #[serde(default)]
    pub ways: Vec<String>,
    /// The position, among the findings of the judgement, of the finding that explains it.
    #[serde(default)]
    pub under: Option<usize>,
}

/// An open question with the observed choices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AmbiguityVerdict {
    /// The question's id.
    pub id: String,
    /// What the server did, each with the number of times and an example case; empty if nothing was observed.
    pub choices: Vec<(String, u64, String)>,
}

/// The money that was spent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// The number of orders that were sent.
    pub orders: u64,
    /// The number of orders that were accepted.
    pub accepted: u64,
    /// The number of orders whose charge is unknown: the answer was lost, can't be read, or is a server error.
    pub unknown: u64,
    /// What the answers say was charged, in pesewas.
    pub charged: Pesewas,
    /// The most that the orders of unknown charge may have cost, in pesewas.
    pub unknown_most: Pesewas,
    /// What has left the wallets according to their balances, over the wallets that could be read before and after.
    pub wallet_difference: Option<Pesewas>,
    /// What those wallets lost beyond what was charged to them.
    pub unexplained: Option<Pesewas>,
    /// What was returned to them: refunds of failed recipients (AMB-HELD), or payments by others.
    #[serde(default, skip_serializing_if = "Pesewas::is_zero")]
    pub returned: Pesewas,
}

/// The judgement of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// The verdict on the server as a whole.
    pub verdict: Verdict,
    /// The requirements, in the order of the catalogue.
    pub requirements: Vec<RequirementVerdict>,
    /// Failures, then warnings, each the worst first.
    pub findings: Vec<FindingGroup>,
    /// The open questions, in the order of the catalogue.
    pub ambiguities: Vec<AmbiguityVerdict>,
    /// The errors in the order in which the server seems to check for them, as far as one order explains it.
    pub precedence: Vec<spec::Meaning>,
    /// The errors that win over each other in no fixed order.
    #[serde(default)]
    pub unordered: Vec<spec::Meaning>,
    /// The money that was spent.
    pub ledger: Ledger,
    /// The number of cases sent.
    pub cases: u64,
    /// The number of smaller forms of failing cases that were sent as steps of shrinking.
    #[serde(default)]
    pub smaller: u64,
    /// The number of requests sent, including reads.
    pub requests: u64,
    /// This program's checks that broke down, in sending or in judging: case and message.
    #[serde(default)]
    pub own_faults: Vec<(String, String)>,
    /// Lines for the reader about the run as a whole: the cap was reached, the run was stopped.
    pub notes: Vec<String>,
    /// Differences from the shapes that were accepted before.
    #[serde(default)]
    pub drift: Vec<String>,
}
