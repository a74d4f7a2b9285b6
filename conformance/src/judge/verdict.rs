//! What the oracle concludes: marks of single checks, and the judgement that they merge into.

use serde::{Deserialize, Serialize};
use spec::Pesewas;

use super::feature::Feature;
use crate::order::rule::Expected;

/// What a run says of one requirement; where several apply, the first of this list wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The server broke it.
    Fail,
    /// It failed as the baseline says it does.
    Known,
    /// Not wrong, and worth a look.
    Warning,
    /// Exercised, and always in a way that allows no conclusion.
    Inconclusive,
    /// The server kept it whenever it had a chance to break it.
    Pass,
    /// It had no chance to fail; never a pass.
    NotExercised,
    /// The server does not have what it is about.
    NotApplicable,
}

/// The verdict on a server; each has its exit code in `exit.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every documented requirement had its chance to fail, and none did.
    Conformant,
    /// At least one requirement failed.
    NotConformant,
    /// Nothing failed that was not known, and an entry of the baseline is out of date.
    BaselineOutOfDate,
    /// Nothing failed, and a documented requirement was not tested.
    Incomplete,
    /// Nothing failed, and under the cap on spending a documented requirement was not exercised.
    BudgetExhausted,
    /// The target went away before there was a verdict.
    Unreachable,
    /// A check of ours broke down.
    OwnFault,
}

/// What went wrong, told so that findings of one kind are shown once, however many cases hit them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Cause {
    /// An order was accepted that must be refused.
    Accepted,
    /// A request was answered with a status that it does not deserve.
    Answered(u16),
    /// A request got no answer.
    Unanswered,
    /// What the check that found it calls it.
    Named(String),
}

impl Cause {
    /// Whether these words stand in it, as a person wrote them into a baseline.
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

/// One observation that a requirement was broken (or is worth a warning).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Ids that it can be charged to, likeliest first. It is charged to one that fails on its own elsewhere, or else to
    /// the first.
    pub candidates: Vec<String>,
    /// Ids whose breach would explain this as well: charged instead where one of them fails elsewhere and what stands
    /// first among the candidates is kept elsewhere.
    #[serde(skip)]
    pub suspects: Vec<String>,
    /// A failure, or only a warning.
    pub warning: bool,
    /// What went wrong: findings are shown per cause and not per case.
    pub cause: Cause,
    /// One line for a person, without the requirement's id.
    pub summary: String,
    /// What was allowed.
    pub expected: Vec<Expected>,
    /// What came instead, in a line.
    pub actual: String,
    /// More lines: differences of shape, sums that don't add up.
    pub detail: Vec<String>,
    /// Case in which it was seen.
    pub case: String,
    /// Index of that case.
    pub index: u64,
    /// Exchange of that case, if it is about one: the request that did the harm, where a reading only noticed it.
    pub exchange: Option<usize>,
    /// What the run as a whole makes use of.
    #[serde(skip)]
    pub context: Context,
}

/// What is known of a finding beyond what it says: for its rank, for folding it under another, and for a baseline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// In which way it was seen, whatever the seed: `auth/revoked`, `key: longer`. `None` where a generator made the case.
    pub way: Option<String>,
    /// Ids whose breach explains it, by what the server answered in this very case.
    pub follows: Vec<String>,
    /// The server broke down: a status of 500 or more, or no answer.
    pub down: bool,
    /// What is somebody else's business was shown or touched.
    pub exposes: bool,
    /// It was seen where requests overlapped.
    pub at_once: bool,
}

/// What one case says of one requirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The requirement.
    pub requirement: String,
    /// What is said.
    pub kind: MarkKind,
}

/// What is said of a requirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MarkKind {
    /// It could have failed and did not.
    Pass,
    /// Exercised without a conclusion, and why.
    Inconclusive(String),
}

/// Which side of an open question the server took.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Observation {
    /// The question.
    pub ambiguity: String,
    /// What the server did: `400`, `normalises a local number`.
    pub choice: String,
    /// Case in which it was seen first.
    pub case: String,
}

/// The one feature that all wrongly refused orders have and no rightly accepted one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decisive {
    /// The requirement that speaks of the feature.
    pub requirement: String,
    /// The feature; `None` where nobody can buy at all.
    pub(crate) feature: Option<Feature>,
    /// Statuses that the orders were refused with.
    pub statuses: Vec<u16>,
}

/// Everything that one case says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// Passes and inconclusives.
    pub marks: Vec<Mark>,
    /// Failures and warnings.
    pub findings: Vec<Finding>,
    /// Ambiguities seen.
    pub observations: Vec<Observation>,
    /// Two errors applied and one won: (winner, loser), each the meaning of a status.
    pub precedence: Vec<(spec::Meaning, spec::Meaning)>,
    /// What all wrong refusals of valid orders hang on, where the run as a whole shows it.
    #[serde(skip)]
    pub decisive: Option<Decisive>,
    /// Checks that broke down, with what they said: no verdict on the server.
    #[serde(default)]
    pub broken: Vec<String>,
}

impl Marks {
    /// Adds what another check says.
    pub fn append(&mut self, more: Self) {
        self.marks.extend(more.marks);
        self.findings.extend(more.findings);
        self.observations.extend(more.observations);
        self.precedence.extend(more.precedence);
        self.decisive = self.decisive.take().or(more.decisive);
        self.broken.extend(more.broken);
    }
}

/// A requirement with everything that the run says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequirementVerdict {
    /// Its id.
    pub id: String,
    /// What the run says.
    pub outcome: Outcome,
    /// Number of times it had a chance to fail.
    pub exercised: u64,
    /// Of those, failures.
    pub failed: u64,
    /// Of those, without a conclusion.
    pub inconclusive: u64,
    /// Why it was not exercised, not applicable or inconclusive.
    pub reason: Option<String>,
    /// Why it may stay without a conclusion, where somebody allows that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<String>,
    /// The same, by role of the caller, for the matrix: role to (exercised, failed).
    pub by_role: std::collections::BTreeMap<String, (u64, u64)>,
}

/// All findings of one cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingGroup {
    /// The requirement that it is charged to.
    pub requirement: String,
    /// The smallest example.
    pub example: Finding,
    /// How often it was seen.
    pub occurrences: u64,
    /// Some of the cases, by id.
    pub cases: Vec<String>,
    /// Ticket of the baseline entry that knows of it.
    pub known: Option<String>,
    /// In which ways it was seen, whatever the seed; those of generated cases are left out.
    #[serde(default)]
    pub ways: Vec<String>,
    /// Position of the finding that explains it, among the findings of the judgement.
    #[serde(default)]
    pub under: Option<usize>,
}

/// An ambiguity with what was seen of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AmbiguityVerdict {
    /// Its id.
    pub id: String,
    /// What the server did, with how often and an example case; empty where it was not seen.
    pub choices: Vec<(String, u64, String)>,
}

/// Where the money went.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Orders that were sent.
    pub orders: u64,
    /// Orders that were accepted.
    pub accepted: u64,
    /// Orders of which nobody knows whether they were charged: the answer was lost, can't be read, or is a server error.
    pub unknown: u64,
    /// What the answers say was charged.
    pub charged: Pesewas,
    /// The most that those may have cost beyond that.
    pub unknown_most: Pesewas,
    /// What the wallets say has left them, over the wallets that could be read before and after.
    pub wallet_difference: Option<Pesewas>,
    /// What those wallets lost beyond what was charged to them.
    pub unexplained: Option<Pesewas>,
    /// What came back to them: refunds of recipients that failed (AMB-HELD), or what others paid in.
    #[serde(default, skip_serializing_if = "Pesewas::is_zero")]
    pub returned: Pesewas,
}

/// The judgement of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// On the server as a whole.
    pub verdict: Verdict,
    /// In the order of the catalogue.
    pub requirements: Vec<RequirementVerdict>,
    /// Failures, then warnings, worst first.
    pub findings: Vec<FindingGroup>,
    /// In the order of the catalogue.
    pub ambiguities: Vec<AmbiguityVerdict>,
    /// Errors in the order in which the server seems to check for them, as far as one order explains it.
    pub precedence: Vec<spec::Meaning>,
    /// Errors of which now one was seen to win and now another, behind those of the order.
    #[serde(default)]
    pub unordered: Vec<spec::Meaning>,
    /// Where the money went.
    pub ledger: Ledger,
    /// Cases sent.
    pub cases: u64,
    /// Smaller forms of failing cases that were sent on the way to the smallest.
    #[serde(default)]
    pub smaller: u64,
    /// Requests sent, reads included.
    pub requests: u64,
    /// Checks of ours that broke down, in sending or in judging: case and message.
    #[serde(default)]
    pub own_faults: Vec<(String, String)>,
    /// Lines for a person about the run as a whole: the cap was reached, the run was stopped.
    pub notes: Vec<String>,
    /// Differences from the shapes that were accepted before.
    #[serde(default)]
    pub drift: Vec<String>,
}
