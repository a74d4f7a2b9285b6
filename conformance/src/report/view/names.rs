//! Names of outcomes, verdicts and the like, and sentences that several formats share.

use spec::{Pesewas, Severity};

use crate::exit::Exit;
use crate::history::{Budget, End};
use crate::judge::verdict::{Ledger, Outcome, Verdict};
use crate::report::text::count;

/// Every severity, the worst first, with its name and what it means.
pub(crate) const SEVERITIES: [(Severity, &str, &str); 5] = [
    (Severity::Money, "money", "money is lost or made from nothing"),
    (Severity::Safety, "safety", "the wrong callers get in, or the right ones don't"),
    (Severity::Refusal, "refusal", "what must be refused is accepted, or the reverse"),
    (Severity::Answer, "answer", "an answer is not what was promised"),
    (Severity::Detail, "detail", "the form of an error, or what the pages leave open"),
];

/// Returns the name of a severity.
#[must_use]
pub(crate) fn severity_name(severity: Severity) -> &'static str {
    SEVERITIES.iter().find(|it| it.0 == severity).map_or("answer", |it| it.1)
}

/// Returns the name of an outcome.
#[must_use]
pub(crate) const fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Fail => "fail",
        Outcome::Known => "known",
        Outcome::Warning => "warning",
        Outcome::Inconclusive => "inconclusive",
        Outcome::Pass => "pass",
        Outcome::NotExercised => "not exercised",
        Outcome::NotApplicable => "not applicable",
    }
}

/// Every outcome, the worst first.
pub(crate) const OUTCOMES: [Outcome; 7] = [
    Outcome::Fail,
    Outcome::Known,
    Outcome::Warning,
    Outcome::Inconclusive,
    Outcome::Pass,
    Outcome::NotExercised,
    Outcome::NotApplicable,
];

/// Returns the name of a verdict.
#[must_use]
pub(crate) const fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Conformant => "conformant",
        Verdict::NotConformant => "not conformant",
        Verdict::BaselineOutOfDate => "baseline out of date",
        Verdict::Incomplete => "incomplete",
        Verdict::BudgetExhausted => "budget exhausted",
        Verdict::Unreachable => "unreachable",
        Verdict::OwnFault => "internal error",
    }
}

/// Converts a verdict to the exit of the program.
impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Conformant => Self::Conformant,
            Verdict::NotConformant => Self::NotConformant,
            Verdict::BaselineOutOfDate => Self::BaselineOutOfDate,
            Verdict::Incomplete => Self::Incomplete,
            Verdict::BudgetExhausted => Self::BudgetExhausted,
            Verdict::Unreachable => Self::Unreachable,
            Verdict::OwnFault => Self::OwnFault,
        }
    }
}

/// Returns the name of the way in which a run ended.
#[must_use]
pub(crate) const fn end_name(end: End) -> &'static str {
    match end {
        End::Complete => "complete",
        End::TimeLimit => "stopped by the time limit",
        End::Budget => "stopped by the cap on spending",
        End::Failures => "stopped after as many failures as were asked for",
        End::Interrupted => "interrupted",
        End::Unreachable => "the target went away",
    }
}

/// Returns the start of the run plus some microseconds, in RFC 3339 and UTC; empty outside the representable range.
#[must_use]
pub(crate) fn timestamp(started_ms: i64, plus_us: u64) -> String {
    let micros =
        i64::try_from(plus_us).ok().and_then(|plus| started_ms.checked_mul(1_000)?.checked_add(plus));
    micros
        .and_then(|micros| jiff::Timestamp::from_microsecond(micros).ok())
        .map(|time| time.to_string())
        .unwrap_or_default()
}

/// Returns what was sent: the cases, the smaller forms of failing cases, and the requests of both.
#[must_use]
pub(crate) fn sent_sentence(cases: u64, smaller: u64, requests: u64) -> String {
    let smaller = match smaller {
        0 => String::new(),
        some => format!(" and {}", count(some, "smaller form", "smaller forms")),
    };
    format!("{}{smaller}, {}", count(cases, "case", "cases"), count(requests, "request", "requests"))
}

/// Returns the rows of the ledger: name and amount in GHS.
#[must_use]
pub(crate) fn money_rows(budget: &Budget, ledger: &Ledger) -> Vec<(&'static str, String)> {
    let or = |amount: Option<Pesewas>, without: &str| {
        amount.map_or_else(|| without.to_owned(), |it| it.to_string())
    };
    let mut rows = vec![
        ("planned", budget.cost.expected.to_string()),
        ("at worst", budget.cost.worst.to_string()),
        ("cap", or(budget.cap, "none")),
        ("charged (per responses)", ledger.charged.to_string()),
        ("debited (wallets read)", or(ledger.wallet_difference, "not read")),
        ("unexplained", or(ledger.unexplained, "not known")),
    ];
    if budget.cost.open > Pesewas::ZERO {
        rows.insert(1, ("ambiguous cases, at most", budget.cost.open.to_string()));
    }
    if ledger.returned > Pesewas::ZERO {
        rows.push(("came back to wallets", ledger.returned.to_string()));
    }
    if ledger.unknown > 0 {
        rows.push(("unknown, at most", ledger.unknown_most.to_string()));
    }
    rows
}

/// Returns a sentence about the orders behind the ledger.
#[must_use]
pub(crate) fn money_sentence(budget: &Budget, ledger: &Ledger) -> String {
    let mut out = format!("{} sent, {} accepted", count(ledger.orders, "order", "orders"), ledger.accepted);
    if ledger.unknown > 0 {
        out += &format!(", {} of unknown outcome", ledger.unknown);
    }
    out += &format!("; {} planned as accepted", budget.cost.purchases);
    match (ledger.wallet_difference, ledger.unexplained) {
        (Some(_), Some(more)) if more > Pesewas::ZERO => {
            out += "; unexplained is what wallets lost beyond what the answers charged to them";
        }
        (Some(debited), _) if debited + ledger.returned < ledger.charged => {
            out += "; debited leaves out orders whose wallet was not read before and after them";
        }
        (Some(debited), _) if debited + ledger.returned > ledger.charged && ledger.unknown > 0 => {
            out += "; debited includes orders of unknown outcome";
        }
        _ => {}
    }
    if budget.cost.unpriced > 0 {
        out += &format!("; {} of unknown price, in neither figure", budget.cost.unpriced);
    }
    out
}
